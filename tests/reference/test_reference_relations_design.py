"""Partial, weighted, clustered and design-based correlations and their differences against R."""

import numpy as np
from scipy.special import stdtr

from detachment import stats

SIGNS = [f"sign_{i:02d}" for i in range(1, 16)]
SUBSCALES = {"withdrawal": SIGNS[:5], "numbing": SIGNS[5:10], "distancing": SIGNS[10:]}


def matrix(value):
    return np.array(value["data"], dtype="float64")


def vector(value):
    return np.array(list(value.values()), dtype="float64")


def signs_frame(case):
    """The simulated signs with three reversed, the scores of the subscales, and who is male."""
    frame = case.frame()
    for item in ("sign_04", "sign_08", "sign_12"):
        frame[item] = 6 - frame[item]
    for name, items in SUBSCALES.items():
        frame[name] = frame[items].mean(axis=1)
    frame["male"] = (frame["gender"] == "m").where(frame["gender"].notna()).astype("float64")
    return frame


def test_partial(partial_case):
    expected = partial_case.values
    names = expected["partial_age_male"]["rows"]
    data = signs_frame(partial_case)[[*names, "age", "male"]]
    if partial_case.get("missing") == "complete":
        data = data.dropna()
    assert len(data) == expected["n"]
    r, _ = stats.pearson(data)
    k = range(len(names))
    partial_case.check(r[: len(k), : len(k)], matrix(expected["score_r"]))
    partial = stats.partial_correlations(r, k, k, [len(k), len(k) + 1])
    partial_case.check(partial, matrix(expected["partial_age_male"]))
    p = stats.t_test_p(partial, len(data) - 2)
    partial_case.check(p, matrix(expected["p"]))
    everything = stats.all_partial_correlations(r[: len(k), : len(k)])
    partial_case.check(everything, matrix(expected["full_partial_all_others"]))


def test_partial_attitude(partial_attitude_case):
    expected, data = partial_attitude_case.values, partial_attitude_case.frame()
    r, _ = stats.pearson(data)
    rest = range(2, 7)
    check = partial_attitude_case.check
    partial = stats.partial_correlations(r, [0], [1], rest)[0, 0]
    check(partial, expected["rating_complaints_given_rest"])
    semipartial = stats.semipartial_correlations(r, [1], [0], rest)[0, 0]
    check(semipartial, expected["semipartial_rating_with_complaints_residualised"])
    check(stats.all_partial_correlations(r), matrix(expected["all_partial"]))
    check(stats.squared_multiple_correlations(r), vector(expected["smc"]))
    theirs = expected["lm"]
    fit = stats.least_squares(data.iloc[:, 1:], data["rating"])
    se = np.sqrt(np.diag(fit.classical))
    t = fit.coefficients / se
    check(fit.coefficients, vector(theirs["coef"]))
    check(se, vector(theirs["se"]))
    check(t, vector(theirs["t"]))
    check(2 * stdtr(fit.df, -np.abs(t)), vector(theirs["p"]))
    check([fit.r2, fit.r2_adjusted], [theirs["r2"], theirs["adj_r2"]])
    check(stats.regression_slopes(r, 0, range(1, 7)), vector(theirs["beta"]))


def test_differences_of_correlations(cor_tests_case):
    expected = cor_tests_case.values
    given = expected["independent"]["args"]
    test = stats.independent_difference(given["r12"], given["n"], given["r34"], given["n2"])
    cor_tests_case.check([test.statistic, test.p], [expected["independent"][k] for k in ("z", "p")])
    theirs = expected["dependent_overlap_williams"]
    test = stats.overlapping_difference(**theirs["args"])
    cor_tests_case.check([test.statistic, test.p], [theirs["t"], theirs["p"]])
    theirs = expected["dependent_nonoverlap_steiger"]
    test = stats.nonoverlapping_difference(**theirs["args"])
    cor_tests_case.check([test.statistic, test.p], [theirs["z"], theirs["p"]])


def test_weighted_moments(weighted_complete_case):
    case, expected = weighted_complete_case, weighted_complete_case.values
    answers = case.answers().dropna()
    weights = case.frame().loc[answers.index, "weight"]
    found = stats.weighted_moments(answers, weights)
    n = np.array([len(answers), weights.sum(), stats.kish_effective_n(weights)])
    case.check(n, [expected[name] for name in ("n", "sum_w", "kish_neff")])
    case.check(found.effective_n, np.full(found.cov.shape, expected["kish_neff"]))
    case.check(found.mean, vector(expected["mean"]))
    case.check(found.cov, matrix(expected["cov_unbiased"]))
    case.check(
        stats.weighted_moments(answers, weights, divisor="ml").cov, matrix(expected["cov_ml"])
    )
    case.check(found.cor, matrix(expected["r"]))
    case.check(stats.weighted_pearson(answers, answers, weights)[0], matrix(expected["r"]))
    case.check(stats.alpha(found.cov[:15, :15]), expected["alpha_weighted_hand"])


