"""Growth over three waves or more: a mixed model of people's levels and slopes."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from detachment.estimates._panel import Ints
from detachment.estimates._scales import Floats

_AT_ZERO = 1e-5  # a variance so small, over that of the residuals, lies on the boundary


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Growth:
    """A fitted growth model.

    Attributes
    ----------
    terms
        Names of the fixed coefficients, (k,).
    estimate, se, low, high, p
        Of each, by the normal distribution, (k,).
    variances
        Name -> variance: level and slope of people, their covariance where it is estimated, dyads,
        residual.
    people, observations
        Who and how many scores entered.
    reason
        Why there are no numbers; empty when there are.
    warning
        What must be said of the fit.
    """

    terms: tuple[str, ...] = ()
    estimate: Floats
    se: Floats
    low: Floats
    high: Floats
    p: Floats
    variances: dict[str, float]
    people: int
    observations: int
    reason: str = ""
    warning: str = ""


def fit_growth(
    y: Floats,
    times: Sequence[float],
    *,
    arm: Ints,
    arms: Sequence[str],
    dyad: Ints,
    confidence: float,
) -> Growth:
    """Fit y = level + slope x time, by arm, with levels and slopes that differ between people.

    Parameters
    ----------
    y
        Scores, (people, waves), NaN where missing.
    times
        Of the waves; the first is where levels are compared.
    arm, arms
        Arm of each person by number, 0 the reference, (people,); names of all arms.
    dyad
        Of each person, -1 for none, (people,). Where partners are there, dyads have a variance of
        their own, and the level of a person (at the mean time) and slope are independent;
        else level and slope may covary.
    confidence
        Of the intervals.

    Returns
    -------
    Growth

    Notes
    -----
    Restricted maximum likelihood by ``statsmodels.MixedLM``; ``lme4::lmer(y ~ time * arm +
    (1 + time | person))``, or with dyads ``(1 | dyad) + (1 | person) + (0 + time | person)`` with
    centred time, in R. Laird and Ware (1982), Biometrics 38, 963-974.
    """
    person, wave = np.nonzero(~np.isnan(y))
    score, time = y[person, wave], np.asarray(times, dtype=np.float64)[wave] - times[0]
    treated = arm[person][:, None] == np.arange(1, len(arms))
    x = np.column_stack([np.ones_like(time), time, treated, treated * time[:, None]])
    names = list(arms[1:])
    terms = ["intercept", "time", *names, *(f"time x {name}" for name in names)]
    people = len(np.unique(person))
    obstacle = _obstacle(score, time, x, people)
    if obstacle:
        return _nothing(terms, people, len(score), obstacle)
    centred = time - time.mean()
    partners = dyad[np.unique(person)]
    partners = partners[partners >= 0]
    paired = len(np.unique(partners)) < len(partners)
    fit, said = _fit(score, x, person, centred, dyad if paired else None)
    if fit is None:
        return _nothing(terms, people, len(score), said)
    k = len(terms)
    estimate, se = np.asarray(fit.fe_params), np.asarray(fit.bse_fe)
    if not np.isfinite(se).all():
        return _nothing(terms, people, len(score), "its standard errors are not defined")
    z = ndtri((1 + confidence) / 2)
    residual = float(fit.scale)
    if paired:
        level, slope = np.asarray(fit.vcomp)
        variances = {
            "dyad": float(fit.cov_re[0, 0]), "level": float(level), "slope": float(slope),
        }  # fmt: skip
        smallest = min(variances.values())
    else:
        cov = np.asarray(fit.cov_re)
        variances = {
            "level": float(cov[0, 0]), "slope": float(cov[1, 1]), "covariance": float(cov[0, 1]),
        }  # fmt: skip
        smallest = float(np.linalg.eigvalsh(cov)[0])
    if smallest < _AT_ZERO * residual:
        said = (
            "a variance of people's levels, slopes or dyads lies at its boundary (zero, or a "
            "correlation of one): the data do not tell them apart"
        )
    return Growth(
        terms=tuple(terms),
        estimate=estimate[:k],
        se=se[:k],
        low=estimate - z * se,
        high=estimate + z * se,
        p=2 * ndtr(-np.abs(estimate / se)),
        variances=variances | {"residual": residual},
        people=people,
        observations=len(score),
        warning=said,
    )


def _obstacle(score: Floats, time: Floats, x: Floats, people: int) -> str:
    if len(np.unique(time)) < 3:
        return "a growth model needs scores at three waves or more"
    if len(score) <= people + x.shape[1] or people <= x.shape[1]:
        return "there are too few scores of a person to tell levels from slopes"
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return "an arm has scores at too few waves for a slope"
    if np.ptp(score) == 0:
        return "every score is the same"
    return ""


def _fit(
    score: Floats, x: Floats, person: Ints, time: Floats, dyad: Ints | None
) -> tuple[Any, str]:
    """A fitted model and what is doubtful in it, or None and why there is none."""
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    level_and_slope = np.column_stack([np.ones_like(time), time])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say is read from the fit below
        try:
            if dyad is None:
                model = MixedLM(score, x, groups=person, exog_re=level_and_slope)
            else:
                lone = dyad.max() + 1 + np.arange(len(dyad))
                group = np.where(dyad < 0, lone, dyad)[person]
                order = np.argsort(group, kind="stable")
                score, x, person, time = score[order], x[order], person[order], time[order]
                group = group[order]
                model = MixedLM(
                    score, x, groups=group, exog_re=np.ones((len(score), 1)),
                    exog_vc=_components(VCSpec, group, person, time),
                )  # fmt: skip
            fit = model.fit(reml=True, method=["bfgs", "lbfgs", "cg"])
        except (np.linalg.LinAlgError, ValueError):
            return None, "the mixed model could not be fitted (a matrix in it is singular)"
    if not fit.converged:
        return None, "the mixed model did not converge"
    return fit, ""


def _components(spec: type[Any], group: Ints, person: Ints, time: Floats) -> object:
    """Variance components of people within their dyads: a level and a slope each."""
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    levels, slopes, names = [], [], []
    for here in np.split(np.arange(len(group)), starts[1:]):
        who = np.unique(person[here])
        level = (person[here][:, None] == who).astype(np.float64)
        levels.append(level)
        slopes.append(level * time[here][:, None])
        names.append([str(one) for one in who])
    return spec(["level", "slope"], [names, names], [levels, slopes])


def _nothing(terms: Sequence[str], people: int, observations: int, reason: str) -> Growth:
    none = np.full(len(terms), np.nan)
    return Growth(
        terms=tuple(terms),
        estimate=none,
        se=none,
        low=none,
        high=none,
        p=none,
        variances={},
        people=people,
        observations=observations,
        reason=reason,
    )
