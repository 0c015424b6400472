"""What items and a test tell about the trait, and where: curves of an item response model."""

from typing import TYPE_CHECKING, Any

import numpy as np

from detachment.errors import Refusal, check_word
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import finite, labels_of, need
from detachment.figures._plane import (
    LOOKS,
    Key,
    Line,
    axis_of,
    beside,
    block_of,
    draw_keys,
    draw_plane,
    keys_height,
    steps,
    tidy,
)
from detachment.figures._theme import (
    BASE,
    LEADING,
    MARGIN,
    MARK,
    MUTED,
    RULE,
    SECOND,
    SMALL,
    Columns,
    Page,
    block_height,
    style,
    width_for,
    width_of,
    wrap,
)
from detachment.stats.irt.information import category_probability
from detachment.text import bounded, count, counted, number

if TYPE_CHECKING:
    from detachment.estimates.irt import ItemResponse

HEIGHT = 135.0
SMALL_HEIGHT = 46.0  # of a panel for one item
TRAIT = "trait (θ, in standard deviations)"
SHOWN = 3.0  # standard deviations to either side
LINES: tuple[Line, ...] = ("-", "--", "-.", ":")


def scale_information(
    result: "ItemResponse", *, scale: str | None = None, columns: Columns = 2
) -> Drawing:
    """Draw the information of a scale along the trait, and its standard error of measurement.

    Parameters
    ----------
    result
        What :func:`detachment.irt` returned.
    scale
        Which of its scales; by default the first one that has a model.
    columns
        Width: two columns of a page with the curves side by side, or one with one above the other.

    Returns
    -------
    Drawing

    Raises
    ------
    UsageError
        When it was given something else, or there is no such scale or width.
    Refusal
        When the scale has no item response model.

    References
    ----------
    Samejima, F. (1969). *Psychometrika Monograph, 17*. R: ``mirt::testinfo``.

    Examples
    --------
    >>> import pandas as pd
    >>> from detachment import irt
    >>> rng = np.random.default_rng(1)
    >>> latent = 1.5 * rng.normal(size=(300, 1)) + rng.logistic(size=(300, 3))
    >>> answers = pd.DataFrame(np.digitize(latent, [-1, 1]) + 1, columns=list("abc"))
    >>> scale_information(irt(answers, values=(1, 3))).name
    'information-scale'
    """
    from detachment.estimates import records

    width = width_for(columns)
    scale = _scale(result, scale)
    curve = [
        line
        for line in records(result.parts["information"])
        if line["scale"] == scale and abs(line["theta"]) <= SHOWN and finite(line["information"])
    ]
    theta = [line["theta"] for line in curve]
    label = labels_of(result, [scale])[scale]
    kinds = (("information", "information", "-", MARK),
             ("se", "standard error of measurement", "--", SECOND))  # fmt: skip
    with style():
        room = width - 2 * MARGIN
        inner = (room - 18) / 2 if columns == 2 else room
        x = axis_of(theta, limits=(-SHOWN, SHOWN), label=TRAIT, most=6, write=_theta)
        axes = [
            axis_of([line[name] for line in curve], from_zero=True, label=words, room=0.06)
            for name, words, _, _ in kinds
        ]
        blocks = [block_of(x, y, inner, HEIGHT) for y in axes]
        height = max(blocks) if columns == 2 else sum(blocks) + 8
        page = Page.make(width, 2 * MARGIN + height)
        gutter = max(map(beside, axes))
        for k, ((name, _, line, color), y) in enumerate(zip(kinds, axes, strict=True)):
            left = MARGIN + (inner + 18 if columns == 2 and k else 0)
            top = MARGIN + (blocks[0] + 8 if columns == 1 and k else 0)
            plane = draw_plane(page, left, top, inner, HEIGHT, x=x, y=y, gutter=gutter)
            plane.axes.line(
                theta, tidy([one[name] for one in curve], y.high), color=color, linestyle=line,
                linewidth=1.6, zorder=3,
            )  # fmt: skip
    fit = next(line for line in records(result.parts["fit"]) if line["scale"] == scale)
    notes = (
        f"{_model(fit)}, {counted(int(fit['n_items']), 'item')}, n = {count(fit['n'])}; marginal "
        f"reliability {bounded(fit['marginal_reliability'])}.",
        f"Drawn from {_theta(-SHOWN)} to {_theta(SHOWN)}; the standard error is 1 / √information.",
    )
    return Drawing(
        name=file_name("information", scale),
        title=f"Information of {label} along the trait",
        alt=_alt_test(curve, label, notes[0]),
        notes=notes,
        figure=page.figure,
    )


