"""What an engine does: one plain function, many parts."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

P = TypeVar("P")
T = TypeVar("T")


class Engine(Protocol):
    """Does a task for each part, in whatever order and on whatever machine."""

    def run(
        self, task: Callable[[P], T], parts: Sequence[P]
    ) -> Iterator[tuple[int, T | Exception]]:
        """Do the task for each part.

        Yields
        ------
        tuple
            Position of the part, and what the task returned or raised, as they finish; each
            position once.

        Raises
        ------
        EngineError
            When the engine itself fails: then nothing is known of the parts not yet given.
        """
        ...
