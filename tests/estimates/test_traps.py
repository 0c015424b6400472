"""Bad input through every verb: a right answer, one with a named warning, or a clear error."""

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import DataWarning, DetachmentError, Refusal, SurveyError, UsageError
from detachment.estimates import (
    agreement,
    cfa,
    correlate,
    dimensionality,
    efa,
    invariance,
    irt,
    items,
    reliability,
)

RANGE = {"values": (1, 5)}
VERBS = {"reliability": reliability, "items": items, "correlate": correlate}
SILENT = ""


def base() -> pd.DataFrame:
    rng = np.random.Generator(np.random.PCG64(5))
    latent = rng.normal(size=(60, 1)) + 0.8 * rng.normal(size=(60, 5))
    return pd.DataFrame(np.clip(np.rint(3 + latent), 1, 5).astype(int), columns=list("abcde"))


F = base()
EVEN = pd.Series(np.arange(60) % 2 == 0)


def at(row: int, value: float) -> pd.DataFrame:
    return F.assign(c=F["c"].astype(float).where(F.index != row, value))


# name: table, options, what reliability, items, and correlate say (a warning, or an error's words)
TRAPS: dict[str, tuple[pd.DataFrame, dict[str, Any], str, str, str]] = {
    "fine": (F, RANGE, SILENT, SILENT, SILENT),
    "unreversed": (F.assign(c=6 - F.c), RANGE, *["c goes against the rest"] * 2, SILENT),
    "constant": (
        F.assign(c=3), RANGE, *[r"c is constant \(every answer is 3\), so the statistics"] * 2,
        "c is constant",
    ),
    "empty": (F.assign(c=np.nan), RANGE, *["c has no answers"] * 2, "c has no values"),
    "duplicated": (
        F.assign(c=F.a), RANGE, *["a and c have the same answer in every row"] * 2,
        "same numbers in every row that has both: a and c",
    ),
    "typo": (at(7, 55), RANGE, *[r"c: 1 answer not on its response scale.*row 8 \(55\)"] * 3),
    "typo, no range": (at(7, 55), {}, *["c holds 55 in 1 row and otherwise 1–5"] * 3),
    "code": (
        F.assign(c=F.c.where(EVEN, -99)), RANGE,
        *[r"c: 30 answers not on its .*row 2 \(-99\).*and 25 more"] * 3,
    ),
    "code, no range": (F.assign(c=F.c.where(EVEN, -99)), {}, *["c: holds -99 30 times"] * 3),
    "half points": (F.assign(c=(F.c + 0.5).clip(1, 5)), RANGE, *[SILENT] * 3),
    "numbers as text": (F.assign(c=F.c.astype(str)), RANGE, *["c: holds numbers as text"] * 3),
    "labels": (F.assign(c="Agree"), RANGE, *["column 'c', row 1: .* is not a number"] * 3),
    "two camps": (
        pd.DataFrame({"a": F.a, "b": 6 - F.b, "c": F.c, "d": 6 - F.d}), RANGE,
        *["b and d go against a and c"] * 2, SILENT,
    ),
    "one row": (F.head(1), RANGE, SILENT, SILENT, SILENT),
    "no rows": (F.head(0), RANGE, *["no rows or no columns"] * 3),
    "a row of missing": (at(3, np.nan).assign(**{k: F[k].astype(float).where(F.index != 3)
                                                 for k in "abde"}), RANGE, *[SILENT] * 3),
    "infinite": (at(7, np.inf), RANGE, *[r"c: 1 answer not on its .*row 8 \(inf\)"] * 3),
    "nullable": (F.astype("Int8").mask(F == 1), RANGE, *[SILENT] * 3),
    "column names twice": (
        pd.concat([F, F[["a"]]], axis=1), RANGE, *["two columns are called 'a'"] * 3,
    ),
    "an id": (F.assign(id=np.arange(1000, 1060)), {}, *["id: looks like an id"] * 3),
    "straight-liners": (
        pd.DataFrame(dict.fromkeys("abcde", F.a)), RANGE,
        *["everyone gives one answer to all of them"] * 2, "same numbers in every row",
    ),
    "one item": (F[["a"]], RANGE, "single_item", SILENT, "correlates with itself"),
    "two items": (F[["a", "b"]], RANGE, *[SILENT] * 3),
    "fewer rows than items": (
        F.iloc[[0, 5, 20, 30]], RANGE,
        *[r"fewer respondents \(4\) than items \(5\)"] * 2,
        r"Perfect correlations: b and d \(r = −1.00, n = 4\)",
    ),
    "nothing": (
        F * np.nan, RANGE, *["any of its items is answered by 0 respondents"] * 2,
        "Nobody has a value",
    ),
}  # fmt: skip
ERRORS = {
    ("labels", None), ("no rows", None), ("column names twice", None),
    ("one item", "reliability"), ("one item", "correlate"), ("nothing", "correlate"),
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("trap", TRAPS)
def test_trap(trap, verb):
    table, options, *words = TRAPS[trap]
    said = words[list(VERBS).index(verb)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if (trap, None) in ERRORS or (trap, verb) in ERRORS:
            with pytest.raises(DetachmentError, match=said) as error:
                VERBS[verb](table, **options)
            assert isinstance(error.value, SurveyError | Refusal)
            return
        result = VERBS[verb](table, **options)
    assert all(warning.category is DataWarning for warning in caught)
    assert all(warning.filename == __file__ for warning in caught)
    messages = [str(warning.message) for warning in caught]
    assert sorted(messages) == sorted(result.warnings)
    assert len(set(messages)) == len(messages)
    if said:
        assert any(re.search(said, message) for message in messages), messages
    else:
        assert not messages
    assert result.to_html()
    assert result.explain()
    assert not np.isinf(result.table.select_dtypes("float64").to_numpy()).any()


MODELS = {
    "agreement": agreement, "dimensionality": dimensionality, "efa": efa, "cfa": cfa,
    "invariance": invariance, "irt": irt,
}  # fmt: skip
# What a verb says of so few people whatever else they answer.
ALWAYS = {
    "irt": "are few for an item response model",
    "invariance": "^Small groups: x|^b: nobody in group y|^Group y: the polychoric correlations",
}
LEFT_OUT, TWICE = "so the statistics of this scale are those of the other 4", "the same answer in"
ROWS, IMPROPER = "!no rows or no columns", "not positive definite"
AGAINST, CAMPS = "c goes against the rest", "do not go one way"
SAME, NOTHING = f"!a and c have {TWICE}", "!a has no answers"
LABELS, NAMES = "!column 'c', row 1: .* is not a number", "!two columns are called 'a'"
TYPO, FAR = r"c: 1 answer not on its .*row 8 \(55\)", "c holds 55 in 1 row and otherwise 1–5"
CODE, HOLDS = r"c: 30 answers not on its .*row 2 \(-99\)", "column c: holds -99 30 times"
ID, COPIES = "id: looks like an id", "everyone gives one answer to all of them"
THREE = "!at least three are needed"
# trap: what agreement, dimensionality, efa, cfa, invariance, and irt say; errors begin with "!"
OF_MODELS: dict[str, tuple[str, str, str, str, str, str]] = {
    "fine": (SILENT,) * 6,
    "unreversed": ("c goes against the other raters", SILENT, SILENT, *[AGAINST] * 3),
    "constant": (
        "c gives the same answer everywhere", LEFT_OUT, LEFT_OUT, *["!c is constant"] * 2, LEFT_OUT,
    ),
    "empty": ("c has no answers", LEFT_OUT, LEFT_OUT, *["!c has no answers"] * 2, LEFT_OUT),
    "duplicated": (
        f"a and c have {TWICE}", TWICE, IMPROPER, SAME, SAME, "the model did not converge",
    ),
    "typo": (TYPO,) * 6,
    "typo, no range": (FAR,) * 6,
    "code": (CODE, CODE, CODE, CODE, "!c: the groups share fewer than two", CODE),
    "code, no range": (HOLDS, HOLDS, HOLDS, HOLDS, "!c does not vary in group y", HOLDS),
    "half points": (SILENT,) * 6,
    "numbers as text": ("c: holds numbers as text",) * 6,
    "labels": (LABELS,) * 6,
    "two camps": ("The raters go against one another", SILENT, SILENT, CAMPS, CAMPS, CAMPS),
    "one row": (
        SILENT, "!answered by 1 resp", "!answered by 1 resp", "!a is constant",
        "!g makes 1 group", SILENT,
    ),
    "no rows": (ROWS,) * 6,
    "a row of missing": (SILENT,) * 6,
    "infinite": (r"c: 1 answer not on its .*row 8 \(inf\)",) * 6,
    "nullable": (SILENT,) * 6,
    "column names twice": (NAMES,) * 6,
    "an id": (ID,) * 6,
    "straight-liners": (
        f"a and b have {TWICE}", COPIES, "would have no unique variance",
        *[f"!a and b, .* have {TWICE}"] * 2, COPIES,
    ),
    "one item": (
        "!at least two raters", THREE, THREE, *["!no scale whose items reflect a factor"] * 2,
        "!its model is single_item",
    ),
    "two items": (SILENT, THREE, THREE, "it is not identified", SILENT, "!at least 3 are needed"),
    "fewer rows than items": (
        "b goes against the other raters", "fewer respondents", "!more respondents than items",
        "!the covariance matrix is singular", "!a: the groups share fewer than two",
        "the model did not converge",
    ),
    "nothing": (
        "a has no answers", *["!answered by 0 respondents"] * 2, NOTHING, NOTHING,
        "any of its items is answered by 0 respondents",
    ),
}  # fmt: skip


def test_every_trap_is_set_for_every_verb():
    assert [*OF_MODELS] == [*TRAPS]


@pytest.mark.parametrize("verb", MODELS)
@pytest.mark.parametrize("trap", OF_MODELS)
def test_trap_of_models(trap, verb):
    table, options = TRAPS[trap][:2]
    said = OF_MODELS[trap][list(MODELS).index(verb)]
    if verb == "invariance":
        group = np.resize(["x", "y"], len(table))
        table = table.copy()
        table.insert(len(table.columns), "g", group)
        options = options | {"by": "g"}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if said.startswith("!"):
            with pytest.raises(DetachmentError, match=said[1:]) as error:
                MODELS[verb](table, **options)
            assert isinstance(error.value, SurveyError | Refusal | UsageError)
            return
        result = MODELS[verb](table, **options)
    assert all(warning.category is DataWarning for warning in caught)
    assert all(warning.filename == __file__ for warning in caught)
    messages = [str(warning.message) for warning in caught]
    assert sorted(messages) == sorted(result.warnings)
    assert len(set(messages)) == len(messages)
    if verb in ALWAYS:
        messages = [text for text in messages if not re.search(ALWAYS[verb], text)]
    if said:
        assert any(re.search(said, message) for message in messages), messages
    else:
        assert not messages
    assert result.to_html()
    assert result.explain()
    assert not np.isinf(result.table.select_dtypes("float64").to_numpy()).any()


def number(table, column, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return reliability(table, **options).table.iloc[0][column]


def test_what_is_left_out_leaves_the_right_answer():
    without = F.drop(columns="c")
    for spoiled in (F.assign(c=3), F.assign(c=np.nan)):
        assert number(spoiled, "alpha", **RANGE) == number(without, "alpha", **RANGE)
        assert number(spoiled, "n_items", **RANGE) == 4
    missing = F.assign(c=F["c"].astype(float).where(F.index != 7))
    for value in (55, np.inf, -99):
        assert number(at(7, value), "alpha", **RANGE) == number(missing, "alpha", **RANGE)
    text = F.astype(str)
    assert number(text, "alpha", **RANGE) == number(F, "alpha", **RANGE)
    assert number(F.astype("Int8"), "alpha", **RANGE) == number(F, "alpha", **RANGE)


def test_a_scale_with_too_little_left_has_no_number():
    result = F[["a", "b"]].assign(c=3)
    with pytest.warns(DataWarning, match="only 2 of its 3 items can be used"):
        row = reliability(result, **RANGE).table.iloc[0]
    assert np.isnan(row["alpha"])
    assert row["reason"] == "only 2 of its 3 items can be used (c is constant (every answer is 3))"


def test_nobody_answers_two_items():
    apart = F.astype(float).copy()
    apart.loc[EVEN, "a"] = np.nan
    apart.loc[~EVEN, "b"] = np.nan
    row = reliability(apart, **RANGE).table.iloc[0]
    assert np.isnan(row["alpha"])
    assert row["reason"].startswith("a and b were answered together by 0 respondents")


@pytest.mark.parametrize("more", [{}, {"c": [1, 5, 2, 5] + [3, 3, 2, 4, 3] * 8}])
def test_pairwise_covariances_beyond_one_give_no_number(more):
    # The four who answered both items differ far more than the twenty who answered one of them.
    alone, nobody = [3, 3, 2, 4, 3] * 4, [np.nan] * 20
    extremes = {"a": [1, 5, 1, 5, *alone, *nobody], "b": [2, 5, 1, 5, *nobody, *alone]}
    table = pd.DataFrame(extremes | more)
    row = reliability(table).table.iloc[0]
    assert np.isnan(row[["alpha", "alpha_low", "mean_interitem_r", "sem"]].astype(float)).all()
    assert "pairwise covariances contradict one another" in row["reason"]
    about = items(table, values=(1, 5))
    assert about.table["item_rest_r"].isna().all()
    assert any("contradict one another" in note for note in about.notes)
    listwise = reliability(table, missing="listwise").table.iloc[0]
    assert 0.9 < listwise["alpha"] < 1


def test_improper_and_singular_solutions_give_no_number_but_the_reason():
    copied = F.assign(c=F.a)
    with pytest.warns(DataWarning):
        row = reliability(copied, **RANGE).table.iloc[0]
    assert np.isnan(row["lambda_6"])
    assert "lambda_6: the covariance matrix is not positive definite" in row["reason"]
    with pytest.warns(DataWarning):
        row = reliability(pd.DataFrame(dict.fromkeys("abcde", F.a)), **RANGE).table.iloc[0]
    assert row["alpha"] == 1
    assert np.isnan(row["omega_total"])
    assert "omega_total: the one-factor solution is improper" in row["reason"]


def test_negative_average_covariance_is_named_and_alpha_stands_as_computed():
    camps = pd.DataFrame({"a": F.a, "b": 6 - F.b, "c": F.c, "d": 6 - F.d, "e": 6 - F.e})
    with pytest.warns(DataWarning, match="do not go one way"):
        row = reliability(camps[["a", "b", "c", "d"]], **RANGE).table.iloc[0]
    assert row["alpha"] < 0
    assert row["mean_interitem_r"] < 0


def test_codes_off_the_scale_are_named_with_row_and_value(make_survey, small_table):
    small_table["s2"][3] = 55
    small_table["k1"][0] = 55
    survey = make_survey(small_table)
    pattern = r"s2 \(column Q2\): 1 answer not on its response scale.*row 5 \(55\)"
    with pytest.warns(DataWarning, match=pattern):
        result = reliability(survey, scales="trouble")
    assert len(result.warnings) == 1  # that of the quiz does not touch this scale
    assert "declare their code in missing_codes" in result.warnings[0]
    clean = small_table | {"s2": [None if v == 55 else v for v in small_table["s2"]]}
    again = reliability(make_survey(clean), scales="trouble")
    assert again.table["alpha"].item() == result.table["alpha"].item()
    assert again.warnings == ()


def test_no_personal_value_in_any_message(make_survey, small_table):
    small_table["id"] = [f"ann{k}@example.org" for k in range(40)]
    small_table["s2"][3] = 55
    with pytest.warns(DataWarning) as caught:
        result = reliability(make_survey(small_table))
    text = " ".join([*(str(w.message) for w in caught), result.to_html(), str(result.to_dict())])
    assert "example.org" not in text


def test_a_word_in_place_of_an_answer_is_not_quoted(make_survey, small_table):
    small_table["s2"][3] = "Annegret Mustermann"
    with pytest.warns(DataWarning, match=r"s2 \(column Q2\): 1 answer .* as missing: row 5\. "):
        result = reliability(make_survey(small_table), scales="trouble")
    assert "Annegret" not in str(result.to_dict())
    assert "another spelling of an answer under aliases" in result.warnings[0]
    assert "missing_codes" not in result.warnings[0]


def test_what_the_reader_guessed_stands_in_every_result(make_survey, small_table):
    survey = make_survey(small_table)
    guessed = "the file is not UTF-8; it was read as Windows-1252"
    heard = replace(survey, provenance={**survey.provenance, "warnings": [guessed]})
    for verb in VERBS.values():
        assert guessed in verb(heard).warnings
        assert guessed not in verb(survey).warnings


# ---------------------------------------------------------------- questions of several variables
def with_metadata(table: pd.DataFrame) -> pd.DataFrame:
    """Pairs, roles, two waves of each person, and two groups beside the answers."""
    n = len(table)
    half = np.arange(n) // 2
    beside = {"dyad": half, "role": np.resize(["p", "q"], n), "wave": np.resize([1, 2], n),
              "who": half, "g": np.resize(list("xxyy"), n)}  # fmt: skip
    return pd.concat([table, pd.DataFrame(beside, index=table.index)], axis=1)


def every(table: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(table.columns))


def no_range(options: dict[str, Any]) -> dict[str, Any]:
    """``change`` has no answers that are off their scale: waves may have several."""
    return {name: value for name, value in options.items() if name != "values"}


PAIRS = {"dyad": "dyad", "role": "role"}
RELATIONS: dict[str, Callable[[pd.DataFrame, dict[str, Any]], Any]] = {
    "prevalence": lambda t, o: dt.prevalence(t, present_from=4, **o),
    "compare": lambda t, o: dt.compare(with_metadata(t), by="g", scales=every(t), **o),
    "regress": lambda t, o: dt.regress(t, outcome="c", predictors=["a", "b"], **o),
    "mediate": lambda t, o: dt.mediate(
        t, causes="a", mediators="b", outcome="c", n_boot=100, **o),
    "moderate": lambda t, o: dt.moderate(t, predictor="a", moderator="b", outcome="c", **o),
    "dyads": lambda t, o: dt.dyads(with_metadata(t), scales=every(t), **PAIRS, **o),
    "apim": lambda t, o: dt.apim(
        with_metadata(t), predictor="a", outcome="c", n_boot=50, **PAIRS, **o),
    "partner_agreement": lambda t, o: dt.partner_agreement(
        with_metadata(t), self_report=["a", "b"], partner_report=["c", "d"], n_boot=50, n_perm=50,
        **PAIRS, **o),
    "change": lambda t, o: dt.change(
        with_metadata(t), scales=every(t), wave="wave", respondent="who", **no_range(o)),
    "cutoffs": lambda t, o: dt.cutoffs(t, scales="c", cutoff=">= 4", **o),
    "multiverse": lambda t, o: dt.multiverse(
        t, rows=["a", "b"], columns=["c"], method="pearson", **o),
}  # fmt: skip
LIKELIHOOD = "Only 30 dyads: standard errors of maximum likelihood"
FEW_DYADS = r"Both reports are there in 2\d dyads only"
# What a verb says of so few people whatever else they answer.
SAID_ANYWAY = {
    "apim": LIKELIHOOD, "partner_agreement": FEW_DYADS, "mediate": "The proportion mediated",
}  # fmt: skip
EMPTY, TEXT = "!Nobody has a value of c", "c: holds numbers as text"
WORDS = "!c holds words, and has 1 category in these rows: nothing can be compared"
EXACT = r"!c follows exactly from a[, ].*\(R² = 1\)"
SINGULAR = "!Some of the variables follow from the others"
CONSTANT = "!c is constant among the 60 rows used"
COLLINEAR = "!a and b are collinear"
TWICE_NAMED = "!two columns are called 'a'; rename them"
UNKNOWN_B, UNKNOWN_C = "!there is no column 'b'", "!there is no column 'c'"
TOO_FEW = "!1 row with values of all variables, and the regression of c has 3 coefficients"
ALONE = "!There is no dyad with two partners"
NOBODY = "!Nobody has a value of"
SLOPES = ("regress", "mediate", "moderate")
# trap -> verb (or *: every other one) -> what it says; a "~" begins the reason of a missing number.
OF_RELATIONS: dict[str, dict[str, str]] = {
    "fine": {"*": SILENT},
    "unreversed": {"*": SILENT},
    "constant": {
        **dict.fromkeys(SLOPES, CONSTANT), "apim": "!c never differs between partners",
        "compare": "~do not vary within the groups", "dyads": "~nobody's score differs",
        "change": "~everyone changed alike", "multiverse": "~one of the variables is constant",
        "*": SILENT,
    },
    "empty": {"*": EMPTY},
    "duplicated": {**dict.fromkeys(SLOPES, EXACT), "apim": SINGULAR, "*": SILENT},
    "typo": {"change": FAR, "*": TYPO},
    "typo, no range": {"*": FAR},
    "code": {"change": HOLDS, "apim": "!0 of these dyads have every value", "*": CODE},
    "code, no range": {"apim": "!c is the same for everybody among partners q", "*": HOLDS},
    "half points": {"*": SILENT},
    "numbers as text": {"*": TEXT},
    "labels": {
        "prevalence": SILENT, "cutoffs": "!No variable that is named holds numbers: c", "*": WORDS,
    },
    "two camps": {"*": SILENT},
    "one row": {
        **dict.fromkeys(SLOPES, TOO_FEW), "compare": "!g makes 1 group of these rows",
        **dict.fromkeys(("dyads", "apim", "partner_agreement"), ALONE),
        "change": r"!Change needs two waves, and these rows have 1 wave \(1\)",
        "multiverse": "~1 respondent with both variables is too few", "*": SILENT,
    },
    "no rows": {"*": ROWS},
    "a row of missing": {"*": SILENT},
    "infinite": {"*": r"c: 1 answer not on its .*row 8 \(inf\)"},
    "nullable": {"*": SILENT},
    "column names twice": {"cutoffs": SILENT, "*": TWICE_NAMED},  # "c" stands there once
    "an id": {**dict.fromkeys(("prevalence", "compare", "dyads", "change"), ID), "*": SILENT},
    "straight-liners": {
        **dict.fromkeys(SLOPES, COLLINEAR), "apim": SINGULAR,
        "partner_agreement": "~or the judgements from them", "*": SILENT,
    },
    "one item": {
        **dict.fromkeys(("regress", "moderate", "apim", "cutoffs"), UNKNOWN_C),
        **dict.fromkeys(("mediate", "partner_agreement", "multiverse"), UNKNOWN_B), "*": SILENT,
    },
    "two items": {
        **dict.fromkeys((*SLOPES, "apim", "cutoffs", "partner_agreement", "multiverse"), UNKNOWN_C),
        "*": SILENT,
    },
    "fewer rows than items": {
        **dict.fromkeys(SLOPES, EXACT), "moderate": "!4 rows have every variable",
        "dyads": "~in 2 dyads, and at least 3 are needed",
        "apim": "!2 of these dyads have every value of c and a, and this model",
        "partner_agreement": "!both there in 2 dyads; at least 3 are needed",
        "change": "~everyone changed alike", "*": SILENT,
    },
    "nothing": {"*": NOBODY},
}  # fmt: skip


def reasons(result: Any) -> str:
    """Why numbers are missing, wherever a table says so."""
    tables = [result.table, *result.parts.values()]
    return "; ".join(
        text for t in tables if "reason" in t for text in t["reason"].dropna().unique()
    )


def finite(result: Any) -> bool:
    """No number of any table is without bounds."""
    tables = [result.table, *result.parts.values()]
    return not any(np.isinf(t.select_dtypes("float64").to_numpy()).any() for t in tables)


def trapped(call: Callable[[], Any], said: str, anyway: str = "") -> Any:
    """Right, right with a named warning, missing with a reason ("~"), or a clear error ("!")."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if said.startswith("!"):
            with pytest.raises(DetachmentError, match=said[1:]) as error:
                call()
            assert isinstance(error.value, SurveyError | Refusal | UsageError)
            assert str(error.value).count("nan") == 0
            return None
        result = call()
    assert all(warning.category is DataWarning for warning in caught)
    assert all(warning.filename == __file__ for warning in caught)
    messages = [str(warning.message) for warning in caught]
    assert sorted(messages) == sorted(result.warnings)
    assert len(set(messages)) == len(messages)
    if anyway:
        messages = [text for text in messages if not re.search(anyway, text)]
    if said.startswith("~"):
        assert re.search(said[1:], reasons(result)), reasons(result)
    elif said:
        assert any(re.search(said, message) for message in messages), messages
    if not said or said.startswith("~"):
        assert not messages
    assert finite(result)
    for shown in (result.to_html(), result.explain()):
        assert shown
        assert "nan" not in re.split(r"[^A-Za-z]+", shown)
        assert "∞" not in shown
    return result


def test_every_trap_is_set_for_every_relation():
    assert [*OF_RELATIONS] == [*TRAPS]
    for said in OF_RELATIONS.values():
        assert {*said} <= {*RELATIONS, "*"}


@pytest.mark.parametrize("verb", RELATIONS)
@pytest.mark.parametrize("trap", OF_RELATIONS)
def test_trap_of_relations(trap, verb):
    table, options = TRAPS[trap][:2]
    said = OF_RELATIONS[trap].get(verb, OF_RELATIONS[trap]["*"])
    trapped(lambda: RELATIONS[verb](table, options), said, SAID_ANYWAY.get(verb, ""))


def test_words_are_named_where_they_are_left_out():
    labels = F.assign(c="Agree")
    with_groups = with_metadata(labels)[["a", "b", "c", "g"]]
    for result in (dt.prevalence(labels, present_from=4), dt.compare(with_groups, by="g")):
        assert "Left out: c, which holds words, not numbers." in result.notes
        left = result.table.iloc[:, 0].astype(str).tolist() + result.explain().split()
        assert "c:" not in left


def test_the_mediated_share_of_nothing_is_not_given():
    # What goes by way of b and what does not are each other's opposite.
    a = pd.Series([1, 1, 2, 2, 3, 3, 4, 4] * 5)
    noise = pd.Series([1, -1] * 20)
    table = pd.DataFrame({"a": a, "b": a + noise, "c": 2 * noise + np.resize([1, -1, -1, 1], 40)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        result = dt.mediate(table, causes="a", mediators="b", outcome="c", n_boot=50)
    share = result.table.set_index("effect").loc["proportion"]
    assert share[["estimate", "se", "low", "high"]].isna().all()
    assert share["reason"].startswith("the total effect is 0, of which there are no parts")
    assert finite(result)


# ---------------------------------------------------------------- dyads
def dyadic(n: int = 60) -> pd.DataFrame:
    """Own answers x and y, and z, what each says of the partner's x."""
    rng = np.random.Generator(np.random.PCG64(3))
    latent = rng.normal(size=(n, 1))
    x = np.clip(np.rint(3 + latent + rng.normal(size=(n, 2))), 1, 5)
    y = np.clip(np.rint(3 - 0.5 * latent + rng.normal(size=(n, 2))), 1, 5)
    z = np.clip(np.rint(x[:, ::-1] + 0.7 * rng.normal(size=(n, 2))), 1, 5)
    return pd.DataFrame(
        {"dyad": np.repeat(np.arange(n), 2), "role": ["p", "q"] * n,
         "x": x.ravel(), "y": y.ravel(), "z": z.ravel()}
    )  # fmt: skip


D = dyadic()
THIRD = pd.DataFrame({"dyad": [0], "role": ["p"], "x": [3.0], "y": [2.0], "z": [2.0]})
DYADIC: dict[str, pd.DataFrame] = {
    "one dyad": D.head(2),
    "two dyads": D.head(4),
    "a dyad of three": pd.concat([D, THIRD], ignore_index=True),
    "two of one role": D.assign(role=["p", "p"] + ["p", "q"] * 59),
    "all of one role": D.assign(role="p"),
    "three roles": D.assign(role=["p", "q", "r", "p"] * 30),
    "all singles": D.assign(dyad=np.arange(120)),
    "no dyad known": D.assign(dyad=np.nan),
    "no role known": D.assign(role=None),
    "one partner only": D[D["role"] == "p"].reset_index(drop=True),
    "partners alike": D.assign(x=np.repeat(D["x"].to_numpy()[::2], 2)),
}
OF_DYADS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "dyads": lambda t: dt.dyads(t, scales=["x", "y"], **PAIRS),
    "apim": lambda t: dt.apim(t, predictor="x", outcome="y", n_boot=50, **PAIRS),
    "partner_agreement": lambda t: dt.partner_agreement(
        t, self_report=["x"], partner_report=["z"], n_boot=50, n_perm=50, **PAIRS),
    "regress": lambda t: dt.regress(t, outcome="y", predictors="x", dyad="dyad"),
    "mediate": lambda t: dt.mediate(
        t, causes="x", mediators="z", outcome="y", dyad="dyad", n_boot=50),
    "moderate": lambda t: dt.moderate(t, predictor="x", moderator="z", outcome="y", dyad="dyad"),
    "prevalence": lambda t: dt.prevalence(t, scale=["x", "y"], present_from=4, dyad="dyad"),
    "compare": lambda t: dt.compare(
        t.assign(g=np.resize(list("uuvv"), len(t))), by="g", scales=["x", "y"], dyad="dyad"),
    "multiverse": lambda t: dt.multiverse(
        t, rows="x", columns="y", method="pearson", dyad="dyad"),
    "cutoffs": lambda t: dt.cutoffs(t, scales="x", cutoff="< 3", dyad="dyad"),
}  # fmt: skip
PARTNERS = ("dyads", "apim", "partner_agreement")
NO_DYADS = "!There are no dyads in these rows: no column says who is whose partner, or it is empty"
SAID_OF_DYADS: dict[str, dict[str, str]] = {
    "one dyad": {
        "dyads": "~in 1 dyad, and at least 3 are needed",
        "apim": "!1 of these dyads has every value", "partner_agreement": "!both there in 1 dyad;",
        **dict.fromkeys(SLOPES, "!2 rows with values of all variables"),
        "compare": "!g makes 1 group of these rows", "multiverse": "~2 respondents .* are too few",
        "prevalence": SILENT, "cutoffs": SILENT,
    },
    "two dyads": {
        "dyads": "~in 2 dyads, and at least 3 are needed",
        "apim": "!2 of these dyads have every value",
        "partner_agreement": "!both there in 2 dyads;",
        **dict.fromkeys(SLOPES, "!2 dyads are too few for errors of"),
        "compare": "~too few clusters in a group", "multiverse": "~4 respondents .* are too few",
        "prevalence": SILENT, "cutoffs": SILENT,
    },
    "a dyad of three": {}, "two of one role": {}, "all of one role": {},
    "three roles": {"apim": LIKELIHOOD},
    "all singles": dict.fromkeys(PARTNERS, ALONE),
    "no dyad known": dict.fromkeys(PARTNERS, NO_DYADS),
    "no role known": {},
    "one partner only": dict.fromkeys(PARTNERS, ALONE),
    "partners alike": {
        "apim": "!x never differs between partners",
        "partner_agreement": "~truth and bias follow from each other",
    },
}  # fmt: skip


@pytest.mark.parametrize("verb", OF_DYADS)
@pytest.mark.parametrize("trap", DYADIC)
def test_trap_of_dyads(trap, verb):
    said = SAID_OF_DYADS[trap].get(verb, SILENT)
    result = trapped(lambda: OF_DYADS[verb](DYADIC[trap]), said)
    if result is None:
        return
    if verb in PARTNERS and trap == "a dyad of three":
        pairing = result.parts["pairing"].set_index("finding") if verb != PARTNERS[2] else None
        if pairing is not None:
            left = pairing[~pairing["used"]]
            assert left["respondents"].tolist() == [3]
    if verb in ("dyads", "apim") and trap in ("all of one role", "no role known"):
        assert "indistinguishable" in result.explain()
    if verb in SLOPES and trap in ("all singles", "no dyad known", "one partner only"):
        assert not any("by dyad" in note for note in result.notes)


# ---------------------------------------------------------------- groups
def grouped() -> pd.DataFrame:
    rng = np.random.Generator(np.random.PCG64(4))
    x, y = rng.integers(1, 6, size=(2, 60)).astype(float)
    return pd.DataFrame({"x": x, "y": y, "g": np.resize(list("uv"), 60)})


G = grouped()
GROUPED: dict[str, pd.DataFrame] = {
    "one group": G.assign(g="u"),
    "no group": G.assign(g=None),
    "an empty group": G.assign(g=pd.Categorical(G["g"], categories=["u", "v", "w"])),
    "a group without answers": G.assign(x=G["x"].where(G["g"] == "u")),
    "a group of 1": G.assign(g=["w", *G["g"][1:]]),
    "two groups of 1": G.head(2),
    "all equal": G.assign(x=3.0),
    "equal within groups": G.assign(x=np.where(G["g"] == "u", 2.0, 4.0)),
    "each their own": G.assign(g=[f"n{k}" for k in range(60)]),
    "numbers as groups": G.assign(g=np.resize([1, 2], 60)),
    "group unknown of some": G.assign(g=G["g"].where(G.index > 4)),
}
OF_GROUPS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "compare": lambda t: dt.compare(t, by="g", scales=["x", "y"]),
    "prevalence": lambda t: dt.prevalence(t, scale=["x", "y"], present_from=4, by="g"),
    "cutoffs": lambda t: dt.cutoffs(t, scales="x", cutoff="< 3", by="g"),
    "regress": lambda t: dt.regress(t, outcome="y", predictors=["x", "g"]),
    "moderate": lambda t: dt.moderate(t, predictor="x", moderator="g", outcome="y"),
}
LINES = ("regress", "moderate")
ONE_WORD = "!g holds words, and has 1 category in these rows"
SAID_OF_GROUPS: dict[str, dict[str, str]] = {
    "one group": {**dict.fromkeys(LINES, ONE_WORD), "*": "!g makes 1 group of these rows"},
    "no group": {
        **dict.fromkeys(LINES, "!Nobody has a value of g"), "*": "!g makes 0 groups of these rows",
    },
    "an empty group": {"*": SILENT},
    "a group without answers": {
        "compare": "~v has 0 scores, and at least two are needed", "prevalence": "~nobody here",
        "cutoffs": "~nobody here has a score", "*": "!g: no category but u has 5 people",
    },
    "a group of 1": {"compare": "~w has 1 score, and at least two are needed", "*": SILENT},
    "two groups of 1": {
        "compare": "~v has 1 score and u has 1 score",
        **dict.fromkeys(LINES, "!has fewer than 5 people"), "*": SILENT,
    },
    "all equal": {
        "compare": "~do not vary within the groups",
        **dict.fromkeys(LINES, "!x is constant among the 60 rows"), "*": SILENT,
    },
    "equal within groups": {
        "compare": "~do not vary within the groups",
        **dict.fromkeys(LINES, r"!x and g\[v\] are collinear"), "*": SILENT,
    },
    "each their own": {"*": "!g has 60 different values, too many"},
    "numbers as groups": {"*": SILENT},
    "group unknown of some": {"*": SILENT},
}  # fmt: skip


@pytest.mark.parametrize("verb", OF_GROUPS)
@pytest.mark.parametrize("trap", GROUPED)
def test_trap_of_groups(trap, verb):
    said = SAID_OF_GROUPS[trap].get(verb, SAID_OF_GROUPS[trap].get("*", SILENT))
    result = trapped(lambda: OF_GROUPS[verb](GROUPED[trap]), said)
    if result is not None:
        assert " 1 people" not in result.explain()


# ---------------------------------------------------------------- waves
def in_two_waves() -> pd.DataFrame:
    rng = np.random.Generator(np.random.PCG64(6))
    level = np.repeat(rng.normal(size=40), 2)
    y = np.clip(np.rint(3 + level + rng.normal(size=80)), 1, 5)
    right = (level[:, None] + rng.normal(size=(80, 4)) > -0.3).astype(float)
    return pd.DataFrame(right, columns=[f"k{j}" for j in range(4)]).assign(
        who=np.repeat(np.arange(40), 2), wave=[1, 2] * 40, y=y,
        arm=np.repeat(np.resize(["program", "waitlist"], 40), 2),
    )  # fmt: skip


W = in_two_waves()
ONCE = (W["who"] % 2 == 0) == (W["wave"] == 1)
FIRST = np.repeat(W["y"].to_numpy()[::2], 2)
QUESTIONS = ["k0", "k1", "k2", "k3"]
IN_WAVES: dict[str, pd.DataFrame] = {
    "fine": W,
    "twice in a wave": pd.concat([W, W.iloc[[0]]], ignore_index=True),
    "nobody in both": W[ONCE],
    "one in both": pd.concat([W.head(2), W[ONCE & (W["who"] > 0)]]),
    "one wave": W[W["wave"] == 1],
    "three waves": pd.concat([W, W[W["wave"] == 2].assign(wave=3)]),
    "waves as words": W.assign(wave=np.where(W["wave"] == 1, "before", "after")),
    "no wave known": W.assign(wave=np.nan),
    "nobody known": W.assign(who=None),
    "some unknown": W.assign(who=W["who"].where(W["who"] > 3)),
    "all change alike": W.assign(y=FIRST + np.resize([0, 1], 80)),
    "all equal": W.assign(y=3.0, **dict.fromkeys(QUESTIONS, 1.0)),
    "nobody answers again": W.assign(**{k: W[k].where(W["wave"] == 1) for k in ["y", *QUESTIONS]}),
    "somebody changes arms": W.assign(
        arm=W["arm"].where((W["who"] > 0) | (W["wave"] == 1), "waitlist")
    ),
    "an arm of one": W.assign(arm=np.where(W["who"] == 0, "program", "waitlist")),
    "an arm that is not followed": W[(W["arm"] == "waitlist") | (W["wave"] == 1)],
}
PANEL = {"wave": "wave", "respondent": "who"}
OF_WAVES: dict[str, Callable[[pd.DataFrame], Any]] = {
    "change": lambda t: dt.change(t, scales="y", **PANEL),
    "by arm": lambda t: dt.change(t, scales="y", by="arm", **PANEL),
    "quiz": lambda t: dt.quiz(t[[*QUESTIONS, "who", "wave"]], n_boot=50, **PANEL),
}
BOTH_NEEDED = "people with a score at both waves, and at least two are needed"
NO_EFFECT = "Change in one group is no effect of anything"
SAID_OF_WAVES: dict[str, tuple[str, str, str]] = {  # change, by arm, quiz
    "fine": (SILENT,) * 3,
    "twice in a wave": (
        *["!1 person stands more than once in a wave"] * 2, "!1 row too many in wave 1",
    ),
    "nobody in both": (f"~0 {BOTH_NEEDED}", f"!makes no arm .*{NO_EFFECT}", "~nobody"),
    "one in both": (
        "~1 person with a score at both waves", rf"!one arm \(program\) .*{NO_EFFECT}", "~1 ",
    ),
    "one wave": (*["!Change needs two waves, and these rows have 1 wave"] * 2, SILENT),
    "three waves": (SILENT,) * 3,
    "waves as words": (r"!The waves are words \(after and before\), whose order is not known",) * 3,
    "no wave known": (
        *["!no row has both .* column of the wave is empty"] * 2, "!40 rows too many",
    ),
    "nobody known": (*["!the column of the respondent is empty"] * 2, "~nobody"),
    "some unknown": (*["8 rows without a respondent or a wave are left out"] * 2, SILENT),
    "all change alike": (*["~everyone changed alike"] * 2, SILENT),
    "all equal": (*["~everyone changed alike"] * 2, "only 0 of its 4 items can be used"),
    "nobody answers again": (
        *[f"~0 {BOTH_NEEDED}"] * 2, "wave 2: scale: any of its items is answered by 0 respondents",
    ),
    "somebody changes arms": (SILENT, "1 person is in another arm at a later wave", SILENT),
    "an arm of one": (SILENT, "~1 person with a score at both waves", SILENT),
    "an arm that is not followed": (SILENT, rf"!one arm \(waitlist\) .*{NO_EFFECT}", SILENT),
}  # fmt: skip


@pytest.mark.parametrize("verb", OF_WAVES)
@pytest.mark.parametrize("trap", IN_WAVES)
def test_trap_of_waves(trap, verb):
    said = SAID_OF_WAVES[trap][list(OF_WAVES).index(verb)]
    table = IN_WAVES[trap].reset_index(drop=True)
    result = trapped(lambda: OF_WAVES[verb](table), said)
    if trap == "all change alike" and verb == "change":
        assert result.table["difference"].tolist() == [1.0]
        assert result.table[["low", "high", "p"]].isna().all(axis=None)


# ---------------------------------------------------------------- a quiz
def scored() -> pd.DataFrame:
    rng = np.random.Generator(np.random.PCG64(8))
    knows = rng.normal(size=(60, 1)) + rng.normal(size=(60, 5))
    return pd.DataFrame((knows > [-0.5, 0.0, 0.5, 0.2, -0.2]).astype(int), columns=list("abcde"))


R = scored()
NOT_SCORED = r"!c holds other answers than 1 \(right\) and 0 \(wrong\)"
QUIZZES: dict[str, tuple[pd.DataFrame, str]] = {
    "fine": (R, SILENT),
    "all right": (R.assign(c=1), r"c is constant \(every answer is 1\)"),
    "all wrong": (R.assign(c=0), r"c is constant \(every answer is 0\)"),
    "empty": (R.assign(c=np.nan), EMPTY),
    "duplicated": (R.assign(c=R["a"]), "a and c have the same answer in every row"),
    "typo": (R.assign(c=R["c"].where(R.index != 7, 55)), TYPO),
    "code": (R.assign(c=R["c"].where(EVEN, -99)), NOT_SCORED),
    "not scored": (F, NOT_SCORED.replace("c holds", "a holds")),
    "numbers as text": (R.assign(c=R["c"].astype(str)), TEXT),
    "labels": (R.assign(c="right"), NOT_SCORED),
    "true and false": (R.astype(bool), SILENT),
    "one row": (R.head(1), "~answered by 1 respondent"),
    "no rows": (R.head(0), ROWS),
    "infinite": (R.assign(c=R["c"].astype(float).where(R.index != 7, np.inf)), r"row 8 \(inf\)"),
    "nullable": (R.astype("Int8").where(pd.DataFrame(dict.fromkeys(R, R.index % 7 > 0))), SILENT),
    "column names twice": (pd.concat([R, R[["a"]]], axis=1), TWICE_NAMED),
    "an id": (R.assign(id=np.arange(1000, 1060)), NOT_SCORED.replace("c holds", "id holds")),
    "one question": (R[["a"]], "~no KR-20"),
    "everybody knows all": (R * 0 + 1, "only 0 of its 5 items can be used"),
    "nothing": (R * np.nan, NOBODY),
}


@pytest.mark.parametrize("trap", QUIZZES)
def test_trap_of_a_quiz(trap):
    table, said = QUIZZES[trap]
    result = trapped(lambda: dt.quiz(table, n_boot=50), said)
    if trap == "true and false":
        assert result.table.equals(dt.quiz(R, n_boot=50).table)
    if trap == "everybody knows all":
        assert "Each question was got right by 100%." in result.explain()
