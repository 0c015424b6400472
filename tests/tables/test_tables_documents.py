"""Word, Typst and Excel files say the same as the table, and no text in them does anything."""

import io
import os
import pickle
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pypdf
import pytest
import typst
from docx.document import Document as Word
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.tables import Column, Remark, Table, docx_table, typst_table, write
from detachment.tables._characters import legible
from detachment.tables._numbers import fields
from detachment.tables._typst import literal
from detachment.tables._widths import fits, widths
from detachment.tables._xlsx import number_format

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = (
    '#read("/etc/passwd") $x$ @ref *b* _i_ `c` <label> \\ // "',
    '=HYPERLINK("http://evil.example"; "x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "<script>alert(1)</script> & ]]>",
    "\\input{/etc/passwd} {{ 7 * 7 }} #{7}",
)


def table(**more: object) -> Table:
    options: dict[str, object] = {
        "name": "relations",
        "title": "Relations of Signs",
        "columns": (
            Column(label="With", numeric=False),
            Column(label="n", symbol=True, group="Sample"),
            Column(label="r", symbol=True, group="Correlation"),
            Column(label="95% CI", group="Correlation"),
            Column(label="p", symbol=True, group="Correlation"),
        ),
        "rows": (
            ("Loneliness", "1,400", ".51", "[.47, .55]", "< .001"),
            ("Satisfaction", "12", "−.04", "[−.60, .55]", ".902"),
            ("Intimacy", "2", "–", "–", "–"),
        ),
        "groups": (("Signs", 2), ("Others", 1)),
        "notes": ("CI = confidence interval.", "p of t tests, n < 3 left out."),
        "probability": ("p is not adjusted.",),
        "remarks": (Remark(text="Too few answers.", cells=((2, 2),)),),
        "data": pd.DataFrame(
            {
                "row": ["a", "b", "c"],
                "n": [1400, 12, 2],
                "r": [0.5123, -0.0412, None],
                "r_low": [0.4711, -0.5988, None],
                "r_high": [0.5493, 0.5459, None],
                "p": [1e-12, 0.9023, None],
            }
        ),
        **more,
    }
    return Table(**options)  # type: ignore[arg-type]


def hostile() -> Table:
    return table(
        title=HOSTILE[0],
        columns=(Column(label=HOSTILE[1], numeric=False), Column(label=HOSTILE[0])),
        rows=tuple((text, text) for text in HOSTILE),
        groups=((HOSTILE[5], len(HOSTILE)),),
        notes=HOSTILE,
        probability=(HOSTILE[6],),
        remarks=(Remark(text=HOSTILE[1], cells=((0, 0),)),),
        data=pd.DataFrame({"x": HOSTILE}),
    )


def word_of(one: Table) -> Word:
    return docx.Document(io.BytesIO(write(one, "docx")))


def pdf_text(code: bytes) -> str:
    pages = pypdf.PdfReader(
        io.BytesIO(typst.compile(code, format="pdf", font_paths=typst.Fonts(False)))
    ).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


# ---------------------------------------------------------------- Word


def test_a_word_table_is_laid_out_as_apa_has_it() -> None:
    word = word_of(table())
    number, title, *notes = word.paragraphs
    assert (number.text, title.text) == ("Table 1", "Relations of Signs")
    assert number.style is not None
    assert number.style.font.bold
    assert title.style is not None
    assert title.style.font.italic
    assert number.style.paragraph_format.keep_with_next
    assert [note.text for note in notes] == [
        "Note. CI = confidence interval. p of t tests, n < 3 left out.",
        "aToo few answers.",
        "p is not adjusted.",
    ]
    assert [run.text for run in notes[0].runs if run.italic] == ["Note.", "p", "t", "n"]
    assert notes[1].runs[0].font.superscript

    (made,) = word.tables
    rows = made.rows
    heads = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in rows]
    assert heads == [True, True, False, False, False, False, False]
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in rows)
    assert [cell.text for cell in rows[1].cells] == ["With", "n", "r", "95% CI", "p"]
    assert [cell.text for cell in rows[0].cells] == ["", "Sample", *["Correlation"] * 3]
    assert rows[1].cells[1].paragraphs[0].runs[0].italic
    assert {cell.text for cell in rows[2].cells} == {"Signs"}  # one merged cell
    assert rows[6].cells[2].text == "–a"
    borders = {element.tag for element in made._tbl.iter() if element.tag.startswith(qn("w:tcB"))}
    sides = {side.tag for cell in made._tbl.iter(qn("w:tcBorders")) for side in cell}
    assert borders
    assert sides == {qn("w:top"), qn("w:bottom")}
    assert len(rows[-1]._tr.findall(f".//{qn('w:bottom')}")) == 5


