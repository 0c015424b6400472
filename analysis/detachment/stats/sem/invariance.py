"""One model in several groups: what is equal at each step of measurement invariance.

Every step adds constraints to the one before, so that the difference of their tests is a test of
what was added. For ordered items thresholds come first, and what has to be freed in exchange
(intercepts and scales of the latent responses in the later groups) follows Wu and Estabrook.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detachment.stats._arrays import FloatArray, IntArray
from detachment.stats.sem.model import (
    ALPHA,
    BETA,
    DELTA,
    LAMBDA,
    NU,
    PSI,
    TAU,
    THETA,
    Model,
    Parameterization,
    cfa_model,
)

STEPS = ("configural", "thresholds", "metric", "scalar", "strict", "means")
CONFIGURAL, THRESHOLDS, METRIC, SCALAR, STRICT, MEANS = range(6)


@dataclass(frozen=True, slots=True, eq=False)
class StepModel:
    """The model of a step.

    Attributes
    ----------
    model
        With G groups.
    constrained
        Rows of the later groups that the step, or one before it, holds equal to those of the first
        group: what could be freed.
    """

    model: Model
    constrained: IntArray


def invariance_steps(thresholds: Mapping[str, int] | None = None) -> tuple[str, ...]:
    """Steps that can be told apart.

    Parameters
    ----------
    thresholds
        Numbers of thresholds of ordered items; None for continuous ones.

    Returns
    -------
    tuple of str
        Of ``STEPS``: without thresholds for continuous items. Where an ordered item has two
        categories, equal loadings, thresholds and intercepts can only be tested together. Where
        all have at most three, equal thresholds constrain nothing.

    Notes
    -----
    Wu and Estabrook (2016), Psychometrika 81, 1014-1045.

    Examples
    --------
    >>> invariance_steps()
    ('configural', 'metric', 'scalar', 'strict', 'means')
    >>> invariance_steps({"a": 1, "b": 4})
    ('configural', 'scalar', 'strict', 'means')
    """
    if thresholds is None:
        return tuple(step for step in STEPS if step != "thresholds")
    if min(thresholds.values()) < 2:
        return ("configural", "scalar", "strict", "means")
    if max(thresholds.values()) < 3:
        return tuple(step for step in STEPS if step != "thresholds")
    return STEPS


def invariance_model(
    text: str,
    observed: Sequence[str],
    groups: int,
    step: str,
    *,
    thresholds: Mapping[str, int] | None = None,
    parameterization: Parameterization = "theta",
    std_lv: bool = False,
    free: Sequence[str] = (),
) -> StepModel:
    """Model of one step of measurement invariance.

    Parameters
    ----------
    text
        The model of one group, see :func:`detachment.stats.sem.model.cfa_model`.
    observed
        Names that the data have.
    groups
        G, at least 2.
    step
        Of ``STEPS``: ``configural`` (the same pattern), ``thresholds``, ``metric`` (also
        loadings), ``scalar`` (also intercepts; the means of factors become free), ``strict`` (also
        residual variances), ``means`` (also the means of factors).
    thresholds
        Numbers of thresholds, when the items are ordered.
    parameterization
        Of ordered items. With ``theta`` strict invariance is about residual variances, with
        ``delta`` about the variances of the latent responses.
    std_lv
        Whether factors are given their units by a variance of 1 in the first group, or by their
        first item.
    free
        What stays free in spite of the step: an item (everything of it), or a row as text,
        ``"f =~ x2"``, ``"x2 ~ 1"``, ``"x2 ~~ x2"``, ``"x2 | t1"``.

    Returns
    -------
    StepModel

    Raises
    ------
    ValueError
        When the text cannot be read, or ``free`` or ``step`` names what is not there.

    Notes
    -----
    Meredith (1993), Psychometrika 58, 525-543. Ordered items: Wu and Estabrook (2016),
    Psychometrika 81, 1014-1045, whose conditions ``semTools::measEq.syntax(ID.cat =
    "Wu.Estabrook.2016")`` writes. Continuous items: R's ``lavaan::cfa(group.equal =)``.

    Examples
    --------
    >>> text, items = "f =~ a + b + c + d", ["a", "b", "c", "d"]
    >>> [invariance_model(text, items, 2, step).model.n_free for step in invariance_steps()]
    [24, 21, 18, 14, 13]
    >>> cuts = dict.fromkeys(items, 3)
    >>> [invariance_model(text, items, 2, step, thresholds=cuts).model.n_free for step in STEPS]
    [32, 28, 25, 22, 18, 17]
    """
    if step not in STEPS:
        raise ValueError(f"step cannot be {step!r}; it is one of {', '.join(STEPS)}")
    base = cfa_model(
        text,
        observed,
        groups=groups,
        std_lv=std_lv,
        meanstructure=True,
        ordered=tuple(thresholds or ()),
        thresholds=thresholds,
        parameterization=parameterization,
    )
    freed = _freed(base, free)
    at = STEPS.index(step)
    size = len(base.lhs) // groups
    first = np.arange(len(base.lhs)) % size
    tied = _tied_thresholds(base, freed, at)
    higher = {base.column[k] for k in range(len(base.lhs)) if base.matrix[k] == BETA}
    number: list[tuple[str, int] | None] = []
    value = base.value.copy()
    constrained = []
    for k in range(len(base.lhs)):
        rule = _rule(base, k, at, tied, freed[first[k]], higher, std_lv)
        own = int(base.free[k])
        if rule == "free" and (base.group[k] > 0 or own > 0):
            number.append(("own", own) if own else ("new", k))
        elif rule == "tied" and base.free[first[k]] > 0:
            number.append(("own", int(base.free[first[k]])))
        else:
            number.append(("own", own) if own and rule == "as it is" else None)
        if rule in ("tied", "fixed") and base.group[k] > 0:
            constrained.append(k)
            if rule == "fixed":
                value[k] = base.value[first[k]]
    return StepModel(
        model=replace(base, free=_renumbered(number), value=value),
        constrained=np.array(constrained, dtype=np.int64),
    )


def _renumbered(number: Sequence[tuple[str, int] | None]) -> IntArray:
    known: dict[tuple[str, int], int] = {}
    return np.array(
        [0 if one is None else known.setdefault(one, len(known) + 1) for one in number],
        dtype=np.int64,
    )


def _freed(base: Model, free: Sequence[str]) -> list[bool]:
    """Which rows of the first group stay free, by their place in it."""
    from detachment.stats.sem._syntax import parse

    size = len(base.lhs) // base.groups
    freed = [False] * size
    for one in free:
        name = one.strip()
        if name in base.observed:
            wanted = [
                k
                for k in range(size)
                if (base.op[k] == "=~" and base.rhs[k] == name)
                or (base.op[k] in ("~1", "|", "~*~") and base.lhs[k] == name)
                or (base.op[k] == "~~" and base.lhs[k] == base.rhs[k] == name)
            ]
        else:
            is_row = any(sign in name for sign in ("~", "|"))
            wanted = [base.find(s.lhs, s.op, s.rhs) for s in parse(one)] if is_row else []
        if not wanted or min(wanted) < 0:
            raise ValueError(f"free names {name!r}, which is no item and no row of the model")
        for k in wanted:
            freed[k] = True
    return freed


def _tied_thresholds(base: Model, freed: Sequence[bool], at: int) -> IntArray:
    """Number of thresholds of each item that a step holds equal."""
    count = np.zeros(len(base.observed), dtype=np.int64)
    if at >= THRESHOLDS:
        for k in range(len(base.lhs) // base.groups):
            if base.matrix[k] == TAU and not freed[k]:
                count[base.observed.index(base.lhs[k])] += 1
    return count


def _rule(
    base: Model,
    k: int,
    at: int,
    tied: IntArray,
    freed: bool,
    higher: set[int],
    std_lv: bool,
) -> str:
    """What a step does with a row: ``tied``, ``fixed``, ``free``, or leave it ``as it is``."""
    code, later = base.matrix[k], base.group[k] > 0
    own = base.lhs[k] == base.rhs[k]
    if code in (LAMBDA, BETA) and base.op[k] == "=~":
        return "tied" if at >= METRIC and base.free[k] > 0 and not freed else "as it is"
    if code == TAU:
        return "tied" if at >= THRESHOLDS and not freed else "as it is"
    if code == ALPHA:
        if not later or base.column[k] or base.row[k] in higher or base.value[k] != 0:
            return "as it is"
        return "free" if at in (SCALAR, STRICT) else "fixed" if at == MEANS else "as it is"
    if code == PSI and own:
        return "free" if later and std_lv and at >= METRIC else "as it is"
    if not base.ordered.any():
        if code == NU:
            return "tied" if at >= SCALAR and not freed else "as it is"
        if code == THETA and own:
            return "tied" if at >= STRICT and base.free[k] > 0 and not freed else "as it is"
        return "as it is"
    if not later or base.lhs[k] not in base.observed:
        return "as it is"
    held = tied[base.observed.index(base.lhs[k])]
    if code == NU:
        if at in (THRESHOLDS, METRIC):
            return "free" if held >= 1 else "as it is"
        return "as it is" if at < SCALAR else "free" if freed and held >= 1 else "fixed"
    scale = DELTA if base.parameterization == "delta" else THETA
    if code == scale and own:
        if at in (THRESHOLDS, METRIC, SCALAR):
            return "free" if held >= (1 if at == SCALAR else 2) else "as it is"
        return "as it is" if at < STRICT else "free" if freed and held >= 1 else "fixed"
    return "as it is"


def mean_differences(
    model: Model, theta: FloatArray, cov: FloatArray
) -> tuple[tuple[str, ...], IntArray, FloatArray, FloatArray, FloatArray]:
    """Means of the factors of later groups, the first group's being 0.

    Parameters
    ----------
    model
        Of a step from ``scalar`` on, q free parameters.
    theta, cov
        Estimates, (q,), and their covariances, (q, q).

    Returns
    -------
    tuple
        Names of the factors, groups, differences in the factors' units, their standard errors, and
        the differences in standard deviations of the factor in the first group; one for each free
        mean.

    Examples
    --------
    >>> step = invariance_model("f =~ a + b + c", ["a", "b", "c"], 2, "scalar")
    >>> theta = np.ones(step.model.n_free)
    >>> mean_differences(step.model, theta, np.eye(len(theta)))[0]
    ('f',)
    """
    from detachment.stats.sem.model import matrices

    rows = np.flatnonzero((model.matrix == ALPHA) & (model.free > 0) & (model.group > 0))
    first = matrices(model, theta)[0]
    m = len(model.structural)
    total = np.linalg.solve(np.eye(m) - first.regressions, np.eye(m))
    spread = np.diagonal(total @ first.factors @ total.T)
    place = model.free[rows] - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.sqrt(spread[model.row[rows]])
        return (
            tuple(model.lhs[k] for k in rows),
            model.group[rows],
            theta[place],
            np.sqrt(np.diagonal(cov)[place]),
            theta[place] / size,
        )
