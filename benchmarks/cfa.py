"""Confirmatory factor analysis beside lavaan: 15 items, 3 factors, n = 2000.

    python benchmarks/cfa.py

Ours and lavaan's runs take turns, so that both meet the same load of the machine; the ratio is that
of the medians. Both sides fit the model, its standard errors, test and baseline; reading the data
and starting R are not counted. lavaan runs in one R process that is fed the seeds of the rounds:

    apt-get install r-base-core r-cran-lavaan

One BLAS thread is used on both sides (Debian's reference BLAS has one).
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from detachment.stats.sem.categorical import fit_ordinal, ordinal_fit_indices, ordinal_sample
from detachment.stats.sem.estimate import fit_model
from detachment.stats.sem.fit import fit_indices
from detachment.stats.sem.inference import infer
from detachment.stats.sem.model import cfa_model
from detachment.stats.sem.sample import sample_moments

ROUNDS = 5
ITEMS = [f"x{i}" for i in range(1, 16)]
MODEL = "\n".join(f"f{k} =~ {' + '.join(ITEMS[5 * k : 5 * k + 5])}" for k in range(3))
PEER = """
suppressMessages(library(lavaan))
given <- commandArgs(trailingOnly = TRUE)
model <- paste(readLines(given[2]), collapse = "\\n")
whole <- read.csv(given[1])
gaps <- read.csv(given[3])
run <- list(
  ML = function() cfa(model, whole, estimator = "ML"),
  MLR = function() cfa(model, whole, estimator = "MLR"),
  FIML = function() cfa(model, gaps, estimator = "ML", missing = "fiml"),
  WLSMV = function() cfa(model, whole, estimator = "WLSMV", ordered = TRUE)
)
input <- file("stdin", "r")
while (length(name <- readLines(input, 1)) > 0) {
  time <- system.time(fit <- run[[name]]())[["elapsed"]]
  cat(time, fitMeasures(fit, "chisq"), "\\n")
  flush(stdout())
}
"""


def answers(missing: float) -> np.ndarray:
    rng = np.random.default_rng(20)
    spread = np.full((3, 3), 0.45) + 0.55 * np.eye(3)
    factors = rng.multivariate_normal(np.zeros(3), spread, 2000)
    x = 0.75 * np.repeat(factors, 5, axis=1) + 0.66 * rng.normal(size=(2000, 15))
    x = np.clip(np.rint(3 + 1.1 * x), 1, 5)
    x[rng.random(x.shape) < missing] = np.nan
    return x


def ours() -> dict[str, Callable[[], float]]:
    whole, gaps = answers(0.0), answers(0.03)

    def likelihood(x: np.ndarray, rule: str, errors: str, correction: str) -> float:
        model = cfa_model(MODEL, ITEMS, meanstructure=rule == "fiml")
        fit = fit_model(model, [sample_moments(x, rule)])
        return fit_indices(fit, infer(fit, errors, correction))["chisq"]

    def ordinal() -> float:
        sample = ordinal_sample(whole)
        counts = dict(zip(ITEMS, sample.n_thresholds.tolist(), strict=True))
        model = cfa_model(MODEL, ITEMS, ordered=ITEMS, thresholds=counts)
        return ordinal_fit_indices(fit_ordinal(model, [sample]))["chisq"]

    return {
        "ML": lambda: likelihood(whole, "listwise", "expected", "none"),
        "MLR": lambda: likelihood(whole, "listwise", "huber_white", "yuan_bentler"),
        "FIML": lambda: likelihood(gaps, "fiml", "observed", "none"),
        "WLSMV": ordinal,
    }


def write(folder: Path) -> list[str]:
    names = []
    for name, x in (("whole.csv", answers(0.0)), ("gaps.csv", answers(0.03))):
        rows = [",".join("NA" if np.isnan(v) else f"{v:g}" for v in row) for row in x]
        (folder / name).write_text("\n".join([",".join(ITEMS), *rows]) + "\n")
        names.append(str(folder / name))
    (folder / "model.txt").write_text(f"{MODEL}\n")
    (folder / "peer.R").write_text(PEER)
    return [str(folder / "peer.R"), names[0], str(folder / "model.txt"), names[1]]


def main() -> None:
    mine = ours()
    for run in mine.values():
        run()
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in mine}
    far: dict[str, float] = dict.fromkeys(mine, float("nan"))
    rscript = shutil.which("Rscript")
    with tempfile.TemporaryDirectory() as folder:
        peer = None
        if rscript:
            peer = subprocess.Popen(
                [rscript, *write(Path(folder))],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        else:
            print("Rscript is not installed: our times only.", file=sys.stderr)
        for _ in range(ROUNDS):
            for name, run in mine.items():
                start = perf_counter()
                chisq = run()
                times[name][0].append(perf_counter() - start)
                if peer is not None and peer.stdin and peer.stdout:
                    peer.stdin.write(f"{name}\n")
                    peer.stdin.flush()
                    seconds, theirs = map(float, peer.stdout.readline().split())
                    times[name][1].append(seconds)
                    far[name] = abs(chisq - theirs) / theirs
        if peer is not None and peer.stdin:
            peer.stdin.close()
            peer.wait()
    print(f"{'':8}{'ours, ms':>10}{'lavaan, ms':>12}{'ratio':>8}{'chi2 differs by':>18}")
    for name, (own, other) in times.items():
        line = f"{name:8}{1000 * median(own):10.1f}"
        if other:
            ratio = median(other) / median(own)
            line += f"{1000 * median(other):12.0f}{ratio:8.1f}{far[name]:18.1e}"
        print(line)


if __name__ == "__main__":
    main()
