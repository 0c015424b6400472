"""How does each item of a scale behave? Spread, ends, and what it shares with the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from detachment.errors import UsageError
from detachment.estimates._item_parts import is_test, item_parts
from detachment.estimates._result import Result, make_table, rounded
from detachment.estimates._scales import (
    Missing,
    MissingRule,
    PreparedScale,
    Sample,
    check_missing,
    choose_scales,
    data_warnings,
    emit,
    item_values,
    masked_notes,
    n_analysed,
    plain,
    prepare_scales,
    provenance,
    take_counted,
)
from detachment.estimates._sentences import LINK, aside, in_words, not_given, people
from detachment.scoring import item_ends
from detachment.stats.descriptives import SkewType, shape_of_values
from detachment.stats.reliability import alpha_if_dropped, item_rest_r
from detachment.text import bounded, capital, count, listing, number, percent
from detachment.validation import LazySurvey, Survey

COLUMNS = {
    "scale": "str",
    "item": "str",
    "keyed": "Int64",
    "n": "Int64",
    "mean": "float64",
    "sd": "float64",
    "skew": "float64",
    "kurtosis": "float64",
    "floor": "float64",
    "ceiling": "float64",
    "missing": "float64",
    "item_rest_r": "float64",
    "alpha_if_dropped": "float64",
}
_SKEW: dict[int, str] = {
    1: "g1 and g2, moments with the divisor n",
    2: "corrected for bias in normal samples, as SAS, SPSS and Excel do",
    3: "b1 and b2, the default of psych::describe",
}
# Models whose items need not go together, so that "the rest of the scale" means nothing.
_NO_REST = {
    "formative": "the items of a formative index need not go together",
    "single_item": "one item has no others",
}


def _left_out(share: float) -> str:
    said = "Nobody" if share == 0 else capital(in_words(share))
    return f"{said} left it out."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ItemAnalysis(Result):
    """Item statistics, one row an item of a scale.

    Attributes
    ----------
    reasons
        For each row of the table, column -> why its number is missing.
    """

    reasons: tuple[Mapping[str, str], ...] = ()

    def _apa(self) -> Iterable[str]:
        return map(self._sentence, self.table.to_dict(orient="records"))

    def _plain(self) -> Iterable[str]:
        for row in self.table.to_dict(orient="records"):
            what = f"{self.named(row['item'])}, a question of {self.named(row['scale'])}"
            if row["keyed"] < 0:
                what += " that is counted the other way round"
            if np.isnan(row["mean"]):
                yield not_given(what, "nobody answered it")
                continue
            text = f"{what}{aside(people(row['n']))}: {number(row['mean'])} on average"
            if not np.isnan(row["floor"]):
                text += (
                    f", with {in_words(row['floor'])} at the lowest answer and "
                    f"{in_words(row['ceiling'])} at the highest"
                )
            if not np.isnan(row["item_rest_r"]):
                text += "; its link with the other questions of the scale is "
                text += number(row["item_rest_r"])
            yield f"{text}. {_left_out(row['missing'])}"

    def _meaning(self) -> Iterable[str]:
        yield LINK
        yield (
            "A question with a link near 0 asks about something else than the others, or is read "
            "in different ways. It is not wrong for that."
        )

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        parts = [f"M = {number(row['mean'])}", f"SD = {number(row['sd'])}"]
        if not np.isnan(row["floor"]):
            parts.append(f"{percent(row['floor'])} at the lowest answer")
            parts.append(f"{percent(row['ceiling'])} at the highest")
        parts.append(f"{percent(row['missing'])} missing")
        if not np.isnan(row["item_rest_r"]):
            parts.append(f"item-rest r = {bounded(row['item_rest_r'])}")
        if not np.isnan(row["alpha_if_dropped"]):
            parts.append(f"α without it = {bounded(row['alpha_if_dropped'])}")
        scale = self.label(row["scale"])
        key = ", reversed" if row["keyed"] < 0 else ""
        what = self.named(row["item"])
        return f"{what} ({scale}{key}; n = {count(row['n'])}): {', '.join(parts)}."

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        shown = {
            "Scale": table["scale"].map(self.label),
            "Item": table["item"],
            "Key": ["reversed" if key < 0 else "" for key in table["keyed"]],
            "n": table["n"].map(count),
            "M": table["mean"].map(number),
            "SD": table["sd"].map(number),
            "Skew": table["skew"].map(number),
            "Kurtosis": table["kurtosis"].map(number),
            "Floor": table["floor"].map(percent),
            "Ceiling": table["ceiling"].map(percent),
            "Missing": table["missing"].map(percent),
            "Item-rest r": table["item_rest_r"].map(bounded),
            "α if dropped": table["alpha_if_dropped"].map(bounded),
        }
        return pd.DataFrame(shown)

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Tables of tests; the others are long, and are in ``parts`` and in the JSON."""
        shown = {}
        if "test" in self.parts:
            table = self.parts["test"].drop(columns="reason")
            shown["Test"] = rounded(table.rename(columns={"dont_know": "don't know"}), 2)
        return shown


