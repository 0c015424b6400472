"""Polychoric correlations of 25 items, beside R's psych and lavaan.

    python benchmarks/polychoric.py [--runs 5] [--rows 1000 100000]

Prints a table: medians of interleaved runs, and how many times longer each peer takes, both in time
of the processor, which other work on the machine disturbs less. Ours are measured from the answers
and from the tables of counts, with and without standard errors; the peers start from the answers.
R is asked in one process that stays open, so that its start is not counted, at the first number of
rows only; without R, ours alone are measured. psych and lavaan's first have no standard errors. The
peers come from Debian:

    apt-get install r-base-core r-cran-psych r-cran-lavaan

Set OPENBLAS_NUM_THREADS=1: small matrix products are faster so, and R runs on one core too.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from detachment import stats

ITEMS = 25
R = """
suppressMessages({library(psych); library(lavaan)})
options(mc.cores = 1)
d <- read.csv(commandArgs(TRUE)[1])
ask <- list(
  psych = function() polychoric(d, correct = 0, smooth = FALSE, progress = FALSE),
  lavaan = function() lavCor(d, ordered = names(d)),
  "lavaan, standard errors" = function()
    lavCor(d, ordered = names(d), output = "fit", se = "robust"))
input <- file("stdin", "r")
while (length(name <- readLines(input, 1))) {
  sink(nullfile())
  took <- sum(system.time(suppressWarnings(suppressMessages(ask[[name]]())))[1:2])
  sink()
  cat(took, "\\n", sep = ""); flush(stdout())
}
"""


def answers(rows: int) -> np.ndarray:
    """Answers 0 to 4 to items with one factor."""
    rng = np.random.Generator(np.random.Philox(1))
    latent = 0.6 * rng.normal(size=(rows, 1)) + 0.8 * rng.normal(size=(rows, ITEMS))
    return np.digitize(latent, [-1.2, -0.4, 0.4, 1.2]).astype(np.int8)


class Peers:
    """R in a process of its own that is asked for one fit at a time."""

    names = ("psych", "lavaan", "lavaan, standard errors")

    def __init__(self, x: np.ndarray, folder: Path) -> None:
        script, data = folder / "ask.R", folder / "answers.csv"
        script.write_text(R)
        names = ",".join(f"i{k}" for k in range(x.shape[1]))
        np.savetxt(data, x, fmt="%d", delimiter=",", header=names, comments="")
        self.process = subprocess.Popen(
            ["Rscript", script, data],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def seconds(self, name: str) -> float:
        """Time of the processor that R itself says it took."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def seconds(call: Callable[[], object]) -> float:
    """Time of the processor: median of five in a row, as R's work in between empties the caches."""
    times = []
    for _ in range(5):
        started = time.process_time()
        call()
        times.append(time.process_time() - started)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 100_000])
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    print("\n| rows | what | milliseconds |" + " psych | lavaan | lavaan with SE |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for place, rows in enumerate(given.rows):
            x = answers(rows)
            tables = stats.pairwise_tables(x)
            ours = {
                "from answers, r alone": lambda x=x: stats.polychoric_matrix(x, errors=False),
                "from answers, standard errors": lambda x=x: stats.polychoric_matrix(x),
                "from tables, r alone": lambda tables=tables: stats.polychoric_from_tables(
                    tables, errors=False
                ),
                "from tables, standard errors": lambda tables=tables: stats.polychoric_from_tables(
                    tables
                ),
                "with the covariance of all estimates": lambda x=x: stats.asymptotic_covariance(x),
            }
            asked = place == 0 and shutil.which("Rscript") is not None
            peers = Peers(x, Path(folder)) if asked else None
            times: dict[str, list[float]] = {name: [] for name in (*ours, *Peers.names)}
            for _ in range(given.runs):
                for name, call in ours.items():
                    times[name].append(seconds(call))
                for name in Peers.names if peers else ():
                    times[name].append(peers.seconds(name) if peers else 0.0)
            for name in ours:
                mine = statistics.median(times[name])
                ratios = [
                    f"{statistics.median(times[peer]) / mine:.0f}" if times[peer] else ""
                    for peer in Peers.names
                ]
                print(f"| {rows} | {name} | {1000 * mine:.1f} | {' | '.join(ratios)} |")
            if peers:
                said = [f"{p} {statistics.median(times[p]):.2f} s" for p in Peers.names]
                print(f"| {rows} | peers themselves | {'; '.join(said)} | | | |")
                assert peers.process.stdin is not None
                peers.process.stdin.close()
                peers.process.wait()
    if shutil.which("Rscript") is None:
        print("\nRscript is not there: ours alone were measured.")


if __name__ == "__main__":
    main()
