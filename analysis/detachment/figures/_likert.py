"""How people answered: diverging bars, one a question."""

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Literal

from detachment.errors import Refusal, UsageError, check_word
from detachment.figures._asked import asked_labels, asked_rows, asked_scale
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._theme import (
    BASE,
    INK,
    LEADING,
    MARGIN,
    MUTED,
    PAPER,
    RULE,
    SMALL,
    Columns,
    Page,
    balance,
    block_height,
    contrast,
    diverging,
    drawable,
    font,
    plain,
    style,
    width_for,
    width_of,
)
from detachment.text import count, counted, listing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from detachment.estimates.disclosure import Disclosure
    from detachment.figures._panel import Panel
    from detachment.instruments import Instrument, ResponseScale, Scale
    from detachment.validation import Survey

Order = Literal["instrument", "mean"]
Color = tuple[float, float, float]
BAR = 13.5
EMPTY = "no answers"


@dataclass(frozen=True, slots=True)
class Answers:
    """How one question was answered: percentages of those who answered, and who did not.

    Attributes
    ----------
    shares
        Percentage of each group of answers.
    groups
        First and last answer of each group; one answer each, where nothing is joined.
    n
        How many answered.
    empty
        What stands in place of a bar.
    """

    label: str
    shares: tuple[float, ...]
    groups: tuple[tuple[int, int], ...]
    n: int
    not_applicable: int
    no_answer: int
    mean: float
    empty: str = EMPTY

    def sides(self, centre: float) -> tuple[float, float, float]:
        """Percentages left of the centre, at it (or across it), and right of it."""
        parts = list(zip(self.groups, self.shares, strict=True))
        low = sum(share for (_, last), share in parts if last < centre)
        high = sum(share for (first, _), share in parts if first > centre)
        middle = sum(share for (first, last), share in parts if first <= centre <= last)
        return round(low, 1), round(middle, 1), round(high, 1)

    @property
    def joined(self) -> bool:
        """Whether answers are joined."""
        return any(first < last for first, last in self.groups)


def likert(
    survey: "Survey",
    *,
    scale: str | None = None,
    wave: int | str | None = None,
    order: Order = "instrument",
    centre: float | None = None,
    columns: Columns = 2,
    disclosure: "Disclosure" = "none",
) -> Drawing:
    """Draw how the items of a scale were answered, as diverging bars.

    Bars are percentages of those who answered an item, laid out around the middle of the response
    scale, or around another centre; a neutral category lies half on either side. Beside each bar:
    how many answered, for how many the item did not apply, and how many gave no answer. Answers are
    shown as given, so reversed items are marked and not turned round.

    Parameters
    ----------
    survey
        Validated answers.
    scale
        Id of the scale whose items are drawn; they must share one ordered response scale. By
        default the signs, or the first scale in the data.
    wave
        Which wave; the first one by default.
    order
        Items as in the instrument, or by the mean answer, highest first.
    centre
        What lies at 0: an answer, half of which is then on either side, or a number between two
        answers, such as 3.5, which then part there. By default the middle of the response scale.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).
    disclosure
        Who may see it. For ``"class"`` and ``"publish"``, an answer that fewer than 5 or 10 people
        gave is joined with its neighbours, an item that fewer answered has no bar, percentages are
        whole numbers, n is rounded down, and it is not told how many did not answer.

    Returns
    -------
    Drawing

    Raises
    ------
    UsageError
        When there is no such scale, wave or order, or the centre is outside the response scale.
    Refusal
        When the answers have no order or no common response scale, nobody answered, or too few to
        be shown.

    References
    ----------
    Robbins, N. B., & Heiberger, R. M. (2011). Plotting Likert and other rating scales. *Proceedings
    of the Joint Statistical Meetings*, 1058-1066.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> drawing = dt.figures.likert(survey)
    >>> drawing.save("figures/likert.svg")  # doctest: +SKIP
    """
    from detachment.estimates.disclosure import fewest, require_people

    declared = asked_scale(survey, scale)
    instrument = survey.instrument
    check_word("order", order, ["instrument", "mean"])
    minimum = fewest(disclosure)
    width = width_for(columns)
    response = _common_response(instrument, declared)
    rows, wave_note = asked_rows(survey, wave)
    require_people(int(rows.sum()), minimum)
    answers = _count(survey, declared, response, rows, minimum)
    if not any(answer.n for answer in answers):
        raise Refusal(
            f"{'fewer than ' + str(minimum) + ' people' if minimum else 'nobody'} answered an item "
            f"of {declared.label!r}, so there is nothing to draw."
        )
    if order == "mean":
        # Rounded, so that ties stay in the instrument's order on every machine.
        answers = sorted(answers, key=lambda answer: -round(answer.mean, 9))
    legend = _legend_labels(response)
    middle = _centre(response, centre)
    notes = _notes(declared, wave_note, answers, minimum)
    with style():
        page = _draw(answers, legend, middle, width)
    return Drawing(
        name=file_name("likert", declared.id, *([] if wave is None else ["wave", wave])),
        title=f"Answers to {declared.label}",
        alt=_alt(declared, answers, legend, middle, notes),
        notes=notes,
        figure=page.figure,
    )


