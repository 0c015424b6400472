"""Actor-partner models beside lavaan: 400 dyads, complete and with missing answers.

    python benchmarks/apim.py [--rounds 3] [--boot 100]

Ours and lavaan's runs take turns; times are the processor's, and the ratio is that of the medians.
A fit is the saturated model with its standard errors, a test the difference of the saturated model
and the one of exchangeable partners, a bootstrap the ratios k of both roles. lavaan refits in a
loop, so that it is asked for few resamples; ours are asked for as many, and for 5000.

    apt-get install r-base-core r-cran-lavaan
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np

from detachment.stats.apim import apim_bootstrap, apim_model
from detachment.stats.dyads import exchangeability_tests
from detachment.stats.sem import fit_model, infer, labelled, sample_moments

NAMES = ["y_1", "y_2", "x_1", "x_2"]
PEER = """
suppressMessages(library(lavaan))
given <- commandArgs(trailingOnly = TRUE)
whole <- read.csv(given[1]); gaps <- read.csv(given[2]); B <- as.integer(given[3])
free <- "y_1 ~ a_1*x_1 + p_1*x_2; y_2 ~ a_2*x_2 + p_2*x_1; y_1 ~~ y_2; x_1 ~~ x_2
  k_1 := p_1 / a_1; k_2 := p_2 / a_2"
same <- "y_1 ~ a*x_1 + p*x_2; y_2 ~ a*x_2 + p*x_1; y_1 ~ i*1; y_2 ~ i*1; x_1 ~ m*1; x_2 ~ m*1
  y_1 ~~ e*y_1; y_2 ~~ e*y_2; x_1 ~~ v*x_1; x_2 ~~ v*x_2; y_1 ~~ y_2; x_1 ~~ x_2"
fit <- function(model, data, ...) sem(model, data, fixed.x = FALSE, meanstructure = TRUE, ...)
first <- function(f) coef(f)[[1]]
run <- list(
  fit = function() first(fit(free, whole)),
  fiml = function() first(fit(free, gaps, missing = "ml")),
  test = function() lavTestLRT(fit(free, whole), fit(same, whole))[2, "Chisq diff"],
  boot = function() first(fit(free, whole, se = "bootstrap", bootstrap = B)),
  boot_fiml = function() first(fit(free, gaps, missing = "ml", se = "bootstrap", bootstrap = B))
)
input <- file("stdin", "r")
while (length(name <- readLines(input, 1)) > 0) {
  time <- sum(system.time(found <- run[[name]]())[1:2])
  cat(time, found, "\\n"); flush(stdout())
}
"""


def dyads(n: int = 400, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Complete dyads, and the same with one partner in ten absent and some answers missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1)) + rng.normal(size=(n, 2))
    y = x @ [[-0.6, -0.3], [-0.1, -0.4]] + rng.normal(size=(n, 1)) + rng.normal(size=(n, 2))
    whole = np.hstack([y, x])
    gaps = whole.copy()
    gaps[: n // 10, [1, 3]] = np.nan
    gaps[n // 10 : n // 5, 0] = np.nan
    return whole, gaps


def main() -> None:
    """Print one line a task."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--boot", type=int, default=100)
    asked = parser.parse_args()
    whole, gaps = dyads()

    def fitted(x: np.ndarray) -> float:
        fit = fit_model(apim_model(), [sample_moments(x, "fiml")])
        infer(fit, "expected" if fit.samples[0].complete else "observed")
        return float(fit.theta[labelled(fit.model, "a_1")[0]])

    tasks: dict[str, Callable[[], object]] = {
        "fit": lambda: fitted(whole),
        "fiml": lambda: fitted(gaps),
        "test": lambda: exchangeability_tests(whole.reshape(-1, 2, 2)).chi2[0],
        "boot": lambda: apim_bootstrap(whole, n_boot=asked.boot),
        "boot_fiml": lambda: apim_bootstrap(gaps, n_boot=asked.boot),
        "5000": lambda: apim_bootstrap(whole, n_boot=5000),
        "5000_fiml": lambda: apim_bootstrap(gaps, n_boot=5000),
    }
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in tasks}
    with tempfile.TemporaryDirectory() as folder:
        peer = start(Path(folder), whole, gaps, asked.boot)
        for task in tasks.values():
            task()
        for _ in range(asked.rounds):
            for name, task in tasks.items():
                begin = process_time()
                task()
                times[name][0].append(process_time() - begin)
                if peer is not None and not name.startswith("5000"):
                    assert peer.stdin is not None
                    assert peer.stdout is not None
                    peer.stdin.write(f"{name}\n")
                    peer.stdin.flush()
                    times[name][1].append(float(peer.stdout.readline().split()[0]))
        if peer is not None:
            peer.communicate()
        else:
            print("Rscript with lavaan is not here: ours alone")
    print(f"{'task':12s} {'ours, s':>9s} {'lavaan, s':>10s} {'ratio':>7s}")
    for name, (ours, theirs) in times.items():
        mine = median(ours)
        if theirs:
            print(f"{name:12s} {mine:9.4f} {median(theirs):10.3f} {median(theirs) / mine:7.0f}")
        else:
            print(f"{name:12s} {mine:9.4f}")


def start(
    folder: Path, whole: np.ndarray, gaps: np.ndarray, n_boot: int
) -> "subprocess.Popen[str] | None":
    """R with lavaan, waiting for the names of tasks; None where it is not there."""
    program = shutil.which("Rscript")
    if program is None:
        return None
    for name, x in (("whole", whole), ("gaps", gaps)):
        rows = [",".join("NA" if np.isnan(v) else repr(float(v)) for v in row) for row in x]
        (folder / f"{name}.csv").write_text("\n".join([",".join(NAMES), *rows]), encoding="utf-8")
    (folder / "peer.R").write_text(PEER, encoding="utf-8")
    words = [program, "peer.R", "whole.csv", "gaps.csv", str(n_boot)]
    peer = subprocess.Popen(
        words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert peer.stdin is not None
    assert peer.stdout is not None
    peer.stdin.write("fit\n")
    peer.stdin.flush()
    return peer if peer.stdout.readline() else None


if __name__ == "__main__":
    main()
