"""PsyToolkit: ``data.csv``, milliseconds in ``data_times.csv``, the questions in ``survey.txt``.

Columns are called "label:item". A radio question holds the number of the option that was chosen,
a scale question one number an item. ``TIME_start`` and ``TIME_end`` are the server's time without
seconds, ``TIME_total`` whole minutes. Files and codes as in PsyToolkit, "Online survey syntax",
and the author's own reader (Stoet, R package PsyToolkit): options are counted from 1, scores
(``{score=}``, ``{reverse}``) are kept apart from answers.
"""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import ExportError
from detachment.exports._cells import different_texts
from detachment.exports._grid import renamed, table
from detachment.exports._psytoolkit_survey import CHOICES, Question, read_questions
from detachment.exports._source import File, Layout, Source, need_grid
from detachment.exports._text import decode
from detachment.exports._types import Variable

NAME: Final = "psytoolkit"

_OWN: Final = {
    "participant": "respondent_id",
    "endcode": "metadata",
    "TIME_start": "metadata",
    "TIME_end": "metadata",
    "TIME_total": "metadata",  # in minutes
}
_TIMES: Final = ("TIME_start", "TIME_end", "TIME_total")
_ITEM: Final = re.compile(r"(?P<label>\w+)[:_.](?P<item>[1-9]\d*)")
_MARKED: Final = re.compile(r"\w+:[1-9]\d*")
_START: Final = 1 << 16  # characters that are looked at for the marks of a survey's source
_FAST: Final = 100  # milliseconds in which nobody answers a question


def detect(source: Source) -> str | None:
    """A survey's source by its lines; the tables by "participant" and their times or headings."""
    if source.text is not None and _is_survey(source.text.text[:_START]):
        return "a PsyToolkit survey: lines l:, t:, q:"
    if source.grid is None:
        return None
    headings = source.grid.head[0]
    if headings[0] != "participant":
        return None
    if set(_TIMES) <= set(headings):
        return "PsyToolkit's columns participant, TIME_start, TIME_end, TIME_total"
    marked = sum(_MARKED.fullmatch(heading) is not None for heading in headings)
    return "PsyToolkit's headings: label:item" if 2 * marked > len(headings) else None


def read(source: Source) -> Layout:
    """Read answers, times, or the survey itself."""
    if source.text is not None and _is_survey(source.text.text[:_START]):
        return _survey(read_questions(source.text.text))
    grid = need_grid(source, NAME)
    headings = list(grid.head[0])
    if headings[0] != "participant":
        raise ExportError(
            f"{source.name} is no PsyToolkit file: neither data.csv nor data_times.csv, which both "
            "begin with the column participant, nor the survey's source (survey.txt). Leave the "
            "platform out."
        )
    frame, rows, names, warnings = table(grid, headings, 1)
    if _are_times(frame):
        return Layout(
            frame=frame,
            rows=rows,
            variables={n: Variable(text=n, role=_OWN.get(n, "timing")) for n in names},
            header_rows=1,
            kind="timings",
            repeated=renamed(names, headings),
            warnings=warnings,
        )
    questions, books, said = _companion_survey(source)
    variables, doubts = _variables(frame, questions)
    durations, used, timed = _durations(source, frame)
    return Layout(
        frame=frame,
        rows=rows,
        variables=variables,
        header_rows=1,
        repeated=renamed(names, headings),
        books=books + used,
        durations=durations,
        unfinished=(frame["TIME_end"] == "").to_numpy(bool) if "TIME_end" in frame else None,
        warnings=warnings + said + doubts + timed,
    )


# ---------------------------------------------------------------- the survey's source


def _is_survey(text: str) -> bool:
    marks = set(re.findall(r"^([ltq]): ", text, flags=re.MULTILINE))
    answers = re.search(r"^(?:server-time|T): ", text, flags=re.MULTILINE)  # one participant's
    return {"l", "t"} <= marks and answers is None and bool(read_questions(text))


