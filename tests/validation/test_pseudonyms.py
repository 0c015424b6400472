"""Ids that nobody can trace back without the key."""

import re
import stat

import pandas as pd
import pytest

from detachment import read_survey, sample
from detachment.errors import UsageError
from detachment.validation._pseudonyms import pseudonyms, read_key


def test_a_key_is_made_once_and_kept(tmp_path):
    file = tmp_path / "study.key"
    key = read_key(file)
    assert len(key) == 32
    assert read_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_key(tmp_path / "other.key") != key


@pytest.mark.parametrize("content", ["", "abc", "zz" * 32, "00" * 31])
def test_what_is_no_key_is_refused(tmp_path, content):
    file = tmp_path / "study.key"
    file.write_text(content)
    with pytest.raises(UsageError, match="is no key"):
        read_key(file)
    assert file.read_text() == content


def test_one_person_is_one_pseudonym_in_every_file_of_a_key():
    ids = pd.Series(["ann", "bob", "ann", None], dtype="str")
    one = pseudonyms(ids, bytes(32), "respondent_id")
    assert one[0] == one[2] != one[1]
    assert one.isna().tolist() == [False, False, False, True]
    assert pseudonyms(ids[::-1], bytes(32), "dyad_id").iloc[-1] == one[0]
    assert pseudonyms(ids, b"\1" * 32, "respondent_id")[0] != one[0]


def test_the_hash_is_the_published_one():
    # RFC 4231, test case 2: the key "Jefe", the text "what do ya want for nothing?".
    ids = pd.Series(["what do ya want for nothing?"], dtype="str")
    assert pseudonyms(ids, b"Jefe", "x")[0] == "5bdcc146bf60"


def test_survey_with_a_key_has_no_study_id_and_the_same_answers(tmp_path):
    key = tmp_path / "study.key"
    plain = read_survey(sample("couples_long.csv"))
    coded = read_survey(sample("couples_long.csv"), key=key)
    for column in ("respondent_id", "dyad_id"):
        codes = coded.responses[column].dropna()
        assert codes.map(lambda c: re.fullmatch("[0-9a-f]{12}", c) is not None).all()
        assert codes.nunique() == plain.responses[column].nunique()
    assert not set(plain.responses["respondent_id"]) & set(coded.responses["respondent_id"])
    items = list(plain.missing)
    pd.testing.assert_frame_equal(plain.responses[items], coded.responses[items])
    again = read_survey(sample("couples_long.csv"), key=key)
    pd.testing.assert_frame_equal(coded.responses, again.responses)
