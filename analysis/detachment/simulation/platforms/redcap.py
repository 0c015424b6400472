"""The sample as a longitudinal REDCap project: raw data, labels, and the data dictionary.

One row a record and event, with an event for each wave. The study's own columns are a form that
its staff filled in; the questionnaire is a survey. An answer that was not given and a question that
was not reached are empty cells: only the survey's status tells one from the other.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import numpy as np
import pandas as pd

from detachment.instruments import Column, Instrument
from detachment.simulation import _population as pop
from detachment.simulation._people import OPENED
from detachment.simulation._sample import NOT_APPLICABLE, PREFER_NOT_TO_SAY, Sample
from detachment.simulation._streams import stream
from detachment.simulation.platforms._records import CONSENT_TEXT, SAID, pages, records

NAME: Final = "redcap"
N_REFUSED: Final = 2
_ENROLMENT: Final = "enrolment"
_SURVEY: Final = "couples_survey"
_DOWNLOADED: Final = "2026-07-31"
_STATES: Final = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
_YES_NO: Final = {"1": "Yes", "0": "No"}
_CONSENT: Final = {"1": "I agree", "0": "I do not agree"}
_DICTIONARY: Final = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A field of the project; ``source`` is the column of the sample that it holds."""

    source: str
    form: str
    label: str
    section: str = ""
    kind: str = "text"
    choices: Mapping[str, str] = field(default_factory=dict)
    validation: str = ""
    identifier: bool = False
    matrix: str = ""

    @property
    def name(self) -> str:
        """A name that REDCap allows: no underscore twice."""
        return re.sub("_+", "_", self.source)

    def line(self) -> list[str]:
        """Its line in the dictionary."""
        written = self.kind in ("radio", "dropdown")  # a yesno field has no choices of its own
        choices = " | ".join(f"{code}, {label}" for code, label in self.choices.items())
        cells = {
            "Variable / Field Name": self.name,
            "Form Name": self.form,
            "Section Header": self.section,
            "Field Type": self.kind,
            "Field Label": self.label,
            "Choices, Calculations, OR Slider Labels": choices if written else "",
            "Text Validation Type OR Show Slider Number": self.validation,
            "Identifier?": "y" if self.identifier else "",
            "Matrix Group Name": self.matrix,
        }
        return [cells.get(heading, "") for heading in _DICTIONARY]


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """Raw data, labels, and the data dictionary, under the names of REDCap's downloads."""
    fields = _fields(sample, instrument)
    frame = _rows(sample, instrument)
    return {
        f"Couples_DATA_{_DOWNLOADED}_0915.csv": _csv(_data(frame, fields, labels=False)),
        f"Couples_DATA_LABELS_{_DOWNLOADED}_0915.csv": _csv(_data(frame, fields, labels=True)),
        f"Couples_DataDictionary_{_DOWNLOADED}.csv": _csv(
            [_DICTIONARY, *(one.line() for one in fields)]
        ),
    }


def _fields(sample: Sample, instrument: Instrument) -> list[_Field]:
    people = records(sample, instrument).people.columns
    enrolment = [
        _Field(source="record_id", form=_ENROLMENT, label="Record ID"),
        _Field(source="first_name", form=_ENROLMENT, label="First name", identifier=True),
        _Field(source="email", form=_ENROLMENT, label="E-mail", validation="email"),
        # Nothing in its name, label or cells tells that it identifies somebody.
        _Field(source="panel", form=_ENROLMENT, label="Panel", identifier=True),
        *(_of_study(instrument.columns[n]) for n in people if n != "respondent_id"),
    ]
    consent = _Field(
        source="consent",
        form=_SURVEY,
        label="Consent",
        section=CONSENT_TEXT,
        kind="radio",
        choices=_CONSENT,
    )
    return [*enrolment, consent, *_questions(instrument)]


def _of_study(column: Column) -> _Field:
    """A column that a study adds itself, under its id."""
    kind, choices, validation = "text", {}, ""
    if column.type == "category":
        kind, choices = "dropdown", dict(zip(column.allowed, column.allowed, strict=True))
    elif column.type == "boolean":
        kind, choices = "yesno", dict(_YES_NO)
    elif column.type == "integer":
        validation = "integer"
    return _Field(
        source=column.id,
        form=_ENROLMENT,
        label=column.id,
        kind=kind,
        choices=choices,
        validation=validation,
    )


def _questions(instrument: Instrument) -> list[_Field]:
    """Items in the presented order; neighbours of a page with the same choices are a matrix."""
    page = {name: block for block, names in pages(instrument).items() for name in names}
    used: dict[str, int] = {}
    found: list[_Field] = []
    for (block, choices), run in groupby(
        pop.PRESENTED, lambda name: (page[name], tuple(_choices(instrument, name).items()))
    ):
        names, matrix = list(run), ""
        if len(names) > 1:
            used[block] = used.get(block, 0) + 1
            matrix = re.sub("_+", "_", f"{block}_{used[block]}")
        found += [
            _Field(
                source=name,
                form=_SURVEY,
                label=instrument.items[name].text,
                kind="radio",
                choices=dict(choices),
                matrix=matrix,
            )
            for name in names
        ]
    return found


