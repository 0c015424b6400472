"""How many people does a question need? Power and precision before there are data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Literal

import numpy as np
import pandas as pd

from detachment.errors import UsageError, check_word, nearest
from detachment.estimates._plan_questions import OPTIONS, QUESTIONS, Levels, Question, Target
from detachment.estimates._result import Result, heading, make_table
from detachment.estimates._scales import check_confidence, check_rng, take_seed
from detachment.estimates._sentences import in_words, not_given, times_in
from detachment.stats.path_power import simulated_power
from detachment.stats.power import MOST, smallest_effect, smallest_n
from detachment.text import bounded, capital, count, counted, level, listing, number

Topic = Literal["correlation", "alpha", "difference", "apim", "proportion", "mediation"]
Design = Literal["groups", "paired", "couples", "partners"]
COLUMNS = {
    "question": "str",
    "target": "str",
    "quantity": "str",
    "effect": "float64",
    "n": "Int64",
    "n_unit": "str",
    "people": "Int64",
    "invited": "Int64",
    "power": "float64",
    "significance": "float64",
    "tests": "Int64",
    "width": "float64",
    "confidence": "float64",
    "assurance": "float64",
    "method": "str",
    "reason": "str",
}
_CURVE = {
    "target": "str",
    "effect": "float64",
    "n": "Int64",
    "people": "Int64",
    "power": "float64",
    "width": "float64",
}
_SIMULATION = {
    "target": "str",
    "effect": "float64",
    "n": "Int64",
    "power": "float64",
    "simulated_power": "float64",
    "monte_carlo_se": "float64",
    "n_sim": "Int64",
}
_REASONS = {
    "effect": "the width does not depend on it",
    "power": "nothing is tested",
    "width": "this question is planned by power",
    "assurance": "none was asked for",
}
_PLAIN_TARGETS = {
    "r": "a link",
    "alpha": "a consistency",
    "d": "a difference, in units of how much people differ,",
    "actor": "a link with one's own answers",
    "partner": "a link with the partner's answers",
    "share": "a share",
    "indirect": "a link through something in between",
}
_USUAL_POWER = 0.80
_USUAL_SIMULATIONS = 2000
_POINTS = 25  # of the curve
_MOST_NUMBERS = 4e8  # drawn for a check by simulation
_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Plan(Result):
    """A plan, one row a number that was asked for.

    Attributes
    ----------
    bounded_effect
        Whether effects are at most 1 and are written without a zero before the point.
    test, interval_of
        Words for sentences.
    reasons
        For each row of the table, column -> why its number is missing.
    """

    bounded_effect: bool = True
    test: str = "two-sided test"
    interval_of: str = ""
    reasons: tuple[Mapping[str, str], ...] = ()

    def _apa(self) -> Iterable[str]:
        return map(self._sentence, self.table.to_dict(orient="records"))

    def _plain(self) -> Iterable[str]:
        for row in self.table.to_dict(orient="records"):
            what = _PLAIN_TARGETS.get(row["target"], f"a number {row['target']}")
            if row["reason"]:
                yield not_given(capital(what), row["reason"])
                continue
            who = f"{_counted(row['n'], row['n_unit'])} (n = {count(row['n'])})"
            size = "" if np.isnan(row["effect"]) else f" of {number(row['effect'])}"
            if row["quantity"] == "width":
                sure = times_in(row["confidence"])
                yield (
                    f"With {who}, the range for {what}{size}, by a method that is right {sure}, "
                    f"will be about {number(row['width'])} wide."
                )
            else:
                yield (
                    f"Of studies with {who}, {in_words(row['power'])} would find {what}{size}, if "
                    "it is really there."
                )
            if row["invited"] != row["n"]:
                invited = _counted(row["invited"], row["n_unit"])
                yield f"As some drop out, {invited} are to be invited."

    def _meaning(self) -> Iterable[str]:
        yield (
            "All this is about studies that are still to be done, and only as right as the size "
            "that was assumed: nobody knows it before."
        )
        yield "A study that finds nothing does not show that there is nothing."

    def _gaps(self) -> None:
        return None  # nobody has answered yet

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        if row["reason"]:
            return f"{_named(row['target'])}: no answer; {row['reason']}."
        who = f"n = {_counted(row['n'], row['n_unit'])}"
        if row["n_unit"] == "couples":
            who += f" ({count(row['people'])} people)"
        if row["target"] == "d" and self.call.get("design", "groups") in ("groups", "couples"):
            who += " in two groups"
        effect = _named(row["target"], self._effect(row["effect"]))
        wide = "" if np.isnan(row["width"]) else self._wide(row)
        test = f"a {self.test} at alpha = {_level(row['significance'])}"
        if row["tests"] > 1:
            test += f" ({_level(self.call['significance'])} for {count(row['tests'])} tests)"
        if row["quantity"] == "width":
            said = wide
        elif row["quantity"] == "effect":
            power = bounded(row["power"])
            said = f"the smallest effect that {test} detects with a power of {power} is {effect}"
        else:
            said = f"{test} detects {effect} with a power of {bounded(row['power'])}"
            if wide and row["quantity"] == "power":
                said += f", and {wide}"
        return f"With {who}, {said}.{self._invited(row)}"

    def _invited(self, row: Mapping[Any, Any]) -> str:
        if row["invited"] == row["n"]:
            return ""
        kept = 100 * self.call["retained"]
        stay = f"{number(kept, 0 if abs(kept - round(kept)) < 1e-9 else 1)}%"
        return f" If {stay} stay, {_counted(row['invited'], row['n_unit'])} are to be invited."

    def _wide(self, row: Mapping[Any, Any]) -> str:
        """How wide the interval is, and at which effect."""
        wide = self._effect(row["width"]) + ("" if self.bounded_effect else " standard deviations")
        at = ""
        if row["target"] != "d" and not np.isnan(row["effect"]):
            at = f" at {_named(row['target'], self._effect(row['effect']))}"
        head = f"the {level(row['confidence'])} {self.interval_of} is"
        if np.isnan(row["assurance"]):
            return f"{head} {wide} wide{at}"
        return f"{head} at most {wide} wide{at}, with a probability of {bounded(row['assurance'])}"

    def _effect(self, value: float) -> str:
        write = bounded if self.bounded_effect else number
        small = 0 < abs(value) < 0.1 and round(value, 2) != value
        return write(value, 3 if small else _DIGITS)

    def display(self) -> pd.DataFrame:
        """The table as people read it: rounded numbers as text, what does not vary left out."""
        table = self.table
        shown = {
            "Target": table["target"],
            "Asked for": table["quantity"],
            "Effect": table["effect"].map(self._effect),
            "n": table["n"].astype("Float64").astype("float64").map(count),
            "Unit": table["n_unit"],
            "People": table["people"].astype("Float64").astype("float64").map(count),
            "To invite": table["invited"].astype("Float64").astype("float64").map(count),
            "Power": table["power"].map(lambda p: bounded(p, 3)),
            "α of the test": table["significance"].map(_level),
            f"Width of {level(self.call['confidence'])} CI": table["width"].map(
                lambda w: bounded(w, 3) if self.bounded_effect else number(w, 3)
            ),
            "Assurance": table["assurance"].map(bounded),
            "Method": table["method"],
        }
        frame = pd.DataFrame(shown)
        gone = []
        if (table["n_unit"] == "people").all():
            gone.append("People")
        if (table["n"] == table["invited"]).all():
            gone.append("To invite")
        if table["assurance"].isna().all():
            gone.append("Assurance")
        if table["width"].isna().all():
            gone.append(f"Width of {level(self.call['confidence'])} CI")
        if table["power"].isna().all():
            gone += ["Power", "α of the test"]
        return frame.drop(columns=gone)

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """The curve for every few n, and the check by simulation."""
        shown = {}
        if "simulation" in self.parts:
            table = self.parts["simulation"]
            shown["Check by simulation"] = pd.DataFrame(
                {
                    "Target": table["target"],
                    "n": table["n"].astype("Float64").astype("float64").map(count),
                    "Power": table["power"].map(lambda p: bounded(p, 3)),
                    "Simulated": table["simulated_power"].map(lambda p: bounded(p, 3)),
                    "Monte-Carlo SE": table["monte_carlo_se"].map(lambda p: bounded(p, 4)),
                    "Data sets": table["n_sim"].map(count),
                }
            )
        curve = self.parts["curve"]
        if not curve.empty:
            few = curve.groupby("target", sort=False).nth(slice(None, None, 4))
            frame = pd.DataFrame(
                {
                    "Target": few["target"],
                    "Effect": few["effect"].map(self._effect),
                    "n": few["n"].map(count),
                    "Power": few["power"].map(lambda p: bounded(p, 3)),
                    "Width": few["width"].map(
                        lambda w: bounded(w, 3) if self.bounded_effect else number(w, 3)
                    ),
                }
            ).reset_index(drop=True)
            empty = [h for h in ("power", "width") if few[h].isna().all()]
            shown["Power and precision by n"] = frame.drop(columns=[heading(h) for h in empty])
        return shown

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number."""
        if part == "curve" and column == "effect":
            return "the width does not depend on it"
        return "not planned for this question"


