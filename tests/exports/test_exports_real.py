"""Real exports (outside the project): what is found in each is what is known of it."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from detachment.errors import ExportError
from detachment.exports import Export, read_export

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"
FACTS = {
    "container": lambda e: e.container,
    "encoding": lambda e: e.encoding and e.encoding.lower(),
    "bom": lambda e: e.bom,
    "delimiter": lambda e: e.delimiter,
    "header_rows": lambda e: e.header_rows,
    "columns": lambda e: e.frame.shape[1],
    "records": lambda e: e.frame.shape[0],
    "pii_columns": lambda e: list(e.identifying_columns),
}


def known() -> list[dict[str, Any]]:
    file = FOLDER / "EXPECTED.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []


KNOWN = known()
WHOLE = [
    k
    for k in KNOWN
    if k["file"].split("/")[0] in ("qualtrics", "spss", "excel", "sosci", "psytoolkit")
]
OWN_TESTS = ("limesurvey", "redcap")  # in a file of their own
TABLES = [
    k
    for k in KNOWN
    if k not in WHOLE
    and k.get("header_rows") == 1
    and k["container"] in ("text", "xlsx")
    and k["file"].split("/")[0] not in OWN_TESTS
]

pytestmark = pytest.mark.skipif(
    not KNOWN, reason="the outside reference files (../shared) are not on this machine"
)


def differences(export: Export, expected: Mapping[str, Any]) -> dict[str, tuple[object, object]]:
    found = {fact: look(export) for fact, look in FACTS.items() if fact in expected}
    lower = {k: v.lower() if k == "encoding" and v else v for k, v in expected.items()}
    return {fact: (lower[fact], found[fact]) for fact in found if found[fact] != lower[fact]}


def name(expected: Mapping[str, Any]) -> str:
    return str(expected["file"])


@pytest.mark.parametrize("expected", WHOLE, ids=name)
def test_qualtrics_spss_and_excel(expected: dict[str, Any]) -> None:
    export = read_export(FOLDER / expected["file"])
    assert differences(export, expected) == {}
    roles = {variable.role: column for column, variable in export.variables.items()}
    for role, fact in (("status", "status_counts"), ("finished", "finished_counts")):
        if fact in expected:
            assert export.frame[roles[role]].value_counts().to_dict() == expected[fact]
    if "status_counts" in expected:
        tests = sum(n for status, n in expected["status_counts"].items() if status in ("1", "2"))
        assert export.test_rows.sum() == tests
        assert export.frame[roles["respondent_id"]].duplicated().sum() == expected["duplicate_ids"]
    if "rows_sharing_an_ip" in expected:
        ips = export.frame.loc[export.frame["IPAddress"] != "", "IPAddress"]
        assert ips.duplicated(keep=False).sum() == expected["rows_sharing_an_ip"]
    if "timing_columns" in expected:
        timing = sum(v.role == "timing" for v in export.variables.values())
        assert timing == expected["timing_columns"]
    if "empty_header_names" in expected:
        unnamed = sum(c.startswith("unnamed_") for c in export.frame)
        assert unnamed == expected["empty_header_names"]
    texts = [variable.text for variable in export.variables.values()]
    assert all(texts.count(text) > 1 for text in expected.get("duplicate_header_names", []))
    if "labelled_variables" in expected:
        book = export.variables.values()
        assert sum(bool(v.labels) for v in book) == expected["labelled_variables"]
        if export.container != "por":
            declared = sum(bool(v.missing or v.missing_ranges) for v in book)
            assert declared == expected["variables_with_user_missing"]


@pytest.mark.parametrize("expected", TABLES, ids=name)
def test_other_platforms_open_as_a_table(expected: dict[str, Any]) -> None:
    export = read_export(FOLDER / expected["file"])
    assert differences(export, expected) == {}
    repeated = [k for k in expected.get("duplicate_header_names", []) if k]
    headings = [variable.text for variable in export.variables.values()]
    assert all(headings.count(heading) > 1 for heading in repeated)


@pytest.mark.parametrize(
    "expected", [k for k in WHOLE + TABLES if k["container"] == "text"], ids=name
)
def test_cells_are_those_that_the_csv_module_reads(expected: dict[str, Any]) -> None:
    export = read_export(FOLDER / expected["file"])
    codec = (export.encoding or "").removesuffix("-le") + ("-sig" * (export.encoding == "utf-8"))
    with (FOLDER / expected["file"]).open(encoding=codec, newline="") as file:
        rows = list(csv.reader(file, delimiter=export.delimiter or ","))
    assert export.frame.to_numpy(dtype=object).tolist() == rows[expected["header_rows"] :]
    assert [rows[i - 1] for i in export.rows] == rows[expected["header_rows"] :]


def test_user_missing_values_are_declared_not_lost() -> None:
    export = read_export(FOLDER / "spss" / "codebook_different_missings.sav")
    book = export.variables
    assert dict(book["val1"].missing) == {"99": "skipped", "999": ""}
    assert dict(book["val2"].missing) == {}
    assert dict(book["val4"].labels) == {"1": "This is one", "99": "skipped", "999": "not seen"}
    assert {"99", "999"} <= set(export.frame["val1"])
    ranges = read_export(FOLDER / "spss" / "user_missing_ranges.sav").variables
    assert ranges["mynum"].missing_ranges == ((2000.0, 3000.0),)
    assert dict(ranges["mylabl"].missing) == {"-1": "undetermined"}


def test_the_same_survey_in_three_containers() -> None:
    folder = FOLDER / "excel"
    xlsx = read_export(folder / "students_survey.xlsx")
    text = read_export(folder / "students_survey_semicolon_decimalcomma.csv")
    spss = read_export(folder / "students_survey.sav")
    assert list(xlsx.frame) == list(text.frame) == list(spss.frame)
    assert (xlsx.decimal, text.decimal, spss.decimal) == (".", ",", ".")
    # What is left to validation: the decimal comma, NA as a word, labels for codes.
    plain = text.frame.replace({"NA": ""}).map(lambda cell: cell.replace(",", "."))
    labelled = spss.frame.apply(lambda c: c.replace(dict(spss.variables[str(c.name)].labels)))
    same = xlsx.frame.replace({"NA": ""})
    assert same.to_dict("list") == plain.to_dict("list") == labelled.to_dict("list")
    assert (same["Exer"] == "None").sum() == 24


@pytest.mark.parametrize("file", ["legitimacy_numeric_3row.csv", "legacy_nobasis_2row.csv"])
def test_a_real_file_cut_anywhere(file: str, tmp_path: Path) -> None:
    whole = (FOLDER / "qualtrics" / file).read_bytes()
    cut = tmp_path / "cut.csv"
    outcomes = set()
    for size in range(50, len(whole), len(whole) // 20):
        cut.write_bytes(whole[:size])
        try:
            export = read_export(cut)
        except ExportError:
            outcomes.add("refused")
        else:
            outcomes.add("read")
            assert len(export.rows) == len(export.frame)
    assert outcomes == {"refused", "read"}
