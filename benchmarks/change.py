"""Change between waves beside R and statsmodels; coverage on request.

    apt-get install r-base-core r-cran-lme4 r-cran-sandwich r-cran-jsonlite   # lme4 1.1-31
    python benchmarks/change.py [--runs 3] [--coverage]

Simulated couples (seed fixed). Paired change and analysis of covariance with cluster-robust errors:
200 data sets of 400 people, beside ``sandwich`` and ``statsmodels``, which take one at a time.
Growth over four waves: 300 people, levels and slopes that covary; couples besides only beside
``lme4``, as ``statsmodels`` has no covarying levels and slopes within couples. R times itself,
without its start. Prints seconds a data set and the median of each round's ratio. ``--coverage``
prints instead how often 95 % intervals hold the true value.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from detachment.stats import adjusted_difference, fit_growth, paired_change

SETS, PART, PEOPLE, GROWING, WAVES = 200, 20, 400, 300, 4
R_CODE = """
suppressMessages({library(lme4); library(sandwich)})
folder <- commandArgs(TRUE)[1]
x <- read.csv(file.path(folder, "pairs.csv")); long <- read.csv(file.path(folder, "long.csv"))
sets <- split(x, x$set)
paired <- system.time(for (s in sets) {
  t.test(s$last, s$first, paired = TRUE); vcovCL(lm(last - first ~ 1, s), s$dyad)
})[["elapsed"]]
ancova <- system.time(for (s in sets) {
  fit <- lm(last ~ arm + first, s); vcovCL(fit, s$dyad, type = "HC1")
})[["elapsed"]]
quiet <- function(formula) suppressWarnings(suppressMessages(lmer(formula, long)))
growth <- system.time(quiet(y ~ time * arm + (1 + time | person)))[["elapsed"]]
couples <- system.time(quiet(y ~ time * arm + (1 + time | person) + (1 | dyad)))[["elapsed"]]
cat(jsonlite::toJSON(list(paired = paired / length(sets), ancova = ancova / length(sets),
                          growth = growth, couples = couples), auto_unbox = TRUE, digits = 12))
