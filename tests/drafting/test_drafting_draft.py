"""What a draft says of small exports."""

from dataclasses import replace

import numpy as np
import pytest

from detachment import draft_instrument, read_export
from detachment.errors import ExportError, UsageError
from detachment.exports import Variable

AGREE = ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"]


def cycle(values, n=60, step=1):
    return [values[(i * step) % len(values)] for i in range(n)]


# -- items, blocks and scales ---------------------------------------------------------------------


def test_codes_become_a_range_and_a_prefix_a_scale(drafted, likert):
    made = drafted(likert)
    assert made.scale_of("q3_1").values == (1, 2, 3, 4, 5)
    assert made.instrument.items["q3_1"].column == "Q3_1"
    scale = made.instrument.scales["q3"]
    assert (scale.model, scale.role) == ("reflective", "covariate")
    assert [(i.id, i.keyed) for i in scale.items] == [("q3_1", 1), ("q3_2", 1), ("q3_3", 1)]
    assert made.instrument.columns["id"].role == "respondent_id"


def test_an_item_that_goes_against_its_block_is_hinted_at_and_not_reversed(drafted, likert):
    made = drafted(likert)
    assert "reversed?" in made.remark("- {id: q3_3,")
    assert "reversed?" not in made.remark("- {id: q3_1,") + made.remark("- {id: q3_2,")
    assert all(item.keyed == 1 for item in made.instrument.items.values())


def test_every_scored_item_says_that_its_key_is_a_guess(drafted, likert):
    made = drafted(likert)
    assert [made.remark(f"- {{id: q3_{i},").startswith("check: keyed") for i in (1, 2, 3)] == [
        True
    ] * 3


def test_labels_come_in_the_order_of_agreement(drafted):
    made = drafted({"a": cycle(AGREE[::-1]), "b": cycle(AGREE, step=2), "c": cycle(AGREE)})
    scale = made.scale_of("a")
    assert list(scale.labels) == AGREE
    assert scale.type == "ordinal"
    assert {made.instrument.items[i].scale for i in "abc"} == {"agree5"}


def test_an_unknown_order_is_marked_and_nothing_is_scored_with_it(drafted):
    words = ["Zug", "Bus", "Rad"]
    made = drafted({"Q1_1": cycle(words), "Q1_2": cycle(words, step=2), "Q2": cycle([1, 2, 3])})
    scale = made.scale_of("q1_1")
    assert scale.type == "categorical"
    assert list(scale.labels) == words  # as they first appear
    assert made.remark("q1_1_answers:").startswith("check: order")
    assert not any("q1_1" in [i.id for i in s.items] for s in made.instrument.scales.values())
    assert "# When the order of the answers is known: q1: {label: Q1," in made.text


def test_codes_with_a_hole_are_not_taken_for_an_order(drafted):
    """Recode values of Qualtrics need not run with the answers: here nobody has a 5."""
    made = drafted(
        {f"L_{i}": cycle([1, 6, 2, 3, 4], step=i) for i in (1, 2, 3)} | {"o": cycle([1, 2])}
    )
    scale = made.scale_of("l_1")
    assert (scale.type, scale.values) == ("categorical", (1, 2, 3, 4, 6))
    assert "nobody gave 5" in made.remark("l_1_answers:")


def test_grids_share_a_stem_and_items_are_called_by_what_they_ask(drafted):
    rows = ["I feel close", "We laugh", "I am understood"]
    table = {
        f"How much do you agree? [{row}]": cycle(AGREE, step=i) for i, row in enumerate(rows, 1)
    }
    made = drafted(table)
    assert list(made.instrument.items) == ["feel_close", "laugh", "am_understood"]
    assert [item.text for item in made.instrument.items.values()] == rows
    (scale,) = made.instrument.scales.values()
    assert scale.label == "How much do you agree?"
    assert "  # How much do you agree?" in made.text.splitlines()


