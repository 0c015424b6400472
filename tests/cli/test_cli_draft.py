"""``detachment instrument draft``: a first file on stdout or in a place of its own."""

import re

import pytest

from detachment import draft_instrument, read_export, sample


def test_the_file_goes_to_stdout_and_the_count_to_stderr(detachment):
    path = sample("class_quiz.csv")
    ran = detachment("instrument", "draft", path)
    assert ran.code == 0
    assert ran.out == draft_instrument(read_export(path)).text
    marks = len(re.findall(r"  # check: ", ran.out))
    assert f"{marks} lines marked '# check'" in ran.err


@pytest.mark.parametrize("name", ["class_quiz.csv", "couples.sav", "couples_qualtrics_labels.csv"])
def test_what_is_drafted_checks_and_validates(name, detachment, tmp_path):
    out = tmp_path / "new folder" / "mine.yaml"
    ran = detachment("instrument", "draft", sample(name), "--out", out)
    assert (ran.code, ran.out) == (0, "")
    assert str(out) in ran.err
    assert detachment("instrument", "check", out).code == 0
    assert detachment("validate", sample(name), "--instrument", out).code == 0


def test_a_file_of_ones_own_is_never_overwritten_without_force(detachment, tmp_path):
    out = tmp_path / "mine.yaml"
    out.write_text("mine", encoding="utf-8")
    ran = detachment("instrument", "draft", sample("class_quiz.csv"), "--out", out)
    assert ran.code == 2
    assert "--force" in ran.err
    assert out.read_text(encoding="utf-8") == "mine"
    ran = detachment("instrument", "draft", sample("class_quiz.csv"), "--out", out, "--force")
    assert ran.code == 0
    assert out.read_text(encoding="utf-8").startswith("# First draft")


def test_not_even_force_overwrites_the_export(detachment, tmp_path):
    export = tmp_path / "x.csv"
    export.write_text("a\n" + "1\n2\n" * 10, encoding="utf-8")
    ran = detachment("instrument", "draft", export, "--out", export, "--force")
    assert ran.code == 2
    assert "would overwrite the export" in ran.err
    ran = detachment("instrument", "draft", export, "--out", tmp_path)
    assert (ran.code, "is a folder" in ran.err) == (2, True)


def test_options_of_reading_are_those_of_every_command(detachment, tmp_path):
    export = tmp_path / "x.csv"
    export.write_text("a,b\n" + "1,x\n2,NI\n3,x\n" * 10, encoding="utf-8")
    ran = detachment("instrument", "draft", export, "--missing-code", "NI=no information")
    assert ran.code == 0
    assert "NI" not in ran.out
    ran = detachment("instrument", "draft", export, "--platform", "qualtricks")
    assert ran.code == 2
    assert "qualtrics" in ran.err


def test_what_cannot_be_drafted_is_code_3_and_says_why(detachment, tmp_path):
    export = tmp_path / "x.csv"
    export.write_text("a,b\nsome words,more of them\nother words,and others\n", encoding="utf-8")
    ran = detachment("instrument", "draft", export)
    assert (ran.code, ran.out) == (3, "")
    assert "no column looks like a question" in ran.err
    assert detachment("instrument", "draft", tmp_path / "no.csv").code == 2
