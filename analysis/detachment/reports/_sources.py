"""Where what a report was made from is: its export, its code books, its instrument."""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detachment.errors import DetachmentError, DetachmentWarning, InstrumentError
from detachment.reports._publish import sha256

if TYPE_CHECKING:
    from detachment.instruments import Instrument
    from detachment.validation import Survey

_TOO_LARGE = 10_000_000  # bytes; no instrument file comes near it
_READING = {"platform", "sheet", "member", "encoding", "codebook", "missing_codes", "strict"}


class Unverifiable(Exception):
    """Why a report cannot be made again."""


def read_again(
    manifest: Mapping[str, Any],
    places: Iterable[Path],
    *,
    export: Path | None,
    instrument: "str | Path | Instrument | None",
) -> "Survey":
    """Read the answers from which a report was made, as they were read then.

    Parameters
    ----------
    manifest
        Of the report.
    places
        Folders to look in.
    export
        The file, or a folder that holds it, where it lies elsewhere.
    instrument
        Id or file, where it lies elsewhere.

    Raises
    ------
    Unverifiable
        When a file is not there, or is another one.
    """
    from detachment.validation import exclude, read_survey

    places = [*([export] if export is not None and export.is_dir() else []), *places]
    call, source = manifest["call"], manifest["input"]
    reading = call["read"]
    if reading is None or source["sha256"] is None:
        raise Unverifiable(
            "it was made from a table in memory, of which there is no file to read again"
        )
    if unknown := sorted(set(reading) - _READING):
        raise Unverifiable(f"it was read with options that are not known here: {unknown}")
    file = _export(source, places, export)
    declared = _instrument(manifest["instrument"], [*places, file.parent], instrument)
    books = [
        _book(name, source["code_books"], [file.parent, *places]) for name in reading["codebook"]
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        try:
            survey = read_survey(file, instrument=declared, **{**reading, "codebook": books})
            for rules in call["exclude"]:
                survey = exclude(survey, rules=rules)
        except DetachmentError as error:
            raise Unverifiable(f"the data cannot be read as they were: {error}") from error
    if survey.provenance["code_books"] != source["code_books"]:
        raise Unverifiable(
            "the code books beside the data are others than they were: then "
            f"{_named(source['code_books'])}, now {_named(survey.provenance['code_books'])}"
        )
    # The file may have another name by now.
    return replace(survey, provenance={**survey.provenance, "file": source["file"]})


def _export(source: Mapping[str, Any], places: Iterable[Path], given: Path | None) -> Path:
    name = Path(str(source["file"])).name
    if given is not None and not given.is_dir():
        if not given.is_file():
            raise Unverifiable(f"there is no file {given}")
        if sha256(given.read_bytes()) != source["sha256"]:
            raise Unverifiable(f"{given.name} is not the file from which it was made ({name})")
        return given
    others = None
    for folder in dict.fromkeys(places):
        path = folder / name
        if path.is_file():
            if sha256(path.read_bytes()) == source["sha256"]:
                return path
            others = path
    where = "Say where it is with --export (export= in Python)"
    if others is not None:
        raise Unverifiable(
            f"the file {others} is not the one from which it was made: it has changed since, or "
            f"another has its name. {where}"
        )
    raise Unverifiable(
        f"the export {name} is not beside the report nor in the current folder. {where}"
    )


def _book(name: str, known: Mapping[str, str], places: Iterable[Path]) -> Path:
    for folder in dict.fromkeys(places):
        path = folder / Path(name).name
        if path.is_file() and sha256(path.read_bytes()) == known.get(name):
            return path
    raise Unverifiable(f"the code book {name} is not beside the data, or has changed")


def _instrument(
    known: Mapping[str, Any],
    places: Iterable[Path],
    given: "str | Path | Instrument | None",
) -> "Instrument":
    from detachment.instruments import Instrument, list_instruments, read_instrument

    what = f"{known['id']} {known['version']}"
    if given is not None:
        declared = given if isinstance(given, Instrument) else read_instrument(given)
        if declared.sha256 != known["sha256"]:
            raise Unverifiable(
                f"the instrument given is not the one that it was made with ({what})"
            )
        return declared
    if known["id"] in list_instruments():
        shipped = read_instrument(known["id"])
        if shipped.sha256 == known["sha256"]:
            return shipped
    for folder in dict.fromkeys(places):
        for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
            small = path.is_file() and path.stat().st_size < _TOO_LARGE
            if small and sha256(path.read_bytes()) == known["sha256"]:
                try:
                    return read_instrument(path)
                except InstrumentError as error:
                    raise Unverifiable(f"its instrument is not valid any more: {error}") from error
    raise Unverifiable(
        f"the instrument {what} is neither among those that come along nor in a file beside the "
        "report, unchanged. Say where it is with --instrument (instrument= in Python)"
    )


def _named(books: object) -> str:
    return ", ".join(sorted(books)) or "none" if isinstance(books, Mapping) else "none"