def test_single_questions_in_a_row_are_a_block_only_from_three_on(drafted):
    asked = ["I sleep well", "I eat well", "I work well"]
    made = drafted({text: cycle(AGREE, step=i) for i, text in enumerate(asked, 1)})
    (scale,) = made.instrument.scales.values()
    assert len(scale.items) == 3
    assert "which items belong together" in made.remark(f"{scale.id}:")
    made = drafted({text: cycle(AGREE, step=i) for i, text in enumerate(asked[:2], 1)})
    assert [scale.model for scale in made.instrument.scales.values()] == ["single_item"]


def test_two_items_of_one_prefix_are_a_scale_of_two(drafted, likert):
    del likert["Q3_3"]
    assert drafted(likert).instrument.scales["q3"].model == "reflective_2item"


def test_a_constant_item_stays_out_of_its_scale_and_an_empty_column_out_of_the_file(
    drafted, likert
):
    made = drafted(likert | {"Q3_4": [2] * 60, "Q3_5": [""] * 60})
    assert "q3_4" in made.instrument.items
    assert [i.id for i in made.instrument.scales["q3"].items] == ["q3_1", "q3_2", "q3_3"]
    assert "same answer" in made.remark("- {id: q3_4,")
    assert "q3_5" not in made.instrument.items
    assert "# Left out (nobody answered): 1 column: Q3_5." in made.text


def test_with_fewer_people_than_items_a_scale_waits_as_a_comment(drafted, likert):
    made = drafted({name: cells[:2] for name, cells in likert.items()})
    assert "# When there are more answers than the 2 records of this file: q3: {" in made.text
    assert [s.model for s in made.instrument.scales.values()] == ["single_item"]


@pytest.mark.parametrize(
    "text",
    [
        "To show that you are reading, please select 'Disagree'.",
        "Please choose Disagree on this line",
    ],
)
def test_attention_checks_know_the_answer_that_passes(drafted, text):
    table = {f"q_{i}": cycle(AGREE, step=i) for i in (1, 2, 3)}
    made = drafted(table | {text: ["Disagree"] * 50 + ["Agree"] * 10})
    (check,) = [item for item in made.instrument.items.values() if item.role == "attention"]
    assert (check.pass_value, check.keyed) == (2, 0)
    assert not any(check.id in [i.id for i in s.items] for s in made.instrument.scales.values())
    assert "attention" in made.remark(f"- {{id: {check.id},")


def test_please_select_all_that_apply_is_no_attention_check(drafted):
    made = drafted({"Please select all that apply": cycle(["Yes", "No"])})
    (item,) = made.instrument.items.values()
    assert item.role == "scored"


# -- the code book --------------------------------------------------------------------------------


def with_book(export, **variables):
    return replace(export, variables={**export.variables, **variables})


