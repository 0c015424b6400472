"""Damaged SPSS files are refused before ReadStat, which would end the process, reads them."""

import struct
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from detachment.errors import ExportError
from detachment.exports import read_export
from detachment.exports._sav_dictionary import sav_dictionary

LABELLED = struct.pack("<iii", 4, 1, 2)  # value labels belong to one variable, in the second place


@pytest.fixture
def sav(tmp_path: Path) -> bytes:
    file = tmp_path / "a.sav"
    frame = pd.DataFrame({"id": ["a", "b"], "Q1": [1.0, 2.0]})
    pyreadstat.write_sav(frame, file, variable_value_labels={"Q1": {1: "Never"}})
    return file.read_bytes()


@pytest.fixture
def read(tmp_path: Path):
    def reader(data: bytes):
        file = tmp_path / "b.sav"
        file.write_bytes(data)
        return read_export(file)

    return reader


def changed(data: bytes, place: int, form: str, *values: int) -> bytes:
    new = bytearray(data)
    struct.pack_into(form, new, place, *values)
    return bytes(new)


def test_a_whole_file_is_walked_to_its_end(sav: bytes) -> None:
    found = sav_dictionary(sav, "a.sav")
    assert (found.codec, found.starts, found.elements) == ("utf-8", {0: True, 1: False}, 2)
    assert len(sav) > found.end > sav.index(struct.pack("<ii", 999, 0))


@pytest.mark.parametrize("position", [0, 3, 127 << 24, -1])
def test_labels_of_no_variable(sav: bytes, read, position: int) -> None:
    place = sav.index(LABELLED) + 8
    with pytest.raises(ExportError, match="value labels belong to no variable"):
        read(changed(sav, place, "<i", position))


def test_labels_of_a_text_in_no_encoding(sav: bytes, read) -> None:
    place = sav.index(LABELLED) + 8
    value = sav.index(struct.pack("<d", 1.0))
    assert read(changed(sav, place, "<i", 1)).warnings  # 0xf0 in the number is a letter there
    broken = changed(changed(sav, place, "<i", 1), value, "<8B", *[0x81] * 8)
    with pytest.raises(ExportError, match="not in the encoding that it names"):
        read(broken)


@pytest.mark.parametrize("cases", [2**31 - 1, 1000, 10**8])
def test_more_cases_than_the_file_can_hold(sav: bytes, read, cases: int) -> None:
    with pytest.raises(ExportError, match=f"fewer cases than the {cases} that it declares"):
        read(changed(sav, 80, "<i", cases))


def test_a_variable_that_is_shorter_than_it_says(sav: bytes, read) -> None:
    with pytest.raises(ExportError, match="longer or shorter than it says"):
        read(changed(sav, 180, "<i", 96))


def test_a_record_that_reaches_beyond_the_file(sav: bytes, read) -> None:
    place = sav.index(struct.pack("<iii", 7, 3, 4)) + 12
    with pytest.raises(ExportError, match="reaches beyond its end"):
        read(changed(sav, place, "<i", 2**30))
