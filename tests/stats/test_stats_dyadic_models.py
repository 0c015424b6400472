"""Common fate, mutual influence and mediation in dyads: what must hold, what has no answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.stats import (
    common_fate_model,
    dyadic_mediation_model,
    mediated_effects,
    mediation_bootstrap,
    mutual_influence,
    mutual_influence_model,
)
from detachment.stats.apim import actor_partner_effects
from detachment.stats.dyadic_models import MEDIATED
from detachment.stats.dyads import double_entered
from detachment.stats.sem import fit_model, improper, labelled, sample_moments

nan = np.nan
seeds = st.integers(0, 10_000)


def dyads(seed: int, n: int = 60, pairs: int = 3) -> np.ndarray:
    """Outcome, predictor and mediator of both partners, alike by something they share."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, pairs, 1))
    x = shared + rng.normal(size=(n, pairs, 2))
    x[:, 0] += 0.5 * x[:, 1] - 0.3 * x[:, 2]
    return x.reshape(n, -1)


def cov_of(x: np.ndarray) -> np.ndarray:
    return np.cov(x.T)


def effect(effects: np.ndarray, name: str) -> np.ndarray:
    return effects[..., MEDIATED.index(name)]


@given(seeds)
def test_effects_add_up_and_totals_are_those_without_a_mediator(seed):
    cov = cov_of(dyads(seed))
    effects = mediated_effects(cov)
    for whose in ("actor", "partner"):
        parts = {
            "actor": ("actor_actor", "partner_partner"),
            "partner": ("actor_partner", "partner_actor"),
        }[whose]
        indirect = sum(effect(effects, name) for name in parts)
        np.testing.assert_allclose(indirect, effect(effects, f"{whose}_indirect"), atol=1e-12)
        total = indirect + effect(effects, f"{whose}_direct")
        np.testing.assert_allclose(total, effect(effects, f"{whose}_total"), atol=1e-12)
    plain = actor_partner_effects(cov[:4, :4])
    totals = np.stack([effect(effects, "actor_total"), effect(effects, "partner_total")], axis=-1)
    np.testing.assert_allclose(totals, plain, atol=1e-9)


@given(seeds)
def test_partners_turned_round(seed):
    x = dyads(seed)
    turn = [1, 0, 3, 2, 5, 4]
    np.testing.assert_allclose(
        mediated_effects(cov_of(x[:, turn])), mediated_effects(cov_of(x))[::-1], atol=1e-9
    )
    np.testing.assert_allclose(
        mutual_influence(cov_of(x[:, turn[:4]])), mutual_influence(cov_of(x[:, :4]))[::-1],
        rtol=1e-6, atol=1e-9,
    )  # fmt: skip
    both = mediated_effects(cov_of(double_entered(x, 3)[0]))
    np.testing.assert_allclose(both[0], both[1], atol=1e-9)


@given(seeds, st.floats(0.1, 10))
def test_units(seed, times):
    cov = cov_of(dyads(seed))
    scale = np.array([1, 1, times, times, 1, 1])
    one, other = mediated_effects(cov), mediated_effects(cov * scale * scale[:, None])
    np.testing.assert_allclose(one, other * times, rtol=1e-6, atol=1e-9)
    scale = np.array([1, 1, 1, 1, times, times])  # of the mediator: nothing to see
    np.testing.assert_allclose(one, mediated_effects(cov * scale * scale[:, None]), atol=1e-8)


def test_a_stack_is_each_of_it():
    stack = np.stack([cov_of(dyads(seed)) for seed in range(5)])
    stack[2] = nan
    stack[3, 2:4] = stack[3, :, 2:4] = 0.0  # a predictor that does not vary
    for function, size in ((mediated_effects, 6), (mutual_influence, 4)):
        whole = function(stack[:, :size, :size])
        for one, own in zip(stack, whole, strict=True):
            np.testing.assert_allclose(function(one[:size, :size]), own, atol=1e-12)
        assert np.isnan(whole[[2, 3]]).all()
        assert np.isfinite(whole[[0, 1, 4]]).all()


