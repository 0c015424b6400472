"""The numbers of the actor-partner model: its rows, its fit, and what follows from the fit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from detachment.errors import SurveyError
from detachment.estimates._couples import Couples
from detachment.estimates._result import make_table
from detachment.estimates._scales import Floats
from detachment.estimates._study import Measure
from detachment.stats.apim import apim_model
from detachment.stats.bootstrap import Bootstrap
from detachment.stats.correlation import delta_interval
from detachment.stats.dyads import side_by_side, variable_names
from detachment.stats.sem import (
    Fit,
    Inference,
    SampleMoments,
    defined,
    difference_test,
    fit_model,
    implied,
    improper,
    infer,
    labelled,
    r_squared,
    sample_moments,
)
from detachment.stats.sem.standardized import standardized
from detachment.text import bounded, listing

Method = Literal["ML", "MLR"]
METHODS: tuple[Method, ...] = ("ML", "MLR")
Missing = Literal["fiml", "listwise"]
MISSING: tuple[Missing, ...] = ("fiml", "listwise")
BOTH = "both"
TESTS = {"test": "str", "chi2": "float64", "df": "float64", "p": "float64", "n": "Int64",
          "reason": "str"}  # fmt: skip
_PATTERNS = {0.0: "actor only (k = 0)", 1.0: "couple (k = 1)", -1.0: "contrast (k = −1)"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """One row a dyad: outcome, predictor and controls of both partners, then what is the dyad's.

    Attributes
    ----------
    x
        (D, p), the dyads used.
    measures
        What the pairs of columns are, and then the single ones.
    n_pairs
        How many pairs.
    complete, incomplete, empty
        Dyads with every value, with some, and with none (left out).
    people
        Partners with a value.
    """

    x: Floats
    measures: tuple[Measure, ...]
    n_pairs: int
    complete: int
    incomplete: int
    empty: int
    people: int

    @classmethod
    def of(cls, couples: Couples, missing: Missing) -> "Layout":
        """Variables of the dyads, under the rule for missing answers."""
        measures = couples.study.measures
        focal = (*measures["outcome"], *measures["predictor"], *measures.get("mediator", ()))
        values = {m.id: couples.values(m.x) for m in (*focal, *measures["controls"])}
        alike = {m.id for m in measures["controls"] if _is_shared(values[m.id])}
        own = (*focal, *(m for m in measures["controls"] if m.id not in alike))
        shared = tuple(m for m in measures["controls"] if m.id in alike)
        pairs = np.stack([values[m.id] for m in own], axis=1)
        single = [np.where(np.isnan(v[:, 0]), v[:, 1], v[:, 0]) for v in
                  (values[m.id] for m in shared)]  # fmt: skip
        x = side_by_side(pairs, np.column_stack(single) if single else None)
        there = ~np.isnan(x)
        asked = there[:, : 2 * len(own)].any(axis=1)
        whole = there.all(axis=1)
        used = whole if missing == "listwise" else asked
        return cls(
            x=x[used],
            measures=(*own, *shared),
            n_pairs=len(own),
            complete=int(whole.sum()),
            incomplete=int((asked & ~whole).sum()),
            empty=int((~asked).sum()),
            people=int((~np.isnan(pairs[used])).any(axis=1).sum()),
        )

    @cached_property
    def sample(self) -> SampleMoments:
        """Moments of the dyads used, of whom those who may not be used are out."""
        return sample_moments(self.x, "fiml")

    @property
    def pairs(self) -> Floats:
        """(D, m, 2)."""
        return self.x[:, : 2 * self.n_pairs].reshape(len(self.x), self.n_pairs, 2)

    @property
    def shared(self) -> Floats | None:
        """(D, s), or None."""
        rest = self.x[:, 2 * self.n_pairs :]
        return rest if rest.shape[1] else None

    @property
    def names(self) -> dict[str, Measure]:
        """Name in the model -> variable."""
        names = variable_names(self.n_pairs, len(self.measures) - self.n_pairs)
        own = [m for m in self.measures[: self.n_pairs] for _ in (1, 2)]
        return dict(zip(names, (*own, *self.measures[self.n_pairs :]), strict=True))


def _is_shared(values: Floats) -> bool:
    """Whether a variable never differs between partners, and both were asked."""
    both = ~np.isnan(values).any(axis=1)
    return bool(both.any() and (values[both, 0] == values[both, 1]).all())


def check_numbers(couples: Couples, layout: Layout) -> None:
    """Refuse variables that do not vary or follow from one another, and too few dyads."""
    p = layout.x.shape[1]
    for k, measure in enumerate(layout.measures[:2]):
        if _is_shared(layout.pairs[:, k]):
            raise SurveyError(
                f"{measure.id} never differs between partners: it says something of the dyad, and "
                "an own value and one of the partner cannot be told apart. It can be a control."
            )
    if layout.complete < p + 2:
        raise SurveyError(
            f"{layout.complete} of these dyads "
            f"{'has' if layout.complete == 1 else 'have'} every value of "
            f"{listing(m.id for m in layout.measures)}, and this model, of {p} variables, needs at "
            f"least {p + 2}."
        )
    for name, x in zip(layout.names, layout.x.T, strict=True):
        given = x[~np.isnan(x)]
        if (given == given[0]).all():
            who = "" if "_" not in name else f" among partners {couples.roles[int(name[-1]) - 1]}"
            raise SurveyError(
                f"{layout.names[name].id} is the same for everybody{who}, so that nothing can go "
                "with it."
            )
    if not layout.sample.saturated:
        x = layout.x[~np.isnan(layout.x).any(axis=1)]
        r = np.atleast_2d(np.corrcoef(x, rowvar=False))
        i, j = divmod(int(np.argmax(np.abs(np.tril(r, -1)))), len(r))
        names = list(layout.names.values())
        raise SurveyError(
            "Some of the variables follow from the others, so that their effects cannot be told "
            f"apart; the largest correlation is {bounded(float(r[i, j]))} ({names[j].id} and "
            f"{names[i].id}). Leave one out."
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solved:
    fit: Fit
    inference: Inference
    wrong: tuple[str, ...]


def solve(layout: Layout, method: Method, equal: Sequence[str]) -> Solved:
    """The model with what is equal for both partners, of the moments of a layout."""
    model = apim_model(layout.n_pairs - 2, len(layout.measures) - layout.n_pairs, equal)
    sample = layout.sample
    fit = fit_model(model, [sample])
    if method == "MLR":
        inference = infer(fit, "huber_white", "yuan_bentler", baseline=False)
    else:
        inference = infer(fit, "expected" if sample.complete else "observed", baseline=False)
    return Solved(fit=fit, inference=inference, wrong=improper(fit))


def constraints(layout: Layout, method: Method, free: Solved, *, each: bool = True) -> pd.DataFrame:
    """Likelihood ratio tests of equal effects in both roles, against a model of free ones."""
    rows = []
    tests = {"actor": ("actor",), "partner": ("partner",), "slopes": ("actor", "partner")}
    for name, equal in tests.items():
        if not each and name != "slopes":
            continue
        other = solve(layout, method, equal)
        test = difference_test((other.fit, other.inference), (free.fit, free.inference))
        rows.append(
            {"test": name, "chi2": test.statistic, "df": test.df, "p": test.p,
             "n": len(layout.x), "reason": other.wrong[0] if other.wrong else ""}
        )  # fmt: skip
    return make_table(rows, TESTS)


class View:
    """A solved model in the words of the question."""

    def __init__(
        self,
        couples: Couples,
        layout: Layout,
        solved: Solved,
        distinguishable: bool,
        roles: tuple[str, str],
        confidence: float,
    ) -> None:
        self.couples, self.layout, self.solved = couples, layout, solved
        self.model, self.theta = solved.fit.model, solved.fit.theta
        self.cov = solved.inference.cov
        self.distinguishable = distinguishable
        self.roles: tuple[str, ...] = roles if distinguishable else (BOTH,)
        self.quantile = float(ndtri((1 + confidence) / 2))
        self.confidence = confidence

    def _defined(self, function: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
        value, cov = defined(function, self.theta, self.cov)
        return value, np.sqrt(np.maximum(np.diagonal(cov), 0.0))

    def _test(self, value: float, se: float) -> dict[str, float]:
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.float64(value) / se
        half = self.quantile * se
        return {"estimate": value, "se": se, "low": value - half, "high": value + half,
                "z": float(z), "p": float(2 * ndtr(-abs(z)))}  # fmt: skip

    def effects(self) -> list[dict[str, Any]]:
        """Every slope, those of the predictor first."""
        names = variable_names(self.layout.n_pairs, len(self.layout.measures) - self.layout.n_pairs)
        wanted = [
            (k, name)
            for k in range(1, len(self.roles) + 1)
            for name in _in_order(names[2:], k)
        ]  # fmt: skip
        at = [self.model.find(f"v0_{k}", "~", name) for k, name in wanted]
        free = np.array([int(self.model.free[i]) - 1 for i in at])
        place = {name: i for i, name in enumerate(self.model.observed)}

        def standard(theta: Floats) -> Floats:
            variance = np.diagonal(implied(self.model, theta)[0][1], axis1=-2, axis2=-1)
            slopes = []
            for which, (_, name) in zip(free, wanted, strict=True):
                own = [place[name], place[_other(name)]]
                x, y = variance[..., own].mean(-1), variance[..., :2].mean(-1)
                slopes.append(theta[..., which] * np.sqrt(x / y))
            return np.stack(slopes, axis=-1)

        std, std_se = self._defined(standard)
        se = np.sqrt(np.diagonal(self.cov))
        rows = []
        for j, (k, name) in enumerate(wanted):
            own = "_" not in name or name.endswith(f"_{k}")
            rows.append(
                {
                    "outcome": self.layout.measures[0].id,
                    "role": self.roles[k - 1],
                    "effect": "dyad" if "_" not in name else "actor" if own else "partner",
                    "predictor": self.layout.names[name].id,
                    **self._test(float(self.theta[free[j]]), float(se[free[j]])),
                    "std": std[j],
                    "std_low": std[j] - self.quantile * std_se[j],
                    "std_high": std[j] + self.quantile * std_se[j],
                    "n": len(self.layout.x),
                    "reason": "",
                    "focal": name.startswith("v1_"),
                }
            )
        return rows

    def _slopes(self) -> NDArray[np.int64]:
        """Places of actor and partner effects of each row's role, (roles, 2)."""
        if not self.distinguishable:
            return labelled(self.model, "a", "p").reshape(1, 2)
        return labelled(self.model, "a_1", "p_1", "a_2", "p_2").reshape(2, 2)

    def contrasts(self) -> list[dict[str, Any]]:
        """Differences and sums of effects, and what they mean where they are 0."""
        at = self._slopes()
        named: list[tuple[str, str, Any]] = []
        for role, (a, p) in zip(self.roles, at, strict=True):
            named.append((role, "actor - partner", (a, p, -1.0)))
            named.append((role, "actor + partner", (a, p, 1.0)))
        if self.distinguishable:
            one, two = self.roles[0], self.roles[1]
            named.append((f"{one} - {two}", "actor - actor", (at[0, 0], at[1, 0], -1.0)))
            named.append((f"{one} - {two}", "partner - partner", (at[0, 1], at[1, 1], -1.0)))

        def of(theta: Floats) -> Floats:
            return np.stack(
                [theta[..., i] + sign * theta[..., j] for _, _, (i, j, sign) in named], axis=-1
            )

        value, se = self._defined(of)
        return [
            {"role": role, "contrast": contrast, **self._test(float(value[j]), float(se[j]))}
            for j, (role, contrast, _) in enumerate(named)
        ]

    def ratios(
        self, boot: Bootstrap | None, rows: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """K of each role, where the actor effect is far enough from 0 to divide by."""
        found = []
        for j, role in enumerate(self.roles):
            own = {
                row["effect"]: row for row in rows if row["focal"] and row["role"] == role
            }  # fmt: skip
            actor, partner = own["actor"], own["partner"]
            row: dict[str, Any] = {"role": role, "k": partner["estimate"] / actor["estimate"],
                                   "pattern": "", "reason": ""}  # fmt: skip
            if actor["low"] <= 0 <= actor["high"]:
                row["k"] = np.nan
                row["reason"] = (
                    "the interval of the actor effect holds 0, and a ratio to it has no bounds"
                )
            elif boot is None:
                row["reason"] = "no interval: no bootstrap was asked for"
            else:
                low, high = (end[4 + j] for end in boot.percentile(self.confidence))
                row |= {"low": low, "high": high, "n_boot": len(boot.replicates),
                        "failed": boot.failed[4 + j], "pattern": _pattern(low, high)}  # fmt: skip
            found.append(row)
        return found

    def of_roles(self) -> list[dict[str, Any]]:
        """Means, standard deviations and explained variance by role."""
        mean, cov = implied(self.model, self.theta)[0]
        r2 = r_squared(self.model, self.theta)[0]
        explained = dict(zip(r2.names, r2.values, strict=True))
        sd = np.sqrt(np.diagonal(cov))
        x = self.layout.pairs
        rows = []
        for k, role in enumerate(self.roles):
            there = ~np.isnan(x[:, :, k] if self.distinguishable else x).any(axis=-1)
            name = f"v0_{k + 1}"
            intercept = self.model.free[self.model.find(name, "~1")] - 1
            rows.append(
                {
                    "role": role,
                    "dyads": int(there.any(axis=-1).sum() if there.ndim > 1 else there.sum()),
                    "mean_predictor": mean[2 + k],
                    "sd_predictor": sd[2 + k],
                    "mean_outcome": mean[k],
                    "sd_outcome": sd[k],
                    "intercept": self.theta[intercept],
                    "residual_sd": sd[k] * np.sqrt(1 - explained[name]),
                    "r2": explained[name],
                }
            )
        return rows

    def residual(self) -> dict[str, float]:
        """Correlation of what is left of both outcomes, and of the predictors."""
        at = [self.model.free[self.model.find(f"v0_{i}", "~~", f"v0_{j}")] - 1
              for i, j in ((1, 2), (1, 1), (2, 2))]  # fmt: skip

        def of(theta: Floats) -> Floats:
            cross, one, two = (theta[..., i] for i in at)
            return np.asarray(cross / np.sqrt(one * two))[..., None]

        value, se = self._defined(of)
        low, high = delta_interval(value, se, self.confidence)
        cov = implied(self.model, self.theta)[0][1]
        p = self._test(float(value[0]), float(se[0]))["p"]
        return {
            "residual_r": float(value[0]),
            "se": float(se[0]),
            "low": float(low[0]),
            "high": float(high[0]),
            "p": p,
            "predictor_r": float(cov[2, 3] / np.sqrt(cov[2, 2] * cov[3, 3])),
        }

    def parameters(self) -> list[dict[str, Any]]:
        """All rows of the model, in the names of roles and variables."""
        roles = self.couples.roles if self.distinguishable else ("1", "2")
        labels = {
            name: f"{m.id}_{roles[int(name[-1]) - 1]}" if "_" in name else m.id
            for name, m in self.layout.names.items()
        }
        se = np.sqrt(np.diagonal(self.cov))
        std = standardized(self.model, self.theta)
        return [
            {
                "lhs": labels[lhs],
                "op": op,
                "rhs": labels.get(rhs, ""),
                "label": label,
                **self._test(float(self.theta[free - 1]), float(se[free - 1])),
                "std_all": std[i],
            }
            for i, (lhs, op, rhs, label, free) in enumerate(
                zip(self.model.lhs, self.model.op, self.model.rhs, self.model.label,
                    self.model.free, strict=True)
            )
        ]  # fmt: skip


def _other(name: str) -> str:
    return name if "_" not in name else f"{name[:-1]}{3 - int(name[-1])}"


def _in_order(names: Sequence[str], k: int) -> list[str]:
    """Own value of each variable, then the partner's."""
    return sorted(names, key=lambda n: (n[0] == "s", int(n[1:].split("_")[0]), f"_{k}" not in n))


def _pattern(low: float, high: float) -> str:
    """What the interval of k says of the patterns that have a name."""
    held = [name for k, name in _PATTERNS.items() if low <= k <= high]
    if not held:
        return f"the interval holds none of {listing(_PATTERNS.values())}"
    doubt = "" if len(held) == 1 else ", which the data cannot tell apart"
    return f"the interval holds {listing(held)}{doubt}"
