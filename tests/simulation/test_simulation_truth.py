"""A large sample lands on what an independent generator of the same model found.

Every statistic is computed here with plain NumPy, on all couples and on fifty parts of them; the
spread of the parts gives its standard error. The independent numbers come from 300,000 couples, so
they have an error of their own, and are rounded to three decimals.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from detachment.simulation import Sample, simulate
from detachment.simulation import _population as pop
from detachment.simulation._population import (
    CAUSES,
    EFFECT_ITEMS,
    EFFECTS,
    ITEMS,
    QUIZ_ANSWERS,
    QUIZ_ITEMS,
    SIGN_ITEMS,
)
from detachment.simulation._truth import TRUTH

Floats = NDArray[np.float64]
Statistics = dict[str, float]
Part = TypeVar("Part")
N = 50_000
PARTS = 50
BEHIND_TRUTH = 300_000
LIMIT = 4.5
ROUNDED = 0.0005


# ---------------------------------------------------------------- statistics, from definitions
def alpha(items: Floats) -> float:
    """Cronbach's alpha of (persons, k)."""
    k = items.shape[1]
    return float(k / (k - 1) * (1 - items.var(0, ddof=1).sum() / items.sum(1).var(ddof=1)))


def r(x: Floats, y: Floats) -> float:
    return float(np.corrcoef(x.ravel(), y.ravel())[0, 1])


def standard(x: Floats) -> Floats:
    return (x - x.mean()) / x.std(ddof=1)


def slopes(y: Floats, *predictors: Floats) -> Floats:
    """Least squares slopes of y on the predictors, with an intercept."""
    design = np.stack([np.ones(y.size), *(p.ravel() for p in predictors)], axis=1)
    return np.linalg.solve(design.T @ design, design.T @ y.ravel())[1:]


class Answers:
    """Keyed answers of some couples: ``self["item"]`` has shape (couples, partners, waves)."""

    def __init__(self, sample: Sample, couples: slice = slice(None)) -> None:
        self.sample, self.couples = sample, couples

    def part(self, couples: slice) -> "Answers":
        return Answers(self.sample, couples)

    def __getitem__(self, name: str) -> Floats:
        frame = self.sample.responses if name in self.sample.responses else self.sample.truth
        values = frame[name].to_numpy(np.float64)
        item = MODELS.get(name)
        if item is not None and item.reversed:
            values = 2 * item.first + len(item.shares) - 1 - values
        return values.reshape(-1, 2, 2)[self.couples]

    def many(self, names: tuple[str, ...], wave: int = 0) -> Floats:
        """Items of one wave, shape (persons, k)."""
        return np.stack([self[n][..., wave].ravel() for n in names], axis=1)

    def score(self, names: tuple[str, ...], wave: int = 0) -> Floats:
        """Means of items, shape (couples, partners)."""
        return self.many(names, wave).mean(1).reshape(-1, 2)

    @property
    def program(self) -> NDArray[np.bool_]:
        group = self.sample.responses["group"].to_numpy()[::4][self.couples]
        return np.asarray(group == "program")


MODELS = {item.id: item for item in ITEMS}
EFFECT_OF = {e: EFFECT_ITEMS[4 * i : 4 * i + 4] for i, e in enumerate(EFFECTS)}
HEALTHY = tuple(f"style_h_{i}" for i in range(1, 5))
UNHEALTHY = tuple(f"style_u_{i}" for i in range(1, 5))
CAUSE_OF = {c: tuple(i.id for i in ITEMS if i.latent == f"cause_{c}") for c in CAUSES}


