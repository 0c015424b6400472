"""Tables of counts in, polychoric correlations out.

Behind each ordinal answer stands a normal variable that is cut at thresholds; the polychoric
correlation is that of the normal variables of a pair. Two-step maximum likelihood: thresholds from
the margins, then r from the table; or both at once. Nothing but tables is needed, so that the time
does not grow with the number of respondents.

An answer that nobody gave is no trouble: an empty cell is a count of 0, and an empty category has
two equal thresholds, or an infinite one at an end. Where the likelihood grows up to r = 1 or -1,
that is the estimate, it is marked as ``perfect``, and it has no standard error. Where an item of a
pair has a single category there is no correlation: NaN.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_float
from detachment.stats._ordinal_cells import (
    check_weights,
    chosen,
    diagonal_p,
    likelihood_ratio,
    solve,
    standard_errors,
    thresholds,
)

_PAIRS = 1024  # at a time: their cells stay in the cache


@dataclass(frozen=True, slots=True, eq=False)
class Polychoric:
    """Polychoric correlations of tables of counts ``(..., k, l)``.

    Attributes
    ----------
    r
        ``(...)``; 1 or -1 where ``perfect``.
    se
        Standard error, with the uncertainty of the thresholds in it.
    se_given_thresholds
        The smaller one that takes the thresholds as known, as ``polycor::polychor`` gives.
    n
        Counts in the table.
    rows, columns
        Thresholds, ``(..., k - 1)`` and ``(..., l - 1)``.
    chi2, df
        Likelihood-ratio test of bivariate normality; df is 0 for two by two tables, and counts
        categories that somebody chose.
    perfect
        Whether no interior maximum exists: the table holds what r = 1 or -1 would give.
    empty
        Cells with no counts in rows and columns that have some.
    converged
        Whether the maximum was found; False also where there is no correlation.
    """

    r: FloatArray
    se: FloatArray
    se_given_thresholds: FloatArray
    n: FloatArray
    rows: FloatArray
    columns: FloatArray
    chi2: FloatArray
    df: IntArray
    perfect: BoolArray
    empty: IntArray
    converged: BoolArray


def polychoric(
    tables: ArrayLike,
    *,
    rows: ArrayLike | None = None,
    columns: ArrayLike | None = None,
    correct: float = 0.0,
    weights: str = "expected",
    errors: bool = True,
) -> Polychoric:
    """Polychoric correlations of a stack of tables, by two-step maximum likelihood.

    Parameters
    ----------
    tables
        Counts, ``(..., k, l)``; categories ascend.
    rows, columns
        Counts of all answers to the row item and the column item, ``(..., k)`` and ``(..., l)``,
        where answers are missing: thresholds then come from everyone who answered the item. By
        default the margins of the tables.
    correct
        Added to each empty cell, in rows and columns that have counts, before anything else; 0.5 is
        the convention for two by two tables. Thresholds follow the corrected tables unless
        ``rows`` and ``columns`` are given. The default corrects nothing.
    weights
        ``expected``: the information by the fitted probabilities. ``empirical``: by the observed
        shares, as lavaan does. They differ in the standard error only.
    errors
        Whether standard errors are computed; else they are NaN, in four fifths of the time.

    Returns
    -------
    Polychoric

    Raises
    ------
    ValueError
        For arrays that are no tables, and an unknown word.

    Notes
    -----
    Olsson (1979), Psychometrika 44, 443-460; Newton's method on Fisher's z. Standard errors by the
    influence of each answer on thresholds and correlation: Muthen (1984), Psychometrika 49,
    115-132; Joreskog (1994), Psychometrika 59, 381-389. R: ``psych::polychoric(correct = 0)``,
    ``lavaan::lavCor(ordered =)``, ``polycor::polychor(ML = FALSE)``.

    Examples
    --------
    >>> fit = polychoric([[20, 7, 0], [8, 25, 6], [1, 9, 24]])
    >>> round(float(fit.r), 5), round(float(fit.se), 4), int(fit.empty)
    (0.83276, 0.0503, 1)
    """
    counts = as_float(tables)
    if counts.ndim < 2 or 0 in counts.shape[-2:]:
        raise ValueError(f"expected tables of shape (..., k, l), got {counts.shape}")
    check_weights(weights)
    batch, k, m = counts.shape[:-2], *counts.shape[-2:]
    counts = _corrected(counts.reshape(-1, k, m), correct)
    down = counts.sum(axis=2) if rows is None else _margins(rows, batch, k)
    across = counts.sum(axis=1) if columns is None else _margins(columns, batch, m)
    blocks = [slice(at, at + _PAIRS) for at in range(0, max(len(counts), 1), _PAIRS)]
    parts = [_block(counts[at], down[at], across[at], weights, errors) for at in blocks]
    whole = {
        name: np.concatenate([part[name] for part in parts]) if len(parts) > 1 else parts[0][name]
        for name in parts[0]
    }
    return Polychoric(
        rows=thresholds(down).reshape(*batch, k - 1),
        columns=thresholds(across).reshape(*batch, m - 1),
        **{name: value.reshape(batch)[()] for name, value in whole.items()},
    )


def _margins(counts: ArrayLike, batch: tuple[int, ...], k: int) -> FloatArray:
    return np.broadcast_to(as_float(counts), (*batch, k)).reshape(-1, k)


def _corrected(counts: FloatArray, correct: float) -> FloatArray:
    if not correct:
        return counts
    taken = (counts.sum(axis=2, keepdims=True) > 0) & (counts.sum(axis=1, keepdims=True) > 0)
    return np.where(taken & (counts == 0), correct, counts)


def _block(
    counts: FloatArray, down: FloatArray, across: FloatArray, weights: str, errors: bool
) -> dict[str, Any]:
    """Everything about some tables ``(m, k, l)``."""
    size = len(counts)
    table = np.ascontiguousarray(np.moveaxis(counts, 0, -1))
    rows, columns = chosen(table, 1), chosen(table, 0)
    r, se, known, chi2 = (np.full(size, np.nan) for _ in range(4))
    perfect, converged = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    solved = solve(counts, down, across)
    if solved.at.size:
        at, cells, z, sign = solved.at, solved.cells, solved.z, solved.sign
        perfect[at], converged[at] = sign != 0, solved.found
        r[at] = np.where(solved.found, np.where(sign != 0, sign, np.tanh(z)), np.nan)
        if errors:
            both = standard_errors(cells, z, down[at].T, across[at].T, weights)
            inside = solved.found & (sign == 0)
            se[at], known[at] = (np.where(inside, error, np.nan) for error in both)
        p = np.where(sign != 0, diagonal_p(cells, sign), cells.p) if sign.any() else cells.p
        chi2[at] = np.where(solved.found, likelihood_ratio(cells, p), np.nan)
    return {
        "r": r,
        "se": se,
        "se_given_thresholds": known,
        "n": table.sum(axis=(0, 1)),
        "chi2": chi2,
        "df": np.maximum((rows - 1) * (columns - 1) - 1, 0),
        "perfect": perfect,
        "empty": rows * columns - np.count_nonzero(table, axis=(0, 1)),
        "converged": converged,
    }
