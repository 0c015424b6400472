"""The bivariate normal distribution, against 40 digits and against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from detachment import stats
from detachment.stats.bivariate_normal import bivariate_normal_step

# h, k, r and the probability below both: phi(x) Phi((k - r x) / sqrt(1 - r^2)) integrated over x by
# mpmath with 40 digits, in pieces around the place where the integrand falls.
KNOWN = [
    (-1.043, -1.722, 0.0, 0.006315312070697768),
    (-0.718, 0.03074577073459117, 0.0, 0.1210882352734471),
    (-2.252, -0.109, 0.2, 0.008051783453075561),
    (0.719, 0.1414776717493399, 0.2, 0.44960527388290117),
    (-1.676, 0.027, -0.5, 0.005856305433314229),
    (-1.419, -1.2678075723320414, 0.74, 0.04347259975983476),
    (0.043, 0.057, 0.74, 0.40265913563850364),
    (-1.536, -2.0150311215779366, 0.9, 0.01936769212900948),
    (1.098, 1.093, 0.924, 0.8293425516146893),
    (0.245, 0.47795979857268767, 0.924, 0.5718745872606813),
    (-1.688, -1.561, -0.93, 3.271203111243904e-20),
    (-1.477, 1.0892832734520281, -0.93, 0.005054989906788138),
    (-0.07, 1.74, 0.97, 0.4720968298194782),
    (-0.458, -0.5234897588421776, 0.99, 0.289831540578601),
    (2.472, 0.623, 0.99, 0.7333577390799755),
    (1.179, -1.2065065300053688, -0.999, 0.0014416090254876235),
    (2.438, -1.579, 0.9999, 0.05716802852535942),
    (-0.02, -0.02751762739340852, 0.9999, 0.48796176005488084),
    (2.375, 0.81, 0.999999, 0.7910299121283985),
    (1.031, 1.0331897135552475, 0.999999, 0.8487209042925036),
    (0.042, -2.358, -0.99999999, 0.0),
    (-0.33, -0.3300005359424931, 0.999999999999, 0.3706996515451452),
    (0.155, -0.919, 0.999999999999, 0.17904778610060934),
    (0.0, 0.7, 0.3, 0.41667739384861485),
    (0.0, -0.7, 0.95, 0.24140078623618555),
    (1.2, 0.0, -0.8, 0.3873359798495608),
    (0.0, 0.0, 0.6, 0.35241638234956674),
    (-3.5, -3.2, 0.99, 0.00023139675143837084),
    (5.0, -5.0, -0.4, 2.8644080529567074e-07),
    (1e-09, 1e-09, 0.99, 0.47747329357673624),
    (2.0, 2.0, 0.9999999, 0.9772402353935231),
]  # fmt: skip
points = st.floats(-6, 6) | st.sampled_from([-np.inf, np.inf, 0.0])
correlations = st.floats(-1, 1) | st.sampled_from([-1.0, 1.0, 0.0, 1 - 1e-12, -1 + 1e-9])


def test_forty_digits():
    h, k, r, p = np.array(KNOWN).T
    np.testing.assert_allclose(stats.bivariate_normal_cdf(h, k, r), p, rtol=0, atol=5e-16)


def test_scipy():
    from scipy.stats import multivariate_normal

    rng = np.random.default_rng(4)
    for h, k, r in zip(*rng.normal(size=(2, 20)), rng.uniform(-0.99, 0.99, 20), strict=True):
        theirs = multivariate_normal([0, 0], [[1, r], [r, 1]])
        assert stats.bivariate_normal_cdf(h, k, r) == pytest.approx(theirs.cdf([h, k]), abs=1e-7)
        assert stats.bivariate_normal_pdf(h, k, r) == pytest.approx(theirs.pdf([h, k]), rel=1e-12)


@given(points, points, correlations)
def test_what_holds_for_any_distribution(h, k, r):
    p = stats.bivariate_normal_cdf(h, k, r)
    assert p == pytest.approx(stats.bivariate_normal_cdf(k, h, r), abs=1e-15)
    assert 0 <= p <= min(ndtr(h), ndtr(k))
    # below h, and on either side of k
    other = stats.bivariate_normal_cdf(h, -k, -r)
    assert p + other == pytest.approx(ndtr(h), abs=1e-15)
    if abs(r) == 1:
        assert p == pytest.approx(min(ndtr(h), ndtr(k)) if r > 0 else max(0, ndtr(h) - ndtr(-k)))
    if np.isinf(h):
        assert p == pytest.approx(ndtr(k) if h > 0 else 0.0, abs=1e-16)


def test_beyond_what_a_correlation_can_be():
    assert np.isnan(stats.bivariate_normal_cdf(0.0, 0.0, [1.1, -1.0001, np.nan])).all()
    assert np.isnan(stats.bivariate_normal_pdf(0.0, 0.0, [1.0, -1.0, np.nan])).all()
    assert stats.bivariate_normal_pdf(np.inf, 0.0, 0.5) == 0


@pytest.mark.parametrize(
    ("start", "end", "nodes"),
    [(0, 0.75, 12), (0, -0.925, 20), (0.97, 0.9799, 6), (-0.9999, -0.99985, 6)],
)
def test_steps_add_up(start, end, nodes):
    h, k = np.random.default_rng(5).normal(size=(2, 500)) * 1.5
    start, end = np.full(500, start), np.full(500, end)
    gain = bivariate_normal_step(h, k, start, end, nodes)
    whole = stats.bivariate_normal_cdf(h, k, end) - stats.bivariate_normal_cdf(h, k, start)
    np.testing.assert_allclose(gain, whole, rtol=0, atol=5e-15)
