"""SPSS files: codes as text, labels, declared missing values, dates, and Qualtrics' own .sav."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from detachment.errors import ExportError
from detachment.exports import read_export

NAN = np.nan
FRAME = pd.DataFrame(
    {
        "id": ["a", "b", "c é", ""],
        "Q1": [1.0, 99.0, NAN, 2.0],
        "Q2": [-7.0, 4.0, 5.0, NAN],
        "height": [172.5, 0.1, NAN, 160.0],
        "why": ["x", "NA", "", "y"],
        "big": [1e15, -3.0, 123456789.0, 0.0],
        "day": [dt.date(2018, 5, 6), dt.date(1880, 5, 6), None, dt.date(1600, 1, 1)],
    }
)


@pytest.fixture
def sav(tmp_path: Path) -> Path:
    file = tmp_path / "a.sav"
    pyreadstat.write_sav(
        FRAME,
        file,
        column_labels={"Q1": "I feel close.", "Q2": "Ünser Streit"},
        variable_value_labels={
            "Q1": {1: "no", 2: "yes", 99: "refused", 1.5: "half"},
            "why": {"x": "ex"},
        },
        missing_ranges={"Q1": [99, 98], "Q2": [{"lo": -9, "hi": -1}, -99], "why": ["NA"]},
    )
    return file


def test_cells_are_codes_as_text_and_user_missing_stay(sav: Path) -> None:
    export = read_export(sav)
    assert export.frame.to_dict("list") == {
        "id": ["a", "b", "c é", ""],
        "Q1": ["1", "99", "", "2"],
        "Q2": ["-7", "4", "5", ""],
        "height": ["172.5", "0.1", "", "160"],
        "why": ["x", "NA", "", "y"],
        "big": ["1000000000000000", "-3", "123456789", "0"],
        "day": ["2018-05-06", "1880-05-06", "", "1600-01-01"],
    }
    assert (export.frame.dtypes == "str").all()


def test_facts(sav: Path) -> None:
    export = read_export(sav)
    assert (export.container, export.platform, export.header_rows) == ("sav", "spss", 0)
    assert (export.encoding or "").upper() == "UTF-8"
    assert (export.delimiter, export.decimal, export.bom) == (None, ".", False)
    assert export.rows.tolist() == [1, 2, 3, 4]
    assert not export.test_rows.any()
    assert export.warnings == ()


def test_code_book(sav: Path) -> None:
    book = read_export(sav).variables
    assert list(book) == list(FRAME)
    assert book["Q1"].text == "I feel close."
    assert book["Q2"].text == "Ünser Streit"
    assert book["id"].text == ""
    assert book["Q1"].labels == {"1": "no", "2": "yes", "99": "refused", "1.5": "half"}
    assert book["Q1"].missing == {"99": "refused", "98": ""}
    assert book["Q1"].missing_ranges == ()
    assert book["Q2"].missing_ranges == ((-9.0, -1.0),)
    assert book["Q2"].missing == {"-99": ""}
    assert book["why"].labels == {"x": "ex"}
    assert book["why"].missing == {"NA": ""}


def test_a_compressed_file_is_the_same(sav: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.zsav"
    pyreadstat.write_sav(FRAME, file, compress=True)
    export = read_export(file)
    assert export.container == "zsav"
    pd.testing.assert_frame_equal(export.frame, read_export(sav).frame)


def test_moments_and_durations(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    start = dt.datetime(2026, 5, 4, 8, 0, 1)
    frame = pd.DataFrame(
        {
            "at": [start, start + dt.timedelta(milliseconds=250)],
            "time": [dt.time(10, 5, 9), dt.time(0, 0, 0)],
        }
    )
    pyreadstat.write_sav(frame, file)
    assert read_export(file).frame.to_dict("list") == {
        "at": ["2026-05-04 08:00:01", "2026-05-04 08:00:01.250"],
        "time": ["10:05:09", "00:00:00"],
    }


def test_moments_with_and_without_fractions_are_written_alike(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    late = 400_000_000_000.0  # in the year 14258: no datetime of Python's
    frame = pd.DataFrame({"at": [13744980610.0, late], "long": [108000.0, -90.5]})
    pyreadstat.write_sav(frame, file, variable_format={"at": "DATETIME20", "long": "TIME11.2"})
    assert read_export(file).frame.to_dict("list") == {
        "at": ["2018-05-06 10:10:10", "14258-04-12 15:06:40"],
        "long": ["30:00:00", "-00:01:30.500"],
    }


def test_a_qualtrics_export_to_spss_keeps_its_marks(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    frame = pd.DataFrame(
        {
            "StartDate": ["2026-05-04"] * 2,
            "Status": [0.0, 1.0],
            "IPAddress": ["192.0.2.1", "192.0.2.2"],
            "Duration__in_seconds_": [300.0, 10.0],
            "ResponseId": ["R_1", "R_2"],
            "Q1": [1.0, 5.0],
        }
    )
    pyreadstat.write_sav(frame, file)
    export = read_export(file)
    assert export.test_rows.tolist() == [False, True]
    assert export.identifying_columns == ("IPAddress",)
    assert export.variables["ResponseId"].role == "respondent_id"
    assert export.variables["Duration__in_seconds_"].role == "duration_s"
    assert export.platform == "spss"


def test_a_status_of_ones_own_is_no_test(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"Status": [1.0, 2.0], "Q1": [1.0, 5.0]}), file)
    assert not read_export(file).test_rows.any()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_file_that_is_cut_off(sav: Path, share: float) -> None:
    data = sav.read_bytes()
    sav.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ExportError, match="damaged or cut off"):
        read_export(sav)


def test_a_file_without_cases(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    pyreadstat.write_sav(FRAME.iloc[:0][["id", "Q1"]], file)
    with pytest.raises(ExportError, match="no records"):
        read_export(file)


def test_text_in_another_encoding_than_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"who": ["Zoéx", "b"], "Q1": [1.0, 2.0]}), file)
    file.write_bytes(file.read_bytes().replace("Zoéx".encode(), b"Zo\xe9x "))
    export = read_export(file)
    assert export.frame["who"].tolist() == ["Zoéx", "b"]
    assert "read as windows-1252" in export.warnings[0]
