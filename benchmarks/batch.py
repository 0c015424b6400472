"""Many reports: time and peak memory with one process and with several.

    python benchmarks/batch.py [--exports 200] [--people 500] [--jobs 1 2]

Simulates exports of the built-in questionnaire (seeds 1, 2, ...) in a temporary folder, writes
their reports once with each number of processes, and once more with --resume. Prints wall and CPU
seconds, the peak memory of the largest process, and whether the trees are the same bytes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = write_exports(folder, given.exports, given.people)
        print(f"{given.exports} exports of {given.people} people")
        print(f"{'':20}{'wall s':>10}{'CPU s':>10}{'s/report':>10}{'peak MB':>10}")
        for jobs in given.jobs:
            for resume in ([], ["--resume"]):
                found = run(folder, names, f"reports_{jobs}", "--jobs", str(jobs), *resume)
                label = f"{jobs} job{'s' if jobs > 1 else ''}{', resumed' if resume else ''}"
                each = found["wall"] / given.exports
                print(f"{label:20}{found['wall']:10.1f}{found['cpu']:10.1f}{each:10.2f}"
                      f"{found['peak']:10.0f}")  # fmt: skip
        first, *others = [tree(folder / f"reports_{jobs}") for jobs in given.jobs]
        print("the same bytes:", all(one == first for one in others))


if __name__ == "__main__":
    main()
