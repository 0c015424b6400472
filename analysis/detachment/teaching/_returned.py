"""A returned notebook: read as text, never run."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detachment.teaching._check import answer_in
from detachment.teaching._lessons import EXERCISES

LARGEST = 200_000_000  # bytes of a notebook
_LONGEST_CELL = 200_000  # characters of a cell that are parsed
_DEEPEST = 30
_NOT_LITERAL = object()
_MAGIC = re.compile(r"^\s*[%!?].*$", re.MULTILINE)
_FINGERPRINT = re.compile(r"[0-9a-f]{12,16}|practice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer that a notebook holds.

    Attributes
    ----------
    answer
        A plain value, not yet understood.
    run
        Whether the cell was run: the answer is then what ``check`` left, otherwise what stands in
        the cell.
    """

    answer: object
    run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What a notebook says.

    Attributes
    ----------
    path
        Below the folder that was handed in.
    lesson
        Number of the lesson; None where it is none of ours.
    code
        The student's code; empty where the notebook has lost it.
    answers
        Exercise -> answer.
    unread
        Exercise -> why its answer is not there.
    data
        Fingerprints of the data that the answers were checked on.
    problem
        Why nothing could be read; empty otherwise.
    """

    path: str
    lesson: int | None = None
    code: str = ""
    answers: Mapping[str, Given]
    unread: Mapping[str, str]
    data: tuple[str, ...] = ()
    problem: str = ""


def read_returned(file: Path, path: str) -> Returned:
    """Read a notebook that somebody handed in; whatever is in it, nothing of it is run.

    Parameters
    ----------
    file
        The notebook.
    path
        What to call it.

    Returns
    -------
    Returned
        Never raises for what is in the file.
    """
    try:
        if file.stat().st_size > LARGEST:
            return _unreadable(
                path, "is larger than 200 MB; clear its outputs and hand it in again"
            )
        notebook = json.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError:
        return _unreadable(path, "cannot be opened")
    except (ValueError, RecursionError):
        return _unreadable(path, "is damaged: it is not a notebook, or only a part of one")
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        return _unreadable(path, "is no notebook of a kind that is known")
    cells = [c for c in notebook["cells"] if isinstance(c, dict) and c.get("cell_type") == "code"]
    own = notebook.get("metadata")
    own = own.get("detachment") if isinstance(own, dict) else None
    own = own if isinstance(own, dict) else {}
    ran, data = _answers_of_outputs(cells)
    written, unread = _answers_of_code([_text(cell.get("source")) for cell in cells])
    answers = {n: Given(answer=a, run=False) for n, a in written.items()}
    answers |= {n: Given(answer=a, run=True) for n, a in ran.items() if a is not None}
    code = own.get("student")
    return Returned(
        path=path,
        lesson=_lesson(own.get("lesson"), {*ran, *written, *unread}),
        code=code if isinstance(code, str) and len(code) <= 40 else "",
        answers=answers,
        unread={n: why for n, why in unread.items() if n not in answers},
        data=tuple(sorted(data)),
    )


def _unreadable(path: str, problem: str) -> Returned:
    return Returned(path=path, answers={}, unread={}, problem=problem)


def _lesson(said: object, named: set[str]) -> int | None:
    """The lesson of most of the exercises that are checked; what the notebook says, without any."""
    lessons = [EXERCISES[name].lesson for name in named]
    if lessons:
        return max(sorted(set(lessons)), key=lessons.count)
    known = {exercise.lesson for exercise in EXERCISES.values()}
    return said if isinstance(said, int) and not isinstance(said, bool) and said in known else None


def _text(source: object) -> str:
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _answers_of_outputs(cells: list[dict[str, Any]]) -> tuple[dict[str, object], set[str]]:
    """The last answer to each exercise that ``check`` left, and whose data it was checked on."""
    answers: dict[str, object] = {}
    data: set[str] = set()
    for cell in cells:
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            bundle = output.get("data") if isinstance(output, dict) else None
            found = answer_in(bundle) if isinstance(bundle, dict) else None
            if found is None:
                continue
            name, answer, mark = found
            answers[name] = answer
            if _FINGERPRINT.fullmatch(mark):
                data.add(mark)
    return answers, data


def _answers_of_code(cells: list[str]) -> tuple[dict[str, object], dict[str, str]]:
    """Answers that stand in the cells as plain values, and why others cannot be read."""
    answers: dict[str, object] = {}
    unread: dict[str, str] = {}
    known: dict[str, object] = {}
    for source in cells:
        for node in _statements(source):
            if isinstance(node, ast.Assign):
                value = _value(node.value, known)
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        known[target.id] = value
            for name, argument in _checks(node):
                answers.pop(name, None)
                unread.pop(name, None)
                value = ... if argument is None else _value(argument, known)
                if value is _NOT_LITERAL:
                    unread[name] = (
                        "the answer is computed in the cell, and the cell was not run before the "
                        "notebook was handed in"
                    )
                elif value is not None and value is not ...:
                    answers[name] = value
    return answers, unread


def _statements(source: str) -> list[ast.stmt]:
    if len(source) > _LONGEST_CELL:
        return []
    try:
        return ast.parse(_MAGIC.sub("pass", source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _checks(node: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Calls of ``check`` that are a statement of their own, or what is assigned."""
    call = getattr(node, "value", None) if isinstance(node, ast.Expr | ast.Assign) else None
    if not isinstance(call, ast.Call):
        return
    called = call.func
    word = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    named = {k.arg: k.value for k in call.keywords}
    given = [*call.args[:2]]
    name = given[0] if given else named.get("name")
    answer = given[1] if len(given) > 1 else named.get("answer")
    if word == "check" and isinstance(name, ast.Constant) and name.value in tuple(EXERCISES):
        yield str(name.value), answer


def _value(node: ast.expr, known: Mapping[str, object], depth: int = 0) -> object:
    """A plain value, or a sum, difference, product or quotient of plain numbers."""
    if depth > _DEEPEST:
        return _NOT_LITERAL
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return known.get(node.id, _NOT_LITERAL)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        parts = [_value(part, known, depth + 1) for part in node.elts[:50]]
        return _NOT_LITERAL if any(part is _NOT_LITERAL for part in parts) else parts
    if isinstance(node, ast.UnaryOp | ast.BinOp):
        return _number(node, known, depth)
    return _NOT_LITERAL


def _number(node: ast.UnaryOp | ast.BinOp, known: Mapping[str, object], depth: int) -> object:
    try:
        if isinstance(node, ast.UnaryOp):
            one = _float(_value(node.operand, known, depth + 1))
            return -one if isinstance(node.op, ast.USub) else _plus(node, one)
        left = _float(_value(node.left, known, depth + 1))
        right = _float(_value(node.right, known, depth + 1))
        match node.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                return left / right
    except (TypeError, ArithmeticError):
        return _NOT_LITERAL
    return _NOT_LITERAL


def _plus(node: ast.UnaryOp, one: float) -> object:
    return one if isinstance(node.op, ast.UAdd) else _NOT_LITERAL


def _float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)
