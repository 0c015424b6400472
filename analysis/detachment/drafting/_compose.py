"""From columns, blocks and response scales to the layout of an instrument file, with remarks."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from detachment.drafting._blocks import Block, enough
from detachment.drafting._facts import SEVERAL, Facts
from detachment.drafting._names import is_code, one_line, plain_words, slug, unique
from detachment.drafting._purposes import CONSTANT, RARE, Purpose
from detachment.drafting._responses import Response
from detachment.drafting._words import asks_for_attention, language_of
from detachment.errors import ExportError
from detachment.exports import Export
from detachment.instruments import ROLE_WORDS, yaml_line
from detachment.text import counted, listing

_SHOWN = 10  # names in a list of columns that are left out
_STEM = 60
_QUIET = ("timing", "display order", "metadata")


@dataclass(kw_only=True)
class Parts:
    """What an instrument file will say, as it grows.

    Attributes
    ----------
    remarks, above
        As for ``yaml_text``: path -> comment at the line's end, or lines above it.
    columns
        Id of an entry -> column of the export.
    blocks
        Scale -> its items, in the order of the file.
    """

    layout: dict[str, Any] = field(default_factory=dict)
    remarks: dict[tuple[Any, ...], str] = field(default_factory=dict)
    above: dict[tuple[Any, ...], list[str]] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    blocks: dict[str, list[str]] = field(default_factory=dict)

    def check(self, path: tuple[Any, ...], doubts: Iterable[str]) -> None:
        """Mark an entry: what is to be checked there."""
        said = "; ".join(doubts)
        if said:
            before = self.remarks.get(path, "check:").removeprefix("check:").strip()
            self.remarks[path] = "check: " + "; ".join(filter(None, (before, said)))


def compose(
    export: Export,
    purposes: Mapping[str, Purpose],
    facts: Mapping[str, Facts],
    blocks: Sequence[tuple[Block, Response]],
    missing: Mapping[str, str],
    people: int,
) -> Parts:
    """Put everything that was guessed into the layout of an instrument file.

    Parameters
    ----------
    export
        What is drafted from.
    purposes, facts
        Of each column.
    blocks
        Items with their response scales, in the file's order.
    missing
        Guessed codes of missing answers -> reason.
    people
        Records that are analysed.

    Raises
    ------
    ExportError
        When no column looks like a question with answers to choose from.
    """
    if not blocks:
        raise ExportError(
            f"{export.file}: no column looks like a question with answers to choose from, so there "
            "is nothing to draft. `detachment inspect` shows what the file is."
        )
    parts = Parts()
    stem = PurePath(export.file).stem
    languages = [response.language for _, response in blocks if response.language]
    language = max(languages, key=languages.count, default="") or language_of(
        column.text or column.name for column in facts.values()
    )
    parts.layout = {
        "schema_version": 1,
        "instrument": {
            "id": slug(stem, "") or "draft",
            "version": "0.1.0",
            "title": " ".join(stem.replace("_", " ").split()) or "Draft",
            "language": language,
            "status": "unvalidated_draft",
        },
        "response_scales": {},
    }
    parts.check(("instrument", "title"), ["title; add the licence of the wording"])
    parts.check(("instrument", "language"), ["language"])
    ids = _ids(purposes, facts, blocks)
    named = _response_scales(parts, blocks, ids)
    names = _block_names(blocks, ids)
    if missing:
        parts.layout["missing_codes"] = dict(missing)
        for code in missing:
            parts.check(("missing_codes", code), ["no answer?"])
    _columns(parts, purposes, ids)
    _items(parts, blocks, named, names, ids)
    _scales(parts, blocks, names, ids, people)
    return parts


def _ids(
    purposes: Mapping[str, Purpose],
    facts: Mapping[str, Facts],
    blocks: Sequence[tuple[Block, Response]],
) -> dict[str, str]:
    """Column -> id: of its heading where that is a code, else of the words of its question."""
    asked = {column.name: block.text(column) for block, _ in blocks for column in block.columns}
    taken: set[str] = {*ROLE_WORDS}
    ids: dict[str, str] = {}
    for number, (name, purpose) in enumerate(purposes.items(), start=1):
        if purpose.kind == "left_out":
            continue
        said = asked.get(name) or facts[name].text
        code = facts[name].code
        heading = code if is_code(code) or not said else said
        ids[name] = unique(slug(heading, said) or slug(f"column_{number}"), taken)
        taken.add(ids[name])
    return ids


def _response_scales(
    parts: Parts, blocks: Sequence[tuple[Block, Response]], ids: Mapping[str, str]
) -> list[str]:
    """Write each response scale once; return its id for each block."""
    known: dict[Response, str] = {}
    named: list[str] = []
    for block, response in blocks:
        if response not in known:
            first = ids[block.columns[0].name]
            name = unique(response.name or f"{first}_answers", set(known.values()))
            known[response] = name
            parts.layout["response_scales"][name] = response.layout()
            parts.check(("response_scales", name), response.doubts)
        named.append(known[response])
    return named


def _columns(parts: Parts, purposes: Mapping[str, Purpose], ids: Mapping[str, str]) -> None:
    entries: dict[str, Any] = {}
    for name, purpose in purposes.items():
        if purpose.kind != "column":
            continue
        entry: dict[str, Any] = {"role": purpose.role}
        entry |= {"type": purpose.type} if purpose.type != "string" else {}
        written = " ".join(name.split())
        entry |= {"column": written} if written != ids[name] else {}
        entries[ids[name]] = entry | dict(purpose.more)
        parts.columns[ids[name]] = name
        parts.check(("columns", ids[name]), purpose.doubts)
    if entries:
        parts.layout["columns"] = entries


def _items(
    parts: Parts,
    blocks: Sequence[tuple[Block, Response]],
    named: Sequence[str],
    names: Sequence[str],
    ids: Mapping[str, str],
) -> None:
    """Items in the file's order; above those of one grid what their questions share."""
    of_column = {
        column.name: (column, block, response, scale, block_name)
        for (block, response), scale, block_name in zip(blocks, named, names, strict=True)
        for column in block.columns
    }
    entries: list[dict[str, Any]] = []
    stem = ""
    for column, block, response, scale, block_name in (
        of_column[name] for name in ids if name in of_column
    ):
        path, name = ("items", len(entries)), ids[column.name]
        if block.stem not in ("", stem):
            parts.above[path] = [one_line(block.stem)]
        stem = block.stem
        entry: dict[str, Any] = {"id": name, "scale": scale}
        entry |= {"block": block_name} if block_name else {}
        attention = pass_value(column, response)
        if attention is not None:
            entry |= {"role": "attention", "pass_value": attention}
            parts.check(path, ["attention check, pass_value"])
        elif response.scorable:
            entry["keyed"] = 1
            ends_in_r = re.search(r"\d_?[rR]$", column.name) is not None
            parts.check(path, ["keyed", *(["its name ends in R"] if ends_in_r else [])])
        written = " ".join(column.name.split())
        entry |= {"column": written} if written != name else {}
        text = one_line(block.text(column))
        entry |= {"text": text} if text else {}
        if response.scorable and len(column.answers) == 1:
            parts.check(path, [f"{CONSTANT}, so it is in no scale"])
        entries.append(entry)
        parts.columns[name] = column.name
    parts.layout["items"] = entries


