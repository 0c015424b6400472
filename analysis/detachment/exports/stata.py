"""Stata .dta: codes as text, labels and extended missing values (.a to .z) in the code book.

Read with pyreadstat. An extended missing value stays in the table as Stata shows it (``.a``); the
plain one (``.``) is an empty cell. Formats as in Stata, "help dta", "help datetime" and "help
missing".
"""

import codecs
import io
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import ExportError, UsageError
from detachment.exports import qualtrics
from detachment.exports._source import Layout, Source
from detachment.exports._types import Variable
from detachment.exports._values import duration_text, moment_text, one_number

if TYPE_CHECKING:
    import pyreadstat

    _Meta = pyreadstat.metadata_container

NAME = "stata"

_DAY_ZERO = np.datetime64("1960-01-01")  # Stata counts from here
_PERIODS = {"w": 52, "m": 12, "q": 4, "h": 2}  # %tw, %tm, ...: how many a year has
_TIME = re.compile(r"%-?(?:t([a-zA-Z])|(d))(.*)")
_OF_A_DATE = re.compile(r"[CYNDJWcyndjw]|[Mm]on")  # codes of a display format: no M of minutes
_FARTHEST = 2e14  # milliseconds from day zero; what is farther is no moment (the year 8297)
_FIRST_IN_UTF_8 = 118  # the format of Stata 14; files from before do not say their encoding

_Texts = Callable[[str], str]


def detect(source: Source) -> str | None:
    """By the container alone."""
    return "Stata data file" if source.container == "dta" else None


def read(source: Source) -> Layout:
    """Read every variable as text; ``rows`` are the observation numbers that Stata shows."""
    if source.container != "dta":
        raise ExportError(
            f"{source.name} is no Stata file (.dta): it is {source.container}. Leave the platform "
            "out."
        )
    data, meta = _open(source)
    text, encoding, doubt = _decoder(source, data, meta)
    names = [text(name) for name in meta.column_names]
    frame = pd.DataFrame(
        {
            name: _as_text(data[original], meta, original, text)
            for name, original in zip(names, meta.column_names, strict=True)
        },
        columns=pd.Index(names, dtype="str"),
        dtype="str",
    )
    from_qualtrics = qualtrics.recognised(names)
    roles = qualtrics.column_roles(names) if from_qualtrics else [""] * len(names)
    variables = {
        name: _variable(meta, original, role, text)
        for name, original, role in zip(names, meta.column_names, roles, strict=True)
    }
    tests, unknown = qualtrics.test_rows(frame, variables)
    leap = [n for n, o in zip(names, meta.column_names, strict=True) if _kind(meta, o)[0] == "C"]
    if leap:
        unknown += (
            f"column(s) {', '.join(leap)}: moments that count leap seconds (%tC) were left as "
            "numbers; change their format to %tc in Stata with cofC()",
        )
    return Layout(
        frame=frame,
        rows=np.arange(1, len(frame) + 1, dtype=np.int64),
        variables=variables,
        header_rows=0,
        test_rows=tests,
        identifying=frozenset(n for n, v in variables.items() if v.role == "identifier"),
        encoding=encoding,
        warnings=doubt + unknown,
    )


def _open(source: Source) -> tuple[dict[str, list[Any]], "_Meta"]:
    """Values by column name and what the file says of them.

    Text comes one character a byte, whatever its encoding: pyreadstat leaves out what does not fit
    the encoding that it is told.
    """
    import pyreadstat  # here, not above: it costs a tenth of a second that a CSV file need not pay

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # two variables of one name: no file of Stata's
            data, meta = pyreadstat.read_dta(
                io.BytesIO(source.data),
                user_missing=True,
                disable_datetime_conversion=True,  # it fails beyond the year 9999
                output_format="dict",
                encoding="ISO-8859-1",
            )
    except (pyreadstat.ReadstatError, UnicodeDecodeError, UserWarning) as error:
        raise ExportError(
            f"{source.name} starts like a Stata file but is damaged or cut off ({error}). Save it "
            "again in Stata, or download it again."
        ) from error
    return data, meta


