"""Parts in folders that are called by what their rows have in common, such as ``wave=1``.

Apache Hive, "LanguageManual DDL", partitioned tables: the name of a column, ``=``, and its value,
percent-encoded; a missing value has a name of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import unquote

import pyarrow as pa

from detachment.sources._types import Fingerprint, Part

_MISSING = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedPart:
    """A part, and the columns that its folders say."""

    part: Part
    keys: tuple[tuple[str, str | None], ...]

    @property
    def name(self) -> str:
        """See ``Part``."""
        return self.part.name

    @property
    def rows(self) -> int | None:
        """See ``Part``."""
        return self.part.rows

    @property
    def first_row(self) -> int:
        """See ``Part``."""
        return self.part.first_row

    @property
    def decimal(self) -> str:
        """See ``Part``."""
        return self.part.decimal

    def fingerprint(self) -> Fingerprint:
        """See ``Part``."""
        return self.part.fingerprint()

    def blocks(self, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """See ``Part``."""
        keys = dict(self.keys)
        stored = tuple(name for name in columns if name not in keys)
        for block in self.part.blocks(stored):
            for name in columns:
                if name in keys:
                    column = pa.repeat(pa.scalar(keys[name], pa.string()), block.num_rows)
                    block = block.append_column(name, column)
            yield block.select(list(columns))


def folder_keys(path: PurePath) -> tuple[tuple[str, str | None], ...]:
    """Columns and values that the folders of a path say.

    Examples
    --------
    >>> folder_keys(PurePath("wave=1/arm=wait%20list/part-0.parquet"))
    (('wave', '1'), ('arm', 'wait list'))
    """
    pairs = (part.split("=", 1) for part in path.parts[:-1] if "=" in part.strip("="))
    return tuple((unquote(k), None if v == _MISSING else unquote(v)) for k, v in pairs)
