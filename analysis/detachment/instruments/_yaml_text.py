"""A layout and remarks in, YAML text out: one line an item, so that a person can go through it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from detachment.instruments._layout import Path

# Words are written bare where every reader of YAML, 1.1 or 1.2, takes them for text.
_BARE = re.compile(r"[^\W\d_](?:[\w .()/%+=-]*[\w.)%])?")
_OTHER_THAN_TEXT = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# What YAML does not take as it is, or takes for the end of a line.
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def yaml_text(
    layout: Mapping[str, Any],
    *,
    remarks: Mapping[Path, str] | None = None,
    above: Mapping[Path, Sequence[str]] | None = None,
    head: Sequence[str] = (),
) -> str:
    """Write an instrument file.

    Parameters
    ----------
    layout
        What ``Instrument.to_dict`` gives.
    remarks
        Path of an entry (``("items", 3)``, ``("scales", "trust")``, ``("instrument", "id")``) ->
        comment at the end of its line.
    above
        Path of an entry or a section -> lines of comment above it. Those of ``(section, None)``
        stand at the section's end.
    head
        Lines of comment at the top.

    Returns
    -------
    str
        Text that ``read_instrument`` reads as the same instrument.

    Examples
    --------
    >>> print(yaml_text({"schema_version": 1, "instrument": {"id": "calm"}},
    ...                 remarks={("instrument", "id"): "check: name"}), end="")
    schema_version: 1
    <BLANKLINE>
    instrument:
      id: calm  # check: name
    """
    remarks, above = remarks or {}, above or {}
    lines = [*_comments(head, "")]
    for section, content in layout.items():
        if lines:
            lines.append("")
        lines += _comments(above.get((section,), ()), "")
        if not isinstance(content, list | dict) or not content:
            lines.append(_remarked(f"{section}: {_flow(content)}", remarks.get((section,))))
            continue
        lines.append(_remarked(f"{section}:", remarks.get((section,))))
        entries: Iterable[tuple[Any, Any]] = (
            enumerate(content) if isinstance(content, list) else content.items()
        )
        for key, value in entries:
            lines += _comments(above.get((section, key), ()), "  ")
            start = "  - " if isinstance(content, list) else f"  {_scalar(key)}: "
            lines.append(_remarked(start + _flow(value), remarks.get((section, key))))
        lines += _comments(above.get((section, None), ()), "  ")  # type: ignore[arg-type]
    return "\n".join(lines) + "\n"


def yaml_line(key: str, value: object) -> str:
    """Write one entry as its line would be.

    Examples
    --------
    >>> yaml_line("trust", {"items": ["a", "b"], "score": "mean"})
    'trust: {items: [a, b], score: mean}'
    """
    return f"{_scalar(key)}: {_flow(value)}"


def _comments(texts: Sequence[str], indent: str) -> list[str]:
    return [f"{indent}# {_one_line(text)}".rstrip() for text in texts]


def _remarked(line: str, remark: str | None) -> str:
    return f"{line}  # {_one_line(remark)}" if remark else line


def _one_line(text: str) -> str:
    return _HIDDEN.sub("", " ".join(text.split()))


def _flow(value: Any) -> str:  # noqa: ANN401 - whatever an instrument file can say
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("an instrument file cannot say infinity or not-a-number")
    if isinstance(value, int | float):
        return repr(value)
    if value is None:
        return "null"
    text = str(value)
    if _BARE.fullmatch(text) and text.casefold() not in _OTHER_THAN_TEXT:
        return text
    return '"' + _HIDDEN.sub(_escaped, re.sub(r'["\\]', _escaped, text)) + '"'


def _escaped(match: re.Match[str]) -> str:
    sign = match.group()
    return _ESCAPES.get(sign, f"\\u{ord(sign):04x}")
