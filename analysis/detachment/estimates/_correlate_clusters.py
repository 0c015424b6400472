"""Who belongs together: dyads, or the clusters that are named."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import SurveyError, UsageError
from detachment.estimates._correlate_notes import permutation_note
from detachment.estimates._crossed import How
from detachment.estimates._study import Study
from detachment.estimates._words import cluster_numbers
from detachment.stats.sampling_design import SurveyDesign, survey_design
from detachment.stats.weighted import kish_effective_n
from detachment.text import count, counted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clustered:
    """Clusters of the rows used.

    ``codes`` (n,) are None where everyone is independent; a row without a cluster is one of its
    own, and not ``known``. ``unit`` is what a cluster is called, ``ignored`` says that there are
    dyads which are not taken whole.
    """

    codes: NDArray[np.int64] | None
    known: NDArray[np.bool_]
    unit: str
    is_dyad: bool
    ignored: bool = False

    def units(self, used: NDArray[np.bool_]) -> int:
        """Clusters among the rows used."""
        assert self.codes is not None
        return len(np.unique(self.codes[used]))

    def require(self, level: str) -> None:
        """Refuse correlations within or between clusters where there are none."""
        if self.codes is None:
            raise UsageError(
                f"--level {level} (level= in Python) needs dyads or clusters with two members or "
                "more: name a column with --cluster (cluster= in Python)."
            )

    def notes(self, used: NDArray[np.bool_], how: How, *, by_level: bool) -> list[str]:
        """Say what is taken whole, and how many; or that partners are taken as independent."""
        if self.ignored:
            return [
                "Some respondents are partners of one another. They are treated as independent, as "
                "asked (cluster none), although partners tend to be alike: intervals are then too "
                "narrow and p values too small."
            ]
        if self.codes is None:
            return []
        sizes = np.bincount(self.codes[used])
        sizes = sizes[sizes > 0]
        several, alone = int((sizes > 1).sum()), int((sizes == 1).sum())
        who = counted(int(used.sum()), "respondent")
        members = (
            f"{counted(several, 'dyad')} with both partners"
            + (f", and {counted(alone, 'person', 'people')} without the partner" if alone else "")
            if self.is_dyad
            else f"{count(several)} with two respondents or more"
        )
        where = f"{who} in {counted(len(sizes), 'cluster')} ({members})"
        if by_level:
            return [f"Clusters are those of {self.unit}: {where}."]
        if how.interval == "fisher" and how.method != "polychoric":
            return [
                f"Respondents belong together by {self.unit}: {where}. They are treated as "
                "independent by interval fisher: intervals are then too narrow and p values too "
                "small. Leave --interval (interval= in Python) out."
            ]
        return [
            f"Clustered by {self.unit}: {where}. Standard errors, intervals, and p values take "
            "clusters whole"
            + (
                "."
                if how.method == "polychoric"
                else ", with the number of clusters less one as degrees of freedom."
            )
        ]

    def permutation_note(self, n_perm: int) -> str:
        """What max-T permutes."""
        unit = "" if self.codes is None else self.unit
        return permutation_note(n_perm, unit, is_dyad=self.is_dyad)

    def level_note(self, level: str, how: How) -> str:
        """What correlations within or between clusters are."""
        what = (
            f"distances from the mean of the {self.unit}, pooled; rows less clusters less 1 "
            "degrees of freedom"
            if level == "within"
            else f"means of each {self.unit}, as often as it has members; clusters less 2 degrees "
            "of freedom"
        )
        by = (
            f"{count(how.n_boot)} bootstrap samples of clusters (BCa)"
            if how.interval == "bootstrap"
            else "Fisher's z"
        )
        return f"Pearson's r of {what}; intervals by {by}, p by the t test."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighted:
    """How people came into the sample: the design, and what is to be said of it."""

    design: SurveyDesign
    weight: str | None
    strata: str | None

    def notes(self, used: NDArray[np.bool_], clustered: Clustered) -> list[str]:
        """Weights, strata, clusters, and what n is worth."""
        design = self.design
        counted_rows = used & (design.weights > 0)
        n = int(counted_rows.sum())
        said = [
            "Design-based: weighted Pearson's r"
            + (f" (weights: {self.weight})" if self.weight else "")
            + (
                f", {counted(design.strata, 'stratum', 'strata')} of {self.strata}"
                if self.strata
                else ""
            )
            + (
                f", {counted(design.clusters, 'cluster')} ({clustered.unit})"
                if clustered.codes is not None
                else ""
            )
            + "; linearized standard errors, intervals on the scale of Fisher's z by t with "
            f"{counted(design.df, 'degree')} of freedom (clusters less strata)."
        ]
        if self.weight:
            kish = float(kish_effective_n(design.weights[counted_rows]))
            said.append(
                f"{counted(n, 'respondent')} with a weight are worth {count(kish)} with equal "
                "weights (Kish)."
            )
        lost = int((used & ~counted_rows).sum())
        if lost:
            said.append(f"{counted(lost, 'respondent')} without a positive weight: not counted.")
        if design.lonely_strata:
            said.append(
                f"{counted(design.lonely_strata, 'stratum', 'strata')} with one cluster, compared "
                "with the middle of the sample: standard errors are rather too large."
            )
        return said


def weights_of(
    study: Study, weight: str | None, strata: str | None, clustered: Clustered
) -> Weighted | None:
    """The design of the sample, where weights or strata are named."""
    if weight is None and strata is None:
        return None
    n = int(study.sample.rows.sum())
    weights = np.ones(n)
    if weight is not None:
        column = study.columns["weight"]
        weights = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        if (weights < 0).any() or np.isinf(weights).any():
            raise UsageError(
                f"weight: {weight} has negative or infinite values, which are no weights."
            )
        if not (weights > 0).any():
            raise SurveyError(f"weight: no row has a positive number in {weight}.")
    words = study.words("strata")
    if words is not None and (words == "").any():
        raise SurveyError(
            f"strata: {counted(int((words == '').sum()), 'row')} without {strata}, and every row "
            "was drawn from some stratum: correct them, or leave these rows out."
        )
    design = survey_design(
        weights,
        strata=None if words is None else words.astype(str),
        clusters=clustered.codes,
    )
    if design.df < 1:
        raise SurveyError(
            f"The design has {counted(design.clusters, 'cluster')} in "
            f"{counted(design.strata, 'stratum', 'strata')}, and so no degrees of freedom."
        )
    return Weighted(design=design, weight=weight, strata=strata)


def clusters_of(study: Study, cluster: str | None) -> Clustered:
    """Dyads where nothing is said, the clusters of a column, or none."""
    n = int(study.sample.rows.sum())
    everyone = np.ones(n, dtype=np.bool_)
    dyads = study.dyads
    if cluster == "none" or (cluster is None and dyads is None):
        return Clustered(
            codes=None, known=everyone, unit="person", is_dyad=False, ignored=dyads is not None
        )
    named = study.words("cluster") if cluster is not None else study.words("dyad")
    assert named is not None
    known = named != ""
    if cluster is None:
        return Clustered(codes=dyads, known=known, unit="dyad", is_dyad=True)
    codes, names = cluster_numbers(named)
    if names < 2:
        raise UsageError(
            f"cluster: {cluster} makes {counted(names, 'cluster')} of these rows; standard "
            "errors need two or more. Name another column, or none."
        )
    if names == int(known.sum()):
        raise UsageError(
            f"cluster: every row has a value of {cluster} of its own, so that nobody belongs "
            "together. Name another column, or none."
        )
    is_dyad = dyads is not None and len(np.unique(codes * (dyads.max() + 1) + dyads)) == len(
        np.unique(codes)
    ) == len(np.unique(dyads))
    return Clustered(codes=codes, known=known, unit="dyad" if is_dyad else cluster, is_dyad=is_dyad)
