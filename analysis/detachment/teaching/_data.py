"""The data of a lesson: the student's own, or a practice set."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from detachment.errors import DetachmentWarning, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from detachment.validation import Survey

DATA, CARELESS = "data.csv", "careless.csv"
PRACTICE = "practice"
_PRACTICE_SEED = 20260111
COUPLES = 80
_LEFT_OUT = ("cause_", "style_", "strat_", "cope_")  # no lesson asks for them
CARELESS_SHARE = 0.12  # Meade & Craig (2012): 10 to 12 % of students in online surveys


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LessonData:
    """What a lesson works on.

    Attributes
    ----------
    survey
        Validated answers, one row a person.
    careless
        ``respondent_id, answering``: who answered without reading; known, for the data are
        simulated.
    fingerprint
        Of the data file; tells whose data they are without a name.
    """

    survey: "Survey"
    careless: "pd.DataFrame"
    fingerprint: str


def draw_files(seed: int, couples: int = COUPLES) -> dict[str, bytes]:
    """A data set and its truth as files: the couples, and half as many people alone.

    Parameters
    ----------
    seed
        The same seed gives the same bytes.
    couples
        How many couples.

    Returns
    -------
    dict
        ``data.csv`` and ``careless.csv``.
    """
    from detachment.simulation import simulate

    sample = simulate(
        seed=seed, n_couples=couples, n_alone=couples // 2, n_students=0, careless=CARELESS_SHARE
    )
    first = sample.responses["wave"] == 1
    kept = [name for name in sample.responses if not str(name).startswith(_LEFT_OUT)]
    kept = [name for name in kept if not str(name).endswith("__partner")]
    people = sample.responses.loc[first, kept]
    truth = sample.truth.loc[first, ["respondent_id", "answering"]]
    return {DATA: _csv(people), CARELESS: _csv(truth)}


def _csv(frame: "pd.DataFrame") -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


def fingerprint(content: bytes) -> str:
    """Short fingerprint of a data file; a changed line end (an editor, a mail) changes nothing."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:16]


def read_lesson_data(folder: Path) -> LessonData:
    """Read the data files of a folder.

    Raises
    ------
    DetachmentError
        When a file is not what was handed out; the message says what to do.
    """
    import pandas as pd

    path, truth = folder / DATA, folder / CARELESS
    try:
        content = path.read_bytes()
        careless = pd.read_csv(truth, dtype="str", keep_default_na=False)
        careless = careless[["respondent_id", "answering"]]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"The files {DATA} and {CARELESS} belong side by side in the folder of the notebook, "
            f"as they were handed out; one of them cannot be read. Unpack your folder again."
        ) from error
    return _lesson_data(path, careless, fingerprint(content))


def _lesson_data(path: Path, careless: "pd.DataFrame", mark: str) -> LessonData:
    from detachment.validation import read_survey

    with warnings.catch_warnings():
        # The quiz is not in these files, on purpose.
        warnings.simplefilter("ignore", DetachmentWarning)
        survey = read_survey(path, instrument="detachment")
    return LessonData(survey=survey, careless=careless, fingerprint=mark)


@cache
def practice_data() -> LessonData:
    """The data set for lessons that were opened without one of their own."""
    from tempfile import TemporaryDirectory

    import pandas as pd

    files = draw_files(_PRACTICE_SEED)
    careless = pd.read_csv(io.BytesIO(files[CARELESS]), dtype="str", keep_default_na=False)
    with TemporaryDirectory() as folder:
        path = Path(folder) / DATA
        path.write_bytes(files[DATA])
        return _lesson_data(path, careless, PRACTICE)


class _Session:
    """What one notebook knows while it runs: its data and what was answered. Nothing is stored."""

    def __init__(self) -> None:
        self.data: LessonData | None = None
        self.wrong: dict[str, list[object]] = {}

    def lesson_data(self) -> LessonData:
        if self.data is None:
            here = Path(DATA)
            self.data = read_lesson_data(Path()) if here.is_file() else practice_data()
        return self.data


SESSION = _Session()


def data() -> "Survey":
    """Your data: the survey in ``data.csv`` beside the notebook.

    Where there is no such file, a practice set that is the same for everybody.

    Returns
    -------
    Survey
        Simulated couples and people who took part alone, one row a person.

    Raises
    ------
    DetachmentError
        When the file is there and is not what was handed out.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.teaching.data()
    >>> len(survey.responses)
    200
    """
    SESSION.data = None  # the file may have been put back in its place
    SESSION.wrong.clear()
    return SESSION.lesson_data().survey


def who_was_careless() -> "pd.DataFrame":
    """Who answered without reading: known here, because the data are simulated.

    Returns
    -------
    DataFrame
        ``respondent_id`` and ``answering``: attentive, straight (one answer throughout), random,
        or zigzag.

    Examples
    --------
    >>> import detachment as dt
    >>> dt.teaching.who_was_careless().columns.tolist()
    ['respondent_id', 'answering']
    """
    return SESSION.lesson_data().careless.copy()
