"""Polychoric family against R: psych, polycor, lavaan, and solutions taken to the last digit."""

import numpy as np
import pytest

from detachment import stats


def matrix(value):
    return np.array(value["data"], dtype="float64")


def plain(value):
    """A matrix or a list of numbers, named or not."""
    return matrix(value) if "data" in value else list(getattr(value, "values", lambda: value)())


def lower(square):
    """Below the diagonal, column by column."""
    columns, rows = np.triu_indices(len(square), 1)
    return square[rows, columns]


def filled_as_psych_does(tables, correct):
    """Tables and margins of ``psych::polychoric(global = FALSE, correct = )``.

    It fills empty cells and reads the thresholds off margins that now sum to more than the total;
    the category that takes up the difference is the last one, whose upper end is not used.
    """
    tables = tables.astype("float64")
    total = tables.sum(axis=(-2, -1))
    chosen = (tables.sum(axis=-1, keepdims=True) > 0) & (tables.sum(axis=-2, keepdims=True) > 0)
    tables = np.where(chosen & (tables == 0), correct, tables)
    margins = []
    for axis in (-1, -2):
        margin = tables.sum(axis=axis)
        used = chosen.any(axis=axis)
        last = used.shape[-1] - 1 - np.argmax(used[..., ::-1], axis=-1)
        surplus = margin.sum(axis=-1) - total
        margin[np.arange(len(margin)), last] -= surplus
        margins.append(margin)
    return tables, *margins


def fit_as_asked(case, answers):
    """Correlations below the diagonal, under the convention that the case's name says."""
    name = case.fields["id"]
    if "psych" not in name:
        margins = "pairs" if "pair_margins" in name else "items"
        return lower(stats.polychoric_matrix(answers, margins=margins).r)
    counts = stats.pairwise_tables(answers)
    tables = counts.counts[np.triu_indices(answers.shape[1], 1)[::-1]]
    # psych takes thresholds from the pairs where items have different numbers of categories
    pairs = "global_false" in name or np.ptp(np.nanmax(answers, axis=0)) > 0
    if not pairs:
        return lower(stats.polychoric_matrix(answers).r)
    if name.endswith("correct0"):
        return stats.polychoric(tables).r
    tables, rows, columns = filled_as_psych_does(tables, 0.5)
    return stats.polychoric(tables, rows=rows, columns=columns).r


def test_polychoric(polychoric_case):
    expected = polychoric_case.values
    answers = polychoric_case.answers().to_numpy()
    polychoric_case.check(fit_as_asked(polychoric_case, answers), lower(matrix(expected["rho"])))
    fit = stats.polychoric_matrix(answers)
    if "thresholds" in expected:
        polychoric_case.check(fit.thresholds, matrix(expected["thresholds"]))
    if "det" in expected:
        polychoric_case.check(np.linalg.det(fit.r), expected["det"])
        polychoric_case.check(fit.smallest_eigenvalue, expected["min_eigen"])
    if "n" in expected:
        assert fit.n[0, 0] == expected["n"]


def test_tetrachoric(tetrachoric_case):
    answers = tetrachoric_case.answers().to_numpy()
    correct = tetrachoric_case.get("correct", 0.0)
    if tetrachoric_case.folder.name == "reference" and "correct" in tetrachoric_case.fields:
        r = stats.polychoric_matrix(answers, correct=correct).r
        tau = stats.polychoric_matrix(answers).thresholds[:, 0]
        tetrachoric_case.check(tau, tetrachoric_case.values["tau"])
    else:
        pairs = "pair_margins" in tetrachoric_case.fields["id"]
        r = stats.polychoric_matrix(answers, margins="pairs" if pairs else "items").r
    tetrachoric_case.check(lower(r), lower(matrix(tetrachoric_case.values["rho"])))
    if "thresholds" in tetrachoric_case.values:
        got = stats.polychoric_matrix(answers).thresholds
        tetrachoric_case.check(got.ravel(), np.ravel(plain(tetrachoric_case.values["thresholds"])))


def test_single_pairs(polycor_case):
    frame = polycor_case.frame()
    for pair in polycor_case.values["pairs"]:
        answers = frame[[pair["x"], pair["y"]]].dropna().to_numpy()
        table = stats.pairwise_tables(answers).counts[0, 1]
        two, both = stats.polychoric(table), stats.polychoric_ml(table)
        assert two.n == both.n == pair["n"]
        polycor_case.check(two.r, pair["rho_2step"])
        polycor_case.check(two.se_given_thresholds, pair["se_2step"], tol=2e-3)
        polycor_case.check(two.chi2, pair["chisq_2step"])
        polycor_case.check(both.df, pair["df"])
        polycor_case.check(both.se, pair["se_ML"], tol=2e-3)
        # polycor stops early: our table is at least as likely, and where it is clearly likelier
        # (six categories, r near .8) polycor's r is .005 short of the optimum
        assert both.chi2 <= pair["chisq_ML"]
        if pair["chisq_ML"] - both.chi2 < 0.05:
            polycor_case.check(both.r, pair["rho_ML"])
            polycor_case.check(both.rows, pair["thresholds_x_ML"], tol=4e-3)
            polycor_case.check(both.columns, pair["thresholds_y_ML"], tol=4e-3)


