"""A network of partial correlations: variables on a circle, a line for each pair."""

from math import cos, pi, sin
from typing import TYPE_CHECKING, Any, Literal

from detachment.errors import Refusal, check_word
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import confidence_of, finite, labels_of, need
from detachment.figures._theme import (
    INK,
    LEADING,
    MARGIN,
    MARK,
    MUTED,
    PAPER,
    SECOND,
    SIZE,
    SMALL,
    Columns,
    Page,
    block_height,
    style,
    width_for,
    width_of,
    wrap,
)
from detachment.text import bounded, count, counted, interval

if TYPE_CHECKING:
    from detachment.estimates.network import PartialNetwork

Edges = Literal["clear", "all"]
EDGES: tuple[Edges, ...] = ("clear", "all")
_NODE = 8.0  # radius of a node, in points
_WEIGHT = 8.0  # width of a line for a correlation of 1
_KEYED = (0.1, 0.3)


def network(result: "PartialNetwork", *, edges: Edges = "clear", columns: Columns = 2) -> Drawing:
    """Draw partial correlations as lines between variables on a circle.

    Variables stand clockwise in the order of the result, which is that of the instrument: place
    means nothing else. A line is the wider the larger the partial correlation; negative ones are
    dashed.

    Parameters
    ----------
    result
        Of :func:`detachment.network`.
    edges
        ``"clear"``: pairs whose interval excludes 0. ``"all"``: every pair.
    columns
        Width: one or two columns of a page; in one the names stand below the circle.

    Returns
    -------
    Drawing

    Raises
    ------
    UsageError
        When it was given something else, or a word is unknown.
    Refusal
        When there is nothing to draw.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from detachment.estimates.network import network as estimate
    >>> draws = np.random.default_rng(1).normal(size=(200, 3))
    >>> table = pd.DataFrame(draws @ [[1, 1, 0], [0, 1, 1], [0, 0, 1]], columns=list("abc"))
    >>> network(estimate(table, variables=["a", "b", "c"])).name
    'network-clear'
    """
    width = width_for(columns)
    check_word("edges", edges, EDGES)
    need(result, "a network", "network", columns=("row", "column", "plain_r"))
    rows = [row for row in result.table.to_dict("records") if finite(row["r"])]
    if not rows:
        raise Refusal("no partial correlation is given, so there is nothing to draw.")
    names = list(dict.fromkeys([*result.table["row"], *result.table["column"]]))
    drawn = [row for row in rows if edges == "all" or row["r_low"] > 0 or row["r_high"] < 0]
    labels = labels_of(result, names)
    with style():
        page = _draw(drawn, names, labels, width)
    return Drawing(
        name=file_name("network", edges),
        title="Partial correlations" + (
            "" if edges == "all" else " whose interval excludes 0"
        ),
        alt=_alt(result, drawn, rows, names, labels, edges),
        notes=_notes(result, drawn, rows, edges),
        figure=page.figure,
    )  # fmt: skip


