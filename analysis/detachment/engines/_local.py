"""Threads of this process: NumPy and Arrow let go of the interpreter while they work.

Each of them multiplies small matrices by itself: were BLAS to share out every product among threads
of its own, these would wait for one another most of the time.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from detachment.engines._executors import Executors, attempt

P = TypeVar("P")
T = TypeVar("T")


class _OneThreadOfBlas:
    """One thread of BLAS, from the first run to the end of the last: a process has one limit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = 0
        self._limit: Any = None

    def __enter__(self) -> None:
        from threadpoolctl import threadpool_limits

        with self._lock:
            if not self._runs:
                self._limit = threadpool_limits(1, user_api="blas")
            self._runs += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._runs -= 1
            if not self._runs:
                self._limit.restore_original_limits()


_ALONE = _OneThreadOfBlas()


@dataclass(frozen=True, slots=True)
class Local:
    """A pool of threads; as many as there are cores by default."""

    workers: int | None = None

    def run(
        self, task: Callable[[P], T], parts: Sequence[P]
    ) -> Iterator[tuple[int, T | Exception]]:
        """See ``Engine``. No more parts are in memory than there are threads."""
        workers = max(1, min(self.workers or os.cpu_count() or 1, len(parts)))
        with _ALONE:
            if workers == 1:
                for i, part in enumerate(parts):
                    yield i, attempt(task, part)
                return
            with ThreadPoolExecutor(workers) as pool:
                yield from Executors(pool, 2 * workers).run(task, parts)

    @property
    def dashboard(self) -> None:
        """None: threads have no page."""
        return

    def close(self) -> None:
        """Nothing stays open."""

    def __enter__(self) -> "Local":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
