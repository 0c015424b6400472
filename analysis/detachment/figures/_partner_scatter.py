"""Both partners of every couple against each other, with the line on which they would be equal."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detachment.errors import DataWarning, Refusal, UsageError, check_word
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import finite
from detachment.figures._plane import (
    Axis,
    Key,
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
    MARGIN,
    MARK,
    PAPER,
    Columns,
    Page,
    drawable,
    plain,
    style,
    width_for,
)
from detachment.text import bounded, count, counted, interval, level, number

if TYPE_CHECKING:
    from detachment.estimates._couples import Couples, Kind
    from detachment.estimates.disclosure import Disclosure
    from detachment.validation import Survey

_CELLS = 10  # along an axis, where couples are counted in cells
_LARGEST = 0.92  # of a cell: the width of the largest square
_TWICE = (
    "No role tells these partners apart, so each couple is drawn twice, once in each order: the "
    "picture is the same whoever comes first."
)
_PRIVATE = (
    "This shows the scores of single couples: it is for those who may see the data. For others "
    "ask for disclosure class or publish, which counts couples in cells."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Marks:
    """Where marks stand, and how many couples each stands for."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    n: NDArray[np.int64]
    step: float = 0.0  # of the cells; 0 for single couples


def partner_scatter(
    survey: "Survey",
    *,
    scale: str = "signs_total",
    dyads: "Kind | None" = None,
    wave: int | str | None = None,
    disclosure: "Disclosure" = "none",
    confidence: float = 0.95,
    columns: Columns = 1,
) -> Drawing:
    """Draw the scores of both partners of every couple against each other.

    The diagonal is where partners have equal scores. Where roles tell partners apart each couple is
    one dot, with a role on each axis; where nothing does, each couple is drawn twice, once in each
    order. Couples with the same two scores are one dot, larger the more there are.

    Parameters
    ----------
    survey
        Validated answers with a column of the role ``dyad_id``.
    scale
        Id of the scale.
    dyads
        Which couples: ``distinguishable``, ``indistinguishable`` or ``all``; by default the kind of
        which there are more.
    wave
        Which wave; the first one by default.
    disclosure
        Who may see it. For ``"class"`` and ``"publish"`` couples are counted in the cells of a
        grid; cells with fewer than 5 or 10 couples are empty, sizes are in steps of as many, and n
        is rounded down.
    confidence
        Level of the interval of the intraclass correlation in the caption.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing

    Raises
    ------
    UsageError
        When there is no such scale or wave.
    SurveyError
        When no couple is complete.
    Refusal
        When no couple has both scores, or too few may be shown.

    References
    ----------
    Kenny, D. A., Kashy, D. A., & Cook, W. L. (2006). *Dyadic Data Analysis*, chapter 2.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> dt.figures.partner_scatter(survey, scale="eff_satisfaction").name
    'partner-scatter-eff_satisfaction'
    """
    from detachment.estimates._couples import KINDS, take_couples
    from detachment.estimates.disclosure import fewest

    if not hasattr(survey, "responses"):
        raise UsageError(
            f"this scatter is drawn from a survey, and was given {type(survey).__name__}. Read one "
            "with detachment.read_survey(export)."
        )
    check_word("scale", scale, list(survey.instrument.scales))
    if dyads is not None:
        check_word("dyads", dyads, KINDS)
    minimum = fewest(disclosure)
    width = width_for(columns)
    every = take_couples(
        survey, measures={"scale": scale},
        columns={"dyad": None, "role": None, "respondent": None}, wave=wave,
    )  # fmt: skip
    kinds = every.kinds
    kind: Kind = max(kinds, key=lambda one: kinds[one]) if dyads is None else dyads
    couples = every.of_kind(kind)
    measure = every.study.one("scale")
    values = couples.values(measure.x)
    both = ~np.isnan(values).any(axis=1)
    n = int(both.sum())
    if not n:
        raise Refusal(f"no couple has both scores of {scale}, so there is nothing to draw.")
    if n < minimum:
        raise Refusal(
            f"fewer than {minimum} couples have both scores, and whoever knows one of them could "
            "tell what the partners answered."
        )
    apart = not bool(couples.arbitrary.any())
    drawn = values[both] if apart else np.vstack([values[both], values[both][:, ::-1]])
    limits = _limits(survey, scale, drawn)
    marks = _in_cells(drawn, limits, minimum, twice=not apart) if minimum else _single(drawn)
    if not len(marks.n):
        raise Refusal(f"no cell of the grid holds {minimum} couples, so nothing may be shown.")
    label = plain(measure.label)
    label = label if label and drawable(label) else plain(scale)
    who = [plain(role) if drawable(plain(role)) else f"role {k + 1}" for k, role in
           enumerate(couples.roles)] if apart else ["one partner", "the other"]  # fmt: skip
    icc = _icc(survey, scale, kind, wave, confidence)
    with style():
        page = _draw(marks, limits, [f"{label}, {one}" for one in who], width, twice=not apart)
    shown_n = n // minimum * minimum if minimum else n
    notes = _notes(couples, every, kind, icc, shown_n, minimum, apart=apart)
    return Drawing(
        name=file_name(
            "partner-scatter", scale, *([] if wave is None else ["wave", wave]),
            *([] if dyads is None else [dyads]),
        ),
        title=f"{label} of both partners",
        alt=_alt(marks, values[both], label, who, icc, shown_n, minimum, apart=apart),
        notes=notes,
        figure=page.figure,
    )  # fmt: skip


