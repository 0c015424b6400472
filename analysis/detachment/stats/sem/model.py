"""A model as arrays: the parameter table, its matrices, the moments it implies and their slopes.

Every model is written in LISREL's all-y form. With A = (I - Beta)^-1,

    cov  = Lambda A Psi A' Lambda' + Theta,    mean = nu + Lambda A alpha,

and an ordered item is a latent response cut at thresholds tau and scaled by delta. Two parameters
are equal when they have one free index; nothing else is needed for measurement invariance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from itertools import combinations
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detachment.stats._arrays import BoolArray, FloatArray, IntArray, as_float, diagonal
from detachment.stats.sem._syntax import Statement, parse

_T = TypeVar("_T")
_N = TypeVar("_N", bound=np.generic)
Parameterization = Literal["delta", "theta"]
LAMBDA, THETA, PSI, BETA, NU, ALPHA, TAU, DELTA = range(8)
# What may be made equal across groups -> the rows of the parameter table that it means.
EQUALITIES = (
    "loadings",
    "intercepts",
    "means",
    "thresholds",
    "regressions",
    "residuals",
    "residual_covariances",
    "lv_variances",
    "lv_covariances",
)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model for p observed variables, m latent ones and G groups: k rows, q free parameters.

    Attributes
    ----------
    observed
        Names of the p observed variables, in the order of the moments.
    latent
        Names of the factors as the text names them.
    structural
        Names of the columns of Lambda: the factors, then every observed variable that is
        regressed or predicts and therefore stands behind a factor of its own.
    groups
        G.
    ordered
        Which observed variables are ordered, (p,).
    n_thresholds
        Number of thresholds of each observed variable, (p,); 0 where it is not ordered.
    meanstructure
        Whether means are modelled; else they are reproduced as they are.
    parameterization
        ``delta``: the residual variance of an ordered item follows from its scale; ``theta``: its
        scale follows from its residual variance.
    lhs, op, rhs
        What each row is, (k,); as in ``f =~ x1``, an intercept has the op ``~1``.
    group
        Group of each row, from 0, (k,).
    free
        0 where the row is fixed, else the number of its parameter from 1 to q; rows that share a
        number are equal, (k,).
    value
        Value of a fixed row; NaN where it follows from the others (residual variance of an
        ordered item). Of a free row its starting value, NaN where none was given, (k,).
    label
        Name that the text gives, or an empty string, (k,).
    user
        Whether the text names the row, (k,).
    matrix, row, column
        Where each row stands: LAMBDA, THETA, PSI, BETA, NU, ALPHA, TAU or DELTA, and the cell in
        it (the lower one of a symmetric matrix), (k,).
    """

    observed: tuple[str, ...]
    latent: tuple[str, ...]
    structural: tuple[str, ...]
    groups: int
    ordered: BoolArray
    n_thresholds: IntArray
    meanstructure: bool
    parameterization: Parameterization
    lhs: tuple[str, ...]
    op: tuple[str, ...]
    rhs: tuple[str, ...]
    group: IntArray
    free: IntArray
    value: FloatArray
    label: tuple[str, ...]
    user: BoolArray
    matrix: IntArray
    row: IntArray
    column: IntArray

    @property
    def n_free(self) -> int:
        """q, the number of free parameters."""
        return int(self.free.max(initial=0))

    @property
    def indicators(self) -> dict[str, tuple[str, ...]]:
        """Factor -> what measures it."""
        first = [i for i in range(len(self.lhs)) if self.group[i] == 0 and self.op[i] == "=~"]
        return {
            factor: tuple(self.rhs[i] for i in first if self.lhs[i] == factor)
            for factor in self.latent
        }

    def find(self, lhs: str, op: str, rhs: str = "", group: int = 0) -> int:
        """Position of a row in the table; -1 where there is none."""
        names = {(lhs, rhs), (rhs, lhs)} if op == "~~" else {(lhs, rhs)}
        for i in range(len(self.lhs)):
            if self.op[i] == op and self.group[i] == group and (self.lhs[i], self.rhs[i]) in names:
                return i
        return -1


@dataclass(frozen=True, slots=True, eq=False)
class Matrices:
    """Matrices of one group.

    Attributes
    ----------
    loadings
        Lambda, (p, m).
    residuals
        Theta, (p, p); with the residual variances of ordered items that follow from the others.
    factors
        Psi, (m, m).
    regressions
        Beta, (m, m).
    intercepts
        nu, (p,).
    means
        alpha, (m,).
    thresholds
        tau, (t,), item by item.
    scales
        delta, (p,); 1 where a variable is not ordered.
    """

    loadings: FloatArray
    residuals: FloatArray
    factors: FloatArray
    regressions: FloatArray
    intercepts: FloatArray
    means: FloatArray
    thresholds: FloatArray
    scales: FloatArray


