"""Dyads against R: actor-partner models by lavaan and as multilevel models, partners compared.

The models are fitted both by the kernels and, where the data are pairs of columns, by the verb.
"""

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment import stats
from detachment.stats.sem import (
    defined,
    difference_test,
    fit_model,
    implied,
    infer,
    labelled,
    r_squared,
    sample_moments,
)
from detachment.stats.sem.standardized import standardized

CONSTRAINTS = {
    "equal_actor": ("actor",),
    "equal_partner": ("partner",),
    "both": ("actor", "partner"),
    "indistinguishable": stats.APIM_EQUAL,
}


def columns(case):
    """Names of both outcomes and both predictors, as the model of the case has them."""
    values = case.values
    if "parameters" in values or "equal_actor" in values:
        table = (values if "parameters" in values else values["equal_actor"])["parameters"]
        slopes = [
            (lhs, rhs)
            for lhs, op, rhs in zip(table["lhs"], table["op"], table["rhs"], strict=True)
            if op == "~"
        ]
        return slopes[0][0], slopes[2][0], slopes[0][1], slopes[1][1]
    if case.fields["id"].endswith(".ols"):
        one, two = (name for name in values if name != "residual_r")
        return one, two, *list(values[one]["coef"])[1:3]
    return "y_1", "y_2", "x_1", "x_2"


def fitted(case, names, equal=(), *, robust=False):
    x = case.frame()[list(names)].to_numpy(dtype=float)
    missing = "fiml" if case.get("missing") == "fiml" else "listwise"
    sample = sample_moments(x, missing)
    fit = fit_model(stats.apim_model(equal=equal), [sample])
    errors = ("huber_white", "yuan_bentler") if robust else ("expected", "none")
    return fit, infer(fit, *errors)


def compare_parameters(case, table, names, fit, inference, labels):
    """Every row of lavaan's table, functions of the labels among them."""
    own = dict(zip(names, ("v0_1", "v0_2", "v1_1", "v1_2"), strict=True))
    model, se = fit.model, np.sqrt(np.diagonal(inference.cov))
    std = standardized(model, fit.theta)
    free = labelled(model, *labels.values()) if labels else []

    def function(text):
        def of(theta):
            return np.asarray(eval(text, {}, {
                name: theta[:, i] for name, i in zip(labels, free, strict=True)
            }))[:, None]  # fmt: skip

        return of

    for k, (lhs, op, rhs) in enumerate(zip(table["lhs"], table["op"], table["rhs"], strict=True)):
        if op == ":=":
            value, cov = defined(function(rhs), fit.theta, inference.cov)
            est, error = value[0], np.sqrt(cov[0, 0])
        else:
            row = model.find(own[lhs], op, own.get(rhs, ""))
            est, error = fit.theta[model.free[row] - 1], se[model.free[row] - 1]
            case.check(std[row], table["std.all"][k])
        case.check(est, table["est"][k])
        case.check(error, table["se"][k])
        case.check(est / error, table["z"][k], tol=1e-3)
        case.check(est - 1.959964 * error, table["ci.lower"][k])
        case.check(est + 1.959964 * error, table["ci.upper"][k])


LABELS = {"a1": "a_1", "p12": "p_1", "a2": "a_2", "p21": "p_2"}


