"""Write a sample: the same answers as the platforms would write them, and the truth beside them."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from detachment.instruments import read_instrument
from detachment.simulation._qualtrics import qualtrics_rows
from detachment.simulation._sample import Sample


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
        ``couples_long.csv``, ``couples_qualtrics.csv`` (values) and
        ``couples_qualtrics_labels.csv`` (choice texts).
    """
    instrument = read_instrument("detachment")
    contents = {
        "couples_long.csv": _csv(sample.responses),
        "couples_qualtrics.csv": _rows(qualtrics_rows(sample, instrument, choice_text=False)),
        "couples_qualtrics_labels.csv": _rows(qualtrics_rows(sample, instrument, choice_text=True)),
    }
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in contents)


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _rows(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
