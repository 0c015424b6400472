"""Statistics in APA style: found in a text, and taken apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from detachment.reports._manuscript import Paragraph

if TYPE_CHECKING:
    from detachment.stats.reported import Test

_NUMBER = r"-?\s?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?:\s?[x×]\s?10\s?-?\d+|e[-+]?\d+)?"  # fmt: skip  # noqa: E501
_RELATION = r"<=|>=|=|<|>"
_WHOLE = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_DF = rf"(?:{_WHOLE}(?:\.\d+)?|\.\d+)"
_STATISTIC = re.compile(
    rf"""(?<![\w.])(?:
      (?P<t>t)\s*\(\s*(?P<t_df>{_DF})\s*\)
    | (?P<F>F)\s*\(\s*(?P<F_df1>{_DF})\s*[,;]\s*(?P<F_df2>{_DF})\s*\)
    | (?P<chi2>χ\s*2?|chi-?\s?(?:squared?|sq|2)|X2)\s*
      \(\s*(?P<chi2_df>\d+)\s*(?:[,;]\s*[Nn]\s*=\s*(?P<chi2_n>{_WHOLE})\s*)?\)
    | (?P<r>r)\s*\(\s*(?P<r_df>{_DF})\s*\)
    | (?P<Q>Q[A-Za-z]{{0,7}})\s*\(\s*(?P<Q_df>\d+)\s*\)
    | (?P<z>[zZ])
    )\s*(?P<relation>{_RELATION})\s*(?P<value>{_NUMBER})""",
    re.VERBOSE,
)
_P = re.compile(
    rf"(?<![\w.])p\s?-?(?:value)?[\s_]?(?P<adjusted>(?:adj|corr|holm|bonf|fdr|bh|tukey)\w*)?\s*"
    rf"(?:\(\s*(?P<sides>one|two|1|2)[- ](?:sided|tailed)\s*\)\s*)?"
    rf"(?P<relation>{_RELATION})\s*(?P<value>{_NUMBER})",
    re.IGNORECASE,
)
_NOT_SIGNIFICANT = re.compile(r"(?<![\w.])n\.?\s?s\.?(?![\w])")
_N = re.compile(rf"(?<![\w.])[Nn]\s*=\s*({_WHOLE})")
_INTERVAL = re.compile(
    rf"(?P<level>\d\d(?:\.\d+)?)\s?%\s*(?:CI|confidence interval)s?\s*[:=]?\s*[\[(]\s*"
    rf"(?P<low>{_NUMBER})\s*(?:,|;|to)\s*(?P<high>{_NUMBER})\s*[\])]"
)
_ESTIMATE = re.compile(
    rf"(?<![\w.])(?P<name>r|rs|ρ|d|g|b|B|β|M|Mdiff|OR|RR|HR|IRR|ICC|κ|α|ω|η2|R2|f2)\s*"
    rf"(?:\(\s*{_DF}\s*\)\s*)?=\s*(?P<value>{_NUMBER})"
)
_ONE_SIDED = re.compile(r"\bone[- ](?:sided|tailed)\b|\bdirectional (?:test|hypothes)", re.I)
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[A-Z])")
_FAR = 150  # letters between a statistic and its p; beyond that they belong to others


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number as it was written.

    Attributes
    ----------
    text
        As it stands, in the signs of a keyboard.
    value
        What it says.
    half_unit
        Half a unit of its last digit.
    """

    text: str
    value: float
    half_unit: float

    @property
    def low(self) -> float:
        """The least that is written like this."""
        return self.value - self.half_unit

    @property
    def high(self) -> float:
        """The most that is written like this."""
        return self.value + self.half_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A test as it is reported.

    Attributes
    ----------
    place
        Line or paragraph.
    test
        Which statistic.
    quote
        Its parts as they stand, and no other word of the manuscript.
    relation, statistic
        ``=`` or another sign, and the number.
    df
        Degrees of freedom.
    n
        How many people stand beside it; None where nothing does.
    decimal_comma
        Whether the number goes on after a comma, as some languages write it.
    p_relation, p
        What is said of p; empty and None where nothing is.
    adjusted
        Whether p is said to be adjusted for other tests.
    one_sided
        Whether a test of one side is spoken of.
    """

    place: int
    test: "Test"
    quote: str
    relation: str
    statistic: Number
    df: tuple[Number, ...]
    n: int | None
    decimal_comma: bool
    p_relation: str
    p: Number | None
    adjusted: bool
    one_sided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with its interval, as it is reported; the estimate may be missing."""

    place: int
    quote: str
    estimate: Number | None
    low: Number
    high: Number


