"""The sample as a SoSci Survey download: data with labels in row 2, and its two lists."""

import codecs
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.instruments import Instrument
from detachment.simulation._people import OPENED
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

NAME: Final = "sosci"
PROJECT: Final = "couples"
DOWNLOADED: Final = "2026-07-01_12-00"
ZONE: Final = "Europe/Berlin"
N_PRETESTS: Final = 2
_BESIDE: Final = {NOT_APPLICABLE: "-1", PREFER_NOT_TO_SAY: "-2"}  # options beside the scale
_NOT_ANSWERED: Final = "-9"
_BEFORE: Final = {
    "CASE": ("Interview number (ongoing)", "METRIC"),
    "SERIAL": ("Serial number (if provided)", "TEXT"),
    "REF": ("Reference (if provided in link)", "TEXT"),
    "QUESTNNR": ("Questionnaire that has been used in the interview", "TEXT"),
    "MODE": ("Interview mode", "TEXT"),
    "STARTED": (f"Time the interview has started ({ZONE})", "TIME"),
}
_AFTER: Final = {
    "TIME_SUM": ("Time spent overall (except outliers)", "METRIC"),
    "MAILSENT": ("Time when the invitation mailing was sent (personally identifiable recipients, "
                 "only)", "TIME"),
    "LASTDATA": ("Time when the data was most recently updated", "TIME"),
    "FINISHED": ("Has the interview been finished (reached last page)?", "METRIC"),
    "Q_VIEWER": ("Did the respondent only view the questionnaire, omitting mandatory questions?",
                 "METRIC"),
    "LASTPAGE": ("Last page that the participant has handled in the questionnaire", "METRIC"),
    "MAXPAGE": ("Hindmost page handled by the participant", "METRIC"),
    "MISSING": ("Missing answers in percent", "METRIC"),
    "MISSREL": ("Missing answers (weighted by relevance)", "METRIC"),
    "TIME_RSI": ("Degradation points for being very fast", "METRIC"),
    "DEG_TIME": ("Degradation points for being very fast", "METRIC"),
}  # fmt: skip


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """The data, the list of values and the list of variables of one download."""
    asked = _asked(sample, instrument)
    data = _records(sample, instrument, list(asked))
    return {
        f"data_{PROJECT}_{DOWNLOADED}.csv": _file(
            [list(asked), [v[0] for v in asked.values()], *_rows(data[list(asked)])], ","
        ),
        f"values_{PROJECT}_{DOWNLOADED}.csv": _file(
            [["VAR", "RESPONSE", "MEANING"], *_values(instrument)], ";"
        ),
        f"variables_{PROJECT}_{DOWNLOADED}.csv": _file(
            [
                ["VAR", "LABEL", "TYPE", "INPUT", "QUESTION"],
                *([name, *said] for name, said in asked.items()),
            ],
            ";",
        ),
    }


def _file(rows: Iterable[Sequence[str]], delimiter: str) -> bytes:
    text = delimited(
        rows, delimiter=delimiter, newline="\r\n", encoding="utf-16-le", quote_all=True
    )
    return codecs.BOM_UTF16_LE + text


def _rows(frame: pd.DataFrame) -> list[list[str]]:
    rows: list[list[str]] = frame.to_numpy(dtype=object).tolist()
    return rows


def variable_names(instrument: Instrument) -> dict[str, str]:
    """Item -> its variable: two letters and a number for the question, then the item's number."""
    return {
        item: f"{page[:2].upper()}{number:02}_{line:02}"
        for number, (page, items) in enumerate(pages(instrument).items(), start=1)
        for line, item in enumerate(items, start=1)
    }


def _asked(sample: Sample, instrument: Instrument) -> dict[str, tuple[str, str, str, str]]:
    """Variable -> label, type, input, text of the question; in the order of the columns."""
    taken = records(sample, instrument)
    names = variable_names(instrument)
    asked = {name: (*said, "SYSTEM", "") for name, said in _BEFORE.items()}
    # What the study hands over in the link, kept in internal variables with names of its own.
    own = map(str, taken.people)
    asked |= {name: (f"Study: {name}", "TEXT", "INTERNAL", "") for name in own}
    asked["consent"] = (CONSENT_TEXT, "NOMINAL", "SELECTION", CONSENT_TEXT)
    for page, items in pages(instrument).items():
        title = page.replace("_", " ").strip().capitalize()
        for item in items:
            text = f"{title}: {instrument.items[item].text}"
            asked[names[item]] = (text, "ORDINAL", "SCALE", "How much does this apply?")
    for number in range(1, len(pages(instrument)) + 1):
        asked[f"TIME{number:03}"] = (f"Time spent on page {number}", "METRIC", "SYSTEM", "")
    return asked | {name: (*said, "SYSTEM", "") for name, said in _AFTER.items()}


