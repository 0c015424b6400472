"""Every explanation in both styles: what it must say, what it must never say; and the pieces."""

import re
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import detachment as dt
from detachment.errors import DetachmentWarning, UsageError
from detachment.estimates import STYLES, Result
from detachment.estimates import _sentences as pieces
from detachment.estimates._flag_words import flag_words

PAIR = {"rows": "signs_total", "columns": ["eff_satisfaction", "eff_loneliness"]}
DYADS = {"predictor": "signs_total", "outcome": "eff_satisfaction", "n_boot": 40}
EFFECT = {"scales": "eff_satisfaction"}

# fmt: off
ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "agreement": ("agreement", {"between": "partners", **EFFECT, "n_boot": 40}),
    "agreement of waves": ("agreement", {"between": "waves", **EFFECT, "n_boot": 40}),
    "apim": ("apim", DYADS),
    "apim, indistinguishable": ("apim", DYADS | {"dyads": "indistinguishable"}),
    "common fate": ("apim", DYADS | {"model": "common_fate"}),
    "dyadic mediation": ("apim", DYADS | {"mediator": "cause_stress"}),
    "cfa": ("cfa", EFFECT),
    "change": ("change", EFFECT),
    "compare": ("compare", {"by": "partner_role", **EFFECT}),
    "correlate": ("correlate", PAIR | {"bayes": True, "compare": "columns", "equivalence": 0.3}),
    "correlate, ranks": ("correlate", PAIR | {"method": "kendall", "adjust": "none"}),
    "correlate by group": ("correlate", PAIR | {"by": "partner_role", "controls": "demo_age"}),
    "cutoffs": ("cutoffs", {"scales": "signs_total", "cutoff": ">= 2.5"}),
    "dimensionality": ("dimensionality", EFFECT | {"n_random": 20}),
    "dyads": ("dyads", EFFECT),
    "efa": ("efa", {"scales": "signs_total", "n_factors": 2}),
    "invariance": ("invariance", EFFECT | {"by": "partner_role"}),
    "irt": ("irt", EFFECT),
    "items": ("items", EFFECT),
    "mediate": ("mediate", {"causes": "cause_conflict", "mediators": "signs_total",
                            "outcome": "eff_satisfaction", "n_boot": 100}),
    "moderate": ("moderate", {"predictor": "signs_total", "moderator": "style_healthy",
                              "outcome": "eff_satisfaction"}),
    "multiverse": ("multiverse", {"rows": "signs_total", "columns": "eff_satisfaction",
                                  "method": "pearson", "score": "observed"}),
    "network": ("network", {"variables": ["effects", "signs_total"]}),
    "participants": ("participants", {}),
    "partner_agreement": ("partner_agreement", {"n_boot": 40, "n_perm": 99}),
    "prevalence": ("prevalence", {"by": "partner_role"}),
    "regress": ("regress", {"outcome": "eff_satisfaction", "predictors": "signs_total"}),
    "reliability": ("reliability", {}),
    "screen": ("screen", {}),
    "sensitivity": ("sensitivity", {"rules": "grade2"}),
}
# fmt: on
EVERY = [*ASKED, "quiz", "plan"]
NO_INTERVAL = {"dimensionality", "efa", "items", "participants", "screen", "sensitivity", "plan",
               "invariance", "cfa"}  # fmt: skip

FORBIDDEN = (
    r"\bcaus(?:e[sd]?|ing) (?:by|that|the|an?|it)\b", r"\bleads? to\b", r"\bsignifican",
    r"\bproves?\b", r"\bexcellent\b", r"\bgood\b(?! as)", r"\bacceptable\b", r"\bpoor\b",
    r"\badequate\b", r"\bnan\b", r"\bNone\b", r"\*", "†", "  ", r"(?:\br|α|ω|\bp|κ) = −?0\.",
    r" ,", r"\( ", r"\(\)", r"\.\.", r"=\s*–", r"--[a-z]", r"in Python", r"\brows \d",
)  # fmt: skip
STRONG = r"\bstrong\b(?! flag)"
SYMBOLS = (
    r"[Α-ωά-ώ]", r"²", r"\bCI\b", r"\bSE\b", r"\bSD\b", r"\bICC\b", r"\bdf\b", r"\br = ",
    r"\bp [=<]", r"\bb = ", r"\bt\(", r"\bF\(", r"\bM = ", r"\bBF", r"\bSEM\b", r"\bRMSEA\b",
    r"\bCFI\b", r"KR-20", r"\bdz\b", r"ANCOVA", r"tau-b", r"\[[−.\d]",
)  # fmt: skip


