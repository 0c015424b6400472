"""Which variables go together? Correlations of scales and items, with intervals and adjusted p."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from detachment.errors import Refusal, SurveyError, UsageError, check_word, nearest
from detachment.estimates._coverage import FEW, SKEWED, skewness, too_narrow
from detachment.estimates._crossed import (
    Crossed,
    IntervalName,
    Method,
    cross,
    cross_by_likelihood,
    dyads,
    share_items,
)
from detachment.estimates._ordinal import (
    Latent,
    cross_latent,
    latent_doubts,
    latent_notes,
    say_perfect,
)
from detachment.estimates._result import Result, make_table, rounded
from detachment.estimates._scales import (
    Floats,
    Missing,
    MissingRule,
    PreparedScale,
    Sample,
    check_confidence,
    check_missing,
    data_warnings,
    dyad_notes,
    emit,
    masked_notes,
    plain,
    prepare_scale,
    provenance,
    take_sample,
)
from detachment.estimates._study import score_values
from detachment.instruments import Scale
from detachment.quality import Alarm, sign_alarm
from detachment.scoring import Variable, present_items, select_variables
from detachment.stats.adjust import adjust_p
from detachment.stats.correlation import (
    disattenuate,
    fisher_interval,
)
from detachment.stats.permutation import max_t
from detachment.stats.reliability import alpha
from detachment.stats.robust_correlation import fisher_z_spread, robust_fisher_interval
from detachment.text import (
    SYMBOLS,
    bounded,
    count,
    counted,
    interval,
    level,
    listing,
    number,
    p_statement,
    p_value,
)
from detachment.validation import Survey

Adjust = Literal["holm", "bh", "by", "hochberg", "bonferroni", "max_t", "none"]
METHODS = get_args(Method)
INTERVALS = get_args(IntervalName)
ADJUSTMENTS = get_args(Adjust)
COLUMNS = {
    "row": "str",
    "column": "str",
    "n": "Int64",
    "r": "float64",
    "r_low": "float64",
    "r_high": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "adjust": "str",
    "family": "str",
    "method": "str",
    "expected_sign": "str",
    "disattenuated": "float64",
    "reason": "str",
}
_SIGNS = {1: "+", -1: "-", 0: ""}
_INTERVALS = {
    "pearson": "Pearson's r; intervals by Fisher's z, which takes answers to be normal, p by the t "
    "test.",
    "robust": "Pearson's r; intervals by the jackknife of Fisher's z, which needs no normal "
    "answers, p by the t test.",
    "em": "Pearson's r; intervals and p by standard errors of maximum likelihood on the scale of "
    "Fisher's z, which need no normal answers, and take dyads whole.",
    "spearman": "Spearman's rank correlation; intervals of Bonett and Wright (2000), p by the t "
    "approximation.",
    "kendall": "Kendall's tau-b; intervals of Fieller, Hartley, and Pearson (1957), p by the "
    "normal approximation corrected for ties.",
}
_DISATTENUATED = (
    "disattenuated divides r by the root of the product of both alphas; it is uncertain, and more "
    "so the lower the alphas."
)
_ADJUSTMENT_NOTES = {
    "holm": "Holm's method",
    "bh": "the method of Benjamini and Hochberg",
    "by": "the method of Benjamini and Yekutieli",
    "hochberg": "Hochberg's method",
    "bonferroni": "Bonferroni's method",
    "max_t": "the step-down max-T method of Westfall and Young",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Correlations(Result):
    """Correlations of variables, one row a pair."""

    def explain(self) -> str:
        """Sentences in APA 7 style, one pair a line."""
        return "\n".join(self._sentence(row) for row in self.table.to_dict(orient="records"))

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        one, other = (self._name(row[side]) for side in ("row", "column"))
        if np.isnan(row["r"]):
            return f"{one} and {other}: no correlation is given; {row['reason']}."
        parts = [f"{SYMBOLS[row['method']]} = {bounded(row['r'])}"]
        if not np.isnan(row["r_low"]):
            ends = interval(row["r_low"], row["r_high"])
            parts.append(f"{level(self.call['confidence'])} CI {ends}")
        how = "not clearly"
        if not np.isnan(row["p"]):
            parts.append(p_statement(row["p"]))
            if row["adjust"] != "none":
                parts.append(f"adjusted {p_statement(row['p_adjusted'])}")
            if row["p_adjusted"] < 1 - self.call["confidence"]:
                how = "negatively" if row["r"] < 0 else "positively"
        parts.append(f"n = {count(row['n'])}")
        if not np.isnan(row["disattenuated"]):
            parts.append(f"disattenuated {bounded(row['disattenuated'])}")
        return f"{one} is {how} associated with {other}: {', '.join(parts)}."

    def _name(self, variable: str) -> str:
        label = self.label(variable)
        return f"“{label}” ({variable})" if label[-1:] in (".", "?", "!") else label

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        shown = {
            "Row": table["row"].map(self.label),
            "Column": table["column"].map(self.label),
            "n": table["n"].map(count),
            SYMBOLS[self.call["method"]]: table["r"].map(bounded),
            f"{level(self.call['confidence'])} CI": [
                interval(*ends) for ends in zip(table["r_low"], table["r_high"], strict=True)
            ],
            "p": table["p"].map(p_value),
        }
        if self.call["adjust"] != "none":
            shown["p adjusted"] = table["p_adjusted"].map(p_value)
        if table["disattenuated"].notna().any():
            shown["Disattenuated"] = table["disattenuated"].map(bounded)
        if table["r"].isna().any():
            shown["Remark"] = table["reason"].where(table["r"].isna(), "")
        return pd.DataFrame(shown)

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number."""
        if part == "latent":
            return "correlations of this kind (coefficient) have no such number"
        return super(Correlations, self).why_missing(part, column)

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """What is behind correlations of latent variables, where any is one; r stands above."""
        shown = {}
        if "latent" in self.parts:
            part = self.parts["latent"].drop(columns=["r", "n"])
            part = part[part["se"].notna()].dropna(axis="columns", how="all")
            if len(part):
                shown["Latent variables"] = rounded(part)
        if "thresholds" in self.parts:
            part = self.parts["thresholds"]
            between = [
                f"{number(below, 0)} | {number(above, 0)}"
                if below % 1 == above % 1 == 0
                else f"{below:g} | {above:g}"
                for below, above in zip(part["below"], part["above"], strict=True)
            ]
            part = part.drop(columns=["below", "above"])
            part.insert(2, "between", between)
            shown["Thresholds"] = rounded(part)
        return shown


