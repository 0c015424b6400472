"""Parquet files: every type as text, categories, lists, time zones, damage."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.errors import ExportError
from detachment.exports import Export, read_export

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"
MORNING = dt.datetime(2026, 1, 5, 8, 0)
EVENING = dt.datetime(2026, 7, 5, 20, 30, 0, 250000)


@pytest.fixture
def read(tmp_path: Path):
    def reader(table: pa.Table) -> Export:
        file = tmp_path / "a.parquet"
        pq.write_table(table, file)
        return read_export(file)

    return reader


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        (["a", "", None], pa.string(), ["a", "", ""]),
        (["a", None, "ä"], pa.large_string(), ["a", "", "ä"]),
        (["a", None, "b"], pa.string_view(), ["a", "", "b"]),
        ([1, None, -9], pa.int8(), ["1", "", "-9"]),
        ([2**64 - 1, 0, None], pa.uint64(), ["18446744073709551615", "0", ""]),
        ([1.0, 0.1, np.nan], pa.float64(), ["1", "0.1", ""]),
        ([1.0, 0.1, None], pa.float32(), ["1", "0.1", ""]),
        ([np.float16(1), np.float16(2.5), None], pa.float16(), ["1", "2.5", ""]),
        ([True, False, None], pa.bool_(), ["TRUE", "FALSE", ""]),
        ([Decimal("1.00"), Decimal("-2.50"), None], pa.decimal128(9, 2), ["1", "-2.5", ""]),
        ([dt.date(2026, 5, 4), None], pa.date32(), ["2026-05-04", ""]),
        ([dt.date(2026, 5, 4), None], pa.date64(), ["2026-05-04", ""]),
        ([MORNING, None], pa.timestamp("ns"), ["2026-01-05 08:00:00", ""]),
        ([EVENING, None], pa.timestamp("us"), ["2026-07-05 20:30:00.250", ""]),
        ([dt.time(8, 3), None], pa.time64("us"), ["08:03:00", ""]),
        ([dt.timedelta(hours=30), None], pa.duration("ms"), ["30:00:00", ""]),
        ([b"a", None, "ä".encode()], pa.binary(), ["a", "", "ä"]),
        ([None, None], pa.null(), ["", ""]),
    ],
)
def test_types_become_text(read, values: list[Any], kind: pa.DataType, texts: list[str]) -> None:
    export = read(pa.table({"id": list(range(len(values))), "q": pa.array(values, kind)}))
    assert export.frame["q"].tolist() == texts
    assert (export.platform, export.container, export.header_rows) == ("parquet", "parquet", 0)
    assert (export.encoding, export.delimiter, export.decimal) == (None, None, ".")
    assert export.rows.tolist() == list(range(1, len(values) + 1))
    assert export.warnings == ()


@pytest.mark.parametrize(
    ("zone", "texts"),
    [
        ("UTC", ["2026-01-05 08:00:00+00:00", "2026-07-05 20:30:00.250000+00:00", ""]),
        ("Europe/Madrid", ["2026-01-05 09:00:00+01:00", "2026-07-05 22:30:00.250000+02:00", ""]),
        ("-03:30", ["2026-01-05 04:30:00-03:30", "2026-07-05 17:00:00.250000-03:30", ""]),
    ],
)
def test_moments_with_a_time_zone_keep_their_offset(read, zone: str, texts: list[str]) -> None:
    times = pa.array([MORNING, EVENING, None], pa.timestamp("us", tz=zone))
    export = read(pa.table({"at": times}))
    assert export.frame["at"].tolist() == texts
    assert export.variables["at"].time_zone == zone


def test_a_time_zone_that_nobody_knows(read) -> None:
    times = pa.array([0, 1], pa.int64()).cast(pa.timestamp("s", tz="Nowhere/Land"))
    with pytest.raises(ExportError, match=r"column 'at' holds values of the type timestamp"):
        read(pa.table({"at": times}))


def test_ordered_categories_are_ordered_labels(read) -> None:
    order = ["never", "often", "always"]
    frame = pd.DataFrame(
        {
            "o": pd.Categorical(["often", None, "never"], categories=order, ordered=True),
            "c": pd.Categorical(["b", "a", "b"], categories=["b", "a", "unused"]),
        }
    )
    export = read(pa.Table.from_pandas(frame))
    assert export.frame["o"].tolist() == ["often", "", "never"]
    assert list(export.variables["o"].labels.items()) == [(word, word) for word in order]
    assert export.variables["o"].ordered
    assert not export.variables["c"].ordered
    assert list(export.variables["c"].labels) == ["b", "a", "unused"]


def test_lists_are_several_choices_in_one_cell(read) -> None:
    table = pa.table(
        {
            "why": [["money", "time; space"], ["time; space"], [], None],
            "n": pa.array([[1, 2], [2], None, [None, 3]], pa.large_list(pa.int8())),
        }
    )
    export = read(table)
    assert export.frame["why"].tolist() == ["money|time; space", "time; space", "", ""]
    assert export.variables["why"].options == ("money", "time; space")
    assert export.column("why [time; space]").tolist() == ["1", "1", "", ""]
    assert export.column("why [money]").tolist() == ["1", "0", "", ""]
    assert export.frame["n"].tolist() == ["1;2", "2", "", "3"]


def test_lists_of_free_text_are_no_choices(read) -> None:
    export = read(pa.table({"tags": [[f"word {i}", f"other {i}"] for i in range(80)]}))
    assert export.variables["tags"].options == ()
    assert export.frame["tags"][1] == "word 1;other 1"


def test_several_row_groups_with_different_categories(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    parts = [pa.array(words).dictionary_encode() for words in (["a", "b"], ["c", "a"])]
    table = pa.table({"q": pa.chunked_array(parts).unify_dictionaries()})
    pq.write_table(table, file, row_group_size=2)
    assert read_export(file).frame["q"].tolist() == ["a", "b", "c", "a"]


def test_nested_columns_are_refused_by_name(read) -> None:
    table = pa.table({"id": [1], "who": [{"first": "A"}], "grid": [[[1]]], "m": [[{"a": 1}]]})
    with pytest.raises(ExportError, match="'who', 'grid', 'm' hold several named values"):
        read(table)


def test_bytes_that_are_no_text_are_refused_by_name(read) -> None:
    with pytest.raises(ExportError, match="column 'photo' holds values of the type binary"):
        read(pa.table({"photo": [b"\xff\xd8\xff"]}))


def test_the_index_of_a_pandas_table_is_no_question(read) -> None:
    frame = pd.DataFrame({"q": [3, 4]}, index=[10, 20])
    export = read(pa.Table.from_pandas(frame))
    assert export.frame["__index_level_0__"].tolist() == ["10", "20"]
    assert export.variables["__index_level_0__"].role == "metadata"
    assert export.variables["q"].role == ""


def test_a_qualtrics_export_that_went_through_pandas_keeps_its_marks(read) -> None:
    names = ("StartDate", "EndDate", "Status", "IPAddress", "ResponseId", "Q1")
    export = read(pa.table({name: ["x", "Survey Preview"] for name in names}))
    assert export.test_rows.tolist() == [False, True]
    assert export.variables["ResponseId"].role == "respondent_id"


def test_repeated_and_empty_names(read) -> None:
    export = read(pa.Table.from_arrays([pa.array(["a"])] * 3, names=["q", "q", ""]))
    assert list(export.frame) == ["q", "q.2", "unnamed_3"]
    assert export.repeated == {"q.2": "q"}


def test_no_rows(read) -> None:
    with pytest.raises(ExportError, match="no records"):
        read(pa.table({"q": pa.array([], pa.int8())}))


def test_more_cells_than_any_survey_are_not_asked_of_memory(read) -> None:
    with pytest.raises(ExportError, match="more than any survey"):
        read(pa.table({"q": pa.nulls(10**8 + 1)}))


def test_another_file_named_parquet(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,q\na,1\n", encoding="utf-8")
    with pytest.raises(ExportError, match="no Parquet file"):
        read_export(file, platform="parquet")


@given(data=st.data())
def test_a_file_cut_or_changed_anywhere(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    file = tmp_path_factory.getbasetemp() / "broken.parquet"
    pq.write_table(pa.table({"q": ["a", None, "b"], "n": [1, 2, None]}), file)
    whole = file.read_bytes()
    broken = bytearray(whole[: data.draw(st.integers(5, len(whole)))])
    for place in data.draw(st.lists(st.integers(4, len(broken) - 1), max_size=3)):
        broken[place] = data.draw(st.integers(0, 255))
    file.write_bytes(broken)
    outcome: Export | ExportError
    try:
        outcome = read_export(file)
    except ExportError as error:
        outcome = error
    assert isinstance(outcome, Export) or "broken.parquet" in str(outcome)
    if len(broken) < len(whole):
        assert isinstance(outcome, ExportError)


def known() -> list[dict[str, Any]]:
    file = FOLDER / "EXPECTED.json"
    facts = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    return [k for k in facts if k["format"] == "parquet"]


@pytest.mark.skipif(
    not known(), reason="the outside reference files (../shared) are not on this machine"
)
@pytest.mark.parametrize("expected", known(), ids=lambda k: k["file"])
def test_real_files(expected: dict[str, Any]) -> None:
    export = read_export(FOLDER / expected["file"])
    assert {
        "file": expected["file"],
        "format": export.platform,
        "container": export.container,
        "columns": export.cells.shape[1],
        "records": len(export.cells),
    } == expected
    items = [f"rel_{i}" for i in range(1, 7)]
    assert all(export.variables[item].ordered for item in items)
    assert all(len(export.variables[item].labels) == 5 for item in items)
    assert export.variables["conflicts"].options == ("money", "chores", "time")
    assert export.variables["start"].time_zone == "Europe/Berlin"
