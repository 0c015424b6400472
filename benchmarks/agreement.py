"""Intraclass correlations and kappa of many data sets, beside R's psych; coverage on request.

    apt-get install r-base-core r-cran-psych r-cran-jsonlite     # Debian 12: psych 2.2.9
    python benchmarks/agreement.py [--runs 5] [--coverage]

Simulated ratings (seed fixed): 300 data sets of 200 targets and 3 judges, answers 1 to 5. Each
round lets ours take the stack, and R a part of it, in turn; R times itself, without its start.
Prints seconds a data set and the median of each round's ratio. ``--coverage`` prints instead how
often 95 % intervals of the ICC hold the true value.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from detachment.stats import confusion, icc_anova, icc_robust_interval, kappa

SETS, PART = 300, 15
SHAPES = {"normal": [-1.5, -0.5, 0.5, 1.5], "skewed": [0.25, 0.9, 1.4, 1.9]}
R_CODE = """
suppressMessages(library(psych)); x <- as.matrix(read.csv(commandArgs(TRUE)[1]))
sets <- split(as.data.frame(x[, -1]), x[, 1])
icc <- system.time(for (s in sets) suppressWarnings(ICC(s, lmer = FALSE)))[["elapsed"]]
kappa <- system.time(for (s in sets) suppressWarnings(cohen.kappa(s[, 1:2])))[["elapsed"]]
cat(jsonlite::toJSON(list(icc = icc, kappa = kappa), auto_unbox = TRUE, digits = 12))
"""


def ratings(rng: np.random.Generator, sets: int, n: int, k: int, shape: str) -> np.ndarray:
    target, noise = rng.normal(size=(sets, n, 1)), rng.normal(size=(sets, n, k))
    return 1.0 + np.digitize(np.sqrt(0.6) * target + np.sqrt(0.4) * noise, SHAPES[shape])


def ours(x: np.ndarray) -> dict[str, float]:
    start = time.perf_counter()
    icc_anova(x)
    icc = time.perf_counter() - start
    start = time.perf_counter()
    tables = confusion(x[..., 0], x[..., 1], [1, 2, 3, 4, 5])
    for weights in ("unweighted", "quadratic"):
        kappa(tables, weights=weights)
    return {"icc": icc / len(x), "kappa": (time.perf_counter() - start) / len(x)}


def psych(x: np.ndarray, folder: Path) -> dict[str, float]:
    path = folder / "x.csv"
    number = np.repeat(np.arange(len(x)), x.shape[1])[:, None]
    table = np.concatenate([number, x.reshape(-1, x.shape[2])], axis=1)
    np.savetxt(path, table, delimiter=",", header="set,a,b,c", comments="", fmt="%d")
    done = subprocess.run(
        ["Rscript", "-e", R_CODE, str(path)], capture_output=True, text=True, check=True
    )
    return {name: seconds / len(x) for name, seconds in json.loads(done.stdout).items()}


def speed(runs: int) -> None:
    x = ratings(np.random.default_rng(1), SETS, 200, 3, "normal")
    if shutil.which("Rscript") is None:
        print("Rscript is not installed; seconds of ours:", ours(x))
        return
    with tempfile.TemporaryDirectory() as folder:
        rounds = [(ours(x), psych(x[:PART], Path(folder))) for _ in range(runs)]
    print(f"{'':8}{'ours, s':>12}{'psych, s':>12}{'ratio':>8}")
    for name in ("icc", "kappa"):
        mine, theirs = (statistics.median(one[j][name] for one in rounds) for j in (0, 1))
        ratio = statistics.median(b[name] / a[name] for a, b in rounds)
        print(f"{name:8}{mine:12.6f}{theirs:12.6f}{ratio:8.0f}")


def coverage(sets: int = 2000) -> None:
    rng = np.random.default_rng(20)
    print(f"{'':8}{'judges':>8}{'n':>8}{'F':>8}{'robust':>8}   of ICC3")
    for shape in SHAPES:
        for k in (2, 4):
            truth = icc_anova(ratings(rng, 1, 500_000, k, shape)[0]).icc[2]
            for n in (50, 200, 1000):
                x = ratings(rng, sets if n < 1000 else sets // 2, n, k, shape)
                fit, (low, high) = icc_anova(x), icc_robust_interval(x)
                f = np.mean((fit.low[:, 2] <= truth) & (truth <= fit.high[:, 2]))
                robust = np.mean((low[:, 2] <= truth) & (truth <= high[:, 2]))
                print(f"{shape:8}{k:8}{n:8}{f:8.3f}{robust:8.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--coverage", action="store_true")
    given = parser.parse_args()
    if given.coverage:
        coverage()
    else:
        speed(given.runs)
