"""What a platform says beside the cells reaches the survey: times, time zones, names, reasons."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detachment.exports import Export, Variable, read_export
from detachment.instruments import Instrument, read_instrument
from detachment.validation import validate

INSTRUMENT = """schema_version: 1
instrument: {id: tiny, version: 1.0.0, title: Tiny, language: en, licence: CC0-1.0}
response_scales:
  agree: {type: ordinal, values: [1, 2, 3], labels: [No, Perhaps, "Yes"]}
missing_codes: {"-9": refused, "Does not apply": not_applicable, "5": asked_too_late}
columns:
  id: {role: respondent_id, type: string}
  when: {role: submitted_at, type: datetime}
  seconds: {role: duration_s, type: number, min: 0, max: 1000}
items:
  - {id: A1, scale: agree}
  - {id: A2, scale: agree}
scales:
  a: {label: A, role: covariate, model: reflective, items: [A1, A2], score: mean, min_valid: 0.5}
"""


@pytest.fixture
def instrument(tmp_path: Path) -> Instrument:
    file = tmp_path / "tiny.yaml"
    file.write_text(INSTRUMENT, encoding="utf-8")
    return read_instrument(file)


@pytest.fixture
def export(tmp_path: Path) -> Export:
    file = tmp_path / "answers.csv"
    file.write_text(
        "id,when,A1:1,A2\np1,2026-05-04 08:00:00,1,2\np2,2026-12-04T08:00:00Z,2,-9\n"
        "p3,,7,1\np4,2026-10-25 02:30:00,-8,\n",
        encoding="utf-8",
    )
    return read_export(file)


def with_variable(export: Export, column: str, **fields: object) -> Export:
    variable = replace(export.variables[column], **fields)
    return replace(export, variables={**export.variables, column: variable})


@pytest.fixture
def named(export: Export) -> Export:
    return with_variable(export, "A1:1", name="A1", missing={"7": "", "-8": ""})


def test_a_question_is_found_by_its_own_name(
    export: Export, named: Export, instrument: Instrument
) -> None:
    survey = validate(named, instrument)
    assert survey.responses["A1"].tolist()[:2] == [1, 2]
    assert not survey.has_errors
    with pytest.warns(UserWarning, match="A1"):
        assert "A1" not in validate(export, instrument).responses


def test_times_that_no_column_holds(named: Export, instrument: Instrument) -> None:
    times = np.array([12.5, np.nan, -1.0, 1001.0])
    survey = validate(replace(named, durations=times), instrument)
    assert survey.responses["seconds"].tolist() == [12.5, pd.NA, pd.NA, pd.NA]
    assert "seconds" not in validate(named, instrument).responses


def test_a_column_of_the_file_comes_before_times_of_the_platform(
    named: Export, instrument: Instrument
) -> None:
    cells = named.cells.assign(seconds=pd.Categorical(["1", "2", "3", "4"]))
    both = replace(
        named,
        cells=cells,
        variables={**named.variables, "seconds": Variable()},
        durations=np.full(4, 99.0),
    )
    assert validate(both, instrument).responses["seconds"].tolist() == [1, 2, 3, 4]


def test_moments_are_in_the_time_zone_of_the_export(named: Export, instrument: Instrument) -> None:
    plain = validate(named, instrument).responses["when"]
    berlin = validate(with_variable(named, "when", time_zone="Europe/Berlin"), instrument)
    moved = (plain - berlin.responses["when"]).dt.total_seconds()
    # Summer time; an offset of its own; nothing; the first of the two half past two.
    assert moved.fillna(-1).tolist() == [7200, 0, -1, 7200]
    nowhere = validate(with_variable(named, "when", time_zone="Mars/Phobos"), instrument)
    pd.testing.assert_series_equal(nowhere.responses["when"], plain)


def test_a_label_of_the_code_book_that_the_instrument_knows(
    named: Export, instrument: Instrument
) -> None:
    """Words only: a number among the labels ("5" children) is no missing code of the instrument."""
    labels = {"1": "No", "2": "5", "7": "does not apply"}
    survey = validate(with_variable(named, "A1:1", labels=labels, missing={"-8": ""}), instrument)
    assert survey.missing["A1"].astype(object).tolist()[2] == "not_applicable"
    assert survey.responses["A1"].tolist()[:2] == [1, 2]


def test_a_code_that_the_platform_keeps_to_itself(named: Export, instrument: Instrument) -> None:
    assert validate(named, instrument).missing["A2"].astype(object).tolist()[1] == "refused"
    own = {"missing": {"-9": ""}, "reasons": {"-9": "shown_not_answered"}}
    survey = validate(with_variable(named, "A2", **own), instrument)
    assert survey.missing["A2"].astype(object).tolist()[1] == "shown_not_answered"
    # A reason alone is what a study may have recoded: there the instrument knows best.
    survey = validate(with_variable(named, "A2", reasons=own["reasons"]), instrument)
    assert survey.missing["A2"].astype(object).tolist()[1] == "refused"
