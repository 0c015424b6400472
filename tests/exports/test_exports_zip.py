"""Zip archives: the export in a whole download, and archives that are up to something."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from detachment.errors import ExportError, UsageError
from detachment.exports import Export, _folders, read_export
from detachment.exports._container import LARGEST_UNPACKED
from detachment.instruments import read_instrument
from detachment.simulation import simulate
from detachment.simulation.platforms import WRITERS

TABLE = b"id;Q1;Q2\nA;1;2\nB;3;4\n"
PSYTOOLKIT = b"participant,age:1,mood:1,TIME_start,TIME_end,TIME_total\ns.a.txt,31,2,x,y,5\n"
MILLISECONDS = b"participant,age,mood,TIME_start,TIME_end,TIME_total\ns.a.txt,2000,3000,x,y,5\n"
SURVEY = b"l: age\nt: textline\nq: How old are you?\n"
OWN_FILE = b"server-time: 2021-05-07-16-30\n\nl: age\nt: textline\nT: 2000\na: 31\n"


def packed(members: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return memory.getvalue()


@pytest.fixture
def read(tmp_path: Path):
    def reader(content: dict[str, bytes] | bytes, **options: str) -> Export:
        data = content if isinstance(content, bytes) else packed(content)
        (tmp_path / "download.zip").write_bytes(data)
        return read_export(tmp_path / "download.zip", **options)

    return reader


def test_the_one_table_of_an_archive(read) -> None:
    export = read({"answers.csv": TABLE})
    assert (export.member, export.file, export.container) == ("answers.csv", "download.zip", "text")
    assert export.frame["Q1"].tolist() == ["1", "3"]


@pytest.mark.parametrize("folder", ["", "study/", "a/b/"])
def test_a_whole_download_of_psytoolkit(read, folder: str) -> None:
    export = read(
        {
            f"{folder}data.csv": PSYTOOLKIT,
            f"{folder}data_times.csv": MILLISECONDS,
            f"{folder}survey.txt": SURVEY,
            f"{folder}survey_data/s.a.txt": OWN_FILE,
            f"{folder}experiment_data/stroop.a.txt": b"1 2 3\n4 5 6\n",
            "__MACOSX/._data.csv": b"\x00\x05\x16\x07",
        }
    )
    assert (export.platform, export.member) == ("psytoolkit", f"{folder}data.csv")
    assert set(export.books) == {"survey.txt", "data_times.csv"}
    assert export.durations is not None
    assert export.durations.tolist() == [5.0]
    assert export.variables["age:1"].text == "How old are you?"


def test_companions_are_those_of_the_same_folder(read) -> None:
    members = {"a/data.csv": PSYTOOLKIT, "b/survey.txt": SURVEY, "survey.txt": SURVEY}
    export = read(members)
    assert (export.member, dict(export.books)) == ("a/data.csv", {})


@pytest.mark.parametrize("platform", sorted(WRITERS))
def test_what_every_platform_writes_is_found_in_an_archive(read, platform: str) -> None:
    sample = simulate(n_couples=4, n_alone=1, n_students=3)
    files = dict(WRITERS[platform].files(sample, read_instrument("detachment")))
    first = next(iter(files))
    export = read({"ReadMe.txt": b"Simulated.\n"} | files, member=first)
    assert export.platform == platform
    inside = {f"download/{name}": data for name, data in files.items()}
    same = read(inside, member=f"download/{first}")
    assert same.frame.equals(export.frame)
    assert dict(same.books) == dict(export.books)


def test_a_read_me_gives_way_to_an_export_that_lies_deeper(read) -> None:
    export = read({"ReadMe.txt": b"Some words, and more.\n", "export/data.csv": PSYTOOLKIT})
    assert export.member == "export/data.csv"


def test_two_exports_ask_for_one(read) -> None:
    members = {"first.csv": TABLE, "second.csv": TABLE}
    with pytest.raises(ExportError, match=r"2 exports \(first\.csv, second\.csv\).*--member"):
        read(members)
    assert read(members, member="second.csv").member == "second.csv"
    with pytest.raises(UsageError, match=r"no member 'secnd\.csv'.*'second\.csv'"):
        read(members, member="secnd.csv")


def test_an_archive_without_an_export_says_so(read) -> None:
    with pytest.raises(ExportError, match=r"without a survey export.*PNG image"):
        read({"figure.png": b"\x89PNG\r\n\x1a\n"})
    with pytest.raises(ExportError, match="without a survey export"):
        read({"survey.txt": SURVEY})


def test_an_archive_in_an_archive_is_to_be_unpacked(read) -> None:
    inner = packed({"answers.csv": TABLE})
    with pytest.raises(ExportError, match=r"inner\.zip in download\.zip is a zip archive again"):
        read({"inner.zip": inner})
    with pytest.raises(ExportError, match="a zip archive again"):
        read({"inner.zip": inner, "answers.csv": TABLE}, member="inner.zip")
    assert read({"inner.zip": inner, "answers.csv": TABLE}).member == "answers.csv"


def test_a_sheet_of_one_workbook_among_texts(read) -> None:
    with pytest.raises(UsageError, match="is not a workbook"):
        read({"answers.csv": TABLE}, sheet="Data")


@pytest.mark.parametrize(
    "name",
    ["../answers.csv", "/answers.csv", "a/../../answers.csv", "..\\answers.csv", "C:\\answers.csv"],
)
def test_a_path_that_leads_out_is_not_opened(read, name: str) -> None:
    with pytest.raises(ExportError, match="leads out of its own folder"):
        read({name: TABLE, "answers.csv": TABLE})


@pytest.mark.parametrize("name", ["answers 12:30.csv", "a...csv", "a..b/answers.csv"])
def test_a_name_that_only_looks_like_it_is_opened(read, name: str) -> None:
    assert read({name: TABLE, "b.csv": TABLE}, member=name).member == name


def test_a_name_that_is_cut_at_a_zero_byte_is_not_opened(read) -> None:
    data = packed({"answers.csv": TABLE}).replace(b"answers.csv", b"answers\0csv")
    with pytest.raises(ExportError, match=r"leads out|damaged"):
        read(data)


def test_a_symbolic_link_is_not_followed(read) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        link = zipfile.ZipInfo("answers.csv")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, b"/etc/passwd")
    with pytest.raises(ExportError, match="leads out of its own folder"):
        read(memory.getvalue())


def test_two_members_of_one_name_are_not_opened(read) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("answers.csv", TABLE)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("answers.csv", b"id;Q1\nX;9\n")
    with pytest.raises(ExportError, match="two members of one name"):
        read(memory.getvalue())


def test_a_password_is_said(read) -> None:
    data = bytearray(packed({"answers.csv": TABLE}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        data[at] |= 1
    with pytest.raises(ExportError, match="protected with a password"):
        read(bytes(data))


def declared(data: bytes, size: int) -> bytes:
    """An archive whose one member says that it unpacks to ``size`` bytes."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = changed.index(signature) + offset
        changed[at : at + 4] = struct.pack("<I", size)
    return bytes(changed)


