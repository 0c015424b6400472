"""Change between two waves, person by person: slopes, and rainclouds with reliable change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Refusal, UsageError
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import confidence_of, finite, labels_of, need
from detachment.figures._plane import (
    Axis,
    Key,
    Plane,
    axis_of,
    beside,
    block_of,
    draw_keys,
    draw_plane,
    keys_height,
    tidy,
)
from detachment.figures._theme import (
    BASE,
    INK,
    LEADING,
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
    drawable,
    plain,
    style,
    width_for,
    width_of,
)
from detachment.text import bounded, count, interval, listing, number, percent

if TYPE_CHECKING:
    from detachment.estimates import Change
    from detachment.estimates.disclosure import Disclosure
    from detachment.validation import Survey

Floats = NDArray[np.float64]
_PLANE = 150.0  # height of a panel of slopes
_CLOUD, _BOX, _RAIN = 34.0, 8.0, 15.0  # heights within a row of a raincloud
_GOLDEN = 0.6180339887498949  # how far apart neighbours in rank fall: they never line up
_GRID = 121  # points of a density
_SMOOTH = 20  # fewest times the minimum for a density that is shown to others
_UP, _DOWN, _STILL = 1, -1, 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Arm:
    """One arm: its people, means with intervals, and how many changed reliably."""

    name: str
    first: Floats
    last: Floats
    n: int
    means: tuple[tuple[float, float, float], tuple[float, float, float]]
    change: tuple[float, float, float]
    critical: float
    better: str
    moved: NDArray[np.int64]  # of each person: up, down, or within the limits

    @property
    def words(self) -> dict[int, str]:
        """What a direction is called."""
        if not self.better:
            return {_UP: "rose", _STILL: "unchanged", _DOWN: "fell"}
        good, bad = (_UP, _DOWN) if self.better == "higher" else (_DOWN, _UP)
        return {good: "improved", _STILL: "unchanged", bad: "worse"}

    def counts(self, minimum: int) -> dict[int, str]:
        """How many moved where, in words; none without limits."""
        from detachment.estimates.disclosure import is_few

        if not finite(self.critical):
            return {}
        said = {}
        for way, word in self.words.items():
            k = int((self.moved == way).sum())
            if minimum:
                few = is_few(k, minimum)
                said[way] = (
                    f"fewer than {minimum} {word}" if few else f"{percent(k / self.n)} {word}"
                )
            else:
                said[way] = f"{count(k)} {word} ({percent(k / self.n)})"
        return said


def slopes(
    result: "Change",
    survey: "Survey",
    *,
    scale: str | None = None,
    disclosure: "Disclosure" = "none",
    columns: Columns = 2,
) -> Drawing:
    """Draw change as slopes: a faint line a person, and the mean of each wave with its interval.

    Lines of people who changed reliably have the colour of their direction; there is a panel an
    arm, all on one axis. Of people with both waves alone.

    Parameters
    ----------
    result
        Of :func:`detachment.change`.
    survey
        The survey that it was made from: a result holds no single scores.
    scale
        Id of the scale; the first of the result by default.
    disclosure
        Who may see it. For ``"class"`` and ``"publish"`` no single lines are drawn.
    columns
        Width: one or two columns of a page.

    Returns
    -------
    Drawing

    Raises
    ------
    Refusal
        When nobody has both waves, or too few may be shown.
    UsageError
        When the survey is not that of the result, or a word is unknown.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> result = dt.change(survey, scales="signs_total")
    >>> dt.figures.slopes(result, survey).name
    'slopes-signs_total'
    """
    scale, arms, minimum = _take(result, survey, scale, disclosure)
    width = width_for(columns)
    label = labels_of(result, [scale])[scale]
    first, last = str(result.call["first"]), str(result.call["last"])
    known = any(finite(arm.critical) for arm in arms)
    with style():
        page = _draw_slopes(arms, label, (first, last), width, minimum, _ends(survey, scale))
    sure = confidence_of(result)
    said = [
        f"Diamonds: means with {sure} confidence intervals of people with both waves.",
        *([] if minimum else ["Thin lines: single people. " + _PRIVATE]),
        *([] if minimum or not known else [_limits(arms)]),
        *_notes(result, scale, minimum, limits=not minimum),
    ]
    alt = [f"Slopes of {label} from wave {first} to wave {last}."]
    for arm in arms:
        ends = [interval(*mean[1:], can_exceed_one=True) for mean in arm.means]
        alt.append(
            f"{_title(arm, minimum)}: mean {number(arm.means[0][0])}, {sure} CI {ends[0]}, then "
            f"{number(arm.means[1][0])} {ends[1]}{_told(arm, minimum)}."
        )
    return Drawing(
        name=file_name("slopes", scale),
        title=f"{label} at wave {first} and wave {last}",
        alt=" ".join(alt),
        notes=tuple(said),
        figure=page.figure,
    )


def raincloud(
    result: "Change",
    survey: "Survey",
    *,
    scale: str | None = None,
    disclosure: "Disclosure" = "none",
    columns: Columns = 2,
) -> Drawing:
    """Draw how much people changed: density, box, and a dot a person, with the limits of error.

    The grey band is where a change is not reliable (Jacobson and Truax). Beside it stands how many
    improved, did not change, or got worse. Dots lie apart by their rank and not at random.

    Parameters
    ----------
    result
        Of :func:`detachment.change`.
    survey
        The survey that it was made from: a result holds no single scores.
    scale
        Id of the scale; the first of the result by default.
    disclosure
        Who may see it. For ``"class"`` and ``"publish"`` there are no dots and no whiskers, a
        density only of many people, and shares in place of counts.
    columns
        Width: one or two columns of a page.

    Returns
    -------
    Drawing

    Raises
    ------
    Refusal
        When nobody has both waves, or too few may be shown.
    UsageError
        When the survey is not that of the result, or a word is unknown.

    References
    ----------
    Allen, M., et al. (2019). Raincloud plots. *Wellcome Open Research, 4*, 63. Jacobson, N. S., &
    Truax, P. (1991). *Journal of Consulting and Clinical Psychology, 59*, 12-19. Silverman, B. W.
    (1986). *Density Estimation*, 3.4.2 (bandwidth).

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> result = dt.change(survey, scales="signs_total")
    >>> dt.figures.raincloud(result, survey).name
    'raincloud-signs_total'
    """
    scale, arms, minimum = _take(result, survey, scale, disclosure)
    width = width_for(columns)
    label = labels_of(result, [scale])[scale]
    first, last = str(result.call["first"]), str(result.call["last"])
    with style():
        page = _draw_clouds(arms, label, (first, last), width, minimum)
    sure = confidence_of(result)
    dense = any(_density(arm, minimum) is not None for arm in arms)
    said = [
        "Box: median and quartiles"
        + ("" if minimum else "; whiskers reach the 5th and 95th percentile")
        + f". Diamond: mean with {sure} confidence interval.",
        *(
            [
                "Density: Gaussian kernel, bandwidth by Silverman's rule; one unit for all arms"
                + (", from the 10th to the 90th percentile." if minimum else ".")
            ]
            if dense
            else []
        ),
        *([] if minimum else ["Dots: single people, apart by rank. " + _PRIVATE]),
        _limits(arms),
        *_notes(result, scale, minimum),
    ]
    alt = [f"Raincloud of the change of {label} from wave {first} to wave {last}."]
    for arm in arms:
        mean, low, high = arm.change
        ends = f", {sure} CI {interval(low, high, can_exceed_one=True)}" if finite(low) else ""
        quartiles = np.quantile(arm.last - arm.first, [0.25, 0.5, 0.75])
        alt.append(
            f"{_title(arm, minimum)}: mean change {number(mean)}{ends}; median "
            f"{number(quartiles[1])}, quartiles {number(quartiles[0])} and {number(quartiles[2])}"
            f"{_told(arm, minimum)}."
        )
    return Drawing(
        name=file_name("raincloud", scale),
        title=f"Change of {label} from wave {first} to wave {last}",
        alt=" ".join(alt),
        notes=tuple(filter(None, said)),
        figure=page.figure,
    )


_PRIVATE = "They are for those who may see the data; disclosure class or publish leaves them out."


def _take(
    result: "Change", survey: "Survey", scale: str | None, disclosure: str
) -> tuple[str, list[_Arm], int]:
    """The scale, and its arms with their people."""
    from detachment.estimates.change import changed_people
    from detachment.estimates.disclosure import fewest
    from detachment.stats.mean_change import paired_change

    need(result, "a change", "change", columns=("arm", "mean_first", "d_pre"))
    if not hasattr(survey, "responses"):
        raise UsageError(
            f"single scores are taken from a survey, and this is {type(survey).__name__}. Give the "
            "one that change() was given; a plain table becomes one with "
            "detachment.from_frame(table)."
        )
    scale = str(result.table["scale"].iloc[0]) if scale is None else scale
    minimum = fewest(disclosure)
    people = changed_people(result, survey, scale)
    confidence = float(result.call.get("confidence", 0.95))
    arms = []
    for name, first, last, clusters in zip(
        people.arms, people.first, people.last, people.clusters, strict=True
    ):
        if not len(first):
            continue
        if len(first) < minimum:
            raise Refusal(
                f"fewer than {minimum} people of an arm have both waves, and whoever knows them "
                "could tell how each one changed."
            )
        row = _row(result.table, scale, name)
        judged = _row(result.parts["reliable_change"], scale, name)
        fits = [
            paired_change(np.zeros(len(x)), x, clusters=clusters, confidence=confidence)
            for x in (first, last)
        ]
        means = [
            tuple(round(float(v[()]), 4) for v in (fit.difference, fit.low, fit.high))
            for fit in fits
        ]
        critical = float(judged.get("critical", np.nan))
        by = np.round(last - first, 9)
        moved = np.where(by > critical, _UP, np.where(by < -critical, _DOWN, _STILL))
        arms.append(
            _Arm(
                name=name, first=first, last=last,
                n=len(first), means=(means[0], means[1]),  # type: ignore[arg-type]
                change=(float(row["difference"]), float(row["low"]), float(row["high"])),
                critical=critical, better=str(judged.get("better", "")), moved=moved,
            )
        )  # fmt: skip
    if not arms:
        raise Refusal(f"nobody has {scale} at both waves, so there is nothing to draw.")
    return scale, arms, minimum


def _row(table: pd.DataFrame, scale: str, arm: str) -> dict[str, Any]:
    rows = table[(table["scale"] == scale) & (table["arm"] == arm)].to_dict("records")
    return {str(key): value for key, value in rows[0].items()} if rows else {}


def _ends(survey: "Survey", scale: str) -> tuple[float, float] | None:
    """Ends of the answers, for a score that is their mean."""
    declared = survey.instrument.scales[scale]
    values = survey.instrument.response_scale(declared.items[0].id).values
    if declared.score != "mean" or not values:
        return None
    return float(min(values)), float(max(values))


def _title(arm: _Arm, minimum: int) -> str:
    from detachment.estimates._change_rows import EVERYONE

    name = plain(arm.name) if drawable(plain(arm.name)) else "Arm"
    n = arm.n // minimum * minimum if minimum else arm.n
    name = "Everyone" if arm.name == EVERYONE else name
    return f"{name} (n = {count(n)})"


def _told(arm: _Arm, minimum: int) -> str:
    counts = arm.counts(minimum)
    return f"; {listing(counts[way] for way in (_DOWN, _STILL, _UP))}" if counts else ""


def _limits(arms: Sequence[_Arm]) -> str:
    known = [arm for arm in arms if finite(arm.critical)]
    if not known:
        return "Reliable change is not given; the table says why."
    return (
        f"Reliable change: beyond {number(known[0].critical)} either way (Jacobson & Truax, 1991)."
    )


def _notes(result: "Change", scale: str, minimum: int, *, limits: bool = True) -> list[str]:
    from detachment.estimates.change import NO_CONTROL, NO_EFFECT

    parts = result.parts["reliable_change"]
    parts = parts[parts["scale"] == scale]
    said = []
    if limits and len(parts) and finite(parts["reliability"].iloc[0]):
        row = parts.to_dict("records")[0]
        kind = "reliability as given" if row["reliability_kind"] == "given" else row[
            "reliability_kind"
        ]  # fmt: skip
        said.append(f"Limits rest on {kind} = {bounded(row['reliability'])} and the SD of the "
                    f"{row['sd_kind']}.")  # fmt: skip
        said[-1] = said[-1].replace("SD of the given", "SD given")
    if NO_CONTROL in result.notes:
        said.append(NO_EFFECT)
    if minimum:
        said.append(f"n is rounded down to a multiple of {minimum}.")
    return said


# ---------------------------------------------------------------- slopes


def _draw_slopes(
    arms: Sequence[_Arm], label: str, waves: tuple[str, str], width: float, minimum: int,
    ends: tuple[float, float] | None,
) -> Page:  # fmt: skip
    values = [one for arm in arms for x in (arm.first, arm.last) for one in (x.min(), x.max())]
    if minimum:  # the ends of the data are two people's scores
        values = [end for arm in arms for mean in arm.means for end in mean]
    if ends is not None and not minimum and ends[0] <= min(values) and max(values) <= ends[1]:
        values = [*ends]
    y = axis_of(values, label=label, room=0.04)
    x = Axis(low=-0.25, high=1.25, ticks=((0.0, waves[0]), (1.0, waves[1])), label="Wave")
    across = min(len(arms), 4 if width > 300 else 2)
    inner = width - 2 * MARGIN
    gap = 14.0
    each = min((inner - gap * (across - 1)) / across, 260.0)
    heads = [balance(_title(arm, minimum), each - beside(y), SMALL) for arm in arms]
    head = max(block_height(some, SMALL) for some in heads) + 4
    keys = [] if minimum else _slope_keys(arms)
    above = keys_height(keys, inner)
    block = head + block_of(x, y, each, _PLANE) + 4
    rows = -(-len(arms) // across)
    page = Page.make(width, 2 * MARGIN + above + rows * block)
    draw_keys(page, keys, MARGIN, MARGIN, inner)
    for k, (arm, some) in enumerate(zip(arms, heads, strict=True)):
        left = MARGIN + (k % across) * (each + gap)
        top = MARGIN + above + (k // across) * block
        page.write_lines(left + beside(y), top + block_height(some, SMALL) / 2, some, size=SMALL,
                         color=INK)  # fmt: skip
        plane = draw_plane(page, left, top + head, each, _PLANE, x=x, y=y)
        if not minimum:
            _single_slopes(plane, arm)
        _mean_slope(plane, arm)
    return page


def _slope_keys(arms: Sequence[_Arm]) -> list[Key]:
    arm = next((one for one in arms if finite(one.critical)), None)
    if arm is None:
        return []
    words = arm.words
    return [
        Key(label=words[_DOWN], color=MARK, line="-"),
        Key(label=words[_STILL], color=BASE, line="-"),
        Key(label=words[_UP], color=SECOND, line="--"),
    ]


def _single_slopes(plane: Plane, arm: _Arm) -> None:
    from matplotlib.collections import LineCollection

    span = plane.y.high - plane.y.low
    first, last = np.array(tidy(arm.first, span)), np.array(tidy(arm.last, span))
    faint = min(1.0, max(0.12, 30.0 / len(first)))
    for way, color, dashes, wide, alpha in (
        (_STILL, BASE, "-", 0.5, faint),
        (_DOWN, MARK, "-", 0.7, min(1.0, 3 * faint)),
        (_UP, SECOND, "--", 0.7, min(1.0, 3 * faint)),
    ):
        of = arm.moved == way if finite(arm.critical) else np.full(len(first), way == _STILL)
        lines = [((0.0, a), (1.0, b)) for a, b in zip(first[of], last[of], strict=True)]
        if lines:
            plane.axes.add_collection(
                LineCollection(
                    lines, colors=color, linewidths=wide, linestyles=dashes, alpha=alpha, zorder=2
                )
            )


def _mean_slope(plane: Plane, arm: _Arm) -> None:
    middle = [mean[0] for mean in arm.means]
    axes = plane.axes
    axes.line([0, 1], middle, color=PAPER, linewidth=3.4, zorder=4)
    axes.line([0, 1], middle, color=INK, linewidth=1.6, zorder=5)
    for place, (mean, low, high) in enumerate(arm.means):
        if finite(low) and finite(high):
            axes.line([place] * 2, [low, high], color=INK, linewidth=1.2, zorder=5)
        axes.line(
            [place], [mean], marker="D", markersize=4.4, color=INK, markerfacecolor=PAPER,
            markeredgewidth=1.1, linestyle="none", zorder=6,
        )  # fmt: skip


# ---------------------------------------------------------------- rainclouds


def _draw_clouds(
    arms: Sequence[_Arm], label: str, waves: tuple[str, str], width: float, minimum: int
) -> Page:
    by = [arm.last - arm.first for arm in arms]
    reach = [end for x in by for end in ((x.min(), x.max()) if not minimum else
                                         np.quantile(x, [0.1, 0.9]))]  # fmt: skip
    limits = [s * arm.critical for arm in arms if finite(arm.critical) for s in (-1.15, 1.15)]
    axis = axis_of(reach, also=[0.0, *limits], most=8 if width > 300 else 6, room=0.03)
    axis = Axis(low=axis.low, high=axis.high, ticks=axis.ticks,
                label=f"{label}: wave {waves[1]} less wave {waves[0]}")  # fmt: skip
    inner = width - 2 * MARGIN
    rows = [_CLOUD + _BOX + 6 + (0.0 if minimum else _RAIN) + 4 for _ in arms]
    heads = [balance(_head(arm, minimum), inner, SMALL) for arm in arms]
    above = [block_height(some, SMALL) + (SMALL * LEADING + 2 if arm.counts(minimum) else 0) + 5
             for some, arm in zip(heads, arms, strict=True)]  # fmt: skip
    foot = 11.0 + block_height(balance(axis.label, inner, SMALL), SMALL) + 3
    height = sum(rows) + sum(above)
    page = Page.make(width, 2 * MARGIN + height + foot)
    y = Axis(low=height, high=0.0, ticks=())
    # Distances in points from the top, so that a row is as high as it must be.
    plane = draw_plane(page, MARGIN - 5, MARGIN - 4, inner + 5, height, x=axis, y=y, grid="none")
    most = max((d.max() for arm in arms if (d := _density(arm, minimum)) is not None), default=1.0)
    top = 0.0
    for arm, some, row, over in zip(arms, heads, rows, above, strict=True):
        page.write_lines(MARGIN, plane.top + top + block_height(some, SMALL) / 2 + 1, some,
                         size=SMALL, color=INK)  # fmt: skip
        _counts(page, plane, arm, top + over - SMALL * LEADING / 2 - 3, minimum)
        begin = top + over
        _band(plane, arm, begin, begin + row - 2)
        _cloud(plane, arm, begin, minimum, most)
        top = begin + row
    return page


def _head(arm: _Arm, minimum: int) -> str:
    mean, low, high = arm.change
    ends = f" {interval(low, high, can_exceed_one=True)}" if finite(low) else ""
    return f"{_title(arm, minimum)}: mean change {number(mean)}{ends}"


def _counts(page: Page, plane: Plane, arm: _Arm, y: float, minimum: int) -> None:
    """How many are left of, in and right of the band, above it."""
    said = arm.counts(minimum)
    if not said:
        return
    right = plane.left + plane.width
    less, more = f"\N{LEFTWARDS ARROW} {said[_DOWN]}", f"{said[_UP]} \N{RIGHTWARDS ARROW}"
    half = width_of(said[_STILL], SMALL) / 2 + 6
    furthest = right - width_of(more, SMALL) - half
    middle = max(min(plane.across(0.0), furthest), plane.left + width_of(less, SMALL) + half)
    down = plane.top + y
    page.write(plane.left, down, less, size=SMALL, color=MUTED)
    page.write(middle, down, said[_STILL], size=SMALL, align="center", color=MUTED)
    page.write(right, down, more, size=SMALL, align="right", color=MUTED)


def _band(plane: Plane, arm: _Arm, top: float, foot: float) -> None:
    """Where a change is not reliable, and the line of no change."""
    from matplotlib.patches import Rectangle

    axes = plane.axes
    if finite(arm.critical):
        limit = round(arm.critical, 4)
        axes.add_artist(
            Rectangle((-limit, top), 2 * limit, foot - top, facecolor=RULE, alpha=0.45, zorder=0,
                      edgecolor="none")
        )  # fmt: skip
        for end in (-limit, limit):
            axes.line([end, end], [top, foot], color=BASE, linewidth=0.7, linestyle=":", zorder=1)
    axes.line([0, 0], [top, foot], color=BASE, linewidth=0.9, zorder=1)


def _density(arm: _Arm, minimum: int) -> Floats | None:
    """Density on the grid of :func:`_places`; nothing of few people, or who changed alike."""
    x = np.sort(arm.last - arm.first)
    width = _bandwidth(x)
    if len(x) < max(5, _SMOOTH * minimum) or width <= 0:
        return None
    z = (_places(x, width, minimum)[:, None] - x) / width
    found: Floats = np.exp(-0.5 * z * z).sum(axis=1) / (len(x) * width * np.sqrt(2 * np.pi))
    return found


def _bandwidth(x: Floats) -> float:
    """Silverman's rule: 0.9 times the smaller of SD and IQR / 1.34, times n to the -1/5."""
    if len(x) < 2:
        return 0.0
    low, high = np.quantile(x, [0.25, 0.75])
    spreads = [float(x.std(ddof=1)), float(high - low) / 1.34]
    spread = min((s for s in spreads if s > 0), default=0.0)
    return float(0.9 * spread * len(x) ** -0.2)


