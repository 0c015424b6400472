"""Correlations, their tests and intervals against R: stats::cor.test, psych::corr.test."""

import numpy as np

from detachment import stats

METHODS = {"pearson": stats.pearson, "spearman": stats.spearman, "kendall": stats.kendall}


def matrix(value):
    return np.array(value["data"], dtype="float64")


def column(rows, name):
    return np.array([row[name] for row in rows], dtype="float64")


def test_every_pair(pairs_case):
    answers, rows = pairs_case.answers(), pairs_case.values["pairs"]
    x, y = answers[pairs_case.fields["rows"]], answers[pairs_case.fields["columns"]]
    r, n = stats.pearson(x, y)
    pairs_case.check(n.ravel(), column(rows, "n"), tol=0)
    pairs_case.check(r.ravel(), column(rows, "r"))
    pairs_case.check(stats.t_statistic(r, n).ravel(), column(rows, "r_t"))
    p = stats.t_test_p(r, n)
    pairs_case.check(p.ravel(), column(rows, "r_p"))
    pairs_case.check(
        np.transpose(stats.fisher_interval(r.ravel(), n.ravel())), column(rows, "r_ci")
    )
    pairs_case.check(stats.adjust_p(p, "holm").ravel(), pairs_case.values["p_holm"])
    pairs_case.check(stats.adjust_p(p, "bh").ravel(), pairs_case.values["p_bh"])

    rho, n = stats.spearman(x, y)
    pairs_case.check(rho.ravel(), column(rows, "rho"))
    pairs_case.check(stats.t_test_p(rho, n).ravel(), column(rows, "rho_p"))
    interval = stats.bonett_wright_interval(rho.ravel(), n.ravel())
    pairs_case.check(np.transpose(interval), column(rows, "rho_ci"))

    test = stats.kendall_test(x, y)
    pairs_case.check(test.n.ravel(), column(rows, "n"), tol=0)
    pairs_case.check(test.tau.ravel(), column(rows, "tau_b"))
    pairs_case.check(test.z.ravel(), column(rows, "tau_z"))
    pairs_case.check(test.p.ravel(), column(rows, "tau_p"))
    interval = stats.fieller_interval(test.tau.ravel(), test.n.ravel())
    pairs_case.check(np.transpose(interval), column(rows, "tau_ci"))


def test_blocks(corr_case):
    expected = corr_case.values
    answers, rows = corr_case.answers(), expected["r"]["rows"]
    method = next(name for name in METHODS if name in corr_case.fields["id"])
    square = rows == expected["r"]["cols"]
    if square:
        r, n = METHODS[method](answers[rows])
    else:
        r, n = METHODS[method](answers[rows], answers[expected["r"]["cols"]])
    corr_case.check(n, np.broadcast_to(matrix(expected["n"]), n.shape), tol=0)
    corr_case.check(r, matrix(expected["r"]))
    # psych takes Student's t and Fisher's z for all three coefficients
    p = stats.t_test_p(r, n)
    low, high = stats.fisher_interval(r, n)
    if square:
        lower = np.tril_indices(len(r), -1)
        by_column = np.lexsort((lower[0], lower[1]))
        at = lower[0][by_column], lower[1][by_column]
        corr_case.check(p[lower], matrix(expected["p"])[lower])
        corr_case.check(stats.t_statistic(r, n)[lower], matrix(expected["t"])[lower])
        corr_case.check(stats.adjust_p(p[at], "holm"), expected["p_holm_lower_tri"])
        corr_case.check(stats.adjust_p(p[at], "bh"), expected["p_bh_lower_tri"])
        low, high = low[at], high[at]
    else:
        corr_case.check(p, matrix(expected["p"]))
        corr_case.check(stats.t_statistic(r, n), matrix(expected["t"]))
        corr_case.check(stats.adjust_p(p, "holm"), matrix(expected["p_holm"]))
        corr_case.check(stats.adjust_p(p, "bh"), matrix(expected["p_bh"]))
        low, high = low.ravel(order="F"), high.ravel(order="F")
    corr_case.check(low, expected["ci"]["lower"])
    corr_case.check(high, expected["ci"]["upper"])


def test_rank_tests(rank_tests_case):
    pairs = rank_tests_case.values["pairs"]
    answers = rank_tests_case.answers() if rank_tests_case.get("items") else rank_tests_case.frame()
    for pair in pairs:
        x, y = answers[pair["x"]], answers[pair.get("y", answers.columns[-1])]
        test = stats.kendall_test(x, y)
        rank_tests_case.check(test.tau[0, 0], pair["tau_b"])
        rank_tests_case.check(test.z[0, 0], pair["tau_z"])
        rank_tests_case.check(test.p[0, 0], pair["tau_p"])
        rho, n = stats.spearman(x, y)
        rank_tests_case.check(rho[0, 0], pair["rho"])
        rank_tests_case.check(stats.t_test_p(rho, n)[0, 0], pair["rho_p"])
        if "r" in pair:
            r, n = stats.pearson(x, y)
            rank_tests_case.check(r[0, 0], pair["r"])
            rank_tests_case.check(stats.t_statistic(r, n)[0, 0], pair["r_t"])
            rank_tests_case.check(stats.t_test_p(r, n)[0, 0], pair["r_p"])
            rank_tests_case.check(np.ravel(stats.fisher_interval(r, n)), pair["r_ci"])


def test_adjusted_p(p_adjust_case):
    p = np.array(p_adjust_case.values["p"], dtype="float64")
    for name in ("holm", "BH", "BY", "bonferroni", "hochberg"):
        p_adjust_case.check(stats.adjust_p(p, name.lower()), p_adjust_case.values[name])
    p_adjust_case.check(stats.adjust_p(p, "none"), p)


def test_disattenuated(disattenuated_case):
    expected = disattenuated_case.values
    raw = matrix(expected["raw_r"])
    alpha = expected["alpha"]
    alpha = np.array(list(alpha.values()) if isinstance(alpha, dict) else alpha)
    got = stats.disattenuate(raw, alpha[:, None], alpha[None, :])
    # psych leaves the raw correlations below the diagonal, and the reliabilities on it
    above = np.triu_indices(len(raw), 1)
    disattenuated_case.check(got[above], matrix(expected["corrected"])[above])
