"""One score with each outcome: correlations and their intervals."""

from typing import TYPE_CHECKING, Any

from detachment.errors import Refusal, check_word
from detachment.figures._dots import Dot, Row, Series, dot_rows
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import confidence_of, finite, labels_of, need
from detachment.figures._theme import MARK, Columns, style, width_for
from detachment.text import MINUS, bounded, count, interval, listing, span

if TYPE_CHECKING:
    from detachment.estimates import Correlations

EXPECTED = {1: "+", -1: MINUS}


def forest(result: "Correlations", *, row: str | None = None, columns: Columns = 2) -> Drawing:
    """Draw the correlation of one row with each column, with its interval.

    A filled dot lies on the expected side of zero, or nothing was expected; an open dot lies on
    the other side.

    Parameters
    ----------
    result
        What :func:`detachment.correlate` returned.
    row
        Which of its rows; the first one by default.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing

    Raises
    ------
    UsageError
        When the result has no such row.
    Refusal
        When no correlation of the row could be computed.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> r = dt.correlate(survey, rows="signs_total", columns="effects")
    >>> dt.figures.forest(r).save("figures/forest.svg")  # doctest: +SKIP
    """
    from detachment.estimates import records

    need(result, "correlations", "correlate", columns=("row", "column", "r"))
    width = width_for(columns)
    names = list(dict.fromkeys(result.table["row"]))
    chosen = names[0] if row is None else check_word("row", row, names)
    table: list[dict[str, Any]] = records(result.table[result.table["row"] == chosen])
    labels = labels_of(result, [chosen, *(line["column"] for line in table)])
    confidence = confidence_of(result)
    shown = [line for line in table if finite(line["r"])]
    if not shown:
        raise Refusal(f"no correlation of {labels[chosen]!r} could be computed: nothing to draw.")
    expecting = any(_expected(line) for line in shown)
    method, symbol = result.coefficient, result.symbol
    widest = max(
        abs(value)
        for line in shown
        for value in (line["r"], line["r_low"], line["r_high"])
        if finite(value)
    )
    end = min(10, max(2, 2 * -(-int(widest * 1000) // 200)))
    step = 2 if end <= 6 or columns == 2 else 5
    places = [tenth / 10 for tenth in range(-end, end + 1) if tenth % step == 0]
    left_out = [labels[line["column"]] for line in table if not finite(line["r"])]
    note = f"No correlation with {listing(left_out)}; the table says why." if left_out else ""
    heads = [f"{symbol} [{confidence} CI]", *(["n"] if columns == 2 else [])]
    if expecting:
        heads = ["expected" if columns == 2 else "", *heads]
    with style():
        page = dot_rows(
            [
                Row(
                    label=labels[line["column"]],
                    dots=(_dot(line),),
                    cells=(
                        *((EXPECTED.get(_expected(line), ""),) if expecting else ()),
                        f"{bounded(line['r'])} {_interval(line)}".rstrip(),
                        *((count(line["n"]),) if columns == 2 else ()),
                    ),
                )
                for line in shown
            ],
            series=[Series(label="r", marker="o", color=MARK)],
            heads=heads,
            limits=(-end / 10, end / 10),
            ticks=[(place, bounded(place, 1) if place else "0") for place in places],
            origin=0.0,
            axis=f"{method} with {labels[chosen]}",
            note=note,
            width=width,
        )
    notes = [f"Lines are {confidence} confidence intervals."]
    if expecting:
        notes.append(
            "+ and \N{MINUS SIGN}: the sign that was expected; an open dot lies on the other side."
        )
    if columns == 1:
        notes.insert(0, f"n = {_sizes([int(line['n']) for line in shown])}.")
    return Drawing(
        name=file_name("forest", chosen),
        title=f"{labels[chosen]} and what goes with it",
        alt=_alt(shown, labels, labels[chosen], method, confidence, note),
        notes=tuple(notes),
        figure=page.figure,
    )


def _sizes(sizes: list[int]) -> str:
    """One number, or the smallest and the largest."""
    low, high = count(min(sizes)), count(max(sizes))
    return low if low == high else span(low, high)


def _expected(line: dict[str, Any]) -> int:
    return {"+": 1, "-": -1}.get(line["expected_sign"], 0)


def _interval(line: dict[str, Any]) -> str:
    if finite(line["r_low"]) and finite(line["r_high"]):
        return interval(line["r_low"], line["r_high"])
    return ""


def _dot(line: dict[str, Any]) -> Dot:
    both = bool(_interval(line))
    return Dot(
        value=round(line["r"], 4),
        low=round(line["r_low"], 4) if both else None,
        high=round(line["r_high"], 4) if both else None,
        filled=line["r"] * _expected(line) >= 0,
    )


def _alt(
    rows: list[dict[str, Any]],
    labels: dict[str, str],
    chosen: str,
    method: str,
    confidence: str,
    note: str,
) -> str:
    """Every correlation in words."""
    sentences = [
        f"Forest plot: {method} of {chosen} with {len(rows)} outcomes, intervals as lines."
    ]
    for line in rows:
        within = f", {confidence} CI {_interval(line)}" if _interval(line) else ""
        expected = {1: "; expected positive", -1: "; expected negative"}.get(_expected(line), "")
        sentences.append(
            f"{labels[line['column']]}: {bounded(line['r'])}{within}, "
            f"n = {count(line['n'])}{expected}."
        )
    return " ".join(filter(None, [*sentences, note]))
