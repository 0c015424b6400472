"""Regression, mediation and moderation against R: lm, sandwich, survey, lavaan, psych."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

import detachment as dt
from detachment import stats

USED = ["a1", "a2", "a3", "a4", "e1", "e2"]
PREDICTORS = ["a1", "a2", "a3", "a4"]
pytestmark = pytest.mark.filterwarnings("ignore::detachment.errors.DataWarning")


def complete(case):
    return case.frame().dropna(subset=USED)


def by_name(values, names):
    return [values[name] for name in names]


# ---------------------------------------------------------------- regression


@pytest.mark.parametrize("kind", ["classical", "hc3", "cluster"])
def test_regression(linear_case, kind):
    values, rows = linear_case.values, complete(linear_case)
    result = dt.regress(rows, outcome="e1", predictors=PREDICTORS, dyad="couple", covariance=kind)
    table, model = result.table, result.parts["model"].iloc[0]
    linear_case.check(table["b"], values["coef"])
    linear_case.check(table["se"], values["se"][kind])
    linear_case.check(table["p"], values["p"][kind])
    linear_case.check(model[["f", "df1", "df2", "p"]].astype(float), values["wald"][kind])
    linear_case.check(table["beta"][1:], values["beta"])
    linear_case.check(table["vif"][1:], values["vif"])
    linear_case.check(table["semipartial_r2"][1:], values["semipartial"])
    linear_case.check([model["r2"], model["r2_adjusted"]], [values["r2"], values["adj_r2"]])
    linear_case.check(result.parts["dominance"]["general"], values["lmg"])


def test_steps(linear_case):
    result = dt.regress(
        complete(linear_case), outcome="e1", predictors=["a3", "a4"], controls=["a1", "a2"]
    )
    step = result.parts["model"].iloc[1]
    names = ["r2_change", "change_f", "change_df1", "change_df2", "p_change"]
    linear_case.check(step[names].astype(float), linear_case.values["change"])


def test_errors_of_standardized_slopes_under_normality(linear_standardized_case):
    case = linear_standardized_case
    rows = complete(case)[[*PREDICTORS, "e1"]].to_numpy(float)
    S = np.cov(rows.T)
    beta, gradients = stats.standardized_slope_gradients(S, 4, range(4))
    case.check(beta, case.values["beta"])
    cov = stats.normal_covariance(S, gradients, case.values["n"])
    case.check(np.sqrt(np.diag(cov)), case.values["beta_se"])


def test_every_answer(linear_fiml_case):
    case = linear_fiml_case
    rows = case.frame()[[*PREDICTORS, "e1"]].dropna(how="all")
    result = dt.regress(rows, outcome="e1", predictors=PREDICTORS, missing="fiml")
    table, n = result.table, len(rows)
    # ours divides by n - 1 people, R by n
    case.check(table["b"], case.values["est"])
    case.check(table["se"] * np.sqrt((n - 1) / n), case.values["se"])
    case.check(table["beta"][1:], case.values["beta"])
    case.check(table["beta_se"][1:] * np.sqrt((n - 1) / n), case.values["beta_se"])


def test_lm(lm_case):
    rows, expected = lm_case.frame(), lm_case.values["lm"]
    terms = list(expected["beta"])
    result = dt.regress(rows, outcome="rating", predictors=terms)
    table, model = result.table, result.parts["model"].iloc[0]
    names = ["(Intercept)", *terms]
    assert table["term"].tolist() == names
    for ours, theirs in {"b": "coef", "se": "se", "t": "t", "p": "p"}.items():
        lm_case.check(table[ours], by_name(expected[theirs], names))
    lm_case.check(table["beta"][1:], by_name(expected["beta"], terms))
    lm_case.check([model["r2"], model["r2_adjusted"]], [expected["r2"], expected["adj_r2"]])
    semipartial = lm_case.values["semipartial_rating_with_complaints_residualised"]
    found = table.loc[table["term"] == "complaints", "semipartial_r2"]
    lm_case.check(np.sqrt(found), [semipartial])


def test_svyglm(svyglm_case):
    rows, expected = svyglm_case.frame(), svyglm_case.values["svyglm"]
    for item in svyglm_case.get("reverse", []):
        rows[item] = sum(svyglm_case.fields["scale"]) - rows[item]
    rows = rows.dropna(subset=svyglm_case.fields["items"])
    drawn = {}
    if "cluster" in svyglm_case.fields["id"]:
        drawn = {"cluster": "site", "strata": "region"}
    names = list(expected["coef"])
    result = dt.regress(rows, outcome="effect_1", predictors=names[1:], weight="weight", **drawn)
    for ours, theirs in {"b": "coef", "se": "se", "t": "t", "p": "p"}.items():
        svyglm_case.check(result.table[ours], by_name(expected[theirs], names))


# ---------------------------------------------------------------- mediation


def asked(case):
    """Rows and roles of a mediation case, read from the call that R was given."""
    call, rows = case.fields["r_call"], case.frame()
    if "psych::mediate" in call:
        outcome, cause, mediator = re.search(r"\((\w+) ~ (\w+) \+ \((\w+)\)", call).groups()
        return rows, {"causes": [cause], "mediators": [mediator], "outcome": outcome}, []
    equations = re.findall(r"(\w+) ~ ([^;]+)", call)
    terms = {left: re.findall(r"(?:(\w+)\*)?(\w+)", right) for left, right in equations}
    (outcome,) = [left for left, right in terms.items() if any(label == "cp" for label, _ in right)]
    mediators = [left for left in terms if left != outcome]
    cause = next(name for label, name in terms[outcome] if label == "cp")
    controls = [name for label, name in terms[outcome] if not label]
    if case.fields["data"].endswith("sim_signs.csv"):
        rows = scores(rows).dropna(subset=[outcome, cause, *mediators])
    roles = {"causes": [cause], "mediators": mediators, "outcome": outcome}
    return rows, roles, controls


def scores(rows):
    """The composites that the case describes in words."""
    rows = rows.copy()
    for item in ("sign_04", "sign_08"):
        rows[item] = 6 - rows[item]
    signs = [f"sign_{k:02d}" for k in range(1, 11)]
    return rows.assign(
        withdrawal=rows[signs[:5]].mean(axis=1),
        numbing=rows[signs[5:]].mean(axis=1),
        effects=rows[[f"effect_{k}" for k in range(1, 6)]].mean(axis=1),
    )


def one(table, effect):
    (row,) = table[table["effect"] == effect].to_dict("records")
    return row


def test_mediation(mediation_case):
    case, values = mediation_case, mediation_case.values
    rows, roles, controls = asked(case)
    delta = dt.mediate(rows, **roles, controls=controls, interval="delta")
    if "parameters" in values:
        check_parallel(case, delta, roles)
        return
    paths = delta.parts["paths"].set_index("path")
    if "lavaan" in values:
        check_lavaan(case, delta, paths)
        case.check(int(delta.n["analysed"]), values["n"])
    ours = {
        "a": paths.loc["a", "b"], "se_a": paths.loc["a", "se"], "b": paths.loc["b", "b"],
        "se_b": paths.loc["b", "se"], "c_total": paths.loc["c", "b"],
        "c_prime": paths.loc["c'", "b"], "se_c_prime": paths.loc["c'", "se"],
        "total": paths.loc["c", "b"], "ab": one(delta.table, "indirect")["estimate"],
        "completely_std_ab": one(delta.table, "indirect")["std"],
    }  # fmt: skip
    test = delta.parts["normal_tests"].iloc[0]
    ours |= {
        "se_sobel_ols": test["sobel_se"], "z_sobel": test["sobel_z"], "p_sobel": test["p_sobel"],
        "se_aroian_ols": test["aroian_se"],
    }  # fmt: skip
    exact = case.get("tol", 1e-8)
    for name, got in ours.items():
        if name in values:
            case.check(got, values[name], tol=exact)
    check_bootstrap(case, rows, roles, controls)


def check_lavaan(case, delta, paths):
    """Estimates, delta errors of maximum likelihood, and the completely standardized ones."""
    theirs = {
        name: dict(zip(case.values["lavaan"]["label"], column, strict=True))
        for name, column in case.values["lavaan"].items()
    }
    effects = {"ab": "indirect", "total": "total", "cp": "direct", "prop": "proportion"}
    for label, effect in effects.items():
        row = one(delta.table, effect)
        case.check(row["estimate"], theirs["est"][label])
        case.check(row["se"], theirs["se"][label])
        case.check(
            [row["low"], row["high"]], [theirs["ci.lower"][label], theirs["ci.upper"][label]]
        )
        if label != "prop":
            case.check(row["std"], theirs["std.all"][label])
    for label in ("a", "b"):
        case.check(paths.loc[label, "b"], theirs["est"][label])
        case.check(paths.loc[label, "beta"], theirs["std.all"][label])
    # p and z of the products
    row = one(delta.table, "indirect")
    case.check(row["estimate"] / row["se"], theirs["z"]["ab"])
    case.check(2 * stats_normal(-abs(theirs["z"]["ab"])), theirs["pvalue"]["ab"])


def stats_normal(z):
    from scipy.special import ndtr

    return ndtr(z)


def check_parallel(case, delta, roles):
    parameters = pd.DataFrame(case.values["parameters"]).set_index("label")
    first, second = roles["mediators"]
    table = delta.table.set_index(["effect", "via"])
    ours = {
        "ind1": ("indirect", first), "ind2": ("indirect", second),
        "ind_total": ("total_indirect", ""), "contrast": ("contrast", f"{first} - {second}"),
        "total": ("total", ""), "cp": ("direct", ""),
    }  # fmt: skip
    for label, key in ours.items():
        row, theirs = table.loc[key], parameters.loc[label]
        case.check(row["estimate"], theirs["est"])
        case.check(row["se"], theirs["se"])
        case.check([row["low"], row["high"]], [theirs["ci.lower"], theirs["ci.upper"]])
        case.check(row["std"], theirs["std.all"])


def check_bootstrap(case, rows, roles, controls):
    """R's and our bounds are two draws of one bootstrap: 5 % of the width apart at most."""
    found = {}
    for interval in ("percentile", "bc"):
        result = dt.mediate(
            rows, **roles, controls=controls, interval=interval, n_boot=20_000, rng=4
        )
        found[interval] = one(result.table, "indirect")
    pairs = {"boot_percentile95": "percentile", "boot_bc95": "bc"}
    for name, interval in pairs.items():
        if name in case.values:
            near(case, found[interval], case.values[name])
    if "boot_ci" in case.values:
        near(case, found["percentile"], case.values["boot_ci"][:2])
    if "boot_se" in case.values:
        assert found["percentile"]["se"] == pytest.approx(case.values["boot_se"], rel=0.05)


