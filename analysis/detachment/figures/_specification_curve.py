"""Every specification of one correlation in order of size, and the choices behind each."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from detachment.errors import Refusal
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import confidence_of, labels_of, need
from detachment.figures._theme import (
    BASE,
    INK,
    MARGIN,
    MARK,
    MUTED,
    PAPER,
    RULE,
    SECOND,
    SMALL,
    Columns,
    Page,
    balance,
    block_height,
    style,
    width_for,
    width_of,
    wrap,
)
from detachment.text import bounded, count, counted, interval

if TYPE_CHECKING:
    import pandas as pd

    from detachment.estimates.multiverse import Multiverse
    from detachment.figures._panel import Panel

CURVE, ROW, GAP, KEY = 128.0, 9.2, 5.0, 10.0
Key = tuple[int, float, str, str, bool, str]
KINDS = {
    "agree": ("agrees with the headline", MARK, True),
    "unclear": ("interval holds 0", SECOND, False),
    "other": ("another conclusion", SECOND, True),
}


def specification_curve(result: "Multiverse", *, columns: Columns = 2) -> Drawing:
    """Draw the correlation of every specification with its interval, and the choices below.

    Specifications stand from the smallest to the largest correlation; a mark in the lower panel
    shows which option of each choice it takes. The headline has a diamond.

    Parameters
    ----------
    result
        What :func:`detachment.multiverse` returned.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing

    Raises
    ------
    Refusal
        When no specification could be computed.

    References
    ----------
    Simonsohn, U., Simmons, J. P., & Nelson, L. D. (2020). Specification curve analysis. *Nature
    Human Behaviour, 4*, 1208-1214.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> result = dt.multiverse(survey, rows="signs_total", columns="eff_satisfaction")
    >>> dt.figures.specification_curve(result).save("figures/curve.svg")  # doctest: +SKIP
    """
    from detachment.estimates.multiverse import CHOICES, HEADS, option_words

    need(result, "a multiverse", "multiverse", columns=("specification", "r", "agrees"))
    width = width_for(columns)
    table = result.table[result.table["r"].notna()]
    if table.empty:
        raise Refusal("no specification could be computed: nothing to draw.")
    table = table.sort_values(["r", "specification"], kind="stable").reset_index(drop=True)
    labels = labels_of(result, [result.call["row"], result.call["column"]]).values()
    one, other = (f"“{label}”" if label[-1:] in (".", "?", "!") else label for label in labels)
    choices = {
        choice: options
        for choice in CHOICES
        if len(options := list(dict.fromkeys(result.table[choice]))) > 1
    }
    words = {
        (choice, option): option_words(choice, option)
        for choice, options in choices.items()
        for option in options
    }
    kinds = [_kind(row) for row in table.to_dict(orient="records")]
    note = ""
    if absent := len(result.table) - len(table):
        note = f"{counted(absent, 'specification')} could not be computed; the table says why."
    with style():
        longest = max([width_of(text, SMALL) for text in words.values()], default=40.0)
        left = MARGIN + min(max(longest, 44.0), 0.34 * width) + 8
        right = width - MARGIN
        heading = balance(f"r, {one} with {other}", right - MARGIN)
        keys = _keys([kind for kind in KINDS if kind in kinds], left, right)
        keys_top = MARGIN + block_height(heading) + 5
        top = keys_top + KEY * (1 + max(line for line, *_ in keys)) + 3
        low = top + CURVE + 8
        heights = [SMALL * 1.4 + ROW * len(options) for options in choices.values()]
        notes = wrap(note, width - 2 * MARGIN, SMALL) if note else []
        feet = block_height(notes, SMALL) + (4 if notes else 0)
        page = Page.make(width, low + sum(heights) + GAP * len(heights) + feet + MARGIN)
        page.write_lines(MARGIN, MARGIN + block_height(heading) / 2, heading)
        _draw_keys(page, keys, keys_top)
        _curve(page, table, kinds, left, right, top)
        y = low
        for (choice, options), height in zip(choices.items(), heights, strict=True):
            page.write(left - 8, y + SMALL * 0.7, HEADS[choice], size=SMALL, align="right")
            axes = page.panel(left, y + SMALL * 1.4, right - left, ROW * len(options))
            axes.set_xlim(-1, len(table))
            axes.set_ylim(len(options), 0)
            for place, option in enumerate(options):
                text = balance(words[choice, option], left - 8 - MARGIN, SMALL)
                page.write(
                    left - 8, y + SMALL * 1.4 + ROW * (place + 0.5), _shortened(text),
                    size=SMALL, align="right", color=MUTED,
                )  # fmt: skip
                axes.axhline(place + 0.5, color=RULE, linewidth=0.4, zorder=1)
                here = np.flatnonzero((table[choice] == option).to_numpy())
                axes.vlines(here, place + 0.18, place + 0.82, color=INK, linewidth=_line(table))
            y += height + GAP
        page.write_lines(
            MARGIN, page.height - MARGIN - block_height(notes, SMALL) / 2, notes,
            size=SMALL, color=MUTED,
        )  # fmt: skip
    return Drawing(
        name=file_name("specification-curve", result.call["row"], result.call["column"]),
        title=f"{one} with {other}, by specification",
        alt=_alt(result, table, one, other, note),
        notes=(
            f"Each line is one specification with its {confidence_of(result)} confidence "
            "interval; marks below show its options. The diamond is the headline.",
            f"n = {' to '.join(dict.fromkeys(map(count, (table['n'].min(), table['n'].max()))))}.",
        ),
        figure=page.figure,
    )


def _kind(row: Mapping[Any, Any]) -> str:
    if row["conclusion"] is None or row["agrees"] is True:
        return "agree"
    return "unclear" if row["conclusion"] == "unclear" else "other"


def _shortened(lines: list[str]) -> str:
    """The first line of a text, marked where more follows."""
    return lines[0] if len(lines) == 1 else f"{lines[0]} …"


def _line(table: "pd.DataFrame") -> float:
    """Width of the line of one specification, so that neighbours stay apart."""
    return float(min(1.2, max(0.3, 220.0 / len(table))))


def _curve(
    page: Page,
    table: "pd.DataFrame",
    kinds: list[str],
    left: float,
    right: float,
    top: float,
) -> None:
    axes: Panel = page.panel(left, top, right - left, CURVE)
    ends = table[["r_low", "r_high", "r"]].to_numpy()
    lowest, highest = min(0.0, np.nanmin(ends)), max(0.0, np.nanmax(ends))
    step = next(s for s in (0.05, 0.1, 0.2, 0.5) if (highest - lowest) / s <= 7)
    first, last = int(np.floor(lowest / step)), int(np.ceil(highest / step))
    axes.set_xlim(-1, len(table))
    axes.set_ylim(first * step, last * step)
    digits = 2 if step < 0.1 else 1
    for tick in range(first, last + 1):
        value = round(tick * step, 2)
        strong = tick == 0
        axes.axhline(value, color=BASE if strong else RULE, linewidth=0.9 if strong else 0.6)
        y = top + CURVE * (1 - (tick - first) / (last - first))
        page.write(
            left - 5, y, bounded(value, digits) if tick else "0",
            size=SMALL, align="right", color=MUTED,
        )  # fmt: skip
    for kind, (_, color, filled) in KINDS.items():
        at = np.flatnonzero([k == kind for k in kinds])
        if not len(at):
            continue
        some = table.iloc[at]
        axes.vlines(
            at, some["r_low"].round(4), some["r_high"].round(4), color=color,
            linewidth=_line(table), alpha=0.45, zorder=2,
        )  # fmt: skip
        axes.line(
            at, some["r"].round(4), linestyle="none", marker="o", color=color, zorder=3,
            markersize=max(1.4, min(3.6, 400.0 / len(table))), markeredgewidth=0.7,
            markerfacecolor=color if filled else PAPER,
        )  # fmt: skip
    for place in np.flatnonzero(table["headline"].to_numpy()):
        r = round(float(table["r"].iloc[int(place)]), 4)
        axes.line(
            [place], [r], marker="D", color=INK, zorder=4,
            markersize=5.0, markeredgewidth=1.0, markerfacecolor=PAPER, linestyle="none",
        )  # fmt: skip


def _keys(kinds: list[str], left: float, right: float) -> list[Key]:
    """What each marker stands for, and where: line, place, marker, colour, filled, words."""
    entries = [("o", *KINDS[kind][1:], KINDS[kind][0]) for kind in kinds]
    keys: list[Key] = []
    x, line = left, 0
    for marker, color, filled, text in [*entries, ("D", INK, False, "headline")]:
        needed = 8 + width_of(text, SMALL)
        if x > left and x + needed > right:
            x, line = left, line + 1
        keys.append((line, x, marker, color, filled, text))
        x += needed + 12
    return keys


def _draw_keys(page: Page, keys: list[Key], top: float) -> None:
    from matplotlib.lines import Line2D

    for line, x, marker, color, filled, text in keys:
        y = top + KEY * (line + 0.5)
        page.figure.add_artist(
            Line2D(
                [(x + 3) / page.width],
                [1 - y / page.height],
                marker=marker,
                color=color,
                markersize=4.0,
                markeredgewidth=0.9,
                markerfacecolor=color if filled else PAPER,
                linestyle="none",
                transform=page.figure.transFigure,
            )
        )
        page.write(x + 8, y, text, size=SMALL)


def _alt(result: "Multiverse", table: "pd.DataFrame", one: str, other: str, note: str) -> str:
    """The curve in words."""
    first = result.table[result.table["headline"]].iloc[0]
    given = table[table["conclusion"].notna()]
    agree = int(given["agrees"].sum())
    sentences = [
        f"Specification curve: the correlation of {one} with {other} in "
        f"{counted(len(table), 'specification')}, from {bounded(table['r'].iloc[0])} to "
        f"{bounded(table['r'].iloc[-1])}, median {bounded(table['r'].median())}.",
        f"{count(agree)} agree with the headline.",
    ]
    if not np.isnan(first["r"]):
        sentences.append(
            f"The headline is {bounded(first['r'])} {interval(first['r_low'], first['r_high'])}."
        )
    return " ".join(filter(None, [*sentences, note]))
