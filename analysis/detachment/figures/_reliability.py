"""How consistent each scale's items are: a dot plot with intervals."""

from typing import TYPE_CHECKING, Any

from detachment.errors import Refusal
from detachment.figures._dots import ALPHA, OMEGA, Dot, Row, Series, dot_rows
from detachment.figures._drawing import Drawing
from detachment.figures._labels import confidence_of, finite, labels_of, need
from detachment.figures._theme import MUTED, Columns, style, width_for
from detachment.text import bounded, count, interval, listing

if TYPE_CHECKING:
    from detachment.estimates.reliability import Reliability

PAIR = Series(label="SB (Spearman–Brown, of two items)", marker="^", color=MUTED)


def reliability_plot(result: "Reliability", *, columns: Columns = 2) -> Drawing:
    """Draw alpha and omega of each scale with their intervals.

    Parameters
    ----------
    result
        What :func:`detachment.reliability` returned.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing
        Scales without a coefficient are named in a note under the figure.

    Raises
    ------
    Refusal
        When no scale has a coefficient.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> alphas = dt.reliability(survey, scales="effects", interval="jackknife")
    >>> drawing = dt.figures.reliability_plot(alphas)
    >>> drawing.save("figures/reliability.svg")  # doctest: +SKIP
    """
    from detachment.estimates import records

    need(result, "reliability", "reliability", columns=("scale", "alpha"))
    width = width_for(columns)
    table: list[dict[str, Any]] = records(result.table)
    labels = labels_of(result, [row["scale"] for row in table])
    confidence = confidence_of(result)
    shown = [row for row in table if _dots(row)]
    left_out = [labels[row["scale"]].rstrip(".") for row in table if not _dots(row)]
    if not shown:
        raise Refusal(
            "no scale has a reliability coefficient, so there is nothing to draw; the reasons are "
            "in the column 'reason' of the result."
        )
    used = sorted({dot.series for row in shown for dot in _dots(row)})
    series = [[ALPHA, OMEGA, PAIR][number] for number in used]
    least = min(
        value
        for row in shown
        for dot in _dots(row)
        for value in (dot.value, dot.low)
        if value is not None
    )
    start = min(5, int(least * 10 // 1))
    step = 1 if start >= 3 else 2 if start >= -2 else 5
    places = [tenth / 10 for tenth in range(start, 11) if (10 - tenth) % step == 0]
    note = (
        f"No coefficient for {listing(left_out, shown=8)}; the table says why." if left_out else ""
    )
    wide = columns == 2
    heads = [f"α [{confidence} CI]", "ω", *(["items", "n"] if wide else [])]
    with style():
        page = dot_rows(
            [
                Row(
                    label=labels[row["scale"]],
                    dots=tuple(
                        Dot(series=used.index(d.series), value=d.value, low=d.low, high=d.high)
                        for d in _dots(row)
                    ),
                    cells=(
                        _main(row),
                        bounded(row["omega_total"]),
                        *((count(row["n_items"]), count(row["n"])) if wide else ()),
                    ),
                )
                for row in shown
            ],
            series=series,
            heads=heads,
            limits=(start / 10, 1.0),
            ticks=[(place, bounded(place, 1)) for place in places],
            axis="reliability",
            note=note,
            width=width,
        )
    return Drawing(
        name="reliability",
        title="Reliability of the scales",
        alt=_alt(shown, labels, confidence, note),
        notes=(f"Lines are {confidence} confidence intervals.",),
        figure=page.figure,
    )


def _dots(row: dict[str, Any]) -> list[Dot]:
    """Which coefficients of a scale are drawn: series 0 alpha, 1 omega, 2 a pair's."""
    if row["n_items"] == 2 and finite(row["split_half"]):
        return [Dot(series=2, value=round(row["split_half"], 4))]
    dots = []
    for number, name in enumerate(("alpha", "omega_total")):
        if finite(row[name]):
            low, high = row[f"{name}_low"], row[f"{name}_high"]
            both = finite(low) and finite(high)
            dots.append(
                Dot(
                    series=number,
                    value=round(row[name], 4),
                    low=round(low, 4) if both else None,
                    high=round(high, 4) if both else None,
                )
            )
    return dots


def _main(row: dict[str, Any]) -> str:
    """The coefficient that leads the line, with its interval."""
    if row["n_items"] == 2 and finite(row["split_half"]):
        return f"SB {bounded(row['split_half'])}"
    low, high = row["alpha_low"], row["alpha_high"]
    within = f" {interval(low, high)}" if finite(low) and finite(high) else ""
    return f"{bounded(row['alpha'])}{within}"


def _alt(rows: list[dict[str, Any]], labels: dict[str, str], confidence: str, note: str) -> str:
    """Every coefficient in words."""
    sentences = ["Dot plot of the reliability of scales, with confidence intervals as lines."]
    for row in rows:
        parts = []
        for dot in _dots(row):
            name = ("alpha", "omega total", "Spearman–Brown")[dot.series]
            if row["method"] == "KR-20" and dot.series == 0:
                name = "KR-20"
            within = (
                f", {confidence} CI {interval(dot.low, dot.high)}" if dot.low is not None else ""
            )
            parts.append(f"{name} = {bounded(dot.value)}{within}")
        sentences.append(
            f"{labels[row['scale']]}: {'; '.join(parts)} "
            f"({count(row['n_items'])} items, n = {count(row['n'])})."
        )
    return " ".join(filter(None, [*sentences, note]))