def _survey(questions: list[Question]) -> Layout:
    """One row a question, as a table that can be looked at."""
    columns = {
        "label": [question.label for question in questions],
        "type": [question.kind for question in questions],
        "question": [question.text for question in questions],
        "items": ["\n".join(item.text for item in question.items) for question in questions],
        "options": ["\n".join(option.text for option in q.options) for q in questions],
    }
    return Layout(
        frame=pd.DataFrame(columns, dtype="str"),
        rows=np.array([question.row for question in questions], dtype=np.int64),
        variables={name: Variable(text=name) for name in columns},
        header_rows=0,
        kind="codebook",
        container="txt",
    )


def _companion_survey(
    source: Source,
) -> tuple[dict[str, Question], tuple[File, ...], tuple[str, ...]]:
    named = [file for file in source.books if _questions(file)]
    beside = None if named else source.companion(lambda name: name == "survey.txt")
    questions = _questions(named[0]) if named else _questions(beside) if beside else []
    if not questions:
        return {}, (), ()
    warning = f"{beside.name}, which lies beside the file, was used as its survey" if beside else ""
    book = named[0] if named else beside
    return (
        {question.label: question for question in questions},
        (book,) if book else (),
        (warning,) if warning else (),
    )


def _questions(file: File) -> list[Question]:
    try:
        text = decode(file.data, file.name).text
    except ExportError:
        return []
    return read_questions(text) if _is_survey(text[:_START]) else []


# ---------------------------------------------------------------- the columns


def _variables(
    frame: pd.DataFrame, questions: Mapping[str, Question]
) -> tuple[dict[str, Variable], tuple[str, ...]]:
    places = {name: _place(name, questions) for name in map(str, frame) if name not in _OWN}
    lines: dict[str, int] = {}
    for label, item in places.values():
        lines[label] = max(item, lines.get(label, 0))
    scored = _scores_are_written(frame, places, questions)
    variables = {}
    for name in map(str, frame):
        if name in _OWN:
            variables[name] = Variable(text=name, role=_OWN[name])
            continue
        label, item = places[name]
        single = lines[label] == 1
        question = questions.get(label)
        variables[name] = Variable(
            name=label if single else "",
            text="" if question is None else _text(question, item),
            labels={} if question is None else _labels(question, item, scored),
            ordered=question is not None and question.kind == "scale",
            group="" if single else label,
        )
    return variables, _doubts(places, questions, scored)


def _place(name: str, questions: Mapping[str, Question]) -> tuple[str, int]:
    """Label of the question and number of the item that a column holds."""
    found = _ITEM.fullmatch(name)
    if found is None or (":" not in name and found["label"] not in questions):
        return name, 1
    return found["label"], int(found["item"])


def _text(question: Question, item: int) -> str:
    """Words of one column: those of the item where the question has several, or one of a scale."""
    has_items = question.kind not in (*CHOICES, "set", "jump", "info", "experiment")
    items = [line.text for line in question.items] if has_items else []
    if item <= len(items) and items[item - 1] and (question.kind == "scale" or len(items) > 1):
        return items[item - 1]
    return question.text


def _labels(question: Question, item: int, scored: bool | None) -> dict[str, str]:
    """Code -> option; nothing where it is not known whether options or their scores are written."""
    options = question.options
    if item > 1 and question.kind in CHOICES:  # words of "other"
        return {}
    reverse = item <= len(question.items) and question.items[item - 1].reverse
    if not _differ(question) or scored is False:
        if reverse and scored:
            options = options[::-1]
        return {str(number): option.text for number, option in enumerate(options, start=1)}
    if scored is None or reverse or len({option.score for option in options}) < len(options):
        return {}
    return {str(option.score): option.text for option in options}


def _differ(question: Question) -> bool:
    """Whether scores are declared that are not the numbers of the options."""
    scores = [option.score for option in question.options]
    numbers = [str(number) for number in range(1, len(scores) + 1)]
    return any(score is not None for score in scores) and scores != numbers