def at_wave_1(a: Answers) -> Statistics:
    """Items, scales, correlations, paths: couples whose roles do not differ."""
    signs, items = a.score(SIGN_ITEMS), a.many(SIGN_ITEMS)
    effects = {e: a.score(names) for e, names in EFFECT_OF.items()}
    out: Statistics = {}
    for i in range(15):
        rest = (items.sum(1) - items[:, i]) / 14
        out |= {
            f"signs.item_mean.{i}": items[:, i].mean(),
            f"signs.item_sd.{i}": items[:, i].std(ddof=1),
            f"signs.item_rest_r.{i}": r(items[:, i], rest),
        }
        for j, e in enumerate(EFFECTS):
            out[f"observed_r.sign_item_x_effects.{i}.{j}"] = r(items[:, i], effects[e])
    out |= {
        "signs.alpha": alpha(items),
        "signs.score_mean": signs.mean(),
        "signs.score_sd": signs.std(ddof=1),
        "signs.r_score_latent": r(signs, a["detachment"][..., 0]),
        "signs.partner_r_score": r(signs, signs[:, ::-1]),
    }
    latent = {e: a[e][..., 0] for e in ("detachment", *EFFECTS)}
    for name, value in latent.items():
        out[f"latent.partner_r.{name}"] = r(value, value[:, ::-1])
    for j, e in enumerate(EFFECTS):
        out |= {
            f"effects.alpha.{j}": alpha(a.many(EFFECT_OF[e])),
            f"effects.mean.{j}": effects[e].mean(),
            f"effects.sd.{j}": effects[e].std(ddof=1),
            f"effects.partner_r_score.{j}": r(effects[e], effects[e][:, ::-1]),
            f"observed_r.signs_total_x_effects.{j}": r(signs, effects[e]),
            f"latent.r_detachment_with.{e}": r(latent["detachment"], latent[e]),
        }
        for k in range(j):
            out |= {
                f"observed_r.effects.{j}.{k}": r(effects[e], effects[EFFECTS[k]]),
                f"latent.r_effects.{j}.{k}": r(latent[e], latent[EFFECTS[k]]),
            }
    satisfied = effects["satisfaction"]
    raw = slopes(satisfied, signs, signs[:, ::-1])
    ratio = signs.std(ddof=1) / satisfied.std(ddof=1)
    for i in range(2):
        out[f"apim_satisfaction_equal.raw.{i}"] = raw[i]
        out[f"apim_satisfaction_equal.standardised.{i}"] = raw[i] * ratio

    healthy, unhealthy = a.score(HEALTHY), a.score(UNHEALTHY)
    z, zp, zh = standard(signs), standard(signs[:, ::-1]), standard(healthy)
    names = ("signs", "partner_signs", "healthy", "signs_x_healthy")
    moderation = slopes(standard(satisfied), z, zp, zh, z * zh)
    out |= {
        "style.healthy_alpha": alpha(a.many(HEALTHY)),
        "style.healthy_r_signs": r(healthy, signs),
        "style.unhealthy_alpha": alpha(a.many(UNHEALTHY)),
        "style.unhealthy_r_signs": r(unhealthy, signs),
    } | {f"style.moderation_standardised.{n}": b for n, b in zip(names, moderation, strict=True)}

    causes = [standard(a.score(names)) for names in CAUSE_OF.values()]
    on_signs = slopes(z, *causes)
    total = slopes(standard(satisfied), *causes)
    b = slopes(standard(satisfied), z, *causes)[0]
    r_signs = [r(c, signs) for c in causes]
    out |= {"causes.r2": float(on_signs @ r_signs), "causes.observed_b_signs_on_satisfaction": b}
    for i in range(len(CAUSES)):
        out |= {
            f"causes.r_with_signs.{i}": r_signs[i],
            f"causes.beta_on_signs.{i}": on_signs[i],
            f"causes.observed_total_effect_on_satisfaction.{i}": total[i],
            f"causes.observed_indirect_via_signs.{i}": on_signs[i] * b,
        }
    return out


