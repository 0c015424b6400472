"""Do the headline results depend on flagged people? Each with everybody, and without them."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from detachment.errors import DetachmentError, DetachmentWarning, UsageError
from detachment.estimates._correlate_pairs import (
    alike_of,
    as_variable,
    copies_of,
    crossable,
    pairs_of,
    require_answers,
)
from detachment.estimates._result import Result, make_table, records
from detachment.estimates._scales import prepare_scale, provenance, take_sample
from detachment.estimates._sentences import CONSISTENCY, LINK, not_given, people
from detachment.estimates._study import take_study
from detachment.instruments import ROLE_WORDS, Scale
from detachment.scoring import present_items
from detachment.stats import alpha
from detachment.stats.correlation import pearson
from detachment.text import bounded, count, counted, number
from detachment.validation import Survey, exclude

COLUMNS = {
    "without": "str",
    "statistic": "str",
    "scale": "str",
    "column": "str",
    "n_all": "Int64",
    "estimate_all": "float64",
    "n_kept": "Int64",
    "estimate_kept": "float64",
    "difference": "float64",
    "reason": "str",
}
_NO_COEFFICIENT = ("formative", "single_item")
Key = tuple[str, str, str | None]
Estimate = tuple[int, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Sensitivity(Result):
    """Headline results with everybody and without flagged people, one row an estimate and rule."""

    def _apa(self) -> Iterable[str]:
        return map(self._sentence, records(self.table))

    def _plain(self) -> Iterable[str]:
        for row in records(self.table):
            what = f"Consistency of {self.named(row['scale'])}"
            if row["column"] is not None:
                what = f"Link of {self.named(row['scale'])} with {self.named(row['column'])}"
            without = f"without those with {rule_words(row['without'])}"
            if row["estimate_kept"] is None:
                yield not_given(f"{what}, {without}", row["reason"])
                continue
            yield (
                f"{what}: {number(row['estimate_all'])} with everybody "
                f"({people(row['n_all'])}), {number(row['estimate_kept'])} {without} "
                f"({people(row['n_kept'])})."
            )

    def _meaning(self) -> Iterable[str]:
        yield LINK
        yield CONSISTENCY
        yield (
            "A flag marks answers that may have been given without reading. Where both numbers are "
            "nearly the same, the result does not hang on these people."
        )

    def _gaps(self) -> str:
        return "pairwise"

    def _sentence(self, row: Mapping[str, Any]) -> str:
        what = described(self, row)
        if row["estimate_kept"] is None:
            return f"{what} without {rule_words(row['without'])}: not given, {row['reason']}."
        out = row["n_all"] - row["n_kept"]
        return (
            f"{what} is {bounded(row['estimate_all'])} (n = {count(row['n_all'])}), and "
            f"{bounded(row['estimate_kept'])} without the {counted(out, 'respondent')} with "
            f"{rule_words(row['without'])} (difference {bounded(row['difference'])})."
        )

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        rows = records(self.table)
        return pd.DataFrame(
            {
                "Without": [rule_words(row["without"]) for row in rows],
                "Statistic": [described(self, row) for row in rows],
                "n": [count(row["n_all"]) for row in rows],
                "All": [bounded(row["estimate_all"]) for row in rows],
                "n kept": [count(row["n_kept"]) for row in rows],
                "Kept": [bounded(row["estimate_kept"]) for row in rows],
                "Difference": [bounded(row["difference"]) for row in rows],
            }
        )


def sensitivity(
    data: Survey,
    *,
    rules: str | Sequence[str] = ("grade2", "any"),
    wave: int | str | None = None,
) -> Sensitivity:
    """Headline results with everybody, and without the people whom flags mark.

    The results are alpha of each scale of signs and effects (of every scale where there are
    neither), and the correlations of the first score that the instrument crosses. A result that
    hardly moves does not hang on them; one that moves must be reported both ways.

    Parameters
    ----------
    data
        A survey.
    rules
        Whom to leave out, one comparison each: a rule as ``exclude`` takes it.
    wave
        Which wave; the first by default.

    Returns
    -------
    Sensitivity
        ``without, statistic, scale, column, n_all, estimate_all, n_kept, estimate_kept,
        difference, reason``; ``statistic`` is ``alpha`` or ``r``, ``difference`` is kept - all.

    Raises
    ------
    UsageError
        When a rule or the wave is unknown.

    References
    ----------
    Curran, P. G. (2016). *Journal of Experimental Social Psychology, 66*, 4-19. Huang, J. L., Liu,
    M., & Bowling, N. A. (2015). Insufficient effort responding: Examining an insidious confound in
    survey data. *Journal of Applied Psychology, 100*, 828-845.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> table = dt.sensitivity(survey, rules="grade2").to_frame()
    >>> table.loc[0, ["statistic", "scale"]].tolist()
    ['alpha', 'signs_total']
    """
    sample = take_sample(data, wave=wave, reverse=(), values=None)
    survey = sample.survey
    words = [rules] if isinstance(rules, str) else list(rules)
    everybody = _headlines(survey, wave)
    rows: list[dict[str, object]] = []
    notes = []
    for word in words:
        kept, why = _without(survey, word, wave)
        for key, (n, estimate) in everybody.items():
            n_kept, estimate_kept = kept.get(key, (None, np.nan))
            missing = why or "it cannot be computed without them"
            rows.append(
                {
                    **dict(zip(("statistic", "scale", "column"), key, strict=True)),
                    "without": word,
                    "n_all": n,
                    "estimate_all": estimate,
                    "n_kept": n_kept,
                    "estimate_kept": estimate_kept,
                    "difference": estimate_kept - estimate,
                    "reason": missing if np.isnan(estimate_kept) else None,
                }
            )
        if why:
            notes.append(f"Without {rule_words(word)}: {why}.")
    return Sensitivity(
        table=make_table(rows, COLUMNS),
        notes=(
            *sample.notes,
            "Estimates with everybody, and without the respondents whom a flag marks; difference = "
            "kept - all. Alpha and correlations as in the verbs reliability and correlate, missing "
            "answers pairwise.",
            *notes,
        ),
        call={"verb": "sensitivity", "rules": words, "wave": wave},
        warnings=sample.reader_warnings,
        labels={scale.id: scale.label for scale in survey.instrument.scales.values()},
        **provenance(sample, int(sample.rows.sum())),
    )


def _without(survey: Survey, word: str, wave: int | str | None) -> tuple[dict[Key, Estimate], str]:
    """Estimates without the people that a rule marks; or none, and why."""
    try:
        return _headlines(exclude(survey, rules=word), wave), ""
    except UsageError:
        raise
    except DetachmentError as error:
        return {}, str(error).rstrip(".")


def _headlines(survey: Survey, wave: int | str | None) -> dict[Key, Estimate]:
    """Statistic, scale and column -> n and estimate, as far as they are given."""
    found: dict[Key, Estimate] = {}
    scales = _headline_scales(survey)
    rows, columns = _crossed(survey)
    with warnings.catch_warnings():
        # The verbs say them; here the same ones would come several times over.
        warnings.simplefilter("ignore", DetachmentWarning)
        # Alpha and r as their verbs give them, without the intervals that nobody would see.
        sample = take_sample(survey, wave=wave, reverse=(), values=None)
        for scale in scales:
            part = prepare_scale(sample, scale, "pairwise")
            if not part.obstacle and not np.isnan(estimate := float(alpha(part.moments.cov))):
                found["alpha", scale.id, None] = part.n, estimate
        if rows and columns:
            found |= _correlations(survey, rows, columns, wave)
    return found


def _correlations(
    survey: Survey, rows: list[str], columns: list[str], wave: int | str | None
) -> dict[Key, Estimate]:
    """Each n and r as the verb correlate gives them, without all that it says of them."""
    study = take_study(
        survey, measures={"rows": rows, "columns": columns}, wave=wave, require=False
    )
    sides = study.measures["rows"], study.measures["columns"]
    down, across = ([as_variable(measure) for measure in side] for side in sides)
    x, y = (np.column_stack([measure.x for measure in side]) for side in sides)
    pairs = pairs_of(down, across)
    numbers = {measure.id: measure.x for side in sides for measure in side}
    require_answers(study.sample, down, across, alike_of(numbers))
    copies = copies_of(pairs, numbers)
    shown = crossable(pairs, copies, (len(down), len(across)))
    r, n = pearson(x, y)
    return {
        ("r", *pair.ids): (int(n[pair.i, pair.j]), float(r[pair.i, pair.j]))
        for pair in pairs
        if shown[pair.i, pair.j] and not np.isnan(r[pair.i, pair.j])
    }


def _headline_scales(survey: Survey) -> list[Scale]:
    """Scales of signs and effects that can have an alpha; all scales where there are neither."""
    present = [
        scale
        for scale in survey.instrument.scales.values()
        if scale.model not in _NO_COEFFICIENT and present_items(survey, scale)
    ]
    leading = [scale for scale in present if scale.role in ("sign", "effect")]
    return leading or present


def _crossed(survey: Survey) -> tuple[list[str], list[str]]:
    """The first score that the instrument crosses, and what it is crossed with."""
    scales = survey.instrument.scales
    present = {name for name, scale in scales.items() if present_items(survey, scale)}
    roles = {scales[name].role for name in present}
    said = survey.instrument.correlate
    columns = [w for w in said.columns if w in present or ROLE_WORDS.get(w) in roles]
    return [word for word in said.rows if word in present][:1], columns


def described(result: Result, row: Mapping[str, Any]) -> str:
    """What an estimate is, in words."""
    symbol = {"alpha": "α", "r": "r"}[row["statistic"]]
    if row["column"] is None:
        return f"{symbol} of {result.label(row['scale'])}"
    return f"{symbol} of {result.label(row['scale'])} with {result.label(row['column'])}"


def rule_words(word: str) -> str:
    """What marks the people that a rule leaves out, in words."""
    return {"grade2": "a strong flag", "any": "any flag"}.get(word, f"the flag {word}")
