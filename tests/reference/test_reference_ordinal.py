"""Ordered items, construct reliability and invariance against R: lavaan and semTools."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest

from detachment import invariance, stats
from detachment.errors import DetachmentWarning
from detachment.stats.sem.categorical import (
    fit_ordinal,
    ordinal_difference,
    ordinal_fit_indices,
    ordinal_sample,
    release_tests,
)
from detachment.stats.sem.estimate import fit_model
from detachment.stats.sem.model import cfa_model, implied, matrices, with_rows
from detachment.stats.sem.sample import sample_moments
from detachment.stats.sem.standardized import standardized, standardized_errors, table_values
from detachment.stats.sem.validity import constructs, second_order_omega

# lavaan 0.6-14 divides Gamma of the independence model by the groups' shares without multiplying
# its weights by them: the robust CFI and TLI of ordered items in several groups are off.
WRONG_IN_SEVERAL_GROUPS = ("cfi_robust", "tli_robust", "rni_robust", "nnfi_robust")
# Of incomplete answers GFI has no agreed weights; ours are those of complete ones.
OTHER_WEIGHTS = ("gfi", "agfi")
# It has no scaled baseline for WLSM, and takes the plain one.
PLAIN_BASELINE = ("baseline_chisq_scaled", "cfi_scaled", "tli_scaled")
KINDS = {"M": "mean_scaled", "MV": "scaled_shifted", "MVS": "mean_variance_adjusted"}


def model_text(case):
    said = case.get("model") or re.split(r"model: |\): |ML[RM]?; |MV; ", case.fields["r_call"])[-1]
    return said.replace(";", "\n")


def estimator(case):
    named = re.search(r"estimator\s*=?\s*['\"]?(\w+)", case.fields["r_call"])
    return case.get("estimator") or named.group(1)


def table(value):
    return np.array(value["data"], dtype="float64")


def compare(case, got, expected, skip=(), tol=None):
    """Every index that both have, by lavaan's names."""
    compared = 0
    for name, value in expected.items():
        ours = name.replace(".", "_")
        if ours in got and ours not in skip and value is not None:
            case.check(got[ours], value, tol=tol)
            compared += 1
    assert compared > 10


def ordered_fit(case, text, how):
    x = case.answers().to_numpy()
    if case.get("missing") == "listwise":
        x = x[~np.isnan(x).any(axis=1)]
    sample = ordinal_sample(x)
    items = case.fields["items"]
    model = cfa_model(
        text,
        items,
        ordered=items,
        thresholds=dict(zip(items, sample.n_thresholds.tolist(), strict=True)),
        std_lv="std.lv=TRUE" in case.fields["r_call"],
    )
    assert model.observed == tuple(items)
    return fit_ordinal(model, [sample], estimator="ULS" if how.startswith("ULS") else "DWLS")


def test_ordinal_cfa(ordinal_case):
    case, how = ordinal_case, estimator(ordinal_case)
    fit = ordered_fit(case, model_text(case), how)
    assert fit.converged
    expected = case.values
    kind = KINDS.get(how[3:] if how.startswith(("WLS", "ULS")) else "", "standard")
    skip = PLAIN_BASELINE if kind == "mean_scaled" else ()
    compare(case, ordinal_fit_indices(fit, kind), expected["fit"], skip)

    if fit.estimator == "ULS":  # no known distribution, and lavaan gives no p
        assert np.isnan(ordinal_fit_indices(fit, kind)["pvalue"])

    parameters = pd.DataFrame(expected["parameters"])
    values = table_values(fit.model, fit.theta)
    unit = standardized(fit.model, fit.theta)
    cov = fit.plain_cov if kind == "standard" else fit.cov
    errors = np.append(np.sqrt(np.diagonal(cov)), 0.0)
    std = "std.all" if "std.all" in parameters else "std"
    for row in parameters.itertuples(index=False, name=None):
        row = dict(zip(parameters.columns, row, strict=True))
        k = fit.model.find(row["lhs"], row["op"], row["rhs"])
        if k < 0:
            assert row["op"] == "~1" or row["est"] == 0
            continue
        case.check(values[k], row["est"])
        if fit.model.free[k]:
            case.check(errors[fit.model.free[k] - 1], row["se"])
        if row["op"] in ("=~", "~~", "|") and row["est"] != 0:
            case.check(unit[k], row[std])

    top = pd.DataFrame(
        expected.get("modification_indices_top10") or expected["modification_indices"]
    )
    rows = [(*names, 0) for names in top[["lhs", "op", "rhs"]].itertuples(index=False, name=None)]
    wide = with_rows(fit.model, rows)
    found = fit_ordinal(wide, fit.samples, estimator=fit.estimator, start=fit.theta)
    index, change = release_tests(found, [wide.find(*row) for row in rows])
    case.check(index, top["mi"])
    case.check(change, top["epc"])


