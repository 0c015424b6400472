"""Reliability and item statistics against R: psych, boot, and formulas written out in R."""

import numpy as np
import pytest
from scipy.special import ndtri

from detachment import stats

GLB = 1e-5  # accuracy of the semidefinite programme of the reference


def matrix(value):
    return np.array(value["data"], dtype="float64")


def test_moments(own_alpha_case):
    m = stats.pairwise_moments(own_alpha_case.answers())
    expected = own_alpha_case.values
    own_alpha_case.check(m.n, matrix(expected["pairwise_n"]), tol=0)
    own_alpha_case.check(m.cov, matrix(expected["covariance"]), tol=1e-13)
    r, n = stats.pearson(own_alpha_case.answers())
    own_alpha_case.check(n, m.n, tol=0)
    own_alpha_case.check(r, matrix(expected["correlation_pairwise"]), tol=1e-13)


def test_listwise_moments_are_those_of_the_complete_rows(alpha_case):
    answers = alpha_case.answers()
    listwise = stats.listwise_moments(answers)
    complete = stats.pairwise_moments(answers.dropna())
    np.testing.assert_array_equal(listwise.cov, complete.cov)
    np.testing.assert_array_equal(listwise.n, complete.n)
    np.testing.assert_array_equal(listwise.mean, complete.mean)


def test_alpha(alpha_case):
    answers, expected = alpha_case.answers(), alpha_case.values
    cov = stats.pairwise_moments(answers).cov
    cor = stats.correlation_from(cov)
    alpha_case.check(stats.alpha(cov), expected["raw_alpha"])
    alpha_case.check(stats.alpha_standardized(cor), expected["std_alpha"])
    alpha_case.check(stats.mean_interitem_r(cor), expected["average_r"])
    alpha_case.check(stats.guttman_lambda6(cor), expected["G6_smc"])


def test_intervals_of_alpha(alpha_case):
    # the n of psych under pairwise deletion is that of all rows
    expected = alpha_case.values
    alpha, n, k = expected["raw_alpha"], expected["n"], expected["k"]
    alpha_case.check(stats.feldt_interval(alpha, n, k), expected["ci95_feldt"])
    if "ci95_bonett_hand" in expected:
        alpha_case.check(stats.bonett_interval(alpha, n, k), expected["ci95_bonett_hand"])
    if "ase_duhachek" in expected:
        se = stats.alpha_standard_error(stats.pairwise_moments(alpha_case.answers()).cov, n)
        alpha_case.check(se, expected["ase_duhachek"])
        ends = alpha + ndtri([0.025, 0.975]) * se
        alpha_case.check(ends, expected["ci95_duhachek"])


def test_feldt_interval_at_other_levels(feldt_case):
    for row in feldt_case.values["cases"]:
        got = stats.feldt_interval(row["alpha"], row["n"], row["k"], row["confidence"])
        feldt_case.check(got, [row["low"], row["high"]])


def test_alpha_if_dropped(alpha_case):
    cov = stats.pairwise_moments(alpha_case.answers()).cov
    cor = stats.correlation_from(cov)
    expected = alpha_case.values["alpha_drop"]
    alpha_case.check(stats.alpha_if_dropped(cov), expected["raw_alpha"])
    alpha_case.check(stats.alpha_if_dropped(cor), expected["std_alpha"])
    p = len(cor)
    left = np.array([np.delete(np.arange(p), item) for item in range(p)])
    rest = cor[left[:, :, None], left[:, None, :]]
    alpha_case.check(stats.guttman_lambda6(rest), expected["G6"])
    alpha_case.check(stats.mean_interitem_r(rest), expected["average_r"])


def test_item_statistics(alpha_case):
    m = stats.pairwise_moments(alpha_case.answers())
    expected = alpha_case.values["item_stats"]
    alpha_case.check(np.diag(m.n), expected["n"], tol=0)
    alpha_case.check(m.mean, expected["mean"])
    alpha_case.check(np.sqrt(np.diag(m.cov)), expected["sd"])
    alpha_case.check(stats.item_rest_r(m.cov), expected["r_drop"])


def test_frequencies(outside_alpha_case):
    expected = outside_alpha_case.values.get("response_freq")
    if expected is None:
        pytest.skip("psych makes no table of frequencies for so many categories")
    categories = [name for name in expected["cols"] if name != "miss"]
    data = np.array(expected["data"], dtype="float64")[:, : len(categories)]
    shares = stats.category_shares(
        outside_alpha_case.answers(), [float(name) for name in categories]
    )
    outside_alpha_case.check(shares, data)


def test_reversing_takes_the_theoretical_range(trap_case):
    x = np.array([[1, 2, 3, 4, 4, 3, 2, 1], [2, 2, 3, 4, 3, 3, 1, 1], [4, 4, 2, 1, 2, 2, 3, 4]]).T
    x[:, 2] = 1 + 5 - x[:, 2]
    m = stats.pairwise_moments(x)
    trap_case.check(stats.alpha(m.cov), trap_case.values["raw_alpha"])
    trap_case.check(m.mean.mean(), trap_case.values["theoretical_scale_mean"])
    trap_case.check(m.mean[2], trap_case.values["theoretical_item_mean_c"])


