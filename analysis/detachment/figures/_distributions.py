"""How the scores of several scales are spread: a small histogram each, of enough people a bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detachment.errors import Refusal, UsageError, check_word
from detachment.figures._asked import asked_rows
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._plane import Axis, axis_of, beside, block_of, draw_plane, tidy
from detachment.figures._theme import (
    INK,
    MARGIN,
    MARK,
    MUTED,
    PAPER,
    SIZE,
    SMALL,
    Columns,
    Page,
    balance,
    block_height,
    drawable,
    plain,
    style,
    width_for,
)
from detachment.text import count, number, percent

if TYPE_CHECKING:
    from detachment.estimates.disclosure import Disclosure
    from detachment.validation import Survey

Floats = NDArray[np.float64]
FEWEST = 5  # people of a bar, also for those who may see the data
MOST = 24  # scales in one figure
ONE_EACH = 31  # so many attainable scores have a bar each; of more, neighbours share one
_PLANE = 46.0
_GAP = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spread:
    """The scores of a scale: bars of enough people, and what is written above them."""

    label: str
    low: float
    high: float
    edges: tuple[float, ...]
    people: tuple[int, ...]
    n: int
    mean: float
    sd: float
    missing: int
    joined: bool


def distributions(
    survey: "Survey",
    *,
    scales: str | Sequence[str] | None = None,
    wave: int | str | None = None,
    columns: Columns = 2,
    disclosure: "Disclosure" = "none",
) -> Drawing:
    """Draw how the scores of each scale are spread: small histograms with n, mean and SD.

    Up to 31 scores that can be attained have a bar each; of more, neighbours share one. Where fewer
    than 5 people (10 for ``"publish"``) had such scores, the bar is joined with its neighbour, so
    that no bar is a single person; the area of a bar is its share of the people.

    Parameters
    ----------
    survey
        Validated answers.
    scales
        Ids of scales; by default those that are scored as signs and effects, or all where there are
        none, up to 24.
    wave
        Which wave; the first one by default.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).
    disclosure
        Who may see it. For ``"class"`` and ``"publish"``, n is rounded down to a multiple of 5 or
        10, shares are whole percentages, and scales of one item are left out.

    Returns
    -------
    Drawing

    Raises
    ------
    UsageError
        When it was given no survey, too many scales, or there is no such scale, wave or width.
    Refusal
        When no scale has enough scores.

    References
    ----------
    Freedman, D., Pisani, R., & Purves, R. (2007). *Statistics* (4th ed., chap. 3): area is share.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> distributions(survey, scales="signs_total").alt[:56]
    'Histograms of scale scores. Detachment signs (15): n = 1'
    """
    from detachment.estimates.disclosure import fewest, require_people

    if not hasattr(survey, "responses"):
        raise UsageError(
            f"this figure is drawn from a survey, and was given {type(survey).__name__}. Read one "
            "with detachment.read_survey(export)."
        )
    width = width_for(columns)
    minimum = fewest(disclosure)
    rows, wave_note = asked_rows(survey, wave)
    require_people(int(rows.sum()), max(FEWEST, minimum))
    spreads = _spreads(survey, _asked(survey, scales), rows, minimum)
    if not spreads:
        raise Refusal(
            f"no scale that was asked for has the scores of {max(FEWEST, minimum)} people, so "
            "there is nothing to draw."
        )
    with style():
        page = _draw(spreads, width, minimum)
    notes = _notes(spreads, minimum, wave_note)
    said = [_said(one, minimum) for one in spreads]
    return Drawing(
        name=file_name("distributions", *([] if wave is None else ["wave", wave])),
        title="Distribution of the scores" if len(spreads) > 1 else "Distribution of the score",
        alt=" ".join(["Histograms of scale scores.", *said, *notes]),
        notes=notes,
        figure=page.figure,
    )


def _asked(survey: "Survey", scales: str | Sequence[str] | None) -> list[str]:
    """Which scales are drawn."""
    from detachment.scoring import present_items

    declared = survey.instrument.scales
    if scales is not None:
        names = [scales] if isinstance(scales, str) else list(dict.fromkeys(scales))
        for one in names:
            check_word("scale", one, list(declared))
        if len(names) > MOST:
            raise UsageError(f"{len(names)} scales are too many for one figure; name up to {MOST}.")
        return names
    there = [name for name, scale in declared.items() if present_items(survey, scale)]
    leading = [name for name in there if declared[name].role in ("sign", "effect")]
    return (leading or there)[:MOST]


def _spreads(
    survey: "Survey", names: Sequence[str], rows: NDArray[np.bool_], minimum: int
) -> list[_Spread]:
    from detachment.scoring import score

    least = max(FEWEST, minimum)
    frame = score(survey, scales=list(names)).loc[rows]
    found = []
    for name in names:
        scale = survey.instrument.scales[name]
        if minimum and len(scale.items) == 1:
            continue  # its bars would be its answers, which have rules of their own
        values = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        given = values[~np.isnan(values)]
        if len(given) < least:
            continue
        low, high, attainable = _reach(survey, name, given)
        edges = _bars(low, high, attainable)
        # A score on an edge by rounding alone falls on the same side everywhere.
        filled = np.histogram(np.round(given, 9), bins=np.round(edges, 9))[0]
        joined_edges, people = _join(edges, filled, least)
        label = plain(scale.label)
        found.append(
            _Spread(
                label=label if label and drawable(label) else name,
                low=low, high=high, edges=joined_edges, people=people,
                n=len(given), mean=float(given.mean()),
                sd=float(given.std(ddof=1)) if len(given) > 1 else float("nan"),
                missing=len(values) - len(given), joined=len(people) < len(filled),
            )
        )  # fmt: skip
    return found


def _reach(survey: "Survey", name: str, given: Floats) -> tuple[float, float, int]:
    """Lowest and highest score that can be, and how many there are between."""
    from detachment.scoring import item_ends

    scale = survey.instrument.scales[name]
    lows, highs = item_ends(survey.instrument, scale)
    steps = float((highs - lows).sum())
    if scale.score == "mean":
        low, high = float(lows.mean()), float(highs.mean())
    else:
        low, high = float(lows.sum()), float(highs.sum())
    if not np.isfinite(steps) or given.min() < low - 1e-9 or given.max() > high + 1e-9:
        low, high = float(given.min()), float(given.max())
        steps = 20.0
    return low, max(high, low + 1e-6), round(steps) + 1


def _bars(low: float, high: float, attainable: int) -> Floats:
    """Edges of bars of one width, between the scores that can be attained.

    Examples
    --------
    >>> _bars(1, 5, 5).tolist(), len(_bars(1, 5, 61))
    ([0.5, 1.5, 2.5, 3.5, 4.5, 5.5], 16)
    """
    bars = attainable
    if attainable > ONE_EACH:  # as even as can be: bars hold equally many scores, or nearly so
        bars = min(range(12, 17), key=lambda k: (attainable % k / k, -k))
    half = (high - low) / (attainable - 1) / 2 if attainable > 1 else 0.5
    edges: Floats = np.linspace(low - half, high + half, bars + 1)
    return edges


def _join(
    edges: Floats, filled: Sequence[int] | NDArray[np.int64], least: int
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Join bars of few people with the fuller of their neighbours, until none is left.

    Examples
    --------
    >>> _join(np.arange(6.0), [9, 0, 7, 2, 1], 5)
    ((0.0, 1.0, 2.0, 5.0), (9, 0, 10))
    """
    ends, people = [float(one) for one in edges], [int(one) for one in filled]
    while len(people) > 1:
        few = next((k for k, n in enumerate(people) if 0 < n < least), None)
        if few is None:
            break
        left = people[few - 1] if few else -1
        right = people[few + 1] if few + 1 < len(people) else -1
        other = few - 1 if left > right else few
        people[other : other + 2] = [people[other] + people[other + 1]]
        del ends[other + 1]
    return tuple(ends), tuple(people)


