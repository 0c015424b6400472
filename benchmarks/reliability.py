"""Reliability coefficients beside R's psych, in one interleaved run.

    python benchmarks/reliability.py [--runs 5]

Prints a table: the median time of each, and the median of the ratios of neighbouring runs. R is a
process of its own that times its own calls, so that its start does not count. The peer comes from
Debian: ``apt-get install r-base-core r-cran-psych``; the greatest lower bound beside
``psych::glb.algebraic`` needs ``install.packages("Rcsdp")`` besides. What is not there is said, and
only our time is given. Run it with OPENBLAS_NUM_THREADS=1, as R's reference BLAS has one thread.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from detachment import stats

N, ITEMS, RESAMPLES = 2000, 15, 1000
R_SERVER = """
suppressMessages(library(psych))
options(mc.cores = 1)
x <- read.csv(commandArgs(TRUE)[1])
r <- cor(x)
calls <- list(
  splits = function() splitHalf(r, raw = FALSE, brute = TRUE, check.keys = FALSE),
  glb = function() glb.algebraic(round(r, 12)),
  alphas = function() alpha(x, n.iter = 1000),
  guttman = function() tenberge(r),
  omegas = function() omega(x, nfactors = 1, n.iter = 20, plot = FALSE),
  three = function() omega(x, n.iter = 20, plot = FALSE)
)
input <- file("stdin", "r")
cat("ready\\n"); flush(stdout())
while (length(name <- readLines(input, n = 1)) > 0) {
  taken <- tryCatch({
    start <- proc.time()[["elapsed"]]
    capture.output(suppressMessages(suppressWarnings(calls[[name]]())), file = nullfile())
    proc.time()[["elapsed"]] - start
  }, error = function(e) NA)
  cat(taken, "\\n"); flush(stdout())
}
"""


def answers() -> np.ndarray:
    """Answers 1 to 5 of 2,000 people to 15 items with one common factor."""
    rng = np.random.Generator(np.random.Philox(key=[1, 15]))
    latent = rng.normal(size=(N, 1)) + rng.normal(size=(N, ITEMS))
    return np.clip(np.rint(3 + 0.8 * latent), 1, 5)


def tasks(x: np.ndarray) -> dict[str, tuple[str, Callable[[], object], float]]:
    """Name -> the peer's call, ours, and how many of ours are as much work as the peer's."""
    cov = stats.pairwise_moments(x).cov
    start = stats.omega_total(cov).loadings

    def omega(resampled: np.ndarray) -> np.ndarray:
        return stats.omega_total(resampled, denominator="observed", start=start).omega

    cor = stats.correlation_from(cov)
    stack = np.stack([stats.correlation_from(np.cov(x[k : k + 300].T)) for k in range(200)])
    return {
        "all 6,435 splits of 15 items": ("splits", lambda: stats.split_halves(cor), 1),
        "greatest lower bound, 15 items": (
            "glb",
            lambda: stats.greatest_lower_bound(cor),
            1,
        ),
        "greatest lower bound, each of 200": (
            "glb",
            lambda: stats.greatest_lower_bound(stack),
            1 / len(stack),
        ),
        "mu 0 to 3": (
            "guttman",
            lambda: [stats.ten_berge_mu(cor, order) for order in range(4)],
            1,
        ),
        "1,000 bootstrap alphas": (
            "alphas",
            lambda: stats.resample(x, stats.alpha, n_boot=RESAMPLES, jackknife=False).percentile(),
            1,
        ),
        "20 bootstrap omegas total (of 1,000)": (
            "omegas",
            lambda: stats.resample(x, omega, n_boot=RESAMPLES, jackknife=False),
            20 / RESAMPLES,
        ),
        "the same, beside psych's default of three factors": (
            "three",
            lambda: stats.resample(x, omega, n_boot=RESAMPLES, jackknife=False),
            20 / RESAMPLES,
        ),
    }


def peer(path: Path) -> subprocess.Popen[str] | None:
    """R, waiting for the name of a call; None where it is not installed."""
    if shutil.which("Rscript") is None:
        return None
    script = path.with_name("peer.R")
    script.write_text(R_SERVER)
    running = subprocess.Popen(
        ["Rscript", str(script), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert running.stdout is not None
    return running if running.stdout.readline().strip() == "ready" else None


def seconds_of_peer(running: subprocess.Popen[str] | None, name: str) -> float:
    """Time of one call in R; NaN where it cannot be made."""
    if running is None or running.stdin is None or running.stdout is None:
        return float("nan")
    running.stdin.write(f"{name}\n")
    running.stdin.flush()
    said = running.stdout.readline().strip()
    return float("nan") if said in ("", "NA") else float(said)


def seconds(call: Callable[[], object]) -> float:
    """Time of one call, as the mean of enough of them to be measured."""
    started = time.perf_counter()
    times = 0
    while times == 0 or time.perf_counter() - started < 0.02:
        call()
        times += 1
    return (time.perf_counter() - started) / times


def main() -> None:
    """Measure every task and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    x = answers()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.csv"
        header = ",".join(f"q{k}" for k in range(ITEMS))
        np.savetxt(path, x, delimiter=",", header=header, comments="", fmt="%d")
        running = peer(path)
        if running is None:
            print("Rscript or psych is not installed: only our own times.", file=sys.stderr)
        print("| task | ours, ms | psych, ms | ratio |\n|---|---|---|---|")
        for name, (theirs, call, share) in tasks(x).items():
            call()
            pairs = [(seconds(call) * share, seconds_of_peer(running, theirs)) for _ in range(runs)]
            ours = statistics.median(own for own, _ in pairs)
            other = statistics.median(r for _, r in pairs)
            ratio = statistics.median(r / own for own, r in pairs)
            shown = "not installed | " if np.isnan(other) else f"{1e3 * other:,.0f} | {ratio:,.0f}"
            print(f"| {name} | {1e3 * ours:,.3f} | {shown} |", flush=True)
        if running is not None and running.stdin is not None:
            running.stdin.close()
            running.wait()


if __name__ == "__main__":
    main()
