"""A test before and after a lesson: how much was learned of what was left to learn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_float, canonical_order
from detachment.stats._clusters import cluster_sums
from detachment.stats._resampled_sums import bootstrap_sums
from detachment.stats.bootstrap import Bootstrap


@np.errstate(divide="ignore", invalid="ignore")
def normalized_gain(before: ArrayLike, after: ArrayLike, maximum: ArrayLike) -> FloatArray:
    """Share of what was left to learn that was learned: (after - before) / (maximum - before).

    Parameters
    ----------
    before, after
        Scores of people, or means of a class, ``(...)``.
    maximum
        Highest possible score.

    Returns
    -------
    FloatArray
        ``(...)``: 1 at most, below 0 for a loss, which has no lower bound. NaN where the score
        before was the maximum: nothing was left.

    References
    ----------
    Hake, R. R. (1998). *American Journal of Physics, 66*, 64-74.

    Examples
    --------
    >>> normalized_gain([4, 6, 10], [7, 6, 10], 10).tolist()
    [0.5, 0.0, nan]
    """
    before, after, maximum = np.broadcast_arrays(
        as_float(before), as_float(after), as_float(maximum)
    )
    left = maximum - before
    return np.where(left > 0, (after - before) / left, np.nan)[()]


@dataclass(frozen=True, slots=True, eq=False)
class LearningGain:
    """Normalised gain of a class, in both ways of counting, with resamples of its people.

    Attributes
    ----------
    of_means
        Gain of the mean scores, Hake's <g>.
    mean_of_gains
        Mean of the gains of those who had something left to learn.
    n
        People with both scores.
    at_maximum
        Of these, how many had nothing left to learn, and so no gain of their own.
    bootstrap
        Resamples of ``(of_means, mean_of_gains)``.
    """

    of_means: float
    mean_of_gains: float
    n: int
    at_maximum: int
    bootstrap: Bootstrap


@np.errstate(divide="ignore", invalid="ignore")
def learning_gain(
    before: ArrayLike,
    after: ArrayLike,
    maximum: float,
    *,
    clusters: ArrayLike | None = None,
    n_boot: int = 2000,
    rng: int | np.random.Generator = 1,
) -> LearningGain:
    """Normalised gain of a class, and its bootstrap.

    Parameters
    ----------
    before, after
        Scores of the same people, ``(n,)``; NaN is missing, and only people with both count.
    maximum
        Highest possible score.
    clusters
        Which cluster each person belongs to, ``(n,)``: whole clusters are drawn.
    n_boot
        Number of resamples.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    LearningGain
        The same for every order of the people.

    Raises
    ------
    ValueError
        When the scores are not two rows of one length.

    References
    ----------
    Hake, R. R. (1998). *American Journal of Physics, 66*, 64-74. Bao, L. (2006). *American Journal
    of Physics, 74*, 917-922, on how the two differ.

    Examples
    --------
    >>> gain = learning_gain([2, 5, 8, 10], [6, 5, 9, 10], 10, n_boot=200)
    >>> gain.at_maximum, round(gain.of_means, 4), round(gain.mean_of_gains, 4)
    (1, 0.3333, 0.3333)
    """
    x, y = as_float(before), as_float(after)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"scores must have one shape (n,), got {x.shape} and {y.shape}")
    there = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[there], y[there]
    own = normalized_gain(x, y, maximum)
    has = ~np.isnan(own)
    sums = np.column_stack([np.ones(len(x)), x, y, has, np.where(has, own, 0.0)])
    order = canonical_order(sums)
    sums = sums[order]
    if clusters is not None:
        sums = cluster_sums(sums, np.asarray(clusters)[there][order])

    def gains(total: FloatArray) -> FloatArray:
        n, first, second, learners, gained = np.moveaxis(total, -1, 0)
        of_means = normalized_gain(first / n, second / n, maximum)
        return np.stack([of_means, gained / learners], axis=-1)

    found = bootstrap_sums(sums, gains, n_boot=n_boot, rng=rng)
    return LearningGain(
        of_means=float(found.estimate[0]),
        mean_of_gains=float(found.estimate[1]),
        n=len(x),
        at_maximum=int((~has).sum()),
        bootstrap=found,
    )
