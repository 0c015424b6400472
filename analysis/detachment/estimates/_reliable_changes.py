"""Reliable change: which reliability, which SD, which direction, which cut-off, and who changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from detachment.errors import Refusal, UsageError, check_word
from detachment.estimates._change_rows import EVERYONE, Arms, Row
from detachment.estimates._panel import Bools, Panel, rows_of_wave
from detachment.estimates._scales import Floats, prepare_scale
from detachment.estimates._study import Measure, Study
from detachment.instruments import Cutoff
from detachment.stats.reliability import alpha, alpha_standardized
from detachment.stats.retest import reliable_change
from detachment.text import listing, percent

RELIABLE = 0.95  # the limits of reliable change are conventional: 1.96 standard errors
Better = Literal["lower", "higher"]


def check_reliability(given: object) -> Literal["alpha", "retest"] | float:
    """Return which reliability is asked for, or the number given."""
    if isinstance(given, str):
        check_word("reliability", given, ("alpha", "retest"))
        return "alpha" if given == "alpha" else "retest"
    if isinstance(given, int | float | np.number) and 0 < float(given) < 1:
        return float(given)
    raise UsageError(
        f"reliability is alpha, retest, or a number between 0 and 1; it cannot be {given!r}."
    )


def check_sd(given: object) -> Literal["first"] | float:
    """Return which SD is asked for, or the number given; that of the last wave is refused."""
    if given in ("last", "post"):
        raise Refusal(
            "Reliable change is judged by the spread before anything happened. The standard "
            "deviation of the last wave has the change itself in it (people who change by "
            "different amounts spread out), and would call real change error. Take sd=first, or a "
            "published number."
        )
    if isinstance(given, str):
        check_word("sd", given, ("first",))
        return "first"
    if isinstance(given, int | float | np.number) and 0 < float(given) < np.inf:
        return float(given)
    raise UsageError(f"sd is first, or a number above 0; it cannot be {given!r}.")


class ReliableChanges:
    """Which reliability, which SD, which direction and which cut-off reliable change rests on."""

    def __init__(
        self, study: Study, panel: Panel, arms: Arms, reliability: str | float,
        sd: str | float, better: Better | Mapping[str, Better] | None,
        cutoff: float | Mapping[str, float] | None,
    ) -> None:  # fmt: skip
        self.study, self.panel, self.arms = study, panel, arms
        self.reliability, self.sd = reliability, sd
        names = [m.id for m in study.measures["scales"]]
        for option, given in (("better", better), ("cutoff", cutoff)):
            for name in given if isinstance(given, Mapping) else ():
                check_word(f"{option} names a scale and", str(name), names)
        directions = better.values() if isinstance(better, Mapping) else [better or "lower"]
        for word in directions:
            check_word("better", word, ("lower", "higher"))
        self.better, self.cutoff = better, cutoff
        self.first = replace(study.sample, rows=rows_of_wave(study.sample, panel))
        self.cut: dict[str, Cutoff] = {}

    def rows(self, measure: Measure, first: Floats, last: Floats) -> list[Row]:
        """Rows of one scale."""
        kind, value, why = self._reliability(measure, first, last)
        given = first[~np.isnan(first)]
        spread = float(self.sd) if not isinstance(self.sd, str) else np.nan
        if isinstance(self.sd, str) and len(given) > 1:
            spread = float(np.sort((np.sort(given) - np.sort(given).mean()) ** 2).sum())
            spread = float(np.sqrt(spread / (len(given) - 1)))
        cut = self._cutoff(measure)
        if cut:
            self.cut[measure.id] = cut
        return _reliable_rows(
            measure.id, first, last, self.arms, sd=spread, reliability=value, kind=kind,
            sd_kind="first wave" if isinstance(self.sd, str) else "given",
            better=self._better(measure), cutoff=cut, why=why,
            why_no_cutoff="recovered needs a cut-off, which the instrument does not have (cutoff=)",
        )  # fmt: skip

    def _reliability(self, measure: Measure, first: Floats, last: Floats) -> tuple[str, float, str]:
        if not isinstance(self.reliability, str):
            return "given", float(self.reliability), ""
        if self.reliability == "retest":
            who = self.arms.control if self.arms.reference else self.arms.anyone
            x, y = first[who], last[who]
            both = ~np.isnan(x) & ~np.isnan(y)
            name = f"retest r ({self.arms.reference or EVERYONE})"
            if both.sum() < 3 or np.ptp(x[both]) == 0 or np.ptp(y[both]) == 0:
                return name, np.nan, "the retest correlation is not defined"
            r = float(np.corrcoef(x[both], y[both])[0, 1])
            return (name, r, "") if r > 0 else (name, r, "the retest correlation is not above 0")
        scale = measure.variable.scale if measure.variable else None
        if scale is None or measure.variable is None or measure.variable.item is not None:
            return (
                "alpha", np.nan,
                "a single column has no alpha: ask for reliability=retest, or give a number",
            )  # fmt: skip
        if scale.model not in ("reflective", "reflective_2item", "dichotomous_test"):
            return (
                "alpha", np.nan,
                f"the scale is {scale.model.replace('_', ' ')}, which has no alpha: ask for "
                "reliability=retest, or give a number",
            )  # fmt: skip
        prepared = prepare_scale(self.first, scale, "pairwise")
        name = "Spearman-Brown" if len(prepared.items) == 2 else "alpha"
        if prepared.obstacle or len(prepared.items) < 2:
            return name, np.nan, prepared.obstacle or "one item can be used, which has no alpha"
        statistic = alpha_standardized if name == "Spearman-Brown" else alpha
        value = float(statistic(prepared.moments.cov))
        if not 0 < value < 1:
            return name, value, f"{name} is not between 0 and 1"
        return name, value, ""

    def _better(self, measure: Measure) -> str:
        if isinstance(self.better, str):
            return self.better
        if self.better and measure.id in self.better:
            return self.better[measure.id]
        scale = measure.variable.scale if measure.variable else None
        if scale is None:
            return ""
        if "worse" in scale.direction or "better" in scale.direction:
            return "lower" if "worse" in scale.direction else "higher"
        return {"sign": "lower", "knowledge": "higher"}.get(scale.role, "")

    def _cutoff(self, measure: Measure) -> Cutoff | None:
        value = self.cutoff
        if isinstance(value, Mapping):
            value = value.get(measure.id)
        if value is not None:
            return Cutoff(name="given", value=float(value), direction="below", source="given")
        variable = measure.variable
        if variable is None or variable.scale is None or variable.item is not None:
            return None
        return variable.scale.cutoffs[0] if variable.scale.cutoffs else None

    def notes(self, rows: Sequence[Row]) -> list[str]:
        """What reliable change rests on."""
        kinds = list(dict.fromkeys(row["reliability_kind"] for row in rows))
        kinds = ["the number given" if kind == "given" else kind for kind in kinds]
        spread = (
            f"the SD of everyone with a score at wave {self.panel.waves[self.panel.first]}"
            if isinstance(self.sd, str)
            else f"the SD given ({self.sd:g})"
        )
        where = " at the first wave" if self.reliability == "alpha" else ""
        said = [
            "Reliable change (Jacobson & Truax, 1991): beyond 1.96 x SD x sqrt(2) x sqrt(1 - "
            f"reliability), with {spread} and as reliability {listing(kinds, 'or')}{where}."
        ]
        ways = {
            way: listing(dict.fromkeys(row["scale"] for row in rows if row["better"] == way))
            for way in ("lower", "higher")
        }
        if any(ways.values()):
            means = (f"{way} for {names}" for way, names in ways.items() if names)
            said.append(f"Improved means {listing(means)}.")
        for name, cut in self.cut.items():
            given = "" if cut.name == "given" else f" ({cut.name}: {cut.source})"
            said.append(
                f"Recovered counts who improved and crossed {cut.value:g}{given} on {name}; they "
                "are among the improved."
            )
        return said + self._beyond(rows)

    def _beyond(self, rows: Sequence[Row]) -> list[str]:
        """Say that more than error moves people of a group that got nothing."""
        group = self.arms.reference or EVERYONE
        beyond = [
            row
            for row in rows
            if row["arm"] == group
            and row["n"]
            and "increased" in row
            and max(row["increased"], row["decreased"]) > _by_chance(row["n"])
        ]
        if not beyond:
            return []
        shares = "; ".join(
            f"{row['scale']} {percent(row['increased'] / row['n'], 1)} up, "
            f"{percent(row['decreased'] / row['n'], 1)} down"
            for row in beyond[:3]
        )
        whom = f"In {group}, which is the control arm," if self.arms.reference else "Here"
        hence = (
            "people truly change there too, so counts of an arm mean something only beside those "
            "of its control arm"
            if self.arms.reference
            else "people truly change, or error is larger than the reliability says"
        )
        return [
            "Error alone takes 2.5% of people beyond the limit on each side. "
            f"{whom} clearly more are beyond it ({shares}): {hence}."
        ]


def _by_chance(n: int) -> float:
    """Most people of n that error alone takes beyond one limit, but for one time in forty."""
    return float(0.025 * n + 1.96 * np.sqrt(n * 0.025 * 0.975))


def _reliable_rows(
    scale: str, first: Floats, last: Floats, arms: Arms, *, sd: float, sd_kind: str,
    reliability: float, kind: str, better: str, cutoff: Cutoff | None, why: str, why_no_cutoff: str,
) -> list[Row]:  # fmt: skip
    """Who changed more than error does, in each arm."""
    rows = []
    for name, who in zip(arms.names, arms.member, strict=True):
        x, y = first[who], last[who]
        both = ~np.isnan(x) & ~np.isnan(y)
        row: Row = {
            "scale": scale, "arm": name, "n": int(both.sum()), "reliability": reliability,
            "reliability_kind": kind, "sd": sd, "sd_kind": sd_kind, "better": better,
            "cutoff": cutoff.value if cutoff else np.nan,
        }  # fmt: skip
        found = reliable_change(x, y, reliability=reliability, sd=sd, confidence=RELIABLE)
        reasons = [why] if why else []
        if not why and np.isnan(found.threshold):
            reasons.append("scores at the first wave do not vary")
        elif not why:
            row |= {
                "standard_error": float(found.standard_error), "critical": float(found.threshold),
                "increased": int(found.increased), "decreased": int(found.decreased),
                "unchanged": int(found.unchanged),
            }  # fmt: skip
            row["unchanged_share"] = row["unchanged"] / row["n"] if row["n"] else np.nan
            if better:
                ends = ("increased", "decreased")
                good, bad = ends if better == "higher" else ends[::-1]
                row |= {"improved": row[good], "worse": row[bad]}
                row |= {
                    f"{what}_share": row[what] / row["n"] if row["n"] else np.nan
                    for what in ("improved", "worse")
                }
                if cutoff:
                    up = better == "higher"
                    sick = both & ~_well_side(x, cutoff, higher=up)
                    crossed = sick & _well_side(y, cutoff, higher=up)
                    beyond = found.rci if up else -found.rci
                    limit = float(found.threshold / found.standard_error)
                    with np.errstate(invalid="ignore"):
                        row["recovered"] = int((crossed & (beyond > limit)).sum())
                    row["unwell_first"] = int(sick.sum())
            else:
                reasons.append("which direction is better is not known: say better=")
            if not cutoff:
                reasons.append(why_no_cutoff)
        row["reason"] = "; ".join(reasons)
        rows.append(row)
    return rows


def _well_side(x: Floats, cutoff: Cutoff, *, higher: bool) -> Bools:
    """Whether scores are on the better side of a cut-off; never where missing."""
    with np.errstate(invalid="ignore"):
        if cutoff.direction in ("below", "at_or_above"):
            above = x >= cutoff.value
        else:
            above = x > cutoff.value
    return np.asarray(np.where(np.isnan(x), False, above if higher else ~above), dtype=np.bool_)