@dataclass(slots=True)
class _Row:
    """A row of the table while it is made."""

    lhs: str
    op: str
    rhs: str
    fixed: tuple[float, ...] = ()
    label: tuple[str, ...] = ()
    start: tuple[float, ...] = ()
    user: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        return _key(self.lhs, self.op, self.rhs)


def cfa_model(
    text: str,
    observed: Sequence[str] | None = None,
    *,
    groups: int = 1,
    std_lv: bool = False,
    orthogonal: bool = False,
    meanstructure: bool | None = None,
    ordered: Sequence[str] = (),
    thresholds: Mapping[str, int] | None = None,
    parameterization: Parameterization = "delta",
    group_equal: Sequence[str] = (),
    group_partial: Sequence[str] = (),
) -> Model:
    """Model of a text, completed as ``lavaan::cfa`` does.

    What the text does not say: every observed variable and every factor has a (residual) variance;
    factors that nothing predicts covary; so do the residuals of outcomes; the first loading of a
    factor is 1; the residual of a factor's only item is 0.

    Parameters
    ----------
    text
        See :func:`detachment.stats.sem._syntax.parse`.
    observed
        Names that the data have; a name in the text must be one of them or a factor. None takes
        every name.
    groups
        Number of groups; each has its own copy of every row.
    std_lv
        Whether the variances of factors are 1, and the first loadings free.
    orthogonal
        Whether factors are uncorrelated (a bifactor model).
    meanstructure
        Whether means are modelled. None: with several groups, ordered items, or an intercept in
        the text.
    ordered, thresholds
        Names of ordered items; number of thresholds of each.
    parameterization
        Of ordered items: ``delta`` or ``theta``.
    group_equal
        What is equal in all groups, of ``EQUALITIES`` (lavaan's dots are taken for underscores).
        With equal intercepts or thresholds the factor means of the later groups are free, unless
        ``means`` are equal; with equal loadings and ``std_lv`` their variances are; with equal
        thresholds the scales (``delta``) or residual variances (``theta``) of ordered items are.
    group_partial
        Rows that are free in spite of it, as text: ``"f =~ x2"``, ``"x3 ~ 1"``.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        When the text cannot be read or names what is not there.

    References
    ----------
    Jöreskog, K. G., & Sörbom, D. (1996). *LISREL 8*. R: ``lavaan::cfa``, ``lavaan::lavaanify``.

    Examples
    --------
    >>> model = cfa_model("f =~ a + b + c", ["a", "b", "c"])
    >>> [f"{l} {o} {r}" for l, o, r, i in zip(model.lhs, model.op, model.rhs, model.free) if i]
    ['f =~ b', 'f =~ c', 'a ~~ a', 'b ~~ b', 'c ~~ c', 'f ~~ f']
    """
    said = parse(text)
    equal = _equalities(group_equal)
    names, latent, structural = _names(said, observed)
    is_ordered = np.array([name in set(ordered) for name in names], dtype=np.bool_)
    counts = np.array(
        [(thresholds or {}).get(name, 0) if name in set(ordered) else 0 for name in names],
        dtype=np.int64,
    )
    if (is_ordered & (counts < 1)).any():
        raise ValueError("the number of thresholds of every ordered item must be given")
    if both := [name for name in structural if name in set(ordered)]:
        raise ValueError(
            f"{both[0]} is ordered and stands in a regression, which this version cannot model"
        )
    if meanstructure is None:
        meanstructure = groups > 1 or bool(len(ordered)) or any(s.op == "~1" for s in said)
    rows = [_Row(s.lhs, s.op, s.rhs, s.fixed, s.label, s.start, user=True) for s in said]
    for s in said:
        for what, given in (("values", s.fixed), ("names", s.label), ("starts", s.start)):
            if len(given) not in (0, 1, groups):
                raise ValueError(
                    f"line {s.line}, column {s.column}: c() gives {len(given)} {what}, and there "
                    f"{'is 1 group' if groups == 1 else f'are {groups} groups'}."
                )
    _complete(rows, names, latent, structural, counts, std_lv, orthogonal, meanstructure,
              parameterization)  # fmt: skip
    partial = {_key(s.lhs, s.op, s.rhs) for one in group_partial for s in parse(one)}
    if unknown := [one for one in partial if one not in {row.key for row in rows}]:
        raise ValueError(f"group_partial names {' '.join(unknown[0])}, which is not in the model")
    return _table(
        rows, names, latent, structural, groups, is_ordered, counts, meanstructure,
        parameterization, equal, partial, std_lv,
    )  # fmt: skip