def at_wave_2(a: Answers) -> Statistics:
    """Change in the two arms, in SD of wave 1."""
    out: Statistics = {}
    without = tuple(n for n in SIGN_ITEMS if n != "sign_11_distraction")
    program, waiting = a.program, ~a.program
    for name, items in (
        ("signs_15", SIGN_ITEMS),
        ("signs_14_without_sign_11", without),
        ("satisfaction", EFFECT_OF["satisfaction"]),
    ):
        before, after = a.score(items), a.score(items, 1)
        change = (after - before) / before.std(ddof=1)
        arms = {"d_waitlist": change[waiting].mean(), "d_program": change[program].mean()}
        out |= {f"wave_2.{name}.{k}": float(v) for k, v in arms.items()}
        out[f"wave_2.{name}.difference"] = float(arms["d_program"] - arms["d_waitlist"])
        out[f"wave_2.{name}.retest_r_waitlist"] = r(before[waiting], after[waiting])
    before, after = a.score(SIGN_ITEMS), a.score(SIGN_ITEMS, 1)
    critical = 1.96 * before.std(ddof=1) * np.sqrt(2 * (1 - alpha(a.many(SIGN_ITEMS))))
    out["wave_2.rci_signs_15.critical_raw_change"] = float(critical)
    for arm, who in (("waitlist", waiting), ("program", program)):
        change = (after - before)[who]
        out[f"wave_2.rci_signs_15.{arm}.improved"] = float((change < -critical).mean())
        out[f"wave_2.rci_signs_15.{arm}.deteriorated"] = float((change > critical).mean())
    for name in ("detachment", "satisfaction"):
        second = a[name][..., 1]
        out[f"wave_2.latent_program_effect_on_{name}"] = float(
            second[program].mean() - second[waiting].mean()
        )
    return out


def roles(a: Answers) -> Statistics:
    """Actor and partner paths to satisfaction, role by role, in mixed couples."""
    signs, satisfied = a.score(SIGN_ITEMS), a.score(EFFECT_OF["satisfaction"])
    own, felt, healthy = (a[n][..., 0] for n in ("detachment", "satisfaction", "healthy"))
    out: Statistics = {}
    for i, role in enumerate(("role_A", "role_B")):
        raw = slopes(satisfied[:, i], signs[:, i], signs[:, 1 - i])
        spread = satisfied[:, i].std(ddof=1)
        style = healthy[:, i], healthy[:, i] * own[:, i]
        latent = slopes(felt[:, i], own[:, i], own[:, 1 - i], *style)
        for j, member in enumerate((i, 1 - i)):
            out |= {
                f"apim_satisfaction_mixed.{role}.raw.{j}": raw[j],
                f"apim_satisfaction_mixed.{role}.standardised.{j}": raw[j]
                * signs[:, member].std(ddof=1)
                / spread,
                f"latent.apim_satisfaction_mixed.{role}.{j}": latent[j],
            }
    return out


def quiz(right: Floats) -> Statistics:
    """A test of ten questions, (students, 10), scored 1 or 0."""
    total = right.sum(1)
    return {f"quiz.p.{j}": right[:, j].mean() for j in range(10)} | {
        "quiz.kr20": alpha(right),
        "quiz.mean": total.mean(),
        "quiz.sd": total.std(ddof=1),
    }


