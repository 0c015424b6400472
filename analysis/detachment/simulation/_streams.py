"""Random numbers: one independent stream a part, named, so that a new part moves no other."""

from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_DECIMALS: Final = 12  # a factorisation may differ in its last digits between machines


def stream(seed: int, *words: str) -> np.random.Generator:
    """Generator of one named part; the name alone decides, not the order of calls."""
    return np.random.Generator(np.random.PCG64([seed, crc32("/".join(words).encode())]))


def paired(rng: np.random.Generator, r: float, n: int) -> Floats:
    """Standard normals of n couples, correlated r between partners: shape (n, 2)."""
    shared, own = rng.standard_normal((n, 1)), rng.standard_normal((n, 2))
    both: Floats = np.sqrt(r) * shared + np.sqrt(1 - r) * own
    return both


def paired_set(
    rng: np.random.Generator, correlations: Floats, shared: tuple[float, ...], n: int
) -> Floats:
    """Sets of k normals of n couples: shape (k, n, 2).

    Variable j is ``sqrt(s_j)`` of a part that partners share and ``sqrt(1 - s_j)`` of one's own;
    both parts have the given correlations. Within a person two variables with unequal s
    therefore correlate a little less than given.
    """
    root = np.round(np.linalg.cholesky(correlations), _DECIMALS)
    k = len(shared)
    both = _mix(root, rng.standard_normal((k, n, 1)))
    own = _mix(root, rng.standard_normal((k, n, 2)))
    s = np.array(shared)[:, None, None]
    mixed: Floats = np.sqrt(s) * both + np.sqrt(1 - s) * own
    return mixed


def _mix(root: Floats, z: Floats) -> Floats:
    """Rows of ``root`` times ``z``, summed in a fixed order (a BLAS would choose its own)."""
    return np.stack(
        [
            sum((root[j, i] * z[i] for i in range(j + 1)), np.zeros(z.shape[1:]))
            for j in range(len(root))
        ]
    )


def correlation_matrix(k: int, pairs: tuple[tuple[int, int, float], ...]) -> Floats:
    """Symmetric matrix with unit diagonal from (row, column, r)."""
    matrix = np.eye(k)
    for i, j, r in pairs:
        matrix[i, j] = matrix[j, i] = r
    return matrix


def logistic(x: Floats) -> Floats:
    """Probability from a logit."""
    return 1 / (1 + np.exp(-x))