def test_weighted_pairs(weighted_pairs_case):
    case, expected = weighted_pairs_case, weighted_pairs_case.values["r"]
    answers = case.answers()
    if case.get("missing") != "pairwise":
        answers = answers.dropna()
    weights = case.frame().loc[answers.index, "weight"]
    spearman = "spearman" in case.fields["id"]
    f = stats.weighted_spearman if spearman else stats.weighted_pearson
    case.check(
        f(answers[expected["rows"]], answers[expected["cols"]], weights)[0], matrix(expected)
    )


def test_within_and_between(stats_by_case):
    case, expected = stats_by_case, stats_by_case.values
    frame = signs_frame(case)
    found = stats.within_between_correlations(frame[case.fields["items"]], frame["site"])
    case.check(found.groups.max(), expected["n_groups"])
    case.check(found.between, matrix(expected["rbg"]))
    case.check(found.within, matrix(expected["rwg"]))
    case.check(found.eta_between, vector(expected["etabg"]))
    case.check(found.eta_within, vector(expected["etawg"]))
    one_way = stats.icc_one_way(frame[case.fields["items"]], frame["site"])
    case.check(one_way.icc2, [expected["ICC2"][item] for item in case.fields["items"]])


def check_means(case, found, expected, deff):
    case.check(found.mean, vector(expected["mean"]))
    case.check(found.se, vector(expected["se"]))
    case.check(deff, vector(expected["deff"]))


def test_design_of_clusters_from_a_finite_population(svy_clusters_case):
    case, expected = svy_clusters_case, svy_clusters_case.values
    frame = case.frame()
    design = stats.survey_design(frame["pw"], clusters=frame["dnum"], population=frame["fpc"])
    assert design.df == expected["degf"]
    names = list(expected["means"]["mean"])
    found = stats.design_means(frame[names], design)
    check_means(case, found, expected["means"], found.deff)
    case.check(stats.design_covariance(frame[names], design).cor, matrix(expected["cor"]))


def test_design_of_the_signs(svy_signs_case):
    case, expected = svy_signs_case, svy_signs_case.values
    answers = case.answers().dropna()
    frame = case.frame().loc[answers.index]
    parts = {}
    if "strata" in case.fields["id"]:
        parts = {"strata": frame["region"], "clusters": frame["site"]}
    design = stats.survey_design(frame["weight"], **parts)
    assert len(answers) == expected["n"]
    assert design.df == expected["degf"]
    means = stats.design_means(answers, design)
    check_means(case, means, expected["means"], means.deff_replace)
    pairs = stats.design_covariance(answers, design)
    case.check(pairs.cov, matrix(expected["var"]))
    case.check(pairs.cor, matrix(expected["cor"]))
    items = {
        "svycralpha_signs15": SIGNS,
        "svycralpha_withdrawal": SIGNS[:5],
        "svycralpha_effects": list(answers.columns[15:]),
    }
    for name, columns in items.items():
        alpha = stats.design_delta_method(answers[columns], stats.alpha, design)
        case.check(alpha.estimate, expected[name])
        assert 0 < alpha.se < 0.05
    by = expected["by_gender"]
    for k, gender in enumerate(by["gender"]):
        group = stats.design_means(
            answers[["effect_1", "sign_01"]], design, domain=frame["gender"] == gender
        )
        case.check(group.mean, [by[name][k] for name in ("effect_1", "sign_01")])
        case.check(group.se, [by[name][k] for name in ("se.effect_1", "se.sign_01")])
    theirs = expected["svyglm"]
    predictors = answers[["sign_01", "sign_06", "sign_11"]].assign(age=frame["age"])
    fit = stats.design_regression(answers["effect_1"], predictors, design)
    for name in ("coef", "se", "t", "p"):
        case.check(getattr(fit, name), vector(theirs[name]))
    theirs = expected["ttest_gender"]
    second = (frame["gender"] == "m").where(frame["gender"].notna())
    test = stats.design_t_test(answers["effect_1"], second.astype("float64"), design)
    got = [test.t, test.df, test.p, test.difference]
    case.check(got, [theirs[name] for name in ("t", "df", "p", "diff")])
    theirs = expected["proportions_effect_1"]
    marks = answers["effect_1"].to_numpy()[:, None] == np.arange(1, 6)
    shares = stats.design_means(marks, design)
    case.check(shares.mean, theirs["p"])
    case.check(shares.se, theirs["se"])
    case.check(means.effective_n, np.full(20, expected["kish_neff"]))
    case.check(means.n / means.effective_n, np.full(20, expected["kish_deff"]))


def test_design_with_missing_answers(svy_available_case):
    case, expected = svy_available_case, svy_available_case.values
    frame = case.frame()
    design = stats.survey_design(frame["weight"], strata=frame["region"], clusters=frame["site"])
    found = stats.design_means(case.answers()[expected["item"]], design)
    case.check(found.mean, expected["mean"])
    case.check(found.se, expected["se"])


