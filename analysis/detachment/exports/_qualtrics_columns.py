"""Columns of a Qualtrics export: what each is for, and which belong to one question.

ImportIds are QIDn for a question, QIDn_m for a statement of a matrix (QIDn#k_m for the k-th column
of a side by side), QIDn with a choiceId for a choice of several, QIDn_TEXT or QIDn_m_TEXT for
typed text, QIDn_DO for an order of display; "2_" before it is the second pass of a loop. Exports of
2016 write hyphens for the underscores.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from detachment.exports._cells import different_texts

METADATA = {
    "StartDate": "metadata",
    "EndDate": "submitted_at",
    "RecordedDate": "submitted_at",
    "Status": "status",
    "IPAddress": "identifier",
    "Progress": "progress",
    "Duration (in seconds)": "duration_s",
    "Duration__in_seconds_": "duration_s",  # as a name in SPSS
    "Finished": "finished",
    "ResponseId": "respondent_id",
    "ResponseID": "respondent_id",
    "ResponseSet": "metadata",
    "Name": "identifier",
    "EmailAddress": "identifier",
    "RecipientLastName": "identifier",
    "RecipientFirstName": "identifier",
    "RecipientEmail": "identifier",
    "ExternalReference": "identifier",
    "ExternalDataReference": "identifier",
    "LocationLatitude": "identifier",
    "LocationLongitude": "identifier",
    "LocationAccuracy": "metadata",
    "DistributionChannel": "metadata",
    "UserLanguage": "language",
    "Q_Language": "language",
}
# ImportIds of the same columns, where the heading was changed.
IMPORT_IDS = {
    "startDate": "StartDate",
    "endDate": "EndDate",
    "recordedDate": "RecordedDate",
    "status": "Status",
    "ipAddress": "IPAddress",
    "progress": "Progress",
    "duration": "Duration (in seconds)",
    "finished": "Finished",
    "_recordId": "ResponseId",
    "responseId": "ResponseID",
    "responseSetId": "ResponseSet",
    "recipientLastName": "RecipientLastName",
    "recipientFirstName": "RecipientFirstName",
    "recipientEmail": "RecipientEmail",
    "externalDataReference": "ExternalDataReference",
    "panel-RecipientLastName": "RecipientLastName",
    "panel-RecipientFirstName": "RecipientFirstName",
    "panel-RecipientEmail": "RecipientEmail",
    "panel-ExternalDataReference": "ExternalDataReference",
    "locationLatitude": "LocationLatitude",
    "locationLongitude": "LocationLongitude",
    "Location-LocationLatitude": "LocationLatitude",
    "Location-LocationLongitude": "LocationLongitude",
    "distributionChannel": "DistributionChannel",
    "userLanguage": "UserLanguage",
}

_TIMING = re.compile(r"_(first.click|last.click|page.submit|click.count)$", re.IGNORECASE)
_ORDER = re.compile(r"_DO(_.+)?$")

_IQ = re.compile(
    r".+ - (Parent Topics?|Topics?|Topic \w.*|Sentiment( \w.*)?|Actionability|Effort|Emotions?.*)$"
)
_ADDED = re.compile(r"Q_[A-Z]\w+|SC\d+|SC_\w+")  # what fraud detection and scoring add
_PLATFORM_ID = re.compile(  # what a person's browser is, files sent, and what text analysis adds
    r"^QID\d+_(BROWSER|VERSION|OS|RESOLUTION|FILE_(ID|NAME|SIZE|TYPE))$|_TEXT_[0-9a-f]{12,}\w*$"
)
_QUESTION = re.compile(r"(?:(?P<loop>\w+?)_)?(?P<id>QID\d+(?:#\d+)?)(?P<part>(?:_x?\d+)*)")
_LOOPED = re.compile(r"\d+_(.+)")
_NUMBERED = re.compile(r"(.+?)(?:_x?\d+){1,2}")
_PROSE = r"\s*\S+\s+\S+\s+\S.*"
_SHARE = 0.1  # of different texts that must be prose
UNANSWERED = "-99"  # "recode seen but unanswered questions" in the export dialog
_CODES = r"\s*-?\d+(?:,-?\d+)*\s*"


def roles(names: Sequence[str], import_ids: Sequence[str] = ()) -> list[str]:
    """Role of each column, by its name and its ImportId."""
    found = []
    for i, name in enumerate(names):
        import_id = plain_id(import_ids[i]) if import_ids else ""
        either = import_id or name
        if name in METADATA:
            both = name == "EndDate" and "RecordedDate" in names
            found.append("metadata" if both else METADATA[name])
        elif _TIMING.search(either):
            found.append("timing")
        elif _ORDER.search(either):
            found.append("display_order")
        elif _PLATFORM_ID.search(import_id) or _IQ.fullmatch(name) or _ADDED.fullmatch(either):
            found.append("metadata")
        elif name.endswith("_TEXT"):
            found.append("free_text")
        else:
            found.append("")
    return found


def plain_id(import_id: str) -> str:
    """ImportId with underscores, as it is written since 2017."""
    return import_id.replace("-", "_") if import_id.startswith("QID") else import_id


def is_prose(import_id: str, cells: "pd.Series[str]") -> bool:
    """Whether a question takes typed text and got sentences, not numbers, codes or single words."""
    if not plain_id(import_id).endswith("_TEXT"):
        return False
    texts = different_texts(cells)
    texts = texts[texts.str.strip() != ""]
    return bool(texts.str.fullmatch(_PROSE, flags=re.DOTALL).mean() >= _SHARE)


def several_codes(cells: "pd.Series[str]") -> tuple[str, ...]:
    """Codes of the choices where a cell holds several of them ("1,3,4"), in order; else nothing."""
    texts = different_texts(cells).str.strip()
    texts = texts[~texts.isin(["", UNANSWERED])]
    lists = texts[texts.str.contains(",", regex=False)]
    if lists.empty or not texts.str.fullmatch(_CODES).all():
        return ()
    split = [text.split(",") for text in texts]
    if any(len(set(codes)) < len(codes) for codes in split):
        return ()
    return tuple(sorted({code for codes in split for code in codes}, key=int))


def takes_several(mark: Mapping[str, str]) -> bool:
    """Whether the column may hold several choices: a whole question, or one without an ImportId."""
    import_id = plain_id(mark.get("ImportId", ""))
    known = _QUESTION.fullmatch(import_id)
    return not import_id or (known is not None and not known["part"] and "choiceId" not in mark)


def groups(
    names: Sequence[str],
    texts: Sequence[str],
    marks: Sequence[Mapping[str, str]],
    of_questions: Sequence[bool],
) -> list[str]:
    """Group of each column: the stem that the statements of one question share, else its name.

    Parameters
    ----------
    names, texts, marks
        Headings, question texts ("stem - statement"), and what the third row says.
    of_questions
        Which columns answer questions; the others are in no group.
    """
    members: dict[_Key, list[int]] = {}
    for i, (name, mark) in enumerate(zip(names, marks, strict=True)):
        key = _question(name, mark) if of_questions[i] else None
        if key is not None:
            members.setdefault(key, []).append(i)
    found = [""] * len(names)
    taken: set[str] = set()
    for key, places in members.items():
        stem = "" if key.passes else _stem([texts[i] for i in places])
        if len(places) < 2 or not (stem or key.sure):
            continue
        tag = "" if key.passes else _shared([names[i] for i in places]).rstrip("_#. ")
        tag = tag or key.name
        title = f"{stem} ({tag})" if stem in taken else stem or tag
        taken.add(title)
        for i in places:
            found[i] = title
    return found


class _Key(NamedTuple):
    """What the columns of one question share.

    ``sure`` where more than a number in the heading says so; ``passes`` where one question was
    asked again in each pass of a loop.
    """

    name: str
    sure: bool = True
    passes: bool = False


def _question(name: str, mark: Mapping[str, str]) -> _Key | None:
    import_id = plain_id(mark.get("ImportId", ""))
    known = _QUESTION.fullmatch(import_id)
    looped = _LOOPED.fullmatch(name)
    if known is not None:
        loop, question = known["loop"] or "", known["id"]
        if known["part"] or "choiceId" in mark:
            return _Key(f"{loop}_{question}".lstrip("_"))
        return _Key(looped[1] if looped else question, passes=True) if loop else None
    numbered = _NUMBERED.fullmatch(name)
    if import_id:
        return None
    # A number in a heading proves nothing by itself: the texts must share a stem too.
    if numbered:
        return _Key(numbered[1], sure=False)
    return _Key(looped[1], passes=True) if looped else None


def _stem(texts: Sequence[str]) -> str:
    """What stands before the statement in all texts; legacy exports have no blanks around it."""
    shared = _shared(texts)
    for between in (" - ", "-"):
        stem = shared.rpartition(between)[0].removesuffix(" - Selected Choice").strip()
        if stem:
            return stem
    return ""


def _shared(texts: Sequence[str]) -> str:
    """Longest beginning that all texts have."""
    first, last = min(texts), max(texts)
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return first[: len(list(same))]
