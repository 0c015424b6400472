"""Do 95 % intervals cover the truth 95 % of the time? A study with known populations.

    python benchmarks/coverage.py [--cells 50 200 1000] [--replicates 2000] [--write]

Six items in five categories cut one latent factor (normal: thresholds -1.5, -.5, .5, 1.5; skewed:
.3, .9, 1.5, 2.1, where three of five people give the lowest answer); four judges rate targets in
the same categories. Sample sizes 50, 200 and 1000; none, 5 % and 15 % of the answers missing
completely at random. The truth is computed, not simulated: thresholds and loadings give the
covariances of the categories by bivariate normal probabilities, and these every coefficient.

Results are kept in coverage.json beside this file, with the seed of each cell, so that cells can be
run one at a time; ``--write`` makes docs/guides/coverage.md of them. The whole study takes some
minutes on one core. A coverage of 95 % from 2000 samples has a Monte Carlo standard error of half a
point, from 500 of one point.
"""

import argparse
import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from scipy.special import ndtr, ndtri

from detachment.stats.bootstrap import resample
from detachment.stats.correlation import fisher_interval, pearson
from detachment.stats.icc import icc_anova, icc_robust_interval
from detachment.stats.intervals import (
    alpha_standard_error,
    bonett_interval,
    delta_method,
    feldt_interval,
    jackknife_interval,
    reliability_interval,
)
from detachment.stats.missing import effective_n_of_alpha
from detachment.stats.moments import Moments, effective_n, pair_sums, pairwise_moments
from detachment.stats.omega import omega_total, ordinal_covariance
from detachment.stats.ordinal_reliability import ordinal_delta_method
from detachment.stats.polychoric_tables import polychoric
from detachment.stats.reliability import alpha, guttman_lambda2
from detachment.stats.robust_correlation import robust_fisher_interval

HERE = Path(__file__).resolve().parent
STORE, PAGE = HERE / "coverage.json", HERE.parent / "docs" / "guides" / "coverage.md"
SEED = 20_260_101
LOADINGS = np.array([0.8, 0.7, 0.6, 0.7, 0.5, 0.75])
CUTS = {"normal": np.array([-1.5, -0.5, 0.5, 1.5]), "skewed": np.array([0.3, 0.9, 1.5, 2.1])}
SIZES, MISSING = (50, 200, 1000), (0.0, 0.05, 0.15)
AGREEMENT, JUDGES = 0.6, 0.05  # shares of targets and of judges in the variance of latent ratings
SHIFT = 0.3  # of the second of two waves, in latent standard deviations
Z = float(ndtri(0.975))

Ends = tuple[np.ndarray, np.ndarray]
Floats = np.ndarray


# ---------------------------------------------------------------- the truth


def truths(cuts: Floats) -> dict[str, float]:
    """Population value of every coefficient."""
    latent = np.outer(LOADINGS, LOADINGS)
    np.fill_diagonal(latent, 1)
    tau = np.tile(cuts, (len(LOADINGS), 1))
    cov = ordinal_covariance(latent, tau[:, None], tau[None, :])
    one = float(ordinal_covariance(1.0, cuts, cuts))
    targets = float(ordinal_covariance(AGREEMENT, cuts, cuts)) / one
    return {
        "alpha": float(alpha(cov)),
        "omega total": float(omega_total(cov, denominator="observed").omega),
        "lambda 2": float(guttman_lambda2(cov)),
        "ordinal alpha": float(alpha(latent)),
        "polychoric": float(latent[0, 1]),
        "r of two items": float(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])),
        "r of two scores": _r_of_scores(cov),
        "ICC1": targets,
        "ICC2": targets,
        "ICC3": targets,
        "ICC2 of two waves": _of_waves(cuts),
    }


def _of_waves(cuts: Floats) -> float:
    """Agreement of two waves, of which the second is higher for everyone."""
    tau = cuts - SHIFT * np.array([[0.0], [1.0]])
    cov = ordinal_covariance(AGREEMENT, tau[0], tau[1])
    variances = [ordinal_covariance(1.0, each, each) for each in tau]
    means = ndtr(-tau).sum(axis=1)  # of categories 0 to 4: how many thresholds are passed
    return float(cov / (np.mean(variances) + np.var(means, ddof=1)))


def _r_of_scores(cov: Floats) -> float:
    first, second = slice(0, 3), slice(3, 6)
    between = cov[first, second].sum()
    return float(between / np.sqrt(cov[first, first].sum() * cov[second, second].sum()))


