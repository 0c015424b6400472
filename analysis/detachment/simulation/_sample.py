"""Draw a sample: who, what they feel, what they answer, what goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detachment.errors import UsageError
from detachment.simulation import _population as pop
from detachment.simulation._answers import answer, answer_quiz
from detachment.simulation._careless import ATTENTIVE, KINDS, draw_kinds, overwrite_careless
from detachment.simulation._latents import Latents, draw_latents
from detachment.simulation._people import (
    draw_drop_out,
    draw_durations,
    draw_people,
    draw_submitted,
)
from detachment.simulation._streams import Floats, logistic, stream

DEFAULT_SEED = 20240501
NOT_REACHED, NOT_APPLICABLE, PREFER_NOT_TO_SAY = -7, -8, -9
_USE_ME = {"attentive": [0.97, 0.98], "careless": [0.55, 0.85]}  # cumulative: true, false
_FIRST_COLUMNS = (
    "respondent_id", "wave", "dyad_id", "partner_role", "role_label", "role_is_arbitrary", "group",
    "consent", "submitted_at", "duration_s",
)  # fmt: skip
_KEPT_LATENTS = (
    "detachment", *pop.FACETS, *pop.EFFECTS, "healthy", "unhealthy", "strategies", "perceived",
)  # fmt: skip
Bools = NDArray[np.bool_]
Codes = NDArray[np.int8]
Place = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Simulated answers and the truth behind them.

    Attributes
    ----------
    responses
        One row a person and wave. Metadata columns, then items in the presented order, by their
        ids in the instrument. Answers are nullable integers as an export would hold them: not
        reversed, with -7 (not reached), -8 (does not apply) and -9 (prefer not to say); a
        question left blank is missing.
    truth
        Same rows: kind of answering, how far they came, latent variables.
    quiz
        A class before (wave 1) and after (wave 2) a lesson.
    recipe
        The arguments that made it, seed first.
    """

    responses: pd.DataFrame
    truth: pd.DataFrame
    quiz: pd.DataFrame
    recipe: Mapping[str, int | float | bool]

    @property
    def seed(self) -> int:
        """Seed of every random number."""
        return int(self.recipe["seed"])

    def __repr__(self) -> str:
        return f"Sample({len(self.responses)} rows, {len(self.quiz)} quiz rows, seed {self.seed})"


