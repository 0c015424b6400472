"""Encodings, delimiters, ragged rows and headings of text files; every cell comes back."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.errors import ExportError
from detachment.exports import Export, read_export

TABLE = [["id", "Q1", "Q2"], ["a", "né", "4"], ["b", "2", ""], ["c", "x", "y"]]


def written(rows: list[list[str]], delimiter: str = ",", newline: str = "\n") -> str:
    def quoted(cell: str) -> str:
        needs = any(c in cell for c in (delimiter, '"', "\r", "\n"))
        return '"' + cell.replace('"', '""') + '"' if needs else cell

    return "".join(delimiter.join(map(quoted, row)) + newline for row in rows)


@pytest.fixture
def read(tmp_path: Path):
    def reader(content: str | bytes, **options: str) -> Export:
        file = tmp_path / "a.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_export(file, **options)

    return reader


def cells(export: Export) -> list[list[str]]:
    return [list(export.frame.columns), *export.frame.to_numpy(dtype=object).tolist()]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("codec", "encoding", "bom"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8", True),
        ("utf-16-le", "utf-16-le", False),
        ("utf-16-be", "utf-16-be", False),
        ("cp1252", "cp1252", False),
    ],
)
def test_encodings_delimiters_and_newlines(
    read, codec: str, encoding: str, bom: bool, delimiter: str, newline: str
) -> None:
    export = read(written(TABLE, delimiter, newline).encode(codec))
    assert cells(export) == TABLE
    assert export.rows.tolist() == [2, 3, 4]
    assert (export.encoding, export.bom, export.delimiter) == (encoding, bom, delimiter)
    assert (export.platform, export.header_rows, export.container) == ("generic", 1, "text")
    assert ("not UTF-8 (byte 0xe9 in line 2)" in " ".join(export.warnings)) == (codec == "cp1252")


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf_16_by_its_byte_order_mark(read, mark: bytes) -> None:
    codec = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    export = read(mark + "名前,年齢\n花,20\n".encode(codec))
    assert cells(export) == [["名前", "年齢"], ["花", "20"]]
    assert (export.encoding, export.bom) == (codec, True)


def test_plain_bytes_are_called_ascii(read) -> None:
    assert read("a,b\n1,2\n").encoding == "ascii"


def test_bytes_unknown_to_cp1252_still_read(read) -> None:
    export = read(b"a,b\n\x81,\xe9\n")
    assert export.encoding == "latin-1"
    assert export.frame["b"].tolist() == ["é"]


def test_letters_of_mac_roman_within_words(read) -> None:
    export = read("a,b\nEstá así,mañana\n".encode("mac_roman"))
    assert export.encoding == "mac_roman"
    assert cells(export)[1] == ["Está así", "mañana"]
    assert "read as mac_roman" in export.warnings[0]


def test_a_byte_that_is_of_no_encoding_is_kept_and_named(read) -> None:
    export = read(b'id,"in agreement:\xeb_""yes"""\n1,2\n')
    assert list(export.frame) == ["id", 'in agreement:\u00eb_"yes"']
    assert export.encoding == "cp1252"
    assert "byte 0xeb in line 1" in export.warnings[0]


def test_a_file_cut_inside_a_character(read) -> None:
    export = read("a,b\n1,né\n2,é".encode()[:-1])
    assert export.encoding == "utf-8"
    assert cells(export) == [["a", "b"], ["1", "né"], ["2", ""]]
    assert "cut off" in export.warnings[0]


def test_a_marked_utf_8_file_with_a_wrong_byte(read) -> None:
    export = read(b"\xef\xbb\xbfa,b\nx,1\n\xe9,\xc3\xa9\n")
    assert export.frame.iloc[1].tolist() == ["\ufffd", "é"]
    assert "line 3" in export.warnings[0]


def test_utf_16_cut_inside_a_character(read) -> None:
    export = read("a,b\n1,2\n3,44".encode("utf-16")[:-1])
    assert cells(export) == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert "cut off" in export.warnings[0]


def test_utf_16_that_is_none(read) -> None:
    with pytest.raises(ExportError, match=r"UTF-16-LE text but cannot be decoded"):
        read(b"\xff\xfea\0,\0\x00\xd8b\0")
    with pytest.raises(ExportError, match="a binary file"):
        read("\ufeffa,b\n1,\0\n".encode("utf-16-le"))


def test_two_files_joined_are_noticed(read) -> None:
    export = read("\ufeffa,b\n1,2\n\ufeffa,b\n3,4\n")
    assert "byte order mark stands inside the file (line 3)" in export.warnings[0]
    assert len(export.frame) == 3


def test_excels_hint_line_is_obeyed(read) -> None:
    export = read("sep=;\r\na;b\r\n1,5;2\r\n")
    assert cells(export) == [["a", "b"], ["1,5", "2"]]
    assert (export.delimiter, export.rows.tolist()) == (";", [2])


text = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\x1f"), max_size=8
)
cp1252_text = st.text(
    st.sampled_from([chr(c) for c in range(1, 127) if c != 31] + list("äöüßé€ñ“”")), max_size=8
)


@st.composite
def tables(draw: st.DrawFn, cell: st.SearchStrategy[str]) -> list[list[str]]:
    width = draw(st.integers(1, 5))
    answers = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=9))
    return [
        ["id", *(f"Q{i}" for i in range(width))],
        *([str(i), *row] for i, row in enumerate(answers)),
    ]


@given(
    rows=tables(text),
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_every_cell_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    newline: str,
    codec: str,
) -> None:
    file = tmp_path_factory.getbasetemp() / "table.csv"
    file.write_bytes(written(rows, delimiter, newline).encode(codec))
    export = read_export(file)
    assert cells(export) == rows
    assert export.rows.tolist() == list(range(2, len(rows) + 1))
    assert export.delimiter == delimiter


@given(rows=tables(cp1252_text), delimiter=st.sampled_from(",;\t|"))
def test_every_cell_comes_back_from_cp1252(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str
) -> None:
    rows = [["né", *rows[0][1:]], *rows[1:]]
    file = tmp_path_factory.getbasetemp() / "table.csv"
    file.write_bytes(written(rows, delimiter).encode("cp1252"))
    export = read_export(file)
    assert cells(export) == rows
    assert export.encoding == "cp1252"


@given(
    data=st.binary(max_size=80)
    | st.text(st.sampled_from('a1",;\t\n\r ='), max_size=60).map(str.encode)
)
def test_any_bytes_are_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_bytes(data)
    message = ""
    try:
        export = read_export(file)
    except ExportError as error:
        message = str(error)
    if message:
        assert "any.csv" in message
    else:
        assert export.frame.columns.is_unique
        assert len(export.rows) == len(export.test_rows) == len(export.frame) > 0
        assert list(export.variables) == list(export.frame.columns)


def test_quoted_cells_keep_delimiters_newlines_and_quotation_marks(read) -> None:
    rows = [["id", 'He said "no, never"'], ["1", 'a\r\nb;"c",\td'], ["2", "x\ry\nz"]]
    export = read(written(rows, newline="\r\n"))
    assert cells(export) == rows
    assert export.rows.tolist() == [2, 3]


def test_mixed_line_ends(read) -> None:
    assert cells(read("a,b\r\n1,2\n3,4\r5,6")) == [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]]


def test_nothing_is_taken_for_missing(read) -> None:
    words = ["NA", "N/A", "null", "None", "nan", "-99", "007", "1.0", " x ", "TRUE", "1e5"]
    export = read("id,Q\n" + "".join(f"{i},{w}\n" for i, w in enumerate(words)))
    assert export.frame["Q"].tolist() == words


def test_short_rows_are_filled_and_named(read) -> None:
    export = read("a,b,c\n1,2,3\n4,5\n6,7,8\n9\n")
    assert cells(export)[2:] == [["4", "5", ""], ["6", "7", "8"], ["9", "", ""]]
    assert "2 row(s) (3, 5) shorter than the headings" in export.warnings[0]


def test_short_rows_are_found_among_quoted_cells(read) -> None:
    export = read('a,b\n"x,y",2\n"z, ""w"""\n')
    assert "1 row(s) (3) shorter" in export.warnings[0]
    assert not read('a,b\n"x,y",2\n"z, ""w""",3\n').warnings


@pytest.mark.parametrize("extra", ["4,5,6,7", "4,5,6,,,7"])
def test_a_row_with_more_cells_than_headings_is_refused(read, extra: str) -> None:
    with pytest.raises(ExportError, match=r"1 row\(s\) \(4\) with more cells than the 3 headings"):
        read(f'a,b,c\n"1\n1",2,3\n1,2,3\n{extra}\n1,2,3\n1,2,3\n')


def test_delimiters_at_the_end_of_rows_are_harmless(read) -> None:
    export = read("a,b\n1,2,\n3,4,,,\n5,6\n")
    assert cells(export) == [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]]


def test_rows_with_names_of_their_own_are_refused_with_the_reason(read) -> None:
    with pytest.raises(ExportError, match=r"row\.names = FALSE"):
        read('"Q1","Q2"\n"1",4,5\n"2",3,2\n')


def test_a_title_above_the_headings_is_refused(read) -> None:
    with pytest.raises(ExportError, match="title above the headings"):
        read("Couples study\nid,Q1,Q2\n1,4,5\n2,3,2\n")
    with pytest.raises(ExportError, match="row 1 has one heading for 3 columns"):
        read("Couples study,,\nid,Q1,Q2\n1,4,5\n2,3,2\n")