def items(
    data: Survey | LazySurvey | pd.DataFrame,
    *,
    scales: str | Sequence[str] | None = None,
    missing: Missing = "pairwise",
    skew_type: SkewType = 3,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> ItemAnalysis:
    """Item statistics of scales, of the answers as the scale keys them.

    Parameters
    ----------
    data
        A survey, or a plain table in which every column is an item of one scale.
    scales
        A selector: a scale's id, a role in the plural (``"effects"``), or a list of these. By
        default every scale of which the data hold an item.
    missing
        ``pairwise``: each item's own answers, and covariances of everyone who answered both items.
        ``listwise``: only who answered every item of the scale.
    skew_type
        Which skewness and kurtosis: 1 (g1 and g2), 2 (of SAS, SPSS and Excel) or 3 (b1 and b2, of
        ``psych::describe``); see :func:`detachment.stats.describe`.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    ItemAnalysis
        One row an item: ``scale, item, keyed, n, mean, sd, skew, kurtosis, floor, ceiling, missing,
        item_rest_r, alpha_if_dropped``. ``floor`` and ``ceiling`` are the shares of answers at the
        ends of the response scale (0 and 1 for a test), ``missing`` the share of rows without an
        answer. ``item_rest_r`` is the correlation with the sum of the other items, from the
        covariance matrix (``r.drop`` of ``psych::alpha``). Its parts: ``inter_item`` (correlations
        of every pair), ``frequencies`` (answers chosen, as given and as the scale keys them),
        ``if_dropped`` (item-total r, r corrected for overlap and unreliability, alpha and omega
        total of the other items); for a test of right and wrong answers also ``test`` (difficulty,
        point-biserial and biserial correlation with the score and with the rest, discrimination of
        the highest and lowest 27 %) and ``distractors`` (answers by thirds of the score).

    Raises
    ------
    UsageError
        When a word is unknown or an option does not fit the data.
    SurveyError
        When there are no rows, or no item of any scale named.

    Warns
    -----
    DataWarning
        Doubtful keys, items left out of the scale's statistics, answers off their scale.

    References
    ----------
    R: ``psych::alpha`` (item.stats, alpha.drop, response.freq), ``psych::describe``,
    ``psych::biserial``. Joanes, D. N., & Gill, C. A. (1998). *The Statistician, 47*, 183-189.
    Kelley, T. L. (1939). *Journal of Educational Psychology, 30*, 17-24.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 4, 5, 3], "b": [2, 2, 5, 4, 3], "c": [1, 2, 5, 4, 4]})
    >>> items(answers, values=(1, 5)).to_frame()["item_rest_r"].round(2).tolist()
    [0.88, 0.91, 0.92]
    """
    rule = check_missing(missing)
    if skew_type not in _SKEW or isinstance(skew_type, bool):
        raise UsageError(f"skew_type is 1, 2 or 3, not {skew_type!r}.")
    sample = take_counted(data, wave=wave, reverse=reverse, values=values)
    chosen, absent = choose_scales(sample, scales)
    prepared = prepare_scales(sample, chosen, rule)
    own = [alarm.message + "." for part in prepared for alarm in part.alarms]
    own += [message for part in prepared for message in part.warnings]
    found = data_warnings(sample, (use.id for scale in chosen for use in scale.items))
    emit([*own, *found])
    rows = [row for part in prepared for row in _rows(sample, part, rule, skew_type)]
    texts = {
        use.id: sample.instrument.items[use.id].text or use.id
        for scale in chosen
        for use in scale.items
    }
    return ItemAnalysis(
        table=make_table([row for row, _ in rows], COLUMNS),
        reasons=tuple(why for _, why in rows),
        notes=(
            *sample.notes,
            *absent,
            *masked_notes(sample, chosen, prepared),
            *_notes(sample, prepared, rule, skew_type),
        ),
        parts=item_parts(sample, prepared, [_no_rest(part) for part in prepared], rule),
        call={
            "verb": "items",
            "scales": plain(scales),
            "missing": rule,
            "skew_type": skew_type,
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*sample.reader_warnings, *own, *found])),
        labels={scale.id: scale.label for scale in chosen} | texts,
        **provenance(sample, n_analysed(sample, prepared)),
    )


