"""Data that have no answer: NaN or a plain number, never a warning (pytest makes them errors)."""

import subprocess
import sys

import numpy as np
import pytest

from detachment import stats

nan, inf = np.nan, np.inf
DATA = {
    "no rows": np.zeros((0, 3)),
    "one row": np.full((1, 3), 2.0),
    "two rows": np.array([[1, 2, 4], [2, 1, 5.0]]),
    "all missing": np.full((5, 3), nan),
    "never together": np.array([[1, nan, nan], [nan, 2, nan], [nan, nan, 3.0]]),
    "one item": np.array([[1.0], [2], [4]]),
    "constant": np.full((6, 3), 2.3),
    "one constant item": np.array([[1, 2, 1], [2, 2, 2], [3, 2, 5], [1, 2, nan]]),
    "straight-liners": np.repeat(np.array([[1.0], [2], [5], [4]]), 3, axis=1),
    "fewer rows than items": np.array([[1, 2, 3, 4, 5], [2, 2, 4, 1, 5], [3, 1, 1, 2, 2.0]]),
    "infinite": np.array([[inf, 1, 2], [1, 2, 3], [2, 2, nan], [4, 5, 1.3]]),
    "negative": np.array([[1, 5, 2], [2, 4, 1], [3, 3, 5], [4, 2, 2], [5, 1, 3.0]]),
}


@pytest.mark.parametrize("name", DATA)
def test_no_warning_and_no_infinity(name):
    x = DATA[name]
    m, listwise = stats.pairwise_moments(x), stats.listwise_moments(x)
    cor = stats.correlation_from(m.cov)
    results = [m.cov, listwise.cov, cor, stats.effective_n(m.n), stats.mean_interitem_r(cor)]
    for f in (
        stats.alpha,
        stats.alpha_if_dropped,
        stats.item_rest_r,
        stats.guttman_lambda2,
        stats.guttman_lambda6,
        stats.odd_even,
    ):
        results += [f(m.cov), f(cor)]
    omega = stats.omega_total(m.cov)
    assert np.isnan(omega.omega) == (not omega.converged or bool(omega.heywood))
    results += [*stats.feldt_interval(stats.alpha(m.cov), stats.effective_n(m.n), x.shape[1])]
    for f in (stats.pearson, stats.spearman, stats.kendall):
        r, n = f(x)
        assert f(x, x[:, :1])[0].shape == (x.shape[1], 1)
        results += [r, stats.t_test_p(r, n), stats.adjust_p(stats.t_test_p(r, n), "bh")]
        results += [*stats.fisher_interval(r, n), *stats.bonett_wright_interval(r, n)]
        results += [*stats.fieller_interval(r, n), stats.disattenuate(r, 0.5, nan)]
    results += [stats.kendall_p(x)]
    for kind in (1, 2, 3):
        d = stats.describe(x, type=kind)
        results += [d.sd, d.skew, d.kurtosis]
    for result in results:
        assert not np.isinf(result).any()


@pytest.mark.parametrize("name", [name for name in DATA if name != "no rows"])
def test_bootstrap_of_the_same(name):
    result = stats.resample(DATA[name], stats.alpha, n_boot=40)
    assert result.replicates.shape == (40,)
    assert not np.isinf([*result.percentile(), *result.bca()]).any()


def test_straight_liners_agree_perfectly():
    cov = stats.pairwise_moments(DATA["straight-liners"]).cov
    assert stats.alpha(cov) == pytest.approx(1)
    assert np.isnan(stats.guttman_lambda6(cov))
    assert stats.spearman(DATA["straight-liners"])[0].tolist() == np.ones((3, 3)).tolist()


def test_reversed_items_make_alpha_negative():
    assert stats.alpha(stats.pairwise_moments(DATA["negative"]).cov) < 0


def test_importing_the_room_is_light():
    code = (
        "import sys, detachment.stats;"
        "heavy = {'pandas', 'scipy.stats', 'scipy.optimize', 'matplotlib', 'pandera', 'yaml'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
