"""Exports in, surveys or one complete error out; the only room that knows pandera."""

from detachment.validation._blocks import Block, Coding, meaning_of
from detachment.validation._decoding import parse_number
from detachment.validation._exclude import EXCLUDED_FOR, EXCLUSIONS, RULES, exclude, remaining
from detachment.validation._from_frame import from_frame
from detachment.validation._lazy import LazySurvey, open_survey
from detachment.validation._matching import normal_text, question_key
from detachment.validation._reading import Reading
from detachment.validation._survey import Survey
from detachment.validation._validate import READING, read_survey, validate

__all__ = [
    "EXCLUDED_FOR",
    "EXCLUSIONS",
    "READING",
    "RULES",
    "Block",
    "Coding",
    "LazySurvey",
    "Reading",
    "Survey",
    "exclude",
    "from_frame",
    "meaning_of",
    "normal_text",
    "open_survey",
    "parse_number",
    "question_key",
    "read_survey",
    "remaining",
    "validate",
]
