"""What rows and columns of a result are called on paper."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from detachment.errors import UsageError
from detachment.figures._theme import drawable, plain
from detachment.text import level

if TYPE_CHECKING:
    from detachment.estimates import Result


def labels_of(result: "Result", ids: Iterable[str]) -> dict[str, str]:
    """Labels by id: the instrument's words where there are any that the font can write."""
    labels = {}
    for name in ids:
        label = plain(result.label(name))
        labels[name] = label if label and drawable(label) else plain(name)
    return labels


def confidence_of(result: "Result") -> str:
    """Confidence of the intervals, in percent: ``"95%"``."""
    return level(float(result.call.get("confidence", 0.95)))


def finite(value: object) -> bool:
    """Whether a cell of a result holds a number."""
    return isinstance(value, int | float) and value == value and abs(value) != float("inf")


def need(thing: object, kind: str, verb: str, *, columns: tuple[str, ...]) -> None:
    """Refuse a thing that is not the result a figure is drawn from, and say what makes one.

    Raises
    ------
    UsageError
        When the thing has no table with ``columns``.
    """
    table = getattr(thing, "table", None)
    if table is None or not set(columns) <= set(table.columns):
        raise UsageError(
            f"this figure is drawn from {kind}, and was given {type(thing).__name__}. Make one "
            f"with detachment.{verb}(survey)."
        )
