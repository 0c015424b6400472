"""SPSS .sav, .zsav and .por: codes as text, labels and declared missing values in the code book.

Read with pyreadstat. User-missing codes stay in the table: what they mean is for validation.
"""

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import ExportError, UsageError
from detachment.exports import qualtrics
from detachment.exports._grid import unique_headings
from detachment.exports._sav_dictionary import sav_dictionary, without_broken_sets
from detachment.exports._source import Layout, Source
from detachment.exports._types import Variable
from detachment.exports._values import duration_text, moment_text, number_text, one_number

if TYPE_CHECKING:
    import pyreadstat

NAME = "spss"

_CONTAINERS = ("sav", "zsav", "por")
_EPOCH = np.datetime64("1582-10-14T00:00:00", "ms")  # SPSS counts seconds from here
_DATES = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "QYR", "MOYR", "WKYR")
_MOMENTS = ("DATETIME", "YMDHMS")
_TIMES = ("TIME", "DTIME", "MTIME")


def detect(source: Source) -> str | None:
    """By the container alone."""
    return "SPSS system or portable file" if source.container in _CONTAINERS else None


def read(source: Source) -> Layout:
    """Read every variable as text; ``rows`` are the case numbers that SPSS shows."""
    if source.container not in _CONTAINERS:
        raise ExportError(
            f"{source.name} is no SPSS file (.sav, .zsav, .por): it is "
            f"{source.container}. Leave the platform out."
        )
    data, meta, warnings = _open(source)
    originals = [str(name) for name in data]
    names, changed = unique_headings(originals)
    kinds = {str(k): str(v) for k, v in meta.original_variable_types.items()}
    columns = {
        name: _as_text(data.iloc[:, i], kinds.get(original, ""))
        for i, (name, original) in enumerate(zip(names, originals, strict=True))
    }
    frame = pd.DataFrame(columns, columns=pd.Index(names, dtype="str"), dtype="str")
    from_qualtrics = qualtrics.recognised(names)
    roles = qualtrics.column_roles(names) if from_qualtrics else [""] * len(names)
    sets = _sets(meta)
    variables = {
        name: replace(_variable(meta, original, role, frame[name]), group=sets.get(original, ""))
        for name, original, role in zip(names, originals, roles, strict=True)
    }
    tests, unknown = qualtrics.test_rows(frame, variables)
    return Layout(
        frame=frame,
        rows=np.arange(1, len(frame) + 1, dtype=np.int64),
        variables=variables,
        header_rows=0,
        test_rows=tests,
        identifying=frozenset(n for n, v in variables.items() if v.role == "identifier"),
        encoding=meta.file_encoding,
        warnings=warnings + changed + unknown,
    )


def _open(source: Source) -> "tuple[pd.DataFrame, pyreadstat.metadata_container, tuple[str, ...]]":
    import pyreadstat  # here, not above: it costs a tenth of a second that a CSV file need not pay

    # Moments stay numbers here: pyreadstat's own conversion fails beyond the year 9999.
    try:
        if source.container == "por":
            return *pyreadstat.read_por(
                io.BytesIO(source.data), disable_datetime_conversion=True
            ), ()
        return _sav(source)
    except (pyreadstat.ReadstatError, ValueError, MemoryError) as error:
        if isinstance(error, ExportError):
            raise
        if "character set" in str(error) and source.encoding is not None:
            raise UsageError(
                f"SPSS files cannot be read as {source.encoding!r}. Usual encodings: utf-8, cp1252."
            ) from error
        # What pyreadstat itself says can hold a text of the file; what ReadStat says cannot.
        why = f" ({error})" if isinstance(error, pyreadstat.ReadstatError) else ""
        raise ExportError(
            f"{source.name} starts like an SPSS file but is damaged or cut off{why}. Save it "
            "again in SPSS, or download it again."
        ) from error


