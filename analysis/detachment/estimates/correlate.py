"""Which variables go together? Correlations of scales and items, with intervals and adjusted p."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import Refusal, SurveyError, UsageError
from detachment.estimates import _correlate_notes as notes
from detachment.estimates._correlate_clusters import Clustered, Weighted, clusters_of, weights_of
from detachment.estimates._correlate_options import (
    Adjust,
    Compare,
    Level,
    Partial,
    check_countable,
    check_options,
)
from detachment.estimates._correlate_pairs import (
    Pair,
    alike_of,
    as_variable,
    copies_of,
    crossable,
    declared_selectors,
    pairs_of,
    require_answers,
    respondents_of,
)
from detachment.estimates._correlate_parts import (
    ICC,
    AmongRows,
    bayes_part,
    dependent_differences,
    equivalence_part,
    group_differences,
    groups_part,
)
from detachment.estimates._correlate_result import Correlations
from detachment.estimates._correlate_rows import COLUMNS, disattenuated_part, table_of
from detachment.estimates._counted_pairs import Counted, count_pairs, countable
from detachment.estimates._crossed import (
    RESISTANT,
    Crossed,
    How,
    IntervalName,
    Method,
    cross,
    cross_by_design,
    cross_by_level,
    cross_by_likelihood,
    cross_counted,
)
from detachment.estimates._groups import Groups, group_rows
from detachment.estimates._ordinal import (
    CountedValues,
    Latent,
    RowValues,
    cross_latent,
    latent_doubts,
    latent_notes,
    say_perfect,
)
from detachment.estimates._result import make_table
from detachment.estimates._scales import (
    CountedSample,
    Floats,
    Missing,
    MissingRule,
    Sample,
    check_missing,
    check_rng,
    emit,
    is_counted,
    is_large,
    masked_notes,
    memory_of,
    partner_notes,
    plain,
    provenance,
)
from detachment.estimates._study import Study, take_study
from detachment.scoring import Variable, as_survey
from detachment.stats.adjust import adjust_p
from detachment.stats.icc import icc_one_way
from detachment.stats.pair_counts import PairCounts, pearson_matrix_from_counts
from detachment.stats.permutation import max_t
from detachment.text import counted, listing
from detachment.validation import LazySurvey, Survey


def correlate(
    data: Survey | LazySurvey | pd.DataFrame,
    *,
    rows: str | Sequence[str] | None = None,
    columns: str | Sequence[str] | None = None,
    method: Method = "pearson",
    missing: Missing = "pairwise",
    interval: IntervalName | None = None,
    adjust: Adjust = "holm",
    controls: str | Sequence[str] | None = None,
    partial: Partial = "both",
    level: Level = "total",
    by: str | None = None,
    compare: Compare | None = None,
    equivalence: float | None = None,
    bayes: bool = False,
    kappa: float = 1 / 3,
    cluster: str | None = None,
    weight: str | None = None,
    strata: str | None = None,
    n_boot: int = 2_000,
    n_perm: int = 10_000,
    rng: int | np.random.Generator = 1,
    confidence: float = 0.95,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Correlations:
    """Correlations of scale scores and items, each with interval, n, raw and adjusted p.

    Every pair stands once, and no variable is crossed with itself. A pair that shares an item (an
    item and its own scale, a facet and the total) gets no number: it would be part-whole. The
    family of tests is everything in the table. Where respondents are partners of one another,
    intervals and p take dyads whole.

    Parameters
    ----------
    data
        A survey, or a plain table of numbers. The rows of a large lazy survey are counted where
        they are, block by block: how often each pair of values of two variables occurs. That gives
        the very same numbers for Pearson's r, Spearman's, Kendall's and polychoric correlations
        with their default intervals, ``robust`` ones and the ``bootstrap``, in all rows, in a wave
        and by group, for partial correlations with their default intervals, comparisons of
        Pearson's r, equivalence tests, Bayes factors and corrections for unreliability; people are
        independent (``cluster="none"`` for dyads in memory). It takes up to 128 MB for each block
        that is counted. What needs the rows is refused: ``em``, ``max_t``, ``biweight``,
        ``percentage_bend``, ``partial`` on one side, ``level``, ``compare`` of ranks, ``cluster``,
        ``weight``, ``strata``, and variables with thousands of different values.
    rows, columns
        Selectors: a scale's id, a role in the plural (``"effects"``), ``"items:SCALE"``, an item's
        id, a metadata column such as age, or a list of these; by default what the instrument
        crosses. For a plain table: names of columns, by default all.
    method
        ``pearson``, ``spearman``, ``kendall`` (tau-b); ``biweight`` (midcorrelation) and
        ``percentage_bend``, which single outliers cannot move; or ``polychoric``: of the normal
        variables behind the answers to items (tetrachoric where both have two values), polyserial
        for an item with a scale score, Pearson's for two scores. The parts ``latent`` (coefficient,
        standard error, empty cells, fit) and ``thresholds`` come with it.
    missing
        ``pairwise``: everyone who has both variables of a pair. ``listwise``: only who has all
        variables of the table. ``em`` (or ``fiml``): maximum likelihood from every answer to any
        variable of the table (of the pair, where variables share items), for Pearson's r.
    interval
        ``fisher``: Fisher's z for Pearson's r, which takes answers to be normal, Bonett-Wright for
        Spearman, Fieller for Kendall; people are independent. ``robust``: the jackknife (of ranks:
        the influence) of each respondent, or of each cluster, on Fisher's z; p by the same standard
        error. ``bootstrap``: BCa, or percentile where that cannot be (polychoric correlations);
        whole clusters are drawn. Of more than 10,000 rows of independent people both rest on how
        often each pair of values occurs, which says all of a pair: how often it is drawn is
        multinomial, in whatever order and parts the rows are. By default ``fisher``, with clusters
        ``robust``; ``bootstrap`` for ``biweight`` and ``percentage_bend``.
    adjust
        ``holm``, ``bh``, ``by``, ``hochberg``, ``bonferroni``, ``max_t`` or ``none``. ``max_t``
        permutes the column variables against the row variables, all columns of a respondent
        together (whole clusters, where there are any), and so needs no variable on both sides; for
        ``pearson`` and ``spearman``.
    controls
        Selectors of variables that are held constant.
    partial
        What controls are removed from: ``both`` sides (partial correlations), or only the ``rows``
        or the ``columns`` (semipartial ones).
    level
        ``total``; ``within``: of distances from the mean of the dyad (cluster), ``between``: of the
        means. The part ``icc`` says how alike members of a cluster are.
    by
        A column that makes groups: the parts ``groups`` (every pair in every group) and
        ``differences`` (between each two groups).
    compare
        ``rows``: for each column, whether one row is more strongly associated with it than another;
        ``columns``: the same of columns. The part ``differences``: Steiger's and Meng's z, Zou's
        interval; where people or answers are not what these suppose, a t test by influences.
    equivalence
        Smallest correlation that would matter, such as 0.1: the part ``equivalence`` tests whether
        correlations are smaller (two one-sided tests).
    bayes, kappa
        Whether the part ``bayes_factors`` is given, and the width of its stretched beta prior.
    cluster
        Column of clusters (class, clinic) that are taken whole; by default the dyads of a survey;
        ``"none"`` treats people as independent.
    weight, strata
        Columns of sampling weights and strata: correlations of the population, with linearized
        standard errors of the design.
    n_boot, n_perm, rng
        Resamples of the bootstrap, permutations of ``max_t``, and their seed or generator; nothing
        else is random.
    confidence
        Level of the intervals.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    Correlations
        One row a pair: ``row, column, n, r, r_low, r_high, p, p_adjusted, adjust, family, method,
        expected_sign, disattenuated, reason``. ``disattenuated`` divides Pearson's r of two scale
        scores by the root of the product of their reliabilities (alpha, for two items
        Spearman-Brown); a value beyond 1 is not shown; the part of that name has its interval.

    Raises
    ------
    UsageError
        When a word is unknown, options do not go together or do not fit the data.
    Refusal
        When every pair crosses a variable with itself, and for polychoric correlations when
        there is no item among the variables.
    SurveyError
        When there are no rows, or no answers to any row or column variable.

    Warns
    -----
    DataWarning
        Doubtful keys, correlations against the sign that the instrument expects, identical
        variables, answers off their scale; intervals that are too narrow because answers are
        skewed, or respondents or clusters few.

    References
    ----------
    Fisher, R. A. (1921). *Metron, 1*, 3-32. Bonett, D. G., & Wright, T. A. (2000). *Psychometrika,
    65*, 23-28. Fieller, E. C., Hartley, H. O., & Pearson, E. S. (1957). *Biometrika, 44*, 470-481.
    Holm, S. (1979). *Scandinavian Journal of Statistics, 6*, 65-70. Olsson, U. (1979).
    *Psychometrika, 44*, 443-460. Steiger, J. H. (1980). *Psychological Bulletin, 87*, 245-251.
    Westfall, P. H., & Young, S. S. (1993). *Resampling-based multiple testing* (max_t). Wilcox, R.
    R. (1994). *Psychometrika, 59*, 601-616. Zou, G. Y. (2007). *Psychological Methods, 12*,
    399-413. R: ``psych::corr.test``, ``psych::partial.r``, ``lavaan::lavCor``.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 4, 5, 3], "b": [2, 2, 5, 4, 3], "c": [4, 5, 1, 2, 2]})
    >>> result = correlate(answers, rows="a", columns=["b", "c"], adjust="none")
    >>> for line in result.explain().splitlines()[:2]:
    ...     print(line)
    a is not clearly associated with b: r = .85, 95% CI [−.13, .99], p = .069, n = 5.
    a is not clearly associated with c: r = −.77, 95% CI [−.98, .35], p = .128, n = 5.
    """
    asked = dict(locals())
    rule = check_missing(missing)
    check_options(asked, rule)
    rng = check_rng(rng)
    if is_counted(data):
        check_countable(asked, rule, memory_of(data))
    study, rows, columns = _take(data, asked, rule)
    question = _Question.of(study, asked, rule, rng)
    emit(study.warnings)
    require_answers(study.sample, question.down, question.across, question.alike)
    crossed, latent = question.cross(keep=question.needs_influence)
    pairs, copies, shown = question.pairs, question.copies, question.shown
    why = "defined for Pearson's r only" if method != "pearson" else ""
    if not why and (controls or level != "total" or weight or strata):
        why = "given for plain correlations only"
    table = table_of(
        pairs,
        crossed,
        study.prepared,
        copies,
        latent.why if latent else {},
        why,
        "clusters" if question.clustered.codes is not None else "respondents",
    )
    tests = int(table["p"].notna().sum())
    if adjust == "max_t":
        table["p_adjusted"] = question.permuted(table, n_perm, rng)
    else:
        table["p_adjusted"] = adjust_p(table["p"].to_numpy(), adjust)
    table["adjust"], table["method"] = adjust, method
    table["family"] = f"{counted(tests, 'test')}: {_named(rows)} x {_named(columns)}"
    parts, said = question.beside(crossed, latent, table if not why else None)
    doubts = [*question.doubts(crossed, latent), *said.doubts]
    emit(doubts)
    used = question.used
    has_disattenuated = bool(table["disattenuated"].notna().any())
    return Correlations(
        table=table[list(COLUMNS)],
        notes=tuple(
            dict.fromkeys(
                [
                    *study.notes,
                    *masked_notes(
                        study.sample,
                        {v.scale.id: v.scale for v in question.every if v.scale}.values(),
                        tuple(study.prepared.values()),
                    ),
                    *question.notes(crossed, latent, used),
                    notes.family_note(adjust, tests),
                    *notes.content_notes(pairs, crossed),
                    *([question.clustered.permutation_note(n_perm)] if adjust == "max_t" else []),
                    *([notes.DISATTENUATED] if has_disattenuated else []),
                    *said.notes,
                ]
            )
        ),
        call={
            "verb": "correlate",
            "rows": plain(rows),
            "columns": plain(columns),
            "method": method,
            "missing": rule,
            "interval": question.interval_name,
            "adjust": adjust,
            **question.call(asked),
            "confidence": confidence,
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*study.sample.reader_warnings, *study.warnings, *doubts])),
        labels={v.id: v.label for v in question.every},
        parts=parts,
        **provenance(study.sample, question.analysed),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """Sentences that come with the parts."""

    notes: list[str]
    doubts: list[str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Question:
    """Everything that the pairs of a table have in common."""

    study: Study
    rule: MissingRule
    asked: Mapping[str, Any]
    how: How
    down: tuple[Variable, ...]
    across: tuple[Variable, ...]
    numbers: Mapping[str, Floats]
    x: Floats  # row variables (n, p)
    y: Floats  # column variables (n, q)
    pairs: list[Pair]
    copies: list[Pair]
    shown: NDArray[np.bool_]
    clustered: Clustered
    weighted: Weighted | None
    counted: Counted | None = None  # of a lazy survey, in place of numbers

    @classmethod
    def of(
        cls,
        study: Study,
        asked: Mapping[str, Any],
        rule: MissingRule,
        rng: int | np.random.Generator,
    ) -> "_Question":
        down, across = (
            tuple(as_variable(m) for m in study.measures[side]) for side in ("rows", "columns")
        )
        pairs = pairs_of(down, across)
        both_sides = [v.id for v in down if v.id in {w.id for w in across}]
        if asked["adjust"] == "max_t" and both_sides:
            raise UsageError(
                f"adjust max_t permutes the columns against the rows, and {listing(both_sides)} "
                "would be on both sides. Name other --rows or --columns (rows=, columns= in "
                "Python), or another adjustment."
            )
        if not pairs:
            raise Refusal(
                f"{listing({v.id: v for v in (*down, *across)})}: a variable correlates with "
                "itself at 1, which says nothing. Name other --rows or --columns (rows=, columns= "
                "in Python)."
            )
        held = tuple(as_variable(m) for m in study.measures["controls"])
        _check_controls(held, (*down, *across))
        numbers = {m.id: m.x for m in study.every.values()}
        if rule == "listwise":
            there = [~np.isnan(column) for column in numbers.values()]
            complete = np.all([column for column in there if column.any()], axis=0)
            numbers = {name: np.where(complete, x, np.nan) for name, x in numbers.items()}
        clustered = clusters_of(study, asked["cluster"])
        if asked["level"] != "total":
            clustered.require(asked["level"])
            numbers = {n: np.where(clustered.known, x, np.nan) for n, x in numbers.items()}
        controls = study.matrix("controls")
        if held:
            controls = np.column_stack([numbers[v.id] for v in held])
        counted = None
        if isinstance(study.sample, CountedSample):
            counted = count_pairs(
                study.sample,
                list(study.every.values()),
                pairs,
                by=asked["by"],
                listwise=rule == "listwise",
                held=[v.id for v in held],
                **_compared(asked["compare"], down, across),
            )
        if counted is not None and counted.complete is not None:
            _check_counted_rank(counted.complete, [counted.place[v.id] for v in held], held)
        elif held:
            _check_rank(controls, held)
        copies = copies_of(pairs, numbers) if counted is None else counted.copies(pairs)
        x, y = (np.column_stack([numbers[v.id] for v in side]) for side in (down, across))
        shown = crossable(pairs, copies, (len(down), len(across)))
        return cls(
            study=study,
            rule=rule,
            asked=asked,
            how=How(
                method=asked["method"],
                interval=_interval(asked, clustered),
                confidence=asked["confidence"],
                clusters=clustered.codes,
                controls=controls,
                partial=asked["partial"],
                exact=asked["partial"] != "both"
                and asked["interval"] is None
                and clustered.codes is None,
                n_boot=asked["n_boot"],
                rng=rng,
                among=shown if is_large(study.sample) else None,
            ),
            down=down,
            across=across,
            numbers=numbers,
            x=x,
            y=y,
            pairs=pairs,
            copies=copies,
            shown=shown,
            clustered=clustered,
            weighted=weights_of(study, asked["weight"], asked["strata"], clustered),
            counted=counted,
        )

    @property
    def every(self) -> list[Variable]:
        """All variables, controls too."""
        return [as_variable(m) for m in self.study.every.values()]

    @property
    def crossed_numbers(self) -> dict[str, Floats]:
        """Numbers of the row and column variables."""
        return {v.id: self.numbers[v.id] for v in (*self.down, *self.across)}

    @property
    def alike(self) -> dict[str, tuple[int, float]]:
        """Variable -> how many values there are, and which if it is always the same, else NaN."""
        if self.counted is not None:
            return self.counted.alike
        return alike_of(self.numbers)

    @property
    def used(self) -> NDArray[np.bool_]:
        """Who has a row variable and a column variable, (n,)."""
        return respondents_of(self.down, self.across, self.numbers)

    @property
    def analysed(self) -> int:
        """How many these are."""
        return int(self.used.sum()) if self.counted is None else self.counted.found.both

    @property
    def places(self) -> tuple[list[int], list[int]]:
        """Where row variables and column variables stand among those that were counted."""
        assert self.counted is not None
        down, across = (
            [self.counted.place[v.id] for v in side] for side in (self.down, self.across)
        )
        return down, across

    @property
    def looks(self) -> notes.Looks:
        """How the variables are distributed."""
        if self.counted is None:
            return notes.Looks.of_rows(self.x, self.y)
        total = self.counted.total
        return notes.Looks.of_counts(total, *self.places, total.rows)

    @property
    def by_pearson(self) -> bool:
        """Whether what is asked rests on normal answers of independent people."""
        return self.how.method == "pearson" and self.how.interval == "fisher" and not self.how.k

    @property
    def needs_influence(self) -> bool:
        """Whether the whole table is asked for covariances of its correlations."""
        return self.asked["compare"] is not None and not self.by_pearson

    @property
    def interval_name(self) -> str:
        """What the intervals are, for the record of the call."""
        if self.weighted:
            return "design"
        own = self.rule == "em" or self.how.method == "polychoric"
        return "delta" if own and self.how.interval != "bootstrap" else self.how.interval

    def cross(
        self, where: NDArray[np.bool_] | None = None, *, keep: bool = False
    ) -> tuple[Crossed, Latent | None]:
        """Every row with every column, among all or among the people of a group."""
        if self.counted is not None:
            return self.cross_counts(self.counted.total)
        numbers, how, x, y = self.numbers, self.how, self.x, self.y
        if where is not None:
            numbers = {name: np.where(where, column, np.nan) for name, column in numbers.items()}
            x, y = (np.where(where[:, None], side, np.nan) for side in (x, y))
            controls = np.where(where[:, None], how.controls, np.nan) if how.k else how.controls
            how = replace(how, controls=controls)
        if how.method == "polychoric":
            pairs = [(pair.row, pair.column) for pair in self.pairs if not pair.shared]
            latent = cross_latent(self.down, self.across, RowValues(numbers), pairs, how)
            return latent.crossed, latent
        if self.rule == "em":
            found = cross_by_likelihood(
                {v.id: numbers[v.id] for v in (*self.down, *self.across)},
                self.down, self.across, how.clusters, how.confidence,
            )  # fmt: skip
            return found, None
        if self.weighted:
            return cross_by_design(x, y, self.weighted.design, how.confidence), None
        if self.asked["level"] != "total":
            return cross_by_level(x, y, how, self.asked["level"]), None
        return cross(x, y, how, keep=keep), None

    def cross_counts(self, counts: PairCounts) -> tuple[Crossed, Latent | None]:
        """As :meth:`cross`, from counts of all rows or of a group."""
        assert self.counted is not None
        if self.how.method == "polychoric":
            pairs = [(pair.row, pair.column) for pair in self.pairs if not pair.shared]
            values = CountedValues(counts, self.counted.place, self.counted.total.rows)
            with countable():
                latent = cross_latent(self.down, self.across, values, pairs, self.how)
            return latent.crossed, latent
        with countable():
            held = [self.counted.place[m.id] for m in self.study.measures["controls"]]
            found = cross_counted(counts, *self.places, self.counted.total.rows, self.how, held)
        return found, None

    def permuted(self, table: pd.DataFrame, n_perm: int, rng: int | np.random.Generator) -> Floats:
        """Adjusted p by max-T: the columns of respondents, or of clusters, are permuted."""
        x, y = self.x, self.y
        among = np.zeros(self.shown.shape, dtype=bool)
        for pair, p in zip(self.pairs, table["p"], strict=True):
            among[pair.i, pair.j] = not np.isnan(p)
        clusters = self.clustered.codes  # people alone are exchanged among themselves
        roles = self.study.sample.column("partner_role") if self.clustered.is_dyad else None
        if clusters is not None and roles is not None:
            # so that partners of the same role change places
            order = np.argsort(pd.factorize(roles, sort=True)[0], kind="stable")
            x, y, clusters = x[order], y[order], clusters[order]
        test = max_t(
            x,
            y,
            method="spearman" if self.how.method == "spearman" else "pearson",
            clusters=clusters,
            among=among,
            n_perm=n_perm,
            rng=rng,
        )
        return np.array([test.p_adjusted[pair.i, pair.j] for pair in self.pairs], dtype=np.float64)

    def beside(
        self, crossed: Crossed, latent: Latent | None, table: pd.DataFrame | None
    ) -> tuple[dict[str, pd.DataFrame], _Said]:
        """Parts, and what is to be said of them; ``table`` where it may be disattenuated."""
        asked, said = self.asked, _Said([], [])
        parts: dict[str, pd.DataFrame] = {}
        if latent:
            parts |= _latent_parts(latent, self.copies)
        if table is not None and self.rule != "em":
            of_scores = disattenuated_part(
                self.pairs, table, self.study.prepared, self.how.clusters, self.how.confidence
            )
            if len(of_scores):
                parts["disattenuated"] = of_scores
        if asked["level"] != "total":
            parts["icc"] = self._alike()
        if asked["by"] is not None:
            found, more = self._groups()
            parts |= found
            said.notes.extend(more)
        if asked["compare"] is not None:
            parts["differences"] = dependent_differences(
                asked["compare"], self.down, self.across, self.pairs, self.copies, crossed,
                self.counted or AmongRows(self.numbers), self.how.confidence, asked["adjust"],
            )  # fmt: skip
            said.notes.append(_compare_note(asked["compare"], by_normal=self.by_pearson))
        if asked["equivalence"] is not None:
            parts["equivalence"] = equivalence_part(
                self.pairs, crossed, self.shown, asked["equivalence"], self.how.confidence,
                asked["adjust"],
            )  # fmt: skip
            said.notes.append(
                f"equivalence: two one-sided tests that a correlation lies between "
                f"-{asked['equivalence']:g} and {asked['equivalence']:g}; equivalent where the "
                f"adjusted p is below {1 - self.how.confidence:.3g}. Bounds mean something only if "
                "they were chosen before the data were seen."
            )
        if asked["bayes"]:
            parts["bayes_factors"] = bayes_part(
                self.pairs, crossed, self.shown, asked["kappa"], self.how.k
            )
            said.notes.append(
                f"bayes_factors: for a correlation against none, with a stretched beta prior of "
                f"width {asked['kappa']:.3g} on it (JZS; Ly et al., 2016), for normal answers. "
                "n_effective is how many independent people would make Fisher's z as certain."
            )
        return parts, said

    def _alike(self) -> pd.DataFrame:
        """Intraclass correlation of each variable: how alike members of a cluster are."""
        assert self.how.clusters is not None
        names = list(self.crossed_numbers)
        x = np.column_stack([self.numbers[name] for name in names])
        known = self.clustered.known
        found = icc_one_way(x[known], self.how.clusters[known], self.how.confidence)
        values = zip(
            names, found.n, found.groups, found.icc1, found.low, found.high, found.icc2, strict=True
        )
        keys = ("variable", "n", "clusters", "icc", "icc_low", "icc_high", "reliability_of_means")
        return make_table([dict(zip(keys, row, strict=True)) for row in values], ICC)

    def _groups(self) -> tuple[dict[str, pd.DataFrame], list[str]]:
        """Every pair in every group, and the differences."""
        if self.counted is not None:
            assert self.counted.groups is not None
            groups = self.counted.groups
        else:
            groups = _group_codes(self.study, self.asked["by"])
        clusters = self.how.clusters
        keep = (
            clusters is not None
            and self.how.method not in (*RESISTANT, "polychoric")
            and self.rule != "em"
            and self.asked["level"] == "total"
            and not self.weighted
        )
        if self.counted is not None:
            each = [self.cross_counts(counts)[0] for counts in self.counted.each]
            unknown = self.counted.without_group
        else:
            each = [self.cross(groups.code == k, keep=keep)[0] for k in range(len(groups.names))]
            unknown = int((groups.code < 0).sum())
        confidence, adjust = self.how.confidence, self.asked["adjust"]
        more = [
            f"groups and differences: of {groups.by}, each a family of tests of its own, adjusted "
            f"by {notes.ADJUSTMENT_NOTES.get('holm' if adjust == 'max_t' else adjust, 'nothing')}; "
            "differences of Fisher's z of independent correlations"
            + (", or of the same clusters where they have people in both groups" if keep else "")
            + ", intervals of Zou (2007)."
        ]
        if unknown:
            more.append(f"{counted(unknown, 'row')} without {groups.by}: in no group.")
        return {
            "groups": groups_part(self.pairs, self.copies, groups, each, adjust),
            "differences": group_differences(
                self.pairs, self.copies, groups, each, clusters, confidence, adjust
            ),
        }, more

    def doubts(self, crossed: Crossed, latent: Latent | None) -> list[str]:
        """What must be looked at."""
        prepared = self.study.prepared
        told = {name for name, part in prepared.items() if part.warnings and part.obstacle}
        ids = {pair.ids for pair in self.copies}
        said = [
            *notes.without_variance(self.alike, told),
            *notes.say_copies(self.copies),
            *(
                say_perfect(latent, ids)
                if latent
                else notes.say_perfect(self.pairs, crossed, self.copies, self.how.method)
            ),
            *notes.sign_alarms(self.pairs, crossed),
            *(latent_doubts(latent) if latent else []),
        ]
        plain_r = self.how.method == "pearson" and self.rule != "em" and not self.weighted
        if plain_r and self.asked["level"] == "total" and self.how.interval != "bootstrap":
            with countable():
                said += notes.interval_doubts(
                    self.shown, crossed, self.looks, self.down, self.across, self.how
                )
        if self.weighted:
            said += notes.cluster_doubts(
                self.weighted.design.df, "degree of freedom", "degrees of freedom"
            )
        elif self.how.clusters is not None and self.how.interval != "fisher":
            said += notes.cluster_doubts(self.clustered.units(self.used), "cluster")
        return said

    def notes(self, crossed: Crossed, latent: Latent | None, used: NDArray[np.bool_]) -> list[str]:
        """How it was done."""
        whole = self.how.clusters is not None
        level, controls = self.asked["level"], self.study.measures["controls"]
        said: Sequence[str] = latent_notes(latent) if latent else ()
        if self.weighted:
            return [
                *self.weighted.notes(used, self.clustered),
                *(self.clustered.notes(used, self.how, by_level=False)[: self.clustered.ignored]),
                *notes.missing_notes(self.pairs, self.rule, self.how),
            ]
        if level != "total":
            said = (self.clustered.level_note(level, self.how),)
        elif not latent:
            said = (notes.estimation_note(self.how, self.rule, whole=whole),)
        held = []
        if controls:
            side = {"both": "both sides (partial correlations)"}.get(
                self.how.partial, f"the {self.how.partial} only (semipartial correlations)"
            )
            names = listing((m.id for m in controls), shown=10)
            held = [
                f"Held constant: {names}, removed from {side}; "
                f"{counted(self.how.k, 'degree')} of freedom less."
            ]
        return [
            *said,
            *held,
            *notes.fallback_note(crossed, self.shown),
            *notes.missing_notes(self.pairs, self.rule, self.how),
            *self.clustered.notes(used, self.how, by_level=level != "total"),
            *self._partners(),
            *_unused_weight(self.study.sample),
        ]

    def _partners(self) -> tuple[str, ...]:
        """Say that nobody looks for partners among rows that are counted."""
        if self.counted is None:
            return ()
        hence = "intervals are then too narrow and p values too small"
        return partner_notes(self.study.sample, (), hence)

    def call(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Options that are not the usual ones."""
        given: dict[str, Any] = {}
        if self.how.k:
            given |= {"controls": plain(asked["controls"]), "partial": asked["partial"]}
        if asked["level"] != "total":
            given |= {"level": asked["level"], "unit": self.clustered.unit}
        given |= {
            name: asked[name]
            for name in ("by", "compare", "equivalence", "cluster", "weight", "strata")
            if asked[name] is not None
        }
        if asked["bayes"]:
            given["kappa"] = asked["kappa"]
        random = {}
        if asked["adjust"] == "max_t":
            random["n_perm"] = asked["n_perm"]
        if self.how.interval == "bootstrap":
            random["n_boot"] = asked["n_boot"]
        if random:
            rng = asked["rng"]
            random["rng"] = rng if isinstance(rng, int) else "Generator"
        return given | random


