"""Google Forms: the CSV of the form itself, and the linked sheet as CSV or Excel file.

Both have one heading a question and a moment first, whose heading is in the language of the form's
owner. The form's CSV writes "2026/05/04 8:00:00 AM GMT+2" and parts choices by semicolons; the
sheet writes moments by its locale, without a time zone, and parts choices by a comma and a blank.
Collected addresses come second, the score of a quiz with them ("8.00 / 10"), those of its
questions under "Question [Score]". A grid has a column a row, "Question [Row]".
"""

import re

import pandas as pd

from detachment.exports._grid import renamed, table
from detachment.exports._moments import find_moment
from detachment.exports._several import several_choices
from detachment.exports._source import Layout, Source, need_grid
from detachment.exports._types import Variable

NAME = "google_forms"

_ENGLISH = "Timestamp"
_TIMESTAMPS = frozenset(
    f"""
    {_ENGLISH}
    Marca temporal
    Marca de temps
    Carimbo de data/hora
    Horodateur
    Zeitstempel
    Informazioni cronologiche
    Tijdstempel
    Sygnatura czasowa
    Časová značka
    Časová pečiatka
    Időbélyeg
    Tidsstempel
    Tidstämpel
    Aikaleima
    Zaman damgası
    Χρονική σήμανση
    Отметка времени
    Позначка часу
    Stempel Waktu
    Cap waktu
    Dấu thời gian
    タイムスタンプ
    타임스탬프
    时间戳记
    時間戳記
    """.strip().split("\n    ")
)
_ADDRESSES = frozenset(
    heading.casefold()
    for heading in """
    Username
    Email
    Email address
    Nombre de usuario
    Dirección de correo electrónico
    Adreça electrònica
    Nome de usuário
    Nome de utilizador
    Endereço de e-mail
    Nom d'utilisateur
    Adresse e-mail
    Nutzername
    E-Mail-Adresse
    Nome utente
    Indirizzo email
    Gebruikersnaam
    E-mailadres
    Nazwa użytkownika
    Adres e-mail
    E-mailová adresa
    Имя пользователя
    Адрес электронной почты
    ユーザー名
    メールアドレス
    """.strip().split("\n    ")
)
_SCORE = re.compile(r"\s*-?\d+(?:[.,]\d+)? / \d+(?:[.,]\d+)?\s*")
_CHOICES = (";", ", ")


def detect(source: Source) -> str | None:
    """Moments under the heading that Google Forms gives them, first."""
    if source.grid is None or len(source.grid.head[0]) < 2:
        return None
    heading, *below = [row[0] for row in source.grid.head]
    if heading.strip() not in _TIMESTAMPS:
        return None
    form, _ = find_moment(below, month_first=False)
    iso = [cell for cell in below if re.match(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", cell)]
    if not form and len(iso) < len(below):
        return None
    return f"first heading {heading.strip()!r}, over moments"


def read(source: Source) -> Layout:
    """Read one row of headings, then records; no cell is changed."""
    grid = need_grid(source, NAME)
    headings = grid.head[0]
    frame, rows, names, warnings = table(grid, headings, 1)
    plain = [" ".join(heading.split()) for heading in headings]
    variables = {name: Variable(text=heading) for name, heading in zip(names, plain, strict=True)}
    for name, stem, row in _grids(names, plain):
        variables[name] = Variable(text=row, group=stem)
    variables |= _quiz(frame, names, plain)
    form, doubts = find_moment(frame[names[0]].tolist(), month_first=plain[0] == _ENGLISH)
    if form or plain[0] in _TIMESTAMPS:
        variables[names[0]] = Variable(text=plain[0], role="submitted_at", moment=form)
        warnings += tuple(f"column {names[0]!r}: {doubt}" for doubt in doubts)
    addresses = [n for n, h in list(zip(names, plain, strict=True))[1:3] if _is_address(h)][:1]
    variables |= {n: Variable(text=variables[n].text, role="identifier") for n in addresses}
    several, said = several_choices(frame, variables, _CHOICES)
    return Layout(
        frame=frame,
        rows=rows,
        variables=variables | several,
        header_rows=1,
        identifying=frozenset(addresses),
        repeated=renamed(names, headings),
        warnings=warnings + said,
    )


def _is_address(heading: str) -> bool:
    return heading.casefold().replace("\u2019", "'") in _ADDRESSES


def _grids(names: list[str], headings: list[str]) -> list[tuple[str, str, str]]:
    """Name, question and row of the columns of grids: neighbours with the same question."""
    whole = frozenset(headings)
    parts = [_question_and_row(headings, i, whole) for i in range(len(headings))]
    return [(name, *part) for name, part in zip(names, parts, strict=True) if part is not None]


def _question_and_row(headings: list[str], i: int, whole: frozenset[str]) -> tuple[str, str] | None:
    """Longest question that a neighbour has too; brackets within the row are paired."""
    heading = headings[i]
    if not heading.endswith("]"):
        return None
    near = [*headings[max(0, i - 1) : i], *headings[i + 1 : i + 2]]
    for found in reversed(list(re.finditer(r" \[", heading))):
        stem, row = heading[: found.start()], heading[found.end() : -1]
        paired = row.count("[") == row.count("]")
        alike = any(h.startswith(f"{stem} [") and h.endswith("]") for h in near)
        if stem and row and paired and alike and stem not in whole:
            return stem, row
    return None


def _quiz(frame: pd.DataFrame, names: list[str], headings: list[str]) -> dict[str, Variable]:
    """Columns that a quiz adds: the score, and for each question its score and the feedback."""
    found: dict[str, Variable] = {}
    whole = frozenset(headings)
    for i, name in enumerate(names):
        question, _, _ = headings[i].rpartition(" [")
        of = question if headings[i].endswith("]") and question in whole else ""
        score = (of or i in (1, 2)) and _all_scores(frame[name])
        feedback = of and i and names[i - 1] in found and headings[i - 1].startswith(f"{of} [")
        known = of and headings[i].endswith(("[Score]", "[Feedback]"))
        if score or feedback or known:
            found[name] = Variable(text=headings[i], group=of, role="metadata")
    return found


def _all_scores(cells: "pd.Series[str]") -> bool:
    texts = cells.cat.categories
    return any(texts) and all(_SCORE.fullmatch(text) for text in texts if text)