def _block_names(blocks: Sequence[tuple[Block, Response]], ids: Mapping[str, str]) -> list[str]:
    """Name of each block that holds enough items for a scale; empty for the others."""
    taken = {*ids.values(), *ROLE_WORDS}
    names = []
    for block, response in blocks:
        name = ""
        if enough(block, len(_scored(block, response))):
            first = ids[block.columns[0].name]
            name = slug(block.name, block.stem) or f"{first}_etc"
            name = unique(f"{name}_scale" if name in taken else name, taken)
            taken.add(name)
        names.append(name)
    return names


def _scored(block: Block, response: Response) -> list[Facts]:
    """Columns of a block that a scale can have: no attention check."""
    return [column for column in block.columns if pass_value(column, response) is None]


def _scales(
    parts: Parts,
    blocks: Sequence[tuple[Block, Response]],
    names: Sequence[str],
    ids: Mapping[str, str],
    people: int,
) -> None:
    """One scale a block; what cannot be computed yet stands there as a comment."""
    scales: dict[str, Any] = {}
    later: list[str] = []
    for (block, response), name in zip(blocks, names, strict=True):
        items = [ids[c.name] for c in _scored(block, response) if len(c.answers) > 1]
        if not name or not enough(block, len(items)):
            continue
        scale = _scale(one_line(block.stem or block.name) or name, items)
        doubt = "which items belong together" if block.by_place else "items"
        if not response.scorable:
            if len(response.values) > 2:
                later += [f"When the order of the answers is known: {yaml_line(name, scale)}"]
        elif people < max(len(items), SEVERAL):
            later += [
                f"When there are more answers than the {counted(people, 'record')} of this file: "
                f"{yaml_line(name, scale)}"
            ]
        else:
            scales[name] = scale
            parts.blocks[name] = items
            parts.check(("scales", name), [f"name, role, {doubt}"])
    if not scales:
        name, item = _single(parts, blocks, ids)
        scales[unique(name, {*ids.values(), *names})] = _scale(name, [item], model="single_item")
        parts.check(("scales", next(iter(scales))), ["an instrument needs a scale; this is one"])
    parts.layout["scales"] = scales
    if later:
        parts.above[("scales", None)] = later


