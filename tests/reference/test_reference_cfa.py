"""Confirmatory factor analysis against lavaan: every number of every case, within its tolerance."""

import re
import warnings

import numpy as np
import pytest

from detachment.estimates import cfa
from detachment.stats.sem.categorical import (
    fit_ordinal,
    ordinal_difference,
    ordinal_sample,
)
from detachment.stats.sem.compare import difference_test
from detachment.stats.sem.estimate import fit_model
from detachment.stats.sem.inference import infer
from detachment.stats.sem.model import cfa_model
from detachment.stats.sem.sample import sample_moments

# lavaan's name -> row and column of the part "fit"
INDICES = {
    "chisq": "chisq", "df": "df", "pvalue": "p", "cfi": "cfi", "tli": "tli", "rmsea": "rmsea",
    "rmsea.ci.lower": "rmsea_low", "rmsea.ci.upper": "rmsea_high", "rmsea.pvalue": "rmsea_close_p",
    "srmr": "srmr", "srmr_bentler": "srmr", "rmr": "rmr", "gfi": "gfi", "agfi": "agfi",
    "nfi": "nfi", "ifi": "ifi", "baseline.chisq": "baseline_chisq", "baseline.df": "baseline_df",
    "logl": "log_likelihood", "aic": "aic", "bic": "bic", "bic2": "sabic", "npar": "parameters",
    "ntotal": "n", "chisq.scaling.factor": "scaling_factor",
}  # fmt: skip
ELSEWHERE = {"unrestricted.logl"}  # follows from the log-likelihood and chi-square
PARAMETERS = {
    "est": "estimate", "se": "se", "z": "z", "pvalue": "p", "ci.lower": "low", "ci.upper": "high",
    "std.lv": "std_lv", "std.all": "std_all",
}  # fmt: skip


def option(call, name):
    found = re.search(rf"{name}=['\"]?(\w+)", call)
    return found.group(1) if found else None


def place(name, case):
    """Row and column of an index; of ordered answers srmr_bentler is what lavaan calls rmr."""
    for ending in ("scaled", "robust"):
        if name.endswith(f".{ending}"):
            return ending, INDICES[name.removesuffix(f".{ending}")]
    if name == "chisq.scaling.factor":
        return "scaled", INDICES[name]
    if name == "srmr_bentler" and "ordered=TRUE" in case.fields["r_call"]:
        return "naive", "rmr"
    return "naive", INDICES[name]


def test_cfa(cfa_case):
    if "parameters" not in cfa_case.values:
        compare(cfa_case)
        return
    call = cfa_case.fields["r_call"]
    rule = cfa_case.get("missing")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # improper solutions are compared as well
        result = cfa(
            cfa_case.answers(),
            model=call.split("): ", 1)[1],
            estimator=option(call, "estimator"),
            missing=rule,
            std_lv=option(call, "std.lv") == "TRUE",
        )
    assert result.n["analysed"] == cfa_case.values["n"]
    expected = cfa_case.values["parameters"]
    table = result.to_frame().set_index(["lhs", "op", "rhs"])
    names = list(zip(expected["lhs"], expected["op"], expected["rhs"], strict=True))
    got = table.loc[[find(table.index, name) for name in names]]
    derived = got["se"].isna().to_numpy()  # residual variances that follow from the others
    for theirs, ours in PARAMETERS.items():
        values = np.array(expected[theirs], dtype=float)
        numbers = got[ours].to_numpy()
        known = ~derived if theirs not in ("est", "std.lv", "std.all") else np.ones_like(derived)
        cfa_case.check(numbers[known], values[known])
    if "factor_r" in cfa_case.values:
        check_factor_r(cfa_case, table["std_all"])
    fit = result.parts["fit"].set_index("kind")
    for name, value in cfa_case.values["fit"].items():
        if name in ELSEWHERE:
            continue
        got = fit.loc[place(name, cfa_case)]
        if value is None:
            assert np.isnan(got)
        else:
            cfa_case.check(got, value)
    top = cfa_case.values["modification_indices_top10"]
    ours = result.parts["modification_indices"].set_index(["lhs", "op", "rhs"])
    cfa_case.check(ours["index"], top["mi"])
    for lhs, op, rhs, change in zip(top["lhs"], top["op"], top["rhs"], top["epc"], strict=True):
        cfa_case.check(ours.loc[(lhs, op, rhs), "epc"], change)


def check_factor_r(case, standardized):
    r = case.values["factor_r"]
    for row, values in zip(r["rows"], r["data"], strict=True):
        for column, value in zip(r["cols"], values, strict=True):
            if row != column:
                case.check(standardized[find(standardized.index, (row, "~~", column))], value)


def find(index, name):
    lhs, op, rhs = name
    return name if name in index else (rhs, op, lhs)


def compare(case):
    """Tests of the difference between one and three factors of the same items."""
    answers = case.answers()
    items = list(answers)
    models = (
        f"g =~ {' + '.join(items)}",
        "\n".join(f"f{k} =~ {' + '.join(items[5 * k : 5 * k + 5])}" for k in range(3)),
    )
    fits = [fit_model(cfa_model(text), [sample_moments(answers.to_numpy())]) for text in models]
    for estimator, how in (
        ("ML", ("expected", "none")),
        ("MLR", ("huber_white", "yuan_bentler")),
    ):
        pair = [(fit, infer(fit, *how)) for fit in fits]
        same(case, difference_test(*pair), case.values[estimator])
    sample = ordinal_sample(answers.to_numpy())
    options = {"ordered": items, "thresholds": dict(zip(items, sample.n_thresholds, strict=True))}
    ordered = [fit_ordinal(cfa_model(text, **options), [sample]) for text in models]
    same(case, ordinal_difference(*ordered), case.values["WLSMV"])


def same(case, test, expected):
    case.check(test.statistic, expected["chisq_diff"])
    case.check(test.df, expected["df_diff"])
    case.check(test.p, expected["p"])


def test_groups_are_in_the_order_of_the_model():
    with pytest.raises(ValueError, match="2 groups"):
        fit_model(cfa_model("f =~ a + b + c", groups=2), [sample_moments(np.eye(3))])
