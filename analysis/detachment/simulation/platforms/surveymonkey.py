"""The sample as SurveyMonkey's "All responses data": two header rows, texts of the answers.

With numeric values SurveyMonkey numbers the choices from 1, whatever they stand for, so that only
the texts say again what was answered.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detachment.instruments import Instrument
from detachment.simulation._sample import Sample
from detachment.simulation._streams import stream
from detachment.simulation.platforms._records import Records, pages, records
from detachment.simulation.platforms._text import delimited

NAME: Final = "surveymonkey"
COLLECTOR: Final = "450000001"
_METADATA: Final = (
    "Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address",
    "First Name", "Last Name", "Custom Data 1",
)  # fmt: skip
# Parts of the link in the invitation ("custom variables"), without a sub-heading.
_VARIABLES: Final = (
    "respondent_id", "wave", "dyad_id", "partner_role", "role_label", "role_is_arbitrary", "group",
)  # fmt: skip
_FIRST_ID: Final = 118_000_000_000


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """The CSV file, with byte order mark and Windows line ends, in the order of the answers."""
    found = records(sample, instrument)
    variables = [name for name in _VARIABLES if name in found.people]
    asked = [str(name) for name in found.people if name not in _VARIABLES]
    first = [*_METADATA, *variables, "consent", *asked]
    second = [""] * len([*_METADATA, *variables])
    second += ["Response"] + ["Open-Ended Response"] * len(asked)
    items: list[str] = []
    for block, names in pages(instrument).items():
        title = block.replace("_", " ").capitalize()
        question = f"<p>{title}: how <strong>often</strong>, or how much do you agree?</p>"
        first += [question] + [""] * (len(names) - 1)
        second += [instrument.items[name].text for name in names]
        items += names
    answers = np.column_stack(
        [
            _metadata(sample, found),
            found.people[variables],
            np.full(len(found.people), "I agree", dtype=object),
            found.people[asked],
            found.labels[items],
        ]
    )
    body: list[list[str]] = answers[np.argsort(found.ended, kind="stable")].tolist()
    content = delimited([first, second, *body], newline="\r\n", encoding="utf-8-sig")
    return {"couples.csv": content}


def _metadata(sample: Sample, found: Records) -> NDArray[np.object_]:
    """The platform's own columns; invented people, addresses of nobody."""
    rng = stream(sample.seed, "platform", "surveymonkey")
    n = len(found.people)
    person = found.people["respondent_id"].to_numpy(dtype=object)
    numbers = _FIRST_ID + np.cumsum(rng.integers(1000, 9000, n))
    ids = np.empty(n, dtype=object)
    ids[np.argsort(found.ended, kind="stable")] = numbers.astype(str)
    nets = np.array(["192.0.2.", "198.51.100."], dtype=object)[rng.integers(0, 2, n)]
    columns = [
        ids,
        np.full(n, COLLECTOR, dtype=object),
        _moments(found.started),
        _moments(found.ended),
        nets + rng.integers(1, 255, n).astype(str).astype(object),
        [f"{one.lower()}@example.org" for one in person],
        np.full(n, "Person", dtype=object),
        "Invented-" + person,
        np.full(n, "", dtype=object),
    ]
    return np.column_stack([np.asarray(column, dtype=object) for column in columns])


def _moments(moments: NDArray[np.datetime64]) -> list[str]:
    """Month first, on a clock of twelve hours: ``05/04/2026 08:00:00 AM``."""
    return [f"{moment:%m/%d/%Y %I:%M:%S} {'AM' if moment.hour < 12 else 'PM'}"
            for moment in moments.astype("datetime64[s]").tolist()]  # fmt: skip
