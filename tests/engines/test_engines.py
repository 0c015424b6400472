"""Engines of this machine, and of others where they are installed."""

import os
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from detachment.engines import (
    Local,
    cluster,
    each_once,
    from_executor,
    from_ray,
    from_spark,
)
from detachment.errors import EngineError, UsageError
from detachment.sources import PartError


def failing(part):
    if part == 2:
        raise PartError("two", "is gone.")
    return part * 10


@pytest.mark.parametrize("workers", [1, 3])
def test_each_part_once_and_an_error_as_a_value(workers):
    found = dict(each_once(Local(workers), failing, [1, 2, 3]))
    assert str(found.pop(1)) == "two: is gone."
    assert found == {0: 10, 2: 30}


def blas_threads(_=None):
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


@pytest.mark.parametrize("workers", [1, 2])
def test_each_thread_multiplies_by_itself(workers):
    with threadpool_limits(2, user_api="blas"):
        assert [found for _, found in Local(workers).run(blas_threads, [1, 2, 3])] == [{1}] * 3
        assert blas_threads() == {2}


def test_runs_that_end_in_any_order_leave_the_limit_as_it_was():
    with threadpool_limits(2, user_api="blas"):
        first, second = (Local(1).run(blas_threads, [1, 2]) for _ in range(2))
        assert [next(run)[1] for run in (first, second)] == [{1}] * 2
        assert list(first) == [(1, {1})]
        assert list(second) == [(1, {1})]
        assert blas_threads() == {2}
        next(Local(1).run(blas_threads, [1, 2]))  # never ended
        assert blas_threads() == {2}


class Forgetful:
    def run(self, task, parts):
        yield 0, task(parts[0])


class Repeating:
    def run(self, task, parts):
        yield from [(0, task(parts[0]))] * 2


@pytest.mark.parametrize(
    ("engine", "said"),
    [(Forgetful(), "1 of 2 parts were never counted"), (Repeating(), "part 1 was counted twice")],
)
def test_an_engine_that_loses_or_repeats_a_part_gives_no_result(panel, engine, said):
    with pytest.raises(EngineError, match=said):
        list(each_once(engine, abs, [1, 2]))
    with pytest.raises(EngineError):
        panel.answer(engine)


def test_no_more_parts_in_flight_than_said():
    begun, most = set(), []
    lock = threading.Lock()

    def watch(part):
        with lock:
            begun.add(part)
        return part

    with ThreadPoolExecutor(2) as pool:
        for done, (_, part) in enumerate(from_executor(pool, in_flight=3).run(watch, range(20))):
            with lock:
                most.append(len(begun) - done)
            assert part in begun
    assert max(most) <= 3


def test_threads_and_an_executor_give_the_same_bytes(panel, expected):
    assert panel.answer(Local(4), panel.shuffled) == expected
    with ThreadPoolExecutor(3) as pool:
        assert panel.answer(from_executor(pool, in_flight=2)) == expected


def test_a_process_that_ends_is_an_error_of_the_engine():
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert list(from_executor(pool).run(abs, [-1])) == [(0, 1)]
        with pytest.raises(EngineError, match=r"a process of the pool ended.*Take fewer"):
            list(from_executor(pool).run(os._exit, [3]))


def test_without_an_address_there_is_no_cluster(monkeypatch):
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with cluster() as engine:
        assert isinstance(engine, Local)
        assert engine.dashboard is None
    with pytest.raises(UsageError, match=r"detachment\[cluster\]"):
        cluster("tcp://127.0.0.1:8786")


@pytest.mark.filterwarnings("ignore")  # of Ray's own
def test_ray(panel, expected):
    ray = pytest.importorskip("ray", reason="Ray is not installed", exc_type=ImportError)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        assert str(dict(from_ray().run(failing, [1, 2, 3]))[1]) == "two: is gone."
        assert panel.answer(from_ray(in_flight=3)) == expected
    finally:
        ray.shutdown()


@pytest.mark.filterwarnings("ignore")  # of Spark's own
def test_spark(panel, expected):
    sql = pytest.importorskip("pyspark.sql", reason="Spark is not installed", exc_type=ImportError)
    builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    try:
        assert panel.answer(from_spark(session)) == expected
    finally:
        session.stop()
