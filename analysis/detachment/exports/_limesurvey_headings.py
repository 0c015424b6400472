"""Headings of a LimeSurvey export: question codes, question texts, or both; one row or two.

Layout as in LimeSurvey's own exporter (Writer.php, viewHelper.php, createFieldMap) and its manual,
"Exporting results".
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

CODES = "question codes"
TEXTS = "question texts"
BOTH = "question codes and texts"
TWO_ROWS = "question texts above question codes"

ROLES = {  # code of the platform's own column -> role
    "id": "respondent_id",
    "submitdate": "submitted_at",
    "lastpage": "progress",
    "startlanguage": "language",
    "seed": "metadata",
    "token": "identifier",
    "startdate": "metadata",
    "datestamp": "metadata",
    "ipaddr": "identifier",
    "refurl": "metadata",
    "firstname": "identifier",
    "lastname": "identifier",
    "email": "identifier",
    "interviewtime": "duration_s",
    "timing": "timing",
}
_MARKS = ("submitdate", "lastpage", "startlanguage")
_ENOUGH = 3  # of the platform's own columns, a mark among them, that no other file has by chance

# What the columns are called where texts are asked for (English, German, French, Spanish).
_CALLED = {
    "id": "Response ID|Answer ID|Antwort ID|Antwort-ID|ID de la réponse|ID de respuesta",
    "submitdate": "Date submitted|Datum Abgeschickt|Date de soumission|Fecha de envío",
    "lastpage": "Last page|Letzte Seite|Dernière page|Última página",
    "startlanguage": "Start language|Start-Sprache|Startsprache|Langue de départ|Lenguaje inicial",
    "seed": "Seed|Zufallsstartwert|Zufallsgeneratorstartwert|Tête de série|Semilla",
    "token": "Token|Access code|Zugangscode|Zugangsschlüssel|Code d'accès|Contraseña",
    "startdate": "Date started|Datum gestartet|Date de lancement|Fecha de inicio",
    "datestamp": "Date last action|Datum letzte Aktivität|Date de la dernière action"
    "|Fecha de la última acción",
    "ipaddr": "IP address|IP-Adresse|IP Adresse|Adresse IP|Dirección IP",
    "refurl": "Referrer URL|Weiterleitungs-URL|URL de référence|URL de referencia",
    "firstname": "First name|Vorname|Prénom|Nombre",
    "lastname": "Last name|Nachname|Nom de famille|Apellidos",
    "email": "Email address|E-Mail-Adresse|E-Mail|Adresse de courriel|Correo electrónico",
    "interviewtime": "Total time|Gesamtzeit|Temps total|Tiempo total",
}
_BY_TEXT = {text.casefold(): code for code, texts in _CALLED.items() for text in texts.split("|")}
_TIMING_TEXT = re.compile(
    r"(Group time|Question time|Gruppenzeit|Fragenzeit|Fragezeit"
    r"|Temps pour le groupe|Temps pour la question): ",
    re.IGNORECASE,
)
_GROUP_TIME = re.compile(r"groupTime\d+")

_WORD = r"[A-Za-z][A-Za-z0-9_]*"
_BRACKETS = re.compile(rf"({_WORD})((?:\[[^\[\]]+\])+)")
_DOTS = re.compile(rf"({_WORD})\.([A-Za-z0-9_]+)\.(?:\.(\d)\.)?")  # what R makes of the brackets
_CODE = re.compile(rf"{_WORD}|{_BRACKETS.pattern}|{_DOTS.pattern}")
_SEPARATOR = ". "  # between code and text, unless the user of LimeSurvey says another


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """One column as its heading says it.

    Attributes
    ----------
    name
        Column's name: its question code where there is one, otherwise the heading itself.
    code
        Question code as :func:`canonical` writes it; "" where there is none.
    text
        Question, or the row of its grid.
    group
        Question of the grid: its text, or its code where no text is given.
    whole
        Text as it stands in the file.
    own
        Code of the platform's own column, one of ``ROLES``; "" for a question.
    """

    name: str
    code: str = ""
    text: str = ""
    group: str = ""
    whole: str = ""
    own: str = ""


def style_of(head: Sequence[Sequence[str]]) -> tuple[str, str] | None:
    """Find which of the styles the first rows have: the style, and the mark in words."""
    if len(head) > 1 and _own_codes(head[1]) >= {"submitdate", "startlanguage"}:
        return TWO_ROWS, "LimeSurvey's own columns in row 2 (VV export)"
    row = head[0]
    codes, texts = _own_codes(row), _own_texts(row)
    separator, both = _separator(row)
    bracketed = sum(_BRACKETS.fullmatch(cell) is not None for cell in row)
    only_codes = all(_CODE.fullmatch(cell) for cell in row if cell)
    for style, own, certain in (
        (BOTH, both, separator != ""),
        (CODES, codes, only_codes and bracketed > 0),
        (TEXTS, texts, bool(_grids(row))),
    ):
        marks = own.intersection(_MARKS)
        if marks and (certain or len(marks) > 1 or len(own) >= _ENOUGH):
            return style, f"LimeSurvey's own columns, headings are {style}"
    if only_codes and bracketed >= _ENOUGH:
        return CODES, "question codes with subquestions in brackets: Q1[SQ001]"
    if _BY_TEXT.get(_plain(row[0])) == "id" and len(_grids(row)) > 0:
        return TEXTS, "response ID first, subquestions in brackets after their questions"
    return None


def guessed_style(head: Sequence[Sequence[str]]) -> str:
    """Style of a file whose marks are gone, where the user says that it is LimeSurvey's."""
    found = style_of(head)
    if found is not None:
        return found[0]
    if all(_CODE.fullmatch(cell) for cell in head[0] if cell):
        return CODES
    coded = [_coded(cell, _SEPARATOR) for cell in head[0] if cell]
    return BOTH if coded and all(code for code, _ in coded) else TEXTS


