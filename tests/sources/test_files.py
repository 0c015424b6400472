"""Files and folders as sources: formats, parts, folders that say a column, and every fault."""

import os
import pickle
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import detachment as dt
from detachment.errors import ExportError, SurveyError, UsageError
from detachment.sources import (
    Part,
    PartError,
    Source,
    _arrow,
    _memory,
    _parquet,
    _types,
    open_source,
    row_numbers,
)
from detachment.validation._blocks import Block

ROWS = 400


@pytest.fixture(scope="module")
def table() -> pa.Table:
    random = np.random.default_rng(3)
    answers = random.integers(1, 6, (ROWS, 3)).astype("int8")
    columns = {f"q{i + 1}": pa.array(answers[:, i]) for i in range(3)}
    return pa.table({"id": pa.array([f"P{i:04d}" for i in range(ROWS)]), **columns})


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("instrument") / "panel.yaml"
    items = "".join(f"  - {{id: q{i}, text: Question {i}, scale: five}}\n" for i in range(1, 4))
    path.write_text(
        "schema_version: 1\ninstrument: {id: panel, version: '1', title: Panel}\n"
        "response_scales:\n  five: {type: ordinal, values: [1, 2, 3, 4, 5], "
        "labels: [a, b, c, d, e]}\n"
        "columns:\n  id: {role: respondent_id, type: string}\n  wave: {role: wave, type: integer}\n"
        f"items:\n{items}scales:\n  mood: {{label: Mood, items: [q1, q2, q3]}}\n",
        encoding="utf-8",
    )
    return path


def read(source: Source, *columns: str) -> pa.Table:
    names = columns or source.columns
    blocks = [block for part in source.parts for block in part.blocks(tuple(names))]
    return pa.concat_tables(blocks)


def write_ipc(table: pa.Table, path: Path, **options: object) -> None:
    with pa.ipc.new_file(path, table.schema, **options) as writer:
        writer.write_table(table, max_chunksize=100)


def write_stream(table: pa.Table, path: Path) -> None:
    with pa.ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=100)


def write_compressed(table: pa.Table, path: Path) -> None:
    write_ipc(table, path, options=pa.ipc.IpcWriteOptions(compression="zstd"))


def write_csv(table: pa.Table, path: Path) -> None:
    table.to_pandas().to_csv(path, index=False, sep=";")


def write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, row_group_size=100)


