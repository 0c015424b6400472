"""Real workers in processes of their own, and what happens when they are killed.

One scheduler and four workers serve all tests; the last test kills three of them.
"""

import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.cli import main
from detachment.engines import Cluster, Local, _dask, cluster
from detachment.errors import EngineError, SurveyError
from detachment.sources import PartError

pytest.importorskip("distributed", reason="Dask distributed is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]


class Processes:
    """A scheduler and workers on loopback; every process is ended by its own handle."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []
        place = folder / "scheduler.json"
        self.scheduler = self.start(
            "scheduler", "--port", "0", "--dashboard-address", "127.0.0.1:0",
            "--scheduler-file", str(place),
        )  # fmt: skip
        wait_for(lambda: place.is_file() and place.stat().st_size > 0)
        self.address: str = json.loads(place.read_text())["address"]
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, what: str, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments]
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1"],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.started.append(process)
        return process

    def hire(self, number: int) -> None:
        options = ("--no-nanny", "--nthreads", "1", "--no-dashboard")
        self.workers += [self.start("worker", self.address, *options) for _ in range(number)]

    def kill(self, number: int) -> None:
        for _ in range(number):
            self.workers.pop().kill()

    def end(self) -> None:
        for process in reversed(self.started):
            process.kill()
            process.wait()


class Interrupted:
    """An engine at whose third result something happens; its parts take a while."""

    def __init__(self, engine: Cluster, event: Callable[[], None]) -> None:
        self.engine, self.event = engine, event

    def run(self, task, parts):
        def slow(part):  # travels by value: workers do not know this module
            time.sleep(0.15)
            return task(part)

        for done, found in enumerate(self.engine.run(slow, parts), 1):
            if done == 3:
                self.event()
            yield found


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    running = Processes(tmp_path_factory.mktemp("processes"))
    try:
        running.hire(4)
        yield running
    finally:
        running.end()


@pytest.fixture(scope="module")
def engine(processes: Processes) -> Iterator[Cluster]:
    with cluster(processes.address) as found:
        assert isinstance(found, Cluster)
        found.client.wait_for_workers(4, timeout=60)
        yield found


def test_the_same_bytes_from_memory_threads_and_four_workers(engine, panel, expected):
    assert panel.answer(engine, panel.shuffled) == expected


def test_every_verb_that_counts_gives_the_bytes_of_memory(engine, panel, in_memory):
    found = panel.every_answer(engine, panel.shuffled)
    for verb, said in in_memory.items():
        assert found[verb] == said, verb


def test_each_part_goes_to_whoever_is_free(engine):
    def where(part):
        time.sleep(0.1)
        return os.getpid()

    found = list(engine.run(where, range(8)))
    assert sorted(place for place, _ in found) == list(range(8))
    assert len({pid for _, pid in found}) == 4


def test_nothing_is_left_on_the_cluster(engine):
    assert list(engine.run(len, ["ab"])) == [(0, 2)]
    for _ in engine.run(len, ["ab"] * 40):
        break  # whoever asked does not want the rest

    def keys(dask_scheduler):
        return list(dask_scheduler.tasks)

    wait_for(lambda: not engine.client.run_on_scheduler(keys))


def test_an_error_of_a_part_is_told_by_its_name(engine, panel, tmp_path):
    def failing(part):
        raise PartError(part, "is gone.")

    ((place, error),) = engine.run(failing, ["second.parquet"])
    assert (place, type(error), str(error)) == (0, PartError, "second.parquet: is gone.")
    folder = tmp_path / "parts"
    shutil.copytree(panel.folder, folder)
    damaged = folder / "03.parquet"
    content = bytearray(damaged.read_bytes())
    content[60:160] = bytes(100)
    damaged.write_bytes(content)
    with pytest.raises(SurveyError, match=r"1 part of 6 cannot be read.*hold 9,000") as caught:
        dt.open_survey(folder, instrument=panel.instrument, engine=engine)
    assert "03.parquet: " in str(caught.value)
    survey = dt.open_survey(
        folder, instrument=panel.instrument, engine=engine, allow_missing_parts=True
    )
    assert survey.missing_parts == ("03.parquet",)


def test_an_error_that_cannot_travel_is_told_by_its_kind(engine):
    def failing(part):
        class Odd(Exception):
            def __reduce__(self):
                raise TypeError

        raise Odd

    ((_, error),) = engine.run(failing, [1])
    assert (type(error), str(error)) == (EngineError, "a task failed on a worker (Odd).")


def test_other_code_on_a_worker_is_refused(engine, monkeypatch):
    monkeypatch.setattr(_dask, "code_sha256", lambda: "another")
    with pytest.raises(EngineError, match="another state of this package"):
        list(engine.run(len, ["ab"]))


def test_other_versions_on_a_worker_are_refused(engine, monkeypatch):
    real = engine.client.get_versions

    def older(packages):
        found = real(packages=packages)
        for about in found["workers"].values():
            about["packages"]["numpy"] = "1.0.0"
        return found

    monkeypatch.setattr(engine.client, "get_versions", older)
    with pytest.raises(EngineError, match=r"has numpy 1.0.0, and this computer has"):
        list(engine.run(len, ["ab"]))


def test_a_package_that_a_worker_does_not_have_is_named(engine, tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("def task(part):\n    return part\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here

    with pytest.raises(EngineError, match=r"a worker cannot import only_here.*Install"):
        list(engine.run(only_here.task, [1]))


def test_what_travels_with_a_part_is_small(panel):
    survey = dt.open_survey(panel.folder, instrument=panel.instrument)
    sizes = []

    class Weighing:
        def run(self, task, parts):
            packed = _dask._plan(task)
            sizes.extend(len(packed) + len(pickle.dumps(part)) for part in parts)
            yield from Local(1).run(task, parts)

    dt.open_survey(panel.folder, engine=Weighing(), instrument=panel.instrument)
    assert len(sizes) == len(survey.source.parts)
    assert max(sizes) < 10_000


def test_the_command_line_counts_there_and_says_where_it_is_seen(
    processes, engine, panel, capsys, monkeypatch
):
    monkeypatch.chdir(panel.folder.parent)  # where the workers are not
    call = ["reliability", "parts", "--instrument", "tiny.yaml", "--json"]
    assert main([*call, "--scheduler", processes.address]) == 0
    there = capsys.readouterr()
    assert main(call) == 0
    here = capsys.readouterr()
    assert there.out == here.out
    assert there.err.replace(f"dashboard: {engine.dashboard}\n", "", 1) == here.err
    assert "dashboard: http://127.0.0.1:" in there.err


def write_exports(folder: Path) -> None:
    exports = folder / "exports"
    exports.mkdir()
    rng = np.random.default_rng(3)
    for number in range(2):
        people = np.rint(3 + rng.normal(size=(40, 1)) + rng.normal(size=(40, 4)))
        answers = pd.DataFrame(np.clip(people, 1, 5).astype(int), columns=["s1", "s2", "s3", "s4"])
        answers.to_csv(exports / f"{number}.csv", index=False)
    (exports / "bad.docx").write_bytes(b"PK\x03\x04 no survey")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_reports_are_the_same_on_a_cluster(processes, engine, panel, tmp_path, monkeypatch, capsys):
    write_exports(tmp_path)
    shutil.copy(panel.instrument, tmp_path)
    monkeypatch.chdir(tmp_path)
    exports = sorted(f"exports/{path.name}" for path in (tmp_path / "exports").iterdir())
    call = ["report", *exports, "--instrument", "tiny.yaml"]
    assert main([*call, "--out", "there", "--scheduler", processes.address]) == 4
    said = capsys.readouterr().err
    assert "error: exports/bad.docx: bad.docx" in said
    assert main([*call, "--out", "here"]) == 4
    assert tree(tmp_path / "there") == tree(tmp_path / "here")
    capsys.readouterr()
    assert main([*call, "--out", "there", "--scheduler", processes.address, "--resume"]) == 4
    assert capsys.readouterr().err.count("unchanged") == 2


def test_no_scheduler_is_one_clear_error():
    with pytest.raises(EngineError, match=r"there is no scheduler at tcp://127.0.0.1:1\b"):
        cluster("tcp://127.0.0.1:1", timeout=0.5)


def test_no_worker_and_then_no_scheduler_are_clear_errors(panel, tmp_path):
    running = Processes(tmp_path)
    try:
        with (
            cluster(running.address, timeout=0.3) as lonely,
            pytest.raises(EngineError, match=r"has had no worker for 0.3 seconds.*Start"),
        ):
            list(lonely.run(len, ["ab"]))
        running.hire(1)
        with cluster(running.address) as found:
            survey = dt.open_survey(panel.folder, instrument=panel.instrument, engine=found)
            object.__setattr__(survey, "engine", Interrupted(found, running.scheduler.kill))
            with pytest.raises(EngineError, match=r"is gone or does not answer"):
                dt.reliability(survey)
            with pytest.raises(EngineError, match=r"is gone or does not answer"):
                list(found.run(len, ["ab"]))
    finally:
        running.end()


def test_the_answer_is_exact_whoever_is_killed(processes, engine, panel, expected, in_memory):
    struck = Interrupted(engine, lambda: processes.kill(1))
    survey = dt.open_survey(panel.folder, instrument=panel.instrument, engine=struck)
    assert len(processes.workers) == 3
    assert survey.rows == 10_800
    assert (
        panel.answer(Interrupted(engine, lambda: processes.kill(2 * (len(processes.workers) == 3))))
        == expected
    )
    assert len(processes.workers) == 1
    assert panel.every_answer(engine, panel.folder) == in_memory  # of the one that is left
