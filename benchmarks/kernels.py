"""Moments, rank correlations, resamples and permutations, beside pandas and R's psych.

    python benchmarks/kernels.py [--rows 1000000] [--runs 3] [--no-r] [--pingouin PYTHON]

Answers from 1 to 5 (seed fixed). Each of our kernels and its peer run in turn, and the medians of
the ratios of neighbours are printed, by the clock and in time of the processor: times depend on the
machine, ratios less so, and least those of the processor. Loops of the peers are run for a few
replicates and scaled up, which is said. Frames are built from one array a column: from a row-major
matrix pandas would be several times slower. Peak memory is what Python and NumPy allocate during
the call. Moments and correlations of a million rows share the work among up to four cores, so that
their ratio by the clock depends on how many are free; all else takes one core.

R is found as ``Rscript``; on Debian: ``apt install r-base-core r-cran-psych``. Without it, or with
--no-r, its rows are left out. It is asked once, before the rest. The loop over pingouin
(resampling_loop.py) runs in the Python that --pingouin or the environment variable PEER_PYTHON
names, where it is installed (``python -m venv peers && peers/bin/pip install pingouin``); else in
ours, with alpha by pandas.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from detachment import stats

SIGNS, EFFECTS = 15, 5


def answers(rows: int, items: int, missing: float) -> np.ndarray:
    """Answers with one common factor, item-major as a table of columns has them."""
    rng = np.random.default_rng(1)
    trait = rng.normal(size=rows)
    x = np.empty((items, rows))
    for column in x:
        column[:] = np.clip(np.rint(3 + 0.7 * trait + rng.normal(size=rows)), 1, 5)
        column[rng.random(rows) < missing] = np.nan
    return x.T


def as_frame(x: np.ndarray) -> pd.DataFrame:
    """One array a column."""
    return pd.DataFrame({f"q{j}": x[:, j].copy() for j in range(x.shape[1])})


Seconds = tuple[float, float]  # by the clock, of the processor


def seconds(work: Callable[[], object]) -> Seconds:
    """Time of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def megabytes(work: Callable[[], object]) -> float:
    """Most memory that a call holds at a time."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def compare(
    name: str, ours: Callable[[], object], peer: str, theirs: Callable[[], Seconds], runs: int
) -> None:
    """One line of the table."""
    pairs = [(seconds(ours), theirs()) for _ in range(runs)]
    one, other = (statistics.median(part[0] for part in side) for side in zip(*pairs, strict=True))
    clock, processor = (statistics.median(b[k] / a[k] for a, b in pairs) for k in (0, 1))
    print(
        f"| {name} | {one * 1e3:.1f} | {peer} | {other * 1e3:.0f} | {clock:.0f} | {processor:.0f}"
        f" | {megabytes(ours):.0f} |",
        flush=True,
    )


class Loop:
    """The loop over pandas in a process of its own."""

    def __init__(self, x: np.ndarray, python: str, folder: str) -> None:
        path, script = Path(folder) / "answers.npy", Path(__file__).with_name("resampling_loop.py")
        np.save(path, x)
        self.process = subprocess.Popen(
            [python, "-W", "ignore", str(script), str(path), str(SIGNS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.name = self.process.stdout.readline().strip()

    def run(self, times: int, how: str, scale: float) -> Seconds:
        """Time of some resamples, scaled."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{times} {how}\n")
        self.process.stdin.flush()
        wall, cpu = map(float, self.process.stdout.readline().split())
        return wall * scale, cpu * scale

    def close(self) -> None:
        """Let it end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def all_of_them(start: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Alpha, omega total and all correlations of a stack of covariances."""

    def statistic(cov: np.ndarray) -> np.ndarray:
        signs = cov[:, :SIGNS, :SIGNS]
        sd = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
        r = cov[:, :SIGNS, SIGNS:] / (sd[:, :SIGNS, None] * sd[:, None, SIGNS:])
        first = [
            stats.alpha(signs)[:, None],
            stats.omega_total(signs, denominator="observed", start=start).omega[:, None],
        ]
        return np.concatenate([*first, r.reshape(len(cov), -1)], axis=1)

    return statistic


