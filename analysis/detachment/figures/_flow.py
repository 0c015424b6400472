"""Who was received, left out and analysed: a flow from the top to the bottom of the page."""

from typing import TYPE_CHECKING, Any

from detachment.figures._drawing import Drawing
from detachment.figures._labels import need
from detachment.figures._theme import (
    BASE,
    INK,
    MARGIN,
    MUTED,
    SMALL,
    Columns,
    Page,
    balance,
    block_height,
    style,
    width_for,
)
from detachment.text import count, sentence

if TYPE_CHECKING:
    from detachment.estimates.participants import Participants
    from detachment.figures._panel import Panel

PADDING = 6.0
GAP = 22.0  # between two boxes, where what is left out branches off
SIDE = 0.44  # share of the width for those left out


def flow(result: "Participants", *, columns: Columns = 1) -> Drawing:
    """Draw the way from records received to records analysed.

    Parameters
    ----------
    result
        What :func:`detachment.participants` returned.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_qualtrics.csv"))
    >>> drawing = dt.figures.flow(dt.participants(survey))
    >>> drawing.save("figures/flow.svg")  # doctest: +SKIP
    """
    from detachment.estimates import records

    need(result, "flow", "participants", columns=("step", "before", "excluded", "after"))
    steps: list[dict[str, Any]] = records(result.table)
    width = width_for(columns)
    main_width = width * (1 - SIDE) - 2 * MARGIN
    side_left, side_width = width * (1 - SIDE) + MARGIN, width * SIDE - 2 * MARGIN
    with style():
        boxes = [["Received", f"n = {count(steps[0]['before'])}"]]
        sides: list[list[str]] = []
        for step in steps[1:]:
            sides.append(balance(_side(step), side_width - 2 * PADDING, SMALL))
            end = "Analysed" if step is steps[-1] else "Remaining"
            boxes.append([end, f"n = {count(step['after'])}"])
        if not steps[1:]:
            boxes.append(["Analysed", f"n = {count(steps[0]['after'])}"])
        heights = [block_height(box) + 2 * PADDING for box in boxes]
        between = [max(GAP, block_height(side, SMALL) + 2 * PADDING + 8) for side in sides]
        between += [GAP] * (len(boxes) - 1 - len(between))
        page = Page.make(width, 2 * MARGIN + sum(heights) + sum(between))
        panel = page.panel(0, 0, page.width, page.height)
        panel.set_xlim(0, page.width)
        panel.set_ylim(page.height, 0)
        top, middle = MARGIN, MARGIN + main_width / 2
        for number, box in enumerate(boxes):
            _box(panel, MARGIN, top, main_width, heights[number], INK)
            page.write_lines(middle, top + heights[number] / 2, box, align="center")
            foot = top + heights[number]
            if number == len(boxes) - 1:
                break
            _arrow(panel, (middle, foot), (middle, foot + between[number]))
            if number < len(sides):
                y = foot + between[number] / 2
                high = block_height(sides[number], SMALL) + 2 * PADDING
                _arrow(panel, (middle, y), (side_left, y))
                _box(panel, side_left, y - high / 2, side_width, high, BASE)
                page.write_lines(side_left + PADDING, y, sides[number], size=SMALL, color=MUTED)
            top = foot + between[number]
    return Drawing(
        name="flow",
        title="From records received to records analysed",
        alt="Flow diagram. " + " ".join(result.sentences()),
        figure=page.figure,
    )


def _side(step: dict[str, Any]) -> str:
    return sentence(str(step["message"])).rstrip(".")


def _box(panel: "Panel", left: float, top: float, width: float, height: float, edge: str) -> None:
    from matplotlib.patches import Rectangle

    box = Rectangle((left, top), width, height, facecolor="none", edgecolor=edge, linewidth=0.8)
    panel.add_artist(box)


def _arrow(panel: "Panel", start: tuple[float, float], end: tuple[float, float]) -> None:
    look = {"arrowstyle": "-|>,head_length=0.35,head_width=0.15", "color": INK, "linewidth": 0.8}
    look |= {"shrinkA": 0.0, "shrinkB": 0.0}
    panel.annotate("", xy=end, xytext=start, arrowprops=look)
