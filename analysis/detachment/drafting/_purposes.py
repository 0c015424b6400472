"""What each column of an export is for: an item, something about the person, or neither."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from detachment.drafting._facts import SEVERAL, Facts
from detachment.drafting._known_answers import rank
from detachment.drafting._names import one_line, plain_words, prefix
from detachment.drafting._responses import CHOICE, MOST_CHOICES
from detachment.drafting._words import about
from detachment.exports import Export
from detachment.validation import normal_text

# Columns that the platform adds and that no analysis needs -> how the draft's comment calls them.
_PLATFORM = {
    "timing": "timing",
    "display_order": "display order",
    "metadata": "metadata",
    "status": "metadata",
    "progress": "metadata",
    "finished": "metadata",
}
_REFUSALS = "no not nein nicht non nee niet nao ne pas disagree decline refuse lehne false 0"
_WIDEST = 10  # of codes; greater numbers count something

EMPTY = "nobody answered"
CONSTANT = "everybody who answered gave the same answer"
REPEATED = "the heading stands over several columns; rename them in the file and draft again"
UNWRITABLE = "the heading cannot be told from another one"
DATES = "dates and times"
RARE = f"fewer than {SEVERAL} people chose it"
MISFIT = "no response scale fits all of its cells"


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What a column is for.

    Attributes
    ----------
    kind
        ``item``, ``column`` (metadata) or ``left_out``.
    role, type, more
        Of a metadata column: its role, its type, and the other keys of its entry.
    why
        Why it is left out.
    doubts
        What to check.
    """

    kind: Literal["item", "column", "left_out"]
    role: str = ""
    type: str = "string"
    more: Mapping[str, object] = field(default_factory=dict)
    why: str = ""
    doubts: tuple[str, ...] = ()


ITEM = Purpose(kind="item")
FREE_TEXT = Purpose(kind="column", role="free_text")


def left_out(why: str) -> Purpose:
    """Purpose of a column that the draft only counts."""
    return Purpose(kind="left_out", why=why)


def unclear_headings(export: Export) -> dict[str, str]:
    """Columns that no instrument file can name: their heading is not theirs alone."""
    alike = Counter(normal_text(name) for name in export.names)
    again = {*export.repeated, *export.repeated.values()}
    unclear = {}
    for name in export.names:
        written = " ".join(name.split())
        if name in again:
            unclear[name] = REPEATED
        elif not written or (written != name and alike[normal_text(name)] > 1):
            unclear[name] = UNWRITABLE
    return unclear


def purposes(columns: Sequence[Facts], keys: Mapping[str, str]) -> dict[str, Purpose]:
    """Guess what columns are for.

    Parameters
    ----------
    columns
        Facts of each, in the file's order.
    keys
        Column -> ``respondent_id``, ``wave``, ``dyad_id``, ``cluster`` or ``partner_role``, as
        found from all columns together.

    Returns
    -------
    dict
        Column -> purpose. An ``item`` is one until no response scale is found for it.
    """
    kinds = Counter(prefix(column.code) for column in columns)
    taken: set[str] = set()
    found: dict[str, Purpose] = {}
    for column in columns:
        purpose = _purpose(column, keys, in_block=kinds[prefix(column.code)] >= SEVERAL)
        if purpose.role in ("consent", "submitted_at", "duration_s"):
            if purpose.role in taken:  # an instrument has one of each
                by_platform = bool(column.variable.role)
                purpose = left_out("metadata") if by_platform else _other(column)
            else:
                taken.add(purpose.role)
        found[column.name] = purpose
    return found


def consent(column: Facts) -> dict[str, bool]:
    """Answer -> whether it is a yes, where a column asks for consent; empty where it does not."""
    if column.identifying or not 1 <= len(column.answers) <= 2 or column.variable.role:
        return {}
    if about(column.code, column.text) != "consent":
        return {}
    if not all(map(column.may_be_told, column.answers)) and column.numbers is None:
        return {}
    labels = column.labels()
    ranked = rank([*labels.values()])
    if ranked is not None:
        refused = [*labels][ranked.order[0]]
        return {answer: answer != refused for answer in labels}
    refusals = [a for a in labels if set(plain_words(labels[a]).split()) & set(_REFUSALS.split())]
    if len(labels) == 1:
        return {} if refusals else dict.fromkeys(labels, True)
    if len(refusals) != 1:  # most people consent
        refusals = [min(labels, key=column.answers.__getitem__)]
    return {answer: answer not in refusals for answer in labels}