def _scores_are_written(
    frame: pd.DataFrame, places: Mapping[str, tuple[str, int]], questions: Mapping[str, Question]
) -> bool | None:
    """Whether cells hold scores in place of the options' numbers; None where none of them tells."""
    told: set[bool] = set()
    for name, (label, item) in places.items():
        question = questions.get(label)
        if question is None or not _differ(question) or (item > 1 and question.kind in CHOICES):
            continue
        cells = set(different_texts(frame[name])) - {""}
        numbers = {str(number) for number in range(1, len(question.options) + 1)}
        scores = {option.score for option in question.options if option.score is not None}
        told |= {False} if cells - scores and cells <= numbers else set()
        told |= {True} if cells - numbers and cells <= scores else set()
    return told.pop() if len(told) == 1 else None


def _doubts(
    places: Mapping[str, tuple[str, int]], questions: Mapping[str, Question], scored: bool | None
) -> tuple[str, ...]:
    asked = [
        questions[label] for label in dict.fromkeys(p[0] for p in places.values())
        if label in questions
    ]  # fmt: skip
    warnings = []
    differ = [question.label for question in asked if _differ(question)]
    if differ and scored is None:
        warnings.append(
            f"the survey gives options scores of their own in {len(differ)} question(s), and no "
            "answer tells whether data.csv holds these or the options' numbers: their codes are "
            "left without labels"
        )
    reverse = sum(item.reverse for question in asked for item in question.items)
    if reverse and scored is not False:
        warnings.append(
            f"the survey marks {reverse} item(s) as {{reverse}}: their codes are taken as the "
            "options that were chosen (1 is the first), not as reversed scores; check one of them"
        )
    return tuple(warnings)


# ---------------------------------------------------------------- the times


def _are_times(frame: pd.DataFrame) -> bool:
    """Whether a table holds milliseconds, not answers: no "label:item", and numbers so large."""
    names = [str(name) for name in frame if name not in _OWN]
    if any(_MARKED.fullmatch(name) for name in names):
        return False
    cells = pd.concat([frame[name].astype("str") for name in names]) if names else pd.Series([""])
    filled = cells[cells != ""]
    whole = filled.str.fullmatch(r"\d+")
    return bool(len(filled) and whole.all() and filled.astype(float).median() > _FAST)


def _durations(
    source: Source, frame: pd.DataFrame
) -> tuple[NDArray[np.float64] | None, tuple[File, ...], tuple[str, ...]]:
    """Seconds that each record took: from the times beside it, else from its whole minutes."""
    beside = source.companion(lambda name: name == "data_times.csv")
    for file in (*source.books, *([beside] if beside else ())):
        seconds = _seconds_by_participant(file)
        if seconds is None or not frame["participant"].is_unique:
            continue
        durations = np.asarray(seconds.reindex(frame["participant"].astype("str")), np.float64)
        where = ", which lies beside the file," if file is beside else ""
        warning = (
            f"{file.name}{where} was used for the time that each participant took: the sum of the "
            "milliseconds of all questions"
        )
        return durations, (file,), (warning,)
    if "TIME_total" not in frame:
        return None, (), ()
    minutes = pd.to_numeric(frame["TIME_total"].astype("str"), errors="coerce")
    durations = np.asarray(60 * minutes.where(minutes >= 0), dtype=np.float64)
    warning = (
        "the time that each participant took is known in whole minutes only (TIME_total), read as "
        "seconds: up to a minute more or less"
    )
    return durations, (), (warning,)


def _seconds_by_participant(file: File) -> "pd.Series[float] | None":
    try:
        grid = Source(name=file.name, data=file.data, container="text").grid
    except ExportError:
        return None
    if grid is None or grid.head[0][0] != "participant":
        return None
    frame = table(grid, list(grid.head[0]), 1)[0]
    if not _are_times(frame) or not frame["participant"].is_unique:
        return None
    questions = [name for name in frame if name not in _OWN]
    milliseconds = frame[questions].apply(lambda cells: pd.to_numeric(cells.astype("str")))
    total = np.asarray(milliseconds.sum(axis=1, min_count=1), dtype=np.float64)
    return pd.Series(total / 1000, index=pd.Index(frame["participant"].astype("str")))
