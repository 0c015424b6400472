"""The answers of every group, ready to be modelled; what stands in the way is named before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detachment.errors import Refusal
from detachment.estimates._factors import Chosen
from detachment.estimates._groups import Groups
from detachment.estimates._scales import Floats, dyad_notes
from detachment.stats.sem.categorical import OrdinalSample, ordinal_sample
from detachment.stats.sem.comparison import ORDINAL
from detachment.stats.sem.invariance import StepModel, invariance_model
from detachment.stats.sem.sample import SampleMoments, sample_moments
from detachment.text import counted, listing

_SMALL = 100  # respondents of a group: fewer, and a model of several factors is uncertain
_SHOWN = 5
_MOST_CATEGORIES = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """The answers of every group, and what is fitted to them."""

    groups: Groups
    text: str
    items: tuple[str, ...]
    samples: tuple[SampleMoments, ...] | tuple[OrdinalSample, ...]
    sizes: tuple[int, ...]
    complete: tuple[int, ...]
    thresholds: Mapping[str, int] | None
    notes: tuple[str, ...]

    def model(self, step: str, free: Sequence[str]) -> StepModel:
        """Model of a step."""
        return invariance_model(
            self.text,
            self.items,
            len(self.groups.names),
            step,
            thresholds=self.thresholds,
            std_lv=self.thresholds is not None,
            free=free,
        )


def prepare_groups(chosen: Chosen, estimator: str, rule: str) -> tuple[Case, list[str]]:
    """Moments of every group, and every doubt about them."""
    groups, items, answers = chosen.groups, chosen.latent.items, chosen.latent.answers
    said: list[str] = []
    notes: list[str] = []
    unknown = int(np.sum((groups.code < 0) & ~np.isnan(answers).all(axis=1)))
    if unknown:
        notes.append(
            f"{counted(unknown, 'respondent')} without {groups.by} "
            f"{'is' if unknown == 1 else 'are'} left out."
        )
    groups = _large_enough(groups, answers, rule, said)
    rows = [answers[groups.code == g] for g in range(len(groups.names))]
    complete = tuple(int((~np.isnan(x)).all(axis=1).sum()) for x in rows)
    rows = [
        x[~np.isnan(x).any(axis=1)] if rule == "listwise" else x[~np.isnan(x).all(axis=1)]
        for x in rows
    ]
    if estimator in ORDINAL:
        rows = _merge_categories(rows, items, groups.names, said)
    sizes = tuple(len(x) for x in rows)
    _check_groups(rows, items, groups, said)
    thresholds: dict[str, int] | None = None
    samples: tuple[SampleMoments, ...] | tuple[OrdinalSample, ...]
    if estimator in ORDINAL:
        ordered = tuple(ordinal_sample(x) for x in rows)
        samples = ordered
        thresholds = dict(zip(items, ordered[0].n_thresholds.tolist(), strict=True))
        for sample, name in zip(ordered, groups.names, strict=True):
            if not np.isfinite(sample.gamma).all():
                raise Refusal(
                    f"In group {name} two items are so closely tied (or so rarely answered "
                    "together) that a polychoric correlation cannot be estimated. Leave one out, "
                    "or take the answers as continuous (MLR)."
                )
            if np.linalg.eigvalsh(sample.correlations).min() <= 0:
                said.append(
                    f"Group {name}: the polychoric correlations contradict one another (a negative "
                    "eigenvalue), which few respondents or rare answers can bring; its fit is not "
                    "to be relied on."
                )
    else:
        moments = tuple(sample_moments(x, "fiml" if rule == "fiml" else "listwise") for x in rows)
        samples = moments
        for moment, name in zip(moments, groups.names, strict=True):
            if not moment.saturated:
                raise Refusal(
                    f"In group {name} the covariances of the items cannot be estimated (an item is "
                    "a copy or a sum of others, or pairs were hardly answered together). Take "
                    "fewer items, or leave the respondents of this group out of the data."
                )
    case = Case(
        groups=groups,
        text=chosen.latent.text,
        items=items,
        samples=samples,
        sizes=sizes,
        complete=complete,
        thresholds=thresholds,
        notes=(
            *notes,
            *_dependence(chosen, groups),
        ),
    )
    return case, said


def _large_enough(groups: Groups, answers: Floats, rule: str, said: list[str]) -> Groups:
    """The groups with more respondents than items, where these are two or more; else all."""
    gaps = np.isnan(answers)
    counts = ~gaps.any(axis=1) if rule == "listwise" else ~gaps.all(axis=1)
    sizes = np.array([np.sum(counts & (groups.code == g)) for g in range(len(groups.names))])
    kept = np.flatnonzero(sizes > answers.shape[1])
    if len(kept) < 2 or len(kept) == len(sizes):
        return groups
    small = [name for g, name in enumerate(groups.names) if g not in kept]
    said.append(
        f"Left out, because they have no more respondents than the model has items "
        f"({answers.shape[1]}): {listing([f'group {name}' for name in small], shown=_SHOWN)} of "
        f"{groups.by}."
    )
    place = np.full(len(sizes) + 1, -1, dtype=np.int64)  # the last is for a group not known
    place[kept] = np.arange(len(kept))
    return replace(groups, names=tuple(groups.names[g] for g in kept), code=place[groups.code])


def _dependence(chosen: Chosen, groups: Groups) -> tuple[str, ...]:
    used = ~np.isnan(chosen.latent.answers).all(axis=1) & (groups.code >= 0)
    if chosen.groups.role == "wave":
        return (
            "The same respondents can be in several waves. The waves are treated as independent "
            "groups, although answers of one person are alike: tests of differences between waves "
            "are then too cautious for intercepts and means, and fit is approximate.",
        )
    hence = "standard errors and p values are then too small"
    if chosen.groups.role == "partner_role":
        hence = (
            "as they are in different groups here, tests of differences between the roles are too "
            "cautious for intercepts and means, and fit is approximate"
        )
    return dyad_notes(chosen.sample, used, hence)


def _check_groups(
    rows: Sequence[Floats], items: Sequence[str], groups: Groups, said: list[str]
) -> None:
    p = len(items)
    for x, name in zip(rows, groups.names, strict=True):
        if len(x) <= p:
            raise Refusal(
                f"Group {name} of {groups.by} has {counted(len(x), 'respondent')} for {p} items; a "
                "model needs more respondents than items in every group, and many more to be worth "
                "it. Join groups, leave this one out, or take fewer items."
            )
        for j, item in enumerate(items):
            given = x[~np.isnan(x[:, j]), j]
            if given.size == 0 or (given == given[0]).all():
                raise Refusal(
                    f"{item} does not vary in group {name} of {groups.by} "
                    f"({'no answers' if given.size == 0 else 'everyone gives one answer'}), so its "
                    "measurement cannot be compared. Leave it out."
                )
    small = [f"{name} ({len(x)})" for x, name in zip(rows, groups.names, strict=True)
             if len(x) < _SMALL]  # fmt: skip
    if small:
        said.append(
            f"Small groups: {listing(small, shown=_SHOWN)}. With fewer than {_SMALL} respondents "
            "in a group tests have little power and fit indices vary much."
        )


def _merge_categories(
    rows: list[Floats], items: Sequence[str], names: Sequence[str], said: list[str]
) -> list[Floats]:
    """Answers whose categories every group uses: an unused one joins its neighbour in all."""
    merged = [x.copy() for x in rows]
    for j, item in enumerate(items):
        values = np.unique(np.concatenate([x[:, j] for x in merged]))
        values = values[~np.isnan(values)]
        if len(values) > _MOST_CATEGORIES:
            raise Refusal(
                f"{item} has {len(values)} different answers; ordered categories are few. Take the "
                "answers as continuous (estimator MLR)."
            )
        empty: dict[float, list[str]] = {}
        for value in values:
            without = [
                n for x, n in zip(merged, names, strict=True) if not (x[:, j] == value).any()
            ]
            if without:
                empty[float(value)] = without
        if not empty:
            continue
        kept = [float(v) for v in values if float(v) not in empty]
        if len(kept) < 2:
            raise Refusal(
                f"{item}: the groups share fewer than two of its answers, so it cannot be compared "
                "as an ordered item. Leave it out, or take the answers as continuous (MLR)."
            )
        middle = (values[0] + values[-1]) / 2
        for value, without in empty.items():
            # towards the middle, where more people are
            nearest = min(kept, key=lambda k: (abs(k - value), abs(k - middle)))
            for x in merged:
                x[x[:, j] == value, j] = nearest
            said.append(
                f"{item}: nobody in {listing([f'group {n}' for n in without], shown=_SHOWN)} "
                f"answered {value:g}; in all groups it is counted as {nearest:g}."
            )
    return merged
