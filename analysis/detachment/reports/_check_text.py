"""The verb ``check_text``: a manuscript in, its statistics with their p computed again out."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from detachment.reports._manuscript import read_manuscript
from detachment.reports._statements import Interval, Number, Statement, intervals, statements
from detachment.text import counted, listing

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["consistent", "inconsistent", "decision changes", "impossible", "not checked"]
WRONG: tuple[Verdict, ...] = ("inconsistent", "decision changes", "impossible")
_ALPHA = 0.05
_SIGNED = ("t", "r", "z")  # statistics with two tails
_COLUMNS = ("place", "statistic", "test", "p_reported", "p", "p_low", "p_high", "sides", "verdict", "reason")  # fmt: skip  # noqa: E501
_NAN = (math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedStatistic:
    """One statistic of a manuscript.

    Attributes
    ----------
    place
        Number of its line; of its paragraph in a Word file.
    statistic
        As it stands.
    test
        ``t``, ``F``, ``chi2``, ``r``, ``z``, ``Q``; ``interval`` for an estimate with its interval.
    p_reported
        What the manuscript says of p: ``= .04``; empty where it says nothing.
    p, p_low, p_high
        Computed from the statistic, and the least and the most that its rounding allows; NaN where
        there is none.
    sides
        Of how many tails p is; None where the test has one.
    verdict
        ``consistent``; ``inconsistent``; ``decision changes`` (inconsistent, and on the other side
        of .05); ``impossible`` (no such statistic can be); ``not checked``.
    reason
        Why.
    """

    place: int
    statistic: str
    test: str
    p_reported: str = ""
    p: float = math.nan
    p_low: float = math.nan
    p_high: float = math.nan
    sides: int | None = None
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextCheck:
    """The statistics of a manuscript, each computed again.

    Attributes
    ----------
    file
        Its name.
    unit
        What a place counts: ``"line"`` or ``"paragraph"``.
    found
        In the order of the text.
    """

    file: str
    unit: str
    found: tuple[CheckedStatistic, ...]

    @property
    def wrong(self) -> tuple[CheckedStatistic, ...]:
        """Those that are inconsistent or impossible."""
        return tuple(one for one in self.found if one.verdict in WRONG)

    def to_frame(self) -> "pd.DataFrame":
        """One row a statistic: place, statistic, test, p as reported and computed, verdict."""
        import pandas as pd

        rows = [tuple(getattr(one, name) for name in _COLUMNS) for one in self.found]
        frame = pd.DataFrame(rows, columns=list(_COLUMNS))
        return frame.astype({"sides": "Int64", "p": float, "p_low": float, "p_high": float})

    def explain(self) -> str:
        """Say in sentences what was found."""
        return "\n".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        if not self.found:
            yield (
                f"{self.file}: no statistic in APA style was found, such as t(38) = 2.10, p = .042."
            )
            return
        times = Counter(one.verdict for one in self.found)
        words = ("consistent", *WRONG, "not checked")
        said = [f"{times[word]} {word}" for word in words if times[word]]
        yield f"{self.file}: {counted(len(self.found), 'statistic')}; {listing(said)}."
        for one in self.wrong:
            yield f"{self.unit.capitalize()} {one.place}: {one.statistic}: {one.reason}."
        yield (
            "p was computed from each statistic as it is written, allowing for its rounding. An "
            "inconsistency is a slip in the statistic, in its degrees of freedom or in p, or a "
            "correction that the text does not name; consistent numbers can still be wrong."
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: the sentences, and the table."""
        said = "".join(f"<p>{escape(line)}</p>" for line in self._sentences())
        return said + (self.to_frame().to_html(index=False) if self.found else "")

    def __repr__(self) -> str:
        return (
            f"TextCheck({self.file!r}: {counted(len(self.found), 'statistic')}, "
            f"{len(self.wrong)} inconsistent)"
        )


def check_text(path: str | Path) -> TextCheck:
    """Find the statistics of a manuscript, and compute their p again.

    Reads t, F, chi-squared, r, z and Q in APA style with the p beside them, and estimates with
    their confidence intervals. p follows from the statistic and its degrees of freedom; as the
    statistic was rounded, a range of p is possible, and the reported one is consistent where it,
    rounded as it is, lies in that range (as in statcheck). Tests of t, r and z are of two sides,
    or of one where the paragraph says so.

    Parameters
    ----------
    path
        Markdown (.md, .qmd, .Rmd), Word (.docx), plain text (.txt) or LaTeX (.tex).

    Returns
    -------
    TextCheck
        With the statistics as they stand, and no other word of the text.

    Raises
    ------
    UsageError
        When there is no such file, or it is of another kind.
    ExportError
        When it cannot be read.

    References
    ----------
    Nuijten, M. B., Hartgerink, C. H. J., van Assen, M. A. L. M., Epskamp, S., & Wicherts, J. M.
    (2016). The prevalence of statistical reporting errors in psychology (1985-2013). *Behavior
    Research Methods, 48*, 1205-1226.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     draft = Path(folder) / "draft.md"
    ...     _ = draft.write_text("It differed, *t*(38) = 2.10, *p* = .02.", encoding="utf-8")
    ...     check = check_text(draft)
    >>> check
    TextCheck('draft.md': 1 statistic, 1 inconsistent)
    >>> check.found[0].reason
    'p is .042, and rounding allows .042 to .043; .02 would fit a test of one side, if that is meant say so'
    """  # noqa: E501
    unit, paragraphs = read_manuscript(path)
    found = []
    for paragraph in paragraphs:
        here = [checked(one) for one in statements(paragraph)]
        here += [checked_interval(one) for one in intervals(paragraph)]
        found += sorted(here, key=lambda one: one.place)
    return TextCheck(file=Path(path).name, unit=unit, found=tuple(found))


