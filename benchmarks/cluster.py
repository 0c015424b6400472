"""What a killed worker costs: a job on four processes, of which none, one and two are killed.

    python benchmarks/cluster.py [parts] [seconds]

Each part sleeps and counts, so that the time is that of the cluster and not of the disk. Workers
run under Dask's nanny, which starts a killed one anew. Prints, for each number of kills, whether
the sum is exact, the time, and its ratio to the job without a kill; and how many bytes travel with
a part of a real survey.
"""

import os
import pickle
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import detachment as dt
from detachment.engines import Cluster, Local, cluster


def job(engine: Cluster, parts: int, seconds: float, kills: int) -> tuple[int, float]:
    """Sum and time of a job during which some workers are killed."""

    def task(part: int) -> int:
        time.sleep(seconds)
        return part**2

    processes = list(engine.client.run(os.getpid).values())
    begun, total = time.perf_counter(), 0
    for done, (_, found) in enumerate(engine.run(task, range(parts)), 1):
        assert isinstance(found, int)
        total += found
        if done == parts * 3 // 10:
            for pid in processes[:kills]:
                os.kill(pid, signal.SIGKILL)
    return total, time.perf_counter() - begun


def travelling() -> dict[int, int]:
    """Items -> bytes that travel with a part, at most."""
    from detachment.engines._dask import _plan

    sizes: dict[int, int] = {}

    class Weighing:
        def run(self, task, parts):  # noqa: ANN001, ANN202
            size = max(len(_plan(task)) + len(pickle.dumps(part)) for part in parts)
            sizes[items] = max(sizes.get(items, 0), size)
            yield from Local().run(task, parts)

    with tempfile.TemporaryDirectory() as folder:
        for items in (15, 25, 60):
            rng = np.random.default_rng(1)
            names = [f"i{j:02d}" for j in range(items)]
            answers = np.clip(
                np.rint(rng.normal(3, 1, (12_000, 1)) + rng.normal(size=(12_000, items))), 1, 5
            )
            path, about = Path(folder) / "p.parquet", Path(folder) / "i.yaml"
            pd.DataFrame(answers.astype(np.int8), columns=names).to_parquet(path)
            listed = "\n".join(
                f"  - {{id: {name}, scale: agree, text: How much of {name}?}}" for name in names
            )
            about.write_text(
                "schema_version: 1\ninstrument: {id: p, version: 1.0.0, title: P}\n"
                "response_scales: {agree: {values: [1, 2, 3, 4, 5]}}\n"
                f"items:\n{listed}\n"
                f"scales: {{all: {{label: All, role: sign, items: [{', '.join(names)}]}}}}\n"
            )
            dt.items(dt.open_survey(path, instrument=about, engine=Weighing()))
    return sizes


def main(parts: int = 40, seconds: float = 0.3) -> None:
    """Print the table."""
    from distributed import LocalCluster

    expected, first = sum(part**2 for part in range(parts)), 0.0
    with (
        LocalCluster(
            n_workers=4, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as local,
        cluster(local.scheduler_address) as engine,
    ):
        assert isinstance(engine, Cluster)
        for kills in (0, 1, 2):
            engine.client.wait_for_workers(4)
            total, taken = job(engine, parts, seconds, kills)
            first = first or taken
            print(f"killed {kills}: exact {total == expected}, {taken:.1f} s, {taken / first:.2f}")
    for items, size in travelling().items():
        print(f"{items} items: {size} bytes travel with a part")


if __name__ == "__main__":
    main(*(kind(word) for kind, word in zip((int, float), sys.argv[1:], strict=False)))
