"""What stands beside a table of correlations: groups, differences, equivalence, Bayes factors."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.estimates._correlate_pairs import Pair
from detachment.estimates._crossed import Crossed
from detachment.estimates._groups import Groups
from detachment.estimates._result import make_table
from detachment.estimates._scales import Floats
from detachment.scoring import Variable
from detachment.stats.adjust import Adjustment, adjust_p
from detachment.stats.bayes_factor import correlation_bayes_factor
from detachment.stats.correlation import pearson
from detachment.stats.correlation_difference import (
    CorrelationDifference,
    equivalence_of_correlation,
    overlapping_difference,
    zou_interval,
)
from detachment.text import counted

GROUPS = {
    "group": "str",
    "row": "str",
    "column": "str",
    "n": "Int64",
    "r": "float64",
    "r_low": "float64",
    "r_high": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "adjust": "str",
    "family": "str",
    "reason": "str",
}
DIFFERENCES = {
    "row": "str",
    "column": "str",
    "first": "str",
    "second": "str",
    "n_first": "Int64",
    "n_second": "Int64",
    "r_first": "float64",
    "r_second": "float64",
    "r_between": "float64",
    "difference": "float64",
    "low": "float64",
    "high": "float64",
    "test": "str",
    "statistic": "float64",
    "df": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "z_meng": "float64",
    "p_meng": "float64",
    "adjust": "str",
    "family": "str",
    "reason": "str",
}
EQUIVALENCE = {
    "row": "str",
    "column": "str",
    "n": "Int64",
    "r": "float64",
    "bound": "float64",
    "r_low": "float64",
    "r_high": "float64",
    "p_low": "float64",
    "p_high": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "equivalent": "str",
    "adjust": "str",
    "family": "str",
    "reason": "str",
}
BAYES = {
    "row": "str",
    "column": "str",
    "n": "Int64",
    "n_effective": "float64",
    "r": "float64",
    "kappa": "float64",
    "bf10": "float64",
    "bf01": "float64",
    "log_bf10": "float64",
    "reason": "str",
}
ICC = {
    "variable": "str",
    "n": "Int64",
    "clusters": "Int64",
    "icc": "float64",
    "icc_low": "float64",
    "icc_high": "float64",
    "reliability_of_means": "float64",
}
_NO_R = "there is no correlation (see the table)"


def adjusted(rows: list[dict[str, Any]], how: str, family: str) -> list[dict[str, Any]]:
    """Rows with adjusted p, and the family that is named by its number of tests."""
    method: Adjustment = "holm" if how == "max_t" else how  # type: ignore[assignment]
    p = np.array([row.get("p", np.nan) for row in rows], dtype=np.float64)
    tests = int(np.isfinite(p).sum())
    return [
        row
        | {
            "p_adjusted": float(value),
            "adjust": method,
            "family": f"{counted(tests, 'test')}: {family}",
        }
        for row, value in zip(rows, adjust_p(p, method), strict=True)
    ]


# ------------------------------------------------------------------------------------------ groups


def groups_part(
    pairs: Sequence[Pair],
    copies: Collection[Pair],
    groups: Groups,
    crossed: Sequence[Crossed],
    adjust: str,
) -> pd.DataFrame:
    """Every pair in every group."""
    rows = []
    for name, found in zip(groups.names, crossed, strict=True):
        for pair in pairs:
            i, j = pair.i, pair.j
            row: dict[str, Any] = {
                "group": name,
                "row": pair.row.id,
                "column": pair.column.id,
                "n": int(found.n[i, j]),
                "reason": "",
            }
            if pair.shared or pair in copies:
                row["reason"] = "part-whole" if pair.shared else "a copy"
            elif np.isnan(found.r[i, j]):
                row["reason"] = "too few respondents, or one of the two is constant"
            else:
                row |= _numbers(found, i, j)
                if np.isnan(row["r_low"]):
                    row["reason"] = "r_low, r_high: too few respondents or clusters"
            rows.append(row)
    family = f"pairs in {counted(len(groups.names), 'group')} of {groups.by}"
    return make_table(adjusted(rows, adjust, family), GROUPS)


def _numbers(found: Crossed, i: int, j: int) -> dict[str, float]:
    return {
        "r": float(found.r[i, j]),
        "r_low": float(found.low[i, j]),
        "r_high": float(found.high[i, j]),
        "p": float(found.p[i, j]),
    }


def group_differences(
    pairs: Sequence[Pair],
    copies: Collection[Pair],
    groups: Groups,
    crossed: Sequence[Crossed],
    clusters: "NDArray[np.int64] | None",
    confidence: float,
    adjust: str,
) -> pd.DataFrame:
    """Each pair's correlation in one group against that in another."""
    rows = []
    for pair in pairs:
        if pair.shared or pair in copies:
            continue
        for one, other in combinations(range(len(groups.names)), 2):
            a, b = crossed[one], crossed[other]
            at = pair.i, pair.j
            row: dict[str, Any] = {
                "row": pair.row.id,
                "column": pair.column.id,
                "first": groups.names[one],
                "second": groups.names[other],
                "n_first": int(a.n[at]),
                "n_second": int(b.n[at]),
                "r_first": float(a.r[at]),
                "r_second": float(b.r[at]),
                "reason": "",
            }
            shared = _shared(groups, one, other, clusters)
            if shared and (a.influence is None or b.influence is None):
                row["reason"] = (
                    f"{counted(shared, 'cluster')} with people in both groups: their correlations "
                    "are not independent, and this coefficient has no test for that. Take method "
                    "pearson, spearman, or kendall"
                )
            else:
                row |= _difference(a, b, at, at, shared, confidence)
            rows.append(row)
    family = f"differences between groups of {groups.by}"
    return make_table(adjusted(rows, adjust, family), DIFFERENCES)