def number(text: str) -> Number:
    """A number from its letters.

    Examples
    --------
    >>> number("-1,234.50").value, number(".03").half_unit, number("1.2 x 10-5").value
    (-1234.5, 0.005, 1.2e-05)
    """
    plain = re.sub(r"\s", "", text).replace(",", "")
    digits, _, power = re.sub(r"[x×]10", "e", plain).partition("e")
    decimals = len(digits.partition(".")[2])
    half_unit = 0.5 * 10**-decimals * 10.0 ** int(power or 0)
    return Number(text=text.strip(), value=float(f"{digits}e{power or 0}"), half_unit=half_unit)


def statements(paragraph: Paragraph) -> Iterator[Statement]:
    """Every test that a paragraph reports, in order."""
    text = paragraph.text
    one_sided = _ONE_SIDED.search(text) is not None
    found = list(_STATISTIC.finditer(text))
    for match, following in zip_longest(found, found[1:]):
        test = next(name for name in ("t", "F", "chi2", "r", "Q", "z") if match[name])
        end = min(len(text), match.end() + _FAR)
        tail = text[match.end() : end if following is None else min(end, following.start())]
        stop = _SENTENCE_END.search(tail)
        tail = tail if stop is None else tail[: stop.start()]
        p = _P.search(tail)
        others = _NOT_SIGNIFICANT.search(tail) if p is None else None
        beside = _N.search(tail)
        n = match["chi2_n"] or (beside[1] if beside else None)
        quote = [_squeezed(match[0])]
        quote += [_squeezed(beside[0])] if beside else []
        quote += [_squeezed(p[0])] if p else ["ns"] if others else []
        sides = (p["sides"] or "").lower() if p else ""
        yield Statement(
            place=paragraph.places[match.start()],
            test=test,  # type: ignore[arg-type]
            quote=", ".join(quote),
            relation=match["relation"],
            statistic=number(match["value"]),
            df=tuple(
                number(match[name])
                for name in (f"{test}_df", f"{test}_df1", f"{test}_df2")
                if name in _STATISTIC.groupindex and match[name]
            ),
            n=int(n.replace(",", "")) if n else None,
            decimal_comma=re.match(r",\d", text[match.end() :]) is not None,
            p_relation=p["relation"] if p else ">" if others else "",
            p=number(p["value"]) if p else number(".05") if others else None,
            adjusted=bool(p and p["adjusted"]),
            one_sided=sides in ("one", "1") or (one_sided and sides not in ("two", "2")),
        )


def intervals(paragraph: Paragraph) -> Iterator[Interval]:
    """Every confidence interval that a paragraph reports, with the estimate before it."""
    text = paragraph.text
    begin = 0
    for match in _INTERVAL.finditer(text):
        before = text[max(begin, match.start() - _FAR) : match.start()]
        sentences = [end.end() for end in _SENTENCE_END.finditer(before)]
        before = before[sentences[-1] :] if sentences else before
        found = list(_ESTIMATE.finditer(before))
        estimate = found[-1] if found else None
        quote = [_squeezed(estimate[0])] if estimate else []
        yield Interval(
            place=paragraph.places[match.start()],
            quote=", ".join([*quote, _squeezed(match[0])]),
            estimate=number(estimate["value"]) if estimate else None,
            low=number(match["low"]),
            high=number(match["high"]),
        )
        begin = match.end()


def _squeezed(text: str) -> str:
    return " ".join(text.split())