def test_empty_rows_are_left_out_and_the_others_keep_their_number(read) -> None:
    export = read("\n\na,b\n1,2\n\n,\n3,4\n,\n\n")
    assert cells(export) == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert export.rows.tolist() == [4, 7]
    assert "6 row(s) (1, 2, 5, 6, 8, 9) with nothing in them" in export.warnings[0]


def test_in_one_column_an_empty_row_is_an_answer_not_given(read) -> None:
    export = read("Q1\n3\n\n4\n\n")
    assert export.delimiter is None
    assert export.frame["Q1"].tolist() == ["3", "", "4"]
    assert export.rows.tolist() == [2, 3, 4]


def test_one_column_of_decimal_commas_or_sentences_stays_one(read) -> None:
    assert cells(read("Q1\n3,5\n4,5\n")) == [["Q1"], ["3,5"], ["4,5"]]
    assert cells(read("Why?\nWell, no\nYes, yes\n"))[1:] == [["Well, no"], ["Yes, yes"]]


def test_the_delimiter_is_the_one_that_the_headings_have(read) -> None:
    export = read("id;chosen\n1;a,b,c,d\n2;a,c,d,e\n3;b,c,d,e\n")
    assert (export.delimiter, export.frame.shape) == (";", (3, 2))


def test_an_open_quotation_mark_is_named_with_its_row(read) -> None:
    with pytest.raises(ExportError, match=r"a\.csv, row 3: a quotation mark"):
        read('a,b\n"1\n1",2\n3,"4\n5,6\n')


def test_headings_become_unique_and_it_is_said(read) -> None:
    export = read("Q1,,Q1,Q1.2,Q1,\n1,2,3,4,5,6\n")
    assert list(export.frame.columns) == ["Q1", "unnamed_2", "Q1.3", "Q1.2", "Q1.4", "unnamed_6"]
    assert [v.text for v in export.variables.values()] == ["Q1", "", "Q1", "Q1.2", "Q1", ""]
    assert "2 column(s) without a heading" in export.warnings[0]
    assert "'Q1'" in export.warnings[1]


def test_headings_that_look_like_answers_are_doubted(read) -> None:
    assert "looks like answers" in read("1,5,5\n2,4,3\n").warnings[-1]
    assert not read("1,2,3\n2,4,3\n").warnings


@pytest.mark.parametrize("content", ["id,Q1\n", "id,Q1", "id,Q1\n\n,\n", "lonely"])
def test_headings_without_records_are_refused(read, content: str) -> None:
    with pytest.raises(ExportError, match="no records"):
        read(content)


@pytest.mark.parametrize(
    ("content", "mark"),
    [
        ("id;x\n1;18,5\n2;7\n", ","),
        ("id;x\n1;18.5\n2;7\n", "."),
        ("id;x\n1;17,583\n2;7\n", "."),  # can be a thousand
        ("id;x\n1;17,583\n2;18,5\n", ","),
        ('id,x\n1,"1,2"\n2,"3,4"\n', "."),  # choices, not numbers
        ("id;x\n1;1,2,3\n2;a, b\n", "."),
    ],
)
def test_decimal_mark(read, content: str, mark: str) -> None:
    assert read(content).decimal == mark


def test_one_huge_line_ends_in_words(read) -> None:
    with pytest.raises(ExportError, match="a cell of its first row has more than 131072"):
        read("x" * 3_000_000)
    with pytest.raises(ExportError, match="its first row has more than 4194304 characters"):
        read("x y;" + "x y," * 1_500_000)
    with pytest.raises(ExportError, match="more than 16384 columns"):
        read("a," * 999_999 + "b\n")


def test_a_table_that_is_none(read) -> None:
    long = "y" * 200_000
    with pytest.raises(ExportError, match="not a regular table"):
        read(f"a,b\n1,2\n1,2,3,4,{long}\n")
    with pytest.raises(ExportError, match=r"1 row\(s\) \(4\) with more cells than the 2 headings"):
        read("a,b\n1,2\n3,4\n" + "5," * 40_000 + "\n")
    with pytest.raises(ExportError, match="not a regular table"):  # a terabyte of empty cells
        read(("1," * 16_000 + "1\n") * 120 + "1\n" * 1_000_000)


def test_a_cell_longer_than_the_csv_module_takes(read) -> None:
    drawing = "x" * 300_000
    export = read(f"id,drawing\n1,{drawing}\n2,y\n")
    assert export.frame["drawing"].tolist() == [drawing, "y"]


def test_the_export_knows_its_file_and_shows_no_cell(read) -> None:
    export = read("id,Q1\nsecret,2\n")
    assert export.file == "a.csv"
    assert export.sha256 == hashlib.sha256(b"id,Q1\nsecret,2\n").hexdigest()
    assert "secret" not in repr(export) + str(export.facts())