def _purpose(column: Facts, keys: Mapping[str, str], *, in_block: bool) -> Purpose:
    role = column.variable.role
    if column.name in keys:
        return _key(column, keys[column.name])
    if role in _PLATFORM:
        return left_out(_PLATFORM[role])
    if column.identifying:
        return Purpose(kind="column", role="identifier")
    if not column.answers:
        return left_out(EMPTY)
    if role == "respondent_id":
        return left_out("metadata")
    if role:
        return _of_platform(column, role)
    if yes := consent(column):
        labels = {answer: str(said).lower() for answer, said in yes.items()}
        return Purpose(
            kind="column",
            role="consent",
            type="boolean",
            more={"labels": labels},
            doubts=("consent, and which answer refuses it",),
        )
    what = about(column.code, column.text, in_block=in_block)
    if what == "submitted_at" and column.dates:
        return _moment(column, doubts=("role",))
    if column.dates:
        return left_out(DATES)
    if what in ("respondent_id", "dyad_id") and len(column.answers) > MOST_CHOICES:
        return Purpose(kind="column", role="identifier", doubts=("role: whose id?",))
    if what in ("partner_role", "wave") and len(column.answers) <= MOST_CHOICES:
        return _category(column, "demographic")  # it does not fit the rows as what it is called
    if what == "group" and len(column.answers) <= MOST_CHOICES:
        return _category(column, "group")
    if what == "demographic" and not _rated(column):
        return _demographic(column)
    if what == "free_text" and column.numbers is None and not _rated(column):
        return FREE_TEXT
    return _other(column)


def _other(column: Facts) -> Purpose:
    """Purpose by the answers alone."""
    if _looks_like_id(column):
        return Purpose(kind="column", role="identifier", doubts=("it looks like an id",))
    if column.numbers is None and not column.variable.labels and _looks_free(column):
        return FREE_TEXT
    if column.dates:
        return left_out(DATES)
    return ITEM


def _key(column: Facts, role: str) -> Purpose:
    if role == "wave":
        kind = "integer" if column.integers is not None else "string"
        return Purpose(kind="column", role=role, type=kind, doubts=("role",))
    if role == "partner_role":
        return _category(column, role)
    return Purpose(
        kind="column", role=role, doubts=() if column.variable.role == role else ("role",)
    )


def _of_platform(column: Facts, role: str) -> Purpose:
    if role == "submitted_at":
        return _moment(column)
    if role == "duration_s":
        if column.numbers is None or min(column.numbers.values()) < 0:
            return left_out("metadata")
        more = {"unit": "seconds", "min": 0}
        return Purpose(kind="column", role=role, type="number", more=more)
    if role == "language":
        return Purpose(kind="column", role="demographic")
    return left_out("metadata")


def _moment(column: Facts, doubts: tuple[str, ...] = ()) -> Purpose:
    kind = "datetime" if column.iso_dates else "string"
    return Purpose(kind="column", role="submitted_at", type=kind, doubts=doubts)


def _rated(column: Facts) -> bool:
    """Whether the answers are ratings or choices: agreement, frequency, chosen or not."""
    labels = list(dict.fromkeys(column.labels().values()))
    ranked = rank(labels)
    if ranked is not None:
        return len(labels) > 2 or ranked.name == "chosen"
    return bool(labels) and set(labels) <= set(CHOICE.labels)


def _demographic(column: Facts) -> Purpose:
    few = len(column.answers) <= MOST_CHOICES
    integers = column.integers
    codes = integers is not None and min(integers, default=0) >= 0 and max(integers) <= _WIDEST
    if column.numbers is not None and not column.variable.labels and not codes:
        kind = "integer" if column.integers is not None else "number"
        return Purpose(kind="column", role="demographic", type=kind, doubts=("role, min and max",))
    if few:
        return _category(column, "demographic")
    return Purpose(kind="column", role="demographic", doubts=("role",))


def _category(column: Facts, role: str) -> Purpose:
    """Few categories are listed, unless one of them may be somebody's own words."""
    told = all(column.may_be_told(answer) and one_line(answer) for answer in column.answers)
    if column.numbers is None and not told:
        doubts = ("role; answers that few people gave are not listed under `allowed`",)
        return Purpose(kind="column", role=role, doubts=doubts)
    book = [c for c in column.variable.labels if c in column.answers]
    allowed = book if len(book) == len(column.answers) else list(column.answers)
    if column.integers is not None:
        allowed = sorted(allowed, key=lambda answer: (column.numbers or {})[answer])
    more: dict[str, object] = {"allowed": [one_line(answer) for answer in allowed]}
    said = {answer: one_line(column.variable.labels.get(answer, "")) for answer in allowed}
    labels = {answer: text for answer, text in said.items() if text not in ("", answer)}
    more |= {"labels": labels} if labels else {}
    return Purpose(
        kind="column",
        role=role,
        type="category",
        more=more,
        doubts=("role, allowed; add answers that nobody gave",),
    )


def _looks_like_id(column: Facts) -> bool:
    """Whether nearly everybody has a word or a long number of their own."""
    if not column.all_different or column.people < SEVERAL or column.variable.labels:
        return False
    if column.integers is not None:
        return min(map(len, column.answers)) >= 5
    words = [answer for answer in column.answers if " " not in answer]
    return column.numbers is None and len(words) == len(column.answers) and not column.dates


def _looks_free(column: Facts) -> bool:
    """Whether the answers are people's own words: many, long, or over several lines."""
    many = len(column.answers) > MOST_CHOICES and not _rated(column)
    return many or any("\n" in answer for answer in column.answers)