def simulate(
    *,
    seed: int = DEFAULT_SEED,
    n_couples: int = 550,
    n_same_gender: int | None = None,
    n_alone: int = 300,
    n_students: int = 120,
    careless: float = pop.CARELESS,
    nuisance: bool = True,
) -> Sample:
    """Draw couples, people who took part alone and a class from the population model.

    Everything comes from ``seed``; each part of the model has its own stream of random numbers.

    Parameters
    ----------
    seed
        Zero or a positive integer.
    n_couples
        Complete couples at wave 1; half of them (at random, within same-gender and mixed couples)
        enter the program, the others wait.
    n_same_gender
        How many of the couples are of the same gender, with exchangeable partners; 3 in 11 unless
        given. In the others women are role A and men role B, and the paths to satisfaction differ.
    n_alone
        People who took part without their partner, at wave 1 only.
    n_students
        Students who take the knowledge quiz before and after a lesson.
    careless
        Share of people who answer without reading.
    nuisance
        Whether answers are missing, people break off and drop out. Without it every couple is
        complete at both waves.

    Returns
    -------
    Sample

    Raises
    ------
    UsageError
        When a number is impossible.

    Notes
    -----
    Normal latent variables, linear paths, one culture, no couple-by-time trends, invented
    loadings: the sample shows that software recovers what it should; it says nothing about real
    couples.

    Examples
    --------
    >>> sample = simulate(n_couples=20, n_alone=5, n_students=10, nuisance=False)
    >>> len(sample.responses)  # 45 people at wave 1, 40 of them again at wave 2
    85
    >>> simulate(seed=1).responses.equals(simulate(seed=1).responses)
    True
    """
    if n_same_gender is None:
        n_same_gender = round(n_couples * 3 / 11)
    _check(seed, n_couples, n_same_gender, n_alone, n_students, careless)
    n = n_couples + n_alone
    place = np.arange(n)
    mixed, alone = place < n_couples - n_same_gender, place >= n_couples
    program = _randomise(seed, mixed, alone)
    latents = draw_latents(seed, mixed, program)
    people = draw_people(seed, mixed=mixed, alone=alone, program=program)

    there = np.ones((n, 2, 2), dtype=bool)  # couple, partner, wave
    there[alone, 1] = False
    there[alone, :, 1] = False
    if nuisance:
        there[:, :, 1] &= ~draw_drop_out(seed, latents["detachment"][0], program)
    couple, member, wave = np.nonzero(there)
    at = (wave, couple, member)

    kinds = draw_kinds(seed, n, careless)[couple, member]
    codes = _answers(seed, latents, at, kinds)
    blank = np.zeros(codes.shape, dtype=bool)
    reached = np.full(len(codes), len(pop.PRESENTED))
    if nuisance:
        age = people["demo_age"].to_numpy().reshape(n, 2)
        _leave_out(seed, codes, blank, at, kinds, age, latents["detachment"])
        reached = _break_off(seed, codes, blank)

    who = _metadata(seed, people, at, kinds != ATTENTIVE, reached / len(pop.PRESENTED))
    answers = {
        name: pd.arrays.IntegerArray(codes[:, j].copy(), blank[:, j].copy())
        for j, name in enumerate(pop.PRESENTED)
    }
    responses = pd.concat([who, pd.DataFrame(answers)], axis=1)

    truth = pd.DataFrame(
        {
            "respondent_id": who["respondent_id"],
            "wave": who["wave"],
            "answering": pd.Series(np.array(KINDS)[kinds], dtype="str"),
            "questions_reached": reached,
        }
        | {name: np.round(latents[name][at], 3) + 0.0 for name in _KEPT_LATENTS}
    )
    return Sample(
        responses=responses,
        truth=truth,
        quiz=_class(seed, n_students),
        recipe={
            "seed": seed,
            "n_couples": n_couples,
            "n_same_gender": n_same_gender,
            "n_alone": n_alone,
            "n_students": n_students,
            "careless": careless,
            "nuisance": nuisance,
        },
    )


def _check(
    seed: int, n_couples: int, n_same_gender: int, n_alone: int, n_students: int, careless: float
) -> None:
    counts = {
        "seed": seed,
        "n_couples": n_couples,
        "n_same_gender": n_same_gender,
        "n_alone": n_alone,
        "n_students": n_students,
    }
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
            raise UsageError(f"{name} must be zero or a positive whole number, not {value!r}.")
    if n_same_gender > n_couples:
        raise UsageError(
            f"n_same_gender ({n_same_gender}) cannot be more than n_couples ({n_couples})."
        )
    if n_couples + n_alone == 0:
        raise UsageError("A sample needs at least one couple or one person: give n_couples.")
    if not 0 <= careless <= 1:
        raise UsageError(f"careless is a share between 0 and 1, not {careless!r}.")


