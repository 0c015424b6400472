"""Items and clusters of respondents in, standard errors of polychoric correlations out."""

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import FloatArray, as_columns
from detachment.stats._clusters import cluster_codes
from detachment.stats._ordinal_cells import FAR, Cells, influence, thresholds
from detachment.stats.counts import Tables, pairwise_tables


def clustered_polychoric_se(
    x: ArrayLike,
    rows: ArrayLike,
    columns: ArrayLike,
    r: ArrayLike,
    clusters: ArrayLike,
    *,
    tables: Tables | None = None,
) -> FloatArray:
    """Standard errors of two-step polychoric correlations that take clusters whole.

    Parameters
    ----------
    x
        Answers, ``(n, p)``; NaN is missing.
    rows, columns
        Places of the two items of m pairs, ``(m,)``.
    r
        Their polychoric correlations, ``(m,)``, with thresholds from all answers to an item.
    clusters
        Which cluster (dyad, class) each row belongs to, ``(n,)``.
    tables
        Of the answers, if they are there already.

    Returns
    -------
    FloatArray
        ``(m,)``; NaN where r is, and for r of 1 or -1. With every row a cluster of its own that of
        :func:`detachment.stats.polychoric` times the root of g / (g - 1).

    Raises
    ------
    ValueError
        With clusters that do not fit the rows.

    Notes
    -----
    The influence of each answer on thresholds and correlation (Muthen 1984, Psychometrika 49,
    115-132), summed over the answers of a cluster: Liang and Zeger (1986), Biometrika 73, 13-22.

    Examples
    --------
    >>> from detachment.stats.polychoric_items import polychoric_from_tables
    >>> half = np.random.default_rng(2).multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=300)
    >>> x = np.repeat(np.digitize(half, [-1, 0, 1]), 2, axis=0)
    >>> fit = polychoric_from_tables(pairwise_tables(x))
    >>> se = clustered_polychoric_se(x, [0], [1], fit.r[0, 1], np.arange(600) // 2)
    >>> (se / fit.se[0, 1]).round(2).tolist()
    [1.42]
    """
    x = as_columns(x)
    unit = cluster_codes(clusters, len(x))
    tables = pairwise_tables(x) if tables is None else tables
    rows, columns = (np.atleast_1d(np.asarray(side, dtype=np.intp)) for side in (rows, columns))
    r = np.atleast_1d(np.asarray(r, dtype=np.float64))
    g = int(unit.max(initial=-1)) + 1
    codes = np.full(x.shape, -1, dtype=np.int64)
    for j, values in enumerate(tables.categories):
        there = np.isfinite(x[:, j])
        codes[there, j] = np.searchsorted(values[np.isfinite(values)], x[there, j])
    se = np.full(len(r), np.nan)
    inside = np.flatnonzero(np.abs(r) < 1)
    if not inside.size:
        return se
    one, other, z = rows[inside], columns[inside], np.arctanh(r[inside])
    counts = tables.counts[one, other].astype(np.float64)
    down, across = (tables.margins[side].astype(np.float64) for side in (one, other))
    ends = [np.clip(np.ascontiguousarray(thresholds(m).T), -FAR, FAR) for m in (down, across)]
    cells = Cells(np.ascontiguousarray(np.moveaxis(counts, 0, -1)), *ends)
    cells.start(np.tanh(z))
    by = influence(cells, z, "expected")
    for k, place in enumerate(inside):
        u, v = codes[:, one[k]], codes[:, other[k]]
        has_u, has_v = u >= 0, v >= 0
        both = has_u & has_v
        own = np.zeros(len(x))
        own[both] = by.both[u[both], v[both], k] / max(both.sum(), 1)
        own[has_u] += by.rows[u[has_u], k] / max(has_u.sum(), 1)
        own[has_v] += by.columns[v[has_v], k] / max(has_v.sum(), 1)
        order = np.argsort(own, kind="stable")  # sums do not depend on the order of the rows
        sums = np.bincount(unit[order], weights=own[order], minlength=g)
        units = len(np.unique(unit[has_u | has_v]))
        if units > 3:
            se[place] = np.sqrt(np.sort(sums**2).sum() * units / (units - 1))
    return se
