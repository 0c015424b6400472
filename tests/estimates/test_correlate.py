"""Correlations: each pair once, its own n, one family, nothing with itself."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.errors import DataWarning, Refusal, SurveyError, UsageError
from detachment.estimates import correlate, records, reliability
from detachment.scoring import score
from detachment.stats.moments import correlation_from, em_moments
from detachment.stats.permutation import max_t
from detachment.stats.robust_correlation import robust_fisher_interval

COLUMNS = [
    "row", "column", "n", "r", "r_low", "r_high", "p", "p_adjusted", "adjust", "family", "method",
    "expected_sign", "disattenuated", "reason",
]  # fmt: skip


def cell(result, row, column):
    table = result.table
    (found,) = table[(table["row"] == row) & (table["column"] == column)].to_dict("records")
    return found


def test_scores_by_hand(make_survey, small_table):
    survey = make_survey(small_table)
    result = correlate(survey, rows="trouble", columns=["joy", "pair"])
    assert list(result.table) == COLUMNS
    scores = score(survey)
    got = cell(result, "trouble", "joy")
    r = np.corrcoef(scores["trouble"], scores["joy"])[0, 1]
    assert got["r"] == pytest.approx(r)
    z, half = np.arctanh(r), 1.959963984540054 / np.sqrt(37)
    assert (got["r_low"], got["r_high"]) == pytest.approx((np.tanh(z - half), np.tanh(z + half)))
    assert got["n"] == 40
    assert got["expected_sign"] == "-"
    assert cell(result, "trouble", "pair")["expected_sign"] == ""
    others = correlate(survey, rows=["pair", "trouble"], columns=["joy", "facet"])
    assert cell(others, "pair", "joy")["expected_sign"] == ""  # it is the sign with the signs
    assert cell(others, "trouble", "facet")["expected_sign"] == ""
    assert got["family"] == "2 tests: trouble x joy, pair"
    alphas = reliability(survey, scales=["trouble", "joy"]).table["alpha"]
    assert got["disattenuated"] == pytest.approx(r / np.sqrt(alphas.prod()))


def test_default_is_what_the_instrument_crosses(make_survey, small_table, answers):
    result = correlate(make_survey(small_table))
    assert result.table[["row", "column"]].to_numpy().tolist() == [["trouble", "joy"]]
    assert result.call["rows"] == ["trouble"]
    assert len(correlate(answers).table) == 10


def test_items_are_keyed_and_keep_their_sign(make_survey, small_table):
    result = correlate(make_survey(small_table), rows="items:trouble", columns="joy")
    assert result.table["row"].tolist() == ["s1", "s2", "s3", "s4"]
    assert (result.table["r"] < 0).all()
    assert (result.table["expected_sign"] == "-").all()
    assert any("Reversed before correlating" in note and "s3" in note for note in result.notes)
    assert result.table["disattenuated"].isna().all()
    assert result.table["reason"].iloc[0] == (
        "disattenuated: s1 is a single item, whose reliability is unknown"
    )
    assert "“I keep away.” (s1) is negatively associated with Joy: r = −" in result.explain()
    assert "caus" not in result.explain()


def test_part_and_whole_are_not_correlated(make_survey, small_table):
    survey = make_survey(small_table)
    result = correlate(survey, rows=["facet", "s1", "joy"], columns=["trouble"])
    for part in ("facet", "s1"):
        got = cell(result, part, "trouble")
        assert np.isnan(got["r"])
        assert np.isnan(got["p_adjusted"])
        assert got["reason"].startswith(f"part-whole: {part} and trouble share s1")
    assert result.table["family"].iloc[0].startswith("1 test:")
    assert "no correlation is given; part-whole" in result.explain()


def test_a_variable_is_never_crossed_with_itself(make_survey, small_table, answers):
    result = correlate(answers, rows=["a", "b"], columns=["b", "a", "c"])
    assert result.table[["row", "column"]].to_numpy().tolist() == [
        ["a", "b"], ["a", "c"], ["b", "c"],
    ]  # fmt: skip
    with pytest.raises(Refusal, match="joy: a variable correlates with itself"):
        correlate(make_survey(small_table), rows="joy", columns="effects")


def test_the_family_is_the_table(answers):
    for adjust, expected in {
        "bonferroni": lambda p: np.minimum(1, 3 * p),
        "none": lambda p: p,
        "holm": lambda p: np.minimum(1, np.maximum.accumulate(np.sort(p) * [3, 2, 1])),
    }.items():
        table = correlate(answers[["a", "b", "c"]], adjust=adjust).table.sort_values("p")
        np.testing.assert_allclose(table["p_adjusted"], expected(table["p"].to_numpy()))
        assert (table["adjust"] == adjust).all()
        assert (table["family"] == "3 tests: a, b, c x a, b, c").all()


@pytest.mark.parametrize(
    ("method", "symbol"), [("pearson", "r"), ("spearman", "rₛ"), ("kendall", "τ")]
)
def test_methods(answers, method, symbol):
    result = correlate(answers, rows="a", columns="b", method=method)
    got = result.table.iloc[0]
    assert got["r"] == pytest.approx(answers["a"].corr(answers["b"], method=method))
    assert got["r_low"] < got["r"] < got["r_high"]
    assert 0 < got["p"] < 1
    assert got["method"] == method
    assert f" {symbol} = ." in result.explain()
    assert symbol in result.display()


def test_ranks_are_not_disattenuated(make_survey, small_table):
    result = correlate(make_survey(small_table), method="spearman")
    assert cell(result, "trouble", "joy")["reason"] == "disattenuated: defined for Pearson's r only"


def test_formative_and_single_scales_have_no_disattenuated_value(make_survey, small_table):
    result = correlate(make_survey(small_table), rows="trouble", columns=["index", "single"])
    assert cell(result, "trouble", "index")["reason"] == (
        "disattenuated: index has no alpha (formative)"
    )
    assert cell(result, "trouble", "single")["reason"].endswith("(single_item)")


def test_pairwise_counts_each_pair_and_listwise_all_variables(gappy):
    pairwise = correlate(gappy, rows="a", columns=["b", "c"]).table
    assert pairwise["n"].tolist() == [
        int((gappy["a"].notna() & gappy[other].notna()).sum()) for other in "bc"
    ]
    listwise = correlate(gappy, rows="a", columns=["b", "c"], missing="listwise")
    complete = len(gappy[["a", "b", "c"]].dropna())
    assert listwise.table["n"].tolist() == [complete] * 2
    assert listwise.n["analysed"] == complete


def test_a_clear_violation_of_the_expected_sign_is_an_alarm(make_survey, small_table):
    turned = small_table | {f"j{k}": [6 - v for v in small_table[f"j{k}"]] for k in (1, 2, 3)}
    with pytest.warns(DataWarning, match=r"trouble and joy: r = \.\d\d.*a negative one is expect"):
        result = correlate(make_survey(turned))
    assert any("check that both are keyed" in text for text in result.warnings)


def test_a_weak_violation_is_a_note(make_survey, small_table, quietly):
    rng = np.random.Generator(np.random.PCG64(6))
    for _ in range(20):
        shuffled = dict(small_table)
        order = rng.permutation(40)
        for name in ("j1", "j2", "j3"):
            shuffled[name] = [small_table[name][k] for k in order]
        result = quietly(correlate, make_survey(shuffled))
        got = result.table.iloc[0]
        if got["r"] > 0 and got["r_low"] < 0:
            break
    assert any("Against the expected sign" in note for note in result.notes)
    assert result.warnings == ()
    assert "is not clearly associated with" in result.explain()


def test_the_keying_alarm_comes_with_the_scores(make_survey, small_table):
    unreversed = small_table | {"s3": [6 - v for v in small_table["s3"]]}
    with pytest.warns(DataWarning, match="s3 goes against the rest of trouble"):
        result = correlate(make_survey(unreversed))
    assert any("s3 goes against" in text for text in result.warnings)


def test_shared_content_is_said(make_survey, small_table):
    result = correlate(make_survey(small_table), rows="trouble", columns="pair")
    assert any("pair and trouble share content" in note for note in result.notes)


def couples(n, alone=0):
    """Dyads of neighbouring rows, and some people alone at the end."""
    paired = n - alone
    return {
        "couple": [f"c{k // 2}" if k < paired else None for k in range(n)],
        "partner": ["A" if k % 2 else "B" for k in range(n)],
    }


def test_partners_are_taken_whole_and_that_is_said(make_survey, small_table):
    survey = make_survey(small_table | couples(40, alone=10))
    result = correlate(survey)
    (said,) = (note for note in result.notes if note.startswith("Clustered by dyad"))
    assert (
        "40 respondents in 25 clusters (15 dyads with both partners, and 10 people without" in said
    )
    scores = score(survey)
    names = np.array([name or f"alone {k}" for k, name in enumerate(couples(40, 10)["couple"])])
    expected = robust_fisher_interval(scores["trouble"], scores["joy"], clusters=names)
    got = cell(result, "trouble", "joy")
    assert (got["r_low"], got["r_high"]) == pytest.approx(expected)
    assert result.call["interval"] == "robust"
    alone = correlate(make_survey(small_table))
    assert alone.call["interval"] == "fisher"
    assert not any("Clustered" in note for note in alone.notes)


def test_independence_is_asked_for_and_said(make_survey, small_table):
    survey = make_survey(small_table | couples(40))
    alone = cell(correlate(make_survey(small_table)), "trouble", "joy")
    for options, words in (
        ({"cluster": "none"}, "treated as independent, as asked"),
        ({"interval": "fisher"}, "treated as independent by interval fisher"),
    ):
        result = correlate(survey, **options)
        assert cell(result, "trouble", "joy") == alone
        (said,) = (note for note in result.notes if "independent" in note)
        assert words in said
        assert "p values too small" in said


def test_two_constants_are_constant_and_no_copies(answers, quietly):
    result = quietly(correlate, answers.assign(k=3.0, m=3.0), rows="k", columns=["m", "a"])
    assert result.table["reason"][0] == "k or m is constant among the 60 respondents who have both"
    assert not any("copy" in warning for warning in result.warnings)


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_a_perfect_correlation_is_named(answers, method):
    table = answers.assign(b=6 - answers["a"])
    with pytest.warns(DataWarning, match=r"Perfect correlations: a and b \(.* = −1.00, n = 60\)"):
        result = correlate(table, rows="a", columns=["b", "c"], method=method)
    assert result.table["r"].tolist()[0] == -1
    assert len(result.warnings) == 1


def test_disattenuation_is_explained_where_there_is_one(make_survey, small_table):
    survey = make_survey(small_table)
    for method in ("pearson", "spearman"):
        result = correlate(survey, rows="trouble", columns="joy", method=method)
        said = any(note.startswith("disattenuated divides") for note in result.notes)
        assert said == (method == "pearson") == result.table["disattenuated"].notna().all()


def test_only_the_columns_that_are_asked_for_must_be_numbers(answers):
    table = answers.assign(name="Ann", age=np.arange(60) % 30 + 20)
    got = correlate(table, rows="a", columns=["b", "age"]).table
    assert got["column"].tolist() == ["b", "age"]
    with pytest.raises(UsageError, match=r"there is no column 'agee'.*Did you mean 'age'\?"):
        correlate(table, rows="a", columns="agee")
    with pytest.raises(SurveyError, match="'name'"):
        correlate(table)


def test_columns_may_be_numbered_or_called_like_a_scale(answers):
    numbered = answers.set_axis(range(5), axis=1)
    got = correlate(numbered, rows=[0], columns=[1, 2]).table
    assert got["r"].tolist() == correlate(answers, rows="a", columns=["b", "c"]).table["r"].tolist()
    awkward = answers.set_axis(["scale", "signs", "x", "y", "z"], axis=1)
    again = correlate(awkward, rows="scale", columns=["signs", "x"]).table
    assert again["r"].tolist() == got["r"].tolist()
    assert reliability(awkward).table["n_items"].item() == 5


def test_the_level_of_an_interval_is_not_rounded(answers):
    result = correlate(answers, rows="a", columns="b", confidence=0.999)
    assert ", 99.9% CI [" in result.explain()
    assert "99.9% CI" in result.display()


def test_too_few_rows_for_an_interval():
    table = pd.DataFrame({"a": [1, 2, 4], "b": [2, 1, 5]})
    result = correlate(table)
    row = records(result.table)[0]
    assert row["r"] is not None
    assert row["r_low"] is None
    assert "r_low, r_high: 3 respondents are too few" in row["reason"]
    json.dumps(result.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "polycoric"}, r"Did you mean 'polychoric'\?"),
        ({"method": "spearmen"}, r"Did you mean 'spearman'\?"),
        ({"adjust": "bonf"}, "holm, bh, by, hochberg, bonferroni, max_t, none"),
        ({"confidence": 0}, "share between 0 and 1"),
        ({"missing": "all"}, "pairwise, listwise"),
        ({"rows": [], "columns": "a"}, "list is empty"),
        ({"reverse": ["z"]}, "'z'"),
    ],
)
def test_wrong_calls(answers, options, words):
    with pytest.raises(UsageError, match=words):
        correlate(answers, **options)


def test_nothing_to_correlate(make_survey, small_table):
    only_signs = {name: small_table[name] for name in ("s1", "s2", "s3", "s4")}
    with pytest.warns(DataWarning), pytest.raises(SurveyError, match=r"Nobody has a value of joy"):
        correlate(make_survey(only_signs))
    with pytest.raises(UsageError, match="no scale 'joyy'"):
        correlate(make_survey(small_table), rows="trouble", columns="joyy")


def test_an_absent_variable_has_its_reason_and_does_not_empty_the_others(make_survey, small_table):
    some = {k: v for k, v in small_table.items() if not k.startswith("p")}
    survey = make_survey(some)
    for missing in ("pairwise", "listwise"):
        with pytest.warns(DataWarning, match="pair: none of its items is in the data"):
            result = correlate(survey, rows="trouble", columns=["joy", "pair"], missing=missing)
        assert np.isfinite(cell(result, "trouble", "joy")["r"])
        assert cell(result, "trouble", "pair")["reason"] == (
            "0 respondents with both trouble and pair"
        )


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["pearson", "spearman", "kendall", "polychoric"]))
def test_the_order_of_rows_leaves_no_trace(seed, method):
    rng = np.random.Generator(np.random.PCG64(seed))
    x = rng.normal(size=(25, 1)) + rng.normal(size=(25, 3))
    x[:, 2] = np.clip(np.rint(x[:, 2]), -2, 2)
    x[rng.random(x.shape) < 0.1] = np.nan
    table = pd.DataFrame(x, columns=list("abc"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        one = correlate(table, method=method)
        shuffled = table.iloc[rng.permutation(25)].reset_index(drop=True)
        two = correlate(shuffled, method=method)
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)


def test_nothing_to_cross_says_what_to_type(make_survey, small_table, quietly):
    quiz = {name: small_table[name] for name in ("k1", "k2", "k3")}
    with pytest.raises(SurveyError, match=r"hold the scale quiz\. .*--rows items:quiz --columns"):
        quietly(correlate, make_survey(quiz))
    two = quiz | {name: small_table[name] for name in ("f1", "f2")}
    with pytest.raises(SurveyError, match=r"scales quiz and index\. .*--rows quiz --columns index"):
        quietly(correlate, make_survey(two))


def test_max_t_of_a_block():
    rng = np.random.default_rng(4)
    trait = rng.normal(size=(150, 1))
    frame = pd.DataFrame(
        np.hstack([trait + rng.normal(size=(150, 3)), 0.8 * trait + rng.normal(size=(150, 2))]),
        columns=list("abcde"),
    )
    asked = {"rows": ["a", "b", "c"], "columns": ["d", "e"]}
    result = correlate(frame, **asked, adjust="max_t", n_perm=999)
    expected = max_t(frame[list("abc")], frame[list("de")], n_perm=999).p_adjusted
    np.testing.assert_array_equal(result.table["p_adjusted"], expected.ravel())
    assert (result.table["p"] == correlate(frame, **asked, adjust="none").table["p"]).all()
    assert any("999 permutations" in note for note in result.notes)
    assert result.call["n_perm"] == 999
    ranks = correlate(frame, **asked, method="spearman", adjust="max_t", n_perm=999, rng=7)
    expected = max_t(
        frame[list("abc")], frame[list("de")], method="spearman", n_perm=999, rng=7
    ).p_adjusted
    np.testing.assert_array_equal(ranks.table["p_adjusted"], expected.ravel())


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"columns": ["a", "b"]}, "a would be on both sides"),
        ({"columns": ["b"], "method": "kendall"}, "pearson and spearman"),
        ({"columns": ["b"], "n_perm": 10}, "at least 99"),
    ],
)
def test_max_t_says_what_it_needs(options, match):
    frame = pd.DataFrame({"a": [1, 2, 4, 5, 3], "b": [2, 2, 5, 4, 3]})
    with pytest.raises(UsageError, match=match):
        correlate(frame, rows="a", adjust="max_t", **options)


def test_copies_are_no_tests_of_max_t():
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(rng.integers(1, 6, size=(60, 3)), columns=list("abc"))
    frame["d"] = frame["a"]
    with pytest.warns(DataWarning, match="a and d"):
        result = correlate(
            frame, rows=["a", "b"], columns=["c", "d"], adjust="max_t", n_perm=199
        ).table
    assert result["p_adjusted"].isna().tolist() == [False, True, False, False]


def test_dyads_are_exchanged_whole(make_survey, small_table):
    couples = [f"c{k // 2}" if k < 30 else None for k in range(40)]
    partners = ["A" if k % 2 else "B" for k in range(40)]
    survey = make_survey(small_table | {"couple": couples, "partner": partners})
    asked = {"rows": "trouble", "columns": ["joy"], "adjust": "max_t", "n_perm": 199}
    result = correlate(survey, **asked)
    assert any("of a dyad together" in note for note in result.notes)
    scores = score(survey)
    order = np.argsort(partners, kind="stable")
    names = np.array([name or f"alone {k}" for k, name in enumerate(couples)])
    trouble, joy = (scores[name].to_numpy()[order] for name in ("trouble", "joy"))
    expected = max_t(trouble, joy, clusters=names[order], n_perm=199).p_adjusted[0, 0]
    assert result.table["p_adjusted"][0] == pytest.approx(expected, abs=0.05)
    alone = correlate(make_survey(small_table), **asked)
    assert any("all columns of a respondent together" in note for note in alone.notes)


def gappy(seed=8, n=240):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1)) + rng.normal(size=(n, 4))
    x[rng.random(x.shape) < 0.2] = np.nan
    return pd.DataFrame(x, columns=list("abcd"))


def test_maximum_likelihood_uses_every_answer_to_any_variable():
    answers = gappy()
    got = correlate(answers, rows=["a", "b"], columns=["c", "d"], missing="em")
    cov = em_moments(answers.to_numpy()).cov
    expected = correlation_from(cov)[:2, 2:].ravel()
    np.testing.assert_allclose(got.table["r"], expected, rtol=0, atol=1e-12)
    assert (got.table["r_low"] < got.table["r"]).all()
    assert (got.table["r"] < got.table["r_high"]).all()
    pairwise = correlate(answers, rows=["a", "b"], columns=["c", "d"])
    assert (got.table["n"] == pairwise.table["n"]).all()
    # what the other two variables tell makes the intervals narrower
    width = [np.mean(r.table["r_high"] - r.table["r_low"]) for r in (got, pairwise)]
    assert width[0] < width[1]
    assert any(note.startswith("Maximum likelihood") for note in got.notes)
    same = correlate(answers.iloc[::-1], rows=["a", "b"], columns=["c", "d"], missing="fiml")
    pd.testing.assert_frame_equal(same.table, got.table)


def test_maximum_likelihood_of_complete_answers_is_pearson():
    complete = gappy().dropna()
    got, usual = (
        correlate(complete, rows="a", columns=["b", "c"], missing=rule)
        for rule in ("em", "listwise")
    )
    np.testing.assert_allclose(got.table["r"], usual.table["r"], atol=1e-12)


@pytest.mark.parametrize("other", [{"method": "spearman"}, {"adjust": "max_t"}])
def test_maximum_likelihood_is_refused_where_it_says_nothing(other):
    with pytest.raises(UsageError, match="--missing em"):
        correlate(gappy(), rows="a", columns="b", missing="em", **other)


def test_no_maximum_is_named():
    answers = gappy()
    answers["d"] = answers["a"] + answers["b"]
    with pytest.raises(Refusal, match="follows from others"):
        correlate(answers, rows=["a", "b"], columns=["c", "d"], missing="em")


def test_maximum_likelihood_takes_pairs_where_variables_share_items(make_survey, small_table):
    survey = make_survey(small_table)
    got = correlate(survey, rows=["trouble", "items:trouble"], columns="quiz", missing="em")
    one = correlate(survey, rows="trouble", columns="quiz", missing="em")
    assert cell(got, "trouble", "quiz")["r"] == cell(one, "trouble", "quiz")["r"]
    assert any("every answer to any variable of a pair" in note for note in got.notes)
    assert any("every answer to any variable of the table" in note for note in one.notes)