def _shared(groups: Groups, one: int, other: int, clusters: "NDArray[np.int64] | None") -> int:
    """How many clusters have people in both groups."""
    if clusters is None:
        return 0
    return len(np.intersect1d(clusters[groups.code == one], clusters[groups.code == other]))


def _difference(
    a: Crossed,
    b: Crossed,
    at: tuple[int, int],
    other: tuple[int, int],
    shared: int,
    confidence: float,
) -> dict[str, Any]:
    """Test of two correlations by the standard errors of their Fisher's z, and Zou's interval."""
    from scipy.special import stdtr

    r1, r2, se1, se2 = a.r[at], b.r[other], a.se[at], b.se[other]
    df1, df2 = a.df[at], b.df[other]
    together = 0.0
    if shared and a.influence is not None and b.influence is not None:
        product = a.influence[(slice(None), *at)] * b.influence[(slice(None), *other)]
        together = float(np.sort(product).sum())  # in no order of the clusters
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = se1**2 + se2**2 - 2 * together
        if shared:
            df = float(min(df1, df2))
        elif np.isinf(df1) and np.isinf(df2):
            df = np.inf
        else:  # Welch and Satterthwaite
            df = float((se1**2 + se2**2) ** 2 / (se1**4 / df1 + se2**4 / df2))
        statistic = float((np.arctanh(r1) - np.arctanh(r2)) / np.sqrt(variance))
        p = 2 * float(stdtr(df if np.isfinite(df) else 1e12, -abs(statistic)))
        ends = zou_interval(r1, se1, r2, se2, together / (se1 * se2), confidence)
    if not np.isfinite(statistic) or not variance > 0:
        return {"reason": "a correlation or its standard error is missing"}
    return {
        "difference": float(r1 - r2),
        "low": float(ends[0]),
        "high": float(ends[1]),
        "test": "t of Fisher's z" if np.isfinite(df) else "z of Fisher's z",
        "statistic": statistic,
        "df": df if np.isfinite(df) else np.nan,
        "p": p,
    }


# -------------------------------------------------------------------------- differences within all


class Among(Protocol):
    """What is known of variables that are compared: the rows themselves, or counts."""

    def between(self, names: Sequence[str]) -> Floats:
        """Pearson's r of variables with one another."""

    def n(self, one: str, other: str, fixed: str) -> int:
        """How many rows have all three."""


@dataclass(frozen=True, slots=True, eq=False)
class AmongRows:
    """Values of variables by id, (n,)."""

    numbers: Mapping[str, Floats]

    def between(self, names: Sequence[str]) -> Floats:
        """As :class:`Among`."""
        return pearson(np.column_stack([self.numbers[name] for name in names]))[0]

    def n(self, one: str, other: str, fixed: str) -> int:
        """As :class:`Among`."""
        x = [self.numbers[name] for name in (one, other, fixed)]
        return int(np.all(np.isfinite(x), axis=0).sum())


def dependent_differences(
    compare: str,
    down: Sequence[Variable],
    across: Sequence[Variable],
    pairs: Sequence[Pair],
    copies: Collection[Pair],
    crossed: Crossed,
    among: Among,
    confidence: float,
    adjust: str,
) -> pd.DataFrame:
    """Is one row more strongly associated with a column than another row is? Or columns with rows.

    Without influences Steiger's test, which takes answers to be normal and people independent; it
    asks how what is compared goes together.
    """
    cells = {(pair.i, pair.j): pair for pair in pairs if not pair.shared and pair not in copies}
    fixed, compared = (across, down) if compare == "rows" else (down, across)
    names = [variable.id for variable in compared]
    between = among.between(names) if crossed.influence is None else np.empty((0, 0))
    rows = []
    for k, one_fixed in enumerate(fixed):
        for i, j in combinations(range(len(compared)), 2):
            at, other = ((i, k), (j, k)) if compare == "rows" else ((k, i), (k, j))
            if at not in cells or other not in cells:
                continue
            one, two = compared[i], compared[j]
            if set(one.items) & set(two.items):
                continue  # a part against its whole
            row: dict[str, Any] = {
                "column" if compare == "rows" else "row": one_fixed.id,
                "row" if compare == "rows" else "column": "",
                "first": one.id,
                "second": two.id,
                "n_first": int(crossed.n[at]),
                "n_second": int(crossed.n[other]),
                "r_first": float(crossed.r[at]),
                "r_second": float(crossed.r[other]),
                "reason": "",
            }
            if crossed.influence is not None:
                row |= _difference(crossed, crossed, at, other, 1, confidence)
            else:
                n = among.n(one.id, two.id, one_fixed.id)
                row |= _steiger(row, between[i, j], n, confidence)
            rows.append(row)
    family = f"differences of {compare}"
    return make_table(adjusted(rows, adjust, family), DIFFERENCES)


