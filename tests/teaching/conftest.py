"""A class of three, made once; and a session that forgets between tests."""

import pytest

from detachment.teaching._data import SESSION, practice_data
from detachment.teaching._make import make_class
from detachment.teaching._roster import Student

COUPLES = 40


@pytest.fixture
def session():
    """A notebook that was just opened, without data of its own."""
    SESSION.data = practice_data()
    SESSION.wrong.clear()
    yield SESSION
    SESSION.data = None
    SESSION.wrong.clear()


@pytest.fixture(scope="session")
def students():
    """Three students; one has a name that must come out as text."""
    return (
        Student(id="S1", name="=1+1", group="a"),
        Student(id="S2", name="<script>alert(1)</script>", group="b"),
        Student(id="S3", name="Zoë Example", group="a"),
    )


@pytest.fixture(scope="session")
def class_files(students):
    """The folders of the three."""
    return make_class(students, seed=3, couples=COUPLES)
