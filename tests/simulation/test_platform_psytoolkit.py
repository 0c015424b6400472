"""The sample as a PsyToolkit download comes back as the same survey."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from detachment.exports import read_export
from detachment.instruments import read_instrument
from detachment.simulation import simulate, write_sample
from detachment.simulation.platforms import WRITERS
from detachment.validation import Survey, read_survey

KEY = ["respondent_id", "wave"]
PEOPLE = ["dyad_id", "partner_role", "group", "consent", "duration_s", "demo_age"]
PEOPLE += ["rel_cohabiting", "rel_agreement"]


@pytest.fixture(scope="module")
def sample():
    return simulate(n_couples=30, n_alone=10, n_students=3)


@pytest.fixture(scope="module")
def written(sample, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("psytoolkit")
    write_sample(sample, folder / "plain")
    data, *_ = write_sample(sample, folder / "psytoolkit", platform="psytoolkit")
    return folder / "plain" / "couples_long.csv", data


@pytest.fixture(scope="module")
def surveys(written) -> tuple[Survey, Survey]:
    return read_survey(written[0]), read_survey(written[1])


def by_person(survey: Survey, table: pd.DataFrame) -> pd.DataFrame:
    people = pd.MultiIndex.from_frame(survey.responses[KEY].astype("str"))
    return table.set_axis(people).sort_index()


def test_same_people_same_answers(surveys) -> None:
    """Study columns have headings like ``wave:1``; the time taken is in another file."""
    plain, survey = surveys
    assert not survey.has_errors
    columns = [*plain.missing, *PEOPLE]
    assert len(plain.missing.columns) == 84
    pd.testing.assert_frame_equal(
        by_person(survey, survey.responses[columns]), by_person(plain, plain.responses[columns])
    )


def test_same_reasons(surveys) -> None:
    """An empty cell says no reason, but who has no end did not come to what lies behind."""
    plain, survey = surveys
    expected = by_person(plain, plain.missing).astype(object)
    found = by_person(survey, survey.missing)[list(expected)].astype(object)
    pd.testing.assert_frame_equal(found, expected)
    assert set(survey.missing.iloc[:, 0].cat.categories) == {
        "not_answered", "not_applicable", "not_reached", "prefer_not_to_say"
    }  # fmt: skip


def test_personal_ids_are_found(written) -> None:
    export = read_export(written[1])
    assert (export.platform, export.test_rows.any()) == ("psytoolkit", False)
    assert export.identifying_columns == ("prolific_id:1",)


def test_without_the_times_there_are_whole_minutes(written, surveys, tmp_path: Path) -> None:
    for name in ("data.csv", "survey.txt"):
        (tmp_path / name).write_bytes((written[1].parent / name).read_bytes())
    rough = by_person(s := read_survey(tmp_path / "data.csv"), s.responses)["duration_s"]
    exact = by_person(surveys[1], surveys[1].responses)["duration_s"]
    known = rough.notna()
    assert (rough[known] % 60 == 0).all()
    assert ((rough - exact)[known].abs() <= 60).all()
    assert 0 < (~known).sum() < len(rough)


def test_the_whole_download(written, surveys, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "couples.zip", "w") as archive:
        for file in written[1].parent.iterdir():
            archive.write(file, file.name)
        archive.writestr("survey_data/s.x.txt", "server-time: 2026-03-05-09-43\nl: a\nt: radio\n")
    survey = read_survey(tmp_path / "couples.zip")
    pd.testing.assert_frame_equal(survey.responses, surveys[1].responses)


def test_same_bytes_for_the_same_sample(sample) -> None:
    instrument = read_instrument("detachment")
    first, again = (WRITERS["psytoolkit"].files(sample, instrument) for _ in range(2))
    assert first == again
