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
EXACT = "!c follows from a and b without any error"
SINGULAR = "!Some of the variables follow from the others"
CONSTANT = "!c is constant among the 60 rows used"
COLLINEAR = "!a and b are collinear"
TWICE_NAMED = "!the table has 2 columns 'a'"
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
        **dict.fromkeys(SLOPES, EXACT), "dyads": "~in 2 dyads, and at least 3 are needed",
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
