"""Workers of a cluster: one future of dask.distributed for each part.

Dask, "Futures" and "Why did my worker die?": the scheduler gives the task of a worker that died to
another one, until four workers (``distributed.scheduler.allowed-failures``) died of it.
"""

import logging
import pickle
import secrets
import time
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from detachment._files import code_sha256
from detachment.engines._local import Local
from detachment.errors import EngineError, UsageError
from detachment.text import counted

P = TypeVar("P")
T = TypeVar("T")

# Those that read, validate and count: another version may give another number.
_PACKAGES = ("detachment", "numpy", "pandas", "pyarrow", "scipy")
_TRANSPORT = ("python", "dask", "distributed")
_RETRIES = 2  # of a part whose way was cut; what a task raises itself comes back as a value
_POLL = 1.0
_NOTHING = "Nothing was counted."


@dataclass(frozen=True, slots=True)
class _Plan:
    """What every part has in common.

    With an instrument of 25 to 60 items it is 1 to 10 kB, compressed. It travels with each part: a
    million rows are a hundred times as much, and nothing is shared that could die with a worker.
    """

    task: Callable[[Any], Any]
    code: str


@dataclass(frozen=True, slots=True)
class _Returned:
    value: Any


@dataclass(frozen=True, slots=True)
class _Raised:
    error: Exception