def correlate(
    data: Survey | pd.DataFrame,
    *,
    rows: str | Sequence[str] | None = None,
    columns: str | Sequence[str] | None = None,
    method: Method = "pearson",
    missing: Missing = "pairwise",
    interval: IntervalName = "fisher",
    adjust: Adjust = "holm",
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
    family of tests is everything in the table.

    Parameters
    ----------
    data
        A survey, or a plain table of numbers.
    rows, columns
        Selectors: a scale's id, a role in the plural (``"effects"``), ``"items:SCALE"``, an item's
        id, or a list of these; by default what the instrument crosses. For a plain table: names of
        columns, by default all.
    method
        ``pearson``, ``spearman``, ``kendall`` (tau-b), or ``polychoric``: of the normal variables
        behind the answers to items (tetrachoric where both have two values), polyserial for an item
        with a scale score, Pearson's for two scores. The parts ``latent`` (coefficient, standard
        error, empty cells, fit) and ``thresholds`` come with it.
    missing
        ``pairwise``: everyone who has both variables of a pair. ``listwise``: only who has all
        variables of the table. ``em`` (or ``fiml``): maximum likelihood from every answer to any
        variable of the table (of the pair, where variables share items), for Pearson's r; intervals
        and p then rest on its standard errors, which need no normal answers and know dyads.
    interval
        Of Pearson's r: ``fisher``, which takes answers to be normal and covers too little where
        they are skewed, or ``robust``, the jackknife on the same scale, which leaves out each
        respondent in turn, or each dyad.
    adjust
        ``holm``, ``bh``, ``by``, ``hochberg``, ``bonferroni``, ``max_t`` or ``none``. ``max_t``
        permutes the column variables against the row variables, all columns of a respondent
        together (whole dyads, where there are dyads), and so needs no variable on both sides; for
        ``pearson`` and ``spearman``.
    n_perm, rng
        Permutations of ``max_t``, and their seed or generator; nothing else is random.
    confidence
        Level of the intervals: Fisher's z for Pearson, Bonett-Wright for Spearman, Fieller for
        Kendall, Fisher's z by the standard error for polychoric correlations.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    Correlations
        One row a pair: ``row, column, n, r, r_low, r_high, p, p_adjusted, adjust, family, method,
        expected_sign, disattenuated, reason``. ``disattenuated`` divides Pearson's r of two scale
        scores by the root of the product of their alphas; a value beyond 1 is not shown.

    Raises
    ------
    UsageError
        When a word is unknown or an option does not fit the data.
    Refusal
        When every pair crosses a variable with itself, and for polychoric correlations when
        there is no item among the variables.
    SurveyError
        When there are no rows, or no answers to any row or column variable.

    Warns
    -----
    DataWarning
        Doubtful keys, correlations against the sign that the instrument expects, identical
        variables, answers off their scale; intervals that are too narrow because answers are skewed
        or respondents few.

    References
    ----------
    Fisher, R. A. (1921). *Metron, 1*, 3-32. Bonett, D. G., & Wright, T. A. (2000). *Psychometrika,
    65*, 23-28. Fieller, E. C., Hartley, H. O., & Pearson, E. S. (1957). *Biometrika, 44*, 470-481.
    Holm, S. (1979). *Scandinavian Journal of Statistics, 6*, 65-70. Olsson, U. (1979).
    *Psychometrika, 44*, 443-460. Westfall, P. H., & Young, S. S. (1993). *Resampling-based multiple
    testing* (max_t). R: ``psych::corr.test``, ``lavaan::lavCor``.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 4, 5, 3], "b": [2, 2, 5, 4, 3], "c": [4, 5, 1, 2, 2]})
    >>> print(correlate(answers, rows="a", columns=["b", "c"], adjust="none").explain())
    a is not clearly associated with b: r = .85, 95% CI [−.13, .99], p = .069, n = 5.
    a is not clearly associated with c: r = −.77, 95% CI [−.98, .35], p = .128, n = 5.
    """
    check_word("method", method, METHODS)
    check_word("adjust", adjust, ADJUSTMENTS)
    rule = check_missing(missing)
    check_word("interval", interval, INTERVALS)
    if interval == "robust" and method != "pearson":
        raise UsageError(
            "interval robust is for Pearson's r; the intervals of --method (method= in Python) "
            f"{method} are its own."
        )
    _check_permutations(adjust, method, n_perm)
    if rule == "em" and (method != "pearson" or adjust == "max_t"):
        raise UsageError(
            "--missing em (missing= in Python) is for Pearson's r, and not for adjust max_t, which "
            "shuffles answers with their gaps. Take pairwise or listwise there."
        )
    check_confidence(confidence)
    if isinstance(data, pd.DataFrame):
        rows, columns = _as_text(rows), _as_text(columns)
        data, reverse = _only_named(data, rows, columns, [str(name) for name in reverse])
    sample = take_sample(data, wave=wave, reverse=reverse, values=values)
    rows, columns = _default_selectors(sample, rows, columns)
    down = select_variables(sample.instrument, rows)
    across = select_variables(sample.instrument, columns)
    variables = {variable.id: variable for variable in (*down, *across)}
    pairs = _pairs(down, across)
    both_sides = [v.id for v in down if v.id in {w.id for w in across}]
    if adjust == "max_t" and both_sides:
        raise UsageError(
            f"adjust max_t permutes the columns against the rows, and {listing(both_sides)} would "
            "be on both sides. Name other --rows or --columns (rows=, columns= in Python), or "
            "another adjustment."
        )
    if not pairs:
        raise Refusal(
            f"{listing(variables)}: a variable correlates with itself at 1, which says nothing. "
            "Name other --rows or --columns (rows=, columns= in Python)."
        )

    prepared = {
        scale.id: prepare_scale(sample, scale, rule) for scale in _scales(sample, variables)
    }
    own = [alarm.message + "." for part in prepared.values() for alarm in part.alarms]
    own += [message for part in prepared.values() for message in part.warnings]
    found = data_warnings(sample, (item for v in variables.values() for item in v.items))
    emit([*own, *found])

    keyed: dict[str, Floats] = {}
    numbers = {name: score_values(sample, v, keyed) for name, v in variables.items()}
    if rule == "listwise":
        there = [~np.isnan(column) for column in numbers.values()]
        complete = np.all([column for column in there if column.any()], axis=0)
        numbers = {name: np.where(complete, column, np.nan) for name, column in numbers.items()}
    _require_answers(sample, down, across, numbers)
    latent = None
    if method == "polychoric":
        latent = cross_latent(down, across, numbers, _not_shared(pairs), confidence)
        crossed = Crossed(r=latent.r, n=latent.n, low=latent.low, high=latent.high, p=latent.p)
    elif rule == "em":
        crossed = cross_by_likelihood(numbers, down, across, dyads(sample), confidence)
    else:
        clusters = dyads(sample) if interval == "robust" else None
        crossed = cross(numbers, down, across, method, interval, clusters, confidence)
    copies = _copies(pairs, numbers)
    table = _table(pairs, crossed, prepared, copies, method, latent.why if latent else {})
    tests = table["p"].notna().sum()
    if adjust == "max_t":
        table["p_adjusted"] = _permuted(
            sample, numbers, down, across, pairs, table, method, n_perm, rng
        )
    else:
        table["p_adjusted"] = adjust_p(table["p"].to_numpy(), adjust)
    table["adjust"], table["method"] = adjust, method
    table["family"] = f"{counted(int(tests), 'test')}: {_named(rows)} x {_named(columns)}"
    told = {name for name, part in prepared.items() if part.warnings and part.obstacle}
    doubts = [
        *_without_variance(numbers, told),
        *_say_copies(copies),
        *(
            say_perfect(latent, _ids(copies))
            if latent
            else _say_perfect(pairs, crossed, copies, method)
        ),
        *_sign_alarms(pairs, crossed),
        *(latent_doubts(latent) if latent else []),
        *(
            _interval_doubts(pairs, copies, crossed, numbers, down, across, interval, confidence)
            if method == "pearson" and rule != "em"
            else []
        ),
    ]
    emit(doubts)

    used = _respondents(down, across, numbers)
    return Correlations(
        table=table[list(COLUMNS)],
        notes=(
            *sample.notes,
            *masked_notes(
                sample, {v.scale.id: v.scale for v in variables.values() if v.scale}.values()
            ),
            *(
                latent_notes(latent)
                if latent
                else [
                    _INTERVALS[
                        "em" if rule == "em" else "robust" if interval == "robust" else method
                    ]
                ]
            ),
            *_notes(pairs, crossed, rule, adjust, int(tests)),
            *(_of_permutations(sample, n_perm) if adjust == "max_t" else ()),
            *([_DISATTENUATED] if table["disattenuated"].notna().any() else []),
            *(() if rule == "em" else dyad_notes(sample, used, _of_dyads(method, interval))),
        ),
        call={
            "verb": "correlate",
            "rows": plain(rows),
            "columns": plain(columns),
            "method": method,
            "missing": rule,
            "interval": interval,
            "adjust": adjust,
            **(
                {"n_perm": n_perm, "rng": rng if isinstance(rng, int) else "Generator"}
                if adjust == "max_t"
                else {}
            ),
            "confidence": confidence,
            "wave": wave,
        },
        warnings=tuple(dict.fromkeys([*sample.reader_warnings, *own, *found, *doubts])),
        labels={name: variable.label for name, variable in variables.items()},
        parts=_parts(latent, copies) if latent else {},
        **provenance(sample, int(used.sum())),
    )


def _kind(method: Method, rule: MissingRule, interval: IntervalName) -> str:
    """What the intervals of a coefficient rest on."""
    if rule == "em":
        return "em"
    return "robust" if interval == "robust" else method


def _of_dyads(method: Method, interval: IntervalName) -> str:
    """What follows from partners who are taken as independent."""
    if interval == "robust":
        return (
            "p values are then too small; the intervals leave out whole dyads in turn, and are not "
            "too narrow"
        )
    hence = "intervals are then too narrow and p values too small"
    if method == "pearson":
        hence += ". --interval robust (interval= in Python) leaves out whole dyads in turn"
    return hence


def _check_permutations(adjust: str, method: str, n_perm: int) -> None:
    if adjust != "max_t":
        return
    if method == "kendall":
        raise UsageError(
            "adjust max_t is for --method pearson and spearman (method= in Python); kendall takes "
            f"one of: {', '.join(word for word in ADJUSTMENTS if word != 'max_t')}."
        )
    if n_perm < 99:
        raise UsageError(
            "--permutations (n_perm= in Python) is a number of permutations, at least 99 (10,000 "
            f"are usual); it cannot be {n_perm!r}."
        )


def _permuted(
    sample: Sample,
    numbers: Mapping[str, Floats],
    down: Sequence[Variable],
    across: Sequence[Variable],
    pairs: Sequence["Pair"],
    table: pd.DataFrame,
    method: Method,
    n_perm: int,
    rng: int | np.random.Generator,
) -> Floats:
    """Adjusted p of each pair by max-T: the columns of respondents, or of dyads, are permuted."""
    x, y = (np.column_stack([numbers[v.id] for v in side]) for side in (down, across))
    among = np.zeros((len(down), len(across)), dtype=bool)
    for pair, p in zip(pairs, table["p"], strict=True):
        among[pair.i, pair.j] = not np.isnan(p)
    clusters = dyads(sample)  # people without a dyad are exchanged among themselves
    if clusters is not None:
        roles = sample.column("partner_role")
        if roles is not None:  # so that partners of the same role change places
            order = np.argsort(pd.factorize(roles, sort=True)[0], kind="stable")
            x, y, clusters = x[order], y[order], clusters[order]
    test = max_t(
        x,
        y,
        method="spearman" if method == "spearman" else "pearson",
        clusters=clusters,
        among=among,
        n_perm=n_perm,
        rng=rng,
    )
    return np.array([test.p_adjusted[pair.i, pair.j] for pair in pairs], dtype=np.float64)


def _of_permutations(sample: Sample, n_perm: int) -> tuple[str, ...]:
    whole = dyads(sample) is not None
    who = (
        "those of a dyad together, partners of the same role in each other's place"
        if whole
        else "all columns of a respondent together"
    )
    return (
        f"p_adjusted rests on {count(n_perm)} permutations of the column variables against the row "
        f"variables, {who}, with their missing answers; the smallest it can be is "
        f"1 / {count(n_perm + 1)}. p is that of one test alone, without permutation.",
    )


class Pair(NamedTuple):
    """Two variables, where they stand in the crossed matrices, and why not, if they are not."""

    row: Variable
    column: Variable
    i: int
    j: int
    shared: tuple[str, ...]

    @property
    def expected(self) -> int:
        """Sign that the instrument expects of a sign scale with another; 0 where it is silent."""
        one, other = self.row.scale, self.column.scale
        if one is None or other is None or (one.role == "sign") == (other.role == "sign"):
            return 0
        return (other if one.role == "sign" else one).expected_sign


def _as_text(names: str | Sequence[str] | None) -> str | list[str] | None:
    """Names of columns as text: a plain table may number its columns."""
    return names if names is None or isinstance(names, str) else [str(name) for name in names]


def _only_named(
    frame: pd.DataFrame,
    rows: str | Sequence[str] | None,
    columns: str | Sequence[str] | None,
    reverse: Sequence[str],
) -> tuple[pd.DataFrame, list[str]]:
    """Columns of a plain table that are asked for, so that the others need not be numbers."""
    names = [str(name) for name in frame.columns]
    for name in reverse:
        if name not in names:
            raise UsageError(f"reverse names {name!r}, which is no column.{nearest(name, names)}")
    if rows is None or columns is None:
        return frame, list(reverse)
    asked = []
    for selector in (rows, columns):
        for name in [selector] if isinstance(selector, str) else selector:
            if name not in names:
                raise UsageError(
                    f"There is no column {name!r}; there are: {listing(names, shown=30)}."
                    f"{nearest(str(name), names)}"
                )
            asked.append(name)
    keep = [position for position, name in enumerate(names) if name in asked]
    return frame.iloc[:, keep], [name for name in reverse if name in asked]


def _default_selectors(
    sample: Sample, rows: str | Sequence[str] | None, columns: str | Sequence[str] | None
) -> tuple[str | Sequence[str], str | Sequence[str]]:
    if sample.is_frame:
        everything = list(sample.instrument.items)
        return (everything if rows is None else rows), (everything if columns is None else columns)
    declared = sample.instrument.correlate
    rows = declared.rows if rows is None else rows
    columns = declared.columns if columns is None else columns
    if not rows or not columns:
        raise UsageError(
            f"{sample.instrument.id} does not say what to cross by default: name --rows "
            "and --columns (rows=, columns= in Python). Its scales are: "
            f"{', '.join(sample.instrument.scales)}."
        )
    return rows, columns


def _pairs(down: Sequence[Variable], across: Sequence[Variable]) -> list[Pair]:
    """Each pair of different variables once, in the order of the table."""
    pairs: dict[frozenset[str], Pair] = {}
    for i, row in enumerate(down):
        for j, column in enumerate(across):
            both = frozenset((row.id, column.id))
            if len(both) == 2 and both not in pairs:
                shared = tuple(item for item in row.items if item in column.items)
                pairs[both] = Pair(row, column, i, j, shared)
    return list(pairs.values())


def _not_shared(pairs: Sequence[Pair]) -> list[tuple[Variable, Variable]]:
    return [(pair.row, pair.column) for pair in pairs if not pair.shared]


def _ids(pairs: Collection[Pair]) -> set[tuple[str, str]]:
    return {(pair.row.id, pair.column.id) for pair in pairs}


def _parts(latent: Latent, copies: Collection[Pair]) -> dict[str, pd.DataFrame]:
    """What else is known of correlations behind the answers, but for copies."""
    found = latent.pairs
    same = _ids(copies)
    keep = [pair not in same for pair in zip(found["row"], found["column"], strict=True)]
    return {
        "latent": found[keep].reset_index(drop=True),
        "thresholds": latent.thresholds,
    }


def _scales(sample: Sample, variables: Mapping[str, Variable]) -> list[Scale]:
    """Scales whose key matters here: those that are scored, and those whose items are crossed."""
    if sample.is_frame:
        return []
    return list({v.scale.id: v.scale for v in variables.values() if v.scale}.values())


def _require_answers(
    sample: Sample,
    down: Sequence[Variable],
    across: Sequence[Variable],
    numbers: Mapping[str, Floats],
) -> None:
    for side, variables in (("rows", down), ("columns", across)):
        if all(np.isnan(numbers[variable.id]).all() for variable in variables):
            names = listing((variable.id for variable in variables), shown=5)
            raise SurveyError(
                f"Nobody has a value of {names} ({side}), so there is nothing to correlate: the "
                "items are not in the data, or too few of them are answered for a score."
                f"{_what_to_cross(sample)}"
            )


def _what_to_cross(sample: Sample) -> str:
    """Scales that the data hold, and what to type to cross them."""
    if sample.is_frame:
        return ""
    scales = sample.instrument.scales.values()
    there = {scale.id: scale.role for scale in scales if present_items(sample.survey, scale)}
    if not there:
        return ""
    one, role = next(iter(there.items()))
    other = next((name for name, of in there.items() if of != role), "")
    if not other:
        one = other = f"items:{one}"
    word = "scale" if len(there) == 1 else "scales"
    return (
        f" These data hold the {word} {listing(there, shown=30)}. Say what to cross, for instance "
        f"--rows {one} --columns {other} (rows=, columns= in Python)."
    )


def _interval_doubts(
    pairs: Sequence[Pair],
    copies: Collection[Pair],
    crossed: Crossed,
    numbers: Mapping[str, Floats],
    down: Sequence[Variable],
    across: Sequence[Variable],
    between: IntervalName,
    confidence: float,
) -> list[str]:
    """Say in how many pairs an interval is too narrow, and where the most."""
    x, y = (np.column_stack([numbers[v.id] for v in side]) for side in (down, across))
    skew = (np.abs(skewness(x))[:, None] + np.abs(skewness(y))) / 2
    shown = np.zeros(crossed.r.shape, dtype=bool)
    for pair in pairs:
        shown[pair.i, pair.j] = not pair.shared and pair not in copies
    shown &= ~np.isnan(crossed.low)
    # skewed answers spread Fisher's z more where they go together, not where they do not
    sure = 1 - 0.05 / max(1, int(shown.sum()))
    low, high = fisher_interval(crossed.r, crossed.n, sure)
    skewed = (skew >= SKEWED) & ((low > 0) | (high < 0))
    few = shown & skewed & (crossed.n < FEW)
    said = []
    if between == "fisher":
        spread = fisher_z_spread(x, y)
        narrow = shown & too_narrow(spread, crossed.n, skewed, int(shown.sum()))
        if narrow.any():
            worst = int(np.argmax(np.where(narrow, spread, -np.inf)))
            i, j = divmod(worst, len(across))
            robust = robust_fisher_interval(x[:, i], y[:, j], confidence)
            own, other = (
                interval(float(ends[0]), float(ends[1]))
                for ends in ((crossed.low[i, j], crossed.high[i, j]), robust)
            )
            said.append(
                "Fisher's intervals take answers to be normal, and are too narrow in "
                f"{count(narrow.sum())} of {counted(int(shown.sum()), 'pair')}; most so "
                f"{down[i].id} with {across[j].id}: {own}, without that assumption {other} "
                f"({number(float(spread[i, j]), 1)} times as wide). Ask correlate for --interval "
                "robust (interval= in Python)."
            )
    if few.any():
        covers = "92 to 94 cover" + (", of Fisher's 87 to 90" if between == "fisher" else "")
        said.append(
            f"Skewed answers of fewer than {FEW} respondents in {count(few.sum())} of "
            f"{counted(int(shown.sum()), 'pair')}: intervals are then too narrow (of 100 robust "
            f"ones of 95% {covers}). Say so, or collect more."
        )
    return said


def _table(
    pairs: Sequence[Pair],
    crossed: Crossed,
    prepared: Mapping[str, PreparedScale],
    copies: Collection[Pair],
    method: Method,
    known: Mapping[tuple[str, str], str],
) -> pd.DataFrame:
    alphas = {
        name: float(alpha(part.moments.cov))
        for name, part in prepared.items()
        if not part.obstacle and part.scale.model not in ("formative", "single_item")
    }
    rows = []
    for pair in pairs:
        i, j = pair.i, pair.j
        row: dict[str, Any] = {
            "row": pair.row.id,
            "column": pair.column.id,
            "n": int(crossed.n[i, j]),
            "expected_sign": _SIGNS[pair.expected],
        }
        reasons = []
        if pair.shared:
            reasons.append(_part_whole(pair))
        elif pair in copies:
            reasons.append(
                "both hold the same numbers in every row that has both: a copy, not a correlation"
            )
        elif np.isnan(crossed.r[i, j]):
            at_limit = known.get((pair.row.id, pair.column.id))
            reasons.append(at_limit or _no_correlation(pair, row["n"]))
        else:
            for name in ("r", "low", "high", "p"):
                column = name if name in ("r", "p") else f"r_{name}"
                row[column] = float(getattr(crossed, name)[i, j])
            at_limit = known.get((pair.row.id, pair.column.id))
            if at_limit:
                reasons.append(at_limit)
            elif np.isnan(row["r_low"]) or np.isnan(row["r_high"]):
                reasons.append(f"r_low, r_high: {row['n']} respondents are too few")
            if np.isnan(row["p"]) and not at_limit:
                reasons.append(f"p, p_adjusted: {row['n']} respondents are too few")
            row["disattenuated"], why = _disattenuated(pair, row["r"], alphas, method)
            if why:
                reasons.append(f"disattenuated: {why}")
        rows.append(row | {"reason": "; ".join(reasons)})
    return make_table(rows, COLUMNS)


def _part_whole(pair: Pair) -> str:
    shared = listing(pair.shared, shown=3)
    return (
        f"part-whole: {pair.row.id} and {pair.column.id} share {shared}, which correlates with "
        "itself. Item analysis (items) gives the correlation of an item with the rest of its scale"
    )


def _no_correlation(pair: Pair, n: int) -> str:
    if n < 2:
        return f"{counted(n, 'respondent')} with both {pair.row.id} and {pair.column.id}"
    return f"{pair.row.id} or {pair.column.id} is constant among the {n} respondents who have both"


def _disattenuated(
    pair: Pair, r: float, alphas: Mapping[str, float], method: Method
) -> tuple[float, str]:
    """Correlation without errors of measurement, or why there is none."""
    if method != "pearson":
        return np.nan, "defined for Pearson's r only"
    reliabilities = []
    for variable in (pair.row, pair.column):
        if variable.scale is None or variable.item is not None:
            return np.nan, f"{variable.id} is a single item, whose reliability is unknown"
        estimate = alphas.get(variable.id)
        if estimate is None:
            return np.nan, f"{variable.id} has no alpha ({variable.scale.model})"
        if not estimate > 0:
            return np.nan, f"alpha of {variable.id} is not positive ({bounded(estimate)})"
        reliabilities.append(estimate)
    value = float(disattenuate(r, *reliabilities))
    if abs(value) > 1:
        return np.nan, (
            "would exceed 1, which no correlation can: the reliabilities are too low for a "
            "correction"
        )
    return value, ""


def _sign_alarms(pairs: Sequence[Pair], crossed: Crossed) -> list[str]:
    alarms: list[Alarm] = []
    for pair in pairs:
        if pair.expected and not pair.shared:
            alarm = sign_alarm(
                row=pair.row.id,
                column=pair.column.id,
                r=float(crossed.r[pair.i, pair.j]),
                low=float(crossed.low[pair.i, pair.j]),
                high=float(crossed.high[pair.i, pair.j]),
                expected=pair.expected,
            )
            alarms += [alarm] if alarm else []
    return [alarm.message + "." for alarm in alarms]


def _copies(pairs: Sequence[Pair], numbers: Mapping[str, Floats]) -> list[Pair]:
    """Pairs of different names that hold the same numbers."""
    found = []
    for pair in pairs:
        x, y = numbers[pair.row.id], numbers[pair.column.id]
        both = ~np.isnan(x) & ~np.isnan(y)
        if pair.shared or both.sum() <= 2 or not (x[both] == y[both]).all():
            continue
        if (x[both] != x[both][0]).any():  # two constants have no correlation to hide
            found.append(pair)
    return found


def _say_copies(copies: Sequence[Pair]) -> list[str]:
    if not copies:
        return []
    names = listing((f"{pair.row.id} and {pair.column.id}" for pair in copies), shown=5)
    return [
        f"The same numbers in every row that has both: {names}. Is one a copy of the other? Their "
        "correlation of 1 is not shown."
    ]


def _say_perfect(
    pairs: Sequence[Pair], crossed: Crossed, copies: Collection[Pair], method: Method
) -> list[str]:
    """Say of correlations of 1 or -1 that they look like a calculation, or like too few rows."""
    perfect = [
        f"{pair.row.id} and {pair.column.id} ({SYMBOLS[method]} = "
        f"{bounded(crossed.r[pair.i, pair.j])}, n = {count(crossed.n[pair.i, pair.j])})"
        for pair in pairs
        if abs(crossed.r[pair.i, pair.j]) > 1 - 1e-12
        and crossed.n[pair.i, pair.j] > 2
        and not pair.shared
        and pair not in copies
    ]
    if not perfect:
        return []
    return [
        f"Perfect correlations: {listing(perfect, shown=5)}. Is one computed from the other "
        "(reversed, rescaled)? If not, there are too few respondents. Intervals and p mean nothing "
        "here."
    ]


def _without_variance(numbers: Mapping[str, Floats], told: Collection[str]) -> list[str]:
    """Variables that cannot correlate with anything, but for scales of which this is told."""
    said = []
    for name, column in numbers.items():
        if name in told:
            continue
        given = column[~np.isnan(column)]
        if given.size == 0:
            said.append(f"{name} has no values, and so no correlations.")
        elif given.size > 1 and (given == given[0]).all():
            said.append(
                f"{name} is constant (every value is {given[0]:g}), and so has no correlations."
            )
    return said


def _respondents(
    down: Sequence[Variable], across: Sequence[Variable], numbers: Mapping[str, Floats]
) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Who has a row variable and a column variable, (n,)."""
    one, other = (
        np.any([~np.isnan(numbers[variable.id]) for variable in side], axis=0)
        for side in (down, across)
    )
    return np.asarray(one & other, dtype=np.bool_)


