"""YAML text in, a tree of nodes with line numbers out; nothing is guessed, nothing is executed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from detachment.errors import InstrumentError, Problem, quoted

MAX_BYTES = 2_000_000
MAX_DEPTH = 20
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TABLES = (".csv", ".ods", ".parquet", ".sav", ".tab", ".tsv", ".xls", ".xlsx", ".zsav")
_DELIMITERS = (",", ";", "\t", "|")
# How a line of YAML may begin that holds delimiters: a key, an entry, a bracket, a comment.
_LIKE_YAML = re.compile(r"""\s*(["']?[^\s:,;|"']+["']?\s*:(\s|$)|- |[{\[#%]|---)""")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: as written (``text``) and as YAML 1.2 reads it (``value``)."""

    text: str
    value: object
    line: int | None


@dataclass(frozen=True, slots=True)
class Sequenced:
    """A list."""

    nodes: tuple["Node", ...]
    line: int | None


@dataclass(frozen=True, slots=True)
class Mapped:
    """Keys with their values, in the order written; a repeated key is still there twice."""

    pairs: tuple[tuple[Scalar, "Node"], ...]
    line: int | None


Node = Scalar | Sequenced | Mapped


_TOO_DEEP = "nested too deep for an instrument file."


def parse_yaml(content: bytes, file: str) -> Node:
    """Read one YAML document.

    Scalars are read by the rules of YAML 1.2, so that an unquoted ``yes``, ``no``, ``on`` or
    ``off`` is a word and not a truth value. Events are read instead of PyYAML's own node tree,
    because its composer recurses in C and crashes the process on deep nesting.

    Raises
    ------
    InstrumentError
        When the text is not UTF-8, not YAML, too large, nested too deep, or uses anchors or tags.
    """
    if len(content) > MAX_BYTES:
        raise refuse(
            file, None, "size", f"{len(content):,} bytes is too large for an instrument file."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise refuse(
            file, line, "encoding", "not UTF-8 text; save the file as UTF-8 and try again."
        ) from None
    try:
        events = yaml.parse(text, Loader=_LOADER)
        next(events)  # start of the stream
        if isinstance(next(events), yaml.StreamEndEvent):
            raise refuse(file, 1, "empty", "the file says nothing.")
        node = _node(events, next(events), file, 0)
        next(events)  # end of the document
        after = next(events)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = None if mark is None else mark.line + 1
        if "nesting" in str(error.problem):  # PyYAML 6.0.4 and newer stop before our own limit
            raise refuse(file, where, "depth", _TOO_DEEP) from None
        raise refuse(
            file,
            where,
            "yaml",
            f"not valid YAML: {error.problem or error.context}.{_advice(error)}",
        ) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise refuse(
            file, line, "yaml", "a character that must not stand in a text file."
        ) from None
    if not isinstance(node, Mapped):  # most likely another file: nothing of it is quoted
        found = "a list" if isinstance(node, Sequenced) else "a text"
        raise refuse(
            file,
            node.line,
            "type",
            f"must be keys with values, not {found}. Is this an instrument file? It says "
            "schema_version, instrument, response_scales, items, scales.",
        )
    if not isinstance(after, yaml.StreamEndEvent):
        raise refuse(file, _line(after), "yaml", "a second document ('---'); one file is one.")
    return node


def refuse_table(content: bytes, file: str) -> None:
    """Refuse a survey export in the place of an instrument; nothing of it is quoted.

    Raises
    ------
    InstrumentError
        When the file is called like a table, or begins with two lines of as many cells.
    """
    table = file.lower().endswith(_TABLES)
    if not table:
        lines = content[:MAX_BYTES].decode("utf-8", errors="replace").lstrip("\ufeff").splitlines()
        first, second = [*(line for line in lines if line.strip()), "", ""][:2]
        cells = max(_DELIMITERS, key=first.count)
        table = 2 <= first.count(cells) == second.count(cells) and not _LIKE_YAML.match(first)
    if table:
        raise refuse(
            file,
            1,
            "table",
            "this is a table, not an instrument file. An instrument file is YAML and says what "
            "was asked; the export stands first: detachment validate EXPORT --instrument FILE.yaml",
        )


def refuse(file: str, line: int | None, rule: str, message: str) -> InstrumentError:
    """Build the error for a file that cannot even be read."""
    return InstrumentError(
        f"{file} cannot be read as an instrument file.",
        problems=[Problem(row=line, rule=rule, message=message)],
        file=file,
    )


def nodes_from(value: object) -> Node:
    """Turn plain Python values into the same tree, without line numbers."""
    if isinstance(value, Mapping):
        return Mapped(
            tuple((Scalar(str(k), k, None), nodes_from(v)) for k, v in value.items()), None
        )
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return Sequenced(tuple(nodes_from(v) for v in value), None)
    return Scalar(str(value), value, None)


def _node(events: Iterator[yaml.Event], event: yaml.Event, file: str, depth: int) -> Node:
    line = _line(event)
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise refuse(file, line, "anchor", "anchors (& and *) are not read here; write it out.")
    if tag := getattr(event, "tag", None):
        raise refuse(file, line, "tag", f"the tag {quoted(tag)} is not read here; leave it out.")
    if depth > MAX_DEPTH:
        raise refuse(file, line, "depth", _TOO_DEEP)
    if isinstance(event, yaml.ScalarEvent):
        plain = bool(event.implicit[0])
        return Scalar(event.value, _resolve(event.value) if plain else event.value, line)
    if isinstance(event, yaml.SequenceStartEvent):
        nodes = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            nodes.append(_node(events, event, file, depth + 1))
        return Sequenced(tuple(nodes), line)
    pairs = []
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _node(events, event, file, depth + 1)
        if not isinstance(key, Scalar):
            raise refuse(file, key.line, "key", "a key must be a single word.")
        pairs.append((key, _node(events, next(events), file, depth + 1)))
    return Mapped(tuple(pairs), line)


def _resolve(text: str) -> object:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    return text


def _line(event: yaml.Event) -> int:
    return 0 if event.start_mark is None else event.start_mark.line + 1


def _advice(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem)
    if "mapping values" in problem:
        return " A text that holds a colon needs quotation marks."
    if "cannot start any token" in problem:
        return " Indent with spaces, not tabs; text that starts with @, ` or % needs quotes."
    return ""
