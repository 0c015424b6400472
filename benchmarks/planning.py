"""Power, simulated power and paired shares, beside R's pwr, lm and binom.test; coverage on request.

    apt-get install r-base-core r-cran-pwr r-cran-jsonlite     # Debian 12: pwr 1.3-0
    python benchmarks/planning.py [--runs 5] [--coverage]

Each round lets ours and R take the same jobs in turn: n of 75 correlations for a power of .80 (R
approximates that power, ours is exact), 2,000 simulated data sets of 150 couples with the tests of
an actor and a partner effect (R a part of them), McNemar's exact test of 10,000 tables (R a part).
R times itself, without its start. Prints seconds and the median of each round's ratio.
``--coverage`` prints instead how often 95 % intervals of paired shares hold the true difference,
counted over all tables that there can be.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import time

import numpy as np
from scipy.special import gammaln

from detachment.stats import (
    apim_p_values,
    correlation_power,
    mcnemar_p,
    paired_difference_interval,
    simulated_power,
    smallest_n,
)

SIMULATED, TABLES, PART = 2000, 10_000, 10
R_CODE = """
suppressMessages(library(pwr))
r <- seq(.1, .5, length.out = 75)
n <- system.time(for (x in r) pwr.r.test(r = x, power = .8))[["elapsed"]]
couples <- 150
simulated <- system.time(for (i in 1:%d) {
  x <- matrix(rnorm(2 * couples), couples)
  y <- .3 * x[, 1] + .1 * x[, 2] + rnorm(couples)
  summary(lm(y ~ x))$coefficients[2:3, 4]
})[["elapsed"]]
b <- rbinom(%d, 40, .3); c <- rbinom(%d, 40, .2)
tables <- system.time(for (i in seq_along(b)) binom.test(b[i], b[i] + c[i])$p.value)[["elapsed"]]
cat(jsonlite::toJSON(list(n = n, simulated = simulated * %d, tables = tables * %d),
                     auto_unbox = TRUE, digits = 12))
""" % (SIMULATED // PART, TABLES // PART, TABLES // PART, PART, PART)  # noqa: UP031 - braces in R
NAMES = {
    "n": "n of 75 correlations",
    "simulated": "2,000 data sets of couples",
    "tables": "10,000 exact McNemar tests",
}


def ours() -> dict[str, float]:
    seconds = {}
    start = time.perf_counter()
    for r in np.linspace(0.1, 0.5, 75):
        smallest_n(lambda n, r=r: bool(correlation_power(r, n) >= 0.8))
    seconds["n"] = time.perf_counter() - start
    start = time.perf_counter()
    simulated_power(apim_p_values(0.3, 0.1, 150, distinguishable=True), n_sim=SIMULATED)
    seconds["simulated"] = time.perf_counter() - start
    b, c = np.random.default_rng(1).binomial(40, [[0.3], [0.2]], (2, TABLES))
    start = time.perf_counter()
    mcnemar_p(b, c)
    seconds["tables"] = time.perf_counter() - start
    return seconds


def theirs() -> dict[str, float]:
    done = subprocess.run(["Rscript", "-e", R_CODE], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def speed(runs: int) -> None:
    ours()
    if shutil.which("Rscript") is None:
        print("Rscript is not installed; seconds of ours:", ours())
        return
    rounds = [(ours(), theirs()) for _ in range(runs)]
    print(f"{'':28}{'ours, s':>12}{'R, s':>12}{'ratio':>8}")
    for name, words in NAMES.items():
        mine, other = (statistics.median(one[j][name] for one in rounds) for j in (0, 1))
        ratio = statistics.median(b[name] / a[name] for a, b in rounds)
        print(f"{words:28}{mine:12.5f}{other:12.5f}{ratio:8.1f}")


def coverage() -> None:
    print(f"{'n':>5}{'first':>8}{'second':>8}{'together':>10}{'Newcombe':>10}{'Tango':>8}")
    for n in (20, 50):
        a, b, c = np.array([t for t in np.ndindex(n + 1, n + 1, n + 1) if sum(t) <= n]).T
        d = n - a - b - c
        ways = gammaln(n + 1) - sum(gammaln(k + 1) for k in (a, b, c, d))
        ends = {
            method: paired_difference_interval(a, b, c, d, method=method)
            for method in ("newcombe", "tango")
        }
        for first, second, both in ((0.2, 0.2, 0.1), (0.2, 0.5, 0.18), (0.1, 0.3, 0.09)):
            cells = np.array([both, first - both, second - both, 1 - first - second + both])
            p = np.exp(ways + np.stack([a, b, c, d], axis=1) @ np.log(cells))
            found = [
                np.sum(p * ((low <= second - first) & (second - first <= high)))
                for low, high in ends.values()
            ]
            print(f"{n:5}{first:8}{second:8}{both:10}{found[0]:10.3f}{found[1]:8.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--coverage", action="store_true")
    given = parser.parse_args()
    if given.coverage:
        coverage()
    else:
        speed(given.runs)