def _decoder(
    source: Source, data: dict[str, list[Any]], meta: "_Meta"
) -> tuple[_Texts, str | None, tuple[str, ...]]:
    """Make the function that reads the file's text; its encoding, where the file does not say it.

    Files since Stata 14 are in UTF-8. Of older ones nothing is known but what their bytes allow.
    """
    labels = [label for book in meta.value_labels.values() for label in book.values()]
    texts = [*meta.column_names, *filter(None, meta.column_labels), *labels]
    for name, column in data.items():
        if _is_text(meta, name) and not _is_long(meta, name):
            texts += column
    raw = "\n".join(sorted({text for text in texts if not text.isascii()})).encode("latin-1")
    if not raw and source.encoding is None:
        return str, None, ()
    codec = source.encoding or ("utf-8" if _in_utf_8(raw) else "cp1252")
    try:
        codecs.lookup(codec)
    except LookupError as error:
        raise UsageError(f"there is no encoding {codec!r}. Try utf-8 or cp1252.") from error

    def text(cell: str) -> str:
        return cell if cell.isascii() else cell.encode("latin-1").decode(codec, "replace")

    since_14 = _release(source.data) >= _FIRST_IN_UTF_8
    if source.encoding is not None or (since_14 and codec == "utf-8"):
        return text, source.encoding, ()
    if since_14:
        doubt = "text is not in UTF-8, which a file of this version must be: read as windows-1252"
    else:
        doubt = (
            "a Stata file from before Stata 14 does not say which encoding its text has: read as "
            f"{'UTF-8' if codec == 'utf-8' else 'windows-1252'}; if letters look wrong, name it "
            "with --encoding (encoding= in Python)"
        )
    return text, codec, (doubt,)


def _in_utf_8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _release(data: bytes) -> int:
    """Version of the file format: 118 since Stata 14, 117 of Stata 13, one byte before."""
    said = re.match(rb"<stata_dta><header><release>(\d+)</release>", data)
    return int(said[1]) if said else data[0]


def _is_text(meta: "_Meta", name: str) -> bool:
    return bool(meta.readstat_variable_types[name] == "string")


def _is_long(meta: "_Meta", name: str) -> bool:
    """Whether the variable is a strL, which pyreadstat hands over as UTF-8."""
    return bool(meta.variable_storage_width[name] == 0)


def _kind(meta: "_Meta", name: str) -> tuple[str, str]:
    """Letter of a date format (d of %td, c of %tc, ...; none: no date) and what it displays."""
    found = _TIME.match(str(meta.original_variable_types[name]))
    return ("", "") if found is None else (found[1] or found[2], found[3])


def _as_text(values: list[Any], meta: "_Meta", name: str, text: _Texts) -> NDArray[np.object_]:
    if _is_text(meta, name):
        read = str if _is_long(meta, name) else text
        return np.array([read(value or "") for value in values], dtype=object)
    # Letters among the numbers are extended missing values.
    kind = object if meta.missing_user_values.get(name) else np.float64
    codes, different = pd.factorize(np.array(values, dtype=kind))
    tagged = np.array([isinstance(value, str) for value in different], dtype=bool)
    numbers = np.array([0 if t else v for v, t in zip(different, tagged, strict=True)], dtype=float)
    if meta.readstat_variable_types[name] == "float":
        numbers = np.array([float(str(np.float32(n))) for n in numbers], dtype=float)
    texts = np.where(tagged, [f".{value}" for value in different], _written(numbers, meta, name))
    return np.append(texts.astype(object), "")[codes]


def _written(numbers: NDArray[np.float64], meta: "_Meta", name: str) -> NDArray[np.object_]:
    letter, display = _kind(meta, name)
    usual = np.array([one_number(n) for n in numbers.tolist()], dtype=object)
    if letter == "d":
        far = abs(numbers) > _FARTHEST / 86_400_000
        days = np.where(far, 0, np.floor(numbers)).astype("timedelta64[D]")
        return np.where(far, usual, moment_text(_DAY_ZERO + days))
    if letter == "c" and re.search("[Hh]", display) and not _OF_A_DATE.search(display):
        return np.array([duration_text(n / 1000) for n in numbers.tolist()], dtype=object)
    if letter == "c":
        far = abs(numbers) > _FARTHEST
        milliseconds = np.where(far, 0, np.round(numbers)).astype("timedelta64[ms]")
        return np.where(far, usual, moment_text(_DAY_ZERO + milliseconds))
    if letter in _PERIODS:
        year, part = np.divmod(numbers, _PERIODS[letter])
        return np.array(
            [f"{1960 + y:.0f}{letter}{p + 1:.0f}" for y, p in zip(year, part, strict=True)],
            dtype=object,
        )
    return usual


def _variable(meta: "_Meta", name: str, role: str, text: _Texts) -> Variable:
    book = meta.variable_value_labels.get(name, {})
    labels = {_code(key): text(str(label)) for key, label in book.items()}
    tagged = {f".{letter}" for letter in meta.missing_user_values.get(name, ())}
    tagged |= {key for key in labels if key.startswith(".")}
    return Variable(
        text=text(meta.column_names_to_labels.get(name) or ""),
        labels=labels,
        missing={key: labels.get(key, "") for key in sorted(tagged)},
        role=role,
    )


def _code(key: float | str) -> str:
    return f".{key}" if isinstance(key, str) else one_number(float(key))