def test_a_short_word_table_stays_on_one_page_with_its_note() -> None:
    (made,) = word_of(table()).tables
    assert all(p.findall(f"./{qn('w:pPr')}/{qn('w:keepNext')}") for p in made._tbl.iter(qn("w:p")))
    long = table(rows=table().rows[:1] * 90, groups=(), remarks=(), data=pd.DataFrame())
    (made,) = word_of(long).tables
    kept = [bool(row._tr.findall(f".//{qn('w:keepNext')}")) for row in made.rows]
    assert kept[:3] == [True] * 3  # heads and the first row
    assert kept[3:-2] == [False] * (len(kept) - 5)
    assert kept[-2:] == [True, True]


def test_a_table_goes_into_a_manuscript_and_leaves_its_styles() -> None:
    word = docx.Document()
    word.add_paragraph("Before")
    docx_table(word, table())
    word.add_paragraph("Between")
    docx_table(word, table(), number="S2")
    assert [one.text for one in word.paragraphs][:3] == ["Before", "Relations of Signs", "Note. CI"
        " = confidence interval. p of t tests, n < 3 left out."]  # fmt: skip
    assert len(word.tables) == 2
    assert [style.name for style in word.styles].count("Table Note") == 1


def test_numbers_of_unlike_decimals_align_by_blanks_that_wide() -> None:
    one = table(
        columns=(Column(label="Item", numeric=False), Column(label="M")),
        rows=(("a", "1.50"), ("b", "12")),
        groups=(),
        remarks=(),
    )
    (made,) = word_of(one).tables
    assert made.rows[2].cells[1].text == "12\N{PUNCTUATION SPACE}\N{FIGURE SPACE}\N{FIGURE SPACE}"
    assert 'literal("12")' not in typst_table(one)
    assert '"12" + hide(".00")' in typst_table(one)


# ---------------------------------------------------------------- Excel


def test_a_sheet_holds_numbers_at_full_precision_and_shows_them_as_apa_has_them() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(write(table(), "xlsx"))).active
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert values[0][0] == "Table 1"
    assert values[1][0] == "Relations of Signs"
    assert values[3] == ["With", "n", "r", "95% CI LL", "95% CI UL", "p"]
    assert values[5] == ["Loneliness", 1400, 0.5123, 0.4711, 0.5493, 1e-12]
    assert values[6] == ["Satisfaction", 12, -0.0412, -0.5988, 0.5459, 0.9023]
    assert values[4][0] == "Signs"
    formats = [cell.number_format for cell in sheet[6]]
    assert formats[1:3] == ["#,##0;−#,##0", ".00;−.00"]
    assert formats[5].startswith('[<0.001]"< .001"')
    assert sheet["A1"].font.bold
    assert sheet["A2"].font.italic
    assert sheet.freeze_panes == "B5"
    assert sheet.print_title_rows == "$3:$4"
    assert "lower and upper limit" in values[9][0]
    for row in sheet.iter_rows():
        sides = [side for cell in row for side in (cell.border.left, cell.border.right)]
        assert not any(side is not None and side.style for side in sides)
    assert all(sheet.cell(row, 1).border.bottom.style for row in (4, 9))
    assert sheet["A3"].border.top.style


def test_a_number_is_never_taken_from_a_column_that_only_looks_alike() -> None:
    alike = pd.DataFrame({"x": [0.5111], "y": [0.5099]})
    one = table(
        columns=(Column(label="With", numeric=False), Column(label="Value")),
        rows=(("a", ".51"),), groups=(), remarks=(), data=alike,
    )  # fmt: skip
    assert fields(one)[1].values == (0.51,)  # as printed: either may be meant
    declared = table(
        columns=(Column(label="With", numeric=False), Column(label="Value", data="y")),
        rows=(("a", ".51"),), groups=(), remarks=(), data=alike,
    )  # fmt: skip
    assert fields(declared)[1].values == (0.5099,)
    other = table(
        columns=(Column(label="With", numeric=False), Column(label="Value", data="y")),
        rows=(("a", ".53"),), groups=(), remarks=(), data=alike,
    )  # fmt: skip
    assert fields(other)[1].values == (0.53,)


def test_a_number_with_a_note_stays_a_number() -> None:
    one = table(remarks=(Remark(text="Small.", cells=((1, 1),)),))
    sheet = openpyxl.load_workbook(io.BytesIO(write(one, "xlsx"))).active
    assert sheet["B7"].value == 12
    assert sheet["B7"].number_format == '#,##0"ᵃ";−#,##0"ᵃ"'


def test_cells_of_a_matrix_find_their_rows_of_the_data() -> None:
    data = pd.DataFrame({"r": [0.111, 0.222, 0.333, 0.444], "low": [0.011, 0.021, 0.031, 0.041]})
    one = table(
        columns=(Column(label="", numeric=False), Column(label="A"), Column(label="B")),
        rows=(
            ("x", ".11\n[.01, .90]", ".22\n[.02, .90]"),
            ("y", ".33\n[.03, .90]", ".44\n[.04, .90]"),
        ),
        groups=(), remarks=(), data=data,
    )  # fmt: skip
    found = {(field.group, field.label): field.values for field in fields(one)[1:]}
    assert found[("A", "Value")] == (0.111, 0.333)
    assert found[("B", "LL")] == (0.021, 0.041)
    assert found[("B", "UL")] == (0.9, 0.9)