@cache
def survey(file: str = "couples_long.csv") -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        return dt.read_survey(dt.sample(file))


@cache
def result(name: str) -> Result:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        if name == "plan":
            return dt.plan("correlation", r=0.2, power=0.8, retained=0.8)
        if name == "quiz":
            return dt.quiz(survey("class_quiz.csv"), n_boot=50)
        verb, options = ASKED[name]
        return getattr(dt, verb)(survey(), **options)


def test_every_kind_of_result_is_tried() -> None:
    def kinds(one: type) -> set[str]:
        return {one.__name__}.union(*(kinds(under) for under in one.__subclasses__()))

    tried = {type(result(name)).__name__ for name in EVERY}
    assert kinds(Result) - {"Result"} == tried


@pytest.mark.parametrize("name", EVERY)
def test_both_styles_are_there_and_differ(name: str) -> None:
    found = result(name)
    apa, plain = (found.explain(style=style) for style in STYLES)
    assert found.explain() == apa
    assert apa != plain
    for said in (apa, plain):
        lines = said.split("\n")
        assert all(lines)
        assert all(line[-1] in ".?!:)”" for line in lines), lines
        assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", EVERY)
def test_what_is_never_said(name: str, style: Any) -> None:
    said = result(name).explain(style=style)
    if name == "screen" and style == "apa":
        said = "\n".join(result(name).sentences(style))  # its note names grades of flags
    said = re.sub("“[^”]*”", "“”", said)  # the words of an item
    for mark in (*FORBIDDEN, STRONG):
        assert not re.search(mark, said), (mark, re.search(f".{{0,60}}{mark}.{{0,40}}", said))


@pytest.mark.parametrize("name", EVERY)
def test_what_is_always_said(name: str) -> None:
    apa, plain = (result(name).explain(style=style) for style in STYLES)
    for said in (apa, plain):
        assert re.search(r"\bn = [\d,]+", said)
    assert "\nNote. " in apa
    if name not in NO_INTERVAL:
        assert re.search(r"\d% (?:bootstrap )?CI \[", apa)
        assert plain.count("by a method that is right 95 times in 100") == 1
        assert pieces.LIKELY in plain
    assert plain.count("“By chance alone”") == (pieces.CHANCE in plain)


@pytest.mark.parametrize("name", EVERY)
def test_plain_words_are_plain(name: str) -> None:
    said = result(name).explain(style="plain").replace("(n = ", "(")
    for mark in SYMBOLS:
        assert not re.search(mark, said), (mark, re.search(f".{{0,60}}{mark}.{{0,40}}", said))


def test_an_association_is_never_more_than_that() -> None:
    for name in ("correlate", "regress", "apim", "moderate", "multiverse"):
        assert pieces.NO_CAUSE in result(name).explain(style="plain")
    for name in ("mediate", "dyadic mediation"):
        assert "not causal" in result(name).explain()


def test_what_is_special() -> None:
    apa, plain = (result("correlate").explain(style=style) for style in STYLES)
    assert "BF10 > 1,000" in apa
    assert "more than 1,000 times as likely if there is a link" in plain
    assert "Adjusted p by Holm's method for the family of 2 tests" in apa
    assert "2 questions were asked of the same answers" in plain
    refused = result("reliability").explain(style="plain")
    assert "no number is given, because it is a single question" in refused
    assert "Ask" not in refused


