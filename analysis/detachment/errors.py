"""Everything that this package raises or warns.

An error is part of the product: its message says what is wrong, where, and what to do. Errors that
collect several problems carry them all, as rows that ``to_frame()`` shows.
"""

import re
import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Severity = Literal["error", "warning"]
SHOWN = 20
LONGEST = 40  # characters of a value that a message quotes
_CELL = re.compile(r"ipykernel_\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in one place.

    Attributes
    ----------
    row
        Row in the file as a spreadsheet counts it (the first line is 1); None for the whole column.
    column
        Column's name in the file, or an item's id; None for the whole file.
    value
        What stands there, as text; None where there is none or it must not be shown.
    rule
        One word for the kind of problem, such as ``not_allowed`` or ``duplicate``.
    message
        What is wrong and what to do, in a sentence.
    severity
        ``error`` (a result would be wrong or missing) or ``warning``.
    """

    row: int | None = None
    column: str | None = None
    value: str | None = None
    rule: str
    message: str
    severity: Severity = "error"


class DetachmentError(ValueError):
    """Base of every error that this package raises on purpose.

    Parameters
    ----------
    message
        One clear sentence (or a few): what is wrong, where, what to do.
    problems
        Every problem found, when there are several.
    """

    def __init__(self, message: str, *, problems: Iterable[Problem] = ()) -> None:
        self.message = message
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(message)

    def __str__(self) -> str:
        lines = [self.message]
        lines += [f"  - {self.where(p)}{p.message}" for p in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"  - ... and {len(self.problems) - SHOWN} more")
        return "\n".join(lines)

    def where(self, problem: Problem) -> str:
        """Where a problem is, as the start of its line in the message."""
        return place(problem)

    def to_frame(self) -> "pd.DataFrame":
        """All problems as a table: row, column, value, rule, message, severity."""
        return problems_frame(self.problems)


class UsageError(DetachmentError):
    """The call itself is wrong: an unknown word, an option that does not fit."""


class InstrumentError(DetachmentError):
    """An instrument file does not say what it must.

    Parameters
    ----------
    message, problems
        As for every error; a problem's ``row`` is the line in the file.
    file
        Name of the file, shown with the line as ``ras.yaml:12:``.
    """

    def __init__(
        self, message: str, *, problems: Iterable[Problem] = (), file: str | None = None
    ) -> None:
        self.file = file
        super().__init__(message, problems=problems)

    def where(self, problem: Problem) -> str:
        """Where a problem is, as editors and compilers write it: ``"ras.yaml:12: "``."""
        if self.file is None or problem.row is None:
            return ""
        return f"{self.file}:{problem.row}: "


class ExportError(DetachmentError):
    """A file cannot be read as a survey export."""


class SurveyError(DetachmentError):
    """An export was read, but its data are not answers to this instrument."""


class Refusal(DetachmentError):
    """A statistic would mislead here; the message says why and what to ask instead."""


class EngineError(DetachmentError):
    """Whoever does the work (processes, a cluster) failed; then there is no result at all."""


class DetachmentWarning(UserWarning):
    """Base of every warning that this package gives."""


class DataWarning(DetachmentWarning):
    """Something about the data touches a result."""


class StatisticWarning(DetachmentWarning):
    """A statistic is missing or doubtful; the message says which and why."""


def place(problem: Problem) -> str:
    """Where a problem is, as the start of a sentence: ``"row 7, column Q3, value '55': "``."""
    parts = []
    if problem.row is not None:
        parts.append(f"row {problem.row}")
    if problem.column is not None:
        parts.append(f"column {problem.column}")
    if problem.value is not None:
        parts.append(f"value {quoted(problem.value)}")
    return ", ".join(parts) + ": " if parts else ""


def quoted(value: object) -> str:
    """Quote a value in a message, cut where it is long: a message is no place for a whole file.

    Examples
    --------
    >>> quoted("agree6"), quoted(7)
    ("'agree6'", '7')
    """
    if isinstance(value, str) and len(value) > LONGEST:
        value = f"{value[: LONGEST - 3]}..."
    text = repr(value)  # what is no text (a list, a dictionary) is cut as it is written
    return text if isinstance(value, str) or len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def problems_frame(problems: Iterable[Problem]) -> "pd.DataFrame":
    """Problems as a table with fixed columns, in the order given."""
    import pandas as pd

    frame = pd.DataFrame(
        [(p.row, p.column, p.value, p.rule, p.message, p.severity) for p in problems],
        columns=["row", "column", "value", "rule", "message", "severity"],
    )
    return frame.astype(
        {
            "row": "Int64",
            "column": "str",
            "value": "str",
            "rule": "str",
            "message": "str",
            "severity": "str",
        }
    )


def nearest(word: str, allowed: Sequence[str]) -> str:
    """Build the hint "did you mean ...?", or an empty string when nothing is near."""
    close = get_close_matches(str(word).lower(), [a.lower() for a in allowed], n=1, cutoff=0.6)
    if not close:
        return ""
    original = next(a for a in allowed if a.lower() == close[0])
    return f" Did you mean {quoted(original)}?"


def warn(message: str, *, stacklevel: int = 1) -> None:
    """Warn of the data at the line that called a verb.

    A cell of a notebook lies in a file whose name changes with every run, so the warning says only
    that it is a cell: a notebook that is run anew is stored with the same bytes.

    Parameters
    ----------
    message
        What touches a result.
    stacklevel
        1 for the line that calls this function, 2 for the one that called its caller, and so on.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as heard:
    ...     warnings.simplefilter("always")
    ...     warn("two items are constant")
    >>> str(heard[0].message), heard[0].category.__name__
    ('two items are constant', 'DataWarning')
    """
    frame = sys._getframe(stacklevel)
    if _CELL.search(frame.f_code.co_filename):
        registry = frame.f_globals.setdefault("__warningregistry__", {})
        warnings.warn_explicit(
            message, DataWarning, "<notebook cell>", frame.f_lineno, registry=registry
        )
    else:
        warnings.warn(message, DataWarning, stacklevel=stacklevel + 1)


def check_word(what: str, word: str, allowed: Sequence[str]) -> str:
    """Return ``word`` when it is allowed; raise with the allowed words and the nearest one.

    Raises
    ------
    UsageError
        When ``word`` is not one of ``allowed``.

    Examples
    --------
    >>> check_word("method", "pearson", ["pearson", "spearman"])
    'pearson'
    """
    if word not in allowed:
        words = ", ".join(allowed)
        raise UsageError(
            f"{what} cannot be {quoted(word)}; it is one of: {words}.{nearest(word, allowed)}"
        )
    return word
