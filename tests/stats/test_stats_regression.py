"""Least squares, influence functions, dominance, mediation and Johnson-Neyman: what must hold."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment import stats
from detachment.stats.mediation import PathModel


def rows_of(seed, n=60, p=5):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)) @ rng.normal(size=(p, p)) + 10 * rng.normal(size=p)


def numeric_gradient(f, S, direction, h=1e-6):
    return (f(S + h * direction) - f(S - h * direction)) / (2 * h)


# ---------------------------------------------------------------- slopes


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_slopes_of_a_stack_are_those_of_each(seed, k):
    covs = np.stack([np.cov(rows_of(seed + i).T) for i in range(3)])
    stack = stats.regression_slopes(covs, 4, range(k))
    assert stack.shape == (3, k)
    for one, S in zip(stack, covs, strict=True):
        np.testing.assert_allclose(one, stats.regression_slopes(S, 4, range(k)), rtol=1e-9)
        np.testing.assert_allclose(one, np.linalg.solve(S[:k, :k], S[:k, 4]), rtol=1e-8)


@given(st.integers(0, 10**6))
def test_least_squares_of_rows_and_of_their_covariances_agree(seed):
    rows = rows_of(seed)
    fit = stats.least_squares(rows[:, :4], rows[:, 4])
    S = np.cov(rows.T)
    np.testing.assert_allclose(fit.coefficients[1:], stats.regression_slopes(S, 4, range(4)))
    np.testing.assert_allclose(fit.r2, stats.r_squared_from(S, 4, range(4)))
    np.testing.assert_allclose(fit.design.T @ fit.residuals, 0, atol=1e-6)
    assert fit.leverage.sum() == pytest.approx(5)
    shuffled = np.random.default_rng(seed).permutation(len(rows))
    again = stats.least_squares(rows[shuffled][:, :4], rows[shuffled][:, 4])
    np.testing.assert_array_equal(again.coefficients, fit.coefficients)
    np.testing.assert_array_equal(again.classical, fit.classical)


@given(st.integers(0, 10**6), st.floats(0.01, 1000), st.floats(-1e4, 1e4))
def test_units_change_slopes_and_nothing_else(seed, factor, shift):
    rows = rows_of(seed)
    moved = rows.copy()
    moved[:, 1] = factor * moved[:, 1] + shift
    one, other = (stats.least_squares(x[:, :4], x[:, 4]) for x in (rows, moved))
    assert other.coefficients[2] * factor == pytest.approx(one.coefficients[2], rel=1e-6)
    assert other.r2 == pytest.approx(one.r2, rel=1e-9)
    np.testing.assert_allclose(other.vif, one.vif, rtol=1e-7)


def test_weights_that_count_rows_are_rows():
    rows = rows_of(3)
    times = np.arange(len(rows)) % 3 + 1
    weighted = stats.least_squares(rows[:, :4], rows[:, 4], weights=times)
    repeated = np.repeat(rows, times, axis=0)
    plain = stats.least_squares(repeated[:, :4], repeated[:, 4])
    np.testing.assert_allclose(weighted.coefficients, plain.coefficients)
    np.testing.assert_allclose(weighted.r2, plain.r2)


@pytest.mark.parametrize("what", ["copy", "sum", "constant", "few"])
def test_what_cannot_be_estimated_is_nan(what):
    rows = rows_of(4, n=4 if what == "few" else 30)
    if what == "copy":
        rows[:, 1] = 3 * rows[:, 0] - 7
    elif what == "sum":
        rows[:, 3] = rows[:, 0] + rows[:, 1] - rows[:, 2]
    elif what == "constant":
        rows[:, 2] = 5.0
    fit = stats.least_squares(rows[:, :4], rows[:, 4])
    assert np.isnan(fit.coefficients).all()
    assert np.isnan(stats.regression_slopes(np.cov(rows.T), 4, range(4))).all() or what == "few"
    if what in ("copy", "sum"):
        assert np.isinf(fit.vif).any()
    elif what == "constant":
        assert np.isnan(fit.vif[2])


def test_one_singular_matrix_spoils_no_other():
    covs = np.stack([np.cov(rows_of(5).T)] * 3)
    covs[1] = 1.0
    found = stats.regression_slopes(covs, 4, range(4))
    assert np.isnan(found[1]).all()
    np.testing.assert_array_equal(found[0], found[2])
    assert not np.isnan(found[0]).any()


# ---------------------------------------------------------------- gradients and influences


@given(st.integers(0, 10**6))
def test_gradients_are_slopes_of_their_functions(seed):
    S = np.cov(rows_of(seed).T)
    direction = np.random.default_rng(seed).normal(size=S.shape)
    direction = (direction + direction.T) * np.trace(S) / 100
    for made, f in (
        (
            stats.slope_gradients(S, 4, [0, 2])[1],
            lambda at: stats.slope_gradients(at, 4, [0, 2])[0],
        ),
        (
            stats.standardized_slope_gradients(S, 4, [0, 2], [(0,), (0, 1)])[1],
            lambda at: stats.standardized_slope_gradients(at, 4, [0, 2], [(0,), (0, 1)])[0],
        ),
        (
            stats.r_squared_gradient(S, 4, [0, 2])[1][None],
            lambda at: np.array([stats.r_squared_gradient(at, 4, [0, 2])[0]]),
        ),
    ):
        exact = np.einsum("qij,ij->q", made, direction)
        numeric = numeric_gradient(f, S, direction)
        np.testing.assert_allclose(numeric, exact, rtol=1e-4, atol=1e-6 * np.abs(exact).max())
        np.testing.assert_array_equal(made, made.swapaxes(1, 2))


def test_clustered_errors_are_those_of_statsmodels():
    from statsmodels.regression.linear_model import OLS

    rows = rows_of(8)
    clusters = np.arange(60) // 2
    fit = stats.least_squares(rows[:, :4], rows[:, 4])
    theirs = OLS(rows[:, 4], fit.design).fit(
        cov_type="cluster", cov_kwds={"groups": clusters}, use_t=True
    )
    influences = 60 * fit.scores @ fit.unscaled
    ours = stats.influence_covariance(influences, clusters=clusters) * 59 / 55
    np.testing.assert_allclose(ours, theirs.cov_params(), rtol=1e-7)
    S = np.cov(rows.T, bias=True)
    smooth = stats.covariance_influence(rows, stats.slope_gradients(S, 4, range(4))[1])
    np.testing.assert_allclose(smooth, influences[:, 1:], atol=1e-9 * np.abs(smooth).max())


@given(st.integers(0, 10**6))
def test_influences_know_neither_order_nor_names(seed):
    rng = np.random.default_rng(seed)
    parts, clusters = rng.normal(size=(40, 3)), rng.integers(0, 12, size=40)
    found = stats.influence_covariance(parts, clusters=clusters)
    order, names = rng.permutation(40), rng.permutation(12)
    np.testing.assert_array_equal(
        stats.influence_covariance(parts[order], clusters=names[clusters][order]), found
    )
    alone = stats.influence_covariance(parts, clusters=np.arange(40))
    np.testing.assert_allclose(alone, stats.influence_covariance(parts))


def test_one_cluster_has_no_covariance():
    assert np.isnan(stats.influence_covariance(np.ones((4, 2)), clusters=[1] * 4)).all()
    with pytest.raises(ValueError, match="shape"):
        stats.influence_covariance(np.ones((4, 2)), clusters=[1])


def test_likelihood_of_complete_rows_is_that_of_their_moments():
    rows = rows_of(11)
    S = np.cov(rows.T, bias=True)
    gradients = stats.standardized_slope_gradients(S, 4, range(4))[1]
    ours = stats.likelihood_influence(rows, gradients, np.zeros((4, 5)))
    np.testing.assert_allclose(ours, stats.covariance_influence(rows, gradients), atol=1e-8)


def test_normal_and_free_errors_agree_for_normal_answers():
    rows = np.random.default_rng(0).normal(size=(20_000, 3)) @ [
        [1, 0.5, 0.3],
        [0, 1, 0.4],
        [0, 0, 1],
    ]
    S = np.cov(rows.T)
    gradients = stats.standardized_slope_gradients(S, 2, [0, 1])[1]
    free = stats.influence_covariance(stats.covariance_influence(rows, gradients))
    np.testing.assert_allclose(free, stats.normal_covariance(S, gradients, 20_000), rtol=0.05)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95])
def test_ends_of_the_interval_of_r2_are_where_the_observed_f_is_a_tail(confidence):
    from scipy.special import ncfdtr

    low, high = stats.r_squared_interval(6.0, 3, 80, confidence)
    for end, tail in ((low, (1 + confidence) / 2), (high, (1 - confidence) / 2)):
        assert ncfdtr(3, 80, end / (1 - end) * 84, 6.0) == pytest.approx(tail, abs=1e-7)
    assert stats.r_squared_interval(0.2, 3, 80)[0] == 0.0
    assert np.isnan(stats.r_squared_interval(np.nan, 3, 80)).all()


# ---------------------------------------------------------------- dominance


def by_orders(S, outcome, predictors, controls=()):
    """General dominance as the mean gain over all orders (Lindeman, Merenda & Gold)."""

    def r2(chosen):
        return float(stats.r_squared_from(S, outcome, chosen)) if chosen else 0.0

    gains = {p: [] for p in predictors}
    for order in permutations(predictors):
        for at, p in enumerate(order):
            before = [*controls, *order[:at]]
            gains[p].append(r2([*before, p]) - r2(before))
    return [np.mean(gains[p]) for p in predictors]


@given(st.integers(0, 10**6))
def test_dominance_is_the_mean_over_all_orders(seed):
    S = np.cov(rows_of(seed, p=6).T)
    found = stats.dominance_analysis(S, 5, [[0], [1], [2], [3]])
    np.testing.assert_allclose(found.general, by_orders(S, 5, range(4)), atol=1e-9)
    assert found.general.sum() == pytest.approx(float(stats.r_squared_from(S, 5, range(4))))
    np.testing.assert_allclose(found.conditional.mean(axis=1), found.general)
    beyond = stats.dominance_analysis(S, 5, [[0], [1], [2]], [3, 4])
    np.testing.assert_allclose(beyond.general, by_orders(S, 5, range(3), [3, 4]), atol=1e-9)
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_allclose((found.complete + found.complete.T)[off], 1)


def test_dominance_of_a_stack_of_blocks_and_of_copies():
    S = np.cov(rows_of(2, p=6).T)
    stack = stats.dominance_analysis(np.stack([S, 2 * S]), 5, [[0, 1], [2], [3]])
    one = stats.dominance_analysis(S, 5, [[0, 1], [2], [3]])
    np.testing.assert_allclose(stack.general, [one.general, one.general])
    assert one.r2 == pytest.approx(float(stats.r_squared_from(S, 5, range(4))))
    rows = rows_of(2, p=4)
    rows[:, 1] = rows[:, 0]
    copies = stats.dominance_analysis(np.cov(rows.T), 3, [[0], [1], [2]])
    np.testing.assert_allclose(copies.general[0], copies.general[1])
    assert copies.complete[0, 1] == 0.5


# ---------------------------------------------------------------- mediation


MODELS = [
    PathModel(causes=(0,), mediators=(1,), outcome=4),
    PathModel(causes=(0, 3), mediators=(1, 2), outcome=4),
    PathModel(causes=(0,), mediators=(1, 2, 3), outcome=4, serial=True),
    PathModel(causes=(0,), mediators=(2, 1), outcome=4, controls=(3,), serial=True),
]


@pytest.mark.parametrize("model", MODELS)
@given(seed=st.integers(0, 10**6))
def test_total_effects_are_slopes_without_mediators(model, seed):
    S = np.cov(rows_of(seed).T)
    effects = dict(
        zip(
            model.effects,
            stats.mediation_effects(stats.path_coefficients(S, model), model),
            strict=True,
        )
    )
    slopes = stats.regression_slopes(S, 4, (*model.causes, *model.controls))
    raw = {(e.kind, e.cause): v for e, v in effects.items() if e.metric == "raw"}
    for cause in range(len(model.causes)):
        assert raw["total", cause] == pytest.approx(slopes[cause], rel=1e-6, abs=1e-8)
        inner = [
            v for e, v in effects.items()
            if (e.metric, e.cause, e.kind) == ("raw", cause, "indirect")
        ]  # fmt: skip
        assert len(inner) == len(model.routes)
        assert sum(inner) == pytest.approx(raw["total_indirect", cause], rel=1e-6, abs=1e-8)
        assert raw["direct", cause] + sum(inner) == pytest.approx(
            raw["total", cause], rel=1e-6, abs=1e-8
        )


@pytest.mark.parametrize("model", MODELS)
def test_effects_of_a_stack_and_errors_by_numeric_derivatives(model):
    covs = np.stack([np.cov(rows_of(i).T) for i in range(3)])

    def effects(S):
        return stats.mediation_effects(stats.path_coefficients(S, model), model)

    stack = effects(covs)
    for one, S in zip(stack, covs, strict=True):
        np.testing.assert_allclose(one, effects(S), rtol=1e-12)
    S = covs[0]
    theta, gradients = stats.path_gradients(S, model)
    cov = stats.effect_covariance(theta, stats.normal_covariance(S, gradients, 60), model)
    p = len(S)
    numeric = np.zeros((len(model.effects), p, p))
    for i in range(p):
        for j in range(p):
            direction = np.zeros((p, p))
            direction[i, j] = direction[j, i] = 0.5 if i != j else 1.0
            numeric[:, i, j] = numeric_gradient(effects, S, direction * np.sqrt(S[i, i] * S[j, j]))
            numeric[:, i, j] /= np.sqrt(S[i, i] * S[j, j])
    expected = stats.normal_covariance(S, numeric, 60)
    np.testing.assert_allclose(np.sqrt(np.diag(cov)), np.sqrt(np.diag(expected)), rtol=1e-3)


def test_draws_have_the_covariance_asked_for():
    model = MODELS[0]
    theta = np.array([0.5, 0.1, 0.6, 1.0, 2.0])
    V = np.diag([0.01, 0.02, 0.04, 0.0, 0.0])
    V[0, 1] = V[1, 0] = 0.005
    draws = stats.monte_carlo_effects(theta, V, model, n_draws=50_000, seed=3)
    direct = draws[:, [e.kind for e in model.effects].index("direct")]
    assert (direct.mean(), direct.var()) == pytest.approx((0.1, 0.02), rel=0.03)
    np.testing.assert_array_equal(
        draws[:10], stats.monte_carlo_effects(theta, V, model, n_draws=10, seed=3)
    )
    assert np.isnan(stats.monte_carlo_effects(theta, V * np.nan, model, n_draws=2, seed=1)).all()


def test_a_constant_mediator_has_no_effects():
    S = np.cov(rows_of(1).T)
    S[1] = S[:, 1] = 0.0
    found = stats.mediation_effects(stats.path_coefficients(S, MODELS[0]), MODELS[0])
    assert np.isnan(found).all()


# ---------------------------------------------------------------- moderation


@given(
    st.floats(-2, 2), st.floats(-2, 2), st.floats(0.05, 1), st.floats(0.05, 1), st.floats(-0.9, 0.9)
)
def test_bounds_are_where_t_is_critical(slope, change, se, se_change, r):
    V = np.array([[se**2, r * se * se_change], [r * se * se_change, se_change**2]])
    found = stats.johnson_neyman(slope, change, V, critical=2.0)
    grid = np.linspace(-30, 30, 4001)
    at, error = stats.slopes_at(slope, change, V, grid)
    differs = np.abs(at) > 2.0 * error
    ends = [end for end in (found.low, found.high) if not np.isnan(end)]
    clear = np.all([np.abs(grid - end) > 1e-6 * max(1, abs(end)) for end in ends], axis=0)
    inside = (grid > found.low) & (grid < found.high)
    expected = {
        "outside": ~inside, "inside": inside, "everywhere": np.ones(4001, bool),
        "nowhere": np.zeros(4001, bool),
    }[found.region]  # fmt: skip
    clear = clear & (np.abs(np.abs(at) - 2.0 * error) > 1e-9)
    np.testing.assert_array_equal(differs[clear], expected[clear])
    assert len(ends) in (0, 2)


def test_no_errors_no_region():
    assert stats.johnson_neyman(1.0, 1.0, np.full((2, 2), np.nan), critical=2).region == ""


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30))
def test_the_false_discovery_t_is_that_of_benjamini_and_hochberg(t):
    from scipy.special import stdtr

    p = np.sort(2 * stdtr(50, -np.abs(t)))
    m = len(p)
    passed = [i for i in range(1, m + 1) if p[i - 1] <= 0.05 * i / m]
    critical = stats.false_discovery_critical(t, 50)
    assert int((np.abs(t) >= critical * (1 - 1e-9)).sum()) == (max(passed) if passed else 0)