def _take(
    data: Survey | LazySurvey | pd.DataFrame, asked: Mapping[str, Any], rule: MissingRule
) -> tuple[Study, str | Sequence[str], str | Sequence[str]]:
    """The variables side by side, and the selectors that named them."""
    rows: str | Sequence[str] | None = _as_text(asked["rows"])
    columns: str | Sequence[str] | None = _as_text(asked["columns"])
    controls = _as_text(asked["controls"])
    others = {name: asked[name] for name in ("by", "weight", "strata")}
    others["cluster"] = None if asked["cluster"] == "none" else asked["cluster"]
    if isinstance(data, pd.DataFrame):
        apart = {str(name) for name in others.values() if name is not None}
        apart |= {controls} if isinstance(controls, str) else set(controls or ())
        everything = [str(name) for name in data.columns if str(name) not in apart]
        rows = everything if rows is None else rows
        columns = everything if columns is None else columns
    else:
        lazy = isinstance(data, LazySurvey)
        instrument = data.instrument if lazy else as_survey(data).instrument
        rows, columns = declared_selectors(instrument, rows, columns)
    for name, selector in (("rows", rows), ("columns", columns)):
        if not selector:
            raise UsageError(f"No variables are named: the list is empty ({name}).")
    study = take_study(
        data,
        measures={"rows": rows, "columns": columns, "controls": controls},
        columns={**others, "dyad": None},
        wave=asked["wave"],
        require=False,
        numbers=("rows", "columns"),
        missing=rule,
        reverse=asked["reverse"],
        values=asked["values"],
        counted=True,
    )
    return study, rows, columns


