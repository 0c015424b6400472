"""The sample as a REDCap project comes back as the same survey, from codes and from labels."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from detachment import read_survey
from detachment.exports import read_export
from detachment.simulation import simulate, write_sample
from detachment.validation import Survey

KEY = ["respondent_id", "wave"]


@pytest.fixture(scope="module")
def sample():
    return simulate(n_couples=30, n_alone=10, n_students=3)


@pytest.fixture(scope="module")
def files(sample, tmp_path_factory) -> dict[str, Path]:
    """Raw data, labels, the dictionary, and the plain long file."""
    paths = write_sample(sample, tmp_path_factory.mktemp("redcap"), platform="redcap")
    plain = write_sample(sample, tmp_path_factory.mktemp("plain"))[0]
    return dict(zip(("raw", "labels", "dictionary", "plain"), [*paths, plain], strict=True))


@pytest.fixture(scope="module")
def surveys(files) -> dict[str, Survey]:
    return {kind: read_survey(files[kind]) for kind in ("raw", "labels", "plain")}


def by_person(survey: Survey, table: pd.DataFrame) -> pd.DataFrame:
    people = pd.MultiIndex.from_frame(survey.responses[KEY])
    return table.set_axis(people).sort_index()


def words(table: pd.DataFrame) -> set[str]:
    return {word for word in table.to_numpy().ravel() if isinstance(word, str)}


def test_names_are_those_of_the_downloads(files):
    assert [files[kind].name for kind in ("raw", "labels", "dictionary")] == [
        "Couples_DATA_2026-07-31_0915.csv",
        "Couples_DATA_LABELS_2026-07-31_0915.csv",
        "Couples_DataDictionary_2026-07-31.csv",
    ]


@pytest.mark.parametrize("kind", ["raw", "labels"])
def test_same_people_same_answers(surveys, kind):
    survey, plain = surveys[kind], surveys["plain"]
    assert not survey.has_errors
    items = list(plain.missing)
    pd.testing.assert_frame_equal(
        by_person(survey, survey.responses[items]), by_person(plain, plain.responses[items])
    )
    # REDCap keeps neither the time that a survey took nor its language.
    people = [c for c in plain.responses if c not in [*items, *KEY, "duration_s", "language"]]
    expected = by_person(plain, plain.responses[people])
    unfinished = by_person(survey, survey.missing).eq("not_reached").any(axis=1)
    expected.loc[unfinished, "submitted_at"] = pd.NaT  # the platform says "[not completed]"
    pd.testing.assert_frame_equal(by_person(survey, survey.responses[people]), expected)


@pytest.mark.parametrize("kind", ["raw", "labels"])
def test_same_reasons(surveys, kind):
    survey, plain = surveys[kind], surveys["plain"]
    found = by_person(survey, survey.missing[list(plain.missing)]).astype(object)
    expected = by_person(plain, plain.missing).astype(object)
    # A question left empty just before somebody stopped looks as if it had not been reached.
    apart = found.ne(expected) & ~(found.isna() & expected.isna())
    assert words(found.where(apart)) <= {"not_reached"}
    assert words(expected.where(apart)) <= {"not_answered"}
    assert apart.to_numpy().sum() <= 3
    reasons = {"not_answered", "not_reached", "not_applicable", "prefer_not_to_say"}
    assert words(found) == reasons


def test_codes_and_labels_are_one_survey(surveys):
    raw, labels = surveys["raw"], surveys["labels"]
    pd.testing.assert_frame_equal(raw.responses, labels.responses)
    pd.testing.assert_frame_equal(raw.missing, labels.missing)
    pd.testing.assert_frame_equal(raw.flags, labels.flags)
    assert raw.ledger["excluded"].tolist() == labels.ledger["excluded"].tolist() == [0, 0, 2]


@pytest.mark.parametrize("kind", ["raw", "labels"])
def test_the_dictionary_is_found_and_marks_what_is_personal(files, kind):
    export = read_export(files[kind])
    assert list(export.books) == [files["dictionary"].name]
    assert [export.frame.columns.get_loc(c) for c in export.identifying_columns] == [2, 3, 4, 5]
    roles = {v.role for v in export.variables.values()}
    assert {"respondent_id", "submitted_at", "finished", "identifier", "metadata"} <= roles
    assert not [w for w in export.warnings if "are not in" in w or "nothing is said" in w]


def test_items_that_redcap_cannot_name_are_found_by_their_text(files, tmp_path):
    """A field's name has no underscore twice, so partner items need the dictionary."""
    survey = read_survey(files["raw"])
    partner = [item for item in survey.missing if item.endswith("__partner")]
    assert set(survey.provenance["matched_by_text"]) == set(partner)
    alone = tmp_path / "data.csv"
    alone.write_bytes(files["raw"].read_bytes())
    assert set(survey.missing) - set(read_survey(alone).missing) == set(partner)


def test_no_personal_cell_reaches_a_survey(files, surveys):
    for kind in ("raw", "labels"):
        export, survey = read_export(files[kind]), surveys[kind]
        personal = {c for name in export.identifying_columns for c in export.frame[name] if c}
        text = "\n".join(
            [
                survey.responses.to_csv(),
                survey.problems.to_string(),
                survey.flags.to_string(),
                repr(survey.provenance),
            ]
        )
        assert len(personal) > 200
        assert not [cell for cell in personal if cell in text]


def test_the_layout_is_redcaps(files, sample):
    rows = {kind: list(csv.reader(io.StringIO(files[kind].read_text("utf-8")))) for kind in files}
    raw, labels = rows["raw"], rows["labels"]
    assert len(raw) == len(labels) == 1 + len(sample.responses) + 2
    assert raw[0][:3] == ["record_id", "redcap_event_name", "redcap_survey_identifier"]
    assert labels[0][:3] == ["Record ID", "Event Name", "Survey Identifier"]
    assert labels[0].count("Complete?") == 2
    keys = [(row[0], row[1]) for row in raw[1:]]
    assert keys == sorted(keys, key=lambda key: (key[0], key[1]))
    names = [line[0] for line in rows["dictionary"][1:]]
    assert not [name for name in names if "__" in name or not name.islower()]
    assert set(names) <= set(raw[0])
    # Fields of a matrix stand together and have the same choices.
    matrices = [(line[15], line[5]) for line in rows["dictionary"][1:] if line[15]]
    runs = [m for i, m in enumerate(matrices) if i == 0 or matrices[i - 1] != m]
    assert len(runs) == len({group for group, _ in runs}) > 3
    stamps = [row[raw[0].index("couples_survey_timestamp")] for row in raw[1:]]
    status = [row[raw[0].index("couples_survey_complete")] for row in raw[1:]]
    open_ones = {s for s, done in zip(stamps, status, strict=True) if done == "0"}
    assert open_ones == {"[not completed]"}
    assert stamps.count("[not completed]") == status.count("0") > 0


def test_same_sample_same_bytes(sample, files, tmp_path):
    again = write_sample(sample, tmp_path, platform="redcap")
    assert [p.read_bytes() for p in again] == [
        files[kind].read_bytes() for kind in ("raw", "labels", "dictionary")
    ]
