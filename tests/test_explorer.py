"""Choosing in a notebook: what is shown, what follows a choice, what is left without widgets."""

import re
from dataclasses import replace
from importlib.util import find_spec

import pytest

import detachment as dt
from detachment import explorer
from detachment.errors import UsageError
from detachment.estimates.reliability import reliability

WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def survey():
    return dt.read_survey(dt.sample("couples_long.csv"))


def lists(shown):
    top, answer = shown.widget.children
    return dict(
        zip(("question", "scale", "method", "leave_out"), top.children, strict=True)
    ), answer


def test_shows_what_the_verb_says_and_how_to_ask_it_in_a_script(survey):
    shown = dt.explore(survey, scale="eff_loneliness")
    alpha = reliability(survey, scales=["eff_loneliness"])
    assert alpha.to_html() in shown.html
    assert "scales=[&#x27;eff_loneliness&#x27;]" in shown.html
    assert f"{len(survey.responses):,} rows" in shown.html
    assert repr(shown) == (
        "Explorer(question='reliability', scale='eff_loneliness', method='pearson',"
        " leave_out='nobody')"
    )


def test_every_choice_is_followed(survey):
    pytest.importorskip("ipywidgets")
    chosen, answer = lists(dt.explore(survey))
    seen = [answer.value]
    for name, word in [
        ("scale", "eff_loneliness"),
        ("leave_out", "too_fast"),
        ("question", "items"),
        ("question", "correlations"),
        ("method", "spearman"),
        ("question", "answers"),
    ]:
        chosen[name].value = word
        seen.append(answer.value)
    assert len(set(seen)) == len(seen)
    left = len(dt.exclude(survey, rules=["too_fast"]).responses)
    assert f"{left:,} rows" in answer.value
    assert "<svg" in answer.value
    assert chosen["method"].disabled  # a figure of the answers has no method
    assert "method=&#x27;spearman&#x27;" in seen[5]


def test_what_cannot_be_answered_says_why(survey):
    shown = dt.explore(survey, scale="strategies_index")
    assert "formative" in shown.html
    tiny = replace(survey, responses=survey.responses.head(0), missing=survey.missing.head(0))
    assert "Not given." in dt.explore(tiny, scale="eff_loneliness").html


@pytest.mark.parametrize(
    ("option", "word", "said"),
    [
        ("question", "alpha", "reliability"),
        ("scale", "signs_totl", "signs_total"),
        ("method", "kendall", "polychoric"),
        ("leave_out", "grade_2", "grade2"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_ones(survey, option, word, said):
    with pytest.raises(UsageError, match=said):
        dt.explore(survey, **{option: word})


def test_without_widgets_the_first_answer_stays(survey, monkeypatch):
    there = find_spec
    monkeypatch.setattr(
        explorer, "find_spec", lambda name: None if name == "ipywidgets" else there(name)
    )
    shown = dt.explore(survey, scale="eff_loneliness")
    assert shown.widget is None
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert "Loneliness" in bundle["text/html"]


def test_ids_count_up_instead_of_being_random(survey):
    pytest.importorskip("ipywidgets")
    one, two = (dt.explore(survey, scale="eff_loneliness") for _ in range(2))
    assert WIDGET in one._repr_mimebundle_()
    for shown in (one, two):
        chosen, answer = lists(shown)
        every = [shown.widget, shown.widget.children[0], answer, *chosen.values()]
        every += [each.layout for each in every] + [each.style for each in chosen.values()]
        assert all(re.fullmatch(r"detachment-explore-\d+[\w-]*", each.model_id) for each in every)
    assert one.widget.model_id != two.widget.model_id


def test_labels_stay_text(survey):
    scale = replace(survey.instrument.scales["eff_loneliness"], label="<script>alert(1)</script>")
    scales = {**survey.instrument.scales, "eff_loneliness": scale}
    hostile = replace(survey, instrument=replace(survey.instrument, scales=scales))
    assert "<script" not in dt.explore(hostile, scale="eff_loneliness").html


@pytest.mark.parametrize("kind", ["survey", "export", "instrument"])
def test_values_are_shown_as_cards_without_an_answer_in_them(survey, kind):
    value = {
        "survey": survey,
        "export": dt.read_export(dt.sample("couples_qualtrics.csv")),
        "instrument": survey.instrument,
    }[kind]
    card = value._repr_html_()
    for words in {
        "survey": ["1,400 at wave 1", "134 too_fast", "Emotional Detachment"],
        "export": ["qualtrics", "RecipientEmail", "2,320"],
        "instrument": ["unvalidated draft", "Loneliness in the relationship", "CC0-1.0"],
    }[kind]:
        assert words in card
    ids = survey.responses[survey.instrument.columns_with_role("respondent_id")[0].id].astype(str)
    assert not [one for one in ids.unique()[:50] if re.search(rf"\b{one}\b", card)]
