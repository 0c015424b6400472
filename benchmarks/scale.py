"""Ten million rows of 25 items from Parquet: ours beside the bare scan, pandas, polars and DuckDB.

    python benchmarks/scale.py [--rows 10000000] [--items 25] [--runs 3] [--peer PYTHON] [--growth]

Writes the data once (a temporary folder, ten files), then runs each contender in a process of its
own, in turn: wall and CPU seconds and the peak memory of the process with all its children, from
after its imports to its answer. polars and DuckDB run in a Python that ``--peer`` names. With
``--growth`` ours alone, at 10^5, 10^6 and 10^7 rows and at 15, 25 and 60 items.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILES = 10
START = """
import glob, json, os, resource, sys, threading, time
folder, items = sys.argv[1], int(sys.argv[2])
names = sorted(glob.glob(folder + "/*.parquet"))
"""
MEASURE = """
begun, cpu = time.perf_counter(), time.process_time()
answer = work()
both = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps({"wall": time.perf_counter() - begun, "cpu": time.process_time() - cpu,
    "peak": sum(u.ru_maxrss for u in both) / 1024, "r": float(answer)}))
"""
# What each does; each gives the correlation of the first two items but for the bare scan.
CONTENDERS = {
    "Arrow, bare scan": """
import pyarrow.dataset as ds
def work():
    return sum(b.num_rows for b in ds.dataset(names).to_batches())
""",
    "ours, counting": """
import detachment as dt
from detachment.estimates._scales import take_counted
lazy = dt.open_survey(folder, instrument=folder + "/panel.yaml")
def work():
    sample = take_counted(lazy, wave=None, reverse=(), values=None)
    columns = {"all": [("all", name) for name in lazy.items]}
    return sample.count(columns, {}).items["all"].pearson[0][0, 1]
""",
    "ours, opening (every cell validated)": """
import detachment as dt
def work():
    return dt.open_survey(folder, instrument=folder + "/panel.yaml").rows
""",
    "ours, reliability": """
import detachment as dt
lazy = dt.open_survey(folder, instrument=folder + "/panel.yaml")
def work():
    return dt.reliability(lazy).table["alpha"][0]
""",
    "pandas read_parquet + corr": """
import pandas as pd
def work():
    return pd.concat([pd.read_parquet(n) for n in names]).corr().iloc[0, 1]
""",
}
PEERS = {
    "polars scan + corr": """
import polars as pl
def work():
    columns = pl.scan_parquet(names).collect_schema().names()
    pairs = [(a, b) for i, a in enumerate(columns) for b in columns[:i]]
    exprs = [pl.corr(a, b).alias(f"{a} {b}") for a, b in pairs]
    return pl.scan_parquet(names).select(exprs).collect(engine="streaming").row(0)[0]
""",
    "DuckDB corr": """
import duckdb
def work():
    con = duckdb.connect()
    columns = [c[0] for c in con.sql(f"describe select * from read_parquet({names})").fetchall()]
    pairs = [(a, b) for i, a in enumerate(columns) for b in columns[:i]]
    asked = ", ".join(f"corr({a}, {b})" for a, b in pairs)
    return con.sql(f"select {asked} from read_parquet({names})").fetchall()[0][0]
""",
}


def write(folder: Path, rows: int, items: int) -> None:
    """Answers of one factor, 1 to 5, 3 % missing: ten files with row groups of 131,072."""
    names = [f"i{j:02d}" for j in range(items)]
    (folder / "panel.yaml").write_text(
        'schema_version: 1\ninstrument: {id: panel, version: "1", title: Panel}\n'
        "response_scales:\n  five: {type: ordinal, values: [1, 2, 3, 4, 5]}\nitems:\n"
        + "".join(f"  - {{id: {name}, text: Question {name}, scale: five}}\n" for name in names)
        + f"scales:\n  all: {{label: All, items: [{', '.join(names)}], score: mean}}\n",
        encoding="utf-8",
    )
    rng = np.random.default_rng(1)
    for k in range(FILES):
        left = rows // FILES
        with pq.ParquetWriter(
            folder / f"part-{k}.parquet", pa.schema([(name, pa.int8()) for name in names])
        ) as file:
            while left:
                n = min(left, 131_072)
                noise = rng.standard_normal((items, n), dtype=np.float32)
                x = np.rint(3 + rng.standard_normal(n, dtype=np.float32) + 1.2 * noise)
                x, gone = np.clip(x, 1, 5).astype(np.int8), rng.random((items, n)) < 0.03
                columns = [pa.array(a, mask=b) for a, b in zip(x, gone, strict=True)]
                file.write_table(pa.table(columns, names=names), row_group_size=131_072)
                left -= n


def run(python: str, work: str, folder: Path, items: int) -> dict[str, float]:
    """One contender in a process of its own."""
    done = subprocess.run(
        [python, "-c", START + work + MEASURE, str(folder), str(items)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(folder: Path, items: int, runs: int, peer: str | None) -> None:
    """All contenders in turn; medians, and ratios to the bare scan."""
    contenders = [(sys.executable, name, work) for name, work in CONTENDERS.items()]
    contenders += [(peer, name, work) for name, work in PEERS.items() if peer]
    found: dict[str, list[dict[str, float]]] = {name: [] for _, name, _ in contenders}
    for _ in range(runs):
        for python, name, work in contenders:
            found[name].append(run(python, work, folder, items))
    scan = statistics.median(one["wall"] for one in found["Arrow, bare scan"])
    print("| | wall s | of the scan | CPU s | peak MB |\n|---|---|---|---|---|")
    for name, several in found.items():
        wall, cpu, peak = (
            statistics.median(o[k] for o in several) for k in ("wall", "cpu", "peak")
        )
        print(f"| {name} | {wall:.2f} | {wall / scan:.2f} | {cpu:.1f} | {peak:.0f} |")


def main() -> None:
    """Write the data, run everything, print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=float, default=1e7)
    parser.add_argument("--items", type=int, default=25)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer", help="a Python with polars and duckdb")
    parser.add_argument("--growth", action="store_true")
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    with tempfile.TemporaryDirectory() as name:
        if not given.growth:
            write(Path(name), int(given.rows), given.items)
            compare(Path(name), given.items, given.runs, given.peer)
            return
        print("| rows | items | counting, wall s | CPU s | peak MB |\n|---|---|---|---|---|")
        for rows, items in ((10**5, 25), (10**6, 25), (10**7, 25), (10**7, 15), (10**7, 60)):
            folder = Path(name) / f"{rows}_{items}"
            folder.mkdir()
            write(folder, rows, items)
            one = run(sys.executable, CONTENDERS["ours, counting"], folder, items)
            print(
                f"| {rows:,} | {items} | {one['wall']:.2f} | {one['cpu']:.1f} | {one['peak']:.0f} |"
            )


if __name__ == "__main__":
    main()
