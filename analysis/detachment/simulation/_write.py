"""Write a sample: the same answers as the platforms would write them, and the truth beside them."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from detachment.instruments import read_instrument
from detachment.simulation._messy import plant_faults
from detachment.simulation._qualtrics import qualtrics_rows
from detachment.simulation._recipe import recipe_text
from detachment.simulation._sample import Sample
from detachment.simulation._spss import spss_bytes


def write_sample(sample: Sample, folder: str | Path) -> tuple[Path, ...]:
    """Write a sample into a folder; the same sample gives the same bytes.

    Parameters
    ----------
    sample
        From :func:`simulate`.
    folder
        Made when it is not there; files of these names are replaced.

    Returns
    -------
    tuple of Path
        What was written: ``couples_long.csv``; ``couples_qualtrics.csv`` (values) and
        ``couples_qualtrics_labels.csv`` (choice texts); ``couples.sav``; ``class_quiz.csv``;
        ``couples_messy.csv`` (planted faults); ``couples_rows_truth.csv`` (what is behind each
        row); ``truth.yaml`` (recipe and population).

    Raises
    ------
    OSError
        When the folder cannot be written.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from detachment.simulation import simulate
    >>> paths = write_sample(simulate(n_couples=5, n_alone=2, n_students=3), mkdtemp())
    >>> paths[0].name
    'couples_long.csv'
    """
    instrument = read_instrument("detachment")
    messy, fault = plant_faults(sample, instrument)
    contents = {
        "couples_long.csv": _csv(sample.responses),
        "couples_qualtrics.csv": _rows(qualtrics_rows(sample, instrument, choice_text=False)),
        "couples_qualtrics_labels.csv": _rows(qualtrics_rows(sample, instrument, choice_text=True)),
        "couples.sav": spss_bytes(sample, instrument),
        "class_quiz.csv": _csv(sample.quiz),
        "couples_messy.csv": _csv(messy, delimiter=";"),
        "couples_rows_truth.csv": _csv(sample.truth.assign(messy_fault=fault)),
        "truth.yaml": recipe_text(sample).encode(),
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in contents)


def _csv(frame: pd.DataFrame, *, delimiter: str = ",") -> bytes:
    return frame.to_csv(index=False, sep=delimiter, lineterminator="\n").encode()


def _rows(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
