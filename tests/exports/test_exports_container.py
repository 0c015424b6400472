"""What a file is comes from its bytes; what cannot be read is refused by name, with advice."""

import io
import zipfile
from pathlib import Path

import pytest

from detachment.errors import ExportError, UsageError
from detachment.exports import read_export


def zipped(*names: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return memory.getvalue()


def damaged_ods() -> bytes:
    """A member that cannot be unpacked, although the list of members is whole."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet" * 9)
    data = bytearray(memory.getvalue())
    data[38:50] = bytes(byte ^ 0xFF for byte in data[38:50])
    return bytes(data)


OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
GZIP = b"\x1f\x8b\x08\x00" + bytes(20)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"%PDF-1.7\n...", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (GZIP, "a gzip file"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "a 7z archive"),
        (zipped("answers.csv", "codes.csv"), "a zip archive without a survey export"),
        (zipped("word/document.xml"), "a Word document"),
        (b"PK\x03\x04 cut off", "damaged or cut off"),
        (damaged_ods(), "damaged or cut off"),
        (OLE2, "not an Excel one"),
        (OLE2 + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\xef\xbb\xbf\n<html lang=en>", "a web page"),
        (b'[\n  {\n "session": "a"', "JSON"),
        (b'{"a": 1}', "JSON"),
        (b"", "is empty (0 bytes)"),
        (b"\xef\xbb\xbf \r\n", "nothing but blanks"),
        (b'""\n', "nothing but blanks"),
        (b"id,Q1\n1,\x002\n", "a binary file"),
        (b"id,Q1\n1,3\n" + bytes(range(256)), "a binary file"),
        (b"$FL2@(#) IBM SPSS" + bytes(50), "starts like an SPSS file but is damaged"),
    ],
)
def test_what_is_no_export_is_refused_by_name(tmp_path: Path, data: bytes, says: str) -> None:
    file = tmp_path / "answers.csv"  # the ending lies in every case
    file.write_bytes(data)
    with pytest.raises(ExportError) as caught:
        read_export(file)
    assert says in str(caught.value)
    assert str(caught.value).startswith("answers.csv")


def test_a_text_file_is_read_whatever_its_ending(tmp_path: Path) -> None:
    file = tmp_path / "answers.xlsx"
    file.write_text("id;Q1\n1;2\n")
    export = read_export(file)
    assert (export.container, export.delimiter) == ("text", ";")


def test_a_missing_file_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "couples_wave1.csv").write_text("id,Q1\n1,2\n")
    with pytest.raises(UsageError, match=r"no file .*couple_wave1\.csv.*'couples_wave1\.csv'\?"):
        read_export(tmp_path / "couple_wave1.csv")


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        read_export(tmp_path / "nowhere" / "a.csv")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        read_export(tmp_path)


def test_a_path_through_a_file_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,Q1\n1,2\n")
    with pytest.raises(UsageError, match="there is no file"):
        read_export(tmp_path / "a.csv" / "b.csv")


def test_a_file_without_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,Q1\n1,2\n")

    def refuse(_: Path) -> bytes:
        raise PermissionError

    monkeypatch.setattr(Path, "read_bytes", refuse)  # the superuser may read everything
    with pytest.raises(ExportError, match="permission denied"):
        read_export(file)


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    data = bytearray(zipped("xl/workbook.xml"))
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (0xFFFFFFF0).to_bytes(4, "little")  # its unpacked size
    file = tmp_path / "a.xlsx"
    file.write_bytes(data)
    with pytest.raises(ExportError, match="more than 2 GB"):
        read_export(file)


def test_an_unknown_platform_names_the_nearest_one(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,Q1\n1,2\n")
    with pytest.raises(UsageError, match=r"qualtrics, spss, .*generic.*'qualtrics'"):
        read_export(file, platform="Qualtrix")


@pytest.mark.parametrize("platform", ["qualtrics", "spss"])
def test_a_platform_that_the_file_is_not_of_is_refused(tmp_path: Path, platform: str) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,Q1\n1,2\n")
    with pytest.raises(ExportError, match=r"Leave the platform out"):
        read_export(file, platform=platform)


def test_a_sheet_of_a_text_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,Q1\n1,2\n")
    with pytest.raises(UsageError, match="not a workbook"):
        read_export(file, sheet="Data")


def test_text_under_a_workbooks_name_is_read_and_said(tmp_path):
    path = tmp_path / "answers.xlsx"
    path.write_text("id,q1\na,1\nb,2\n", encoding="utf-8")
    export = read_export(path)
    assert export.frame["q1"].tolist() == ["1", "2"]
    assert "called .xlsx but holds plain text" in export.warnings[0]
    path.write_text("this is no workbook", encoding="utf-8")
    with pytest.raises(ExportError, match=r"called .xlsx but holds plain text"):
        read_export(path)
