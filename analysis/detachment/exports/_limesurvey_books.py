"""LimeSurvey's code books: the survey structure (.lss) and the syntax file of the R export."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import unescape

from detachment.errors import ExportError
from detachment.exports._limesurvey_headings import Heading, text_key
from detachment.exports._source import File
from detachment.exports._text import decode
from detachment.exports._types import Variable

STRUCTURE = "<LimeSurveyDocType>"
SYNTAX = re.compile(r"variable\.labels\[1\] <- ")
NOT_AVAILABLE = "N/A"

_LISTS = "L!ORFH1I^WZ"  # types whose answers are declared
_OTHER = "-oth-"
_FIXED: dict[str, dict[str, str]] = {  # types whose answers are always the same
    "Y": {"Y": "Yes", "N": "No"},
    "G": {"F": "Female", "M": "Male"},
    "C": {"Y": "Yes", "U": "Uncertain", "N": "No"},
    "E": {"I": "Increase", "S": "Same", "D": "Decrease"},
    "M": {"Y": "Yes", "N": "No"},
    "P": {"Y": "Yes", "N": "No"},
}
# What "N/A" says in an export of full answers (SurveyObj.php): a box is not available where the
# question was not shown; Yes/No and gender also where it was not answered. Others never say it.
_REASONS = {"M": "not_shown", "P": "not_shown", "Y": "not_answered", "G": "not_answered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a code book says of one column.

    Attributes
    ----------
    code
        Question code in the form of ``canonical``.
    others
        Other names that exports give to the column.
    whole
        Heading of an export of question texts.
    position
        Place of the column in the file that the book belongs to; 0 where it does not say.
    kind
        LimeSurvey's letter of the question type; "" where the book does not say.
    """

    code: str
    others: tuple[str, ...] = ()
    whole: str = ""
    position: int = 0
    kind: str = ""
    variable: Variable


def is_book(file: File) -> bool:
    """Whether a file is one of LimeSurvey's code books, by its content."""
    head = file.data[:4096].decode("utf-8", errors="replace")
    return STRUCTURE in head or SYNTAX.search(head) is not None


def read_book(file: File) -> list[Entry]:
    """Read a survey structure or an R syntax file.

    Raises
    ------
    ExportError
        When the file is damaged, or is XML that LimeSurvey does not write.
    """
    text = decode(file.data, file.name).text
    return structure(text, file.name) if text.lstrip().startswith("<") else syntax(text)


def find_entries(
    headings: Sequence[Heading], book: Sequence[Entry], *, by_position: bool
) -> list[Entry | None]:
    """Find what a code book says of each column: by code, else by text, else by position."""
    by_code = {name: entry for entry in book for name in (entry.code, *entry.others)}
    found = [by_code.get(h.code) or by_code.get(h.name) if h.code else None for h in headings]
    if any(found):
        return found
    by_text: dict[str, list[Entry]] = {}
    for entry in book:
        by_text.setdefault(text_key(entry.whole), []).append(entry)
    columns: dict[str, list[int]] = {}
    for i, heading in enumerate(headings):
        columns.setdefault(text_key(heading.whole), []).append(i)
    for key, places in columns.items():
        entries = by_text.get(key, [])
        if key and len(entries) == len(places):  # the same text twice: in the survey's order
            for i, entry in zip(places, entries, strict=True):
                found[i] = entry
    if by_position and not any(found):
        by_place = {entry.position: entry for entry in book}
        found = [by_place.get(i) for i in range(1, len(headings) + 1)]
    return found


def syntax(text: str) -> list[Entry]:
    r"""Read the syntax file of the R export; nothing of it is run.

    Examples
    --------
    >>> lines = [
    ...     'attributes(data)$variable.labels[2] <- "[Home] How often?"',
    ...     'data[, 2] <- factor(data[, 2], levels=c("A1","A2"),labels=c("Never", "Often"))',
    ...     'names(data)[2] <- "Q1_SQ001"',
    ... ]
    >>> entry = syntax("\n".join(lines))[0]
    >>> entry.position, entry.code, entry.variable.text, dict(entry.variable.labels)
    (2, 'Q1_SQ001', 'Home', {'A1': 'Never', 'A2': 'Often'})
    """
    texts = {int(m[1]): _unquoted(m[2]) for m in _R_LABEL.finditer(text)}
    names = {int(m[1]): _unquoted(m[2]) for m in _R_NAME.finditer(text)}
    factors: dict[int, dict[str, str]] = {}
    for match in _R_FACTOR.finditer(text):
        codes, labels = (_r_values(match[group]) for group in (2, 3))
        if len(codes) == len(labels):
            factors[int(match[1])] = dict(zip(codes, labels, strict=True))
    entries = []
    for position, whole in texts.items():
        code = names.get(position, "").removeprefix("q_")
        answers = factors.get(position, {})
        text, group = _row_first(whole) if "_" in code else (whole, "")
        variable = Variable(text=text, labels=answers, ordered=len(answers) > 2, group=group)
        entries.append(Entry(code=code, whole=whole, position=position, variable=variable))
    return entries


