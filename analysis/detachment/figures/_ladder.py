"""How each item goes with the rest of its scale: a ladder of correlations."""

from typing import TYPE_CHECKING, Any, Literal

from detachment.errors import Refusal, check_word
from detachment.figures._dots import Dot, Row, Series, dot_rows
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import finite, labels_of, need
from detachment.figures._plane import steps
from detachment.figures._theme import MARK, Columns, style, width_for
from detachment.text import bounded, count, listing, span

if TYPE_CHECKING:
    from detachment.estimates.items import ItemAnalysis

Order = Literal["size", "instrument"]


def item_ladder(
    result: "ItemAnalysis",
    *,
    scale: str | None = None,
    order: Order = "size",
    columns: Columns = 2,
) -> Drawing:
    """Draw the item-rest correlations of a scale as a ladder, alpha without the item beside it.

    Parameters
    ----------
    result
        What :func:`detachment.items` returned.
    scale
        Which of its scales; by default the first one with an item-rest correlation.
    order
        By the size of the correlation, largest first, or as in the instrument.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing
        Items without a correlation are named in a note under the figure.

    Raises
    ------
    UsageError
        When the result has no such scale, or another order or width is asked for.
    Refusal
        When no item of the scale has a correlation with the rest of it.

    Examples
    --------
    >>> import pandas as pd
    >>> from detachment import items
    >>> table = pd.DataFrame({"a": [1, 2, 4, 5, 3], "b": [2, 2, 5, 4, 3], "c": [1, 2, 5, 4, 4]})
    >>> item_ladder(items(table, values=(1, 5))).alt.split(". ")[1]
    'c: .92 (alpha without it .91, n = 5)'
    """
    from detachment.estimates import records

    need(result, "item statistics", "items", columns=("scale", "item", "item_rest_r"))
    width = width_for(columns)
    check_word("order", order, ["size", "instrument"])
    table: list[dict[str, Any]] = records(result.table)
    names = list(dict.fromkeys(line["scale"] for line in table))
    if scale is None:
        with_r = [line["scale"] for line in table if finite(line["item_rest_r"])]
        scale = next(iter(with_r), names[0] if names else "")
    elif scale not in names:
        check_word("scale", scale, names)
    lines = [line for line in table if line["scale"] == scale]
    shown = [line for line in lines if finite(line["item_rest_r"])]
    labels = labels_of(result, [*(line["item"] for line in lines), scale])
    if not shown:
        raise Refusal(
            f"no item of {labels[scale]!r} has a correlation with the rest of the scale, so there "
            "is nothing to draw; the reasons are in result.reasons."
        )
    if order == "size":
        shown.sort(key=lambda line: -round(line["item_rest_r"], 9))
    left_out = [labels[line["item"]] for line in lines if not finite(line["item_rest_r"])]
    note = f"No correlation of {listing(left_out, shown=8)}." if left_out else ""
    least = min(0.0, *(line["item_rest_r"] for line in shown))
    start = -(-round(least * -10, 6) // 1) / -10 + 0.0
    alpha = any(finite(line["alpha_if_dropped"]) for line in shown)
    wide = columns == 2
    heads = ["r", *(["α without" if wide else "α\nwithout"] if alpha else [])]
    heads += ["n"] if wide else []
    with style():
        page = dot_rows(
            [
                Row(
                    label=labels[line["item"]] + (" (R)" if line["keyed"] < 0 else ""),
                    dots=(Dot(value=round(line["item_rest_r"], 4)),),
                    cells=(
                        bounded(line["item_rest_r"]),
                        *((bounded(line["alpha_if_dropped"]),) if alpha else ()),
                        *((count(line["n"]),) if wide else ()),
                    ),
                )
                for line in shown
            ],
            series=[Series(label="r", marker="o", color=MARK)],
            heads=heads,
            limits=(start, 1.0),
            ticks=[
                (place, bounded(place, 1) if place else "0")
                for place in steps(start, 1.0, 6 if wide else 5)
            ],
            origin=0.0,
            axis="item-rest correlation",
            note=note,
            width=width,
            form="stems",
        )
    n = [int(line["n"]) for line in shown]
    among = count(n[0]) if min(n) == max(n) else span(count(min(n)), count(max(n)))
    notes = [f"Correlation of each item with the sum of the others of the scale; n = {among}."]
    if alpha:
        notes.append("α without: alpha of the other items.")
    if any(line["keyed"] < 0 for line in shown):
        notes.append("(R): reversed before the correlation.")
    return Drawing(
        name=file_name("items", scale),
        title=f"Items of {labels[scale]} and the rest of the scale",
        alt=_alt(shown, labels, labels[scale], note),
        notes=tuple(notes),
        figure=page.figure,
    )


def _alt(lines: list[dict[str, Any]], labels: dict[str, str], scale: str, note: str) -> str:
    """Every correlation in words."""
    sentences = [f"Item-rest correlations of the items of {scale.rstrip('.')}."]
    for line in lines:
        without = (
            f"alpha without it {bounded(line['alpha_if_dropped'])}, "
            if finite(line["alpha_if_dropped"])
            else ""
        )
        sentences.append(
            f"{labels[line['item']].rstrip('.')}: {bounded(line['item_rest_r'])} "
            f"({without}n = {count(line['n'])})."
        )
    return " ".join(filter(None, [*sentences, note]))
