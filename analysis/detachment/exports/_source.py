"""What the detection steps hand to a platform, and what a platform hands back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import ExportError
from detachment.exports._container import SPREADSHEETS
from detachment.exports._delimited import read_delimited
from detachment.exports._grid import Grid
from detachment.exports._text import Text, decode
from detachment.exports._types import Variable
from detachment.exports._workbook import read_workbook


@dataclass(frozen=True, slots=True)
class File:
    """Name and content of a file that belongs to an export, such as its code book."""

    name: str
    data: bytes


class Folder(Protocol):
    """What lies beside an export: other files of its folder, or other members of its archive."""

    def names(self) -> Sequence[str]:
        """Names of the files, sorted."""
        ...

    def read(self, name: str) -> bytes:
        """Content of one of them."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """A file whose container is known.

    Attributes
    ----------
    name, data, container
        The file itself.
    books
        Code books that the user named; a platform that finds its own among them uses it.
    folder
        What lies beside the file. A platform may look there for companions whose names its own
        download gives them, never for anything else.
    encoding, sheet
        What the user said of them.
    """

    name: str
    data: bytes
    container: str
    books: tuple[File, ...] = ()
    folder: Folder | None = None
    encoding: str | None = None
    sheet: str | None = None

    @cached_property
    def text(self) -> Text | None:
        """Decoded text, where the file is text of any kind (a table, JSON, XML)."""
        if self.container not in ("text", "json", "xml"):
            return None
        return decode(self.data, self.name, self.encoding)

    @cached_property
    def grid(self) -> Grid | None:
        """Cells of a text table or of a sheet; None where a library reads the whole format."""
        if self.container in SPREADSHEETS:
            return read_workbook(self.data, self.container, self.name, self.sheet)
        if self.container == "text" and self.text is not None:
            return read_delimited(self.text, self.name)
        return None

    def companion(self, wanted: Callable[[str], bool]) -> File | None:
        """First file beside this one whose name is ``wanted``; None where there is none."""
        if self.folder is None:
            return None
        name = next((n for n in self.folder.names() if n != self.name and wanted(n)), None)
        return None if name is None else File(name, self.folder.read(name))


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """What a platform's module makes of a source.

    Attributes
    ----------
    frame
        One row a record, text; an empty cell is ``""``. ``str`` or categories.
    unfinished
        Records whose person did not come to the end; None: look at the column whose role is
        ``finished``, where there is one.
    kind
        ``responses``; ``codebook`` (what was asked, no answers) or ``timings`` (no answers
        either), which can be inspected and are refused where answers are needed.
    books
        Code books that were used.
    container
        Only where it is not what the bytes say: ``txt`` for text that is no table.
    durations
        Seconds that each record took, NaN where unknown, where no column holds them.
    """

    frame: pd.DataFrame
    rows: NDArray[np.int64]
    variables: Mapping[str, Variable]
    header_rows: int
    test_rows: NDArray[np.bool_] | None = None
    unfinished: NDArray[np.bool_] | None = None
    identifying: frozenset[str] = frozenset()
    repeated: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    decimal: str | None = None
    kind: str = "responses"
    books: tuple[File, ...] = ()
    container: str | None = None
    durations: NDArray[np.float64] | None = None
    warnings: tuple[str, ...] = ()


class Platform(Protocol):
    """One platform: a module with these three names.

    ``detect`` says in words which mark of the platform it found, or None. ``read`` may assume
    nothing that ``detect`` checks (the user can name the platform) and raises ``ExportError``
    when the file is not of its kind.
    """

    NAME: str

    def detect(self, source: Source) -> str | None:
        """Return the mark that was found, in words, or None."""
        ...

    def read(self, source: Source) -> Layout:
        """Read the source as this platform's layout."""
        ...


def need_grid(source: Source, platform: str) -> Grid:
    """Return the source's grid, or refuse: this container is not a table of text."""
    if source.grid is None:
        raise ExportError(
            f"{source.name} is a .{source.container} file; the platform {platform!r} is read "
            "from text or Excel files. Leave the platform out, or export the data as CSV."
        )
    return source.grid
