"""Common fate, mutual influence, mediation in dyads, judgements of partners, profiles: beside R."""

import numpy as np
import pytest

from detachment.stats import (
    judgement_difference,
    profile_similarity,
    truth_bias,
)
from detachment.stats.dyadic_models import (
    MEDIATED,
    common_fate_model,
    dyadic_mediation_model,
    mediated_effects,
    mediation_bootstrap,
    mutual_influence,
    mutual_influence_model,
)
from detachment.stats.dyads import double_entered
from detachment.stats.moments import em_moments
from detachment.stats.sem import fit_model, infer, sample_moments
from detachment.stats.sem.standardized import standardized, table_values

MODELS = {
    "common_fate": (common_fate_model, 2),
    "mutual_influence": (mutual_influence_model, 2),
    "mediation": (dyadic_mediation_model, 3),
}
LETTERS = {"y": "v0", "x": "v1", "m": "v2"}


def ours(name: str) -> str:
    return f"{LETTERS[name[0]]}{name[1:]}" if name[0] in LETTERS and "_" in name else name


def answers(case) -> np.ndarray:
    frame = case.frame().drop(columns="dyad")
    frame = frame.dropna() if case.fields["missing"] == "listwise" else frame
    return frame.to_numpy(dtype=np.float64)


def test_models(dyadic_case):
    """Estimates, standard errors and test of every model, as lavaan's."""
    case = dyadic_case
    word, _, turned = case.fields["model"].partition(".")
    build, pairs = MODELS[word]
    model = build(exchangeable=bool(turned))
    x = answers(case)
    # lavaan's listwise rows are those complete in all six columns
    x = x[:, : 2 * pairs]
    x = x[~np.isnan(x).all(axis=1)]
    sample = sample_moments(x, "fiml")
    fit = fit_model(model, [sample])
    robust = case.fields["estimator"] == "MLR"
    errors = "huber_white" if robust else "expected" if sample.complete else "observed"
    inference = infer(fit, errors)
    assert fit.converged
    assert (sample.n, fit.df) == (case.values["n"], case.values["df"])
    case.check(fit.statistic, case.values["chisq"])
    value, std = table_values(model, fit.theta), standardized(model, fit.theta, "all")
    se = np.sqrt(np.diagonal(inference.cov))
    they = case.values["parameters"]
    seen = 0
    for k, (lhs, op, rhs) in enumerate(zip(they["lhs"], they["op"], they["rhs"], strict=True)):
        if op == ":=":
            continue
        at = model.find(ours(lhs), op, ours(rhs) if rhs else "")
        assert at >= 0, (lhs, op, rhs)
        if not model.free[at]:
            continue
        seen += 1
        case.check(value[at], they["est"][k])
        case.check(se[model.free[at] - 1], they["se"][k])
        if op != "~1":
            case.check(std[at], they["std"][k])
    assert seen >= model.n_free


def test_closed_forms(dyadic_case):
    """Mutual influence and mediated effects need no iteration; lavaan says the same."""
    case = dyadic_case
    word, _, turned = case.fields["model"].partition(".")
    if word == "common_fate" and not turned:
        pytest.skip("common fate has a closed form for exchangeable dyads only")
    pairs = MODELS[word][1]
    x = answers(case)[:, : 2 * pairs]
    x = x[~np.isnan(x).all(axis=1)]
    rows = double_entered(x, pairs)[0] if turned else x
    cov = em_moments(rows).cov
    they = case.values["parameters"]
    estimate = dict(zip(they["label"], they["est"], strict=True))
    if word == "common_fate":
        case.check(cov[0, 3] / cov[2, 3], estimate["b"])
        case.check((cov[0, 2] - cov[0, 3]) * (len(rows) - 1) / len(rows), estimate["c"])
        return
    if word == "mutual_influence":
        end = ("", "") if turned else ("_1", "_2")
        case.check(mutual_influence(cov), [[estimate[f"{p}{e}"] for p in "ai"] for e in end])
        return
    effects = mediated_effects(cov)
    expected = [[estimate[f"{name}_{j}"] for name in MEDIATED] for j in (1, 2)]
    case.check(effects, expected)
    boot = mediation_bootstrap(x, exchangeable=bool(turned), n_boot=2)
    case.check(boot.estimate, expected)


def views(case):
    frame = case.frame()
    own = [f"own_{k}" for k in range(1, 9)]
    sees = [f"sees_{k}" for k in range(1, 9)]
    a, b = (frame[frame["role"] == role] for role in "AB")
    mine = np.stack([a[own], b[own]], axis=1)
    told = np.stack([b[sees], a[sees]], axis=1)
    return mine, told


def score(x):
    n = (~np.isnan(x)).sum(axis=-1)
    return np.where(n >= 0.8 * x.shape[-1], np.nansum(x, axis=-1) / n, np.nan)


def test_judgements(judgements_case):
    case = judgements_case
    mine, told = map(score, views(case))
    dyad = np.repeat(np.arange(len(mine)), 2)
    if case.fields["id"] == "judgements.difference":
        d = judgement_difference(mine.ravel(), told.ravel(), dyad)
        got = (d.n, d.mean_first, d.mean_second, d.difference, d.se, d.low, d.high, d.df, d.p, d.sd)
        names = ("n", "mean_self", "mean_partner", "estimate", "se", "low", "high", "df", "p", "sd")
        case.check(got, [case.values[name] for name in names])
        case.check([d.lower, d.upper], case.values["limits"])
        return
    judgement, truth, bias = told.ravel(), mine.ravel(), mine[:, ::-1].ravel()
    if case.fields["id"] == "judgements.truth_bias":
        fit = truth_bias(judgement, truth, bias, dyad)
        case.check(fit.n[0], case.values["n"])
        case.check(fit.r2[0], case.values["r2"])
        for name in ("estimate", "se", "low", "high", "p"):
            case.check(getattr(fit, name)[0], case.values[name])
        return
    fit = truth_bias(judgement, truth, bias, dyad, groups=np.tile([0, 1], len(mine)))
    case.check(fit.estimate, [case.values["A"], case.values["B"]])
    case.check(fit.difference, case.values["difference"])
    case.check(fit.difference_se, case.values["difference_se"])
    case.check(fit.difference_p, case.values["p"])


def test_profiles(profiles_case):
    case = profiles_case
    mine, told = views(case)
    kind = case.fields["id"].removeprefix("profiles.")
    if kind == "judged":
        fit = profile_similarity(mine, told, n_perm=0)
        r = fit.r.transpose(0, 2, 1).reshape(2, -1)
    else:
        fit = profile_similarity(
            mine[:, 0], mine[:, 1], exchangeable=kind == "exchangeable", n_perm=0
        )
        r = fit.r
    for k, profile in enumerate(("raw", "distinctive")):
        expected = case.values[profile]
        case.check(r[k], [np.nan if v is None else v for v in expected["r"]])
        case.check(fit.mean[k], expected["mean"])
        case.check(fit.pseudo[k], expected["pseudo"])
