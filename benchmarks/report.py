"""Where the time of a report goes: user seconds by part, after imports.

    python benchmarks/report.py [--runs 3] [--formats html pdf docx xlsx]

Writes the report of the sample in this process: once to import everything, then some runs, of
which the least of each part is printed. User time and not wall time, so that other programs
disturb it little; the least of some runs, because shared cores still do.
"""

import argparse
import platform
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any, ParamSpec, TypeVar

import detachment
from detachment.figures import Drawing
from detachment.reports import _findings, _report, _switched

P = ParamSpec("P")
T = TypeVar("T")
SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "couples_qualtrics.csv"
# Part -> the functions whose time it is.
PARTS: dict[str, list[tuple[Any, str]]] = {
    "computing": [(_report, "find")],
    "figures": [
        (_findings, "_draw"),
        (_switched, "draw_results"),
        (_switched, "draw_scores"),
        (Drawing, "to_bytes"),
    ],
    "page": [(_report, "document"), (_report, "html_page")],
    "pdf": [(_report, "pdf_file")],
    "docx": [(_report, "docx_file")],
    "xlsx": [(_report, "xlsx_file")],
    "publishing": [(_report, "publish")],
}
DRAWN_WHILE_COMPUTING = {"_draw", "draw_results", "draw_scores"}


def user_time() -> float:
    """Seconds in which this process computed."""
    return getrusage(RUSAGE_SELF).ru_utime


def clocked(spent: dict[str, float], part: str, name: str, work: Callable[P, T]) -> Callable[P, T]:
    """The same function, which adds its time to a part."""

    def run(*given: P.args, **named: P.kwargs) -> T:
        begun = user_time()
        try:
            return work(*given, **named)
        finally:
            seconds = user_time() - begun
            spent[part] += seconds
            if name in DRAWN_WHILE_COMPUTING:
                spent["computing"] -= seconds

    return run


def measure(spent: dict[str, float], formats: list[str]) -> dict[str, float]:
    """Seconds of each part of one report, of the tables by what is left of the whole."""
    spent.clear()
    with tempfile.TemporaryDirectory() as folder:
        begun = user_time()
        survey = detachment.read_survey(SAMPLE)
        reading = user_time() - begun
        detachment.report(survey, Path(folder) / "report", allow_problems=True, formats=formats)
        whole = user_time() - begun
    known = {"reading": reading, **{part: spent[part] for part in PARTS if spent[part]}}
    return known | {"tables and manifest": whole - sum(known.values()), "all": whole}


def main() -> None:
    """Measure some reports and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--formats", nargs="+", default=["html"], choices=_report.FORMATS)
    options = parser.parse_args()
    spent: dict[str, float] = defaultdict(float)
    for part, functions in PARTS.items():
        for owner, name in functions:
            setattr(owner, name, clocked(spent, part, name, getattr(owner, name)))
    measure(spent, options.formats)
    runs = [measure(spent, options.formats) for _ in range(options.runs)]
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    print("| part | user seconds |\n|---|---|")
    for part in runs[0]:
        print(f"| {part} | {min(run[part] for run in runs):.2f} |")


if __name__ == "__main__":
    main()