@dataclass(frozen=True, slots=True)
class _OtherCode:
    """A worker runs another state of this package."""


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """The workers of a Dask scheduler; a context manager, which closes the connection.

    Futures and not Dask's data frames: a part is read, counted and let go of by one worker.

    Attributes
    ----------
    client
        The connection.
    timeout
        Seconds without any worker, or without a word of the scheduler, after which to give up.
    """

    client: Any  # distributed.Client, whose methods are also typed as coroutines
    timeout: float

    @property
    def dashboard(self) -> str | None:
        """Address of the page on which Dask shows what its workers do; None without one."""
        with suppress(KeyError, OSError, TypeError):
            return self.client.dashboard_link or None
        return None

    def run(
        self, task: Callable[[P], T], parts: Sequence[P]
    ) -> Iterator[tuple[int, T | Exception]]:
        """See ``Engine``. A part whose worker died is done again; each is given once."""
        if not parts:
            return
        threads = self._require_workers()
        self._require_versions()
        plan, count = _plan(task), _carrier()
        # Keys are of this run alone: what an earlier one left behind is never taken for it.
        token = secrets.token_hex(8)
        places = iter(range(len(parts)))
        waiting: dict[object, tuple[int, Any]] = {}
        done: SimpleQueue[Any] = SimpleQueue()

        def give(number: int) -> None:
            """Hand out the next parts; all at once, so that the scheduler spreads them."""
            chosen = list(islice(places, number))
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Sending large graph")
                futures = self.client.map(
                    count, [_packed(parts[place], _name(parts, place)) for place in chosen],
                    packed=plan, key=[(f"detachment-{token}", place) for place in chosen],
                    retries=_RETRIES,
                )  # fmt: skip
            for place, future in zip(chosen, futures, strict=True):
                waiting[future.key] = (place, future)
                future.add_done_callback(done.put)

        try:
            give(4 * threads + 1)  # Dask spreads what is more than twice its threads
            while waiting:
                future = self._next(done)
                if (known := waiting.pop(future.key, None)) is None:
                    continue
                outcome = self._outcome(future, _name(parts, known[0]))
                future.release()
                del future
                give(1)
                yield known[0], outcome
        except EngineError:
            raise
        except OSError as error:  # whatever of the connection broke
            raise self._gone() from error
        finally:
            left = [future for _, future in waiting.values()]
            if left and self.client.status == "running":
                with suppress(Exception):
                    self.client.cancel(left, force=True)

    def _require_workers(self) -> int:
        """Threads of all workers, once there is one."""
        until = time.monotonic() + self.timeout
        while not (threads := self._threads()):
            if time.monotonic() > until:
                raise self._alone()
            time.sleep(min(0.1, self.timeout))
        return threads

    def _threads(self) -> int:
        if self.client.status != "running":
            raise self._gone()
        try:
            found = self.client.sync(self.client.scheduler.ncores, callback_timeout=self.timeout)
        except (OSError, TimeoutError, RuntimeError) as error:
            raise self._gone() from error
        return sum(found.values())

    def _require_versions(self) -> None:
        """See that everybody who counts runs the same code."""
        try:
            found = self.client.get_versions(packages=list(_PACKAGES))
        except (OSError, RuntimeError):
            return  # a worker died while it was asked; each says again whose code it runs
        here = found["client"]["packages"]
        others: list[tuple[str, Any, tuple[str, ...]]]
        others = [("the scheduler", found["scheduler"], _TRANSPORT)]
        others += [
            (f"the worker {address}", about, (*_TRANSPORT, *_PACKAGES))
            for address, about in sorted(found["workers"].items())
        ]
        for who, about, names in others:
            there = about["packages"] if isinstance(about, dict) else {}
            for name in names:
                ours, theirs = (_version(one.get(name), name) for one in (here, there))
                if ours and theirs and ours != theirs:
                    raise EngineError(
                        f"{who} has {name} {theirs}, and this computer has {ours}: its numbers "
                        f"could be others. {_NOTHING} Install the same versions on both."
                    )

    def _next(self, done: SimpleQueue[Any]) -> Any:  # noqa: ANN401 - a future of Dask
        """The next future that is done; gives up where nobody works on any."""
        alone = 0.0
        while True:
            try:
                return done.get(timeout=_POLL)
            except Empty:
                alone = 0.0 if self._threads() else alone + _POLL
                if alone >= self.timeout:
                    raise self._alone() from None

    def _outcome(self, future: Any, name: str) -> Any:  # noqa: ANN401 - of any task
        """What a task returned or raised; raises where it is the cluster that failed."""
        from distributed import KilledWorker

        try:
            found = pickle.loads(future.result(timeout=None))
        except CancelledError as error:
            if self.client.status != "running" or "connection" in str(error):
                raise self._gone() from error
            raise EngineError(
                f"{name}: somebody cancelled it, or the scheduler was started anew. {_NOTHING} "
                "Ask again."
            ) from error
        except KilledWorker as error:
            return EngineError(
                f"{name}: {counted(error.allowed_failures + 1, 'worker')} died of it, one after "
                "the other, as they do where memory runs out. Give workers more memory or fewer "
                "threads, or write the data in smaller parts."
            )
        except ImportError as error:
            missing = error.name or str(error)
            raise EngineError(
                f"a worker cannot import {missing}. {_NOTHING} Install this package, in the same "
                "version, where the workers run, and start them again."
            ) from error
        except OSError as error:
            raise self._gone() from error
        except Exception as error:
            raise EngineError(
                f"{name}: it did not get to a worker and back ({type(error).__name__}). {_NOTHING} "
                "The logs of scheduler and workers say more."
            ) from error
        if isinstance(found, _Returned):
            return found.value
        if isinstance(found, _Raised):
            return found.error
        raise EngineError(
            f"a worker runs another state of this package. {_NOTHING} Install the same one where "
            "the workers run, and start them again."
        )

    def _gone(self) -> EngineError:
        return EngineError(
            f"the scheduler {_address(self.client)} is gone or does not answer. {_NOTHING} See "
            "that it runs and can be reached, and ask again."
        )

    def _alone(self) -> EngineError:
        return EngineError(
            f"the scheduler {_address(self.client)} has had no worker for "
            f"{self.timeout:g} seconds. {_NOTHING} Start workers (dask worker "
            f"{_address(self.client)}), and ask again."
        )

    def close(self) -> None:
        """End the connection; scheduler and workers stay."""
        log = logging.getLogger("distributed.client")
        before, log.disabled = log.disabled, True  # of a scheduler that is gone, all is said
        try:
            with suppress(Exception):
                self.client.close(timeout=5)
        finally:
            log.disabled = before

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def cluster(
    address: object = None, *, security: object = None, timeout: float = 30.0
) -> Cluster | Local:
    """Count on the workers of a Dask scheduler.

    Sources and files are read by the workers: each of them must find them at the same place, as
    on a shared disk. Nothing is started here, and nothing listens.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://host:8786`` or ``tls://host:8786``, or a Dask cluster
        object. Without one, that of Dask's own configuration (``scheduler-address``); without that,
        threads of this machine, and no cluster.
    security
        Certificates for ``tls://``, as Dask takes them; by default those of Dask's configuration.
    timeout
        Seconds to wait for the scheduler, and for a worker where there is none.

    Returns
    -------
    Engine
        For ``open_survey(..., engine=...)``; with ``dashboard`` and ``close()``, and a context
        manager.

    Raises
    ------
    UsageError
        When the extra ``cluster`` is not installed, or the address is none.
    EngineError
        When the scheduler cannot be reached.

    Examples
    --------
    >>> with cluster() as engine:
    ...     sorted(engine.run(len, ["a", "abc"]))
    [(0, 1), (1, 3)]
    """
    address = _configured() if address is None else address
    if address is None:
        return Local()
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "a cluster needs Dask, which is not installed: pip install 'detachment[cluster]'"
        ) from error
    try:
        connect: Any = Client
        client = connect(address, security=security, timeout=timeout, set_as_default=False)
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"{address!r} is no address of a scheduler ({error}). It looks like tcp://host:8786."
        ) from error
    except OSError as error:
        raise EngineError(
            f"there is no scheduler at {address}, or it does not answer within {timeout:g} "
            f"seconds ({type(error).__name__}). Start one (dask scheduler), or correct the address."
        ) from error
    return Cluster(client, timeout)


