"""How strongly items load on factors: tiles of an exploratory, dots of a confirmatory model."""

from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal, cast

from detachment.errors import Refusal, UsageError, check_word
from detachment.figures._dots import Dot, Row, Series, dot_rows
from detachment.figures._drawing import Drawing
from detachment.figures._labels import confidence_of, finite, labels_of
from detachment.figures._plane import steps
from detachment.figures._theme import MARK, Columns, style, width_for
from detachment.figures._tiles import Tile, draw_tiles
from detachment.text import bounded, count, counted, interval, listing, number

if TYPE_CHECKING:
    from detachment.estimates.cfa import Cfa
    from detachment.estimates.efa import ExploratoryFactors

Order = Literal["size", "instrument"]


def loadings(
    result: "ExploratoryFactors | Cfa", *, order: Order = "size", columns: Columns = 2
) -> Drawing:
    """Draw the loadings of items on factors.

    Parameters
    ----------
    result
        What :func:`detachment.efa` or :func:`detachment.cfa` returned.
    order
        By size within the factor on which an item loads most, or as in the instrument.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing
        Of an exploratory analysis a matrix coloured from -1 to 1, with communalities. Of a
        confirmatory one standardized loadings as dots with intervals, factor by factor.

    Raises
    ------
    UsageError
        When it was given something else, another order or another width.
    Refusal
        When there is no solution, or more factors than fit on a page.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from detachment import efa
    >>> rng = np.random.default_rng(3)
    >>> trait = np.repeat(rng.normal(size=(150, 2)), 3, axis=1)
    >>> table = pd.DataFrame(trait + rng.normal(size=trait.shape), columns=list("abcdef"))
    >>> loadings(efa(table, n_factors=2)).title
    'Loadings of 6 items on 2 factors'
    """
    width = width_for(columns)
    check_word("order", order, ["size", "instrument"])
    table = getattr(result, "table", None)
    if table is not None and {"item", "factor", "communality"} <= set(table.columns):
        return _explored(cast("ExploratoryFactors", result), order, width)
    if table is not None and {"lhs", "op", "rhs", "std_all"} <= set(table.columns):
        return _confirmed(cast("Cfa", result), order, width)
    raise UsageError(
        f"this figure is drawn from factors, and was given {type(result).__name__}. Make them with "
        "detachment.efa(survey) or detachment.cfa(survey)."
    )


def _explored(result: "ExploratoryFactors", order: Order, width: float) -> Drawing:
    from detachment.estimates import records

    factors = result.factors
    lines: list[dict[str, Any]] = records(result.table)
    if not any(finite(line[name]) for line in lines for name in factors):
        raise Refusal("no loading is known, so there is nothing to draw.")
    if order == "size":
        place = {name: k for k, name in enumerate(factors)}
        lines.sort(
            key=lambda line: (
                place.get(line["factor"], len(factors)),
                -round(abs(line.get(line["factor"]) or 0.0), 9),
            )
        )
    items = [line["item"] for line in lines]
    labels = labels_of(result, [*items, *factors])
    rows = {
        line["item"]: labels[line["item"]] + (" (R)" if line["keyed"] < 0 else "") for line in lines
    }
    tiles = {
        (line["item"], name): Tile(value=line[name] if finite(line[name]) else None)
        for line in lines
        for name in factors
    }
    with style():
        page = draw_tiles(
            tiles, down=items, across=factors, labels=rows, heads={f: labels[f] for f in factors},
            key="loading", width=width,
            beside={"h²": {line["item"]: bounded(line["communality"]) for line in lines}},
        )  # fmt: skip
    fit = records(result.parts["fit"])[0]
    notes = [f"n = {count(fit['n'])}; h²: communality.", *_reversed(lines), *_correlated(result)]
    sentences = [f"Loadings of {counted(len(lines), 'item')} on {counted(len(factors), 'factor')}."]
    for line in lines:
        values = listing(f"{bounded(line[name])} on {labels[name]}" for name in factors)
        label = labels[line["item"]].rstrip(".")
        sentences.append(f"{label}: {values}.")
    return Drawing(
        name="loadings",
        title=f"Loadings of {counted(len(lines), 'item')} on {counted(len(factors), 'factor')}",
        alt=" ".join([*sentences, *notes]),
        notes=tuple(notes),
        figure=page.figure,
    )


