"""Stata files: codes as text, labels, extended missing values, dates, encodings, every version."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.errors import ExportError, UsageError
from detachment.exports import Export, read_export

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"
NAN = np.nan
LONG = "x" * 3000
FRAME = pd.DataFrame(
    {
        "id": ["a", "b", "c", ""],
        "Q1": pd.Series([1.0, "a", NAN, 2.0], dtype=object),
        "Q2": pd.Series(["z", 0.1, 5.0, NAN], dtype=object),
        "only": pd.Series(["b", "b", "b", "b"], dtype=object),
        "age": [21, 30, 41, 55],
        "day": [dt.date(2018, 5, 6), dt.date(1880, 5, 6), None, dt.date(1600, 1, 1)],
    }
)
OPTIONS: dict[str, Any] = {
    "column_labels": {"Q1": "I feel close."},
    "variable_value_labels": {"Q1": {1.0: "no", 2.0: "yes", "a": "refused", "c": "not asked"}},
    "missing_user_values": {"Q1": ["a", "c"], "Q2": ["z"], "only": ["b"]},
}


def write(path: Path, frame: pd.DataFrame, **options: Any) -> Path:
    pyreadstat.write_dta(frame, path, **options)
    return path


@pytest.fixture(params=[8, 10, 12, 13, 14, 15])
def dta(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write(tmp_path / "a.dta", FRAME, version=request.param, **OPTIONS)


def test_cells_are_codes_as_text_and_extended_missing_values_stay(dta: Path) -> None:
    export = read_export(dta)
    assert export.frame.to_dict("list") == {
        "id": ["a", "b", "c", ""],
        "Q1": ["1", ".a", "", "2"],
        "Q2": [".z", "0.1", "5", ""],
        "only": [".b"] * 4,
        "age": ["21", "30", "41", "55"],
        "day": ["2018-05-06", "1880-05-06", "", "1600-01-01"],
    }
    assert (export.platform, export.container, export.header_rows) == ("stata", "dta", 0)
    assert (export.encoding, export.delimiter, export.bom, export.warnings) == (
        None,
        None,
        False,
        (),
    )
    assert export.rows.tolist() == [1, 2, 3, 4]


def test_code_book(dta: Path) -> None:
    book = read_export(dta).variables
    assert book["Q1"].text == "I feel close."
    labels = {"1": "no", "2": "yes", ".a": "refused", ".c": "not asked"}
    assert dict(book["Q1"].labels) == labels
    # .c is declared although nobody has it; .z has no label.
    assert dict(book["Q1"].missing) == {".a": "refused", ".c": "not asked"}
    assert (dict(book["Q2"].missing), dict(book["only"].missing)) == ({".z": ""}, {".b": ""})
    assert book["age"].missing == {}


def test_a_letter_of_a_text_is_no_missing_value(tmp_path: Path) -> None:
    export = read_export(write(tmp_path / "a.dta", pd.DataFrame({"who": ["a", "z"], "q": [1, 2]})))
    assert export.frame["who"].tolist() == ["a", "z"]
    assert export.variables["who"].missing == {}


def test_moments_and_durations(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "at": [dt.datetime(2026, 5, 4, 8, 0, 1), dt.datetime(2026, 5, 4, 8, 0, 1, 250000)],
            "time": [dt.time(10, 5, 9), dt.time(0, 0, 0)],
        }
    )
    assert read_export(write(tmp_path / "a.dta", frame)).frame.to_dict("list") == {
        "at": ["2026-05-04 08:00:01", "2026-05-04 08:00:01.250"],
        "time": ["10:05:09", "00:00:00"],
    }


@pytest.mark.parametrize(
    ("display", "number", "text"),
    [
        ("%td", 21915, "2020-01-01"),
        ("%tdDD/NN/CCYY", -1, "1959-12-31"),
        ("%-tdD_m_Y", 0, "1960-01-01"),
        ("%d", 21915, "2020-01-01"),
        ("%tcCCYY-NN-DD_HH:MM:SS", 1_893_456_000_000, "2020-01-01 00:00:00"),
        ("%tcHH:MM", 36_600_000, "10:10:00"),
        ("%tc", 9e17, "900000000000000000"),
        ("%tw", 1, "1960w2"),
        ("%tm", 724, "2020m5"),
        ("%tq", -1, "1959q4"),
        ("%th", 121, "2020h2"),
        ("%ty", 2020, "2020"),
        ("%9.0g", 21915, "21915"),
    ],
)
def test_formats_of_dates(tmp_path: Path, display: str, number: float, text: str) -> None:
    frame = pd.DataFrame({"when": [float(number), NAN]})
    file = write(tmp_path / "a.dta", frame, variable_format={"when": display})
    assert read_export(file).frame["when"].tolist() == [text, ""]


def test_moments_that_count_leap_seconds_are_said(tmp_path: Path) -> None:
    frame = pd.DataFrame({"when": [1.5e12], "q": [1.0]})
    file = write(tmp_path / "a.dta", frame, variable_format={"when": "%tC"})
    export = read_export(file)
    assert export.frame["when"].tolist() == ["1500000000000"]
    assert "when: moments that count leap seconds" in export.warnings[0]


def test_single_precision_is_written_as_it_was_typed(tmp_path: Path) -> None:
    frame = pd.DataFrame({"w": np.array([0.1, 2.0, 16777216.0], dtype=np.float32)})
    frame.to_stata(tmp_path / "a.dta", write_index=False)
    assert read_export(tmp_path / "a.dta").frame["w"].tolist() == ["0.1", "2", "16777216"]


def test_long_texts_keep_their_letters(tmp_path: Path) -> None:
    frame = pd.DataFrame({"why": [LONG + "é", "é"], "who": ["é", "b"]})
    export = read_export(write(tmp_path / "a.dta", frame))
    assert export.frame["why"].tolist() == [LONG + "é", "é"]
    assert export.frame["who"].tolist() == ["é", "b"]
    assert export.warnings == ()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file of Stata 12, whose text has no declared encoding."""
    frame = pd.DataFrame({"who": ["Zoé__", "b"], "q": [1.0, 2.0]})
    return write(
        *(tmp_path / "a.dta", frame),
        version=12,
        variable_value_labels={"q": {1.0: "Würde_"}},
        column_labels={"q": "naïf_"},
    )


