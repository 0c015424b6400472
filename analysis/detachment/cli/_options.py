"""The options that every command on exports shares, and what was given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detachment.cli._messages import Messages
from detachment.cli._words import Words
from detachment.errors import warn

if TYPE_CHECKING:
    from detachment.estimates import Style
    from detachment.validation import LazySurvey, Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a command was given, besides its own options.

    Attributes
    ----------
    exports
        Files to read.
    instrument
        Id of a shipped instrument, or path of a YAML file.
    platform, sheet
        What wrote the files, and which sheet of a workbook; None to find out.
    strict
        Whether a wrong cell refuses the file.
    exclude
        Flags whose respondents are left out.
    as_json, out, seed
        How and where to write; what random numbers start from.
    style
        Sentences in the place of tables: ``apa`` or ``plain``.
    lazy
        Whether exports are read in parts whatever their size; None where a command cannot.
    scheduler
        Address of a Dask scheduler whose workers do the work.
    allow_missing_parts
        Whether parts that cannot be read are left out.
    """

    messages: Messages
    exports: tuple[Path, ...]
    instrument: str
    platform: str | None
    sheet: str | None
    member: str | None
    encoding: str | None
    codebook: tuple[Path, ...]
    missing_codes: Mapping[str, str]
    key: Path | None
    strict: bool
    exclude: tuple[str, ...]
    as_json: bool
    out: Path | None
    seed: int
    style: "Style | None" = None
    lazy: bool | None = None
    scheduler: str | None = None
    allow_missing_parts: bool = False

    @property
    def reading(self) -> dict[str, Any]:
        """What ``read_export`` is told beside the path."""
        return {
            "platform": self.platform,
            "sheet": self.sheet,
            "member": self.member,
            "encoding": self.encoding,
            "codebook": self.codebook,
            "missing_codes": self.missing_codes,
        }

    def survey(self, path: Path) -> "Survey":
        """Read and validate one export; what its reader had to guess becomes a warning.

        Respondents are left out for flags where ``--exclude`` names them.
        """
        from detachment.validation import exclude, read_survey

        survey = read_survey(
            path,
            instrument=self.instrument,
            strict=self.strict,
            key=self.key,
            **self.reading,
        )
        for text in said_of(survey, "warnings"):
            warn(text, stacklevel=2)
        return exclude(survey, rules=self.exclude) if self.exclude else survey


def said_of(survey: "Survey | LazySurvey", fact: str) -> tuple[str, ...]:
    """Provenance of a survey that is a list of texts: columns, or warnings of the reader."""
    found = survey.provenance.get(fact)
    return tuple(map(str, found)) if isinstance(found, list | tuple) else ()


_SHARED = [field.name for field in fields(Given) if field.name != "messages"]

scales = click.option(
    "--scale", "scales", multiple=True, metavar="ID",
    callback=lambda _ctx, _parameter, given: list(given) or None,
    help="A scale, or a role in the plural such as signs; repeatable. Default: every scale.",
)  # fmt: skip
pooled = click.option(
    "--scale", "scales", multiple=True, metavar="ID",
    callback=lambda _ctx, _parameter, given: list(given) or None,
    help="A scale, or a role in the plural such as signs; repeatable. Default: the signs.",
)  # fmt: skip
factors = click.option(
    "--scale", "scales", multiple=True, metavar="ID",
    callback=lambda _ctx, _parameter, given: list(given) or None,
    help="Instead of --model: a scale, or a role in the plural such as effects, each a factor of "
    "its items; repeatable.",
)  # fmt: skip
correlations = click.option(
    "--method", type=Words(["pearson", "polychoric"]), default="pearson", show_default=True,
    help="Correlations; polychoric for few ordered categories.",
)  # fmt: skip
smooth = click.option(
    "--smooth", is_flag=True, help="Smooth correlations that are not positive definite.",
)  # fmt: skip
missing = click.option(
    "--missing", type=Words(["pairwise", "listwise", "em", "fiml"]), default="pairwise",
    show_default=True, help="Use every pair of answers, only people who answered everything, or "
    "maximum likelihood from every answer (em or fiml).",
)  # fmt: skip
confidence = click.option(
    "--confidence", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95,
    show_default=True, metavar="SHARE", help="Confidence of the intervals.",
)  # fmt: skip
disclosure = click.option(
    "--disclosure", type=Words(["none", "class", "publish"]), default="none", show_default=True,
    help="Who may see it: class hides what is about fewer than 5 people, publish fewer than 10.",
)  # fmt: skip
explained = click.option(
    "--explain", "style", type=Words(["apa", "plain"]),
    help="Sentences in the place of tables: APA 7 style, or plain words for a class.",
)  # fmt: skip
wave = click.option("--wave", help="Which wave; the first when there are several.")
adjust_all = click.option(
    "--adjust", type=Words(["holm", "bh", "by", "bonferroni", "hochberg", "none"]), default="holm",
    show_default=True, help="Adjustment of p for all tests of the table.",
)  # fmt: skip
scheduler = click.option(
    "--scheduler", metavar="ADDRESS",
    help="Work on the cluster of this Dask scheduler, such as tcp://host:8786; its workers must "
    "find the files at the same place.",
)  # fmt: skip


