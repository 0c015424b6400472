"""A multiverse of about 500 specifications beside a loop over pandas and pingouin.

    python benchmarks/multiverse.py --pingouin /path/to/python

The loop is what one writes in a notebook: for each specification it leaves people out, takes the
mean of the items that are left, and asks ``pingouin.corr`` for the coefficient with its interval.
It has neither dyads as clusters nor latent variables, so that it does less. ``--pingouin`` names a
Python with pandas and pingouin (``pip install pingouin``); without it only ours is timed.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from statistics import median

EXCLUSIONS = ["nobody", "grade2", "any", "attention", "too_fast"]
RULES = {"min_valid": 0.8, "any": 1e-9, "complete": 1.0}
WITHOUT = ["sign_13_jealousy", "sign_10_sexual", "sign_15_comparison"]
METHODS = ["pearson", "spearman", "kendall"]


def loop(path: str) -> None:
    """The peer: specifications one by one, in a Python of its own."""
    import pandas as pd
    import pingouin

    frame = pd.read_csv(path)
    signs = [name for name in frame if name.startswith("sign_")]
    effect = [name for name in frame if name.startswith("eff_")]
    began, cpu = time.perf_counter(), time.process_time()
    done = 0
    for excluded, share, item, method in product(
        EXCLUSIONS, RULES.values(), ["", *WITHOUT], METHODS
    ):
        some = frame if excluded == "nobody" else frame[~frame[f"flag_{excluded}"]]
        scores = {}
        for name, items in (("x", [s for s in signs if s != item]), ("y", effect)):
            answers = some[items]
            enough = answers.notna().mean(axis=1) >= share
            scores[name] = answers.mean(axis=1).where(enough)
        pingouin.corr(scores["x"], scores["y"], method=method)
        done += 1
    print(done, time.perf_counter() - began, time.process_time() - cpu)


def main() -> None:
    """Both in turn, five times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pingouin", help="a Python that has pandas and pingouin")
    parser.add_argument("--loop", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.loop:
        loop(given.loop)
        return
    import numpy as np

    import detachment as dt

    survey = dt.read_survey(dt.sample("couples_long.csv"))
    first = survey.responses["wave"].astype(str) == "1"
    scales = survey.instrument.scales
    answers = survey.responses.loc[
        first, [u.id for s in ("signs_total", "eff_satisfaction") for u in scales[s].items]
    ].astype("Float64")
    for use in scales["eff_satisfaction"].items:
        if use.keyed < 0:
            answers[use.id] = 6 - answers[use.id]
    for rule in EXCLUSIONS[1:]:
        kept = dt.exclude(survey, rules=rule).responses.index
        answers[f"flag_{rule}"] = ~answers.index.isin(kept)
    alike, ours, theirs = [], [], []
    same = {"score": "observed", "cluster": "none"}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "answers.csv")
        answers.to_csv(path, index=False)
        for _ in range(5):
            for options, runs in ((same, alike), ({}, ours)):
                began, cpu = time.perf_counter(), time.process_time()
                table = dt.multiverse(
                    survey, rows="signs_total", columns="eff_satisfaction", exclusions=EXCLUSIONS,
                    missing=list(RULES), without=WITHOUT, method=METHODS, **options,
                ).table  # fmt: skip
                runs.append((len(table), time.perf_counter() - began, time.process_time() - cpu))
            if given.pingouin:
                told = subprocess.run(
                    [given.pingouin, __file__, "--loop", path],
                    capture_output=True, text=True, check=True,
                ).stdout.split()  # fmt: skip
                theirs.append((int(told[0]), float(told[1]), float(told[2])))
    named = {
        "detachment, the loop's specifications": alike,
        "detachment, all": ours,
        "pandas and pingouin": theirs,
    }
    for name, runs in named.items():
        if runs:
            n = runs[0][0]
            clock, cpu = (median(run[k] for run in runs) for k in (1, 2))
            print(f"{name}: {n} specifications, {clock:.2f} s ({cpu:.2f} s of the processor), "
                  f"{1000 * cpu / n:.2f} ms each")  # fmt: skip
    if theirs:
        ratios = [b[2] / a[2] for a, b in zip(alike, theirs, strict=True)]
        print(f"ratio of processor time, the same specifications: {np.median(ratios):.1f}")


if __name__ == "__main__":
    sys.exit(main())
