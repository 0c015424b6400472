"""Moments, rank correlations, resamples and permutations, beside pandas and R's psych.

    OPENBLAS_NUM_THREADS=1 python benchmarks/kernels.py [--rows 1000000] [--runs 3] [--no-r]

Answers from 1 to 5 (seed fixed). Each of our kernels and its peer run in turn, and the median of
the ratios of neighbours is printed: times depend on the machine, ratios less so. Loops of the peers
are run for a few replicates and scaled up, which is said. Frames are built from one array a column:
from a row-major matrix pandas would be several times slower. Peak memory is what Python and NumPy
allocate during the call. Moments and correlations of a million rows share the work among up to four
cores, so that their ratio depends on how many are free; all else takes one core.

R is found as ``Rscript``; on Debian: ``apt install r-base-core r-cran-psych``. Without it, or with
--no-r, its rows are left out.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from detachment import stats

SIGNS, EFFECTS = 15, 5


def answers(rows: int, items: int, missing: float) -> np.ndarray:
    """Answers with one common factor, item-major as a table of columns has them."""
    rng = np.random.default_rng(1)
    trait = rng.normal(size=rows)
    x = np.empty((items, rows))
    for column in x:
        column[:] = np.clip(np.rint(3 + 0.7 * trait + rng.normal(size=rows)), 1, 5)
        column[rng.random(rows) < missing] = np.nan
    return x.T


def as_frame(x: np.ndarray) -> pd.DataFrame:
    """One array a column."""
    return pd.DataFrame({f"q{j}": x[:, j].copy() for j in range(x.shape[1])})


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def megabytes(work: Callable[[], object]) -> float:
    """Most memory that a call holds at a time."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def compare(
    name: str, ours: Callable[[], object], peer: str, theirs: Callable[[], float], runs: int
) -> None:
    """One line of the table: our time, the peer's, the median of their ratios, our memory."""
    pairs = [(seconds(ours), theirs()) for _ in range(runs)]
    one, other = (statistics.median(part) for part in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(
        f"{name:<44}{one * 1e3:>10.1f} ms  {peer:<34}{other:>9.2f} s{ratio:>9.0f}x"
        f"{megabytes(ours):>8.0f} MB"
    )


def alpha_by_pandas(frame: pd.DataFrame) -> float:
    """Alpha as one writes it in a notebook."""
    k = frame.shape[1]
    return k / (k - 1) * (1 - frame.var().sum() / frame.sum(axis=1).var())


def omega_by_scipy(frame: pd.DataFrame) -> float:
    """Omega total of one factor by minimum residuals, as psych and factor_analyzer find it."""
    r = frame.corr().to_numpy()

    def solve(unique: np.ndarray) -> np.ndarray:
        values, vectors = np.linalg.eigh(r - np.diag(unique))
        return vectors[:, -1] * np.sqrt(max(values[-1], 0.0))

    def loss(unique: np.ndarray) -> float:
        loadings = solve(unique)
        residual = r - np.outer(loadings, loadings)
        np.fill_diagonal(residual, 0.0)
        return float(np.sum(residual**2)) / 2

    bounds = [(0.005, 1.0)] * len(r)
    fit = minimize(loss, np.full(len(r), 0.5), method="L-BFGS-B", bounds=bounds)
    return float(1 - np.sum(1 - solve(fit.x) ** 2) / r.sum())


def loop(frame: pd.DataFrame, rng: np.random.Generator, *, pairs: bool) -> None:
    """One resample of alpha, omega and all correlations by pandas, in pairs or as a matrix."""
    sample = frame.sample(len(frame), replace=True, random_state=rng)
    signs, effects = sample.columns[:SIGNS], sample.columns[SIGNS:]
    alpha_by_pandas(sample[signs])
    omega_by_scipy(sample[signs])
    if pairs:
        [sample[a].corr(sample[b]) for a in signs for b in effects]
    else:
        sample.corr().loc[signs, effects]


def all_of_them(start: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Alpha, omega total and all correlations of a stack of covariances."""

    def statistic(cov: np.ndarray) -> np.ndarray:
        signs = cov[:, :SIGNS, :SIGNS]
        sd = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
        r = cov[:, :SIGNS, SIGNS:] / (sd[:, :SIGNS, None] * sd[:, None, SIGNS:])
        first = [
            stats.alpha(signs)[:, None],
            stats.omega_total(signs, denominator="observed", start=start).omega[:, None],
        ]
        return np.concatenate([*first, r.reshape(len(cov), -1)], axis=1)

    return statistic


def times_of(one: Callable[[], object], many: int, tried: int) -> Callable[[], float]:
    """Seconds of many calls, from a few."""
    return lambda: seconds(lambda: [one() for _ in range(tried)]) / tried * many


def shuffled(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> None:
    """One permutation of the rows of y, all correlations by NumPy."""
    np.corrcoef(x.T, rng.permutation(y).T)[: x.shape[1], x.shape[1] :]


def by_r(x: np.ndarray) -> dict[str, float]:
    """Seconds of R for the same answers; empty where there is no R."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        as_frame(x).to_csv(Path(folder) / "answers.csv", index=False)
        script = Path(__file__).with_suffix(".R")
        done = subprocess.run(
            ["Rscript", str(script), folder], capture_output=True, text=True, check=True
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-r", action="store_true")
    options = parser.parse_args()
    runs = options.runs

    large = answers(options.rows, 25, 0.03)
    frame = as_frame(large)
    size = f"{options.rows:,} x 25"
    for name, kernel in (
        (f"means and covariances, {size}", stats.pairwise_moments),
        (f"Pearson correlations, {size}", stats.pearson),
        (f"all tables of counts, {size}", stats.pairwise_tables),
    ):
        ours, theirs = partial(kernel, large), partial(seconds, frame.corr)
        compare(name, ours, "DataFrame.corr", theirs, runs)

    x = answers(2000, SIGNS + EFFECTS, 0.0)
    frame = as_frame(x)
    signs, effects = x[:, :SIGNS], x[:, SIGNS:]
    start = stats.omega_total(stats.pairwise_moments(signs).cov).loadings
    rng = np.random.default_rng(2)
    for pairs in (True, False):
        compare(
            "10,000 resamples of all 77 statistics, n = 2000",
            lambda: stats.resample(x, all_of_them(start)),
            f"pandas and SciPy {'by pairs' if pairs else 'by matrix'}, 5 scaled",
            times_of(lambda p=pairs: loop(frame, rng, pairs=p), 10_000, 5),
            runs,
        )
    compare(
        "10,000 permutations, max-T of 75, n = 2000",
        lambda: stats.max_t(signs, effects),
        "numpy.corrcoef, 100 scaled",
        times_of(lambda: shuffled(signs, effects, rng), 10_000, 100),
        runs,
    )
    found = {} if options.no_r else by_r(x)
    if not found:
        print("R is not asked: no Rscript, or --no-r.")
        return
    for name, ours, word in (
        (
            "Kendall's tau-b, 15 x 5, n = 2000",
            lambda: stats.kendall_test(signs, effects),
            "kendall",
        ),
        ("Spearman, 15 x 5, n = 2000", lambda: stats.spearman(signs, effects), "spearman"),
        (
            "1000 resamples of alpha, n = 2000",
            lambda: stats.resample(signs, stats.alpha, n_boot=1000),
            "alpha",
        ),
    ):
        compare(name, ours, f"psych, {word}", lambda w=word: found[w], runs)
    omegas = lambda: stats.resample(  # noqa: E731 - a line of the table
        signs,
        lambda cov: stats.omega_total(cov, start=start, denominator="observed").omega,
        n_boot=1000,
    )
    compare(
        "1000 resamples of omega total, n = 2000",
        omegas,
        "psych, omega (3 factors), 20 scaled",
        lambda: found["omega"] * 1000,
        runs,
    )
    many = answers(100_000, SIGNS + EFFECTS, 0.0)
    print(
        "n = 100,000 from the counts: Kendall "
        f"{seconds(lambda: stats.kendall_test(many[:, :SIGNS], many[:, SIGNS:])) * 1e3:.0f} ms, "
        f"Spearman {seconds(lambda: stats.spearman(many[:, :SIGNS], many[:, SIGNS:])) * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    main()
