"""Partial, weighted, clustered and design-based correlations and their differences against R."""

import numpy as np

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
