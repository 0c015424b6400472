"""Which answers are missing together, and why: patterns of people, never one person."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detachment.errors import Refusal
from detachment.figures._asked import asked_labels, asked_rows, asked_scale
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._plane import Key, draw_keys, keys_height
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
    font,
    style,
    width_for,
    width_of,
)
from detachment.text import count, counted, listing, percent

if TYPE_CHECKING:
    from detachment.estimates.disclosure import Disclosure
    from detachment.figures._panel import Panel
    from detachment.validation import Survey

FEWEST = 5  # people of a pattern that is shown, even to who may see the data
MOST_TEXTS = 25  # items that are called by their words; of more, the ids are shorter
ANSWERED = ""
# Reason -> its words, colour and texture: told apart without colour.
REASONS: dict[str, tuple[str, str, str]] = {
    "not_answered": ("no answer", INK, ""),
    "not_applicable": ("does not apply", BASE, "////"),
    "prefer_not_to_say": ("prefers not to say", BASE, "...."),
    "not_reached": ("not reached", BASE, "----"),
    "not_shown": ("not shown", BASE, "\\\\\\\\"),
    "invalid": ("invalid answer", BASE, "xxxx"),
}
OTHER = ("another reason", BASE, "++++")


@dataclass(frozen=True, slots=True)
class Pattern:
    """People whose answers are missing alike: why at each item, and how many people."""

    reasons: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True)
class Rest:
    """Everybody else: how many people and patterns, and how many miss each item."""

    people: int
    patterns: int
    missing: tuple[int, ...]


def missingness(
    survey: "Survey",
    *,
    scale: str | None = None,
    wave: int | str | None = None,
    columns: Columns = 2,
    disclosure: "Disclosure" = "none",
) -> Drawing:
    """Draw which items of a scale are missing together, as patterns of people.

    A column is a pattern: all people whose answers are missing at the same items for the same
    reasons, the most frequent first. Patterns of fewer than 5 people (10 for ``"publish"``) are one
    last column, so that no single person can be found; it gives the share missing at each item.

    Parameters
    ----------
    survey
        Validated answers.
    scale
        Id of the scale whose items are drawn; by default the signs, or the first scale in the data.
    wave
        Which wave; the first one by default.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).
    disclosure
        Who may see it. For ``"class"`` and ``"publish"``, n is rounded down to a multiple of 5 or
        10, and shares of few people are not given.

    Returns
    -------
    Drawing

    Raises
    ------
    UsageError
        When it was given no survey, or there is no such scale, wave or width.
    Refusal
        When no answer is missing, or there are too few people.

    References
    ----------
    van Buuren, S. (2018). *Flexible imputation of missing data* (2nd ed., sec. 4.1). R:
    ``mice::md.pattern``.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> missingness(survey).alt[:61]
    'Map of missing answers of 1,400 people to 15 items, by patter'
    """
    from detachment.estimates.disclosure import fewest, require_people

    declared = asked_scale(survey, scale)
    width = width_for(columns)
    least = max(FEWEST, fewest(disclosure))
    rows, wave_note = asked_rows(survey, wave)
    people = int(rows.sum())
    require_people(people, least)
    items = [item.id for item in declared.items]
    reasons = survey.missing.loc[rows, items].astype("str").to_numpy()
    given = survey.responses.loc[rows, items].notna().to_numpy()
    kinds = [
        tuple(ANSWERED if there else why for why, there in zip(line, answered, strict=True))
        for line, answered in zip(reasons.tolist(), given.tolist(), strict=True)
    ]
    if not any(why for kind in kinds for why in kind):
        raise Refusal(f"no answer to {declared.label!r} is missing, so there is nothing to draw.")
    labels = asked_labels(survey, declared)
    with style():
        longest = max(width_of(label) for label in labels)
    if len(items) > MOST_TEXTS or (width <= 300 and longest > 0.5 * width):
        labels = items
    hidden = disclosure != "none"
    with style():
        shown, rest, page = _draw(kinds, labels, people, least, width, hidden=hidden)
    notes = _notes(people, rest, least, wave_note, hidden=hidden)
    return Drawing(
        name=file_name("missing", declared.id, *([] if wave is None else ["wave", wave])),
        title=f"Missing answers to {declared.label}, by pattern",
        alt=_alt(labels, shown, rest, kinds, people, least, notes, hidden=hidden),
        notes=notes,
        figure=page.figure,
    )


def _group(
    kinds: list[tuple[str, ...]], least: int, most: int
) -> tuple[list[Pattern], Rest | None]:
    """Frequent patterns, and everybody else together; each of enough people."""
    counted_ = Counter(kinds)
    # Ties stand in the order of the items, so that no order of rows shows.
    order = sorted(counted_.items(), key=lambda pair: (-pair[1], pair[0]))
    kept = [Pattern(kind, people) for kind, people in order if people >= least]
    if len(kept) < len(order) or len(kept) > most:
        kept = kept[: most - 1]
        while kept and sum(people for _, people in order[len(kept) :]) < least:
            kept.pop()
    others = order[len(kept) :]
    if not others:
        return kept, None
    missing = tuple(sum(people for kind, people in others if kind[k]) for k in range(len(kinds[0])))
    return kept, Rest(sum(people for _, people in others), len(others), missing)


def _share(missing: int, people: int, least: int) -> str:
    """Share of people as a cell of the last column: nothing, few, or a percentage."""
    if not missing:
        return ""
    few = missing < least or 0 < people - missing < least
    return "·" if few else percent(missing / people)


def _n(people: int, least: int, *, hidden: bool) -> str:
    return count(people // least * least if hidden else people)


def _draw(
    kinds: list[tuple[str, ...]],
    labels: list[str],
    people: int,
    least: int,
    width: float,
    *,
    hidden: bool,
) -> tuple[list[Pattern], Rest | None, Page]:
    room = width - 2 * MARGIN
    longest = max(*(width_of(label) for label in labels), width_of("people", SMALL))
    labels_width = min(longest + 1, (0.4 if width > 300 else 0.46) * room)
    last = max(width_of("missing", SMALL), 24.0) + 6
    cell = max(26.0, width_of(_n(people, least, hidden=hidden), SMALL) + 5)
    most = max(2, int((room - labels_width - 8 - last - 4) // cell))
    shown, rest = _group(kinds, least, most)
    lines = [balance(label, labels_width) for label in labels]
    row = max(max(block_height(some) for some in lines) + 3.0, 13.0)
    present = {why for kind in kinds for why in kind if why}
    keys = [Key(label="answered", color=RULE, area=True, opacity=0.55)]
    keys += [
        Key(label=words, color=color, area=True, hatch=hatch)
        for words, color, hatch in _looks(present)
    ]
    top = MARGIN + keys_height(keys, room) + 2 * SMALL * LEADING + 5
    page = Page.make(width, top + row * len(labels) + 4 + MARGIN)
    draw_keys(page, keys, MARGIN, MARGIN, room)
    left = MARGIN + labels_width + 8
    blocks = len(shown) + (rest is not None)
    gap = 0.25 if rest is not None and shown else 0.0
    axes = page.panel(left, top, cell * (blocks + gap), row * len(labels))
    axes.set_xlim(0, blocks + gap)
    axes.set_ylim(len(labels), 0)
    heads = [_n(one.people, least, hidden=hidden) for one in shown]
    for x, (one, head) in enumerate(zip(shown, heads, strict=True)):
        for y, why in enumerate(one.reasons):
            _cell(axes, x, y, why)
        page.write(left + cell * (x + 0.5), top - 4 - SMALL / 2, head, size=SMALL, align="center")
    page.write(left - 8, top - 4 - SMALL / 2, "people", size=SMALL, align="right", color=MUTED)
    if rest is not None:
        end = len(shown) + gap
        for y, missing in enumerate(rest.missing):
            _share_cell(axes, end, y, _share(missing, rest.people, least))
        others = ["others", _n(rest.people, least, hidden=hidden)]
        middle = top - 4 - block_height(others, SMALL) / 2
        page.write_lines(left + cell * (end + 0.5), middle, others, size=SMALL, align="center")
    end = left + cell * (blocks + gap) + last
    page.write(end, top - 4 - SMALL / 2, "missing", size=SMALL, align="right", color=MUTED)
    for y, some in enumerate(lines):
        page.write_lines(left - 8, top + row * (y + 0.5), some, align="right")
        missing = sum(bool(kind[y]) for kind in kinds)
        text = _overall(missing, people, least, hidden=hidden)
        page.write(end, top + row * (y + 0.5), text, size=SMALL, align="right")
    return shown, rest, page


def _overall(missing: int, people: int, least: int, *, hidden: bool) -> str:
    """Share of all people without an answer to an item."""
    if hidden and (0 < missing < least or 0 < people - missing < least):
        return "·"
    return percent(missing / people, 0 if hidden else 1)


def _looks(present: set[str]) -> list[tuple[str, str, str]]:
    """Words, colour and texture of the reasons that occur."""
    known = [look for why, look in REASONS.items() if why in present]
    return [*known, *([OTHER] if present - set(REASONS) else [])]


def _cell(axes: "Panel", x: float, y: int, why: str) -> None:
    from matplotlib.patches import Rectangle

    look: dict[str, Any] = {"facecolor": RULE, "edgecolor": "none", "alpha": 0.55}
    if why:
        _, color, hatch = REASONS.get(why, OTHER)
        look = {"facecolor": color, "edgecolor": "none"}
        if hatch:
            look = {"facecolor": PAPER, "edgecolor": color, "hatch": hatch, "linewidth": 0.5}
    axes.add_artist(Rectangle((round(x + 0.06, 3), y + 0.12), 0.88, 0.76, zorder=2, **look))


def _share_cell(axes: "Panel", x: float, y: int, text: str) -> None:
    from matplotlib.patches import Rectangle

    axes.add_artist(
        Rectangle(
            (round(x + 0.06, 3), y + 0.12), 0.88, 0.76, facecolor=PAPER if text else RULE,
            edgecolor=BASE if text else "none", linewidth=0.5, zorder=2,
            alpha=None if text else 0.55,
        )
    )  # fmt: skip
    if text:
        axes.text(
            round(x + 0.5, 3), y + 0.5, text, fontproperties=font(SMALL), color=INK, ha="center",
            va="center_baseline", zorder=4,
        )  # fmt: skip


def _notes(
    people: int, rest: Rest | None, least: int, wave_note: str, *, hidden: bool
) -> tuple[str, ...]:
    notes = [f"n = {_n(people, least, hidden=hidden)}. A column is a pattern of missing answers."]
    if rest is not None:
        notes.append(
            f"Others: {'' if hidden else counted(rest.patterns, 'further pattern') + ', '}among "
            f"them all of fewer than {least} people; the share of these people without an answer "
            f"(a dot: fewer than {least} people)."
        )
    if hidden:
        notes.append(f"n is rounded down to a multiple of {least}.")
    if wave_note:
        notes.append(wave_note)
    return tuple(notes)


def _alt(
    labels: list[str],
    shown: list[Pattern],
    rest: Rest | None,
    kinds: list[tuple[str, ...]],
    people: int,
    least: int,
    notes: tuple[str, ...],
    *,
    hidden: bool,
) -> str:
    """Every pattern in words, and how much is missing of each item."""
    sentences = [
        f"Map of missing answers of {_n(people, least, hidden=hidden)} people to "
        f"{counted(len(labels), 'item')}, by pattern."
    ]
    for one in shown:
        said = [
            f"{label.rstrip('.')} ({REASONS.get(why, OTHER)[0]})"
            for label, why in zip(labels, one.reasons, strict=True)
            if why
        ]
        what = f"missing {listing(said, shown=6)}" if said else "answered every item"
        sentences.append(f"{_n(one.people, least, hidden=hidden)} people: {what}.")
    if rest is not None:
        sentences.append(f"{_n(rest.people, least, hidden=hidden)} people have other patterns.")
    for y, label in enumerate(labels):
        missing = sum(bool(kind[y]) for kind in kinds)
        text = _overall(missing, people, least, hidden=hidden)
        text = f"fewer than {least} people" if text == "·" else text
        sentences.append(f"Missing of {label.rstrip('.')}: {text}.")
    return " ".join([*sentences, *notes])
