"""Model text in, statements out: the short language that lavaan made common, and no more of it.

``f =~ x1 + x2`` (measured by), ``f ~~ g`` (covariance), ``y ~ x`` (regression), ``x ~ 1``
(intercept), ``x | t1 + t2`` (thresholds), ``x ~*~ 1*x`` (scale of a latent response). Before a
term stands what is known of its parameter: ``0.8*x1`` fixes, ``NA*x1`` frees, ``a*x1`` names (equal
names are equal parameters), ``start(0.8)*x1`` starts, ``c(1, NA)*x1`` says it for each group.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

OPERATORS = ("=~", "~*~", "~~", "~", "|")
_NOT_OURS = {
    ":=": "defined parameters",
    "==": "constraints by formula (give equal parameters one name, as in a*x1 + a*x2)",
    "<~": "formative (composite) variables",
    "<": "inequalities",
    ">": "inequalities",
    "%": "blocks",
    ":": "products of variables",
    "?": "this way to give starting values (write start(0.8)*x1)",
    "^": "formulas",
    "/": "formulas",
    "=": "a single equals sign (a factor is written f =~ x1 + x2)",
}
_TOKEN = re.compile(
    r"""(?P<space>[^\S\n]+|[#!][^\n]*)
    |(?P<end>[\n;])
    |(?P<operator>=~|~\*~|~~|:=|==|<~|[~|<>%:?^/=])
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
    |(?P<name>[^\W\d][\w.]*|\.[^\W\d][\w.]*)
    |(?P<quoted>`[^`\n]+`|"[^"\n]+")
    |(?P<sign>[-+*(),])
    """,
    re.VERBOSE,
)
_CONTINUES = (*OPERATORS, "+", "*", "(", ",", "-")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text, and where it stands."""

    kind: str
    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One parameter that the text names.

    Attributes
    ----------
    lhs, op, rhs
        As in ``f =~ x1``; of an intercept ``op`` is ``~1`` and ``rhs`` is empty.
    fixed
        Value, one for all groups or one for each; NaN where it is free on purpose (``NA``).
        Empty where nothing is said.
    label, start
        Names and starting values, in the same way.
    line, column
        Where it stands, from 1.
    """

    lhs: str
    op: str
    rhs: str
    fixed: tuple[float, ...] = ()
    label: tuple[str, ...] = ()
    start: tuple[float, ...] = ()
    line: int = 1
    column: int = 1


def parse(text: str) -> tuple[Statement, ...]:
    """Statements of a model text, in its order; what is said twice of a parameter is joined.

    Parameters
    ----------
    text
        The model. Lines or semicolons end a statement; a line that ends with an operator or a plus,
        or is followed by one that starts with them, goes on. ``#`` and ``!`` start a comment.
        A name with blanks or signs in it is written between backquotes.

    Returns
    -------
    tuple of Statement

    Raises
    ------
    ValueError
        Where the text cannot be read, with line and column and what was meant.

    References
    ----------
    Rosseel, Y. (2012). lavaan. *Journal of Statistical Software, 48*(2), section 3.

    Examples
    --------
    >>> [(s.lhs, s.op, s.rhs, s.fixed) for s in parse("f =~ 1*x1 + x2; x1 ~ 1")]
    [('f', '=~', 'x1', (1.0,)), ('f', '=~', 'x2', ()), ('x1', '~1', '', ())]
    """
    found: dict[tuple[str, str, str], Statement] = {}
    for line in _lines(_tokens(text)):
        for said in _Reader(line).statements():
            key = (said.lhs, said.op, said.rhs)
            if said.op == "~~" and (said.rhs, "~~", said.lhs) in found:
                key = (said.rhs, "~~", said.lhs)
            before = found.get(key)
            found[key] = said if before is None else _join(before, said)
    if not found:
        raise ValueError(
            "The model is empty. A factor and its items are written: f =~ item1 + item2 + item3"
        )
    return tuple(found.values())


def _join(first: Statement, second: Statement) -> Statement:
    clash = [
        name
        for name in ("fixed", "label", "start")
        if getattr(first, name) and getattr(second, name)
    ]
    if clash or not (second.fixed or second.label or second.start):
        raise ValueError(
            f"line {second.line}, column {second.column}: {first.lhs} {first.op} {first.rhs} "
            f"stands in the model twice (first in line {first.line}); remove one."
        )
    return Statement(
        first.lhs,
        first.op,
        first.rhs,
        first.fixed or second.fixed,
        first.label or second.label,
        first.start or second.start,
        first.line,
        first.column,
    )


def _tokens(text: str) -> Iterator[Token]:
    place, line, begin = 0, 1, 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        column = place - begin + 1
        if match is None:
            raise ValueError(
                f"line {line}, column {column}: {text[place]!r} cannot stand in a model. A name "
                "with signs or blanks in it, or one that starts with a digit, is written between "
                "backquotes: `item-1`."
            )
        kind, said = str(match.lastgroup), match.group()
        if kind == "operator" and said in _NOT_OURS:
            raise ValueError(
                f"line {line}, column {column}: {said!r}: {_NOT_OURS[said]}: not part of this "
                "model language, which has =~, ~~, ~, ~1, | and ~*~."
            )
        if kind != "space":
            yield Token(kind, said, line, column)
        place = match.end()
        if said == "\n":
            line, begin = line + 1, place


def _lines(tokens: Iterator[Token]) -> list[list[Token]]:
    """Tokens of each statement; a line goes on where it ends or the next begins with a sign."""
    lines: list[list[Token]] = [[]]
    broken = False
    for token in tokens:
        if token.kind == "end":
            if token.text == ";":
                lines.append([])
                broken = False
            else:
                broken = True
            continue
        if broken and lines[-1]:
            goes_on = lines[-1][-1].text in _CONTINUES and lines[-1][-1].kind in (
                "operator",
                "sign",
            )
            if not goes_on and token.text not in _CONTINUES:
                lines.append([])
        broken = False
        lines[-1].append(token)
    return [line for line in lines if line]


class _Reader:
    """Reads one statement from its tokens."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.next = 0

    def statements(self) -> list[Statement]:
        """All parameters that the line names."""
        lhs = [self.name("a variable")]
        while self.take("+"):
            lhs.append(self.name("a variable"))
        operator = self.peek()
        if operator is None or operator.kind != "operator":
            self.wrong(
                "an operator is missing: write f =~ x1 + x2 for a factor, x1 ~~ x2 for a "
                "covariance, y ~ x for a regression"
            )
        self.next += 1
        said: list[Statement] = []
        while True:
            said += self.term(lhs, operator.text)
            if self.peek() is None:
                return said
            if not self.take("+"):
                self.wrong("a plus is missing between two terms")

    def term(self, lhs: Sequence[Token], operator: str) -> list[Statement]:
        fixed: tuple[float, ...] = ()
        label: tuple[str, ...] = ()
        start: tuple[float, ...] = ()
        first = self.peek()
        if first is None:
            self.wrong(f"nothing follows after {self.tokens[-1].text!r}")
        while self.is_modifier():
            given, what = self.modifier()
            if what == "label":
                label = tuple(map(str, given))
            elif what == "start":
                start = tuple(map(float, given))
            else:
                fixed = tuple(map(float, given))
            if not self.take("*"):
                self.wrong("a star is missing: what is known of a parameter is written 0.8*x1")
        token = self.peek()
        if token is None:
            self.wrong("a variable is missing after the star")
        if operator == "~" and token.kind == "number":
            if float(token.text) not in (0.0, 1.0) or (float(token.text) == 0.0 and fixed):
                self.wrong("an intercept is written x ~ 1 (fixed at 0: x ~ 0*1)")
            if float(token.text) == 0.0:
                fixed = (0.0,)
            self.next += 1
            return [
                Statement(_text(of), "~1", "", fixed, label, start, token.line, token.column)
                for of in lhs
            ]
        rhs = self.name("a variable")
        return [
            Statement(_text(of), operator, _text(rhs), fixed, label, start, rhs.line, rhs.column)
            for of in lhs
        ]

    def is_modifier(self) -> bool:
        """Whether a star comes before the next plus at this depth."""
        depth = 0
        for token in self.tokens[self.next :]:
            if token.kind != "sign":
                continue
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if token.text == "+" and depth == 0:
                return False
            if token.text == "*" and depth == 0:
                return True
        return False

    def modifier(self) -> tuple[list[str] | list[float], str]:
        """Value, label or start, once or for each group."""
        token = self.peek()
        assert token is not None
        call = token.text if token.kind == "name" else ""
        follows = self.tokens[self.next + 1].text if self.next + 1 < len(self.tokens) else ""
        if call in ("c", "start", "equal", "label") and follows == "(":
            if call in ("equal", "label"):
                self.wrong(f"{call}() is not part of this model language; write a*x1 + a*x2")
            self.next += 2
            given = [self.atom()]
            if call == "start" and given[0] == "c" and self.take("("):
                given = [self.atom()]
                while self.take(","):
                    given.append(self.atom())
                self.close()
            while self.take(","):
                given.append(self.atom())
            self.close()
        else:
            given = [self.atom()]
        numbers = [one for one in given if isinstance(one, float)]
        if call == "start" and follows == "(":
            if len(numbers) < len(given):
                self.wrong("start() takes numbers")
            return numbers, "start"
        if len(numbers) == len(given):
            return numbers, "fixed"
        if not numbers:
            return [str(one) for one in given], "label"
        return self.wrong("c() holds either values (and NA) or names, not both")

    def atom(self) -> float | str:
        """A number, NA as NaN, or a name."""
        negative = self.take("-")
        token = self.peek()
        if token is None:
            self.wrong("a number or a name is missing")
        self.next += 1
        if token.kind == "number":
            return -float(token.text) if negative else float(token.text)
        if token.kind in ("name", "quoted") and not negative:
            return float("nan") if token.text == "NA" else _text(token)
        self.next -= 1
        return self.wrong("a number, NA or a name is meant here")

    def close(self) -> None:
        if not self.take(")"):
            self.wrong("a closing bracket is missing")

    def name(self, what: str) -> Token:
        token = self.peek()
        if token is None or token.kind not in ("name", "quoted"):
            self.wrong(
                f"{what} is meant here; a name that starts with a digit or holds signs is written "
                "between backquotes"
            )
        self.next += 1
        return token

    def peek(self) -> Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def take(self, sign: str) -> bool:
        token = self.peek()
        if token is not None and token.kind == "sign" and token.text == sign:
            self.next += 1
            return True
        return False

    def wrong(self, what: str) -> NoReturn:
        token = self.peek() or self.tokens[-1]
        near = f" (at {token.text!r})"
        raise ValueError(f"line {token.line}, column {token.column}: {what}{near}.")


def _text(token: Token) -> str:
    return token.text[1:-1] if token.kind == "quoted" else token.text
