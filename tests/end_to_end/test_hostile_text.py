"""Text made to harm, in every place that a user fills, comes out as text in every form."""

import csv
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest
import yaml

import detachment as dt
from detachment.cli import main
from detachment.errors import InstrumentError
from detachment.figures._theme import wrap
from detachment.instruments import instrument_from_dict
from detachment.reports import read_manifest

SCRIPT = "<script>alert(1)</script>]]> -->"
FORMULA = "=cmd|' /C calc'!A0"
TEX = "\\input{/etc/passwd} $x_1$ 5% ~ ^ #1 & {"
TYPST = '#read("/etc/passwd") *b* @ref'
LINK = "[link](javascript:alert(1)) ![i](http://evil.example/x.png) `c`"
TURNED = "\u202egnp.exe\u2066"
CONTROLS = "a\x00b\x07c\x1b[31md\x85e\x0bf"
NUMBERED = "_x0041_ _x000D_"
FACES = "\U0001f469\u200d\U0001f680 \u2764\ufe0f"
LONG = "L" * 10_000
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
LAYOUT = {
    "schema_version": 1,
    "instrument": {
        "id": "hostile", "version": "1.0.0", "title": f"{SCRIPT} {TYPST} {CONTROLS}",
        "licence": FORMULA, "citation": f"{TEX} {LINK}", "note": TYPST,
    },
    "response_scales": {
        "four": {
            "type": "ordinal", "values": [1, 2, 3, 4], "labels": [SCRIPT, FORMULA, CONTROLS, TURNED]
        }
    },
    "columns": {"who": {"role": "group"}, "wave": {"role": "wave"}},
    "items": [
        {"id": f"q{k}", "scale": "four", "text": text}
        for k, text in enumerate((SCRIPT, FORMULA, CONTROLS, LONG, f"{TEX} {FACES}", NUMBERED))
    ],
    "scales": {
        "s": {
            "label": f"{CONTROLS} {SCRIPT} {NUMBERED} {TURNED}", "role": "sign",
            "items": ["q0", "q1", "q2"], "signs_present_from": 3,
        },
        "e": {"label": f"{LINK} {TEX}", "role": "effect", "items": ["q3", "q4", "q5"]},
    },
    "correlate": {"rows": ["s", "items:s"], "columns": ["e"]},
}  # fmt: skip
NAME = "=cmd|' C calc' <b>_x0041_ \u202egnp \x07 #read(1) ]]>"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export with a hostile name, its instrument, and reports of it and of a second export."""
    folder = tmp_path_factory.mktemp("hostile")
    rng = np.random.default_rng(5)
    general = rng.normal(size=40)
    answers: dict[str, Any] = {
        f"q{k}": np.clip(np.round(2.5 + 0.8 * general + rng.normal(size=40)), 1, 4).astype(int)
        for k in range(6)
    }
    answers |= {"who": [SCRIPT, FORMULA] * 20, "wave": ["=1+1"] * 40}
    pd.DataFrame(answers).to_csv(folder / f"{NAME}.csv", index=False)
    (folder / "hostile.yaml").write_text(yaml.safe_dump(LAYOUT), encoding="utf-8")
    return folder


def call(place: Path, command: str, *options: str, out: str = "") -> int:
    words = [command, str(place / f"{NAME}.csv"), "--instrument", str(place / "hostile.yaml")]
    return main([*words, *options, *(["--out", str(place / out)] if out else [])])


@pytest.fixture(scope="module")
def report(place: Path) -> Path:
    assert call(place, "report", "--format", "html,pdf,docx,xlsx", out="report") == 0
    return place / "report"


def xml_texts(content: bytes) -> str:
    """Text and attributes of every part of a zip of XML; each part must be well-formed."""
    said = []
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                for node in ElementTree.fromstring(archive.read(name)).iter():
                    said += [node.text or "", *node.attrib.values()]
    return "\n".join(said)


def check_page(text: str) -> None:
    assert "<script" not in text
    assert 'javascript:alert(1)"' not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert not ILLEGAL.search(text)


def test_the_page_and_its_figures(report: Path) -> None:
    check_page((report / "index.html").read_text("utf-8"))
    drawn = sorted((report / "figures").glob("*.svg"))
    assert drawn
    for path in drawn:
        ElementTree.parse(path)  # SVG is XML: a control character would break it
        assert b"<script" not in path.read_bytes()


def test_the_pdf(report: Path) -> None:
    text = "".join(page.extract_text() for page in pypdf.PdfReader(report / "report.pdf").pages)
    assert "root:" not in text
    assert "".join(TYPST.split()) in "".join(text.split())
    assert "\u202e" not in text


def test_the_word_file(report: Path) -> None:
    text = xml_texts((report / "report.docx").read_bytes())
    assert SCRIPT in text
    assert LONG in text
    assert "\u202e" not in text


def test_the_workbook(report: Path) -> None:
    text = xml_texts((report / "report.xlsx").read_bytes())
    # Excel reads _x0041_ as the letter A, unless its first sign is written by number.
    assert not re.search(r"(?<!_x005F)_x00(41|0D)_", text)
    assert "_x005F_x0041_" in text
    book = openpyxl.load_workbook(report / "report.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_the_manifest_and_the_tables(report: Path) -> None:
    assert read_manifest(report) is not None
    for path in (report / "tables").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]


@pytest.mark.parametrize("ending", ["docx", "tex", "typ", "xlsx", "md", "html"])
def test_every_form_of_a_table(place: Path, ending: str) -> None:
    assert call(place, "items", out=f"t.{ending}") == 0
    content = (place / f"t.{ending}").read_bytes()
    if ending in ("docx", "xlsx"):
        assert "<script>" in xml_texts(content)
        return
    text = content.decode("utf-8")
    assert not ILLEGAL.search(text)
    if ending == "html":
        check_page(text)
    elif ending == "md":
        assert not re.search(r"(?<!\\)<script", text)
        assert not re.search(r"(?<!\\)\]\(", text)
    elif ending == "tex":
        assert "\\input{" not in text
    else:
        assert not re.search(r"^#read", text, re.M)


@pytest.mark.parametrize("form", ["text", "markdown", "latex"])
def test_the_methods(place: Path, form: str) -> None:
    assert call(place, "methods", "--format", form, out=f"methods-{form}") == 0
    text = (place / f"methods-{form}").read_text("utf-8")
    assert not ILLEGAL.search(text)
    assert "\u202e" not in text
    bad = {"text": "\\x00", "markdown": r"(?<!\\)<script", "latex": r"\\input\{"}
    assert not re.search(bad[form], text)


def test_messages_do_not_steer_the_terminal(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(place, "validate")
    assert main(["report", str(place / f"{NAME}\x1b[31m.csv"), "--out", str(place / "no")]) != 0
    assert main(["verify", str(place / "report")]) in (0, 1, 3)
    assert not ILLEGAL.search("".join(capsys.readouterr()))


def test_the_explorer(place: Path) -> None:
    survey = dt.read_survey(place / f"{NAME}.csv", instrument=str(place / "hostile.yaml"))
    for question in ("reliability", "answers"):
        assert "<script" not in dt.explore(survey, question=question).html


def test_a_file_name_that_is_no_unicode(
    place: Path, detachment: Callable[..., Any], tmp_path: Path
) -> None:
    odd = tmp_path / "caf\udce9.csv"
    try:
        odd.write_bytes((place / f"{NAME}.csv").read_bytes())
    except (OSError, UnicodeError):
        pytest.skip("this disk takes names in Unicode only")
    asked = ("--instrument", place / "hostile.yaml")
    assert "caf?.csv" in detachment("inspect", odd).out
    out = tmp_path / "out"
    command = ("report", odd, *asked, "--format", "xlsx", "--resume", "--out", out)
    ran = detachment(*command)
    assert (ran.code, ran.out.strip()) == (0, str(out / "report.xlsx"))  # there is no page
    manifest = read_manifest(out)
    assert manifest is not None
    assert manifest["input"]["file"] == "caf?.csv"
    assert "unchanged" in detachment(*command).err  # also with what writes workbooks
    ran = detachment("verify", out, "--export", odd, "--instrument", asked[1])
    assert ran.code == 0, ran.out
    assert "then" not in ran.out


def test_a_long_word_is_broken_at_once() -> None:
    lines = wrap(LONG, 60)
    assert 10 < len(lines) < 200  # not a line more than a page has room for
    assert lines[-1].endswith("…")


def test_half_of_a_character_is_refused() -> None:
    with pytest.raises(InstrumentError, match="half of a character"):
        instrument_from_dict({**LAYOUT, "instrument": {**LAYOUT["instrument"], "title": "a\ud800"}})
