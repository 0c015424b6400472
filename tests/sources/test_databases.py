"""Tables and queries of DuckDB and PostgreSQL: the same rows, read only, and no secret told."""

import pickle
import traceback
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import detachment as dt
from detachment.errors import SurveyError, UsageError
from detachment.sources import PartError, Source, _duckdb, _postgresql
from detachment.sources import duckdb_source as duckdb_of
from detachment.sources import postgresql_source as postgresql_of

ROWS = 900


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    random = np.random.default_rng(7)
    items = random.integers(1, 6, (ROWS, 4))
    frame = pd.DataFrame(items, columns=["q1", "q2", "q3", "q4"]).astype("Int8")
    frame = frame.mask(random.random(frame.shape) < 0.05)
    frame.insert(0, "id", np.arange(1, ROWS + 1))
    return frame


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("instrument") / "panel.yaml"
    items = "".join(f"  - {{id: q{i}, text: Question {i}, scale: five}}\n" for i in range(1, 5))
    path.write_text(
        "schema_version: 1\ninstrument: {id: panel, version: '1', title: Panel}\n"
        "response_scales:\n  five: {type: ordinal, values: [1, 2, 3, 4, 5], "
        "labels: [a, b, c, d, e]}\n"
        "columns:\n  id: {role: respondent_id, type: string}\n"
        f"items:\n{items}"
        "scales:\n  mood: {label: Mood, items: [q1, q2, q3, q4]}\n",
        encoding="utf-8",
    )
    return path


def rows_of(source: Source) -> pd.DataFrame:
    blocks = [block for part in source.parts for block in part.blocks(source.columns)]
    frame = pa.concat_tables(blocks).to_pandas()
    return frame.sort_values("id", ignore_index=True)


