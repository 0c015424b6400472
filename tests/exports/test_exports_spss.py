"""SPSS files: codes as text, labels, declared missing values, dates, and Qualtrics' own .sav."""

import datetime as dt
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from detachment.errors import ExportError, UsageError
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


def test_the_measurement_level_says_whether_labels_are_in_order(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    frame = pd.DataFrame(
        {
            "o": [1.0, 3.0, 2.0],  # an ordinal level
            "ends": [1.0, 4.0, 7.0],  # a scale of which only the ends have a word
            "sex": [1.0, 2.0, 1.0],  # what R calls a scale too
            "n": [1.0, 2.0, 3.0],
            "t": ["a", "b", "a"],
        }
    )
    ends = {7: "always", 1: "never", -9: "refused"}
    pyreadstat.write_sav(
        *(frame, file),
        variable_value_labels={
            "o": {3: "high", 1: "low", 99: "refused"}, "ends": ends, "sex": {1: "f", 2: "m"},
            "n": {1: "x", 3: "y"}, "t": {"a": "A", "b": "B"},
        },
        missing_ranges={"o": [99], "ends": [{"lo": -99, "hi": -1}]},
        variable_measure={
            "o": "ordinal", "ends": "scale", "sex": "scale", "n": "nominal", "t": "ordinal"
        },
    )  # fmt: skip
    book = read_export(file).variables
    assert {name for name, v in book.items() if v.ordered} == {"o", "ends"}
    assert list(book["o"].labels) == ["1", "3", "99"]
    assert list(book["ends"].labels.items()) == [("-9", "refused"), ("1", "never"), ("7", "always")]


def test_a_range_without_an_end(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    below = {"Q1": [{"lo": -np.inf, "hi": -1.0}]}
    pyreadstat.write_sav(pd.DataFrame({"Q1": [-5.0, 3.0]}), file, missing_ranges=below)
    assert read_export(file).variables["Q1"].missing_ranges == ((-np.inf, -1.0),)


def test_very_long_texts_and_labels(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    frame = pd.DataFrame({"why": ["é" * 2000, "b"], "Q1": [1.0, 2.0]})
    labels = {"Q1": {1: "n" * 120}}
    pyreadstat.write_sav(frame, file, column_labels={"Q1": "L" * 255}, variable_value_labels=labels)
    export = read_export(file)
    assert export.frame["why"].tolist() == ["é" * 2000, "b"]
    assert list(export.frame) == ["why", "Q1"]
    assert export.variables["Q1"].text == "L" * 255
    assert export.variables["Q1"].labels == {"1": "n" * 120}


def test_multiple_response_sets_are_groups(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({name: [1.0, 0.0] for name in ("q1", "q2", "q3")}), file)
    sets = b"$why=D1 1 7 Reasons q1 q2\n$all=C 0  q2 q3\n"
    record = struct.pack("<iiii", 7, 7, 1, len(sets)) + sets
    end = struct.pack("<ii", 999, 0)  # of the dictionary
    file.write_bytes(file.read_bytes().replace(end, record + end, 1))
    groups = {name: v.group for name, v in read_export(file).variables.items()}
    assert groups == {"q1": "Reasons", "q2": "Reasons", "q3": "all"}


def test_a_portable_file_has_names_in_capitals(tmp_path: Path) -> None:
    file = tmp_path / "a.por"
    frame = pd.DataFrame({"RESPID": ["a", "b"], "S1": [1.0, np.nan]})
    pyreadstat.write_por(frame, file, column_labels={"S1": "I feel close."})
    export = read_export(file)
    assert (export.container, export.platform) == ("por", "spss")
    assert export.frame.to_dict("list") == {"RESPID": ["a", "b"], "S1": ["1", ""]}
    assert export.variables["S1"].text == "I feel close."


def test_the_user_may_name_the_encoding(tmp_path: Path) -> None:
    file = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"who": ["Zoéx", "b"], "Q1": [1.0, 2.0]}), file)
    file.write_bytes(file.read_bytes().replace("Zoéx".encode(), b"Zo\xe9x "))
    export = read_export(file, encoding="latin1")
    assert (export.frame["who"][0], export.warnings) == ("Zoéx", ())
    with pytest.raises(UsageError, match="cannot be read as 'nonsense'"):
        read_export(file, encoding="nonsense")
