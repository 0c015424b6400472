"""Write a sample: the same answers as the platforms would write them, and the truth beside them."""

from pathlib import Path

import pandas as pd

from detachment.errors import check_word
from detachment.instruments import read_instrument
from detachment.simulation._messy import plant_faults
from detachment.simulation._recipe import recipe_text
from detachment.simulation._sample import Sample
from detachment.simulation.platforms import WRITERS


def write_sample(
    sample: Sample, folder: str | Path, *, platform: str | None = None
) -> tuple[Path, ...]:
    """Write a sample into a folder; the same sample gives the same bytes.

    Parameters
    ----------
    sample
        From :func:`simulate`.
    folder
        Made when it is not there; files of these names are replaced.
    platform
        Write the couples as this survey platform's download has them, code books included, and
        nothing else; one of ``WRITERS``.

    Returns
    -------
    tuple of Path
        What was written. Without a platform: ``couples_long.csv``; ``couples_qualtrics.csv``
        (values) and ``couples_qualtrics_labels.csv`` (choice texts); ``couples.sav``;
        ``class_quiz.csv``; ``couples_messy.csv`` (planted faults); ``couples_rows_truth.csv``
        (what is behind each row); ``truth.yaml`` (recipe and population).

    Raises
    ------
    UsageError
        When there is no such platform.
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
    if platform is not None:
        check_word("platform", platform, tuple(WRITERS))
        return _write(dict(WRITERS[platform].files(sample, instrument)), Path(folder))
    messy, fault = plant_faults(sample, instrument)
    contents = {
        "couples_long.csv": _csv(sample.responses),
        **WRITERS["qualtrics"].files(sample, instrument),
        **WRITERS["spss"].files(sample, instrument),
        "class_quiz.csv": _csv(sample.quiz),
        "couples_messy.csv": _csv(messy, delimiter=";"),
        "couples_rows_truth.csv": _csv(sample.truth.assign(messy_fault=fault)),
        "truth.yaml": recipe_text(sample).encode(),
    }
    return _write(contents, Path(folder))


def _write(contents: dict[str, bytes], folder: Path) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in contents)


def _csv(frame: pd.DataFrame, *, delimiter: str = ",") -> bytes:
    return frame.to_csv(index=False, sep=delimiter, lineterminator="\n").encode()
