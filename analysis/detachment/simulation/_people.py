"""Who answered and when: couples, roles, demographics, dates. All of it invented."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from detachment.simulation import _population as pop
from detachment.simulation._streams import logistic, paired, stream

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

OPENED: Final = np.datetime64("2026-03-02T00:00:00")  # wave 1 opens; never the clock
WAVE_1_DAYS: Final = 42
WAVE_2_AFTER: Final = 84
WAVE_2_DAYS: Final = 10
COUNTRIES: Final = {"GB": 0.40, "IE": 0.15, "US": 0.25, "CA": 0.10, "AU": 0.07, "NZ": 0.03}
AGREEMENTS: Final = {
    "monogamous": 0.90, "consensually_non_monogamous": 0.05, "not_discussed": 0.04,
    "prefer_not_to_say": 0.01,
}  # fmt: skip
STATUS_EARLY: Final = {"dating": 0.65, "cohabiting": 0.27, "engaged": 0.05, "other": 0.03}
STATUS_LATER: Final = {
    "married_or_civil_union": 0.58, "cohabiting": 0.26, "engaged": 0.05, "dating": 0.08,
    "separated": 0.02, "other": 0.01,
}  # fmt: skip
CHILDREN: Final = {0: 0.35, 1: 0.22, 2: 0.28, 3: 0.11, 4: 0.04}
_INTEGERS: Final = (
    "role_is_arbitrary", "demo_age", "rel_length_months", "rel_cohabiting", "rel_children",
)  # fmt: skip
GENDERS_ALONE: Final = {
    "woman": 0.58, "man": 0.37, "non_binary": 0.03, "self_described": 0.01,
    "prefer_not_to_say": 0.01,
}  # fmt: skip
GENDERS_SAME: Final = {"woman": 0.50, "man": 0.46, "non_binary": 0.04}


def draw_people(seed: int, *, mixed: Bools, alone: Bools, program: Bools) -> pd.DataFrame:
    """Everything about a person that does not change between waves.

    Returns
    -------
    DataFrame
        One row a person, couple by couple (two rows each, also for the unseen partner of someone
        who took part alone), sorted as drawn. Columns are metadata ids of the instrument.
    """
    n = len(mixed)
    age = _ages(seed, n)
    months = np.floor((age.min(axis=1) - 17) * 12 * _uniform(seed, "length", n) ** 1.5) + 1
    early = _choose(seed, "status", "early", n, STATUS_EARLY)
    later = _choose(seed, "status", "later", n, STATUS_LATER)
    status = np.where(months < 30, early, later)
    together = np.isin(status, ["cohabiting", "married_or_civil_union"]) | (
        (status == "engaged") & (_uniform(seed, "home", n) < 0.8)
    )
    children = np.where(together & (months > 30), _choose(seed, "children", "", n, CHILDREN), 0)
    own_gender = _choose(seed, "gender", "alone", n, GENDERS_ALONE)
    same_gender = _choose(seed, "gender", "same", n, GENDERS_SAME)
    first = np.where(alone, own_gender, np.where(mixed, "woman", same_gender))
    second = np.where(mixed, "man", same_gender)
    arm = np.where(alone, "none", np.where(program, "program", "waitlist"))

    def both(value: NDArray[Any]) -> NDArray[Any]:
        return np.repeat(value, 2)

    couple, role = both(np.arange(n) + 1), np.tile(["A", "B"], n)
    single, distinct = both(alone), both(mixed)
    number = np.cumsum(~(single & (role == "B")))  # the unseen partner gets none of their own
    width = max(4, len(str(2 * n)))
    people = pd.DataFrame(
        {
            "respondent_id": [f"P{p:0{width}d}" for p in number],
            "dyad_id": [f"D{c:0{width}d}" for c in couple],
            "partner_role": role,
            "role_label": np.where(distinct, np.where(role == "A", "woman", "man"), "arbitrary"),
            "role_is_arbitrary": ~distinct,
            "group": both(arm),
            "language": "en",
            "demo_age": age.reshape(-1),
            "demo_gender": np.stack([first, second], axis=1).reshape(-1),
            "demo_country": both(_choose(seed, "country", "", n, COUNTRIES)),
            "rel_status": both(status),
            "rel_length_months": both(months),
            "rel_cohabiting": both(together),
            "rel_children": both(children),
            "rel_agreement": both(_choose(seed, "agreement", "", n, AGREEMENTS)),
        }
    ).astype(dict.fromkeys(_INTEGERS, "Int16"))
    for name in ("dyad_id", "partner_role", "role_label", "role_is_arbitrary"):
        people[name] = people[name].mask(single)
    return people


def draw_submitted(seed: int, n: int) -> NDArray[np.datetime64]:
    """When each questionnaire was sent, shape (2, n, 2): seconds, partners within three days."""
    rng = stream(seed, "dates")
    day = rng.integers(0, WAVE_1_DAYS, (n, 1)) + rng.integers(0, 3, (n, 2))
    again = day + WAVE_2_AFTER + rng.integers(0, WAVE_2_DAYS, (n, 2))
    seconds = rng.integers(7 * 3600, 22 * 3600, (2, n, 2))
    days = np.stack([day, again]).astype("timedelta64[D]")
    submitted: NDArray[np.datetime64] = OPENED + days + seconds.astype("timedelta64[s]")
    return submitted


def draw_durations(seed: int, careless: Bools) -> NDArray[np.float64]:
    """Seconds for the whole questionnaire, lognormal; same shape as ``careless``."""
    median = np.where(careless, pop.MEDIAN_DURATION["careless"], pop.MEDIAN_DURATION["attentive"])
    z = stream(seed, "duration").standard_normal(careless.shape)
    return np.round(median * np.exp(pop.SPREAD_DURATION * z))


def draw_drop_out(seed: int, detachment: NDArray[np.float64], program: Bools) -> Bools:
    """Who does not come back at wave 2, shape (n, 2)."""
    constant, slope, waiting = pop.DROP_OUT
    chance = logistic(constant + slope * detachment + waiting * ~program[:, None])
    return ndtr(paired(stream(seed, "drop-out"), pop.DROP_OUT_PARTNER_R, len(program))) < chance


def _ages(seed: int, n: int) -> Ints:
    z = paired(stream(seed, "age"), 0.90, n)
    return np.clip(np.round(37 + 11 * z), 18, 85).astype(np.int64)


def _uniform(seed: int, name: str, n: int) -> NDArray[np.float64]:
    return stream(seed, "people", name).random(n)


def _choose(
    seed: int, name: str, part: str, n: int, shares: dict[str, float] | dict[int, float]
) -> NDArray[Any]:
    """One of the words for each of n, with these shares."""
    edges = np.round(np.cumsum([*shares.values()]), 9)[:-1]
    return np.array([*shares])[np.searchsorted(edges, _uniform(seed, f"{name}/{part}", n), "right")]