def _rows(
    sample: Sample, part: PreparedScale, rule: MissingRule, skew_type: SkewType
) -> list[tuple[dict[str, object], dict[str, str]]]:
    """One row an item, and why its numbers are missing."""
    scale = part.scale
    values, there, asked = item_values(sample, part)
    about = shape_of_values(values, type=skew_type)
    low, high = item_ends(sample.instrument, scale)
    rest = dict.fromkeys((use.id for use in scale.items), (np.nan, np.nan))
    if not _no_rest(part):
        cov = part.moments.cov
        pairs = zip(item_rest_r(cov).tolist(), alpha_if_dropped(cov).tolist(), strict=True)
        rest |= dict(zip(part.items, pairs, strict=True))
    rows = []
    for j, use in enumerate(scale.items):
        given, n = values[j], int(about.n[j])
        ends = np.isfinite(low[j]) and np.isfinite(high[j]) and n > 0
        row: dict[str, Any] = {
            "scale": scale.id,
            "item": use.id,
            "keyed": use.keyed,
            "n": n,
            "mean": about.mean[j],
            "sd": about.sd[j],
            "skew": about.skew[j],
            "kurtosis": about.kurtosis[j],
            "floor": given.get(low[j], 0) / n if ends else np.nan,
            "ceiling": given.get(high[j], 0) / n if ends else np.nan,
            "missing": (asked - there[j]) / max(asked, 1),
            "item_rest_r": rest[use.id][0],
            "alpha_if_dropped": rest[use.id][1],
        }
        why = _why(sample, part, use.id, n)
        missing = [name for name in why if np.isnan(row[name])]
        rows.append((row, {name: why[name] for name in missing}))
    return rows


def _why(sample: Sample, part: PreparedScale, item: str, n: int) -> dict[str, str]:
    """Column -> why its number is missing, should it be."""
    if item not in sample.survey.responses:
        own = "the item is not in the data"
    elif n == 0:
        own = "nobody answered it"
    elif n == 1:
        own = "one answer does not vary"
    else:
        own = "every answer is the same"
    ends = own if n == 0 else "the response scale declares no lowest and highest answer"
    rest = _no_rest(part)
    if not rest and item in part.left_out:
        rest = f"the item {part.left_out[item]}, and is left out of the statistics of its scale"
    alone = rest or ("two items have no alpha if one is dropped" if len(part.items) == 2 else "")
    undefined = "the rest of the scale has no variance"
    return {
        **dict.fromkeys(("mean", "sd", "skew", "kurtosis"), own),
        **dict.fromkeys(("floor", "ceiling"), ends),
        "missing": own,
        "item_rest_r": rest or undefined,
        "alpha_if_dropped": alone or undefined,
    }


def _no_rest(part: PreparedScale) -> str:
    """Why the items of a scale have no statistics with the rest of it; empty when they have."""
    return part.obstacle or _NO_REST.get(part.scale.model, "")


def _notes(
    sample: Sample, prepared: Sequence[PreparedScale], rule: MissingRule, skew_type: SkewType
) -> tuple[str, ...]:
    notes = [
        "All statistics are of the answers as the scale keys them: a reversed item (keyed -1) is "
        "lowest + highest - answer, an item of a test 1 for right and 0 for wrong.",
        f"Skewness and excess kurtosis are of type {skew_type} ({_SKEW[skew_type]}); a normal "
        "variable has 0 of both.",
    ]
    if rule == "listwise":
        notes.append("Listwise deletion: only who answered every item of a scale counts in it.")
    elif rule == "em":
        notes.append(
            "Maximum likelihood (EM): an item's own statistics use its own answers; item-rest r "
            "and alpha if dropped come from covariances that use every answer there is."
        )
    else:
        notes.append(
            "Pairwise deletion: an item's own statistics use its own answers; item-rest r and "
            "alpha if dropped come from covariances of everyone who answered both items."
        )
    if any(is_test(sample, part) for part in prepared):
        notes.append(
            "Difficulty is the share of right answers. Point-biserial and biserial are the "
            "correlations of an item with the test score, itself in it, and with the rest of the "
            "score; discrimination is the share right among the highest 27 % of scores minus that "
            "among the lowest."
        )
    without = [(part.scale.id, _no_rest(part)) for part in prepared if _no_rest(part)]
    notes += [f"{scale}: no item-rest r and no alpha if dropped; {why}." for scale, why in without]
    told = {scale for scale, _ in without}
    two = [p.scale.id for p in prepared if len(p.items) == 2 and p.scale.id not in told]
    if two:
        notes.append(f"Two items have no alpha if one is dropped ({listing(two)}).")
    if any(np.isinf(item_ends(sample.instrument, part.scale)).any() for part in prepared):
        where = "say values=(lowest, highest)" if sample.is_frame else "declare min and max"
        notes.append(f"Floor and ceiling need the lowest and highest answer: {where}.")
    return tuple(notes)
