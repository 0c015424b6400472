"""Dominance analysis: how the variance that predictors share is divided among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_square

_HELD = 2**24  # numbers at a time
_LEFT = 1e-12  # share of its variance below which nothing of a variable is left


@dataclass(frozen=True, slots=True, eq=False)
class Dominance:
    """Contributions of k predictors (or blocks of them) to R².

    Attributes
    ----------
    general
        General dominance weights, (..., k): they add up to ``r2``.
    conditional
        Mean contribution beside 0, 1, ..., k - 1 others, (..., k, k).
    complete
        How the first dominates the second, (..., k, k): the share of all sets of others beside
        which it adds more (ties count half); 1 is complete dominance. NaN on the diagonal.
    r2
        Of all predictors, beyond the controls, (...).
    """

    general: FloatArray
    conditional: FloatArray
    complete: FloatArray
    r2: FloatArray


def subset_r_squared(
    cov: ArrayLike,
    outcome: int,
    blocks: Sequence[Sequence[int]],
    controls: Sequence[int] = (),
) -> FloatArray:
    """R² of every set of predictors, beyond that of the controls.

    Parameters
    ----------
    cov
        Covariances, (..., p, p).
    outcome
        Place of the outcome.
    blocks
        Places of the variables of each of k predictors (one, or the indicators of a category).
    controls
        Places of variables that are in every set.

    Returns
    -------
    FloatArray
        (..., 2, ..., 2), k axes at the end: 0 without the predictor, 1 with it.

    Notes
    -----
    Variables are swept out one after the other (Cholesky), for all sets so far at once. What a
    variable has in common with those swept before is gone; a collinear one adds nothing. All
    subsets are what dominance analysis rests on: Budescu (1993), Psychological Bulletin 114,
    542-551.

    Examples
    --------
    >>> subset_r_squared([[1.0, 0.5, 0.4], [0.5, 1, 0.6], [0.4, 0.6, 1]], 2, [[0], [1]]).round(3)
    array([[0.   , 0.36 ],
           [0.16 , 0.373]])
    """
    cov = as_square(cov)
    batch = cov.shape[:-2]
    used = [*controls, *(place for block in blocks for place in block)]
    places = np.asarray([*used, outcome], dtype=np.intp)
    size = max(1, len(places)) ** 2
    width = 2 ** len(blocks) * 8
    at_once = max(1, _HELD // (size + width))
    flat = cov.reshape(-1, *cov.shape[-2:])[:, places[:, None], places]
    total = flat[:, -1, -1]
    sets = np.empty((len(flat), 2 ** len(blocks)))
    for start in range(0, len(flat), at_once):
        part = flat[start : start + at_once]
        variance = np.diagonal(part, axis1=1, axis2=2)[:, None, :]
        part = part[:, None]
        for _ in controls:
            part, variance = _without(part, variance)
        base = part[:, 0, -1, -1]
        for block in blocks:
            swept, rest = part, variance
            for _ in block:
                swept, rest = _without(swept, rest)
            kept = part[..., len(block) :, len(block) :]
            part = np.stack([kept, swept], axis=2).reshape(len(part), -1, *kept.shape[-2:])
            variance = rest
        sets[start : start + at_once] = base[:, None] - part[..., 0, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = sets / total[:, None]
    return share.reshape(*batch, *(2 for _ in blocks))


def dominance_analysis(
    cov: ArrayLike,
    outcome: int,
    blocks: Sequence[Sequence[int]],
    controls: Sequence[int] = (),
) -> Dominance:
    """General, conditional and complete dominance of predictors.

    Parameters
    ----------
    cov, outcome, blocks, controls
        As for :func:`subset_r_squared`; at most about 15 predictors.

    Returns
    -------
    Dominance

    References
    ----------
    Budescu, D. V. (1993). *Psychological Bulletin, 114*, 542-551. Azen, R., & Budescu, D. V.
    (2003). *Psychological Methods, 8*, 129-148. The general weights are those of Lindeman, Merenda
    and Gold (1980): R's ``relaimpo::calc.relimp(type = "lmg")``.

    Examples
    --------
    >>> found = dominance_analysis([[1.0, 0.5, 0.4], [0.5, 1, 0.6], [0.4, 0.6, 1]], 2, [[0], [1]])
    >>> found.general.round(4).tolist(), float(found.r2.round(4)), float(found.complete[1, 0])
    ([0.0867, 0.2867], 0.3733, 1.0)
    """
    r2 = subset_r_squared(cov, outcome, blocks, controls)
    k = len(blocks)
    batch = r2.shape[: r2.ndim - k]
    flat = r2.reshape(-1, *(2 for _ in range(k)))
    conditional = np.zeros((len(flat), k, k))
    complete = np.full((len(flat), k, k), np.nan)
    others = np.array([bin(at).count("1") for at in range(2 ** max(k - 1, 0))])
    weight = np.zeros((len(others), k))
    for size in range(k):
        weight[others == size, size] = 1.0 / comb(k - 1, size)
    for j in range(k):
        moved = np.moveaxis(flat, j + 1, 1).reshape(len(flat), 2, -1)
        conditional[:, j] = (moved[:, 1] - moved[:, 0]) @ weight
    for i, j in combinations(range(k), 2):
        both = np.moveaxis(flat, (i + 1, j + 1), (1, 2)).reshape(len(flat), 2, 2, -1)
        gap = both[:, 1, 0] - both[:, 0, 1]
        gap = np.where(np.abs(gap) < _LEFT, 0.0, gap)
        complete[:, i, j] = np.mean((np.sign(gap) + 1.0) / 2.0, axis=-1)
        complete[:, j, i] = 1.0 - complete[:, i, j]
    return Dominance(
        general=conditional.mean(axis=-1).reshape(*batch, k),
        conditional=conditional.reshape(*batch, k, k),
        complete=complete.reshape(*batch, k, k),
        r2=flat.reshape(len(flat), -1)[:, -1].reshape(batch),
    )


def _without(cov: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Covariances after the first variable is swept out, and the variances to begin with."""
    own, reach = cov[..., 0, 0], cov[..., 1:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        there = own > _LEFT * variance[..., 0]
        scaled = np.where(there[..., None], reach / own[..., None], 0.0)
    missing = np.isnan(own)
    scaled = np.where(missing[..., None], np.nan, scaled)
    return cov[..., 1:, 1:] - scaled[..., :, None] * reach[..., None, :], variance[..., 1:]
