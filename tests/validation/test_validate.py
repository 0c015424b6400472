"""From an export to a survey: what is kept, what is named, what is refused."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.errors import DataWarning, SurveyError
from detachment.exports import Variable
from detachment.instruments import Instrument, ResponseScale, ScaleItem, instrument_from_dict
from detachment.validation import read_survey, validate
from detachment.validation._decoding import decode_item
from detachment.validation._privacy import WITHHELD, shown


def quiet(export, instrument, **options):
    """Validate where problems are expected and looked at."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return validate(export, instrument, **options)


def only(survey, rule):
    """The one problem of a rule."""
    found = survey.problems[survey.problems["rule"] == rule]
    assert len(found) == 1, survey.problems.to_string()
    return found.iloc[0]


def test_clean_answers_become_typed_columns_by_file_row(instrument, make_export, good):
    survey = validate(make_export(good), instrument)
    assert survey.problems.empty
    assert survey.responses.index.tolist() == [2, 3, 4, 5, 6, 7]
    assert survey.responses["q2"].tolist() == [2, 2, 3, 5, 4, 1]
    assert str(survey.responses["q2"].dtype) == "Int8"
    assert survey.missing.isna().all(axis=None)
    assert survey.ledger["after"].iloc[-1] == 6


def test_labels_aliases_and_codes_give_the_same_answers(instrument, make_export, good):
    labels = ["Strongly disagree", " disagree", "NEITHER", "Agree", "stronlgy  agree", "neither"]
    by_label = validate(make_export(good | {"q1": labels}), instrument)
    by_code = validate(make_export(good), instrument)
    pd.testing.assert_frame_equal(by_label.responses, by_code.responses)


def test_code_written_as_a_decimal_number_is_that_code(instrument, make_export, good):
    survey = validate(make_export(good | {"q1": ["1.0", "2.00", "3", "4", "5", "3"]}), instrument)
    assert survey.responses["q1"].tolist() == [1, 2, 3, 4, 5, 3]


@pytest.mark.parametrize("cell", ["55", "0", "6", "3.5", "abc", "-1", "inf", "nan", "1e400", "٣"])
def test_what_is_no_answer_is_missing_and_named_by_row_column_and_value(
    instrument, make_export, good, cell
):
    with pytest.warns(DataWarning, match="1 problem in small.csv"):
        survey = validate(make_export(good | {"Q_2": ["2", "2", cell, "5", "4", "1"]}), instrument)
    problem = only(survey, "not_allowed")
    assert (problem["row"], problem["column"]) == (4, "Q_2")
    assert problem["value"] == (WITHHELD if cell == "٣" else cell)
    assert "q2" in problem["message"]
    assert "Strongly agree" in problem["message"]
    assert survey.responses["q2"].isna().tolist() == [False, False, True, False, False, False]
    assert survey.missing.loc[4, "q2"] == "invalid"
    assert survey.has_errors


def test_strict_refuses_what_would_be_missing(instrument, make_export, good):
    with pytest.raises(SurveyError, match="row 4, column Q_2"):
        validate(
            make_export(good | {"Q_2": ["2", "2", "55", "5", "4", "1"]}), instrument, strict=True
        )


def test_every_missing_answer_keeps_its_reason(instrument, make_export, good):
    cells = ["", "-9", "does not apply", "4", "5", "3"]
    survey = validate(make_export(good | {"q1": cells}), instrument)
    reasons = survey.missing["q1"].astype(object).tolist()
    assert reasons[:3] == ["not_answered", "prefer_not_to_say", "not_applicable"]
    assert survey.problems.empty


def test_seen_but_unanswered_of_qualtrics_is_no_wrong_code(instrument, make_export, good):
    cells = good | {"q1": ["-99", "2", "3", "4", "5", "3"]}
    book = {"q1": Variable(reasons={"-99": "shown_not_answered"})}
    survey = validate(make_export(cells, variables=book), instrument)
    assert survey.missing.loc[2, "q1"] == "shown_not_answered"
    assert quiet(make_export(cells), instrument).missing.loc[2, "q1"] == "invalid"


def test_user_missing_codes_and_ranges_of_the_file_are_missing(instrument, make_export, good):
    book = {"q1": Variable(missing={"1": "refused"}, missing_ranges=((4.0, 5.0),))}
    survey = validate(make_export(good, variables=book), instrument)
    assert survey.missing["q1"].astype(object).fillna("").tolist() == [
        "declared: 1 = refused", "", "", "declared: 4", "declared: 5", "",
    ]  # fmt: skip


