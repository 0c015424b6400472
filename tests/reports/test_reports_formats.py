"""Reports as PDF, Word and Excel files: what is in them, and that nothing in them does anything."""

import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import docx
import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest
from docx.oxml.ns import qn

from detachment.errors import UsageError
from detachment.instruments import instrument_from_dict
from detachment.reports import Report, find, report
from detachment.reports._document import Document, document
from detachment.reports._docx import docx_file
from detachment.reports._manifest import about
from detachment.reports._paper import appendix, body, every_table
from detachment.reports._typst import pdf_file
from detachment.reports._workbook import xlsx_file
from detachment.validation import Survey, read_survey

TYPST = '#read("/etc/passwd") $x$ *b* @ref'
FORMULA = '=HYPERLINK("http://evil.example"; "x")'
SCRIPT = "<script>alert(1)</script> ]]>"
TURNED = "\u202egnp.exe"
LAYOUT = {
    "schema_version": 1,
    "instrument": {
        "id": "hostile", "version": "1.0.0", "title": f"{SCRIPT} {TYPST}", "note": TYPST,
        "licence": FORMULA, "citation": SCRIPT,
    },
    "response_scales": {
        "four": {
            "type": "ordinal", "values": [1, 2, 3, 4], "labels": [SCRIPT, FORMULA, TURNED, "d"],
        }
    },
    "items": [
        {"id": "a", "scale": "four", "text": SCRIPT},
        {"id": "b", "scale": "four", "text": FORMULA},
        {"id": "c", "scale": "four", "text": f"{TURNED} {TYPST}"},
        {"id": "e1", "scale": "four", "text": "-1+cmd|' /C calc'!A0"},
        {"id": "e2", "scale": "four", "text": "@SUM(A1)"},
    ],
    "scales": {
        "s": {"label": TYPST, "role": "sign", "items": ["a", "b", "c"]},
        "e": {"label": FORMULA, "role": "effect", "items": ["e1", "e2"], "model": "reflective"},
    },
    "correlate": {"rows": ["s", "items:s"], "columns": ["e"]},
}  # fmt: skip
COMMAND = "detachment report x.csv --instrument hostile"
FORMATS = ("html", "pdf", "docx", "xlsx")


