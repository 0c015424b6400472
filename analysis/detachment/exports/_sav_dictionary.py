"""The dictionary of an SPSS system file, looked through before a library reads the file.

ReadStat trusts what a file says of itself: a label for a variable that is not there, or a text that
is not in the file's encoding, ends the whole process, and a number of cases is memory asked for. So
records are walked here first, and what does not hold together is refused. Layout as in the PSPP
developers' guide, "System File Format".
"""

import codecs
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from detachment.errors import ExportError

_HEADER: Final = 176
_VARIABLE, _LABELS, _LABELLED, _DOCUMENT, _EXTENSION, _END = 2, 3, 4, 6, 7, 999
_INTEGERS, _RESPONSE_SETS = 3, 7  # subtypes of an extension
_UNKNOWN: Final = 99  # a subtype that no reader knows, and skips
_MOST_VARIABLES: Final = 1 << 15
_MOST_ELEMENTS: Final = 1 << 21  # of eight bytes: a case of 16 MB
_MOST_CELLS: Final = 10**8
# Character codes that are no code page of the same number (those of Windows and of SPSS itself).
_CODECS: Final = {
    2: "cp1252",
    3: "cp1252",
    10000: "mac_roman",
    20127: "ascii",
    20866: "koi8_r",
    20932: "euc_jp",
    21866: "koi8_u",
    51932: "euc_jp",
    51936: "gbk",
    51949: "euc_kr",
    54936: "gb18030",
    65001: "utf-8",
    **{28590 + part: f"iso8859_{part}" for part in range(1, 16)},
}


@dataclass(slots=True)
class Dictionary:
    """What is needed of a dictionary.

    Attributes
    ----------
    codec
        Python's name for the file's encoding.
    texts
        Values of string variables that have labels.
    response_sets
        Places of the records that name sets of multiple responses.
    starts
        Place of a variable in a case, counted in elements from 0 -> whether it is a string.
    elements
        Elements of eight bytes in a case.
    unfinished
        How many of them the last variable still has to have.
    end
        First byte behind the dictionary.
    """

    codec: str = "utf-8"
    texts: list[bytes] = field(default_factory=list)
    response_sets: list[int] = field(default_factory=list)
    starts: dict[int, bool] = field(default_factory=dict)
    elements: int = 0
    unfinished: int = 0
    end: int = 0

    def readable_as(self, codec: str) -> bool:
        """Whether the values that have labels are text of an encoding."""
        return all(_is_text(text, codec) for text in self.texts)


def sav_dictionary(data: bytes, name: str) -> Dictionary:
    """Walk the dictionary of a .sav or .zsav file.

    Raises
    ------
    ExportError
        When a record reaches beyond the file, a label belongs to no variable, or there are more
        cases than the file can hold.
    """
    try:
        return _checked(data)
    except (_Damaged, struct.error, IndexError) as error:
        why = f" ({error})" if isinstance(error, _Damaged) else ""
        raise ExportError(
            f"{name} starts like an SPSS file but is damaged or cut off{why}. Save it again in "
            "SPSS, or download it again."
        ) from None


def without_broken_sets(data: bytes, dictionary: Dictionary) -> bytes:
    """Hide the sets of multiple responses that do not hold what they say: nobody checks later.

    A set of a kind that ReadStat does not know would cost the whole file besides.
    """
    changed = bytearray()
    for place in dictionary.response_sets:
        size, count = struct.unpack_from(_order(data) + "2I", data, place + 4)
        body = data[place + 12 : place + 12 + size * count]
        if not all(_is_set(line) for line in body.rstrip(b"\0\n ").split(b"\n")):
            changed = changed or bytearray(data)
            struct.pack_into(_order(data) + "i", changed, place, _UNKNOWN)
    return bytes(changed) if changed else data


def _is_set(line: bytes) -> bool:
    """Whether a line is ``$name=C 5 label v1 v2`` or ``$name=D1 1 5 label v1 v2``."""
    start = re.match(rb"\$[^=\s]+=(?:C|D(\d{1,3}) ) ?", line)
    if start is None:
        return False
    rest = line[start.end() :]
    if start[1] is not None:
        rest = rest[int(start[1]) :].removeprefix(b" ")
    length = re.match(rb"(\d{1,3}) ", rest)
    if length is None:
        return False
    behind = rest[length.end() :][int(length[1]) :]
    return re.fullmatch(rb"(?: [A-Za-z@#$][\w.@#$]*)+", behind) is not None


class _Damaged(Exception):
    """What is wrong with the file."""


def _order(data: bytes) -> str:
    for order in "<>":
        if struct.unpack_from(order + "i", data, 64)[0] in (2, 3):
            return order
    raise _Damaged("its header is no SPSS header")