def _configured() -> object:
    """Address of the scheduler in Dask's own configuration; None without one, or without Dask."""
    try:
        import dask.config
    except ImportError:
        return None
    return dask.config.get("scheduler-address", None)


def _carrier() -> Callable[[bytes, bytes], bytes]:
    """A function that travels by value.

    A worker without this package would end at a message that it cannot read; so it lives, and says
    what it lacks. The scheduler needs no package of ours.
    """

    def carried(part: bytes, packed: bytes) -> bytes:
        from detachment.engines._dask import done_there

        return done_there(part, packed)

    return carried


def done_there(part: bytes, packed: bytes) -> bytes:
    """What a worker does with a part: the outcome, as bytes in which Dask does not look."""
    plan = _unpacked(packed)
    if plan.code != code_sha256():
        return pickle.dumps(_OtherCode())
    given = pickle.loads(part)
    try:
        return pickle.dumps(_Returned(plan.task(given)))
    except Exception as error:
        try:
            content = pickle.dumps(_Raised(error))
            pickle.loads(content)
        except Exception:  # an error that cannot travel is told by its name
            error = EngineError(f"a task failed on a worker ({type(error).__name__}).")
            return pickle.dumps(_Raised(error))
        return content


def _packed(value: object, name: str) -> bytes:
    """A value as bytes, in which Dask does not look for anything of its own."""
    import cloudpickle

    try:
        return bytes(cloudpickle.dumps(value))
    except Exception as error:
        raise EngineError(f"{name} cannot travel to another process ({error}).") from error


def _plan(task: Callable[[P], T]) -> bytes:
    return zlib.compress(_packed(_Plan(task, code_sha256()), "the task"))


@lru_cache(4)
def _unpacked(packed: bytes) -> _Plan:
    plan = pickle.loads(zlib.decompress(packed))
    assert isinstance(plan, _Plan)
    return plan


def _name(parts: Sequence[Any], place: int) -> str:
    return str(getattr(parts[place], "name", f"part {place + 1}"))


def _version(version: str | None, name: str) -> str | None:
    """A version as far as it must agree: of Python the first two numbers."""
    return ".".join(version.split(".")[:2]) if version and name == "python" else version


def _address(client: Any) -> str:  # noqa: ANN401 - as above
    scheduler = client.scheduler
    return str(scheduler.address) if scheduler is not None else "(closed)"
