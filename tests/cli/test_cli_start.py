"""The command line by itself: help, wrong words, bugs, streams, and what it does not import."""

import json
import os
import shlex
import subprocess
import sys
import warnings
from pathlib import Path

import click
import pytest

from detachment import __version__
from detachment.cli import _main
from detachment.cli._json import to_json
from detachment.cli._messages import Messages
from detachment.errors import DataWarning, SurveyError, UsageError

SCIENCE = {"numpy", "pandas", "scipy", "pandera", "matplotlib", "yaml", "rich"}


def loaded_by(*arguments):
    """Top-level modules that a run of the command line has imported."""
    code = (
        "import json, sys\n"
        "from detachment.cli import main\n"
        f"code = main({list(arguments)!r})\n"
        "print('\\n' + json.dumps([code, sorted({m.partition('.')[0] for m in sys.modules})]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stdout.splitlines()[-1])
    return code, set(modules)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["report", "-h"],
        ["correlate", "--help"],
        ["nonsense"],
        ["lab", "-h"],
    ],
    ids=" ".join,
)
def test_help_imports_nothing_scientific(arguments):
    code, modules = loaded_by(*arguments)
    assert code == (2 if "nonsense" in arguments else 0)
    assert "click" in modules
    assert not SCIENCE & modules


def test_every_command_has_a_help_page_and_a_line_in_the_list(detachment):
    helped = detachment("--help")
    assert (helped.code, helped.err) == (0, "")
    for name in _main.COMMANDS:
        assert f"  {name} " in helped.out
        page = detachment(name, "--help")
        assert page.code == 0
        assert page.out.startswith(f"Usage: detachment {name} ")


def test_version(detachment):
    assert detachment("--version") == (0, f"detachment {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["repport", "x.csv"], "There is no command 'repport'. Did you mean 'report'?"),
        (["report"], "Missing argument 'EXPORTS...'"),
        (["report", "x.csv", "--seed", "-1"], "-1 is not in the range"),
        (["report", "--sed", "1", "x.csv"], "--seed"),
        (["correlate", "x.csv", "--method", "pearsn"], "Did you mean 'pearson'?"),
        (["correlate", "x.csv", "--adjust", "bonferoni"], "Did you mean 'bonferroni'?"),
        (["correlate", "x.csv", "--method", "polycoric"], "Did you mean 'polychoric'?"),
        (["reliability", "x.csv", "--method", "polychor"], "Did you mean 'polychoric'"),
        (["reliability", "x.csv", "--coefficient", "lambda2"], "Did you mean 'lambda_2'"),
        (["items", "x.csv", "--missing", "listwize"], "Did you mean 'listwise'?"),
        (["instrument", "chek", "x.yaml"], "Did you mean 'check'?"),
        (["instrument", "check", "ras"], "detachment instrument show ras"),
        (["reliability", "x.csv", "--confidence", "95"], "0<x<1"),
        (["inspect", "no_such_file.csv"], "There is no file 'no_such_file.csv' in "),
        (["inspect", "no_such_folder/x.csv"], "there is no folder no_such_folder"),
        (["instrument", "check", "x.yaml"], "There is no file 'x.yaml'"),
        (["instrument", "show", "detachmnt"], "Did you mean 'detachment'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_code_2_with_a_message_and_no_data(detachment, arguments, said):
    ran = detachment(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_folder_is_not_an_export(detachment, tmp_path):
    ran = detachment("inspect", tmp_path)
    assert ran.code == 2
    assert "is a folder; name the export files in it" in ran.err


def raising(error):
    @click.command("inspect")
    def command():
        raise error

    return command


@pytest.fixture
def instead(monkeypatch):
    """Put a command of the test's own in the place of ``inspect``."""

    def put(command):
        monkeypatch.setattr(
            _main.Rooms, "get_command", lambda self, ctx, name: command, raising=True
        )

    return put


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("wrong word"), 2, "error: wrong word\n"),
        (SurveyError("no answers"), 3, "error: no answers\n"),
        (
            PermissionError(13, "Permission denied", "x.csv"),
            3,
            "error: x.csv: Permission denied. You are not allowed to use it: choose another place, "
            "or change who may.\n",
        ),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_an_error_is_one_message_and_a_code(detachment, instead, error, code, said):
    instead(raising(error))
    assert detachment("inspect") == (code, "", said)


def test_a_bug_says_how_to_report_it_and_quotes_no_answer(detachment, instead):
    instead(raising(KeyError("Anna Example, 3 Private Street")))
    ran = detachment("inspect")
    assert ran.code == 70
    assert "this is a bug in detachment" in ran.err
    assert "KeyError" in ran.err
    assert __version__ in ran.err
    assert "detachment inspect" in ran.err
    assert "Anna" not in ran.err
    assert "Traceback" not in ran.err


def test_debug_shows_the_traceback(detachment, instead):
    instead(raising(KeyError("column")))
    ran = detachment("--debug", "inspect")
    assert ran.code == 70
    assert "Traceback" in ran.err
    assert "KeyError: 'column'" in ran.err


def test_a_reader_that_goes_away_is_no_error():
    code = "import sys; from detachment.cli import main; sys.exit(main(['--help']))"
    running = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None
    running.stdout.close()
    _, err = running.communicate()
    assert running.returncode == 141
    assert err == b""


def test_warnings_of_ours_are_said_once_and_those_of_others_not(capsys):
    messages = Messages()
    with messages.hearing_warnings() as heard:
        for _ in range(2):
            warnings.warn("two cells are missing", DataWarning, stacklevel=1)
        warnings.warn("inner affairs", DeprecationWarning, stacklevel=1)
    assert heard == ["two cells are missing"] * 2
    messages.warn(heard)
    assert capsys.readouterr().err == "warning: two cells are missing\n"


def test_letters_survive_a_plain_locale():
    code = (
        "import click\nfrom detachment.cli import _main\n"
        r"_main._write_utf8(); click.echo('\u03c9 \u03c7\u00b2 \u2013 \u00e9')"
    )
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **plain}, capture_output=True, check=True
    )
    assert done.stdout.decode("utf-8") == "ω χ² – é\n"


