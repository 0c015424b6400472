"""Whatever a text says, it comes out of every writer as text."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from detachment.tables import (
    Column,
    Remark,
    Table,
    decimals,
    html_table,
    latex_table,
    markdown_table,
    symbols,
    without_marks,
)

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=25)
MARKUP = st.text(st.sampled_from("*_`[]()<>|\\&$~^#!:.-+='\"{}@%a1 "), min_size=1, max_size=25)
ANY = st.one_of(TEXT, MARKUP)
# Letters that LaTeX takes for something else, where they are not part of what we write.
COMMANDS = re.compile(
    r"\\(?:text\w+|ensuremath|up\w+|Delta|ldots|caption|label|begin|end|toprule|midrule|bottomrule"
    r"|raggedright|arraybackslash|hangindent|setlength|tabcolsep|par|smallskip|noindent|small"
    r"|footnotesize|scriptsize|multicolumn|cmidrule|quad|addlinespace|phantom|renewcommand"
    r"|thetable|times|pm|leq|geq|neq|approx|infty|rightarrow|cdot|surd|normalsize)(?![a-zA-Z])"
    r"|\\[\\{}$&#%_,]"
)


def table(text: str, cell: str = "1") -> Table:
    return Table(
        name="t",
        title=text,
        columns=(
            Column(label=text, numeric=False, symbol=True),
            Column(label="x", group=text),
        ),
        rows=((text, cell), ("b", "2")),
        groups=((text, 2),),
        notes=(text,),
        remarks=(Remark(text=text, cells=((0, 1),)),),
        probability=(text,),
        data=pd.DataFrame(),
    )


def squeezed(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable() and not sign.isspace())


class Reader(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(ANY)
@example("<script>alert(1)</script>")
def test_html_shows_what_was_written(text: str) -> None:
    read = Reader(html_table(table(text)))
    assert read.tags <= {
        "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "i", "b", "p", "bdi", "sup",
        "sub", "small",
    }  # fmt: skip
    plain = "".join(run.text for run in symbols(text))
    shown = squeezed(read.text)
    assert squeezed(text) in shown  # the title
    assert shown.count(squeezed(plain)) >= 4


@given(ANY)
@example("https://a.b www.c.d a@b.c")
@example("**a** _b_ `c` | [d](e) ![f](g) <h> &amp; \\")
@example("1. a")
@example("b *M* d")
def test_markdown_shows_what_was_written(text: str) -> None:
    written = markdown_table(table(text))
    html = MarkdownIt("gfm-like", {"linkify": False}).render(written)
    read = Reader(html)
    assert read.tags <= {"p", "em", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    if squeezed(without_marks(text)):
        assert squeezed(without_marks(text)) in squeezed(read.text)
        assert html.count("<tr>") == 4
        assert html.count("<td") == 6


@given(ANY)
@example(r"\input{/etc/passwd} $x^2$ 100% #1 a_b ~ & {")
def test_latex_has_no_command_but_ours(text: str) -> None:
    written = latex_table(table(text))
    body = "\n".join(line for line in written.splitlines() if not line.startswith("%"))
    left = COMMANDS.sub("", body)
    assert "\\" not in left
    assert not re.search(r"[#%_^]", left)
    assert left.count("~") <= 9 * text.count("\N{NO-BREAK SPACE}")
    assert left.count("{") == left.count("}")


@pytest.mark.parametrize("write", [html_table, latex_table, markdown_table])
def test_marks_of_direction_change_nothing_outside_their_cell(write) -> None:  # type: ignore[no-untyped-def]
    written = write(table("\N{RIGHT-TO-LEFT OVERRIDE}evil"))
    if write is html_table:
        assert written.count("\N{RIGHT-TO-LEFT OVERRIDE}") == written.count(
            "<bdi>\N{RIGHT-TO-LEFT OVERRIDE}"
        ) + written.count(">\N{RIGHT-TO-LEFT OVERRIDE}evil</th>")
    else:
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in written


CELL = st.one_of(
    st.floats(-2000, 2000).map(lambda x: f"{x:.2f}"),
    st.integers(-2000, 2000).map(lambda n: f"{n:,}".replace("-", "−")),
    st.floats(-9, 9).map(lambda x: f"{x:.1f}".replace("-", "−")),
    st.just("–"),
)


@settings(max_examples=50)
@given(st.lists(CELL, min_size=1, max_size=6))
def test_points_align_from_the_right(cells: list[str]) -> None:
    aligned = decimals(
        Table(
            name="t",
            title="T",
            columns=(Column(label="x"),),
            rows=tuple((cell,) for cell in cells),
            data=pd.DataFrame(),
        ),
        0,
    )
    assert ["".join(p.text for p in pieces if not p.hidden) for pieces in aligned] == cells
    after = {
        len(whole.partition(".")[2])
        for pieces in aligned
        if (whole := "".join(piece.text for piece in pieces)) != "–"
    }
    assert len(after) <= 1


def test_numbers_in_brackets_align_each() -> None:
    rows = (("[−0.35, 0.05]",), ("[1.20, 10.25]",), ("–",))
    aligned = decimals(
        Table(name="t", title="T", columns=(Column(label="x"),), rows=rows, data=pd.DataFrame()), 0
    )
    assert ["".join(piece.text for piece in pieces) for pieces in aligned] == [
        "[−0.35, 00.05]", "[1.20, 10.25]", "–",
    ]  # fmt: skip
