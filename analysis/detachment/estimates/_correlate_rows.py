"""The main table of correlations, its columns fixed, and what reliability makes of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from detachment.estimates._correlate_pairs import Pair, why_not
from detachment.estimates._crossed import Crossed
from detachment.estimates._result import make_table
from detachment.estimates._scales import PreparedScale
from detachment.scoring import Variable
from detachment.stats.correlation import disattenuate
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
_BEYOND = "would exceed 1, which no correlation can: the reliabilities are too low for a correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliable:
    """Reliability of a score: which coefficient; or why there is none."""

    value: float = np.nan
    coefficient: str = ""
    why: str = ""


def reliability_of(variable: Variable, prepared: Mapping[str, PreparedScale]) -> Reliable:
    """Alpha of a scale; of two items Spearman and Brown's coefficient."""
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


def disattenuated(
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
            row["disattenuated"], why = disattenuated(pair, row["r"], prepared, why_observed)
            if why:
                reasons.append(f"disattenuated: {why}")
        rows.append(row | {"reason": "; ".join(reasons)})
    return make_table(rows, COLUMNS)
