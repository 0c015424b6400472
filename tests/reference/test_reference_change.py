"""Change between waves against R: t.test, lm with sandwich, formulas written out, lme4."""

import warnings

import numpy as np

from detachment import change, stats


def two_waves(case):
    """First and last scores of everyone who has both, and who they are."""
    frame = case.frame()
    last = case.get("last", 2)
    first, later = (frame[frame["wave"] == w].set_index("person") for w in (1, last))
    both = first.join(later[["y"]].rename(columns={"y": "last"}), how="inner")
    return both, np.where(both["dyad"].isna(), -both.index, both["dyad"])


def test_paired_difference(two_waves_case):
    both, clusters = two_waves(two_waves_case)
    here = (both["arm"] == two_waves_case.fields["arm"]).to_numpy()
    got = stats.paired_change(
        both["y"][here], both["last"][here],
        clusters=clusters[here] if two_waves_case.fields["clustered"] else None,
    )  # fmt: skip
    for name, expected in two_waves_case.values.items():
        if name in ("dz", "d_pre", "d_av"):
            two_waves_case.check(
                [getattr(got, f"{name}{end}") for end in ("", "_low", "_high")], expected
            )
        elif name != "last":
            two_waves_case.check(getattr(got, name), expected)


def test_adjusted_difference(against_case):
    both, clusters = two_waves(against_case)
    covariates = []
    outcome = both["last"] - both["y"]
    if against_case.fields["method"] == "ancova":
        covariates, outcome = ["y"], both["last"]
    if against_case.fields["controls"]:
        covariates.append("age")
    got = stats.adjusted_difference(
        outcome, both["arm"] == "program", covariates=both[covariates], unit=both["y"],
        clusters=clusters,
    )  # fmt: skip
    for name, expected in against_case.values.items():
        found = getattr(got, name)
        against_case.check(found, np.reshape(expected, found.shape))


def test_reliable_change(reliable_case):
    both, _ = two_waves(reliable_case)
    frame = reliable_case.frame()
    sd = frame.loc[frame["wave"] == 1, "y"].std()
    reliable_case.check(sd, reliable_case.values["sd"])
    for arm, group in both.groupby("arm"):
        got = stats.reliable_change(
            group["y"], group["last"], reliability=reliable_case.fields["reliability"], sd=sd
        )
        reliable_case.check(got.threshold, reliable_case.values["critical"])
        reliable_case.check(got.standard_error, reliable_case.values["standard_error"])
        reliable_case.check(got.increased, reliable_case.values["increased"][arm])
        reliable_case.check(got.decreased, reliable_case.values["decreased"][arm])


def test_the_verb_says_what_the_kernel_says(two_waves_case):
    fields = two_waves_case.fields
    result = change(
        two_waves_case.frame(), scales="y", respondent="person", wave="wave", by="arm", first=1,
        reference="waitlist", last=fields["last"], dyad="dyad" if fields["clustered"] else None,
    )  # fmt: skip
    row = result.table.set_index("arm").loc[fields["arm"]]
    expected = two_waves_case.values
    two_waves_case.check(row[["dz", "dz_low", "dz_high"]], expected["dz"])
    two_waves_case.check(row[["d_pre", "d_pre_low", "d_pre_high"]], expected["d_pre"])
    for name in ("n", "difference", "low", "high", "se", "t", "df", "p", "mean_first"):
        two_waves_case.check(row[name], expected[name])


def test_arms_by_the_verb(against_case):
    fields = against_case.fields
    result = change(
        against_case.frame(), scales="y", respondent="person", wave="wave", by="arm", first=1,
        last=fields["last"], dyad="dyad", controls="age" if fields["controls"] else None,
    )  # fmt: skip
    method = {"ancova": "ancova", "change": "change_score"}[fields["method"]]
    row = result.parts["comparison"].set_index("method").loc[method]
    assert (row["arm"], row["reference"]) == ("program", "waitlist")
    for name in ("n", "n_reference", "difference", "low", "high", "se", "t", "df", "p", "d"):
        against_case.check(row[name], against_case.values[name])


def test_growth_against_lme4(growth_case):
    expected = growth_case.values
    name = growth_case.fields["items"]
    dyad = "dyad" if growth_case.fields["dyads"] else None
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        result = change(
            growth_case.frame(), scales=name, respondent="person", wave="wave", by="arm", dyad=dyad
        )
    boundary = any("lies at its boundary" in str(warning.message) for warning in heard)
    assert boundary == expected["singular"]
    part = result.parts["growth"]
    assert part["term"].tolist() == ["intercept", "time", "program", "time x program"]
    assert (part["observations"] == expected["n"]).all()
    growth_case.check(part["estimate"], expected["estimate"])
    growth_case.check(part["se"], expected["se"])
    got = result.parts["growth_variances"].set_index("of")["variance"]
    for of in ("level", "slope", "covariance", "residual", *(["dyad"] if dyad else [])):
        growth_case.check(got[of], expected["cluster" if of == "dyad" else of])
