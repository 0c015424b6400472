"""Numbers of a quiz: of one wave, and of what changed from one to another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from detachment.estimates._scales import Floats, PreparedScale, Sample, prepare_scale
from detachment.instruments import Item, Scale
from detachment.scoring import score_scale
from detachment.stats.adjust import adjust_p
from detachment.stats.bootstrap import resample
from detachment.stats.intervals import jackknife_interval
from detachment.stats.item_analysis import discrimination
from detachment.stats.learning_gain import learning_gain
from detachment.stats.noncentral import noncentral_t_interval
from detachment.stats.paired_proportion import paired_proportions
from detachment.stats.proportion import effective_n_of_share, wilson_interval
from detachment.stats.reliability import alpha, item_rest_r, standard_error_of_measurement
from detachment.text import counted

MYTH = "myth"
MYTH_BELIEVED, RIGHT = "myth believed", "right"
_NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sitting:
    """One wave of a quiz.

    Attributes
    ----------
    wave
        Its name; empty without waves.
    sample, part
        Its rows, and the usable items with what is wrong with them.
    right
        1 for right, 0 for wrong or "don't know", NaN for no answer, (n, items).
    wrong
        1 for a wrong answer that is not "don't know", (n, items).
    unsure
        1 for "don't know", (n, items); NaN for an item that has no such answer.
    total
        Right answers of each person, where enough is answered, (n,).
    clusters
        Dyad or other cluster of each person; None where people are independent.
    people
        Id of each row, empty where unknown, (n,).
    """

    wave: str
    sample: Sample
    part: PreparedScale
    right: Floats
    wrong: Floats
    unsure: Floats
    total: Floats
    clusters: NDArray[np.int64] | None
    people: NDArray[np.object_]

    @property
    def scale(self) -> Scale:
        """What was asked."""
        return self.part.scale

    def item(self, item: str) -> Item:
        """An item as declared."""
        return self.sample.instrument.items[item]


def take_sitting(
    sample: Sample,
    scale: Scale,
    wave: str,
    clusters: NDArray[np.int64] | None,
    people: NDArray[np.object_],
) -> Sitting:
    """Answers of the rows of one wave."""
    right = sample.keyed(scale.id)
    unsure = np.full(right.shape, np.nan)
    for j, use in enumerate(scale.items):
        code = sample.instrument.response_scale(use.id).dont_know
        if code is not None:
            unsure[:, j] = np.where(np.isnan(right[:, j]), np.nan, sample.raw(use.id) == code)
    said = np.nan_to_num(unsure)
    pomp = score_scale(sample.instrument, scale, right).pomp
    return Sitting(
        wave=wave,
        sample=sample,
        part=prepare_scale(sample, scale, "pairwise"),
        right=right,
        wrong=np.where(np.isnan(right), np.nan, 1 - right - said),
        unsure=unsure,
        total=pomp / 100 * len(scale.items),
        clusters=clusters,
        people=people,
    )


# ---------------------------------------------------------------- one wave


def sitting_rows(
    sitting: Sitting, *, confidence: float, n_boot: int, rng: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows of the items, and the row of the test."""
    part, scale = sitting.part, sitting.scale
    items = [use.id for use in scale.items]
    shares, total = sitting.right, sitting.total
    low, high = _share_intervals(shares, sitting.clusters, confidence)
    apart = discrimination(shares, total)
    rest: dict[str, tuple[float, float, float]] = {}
    kr20 = (_NAN, _NAN, _NAN)
    if not part.obstacle:
        kr20, of_items = _of_covariances(sitting, confidence, n_boot, rng)
        rest = dict(zip(part.items, of_items, strict=True))
    rows = []
    for j, item in enumerate(items):
        given = ~np.isnan(shares[:, j])
        n = int(given.sum())
        r, r_low, r_high = rest.get(item, (_NAN, _NAN, _NAN))
        row: dict[str, Any] = {
            "scale": scale.id,
            "wave": sitting.wave,
            "item": item,
            "source": sitting.item(item).source,
            "n": n,
            "missing": 1 - n / max(len(given), 1),
            "difficulty": _mean(shares[:, j]),
            "difficulty_low": low[j],
            "difficulty_high": high[j],
            "wrong": _mean(sitting.wrong[:, j]),
            "dont_know": _mean(sitting.unsure[:, j]),
            "item_rest_r": r,
            "item_rest_r_low": r_low,
            "item_rest_r_high": r_high,
            "discrimination": float(apart[j]),
        }
        rows.append(row | {"reason": _why_item(sitting, item, row, n_boot)})
    return rows, _test_row(sitting, kr20, confidence)


