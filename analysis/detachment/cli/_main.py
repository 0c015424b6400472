"""The command ``detachment``: finds a command and runs it."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from keyword import iskeyword
from pathlib import Path

import click

from detachment import __version__
from detachment.cli._failures import explain
from detachment.cli._messages import Messages
from detachment.cli._words import Commands

INTERRUPTED, CLOSED_PIPE = 130, 141

COMMANDS = {
    "inspect": "Say what a file is: container, encoding, platform, columns.",
    "validate": "Check an export against its instrument; list every problem.",
    "screen": "Who may not have read the questions: indices of careless responding.",
    "scores": "Write scale scores, one row a person and wave.",
    "reliability": "Alpha, omega and their kin, scale by scale.",
    "items": "Item analysis: spread, missing answers, item-rest correlation.",
    "agreement": "Who agrees: partners or waves, with ICC, kappa, retest.",
    "network": "Which variables go together when all others are held constant.",
    "prevalence": "How many people have each sign, by group and wave.",
    "compare": "Compare groups: means, standardized differences, ranks.",
    "cutoffs": "Who lies beyond established cut-offs; ROC curves.",
    "partner-agreement": "Self-report beside the partner's report: signs, profiles, truth, bias.",
    "dyads": "Who is whose partner, how alike partners are, and whether roles matter.",
    "apim": "Actor and partner effects: what goes with one's own answers, and the partner's.",
    "change": "What changed between waves, and more than in a control arm.",
    "correlate": "Correlate scales or items, with intervals and adjusted p.",
    "regress": "What predicts an outcome: slopes with errors by dyad, dominance.",
    "mediate": "Direct and indirect effects of causes by way of mediators.",
    "moderate": "Whether a slope depends on a moderator: simple slopes, Johnson-Neyman.",
    "dimensionality": "How many factors items have: parallel analysis, MAP, KMO.",
    "efa": "Exploratory factor analysis: loadings, factor correlations, fit.",
    "irt": "Item response models: slopes, thresholds, information, person scores.",
    "invariance": "Compare the measurement of scales between groups, waves or roles.",
    "cfa": "Confirmatory factor analysis: does a model of factors describe the answers?",
    "plan": "How many people: power and interval widths before there are data.",
    "quiz": "Knowledge before and after: questions, KR-20, myths, gain.",
    "multiverse": "One correlation under every defensible way to analyse it.",
    "methods": "The data part of a method section, with citations and BibTeX.",
    "report": "Write the report of one or many exports.",
    "verify": "Compute a report again and compare every number in it.",
    "check-text": "Recompute the p values of a manuscript's statistics.",
    "figures": "Draw every figure, alone.",
    "simulate": "Write sample data whose truth is known.",
    "instrument": "List, show, check or draft instruments.",
    "class": "Lessons for a class: personal data, exercises, marks, quiz sheet.",
    "lab": "Open the notebooks in JupyterLab.",
}


class Rooms(Commands):
    """A group whose commands are imported when they are asked for, and not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command now."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name)  # class_
        command = import_module(f"detachment.cli.{module}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Rooms, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the full traceback of an error.")
@click.pass_context
def app(ctx: click.Context, *, debug: bool) -> None:
    """Turn a raw survey export into validated answers, reliability, correlations and a report.

    For the built-in questionnaire on emotional detachment in relationships, and for any other
    Likert instrument that a YAML file describes.

    \b
    Start with the main job:
      detachment report export.csv --out report/
    Each command explains itself:
      detachment COMMAND --help

    \b
    Exit codes:
      0  done                        3  the data cannot be used
      1  done, with findings         4  some of several exports failed
      2  wrong usage, or no such file
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"
    ctx.obj.debug = debug


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    argv
        Arguments after the program's name; those of the process when None.

    Returns
    -------
    int
        0 done; 1 done, with findings; 2 wrong usage; 3 the data cannot be used; 4 some of several
        exports failed; 70 a bug; 130 interrupted; 141 the reader of a pipe went away.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    messages = Messages(command=["detachment", *arguments])
    _open_streams()
    _write_utf8()
    try:
        with app.make_context("detachment", arguments, obj=messages) as context:
            code = app.invoke(context)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as asked:  # --help and --version
        return asked.exit_code
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except BrokenPipeError:
        _forget_stdout()
        return CLOSED_PIPE
    except (KeyboardInterrupt, click.Abort):
        messages.clear()
        messages.say("interrupted")
        return INTERRUPTED
    except Exception as error:
        messages.clear()
        if isinstance(error, OSError) and error.filename is None:
            _forget_stdout()  # a full disk
        return explain(error, messages)
    finally:
        messages.clear()


def _open_streams() -> None:
    """Where stdout or stderr is closed, write to nowhere: no file of ours must take its place."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def _forget_stdout() -> None:
    """Drop what is still buffered; otherwise the interpreter complains of it at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:
        return  # a test or a notebook is listening


def _write_utf8() -> None:
    """Write UTF-8 into files and pipes in every locale; never fail on a letter."""
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, TextIOWrapper):
            continue  # a test or a notebook is listening
        if stream.isatty() or "PYTHONIOENCODING" in os.environ:
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")
