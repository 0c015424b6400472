"""Who does the work: threads of this machine, or the workers of a cluster."""

from detachment.engines._local import Local
from detachment.engines._types import Engine

__all__ = ["Engine", "Local"]
