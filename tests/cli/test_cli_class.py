"""``detachment class``: from a roster to marks, as a teacher types it."""

import json

import pytest

from detachment.cli import class_

ROSTER = "id;name;group\nS1;Zoë Example;a\n"


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher")
    (folder / "roster.csv").write_bytes(ROSTER.encode("cp1252"))
    return folder


@pytest.fixture
def make(detachment, workplace):
    def run(*more, roster="roster.csv", out="class"):
        given = ("--students", workplace / roster, "--out", workplace / out)
        return detachment("class", "make", *given, "--n", 40, "--lessons", "1,5", *more)

    return run


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes()
            for p in sorted(folder.rglob("*")) if p.is_file()}  # fmt: skip


def test_from_roster_to_marks(make, detachment, workplace):
    ran = make()
    assert ran.code == 0, ran.err
    assert "1 folder in" in ran.err
    assert "Zoë" not in ran.out + ran.err
    made = tree(workplace / "class")
    assert {name.rpartition("/")[2] for name in made if name.startswith("students/S1/")} == {
        "1_what_a_scale_is.ipynb", "5_two_people_are_not_two_cases.ipynb", "README.txt",
        "data.csv", "careless.csv",
    }  # fmt: skip
    assert {n for n in made if n.startswith("teacher/")} == {
        "teacher/key.json", "teacher/key.csv", "teacher/truth.csv",
    }  # fmt: skip

    # Again: the same bytes; and a notebook in which somebody worked is kept.
    mine = workplace / "class/students/S1/1_what_a_scale_is.ipynb"
    worked = made["students/S1/1_what_a_scale_is.ipynb"].replace(
        b'check(\\"turned_answer\\", ...)', b'check(\\"turned_answer\\", 2)'
    )
    mine.write_bytes(worked)
    again = make()
    assert (again.code, "1 file kept" in again.err) == (0, True)
    assert mine.read_bytes() == worked
    assert {n: c for n, c in tree(workplace / "class").items() if n != mine.relative_to(
        workplace / "class").as_posix()} == {n: c for n, c in made.items()
        if not n.endswith("S1/1_what_a_scale_is.ipynb")}  # fmt: skip

    # With another seed the data would be others: nothing is written.
    before = tree(workplace / "class")
    other = make("--seed", 2)
    assert other.code == 2
    assert "data.csv, which is not as it would be made now" in other.err
    assert tree(workplace / "class") == before

    # Marks, with and without names.
    given = ("class", "mark", workplace / "class/students", "--key",
             workplace / "class/teacher/key.json", "--out", workplace / "marks")  # fmt: skip
    ran = detachment(*given, "--json")
    assert ran.code == 0, ran.err
    assert {row["file"] for row in json.loads(ran.out)["table"]} == {
        "marks.csv", "overview.html", "feedback/S1.html",
    }  # fmt: skip
    rows = (workplace / "marks/marks.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("id,missing_answers")
    assert ",1,12," in rows[1]
    assert "Zoë" not in rows[1]
    assert detachment(*given, "--students", workplace / "roster.csv").code == 0
    assert "S1,Zoë Example,a," in (workplace / "marks/marks.csv").read_text(encoding="utf-8")

    # One file that cannot be marked: the others are, and the exit code says so.
    (workplace / "class/students/broken.ipynb").write_text("{", encoding="utf-8")
    ran = detachment(*given)
    assert ran.code == 1
    assert "not marked: 'broken.ipynb' is damaged" in ran.err


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ("name\nAnn\n", 3, "no column called id"),
        ("id\n1\n1\n", 3, "row 3, column id: this id stands in line 2 already"),
    ],
)
def test_a_roster_that_cannot_be_used(make, workplace, content, code, said):
    (workplace / "wrong.csv").write_text(content, encoding="utf-8")
    ran = make(roster="wrong.csv", out="none")
    assert ran.code == code
    assert said in ran.err
    assert not (workplace / "none").exists()


def test_wrong_usage(make, detachment, workplace, tmp_path):
    assert "--lessons takes numbers" in make("--lessons", "one", out="none").err
    assert "There is no lesson 9" in make("--lessons", "9", out="none").err
    assert "40 to 2000 couples" in make("--n", "7", out="none").err
    ran = detachment("class", "mark", tmp_path / "none", "--key", tmp_path / "key.json")
    assert (ran.code, "is no folder" in ran.err) == (2, True)
    ran = detachment("class", "mark", tmp_path, "--key", workplace / "roster.csv")
    assert (ran.code, "is no key of a class" in ran.err) == (3, True)
    ran = detachment("class", "mark", tmp_path, "--key", "x", "--out", tmp_path)
    assert (ran.code, "must not be the folder" in ran.err) == (2, True)
    assert "Did you mean 'make'?" in detachment("class", "maker").err


def test_the_quiz_sheet_and_its_key(detachment, tmp_path):
    ran = detachment("class", "quiz", "--out", tmp_path / "sheets" / "monday.html")
    assert (ran.code, ran.err) == (0, "")
    assert {p.name for p in (tmp_path / "sheets").iterdir()} == {"monday.html", "monday-key.html"}
    ran = detachment("class", "quiz", "--out", tmp_path / "quiz.pdf")
    assert (ran.code, "ends in .html" in ran.err) == (2, True)


def test_the_module_has_the_name_that_python_allows():
    assert class_.command.name == "class"