def test_a_third_variable_is_held_constant():
    rng = np.random.default_rng(2)
    z = rng.normal(size=(4000, 1))
    x, m, y = (0.9 * z + rng.normal(size=(4000, 2)) for _ in range(3))
    rows = np.hstack([y, x, m])
    without = mediated_effects(cov_of(rows))
    held = mediated_effects(cov_of(np.hstack([rows, z])))
    assert effect(without, "actor_actor").min() > 0.02
    assert np.abs(held).max() < 0.06


@pytest.mark.parametrize("exchangeable", [False, True])
def test_the_fit_is_the_closed_form(exchangeable):
    x = dyads(3, n=200)
    rows = double_entered(x, 3)[0] if exchangeable else x
    model = dyadic_mediation_model(exchangeable=exchangeable)
    fit = fit_model(model, [sample_moments(x)])
    assert fit.converged
    place = [model.find("v0_1", "~", name) for name in ("v1_1", "v1_2", "v2_1", "v2_2")]
    cov = cov_of(rows)
    slopes = np.linalg.solve(cov[2:6, 2:6], cov[2:6, 0])
    np.testing.assert_allclose(fit.theta[model.free[place] - 1], slopes, atol=1e-6)
    loop = mutual_influence_model(exchangeable=exchangeable)
    fit = fit_model(loop, [sample_moments(x[:, :4])])
    names = ("a", "i") if exchangeable else ("a_1", "i_1", "a_2", "i_2")
    expected = mutual_influence(cov_of(double_entered(x[:, :4], 2)[0] if exchangeable
                                       else x[:, :4]))  # fmt: skip
    got = fit.theta[labelled(loop, *names)]
    np.testing.assert_allclose(got, expected.ravel()[: len(got)], atol=1e-5)


def test_common_fate_is_found():
    rng = np.random.default_rng(4)
    couple = rng.normal(size=(5000, 1))
    x = couple + rng.normal(size=(5000, 2))
    y = 0.6 * couple + 0.5 * rng.normal(size=(5000, 1)) + rng.normal(size=(5000, 2))
    for exchangeable in (False, True):
        model = common_fate_model(exchangeable=exchangeable)
        fit = fit_model(model, [sample_moments(np.hstack([y, x]))])
        assert fit.theta[labelled(model, "b")][0] == pytest.approx(0.6, abs=0.06)
        assert improper(fit) == ()


def test_partners_who_share_nothing_but_contrast_have_no_common_fate():
    rng = np.random.default_rng(4)
    apart = rng.normal(size=(500, 1)) * [1, -1]
    x, y = (apart + rng.normal(size=(500, 2)) for _ in range(2))
    fit = fit_model(common_fate_model(exchangeable=True), [sample_moments(np.hstack([y, x]))])
    assert any("negative" in text for text in improper(fit))


def test_bootstrap_of_incomplete_dyads():
    x = dyads(5, n=120)
    full = mediation_bootstrap(x, n_boot=300)
    low, high = full.percentile()
    assert ((low <= full.estimate) & (full.estimate <= high)).all()
    x[:30, 1] = nan
    for exchangeable in (False, True):
        one = mediation_bootstrap(x, n_boot=64, exchangeable=exchangeable)
        again = mediation_bootstrap(x, n_boot=64, exchangeable=exchangeable)
        np.testing.assert_array_equal(one.replicates, again.replicates)
        turned = mediation_bootstrap(
            x[np.random.default_rng(0).permutation(120)], n_boot=64, exchangeable=exchangeable
        )
        np.testing.assert_allclose(one.replicates, turned.replicates, atol=1e-12)
        assert one.clusters == 120
        assert np.isfinite(one.replicates).mean() > 0.95
        if exchangeable:
            np.testing.assert_allclose(one.replicates[:, 0], one.replicates[:, 1], atol=1e-5)