def item_information(
    result: "ItemResponse", *, scale: str | None = None, columns: Columns = 2
) -> Drawing:
    """Draw the information of each item along the trait, a small panel each.

    Parameters
    ----------
    result
        What :func:`detachment.irt` returned.
    scale
        Which of its scales; by default the first one that has a model.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing
        All panels have the same axes, so that heights can be compared.

    Raises
    ------
    UsageError
        When it was given something else, or there is no such scale or width.
    Refusal
        When the scale has no item response model.

    References
    ----------
    Samejima, F. (1969). *Psychometrika Monograph, 17*. R: ``mirt::iteminfo``.

    Examples
    --------
    >>> import pandas as pd
    >>> from detachment import irt
    >>> rng = np.random.default_rng(1)
    >>> latent = 1.5 * rng.normal(size=(300, 1)) + rng.logistic(size=(300, 3))
    >>> answers = pd.DataFrame(np.digitize(latent, [-1, 1]) + 1, columns=list("abc"))
    >>> item_information(irt(answers, values=(1, 3))).title
    'Information of each of 3 items'
    """
    from detachment.estimates import records

    width = width_for(columns)
    scale = _scale(result, scale)
    curves: dict[str, list[dict[str, Any]]] = {}
    for line in records(result.parts["item_information"]):
        known = line["scale"] == scale and finite(line["information"])
        if known and abs(line["theta"]) <= SHOWN:
            curves.setdefault(line["item"], []).append(line)
    if not curves:
        raise Refusal(f"no item of {scale!r} has an information curve: nothing to draw.")
    labels = labels_of(result, [*curves, scale])
    with style():
        page = _draw_items(curves, labels, width)
    fit = next(line for line in records(result.parts["fit"]) if line["scale"] == scale)
    notes = (f"{_model(fit)}, n = {count(fit['n'])}. All panels have the same axes.",)
    sentences = [f"Information of each of {counted(len(curves), 'item')} of {labels[scale]}."]
    for item, curve in curves.items():
        most = max(curve, key=lambda line: round(line["information"], 9))
        sentences.append(
            f"{labels[item].rstrip('.')}: largest at θ = {_theta(most['theta'], 2)} "
            f"({number(most['information'])})."
        )
    return Drawing(
        name=file_name("item-information", scale),
        title=f"Information of each of {counted(len(curves), 'item')}",
        alt=" ".join([*sentences, *notes]),
        notes=notes,
        figure=page.figure,
    )


