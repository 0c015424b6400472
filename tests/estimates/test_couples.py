"""Who is whose partner: every kind of dyad, and every way in which one is none."""

import numpy as np
import pandas as pd
import pytest

from detachment.errors import SurveyError, UsageError
from detachment.estimates._couples import (
    FINDINGS,
    PAIRING_COLUMNS,
    find_pairs,
    lengthen,
    take_couples,
)


@pytest.fixture
def people():
    """One row a person: a dyad of each kind."""
    rows = [
        ("d1", "A", "p01", 0, 1.0), ("d1", "B", "p02", 0, 2.0),
        ("d2", "B", "p03", 0, 3.0), ("d2", "A", "p04", 0, 4.0),
        ("d3", "A", "p05", 1, 5.0), ("d3", "B", "p06", 1, 6.0),
        ("d4", "A", "p07", 0, 7.0), ("d4", "A", "p08", 0, 8.0),
        ("d5", "A", "p09", 0, 9.0), ("d5", None, "p10", 0, 1.5),
        ("d6", "B", "p11", 0, 2.5),
        ("d7", "A", "p12", 0, 3.5), ("d7", "B", "p13", 0, 4.5), ("d7", "B", "p14", 0, 5.5),
        ("d8", "A", "p15", 0, 6.5), ("d8", "B", "p15", 0, 7.5),
        (None, "A", "p16", 0, 8.5), (None, None, "p17", 0, 9.5),
        ("d9", "C", "p18", 0, 2.2), ("d9", "A", "p19", 0, 3.3),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["couple", "who", "id", "role_is_arbitrary", "x"])


def take(frame, **options):
    named = {"dyad": "couple", "role": "who", "respondent": "id"} | options
    return take_couples(frame, measures={"scales": ["x"]}, columns=named)


def test_every_finding_is_counted(people):
    couples = take(people)
    table = couples.pairing.set_index("finding")
    assert list(couples.pairing) == list(PAIRING_COLUMNS)
    assert table["dyads"].to_dict() == {
        "distinguishable": 2, "arbitrary": 1, "same_role": 1, "role_missing": 1, "other_roles": 1,
        "one_partner": 1, "three_or_more": 1, "one_person_twice": 1, "no_dyad": 0,
    }  # fmt: skip
    assert table["respondents"].sum() == len(people)
    assert table["used"].to_dict() == {name: FINDINGS[name][1] for name in table.index}
    assert list(table.index) == [name for name in FINDINGS if name in table.index]
    assert couples.roles == ("A", "B")
    assert couples.kinds == {"distinguishable": 2, "indistinguishable": 4}
    said = "\n".join(couples.notes)
    for words in (
        "1 dyad left out: more than two people are in one dyad",
        "2 respondents left out: took part without a partner",
        "both partners have the same role, so it counts as indistinguishable",
        "1 dyad: only one partner is there",
    ):
        assert words in said
    assert "p15" not in said
    assert "d8" not in said


def test_places_are_by_role(people):
    couples = take(people)
    x = couples.values(couples.study.one("scales").x)
    roles = couples.words("role")
    apart = ~couples.arbitrary
    assert x[apart & couples.complete].tolist() == [[1.0, 2.0], [4.0, 3.0]]
    assert roles[apart].tolist() == [["A", "B"], ["A", "B"], ["", "B"]]
    lone = x[apart & ~couples.complete]
    assert np.isnan(lone[0, 0])
    assert lone[0, 1] == 2.5


def test_no_order_of_rows_matters(people):
    for columns in ({}, {"role": None}, {"role": None, "respondent": None}):
        one = take(people, **columns)
        x = one.values(one.study.one("scales").x)
        for seed in range(5):
            shuffled = people.sample(frac=1, random_state=seed)
            other = take(shuffled, **columns)
            y = other.values(other.study.one("scales").x)
            np.testing.assert_array_equal(x, y)
            assert other.roles == one.roles
            pd.testing.assert_frame_equal(
                other.pairing.drop(columns="rows"), one.pairing.drop(columns="rows")
            )


def test_without_roles_nobody_is_first(people):
    couples = take(people, role=None)
    assert couples.roles == ("one partner", "the other")
    assert couples.arbitrary.all()
    assert "no_roles" in set(couples.pairing["finding"])


def test_kinds_are_picked(people):
    couples = take(people)
    apart = couples.of_kind("distinguishable")
    assert len(apart.places) == 3
    assert not apart.arbitrary.any()
    assert len(couples.of_kind("indistinguishable").places) == 4
    assert couples.of_kind("all") is couples
    assert apart.pairing is couples.pairing