def test_a_member_that_would_fill_the_memory_is_not_opened(read) -> None:
    data = packed({"answers.csv": TABLE})
    with pytest.raises(ExportError, match="holds 1024 MB packed into 0 kB"):
        read(declared(data, _folders.LARGEST_MEMBER + 1))
    with pytest.raises(ExportError, match="more than 1 GB"):
        _folders.Archive(declared(data, _folders.LARGEST_MEMBER + 1), "download.zip")
    with pytest.raises(ExportError, match="more than 2 GB"):
        read(declared(data, LARGEST_UNPACKED + 1))


def test_a_member_never_unpacks_to_more_than_it_declares(read) -> None:
    bomb = packed({"answers.csv": TABLE + b"C;1;2\n" * 100_000})
    with pytest.raises(ExportError, match="damaged or cut off"):
        read(declared(bomb, 5), member="answers.csv")


def test_more_members_than_any_download_has(read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_folders, "MOST_MEMBERS", 3)
    with pytest.raises(ExportError, match="4 members"):
        read({f"{i}.csv": TABLE for i in range(4)})


def test_a_companion_that_is_too_large_for_a_code_book(
    read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_folders, "LARGEST_COMPANION", 20)
    (tmp_path / "data.csv").write_bytes(PSYTOOLKIT)
    (tmp_path / "survey.txt").write_bytes(SURVEY)
    with pytest.raises(ExportError, match=r"survey\.txt.*too large"):
        read_export(tmp_path / "data.csv")
    with pytest.raises(ExportError, match=r"survey\.txt.*too large"):
        read({"data.csv": PSYTOOLKIT, "survey.txt": SURVEY}, member="data.csv")


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_an_archive_that_is_cut_off(read, kept: float) -> None:
    data = packed({"answers.csv": TABLE * 100, "other.csv": TABLE})
    with pytest.raises(ExportError, match="damaged or cut off"):
        read(data[: int(kept * len(data))])


def test_content_that_was_changed_is_damaged(read) -> None:
    data = bytearray(packed({"answers.csv": bytes(range(32, 127)) * 50}))
    at = data.index(b"answers.csv") + len("answers.csv") + 20
    data[at] ^= 0xFF
    with pytest.raises(ExportError, match="damaged or cut off"):
        read(bytes(data), member="answers.csv")