def _as_text(names: str | Sequence[str] | None) -> str | list[str] | None:
    """Names of columns as text: a plain table may number its columns."""
    return names if names is None or isinstance(names, str) else [str(name) for name in names]


def _interval(asked: Mapping[str, Any], clustered: Clustered) -> IntervalName:
    """Which interval is the right one where none is named."""
    if asked["interval"] is not None:
        named: IntervalName = asked["interval"]
        return named
    if asked["level"] != "total":
        return "fisher"
    if asked["method"] in RESISTANT:
        return "bootstrap"
    semipartial = asked["partial"] != "both"
    return "fisher" if clustered.codes is None and not semipartial else "robust"


def _check_controls(held: Sequence[Variable], crossed: Sequence[Variable]) -> None:
    """Refuse a control that is one of the variables, or shares an item with one."""
    for control in held:
        for variable in crossed:
            same = control.id == variable.id
            shared = sorted(set(control.items) & set(variable.items))
            if same or shared:
                why = "is one of" if same else f"shares {listing(shared, shown=3)} with"
                what = "the variables that are correlated" if same else variable.id
                raise UsageError(
                    f"controls: {control.id} {why} {what}; what is held constant cannot be "
                    "correlated. Leave it out on one side."
                )


def _check_rank(controls: Floats, held: Sequence[Variable]) -> None:
    complete = controls[np.isfinite(controls).all(axis=1)]
    if len(complete) < controls.shape[1] + 3:
        raise _too_few(len(complete), held)
    centred = complete - complete.mean(axis=0)
    spread = centred.std(axis=0)
    _check_constant([v.id for v, s in zip(held, spread, strict=True) if not s > 0])
    if np.linalg.matrix_rank(centred / spread, tol=1e-8 * np.sqrt(len(complete))) < len(held):
        raise _dependent(held)


