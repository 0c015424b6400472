"""Which column of an export answers which item: by declared name, by id, by question text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from html import unescape

from detachment.errors import Problem
from detachment.exports import Export
from detachment.instruments import Column, Instrument, Item

# Roles that a platform gives to its own columns and that stand in for a declared column.
_PLATFORM_ROLES = ("respondent_id", "submitted_at", "duration_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Column names of the export: ``items`` by item id, ``columns`` by metadata id."""

    items: dict[str, str]
    columns: dict[str, str]
    by_text: tuple[str, ...]
    by_platform: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def taken(self) -> set[str]:
        """Columns that already have a meaning."""
        return {*self.items.values(), *self.columns.values()}


def normal_text(text: str) -> str:
    """Text as it is compared: no markup, no entity, one space, lower case."""
    bare = unescape(re.sub(r"<[^>]+>", " ", text))
    return re.sub(r"\s+", " ", bare).strip().casefold()


def question_key(text: str) -> str:
    """Question text as it is compared: words only, for markup falls between any two signs."""
    return re.sub(r"[\W_]+", " ", normal_text(text)).strip()


def match_columns(export: Export, instrument: Instrument) -> Matches:
    """Find the column of every item and metadata column.

    Names count first (``column``, then the id; then the same without regard to case and blanks),
    then the question text. A match that is not certain is never taken: it becomes a problem that
    asks the user.
    """
    problems: list[Problem] = []
    items = _by_name(instrument.items.values(), export)
    columns = _by_name(instrument.columns.values(), export)
    columns |= _by_label(
        [c for c in instrument.columns.values() if c.id not in columns],
        export,
        {*items.values(), *columns.values()},
    )
    by_text = _by_text(
        [i for i in instrument.items.values() if i.id not in items],
        export,
        {*items.values(), *columns.values()},
        problems,
    )
    by_platform = _by_platform(instrument, export, columns)
    problems += _twice(items | by_text)
    problems += _repeated(items | by_text | columns, export)
    return Matches(
        items=items | by_text,
        columns=columns | by_platform,
        by_text=tuple(by_text),
        by_platform=tuple(by_platform),
        problems=tuple(problems),
    )


def near_column(name: str, export: Export, taken: Iterable[str]) -> str:
    """Name the column, not ``taken`` by another, that looks most like ``name``; empty when none."""
    free = set(export.names) - set(taken)
    folded = {column.casefold(): column for column in sorted(free)}
    close = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.75)
    return f"; column {folded[close[0]]!r} looks like it" if close else ""


def _by_name(declared: Iterable[Item | Column], export: Export) -> dict[str, str]:
    names = set(export.names)
    loose: dict[str, list[str]] = {}
    for name in export.names:
        own = export.variables[name].name if name in export.variables else ""
        for key in sorted({normal_text(name), normal_text(own)} - {""}):
            loose.setdefault(key, []).append(name)
    found: dict[str, str] = {}
    for one in declared:
        exact = [name for name in (one.column, one.id) if name in names]
        alike = [
            loose[key][0]
            for key in (normal_text(one.column), normal_text(one.id))
            if len(loose.get(key, [])) == 1
        ]
        if exact or alike:
            found[one.id] = [*exact, *alike][0]
    return found


def _by_label(columns: list[Column], export: Export, taken: set[str]) -> dict[str, str]:
    """Metadata columns whose text in the code book is their declared name, and only theirs."""
    texts: dict[str, list[str]] = {}
    for name, variable in export.variables.items():
        if name not in taken:
            texts.setdefault(normal_text(variable.text), []).append(name)
    found: dict[str, str] = {}
    for one in columns:
        for key in (normal_text(one.column), normal_text(one.id)):
            if len(texts.get(key, [])) == 1:
                found.setdefault(one.id, texts[key][0])
    return found


def _by_text(
    items: list[Item], export: Export, taken: set[str], problems: list[Problem]
) -> dict[str, str]:
    by_text: dict[str, list[str]] = {}
    for column, variable in export.variables.items():
        if column in taken:
            continue
        # A grid writes "stem - item"; a form may write the question as the heading itself.
        texts = {variable.text, column}
        texts |= {text.rsplit(" - ", 1)[-1] for text in texts}
        for key in sorted({question_key(text) for text in texts} - {""}):
            by_text.setdefault(key, []).append(column)
    found: dict[str, str] = {}
    for item in items:
        candidates = by_text.get(question_key(item.text), []) if item.text else []
        if len(candidates) == 1:
            found[item.id] = candidates[0]
        elif candidates:
            problems.append(
                Problem(
                    column=item.id,
                    rule="doubtful_match",
                    message=f"the question text of item {item.id} stands over "
                    f"{len(candidates)} columns ({', '.join(candidates)}); say which one is meant "
                    "with `column:` in the instrument file",
                )
            )
    return found


def _by_platform(
    instrument: Instrument, export: Export, found: Mapping[str, str]
) -> dict[str, str]:
    filled: dict[str, str] = {}
    for role in _PLATFORM_ROLES:
        wanted = [c for c in instrument.columns_with_role(role) if c.id not in found]
        offered = [name for name, v in export.variables.items() if v.role == role]
        if len(wanted) == 1 and len(offered) == 1 and offered[0] not in found.values():
            filled[wanted[0].id] = offered[0]
    return filled


def _twice(found: Mapping[str, str]) -> list[Problem]:
    owners: dict[str, list[str]] = {}
    for item, column in found.items():
        owners.setdefault(column, []).append(item)
    return [
        Problem(
            column=column,
            rule="doubtful_match",
            message=f"this one column would answer {len(ids)} items ({', '.join(ids)}); say with "
            "`column:` in the instrument file which column each item has",
        )
        for column, ids in owners.items()
        if len(ids) > 1
    ]


def _repeated(found: Mapping[str, str], export: Export) -> list[Problem]:
    """Ask which column is meant where its heading stands over several."""
    again = set(export.repeated.values())
    return [
        Problem(
            column=column,
            rule="doubtful_match",
            message=f"{1 + list(export.repeated.values()).count(column)} columns have this "
            f"heading; rename the one that is not {one}, or delete it",
        )
        for one, column in found.items()
        if column in again
    ]