def test_two_models_of_ordered_items(compare_case):
    case = compare_case
    if "WLSMV" not in case.values:
        pytest.skip("this case compares continuous models only")
    items = case.fields["items"]
    one = "g =~ " + " + ".join(items)
    three = "\n".join(
        f"{name} =~ " + " + ".join(items[5 * k : 5 * k + 5]) for k, name in enumerate("abc")
    )
    test = ordinal_difference(*(ordered_fit(case, text, "WLSMV") for text in (one, three)))
    expected = case.values["WLSMV"]
    case.check(test.statistic, expected["chisq_diff"])
    assert test.df == expected["df_diff"]
    case.check(test.p, expected["p"])


def test_construct_reliability(constructs_case):
    case = constructs_case
    expected = case.values
    if "second_order" in case.fields["id"]:
        check_second_order(case)
        return
    items, ordered = case.fields["items"], "WLSMV" in case.fields["id"]
    text = model_text(case)
    if ordered:
        fit = ordered_fit(case, text, "WLSMV")
        sample = fit.samples[0]
        cuts = np.full((len(items), sample.n_thresholds.max()), np.nan)
        cuts[np.arange(cuts.shape[1]) < sample.n_thresholds[:, None]] = sample.thresholds
        found = constructs(matrices(fit.model, fit.theta)[0], sample.correlations, thresholds=cuts)
        cov = fit.cov
    else:
        fit = fit_model(
            cfa_model(text, items, std_lv=True), [sample_moments(case.answers().to_numpy())]
        )
        found = constructs(matrices(fit.model, fit.theta)[0], fit.samples[0].cov)
        cov = np.linalg.inv(fit.information)
    names = [fit.model.structural[j] for j in found.columns]
    rows = dict(
        zip(expected["reliability_table"]["rows"], expected["reliability_table"]["data"],
            strict=True)
    )  # fmt: skip

    def each(name):
        return [expected[name][factor] for factor in names]

    case.check(found.alpha, rows["alpha.ord" if ordered else "alpha"])
    case.check(found.omega, each(f"compRelSEM_omega{'_ordscale' if ordered else ''}"))
    case.check(found.omega_model, rows["omega2"])
    case.check(found.composite_reliability, each("CR_std_hand"))
    case.check(found.ave, each("AVE"))
    case.check(found.ave_std, each("AVE_std_hand"))
    if ordered:
        case.check(found.alpha, each("compRelSEM_alpha_latent"))
        plain = stats.listwise_moments(case.answers()).cov
        sums = [stats.alpha(plain[np.ix_(block, block)]) for block in found.blocks]
        case.check(sums, each("compRelSEM_alpha_ordscale"))
        case.check(sums, rows["alpha"])
    else:
        case.check(found.alpha, each("compRelSEM_alpha"))
        case.check(found.omega_model, each("compRelSEM_omega_model_var"))
    if ordered:
        case.check(found.omega_latent, each("compRelSEM_omega_latent"))
    for name, expected_name in (
        ("htmt", "htmt"), ("htmt2", "htmt2_geometric"), ("factor_cor", "factor_cor"),
    ):  # fmt: skip
        if expected_name in expected:
            case.check(getattr(found, name), table(expected[expected_name]))
    loadings = expected["std_loadings"]
    at = [
        fit.model.find(lhs, "=~", rhs)
        for lhs, rhs in zip(loadings["lhs"], loadings["rhs"], strict=True)
    ]
    case.check(standardized(fit.model, fit.theta)[at], loadings["est.std"])
    case.check(standardized_errors(fit.model, fit.theta, cov)[at], loadings["se"])


