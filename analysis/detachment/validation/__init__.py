"""Exports in, surveys or one complete error out; the only room that knows pandera."""

from detachment.validation._survey import Survey

__all__ = ["Survey"]