def test_a_code_book_gives_labels_and_codes_in_the_order_of_the_words(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a\n" + "\n".join(cycle(["1", "6", "2", "3", "4"])), encoding="utf-8")
    labels = dict(zip(["1", "6", "2", "3", "4"], AGREE, strict=True))
    export = with_book(read_export(path), a=Variable(text="I agree", labels=labels))
    text = draft_instrument(export).text
    assert 'codes: ["1", "6", "2", "3", "4"]' in text
    assert "labels: [Strongly disagree, Disagree, Neither agree nor disagree, Agree" in text
    assert "the codes of the file run otherwise" in text


def test_an_ordered_code_book_is_followed_without_a_doubt(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a\n" + "\n".join(cycle(["A1", "A2", "A3"])), encoding="utf-8")
    labels = {"A1": "Zug", "A2": "Bus", "A3": "Rad"}
    variable = Variable(labels=labels, ordered=True)
    text = draft_instrument(with_book(read_export(path), a=variable)).text
    assert (
        "  a_answers: {type: ordinal, values: [1, 2, 3], labels: [Zug, Bus, Rad], "
        "codes: [A1, A2, A3]}\n"
    ) in text
    unordered = with_book(read_export(path), a=replace(variable, ordered=False))
    assert "a_answers: {type: categorical," in draft_instrument(unordered).text


def test_codes_in_alphabetical_order_are_no_order(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Smoke\n" + "\n".join(cycle(["1", "2", "3", "4"])), encoding="utf-8")
    labels = {"1": "Heavy", "2": "Nonsmoker", "3": "Occas", "4": "Regul"}
    text = draft_instrument(with_book(read_export(path), Smoke=Variable(labels=labels))).text
    assert "smoke_answers: {type: categorical," in text


def test_declared_missing_codes_are_no_answers(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a\n" + "\n".join(cycle(["1", "2", "3", "9", "77", "-3"])), encoding="utf-8")
    variable = Variable(
        missing={"9": "refused"}, reasons={"77": "not_shown"}, missing_ranges=((-5.0, -1.0),)
    )
    text = draft_instrument(with_book(read_export(path), a=variable)).text
    assert "values: [1, 2, 3]}" in text
    assert "missing_codes" not in text


def test_several_choices_in_a_cell_become_an_item_a_choice(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "What?\n" + "\n".join(cycle(["Money;", "Time;Money;", "Time;"])), encoding="utf-8"
    )
    variable = Variable(options=("Money", "Time", "Grandma's attic"), separator=";")
    text = draft_instrument(with_book(read_export(path), **{"What?": variable})).text
    assert '  - {id: money, scale: choice, column: "What? [Money]", text: Money}' in text
    assert "  choice: {type: categorical, values: [0, 1], labels: [not chosen, chosen]}\n" in text
    assert "Grandma" not in text  # nobody chose it: it may be what one person wrote


# -- columns about people -------------------------------------------------------------------------


def test_columns_get_their_roles(drafted, likert):
    made = drafted(
        likert
        | {
            "consent": ["yes"] * 58 + ["no"] * 2,
            "gender": cycle(["woman", "man", "other"]),
            "How old are you?": [20 + i for i in range(60)],
            "Anything else?": cycle(["All fine.", "No comment", ""]),
            "e-mail": [f"p{i}@example.org" for i in range(60)],
            "condition": cycle(["a", "b"]),
        }
    )
    roles = {name: column.role for name, column in made.instrument.columns.items()}
    assert roles == {
        "id": "respondent_id",
        "consent": "consent",
        "gender": "demographic",
        "old": "demographic",
        "anything_else": "free_text",
        "e_mail": "identifier",
        "condition": "group",
    }
    assert made.instrument.columns["gender"].allowed == ("woman", "man", "other")
    assert made.instrument.columns["old"].type == "integer"
    ledger = made.survey.ledger.set_index("rule")
    assert ledger.loc["consent_refused", "excluded"] == 2
    assert all(made.remark(f"{name}:").startswith("check: ") for name in ("consent", "gender"))


def test_waves_and_dyads_are_taken_only_where_the_rows_agree(drafted, likert):
    n = 60
    keys = {
        "respondent_id": [f"P{i % 30}" for i in range(n)],
        "wave": [1 + i // 30 for i in range(n)],
        "dyad_id": [f"D{i % 30 // 2}" for i in range(n)],
        "partner_role": cycle(["A", "B"]),
    }
    del likert["id"]
    roles = {c.id: c.role for c in drafted(keys | likert).instrument.columns.values()}
    assert roles == dict(zip(keys, keys, strict=True))
    keys["dyad_id"] = [f"D{i % 5}" for i in range(n)]
    roles = {c.id: c.role for c in drafted(keys | likert).instrument.columns.values()}
    assert roles["dyad_id"] == "cluster"
    assert roles["partner_role"] == "demographic"


def test_an_id_that_stands_twice_is_no_respondent_id(drafted, likert):
    likert["id"] = ["P1", *likert["id"][1:-1], "P1"]
    assert drafted(likert).instrument.columns["id"].role == "identifier"


def test_guessed_codes_of_missing_answers(drafted, likert):
    likert["Q3_1"] = [-9, *likert["Q3_1"][1:]]
    likert["Q3_2"] = ["NA", *likert["Q3_2"][1:]]
    likert["mood"] = ["Prefer not to say", *cycle(AGREE, 59)]
    made = drafted(likert)
    assert dict(made.instrument.missing_codes) == {
        "-9": "not_answered", "NA": "not_answered", "Prefer not to say": "prefer_not_to_say",
    }  # fmt: skip
    assert made.scale_of("q3_1").values == (1, 2, 3, 4, 5)
    assert made.survey.missing.loc[2].dropna().tolist() == [
        "not_answered", "not_answered", "prefer_not_to_say",
    ]  # fmt: skip


def test_a_code_that_is_an_answer_elsewhere_is_no_missing_code(drafted, likert):
    likert["Q3_1"] = [99, *likert["Q3_1"][1:]]
    likert["How old are you?"] = [40 + i for i in range(60)]  # one of them is 99
    made = drafted(likert)
    assert not made.instrument.missing_codes


# -- ids ------------------------------------------------------------------------------------------


def test_ids_are_valid_unique_and_readable(drafted):
    headings = ["Q3 1", "Q3_1", "q3_1", "3", "Ärger über Öl", "是否同意", "ISO:1", "signs"]
    made = drafted({name: cycle([1, 2, 3, 4], step=i + 1) for i, name in enumerate(headings)})
    ids = [*made.instrument.items]
    assert len(set(ids)) == len(headings)
    assert all(id_.isascii() and id_ == id_.lower() and id_.isidentifier() for id_ in ids)
    assert ids[1:3] == ["q3_1_2", "q3_1_3"]
    assert "arger_uber_ol" in ids
    assert "signs" not in ids  # that word selects scales by their role


def test_a_new_column_changes_no_other_id(drafted, likert):
    before = list(drafted(likert).instrument.items)
    after = list(drafted({"new": cycle([1, 2, 3]), **likert}).instrument.items)
    assert after == ["new", *before]


def test_headings_that_no_file_can_name_are_left_out(tmp_path):
    path = tmp_path / "x.csv"
    rows = "\n".join(f"{i % 5 + 1},{i % 4 + 1},{i % 3 + 1}" for i in range(20))
    path.write_text(f"Same,Same,Other\n{rows}\n", encoding="utf-8")
    text = draft_instrument(read_export(path)).text
    assert "# Left out (the heading stands over several columns" in text
    assert "column: Same" not in text


def test_a_heading_over_two_lines_is_found_again(drafted):
    made = drafted({"Do you\nagree? ": cycle(AGREE), "b": cycle(AGREE)})
    assert made.instrument.items["agree"].column == "Do you agree?"


# -- the rest -------------------------------------------------------------------------------------


def test_the_same_export_gives_the_same_text(drafted, likert):
    assert drafted(likert).text == drafted(likert).text


def test_a_file_of_tests_alone_is_drafted_from_them(tmp_path, likert, drafted):
    export = drafted(likert).export
    tests = replace(export, test_rows=np.ones(len(export.cells), dtype=bool))
    drafted_text = draft_instrument(tests).text
    assert "All records of the file are tests or previews" in drafted_text
    assert "q3_3" in drafted_text


def test_answers_of_test_records_do_not_count(drafted, likert):
    export = drafted(likert | {"mood": ["rare word", *cycle(["low", "high"], 59)]}).export
    tests = np.arange(60) == 0
    assert "size2" not in draft_instrument(export).text
    assert "amount2" in draft_instrument(replace(export, test_rows=tests)).text


def test_what_holds_no_questions_is_refused(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("id,notes\n1,I wrote this\n2,and that\n", encoding="utf-8")
    with pytest.raises(ExportError, match="no column looks like a question"):
        draft_instrument(read_export(path))
    with pytest.raises(ExportError, match="holds no answers"):
        draft_instrument(replace(read_export(path), kind="codebook"))
    with pytest.raises(UsageError, match="read_export"):
        draft_instrument(path)


def test_a_draft_is_saved_once(tmp_path, drafted, likert):
    draft = drafted(likert).draft
    path = draft.save(tmp_path / "mine.yaml")
    assert path.read_text(encoding="utf-8") == str(draft)
    with pytest.raises(UsageError, match="a file"):
        draft.save(path)
