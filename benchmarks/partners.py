"""Profile similarity with pseudo-couples, and mediation in dyads with a bootstrap, beside R.

    apt-get install r-base-core r-cran-lavaan r-cran-jsonlite     # Debian 12: lavaan 0.6-14
    python benchmarks/partners.py [--runs 3]

Simulated couples (seed fixed). Profiles: 300 couples, 15 items, every pseudo-couple; R takes rows
of ``cor(t(x), t(y))``, which is its fastest way, with 1000 re-pairings of the matrix. Mediation:
300 dyads, six variables; ours draws 5000 resamples and lavaan (``se = "bootstrap"``) 50, and
seconds are those of 1000. Each round lets ours and R take turns; R times itself, without its start.
Prints the median of the rounds' ratios.
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

from detachment.stats import mediation_bootstrap, profile_similarity

COUPLES, ITEMS, PERMUTATIONS = 300, 15, 1000
OURS, THEIRS = 5000, 50
R_CODE = """
suppressMessages(library(lavaan)); folder <- commandArgs(TRUE)[1]; set.seed(1)
x <- as.matrix(read.csv(file.path(folder, "x.csv"), header = FALSE))
y <- as.matrix(read.csv(file.path(folder, "y.csv"), header = FALSE))
d <- read.csv(file.path(folder, "d.csv"))
one <- function(x, y) {
  r <- cor(t(x), t(y)); n <- nrow(r)
  list(mean(diag(r)), mean(r[row(r) != col(r)]),
       replicate(PERMUTATIONS, mean(r[cbind(1:n, sample(n))])))
}
profiles <- system.time({
  one(x, y); one(sweep(x, 2, colMeans(x)), sweep(y, 2, colMeans(y)))
})[["elapsed"]]
model <- "
  m_1 ~ a11*x_1 + a12*x_2; m_2 ~ a21*x_1 + a22*x_2
  y_1 ~ b11*m_1 + b12*m_2 + c11*x_1 + c12*x_2; y_2 ~ b21*m_1 + b22*m_2 + c21*x_1 + c22*x_2
  m_1 ~~ m_2; y_1 ~~ y_2
  aa1 := a11*b11; pp1 := a21*b12; ap1 := a22*b12; pa1 := a12*b11
  aa2 := a22*b22; pp2 := a12*b21; ap2 := a11*b21; pa2 := a21*b22"
mediation <- system.time(sem(model, d, fixed.x = FALSE, se = "bootstrap", bootstrap = RESAMPLES))
cat(jsonlite::toJSON(list(profiles = profiles, mediation = mediation[["elapsed"]]),
                     auto_unbox = TRUE, digits = 12))
""".replace("PERMUTATIONS", str(PERMUTATIONS)).replace("RESAMPLES", str(THEIRS))


def simulated() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(20241103)
    couple = rng.normal(size=(COUPLES, ITEMS))
    x, y = (np.round(3 + couple + rng.normal(size=couple.shape)) for _ in range(2))
    cause = rng.normal(size=(COUPLES, 1)) + rng.normal(size=(COUPLES, 2))
    between = 0.5 * cause + 0.2 * cause[:, ::-1] + rng.normal(size=cause.shape)
    outcome = 0.4 * between + 0.2 * cause + rng.normal(size=cause.shape)
    return x, y, np.hstack([outcome, cause, between])


def ours(x: np.ndarray, y: np.ndarray, dyads: np.ndarray) -> dict[str, float]:
    start = time.perf_counter()
    profile_similarity(x, y, n_perm=PERMUTATIONS)
    profiles = time.perf_counter() - start
    start = time.perf_counter()
    mediation_bootstrap(dyads, n_boot=OURS)
    return {"profiles": profiles, "mediation": (time.perf_counter() - start) * 1000 / OURS}


def theirs(folder: Path) -> dict[str, float]:
    done = subprocess.run(
        ["Rscript", "-e", R_CODE, str(folder)], capture_output=True, text=True, check=True
    )
    seconds = json.loads(done.stdout)
    return {"profiles": seconds["profiles"], "mediation": seconds["mediation"] * 1000 / THEIRS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    data = simulated()
    ours(*data)  # imports and caches
    if shutil.which("Rscript") is None:
        print("Rscript is not here; ours alone (seconds):", ours(*data))
        return
    rounds = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, table in zip(("x", "y"), data, strict=False):
            np.savetxt(folder / f"{file}.csv", table, delimiter=",")
        columns = "y_1,y_2,x_1,x_2,m_1,m_2"
        np.savetxt(folder / "d.csv", data[2], delimiter=",", header=columns, comments="")
        for _ in range(runs):
            rounds.append((ours(*data), theirs(folder)))
    print(f"{'':12}{'ours (s)':>12}{'R (s)':>12}{'ratio':>10}")
    for what in ("profiles", "mediation"):
        mine, other = ([one[side][what] for one in rounds] for side in (0, 1))
        ratio = statistics.median(b / a for a, b in zip(mine, other, strict=True))
        print(
            f"{what:12}{statistics.median(mine):12.4f}{statistics.median(other):12.4f}{ratio:10.1f}"
        )


if __name__ == "__main__":
    main()
