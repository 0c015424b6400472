"""A file that is no part of a source, because it cannot be read as one."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from detachment.sources._types import Fingerprint, PartError


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenPart:
    """What says why, whenever it is asked: whoever reads the source decides what it means."""

    name: str
    why: str
    rows: int | None = None
    first_row: int = 1
    decimal: str = "."

    def fingerprint(self) -> Fingerprint:
        """See ``Part``."""
        raise PartError(self.name, self.why)

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """See ``Part``."""
        raise PartError(self.name, self.why)
