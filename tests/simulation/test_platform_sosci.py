"""The sample as a SoSci Survey download comes back as the same survey."""

from pathlib import Path

import pandas as pd
import pytest

from detachment.exports import read_export
from detachment.instruments import read_instrument
from detachment.simulation import simulate, write_sample
from detachment.simulation.platforms import WRITERS
from detachment.simulation.platforms.sosci import N_PRETESTS
from detachment.validation import Survey, read_survey

KEY = ["respondent_id", "wave"]
PEOPLE = ["dyad_id", "partner_role", "group", "consent", "submitted_at", "duration_s", "demo_age"]
PEOPLE += ["rel_cohabiting", "rel_agreement"]
# What was seen and left empty holds -9. What was not seen is empty, whatever the cause.
SAID = {"not_answered": "shown_not_answered", "not_reached": "not_shown"}


@pytest.fixture(scope="module")
def sample():
    return simulate(n_couples=30, n_alone=10, n_students=3)


@pytest.fixture(scope="module")
def written(sample, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("sosci")
    write_sample(sample, folder / "plain")
    data, *_ = write_sample(sample, folder / "sosci", platform="sosci")
    return folder / "plain" / "couples_long.csv", data


@pytest.fixture(scope="module")
def surveys(written) -> tuple[Survey, Survey]:
    return read_survey(written[0]), read_survey(written[1])


def by_person(survey: Survey, table: pd.DataFrame) -> pd.DataFrame:
    people = pd.MultiIndex.from_frame(survey.responses[KEY].astype("str"))
    return table.set_axis(people).sort_index()


def test_same_people_same_answers(surveys) -> None:
    plain, survey = surveys
    assert not survey.has_errors
    columns = [*plain.missing, *PEOPLE]
    assert len(plain.missing.columns) == 84
    pd.testing.assert_frame_equal(
        by_person(survey, survey.responses[columns]), by_person(plain, plain.responses[columns])
    )


def test_same_reasons_as_far_as_the_platform_has_them(surveys) -> None:
    plain, survey = surveys
    expected = by_person(plain, plain.missing).astype(object).replace(SAID)
    found = by_person(survey, survey.missing)[list(expected)].astype(object)
    pd.testing.assert_frame_equal(found, expected)
    assert set(survey.missing.iloc[:, 0].cat.categories) >= {
        "not_applicable",
        "prefer_not_to_say",
        *SAID.values(),
    }


def test_tests_of_the_makers_are_left_out(written, surveys) -> None:
    export = read_export(written[1])
    assert export.platform == "sosci"
    assert export.test_rows.sum() == N_PRETESTS + 1
    assert export.identifying_columns == ("SERIAL",)
    assert surveys[1].ledger.set_index("rule")["excluded"]["test_or_preview"] == N_PRETESTS + 1


def test_same_answers_where_the_lists_are_named(written, surveys, tmp_path: Path) -> None:
    data, *books = (file for file in sorted(written[1].parent.iterdir()))
    assert data == written[1]
    alone = tmp_path / "renamed.csv"
    alone.write_bytes(data.read_bytes())
    survey = read_survey(alone, codebook=books)
    pd.testing.assert_frame_equal(survey.responses, surveys[1].responses)


def test_same_bytes_for_the_same_sample(sample) -> None:
    instrument = read_instrument("detachment")
    first, again = (WRITERS["sosci"].files(sample, instrument) for _ in range(2))
    assert first == again
