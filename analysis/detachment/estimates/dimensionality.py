"""How many dimensions do these items have? Every usual rule, side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from detachment.errors import UsageError
from detachment.estimates._pool import Method, Pool, take_pool
from detachment.estimates._result import Result, make_table
from detachment.estimates._scales import Missing, emit, plain, provenance, take_seed
from detachment.estimates._sentences import not_given, people
from detachment.stats.dimensionality import (
    MinimumPartial,
    ParallelAnalysis,
    bartlett_test,
    kmo,
    minimum_average_partial,
    normal_correlations,
    parallel_analysis,
    permuted_correlations,
    permuted_polychoric,
    very_simple_structure,
)
from detachment.text import bounded, count, counted, number, p_statement, p_value, percent
from detachment.validation import Survey

COLUMNS = {"rule": "str", "basis": "str", "n_factors": "Int64", "reason": "str"}
ADEQUACY = {
    "n_items": "Int64",
    "n": "float64",
    "kmo": "float64",
    "bartlett_chi2": "float64",
    "bartlett_df": "Int64",
    "bartlett_p": "float64",
    "log_determinant": "float64",
    "smallest_eigenvalue": "float64",
    "reason": "str",
}
EIGENVALUES = {
    "place": "Int64",
    "component": "float64",
    "component_normal_mean": "float64",
    "component_normal_quantile": "float64",
    "component_permuted_mean": "float64",
    "component_permuted_quantile": "float64",
    "factor": "float64",
    "factor_normal_mean": "float64",
    "factor_normal_quantile": "float64",
    "factor_permuted_mean": "float64",
    "factor_permuted_quantile": "float64",
    "map_squared": "float64",
    "map_fourth": "float64",
}
MSA = {"item": "str", "keyed": "Int64", "msa": "float64", "reason": "str"}
RULES = {
    "parallel_factors": "Parallel analysis, factors",
    "parallel_components": "Parallel analysis, components",
    "parallel_factors_permuted": "Parallel analysis, factors, permuted answers",
    "parallel_components_permuted": "Parallel analysis, components, permuted answers",
    "map": "MAP, squared (1976)",
    "map_fourth": "MAP, fourth powers (2000)",
    "vss_1": "Very simple structure, complexity 1",
    "vss_2": "Very simple structure, complexity 2",
    "kaiser": "Eigenvalues above 1",
}
_PLAIN_RULES = {
    "parallel_factors": "More in common than in made-up answers (factors)",
    "parallel_components": "More in common than in made-up answers (components)",
    "parallel_factors_permuted": "More in common than in shuffled answers (factors)",
    "parallel_components_permuted": "More in common than in shuffled answers (components)",
    "map": "Least left over when taken out (squares)",
    "map_fourth": "Least left over when taken out (fourth powers)",
    "vss_1": "Each question belongs to one thing alone",
    "vss_2": "Each question belongs to two things at most",
    "kaiser": "An old rule of thumb, which often finds too many",
}
_FEWEST_RANDOM = 20
_ADEQUATE = 0.6
_VSS_MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Dimensionality(Result):
    """Number of factors by each rule, one row a rule."""

    def _plain(self) -> Iterable[str]:
        about = self.parts["adequacy"].to_dict(orient="records")[0]
        items = counted(int(about["n_items"]), "question")
        yield (
            f"How many things do the {items} ask about ({people(about['n'])})? Rules that look for "
            "groups of questions whose answers go together say:"
        )
        for row in self.table.to_dict(orient="records"):
            if pd.isna(row["n_factors"]):
                yield not_given(_PLAIN_RULES[row["rule"]], row["reason"])
            else:
                found = counted(int(row["n_factors"]), "thing")
                yield f"{_PLAIN_RULES[row['rule']]}: {found}."

    def _meaning(self) -> Iterable[str]:
        yield (
            "Where the rules disagree, no number is the right one: what the questions ask about "
            "has to decide."
        )
        yield "A group of questions that go together has no name by itself; we give it one."

    def _apa(self) -> Iterable[str]:
        about = self.parts["adequacy"].to_dict(orient="records")[0]
        lines = []
        if np.isnan(about["kmo"]):
            lines.append(f"No measure of sampling adequacy is given: {about['reason']}.")
        else:
            lines.append(
                f"The Kaiser–Meyer–Olkin measure was {bounded(about['kmo'])} "
                f"({count(about['n_items'])} items, n = {count(about['n'])}), and Bartlett's test "
                "of sphericity gave "
                f"χ²({count(about['bartlett_df'])}) = {number(about['bartlett_chi2'])}, "
                f"{p_statement(about['bartlett_p'])}."
            )
        for row in self.table.to_dict(orient="records"):
            if pd.isna(row["n_factors"]):
                lines.append(f"{RULES[row['rule']]}: no number; {row['reason']}.")
                continue
            what = "component" if "components" in row["rule"] else "factor"
            lines.append(f"{RULES[row['rule']]}: {counted(int(row['n_factors']), what)}.")
        return lines

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number."""
        if part == "eigenvalues" and column.startswith("map_"):
            return "no partial correlations are left when as many components are taken out"
        return super(Dimensionality, self).why_missing(part, column)

    def display(self) -> pd.DataFrame:
        """The table as people read it."""
        shown = pd.DataFrame(
            {
                "Rule": self.table["rule"].map(RULES),
                "Basis": self.table["basis"],
                "Number": self.table["n_factors"].astype("float64").map(count),
            }
        )
        if self.table["reason"].ne("").any():
            shown["Remark"] = self.table["reason"]
        return shown

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Adequacy, eigenvalues beside those of random data, and the items."""
        about, values, items = (self.parts[k] for k in ("adequacy", "eigenvalues", "msa"))
        return {
            "Adequacy": pd.DataFrame(
                {
                    "Items": about["n_items"].astype("float64").map(count),
                    "n": about["n"].map(count),
                    "KMO": about["kmo"].map(bounded),
                    "Bartlett's χ²": about["bartlett_chi2"].map(number),
                    "df": about["bartlett_df"].astype("float64").map(count),
                    "p": about["bartlett_p"].map(p_value),
                }
            ),
            "Eigenvalues": pd.DataFrame(
                {
                    "Place": values["place"],
                    "Component": values["component"].map(number),
                    "Random": values["component_normal_quantile"].map(number),
                    "Permuted": values["component_permuted_quantile"].map(number),
                    "Factor": values["factor"].map(number),
                    "Random factor": values["factor_normal_quantile"].map(number),
                    "Permuted factor": values["factor_permuted_quantile"].map(number),
                    "MAP": values["map_squared"].map(lambda value: bounded(value, 3)),
                }
            ),
            "Sampling adequacy of items": pd.DataFrame(
                {"Item": items["item"], "MSA": items["msa"].map(bounded)}
            ),
        }


def dimensionality(
    data: Survey | pd.DataFrame,
    *,
    scales: str | Sequence[str] | None = None,
    method: Method = "pearson",
    missing: Missing = "pairwise",
    n_random: int = 1000,
    quantile: float = 0.95,
    smooth: bool = False,
    rng: int | np.random.Generator = 1,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Dimensionality:
    """How many factors items have: parallel analysis, MAP, very simple structure, adequacy.

    Items are reversed as their scales key them before any statistic.

    Parameters
    ----------
    data
        A survey, or a plain table in which every column is an item.
    scales
        A selector: a scale's id, a role in the plural (``"signs"``), or a list of these; their
        items are analysed together. By default the signs, or the only scale there is.
    method
        Correlations: ``pearson``, or ``polychoric`` for few ordered categories.
    missing
        ``pairwise``: a correlation uses everyone who answered both items. ``listwise``: only who
        answered every item. ``em``: maximum likelihood under normality from all answers (Pearson).
    n_random
        Number of random data sets of each kind in parallel analysis; of so many answers that
        shuffling them would take minutes, fewer are shuffled, at least 100, and said.
    quantile
        An observed eigenvalue counts when it lies above this quantile of the random ones.
    smooth
        Whether correlations that are not positive definite are smoothed.
    rng
        Seed or generator of the random data.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    Dimensionality
        One row a rule: ``rule, basis, n_factors, reason``. Rules: ``parallel_factors`` and
        ``parallel_components`` (random normal data), the same ``_permuted`` (each item's own
        answers shuffled), ``map`` (Velicer's, from m = 0), ``map_fourth``, ``vss_1``, ``vss_2``,
        ``kaiser``. Parts: ``adequacy`` (KMO, Bartlett's test), ``eigenvalues`` (observed and
        random, MAP after so many components), ``msa`` (of each item).

    Raises
    ------
    UsageError
        When a word is unknown or an option does not fit the data.
    Refusal
        When fewer than three items can be used, or their correlations are unknown.
    SurveyError
        When there are no rows, or none of the items is in the data.

    Warns
    -----
    DataWarning
        Doubtful keys, items left out, few rows, correlations that are not positive definite.

    References
    ----------
    Horn, J. L. (1965). *Psychometrika, 30*, 179-185. Velicer, W. F. (1976). *Psychometrika, 41*,
    321-327. Kaiser, H. F. (1970). *Psychometrika, 35*, 401-415. Revelle, W., & Rocklin, T. (1979).
    *Multivariate Behavioral Research, 14*, 403-414. R: ``psych::KMO``, ``psych::fa.parallel``,
    ``psych::vss``.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> trait = np.repeat(rng.normal(size=(200, 2)), 4, axis=1)
    >>> x = pd.DataFrame(trait + rng.normal(size=trait.shape), columns=list("abcdefgh"))
    >>> result = dimensionality(x, n_random=200)
    >>> result.table.set_index("rule")["n_factors"].loc[["parallel_factors", "map"]].tolist()
    [2, 2]
    """
    if isinstance(n_random, bool) or int(n_random) != n_random or n_random < _FEWEST_RANDOM:
        raise UsageError(
            f"--random (n_random= in Python) is a number of data sets, at least {_FEWEST_RANDOM}; "
            f"it cannot be {n_random!r}."
        )
    if not 0 < quantile < 1:
        raise UsageError(f"quantile is a share between 0 and 1, such as 0.95, not {quantile!r}.")
    pool = take_pool(
        data,
        scales=scales,
        method=method,
        missing=missing,
        smooth=smooth,
        wave=wave,
        reverse=reverse,
        values=values,
    )
    emit(pool.warnings)
    seed = take_seed(rng)
    normal = random_parallel(pool, int(n_random), quantile, seed)
    n_shuffled = min(int(n_random), max(_FEWEST_SHUFFLED, _MOST_SHUFFLED // pool.part.answers.size))
    permuted = _permuted_parallel(pool, n_shuffled, quantile, seed)
    partial = minimum_average_partial(pool.cor)
    return Dimensionality(
        table=make_table(_rules(pool, normal, permuted, partial), COLUMNS),
        parts={
            "adequacy": make_table([_adequacy(pool)], ADEQUACY),
            "eigenvalues": _eigenvalues(normal, permuted, partial),
            "msa": make_table(_items(pool), MSA),
        },
        notes=(
            *pool.notes,
            *_notes(pool, normal, permuted),
            *([_FEWER_SHUFFLED] if n_shuffled < n_random else []),
        ),
        call={
            "verb": "dimensionality",
            "scales": plain(scales),
            "method": method,
            "missing": missing,
            "n_random": int(n_random),
            "quantile": quantile,
            "smooth": smooth,
            "rng": rng if isinstance(rng, int) else "Generator",
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*pool.sample.reader_warnings, *pool.warnings])),
        labels={scale.id: scale.label for scale in pool.scales},
        **provenance(pool.sample, pool.part.n),
    )


_FEWEST_SHUFFLED = 100  # data sets
_MOST_SHUFFLED = 450_000_000  # answers, in all data sets
_FEWER_SHUFFLED = (
    "Fewer data sets are shuffled than drawn, because there are so many answers; with so many "
    "respondents their eigenvalues hardly differ from one another."
)


def random_parallel(pool: Pool, n_random: int, quantile: float, seed: int) -> ParallelAnalysis:
    """Eigenvalues beside those of normal data without correlations, of the same size."""
    n = max(2, round(pool.n))
    random = normal_correlations(n, len(pool.cor), n_replicates=n_random, rng=seed)
    return parallel_analysis(pool.cor, random, quantile=quantile)


def _permuted_parallel(pool: Pool, n_random: int, quantile: float, seed: int) -> ParallelAnalysis:
    answers = pool.part.answers[pool.part.respondents]
    shuffle = permuted_correlations if pool.method == "pearson" else permuted_polychoric
    random = shuffle(answers, n_replicates=n_random, rng=seed)
    return parallel_analysis(pool.cor, random, quantile=quantile)


def _rules(
    pool: Pool, normal: ParallelAnalysis, permuted: ParallelAnalysis, partial: MinimumPartial
) -> list[Mapping[str, object]]:
    above = f"above the {percent(normal.quantile)} quantile of"
    least = max(1, normal.n_replicates // 10)
    no_random = "" if permuted.n_replicates >= least else "the shuffled answers do not correlate"
    undefined = "" if np.isfinite(partial.squared[1:]).any() else "no component leaves variance"
    simple = very_simple_structure(pool.cor, most=_VSS_MOST)
    rows: list[Mapping[str, object]] = []
    p = len(pool.cor)
    few = ""
    if pool.part.n <= p:
        few = f"no more respondents ({pool.part.n}) than items ({p})"

    def add(rule: str, basis: str, number: int, reason: str = "") -> None:
        reason = few or reason
        rows.append(
            {
                "rule": rule,
                "basis": basis,
                "n_factors": None if reason else int(number),
                "reason": reason,
            }
        )

    data = f"{above} {normal.n_replicates} normal data sets"
    shuffled = f"{above} {permuted.n_replicates} data sets of shuffled answers"
    add("parallel_factors", data, normal.n_factors)
    add("parallel_components", data, normal.n_components)
    add("parallel_factors_permuted", shuffled, permuted.n_factors, no_random)
    add("parallel_components_permuted", shuffled, permuted.n_components, no_random)
    from_one = "least average partial correlation, from m = 0 (from m = 1: {})"
    add(
        "map",
        from_one.format(int(partial.n_squared_from_one)),
        int(partial.n_squared),
        undefined,
    )
    add(
        "map_fourth",
        from_one.format(int(partial.n_fourth_from_one)),
        int(partial.n_fourth),
        undefined,
    )
    most = f"best fit of 1 to {int(simple.identified.sum())} factors"
    add("vss_1", most, simple.n_complexity_1)
    add("vss_2", most, simple.n_complexity_2)
    add("kaiser", "usually too many", int((normal.components > 1).sum()))
    return rows


def _adequacy(pool: Pool) -> dict[str, Any]:
    test = bartlett_test(pool.cor, pool.n)
    singular = pool.singular if not pool.smoothed else ""
    return {
        "n_items": len(pool.cor),
        "n": pool.n,
        "kmo": float(kmo(pool.cor).kmo),
        "bartlett_chi2": float(test.chi2),
        "bartlett_df": test.df,
        "bartlett_p": float(test.p),
        "log_determinant": float(test.log_det),
        "smallest_eigenvalue": pool.smallest,
        "reason": singular,
    }


def _items(pool: Pool) -> list[dict[str, Any]]:
    singular = pool.singular if not pool.smoothed else ""
    return [
        {"item": item, "keyed": key, "msa": value, "reason": singular}
        for item, key, value in zip(
            pool.part.items, pool.part.keyed, kmo(pool.cor).msa.tolist(), strict=True
        )
    ]


def _eigenvalues(
    normal: ParallelAnalysis, permuted: ParallelAnalysis, partial: MinimumPartial
) -> pd.DataFrame:
    p = len(normal.components)
    columns: dict[str, Any] = {
        "place": np.arange(1, p + 1),
        "component": normal.components,
        "component_normal_mean": normal.components_mean,
        "component_normal_quantile": normal.components_quantile,
        "component_permuted_mean": permuted.components_mean,
        "component_permuted_quantile": permuted.components_quantile,
        "factor": normal.factors,
        "factor_normal_mean": normal.factors_mean,
        "factor_normal_quantile": normal.factors_quantile,
        "factor_permuted_mean": permuted.factors_mean,
        "factor_permuted_quantile": permuted.factors_quantile,
        "map_squared": np.append(partial.squared[1:], np.nan),
        "map_fourth": np.append(partial.fourth[1:], np.nan),
    }
    rows = pd.DataFrame(columns).to_dict(orient="records")
    return make_table([{str(k): v for k, v in row.items()} for row in rows], EIGENVALUES)


def _notes(pool: Pool, normal: ParallelAnalysis, permuted: ParallelAnalysis) -> tuple[str, ...]:
    notes = [
        f"Parallel analysis: {normal.n_replicates} normal data sets with n = {round(pool.n)}, and "
        f"{permuted.n_replicates} in which the answers to each item are shuffled among those who "
        "gave one. Eigenvalues of components are those of the correlations; of factors, of the "
        "correlations with communalities of one factor (minimum residuals) on the diagonal.",
        "Very simple structure rests on minimum residuals with varimax.",
    ]
    if pool.method == "polychoric":
        notes.append(
            "The normal data sets have Pearson correlations, which vary less than polychoric ones: "
            "believe the shuffled answers where the two differ."
        )
    adequacy = float(kmo(pool.cor).kmo)
    if adequacy < _ADEQUATE:
        notes.append(
            f"A KMO of {bounded(adequacy)} is low (Kaiser called below .60 mediocre and below .50 "
            "unacceptable): these items share little that factors could explain."
        )
    return tuple(notes)