def _reversed(lines: list[dict[str, Any]]) -> tuple[str, ...]:
    some = any(line["keyed"] < 0 for line in lines)
    return ("(R): reversed before the analysis.",) if some else ()


def _correlated(result: "ExploratoryFactors") -> tuple[str, ...]:
    phi = result.parts.get("factor_correlations")
    if phi is None:
        return ()
    pairs = [
        f"{a} with {b} {bounded(float(phi[b].iloc[i]))}"
        for i, a in enumerate(result.factors)
        for b in result.factors[i + 1 :]
    ]
    return (f"Correlations of the factors: {listing(pairs)}.",)


def _confirmed(result: "Cfa", order: Order, width: float) -> Drawing:
    from detachment.estimates import records

    table = result.table[result.table["op"] == "=~"]
    lines: list[dict[str, Any]] = [line for line in records(table) if finite(line["std_all"])]
    if not lines:
        raise Refusal(
            "the model has no solution with loadings, so there is nothing to draw; the reason is "
            "in result.parts['fit']."
        )
    factors = list(dict.fromkeys(line["lhs"] for line in lines))
    labels = labels_of(result, [*factors, *(line["rhs"] for line in lines)])
    confidence = confidence_of(result)
    z = NormalDist().inv_cdf(0.5 + float(result.call.get("confidence", 0.95)) / 2)
    if order == "size":
        lines.sort(key=lambda line: -round(abs(line["std_all"]), 9))
    ends = {id(line): _ends(line, z) for line in lines}
    values = [
        one
        for line in lines
        for one in (line["std_all"], *(ends[id(line)] or ()))
    ]  # fmt: skip
    low = min(0.0, -(-round(min(values) * -10, 6) // 1) / -10) + 0.0
    high = max(1.0, -(-round(max(values) * 10, 6) // 1) / 10)
    rows: list[Row] = []
    sentences = [
        f"Dot plot of the standardized loadings of {counted(len(factors), 'factor')}, "
        "intervals as lines."
    ]
    for factor in factors:
        own = [line for line in lines if line["lhs"] == factor]
        if len(factors) > 1:
            rows.append(Row(label=labels[factor], dots=(), cells=()))
        for line in own:
            both = ends[id(line)]
            text = f"{bounded(line['std_all'])} {interval(*both) if both else ''}".rstrip()
            dot = Dot(
                value=round(line["std_all"], 4),
                low=round(both[0], 4) if both else None,
                high=round(both[1], 4) if both else None,
            )
            rows.append(Row(label=labels[line["rhs"]], dots=(dot,), cells=(text,)))
        said = [
            f"{labels[line['rhs']].rstrip('.')} {bounded(line['std_all'])}"
            + (f" {interval(*both)}" if (both := ends[id(line)]) else "")
            for line in own
        ]
        sentences.append(f"{labels[factor].rstrip('.')}: {'; '.join(said)}.")
    with style():
        page = dot_rows(
            rows,
            series=[Series(label="loading", marker="o", color=MARK)],
            heads=[f"Loading [{confidence} CI]"],
            limits=(low, high),
            ticks=[
                (
                    place,
                    (number(place, 1) if abs(place) > 1 else bounded(place, 1)) if place else "0",
                )
                for place in steps(low, high, 6 if width > 300 else 4)
            ],
            origin=0.0,
            axis="standardized loading",
            width=width,
            form="stems",
        )
    estimator = str(result.call.get("estimator", ""))
    about = ", ".join(filter(None, [f"n = {count(result.n.get('analysed'))}", estimator]))
    notes = [f"{about}. Lines are {confidence} confidence intervals of standardized loadings."]
    notes += [f"The solution is improper: {listing(result.wrong)}."] if result.wrong else []
    return Drawing(
        name="loadings",
        title=f"Standardized loadings on {counted(len(factors), 'factor')}",
        alt=" ".join([*sentences, *notes]),
        notes=tuple(notes),
        figure=page.figure,
    )


def _ends(line: dict[str, Any], z: float) -> tuple[float, float] | None:
    if not finite(line["std_all_se"]) or not line["std_all_se"] > 0:
        return None
    half = z * line["std_all_se"]
    return line["std_all"] - half, line["std_all"] + half