# ---------------------------------------------------------------- samples


def samples(rng: np.random.Generator, size: tuple[int, int], cuts: Floats) -> Floats:
    """Answers of so many samples of so many people, ``(samples, n, items)``."""
    trait, own = rng.normal(size=(*size, 1)), rng.normal(size=(*size, len(LOADINGS)))
    return categories(LOADINGS * trait + np.sqrt(1 - LOADINGS**2) * own, cuts)


def ratings(rng: np.random.Generator, size: tuple[int, int], cuts: Floats, judges: float) -> Floats:
    """Ratings by four judges drawn anew for each sample, ``(samples, n, 4)``."""
    target = np.sqrt(AGREEMENT) * rng.normal(size=(*size, 1))
    judge = np.sqrt(judges) * rng.normal(size=(size[0], 1, 4))
    rest = np.sqrt(1 - AGREEMENT - judges) * rng.normal(size=(*size, 4))
    return categories(target + judge + rest, cuts)


def two_waves(rng: np.random.Generator, size: tuple[int, int], cuts: Floats) -> Floats:
    """Answers of the same people twice, higher the second time, ``(samples, n, 2)``."""
    trait, own = rng.normal(size=(*size, 1)), rng.normal(size=(*size, 2))
    latent = np.sqrt(AGREEMENT) * trait + np.sqrt(1 - AGREEMENT) * own
    return categories(latent + SHIFT * np.array([0.0, 1.0]), cuts)


def categories(latent: Floats, cuts: Floats) -> Floats:
    return np.sum(latent[..., None] > cuts, axis=-1).astype(np.float64)


def lose(rng: np.random.Generator, x: Floats, share: float) -> Floats:
    return np.where(rng.random(x.shape) < share, np.nan, x) if share else x


# ---------------------------------------------------------------- intervals


def of_moments(x: Floats) -> dict[tuple[str, str], Ends]:
    """Intervals of alpha that need covariances only, and of correlations."""
    moments = pairwise_moments(x)
    n, p = _effective_n(x, moments), x.shape[-1]
    estimate = alpha(moments.cov)
    half = Z * alpha_standard_error(moments.cov, n)
    r, pairs = pearson(x[..., :2])
    scores = np.stack([x[..., :3].mean(axis=-1), x[..., 3:].mean(axis=-1)], axis=-1)
    of_scores, both = pearson(scores)
    return {
        ("alpha", "Feldt (default)"): feldt_interval(estimate, n, p),
        ("alpha", "Bonett"): bonett_interval(estimate, n, p),
        ("alpha", "Duhachek"): (estimate - half, estimate + half),
        ("r of two items", "Fisher z (default)"): fisher_interval(r[..., 0, 1], pairs[..., 0, 1]),
        ("r of two items", "robust"): robust_fisher_interval(x[..., 0], x[..., 1]),
        ("r of two scores", "Fisher z (default)"): fisher_interval(
            of_scores[..., 0, 1], both[..., 0, 1]
        ),
        ("r of two scores", "robust"): robust_fisher_interval(scores[..., 0], scores[..., 1]),
    }


def _effective_n(x: Floats, moments: Moments) -> Floats:
    """Complete respondents that would make alpha as certain, as ``reliability`` counts them."""
    if not np.isnan(x).any():
        return np.full(len(x), float(x.shape[1]))
    pairs = zip(x, moments.cov, strict=True)
    n = np.array([effective_n_of_alpha(each, cov, missing="pairwise") for each, cov in pairs])
    return np.where(np.isnan(n), effective_n(moments.n), n)


