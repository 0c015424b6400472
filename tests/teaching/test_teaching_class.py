"""From a roster to marks: personal folders, and notebooks that come back in any state."""

import csv
import io
import json
import re

import pytest

from detachment._files import shipped
from detachment.errors import ExportError, UsageError
from detachment.teaching._check import ANSWER
from detachment.teaching._lessons import EXERCISES, NOTEBOOKS
from detachment.teaching._make import make_class
from detachment.teaching._mark import _natural, mark_class, read_key
from detachment.teaching._pages import marks_files
from detachment.teaching._roster import Student


@pytest.fixture(scope="module")
def made(class_files, tmp_path_factory):
    """The class on disk."""
    out = tmp_path_factory.mktemp("class")
    for name, content in class_files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    return out


@pytest.fixture(scope="module")
def key(made):
    return read_key(made / "teacher" / "key.json")


@pytest.fixture(scope="module")
def keys(class_files):
    return {s["id"]: s for s in json.loads(class_files["teacher/key.json"])["students"]}


def notebook(class_files, student, lesson):
    return json.loads(class_files[f"students/{student}/{NOTEBOOKS[lesson]}"])


def filled(class_files, student, lesson, answers, *, data=None):
    """A student's notebook with answers; with outputs, as if it was run, where data are named."""
    found = notebook(class_files, student, lesson)
    for cell in found["cells"]:
        name = re.search(r'check\("(\w+)"', "".join(cell["source"]))
        if name is None or name[1] not in answers:
            continue
        answer = answers[name[1]]
        cell["source"] = [f'check("{name[1]}", {answer!r})']
        if data is not None:
            said = {"exercise": name[1], "answer": answer, "data": data}
            bundle = {"text/plain": ["Not yet."], ANSWER: said}
            cell["outputs"] = [
                {"output_type": "execute_result", "data": bundle, "metadata": {},
                 "execution_count": 1}
            ]  # fmt: skip
    return found


@pytest.fixture
def hand_in(tmp_path):
    folder = tmp_path / "returned"
    folder.mkdir()

    def put(path, content):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        target.write_text(text, encoding="utf-8")
        return folder

    return put


def marks_of(marked, student):
    one = next(s for s in marked.students if s.student.id == student)
    return one, {m.exercise.name: m for m in one.marks}


def of_lesson(answers, lesson):
    return {n: a for n, a in answers.items() if EXERCISES[n].lesson == lesson}


# ---------------------------------------------------------------- making


def test_a_further_student_changes_nothing_for_the_others(class_files, students):
    fewer = make_class(students[1:2], seed=3, couples=40, lessons=[4])
    for name, content in fewer.items():
        if name.startswith("students/") and not name.endswith("README.txt"):
            assert class_files[name] == content, name


def test_each_student_has_other_data_and_another_key(class_files, keys):
    data = {class_files[f"students/{s}/data.csv"] for s in keys}
    assert len(data) == len(keys) == 3
    personal = [n for n, e in EXERCISES.items() if e.personal and e.kind == "number"]
    differ = [n for n in personal if len({s["answers"][n] for s in keys.values()}) > 1]
    assert len(differ) >= 0.8 * len(personal)
    for name, exercise in EXERCISES.items():
        if not exercise.personal:
            assert len({str(s["answers"][name]) for s in keys.values()}) == 1


def test_names_are_nowhere_and_students_get_no_key(class_files):
    for name, content in class_files.items():
        for word in (b"script>", b"=1+1", "Zoë".encode(), b"Example"):
            assert word not in content, name
        if name.startswith("students/"):
            assert b"answers" not in content or name.endswith((".ipynb", ".txt"))
    codes = [notebook(class_files, s, 1)["metadata"]["detachment"] for s in ("S1", "S2")]
    assert codes[0]["student"] != codes[1]["student"]
    assert "S1" not in codes[0]["student"]


def test_the_personal_notebook_is_the_shipped_one_but_for_the_code(class_files):
    own = notebook(class_files, "S1", 2)
    source = json.loads(shipped("notebooks", "class", NOTEBOOKS[2]).read_bytes())
    del own["metadata"]["detachment"], source["metadata"]["detachment"]
    assert own == source