def test_a_declared_code_whose_label_the_instrument_knows_has_its_reason(
    instrument, make_export, good
):
    known = replace(instrument, missing_codes={"-9": "prefer_not_to_say", "No view": "unsure"})
    labels = {".a": "no view", ".b": "Prefer not to say", ".c": "blank", ".d": ""}
    cells = [*labels, "1", "2"]
    book = {"q1": Variable(missing=labels)}
    survey = validate(make_export(good | {"q1": cells}, variables=book), known)
    assert survey.missing["q1"].astype(object).fillna("").tolist() == [
        "unsure", "prefer_not_to_say", "declared: .c = blank", "declared: .d", "", "",
    ]  # fmt: skip


def test_code_book_in_another_order_is_followed_and_said(instrument, make_export, good):
    labels = {"1": "Strongly disagree", "6": "Disagree", "2": "Neither", "3": "Agree"}
    book = {"q1": Variable(labels=labels | {"4": "Strongly agree"})}
    cells = good | {"q1": ["1", "6", "2", "3", "4", "2"]}
    survey = validate(make_export(cells, variables=book), instrument)
    assert survey.responses["q1"].tolist() == [1, 2, 3, 4, 5, 3]
    assert only(survey, "code_order")["severity"] == "warning"


def test_code_book_that_contradicts_and_labels_only_some_is_a_question(
    instrument, make_export, good
):
    book = {"q1": Variable(labels={"1": "Strongly agree", "5": "Strongly disagree"})}
    with pytest.raises(SurveyError, match=r"1 means 5, 5 means 1.*declare it"):
        validate(make_export(good, variables=book), instrument)


def test_partly_labelled_code_book_that_agrees_is_fine(instrument, make_export, good):
    book = {"q1": Variable(labels={"1": "Strongly disagree", "5": "Strongly agree"})}
    assert validate(make_export(good, variables=book), instrument).problems.empty


def test_missing_codes_hold_for_metadata_too(instrument, make_export, good):
    good["age"] = ["-9", "30", "30", "30", "30", "30"]
    survey = validate(make_export(good), instrument)
    assert survey.responses["age"].isna().sum() == 1
    assert survey.problems.empty


def test_declared_codes_out_of_order_follow_the_instrument(instrument, make_export, good):
    scale = replace(instrument.response_scales["agree5"], codes=("1", "6", "2", "3", "4"))
    recoded = replace(instrument, response_scales={"agree5": scale})
    cells = {k: v for k, v in good.items() if k == "respondent_id"}
    cells |= {"q1": list("162341"), "Q_2": list("461232"), "q3": list("234126")}
    survey = validate(make_export(cells), recoded)
    assert survey.responses["q1"].tolist() == [1, 2, 3, 4, 5, 1]
    five = quiet(make_export(cells | {"q1": list("562341")}), recoded)
    assert only(five, "not_allowed")["value"] == "5"


def test_item_is_found_by_its_question_text(instrument, make_export, good):
    cells = {("Q77" if k == "q1" else k): v for k, v in good.items()}
    book = {"Q77": Variable(text="How often? - I keep quiet.")}
    survey = validate(make_export(cells, variables=book), instrument)
    assert survey.responses["q1"].tolist() == [1, 2, 3, 4, 5, 3]
    assert survey.provenance["matched_by_text"] == ["q1"]


def test_doubtful_match_is_a_question_not_a_guess(instrument, make_export, good):
    cells = {k: v for k, v in good.items() if k != "q1"} | {"a": good["q1"], "b": good["q1"]}
    book = {"a": Variable(text="I keep quiet."), "b": Variable(text="I keep quiet.")}
    with pytest.raises(SurveyError, match=r"stands over 2 columns \(a, b\)"):
        validate(make_export(cells, variables=book), instrument)


def test_near_name_is_only_a_hint(instrument, make_export, good):
    cells = {("Q__2" if k == "Q_2" else k): v for k, v in good.items()}
    survey = quiet(make_export(cells), instrument)
    problem = only(survey, "item_absent")
    assert "'Q__2' looks like it" in problem["message"]
    assert "q2" not in survey.responses


def test_case_and_blanks_of_headings_do_not_matter(instrument, make_export, good):
    cells = {f" {k.upper()}": v for k, v in good.items()}
    survey = validate(make_export(cells), instrument)
    assert survey.responses["q2"].tolist() == [2, 2, 3, 5, 4, 1]


