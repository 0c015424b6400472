"""Rows of growth over three waves or more: people's levels and slopes, by arm."""

import numpy as np

from detachment.estimates._change_rows import Arms, Row
from detachment.estimates._panel import Panel
from detachment.estimates._scales import Floats
from detachment.stats.growth import Growth, fit_growth


def growth_rows(
    scale: str, values: Floats, panel: Panel, arms: Arms, confidence: float
) -> tuple[list[Row], list[Row], str]:
    """Fixed coefficients, variances, and what must be said of the fit of one scale.

    Levels and slopes of people covary; partners share a part of their level. The time is that of
    the waves, from the first.
    """
    who = arms.anyone
    y = np.column_stack([panel.at(values, wave) for wave in range(len(panel.waves))])[who]
    used = ~np.isnan(y).all(axis=1)
    dyads = panel.dyad[who][used]
    dyads = dyads[dyads >= 0]
    fit = fit_growth(
        y,
        panel.times,
        between=arms.member[1:, who].T.astype(np.float64),
        clusters=panel.clusters[who] if len(np.unique(dyads)) < len(dyads) else None,
        confidence=confidence,
    )
    names = arms.names[1:]
    terms = ["intercept", "time", *names, *(f"time x {name}" for name in names)]
    reason = _reason(y, fit)
    given = np.nan if reason else 1.0
    rows: list[Row] = [
        {
            "scale": scale, "term": term, "people": fit.people, "observations": fit.observations,
            "estimate": given * fit.estimate[k], "low": given * fit.low[k],
            "high": given * fit.high[k], "se": given * fit.se[k], "p": given * fit.p[k],
            "reason": reason,
        }
        for k, term in enumerate(terms)
    ]  # fmt: skip
    if reason:
        return rows, [], ""
    variances = {
        "level": fit.level, "slope": fit.slope, "covariance": fit.covariance, "dyad": fit.cluster,
        "residual": fit.residual,
    }  # fmt: skip
    said = ""
    if fit.boundary:
        said = (
            "a variance of people's levels, slopes or dyads lies at its boundary (zero, or a "
            "correlation of one): the data do not tell them apart"
        )
    shown = [
        {"scale": scale, "of": name, "variance": value}
        for name, value in variances.items()
        if not np.isnan(value)
    ]
    return rows, shown, said


def _reason(y: Floats, fit: Growth) -> str:
    """Why a growth model has no numbers; empty when it has."""
    if (~np.isnan(y)).any(axis=0).sum() < 3:
        return "a growth model needs scores at three waves or more"
    most = fit.people + len(fit.estimate)
    if fit.observations <= most or fit.people <= len(fit.estimate):
        return "there are too few scores of a person to tell levels from slopes"
    if np.isnan(fit.estimate).any():
        return "scores do not vary, or an arm has scores at too few waves for a slope"
    return "" if fit.converged else "the mixed model did not converge"
