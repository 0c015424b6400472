"""The sample as LimeSurvey writes it: CSV of texts and of codes, R files, VV export, structure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.instruments import Instrument
from detachment.simulation._sample import NOT_APPLICABLE, PREFER_NOT_TO_SAY, Sample
from detachment.simulation._streams import stream
from detachment.simulation.platforms._records import SAID, Records, pages, records
from detachment.simulation.platforms._text import delimited

NAME: Final = "limesurvey"
SURVEY: Final = 128734
_OWN: Final = {
    "id": "Response ID",
    "token": "Access code",
    "submitdate": "Date submitted",
    "lastpage": "Last page",
    "startlanguage": "Start language",
    "seed": "Seed",
    "startdate": "Date started",
    "datestamp": "Date last action",
    "ipaddr": "IP address",
    "refurl": "Referrer URL",
}
_OF_PARTICIPANTS: Final = {
    "firstname": "First name",
    "lastname": "Last name",
    "email": "Email address",
}
_TIMES: Final = {"interviewtime": "Total time"}
# Codes of answers are letters and digits, at most five.
_CODES: Final = {str(NOT_APPLICABLE): "NAPP", str(PREFER_NOT_TO_SAY): "REFUS"}
_YES_NO: Final = {"1": "Y", "0": "N", "": ""}
_ABOUT: Final = "About you"
_LETTERS: Final = np.array([*"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"])

_Cells = NDArray[np.object_]  # what the database holds; None where the question was not shown


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A question: its code, LimeSurvey's letter of its type, and what it asks for.

    ``parts`` are columns of the sample: one, or the rows of a grid.
    """

    code: str
    kind: str
    text: str
    page: str
    parts: Mapping[str, str]
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """One column that a question has in the database."""

    question: _Question
    name: str
    sub: str
    text: str

    def code(self, before: str = "[", after: str = "]") -> str:
        return self.question.code + (f"{before}{self.sub}{after}" if self.sub else "")

    def heading(self, before: str = "[", after: str = "]") -> str:
        return self.question.text + (f" {before}{self.text}{after}" if self.sub else "")


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """Exports of question texts and of codes, R data, VV; then R syntax and survey structure."""
    known = records(sample, instrument)
    questions = _questions(known, instrument)
    fields = list(_fields(questions))
    # Responses are numbered when they start.
    order = np.argsort(known.started, kind="stable")
    cells = {f.name: _cells(f, known)[order] for f in fields}
    own = {n: v[order] for n, v in _own(sample, known, instrument, order).items()}
    texts = {**_OWN, **_TIMES, **_OF_PARTICIPANTS}
    name = f"results-survey{SURVEY}"
    first = list(_OWN)
    last = [*_TIMES, *_OF_PARTICIPANTS]
    words = {f.name: _words(f, cells[f.name]) for f in fields}
    plain = {n: np.array([c or "" for c in cells[n]], dtype=object) for n in cells}
    r_data = {f.name: _r_codes(f, plain[f.name]) for f in fields}

    def table(headings: list[str], columns: list[NDArray[np.object_]]) -> bytes:
        rows = [headings, *np.column_stack(columns).tolist()]
        return delimited(rows, newline="\r\n", encoding="utf-8-sig", quote_all=True)

    def of(names: list[str]) -> list[NDArray[np.object_]]:
        return [own[n] for n in names]

    return {
        f"{name}.csv": table(
            [*(texts[n] for n in first), *(f.heading() for f in fields), *(texts[n] for n in last)],
            [*of(first), *words.values(), *of(last)],
        ),
        f"{name}-codes.csv": table(
            [*first, *(f.code() for f in fields), *last],
            [*of(first), *plain.values(), *of(last)],
        ),
        f"survey_{SURVEY}_R_data_file.csv": table(
            [*first, *(f.code() for f in fields)], [*of(first), *r_data.values()]
        ),
        f"vvexport_{SURVEY}.csv": _vv(own, fields, cells),
        f"survey_{SURVEY}_R_syntax_file.R": _syntax(fields),
        f"limesurvey_survey_{SURVEY}.lss": _structure(questions),
    }


