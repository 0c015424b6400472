"""Scale scores, one row a respondent and wave."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from detachment.errors import SurveyError, check_word, warn
from detachment.instruments import Instrument, Scale
from detachment.scoring._answers import Floats, as_survey, keyed_matrix
from detachment.scoring._selectors import select_scales
from detachment.text import listing
from detachment.validation import Survey

Missing = Literal["min_valid", "none", "mean", "median"]
MISSING = ("min_valid", "none", "mean", "median")
ID_ROLES = ("respondent_id", "wave", "dyad_id", "partner_role", "group")


class Scores(NamedTuple):
    """What one scale gives each row; NaN where too few items are answered."""

    score: Floats
    pomp: Floats
    signs_present: Floats | None


def score(
    data: Survey | pd.DataFrame,
    *,
    scales: str | Sequence[str] | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
    missing: Missing = "min_valid",
) -> pd.DataFrame:
    """Score the scales of a survey.

    A score is given when the answered share of a scale's items reaches its ``min_valid``; otherwise
    it is missing, and a missing answer never counts as 0. ``mean`` is the mean of the answered
    items. ``sum`` is that mean times the number of items (the prorated person mean), so that it
    equals the plain sum when everything is answered; ``sum_correct`` likewise counts right
    answers, and "don't know" is not right. Where items have different ranges, an incomplete score
    stands as far between the lowest and the highest possible score as the answers given stand
    between theirs.

    Parameters
    ----------
    data
        A survey, or a plain table with one column an item.
    scales
        A selector (see :func:`~detachment.scoring.select_scales`). By default every scale of which
        the data hold at least one item.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.
    missing
        ``min_valid``: a score needs as many answers as its scale says. ``none``: any answer is
        enough, and nothing is put in its place. ``mean``, ``median``: a missing answer counts as
        the item's mean or median among those who answered it, as ``psych::scoreItems(impute=)``
        does; scores of different respondents then look more alike than they are. Who answered no
        item has no score under any of them.

    Returns
    -------
    DataFrame
        Index ``row``. The id columns that there are (respondent, wave, dyad, partner role, group);
        then for each scale ``<id>``, ``<id>_pomp`` (percent of the maximum possible, 0 to 100) and,
        where the scale counts signs, ``<id>_signs_present``: how many items are at or above
        ``signs_present_from``, given when all are answered.

    Raises
    ------
    UsageError
        When a selector or a rule for missing answers is unknown.
    SurveyError
        When no item of a named scale, or of any scale, is in the data.

    Warns
    -----
    DataWarning
        When a part of a scale's items is not in the data.

    References
    ----------
    Cohen, P., Cohen, J., Aiken, L. S., & West, S. G. (1999). The problem of units and the
    circumstance for POMP. *Multivariate Behavioral Research*, 34(3), 315-346.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 5, 2], "b": [2, 4, None]})
    >>> score(answers, values=(1, 5))["scale"].tolist()
    [1.5, 4.5, nan]
    """
    check_word("missing", missing, MISSING)
    survey = as_survey(data, reverse=reverse, values=values)
    instrument = survey.instrument
    chosen = select_scales(instrument, scales)
    empty = [scale for scale in chosen if not present_items(survey, scale)]
    if scales is None and len(empty) < len(chosen):
        chosen = tuple(scale for scale in chosen if scale not in empty)
    elif empty:
        raise SurveyError(
            f"None of the items of {listing(scale.id for scale in empty)} is in these data, so "
            "there is nothing to score. `detachment inspect` shows what the columns are called; "
            "`column:` in the instrument file says where an item is."
        )
    table: dict[str, object] = {
        column.id: survey.responses[column.id]
        for role in ID_ROLES
        for column in instrument.columns_with_role(role)
        if column.id in survey.responses
    }
    for scale in chosen:
        absent = [use.id for use in scale.items if use.id not in survey.responses]
        if absent:
            warn(
                f"{scale.id}: {listing(absent, shown=5)} "
                f"{'is' if len(absent) == 1 else 'are'} not in the data and counted as not "
                f"answered by anyone ({len(scale.items) - len(absent)} of {len(scale.items)} "
                f"items are there; a score needs {scale.min_valid:.0%} of them).",
                stacklevel=2,
            )
        keyed = keyed_matrix(survey, scale.id)
        scores = score_scale(instrument, scale, keyed, missing)
        table[scale.id] = scores.score
        table[f"{scale.id}_pomp"] = scores.pomp
        if scores.signs_present is not None:
            table[f"{scale.id}_signs_present"] = scores.signs_present
    return pd.DataFrame(table, index=survey.responses.index)


def present_items(survey: Survey, scale: Scale) -> tuple[str, ...]:
    """Items of a scale that the data hold, in the scale's order.

    Parameters
    ----------
    survey
        Validated answers.
    scale
        A scale of its instrument.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> survey = as_survey(pd.DataFrame({"a": [1, 2], "b": [2, 1]}))
    >>> present_items(survey, survey.instrument.scales["scale"])
    ('a', 'b')
    """
    return tuple(use.id for use in scale.items if use.id in survey.responses)


def score_scale(
    instrument: Instrument, scale: Scale, keyed: Floats, missing: Missing = "min_valid"
) -> Scores:
    """Score one scale from its keyed answers.

    Parameters
    ----------
    instrument
        What was asked.
    scale
        One of its scales.
    keyed
        Keyed answers, (rows, items), NaN where missing; see
        :func:`~detachment.scoring.keyed_answers`.
    missing
        What missing answers do; see :func:`score`.

    Returns
    -------
    Scores
        Three arrays of (rows,).

    Examples
    --------
    >>> survey = as_survey(pd.DataFrame({"a": [1, 5], "b": [2, 4]}), values=(1, 5))
    >>> keyed = keyed_matrix(survey, "scale")
    >>> score_scale(survey.instrument, survey.instrument.scales["scale"], keyed).pomp.tolist()
    [12.5, 87.5]
    """
    lowest, highest = item_ends(instrument, scale)
    width = highest - lowest
    answered = ~np.isnan(keyed)
    n_answered = answered.sum(axis=1)
    enough = n_answered > 0
    if missing == "min_valid":
        enough &= n_answered >= scale.min_valid * len(scale.items) - 1e-9
    elif missing != "none":
        keyed = _filled(keyed, missing)
        answered = ~np.isnan(keyed)
        n_answered = answered.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(keyed, axis=1) / n_answered
        above_lowest = np.where(answered, keyed - lowest, 0.0).sum(axis=1)
        share = above_lowest / np.where(answered, width, 0.0).sum(axis=1)
        if len(set(zip(lowest, highest, strict=True))) > 1 and np.isfinite(width).all():
            mean = np.where(answered.all(axis=1), mean, lowest.mean() + share * width.mean())
    times = 1 if scale.score == "mean" else len(scale.items)
    signs_present = None
    if scale.signs_present_from is not None:
        signs = (keyed >= scale.signs_present_from).sum(axis=1)
        signs_present = np.where(answered.all(axis=1), signs, np.nan)
    return Scores(
        score=np.where(enough, times * mean, np.nan),
        pomp=np.where(enough & np.isfinite(width.sum()), 100 * share, np.nan),
        signs_present=signs_present,
    )


def _filled(keyed: Floats, by: Literal["mean", "median"]) -> Floats:
    """Answers with the item's mean or median where one is missing, if anyone answered the item."""
    middle = np.full(keyed.shape[1], np.nan)
    for j, column in enumerate(keyed.T):
        seen = column[~np.isnan(column)]
        if len(seen):
            middle[j] = seen.mean() if by == "mean" else np.median(seen)
    return np.where(np.isnan(keyed), middle, keyed)


def item_ends(instrument: Instrument, scale: Scale) -> tuple[Floats, Floats]:
    """Lowest and highest keyed answer of each item of a scale (0 and 1 in a test).

    Parameters
    ----------
    instrument
        What was asked.
    scale
        One of its scales.

    Returns
    -------
    two ndarrays of (items,)

    Examples
    --------
    >>> survey = as_survey(pd.DataFrame({"a": [1, 5], "b": [2, 4]}), values=(1, 5))
    >>> item_ends(survey.instrument, survey.instrument.scales["scale"])
    (array([1., 1.]), array([5., 5.]))
    """
    ends = np.array(
        [
            (0.0, 1.0)
            if scale.model == "dichotomous_test" and instrument.items[use.id].answer is not None
            else (
                instrument.response_scale(use.id).minimum,
                instrument.response_scale(use.id).maximum,
            )
            for use in scale.items
        ],
        dtype=np.float64,
    )
    return ends[:, 0], ends[:, 1]