def near(case, row, expected):
    width = expected[1] - expected[0]
    got = np.array([row["low"], row["high"]])
    assert np.abs(got - expected).max() <= case.fields["tol_interval_width"] * width


def test_a_chain_of_mediators(serial_case):
    rows = complete(serial_case)
    result = dt.mediate(
        rows, causes="a1", mediators=["a2", "a3"], outcome="e1", controls="e2", serial=True,
        interval="delta",
    )  # fmt: skip
    table = result.table.set_index(["effect", "via"])
    chain = "a2 > a3"
    keys = {
        "first": ("indirect", "a2"), "second": ("indirect", "a3"), "chain": ("indirect", chain),
        "all": ("total_indirect", ""), "total": ("total", ""),
        "first_second": ("contrast", "a2 - a3"), "first_chain": ("contrast", f"a2 - {chain}"),
        "second_chain": ("contrast", f"a3 - {chain}"), "share": ("proportion", ""),
    }  # fmt: skip
    ours = table.loc[[keys[label] for label in serial_case.values["label"]]]
    serial_case.check(ours["estimate"], serial_case.values["est"])
    serial_case.check(ours["se"], serial_case.values["se"])
    serial_case.check(ours["low"], serial_case.values["low"])
    serial_case.check(ours["high"], serial_case.values["high"])
    serial_case.check(ours["std"][:-1], serial_case.values["std"][:-1])
    monte_carlo = dt.mediate(
        rows, causes="a1", mediators=["a2", "a3"], outcome="e1", controls="e2", serial=True,
        interval="monte_carlo", n_boot=40_000,
    ).table.set_index(["effect", "via"])  # fmt: skip
    near_delta = monte_carlo.loc[keys["total"]]
    half = ndtri(0.975) * ours["se"].iloc[4]
    assert near_delta["high"] - near_delta["estimate"] == pytest.approx(half, rel=0.03)


