"""Sentences on the command line: ``--explain`` of results, and ``detachment methods``."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def quiz(sample_dir: Path) -> str:
    return str(sample_dir / "class_quiz.csv")


@pytest.mark.parametrize("style", ["apa", "plain"])
def test_sentences_in_the_place_of_the_table(style: str, quiz: str, detachment: Run) -> None:
    done = detachment("reliability", quiz, "--explain", style)
    assert done.code == 0
    assert done.out.startswith("Knowledge quiz")
    assert ("KR-20 = " in done.out) == (style == "apa")
    assert "Note." in done.out if style == "apa" else "right 95 times in 100" in done.out
    assert "Split-half" not in done.out


def test_sentences_beside_the_numbers_in_json(quiz: str, detachment: Run) -> None:
    plain = json.loads(detachment("items", quiz, "--json").out)
    said = json.loads(detachment("items", quiz, "--json", "--explain", "plain").out)
    sentences = said.pop("explanation")
    assert said == plain
    assert len(sentences) > 10


def test_sentences_in_a_file(quiz: str, detachment: Run, tmp_path: Path) -> None:
    out = tmp_path / "said.txt"
    assert detachment("quiz", quiz, "--boot", "0", "--explain", "apa", "--out", out).code == 0
    assert out.read_text(encoding="utf-8").startswith("Before (wave 1), 120 people")
    wrong = detachment("items", quiz, "--explain", "apa", "--out", tmp_path / "said.csv")
    assert wrong.code == 2
    assert "--out writes .txt or .json here" in wrong.err


def test_numbers_of_single_people_have_no_sentences(quiz: str, detachment: Run) -> None:
    done = detachment("irt", quiz, "--scores", "eap", "--explain", "plain")
    assert done.code == 2
    assert "has no sentences" in done.err


def test_a_plan_in_plain_words(detachment: Run) -> None:
    done = detachment("plan", "correlation", "--r", ".2", "--power", ".8", "--explain", "plain")
    assert "about 8 in 10 would find a link of 0.20, if it is really there" in done.out


def test_an_unknown_style(quiz: str, detachment: Run) -> None:
    done = detachment("items", quiz, "--explain", "plane")
    assert done.code == 2
    assert "Did you mean 'plain'" in done.err


def test_methods_with_entries_of_what_is_cited(quiz: str, detachment: Run, tmp_path: Path) -> None:
    out, bib = tmp_path / "data.tex", tmp_path / "data.bib"
    done = detachment("methods", quiz, "--format", "latex", "--out", out, "--bibtex", bib)
    assert done.code == 0
    text = out.read_text(encoding="utf-8")
    keys = set(re.findall(r"\\citep\{(\w+)\}", text))
    assert keys == set(re.findall(r"^@\w+\{(\w+),", bib.read_text(encoding="utf-8"), re.MULTILINE))
    assert "kuder1937" in keys


def test_methods_as_json(quiz: str, detachment: Run) -> None:
    said = json.loads(detachment("methods", quiz, "--json", "--format", "markdown").out)
    assert said["command"] == "methods"
    assert said["n"] == {"rows": 240, "analysed": 240}
    assert "[@kuder1937]" in said["text"]
    assert said["bibtex"].count("@") == len(said["keys"])
