"""What can be planned: each question with its options, and how n, power and width hang together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detachment.errors import UsageError, check_word
from detachment.stats.path_power import (
    apim_p_values,
    apim_power,
    correlation_p_values,
    indirect_p_values,
    indirect_power,
    mean_p_values,
    residual_variance,
)
from detachment.stats.power import alpha_power, correlation_power, t_test_power
from detachment.stats.precision import alpha_width, correlation_width, mean_width, proportion_width
from detachment.text import bounded, listing, number

Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]
Options = Mapping[str, Any]
DESIGNS = ("groups", "paired", "couples", "partners")
_MOST_R = 1 - 1e-9
_MOST_D = 1e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One effect that a study is to find, or to measure.

    Attributes
    ----------
    name
        What it is called in a table.
    effect
        Planned value; None where it is to be found out.
    lowest
        Smallest n for which it can be computed.
    most
        Largest effect that there can be; ``least`` the smallest.
    power, width
        From n and the effect to power, and to the width of the interval; None where there is none.
    draw
        From n to what :func:`detachment.stats.simulated_power` takes; None where nothing is
        simulated. ``column`` is the test's place.
    """

    name: str
    effect: float | None
    lowest: int
    least: float = 0.0
    most: float = _MOST_R
    power: Callable[[float, float], float] | None = None
    width: Callable[[float, float | None], float] | None = None
    draw: Callable[[int], Draw] | None = None
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with everything known about it.

    Attributes
    ----------
    targets
        What is to be found or measured.
    unit
        What n counts: people or couples; ``people`` is how many people each is.
    test, interval_of
        Words for sentences.
    method, width_method
        ``exact`` or ``approximate``.
    assumed
        Sentences on what the numbers rest on.
    simulate
        Whether a check by simulation is part of the answer unless it is refused.
    bounded
        Whether effects are at most 1.
    """

    targets: tuple[Target, ...]
    unit: str = "people"
    people: int = 1
    test: str = "two-sided test"
    interval_of: str = ""
    method: str = "exact"
    width_method: str = "exact"
    assumed: tuple[str, ...] = ()
    simulate: bool = False
    bounded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Level of the test after adjustment, confidence, assurance."""

    significance: float
    confidence: float
    assurance: float | None


def correlation(options: Options, at: Levels) -> Question:
    """A correlation, of people or of both members of couples."""
    r = _share(options, "r", signed=True)
    icc_x, icc_y = options["icc_x"], options["icc_y"]
    couples = icc_x is not None or icc_y is not None
    if couples and (icc_x is None or icc_y is None):
        raise UsageError("icc_x and icc_y go together: how alike partners are in both variables.")
    design = 1.0
    if couples:
        design += _share(options, "icc_x", signed=True) * _share(options, "icc_y", signed=True)
    each = 2 if couples else 1

    def size(n: float) -> float:
        return each * n / design

    assumed = ["Both variables are random and normal in the population; the interval is Fisher's."]
    if couples:
        assumed.append(
            f"Both members of a couple answer; they count as {number(each / design)} people, for "
            f"the design effect of a correlation is 1 + icc_x icc_y = {number(design)}. What one "
            "partner's first variable shares with the other's second is not in it."
        )
    target = Target(
        name="r",
        effect=r,
        lowest=4 if not couples else 5,
        power=lambda n, effect: float(correlation_power(effect, size(n), at.significance)),
        width=lambda n, effect: float(
            correlation_width(_known(effect), size(n), at.confidence, assurance=at.assurance)
        ),
        draw=None if couples or r is None else lambda n: correlation_p_values(r, n),
    )
    return Question(
        targets=(target,),
        unit="couples" if couples else "people",
        people=each,
        interval_of="interval of r",
        method="approximate" if couples else "exact",
        width_method="approximate",
        assumed=tuple(assumed),
    )


