"""The sample as the workbook that Microsoft Forms gives: numbers, moments and words in cells."""

import datetime as dt
from typing import Final

import numpy as np

from detachment.instruments import Instrument
from detachment.simulation._sample import Sample
from detachment.simulation._streams import stream
from detachment.simulation.platforms._forms import ARGUE, argued, joined
from detachment.simulation.platforms._records import Records, pages, records
from detachment.simulation.platforms._workbook import workbook

NAME: Final = "microsoft_forms"
_METADATA: Final = ("ID", "Start time", "Completion time", "Email", "Name", "Last modified time")
_ANONYMOUS: Final = 0.5
_NO_BREAK_SPACE: Final = "\u00a0"  # stands at the end of many headings
_CONSENT: Final = "I agree"

Cell = str | int | dt.datetime


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """One workbook with one sheet."""
    taken = records(sample, instrument)
    order = np.argsort(taken.ended, kind="stable")
    columns = _questions(taken, instrument) | {
        ARGUE: [f"{cell};" if cell else "" for cell in joined(argued(sample), ";")]
    }
    known = stream(sample.seed, "microsoft_forms", "identifiers").random(len(order)) >= _ANONYMOUS
    codes = taken.people["respondent_id"].tolist()
    started, ended = (moments.astype(dt.datetime) for moments in (taken.started, taken.ended))
    body: list[list[Cell]] = [
        [
            number,
            started[i],
            ended[i],
            f"{codes[i].lower()}@example.org" if known[i] else "anonymous",
            f"Person Invented-{codes[i]}" if known[i] else "",
            "",
            *(cells[i] for cells in columns.values()),
        ]
        for number, i in enumerate(order.tolist(), start=1)
    ]
    heading: list[Cell] = [*_METADATA, *columns]
    return {"couples.xlsx": workbook([heading, *body], sheet="Sheet1")}


def _questions(taken: Records, instrument: Instrument) -> dict[str, list[Cell]]:
    """Heading -> cells; a Likert question's row is headed by its statement."""
    columns: dict[str, list[Cell]] = {
        str(name): [int(cell) if cell.isdecimal() else cell for cell in taken.people[name]]
        for name in taken.people
    }
    columns["consent"] = [_CONSENT] * len(taken.people)
    items = [item for page in pages(instrument).values() for item in page]
    for position, item in enumerate(items):
        end = _NO_BREAK_SPACE if position % 3 == 1 else ""
        columns[instrument.items[item].text + end] = taken.labels[item].tolist()
    return columns
