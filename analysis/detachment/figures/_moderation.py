"""Lines of an outcome at levels of a moderator, and the slope along the moderator."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import pandas as pd

from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import confidence_of, finite, labels_of, need
from detachment.figures._plane import Axis, Plane, above, axis_of, draw_plane
from detachment.figures._theme import (
    BASE,
    LEADING,
    MARGIN,
    MARK,
    MUTED,
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
from detachment.text import MINUS, count, interval, number, p_statement, percent

if TYPE_CHECKING:
    from detachment.estimates import Moderation
    from detachment.figures._panel import Panel

HEIGHT = 150.0  # of a panel, in points
_TICKS = 26.0  # room for the numbers of a vertical axis
_KINDS: tuple[tuple[str, Literal["-", "--", "-.", ":"]], ...] = (
    (MARK, "-"),
    (BASE, "--"),
    (SECOND, "-."),
    (MUTED, ":"),
)


def moderation(result: "Moderation", *, columns: Columns = 2) -> Drawing:
    """Draw a moderation: predicted lines, and the slope along the moderator.

    Parameters
    ----------
    result
        Of :func:`detachment.moderate`.
    columns
        Width: one or two columns of a page; in one the panels stand one above the other.

    Returns
    -------
    Drawing
        Left (above) the outcome along the predictor at -1 SD, the mean and +1 SD of the moderator,
        or in each category, with bands. Right (below) the slope along the moderator with its band;
        grey where it does not differ from 0 (Johnson-Neyman), or the slope in each category.

    Raises
    ------
    UsageError
        When it was given something else, or another width.

    References
    ----------
    Bauer, D. J., & Curran, P. J. (2005). *Multivariate Behavioral Research, 40*, 373-400.

    Examples
    --------
    >>> from detachment import moderate
    >>> table = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6, 7, 8], "m": [3, 1, 2, 5, 4, 2, 6, 1]})
    >>> table["y"] = [2, 1, 4, 6, 5, 4, 9, 3]
    >>> drawing = moderation(moderate(table, predictor="x", moderator="m", outcome="y"))
    >>> drawing.name
    'moderation-x-m'
    """
    width = width_for(columns)
    need(result, "a moderation", "moderate", columns=("entered", "beta"))
    names = [str(result.call[name]) for name in ("predictor", "moderator", "outcome")]
    labels = labels_of(result, names)
    predictor, moderator, outcome = (labels[name] for name in names)
    lines, slopes = result.parts["lines"], result.parts["simple_slopes"]
    curve, regions = result.parts["curve"], result.parts["johnson_neyman"]
    confidence = confidence_of(result)
    with style():
        keys = _keys(slopes)
        inner = (width - 2 * MARGIN - 16) / 2 if columns == 2 else width - 2 * MARGIN
        heads = [
            balance(f"{outcome}, predicted where {moderator} is at", inner, SMALL),
            balance(f"Slope of {predictor}", inner, SMALL),
        ]
        rows = -(-len(keys) // max(1, _fit(keys, inner)))
        head = max(map(len, heads)) * SMALL * LEADING
        legend = rows * SMALL * LEADING * 1.15 + 3
        feet = [
            balance(predictor, inner - _TICKS, SMALL),
            balance(moderator, inner - _TICKS, SMALL),
        ]
        foot = 11 + max(map(len, feet)) * SMALL * LEADING + 4
        block = head + legend + HEIGHT + foot
        second = block if columns == 2 else block - legend + 6  # no legend, some air
        notes = wrap(_region(regions, moderator), width - 2 * MARGIN, SMALL)
        under = block_height(notes, SMALL) + 4 if notes != [""] else 0.0
        page = Page.make(width, MARGIN + block + (second if columns == 1 else 0) + under + MARGIN)
        for k in range(2):
            left = MARGIN + (inner + 16 if columns == 2 and k else 0)
            top = MARGIN + (block if columns == 1 and k else 0)
            middle = top + block_height(heads[k], SMALL) / 2
            page.write_lines(left, middle, heads[k], size=SMALL, color=MUTED)
            above = head + (legend if columns == 2 or k == 0 else 6)
            spot = (left + _TICKS, top + above, inner - _TICKS)
            if k == 0:
                _draw_keys(page, keys, left, top + head, inner)
                _draw_lines(page, spot, lines, keys)
            elif curve.empty:
                _draw_categories(page, spot, slopes)
            else:
                _draw_curve(page, spot, curve, regions)
            if k == 0 or not curve.empty:
                middle = spot[0] + spot[2] / 2
                low = spot[1] + HEIGHT + 11 + block_height(feet[k], SMALL) / 2
                page.write_lines(middle, low, feet[k], size=SMALL, align="center", color=MUTED)
        if notes != [""]:
            page.write_lines(
                MARGIN, page.height - MARGIN - block_height(notes, SMALL) / 2, notes, size=SMALL,
                color=MUTED,
            )  # fmt: skip
    return Drawing(
        name=file_name("moderation", *names[:2]),
        title=f"{predictor} and {outcome} at levels of {moderator}",
        alt=_alt(result, predictor, moderator, outcome, confidence),
        notes=(
            f"n = {count(result.n.get('analysed', slopes['n'].max()))}. Bands are "
            f"{confidence} confidence intervals; controls are at their means.",
            *(("Grey: the interval of the slope includes 0.",) if not _clear(curve) else ()),
        ),
        figure=page.figure,
    )


def _clear(curve: pd.DataFrame) -> bool:
    """Whether no interval of the curve includes 0 (or there is no curve)."""
    return bool(((curve["low"] > 0) | (curve["high"] < 0)).all())


def _keys(slopes: pd.DataFrame) -> list[tuple[str, str]]:
    """Levels as the data call them, and as people read them."""
    keys = []
    for at, value in zip(map(str, slopes["at"]), slopes["value"], strict=True):
        shown = at.replace("-1", f"{MINUS}1")
        on_line = at in ("-1 SD", "mean", "+1 SD")
        keys.append((at, f"{shown} ({number(value)})" if on_line else shown))
    return keys


def _fit(keys: Sequence[tuple[str, str]], width: float) -> int:
    widest = max((width_of(text, SMALL) + 26 for _, text in keys), default=1.0)
    return max(1, int(width // widest))


def _draw_keys(
    page: Page, keys: Sequence[tuple[str, str]], left: float, top: float, width: float
) -> None:
    from matplotlib.lines import Line2D

    step = SMALL * LEADING * 1.15
    across = _fit(keys, width)
    for k, (_, text) in enumerate(keys):
        color, line = _KINDS[k % len(_KINDS)]
        x, y = left + (k % across) * (width / across), top + (k // across + 0.5) * step
        page.figure.add_artist(
            Line2D(
                [x / page.width, (x + 16) / page.width],
                [1 - y / page.height] * 2,
                color=color,
                linestyle=line,
                linewidth=1.4,
                transform=page.figure.transFigure,
            )
        )
        page.write(x + 20, y, text, size=SMALL)


def _span(*columns: "pd.Series[float]", also: Sequence[float] = ()) -> tuple[float, float]:
    values = [float(v) for column in columns for v in column if finite(float(v))] + list(also)
    low, high = min(values), max(values)
    room = 0.04 * (high - low) or 0.5
    return low - room, high + room


def _frame(
    page: Page, spot: tuple[float, float, float], x: tuple[float, float], y: tuple[float, float],
    *, numbered: bool = True,
) -> tuple["Panel", Plane]:  # fmt: skip
    """An empty panel with the lines and numbers of its axes."""
    left, top, width = spot
    across = axis_of([], limits=x) if numbered else Axis(low=x[0], high=x[1], ticks=())
    up = axis_of([], limits=y)
    # The heads above the panel are written apart, for both panels must begin at one height.
    begin = top - above(up, width)
    plane = draw_plane(
        page, left - _TICKS, begin, width + _TICKS, HEIGHT, x=across, y=up, gutter=_TICKS
    )
    return plane.axes, plane


def _draw_lines(
    page: Page,
    spot: tuple[float, float, float],
    lines: pd.DataFrame,
    keys: Sequence[tuple[str, str]],
) -> None:
    x = (round(float(lines["predictor"].min()), 4), round(float(lines["predictor"].max()), 4))
    axes, _ = _frame(page, spot, x, _span(lines["predicted"], lines["low"], lines["high"]))
    for k, (at, _) in enumerate(keys):
        color, line = _KINDS[k % len(_KINDS)]
        own = lines[lines["at"] == at].round(4)
        axes.fill_between(
            own["predictor"], own["low"], own["high"], color=color, alpha=0.14, linewidth=0,
            zorder=2,
        )  # fmt: skip
        axes.line(
            own["predictor"], own["predicted"], color=color, linestyle=line, linewidth=1.4, zorder=3
        )


def _draw_curve(
    page: Page, spot: tuple[float, float, float], curve: pd.DataFrame, regions: pd.DataFrame
) -> None:
    own = curve.round(4)
    x = (float(own["value"].iloc[0]), float(own["value"].iloc[-1]))
    y = _span(own["low"], own["high"], also=[0.0])
    axes, place = _frame(page, spot, x, y)
    plain = regions.iloc[0]
    edges = sorted(
        round(float(bound), 4)
        for bound in (plain["bound_low"], plain["bound_high"])
        if finite(float(bound)) and x[0] < bound < x[1]
    )
    for start, end in zip([x[0], *edges], [*edges, x[1]], strict=True):
        middle = (start + end) / 2
        differs = _differs(str(plain["region"]), plain["bound_low"], plain["bound_high"], middle)
        inside = own[(own["value"] > start) & (own["value"] < end)]
        ends = [_at(own, start), *inside.to_numpy().tolist(), _at(own, end)]
        axes.fill_between(
            [row[0] for row in ends], [row[2] for row in ends], [row[3] for row in ends],
            color=MARK if differs else BASE, alpha=0.18 if differs else 0.32, linewidth=0, zorder=2,
        )  # fmt: skip
    axes.axhline(0, color=BASE, linewidth=0.9, zorder=2)
    axes.line(own["value"], own["slope"], color=MARK, linewidth=1.4, zorder=3)
    for k, edge in enumerate(edges):
        axes.line([edge, edge], y, color=SECOND, linewidth=0.9, linestyle="--", zorder=3)
        across = place.across(edge)
        right = across > place.left + place.width - 30
        page.write(
            across + (-3 if right else 3), place.top + 6 + 9 * k, number(edge), size=SMALL,
            align="right" if right else "left", color=SECOND,
        )  # fmt: skip


def _at(curve: pd.DataFrame, value: float) -> list[float]:
    """The curve at any value, between those that are known."""
    from numpy import interp

    known = curve["value"].to_numpy()
    rest = (curve[name].to_numpy() for name in ("slope", "low", "high"))
    return [value, *(round(float(interp(value, known, column)), 4) for column in rest)]


def _differs(region: str, low: float, high: float, value: float) -> bool:
    if region == "outside":
        return not low <= value <= high
    return low <= value <= high if region == "inside" else region == "everywhere"


def _draw_categories(page: Page, spot: tuple[float, float, float], slopes: pd.DataFrame) -> None:
    own = slopes.round(4)
    n = len(own)
    axes, place = _frame(
        page, spot, (-0.5, n - 0.5), _span(own["low"], own["high"], also=[0.0]), numbered=False
    )
    axes.axhline(0, color=BASE, linewidth=0.9, zorder=2)
    for k, row in enumerate(own.to_dict("records")):
        color = _KINDS[k % len(_KINDS)][0]
        axes.line([k, k], [row["low"], row["high"]], color=color, linewidth=1.3, zorder=3)
        axes.line(
            [k], [row["slope"]], marker="o", color=color, markersize=4.6, linestyle="none", zorder=4
        )
        some = wrap(str(row["at"]), place.width / n - 4, SMALL)[:2]
        low = place.top + place.height + 7 + (len(some) - 1) * SMALL * LEADING / 2
        page.write_lines(place.across(k), low, some, size=SMALL, align="center", color=MUTED)


def _region(regions: pd.DataFrame, moderator: str) -> str:
    if regions.empty or not regions["where"].iloc[0]:
        return ""
    row = regions.iloc[0]
    return (
        f"The slope differs from 0 {row['where']} of {moderator}: {percent(row['share'])} of "
        f"{count(row['n'])} people."
    )


def _alt(
    result: "Moderation", predictor: str, moderator: str, outcome: str, confidence: str
) -> str:
    """Every slope in words, and the region."""
    sentences = [f"Lines of {outcome} along {predictor} at levels of {moderator}."]
    for row in result.parts["simple_slopes"].to_dict("records"):
        where = f" ({number(row['value'])})" if finite(row["value"]) else ""
        at = str(row["at"]).replace("-1", f"{MINUS}1")
        sentences.append(
            f"At {at}{where} the slope is {number(row['slope'])}, {confidence} CI "
            f"{interval(row['low'], row['high'], can_exceed_one=True)}, {p_statement(row['p'])}."
        )
    return " ".join([*sentences, _region(result.parts["johnson_neyman"], moderator)]).strip()
