"""The sample as formr's results in JSON, with the item table and two sessions of a test."""

import json
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.instruments import Instrument
from detachment.simulation._people import OPENED
from detachment.simulation._sample import Sample
from detachment.simulation._streams import stream
from detachment.simulation.platforms._records import (
    CONSENT_TEXT,
    Records,
    choice_texts,
    pages,
    records,
)

NAME: Final = "formr"
TESTERS: Final = ("QuietOtter", "BraveHeron")  # formr names test sessions after animals
STUDY_ID: Final = "417"
_TOKEN: Final = np.array([*"ABCDEFGHIJKLMNOPQRSTUVWYZabcdefghijklmnopqrstuvwxyz0123456789-_"])
_TOKEN_LENGTH: Final = 64
_EXPIRES: Final = np.timedelta64(3, "D")


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """Results and item table; the latter under the name that formr's R package expects."""
    rows = _results(sample, instrument)
    results = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    table = json.dumps(_item_table(sample, instrument), indent=4, ensure_ascii=False)
    return {
        "couples.json": f"[{results}]".encode(),
        "couples_items.json": f"{table}\n".encode(),
    }


def _results(sample: Sample, instrument: Instrument) -> list[dict[str, str | None]]:
    """One object a record, numbers as text, nothing as null."""
    found = records(sample, instrument)
    answers = pd.concat([found.people, found.codes], axis=1)
    answers.insert(len(found.people.columns), "consent", "1")
    frame = pd.concat([_metadata(sample, found), answers], axis=1)
    frame = pd.concat([_tests(sample, frame), frame], ignore_index=True)
    frame = frame.sort_values("created", kind="stable", ignore_index=True)
    numbers = np.arange(1, len(frame) + 1)
    frame["session_id"], frame["iteration"] = (90_000 + numbers).astype(str), numbers.astype(str)
    return [
        {str(name): str(cell) or None for name, cell in row.items()}
        for row in frame.to_dict("records")
    ]


def _metadata(sample: Sample, found: Records) -> pd.DataFrame:
    """Columns of the platform; a person has one session, and a record in it each wave."""
    rng = stream(sample.seed, "platform", "formr")
    person, _ = pd.factorize(found.people["respondent_id"])
    tokens = _TOKEN[rng.integers(0, len(_TOKEN), (person.max(initial=-1) + 1, _TOKEN_LENGTH))]
    sessions = np.array(["".join(token) for token in tokens], dtype=object)
    ended = _moments(found.ended)
    return pd.DataFrame(
        {
            "session": sessions[person],
            "session_id": "",
            "study_id": STUDY_ID,
            "iteration": "",
            "created": _moments(found.started),
            "modified": ended,
            "ended": np.where(found.finished, ended, ""),
            "expired": np.where(found.finished, "", _moments(found.ended + _EXPIRES)),
        },
        dtype="str",
    )


def _tests(sample: Sample, like: pd.DataFrame) -> pd.DataFrame:
    """The makers of the survey trying it out, before it opened."""
    rng = stream(sample.seed, "platform", "formr", "tests")
    n = len(TESTERS)
    started = OPENED - rng.integers(3600, 200_000, n).astype("timedelta64[s]")
    ended = started + rng.integers(20, 90, n).astype("timedelta64[s]")
    rest = _TOKEN[rng.integers(0, len(_TOKEN), (n, _TOKEN_LENGTH))]
    sessions = [
        (f"{animal}XXX" + "".join(token))[:_TOKEN_LENGTH]
        for animal, token in zip(TESTERS, rest, strict=True)
    ]
    known = {
        "session": sessions,
        "study_id": STUDY_ID,
        "created": _moments(started),
        "modified": _moments(ended),
        "ended": _moments(ended),
        "respondent_id": [f"T{i + 1:03d}" for i in range(n)],
        "wave": "1",
        "consent": "1",
    }
    return pd.DataFrame(known, dtype="str").reindex(columns=like.columns, fill_value="")


def _item_table(sample: Sample, instrument: Instrument) -> dict[str, object]:
    people = records(sample, instrument).people
    items = [_item("note", "welcome", "## Welcome\n\nThank you for taking part.")]
    items += [_item("get", str(name)) for name in people]
    agree = {"1": "I agree", "0": "I do not agree"}
    items.append(_item("mc_button", "consent", f"__{CONSENT_TEXT}__", agree))
    for page, names in pages(instrument).items():
        for name in names:
            codes = {c: text for c, text in choice_texts(instrument, name).items() if c}
            items.append(_item("mc_button", name, f"__{instrument.items[name].text}__", codes))
        items.append(_item("submit", f"submit_{page}", "Continue"))
    numbered = [{**item, "item_order": i} for i, item in enumerate(items, 1)]
    return {"name": "couples", "items": numbered, "settings": {"expire_after": 4320}}


def _item(
    kind: str, name: str, label: str = "", choices: dict[str, str] | None = None
) -> dict[str, object]:
    """One row; labels are Markdown, which formr keeps beside the HTML that it makes of them."""
    bold = label.startswith("__")
    row: dict[str, object] = {
        "type": kind,
        "choice_list": name if choices else None,
        "type_options": None,
        "name": name,
        "label": label,
        "label_parsed": f"<strong>{label.strip('_')}</strong>" if bold else label,
        "optional": 1,
        "class": None,
        "showif": None,
        "value": None,
        "block_order": None,
    }
    return row | ({"choices": choices} if choices else {})


def _moments(moments: NDArray[np.datetime64]) -> NDArray[np.str_]:
    return np.char.replace(np.datetime_as_string(moments, unit="s"), "T", " ")
