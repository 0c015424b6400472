"""Confirmatory factor analysis beside lavaan: 15 items, 3 factors, n = 2000.

    python benchmarks/cfa.py [--rounds 5] [--semopy /path/to/its/python]

Ours and the peers' runs take turns, so that all meet the same load of the machine; times are the
processor's, which other work disturbs less, and the ratio is that of the medians. All fit the
model, its standard errors, test, baseline and indices, but for the line that says otherwise;
reading the data and starting the peers are not counted. lavaan runs in an R process that is fed the
names of the fits:

    apt-get install r-base-core r-cran-lavaan

semopy runs in a Python of its own, as it may want other versions of SciPy and pandas than ours:

    python -m venv peers && peers/bin/pip install semopy
    python benchmarks/cfa.py --semopy peers/bin/python

(or name it in the environment variable PEER_PYTHON). One BLAS thread is used on all sides (Debian's
reference BLAS has one).
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np

from detachment.stats.sem.categorical import fit_ordinal, ordinal_fit_indices, ordinal_sample
from detachment.stats.sem.estimate import fit_model
from detachment.stats.sem.fit import fit_indices
from detachment.stats.sem.inference import infer
from detachment.stats.sem.model import cfa_model
from detachment.stats.sem.sample import sample_moments

ITEMS = [f"x{i}" for i in range(1, 16)]
MODEL = "\n".join(f"f{k} =~ {' + '.join(ITEMS[5 * k : 5 * k + 5])}" for k in range(3))
PEER = """
suppressMessages(library(lavaan))
given <- commandArgs(trailingOnly = TRUE)
model <- paste(readLines(given[2]), collapse = "\\n")
whole <- read.csv(given[1])
gaps <- read.csv(given[3])
run <- list(
  ML = function() cfa(model, whole, estimator = "ML"),
  MLR = function() cfa(model, whole, estimator = "MLR"),
  FIML = function() cfa(model, gaps, estimator = "ML", missing = "fiml"),
  WLSMV = function() cfa(model, whole, estimator = "WLSMV", ordered = TRUE)
)
input <- file("stdin", "r")
while (length(name <- readLines(input, 1)) > 0) {
  if (is.null(run[[name]])) { cat("nan nan\\n"); flush(stdout()); next }
  time <- sum(system.time({fit <- run[[name]](); found <- fitMeasures(fit)})[1:2])
  cat(time, found[["chisq"]], "\\n")
  flush(stdout())
}
"""
SEMOPY = """
import sys
from time import process_time
import pandas as pd
import semopy
whole, text = pd.read_csv(sys.argv[1]), open(sys.argv[2]).read()
for line in sys.stdin:
    name, start, chisq = line.strip(), process_time(), float("nan")
    if name in ("ML", "ML, no errors"):
        model = semopy.Model(text)
        model.fit(whole)
        if name == "ML":
            model.inspect()
            chisq = semopy.calc_stats(model)["chi2"].iloc[0]
    time = process_time() - start if name.startswith("ML") and name != "MLR" else float("nan")
    print(time, chisq, flush=True)