def _common_response(instrument: "Instrument", scale: "Scale") -> "ResponseScale":
    """The one ordered response scale of all items."""
    kinds = {instrument.items[item.id].scale for item in scale.items}
    if len(kinds) > 1:
        raise Refusal(
            f"the items of {scale.label!r} are answered on different response scales "
            f"({listing(sorted(kinds))}), so their bars cannot stand side by side; draw a scale "
            "whose items share one."
        )
    response = instrument.response_scales[kinds.pop()]
    if response.type != "ordinal" or len(response.values) < 2:
        raise Refusal(
            f"the answers to {scale.label!r} are {response.type}, not ordered categories, so bars "
            "that diverge from a middle would mean nothing."
        )
    return response


def _centre(response: "ResponseScale", centre: float | None) -> float:
    """Place of the centre among the answers: whole at an answer, a half between two."""
    values = list(response.values)
    if centre is None:
        return (len(values) - 1) / 2
    inside = isinstance(centre, int | float) and min(values) <= centre <= max(values)
    if isinstance(centre, bool) or not inside:
        raise UsageError(
            f"centre is an answer or a number between two answers, from {min(values)} to "
            f"{max(values)}; it cannot be {centre!r}."
        )
    ordered = sorted(values)
    below = sum(value < centre for value in ordered)
    place = float(below) if centre in values else below - 0.5
    return place if values == ordered else len(values) - 1 - place


def _count(
    survey: "Survey",
    scale: "Scale",
    response: "ResponseScale",
    rows: "NDArray[np.bool_]",
    minimum: int,
) -> list[Answers]:
    from detachment.estimates.disclosure import option_groups

    answers = []
    for item, label in zip(scale.items, asked_labels(survey, scale), strict=True):
        given = survey.responses.loc[rows, item.id].dropna()
        counts = [int((given == value).sum()) for value in response.values]
        n = sum(counts)
        reasons = survey.missing.loc[rows, item.id].astype("str")
        not_applicable = int((reasons == "not_applicable").sum())
        empty = f"fewer than {minimum} answers" if 0 < n < minimum else EMPTY
        if n < minimum:
            n, counts = 0, [0] * len(counts)
        groups = option_groups(survey, item.id, rows, minimum if n else 0)
        among = [sum(counts[first : last + 1]) for first, last in groups]
        # Exact shares of whole numbers would tell how many there are.
        digits = 0 if minimum else 3
        answers.append(
            Answers(
                label=label,
                shares=tuple(round(100 * one / n, digits) if n else 0.0 for one in among),
                groups=groups,
                n=n // minimum * minimum if minimum else n,
                not_applicable=0 if minimum else not_applicable,
                no_answer=0 if minimum else int(rows.sum()) - n - not_applicable,
                mean=sum(v * c for v, c in zip(response.values, counts, strict=True)) / n
                if n
                else 0,
                empty=empty,
            )
        )
    return answers


def _legend_labels(response: "ResponseScale") -> list[str]:
    labels = [plain(label) for label in response.labels]
    if labels and all(label and drawable(label) for label in labels):
        return labels
    return [str(value) for value in response.values]


def _notes(scale: "Scale", wave_note: str, answers: list[Answers], minimum: int) -> tuple[str, ...]:
    notes = ["Percentages are of those who answered the item."]
    if any(item.keyed < 0 for item in scale.items):
        notes.append("(R): reversed before scoring; shown here as it was answered.")
    if any(answer.joined for answer in answers):
        notes.append(
            f"Hatched: neighbouring answers joined, because 1 to {minimum - 1} people gave one of "
            "them."
        )
    if minimum:
        notes.append(
            f"No bar where fewer than {minimum} people answered; n is rounded down to a multiple "
            f"of {minimum}."
        )
    if wave_note:
        notes.append(wave_note)
    return tuple(notes)


