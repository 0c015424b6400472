"""What a report says of change between waves, as display tables."""

from typing import TYPE_CHECKING

from detachment.reports._frames import as_table

if TYPE_CHECKING:
    import pandas as pd

    from detachment.estimates import Change
    from detachment.tables import Table

CI = "CI = confidence interval, clustered by dyad where there are dyads."


def change_tables(result: "Change") -> "list[Table]":
    """Flow, mean change, comparison of arms, retest, reliable change, and who was lost.

    Parameters
    ----------
    result
        What :func:`detachment.change` returned.
    """
    parts = result.display_parts()
    titles = {title.partition(",")[0]: title for title in parts}
    shown = _grouped(result.display())
    ends = next(one for one in map(str, shown) if one.endswith(" CI"))
    shown = shown.assign(Difference=shown["Difference"] + " " + shown[ends])
    joined = bool(result.parts["flow"]["joined"].fillna(0).sum())
    made = [
        as_table(
            parts[titles["Flow"]],
            name="waves",
            title="People at Each Wave",
            data=result.parts["flow"],
            heads={one: one for one in parts[titles["Flow"]].columns if one != "Joined" or joined},
            notes=(
                "Followed = people of the wave before who could answer again; both = who did; "
                "lost = who did not; retained = both / followed"
                + ("; joined = new at this wave." if joined else "; nobody joined later."),
            ),
        ),
        as_table(
            shown,
            name="change",
            title="Mean Change Between the Waves",
            data=result.to_frame(),
            heads={
                **({} if "Arm" in shown else {"Scale": "Scale"}),
                "Arm": "Arm",
                "n": "n",
                "Mean first": "M first",
                "Mean last": "M last",
                "Difference": "Difference",
                "p": "p",
                "dz": "dz",
                "d_pre": "d_pre",
            },
            group="Scale",
            notes=(
                "Of the people with both waves. Difference = last − first wave; dz = mean "
                "difference in standard deviations of the differences; d_pre = the same in "
                "standard deviations of the first wave: two units, so say which. In brackets "
                "confidence intervals, clustered by dyad where there are dyads.",
            ),
            probability=("p values are not adjusted.",),
        ),
    ]
    if "Comparison" in titles:
        comparison = parts["Comparison"]
        pairs = comparison["Arm"] + " − " + comparison["Reference"]
        comparison = comparison.assign(Comparison=pairs)
        several = len(set(pairs)) > 1
        made.append(
            as_table(
                comparison,
                name="arms",
                title="Change in the Study Arm Compared With the Control Arm",
                data=result.parts["comparison"],
                heads={
                    "Method": "Method",
                    **({"Comparison": "Comparison"} if several else {}),
                    "n": "n",
                    "n reference": "n reference",
                    "Difference": "Difference",
                    "95% CI": "95% CI",
                    "p": "p",
                    "d": "d",
                },
                group="Scale",
                notes=(
                    *(() if several else (f"Difference = {pairs.iloc[0]}.",)),
                    "ANCOVA = last score adjusted for the first; change score = difference of the "
                    "mean changes; d = in standard deviations of the first wave, pooled within "
                    "arms. " + CI,
                ),
                probability=("p values are not adjusted.",),
            )
        )
    for title, name, head, note in (
        ("Reliable change", "reliable-change", "Reliable Change, in Counts",
         "A change is reliable beyond the critical change, 1.96 × SD × √2 × √(1 − reliability), "
         "which error alone exceeds in 2.5% of people on each side. Improved and worse are in the "
         "direction that the instrument names."),
        ("Retest", "retest", "Stability of the Scores From Wave to Wave",
         "r = Pearson's correlation of the two waves; ICC(2,1) = agreement of the two waves; in "
         "brackets confidence intervals (jackknife, by dyad where there are dyads)."),
        ("Baseline", "baseline", "The Arms at the First Wave",
         "d = difference in standard deviations, with its confidence interval. After randomisation "
         "every difference is chance, so there is no p."),
        ("Lost against stayed", "dropouts", "Those Who Were Lost and Those Who Stayed",
         "At the first wave. d = lost − stayed, in standard deviations, with its confidence "
         "interval."),
    ):  # fmt: skip
        key = {"reliable-change": "reliable_change"}.get(name, name)
        if title in titles and len(result.parts.get(key, ())):
            frame = _grouped(parts[titles[title]])
            order = [one for one in frame.columns if one != "Scale" or "Arm" not in frame]
            by_scale = "Scale" if "Arm" in frame and "Variable" not in frame else ""
            made.append(
                as_table(
                    frame,
                    name=name,
                    title=head,
                    data=result.parts[key],
                    heads={one: one.replace("Mean", "M") for one in order},
                    group=by_scale,
                    notes=(note,),
                )
            )
    return made


def _grouped(frame: "pd.DataFrame") -> "pd.DataFrame":
    """An arm that is the same for all says nothing."""
    if "Arm" in frame and frame["Arm"].nunique() < 2 and "Reference" not in frame:
        return frame.drop(columns="Arm")
    return frame
