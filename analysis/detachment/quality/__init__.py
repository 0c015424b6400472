"""Typed answers in, flags out; numbers about a scale in, keying alarms out."""

from detachment.quality._answers import PLACE
from detachment.quality._flags import FLAGS, SECONDS, UNFINISHED, find_flags, joined, no_flags
from detachment.quality._indices import INDEX_FLAGS, INDICES, Indices, find_indices
from detachment.quality._keying import Alarm, keying_alarm, sign_alarm
from detachment.quality._limits import HINT, STRONG

__all__ = [
    "FLAGS",
    "HINT",
    "INDEX_FLAGS",
    "INDICES",
    "PLACE",
    "SECONDS",
    "STRONG",
    "UNFINISHED",
    "Alarm",
    "Indices",
    "find_flags",
    "find_indices",
    "joined",
    "keying_alarm",
    "no_flags",
    "sign_alarm",
]