def _check_counted_rank(
    counts: PairCounts, places: Sequence[int], held: Sequence[Variable]
) -> None:
    """As :func:`_check_rank`, from counts of the rows with all of them."""
    n = int(counts.times[places[0]].sum())
    if n < len(places) + 3:
        raise _too_few(n, held)
    values = [counts.values[at] for at in places]
    _check_constant([v.id for v, own in zip(held, values, strict=True) if len(own) < 2])
    with countable():
        matrix = pearson_matrix_from_counts(counts, places, n)
    if np.linalg.eigvalsh(matrix)[0] < 1e-12:
        raise _dependent(held)


def _compared(
    compare: str | None, down: Sequence[Variable], across: Sequence[Variable]
) -> dict[str, list[str]]:
    """Ids of the variables that are compared, and of those that they are crossed with."""
    if compare is None:
        return {}
    compared, fixed = (down, across) if compare == "rows" else (across, down)
    return {"compared": [v.id for v in compared], "fixed": [v.id for v in fixed]}


def _too_few(n: int, held: Sequence[Variable]) -> SurveyError:
    return SurveyError(
        f"{counted(n, 'respondent')} with all of {listing(v.id for v in held)}: "
        "too few to hold them constant. Name fewer controls."
    )


def _check_constant(constant: Sequence[str]) -> None:
    if constant:
        raise SurveyError(
            f"controls: {listing(constant)} {'is' if len(constant) == 1 else 'are'} constant, and "
            "so already held constant. Leave out."
        )


