"""The sample as a workbook that somebody keeps: a sheet of answers, a sheet of what was asked."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Final

import openpyxl

from detachment.instruments import Instrument
from detachment.simulation import _population as pop
from detachment.simulation._sample import NOT_REACHED, Sample
from detachment.simulation.platforms._records import SAID, records

NAME: Final = "excel"
_STOPPED: Final = dt.datetime(2026, 3, 1)
_MODIFIED: Final = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")

_Cell = str | int | bool | dt.datetime | None


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """One workbook."""
    return {"couples.xlsx": excel_bytes(sample, instrument)}


def excel_bytes(sample: Sample, instrument: Instrument) -> bytes:
    """Contents of the .xlsx file; the same sample and openpyxl give the same bytes."""
    frame = sample.responses.astype(object).where(sample.responses.notna(), None)
    frame["submitted_at"] = records(sample, instrument).ended.tolist()
    frame["consent"] = frame["consent"] == 1
    answers: list[Sequence[_Cell]] = [[*map(str, frame)], *frame.to_numpy(dtype=object).tolist()]
    return _workbook({"Answers": answers, "Code book": _book(instrument)})


def _book(instrument: Instrument) -> Iterable[Sequence[_Cell]]:
    """One row an answer of each item: the code and what it means."""
    yield "column", "question", "code", "meaning"
    for name in pop.PRESENTED:
        scale = instrument.response_scale(name)
        answers = zip(scale.values, scale.labels, strict=True)
        for code, label in (*answers, *SAID.items(), (NOT_REACHED, "Not reached")):
            yield name, instrument.items[name].text, int(code), label


def _workbook(sheets: dict[str, Iterable[Sequence[_Cell]]]) -> bytes:
    """Workbook without the clock that is written into its properties and its archive."""
    book = openpyxl.Workbook(write_only=True)
    book.properties.creator = "Simulated; no real people"
    book.properties.created = _STOPPED
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    saved, fixed = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as archive, zipfile.ZipFile(fixed, "w") as copy:
        for part in archive.namelist():
            content = archive.read(part)
            if part == "docProps/core.xml":
                stopped = f"{_STOPPED.isoformat()}Z".encode()
                content = _MODIFIED.sub(rb"\g<1>" + stopped, content)
            entry = zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 0  # else it says on which kind of machine it was written
            copy.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