def test_the_truth_counts_the_careless(class_files):
    table = csv.DictReader(io.StringIO(class_files["teacher/truth.csv"].decode()))
    for row in table:
        kinds = class_files[f"students/{row['id']}/careless.csv"].decode().split()
        assert int(row["people"]) == len(kinds) - 1 == 100
        for kind in ("attentive", "straight", "random", "zigzag"):
            assert sum(line.endswith(kind) for line in kinds) == int(row[f"{kind}_people"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"lessons": [6]}, "There is no lesson 6; the lessons are 1 to 5"),
        ({"lessons": []}, "No lesson; the lessons are 1 to 5"),
        ({"couples": 5}, "40 to 2000 couples, not 5"),
    ],
)
def test_a_class_that_cannot_be_made(options, said):
    with pytest.raises(UsageError, match=said):
        make_class([Student(id="S1")], seed=1, **options)


# ---------------------------------------------------------------- marking


@pytest.mark.parametrize("run", [True, False])
def test_right_answers_get_all_marks_wherever_they_lie(run, class_files, keys, key, hand_in):
    own = keys["S1"]
    for lesson, file in NOTEBOOKS.items():
        answers = of_lesson(own["answers"], lesson)
        back = filled(class_files, "S1", lesson, answers, data=own["data"] if run else None)
        folder = hand_in(f"a/b {lesson}/my {file}", back)
    one, marks = marks_of(mark_class(folder, key), "S1")
    assert [n for n, m in marks.items() if m.outcome != "right"] == []
    assert (one.total, one.notes) == (30, ())
    assert all(m.run is run for m in marks.values())
    other, _ = marks_of(mark_class(folder, key), "S2")
    assert (other.total, other.returned) == (0, {})


def test_wrong_answers_get_none_whatever_the_output_says(class_files, keys, key, hand_in):
    answers = {}
    for name, answer in keys["S1"]["answers"].items():
        exercise = EXERCISES[name]
        if exercise.kind == "number":
            answers[name] = answer + 5
        elif exercise.kind == "truth":
            answers[name] = not answer
        elif exercise.kind == "names":
            answers[name] = answer[:1]
        else:
            answers[name] = next(o for o in exercise.options if o != answer)
    for lesson, file in NOTEBOOKS.items():
        back = filled(class_files, "S1", lesson, answers, data=keys["S1"]["data"])
        text = json.dumps(back).replace("Not yet.", "Right.")
        folder = hand_in(file, text)
    one, marks = marks_of(mark_class(folder, key), "S1")
    assert {m.outcome for m in marks.values()} == {"not yet"}
    assert one.total == 0


def test_unfilled_notebooks_are_not_answered(class_files, key, hand_in):
    folder = hand_in("x.ipynb", notebook(class_files, "S2", 1))
    one, marks = marks_of(mark_class(folder, key), "S2")
    assert one.returned == {1: "x.ipynb"}
    assert marks["why_mean"].why == "no answer was filled in"
    assert marks["alpha_by_hand"].why == "lesson 2 was not handed in"


SOURCES = {
    'check("turned_answer", 2)': "right",
    'check("turned_answer", "2,0")': "right",
    'x = 5 + 1\ncheck("turned_answer", x - 4)': "right",
    'mine = "2"\nteaching.check(name="turned_answer", answer=mine)': "right",
    'result = check("turned_answer", -(-4) / 2)': "right",
    '%matplotlib inline\n!rm -rf /\ncheck("turned_answer", 2)': "right",
    'check("turned_answer", 3)': "not yet",
    'check("turned_answer", 6 - responses.max())': "not answered",
    'check("turned_answer", __import__("os").getpid())': "not answered",
    'check("turned_answer", 10**10**10)': "not answered",
    'check("turned_answer", 1 / 0)': "not answered",
    'check("turned_answer", ...)': "not answered",
    'check("turned_answer")': "not answered",
    'check("turned_answer", [2, [x for x in y]])': "not answered",
    'check("turned_answer", 2': "not answered",
    'check("turned_answer", ' + "(" * 500 + "2" + ")" * 500 + ")": "not answered",
    'check("turned_answer", ' + "1+" * 5000 + "1)": "not answered",
    'check("turned_answer", ' + "9" * 5000 + ")": "not answered",
    "check": "not answered",
    "\0": "not answered",
    "x" * 300_000: "not answered",
}


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s[:40])
def test_cells_that_were_not_run_are_read_and_never_run(source, class_files, key, hand_in):
    back = notebook(class_files, "S1", 1)
    back["cells"] = [{"cell_type": "code", "source": source, "outputs": []}]
    _, marks = marks_of(mark_class(hand_in("1.ipynb", back), key), "S1")
    assert marks["turned_answer"].outcome == SOURCES[source]


