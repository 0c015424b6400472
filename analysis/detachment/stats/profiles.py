"""Profiles of couples over the same items in, how alike they are out: raw, distinctive, by chance.

Two people answer alike partly because everybody answers like that. What is left when the mean of
each item is taken from both profiles is distinctive; how much of a similarity any two people have
is seen in pseudo-couples, members of different couples put together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, IntArray, as_float, canonical_order
from detachment.stats._draws import seed_of

_KEYED = 32  # re-pairings drawn from one key; part of the definition of the random numbers
_NUMBERS = 2**19  # held at a time, about: what fits into the caches of a processor
_LEAST = 3  # items that both must have answered
_TIES = 1e-9


@np.errstate(divide="ignore", invalid="ignore")
def profile_correlation(x: ArrayLike, y: ArrayLike) -> FloatArray:
    """Correlation of two profiles over their items.

    Parameters
    ----------
    x, y
        Profiles, ``(..., k)``, of shapes that fit each other; NaN is missing, and an item counts
        where both have it.

    Returns
    -------
    FloatArray
        ``(...)``; NaN with fewer than three common items, or where a profile is flat over them.

    Notes
    -----
    Pearson's r across items: Cronbach and Gleser (1953), Psychological Bulletin 50, 456-473, call
    it similarity of shape, as elevation and scatter do not count.

    Examples
    --------
    >>> profile_correlation([1, 2, 4, 5], [[2, 3, 5, 6], [4, 4, 2, 1]]).round(3).tolist()
    [1.0, -0.974]
    """
    x, y = np.broadcast_arrays(as_float(x), as_float(y))
    there = np.isfinite(x) & np.isfinite(y)
    n = there.sum(axis=-1)
    dx, dy = (_deviations(profile, there, n) for profile in (x, y))
    r = np.sum(dx * dy, axis=-1) / np.sqrt(np.sum(dx**2, axis=-1) * np.sum(dy**2, axis=-1))
    return np.where((n >= _LEAST) & np.isfinite(r), np.clip(r, -1, 1), np.nan)[()]


def _deviations(x: FloatArray, there: np.ndarray, n: IntArray) -> FloatArray:
    """Profiles about their mean over common items; NaN all over where they are flat."""
    x = np.where(there, x, 0.0)
    deviation = np.where(there, x - (x.sum(axis=-1) / n)[..., None], 0.0)
    size = np.max(np.abs(x), axis=-1, initial=0.0)
    flat = np.max(np.abs(deviation), axis=-1, initial=0.0) <= 1e-12 * size
    return np.where(flat[..., None], np.nan, deviation)


@dataclass(frozen=True, slots=True, eq=False)
class ProfileSimilarity:
    """Similarity of the profiles of n couples over k items; S is ``()`` or ``(2,)``.

    The first of two numbers, or of the first axis of length 2, is raw, the second distinctive.

    Attributes
    ----------
    r
        Correlation of each pair of profiles, ``(2, n, *S)``; NaN where there is none.
    mean
        Of these, over all pairs, ``(2,)``.
    pseudo
        Mean over all pairs of profiles from different couples, ``(2,)``.
    pseudo_sd
        Standard deviation of the mean over random re-pairings, ``(2,)``.
    p
        Share of random re-pairings whose mean is as large, ``(2,)``; one-sided: whether couples are
        more alike than pseudo-couples.
    norm_x, norm_y
        Means of the items that were taken away, ``(*S, k)``.
    normative
        Correlation of each profile with the other side's norm, of x and of y, ``(2, n, *S)``.
    n_perm, seed
        Number of re-pairings, and what gives the same ones again.
    """

    r: FloatArray
    mean: FloatArray
    pseudo: FloatArray
    pseudo_sd: FloatArray
    p: FloatArray
    norm_x: FloatArray
    norm_y: FloatArray
    normative: FloatArray
    n_perm: int
    seed: int


@np.errstate(divide="ignore", invalid="ignore")
def profile_similarity(
    x: ArrayLike,
    y: ArrayLike,
    *,
    exchangeable: bool = False,
    n_perm: int = 1000,
    rng: int | np.random.Generator = 1,
) -> ProfileSimilarity:
    """Raw and distinctive similarity of couples' profiles, beside that of pseudo-couples.

    Parameters
    ----------
    x, y
        Either the profiles of the two members of n couples, ``(n, k)`` each; or two profiles of
        each member, ``(n, 2, k)`` each, such as what members say of themselves and what their
        partners say of them. NaN is missing.
    exchangeable
        Whether the two members of a couple cannot be told apart: norms are then those of all
        members, and a pseudo-couple may be of any two.
    n_perm
        Number of random re-pairings; couples are re-paired whole.
    rng
        A seed, or a generator from which one is drawn.

    Returns
    -------
    ProfileSimilarity
        The same for every order of the couples (and, where they are exchangeable, of the members)
        and every amount of memory. NaN with fewer than two couples.

    Raises
    ------
    ValueError
        When the profiles do not fit each other.

    Notes
    -----
    Furr (2008), Journal of Personality 76, 1267-1316: the distinctive profile is what is left of a
    profile when the mean of each item is taken away. Re-pairings as in Corsini (1956), Journal of
    Abnormal and Social Psychology 52, 327-332, and Kenny, Kashy and Cook (2006), Dyadic Data
    Analysis, chapter 12. p is (1 + number as large) / (1 + re-pairings): Phipson and Smyth (2010),
    Statistical Applications in Genetics and Molecular Biology 9, 39.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> norm, couple = 3 * rng.normal(size=12), rng.normal(size=(60, 12))
    >>> x, y = (norm + couple + rng.normal(size=(60, 12)) for _ in range(2))
    >>> fit = profile_similarity(x, y, n_perm=200)
    >>> fit.mean.round(2).tolist(), fit.pseudo.round(2).tolist(), fit.p.round(3).tolist()
    ([0.91, 0.49], [0.82, -0.01], [0.005, 0.005])
    """
    x, y = as_float(x), as_float(y)
    if x.shape != y.shape or x.ndim not in (2, 3) or (x.ndim == 3 and x.shape[1] != 2):
        raise ValueError(f"expected profiles (n, k) or (n, 2, k) twice, got {x.shape}, {y.shape}")
    seed = seed_of(rng)
    n = len(x)
    twice = x.ndim == 3
    order, turned = _order(x, y, exchangeable=exchangeable)
    sorted_x, sorted_y = _taken(x, y, order, turned, twice=twice)
    norm_x, norm_y = _norms(sorted_x, sorted_y, exchangeable=exchangeable, twice=twice)
    # Rows are who is compared, columns with whom; a draw says which column a row is paired with.
    draws = _mates(n, n_perm, seed, exchangeable=exchangeable, twice=twice)
    chance = [
        _by_chance(one, other, draws, n_perm, exchangeable=exchangeable, twice=twice)
        for one, other in (
            (sorted_x, sorted_y),
            (sorted_x - norm_x, sorted_y - norm_y),
        )
    ]
    r = np.stack([profile_correlation(x, y), profile_correlation(x - norm_x, y - norm_y)])
    normative = np.stack([profile_correlation(x, norm_y), profile_correlation(y, norm_x)])
    mean, pseudo, spread, p = (np.array(part) for part in zip(*chance, strict=True))
    return ProfileSimilarity(
        r=r, mean=mean, pseudo=pseudo, pseudo_sd=spread, p=p, norm_x=norm_x, norm_y=norm_y,
        normative=normative, n_perm=n_perm, seed=seed,
    )  # fmt: skip


def _order(x: FloatArray, y: FloatArray, *, exchangeable: bool) -> tuple[IntArray, np.ndarray]:
    """Order of the couples that does not depend on their places, and which ones to turn round."""
    n = len(x)
    members = np.stack([x, y], axis=1) if x.ndim == 2 else np.concatenate([x, y], axis=2)
    turned = np.zeros(n, dtype=np.bool_)
    if exchangeable:
        # Of two members the one comes first whose numbers do.
        first, second = (np.where(np.isnan(m), np.inf, m) for m in (members[:, 0], members[:, 1]))
        differ = first != second
        at = np.argmax(differ, axis=1) if members.shape[2] else np.zeros(n, dtype=np.intp)
        every = np.arange(n)
        if members.shape[2]:
            turned = first[every, at] > second[every, at]
        members = np.where(turned[:, None, None], members[:, ::-1], members)
    return canonical_order(members.reshape(n, 2 * members.shape[2])), turned


def _taken(
    x: FloatArray, y: FloatArray, order: IntArray, turned: np.ndarray, *, twice: bool
) -> tuple[FloatArray, FloatArray]:
    if twice:
        x, y = (np.where(turned[:, None, None], z[:, ::-1], z) for z in (x, y))
    else:
        x, y = np.where(turned[:, None], y, x), np.where(turned[:, None], x, y)
    return x[order], y[order]


def _norms(
    x: FloatArray, y: FloatArray, *, exchangeable: bool, twice: bool
) -> tuple[FloatArray, FloatArray]:
    """Means of the items on each side, ``(*S, k)``."""
    if not exchangeable:
        return _item_means(x), _item_means(y)
    k = x.shape[-1]
    if twice:
        one, other = (np.tile(_item_means(z.reshape(-1, k)), (2, 1)) for z in (x, y))
        return one, other
    pooled = _item_means(np.concatenate([x, y]))
    return pooled, pooled


def _item_means(x: FloatArray) -> FloatArray:
    there = np.isfinite(x)
    mean: FloatArray = np.where(there, x, 0.0).sum(axis=0) / there.sum(axis=0)
    return mean


def _mates(
    n: int, n_perm: int, seed: int, *, exchangeable: bool, twice: bool
) -> list[tuple[int, IntArray]]:
    """Which column each row is paired with, ``(b, rows)``, a key's worth of re-pairings each."""
    found = []
    for start in range(0, n_perm, _KEYED):
        generator = np.random.Generator(np.random.Philox(key=[seed, start // _KEYED]))
        turn = np.argsort(generator.random((_KEYED, n)), axis=1, kind="stable")
        swap = generator.integers(2, size=(_KEYED, n)) if exchangeable else None
        if twice:
            # both members of a couple go to the same other couple
            member = np.arange(2) ^ (swap[..., None] if swap is not None else 0)
            mate = (2 * turn[..., None] + member).reshape(_KEYED, -1)
        elif swap is None:
            mate = turn
        else:
            # one member of each couple goes to the other member of another
            every = np.arange(_KEYED)[:, None]
            first = 2 * np.arange(n) + swap
            second = 2 * turn + 1 - swap[every, turn]
            mate = np.empty((_KEYED, 2 * n), dtype=np.int64)
            mate[every, first] = second
            mate[every, second] = first
        found.append((start, mate[: n_perm - start]))
    return found


def _by_chance(
    x: FloatArray,
    y: FloatArray,
    draws: list[tuple[int, IntArray]],
    n_perm: int,
    *,
    exchangeable: bool,
    twice: bool,
) -> tuple[float, float, float, float]:
    """Mean of the couples, mean of all pseudo-couples, spread of re-pairings' means, and p."""
    n, k = len(x), x.shape[-1]
    paired = exchangeable and not twice
    if paired:  # every member is a row, and every member a column
        rows = columns = np.stack([x, y], axis=1).reshape(-1, k)
    else:
        rows, columns = x.reshape(-1, k), y.reshape(-1, k)
    number = np.arange(len(rows))
    couple = number // 2 if twice or paired else number
    own = number ^ 1 if paired else number
    total, known_of = np.zeros(n_perm), np.zeros(n_perm)
    observed, pseudo = np.zeros(2), np.zeros(2)
    side = _Side.of(columns)
    block = max(1, _NUMBERS // max(1, 8 * len(columns) + n_perm))
    for start in range(0, len(rows), block):
        here = np.arange(start, min(start + block, len(rows)))
        r = side.correlations(rows[here])
        known = np.isfinite(r).astype(np.float64)
        np.nan_to_num(r, copy=False)
        each = np.arange(len(here))
        observed += [r[each, own[here]].sum(), known[each, own[here]].sum()]
        apart = (couple[here][:, None] != couple).astype(np.float64)
        if twice and not exchangeable:
            apart *= (here % 2)[:, None] == number % 2
        pseudo += [np.vdot(r, apart), np.vdot(known, apart)]
        for at, mate in draws:
            part = slice(at, at + len(mate))
            total[part] += r[each, mate[:, here]].sum(axis=1)
            known_of[part] += known[each, mate[:, here]].sum(axis=1)
    mean, by_chance = observed[0] / observed[1], total / known_of
    if n < 2 or not np.isfinite(mean) or not pseudo[1]:
        return float(mean), np.nan, np.nan, np.nan
    large = np.sum(by_chance >= mean - _TIES)
    spread = float(np.std(by_chance, ddof=1)) if n_perm > 1 else np.nan
    p = (1 + int(large)) / (1 + n_perm) if n_perm else np.nan
    return float(mean), float(pseudo[0] / pseudo[1]), spread, p


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """Profiles in columns, ready to be correlated with any other profiles."""

    values: FloatArray
    there: FloatArray
    complete: bool

    @classmethod
    def of(cls, y: FloatArray) -> "_Side":
        there = np.isfinite(y)
        complete = bool(there.all())
        return cls(_standard(y), there.astype(np.float64), complete)

    def correlations(self, x: FloatArray) -> FloatArray:
        """Of every profile ``(m, k)`` with every one of this side: ``(m, columns)``."""
        here = np.isfinite(x)
        x, y = _standard(x), self.values
        if self.complete and here.all():
            r = x @ y.T
            return np.clip(r, -1, 1) if x.shape[1] >= _LEAST else np.full(r.shape, np.nan)
        seen, there = here.astype(np.float64), self.there
        n = seen @ there.T
        sx, sy = x @ there.T, seen @ y.T
        r, xx, yy = x @ y.T, x**2 @ there.T, seen @ (y**2).T
        # n times sums of squares and products about the mean, in place: these arrays are large
        for sums, one, other in ((r, sx, sy), (xx, sx, sx), (yy, sy, sy)):
            sums *= n
            sums -= one * other
        little = (n < _LEAST) | ~(xx > 1e-12) | ~(yy > 1e-12)
        xx *= yy
        r /= np.sqrt(xx, out=xx)
        np.clip(r, -1, 1, out=r)
        r[little] = np.nan
        return r


def _standard(x: FloatArray) -> FloatArray:
    """Profiles about their mean with squares that add up to 1, 0 for gaps; NaN where flat."""
    there = np.isfinite(x)
    deviation = _deviations(x, there, there.sum(axis=-1))
    standard: FloatArray = deviation / np.sqrt(np.sum(deviation**2, axis=-1, keepdims=True))
    return standard
