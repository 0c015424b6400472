"""What lies beside an export: other files of its folder, or other members of its archive."""

import io
import re
import stat
import zipfile
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from detachment.errors import ExportError, UsageError, nearest
from detachment.exports._container import DAMAGED_ZIP, read_bytes

MOST_MEMBERS = 10_000
LARGEST_MEMBER = 1 << 30
LARGEST_COMPANION = 1 << 26
_BLOCK = 1 << 20
_OF_SYSTEMS = ("__MACOSX", "Thumbs.db", "desktop.ini")


class Directory:
    """Files beside a file on disk."""

    def __init__(self, file: Path) -> None:
        self._folder = file.parent

    @cached_property
    def _names(self) -> tuple[str, ...]:
        try:
            return tuple(sorted(e.name for e in self._folder.iterdir() if e.is_file()))
        except OSError:
            return ()

    def names(self) -> Sequence[str]:
        """Names of the files, sorted."""
        return self._names

    def read(self, name: str) -> bytes:
        """Content of one of them."""
        path = self._folder / name
        if path.stat().st_size > LARGEST_COMPANION:
            raise _too_large(name)
        return read_bytes(path)


class Archive:
    """Members of a zip file, read in memory: nothing is unpacked to disk.

    Raises
    ------
    ExportError
        When the archive is damaged or locked, when a member would leave the folder it is unpacked
        into, or when there is more in it than any survey export has.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            members = self._zip.infolist()
        except DAMAGED_ZIP as error:
            raise _damaged(name) from error
        if len(members) > MOST_MEMBERS:
            raise ExportError(f"{name} has {len(members)} members; no survey export has so many.")
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            self._check(member)
            parts = PurePosixPath(member.filename).parts
            hidden = any(part.startswith(".") or part in _OF_SYSTEMS for part in parts)
            if not member.is_dir() and not hidden:
                if member.filename in self._members:
                    raise ExportError(
                        f"{name} has two members of one name, which no program writes; it is not "
                        "opened. Unpack it and give the data file in it."
                    )
                self._members[member.filename] = member

    def _check(self, member: zipfile.ZipInfo) -> None:
        # ZipInfo.filename already stops at a NUL byte; orig_filename is what is written.
        path = member.orig_filename.replace("\\", "/")
        link = stat.S_ISLNK(member.external_attr >> 16)
        out = re.match(r"/|[A-Za-z]:", path) or "\0" in path or ".." in path.split("/")
        if out or link:
            raise ExportError(
                f"{self.name} has a member whose path leads out of its own folder, which no survey "
                "platform writes; it is not opened."
            )
        if member.flag_bits & 1:
            raise ExportError(
                f"{self.name} is protected with a password. Unpack it and give the data file in it."
            )
        if member.file_size > LARGEST_MEMBER:
            raise ExportError(
                f"{self.name} has a member that unpacks to more than 1 GB; it is not opened. "
                "Unpack it yourself and give the data file in it, if that is what you expect."
            )

    def names(self) -> Sequence[str]:
        """Names of the members, sorted."""
        return sorted(self._members)

    def read(self, name: str) -> bytes:
        """Content of one member; no more than it declares, whatever it unpacks to."""
        if name not in self._members:
            raise UsageError(
                f"{self.name} has no member {name!r}; it has: {', '.join(self.names()[:10])}."
                f"{nearest(name, self.names())}"
            )
        member = self._members[name]
        parts, size = [], 0
        try:
            with self._zip.open(member) as file:
                while part := file.read(_BLOCK):
                    size += len(part)
                    if size > member.file_size:
                        raise _damaged(self.name)
                    parts.append(part)
        except DAMAGED_ZIP as error:
            raise _damaged(self.name) from error
        return b"".join(parts)

    def size(self, name: str) -> int:
        """Bytes that a member declares to unpack to."""
        return self._members[name].file_size

    def levels(self) -> list[list[str]]:
        """Members by the depth of their folder, the outermost first."""
        depths = {name: name.count("/") for name in self.names()}
        return [
            [name for name in depths if depths[name] == depth]
            for depth in sorted(set(depths.values()))
        ]

    def beside(self, name: str) -> "Members":
        """Members of the folder that one member lies in."""
        return Members(self, PurePosixPath(name).parent)


class Members:
    """Members of one folder of an archive, by their names in it."""

    def __init__(self, archive: Archive, folder: PurePosixPath) -> None:
        self._archive = archive
        self._names = {
            PurePosixPath(name).name: name
            for name in archive.names()
            if PurePosixPath(name).parent == folder
        }

    def names(self) -> Sequence[str]:
        """Names of the files, sorted."""
        return sorted(self._names)

    def read(self, name: str) -> bytes:
        """Content of one of them."""
        if self._archive.size(self._names[name]) > LARGEST_COMPANION:
            raise _too_large(name)
        return self._archive.read(self._names[name])


def _too_large(name: str) -> ExportError:
    return ExportError(
        f"{name}, which lies beside the export and looks like its code book, is too large for one. "
        "Move it elsewhere, or name the code book."
    )


def _damaged(name: str) -> ExportError:
    return ExportError(f"{name} is a zip file that is damaged or cut off. Export it again.")