def test_headings_that_differ_only_in_case_are_not_chosen_from(instrument, make_export, good):
    cells = {k: v for k, v in good.items() if k != "Q_2"} | {"q_2 ": ["1"] * 6, " Q_2": ["2"] * 6}
    assert only(quiet(make_export(cells), instrument), "item_absent")["column"] == "Q_2"


def test_repeated_heading_is_a_question_not_a_guess(instrument, make_export, good):
    export = replace(make_export(good | {"q1.2": good["q3"]}), repeated={"q1.2": "q1"})
    with pytest.raises(SurveyError, match="column q1: 2 columns have this heading"):
        validate(export, instrument)


def test_heading_repeated_where_nothing_is_read_does_not_matter(instrument, make_export, good):
    cells = good | {"Complete?": ["2"] * 6, "Complete?.2": ["2"] * 6}
    export = replace(make_export(cells), repeated={"Complete?.2": "Complete?"})
    assert validate(export, instrument).problems.empty


def test_taken_column_is_no_hint(instrument, make_export, good):
    cells = {k: v for k, v in good.items() if k != "Q_2"}
    two = replace(instrument.items["q2"], column="q11", id="q11")
    items = {k: v for k, v in instrument.items.items() if k != "q2"} | {"q11": two}
    scale = replace(instrument.scales["signs"], items=(ScaleItem(id="q1"), ScaleItem(id="q11")))
    renamed = replace(instrument, items=items, scales={"signs": scale})
    assert "looks like" not in only(quiet(make_export(cells), renamed), "item_absent")["message"]


def test_near_label_is_suggested(instrument, make_export, good):
    labels = ["Agree", "Agre", "Neither", "Agree", "Strongly agree", "Disagree"]
    problem = only(quiet(make_export(good | {"q1": labels}), instrument), "not_allowed")
    assert problem["value"] == "Agre"
    assert "Did you mean 'Agree'?" in problem["message"]


def test_wrong_survey_is_refused_with_both_sides_named(instrument, make_export):
    with pytest.raises(SurveyError, match=r"small \(4 items: q1, Q_2, q3.*has: colour, size"):
        validate(make_export({"colour": ["red"], "size": ["2"]}), instrument)


def test_required_column_absent_is_refused(instrument, make_export, good):
    del good["respondent_id"]
    with pytest.raises(SurveyError, match="requires this column"):
        validate(make_export(good), instrument)


def test_platforms_own_id_stands_in(instrument, make_export, good):
    good["ResponseId"] = good.pop("respondent_id")
    book = {"ResponseId": Variable(role="respondent_id")}
    survey = validate(make_export(good, variables=book), instrument)
    assert survey.provenance["matched_by_platform"] == {"respondent_id": "ResponseId"}


def test_respondent_twice_refuses_with_the_rows_and_without_the_id(instrument, make_export, good):
    good["respondent_id"] = ["p1", "secret", "p3", "secret", "p5", "p6"]
    with pytest.raises(SurveyError, match="rows 3, 5") as caught:
        validate(make_export(good), instrument)
    assert "secret" not in str(caught.value)
    frame = caught.value.to_frame()
    assert frame["row"].tolist() == [3]
    assert frame["value"].isna().all()
    assert "secret" not in frame.to_string()


def test_row_without_an_id_is_refused(instrument, make_export, good):
    good["respondent_id"][3] = " "
    with pytest.raises(SurveyError, match="row 5, column respondent_id: respondent_id is empty"):
        validate(make_export(good), instrument)


def test_structure_is_said_before_cells(instrument, make_export, good):
    good["respondent_id"] = ["p1", "p2", "p3", "p2", "p5", "p6"]
    good["q1"][0] = "55"
    with pytest.raises(SurveyError) as caught:
        validate(make_export(good), instrument)
    assert caught.value.to_frame()["rule"].tolist() == ["duplicate_respondent", "not_allowed"]


def test_many_duplicates_are_counted_not_all_listed(instrument, make_export):
    ids = [f"p{i // 2}" for i in range(500)]
    cells = {"respondent_id": ids, "q1": ["1"] * 500, "Q_2": ["2"] * 500, "q3": ["3"] * 500}
    with pytest.raises(SurveyError) as caught:
        validate(make_export(cells), instrument)
    assert len(caught.value.problems) == 201
    assert caught.value.problems[-1].message == "and 50 more places like these"


def test_same_respondent_in_two_waves_is_no_duplicate(instrument, make_export, good):
    good["respondent_id"] = ["p1", "p1", "p2", "p2", "p3", "p3"]
    good["wave"] = ["1", "2", "1", "2", "1", "2"]
    assert validate(make_export(good), instrument).problems.empty


