"""Where people stand on the factors of a confirmatory model."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from detachment.errors import Refusal, UsageError, check_word
from detachment.estimates._latent import check_rows, named_columns, take_latent
from detachment.estimates._latent_answers import identical_items
from detachment.estimates._scales import Missing, by_likelihood, data_warnings, emit, take_sample
from detachment.stats.sem.estimate import fit_model, improper
from detachment.stats.sem.model import cfa_model
from detachment.stats.sem.sample import sample_moments
from detachment.stats.sem.scores import ScoreMethod
from detachment.stats.sem.scores import factor_scores as scores_of
from detachment.text import listing
from detachment.validation import Survey

METHODS = ("regression", "bartlett")
MISSING = ("fiml", "listwise")


def factor_scores(
    data: Survey | pd.DataFrame,
    *,
    model: str | None = None,
    scales: str | Sequence[str] | None = None,
    method: ScoreMethod = "regression",
    missing: Missing = "fiml",
    std_lv: bool = False,
    orthogonal: bool = False,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Score people on the factors of a model, one row a respondent.

    Parameters
    ----------
    data, model, scales, std_lv, orthogonal
        As for :func:`detachment.estimates.cfa.cfa`. The model is fitted by maximum likelihood, to
        answers taken as continuous; of ordered items :func:`detachment.estimates.irt.irt_scores`
        gives scores of one scale.
    method
        ``regression``: the expected factor given the answers, drawn to the mean where they say
        little. ``bartlett``: unbiased given the factor, and more scattered.
    missing
        Whose answers the model is fitted to: ``fiml``, everyone with any; ``listwise``, who
        answered every item. Everyone with an answer is scored.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    DataFrame
        Index ``row``. The id columns that there are, then for each factor its id and ``<id>_se``,
        in the units of the model (std_lv: its standard deviations), with mean 0. A person without
        an answer has no score.

    Raises
    ------
    UsageError
        When the model cannot be read or an option does not fit.
    Refusal
        When the solution is improper or was not found: scores from it would mean nothing.
    SurveyError
        When an item of the model has no variance.

    Warns
    -----
    DataWarning
        Answers off their scale, columns in doubt.

    References
    ----------
    Thurstone, L. L. (1935). *The vectors of mind*. Bartlett, M. S. (1937). *British Journal of
    Psychology, 28*, 97-104. R: ``lavaan::lavPredict``.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> f = rng.normal(size=(200, 1))
    >>> answers = pd.DataFrame(f + rng.normal(size=(200, 4)), columns=list("abcd"))
    >>> scores = factor_scores(answers, model="f =~ a + b + c + d")
    >>> scores.columns.tolist(), bool(np.corrcoef(scores["f"], f[:, 0])[0, 1] > 0.8)
    (['f', 'f_se'], True)
    """
    check_word("method", method, METHODS)
    rule = by_likelihood(missing)
    check_word("missing", str(rule), MISSING)
    data, reverse = named_columns(data, model, reverse)
    sample = take_sample(data, wave=wave, reverse=reverse, values=values)
    latent = take_latent(sample, model, scales)
    answers = latent.answers
    gaps = np.isnan(answers)
    used = np.asarray(~gaps.any(axis=1) if rule == "listwise" else ~gaps.all(axis=1))
    emit(data_warnings(sample, latent.items))
    if copies := identical_items(latent.items, answers[used]):
        raise Refusal(
            f"{listing(copies, shown=5)} have the same answer in every row: is one a copy of the "
            "other? Leave one of them out of the model."
        )
    try:
        own = cfa_model(
            latent.text, latent.items, meanstructure=True, std_lv=std_lv, orthogonal=orthogonal
        )
    except ValueError as wrong:
        raise UsageError(f"The model cannot be used: {wrong}") from None
    check_rows(int(used.sum()), len(latent.items), own.n_free, complete=rule == "listwise")
    moments = sample_moments(answers[used], "fiml" if rule == "fiml" else "listwise")
    if not moments.saturated:
        raise Refusal(
            "The covariances of these items have no proper maximum likelihood estimate: an item "
            "follows from others, or a pair of items was answered together by too few. Leave out "
            "an item."
        )
    fit = fit_model(own, [moments], "ML")
    doubts = improper(fit)
    if not fit.converged or doubts:
        what = doubts[0] if doubts else "the maximum was not found"
        raise Refusal(
            f"There are no scores: the solution is improper ({what}). Look at the model first "
            "(cfa), and change it."
        )
    (found,) = scores_of(fit.model, fit.theta, [answers], method)
    table = sample.people()
    for j, factor in enumerate(own.latent):
        table[factor] = found.scores[:, j]
        table[f"{factor}_se"] = found.errors[:, j]
    return pd.DataFrame(table, index=sample.survey.responses.index[sample.rows])
