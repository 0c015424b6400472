"""Small answer matrices, as hypothesis makes them."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def likert():
    """Answers 1 to 5 of 300 people to 6 items with one common factor, 5 % missing."""
    rng = np.random.default_rng(20)
    trait = rng.normal(size=(300, 1))
    x = np.clip(np.rint(3 + 0.8 * trait + 0.8 * rng.normal(size=(300, 6))), 1, 5)
    x[rng.random(x.shape) < 0.05] = np.nan
    return x