def _of_covariances(
    sitting: Sitting, confidence: float, n_boot: int, rng: int
) -> tuple[tuple[float, float, float], list[tuple[float, float, float]]]:
    """KR-20 with the jackknife's interval, item-rest r with the bootstrap's."""
    part = sitting.part
    used = part.respondents

    def statistic(cov: Floats) -> Floats:
        return np.concatenate([np.asarray(alpha(cov))[..., None], item_rest_r(cov)], axis=-1)

    found = resample(
        part.answers[used],
        statistic,
        clusters=None if sitting.clusters is None else sitting.clusters[used],
        n_boot=n_boot,
        rng=rng,
    )
    kr20 = float(found.estimate[0])
    low, high = jackknife_interval(kr20, found.jackknife[:, 0], confidence)
    ends: Iterable[Any] = [(_NAN, _NAN)] * len(part.items)
    if n_boot:
        ends = zip(*(end[1:].tolist() for end in found.bca(confidence)), strict=True)
    of_items = [(r, *end) for r, end in zip(found.estimate[1:].tolist(), ends, strict=True)]
    return (kr20, float(low), float(high)), of_items


def _test_row(
    sitting: Sitting, kr20: tuple[float, float, float], confidence: float
) -> dict[str, Any]:
    total = sitting.total
    there = ~np.isnan(total)
    n = int(there.sum())
    mean = mean_and_error(total, sitting.clusters)
    half = mean.half(confidence)
    sd = float(np.std(np.sort(total[there]), ddof=1)) if n > 1 else _NAN
    reasons = []
    if np.isnan(kr20[0]):
        reasons.append(f"no KR-20: {sitting.part.obstacle or 'the score does not vary'}")
    elif np.isnan(kr20[1]):
        reasons.append("no interval of KR-20: too few people, or it does not vary")
    if n < 2:
        reasons.append(f"{counted(n, 'score')}: no spread")
    unsure = sitting.unsure
    if np.isnan(unsure).all():
        reasons.append('dont_know: the items have no answer "I don\'t know"')
    return {
        "scale": sitting.scale.id,
        "wave": sitting.wave,
        "n": n,
        "without_score": len(total) - n,
        "n_items": len(sitting.scale.items),
        "mean": mean.value,
        "mean_low": mean.value - half,
        "mean_high": mean.value + half,
        "sd": sd,
        "kr20": kr20[0],
        "kr20_low": kr20[1],
        "kr20_high": kr20[2],
        "sem": float(standard_error_of_measurement(sd, kr20[0])) if kr20[0] >= 0 else _NAN,
        "dont_know": _mean(unsure),
        "reason": "; ".join([*reasons, *(["no SEM: KR-20 is below 0"] if kr20[0] < 0 else [])]),
    }


def _why_item(sitting: Sitting, item: str, row: Mapping[str, Any], n_boot: int) -> str:
    part = sitting.part
    reasons = []
    if not row["n"]:
        return "nobody answered it"
    if np.isnan(row["item_rest_r"]):
        why = part.left_out.get(item)
        reasons.append(
            f"no item-rest r: {f'the item {why}' if why else part.obstacle or 'no variance'}"
        )
    elif np.isnan(row["item_rest_r_low"]):
        why = "the resamples do not vary" if n_boot else "no resamples were asked for"
        reasons.append(f"no interval of item-rest r: {why}")
    if np.isnan(row["discrimination"]):
        reasons.append("no discrimination: the highest and the lowest 27 % do not differ")
    if np.isnan(row["dont_know"]):
        reasons.append("dont_know: the item has no such answer")
    return "; ".join(reasons)


