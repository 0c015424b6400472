"""CFA of ordered items (WLSMV) and invariance, beside R's lavaan.

    python benchmarks/ordinal_cfa.py [--n 1000] [--items 15] [--runs 5]

Simulated five-point answers (seed fixed), 3 % missing, three factors. Each run goes from answers to
every index of fit: thresholds, polychoric correlations, their asymptotic covariance, the fit,
standard errors, scaled and robust indices. Ours and lavaan's runs alternate; the ratio is between
medians. The invariance rows fit the first three, and all six, steps of Wu and Estabrook in two
groups; lavaan fits configural, equal thresholds, and equal thresholds and loadings. R times itself,
without its start.

The peer is installed from Debian:  apt-get install r-base-core r-cran-lavaan
Set OPENBLAS_NUM_THREADS=1 for one thread.
"""

import argparse
import shutil
import statistics
import subprocess
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from detachment.stats.sem.categorical import fit_ordinal, ordinal_fit_indices, ordinal_sample
from detachment.stats.sem.comparison import fit_step, step_difference
from detachment.stats.sem.invariance import STEPS, invariance_model
from detachment.stats.sem.model import cfa_model

PEER = """\
suppressMessages(library(lavaan))
a <- commandArgs(TRUE)
x <- read.csv(a[1], na.strings = "")
items <- setdiff(names(x), "group")
model <- paste(readLines(a[2]), collapse = "\\n")
once <- function(f) {
  t <- proc.time()[[3]]
  suppressWarnings(f())
  cat(proc.time()[[3]] - t, "\\n")
}
once(function() fitMeasures(cfa(model, x[items], ordered = TRUE, estimator = "WLSMV",
                                missing = "pairwise")))
once(function() {
  equal <- list("", "thresholds", c("thresholds", "loadings"))
  fits <- lapply(equal, function(e) cfa(model, x, group = "group", ordered = items,
    estimator = "WLSMV", missing = "pairwise", group.equal = e, parameterization = "theta"))
  lavTestLRT(fits[[1]], fits[[2]]); lavTestLRT(fits[[2]], fits[[3]])
})
"""


def simulated(n: int, p: int) -> np.ndarray:
    """Answers of n respondents to p items of three factors."""
    rng = np.random.default_rng(20_262)
    factors = rng.normal(size=(n, 3)) @ np.linalg.cholesky(np.full((3, 3), 0.5) + 0.5 * np.eye(3)).T
    latent = 0.7 * np.repeat(factors, p // 3, axis=1) + 0.7 * rng.normal(size=(n, p))
    x = 1.0 + np.sum(latent[..., None] > np.array([-1.3, -0.4, 0.4, 1.3]), axis=-1)
    x[rng.random(x.shape) < 0.03] = np.nan
    return x


def one(x: np.ndarray, items: list[str], text: str) -> None:
    """From answers to every index of fit."""
    sample = ordinal_sample(x)
    model = cfa_model(text, items, ordered=items, thresholds=dict.fromkeys(items, 4))
    ordinal_fit_indices(fit_ordinal(model, [sample]))


def steps(x: np.ndarray, items: list[str], text: str, which: tuple[str, ...]) -> None:
    """From answers to the comparison of the steps in two groups."""
    half = len(x) // 2
    samples = [ordinal_sample(x[:half]), ordinal_sample(x[half:])]
    cuts = dict.fromkeys(items, 4)
    fits = [
        fit_step(invariance_model(text, items, 2, s, thresholds=cuts), s, samples, "WLSMV")
        for s in which
    ]
    for before, after in pairwise(fits):
        step_difference(after, before)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--items", type=int, default=15)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    x = simulated(given.n, given.items)
    items = [f"x{i + 1}" for i in range(given.items)]
    size = given.items // 3
    text = "\n".join(
        f"{f} =~ " + " + ".join(items[size * k : size * (k + 1)]) for k, f in enumerate("fgh")
    )
    ways = {
        "WLSMV": lambda: one(x, items, text),
        "three steps, two groups": lambda: steps(x, items, text, STEPS[:3]),
        "six steps, two groups": lambda: steps(x, items, text, STEPS),
    }
    ours: dict[str, list[float]] = {name: [] for name in ways}
    theirs: list[list[float]] = []
    with tempfile.TemporaryDirectory() as folder:
        data, model, script = (Path(folder, name) for name in ("x.csv", "m.txt", "peer.R"))
        group = np.where(np.arange(len(x)) < len(x) // 2, "a", "b")
        rows = [",".join([*items, "group"])]
        rows += [
            ",".join(["" if np.isnan(v) else f"{v:g}" for v in row] + [g])
            for row, g in zip(x, group, strict=True)
        ]
        data.write_text("\n".join(rows), encoding="utf-8")
        model.write_text(text, encoding="utf-8")
        script.write_text(PEER, encoding="utf-8")
        for way in ways.values():
            way()  # imports and caches
        rscript = shutil.which("Rscript")
        for _ in range(given.runs):
            for name, way in ways.items():
                begun = time.perf_counter()
                way()
                ours[name].append(time.perf_counter() - begun)
            if rscript:
                said = subprocess.run(
                    [rscript, str(script), str(data), str(model)],
                    capture_output=True, text=True, check=True,
                )  # fmt: skip
                theirs.append([float(line) for line in said.stdout.split()])
    if not rscript:
        print("Rscript is not here, so there is no peer: see the first lines of this file.")
    peers = [statistics.median(column) for column in zip(*theirs, strict=True)]
    for k, (name, times) in enumerate(ours.items()):
        median = statistics.median(times)
        line = f"{name:26} {1e3 * median:9.1f} ms"
        if k < len(peers):
            line += f"   lavaan {1e3 * peers[k]:9.1f} ms   ratio {peers[k] / median:6.1f}"
        print(line)


if __name__ == "__main__":
    main()
