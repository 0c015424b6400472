"""The sample as a Parquet file: the same survey, the same bytes."""

from pathlib import Path

import pandas as pd
import pytest

from detachment.exports import read_export
from detachment.instruments import read_instrument
from detachment.simulation import Sample, simulate, write_sample
from detachment.simulation.platforms import parquet
from detachment.validation import read_survey


@pytest.fixture(scope="module")
def sample() -> Sample:
    return simulate(n_couples=30, n_alone=10, n_students=3)


def test_it_comes_back_as_the_same_survey(sample: Sample, tmp_path: Path) -> None:
    write_sample(sample, tmp_path)
    (file,) = write_sample(sample, tmp_path, platform="parquet")
    assert file.name == "couples.parquet"
    plain, survey = read_survey(tmp_path / "couples_long.csv"), read_survey(file)
    assert not survey.has_errors
    for found, known in ((survey.responses, plain.responses), (survey.missing, plain.missing)):
        pd.testing.assert_frame_equal(
            found.reset_index(drop=True), known.reset_index(drop=True), check_categorical=False
        )


def test_types_are_read_as_text(sample: Sample, tmp_path: Path) -> None:
    (file,) = write_sample(sample, tmp_path, platform="parquet")
    export = read_export(file)
    assert (export.platform, export.warnings) == ("parquet", ())
    assert export.frame["submitted_at"].str.fullmatch(r"2026-.* ..:..:..\+00:00").all()
    assert export.variables["submitted_at"].time_zone == "UTC"
    assert set(export.frame["consent"]) == {"TRUE"}
    assert "-7" in set(export.frame["check_use_me"])
    assert set(export.variables["partner_role"].labels) == {"A", "B"}


def test_same_bytes(sample: Sample) -> None:
    instrument = read_instrument("detachment")
    once = parquet.parquet_bytes(sample, instrument)
    assert once == parquet.parquet_bytes(sample, instrument)
