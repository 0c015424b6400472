"""Microsoft Forms: the workbook that its site gives, or that saved as CSV.

Metadata first, headed in the language of the form's owner: ID, start, completion, address
("anonymous" where none was collected) and name; for a quiz its points and feedback; then one
column a question, in which several choices each end with a semicolon. A question of a quiz is
followed by "Points - Question" and "Feedback - Question", in English everywhere. A row of a
Likert question is headed by its statement, or by "Question.Statement".
"""

import re
from collections.abc import Container
from dataclasses import replace

import pandas as pd

from detachment.exports._grid import renamed, table
from detachment.exports._moments import find_moment, seconds_taken
from detachment.exports._several import several_choices
from detachment.exports._source import Layout, Source, need_grid
from detachment.exports._types import Variable

NAME = "microsoft_forms"

# Start, completion, address, name, last modification, language; those that are known.
_HEADINGS = (
    ("Start time", "Completion time", "Email", "Name", "Last modified time", "Language"),
    ("Startzeit", "Fertigstellungszeit", "E-Mail", "Name", "Zeitpunkt der letzten Änderung",
     "Sprache"),
    ("Heure de début", "Heure de fin", "Adresse de messagerie", "Nom",
     "Heure de la dernière modification", "Langue"),
    ("Hora de inicio", "Hora de finalización", "Correo electrónico", "Nombre",
     "Hora de la última modificación", "Idioma"),
    ("Hora de início", "Hora de conclusão", "Email", "Nome", "Hora da última modificação",
     "Idioma"),
    ("Ora di inizio", "Ora di completamento", "Posta elettronica", "Nome", "Ora ultima modifica",
     "Lingua"),
    ("Begintijd", "Tijd van voltooien", "E-mail", "Naam", "Tijd van laatste wijziging", "Taal"),
    ("Godzina rozpoczęcia", "Godzina ukończenia", "Adres e-mail", "Nazwa",
     "Godzina ostatniej modyfikacji", "Język"),
)  # fmt: skip
_ROLES = ("started_at", "submitted_at", "identifier", "identifier", "metadata", "language")
_OF_QUIZ = frozenset(("total points", "quiz feedback", "grade posted time"))
_PER_QUESTION = re.compile(r"(?:Points|Feedback) - (.+)", re.IGNORECASE)
_ANONYMOUS = "anonymous"
_JOINT = re.compile(r"(?<=\w\w|\w[?!:)])\.(?=\S)")  # of a question and its statement


def detect(source: Source) -> str | None:
    """ID, start and completion, first and in one language."""
    if source.grid is None or len(source.grid.head[0]) < 4:
        return None
    headings = [_folded(heading) for heading in source.grid.head[0][:3]]
    if _language(headings) is None or headings[0] != "id":
        return None
    shown = ", ".join(_plain(heading) for heading in source.grid.head[0][:3])
    return f"first headings {shown}"


def read(source: Source) -> Layout:
    """Read one row of headings, then records; no cell is changed."""
    grid = need_grid(source, NAME)
    headings = grid.head[0]
    frame, rows, names, warnings = table(grid, headings, 1)
    plain = [_plain(heading) for heading in headings]
    variables = {name: Variable(text=text) for name, text in zip(names, plain, strict=True)}
    for name, stem, statement in _statements(names, plain):
        variables[name] = Variable(text=statement, group=stem)
    folded = [_folded(heading) for heading in headings]
    roles = _roles(folded)
    questions = dict(zip(folded, plain, strict=True))
    for name, role, heading in zip(names, roles, folded, strict=True):
        if role:
            group = questions.get(_asked(heading, questions), "")
            variables[name] = Variable(text=variables[name].text, role=role, group=group)
    variables, doubts = _with_moments(frame, variables, month_first="start time" in folded)
    address = next((n for n, v in variables.items() if v.role == "identifier"), None)
    if address is not None:
        nobody = {_ANONYMOUS: "no address was collected"}
        variables[address] = replace(variables[address], missing=nobody)
    several, said = several_choices(frame, variables, (";",), ended=True)
    return Layout(
        frame=frame,
        rows=rows,
        variables=variables | several,
        header_rows=1,
        identifying=frozenset(n for n, v in variables.items() if v.role == "identifier"),
        repeated=renamed(names, headings),
        durations=seconds_taken(frame, variables),
        warnings=warnings + doubts + said,
    )


def _plain(heading: str) -> str:
    return " ".join(heading.split())  # a no-break space often ends a heading


def _folded(heading: str) -> str:
    return _plain(heading).casefold().replace("\u2019", "'")


def _language(headings: list[str]) -> tuple[str, ...] | None:
    """Headings of the metadata in the language of the first two of them."""
    languages = (tuple(map(_folded, language)) for language in _HEADINGS)
    return next((words for words in languages if list(words[:2]) == headings[1:3]), None)


def _roles(folded: list[str]) -> list[str]:
    """Role of each column; the metadata stand before the first question."""
    words = dict(zip(_language(folded[:3]) or map(_folded, _HEADINGS[0]), _ROLES, strict=True))
    words |= dict.fromkeys(_OF_QUIZ, "metadata")
    words["id"] = "respondent_id"
    roles = [words.get(heading, "") for heading in folded]
    first = roles.index("") if "" in roles else len(roles)
    known = frozenset(folded)
    later = ["metadata" if _asked(heading, known) else "" for heading in folded[first:]]
    return roles[:first] + later


def _asked(heading: str, folded: Container[str]) -> str:
    """Question whose points or feedback a column holds; empty where it is none of them."""
    found = _PER_QUESTION.fullmatch(heading)
    return found[1] if found and found[1] in folded else ""


def _statements(names: list[str], plain: list[str]) -> list[tuple[str, str, str]]:
    """Name, question and statement of the rows of Likert questions headed by both."""
    found = []
    for i, (name, heading) in enumerate(zip(names, plain, strict=True)):
        near = [*plain[max(0, i - 1) : i], *plain[i + 1 : i + 2]]
        for joint in reversed(list(_JOINT.finditer(heading))):
            question = heading[: joint.start()]
            if " " in question and any(other.startswith(f"{question}.") for other in near):
                found.append((name, question, heading[joint.end() :]))
                break
    return found


def _with_moments(
    frame: pd.DataFrame, variables: dict[str, Variable], *, month_first: bool
) -> tuple[dict[str, Variable], tuple[str, ...]]:
    """Say how start and completion are written, in a file saved as CSV."""
    found = dict(variables)
    warnings: tuple[str, ...] = ()
    for name, variable in variables.items():
        if variable.role in ("started_at", "submitted_at"):
            form, doubts = find_moment(frame[name].tolist(), month_first=month_first)
            found[name] = replace(variable, moment=form)
            warnings += tuple(f"column {name!r}: {doubt}" for doubt in doubts)
    return found, warnings
