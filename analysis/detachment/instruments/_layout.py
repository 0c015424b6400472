"""A tree of nodes in, plain data that keeps the layout out, with a line number for every part."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from math import isfinite
from typing import Any

from detachment._files import shipped
from detachment.errors import Problem, nearest, quoted
from detachment.instruments._yaml import Mapped, Node, Scalar, Sequenced
from detachment.text import encodable

Path = tuple[str | int, ...]
Plain = Any  # what JSON can hold: text, number, truth value, nothing, lists and dicts of them
Schema = Mapping[str, Plain]

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
    "null": "nothing",
}
_OWNERS = {"response_scales": "response scale", "scales": "scale", "columns": "column"}


@dataclass(slots=True)
class Layout:
    """Plain data, where each part stands, and what is wrong with it so far."""

    data: Plain = None
    lines: dict[Path, int | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, *path: str | int) -> int | None:
        """Line of a part, or of the nearest part around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def report(self, path: Path, rule: str, message: str) -> None:
        """Note one problem; the message starts with the name of the part."""
        owner = self.name(path)
        text = f"{owner}: {message}" if owner else message
        self.problems.append(Problem(row=self.line(*path), rule=rule, message=text))

    def name(self, path: Path) -> str:
        """Name of the item, scale or section that a path lies in."""
        if len(path) < 2:
            return str(path[0]) if path else ""
        section, key = path[:2]
        if section == "items" and isinstance(key, int):
            return f"item {self._item(key)}"
        if section in _OWNERS:
            return f"{_OWNERS[str(section)]} {quoted(key)}"
        return str(section)

    def _item(self, position: int) -> str:
        try:
            return quoted(str(self.data["items"][position]["id"]))
        except (KeyError, IndexError, TypeError):
            return f"number {position + 1}"


def read_layout(node: Node, *, known_good: bool = False) -> Layout:
    """Turn nodes into data as the schema of instrument files asks, and check them against it.

    A value is read as its place in the schema wants it: where text belongs, ``1``, ``1.0`` and
    ``True`` are text as written. A misspelt key is reported and then read as the key that was
    meant, so that one slip of the pen is one problem.

    Parameters
    ----------
    node
        The root.
    known_good
        Whether the file keeps the schema for sure, as those that come with the package do: what
        checks a schema takes seconds to import.

    Returns
    -------
    Layout
        With every problem of spelling, kind and range. Meaning is checked elsewhere.
    """
    layout = Layout()
    schema = instrument_schema()
    layout.data = _read(node, schema, (), layout)
    if not known_good:
        late = Layout(layout.data, layout.lines)
        _check(late, schema)
        layout.problems += late.problems
    return layout


@lru_cache(maxsize=1)
def instrument_schema() -> Schema:
    """Return the JSON Schema of instrument files, references filled in."""
    with shipped("schemas", "instrument.schema.json").open(encoding="utf-8") as file:
        schema = json.load(file)
    definitions = schema.pop("$defs")

    def fill(part: Plain) -> Plain:
        if isinstance(part, list):
            return [fill(p) for p in part]
        if not isinstance(part, dict):
            return part
        filled = {key: fill(value) for key, value in part.items() if key != "$ref"}
        if "$ref" in part:
            return {**fill(definitions[part["$ref"].removeprefix("#/$defs/")]), **filled}
        return filled

    return fill(schema)  # type: ignore[no-any-return]


def _read(node: Node, schema: Schema, path: Path, layout: Layout) -> Plain:
    layout.lines.setdefault(path, node.line)
    if isinstance(node, Scalar):
        kinds, value = _kinds(schema), node.value
        if "string" in kinds and value is not None:
            return _whole(node.text, path, layout)
        if isinstance(value, float) and not isfinite(value):
            return node.text  # not a number that a scale can have
        if isinstance(value, float) and value.is_integer() and "number" not in kinds:
            return int(value)  # 1.0 is a whole number in JSON too
        return value
    if isinstance(node, Sequenced):
        entries = schema.get("items", {})
        return [_read(n, entries, (*path, i), layout) for i, n in enumerate(node.nodes)]
    return _read_mapping(node, schema, path, layout)


def _whole(text: str, path: Path, layout: Layout) -> str:
    """A text as it can be written to a file; half of a character is reported."""
    whole = encodable(text)
    if whole != text:
        layout.report(path, "text", "holds half of a character (a lone surrogate); write it anew.")
    return whole


