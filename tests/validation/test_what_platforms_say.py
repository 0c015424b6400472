"""What a platform or its code book says of its own columns reaches the survey."""

import pandas as pd
import pytest

from detachment.exports import Variable
from detachment.instruments import Column
from detachment.validation import validate


def test_moment_that_stands_for_none_is_missing(instrument, make_export, good):
    columns = {**instrument.columns}
    columns["sent"] = Column(id="sent", role="submitted_at", type="datetime", column="sent")
    object.__setattr__(instrument, "columns", columns)
    good["sent"] = ["2026-03-01 10:00:00", "1980-01-01 00:00:00", "", "-", "-", "-"]
    reasons = {"1980-01-01 00:00:00": "not_answered", "-": "not_answered"}
    export = make_export(good, variables={"sent": Variable(reasons=reasons)})
    survey = validate(export, instrument)
    assert survey.responses["sent"].notna().tolist() == [True, *[False] * 5]
    assert survey.responses["sent"].iloc[0] == pd.Timestamp("2026-03-01 10:00", tz="UTC")
    assert not survey.has_errors


def test_own_code_for_a_missing_answer_is_known_by_its_label(instrument, make_export, good):
    good["q1"] = ["1", "NAPP", "3", "4", "5", "3"]
    labels = {"1": "Strongly disagree", "NAPP": "Does not apply"}
    survey = validate(make_export(good, variables={"q1": Variable(labels=labels)}), instrument)
    assert survey.missing["q1"].tolist()[1] == "not_applicable"
    assert not survey.has_errors


@pytest.mark.parametrize(("texts", "found"), [(["wave", ""], True), (["wave", "Wave "], False)])
def test_metadata_column_is_known_by_its_text_where_only_one_has_it(
    instrument, make_export, good, texts, found
):
    good |= {"Q7": ["1"] * 6, "Q8": ["2"] * 6}
    book = {name: Variable(text=text) for name, text in zip(("Q7", "Q8"), texts, strict=True)}
    responses = validate(make_export(good, variables=book), instrument).responses
    assert ("wave" in responses) == found
