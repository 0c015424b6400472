"""Work for several processes, of which any may die without taking the others along."""

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")
# Each worker computes on one processor: with more threads they would stand in each other's way.
_THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


@dataclass(frozen=True, slots=True)
class Died:
    """A worker ended before its answer came.

    Attributes
    ----------
    code
        Exit code of the process; a negative one is the signal that killed it.
    """

    code: int | None

    def __str__(self) -> str:
        if self.code == -9:
            return (
                "its process was killed, as the system does where memory runs out; try it again "
                "with fewer --jobs"
            )
        if self.code is not None and self.code < 0:
            return f"its process was ended by signal {-self.code}"
        return f"its process ended early (exit code {self.code})"


@dataclass(slots=True, eq=False)
class _Worker(Generic[T]):
    process: SpawnProcess
    pipe: "Connection[object, object]"
    task: int | None = None


def work_through(
    work: Callable[[T], R], tasks: Sequence[T], *, jobs: int
) -> Generator[tuple[int, R | Died], None, None]:
    """Give tasks to processes, and their answers as they come.

    Parameters
    ----------
    work
        Function of a module; a task in, an answer out. It catches what can go wrong.
    tasks
        In the order in which they are begun.
    jobs
        How many processes; each is used again.

    Yields
    ------
    tuple
        Position of the task, and the answer; or :class:`Died`, and another process goes on.
    """
    waiting = deque(range(len(tasks)))
    workers: list[_Worker[T]] = []

    def give(worker: _Worker[T]) -> None:
        """The next task; the end, where there is none."""
        worker.task = waiting.popleft() if waiting else None
        if worker.task is None:
            worker.pipe.close()
            workers.remove(worker)
            worker.process.join()
        else:
            with suppress(OSError):  # it died already, which its end of the pipe will tell
                worker.pipe.send(tasks[worker.task])

    def hire() -> None:
        worker = _start(work)
        workers.append(worker)
        give(worker)

    try:
        for _ in range(min(jobs, len(tasks))):
            hire()
        while workers:
            ready = wait([worker.pipe for worker in workers])
            for worker in [each for each in workers if each.pipe in ready]:
                place = worker.task
                assert place is not None
                try:
                    answer = worker.pipe.recv()
                except (EOFError, OSError):
                    workers.remove(worker)
                    worker.process.join()
                    yield place, Died(worker.process.exitcode)
                    if waiting:
                        hire()
                else:
                    give(worker)
                    yield place, cast("R", answer)
    finally:
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.process.join()


def _start(work: Callable[[T], R]) -> _Worker[T]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work), daemon=True)
    with _one_thread():
        process.start()
    theirs.close()  # so that ours ends when the process does
    return _Worker(process, ours)


def _serve(pipe: "Connection[object, T]", work: Callable[[T], R]) -> None:
    """Answer tasks until there are no more, or nobody is there to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that gives the tasks decides
    while True:
        try:
            task = pipe.recv()
            pipe.send(work(task))
        except (EOFError, OSError):
            return


@contextmanager
def _one_thread() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
