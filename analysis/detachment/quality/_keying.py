"""The keying alarm: signs that an item is not reversed, or reversed twice. It never flips one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detachment.text import bounded, interval, listing

SMALLEST = 0.005  # an item-rest r that rounds to .00 is no evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One reason to doubt the key.

    Attributes
    ----------
    scale
        Scale that it touches.
    item
        Item in doubt; None when the whole scale is.
    rule
        ``negative_item_rest``, ``negative_average`` or ``expected_sign``.
    evidence
        The numbers, as words.
    message
        What is suspected and what to do.
    """

    scale: str
    item: str | None = None
    rule: Literal["negative_item_rest", "negative_average", "expected_sign"]
    evidence: str
    message: str


def keying_alarm(
    *,
    scale: str,
    items: Sequence[str],
    keyed: Sequence[int],
    cor: ArrayLike,
    item_rest_r: ArrayLike,
    alpha: float,
    alpha_if_reversed: ArrayLike,
) -> tuple[Alarm, ...]:
    """Doubt the key of items that go against the rest of their scale.

    An item that correlates negatively with the rest raises alpha when it is reversed. When half of
    the items go against the rest, or several do and the items correlate negatively on average, the
    key of the whole scale is in doubt and the two camps are named, not each item.

    Parameters
    ----------
    scale
        The scale's id.
    items, keyed
        Its p items and their keys (+1, -1) as they were applied.
    cor
        Correlations of the keyed items, (p, p).
    item_rest_r
        Correlation of each keyed item with the sum of the others, (p,).
    alpha
        Alpha as keyed.
    alpha_if_reversed
        Alpha when this one item is reversed, (p,).

    Returns
    -------
    tuple of Alarm
        Empty when there is nothing to doubt. A NaN is no evidence.

    References
    ----------
    Revelle, W. (2024). *psych* (``check.keys`` of ``alpha``), which flips; this only says so.

    Examples
    --------
    >>> alarms = keying_alarm(
    ...     scale="trust", items=["a", "b", "c"], keyed=[1, 1, 1],
    ...     cor=[[1, 0.6, -0.2], [0.6, 1, -0.3], [-0.2, -0.3, 1]],
    ...     item_rest_r=[0.31, 0.24, -0.28], alpha=0.1, alpha_if_reversed=[-1.0, -0.8, 0.63],
    ... )
    >>> alarms[0].item, alarms[0].evidence
    ('c', 'item-rest r = −.28; alpha is .10 as keyed and .63 with c reversed')
    """
    rest = np.asarray(item_rest_r, dtype=np.float64)
    if_reversed = np.asarray(alpha_if_reversed, dtype=np.float64)
    against = [j for j in range(len(items)) if rest[j] <= -SMALLEST]
    average = _mean_off_diagonal(np.asarray(cor, dtype=np.float64))
    one_item = len(against) == 1
    if not one_item and (average < 0 or 2 * len(against) >= max(len(items), 1)):
        evidence = (
            f"mean inter-item r = {bounded(average)}; "
            f"item-rest r is negative for {len(against)} of {len(items)} items"
        )
        one, other = _camps(items, np.asarray(cor, dtype=np.float64))
        evidence += _if_turned(items, one, np.asarray(cor, dtype=np.float64))
        camps = f": {listing(one, shown=8)} go against {listing(other, shown=8)}" if one else ""
        return (
            Alarm(
                scale=scale,
                rule="negative_average",
                evidence=evidence,
                message=f"the items of {scale} do not go one way as they are keyed ({evidence})"
                f"{camps}. Check which items are reversed in the instrument (or reverse= in "
                "Python) against the questionnaire before any number of this scale is used; "
                "nothing was changed",
            ),
        )
    alarms = []
    for j in against:
        evidence = f"item-rest r = {bounded(rest[j])}"
        if if_reversed[j] > alpha:
            evidence += (
                f"; alpha is {bounded(alpha)} as keyed and {bounded(if_reversed[j])} "
                f"with {items[j]} reversed"
            )
        doubt = (
            "is keyed as reversed, so its answers may have been reversed before"
            if keyed[j] < 0
            else "is not keyed as reversed, so it may be a reversed item"
        )
        alarms.append(
            Alarm(
                scale=scale,
                item=items[j],
                rule="negative_item_rest",
                evidence=evidence,
                message=f"{items[j]} goes against the rest of {scale} ({evidence}). It {doubt}: "
                "check its wording and its key; nothing was changed",
            )
        )
    return tuple(alarms)


def _mean_off_diagonal(cor: NDArray[np.float64]) -> float:
    pairs = cor[np.tril_indices(len(cor), -1)]
    return float(pairs.mean()) if pairs.size else float("nan")


def _if_turned(items: Sequence[str], camp: Sequence[str], cor: NDArray[np.float64]) -> str:
    """What standardized alpha is, and what it would be with one camp reversed, if that is more."""
    turn = np.array([-1.0 if item in camp else 1.0 for item in items])
    as_keyed, turned = _standardized(cor), _standardized(cor * np.outer(turn, turn))
    if not turned > as_keyed:
        return ""
    return (
        f"; standardized alpha is {bounded(as_keyed)} as keyed and {bounded(turned)} with "
        f"{listing(camp, shown=8)} reversed"
    )


def _standardized(cor: NDArray[np.float64]) -> float:
    k, r = len(cor), _mean_off_diagonal(cor)
    with np.errstate(divide="ignore"):
        return float(k * r / np.float64(1 + (k - 1) * r))


def _camps(
    items: Sequence[str], cor: NDArray[np.float64]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Smaller and larger group of items that go together: signs on the first component."""
    positive = np.linalg.eigh(np.nan_to_num(cor))[1][:, -1] > 0
    if 2 * positive.sum() > len(items) or (2 * positive.sum() == len(items) and positive[0]):
        positive = ~positive
    smaller = tuple(item for item, yes in zip(items, positive, strict=True) if yes)
    larger = tuple(item for item, yes in zip(items, positive, strict=True) if not yes)
    return smaller, larger


def sign_alarm(
    *, row: str, column: str, r: float, low: float, high: float, expected: int
) -> Alarm | None:
    """Doubt the key when a correlation clearly has the sign that it should not have.

    Parameters
    ----------
    row, column
        The two variables.
    r, low, high
        Correlation and its interval.
    expected
        +1 or -1 as the instrument declares; 0 where nothing is expected.

    Returns
    -------
    Alarm or None
        None unless the whole interval is on the wrong side of 0: a weak correlation may have the
        wrong sign by chance.

    Examples
    --------
    >>> sign_alarm(row="a", column="b", r=0.3, low=0.1, high=0.5, expected=-1).evidence
    'r = .30, [.10, .50], where a negative one is expected'
    >>> sign_alarm(row="a", column="b", r=0.1, low=-0.1, high=0.3, expected=-1) is None
    True
    """
    wrong = high < 0 if expected > 0 else low > 0 if expected < 0 else False
    if not wrong:
        return None
    word = "positive" if expected > 0 else "negative"
    evidence = f"r = {bounded(r)}, {interval(low, high)}, where a {word} one is expected"
    return Alarm(
        scale=column,
        rule="expected_sign",
        evidence=evidence,
        message=f"{row} and {column}: {evidence}. Before this is a finding, check that both are "
        "keyed as the instrument says (a reversed item that was not reversed, or codes in the "
        "opposite order)",
    )
