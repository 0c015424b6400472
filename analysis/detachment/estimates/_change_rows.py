"""Rows of the tables of change: what happened in each arm, between arms, to whom, and who left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detachment.estimates._panel import Bools, Panel
from detachment.estimates._scales import Floats
from detachment.stats.ancova import adjusted_bootstrap, adjusted_difference
from detachment.stats.correlation import fisher_interval
from detachment.stats.icc import ICC_FORMS, icc_anova, icc_robust_interval
from detachment.stats.mean_change import paired_bootstrap, paired_change
from detachment.stats.robust_correlation import robust_fisher_interval
from detachment.text import counted

EVERYONE = "all"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arms:
    """Arms that are compared.

    Attributes
    ----------
    names
        Arms with people at both waves, the reference first; ``("all",)`` for a single group.
    member
        Who belongs to each, (arms, people).
    reference
        Control arm; empty where there is none.
    """

    names: tuple[str, ...]
    member: Bools
    reference: str

    @property
    def compared(self) -> list[tuple[str, Bools]]:
        """Arms other than the reference, where there is one."""
        pairs = zip(self.names, self.member, strict=True)
        return [(name, who) for name, who in pairs if self.reference and name != self.reference]

    @property
    def anyone(self) -> Bools:
        """Who belongs to an arm, (people,)."""
        return np.asarray(self.member.any(axis=0))

    @property
    def control(self) -> Bools:
        """Who belongs to the reference, (people,)."""
        return np.asarray(self.member[self.names.index(self.reference)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How intervals are made."""

    confidence: float
    n_boot: int
    rng: int


def flow_rows(panel: Panel, shown: Sequence[tuple[str, Bools]]) -> list[Row]:
    """People and dyads of each arm at each wave, and what became of those at the first."""
    rows = []
    present = panel.present
    start = present[:, panel.first]
    for name, who in shown:
        for wave, label in enumerate(panel.waves):
            here = who & present[:, wave]
            dyads, sizes = np.unique(panel.dyad[here & (panel.dyad >= 0)], return_counts=True)
            followed = who & start & _followed(panel, wave)
            both = int((here & start).sum())
            n = int(followed.sum())
            rows.append({
                "arm": name, "wave": label, "people": int(here.sum()), "dyads": len(dyads),
                "complete_dyads": int((sizes > 1).sum()), "followed": n, "both": both,
                "lost": n - both, "joined": int(here.sum()) - both,
                "retained": both / n if n else np.nan,
            })  # fmt: skip
    return rows


def _followed(panel: Panel, wave: int) -> Bools:
    """Who belongs to an arm that has anyone at a wave, (people,)."""
    there = set(panel.arm[panel.present[:, wave]])
    return np.array([name in there for name in panel.arm], dtype=np.bool_)


def change_rows(
    scale: str, first: Floats, last: Floats, arms: Arms, clusters: NDArray[np.int64] | None,
    how: Sampling,
) -> tuple[list[Row], list[Row]]:  # fmt: skip
    """Paired change and retest correlation of a scale in each arm."""
    changes, retests = [], []
    for name, who in zip(arms.names, arms.member, strict=True):
        x, y = first[who], last[who]
        code = None if clusters is None else clusters[who]
        fit = paired_change(x, y, clusters=code, confidence=how.confidence)
        row: Row = {"scale": scale, "arm": name, "ci": "t"} | {
            field: getattr(fit, field)[()]
            for field in (
                "n", "clusters", "mean_first", "sd_first", "sd_difference", "difference", "low",
                "high", "se", "t", "df", "p", "dz", "dz_low", "dz_high", "d_pre", "d_pre_low",
                "d_pre_high",
            )
        }  # fmt: skip
        row |= {"mean_last": fit.mean_second[()], "sd_last": fit.sd_second[()]}
        if how.n_boot:
            boot = paired_bootstrap(x, y, clusters=code, n_boot=how.n_boot, rng=how.rng)
            low, high = boot.bca(how.confidence)
            row |= dict(zip(("low", "dz_low", "d_pre_low"), low, strict=True))
            row |= dict(zip(("high", "dz_high", "d_pre_high"), high, strict=True))
            row["ci"] = "bca"
        row["reason"] = _why_no_change(int(fit.n), int(fit.clusters), row["sd_difference"], code)
        if row["reason"]:  # an interval of no width would say that the change is known exactly
            row |= dict.fromkeys(("se", "low", "high", "d_pre_low", "d_pre_high"), np.nan)
        changes.append(row)
        retests.append(_retest(scale, name, x, y, code, how.confidence))
    return changes, retests