def checked(said: Statement) -> CheckedStatistic:
    """Judge one test."""
    sides = (1 if said.one_sided else 2) if said.test in _SIGNED else None
    ranges = _NAN
    impossible = _impossible(said)
    if not impossible and said.relation == "=" and not said.decimal_comma:
        ranges = _range(said, one_sided=sides == 1)
    verdict, reason = (
        ("impossible", impossible) if impossible else _judged(said, ranges, one_sided=sides == 1)
    )
    low, p, high = ranges
    return CheckedStatistic(
        place=said.place,
        statistic=said.quote,
        test=said.test,
        p_reported="" if said.p is None else f"{said.p_relation} {said.p.text}",
        p=p,
        p_low=low,
        p_high=high,
        sides=sides,
        verdict=verdict,  # type: ignore[arg-type]
        reason=reason,
    )


def _range(said: Statement, *, one_sided: bool) -> tuple[float, float, float]:
    from detachment.stats import p_range

    return p_range(
        said.test,
        said.statistic.value,
        *(one.value for one in said.df),
        half_unit=said.statistic.half_unit,
        # Whole degrees of freedom are exact; those of a correction were rounded.
        half_units_df=tuple(one.half_unit if "." in one.text else 0.0 for one in said.df),
        one_sided=one_sided,
    )


def _impossible(said: Statement) -> str:
    """Why no such test can be; empty where it can."""
    value = said.statistic
    if said.p is not None and (said.p.value > 1 or said.p.value < 0):
        return "p is a probability, from 0 to 1"
    if any(one.value <= 0 for one in said.df):
        return "degrees of freedom are more than 0"
    if (said.test == "r" and value.low > 1) or (said.test == "r" and value.high < -1):
        return "a correlation is between -1 and 1"
    if said.test not in _SIGNED and value.high <= 0 and value.value < 0:
        return f"{said.test} is not negative"
    if said.n is not None and said.test in ("t", "r"):
        least = math.ceil(said.df[0].value) + (2 if said.test == "r" else 1)
        if said.n < least:
            return f"these degrees of freedom need at least n = {least}, and n is {said.n}"
    return ""


def _judged(
    said: Statement, ranges: tuple[float, float, float], *, one_sided: bool
) -> tuple[Verdict, str]:
    if said.decimal_comma:
        return "not checked", "it is written with a decimal comma, which here ends a number"
    if said.relation != "=":
        return "not checked", "the statistic is not given, only a bound of it"
    if said.p is None:
        return "not checked", "no p stands beside it"
    if said.adjusted:
        return "not checked", "p is adjusted for other tests, which the statistic does not tell"
    low, _, high = ranges
    if _agrees(said.p_relation, said.p, low, high):
        zero = said.p_relation == "=" and said.p.value == 0
        return "consistent", "write p < .001, for no p is 0" if zero else ""
    reason = f"p is {_p(ranges[1])}, and rounding allows {_p(low)} to {_p(high)}"
    if said.test in _SIGNED:
        least, _, most = _range(said, one_sided=not one_sided)
        if _agrees(said.p_relation, said.p, least, most):
            reason += f"; {said.p.text} would fit a test of " + (
                "two sides" if one_sided else "one side, if that is meant say so"
            )
    return ("decision changes" if _decides(said, low, high) else "inconsistent"), reason


def _agrees(relation: str, p: Number, low: float, high: float) -> bool:
    """Whether a reported p is one that the statistic allows."""
    # A hair of room, for the ends of a rounding are not exact in binary.
    hair = 1e-12
    if relation == "=":
        return p.low <= high + hair and p.high >= low - hair
    if relation == "<":
        return low < p.value
    if relation == "<=":
        return low <= p.value + hair
    return high > p.value if relation == ">" else high >= p.value - hair


def _decides(said: Statement, low: float, high: float) -> bool:
    """Whether p lies on the other side of .05 than is reported."""
    assert said.p is not None
    if said.p_relation in ("=", "<", "<=") and said.p.value <= _ALPHA:
        return low > _ALPHA
    if said.p_relation in (">", ">=") and said.p.value < _ALPHA:
        return False  # p > .01 decides nothing
    return said.p_relation in ("=", ">", ">=") and high <= _ALPHA


def checked_interval(said: Interval) -> CheckedStatistic:
    """Judge an estimate and its interval: one lies in the other."""
    verdict: Verdict = "consistent"
    reason = ""
    if said.low.value > said.high.value:
        verdict, reason = "impossible", "its lower end is above its upper end"
    elif said.estimate is None:
        verdict, reason = "not checked", "no estimate stands before it"
    elif said.estimate.high < said.low.low or said.estimate.low > said.high.high:
        verdict, reason = "inconsistent", "the interval does not hold its estimate"
    return CheckedStatistic(
        place=said.place, statistic=said.quote, test="interval", verdict=verdict, reason=reason
    )


def _p(p: float) -> str:
    """P with enough digits to tell it from another.

    Examples
    --------
    >>> _p(0.0424), _p(0.00004), _p(0.9999)
    ('.042', '.00004', '>.999')
    """
    if p > 0.9995:
        return ">.999"
    if p < 1e-7:
        return "<.0000001"
    digits = 3 if p >= 0.001 else 1 - math.floor(math.log10(p)) - 1
    return f"{p:.{digits}f}".replace("0.", ".", 1)


def p_shown(one: CheckedStatistic) -> str:
    """The computed p as a table shows it, with the range that rounding allows."""
    if math.isnan(one.p):
        return "–"
    low, high = _p(one.p_low), _p(one.p_high)
    return low if low == high else f"{low} to {high}"