def _n(people: int, minimum: int) -> str:
    return count(people // minimum * minimum if minimum else people)


def _missing(one: _Spread, minimum: int) -> str:
    """Share of people without the score."""
    if minimum and 0 < one.missing < minimum:
        return f"fewer than {minimum} without"
    share = one.missing / (one.n + one.missing)
    return f"{percent(share, 0 if minimum else 1)} without"


def _said(one: _Spread, minimum: int) -> str:
    """A panel in words."""
    top = max(range(len(one.people)), key=lambda k: _height(one, k))
    low, high = max(one.edges[top], one.low), min(one.edges[top + 1], one.high)
    share = percent(one.people[top] / one.n)
    return (
        f"{one.label.rstrip('.')}: n = {_n(one.n, minimum)}, M = {number(one.mean)}, SD = "
        f"{number(one.sd)}, {_missing(one, minimum)} a score; scores from {number(one.low)} to "
        f"{number(one.high)} were possible; the highest bar, from {number(low)} to {number(high)}, "
        f"has {share}."
    )


def _height(one: _Spread, place: int) -> float:
    """Share of people a bar of the narrowest width: the area of a bar is its share."""
    widths = np.diff(one.edges)
    return float(one.people[place] / one.n * widths.min() / widths[place])


def _notes(spreads: Sequence[_Spread], minimum: int, wave_note: str) -> tuple[str, ...]:
    least = max(FEWEST, minimum)
    several = len(spreads) > 1
    notes = [
        f"Bars: share of the people who have the score{', each scale on its own' * several}. "
        "Diamond and line: mean ± 1 SD. Without: share of people without the score."
    ]
    if any(one.joined for one in spreads):
        notes.append(
            f"Where fewer than {least} people had such scores, bars are joined; the area is the "
            "share."
        )
    if minimum:
        notes.append(f"n is rounded down to a multiple of {minimum}.")
    if wave_note:
        notes.append(wave_note)
    return tuple(notes)


def _draw(spreads: Sequence[_Spread], width: float, minimum: int) -> Page:
    inner = width - 2 * MARGIN
    most = 4 if width > 300 else 2
    across = -(-len(spreads) // -(-len(spreads) // most))  # as few holes as can be
    each = min((inner - _GAP * (across - 1)) / across, 240.0)
    panels = []
    for one in spreads:
        heights = [_height(one, k) for k in range(len(one.people))]
        if minimum:  # exact shares would give n, and so how few have no score
            heights = [max(round(height, 2), 0.005) if height else 0.0 for height in heights]
        y = axis_of([0.0, max(heights)], from_zero=True, most=2, room=0.06, write=_percent)
        x = axis_of([], limits=(one.edges[0], one.edges[-1]), most=5)
        head = balance(one.label, each)
        panels.append((one, heights, x, y, head))
    gutter = max(beside(y) for _, _, _, y, _ in panels)
    lines = [
        (f"M = {number(one.mean)}, SD = {number(one.sd)}",
         f"n = {_n(one.n, minimum)}, {_missing(one, minimum)}")
        for one in spreads
    ]  # fmt: skip
    tops = []
    for first in range(0, len(panels), across):
        row = panels[first : first + across]
        above = max(block_height(head) for *_, head in row) + block_height(lines[0], SMALL) + 5
        block = max(block_of(x, y, each, _PLANE) for _, _, x, y, _ in row)
        tops.append((above, above + block + 9))
    page = Page.make(width, 2 * MARGIN + sum(height for _, height in tops) - 7)
    top = MARGIN
    for k, (one, heights, x, y, title) in enumerate(panels):
        if k and not k % across:
            top += tops[k // across - 1][1]
        above = tops[k // across][0]
        left = MARGIN + k % across * (each + _GAP)
        under = top + above - 3 - block_height(lines[k], SMALL) / 2
        over = top + above - 4 - block_height(lines[k], SMALL) - block_height(title) / 2
        page.write_lines(left, over, title, size=SIZE)
        page.write_lines(left, under, lines[k], size=SMALL, color=MUTED)
        _panel(page, left, top + above, each, one, heights, x, y, gutter)
    return page


def _percent(value: float) -> str:
    return percent(value) if round(value * 100, 6) == round(value * 100) else percent(value, 1)


def _panel(
    page: Page,
    left: float,
    top: float,
    width: float,
    one: _Spread,
    heights: Sequence[float],
    x: Axis,
    y: Axis,
    gutter: float,
) -> None:
    from matplotlib.patches import Rectangle

    plane = draw_plane(page, left, top, width, _PLANE, x=x, y=y, gutter=gutter, grid="none")
    span = one.edges[-1] - one.edges[0]
    edges = tidy(one.edges, span)
    for k, height in enumerate(heights):
        if height:
            plane.axes.add_artist(
                Rectangle(
                    (edges[k], 0.0), edges[k + 1] - edges[k], round(height, 4), facecolor=MARK,
                    alpha=0.55, edgecolor=PAPER, linewidth=0.6, zorder=2,
                )
            )  # fmt: skip
    foot = [0.0, 0.0]
    if np.isfinite(one.sd):
        ends = tidy([max(one.mean - one.sd, x.low), min(one.mean + one.sd, x.high)], span)
        plane.axes.line(ends, foot, color=INK, linewidth=1.3, clip_on=False, zorder=4)
    plane.axes.line(
        tidy([one.mean], span), [0.0], marker="D", markersize=3.6, color=INK,
        markerfacecolor=PAPER, markeredgewidth=1.0, linestyle="none", clip_on=False, zorder=5,
    )  # fmt: skip