def _why_no_change(n: int, clusters: int, sd: float, code: NDArray[np.int64] | None) -> str:
    if n < 2:
        people = counted(n, "person", "people")
        return f"{people} with a score at both waves, and at least two are needed"
    if clusters < 2 and code is not None:
        return "a single dyad, which has no standard error"
    if sd == 0:
        return "everyone changed alike, so that there is no error to judge it by"
    return ""


def _retest(
    scale: str, arm: str, x: Floats, y: Floats, code: NDArray[np.int64] | None, confidence: float
) -> Row:
    both = ~np.isnan(x) & ~np.isnan(y)
    n = int(both.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        varies = n > 2 and np.ptp(x[both]) > 0 and np.ptp(y[both]) > 0
        r = float(np.corrcoef(x[both], y[both])[0, 1]) if varies else np.nan
    if code is None:
        low, high = fisher_interval(np.array(r), np.array(n if varies else 0), confidence)
    else:
        low, high = robust_fisher_interval(x, y, confidence, clusters=code)
    pairs = np.column_stack([x, y])
    place = ICC_FORMS.index("ICC2")
    icc = icc_anova(pairs, confidence).icc[place]
    ends = icc_robust_interval(pairs, clusters=code, confidence=confidence)
    return {
        "scale": scale, "arm": arm, "n": n, "r": r, "r_low": float(low), "r_high": float(high),
        "icc": float(icc), "icc_low": float(ends[0][place]), "icc_high": float(ends[1][place]),
        "reason": "" if varies else "fewer than three pairs, or scores that do not vary",
    }  # fmt: skip


def comparison_rows(
    scale: str, first: Floats, last: Floats, controls: Floats, arms: Arms,
    clusters: NDArray[np.int64] | None, how: Sampling,
) -> list[Row]:  # fmt: skip
    """Each arm against the control arm: analysis of covariance, and change score."""
    rows = []
    for arm, who in arms.compared:
        here = who | arms.control
        whole = ~np.isnan(np.column_stack([first, last, controls])).any(axis=1)
        used = controls[:, _varies(controls, who & whole, arms.control & whole)]
        methods: Mapping[str, tuple[Floats, Floats]] = {
            "ancova": (last, np.column_stack([first, used])),
            "change_score": (last - first, used),
        }
        code = None if clusters is None else clusters[here]
        for method, (outcome, covariates) in methods.items():
            asked: Row = {
                "outcome": outcome[here], "group": who[here].astype(np.float64),
                "covariates": covariates[here], "unit": first[here], "clusters": code,
            }  # fmt: skip
            fit = adjusted_difference(**asked, confidence=how.confidence)
            row: Row = {
                "scale": scale, "arm": arm, "reference": arms.reference, "method": method,
                "ci": "t",
            }  # fmt: skip
            row |= {
                field: getattr(fit, field)[()]
                for field in (
                    "n", "n_reference", "clusters", "difference", "low", "high", "se", "t", "df",
                    "p", "d", "d_low", "d_high",
                )
            }  # fmt: skip
            row["sd_first"] = fit.sd[()]
            row["slope_first"] = fit.slopes[0] if method == "ancova" else np.nan
            if how.n_boot and not np.isnan(row["difference"]):
                boot = adjusted_bootstrap(**asked, n_boot=how.n_boot, rng=how.rng)
                low, high = boot.bca(how.confidence)
                row |= {"low": low[0], "high": high[0], "d_low": low[1], "d_high": high[1]}
                row["ci"] = "bca"
            row["reason"] = _why_no_difference(row, len(fit.slopes))
            rows.append(row)
    return rows


def _varies(controls: Floats, one: Bools, other: Bools) -> Bools:
    """Which controls vary within an arm; those that do not can adjust for nothing."""
    parts = [controls[who] for who in (one, other) if who.any()]
    found = np.zeros(controls.shape[1], dtype=np.bool_)
    for part in parts:
        found |= np.ptp(part, axis=0) > 0
    return found


def _why_no_difference(row: Row, slopes: int) -> str:
    if not np.isnan(row["se"]) and row["se"] > 0:
        return "" if not np.isnan(row["d"]) else "everyone in an arm starts from the same score"
    if row["n"] == 0 or row["n_reference"] == 0:
        return "an arm has nobody with a score at both waves"
    if min(row["clusters"], row["n"] + row["n_reference"]) <= 2 + slopes:
        return "fewer people or dyads than coefficients"
    if np.isnan(row["difference"]):
        return "a covariate does not vary within arms, or follows from the others"
    return "nothing is left over from which an error could be told"


def baseline_rows(
    variables: Mapping[str, Floats], arms: Arms, clusters: NDArray[np.int64] | None, how: Sampling
) -> list[Row]:
    """Standardised differences between arms at the first wave; no tests."""
    rows = []
    for arm, who in arms.compared:
        for name, x in variables.items():
            row = _standardised(x, who, arms.control, clusters, how.confidence)
            rows.append({
                "variable": name, "arm": arm, "reference": arms.reference, "n": row["n_one"],
                "n_reference": row["n_other"], "mean": row["mean_one"],
                "mean_reference": row["mean_other"], "d": row["d"], "d_low": row["d_low"],
                "d_high": row["d_high"], "reason": row["reason"],
            })  # fmt: skip
    return rows


def dropout_rows(
    variables: Mapping[str, Floats], panel: Panel, arms: Arms,
    clusters: NDArray[np.int64] | None, how: Sampling,
) -> list[Row]:  # fmt: skip
    """Those lost after the first wave against those who stayed, as they were at the first."""
    present = panel.present
    start, stayed = present[:, panel.first], present[:, panel.last]
    shown = [(EVERYONE, arms.anyone)]
    if len(arms.names) > 1:
        shown += list(zip(arms.names, arms.member, strict=True))
    if not (arms.anyone & start & ~stayed).any():
        return []
    rows = []
    for arm, who in shown:
        for name, x in variables.items():
            lost = who & start & ~stayed
            row = _standardised(x, lost, who & start & stayed, clusters, how.confidence)
            rows.append({
                "variable": name, "arm": arm, "n_lost": row["n_one"], "n_stayed": row["n_other"],
                "mean_lost": row["mean_one"], "mean_stayed": row["mean_other"], "d": row["d"],
                "d_low": row["d_low"], "d_high": row["d_high"], "reason": row["reason"],
            })  # fmt: skip
    return rows


def _standardised(
    x: Floats, one: Bools, other: Bools, clusters: NDArray[np.int64] | None, confidence: float
) -> Row:
    here = one | other
    fit = adjusted_difference(
        x[here],
        one[here].astype(np.float64),
        clusters=None if clusters is None else clusters[here],
        confidence=confidence,
    )
    reason = ""
    if np.isnan(fit.d):
        few = min(int(fit.n), int(fit.n_reference)) < 1 or int(fit.clusters) <= 2
        reason = "too few people to compare" if few else "it does not vary"
    return {
        "n_one": int(fit.n), "n_other": int(fit.n_reference), "mean_one": float(fit.mean),
        "mean_other": float(fit.mean_reference), "d": float(fit.d), "d_low": float(fit.d_low),
        "d_high": float(fit.d_high), "reason": reason,
    }  # fmt: skip
