"""Display tables of results: reliability, items, correlations."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from detachment.errors import check_word
from detachment.tables._model import Column, Table
from detachment.tables._titles import title_case
from detachment.text import (
    DASH,
    bounded,
    count,
    interval,
    level,
    listing,
    number,
    p_value,
    percent,
    sentence,
    span,
)

if TYPE_CHECKING:
    import pandas as pd

    from detachment.estimates import Correlations, Result
    from detachment.estimates.items import ItemAnalysis
    from detachment.estimates.reliability import Reliability

ADJUSTMENTS = {
    "holm": "Holm (1979)",
    "bh": "Benjamini and Hochberg (1995)",
    "by": "Benjamini and Yekutieli (2001)",
    "bonferroni": "Bonferroni",
    "hochberg": "Hochberg (1988)",
    "max_t": "Westfall and Young (1993), max-T",
}
MISSING_RULES = {
    "pairwise": "a covariance uses everyone who answered both items (pairwise deletion)",
    "listwise": "only those who answered every item of a scale are used (listwise deletion)",
    "em": "covariances by maximum likelihood from every answer there is (EM)",
}


def reliability_table(result: "Reliability") -> Table:
    """Reliability of scales as a display table.

    Parameters
    ----------
    result
        What :func:`detachment.reliability` returned.

    Returns
    -------
    Table
        One row a scale; what is not given is a dash, and the notes say why.
    """
    rows = _records(result)
    pairs = any(row["n_items"] == 2 and row["split_half"] is not None for row in rows)
    omega_interval = any(row["omega_total_low"] is not None for row in rows)
    resampled = bool(result.call.get("n_boot"))
    ci = f"{_level(result)} CI"
    layout: list[tuple[Column, Callable[[dict[str, Any]], str]]] = [
        (Column(label="Scale", numeric=False), lambda row: result.label(row["scale"])),
        (Column(label="Items"), lambda row: count(row["n_items"])),
        (Column(label="n", symbol=True, data="n", people="n"), lambda row: count(row["n"])),
        (Column(label="α"), lambda row: bounded(row["alpha"])),
        (Column(label=ci), lambda row: interval(row["alpha_low"], row["alpha_high"])),
        (Column(label="ω"), lambda row: bounded(row["omega_total"])),
    ]
    if omega_interval:
        layout.append(
            (
                Column(label=ci),
                lambda row: interval(row["omega_total_low"], row["omega_total_high"]),
            )
        )
    if pairs:
        layout.append(
            (
                Column(label="S–B"),
                lambda row: bounded(row["split_half"] if row["n_items"] == 2 else None),
            )
        )
    layout += [
        (Column(label="Mean r", symbol=True), lambda row: bounded(row["mean_interitem_r"])),
        (Column(label="SEM", symbol=True), lambda row: number(row["sem"])),
    ]
    kinds = dict.fromkeys(
        str(row["alpha_ci"]).replace("feldt", "Feldt")
        for row in rows
        if row["alpha_low"] is not None
    )
    notes = [
        "α = Cronbach's alpha; CI = confidence interval"
        + (f" ({listing(kinds)})" if kinds else "")
        + "; ω = omega total of one factor"
        + (" (CI free of distribution)" if omega_interval and not resampled else "")
        + "; "
        + ("S–B = Spearman–Brown coefficient of two items; " if pairs else "")
        + "Mean r = mean correlation between items; SEM = standard error of measurement, in the "
        "units of the score."
    ]
    quiz = [result.label(row["scale"]) for row in rows if row["method"] == "KR-20"]
    if quiz:
        notes.append(f"For {listing(quiz)}, α is KR-20.")
    notes += _missing_rule(result)
    if any(row["n_items"] == 2 for row in rows):
        notes.append("One factor of two items is not identified, so they have no ω.")
    notes += _grouped(result, [row for row in rows if row["n_items"] != 2])
    return _table("reliability", "Reliability of the Scales", layout, rows, notes, result)


def items_table(result: "ItemAnalysis", *, scale: str | None = None) -> Table:
    """Item statistics as a display table.

    Parameters
    ----------
    result
        What :func:`detachment.items` returned.
    scale
        Only the items of this scale.

    Returns
    -------
    Table

    Raises
    ------
    UsageError
        When the result has no such scale.
    """
    from detachment.estimates import records

    data = result.to_frame()
    if scale is not None:
        check_word("scale", scale, list(data["scale"].unique()))
        data = data[data["scale"] == scale].reset_index(drop=True)
    rows = records(data)
    reversed_ones = any(row["keyed"] == -1 for row in rows)
    layout: list[tuple[Column, Callable[[dict[str, Any]], str]]] = [
        (
            Column(label="Item", numeric=False, wide=True),
            lambda row: result.label(row["item"]) + (" (R)" if row["keyed"] == -1 else ""),
        ),
        (Column(label="n", symbol=True, data="n", people="n"), lambda row: count(row["n"])),
        (Column(label="M", symbol=True), lambda row: number(row["mean"])),
        (Column(label="SD", symbol=True), lambda row: number(row["sd"])),
        (Column(label="Skew"), lambda row: number(row["skew"])),
        (Column(label="Floor"), lambda row: percent(row["floor"])),
        (Column(label="Ceiling"), lambda row: percent(row["ceiling"])),
        (Column(label="Item–rest r", symbol=True), lambda row: bounded(row["item_rest_r"])),
        (Column(label="α if dropped"), lambda row: bounded(row["alpha_if_dropped"])),
    ]
    notes = [
        "Floor and ceiling = share of the lowest and the highest possible answer; item–rest r = "
        "correlation of the item with the rest of its scale; α if dropped = alpha of the scale "
        "without the item."
    ]
    if reversed_ones:
        notes.append("(R): reversed before these statistics were computed.")
    notes += _missing_rule(result)
    name = "items" if scale is None else f"items-{scale}"
    title = "Item Statistics" + (f": {result.label(scale)}" if scale else "")
    return _table(name, title, layout, rows, notes, result, grouped_by="scale", data=data)


def correlations_table(
    result: "Correlations",
    *,
    layout: Literal["matrix", "long", "apa"] = "matrix",
    moments: Mapping[str, tuple[float, float]] | None = None,
) -> Table:
    """Correlations as a display table.

    Parameters
    ----------
    result
        What :func:`detachment.correlate` returned.
    layout
        ``"matrix"``: rows by columns, each cell r with its interval. ``"long"``: one row a pair,
        with n, interval, p and adjusted p. ``"apa"``: variables by number, each with its mean and
        standard deviation, and the lower triangle of r with intervals.
    moments
        Variable -> mean and standard deviation, for the layout ``"apa"``.

    Returns
    -------
    Table

    Raises
    ------
    UsageError
        When the layout is another one.
    """
    check_word("layout", layout, ["matrix", "long", "apa"])
    rows = _records(result)
    notes = _about_correlations(result, rows, layout)
    if layout == "matrix":
        return _matrix(result, rows, notes)
    if layout == "apa":
        return _triangle(result, rows, notes, moments or {})
    adjusted = any(row["adjust"] not in (None, "none") for row in rows)
    one_row = len({row["row"] for row in rows}) == 1
    columns: list[tuple[Column, Callable[[dict[str, Any]], str]]] = [
        (Column(label="With", numeric=False), lambda row: result.label(row["column"])),
        (Column(label="n", symbol=True, data="n", people="n"), lambda row: count(row["n"])),
        (Column(label=result.symbol, symbol=True), lambda row: bounded(row["r"])),
        (Column(label=f"{_level(result)} CI"), lambda row: interval(row["r_low"], row["r_high"])),
        (Column(label="p", symbol=True), lambda row: p_value(row["p"])),
    ]
    if adjusted:
        columns.append(
            (Column(label="Adjusted p", symbol=True), lambda row: p_value(row["p_adjusted"]))
        )
    title = "Correlations" + (f" of {title_case(result.label(rows[0]['row']))}" if one_row else "")
    table = _table("correlations", title, columns, rows, notes, result, grouped_by="row")
    return replace(table, probability=_adjusted(result, rows))


def disattenuated_table(result: "Correlations") -> Table:
    """Correlations corrected for unreliability, beside those that were observed.

    Parameters
    ----------
    result
        What :func:`detachment.correlate` returned.

    Returns
    -------
    Table
        Only the pairs that have a corrected value; no rows when none has.
    """
    from detachment.estimates import records

    known = records(result.parts["disattenuated"]) if "disattenuated" in result.parts else []
    rows = [row for row in known if row["disattenuated"] is not None]
    columns: list[tuple[Column, Callable[[dict[str, Any]], str]]] = [
        (Column(label="With", numeric=False), lambda row: result.label(row["column"])),
        (Column(label="n", symbol=True, data="n", people="n"), lambda row: count(row["n"])),
        (Column(label="Observed"), lambda row: bounded(row["r"])),
        (
            Column(label="Reliabilities"),
            lambda row: f"{bounded(row['reliability_row'])}, {bounded(row['reliability_column'])}",
        ),
        (Column(label="Disattenuated"), lambda row: bounded(row["disattenuated"])),
        (Column(label=f"{_level(result)} CI"), lambda row: interval(row["low"], row["high"])),
    ]
    two = any("Spearman-Brown" in (r["coefficient_row"], r["coefficient_column"]) for r in rows)
    notes = [
        "Disattenuated = observed correlation divided by the square root of the product of the two "
        "reliabilities (alpha"
        + ("; Spearman-Brown for two items" if two else "")
        + "): an estimate of what two perfectly reliable scores would show, with more uncertainty "
        "than the observed value, which its interval holds. One beyond 1 is not shown."
    ]
    title = "Correlations Corrected for Unreliability"
    return _table(
        "disattenuated", title, columns, rows, notes, result, grouped_by="row", part="disattenuated"
    )


def _matrix(result: "Correlations", rows: list[dict[str, Any]], notes: list[str]) -> Table:
    down = list(dict.fromkeys(row["row"] for row in rows))
    across = list(dict.fromkeys(row["column"] for row in rows))
    cells = {(row["row"], row["column"]): row for row in rows}

    def cell(name: str, other: str) -> str:
        row = cells.get((name, other))
        if row is None or row["r"] is None:
            return DASH
        within = interval(row["r_low"], row["r_high"], missing="")
        return bounded(row["r"]) + (f"\n{within}" if within else "")

    return Table(
        name="correlations",
        title="Correlations With Confidence Intervals",
        columns=(
            Column(label="Variable", numeric=False, wide=True),
            *(Column(label=result.label(other)) for other in across),
        ),
        rows=tuple((result.label(name), *(cell(name, other) for other in across)) for name in down),
        notes=tuple(notes),
        data=result.to_frame(),
    )


def _triangle(
    result: "Correlations",
    rows: list[dict[str, Any]],
    notes: list[str],
    moments: Mapping[str, tuple[float, float]],
) -> Table:
    """Variables down the side with their numbers, which are the heads of the columns."""
    names = list(dict.fromkeys(row[side] for side in ("row", "column") for row in rows))
    cells = {frozenset((row["row"], row["column"])): row for row in rows}

    def cell(name: str, other: str) -> str:
        if names.index(other) >= names.index(name):
            return DASH if name == other else ""
        row = cells.get(frozenset((name, other)), {"r": None})
        if row["r"] is None:
            return DASH
        within = interval(row["r_low"], row["r_high"], missing="")
        return bounded(row["r"]) + (f"\n{within}" if within else "")

    across = names[:-1]
    described = (
        [(Column(label=head, symbol=True), k) for k, head in enumerate(("M", "SD"))]
        if moments
        else []
    )
    return Table(
        name="correlations",
        title=("Means, Standard Deviations, and " if moments else "")
        + "Correlations With Confidence Intervals",
        columns=(
            Column(label="Variable", numeric=False),
            *(column for column, _ in described),
            *(Column(label=str(place)) for place, _ in enumerate(across, start=1)),
        ),
        rows=tuple(
            (
                f"{place}. {result.label(name)}",
                *(number(moments[name][k]) if name in moments else DASH for _, k in described),
                *(cell(name, other) for other in across),
            )
            for place, name in enumerate(names, start=1)
        ),
        notes=tuple(notes),
        data=result.to_frame(),
    )


def _about_correlations(
    result: "Correlations", rows: list[dict[str, Any]], layout: str
) -> list[str]:
    if not rows:
        return []
    method = result.coefficient
    n = [row["n"] for row in rows if row["r"] is not None]
    notes = [f"{method}, with {_level(result)} confidence intervals."]
    if n and layout != "long":
        same = min(n) == max(n)
        notes.append(f"n = {count(n[0]) if same else span(count(min(n)), count(max(n)))}.")
    missing = {
        f"{result.label(row['row'])} with {result.label(row['column'])}": row["reason"]
        for row in rows
        if row["r"] is None and row["reason"]
    }
    notes += [f"{name}: {sentence(str(reason))}" for name, reason in missing.items()]
    return notes


def _adjusted(result: "Correlations", rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """How p was adjusted, and for which tests."""
    adjust = str(rows[0]["adjust"]) if rows else ""
    if adjust not in ADJUSTMENTS:
        return ()
    families = [str(one) for one in dict.fromkeys(row["family"] for row in rows) if one]
    return (f"p adjusted by the method of {ADJUSTMENTS[adjust]} for {_family(result, families)}.",)


def _family(result: "Result", families: list[str]) -> str:
    """Which tests share an adjustment, in words: "20 tests: a, b x effects" names ids."""
    said = []
    for family in families:
        tests, _, variables = family.partition(": ")
        names = re.sub(r"\w+", lambda word: result.label(word.group()), variables)
        said.append(
            f"the family of {tests}" + (f" ({names.replace(' x ', ' × ')})" if names else "")
        )
    return listing(said) or "the tests of this table"


def _records(result: "Result") -> list[dict[str, Any]]:
    from detachment.estimates import records

    return records(result.table)


def _level(result: "Result") -> str:
    return level(float(result.call.get("confidence", 0.95)))


def _missing_rule(result: "Result") -> list[str]:
    rule = MISSING_RULES.get(str(result.call.get("missing")), "")
    return [f"Missing answers: {rule}."] if rule else []


def _grouped(result: "Reliability", rows: Iterable[dict[str, Any]]) -> Iterable[str]:
    """Remarks on scales, each said once for all the scales that it is about."""
    about: dict[str, list[str]] = {}
    for row in rows:
        # What to ask for instead stands in the result and in the report's list of refusals.
        if remark := result.remarks.get(row["scale"], "").partition(" Ask for ")[0]:
            about.setdefault(remark, []).append(result.label(row["scale"]))
    return [f"{listing(names)}: {remark.rstrip('.')}." for remark, names in about.items()]


def _table(
    name: str,
    title: str,
    layout: list[tuple[Column, Callable[[dict[str, Any]], str]]],
    rows: list[dict[str, Any]],
    notes: Iterable[str],
    result: "Result",
    *,
    grouped_by: str = "",
    part: str = "",
    data: "pd.DataFrame | None" = None,
) -> Table:
    import pandas as pd

    if data is None:
        data = result.parts[part] if part in result.parts else result.to_frame()
    if len(rows) < len(data):
        data = pd.DataFrame(rows, columns=data.columns).astype(data.dtypes.to_dict())
    groups = []
    if grouped_by and len({row[grouped_by] for row in rows}) > 1:
        groups = [
            (result.label(one), len(list(members)))
            for one, members in groupby(rows, key=lambda row: str(row[grouped_by]))
        ]
    return Table(
        name=name,
        title=title,
        columns=tuple(column for column, _ in layout),
        groups=tuple(groups),
        rows=tuple(tuple(write(row) for _, write in layout) for row in rows),
        notes=tuple(notes),
        data=data,
    )