def alpha(options: Options, at: Levels) -> Question:
    """Coefficient alpha of a scale, against a value to be beaten."""
    reliability, null, items = (options[name] for name in ("reliability", "null", "items"))
    if items is None or items < 2:
        raise UsageError("Planning alpha needs items, the number of items of the scale: 2 or more.")
    value = _share(options, "reliability")
    beaten = _share(options, "null") if null is not None else None
    if reliability is not None and beaten is not None and value == beaten:
        raise UsageError("reliability and null are the same: there is nothing to find.")
    target = Target(
        name="alpha",
        effect=value,
        lowest=4,
        least=beaten or 0.0,
        power=None
        if beaten is None
        else lambda n, effect: float(alpha_power(effect, beaten, n, items, at.significance)),
        width=lambda n, effect: float(
            alpha_width(_known(effect), n, items, at.confidence, assurance=at.assurance)
        ),
    )
    against = f" against a coefficient of {bounded(beaten)}" if beaten is not None else ""
    return Question(
        targets=(target,),
        test=f"two-sided test{against}",
        interval_of="interval of coefficient alpha",
        assumed=(
            f"The {items} items are essentially parallel and normal, as Feldt's test and interval "
            "take them to be; skewed or categorical answers need more people.",
        ),
    )


def difference(options: Options, at: Levels) -> Question:
    """A difference of means, in standard deviations."""
    design = check_word("design", options["design"] or "groups", DESIGNS)
    d, ratio, icc, retest_r = (options[name] for name in ("d", "ratio", "icc", "retest_r"))
    _fits(options, design)
    ratio = 1.0 if ratio is None else float(ratio)
    if not ratio > 0:
        raise UsageError(f"ratio is the second group's size over the first's, not {ratio:g}.")
    retest = _share(options, "retest_r", signed=True) if retest_r is not None else 0.0
    alike = _share(options, "icc", signed=True) if icc is not None else 0.0
    if design in ("paired", "partners"):
        similar = retest if design == "paired" else alike
        spread = 2 * (1 - similar)

        def parts(n: float) -> tuple[float, float]:
            return spread / n, n - 1

        what = "measurements of the same people" if design == "paired" else "partners"
        assumed = [
            f"The two {what} correlate {bounded(similar)}, so that dz = d / "
            f"sqrt(2 (1 - r)) = {number(1 / np.sqrt(spread))} d; differences are normal."
        ]
    else:
        unit = (1 + alike) / 2 if design == "couples" else 1.0
        unit *= 1 - retest**2
        known = 1 if retest_r is not None else 0

        def parts(n: float) -> tuple[float, float]:
            first = np.floor(n / (1 + ratio))
            return unit * (1 / first + 1 / (n - first)), n - 2 - known

        assumed = [
            "n counts both groups together. Answers are normal with one standard deviation in both."
        ]
        if design == "couples":
            assumed.append(
                f"Whole couples are in one group or the other, and partners correlate "
                f"{bounded(alike)}: the mean of two partners has the variance (1 + icc) / 2 = "
                f"{number((1 + alike) / 2)}, a design effect of {number(1 + alike)} for their "
                "number."
            )
        if known:
            assumed.append(
                f"A measurement before correlates {bounded(retest)} with the one after and is in "
                f"the analysis (ANCOVA), which leaves {number(1 - retest**2)} of the variance"
                + (", the same within and between couples." if design == "couples" else ".")
            )
    if ratio != 1:
        assumed.append(f"The second group is {number(ratio)} times as large as the first.")
    assumed.append(
        "d is the difference over the standard deviation of one measurement; its interval is that "
        "of t, in these standard deviations."
    )

    def noncentrality(n: float, effect: float) -> tuple[float, float]:
        variance, df = parts(n)
        return effect / np.sqrt(variance), df

    def power(n: float, effect: float) -> float:
        nc, df = noncentrality(n, effect)
        return float(t_test_power(nc, df, at.significance))

    def width(n: float, _effect: float | None) -> float:
        return float(mean_width(*parts(n), at.confidence, assurance=at.assurance))

    def draw(n: int) -> Draw:
        nc, df = noncentrality(n, _known(d))
        return mean_p_values(nc, int(df))

    lowest = int(np.ceil(4 + 2 * max(ratio, 1 / ratio)))  # two or more in the smaller group
    if design in ("paired", "partners"):
        lowest = 3
    target = Target(
        name="d",
        effect=d,
        lowest=lowest,
        most=_MOST_D,
        power=power,
        width=width,
        draw=None if d is None else draw,
    )
    couples = design in ("couples", "partners")
    method = "approximate" if retest_r is not None and design != "paired" else "exact"
    return Question(
        targets=(target,),
        unit="couples" if couples else "people",
        people=2 if couples else 1,
        interval_of="interval of the difference",
        method=method,
        width_method=method,
        assumed=tuple(assumed),
        bounded=False,
    )


