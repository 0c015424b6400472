"""p values of a family of tests in, p values adjusted for their number out."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_float

Adjustment = Literal["none", "holm", "bh", "by", "bonferroni", "hochberg"]


def adjust_p(p: ArrayLike, method: Adjustment = "holm") -> FloatArray:
    """Adjust p values; the family is every finite one in the array.

    Parameters
    ----------
    p
        p values of any shape; NaN is no test.
    method
        ``holm`` (Holm 1979, Scandinavian Journal of Statistics 6, 65-70), ``hochberg`` (Hochberg
        1988, Biometrika 75, 800-802) and ``bonferroni`` hold the family-wise error rate; ``bh``
        (Benjamini and Hochberg 1995, JRSS B 57, 289-300) and ``by`` (Benjamini and Yekutieli 2001,
        Annals of Statistics 29, 1165-1188) the false discovery rate. ``none`` changes nothing.

    Returns
    -------
    FloatArray
        Same shape, NaN where ``p`` is NaN. As R's ``p.adjust``.

    Raises
    ------
    ValueError
        For an unknown method, or values outside 0 to 1.

    Examples
    --------
    >>> adjust_p([0.01, 0.04, float("nan"), 0.03], "holm").round(6).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    if method not in get_args(Adjustment):
        raise ValueError(f"method must be one of {', '.join(get_args(Adjustment))}, not {method!r}")
    p = as_float(p)
    test = np.isfinite(p)
    family = p[test]
    if family.size and (family.min() < 0 or family.max() > 1):
        raise ValueError("p values lie between 0 and 1")
    adjusted = p.copy()
    if method != "none":
        adjusted[test] = _adjust(family, method)
    return adjusted


def _adjust(p: FloatArray, method: Adjustment) -> FloatArray:
    m = p.size
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, m + 1)
    factor = {
        "bonferroni": np.full(m, m),
        "holm": m + 1 - rank,
        "hochberg": m + 1 - rank,
        "bh": m / rank,
        "by": np.sum(1 / rank) * m / rank,
    }[method]
    scaled = factor * p[order]
    if method == "holm":
        scaled = np.maximum.accumulate(scaled)
    elif method != "bonferroni":
        scaled = np.minimum.accumulate(scaled[::-1])[::-1]
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(scaled, 1.0)
    return adjusted
