"""Further tables of an item analysis: pairs of items, answers chosen, what dropping does, tests."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.estimates._coefficients import ROWS
from detachment.estimates._result import make_table
from detachment.estimates._scales import Floats, MissingRule, PreparedScale, Sample, item_values
from detachment.scoring import item_ends, score_scale
from detachment.stats.descriptives import shape_of_values
from detachment.stats.item_analysis import (
    biserial_from_point,
    choices_by_group,
    corrected_item_total_r,
    discrimination,
    item_total_r,
    omega_if_dropped,
    squared_multiple_r,
)
from detachment.stats.moments import correlation_from
from detachment.stats.reliability import alpha_if_dropped, item_rest_r

_INTER_ITEM = {"scale": "str", "item": "str", "other": "str", "n": "Int64", "r": "float64"}
_FREQUENCIES = {
    "scale": "str",
    "item": "str",
    "answer": "float64",
    "keyed_answer": "float64",
    "label": "str",
    "n": "Int64",
    "share": "float64",
}
_IF_DROPPED = {
    "scale": "str",
    "item": "str",
    "item_total_r": "float64",
    "item_rest_r": "float64",
    "corrected_r": "float64",
    "squared_multiple_r": "float64",
    "alpha": "float64",
    "alpha_standardized": "float64",
    "omega_total": "float64",
    "mean_interitem_r": "float64",
    "reason": "str",
}
_TEST = {
    "scale": "str",
    "item": "str",
    "n": "Int64",
    "difficulty": "float64",
    "point_biserial": "float64",
    "point_biserial_rest": "float64",
    "biserial": "float64",
    "biserial_rest": "float64",
    "discrimination": "float64",
    "dont_know": "float64",
    "reason": "str",
}
DISTRACTORS = {
    "scale": "str",
    "item": "str",
    "answer": "float64",
    "label": "str",
    "right": "bool",
    "group": "str",
    "n": "Int64",
    "share": "float64",
}
GROUPS = ("low", "middle", "high")
_MOST_ANSWERS = 20


def item_parts(
    sample: Sample, prepared: Sequence[PreparedScale], no_rest: Sequence[str], rule: MissingRule
) -> dict[str, pd.DataFrame]:
    """Tables of all scales by name; those of tests only where there is one."""
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("inter_item", "frequencies", "if_dropped", "test", "distractors")
    }
    for part, why in zip(prepared, no_rest, strict=True):
        rows["inter_item"] += _inter_item(part)
        rows["frequencies"] += _frequencies(sample, part, rule)
        if not why:
            rows["if_dropped"] += _if_dropped(part)
        if is_test(sample, part) and not part.obstacle:
            rows["test"] += _test(sample, part)
            if part.counted is None:
                rows["distractors"] += distractor_rows(sample, part, rule)
    columns = {
        "inter_item": _INTER_ITEM,
        "frequencies": _FREQUENCIES,
        "if_dropped": _IF_DROPPED,
        "test": _TEST,
        "distractors": DISTRACTORS,
    }
    tests = {"test", "distractors"}
    return {
        name: make_table(found, columns[name])
        for name, found in rows.items()
        if found or name not in tests
    }


def is_test(sample: Sample, part: PreparedScale) -> bool:
    """Whether a scale is a test of right and wrong answers; a plain table of 0 and 1 is one."""
    if part.scale.model == "dichotomous_test":
        return True
    if not sample.is_frame or np.isnan(part.answers).all():
        return False
    answers = part.answers
    return bool(np.all((answers == 0) | (answers == 1) | np.isnan(answers)))


def _inter_item(part: PreparedScale) -> list[dict[str, Any]]:
    r, n = part.pearson
    return [
        {
            "scale": part.scale.id,
            "item": part.items[i],
            "other": part.items[j],
            "n": int(n[i, j]),
            "r": float(r[i, j]),
        }
        for i in range(len(part.items))
        for j in range(i + 1, len(part.items))
    ]


def _possible(sample: Sample, item: str, raw: Floats) -> tuple[Floats, tuple[str, ...]]:
    """Values that an item may have and their labels; none where they are not few whole numbers."""
    scale = sample.instrument.response_scale(item)
    if scale.values:
        return np.array(scale.values, dtype=np.float64), scale.labels or ("",) * len(scale.values)
    nothing: Floats = np.zeros(0)
    if not sample.is_frame:
        return nothing, ()
    values: Floats = np.unique(raw[~np.isnan(raw)])
    if (values != np.rint(values)).any():
        return nothing, ()
    if np.isfinite(scale.minimum) and scale.maximum - scale.minimum < _MOST_ANSWERS:
        values = np.arange(scale.minimum, scale.maximum + 1)
    return (values, ("",) * len(values)) if len(values) <= _MOST_ANSWERS else (nothing, ())


def _asked(sample: Sample, part: PreparedScale, rule: MissingRule) -> NDArray[np.bool_]:
    """Whose answers count: not those that the instrument masks, nor the incomplete (listwise)."""
    keyed = sample.keyed(part.scale.id)
    there = ~np.isnan(keyed)
    return there & part.respondents[:, None] if rule == "listwise" else there


def _raw_values(
    sample: Sample, part: PreparedScale, rule: MissingRule
) -> list[Mapping[float, int]]:
    """How often each answer to each item was chosen, as it was given."""
    scale = part.scale
    if part.counted is not None:
        if scale.model == "dichotomous_test":
            return [part.counted.raw.get(use.id, {}) for use in scale.items]
        keyed, _, _ = item_values(sample, part)
        low, high = item_ends(sample.instrument, scale)
        return [
            {low[j] + high[j] - v if use.keyed < 0 else v: n for v, n in keyed[j].items()}
            for j, use in enumerate(scale.items)
        ]
    asked = _asked(sample, part, rule)
    found: list[Mapping[float, int]] = []
    for j, use in enumerate(scale.items):
        raw = sample.raw(use.id)
        value, times = np.unique(raw[asked[:, j] & ~np.isnan(raw)], return_counts=True)
        found.append(dict(zip(value.tolist(), times.tolist(), strict=True)))
    return found


def _frequencies(sample: Sample, part: PreparedScale, rule: MissingRule) -> list[dict[str, Any]]:
    scale = part.scale
    low, high = item_ends(sample.instrument, scale)
    rows = []
    for j, (use, counts) in enumerate(
        zip(scale.items, _raw_values(sample, part, rule), strict=True)
    ):
        values, labels = _possible(sample, use.id, np.array(sorted(counts)))
        n = sum(counts.values())
        right = sample.instrument.items[use.id].answer
        for value, label in zip(values, labels, strict=True):
            chosen = counts.get(float(value), 0)
            keyed = value
            if scale.model == "dichotomous_test" and right is not None:
                keyed = float(value == right)
            elif use.keyed < 0:
                keyed = low[j] + high[j] - value
            rows.append(
                {
                    "scale": scale.id,
                    "item": use.id,
                    "answer": float(value),
                    "keyed_answer": float(keyed),
                    "label": label,
                    "n": chosen,
                    "share": chosen / n if n else np.nan,
                }
            )
    return rows


def _if_dropped(part: PreparedScale) -> list[dict[str, Any]]:
    cov = part.moments.cov
    cor = correlation_from(cov)
    p = len(part.items)
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs = cor.sum() - p - 2 * (cor.sum(axis=0) - 1)
        rest_r = pairs / ((p - 1) * (p - 2)) if p > 2 else np.full(p, np.nan)
    columns: dict[str, Floats] = {
        "item_total_r": item_total_r(cov),
        "item_rest_r": item_rest_r(cov),
        "corrected_r": corrected_item_total_r(cor),
        "squared_multiple_r": squared_multiple_r(cor),
        "alpha": alpha_if_dropped(cov),
        "alpha_standardized": alpha_if_dropped(cor),
        "omega_total": omega_if_dropped(cov),
        "mean_interitem_r": rest_r,
    }
    rows = []
    for j, item in enumerate(part.items):
        row: dict[str, Any] = {name: float(column[j]) for name, column in columns.items()}
        reasons = []
        if p == 2:
            reasons.append("two items have no alpha and no omega if one is dropped")
        elif np.isnan(row["omega_total"]):
            reasons.append(
                "no omega: one factor of two items is not identified"
                if p == 3
                else "no omega: the one-factor solution of the others is improper"
            )
        if np.isnan(row["squared_multiple_r"]):
            reasons.append("no corrected r: an item is the sum of others")
        rows.append({"scale": part.scale.id, "item": item, **row, "reason": "; ".join(reasons)})
    return rows


def _total(sample: Sample, part: PreparedScale) -> Floats:
    """Test score of each row, where enough is answered."""
    keyed = sample.keyed(part.scale.id)
    return score_scale(sample.instrument, part.scale, keyed).score


def _test(sample: Sample, part: PreparedScale) -> list[dict[str, Any]]:
    cov = part.moments.cov
    n = np.diagonal(part.moments.n)
    values = dict(zip((u.id for u in part.scale.items), item_values(sample, part)[0], strict=True))
    share = shape_of_values([values[item] for item in part.items]).mean
    whole, rest = item_total_r(cov), item_rest_r(cov)
    apart = np.full(len(share), np.nan)
    if part.counted is None:
        apart = discrimination(part.answers, _total(sample, part))
    raw = _raw_values(sample, part, part.missing)
    chosen = dict(zip((use.id for use in part.scale.items), raw, strict=True))
    rows = []
    for j, item in enumerate(part.items):
        unknown = sample.instrument.response_scale(item).dont_know
        row: dict[str, Any] = {
            "difficulty": float(share[j]),
            "point_biserial": float(whole[j]),
            "point_biserial_rest": float(rest[j]),
            "biserial": float(biserial_from_point(whole[j], share[j], n[j])),
            "biserial_rest": float(biserial_from_point(rest[j], share[j], n[j])),
            "discrimination": float(apart[j]),
            "dont_know": _share(chosen[item], unknown),
        }
        reasons = []
        if part.counted is not None:
            reasons.append(f"no discrimination: {ROWS}")
        elif np.isnan(row["discrimination"]):
            reasons.append("no discrimination: the highest and the lowest 27% do not differ")
        if unknown is None and not sample.is_frame:
            reasons.append("dont_know: the item has no such answer")
        if np.isnan(row["point_biserial"]) or np.isnan(row["point_biserial_rest"]):
            reasons.append("the score does not vary")
        rows.append(
            {
                "scale": part.scale.id,
                "item": item,
                "n": int(n[j]),
                **row,
                "reason": "; ".join(reasons),
            }
        )
    return rows


def _share(counts: Mapping[float, int], value: int | None) -> float:
    n = sum(counts.values())
    return counts.get(float(value), 0) / n if value is not None and n else np.nan


def distractor_rows(sample: Sample, part: PreparedScale, rule: MissingRule) -> list[dict[str, Any]]:
    """Answers chosen to each item by thirds of the test score; none where no answer is right."""
    total = _total(sample, part)
    asked = _asked(sample, part, rule)
    rows = []
    for j, use in enumerate(part.scale.items):
        right = sample.instrument.items[use.id].answer
        raw = np.where(asked[:, j], sample.raw(use.id), np.nan)
        values, labels = _possible(sample, use.id, raw)
        if right is None or not len(values):
            continue
        counts = choices_by_group(raw, total, values, groups=len(GROUPS))[0]
        for g, group in enumerate(GROUPS):
            n = int(counts[g].sum())
            rows += [
                {
                    "scale": part.scale.id,
                    "item": use.id,
                    "answer": float(value),
                    "label": label,
                    "right": bool(value == right),
                    "group": group,
                    "n": int(counts[g, k]),
                    "share": counts[g, k] / n if n else np.nan,
                }
                for k, (value, label) in enumerate(zip(values, labels, strict=True))
            ]
    return rows
