"""The sample as a Stata file: the same survey, the same bytes."""

from pathlib import Path

import pandas as pd
import pytest

from detachment.exports import read_export
from detachment.instruments import read_instrument
from detachment.simulation import Sample, simulate, write_sample
from detachment.simulation.platforms import stata
from detachment.validation import read_survey

KEY = ["respondent_id", "wave"]


@pytest.fixture(scope="module")
def sample() -> Sample:
    return simulate(n_couples=30, n_alone=10, n_students=3)


def test_it_comes_back_as_the_same_survey(sample: Sample, tmp_path: Path) -> None:
    write_sample(sample, tmp_path)
    (file,) = write_sample(sample, tmp_path, platform="stata")
    assert file.name == "couples.dta"
    plain, survey = read_survey(tmp_path / "couples_long.csv"), read_survey(file)
    assert not survey.has_errors
    items = list(plain.missing)
    people = [*KEY, *items, "submitted_at", "duration_s", "dyad_id", "consent"]
    pd.testing.assert_frame_equal(
        survey.responses[people].reset_index(drop=True),
        plain.responses[people].reset_index(drop=True),
    )
    reasons = plain.missing.astype(object).set_axis(survey.missing.index)
    assert {"not_applicable", "prefer_not_to_say", "not_reached"} <= set(reasons.to_numpy().flat)
    pd.testing.assert_frame_equal(survey.missing.astype(object), reasons)


def test_codes_labels_and_tags(sample: Sample, tmp_path: Path) -> None:
    (file,) = write_sample(sample, tmp_path, platform="stata")
    export = read_export(file)
    assert (export.platform, export.warnings) == ("stata", ())
    variable = export.variables["sign_02_emotional_talk"]
    assert set(variable.missing) == {".n", ".p", ".u"}
    assert variable.missing[".n"] == "Does not apply"
    assert ".u" in set(export.frame["check_use_me"])
    assert export.frame["submitted_at"].str.fullmatch(r"2026-\d\d-\d\d \d\d:\d\d:\d\d").all()


def test_same_bytes(sample: Sample) -> None:
    instrument = read_instrument("detachment")
    once = stata.stata_bytes(sample, instrument)
    assert once == stata.stata_bytes(sample, instrument)
    assert b"01 Mar 2026 00:00" in once[:300]
