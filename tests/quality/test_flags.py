"""Flags: each rule, its grade, its default, and the order in which people saw the items."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from detachment.instruments import Instrument, instrument_from_dict
from detachment.quality import PLACE, find_flags, find_indices

NOTHING = pd.DataFrame()
Make = Callable[..., Instrument]


def declare(
    items: int = 12, *, reverse: tuple[int, ...] = (), more: tuple[Any, ...] = (), **quality: Any
) -> Instrument:
    names = [f"q{k + 1}" for k in range(items)]
    return instrument_from_dict(
        {
            "schema_version": 1,
            "instrument": {"id": "small", "title": "Small"},
            "response_scales": {
                "agree5": {"values": [1, 2, 3, 4, 5]},
                "tf3": {"type": "categorical", "values": [1, 0, 9], "dont_know": 9},
            },
            "columns": {"ok": {"role": "consent", "type": "boolean"}},
            "items": [
                *(
                    {
                        "id": n,
                        "scale": "agree5",
                        "block": "main",
                        "keyed": -1 if k in reverse else 1,
                    }
                    for k, n in enumerate(names)
                ),
                *more,
            ],
            "scales": {"all": {"items": names}},
            **({"quality": quality} if quality else {}),
        }
    )


def people(rows: list[list[float | None]], **more: list[Any]) -> pd.DataFrame:
    columns: dict[str, Any] = {
        f"q{j + 1}": pd.array(column, dtype="Int8")
        for j, column in enumerate(zip(*rows, strict=True))
    }
    index = pd.RangeIndex(2, len(rows) + 2, name="row")
    return pd.DataFrame(columns | more, index=index)


def told(flags: pd.DataFrame) -> list[tuple[int, str, int]]:
    return list(flags[["row", "flag", "grade"]].itertuples(index=False, name=None))


MIXED = [1, 2, 3, 4, 5, 4, 3, 2, 1, 2, 3, 4]


def run(length: int) -> list[float | None]:
    return [3.0] * length + [float(k % 2 + 1) for k in range(12 - length)]


# ---------------------------------------------------------------- checks

ATTENTION = {"id": "a", "scale": "agree5", "role": "attention", "pass_value": 2}
OTHER = {"id": "b", "scale": "agree5", "role": "attention", "pass_value": 4}
BOGUS = {"id": "c", "scale": "agree5", "role": "bogus", "pass_value": 1, "also_passes": [2]}
EFFORT = {"id": "e", "scale": "tf3", "role": "self_report_effort", "pass_value": 1}


def test_one_check_of_one_is_strong() -> None:
    data = people([MIXED] * 3, a=pd.array([2, 3, None], dtype="Int8"))
    assert told(find_flags(data, declare(more=(ATTENTION,)), NOTHING)) == [(3, "attention", 2)]


def test_one_slip_of_three_checks_is_a_hint_and_two_are_strong() -> None:
    data = people(
        [MIXED] * 3,
        a=pd.array([2, 3, 3], dtype="Int8"),
        b=pd.array([4, 4, 1], dtype="Int8"),
        c=pd.array([2, 1, 1], dtype="Int8"),
    )
    flags = find_flags(data, declare(more=(ATTENTION, OTHER, BOGUS)), NOTHING)
    assert told(flags) == [(3, "attention", 1), (4, "attention", 2), (4, "attention", 2)]


def test_a_bogus_item_may_be_denied_in_several_ways() -> None:
    data = people([MIXED] * 3, c=pd.array([1, 2, 3], dtype="Int8"))
    flags = find_flags(data, declare(more=(BOGUS,)), NOTHING)
    assert told(flags) == [(4, "bogus", 2)]
    assert flags["value"].tolist() == [3]


def test_who_does_not_vouch_is_strong_and_who_does_not_know_a_hint() -> None:
    data = people([MIXED] * 3, e=pd.array([1, 0, 9], dtype="Int8"))
    assert told(find_flags(data, declare(more=(EFFORT,)), NOTHING)) == [
        (3, "self_report_effort", 2),
        (4, "self_report_effort", 1),
    ]


# ---------------------------------------------------------------- time


def paced(seconds: list[float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    data = people([MIXED] * len(seconds))
    return data, pd.DataFrame({"seconds": seconds}, index=data.index)


def test_faster_than_reading_is_strong_and_faster_than_others_a_hint() -> None:
    data, paradata = paced([23.9, 24.0, 47.9, 48.1, *[120.0] * 20, np.nan])
    flags = find_flags(data, declare(), paradata)
    assert told(flags) == [(2, "too_fast", 2), (3, "too_fast", 1), (4, "too_fast", 1)]
    assert flags["limit"].tolist() == [2.0, 4.0, 4.0]


def test_few_people_make_no_median() -> None:
    data, paradata = paced([23.9, 30.0, *[120.0] * 10])
    assert told(find_flags(data, declare(), paradata)) == [(2, "too_fast", 2)]


def test_time_is_per_answer_given() -> None:
    data = people([[1, 2, 3, *[None] * 9], [None] * 12])
    paradata = pd.DataFrame({"seconds": [7.0, 1.0]}, index=data.index)
    assert told(find_flags(data, declare(), paradata)) == [(3, "no_answers", 2)]


def test_a_rule_of_zero_is_none() -> None:
    data, paradata = paced([1.0, *[120.0] * 30])
    instrument = declare(seconds_per_item=0, share_of_median=0)
    assert find_flags(data, instrument, paradata).empty


# ---------------------------------------------------------------- runs


def test_half_of_the_items_in_a_row_by_default() -> None:
    data = people([run(5), run(6), run(12)])
    flags = find_flags(data, declare(), NOTHING)
    assert told(flags) == [(3, "longstring", 1), (4, "longstring", 1)]
    assert flags["value"].tolist() == [6, 12]


def test_a_run_over_items_keyed_both_ways_is_strong_when_no_opinion_gives_it() -> None:
    data = people([run(8), run(9)])
    # Eight items in a row are keyed one way: nine answers alike must contradict themselves.
    instrument = declare(reverse=(8, 10))
    assert told(find_flags(data, instrument, NOTHING)) == [
        (2, "longstring", 1),
        (3, "longstring", 2),
    ]


def test_short_questionnaires_have_no_runs() -> None:
    instrument = declare(9)
    data = people([[3.0] * 9])
    assert find_flags(data, instrument, NOTHING).empty
    assert "longstring" in find_indices(data, instrument, NOTHING).absent


def test_a_run_does_not_pass_from_one_response_scale_to_another() -> None:
    layout = declare().to_dict()
    layout["response_scales"]["other"] = {"values": [1, 2, 3]}
    for item in layout["items"][6:]:
        item["scale"] = "other"
    assert find_flags(people([[3.0] * 12]), instrument_from_dict(layout), NOTHING).empty


def test_the_order_shown_decides() -> None:
    zigzag: list[float | None] = [1.0, 5.0] * 6
    data = people([zigzag, zigzag])
    own = np.arange(12.0)
    shown = np.vstack([np.where(own % 2 == 0, own / 2, 6 + own // 2), own])
    paradata = pd.DataFrame(
        shown, index=data.index, columns=[f"{PLACE}q{k + 1}" for k in range(12)]
    )
    flags = find_flags(data, declare(), paradata)
    assert told(flags) == [(2, "longstring", 1)]
    assert flags["value"].tolist() == [6]
    indices = find_indices(data, declare(), paradata)
    assert indices.table["longstring"].tolist() == [6, 1]
    assert indices.table["average_string"].tolist() == [6, 1]
    assert any("in which each person saw them" in note for note in indices.notes)


# ---------------------------------------------------------------- the rest


def test_unfinished_and_without_consent() -> None:
    data = people([MIXED] * 3, ok=pd.array([True, None, True], dtype="boolean"))
    paradata = pd.DataFrame({"unfinished": [False, False, True]}, index=data.index)
    assert told(find_flags(data, declare(), paradata)) == [
        (3, "no_consent", 2),
        (4, "unfinished", 1),
    ]


def test_paradata_of_other_rows_do_not_matter() -> None:
    data, paradata = paced([1.0, *[120.0] * 30])
    assert told(find_flags(data.iloc[1:], declare(), paradata)) == []
    assert told(find_flags(data, declare(), paradata.iloc[::-1])) == [(2, "too_fast", 2)]


def test_columns_are_always_the_same() -> None:
    flags = find_flags(people([MIXED]), declare(), NOTHING)
    assert list(flags) == ["row", "flag", "value", "limit", "message", "grade"]
    assert flags.empty
    full = find_flags(people([run(12)]), declare(), NOTHING)
    assert flags.dtypes.equals(full.dtypes)


# ---------------------------------------------------------------- indices


def normal(n: int, items: int, seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1)) + 0.5 * rng.normal(size=(n, items))
    return people(np.clip(np.rint(3 + x), 1, 5).tolist())


def test_a_person_far_from_the_rest_is_a_hint() -> None:
    data = normal(200, 12)
    data.iloc[7] = [1, 5] * 6
    found = find_indices(data, declare(), NOTHING)
    flags = found.flags[found.flags["flag"] == "mahalanobis"]
    assert 9 in flags["row"].tolist()
    assert set(flags["grade"]) == {1}
    assert len(flags) < 10


def test_few_people_are_not_called_far() -> None:
    data = normal(40, 12)
    data.iloc[7] = [1, 5] * 6
    found = find_indices(data, declare(), NOTHING)
    assert found.table["mahalanobis_p"].notna().all()
    assert "mahalanobis" not in set(found.flags["flag"])
    assert any("fewer than 5 people an item" in note for note in found.notes)


def test_more_items_than_people_have_no_distance() -> None:
    found = find_indices(normal(12, 12), declare(), NOTHING)
    assert found.absent["mahalanobis_d2"] == "12 people for 12 items are too few"
    assert found.table["mahalanobis_d2"].isna().all()


def two_traits(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    traits = np.repeat(rng.normal(size=(n, 2)), 6, axis=1) * 1.3
    return people(np.clip(np.rint(3 + traits + 0.3 * rng.normal(size=(n, 12))), 1, 5).tolist())


def test_psychometric_synonyms_flag_who_answers_at_random() -> None:
    data = two_traits(300)
    data.iloc[7] = [1, 5, 1, 5, 1, 5, 5, 1, 5, 1, 5, 1]
    found = find_indices(data, declare(), NOTHING)
    flags = found.flags[found.flags["flag"] == "synonym_r"]
    assert 9 in flags["row"].tolist()
    assert "0 pairs of items with r below −.60" in found.absent["antonym_r"]


def test_synonyms_of_one_trait_tell_nobody_apart() -> None:
    """They do not differ within a person, so that nobody's answers to them correlate."""
    found = find_indices(normal(300, 12), declare(), NOTHING)
    assert (found.table["synonym_r"] < 0).mean() > 0.4
    assert "synonym_r" not in set(found.flags["flag"])
    assert any("most people are hardly consistent here" in note for note in found.notes)