def plan(
    question: Topic,
    *,
    n: int | None = None,
    power: float | None = None,
    width: float | None = None,
    assurance: float | None = None,
    r: float | None = None,
    reliability: float | None = None,
    null: float | None = None,
    items: int | None = None,
    d: float | None = None,
    design: Design | None = None,
    ratio: float | None = None,
    retest_r: float | None = None,
    icc: float | None = None,
    share: float | None = None,
    actor: float | None = None,
    partner: float | None = None,
    icc_x: float | None = None,
    icc_y: float | None = None,
    icc_residual: float | None = None,
    distinguishable: bool | None = None,
    a: float | None = None,
    b: float | None = None,
    direct: float | None = None,
    significance: float = 0.05,
    tests: int = 1,
    retained: float = 1.0,
    confidence: float = 0.95,
    n_sim: int | None = None,
    rng: int | np.random.Generator = 1,
) -> Plan:
    """Plan a study: n for a power or an interval width, power for an n, smallest effect for both.

    Of n, power and the effect give two, and the third follows; of n, width and the effect as well.
    With an effect alone, n for a power of .80.

    Parameters
    ----------
    question
        ``correlation`` (``r``), ``alpha`` (``reliability``), ``difference`` (``d``), ``apim``
        (``actor``, ``partner``), ``proportion`` (``share``) or ``mediation`` (``a``, ``b``).
    n
        People, or couples where the answers of both partners are used (``n_unit`` says which): in
        all groups together, and those that are analysed.
    power
        Probability that the test finds the effect.
    width
        Width of the interval wanted, from end to end.
    assurance
        Probability that the interval is no wider; by default the width is the expected one or that
        at the planned value.
    r, icc_x, icc_y
        Correlation; with partners' correlations in both variables, of both members of couples.
    reliability, null, items
        Coefficient alpha, the value that it is tested against, and the number of items.
    d, design, ratio, retest_r, icc
        Difference in standard deviations. ``design``: ``groups`` of people; ``paired``, the same
        people twice, who correlate ``retest_r``; ``couples``, whole couples in one group or the
        other, whose partners correlate ``icc``; ``partners``, the two of each couple compared. With
        ``retest_r`` groups are compared by ANCOVA. ``ratio``: second group's size over the first's.
    share, icc
        Share of people; .5 by default, for which an interval is widest.
    actor, partner, icc_x, icc_residual, distinguishable
        Standardized effects in an actor-partner interdependence model, partners' correlations in
        the predictor and in the residuals, and whether members differ by role.
    a, b, direct
        Standardized paths of a mediation.
    significance, tests
        Level of the test, which is divided by the number of tests (Bonferroni).
    retained
        Share of those invited who will be analysed.
    confidence
        Level of the intervals.
    n_sim
        Simulated data sets that check the power; by default 2000 for ``apim`` and ``mediation``,
        and none for the others.
    rng
        Seed or generator of the simulation; nothing else is random.

    Returns
    -------
    Plan
        One row a number asked for: ``question, target, quantity, effect, n, n_unit, people,
        invited, power, significance, tests, width, confidence, assurance, method, reason``.
        ``quantity`` is what was found: ``n``, ``power``, ``effect`` or ``width``;
        ``significance`` is the level after the division. ``parts["curve"]`` has power and width
        over a grid of n, ``parts["simulation"]`` the check with its Monte-Carlo error.

    Raises
    ------
    UsageError
        When a word is unknown, an option belongs to another question, or too little or too much is
        given.

    References
    ----------
    Cohen, J. (1988). *Statistical Power Analysis for the Behavioral Sciences* (2nd ed.). Bonett,
    D. G., & Wright, T. A. (2000). *Psychometrika, 65*, 23-28. Bonett, D. G. (2002). *Journal of
    Educational and Behavioral Statistics, 27*, 335-340. Kelley, K., & Rausch, J. R. (2006).
    *Psychological Methods, 11*, 363-385. Ackerman, R. A., & Kenny, D. A. (2016). *APIMPower*. R:
    ``pwr``.

    Examples
    --------
    >>> print(plan("correlation", r=0.2, power=0.8).explain().splitlines()[0])
    With n = 193 people, a two-sided test at alpha = .05 detects r = .20 with a power of .80.
    """
    check_word("question", question, [*QUESTIONS])
    own = {
        "r": r, "reliability": reliability, "null": null, "items": items, "d": d, "design": design,
        "ratio": ratio, "retest_r": retest_r, "icc": icc, "share": share, "actor": actor,
        "partner": partner, "icc_x": icc_x, "icc_y": icc_y, "icc_residual": icc_residual,
        "distinguishable": distinguishable or None, "a": a, "b": b, "direct": direct,
    }  # fmt: skip
    _check_options(question, own)
    _check_shares(power, assurance, significance, retained)
    check_confidence(confidence)
    if tests < 1:
        raise UsageError(f"tests is how many tests are made, 1 or more, not {tests}.")
    if width is not None and not width > 0:
        raise UsageError(f"width is the width of an interval, above 0, not {width:g}.")
    rng = check_rng(rng)
    at = Levels(significance=significance / tests, confidence=confidence, assurance=assurance)
    asked = QUESTIONS[question](own, at)
    if assurance is not None and asked.targets[0].width is None:
        raise UsageError(f"assurance is of an interval, and {question} is planned by power.")
    rows, notes = [], []
    wants = [t for t in asked.targets if t.effect is not None] or list(asked.targets)
    if any(t.effect is None for t in asked.targets) and n is not None and power is not None:
        wants = [t for t in asked.targets if t.effect is None]
    for target in wants:
        _check_n(n, target, asked)
        found, said = _solve(target, n, power, width)
        rows += [row | {"target": target.name, "method": _method(asked, row)} for row in found]
        notes += said
    rows = [_completed(row, question, asked, at, tests, retained) for row in rows]
    table = make_table(rows, COLUMNS)
    parts = {"curve": _curve(wants, rows, asked)}
    if n_sim is None:
        n_sim = _USUAL_SIMULATIONS if asked.simulate else 0
    if n_sim:
        seed = take_seed(rng)
        parts["simulation"] = _simulated(wants, rows, at, n_sim, seed, asked)
        if parts["simulation"].empty:
            del parts["simulation"]
    return Plan(
        table=table,
        parts=parts,
        notes=(*asked.assumed, *dict.fromkeys(notes), *_notes(asked, parts, rows, tests, retained)),
        call={
            "verb": "plan",
            "question": question,
            "n": n,
            "power": power,
            "width": width,
            "assurance": assurance,
            **{name: value for name, value in own.items() if value is not None},
            "significance": significance,
            "tests": tests,
            "retained": retained,
            "confidence": confidence,
            "n_sim": n_sim,
        },
        bounded_effect=asked.bounded,
        test=asked.test,
        interval_of=asked.interval_of,
        reasons=(_REASONS,) * len(rows),
    )


