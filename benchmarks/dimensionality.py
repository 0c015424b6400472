"""Parallel analysis beside R's psych::fa.parallel, in one interleaved run.

    python benchmarks/dimensionality.py [--rows 1238] [--items 15] [--replicates 1000] [--runs 3]

Five-point answers with three factors (seed fixed). Both sides get the same file and compute the
eigenvalues of as many random data sets, with one BLAS thread. psych draws normal data and columns
with replacement in one call; what it takes for each alone is measured by asking for each alone. R
and psych come from Debian (apt-get install r-base-core r-cran-psych); without them the columns of R
are left out. Times are seconds of wall clock in the process that computes, start-up not counted;
ratios are of medians.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from detachment import stats

R_SCRIPT = r"""
suppressMessages(library(psych))
options(mc.cores = 1)
given <- commandArgs(trailingOnly = TRUE)
x <- as.matrix(read.csv(given[1])); n <- as.integer(given[2]); what <- given[3]
fa <- if (grepl("factors", what)) "both" else "pc"
drawn <- grepl("normal", what)
sink("/dev/null")
set.seed(1)
seconds <- system.time(
  if (drawn) fa.parallel(cor(x), n.obs = nrow(x), fa = fa, n.iter = n, plot = FALSE)
  else fa.parallel(x, fa = fa, n.iter = n, sim = FALSE, plot = FALSE)
)[["elapsed"]]
sink()
cat(seconds)
"""
WAYS = ("normal components", "permuted components", "normal factors", "permuted factors")


def answers(n: int, p: int) -> np.ndarray:
    """Five-point answers of n people to p items of three factors."""
    rng = np.random.default_rng(20)
    factors = rng.normal(size=(n, 3)) + 0.7 * rng.normal(size=(n, 1))
    latent = factors[:, np.arange(p) % 3] + rng.normal(size=(n, p))
    return np.clip(np.rint(3 + 0.8 * latent), 1, 5)


def ours(x: np.ndarray, way: str, replicates: int) -> Callable[[], object]:
    cor = np.corrcoef(x, rowvar=False)

    def draw() -> np.ndarray:
        if way.startswith("normal"):
            return stats.normal_correlations(len(x), x.shape[1], n_replicates=replicates)
        return stats.permuted_correlations(x, n_replicates=replicates)

    if way.endswith("components"):
        return lambda: np.linalg.eigvalsh(draw())
    return lambda: stats.parallel_analysis(cor, draw())


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def of_r(script: Path, file: Path, way: str, replicates: int) -> float:
    command = ["Rscript", str(script), str(file), str(replicates), way]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(ran.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1238)
    parser.add_argument("--items", type=int, default=15)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--of-r", type=int, default=50, help="replicates of R, scaled up")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    x = answers(given.rows, given.items)
    for way in WAYS:
        ours(x, way, 10)()  # what is only loaded once is not counted
    has_r = shutil.which("Rscript") is not None
    times: dict[str, dict[str, list[float]]] = {way: {"ours": [], "psych": []} for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        script, file = Path(folder, "parallel.R"), Path(folder, "answers.csv")
        script.write_text(R_SCRIPT, encoding="utf-8")
        header = ",".join(f"q{j}" for j in range(given.items))
        np.savetxt(file, x, fmt="%d", delimiter=",", header=header, comments="")
        for _ in range(given.runs):
            for way in WAYS:
                times[way]["ours"].append(seconds(ours(x, way, given.replicates)))
                if has_r:
                    scale = given.replicates / given.of_r
                    times[way]["psych"].append(of_r(script, file, way, given.of_r) * scale)
    table = []
    for way, both in times.items():
        row: dict[str, object] = {"way": way, "ours": statistics.median(both["ours"])}
        if has_r:
            row["psych"] = statistics.median(both["psych"])
            row["ratio"] = row["psych"] / row["ours"]  # type: ignore[operator]
        table.append(row)
    if given.json:
        print(json.dumps(table, indent=1))
        return
    size = f"{given.replicates} replicates, {given.rows} x {given.items}"
    print(f"{size:<42}{'ours':>9}{'psych':>9}{'ratio':>8}")
    for row in table:
        psych = f"{row['psych']:9.2f}{row['ratio']:8.0f}" if has_r else "   (no Rscript)"
        print(f"{row['way']:<42}{row['ours']:9.3f}{psych}")


if __name__ == "__main__":
    main()