def _draw(answers: list[Answers], legend: list[str], centre: float, width: float) -> Page:
    wide = width > 300
    colors = diverging(len(legend), centre)
    # What stands right of the bars; a count of zero everywhere needs no column.
    counts = [("n", [answer.n for answer in answers])]
    if any(answer.not_applicable for answer in answers):
        counts.append(("does not\napply" if wide else "n/a", [a.not_applicable for a in answers]))
    if any(answer.no_answer for answer in answers):
        counts.append(("no\nanswer", [answer.no_answer for answer in answers]))
    widths = [
        max(width_of(line, SMALL) for line in [*head.split("\n"), *map(count, values)]) + 9
        for head, values in counts
    ]
    right = width - MARGIN - sum(widths)
    if wide:
        longest = max(width_of(answer.label) for answer in answers)
        labels_end = MARGIN + min(width * 0.37, longest + 1)
        lines = [balance(answer.label, labels_end - MARGIN) for answer in answers]
        left = labels_end + 7
        above = 0.0
        row = max(max(block_height(some) for some in lines) + 5.5, 15.0)
    else:
        # In one column the question stands above its bar.
        left = MARGIN
        lines = [balance(answer.label, width - 2 * MARGIN) for answer in answers]
        above = max(block_height(some) for some in lines)
        row = above + BAR + 8.0

    rows_of_legend = _legend_rows(legend, width - 2 * MARGIN)
    top = MARGIN + len(rows_of_legend) * 12 + 6 + 2 * SMALL * LEADING
    page = Page.make(width, top + row * len(answers) + 15 + MARGIN)
    _draw_legend(page, rows_of_legend, legend, colors)
    axes = page.panel(left, top, right - left, row * len(answers))
    shift = above / 2 / row
    ticks = _draw_bars(
        axes, answers, colors, centre, points=right - left, thickness=BAR / row, shift=shift
    )
    for place, (answer, some) in enumerate(zip(answers, lines, strict=True)):
        middle = top + row * (place + 0.5 + shift)
        if wide:
            page.write_lines(labels_end, middle, some, align="right")
        else:
            bottom = middle - BAR / 2 - 2.5
            page.write_lines(MARGIN, bottom - block_height(some) / 2, some, backed=True)
        x = right
        for number, ((_, values), step) in enumerate(zip(counts, widths, strict=True)):
            x += step
            color = MUTED if number else INK
            page.write(x, middle, count(values[place]), size=SMALL, align="right", color=color)
        if not answer.n:
            page.write(left + 3, middle, answer.empty, size=SMALL, color=MUTED)
    x = right
    for (head, _), step in zip(counts, widths, strict=True):
        x += step
        heads = head.split("\n")
        foot = top - 4 - block_height(heads, SMALL) / 2
        page.write_lines(x, foot, heads, size=SMALL, align="right", color=MUTED)
    for tick in ticks:
        place_x = left + (tick - axes.get_xlim()[0]) / _span(axes) * (right - left)
        text, foot = f"{abs(tick):.0f}%", top + row * len(answers) + 8
        place_x = max(place_x, 2 + width_of(text, SMALL) / 2)  # the first stands at the margin
        page.write(place_x, foot, text, size=SMALL, align="center", color=MUTED)
    return page


def _span(axes: "Panel") -> float:
    low, high = axes.get_xlim()
    return float(high - low)


def _legend_rows(legend: list[str], width: float) -> list[list[tuple[float, int]]]:
    """Where each key of the legend starts: rows of (distance from the left, which category)."""
    rows: list[list[tuple[float, int]]] = [[]]
    x = 0.0
    for which, label in enumerate(legend):
        needed = 11 + width_of(label) + 12
        if rows[-1] and x + needed - 12 > width:
            rows.append([])
            x = 0.0
        rows[-1].append((x, which))
        x += needed
    return rows


def _draw_legend(
    page: Page, rows: list[list[tuple[float, int]]], legend: list[str], colors: list[Color]
) -> None:
    from matplotlib.patches import Rectangle

    for number, row in enumerate(rows):
        y = MARGIN + 6 + number * 12
        for x, which in row:
            page.figure.add_artist(
                Rectangle(
                    ((MARGIN + x) / page.width, 1 - (y + 3.6) / page.height),
                    7.2 / page.width,
                    7.2 / page.height,
                    facecolor=colors[which],
                    edgecolor="none",
                    transform=page.figure.transFigure,
                )
            )
            page.write(MARGIN + x + 11, y, legend[which])


