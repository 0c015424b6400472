"""A table of a result as people read it on the screen, made into one in APA 7 layout."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from detachment.tables._abbreviations import definitions
from detachment.tables._model import Column, Remark, Table
from detachment.tables._results import ADJUSTMENTS
from detachment.tables._symbols import symbols
from detachment.tables._titles import name_of, title_case, title_of
from detachment.text import DASH, listing, sentence

if TYPE_CHECKING:
    import pandas as pd

    from detachment.estimates import Result

# Heads of the screen that are shorter, or are a symbol, on paper.
_HEADS = {
    "Mean": "M", "Median": "Mdn", "Alpha": "α", "Omega": "ω", "Β": "β", "Omega model": "ω (model)",
    "Omega latent": "ω (latent)", "eta2": "η²", "omega2": "ω²", "epsilon2": "ε²",
    "d_pre": "d (pre)", "p adjusted": "Adjusted p", "R² adjusted": "Adjusted R²",
    "Change F": "F change", "Change df1": "df1 change", "Change df2": "df2 change",
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
# Ends of intervals that have no estimate of their name beside them -> the head of both.
_INTERVALS = {"": "95% CI", "Change": "95% CI", "Limit": "Limits of agreement"}
_CHANGES = {
    "R² change": "R²", "F change": "F", "df1 change": "df1", "df2 change": "df2", "p change": "p",
}  # fmt: skip
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
        probability=_families(result, heading),
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
    ends = dict(columns)
    joined: Columns = []
    for head, cells in columns:
        stem, _, end = f" {head}".casefold().rpartition(" ")
        stem = head[: len(stem) - 1] if stem.strip() else ""
        known = stem in _INTERVALS or any(stem == other for other, _ in columns)
        other = next((name for name in (f"{stem} high", "High") if name in ends), "")
        if end == "low" and known and other:
            pairs = zip(cells, ends[other], strict=True)
            both = [DASH if low == DASH else f"[{low}, {high}]" for low, high in pairs]
            joined.append((_INTERVALS.get(stem, "95% CI"), both))
        elif not (end == "high" and known):
            joined.append((head, cells))
    return joined


def _shorter(columns: Columns) -> Columns:
    """An interval beside its estimate needs no name; what cannot exceed 1 needs no zero."""
    shorter: Columns = []
    beside: list[str] = []
    for head, cells in columns:
        ci, _, of = head.partition(" CI of ")
        of = of.removeprefix("the ").replace("std.", "standardized").casefold()
        near = [{"M": "mean", "Mdn": "median"}.get(one, one).casefold() for one in beside]
        if of and any(one.startswith(of) or one.endswith(of) for one in near):
            head = f"{ci} CI"
        if (beside[0] if beside and "CI" in head else head) in _BOUNDED:
            cells = [_ZERO.sub("", cell) for cell in cells]
        beside = beside if "CI" in head else [head, *beside[: 2 * (head == "SE")]]
        shorter.append((head, cells))
    return shorter


def _without_constants(columns: Columns) -> tuple[Columns, list[str]]:
    """Take a number of people or of degrees that is the same in all rows into the note."""
    said = []
    kept: Columns = []
    several = any(head.startswith("n ") for head, _ in columns)
    for head, cells in columns:
        alone = head == "df" or (head == "n" and not several)
        if alone and len(cells) > 2 and len(set(cells)) == 1 and cells[0] != DASH:
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
    named = {"Dyads": "{} dyads", "Outcome of": "Outcome of {}"}.get(head, "{}")
    return rest, tuple((_begun(named.format(name or DASH)), size) for name, size in runs)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _column(head: str, cells: Sequence[str]) -> Column:
    numeric = _numbers(cells) if any(cells) else True
    return Column(
        label=_CHANGES.get(head, head),
        group="Change" if head in _CHANGES else "",
        numeric=numeric,
        symbol=symbols(head) != ((head, False, ""),),
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


def _families(result: "Result", heading: str) -> tuple[str, ...]:
    """Which tests of a part were adjusted together, as its columns say."""
    part = _part(result, heading)
    if part is None or not {"adjust", "family"} <= set(part):
        return ()
    known = part[["adjust", "family"]].dropna().drop_duplicates().itertuples(index=False)
    said = [
        f"by the method of {ADJUSTMENTS[how]} for {family.partition(':')[0]}"
        for how, family in known
        if how in ADJUSTMENTS and family
    ]
    return (f"p adjusted {listing(dict.fromkeys(said))}.",) if said else ()


def _part(result: "Result", heading: str) -> "pd.DataFrame | None":
    from detachment.estimates._result import heading as in_words

    own = {"By group": "groups", "Differences of correlations": "differences"}
    named = [
        part
        for name, part in result.parts.items()
        if name == own.get(heading) or in_words(name) == heading
    ]
    return named[0] if named else None


def _behind(result: "Result", heading: str, shown: "pd.DataFrame") -> "pd.DataFrame":
    """The numbers at full precision, where it is known which they are."""
    table = _part(result, heading) if heading else result.to_frame()
    return table if table is not None and len(table) == len(shown) else shown
