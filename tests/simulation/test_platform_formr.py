"""The sample as formr writes it, read back: the same people with the same answers."""

from pathlib import Path

import pandas as pd
import pytest

from detachment import read_export, read_survey
from detachment.exports._container import container_of
from detachment.exports._source import Source
from detachment.exports.formr import detect
from detachment.instruments import read_instrument
from detachment.simulation import simulate, write_sample
from detachment.simulation._sample import Sample
from detachment.simulation.platforms import WRITERS
from detachment.validation import Survey

NAME = "formr"
KEY = ["respondent_id", "wave"]


@pytest.fixture(scope="module")
def sample() -> Sample:
    return simulate(n_couples=30, n_alone=10, n_students=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp(NAME)


@pytest.fixture(scope="module")
def written(sample: Sample, folder: Path) -> Path:
    return write_sample(sample, folder / NAME, platform=NAME)[0]


@pytest.fixture(scope="module")
def plain(sample: Sample, folder: Path) -> Survey:
    return read_survey(write_sample(sample, folder)[0])


@pytest.fixture(scope="module")
def survey(written: Path) -> Survey:
    return read_survey(written)


def by_person(survey: Survey, columns: list[str]) -> pd.DataFrame:
    return survey.responses.set_index(KEY)[columns].sort_index()


def reasons(survey: Survey) -> pd.DataFrame:
    people = pd.MultiIndex.from_frame(survey.responses[KEY])
    return survey.missing.astype("str").set_axis(people).sort_index()


def too_fast(survey: Survey) -> set[tuple[object, ...]]:
    rows = survey.flags.loc[survey.flags["flag"] == "too_fast", "row"]
    return set(survey.responses.loc[rows, KEY].itertuples(index=False, name=None))


def test_same_people_same_answers(plain: Survey, survey: Survey) -> None:
    assert survey.provenance["platform"] == NAME
    assert not survey.has_errors
    items = list(plain.missing)
    pd.testing.assert_frame_equal(by_person(survey, items), by_person(plain, items))
    people = ["dyad_id", "partner_role", "role_is_arbitrary", "group", "consent", "demo_age"]
    people += ["demo_gender", "rel_length_months", "rel_cohabiting", "rel_agreement"]
    pd.testing.assert_frame_equal(by_person(survey, people), by_person(plain, people))


def test_same_reasons(plain: Survey, survey: Survey) -> None:
    pd.testing.assert_frame_equal(reasons(survey), reasons(plain))
    assert {"not_reached", "prefer_not_to_say"} <= set(reasons(plain).to_numpy().ravel())


def test_same_people_too_fast(plain: Survey, survey: Survey) -> None:
    assert len(too_fast(plain)) > 5
    assert too_fast(survey) == too_fast(plain)


def test_same_moments_of_those_who_finished(plain: Survey, survey: Survey) -> None:
    ended = by_person(survey, ["submitted_at"]).dropna()
    assert len(ended) == len(survey.responses) - 1
    pd.testing.assert_frame_equal(ended, by_person(plain, ["submitted_at"]).loc[ended.index])
    assert (survey.flags["flag"] == "unfinished").sum() == 1


def test_tests_are_left_out_and_the_item_table_is_used(written: Path, survey: Survey) -> None:
    export = read_export(written)
    assert export.test_rows.sum() == 2
    assert list(export.books) == ["couples_items.json"]
    assert survey.ledger.set_index("rule")["excluded"]["test_or_preview"] == 2
    labels = dict(export.variables["sign_01_communication"].labels)
    assert labels["5"] == "Almost always"


def test_same_sample_same_bytes(sample: Sample) -> None:
    instrument = read_instrument("detachment")
    again = simulate(n_couples=30, n_alone=10, n_students=3)
    assert WRITERS[NAME].files(sample, instrument) == WRITERS[NAME].files(again, instrument)


def test_no_personal_cell_reaches_a_survey(written: Path, survey: Survey) -> None:
    export = read_export(written)
    hidden = [n for n, v in export.variables.items() if v.role in ("identifier", "respondent_id")]
    personal = {cell for name in hidden for cell in export.frame[name] if len(cell) > 6}
    assert len(personal) > 60
    text = "\n".join(map(str, survey.responses.to_numpy(dtype=object).ravel()))
    text += "\n".join([survey.problems.to_string(), survey.flags.to_string()])
    text += repr(survey.provenance)
    assert not [cell for cell in personal if cell in text]


@pytest.mark.parametrize("other", sorted(set(WRITERS) - {NAME}))
def test_files_of_other_platforms_are_left_alone(sample: Sample, other: str) -> None:
    for name, data in WRITERS[other].files(sample, read_instrument("detachment")).items():
        source = Source(name=name, data=data, container=container_of(data, name))
        assert detect(source) is None