def _dependent(held: Sequence[Variable]) -> UsageError:
    return UsageError(
        f"controls: {listing(v.id for v in held)} follow from one another. Leave one out."
    )


def _group_codes(study: Study, by: str) -> Groups:
    column = study.columns["by"] if study.sample.is_frame else None
    return group_rows(study.sample, by, column, None)


def _compare_note(compare: str, *, by_normal: bool) -> str:
    how = (
        "Steiger's (1980) z with the mean correlation in its variance, and that of Meng et al. "
        "(1992), both for normal answers"
        if by_normal
        else "t of the difference of Fisher's z by the influence of each respondent or cluster on "
        "both correlations, which needs no normal answers"
    )
    other = "column" if compare == "rows" else "row"
    return (
        f"differences: of two {compare} in their correlation with the same {other}; {how}; "
        "intervals of Zou (2007). Correlations are compared with their signs: between variables "
        "scored in opposite directions a difference is none of strength. They are a family of "
        "tests of their own."
    )


def _latent_parts(latent: Latent, copies: Sequence[Pair]) -> dict[str, pd.DataFrame]:
    """What else is known of correlations behind the answers, but for copies."""
    found, same = latent.pairs, {pair.ids for pair in copies}
    keep = [pair not in same for pair in zip(found["row"], found["column"], strict=True)]
    return {"latent": found[keep].reset_index(drop=True), "thresholds": latent.thresholds}


def _unused_weight(sample: Sample) -> list[str]:
    there = sample.survey.responses
    weights = [c.id for c in sample.instrument.columns_with_role("weight") if c.id in there]
    if not weights:
        return []
    return [
        f"The data have weights ({weights[0]}), which are not used: these are correlations in "
        "the sample. --weight (weight= in Python) takes them."
    ]


def _named(selector: str | Sequence[str]) -> str:
    names = [selector] if isinstance(selector, str) else list(selector)
    return ", ".join(names) if len(names) <= 5 else f"{', '.join(names[:4])}, ... ({len(names)})"