def _codes(instrument: Instrument, item: str) -> dict[str, str]:
    """Code as the sample has it -> code in the data: SoSci Survey counts the options from 1."""
    scale = instrument.response_scale(item)
    codes = {code: str(number) for number, code in enumerate(scale.codes, start=1)}
    return codes | {str(code): written for code, written in _BESIDE.items()}


def _values(instrument: Instrument) -> list[list[str]]:
    rows = [["consent", "1", "I agree"], ["consent", "2", "I do not agree"]]
    for item, name in variable_names(instrument).items():
        texts = choice_texts(instrument, item)
        rows += [[name, code, texts[own]] for own, code in _codes(instrument, item).items()]
        rows.append([name, _NOT_ANSWERED, "Not answered"])
    return rows


def _records(sample: Sample, instrument: Instrument, columns: list[str]) -> pd.DataFrame:
    """Interviews in the order of their start, the makers' own tests first."""
    taken = records(sample, instrument)
    frame = pd.concat(
        [_interviews(sample, instrument, taken), _pretests(sample, instrument)], ignore_index=True
    )
    frame = frame.sort_values(["STARTED", "respondent_id"], ignore_index=True)
    frame["CASE"] = [str(101 + i) for i in range(len(frame))]
    return frame.reindex(columns=columns, fill_value="").fillna("")


def _interviews(sample: Sample, instrument: Instrument, taken: Records) -> pd.DataFrame:
    names, blocks = variable_names(instrument), pages(instrument)
    columns: dict[str, object] = {str(name): cells for name, cells in taken.people.items()}
    columns["consent"] = np.where(sample.responses["consent"] == 1, "1", "2")
    for j, item in enumerate(taken.codes):
        cells = taken.codes[item].map(_codes(instrument, str(item)) | {"": _NOT_ANSWERED})
        columns[names[str(item)]] = np.where(taken.reached[:, j], cells, "")
    order = [list(taken.codes).index(items[0]) for items in blocks.values()]
    on_page = taken.reached[:, order]
    columns |= _times(taken.seconds, on_page)
    blank = 100 * (taken.codes == "").to_numpy().mean(axis=1)
    columns["MISSING"] = columns["MISSREL"] = blank.round().astype(int).astype(str)
    columns["FINISHED"] = np.where(taken.finished, "1", "0")
    columns["SERIAL"] = _serials(sample, taken.people["respondent_id"])
    columns |= _moments(taken.started, taken.ended)
    return pd.DataFrame(columns).assign(
        QUESTNNR="base", MODE="interview", Q_VIEWER="0", TIME_RSI="1", DEG_TIME="0"
    )


def _times(seconds: NDArray[np.int64], on_page: NDArray[np.bool_]) -> dict[str, object]:
    """Seconds on each page, as equal as whole numbers can be, and in all."""
    pages_seen = np.maximum(on_page.sum(axis=1), 1)
    columns: dict[str, object] = {}
    for j in range(on_page.shape[1]):
        share = seconds // pages_seen + (j < seconds % pages_seen)
        columns[f"TIME{j + 1:03}"] = np.where(on_page[:, j], share.astype(str), "")
    last = [str(page) for page in pages_seen]
    return columns | {"TIME_SUM": seconds.astype(str), "LASTPAGE": last, "MAXPAGE": last}


def _moments(
    started: NDArray[np.datetime64], ended: NDArray[np.datetime64]
) -> dict[str, list[str]]:
    def local(moments: NDArray[np.datetime64]) -> list[str]:
        there = pd.DatetimeIndex(moments, tz="UTC").tz_convert(ZONE)
        return [str(text) for text in there.strftime("%Y-%m-%d %H:%M:%S")]

    return {"STARTED": local(started), "LASTDATA": local(ended)}


def _serials(sample: Sample, people: "pd.Series[str]") -> list[str]:
    """Code of each person's own link: ten letters, the same in both waves."""
    ids = sorted(set(people))
    letters = np.array([*"ABCDEFGHJKLMNPQRSTUVWXYZ"])
    drawn = letters[stream(sample.seed, "sosci", "serials").integers(0, 24, (len(ids), 10))]
    codes: Mapping[str, str] = {i: "".join(row) for i, row in zip(ids, drawn, strict=True)}
    return [codes[person] for person in people]


def _pretests(sample: Sample, instrument: Instrument) -> pd.DataFrame:
    """What the makers of the survey clicked, before it opened."""
    rng = stream(sample.seed, "sosci", "pretests")
    n = N_PRETESTS + 1
    started = OPENED - rng.integers(3600, 200000, n).astype("timedelta64[s]")
    seconds = rng.integers(20, 90, n)
    clicks = {
        name: rng.integers(1, 4, n).astype(str) for name in variable_names(instrument).values()
    }
    ended = started + seconds.astype("timedelta64[s]")
    return pd.DataFrame(clicks | _moments(started, ended)).assign(
        QUESTNNR="base",
        MODE=["pretest"] * N_PRETESTS + ["admin"],
        consent="1",
        TIME_SUM=seconds.astype(str),
        FINISHED="1",
        Q_VIEWER="0",
        respondent_id="",
    )
