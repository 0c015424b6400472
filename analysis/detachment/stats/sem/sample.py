"""The sample moments of a group, pattern by pattern of what is missing, and the saturated model.

Complete answers are the case of one pattern. All kernels work on every pattern at once: a
covariance matrix of the variables seen is padded with the identity, which adds nothing to its
determinant and nothing to its inverse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_columns, in_canonical_order
from detachment.stats.moments import missing_patterns
from detachment.stats.pattern_sums import PatternSums, exact, moments_of_products, products_of
from detachment.stats.sem.model import vech_index

MissingRule = Literal["listwise", "fiml"]
_EM_STEPS = 4
_EM_MOST = 2000
_NEWTON_UP_TO = 30  # variables; beyond, solving for all second moments costs more than EM steps
_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class SampleMoments:
    """Moments of one group of n rows, p variables, P patterns of missing answers.

    Attributes
    ----------
    rows
        The rows used, sorted so that their order does not depend on that of the data, (n, p);
        NaN where missing. None of them, (0, p), where they were counted and not kept.
    pattern
        Pattern of each of these, (n,).
    seen
        Which variables a pattern has, (P, p).
    counts
        Rows of each pattern, (P,).
    means, covs
        Means and covariances (divisor: the pattern's rows) of each pattern; 0 where not seen,
        (P, p) and (P, p, p).
    mean, cov
        Of the saturated model: maximum likelihood, divisor n, (p,) and (p, p).
    saturated
        Whether ``mean`` and ``cov`` could be estimated.
    """

    rows: FloatArray
    pattern: IntArray
    seen: BoolArray
    counts: FloatArray
    means: FloatArray
    covs: FloatArray
    mean: FloatArray
    cov: FloatArray
    saturated: bool

    @property
    def n(self) -> int:
        """Rows used."""
        return int(self.counts.sum())

    @property
    def kept(self) -> FloatArray:
        """The rows used, for what cannot be had from moments, (n, p).

        Raises
        ------
        ValueError
            When they were counted and not kept.
        """
        if len(self.rows) != self.n:
            raise ValueError("this needs the rows, and only sums of them were kept")
        return self.rows

    @property
    def complete(self) -> bool:
        """Whether no answer is missing."""
        return bool(self.seen.all())


def sample_moments(rows: FloatArray, missing: MissingRule = "listwise") -> SampleMoments:
    """Moments of a group under a rule for missing answers.

    Parameters
    ----------
    rows
        Answers, (n, p); NaN where missing.
    missing
        ``listwise``: complete rows only. ``fiml``: every row with an answer.

    Returns
    -------
    SampleMoments
        The saturated moments of incomplete rows are those of maximum likelihood under normality
        (EM, then scoring). Those of whole numbers come from exact sums, and are to the last bit
        what :func:`moments_of_sums` gives.

    References
    ----------
    Enders, C. K., & Bandalos, D. L. (2001). *Structural Equation Modeling, 8*, 430-457. Savalei, V.
    (2010). *Psychological Methods, 15*, 352-367. R: ``lavaan`` with ``missing = "fiml"``.

    Examples
    --------
    >>> sample_moments(np.array([[1.0, 2], [2, 4], [3, 6], [4, np.nan]])).cov.round(3).tolist()
    [[0.667, 1.333], [1.333, 2.667]]
    """
    rows = as_columns(rows)
    seen = ~np.isnan(rows)
    rows = rows[seen.all(axis=1) if missing == "listwise" else seen.any(axis=1)]
    rows = in_canonical_order(rows)
    n = len(rows)
    pattern = np.zeros(n, dtype=np.int64)
    whole = exact(rows)
    which, counts, moments = [], [], []
    for k, (at, there) in enumerate(missing_patterns(rows) if n else ()):
        pattern[at] = k
        which.append(there)
        counts.append(float(len(at)))
        moments.append(
            moments_of_products(products_of(rows[at], there))
            if whole
            else _moments(rows[at], there)
        )
    return _of_patterns(rows, pattern, which, counts, moments)


def moments_of_sums(sums: PatternSums) -> SampleMoments:
    """Moments of a group whose rows were counted, block by block, and not kept.

    Parameters
    ----------
    sums
        Of all rows, or of complete ones only.

    Returns
    -------
    SampleMoments
        What :func:`sample_moments` gives for the same rows, without the rows.

    References
    ----------
    As of :func:`sample_moments`.

    Examples
    --------
    >>> from detachment.stats.pattern_sums import pattern_sums
    >>> sums = pattern_sums([[1, 2], [2, 4]]) + pattern_sums([[3, 6]])
    >>> moments_of_sums(sums).cov.round(3).tolist()
    [[0.667, 1.333], [1.333, 2.667]]
    """
    return _of_patterns(
        rows=np.empty((0, sums.p)),
        pattern=np.zeros(0, dtype=np.int64),
        which=list(sums.seen),
        counts=[float(products[0, 0]) for products in sums.products],
        moments=[moments_of_products(products) for products in sums.products],
    )


def _moments(rows: FloatArray, there: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Means and covariances of the rows of one pattern."""
    own = np.where(there, rows, 0.0)
    mean = own.mean(axis=0)
    own = np.where(there, own - mean, 0.0)
    return mean, own.T @ own / len(rows)


def _of_patterns(
    rows: FloatArray,
    pattern: IntArray,
    which: Sequence[BoolArray],
    counts: Sequence[float],
    moments: Sequence[tuple[FloatArray, FloatArray]],
) -> SampleMoments:
    p = rows.shape[1]
    shape = (len(which), p)
    sample = SampleMoments(
        rows=rows,
        pattern=pattern,
        seen=np.array(which, dtype=np.bool_).reshape(shape),
        counts=np.array(counts),
        means=np.array([mean for mean, _ in moments]).reshape(shape),
        covs=np.array([cov for _, cov in moments]).reshape((*shape, p)),
        mean=np.full(p, np.nan),
        cov=np.full((p, p), np.nan),
        saturated=False,
    )
    return _with_saturated(sample)


def _with_saturated(sample: SampleMoments) -> SampleMoments:
    p = sample.seen.shape[1]
    if sample.n == 0:
        return sample
    if sample.complete:
        mean, cov = sample.means[0], sample.covs[0]
        return _replace(sample, mean, cov, _positive(cov))
    each = (sample.counts[:, None] * sample.seen).sum(axis=0)
    together = np.einsum("k,ki,kj->ij", sample.counts, sample.seen * 1.0, sample.seen * 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.einsum("k,ki->i", sample.counts, sample.means) / each
        off = np.where(sample.seen, sample.means - mean, 0.0)
        square = sample.covs + off[:, :, None] * off[:, None, :]
        variance = np.einsum("k,kii->i", sample.counts, square) / each
    if not (variance > 0).all() or (together < 2).any():
        return sample
    cov = np.diag(variance)
    n = sample.counts.sum()
    level = log_likelihood(sample, mean, cov)
    done = False
    for step in range(_EM_MOST):
        r, Q = likelihood_slopes(sample, mean, cov)
        d, E = cov @ r / n, 2.0 / n * cov @ Q @ cov
        E = E - d[:, None] * d[None, :]
        scored = step >= _EM_STEPS and p <= _NEWTON_UP_TO
        if scored:
            low, left = vech_index(p)
            slope = np.concatenate([r, Q[low, left] * np.where(low == left, 1.0, 2.0)])
            try:
                move = np.linalg.solve(likelihood_information(sample, mean, cov), slope)
            except np.linalg.LinAlgError:
                return sample
            change = np.zeros((p, p))
            change[low, left] = change[left, low] = move[p:]
            size = 1.0
            while size > 1e-4:
                after = log_likelihood(sample, mean + size * move[:p], cov + size * change)
                if after >= level - 1e-9 * abs(level):
                    d, E = size * move[:p], size * change
                    break
                size /= 2.0
        mean, cov = mean + d, cov + E
        cov = (cov + cov.T) / 2.0
        level = log_likelihood(sample, mean, cov)
        if not np.isfinite(level):
            return sample
        sd = np.sqrt(np.diagonal(cov))
        moved = max(np.abs(d / sd).max(), np.abs(E / (sd[:, None] * sd)).max())
        if moved < _TOLERANCE:
            done = True
            break
    return _replace(sample, mean, cov, done and _positive(cov))


def _replace(
    sample: SampleMoments, mean: FloatArray, cov: FloatArray, saturated: bool
) -> SampleMoments:
    return SampleMoments(
        sample.rows, sample.pattern, sample.seen, sample.counts, sample.means, sample.covs,
        mean, cov, saturated,
    )  # fmt: skip


def _positive(cov: FloatArray) -> bool:
    """Whether a covariance matrix is positive definite beyond rounding."""
    sd = np.sqrt(np.diagonal(cov))
    if not (sd > 0).all():
        return False
    return bool(np.linalg.eigvalsh(cov / (sd[:, None] * sd)).min() > 1e-10)


Inverses = tuple[FloatArray, FloatArray]


def inverses_of(sample: SampleMoments, cov: FloatArray) -> Inverses | None:
    """Inverses (P, p, p) of the parts seen, 0 elsewhere, and their log determinants (P,).

    None where ``cov`` is no covariance matrix.
    """
    if not np.isfinite(cov).all():
        return None
    p = len(cov)
    mask = sample.seen[:, :, None] & sample.seen[:, None, :]
    padded = np.where(mask, cov, 0.0)
    every = np.arange(p)
    padded[:, every, every] += ~sample.seen
    try:
        lower = np.linalg.cholesky(padded)
    except np.linalg.LinAlgError:
        return None
    inverse = np.linalg.inv(padded)
    inverse = np.where(mask, (inverse + inverse.mT) / 2.0, 0.0)
    return inverse, 2.0 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)


def _about(sample: SampleMoments, mean: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Deviations of the patterns' means (P, p), and second moments about ``mean`` (P, p, p)."""
    off = np.where(sample.seen, sample.means - mean, 0.0)
    return off, sample.covs + off[:, :, None] * off[:, None, :]


def log_likelihood(
    sample: SampleMoments, mean: FloatArray, cov: FloatArray, found: Inverses | None = None
) -> float:
    """Log-likelihood of normal answers with these moments; -inf where they are not possible.

    Parameters
    ----------
    sample
        Of one group.
    mean, cov
        (p,) and (p, p).
    found
        :func:`inverses_of` them, where they are known.

    Returns
    -------
    float
    """
    found = found or inverses_of(sample, cov)
    if found is None:
        return -np.inf
    inverse, determinant = found
    _, square = _about(sample, mean)
    fit = determinant + np.einsum("kij,kij->k", inverse, square)
    total = sample.counts @ (fit + sample.seen.sum(axis=1) * np.log(2.0 * np.pi))
    return float(-0.5 * total)


def likelihood_slopes(
    sample: SampleMoments, mean: FloatArray, cov: FloatArray, found: Inverses | None = None
) -> tuple[FloatArray, FloatArray]:
    """Slopes of the log-likelihood in the moments.

    Returns
    -------
    tuple of (FloatArray, FloatArray)
        r, (p,), and the symmetric Q, (p, p), with d l = r'd mean + tr(Q d cov).
    """
    found = found or inverses_of(sample, cov)
    if found is None:
        return np.full(len(mean), np.nan), np.full(cov.shape, np.nan)
    inverse, _ = found
    off, square = _about(sample, mean)
    r = np.einsum("k,kij,kj->i", sample.counts, inverse, off)
    Q = 0.5 * np.tensordot(sample.counts, inverse @ square @ inverse - inverse, axes=1)
    return r, (Q + Q.T) / 2.0


def likelihood_information(
    sample: SampleMoments,
    mean: FloatArray,
    cov: FloatArray,
    found: Inverses | None = None,
    *,
    observed: bool = False,
) -> FloatArray:
    """Information of the n rows in mean and vech of cov: expected, or minus the Hessian.

    Parameters
    ----------
    sample
        Of one group; the patterns seen are taken as given.
    mean, cov
        Where it is evaluated.
    found
        :func:`inverses_of` them, where they are known.
    observed
        Minus the second derivatives of the log-likelihood, instead of what is expected of them.

    Returns
    -------
    FloatArray
        ``(p + p*, p + p*)``.

    References
    ----------
    Savalei, V. (2010). *Psychological Methods, 15*, 352-367, appendix.
    """
    p = len(mean)
    low, left = vech_index(p)
    q = p + len(low)
    found = found or inverses_of(sample, cov)
    if found is None:
        return np.full((q, q), np.nan)
    inverse, _ = found
    times = np.where(low == left, 1.0, 2.0)
    if sample.complete:
        return _complete_information(sample, mean, inverse[0], times, observed=observed)
    weighted = sample.counts[:, None] * inverse.reshape(-1, p * p)
    information = np.zeros((q, q))
    information[:p, :p] = np.tensordot(sample.counts, inverse, axes=1)
    off, square = _about(sample, mean)
    if observed:
        turned = (2.0 * (inverse @ square @ inverse) - inverse).reshape(-1, p * p)
        pairs = 0.5 * weighted.T @ turned
        pairs = (pairs + pairs.T) / 2.0
        reach = np.einsum("kij,kj->ki", inverse, off)
        both = (weighted.T @ reach).reshape(p, p, p)
        cross = 0.5 * times * (both[:, low, left] + both[:, left, low])
        information[:p, p:] = cross
        information[p:, :p] = cross.T
    else:
        pairs = 0.5 * weighted.T @ inverse.reshape(-1, p * p)
    pairs = pairs.reshape(p, p, p, p)
    a, b = low[:, None], left[:, None]
    c, d = low[None, :], left[None, :]
    information[p:, p:] = (
        0.5 * times[:, None] * times[None, :] * (pairs[a, c, b, d] + pairs[a, d, b, c])
    )
    return information


def _complete_information(
    sample: SampleMoments, mean: FloatArray, V: FloatArray, times: FloatArray, *, observed: bool
) -> FloatArray:
    """The same for one pattern, from products of single cells."""
    p, n = len(mean), float(sample.n)
    low, left = vech_index(p)
    information = np.zeros((p + len(low), p + len(low)))
    information[:p, :p] = n * V
    W = V
    if observed:
        off, square = _about(sample, mean)
        W = 2.0 * V @ square[0] @ V - V
        reach = V @ off[0]
        cross = 0.5 * n * times * (V[:, low] * reach[left] + V[:, left] * reach[low])
        information[:p, p:] = cross
        information[p:, :p] = cross.T
    rows, columns = V[low], V[left]
    products = rows[:, low] * W[left][:, left] + rows[:, left] * W[left][:, low]
    if observed:
        products += W[low][:, low] * columns[:, left] + W[low][:, left] * columns[:, low]
        products /= 2.0
    information[p:, p:] = 0.25 * n * times[:, None] * times * products
    return information


def casewise_slopes(sample: SampleMoments, mean: FloatArray, cov: FloatArray) -> FloatArray:
    """Slopes of each row's log-likelihood in mean and vech of cov, ``(n, p + p*)``.

    Raises
    ------
    ValueError
        When the rows were counted and not kept.
    """
    p, rows = len(mean), sample.kept
    low, left = vech_index(p)
    found = inverses_of(sample, cov)
    if found is None:
        return np.full((sample.n, p + len(low)), np.nan)
    inverse, _ = found
    off = np.where(np.isnan(rows), 0.0, rows - mean)
    if len(inverse) == 1:
        reach = off @ inverse[0]
    else:
        reach = np.empty_like(off)
        order = np.argsort(sample.pattern, kind="stable")
        ends = np.cumsum(sample.counts).astype(np.int64)
        for k, at in enumerate(np.split(order, ends[:-1])):
            reach[at] = off[at] @ inverse[k]
    times = np.where(low == left, 0.5, 1.0)
    second = reach[:, low] * reach[:, left] - inverse[:, low, left][sample.pattern]
    return np.concatenate([reach, times * second], axis=1)


def pooled(samples: Sequence[SampleMoments]) -> int:
    """Rows of all groups."""
    return sum(sample.n for sample in samples)
