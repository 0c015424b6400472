"""Makes docs/guides/coverage.md of the results of coverage.py."""

from collections.abc import Iterable, Mapping
from math import sqrt
from typing import Any

LOW, HIGH = 0.93, 0.97
HEAD = """\
# Do the intervals cover?

A 95 % interval should hold the true value in 95 of 100 samples. Whether it does can only be seen
where the truth is known. `benchmarks/coverage.py` draws samples from populations whose coefficients
are computed exactly, and counts.

- Six items in five categories cut one latent factor with loadings from .5 to .8. *Normal* answers
  are symmetric about the middle; of *skewed* ones three in five are the lowest category. For
  intraclass correlations four judges rate targets in the same categories.
- 50, 200 and 1,000 people; none, 5 % and 15 % of all answers missing completely at random, left out
  pair by pair (for intraclass correlations: targets rated by every judge).
- {most:,} samples in each cell; of intervals that take one data set after another fewer: 500 for
  ordinal alpha, 1,000 for the jackknife (500 with 1,000 people). By chance alone a coverage of 95 %
  then comes out within {reach:.1f}, {more:.1f} and {half:.1f} points of it. The seed of each cell
  is in `benchmarks/coverage.json`.

Numbers are per cent of the intervals that could be given; **bold** is below 93 or above 97.
"""
ADVICE = """\
## What follows

- **Answers that are about symmetric**: every interval covers from 50 people on, or misses by less
  than a point, except a polychoric correlation plus and minus 1.96 standard errors, which needs
  200 (`correlate` takes it on Fisher's scale), and those of ICC2 that are not its default.
- **Skewed answers** (floors, ceilings, rare behaviour): intervals that assume a normal distribution
  are too narrow *whatever the number of people*: Feldt's and its kin for alpha, Fisher's for a
  correlation, the F intervals of intraclass correlations. They cover 80 to 91 of 100, not 95. Ask
  `reliability` for `--interval jackknife` (`interval="jackknife"`), and `correlate` for
  `--interval robust` (`interval="robust"`). Omega and lambda 2 have the jackknife by default, and
  so have intraclass correlations but for ICC2 of raters.
- **Fewer than 100 people with skewed answers**: the best intervals cover 90 to 94 of 100. Say so,
  or collect more.
- **ICC2 of raters** generalizes to other raters, and so does its F interval. The robust one speaks
  of the raters at hand: more people make it narrower although the raters stay few. Where answers
  are skewed, have more raters than four. Two **waves** are not drawn from many: there the robust
  interval is the default. Partners have **ICC1** by default, as two of a kind.
- **Missing answers** at random, up to 15 %, left out pair by pair, cost precision and no coverage:
  the n of alpha's interval is the number of complete people who would make it as certain, that of a
  correlation who has both answers.

## When the program warns

Each of these is a warning of the result, on the command line and in Python. An interval that
assumes a normal distribution counts as too narrow where one that does not is a tenth wider (then
the former covers 92.5 of 100): of answers whose skewness is 1 or more and, for correlations, that
do go together; of other answers the difference must also be more than chance makes of normal ones
once in a hundred tables. Skewed answers are those whose mean skewness is 1 or more.

- **alpha, Feldt, Bonett, Duhachek**: the program warns when adf is a tenth wider, and gives the
  jackknife's interval beside it; and when fewer than 100 people have skewed answers.
- **alpha, omega total, lambda 2, adf and jackknife**: when fewer than 100 people have skewed
  answers.
- **ordinal alpha, adf**: when there are fewer than 100 people.
- **r, Fisher z**: when the robust interval is a tenth wider, once for a table: in how many pairs,
  and where the most; and when fewer than 100 people have skewed answers that go together.
- **r, robust**: when fewer than 100 people have skewed answers that go together.
- **polychoric, Fisher z**: when there are fewer than 100 people. The Wald interval is not given.
- **ICC1, ICC2, ICC3, F**: when the robust interval of ICC3 is a tenth wider than its F interval;
  and when fewer than 100 targets have skewed answers.
- **ICC1, ICC3, robust**: when fewer than 100 targets have skewed answers.
- **ICC2, robust**: whenever it is asked for of raters; **F** whenever it is asked for of waves.
"""
INTERVALS = """\
What the intervals are: **Feldt**, **Bonett** and **Duhachek** assume normal items (the first two
also that they are exchangeable); **adf** is the distribution-free delta method, **jackknife** what
leaving out each person in turn gives, both on the scale of log(1 - coefficient); **F** is that of
the analysis of variance; **robust** is the jackknife on Fisher's scale; **Wald** is the estimate
plus and minus 1.96 standard errors, and **Fisher z** takes a polychoric correlation's own standard
error to Fisher's scale. For ICC2 the four judges are drawn anew for each sample; of two waves the
second is higher by .3 latent standard deviations in every sample.
"""