def read_headings(head: Sequence[Sequence[str]], style: str) -> list[Heading]:
    """Say of every column what its heading says."""
    row = list(head[0])
    if style == TEXTS:
        spoken = _spoken(row)
        grids = _grids(spoken)
        return [_text_heading(c, text, grids) for c, text in zip(row, spoken, strict=True)]
    if style == TWO_ROWS:
        pairs = list(zip(head[1], row, strict=True))
    elif style == BOTH:
        separator = _separator(row)[0] or _SEPARATOR
        pairs = [_coded(cell, separator) for cell in row]
        texts = _spoken([text for _, text in pairs])
        pairs = [
            (c or cell, t if c else "") for (c, _), t, cell in zip(pairs, texts, row, strict=True)
        ]
    else:
        pairs = [(code, "") for code in row]
    questions = Counter(_question(canonical(code)) for code, _ in pairs)
    timed = any(code == "interviewtime" for code, _ in pairs)
    return [_coded_heading(code, text, questions, timed=timed) for code, text in pairs]


def canonical(code: str) -> str:
    """Write a question code as LimeSurvey's expressions do, the scale of two after ``#``.

    Examples
    --------
    >>> canonical("Q1[SQ001]"), canonical("Q1.SQ001."), canonical("Q1_SQ001"), canonical("Q1[a][2]")
    ('Q1_SQ001', 'Q1_SQ001', 'Q1_SQ001', 'Q1_a#1')
    """
    if dots := _DOTS.fullmatch(code):
        question, sub, scale = dots.groups()
        return f"{question}_{sub}" + (f"#{int(scale) - 1}" if scale else "")
    if brackets := _BRACKETS.fullmatch(code):
        question, subs = brackets[1], brackets[2][1:-1].split("][")
        scale = f"#{int(subs.pop()) - 1}" if len(subs) > 1 and subs[-1] in "12" else ""
        return "_".join([question, *subs]) + scale
    return code


def take_apart(text: str, brackets: str = "[]") -> tuple[str, list[str]]:
    """Part a heading into its question and what stands in brackets after it.

    Examples
    --------
    >>> take_apart("How often? [At home [or near it]]"), take_apart("How often? [home][2026]")
    (('How often?', ['At home [or near it]']), ('How often?', ['home', '2026']))
    """
    opening, closing = brackets[0], brackets[1]
    text = text.rstrip()
    parts: list[str] = []
    end = len(text)
    while text.endswith(closing, 0, end):
        depth, start = 1, end - 1
        while depth and start:
            start -= 1
            depth += (text[start] == closing) - (text[start] == opening)
        if depth:
            break
        parts.append(text[start + 1 : end - 1].strip())
        end = start
    return text[:end].strip(), parts[::-1]


