"""The main table of correlations, its columns fixed, and what reliability makes of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from detachment.estimates._correlate_pairs import Pair, why_not
from detachment.estimates._counted_deltas import counted_delta_methods
from detachment.estimates._crossed import Clusters, Crossed
from detachment.estimates._result import make_table
from detachment.estimates._scales import Floats, PreparedScale
from detachment.scoring import Variable
from detachment.stats.correlation import disattenuate
from detachment.stats.disattenuation import score_correlations
from detachment.stats.intervals import DeltaMethod, delta_method
from detachment.stats.moments import correlation_from
from detachment.stats.reliability import alpha, alpha_standardized
from detachment.text import bounded

COLUMNS = {
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
    "method": "str",
    "expected_sign": "str",
    "disattenuated": "float64",
    "reason": "str",
}
_SIGNS = {1: "+", -1: "-", 0: ""}
DISATTENUATED = {
    "row": "str",
    "column": "str",
    "n": "Int64",
    "r": "float64",
    "coefficient_row": "str",
    "reliability_row": "float64",
    "coefficient_column": "str",
    "reliability_column": "float64",
    "disattenuated": "float64",
    "low": "float64",
    "high": "float64",
    "reason": "str",
}
_BEYOND = "would exceed 1, which no correlation can: the reliabilities are too low for a correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliable:
    """Reliability of a score: which coefficient; or why there is none."""

    value: float = np.nan
    coefficient: str = ""
    why: str = ""


def reliability_of(variable: Variable, prepared: Mapping[str, PreparedScale]) -> Reliable:
    """Alpha of a scale; of two items Spearman and Brown's coefficient."""
    if variable.scale is None and not variable.items:
        return Reliable(why=f"{variable.id} is no scale, and its reliability is unknown")
    if variable.scale is None or variable.item is not None:
        return Reliable(why=f"{variable.id} is a single item, whose reliability is unknown")
    part = prepared.get(variable.id)
    model = variable.scale.model
    if part is None or part.obstacle or model in ("formative", "single_item"):
        return Reliable(why=f"{variable.id} has no alpha ({model})")
    two = len(part.items) == 2
    cov = part.moments.cov
    value = float(alpha_standardized(correlation_from(cov)) if two else alpha(cov))
    name = "Spearman-Brown" if two else "alpha"
    if not value > 0:
        return Reliable(why=f"{name} of {variable.id} is not positive ({bounded(value)})")
    return Reliable(value=value, coefficient=name)


def corrected(
    pair: Pair, r: float, prepared: Mapping[str, PreparedScale], why: str
) -> tuple[float, str]:
    """Correlation without errors of measurement, or why there is none."""
    if why:
        return np.nan, why
    both = [reliability_of(variable, prepared) for variable in (pair.row, pair.column)]
    missing = next((one.why for one in both if one.why), "")
    if missing:
        return np.nan, missing
    value = float(disattenuate(r, both[0].value, both[1].value))
    return (np.nan, _BEYOND) if abs(value) > 1 else (value, "")


def table_of(
    pairs: Sequence[Pair],
    crossed: Crossed,
    prepared: Mapping[str, PreparedScale],
    copies: Collection[Pair],
    known: Mapping[tuple[str, str], str],
    why_observed: str,
    unit: str,
) -> pd.DataFrame:
    """One row a pair, without what depends on the family of tests.

    ``known`` are reasons that a method has for a pair, ``why_observed`` why nothing is corrected
    for unreliability, ``unit`` what standard errors rest on.
    """
    rows = []
    for pair in pairs:
        i, j = pair.i, pair.j
        row: dict[str, Any] = {
            "row": pair.row.id,
            "column": pair.column.id,
            "n": int(crossed.n[i, j]),
            "expected_sign": _SIGNS[pair.expected],
        }
        reasons = []
        at_limit = known.get(pair.ids)
        if pair.shared or pair in copies:
            reasons.append(why_not(pair, row["n"], copy=pair in copies))
        elif np.isnan(crossed.r[i, j]):
            reasons.append(at_limit or why_not(pair, row["n"], copy=False))
        else:
            for name in ("r", "low", "high", "p"):
                column = name if name in ("r", "p") else f"r_{name}"
                row[column] = float(getattr(crossed, name)[i, j])
            few = f"{row['n']} {unit} are too few"
            if abs(row["r"]) > 1 - 1e-12:
                few = "a perfect correlation has no standard error"
            if at_limit:
                reasons.append(at_limit)
            elif np.isnan(row["r_low"]) or np.isnan(row["r_high"]):
                reasons.append(f"r_low, r_high: {few}")
            if np.isnan(row["p"]) and not at_limit:
                reasons.append(f"p, p_adjusted: {few}")
            row["disattenuated"], why = corrected(pair, row["r"], prepared, why_observed)
            if why:
                reasons.append(f"disattenuated: {why}")
        rows.append(row | {"reason": "; ".join(reasons)})
    return make_table(rows, COLUMNS)