def test_hostile_code_does_nothing(class_files, key, hand_in, tmp_path):
    trap = tmp_path / "trap"
    back = notebook(class_files, "S1", 1)
    code = f"open({str(trap)!r}, 'w').write('x')"
    back["cells"] = [
        {"cell_type": "code", "source": [code], "outputs": []},
        {"cell_type": "code", "source": f'check("turned_answer", {code})', "outputs": []},
    ]
    mark_class(hand_in("1.ipynb", back), key)
    assert not trap.exists()


STRANGE = {
    "empty": "",
    "half": '{"cells": [{"cell_type": "co',
    "a list": "[]",
    "deep": "[" * 100_000,
    "no cells": '{"metadata": {}}',
    "cells of a wrong kind": '{"cells": {"a": 1}}',
    "binary": "\x00\x01",
}


def test_damaged_files_are_named_and_stop_nothing(class_files, keys, key, hand_in):
    for name, text in STRANGE.items():
        hand_in(f"{name}.ipynb", text)
    answers = of_lesson(keys["S1"]["answers"], 1)
    folder = hand_in("good.ipynb", filled(class_files, "S1", 1, answers))
    (folder / "latin.ipynb").write_bytes(b"\xff\xfe{")
    (folder / "packed.zip").write_bytes(b"PK")
    (folder / "folder.ipynb").mkdir()
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "good-checkpoint.ipynb").write_text("{", encoding="utf-8")
    marked = mark_class(folder, key)
    assert {path for path, _ in marked.unplaced} == {
        *(f"{name}.ipynb" for name in STRANGE), "latin.ipynb", "packed.zip",
    }  # fmt: skip
    assert marks_of(marked, "S1")[0].total == 6


def test_strange_parts_of_a_notebook_are_passed_over(class_files, keys, key, hand_in):
    own = keys["S1"]
    back = filled(class_files, "S1", 1, of_lesson(own["answers"], 1), data=own["data"])
    back["cells"] += [
        None, 7, {"cell_type": "code"}, {"cell_type": "code", "source": [1, None], "outputs": 5},
        {"cell_type": "code", "source": {}, "outputs": [None, {"data": []}, {"data": {ANSWER: 5}}]},
        {"cell_type": "code", "source": "", "outputs": [
            {"data": {ANSWER: {"exercise": [], "answer": 1}}},
            {"data": {ANSWER: "[" * 50_000}},
            {"data": {ANSWER: {"exercise": "no_such", "answer": 1}}},
            {"output_type": "stream", "text": "x" * 3_000_000},
        ]},
        {"cell_type": "markdown", "source": 'check("turned_answer", 9)'},
    ]  # fmt: skip
    back["cells"].reverse()  # and in another order
    one, _ = marks_of(mark_class(hand_in("1.ipynb", back), key), "S1")
    assert (one.total, one.notes) == (6, ())


def test_an_answer_of_a_strange_kind_is_not_answered(class_files, keys, key, hand_in):
    own = keys["S1"]
    for strange in ({"a": 1}, [[1, 2]], "x" * 10_000, True, [1, 2]):
        back = filled(class_files, "S1", 1, {"no_score": strange}, data=own["data"])
        _, marks = marks_of(mark_class(hand_in("1.ipynb", back), key), "S1")
        assert marks["no_score"].outcome == "not answered", strange
        assert "not understood" in marks["no_score"].why


def test_whose_notebook_it_is(class_files, keys, key, hand_in):
    own = keys["S2"]
    answers = of_lesson(own["answers"], 1)
    lost = filled(class_files, "S2", 1, answers, data=own["data"])
    lost["metadata"] = {}
    hand_in("lost its metadata.ipynb", lost)
    stranger = filled(class_files, "S2", 2, {})
    stranger["metadata"]["detachment"]["student"] = "0123456789ab"
    hand_in("of another class.ipynb", stranger)
    practice = filled(class_files, "S2", 2, {"alpha_by_hand": 0.5}, data="practice")
    practice["metadata"] = []
    folder = hand_in("practice.ipynb", practice)
    marked = mark_class(folder, key)
    assert marks_of(marked, "S2")[0].total == 6
    assert dict(marked.unplaced) == {
        "of another class.ipynb": "belongs to nobody in this key (another class?)",
        "practice.ipynb": "does not say whose it is: it was not opened from a student's folder",
    }


