"""Scores of people on factors against R's lavaan 0.6-14 (lavPredict), four answers missing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import detachment as dt

DATA = Path(__file__).resolve().parents[3] / "shared" / "reference" / "data" / "hs1939.csv"
MODEL = "visual =~ x1 + x2 + x3\n textual =~ x4 + x5 + x6\n speed =~ x7 + x8 + x9"
FIRST_AND_SEVENTH = {
    "regression": [
        [-0.83154415747, -0.1391402206, 0.05924848901],
        [-0.19058417113, 0.7092916285, 0.13078181350],
    ],
    "bartlett": [
        [-1.38269493826, -0.098843136382, 0.2289135829],
        [-1.26303845270, 0.839774439191, 0.2128219097],
    ],
}


@pytest.mark.skipif(not DATA.is_file(), reason=f"{DATA.name} is not here")
@pytest.mark.parametrize("method", FIRST_AND_SEVENTH)
def test_scores_of_incomplete_answers(method):
    table = pd.read_csv(DATA)
    for item in range(1, 5):
        table.loc[7 * item - 1, f"x{item}"] = np.nan
    got = dt.factor_scores(table, model=MODEL, method=method)[["visual", "textual", "speed"]]
    np.testing.assert_allclose(got.iloc[[0, 6]], FIRST_AND_SEVENTH[method], atol=2e-6)