def _questions(known: Records, instrument: Instrument) -> list[_Question]:
    """Who answers, then a grid for each page and response scale of the questionnaire."""
    found = [_about(column, instrument) for column in ("consent", *map(str, known.people.columns))]
    for page, items in pages(instrument).items():
        grids: dict[str, list[str]] = {}
        for item in items:
            grids.setdefault(instrument.response_scale(item).id, []).append(item)
        for scale_id, rows in grids.items():
            scale = instrument.response_scale(rows[0])
            answers = dict(zip(scale.codes, scale.labels, strict=True))
            answers |= {_CODES[str(code)]: label for code, label in SAID.items()}
            single = len(rows) == 1
            title = f"{page.replace('_', ' ').capitalize()}: what applies to you? ({scale_id})"
            found.append(
                _Question(
                    code=re.sub(r"[^A-Za-z0-9]", "", page + scale_id)[:20],
                    kind="L" if single else "F",
                    text=instrument.items[rows[0]].text if single else title,
                    page=page,
                    parts={row: instrument.items[row].text for row in rows},
                    answers=answers,
                )
            )
    return found


def _about(name: str, instrument: Instrument) -> _Question:
    """Question for a column that is no item, headed by its id; codes hold no underscore."""
    column = instrument.columns[name]
    answers: dict[str, str] = {}
    kind = "S"
    if column.type == "boolean":
        kind, answers = "Y", {"Y": "Yes", "N": "No"}
    elif column.type == "category":
        kind, answers = "L", {f"A{i}": label for i, label in enumerate(column.allowed, start=1)}
    elif column.type == "integer" and column.role == "demographic":
        kind = "N"
    return _Question(
        code=name.replace("_", ""),
        kind=kind,
        text=name,
        page=_ABOUT,
        parts={name: name},
        answers=answers,
    )


def _fields(questions: list[_Question]) -> Iterator[_Field]:
    for question in questions:
        for place, (name, text) in enumerate(question.parts.items(), start=1):
            sub = f"SQ{place:03d}" if question.kind == "F" else ""
            yield _Field(question=question, name=name, sub=sub, text=text)


def _cells(field: _Field, known: Records) -> _Cells:
    """What the database holds of one column."""
    kind = field.question.kind
    if field.name == "consent":
        return np.full(len(known.codes), "Y", dtype=object)
    if field.name in known.codes:
        codes = known.codes[field.name].replace(_CODES)
        return _null(codes, ~known.reached[:, list(known.codes).index(field.name)])
    said = known.people[field.name]
    if kind == "Y":
        said = said.map(_YES_NO)
    elif kind == "L":
        said = said.replace({label: code for code, label in field.question.answers.items()})
    # A column of numbers cannot hold an empty text.
    return _null(said, (said == "").to_numpy(dtype=bool) & (kind == "N"))


def _null(cells: "pd.Series[str]", where: NDArray[np.bool_]) -> _Cells:
    kept = [None if null else cell for cell, null in zip(cells, where, strict=True)]
    return np.array(kept, dtype=object)


def _words(field: _Field, cells: _Cells) -> _Cells:
    """Full answers; Yes/No says N/A where there is none."""
    nothing = "N/A" if field.question.kind == "Y" else ""
    answers = field.question.answers
    return np.array([answers.get(c, c) if c else nothing for c in cells], dtype=object)


def _r_codes(field: _Field, cells: _Cells) -> _Cells:
    """Codes of the R export, which writes numbers for Yes and No."""
    if field.question.kind != "Y":
        return cells
    return np.array([{"Y": "1", "N": "2"}.get(c, "") for c in cells], dtype=object)