def _draw(
    drawn: list[dict[Any, Any]], names: list[str], labels: dict[str, str], width: float
) -> Page:
    wide = width > 300
    inner = width - 2 * MARGIN
    most = 40.0 * len(names) + 40  # few variables need no large circle
    size = min(236.0 if wide else inner, most)
    across = size if wide else inner
    column = inner - size - 14 if wide else (inner if len(names) < 7 else (inner - 10) / 2)
    indent = width_of("00", SMALL) + 5
    lists = [wrap(labels[name], column - indent, SMALL) for name in names]
    heights = [block_height(lines, SMALL) + 2.6 for lines in lists]
    keys = _keys(drawn)
    if wide:
        block = max(size, sum(heights) + 4)
        list_height = 0.0
    else:
        # In two columns below the circle, the first a little longer.
        block = size
        half = len(names) if len(names) < 7 else -(-len(names) // 2)
        list_height = max(sum(heights[:half]), sum(heights[half:])) + 4
    page = Page.make(width, 2 * MARGIN + block + list_height + 14)
    panel = page.panel(0, 0, page.width, page.height)
    panel.set_xlim(0, page.width)
    panel.set_ylim(page.height, 0)
    middle = (MARGIN + across / 2, MARGIN + block / 2)
    radius = size / 2 - _NODE - 2
    place = {}
    for k, name in enumerate(names):
        turn = 2 * pi * k / len(names)
        place[name] = (
            round(middle[0] + radius * sin(turn), 3), round(middle[1] - radius * cos(turn), 3)
        )  # fmt: skip
    for row in sorted(drawn, key=lambda one: (abs(round(one["r"], 4)), one["row"], one["column"])):
        (x, y), (u, v) = place[row["row"]], place[row["column"]]
        line = panel.plot([x, u], [y, v], zorder=2, **_look(round(float(row["r"]), 4)))[0]
        line.set_label(f"{row['row']} - {row['column']}")
    _draw_nodes(page, panel, place)
    x, y = (MARGIN + size + 14, MARGIN + 2) if wide else (MARGIN, MARGIN + block + 4)
    begin = y
    for k, (lines, height) in enumerate(zip(lists, heights, strict=True)):
        if not wide and len(names) >= 7 and k == -(-len(names) // 2):
            x, y = MARGIN + column + 10, begin
        page.write(x + indent - 5, y + SMALL * LEADING / 2, str(k + 1), size=SMALL, align="right",
                   color=MUTED)  # fmt: skip
        page.write_lines(x + indent, y + block_height(lines, SMALL) / 2, lines, size=SMALL)
        y += height
    _draw_keys(page, keys)
    return page


def _look(r: float) -> dict[str, Any]:
    """Of a line: wider the larger, negative ones dashed."""
    wide = round(min(5.0, max(0.35, _WEIGHT * abs(r))), 3)
    look: dict[str, Any] = {"color": MARK if r >= 0 else SECOND, "linewidth": wide, "alpha": 0.85}
    # In points and not in line widths, so that a thin line is dashed as a wide one is.
    dashes = (0, (4.0 / wide, 2.6 / wide))
    return look | {"linestyle": "-" if r >= 0 else dashes, "solid_capstyle": "butt",
                   "dash_capstyle": "butt"}  # fmt: skip


def _draw_nodes(page: Page, panel: Any, place: dict[str, tuple[float, float]]) -> None:  # noqa: ANN401
    from matplotlib.patches import Circle

    for k, (name, (x, y)) in enumerate(place.items(), start=1):
        node = Circle((x, y), _NODE, facecolor=PAPER, edgecolor=INK, linewidth=0.9, zorder=3)
        node.set_label(name)
        panel.add_patch(node)
        page.write(x, y, str(k), size=SIZE, align="center")


def _keys(drawn: list[dict[Any, Any]]) -> list[float]:
    """Correlations whose lines are explained."""
    below = [-k for k in _KEYED] if any(row["r"] < 0 for row in drawn) else []
    return [*(_KEYED if any(row["r"] >= 0 for row in drawn) else ()), *below]


def _draw_keys(page: Page, keys: list[float]) -> None:
    from matplotlib.lines import Line2D

    x, y = MARGIN, page.height - MARGIN - SMALL / 2
    for r in keys:
        page.figure.add_artist(
            Line2D(
                [x / page.width, (x + 20) / page.width], [1 - y / page.height] * 2,
                transform=page.figure.transFigure, **_look(r),
            )
        )  # fmt: skip
        text = bounded(r, 1)
        page.write(x + 24, y, text, size=SMALL)
        x += 24 + width_of(text, SMALL) + 12


def _notes(
    result: "PartialNetwork", drawn: list[dict[Any, Any]], rows: list[dict[Any, Any]], edges: str
) -> tuple[str, ...]:
    sure = confidence_of(result)
    held = len(set(result.table["row"]) | set(result.table["column"])) - 2
    said = [
        f"Partial correlations (Pearson), each with the other {counted(held, 'variable')} held "
        f"constant; n = {count(int(result.table['n'].iloc[0]))}. Width: size; dashed: negative. "
        "Variables stand in the order of the questionnaire, and distance means nothing."
    ]
    if edges == "clear":
        said.append(
            f"Drawn: {count(len(drawn))} of {counted(len(rows), 'pair')}, whose {sure} confidence "
            "interval (not adjusted for their number) excludes 0. No line does not show that there "
            "is no association."
        )
    else:
        said.append(f"All {counted(len(rows), 'pair')} are drawn; the table has the intervals.")
    return tuple(said)


def _alt(
    result: "PartialNetwork", drawn: list[dict[Any, Any]], rows: list[dict[Any, Any]],
    names: list[str], labels: dict[str, str], edges: str,
) -> str:  # fmt: skip
    """How many lines, the strongest ones, and who has most."""
    sure = confidence_of(result)
    n = count(int(result.table["n"].iloc[0]))
    below = sum(row["r"] < 0 for row in drawn)
    what = f" whose {sure} CI excludes 0" if edges == "clear" else ""
    said = [
        f"Network of {counted(len(names), 'variable')} on a circle, n = {n}: {count(len(drawn))} "
        f"of {counted(len(rows), 'partial correlation')}{what}, {count(below)} of them negative."
    ]
    first = sorted(drawn, key=lambda row: -abs(round(row["r"], 6)))
    for row in first if len(first) <= 20 else first[:10]:
        one, other = (_quoted(labels[row[end]]) for end in ("row", "column"))
        said.append(
            f"{one} with {other}: {bounded(row['r'])}, {sure} CI "
            f"{interval(row['r_low'], row['r_high'])}."
        )
    if len(first) > 20:
        said.append(f"The other {count(len(first) - 10)} are smaller; the table has them.")
    return " ".join(said)


def _quoted(label: str) -> str:
    return f"“{label}”" if label[-1:] in (".", "?", "!") else label
