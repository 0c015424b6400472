"""Bytes in, characters out: byte order mark, UTF-16 by its zeros, strict UTF-8, then cp1252."""

import codecs
import re
from dataclasses import dataclass

from detachment.errors import ExportError, UsageError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Letters with accents within a word, where Mac OS Roman and where cp1252 have them.
_MAC_LETTERS = re.compile(rb"[a-z][\x87-\x90\x98-\x9f]")
_WINDOWS_LETTERS = re.compile(rb"[a-z][\xc0-\xff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Decoded text, without its byte order mark."""

    text: str
    encoding: str
    bom: bool
    warnings: tuple[str, ...] = ()


def decode(data: bytes, name: str, encoding: str | None = None) -> Text:
    r"""Decode a text file.

    Parameters
    ----------
    data
        Whole content.
    name
        Name of the file, for the messages.
    encoding
        What the user says it is; found out when None.

    Raises
    ------
    ExportError
        When the file is binary, holds nothing but blanks, or is not in the named ``encoding``.
    UsageError
        When there is no such encoding.

    Examples
    --------
    >>> decode("Q1;Q2\n5;né\n".encode("cp1252"), "a.csv").encoding
    'cp1252'
    """
    mark, found = next(((m, e) for m, e in _BOMS if data.startswith(m)), (b"", ""))
    body = data[len(mark) :]
    if encoding is not None:
        text, found, warnings = _named(body, encoding, name)
    elif (found := found or _utf16_by_zeros(data)).startswith("utf-16"):
        text, warnings = _utf16(body, found, name)
    elif b"\0" in body:
        raise _binary(name)
    else:
        text, found, warnings = _eight_bit(body, has_mark=bool(mark))
    if "\0" in text:
        raise _binary(name)
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise ExportError(f"{name} holds nothing but blanks. Export the data again.")
    if "\ufeff" in text:
        line = text.count("\n", 0, text.index("\ufeff")) + 1
        warnings += (
            f"a byte order mark stands inside the file (line {line}): two files may have been "
            "joined, with the headings of the second among the answers",
        )
    return Text(text=text, encoding=found, bom=bool(mark), warnings=warnings)


def _named(body: bytes, encoding: str, name: str) -> tuple[str, str, tuple[str, ...]]:
    try:
        codec = codecs.lookup(encoding).name
        return body.decode(codec), codec, ()
    except LookupError:
        raise UsageError(
            f"there is no encoding {encoding!r}. Usual ones: utf-8, cp1252, mac_roman, utf-16-le."
        ) from None
    except UnicodeDecodeError as error:
        raise ExportError(
            f"{name} is not {encoding} text (byte {error.start}). Leave the encoding out, to have "
            "it found."
        ) from None


def _eight_bit(body: bytes, *, has_mark: bool) -> tuple[str, str, tuple[str, ...]]:
    try:
        return body.decode("utf-8"), "ascii" if body.isascii() and not has_mark else "utf-8", ()
    except UnicodeDecodeError as error:
        before = body[: error.start]
        line = max(before.count(b"\n"), before.count(b"\r")) + 1
        if error.end == len(body) and error.reason == "unexpected end of data":
            return (
                body[: error.start].decode("utf-8"),
                "utf-8",
                ("the file ends inside a character: it is probably cut off",),
            )
        if has_mark:
            return (
                body.decode("utf-8", errors="replace"),
                "utf-8",
                (
                    f"the file says that it is UTF-8, but line {line} is not: "
                    "characters that cannot be read became \ufffd",
                ),
            )
        byte = body[error.start]
    try:
        mac = len(_MAC_LETTERS.findall(body)) > len(_WINDOWS_LETTERS.findall(body))
        encoding = "mac_roman" if mac else "cp1252"
        text = body.decode(encoding)
    except UnicodeDecodeError:
        text, encoding = body.decode("latin-1"), "latin-1"
    return (
        text,
        encoding,
        (
            f"not UTF-8 (byte 0x{byte:02x} in line {line}): read as {encoding}; check letters with "
            "accents, or export as UTF-8",
        ),
    )


def _utf16(body: bytes, encoding: str, name: str) -> tuple[str, tuple[str, ...]]:
    warnings: tuple[str, ...] = ()
    if len(body) % 2:
        body = body[:-1]
        warnings = ("the file ends inside a character: it is probably cut off",)
    try:
        return body.decode(encoding), warnings
    except UnicodeDecodeError as error:
        raise ExportError(
            f"{name} starts like {encoding.upper()} text but cannot be decoded (byte "
            f"{error.start}). Export it again, as UTF-8."
        ) from error


def _utf16_by_zeros(data: bytes) -> str:
    """UTF-16 without a mark: Western text has a zero in nearly every second byte."""
    head = data[:2000]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head) and even == 0:
        return "utf-16-le"
    if even > 0.4 * len(head) and odd == 0:
        return "utf-16-be"
    return ""


def _binary(name: str) -> ExportError:
    return ExportError(
        f"{name} is a binary file, not text, Excel or SPSS. Export the data from the survey "
        "platform as CSV."
    )
