"""Checking an answer: whatever a student hands over, a sentence comes back, never a traceback."""

import decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detachment as dt
from detachment.teaching import check
from detachment.teaching._check import ANSWER
from detachment.teaching._commitment import commit
from detachment.teaching._data import practice_data
from detachment.teaching._lessons import EXERCISES, LESSONS, NOTEBOOKS

pytestmark = pytest.mark.usefixtures("session")


def outcome(name, answer):
    return check(name, answer).outcome


def alpha():
    return EXERCISES["alpha_by_hand"].truth(practice_data())


def wrong(exercise, truth):
    """An answer of the right kind that is not right."""
    match exercise.kind:
        case "number":
            return truth + 5
        case "truth":
            return not truth
        case "names":
            return [exercise.options[0]]
        case _:
            return next(option for option in exercise.options if option != truth)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_right_answer_is_right_and_another_is_not(name):
    exercise = EXERCISES[name]
    truth = exercise.truth(practice_data())
    given = list(truth) if isinstance(truth, tuple) else truth
    assert outcome(name, given) == "right"
    said = check(name, wrong(exercise, truth))
    assert (said.outcome, bool(said.hint)) == ("not yet", True)
    assert str(truth) not in said.message


@pytest.mark.parametrize("name", EXERCISES)
def test_a_known_slip_is_not_the_right_answer(name):
    exercise = EXERCISES[name]
    truth = exercise.truth(practice_data())
    for sentence, find in exercise.slips.items():
        slip = find(practice_data())
        assert not exercise.accepts(slip, truth), sentence
        assert sentence in check(name, slip).message


def test_each_lesson_has_four_to_six_exercises_and_a_notebook():
    counts = {n: sum(e.lesson == n for e in EXERCISES.values()) for n in LESSONS}
    assert all(4 <= count <= 6 for count in counts.values())
    assert counts.keys() == NOTEBOOKS.keys()


def test_an_answer_that_ships_is_committed_to_and_stands_nowhere():
    committed = [e for e in EXERCISES.values() if e.find is None]
    assert committed
    for exercise in committed:
        options = exercise.options or (True, False)
        assert [commit(exercise.name, o) == exercise.committed for o in options].count(True) == 1
        assert not any(f"{exercise.name}'{o}'" in repr(exercise) for o in options)


ROUNDED = "{:.2f}"


@pytest.mark.parametrize(
    "write",
    [
        lambda a: a,
        lambda a: round(a, 2),
        lambda a: round(a, 2) + 0.01,  # a neighbour
        lambda a: np.float64(a),
        lambda a: np.float32(a),
        lambda a: np.array(a),
        lambda a: np.array([[a]]),
        lambda a: pd.Series([a]),
        lambda a: pd.DataFrame({"alpha": [a]}),
        lambda a: [a],
        lambda a: (a,),
        lambda a: decimal.Decimal(str(round(a, 4))),
        lambda a: ROUNDED.format(a),
        lambda a: ROUNDED.format(a).replace(".", ","),
        lambda a: ROUNDED.format(a).replace("0.", "."),
        lambda a: f"  = {ROUNDED.format(a)} ",
        lambda a: f"+{ROUNDED.format(a)}",
    ],
)
def test_a_number_is_understood_however_it_is_written(write):
    assert outcome("alpha_by_hand", write(alpha())) == "right"


def test_percent_thousands_and_signs():
    share = EXERCISES["shared_variance"].truth(practice_data())
    for text in (f"{100 * share:.1f} %", f"{100 * share:.1f}%".replace(".", ",")):
        assert outcome("shared_variance", text) == "right"
    said = check("shared_variance", round(100 * share, 1))
    assert (said.outcome, "in percent" in said.message) == ("not yet", True)
    r = EXERCISES["r_satisfaction"].truth(practice_data())
    for minus in "-\N{MINUS SIGN}\N{EN DASH}":
        assert outcome("r_satisfaction", f"{minus}{abs(r):.2f}") == "right"
    assert "sign is not" in check("r_satisfaction", -r).message
    assert check("turned_answer", "1,000").answer == 1000.0
    assert check("turned_answer", "1.000").answer == 1000.0
    assert check("alpha_by_hand", "1.234,5").answer == 1234.5
    assert check("alpha_by_hand", "1,234.5").answer == 1234.5


@pytest.mark.parametrize("answer", [..., None, "", "  ", "...", "?", [], [...], [None]])
def test_an_empty_place_is_not_answered_yet(answer):
    for name in ("alpha_by_hand", "reversed_items"):
        if name == "alpha_by_hand" and answer == []:
            continue  # an empty list is no number
        said = check(name, answer)
        assert said.outcome == "not answered"
        assert "three dots" in said.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("about a half", "text in which no number is understood"),
        ("0.8 or 0.9", "text in which no number is understood"),
        ("x" * 5000, "a long text"),
        (True, "That is True, which is no number"),
        (float("nan"), "NaN"),
        (pd.NA, "missing value"),
        (pd.NaT, "missing value"),
        (float("inf"), "infinite"),
        ("1e400", "not understood|far too large"),
        (10**400, "infinite or far too large"),
        (1j, "a complex, not a number"),
        ([0.1, 0.2], "a list of 2 values"),
        ([], "a list of 0 values"),
        ({"a": 1}, "a dict, not a number"),
        (b"0.8", "a bytes, not a number"),
        (pd.Series([0.1, 0.2]), "2 values (a Series)"),
        (np.arange(3), "3 values (a ndarray)"),
        (pd.DataFrame({"a": [1, 2], "b": [3, 4]}), "a whole table"),
        (pd.Series([1.0]).mean, "a function that was not called"),
        (object(), "a object, not a number"),
    ],
)
def test_an_answer_of_the_wrong_kind_gets_a_sentence(answer, said):
    found = check("alpha_by_hand", answer)
    assert found.outcome == "not understood"
    assert any(part in found.message for part in said.split("|")), found.message
    assert found.answer is None


def test_a_whole_result_is_named_as_one():
    result = dt.reliability(dt.teaching.data(), scales="eff_satisfaction")
    assert "a whole result" in check("alpha_by_hand", result).message


def test_letters_names_and_truth():
    assert outcome("why_mean", " C) ") == outcome("why_mean", "(c)") == "right"
    assert outcome("why_mean", 3) == outcome("why_mean", "e") == "not understood"
    assert outcome("always_too_narrow", np.False_) == outcome("always_too_narrow", "no") == "right"
    assert outcome("always_too_narrow", 0) == "not understood"
    both = ["eff_sat_4", "eff_sat_2"]
    for answer in (both, set(both), np.array(both), pd.Series(both), pd.Index(both),
                   "eff_sat_2, EFF_SAT_4", [*both, both[0]]):  # fmt: skip
        assert outcome("reversed_items", answer) == "right"
    assert "something is missing" in check("reversed_items", "eff_sat_2").message
    assert "also some" in check("reversed_items", [*both, "eff_sat_1"]).message
    assert 'Did you mean "eff_sat_2"?' in check("reversed_items", ["eff_sat2", "eff_sat_4"]).message
    assert outcome("reversed_items", 2) == outcome("reversed_items", range(10**9))
    assert outcome("weakest_item", "eff-sat-3") == "not understood"


def test_an_unknown_exercise_is_answered_and_not_raised():
    said = check("alpha_by_hnd", 0.8)
    assert "Did you mean 'alpha_by_hand'?" in repr(said)
    assert ANSWER not in said._repr_mimebundle_()
    assert check(7, 1).outcome == check("", 1).outcome == "no such exercise"
    assert "<i" not in check("<img src=x>", 1)._repr_html_()


def test_hints_come_in_steps_and_a_repeated_answer_brings_none():
    hints = EXERCISES["missing_answers"].hints
    said = [check("missing_answers", k).hint for k in (1000, 1000, 1001, 1002, 1003)]
    assert [hint.partition(":")[0] for hint in said] == [
        "Hint 1 of 3", "Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3",
    ]  # fmt: skip
    assert said[0].endswith(hints[0])
    assert check("missing_answers", 1000).hint == said[0]


def test_what_a_notebook_stores():
    said = check("reversed_items", ["eff_sat_1"])
    bundle = said._repr_mimebundle_()
    assert bundle[ANSWER] == {
        "exercise": "reversed_items", "answer": ["eff_sat_1"], "data": "practice",
    }  # fmt: skip
    assert bundle["text/plain"] == repr(said)
    assert "Not yet." in bundle["text/html"]
    assert check("alpha_by_hand")._repr_mimebundle_()[ANSWER]["answer"] is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.binary()
    | st.complex_numbers() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=25)
@given(name=st.sampled_from(["turned_answer", "reversed_items", "why_mean", "always_too_narrow"]),
       answer=ANYTHING)  # fmt: skip
def test_anything_at_all_gets_a_sentence(name, answer):
    said = check(name, answer)
    assert said.message
    assert said.outcome in ("right", "not yet", "not answered", "not understood")


def test_without_its_files_there_is_a_sentence(tmp_path, monkeypatch, session):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text("nonsense", encoding="utf-8")
    session.data = None
    said = check("turned_answer", 2)
    assert (said.outcome, "belong side by side" in said.message) == ("not answered", True)
    (tmp_path / "careless.csv").write_text("respondent_id,answering\n", encoding="utf-8")
    assert check("turned_answer", 2).message.startswith("No data.")