"""


def answers(missing: float) -> np.ndarray:
    rng = np.random.default_rng(20)
    spread = np.full((3, 3), 0.45) + 0.55 * np.eye(3)
    factors = rng.multivariate_normal(np.zeros(3), spread, 2000)
    x = 0.75 * np.repeat(factors, 5, axis=1) + 0.66 * rng.normal(size=(2000, 15))
    x = np.clip(np.rint(3 + 1.1 * x), 1, 5)
    x[rng.random(x.shape) < missing] = np.nan
    return x


def ours() -> dict[str, Callable[[], float]]:
    whole, gaps = answers(0.0), answers(0.03)

    def likelihood(x: np.ndarray, rule: str, errors: str, correction: str) -> float:
        model = cfa_model(MODEL, ITEMS, meanstructure=rule == "fiml")
        fit = fit_model(model, [sample_moments(x, rule)])
        return fit_indices(fit, infer(fit, errors, correction))["chisq"]

    def ordinal() -> float:
        sample = ordinal_sample(whole)
        counts = dict(zip(ITEMS, sample.n_thresholds.tolist(), strict=True))
        model = cfa_model(MODEL, ITEMS, ordered=ITEMS, thresholds=counts)
        return ordinal_fit_indices(fit_ordinal(model, [sample]))["chisq"]

    def estimates() -> float:
        return fit_model(cfa_model(MODEL, ITEMS), [sample_moments(whole)]).statistic

    return {
        "ML, no errors": estimates,
        "ML": lambda: likelihood(whole, "listwise", "expected", "none"),
        "MLR": lambda: likelihood(whole, "listwise", "huber_white", "yuan_bentler"),
        "FIML": lambda: likelihood(gaps, "fiml", "observed", "none"),
        "WLSMV": ordinal,
    }


class Peer:
    """A program that fits what it is told on its input, and says how long it took."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, name: str) -> tuple[float, float]:
        """Seconds of the processor, and chi-square; NaN for what the peer does not fit."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        seconds, chisq = map(float, self.process.stdout.readline().split())
        return seconds, chisq

    def close(self) -> None:
        """Let it end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def write(folder: Path) -> tuple[str, str, str]:
    """Complete answers, the model, and answers with gaps, as files."""
    names = []
    for name, x in (("whole.csv", answers(0.0)), ("gaps.csv", answers(0.03))):
        rows = [",".join("NA" if np.isnan(v) else f"{v:g}" for v in row) for row in x]
        (folder / name).write_text("\n".join([",".join(ITEMS), *rows]) + "\n")
        names.append(str(folder / name))
    (folder / "model.txt").write_text(f"{MODEL}\n")
    return names[0], str(folder / "model.txt"), names[1]


def start_peers(folder: Path, semopy: str | None) -> dict[str, Peer]:
    """The peers that are there; the others are said to be missing."""
    files = write(folder)
    peers = {}
    rscript = shutil.which("Rscript")
    if rscript:
        (folder / "peer.R").write_text(PEER)
        peers["lavaan"] = Peer([rscript, str(folder / "peer.R"), *files])
    else:
        print("Rscript is not installed: without lavaan.", file=sys.stderr)
    if semopy:
        peers["semopy"] = Peer([semopy, "-W", "ignore", "-c", SEMOPY, *files])
    else:
        print("No Python is named that has semopy (--semopy): without it.", file=sys.stderr)
    return peers


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--semopy", default=os.environ.get("PEER_PYTHON"))
    options = parser.parse_args()
    mine = ours()
    for run in mine.values():
        run()
    times: dict[str, dict[str, list[float]]] = {name: {"ours": []} for name in mine}
    far: dict[str, float] = dict.fromkeys(mine, float("nan"))
    with tempfile.TemporaryDirectory() as folder:
        peers = start_peers(Path(folder), options.semopy)
        for peer in peers.values():
            peer.ask("ML")  # the first is slower everywhere
        for _ in range(options.rounds):
            for name, run in mine.items():
                start = process_time()
                chisq = run()
                times[name]["ours"].append(process_time() - start)
                for word, peer in peers.items():
                    seconds, theirs = peer.ask(name)
                    times[name].setdefault(word, []).append(seconds)
                    if word == "lavaan":
                        far[name] = abs(chisq - theirs) / theirs
        for peer in peers.values():
            peer.close()
    heads = "".join(f" {word}, ms | times ours |" for word in peers)
    print(f"| fit | ours, ms |{heads} chi2 differs from lavaan's by |")
    print("|---|---|" + "---|---|" * len(peers) + "---|")
    for name, found in times.items():
        own = median(found["ours"])
        line = f"| {name} | {1000 * own:.1f} |"
        for word in peers:
            other = median(found[word])
            line += " | |" if np.isnan(other) else f" {1000 * other:.0f} | {other / own:.1f} |"
        print(f"{line} {far[name]:.1e} |" if np.isfinite(far[name]) else f"{line} |")


if __name__ == "__main__":
    main()