def category_curves(
    result: "ItemResponse", *, item: str, scale: str | None = None, columns: Columns = 1
) -> Drawing:
    """Draw the probability of each answer to one item along the trait.

    Parameters
    ----------
    result
        What :func:`detachment.irt` returned.
    item
        Which item.
    scale
        Which of its scales; by default the first one that has the item.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing
        Each curve bears its answer (as the scale keys it) where it is highest, if there is room.

    Raises
    ------
    UsageError
        When it was given something else, or there is no such item, scale or width.
    Refusal
        When the item has no parameters.

    References
    ----------
    Samejima, F. (1969). *Psychometrika Monograph, 17*. R: ``mirt::itemplot``.

    Examples
    --------
    >>> import pandas as pd
    >>> from detachment import irt
    >>> rng = np.random.default_rng(1)
    >>> latent = 1.5 * rng.normal(size=(300, 1)) + rng.logistic(size=(300, 3))
    >>> answers = pd.DataFrame(np.digitize(latent, [-1, 1]) + 1, columns=list("abc"))
    >>> category_curves(irt(answers, values=(1, 3)), item="b").name
    'categories-b'
    """
    from detachment.estimates import records

    width = width_for(columns)
    need(result, "an item response model", "irt", columns=("item", "slope", "location"))
    lines: list[dict[str, Any]] = records(result.table)
    check_word("item", item, list(dict.fromkeys(line["item"] for line in lines)))
    homes = [line["scale"] for line in lines if line["item"] == item]
    if scale is not None:
        check_word("scale", scale, homes)
    home = scale if scale is not None else homes[0]
    line = next(one for one in lines if one["item"] == item and one["scale"] == home)
    bounds = [
        one
        for one in records(result.parts["thresholds"])
        if one["item"] == item and one["scale"] == home
    ]
    label = labels_of(result, [item])[item]
    if not finite(line["slope"]) or not bounds:
        raise Refusal(f"{item} has no parameters: {line['reason'] or 'nothing to draw'}.")
    theta = np.linspace(-SHOWN, SHOWN, 61)
    chance = category_probability([line["slope"]], [[one["intercept"] for one in bounds]], theta)[
        :, 0, :
    ]
    # A boundary bears the answer above it; the first answer lies below all of them.
    model = result.models[home]
    first = float(model.categories[result.items[home].index(item), 0])
    answers = [f"{value:g}" for value in (first, *(one["from_category"] for one in bounds))]
    with style():
        page = _draw_categories(theta, chance, answers, width)
    notes = (
        f"{label.rstrip('.')}: a = {number(line['slope'])}, n = {count(line['n'])}"
        + ("; reversed, and shown as the scale keys it." if line["keyed"] < 0 else "."),
    )
    sentences = [f"Probability of each answer to {label.rstrip('.')} along the trait."]
    for k, answer in enumerate(answers):
        best = int(np.argmax(chance[:, k].round(6)))
        sentences.append(
            f"Answer {answer}: most probable at θ = {_theta(float(theta[best]), 1)} "
            f"({bounded(float(chance[best, k]))})."
        )
    return Drawing(
        name=file_name("categories", item),
        title=f"Answers to {label} along the trait",
        alt=" ".join([*sentences, *notes]),
        notes=notes,
        figure=page.figure,
    )


def _scale(result: "ItemResponse", scale: str | None) -> str:
    """The scale that is drawn: one with a model."""
    from detachment.estimates import records

    need(result, "an item response model", "irt", columns=("item", "slope", "location"))
    fits: list[dict[str, Any]] = records(result.parts["fit"])
    with_model = list(dict.fromkeys(line["scale"] for line in records(result.parts["information"])))
    if scale is not None:
        check_word("scale", scale, [line["scale"] for line in fits])
    chosen = next(iter(with_model), "") if scale is None else scale
    if chosen not in with_model:
        why = next((line["reason"] for line in fits if scale in (None, line["scale"])), "")
        raise Refusal(f"there is no item response model to draw{f': {why}' if why else ''}.")
    return chosen


def _model(fit: dict[str, Any]) -> str:
    names = {"graded": "Graded response model", "2pl": "Two-parameter logistic model"}
    return names.get(fit["model"], "Item response model")


def _theta(value: float, digits: int = 0) -> str:
    text = number(value, digits)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def _alt_test(curve: list[dict[str, Any]], label: str, about: str) -> str:
    most = max(curve, key=lambda line: round(line["information"], 9))
    sentences = [
        f"Information of {label.rstrip('.')} along the trait, and the standard error of "
        f"measurement. Information is largest at θ = {_theta(most['theta'], 2)} "
        f"({number(most['information'])})."
    ]
    for line in curve:
        if line["theta"] == round(line["theta"]):
            sentences.append(
                f"At θ = {_theta(line['theta'])}: information {number(line['information'])}, "
                f"standard error {number(line['se'])}."
            )
    return " ".join([*sentences, about])


