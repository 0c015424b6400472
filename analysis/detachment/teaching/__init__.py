"""Lessons in, checked answers and marks out: exercises of a class, personal data, quiz sheets."""

from importlib import import_module
from typing import TYPE_CHECKING

from detachment.teaching._check import Checked as Checked
from detachment.teaching._check import check as check
from detachment.teaching._correlations import shuffle_effects as shuffle_effects
from detachment.teaching._data import data as data
from detachment.teaching._data import who_was_careless as who_was_careless
from detachment.teaching._lessons import EXERCISES as EXERCISES
from detachment.teaching._lessons import LESSONS as LESSONS

if TYPE_CHECKING:
    from detachment.teaching._make import make_class as make_class
    from detachment.teaching._mark import mark_class as mark_class
    from detachment.teaching._mark import read_key as read_key
    from detachment.teaching._pages import marks_files as marks_files
    from detachment.teaching._quiz_sheet import quiz_sheet as quiz_sheet
    from detachment.teaching._roster import read_roster as read_roster

__all__ = [
    "EXERCISES",
    "LESSONS",
    "Checked",
    "check",
    "data",
    "make_class",
    "mark_class",
    "marks_files",
    "quiz_sheet",
    "read_key",
    "read_roster",
    "shuffle_effects",
    "who_was_careless",
]

# What only a teacher needs is imported when it is asked for.
_HOMES = {
    "make_class": "_make",
    "mark_class": "_mark",
    "marks_files": "_pages",
    "quiz_sheet": "_quiz_sheet",
    "read_key": "_mark",
    "read_roster": "_roster",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"detachment.teaching.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'detachment.teaching' has no attribute {name!r}")
