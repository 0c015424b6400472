"""Complete respondents that incomplete answers are worth: against sums written out in full."""

import numpy as np
import pytest

from detachment import stats


@pytest.fixture
def gappy(likert):
    x = likert[:120].copy()
    x[np.random.default_rng(3).random(x.shape) < 0.2] = np.nan
    return x


def slope_of_alpha(cov):
    """Derivative of alpha by each covariance, by differences."""
    slope = np.zeros(cov.shape)
    for i in range(len(cov)):
        for j in range(len(cov)):
            turn = np.zeros(cov.shape)
            turn[i, j] = 1e-5
            slope[i, j] = (stats.alpha(cov + turn) - stats.alpha(cov - turn)) / 2e-5
    return slope


def complete_variance(cov, slope, n):
    return 2 * np.trace(slope @ cov @ slope @ cov) / n


def test_pairwise_is_the_sum_over_all_pairs_of_pairs(gappy):
    m = stats.pairwise_moments(gappy)
    there = (~np.isnan(gappy)).astype(float)
    slope = slope_of_alpha(m.cov)
    p = len(slope)
    variance = 0.0
    for i, j, k, h in np.ndindex(p, p, p, p):
        all_four = np.sum(there[:, i] * there[:, j] * there[:, k] * there[:, h])
        both = m.cov[i, k] * m.cov[j, h] + m.cov[i, h] * m.cov[j, k]
        variance += slope[i, j] * slope[k, h] * all_four / (m.n[i, j] * m.n[k, h]) * both
    got = stats.effective_n_of_alpha(gappy, m.cov, missing="pairwise")
    assert got == pytest.approx(complete_variance(m.cov, slope, 1) / variance, rel=1e-6)
    assert stats.effective_n(m.n) < got < 120


def test_likelihood_inverts_the_information(gappy):
    cov = stats.em_moments(gappy).cov
    p = len(cov)
    slope = slope_of_alpha(cov)
    rows, columns = np.tril_indices(p)
    turns = []
    for i, j in zip(rows, columns, strict=True):
        turn = np.zeros((p, p))
        turn[i, j] = turn[j, i] = 1.0
        turns.append(turn)
    information = np.zeros((len(turns), len(turns)))
    for row in gappy:
        seen = ~np.isnan(row)
        if not seen.any():
            continue
        inverse = np.zeros((p, p))
        inverse[np.ix_(seen, seen)] = np.linalg.inv(cov[np.ix_(seen, seen)])
        sides = [inverse @ turn for turn in turns]
        information += [[np.trace(a @ b) / 2 for b in sides] for a in sides]
    gradient = np.array([np.sum(slope * turn) for turn in turns])
    variance = gradient @ np.linalg.solve(information, gradient)
    got = stats.effective_n_of_alpha(gappy, cov, missing="em")
    assert got == pytest.approx(complete_variance(cov, slope, 1) / variance, rel=1e-6)
    pairwise = stats.effective_n_of_alpha(gappy, cov, missing="pairwise")
    assert pairwise < got < 120


@pytest.mark.parametrize("missing", ["pairwise", "em", "listwise"])
def test_complete_answers_are_worth_themselves(likert, missing):
    x = likert[~np.isnan(likert).any(axis=1)]
    cov = stats.pairwise_moments(x).cov
    got = stats.effective_n_of_alpha(x, cov, missing=missing)
    assert got == pytest.approx(len(x), rel=1e-12)
    padded = np.concatenate([x, np.full((9, x.shape[1]), np.nan)])
    assert stats.effective_n_of_alpha(padded, cov, missing=missing) == pytest.approx(got)


def test_many_patterns_are_taken_in_parts(gappy, monkeypatch):
    cov = stats.em_moments(gappy).cov
    usual = [stats.effective_n_of_alpha(gappy, cov, missing=rule) for rule in ("pairwise", "em")]
    monkeypatch.setattr("detachment.stats.missing._PATTERNS", 7)
    again = [stats.effective_n_of_alpha(gappy, cov, missing=rule) for rule in ("pairwise", "em")]
    assert again == pytest.approx(usual, rel=1e-12)


def test_nothing_to_say(gappy):
    singular = np.ones((6, 6))
    assert np.isnan(stats.effective_n_of_alpha(gappy, singular, missing="em"))
    assert np.isnan(stats.effective_n_of_alpha(gappy[:, :1], [[1.0]], missing="pairwise"))
    never = gappy[:, :2].copy()
    never[:60, 0] = never[60:, 1] = np.nan
    cov = [[1.0, 0.2], [0.2, 1.0]]
    assert np.isnan(stats.effective_n_of_alpha(never, cov, missing="pairwise"))


def gaps(seed, n=200, p=5, share=0.2):
    rng = np.random.default_rng(seed)
    x = np.clip(np.rint(3 + rng.normal(size=(n, 1)) + rng.normal(size=(n, p))), 1, 5)
    return np.where(rng.random(x.shape) < share, np.nan, x)


def both(cov):
    return np.stack([stats.alpha(cov), stats.guttman_lambda2(cov)], axis=-1)


def test_influences_of_complete_answers_are_those_of_their_covariances():
    x = gaps(3, share=0.0)
    got, expected = stats.em_delta_method(x, both), stats.delta_method(x, both)
    np.testing.assert_allclose(got.standard_error, expected.standard_error, rtol=1e-8)


def test_influences_by_likelihood_are_what_leaving_out_each_row_shows():
    x = gaps(4)
    got = stats.em_delta_method(x, both)
    left = np.array(
        [both(stats.em_moments(np.delete(x, row, axis=0)).cov[None])[0] for row in range(len(x))]
    )
    n = len(x)
    jackknife = np.sqrt((n - 1) / n * np.sum((left - left.mean(axis=0)) ** 2, axis=0))
    np.testing.assert_allclose(got.standard_error, jackknife, rtol=0.05)


def test_influences_by_likelihood_do_not_know_the_order_of_rows_or_clusters():
    x = gaps(5)
    clusters = np.arange(len(x)) // 2
    order = np.random.default_rng(6).permutation(len(x))
    once = stats.em_delta_method(x, both, clusters=clusters)
    again = stats.em_delta_method(x[order], both, clusters=-clusters[order])
    np.testing.assert_array_equal(once.standard_error, again.standard_error)
    assert once.units == 100
    assert (once.standard_error != stats.em_delta_method(x, both).standard_error).all()


def test_no_maximum_no_standard_error():
    x = gaps(7)
    x[:, 1] = np.where(np.isnan(x[:, 1]), np.nan, x[:, 0])
    assert np.isnan(stats.em_delta_method(x, both).standard_error).all()
    with pytest.raises(ValueError, match="clusters must have shape"):
        stats.em_delta_method(x, both, clusters=[1, 2])
