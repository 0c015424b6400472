"""How often is a true model of ordered items rejected at the 5 % level?

A test keeps its size when it rejects a true model about 5 times in a hundred. Here three factors
with five items each (loadings .5 to .8, factor correlations .5), answers in five categories,
symmetric or skewed, answers missing completely at random, are fitted by DWLS with the scaled and
shifted test (WLSMV), pairwise: what ``dt.cfa(estimator="WLSMV")`` gives by default.

Run with the replicates of a cell and, if wanted, the weights inside Gamma:

    python benchmarks/test_size.py 1000                 # about 8 minutes on one core
    python benchmarks/test_size.py 200 expected

Replicate r of a cell draws from ``np.random.Philox(key=[SEED + place of the cell, r])``, so that a
table can be made again whatever the number of replicates. Its standard error at 5 % is
sqrt(.05 * .95 / replicates): .007 for 1000. Only NumPy, SciPy and the package are needed.
"""

import sys
import time

import numpy as np

from detachment.stats.sem.categorical import fit_ordinal, ordinal_sample, ordinal_test
from detachment.stats.sem.model import cfa_model
from detachment.stats.sem.robust import mean_variance_adjusted

SEED = 20_261
LOADINGS = np.tile([0.8, 0.7, 0.6, 0.7, 0.5], 3)
FACTORS = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
CUTS = {"symmetric": [-1.3, -0.4, 0.4, 1.3], "skewed": [0.0, 0.6, 1.1, 1.6]}
ITEMS = [f"x{i + 1}" for i in range(15)]
TEXT = "\n".join(f"{f} =~ " + " + ".join(ITEMS[5 * k : 5 * k + 5]) for k, f in enumerate("abc"))


def answers(key: list[int], n: int, cuts: list[float], missing: float) -> np.ndarray:
    """Answers of n respondents to the 15 items."""
    rng = np.random.Generator(np.random.Philox(key=key))
    factors = rng.normal(size=(n, 3)) @ np.linalg.cholesky(FACTORS).T
    latent = LOADINGS * np.repeat(factors, 5, axis=1)
    latent += np.sqrt(1 - LOADINGS**2) * rng.normal(size=latent.shape)
    x = 1.0 + np.sum(latent[..., None] > np.array(cuts), axis=-1)
    x[rng.random(x.shape) < missing] = np.nan
    return x


def cell(place: int, n: int, shape: str, missing: float, replicates: int, weights: str) -> str:
    """A row of the table."""
    p_shifted, p_adjusted, failed, skipped = [], [], 0, 0
    model = cfa_model(TEXT, ITEMS, ordered=ITEMS, thresholds=dict.fromkeys(ITEMS, 4))
    for r in range(replicates):
        x = answers([SEED + place, r], n, CUTS[shape], missing)
        sample = ordinal_sample(x, weights=weights)
        if (sample.n_thresholds != 4).any():
            skipped += 1  # a category that nobody chose
            continue
        fit = fit_ordinal(model, [sample])
        if not fit.converged:
            failed += 1
            continue
        p_shifted.append(ordinal_test(fit).p)
        found = fit.sandwich
        p_adjusted.append(
            mean_variance_adjusted(fit.statistic, fit.df, found.trace, found.trace_squared).p
        )
    shifted, adjusted = (np.mean(np.array(p) < 0.05) for p in (p_shifted, p_adjusted))
    return (
        f"{shape:10} {n:5} {missing:8.0%} {len(p_shifted):10} {shifted:10.1%} {adjusted:10.1%} "
        f"{failed:7} {skipped:8}"
    )


def main() -> None:
    """Print the table."""
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    weights = sys.argv[2] if len(sys.argv) > 2 else "empirical"
    begun = time.perf_counter()
    print(f"Gamma: {weights}; seed {SEED}; model of 15 items, 3 factors, df 87")
    print(f"{'answers':10} {'n':>5} {'missing':>8} {'replicates':>10} {'shifted':>10} ", end="")
    print(f"{'adjusted':>10} {'failed':>7} {'skipped':>8}")
    place = 0
    for shape in CUTS:
        for n in (300, 800):
            for missing in (0.0, 0.05, 0.15):
                print(cell(place, n, shape, missing, replicates, weights), flush=True)
                place += 1
    print(f"{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
