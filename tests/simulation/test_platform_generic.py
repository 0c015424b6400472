"""The sample as a plain table with semicolons: the same survey."""

from pathlib import Path

import pandas as pd
import pytest

from detachment.exports import read_export
from detachment.simulation import Sample, simulate, write_sample
from detachment.validation import read_survey


@pytest.fixture(scope="module")
def sample() -> Sample:
    return simulate(n_couples=30, n_alone=10, n_students=3)


def test_it_comes_back_as_the_same_survey(sample: Sample, tmp_path: Path) -> None:
    write_sample(sample, tmp_path)
    (file,) = write_sample(sample, tmp_path, platform="generic")
    assert file.name == "couples.csv"
    plain, survey = read_survey(tmp_path / "couples_long.csv"), read_survey(file)
    assert not survey.has_errors
    for found, known in ((survey.responses, plain.responses), (survey.missing, plain.missing)):
        pd.testing.assert_frame_equal(
            found.reset_index(drop=True), known.reset_index(drop=True), check_categorical=False
        )


def test_layout(sample: Sample, tmp_path: Path) -> None:
    (file,) = write_sample(sample, tmp_path, platform="generic")
    export = read_export(file)
    assert (export.platform, export.delimiter, export.decimal) == ("generic", ";", ",")
    assert (export.encoding, export.bom, export.warnings) == ("utf-8", True, ())
    assert export.frame["duration_min"].str.fullmatch(r"\d+,\d\d").all()
