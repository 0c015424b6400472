"""The sample as LimeSurvey writes it is the same survey, in each of its layouts."""

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from detachment import read_survey
from detachment.exports import read_export
from detachment.instruments import read_instrument
from detachment.simulation import Sample, simulate, write_sample
from detachment.simulation.platforms import limesurvey

KEY = ["respondent_id", "wave"]
ID = limesurvey.SURVEY
TEXTS, CODES = f"results-survey{ID}.csv", f"results-survey{ID}-codes.csv"
R_DATA, VV = f"survey_{ID}_R_data_file.csv", f"vvexport_{ID}.csv"
SYNTAX, STRUCTURE = f"survey_{ID}_R_syntax_file.R", f"limesurvey_survey_{ID}.lss"


@pytest.fixture(scope="module")
def drawn() -> Sample:
    """A small sample in which somebody breaks off."""
    sample = simulate(n_couples=30, n_alone=10, n_students=3)
    assert (sample.truth["questions_reached"] < sample.truth["questions_reached"].max()).any()
    return sample


@pytest.fixture(scope="module")
def folder(drawn: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the platform's writer writes."""
    path = tmp_path_factory.mktemp("limesurvey")
    names = [file.name for file in write_sample(drawn, path, platform="limesurvey")]
    assert names == [TEXTS, CODES, R_DATA, VV, SYNTAX, STRUCTURE]
    return path


@pytest.fixture(scope="module")
def plain(drawn: Sample, tmp_path_factory: pytest.TempPathFactory):
    """The same sample in one plain table."""
    path = tmp_path_factory.mktemp("plain") / "long.csv"
    drawn.responses.to_csv(path, index=False)
    return read_survey(path)


read = cache(read_survey)


def by_person(survey, columns: list[str]) -> pd.DataFrame:
    return survey.responses.set_index(KEY)[columns].sort_index()


def reasons(survey, plain) -> pd.DataFrame:
    """Why there is no answer, by person, in the order of the items of the plain table."""
    people = pd.MultiIndex.from_frame(survey.responses[KEY])
    return survey.missing[list(plain.missing)].astype("object").set_axis(people).sort_index()


@pytest.mark.parametrize("name", [TEXTS, CODES, R_DATA, VV])
def test_same_people_same_answers(folder: Path, plain, name: str) -> None:
    export = read_export(folder / name)
    assert export.platform == "limesurvey"
    book = SYNTAX if name == R_DATA else STRUCTURE
    assert export.warnings == (f"{book}, which lies beside it, was read as its code book",)
    survey = read(folder / name)
    assert not survey.has_errors
    items = list(plain.missing)
    pd.testing.assert_frame_equal(by_person(survey, items), by_person(plain, items))
    people = ["dyad_id", "partner_role", "role_is_arbitrary", "group", "consent", "demo_age"]
    people += ["demo_gender", "rel_cohabiting", "rel_length_months", "rel_agreement"]
    pd.testing.assert_frame_equal(by_person(survey, people), by_person(plain, people))


@pytest.mark.parametrize("name", [TEXTS, CODES, R_DATA, VV])
def test_same_reasons(folder: Path, plain, name: str) -> None:
    survey = read(folder / name)
    # A VV export says itself what was not shown; the others leave an empty cell.
    unseen = "not_shown" if name == VV else "not_reached"
    expected = reasons(plain, plain).replace("not_reached", unseen)
    assert (expected == unseen).to_numpy().any()
    pd.testing.assert_frame_equal(reasons(survey, plain), expected)


@pytest.mark.parametrize("name", [TEXTS, CODES, R_DATA, VV])
def test_who_broke_off_is_flagged(folder: Path, plain, name: str) -> None:
    survey = read(folder / name)
    rows = survey.flags.loc[survey.flags["flag"] == "unfinished", "row"]
    stopped = (plain.missing == "not_reached").to_numpy().any(axis=1)
    assert set(survey.responses.loc[rows, "respondent_id"]) == set(
        plain.responses.loc[stopped, "respondent_id"]
    )
    without = survey.responses["submitted_at"].isna()
    assert without.index[without].tolist() == rows.tolist()


def test_texts_need_no_code_book(folder: Path, plain, tmp_path: Path) -> None:
    (tmp_path / TEXTS).write_bytes((folder / TEXTS).read_bytes())
    assert read_export(tmp_path / TEXTS).books == {}
    survey = read_survey(tmp_path / TEXTS)
    assert not survey.has_errors
    items = list(plain.missing)
    pd.testing.assert_frame_equal(by_person(survey, items), by_person(plain, items))


def test_structure_can_be_named(folder: Path, plain, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_bytes((folder / CODES).read_bytes())
    survey = read_survey(tmp_path / "codes.csv", codebook=folder / STRUCTURE)
    items = list(plain.missing)
    pd.testing.assert_frame_equal(by_person(survey, items), by_person(plain, items))


def test_personal_values_are_found(folder: Path) -> None:
    export = read_export(folder / CODES)
    assert export.identifying_columns == ("token", "ipaddr", "firstname", "lastname", "email")
    addresses = export.frame["ipaddr"].str.startswith(("192.0.2.", "198.51.100."))
    assert addresses.all()
    assert export.frame["email"].str.endswith("@example.org").all()


def test_same_sample_same_bytes(drawn: Sample) -> None:
    instrument = read_instrument("detachment")
    assert limesurvey.files(drawn, instrument) == limesurvey.files(drawn, instrument)