def _places(x: Floats, width: float, minimum: int) -> Floats:
    """Grid of a density: beyond the ends of the data, or within them where others see it."""
    low, high = np.quantile(x, [0.1, 0.9]) if minimum else (x[0] - 2 * width, x[-1] + 2 * width)
    return np.linspace(low, high, _GRID)


def _cloud(plane: Plane, arm: _Arm, top: float, minimum: int, most: float) -> None:
    """Density above, box and mean below it, dots at the foot."""
    from matplotlib.patches import Rectangle

    axes, span = plane.axes, plane.x.high - plane.x.low
    x = np.sort(arm.last - arm.first)
    floor = top + _CLOUD
    density = _density(arm, minimum)
    if density is not None:
        places = _places(x, _bandwidth(x), minimum)
        inside = (places >= plane.x.low) & (places <= plane.x.high)
        tops = np.round(floor - density / most * (_CLOUD - 2), 3)
        axes.fill_between(
            tidy(places[inside], span), tops[inside], floor, facecolor=MARK, alpha=0.5,
            linewidth=0, zorder=2,
        )  # fmt: skip
    ends = tidy(np.quantile(x, [0.05, 0.25, 0.5, 0.75, 0.95]), span)
    middle = floor + 2 + _BOX / 2
    if not minimum:
        axes.line([ends[0], ends[4]], [middle] * 2, color=MARK, linewidth=0.9, zorder=2)
    axes.add_artist(
        Rectangle((ends[1], middle - _BOX / 2), ends[3] - ends[1], _BOX, facecolor=PAPER,
                  edgecolor=MARK, linewidth=0.9, zorder=3)
    )  # fmt: skip
    axes.line([ends[2]] * 2, [middle - _BOX / 2, middle + _BOX / 2], color=MARK, linewidth=1.6,
              zorder=4)  # fmt: skip
    mean, low, high = arm.change
    if finite(low) and finite(high):
        axes.line(tidy([low, high], span), [middle] * 2, color=INK, linewidth=1.4, zorder=5)
    axes.line(
        tidy([mean], span), [middle], marker="D", markersize=3.6, color=INK, linestyle="none",
        markerfacecolor=PAPER, markeredgewidth=1.0, zorder=6,
    )  # fmt: skip
    if minimum:
        return
    begin = middle + _BOX / 2 + 4
    down = np.round(begin + (_RAIN - 2) * ((np.arange(len(x)) * _GOLDEN) % 1.0), 3)
    axes.scatter(tidy(x, span), down, s=2.6, color=MARK, alpha=0.5, linewidths=0, zorder=2)
