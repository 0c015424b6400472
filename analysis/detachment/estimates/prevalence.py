"""How many people have each sign, and how many signs have they? With intervals, group by group."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from detachment.errors import SurveyError, UsageError, check_word
from detachment.estimates._cells import (
    Cells,
    Design,
    Options,
    Shares,
    columns_of,
    interval_note,
    other_columns,
    take_cells,
    take_design,
    take_shares,
    words_left_out,
)
from detachment.estimates._result import Result, make_table, rounded
from detachment.estimates._scales import (
    Floats,
    check_confidence,
    emit,
    masked_notes,
    plain,
    provenance,
)
from detachment.estimates._sentences import (
    aside,
    in_words,
    likely,
    not_given,
    people,
    whole_percent,
)
from detachment.estimates._study import Measure, Study, take_study
from detachment.instruments import Scale
from detachment.scoring import select_scales
from detachment.stats.adjust import Adjustment, adjust_p
from detachment.stats.proportion import newcombe_interval
from detachment.text import (
    bounded,
    count,
    counted,
    interval,
    level,
    listing,
    number,
    p_statement,
    p_value,
    percent,
)
from detachment.validation import Survey

ADJUSTMENTS = ("none", "holm", "bh", "by", "bonferroni", "hochberg")
_CELL = {"by": "str", "group": "str", "wave": "str"}
COLUMNS = {
    "scale": "str",
    "item": "str",
    **_CELL,
    "n": "Int64",
    "present": "Int64",
    "share": "float64",
    "low": "float64",
    "high": "float64",
    "n_effective": "float64",
    "deff": "float64",
    "missing": "Int64",
    "not_applicable": "Int64",
    "present_from": "float64",
    "reason": "str",
}
_COUNTS = _CELL | {
    "n": "Int64",
    "mean": "float64",
    "low": "float64",
    "high": "float64",
    "sd": "float64",
    "median": "float64",
    "incomplete": "Int64",
    "reason": "str",
}
_DISTRIBUTION = _CELL | {
    "signs": "str",
    "n": "Int64",
    "present": "Int64",
    "share": "float64",
    "low": "float64",
    "high": "float64",
}
_DIFFERENCES = {
    "item": "str",
    "by": "str",
    "wave": "str",
    "first": "str",
    "second": "str",
    "n_first": "Int64",
    "n_second": "Int64",
    "share_first": "float64",
    "share_second": "float64",
    "difference": "float64",
    "low": "float64",
    "high": "float64",
    "z": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "adjust": "str",
    "family": "Int64",
    "reason": "str",
}
_MANY = 3  # signs and more are counted together
_FEW = 5  # people, of whom a share says little


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Prevalence(Result):
    """Shares of people with each sign, one row a sign, group and wave."""

    def _apa(self) -> Iterable[str]:
        sure = level(self.call["confidence"])
        for row in self.table.to_dict(orient="records"):
            what = f"{self.named(row['item'])}{_where(row)}"
            if np.isnan(row["share"]):
                yield f"{what}: no share; {row['reason']}."
                continue
            who = counted(row["n"], "person", "people")
            ends = _ends(row["low"], row["high"])
            yield f"{what}: {percent(row['share'], 1)} of n = {who}, {sure} CI {ends}."
        yield from self._differences()

    def _differences(self) -> Iterable[str]:
        """Which signs differ between groups, as far as the adjusted tests can tell."""
        apart = self.parts.get("differences")
        if apart is None or apart["p_adjusted"].isna().all():
            return
        alpha = 1 - self.call["confidence"]
        named = [
            f"{self.named(row['item'])}{_where(row | {'group': ''})}, {row['first']} minus "
            f"{row['second']}: {_points(row['difference'])} percentage points "
            f"[{_points(row['low'])}, {_points(row['high'])}], "
            f"adjusted {p_statement(row['p_adjusted'])}"
            for row in apart[apart["p_adjusted"] < alpha].to_dict(orient="records")
        ]
        told = "; ".join(named) or f"no adjusted p is below {bounded(alpha)}"
        how = f"{counted(int(apart['family'].max()), 'test')}, adjustment {apart['adjust'].iloc[0]}"
        yield f"Differences between groups ({how}): {told}."

    def _plain(self) -> Iterable[str]:
        for row in self.table.to_dict(orient="records"):
            where = _where(row).strip(" ()")
            what = ", ".join(filter(None, (self.named(row["item"]), where)))
            if np.isnan(row["share"]):
                yield not_given(what, row["reason"])
                continue
            ends = likely(row["low"], row["high"], whole_percent)
            yield f"{what}: {in_words(row['share'])} of the people{aside(ends, people(row['n']))}."
        apart = self.parts.get("differences")
        if apart is not None and apart["p_adjusted"].notna().any():
            differ = apart[apart["p_adjusted"] < 1 - self.call["confidence"]]
            names = dict.fromkeys(self.named(item) for item in differ["item"])
            yield (
                f"Between the groups these differ by more than chance explains: {listing(names)}."
                if names
                else "No sign differs between the groups by more than chance explains."
            )

    def _meaning(self) -> Iterable[str]:
        yield (
            f"A sign counts as there from the answer {self.call['present_from']:g} on. That line "
            "was drawn by people, and another one gives other shares."
        )
        yield "A sign that many people have is not a reason to think that it is harmless, or not."

    def _gaps(self) -> str:
        return "answered"

    def family(self) -> tuple[int, bool]:
        """Shares are not tested."""
        return 1, False  # the shares are not tested

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        shown: dict[str, Any] = {"Item": table["item"].map(self.label)} | _shown_cell(table)
        shown |= {
            "n": table["n"].map(count),
            "With the sign": table["present"].map(count),
            "Share": table["share"].map(lambda x: percent(x, 1)),
            f"{level(self.call['confidence'])} CI": [
                _ends(*pair) for pair in zip(table["low"], table["high"], strict=True)
            ],
            "Missing": table["missing"].map(count),
        }
        if (table["not_applicable"] > 0).any():
            shown["Not applicable"] = table["not_applicable"].map(count)
        if (table["deff"] > 1).any():
            shown["Design effect"] = table["deff"].map(lambda x: number(x, 2))
        return pd.DataFrame(shown)

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts as people read them."""
        shown = {
            "How many signs a person has": _shown_counts(
                self.parts["counts"], self.call["confidence"]
            )
        }
        shares = self.parts["distribution"]
        shown["Share of people by how many signs they have"] = pd.DataFrame(
            _shown_cell(shares)
            | {
                "Signs": shares["signs"],
                "People": shares["present"].map(count),
                "Share": shares["share"].map(lambda x: percent(x, 1)),
                f"{level(self.call['confidence'])} CI": [
                    _ends(*pair) for pair in zip(shares["low"], shares["high"], strict=True)
                ],
            }
        )
        apart = self.parts.get("differences")
        if apart is not None:
            kept = pd.DataFrame({"Item": apart["item"].map(self.label)})
            if (apart["wave"] != "").any():
                kept["Wave"] = apart["wave"]
            kept["Groups"] = apart["first"] + " − " + apart["second"]
            kept["Difference"] = apart["difference"].map(_points)
            kept[f"{level(self.call['confidence'])} CI"] = [
                "–" if np.isnan(low) else f"[{_points(low)}, {_points(high)}]"
                for low, high in zip(apart["low"], apart["high"], strict=True)
            ]
            kept["p"] = apart["p"].map(p_value)
            kept["Adjusted p"] = apart["p_adjusted"].map(p_value)
            shown["Differences between groups (percentage points)"] = kept
        return shown

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number."""
        if part == "distribution":
            return "nobody answered every sign"
        return Result.why_missing(self, part, column)


def prevalence(
    data: Survey | pd.DataFrame,
    *,
    scale: str | Sequence[str] | None = None,
    present_from: float | None = None,
    by: str | None = None,
    reference: str | None = None,
    adjust: Adjustment = "holm",
    confidence: float = 0.95,
    wave: int | str | None = None,
    dyad: str | None = None,
    cluster: str | None = None,
    weight: str | None = None,
    strata: str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> Prevalence:
    """Share of people with each sign, and how many signs people have.

    Parameters
    ----------
    data
        A survey, or a plain table with one column a sign.
    scale
        A scale whose items are the signs: by default the first one in the data that declares
        ``signs_present_from``. Of a plain table, its columns of signs: by default all that hold
        numbers and have no other part.
    present_from
        Answer from which on a sign counts as present, as its scale keys it; by default what the
        instrument declares. A plain table needs it.
    by
        Metadata column (or role: group, partner_role) whose groups are compared.
    reference
        Group with which the others are compared; by default every pair is.
    adjust
        Adjustment of the p values of all differences shown: ``none``, ``holm``, ``bh``, ``by``,
        ``bonferroni``, ``hochberg``.
    confidence
        Of the intervals, between 0 and 1.
    wave
        One wave; by default every wave, each apart. Of a plain table, the column of waves. How the
        same people change from wave to wave is a question to :func:`~detachment.change`.
    dyad, cluster
        Columns that say who belongs together. Dyads of a survey count by default; ``cluster``
        (classes, sites) takes their place.
    weight, strata
        Columns of a sampling design.
    reverse, values
        For a plain table: columns to reverse; lowest and highest possible answer.

    Returns
    -------
    Prevalence
        One row a sign, group and wave: ``scale, item, by, group, wave, n, present, share, low,
        high, n_effective, deff, missing, not_applicable, present_from, reason``. ``n`` counts who
        answered, ``present`` who has the sign; who said that it does not apply is counted apart
        from who gave no answer. Intervals are Wilson's on the effective n, which is n divided by
        the design effect ``deff`` of clusters and weights. ``parts["counts"]`` has the number of
        signs of who answered them all, ``parts["distribution"]`` the shares of people with 0, 1, 2
        and 3 or more, ``parts["differences"]`` (with ``by``) the differences between groups with
        Newcombe's intervals, p and adjusted p.

    Raises
    ------
    UsageError
        When a word is unknown, or nothing says from which answer on a sign is present.
    SurveyError
        When the signs are not in the data, or no weight is a number.

    Warns
    -----
    DataWarning
        Answers off their scale, columns in doubt, doubtful keys.

    References
    ----------
    Wilson, E. B. (1927). *Journal of the American Statistical Association, 22*, 209-212. Newcombe,
    R. G. (1998). *Statistics in Medicine, 17*, 873-890. Korn, E. L., & Graubard, B. I. (1998).
    *Survey Methodology, 24*, 193-201. Rao, J. N. K., & Scott, A. J. (1992). *Biometrics, 48*,
    577-585. R: ``prop.test``, ``survey::svyciprop``.

    Examples
    --------
    >>> table = pd.DataFrame({"cold": [1, 4, 5, 2, None], "silent": [1, 1, 5, 2, 2]})
    >>> result = prevalence(table, present_from=4, values=(1, 5))
    >>> result.table[["item", "n", "present", "share"]].to_dict("records")[0]
    {'item': 'cold', 'n': 4, 'present': 2, 'share': 0.5}
    """
    check_confidence(confidence)
    check_word("adjust", adjust, ADJUSTMENTS)
    options: Options = {"by": by, "dyad": dyad, "cluster": cluster, "weight": weight,
                        "strata": strata, "wave": None}  # fmt: skip
    if isinstance(data, pd.DataFrame):
        options["wave"] = None if wave is None else str(wave)
        signs = [scale] if isinstance(scale, str) else list(scale or other_columns(data, options))
        if not signs:
            raise UsageError("scale: the table has no column of numbers that could be a sign.")
        study = take_study(
            data, measures={"scale": signs}, columns=columns_of(data, options, ()),
            every_wave=True, reverse=reverse, values=values,
        )  # fmt: skip
        name, limit = "scale", present_from
        left_out = words_left_out(data, options) if scale is None else ()
    else:
        chosen, left_out = _scale_of_signs(data, scale, present_from), ()
        study = take_study(
            data, measures={"scale": f"items:{chosen.id}"}, wave=wave, every_wave=True,
            columns=columns_of(data, options, ("dyad", "wave")),
        )  # fmt: skip
        name = chosen.id
        limit = chosen.signs_present_from if present_from is None else present_from
    if limit is None:
        raise UsageError(
            "present_from: say from which answer on a sign counts as present, such as 4 of 1 to 5."
        )
    items = study.measures["scale"]
    _check_limit(study, items, limit)
    by = None if by is not None and _is_wave(study, by) else by
    cells = take_cells(study, by=by, reference=reference, every_wave=True)
    design = take_design(study, cluster=cluster)
    emit(study.warnings)

    answers = np.column_stack([item.x for item in items])
    marks = np.where(np.isnan(answers), np.nan, answers >= limit)
    shares = take_shares(marks, cells.code, cells.count, design, confidence)
    whole = np.isfinite(marks).all(axis=1)
    signs_present = np.where(whole, marks.sum(axis=1), np.nan)
    parts = {
        "counts": _counts(signs_present, cells, design, confidence),
        "distribution": _distribution(signs_present, cells, design, confidence),
    }
    if by is not None:
        parts["differences"] = _differences(items, shares, cells, reference, adjust, confidence)
    scales = [] if study.sample.is_frame else [study.sample.instrument.scales[name]]
    return Prevalence(
        table=_table(study, name, items, shares, cells, marks, limit),
        parts=parts,
        notes=(
            *(note for note in study.notes if note not in study.sample.notes),
            *left_out,
            *masked_notes(study.sample, scales),
            *cells.notes,
            *_notes(study, scales, shares, cells, design, parts, limit, adjust),
        ),
        call={
            "verb": "prevalence",
            "scale": plain(scale),
            "present_from": limit,
            "by": by,
            "reference": reference,
            "adjust": adjust,
            "confidence": confidence,
            "wave": wave,
            **{key: value for key, value in options.items() if key not in ("by", "wave")},
        },
        warnings=tuple(dict.fromkeys([*study.sample.reader_warnings, *study.warnings])),
        labels=study.labels,
        **provenance(study.sample, int((np.isfinite(marks).any(axis=1) & (cells.code >= 0)).sum())),
    )


def _scale_of_signs(
    data: Survey, scale: str | Sequence[str] | None, present_from: float | None
) -> Scale:
    instrument = data.instrument
    declared = [
        s
        for s in instrument.scales.values()
        if s.signs_present_from is not None and any(u.id in data.responses for u in s.items)
    ]
    if scale is not None:
        found = select_scales(instrument, scale)
        if len(found) != 1:
            raise UsageError(
                f"scale names one scale, not {len(found)}: {listing(s.id for s in found)}."
            )
        (chosen,) = found
        if chosen.signs_present_from is None and present_from is None:
            which = f" ({listing((s.id for s in declared), 'or')} does)" if declared else ""
            raise UsageError(
                f"{chosen.id} does not declare from which answer on a sign is present{which}. Say "
                "it: --present-from (present_from= in Python)."
            )
        if not any(use.id in data.responses for use in chosen.items):
            raise SurveyError(f"None of the items of {chosen.id} is in these data.")
        return chosen
    if not declared:
        raise UsageError(
            f"No scale of {instrument.id} that is in these data declares signs_present_from: name "
            "a scale, and from which answer on a sign counts as present (present_from)."
        )
    return declared[0]


def _check_limit(study: Study, items: Sequence[Measure], limit: float) -> None:
    """Refuse an answer that nobody can give."""
    if study.sample.is_frame:
        return
    for item in items:
        ends = study.sample.instrument.response_scale(item.id)
        if not ends.minimum < limit <= ends.maximum:
            raise UsageError(
                f"present_from {limit:g}: {item.id} is answered from {ends.minimum:g} to "
                f"{ends.maximum:g}, so that everybody or nobody would have the sign."
            )


def _is_wave(study: Study, by: str) -> bool:
    """Whether groups are asked for by wave: those stand apart anyhow."""
    if study.sample.is_frame:
        return False
    column = study.sample.instrument.columns.get(by)
    return by == "wave" or (column is not None and column.role == "wave")


def _table(
    study: Study,
    scale: str,
    items: Sequence[Measure],
    shares: Shares,
    cells: Cells,
    marks: Floats,
    limit: float,
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for j, item in enumerate(items):
        not_applicable = _not_applicable(study, item.id)
        for cell in cells.filled:
            here = cells.code == cell
            missing = int((here & np.isnan(marks[:, j])).sum())
            apart = int((here & not_applicable).sum())
            row: dict[str, Any] = {"scale": scale, "item": item.id} | cells.label(cell)
            row |= shares.row(j, cell)
            row |= {"missing": missing - apart, "not_applicable": apart, "present_from": limit}
            row["reason"] = "" if row["n"] else "nobody here answered"
            if row["n"] and np.isnan(row["low"]):
                row["reason"] = "no interval: too few clusters"
            rows.append(row)
    return make_table(rows, COLUMNS)


def _not_applicable(study: Study, item: str) -> Any:  # noqa: ANN401 - booleans, (rows,)
    sample = study.sample
    if sample.is_frame or item not in sample.survey.missing:
        return np.zeros(int(sample.rows.sum()), dtype=np.bool_)
    reasons = sample.survey.missing.loc[sample.rows, item].astype("str")
    return (reasons == "not_applicable").to_numpy(dtype=np.bool_, na_value=False)


def _counts(signs: Floats, cells: Cells, design: Design, confidence: float) -> pd.DataFrame:
    means = design.means(signs, cells.code, cells.count)
    low, high = means.intervals(confidence)
    rows: list[dict[str, Any]] = []
    for cell in cells.filled:
        here = signs[cells.code == cell]
        known = here[np.isfinite(here)]
        n = int(means.n[0, cell])
        rows.append(
            cells.label(cell)
            | {
                "n": n,
                "mean": means.mean[0, cell],
                "low": low[0, cell],
                "high": high[0, cell],
                "sd": means.sd[0, cell],
                "median": float(np.median(known)) if len(known) else np.nan,
                "incomplete": len(here) - len(known),
                "reason": "nobody answered every sign" if not n else _no_spread(low[0, cell]),
            }
        )
    return make_table(rows, _COUNTS)


def _no_spread(low: float) -> str:
    return "no interval: fewer than two people or clusters" if np.isnan(low) else ""


def _distribution(signs: Floats, cells: Cells, design: Design, confidence: float) -> pd.DataFrame:
    words = [*map(str, range(_MANY)), f"{_MANY} or more"]
    marks = np.column_stack(
        [*(signs == k for k in range(_MANY)), signs >= _MANY],
    ).astype(np.float64)
    marks[np.isnan(signs)] = np.nan
    shares = take_shares(marks, cells.code, cells.count, design, confidence)
    rows: list[dict[str, Any]] = []
    for cell in cells.filled:
        for j, word in enumerate(words):
            rows.append(cells.label(cell) | {"signs": word} | shares.row(j, cell))
    return make_table(rows, _DISTRIBUTION)


def _differences(
    items: Sequence[Measure],
    shares: Shares,
    cells: Cells,
    reference: str | None,
    adjust: Adjustment,
    confidence: float,
) -> pd.DataFrame:
    groups = len(cells.names)
    pairs = [(j, i) for i in range(1 if reference else groups) for j in range(i + 1, groups)]
    cov, rows = shares.means.cov, []
    for wave in range(len(cells.waves)):
        for one, two in pairs:
            a, b = wave * groups + one, wave * groups + two
            if a not in cells.filled or b not in cells.filled:
                continue
            with np.errstate(divide="ignore", invalid="ignore"):
                r = cov[:, a, b] / np.sqrt(cov[:, a, a] * cov[:, b, b])
            d = newcombe_interval(
                shares.share[:, a], shares.n_effective[:, a],
                shares.share[:, b], shares.n_effective[:, b],
                confidence, correlation=np.where(np.isfinite(r), r, 0.0),
            )  # fmt: skip
            for j, item in enumerate(items):
                n = int(shares.n[j, a]), int(shares.n[j, b])
                rows.append(
                    {
                        "item": item.id,
                        "by": cells.by,
                        "wave": cells.waves[wave],
                        "first": cells.names[one],
                        "second": cells.names[two],
                        "n_first": n[0],
                        "n_second": n[1],
                        "share_first": shares.share[j, a],
                        "share_second": shares.share[j, b],
                        "difference": d.difference[j],
                        "low": d.low[j],
                        "high": d.high[j],
                        "z": d.z[j],
                        "p": d.p[j],
                        "adjust": adjust,
                        "reason": "nobody answered in one of the groups"
                        if min(n) == 0
                        else ""
                        if np.isfinite(d.p[j])
                        else "no test: nobody, or everybody, has the sign in both groups",
                    }
                )
    table = make_table(rows, _DIFFERENCES)
    table["p_adjusted"] = adjust_p(table["p"].to_numpy(), adjust)
    table["family"] = pd.array([int(table["p"].notna().sum())] * len(table), dtype="Int64")
    return table


def _notes(
    study: Study,
    scales: Sequence[Scale],
    shares: Shares,
    cells: Cells,
    design: Design,
    parts: Mapping[str, pd.DataFrame],
    limit: float,
    adjust: str,
) -> list[str]:
    label = ""
    if scales:
        answer = study.sample.instrument.response_scale(study.measures["scale"][0].id)
        words = [w for v, w in zip(answer.values, answer.labels, strict=False) if v >= limit]
        label = f" ({listing(words, 'or')})" if words else ""
    notes = [
        f"A sign counts as present from the answer {limit:g} on{label}. Shares are of who answered "
        "that sign; who did not is counted under missing, and who said that it does not apply "
        "apart from them."
    ]
    if len(cells.waves) > 1:
        notes.append("Every wave stands apart; the same people may be in several.")
    notes += design.notes
    notes.append(interval_note(design))
    gone = int(parts["counts"]["incomplete"].sum())
    notes.append(
        "The number of signs is that of people who answered them all"
        + (f" ({counted(gone, 'row')} did not)." if gone else ".")
    )
    apart = parts.get("differences")
    if apart is not None and len(apart):
        family = int(apart["family"].iloc[0])
        how = "not adjusted" if adjust == "none" else f"adjusted by {_ADJUSTED[adjust]}"
        crossed = bool(
            np.nan_to_num(shares.means.cov[:, ~np.eye(cells.count, dtype=np.bool_)]).any()
        )
        notes.append(
            "Differences have Newcombe's hybrid score intervals"
            + (
                ", which take into account that partners are in different groups"
                if crossed and design.noun == "dyads"
                else ""
            )
            + f"; p values (score test) are {how} for {counted(family, 'test')}: every sign, pair "
            "of groups and wave in that table."
        )
    few = shares.n[(shares.n > 0) & (shares.n < _FEW)].size
    if few:
        notes.append(f"{counted(few, 'share')} rest on fewer than {_FEW} people, and say little.")
    return notes


_ADJUSTED = {
    "holm": "Holm's method",
    "bh": "Benjamini and Hochberg's method",
    "by": "Benjamini and Yekutieli's method",
    "bonferroni": "Bonferroni's method",
    "hochberg": "Hochberg's method",
}


def _where(row: Mapping[Any, Any]) -> str:
    said = [row["group"]] if row["group"] else []
    said += [f"wave {row['wave']}"] if row["wave"] else []
    return f" ({', '.join(said)})" if said else ""


def _ends(low: float, high: float) -> str:
    return "–" if np.isnan(low) else f"[{percent(low, 1)}, {percent(high, 1)}]"


def _points(share: float) -> str:
    return number(100 * share, 1)


def _shown_cell(table: pd.DataFrame) -> dict[str, "pd.Series[Any]"]:
    shown = {}
    if (table["group"] != "").any():
        shown["Group"] = table["group"]
    if (table["wave"] != "").any():
        shown["Wave"] = table["wave"]
    return shown


def _shown_counts(part: pd.DataFrame, confidence: float) -> pd.DataFrame:
    frame = rounded(part.drop(columns=["by", "group", "wave", "low", "high", "reason"]), 2)
    frame.insert(
        2,
        f"{level(confidence)} CI of the mean",
        [
            interval(low, high, can_exceed_one=True)
            for low, high in zip(part["low"], part["high"], strict=True)
        ],
    )
    return pd.concat([pd.DataFrame(_shown_cell(part)), frame], axis=1)
