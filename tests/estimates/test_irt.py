"""Item response models as a verb: what is asked, named, refused, and what people's scores are."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest

from detachment.errors import DataWarning, Refusal, SurveyError, UsageError
from detachment.estimates import irt, irt_scores, records
from detachment.stats.irt.graded import graded_response
from detachment.stats.irt.scores import person_scores

COLUMNS = [
    "scale", "item", "keyed", "n", "categories", "model", "slope", "slope_se", "slope_low",
    "slope_high", "location", "location_se", "reason",
]  # fmt: skip
PARTS = [
    "thresholds", "fit", "item_fit", "local_dependence", "information", "item_information",
]  # fmt: skip


def graded_answers(n=400, items=5, seed=3, cuts=(-2, -0.7, 0.7, 2)):
    rng = np.random.default_rng(seed)
    latent = 1.6 * rng.normal(size=(n, 1)) + rng.logistic(size=(n, items))
    return pd.DataFrame(np.digitize(latent, cuts) + 1, columns=list("abcdefgh")[:items])


def hearing(*args, **options):
    """A result, and everything that it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = irt(*args, **options)
    assert all(one.category is DataWarning and one.filename == __file__ for one in caught)
    assert sorted(str(one.message) for one in caught) == sorted(found.warnings)
    return found, "\n".join(found.warnings)


@pytest.fixture(scope="module")
def table():
    return graded_answers()


@pytest.fixture(scope="module")
def result(table):
    return irt(table, values=(1, 5))


def test_numbers_are_the_kernel_s(table, result):
    fit = graded_response(table.to_numpy())
    assert list(result.table) == COLUMNS
    assert list(result.parts) == PARTS
    np.testing.assert_array_equal(result.table["slope"], fit.slopes)
    np.testing.assert_array_equal(result.parts["thresholds"]["threshold"], fit.thresholds.ravel())
    assert result.parts["thresholds"]["from_category"].tolist() == [2, 3, 4, 5] * 5
    low, high = fit.slopes - 1.959964 * fit.slopes_se, fit.slopes + 1.959964 * fit.slopes_se
    np.testing.assert_allclose(result.table["slope_low"], low, rtol=1e-6)
    np.testing.assert_allclose(result.table["slope_high"], high, rtol=1e-6)
    row = result.parts["fit"].iloc[0]
    assert (row["loglik"], row["aic"], row["n_parameters"]) == (fit.loglik, fit.aic, 25)
    assert row["converged"]
    np.testing.assert_allclose(result.table["location"], fit.thresholds.mean(axis=1))
    information = result.parts["information"]
    items = result.parts["item_information"].groupby("theta")["information"].sum()
    np.testing.assert_allclose(information["information"], items, rtol=1e-12)
    assert result.n == {"rows": 400, "analysed": 400}
    assert not result.warnings
    assert (result.table["reason"] == "").all()


def test_the_error_of_a_location_is_that_of_a_mean_of_thresholds(table, result):
    """From the covariance of the parameters, by differences."""
    fit = result.models["scale"]
    parameters = np.concatenate([fit.slopes[:, None], fit.intercepts], axis=1)[0]
    h = 1e-6

    def location(p):
        return -p[1:].mean() / p[0]

    gradient = [(location(parameters + h * e) - location(parameters - h * e)) / (2 * h)
                for e in np.eye(5)]  # fmt: skip
    variance = np.array(gradient) @ fit.covariance[:5, :5] @ gradient
    assert result.table["location_se"][0] == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_keys_are_turned_and_a_forgotten_one_is_named(table, result):
    turned = table.assign(c=6 - table["c"])
    again = irt(turned, reverse=["c"], values=(1, 5))
    np.testing.assert_allclose(again.table["slope"], result.table["slope"], rtol=1e-7)
    assert again.table["keyed"].tolist() == [1, 1, -1, 1, 1]
    assert any("Reversed before" in note and "c." in note for note in again.notes)
    wrong, said = hearing(turned, values=(1, 5))
    assert "c goes against the rest" in said
    assert wrong.table["slope"][2] < 0


def test_missing_answers(table):
    gappy = table.astype(float).mask(np.random.default_rng(1).random(table.shape) < 0.1)
    gappy.iloc[3] = np.nan
    whole, complete = irt(gappy, values=(1, 5)), irt(gappy, values=(1, 5), missing="listwise")
    n = len(gappy.dropna())
    assert whole.parts["fit"]["n"].tolist() == [399]
    assert whole.parts["item_fit"]["n"].tolist() == [n] * 5
    assert complete.parts["fit"]["n"].tolist() == [n]
    same = irt(gappy.dropna(), values=(1, 5))
    np.testing.assert_array_equal(complete.table["slope"], same.table["slope"])
    assert any("full-information" in note for note in whole.notes)
    assert any("Listwise" in note for note in complete.notes)


def test_categories_that_nobody_used(table):
    some = table.replace({"a": {5: 4}, "b": {3: 2}})
    found = irt(some, values=(1, 5))
    assert found.table["categories"].tolist() == [4, 4, 5, 5, 5]
    assert any("nobody used" in note and "a (5) and b (3)" in note for note in found.notes)
    own = found.parts["thresholds"].query("item == 'b'")
    assert own["from_category"].tolist() == [2, 4, 5]


def test_a_test_of_right_and_wrong_answers_has_two_parameters(make_survey, small_table, quietly):
    many = {name: values * 10 for name, values in small_table.items()}
    found = quietly(irt, make_survey(many), scales="knowledge")
    assert set(found.table["model"]) == {"2pl"}
    assert found.table["categories"].tolist() == [2, 2, 2]
    assert "two-parameter logistic model" in found.explain()