def test_of_several_attempts_the_last_with_an_answer_counts(class_files, key, hand_in):
    for path, answers in {
        "9/l.ipynb": {"turned_answer": 3}, "10/l.ipynb": {"turned_answer": 2}, "11/l.ipynb": {},
    }.items():  # fmt: skip
        folder = hand_in(path, filled(class_files, "S1", 1, answers))
    one, marks = marks_of(mark_class(folder, key), "S1")
    assert marks["turned_answer"].outcome == "right"
    assert one.returned == {1: "10/l.ipynb"}
    assert "3 notebooks; the last by its path that has an answer counts" in one.notes[0]


def test_paths_in_the_order_of_people():
    paths = ["b/l.ipynb", "a 10/l.ipynb", "a 9/l.ipynb", "a 9/l (1).ipynb", "A 9/l (2).ipynb"]
    assert sorted(paths, key=_natural) == [
        "a 9/l.ipynb", "a 9/l (1).ipynb", "A 9/l (2).ipynb", "a 10/l.ipynb", "b/l.ipynb",
    ]  # fmt: skip


def test_answers_of_somebody_else_are_said_to_the_teacher_alone(
    class_files, keys, key, hand_in, students
):
    for lesson in (1, 2, 3, 4, 5):
        copied = of_lesson(keys["S1"]["answers"], lesson)
        back = filled(class_files, "S3", lesson, copied, data=keys["S1"]["data"])
        folder = hand_in(f"{lesson}.ipynb", back)
    marked = mark_class(folder, key, students)
    one, marks = marks_of(marked, "S3")
    assert marks["mean_satisfaction"].outcome == "not yet"
    assert any("right on those of S1; ask before" in note for note in one.notes)
    assert sum("were run on the data set of S1" in note for note in one.notes) == 5
    files = marks_files(marked)
    assert b"S1" not in files["feedback/S3.html"]
    assert b"ask before" in files["overview.html"]


def test_own_wrong_answers_are_not_taken_for_copies(class_files, keys, key, hand_in):
    wrong = {
        n: a + 5 for n, a in keys["S1"]["answers"].items() if EXERCISES[n].kind == "number"
    }  # fmt: skip
    for lesson in NOTEBOOKS:
        folder = hand_in(f"{lesson}.ipynb", filled(class_files, "S1", lesson, wrong))
    assert marks_of(mark_class(folder, key), "S1")[0].notes == ()


def test_pages_and_table_hold_every_text_as_text(class_files, keys, key, hand_in, students):
    hostile = {"why_mean": "<img src=x onerror=alert(1)>", "missing_answers": 3}
    hand_in("<b>x.ipynb", "{")
    folder = hand_in("1.ipynb", filled(class_files, "S2", 1, hostile))
    files = marks_files(mark_class(folder, key, students))
    assert set(files) == {
        "marks.csv", "overview.html", *(f"feedback/{s.id}.html" for s in students),
    }  # fmt: skip
    for name, content in files.items():
        page = content.decode()
        if name.endswith(".html"):
            assert not re.search(r"<(script|img|b>x)", page), name
            assert "http" not in page
            assert '<html lang="en">' in page
    assert "&lt;script&gt;" in files["feedback/S2.html"].decode()
    rows = list(csv.DictReader(io.StringIO(files["marks.csv"].decode())))
    assert [row["id"] for row in rows] == ["S1", "S2", "S3"]
    assert (rows[0]["name"], rows[0]["right"]) == ("'=1+1", "")
    assert rows[0]["notes"] == "nothing was handed in"
    assert (rows[1]["missing_answers"], rows[1]["why_mean"]) == ("0", "")
    assert (rows[1]["right"], rows[1]["of"]) == ("0", "30")
    own = str(keys["S2"]["answers"]["missing_answers"])
    assert f">{own}<" not in files["feedback/S2.html"].decode()  # a hint, and not the answer


def test_without_a_roster_there_are_no_names(class_files, key, hand_in):
    folder = hand_in("1.ipynb", filled(class_files, "S2", 1, {}))
    heading = marks_files(mark_class(folder, key))["marks.csv"].decode().partition("\n")[0]
    assert heading.startswith("id,missing_answers,")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"made_by": "x"}', "\0", "[" * 100_000])
def test_what_is_no_key(text, tmp_path):
    path = tmp_path / "key.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExportError, match="no key of a class"):
        read_key(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_key(tmp_path / "none.json")


def test_a_key_of_another_version(class_files, tmp_path):
    path = tmp_path / "key.json"
    path.write_bytes(class_files["teacher/key.json"].replace(b"why_mean", b"why_meat"))
    with pytest.raises(ExportError, match="does not know"):
        read_key(path)