def in_parts(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options of data that are read in parts."""
    command = click.option(
        "--allow-missing-parts", is_flag=True,
        help="Leave out parts that cannot be read, and name them.",
    )(command)  # fmt: skip
    command = scheduler(command)
    return click.option(
        "--lazy", is_flag=True,
        help="Read in parts what need not fit the memory. So are a folder, a Parquet or Arrow "
        "file of more than 32 MB, and everything with --scheduler.",
    )(command)  # fmt: skip


def by_groups(*, required: bool) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Add the options that make groups: ``--by`` and ``--reference``."""

    def add(command: Callable[..., int]) -> Callable[..., int]:
        command = click.option(
            "--reference", metavar="GROUP", help="The group that others are compared with."
        )(command)
        return click.option(
            "--by", required=required, metavar="COLUMN|ROLE",
            help="What makes the groups: a metadata column, or group, partner_role.",
        )(command)  # fmt: skip

    return add


def design(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say how people were drawn: ``--cluster``, ``--weight``, ``--strata``."""
    for name, what in (
        ("strata", "within which people were drawn"),
        ("weight", "what each person stands for"),
        ("cluster", "who belongs together (classes, sites); takes the place of dyads"),
    ):
        command = click.option(f"--{name}", metavar="COLUMN", help=f"Column: {what}.")(command)
    return command


def _pairs(_ctx: object, _parameter: object, given: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in given:
        code, mark, meaning = text.partition("=")
        if not mark or not code.strip():
            raise click.BadParameter(f"{text!r} is not CODE=MEANING, such as NI=no information.")
        pairs[code.strip()] = meaning.strip()
    return pairs


_READING = (
    click.option("--platform", help="What wrote the file; found out when left away."),
    click.option("--sheet", help="Sheet of an Excel workbook."),
    click.option("--member", help="File in a zip archive that holds several exports."),
    click.option("--encoding", help="Encoding of the text in a file; found out when left away."),
    click.option(
        "--codebook",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="What the platform says was asked (data dictionary, .lss, item table); repeatable.",
    ),
    click.option(
        "--missing-code",
        "missing_codes",
        multiple=True,
        metavar="CODE=MEANING",
        callback=_pairs,
        help="A code that means a missing answer in the whole file; repeatable.",
    ),
)


def reading(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say how a file is read."""
    for option in reversed(_READING):
        command = option(command)
    return command


def takes_exports(command: Callable[..., int]) -> Callable[..., int]:
    """Add the shared arguments; the command receives them as ``given``, its first argument."""

    @click.argument("exports", nargs=-1, required=True, type=click.Path(path_type=Path))
    @click.option(
        "--instrument",
        default="detachment",
        show_default=True,
        metavar="ID|FILE",
        help="What was asked: a shipped instrument, or a YAML file of your own.",
    )
    @reading
    @click.option(
        "--key",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Give people pseudonyms made with the key in FILE (made anew where there is none); "
        "keep it apart from the data.",
    )
    @click.option("--strict", is_flag=True, help="Refuse a file in which a single cell is wrong.")
    @click.option(
        "--exclude",
        multiple=True,
        metavar="RULE",
        help="Leave out who has this flag: too_fast, attention, ..., grade2 (every strong flag) or "
        "any; repeatable. The ledger says how many.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each export.")
    @click.option(
        "--out",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="Write there, not to stdout. The ending says how: .csv and .json for numbers, "
        ".docx, .html, .tex, .typ, .xlsx and .md for the tables of a result.",
    )
    @click.option(
        "--seed",
        default=1,
        show_default=True,
        type=click.IntRange(min=0),
        help="Start of everything random.",
    )
    @wraps(command)
    def wrapped(**options: Any) -> int:  # noqa: ANN401 - whatever the command declares
        shared = {name: options.pop(name) for name in _SHARED if name in options}
        given = Given(messages=click.get_current_context().obj, **shared)
        return command(given, **options)

    return wrapped


def gives_a_result(command: Callable[..., int]) -> Callable[..., int]:
    """Add the shared arguments, and the option that has the result explained."""
    return explained(takes_exports(command))