def _randomise(seed: int, mixed: Bools, alone: Bools) -> Bools:
    """Half of the mixed and half of the same-gender couples, at random: the program arm."""
    u = stream(seed, "program").random(len(mixed))
    program = np.zeros(len(mixed), dtype=bool)
    for stratum in (mixed, ~mixed & ~alone):
        couples = np.flatnonzero(stratum)
        program[couples[np.argsort(u[couples], kind="stable")[: len(couples) // 2]]] = True
    return program


def _metadata(
    seed: int, people: pd.DataFrame, at: Place, careless: Bools, share_reached: Floats
) -> pd.DataFrame:
    """Columns of each row that are not answers, in the instrument's order."""
    wave, couple, member = at
    who = people.iloc[2 * couple + member].reset_index(drop=True)
    who["wave"] = pd.array(wave + 1, dtype="Int8")
    who["consent"] = pd.array(np.ones(len(who), np.int8), dtype="Int8")
    submitted = draw_submitted(seed, len(people) // 2)[at]
    who["submitted_at"] = np.char.add(np.datetime_as_string(submitted, unit="s"), "+00:00")
    seconds = np.round(draw_durations(seed, careless) * share_reached)
    who["duration_s"] = pd.array(seconds.astype(np.int32), dtype="Int32")
    who["rel_length_months"] += pd.array(3 * wave, dtype="Int16")  # twelve weeks
    rest = [name for name in who.columns if name not in _FIRST_COLUMNS]
    return who[[*_FIRST_COLUMNS, *rest]]


def _answers(seed: int, latents: Latents, at: Place, kinds: NDArray[np.int8]) -> Codes:
    """Codes in the presented order, shape (rows, items), before anything is missing."""
    models = {item.id: item for item in pop.ITEMS}
    codes = np.empty((len(kinds), len(pop.PRESENTED)), dtype=np.int8, order="F")
    for j, name in enumerate(pop.PRESENTED):
        if name in models:
            codes[:, j] = answer(seed, models[name], latents)[at]
    instructed, use_me = pop.PRESENTED.index(pop.INSTRUCTED), len(pop.PRESENTED) - 1
    first = np.array([models[n].first if n in models else 1 for n in pop.PRESENTED[:-1]], np.int8)
    overwrite_careless(seed, codes[:, :-1], kinds, first)

    u, v, w = stream(seed, "checks").random((3, len(kinds)))
    attentive, straight = kinds == ATTENTIVE, kinds == KINDS.index("straight")
    fails = u < np.where(attentive, pop.ATTENTIVE_FAIL, pop.CARELESS_FAIL)
    wrong = np.array([c for c in range(1, 6) if c != pop.PASS_CODE])[(4 * v).astype(int)]
    codes[~straight, instructed] = np.where(fails, wrong, pop.PASS_CODE)[~straight]
    edges = np.where(attentive[:, None], _USE_ME["attentive"], _USE_ME["careless"])
    codes[:, use_me] = np.where(w < edges[:, 0], 1, np.where(w < edges[:, 1], 0, 9))
    return codes


def _leave_out(
    seed: int,
    codes: Codes,
    blank: Bools,
    at: Place,
    kinds: NDArray[np.int8],
    age: NDArray[np.int64],
    detachment: Floats,
) -> None:
    """Blanks at random; what attentive people say does not apply, or keep to themselves."""
    _, couple, member = at
    attentive = kinds == ATTENTIVE
    index = {name: j for j, name in enumerate(pop.PRESENTED)}
    for item in pop.ITEMS:
        blank[:, index[item.id]] = (
            stream(seed, "blank", item.id).random(len(codes)) < pop.MISSING_AT_RANDOM
        )
    # A person's own inclination (u) is the same at both waves and for all items of the block.
    constant, slope = pop.NOT_APPLICABLE
    chance = logistic(constant + slope * (age.astype(np.float64) - 37))
    says_so = stream(seed, "not applicable").random(age.shape) < chance
    constant, slope = pop.REFUSED
    chance = logistic(constant + slope * detachment)
    keeps = stream(seed, "refused").random(age.shape) < chance
    for names, code, who in (
        (("sign_10_sexual",), NOT_APPLICABLE, says_so[couple, member]),
        (pop.INFIDELITY_ITEMS, PREFER_NOT_TO_SAY, keeps[at]),
    ):
        for name in names:
            codes[attentive & who, index[name]] = code
            blank[attentive & who, index[name]] = False


def _break_off(seed: int, codes: Codes, blank: Bools) -> NDArray[np.int64]:
    """Some stop after the signs and before the end; returns how many questions were reached."""
    rows, k = codes.shape
    rng = stream(seed, "break-off")
    stops = rng.random(rows) < pop.BREAK_OFF
    earliest = pop.PRESENTED.index(pop.EFFECT_ITEMS[0])
    reached = np.where(stops, rng.integers(earliest, k, rows), k)
    beyond = np.arange(k) >= reached[:, None]
    codes[beyond] = NOT_REACHED
    blank[beyond] = False
    return reached


def _class(seed: int, n: int) -> pd.DataFrame:
    """The quiz, one row a student and wave."""
    codes = answer_quiz(seed, n)
    student, wave = np.divmod(np.arange(2 * n), 2)
    width = max(3, len(str(n)))
    return pd.DataFrame(
        {
            "respondent_id": pd.Series([f"S{s + 1:0{width}d}" for s in student], dtype="str"),
            "wave": pd.array(wave + 1, dtype="Int8"),
            "consent": pd.array(np.ones(2 * n, np.int8), dtype="Int8"),
        }
        | {
            name: pd.array(codes[wave, student, j], dtype="Int8")
            for j, name in enumerate(pop.QUIZ_ITEMS)
        }
    )