def test_many_causes_and_mediators(many_case):
    result = dt.mediate(
        complete(many_case), causes=["a1", "a2"], mediators=["a3", "a4"], outcome="e1",
        interval="delta",
    )  # fmt: skip
    table = result.table.set_index(["cause", "effect", "via"])
    for label, est, se in zip(*(many_case.values[k] for k in ("label", "est", "se")), strict=True):
        cause, via = label.split("_")
        key = (cause, "total_indirect", "") if via == "all" else (cause, "indirect", via)
        many_case.check(table.loc[key, "estimate"], est)
        many_case.check(table.loc[key, "se"], se)


# ---------------------------------------------------------------- moderation


def test_moderation(moderation_case):
    case, values = moderation_case, moderation_case.values
    outcome, predictor, moderator = re.search(
        r"lm\((\w+) ~ (\w+)\*(\w+?)_centered", case.fields["r_call"]
    ).groups()
    result = dt.moderate(case.frame(), predictor=predictor, moderator=moderator, outcome=outcome)
    table = result.table
    case.check(table["b"], list(values["coef"].values()))
    case.check(table["se"], list(values["se"].values()))
    slopes = result.parts["simple_slopes"]
    case.check(slopes[["slope", "se"]], values["simple_slopes"]["data"])
    case.check(result.parts["model"]["r2"].iloc[0], values["r2"])


def test_moderation_by_cluster(moderation_cluster_case):
    case, values = moderation_cluster_case, moderation_cluster_case.values
    result = dt.moderate(
        complete(case), predictor="a1", moderator="a2", outcome="e1", controls="e2", dyad="couple"
    )
    case.check(result.table["b"], values["coef"])
    case.check(result.table["se"], values["se"])
    case.check(result.table["beta"][1:], values["beta"])
    slopes = result.parts["simple_slopes"]
    case.check(slopes["slope"], values["slope"])
    case.check(slopes["se"], values["slope_se"])
    plain, corrected = result.parts["johnson_neyman"].to_dict("records")
    case.check([plain["bound_low"], plain["bound_high"]], values["bounds"])
    case.check(plain["share"], values["share"])
    assert values["fdr_t"] is None
    assert corrected["region"] == "nowhere"
    case.check(result.parts["model"]["r2_change"].iloc[0], values["r2_change"])