def proportion(options: Options, at: Levels) -> Question:
    """A share, of people or of both members of couples."""
    share = 0.5 if options["share"] is None else _share(options, "share")
    couples = options["icc"] is not None
    design = 1 + (_share(options, "icc", signed=True) if couples else 0.0)
    each = 2 if couples else 1
    assumed = ["The interval is Wilson's, at the planned share."]
    if options["share"] is None:
        assumed.append("The share is planned as .50, for which the interval is widest.")
    if couples:
        assumed.append(
            f"Both members of a couple answer; they count as {number(each / design)} people, for "
            f"the design effect is 1 + icc = {number(design)}."
        )
    target = Target(
        name="share",
        effect=share,
        lowest=2,
        width=lambda n, effect: float(
            proportion_width(
                _known(effect), each * n / design, at.confidence, assurance=at.assurance
            )
        ),
    )
    return Question(
        targets=(target,),
        unit="couples" if couples else "people",
        people=each,
        interval_of="interval of the share",
        width_method="approximate" if couples or at.assurance is not None else "exact",
        assumed=tuple(assumed),
    )


def apim(options: Options, at: Levels) -> Question:
    """Actor and partner effects of couples."""
    apart = bool(options["distinguishable"])
    actor, partner = (_share(options, name, signed=True) for name in ("actor", "partner"))
    icc_x = _share(options, "icc_x", signed=True) if options["icc_x"] is not None else 0.0
    icc_e = 0.0
    if options["icc_residual"] is not None:
        icc_e = _share(options, "icc_residual", signed=True)
    if actor is None and partner is None:
        raise UsageError("Planning an APIM needs actor or partner, the standardised effects.")
    a, p = actor or 0.0, partner or 0.0
    if residual_variance(a, p, icc_x) <= 0:
        raise UsageError(
            f"actor = {a:g}, partner = {p:g} and icc_x = {icc_x:g} would explain more than all of "
            "the outcome: standardised effects are smaller."
        )
    shared: dict[str, Any] = {"icc_x": icc_x, "icc_residual": icc_e, "distinguishable": apart}

    def of(k: int, other: float) -> Callable[[float, float], float]:
        def power(n: float, effect: float) -> float:
            # power is the same with both signs turned, so that the other effect may be positive
            first, second = (effect, other) if k == 0 else (other, effect)
            return float(apim_power(first, second, n, significance=at.significance, **shared)[k])

        return power

    def most(other: float) -> float:
        # where the two effects explain everything: effect^2 + other^2 + 2 effect other icc = 1
        root = np.sqrt(1 - other**2 * (1 - icc_x**2))
        return float(root - other * icc_x) * (1 - 1e-9)

    targets = tuple(
        Target(
            name=name,
            effect=effect,
            lowest=6,
            most=most(abs(other)),
            power=of(k, abs(other) if effect is None else other),
            draw=lambda n: apim_p_values(a, p, n, **shared),
            column=k,
        )
        for k, (name, effect, other) in enumerate((("actor", actor, p), ("partner", partner, a)))
    )
    members = (
        "Members are distinguishable, and the effects are those on the outcome of one role."
        if apart
        else "Members are exchangeable, and both have the same effects."
    )
    unsaid = [name for name in ("icc_x", "icc_residual") if options[name] is None]
    if apart:
        members += " How alike their residuals are does not matter."
        unsaid = [name for name in unsaid if name != "icc_residual"]
    if unsaid:
        members += f" Not given, and taken as 0: {listing(unsaid)}."
    return Question(
        targets=targets,
        unit="couples",
        people=2,
        method="exact" if apart else "approximate",
        assumed=(
            members,
            f"Partners correlate {bounded(icc_x)} in the predictor and {bounded(icc_e)} in the "
            "residuals of the outcome; variables are normal, effects standardised.",
        ),
        simulate=True,
    )


