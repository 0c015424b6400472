"""Agreement, retest and item statistics against R: psych, anova, t.test, formulas written out."""

import numpy as np
import pandas as pd
import pytest

from detachment import agreement, items, stats

WEIGHTS = ("unweighted", "linear", "quadratic")


def ratings(case):
    """The ratings of an ICC case: the items, or every column but the one that names targets."""
    frame = case.frame()
    names = case.get("items") or [name for name in frame if name not in ("target", "id")]
    return frame[names]


def test_icc(icc_case):
    expected = icc_case.values
    for name in ("anova_hand", "psych_aov"):
        if name in expected:
            check_icc(icc_case, expected[name])
    if "icc" in expected:
        check_icc(icc_case, expected)


def check_icc(case, expected):
    fit = stats.icc_anova(ratings(case))
    case.check(fit.icc, expected["icc"])
    case.check(fit.f, expected["F"])
    case.check(fit.low, expected["lower"])
    case.check(fit.high, expected["upper"])
    for name, got in (("df1", fit.df1), ("df2", fit.df2), ("p", fit.p)):
        if name in expected:
            case.check(got, expected[name])
    squares = {"MSB": fit.ms_between, "MSJ": fit.ms_judges, "MSE": fit.ms_error}
    for name, got in (squares | {"MSW": fit.ms_within, "n": fit.n, "k": fit.k}).items():
        if name in expected:
            case.check(got, expected[name])


@pytest.mark.filterwarnings("ignore::detachment.errors.DataWarning")  # some go against others
def test_icc_by_the_verb(icc_case):
    values = icc_case.values
    expected = values.get("psych_aov", values)
    part = agreement(ratings(icc_case), n_boot=0).parts["icc"]
    assert part["form"].tolist() == expected["type"]
    for name, theirs in {"icc": "icc", "low": "lower", "high": "upper", "f": "F", "p": "p"}.items():
        icc_case.check(part[name], expected[theirs])


def test_one_way_of_unequal_groups(one_way_case):
    values = one_way_case.values
    frame = one_way_case.frame()
    if "rows" in values:
        fit = stats.icc_one_way(frame[one_way_case.fields["items"]], frame["couple"])
        got = np.column_stack(
            [fit.ms_between, fit.ms_within, fit.k0, fit.icc1, fit.icc2, fit.f, fit.p]
        )
        one_way_case.check(got, values["rows"])
        return
    for item in ("sign_04", "sign_08", "sign_12"):
        frame[item] = 6 - frame[item]
    signs = [f"sign_{i:02d}" for i in range(1, 16)]
    for name, used in zip(
        ("withdrawal", "numbing", "distancing"), (signs[:5], signs[5:10], signs[10:]), strict=True
    ):
        frame[name] = frame[used].mean(axis=1)
    expected = values["anova_hand"]
    fit = stats.icc_one_way(frame[expected["rows"]], frame["site"])
    got = np.column_stack([fit.ms_between, fit.ms_within, fit.k0, fit.icc1, fit.icc2])
    one_way_case.check(got, expected["data"])
    mixed = np.array(values["lme4_REML"]["data"])[:, 2]
    np.testing.assert_allclose(fit.icc1, mixed, atol=2e-4)  # REML, groups of nearly one size


@pytest.mark.filterwarnings("ignore::detachment.errors.DataWarning")  # some go against others
def test_kappa(kappa_case):
    values = kappa_case.values
    table = values["table"]
    table = np.array(table["data"] if isinstance(table, dict) else table)
    expected = values.get("hand", values)
    for weights in WEIGHTS:
        fit, theirs = stats.kappa(table, weights=weights), expected[weights]
        kappa_case.check(fit.kappa, theirs["kappa"])
        kappa_case.check(fit.variance, theirs["var"])
        if "ci95" in theirs:
            kappa_case.check([fit.low, fit.high], theirs["ci95"])
        if "null" in theirs:
            kappa_case.check(fit.z, theirs["kappa"] / np.sqrt(theirs["null"]))
            kappa_case.check([fit.observed, fit.expected], [theirs["observed"], theirs["expected"]])
    if "percent_agreement" in expected:
        fit = stats.kappa(table)
        got = [fit.observed, fit.expected]
        kappa_case.check(got, [expected["percent_agreement"], expected["expected"]])
    # the verb, from the judgements themselves
    codes = np.arange(len(table), dtype=float)
    first, second = (
        np.repeat(codes, table.sum(axis=1)),
        np.concatenate([np.repeat(codes, row) for row in table]),
    )
    frame = pd.DataFrame({"first": first, "second": second})
    part = agreement(frame, values=(0, len(table) - 1), n_boot=0).parts["kappas"]
    for _, row in part.iterrows():
        theirs = expected[row["weights"]]
        kappa_case.check(row["kappa"], theirs["kappa"])
        kappa_case.check(((row["high"] - row["low"]) / 2 / 1.959963984540054) ** 2, theirs["var"])
    assert part["weights"].tolist() == list(WEIGHTS)[: 1 if len(table) == 2 else 3]


