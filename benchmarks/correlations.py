"""75 correlations with intervals and adjusted p, beside pingouin, SciPy and R's psych.

    python benchmarks/correlations.py [--runs 3] [--rows 100000] [--permutations 10000]

Prints a table: medians of interleaved runs in seconds, and how many times longer each peer takes
than the verb without clusters. Ours is the whole verb: it takes the table, looks for doubts, and
gives r, interval, p and adjusted p of 15 x 5 variables; once with independent people, once with
dyads taken whole, once with max-T. The peers compute r, interval and p of each pair, and Holm's
adjustment; none of them takes dyads whole. pingouin is used where it can be imported (pip install
pingouin, in an environment of its own); SciPy's loop does what it does inside. R's peer comes from
Debian (the time is that of corr.test alone, without R's start):

    apt-get install r-base-core r-cran-psych

Set OPENBLAS_NUM_THREADS=1: R runs on one core too.
"""

import argparse
import importlib.util
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats as scipy_stats

import detachment as dt
from detachment.stats import adjust_p

R = """
suppressMessages(library(psych))
d <- read.csv(commandArgs(TRUE)[1])
for (i in seq_len(as.integer(commandArgs(TRUE)[2]))) cat(system.time(
  corr.test(d[, 1:15], d[, 16:20], adjust = "holm", ci = TRUE))[["elapsed"]], "")
"""


def answers(n: int) -> pd.DataFrame:
    """Fifteen items and five scores of partners who are alike."""
    rng = np.random.default_rng(1)
    shared = np.repeat(rng.normal(size=(n // 2, 1)), 2, axis=0)
    latent = shared + rng.normal(size=(n, 1))
    items = np.clip(np.rint(3 + latent + rng.normal(size=(n, 15))), 1, 5)
    scores = np.rint(4 * (3 + latent + rng.normal(size=(n, 5)))) / 4
    frame = pd.DataFrame(
        np.hstack([items, scores]),
        columns=[*(f"sign_{k}" for k in range(15)), *(f"effect_{k}" for k in range(5))],
    )
    return frame.assign(couple=np.arange(n) // 2)


def peers(frame: pd.DataFrame) -> dict[str, Callable[[], object]]:
    """What others do for the same table."""
    pairs = [(a, b) for a in frame.columns[:15] for b in frame.columns[15:20]]

    def scipy_loop() -> object:
        found = [scipy_stats.pearsonr(frame[a], frame[b]) for a, b in pairs]
        return [one.confidence_interval() for one in found], adjust_p([one.pvalue for one in found])

    asked: dict[str, Callable[[], object]] = {"SciPy, pair by pair": scipy_loop}
    if importlib.util.find_spec("pingouin"):
        import pingouin

        asked["pingouin"] = lambda: pingouin.pairwise_corr(
            frame, [list(frame.columns[:15]), list(frame.columns[15:20])], padjust="holm"
        )
    return asked


def in_r(frame: pd.DataFrame, runs: int) -> list[float]:
    """Seconds of R's runs; none without R."""
    if shutil.which("Rscript") is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.csv"
        frame.to_csv(path, index=False)
        asked = ["Rscript", "-e", R, str(path), str(runs)]
        ran = subprocess.run(asked, capture_output=True, text=True, check=False)
    return [float(word) for word in ran.stdout.split()] if ran.returncode == 0 else []


def main() -> None:
    """Measure in turn, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--permutations", type=int, default=10_000)
    given = parser.parse_args()
    frame = answers(given.rows)
    people = answers(1400)
    crossed = {"rows": list(frame.columns[:15]), "columns": list(frame.columns[15:20])}
    asked: dict[str, Callable[[], object]] = {
        "correlate": lambda: dt.correlate(frame, **crossed),
        "correlate, dyads whole": lambda: dt.correlate(frame, **crossed, cluster="couple"),
        **peers(frame),
        f"correlate, max-T, {given.permutations} permutations, 1,400 people": lambda: dt.correlate(
            people, **crossed, cluster="couple", adjust="max_t", n_perm=given.permutations
        ),
    }
    times: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(given.runs):
        for name, run in asked.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    times["R, psych::corr.test"] = in_r(frame, given.runs)
    ours = statistics.median(times["correlate"])
    print(f"75 correlations, {given.rows} rows, {given.runs} runs in turn")
    for name, seconds in times.items():
        if not seconds:
            print(f"{name:62s} not here")
            continue
        median = statistics.median(seconds)
        print(f"{name:62s} {median:7.2f} s {median / ours:6.2f} x")


if __name__ == "__main__":
    main()