def _limits(survey: "Survey", scale: str, drawn: NDArray[np.float64]) -> tuple[float, float]:
    """Ends of both axes: those of the answers for a score that is their mean, else of the data."""
    declared = survey.instrument.scales[scale]
    response = survey.instrument.response_scale(declared.items[0].id)
    low, high = float(drawn.min()), float(drawn.max())
    if declared.score == "mean" and response.values:
        ends = float(min(response.values)), float(max(response.values))
        if ends[0] <= low and high <= ends[1]:
            return ends
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _single(drawn: NDArray[np.float64]) -> _Marks:
    """Equal couples as one mark, in the order of their scores."""
    places, n = np.unique(np.round(drawn, 4), axis=0, return_counts=True)
    return _Marks(x=places[:, 0], y=places[:, 1], n=n.astype(np.int64))


def _in_cells(
    drawn: NDArray[np.float64], limits: tuple[float, float], minimum: int, *, twice: bool
) -> _Marks:
    """Couples counted in the cells of a grid, without cells of few; counts are rounded down."""
    low, high = limits
    step = (high - low) / _CELLS
    # Rounded, so that a score on an edge is in the same cell on every machine.
    cell = np.floor(np.round((drawn - low) / step, 6)).astype(np.int64)
    cell = np.clip(cell, 0, _CELLS - 1)
    places, n = np.unique(cell, axis=0, return_counts=True)
    if twice:  # on the diagonal both copies of a couple are in one cell
        n = np.where(places[:, 0] == places[:, 1], n // 2, n)
    kept = n >= minimum
    middle = np.asarray(low + (places[kept] + 0.5) * step, dtype=np.float64)
    return _Marks(
        x=middle[:, 0], y=middle[:, 1], n=(n[kept] // minimum * minimum).astype(np.int64),
        step=step,
    )  # fmt: skip


def _icc(
    survey: "Survey", scale: str, kind: "Kind",
    wave: int | str | None, confidence: float,
) -> dict[str, Any]:  # fmt: skip
    """Intraclass correlation of the couples that are drawn."""
    from detachment.estimates.dyads import dyads as similarity

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the notes have them
        result = similarity(survey, scales=scale, dyads=kind, wave=wave, confidence=confidence)
    row = {str(k): v for k, v in result.table.to_dict("records")[0].items()}
    return row | {"confidence": level(confidence)}


def _said(icc: dict[str, Any]) -> str:
    if not finite(icc["icc"]):
        return f"The intraclass correlation is not given: {icc['reason']}."
    ends = interval(icc["icc_low"], icc["icc_high"])
    return f"ICC(1,1) = {bounded(icc['icc'])}, {icc['confidence']} CI {ends}."


def _draw(
    marks: _Marks, limits: tuple[float, float], labels: list[str], width: float, *, twice: bool
) -> Page:
    low, high = limits
    x, y = (axis_of(limits, limits=(low, high), label=label, most=5) for label in labels)
    x, y = _roomy(x, high - low, marks), _roomy(y, high - low, marks)
    inner = min(width - 2 * MARGIN, 330.0)  # a square, and not a poster
    left = (width - inner) / 2
    side = inner - beside(y)
    keys = _keys(marks)
    above = keys_height(keys, inner)
    page = Page.make(width, 2 * MARGIN + above + block_of(x, y, inner, side))
    draw_keys(page, keys, left, MARGIN, inner)
    plane = draw_plane(page, left, MARGIN + above, inner, side, x=x, y=y, grid="both")
    plane.axes.line(
        [x.low, x.high], [y.low, y.high], color=BASE, linewidth=1.0, linestyle="--", zorder=3
    )
    if marks.step:
        _draw_cells(plane.axes, marks)
        return page
    sizes = 9.0 * np.sqrt(marks.n)
    plane.axes.scatter(
        tidy(marks.x, high - low), tidy(marks.y, high - low), s=sizes, facecolors=MARK, alpha=0.55,
        edgecolors=PAPER, linewidths=0.3, zorder=2, clip_on=False,
    )  # fmt: skip
    return page


def _roomy(axis: Axis, span: float, marks: _Marks) -> Axis:
    """Some air around single dots; cells fill the axis."""
    free = 0.0 if marks.step else 0.03 * span
    return Axis(low=axis.low - free, high=axis.high + free, ticks=axis.ticks, label=axis.label)


def _draw_cells(axes: Any, marks: _Marks) -> None:  # noqa: ANN401 - matplotlib is loaded late
    from matplotlib.patches import Rectangle

    most = int(marks.n.max())
    for x, y, n in zip(marks.x, marks.y, marks.n, strict=True):
        side = round(_LARGEST * marks.step * float(np.sqrt(n / most)), 4)
        place = (round(float(x) - side / 2, 4), round(float(y) - side / 2, 4))
        square = Rectangle(place, side, side, facecolor=MARK, edgecolor="none", zorder=2)
        axes.add_artist(square)


def _keys(marks: _Marks) -> list[Key]:
    line = Key(label="equal scores", color=BASE, line="--")
    if not marks.step:
        return [line]
    most = count(int(marks.n.max()))
    return [line, Key(label=f"largest square: {most} couples or more", color=MARK, area=True)]


def _notes(
    couples: "Couples", every: "Couples", kind: "Kind", icc: dict[str, Any], n: int, minimum: int,
    *, apart: bool,
) -> tuple[str, ...]:  # fmt: skip
    said = [f"n = {counted(n, 'couple')} with both scores. {_said(icc)}"]
    if not apart:
        said.append(_TWICE)
    others = {name: k for name, k in every.kinds.items() if name != kind}
    if kind != "all" and others and not minimum:
        name, k = next(iter(others.items()))
        said.append(f"The {counted(k, f'{name} couple')} are not drawn; ask with dyads=.")
    if minimum:
        said.append(
            f"Couples are counted in cells; the area of a square is their number, in steps of "
            f"{minimum}. Cells with fewer than {minimum} couples are empty, and n is rounded down."
        )
    else:
        said.append(_PRIVATE)
    if not minimum:
        said += [note for note in every.study.notes if note.startswith("The data have")]
        said += every.study.warnings
    return tuple(said)


def _alt(
    marks: _Marks, values: NDArray[np.float64], label: str, who: list[str], icc: dict[str, Any],
    n: int, minimum: int, *, apart: bool,
) -> str:  # fmt: skip
    """How many, how alike, who has more."""
    kind = "Squares on a grid" if marks.step else "Scatter plot"
    said = [f"{kind}: {label} of both partners, {counted(n, 'couple')}. {_said(icc)}"]
    if minimum:
        top = int(np.argmax(marks.n))
        said.append(
            f"The fullest cell is around {number(marks.x[top])} and {number(marks.y[top])}."
        )
        return " ".join(said)
    gap = np.round(values[:, 0] - values[:, 1], 9)
    if apart:
        more, less, same = (int(k) for k in ((gap > 0).sum(), (gap < 0).sum(), (gap == 0).sum()))
        said.append(
            f"In {counted(more, 'couple')} {who[0]} has the higher score, in {count(less)} "
            f"{who[1]}, and in {count(same)} both have the same."
        )
    else:
        said.append(
            f"Partners differ by {number(float(np.median(np.abs(gap))))} (median); in "
            f"{counted(int((gap == 0).sum()), 'couple')} both have the same score."
        )
    return " ".join(said)
