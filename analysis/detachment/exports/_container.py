"""Bytes in, container out: by magic numbers, never by the file's ending."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

from detachment.errors import ExportError, UsageError, nearest

SPREADSHEETS = ("xlsx", "xlsb", "ods", "xls")
STATISTICS = ("sav", "zsav", "por", "dta")
TEXTS = ("text", "json", "xml")
LARGEST_UNPACKED = 2**31
LARGEST_PACKED_SMALL = 2**26
MOST_SHRUNK = 200  # times: text of answers shrinks by ten or twenty, an empty table by a hundred
DAMAGED_ZIP = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError,
    ValueError, KeyError, struct.error,
)  # fmt: skip
"""What the standard library raises of a zip file that is damaged, cut off or encrypted."""

# What else people hand in: the first bytes, what it is, what to do.
_CSV = "Export the data from the survey platform as CSV."
_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", _CSV),
    (b"\x89PNG", "a PNG image", _CSV),
    (b"\xff\xd8\xff", "a JPEG image", _CSV),
    (b"GIF8", "a GIF image", _CSV),
    (b"PARE", "an encrypted Parquet file", "Save it without encryption."),
    (b"ARROW1", "an Arrow (Feather) file", "Save it as CSV, with one row of column names."),
    (
        b"\x1f\x8b",
        "a gzip file (an R .rds or .RData file, or a packed one)",
        "Unpack it, or in R save the data with write.csv(data, row.names = FALSE).",
    ),
    (b"BZh", "a bzip2 file", "Unpack it first."),
    (
        b"\xfd7zXZ",
        "an xz file (perhaps an R .rds file)",
        "Unpack it, or in R save the data with write.csv(data, row.names = FALSE).",
    ),
    (b"RDX", "an R .RData file", "In R, save the data with write.csv(data, row.names = FALSE)."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it and give the data file in it."),
    (b"Rar!", "a RAR archive", "Unpack it and give the data file in it."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV."),
    (b"{\\rtf", "a rich text document", _CSV),
)
_OLD_STATA = tuple(bytes([version, order]) for version in range(0x69, 0x74) for order in (1, 2))


def read_bytes(path: Path) -> bytes:
    """Read a file, or say why not.

    Raises
    ------
    UsageError
        When there is no such file (with the nearest name in its folder), or it is a folder.
    ExportError
        When it may not be read, or is empty.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {str(path)!r}.{_neighbour(path)}") from error
    except PermissionError as error:
        if path.is_dir():  # what Windows says of a folder
            raise _folder(path) from error
        raise ExportError(
            f"{path.name} may not be read by you (permission denied). Change its permissions, or "
            "close the program that has it open."
        ) from error
    except (IsADirectoryError, NotADirectoryError) as error:
        if path.is_dir():
            raise _folder(path) from error
        raise UsageError(f"there is no file {str(path)!r}.{_neighbour(path)}") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{str(path)!r} cannot be opened: {error}") from error
    if not data:
        raise ExportError(f"{path.name} is empty (0 bytes). Export the data again.")
    return data


def container_of(data: bytes, name: str) -> str:
    """Say what a file is: text, json, xml, xlsx, xlsb, xls, ods, sav, zsav, por, dta, parquet, zip.

    Parameters
    ----------
    data
        Whole content.
    name
        Name of the file, for the messages.

    Raises
    ------
    ExportError
        When it is something else; the message names it.
    """
    if data.startswith(b"$FL2"):
        return "sav"
    if data.startswith(b"$FL3"):
        return "zsav"
    if b"SPSSPORT" in data[:700]:
        return "por"
    if data.startswith(b"PK"):
        return _zip_container(data, name)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole2_container(data, name)
    if data.startswith(b"PAR1"):
        return "parquet"
    if data.startswith(b"<stata_dta>") or (data.startswith(_OLD_STATA) and b"\0" in data[:200]):
        return "dta"
    for magic, what, advice in _REFUSED:
        if data.startswith(magic):
            raise ExportError(f"{name} is {what}, not a survey export. {advice}")
    start = b"".join(data[:1000].removeprefix(b"\xef\xbb\xbf").lower().split())
    if start.startswith((b"<!doctypehtml", b"<html", b"<table")):
        raise ExportError(
            f"{name} is a web page, not a table: perhaps a login page was saved in place of "
            f"the data. {_CSV}"
        )
    if start.startswith((b"<?xml", b"<!doctype")):
        return "xml"
    if start.startswith((b'{"', b"[{", b"[]", b"{}")):
        return "json"
    return "text"


def _zip_container(data: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            mime = b""
            if "mimetype" in archive.namelist():
                with archive.open("mimetype") as member:
                    mime = member.read(100)
    except DAMAGED_ZIP as error:
        raise ExportError(
            f"{name} starts like a zip or Excel file but is damaged or cut off. Export it again."
        ) from error
    if sum(member.file_size for member in members) > LARGEST_UNPACKED:
        raise ExportError(
            f"{name} would unpack to more than 2 GB, which no survey export does; it is not opened."
        )
    swollen = sum(m.file_size for m in members if m.file_size > MOST_SHRUNK * m.compress_size)
    if swollen > LARGEST_PACKED_SMALL:
        raise ExportError(
            f"{name} holds {swollen >> 20} MB packed into {len(data) >> 10} kB, which no survey "
            "export does; it is not opened. Unpack it and give the data file in it, if that is "
            "what you expect."
        )
    names = {member.filename.lower() for member in members}
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if b"opendocument.spreadsheet" in mime:
        return "ods"
    if "word/document.xml" in names:
        raise ExportError(f"{name} is a Word document, not a survey export. {_CSV}")
    return "zip"


def _ole2_container(data: bytes, name: str) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise ExportError(
            f"{name} is protected with a password. Save it without one, or export it as CSV."
        )
    if not any(stream.encode("utf-16-le") in data for stream in ("Workbook", "Book")):
        raise ExportError(f"{name} is an old Office document, but not an Excel one. {_CSV}")
    return "xls"


def _folder(path: Path) -> UsageError:
    return UsageError(f"{str(path)!r} is a folder. Give the export file in it.")


def _neighbour(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f" There is no folder {str(folder)!r} either."
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    except OSError:
        return ""
    return nearest(path.name, names)
