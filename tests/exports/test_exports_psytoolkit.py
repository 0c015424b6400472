"""PsyToolkit: answers by option number, milliseconds beside them, the survey in its source."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.errors import ExportError, SurveyError, UsageError
from detachment.exports import Export, read_export
from detachment.exports._psytoolkit_survey import read_questions
from detachment.validation import read_survey

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"
NAMES = "participant,prolific_id:1,sex:1,sex:2,close:1,close:2,mood:1,endcode"
TIMES = "TIME_start,TIME_end,TIME_total"
DATA = f"""{NAMES},{TIMES}
s.a.txt,5f1,2,"",1,3,7,x1,2021-05-07-16-30,2021-05-07-16-35,5
s.b.txt,5f2,3,"my own",3,"",0,"",2021-05-07-16-28,"",""
"""
MILLISECONDS = f"""participant,prolific_id,sex,close,mood,feedback,{TIMES}
s.b.txt,1000,2000,"","",500,2021-05-07-16-28,"",""
s.a.txt,60000,100000,50000,19999,0,2021-05-07-16-30,2021-05-07-16-35,5
"""
SURVEY = """# a comment
l: prolific_id
t: textline
q: Please enter your Prolific ID:
- {length=30}

l: sex
t: radio
q: What is your sex,
<b>please</b>?
- Female
- Male
- {other} Other

scale: agree
- Never
- Sometimes
- Always

l: jump1
t: jump
- if $sex == 1 then goto mood

l: close
t: scale agree
q: How often?
- We talk.
- {reverse} We are silent.

