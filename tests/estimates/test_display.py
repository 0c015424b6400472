"""Results as people read them: headings, numbers as text, the order of tables."""

import re

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.errors import DataWarning
from detachment.estimates._result import heading, rounded

RNG = np.random.default_rng(8)
FACTOR = RNG.normal(size=(300, 1))
ANSWERS = pd.DataFrame(
    np.clip(np.rint(FACTOR + RNG.normal(size=(300, 4)) + 3), 1, 5), columns=list("abcd")
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("n", "n"), ("p_adjusted", "p adjusted"), ("se", "SE"), ("std_epc", "Standardized EPC"),
        ("htmt_high", "HTMT high"), ("r2", "R²"), ("modification_indices", "Modification indices"),
        ("chi2", "χ²"),
    ],
)  # fmt: skip
def test_headings_are_words_and_symbols(name: str, words: str) -> None:
    assert heading(name) == words


def test_numbers_are_written_as_what_they_are() -> None:
    table = pd.DataFrame(
        {
            "n": pd.array([1234, None], dtype="Int64"),
            "df": [90.0, np.nan],
            "p": [1e-12, 0.5],
            "estimate": [0.12345, -1.0],
            "reference": pd.array([True, False], dtype="boolean"),
        }
    )
    first, second = rounded(table).to_dict("records")
    assert list(first.values())[:4] == ["1,234", "90", "< .001", "0.123"]
    assert list(second.values())[:4] == ["–", "–", ".500", "−1.000"]
    assert first["Reference"] is True


def test_degrees_that_are_not_whole_keep_their_decimals() -> None:
    assert rounded(pd.DataFrame({"df": [4.5]}))["df"].tolist() == ["4.500"]
    assert rounded(pd.DataFrame({"change_df2": [470.0]}))["Change df2"].tolist() == ["470"]


def test_intervals_and_p_stay_on_one_line_of_a_page() -> None:
    page = dt.correlate(ANSWERS, rows="a", columns="b").to_html()
    assert "&lt;&nbsp;.001" in page
    assert re.search(r"\[\.\d\d,&nbsp;\.\d\d\]", page)


@pytest.mark.parametrize("estimator", ["ML", "WLSMV"])
def test_a_factor_model_is_read_from_its_fit(estimator: str) -> None:
    result = dt.cfa(ANSWERS, model="f =~ a + b + c + d", estimator=estimator)
    titles = [title for title, _ in result.display_all()]
    assert titles[:3] == ["Fit", "", "R²"]
    shown = result.display()
    assert shown["Parameter"].tolist() == ["f =~ a", "f =~ b", "f =~ c", "f =~ d"]
    assert len(result.to_frame()) > len(shown)
    assert any("to_frame()" in note for note in result.notes)
    fit = result.display_parts()["Fit"].set_index("Index")
    assert fit.loc["df", "Naive"] == "2"
    assert fit.loc["n", "Naive"] == "300"
    assert repr(result).startswith("Fit\n")
    assert result.to_html().index("RMSEA") < result.to_html().index("f =~ a")


def test_a_negative_variance_is_among_what_is_read() -> None:
    cov = np.array([[1.0, 0.8, 0.8], [0.8, 1.0, 0.5], [0.8, 0.5, 1.0]])
    scores = RNG.normal(size=(200, 3))
    scores = (scores - scores.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(scores.T))).T
    table = pd.DataFrame(scores @ np.linalg.cholesky(cov).T, columns=list("abc"))
    with pytest.warns(DataWarning, match="Improper"):
        result = dt.cfa(table, model="f =~ a + b + c", estimator="ML")
    assert "a ~~ a" in result.display()["Parameter"].tolist()


def test_pairs_of_latent_variables_show_what_is_behind_them() -> None:
    result = dt.correlate(ANSWERS, rows=["a"], columns=["b", "c"], method="polychoric")
    parts = result.display_parts()
    assert parts["Thresholds"]["Between"].tolist()[:2] == ["1 | 2", "2 | 3"]
    assert not (parts["Latent variables"] == "–").all().any()


def test_a_group_with_too_few_respondents_is_left_out_by_name() -> None:
    groups = np.repeat(["f", "m", "x"], [148, 148, 4])
    table = ANSWERS.assign(sex=groups)
    with pytest.warns(DataWarning, match="more respondents than .* group x of sex"):
        found = dt.invariance(table, by="sex", estimator="ML", reference="x")
    assert found.parts["groups"]["group"].tolist() == ["f", "m"]
    assert found.n["analysed"] == 296
    alone = dt.invariance(table[groups != "x"], by="sex", estimator="ML")
    pd.testing.assert_frame_equal(found.table, alone.table)


@pytest.mark.parametrize("cell", [None, np.nan, "", " "])
def test_raters_without_any_answer_agree_on_nothing(cell: object) -> None:
    table = pd.DataFrame({"ann": [cell] * 5, "ben": [cell] * 5})
    with pytest.warns(DataWarning, match="no answers"):
        result = dt.agreement(table, measured="ordinal", n_boot=0)
    row = result.table.iloc[0]
    assert np.isnan(row["kappa"])
    assert row["reason"]
    assert result.display_parts() == {}


def test_steps_of_invariance_are_named_in_words() -> None:
    table = ANSWERS.assign(sex=np.repeat(["f", "m"], 150))
    said = dt.invariance(table, by="sex", estimator="ML").explain()
    assert "Metric invariance (loadings equal)" in said
    assert "\nEqual latent means (" in said


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("correlate", {"rows": "sign_13_jealousy", "columns": "eff_satisfaction"}),
        ("compare", {"scales": "sign_13_jealousy", "by": "group"}),
        ("regress", {"outcome": "eff_satisfaction", "predictors": "sign_13_jealousy"}),
        ("cutoffs", {"predictor": "sign_13_jealousy", "criterion": "eff_satisfaction",
                     "cutoff": "< 3"}),
        ("dyads", {"scales": "sign_13_jealousy"}),
    ],
)  # fmt: skip
def test_an_item_in_a_sentence_stands_in_quotes(quietly, verb, options):
    survey = dt.read_survey(dt.sample("couples_long.csv"))
    said = quietly(getattr(dt, verb), survey, **options).explain()
    text = survey.instrument.items["sign_13_jealousy"].text
    assert f"“{text}” (sign_13_jealousy)" in said
    assert f"{text} " not in said