def _choices(instrument: Instrument, name: str) -> dict[str, str]:
    item, scale = instrument.items[name], instrument.response_scale(name)
    choices = dict(zip(scale.codes, scale.labels, strict=True))
    if item.allow_not_applicable:
        choices[str(NOT_APPLICABLE)] = SAID[NOT_APPLICABLE]
    if item.sensitive:
        choices[str(PREFER_NOT_TO_SAY)] = SAID[PREFER_NOT_TO_SAY]
    return choices


def _rows(sample: Sample, instrument: Instrument) -> pd.DataFrame:
    """All records as text, values as codes, by record and event."""
    known = records(sample, instrument)
    moments = np.char.replace(np.datetime_as_string(known.ended, unit="s"), "T", " ")
    stamps = pd.DataFrame(
        {
            "consent": "1",
            "timestamp": np.where(known.finished, moments, "[not completed]"),
            "status": np.where(known.finished, "2", "0"),
        },
        dtype="str",
    )
    frame = pd.concat([known.people, stamps, known.codes], axis=1)
    frame = pd.concat([frame, _refused(sample, frame.columns)], ignore_index=True)
    person = frame["respondent_id"]
    domain = np.array(["@example.org", "@example.com"])
    drawn = stream(sample.seed, "redcap", "domains").integers(0, 2, len(frame))
    frame["record_id"] = person
    frame["event"] = frame["wave"]
    frame["first_name"] = "Person " + person
    frame["email"] = person.str.lower() + pd.Series(domain[drawn], dtype="str")
    frame["panel"] = "X" + person.str[1:]
    frame["identifier"] = "Invented-" + person
    return frame.sort_values(["record_id", "event"], ignore_index=True)


def _refused(sample: Sample, columns: pd.Index) -> pd.DataFrame:
    """People who opened the survey and did not agree to take part, which ended it."""
    rng = stream(sample.seed, "redcap", "refused")
    days = rng.integers(0, 40, N_REFUSED).astype("timedelta64[D]")
    ended = OPENED + days + rng.integers(30000, 80000, N_REFUSED).astype("timedelta64[s]")
    people = pd.DataFrame(
        {
            "respondent_id": [f"R{i + 1:04d}" for i in range(N_REFUSED)],
            "timestamp": np.char.replace(np.datetime_as_string(ended, unit="s"), "T", " "),
        },
        dtype="str",
    )
    given = {"wave": "1", "group": "none", "consent": "0", "status": "2"}
    return people.assign(**given).reindex(columns=columns, fill_value="")


def _data(frame: pd.DataFrame, fields: Sequence[_Field], *, labels: bool) -> list[list[str]]:
    """Rows of a data file: names and codes, or labels both as headings and in the cells."""
    events = frame["event"].map(lambda wave: f"Wave {wave}" if labels else f"wave_{wave}_arm_1")
    columns = [("record_id", "Record ID", frame["record_id"])]
    columns += [
        ("redcap_event_name", "Event Name", events),
        ("redcap_survey_identifier", "Survey Identifier", frame["identifier"]),
    ]
    status = {
        _ENROLMENT: pd.Series("2", index=frame.index, dtype="str"),
        _SURVEY: frame["status"],
    }
    for form, cells in status.items():
        if form == _SURVEY:
            columns.append((f"{form}_timestamp", "Survey Timestamp", frame["timestamp"]))
        for one in fields:
            if one.form == form and one.source != "record_id":
                shown = frame[one.source].replace(one.choices) if labels else frame[one.source]
                columns.append((one.name, one.label, shown))
        columns.append(
            (f"{form}_complete", "Complete?", cells.replace(_STATES) if labels else cells)
        )
    headings = [label if labels else name for name, label, _ in columns]
    body = np.column_stack([cells.to_numpy(dtype=object) for _, _, cells in columns])
    return [headings, *body.tolist()]


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    r"""Text as PHP's fputcsv writes it: a cell with a blank is quoted too.

    Examples
    --------
    >>> _csv([["Record ID", "Complete?"], ["1", "[not completed]"]]).decode().split("\n")
    ['"Record ID",Complete?', '1,"[not completed]"', '']
    """

    def written(cell: str) -> str:
        quoted = '"' + cell.replace('"', '""') + '"'
        return quoted if re.search(r'[\s",\\]', cell) else cell

    return "".join(",".join(map(written, row)) + "\n" for row in rows).encode()
