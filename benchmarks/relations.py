"""Correlations of 15 signs with 5 effects, beside pingouin and R's psych; max-T by permutation.

    apt-get install r-base-core r-cran-psych r-cran-jsonlite     # Debian 12: psych 2.2.9
    python -m venv peers && peers/bin/pip install pingouin       # 0.7.0
    python benchmarks/relations.py [--rows 100000] [--runs 3] [--pingouin PYTHON] [--no-r]

Simulated answers (seed fixed): signs from 1 to 5, effects the mean of four items, 3 % of the signs
missing. Every row of the table lets ours and the peer run in turn, the peer timing itself in a
process of its own without its start, and prints medians and the median ratio of neighbours, by the
clock and in time of the processor; the latter depends less on what else the machine does. What is
loops is run for a few replicates and scaled up, which is said. Peak memory is what Python and NumPy
allocate during our call. "Verb" is the whole of ``correlate`` from a plain table on, with all that
it checks and says; the other rows are kernels.

pingouin gives r, Fisher's interval, p, a Bayes factor and power of a pair; psych's ``corr.test`` r,
t, p, adjusted p and Fisher's interval. Ours gives r, n, p, Holm's p and Fisher's interval, and in
rows of their own intervals that need no normal answers, whole dyads, Bayes factors, resistant
coefficients.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import detachment as dt
from detachment import stats

Seconds = tuple[float, float]  # by the clock, of the processor

PINGOUIN = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np, pingouin as pg
x, y = np.load(sys.argv[1]), np.load(sys.argv[2])
pg.corr(x[:100, 0], y[:100, 0])
print("ready", flush=True)
for line in sys.stdin:
    method = line.strip()
    wall, cpu = time.perf_counter(), time.process_time()
    found = [pg.corr(a, b, method=method) for a in x.T for b in y.T]
    name = "p_val" if "p_val" in found[0] else "p-val"
    pg.multicomp([float(f[name].iloc[0]) for f in found], method="holm")
    print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)
"""
PSYCH = """
suppressMessages(library(psych))
x <- as.matrix(read.csv(commandArgs(TRUE)[1])); y <- as.matrix(read.csv(commandArgs(TRUE)[2]))
cat("ready\\n"); flush(stdout())
input <- file("stdin", "r")
while (length(line <- readLines(input, 1))) {
  used <- system.time(corr.test(x, y, adjust = "holm"))
  cat(used[["elapsed"]], used[["user.self"]] + used[["sys.self"]], "\\n"); flush(stdout())
}
"""