def test_krippendorff(krippendorff_case):
    x = np.array(krippendorff_case.values["x"], dtype=float)
    for level, expected in krippendorff_case.values["alpha"].items():
        krippendorff_case.check(stats.krippendorff_alpha(x, level=level).alpha, expected)


def test_fleiss(fleiss_case):
    answers = fleiss_case.answers().to_numpy()
    counts = (answers[:, :, None] == np.arange(1, 6)).sum(axis=1)
    fit = stats.fleiss_kappa(counts)
    fleiss_case.check(
        [fit.kappa, fit.z, fit.se], [fleiss_case.values[k] for k in ("kappa", "z", "se")]
    )


def test_retest(retest_case):
    expected = retest_case.values
    first, second = retest_case.frame()[retest_case.fields["items"]].to_numpy(float).T
    fit = stats.retest_reliability(first, second)
    retest_case.check(fit.n, expected["n"])
    retest_case.check([fit.r, fit.r_low, fit.r_high], [expected["r"], *expected["r_ci"]])
    retest_case.check(
        [fit.change, fit.change_low, fit.change_high], [expected["change"], *expected["change_ci"]]
    )
    retest_case.check([fit.t, fit.p, fit.sd_change], [expected[k] for k in ("t", "p", "sd_change")])
    retest_case.check([fit.sem, fit.mdc], [expected["sem"], expected["mdc"]])
    limits = stats.bland_altman(first, second)
    retest_case.check([limits.lower, limits.upper], expected["limits"])
    retest_case.check(limits.lower - limits.lower_low, expected["half"])
    retest_case.check(limits.upper_high - limits.upper, expected["half"])
    both = ~np.isnan(first) & ~np.isnan(second)
    change = stats.reliable_change(first[both], second[both], reliability=fit.r)
    retest_case.check(change.rci, expected["rci"])


def test_items_of_a_test(quiz_case):
    expected = quiz_case.values
    part = items(quiz_case.frame(), values=(0, 1)).parts["test"]
    for name in ("difficulty", "point_biserial", "point_biserial_rest", "biserial"):
        quiz_case.check(part[name], expected[name])


def test_item_parts(items_case):
    expected = items_case.values
    frame = items_case.frame()[items_case.fields["items"]]
    result = items(
        frame,
        reverse=items_case.get("reverse", []),
        values=(1, 5),
        missing=items_case.get("missing"),
    )
    part = result.parts["if_dropped"]
    items_case.check(part["corrected_r"], expected["r_cor"])
    items_case.check(part["alpha"], expected["alpha"])
    items_case.check(part["alpha_standardized"], expected["std_alpha"])
    items_case.check(part["mean_interitem_r"], expected["average_r"])
    chosen = result.parts["frequencies"].sort_values(["item", "keyed_answer"])
    items_case.check(chosen["share"].to_numpy().reshape(-1, 5), expected["freq"])


def test_corrected_r(alpha_case):
    answers, stats_of = alpha_case.answers(), alpha_case.values.get("item_stats", {})
    cor = stats.correlation_from(stats.pairwise_moments(answers).cov)
    if "r_cor" in stats_of:
        alpha_case.check(stats.corrected_item_total_r(cor), stats_of["r_cor"])
    if "std_r" in stats_of:
        alpha_case.check(stats.item_total_r(cor), stats_of["std_r"])


@pytest.mark.filterwarnings("ignore::detachment.errors.DataWarning")  # some go against others
def test_answers_chosen(outside_alpha_case):
    case = outside_alpha_case
    expected = case.values["response_freq"]
    if expected is None:  # too many different answers
        return
    frame = case.frame()[case.fields["items"]]
    result = items(
        frame, reverse=case.get("reverse", []), values=case.fields["scale"],
        missing=case.fields["missing"],
    )  # fmt: skip
    chosen = result.parts["frequencies"].sort_values(["item", "keyed_answer"], kind="stable")
    wide = {item: rows.set_index("keyed_answer")["share"] for item, rows in chosen.groupby("item")}
    for item, theirs in zip(expected["rows"], expected["data"], strict=True):
        case.check(wide[item], theirs[:-1])  # the last is the share of missing answers of all
        assert [str(int(answer)) for answer in wide[item].index] == expected["cols"][:-1]
