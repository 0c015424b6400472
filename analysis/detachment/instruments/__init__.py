"""Declared questionnaires as frozen values; the only room that reads YAML."""

from detachment.instruments._types import Instrument, Item, ResponseScale, Scale

__all__ = ["Instrument", "Item", "ResponseScale", "Scale"]