def test_few_pairs_flag_nobody() -> None:
    pairs = [["q1", "q2"], ["q3", "q4"], ["q5", "q6"], ["q7", "q8"]]
    data = normal(30, 12)
    data.iloc[0] = [1, 1, 2, 2, 5, 5, 4, 4, 3, 3, 3, 3]
    found = find_indices(data, declare(antonym_pairs=pairs), NOTHING)
    assert found.table["declared_antonym_r"].iloc[0] == pytest.approx(1)
    assert "declared_antonym_r" not in set(found.flags["flag"])
    assert any("fewer than 10 pairs" in note for note in found.notes)


def test_declared_pairs_flag_who_agrees_to_both() -> None:
    pairs = [[f"q{k}", f"q{k + 10}"] for k in range(1, 11)]
    rng = np.random.default_rng(2)
    first = rng.integers(1, 6, size=(20, 10))
    data = people(np.hstack([first, 6 - first]).tolist())
    data.iloc[3, 10:] = data.iloc[3, :10].to_numpy()
    found = find_indices(data, declare(20, antonym_pairs=pairs), NOTHING)
    flags = found.flags[found.flags["flag"] == "declared_antonym_r"]
    assert flags["row"].tolist() == [5]
    assert flags["value"].tolist() == [pytest.approx(1)]


def test_variability_has_no_limit_unless_declared() -> None:
    data = people([[3.0] * 11 + [4.0], MIXED])
    assert "irv" not in set(find_indices(data, declare(), NOTHING).flags["flag"])
    declared = declare(irv={"blocks": ["main"], "flag_below": 0.5})
    flags = find_indices(data, declared, NOTHING).flags
    assert flags.loc[flags["flag"] == "irv", "row"].tolist() == [2]


def test_different_ranges_are_compared_as_shares() -> None:
    layout = declare().to_dict()
    layout["response_scales"]["nine"] = {"values": list(range(10))}
    for item in layout["items"][:6]:
        item["scale"] = "nine"
    data = people([[9] * 6 + [5] * 6, [0] * 6 + [5] * 6])
    assert find_indices(data, instrument_from_dict(layout), NOTHING).table["irv"].tolist() == [
        0.0,
        pytest.approx(np.std([0] * 6 + [1] * 6, ddof=1)),
    ]
