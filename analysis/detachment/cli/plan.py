"""``detachment plan``: how many people, before there are data."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detachment.cli._answers import answer_alone
from detachment.cli._messages import Messages
from detachment.cli._options import confidence, explained
from detachment.cli._words import Commands, Words

if TYPE_CHECKING:
    from detachment.estimates import Style

SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)
CORRELATION = click.FloatRange(-1, 1, min_open=True, max_open=True)
_N = click.option(
    "--n", type=click.IntRange(min=2), metavar="N",
    help="People (or couples, where partners answer) that are analysed, in all groups together.",
)  # fmt: skip
_POWER = click.option(
    "--power", type=SHARE, metavar="SHARE", help="Probability that the test finds the effect."
)
_WIDTH = click.option(
    "--width", type=click.FloatRange(0, min_open=True), metavar="WIDTH",
    help="Width of the interval that is wanted, from end to end.",
)  # fmt: skip
_ASSURANCE = click.option(
    "--assurance", type=SHARE, metavar="SHARE", help="Probability that the interval is no wider."
)
_TESTED = (
    click.option(
        "--significance", type=SHARE, default=0.05, show_default=True, metavar="LEVEL",
        help="Level of the two-sided test.",
    ),
    click.option(
        "--tests", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
        help="How many tests are made: the level is divided by them (Bonferroni).",
    ),
)  # fmt: skip
_SHARED = (
    click.option(
        "--retained", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True,
        metavar="SHARE", help="Share of those invited who will be analysed.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    explained,
    click.option(
        "--out", type=click.Path(path_type=Path), metavar="FILE",
        help="Write a file, not to stdout: its ending says how (.docx; .txt with --explain).",
    ),
)  # fmt: skip
_SIMULATED = (
    click.option(
        "--simulations", "n_sim", type=click.IntRange(min=0), metavar="N",
        help="Simulated data sets that check the power; 0 for none. Default: 2000 where the "
        "formula is approximate (apim, mediation), else none.",
    ),
    click.option(
        "--seed", "rng", default=1, show_default=True, type=click.IntRange(min=0),
        help="Start of the simulation.",
    ),
)  # fmt: skip
_TEST = (_N, _POWER, *_TESTED)
_INTERVAL = (_WIDTH, _ASSURANCE, confidence)


@click.group("plan", cls=Commands)
def command() -> None:
    """How many people or couples does a question need? No data are read.

    Of n, power and the effect give two, and the third follows; of n, the width of the interval and
    the effect as well. With an effect alone, n for a power of .80.

    \b
      detachment plan correlation --r .2 --power .8
      detachment plan apim --actor .3 --partner .15 --icc-x .3 --icc-residual .3
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"


def _asks(question: str, *groups: tuple[Callable[..., Any], ...]) -> Callable[..., Any]:
    """Register a question with its options; whatever it was given goes to the verb."""
    options = [option for group in groups for option in group]

    def register(describe: Callable[[], None]) -> click.Command:
        @wraps(describe)
        @click.pass_obj
        def run(
            messages: Messages,
            /,
            *,
            as_json: bool,
            out: Path | None,
            style: "Style | None",
            **given: Any,  # noqa: ANN401 - as declared
        ) -> int:
            from detachment.estimates import plan

            messages.step("planning")
            with messages.hearing_warnings() as heard:
                found = plan(question, **given)  # type: ignore[arg-type]
            # the sentences for a preregistration, which a notebook has from sentences()
            found = replace(found, notes=(*found.sentences(), *found.notes))
            return answer_alone(
                messages, "plan", found, heard, as_json=as_json, out=out, style=style
            )

        asked: Callable[..., Any] = run
        for option in reversed([*options, *_SHARED]):
            asked = option(asked)
        return command.command(question)(asked)

    return register


def _r(name: str, text: str) -> Callable[..., Any]:
    return click.option(name, type=CORRELATION, metavar="R", help=text)


@_asks(
    "correlation",
    (
        _r("--r", "The correlation."),
        _r("--icc-x", "Both partners answer: their correlation in the first variable."),
        _r("--icc-y", "The same in the second variable."),
    ),
    _TEST, _INTERVAL, _SIMULATED,
)  # fmt: skip
def correlation() -> None:
    """A correlation: test and interval."""


@_asks(
    "alpha",
    (
        click.option("--items", type=click.IntRange(min=2), required=True, metavar="N",
                     help="Items of the scale."),
        click.option("--reliability", type=SHARE, metavar="ALPHA", help="Coefficient alpha."),
        click.option("--null", type=SHARE, metavar="ALPHA",
                     help="Value that it is tested against."),
    ),
    _TEST, _INTERVAL,
)  # fmt: skip
def alpha() -> None:
    """Coefficient alpha: interval, and test against a value."""


@_asks(
    "difference",
    (
        click.option("--d", type=float, metavar="D",
                     help="The difference in standard deviations."),
        click.option(
            "--design", type=Words(["groups", "paired", "couples", "partners"]),
            default="groups", show_default=True,
            help="Groups of people; the same people twice; whole couples in one group or the "
            "other; the two partners of each couple.",
        ),
        click.option("--ratio", type=click.FloatRange(0, min_open=True), metavar="RATIO",
                     help="Size of the second group over that of the first. Default: 1."),
        _r("--retest-r", "Correlation of two measurements: of paired, or of ANCOVA in groups."),
        _r("--icc", "Correlation of partners: of couples or partners."),
    ),
    _TEST, _INTERVAL, _SIMULATED,
)  # fmt: skip
def difference() -> None:
    """A difference of means: test and interval."""


@_asks(
    "apim",
    (
        _r("--actor", "Standardized actor effect."),
        _r("--partner", "Standardized partner effect."),
        _r("--icc-x", "Correlation of partners in the predictor. Default: 0."),
        _r("--icc-residual", "Correlation of partners in the residuals. Default: 0."),
        click.option("--distinguishable", is_flag=True,
                     help="Members differ by role, and have effects of their own."),
    ),
    _TEST, _SIMULATED,
)  # fmt: skip
def apim() -> None:
    """Actor and partner effects of couples: tests."""


@_asks(
    "proportion",
    (
        click.option("--share", type=SHARE, metavar="SHARE",
                     help="The share. Default: .5, for which an interval is widest."),
        _r("--icc", "Both partners answer: their correlation."),
    ),
    (_N,), _INTERVAL,
)  # fmt: skip
def proportion() -> None:
    """A share: interval."""


@_asks(
    "mediation",
    (
        _r("--a", "Standardized path from cause to mediator."),
        _r("--b", "Standardized path from mediator to outcome."),
        _r("--direct", "Standardized direct path. Default: 0."),
    ),
    _TEST, _SIMULATED,
)  # fmt: skip
def mediation() -> None:
    """An indirect effect: test of joint significance."""
