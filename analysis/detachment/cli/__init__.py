"""argv in, exit status out; the only room that prints."""

from detachment.cli._main import main as main

__all__ = ["main"]
