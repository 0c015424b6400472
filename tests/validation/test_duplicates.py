"""People who may be in the file twice: found before their addresses are dropped, never shown."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment import read_survey
from detachment.validation._duplicates import find_duplicates

HEADER = "respondent_id,dyad_id,wave,email,net," + ",".join(f"q{i}" for i in range(12))
INSTRUMENT = """
schema_version: 1
instrument: {id: small, version: 1.0.0, title: Small, language: en, licence: CC0-1.0}
response_scales:
  five: {type: ordinal, values: [1, 2, 3, 4, 5]}
columns:
  respondent_id: {role: respondent_id, required: true}
  dyad_id: {role: dyad_id}
  wave: {role: wave, type: integer}
items: [ITEMS]
scales:
  all: {label: All, role: covariate, model: reflective, items: [NAMES], score: mean, min_valid: 0.8}
"""


@pytest.fixture
def read(tmp_path):
    """Rows of (id, dyad, wave, e-mail, address, answers) as a survey."""
    names = [f"q{i}" for i in range(12)]
    items = ", ".join(f"{{id: {n}, scale: five, keyed: 1}}" for n in names)
    instrument = tmp_path / "small.yaml"
    instrument.write_text(INSTRUMENT.replace("ITEMS", items).replace("NAMES", ", ".join(names)))

    def build(rows):
        lines = [",".join([*map(str, row[:5]), *map(str, row[5])]) for row in rows]
        file = tmp_path / "export.csv"
        file.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        return read_survey(file, instrument=instrument)

    return build


def answers(seed):
    return np.random.default_rng(seed).integers(1, 6, 12).tolist()


def person(i, *, dyad="", wave=1, net=None, email=None, given=None):
    net = f"192.0.2.{i}" if net is None else net
    email = f"p{i}@example.org" if email is None else email
    return (f"P{i}", dyad, wave, email, net, answers(i) if given is None else given)


def flagged(survey, flag):
    return survey.flags.loc[survey.flags["flag"] == flag, "row"].tolist()


def test_strangers_at_one_address_are_flagged_and_the_address_is_gone(read):
    people = [person(i) for i in range(1, 20)]
    people[3] = person(4, net="192.0.2.200")
    people[8] = person(9, net="192.0.2.200")
    survey = read(people)
    assert flagged(survey, "shared_ip") == [5, 10]
    assert not flagged(survey, "shared_email")
    assert len(survey.responses) == 19
    said = survey.flags.to_string() + survey.problems.to_string() + repr(survey.provenance)
    assert "192.0.2" not in said
    assert "@" not in said


def test_a_couple_and_a_person_in_two_waves_share_with_good_reason(read):
    people = [person(i) for i in range(1, 20)]
    people += [
        person(30, dyad="D1", net="192.0.2.99"),
        person(31, dyad="D1", net="192.0.2.99"),
        person(30, dyad="D1", wave=2, net="192.0.2.99", given=answers(77)),
    ]
    assert not flagged(read(people), "shared_ip")
    assert flagged(read([*people, person(40, net="192.0.2.99")]), "shared_ip") == [21, 22, 23, 24]


def test_one_e_mail_written_in_two_ways_is_one(read):
    people = [person(i) for i in range(1, 20)]
    people += [person(50, email="P3@Example.org ")]
    assert flagged(read(people), "shared_email") == [4, 21]


def test_same_answers_are_flagged_but_not_those_of_straight_liners(read):
    people = [person(i) for i in range(1, 20)]
    people += [person(60, given=answers(5)), person(61, given=[3] * 12), person(62, given=[3] * 12)]
    people += [person(63, given=[1, 2] * 6), person(64, given=[1, 2] * 6)]
    survey = read(people)
    assert flagged(survey, "duplicate_answers") == [6, 21]
    assert survey.flags.loc[survey.flags["flag"] == "duplicate_answers", "value"].tolist() == [1, 1]


def test_few_answers_in_common_are_no_evidence(read):
    few = [1, 2, 3, 4, 5, 1, 2, "", "", "", "", ""]
    people = [*(person(i) for i in range(1, 20)), person(70, given=few), person(71, given=few)]
    assert not flagged(read(people), "duplicate_answers")


@settings(max_examples=25, derandomize=True)
@given(st.permutations(range(14)))
def test_flags_do_not_depend_on_the_order_of_rows(order):
    rng = np.random.default_rng(3)
    codes = rng.integers(1, 6, (14, 12))
    codes[5] = codes[11]
    frame = pd.DataFrame(codes, columns=[f"q{i}" for i in range(12)]).astype("Int8")

    class Nothing:
        """An instrument and an export of items alone."""

        items = dict.fromkeys(frame.columns)
        identifying_columns = ()

        @staticmethod
        def columns_with_role(_role):
            return ()

    kept = np.ones(14, dtype=bool)
    shuffled = frame.iloc[list(order)]
    found = find_duplicates(shuffled, Nothing, Nothing, kept)
    assert sorted(found["row"]) == [5, 11]
