"""What the models of dyads beyond actor and partner effects share: one table, one way to fit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from detachment.estimates._actor_partner import BOTH, Layout, Method
from detachment.estimates._result import Result, heading, make_table, rounded
from detachment.estimates._scales import Floats
from detachment.estimates._sentences import NO_CAUSE, aside, by_chance, likely_more, more, not_given
from detachment.stats.sem import Fit, Inference, fit_model, improper, infer, sample_moments
from detachment.stats.sem.model import Model
from detachment.stats.sem.standardized import standardized
from detachment.text import count, counted, interval, level, number, p_statement, p_value

DyadicKind = Literal["actor_partner", "common_fate", "mutual_influence"]
DYADIC_KINDS: tuple[DyadicKind, ...] = ("actor_partner", "common_fate", "mutual_influence")
COLUMNS = {
    "outcome": "str",
    "role": "str",
    "effect": "str",
    "predictor": "str",
    "estimate": "float64",
    "se": "float64",
    "low": "float64",
    "high": "float64",
    "interval": "str",
    "z": "float64",
    "p": "float64",
    "std": "float64",
    "n": "Int64",
    "reason": "str",
}
FIT = {"chi2": "float64", "df": "float64", "p": "float64", "n": "Int64", "reason": "str"}
PARAMETERS = {"lhs": "str", "op": "str", "rhs": "str", "label": "str", "estimate": "float64",
              "se": "float64", "low": "float64", "high": "float64", "z": "float64",
              "p": "float64", "std_all": "float64"}  # fmt: skip
COUPLE = "couple"
# Effect -> what people read.
_EFFECTS = {
    "common_fate": "Common fate",
    "own_predictor": "Own predictor",
    "partner_outcome": "Partner's outcome",
    "actor_direct": "Actor effect, direct",
    "actor_actor": "Actor effect through the own mediator (actor-actor)",
    "partner_partner": "Actor effect through the partner's mediator (partner-partner)",
    "actor_indirect": "Actor effect, indirect",
    "actor_total": "Actor effect, total",
    "partner_direct": "Partner effect, direct",
    "actor_partner": "Partner effect through the partner's mediator (actor-partner)",
    "partner_actor": "Partner effect through the own mediator (partner-actor)",
    "partner_indirect": "Partner effect, indirect",
    "partner_total": "Partner effect, total",
}
_NAMED = ("outcome", "predictor", "variable")  # columns that hold ids
_TITLES = {
    COUPLE: "What partners share",
    "within_person": "What is left of each person's two variables",
    "instruments": "First stage: own predictor and own outcome",
    "loop": "The loop",
    "paths": "Paths",
    "fit": "Fit",
    "pairing": "Pairing of all dyads, before some are chosen",
    "distinguishability": "Tests of distinguishability",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answered:
    """What a model of dyads has to say.

    Attributes
    ----------
    rows
        Of :data:`COLUMNS`.
    parts
        Further tables.
    notes, warnings
        What the numbers rest on; what is wrong with them.
    """

    rows: list[dict[str, Any]]
    parts: dict[str, pd.DataFrame]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DyadicModel(Result):
    """Common fate, mutual influence or mediation in dyads, one row an effect.

    Attributes
    ----------
    name
        What the model is called.
    distinguishable
        Whether roles have effects of their own.
    roles
        What the partners are called.
    caution
        A sentence that goes wherever the numbers go; empty for most models.
    """

    name: str = field(default="")
    distinguishable: bool = field(default=True)
    roles: tuple[str, str] = field(default=("", ""))
    caution: str = field(default="")

    def _plain(self) -> Iterable[str]:
        dyads = counted(int(self.table["n"].iloc[0]), "couple")
        yield f"Answers of couples, both partners together (n = {dyads})."
        for row in self.table.to_dict(orient="records"):
            whose = "" if row["role"] in (BOTH, COUPLE) else f" (of {row['role']})"
            what = f"{_EFFECTS[row['effect']].split(' (')[0]}: {self.named(row['predictor'])} and "
            what += f"{self.named(row['outcome'])}{whose}"
            if np.isnan(row["estimate"]):
                yield not_given(what, row["reason"])
                continue
            yield (
                f"{what}: for each point more in the first, the second is "
                f"{more(row['estimate'])} on average"
                + aside(likely_more(row["low"], row["high"]), by_chance(row["p"]))
                + "."
            )

    def _meaning(self) -> Iterable[str]:
        if set(self.table["effect"]) == {"common_fate"}:
            yield "What both partners of a couple share is taken for one thing, the couple's own."
            yield NO_CAUSE
            return
        yield (
            "“Actor” is what goes with a person's own answers, “partner” what goes with the "
            "partner's; “direct” is the part that does not go with what lies between, “through” "
            "the part that does."
        )
        yield NO_CAUSE

    def _apa(self) -> Iterable[str]:
        n = f"n = {counted(int(self.table['n'].iloc[0]), 'dyad')}"
        form = "distinguishable" if self.distinguishable else "indistinguishable"
        said = [f"{self.name} of {n}, partners {form}."]
        said += [self._sentence(row) for row in self.table.to_dict(orient="records")]
        return [*said, self.caution]

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        whose = "" if row["role"] in (BOTH, COUPLE) else f" ({row['role']}'s outcome)"
        head = f"{_EFFECTS[row['effect']]}: {self.named(row['predictor'])}"
        head += f" on {self.named(row['outcome'])}{whose}"
        if np.isnan(row["estimate"]):
            return f"{head}; nothing is given: {row['reason']}."
        sure = level(self.call["confidence"])
        text = f"{head}, b = {number(row['estimate'], 3)}"
        if not np.isnan(row["low"]):
            kind = "" if row["interval"] == "normal" else f" {row['interval']}"
            ends = interval(row["low"], row["high"], 3, can_exceed_one=True)
            text += f", {sure}{kind} CI {ends}"
        if not np.isnan(row["p"]):
            text += f", {p_statement(row['p'])}"
        if not np.isnan(row["std"]):
            text += f", standardized {number(row['std'])}"
        return text + "."

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        sure = level(self.call["confidence"])
        ends = zip(table["low"], table["high"], strict=True)
        return pd.DataFrame(
            {
                "Outcome of": table["role"],
                "Effect": table["effect"].map(_EFFECTS),
                "Predictor": table["predictor"].map(self.label),
                "b": table["estimate"].map(lambda v: number(v, 3)),
                "SE": table["se"].map(lambda v: number(v, 3)),
                f"{sure} CI": [interval(*pair, 3, can_exceed_one=True) for pair in ends],
                "p": table["p"].map(p_value),
                "Standardized": table["std"].map(number),
                "Dyads": table["n"].map(count),
            }
        )

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts, without the full list of parameters."""
        shown: dict[str, pd.DataFrame] = {}
        for name, part in self.parts.items():
            if part.empty or name == "parameters":
                continue
            if "reason" in part and not (part["reason"] != "").any():
                part = part.drop(columns="reason")
            part = part.drop(columns=[c for c in ("finding", "rows") if c in part])
            part = part.assign(
                **{name: part[name].map(self.label) for name in _NAMED if name in part}
            )
            frame = rounded(part).rename(columns={"Reason": "Remark", "Used": "Usable"})
            if "Low" in frame:
                ends = [
                    interval(*pair, 3, can_exceed_one=True)
                    for pair in zip(part["low"], part["high"], strict=True)
                ]
                at = list(frame).index("Low")
                frame = frame.drop(columns=["Low", "High"])
                frame.insert(at, f"{level(self.call['confidence'])} CI", ends)
            shown[_TITLES.get(name, heading(name))] = frame
        return shown

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number."""
        if part == COUPLE and column == "r2":
            return "explained is the outcome alone"
        return Result.why_missing(self, part, column)

    def __repr__(self) -> str:
        text = Result.__repr__(self)
        return f"{text}\n\n{self.caution}" if self.caution else text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A fitted model with its covariances, ready to be asked."""

    fit: Fit
    inference: Inference
    wrong: tuple[str, ...]
    confidence: float

    @property
    def model(self) -> Model:
        """The model."""
        return self.fit.model

    @property
    def usable(self) -> bool:
        """Whether there are estimates with standard errors."""
        se = np.diagonal(self.inference.cov)
        return bool(self.fit.converged and np.isfinite(se).all() and (se >= 0).all())

    def at(self, lhs: str, op: str, rhs: str = "") -> int:
        """Place of a free row among the parameters."""
        return int(self.model.free[self.model.find(lhs, op, rhs)]) - 1

    def test(self, value: float, se: float) -> dict[str, float]:
        """Estimate, standard error, interval and z test."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = float(np.float64(value) / se) if se > 0 else np.nan
        half = float(ndtri((1 + self.confidence) / 2)) * se
        return {"estimate": value, "se": se, "low": value - half, "high": value + half,
                "z": z, "p": float(2 * ndtr(-abs(z)))}  # fmt: skip

    def row(self, lhs: str, op: str, rhs: str = "") -> dict[str, float]:
        """The same of one parameter."""
        k = self.at(lhs, op, rhs)
        return self.test(float(self.fit.theta[k]), float(np.sqrt(self.inference.cov[k, k])))


def fit_dyads(layout: Layout, model: Model, method: Method, confidence: float) -> Found:
    """Fit a model of the columns of a layout, by maximum likelihood with what answers there are."""
    x = layout.x[:, : len(model.observed)]
    sample = sample_moments(x, "fiml")
    fit = fit_model(model, [sample])
    if method == "MLR":
        inference = infer(fit, "huber_white", "yuan_bentler", baseline=False)
    else:
        inference = infer(fit, "expected" if sample.complete else "observed", baseline=False)
    return Found(fit=fit, inference=inference, wrong=improper(fit), confidence=confidence)


def fit_table(found: Found, *, exchangeable: bool, idle: str, tests: str = "") -> pd.DataFrame:
    """Test of a model: what it ``tests``, or in ``idle`` why it has nothing to test."""
    test = found.inference.scaled or found.inference.test
    reason = tests
    if found.fit.df == 0:
        reason = idle
    elif exchangeable:
        reason = f"a test of the partners' exchangeability; {idle}"
    return make_table(
        [
            {
                "chi2": test.statistic,
                "df": float(found.fit.df),
                "p": test.p if found.fit.df > 0 else np.nan,
                "n": found.fit.n,
                "reason": reason,
            }
        ],
        FIT,
    )


def parameter_table(
    found: Found, layout: Layout, roles: Sequence[str], latent: Mapping[str, str]
) -> pd.DataFrame:
    """All rows of the model, in the names of roles and variables."""
    names = {
        name: f"{m.id}_{roles[int(name[-1]) - 1]}" if "_" in name else m.id
        for name, m in layout.names.items()
    } | dict(latent)
    model, theta = found.model, found.fit.theta
    se = np.sqrt(np.maximum(np.diagonal(found.inference.cov), 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        std = standardized(model, theta)
    rows = []
    for i, (lhs, op, rhs, label) in enumerate(
        zip(model.lhs, model.op, model.rhs, model.label, strict=True)
    ):
        free = int(model.free[i])
        if not free:
            continue
        value, error = float(theta[free - 1]), float(se[free - 1])
        rows.append(
            {
                "lhs": names[lhs],
                "op": op,
                "rhs": names.get(rhs, ""),
                "label": label if label in ("b", "a", "i", "a_1", "a_2", "i_1", "i_2") else "",
                **found.test(value, error),
                "std_all": float(std[i]),
            }
        )
    return make_table(rows, PARAMETERS)


def pooled_sd(layout: Layout, found: Found) -> Floats:
    """Implied standard deviation of each variable of both partners, pooled over them, (pairs,)."""
    variance = np.diagonal(found.fit.moments[0][1])[: 2 * layout.n_pairs]
    return np.asarray(np.sqrt(variance.reshape(-1, 2).mean(axis=1)), dtype=np.float64)
