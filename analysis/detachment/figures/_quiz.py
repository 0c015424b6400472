"""What a class knew before and after: dots, one row a statement."""

from typing import TYPE_CHECKING, Any

from detachment.errors import Refusal
from detachment.figures._dots import Dot, Row, Series, dot_rows
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import confidence_of, finite, labels_of, need
from detachment.figures._theme import BASE, MARK, Columns, style, width_for
from detachment.text import MINUS, count, listing, number, percent, span

if TYPE_CHECKING:
    from detachment.estimates.quiz import Quiz

BEFORE = Series(label="before", marker="o", color=BASE, filled=False)
AFTER = Series(label="after", marker="D", color=MARK)
ONCE = Series(label="right", marker="o", color=MARK)
RIGHT = "right"  # what of a statement is counted, unless that a myth is believed
HEADINGS = ("Myths: believed", "Other statements: answered right")
TICKS = tuple((k / 4, percent(k / 4)) for k in range(5))


def quiz_plot(result: "Quiz", *, columns: Columns = 2) -> Drawing:
    """Draw how many answered each statement of a quiz right, or believed it, before and after.

    Parameters
    ----------
    result
        What :func:`detachment.quiz` returned; of one wave or of two.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing
        Of two waves those who answered a statement both times: an open dot before, a filled one
        after. Where the key says which statements are myths, these come first, with the share of
        people who believed them; of all others it is the share who answered right.

    Raises
    ------
    UsageError
        When it was given something else, or another width.
    Refusal
        When nobody answered.

    References
    ----------
    Cleveland, W. S. (1984). *The American Statistician, 38*, 270-280.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("class_quiz.csv"))
    >>> drawing = quiz_plot(dt.quiz(survey, n_boot=200))
    >>> drawing.title
    'Answers to each statement, before and after'
    """
    from detachment.estimates import records

    need(result, "a quiz", "quiz", columns=("item", "difficulty", "wave"))
    width = width_for(columns)
    twice = "statements" in result.parts
    table = result.parts["statements"] if twice else result.table
    lines: list[dict[str, Any]] = [{"counted": RIGHT, **line} for line in records(table)]
    shown = [line for line in lines if finite(line["before" if twice else "difficulty"])]
    if not shown:
        raise Refusal("nobody answered a statement of the quiz, so there is nothing to draw.")
    # Myths first, each kind from most to fewest people; ties stay in the order of the quiz.
    shown.sort(
        key=lambda line: (
            line["counted"] == RIGHT, -round(line["before" if twice else "difficulty"], 9)
        )
    )  # fmt: skip
    labels = labels_of(result, [line["item"] for line in lines])
    known = {line["item"] for line in shown}
    left_out = [labels[name] for name in dict.fromkeys(line["item"] for line in lines)
                if name not in known]  # fmt: skip
    note = f"Nobody answered {listing(left_out, shown=8)}." if left_out else ""
    confidence = confidence_of(result)
    counts = [int(line["n"]) for line in shown if finite(line["n"])]
    wide = columns == 2
    if twice:
        heads = [f"Change{chr(10) if not wide else ' '}[{confidence} CI]"]
    else:
        heads = [f"Right [{confidence} CI]"]
    with style():
        page = dot_rows(
            _rows(shown, labels, twice=twice, wide=wide),
            series=[BEFORE, AFTER] if twice else [ONCE],
            heads=[*heads, *(["n"] if wide else [])],
            limits=(0.0, 1.0),
            ticks=TICKS,
            axis="share of people" if _kinds(shown) else "share of right answers",
            note=note,
            width=width,
            form="links" if twice else "dots",
        )  # fmt: skip
    n = count(counts[0]) if min(counts) == max(counts) else span(
        count(min(counts)), count(max(counts))
    )  # fmt: skip
    notes = [f"Lines are {confidence} confidence intervals; n = {n}."]
    if twice:
        notes.append("Only who answered a statement both times; change in percentage points.")
    return Drawing(
        name=file_name("quiz", shown[0]["scale"]),
        title="Answers to each statement" + (", before and after" if twice else ""),
        alt=_alt(shown, labels, confidence, note, twice=twice),
        notes=tuple(notes),
        figure=page.figure,
    )


def _kinds(lines: list[dict[str, Any]]) -> bool:
    """Whether some statements are counted as myths that are believed."""
    return any(line["counted"] != RIGHT for line in lines)


def _rows(
    lines: list[dict[str, Any]], labels: dict[str, str], *, twice: bool, wide: bool
) -> list[Row]:
    """A row a statement, under the heading of its kind where there are two."""
    rows: list[Row] = []
    heading = ""
    for line in lines:
        kind = HEADINGS[line["counted"] == RIGHT]
        if _kinds(lines) and kind != heading:
            rows.append(Row(label=kind, dots=(), cells=()))
            heading = kind
        cells = (_cell(line, twice=twice), *((count(line["n"]),) if wide else ()))
        rows.append(Row(label=labels[line["item"]], dots=_dots(line, twice=twice), cells=cells))
    return rows


def _dots(line: dict[str, Any], *, twice: bool) -> tuple[Dot, ...]:
    return tuple(
        Dot(
            series=k,
            value=round(line[name], 4),
            low=round(line[f"{name}_low"], 4) if finite(line[f"{name}_low"]) else None,
            high=round(line[f"{name}_high"], 4) if finite(line[f"{name}_high"]) else None,
        )
        for k, name in enumerate(["before", "after"] if twice else ["difficulty"])
        if finite(line[name])
    )


def _points(value: float | None, *, signed: bool = False) -> str:
    text = number(None if value is None else 100 * value, 0)
    return f"+{text}" if signed and value is not None and text[0] not in (MINUS, "0") else text


def _ends(line: dict[str, Any], name: str) -> str:
    low, high = line[f"{name}_low"], line[f"{name}_high"]
    return f"[{_points(low)}, {_points(high)}]" if finite(low) and finite(high) else ""


def _cell(line: dict[str, Any], *, twice: bool) -> str:
    if twice:
        return f"{_points(line['difference'], signed=True)} {_ends(line, 'difference')}".rstrip()
    return f"{percent(line['difficulty'])} {_ends(line, 'difficulty')}".rstrip()


def _alt(
    lines: list[dict[str, Any]],
    labels: dict[str, str],
    confidence: str,
    note: str,
    *,
    twice: bool,
) -> str:
    """Every share in words."""
    when = ", before and after" if twice else ""
    what = "people who believed a myth or answered right" if _kinds(lines) else "right answers"
    sentences = [f"Dot plot of the share of {what}, {len(lines)} statements{when}."]
    for line in lines:
        label = labels[line["item"]].rstrip(".")
        if _kinds(lines):
            label += " (right)" if line["counted"] == RIGHT else " (myth, believed)"
        if twice:
            said = (
                f"{percent(line['before'])} before and {percent(line['after'])} after, a change "
                f"of {_points(line['difference'], signed=True)} percentage points"
            )
            ends = _ends(line, "difference")
        else:
            said, ends = percent(line["difficulty"]), _ends(line, "difficulty")
        within = f", {confidence} CI {ends}" if ends else ""
        sentences.append(f"{label}: {said}{within} (n = {count(line['n'])}).")
    return " ".join(filter(None, [*sentences, note]))