def _steiger(row: Mapping[str, Any], r_between: float, n: int, confidence: float) -> dict[str, Any]:
    given = row["r_first"], row["r_second"], r_between, n

    def test(method: str) -> CorrelationDifference:
        return overlapping_difference(*given, method=method, confidence=confidence)  # type: ignore[arg-type]

    steiger, meng = test("steiger"), test("meng")
    if not np.isfinite(steiger.p):
        return {
            "reason": f"{counted(n, 'respondent')} with all three variables, or correlations that "
            "contradict one another because they come from different respondents"
        }
    return {
        "n_first": n,
        "n_second": n,
        "r_between": float(r_between),
        "difference": float(steiger.difference),
        "low": float(steiger.low),
        "high": float(steiger.high),
        "test": "Steiger's z",
        "statistic": float(steiger.statistic),
        "p": float(steiger.p),
        "z_meng": float(meng.statistic),
        "p_meng": float(meng.p),
    }


# ------------------------------------------------------------------- equivalence and Bayes factors


def _given(
    pairs: Sequence[Pair], crossed: Crossed, shown: NDArray[np.bool_]
) -> list[tuple[Pair, dict[str, Any], bool]]:
    """Pairs, the first cells of their rows, and whether they have a correlation."""
    found = []
    for pair in pairs:
        at = pair.i, pair.j
        there = bool(shown[at]) and not np.isnan(crossed.r[at])
        row = {
            "row": pair.row.id,
            "column": pair.column.id,
            "n": int(crossed.n[at]),
            "r": float(crossed.r[at]) if there else np.nan,
            "reason": "" if there else _NO_R,
        }
        found.append((pair, row, there))
    return found


def equivalence_part(
    pairs: Sequence[Pair],
    crossed: Crossed,
    shown: NDArray[np.bool_],
    bound: float,
    confidence: float,
    adjust: str,
) -> pd.DataFrame:
    """Two one-sided tests that correlations lie within -bound and bound."""
    test = equivalence_of_correlation(
        crossed.r, crossed.se, -bound, bound, 1 - confidence, df=crossed.df
    )
    rows = []
    for pair, row, there in _given(pairs, crossed, shown):
        at = pair.i, pair.j
        row["bound"] = bound
        if there and np.isnan(test.p[at]):
            row["reason"] = "too few respondents or clusters for a standard error"
        elif there:
            row |= {
                "r_low": float(test.low[at]),
                "r_high": float(test.high[at]),
                "p_low": float(test.p_low[at]),
                "p_high": float(test.p_high[at]),
                "p": float(test.p[at]),
            }
        rows.append(row)
    rows = adjusted(rows, adjust, f"equivalence within -{bound:g} and {bound:g}")
    for row in rows:
        known = not np.isnan(row.get("p", np.nan))
        row["equivalent"] = ("yes" if row["p_adjusted"] < 1 - confidence else "no") if known else ""
    return make_table(rows, EQUIVALENCE)


def bayes_part(
    pairs: Sequence[Pair], crossed: Crossed, shown: NDArray[np.bool_], kappa: float, lost: int
) -> pd.DataFrame:
    """Bayes factors for a correlation against none.

    Where people are not independent, or answers not normal, n is how many independent people with
    normal answers would make Fisher's z as certain.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        n = np.minimum(3 + 1 / crossed.se**2, crossed.n - lost)
    log = correlation_bayes_factor(np.where(np.isnan(crossed.r), np.nan, crossed.r), n, kappa=kappa)
    rows = []
    for pair, row, there in _given(pairs, crossed, shown):
        at = pair.i, pair.j
        row["kappa"] = kappa
        if there and not np.isfinite(log[at]):
            row["reason"] = "too few respondents or clusters, or a perfect correlation"
        elif there:
            with np.errstate(over="ignore"):
                row |= {
                    "n_effective": float(n[at]),
                    "bf10": _plain(float(np.exp(log[at]))),
                    "bf01": _plain(float(np.exp(-log[at]))),
                    "log_bf10": float(log[at]),
                }
            if np.isnan(row["bf10"]) or np.isnan(row["bf01"]):
                row["reason"] = "bf10, bf01: beyond what a number can hold; see log_bf10"
        rows.append(row)
    return make_table(rows, BAYES)


def _plain(value: float) -> float:
    """A number that JSON can hold."""
    return value if np.isfinite(value) else np.nan