def same(frame: pd.DataFrame, answers: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(frame.astype("float64"), answers.astype("float64"))


# --- DuckDB


@pytest.fixture
def database(tmp_path: Path, answers: pd.DataFrame) -> Path:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "panel.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("given", pa.Table.from_pandas(answers, preserve_index=False))
        connection.execute("CREATE TABLE answers AS SELECT * FROM given")
        connection.execute("CREATE VIEW older AS SELECT * FROM answers WHERE id > 100")
        connection.execute("CREATE SCHEMA other")
        connection.execute('CREATE TABLE other."my ""own"" table" AS SELECT * FROM answers')
    return path


def test_duckdb_table_in_parts(
    database: Path, answers: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_duckdb, "PART", 256)
    source = duckdb_of(database, table="answers")
    assert [part.rows for part in source.parts] == [256, 256, 256, 132]
    assert [part.first_row for part in source.parts] == [1, 257, 513, 769]
    assert source.parts[1].name == "panel.duckdb, answers, rows 257-512"
    same(rows_of(source), answers)
    again = pickle.loads(pickle.dumps(source.parts[2]))
    assert again == source.parts[2]
    assert again.fingerprint() == source.parts[2].fingerprint()


def test_duckdb_view_query_and_odd_names(database: Path, answers: pd.DataFrame) -> None:
    view = duckdb_of(database, table="older")
    assert [part.rows for part in view.parts] == [None]
    assert len(rows_of(view)) == ROWS - 100
    query = duckdb_of(database, query="SELECT id, q2 FROM answers WHERE id < 11 -- the first")
    same(rows_of(query), answers.loc[answers["id"] < 11, ["id", "q2"]])
    same(rows_of(duckdb_of(database, table='other.my "own" table')), answers)


def test_duckdb_survey_equals_memory(
    database: Path, answers: pd.DataFrame, panel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_duckdb, "PART", 256)
    lazy = dt.open_survey(duckdb_of(database, table="answers"), instrument=panel)
    memory = dt.open_survey(answers, instrument=panel)
    assert lazy.items == memory.items
    assert lazy.collect().responses.equals(memory.collect().responses)
    assert lazy.provenance["platform"] == "duckdb"


def test_duckdb_change_is_noticed(database: Path, panel: Path) -> None:
    import duckdb

    lazy = dt.open_survey(duckdb_of(database, table="answers"), instrument=panel)
    with duckdb.connect(str(database)) as connection:
        connection.execute("UPDATE answers SET q1 = 6 - q1 WHERE id = 17 AND q1 <> 3")
        connection.execute("UPDATE answers SET q2 = 6 - q2 WHERE id = 18 AND q2 <> 3")
    with pytest.raises(PartError) as error:
        lazy.collect()
    assert str(error.value) == (
        "panel.duckdb, answers: changed since it was first read (its size is the same, its hash "
        "is not). Let whoever writes it finish, and open the survey again."
    )
    with duckdb.connect(str(database)) as connection:
        connection.execute("DELETE FROM answers WHERE id = 17")
    with pytest.raises(PartError, match=r"\(its size was 900 and is 899\)"):
        lazy.collect()


def test_duckdb_only_reads_and_sees_itself(database: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="does not understand the query"):
        duckdb_of(database, query=f"SELECT * FROM read_csv('{secret}')")
    with pytest.raises(UsageError, match="does not understand the query"):
        duckdb_of(database, query="SELECT 1 AS a); DROP TABLE answers; --")
    with pytest.raises(UsageError, match=r"has no table 'answer'\. Did you mean 'answers'\?"):
        duckdb_of(database, table="answer")
    with pytest.raises(UsageError, match=r"either table= or query="):
        duckdb_of(database)
    with pytest.raises(UsageError, match="the query is empty"):
        duckdb_of(database, query=" ; ")
    with pytest.raises(UsageError, match=r"there is no file 'gone\.duckdb'"):
        duckdb_of(tmp_path / "gone.duckdb", table="answers")
    with pytest.raises(PartError, match=r"secret\.csv, a: is no DuckDB database"):
        duckdb_of(secret, table="a")
    assert len(duckdb_of(database, table="answers").parts) == 1


def test_duckdb_open_elsewhere_or_gone(database: Path, panel: Path) -> None:
    import duckdb

    lazy = dt.open_survey(duckdb_of(database, table="answers"), instrument=panel)
    with (
        duckdb.connect(str(database)),
        pytest.raises(PartError, match="open to write in this program"),
    ):
        lazy.collect()
    database.unlink()
    with pytest.raises(PartError, match="the database file is no longer there"):
        lazy.collect()


def test_duckdb_values_are_not_quoted_in_errors(database: Path, panel: Path) -> None:
    source = duckdb_of(
        database,
        query="SELECT id, CASE WHEN id = 9 THEN 'ann@example.org' ELSE '1' END::INT AS q1, "
        "q2, q3, q4 FROM answers",
    )
    with pytest.raises(SurveyError) as error:
        dt.open_survey(source, instrument=panel)
    assert "cannot be read to its end (DuckDB: Conversion Error)" in str(error.value)
    assert "ann@example.org" not in "".join(traceback.format_exception(error.value))


# --- PostgreSQL


@pytest.fixture(scope="module")
def filled(postgresql, answers: pd.DataFrame):  # the server's fixture
    values = ",".join(
        "(" + ",".join("NULL" if pd.isna(v) else str(v) for v in row) + ")"
        for row in answers.itertuples(index=False)
    )
    kinds = "q1 smallint, q2 int, q3 numeric, q4 text"
    postgresql.psql(
        f"CREATE TABLE answers (id int PRIMARY KEY, {kinds});"
        f"INSERT INTO answers VALUES {values};"
        "CREATE TABLE loose AS SELECT * FROM answers;"
        'CREATE SCHEMA other; CREATE TABLE other."my table" AS SELECT * FROM answers;'
    )
    return postgresql


def test_postgresql_table_in_parts(filled, answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_postgresql, "PART", 256)
    source = postgresql_of(filled.uri, table="answers")
    assert [part.name for part in source.parts] == [
        "postgres, answers, id below 226",
        "postgres, answers, id 226-450",
        "postgres, answers, id 451-675",
        "postgres, answers, id from 676",
    ]
    same(rows_of(source), answers)
    again = pickle.loads(pickle.dumps(source.parts[2]))
    assert again.fingerprint() == source.parts[2].fingerprint()
    for other in (
        postgresql_of(filled.uri, table="loose"),
        postgresql_of(filled.uri, table="loose", key="id"),
        postgresql_of(filled.uri, table="other.my table"),
        postgresql_of(filled.uri, query="SELECT * FROM answers ;\n", key="id"),
    ):
        same(rows_of(other), answers)


def test_postgresql_survey_equals_memory(
    filled, answers, panel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_postgresql, "PART", 256)
    lazy = dt.open_survey(postgresql_of(filled.uri, table="answers"), instrument=panel)
    memory = dt.open_survey(answers, instrument=panel)
    assert lazy.items == memory.items
    assert lazy.collect().responses.equals(memory.collect().responses)


def test_postgresql_change_is_noticed(filled, panel: Path) -> None:
    filled.psql("CREATE TABLE moving AS SELECT * FROM answers")
    lazy = dt.open_survey(postgresql_of(filled.uri, table="moving"), instrument=panel)
    filled.psql("UPDATE moving SET q2 = 6 - q2 WHERE id IN (1, 2, 3)")
    with pytest.raises(PartError, match=r"moving: changed since .* \(its size is the same, its"):
        lazy.collect()
    filled.psql("INSERT INTO moving VALUES (-5, 1, 1, 1, '1')")
    with pytest.raises(PartError, match=r"\(its size was 900 and is 901\)"):
        lazy.collect()
    filled.psql("DROP TABLE moving")
    with pytest.raises(PartError, match=r"cannot be read to its end \(PostgreSQL's code 42P01\)"):
        lazy.collect()


def test_postgresql_only_reads(filled) -> None:
    with pytest.raises(UsageError, match="does not understand the query"):
        postgresql_of(filled.uri, query="SELECT 1 AS a) x; DROP TABLE answers; --")
    filled.psql(
        "CREATE OR REPLACE FUNCTION sly() RETURNS int LANGUAGE sql AS "
        "'DELETE FROM loose WHERE id = 1 RETURNING id'"
    )
    source = postgresql_of(filled.uri, query="SELECT sly() AS id")
    with pytest.raises(PartError, match="the query would write to the database"):
        list(source.parts[0].blocks(("id",)))
    with pytest.raises(UsageError, match="there is no such table that you may see"):
        postgresql_of(filled.uri, table="nothing")
    with pytest.raises(UsageError, match="the key 'q4' is no column of whole numbers"):
        postgresql_of(filled.uri, table="loose", key="q4")


def test_no_password_is_told(filled) -> None:
    source = postgresql_of(filled.uri, table="answers")
    secret = filled.uri.split(":", 2)[2].split("@")[0]
    told = [repr(source), repr(source.parts), source.name, *(p.name for p in source.parts)]
    wrong = filled.uri.replace(secret, "hunter2hunter2")
    broken = "postgresql://tester:hunter2hunter2@[::1/postgres"
    words = "host=/nowhere user=tester password='hunter2hunter2' dbname=postgres"
    for uri in (wrong, broken, words, wrong + "?nonsense=1"):
        with pytest.raises((PartError, UsageError)) as error:
            postgresql_of(uri, table="answers")
        assert "the database cannot be reached" in str(error.value)
        told += ["".join(traceback.format_exception(error.value)), str(error.value)]
    assert not any("hunter2" in text or secret in text or filled.password in text for text in told)