# ---------------------------------------------------------------- comparison
def flat(tree: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Dotted names and numbers of a tree of mappings and lists."""
    children: Mapping[str, object] | None = None
    if isinstance(tree, Mapping):
        children = tree
    elif isinstance(tree, list):
        children = {str(i): v for i, v in enumerate(tree)}
    if children is not None:
        for key, value in children.items():
            yield from flat(value, f"{path}.{key}" if path else str(key))
    elif isinstance(tree, (int, float)):
        yield path, float(tree)


FLAT_TRUTH = dict(flat(TRUTH))


def misses(
    whole: Part, parts: list[Part], statistics: Callable[[Part], Statistics]
) -> dict[str, tuple[float, float, float]]:
    """What lies further from the truth than chance allows: found, truth, standard errors away."""
    found = statistics(whole)
    pieces = [statistics(p) for p in parts]
    out = {}
    for name, value in found.items():
        error = np.std([p[name] for p in pieces], ddof=1) / np.sqrt(len(pieces))
        error *= np.sqrt(1 + N / BEHIND_TRUTH)
        away = max(abs(value - FLAT_TRUTH[name]) - ROUNDED, 0.0) / error
        if away > LIMIT:
            out[name] = (float(value), FLAT_TRUTH[name], float(away))
    return out


def parts_of(whole: Answers) -> list[Answers]:
    step = N // PARTS
    return [whole.part(slice(i * step, (i + 1) * step)) for i in range(PARTS)]


@pytest.fixture(scope="module")
def equal() -> Answers:
    """Couples whose roles do not differ, all attentive, nothing missing."""
    return Answers(
        simulate(
            seed=7, n_couples=N, n_same_gender=N, n_alone=0, n_students=0, careless=0,
            nuisance=False,
        )
    )  # fmt: skip


def test_wave_1_lands_on_the_truth(equal: Answers) -> None:
    found = at_wave_1(equal)
    assert len(found) > 200
    assert misses(equal, parts_of(equal), at_wave_1) == {}


def test_wave_2_lands_on_the_truth(equal: Answers) -> None:
    assert misses(equal, parts_of(equal), at_wave_2) == {}


def test_roles_of_mixed_couples_land_on_the_truth() -> None:
    mixed = Answers(
        simulate(
            seed=8, n_couples=N, n_same_gender=0, n_alone=0, n_students=0, careless=0,
            nuisance=False,
        )
    )  # fmt: skip
    assert misses(mixed, parts_of(mixed), roles) == {}


def test_quiz_lands_on_the_truth() -> None:
    answers = simulate(seed=9, n_couples=1, n_same_gender=0, n_students=2 * N).quiz
    first = answers.loc[answers["wave"] == 1, list(QUIZ_ITEMS)].to_numpy()
    right = (first == np.array(QUIZ_ANSWERS)).astype(np.float64)
    assert misses(right, np.split(right, PARTS), quiz) == {}
    unsure = (first == 9).sum() / (right == 0).sum()
    assert unsure == pytest.approx(0.20, abs=0.005)


def test_a_wrong_path_is_noticed(equal: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    # The comparison itself must be able to fail: one path off by .02 is seen.
    monkeypatch.setattr(pop, "ACTOR", (0.62, 0.46, -0.50, 0.44, 0.28))
    off = Answers(
        simulate(
            seed=7, n_couples=N, n_same_gender=N, n_alone=0, n_students=0, careless=0,
            nuisance=False,
        )
    )  # fmt: skip
    assert "latent.r_detachment_with.loneliness" in misses(off, parts_of(off), at_wave_1)


def test_what_people_see_in_their_partner(equal: Answers) -> None:
    own, seen = equal["detachment"][..., 0], equal["perceived"][..., 0]
    accuracy, bias = slopes(seen, own[:, ::-1], own)
    assert accuracy == pytest.approx(0.60, abs=0.02)
    assert bias == pytest.approx(0.25, abs=0.02)
    assert seen.std() == pytest.approx(1.0, abs=0.01)
    # Cuts .10 lower than for one's own: about .10 of the SD of each answer.
    for name in SIGN_ITEMS:
        own_answer, about = equal[name][..., 0], equal[f"{name}__partner"][..., 0]
        assert 0.06 < (about.mean() - own_answer.mean()) / own_answer.std() < 0.13


def test_the_truth_is_what_the_outside_file_says(shared: Path) -> None:
    theirs = yaml.safe_load((shared / "instrument" / "population_truth.yaml").read_text())
    ordered = {
        "signs": SIGN_ITEMS,
        "effects": EFFECTS,
        "causes": CAUSES,
    }
    for block, names in ordered.items():
        for statistic, ours in cast("dict[str, object]", TRUTH[block]).items():
            if statistic == "order" or statistic not in theirs[block]:
                continue
            value = theirs[block][statistic]
            assert ours == ([value[n] for n in names] if isinstance(value, dict) else value)
    observed = cast("dict[str, object]", TRUTH["observed_r"])
    matrix = theirs["observed_r"]["sign_item_x_effects"]
    assert observed["sign_item_x_effects"] == [matrix[n] for n in SIGN_ITEMS]
    assert observed["effects"] == theirs["observed_r"]["effects"]
    wave_2 = cast("dict[str, object]", TRUTH["wave_2"])
    assert wave_2 == {k: theirs["wave2"][k] for k in wave_2}
    for block in ("quiz", "apim_satisfaction_equal", "apim_satisfaction_mixed"):
        assert TRUTH[block] == theirs[block]
