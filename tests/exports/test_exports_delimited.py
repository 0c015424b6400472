"""Delimited text as Python's csv module reads it, whatever stands in it; or a refusal."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detachment.errors import ExportError
from detachment.exports._delimited import _bare, _stray_quote, read_delimited
from detachment.exports._text import Text

SIGNS = "ab1\",;\t|\n\r '=é\x1f"
texts = st.text(st.sampled_from(SIGNS), min_size=1, max_size=60)


def grid_of(text: str):
    return read_delimited(Text(text=text, encoding="utf-8", bom=False), "a.csv")


@settings(max_examples=600)
@given(text=texts, headings=st.sampled_from(["", "p,q,r\n", "p;q\r\n", "p\tq\r"]))
@example(text='1;;;\r"', headings="p,q,r\n")
@example(text="1\x1f\x1f1", headings="")
@example(text='"a ""b"" c",d\n5" tall,e\n', headings="p,q,r\n")
def test_cells_are_those_of_the_csv_module(text: str, headings: str) -> None:
    text = headings + text
    try:
        grid = grid_of(text)
    except ExportError:
        return
    # Where nothing parts the cells, the whole line is one: part them by a sign that is not there.
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=grid.delimiter or "\x0e"))
    width = grid.cells.shape[1]
    cells = dict(zip(grid.rows.tolist(), grid.cells.astype("str").to_numpy().tolist(), strict=True))
    for row, record in enumerate(records, start=1):
        assert not any(record[width:])
        expected = [*record, *[""] * width][:width]
        assert cells.pop(row, [""] * width) == expected
    assert not cells


def stray(text: str, delimiter: str) -> bool:
    """The same by a walk from sign to sign."""
    edges, open_, before = {delimiter, "\n", "\r", ""}, False, ""
    for here, after in zip(text, [*text[1:], ""], strict=True):
        if here == '"':
            if open_ and after not in edges | {'"'}:
                return True
            if not open_ and before not in edges | {'"'}:
                return True
            open_ = not open_
        before = here
    return open_


@settings(max_examples=300)
@given(text=st.text(st.sampled_from('a",\n'), min_size=1, max_size=30), block=st.integers(1, 9))
def test_stray_quotation_marks_are_found_across_blocks(text: str, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("detachment.exports._delimited._BLOCK", block)
        data = text.encode()
        assert _stray_quote(data, ",") == stray(text, ",")
        assert _bare(data, ",") == sum(piece.count(",") for piece in text.split('"')[::2])


def test_a_hint_line_with_a_sign_that_no_reader_takes_is_no_hint() -> None:
    assert grid_of("sep=€\na€b\n1€2\n").cells.shape == (3, 1)


def test_a_text_of_control_characters_is_refused() -> None:
    with pytest.raises(ExportError, match="full of control characters"):
        grid_of("a\n" + "".join(map(chr, range(1, 32))))


def test_a_wide_first_row_is_measured_by_its_own_delimiter() -> None:
    headings = ",".join("a question of some length " + str(i) for i in range(6000))
    assert grid_of(headings + "\n" + ",".join(["1"] * 6000) + "\n").cells.shape == (2, 6000)