def _scale(label: str, items: list[str], model: str = "") -> dict[str, Any]:
    by_count = "reflective_2item" if len(items) == 2 else "reflective"
    return {
        "label": _cut(label),
        "role": "covariate",
        "model": model or by_count,
        "items": items,
        "score": "mean",
        "min_valid": 0.8 if len(items) > 2 else 1.0,
    }


def _cut(text: str) -> str:
    return text if len(text) <= _STEM else text[: _STEM - 3].rstrip() + "..."


def _ends(text: str) -> str:
    """Begin and end of a long heading: those of a grid begin alike."""
    half = _STEM // 2
    return text if len(text) <= _STEM else f"{text[:half].rstrip()}...{text[-half:].lstrip()}"


def _single(
    parts: Parts, blocks: Sequence[tuple[Block, Response]], ids: Mapping[str, str]
) -> tuple[str, str]:
    """Item that can be a scale by itself; an order is taken as written where none is known."""
    columns = [(column, response) for block, response in blocks for column in block.columns]
    usable = [
        (column, response)
        for column, response in columns
        if pass_value(column, response) is None
    ] or columns  # fmt: skip
    best = max(
        usable, key=lambda pair: (pair[1].scorable, len(pair[0].answers) > 1, pair[0].people)
    )
    item = ids[best[0].name]
    if pass_value(*best) is not None or (not best[1].scorable and len(best[1].values) > 2):
        for entry in parts.layout["items"]:
            if entry["id"] == item:
                entry.pop("role", None)
                entry.pop("pass_value", None)
                if not best[1].scorable:
                    name = unique(f"{entry['scale']}_in_order", parts.layout["response_scales"])
                    ordered = replace(best[1], type="ordinal", doubts=())
                    parts.layout["response_scales"][name] = ordered.layout()
                    parts.check(("response_scales", name), ["order: as in the file so far"])
                    entry["scale"] = name
    return f"{item}_alone", item


def pass_value(column: Facts, response: Response) -> int | None:
    """Value that passes an attention check; None where the item is no check."""
    text = column.text or column.name
    if not response.values or not asks_for_attention(text):
        return None
    said = f" {plain_words(text)} "
    pairs = list(zip(response.labels, response.values, strict=False))
    asked = [(label, value) for label, value in pairs if f" {plain_words(label)} " in said]
    if asked:  # "strongly agree" holds "agree"
        return max(asked, key=lambda pair: len(pair[0]))[1]
    numbers = [value for value in response.values if f" {value} " in said]
    return numbers[0] if not response.labels and len(numbers) == 1 else None


def left_out_lines(purposes: Mapping[str, Purpose]) -> list[str]:
    """Say which columns are not in the file, and why."""
    by_why: dict[str, list[str]] = {}
    for name, purpose in purposes.items():
        if purpose.kind == "left_out":
            by_why.setdefault(purpose.why, []).append(one_line(name))
    lines = []
    counts = [counted(len(by_why.pop(why)), f"{why} column") for why in _QUIET if why in by_why]
    if counts:
        lines.append(f"Left out, for the platform adds them: {listing(counts)}.")
    for why, names in by_why.items():
        if why == RARE:  # a choice that one person wrote is that person's own words
            lines.append(f"Left out ({why}): {counted(len(names), 'choice')}.")
            continue
        shown = listing(map(_ends, names), shown=_SHOWN)
        lines.append(f"Left out ({why}): {counted(len(names), 'column')}: {shown}.")
    return lines