def _checked(data: bytes) -> Dictionary:
    order = _order(data)
    found = Dictionary()
    place = _HEADER
    while True:
        (kind,) = struct.unpack_from(order + "i", data, place)
        place += 4
        if kind == _END:
            break
        if kind == _VARIABLE:
            place = _variable(data, order, place, found)
        elif kind == _LABELS:
            place = _value_labels(data, order, place, found)
        elif kind == _DOCUMENT:
            (lines,) = struct.unpack_from(order + "I", data, place)
            place += 4 + 80 * lines
        elif kind == _EXTENSION:
            place = _extension(data, order, place, found)
        else:
            raise _Damaged(f"there is no record of type {kind}")
        if place > len(data):
            raise _Damaged("a record reaches beyond its end")
    found.end = place + 4
    if not found.starts or found.unfinished:
        raise _Damaged("it has no variables, or the last one has no end")
    _check_cases(data, order, found)
    return found


def _variable(data: bytes, order: str, place: int, found: Dictionary) -> int:
    kind, labelled, missing, write_format = struct.unpack_from(order + "3i4xi", data, place)
    print_format = struct.unpack_from(order + "i", data, place + 12)[0]
    place += 28
    if labelled:
        (length,) = struct.unpack_from(order + "I", data, place)
        place += 4 + -(-length // 4) * 4
    if abs(missing) > 3:
        raise _Damaged("a variable has more than three missing values")
    place += 8 * abs(missing)
    if (kind >= 0) == (found.unfinished > 0):
        raise _Damaged("a variable is longer or shorter than it says")
    if kind >= 0:
        of_text = 1 in (print_format >> 16 & 0xFF, write_format >> 16 & 0xFF)
        found.starts[found.elements] = kind > 0 or of_text
        found.unfinished = max(1, -(-kind // 8))
    found.unfinished -= 1
    found.elements += 1
    if len(found.starts) > _MOST_VARIABLES or found.elements > _MOST_ELEMENTS:
        raise _Damaged("it has more variables than any survey")
    return place


def _value_labels(data: bytes, order: str, place: int, found: Dictionary) -> int:
    (count,) = struct.unpack_from(order + "I", data, place)
    place += 4
    values = []
    for _ in range(count):
        values.append(data[place : place + 8])
        place += 8 + (data[place + 8] + 8) // 8 * 8
    kind, count = struct.unpack_from(order + "iI", data, place)
    place += 8
    if kind != _LABELLED:
        raise _Damaged("value labels belong to no variable")
    if count > len(found.starts):
        raise _Damaged("value labels belong to more variables than there are")
    positions = struct.unpack_from(f"{order}{count}i", data, place)
    if not positions or any(position - 1 not in found.starts for position in positions):
        raise _Damaged("value labels belong to no variable")
    if found.starts[positions[-1] - 1]:
        found.texts += values
    return place + 4 * int(count)


def _extension(data: bytes, order: str, place: int, found: Dictionary) -> int:
    subtype, size, count = struct.unpack_from(order + "3I", data, place)
    body = place + 12
    if not size or not count:
        raise _Damaged("a record is empty")
    if subtype == _RESPONSE_SETS:
        found.response_sets.append(place)
    elif subtype == _INTEGERS and size * count == 32:
        (code,) = struct.unpack_from(order + "i", data, body + 28)
        found.codec = _CODECS.get(code, f"cp{code}")
    return body + int(size * count)


def _check_cases(data: bytes, order: str, found: Dictionary) -> None:
    compression, _, cases = struct.unpack_from(order + "3i", data, 72)
    left = len(data) - found.end
    if data.startswith(b"$FL3"):
        left = sum(_block_sizes(data, order, found.end))
        compression = 1
    # Compressed, an element takes one byte at least.
    most = left if compression else left // 8
    if cases * found.elements > most:
        raise _Damaged(f"it has fewer cases than the {cases} that it declares")
    if cases * len(found.starts) > _MOST_CELLS:
        raise _Damaged("it has more cases than any survey")


def _block_sizes(data: bytes, order: str, place: int) -> Iterator[int]:
    """Sizes to which the blocks of a .zsav unpack; zlib makes nothing 1100 times smaller."""
    _, trailer, length = struct.unpack_from(order + "3q", data, place)
    if not place < trailer <= len(data) - 24 or not 24 <= length <= len(data) - trailer:
        raise _Damaged("its blocks are not where they should be")
    for i in range((length - 24) // 24):
        start, whole, packed = struct.unpack_from(order + "8xq2i", data, trailer + 24 + 24 * i)
        if not place < start <= len(data) - packed or not 0 < packed <= whole <= 1100 * packed:
            raise _Damaged("its blocks are not where they should be")
        yield whole


def _is_text(value: bytes, codec: str) -> bool:
    value = value.rstrip(b" \0")
    if value.isascii():
        return True
    try:
        codecs.getincrementaldecoder(codec)().decode(value)  # a letter may be cut off at the end
    except (LookupError, UnicodeDecodeError):
        return False
    return True
