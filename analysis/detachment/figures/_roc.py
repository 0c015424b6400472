"""How well scores tell a condition: ROC curves."""

from typing import TYPE_CHECKING, Any

from detachment.errors import Refusal
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import confidence_of, finite, labels_of, need
from detachment.figures._plane import (
    LOOKS,
    Key,
    Plane,
    axis_of,
    block_of,
    draw_keys,
    draw_plane,
    keys_height,
    marker,
    tidy,
)
from detachment.figures._theme import (
    BASE,
    MARGIN,
    MUTED,
    PAPER,
    SMALL,
    Columns,
    Page,
    block_height,
    style,
    width_for,
    width_of,
    wrap,
)
from detachment.text import bounded, count, interval, number, percent

if TYPE_CHECKING:
    from detachment.estimates.cutoffs import Cutoffs

MOST = 4  # curves that can be told apart
CAUTION = "Screening, not diagnosis."


def roc(result: "Cutoffs", *, columns: Columns = 1) -> Drawing:
    """Draw how well scores tell who is beyond a cut-off: sensitivity along false alarms.

    Parameters
    ----------
    result
        What :func:`detachment.cutoffs` returned, asked with ``predictor`` and ``criterion``.
    columns
        Width: one column of a page (3.5 inches), or two (7.2 inches) with the legend beside.

    Returns
    -------
    Drawing
        A curve for each score, with the area under it; dots at the thresholds that the result
        names; dashed, what guessing would give.

    Raises
    ------
    UsageError
        When it was given something else, or another width.
    Refusal
        When there is no curve, or there are more than four.

    References
    ----------
    DeLong, E. R., DeLong, D. M., & Clarke-Pearson, D. L. (1988). *Biometrics, 44*, 837-845. R:
    ``pROC::plot.roc``.

    Examples
    --------
    >>> import warnings
    >>> import pandas as pd
    >>> from detachment import cutoffs
    >>> warnings.simplefilter("ignore")  # that a threshold found in these data flatters itself
    >>> score = [1, 2, 3, 4, 5, 6, 7, 8, 2, 4, 6, 8, 1, 3, 5, 7, 9, 9, 1, 2, 8, 9, 3, 6]
    >>> table = pd.DataFrame({"score": score})
    >>> table["case"] = [0, 0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    >>> roc(cutoffs(table, predictor="score", criterion="case")).title
    'ROC curve of score'
    """
    from detachment.estimates import records

    need(result, "shares beyond cut-offs", "cutoffs", columns=("scale", "cutoff", "share"))
    width = width_for(columns)
    if "roc" not in result.parts:
        raise Refusal(
            "this result has no curve. Ask for one: detachment.cutoffs(survey, predictor=..., "
            "criterion=...)."
        )
    areas: list[dict[str, Any]] = [
        line for line in records(result.parts["auc"]) if finite(line["auc"])
    ]
    if not areas:
        why = next((line["reason"] for line in records(result.parts["auc"])), "")
        raise Refusal(f"no curve could be drawn{f': {why}' if why else ''}.")
    if len(areas) > MOST:
        raise Refusal(
            f"{len(areas)} curves cannot be told apart; ask for at most {MOST} predictors."
        )
    points: list[dict[str, Any]] = records(result.parts["roc"])
    chosen: list[dict[str, Any]] = records(result.parts["thresholds"])
    labels = labels_of(result, [line["predictor"] for line in areas])
    confidence = confidence_of(result)
    words = [f"{labels[line['predictor']].rstrip('.')}: {_area(line)}" for line in areas]
    with style():
        page = _draw(areas, points, chosen, words, width)
    condition = areas[0]["condition"]
    n = [
        f"n = {count(line['n_condition'])} with and {count(line['n_other'])} without"
        for line in areas
    ]
    notes = (
        f"Condition: {condition} ({'; '.join(dict.fromkeys(n))}).",
        f"In brackets: {confidence} confidence intervals of the area under the curve (AUC).",
        f"Dashed: what guessing would give. {CAUTION}",
    )
    names = [labels[line["predictor"]] for line in areas]
    return Drawing(
        name=file_name("roc", *(line["predictor"] for line in areas)),
        title=f"ROC curve{'s' if len(names) > 1 else ''} of {' and '.join(names)}",
        alt=_alt(areas, chosen, labels, confidence, notes),
        notes=notes,
        figure=page.figure,
    )


def _area(line: dict[str, Any]) -> str:
    both = finite(line["low"]) and finite(line["high"])
    within = f" {interval(line['low'], line['high'])}" if both else ""
    return f"AUC = {bounded(line['auc'])}{within}"