def _key(lhs: str, op: str, rhs: str) -> tuple[str, str, str]:
    return (min(lhs, rhs), op, max(lhs, rhs)) if op == "~~" else (lhs, op, rhs)


def _equalities(group_equal: Sequence[str]) -> frozenset[str]:
    equal = frozenset(word.replace(".", "_") for word in group_equal)
    if wrong := sorted(equal - set(EQUALITIES)):
        near = get_close_matches(wrong[0], EQUALITIES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"group_equal cannot hold {wrong[0]!r}; it holds {', '.join(EQUALITIES)}.{hint}"
        )
    return equal


def _names(
    said: Sequence[Statement], known: Sequence[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Observed variables, factors, and the columns of Lambda."""
    latent = tuple(dict.fromkeys(s.lhs for s in said if s.op == "=~"))
    items = [s.rhs for s in said if s.op == "=~"]
    others = [name for s in said for name in (s.lhs, s.rhs) if s.op not in ("=~", "|") and name]
    others += [s.lhs for s in said if s.op == "|"]
    observed = tuple(name for name in dict.fromkeys([*items, *others]) if name not in latent)
    for s in said:
        where = f"line {s.line}, column {s.column}: "
        for name in (s.lhs, s.rhs) if s.op != "|" else (s.lhs,):
            if name in latent and known is not None and name in known:
                raise ValueError(
                    f"{where}{name} is a factor in the model and a variable in the data; give the "
                    "factor another name."
                )
            if name and name not in latent and known is not None and name not in known:
                near = get_close_matches(name, [*known, *latent], n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise ValueError(
                    f"{where}{name} is neither a variable of the data nor a factor (something "
                    f"that stands before =~).{hint}"
                )
        if s.op == "=~" and s.lhs == s.rhs:
            raise ValueError(f"{where}{s.lhs} cannot measure itself.")
        if s.op in ("|", "~*~") and s.lhs in latent:
            raise ValueError(f"{where}{s.lhs} is a factor; thresholds and scales are of items.")
        if s.op == "~*~" and s.lhs != s.rhs:
            raise ValueError(f"{where}a scale is written x ~*~ x.")
    behind = {name for s in said if s.op == "~" for name in (s.lhs, s.rhs)}
    while True:
        inside = {*latent, *behind}
        more = {
            name
            for s in said
            if s.op == "~~" and (s.lhs in inside) != (s.rhs in inside)
            for name in (s.lhs, s.rhs)
        }
        if more <= inside:
            break
        behind |= more - set(latent)
    return observed, latent, (*latent, *(name for name in observed if name in behind))


def _complete(
    rows: list[_Row],
    observed: Sequence[str],
    latent: Sequence[str],
    structural: Sequence[str],
    n_thresholds: IntArray,
    std_lv: bool,
    orthogonal: bool,
    meanstructure: bool,
    parameterization: Parameterization,
) -> None:
    """Add what the text does not say."""
    there = {row.key: row for row in rows}

    def add(lhs: str, op: str, rhs: str, *fixed: float) -> None:
        if _key(lhs, op, rhs) not in there:
            rows.append(_Row(lhs, op, rhs, fixed))
            there[rows[-1].key] = rows[-1]

    measured = [row for row in rows if row.op == "=~"]
    loadings = {name: [row for row in measured if row.lhs == name] for name in latent}
    uses: dict[str, int] = {}
    for row in measured:
        uses[row.rhs] = uses.get(row.rhs, 0) + 1
    dependent = {row.lhs for row in rows if row.op == "~"}
    predicts = {row.rhs for row in rows if row.op == "~"}
    for name in latent:
        first = loadings[name][0]
        if not std_lv and not first.fixed:
            first.fixed = (1.0,)
    ordered = {name for name, count in zip(observed, n_thresholds, strict=True) if count}
    for name, count in zip(observed, n_thresholds, strict=True):
        for t in range(int(count)):
            add(name, "|", f"t{t + 1}")
    for name in observed:
        alone = uses.get(name) == 1 and any(
            len(own) == 1 and own[0].rhs == name for own in loadings.values()
        )
        if name in ordered:
            add(name, "~~", name, np.nan if parameterization == "delta" else 1.0)
        elif alone:
            add(name, "~~", name, 0.0)
        else:
            add(name, "~~", name)
    for name in latent:
        add(name, "~~", name, *((1.0,) if std_lv else ()))
    exogenous = [name for name in latent if name not in dependent and name not in uses]
    for one, other in combinations(exogenous, 2):
        add(one, "~~", other, *((0.0,) if orthogonal else ()))
    # Observed predictors covary as they do in the data; their moments are part of the model.
    outside = [n for n in structural if n not in latent and n in predicts and n not in dependent]
    for one, other in combinations([n for n in outside if n not in uses], 2):
        add(one, "~~", other)
    outcomes = [n for n in structural if n in dependent and n not in predicts and n not in uses]
    for one, other in combinations(outcomes, 2):
        add(one, "~~", other, *((0.0,) if orthogonal and {one, other} <= set(latent) else ()))
    if meanstructure:
        for name in observed:
            add(name, "~1", "", *((0.0,) if name in ordered else ()))
        for name in latent:
            add(name, "~1", "", 0.0)
    for name in observed:
        if name in ordered:
            add(name, "~*~", name, 1.0 if parameterization == "delta" else np.nan)


def _table(
    rows: Sequence[_Row],
    observed: tuple[str, ...],
    latent: tuple[str, ...],
    structural: tuple[str, ...],
    groups: int,
    ordered: BoolArray,
    n_thresholds: IntArray,
    meanstructure: bool,
    parameterization: Parameterization,
    equal: frozenset[str],
    partial: set[tuple[str, str, str]],
    std_lv: bool,
) -> Model:
    """Rows for every group, and which of them share a parameter."""
    place = _Places(observed, structural, n_thresholds)
    derived = "~~" if parameterization == "delta" else "~*~"
    lhs, op, rhs, group, free, value, label = [], [], [], [], [], [], []
    matrix, cell_row, cell_column = [], [], []
    names: dict[str, int] = {}
    shared: dict[tuple[str, str, str], int] = {}
    q = 0
    for g in range(groups):
        for row in rows:
            fixed = _of_group(row.fixed, g, None)
            name = _of_group(row.label, g, "") or ""
            start = row.start[min(g, len(row.start) - 1)] if row.start else np.nan
            of_ordered = (
                row.lhs == row.rhs
                and row.lhs in observed
                and bool(ordered[observed.index(row.lhs)])
            )
            if g > 0 and not row.user and _freed_later(row, equal, latent, of_ordered,
                                                       parameterization, std_lv):  # fmt: skip
                fixed, start = None, row.fixed[0] if np.isnan(start) else start
            follows = of_ordered and row.op == derived
            is_fixed = follows or (fixed is not None and not np.isnan(fixed))
            number = 0
            if not is_fixed:
                kind = _kind(row, latent)
                tied = kind in equal and row.key not in partial and not name
                if name and name in names:
                    number = names[name]
                elif tied and row.key in shared:
                    number = shared[row.key]
                else:
                    q += 1
                    number = q
                if name:
                    names[name] = number
                if tied:
                    shared.setdefault(row.key, number)
            lhs.append(row.lhs)
            op.append(row.op)
            rhs.append(row.rhs)
            group.append(g)
            free.append(number)
            value.append(np.nan if follows else fixed if is_fixed else start)
            label.append(name)
            where = place.of(row)
            matrix.append(where[0])
            cell_row.append(where[1])
            cell_column.append(where[2])
    return Model(
        observed=observed,
        latent=latent,
        structural=structural,
        groups=groups,
        ordered=ordered,
        n_thresholds=n_thresholds,
        meanstructure=meanstructure,
        parameterization=parameterization,
        lhs=tuple(lhs),
        op=tuple(op),
        rhs=tuple(rhs),
        group=np.array(group, dtype=np.int64),
        free=np.array(free, dtype=np.int64),
        value=np.array(value, dtype=np.float64),
        label=tuple(label),
        user=np.array([row.user for row in rows] * groups, dtype=np.bool_),
        matrix=np.array(matrix, dtype=np.int64),
        row=np.array(cell_row, dtype=np.int64),
        column=np.array(cell_column, dtype=np.int64),
    )


def _of_group(given: tuple[_T, ...], group: int, otherwise: _T | None) -> _T | None:
    if not given:
        return otherwise
    return given[0] if len(given) == 1 else given[group]


def _freed_later(
    row: _Row,
    equal: frozenset[str],
    latent: Sequence[str],
    of_ordered: bool,
    parameterization: Parameterization,
    std_lv: bool,
) -> bool:
    """Whether a row that is fixed in the first group is free in the later ones."""
    if row.op == "~1" and row.lhs in latent:
        return bool({"intercepts", "thresholds"} & equal) and "means" not in equal
    if row.op == "~~" and row.lhs == row.rhs and row.lhs in latent:
        return std_lv and "loadings" in equal and "lv_variances" not in equal
    if of_ordered and "thresholds" in equal:
        return row.op == ("~*~" if parameterization == "delta" else "~~") and not (
            row.op == "~~" and "residuals" in equal
        )
    return False


def _kind(row: _Row, latent: Sequence[str]) -> str:
    """Which word of ``group_equal`` means a row."""
    if row.op == "~~":
        if row.lhs in latent:
            return "lv_variances" if row.lhs == row.rhs else "lv_covariances"
        return "residuals" if row.lhs == row.rhs else "residual_covariances"
    if row.op == "~1":
        return "means" if row.lhs in latent else "intercepts"
    return {"=~": "loadings", "~": "regressions", "|": "thresholds"}.get(row.op, "")


class _Places:
    """From a row of the table to the cell of a matrix."""

    def __init__(
        self, observed: Sequence[str], structural: Sequence[str], n_thresholds: IntArray
    ) -> None:
        self.observed = {name: i for i, name in enumerate(observed)}
        self.structural = {name: i for i, name in enumerate(structural)}
        ends = np.concatenate([[0], np.cumsum(n_thresholds)])
        self.thresholds = {name: int(ends[i]) for i, name in enumerate(observed)}
        self.counts = dict(zip(observed, n_thresholds.tolist(), strict=True))

    def of(self, row: _Row) -> tuple[int, int, int]:
        outer, inner = self.observed, self.structural
        if row.op == "=~":
            if row.rhs in inner:
                return BETA, inner[row.rhs], inner[row.lhs]
            return LAMBDA, outer[row.rhs], inner[row.lhs]
        if row.op == "~":
            return BETA, inner[row.lhs], inner[row.rhs]
        if row.op == "~~":
            names = inner if row.lhs in inner else outer
            one, other = names[row.lhs], names[row.rhs]
            return PSI if names is inner else THETA, max(one, other), min(one, other)
        if row.op == "~1":
            if row.lhs in inner:
                return ALPHA, inner[row.lhs], 0
            return NU, outer[row.lhs], 0
        if row.op == "~*~":
            return DELTA, outer[row.lhs], 0
        number = row.rhs[1:] if row.rhs.startswith("t") else ""
        if not number.isdigit() or not 1 <= int(number) <= self.counts.get(row.lhs, 0):
            raise ValueError(
                f"{row.lhs} | {row.rhs}: {row.lhs} has {self.counts.get(row.lhs, 0)} thresholds; "
                "they are called t1, t2, ..."
            )
        return TAU, self.thresholds[row.lhs] + int(number) - 1, 0


def with_rows(
    model: Model, rows: Iterable[tuple[str, str, str, int]], *, free: bool = False
) -> Model:
    """Model with further rows: fixed at 0, or free.

    Parameters
    ----------
    model
        A model.
    rows
        ``(lhs, op, rhs, group)`` of each; rows that the table has are passed over.
    free
        Whether they are new free parameters.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        When a row names a variable that is not in the model, or a cell that it does not have.

    References
    ----------
    R: ``lavaan::parTable`` with rows added.

    Examples
    --------
    >>> model = cfa_model("f =~ a + b + c")
    >>> with_rows(model, [("a", "~~", "b", 0)], free=True).n_free - model.n_free
    1
    """
    place = _Places(model.observed, model.structural, model.n_thresholds)
    new = [one for one in rows if model.find(*one) < 0]
    try:
        cells = [place.of(_Row(*one[:3])) for one in new]
    except KeyError as unknown:
        raise ValueError(f"{unknown.args[0]} has no such row in this model") from None
    q = model.n_free
    k = len(new)

    def longer(before: NDArray[_N], after: object) -> NDArray[_N]:
        return np.concatenate([before, np.asarray(after, dtype=before.dtype)])

    return replace(
        model,
        lhs=(*model.lhs, *(one[0] for one in new)),
        op=(*model.op, *(one[1] for one in new)),
        rhs=(*model.rhs, *(one[2] for one in new)),
        group=longer(model.group, [one[3] for one in new]),
        free=longer(model.free, np.arange(1, k + 1) + q if free else np.zeros(k)),
        value=longer(model.value, np.full(k, np.nan) if free else np.zeros(k)),
        label=(*model.label, *[""] * k),
        user=longer(model.user, np.zeros(k)),
        matrix=longer(model.matrix, [cell[0] for cell in cells]),
        row=longer(model.row, [cell[1] for cell in cells]),
        column=longer(model.column, [cell[2] for cell in cells]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """Where the rows of one group stand, found once for each model."""

    rows: IntArray  # in the table, (k,)
    free: IntArray  # positions among these that are free
    gather: FloatArray  # rows to parameters, (k, q)
    cells: tuple[tuple[IntArray, IntArray, IntArray], ...]  # by matrix: positions, rows, columns


@lru_cache(maxsize=64)
def _layout(model: Model) -> tuple[_Layout, ...]:
    found = []
    for g in range(model.groups):
        rows = np.flatnonzero(model.group == g)
        free = np.flatnonzero(model.free[rows])
        gather = np.zeros((len(rows), model.n_free))
        gather[free, model.free[rows][free] - 1] = 1.0
        cells = []
        for code in range(DELTA + 1):
            at = np.flatnonzero(model.matrix[rows] == code)
            cells.append((at, model.row[rows[at]], model.column[rows[at]]))
        found.append(_Layout(rows, free, gather, tuple(cells)))
    return tuple(found)


def values(model: Model, theta: ArrayLike) -> FloatArray:
    """Value of every row of the table, ``(..., k)``; NaN where it follows from the others."""
    theta = as_float(theta)
    if theta.ndim == 0 or theta.shape[-1] != model.n_free:
        raise ValueError(f"expected {model.n_free} free parameters, got shape {theta.shape}")
    free = np.flatnonzero(model.free)
    found = np.broadcast_to(model.value, (*theta.shape[:-1], len(model.value))).copy()
    found[..., free] = theta[..., model.free[free] - 1]
    return found


def matrices(model: Model, theta: ArrayLike) -> tuple[Matrices, ...]:
    """Matrices of every group.

    Parameters
    ----------
    model
        A model with q free parameters.
    theta
        Their values, ``(..., q)``.

    Returns
    -------
    tuple of Matrices
        One for each group; the leading axes of ``theta`` are those of every matrix.

    References
    ----------
    Jöreskog, K. G., & Sörbom, D. (1996). *LISREL 8* (the model with y variables only). R:
    ``lavaan::lavInspect(fit, "est")``.

    Examples
    --------
    >>> model = cfa_model("f =~ a + b + c")
    >>> matrices(model, [0.8, 0.7, 1, 1, 1, 2])[0].loadings.ravel().tolist()
    [1.0, 0.8, 0.7]
    """
    every = values(model, theta)
    lead = every.shape[:-1]
    p, m, t = len(model.observed), len(model.structural), int(model.n_thresholds.sum())
    behind = [model.observed.index(n) for n in model.structural if n not in model.latent]
    shapes = ((p, m), (p, p), (m, m), (m, m), (p, 1), (m, 1), (t, 1), (p, 1))
    found = []
    for layout in _layout(model):
        targets = [np.zeros((*lead, *shape)) for shape in shapes]
        targets[DELTA][...] = 1.0
        targets[LAMBDA][..., behind, np.arange(m - len(behind), m)] = 1.0
        own = every[..., layout.rows]
        for code, target in enumerate(targets):
            at, i, j = layout.cells[code]
            if at.size:
                target[..., i, j] = own[..., at]
                if code in (THETA, PSI):
                    target[..., j, i] = own[..., at]
        loadings, residuals, factors, regressions, nu, alpha, tau, delta = targets
        scales = delta[..., 0]
        if model.ordered.any():
            outer = loadings @ _total(regressions)
            common = np.einsum("...ij,...jk,...ik->...i", outer, factors, outer)
            residual = diagonal(residuals)
            with np.errstate(divide="ignore", invalid="ignore"):
                residual = np.where(np.isnan(residual), 1.0 / scales**2 - common, residual)
                scales = np.where(np.isnan(scales), 1.0 / np.sqrt(common + residual), scales)
            every_item = np.arange(p)
            residuals[..., every_item, every_item] = residual
        found.append(
            Matrices(
                loadings, residuals, factors, regressions, nu[..., 0], alpha[..., 0], tau[..., 0],
                scales,
            )
        )  # fmt: skip
    return tuple(found)


def _total(regressions: FloatArray) -> FloatArray:
    """(I - Beta)^-1; NaN where it does not exist."""
    m = regressions.shape[-1]
    if not regressions.any():
        return np.eye(m)
    try:
        return np.asarray(np.linalg.inv(np.eye(m) - regressions))
    except np.linalg.LinAlgError:
        return np.full((m, m), np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class _Inner:
    """What moments and slopes of one group are made of; leading axes free."""

    of: Matrices
    outer: FloatArray  # Lambda A, (..., p, m)
    spread: FloatArray  # A Psi A' Lambda', (..., m, p)
    height: FloatArray  # A alpha, (..., m)
    mean: FloatArray  # before scaling, (..., p)
    cov: FloatArray  # before scaling, (..., p, p)


def _inner(of: Matrices) -> _Inner:
    total = _total(of.regressions)
    outer = of.loadings @ total
    spread = total @ of.factors @ outer.mT
    height = (total @ of.means[..., None])[..., 0]
    mean = of.intercepts + (of.loadings @ height[..., None])[..., 0]
    return _Inner(of, outer, spread, height, mean, of.loadings @ spread + of.residuals)


def implied(model: Model, theta: ArrayLike) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Means ``(..., p)`` and covariances ``(..., p, p)`` that a model implies, group by group.

    Parameters
    ----------
    model
        A model with q free parameters.
    theta
        Their values, ``(..., q)``.

    Returns
    -------
    tuple of (FloatArray, FloatArray)
        For ordered items those of the scaled latent responses. Means are 0 without a mean
        structure.

    References
    ----------
    Bollen, K. A. (1989). *Structural Equations with Latent Variables*, chapter 8.

    Examples
    --------
    >>> model = cfa_model("f =~ a + b + c")
    >>> implied(model, [0.5, 0.5, 1, 1, 1, 2])[0][1].tolist()
    [[3.0, 1.0, 1.0], [1.0, 1.5, 0.5], [1.0, 0.5, 1.5]]
    """
    found = []
    for of in matrices(model, theta):
        inner = _inner(of)
        scale = of.scales
        found.append((inner.mean * scale, inner.cov * scale[..., :, None] * scale[..., None, :]))
    return tuple(found)


def implied_thresholds(model: Model, theta: ArrayLike) -> tuple[FloatArray, ...]:
    """Thresholds of the scaled latent responses (variance 1, mean 0) of every group.

    Parameters
    ----------
    model
        A model with q free parameters.
    theta
        Their values, ``(..., q)``.

    Returns
    -------
    tuple of FloatArray
        ``(tau - mean) * scale``, item by item, each ``(..., t)``.

    Examples
    --------
    >>> model = cfa_model("f =~ a + b + c", ordered=["a", "b", "c"],
    ...                   thresholds={"a": 1, "b": 1, "c": 1})
    >>> implied_thresholds(model, [0.8, 0.7, -0.5, 0, 0.5, 0.6])[0].tolist()
    [-0.5, 0.0, 0.5]
    """
    item = np.repeat(np.arange(len(model.observed)), model.n_thresholds)
    return tuple(
        (of.thresholds - _inner(of).mean[..., item]) * of.scales[..., item]
        for of in matrices(model, theta)
    )


def pull_back(
    model: Model, theta: ArrayLike, slopes: Sequence[tuple[FloatArray, FloatArray]]
) -> FloatArray:
    """Gradient in the free parameters of a function of the moments, for continuous variables.

    Parameters
    ----------
    model
        A model with q free parameters.
    theta
        Their values, ``(..., q)``.
    slopes
        For each group the function's slopes in the means, (p,), and in the covariances as a
        symmetric matrix Q with d f = tr(Q d cov), (p, p).

    Returns
    -------
    FloatArray
        ``(..., q)``: what ``jacobian' slopes`` would give, without the Jacobian.
    """
    theta = as_float(theta)
    found = np.zeros(theta.shape)
    lead = theta.shape[:-1]
    for of, (r, Q), layout in zip(matrices(model, theta), slopes, _layout(model), strict=True):
        inner = _inner(of)
        inward = Q @ inner.spread.mT
        heights = inner.height[..., None, :]
        outward = (inner.outer.mT @ r[:, None])[..., 0]
        by_matrix = (
            2.0 * inward + r[:, None] * heights,
            Q,
            inner.outer.mT @ Q @ inner.outer,
            2.0 * inner.outer.mT @ inward + outward[..., :, None] * heights,
            r[:, None],
            outward[..., None],
        )
        own = np.zeros((*lead, len(layout.rows)))
        for code, slope in enumerate(by_matrix):
            at, i, j = layout.cells[code]
            if at.size:
                # A cell below the diagonal stands for the one above it too.
                twice = np.where(i != j, 2.0, 1.0) if code in (THETA, PSI) else 1.0
                own[..., at] = slope[..., i, j] * twice
        found += own @ layout.gather
    return found


def vech(matrix: FloatArray) -> FloatArray:
    """Lower triangle, column by column, of symmetric matrices ``(..., p, p)``: ``(..., p*)``."""
    rows, columns = vech_index(matrix.shape[-1])
    return matrix[..., rows, columns]


@lru_cache(maxsize=32)
def vech_index(p: int) -> tuple[IntArray, IntArray]:
    """Rows and columns of the lower triangle, column by column."""
    columns, rows = np.triu_indices(p)
    return rows, columns


def row_slopes(
    model: Model, theta: ArrayLike
) -> tuple[tuple[IntArray, FloatArray, FloatArray, FloatArray], ...]:
    """How the moments of each group change with every single row of its table, fixed ones too.

    Parameters
    ----------
    model
        A model with q free parameters.
    theta
        Their values, (q,).

    Returns
    -------
    tuple of (IntArray, FloatArray, FloatArray, FloatArray)
        For each group: positions of its k_g rows in the table, (k_g,); slopes of the means,
        (p, k_g); of the lower triangle of the covariances, (p*, k_g); of the thresholds, (t, k_g).
        For ordered items these are the moments of the scaled latent responses.
    """
    p = len(model.observed)
    low, left = vech_index(p)
    item = np.repeat(np.arange(p), model.n_thresholds)
    found = []
    for of, layout in zip(matrices(model, theta), _layout(model), strict=True):
        inner = _inner(of)
        rows = layout.rows
        k = len(rows)
        # Every slope of the covariances is u v' + v u'; these are its two factors.
        u, v = np.zeros((p, k)), np.zeros((p, k))
        mean = np.zeros((p, k))
        at, i, j = layout.cells[LAMBDA]
        u[i, at] = 1.0
        v[:, at] = inner.spread[j].T
        mean[i, at] = inner.height[j]
        at, i, j = layout.cells[BETA]
        u[:, at] = inner.outer[:, i]
        v[:, at] = inner.spread[j].T
        mean[:, at] = inner.outer[:, i] * inner.height[j]
        at, i, j = layout.cells[THETA]
        u[i, at] = 1.0
        v[j, at] = np.where(i == j, 0.5, 1.0)
        at, i, j = layout.cells[PSI]
        u[:, at] = inner.outer[:, i]
        v[:, at] = inner.outer[:, j] * np.where(i == j, 0.5, 1.0)
        at, i, j = layout.cells[NU]
        mean[i, at] = 1.0
        at, i, j = layout.cells[ALPHA]
        mean[:, at] = inner.outer[:, i]
        cov = u[low] * v[left] + v[low] * u[left]
        tau = np.zeros((len(item), k))
        if model.ordered.any():
            scale, ordered = of.scales, model.ordered
            slope = np.zeros((p, k))  # of the scales
            if model.parameterization == "delta":
                at, i, j = layout.cells[DELTA]
                slope[i, at] = 1.0
            else:
                slope = np.where(ordered[:, None], -0.5 * scale[:, None] ** 3, 0.0) * (2.0 * u * v)
            at, i, j = layout.cells[TAU]
            tau[i, at] = 1.0
            tau = (tau - mean[item]) * scale[item, None]
            tau += (of.thresholds - inner.mean[item])[:, None] * slope[item]
            own = inner.cov[low, left][:, None]
            cov = cov * (scale[low] * scale[left])[:, None] + own * (
                slope[low] * scale[left, None] + scale[low, None] * slope[left]
            )
            cov[(low == left) & ordered[low]] = 0.0
            mean = mean * scale[:, None] + inner.mean[:, None] * slope
        found.append((rows, mean, cov, tau))
    return tuple(found)


def jacobian(model: Model, theta: ArrayLike) -> tuple[FloatArray, ...]:
    """Slopes of the moments of every group in the free parameters.

    Parameters
    ----------
    model
        A model with q free parameters, for p variables.
    theta
        Their values, (q,).

    Returns
    -------
    tuple of FloatArray
        For each group ``(p + p(p + 1)/2, q)``: the means, then the lower triangle of the
        covariances column by column (lavaan's order).

    References
    ----------
    Bollen, K. A. (1989). *Structural equations with latent variables*, appendix 4C.

    Examples
    --------
    >>> model = cfa_model("f =~ a + b + c")
    >>> jacobian(model, [0.5, 0.5, 1, 1, 1, 2])[0].shape
    (9, 6)
    """
    return tuple(
        np.concatenate([mean, cov]) @ layout.gather
        for (_, mean, cov, _), layout in zip(row_slopes(model, theta), _layout(model), strict=True)
    )


def ordinal_jacobian(model: Model, theta: ArrayLike) -> tuple[FloatArray, ...]:
    """Slopes of thresholds and correlations of every group, for a model of ordered items only.

    Parameters
    ----------
    model
        A model with q free parameters, for p ordered items with t thresholds.
    theta
        Their values, (q,).

    Returns
    -------
    tuple of FloatArray
        For each group ``(t + p(p - 1)/2, q)``: the thresholds item by item, then the lower triangle
        of the correlations without its diagonal, column by column (lavaan's order).
    """
    low, left = vech_index(len(model.observed))
    off = low != left
    return tuple(
        np.concatenate([tau, cov[off]]) @ layout.gather
        for (_, _, cov, tau), layout in zip(row_slopes(model, theta), _layout(model), strict=True)
    )
