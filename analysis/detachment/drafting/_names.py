"""Headings and question texts as words, and ids made of them."""

import re
import unicodedata
from collections.abc import Container
from html import unescape

from detachment.validation import question_key

_LONGEST = 40
_CODE_LIKE = re.compile(r"[^\s?!,;]{1,40}")
# Words that say little about what a question asks, by language.
FILLERS = {
    "en": "a an and are as at be by do does for from have how i in is it my of on or our that the "
    "this to we what which with you your",
    "de": "das dem den der des die ein eine einer es haben ich ihr im in ist mein meine mit sie "
    "sind und von was wie wir zu",
    "es": "con de del el en es la las lo los mi para que se su sus tu un una y",
    "fr": "de des du elle en est et il je la le les mon ma que qui un une vous votre",
    "nl": "de een en het hoe ik in is mijn met niet of op te u uw van voor wat zijn",
    "pt": "a as com da de do e em eu meu minha não o os para que se um uma você",
    "it": "che con da del della di e è gli il io la le lo mia mio per quanto si tuo un una",
}
_SMALL = frozenset(word for words in FILLERS.values() for word in words.split())


def plain_words(text: str) -> str:
    """Words only, without accents and markup, in lower case.

    Examples
    --------
    >>> plain_words("<b>Très d'accord!</b>"), plain_words("demo_age")
    ('tres d accord', 'demo age')
    """
    letters = unicodedata.normalize("NFKD", question_key(text).replace("_", " "))
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def one_line(text: str) -> str:
    """Text as a person reads it: no markup, no entity, no line break."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def is_code(heading: str) -> bool:
    """Whether a heading is a short code (``Q3_1``), not words."""
    return _CODE_LIKE.fullmatch(heading) is not None


def prefix(heading: str) -> str:
    """What a code shares with its neighbours: all but its last number, and what follows ``__``.

    Examples
    --------
    >>> prefix("Q3_1"), prefix("sign_01_talk"), prefix("sign_01_talk__partner"), prefix("consent")
    ('Q3', 'sign', 'sign__partner', '')
    >>> prefix("QMIQ02[QMI01]"), prefix("scaleA1")
    ('QMIQ02', 'scaleA')
    """
    if not is_code(heading):
        return ""
    if subquestion := re.fullmatch(r"([^\[]+)\[[^\[\]]+\](\[[^\[\]]+\])?", heading):
        return subquestion.group(1) + (subquestion.group(2) or "")
    name, form, tail = heading.partition("__")
    numbers = list(re.finditer(r"\d+", name))
    if not numbers:
        return ""
    return name[: numbers[-1].start()].rstrip("_.:-[( ") + form + tail


def slug(heading: str, text: str = "") -> str:
    """Id from a heading that is a code, or else from the first telling words of a text.

    Empty where neither has a letter or number that an id can be made of.

    Examples
    --------
    >>> slug("Q3_1"), slug("I feel close to my partner."), slug("unnamed_7", "Do you snore?")
    ('q3_1', 'feel_close_partner', 'snore')
    """
    said_nothing = re.fullmatch(r"unnamed_\d+", heading) and text
    if is_code(heading) and not said_nothing:
        words = re.findall(r"[a-z0-9]+", plain_words(heading))
    else:
        said = re.findall(r"[a-z0-9]+", plain_words(text or heading))
        words = [word for word in said if word not in _SMALL] or said
    short = ""
    for word in words:
        if short and len(short) + 1 + len(word) > _LONGEST:
            break
        short = f"{short}_{word}".strip("_")[:_LONGEST]
    return f"q{short}" if short[:1].isdigit() else short


def unique(name: str, taken: Container[str]) -> str:
    """``name``, or ``name_2`` and so on where it is taken.

    Examples
    --------
    >>> unique("trust", {"trust", "trust_2"})
    'trust_3'
    """
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate
