"""Reading and validating a large export, beside pandas' bare reader and beside plain pandera.

    python benchmarks/reading.py [--rows 1000000] [--items 60] [--runs 5]

Writes a CSV of five-point answers with 3 % missing (seed fixed) to a temporary folder and measures
each way in processes of its own, in turn. Prints medians of CPU and wall seconds of the step itself
(imports are not counted), and the peak memory of the whole process.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HEAD = """\
import json, resource, sys, time, warnings
warnings.simplefilter("ignore")
file, instrument, items = sys.argv[1], sys.argv[2], int(sys.argv[3])
names = [f"q{j}" for j in range(items)]
def timed(step):
    wall, cpu = time.perf_counter(), time.process_time()
    value = step()
    return value, [time.perf_counter() - wall, time.process_time() - cpu]
def done(**steps):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"peak": peak / (2**20 if sys.platform == "darwin" else 2**10), **steps}))
"""
WAYS = {
    "detachment": """\
import detachment as dt, detachment.validation, detachment.exports
export, read = timed(lambda: dt.read_export(file))
survey, validate = timed(lambda: dt.validate(export, instrument))
assert len(survey.responses) == len(export.rows) and not len(survey.problems)
done(read=read, validate=validate)
""",
    "pandas read_csv": """\
import pandas as pd
frame, read = timed(lambda: pd.read_csv(file))
done(read=read)
""",
    "pandas read_csv, text": """\
import pandas as pd
frame, read = timed(lambda: pd.read_csv(file, dtype=str, keep_default_na=False))
done(read=read)
""",
    "pandera isin, Int8": """\
import pandas as pd, pandera.pandas as pa
frame, read = timed(lambda: pd.read_csv(file, dtype={n: "Int8" for n in names}))
columns = {n: pa.Column("Int8", pa.Check.isin([1, 2, 3, 4, 5]), nullable=True) for n in names}
columns["respondent_id"] = pa.Column(str, unique=True)
schema = pa.DataFrameSchema(columns, strict=True)
frame, validate = timed(lambda: schema.validate(frame, lazy=True))
done(read=read, validate=validate)
""",
    "pandera in_range, float64": """\
import pandas as pd, pandera.pandas as pa
frame, read = timed(lambda: pd.read_csv(file))
columns = {n: pa.Column(float, pa.Check.in_range(1, 5), nullable=True) for n in names}
columns["respondent_id"] = pa.Column(str, unique=True)
schema = pa.DataFrameSchema(columns, strict=True)
frame, validate = timed(lambda: schema.validate(frame, lazy=True))
done(read=read, validate=validate)
""",
}


def write_export(file: Path, rows: int, items: int) -> None:
    """Answers from 1 to 5, three in a hundred missing, and an id a row."""
    rng = np.random.default_rng(1)
    with file.open("wb") as out:
        names = ["respondent_id", *(f"q{j}" for j in range(items))]
        out.write(",".join(names).encode() + b"\n")
        for start in range(0, rows, 10_000):
            n = min(10_000, rows - start)
            cells = rng.integers(1, 6, (n, items)).astype("S1")
            cells[rng.random((n, items)) < 0.03] = b""
            for i, row in enumerate(cells, start=start):
                out.write(b"R%07d," % i + b",".join(row) + b"\n")


def write_instrument(file: Path, items: int) -> None:
    """An instrument file with one scale of all items."""
    names = [f"q{j}" for j in range(items)]
    lines = [
        "schema_version: 1",
        "instrument: {id: large, version: 1.0.0, title: Large, language: en, licence: CC0-1.0}",
        "response_scales:",
        "  five: {type: ordinal, values: [1, 2, 3, 4, 5]}",
        "columns:",
        "  respondent_id: {role: respondent_id, type: string, required: true}",
        "items:",
        *(f"  - {{id: {name}, scale: five, keyed: 1}}" for name in names),
        "scales:",
        "  all: {label: All, role: covariate, model: reflective, score: mean, min_valid: 0.8,"
        f" items: [{', '.join(names)}]}}",
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def measure(way: str, file: Path, instrument: Path, items: int) -> dict[str, list[float]]:
    """Wall and CPU seconds of each step, and the peak memory in MiB."""
    command = [sys.executable, "-c", HEAD + WAYS[way], str(file), str(instrument), str(items)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result: dict[str, list[float]] = json.loads(said)
    return result


def main() -> None:
    """Measure every way in turn and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    with tempfile.TemporaryDirectory() as folder:
        file, instrument = Path(folder) / "export.csv", Path(folder) / "large.yaml"
        write_export(file, given.rows, given.items)
        write_instrument(instrument, given.items)
        print(f"{given.rows} rows x {given.items} items, {file.stat().st_size / 1e6:.0f} MB\n")
        found: dict[str, list[dict[str, list[float]]]] = {way: [] for way in WAYS}
        for _ in range(given.runs):
            for way in WAYS:
                found[way].append(measure(way, file, instrument, given.items))
    print("| way | step | CPU s | wall s | peak MiB of the process |\n|---|---|---|---|---|")
    for way, runs in found.items():
        peak = max(float(run["peak"]) for run in runs)  # type: ignore[arg-type]
        for step in ("read", "validate"):
            if step in runs[0]:
                wall = statistics.median(run[step][0] for run in runs)
                cpu = statistics.median(run[step][1] for run in runs)
                print(f"| {way} | {step} | {cpu:.2f} | {wall:.2f} | {peak:.0f} |")


if __name__ == "__main__":
    main()
