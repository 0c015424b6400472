"""An export in, the text of a first instrument file out."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detachment.drafting._compose import Parts, compose, left_out_lines
from detachment.drafting._facts import SEVERAL, Facts, read_facts
from detachment.drafting._items import answered
from detachment.drafting._keying import against_the_rest
from detachment.drafting._keys import find_keys
from detachment.drafting._known_answers import is_known
from detachment.drafting._purposes import (
    ITEM,
    MISFIT,
    RARE,
    Purpose,
    consent,
    left_out,
    purposes,
    unclear_headings,
)
from detachment.drafting._responses import missing_codes, without
from detachment.errors import DataWarning, ExportError, SurveyError, UsageError
from detachment.exports import Export
from detachment.instruments import instrument_from_dict, yaml_text
from detachment.text import counted
from detachment.validation import Survey, validate

_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """A first instrument file.

    Attributes
    ----------
    text
        YAML.
    checks
        How many of its lines are marked ``# check``.
    """

    text: str
    checks: int

    def save(self, path: str | Path) -> Path:
        """Write the file, unless there is one already.

        Raises
        ------
        UsageError
            When there is something at ``path``.
        """
        target = Path(path)
        if target.exists():
            raise UsageError(f"There is a file {target} already; name another, or delete it.")
        target.write_text(self.text, encoding="utf-8", newline="\n")
        return target

    def __str__(self) -> str:
        return self.text


def draft_instrument(export: Export) -> Draft:
    """Write a first instrument file from an export: everything in it is a guess to go through.

    Items, their response scales, blocks and scales are guessed from the code book, the question
    texts, the headings and the answers. Every line to look at is marked ``# check``, with what is
    in doubt there. The file passes ``detachment instrument check``, and the export can be validated
    with it.

    No answer of a free text and no personal value gets into the file: choice texts are taken only
    from columns with few different answers, each given by several people or known as an answer
    ("strongly agree").

    Parameters
    ----------
    export
        What ``read_export`` returned.

    Returns
    -------
    Draft
        Its ``text`` is the file.

    Raises
    ------
    ExportError
        When the export holds no answers, or no column looks like a question with choices.

    Examples
    --------
    >>> import detachment as dt
    >>> draft = dt.draft_instrument(dt.read_export(dt.sample("class_quiz.csv")))
    >>> draft.text.splitlines()[0]
    '# First draft of an instrument, from class_quiz.csv (generic, 240 records).'
    """
    if not isinstance(export, Export):
        raise UsageError(
            f"draft_instrument needs what read_export returns, and was given "
            f"{type(export).__name__}: draft_instrument(read_export(path))"
        )
    if export.kind != "responses":
        how = ", with this one as its --codebook" if export.kind == "codebook" else ""
        raise ExportError(
            f"{export.file} holds no answers ({export.kind}): draft from the responses{how}."
        )
    tests_only = bool(export.test_rows.all())
    if tests_only:
        export = replace(export, test_rows=np.zeros(len(export.cells), dtype=bool))
    columns, kept = _columns(export)
    asked = [c for c in columns.values() if not c.identifying and not c.variable.role]
    guessed = missing_codes(asked)
    columns = {name: without(column, guessed) for name, column in columns.items()}
    purpose = _purposes(export, columns, find_keys(export, [*columns.values()], kept))
    parts, survey = _that_fits(export, columns, purpose, guessed, int(kept.sum()))
    _hint_at_keys(parts, survey)
    above = {**parts.above}
    where = ("columns", None) if "columns" in parts.layout else ("items",)
    above[where] = [*left_out_lines(purpose), *above.get(where, [])]
    text = yaml_text(
        parts.layout, remarks=parts.remarks, above=above, head=_head(export, tests_only)
    )
    return Draft(text=text, checks=len(parts.remarks))


def _columns(export: Export) -> tuple[dict[str, Facts], NDArray[np.bool_]]:
    """Facts of every column, without the records that validation leaves out."""
    several = {name for name, variable in export.variables.items() if variable.options}
    names = [name for name in export.names if name not in several]
    kept = ~export.test_rows
    columns = {name: read_facts(export, name, kept) for name in names}
    for name, column in columns.items():
        refusals = [answer for answer, yes in consent(column).items() if not yes]
        if refusals:
            refused = export.column(name).isin(refusals).to_numpy(dtype=bool)
            if (kept & ~refused).any():
                kept &= ~refused
                asked = {name: column}
                columns = {n: read_facts(export, n, kept) for n in names} | asked
        if consent(column):
            break
    return columns, kept


def _purposes(
    export: Export, columns: Mapping[str, Facts], keys: Mapping[str, str]
) -> dict[str, Purpose]:
    found = purposes([*columns.values()], keys)
    for name, column in columns.items():
        if name not in export.cells:  # one choice of a question that takes several
            chosen, text = column.answers.get("1", 0), column.variable.text
            told = chosen >= SEVERAL or is_known(text)
            found[name] = ITEM if told and not column.identifying else left_out(RARE)
    return found | {name: left_out(why) for name, why in unclear_headings(export).items()}


def _that_fits(
    export: Export,
    columns: Mapping[str, Facts],
    purpose: dict[str, Purpose],
    guessed: Mapping[str, str],
    people: int,
) -> tuple[Parts, Survey]:
    """Compose, and take out every column that the export itself does not agree with."""
    for _ in range(_ROUNDS):
        blocks = answered(export, columns, purpose)
        parts = compose(export, purpose, columns, blocks, guessed, people)
        survey, wrong = _validated(export, parts)
        if survey is not None and not wrong:
            return parts, survey
        if not wrong & purpose.keys():
            break
        for name in wrong & purpose.keys():
            plain = purpose[name].kind == "column" and purpose[name].type in ("category", "number")
            purpose[name] = (
                replace(purpose[name], type="string", more={}) if plain else left_out(MISFIT)
            )
    raise ExportError(
        f"{export.file}: no draft was found that its own answers agree with. Please report this, "
        "with what `detachment inspect` says of the file."
    )


def _validated(export: Export, parts: Parts) -> tuple[Survey | None, set[str]]:
    """Survey of the draft, and the columns that something is wrong with."""
    instrument = instrument_from_dict(parts.layout)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            survey = validate(export, instrument)
    except SurveyError as error:
        return None, {_column_of(str(p.column), parts) for p in error.problems}
    errors = survey.problems[survey.problems["severity"] == "error"]
    return survey, {_column_of(str(column), parts) for column in errors["column"]}


def _column_of(name: str, parts: Parts) -> str:
    return parts.columns.get(name, name)


def _hint_at_keys(parts: Parts, survey: Survey) -> None:
    """Add to the remark of each item that goes against most of its block."""
    positions = {entry["id"]: i for i, entry in enumerate(parts.layout["items"])}
    for items in parts.blocks.values():
        for item in against_the_rest(survey.responses[items]):
            parts.check(
                ("items", positions[item]), ["it goes against most of its block, reversed?"]
            )


def _head(export: Export, tests_only: bool) -> list[str]:
    records = counted(len(export.cells), "record")
    lines = [
        f"First draft of an instrument, from {export.file} ({export.platform}, {records}).",
        "Everything here is a guess. Go through the lines marked `# check`, take the marks away,",
        "and have the file checked: detachment instrument check FILE",
    ]
    if tests_only:
        lines.append("All records of the file are tests or previews; the draft rests on them.")
    return lines
