"""What an engine does: one plain function, many parts."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from detachment.errors import EngineError

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


def each_once(
    engine: Engine, task: Callable[[P], T], parts: Sequence[P]
) -> Iterator[tuple[int, T | Exception]]:
    """Do the task for each part, and see that the engine leaves none out and gives none twice.

    Yields
    ------
    tuple
        As ``Engine.run``.

    Raises
    ------
    EngineError
        When it does, or when the engine itself fails.
    """
    left = set(range(len(parts)))
    for place, result in engine.run(task, parts):
        if place not in left:
            raise EngineError(
                f"part {place + 1} was counted twice, or is none: this engine cannot be relied on."
            )
        left.remove(place)
        yield place, result
    if left:
        raise EngineError(
            f"{len(left)} of {len(parts)} parts were never counted: this engine cannot be relied "
            "on."
        )