FORMATS: dict[str, Callable[[pa.Table, Path], None]] = {
    "a.arrow": write_ipc,
    "a.feather": write_compressed,
    "a.arrows": write_stream,
    "a.csv": write_csv,
    "a.parquet": write_parquet,
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats_hold_the_same_rows(
    name: str, table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (_arrow, _parquet):
        monkeypatch.setattr(module, "PART", 200)
    FORMATS[name](table, tmp_path / name)
    source = open_source(tmp_path / name)
    assert source.columns == ("id", "q1", "q2", "q3")
    assert read(source, "q2", "id").column_names == ["q2", "id"]
    there = read(source).to_pandas().astype("str")
    pd.testing.assert_frame_equal(there, table.to_pandas().astype("str"))
    several = name in ("a.arrow", "a.feather", "a.parquet")
    assert [part.rows for part in source.parts] == ([200, 200] if several else [None])
    if several:
        assert [part.first_row for part in source.parts] == [1, 201]
        word = "row group" if name == "a.parquet" else "batch"
        assert [part.name for part in source.parts] == [
            f"{name}, {word} 0-1",
            f"{name}, {word} 2-3",
        ]
    for part in source.parts:
        again = pickle.loads(pickle.dumps(part))
        assert isinstance(again, Part)
        assert again.fingerprint() == part.fingerprint()


@pytest.mark.parametrize("name", FORMATS)
def test_survey_is_that_of_memory(name: str, table: pa.Table, panel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    FORMATS[name](table.slice(0, 150), folder / name)
    FORMATS[name](table.slice(150), folder / f"b{name}")
    lazy = dt.open_survey(folder, instrument=panel)
    memory = dt.open_survey(table, instrument=panel)
    assert lazy.items == memory.items
    assert lazy.collect().responses.equals(memory.collect().responses)
    assert lazy.provenance["parts"] == 2


def test_file_without_rows_is_a_part(table: pa.Table, panel: Path, tmp_path: Path) -> None:
    for name, write in FORMATS.items():
        folder = tmp_path / name
        folder.mkdir()
        write(table.slice(0, 0), folder / f"0{name}")
        with pytest.raises(SurveyError) as error:
            dt.open_survey(folder, instrument=panel)
        assert str(error.value) == f"{name} has no rows. Export the data again, with the responses."
        write(table, folder / f"1{name}")
        lazy = dt.open_survey(folder, instrument=panel)
        assert (lazy.rows, list(lazy.prints)) == (ROWS, [f"0{name}", f"1{name}"])
        assert len(lazy.collect().responses) == ROWS


def test_large_record_batch_is_cut(table: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [len(t) for t in _types.in_blocks([table, table.slice(0, 5), table.slice(0, 50)], 128)]
    assert sizes == [128, 128, 128, 71]
    whole = pa.concat_tables(_types.in_blocks(table.to_batches(max_chunksize=30), 128))
    assert whole.equals(table)


def test_part_of_a_table_travels_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_memory, "PART", 100)
    table = pa.table({"a": np.arange(100_000)})
    part = open_source(table).parts[7]
    assert len(pickle.dumps(part)) < 5000
    again = pickle.loads(pickle.dumps(part))
    assert (again.name, again.rows, again.first_row) == ("rows 701-800", 100, 701)
    assert again.fingerprint() == part.fingerprint()
    assert pa.concat_tables(again.blocks(("a",)))["a"].to_pylist() == list(range(700, 800))


def test_folders_say_a_column(table: pa.Table, panel: Path, tmp_path: Path) -> None:
    for wave in ("1", "2", "__HIVE_DEFAULT_PARTITION__"):
        (tmp_path / f"wave={wave}" / "arm=wait%20list").mkdir(parents=True)
        pq.write_table(table, tmp_path / f"wave={wave}" / "arm=wait%20list" / "part-0.parquet")
    (tmp_path / "wave=1" / "_SUCCESS").touch()
    (tmp_path / ".hidden.parquet").write_bytes(b"")
    source = open_source(tmp_path)
    assert source.columns == ("id", "q1", "q2", "q3", "wave", "arm")
    assert source.parts[0].name == "wave=1/arm=wait%20list/part-0.parquet"
    there = read(source, "arm", "wave", "q1").to_pandas()
    assert there["arm"].unique().tolist() == ["wait list"]
    assert there["wave"].value_counts().to_dict() == {"1": ROWS, "2": ROWS}
    assert there["wave"].isna().sum() == ROWS
    (tmp_path / "wave=__HIVE_DEFAULT_PARTITION__").rename(tmp_path / "wave=3")
    lazy = dt.open_survey(tmp_path, instrument=panel)
    assert lazy.levels["wave"] == {"1": ROWS, "2": ROWS, "3": ROWS}
    assert pickle.loads(pickle.dumps(source.parts[0])) == source.parts[0]


def test_column_of_the_file_counts_before_that_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "wave=7").mkdir()
    pq.write_table(pa.table({"wave": [1, 2]}), tmp_path / "wave=7" / "a.parquet")
    assert read(open_source(tmp_path)).to_pydict() == {"wave": [1, 2]}


# --- CSV


def lines_of(path: Path) -> tuple[list[dict[str, str]], list[int]]:
    (part,) = open_source(path).parts
    rows: list[int] = []
    cells: list[dict[str, str]] = []
    first = part.first_row
    for block in part.blocks(open_source(path).columns):
        rows += row_numbers(block, first).tolist()
        cells += block.to_pylist()
    return cells, rows


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8-sig", ","), ("utf-16", "\t"), ("cp1252", ";")]
)
def test_csv_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    rows = [["naïve id", "q1"], ["Zoé", "1"], ['says "a', "2"], ["\u00fcber\nzwei", "3"]]
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    path.write_bytes("\r\n".join(map(delimiter.join, quoted)).encode(encoding))
    cells, numbers = lines_of(path)
    assert [list(cell.values()) for cell in cells] == rows[1:]
    assert list(cells[0]) == rows[0]
    assert numbers == [2, 3, 4]
    frame = dt.read_export(path).frame
    assert frame.to_dict("records") == cells


def test_csv_rows_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\na;b\n1;2\n;\n\n3;\n;4\n", encoding="utf-8")
    cells, rows = lines_of(path)
    assert cells == [{"a": "1", "b": "2"}, {"a": "3", "b": ""}, {"a": "", "b": "4"}]
    export = dt.read_export(path)
    assert rows == export.rows.tolist()
    assert export.frame.to_dict("records") == cells


def test_csv_decimal_mark_of_each_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b\n1,5;x\n2,5;y\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("a;b\n1;x\n2;y\n", encoding="utf-8")
    assert [part.decimal for part in open_source(tmp_path).parts] == [",", "."]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "is empty (0 bytes). Write it again."),
        (b" \n\n", "holds nothing but blanks. Export the data again."),
        (b"%PDF-1.4 x", "is a PDF document, not a survey export. Export the data from the survey "
         "platform as CSV."),
        (b"PK\3\4....", "is an Excel workbook, an SPSS file or an archive, which is read as a "
         "whole: use read_survey, or save it as Parquet or CSV."),
        (b"12345678DUCK", "is a DuckDB database: say which table or query of it is read with "
         "detachment.sources.duckdb_source."),
        (b"FEA1....", "is a Feather file of version 1. Write it again as version 2."),
        (b"id,q1,q1\nA,1,1\n", "has headings that stand over several columns. Rename them."),
    ],
)  # fmt: skip
def test_file_that_is_no_table(tmp_path: Path, text: bytes, why: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text)
    with pytest.raises(PartError) as error:
        open_source(path)
    assert str(error.value) == f"a.csv: {why}"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (b"A,1,Ann Smith\n", "a row has 3 cells under 2 headings. A cell may hold the delimiter "
         "without quotation marks around it, or the file is cut off: correct it, or export again."),
        (b"A\n", "a row has 1 cells under 2 headings. A cell may hold the delimiter without "
         "quotation marks around it, or the file is cut off: correct it, or export again."),
        (b"Ann Sm\xefth,1\n", "starts as ascii text, and is something else further down. Save it "
         "as UTF-8."),
    ],
)  # fmt: skip
def test_csv_that_goes_wrong_further_down(
    tmp_path: Path, row: bytes, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from detachment.exports import _head

    monkeypatch.setattr(_head, "HEAD", 100)
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,q1\n" + b"A,1\n" * 500 + row + b"A,1\n" * 500)
    (part,) = open_source(path).parts
    with pytest.raises(PartError) as error:
        list(part.blocks(("q1",)))
    assert str(error.value) == f"a.csv: {why}"


# --- Folders


def test_folders_that_are_refused(table: pa.Table, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file or folder 'gone'\."):
        open_source(tmp_path / "gone")
    with pytest.raises(ExportError, match=r"holds no \.parquet, \.arrow or \.csv file\.$"):
        open_source(tmp_path)
    (tmp_path / "read me.md").touch()
    (tmp_path / "book.xlsx").touch()
    with pytest.raises(ExportError, match=r"\(1 \.xlsx besides\)\. Save the data as one of these"):
        open_source(tmp_path)
    write_csv(table, tmp_path / "a.csv")
    write_parquet(table, tmp_path / "b.parquet")
    with pytest.raises(ExportError) as error:
        open_source(tmp_path)
    assert str(error.value) == (
        f"{tmp_path.name} holds files of several kinds (1 .csv, 1 .parquet, and 1 .xlsx), and "
        "which of them are the data is not known. Give a folder with files of one kind."
    )
    with pytest.raises(UsageError, match="not int"):
        open_source(7)
    with pytest.raises(UsageError, match="a database is opened with") as told:
        open_source("postgresql://ann:hunter2@localhost")
    assert "hunter2" not in str(told.value)


# --- Faults of parts

LOST = (
    "{}: 1 part of 3 cannot be read; the others hold 800 rows. Mend or remove it, or leave it out "
    "with --allow-missing-parts (allow_missing_parts=True in Python)\n  - {}: {}"
)


@pytest.fixture
def three(table: pa.Table, tmp_path: Path) -> Path:
    folder = tmp_path / "panel"
    folder.mkdir()
    for i in range(3):
        ids = pa.array([f"{i}-{one}" for one in table["id"].to_pylist()])
        pq.write_table(
            table.set_column(0, "id", ids), folder / f"part-{i}.parquet", write_page_checksum=True
        )
    return folder


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def overwrite(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 4 : len(data) // 4 + 8] = b"\0\1\2\3\4\5\6\7"
    path.write_bytes(bytes(data))


def other_columns(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.rename_columns(["id", "q1", "Q2", "q3"]), path)


def other_kind(path: Path) -> None:
    path.write_text("id,q1\nA,1\n", encoding="utf-8")


def vanish(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))


FAULTS: dict[Callable[[Path], None], str] = {
    cut: "starts like a Parquet file but is damaged or cut off (Parquet magic bytes not found in "
    "footer. Either the file is corrupted or this is not a parquet file.). Write it again.",
    overwrite: "starts like a Parquet file but is damaged or cut off (could not verify page "
    "integrity, CRC checksum verification failed for page_ordinal 0). Write it again.",
    other_columns: "does not have q2 and has Q2 besides, compared with part-0.parquet. Parts of "
    "one source need the same columns.",
    other_kind: "is not a Parquet file, whatever its name says. Write it again.",
    vanish: "is no longer there.",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.__name__)
def test_broken_part_is_named_and_the_others_counted(
    fault: Callable[[Path], None], three: Path, panel: Path
) -> None:
    fault(three / "part-1.parquet")
    with pytest.raises(SurveyError) as error:
        dt.open_survey(three, instrument=panel)
    assert str(error.value) == LOST.format("panel", "part-1.parquet", FAULTS[fault])
    lazy = dt.open_survey(three, instrument=panel, allow_missing_parts=True)
    assert (lazy.rows, lazy.missing_parts) == (800, ("part-1.parquet",))
    told = lazy.problems[lazy.problems["rule"] == "part_left_out"]
    assert told["message"].tolist() == [f"part-1.parquet: {FAULTS[fault]} It is left out."]
    assert lazy.provenance["warnings"] == [
        f"part-1.parquet: {FAULTS[fault]} It is left out, and so are its answers."
    ]
    assert len(lazy.collect().responses) == 800


def test_first_part_broken_and_all_parts_broken(three: Path, panel: Path) -> None:
    other_columns(three / "part-0.parquet")
    lazy = dt.open_survey(three, instrument=panel, allow_missing_parts=True)
    assert lazy.missing_parts == ("part-0.parquet",)
    for file in three.iterdir():
        cut(file)
    with pytest.raises(ExportError, match=r"panel: none of its 3 files can be read\. The first, "):
        dt.open_survey(three, instrument=panel, allow_missing_parts=True)


def test_part_that_changes_between_passes(three: Path, table: pa.Table, panel: Path) -> None:
    lazy = dt.open_survey(three, instrument=panel)
    path = three / "part-2.parquet"
    before = path.read_bytes()
    rows = pq.read_table(path)
    # The same size: two answers change places.
    q1 = rows["q1"].to_pylist()
    place = next(i for i in range(ROWS) if q1[i] != q1[0])
    q1[0], q1[place] = q1[place], q1[0]
    swapped = rows.set_column(1, "q1", pa.array(q1, pa.int8()))
    pq.write_table(swapped, path, write_page_checksum=True)
    size = path.stat().st_size
    sizes = f"its size was {len(before)} and is {size}"
    what = "its size is the same, its hash is not" if size == len(before) else sizes
    with pytest.raises(PartError) as error:
        lazy.total(len_of, ["q1"])
    assert str(error.value) == (
        f"part-2.parquet: changed since it was first read ({what}). Let whoever writes it finish, "
        "and open the survey again."
    )
    path.write_bytes(before)
    assert lazy.total(len_of, ["q1"]) == 3 * ROWS
    pq.write_table(pa.concat_tables([rows, rows]), path)
    with pytest.raises(PartError, match=r"part-2\.parquet: changed .*its size was \d+ and is \d+"):
        lazy.total(len_of, ["q1"])
    path.unlink()
    with pytest.raises(PartError, match=r"^part-2\.parquet: is no longer there\.$"):
        lazy.total(len_of, ["q1"])


def len_of(block: Block) -> int:
    return len(block.survey.responses)


def test_part_that_changes_while_it_is_read(
    three: Path, panel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = three / "part-1.parquet"
    blocks = _parquet.ParquetPart.blocks
    data = bytearray(path.read_bytes())
    place = data.index(b"PAR1", 4)
    data[place - 40] ^= 1  # in the footer: the size stays

    def changing(part, columns):
        yield from blocks(part, columns)
        if part.name == "part-1.parquet" and len(columns) < 9:
            path.write_bytes(bytes(data) + b"1")

    monkeypatch.setattr(_parquet.ParquetPart, "blocks", changing)
    with pytest.raises(SurveyError, match=r"part-1\.parquet: changed since it was first read"):
        dt.open_survey(three, instrument=panel)


def test_names_of_columns_that_change_places(three: Path, panel: Path) -> None:
    lazy = dt.open_survey(three, instrument=panel)
    path = three / "part-2.parquet"
    rows, size = pq.read_table(path), path.stat().st_size
    names = {"q1": "q2", "q2": "q1"}
    turned = rows.rename_columns([names.get(name, name) for name in rows.column_names])
    pq.write_table(turned, path, write_page_checksum=True)
    assert path.stat().st_size == size  # and the bytes of the answers are the same
    with pytest.raises(PartError, match=r"part-2\.parquet: changed since it was first read"):
        lazy.total(len_of, ["q1"])


def test_part_that_changes_while_all_are_collected(
    three: Path, panel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lazy = dt.open_survey(three, instrument=panel)
    path = three / "part-1.parquet"
    blocks = _parquet.ParquetPart.blocks

    def changing(part, columns):
        if part.name == "part-1.parquet":
            pq.write_table(pq.read_table(path).slice(0, 20), path)
        yield from blocks(part, columns)

    monkeypatch.setattr(_parquet.ParquetPart, "blocks", changing)
    with pytest.raises(PartError, match=r"part-1\.parquet: changed since it was first read"):
        lazy.collect()


@pytest.mark.parametrize("name", ["a.arrow", "a.arrows", "a.parquet"])
def test_file_that_is_cut_off_while_it_is_counted(
    name: str, table: pa.Table, panel: Path, tmp_path: Path
) -> None:
    path = tmp_path / name
    if name == "a.parquet":
        pq.write_table(table, path, row_group_size=50)
    else:
        make = pa.ipc.new_file if name == "a.arrow" else pa.ipc.new_stream
        with make(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=50)
    lazy = dt.open_survey(path, instrument=panel)

    def cutting(block: Block) -> int:
        os.truncate(path, 100)
        return len(block.survey.responses)

    with pytest.raises(PartError, match=rf"^{re.escape(name)}"):
        lazy.total(cutting, ["q1"])


def test_two_columns_of_one_name_are_refused(panel: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["q1", "q1"])
    with pytest.raises(UsageError, match="more than one column called 'q1'"):
        dt.open_survey(table, instrument=panel)


def test_file_that_lies_there_twice(three: Path, panel: Path, tmp_path: Path) -> None:
    from detachment.instruments import read_instrument

    text = panel.read_text(encoding="utf-8").replace(
        "  id: {role: respondent_id, type: string}\n", ""
    )
    without_ids = tmp_path / "without.yaml"
    without_ids.write_text(text, encoding="utf-8")
    (three / "z.parquet").symlink_to(three / "part-0.parquet")
    lazy = dt.open_survey(three, instrument=read_instrument(without_ids))
    told = lazy.problems[lazy.problems["rule"] == "same_bytes"]
    assert told["severity"].tolist() == ["warning"]
    assert told["message"].tolist() == [
        "z.parquet holds the same bytes as part-0.parquet; if it is there by mistake, remove it: "
        "its answers count twice"
    ]
    with pytest.raises(SurveyError, match="201 problems"):
        dt.open_survey(three, instrument=panel)  # everybody stands there twice


@pytest.mark.parametrize("name", ["a.arrow", "a.feather", "a.arrows"])
def test_damaged_arrow_file(name: str, table: pa.Table, panel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    FORMATS[name](table, folder / name)
    FORMATS[name](table, folder / f"b{name}")
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: len(data) // 2])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SurveyError) as error:
            dt.open_survey(folder, instrument=panel)
    assert f"  - {name}: starts like an Arrow file but is damaged or cut off" in str(error.value)
    lazy = dt.open_survey(folder, instrument=panel, allow_missing_parts=True)
    assert (lazy.rows, lazy.missing_parts) == (ROWS, (name,))
