"""What many questions to one survey have in common, worked out once while they are asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from detachment.validation import Survey

T = TypeVar("T")
_KEPT: ContextVar[dict[Any, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def keeping() -> Iterator[None]:
    """Work out once what is asked of a survey again and again within the block.

    For whoever asks many questions in a row and changes no survey between them. Nothing is kept
    outside of such a block, so that an answer is never older than the data.

    Examples
    --------
    >>> import pandas as pd
    >>> from detachment.scoring import as_survey, keyed_answers
    >>> survey = as_survey(pd.DataFrame({"a": [1, 2], "b": [2, 1]}))
    >>> with keeping():
    ...     keyed_answers(survey, "scale").equals(keyed_answers(survey, "scale"))
    True
    """
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


def kept(survey: Survey, key: tuple[Any, ...], make: Callable[[], T]) -> T:
    """What a function makes of a survey: made anew, or once within :func:`keeping`.

    Whoever calls it must not change what is returned.
    """
    known = _KEPT.get()
    if known is None:
        return make()
    whole = (id(survey), *key)
    if whole not in known:
        known[whole] = survey, make()  # a survey that is held cannot lend its id to another
    found: T = known[whole][1]
    return found