ITEMS = ["x1", "x2", "x3", "x4"]


def design_of(case, frame):
    names = {"strata": "strata", "clusters": "cluster", "population": "population"}
    parts = {ours: frame[case.get(theirs)] for ours, theirs in names.items() if case.get(theirs)}
    return stats.survey_design(frame["weight"], lonely=case.get("lonely", "adjust"), **parts)


def test_designs(design_case):
    case, expected, frame = design_case, design_case.values, design_case.frame()
    design = design_of(case, frame)
    assert design.df == expected["degf"]
    means = stats.design_means(frame[ITEMS], design)
    for name in ("mean", "se", "low", "high", "deff", "deff_replace"):
        case.check(getattr(means, name), expected[name])
    complete = frame[ITEMS].where(frame[ITEMS].notna().all(axis=1))
    pairs = stats.design_covariance(complete, design)
    case.check(pairs.cov, expected["var"])
    case.check(pairs.se_cov, expected["var_se"])
    alpha = stats.design_delta_method(complete[["x1", "x2"]], stats.alpha, design)
    case.check(alpha.estimate, expected["alpha"])
    two = [("x1", "x2"), ("x1", "x3"), ("x3", "x4")]
    for (one, other), theirs in zip(two, expected["cor"], strict=True):
        found = stats.design_correlations(frame[one], frame[other], design)
        case.check([found.r[0, 0], found.se[0, 0]], theirs)
        both = frame[[one, other]].where(frame[[one, other]].notna().all(axis=1))
        apart = stats.design_delta_method(both, correlation_of_two, design)
        case.check([apart.estimate, apart.se], theirs)
    fit = stats.design_regression(frame["x4"], frame[["x1", "x3", "group"]], design)
    case.check(np.column_stack([fit.coef, fit.se, fit.t, fit.p]), expected["glm"])
    case.check(np.column_stack([fit.low, fit.high]), expected["glm_ci"])
    case.check(fit.df, expected["glm_df"])
    case.check(fit.cov, expected["glm_cov"])
    f, p = stats.wald_test(fit.coef[1:3], fit.cov[1:3, 1:3], fit.df)
    case.check([f, 2, fit.df, p], expected["wald"])
    groups = [
        stats.design_means(frame[["x2", "x3"]], design, domain=frame["group"] == k) for k in (0, 1)
    ]
    case.check(np.array([group.mean for group in groups]), expected["by"]["mean"])
    case.check(np.array([group.se for group in groups]), expected["by"]["se"])
    test = stats.design_t_test(frame["x2"], frame["group"], design)
    case.check([test.t, test.df, test.p, test.difference], expected["ttest"])
    case.check(test.mean, [group.mean[0] for group in groups])


def correlation_of_two(cov):
    return cov[:, 0, 1] / np.sqrt(cov[:, 0, 0] * cov[:, 1, 1])


def test_shares(design_share_case):
    case, frame = design_share_case, design_share_case.frame()
    marks = frame["x2"].to_numpy()[:, None] == np.arange(1, 6)
    found = stats.design_means(marks, design_of(case, frame))
    for method in ("logit", "beta"):
        ends = stats.design_share_interval(found.mean, found.se, found.df, found.n, method=method)
        case.check(np.transpose(ends), case.values[method])


def test_bayes_factors(bayes_case):
    widths = stats.PRIOR_WIDTHS.values()
    for pair in bayes_case.values["pairs"]:
        r, n = pair["r"], pair["n"]
        found = [stats.correlation_bayes_factor(r, n, kappa=kappa) for kappa in widths]
        bayes_case.check(found, pair["log_bf"])
        bayes_case.check(stats.jzs_bayes_factor(r, n), pair["log_jzs"])


def test_more_differences_of_correlations(own_cor_tests_case):
    case = own_cor_tests_case
    for theirs in case.values["tests"]:
        r12, second, r23, r13, r14, r24, n = theirs["args"]
        for method in ("steiger", "raghunathan"):
            test = stats.nonoverlapping_difference(
                r12, second, r13, r14, r23, r24, n, method=method
            )
            case.check([test.statistic, test.p], theirs[method])
        test = stats.overlapping_difference(r12, second, r23, n)
        case.check([test.statistic, test.p], theirs["williams"])
        test = stats.independent_difference(r12, n, second, 80)
        case.check([abs(test.statistic), test.p], theirs["independent"])


def test_more_groups(own_stats_by_case):
    case, frame = own_stats_by_case, own_stats_by_case.frame()
    found = stats.within_between_correlations(frame[ITEMS], frame[case.get("cluster")])
    case.check(found.between, case.values["rbg"])
    case.check(found.within, case.values["rwg"])
    case.check(found.eta_between, case.values["etabg"])
    case.check(found.eta_within, case.values["etawg"])
