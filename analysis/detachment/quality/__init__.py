"""Numbers about a scale in, keying alarms out."""

from detachment.quality._keying import Alarm, keying_alarm, sign_alarm

__all__ = ["Alarm", "keying_alarm", "sign_alarm"]
