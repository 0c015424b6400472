"""The sample as a PsyToolkit download: answers, milliseconds a question, and the survey."""

import uuid
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detachment.instruments import Instrument
from detachment.simulation._sample import NOT_APPLICABLE, PREFER_NOT_TO_SAY, Sample
from detachment.simulation._streams import stream
from detachment.simulation.platforms._records import (
    CONSENT_TEXT,
    Records,
    choice_texts,
    pages,
    records,
)
from detachment.simulation.platforms._text import delimited

NAME: Final = "psytoolkit"
PROLIFIC: Final = "prolific_id"
_BESIDE: Final = (NOT_APPLICABLE, PREFER_NOT_TO_SAY)  # the last options of every scale


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """The three tables and texts of a download; it has no test records."""
    taken = records(sample, instrument)
    people = _participants(sample, len(taken.codes))
    ends = _ends(taken)
    return {
        "data.csv": delimited(_data(sample, instrument, taken, people, ends)),
        "data_times.csv": delimited(_times(instrument, taken, people, ends)),
        "survey.txt": survey_text(instrument, taken).encode(),
    }


def survey_text(instrument: Instrument, taken: Records) -> str:
    """The questionnaire as its maker typed it."""
    blocks = [f"l: {name}\nt: textline\nq: {_asked(name)}" for name in _own(taken)]
    blocks.append(f"l: consent\nt: radio\nq: {CONSENT_TEXT}\n- I agree\n- I do not agree")
    scales: dict[str, str] = {}
    for page, items in pages(instrument).items():
        scale = instrument.response_scale(items[0])
        options = [*choice_texts(instrument, items[0]).values()][:-1]  # nothing for nothing
        scales[scale.id] = "\n".join([f"scale: {scale.id}", *(f"- {text}" for text in options)])
        lines = [f"- {instrument.items[item].text}" for item in items]
        blocks.append(
            "\n".join([f"l: {page}", f"t: scale {scale.id}", "q: Please answer.", *lines])
        )
    return "\n\n".join(["# Simulated couples; no real people", *scales.values(), *blocks]) + "\n"


def _own(taken: Records) -> list[str]:
    return [PROLIFIC, *map(str, taken.people)]


def _asked(name: str) -> str:
    return "Please enter your Prolific ID" if name == PROLIFIC else f"Study: {name}"


def _participants(sample: Sample, n: int) -> list[str]:
    """Names of the participants' own files."""
    drawn = stream(sample.seed, "psytoolkit", "participants").bytes(16 * n)
    ids = [uuid.UUID(bytes=drawn[16 * i : 16 * i + 16], version=4) for i in range(n)]
    return [f"s.{identifier}.txt" for identifier in ids]


def _ends(taken: Records) -> list[list[str]]:
    """TIME_start, TIME_end, TIME_total: no seconds, whole minutes; no end for who left."""
    start, end = taken.started.astype("datetime64[m]"), taken.ended.astype("datetime64[m]")
    minutes = (end - start).astype(int).astype(str)
    rows = zip(_stamps(start), _stamps(end), minutes, taken.finished, strict=True)
    return [[first, last, total] if done else [first, "", ""] for first, last, total, done in rows]


def _stamps(minutes: NDArray[np.datetime64]) -> list[str]:
    return [str(moment).replace("T", "-").replace(":", "-") for moment in minutes]


def _data(
    sample: Sample,
    instrument: Instrument,
    taken: Records,
    people: Sequence[str],
    ends: Sequence[Sequence[str]],
) -> list[list[str]]:
    blocks = pages(instrument)
    headings = ["participant", *(f"{name}:1" for name in _own(taken)), "consent:1"]
    headings += [f"{page}:{i}" for page, items in blocks.items() for i in range(1, len(items) + 1)]
    letters = np.array([*"0123456789abcdef"])
    drawn = stream(sample.seed, "psytoolkit", "prolific").integers(0, 16, (len(people), 24))
    prolific = ["".join(row) for row in letters[drawn]]
    asked = [item for items in blocks.values() for item in items]
    numbers = [taken.codes[item].map(_numbers(instrument, item)).tolist() for item in asked]
    consent = ["1" if given == 1 else "2" for given in sample.responses["consent"]]
    columns = [people, prolific, *(taken.people[n].tolist() for n in taken.people), consent]
    rows = zip(*columns, *numbers, ends, strict=True)
    return [
        [*headings, "TIME_start", "TIME_end", "TIME_total"],
        *([*map(str, cells), *times] for *cells, times in rows),
    ]


def _numbers(instrument: Instrument, item: str) -> dict[str, str]:
    """Code as the sample has it -> number of the option."""
    codes = [*instrument.response_scale(item).codes, *map(str, _BESIDE)]
    return {code: str(number) for number, code in enumerate(codes, start=1)} | {"": ""}


def _times(
    instrument: Instrument, taken: Records, people: Sequence[str], ends: Sequence[Sequence[str]]
) -> list[list[str]]:
    """Milliseconds a question that was shown: as equal as whole seconds can be."""
    blocks = pages(instrument)
    first = [list(taken.codes).index(items[0]) for items in blocks.values()]
    shown = np.column_stack(
        [np.ones((len(people), len(_own(taken)) + 1), dtype=bool), taken.reached[:, first]]
    )
    n = shown.sum(axis=1)
    rows = [
        ["participant", *_own(taken), "consent", *blocks, "TIME_start", "TIME_end", "TIME_total"]
    ]
    place = np.cumsum(shown, axis=1) - 1
    milliseconds = 1000 * taken.seconds[:, None]
    share = milliseconds // n[:, None] + (place < milliseconds % n[:, None])
    cells = np.where(shown, share.astype(str), "").tolist()
    rows += [[who, *row, *times] for who, row, times in zip(people, cells, ends, strict=True)]
    return rows
