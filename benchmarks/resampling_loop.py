"""The bootstrap as one writes it in a notebook, over pandas and pingouin: a peer of kernels.py.

    python benchmarks/resampling_loop.py answers.npy 15

reads a matrix of answers whose first 15 columns form a scale, and then, from its input, how many
resamples to draw and "matrix" or "pairs"; it prints the seconds that they took, by the clock and of
the processor. Each resample draws rows of a frame and computes alpha (pingouin), omega total of one
factor (minimum residuals), and the correlations of the scale's items with the other columns, as one
matrix or pair by pair. Without pingouin alpha is computed by pandas, which is faster. It needs
nothing of ours, so that another Python may run it.
"""

import sys
import time

import numpy as np
import pandas as pd
from scipy.optimize import minimize

try:
    from pingouin import cronbach_alpha
except ImportError:
    cronbach_alpha = None


def alpha(frame: pd.DataFrame) -> float:
    """Cronbach's alpha."""
    if cronbach_alpha is not None:
        return float(cronbach_alpha(frame)[0])
    k = frame.shape[1]
    return float(k / (k - 1) * (1 - frame.var().sum() / frame.sum(axis=1).var()))


def omega(frame: pd.DataFrame) -> float:
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


def resample(frame: pd.DataFrame, items: int, rng: np.random.Generator, *, pairs: bool) -> None:
    """All statistics of one resample."""
    sample = frame.sample(len(frame), replace=True, random_state=rng)
    scale, others = sample.columns[:items], sample.columns[items:]
    alpha(sample[scale])
    omega(sample[scale])
    if pairs:
        [sample[a].corr(sample[b]) for a in scale for b in others]
    else:
        sample.corr().loc[scale, others]


def main() -> None:
    """Answer every line of the input."""
    x = np.load(sys.argv[1])
    frame = pd.DataFrame({f"q{j}": x[:, j].copy() for j in range(x.shape[1])})
    rng = np.random.default_rng(2)
    print("pandas and SciPy" if cronbach_alpha is None else "pandas, pingouin, SciPy", flush=True)
    for line in sys.stdin:
        times, how = line.split()
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(int(times)):
            resample(frame, int(sys.argv[2]), rng, pairs=how == "pairs")
        print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)


if __name__ == "__main__":
    main()
