"""Graded response models by marginal maximum likelihood, beside girth, mirt and ltm.

    pip install girth                                # 0.8.0; Python
    R -e 'install.packages(c("mirt", "ltm"))'        # from CRAN: Debian has neither
    python benchmarks/irt.py [--runs 5]

Simulated answers (seed fixed) to 15 items in five categories, and to 20 questions, right or wrong.
Each round fits them by every way that is installed, in turn; R times itself, without its start.
Prints median seconds, the median of each round's ratio to ours, and the log-likelihood that each
way's parameters reach on one grid, less ours: below zero, it stopped before the maximum. Ours
includes the standard errors; those of the peers are left out.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from detachment.stats.irt._likelihood import Grid, Patterns, evaluate
from detachment.stats.irt.graded import as_categories, graded_response

Fit = tuple[float, np.ndarray, np.ndarray]  # seconds, slopes, intercepts

R_CODE = """
x <- read.csv(commandArgs(TRUE)[1]); two <- all(as.matrix(x) <= 1)
seconds <- system.time(
  if (WITH == "mirt") {
    fit <- mirt::mirt(x, 1, itemtype = if (two) "2PL" else "graded", verbose = FALSE, TOL = 1e-5)
    par <- mirt::coef(fit, simplify = TRUE)$items
    par <- if (two) par[, 1:2] else par
  } else if (two) {
    fit <- ltm::ltm(x ~ z1, IRT.param = FALSE); par <- coef(fit)[, 2:1]
  } else {
    fit <- ltm::grm(x, IRT.param = FALSE); par <- coef(fit)
    par <- cbind(par[, ncol(par)], -par[, -ncol(par)])
  })[["elapsed"]]
cat(jsonlite::toJSON(list(seconds = seconds, par = unname(as.matrix(par))), digits = 12))
"""


def simulated(n: int, items: int, cuts: list[float]) -> np.ndarray:
    rng = np.random.default_rng(5)
    latent = np.linspace(0.7, 2.2, items) * rng.normal(size=(n, 1))
    latent = latent + np.linspace(-0.8, 0.8, items) + rng.logistic(size=(n, items))
    return np.digitize(latent, cuts)


def ours(x: np.ndarray) -> Fit:
    start = time.perf_counter()
    fit = graded_response(x)
    assert fit.converged
    return time.perf_counter() - start, fit.slopes, fit.intercepts


def with_girth(x: np.ndarray) -> Fit:
    import girth

    two = x.max() == 1
    start = time.perf_counter()
    found = girth.twopl_mml(x.T) if two else girth.grm_mml(x.T + 1)
    seconds = time.perf_counter() - start
    slopes = found["Discrimination"]
    return seconds, slopes, -slopes[:, None] * found["Difficulty"].reshape(len(slopes), -1)


def with_r(package: str) -> Callable[[np.ndarray], Fit]:
    def run(x: np.ndarray) -> Fit:
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder, "x.csv")
            names = ",".join(f"i{j}" for j in range(x.shape[1]))
            np.savetxt(data, x, fmt="%d", delimiter=",", header=names, comments="")
            code = Path(folder, "fit.R")
            code.write_text(f'WITH <- "{package}"\n{R_CODE}', encoding="utf-8")
            ran = subprocess.run(
                ["Rscript", code, data], check=True, capture_output=True, text=True
            )
        found = json.loads(ran.stdout)
        par = np.array(found["par"])
        return found["seconds"][0], par[:, 0], par[:, 1:]

    return run


def ways() -> dict[str, Callable[[np.ndarray], Fit]]:
    """Ours, and every peer that is there."""
    found = {"detachment": ours}
    try:
        import girth  # noqa: F401
    except ImportError:
        print("girth is not installed (pip install girth)")
    else:
        found["girth"] = with_girth
    for package in ("mirt", "ltm"):
        ask = ["Rscript", "-e", f'cat(requireNamespace("{package}", quietly = TRUE))']
        there = shutil.which("Rscript") and subprocess.run(
            ask, capture_output=True, text=True, check=False
        ).stdout.endswith("TRUE")
        if there:
            found[package] = with_r(package)
        else:
            print(f"R's {package} is not installed (it is on CRAN, not in Debian)")
    return found


def height(x: np.ndarray, slopes: np.ndarray, intercepts: np.ndarray) -> float:
    """Log-likelihood of these parameters."""
    codes, _ = as_categories(x.astype(float))
    parameters = np.concatenate([slopes[:, None], intercepts], axis=1)
    return evaluate(Patterns.of(codes), parameters, Grid.of(121)).loglik


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    known = ways()
    print(f"\n{'answers':28}{'way':14}{'seconds':>9}{'ratio':>8}{'log-likelihood':>16}")
    for n, items, cuts in (
        (1000, 15, [-2.0, -0.7, 0.7, 2.0]),
        (5000, 15, [-2.0, -0.7, 0.7, 2.0]),
        (1000, 20, [0.0]),
    ):
        x = simulated(n, items, cuts)
        seconds: dict[str, list[float]] = {way: [] for way in known}
        heights = {}
        for _ in range(runs):
            for way, fit in known.items():
                took, slopes, intercepts = fit(x)
                seconds[way].append(took)
                heights[way] = height(x, slopes, intercepts)
        for way, took in seconds.items():
            ratio = statistics.median(
                a / b for a, b in zip(took, seconds["detachment"], strict=True)
            )
            beyond = heights[way] - heights["detachment"]
            label = f"{n} x {items}, {len(cuts) + 1} categories"
            print(f"{label:28}{way:14}{statistics.median(took):9.3f}{ratio:8.1f}{beyond:16.4f}")


if __name__ == "__main__":
    main()