def times_of(one: Callable[[], object], many: int, tried: int) -> Callable[[], Seconds]:
    """Time of many calls, from a few."""

    def scaled() -> Seconds:
        wall, cpu = seconds(lambda: [one() for _ in range(tried)])
        return wall / tried * many, cpu / tried * many

    return scaled


def shuffled(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> None:
    """One permutation of the rows of y, all correlations by NumPy."""
    np.corrcoef(x.T, rng.permutation(y).T)[: x.shape[1], x.shape[1] :]


def by_r(x: np.ndarray) -> dict[str, Seconds]:
    """Times of R for the same answers; empty where there is no R."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        as_frame(x).to_csv(Path(folder) / "answers.csv", index=False)
        script = Path(__file__).with_suffix(".R")
        done = subprocess.run(
            ["Rscript", str(script), folder], capture_output=True, text=True, check=True
        )
    found = json.loads(done.stdout.splitlines()[-1])
    return {name: (times[0], times[1]) for name, times in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-r", action="store_true")
    parser.add_argument("--pingouin", default=os.environ.get("PEER_PYTHON", sys.executable))
    options = parser.parse_args()
    runs = options.runs

    print("| what | ours, ms | peer | peer, ms | times, by the clock | of the processor | MB |")
    print("|---|---|---|---|---|---|---|")
    large = answers(options.rows, 25, 0.03)
    frame = as_frame(large)
    size = f"{options.rows:,} x 25"
    for name, kernel in (
        (f"means and covariances, {size}", stats.pairwise_moments),
        (f"Pearson correlations, {size}", stats.pearson),
        (f"all tables of counts, {size}", stats.pairwise_tables),
    ):
        ours, theirs = partial(kernel, large), partial(seconds, frame.corr)
        compare(name, ours, "DataFrame.corr", theirs, runs)

    x = answers(2000, SIGNS + EFFECTS, 0.0)
    signs, effects = x[:, :SIGNS], x[:, SIGNS:]
    start = stats.omega_total(stats.pairwise_moments(signs).cov).loadings
    rng = np.random.default_rng(2)
    with tempfile.TemporaryDirectory() as folder:
        loop = Loop(x, options.pingouin, folder)
        loop.run(1, "matrix", 1)
        for how in ("pairs", "matrix"):
            compare(
                "10,000 resamples of all 77 statistics, n = 2000",
                lambda: stats.resample(x, all_of_them(start)),
                f"{loop.name}, by {how}, 10 scaled",
                lambda how=how: loop.run(10, how, 1000),
                runs,
            )
        loop.close()
    compare(
        "10,000 permutations, max-T of 75, n = 2000",
        lambda: stats.max_t(signs, effects),
        "numpy.corrcoef, 100 scaled",
        times_of(lambda: shuffled(signs, effects, rng), 10_000, 100),
        runs,
    )
    found = {} if options.no_r else by_r(x)
    if not found:
        print("R is not asked: no Rscript, or --no-r.")
        return
    for name, ours, word in (
        (
            "Kendall's tau-b, 15 x 5, n = 2000",
            lambda: stats.kendall_test(signs, effects),
            "kendall",
        ),
        ("Spearman, 15 x 5, n = 2000", lambda: stats.spearman(signs, effects), "spearman"),
        (
            "1000 resamples of alpha, n = 2000",
            lambda: stats.resample(signs, stats.alpha, n_boot=1000),
            "alpha",
        ),
    ):
        compare(name, ours, f"psych, {word}", lambda w=word: found[w], runs)
    omegas = lambda: stats.resample(  # noqa: E731 - a line of the table
        signs,
        lambda cov: stats.omega_total(cov, start=start, denominator="observed").omega,
        n_boot=1000,
    )
    compare(
        "1000 resamples of omega total, n = 2000",
        omegas,
        "psych, omega (3 factors), 20 scaled",
        lambda: (found["omega"][0] * 1000, found["omega"][1] * 1000),
        runs,
    )
    many = answers(100_000, SIGNS + EFFECTS, 0.0)
    signs, effects = many[:, :SIGNS], many[:, SIGNS:]
    kendall, spearman = (
        1e3 * seconds(partial(work, signs, effects))[1]
        for work in (stats.kendall_test, stats.spearman)
    )
    print(f"n = 100,000 from the counts: Kendall {kendall:.0f} ms, Spearman {spearman:.0f} ms")


if __name__ == "__main__":
    main()
