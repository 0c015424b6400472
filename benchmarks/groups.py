"""ROC curves, Welch and cluster-robust differences, beside R's pROC, stats and clubSandwich.

    apt-get install r-base-core r-cran-proc r-cran-clubsandwich r-cran-jsonlite    # Debian 12
    python benchmarks/groups.py [--runs 5] [--rows 10000]

Simulated scores (seed fixed). Each round lets ours and R's take the same rows in turn; R times
itself, without its start. ``auc``: DeLong's interval of one area; ``paired``: DeLong's comparison
of two; ``welch``: 15 scores, two groups; ``cr2``: one score, two groups, 1,000 dyads. Prints
seconds and the median of each round's ratio.
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

from detachment import stats

DYADS = 1000
R_CODE = """
suppressMessages({library(pROC); library(clubSandwich)})
d <- read.csv(commandArgs(TRUE)[1]); few <- d[d$dyad < as.integer(commandArgs(TRUE)[2]), ]
seconds <- function(e) system.time(e)[["elapsed"]]
r <- lapply(c("x1", "x2"), function(v) roc(d$ill, d[[v]], direction = "<", quiet = TRUE))
cat(jsonlite::toJSON(list(
  auc = seconds(ci.auc(roc(d$ill, d$x1, direction = "<", quiet = TRUE))),
  paired = seconds(roc.test(r[[1]], r[[2]], method = "delong")),
  welch = seconds(for (j in 1:15) t.test(d[[paste0("x", j)]] ~ d$ill)),
  cr2 = seconds({fit <- lm(x1 ~ factor(arm), few)
                 coef_test(fit, vcovCR(fit, few$dyad, "CR2"), test = "Satterthwaite")})
), auto_unbox = TRUE, digits = 12))
"""


def people(rows: int) -> np.ndarray:
    """Columns ill, arm, dyad, and fifteen scores."""
    rng = np.random.default_rng(1)
    dyad = np.arange(rows) // 2
    shared = rng.normal(size=rows)[dyad]
    x = np.round(0.5 * shared[:, None] + rng.normal(size=(rows, 15)), 3)
    ill = 0.6 * x[:, 0] + 0.3 * x[:, 1] + rng.normal(size=rows) > 0.8
    return np.column_stack([ill, dyad % 2, dyad, x])


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ours(d: np.ndarray) -> dict[str, float]:
    ill, x = d[:, 0], d[:, 3:]
    few = d[d[:, 2] < DYADS]

    def cr2() -> None:
        means = stats.group_means(few[:, 3], few[:, 1], 2, clusters=few[:, 2])
        stats.mean_difference(means, [1], [0])

    return {
        "auc": seconds(lambda: stats.auc(x[:, 0], ill).interval()),
        "paired": seconds(lambda: stats.auc_difference(stats.auc(x[:, :2], ill), [0], [1])),
        "welch": seconds(lambda: stats.mean_difference(stats.group_means(x, ill, 2), [1], [0])),
        "cr2": seconds(cr2),
    }


def theirs(path: Path) -> dict[str, float]:
    done = subprocess.run(
        ["Rscript", "-e", R_CODE, str(path), str(DYADS)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(runs: int, rows: int) -> None:
    d = people(rows)
    ours(d)  # the first call imports
    if shutil.which("Rscript") is None:
        print("Rscript is not installed; seconds of ours:", ours(d))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.csv"
        names = ["ill", "arm", "dyad", *(f"x{j}" for j in range(1, 16))]
        np.savetxt(path, d, delimiter=",", header=",".join(names), comments="", fmt="%.10g")
        rounds = [(ours(d), theirs(path)) for _ in range(runs)]
    print(f"{rows:,} rows{'ours, s':>14}{'R, s':>12}{'ratio':>8}")
    for name in rounds[0][0]:
        mine, r = (statistics.median(one[j][name] for one in rounds) for j in (0, 1))
        ratio = statistics.median(b[name] / a[name] for a, b in rounds)
        print(f"{name:11}{mine:14.5f}{r:12.5f}{ratio:8.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=10_000)
    given = parser.parse_args()
    main(given.runs, given.rows)
