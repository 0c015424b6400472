"""Which variables go together when all others are held constant? Partial correlations of pairs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Refusal, SurveyError, UsageError
from detachment.estimates._overlap import overlaps_between
from detachment.estimates._result import Result, interval_texts, make_table
from detachment.estimates._scales import (
    Floats,
    check_confidence,
    emit,
    masked_notes,
    plain,
    provenance,
)
from detachment.estimates._sentences import LINK, NO_CAUSE, aside, likely, not_given, people
from detachment.estimates._study import Measure, Selector, take_study
from detachment.stats._arrays import in_canonical_order
from detachment.stats.clustered_correlation import z_interval
from detachment.stats.correlation import fisher_interval
from detachment.stats.influence import covariance_influence, influence_covariance
from detachment.stats.partial import all_partial_correlations
from detachment.text import bounded, count, counted, interval, level, listing, number
from detachment.validation import Survey

COLUMNS = {
    "row": "str",
    "column": "str",
    "n": "Int64",
    "r": "float64",
    "r_low": "float64",
    "r_high": "float64",
    "plain_r": "float64",
    "reason": "str",
}
MOST = 40  # variables: more have more pairs than anybody reads


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PartialNetwork(Result):
    """Partial correlations, one row a pair; every other variable is held constant."""

    def _apa(self) -> Iterable[str]:
        sure = level(self.call["confidence"])
        for row in self.table.to_dict("records"):
            head = f"{self.named(row['row'])} with {self.named(row['column'])}, others constant"
            if np.isnan(row["r"]):
                yield f"{head}: nothing is given; {row['reason']}."
                continue
            yield (
                f"{head}: partial r = {bounded(row['r'])}, {sure} CI "
                f"{interval(row['r_low'], row['r_high'])} (r = {bounded(row['plain_r'])}), "
                f"n = {count(row['n'])}."
            )

    def _plain(self) -> Iterable[str]:
        for row in self.table.to_dict("records"):
            what = f"{self.named(row['row'])} and {self.named(row['column'])}"
            if np.isnan(row["r"]):
                yield not_given(what, row["reason"])
                continue
            clear = row["r_low"] > 0 or row["r_high"] < 0
            end = "lower" if row["r"] < 0 else "higher"
            goes = (
                f"where one is higher, the other tends to be {end}"
                if clear
                else "no clear link in either direction"
            )
            yield (
                f"{what}, among people alike in everything else here: {goes}. Link "
                f"{number(row['r'])}{aside(likely(row['r_low'], row['r_high']), people(row['n']))}."
            )

    def _meaning(self) -> Iterable[str]:
        yield LINK
        yield NO_CAUSE

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        return pd.DataFrame(
            {
                "Variable": table["row"].map(self.label),
                "With": table["column"].map(self.label),
                "Partial r": table["r"].map(bounded),
                f"{level(self.call['confidence'])} CI": interval_texts(table, "r"),
                "r": table["plain_r"].map(bounded),
                "n": table["n"].map(count),
            }
        )


def network(
    data: Survey | pd.DataFrame,
    *,
    variables: Selector = "items:signs_total",
    confidence: float = 0.95,
    wave: int | str | None = None,
    dyad: str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> PartialNetwork:
    """Partial correlation of each pair of variables, all others held constant.

    Parameters
    ----------
    data
        A survey, or a plain table.
    variables
        Three or more: a selector such as ``"items:signs_total"``, ``"effects"`` or a list.
    confidence
        Level of the intervals.
    wave
        Which wave; the first by default.
    dyad
        Of a plain table: the column that says who belongs together. For a survey the column with
        the role ``dyad_id`` is taken.
    reverse, values
        For a plain table.

    Returns
    -------
    PartialNetwork
        One row a pair: ``row, column, n, r, r_low, r_high, plain_r, reason``, in the order of the
        variables. ``plain_r`` holds nothing constant. No pair is left out and none is shrunk.

    Raises
    ------
    Refusal
        When two variables share an item.
    SurveyError
        When too few people have every variable, one does not vary, or some follow from others.
    UsageError
        When a word is unknown, or there are fewer than three variables or more than 40.

    Notes
    -----
    Of rows with every variable. Without dyads the interval is Fisher's with n less the variables
    held constant; where partners are among the people, the influence of each dyad on the partial
    correlation gives its standard error on Fisher's scale, with dyads less one degrees of freedom.

    References
    ----------
    Whittaker, J. (1990). *Graphical Models in Applied Multivariate Statistics*. Fisher, R. A.
    (1924). *Metron, 3*, 329-332. R: ``psych::partial.r``. Williams, D. R., & Rast, P. (2020).
    *British Journal of Mathematical and Statistical Psychology, 73*, 187-212 (intervals in place of
    a penalty).

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(200, 3))
    >>> table = pd.DataFrame(draws @ [[1, 1, 0], [0, 1, 1], [0, 0, 1]], columns=list("abc"))
    >>> network(table, variables=["a", "b", "c"]).table["r"].round(2).tolist()
    [0.83, -0.62, 0.7]
    """
    check_confidence(confidence)
    study = take_study(
        data, measures={"variables": variables}, columns={"dyad": dyad}, wave=wave,
        reverse=reverse, values=values,
    )  # fmt: skip
    every = study.measures["variables"]
    if not 3 <= len(every) <= MOST:
        raise UsageError(
            f"variables names {counted(len(every), 'variable')}; a network has 3 to {MOST}."
        )
    _refuse_parts(every)
    matrix = study.matrix("variables")
    used: NDArray[np.bool_] = np.asarray(~np.isnan(matrix).any(axis=1))
    x = matrix[used]
    n = len(x)
    _require(x, every)
    codes = study.dyads
    clusters = None if codes is None else codes[used]
    if clusters is not None and len(np.unique(clusters)) == n:
        clusters = None
    cov = np.cov(in_canonical_order(x).T)
    r, low, high = _estimate(x, cov, clusters, confidence)
    sd = np.sqrt(np.diagonal(cov))
    rows = []
    for i, one in enumerate(every):
        for j in range(i + 1, len(every)):
            rows.append(
                {"row": one.id, "column": every[j].id, "n": n, "r": r[i, j], "r_low": low[i, j],
                 "r_high": high[i, j], "plain_r": cov[i, j] / (sd[i] * sd[j]), "reason": ""}
            )  # fmt: skip
    emit(study.warnings)
    scales = {m.variable.scale.id: m.variable.scale for m in every if m.variable and
              m.variable.scale}  # fmt: skip
    return PartialNetwork(
        table=make_table(rows, COLUMNS),
        notes=(
            *study.notes,
            f"Partial correlations (Pearson): each pair with the other "
            f"{counted(len(every) - 2, 'variable')} held constant. No penalty, and no pair left "
            "out; intervals are not adjusted for the "
            f"{counted(len(rows), 'pair')}.",
            f"Listwise deletion: {count(n)} of {count(len(used))} rows have every variable.",
            _interval_note(clusters),
            "What items share because all measure one thing is left in every pair; a partial "
            "correlation is no path of influence.",
            *masked_notes(study.sample, scales.values()),
        ),
        call={
            "verb": "network",
            "variables": plain(variables),
            "confidence": confidence,
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*study.sample.reader_warnings, *study.warnings])),
        labels=study.labels,
        **provenance(study.sample, n),
    )


def _refuse_parts(every: Sequence[Measure]) -> None:
    for overlap in overlaps_between(combinations(every, 2)):
        if overlap.kind == "items":
            raise Refusal(
                f"{overlap}: a part would be held constant for its whole, and what is left of both "
                "says nothing about people. Take variables of different items."
            )


def _require(x: Floats, every: Sequence[Measure]) -> None:
    need = len(every) + 4
    if len(x) < need:
        raise SurveyError(
            f"{counted(len(x), 'row has', 'rows have')} every one of these "
            f"{len(every)} variables, and at least {need} are needed. Name fewer variables."
        )
    constant = [m.id for m, column in zip(every, x.T, strict=True) if np.ptp(column) == 0]
    if constant:
        raise SurveyError(
            f"{listing(constant)}: the same for everybody, so that nothing goes with it. Leave it "
            "out."
        )


def _estimate(
    x: Floats,
    cov: Floats,
    clusters: NDArray[np.int64] | None,
    confidence: float,
) -> tuple[Floats, Floats, Floats]:
    """Partial correlations of all pairs and their intervals, each (p, p)."""
    p = x.shape[1]
    r = all_partial_correlations(cov)
    if np.isnan(r).any():
        raise SurveyError(
            "Some of the variables follow from the others, so that nothing is left of them when "
            "these are held constant. Leave one out: a total and all of its parts cannot be in one "
            "network."
        )
    if clusters is None:
        low, high = fisher_interval(r, np.full(r.shape, float(len(x) - (p - 2))), confidence)
        return r, low, high
    pairs = [(i, j) for i in range(p) for j in range(i + 1, p)]
    influences = covariance_influence(x, np.stack([_gradient(cov, i, j) for i, j in pairs]))
    se = np.sqrt(np.diagonal(influence_covariance(influences, clusters=clusters)))
    low, high = np.ones((p, p)), np.ones((p, p))
    df = float(len(np.unique(clusters)) - 1)
    for (i, j), error in zip(pairs, se, strict=True):
        ends = z_interval(r[i, j], error / (1 - r[i, j] ** 2), df, confidence)
        low[i, j] = low[j, i] = float(ends[0])
        high[i, j] = high[j, i] = float(ends[1])
    return r, low, high


def _gradient(cov: Floats, i: int, j: int) -> Floats:
    """Slope of a partial correlation in the covariances, (p, p); of -P_ij / sqrt(P_ii P_jj)."""
    P = np.linalg.inv(cov)
    r = -P[i, j] / np.sqrt(P[i, i] * P[j, j])

    def moved(a: int, b: int) -> Floats:  # of P_ab, since dP = -P dS P
        part = -np.outer(P[:, a], P[b])
        return (part + part.T) / 2

    scale = np.sqrt(P[i, i] * P[j, j])
    found = -moved(i, j) / scale - r / 2 * (moved(i, i) / P[i, i] + moved(j, j) / P[j, j])
    return np.asarray(found, dtype=np.float64)


def _interval_note(clusters: NDArray[np.int64] | None) -> str:
    if clusters is None:
        return "Intervals: Fisher's z, which takes answers to be normal and people independent."
    _, sizes = np.unique(clusters, return_counts=True)
    return (
        "Intervals: Fisher's z with standard errors that take dyads whole and need no normal "
        f"answers ({counted(int((sizes > 1).sum()), 'dyad')} with both partners and "
        f"{counted(int((sizes == 1).sum()), 'person', 'people')} alone)."
    )
