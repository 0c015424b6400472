"""A handful of telling tables in every text format, byte for byte.

To remake the files after a change that is meant: REMAKE_GOLDEN=1 python -m pytest
tests/tables/test_tables_golden.py, and look at each as it is rendered before committing it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import detachment as dt
from detachment.tables import HEAD, Column, Remark, Table, tables_of, write

GOLDEN = Path(__file__).parent / "golden"
FORMS = ("html", "md", "tex")
HOSTILE = (
    r"<script>alert(1)</script> \input{x} $y$ #read(z) =cmd|'/C calc'!A0 "
    '**b** [l](u) `c` a_b & 5% ~ ^ {q} \N{RIGHT-TO-LEFT OVERRIDE}live "w" |'
)


@cache
def answers() -> pd.DataFrame:
    """Sixty people, seven questions, whole numbers that need no random generator."""
    rows = []
    for person in range(60):
        level = (person * 7) % 11
        noise = [(person**2 * k + 3 * person * (k + 1)) % 13 % 6 for k in range(1, 8)]
        rows.append([min(5, max(1, (level + one) // 3 + 1)) for one in noise])
    return pd.DataFrame(rows, columns=[f"q{place}" for place in range(1, 8)])


def reliability() -> tuple[Table, ...]:
    return tables_of(dt.reliability(answers()[["q1", "q2", "q3", "q4"]], interval="feldt"))


def triangle() -> tuple[Table, ...]:
    names = ["q5", "q6", "q7"]
    return tables_of(dt.correlate(answers(), rows=names, columns=names))[:1]


def regression() -> tuple[Table, ...]:
    return tables_of(dt.regress(answers(), outcome="q7", predictors=["q5", "q6"], dominance=False))


def spanners() -> tuple[Table, ...]:
    return (
        Table(
            name="spanners",
            title="Answers Before and After, by Arm",
            columns=(
                Column(label="Measure", numeric=False),
                Column(label="n", symbol=True, group="Before"),
                Column(label="M", symbol=True, group="Before"),
                Column(label="n", symbol=True, group="After"),
                Column(label="M", symbol=True, group="After"),
                Column(label="95% CI of dz", symbol=True),
                Column(label="p", symbol=True),
            ),
            rows=(
                ("Signs", "1,204", "2.5", "98", "12.25", "[−0.35, 0.05]", ".034"),
                ("Satisfaction", "1,198", "3.25", "97", "4", "[−1.20, −10.25]", "< .001"),
                ("Signs", "604", "2.50", "301", "–", "–", "–"),
            ),
            groups=(("Program", 2), ("Waitlist", 1)),
            notes=(
                "CI = confidence interval; dz = mean difference over the SD of the differences.",
            ),
            remarks=(
                Remark(text="Nobody of the waitlist answered it again.", cells=((2, 4), (2, 5))),
                Remark(text="People with a score in both waves.", cells=((HEAD, 5), (2, 5))),
            ),
            probability=("p adjusted by the method of Holm (1979) for the family of 3 tests.",),
            data=pd.DataFrame(),
        ),
    )


def hostile() -> tuple[Table, ...]:
    return (
        Table(
            name='x" onload="y',
            title=HOSTILE,
            columns=(
                Column(label=HOSTILE, numeric=False, symbol=True, wide=True),
                Column(label="r", symbol=True, group=HOSTILE),
            ),
            rows=((HOSTILE, ".5"), ("[b]", "−1"), ("* c\n- d", "")),
            groups=((HOSTILE, 3),),
            notes=(HOSTILE,),
            remarks=(Remark(text=HOSTILE, cells=((0, 1),)),),
            probability=(HOSTILE, "1. no list"),
            data=pd.DataFrame(),
        ),
    )


MADE = {made.__name__: made for made in (reliability, triangle, regression, spanners, hostile)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_a_table_is_what_it_was(made: Callable[[], tuple[Table, ...]], form: str) -> None:
    file = GOLDEN / f"{made.__name__}.{form}"
    content = write(made(), form)
    if os.environ.get("REMAKE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    assert content == file.read_bytes()


def test_letters_of_notes_follow_the_cells() -> None:
    html = (GOLDEN / "spanners.html").read_text(encoding="utf-8")
    assert "CI of <i>d</i><sub><i>z</i></sub><sup>a</sup>" in html
    assert "<sup>a</sup> <bdi>People with a score" in html
    assert "–<sup>a,b</sup>" in html
    general, specific, probability = re.findall(r'<p class="note">(.*)</p>', html)
    assert general.startswith("<i>Note.</i>")
    assert specific.index("<sup>a</sup>") < specific.index("<sup>b</sup>")
    assert probability.startswith("<bdi><i>p</i> adjusted")


def test_latex_compiles(tmp_path: Path) -> None:
    program = shutil.which("pdflatex")
    if program is None:
        pytest.skip("pdflatex is not installed")
    tables = [table for made in MADE.values() for table in made()]
    (tmp_path / "t.tex").write_bytes(write(tables, "tex"))
    ran = subprocess.run(
        [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "t.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    log = ran.stdout.decode("utf-8", "replace")
    if "upgreek.sty' not found" in log:
        pytest.skip("LaTeX is here without the packages of the tables")
    assert ran.returncode == 0, log[-2000:]