def test_actor_partner_models(apim_case):
    case, values = apim_case, apim_case.values
    names = columns(case)
    kind = case.fields["id"].split(".")[-1]
    data = case.frame()
    if kind in ("ML", "MLR"):
        fit, inference = fitted(case, names, robust=kind == "MLR")
        compare_parameters(case, values["parameters"], names, fit, inference, LABELS)
        if "rsquare" in values:
            case.check(r_squared(fit.model, fit.theta)[0].values, list(values["rsquare"].values()))
        if "implied_cor" in values:
            expected = values["implied_cor"]
            order = [names.index(name) for name in expected["rows"]]
            cor = stats.correlation_from(implied(fit.model, fit.theta)[0][1])
            case.check(cor[np.ix_(order, order)], expected["data"])
        assert fit.n == values.get("n", fit.n)
    elif kind == "ols":
        x = data[list(names)].dropna().to_numpy(dtype=float)
        n, k = len(x), 3
        effects = stats.actor_partner_effects(np.cov(x.T))
        residuals = []
        for j, own in enumerate(names[:2]):
            given = values[own]
            both = names[2 + j], names[3 - j]
            case.check(effects[j], [given["coef"][name] for name in both])
            design = np.column_stack([np.ones(n), x[:, 2 + j], x[:, 3 - j]])
            slopes = effects[j]
            intercept = x[:, j].mean() - slopes @ design[:, 1:].mean(axis=0)
            case.check(intercept, given["coef"]["(Intercept)"])
            left = x[:, j] - design @ np.r_[intercept, slopes]
            residuals.append(left)
            sigma = np.sqrt(left @ left / (n - k))
            case.check(sigma, given["sigma"])
            case.check(1 - left @ left / (n - 1) / x[:, j].var(ddof=1), given["r2"])
            se = sigma * np.sqrt(np.diagonal(np.linalg.inv(design.T @ design)))
            case.check(se, [given["se"][name] for name in ("(Intercept)", *both)])
        case.check(np.corrcoef(residuals)[0, 1], values["residual_r"])
    elif kind == "equality_tests":
        free = fitted(case, names)
        for name, expected in values.items():
            fit, inference = fitted(case, names, CONSTRAINTS[name])
            test = difference_test((fit, inference), free)
            case.check(
                [test.statistic, test.df, test.p],
                [expected["chisq"], expected["df"], expected["p"]],
            )
            if "parameters" in expected:
                compare_parameters(case, expected["parameters"], names, fit, inference, {})
        pairs = data[list(names)].to_numpy(dtype=float).reshape(-1, 2, 2)
        case.check(stats.exchangeability_tests(pairs).chi2[0], values["indistinguishable"]["chisq"])
    elif kind == "bootstrap_k":
        x = data[list(names)].to_numpy(dtype=float)
        # R's own ends move by about 1.6 % of the width with its 2000 resamples
        boot = stats.apim_bootstrap(x, n_boot=40_000)
        low, high = boot.percentile()
        places = dict(zip(("a1", "p12", "a2", "p21", "k1", "k2"), range(6), strict=True))
        share = case.fields["tol_interval_width"]
        for k, label in enumerate(values["label"]):
            at = places[label]
            start, end = values["ci.lower"][k], values["ci.upper"][k]
            assert boot.estimate[at] == pytest.approx(values["est"][k], abs=1e-6)
            assert abs(low[at] - start) <= share * (end - start)
            assert abs(high[at] - end) <= share * (end - start)
            spread = boot.replicates[:, at].std(ddof=1)
            assert spread == pytest.approx(values["se"][k], rel=0.08)
    else:
        pytest.fail(f"no comparison for {case.fields['id']}")


def test_partners_are_alike(dyad_case):
    case, values = dyad_case, dyad_case.values
    frame = case.frame()
    found = dt.dyads(frame, scales=[["x_1", "x_2"], ["y_1", "y_2"]])
    x, y = found.table.to_dict("records")
    case.check(x["r"], values["r_x"])
    case.check(y["r"], values["r_y"])
    case.check([y["r_low"], y["r_high"]], values["r_ci"])
    case.check(y["double_entry_icc"], values["double_entry_icc_y"])
    case.check(y["icc"], values["anova_icc_y"])
    case.check(found.parts["roles"]["t"].iloc[1], values["paired_t"])


def asked(case, **options):
    frame = case.frame().rename(columns={"arbitrary": "role_is_arbitrary"})
    return dt.apim(
        frame,
        predictor=["signs_1", "signs_2"],
        outcome=["sat_1", "sat_2"],
        dyads=case.fields["dyads"],
        distinguishable=case.fields["dyads"] == "distinguishable",
        method=case.fields["method"],
        missing=case.fields["missing"],
        n_boot=0,
        **options,
    )


