"""A mediation as a path diagram: causes on the left, mediators above, the outcome on the right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detachment.errors import Refusal, check_word
from detachment.figures._diagram import (
    HOLDS_ZERO,
    Box,
    Diagram,
    Link,
    Point,
    draw_list,
    fitted,
    height_for,
    height_of_list,
    holds_zero,
    listed,
)
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import confidence_of, finite, labels_of, need
from detachment.figures._theme import (
    MARGIN,
    SMALL,
    Columns,
    Page,
    style,
    width_for,
    width_of,
)
from detachment.text import bounded, count, interval, listing, number

if TYPE_CHECKING:
    from detachment.estimates import Mediation

_STEP = 9.4  # between two numbers beside a box
_GAP = 9.0  # between two boxes of a column
_CHAIN = 30.0  # the same where an arrow leads from one to the next
_ARRIVING = 6.0  # between the heads of two arrows
_MOST = 6  # arrows from causes to several mediators
_LONGEST = 2  # mediators of a chain
_PRIME = "\N{PRIME}"
_LETTERS = ("a", "d", "b", f"c{_PRIME}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path:
    """One estimate, from a variable to another."""

    letter: str
    source: str
    target: str
    estimate: float
    low: float
    high: float

    @property
    def key(self) -> str:
        """By which it is found."""
        return f"{self.source} > {self.target}"

    @property
    def ends(self) -> str:
        """Its interval; nothing where there is none."""
        known = finite(self.low) and finite(self.high)
        return interval(self.low, self.high, can_exceed_one=True) if known else ""

    @property
    def value(self) -> str:
        """Estimate and interval."""
        return f"{number(self.estimate)} {self.ends}".rstrip()


def mediation(
    result: "Mediation",
    *,
    cause: str | None = None,
    standardized: bool = False,
    columns: Columns = 2,
) -> Drawing:
    """Draw a mediation as a path diagram, with all its causes and mediators at once.

    Beside each box stand the estimates of the arrows that leave it: a from a cause to a mediator, b
    from a mediator to the outcome, c' (direct) from a cause to the outcome, d within a chain. Total
    and indirect effects, with their intervals, are in the notes. An arrow whose interval includes 0
    is thin and grey. Controls are not drawn.

    Parameters
    ----------
    result
        Of :func:`detachment.mediate`.
    cause
        Id of one cause to be drawn alone, the others held constant; all by default.
    standardized
        Whether standardized paths, which have no intervals, are shown in place of raw ones.
    columns
        Width: one or two columns of a page; in one the intervals are listed under the diagram.

    Returns
    -------
    Drawing

    Raises
    ------
    Refusal
        When nothing was estimated, a chain has more than two mediators, or there are more arrows
        than can be told apart.
    UsageError
        When it was given something else, or another width.

    References
    ----------
    Hayes, A. F. (2018). *Introduction to Mediation, Moderation, and Conditional Process Analysis*.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from detachment.estimates.mediate import mediate
    >>> draws = np.random.default_rng(3).normal(size=(80, 3))
    >>> paths = [[1, 0.6, 0.3], [0, 0.8, 0.5], [0, 0, 0.8]]
    >>> table = pd.DataFrame(draws @ paths, columns=list("xmy"))
    >>> result = mediate(table, causes="x", mediators="m", outcome="y", interval="delta")
    >>> mediation(result).name
    'mediation-y'
    """
    width = width_for(columns)
    need(result, "a mediation", "mediate", columns=("cause", "via", "estimate", "partly_std"))
    paths = _paths(result, standardized=standardized)
    causes = list(dict.fromkeys(map(str, result.table["cause"])))
    if cause is not None:
        check_word("cause", cause, causes)
        others = [name for name in causes if name != cause]
        paths = [path for path in paths if path.source not in others]
        causes = [cause]
    outcome = str(result.table["outcome"].iloc[0])
    mediators = list(dict.fromkeys(p.target for p in paths if p.letter == "a"))
    chain = any(path.letter == "d" for path in paths)
    if chain and len(mediators) > _LONGEST:
        raise Refusal(
            f"a chain of {len(mediators)} mediators has more arrows than can be told apart in one "
            "diagram; the tables of paths and of indirect effects have them all."
        )
    if len(mediators) > 1 and len(causes) * len(mediators) > _MOST:
        raise Refusal(
            f"{len(causes)} causes and {len(mediators)} mediators are joined by more arrows than "
            f"can be told apart; draw one cause at a time with cause= ({listing(causes, 'or')})."
        )
    labels = labels_of(result, [*causes, *mediators, outcome])
    with style():
        page = _draw(paths, causes, mediators, outcome, labels, width, chain=chain)
    return Drawing(
        name=file_name(
            "mediation",
            outcome,
            *([] if cause is None else [cause]),
            *(["standardized"] if standardized else []),
        ),
        title=f"Mediation: {_some([labels[c] for c in causes])} and {labels[outcome]}, by way of "
        + listing(labels[m] for m in mediators),
        alt=_alt(result, paths, labels, standardized=standardized),
        notes=_notes(result, paths, labels, standardized=standardized),
        figure=page.figure,
    )


def _some(names: Sequence[str]) -> str:
    return listing(names) if len(names) <= 3 else f"{len(names)} causes"


def _paths(result: "Mediation", *, standardized: bool) -> list[_Path]:
    table = result.parts["paths"]
    found = []
    for row in table[~table["path"].isin(["control", "c"])].to_dict("records"):
        b, low, high = (row["beta"], float("nan"), float("nan")) if standardized else (
            row["b"], row["b_low"], row["b_high"]
        )  # fmt: skip
        found.append(
            _Path(
                letter=str(row["path"]).replace("'", _PRIME), source=str(row["term"]),
                target=str(row["outcome"]), estimate=round(float(b), 4), low=round(float(low), 4),
                high=round(float(high), 4),
            )
        )  # fmt: skip
    if not any(finite(path.estimate) for path in found):
        raise Refusal("no path was estimated, so there is nothing to draw; the table says why.")
    return found


def _draw(
    paths: Sequence[_Path], causes: Sequence[str], mediators: Sequence[str], outcome: str,
    labels: Mapping[str, str], width: float, *, chain: bool,
) -> Page:  # fmt: skip
    wide = width > 300
    sizes = (98.0, 88.0, 84.0) if wide else (60.0, 57.0, 57.0)
    gap = (width - 2 * MARGIN - sum(sizes)) / 2
    lefts = [MARGIN, MARGIN + sizes[0] + gap, width - MARGIN - sizes[2]]
    leaving = {name: [p for p in paths if p.source == name and p.letter != "d"] for name in labels}
    order = {name: k for k, name in enumerate([*mediators, outcome])}
    for some in leaving.values():
        some.sort(key=lambda path: order[path.target])
    every = [*causes, *mediators, outcome]
    paths = sorted(
        paths, key=lambda p: (_LETTERS.index(p.letter), every.index(p.source), order[p.target])
    )
    beside = max(width_of(f"{p.letter} {p.value}", SMALL) for p in paths) <= gap - 22
    said = {p.key: f"{p.letter} {p.value}" if beside else number(p.estimate) for p in paths}
    keys = {path.key: path.letter for path in paths}
    if not beside and len(mediators) > 1:  # numbers would fill the field
        same = {path.letter: [p for p in paths if p.letter == path.letter] for path in paths}
        keys |= {
            path.key: f"{letter}{k}"
            for letter, some in same.items()
            for k, path in enumerate(some, start=1)
            if len(some) > 1
        }
        said = keys
    diagram = Diagram()
    y = MARGIN + 1
    for column, names in ((1, mediators), (0, causes)):
        for k, name in enumerate(names):
            between = _CHAIN if chain and column == 1 else _GAP
            y += between if k else (14.0 if column == 0 else 0)
            lines = fitted(labels[name], sizes[column])
            height = max(height_for((lines, ())), _STEP * len(leaving[name]) + 4)
            if column == 1 and len(mediators) > 1:
                height = max(height, min(_ARRIVING * len(causes), 60.0))
            diagram.add(
                Box(
                    key=name, x=lefts[column] + sizes[column] / 2, y=y + height / 2,
                    width=sizes[column], height=height, lines=lines,
                )
            )  # fmt: skip
            y += height
    boxes = diagram.boxes
    first, last = boxes[causes[0]], boxes[causes[-1]]
    lines = fitted(labels[outcome], sizes[2])
    height = max(height_for((lines, ())), min(_ARRIVING * len(causes), 60.0))
    middle = (first.y + last.y) / 2
    if len(causes) == 1:  # its last arrow is level
        middle = first.y + _STEP * (len(leaving[causes[0]]) - 1) / 2
    end = diagram.add(
        Box(
            key=outcome, x=lefts[2] + sizes[2] / 2, y=middle, width=sizes[2], height=height,
            lines=lines,
        )
    )  # fmt: skip
    y = max(y, end.foot()[1])
    for names in (mediators, causes):
        widths = {p.key: width_of(said[p.key], SMALL) for name in names for p in leaving[name]}
        room = max(widths.values()) + 5
        for name in names:
            box, ports = boxes[name], len(leaving[name])
            for k, path in enumerate(leaving[name]):
                start = (box.right()[0] + room, box.y + _STEP * (k - (ports - 1) / 2))
                diagram.links.append(
                    Link(
                        key=path.key, start=start, end=_port(path, boxes, causes, mediators),
                        lines=(said[path.key],), at=0.0,
                        shift=(3 + widths[path.key] / 2 - room, 0.0),
                        faint=holds_zero({"low": path.low, "high": path.high}),
                    )
                )  # fmt: skip
    for path in paths:
        if path.letter == "d":
            one, other = boxes[path.source], boxes[path.target]
            diagram.links.append(
                Link(
                    key=path.key, start=one.foot(), end=other.top(), lines=(said[path.key],),
                    faint=holds_zero({"low": path.low, "high": path.high}), at=0.4,
                )
            )  # fmt: skip
    rows = [] if beside else listed(
        [(f"{keys[p.key]}, {_words(p, labels, mediators)}", p.value) for p in paths],
        width - 2 * MARGIN,
    )  # fmt: skip
    page = Page.make(width, y + (height_of_list(rows) + 9 if rows else 0) + MARGIN)
    diagram.draw(page)
    if rows:
        draw_list(page, rows, y + 8)
    return page


def _words(path: _Path, labels: Mapping[str, str], mediators: Sequence[str]) -> str:
    """Which arrow: without the variable at its end where there is one alone."""
    clear = path.letter in ("b", f"c{_PRIME}") or (path.letter == "a" and len(mediators) == 1)
    to = "" if clear else f" to {labels[path.target]}"
    return f"{labels[path.source]}{to}"


def _port(
    path: _Path, boxes: Mapping[str, Box], causes: Sequence[str], mediators: Sequence[str]
) -> Point:
    """Where an arrow arrives: each at a place of its own, in the order in which they come."""
    box = boxes[path.target]
    alone = len(mediators) == 1 and len(causes) > 2  # from far below: side by side at its foot
    if path.source in mediators:
        places = [*reversed(mediators)]
        return box.top((places.index(path.source) + 1) / (len(places) + 1))
    share = (list(causes).index(path.source) + 1) / (len(causes) + 1)
    return box.foot(share) if path.target in mediators and alone else box.left(share)


def _effects(
    result: "Mediation", labels: Mapping[str, str], kind: str, *, standardized: bool
) -> list[str]:
    """Rows of effects of a kind, and what stands for each in a sentence."""
    names = ("std", "std_low", "std_high") if standardized else ("estimate", "low", "high")
    found = []
    table = result.table[(result.table["effect"] == kind) & result.table["cause"].isin(labels)]
    for row in table.to_dict("records"):
        value, low, high = (float(row[name]) for name in names)
        ends = f" {interval(low, high, can_exceed_one=True)}" if finite(low) else ""
        via = " and then ".join(labels[name] for name in row["via"].split(" > ")) if row[
            "via"
        ] else ""  # fmt: skip
        head = labels[row["cause"]] + (f" by way of {via}" if via else "")
        found.append(f"{head} {number(value)}{ends}")
    return found


def _notes(
    result: "Mediation", paths: Sequence[_Path], labels: Mapping[str, str], *, standardized: bool
) -> tuple[str, ...]:
    from detachment.estimates.mediate import INTERVAL_NAMES

    sure = confidence_of(result)
    kind = "Standardized" if standardized else "Unstandardized"
    n = count(int(result.table["n"].max()))
    fits = result.parts["paths"]
    explained = fits.loc[fits["path"] == "b", "r2"]
    said = [
        f"{kind} coefficients"
        + ("" if standardized else f" with {sure} confidence intervals")
        + f", n = {n}; a: cause to mediator; b: mediator to outcome; c{_PRIME}: direct effect"
        + ("; d: within the chain" if any(p.letter == "d" for p in paths) else "")
        + (
            f". R² of the outcome = {bounded(float(explained.iloc[0]))}." if len(explained) else "."
        ),
    ]
    causes = result.table["cause"].nunique()
    if causes > 1:
        said.append("Each cause with the others held constant.")
    how = INTERVAL_NAMES[str(result.call["interval"])]
    for what, words in (("total", "Total effects (c)"), ("indirect", "Indirect effects")):
        rows = _effects(result, labels, what, standardized=standardized)
        if rows:
            said.append(f"{words}, {sure} CI ({how}): {'; '.join(rows)}.")
    if held := sorted(set(fits.loc[fits["path"] == "control", "term"])):
        said.append(f"Held constant and not drawn: {listing(result.label(name) for name in held)}.")
    if any(holds_zero({"low": p.low, "high": p.high}) for p in paths):
        said.append(HOLDS_ZERO)
    said.append(result.notes[0] if result.notes else "")
    return tuple(filter(None, said))


def _alt(
    result: "Mediation", paths: Sequence[_Path], labels: Mapping[str, str], *, standardized: bool
) -> str:
    """Every path and effect in words."""
    sure = confidence_of(result)
    kind = "standardized " if standardized else ""
    said = [f"Path diagram of a mediation, n = {count(int(result.table['n'].max()))}."]
    for path in paths:
        ends = f", {sure} CI {path.ends}" if path.ends else ""
        said.append(
            f"{path.letter}, {labels[path.source]} to {labels[path.target]}: "
            f"{kind}{number(path.estimate)}{ends}."
        )
    for what, words in (("total", "Total effect"), ("indirect", "Indirect effect")):
        said += [
            f"{words} of {text}."
            for text in _effects(result, labels, what, standardized=standardized)
        ]
    return " ".join(said)