"""


def pairs(
    rng: np.random.Generator, sets: int, people: int, effect: float, *, skewed: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """First and last scores of couples, half of them in the arm with an effect."""

    def noise(n: int) -> np.ndarray:
        z = rng.normal(size=(sets, n))
        return (
            (np.exp(z / 2) - np.exp(1 / 8)) / np.sqrt(np.exp(1 / 2) - np.exp(1 / 4))
            if skewed
            else z
        )

    dyad = np.arange(people) // 2
    arm = (dyad % 2).astype(float)
    couples = people // 2
    first = np.sqrt(0.35) * noise(couples)[:, dyad] + np.sqrt(0.65) * noise(people)
    change = np.sqrt(0.1) * noise(couples)[:, dyad] + np.sqrt(0.15) * noise(people)
    return first, 0.7 * first + change + effect * arm, arm, dyad


def growing(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dyad = np.arange(GROWING) // 2
    arm = (dyad % 2).astype(float)
    level = 0.5 * rng.normal(size=GROWING // 2)[dyad] + 0.7 * rng.normal(size=GROWING)
    slope = 0.3 * rng.normal(size=GROWING) - 0.1 * level - 0.2 * arm
    y = level[:, None] + slope[:, None] * np.arange(WAVES)
    y = y + 0.4 * rng.normal(size=y.shape)
    y[:, 1:][rng.random((GROWING, WAVES - 1)) < 0.1] = np.nan
    return y, arm, dyad


def seconds(work, times: int = 1) -> float:  # noqa: ANN001 - any call
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) / times


def ours(first, last, arm, dyad, y, group, couple) -> dict[str, float]:  # noqa: ANN001 - arrays
    between = group[:, None]
    return {
        "paired": seconds(lambda: paired_change(first, last, clusters=dyad), len(first)),
        "ancova": seconds(
            lambda: adjusted_difference(
                last, arm, covariates=first[..., None], unit=first, clusters=dyad
            ),
            len(first),
        ),
        "growth": seconds(lambda: fit_growth(y, range(WAVES), between=between)),
        "couples": seconds(lambda: fit_growth(y, range(WAVES), between=between, clusters=couple)),
    }


def statsmodels(first, last, arm, dyad, y, group) -> dict[str, float]:  # noqa: ANN001 - arrays
    import statsmodels.api as sm

    def ancova() -> None:
        for x, outcome in zip(first[:PART], last[:PART], strict=True):
            design = np.column_stack([np.ones_like(arm), arm, x])
            sm.OLS(outcome, design).fit(cov_type="cluster", cov_kwds={"groups": dyad}).bse  # noqa: B018

    def paired() -> None:
        for x, outcome in zip(first[:PART], last[:PART], strict=True):
            ones = np.ones((len(x), 1))
            sm.OLS(outcome - x, ones).fit(cov_type="cluster", cov_kwds={"groups": dyad}).bse  # noqa: B018

    def growth() -> None:
        person, wave = np.nonzero(~np.isnan(y))
        treated = group[person]
        design = np.column_stack([np.ones(len(wave)), wave, treated, wave * treated])
        model = sm.MixedLM(y[person, wave], design, groups=person, exog_re=design[:, :2])
        model.fit(reml=True)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "paired": seconds(paired, PART),
            "ancova": seconds(ancova, PART),
            "growth": seconds(growth),
        }


def write(folder: Path, first, last, arm, dyad, y, group, couple) -> None:  # noqa: ANN001 - arrays
    sets = np.repeat(np.arange(PART), first.shape[1])
    table = np.column_stack([
        sets, first[:PART].ravel(), last[:PART].ravel(), np.tile(arm, PART), np.tile(dyad, PART),
    ])  # fmt: skip
    np.savetxt(
        folder / "pairs.csv", table, delimiter=",", header="set,first,last,arm,dyad", comments=""
    )
    person, wave = np.nonzero(~np.isnan(y))
    long = np.column_stack([person, wave, y[person, wave], group[person], couple[person]])
    np.savetxt(
        folder / "long.csv", long, delimiter=",", header="person,time,y,arm,dyad", comments=""
    )


def in_r(folder: Path) -> dict[str, float]:
    done = subprocess.run(
        ["Rscript", "-e", R_CODE, str(folder)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def speed(runs: int) -> None:
    rng = np.random.Generator(np.random.PCG64(20240611))
    data = (*pairs(rng, SETS, PEOPLE, -0.3), *growing(rng))
    rounds = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, *data)
        has_r = shutil.which("Rscript") is not None
        if not has_r:
            print("Rscript is not on this machine: its columns are missing")
        ours(*data)
        for _ in range(runs):
            rounds.append((ours(*data), statsmodels(*data[:-1]), in_r(folder) if has_r else {}))
    print(f"{'':9}{'ours, s':>12}{'statsmodels':>14}{'ratio':>8}{'R':>12}{'ratio':>8}")
    for what in rounds[0][0]:
        line = f"{what:9}{statistics.median(r[0][what] for r in rounds):12.6f}"
        for peer, width in ((1, 14), (2, 12)):
            if what in rounds[0][peer]:
                theirs = statistics.median(r[peer][what] for r in rounds)
                ratio = statistics.median(r[peer][what] / r[0][what] for r in rounds)
                line += f"{theirs:{width}.6f}{ratio:7.1f}x"
            else:
                line += " " * (width - 1) + "-" + " " * 8
        print(line)


def coverage(sets: int = 4000) -> None:
    rng = np.random.Generator(np.random.PCG64(7))
    print("share of 95 % intervals with the true value in them")
    names = ("dz", "d_pre", "ANCOVA", "its d", "change", "its d")
    print(f"{'dyads':>6}{'effect':>8}{'scores':>9}" + "".join(f"{name:>9}" for name in names))
    for dyads in (10, 20, 40, 200):
        for effect in (-0.3, -1.0):
            for skewed in (False, True):
                first, last, arm, dyad = pairs(rng, sets, 2 * dyads, effect, skewed=skewed)
                one = arm == 1
                fit = paired_change(first[:, one], last[:, one], clusters=dyad[one])
                asked = {"unit": first, "clusters": dyad}
                ancova = adjusted_difference(last, arm, covariates=first[..., None], **asked)
                gain = adjusted_difference(last - first, arm, **asked)
                spread = np.sqrt(0.09 + 0.25)
                checked = (
                    (fit.dz_low, fit.dz_high, effect / spread),
                    (fit.d_pre_low, fit.d_pre_high, effect),
                    (ancova.low, ancova.high, effect), (ancova.d_low, ancova.d_high, effect),
                    (gain.low, gain.high, effect), (gain.d_low, gain.d_high, effect),
                )  # fmt: skip
                held = [np.mean((low <= true) & (true <= high)) for low, high, true in checked]
                scores = "skewed" if skewed else "normal"
                print(
                    f"{dyads:6}{effect:8}{scores:>9}" + "".join(f"{share:9.3f}" for share in held)
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--coverage", action="store_true")
    given = parser.parse_args()
    coverage() if given.coverage else speed(given.runs)
