"""Correlations of common factors: exact slopes beside differences, clusters, degenerate items."""

import numpy as np
import pytest

from detachment.stats.intervals import delta_method
from detachment.stats.latent_correlation import latent_correlation
from detachment.stats.omega import omega_total
from detachment.stats.reliability import alpha


def answers(p: int, q: int, *, missing: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(p + 10 * q)
    factor = rng.normal(size=(400, 1))
    other = 0.5 * factor + rng.normal(size=(400, 1))
    x = factor * rng.uniform(0.5, 1.5, p) + rng.normal(size=(400, p))
    y = other * rng.uniform(0.5, 1.5, q) + rng.normal(size=(400, q))
    both = np.rint(2 * np.hstack([x, y]))
    both[rng.random(both.shape) < missing] = np.nan
    return both[:, :p], both[:, p:]


def by_differences(x: np.ndarray, y: np.ndarray, clusters: np.ndarray | None) -> tuple[float, ...]:
    """The same by numerical slopes of the whole statistic."""
    p = x.shape[1]

    def true(cov: np.ndarray) -> np.ndarray:
        two = cov.shape[-1] == 2
        return cov.sum(axis=(1, 2)) * (
            alpha(cov) if two else omega_total(cov, denominator="observed").omega
        )

    def statistic(cov: np.ndarray) -> np.ndarray:
        product = true(cov[:, :p, :p]) * true(cov[:, p:, p:])
        return cov[:, :p, p:].sum(axis=(1, 2)) / np.sqrt(product)

    found = delta_method(np.hstack([x, y]), statistic, clusters=clusters)
    return float(found.estimate), float(found.standard_error)


@pytest.mark.parametrize(("p", "q"), [(4, 3), (2, 5), (2, 2), (8, 2)])
@pytest.mark.parametrize("missing", [0.0, 0.05])
@pytest.mark.parametrize("clustered", [False, True])
def test_exact_slopes_are_the_limits_of_differences(
    p: int, q: int, missing: float, clustered: bool
) -> None:
    x, y = answers(p, q, missing=missing)
    clusters = np.arange(len(x)) // 2 if clustered else None
    found = latent_correlation(x, y).delta_method(clusters)
    r, se = by_differences(x, y, clusters)
    assert found.estimate == r
    assert found.standard_error == pytest.approx(se, rel=1e-6)
    assert found.units == (200 if clustered else 400)


def test_order_of_rows_leaves_no_trace() -> None:
    x, y = answers(4, 3, missing=0.05)
    clusters, turn = np.arange(400) // 2, np.random.default_rng(1).permutation(400)
    for names in (None, clusters):
        one = latent_correlation(x, y).delta_method(names)
        other = latent_correlation(x[turn], y[turn]).delta_method(
            None if names is None else names[turn]
        )
        assert (one.estimate, one.standard_error) == (other.estimate, other.standard_error)


def test_improper_and_constant_items_have_no_correlation() -> None:
    x, y = answers(3, 3)
    x[:, 0] = 1.0
    found = latent_correlation(x, y).delta_method()
    assert np.isnan(found.estimate)
    assert np.isnan(found.standard_error)
    with pytest.raises(ValueError, match="same rows"):
        latent_correlation(x, y[:-1])
    with pytest.raises(ValueError, match="same rows"):
        latent_correlation(x[:0], y[:0])