def test_models_of_pairs_of_columns(own_apim_case):
    """What the verb says of a table with one row a dyad, against lavaan."""
    case, values = own_apim_case, own_apim_case.values
    if "controls" in case.fields["id"]:
        controls = [["conflict_1", "conflict_2"], "months"]
        result = asked(case, controls=controls)
    else:
        result = asked(case)
    assert result.table["n"].iloc[0] == values["n"]
    said = pd.concat([result.table, result.parts["controls"]])
    lookup = {}
    for row in said.to_dict("records"):
        role = {"1": "_1", "2": "_2", "both": ""}[row["role"]]
        first = {"actor": "a", "partner": "p", "dyad": "s"}[row["effect"]]
        lookup[("c" if row["predictor"] == "conflict" else "") + first + role] = row
    for row in result.parts["contrasts"].to_dict("records"):
        name = {"actor - actor": "a_diff", "partner - partner": "p_diff"}.get(row["contrast"])
        if row["contrast"] == "actor + partner" and row["role"] == "1":
            name = "sum_1"
        if row["contrast"] == "actor - partner" and row["role"] == "both":
            name = "contrast"
        lookup[name] = row
    for row in result.parts["k"].to_dict("records"):
        lookup[f"k_{row['role']}"] = row
    roles = result.parts["roles"].to_dict("records")
    for k, label in enumerate(values["label"]):
        if label in ("i", "m", "e", "v"):
            own = roles[0]
            got = {
                "i": own["intercept"],
                "m": own["mean_predictor"],
                "e": own["residual_sd"] ** 2,
                "v": own["sd_predictor"] ** 2,
            }
            case.check(got[label], values["est"][k])
        elif label.startswith("k_"):
            case.check(lookup[label]["k"], values["est"][k], tol=1e-4)
        else:
            case.check(lookup[label]["estimate"], values["est"][k])
            case.check(lookup[label]["se"], values["se"][k])
            case.check([lookup[label]["low"], lookup[label]["high"]],
                       [values["low"][k], values["high"][k]])  # fmt: skip
    if "omnibus" in values:
        tests = pd.concat([result.parts["distinguishability"], result.parts["constraints"]])
        for name in ("omnibus", "actor", "partner", "slopes"):
            row, given = tests[tests["test"] == name].iloc[0], values[name]
            case.check([row["chi2"], row["df"], row["p"]],
                       [given["chisq"], given["df"], given["p"]], tol=2e-4)  # fmt: skip
        residual = result.parts["residual"].iloc[0]
        case.check(residual["residual_r"], values["residual_r"])
        case.check(residual["se"], values["residual_r_se"])
        case.check([role["r2"] for role in roles], values["r2"])


def test_parts_of_distinguishability(exchangeable_case):
    case = exchangeable_case
    frame = case.frame()
    frame = frame[frame["arbitrary"] == 0]
    pairs = np.stack(
        [frame[[f"{name}_1", f"{name}_2"]].to_numpy(dtype=float) for name in ("sat", "signs")],
        axis=1,
    )
    tests = stats.exchangeability_tests(pairs)
    for k, part in enumerate(stats.EXCHANGEABILITY):
        given = case.values[part]
        case.check(
            [tests.chi2[k], tests.df[k], tests.p[k]], [given["chisq"], given["df"], given["p"]]
        )


def test_multilevel_models_of_the_same_dyads(multilevel_case):
    """The estimates are those of a mixed model; nlme's errors have another divisor."""
    case, values = multilevel_case, multilevel_case.values
    apart = case.fields["id"].endswith(".distinguishable")
    case.fields.update(dyads="distinguishable" if apart else "all", method="ML", missing="listwise")
    result = asked(case)
    table = result.table
    n = int(table["n"].iloc[0])
    assert n == values["n"]
    inflate = np.sqrt(2 * n / (2 * n - 6)) if apart else 1.0
    for effect in ("actor", "partner"):
        own = table[table["effect"] == effect]
        expected = np.atleast_1d(values[effect])
        case.check(own["estimate"].to_numpy(), expected)
        case.check(own["se"].to_numpy() * inflate, np.atleast_1d(values[f"{effect}_se"]))
    case.check(result.parts["residual"]["residual_r"].iloc[0], values["residual_r"], tol=1e-4)


def test_roles_compared(roles_case):
    case, values = roles_case, roles_case.values
    frame = case.frame()
    frame = frame[frame["arbitrary"] == 0]
    found = dt.dyads(frame, scales=["sat_1", "sat_2"])
    row = found.parts["roles"].iloc[0]
    assert row["n"] == values["n"]
    for ours, theirs in (
        ("difference", "difference"), ("t", "t"), ("p", "p"), ("variance_t", "variance_t"),
        ("p_variance", "variance_p"), ("variance_ratio", "variance_ratio"),
    ):  # fmt: skip
        case.check(row[ours], values[theirs])
    case.check([row["dz_low"], row["dz_high"]], values["dz_interval"], tol=1e-5)
    case.check([row["ratio_low"], row["ratio_high"]], values["ratio_interval"])
    case.check(found.table["double_entry_icc"].iloc[0], values["double_entry"])