def test_json_never_holds_nan():
    text = to_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": None})
    assert json.loads(text) == {"a": None, "b": [None, 1.5], "c": None}


def run_with(redirection, *arguments):
    """Exit code and messages of a run whose stdout goes where a shell sends it."""
    code = "import sys; from detachment.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, *map(str, arguments)]
    line = f"{shlex.join(words)} {redirection}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
@pytest.mark.parametrize("arguments", [["--version"], ["instrument", "list"]])
def test_a_full_disk_is_said_in_one_line(arguments):
    code, err = run_with(">/dev/full", *arguments)
    assert code == 3
    assert err == (
        "error: the output cannot be written: No space left on device. The disk is full: free some "
        "space, or write elsewhere.\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
def test_a_full_disk_ends_a_batch(sample_dir):
    code, err = run_with(">/dev/full", "inspect", *[sample_dir / "class_quiz.csv"] * 3)
    assert code == 3
    assert err.count("No space left on device") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_closed_streams_are_no_bug(sample_dir, tmp_path):
    export = sample_dir / "class_quiz.csv"
    out = tmp_path / "quiz.csv"
    assert run_with(">&-", "scores", export, "--out", out) == (0, f"wrote {out}\n")
    assert out.read_text(encoding="utf-8").startswith("row,")
    assert run_with(">&- 2>&-", "instrument", "list") == (0, "")


def test_out_that_is_a_file_where_a_folder_belongs(detachment, sample_dir, tmp_path):
    taken = tmp_path / "taken.csv"
    taken.write_text("mine", encoding="utf-8")
    export = sample_dir / "class_quiz.csv"
    for command in (["simulate"], ["lab"], ["figures", export], ["report", export]):
        for out in (taken, taken / "below"):
            ran = detachment(*command, "--out", out)
            if command == ["lab"] and "not installed" in ran.err:
                continue
            assert (ran.code, ran.out) == (2, ""), ran.err
            assert f"{taken} is a file" in ran.err
    assert taken.read_text(encoding="utf-8") == "mine"
    ran = detachment("scores", export, "--out", tmp_path)
    assert ran.code == 2


def test_a_folder_that_takes_nothing_is_named_and_no_file_of_ours(
    tmp_path, monkeypatch, detachment, sample_dir
):
    def refuse(path, content):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    out = tmp_path / "scores.csv"
    ran = detachment("scores", sample_dir / "class_quiz.csv", "--out", out)
    assert ran.code == 3
    assert f"error: {out}: Permission denied. You are not allowed" in ran.err
    assert ".part" not in ran.err
