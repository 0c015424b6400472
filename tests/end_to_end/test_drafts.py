"""Drafts of real and shipped files: they check, validate their exports, and tell of nobody."""

import json
from pathlib import Path

import pandas as pd
import pytest

from detachment import (
    draft_instrument,
    read_export,
    read_instrument,
    read_survey,
    reliability,
    sample,
    validate,
)
from detachment.errors import ExportError, SurveyError
from detachment.instruments import instrument_from_dict

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "exports"
FILES = (
    [entry["file"] for entry in json.loads((FOLDER / "EXPECTED.json").read_text(encoding="utf-8"))]
    if FOLDER.is_dir()
    else []
)
SAMPLES = (
    "class_quiz.csv",
    "couples.sav",
    "couples_long.csv",
    "couples_messy.csv",
    "couples_qualtrics.csv",
    "couples_qualtrics_labels.csv",
)
# Files of people who tested the survey: nobody is left to analyse, whatever the instrument says.
TESTS_ALONE = ("legacy_nobasis_2row.csv", "insights2016_textentry_3row.csv")


def draft_of(export, folder):
    """Text of the draft of an export, and the draft as an instrument that was read from a file."""
    text = draft_instrument(export).text
    file = folder / "draft.yaml"
    file.write_text(text, encoding="utf-8")
    return text, read_instrument(file)


def validated(export, folder):
    text, declared = draft_of(export, folder)
    if Path(export.file).name in TESTS_ALONE:
        with pytest.raises(SurveyError, match="nobody is left"):
            validate(export, declared)
        return text, declared, None
    survey = validate(export, declared)
    errors = survey.problems[survey.problems["severity"] == "error"]
    assert errors.empty, errors.to_string()
    return text, declared, survey


@pytest.mark.skipif(not FILES, reason="the outside reference files are not on this machine")
@pytest.mark.parametrize("file", FILES)
def test_real_files_are_drafted_checked_and_validated(file, tmp_path, leaked):
    export = read_export(FOLDER / file)
    if export.kind != "responses":
        with pytest.raises(ExportError, match="holds no answers"):
            draft_instrument(export)
        return
    text, declared, _ = validated(export, tmp_path)
    assert leaked(export, text, declared) == set()


@pytest.mark.parametrize("name", SAMPLES)
def test_shipped_files_are_drafted_checked_and_validated(name, tmp_path, leaked):
    export = read_export(sample(name))
    text, declared, survey = validated(export, tmp_path)
    assert leaked(export, text, declared) == set()
    assert survey.problems.empty


# -- what the draft of the sample finds -----------------------------------------------------------

# Scale of the draft -> scale of the shipped instrument with the same items.
SAME = {
    "sign": "signs_total",
    "eff_int": "eff_reduced_intimacy",
    "eff_com": "eff_communication_breakdown",
    "eff_sat": "eff_satisfaction",
    "eff_lon": "eff_loneliness",
    "eff_inf": "eff_infidelity_potential",
}


@pytest.fixture(scope="module")
def couples(tmp_path_factory):
    """Sample in choice texts, its draft, and the shipped instrument."""
    path = sample("couples_qualtrics_labels.csv")
    export = read_export(path)
    text, declared = draft_of(export, tmp_path_factory.mktemp("draft"))
    return export, text, declared, read_instrument("detachment")


def test_the_draft_finds_the_order_of_every_answer(couples):
    _, _, declared, shipped = couples
    asked = [
        i for i in shipped.items.values() if i.column in {j.column for j in declared.items.values()}
    ]
    assert len(asked) > 80
    by_column = {item.column: item for item in declared.items.values()}
    for item in asked:
        if item.role in ("attention", "self_report_effort"):
            continue
        ours = declared.response_scale(by_column[item.column].id)
        assert ours.labels == shipped.response_scale(item.id).labels, item.id


def test_the_draft_finds_the_items_of_every_scale(couples):
    _, _, declared, shipped = couples
    assert {scale.id for scale in shipped.scales.values()} >= set(SAME.values())
    for ours, theirs in SAME.items():
        assert [i.id for i in declared.scales[ours].items] == [
            i.id for i in shipped.scales[theirs].items
        ]


def test_the_draft_tells_the_instructed_item_from_the_others(couples):
    _, text, declared, shipped = couples
    check = declared.items["check_instructed"]
    assert check.role == "attention"
    assert check.pass_value == shipped.items["check_instructed"].pass_value
    hinted = {
        line.split("id: ")[1].split(",")[0] for line in text.splitlines() if "reversed?" in line
    }
    # One camp of each block: the key of the other camp is the same scale, turned round.
    assert hinted == {
        "eff_int_2", "eff_int_3", "eff_com_3", "eff_sat_2", "eff_sat_4", "eff_lon_3", "eff_inf_3",
    }  # fmt: skip


def test_reliability_with_the_draft_is_that_of_the_shipped_instrument(couples):
    export, _, declared, shipped = couples
    layout = declared.to_dict()
    for entry in layout["items"]:
        item = shipped.items.get(entry["id"])
        if item is not None and item.keyed == -1:
            entry["keyed"] = -1
    rekeyed = validate(export, instrument_from_dict(layout))
    survey = read_survey(sample("couples_qualtrics_labels.csv"))
    columns = ["n_items", "n", "missing", "alpha", "alpha_low", "alpha_high", "omega_total"]
    same = {k: v for k, v in SAME.items() if k != "eff_inf"}  # masked for some by the shipped one
    by = {"interval": "jackknife"}  # which has nothing to warn of in skewed answers
    ours = reliability(rekeyed, scales=list(same), **by).to_frame()[columns]
    theirs = reliability(survey, scales=list(same.values()), **by).to_frame()[columns]
    pd.testing.assert_frame_equal(ours, theirs)
    # The signs need no other key: there the draft is right as it is.
    plain = reliability(validate(export, declared), scales=["sign"], **by).to_frame()[columns]
    pd.testing.assert_frame_equal(plain, theirs.iloc[[0]])


def test_numbers_and_choice_texts_are_drafted_with_the_same_items(couples):
    _, _, words, _ = couples
    numbers = draft_instrument(read_export(sample("couples_qualtrics.csv"))).text
    for scale in words.scales.values():
        listed = ", ".join(item.id for item in scale.items)
        assert f"items: [{listed}]" in numbers