def test_single_pairs_to_the_end(poly_pairs_case):
    frame = poly_pairs_case.frame()
    for pair in poly_pairs_case.values["pairs"]:
        answers = frame[[pair["x"], pair["y"]]].dropna().to_numpy()
        table = stats.pairwise_tables(answers).counts[0, 1]
        two, both = stats.polychoric(table), stats.polychoric_ml(table)
        poly_pairs_case.check(two.r, pair["rho_2step"], tol=2e-5)
        poly_pairs_case.check(two.se_given_thresholds, pair["se_2step"], tol=5e-4)
        poly_pairs_case.check(both.r, pair["rho_ML"])
        # from the observed curvature in R, from the expected one here
        poly_pairs_case.check(both.se, pair["se_ML"], tol=4e-3)
        for got, name in ((both.rows, "x"), (both.columns, "y")):
            poly_pairs_case.check(got[np.isfinite(got)], pair[f"thresholds_{name}_ML"])


def test_one_table(poly_table_case):
    expected = poly_table_case.values
    table = matrix(expected["table"])
    fit, both = stats.polychoric(table), stats.polychoric_ml(table)
    if fit.perfect:
        assert fit.r == both.r == 1
        assert both.perfect
        assert expected["exact_2step"] > 0.99
    else:
        poly_table_case.check(fit.r, expected["exact_2step"])
        poly_table_case.check(both.r, expected["polycor_ML"])
    if "exact_zero_cell_replaced_by_.5" in expected:
        corrected = stats.polychoric(table, correct=0.5).r
        poly_table_case.check(corrected, expected["exact_zero_cell_replaced_by_.5"])
        poly_table_case.check(corrected, expected["psych_tet_.5"])
    else:
        tables, rows, columns = filled_as_psych_does(table[None], 0.5)
        psych = stats.polychoric(tables, rows=rows, columns=columns).r
        poly_table_case.check(psych, [expected["psych_poly"]])


def test_how_all_estimates_vary_together(poly_gamma_case):
    expected = poly_gamma_case.values
    fit = stats.asymptotic_covariance(poly_gamma_case.answers(), weights="empirical")
    assert fit.n == expected["n"]
    count = len(fit.items)
    poly_gamma_case.check(fit.estimates[:count], expected["thresholds"])
    poly_gamma_case.check(fit.estimates[count:], expected["r"])
    poly_gamma_case.check(fit.gamma, matrix(expected["gamma"]))
    # the standard errors from the tables alone are the diagonal
    fit_r = stats.polychoric_matrix(poly_gamma_case.answers(), weights="empirical")
    se = np.sqrt(np.diag(matrix(expected["gamma"])) / fit.n)
    poly_gamma_case.check(fit_r.thresholds_se[fit.items, fit.cuts], se[:count])
    poly_gamma_case.check(fit_r.se[fit.rows, fit.columns], se[count:])


def test_polyserial(polyserial_case):
    expected = polyserial_case.values
    x, y = polyserial_case.answers().to_numpy().T
    two, ml = stats.polyserial(x, y), stats.polyserial(x, y, method="ml")
    assert two.n == ml.n == expected["n"]
    polyserial_case.check(two.r, expected["two_step"], tol=1e-6)
    # polycor divides the variance of the score by n - 1, and takes it as known
    polyserial_case.check(ml.r, expected["rho_ML"])
    polyserial_case.check(ml.thresholds[np.isfinite(ml.thresholds)], expected["thresholds_ML"])
    polyserial_case.check(ml.se, expected["se_ML"], tol=4e-3)
    ad_hoc = stats.polyserial(x, y, method="ad_hoc")
    polyserial_case.check(ad_hoc.r, expected["psych"], tol=1e-9)


def test_biserial(biserial_case):
    x, y = biserial_case.answers().to_numpy().T
    biserial_case.check(stats.biserial(x, y), biserial_case.values["biserial"])
    biserial_case.check(stats.point_biserial(x, y), biserial_case.values["point_biserial"])


def test_ordinal_alpha(ordinal_alpha_case):
    expected = ordinal_alpha_case.values
    answers = ordinal_alpha_case.answers()
    assert len(answers) == expected["n"]
    r = stats.polychoric_matrix(answers).r
    for name in ("ordinal_alpha", "psych", "lavCor"):
        ordinal_alpha_case.check(stats.alpha(r), expected[name])
    ordinal_alpha_case.check(stats.mean_interitem_r(r), expected["average_r"])
    ordinal_alpha_case.check(stats.alpha_if_dropped(r), list(expected["alpha_if_deleted"].values()))
    ordinal_alpha_case.check(stats.item_rest_r(r), list(expected["r_drop"].values()))


@pytest.mark.parametrize("r", [-0.97, -0.4, 0.0, 0.3, 0.9, 0.98])
def test_r_comes_back_from_exact_tables(r):
    rows, columns = (
        np.array([-np.inf, -1.1, 0.2, 0.9, np.inf]),
        np.array([-np.inf, -0.5, 1.4, np.inf]),
    )
    corners = stats.bivariate_normal_cdf(rows[:, None], columns, r)
    table = np.diff(np.diff(corners, axis=0), axis=1)
    assert stats.polychoric(table).r == pytest.approx(r, abs=1e-10)
    assert stats.polychoric_ml(table).r == pytest.approx(r, abs=1e-8)