def test_usual_roles_are_those_of_most_dyads():
    dyad = np.array(["a", "a", "b", "b", "c", "c", "e"], dtype=object)
    role = np.array(["x", "y", "z", "y", "y", "x", "y"], dtype=object)
    pairs = find_pairs(dyad, role)
    assert pairs.roles == ("x", "y")
    assert pairs.finding.tolist() == [
        "distinguishable", "other_roles", "distinguishable", "one_partner",
    ]  # fmt: skip
    assert pairs.arbitrary.tolist() == [False, True, False, False]
    assert pairs.places.tolist() == [[0, 1], [3, 2], [5, 4], [-1, 6]]


def test_nobody_at_all():
    nothing = np.array([], dtype=object)
    pairs = find_pairs(nothing, nothing)
    assert pairs.places.shape == (0, 2)
    alone = np.array(["", ""], dtype=object)
    assert find_pairs(alone).places.shape == (0, 2)


def test_what_is_no_dyad_is_refused(people):
    with pytest.raises(SurveyError, match="There are no dyads"):
        take(people.assign(couple=None))
    with pytest.raises(SurveyError, match=r"no dyad with two partners.*one partner"):
        take(people.drop_duplicates("couple").dropna(subset="couple"))
    with pytest.raises(UsageError, match="role_is_arbitrary says true"):
        take(people.assign(role_is_arbitrary="perhaps"))
    with pytest.raises(UsageError, match="no column 'cuople'"):
        take(people, dyad="cuople")


@pytest.mark.parametrize(
    ("pair", "name", "roles"),
    [
        (("x_1", "x_2"), "x", ["1", "2"]),
        (("x1", "x2"), "x", ["1", "2"]),
        (("his sat", "her sat"), "sat", ["his", "her"]),
        (("sat.w.1", "sat.m.1"), "sat_1", ["w", "m"]),
        (("satWife", "satHusband"), "sat", ["Wife", "Husband"]),
        (("alpha", "beta"), "alpha", ["first", "second"]),
    ],
)
def test_names_of_pairs_of_columns(pair, name, roles):
    wide = pd.DataFrame({pair[0]: [1.0, 2.0], pair[1]: [3.0, 4.0]})
    table, measures, columns = lengthen(wide, {"scales": list(pair)})
    assert measures == {"scales": [name]}
    assert table["role"].unique().tolist() == roles
    assert table[name].tolist() == [1, 2, 3, 4]
    assert columns == {"dyad": "dyad", "role": "role"}


def test_wide_tables_name_their_rows():
    wide = pd.DataFrame(
        {"x_1": [1.0, 2, 3, 4], "x_2": [2.0, np.nan, 1, 5], "y_1": [1.0, 1, 2, np.nan],
         "y_2": [2.0, np.nan, 2, 3], "z": [7.0, 8, 9, 6]}
    )  # fmt: skip
    couples = take_couples(
        wide, measures={"predictor": ["x_1", "x_2"], "outcome": [["y_1", "y_2"]], "controls": "z"}
    )
    table = couples.pairing.set_index("finding")
    assert table["dyads"].to_dict() == {"distinguishable": 3, "one_partner": 1}
    assert table.loc["one_partner", "rows"] == "2"
    assert couples.values(couples.study.one("controls").x)[0].tolist() == [7, 7]
    unlike = wide.rename(columns={"y_1": "y_a", "y_2": "y_b"})
    named = take_couples(unlike, measures={"p": ["x_1", "x_2"], "o": ["y_a", "y_b"]})
    assert named.roles == ("first", "second")


def test_wide_tables_ask_for_pairs():
    wide = pd.DataFrame({"x_1": [1.0, 2], "x_2": [2.0, 1], "x_3": [0.0, 1]})
    with pytest.raises(UsageError, match="one row a person, and dyad="):
        take_couples(wide, measures={"predictor": "x_1"})
    with pytest.raises(UsageError, match="These are 3 columns"):
        take_couples(wide, measures={"predictor": ["x_1", "x_2", "x_3"]})
    with pytest.raises(UsageError, match="names 3 columns"):
        take_couples(wide, measures={"predictor": [["x_1", "x_2", "x_3"]]})
    with pytest.raises(UsageError, match="no column 'x_9'"):
        take_couples(wide, measures={"predictor": ["x_1", "x_9"]})
    with pytest.raises(UsageError, match="2 columns 'x_1'"):
        take_couples(
            pd.concat([wide, wide[["x_1"]]], axis=1), measures={"predictor": ["x_1", "x_2"]}
        )
    with pytest.raises(UsageError, match="reverse="):
        take_couples(wide, measures={"predictor": ["x_1", "x_2"]}, reverse=["x_1"])
    long = pd.DataFrame({"d": [1, 1], "x": [1.0, 2.0]})
    with pytest.raises(UsageError, match="pairs of columns are for a table with one row a dyad"):
        take_couples(long, measures={"predictor": [["x", "x"]]}, columns={"dyad": "d"})
