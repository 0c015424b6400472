"""Threads of this process: NumPy and Arrow let go of the interpreter while they work."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

P = TypeVar("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Local:
    """A pool of threads; as many as there are cores by default."""

    workers: int | None = None

    def run(
        self, task: Callable[[P], T], parts: Sequence[P]
    ) -> Iterator[tuple[int, T | Exception]]:
        """See ``Engine``. No more parts are in memory than there are threads."""
        workers = max(1, min(self.workers or os.cpu_count() or 1, len(parts)))
        if workers == 1:
            for i, part in enumerate(parts):
                yield i, _done(task, part)
            return
        with ThreadPoolExecutor(workers) as pool:
            waiting: dict[Future[T | Exception], int] = {}
            todo = iter(enumerate(parts))
            while True:
                for i, part in todo:
                    waiting[pool.submit(_done, task, part)] = i
                    if len(waiting) >= 2 * workers:
                        break
                if not waiting:
                    return
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield waiting.pop(future), future.result()


def _done(task: Callable[[P], T], part: P) -> T | Exception:
    try:
        return task(part)
    except Exception as error:  # whoever asked decides what it means
        return error