def _read_mapping(node: Mapped, schema: Schema, path: Path, layout: Layout) -> dict[str, Plain]:
    properties: Schema = schema.get("properties", {})
    others = schema.get("additionalProperties", {})
    written = {key.text for key, _ in node.pairs}
    seen: dict[str, int | None] = {}
    data: dict[str, Plain] = {}
    for key, value in node.pairs:
        name = key.text
        if name in seen:
            first = f" (first on line {seen[name]})" if seen[name] else ""
            _note(
                layout, key, path, data, "duplicate_key", f"{quoted(name)} is given twice{first}."
            )
            continue
        seen[name] = key.line
        inside = properties.get(name, others)
        if inside is False:
            word = name.lower().replace("-", "_").replace(" ", "_")
            meant = next(iter(get_close_matches(word, list(properties), n=1)), None)
            hint = (
                f"Did you mean {quoted(meant)}?"
                if meant
                else f"Allowed here: {', '.join(properties)}."
            )
            _note(layout, key, path, data, "unknown_key", f"unknown key {quoted(name)}. {hint}")
            if meant is None or meant in written or meant in data:
                continue
            name, inside = meant, properties[meant]
        layout.lines[(*path, name)] = key.line
        data[name] = _read(value, inside, (*path, name), layout)
    return data


def _note(
    layout: Layout, key: Scalar, path: Path, data: Mapping[str, Plain], rule: str, message: str
) -> None:
    """Report a problem of a key while its owner is still being read."""
    owner = layout.name(path)
    if len(path) == 2 and path[0] == "items" and "id" in data:
        owner = f"item {quoted(data['id'])}"
    text = f"{owner}: {message}" if owner else message
    layout.problems.append(Problem(row=key.line, rule=rule, message=text))


def _check(layout: Layout, schema: Schema) -> None:
    from jsonschema import Draft202012Validator

    incomplete = set()
    for error in Draft202012Validator(schema).iter_errors(layout.data):
        path: Path = tuple(error.absolute_path)
        rule, wanted, value = str(error.validator), error.validator_value, error.instance
        if "propertyNames" in error.absolute_schema_path:
            layout.report(
                (*path, value), rule, f"the name {quoted(value)} {_why(rule, wanted, value)}"
            )
        elif rule != "required":
            layout.report(path, rule, f"{_inside(path) or 'this'} {_why(rule, wanted, value)}")
        elif path not in incomplete:  # reported once for each missing key
            incomplete.add(path)
            keys = ", ".join(key for key in wanted if key not in value)
            where = f"{_inside(path)}: " if _inside(path) else ""
            layout.report(path, rule, f"{where}{keys} is missing.")


_PATTERNS = {
    r"\S": "is empty.",
    r"^\S(.*\S)?$": "must not be empty, nor start or end with a space.",
    r"^[^\s:,]+$": "must be one word, without spaces, commas and colons.",
}


def _inside(path: Path) -> str:
    """Spell the part of a path inside its item, scale or section: ``items, entry 3``."""
    inside = path[2:] if path[:1] and path[0] in {"items", *_OWNERS} else path[1:]
    return ", ".join(f"entry {part + 1}" if isinstance(part, int) else part for part in inside)


def _why(rule: str, wanted: Plain, value: Plain) -> str:
    shown = "" if isinstance(value, dict | list) else f", not {quoted(value)}"
    reasons: dict[str, Callable[[], str]] = {
        "type": lambda: _wrong_kind(wanted, value),
        "const": lambda: f"must be {quoted(wanted)}{shown}.",
        "enum": lambda: (
            f"cannot be {quoted(value)}; it is one of: {', '.join(map(str, wanted))}."
            + nearest(str(value), [str(w) for w in wanted])
        ),
        "pattern": lambda: _PATTERNS[wanted],
        "minItems": lambda: f"needs at least {wanted} {'entry' if wanted == 1 else 'entries'}.",
        "maxItems": lambda: f"takes at most {wanted} entries.",
        "minProperties": lambda: "is empty.",
        "uniqueItems": lambda: f"says {quoted(_repeated(value))} twice.",
        "minimum": lambda: f"must be {wanted} or more{shown}.",
        "maximum": lambda: f"must be {wanted} or less{shown}.",
        "exclusiveMinimum": lambda: f"must be more than {wanted}{shown}.",
        "exclusiveMaximum": lambda: f"must be less than {wanted}{shown}.",
    }
    return reasons[rule]()


def _wrong_kind(wanted: Plain, value: Plain) -> str:
    if value is None:
        return "is empty; write something or delete the line."
    kinds = " or ".join(_KINDS[kind] for kind in _kinds({"type": wanted}))
    found = "a list" if isinstance(value, list) else "keys with values"
    return f"must be {kinds}, not {found if isinstance(value, list | dict) else quoted(value)}."


def _kinds(schema: Schema) -> tuple[str, ...]:
    kinds = schema.get("type", ())
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def _repeated(values: list[Plain]) -> Plain:
    return next(v for i, v in enumerate(values) if v in values[:i])


def parts(layout: Layout, section: str) -> Iterator[tuple[Path, Plain]]:
    """Entries of a section with their paths, whether it is a list or keys with values."""
    content = layout.data.get(section, {})
    pairs = enumerate(content) if isinstance(content, list) else content.items()
    for key, value in pairs:
        yield (section, key), value