def disattenuated_part(
    pairs: Sequence[Pair],
    table: pd.DataFrame,
    prepared: Mapping[str, PreparedScale],
    clusters: Clusters | None,
    confidence: float,
) -> pd.DataFrame:
    """Pairs of scores with both reliabilities, the corrected correlation and its interval.

    The interval takes correlation and reliabilities as one function of the covariances of the
    items, by the delta method without an assumption on their distribution.
    """
    rows: list[dict[str, Any]] = []
    asked: dict[int, list[PreparedScale]] = {}
    for pair, r, n in zip(pairs, table["r"], table["n"], strict=True):
        both = [reliability_of(variable, prepared) for variable in (pair.row, pair.column)]
        if np.isnan(r) or any(v.scale is None or v.item for v in (pair.row, pair.column)):
            continue
        value, why = corrected(pair, r, prepared, "")
        if not why:
            asked[len(rows)] = [prepared[v.id] for v in (pair.row, pair.column)]
        rows.append(
            {
                "row": pair.row.id,
                "column": pair.column.id,
                "n": n,
                "r": r,
                "coefficient_row": both[0].coefficient,
                "reliability_row": both[0].value,
                "coefficient_column": both[1].coefficient,
                "reliability_column": both[1].value,
                "disattenuated": value,
                "reason": why,
            }
        )
    for k, found in zip(asked, _delta_methods(list(asked.values()), clusters), strict=True):
        # value +- t times the standard error; it may reach beyond 1, as the estimate itself may
        half = stdtrit(max(found.units - 1, 1), (1 + confidence) / 2) * float(found.standard_error)
        value = rows[k]["disattenuated"]
        rows[k] |= {"low": value - float(half), "high": value + float(half)}
        if np.isnan(half):
            rows[k]["reason"] = "low, high: covariances of the items give no standard error"
    return make_table(rows, DISATTENUATED)


def _delta_methods(
    pairs: Sequence[Sequence[PreparedScale]], clusters: Clusters | None
) -> list[DeltaMethod]:
    """Standard errors of the corrected correlations of pairs of scales."""
    statistics = [partial(_disattenuated, len(a.items), len(b.items)) for a, b in pairs]
    if any(part.counted is not None for pair in pairs for part in pair):
        return counted_delta_methods(pairs, statistics)
    found = []
    for pair, statistic in zip(pairs, statistics, strict=True):
        answers = np.hstack([part.answers for part in pair])
        there = np.isfinite(answers).any(axis=1)
        own = None if clusters is None else clusters[there]
        found.append(delta_method(answers[there], statistic, clusters=own))
    return found


def _disattenuated(p: int, q: int, cov: Floats) -> Floats:
    """Corrected correlations of p and q items, from covariances ``(..., p + q, p + q)``."""
    row, column = list(range(p)), list(range(p, p + q))
    r = score_correlations(cov, [row], [column])[..., 0, 0]
    reliability = []
    for items in (row, column):
        at = np.asarray(items)
        own = cov[..., at[:, None], at]
        two = len(items) == 2
        reliability.append(alpha_standardized(correlation_from(own)) if two else alpha(own))
    return np.asarray(disattenuate(r, *reliability), dtype=np.float64)