def answers(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Signs (rows, 15) and effects (rows, 5) with one thing in common."""
    rng = np.random.default_rng(1)
    trait = rng.normal(size=(rows, 1))
    signs = np.clip(np.rint(2.3 + 0.7 * trait + rng.normal(size=(rows, 15))), 1, 5)
    items = 3 + 0.7 * trait[:, :, None] + rng.normal(size=(rows, 5, 4))
    signs[rng.random(signs.shape) < 0.03] = np.nan
    return signs, np.clip(np.rint(items), 1, 5).mean(axis=2)


class Peer:
    """A peer in a process of its own, which times itself."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.ready = self.process.stdout.readline().strip() == "ready"

    def run(self, word: str = "go") -> Seconds:
        """Seconds of one run."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        wall, cpu = map(float, self.process.stdout.readline().split())
        return wall, cpu

    def close(self) -> None:
        """Let it end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def seconds(work: Callable[[], object]) -> Seconds:
    """Time of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def row(
    name: str,
    ours: Callable[[], object],
    peer: str = "",
    theirs: Callable[[], Seconds] | None = None,
    *,
    runs: int,
    scale: float = 1.0,
) -> None:
    """One line of the table."""
    pairs = [(seconds(ours), theirs() if theirs else (np.nan, np.nan)) for _ in range(runs)]
    mine, other = (
        [statistics.median(part[k] for part in side) for k in (0, 1)]
        for side in zip(*pairs, strict=True)
    )
    ratios = [statistics.median(b[k] / (a[k] * scale) for a, b in pairs) for k in (0, 1)]
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    told = f"{other[1] * 1e3:.0f} | {ratios[0]:.1f} | {ratios[1]:.1f}"
    beside = told if theirs else "- | - | -"
    print(
        f"| {name} | {mine[0] * scale * 1e3:.0f} | {mine[1] * scale * 1e3:.0f} | {peer or '-'} |"
        f" {beside} | {peak:.0f} |",
        flush=True,
    )


def all_pairs(x: np.ndarray, y: np.ndarray) -> None:
    """What a table of correlations shows."""
    r, n = stats.pearson(x, y)
    stats.fisher_interval(r, n)
    stats.adjust_p(stats.t_test_p(r, n), "holm")


def verb(table: pd.DataFrame, **options: str) -> None:
    """The whole verb: it reads the table and looks for doubts too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = list(table.columns)
        dt.correlate(table, rows=names[:15], columns=names[15:20], **options)


def robust(x: np.ndarray, y: np.ndarray) -> None:
    """The same with intervals that need no normal answers."""
    all_pairs(x, y)
    stats.robust_fisher_interval(x.T[:, None], y.T[None])


def shuffled(x: np.ndarray, y: np.ndarray, times: int) -> Seconds:
    """A loop of permutations with NumPy's own correlations, complete answers."""
    rng, x = np.random.default_rng(1), np.nan_to_num(x, nan=3.0)

    def loop() -> None:
        for _ in range(times):
            turned = y[rng.permutation(len(y))]
            np.abs(np.corrcoef(x, turned, rowvar=False)[:15, 15:]).max()

    return seconds(loop)


def scaled(found: Seconds, times: float) -> Seconds:
    """Seconds of so many times as much."""
    return found[0] * times, found[1] * times


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--pingouin", default=os.environ.get("PEER_PYTHON", sys.executable))
    parser.add_argument("--no-r", action="store_true")
    options = parser.parse_args()
    x, y = answers(options.rows)
    few, of_few = answers(2000)
    table = pd.DataFrame(np.hstack([x, y])).rename(columns="v{}".format)
    table["dyad"] = np.arange(len(x)) // 2
    people, runs = f"n = {options.rows}", options.runs
    design = stats.survey_design(np.ones(len(x)), clusters=np.arange(len(x)) // 2)
    r, n = stats.pearson(x, y)
    print("| what | ours, ms | processor | peer | processor, ms | ratio | of processor | MB |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / name) for name in ("x.npy", "y.npy")]
        np.save(paths[0], x)
        np.save(paths[1], y)
        pingouin = Peer([options.pingouin, "-c", PINGOUIN, *paths])
        if pingouin.ready:
            for name, ours, method in (
                ("75 r, Fisher, Holm", lambda: all_pairs(x, y), "pearson"),
                ("75 r, Fisher, Holm, verb", lambda: verb(table), "pearson"),
                ("75 r, dyads whole, Holm, verb", lambda: verb(table, cluster="dyad"), "pearson"),
                ("75 r, robust intervals, Holm", lambda: robust(x, y), "pearson"),
                ("75 percentage bend", lambda: stats.percentage_bend(x, y), "percbend"),
                ("75 biweight", lambda: stats.biweight_midcorrelation(x, y), "bicor"),
            ):
                theirs = lambda m=method: pingouin.run(m)  # noqa: E731
                row(f"{name}, {people}", ours, f"pingouin, {method}", theirs, runs=runs)
            pingouin.close()
        else:
            print("pingouin is not asked: not installed where --pingouin says.")
        if shutil.which("Rscript") and not options.no_r:
            tables = [str(Path(folder) / name) for name in ("x.csv", "y.csv")]
            for path, side in zip(tables, (x, y), strict=True):
                names = ",".join(f"v{k}" for k in range(side.shape[1]))
                text = "\n".join(
                    ",".join("NA" if np.isnan(v) else repr(v) for v in line)
                    for line in side.tolist()
                )
                Path(path).write_text(f"{names}\n{text}\n", encoding="ascii")
            script = Path(folder) / "psych.R"
            script.write_text(PSYCH, encoding="ascii")
            psych = Peer(["Rscript", str(script), *tables])
            for name, ours in (
                ("75 r, Fisher, Holm", lambda: all_pairs(x, y)),
                ("75 r, Fisher, Holm, verb", lambda: verb(table)),
            ):
                row(f"{name}, {people}", ours, "psych::corr.test", psych.run, runs=runs)
            psych.close()
        else:
            print("R is not asked: no Rscript, or --no-r.")
    for name, ours in (
        ("75 r by dyads (design)", lambda: stats.design_correlations(x, y, design)),
        ("spread of Fisher's z", lambda: stats.fisher_z_spread(x, y)),
        ("75 Bayes factors", lambda: stats.correlation_bayes_factor(r, n)),
    ):
        row(f"{name}, {people}", ours, runs=runs)
    for method in ("percentage_bend", "biweight"):
        row(
            f"10,000 resamples of 75 {method}, n = 2000 (1000 scaled)",
            lambda m=method: stats.resistant_bootstrap(
                few, of_few, m, n_boot=1000, jackknife=False
            ),
            runs=1,
            scale=10,
        )
    row(
        "max-T, 10,000 permutations, n = 2000",
        lambda: stats.max_t(few, of_few),
        "numpy.corrcoef, 100 scaled",
        lambda: scaled(shuffled(few, of_few, 100), 100),
        runs=runs,
    )
    row(
        f"max-T, 10,000 permutations, {people} (320 scaled)",
        lambda: stats.max_t(x, y, n_perm=320),
        "numpy.corrcoef, 10 scaled",
        lambda: scaled(shuffled(x, y, 10), 1000),
        runs=1,
        scale=10_000 / 320,
    )


if __name__ == "__main__":
    main()
