"""Time and peak memory of whole runs of the command line on the sample, from start to exit.

    python benchmarks/whole_process.py [--runs 5]

Prints a table: the median wall time of some runs, and the largest peak memory of any of them
(``ru_maxrss`` of the process; not on Windows). The first, unmeasured run warms the file cache and
writes the bytecode.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "couples_qualtrics.csv"
RUNS = {
    "--help": ["--help"],
    "validate": ["validate", SAMPLE],
    "reliability": ["reliability", SAMPLE],
    "correlate": ["correlate", SAMPLE],
    "report": ["report", SAMPLE, "--out", "{out}/report"],
}


def measure(arguments: list[object]) -> tuple[float, float]:
    """Wall time in seconds and peak memory in MiB of one run."""
    with tempfile.TemporaryDirectory() as out:
        words = [str(argument).replace("{out}", out) for argument in arguments]
        started = time.perf_counter()
        running = subprocess.Popen(
            [sys.executable, "-m", "detachment", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(running.pid, 0)
        seconds = time.perf_counter() - started
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode not in (0, 1):
        raise SystemExit(f"detachment {' '.join(words)} ended with code {running.returncode}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return seconds, usage.ru_maxrss / unit


def main() -> None:
    """Measure every run and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    print("| command | seconds | MiB |\n|---|---|---|")
    for name, arguments in RUNS.items():
        measure(arguments)
        measured = [measure(arguments) for _ in range(runs)]
        seconds = statistics.median(taken for taken, _ in measured)
        print(f"| `{name}` | {seconds:.2f} | {max(memory for _, memory in measured):.0f} |")


if __name__ == "__main__":
    main()
