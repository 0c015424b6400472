"""Real export files, whole way: the same people in another container are the same survey."""

from pathlib import Path

import pandas as pd
import pytest

from detachment import read_survey, reliability

INSTRUMENTS = Path(__file__).parent / "instruments"


@pytest.fixture(scope="module")
def legitimacy(shared):
    """One survey exported twice from Qualtrics: as numbers and as choice text."""
    folder = shared / "exports" / "qualtrics"
    return {
        kind: read_survey(
            folder / f"legitimacy_{kind}_3row.csv", instrument=INSTRUMENTS / "legitimacy.yaml"
        )
        for kind in ("numeric", "text")
    }


@pytest.fixture(scope="module")
def students(shared):
    """One survey in three containers."""
    folder = shared / "exports" / "excel"
    names = {
        "xlsx": "students_survey.xlsx",
        "csv": "students_survey_semicolon_decimalcomma.csv",
        "sav": "students_survey.sav",
    }
    return {
        kind: read_survey(folder / name, instrument=INSTRUMENTS / "students.yaml")
        for kind, name in names.items()
    }


def test_numbers_and_choice_text_are_the_same_answers(legitimacy):
    numeric, text = legitimacy["numeric"], legitimacy["text"]
    pd.testing.assert_frame_equal(numeric.responses, text.responses)
    pd.testing.assert_frame_equal(numeric.missing, text.missing)
    assert numeric.problems.empty
    assert text.problems.empty


def test_codes_out_of_order_become_the_order_of_agreement(legitimacy):
    counts = legitimacy["numeric"].responses["legitimacy_1_1"].value_counts().sort_index()
    # 17 strongly disagree, 26 somewhat disagree, 23 neutral, 43 somewhat agree, 27 strongly agree
    assert counts.to_dict() == {1: 17, 2: 26, 3: 23, 4: 43, 5: 27}


def test_refused_consent_is_left_out_and_unfinished_are_flagged(legitimacy):
    for survey in legitimacy.values():
        ledger = survey.ledger.set_index("rule")
        assert ledger.loc["received", "after"] == 156
        assert ledger.loc["consent_refused", "excluded"] == 1
        assert (survey.flags["flag"] == "unfinished").sum() == 21
        assert (survey.flags["flag"] == "no_consent").sum() == 1


def test_no_personal_column_is_left(legitimacy):
    survey = legitimacy["text"]
    dropped = survey.provenance["identifying_dropped"]
    assert {"IPAddress", "RecipientEmail", "LocationLatitude"} <= set(dropped)
    assert not set(dropped) & set(survey.responses)


def test_reliability_is_the_same_from_both(legitimacy):
    tables = [reliability(s, scales=["polarization"]).to_frame() for s in legitimacy.values()]
    pd.testing.assert_frame_equal(*tables)
    assert 0 < tables[0]["alpha"].item() < 1


def test_three_containers_are_one_survey(students):
    # An SPSS file has no heading row, so its first record is row 1.
    assert [s.responses.index[0] for s in students.values()] == [2, 2, 1]
    tables = [s.responses.reset_index(drop=True) for s in students.values()]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])
    assert not any(s.has_errors for s in students.values())


def test_none_is_an_answer_and_na_is_not(students):
    for survey in students.values():
        assert (survey.responses["exercise"] == 1).sum() == 24
        assert survey.responses["smoking"].isna().sum() == 1


def test_code_book_of_the_spss_file_is_followed(students):
    problems = students["sav"].problems
    assert problems["rule"].tolist() == ["code_order", "code_order"]