def check_second_order(case):
    items = case.fields["items"]
    names = list(case.values["compRelSEM_higher"])[:-1]
    size = len(items) // len(names)
    text = "\n".join(
        f"{name} =~ " + " + ".join(items[size * k : size * (k + 1)]) for k, name in enumerate(names)
    )
    model = cfa_model(f"{text}\ng =~ " + " + ".join(names), items, std_lv=True)
    fit = fit_model(model, [sample_moments(case.answers().to_numpy())])
    of, k = matrices(model, fit.theta)[0], len(names)
    total = np.linalg.inv(np.eye(k + 1) - of.regressions)
    factors = (total @ of.factors @ total.T)[:k, :k]
    cov = fit.samples[0].cov

    def of_total(whole):
        return second_order_omega(
            of.loadings[:, :k], of.regressions[:k, k], of.factors[k, k], factors, of.residuals,
            whole,
        )  # fmt: skip

    expected = case.values["reliabilityL2"]
    case.check(
        of_total(implied(model, fit.theta)[0][1]),
        [expected["omegaL1"], expected["omegaL2"], expected["partialOmegaL1"]],
    )
    case.check(of_total(cov)[0], case.values["compRelSEM_higher"]["g"])
    first = constructs(of, cov)
    case.check(first.omega, [case.values["compRelSEM_higher"][name] for name in names])


def compared_by_verb(case, by):
    """What the verb says of a case, with lavaan's order of groups: as they first appear."""
    frame = case.frame()
    items = case.fields["items"]
    how = estimator(case)
    frame = frame.assign(**case.answers().reindex(frame.index).to_dict("series"))
    if case.get("missing") == "listwise":
        frame = frame.dropna(subset=items)
    partial = case.get("partial")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        return invariance(
            frame[[by, *items]],
            by=by,
            model=model_text(case),
            estimator=how,
            missing=case.get("missing"),
            free=[partial.replace("~1", " ~ 1")] if partial else (),
            reference=str(frame[by].iloc[0]),
        )


def check_invariance(case, by):
    found = compared_by_verb(case, by)
    expected = case.values
    steps = found.table.set_index("step")
    indices = found.parts["fit_measures"].set_index("step")
    several = "WLSMV" in estimator(case) or "ULSMV" in estimator(case)
    for step, fit in expected["fit"].items():
        skip = WRONG_IN_SEVERAL_GROUPS if several else ()
        if case.get("missing") == "fiml":
            skip = OTHER_WEIGHTS
        compare(case, indices.loc[step].to_dict(), fit, skip)
    differences = expected.get("difference")
    if differences is None:
        columns = expected["chisq_diff"]
        differences = [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]
    for row in differences:
        mine = steps.loc[row["step"]]
        case.check(mine["chisq_diff"], row["chisq_diff"])
        assert mine["df_diff"] == row["df_diff"]
        case.check(mine["p_diff"], row["p"])
    for step, changes in expected.get("fit_change", {}).items():
        for name, value in changes.items():
            if estimator(case) == "ML":
                case.check(steps.loc[step, name], value)
    means = pd.DataFrame(expected["latent_means_scalar"])
    later = means[means["group"] > 1]
    mine = found.parts["latent_means"]
    freed = "nothing" if not case.get("partial") else found.call["free"][0]
    mine = mine[mine["freed"] == freed].set_index("factor")
    case.check(mine.loc[later["lhs"], "difference"], later["est"])
    case.check(mine.loc[later["lhs"], "se"], later["se"])
    released = found.parts["release"].set_index(["step", "parameter"])["score"]
    for step, tests in expected.get("score", {}).items():
        known = {
            f"{lhs} ~ 1" if op == "~1" else f"{lhs} {op} {rhs}": value
            for lhs, op, rhs, value in zip(
                tests["lhs"], tests["op"], tests["rhs"], tests["x2"], strict=True
            )
        }
        for parameter, score in released.loc[step].items():
            case.check(score, known[parameter])


def test_invariance(invariance_case):
    by = re.search(r"group\s*=\s*'(\w+)'", invariance_case.fields["r_call"]).group(1)
    check_invariance(invariance_case, by)


def test_own_invariance(own_invariance_case):
    check_invariance(own_invariance_case, "group")
