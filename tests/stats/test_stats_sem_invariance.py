"""Steps of measurement invariance: nested, and free where they must be."""

import itertools

import numpy as np
import pytest

from detachment.stats.sem.categorical import ordinal_sample
from detachment.stats.sem.comparison import fit_step, release, step_difference
from detachment.stats.sem.invariance import (
    STEPS,
    invariance_model,
    invariance_steps,
    mean_differences,
)
from detachment.stats.sem.sample import sample_moments

ITEMS = [f"x{i}" for i in range(5)]
TEXT = "f =~ " + " + ".join(ITEMS)
LOADINGS = np.array([0.8, 0.7, 0.6, 0.75, 0.65])
EVEN = np.zeros(5)


def answers(n, seed, *, shift=0.0, easier=0.0, cuts=(-1.0, 0.0, 0.8), spread=EVEN):
    rng = np.random.default_rng(seed)
    latent = LOADINGS * (rng.normal(size=(n, 1)) + shift)
    latent = latent + np.sqrt(1 - LOADINGS**2) * rng.normal(size=(n, 5))
    latent[:, 1] += easier
    return 1.0 + np.sum(latent[..., None] > np.array(cuts) + spread[:, None], axis=-1)


def fits(groups, estimator, *, free=(), **options):
    if estimator in ("WLSMV", "ULSMV"):
        samples = [ordinal_sample(x) for x in groups]
        cuts = dict(zip(ITEMS, samples[0].n_thresholds.tolist(), strict=True))
    else:
        samples, cuts = [sample_moments(x) for x in groups], None
    found = []
    for step in invariance_steps(cuts):
        model = invariance_model(
            TEXT, ITEMS, len(groups), step, thresholds=cuts, free=free, **options
        )
        found.append(fit_step(model, step, samples, estimator))
    return found


@pytest.mark.parametrize("estimator", ["ML", "MLR", "MLM", "WLSMV", "ULSMV"])
def test_equal_groups_are_invariant_to_the_last_digit(estimator):
    x = answers(400, 1)
    steps = fits([x, x], estimator, std_lv=True)
    for before, after in itertools.pairwise(steps):
        assert after.usable
        assert after.fit.statistic == pytest.approx(before.fit.statistic, abs=1e-6)
        assert after.fit.df > before.fit.df
        assert step_difference(after, before).p > 0.99
    names, _, difference, _, _ = mean_differences(
        steps[-2].model, steps[-2].fit.theta, steps[-2].cov
    )
    assert names == ("f",)
    assert difference[0] == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("estimator", ["ML", "WLSMV"])
def test_every_step_is_nested_in_the_one_before(estimator):
    steps = fits([answers(500, 1), answers(400, 2, shift=0.4, easier=0.6)], estimator)
    for before, after in itertools.pairwise(steps):
        assert after.usable
        assert after.fit.statistic >= before.fit.statistic - 1e-7


@pytest.mark.parametrize("estimator", ["ML", "WLSMV"])
def test_the_item_that_differs_is_found_and_freed(estimator):
    groups = [answers(900, 1), answers(900, 2, shift=0.4, easier=0.7)]
    scalar = next(f for f in fits(groups, estimator, std_lv=True) if f.step == "scalar")
    score, _ = release(scalar)
    best = scalar.constrained[np.nanargmax(score)]
    model = scalar.model
    assert "x1" in (model.lhs[best], model.rhs[best])
    freed = next(
        f for f in fits(groups, estimator, std_lv=True, free=["x1 ~ 1"]) if f.step == "scalar"
    )
    assert freed.fit.statistic < scalar.fit.statistic - 30
    true = 0.4
    with_, without = (mean_differences(f.model, f.fit.theta, f.cov)[2][0] for f in (scalar, freed))
    assert abs(without - true) < 0.1 < abs(with_ - true)


@pytest.mark.parametrize("parameterization", ["delta", "theta"])
def test_three_groups_and_both_parameterizations(parameterization):
    groups = [answers(500, seed) for seed in (1, 2, 3)]
    steps = fits(groups, "WLSMV", parameterization=parameterization)
    assert all(step.usable for step in steps)
    # 15 thresholds of an item and 10 in exchange, in each of two later groups
    assert [step.fit.df for step in steps] == [15, 25, 33, 41, 51, 53]


def test_an_item_left_free_adds_no_constraint():
    cuts = dict.fromkeys(ITEMS, 3)
    for step in STEPS[1:]:
        held = invariance_model(TEXT, ITEMS, 2, step, thresholds=cuts)
        some = invariance_model(TEXT, ITEMS, 2, step, thresholds=cuts, free=["x2"])
        model = some.model
        for k in some.constrained:
            if model.op[k] in ("|", "=~"):
                assert "x2" not in (model.lhs[k], model.rhs[k])
        assert some.model.n_free >= held.model.n_free
    for step in ("metric", "scalar", "strict"):
        model = invariance_model(TEXT, ITEMS, 2, step, free=["x2"]).model
        for op, lhs, rhs in (("=~", "f", "x2"), ("~1", "x2", ""), ("~~", "x2", "x2")):
            first, second = (model.free[model.find(lhs, op, rhs, g)] for g in (0, 1))
            assert first != second


def test_two_and_three_categories():
    assert invariance_steps(dict.fromkeys(ITEMS, 1)) == ("configural", "scalar", "strict", "means")
    assert "thresholds" not in invariance_steps(dict.fromkeys(ITEMS, 2))
    assert invariance_steps({"a": 2, "b": 4}) == STEPS
    groups = [answers(900, seed, cuts=(0.2,), spread=np.linspace(-1, 1, 5)) for seed in (1, 2)]
    steps = fits(groups, "WLSMV")
    assert [step.fit.df for step in steps] == [10, 13, 18, 19]
    assert all(step.usable for step in steps)
    groups = [answers(600, seed, cuts=(-0.5, 0.6)) for seed in (1, 2)]
    assert all(step.usable for step in fits(groups, "ULSMV"))


def test_the_mean_of_a_factor_above_others_stays_put():
    text = "a =~ x0 + x1 + x2\nb =~ x3 + x4 + x5\nc =~ x6 + x7 + x8\ng =~ a + b + c"
    items = [f"x{i}" for i in range(9)]
    model = invariance_model(text, items, 2, "scalar").model
    free = [model.lhs[k] for k in range(len(model.lhs))
            if model.op[k] == "~1" and model.lhs[k] in "abcg" and model.free[k]]  # fmt: skip
    assert free == ["a", "b", "c"]


def test_wrong_words_are_errors():
    with pytest.raises(ValueError, match="step cannot be"):
        invariance_model(TEXT, ITEMS, 2, "weak")
    with pytest.raises(ValueError, match="free names 'y9'"):
        invariance_model(TEXT, ITEMS, 2, "metric", free=["y9"])
    with pytest.raises(ValueError, match="no row of the model"):
        invariance_model(TEXT, ITEMS, 2, "metric", free=["f =~ y9"])
