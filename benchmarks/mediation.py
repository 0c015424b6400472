"""Mediation with a bootstrap of 10,000 dyads, beside pingouin, lavaan and psych.

    python -m venv peers && peers/bin/pip install pingouin
    apt-get install r-base-core r-cran-lavaan r-cran-psych r-cran-jsonlite     # Debian 12
    python benchmarks/mediation.py [--runs 5] [--peer peers/bin/python]

One cause, one mediator, one outcome of 1,400 people in 700 dyads (simulated, seed fixed). Ours
draws 10,000 resamples of whole dyads, with the jackknife of BCa and all effects in three metrics;
the peers draw people one by one, for none of them takes dyads. They loop over resamples, so each is
timed with ``--part`` of them (200), less its time with a tenth of that, and the difference is
taken to 10,000: a guess in their favour, since it leaves out what they do once. Every round has
all of them in turn; the median of the rounds' ratios is printed.
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

from detachment.stats import PathModel, mediation_effects, path_coefficients, resample

DYADS, RESAMPLES = 700, 10_000
MODEL = PathModel(causes=(0,), mediators=(1,), outcome=2)
PINGOUIN = """
import json, sys, time, warnings
import pandas as pd, pingouin
warnings.simplefilter("ignore")
x = pd.read_csv(sys.argv[1])
def took(n):
    start = time.perf_counter()
    pingouin.mediation_analysis(data=x, x="x", m="m", y="y", n_boot=n, seed=1)
    return time.perf_counter() - start
took(10)
print(json.dumps({"pingouin": [took(int(n)) for n in sys.argv[2:]]}))
"""
R_CODE = """
suppressMessages({library(lavaan); library(psych)})
given <- commandArgs(TRUE); x <- read.csv(given[1]); parts <- as.integer(given[-1])
model <- "m ~ a*x\\ny ~ b*m + cp*x\\nab := a*b"
took <- function(f) sapply(parts, function(n) system.time(suppressWarnings(f(n)))[["elapsed"]])
out <- list(
  lavaan = took(function(n) sem(model, x, se = "bootstrap", bootstrap = n)),
  psych = took(function(n) mediate(y ~ x + (m), data = x, n.iter = n, plot = FALSE))
)
cat(jsonlite::toJSON(out, digits = 12))
"""


def people() -> tuple[np.ndarray, np.ndarray]:
    """Scores as they are: means of 15, 2 and 4 answers; and the dyad of each."""
    rng = np.random.default_rng(1)
    dyad = np.repeat(np.arange(DYADS), 2)
    shared = rng.normal(size=(DYADS, 3))[dyad]
    x = rng.normal(size=2 * DYADS) + 0.7 * shared[:, 0]
    m = 0.4 * x + rng.normal(size=2 * DYADS) + 0.4 * shared[:, 1]
    y = 0.3 * m + 0.1 * x + rng.normal(size=2 * DYADS) + 0.8 * shared[:, 2]
    return np.round(np.column_stack([x, m, y]), 3), dyad


def ours(rows: np.ndarray, dyads: np.ndarray) -> float:
    def effects(cov: np.ndarray) -> np.ndarray:
        return np.asarray(mediation_effects(path_coefficients(cov, MODEL), MODEL))

    start = time.perf_counter()
    resample(rows, effects, clusters=dyads, n_boot=RESAMPLES, rng=1).bca()
    return time.perf_counter() - start


def peers(file: Path, part: int, python: str) -> dict[str, float]:
    """Seconds for 10,000 resamples, from those for two smaller numbers."""
    numbers = [str(part // 10), str(part)]
    found: dict[str, list[float]] = {}
    commands = [["Rscript", "-e", R_CODE, str(file), *numbers]] if shutil.which("Rscript") else []
    commands += [[python, "-c", PINGOUIN, str(file), *numbers]] if python else []
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found |= json.loads(done.stdout.splitlines()[-1])
    return {
        name: (many - few) / (part - part // 10) * RESAMPLES for name, (few, many) in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--part", type=int, default=200)
    parser.add_argument("--peer", default="", help="a Python that has pingouin")
    asked = parser.parse_args()
    rows, dyads = people()
    mine: list[float] = []
    theirs: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        np.savetxt(file, rows, delimiter=",", header="x,m,y", comments="", fmt="%.3f")
        ours(rows, dyads)
        for _ in range(asked.runs):
            mine.append(ours(rows, dyads))
            for name, seconds in peers(file, asked.part, asked.peer).items():
                theirs.setdefault(name, []).append(seconds)
    print(f"{RESAMPLES:,} resamples, {len(rows):,} people in {DYADS} dyads, median of {asked.runs}")
    print(f"ours       {statistics.median(mine):8.3f} s")
    for name, seconds in theirs.items():
        ratio = statistics.median(b / a for a, b in zip(mine, seconds, strict=True))
        print(
            f"{name:10} {statistics.median(seconds):8.1f} s, extrapolated: {ratio:,.0f} times ours"
        )
    if not shutil.which("Rscript"):
        print("R is not here; lavaan and psych were not timed")
    if not asked.peer:
        print("no --peer was given; pingouin was not timed")


if __name__ == "__main__":
    main()
