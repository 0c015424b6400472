"""The sample as Google Forms gives it: the CSV of the form, and its sheet as CSV and Excel file."""

import datetime as dt
from typing import Final

import numpy as np

from detachment.instruments import Instrument
from detachment.simulation._sample import Sample
from detachment.simulation.platforms._forms import ARGUE, argued, joined
from detachment.simulation.platforms._records import Records, pages, records
from detachment.simulation.platforms._text import delimited
from detachment.simulation.platforms._workbook import workbook

NAME: Final = "google_forms"
_ZONE: Final = 2  # hours that the form's owner is ahead of UTC; the sheet is set to UTC
_CONSENT: Final = "I agree"


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """CSV of the form (as it lies in the zip archive), CSV of the sheet, workbook of the sheet."""
    taken = records(sample, instrument)
    order = np.argsort(taken.ended, kind="stable").tolist()
    ended = taken.ended.astype(dt.datetime)
    local = [_in_form(moment + dt.timedelta(hours=_ZONE)) for moment in ended]
    american = [f"{m.month}/{m.day}/{m.year} {m.hour}:{m:%M:%S}" for m in ended]
    chosen = argued(sample)
    direct = _columns(taken, instrument, "Username", joined(chosen, ";"))
    sheet = _columns(taken, instrument, "Email Address", joined(chosen, ", "))

    def rows(columns: dict[str, list[str]]) -> list[list[str]]:
        body = list(zip(*columns.values(), strict=True))
        return [list(columns), *(list(body[i]) for i in order)]

    heading, *records_ = rows(sheet)
    moments = [ended[i] for i in order]
    book = [["Timestamp", *heading], *([m, *r] for m, r in zip(moments, records_, strict=True))]
    return {
        "couples.csv": delimited(
            rows({"Timestamp": local} | direct), newline="\r\n", quote_all=True
        ),
        "couples (Responses) - Form Responses 1.csv": delimited(
            rows({"Timestamp": american} | sheet), newline="\r\n"
        ),
        "couples (Responses).xlsx": workbook(book, sheet="Form Responses 1"),
    }


def _in_form(moment: dt.datetime) -> str:
    """Year first, hour without a zero, the owner's time zone; of all languages the same."""
    hour = moment.hour % 12 or 12
    return (
        f"{moment:%Y/%m/%d} {hour}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'} GMT+{_ZONE}"
    )


def _columns(
    taken: Records, instrument: Instrument, address: str, choices: list[str]
) -> dict[str, list[str]]:
    """Heading -> cells. Grids for the pages of several items: "Question [Row]"."""
    codes = taken.people["respondent_id"]
    columns = {address: [f"{code.lower()}@example.org" for code in codes]}
    columns |= {str(name): taken.people[name].tolist() for name in taken.people}
    columns["consent"] = [_CONSENT] * len(codes)
    for page, items in pages(instrument).items():
        title = page.replace("_", " ").strip().capitalize()
        for item in items:
            text = instrument.items[item].text
            grid = len(items) > 1
            heading = f"{title}: what fits best? [{text}]" if grid else text
            columns[heading] = taken.labels[item].tolist()
    return columns | {ARGUE: choices}