def _share_intervals(
    answers: Floats, clusters: NDArray[np.int64] | None, confidence: float
) -> tuple[Floats, Floats]:
    """Wilson's intervals of each column; where there are clusters, of effective numbers."""
    n = np.sum(~np.isnan(answers), axis=0)
    share = np.array([_mean(column) for column in answers.T])
    size: ArrayLike = n
    if clusters is not None:
        errors = [mean_and_error(column, clusters) for column in answers.T]
        size = effective_n_of_share(
            share,
            [error.error**2 for error in errors],
            n,
            [error.df for error in errors],
            confidence,
            floor=[error.df + 1 for error in errors],
        )
    low, high = wilson_interval(share, size, confidence)
    return np.asarray(low), np.asarray(high)


# ---------------------------------------------------------------- two waves


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Who answered both times: places of the same people in the two waves.

    ``clusters`` is that of the first wave. ``flow`` is what people did -> how many.
    """

    before: Sitting
    after: Sitting
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    flow: Mapping[str, int]

    @property
    def clusters(self) -> NDArray[np.int64] | None:
        """Cluster of each person."""
        clusters = self.before.clusters
        return None if clusters is None else clusters[self.first]


def pair_people(before: Sitting, after: Sitting) -> Pairs:
    """Find the same people in both waves by their ids, which are unique in a wave."""
    place = {name: k for k, name in enumerate(after.people) if name}
    found = [(k, place[name]) for k, name in enumerate(before.people) if name and name in place]
    first = np.array([k for k, _ in found], dtype=np.int64)
    second = np.array([k for _, k in found], dtype=np.int64)
    nameless = int((before.people == "").sum() + (after.people == "").sum())
    both = len(found)
    scored = int(
        np.sum(~np.isnan(before.total[first]) & ~np.isnan(after.total[second])) if both else 0
    )
    flow = {
        "both times": both,
        "of these with a score both times": scored,
        "only before": int((before.people != "").sum()) - both,
        "only after": int((after.people != "").sum()) - both,
    }
    if nameless:
        flow["without an id, and so without a pair"] = nameless
    return Pairs(before=before, after=after, first=first, second=second, flow=flow)


def statement_rows(pairs: Pairs, confidence: float) -> list[dict[str, Any]]:
    """One row an item: of a myth who believes it, of the others who is right; before and after."""
    rows = []
    for j, use in enumerate(pairs.before.scale.items):
        source = pairs.before.item(use.id).source
        x, y = _counted(pairs, source == MYTH)
        found = _paired(x[:, j], y[:, j], pairs.clusters, confidence)
        rows.append(
            {
                "scale": pairs.before.scale.id,
                "item": use.id,
                "source": source,
                "counted": MYTH_BELIEVED if source == MYTH else RIGHT,
                **found,
                "reason": "" if found["n"] else "nobody answered it both times",
            }
        )
    for row, p in zip(rows, adjust_p([row["p"] for row in rows], "holm").tolist(), strict=True):
        row["p_adjusted"] = p
    return rows


def source_rows(pairs: Pairs, confidence: float) -> list[dict[str, Any]]:
    """One row a source: mean share of its statements, of who answered all of them both times."""
    uses = pairs.before.scale.items
    sources = [pairs.before.item(use.id).source for use in uses]
    rows = []
    for source in dict.fromkeys(filter(None, sources)):
        own = [j for j, known in enumerate(sources) if known == source]
        x, y = (answers[:, own].mean(axis=1) for answers in _counted(pairs, source == MYTH))
        row: dict[str, Any] = {
            "scale": pairs.before.scale.id,
            "source": source,
            "n_items": len(own),
            "counted": MYTH_BELIEVED if source == MYTH else RIGHT,
        }
        if len(own) == 1:
            row |= _paired(x, y, pairs.clusters, confidence)
            why = "one statement: tested as such" if row["n"] else "nobody answered it both times"
            rows.append(row | {"reason": why})
            continue
        change = mean_and_error(y - x, pairs.clusters)
        there = ~np.isnan(y - x)
        half = change.half(confidence)
        row |= {
            "n": int(there.sum()),
            "before": _mean(x[there]),
            "after": _mean(y[there]),
            "difference": change.value,
            "difference_low": change.value - half,
            "difference_high": change.value + half,
            "t": change.t,
            "df": change.df,
            "p": change.p,
        }
        rows.append(row | {"reason": _no_test(change, row["n"])})
    return rows


def change_rows(pairs: Pairs, *, confidence: float, n_boot: int, rng: int) -> list[dict[str, Any]]:
    """Change of the total: its mean, dz, and the normalised gain in both ways of counting."""
    x, y = pairs.before.total[pairs.first], pairs.after.total[pairs.second]
    there = ~np.isnan(x) & ~np.isnan(y)
    n = int(there.sum())
    change = mean_and_error(y - x, pairs.clusters)
    half = change.half(confidence)
    robust = pairs.clusters is not None
    base = {"scale": pairs.before.scale.id, **_means(x, y, there)}
    sd = float(np.std(np.sort((y - x)[there]), ddof=1)) if n > 1 else _NAN
    dz = change.value / sd if sd > 0 else _NAN
    dz_low, dz_high = _dz_interval(change, sd, confidence)
    no_test = _no_test(change, n)
    rows = [
        base
        | {
            "measure": "mean_change",
            "estimate": change.value,
            "low": change.value - half,
            "high": change.value + half,
            "p": change.p,
            "method": "t of the differences" + (", errors by cluster" if robust else ""),
            "reason": no_test,
        },
        base
        | {
            "measure": "dz",
            "estimate": dz,
            "low": dz_low,
            "high": dz_high,
            "method": "noncentral t" + (", errors by cluster" if robust else ""),
            "reason": no_test,
        },
    ]
    maximum = len(pairs.before.scale.items)
    gain = learning_gain(x, y, maximum, clusters=pairs.clusters, n_boot=n_boot, rng=rng)
    ends = np.full((2, 2), np.nan)
    if n_boot:
        ends = np.array(gain.bootstrap.bca(confidence))
    names = ("gain_of_means", "mean_of_gains")
    learners = there & (x < maximum)
    for k, (name, value) in enumerate(zip(names, (gain.of_means, gain.mean_of_gains), strict=True)):
        reasons = []
        if np.isnan(value):
            reasons.append("nobody with both scores" if not n else "nothing was left to learn")
        elif np.isnan(ends[0, k]):
            why = "the resamples do not vary" if n_boot else "no resamples were asked for"
            reasons.append(f"no interval: {why}")
        if name == "mean_of_gains" and gain.at_maximum:
            has = "has" if gain.at_maximum == 1 else "have"
            reasons.append(
                f"without {counted(gain.at_maximum, 'person', 'people')} who had the maximum "
                f"before, and so {has} no gain"
            )
        rows.append(
            base
            | {
                "measure": name,
                **(_means(x, y, learners) if name == "mean_of_gains" else {}),
                "estimate": value,
                "low": float(ends[0, k]),
                "high": float(ends[1, k]),
                "method": f"BCa bootstrap{', clusters drawn' if robust else ''}",
                "reason": "; ".join(reasons),
            }
        )
    return rows


def _means(x: Floats, y: Floats, there: NDArray[np.bool_]) -> dict[str, Any]:
    return {"n": int(there.sum()), "before": _mean(x[there]), "after": _mean(y[there])}


def _counted(pairs: Pairs, myths: bool) -> tuple[Floats, Floats]:
    """What is counted of each item before and after, (pairs, items)."""
    if myths:
        return pairs.before.wrong[pairs.first], pairs.after.wrong[pairs.second]
    return pairs.before.right[pairs.first], pairs.after.right[pairs.second]


def _paired(
    x: Floats, y: Floats, clusters: NDArray[np.int64] | None, confidence: float
) -> dict[str, Any]:
    found = paired_proportions(x, y, confidence=confidence)
    there = ~np.isnan(x) & ~np.isnan(y)
    ends = [
        _share_intervals(answers[there][:, None], _at(clusters, there), confidence)
        for answers in (x, y)
    ]
    low, high, p = float(found.low), float(found.high), float(found.p)
    n = int(found.n)
    if clusters is not None:
        change = mean_and_error(y - x, clusters)
        half = change.half(confidence)
        low, high, p = change.value - half, change.value + half, change.p
    return {
        "n": n,
        "before": float(found.first),
        "before_low": float(ends[0][0][0]),
        "before_high": float(ends[0][1][0]),
        "after": float(found.second),
        "after_low": float(ends[1][0][0]),
        "after_high": float(ends[1][1][0]),
        "difference": float(found.difference),
        "difference_low": low,
        "difference_high": high,
        "lost": int(found.lost),
        "gained": int(found.gained),
        "p": p if n else _NAN,
    }


# ---------------------------------------------------------------- a mean of people or of clusters


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A mean with its standard error, by cluster where there are clusters."""

    value: float
    error: float
    df: int

    def half(self, confidence: float) -> float:
        """Half the width of its interval."""
        return float(stdtrit(self.df, (1 + confidence) / 2)) * self.error if self.df > 0 else _NAN

    @property
    def t(self) -> float:
        """The mean over its error; NaN where there is none."""
        return self.value / self.error if self.error > 0 else _NAN

    @property
    def p(self) -> float:
        """Two-sided, that the mean is 0."""
        return float(2 * stdtr(self.df, -abs(self.t))) if self.df > 0 else _NAN