def _own(
    sample: Sample, known: Records, instrument: Instrument, order: NDArray[np.intp]
) -> dict[str, _Cells]:
    """Columns of the platform, personal values invented; in the order of the sample."""
    rng = stream(sample.seed, "platform", NAME)
    n = len(order)
    number = np.empty(n, dtype=np.int64)
    number[order] = np.arange(1, n + 1)
    person = known.people["respondent_id"].to_numpy(dtype=str)
    moments = {
        name: np.char.replace(np.datetime_as_string(values, unit="s"), "T", " ")
        for name, values in (("startdate", known.started), ("datestamp", known.ended))
    }
    nets = np.array(["192.0.2.", "198.51.100."])[rng.integers(0, 2, n)]
    page_of = np.array([i for i, page in enumerate(pages(instrument).values(), 2) for _ in page])
    last_page = page_of[known.reached.sum(axis=1) - 1]  # page 1 asks who answers
    seconds = known.seconds + rng.integers(0, 100, n) / 100
    values = {
        "id": number.astype(str),
        "token": ["".join(row) for row in _LETTERS[rng.integers(0, len(_LETTERS), (n, 15))]],
        "submitdate": np.where(known.finished, moments["datestamp"], ""),
        "lastpage": last_page.astype(str),
        "startlanguage": np.full(n, "en"),
        "seed": rng.integers(1, 2**31, n).astype(str),
        **moments,
        "ipaddr": np.char.add(nets, rng.integers(1, 255, n).astype(str)),
        "refurl": np.full(n, "https://example.org/study"),
        "interviewtime": [f"{value:.2f}" for value in seconds],
        "firstname": np.full(n, "Person"),
        "lastname": np.char.add("Invented-", person),
        "email": np.char.add(np.char.lower(person), "@example.org"),
    }
    return {name: np.asarray(column, dtype=object) for name, column in values.items()}


def _vv(own: dict[str, _Cells], fields: list[_Field], cells: dict[str, _Cells]) -> bytes:
    """Tab separated, two header rows, signs that the layout needs escaped, NULL spelt out."""

    def escaped(cell: str | None) -> str:
        if cell is None:
            return "{question_not_shown}"
        for sign, name in (("{", "lbrace"), ("\n", "newline"), ("\r", "cr"), ("\t", "tab")):
            cell = cell.replace(sign, "{" + name + "}")
        return re.sub('^"', "{quote}", cell)

    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if re.search(r'[\s"\\]', cell) else cell

    columns = [own[n] for n in _OWN]
    columns[[*_OWN].index("submitdate")] = np.array([c or None for c in own["submitdate"]])
    for field in fields:
        stored = cells[field.name]
        if field.question.kind == "N":  # a decimal number of the database
            stored = np.array([c and f"{c}.0000000000" for c in stored], dtype=object)
        columns.append(stored)
    rows = [
        [*(f"{text} " for text in _OWN.values()), *(_vv_text(field) for field in fields)],
        [*_OWN, *(field.code("_", "") for field in fields)],
        *([escaped(cell) for cell in row] for row in np.column_stack(columns).tolist()),
    ]
    return "".join("\t".join(map(quoted, row)) + "\n" for row in rows).encode()


def _vv_text(field: _Field) -> str:
    return field.heading("(", ")") if field.sub else f"{field.heading()} "


def _syntax(fields: list[_Field]) -> bytes:
    """R commands that label the R data file; Yes and No are numbers there."""
    lines = [
        f'data <- read.csv("survey_{SURVEY}_R_data_file.csv", quote = "\'\\"", '
        'na.strings=c("", "\\"\\""), stringsAsFactors=FALSE, fileEncoding="UTF-8-BOM")',
        "",
        "",
    ]

    def put(place: int, name: str, text: str, answers: Mapping[str, str]) -> None:
        lines.append("# LimeSurvey Field type: A")
        lines.append(f"data[, {place}] <- as.character(data[, {place}])")
        lines.append(f"attributes(data)$variable.labels[{place}] <- {_r_string(text)}")
        if answers:
            codes = ",".join(map(_r_string, answers))
            labels = ", ".join(map(_r_string, answers.values()))
            factor = f"factor(data[, {place}], levels=c({codes}),labels=c({labels}))"
            lines.append(f"data[, {place}] <- {factor}")
        lines.append(f"names(data)[{place}] <- {_r_string(name)}")

    for place, name in enumerate(_OWN, start=1):
        put(place, name, name, {})
    for place, field in enumerate(fields, start=1 + len(_OWN)):
        question = field.question
        answers = {"1": "Yes", "2": "No"} if question.kind == "Y" else question.answers
        text = f"[{field.text}] {question.text}" if field.sub else question.text
        put(place, field.code("_", ""), text, answers)
    return ("\n".join(lines) + "\n").encode()


