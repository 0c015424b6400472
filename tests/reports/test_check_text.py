"""Statistics of manuscripts: found in every form in which they are written, and judged."""

import json

import docx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detachment import check_text
from detachment.errors import ExportError, UsageError

RIGHT = "consistent"


@pytest.fixture
def check(tmp_path):
    def run(text, name="draft.md"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return check_text(tmp_path / name)

    return run


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("*t*(38) = \N{MINUS SIGN}2.10, *p* = .042", "t(38) = -2.10, p = .042"),
        ("_t_(38) = 2.10, _p_ = .042", "t(38) = 2.10, p = .042"),
        ("**t(38)\N{NO-BREAK SPACE}=\N{THIN SPACE}2.10**;\np\N{NO-BREAK SPACE}= 0.042",
         "t(38) = 2.10, p = 0.042"),
        ("$t(38) = 2.10$, $p = .042$", "t(38) = 2.10, p = .042"),
        ("<em>t</em>(38) = 2.10, <em>p</em> &lt; .05", "t(38) = 2.10, p < .05"),
        ("$\\chi^2(1, N = 1,090) = 4.10$, $p = .043$", "χ2(1, N = 1,090) = 4.10, p = .043"),
        ("χ²(1) = 4.10, p = .043", "χ2(1) = 4.10, p = .043"),
        ("*F*(2, 57) = 3.45, *p* ≤ .04", "F(2, 57) = 3.45, p <= .04"),
        ("F(1,204) = 4.00, p = .047", "F(1,204) = 4.00, p = .047"),
        ("r(98) = .31, n = 100, p = .002", "r(98) = .31, n = 100, p = .002"),
        ("z = 1.96, p = .05", "z = 1.96, p = .05"),
        ("Q(12) = 30.2, p = .003", "Q(12) = 30.2, p = .003"),
        ("t(500) = 5.10, p = 4.8 × 10^−7^", "t(500) = 5.10, p = 4.8 × 10-7"),
        ("t(38) = 0.50, ns", "t(38) = 0.50, ns"),
    ],
)  # fmt: skip
def test_every_way_of_writing_is_read(check, text, quote):
    (found,) = check(f"We found that, {text}. The rest of the text.").found
    assert (found.statistic, found.verdict) == (quote, RIGHT), found.reason


@pytest.mark.parametrize(
    ("text", "verdict", "reason"),
    [
        ("t(38) = 2.10, p = .04", RIGHT, ""),
        ("t(38) = 2.10, p = .03", "inconsistent", "p is .042"),
        ("t(38) = 1.90, p = .04", "decision changes", "p is .065"),
        ("t(38) = 2.50, p > .05", "decision changes", "p is .017"),
        ("t(38) = 2.10, p = .021", "inconsistent", "would fit a test of one side"),
        ("t(38) = 2.10, one-tailed p = .021", RIGHT, ""),
        ("A one-sided test: t(38) = 2.10, p = .042", "inconsistent", "a test of two sides"),
        ("t(38) = 2.10, p < .05", RIGHT, ""),
        ("t(38) = 2.10, p < .04", "inconsistent", "rounding allows .042 to .043"),
        ("t(38) = 9.10, p = .000", RIGHT, "write p < .001"),
        ("r(98) = 1.31, p = .001", "impossible", "between -1 and 1"),
        ("r(98) = .31, n = 90, p = .002", "impossible", "at least n = 100"),
        ("t(38) = 2.10, p = 1.04", "impossible", "from 0 to 1"),
        ("F(1, 30) = -2.00, p = .1", "impossible", "not negative"),
        ("F(1, 30) < 1, p = .5", "not checked", "only a bound"),
        ("t(38) = 2.10", "not checked", "no p"),
        ("t(38) = 2.10, p_adj = .20", "not checked", "adjusted"),
        ("t(38) = 2,10, p = ,04", "not checked", "decimal comma"),
        ("r = .31, 95% CI [.12, .48]", RIGHT, ""),
        ("r = .31, 95% CI [.35, .48]", "inconsistent", "does not hold"),
        ("b = 0.48, 95% CI [.12 to .475]", RIGHT, ""),  # within rounding
        ("r = .31, 95% CI [.48, .12]", "impossible", "above its upper end"),
        ("95% CI [.12, .48]", "not checked", "no estimate"),
    ],
)
def test_each_is_judged(check, text, verdict, reason):
    (found,) = check(text).found
    assert found.verdict == verdict, found
    assert reason in found.reason


