"""An export in, the text of a first instrument file out."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.drafting._blocks import Block, find_blocks
from detachment.drafting._compose import Parts, compose, left_out_lines
from detachment.drafting._facts import SEVERAL, Facts, read_facts
from detachment.drafting._keys import find_keys
from detachment.drafting._known_answers import is_known
from detachment.drafting._purposes import (
    CONSTANT,
    FREE_TEXT,
    ITEM,
    MISFIT,
    RARE,
    Purpose,
    consent,
    left_out,
    purposes,
    unclear_headings,
)
from detachment.drafting._responses import (
    CHOICE,
    Response,
    missing_codes,
    response_of,
    together,
    without,
)
from detachment.drafting._words import asks_for_attention
from detachment.errors import DataWarning, ExportError, SurveyError, UsageError
from detachment.exports import Export
from detachment.instruments import instrument_from_dict, yaml_text
from detachment.text import counted, listing
from detachment.validation import Survey, normal_text, validate

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
        raise ExportError(
            f"{export.file} holds no answers ({export.kind}); draft from the file of responses, "
            "with this one as its code book where it is one (--codebook)."
        )
    tests_only = bool(export.test_rows.all())
    if tests_only:
        export = replace(export, test_rows=np.zeros(len(export.cells), dtype=bool))
    columns, kept = _columns(export)
    guessed = missing_codes([c for c in columns.values() if not c.identifying and not _is_role(c)])
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


def _is_role(column: Facts) -> bool:
    return bool(column.variable.role)


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
        blocks = _answered(export, columns, purpose)
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


def _answered(
    export: Export, columns: Mapping[str, Facts], purpose: dict[str, Purpose]
) -> list[tuple[Block, Response]]:
    """Blocks of items with their response scales; ``purpose`` of those without one changes."""
    items = [columns[name] for name, p in purpose.items() if p.kind == "item" and name in columns]
    pairs: list[tuple[Block, Response]] = []
    for block in find_blocks(items):
        if all(column.name not in export.cells for column in block.columns):
            pairs.append((block, CHOICE))
            continue
        response = response_of(block.columns)
        parts = [block] if response else [replace(block, columns=(c,)) for c in block.columns]
        for part in parts:
            response = response_of(part.columns)
            if response is not None and (response.type != "numeric" or len(part.columns) > 1):
                pairs.append((part, response))
                continue
            for column in part.columns:
                purpose[column.name] = _not_an_item(column)
    if not pairs:  # numbers alone
        for column in items:
            response = response_of([column])
            if response is not None:
                purpose[column.name] = ITEM
                pairs.append((Block(columns=(column,)), response))
    return _with_whole_lists(pairs)


def _not_an_item(column: Facts) -> Purpose:
    if column.numbers is not None:
        kind = "integer" if column.integers is not None else "number"
        doubts = ("role; or an item with a numeric response scale",)
        return Purpose(kind="column", role="demographic", type=kind, doubts=doubts)
    if len(column.answers) == 1 and all(map(column.may_be_told, column.answers)):
        return left_out(CONSTANT)
    return FREE_TEXT


def _with_whole_lists(pairs: Sequence[tuple[Block, Response]]) -> list[tuple[Block, Response]]:
    """Give a block in which some answers never occur the response scale of one in which they do."""
    answers = [set(map(normal_text, together(block.columns))) for block, _ in pairs]
    better: list[tuple[Block, Response]] = []
    for (block, response), ours in zip(pairs, answers, strict=True):
        larger = [
            other
            for (_, other), theirs in zip(pairs, answers, strict=True)
            if ours < theirs
            and other.language
            and (other.language, other.name.rstrip("0123456789"))
            == (response.language, response.name.rstrip("0123456789"))
        ]
        check = any(asks_for_attention(column.text or column.name) for column in block.columns)
        whole = (check or bool(response.doubts)) and response.codes == () and bool(larger)
        best = min(larger, key=lambda other: len(other.values)) if whole else response
        better.append((block, best))
    return better


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


def against_the_rest(answers: pd.DataFrame) -> list[str]:
    """Items that correlate negatively with most others: by the signs of the first component.

    Parameters
    ----------
    answers
        One column an item.

    Returns
    -------
    list of str
        The smaller camp; of two equal ones, that without the first item.

    Examples
    --------
    >>> against_the_rest(pd.DataFrame({"a": range(30), "b": range(30), "c": range(30, 0, -1)}))
    ['c']
    """
    r = answers.astype("float64").corr(min_periods=_PAIRS).to_numpy()
    if np.isnan(r).any() or len(r) < 2:
        return []
    loadings = np.linalg.eigh(r)[1][:, -1]
    signs = np.where(loadings < 0, -1, 1)
    signs *= signs[0] if 2 * (signs == signs[0]).sum() >= len(signs) else -signs[0]
    rest = (r * signs).sum(axis=1) - signs  # with the others as they would be keyed
    odd = (signs < 0) & (rest < -_CLEAR * (len(r) - 1))
    return [str(name) for name, is_odd in zip(answers.columns, odd, strict=True) if is_odd]


_PAIRS = 20  # people who answered both, below which a correlation says nothing
_CLEAR = 0.1  # of the mean correlation with the others


def _head(export: Export, tests_only: bool) -> list[str]:
    facts = listing([export.platform, counted(len(export.cells), "record")])
    lines = [
        f"First draft of an instrument, from {export.file} ({facts.replace(' and ', ', ')}).",
        "Everything here is a guess. Go through the lines marked `# check`, take the marks away,",
        "and have the file checked: detachment instrument check FILE",
    ]
    if tests_only:
        lines.append("All records of the file are tests or previews; the draft rests on them.")
    return lines
