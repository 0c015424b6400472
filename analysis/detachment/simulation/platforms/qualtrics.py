"""The sample as a Qualtrics export: three header rows, previews and refusals among the answers."""

import json
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.instruments import Instrument
from detachment.simulation import _population as pop
from detachment.simulation._people import OPENED
from detachment.simulation._sample import NOT_REACHED, Sample
from detachment.simulation._streams import stream
from detachment.simulation.platforms._records import CONSENT_TEXT, choice_texts
from detachment.simulation.platforms._text import delimited

NAME: Final = "qualtrics"
N_PREVIEWS: Final = 3
N_REFUSED: Final = 2
_STANDARD: Final = {  # name in the first row: (text, ImportId)
    "StartDate": ("Start Date", "startDate"),
    "EndDate": ("End Date", "endDate"),
    "Status": ("Response Type", "status"),
    "IPAddress": ("IP Address", "ipAddress"),
    "Progress": ("Progress", "progress"),
    "Duration (in seconds)": ("Duration (in seconds)", "duration"),
    "Finished": ("Finished", "finished"),
    "RecordedDate": ("Recorded Date", "recordedDate"),
    "ResponseId": ("Response ID", "_recordId"),
    "RecipientLastName": ("Recipient Last Name", "recipientLastName"),
    "RecipientFirstName": ("Recipient First Name", "recipientFirstName"),
    "RecipientEmail": ("Recipient Email", "recipientEmail"),
    "ExternalReference": ("External Data Reference", "externalDataReference"),
    "LocationLatitude": ("Location Latitude", "locationLatitude"),
    "LocationLongitude": ("Location Longitude", "locationLongitude"),
    "DistributionChannel": ("Distribution Channel", "distributionChannel"),
    "UserLanguage": ("User Language", "userLanguage"),
}
_DATES: Final = ("StartDate", "EndDate", "RecordedDate")
_OF_PLATFORM: Final = ("submitted_at", "duration_s", "language", "consent")  # it has its own names
_LETTERS: Final = np.array([*"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"])


def files(sample: Sample, instrument: Instrument) -> dict[str, bytes]:
    """The export of numeric values and the export of choice texts."""
    return {
        "couples_qualtrics.csv": delimited(qualtrics_rows(sample, instrument, choice_text=False)),
        "couples_qualtrics_labels.csv": delimited(
            qualtrics_rows(sample, instrument, choice_text=True)
        ),
    }


def qualtrics_rows(sample: Sample, instrument: Instrument, *, choice_text: bool) -> list[list[str]]:
    """Every row of the file, header rows first.

    Parameters
    ----------
    sample
        What to write.
    instrument
        Gives question texts and choice texts.
    choice_text
        Write the text of each choice (Qualtrics: "Use choice text") rather than its value.
    """
    frame = _records(sample)
    embedded = [
        name
        for name in sample.responses.columns
        if name not in pop.PRESENTED and name not in _OF_PLATFORM
    ]
    if choice_text:
        frame = _with_choice_text(frame, instrument)
    headers = _headers(embedded, instrument)
    body = frame[list(headers)].to_numpy(dtype=object).tolist()
    return [
        list(headers),
        [text for text, _ in headers.values()],
        [import_id for _, import_id in headers.values()],
        *body,
    ]


def _headers(embedded: list[str], instrument: Instrument) -> dict[str, tuple[str, str]]:
    """Column -> (question text, ImportId cell)."""

    def cell(import_id: str, *, date: bool = False) -> str:
        zone = {"timeZone": "UTC"} if date else {}
        return json.dumps({"ImportId": import_id, **zone}, separators=(",", ":"))

    headers = {
        name: (text, cell(import_id, date=name in _DATES))
        for name, (text, import_id) in _STANDARD.items()
    }
    headers |= {name: (name, cell(name)) for name in embedded}
    headers["consent"] = (CONSENT_TEXT, cell("QID1"))
    question, line, page = 1, 0, ""
    for name in pop.PRESENTED:
        item = instrument.items[name]
        # The instructed item stands inside the grid of the signs.
        here = "signs" if name == pop.INSTRUCTED else item.block
        question, line = (question, line + 1) if here == page else (question + 1, 1)
        page = here
        headers[name] = (item.text, cell(f"QID{question}_{line}"))
    return headers


def _records(sample: Sample) -> pd.DataFrame:
    """All records as text, by the time at which they were recorded; values as codes."""
    answers = sample.responses
    text = answers.astype("str").where(answers.notna(), "")
    unreached = answers[list(pop.PRESENTED)].eq(NOT_REACHED).fillna(False)
    text[list(pop.PRESENTED)] = text[list(pop.PRESENTED)].mask(unreached, "")
    reached = sample.truth["questions_reached"].to_numpy() / len(pop.PRESENTED)
    ended = np.array([t[:19] for t in text["submitted_at"]], dtype="datetime64[s]")
    seconds = answers["duration_s"].to_numpy(dtype=np.int64)
    frame = _stamp(text, ended, seconds)
    frame["Progress"] = np.floor(100 * reached).astype(int).astype(str)
    frame["Finished"] = np.where(reached == 1, "1", "0")
    frame["Status"] = "0"
    frame["DistributionChannel"] = "email"
    frame = pd.concat(
        [frame, _refused(sample, frame.columns), _previews(sample, frame.columns)],
        ignore_index=True,
    )
    _identify(sample, frame)
    return frame.sort_values(["RecordedDate", "ResponseId"], ignore_index=True)


