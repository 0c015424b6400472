"""HTML and CSV say the same as the table, and no text in it does anything."""

import csv
import io
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.tables import Column, Table, csv_table, html_table


def table(*rows: tuple[str, ...], **more: object) -> Table:
    options: dict[str, object] = {
        "name": "t",
        "title": "A Title",
        "columns": (
            Column(label="Scale", numeric=False),
            Column(label="n", symbol=True, group="Answers"),
            Column(label="Adjusted p", symbol=True, group="Answers"),
        ),
        "rows": rows,
        "data": pd.DataFrame({"scale": ["a"], "n": [3]}),
        **more,
    }
    return Table(**options)  # type: ignore[arg-type]


class Reader(HTMLParser):
    """Tags with their attributes, and the text that a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


# ---------------------------------------------------------------- HTML


def test_layout_of_apa_tables() -> None:
    html = html_table(table(("Signs", "10", "< .001"), notes=("One.", "Two.")), number="8.2")
    assert "<caption><b>Table 8.2</b><i><bdi>A Title</bdi></i></caption>" in html
    assert '<th scope="colgroup" colspan="2" class="span">Answers</th>' in html
    assert '<th scope="col" class="number"><i>n</i></th>' in html
    assert '<th scope="col" class="number">Adjusted <i>p</i></th>' in html
    assert '<th scope="row" class="text"><bdi>Signs</bdi></th>' in html
    assert '<td class="number">&lt; .001</td>' in html
    assert "<i>Note.</i> <bdi>One. Two.</bdi>" in html
    assert "<b>" not in html_table(table(("Signs", "10", ".5")))


def test_groups_of_rows_have_heads_of_their_own() -> None:
    html = html_table(
        table(("a", "1", "2"), ("b", "3", "4"), ("c", "5", "6"), groups=(("G", 2), ("H", 1)))
    )
    read = Reader(html)
    assert len(read.all("tbody")) == 2
    assert [head["colspan"] for head in read.all("th") if head["scope"] == "rowgroup"] == ["3"] * 2
    words = " ".join(read.words)
    assert words.index("G") < words.index("a 1") < words.index("H") < words.index("c 5")


def test_a_table_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells in 3 columns"):
        table(("a", "1"))
    with pytest.raises(ValueError, match="do not add up to 1"):
        table(("a", "1", "2"), groups=(("G", 2),))


@given(st.text(st.characters(exclude_characters="\n"), max_size=30), st.text(max_size=30))
def test_text_comes_out_as_text(cell: str, note: str) -> None:
    hostile = f"<script>{cell}</script>&amp;\u202e"
    html = html_table(
        table((hostile, "1", "2"), title=hostile, groups=((hostile, 1),), notes=(note + hostile,))
    )
    read = Reader(html)
    assert {tag for tag, _ in read.tags} <= {
        "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "i", "b", "p", "bdi",
        "sup", "sub",
    }  # fmt: skip
    assert "<script" not in html


def test_marks_of_direction_are_kept_within_their_cell() -> None:
    html = html_table(table(("\u202eevil", "1", "2")))
    assert "<bdi>\u202eevil</bdi>" in html


def test_a_second_line_of_a_cell_is_smaller() -> None:
    assert '<td class="number">.50<small>[.40, .60]</small></td>' in html_table(
        table(("a", "1", ".50\n[.40, .60]"))
    )


def test_in_a_notebook_it_brings_its_look() -> None:
    shown = table(("a", "1", "2"))._repr_html_()
    assert shown.startswith("<style>.apa {")
    assert "border-left" not in shown
    assert "border-right" not in shown
    assert repr(table(("a", "1", "2"))) == "Table('t': A Title, 1 rows)"


# ---------------------------------------------------------------- CSV


def read_back(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_numbers_are_written_in_full(numbers: list[float]) -> None:
    rows = read_back(csv_table(pd.DataFrame({"x": numbers})))
    assert [float(row[0]) for row in rows[1:]] == numbers


def test_values_of_every_kind() -> None:
    frame = pd.DataFrame(
        {
            "n": pd.array([1, None], dtype="Int64"),
            "r": [-0.1, float("nan")],
            "yes": [True, False],
            "what": ["a,b", None],
        }
    )
    assert csv_table(frame) == 'n,r,yes,what\n1,-0.1,true,"a,b"\n,,false,\n'
    assert csv_table(table(("a", "1", "2"))) == "scale,n\na,3\n"


@pytest.mark.parametrize(
    "cell", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝1+1", "-a", "=1"]
)
def test_formulas_become_text(cell: str) -> None:
    assert read_back(csv_table(pd.DataFrame({"x": [cell]})))[1] == ["'" + cell]
    assert read_back(csv_table(pd.DataFrame({cell: ["x"]})))[0] == ["'" + cell]


@pytest.mark.parametrize("cell", ["-9", "+4.5", "-1e-3", "-.5", "a=b", "Signs - total", "−.48"])
def test_what_is_no_formula_stays(cell: str) -> None:
    assert read_back(csv_table(pd.DataFrame({"x": [cell]})))[1] == [cell]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_no_cell_starts_a_formula(cell: str) -> None:
    text = csv_table(pd.DataFrame({"x": [cell], "y": ["z"]}))
    written = read_back(text)[1][0]
    lines = cell.replace("\r\n", "\n").replace("\r", "\n")
    assert written in (lines, f"'{lines}")
    if written[:1] in tuple("=+-@"):
        float(written)
