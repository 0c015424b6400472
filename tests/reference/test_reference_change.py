"""Change between waves against R: t.test, lm with sandwich, formulas written out, lme4."""

import numpy as np

from detachment import stats


def two_waves(case):
    """First and last scores of everyone who has both, and who they are."""
    frame = case.frame()
    last = case.get("last", 2)
    first, later = (frame[frame["wave"] == w].set_index("person") for w in (1, last))
    both = first.join(later[["y"]].rename(columns={"y": "last"}), how="inner")
    return both, np.where(both["dyad"].isna(), -both.index, both["dyad"])


def test_paired_difference(paired_case):
    both, clusters = two_waves(paired_case)
    here = (both["arm"] == paired_case.fields["arm"]).to_numpy()
    got = stats.paired_change(
        both["y"][here], both["last"][here],
        clusters=clusters[here] if paired_case.fields["clustered"] else None,
    )  # fmt: skip
    for name, expected in paired_case.values.items():
        if name in ("dz", "d_pre", "d_av"):
            paired_case.check(
                [getattr(got, f"{name}{end}") for end in ("", "_low", "_high")], expected
            )
        elif name != "last":
            paired_case.check(getattr(got, name), expected)


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
