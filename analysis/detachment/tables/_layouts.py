"""Layouts of their own: correlations in a triangle, factor loadings, indices of fit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from detachment.tables._abbreviations import definitions
from detachment.tables._model import Column, Table
from detachment.text import DASH, bounded, count, interval, level, number, p_value

if TYPE_CHECKING:
    from detachment.estimates import Correlations
    from detachment.estimates.cfa import Cfa
    from detachment.estimates.efa import ExploratoryFactors
    from detachment.validation import Survey

_BETWEEN = {"~~": "with", "~": "on"}
_SHOWN_FROM = 0.30  # a loading below is no part of what a factor is named by


def is_triangle(result: "Correlations") -> bool:
    """Whether each of at least three variables is correlated with every other one."""
    pairs = {frozenset(pair) for pair in result.table[["row", "column"]].itertuples(index=False)}
    variables = frozenset().union(*pairs) if pairs else frozenset()
    return len(variables) > 2 and len(pairs) == len(variables) * (len(variables) - 1) // 2


def moments(
    result: "Correlations", survey: "Survey | None"
) -> Mapping[str, tuple[float, float]] | None:
    """Mean and standard deviation of the scores among the variables, in the result's wave.

    None where they are not those of the correlations: without the survey, and for correlations
    that are weighted, partial, or of one level.
    """
    if survey is None or result.kind:
        return None
    import numpy as np

    from detachment.scoring import in_wave, score, waves

    wave = result.call.get("wave")
    known = waves(survey)
    scores = score(survey).loc[in_wave(survey, known[0] if wave is None and known else wave)]
    names = {name for side in ("row", "column") for name in result.table[side]}
    found = {}
    for name in names & set(map(str, scores.columns)):
        values = scores[name].to_numpy(dtype=np.float64, na_value=np.nan)
        values = values[~np.isnan(values)]
        if len(values) > 1:
            found[name] = (float(values.mean()), float(values.std(ddof=1)))
    return found


def cfa_fit(result: "Cfa") -> Table:
    """Indices of fit of a factor model, one row a kind of statistic."""
    from detachment.estimates import records

    fit = [row for row in records(result.parts["fit"]) if row["chisq"] is not None]
    heads = ("Statistic", "χ²", "df", "p", "CFI", "TLI", "RMSEA", "90% CI", "SRMR")
    rows = tuple(
        (
            str(row["kind"]).capitalize(),
            number(row["chisq"]),
            number(row["df"]) if row["df"] % 1 else count(row["df"]),
            p_value(row["p"]),
            bounded(row["cfi"], 3),
            bounded(row["tli"], 3),
            bounded(row["rmsea"], 3),
            interval(row["rmsea_low"], row["rmsea_high"], 3),
            bounded(row["srmr"], 3),
        )
        for row in fit
    )
    n = fit[0]["n"] if fit else None
    return Table(
        name="cfa-fit",
        title="Fit of the Factor Model",
        columns=tuple(
            Column(label=head, numeric=k > 0, symbol=k > 0) for k, head in enumerate(heads)
        ),
        rows=rows,
        notes=(definitions(heads), f"n = {count(n)}."),
        data=result.parts["fit"],
    )


def cfa_loadings(result: "Cfa") -> Table:
    """Loadings of a factor model by factor, then what else was estimated and is read."""
    from detachment.estimates import records
    from detachment.estimates.cfa import in_passing

    read = records(result.table[~in_passing(result.table)])
    ci = f"{level(float(result.call['confidence']))} CI"
    heads = ("Item", "Loading", "SE", ci, "z", "p", "Standardized")
    groups: dict[str, list[tuple[str, ...]]] = {}
    for row in sorted(read, key=lambda row: row["op"] != "=~"):
        loading = row["op"] == "=~"
        one, other = result.label(row["lhs"]), result.label(row["rhs"])
        between = _BETWEEN.get(row["op"], row["op"])
        tested = row["z"] is not None
        groups.setdefault(one if loading else "Other parameters", []).append(
            (
                other if loading else f"{one} {between} {other}",
                number(row["estimate"]),
                number(row["se"]) if tested else DASH,
                interval(row["low"], row["high"], can_exceed_one=True) if tested else DASH,
                number(row["z"]),
                p_value(row["p"]),
                number(row["std_all"]),
            )
        )
    fixed = "A loading without a standard error is fixed to 1, which gives its factor a unit."
    return Table(
        name="cfa-loadings",
        title="Factor Loadings and Other Parameters of the Model",
        columns=tuple(
            Column(label=head, numeric=k > 0, symbol=k > 0, wide=k == 0)
            for k, head in enumerate(heads)
        ),
        rows=tuple(row for rows in groups.values() for row in rows),
        groups=tuple((name, len(rows)) for name, rows in groups.items()),
        notes=(
            definitions(heads),
            "Standardized = with variables and factors of variance 1.",
            *([fixed] if not result.call.get("std_lv") else []),
        ),
        data=result.to_frame(),
    )


def efa_loadings(result: "ExploratoryFactors") -> Table:
    """Loadings of items, sorted by the factor on which each loads most, and by size."""
    from detachment.estimates import records

    factors = list(result.factors)
    rows = records(result.table)

    def place(line: int) -> tuple[int, float]:
        sizes = [abs(rows[line][name]) for name in factors]
        return sizes.index(max(sizes)), -max(sizes)

    order = sorted(range(len(rows)), key=place)
    rotation = str(result.call.get("rotation", ""))
    pattern = "pattern" if rotation in ("oblimin", "promax", "geomin") else "rotated"
    notes = [
        "Items are sorted by their largest loading; every loading is shown, and those of "
        f"{bounded(_SHOWN_FROM)} and above are commonly read as part of a factor. Communality = "
        "share of an item's variance that the factors explain; complexity = number of factors "
        "that an item needs."
    ]
    if any(row["keyed"] < 0 for row in rows):
        notes.append("(R): reversed before the analysis.")

    def cells(row: Mapping[Any, Any]) -> tuple[str, ...]:
        return (
            result.label(row["item"]) + (" (R)" if row["keyed"] < 0 else ""),
            *(bounded(row[name]) for name in factors),
            bounded(row["communality"]),
            number(row["complexity"]),
        )

    of = "factor loading" if len(factors) == 1 else f"{pattern} loading"
    return Table(
        name="efa-loadings",
        title=f"Exploratory Factor Analysis: {of.title()}s and Communalities",
        columns=(
            Column(label="Item", numeric=False, wide=True),
            *(Column(label=name, group=f"{of.capitalize()} on factor") for name in factors),
            Column(label="Communality"),
            Column(label="Complexity"),
        ),
        rows=tuple(cells(rows[line]) for line in order),
        notes=tuple(notes),
        lines=tuple(order),
        data=result.to_frame(),
    )