def survey_of(folder: Path) -> Survey:
    rng = np.random.default_rng(5)
    general = rng.normal(size=60)
    answers = {
        name: np.clip(np.round(2.5 + 0.8 * general + rng.normal(size=60)), 1, 4).astype(int)
        for name in ("a", "b", "c", "e1", "e2")
    }
    path = folder / "x.csv"
    pd.DataFrame(answers).to_csv(path, index=False)
    return read_survey(path, instrument=instrument_from_dict(LAYOUT))


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    return survey_of(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def written(survey: Survey, tmp_path_factory: pytest.TempPathFactory) -> Report:
    out = tmp_path_factory.mktemp("formats") / "report"
    return report(survey, out, formats=FORMATS, command=COMMAND)


@pytest.fixture(scope="module")
def said(survey: Survey) -> Document:
    findings = find(survey, rng=1)
    return document(findings, about(findings, command=COMMAND, rng=1, call={}))


@pytest.fixture(scope="module")
def pdf(written: Report) -> pypdf.PdfReader:
    return pypdf.PdfReader(written.folder / "report.pdf")


def figures_of(said: Document) -> list[str]:
    sections = [*body(said), *appendix(said)]
    return [
        block.figure.alt for one in sections for block in one.blocks if block.figure is not None
    ]


# ---------------------------------------------------------------- files


def test_every_format_has_its_file_and_its_maker(written: Report) -> None:
    assert {"index.html", "report.pdf", "report.docx", "report.xlsx"} <= set(written.files)
    assert written.page.name == "index.html"
    assert {"typst", "python-docx", "openpyxl"} <= set(written.manifest["versions"])


def test_pixels_are_in_the_word_file_and_not_beside_it(written: Report) -> None:
    figures = [name for name in written.files if name.startswith("figures/")]
    assert figures
    assert all(name.endswith(".svg") for name in figures)
    assert ".png" not in written.page.read_text("utf-8")
    with zipfile.ZipFile(written.folder / "report.docx") as word:
        pictures = [name for name in word.namelist() if name.startswith("word/media/")]
        assert len(pictures) == len(figures)
        assert all(word.read(name).startswith(b"\x89PNG") for name in pictures)


def test_figures_in_pixels_are_there_where_somebody_asks_for_them(
    survey: Survey, tmp_path: Path
) -> None:
    made = report(survey, tmp_path / "r", formats=("png", "html"))
    figures = [name for name in made.files if name.startswith("figures/")]
    pngs = [name for name in figures if name.endswith(".png")]
    assert sorted(figures) == sorted([*pngs, *(f"{name[:-4]}.svg" for name in pngs)])
    assert all((made.folder / name).read_bytes().startswith(b"\x89PNG") for name in pngs)
    assert made.page.name == "index.html"
    page = made.page.read_text("utf-8")
    assert all(f'href="{name}"' in page for name in figures)
    assert "formats=('html', 'png')" in made.manifest["command"]
    with pytest.raises(UsageError, match="html,png"):
        report(survey, tmp_path / "pictures", formats="png")
    assert not (tmp_path / "pictures").exists()


def test_the_page_is_left_out_where_nobody_asked_for_it(survey: Survey, tmp_path: Path) -> None:
    made = report(survey, tmp_path / "r", formats="xlsx")
    assert made.page.name == "report.xlsx"
    assert "index.html" not in made.files
    assert "typst" not in made.manifest["versions"]
    assert "formats=('xlsx',)" in made.manifest["command"]


def test_formats_that_cannot_be_written(
    survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="Did you mean 'pdf'"):
        report(survey, tmp_path / "r", formats=("html", "pfd"))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no format"):
        report(survey, tmp_path / "r", formats=())
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(UsageError, match=r"detachment\[pdf\]"):
        report(survey, tmp_path / "r", formats="pdf")
    assert not (tmp_path / "r").exists()


def test_the_command_takes_formats_with_commas(
    detachment: Callable[..., Any], sample_dir: Path, tmp_path: Path
) -> None:
    ran = detachment("report", sample_dir / "class_quiz.csv", "--format", "pdf,xslx")
    assert ran.code == 2
    assert "'xslx'" in ran.err
    assert "Did you mean 'xlsx'" in ran.err


def test_bytes_do_not_depend_on_place_time_or_hash(said: Document, tmp_path: Path) -> None:
    code = (
        "import pickle\n"
        "from hashlib import sha256\n"
        "from detachment.reports._docx import docx_file\n"
        "from detachment.reports._typst import pdf_file\n"
        "from detachment.reports._workbook import xlsx_file\n"
        "said = pickle.load(open('said', 'rb'))\n"
        "made = [pdf_file(said, {}), docx_file(said, {}), xlsx_file(said)]\n"
        "print(*(sha256(one).hexdigest() for one in made))\n"
    )
    # Figures have a test of their own.
    sections = [
        replace(one, blocks=[block for block in one.blocks if block.figure is None])
        for one in said.sections
    ]
    plain = replace(said, sections=sections)
    (tmp_path / "said").write_bytes(pickle.dumps(plain))
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LANG": "de_DE.UTF-8"}
    there = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True,
        env={**os.environ, **elsewhere, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout  # fmt: skip
    made = [pdf_file(plain, {}), docx_file(plain, {}), xlsx_file(plain)]
    assert there.split() == [sha256(one).hexdigest() for one in made]


# ---------------------------------------------------------------- PDF


def test_the_pdf_is_one_that_everybody_can_read(pdf: pypdf.PdfReader, said: Document) -> None:
    root: Any = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1<" in root["/Metadata"].get_data()
    assert pdf.metadata is not None
    assert pdf.metadata.title == f"{SCRIPT} {TYPST}"
    assert "/CreationDate" not in pdf.metadata
    assert "/Author" not in pdf.metadata
    heads = [one.title for one in pdf.outline if not isinstance(one, list)]
    sections = [section.title for section in said.sections]
    assert heads == ["In brief", *sections, "Appendix: Details"]


def test_every_figure_of_the_pdf_is_told_in_words(pdf: pypdf.PdfReader, said: Document) -> None:
    def walk(node: Any) -> Iterator[Any]:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for one in node:
                yield from walk(one)
        elif isinstance(node, dict):
            yield node
            if "/K" in node:
                yield from walk(node["/K"])

    parts = list(walk(pdf.trailer["/Root"]["/StructTreeRoot"]))
    kinds = [part.get("/S") for part in parts]
    told = [str(part["/Alt"]) for part in parts if part.get("/S") == "/Figure"]
    assert sorted(told) == sorted(figures_of(said))
    assert kinds.count("/Table") == len(every_table(said))
    assert "/TH" in kinds
    assert {"/H1", "/H2"} <= set(kinds)


def test_hostile_text_is_text_in_the_pdf(pdf: pypdf.PdfReader) -> None:
    text = "".join(page.extract_text() for page in pdf.pages)
    text = "".join(text.split())
    for hostile in (TYPST, FORMULA, SCRIPT, "gnp.exe"):
        assert "".join(hostile.split()) in text
    assert "root:" not in text
    assert not any(ord(letter) == 0x202E for letter in text)
    targets = [
        note.get_object()["/A"]
        for page in pdf.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    ]
    assert not [target for target in targets if "/URI" in target]


# ---------------------------------------------------------------- Word


def test_the_word_file_has_headings_tables_and_figures_in_words(
    written: Report, said: Document
) -> None:
    word = docx.Document(str(written.folder / "report.docx"))
    heads = [one.text for one in word.paragraphs if one.style and one.style.name == "Heading 1"]
    assert heads == ["In brief", *(one.title for one in said.sections), "Appendix: Details"]
    assert len(word.tables) == len(every_table(said))
    told = [one.get("descr") for one in word.element.body.iter(qn("wp:docPr"))]
    assert told == figures_of(said)
    assert all(one.get("title") for one in word.element.body.iter(qn("wp:docPr")))
    about_it = word.core_properties
    assert (about_it.title, about_it.author) == (f"{SCRIPT} {TYPST}", "")
    assert about_it.created is not None
    assert about_it.created.year == about_it.modified.year == 1980  # type: ignore[union-attr]
    text = "\n".join(one.text for one in word.paragraphs)
    assert TYPST in text
    assert "\u202e" not in text
    assert not word.element.body.findall(f".//{qn('w:hyperlink')}")


# ---------------------------------------------------------------- Excel


def book_of(folder: Path) -> Any:
    return openpyxl.load_workbook(folder / "report.xlsx")


def test_the_workbook_has_a_sheet_a_table_and_links_to_them(
    written: Report, said: Document
) -> None:
    book = book_of(written.folder)
    tables = every_table(said)
    assert book.sheetnames[0] == "Contents"
    assert book.sheetnames[-1] == "How it was made"
    assert len(book.sheetnames) == len(tables) + 2
    links = [cell.hyperlink for row in book["Contents"].iter_rows() for cell in row]
    places = [link.location for link in links if link is not None]
    assert places == [f"'{name}'!A1" for name in book.sheetnames[1:]]
    for (table, number), name in zip(tables, book.sheetnames[1:], strict=False):
        assert book[name]["A1"].value == f"Table {number}"
        assert book[name]["A2"].value == table.title


def test_no_cell_of_the_workbook_is_a_formula(written: Report) -> None:
    cells = [c for sheet in book_of(written.folder) for row in sheet.iter_rows() for c in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    risky = [cell for cell in cells if str(cell.value).startswith(("=", "-1+", "@"))]
    assert risky
    assert all(cell.quotePrefix and cell.data_type == "s" for cell in risky)


def test_numbers_of_the_workbook_are_those_of_the_results(written: Report, said: Document) -> None:
    (sheet,) = [one for one in book_of(written.folder) if one.title.endswith(" reliability")]
    data = next(table for table, _ in every_table(said) if table.name == "reliability").data
    cells = [cell.value for row in sheet.iter_rows() for cell in row]
    values = {f"{value:.15g}" for value in cells if isinstance(value, float)}
    for name in ("alpha", "alpha_low", "alpha_high", "omega_total", "sem"):
        assert f"{data[name].iloc[0]:.15g}" in values, name


def test_a_workbook_for_others_holds_rounded_numbers_only(survey: Survey, tmp_path: Path) -> None:
    made = report(survey, tmp_path / "r", formats="xlsx", disclosure="class")
    seen = 0
    for sheet in book_of(made.folder):
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, float):
                    seen += 1
                    assert cell.value == round(cell.value, 4), (sheet.title, cell.coordinate)
    assert seen > 20
    rows = book_of(made.folder)["How it was made"].iter_rows()
    text = " ".join(str(cell.value) for row in rows for cell in row)
    assert "rounded" in text


def test_parts_of_one_file_are_one_table_on_paper(said: Document) -> None:
    (items,) = [table for table, _ in every_table(said) if table.name == "items"]
    assert [size for _, size in items.groups] == [3, 2]
    assert len(items.data) == len(items.rows) == 5


def test_what_a_page_folds_is_in_the_appendix(said: Document) -> None:
    assert not [block for section in body(said) for block in section.blocks if block.folded]
    numbers = {
        block.number.partition(".")[0]
        for section in said.sections
        for block in section.blocks
        if block.table
    }
    assert {number for _, number in every_table(said)} == numbers