def _r_string(text: str) -> str:
    return '"' + re.sub(r"([\\\"'])", r"\\\1", text) + '"'


def _structure(questions: list[_Question]) -> bytes:
    """Survey structure: tables of the database as XML, texts in tables of their own."""
    tables: dict[str, list[dict[str, str]]] = {
        name: []
        for name in (
            "answers", "answer_l10ns", "groups", "group_l10ns", "questions", "subquestions",
            "question_l10ns", "surveys",
        )
    }  # fmt: skip
    page_ids = {page: str(i) for i, page in enumerate(dict.fromkeys(q.page for q in questions), 1)}
    for page, gid in page_ids.items():
        tables["groups"].append({"gid": gid, "sid": str(SURVEY), "group_order": gid})
        tables["group_l10ns"].append({"gid": gid, "group_name": page, "language": "en"})
    qid = aid = 0

    def ask(table: str, text: str, **row: str) -> str:
        nonlocal qid
        qid += 1
        tables[table].append({"qid": str(qid), "sid": str(SURVEY), **row, "scale_id": "0"})
        tables["question_l10ns"].append({"qid": str(qid), "question": text, "language": "en"})
        return str(qid)

    for place, question in enumerate(questions, start=1):
        gid = page_ids[question.page]
        place_of = {"gid": gid, "question_order": str(place)}
        title = {"type": question.kind, "title": question.code, "other": "N"}
        asked = ask("questions", question.text, parent_qid="0", **place_of, **title)
        rows = question.parts.values() if question.kind == "F" else ()
        for line, text in enumerate(rows, start=1):
            row = {"gid": gid, "type": "T", "title": f"SQ{line:03d}", "question_order": str(line)}
            ask("subquestions", text, parent_qid=asked, **row)
        for line, (code, label) in enumerate(_declared(question).items(), start=1):
            aid += 1
            answer = {"aid": str(aid), "qid": asked, "code": code, "sortorder": str(line)}
            tables["answers"].append({**answer, "scale_id": "0"})
            tables["answer_l10ns"].append({"aid": str(aid), "answer": label, "language": "en"})
    described = json.dumps({"attribute_1": {"description": "Source", "mandatory": "N"}})
    tables["surveys"].append(
        {"sid": str(SURVEY), "language": "en", "attributedescriptions": described}
    )
    head = [
        '<?xml version="1.0" encoding="UTF-8"?>', "<document>",
        " <LimeSurveyDocType>Survey</LimeSurveyDocType>", " <DBVersion>640</DBVersion>",
        " <languages>", "  <language>en</language>", " </languages>",
    ]  # fmt: skip
    body = [line for name, rows in tables.items() for line in _xml_table(name, rows)]
    return ("\n".join([*head, *body, "</document>"]) + "\n").encode()


def _declared(question: _Question) -> Mapping[str, str]:
    """Answers that the survey declares itself: those of Yes/No are LimeSurvey's own."""
    return {} if question.kind == "Y" else question.answers


def _xml_table(name: str, rows: list[dict[str, str]]) -> Iterator[str]:
    yield f" <{name}>"
    yield "  <fields>"
    yield from (f"   <fieldname>{field}</fieldname>" for field in rows[0])
    yield "  </fields>"
    yield "  <rows>"
    for row in rows:
        yield "   <row>"
        for field, value in row.items():
            text = value.replace("]]>", "]] >")
            yield f"    <{field}><![CDATA[{text}]]></{field}>" if text else f"    <{field}/>"
        yield "   </row>"
    yield "  </rows>"
    yield f" </{name}>"