def test_two_parameters_for_more_categories_are_refused(table):
    with pytest.raises(UsageError, match="items with two categories, and a, b, c, d, and e have"):
        irt(table, model="2pl", values=(1, 5))
    halves = (table > 3).astype(int)
    two, graded = irt(halves, model="2pl"), irt(halves, model="graded")
    np.testing.assert_array_equal(two.table["slope"], graded.table["slope"])


def test_what_has_no_model(table, make_survey, small_table, quietly):
    with pytest.raises(Refusal, match="at least 3 are needed"):
        irt(table[["a", "b"]], values=(1, 5))
    with pytest.raises(Refusal, match="one item has no item response model"):
        irt(table[["a"]], values=(1, 5))
    with pytest.raises(UsageError, match="model cannot be '3pl'"):
        irt(table, model="3pl")
    with pytest.raises(UsageError, match="missing cannot be 'pairwise'"):
        irt(table, missing="pairwise")
    survey = make_survey(small_table)
    formative = [s.id for s in survey.instrument.scales.values() if s.model == "formative"]
    with pytest.raises(Refusal, match="its model is formative"):
        quietly(irt, survey, scales=formative[0])
    found = quietly(irt, survey)
    for row in records(found.table):
        assert (row["slope"] is None) == bool(row["reason"])
    rows = found.parts["fit"].set_index("scale")
    assert "formative" in rows.loc[formative[0], "reason"]
    assert not rows.loc[formative[0], "converged"]
    assert found.explain().count("no item response model is given") >= 1
    assert found.to_html()
    json.dumps(found.to_dict(), allow_nan=False, default=str)


def test_what_is_doubtful_is_named(table):
    _, said = hearing(table.head(150), values=(1, 5))
    assert "150 respondents are few for an item response model with 25 parameters" in said
    copied, said = hearing(table.assign(f=table["a"]), values=(1, 5))
    assert "the model did not converge: the slope of a and f grows without end" in said
    assert "a and f have the same answer" in said
    assert copied.table["slope"].isna().all()
    assert copied.table["reason"].str.contains("did not converge").all()
    left, said = hearing(table.assign(c=2), values=(1, 5))
    assert "c is constant" in said
    assert left.table["slope"].isna().tolist() == [False, False, True, False, False]
    assert "is constant" in left.table["reason"][2]
    noisy = pd.DataFrame(np.random.default_rng(1).normal(size=(300, 4)), columns=list("abcd"))
    found = hearing(noisy)[0]
    assert "too many for ordered categories" in found.table["reason"][0]


def test_a_dependent_pair_is_listed():
    rng = np.random.default_rng(4)
    theta, pair = rng.normal(size=(900, 1)), rng.normal(size=900)
    latent = 1.6 * theta + rng.logistic(size=(900, 7))
    latent[:, 2] += 2 * pair
    latent[:, 4] += 2 * pair
    found = irt(pd.DataFrame(np.digitize(latent, [-1, 1]), columns=list("abcdefg")))
    pairs = found.parts["local_dependence"]
    assert pairs[["item", "other"]].to_numpy().tolist() == [["c", "e"]]
    assert pairs["above_mean"][0] > 0.2
    assert "Local dependence" in found.display_parts()


def test_scores_of_people(table, result):
    scores = irt_scores(table, values=(1, 5))
    expected = person_scores(graded_response(table.to_numpy()), table.to_numpy())
    np.testing.assert_array_equal(scores["scale"], expected.theta)
    np.testing.assert_array_equal(scores["scale_se"], expected.se)
    few = irt_scores(table.head(7), values=(1, 5), model=result)
    np.testing.assert_array_equal(few["scale"], expected.theta[:7])
    ends = irt_scores(table.head(3).assign(**dict.fromkeys("abcde", 5)), values=(1, 5),
                      model=result, method="ml")  # fmt: skip
    assert ends.isna().all(axis=None)
    with pytest.raises(UsageError, match="method cannot be 'wle'"):
        irt_scores(table, method="wle")


def test_scores_keep_ids_and_rows(make_survey, small_table, quietly):
    survey = make_survey(small_table)
    scores = quietly(irt_scores, survey, scales=["signs"])
    assert scores.index.equals(survey.responses.index)
    model = quietly(irt, survey, scales=["signs"])
    assert list(scores.columns[-2:]) == [f"{[*model.models][-1]}{end}" for end in ("", "_se")]
    with pytest.raises(UsageError, match="no parameters of quiz; it has those of trouble"):
        irt_scores(survey, scales="quiz", model=model)


def test_a_result_holds_no_person(table, result):
    arrays = [
        value
        for fit in result.models.values()
        for name in fit.__slots__
        if isinstance(value := getattr(fit, name), np.ndarray)
    ]
    assert not any(len(table) in array.shape for array in arrays)


def test_rows_in_any_order_give_the_same_bytes(table, result):
    again = irt(table.sample(frac=1, random_state=5), values=(1, 5))
    pd.testing.assert_frame_equal(again.table, result.table, check_exact=True)
    for name in ("thresholds", "fit", "information"):
        pd.testing.assert_frame_equal(again.parts[name], result.parts[name], check_exact=True)


def test_no_rows(table):
    with pytest.raises(SurveyError):
        irt(table.head(0))


def test_partners_are_said(root, quietly):
    import detachment as dt

    survey = quietly(dt.read_survey, root / "data/sample/couples_long.csv", instrument="detachment")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        found = dt.irt(survey, scales="eff_loneliness", wave=1)
    assert any("partners of one another" in note for note in found.notes)
