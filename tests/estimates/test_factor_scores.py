"""Scores of people on factors, as a verb."""

import numpy as np
import pandas as pd
import pytest

from detachment.errors import Refusal, UsageError
from detachment.estimates import cfa, factor_scores


def table(seed=3, n=150):
    rng = np.random.default_rng(seed)
    f = rng.normal(size=(n, 1))
    answers = pd.DataFrame(f + rng.normal(size=(n, 4)), columns=list("abcd"))
    answers.iloc[0] = np.nan
    answers.iloc[1, :3] = np.nan
    return answers


MODEL = "f =~ a + b + c + d"


def test_everyone_with_an_answer_has_a_score():
    answers = table()
    scores = factor_scores(answers, model=MODEL)
    assert scores["f"].isna().tolist() == [True] + [False] * 149
    # who answered one item is known less
    assert scores["f_se"].iloc[1] > scores["f_se"].iloc[2]
    listwise = factor_scores(answers, model=MODEL, missing="listwise")
    assert listwise["f"].isna().sum() == 1
    assert (listwise["f"].dropna() != scores["f"].dropna()).all()
    pd.testing.assert_frame_equal(scores, factor_scores(answers, model=MODEL, missing="em"))


def test_units_and_order_of_rows():
    answers = table()
    loading = cfa(answers, model=MODEL, estimator="ML").table["estimate"]
    scores = factor_scores(answers, model=MODEL)
    unit = factor_scores(answers, model=MODEL, std_lv=True)
    ratio = (scores["f"] / unit["f"]).dropna()
    assert loading.iloc[0] == 1
    assert np.ptp(ratio) < 1e-6
    shuffled = factor_scores(answers.sample(frac=1, random_state=2), model=MODEL)
    np.testing.assert_allclose(
        np.sort(shuffled["f"].dropna()), np.sort(scores["f"].dropna()), rtol=0, atol=1e-12
    )


def test_scores_of_scales_carry_ids(make_survey, small_table):
    survey = make_survey(small_table)
    scores = factor_scores(survey, scales="trouble")
    assert "trouble" in scores
    assert len(scores) == len(survey.responses)


def test_improper_solutions_give_no_scores():
    rng = np.random.default_rng(1)
    f = rng.normal(size=80)
    heywood = pd.DataFrame({"a": f, "b": f + 0.05 * rng.normal(size=80)})
    heywood["c"] = -0.2 * f + rng.normal(size=80)
    heywood["d"] = rng.normal(size=80)
    heywood["b"] += 0.3 * heywood["d"]
    with pytest.raises((Refusal, UsageError)):
        factor_scores(heywood, model="f =~ a + b\ng =~ c + d")
    with pytest.raises(Refusal, match="have the same answer in every row"):
        factor_scores(table().assign(b=lambda x: x["a"]), model=MODEL)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "regresion"}, "Did you mean 'regression'"),
        ({"missing": "pairwise"}, "missing"),
        ({"model": "f =~ a + b + nobody"}, "nobody"),
    ],
)
def test_wrong_words(options, said):
    with pytest.raises(UsageError, match=said):
        factor_scores(table(), **{"model": MODEL, **options})