def of_polychoric(x: Floats) -> dict[tuple[str, str], Ends]:
    """Intervals of one polychoric correlation, with the items' own margins."""
    k = len(CUTS["normal"]) + 1
    cells = (x[..., :2, None] == np.arange(k)).astype(np.float64)
    margins = cells.sum(axis=1)
    tables = np.swapaxes(cells[:, :, 0], 1, 2) @ cells[:, :, 1]
    fit = polychoric(tables, rows=margins[:, 0], columns=margins[:, 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        z, half = np.arctanh(fit.r), Z * fit.se / (1 - fit.r**2)
    return {
        ("polychoric", "Wald"): (fit.r - Z * fit.se, fit.r + Z * fit.se),
        ("polychoric", "Fisher z"): (np.tanh(z - half), np.tanh(z + half)),
    }


def of_ratings(alike: Floats, with_judges: Floats, waves: Floats) -> dict[tuple[str, str], Ends]:
    """F intervals and jackknife intervals of intraclass correlations."""
    same, different = icc_anova(alike), icc_anova(with_judges)
    robust, of_judges = icc_robust_interval(alike), icc_robust_interval(with_judges)
    of_waves, fixed = icc_robust_interval(waves), icc_anova(waves)
    return {
        ("ICC1", "F"): (same.low[..., 0], same.high[..., 0]),
        ("ICC1", "robust (default)"): (robust[0][..., 0], robust[1][..., 0]),
        ("ICC2", "F (default of raters)"): (different.low[..., 1], different.high[..., 1]),
        ("ICC2", "robust"): (of_judges[0][..., 1], of_judges[1][..., 1]),
        ("ICC2 of two waves", "F"): (fixed.low[..., 1], fixed.high[..., 1]),
        ("ICC2 of two waves", "robust (default of waves)"): (
            of_waves[0][..., 1],
            of_waves[1][..., 1],
        ),
        ("ICC3", "F"): (same.low[..., 2], same.high[..., 2]),
        ("ICC3", "robust (default)"): (robust[0][..., 2], robust[1][..., 2]),
    }


def three(cov: Floats, start: Floats | None = None) -> Floats:
    omega = omega_total(cov, denominator="observed", start=start).omega
    return np.stack([alpha(cov), omega, guttman_lambda2(cov)], axis=-1)


COEFFICIENTS = ("alpha", "omega total", "lambda 2")


def of_delta(x: Floats) -> dict[tuple[str, str], Ends]:
    """Distribution-free intervals of a stack of data sets.

    The arithmetic of ``delta_method``, for all samples at once; the first is checked against it.
    """
    b, n, p = x.shape
    sums, shift = pair_sums(x)
    x = x - shift[:, None, :]
    cov = sums.cov()
    estimate = three(cov)
    i, j = np.triu_indices(p)
    sd = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    step = 1e-4 * sd[:, i] * sd[:, j]
    moved = np.repeat(np.repeat(cov[:, None, None], 2, axis=1), len(i), axis=2)
    k = np.arange(len(i))
    moved[:, 0, k, i, j] -= step
    moved[:, 1, k, i, j] += step
    moved[..., k, j, i] = moved[..., k, i, j]
    value = three(moved.reshape(-1, p, p)).reshape(b, 2, len(i), -1)
    slope = (value[:, 1] - value[:, 0]) / (2 * step[..., None])
    slope[:, i != j] /= 2
    slopes = np.empty((b, slope.shape[-1], p, p))
    slopes[:, :, i, j] = slopes[:, :, j, i] = np.swapaxes(slope, 1, 2)
    there = (~np.isnan(x)).astype(np.float64)
    x = np.where(there > 0, x, 0.0)
    mean = sums.x / sums.n
    squares = np.empty_like(estimate)
    for s in range(slopes.shape[1]):
        weight = slopes[:, s] / sums.n
        crossed = x @ weight
        shifted = there @ (weight * mean)
        constant = there @ (weight * (mean * np.swapaxes(mean, 1, 2) - cov))
        influence = np.sum(x * crossed - 2 * x * shifted + there * constant, axis=2)
        squares[:, s] = np.sum(influence**2, axis=1) * n / (n - 1)
    low, high = reliability_interval(estimate, np.sqrt(squares), 0.95, n - 1)
    first = delta_method(np.where(there[0] > 0, x[0], np.nan), three).interval()
    np.testing.assert_allclose([low[0], high[0]], first, rtol=1e-6)
    return {(name, "adf"): (low[:, j], high[:, j]) for j, name in enumerate(COEFFICIENTS)}


def of_jackknife(x: Floats) -> dict[tuple[str, str], Ends]:
    """Intervals from leaving out each respondent, one data set after another."""
    ends = []
    for each in x:
        start = omega_total(pairwise_moments(each).cov).loadings
        left = resample(each, partial(three, start=start), n_boot=0)
        ends.append(np.stack(jackknife_interval(left.estimate, left.jackknife)))
    low, high = np.stack(ends, axis=1)
    return {
        (name, "jackknife" if name == "alpha" else "jackknife (default)"): (low[:, j], high[:, j])
        for j, name in enumerate(COEFFICIENTS)
    }


def of_ordinal(x: Floats) -> dict[tuple[str, str], Ends]:
    """Intervals of alpha of the latent answers, one data set after another."""
    ends = [ordinal_delta_method(each, lambda cor, _: alpha(cor)).interval() for each in x]
    low, high = np.array(ends, dtype=np.float64).T
    return {("ordinal alpha", "adf (default)"): (low, high)}


def of_bootstrap(x: Floats) -> dict[tuple[str, str], Ends]:
    """BCa and percentile intervals, 1000 resamples."""
    found = {"BCa": [], "percentile": []}
    for each in x:
        result = resample(each, three, n_boot=1000)
        found["BCa"].append(np.stack(result.bca()))
        found["percentile"].append(np.stack(result.percentile()))
    ends = {how: np.stack(each, axis=1) for how, each in found.items()}
    return {
        (name, how): tuple(both[:, :, j])
        for how, both in ends.items()
        for j, name in enumerate(COEFFICIENTS)
    }


# ---------------------------------------------------------------- the study


def cell(n: int, share: float, shape: str, replicates: int, boot: int) -> dict[str, object]:
    """Coverage of every interval in one cell; the costly ones in a part of the samples."""
    cuts, truth = CUTS[shape], truths(CUTS[shape])
    place = [SIZES.index(n), MISSING.index(share), [*CUTS].index(shape)]
    counted: dict[tuple[str, str], Floats] = {}
    costly, less = replicates // 4, replicates // (2 if n < 1000 else 4)
    done = 0
    for block, rng in _blocks(place, replicates, max(20, 200_000 // n)):
        x = lose(rng, samples(rng, (block, n), cuts), share)
        alike = lose(rng, ratings(rng, (block, n), cuts, 0.0), share)
        different = lose(rng, ratings(rng, (block, n), cuts, JUDGES), share)
        waves = lose(rng, two_waves(rng, (block, n), cuts), share)
        found = of_moments(x) | of_polychoric(x) | of_delta(x)
        found |= of_ratings(alike, different, waves)
        for until, method in ((less, of_jackknife), (costly, of_ordinal), (boot, of_bootstrap)):
            if done < until:
                found |= method(x[: until - done])
        done += block
        for key, (low, high) in found.items():
            value = truth[key[0]]
            given = np.isfinite(low) & np.isfinite(high)
            tally = [given.size, given.sum(), (given & (low <= value) & (value <= high)).sum()]
            tally += [(given & (value < low)).sum(), (given & (value > high)).sum()]
            counted[key] = counted.get(key, 0) + np.array(tally)
    return {
        "seed": [SEED, *place],
        "n": n,
        "missing": share,
        "shape": shape,
        "intervals": [
            {
                "coefficient": name,
                "interval": how,
                "truth": truth[name],
                "samples": int(total),
                "given": int(given),
                "covered": int(covered),
                "truth_below": int(below),
                "truth_above": int(above),
            }
            for (name, how), (total, given, covered, below, above) in counted.items()
        ],
    }


def _blocks(
    place: list[int], replicates: int, size: int
) -> Iterator[tuple[int, np.random.Generator]]:
    for number, start in enumerate(range(0, replicates, size)):
        seed = np.random.SeedSequence([SEED, *place, number])
        yield min(size, replicates - start), np.random.Generator(np.random.Philox(seed))


def stored() -> dict[str, dict[str, object]]:
    return json.loads(STORE.read_text(encoding="utf-8")) if STORE.is_file() else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="*", default=list(SIZES), help="sample sizes")
    parser.add_argument("--shapes", nargs="*", default=list(CUTS))
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument(
        "--bootstrap",
        type=int,
        default=0,
        help="samples for the bootstrap, a fifth of a second each",
    )
    parser.add_argument("--write", action="store_true", help="make docs/guides/coverage.md")
    asked = parser.parse_args()
    known = stored()
    for n in asked.cells:
        for shape in asked.shapes:
            for share in MISSING:
                start = time.perf_counter()
                known[f"{n} {shape} {share:g}"] = cell(
                    n, share, shape, asked.replicates, asked.bootstrap
                )
                print(f"n = {n}, {shape}, {share:.0%} missing: {time.perf_counter() - start:.0f} s")
                STORE.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    if asked.write:
        from coverage_page import page

        PAGE.write_text(page(known), encoding="utf-8")


if __name__ == "__main__":
    main()