def mean_and_error(x: Floats, clusters: NDArray[np.int64] | None) -> Mean:
    """Mean of what is there; its error from the sums of the deviations of each cluster."""
    there = ~np.isnan(x)
    values = x[there]
    # Sums of numbers that are not whole depend on their order: it is that of the numbers.
    code = np.arange(len(values))
    if clusters is not None:
        code = np.unique(clusters[there], return_inverse=True)[1]
    order = np.lexsort((values, code)) if clusters is not None else np.argsort(values)
    values, code = values[order], code[order]
    n = len(values)
    if not n:
        return Mean(value=_NAN, error=_NAN, df=0)
    mean = float(np.sort(values).mean())
    sums = values - mean if clusters is None else np.sort(np.bincount(code, values - mean))
    g = len(sums)
    if g < 2:
        return Mean(value=mean, error=_NAN, df=0)
    return Mean(value=mean, error=float(np.sqrt(g / (g - 1) * np.sum(sums**2)) / n), df=g - 1)


def _dz_interval(change: Mean, sd: float, confidence: float) -> tuple[float, float]:
    """From the noncentral t distributions of which the observed t is at either tail."""
    if not (change.error > 0 and sd > 0):
        return _NAN, _NAN
    ends = noncentral_t_interval(change.t, change.df, confidence)
    low, high = (float(end) * change.error / sd for end in ends)
    return low, high


def _no_test(change: Mean, n: int) -> str:
    if not n:
        return "nobody answered both times"
    if change.df < 1:
        return f"{counted(n, 'person', 'people')} with both: no error of the mean"
    return "" if change.error > 0 else "everyone changed by the same amount: no test, no dz"


def _at(clusters: NDArray[np.int64] | None, there: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    return None if clusters is None else clusters[there]


def _mean(x: Floats) -> float:
    there = ~np.isnan(x)
    return float(np.sort(x[there]).mean()) if there.any() else _NAN