def _draw(
    areas: list[dict[str, Any]],
    points: list[dict[str, Any]],
    chosen: list[dict[str, Any]],
    words: list[str],
    width: float,
) -> Page:
    keys = [Key.of(word, look) for word, look in zip(words, LOOKS, strict=False)]
    room = width - 2 * MARGIN
    x = axis_of([], limits=(0.0, 1.0), label="false positives (1 − specificity)", most=5,
                within_one=True)  # fmt: skip
    y = axis_of([], limits=(0.0, 1.0), label="sensitivity", most=5, within_one=True)
    wide = width > 300
    side = 262.0 if wide else room
    above = 0.0 if wide else keys_height(keys, room)
    square = side - 24  # the numbers of the vertical axis stand beside it
    page = Page.make(width, 2 * MARGIN + above + block_of(x, y, side, square))
    if wide:
        _draw_words(page, keys, areas, chosen, MARGIN + side + 14, room - side - 14)
    else:
        draw_keys(page, keys, MARGIN, MARGIN, room)
    plane = draw_plane(page, MARGIN, MARGIN + above, side, square, x=x, y=y, grid="both")
    plane.axes.line([0, 1], [0, 1], color=BASE, linewidth=0.9, linestyle="--", zorder=1)
    written: list[tuple[float, float]] = []
    for area, look in zip(areas, LOOKS, strict=False):
        own = sorted(
            (1 - point["specificity"], point["sensitivity"])
            for point in points
            if point["predictor"] == area["predictor"]
        )
        plane.axes.line(
            tidy(one for one, _ in own), tidy(one for _, one in own), color=look.color,
            linestyle=look.line, linewidth=1.5, zorder=3, clip_on=False,
        )  # fmt: skip
        for spot in chosen:
            if spot["predictor"] == area["predictor"]:
                at = tidy([1 - spot["specificity"], spot["sensitivity"]])
                plane.axes.line(
                    at[:1], at[1:], color=look.color, linestyle="none", zorder=4, clip_on=False,
                    **marker(look.marker, look.color, filled=look.filled),
                )  # fmt: skip
                _name(page, plane, at, str(spot["rule"]), written)
    return page


def _draw_words(
    page: Page,
    keys: list[Key],
    areas: list[dict[str, Any]],
    chosen: list[dict[str, Any]],
    left: float,
    width: float,
) -> None:
    """Beside the plane: each curve, and below it what its thresholds reach."""
    top = MARGIN + 14
    for key, area in zip(keys, areas, strict=True):
        draw_keys(page, [key], left, top, width)
        top += keys_height([key], width)
        for spot in chosen:
            if spot["predictor"] != area["predictor"]:
                continue
            lines = wrap(
                f"{spot['rule']}: sensitivity {_rate(spot, 'sensitivity')}, specificity "
                f"{_rate(spot, 'specificity')}", width - 21, SMALL,
            )  # fmt: skip
            height = block_height(lines, SMALL)
            page.write_lines(left + 21, top + height / 2 - 2, lines, size=SMALL, color=MUTED)
            top += height + 3
        top += 6


def _rate(spot: dict[str, Any], name: str) -> str:
    low, high = spot[f"{name}_low"], spot[f"{name}_high"]
    both = finite(low) and finite(high)
    ends = f" [{number(100 * low, 0)}, {number(100 * high, 0)}]" if both else ""
    return f"{percent(spot[name])}{ends}"


def _name(
    page: Page, plane: Plane, at: list[float], rule: str, written: list[tuple[float, float]]
) -> None:
    """Write a threshold right below its dot, where no other stands already."""
    across, down = plane.across(at[0]) + 6, plane.down(at[1]) + 6
    for _ in range(8):
        if all(abs(down - y) > SMALL + 1 or abs(across - x) > 60 for x, y in written):
            break
        down += SMALL + 2
    over = across + width_of(rule, SMALL) - (plane.left + plane.width)
    text = page.write(across - max(0.0, over), down, rule, size=SMALL)
    text.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 0.8})
    written.append((across, down))


def _alt(
    areas: list[dict[str, Any]],
    chosen: list[dict[str, Any]],
    labels: dict[str, str],
    confidence: str,
    notes: tuple[str, ...],
) -> str:
    """Every area and every named threshold in words."""
    sentences = ["ROC curves: sensitivity along the share of false positives."]
    for area in areas:
        ends = finite(area["low"]) and finite(area["high"])
        within = f", {confidence} CI {interval(area['low'], area['high'])}" if ends else ""
        label = labels[area["predictor"]].rstrip(".")
        sentences.append(
            f"{label} ({area['direction']} scores speak for the condition): AUC = "
            f"{bounded(area['auc'])}{within}."
        )
        sentences += [
            f"At {spot['rule']}: sensitivity {percent(spot['sensitivity'])}, specificity "
            f"{percent(spot['specificity'])}."
            for spot in chosen
            if spot["predictor"] == area["predictor"]
        ]
    return " ".join([*sentences, *notes])