# ---------------------------------------------------------------- what is asked


def _check_options(question: str, own: Mapping[str, Any]) -> None:
    for name, value in own.items():
        if value is not None and name not in OPTIONS[question]:
            whose = [topic for topic, names in OPTIONS.items() if name in names]
            near = nearest(name, OPTIONS[question])
            raise UsageError(
                f"{name} belongs to {listing(whose, 'or')}; {question} takes "
                f"{listing(OPTIONS[question])}.{near}"
            )


def _check_shares(
    power: float | None, assurance: float | None, significance: float, retained: float
) -> None:
    given = {"power": power, "assurance": assurance, "significance": significance}
    for name, value in given.items():
        if value is not None and not 0 < value < 1:
            raise UsageError(f"{name} lies between 0 and 1; it cannot be {value:g}.")
    if not 0 < retained <= 1:
        raise UsageError(f"retained is a share above 0 and up to 1; it cannot be {retained:g}.")


def _check_n(n: int | None, target: Target, asked: Question) -> None:
    if n is not None and not n >= target.lowest:
        raise UsageError(f"n is {target.lowest} {asked.unit} or more here; it cannot be {n:g}.")


# ---------------------------------------------------------------- what follows


def _solve(
    target: Target, n: int | None, power: float | None, width: float | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of one target: what was not given."""
    notes = []
    if n is not None and width is not None:
        raise UsageError("Of n and width give one; the other follows.")
    if target.effect is not None and n is not None and power is not None:
        raise UsageError("Of n, power and the effect give two; the third follows.")
    if power is not None and target.power is None:
        what = (
            "alpha is tested against a value: give null"
            if target.name == "alpha"
            else "a share is planned by the width of its interval: give width"
        )
        raise UsageError(f"There is no power here; {what}.")
    if width is not None and target.width is None:
        raise UsageError(f"{target.name} is planned by power: no width of an interval is given.")
    if n is not None and target.effect is None and power is None and target.name != "d":
        raise UsageError("n alone is not enough: give an effect, or a power for its smallest.")
    if target.effect == 0 and width is None:
        raise UsageError(f"{target.name} is 0: there is nothing to find. Give another, or a width.")
    if n is power is width is None:
        if target.power is None:
            raise UsageError("Give n, or the width of the interval that is wanted.")
        power = _USUAL_POWER
        notes.append(f"No power was given; it is planned as {bounded(power)}.")
    rows: list[dict[str, Any]] = []
    effect = target.effect
    if n is not None:
        if power is not None:
            rows.append(_effect_row(target, n, power))
        else:
            rows.append({"quantity": "power" if _has_power(target) else "width", **_at(target, n)})
        return rows, notes
    if power is not None:
        if effect is None:
            raise UsageError(
                f"Give the effect ({target.name}) for n, or n for the smallest effect."
            )
        rows.append(_n_row(target, lambda k: _power(target, k) >= power, "n"))
    if width is not None:
        if effect is None and target.name != "d":
            raise UsageError(f"The width depends on the effect: give {target.name}.")
        rows.append(_n_row(target, lambda k: _width(target, k) <= width, "width"))
    return rows, notes


def _has_power(target: Target) -> bool:
    return target.power is not None and target.effect is not None


def _at(target: Target, n: int) -> dict[str, Any]:
    """Power and width of a target at n."""
    return {
        "n": n,
        "effect": target.effect,
        "power": _power(target, n),
        "width": _width(target, n),
    }


def _power(target: Target, n: int) -> float:
    if target.power is None or target.effect is None:
        return float("nan")
    return target.power(n, target.effect)


def _width(target: Target, n: int) -> float:
    return float("nan") if target.width is None else target.width(n, target.effect)


def _n_row(target: Target, enough: Any, quantity: str) -> dict[str, Any]:  # noqa: ANN401
    found = smallest_n(enough, lowest=target.lowest)
    if found is None:
        why = f"more than {MOST:,} would be needed"
        return {"quantity": quantity, "n": None, "effect": target.effect, "reason": why}
    return {"quantity": quantity, **_at(target, found)}


def _effect_row(target: Target, n: int, power: float) -> dict[str, Any]:
    assert target.power is not None
    of = target.power
    found = smallest_effect(lambda effect: of(n, effect), power, low=target.least, high=target.most)
    if found is None:
        why = f"no effect is found with a power of {bounded(power)} by so few"
        return {"quantity": "effect", "n": n, "reason": why}
    return {"quantity": "effect", **_at(replace(target, effect=found), n)}


def _method(asked: Question, row: Mapping[str, Any]) -> str:
    return asked.width_method if row["quantity"] == "width" else asked.method


def _completed(
    row: dict[str, Any], question: str, asked: Question, at: Levels, tests: int, retained: float
) -> dict[str, Any]:
    n = row["n"]
    return row | {
        "question": question,
        "n_unit": asked.unit,
        "people": None if n is None else n * asked.people,
        "invited": None if n is None else ceil(n / retained - 1e-9),
        "significance": at.significance,
        "tests": tests,
        "confidence": at.confidence,
        "assurance": at.assurance,
        "reason": row.get("reason", ""),
    }


def _curve(targets: list[Target], rows: list[dict[str, Any]], asked: Question) -> pd.DataFrame:
    """Power and width of each target over a grid of n around what was found."""
    found = []
    for target in targets:
        own = [row for row in rows if row["target"] == target.name and row["n"] is not None]
        if not own:
            continue
        effect = own[0].get("effect")
        known = target if effect is None else replace(target, effect=effect)
        most = 2 * max(row["n"] for row in own)
        least = max(target.lowest, most // (2 * _POINTS))
        for n in dict.fromkeys(np.linspace(least, most, _POINTS).round().astype(int).tolist()):
            point = _at(known, n)
            found.append(point | {"target": target.name, "people": n * asked.people})
    return make_table(found, _CURVE)


def _simulated(
    targets: list[Target],
    rows: list[dict[str, Any]],
    at: Levels,
    n_sim: int,
    seed: int,
    asked: Question,
) -> pd.DataFrame:
    """Power of simulated data sets, beside the one by formula."""
    if all(target.draw is None for target in targets):
        raise UsageError("n_sim: this question is not simulated; its power is by formula.")
    found = []
    for target in targets:
        for row in rows:
            if (
                row["target"] != target.name
                or row["quantity"] == "width"
                or row["n"] is None
                or target.draw is None
                or target.effect is None
                or row["n"] * asked.people * n_sim > _MOST_NUMBERS
            ):
                continue
            checked = simulated_power(
                target.draw(row["n"]), n_sim=n_sim, significance=at.significance, rng=seed
            )
            found.append(
                {
                    "target": target.name,
                    "effect": target.effect,
                    "n": row["n"],
                    "power": row["power"],
                    "simulated_power": float(checked.power[target.column]),
                    "monte_carlo_se": float(checked.error[target.column]),
                    "n_sim": n_sim,
                }
            )
    return make_table(found, _SIMULATION)


# ---------------------------------------------------------------- what is said


def _notes(
    asked: Question,
    parts: Mapping[str, pd.DataFrame],
    rows: list[dict[str, Any]],
    tests: int,
    retained: float,
) -> list[str]:
    notes = []
    if tests > 1:
        notes.append(
            f"The level of the test is divided by {counted(tests, 'test')} (Bonferroni); Holm's "
            "adjustment has at least this power. Intervals are not adjusted."
        )
    if retained < 1:
        notes.append(
            f"n are analysed; to invite are n / {number(retained)}, if those who leave are like "
            "those who stay."
        )
    if "simulation" in parts:
        of = parts["simulation"]
        notes.append(
            f"The power was checked with {count(int(of['n_sim'].iloc[0]))} simulated data sets; "
            "the Monte-Carlo standard error says how far chance takes the simulated one."
        )
    if any(row["quantity"] == "effect" and row.get("effect") is not None for row in rows):
        notes.append("The smallest effect is of either sign, and not what to expect.")
    if len({row["target"] for row in rows if row["quantity"] == "n"}) > 1:
        notes.append("To find each effect the larger n is needed, with a power for each alone.")
    if asked.unit == "couples":
        notes.append("n counts couples of whom both members answer.")
    notes.append(
        "A plan is as good as the effect that it assumes: take one from earlier studies or the "
        "smallest that matters, not from the data that are then analysed."
    )
    return notes


def _named(target: str, value: str = "") -> str:
    """An effect in a sentence, with its value where one is given."""
    name = {
        "alpha": "a coefficient alpha",
        "actor": "an actor effect",
        "partner": "a partner effect",
        "indirect": "an indirect effect",
        "share": "a share",
    }.get(target)
    if not value:
        return name or target
    return f"{name} of {value}" if name else f"{target} = {value}"


def _counted(n: float, unit: str) -> str:
    return counted(int(n), "person" if unit == "people" else "couple", unit)


def _level(value: float) -> str:
    """A level of a test with up to three digits that are not 0, but no more than it has.

    Examples
    --------
    >>> _level(0.05), _level(0.05 / 75), _level(0.025)
    ('.05', '.000667', '.025')
    """
    digits = max(2, min(8, 2 - int(np.floor(np.log10(value)))))
    while digits > 2 and round(value, digits - 1) == round(value, digits):
        digits -= 1
    return bounded(value, digits)
