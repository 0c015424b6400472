"""Items of one or several scales together, and their correlations: what factors are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from detachment.errors import Refusal, SurveyError, UsageError, check_word
from detachment.estimates._scales import (
    CountedSample,
    Floats,
    Missing,
    MissingRule,
    PreparedScale,
    Sample,
    check_missing,
    choose_scales,
    data_warnings,
    masked_notes,
    partner_notes,
    prepare_answers,
    prepare_counted,
    prepare_scales,
    take_counted,
    take_sample,
)
from detachment.instruments import Scale, ScaleItem
from detachment.scoring import present_items
from detachment.stats.moments import correlation_from, effective_n
from detachment.text import counted, listing, number
from detachment.validation import LazySurvey, Survey

Method = Literal["pearson", "polychoric"]
METHODS = ("pearson", "polychoric")
SINGULAR = 1e-10
FEWEST = 3  # items; two have one correlation, which fits any factor
_MOST_CATEGORIES = 20
_SHOWN = 5
_INDEPENDENT = "p values are then too small and intervals too narrow"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pool:
    """Items that are analysed together.

    Attributes
    ----------
    sample
        The rows used.
    scales
        Whose items these are.
    part
        The items that can be used: their keyed answers, their moments, how many respondents.
    method, missing
        As asked.
    cor
        Correlations of the items, (p, p).
    smallest
        Smallest eigenvalue of them before any smoothing.
    smoothed
        Whether they were smoothed.
    n
        What tests take as the number of respondents.
    warnings, notes
        What must be looked at, and what a reader must know.
    """

    sample: Sample
    scales: tuple[Scale, ...]
    part: PreparedScale
    method: Method
    missing: MissingRule
    cor: Floats
    smallest: float
    smoothed: bool
    n: float
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def label(self) -> str:
        """What people read for these items together."""
        return self.part.scale.label

    @property
    def singular(self) -> str:
        """Why the correlations cannot be inverted; empty when they can."""
        if self.smallest > SINGULAR:
            return ""
        return (
            "the correlations are not positive definite (smallest eigenvalue "
            f"{number(self.smallest, 4)})"
        )


def take_pool(
    data: Survey | LazySurvey | pd.DataFrame,
    *,
    scales: str | Sequence[str] | None,
    method: Method,
    missing: Missing,
    smooth: bool,
    wave: int | str | None,
    reverse: Sequence[str],
    values: Sequence[float] | None,
    counts: bool = False,
) -> Pool:
    """Items, correlations, and every doubt about them.

    ``counts``: whether a lazy survey is counted rather than read.
    """
    check_word("method", method, METHODS)
    rule = check_missing(missing)
    if method == "polychoric" and rule == "em":
        raise UsageError(
            "missing='em' is for Pearson correlations (it assumes normal answers); polychoric "
            "correlations take pairwise or listwise."
        )
    take = take_counted if counts else take_sample
    sample = take(data, wave=wave, reverse=reverse, values=values)
    chosen, absent = _choose(sample, scales)
    chosen, whole, keyed = _together(chosen)
    part = _prepared_together(sample, whole, keyed, rule)
    if part.obstacle:
        raise Refusal(f"No factors of {whole.label} can be looked for: {part.obstacle}.")
    if len(part.items) < FEWEST:
        left = "".join(f"; {item} {why}" for item, why in part.left_out.items())
        raise Refusal(
            f"No factors of {whole.label} can be looked for: {counted(len(part.items), 'item')} "
            f"can be used, and at least three are needed{left}. Name more scales, or ask for their "
            "correlation (correlate)."
        )
    said = [*part.warnings]
    own: list[PreparedScale] = []
    if not sample.is_frame:
        # a key is doubtful against the rest of its own scale, not against all items
        own = prepare_scales(sample, chosen, rule)
        said = [*(a.message + "." for p in own for a in p.alarms), *said]
    said += data_warnings(sample, part.items)
    cor = _correlations(part, method)
    if np.isnan(cor).any():
        i, j = (int(k[0]) for k in np.nonzero(np.isnan(cor)))
        raise SurveyError(
            f"The correlation of {part.items[i]} and {part.items[j]} is unknown in these data, so "
            "there are no factors. Leave out one of them, or use another rule for missing answers."
        )
    smallest = float(np.linalg.eigvalsh(cor)[0])
    smoothed = smooth and smallest <= SINGULAR
    pool = Pool(
        sample=sample,
        scales=chosen,
        part=part,
        method=method,
        missing=rule,
        cor=_smooth(cor) if smoothed else cor,
        smallest=smallest,
        smoothed=smoothed,
        n=float(effective_n(part.moments.n)),
        warnings=(),
        notes=(),
    )
    if pool.singular:
        said.append(_not_definite(pool))
    notes = (*sample.notes, *absent, *masked_notes(sample, chosen, own), *_notes(pool))
    warnings = tuple(dict.fromkeys(said))
    return replace(pool, warnings=warnings, notes=notes)


def _choose(
    sample: Sample, selector: str | Sequence[str] | None
) -> tuple[tuple[Scale, ...], tuple[str, ...]]:
    """Scales named; by default those of the signs, or the only scale there is."""
    scales = sample.instrument.scales
    if selector is None and len(scales) > 1:
        if not sample.instrument.scales_with_role("sign"):
            raise UsageError(
                "Say whose items are analysed together with --scale (scales= in Python): a scale, "
                f"a role in the plural, or several. The scales are: {', '.join(scales)}."
            )
        signs = [scale for scale in scales.values() if scale.role == "sign"]
        if not any(present_items(sample.survey, scale) for scale in signs):
            there = [s.id for s in scales.values() if present_items(sample.survey, s)]
            raise SurveyError(
                "None of the items of the signs is in these data. "
                + (
                    "Say whose items are analysed together with --scale (scales= in Python); here "
                    f"are those of {listing(there, shown=_SHOWN)}."
                    if there
                    else "`detachment inspect` shows what the columns are called."
                )
            )
        selector = "signs"
    return choose_scales(sample, selector)


def _together(
    chosen: tuple[Scale, ...],
) -> tuple[tuple[Scale, ...], Scale, dict[str, str]]:
    """Scales that bring items, their items as one, each once, and which scale keys each."""
    uses: dict[str, ScaleItem] = {}
    keyed: dict[str, str] = {}
    bring = []
    for scale in chosen:
        new = [use for use in scale.items if use.id not in uses]
        uses |= {use.id: use for use in new}
        keyed |= {use.id: scale.id for use in new}
        if new:
            bring.append(scale)
    whole = replace(bring[0], items=tuple(uses.values()), min_valid=0.0)
    if len(bring) > 1:
        label = listing((scale.label for scale in bring), shown=_SHOWN)
        test = all(scale.model == "dichotomous_test" for scale in bring)
        model: Literal["dichotomous_test", "reflective"]
        model = "dichotomous_test" if test else "reflective"
        whole = replace(whole, id="+".join(s.id for s in bring), label=label, model=model)
    return tuple(bring), whole, keyed


def _prepared_together(
    sample: Sample, whole: Scale, keyed: Mapping[str, str], rule: MissingRule
) -> PreparedScale:
    """Items of several scales as one, each as its own scale keys it."""
    if isinstance(sample, CountedSample):
        return prepare_counted(sample, [whole], {whole.id: keyed}, rule)[0]
    answers = {name: sample.keyed(name) for name in dict.fromkeys(keyed.values())}
    places = {name: [use.id for use in sample.instrument.scales[name].items] for name in answers}
    columns = [answers[name][:, places[name].index(item)] for item, name in keyed.items()]
    return prepare_answers(sample, whole, np.column_stack(columns), rule)


def _correlations(part: PreparedScale, method: Method) -> Floats:
    if method == "pearson":
        if part.missing == "em":
            return np.clip(correlation_from(part.moments.cov), -1.0, 1.0)
        # of each pair, standard deviations too: R's cor(use = "pairwise")
        return part.pearson[0]
    for item, n_categories in zip(part.items, part.n_different, strict=True):
        if n_categories > _MOST_CATEGORIES:
            raise Refusal(
                f"{item} has {n_categories} different answers, and polychoric correlations are for "
                f"few ordered categories (at most {_MOST_CATEGORIES} here). Ask for pearson."
            )
    return part.polychoric.r


def _smooth(cor: Floats) -> Floats:
    """Lift eigenvalues that are not positive, or are so by rounding only, as psych::cor.smooth."""
    values, vectors = np.linalg.eigh(cor)
    lifted = (vectors * np.maximum(values, 10 * SINGULAR)) @ vectors.T
    sd = np.sqrt(np.diag(lifted))
    return np.asarray(lifted / np.outer(sd, sd), dtype=np.float64)


def _not_definite(pool: Pool) -> str:
    why = "answers that were left out pair by pair, a duplicated item, or too few respondents"
    if pool.method == "polychoric":
        why = "sparse categories, answers left out pair by pair, or too few respondents"
    message = f"{pool.label}: {pool.singular}: {why}."
    if pool.smoothed:
        return f"{message} They were smoothed, as asked."
    return f"{message} {cure(pool)}"


def cure(pool: Pool) -> str:
    """What to ask for when the correlations are not positive definite."""
    others = []
    if pool.missing == "pairwise" and not pool.part.full:
        others = ["missing='listwise'"] if pool.method == "polychoric" else ["missing='em'"]
    return f"Try {listing([*others, 'fewer items', 'smoothing (smooth=True, --smooth)'], 'or')}."


def _notes(pool: Pool) -> tuple[str, ...]:
    part = pool.part
    notes = []
    if len(pool.scales) > 1:
        names = listing((scale.id for scale in pool.scales), shown=_SHOWN)
        notes.append(f"The items of {names} are analysed together.")
    if part.reversed:
        notes.append(
            "Reversed before every statistic (lowest + highest - answer): "
            f"{listing(part.reversed)}."
        )
    what = "Pearson" if pool.method == "pearson" else "Polychoric (two-step)"
    rule = {
        "listwise": f"of the {counted(part.n, 'respondent')} who answered every item",
        "pairwise": (
            "each of everyone who answered both items; tests take the harmonic mean of these "
            f"numbers as n ({number(pool.n, 1)})"
        ),
        "em": (
            "by maximum likelihood under normality (EM), from every answer there is; tests take "
            f"the harmonic mean of the numbers of pairs of answers as n ({number(pool.n, 1)})"
        ),
    }[pool.missing]
    if part.full and pool.missing != "listwise":
        rule = f"of {counted(part.n, 'respondent')} with complete answers"
    notes.append(f"{what} correlations {rule}.")
    if pool.method == "pearson" and part.scale.model == "dichotomous_test":
        notes.append(
            "Pearson correlations of answers that are right or wrong also reflect how difficult "
            "the items are; polychoric ones (here tetrachoric) do not."
        )
    formative = [scale.id for scale in pool.scales if scale.model == "formative"]
    if formative:
        notes.append(
            f"The model of {listing(formative)} is formative: its items need not share a factor."
        )
    return (*notes, *partner_notes(pool.sample, [part], _INDEPENDENT))
