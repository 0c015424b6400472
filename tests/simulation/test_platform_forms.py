"""The sample as forms give it is the same survey, down to the moment and the reasons."""

import io
import zipfile
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from detachment.exports import read_export
from detachment.instruments import read_instrument
from detachment.simulation import Sample, simulate, write_sample
from detachment.simulation.platforms import WRITERS
from detachment.validation import Survey, read_survey

KEY = ["respondent_id", "wave"]
FILES = [
    ("google_forms", "couples.csv"),
    ("google_forms", "couples (Responses) - Form Responses 1.csv"),
    ("google_forms", "couples (Responses).xlsx"),
    ("microsoft_forms", "couples.xlsx"),
]


@pytest.fixture(scope="module")
def small() -> Sample:
    return simulate(n_couples=30, n_alone=10, n_students=3)


@pytest.fixture(scope="module")
def folder(small: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forms")
    write_sample(small, folder)
    for platform in ("google_forms", "microsoft_forms"):
        write_sample(small, folder / platform, platform=platform)
    return folder


read = cache(read_survey)


def by_person(survey: Survey, what: pd.DataFrame) -> pd.DataFrame:
    index = pd.MultiIndex.from_frame(survey.responses[KEY])
    return what.set_axis(index).sort_index()


@pytest.mark.parametrize(("platform", "name"), FILES)
def test_the_same_survey(folder: Path, platform: str, name: str) -> None:
    plain = read(folder / "couples_long.csv")
    survey = read(folder / platform / name)
    assert survey.provenance["platform"] == platform
    assert not survey.has_errors
    # Google Forms knows no duration, and nobody was asked for a language.
    unknown = {"language"} | ({"duration_s"} if platform == "google_forms" else set())
    kept = [c for c in plain.responses if c not in unknown]
    assert str(survey.responses["submitted_at"].dtype) == "datetime64[us, UTC]"
    pd.testing.assert_frame_equal(
        by_person(survey, survey.responses[kept]), by_person(plain, plain.responses[kept])
    )
    # A form cannot say that a question was not shown: it was not answered.
    expected = plain.missing.astype("str").replace({"not_reached": "not_answered"})
    assert (expected == "not_answered").to_numpy().any()
    assert (expected == "prefer_not_to_say").to_numpy().any()
    pd.testing.assert_frame_equal(
        by_person(survey, survey.missing.astype("str")), by_person(plain, expected)
    )


@pytest.mark.parametrize(("platform", "name"), FILES)
def test_no_personal_value_comes_along(folder: Path, platform: str, name: str) -> None:
    survey = read(folder / platform / name)
    told = survey.responses.to_csv() + survey.problems.to_csv() + repr(survey.provenance)
    assert "example.org" not in told
    assert "Invented" not in told


@pytest.mark.parametrize(("platform", "name"), FILES)
def test_choices_of_a_question_that_takes_several(folder: Path, platform: str, name: str) -> None:
    export = read_export(folder / platform / name)
    money = "Money, savings and debt"
    options = export.variable("What do you argue about?").options
    assert set(options) == {money, "Chores", "Time"}
    cells = export.column("What do you argue about?")
    chosen = export.column(f"What do you argue about? [{money}]")
    assert [money in cell for cell in cells] == (chosen == "1").tolist()


@pytest.mark.parametrize("platform", ["google_forms", "microsoft_forms"])
def test_the_same_bytes(small: Sample, platform: str) -> None:
    instrument = read_instrument("detachment")
    first = dict(WRITERS[platform].files(small, instrument))
    again = simulate(n_couples=30, n_alone=10, n_students=3)
    assert first == dict(WRITERS[platform].files(again, instrument))
    for name, content in first.items():
        if name.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                assert {m.date_time for m in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_another_reader_opens_the_workbook(folder: Path) -> None:
    path = folder / "microsoft_forms" / "couples.xlsx"
    sheet = openpyxl.load_workbook(path).worksheets[0]
    cells = list(sheet.iter_rows(values_only=True))
    export = read_export(path)
    assert [str(c) for c in cells[0]] == list(export.frame)
    for row, record in zip(cells[1:], export.frame.to_numpy(dtype=object), strict=True):
        assert row[0] == int(record[0])
        assert row[1].replace(microsecond=0).isoformat(sep=" ") == record[1][:19]
        assert [c or "" for c in row[3:6]] == record[3:6].tolist()