def _draw_items(
    curves: dict[str, list[dict[str, Any]]], labels: dict[str, str], width: float
) -> Page:
    room = width - 2 * MARGIN
    most = max(line["information"] for curve in curves.values() for line in curve)
    ticks = steps(0, most * 1.08, 3)
    digits = 1 if ticks[-1] % 1 or (ticks[1] if len(ticks) > 1 else 1) % 1 else 0
    digits = digits if most >= 0.3 else 2
    words = [number(tick, digits) for tick in ticks]
    gutter = max(width_of(word, SMALL) for word in words) + 5
    gap = 9.0
    across = min(len(curves), 5 if width > 300 else 3)
    panel = (room - gutter - gap * (across - 1)) / across
    titles = [wrap(labels[item], panel, SMALL) for item in curves]
    titles = [some if len(some) <= 4 else [*some[:3], _cut(some[3], panel)] for some in titles]
    down = -(-len(curves) // across)
    heads = [
        block_height([""] * max(len(some) for some in titles[k * across : (k + 1) * across]), SMALL)
        for k in range(down)
    ]
    top = MARGIN + SMALL * LEADING + 7
    foot = 11 + SMALL * LEADING + 4
    page = Page.make(width, top + sum(heads) + down * (SMALL_HEIGHT + 9) + foot - 5 + MARGIN)
    page.write(MARGIN, MARGIN + SMALL * LEADING / 2, "information", size=SMALL, color=MUTED)
    for k, (curve, title) in enumerate(zip(curves.values(), titles, strict=True)):
        column, line = k % across, k // across
        left = MARGIN + gutter + column * (panel + gap)
        head = top + sum(heads[: line + 1]) + line * (SMALL_HEIGHT + 9)
        axes = page.panel(left, head, panel, SMALL_HEIGHT)
        axes.set_xlim(-SHOWN, SHOWN)
        axes.set_ylim(0, round(most * 1.08, 4))
        page.write_lines(left, head - 2 - block_height(title, SMALL) / 2, title, size=SMALL)
        for tick, word in zip(ticks, words, strict=True):
            axes.axhline(tick, color=RULE, linewidth=0.6, zorder=0)
            if column == 0:
                y = head + SMALL_HEIGHT * (1 - tick / (most * 1.08))
                page.write(left - 4, y, word, size=SMALL, align="right", color=MUTED)
        theta = [one["theta"] for one in curve]
        values = tidy([one["information"] for one in curve], most)
        axes.fill_between(theta, 0, values, color=MARK, alpha=0.18, linewidth=0, zorder=2)
        axes.line(theta, values, color=MARK, linewidth=1.3, zorder=3)
        axes.axhline(0, color=BASE, linewidth=0.9, clip_on=False, zorder=1)
        if k + across >= len(curves):
            for value in (-SHOWN + 1, 0.0, SHOWN - 1):
                x = left + (value + SHOWN) / (2 * SHOWN) * panel
                page.write(
                    x, head + SMALL_HEIGHT + 7, _theta(value), size=SMALL, align="center",
                    color=MUTED,
                )  # fmt: skip
    page.write(
        MARGIN + gutter + (room - gutter) / 2, page.height - MARGIN - SMALL * LEADING / 2, TRAIT,
        size=SMALL, align="center", color=MUTED,
    )  # fmt: skip
    return page


def _cut(line: str, width: float) -> str:
    """A line that says that there is more."""
    while line and width_of(line + "…", SMALL) > width:
        line = line[:-1]
    return line.rstrip() + "…"


def _draw_categories(
    theta: "np.ndarray[Any, Any]",
    chance: "np.ndarray[Any, Any]",
    answers: list[str],
    width: float,
) -> Page:
    room = width - 2 * MARGIN
    x = axis_of([], limits=(-SHOWN, SHOWN), label=TRAIT, most=6, write=_theta)
    y = axis_of([], limits=(0.0, 1.1), label="probability of the answer", most=6, within_one=True)
    looks = [(LOOKS[k % 4].color, LINES[(k + k // 4) % 4]) for k in range(len(answers))]
    keys = [
        Key(label=answer, color=color, line=line)
        for answer, (color, line) in zip(answers, looks, strict=True)
    ]
    top = MARGIN + keys_height(keys, room)
    page = Page.make(width, top + block_of(x, y, room, HEIGHT) + MARGIN)
    draw_keys(page, keys, MARGIN, MARGIN, room)
    plane = draw_plane(page, MARGIN, top, room, HEIGHT, x=x, y=y)
    written: list[tuple[float, float]] = []
    for k, ((color, line), answer) in enumerate(zip(looks, answers, strict=True)):
        values = tidy(chance[:, k])
        plane.axes.line(tidy(theta), values, color=color, linestyle=line, linewidth=1.4, zorder=3)
        best = int(np.argmax(values))
        half = width_of(answer, SMALL) / 2 + 2
        across = min(max(plane.across(theta[best]), plane.left + half),
                     plane.left + plane.width - half)  # fmt: skip
        down = max(plane.down(values[best]) - 7, plane.top + 3)
        if all(abs(across - x) > 2 * half or abs(down - y) > SMALL for x, y in written):
            page.write(across, down, answer, size=SMALL, align="center", color=color)
            written.append((across, down))
    return page