def page(cells: Mapping[str, Mapping[str, Any]]) -> str:
    """The results as a page of tables, one for each shape of the answers."""
    shapes = list(dict.fromkeys(cell["shape"] for cell in cells.values()))
    every = [one for cell in cells.values() for one in cell["intervals"]]
    most = max(one["samples"] for one in every)
    text = HEAD.format(most=most, reach=_reach(most), more=_reach(500), half=_reach(1000))
    for shape in shapes:
        text += f"\n## {shape.capitalize()} answers\n\n"
        text += _table([cell for cell in cells.values() if cell["shape"] == shape])
    text += f"\n{INTERVALS}\n{ADVICE}\n## Where they do not\n\n"
    outside = list(_outside(cells.values()))
    text += "\n".join(outside) if outside else "Every interval covers in every cell."
    return text + "\n"


def _reach(samples: int) -> float:
    """Points within which a coverage of 95 % comes out in 95 of 100 studies."""
    return 100 * 1.96 * sqrt(0.95 * 0.05 / samples)


def _share(one: Mapping[str, Any]) -> float:
    return one["covered"] / one["given"] if one["given"] else float("nan")


def _table(cells: list[Mapping[str, Any]]) -> str:
    heads = [f"n = {cell['n']:,}, {100 * cell['missing']:.0f} %" for cell in cells]
    rows: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        for one in cell["intervals"]:
            share = _share(one)
            shown = f"{100 * share:.1f}"
            shown = shown if LOW <= round(share, 3) <= HIGH else f"**{shown}**"
            rows.setdefault((one["coefficient"], one["interval"]), []).append(shown)
    lines = [
        f"| | interval | {' | '.join(heads)} |",
        f"|---|---|{'---:|' * len(heads)}",
    ]
    before = ""
    for (name, how), shown in sorted(rows.items(), key=lambda row: _place(row[0], rows)):
        lines.append(f"| {'' if name == before else name} | {how} | {' | '.join(shown)} |")
        before = name
    return "\n".join(lines) + "\n"


def _place(key: tuple[str, str], rows: Mapping[tuple[str, str], Any]) -> tuple[int, int]:
    names = list(dict.fromkeys(name for name, _ in rows))
    return names.index(key[0]), list(rows).index(key)


def _outside(cells: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """A line for each interval that misses somewhere: where, and how much."""
    found: dict[tuple[str, str], dict[tuple[str, int], list[float]]] = {}
    lost: dict[tuple[str, str], list[float]] = {}
    for cell in cells:
        for one in cell["intervals"]:
            key = one["coefficient"], one["interval"]
            share = round(_share(one), 3)
            if not LOW <= share <= HIGH:
                places = found.setdefault(key, {})
                places.setdefault((cell["shape"], cell["n"]), []).append(share)
            if (none := 1 - one["given"] / one["samples"]) > 0.005:
                lost.setdefault(key, []).append(none)
    for key in dict.fromkeys([*found, *lost]):
        said = []
        for (shape, n), shares in found.get(key, {}).items():
            ends = dict.fromkeys(f"{100 * share:.1f}" for share in (min(shares), max(shares)))
            amount = "" if len(shares) == 3 else f" in {len(shares)} of 3 cells"
            said.append(f"{shape} answers of {n:,} people {'–'.join(ends)}{amount}")
        if key in lost:
            said.append(f"up to {100 * max(lost[key]):.1f} % of the samples have no interval")
        yield f"- **{key[0]}, {key[1]}**: {'; '.join(said)}."