def test_notes_of_coefficients_are_there_with_their_numbers() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        short = dt.reliability(survey(), scales="cause_stress")
    text = " ".join(short.notes)
    assert "Omega hierarchical" not in text
    assert ("lower bound" in text) == bool(short.table["glb"].notna().any())
    whole = result("reliability")
    assert {"ω hierarchical", "GLB"} <= set(whole.display())
    assert "Omega hierarchical" in " ".join(whole.notes)


def test_an_unknown_style_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"style cannot be 'plane'.*Did you mean 'plain'"):
        result("items").explain(style="plane")  # type: ignore[arg-type]


def test_hostile_labels_stay_text() -> None:
    rng = np.random.Generator(np.random.PCG64(5))
    x = rng.normal(size=(40, 1)) + rng.normal(size=(40, 2))
    name, other = "<script>alert(1)</script>", "=cmd|' /C calc'!A0 {0} %s"
    table = pd.DataFrame(x, columns=[name, other])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        found = dt.correlate(table, rows=name, columns=other)
    for style in STYLES:
        said = found.explain(style=style)
        assert name in said
        assert other in said


@given(st.floats(0, 1))
def test_a_share_in_words_is_near_the_share(share: float) -> None:
    said = pieces.in_words(share)
    numbers = re.search(r"(\d+) in (\d+)", said)
    named = {"none": 0, "all": 1, "a quarter": 0.25, "a third": 1 / 3, "half": 0.5,
             "two thirds": 2 / 3, "three quarters": 0.75}  # fmt: skip
    value = int(numbers[1]) / int(numbers[2]) if numbers else named[said.removeprefix("about ")]
    assert abs(value - share) <= 0.021
    assert (said in ("none", "all")) == (share in (0, 1))


@given(st.floats(-5, 5), st.floats(0, 5))
def test_an_interval_with_directions_says_its_ends(low: float, width: float) -> None:
    said = pieces.likely_more(low, low + width)
    ends = [float(end) for end in re.findall(r"\d+\.\d\d", said)]
    assert sorted(ends) == pytest.approx(sorted([abs(low), abs(low + width)]), abs=0.0051)
    assert ("lower" in said, "higher" in said) == (low < 0, low + width > 0) or low * width == 0


@given(st.floats(0, 1))
def test_how_often_keeps_the_order(p: float) -> None:
    said = pieces.how_often(p)
    found = re.search(r"(\d+) times? in ([\d,]+)", said)
    value = 1.0 if found is None else int(found[1]) / int(found[2].replace(",", ""))
    assert abs(value - p) <= 0.0051


@given(st.text(max_size=60))
def test_a_note_without_hints_stays_as_it_is(text: str) -> None:
    plain = re.sub(r"[-_(=`]", "", text)
    kept = pieces.for_readers(plain, {})
    assert kept.rstrip(".:;,") == plain.rstrip(".:;,") or "Ask" in plain or "in Python" in plain


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("Left out: b; choose with --factors (n= in Python).", "Left out: b."),
        ("300 left out (rows 2, 3, and 8 more).", "300 left out."),
        ("In full (--json, --out, to_frame()).", "In full."),
        ("It is 1 - r, from -.3 on.", "It is 1 − r, from −.3 on."),
        ("Check with `detachment invariance --by wave` (dt.invariance).", ""),
    ],
)
def test_hints_for_callers_are_not_for_readers(note: str, kept: str) -> None:
    assert pieces.for_readers(note, {}) == kept


def test_pieces_say_nothing_of_what_is_missing() -> None:
    nothing: list[Callable[[], str]] = [
        lambda: pieces.likely(np.nan, 1.0),
        lambda: pieces.likely_more(0.0, np.nan),
        lambda: pieces.by_chance(np.nan),
        lambda: pieces.aside("", ""),
    ]
    assert [piece() for piece in nothing] == [""] * 4
    assert pieces.stated("d", 1.25, np.nan, 2.0, can_exceed_one=True) == "d = 1.25"


@pytest.mark.parametrize("flag", ["too_fast", "antonyms", "a_new_one"])
def test_words_of_a_flag_end_a_sentence(flag: str) -> None:
    assert re.fullmatch(r"[a-z][^.]*", flag_words(flag))