def _sav(source: Source) -> "tuple[pd.DataFrame, pyreadstat.metadata_container, tuple[str, ...]]":
    """Read in the encoding that the file names; where its texts are in another, as windows-1252."""
    import pyreadstat

    dictionary = sav_dictionary(source.data, source.name)
    data = without_broken_sets(source.data, dictionary)

    def read(encoding: str | None) -> "tuple[pd.DataFrame, pyreadstat.metadata_container]":
        return pyreadstat.read_sav(
            io.BytesIO(data), user_missing=True, disable_datetime_conversion=True, encoding=encoding
        )

    if source.encoding is not None:
        return *read(source.encoding), ()
    if dictionary.readable_as(dictionary.codec):
        try:
            return *read(None), ()
        except pyreadstat.ReadstatError as error:
            if "encoding" not in str(error):
                raise
    if not dictionary.readable_as("cp1252"):
        raise ExportError(
            f"{source.name} holds text that is not in the encoding that it names. Save it again in "
            "SPSS, in Unicode mode."
        )
    warning = "text is not in the encoding that the file names: read as windows-1252"
    return *read("WINDOWS-1252"), (warning,)


def _as_text(column: pd.Series, kind: str) -> NDArray[np.object_]:
    if not pd.api.types.is_numeric_dtype(column):
        return column.fillna("").astype(str).to_numpy(dtype=object)
    values = column.to_numpy(dtype=np.float64)
    word = kind.rstrip("0123456789.")
    if word in _DATES:
        return _moments(values, "D")
    if word in _MOMENTS:
        return _moments(values, "ms")
    if word in _TIMES:
        return _durations(values)
    return number_text(values)


def _moments(seconds: NDArray[np.float64], unit: str) -> NDArray[np.object_]:
    known = np.isfinite(seconds)
    milliseconds = np.where(known, np.round(seconds * 1000), 0).astype("timedelta64[ms]")
    moments = np.where(known, _EPOCH + milliseconds, np.datetime64("NaT"))
    return moment_text(moments.astype(f"datetime64[{unit}]"))


def _durations(seconds: NDArray[np.float64]) -> NDArray[np.object_]:
    return np.array([duration_text(s) if np.isfinite(s) else "" for s in seconds], dtype=object)


def _sets(meta: "pyreadstat.metadata_container") -> dict[str, str]:
    """Variable -> the multiple response set that it belongs to, by the set's label or name."""
    sets: dict[str, str] = {}
    for name, known in reversed(meta.mr_sets.items()):
        sets |= dict.fromkeys(known["variable_list"], str(known["label"] or name))
    return sets


def _variable(
    meta: "pyreadstat.metadata_container", name: str, role: str, cells: "pd.Series[str]"
) -> Variable:
    labels = {_code(k): str(v) for k, v in meta.variable_value_labels.get(name, {}).items()}
    missing: dict[str, str] = {}
    ranges: list[tuple[float, float]] = []
    entries: list[Any] = meta.missing_ranges.get(name, [])
    for entry in entries:
        low, high = entry["lo"], entry["hi"]
        if low == high:
            missing[_code(low)] = labels.get(_code(low), "")
        else:
            ranges.append((float(low), float(high)))
    variable = Variable(
        text=str(meta.column_names_to_labels.get(name) or ""),
        labels=labels,
        missing=missing,
        missing_ranges=tuple(ranges),
        role=role,
    )
    if not _is_ordered(str(meta.variable_measure.get(name)), variable, cells):
        return variable
    return replace(variable, labels=dict(sorted(labels.items(), key=_place)), ordered=True)


def _is_ordered(measure: str, variable: Variable, cells: "pd.Series[str]") -> bool:
    """Whether the codes are an order: an ordinal level, or a scale that is labelled here and there.

    The level "scale" alone says nothing: it is what SPSS and R give to every number, also to the
    codes of words in alphabetical order.
    """
    try:
        codes = [float(c) for c in variable.labels if not _is_missing(float(c), c, variable)]
        if measure != "scale" or len(codes) < 2:
            return measure == "ordinal" and len(codes) > 1
        given = [float(cell) for cell in cells.unique() if cell]
    except ValueError:  # text, not numbers
        return False
    return any(min(codes) < value < max(codes) and value not in codes for value in given)


def _is_missing(number: float, code: str, variable: Variable) -> bool:
    inside = any(low <= number <= high for low, high in variable.missing_ranges)
    return inside or code in variable.missing


def _place(label: tuple[str, str]) -> float:
    return float(label[0])


def _code(value: float | str) -> str:
    return value.rstrip() if isinstance(value, str) else one_number(float(value))
