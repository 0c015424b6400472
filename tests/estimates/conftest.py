"""Answers with a known structure, and a way to see the numbers of a doubtful result."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from detachment.errors import DataWarning


def likert(n: int, items: int, *, seed: int = 11, missing: float = 0.0) -> pd.DataFrame:
    """One factor, answers 1 to 5, columns a, b, c, ..."""
    rng = np.random.Generator(np.random.PCG64(seed))
    latent = rng.normal(size=(n, 1)) + 0.8 * rng.normal(size=(n, items))
    answers = np.clip(np.rint(3 + latent), 1, 5)
    answers[rng.random(answers.shape) < missing] = np.nan
    return pd.DataFrame(answers, columns=list("abcdefghijklmno")[:items])


@pytest.fixture
def answers() -> pd.DataFrame:
    """Sixty respondents, five items of one scale."""
    return likert(60, 5)


@pytest.fixture
def gappy() -> pd.DataFrame:
    """Eighty respondents, five items, one answer in ten missing."""
    return likert(80, 5, missing=0.1)


@pytest.fixture
def quietly() -> Callable[..., Any]:
    """Call a verb whose warnings are tested elsewhere."""

    def call(verb: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            return verb(*args, **options)

    return call


@pytest.fixture
def small_table() -> dict[str, list[object]]:
    """Answers of 40 people to every item of the small instrument, well keyed."""
    rng = np.random.Generator(np.random.PCG64(2))
    n = 40
    trouble = rng.normal(size=n)
    joy = -0.7 * trouble + 0.7 * rng.normal(size=n)

    def agree(latent: np.ndarray) -> list[int]:
        return np.clip(np.rint(3 + latent + 0.6 * rng.normal(size=n)), 1, 5).astype(int).tolist()

    def use(top: int) -> list[int]:
        noise = 0.8 * rng.normal(size=n)
        return np.clip(np.rint(top / 2 + trouble + noise), 0, top).astype(int).tolist()

    knows = rng.normal(size=n)
    right = (knows[:, None] + rng.normal(size=(n, 3))) > 0
    return {
        "s1": agree(trouble), "s2": agree(trouble), "s3": agree(-trouble), "s4": agree(trouble),
        "j1": agree(joy), "j2": agree(-joy), "j3": agree(joy),
        "k1": [0 if yes else 9 for yes in right[:, 0]],
        "k2": [1 if yes else 0 for yes in right[:, 1]],
        "k3": [0 if yes else 1 for yes in right[:, 2]],
        "f1": use(4), "f2": use(4), "m1": use(6), "m2": use(4), "m3": use(4),
        "p1": agree(trouble), "p2": agree(trouble), "lone": agree(trouble),
    }  # fmt: skip