random: begin
l: mood
a: sound.mp3
t: range
q: How are you?
- {min=0,max=10,left=Bad,right=Good}
"""


@pytest.fixture
def read(tmp_path: Path):
    def reader(name: str = "data.csv", files: dict[str, str] | None = None, **options) -> Export:
        for other, text in ({"data.csv": DATA} | (files or {})).items():
            (tmp_path / other).write_text(text, encoding="utf-8")
        return read_export(tmp_path / name, **options)

    return reader


def test_answers_alone(read) -> None:
    export = read()
    assert (export.platform, export.kind, export.header_rows) == ("psytoolkit", "responses", 1)
    assert export.frame["sex:1"].tolist() == ["2", "3"]
    assert export.identifying_columns == ("prolific_id:1",)
    roles = {name: v.role for name, v in export.variables.items() if v.role}
    assert roles.pop("participant") == "respondent_id"
    assert set(roles.values()) == {"metadata"}
    assert [export.variables[n].name for n in ("mood:1", "close:1", "close:2")] == ["mood", "", ""]
    assert export.variables["close:2"].group == "close"
    assert export.unfinished is not None
    assert export.unfinished.tolist() == [False, True]
    # Whole minutes are what the file itself says, in a unit of its own.
    np.testing.assert_array_equal(export.durations, [300, np.nan])
    assert any("whole minutes" in warning for warning in export.warnings)


def test_times_beside_the_answers_are_summed_by_participant(read) -> None:
    export = read(files={"data_times.csv": MILLISECONDS})
    np.testing.assert_allclose(export.durations, [229.999, 3.5])
    assert list(export.books) == ["data_times.csv"]
    assert any("milliseconds" in warning for warning in export.warnings)
    assert list(export.frame) == [*NAMES.split(","), *TIMES.split(",")]


def test_times_of_participants_that_stand_twice_are_not_used(read) -> None:
    twice = MILLISECONDS + MILLISECONDS.splitlines()[1] + "\n"
    export = read(files={"data_times.csv": twice})
    np.testing.assert_array_equal(export.durations, [300, np.nan])
    assert list(export.books) == []


def test_survey_beside_the_answers(read) -> None:
    export = read(files={"survey.txt": SURVEY})
    assert list(export.books) == ["survey.txt"]
    book = export.variables
    assert book["sex:1"].text == "What is your sex,\n<b>please</b>?"
    assert dict(book["sex:1"].labels) == {"1": "Female", "2": "Male", "3": "Other"}
    assert not book["sex:1"].ordered
    assert dict(book["sex:2"].labels) == {}
    assert [book[n].text for n in ("close:1", "close:2")] == ["We talk.", "We are silent."]
    assert list(book["close:2"].labels.items()) == [
        ("1", "Never"), ("2", "Sometimes"), ("3", "Always")
    ]  # fmt: skip
    assert book["close:1"].ordered
    assert (book["mood:1"].text, dict(book["mood:1"].labels)) == ("How are you?", {})
    assert any("{reverse}" in warning for warning in export.warnings)


def test_survey_that_the_user_names(read, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(SURVEY, encoding="utf-8")
    export = read(codebook=tmp_path / "mine.txt")
    assert list(export.books) == ["mine.txt"]
    assert export.variables["sex:1"].labels["1"] == "Female"
    (tmp_path / "mine.txt").write_text("Just a note.\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine\.txt is no code book"):
        read(codebook=tmp_path / "mine.txt")


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (("0", "2"), {"0": "Never", "1": "Sometimes", "2": "Always"}),
        (("1", "3"), {"1": "Never", "2": "Sometimes", "3": "Always"}),
        (("1", "2"), {}),
        (("0", "3"), {}),
    ],
)
def test_scores_are_told_from_option_numbers_by_the_answers(read, cells, labels) -> None:
    source = (
        "l: Q\nt: radio\nq: Often?\n- {score=0} Never\n- {score=1} Sometimes\n- {score=2} Always\n"
    )
    rows = "".join(f"s.{i}.txt,{cell},a,b,1\n" for i, cell in enumerate(cells))
    export = read(files={"data.csv": f"participant,Q:1,{TIMES}\n{rows}", "survey.txt": source})
    assert dict(export.variables["Q:1"].labels) == labels
    assert any("scores of their own" in warning for warning in export.warnings) is (not labels)


def test_times_by_themselves(read) -> None:
    export = read("data_times.csv", {"data_times.csv": MILLISECONDS})
    assert (export.platform, export.kind) == ("psytoolkit", "timings")
    assert export.variables["sex"].role == "timing"
    assert export.identifying_columns == ()


def test_survey_by_itself(read, tmp_path: Path) -> None:
    export = read("survey.txt", {"survey.txt": SURVEY})
    assert (export.platform, export.kind, export.container) == ("psytoolkit", "codebook", "txt")
    assert export.frame["label"].tolist() == ["prolific_id", "sex", "jump1", "close", "mood"]
    assert export.rows.tolist() == [2, 7, 20, 24, 31]
    with pytest.raises(SurveyError, match=r"code book"):
        read_survey(tmp_path / "survey.txt")


def test_headings_with_an_underscore_are_understood_with_the_survey(read) -> None:
    files = {"data.csv": DATA.replace(":", "_"), "survey.txt": SURVEY}
    book = read(files=files).variables
    assert (book["close_1"].text, book["close_1"].group) == ("We talk.", "close")
    assert book["mood_1"].name == "mood"


def test_another_file_is_refused_where_the_user_names_the_platform(read) -> None:
    files = {"x.csv": "id,Q1\n1,2\n"}
    with pytest.raises(ExportError, match=r"no PsyToolkit file.*Leave the platform out"):
        read("x.csv", files, platform="psytoolkit")


@pytest.mark.parametrize(
    "text",
    [
        "participant,Q1,Q2\ns.a.txt,1,2\n",
        "id,Q:1,Q:2\n1,2,3\n",
        "l: a list\nof words\n",
        "server-time: 2021-05-07-16-30\nl: sex\nt: radio\nT: 1500\na: 2\n",
    ],
)
def test_other_files_are_not_taken(read, text: str) -> None:
    assert read("x.csv", {"x.csv": text}).platform == "generic"


@given(st.text(alphabet="ltqa:- {}=score12#\n", max_size=200))
def test_any_text_is_read_as_a_survey_or_as_none(text: str) -> None:
    questions = read_questions(text)
    rows = [question.row for question in questions]
    assert rows == sorted(set(rows))
    assert all(1 <= row <= len(text.splitlines()) for row in rows)
    assert all(item.text in text for question in questions for item in question.items)


@pytest.mark.skipif(
    not (FOLDER / "EXPECTED.json").is_file(),
    reason="the outside reference files (../shared) are not on this machine",
)
def test_the_real_files() -> None:
    known = json.loads((FOLDER / "EXPECTED.json").read_text(encoding="utf-8"))
    files = [k["file"] for k in known if k["format"] == "psytoolkit"]
    data, times, survey = (read_export(FOLDER / file) for file in files)
    assert [e.platform for e in (data, times, survey)] == ["psytoolkit"] * 3
    assert [e.kind for e in (data, times, survey)] == ["responses", "timings", "codebook"]
    assert set(data.books) == {"data_times.csv", "survey.txt"}
    assert data.variables["goldmsi:2"].text == "I would not consider myself a musician"
    assert data.variables["goldmsi:2"].labels["7"] == "Completely Agree"
    assert data.variables["gender:1"].labels["1"] == "Female"
    # Two independent statements of the platform agree: milliseconds, and whole minutes.
    minutes = data.frame["TIME_total"]
    said = minutes[minutes != ""].astype(float).to_numpy()
    assert data.durations is not None
    summed = data.durations[(minutes != "").to_numpy()] / 60
    assert np.median(np.abs(summed - said)) < 1
    assert data.unfinished is not None
    assert data.unfinished.sum() == (minutes == "").sum() == 8
