"""Lessons in, checked answers and marks out: exercises of a class, personal data, quiz sheets."""

from detachment.teaching._check import Checked as Checked
from detachment.teaching._check import check as check
from detachment.teaching._correlations import shuffle_effects as shuffle_effects
from detachment.teaching._data import data as data
from detachment.teaching._data import who_was_careless as who_was_careless

__all__ = ["Checked", "check", "data", "shuffle_effects", "who_was_careless"]
