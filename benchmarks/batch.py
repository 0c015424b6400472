"""Many reports: time and peak memory with one process and with several.

    python benchmarks/batch.py [--exports 200] [--people 500] [--jobs 1 2]
    python benchmarks/batch.py --small --exports 1000 --people 60 --jobs --workers 1 2 4

Simulates exports of the built-in questionnaire, or with --small of one of ten items (seeds 1, 2,
...), in a temporary folder, writes their reports once with each number of processes (--jobs), and
once more with --resume; and once on a Dask cluster of this machine with each number of workers
(--workers). Prints wall and CPU seconds, the peak memory of the largest process, and whether the
trees are the same bytes.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from detachment import simulate
from detachment.instruments import read_instrument
from detachment.simulation.platforms import WRITERS


def write_exports(folder: Path, exports: int, people: int) -> list[str]:
    """Write one file a seed, with both partners of couples, at one wave or more."""
    instrument = read_instrument("detachment")
    names = []
    for seed in range(1, exports + 1):
        sample = simulate(seed=seed, n_couples=people // 2, n_alone=0, n_students=0)
        ((_, content), *_) = WRITERS["qualtrics"].files(sample, instrument).items()
        names.append(f"export_{seed:03d}.csv")
        (folder / names[-1]).write_bytes(content)
    return names


def write_small(folder: Path, exports: int, people: int) -> list[str]:
    """Write a questionnaire of two scales of five items, and one file a seed."""
    items = [f"q{i}" for i in range(1, 11)]
    (folder / "small.yaml").write_text(
        'schema_version: 1\ninstrument: {id: small, version: "1", title: Small}\n'
        "response_scales:\n  often: {type: ordinal, values: [1, 2, 3, 4, 5], "
        "labels: [never, seldom, sometimes, often, always]}\n"
        "columns:\n  id: {role: respondent_id, type: string}\nitems:\n"
        + "".join(f"  - {{id: {q}, text: Question {q}, scale: often}}\n" for q in items)
        + f"scales:\n  one: {{label: One, role: sign, items: [{', '.join(items[:5])}]}}\n"
        f"  two: {{label: Two, role: effect, items: [{', '.join(items[5:])}]}}\n",
        encoding="utf-8",
    )
    names = []
    for seed in range(1, exports + 1):
        rng = np.random.default_rng(seed)
        x = np.rint(3 + rng.normal(size=(people, 1)) + rng.normal(size=(people, len(items))))
        names.append(f"export_{seed:04d}.csv")
        with (folder / names[-1]).open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", *items])
            answers = np.clip(x, 1, 5).astype(int).tolist()
            writer.writerows([f"P{i}", *row] for i, row in enumerate(answers))
    return names


def on_workers(folder: Path, names: list[str], out: str, *options: str, n: int) -> dict[str, float]:
    """As ``run``, by a cluster of n processes on this machine; without the time to start it."""
    from distributed import Client, LocalCluster

    def used() -> tuple[float, float]:
        import resource

        now = resource.getrusage(resource.RUSAGE_SELF)
        return now.ru_utime + now.ru_stime, now.ru_maxrss

    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with (
        LocalCluster(
            n_workers=n, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as local,
        Client(local) as client,
    ):
        client.run(lambda: __import__("detachment.reports"))
        before = client.run(used)
        found = run(folder, names, out, "--scheduler", local.scheduler_address, *options)
        after = client.run(used)
    found["cpu"] += sum(after[worker][0] - before[worker][0] for worker in before)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return found | {"peak": max(found["peak"], *(peak / unit for _, peak in after.values()))}


def run(folder: Path, names: list[str], out: str, *options: str) -> dict[str, float]:
    """Write the reports; wall and CPU seconds, and megabytes of the largest process."""
    code = (
        "import resource, sys; from detachment.cli import main; code = main(sys.argv[1:]); "
        "both = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]; "
        "print('MEASURED', sum(u.ru_utime + u.ru_stime for u in both), "
        "max(u.ru_maxrss for u in both)); sys.exit(code)"
    )
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, "report", *names, "--out", out, *options],
        cwd=folder, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    wall = time.perf_counter() - begun
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    _, cpu, peak = done.stdout.splitlines()[-1].split()
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return {"wall": wall, "cpu": float(cpu), "peak": float(peak) / unit}


def tree(folder: Path) -> dict[str, bytes]:
    """Every file."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exports", type=int, default=200)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--workers", type=int, nargs="*", default=[])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = (write_small if given.small else write_exports)(folder, given.exports, given.people)
        instrument = ["--instrument", "small.yaml"] if given.small else []
        print(f"{given.exports} exports of {given.people} people")
        print(f"{'':20}{'wall s':>10}{'CPU s':>10}{'s/report':>10}{'peak MB':>10}")

        def tell(label: str, found: dict[str, float]) -> None:
            each = found["wall"] / given.exports
            print(f"{label:20}{found['wall']:10.1f}{found['cpu']:10.1f}{each:10.2f}"
                  f"{found['peak']:10.0f}", flush=True)  # fmt: skip

        trees = []
        for jobs in given.jobs:
            for resume in ([], ["--resume"]):
                label = f"{jobs} job{'s' if jobs > 1 else ''}{', resumed' if resume else ''}"
                options = [*instrument, "--jobs", str(jobs), *resume]
                tell(label, run(folder, names, f"jobs_{jobs}", *options))
            trees.append(tree(folder / f"jobs_{jobs}"))
        for n in given.workers:
            found = on_workers(folder, names, f"workers_{n}", *instrument, n=n)
            tell(f"{n} worker{'s' if n > 1 else ''}", found)
            trees.append(tree(folder / f"workers_{n}"))
        print("the same bytes:", all(one == trees[0] for one in trees))


if __name__ == "__main__":
    main()