def _stamp(
    frame: pd.DataFrame, ended: NDArray[np.datetime64], seconds: NDArray[np.int64]
) -> pd.DataFrame:
    started = ended - seconds.astype("timedelta64[s]")
    columns = {"StartDate": started, "EndDate": ended, "RecordedDate": ended}
    new = {
        name: np.char.replace(np.datetime_as_string(value, unit="s"), "T", " ")
        for name, value in columns.items()
    }
    return pd.concat(
        [frame, pd.DataFrame({**new, "Duration (in seconds)": seconds.astype(str)}, dtype="str")],
        axis=1,
    )


def _refused(sample: Sample, columns: pd.Index) -> pd.DataFrame:
    """People who opened the survey and did not agree to take part."""
    rng = stream(sample.seed, "qualtrics", "refused")
    days = rng.integers(0, 40, N_REFUSED).astype("timedelta64[D]")
    ended = OPENED + days + rng.integers(30000, 80000, N_REFUSED).astype("timedelta64[s]")
    people = pd.DataFrame({"respondent_id": [f"R{i + 1:04d}" for i in range(N_REFUSED)]})
    frame = _stamp(people, ended, rng.integers(8, 40, N_REFUSED))
    given = {"wave": "1", "group": "none", "consent": "0"}
    given |= {"Progress": "100", "Finished": "1", "Status": "0", "DistributionChannel": "email"}
    return frame.assign(**given).reindex(columns=columns, fill_value="")


def _previews(sample: Sample, columns: pd.Index) -> pd.DataFrame:
    """The makers of the survey trying it out, before it opened."""
    rng = stream(sample.seed, "qualtrics", "previews")
    ended = OPENED - rng.integers(3600, 200000, N_PREVIEWS).astype("timedelta64[s]")
    clicks = pd.DataFrame(
        rng.integers(1, 5, (N_PREVIEWS, len(pop.PRESENTED) - 1)).astype(str),
        columns=pop.PRESENTED[:-1],
        dtype="str",
    )
    given = {"consent": "1", pop.USE_ME: "0", "Progress": "100", "Finished": "1", "Status": "1"}
    frame = _stamp(clicks, ended, rng.integers(20, 90, N_PREVIEWS)).assign(**given)
    return frame.assign(DistributionChannel="preview").reindex(columns=columns, fill_value="")


def _identify(sample: Sample, frame: pd.DataFrame) -> None:
    """Invented personal values: reserved e-mail domains, private addresses, points in an ocean."""
    rng = stream(sample.seed, "qualtrics", "identifiers")
    n = len(frame)
    person = frame["respondent_id"].to_numpy(dtype=str)
    invited = person != ""
    letters = _LETTERS[rng.integers(0, len(_LETTERS), (n, 15))]
    frame["ResponseId"] = ["R_" + "".join(row) for row in letters]
    frame["IPAddress"] = _addresses(frame, rng)
    frame["LocationLatitude"] = [f"{v:.2f}" for v in -50 + 10 * rng.random(n)]
    frame["LocationLongitude"] = [f"{v:.2f}" for v in -140 + 30 * rng.random(n)]
    domain = np.array(["@example.org", "@example.com"])[rng.integers(0, 2, n)]
    emails = np.char.add(np.char.lower(person), domain)
    for name, values in {
        "RecipientLastName": np.char.add("Invented-", person),
        "RecipientFirstName": np.full(n, "Person"),
        "RecipientEmail": emails,
        "ExternalReference": np.char.add("panel-", person),
    }.items():
        frame[name] = np.where(invited, values, "")
    frame["UserLanguage"] = "EN"


def _addresses(frame: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """One address of a private network a home, which a couple shares at both waves."""
    alone = frame["respondent_id"].where(frame["respondent_id"] != "", frame["ResponseId"])
    homes, different = pd.factorize(frame["dyad_id"].where(frame["dyad_id"] != "", alone))
    numbers = rng.permutation(max(len(different), 1 << 16))[homes]
    return [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in numbers.tolist()]


def _with_choice_text(frame: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Values of questions and of the platform's own columns as the texts that people saw."""
    new = {name: frame[name].map(choice_texts(instrument, name)) for name in pop.PRESENTED}
    new["consent"] = frame["consent"].map({"1": "I agree", "0": "I do not agree"})
    new["Status"] = frame["Status"].map({"0": "IP Address", "1": "Survey Preview"})
    new["Finished"] = frame["Finished"].map({"1": "True", "0": "False"})
    return frame.assign(**new)