def test_dyad_of_three_and_two_of_one_role_refuse_together(instrument, make_export, good):
    good["dyad_id"] = ["d1", "d1", "d1", "d2", "d2", ""]
    good["partner_role"] = ["A", "B", "A", "A", "A", ""]
    with pytest.raises(SurveyError) as caught:
        validate(make_export(good), instrument)
    rules = caught.value.to_frame().groupby("rule")["row"].agg(list).to_dict()
    assert rules == {"dyad_size": [2], "dyad_role": [5]}


def test_copied_row_is_no_third_member(instrument, make_export, good):
    good["respondent_id"] = ["p1", "p2", "p1", "p4", "p5", "p6"]
    good["dyad_id"] = ["d1", "d1", "d1", "d2", "d2", ""]
    good["partner_role"] = ["A", "B", "A", "A", "B", ""]
    with pytest.raises(SurveyError) as caught:
        validate(make_export(good), instrument)
    assert caught.value.to_frame()["rule"].tolist() == ["duplicate_respondent"]


def test_tests_and_refused_consent_are_left_out_and_counted(instrument, make_export, good):
    good["consent"] = ["1", "2", "I agree", "I do not agree", "true", ""]
    survey = validate(make_export(good, tests=[True] + [False] * 5), instrument)
    assert survey.responses.index.tolist() == [4, 6, 7]
    assert survey.ledger["excluded"].tolist() == [0, 1, 2]
    assert survey.ledger["after"].tolist() == [6, 5, 3]
    assert survey.flags[survey.flags["flag"] == "no_consent"]["row"].tolist() == [7]


def test_nobody_left_is_said_with_the_steps(instrument, make_export, good):
    with pytest.raises(SurveyError, match=r"nobody is left.*6 marked as test or preview"):
        validate(make_export(good, tests=[True] * 6), instrument)


def test_duplicates_among_previews_do_not_count(instrument, make_export, good):
    good["respondent_id"] = ["p1", "p1", "p3", "p4", "p5", "p6"]
    assert validate(make_export(good, tests=[True] + [False] * 5), instrument).problems.empty


def test_wrong_cell_of_a_preview_is_no_problem(instrument, make_export, good):
    good["age"] = ["abc", "30", "30", "30", "30", "30"]
    good["q1"][0] = "55"
    assert validate(make_export(good, tests=[True] + [False] * 5), instrument).problems.empty


def test_metadata_out_of_range_or_not_listed_are_named(instrument, make_export, good):
    good["age"] = ["17", "30", "old", "30", "30", ""]
    good["wave"] = ["1", "1", "1", "1", "3", "1"]
    survey = quiet(make_export(good), instrument)
    places = set(zip(survey.problems["row"], survey.problems["column"], strict=True))
    assert places == {(2, "age"), (4, "age"), (6, "wave")}
    assert survey.responses["age"].isna().tolist() == [True, False, True, False, False, True]


def test_what_people_call_themselves_is_not_quoted(instrument, make_export, good):
    good["age"] = ["old enough", "17", "30", "30", "30", "30"]
    problems = quiet(make_export(good), instrument).problems
    assert problems["value"].isna().tolist() == [True, False]


def test_identifying_columns_are_dropped_and_named(instrument, make_export, good):
    good["email"] = good["IPAddress"] = ["192.0.2.1"] * 6
    survey = validate(make_export(good, identifying=["IPAddress"]), instrument)
    assert survey.provenance["identifying_dropped"] == ["email", "IPAddress"]
    assert not {"email", "IPAddress"} & set(survey.responses)


def test_ids_that_are_personal_become_numbers(instrument, make_export, good):
    survey = validate(make_export(good, identifying=["respondent_id"]), instrument)
    assert survey.responses["respondent_id"].iloc[1] == "respondent_id_00002"


def test_numbers_of_personal_ids_do_not_depend_on_the_order_of_the_rows(
    instrument, make_export, good
):
    def ids(cells):
        survey = validate(make_export(cells, identifying=["respondent_id"]), instrument)
        return survey.responses["respondent_id"].tolist()

    backwards = {name: cells[::-1] for name, cells in good.items()}
    assert ids(backwards)[::-1] == ids(good)


def test_a_number_too_large_to_be_exact_is_no_whole_number(instrument, make_export, good):
    survey = quiet(make_export(good | {"age": ["20", "1e30", "40", "", "50", "60"]}), instrument)
    assert only(survey, "not_allowed")["message"].startswith("age must be a whole number")
    assert survey.responses["age"].isna().tolist() == [False, True, False, True, False, False]


