"""Paired shares, power and interval widths against R: mcnemar.test, pwr, lavaan, formulas."""

import numpy as np

from detachment.stats.paired_proportion import mcnemar_p, paired_difference_interval
from detachment.stats.path_power import apim_power
from detachment.stats.power import alpha_power, correlation_power, slope_power, t_test_power
from detachment.stats.precision import alpha_width, correlation_width, mean_width, proportion_width


def test_paired_shares(paired_case):
    values = paired_case.values
    a, b, c, d = paired_case.fields["counts"]
    for method in ("exact", "mid_p", "asymptotic", "corrected"):
        paired_case.check(mcnemar_p(b, c, method=method), values[method])
    paired_case.check(paired_difference_interval(a, b, c, d), values["newcombe"])
    paired_case.check(paired_difference_interval(a, b, c, d, confidence=0.9), values["newcombe90"])
    paired_case.check(paired_difference_interval(a, b, c, d, method="tango"), values["tango"])


def test_t_tests(power_t_case):
    d, n, level = (np.array(power_t_case.fields[name]) for name in ("d", "n", "level"))
    values = power_t_case.values
    power_t_case.check(t_test_power(d * np.sqrt(n / 2), 2 * n - 2, level), values["two"])
    power_t_case.check(t_test_power(d * np.sqrt(n), n - 1, level), values["paired"])
    power_t_case.check(t_test_power(d * np.sqrt(2 * n / 3), 3 * n - 2, level), values["unequal"])


def test_correlations(power_r_case):
    r, n, level = (np.array(power_r_case.fields[name]) for name in ("rho", "n", "level"))
    power_r_case.check(correlation_power(r, n, level), power_r_case.values["exact"])
    large = n >= 20
    near = np.array(power_r_case.values["approximate"])[large]
    np.testing.assert_allclose(correlation_power(r, n, level)[large], near, atol=0.012)


def test_slopes(power_slope_case):
    fields = power_slope_case.fields
    got = [
        slope_power(effect, n, predictors=k)
        for effect, n, k in zip(fields["effect"], fields["n"], fields["predictors"], strict=True)
    ]
    power_slope_case.check(got, power_slope_case.values["power"])


def test_alpha(power_alpha_case):
    fields, values = power_alpha_case.fields, power_alpha_case.values
    alpha, n, k = (np.array(fields[name]) for name in ("alpha", "n", "k"))
    power_alpha_case.check(alpha_power(alpha, fields["null"], n, k), values["power"])
    power_alpha_case.check(alpha_width(alpha, n, k), values["width"])
    power_alpha_case.check(alpha_width(alpha, n, k, assurance=0.9), values["assured"])


def test_widths_of_means(width_mean_case):
    n = np.array(width_mean_case.fields["n"])
    width_mean_case.check(mean_width(2 / n, 2 * n - 2), width_mean_case.values["expected"])
    got = mean_width(2 / n, 2 * n - 2, assurance=0.99)
    width_mean_case.check(got, width_mean_case.values["assured"])


def test_widths_of_shares(width_share_case):
    fields = width_share_case.fields
    width_share_case.check(
        proportion_width(fields["share"], fields["n"]), width_share_case.values["width"]
    )


def test_widths_of_correlations(width_r_case):
    fields = width_r_case.fields
    width_r_case.check(correlation_width(fields["rho"], fields["n"]), width_r_case.values["width"])


def test_actor_and_partner_effects(apim_power_case):
    a, p, icc_x, icc_residual = apim_power_case.fields["design"]
    n, values = apim_power_case.fields["n"], apim_power_case.values
    shared = {"icc_x": icc_x, "icc_residual": icc_residual}
    apim_power_case.check(apim_power(a, p, n, **shared), values["indistinguishable"])
    got = apim_power(a, p, n, distinguishable=True, **shared)
    apim_power_case.check(got, values["distinguishable"])
    # the closed form of the standard error, which is the same for both effects
    residual = 1 - (a**2 + p**2 + 2 * a * p * icc_x)
    ratio = (1 + icc_residual) / (1 + icc_x) + (1 - icc_residual) / (1 - icc_x)
    se = np.sqrt(residual / (4 * n) * ratio)
    apim_power_case.check([se, se], values["se_indistinguishable"], tol=1e-6)