def test_lambdas(guttman_case):
    cov = stats.pairwise_moments(guttman_case.answers()).cov
    for kind, stack in {"cov": cov, "cor": stats.correlation_from(cov)}.items():
        expected = guttman_case.values[kind]
        got = {
            "lambda1": stats.guttman_lambda1(stack),
            "lambda2": stats.guttman_lambda2(stack),
            "lambda3": stats.alpha(stack),
            "lambda5": stats.guttman_lambda5(stack),
            "lambda5_plus": stats.guttman_lambda5(stack, plus=True),
            "lambda6": stats.guttman_lambda6(stack),
            "odd_even": stats.odd_even(stack),
        }
        for name, value in got.items():
            if expected.get(name) is not None:
                guttman_case.check(value, expected[name])
        if expected.get("lambda4") is not None:
            guttman_case.check(stats.split_halves(stack).largest, expected["lambda4"])
        if expected.get("glb_algebraic") is not None:
            bound = stats.greatest_lower_bound(stack)
            assert bound.converged
            guttman_case.check(bound.glb, expected["glb_algebraic"], tol=GLB)


def test_bounds_of_ten_berge_and_zegers(guttman_case):
    cor = stats.correlation_from(stats.pairwise_moments(guttman_case.answers()).cov)
    for order in range(4):
        expected = guttman_case.values.get("tenberge_cor", {}).get(f"mu{order}")
        if expected is None:
            pytest.skip("only the outside cases hold these bounds")
        guttman_case.check(stats.ten_berge_mu(cor, order), expected)


def test_every_split(splits_case):
    cov = stats.pairwise_moments(splits_case.answers()).cov
    for kind, stack in {"cov": cov, "cor": stats.correlation_from(cov)}.items():
        expected = splits_case.values[kind]
        halves = stats.split_halves(stack)
        assert halves.complete
        assert halves.splits == expected["n_splits"] == halves.r.size
        found = {
            "flanagan_rulon": halves.flanagan_rulon,
            "spearman_brown": halves.spearman_brown,
            "half_r": halves.r,
        }
        for name, values in found.items():
            said = expected[name]
            splits_case.check(values.max(), said["max"])
            splits_case.check(values.min(), said["min"])
            splits_case.check(values.mean(), said["mean"])
            splits_case.check(np.median(values), said["median"])
            splits_case.check(np.quantile(values, [0.025, 0.975]), [said["q025"], said["q975"]])
            splits_case.check(values.std(ddof=1), said["sd"])
        said = expected["flanagan_rulon"]
        splits_case.check(halves.largest, said["max"])
        splits_case.check(halves.smallest, said["min"])
        splits_case.check(halves.mean, said["mean"])
        splits_case.check(halves.median, said["median"])
        best = np.isin(np.arange(len(stack)) + 1, expected["best_half_A"])
        assert halves.first.tolist() in (best.tolist(), (~best).tolist())


