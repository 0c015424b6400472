"""Engines of others: the same plain function for each part, handed to Spark or to Ray.

Apache Spark, "pyspark.sql.DataFrame.mapInArrow"; Ray, "Tips for first-time users".
"""

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from detachment.engines._executors import attempt
from detachment.errors import EngineError

P = TypeVar("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spark:
    """Executors of Spark: positions and parts in, pickled sums out."""

    session: Any

    def run(
        self, task: Callable[[P], T], parts: Sequence[P]
    ) -> Iterator[tuple[int, T | Exception]]:
        """See ``Engine``. Spark gives everything when the last part is done."""
        import pyarrow as pa

        def counted(batches: Iterator[Any]) -> Iterator[Any]:
            for batch in batches:
                for row in batch.to_pylist():
                    found = pickle.dumps(attempt(task, pickle.loads(row["part"])))
                    yield pa.RecordBatch.from_pylist([{"place": row["place"], "found": found}])

        if not parts:
            return
        packed = [(place, bytearray(pickle.dumps(part))) for place, part in enumerate(parts)]
        try:
            table = self.session.createDataFrame(packed, "place long, part binary")
            spread = table.repartition(len(parts), "place")
            rows = spread.mapInArrow(counted, "place long, found binary").collect()
        except Exception as error:
            raise EngineError(f"Spark gave no result. {_first_line(error)}") from error
        for row in rows:
            yield row.place, pickle.loads(row.found)


@dataclass(frozen=True, slots=True)
class Ray:
    """Workers of Ray, for which ``ray.init`` was called."""

    in_flight: int

    def run(
        self, task: Callable[[P], T], parts: Sequence[P]
    ) -> Iterator[tuple[int, T | Exception]]:
        """See ``Engine``."""
        import ray

        work, shared = ray.remote(attempt), ray.put(task)
        waiting: dict[Any, int] = {}
        todo = iter(enumerate(parts))
        try:
            while True:
                for place, part in todo:
                    waiting[work.remote(shared, part)] = place
                    if len(waiting) >= self.in_flight:
                        break
                if not waiting:
                    return
                for done in ray.wait(list(waiting))[0]:
                    yield waiting.pop(done), ray.get(done)
        except ray.exceptions.RayError as error:
            raise EngineError(f"Ray gave no result. {_first_line(error)}") from error


def from_spark(session: object) -> Spark:
    """Count with the executors of Spark.

    Parameters
    ----------
    session
        A ``pyspark.sql.SparkSession``; this package is installed on every executor.

    Returns
    -------
    Engine
    """
    return Spark(session)


def from_ray(*, in_flight: int = 64) -> Ray:
    """Count with the workers of Ray; call ``ray.init`` before.

    Parameters
    ----------
    in_flight
        How many parts are handed out at a time.

    Returns
    -------
    Engine
    """
    return Ray(in_flight)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"