def text_key(text: str) -> str:
    """Text as it is compared: words only."""
    return re.sub(r"\W+", " ", text).strip().casefold()


def _plain(text: str) -> str:
    # LimeSurvey can write underscores for the blanks of a heading.
    return " ".join(text.replace("_", " ").split()).casefold()


def _spoken(texts: list[str]) -> list[str]:
    """Texts with blanks, where the platform's own columns have underscores in their place."""
    known = [text for text in texts if _plain(text) in _BY_TEXT]
    underscored = any("_" in text for text in known) and not any(" " in text for text in known)
    return [text.replace("_", " ") for text in texts] if underscored else texts


def _own_codes(row: Sequence[str]) -> set[str]:
    return {cell for cell in row if cell in ROLES}


def _own_texts(row: Sequence[str]) -> set[str]:
    return {_BY_TEXT[_plain(cell)] for cell in row if _plain(cell) in _BY_TEXT}


def _separator(row: Sequence[str]) -> tuple[str, set[str]]:
    """What stands between code and text, and the platform's own columns that say so."""
    found: Counter[str] = Counter()
    own: set[str] = set()
    for cell in row:
        code = next((code for code in _CALLED if cell.startswith(code) and cell != code), None)
        if code is None:
            continue
        for text in _CALLED[code].split("|"):
            rest = cell[len(code) :].replace("_", " ")
            if rest.endswith(text) and not re.search(r"\w", separator := rest[: -len(text)]):
                if separator:
                    found[separator] += 1
                    own.add(code)
                break
    return (found.most_common(1)[0][0], own) if found else ("", set())


def _coded(cell: str, separator: str) -> tuple[str, str]:
    """Code and text of one heading; no code where it does not start with one."""
    code, found, text = cell.partition(separator)
    return (code, text.strip()) if found and _CODE.fullmatch(code) else ("", cell)


def _coded_heading(code: str, text: str, questions: Counter[str], *, timed: bool) -> Heading:
    """Column with a code; ``questions`` says how many columns each question has."""
    own = code if code in ROLES else ""
    if _GROUP_TIME.fullmatch(code) or (timed and _question_of_time(code) in questions):
        own = "timing"
    key = canonical(code)
    if own or key == _question(key) or code.startswith("attribute_"):
        return Heading(name=code, code=key, text=text, whole=text, own=own)
    stem, parts = take_apart(text)
    if not parts:
        stem, parts = take_apart(text, "()")  # a VV export
    if not parts and " - " in text:
        stem, _, last = text.rpartition(" - ")
        parts = [last.strip()]
    if parts:
        return Heading(name=code, code=key, text=parts[0], group=_group(stem, parts), whole=text)
    shared = _BRACKETS.fullmatch(code) or questions[_question(key)] > 1
    group = _question(key) if shared else ""
    return Heading(name=code, code=key, text=text, group=group, whole=text)


def _question(key: str) -> str:
    """Code of the question that a column belongs to."""
    return re.split("[_#]", key, maxsplit=1)[0]


def _question_of_time(code: str) -> str:
    return code.removesuffix("Time") if code.endswith("Time") else ""


def _grids(row: Sequence[str]) -> set[str]:
    """Questions that stand before the brackets of two headings or more."""
    stems = Counter(stem for stem, parts in map(take_apart, row) if parts and stem)
    return {stem for stem, count in stems.items() if count > 1}


def _text_heading(cell: str, text: str, grids: set[str]) -> Heading:
    own = "timing" if _TIMING_TEXT.match(text) else _BY_TEXT.get(_plain(text), "")
    stem, parts = take_apart(text)
    if own or stem not in grids:
        return Heading(name=cell, text=text, whole=text, own=own)
    return Heading(name=cell, text=parts[0], group=_group(stem, parts), whole=text)


def _group(stem: str, parts: list[str]) -> str:
    """Question of a grid, with its column where the grid has columns."""
    return " ".join([stem, *(f"[{part}]" for part in parts[1:])])
