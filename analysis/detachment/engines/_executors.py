"""Any executor of ``concurrent.futures``: threads, processes, or what a library makes of them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from typing import TypeVar

from detachment.errors import EngineError

P = TypeVar("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Executors:
    """The workers of an executor, which stays open.

    Attributes
    ----------
    executor
        Who works.
    in_flight
        How many parts are handed out at a time; what they give is in memory until it is taken.
    """

    executor: Executor
    in_flight: int = 16

    def run(
        self, task: Callable[[P], T], parts: Sequence[P]
    ) -> Iterator[tuple[int, T | Exception]]:
        """See ``Engine``."""
        waiting: dict[Future[T | Exception], int] = {}
        todo = iter(enumerate(parts))
        try:
            while True:
                for i, part in todo:
                    waiting[self.executor.submit(attempt, task, part)] = i
                    if len(waiting) >= self.in_flight:
                        break
                if not waiting:
                    return
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield waiting.pop(future), future.result()
        except BrokenExecutor as error:
            raise EngineError(
                "a process of the pool ended before its work was done, as the system does where "
                "memory runs out. Nothing was counted. Take fewer processes, or smaller parts."
            ) from error
        finally:
            for future in waiting:
                future.cancel()


def from_executor(executor: Executor, *, in_flight: int = 16) -> Executors:
    """Count with an executor of :mod:`concurrent.futures`.

    Parameters
    ----------
    executor
        A ``ThreadPoolExecutor``, a ``ProcessPoolExecutor``, or one of another library.
    in_flight
        How many parts are handed out at a time.

    Returns
    -------
    Engine

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     sorted(from_executor(pool).run(len, ["a", "abc"]))
    [(0, 1), (1, 3)]
    """
    return Executors(executor, in_flight)


def attempt(task: Callable[[P], T], part: P) -> T | Exception:
    """What a task returns or raises: whoever asked decides what that means."""
    try:
        return task(part)
    except Exception as error:
        return error