def test_p_belongs_to_the_statistic_before_it_in_its_sentence(check):
    found = check("t(38) = 2.10 and t(38) = 0.50, p = .62. Later z = 1.0 fell. A p = .9 is high.")
    assert [one.p_reported for one in found.found] == ["", "= .62", ""]


def test_places_are_those_of_the_file(check):
    text = "# Results\n\nLong,\nt(38) = 2.10,\np = .042\n\nand z = 1.96, p = .05\n"
    assert [(one.place, one.verdict) for one in check(text).found] == [(4, RIGHT), (7, RIGHT)]
    commented = "t(38) = 2.10, p = .042 % z = 1, p = .9\n"
    assert len(check(commented, "draft.tex").found) == 1
    assert len(check("50% of t(38) = 2.10, p = .042", "draft.txt").found) == 1


def test_word_files_are_read_with_their_tables(tmp_path):
    document = docx.Document()
    paragraph = document.add_paragraph("Ann's secret: ")
    paragraph.add_run("t").italic = True
    paragraph.add_run("(38)\N{NO-BREAK SPACE}= 2.10, ")
    paragraph.add_run("p").italic = True
    paragraph.add_run(" = .02")
    document.add_table(1, 1).cell(0, 0).text = "χ²(1) = 4.10, p = .043"
    document.save(str(tmp_path / "draft.docx"))
    check = check_text(tmp_path / "draft.docx")
    assert [(one.place, one.verdict) for one in check.found] == [(1, "inconsistent"), (2, RIGHT)]
    assert "secret" not in check.explain() + check.to_frame().to_csv()


@given(st.floats(-5, 5), st.integers(3, 300), st.sampled_from(["t", "r", "F", "chi2", "z"]))
def test_what_was_computed_and_rounded_is_consistent(statistic, df, test):
    """No false alarm: whoever rounds statistic and p of one test is never accused."""
    from detachment.reports._check_text import checked
    from detachment.reports._manuscript import Paragraph
    from detachment.reports._statements import statements

    if test == "r":
        statistic = np.tanh(statistic)
        p = 2 * stats.t.sf(abs(statistic) * np.sqrt(df / (1 - statistic**2)), df)
    elif test == "z":
        p = 2 * stats.norm.sf(abs(statistic))
    elif test == "t":
        p = 2 * stats.t.sf(abs(statistic), df)
    else:
        statistic = abs(statistic)
        p = stats.f.sf(statistic, 2, df) if test == "F" else stats.chi2.sf(statistic, df)
    head = {"t": f"t({df})", "r": f"r({df})", "F": f"F(2, {df})", "chi2": f"χ2({df})", "z": "z"}
    said = f"p = {p:.3f}" if p >= 0.001 else "p < .001"
    text = f"{head[test]} = {statistic:.2f}, {said}"
    (one,) = statements(Paragraph(text=text, places=(1,) * len(text)))
    assert checked(one).verdict == RIGHT, checked(one)


def test_the_command_line(detachment, tmp_path):
    draft = tmp_path / "draft.md"
    draft.write_text("Ann's secret: t(38) = 2.10, p = .02, z = 1.0.", encoding="utf-8")
    ran = detachment("check-text", draft)
    assert ran.code == 1
    assert "Line 1: t(38) = 2.10, p = .02: p is .042" in ran.out
    assert "secret" not in ran.out + ran.err
    ran = detachment("check-text", draft, "--json")
    found = json.loads(ran.out)
    assert found["n"] == {"found": 2, "wrong": 1}
    assert found["table"][0]["p"] == pytest.approx(0.0424218, abs=1e-7)
    draft.write_text("Nothing here; t-tests (38) = none.", encoding="utf-8")
    ran = detachment("check-text", draft)
    assert ran.code == 0
    assert "no statistic in APA style was found" in ran.out


def test_what_is_no_manuscript_is_refused(tmp_path):
    with pytest.raises(UsageError, match="There is no file"):
        check_text(tmp_path / "none.md")
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(UsageError, match=r"\.docx"):
        check_text(tmp_path / "a.pdf")
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04")
    with pytest.raises(ExportError, match="is not a Word file"):
        check_text(tmp_path / "a.docx")
