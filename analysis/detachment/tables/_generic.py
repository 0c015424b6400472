"""A table of a result as people read it on the screen, made into one in APA 7 layout."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from detachment.tables._abbreviations import definitions
from detachment.tables._model import Column, Remark, Table
from detachment.tables._symbols import symbols
from detachment.tables._titles import name_of, title_case, title_of
from detachment.text import DASH, sentence

if TYPE_CHECKING:
    import pandas as pd

    from detachment.estimates import Result

# Heads of the screen that are shorter, or are a symbol, on paper.
_HEADS = {
    "Mean": "M", "Median": "Mdn", "Alpha": "α", "Omega": "ω", "Β": "β", "Omega model": "ω (model)",
    "Omega latent": "ω (latent)", "eta2": "η²", "omega2": "ω²", "epsilon2": "ε²",
    "d_pre": "d (pre)", "p adjusted": "Adjusted p", "R² adjusted": "Adjusted R²",
    "Change F": "F change", "Change df1": "df1", "Change df2": "df2", "p change": "p",
    "n boot": "Bootstrap samples", "n items": "Items", "α of the test": "Significance level",
    "p (right)": "Right", "Item-rest r": "Item–rest r", "std_all": "Standardized",
}  # fmt: skip
# Heads of what cannot exceed 1, so that it has no zero before its point.
_BOUNDED = frozenset(
    ("r", "R²", "Adjusted R²", "R² change", "sr²", "α", "ω", "ω (model)", "ω (latent)", "η²", "ω²",
     "ε²", "Composite reliability", "AVE", "AVE by variance", "CFI", "RMSEA", "SRMR", "Residual r",
     "Predictor r", "Share", "Power", "Simulated", "Communality"),
)  # fmt: skip
_GROUPING = (
    "Scale", "Row", "Dyads", "Outcome of", "Choice", "Group", "Arm", "Outcome", "Freed", "Profiles",
)  # fmt: skip
_REASONS = ("Remark", "Reason")
_PRIVATE = ("Rows",)  # numbers of single people's rows
_NUMERIC = re.compile(r"[−–]|[−<>≥≤\[( ]*[0-9.∞][0-9.,%∞−–\[\]() ]*")
_ZERO = re.compile(r"(?<![\d.])0(?=\.\d)")
_LONG = 40  # letters from which a cell is a sentence


def generic_table(
    result: "Result", heading: str, shown: "pd.DataFrame", *, title: str = ""
) -> Table:
    """Make a display of a result a table in APA 7 layout.

    Columns without a number are left out, ends of intervals stand together, what is the same in
    every row is said once, remarks become specific notes, and abbreviations are defined.

    Parameters
    ----------
    result
        Whose display it is.
    heading
        What the result calls it; empty for the main one.
    shown
        The display: text in every cell.
    title
        What the table is called, where that is not known by the heading.

    Returns
    -------
    Table
    """
    columns = _columns(result, shown)
    reasons = next((cells for head, cells in columns if head in _REASONS), [])
    dropped = (*_REASONS, *_PRIVATE)
    kept = [(head, cells) for head, cells in columns if head not in dropped]
    kept = [(head, cells) for head, cells in kept if not cells or set(cells) - {"", DASH}]
    kept, constant = _without_constants(_shorter(_joined(kept)))
    kept, groups = _grouped(kept)
    called = title or title_of(result, heading)
    if isinstance(groups, str):
        called, groups = f"{called}: {title_case(groups)}", ()
    heads = [head for head, _ in kept]
    kind = type(result).__name__
    rows = tuple(zip(*(cells for _, cells in kept), strict=True))
    return Table(
        name=name_of(result, heading),
        title=called,
        columns=tuple(_column(head, cells) for head, cells in kept),
        rows=rows,
        groups=groups,
        notes=tuple(filter(None, [definitions(heads, kind), *constant])),
        remarks=_remarks(reasons),
        data=_behind(result, heading, shown),
    )


Columns = list[tuple[str, list[str]]]


def _columns(result: "Result", shown: "pd.DataFrame") -> Columns:
    """Heads and cells as they are written on paper."""
    named: Columns = []
    for k, head in enumerate(map(str, shown.columns)):
        cells = [_word(cell) for cell in shown.iloc[:, k].tolist()]
        if not _numbers(cells):
            cells = [result.labels.get(cell) or cell for cell in cells]
        named.append((_HEADS.get(head.strip(), head.strip()), cells))
    return named


def _word(cell: object) -> str:
    if isinstance(cell, bool) or type(cell).__name__ == "bool_":
        return "yes" if cell else "no"
    return "" if cell is None or cell != cell or str(cell) == "<NA>" else str(cell)


def _numbers(cells: Sequence[str]) -> bool:
    said = [cell for cell in cells if cell]
    return bool(said) and all(map(_NUMERIC.fullmatch, said))


def _joined(columns: Columns) -> Columns:
    """Ends of an interval that stand side by side as one column."""
    heads = [head for head, _ in columns]
    joined: Columns = []
    for k, (head, cells) in enumerate(columns):
        stem = re.sub(r"(^| )[Ll]ow$", "", head)
        both = k + 1 < len(heads) and heads[k + 1] in (f"{stem} high", "High") and stem != head
        if both:
            ends = zip(cells, columns[k + 1][1], strict=True)
            name = {"": "95% CI", "Limit": "Limits of agreement"}.get(stem, f"CI of {stem}")
            joined.append(
                (name, [DASH if low == DASH else f"[{low}, {high}]" for low, high in ends])
            )
        elif not (k and joined and heads[k - 1] in (head.replace("igh", "ow"),) and "igh" in head):
            joined.append((head, cells))
    return joined


def _shorter(columns: Columns) -> Columns:
    """An interval beside its estimate needs no name; what cannot exceed 1 needs no zero."""
    shorter: Columns = []
    beside = ""
    for head, cells in columns:
        ci, _, of = head.partition(" CI of ")
        of = of.removeprefix("the ").rstrip(".").casefold()
        plain = {"M": "mean", "Mdn": "median"}.get(beside, beside).casefold()
        if of and (plain.startswith(of) or plain.endswith(of)):
            head = f"{ci} CI"
        bounded = (beside if " CI" in head or head == "CI" else head) in _BOUNDED
        if bounded:
            cells = [_ZERO.sub("", cell) for cell in cells]
        if "CI" not in head:
            beside = head
        shorter.append((head, cells))
    return shorter


def _without_constants(columns: Columns) -> tuple[Columns, list[str]]:
    """Take a number of people or of degrees that is the same in all rows into the note."""
    said = []
    kept: Columns = []
    for head, cells in columns:
        if head in ("n", "df") and len(cells) > 1 and len(set(cells)) == 1 and cells[0] != DASH:
            said.append(f"{head} = {cells[0]}")
        else:
            kept.append((head, cells))
    return kept, [f"{' and '.join(said)} throughout."] if said else []


def _grouped(columns: Columns) -> tuple[Columns, tuple[tuple[str, int], ...] | str]:
    """Take a first column that repeats itself as heads of groups, or of one word as the title's."""
    if len(columns) < 3 or columns[0][0] not in _GROUPING:
        return columns, ()
    (head, cells), *rest = columns
    runs = [(name, len(list(run))) for name, run in groupby(cells)]
    if _numbers(rest[0][1]) or len(cells) < 2:
        return columns, ()
    if len(runs) == 1 and runs[0][0]:
        return rest, runs[0][0]
    if len(runs) * 1.5 > len(cells) or len({name for name, _ in runs}) < len(runs):
        return columns, ()
    named = head in ("Dyads", "Outcome of", "Outcome", "Freed")
    return rest, tuple((f"{head}: {name}" if named else name or DASH, size) for name, size in runs)


def _column(head: str, cells: Sequence[str]) -> Column:
    numeric = _numbers(cells) if any(cells) else True
    return Column(
        label=head,
        numeric=numeric,
        symbol=len(symbols(head)) > 1 or symbols(head)[:1] != ((head, False, ""),),
        wide=not numeric and max(map(len, cells), default=0) > _LONG,
    )


def _remarks(reasons: Sequence[str]) -> tuple[Remark, ...]:
    """One specific note for each reason, on the heads of the rows that it is about."""
    return tuple(
        Remark(
            text=sentence(reason),
            cells=tuple((row, 0) for row, one in enumerate(reasons) if one == reason),
        )
        for reason in dict.fromkeys(filter(None, reasons))
        if reason != DASH
    )


def _behind(result: "Result", heading: str, shown: "pd.DataFrame") -> "pd.DataFrame":
    """The numbers at full precision, where it is known which they are."""
    from detachment.estimates._result import heading as in_words

    if not heading:
        table = result.to_frame()
    else:
        named = [part for name, part in result.parts.items() if in_words(name) == heading]
        table = named[0] if named else shown
    return table if len(table) == len(shown) else shown