def mediation(options: Options, at: Levels) -> Question:
    """An indirect effect by joint significance."""
    a, b = (_share(options, name, signed=True) for name in ("a", "b"))
    direct = 0.0
    if options["direct"] is not None:
        direct = _share(options, "direct", signed=True)
    if a is None or b is None:
        raise UsageError("Planning a mediation needs a and b, both paths of the indirect effect.")
    if residual_variance(b, direct, a) <= 0:
        raise UsageError(
            f"a = {a:g}, b = {b:g} and direct = {direct:g} would explain more than all of the "
            "outcome: standardised paths are smaller."
        )
    target = Target(
        name="indirect",
        effect=a * b,
        lowest=5,
        power=lambda n, _effect: float(
            indirect_power(a, b, n, direct=direct, significance=at.significance)
        ),
        draw=lambda n: indirect_p_values(a, b, n, direct=direct),
    )
    return Question(
        targets=(target,),
        test="two-sided test of both paths (joint significance)",
        method="approximate",
        assumed=(
            f"Standardised paths a = {bounded(a)}, b = {bounded(b)}, direct {bounded(direct)}; "
            "variables are normal and measured without error. A bootstrap of the indirect effect "
            "has about the power of the joint test.",
            "A mediation of answers given at one time is not causal, however many people answer.",
        ),
        simulate=True,
    )


QUESTIONS: Mapping[str, Callable[[Options, Levels], Question]] = {
    "correlation": correlation,
    "alpha": alpha,
    "difference": difference,
    "apim": apim,
    "proportion": proportion,
    "mediation": mediation,
}
# Which options belong to which question, the effect first.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "correlation": ("r", "icc_x", "icc_y"),
    "alpha": ("reliability", "null", "items"),
    "difference": ("d", "design", "ratio", "retest_r", "icc"),
    "apim": ("actor", "partner", "icc_x", "icc_residual", "distinguishable"),
    "proportion": ("share", "icc"),
    "mediation": ("a", "b", "direct"),
}


def _fits(options: Options, design: str) -> None:
    """Refuse options that another design takes."""
    takes = {
        "groups": ("ratio", "retest_r"),
        "paired": ("retest_r",),
        "couples": ("ratio", "retest_r", "icc"),
        "partners": ("icc",),
    }
    for name in ("ratio", "retest_r", "icc"):
        if options[name] is not None and name not in takes[design]:
            raise UsageError(f"{name} does not belong to the design {design}.")
    needed = {"paired": "retest_r", "couples": "icc", "partners": "icc"}.get(design)
    if needed and options[needed] is None:
        why = (
            "how alike the two measurements are" if design == "paired" else "how alike partners are"
        )
        raise UsageError(f"The design {design} needs {needed}, {why}: a correlation.")


def _share(options: Options, name: str, *, signed: bool = False) -> Any:  # noqa: ANN401 - see below
    """The value of an option within its limits; None where it is not given."""
    value = options[name]
    if value is None:
        return None
    low = -1 if signed else 0
    if not low < value < 1:
        raise UsageError(f"{name} lies between {low} and 1; it cannot be {value:g}.")
    return float(value)


def _known(effect: float | None) -> float:
    return float("nan") if effect is None else effect