def _draw_bars(
    axes: "Panel",
    answers: list[Answers],
    colors: list[Color],
    centre: float,
    *,
    points: float,
    thickness: float,
    shift: float,
) -> list[int]:
    """Draw the bars, and say where a share is written below them."""
    from matplotlib.patches import Rectangle

    sides = [answer.sides(centre) for answer in answers]
    low = _next_tick(max(left + middle / 2 for left, middle, _ in sides))
    high = _next_tick(max(right + middle / 2 for _, middle, right in sides))
    axes.set_xlim(-low, high)
    axes.set_ylim(len(answers) - 0.5, -0.5)
    step = 25 if low + high <= 125 or points > 200 else 50
    ticks = [tick for tick in range(-100, 101, step) if -low <= tick <= high]
    for tick in ticks:
        axes.axvline(tick, color=RULE, linewidth=0.6, zorder=0)
    thickness = round(thickness, 3)
    for place, (answer, (left, middle, _)) in enumerate(zip(answers, sides, strict=True)):
        start = -(left + middle / 2)
        for share, (first, last) in zip(answer.shares, answer.groups, strict=True):
            if not share:
                continue
            joined = first < last
            color = colors[first]
            look: dict[str, Any] = {"facecolor": color, "edgecolor": PAPER}
            if joined:
                look = {"facecolor": PAPER, "edgecolor": BASE, "hatch": "////"}
            axes.add_artist(
                Rectangle(
                    (round(start, 3), place + shift - thickness / 2), share, thickness,
                    linewidth=0.5, zorder=2, **look,
                )
            )  # fmt: skip
            text = f"{share:.0f}"
            if share / (low + high) * points >= width_of(text, SMALL) + (9 if joined else 3):
                ink = INK if joined else contrast(color)
                _number(axes, start + share / 2, place + shift, text, ink, backed=joined)
            start += share
    axes.axvline(0, color=BASE, linewidth=0.9, zorder=1)
    return ticks


def _number(
    axes: "Panel", x: float, y: float, text: str, color: str, *, backed: bool = False
) -> None:
    box = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0} if backed else None
    axes.text(
        round(x, 3), y, text, fontproperties=font(SMALL), color=color,
        ha="center", va="center_baseline", zorder=4, bbox=box,
    )  # fmt: skip


def _next_tick(percentage: float) -> float:
    """The end of an axis: the next ten percent, and never less than ten."""
    return min(100.0, max(10.0, -(-percentage // 10) * 10))


def _alt(
    scale: "Scale",
    answers: list[Answers],
    legend: list[str],
    centre: float,
    notes: tuple[str, ...],
) -> str:
    """Every bar in words."""
    whole = centre.is_integer()
    low, high = legend[: ceil(centre)], legend[floor(centre) + 1 :]
    kinds = [
        f"the share that chose {words}"
        for words in (
            listing(high, "or"),
            legend[int(centre)] if whole else "",
            listing(low, "or"),
        )
        if words
    ]
    sentences = [
        f"Diverging bars of {counted(len(answers), 'item')} of {plain(scale.label)}, "
        f"answered from {legend[0]} to {legend[-1]}. "
        f"For each item, {', '.join(kinds[:-1])}, and {kinds[-1]}."
    ]
    for answer in answers:
        if not answer.n:
            why = "nobody answered" if answer.empty == EMPTY else answer.empty
            sentences.append(f"{answer.label.rstrip('.')}: {why}.")
            continue
        left, middle, right = answer.sides(centre)
        shares = [
            *([right] if high else []), *([middle] if whole else []), *([left] if low else []),
        ]  # fmt: skip
        numbers = ", ".join(f"{share:.0f}%" for share in shares)
        if answer.joined:
            numbers = ", ".join(
                f"{share:.0f}% {listing(legend[first : last + 1], 'or')}"
                for share, (first, last) in zip(answer.shares, answer.groups, strict=True)
            )
        more = [f"{count(answer.n)} answered"]
        if answer.not_applicable:
            more.append(f"did not apply to {count(answer.not_applicable)}")
        if answer.no_answer:
            more.append(f"{count(answer.no_answer)} gave no answer")
        label = answer.label.rstrip(".")
        sentences.append(f"{label}: {numbers} ({', '.join(more)}).")
    return " ".join([*sentences, *notes])