def test_certain_splits(splits_case):
    cov = stats.pairwise_moments(splits_case.answers()).cov
    p = len(cov)
    odd = np.arange(p) % 2 == 0
    for name, stack, first in (
        ("odd_even_cov", cov, odd),
        ("odd_even_cor", stats.correlation_from(cov), odd),
        ("first_last_halves_cov", cov, np.arange(p) < (p + 1) // 2),
    ):
        expected = splits_case.values[name]
        halves = stats.split_half(stack, first)
        splits_case.check(halves.r, expected["half_r"])
        splits_case.check(halves.spearman_brown, expected["spearman_brown"])
        splits_case.check(halves.flanagan_rulon, expected["flanagan_rulon"])
        if "horst_unequal" in expected:
            splits_case.check(halves.horst, expected["horst_unequal"])
    assert stats.odd_even(cov) == stats.split_half(cov, odd).spearman_brown
    halves = stats.split_half(cov, np.arange(p) < (p + 1) // 2)
    assert stats.first_last(cov) == halves.spearman_brown


def test_splits_of_psych(psych_splits_case):
    # psych 2.2.9 leaves out half of the splits of an odd number of items
    cor = stats.correlation_from(stats.pairwise_moments(psych_splits_case.answers()).cov)
    expected = psych_splits_case.values
    psych_splits_case.check(stats.alpha(cor), expected["alpha_std"])
    psych_splits_case.check(stats.guttman_lambda2(cor), expected["lambda2"])
    psych_splits_case.check(stats.guttman_lambda6(cor), expected["lambda6"])
    psych_splits_case.check(stats.mean_interitem_r(cor), expected["av_r"])
    halves = stats.split_halves(cor)
    if halves.splits == expected["n_evaluated"]:
        psych_splits_case.check(halves.largest, expected["max"])
        psych_splits_case.check(halves.smallest, expected["min_beta"])
        psych_splits_case.check(halves.mean, expected["mean"])
    else:
        assert halves.largest >= expected["max"] - 1e-12
        assert halves.smallest <= expected["min_beta"] + 1e-12


def test_omega_of_one_factor_by_maximum_likelihood(cfa_ml_case):
    expected = cfa_ml_case.values
    if len(expected.get("compRelSEM_omega_model_var", [])) != 1:
        pytest.skip("a model of several factors")
    cov = stats.listwise_moments(cfa_ml_case.answers()).cov
    fit = stats.omega_total(cov, method="ml")
    cfa_ml_case.check(fit.omega, *expected["compRelSEM_omega_model_var"].values())
    standardized = fit.loadings / np.sqrt(np.diagonal(cov))
    cfa_ml_case.check(standardized, expected["std_loadings"]["est.std"])
    total = fit.loadings.sum() ** 2 / cov.sum()
    cfa_ml_case.check(total, *expected["compRelSEM_omega"].values())


def test_omega_of_the_sum_of_ordered_answers(cfa_ordinal_case):
    expected = cfa_ordinal_case.values
    if len(expected["AVE"]) != 1:
        pytest.skip("a model of several factors")
    x = cfa_ordinal_case.answers().to_numpy()
    low, high = cfa_ordinal_case.fields["scale"]
    shares = [(x <= value).mean(axis=0) for value in range(low, high)]
    thresholds = ndtri(np.array(shares)).T
    table = expected["reliability_table"]
    (omega,) = table["data"][table["rows"].index("omega")]
    got = stats.green_yang(expected["std_loadings"]["est.std"], thresholds)
    cfa_ordinal_case.check(got, omega, tol=1e-8)


def test_two_items(two_items_case):
    cov = stats.pairwise_moments(two_items_case.answers()).cov
    expected = two_items_case.values
    two_items_case.check(stats.alpha(cov), expected["raw_alpha"])
    two_items_case.check(stats.odd_even(cov), expected["spearman_brown"])
    two_items_case.check(stats.spearman_brown(expected["r"]), expected["spearman_brown"])


def test_kuder_richardson(kr_case):
    x = kr_case.answers().to_numpy()
    kr_case.check(stats.kr20(x), kr_case.values["kr20"])
    kr_case.check(stats.kr21(x), kr_case.values["kr21"])
    kr_case.check(stats.difficulty(x), kr_case.values["difficulty"])
    total = x.sum(axis=1)
    kr_case.check(stats.pearson(x, total)[0][:, 0], kr_case.values["point_biserial"])


def test_omega_of_psych(omega_case):
    r, _ = stats.pearson(omega_case.answers())
    # psych::omega turns items that load negatively; omega_total takes the keys that it is given
    key = np.where(stats.omega_total(r).loadings < 0, -1.0, 1.0)
    r = r * np.outer(key, key)
    expected = omega_case.values
    omega = stats.omega_total(r, denominator="observed")
    omega_case.check(omega.omega, expected["omega_total"])
    omega_case.check(omega.loadings, np.abs(expected["loadings"]))
    if "omega_total_model_implied" in expected:
        omega_case.check(stats.omega_total(r).omega, expected["omega_total_model_implied"])


def test_omega_where_r_converges(omega_tight_case):
    cov = stats.pairwise_moments(omega_tight_case.answers()).cov
    for kind, stack in {"cov": cov, "cor": stats.correlation_from(cov)}.items():
        expected = omega_tight_case.values[kind]
        model = stats.omega_total(stack)
        assert model.converged
        assert not model.heywood
        omega_tight_case.check(model.loadings, expected["loadings"])
        omega_tight_case.check(model.omega, expected["omega_model"])
        observed = stats.omega_total(stack, denominator="observed")
        omega_tight_case.check(observed.omega, expected["omega_observed"])


def test_descriptives(describe_case):
    answers = describe_case.answers()
    d = stats.describe(answers, type=int(describe_case.fields["id"][-1]))
    expected = describe_case.values
    describe_case.check(d.n, expected["n"], tol=0)
    for name in ("mean", "sd", "min", "max", "skew"):
        describe_case.check(getattr(d, name), expected[name])
    kurtosis = np.array(expected["kurtosis"])
    if "psych::describe(x, type=1" in describe_case.fields["r_call"]:
        # psych 2.2.9, for a data frame: m4 times all rows, missing ones too, instead of times n
        kurtosis = (kurtosis + 3) * d.n / len(answers) - 3
    describe_case.check(d.kurtosis, kurtosis)


def test_bootstrap(boot_case):
    expected = boot_case.values
    result = stats.resample(
        boot_case.answers(), stats.alpha, clusters=boot_case.clusters(), n_boot=20_000
    )
    low, high = expected["ci95_percentile"]
    allowed = boot_case.fields["tol_interval_width"] * (high - low)
    np.testing.assert_allclose(result.percentile(), [low, high], rtol=0, atol=allowed)
    np.testing.assert_allclose(result.replicates.std(ddof=1), expected["boot_sd"], rtol=0.05)
    if "ci95_bca" in expected:
        np.testing.assert_allclose(result.bca(), expected["ci95_bca"], rtol=0, atol=allowed)
        boot_case.check(result.estimate, expected["estimate"])