def test_old_files_in_utf_8_and_in_windows_1252(old: Path) -> None:
    export = read_export(old)
    assert (export.frame["who"][0], export.encoding) == ("Zoé__", "utf-8")
    assert "before Stata 14" in export.warnings[0]
    data = old.read_bytes()
    for text in ("Zoé__", "Würde_", "naïf_"):
        size = len(text.encode())
        data = data.replace(text.encode(), text.encode("cp1252").ljust(size, b"\0"))
    old.write_bytes(data)
    export = read_export(old)
    assert (export.frame["who"][0], export.encoding) == ("Zoé__", "cp1252")
    assert (export.variables["q"].text, export.variables["q"].labels["1"]) == ("naïf_", "Würde_")
    assert "windows-1252" in export.warnings[0]


def test_the_user_may_name_the_encoding(old: Path) -> None:
    data = old.read_bytes()
    for text in ("Zoé__", "Würde_", "naïf_"):
        size = len(text.encode())
        data = data.replace(text.encode(), text.encode("mac_roman").ljust(size, b"\0"))
    old.write_bytes(data)
    export = read_export(old, encoding="mac_roman")
    assert (export.frame["who"][0], export.encoding) == ("Zoé__", "mac_roman")
    assert export.warnings == ()
    with pytest.raises(UsageError, match="no encoding 'nonsense'"):
        read_export(old, encoding="nonsense")


def test_a_new_file_that_is_not_in_utf_8(tmp_path: Path) -> None:
    file = write(tmp_path / "a.dta", pd.DataFrame({"who": ["Zoéx", "b"], "q": [1.0, 2.0]}))
    file.write_bytes(file.read_bytes().replace("Zoéx".encode(), b"Zo\xe9x\0"))
    export = read_export(file)
    assert export.frame["who"].tolist() == ["Zoéx", "b"]
    assert "read as windows-1252" in export.warnings[0]


def test_no_observations(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no records"):
        read_export(write(tmp_path / "a.dta", pd.DataFrame({"q": np.array([], dtype=float)})))


def test_another_file_named_stata(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,q\na,1\n", encoding="utf-8")
    with pytest.raises(ExportError, match="no Stata file"):
        read_export(file, platform="stata")


@given(data=st.data())
def test_a_file_cut_or_changed_anywhere(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    version = data.draw(st.sampled_from([12, 14]))
    whole = write(folder / "whole.dta", FRAME, version=version, **OPTIONS).read_bytes()
    broken = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for place in data.draw(st.lists(st.integers(0, len(broken) - 1), max_size=3)):
        broken[place] = data.draw(st.integers(0, 255))
    file = folder / "broken.dta"
    file.write_bytes(broken)
    outcome: Export | ExportError
    try:
        outcome = read_export(file, platform="stata")
    except ExportError as error:
        outcome = error
    assert isinstance(outcome, Export) or "broken.dta" in str(outcome)


def known() -> list[dict[str, Any]]:
    file = FOLDER / "EXPECTED.json"
    facts = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    return [k for k in facts if k["format"] == "stata"]


@pytest.mark.skipif(
    not known(), reason="the outside reference files (../shared) are not on this machine"
)
@pytest.mark.parametrize("expected", known(), ids=lambda k: k["file"])
def test_real_files(expected: dict[str, Any]) -> None:
    export = read_export(FOLDER / expected["file"])
    book = export.variables.values()
    assert {
        "file": expected["file"],
        "format": export.platform,
        "container": export.container,
        "encoding": export.encoding,
        "columns": export.cells.shape[1],
        "records": len(export.cells),
        "labelled_variables": sum(bool(v.labels) for v in book),
        "variables_with_user_missing": sum(bool(v.missing) for v in book),
    } == expected