def _named(selector: str | Sequence[str]) -> str:
    names = [selector] if isinstance(selector, str) else list(selector)
    return ", ".join(names) if len(names) <= 5 else f"{', '.join(names[:4])}, ... ({len(names)})"


def _notes(
    pairs: Sequence[Pair],
    crossed: Crossed,
    rule: MissingRule,
    adjust: Adjust,
    tests: int,
) -> tuple[str, ...]:
    notes = []
    if rule == "listwise":
        notes.append("Listwise deletion: only who has all variables of the table counts.")
    elif rule == "em":
        alone = share_items([variable for pair in pairs for variable in (pair.row, pair.column)])
        where = "a pair" if alone else "the table"
        notes.append(
            f"Maximum likelihood: every answer to any variable of {where} "
            "counts, as if answers were normal and missing at random; n counts who has both."
        )
    else:
        notes.append("Pairwise deletion: n counts who has both variables of a pair.")
    if adjust == "none":
        notes.append(f"The p values of {counted(tests, 'test')} are not adjusted for their number.")
    else:
        notes.append(
            f"p_adjusted by {_ADJUSTMENT_NOTES[adjust]} for the family of {counted(tests, 'test')} "
            "in this table."
        )
    variables = {v.id: v for pair in pairs for v in (pair.row, pair.column)}
    flipped = [v.id for v in variables.values() if v.item and _key(v) < 0]
    if flipped:
        notes.append(
            f"Reversed before correlating (lowest + highest - answer): {listing(flipped)}."
        )
    weak = [p for p in pairs if not p.shared and p.expected * crossed.r[p.i, p.j] < 0]
    weak = [p for p in weak if crossed.low[p.i, p.j] <= 0 <= crossed.high[p.i, p.j]]
    if weak:
        names = listing((f"{p.row.id} with {p.column.id}" for p in weak), shown=5)
        notes.append(f"Against the expected sign, but with an interval that holds 0: {names}.")
    notes += [note for pair in pairs for note in _overlap(pair)]
    return tuple(dict.fromkeys(notes))


def _key(variable: Variable) -> int:
    if variable.scale is None:
        return 1
    return next(use.keyed for use in variable.scale.items if use.id == variable.item)


def _overlap(pair: Pair) -> list[str]:
    """Say that two variables share content, where the instrument says so."""
    for one, other in ((pair.row, pair.column), (pair.column, pair.row)):
        named = one.scale.overlaps if one.scale and one.item is None else ()
        if not pair.shared and (other.id in named or set(other.items) & set(named)):
            return [
                f"{one.id} and {other.id} share content, as the instrument says: a part of their "
                "correlation is the same question asked twice."
            ]
    return []