_STRING = r'"((?:[^"\\]|\\.)*)"'
_R_LABEL = re.compile(rf"^attributes\(data\)\$variable\.labels\[(\d+)\] <- {_STRING}", re.MULTILINE)
_R_NAME = re.compile(rf"^names\(data\)\[(\d+)\] <- {_STRING}", re.MULTILINE)
_LIST = r'((?:[^()"]|"(?:[^"\\]|\\.)*")*)'
_R_FACTOR = re.compile(
    rf"^data\[, (\d+)\] <- factor\(data\[, \d+\], levels=c\({_LIST}\), ?labels=c\({_LIST}\)",
    re.MULTILINE,
)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _r_values(text: str) -> list[str]:
    found = re.finditer(rf"{_STRING}|([^\s,\"]+)", text)
    return [m[2] if m[2] is not None else _unquoted(m[1]) for m in found]


def _row_first(text: str) -> tuple[str, str]:
    """Row and question, where the row stands in brackets before the question."""
    if text.startswith("["):
        depth = 0
        for i, sign in enumerate(text):
            depth += (sign == "[") - (sign == "]")
            if depth == 0:
                return text[1:i].strip(), text[i + 1 :].strip()
    return text, ""


_Row = dict[str, str]


def structure(text: str, name: str) -> list[Entry]:
    """Read a survey structure, an entry for each column of an export, in the survey's order.

    Texts are those of the survey's base language.

    Raises
    ------
    ExportError
        When the file is damaged or no structure; when it declares a document type, which
        LimeSurvey never does and which could make a small file unpack to a huge one.
    """
    root = _parsed(text, name)
    tables = {table.tag: [_row(row) for row in table.iter("row")] for table in root}
    survey = next(iter(tables.get("surveys", [])), {})
    language = survey.get("language") or (root.findtext("languages/language") or "")
    questions = _translated(tables, "questions", "question_l10ns", "qid", language)
    subs = _translated(tables, "subquestions", "question_l10ns", "qid", language)
    answers = _translated(tables, "answers", "answer_l10ns", "aid", language)
    groups = {g["gid"]: g for g in _translated(tables, "groups", "group_l10ns", "gid", language)}

    def place(question: _Row) -> tuple[int, int]:
        order = groups.get(question.get("gid", ""), {}).get("group_order", "")
        return _number(order), _number(question.get("question_order", ""))

    entries: list[Entry] = []
    for question in sorted(questions, key=place):
        own = [sub for sub in subs if sub.get("parent_qid") == question.get("qid")]
        own.sort(key=lambda sub: (_number(sub.get("question_order", "")), _number(sub["qid"])))
        choices = [answer for answer in answers if answer.get("qid") == question.get("qid")]
        choices.sort(key=lambda answer: _number(answer.get("sortorder", "")))
        page = groups.get(question.get("gid", ""), {}).get("group_name", "")
        entries += _columns(question, own, choices, _flat(page))
    return entries + _attributes(survey)


def _parsed(text: str, name: str) -> ET.Element:
    # A document type can only stand before the root: nothing but these may stand there.
    before = re.match(r"(?:\s|<\?.*?\?>|<!--.*?-->)*", text, re.DOTALL)
    if before is not None and text.startswith("<!DOCTYPE", before.end()):
        raise ExportError(
            f"{name} declares a document type (DOCTYPE), which no LimeSurvey structure does; it is "
            "not opened. Export the survey structure again (.lss)."
        )
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        line = error.position[0]
        raise ExportError(
            f"{name} is damaged or cut off (XML, line {line}). Export the survey structure again "
            "(.lss)."
        ) from None
    if root.findtext("LimeSurveyDocType") != "Survey":
        raise ExportError(
            f"{name} is no survey structure of LimeSurvey (.lss). In LimeSurvey: Display/Export, "
            "Survey structure."
        )
    return root


def _row(row: ET.Element) -> _Row:
    return {cell.tag: cell.text or "" for cell in row}


def _translated(
    tables: dict[str, list[_Row]], table: str, texts: str, key: str, language: str
) -> list[_Row]:
    """Rows of one table with their texts in one language.

    Since version 4 the texts are in a table of their own; before, each row stood once a language.
    """
    rows = [r for r in tables.get(table, []) if r.get("language", language) == language]
    words = {t.get(key): t for t in tables.get(texts, []) if t.get("language") == language}
    kept = ("question", "answer", "group_name")
    return [
        {**row, **{k: v for k, v in words.get(row.get(key), {}).items() if k in kept}}
        for row in rows
    ]


