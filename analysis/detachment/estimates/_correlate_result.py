"""What a table of correlations says of itself: sentences, tables as people read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from detachment.estimates._result import Result, heading, rounded
from detachment.estimates._sentences import (
    LINK,
    NO_CAUSE,
    RANKS,
    aside,
    by_chance,
    likely,
    named_list,
    not_given,
    people,
    stated,
)
from detachment.text import (
    COEFFICIENTS,
    SYMBOLS,
    bounded,
    count,
    interval,
    level,
    number,
    p_statement,
    p_value,
)

# Columns of the parts: those that are names, those that cannot exceed 1, ends of intervals of them.
_NAMES = ("row", "column", "first", "second", "variable")
_BOUNDED = (
    "r", "r_first", "r_second", "difference", "r_between", "bound", "icc", "disattenuated",
    "reliability_row", "reliability_column", "kappa", "reliability_of_means",
)  # fmt: skip
_ENDS = {"r_low": "r_high", "low": "high", "icc_low": "icc_high"}
_TITLES = {
    "disattenuated": "Corrected for unreliability",
    "groups": "By group",
    "differences": "Differences of correlations",
    "equivalence": "Equivalence tests",
    "bayes_factors": "Bayes factors",
    "icc": "Alike within clusters",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Correlations(Result):
    """Correlations of variables, one row a pair."""

    @property
    def method(self) -> str:
        """Which coefficient, in the word of the option."""
        return str(self.table["method"].iloc[0])

    @property
    def kind(self) -> str:
        """What is special about them, in a word or two; empty for plain correlations."""
        partial = {"both": "partial", "rows": "semipartial", "columns": "semipartial"}
        words = []
        if self.call.get("weight") or self.call.get("strata"):
            words.append("weighted")
        if self.call.get("level", "total") != "total":
            words.append(f"{self.call['level']}-{self.call['unit']}")
        if self.call.get("controls"):
            words.append(partial[self.call["partial"]])
        return " ".join(words)

    @property
    def coefficient(self) -> str:
        """What the coefficient is called in a table or a figure."""
        name = COEFFICIENTS[self.method]
        if not self.kind:
            return name
        plain = name if name.startswith(("Pearson", "Spearman", "Kendall")) else name.lower()
        return f"{self.kind[0].upper()}{self.kind[1:]} {plain}"

    @property
    def symbol(self) -> str:
        """Its symbol in a sentence."""
        return f"{self.kind} {SYMBOLS[self.method]}".strip()

    def _plain(self) -> Iterable[str]:
        yield from map(self._plain_pair, self.table.to_dict(orient="records"))
        for part, say in (
            ("bayes_factors", self._plain_evidence),
            ("differences", self._plain_difference),
            ("equivalence", self._plain_equivalence),
        ):
            if part in self.parts:
                yield from map(say, self.parts[part].to_dict(orient="records"))

    def _pair(self, row: Mapping[Any, Any]) -> str:
        return f"{self.named(row['row'])} and {self.named(row['column'])}"

    def _plain_pair(self, row: Mapping[Any, Any]) -> str:
        if np.isnan(row["r"]):
            return not_given(self._pair(row), row["reason"])
        goes = "no clear link in either direction"
        if row["p_adjusted"] < 1 - self.call["confidence"]:
            end = "lower" if row["r"] < 0 else "higher"
            goes = f"where one is higher, the other tends to be {end}"
        return (
            f"{self._pair(row)}: {goes}. Link {number(row['r'])}"
            + aside(
                likely(row["r_low"], row["r_high"]), by_chance(row["p_adjusted"]), people(row["n"])
            )
            + "."
        )

    def _plain_evidence(self, row: Mapping[Any, Any]) -> str:
        if np.isnan(row["log_bf10"]):
            return not_given(f"{self._pair(row)}, evidence for a link", row["reason"])
        there, none = "there is a link", "there is none"
        first, second = (there, none) if row["log_bf10"] >= 0 else (none, there)
        size = min(abs(row["log_bf10"]), np.log(1001))
        often = "more than 1,000" if size > np.log(1000) else f"about {number(np.exp(size), 1)}"
        return (
            f"{self._pair(row)}: these answers are {often} times as likely if {first} as if "
            f"{second}."
        )

    def _plain_difference(self, row: Mapping[Any, Any]) -> str:
        what, one, other = self._compared(row)
        if np.isnan(row["p"]):
            return not_given(f"{what}, {one} and {other}", row["reason"])
        clear = row["p_adjusted"] < 1 - self.call["confidence"]
        return (
            f"{what}: the link is {number(row['r_first'])} for {one} and {number(row['r_second'])} "
            f"for {other}. They {'differ' if clear else 'do not clearly differ'}, by "
            f"{number(row['difference'])}"
            + aside(likely(row["low"], row["high"]), by_chance(row["p_adjusted"]), self._sizes(row))
            + "."
        )

    def _plain_equivalence(self, row: Mapping[Any, Any]) -> str:
        if np.isnan(row["p"]):
            return not_given(f"{self._pair(row)}, whether their link is small", row["reason"])
        shown = "is" if row["equivalent"] == "yes" else "is not"
        return (
            f"{self._pair(row)}: that their link is between −{number(row['bound'])} and "
            f"{number(row['bound'])}, the bounds that were set, {shown} shown"
            f"{aside(people(row['n']))}."
        )

    def _meaning(self) -> Iterable[str]:
        yield RANKS if self.method in ("spearman", "kendall") else LINK
        if self.call.get("controls"):
            controls = named_list(self.call["controls"], self.named)
            yield f"The links are those among people who are alike in {controls}."
        if "bayes_factors" in self.parts:
            yield (
                "How many times as likely the answers are also depends on how large a link was "
                f"expected before ({self.call['kappa']:.2f} on a scale on which 1 expects every "
                "size alike)."
            )
        yield NO_CAUSE
        yield "It is about people on average, not about any one of them."

    def _apa(self) -> Iterable[str]:
        lines = [self._sentence(row) for row in self.table.to_dict(orient="records")]
        if "differences" in self.parts:
            part = self.parts["differences"].to_dict(orient="records")
            lines += [self._difference(row) for row in part]
        if "bayes_factors" in self.parts:
            part = self.parts["bayes_factors"].to_dict(orient="records")
            lines[len(self.table) : len(self.table)] = [self._evidence(row) for row in part]
        if "equivalence" in self.parts:
            part = self.parts["equivalence"].to_dict(orient="records")
            lines += [self._equivalence(row) for row in part]
        return lines

    def _evidence(self, row: Mapping[Any, Any]) -> str:
        if np.isnan(row["log_bf10"]):
            return f"{self._pair(row)}: no Bayes factor is given; {row['reason']}."
        found = _factor(row["bf10"], row["log_bf10"])
        found = f"BF10 {found}" if found[0] in "<>" else f"BF10 = {found}"
        return (
            f"{self._pair(row)}: Bayes factor of a correlation against none {found} (stretched "
            f"beta prior of width {number(row['kappa'])}, effective n = "
            f"{count(row['n_effective'])})."
        )

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        one, other = (self.named(row[side]) for side in ("row", "column"))
        if np.isnan(row["r"]):
            return f"{one} and {other}: no correlation is given; {row['reason']}."
        ends = (row["r_low"], row["r_high"])
        parts = [stated(self.symbol, row["r"], *ends, confidence=self.call["confidence"])]
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

    def _difference(self, row: Mapping[Any, Any]) -> str:
        what, one, other = self._compared(row)
        if np.isnan(row["p"]):
            return f"{what}, {one} and {other} are not compared: {row['reason']}."
        clear = row["p_adjusted"] < 1 - self.call["confidence"]
        said = "differ" if clear else "do not clearly differ"
        ends = interval(row["low"], row["high"])
        adjusted = "" if row["adjust"] == "none" else f", adjusted {p_statement(row['p_adjusted'])}"
        return (
            f"{what}, the correlations of {one} ({bounded(row['r_first'])}) and {other} "
            f"({bounded(row['r_second'])}) {said}: difference {bounded(row['difference'])}, "
            f"{level(self.call['confidence'])} CI {ends}, {p_statement(row['p'])}{adjusted}, "
            f"{self._sizes(row)}."
        )

    def _compared(self, row: Mapping[Any, Any]) -> tuple[str, str, str]:
        """Whose correlations are compared, and which two."""
        if by := self.call.get("by"):
            one, other = (f"{self.label(by)} {row[side]}" for side in ("first", "second"))
            return f"{self.named(row['row'])} with {self.named(row['column'])}", one, other
        one, other = (self.named(row[side]) for side in ("first", "second"))
        return f"With {self.named(row['row'] or row['column'])}", one, other

    def _sizes(self, row: Mapping[Any, Any]) -> str:
        both = f" and {count(row['n_second'])}" if self.call.get("by") else ""
        return f"n = {count(row['n_first'])}{both}"

    def _equivalence(self, row: Mapping[Any, Any]) -> str:
        one, other = (self.named(row[side]) for side in ("row", "column"))
        if np.isnan(row["p"]):
            return f"{one} and {other} are not tested for equivalence: {row['reason']}."
        ends = interval(row["r_low"], row["r_high"])
        within = "within" if row["equivalent"] == "yes" else "not shown to be within"
        return (
            f"The correlation of {one} with {other} is {within} −{bounded(row['bound'])} to "
            f"{bounded(row['bound'])}: {level(2 * self.call['confidence'] - 1)} CI {ends}, "
            f"{p_statement(row['p'])}, n = {count(row['n'])}."
        )

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        table = self.table
        shown = {
            "Row": table["row"].map(self.label),
            "Column": table["column"].map(self.label),
            "n": table["n"].map(count),
            self.symbol: table["r"].map(bounded),
            f"{level(self.call['confidence'])} CI": [
                interval(*ends) for ends in zip(table["r_low"], table["r_high"], strict=True)
            ],
            "p": table["p"].map(p_value),
        }
        if self.call["adjust"] != "none":
            shown["Adjusted p"] = table["p_adjusted"].map(p_value)
        if table["disattenuated"].notna().any():
            shown["Disattenuated"] = table["disattenuated"].map(bounded)
        if table["r"].isna().any():
            shown["Remark"] = table["reason"].where(table["r"].isna(), "")
        return pd.DataFrame(shown)

    def why_missing(self, part: str, column: str) -> str:
        """Why a column of a part has no number."""
        if part == "latent":
            return "correlations of this kind (coefficient) have no such number"
        if part == "differences" and column in ("r_between", "z_meng", "p_meng", "df"):
            return "the test of this row (test) has no such number"
        return super(Correlations, self).why_missing(part, column)

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """What is behind and beside the correlations, as people read it."""
        shown = {}
        for name, part in self.parts.items():
            if name == "latent":
                latent = part.drop(columns=["r", "n"])
                latent = latent[latent["se"].notna()].dropna(axis="columns", how="all")
                if len(latent):
                    shown["Latent variables"] = rounded(latent)
            elif name == "thresholds":
                shown["Thresholds"] = _thresholds(part)
            elif name == "disattenuated":
                given = part[part["disattenuated"].notna()]
                if len(given):
                    shown[_TITLES[name]] = self._shown(given)
            else:
                shown[_TITLES[name]] = self._shown(part)
        return shown

    def _shown(self, part: pd.DataFrame) -> pd.DataFrame:
        """A part with labels, intervals in brackets, and no columns without a value."""
        part = part.drop(columns=["adjust", "family"], errors="ignore").dropna(axis=1, how="all")
        if self.call["adjust"] == "none":
            part = part.drop(columns=["p_adjusted"], errors="ignore")
        groups = bool(self.call.get("by"))
        rest = rounded(part)
        shown: dict[str, Any] = {}
        for name in part:
            column = part[name]
            if name == "reason" or pd.api.types.is_string_dtype(column):
                if (column.fillna("") == "").all():
                    continue
                named = name in _NAMES and not (groups and name in ("first", "second"))
                shown[heading(str(name))] = column.map(self.label) if named else column
            elif name in _ENDS:
                both = zip(column, part[_ENDS[str(name)]], strict=True)
                sure = self.call["confidence"]
                sure = 2 * sure - 1 if "bound" in part else sure
                shown[f"{level(sure)} CI"] = [interval(*ends) for ends in both]
            elif name in ("bf10", "bf01"):
                shown[heading(str(name))] = [
                    _factor(value, log if name == "bf10" else -log)
                    for value, log in zip(column, part["log_bf10"], strict=True)
                ]
            elif name == "n_effective":
                shown[heading(str(name))] = column.map(count)
            elif name in _BOUNDED:
                shown[heading(str(name))] = column.map(bounded)
            elif name not in (*_ENDS.values(), "log_bf10"):
                shown[heading(str(name))] = rest[heading(str(name))]
        return pd.DataFrame(shown)


def _factor(value: float, log: float) -> str:
    """A Bayes factor, as far as its size says something."""
    if np.isnan(log):
        return number(value)
    if log > np.log(1000):
        return "> 1,000"
    return "< .001" if log < -np.log(1000) else number(value, 3 if value < 1 else 2)


def _thresholds(part: pd.DataFrame) -> pd.DataFrame:
    between = [
        f"{number(below, 0)} | {number(above, 0)}"
        if below % 1 == above % 1 == 0
        else f"{below:g} | {above:g}"
        for below, above in zip(part["below"], part["above"], strict=True)
    ]
    part = part.drop(columns=["below", "above"])
    part.insert(2, "between", between)
    return rounded(part)