def test_constant_and_empty_items_and_few_rows_are_named(instrument, make_export, good):
    good |= {"q1": ["3"] * 6, "q3": ["", "-9", "", "", "", ""]}
    survey = quiet(make_export(good), instrument)
    assert "every answer to item q1 of scale signs is 3" in only(survey, "constant_item")["message"]
    assert "nobody answered item q3" in only(survey, "empty_column")["message"]
    assert survey.has_errors


def test_two_people_are_too_few_and_that_is_all_that_is_said(instrument, make_export, good):
    few = {k: v[:2] for k, v in good.items()}
    survey = quiet(make_export(few), instrument)
    assert survey.problems["rule"].tolist() == ["few_rows"]
    assert "only 2 respondents left" in survey.problems["message"].item()


def test_nobody_answered_anything_is_said_once(instrument, make_export, good):
    empty = {k: ([""] * 6 if k != "respondent_id" else v) for k, v in good.items()}
    assert quiet(make_export(empty), instrument).problems["rule"].tolist() == ["no_answers"]


def test_failed_check_is_a_flag_not_a_problem(instrument, make_export, good):
    survey = validate(make_export(good | {"check": ["2", "2", "1", "", "2", "5"]}), instrument)
    assert survey.flags["row"].tolist() == [4, 7]
    assert survey.flags["flag"].unique().tolist() == ["attention"]
    assert len(survey.responses) == 6


def test_survey_says_what_it_is_without_an_address(instrument, make_export, good):
    assert repr(validate(make_export(good), instrument)) == (
        "Survey(small 1.0.0: 6 rows, 0 problems, 0 flags)"
    )


@given(st.lists(st.text(max_size=6) | st.sampled_from(["1", "5.0", "agree", "-9", "6"])))
def test_any_cell_is_an_answer_on_the_scale_or_missing_with_a_reason(cells):
    scale = ResponseScale(
        id="s", values=(1, 5), labels=("disagree", "agree"), codes=("1", "5"), minimum=1, maximum=5
    )
    plain = Instrument(id="i", version="1", title="t", response_scales={}, items={}, scales={})
    decoded, _ = decode_item(
        pd.Series(cells, dtype="str"),
        scale=scale,
        variable=Variable(),
        instrument=plain,
        decimal=".",
    )
    answered = ~np.isnan(decoded.values[decoded.codes])
    assert set(decoded.values[decoded.codes][answered]) <= {1.0, 5.0}
    assert [decoded.reasons[code] is None for code in decoded.codes] == answered.tolist()


@pytest.mark.parametrize(
    "cell",
    [
        *["ann@example.org", "192.0.2.7", "+49 171 1234567", "52.520008", "x" * 41, "2001:db8::1"],
        *["Ann", "Ann Lee", "P1315", "R_WhWFk6cF", "Elm St 12", "my husband hits me", "19900131"],
        *["90210", "39.739", "-137.52", "2.123"],
    ],
)
def test_personal_looking_cells_are_not_shown(cell):
    assert shown(cell) == WITHHELD


@pytest.mark.parametrize("cell", ["55", "3.5", "2.75", "often", "a lot", "n/a", "-99", "1e30"])
def test_codes_and_labels_are_shown(cell):
    assert shown(cell) == cell


def test_words_of_a_column_that_holds_no_answers_are_not_shown(tmp_path):
    """Somebody took a column of comments for a question: what one person wrote stays unsaid."""
    path = tmp_path / "comments.csv"
    words = ["often", "often", "often", "rarelly", "we split up", "quite lonely", "tired", "55"]
    path.write_text("\n".join(["a,b", *(f"{1 + k % 2},{w}" for k, w in enumerate(words))]))
    layout = {
        "schema_version": 1,
        "instrument": {"id": "x", "version": "1.0.0"},
        "response_scales": {
            "two": {"type": "ordinal", "values": [1, 2], "labels": ["Rarely", "Always"]}
        },
        "items": [{"id": "a", "scale": "two"}, {"id": "b", "scale": "two"}],
        "scales": {"s": {"role": "sign", "items": ["a", "b"]}},
    }
    with pytest.warns(DataWarning):
        survey = read_survey(path, instrument=instrument_from_dict(layout))
    values = survey.problems.dropna(subset="row")["value"].tolist()
    assert values == ["often"] * 3 + ["rarelly"] + [WITHHELD] * 3 + ["55"]