def _columns(question: _Row, subs: list[_Row], choices: list[_Row], page: str) -> Iterable[Entry]:
    """Columns that a question has in an export (createFieldMap in LimeSurvey's source)."""
    kind, code = question.get("type", ""), question.get("title", "")
    stem = _flat(question.get("question", ""))
    field = "X".join(question.get(part, "") for part in ("sid", "gid", "qid"))
    labels, ordered = _labels(question, choices)
    rows = [sub for sub in subs if sub.get("scale_id", "0") == "0"]
    above = [sub for sub in subs if sub.get("scale_id", "0") == "1"]

    def entry(aid: str = "", *parts: str, free: bool = False, scale: str = "") -> Entry:
        """One column: the code of its part, the texts of its parts."""
        here = {} if free else _labels(question, choices, scale)[0] if scale else labels
        dual = f"#{scale}" if scale else ""
        full = (f"{code}_{aid}" if aid else code) + dual
        return Entry(
            code=full,
            others=(f"{field}{aid}{dual}", *([full.replace("#", "_")] if scale else [])),
            whole=stem + (" " + "".join(f"[{part}]" for part in parts) if parts else ""),
            kind="" if free else kind,
            variable=Variable(
                text=parts[0] if parts else stem,
                labels=here,
                ordered=ordered and bool(here),
                group=" ".join([stem, *(f"[{p}]" for p in parts[1:])]) if parts else page,
                reasons={NOT_AVAILABLE: _REASONS[kind]} if kind in _REASONS and not free else {},
            ),
        )

    if kind == "1":
        for row in rows:
            for scale in ("0", "1"):
                yield entry(row["title"], _flat(row.get("question", "")), scale=scale)
    elif kind in (":", ";"):
        for row in rows:
            for column in above:
                texts = (_flat(sub.get("question", "")) for sub in (row, column))
                yield entry(f"{row['title']}_{column['title']}", *texts)
    elif kind == "R":
        for place in range(1, max(len(choices), len(rows)) + 1):
            yield entry(str(place), f"Rank {place}")
    elif kind == "|":
        yield entry(free=True)
        yield entry("filecount", "filecount", free=True)
    elif rows:
        for row in rows:
            yield entry(row["title"], _flat(row.get("question", "")))
            if kind == "P":
                yield entry(row["title"] + "comment", _flat(row.get("question", "")), free=True)
    else:
        yield entry()
    if kind == "O":
        yield entry("comment", "Comment", free=True)
    if question.get("other") == "Y" and kind in "L!MP":
        yield entry("other", "Other", free=True)
        if kind == "P":
            yield entry("othercomment", "Other comment", free=True)


def _labels(question: _Row, choices: list[_Row], scale: str = "0") -> tuple[dict[str, str], bool]:
    """Code -> label in the survey's order, and whether that order is one of the answers."""
    kind = question.get("type", "")
    if kind in _FIXED:
        return dict(_FIXED[kind]), kind in "CE"
    if kind not in _LISTS:
        return {}, False
    labels = {
        choice["code"]: _flat(choice.get("answer", ""))
        for choice in choices
        if choice.get("scale_id", "0") == scale and choice.get("code")
    }
    if question.get("other") == "Y" and kind in "L!":
        return labels | {_OTHER: "Other"}, False
    return labels, kind != "R"


def _attributes(survey: _Row) -> list[Entry]:
    """Columns of the list of participants, whose names the survey describes."""
    try:
        described = json.loads(survey.get("attributedescriptions") or "{}")
    except (json.JSONDecodeError, RecursionError):  # versions before 2.0 wrote it in another way
        return []
    return [
        Entry(code=str(code), whole=text, variable=Variable(text=text))
        for code, said in (described.items() if isinstance(described, dict) else ())
        if isinstance(said, dict) and (text := str(said.get("description") or ""))
    ]


def _flat(text: str) -> str:
    """Text without its markup, as LimeSurvey itself writes it over a column."""
    bare = unescape(re.sub(r"<[^>]*>", " ", text))
    return " ".join(bare.split())


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,18}", text) else 0


def with_variable(entry: Entry, heading: Heading, reasons: dict[str, str]) -> Variable:
    """What book and heading together say of a question."""
    said = entry.variable
    return replace(
        said,
        text=said.text or heading.text,
        group=said.group or heading.group,
        reasons={**said.reasons, **reasons},
    )
