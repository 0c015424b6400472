"""The sample as a workbook: the same survey, the same bytes."""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from detachment.exports import read_export
from detachment.instruments import read_instrument
from detachment.simulation import Sample, simulate, write_sample
from detachment.simulation.platforms import excel
from detachment.validation import read_survey


@pytest.fixture(scope="module")
def sample() -> Sample:
    return simulate(n_couples=30, n_alone=10, n_students=3)


def test_it_comes_back_as_the_same_survey(sample: Sample, tmp_path: Path) -> None:
    write_sample(sample, tmp_path)
    (file,) = write_sample(sample, tmp_path, platform="excel")
    assert file.name == "couples.xlsx"
    plain, survey = read_survey(tmp_path / "couples_long.csv"), read_survey(file)
    assert not survey.has_errors
    for found, known in ((survey.responses, plain.responses), (survey.missing, plain.missing)):
        pd.testing.assert_frame_equal(
            found.reset_index(drop=True), known.reset_index(drop=True), check_categorical=False
        )


def test_the_answers_are_found_although_the_code_book_is_larger(
    sample: Sample, tmp_path: Path
) -> None:
    (file,) = write_sample(sample, tmp_path, platform="excel")
    export = read_export(file)
    assert (export.platform, export.header_rows) == ("excel", 1)
    assert "not read: 'Code book'" in export.warnings[0]
    assert len(export.frame) == len(sample.responses)
    few = simulate(n_couples=2, n_alone=1, n_students=1)
    (file,) = write_sample(few, tmp_path, platform="excel")
    export = read_export(file)
    assert "'Code book' (larger, but it lists the headings of 'Answers')" in export.warnings[0]
    assert len(export.frame) == len(few.responses)


def test_same_bytes(sample: Sample) -> None:
    instrument = read_instrument("detachment")
    once = excel.excel_bytes(sample, instrument)
    assert once == excel.excel_bytes(sample, instrument)
    with zipfile.ZipFile(io.BytesIO(once)) as archive:
        assert archive.read("docProps/core.xml").count(b"2026-03-01T00:00:00Z") == 2