@pytest.mark.parametrize(
    ("printed", "shown"),
    [(".88", ".00;−.00"), ("0.72", "0.00;−0.00"), ("34%", "#,##0%;−#,##0%"), ("7", "#,##0;−#,##0")],
)
def test_formats_of_numbers(printed: str, shown: str) -> None:
    assert number_format(printed) == shown


# ---------------------------------------------------------------- hostile text


def test_hostile_text_is_text_in_word() -> None:
    word = word_of(hostile())
    (made,) = word.tables
    assert [row.cells[0].text for row in made.rows][3:] == list(HOSTILE[1:])
    assert made.rows[2].cells[0].text == f"{HOSTILE[0]}a"
    xml = zipfile.ZipFile(io.BytesIO(write(hostile(), "docx"))).read("word/document.xml")
    for code in (b"<w:instrText", b"<w:fldSimple", b"<w:hyperlink", b"<script"):
        assert code not in xml


def test_hostile_text_is_text_in_excel() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(write(hostile(), "xlsx"))).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    texts = {str(cell.value): cell for cell in cells}
    for text in HOSTILE[1:5]:
        assert texts[text].data_type == "s"
        assert texts[text].quotePrefix


def test_hostile_text_is_text_in_typst() -> None:
    shown = pdf_text(write(hostile(), "typ")).replace(" ", "")
    for text in HOSTILE:
        assert text.replace(" ", "") in shown
    assert "root:" not in shown


@settings(max_examples=10)
@given(st.text(max_size=40))
def test_any_text_can_be_written_in_every_form(text: str) -> None:
    one = table(
        title=text or "T",
        columns=(Column(label=text, numeric=False), Column(label="x")),
        rows=((text, text.replace("\n", " ")),),
        groups=((text, 1),), notes=(text,), probability=(), remarks=(), data=pd.DataFrame(),
    )  # fmt: skip
    (made,) = word_of(one).tables
    first = legible(text).split("\n")[0]
    # Word breaks lines at tabs and line feeds of its own.
    assert made.rows[-1].cells[0].paragraphs[0].text.split("\n")[0].strip() == first.strip()
    book = openpyxl.load_workbook(io.BytesIO(write(one, "xlsx")))
    assert not [c for row in book.active.iter_rows() for c in row if c.data_type == "f"]
    typst.compile(write(one, "typ"), format="svg", font_paths=typst.Fonts(False))


def test_marks_and_controls_are_left_out() -> None:
    assert legible("a\x00b\x0bc\ud83d\ufffe\u202ed\te\nf") == "abcd\te\nf"
    assert literal("\u202ea\u200b") == '"a\\u{200b}"'


# ---------------------------------------------------------------- layout and bytes


def test_numbers_keep_their_width_and_words_give_way() -> None:
    one = table(rows=(("A long name of a scale that can be broken", *table().rows[0][1:]),),
                groups=(), remarks=())  # fmt: skip
    wide, narrow = widths(one, 80.0), widths(one, 28.0)
    assert wide[1:] == narrow[1:]
    assert narrow[0] < wide[0]
    assert sum(narrow) <= 28.0
    assert fits(one, 28.0)
    assert not fits(one, 12.0)


@pytest.mark.parametrize("form", ["typ", "docx"])
def test_golden_files(form: str) -> None:
    written = write(table(), form)
    name = "relations.typ"
    if form == "docx":
        written = zipfile.ZipFile(io.BytesIO(written)).read("word/document.xml")
        written = written.replace(b"><w:", b">\n<w:")
        name = "relations.document.xml"
    assert written.decode("utf-8") == (GOLDEN / name).read_text(encoding="utf-8")


MAKE = """
import pickle, sys
from hashlib import sha256
from detachment.tables import write
tables = pickle.load(open(sys.argv[1], "rb"))
print(*(sha256(write(tables, form)).hexdigest() for form in ("docx", "xlsx", "typ")))
"""


def test_bytes_do_not_depend_on_place_time_or_hash(tmp_path: Path) -> None:
    tables = [table(), hostile()]
    (tmp_path / "tables").write_bytes(pickle.dumps(tables))
    here = [sha256(write(tables, form)).hexdigest() for form in ("docx", "xlsx", "typ")]
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8"}
    there = subprocess.run(
        [sys.executable, "-c", MAKE, "tables"], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, **elsewhere, "PYTHONPATH": os.pathsep.join(sys.path)}, check=True,
    ).stdout  # fmt: skip
    assert there.split() == here
    moments = {
        entry.date_time for entry in zipfile.ZipFile(io.BytesIO(write(table(), "xlsx"))).infolist()
    }
    assert moments == {(1980, 1, 1, 0, 0, 0)}
