"""Several choices in one cell: found from the cells alone, and never in free text."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detachment.exports import Export, Variable
from detachment.exports._choices import find_choices, find_options, is_ranking, split_choices

MONEY = "Money, savings and debt"
WORDS = ["Money", "Chores", "Time", "Family", "Work", "Sleep", "Food", "Sport", "Rent", "Noise"]


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """Choices, some of which hold the separator, and who chose what, in the form's order.

    Each choice stands alone once and all stand together once, besides other combinations.
    """
    words = draw(st.permutations(WORDS))
    sizes = draw(st.lists(st.integers(1, 3), min_size=2, max_size=5).filter(lambda s: sum(s) <= 10))
    options, at = [], 0
    for size in sizes:
        options.append(", ".join(words[at : at + size]))
        at += size
    subsets = st.lists(st.sampled_from(options), unique=True).map(
        lambda chosen: sorted(chosen, key=options.index)
    )
    given_ = [[option] for option in options] + [options] + draw(st.lists(subsets, max_size=12))
    return options, draw(st.permutations(given_))


@given(questions())
def test_choices_are_found_whatever_their_words_hold(
    question: tuple[list[str], list[list[str]]],
) -> None:
    options, answers = question
    cells = list(dict.fromkeys(", ".join(chosen) for chosen in answers if chosen))
    assert sorted(find_options(cells, ", ")) == sorted(options)


@given(questions())
def test_what_was_joined_is_taken_apart(question: tuple[list[str], list[list[str]]]) -> None:
    options, answers = question
    for chosen in answers:
        assert split_choices(", ".join(chosen), ", ", options) == chosen
        assert split_choices(";".join(chosen) + ";", ";", options) == chosen


@given(st.lists(st.text()), st.sampled_from([", ", ";", "|"]))
@example(["", " ", ",", ", ,", "(", "), ("], ", ")
def test_any_text_is_taken(cells: list[str], separator: str) -> None:
    options = find_options(cells, separator)
    assert all(option.strip() == option and option for option in options)
    found = find_choices(dict.fromkeys(cells, 3), [separator])
    assert found is None or set(found.options) <= set(options)
    for cell in cells:
        # No letter is lost or moved.
        whole = "".join(split_choices(cell, separator, options))
        assert [c for c in whole if c.isalnum()] == [c for c in cell if c.isalnum()]


@given(st.permutations([f"{MONEY}, Chores, Time", f"{MONEY}, Time", "Chores", "Time", MONEY]))
def test_the_order_of_the_records_does_not_matter(cells: list[str]) -> None:
    assert set(find_options(cells, ", ")) == {MONEY, "Chores", "Time"}


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        # Brackets keep together what is between them, even in a single cell.
        (["Course (say, Coursera, edX), Book"], {"Course (say, Coursera, edX)", "Book"}),
        (["Smile :(, Frown"], {"Smile :(", "Frown"}),
        # A shared beginning, and a shared end.
        (
            ["Site, Own, A", "Site, Public, A", "Site, Own", "Site, Public", "A"],
            {"Site, Own", "Site, Public", "A"},
        ),
        (
            ["Own, Site, A", "Public, Site, A", "Own, Site", "Public, Site", "A"],
            {"Own, Site", "Public, Site", "A"},
        ),
        # One choice is the beginning of another.
        (
            ["Never", "Never, not once, A", "Never, not once", "A"],
            {"Never", "Never, not once", "A"},
        ),
        # Together in one cell only: nothing says that they are one.
        (["Money, Chores", "Time"], {"Money", "Chores", "Time"}),
    ],
)
def test_rules(cells: list[str], options: set[str]) -> None:
    assert set(find_options(cells, ", ")) == options


def test_somebodys_own_words_do_not_part_a_choice() -> None:
    places = "Blogs, Twitter, Slack"
    cells = [f"{', '.join(c)}" for n in range(6) for c in ([places, *WORDS[:n]], WORDS[: n + 1])]
    cells += [f"{places}, {a}, {b}" for a in WORDS for b in WORDS if a < b]
    assert places in find_options([*cells, "Twitter"], ", ")


@pytest.mark.parametrize(
    "cells",
    [
        # Sentences.
        ["Yes, I think so", "No, not really", "Well, it depends, a bit", "It is hard, but good"],
        # Surname and given name: the surname never comes second.
        [f"{a}, {b}" for a in ("Smith", "Jones", "Rojas") for b in ("Ana", "Ben", "Cleo")],
        # Cities with their country.
        ["Paris, France", "Lyon, France", "Lille, France", "Rome, Italy", "Bari, Italy", "Italy"],
        # One choice a cell, with commas in its words.
        ["Never, not once", "Rarely, at most monthly", "Often", "Daily, or more"],
        # Lists in words and order of their own.
        [
            ", ".join(WORDS[i % 10] for i in (n, 7 * n + 3, 3 * n + 5)) + f", own {n}"
            for n in range(25)
        ],
        # Numbers with a decimal comma.
        ["1,5", "2,5", "1", "2"],
        ["Chores", "Time"],
        ["", " "],
        [],
    ],
)
def test_text_with_commas_is_no_choice(cells: list[str]) -> None:
    assert find_choices(dict.fromkeys(cells, 4), [";", ", "]) is None


@given(st.lists(st.integers(1, 6), max_size=40), st.lists(st.sampled_from(["Yes", "No", "Maybe"])))
def test_sentences_are_no_choices_even_beside_short_answers(
    sizes: list[int], short: list[str]
) -> None:
    clauses = iter(range(1000))
    cells = [", ".join(f"Clause {next(clauses)}" for _ in range(size)) for size in sizes]
    assert find_choices(dict.fromkeys([*cells, *short], 2), [", "]) is None


def test_doubt_and_own_words_are_told() -> None:
    counts = {f"{MONEY}, Time": 3, "Time": 2, MONEY: 1, "Time, Stars": 1}
    assert find_choices(counts | {"Stars, Moon, Time": 1}, [", "]) is None  # not enough to tell
    counts = {"Rent, Food, Time": 3, "Chores": 2, "Rent, Food": 1, "Chores, Time": 2, "Time": 1}
    counts |= {"Rent, Food, Chores": 2, "Chores, My own": 1}
    found = find_choices(counts, [", "])
    assert found is not None
    assert found.options == ("Rent, Food", "Time", "Chores")
    assert (found.doubtful, found.own) == (("Rent, Food",), 1)


def test_a_ranking_is_told_from_choices() -> None:
    assert is_ranking(["A;B;C;", "B;A;C;", ""], ";")
    assert not is_ranking(["A;B;C;", "A;B;"], ";")
    assert not is_ranking(["A;B;", "A;B;"], ";")


def export(**columns: tuple[list[str], Variable]) -> Export:
    frame = pd.DataFrame({name: cells for name, (cells, _) in columns.items()}, dtype="category")
    return Export(
        cells=frame,
        rows=np.arange(2, 2 + len(frame)),
        variables={name: variable for name, (_, variable) in columns.items()},
        test_rows=np.zeros(len(frame), dtype=bool),
        file="a.csv",
        sha256="",
        container="text",
        encoding="utf-8",
        bom=False,
        delimiter=",",
        decimal=".",
        platform="google_forms",
        rule="",
        header_rows=1,
        identifying_columns=(),
    )


ARGUE = Variable(options=(MONEY, "Chores", "Time"), separator=", ")


def test_each_choice_is_a_column() -> None:
    cells = [f"{MONEY}, Chores, Time", "", "Time", "My own words, Chores", f"{MONEY} "]
    found = export(Argue=(cells, ARGUE), Age=(["1"] * 5, Variable()))
    names = [f"Argue [{option}]" for option in ARGUE.options]
    assert found.names == ["Argue", "Age", *names]
    assert [found.column(name).tolist() for name in names] == [
        ["1", "", "0", "0", "1"],
        ["1", "", "0", "1", "0"],
        ["1", "", "1", "0", "0"],
    ]
    assert isinstance(found.column(names[0]).dtype, pd.CategoricalDtype)
    about = found.variable(names[0])
    assert (about.text, about.group) == (MONEY, "Argue")
    assert dict(about.labels) == {"0": "not chosen", "1": "chosen"}
    assert found.column("Argue").tolist() == cells  # as written


def test_a_column_of_the_file_comes_before_a_choice_of_its_name() -> None:
    found = export(Argue=(["Time"], ARGUE), **{"Argue [Time]": (["own"], Variable(text="own"))})
    assert found.column("Argue [Time]").tolist() == ["own"]
    assert found.variable("Argue [Time]").text == "own"
    assert found.names.count("Argue [Time]") == 1


def test_an_unknown_column_is_a_key_error() -> None:
    found = export(Argue=(["Time"], ARGUE))
    for look in (found.column, found.variable):
        with pytest.raises(KeyError):
            look("Argue [Sleep]")


@given(questions())
def test_columns_of_choices_say_what_was_chosen(
    question: tuple[list[str], list[list[str]]],
) -> None:
    options, answers = question
    cells = [", ".join(chosen) for chosen in answers]
    about = dataclasses.replace(ARGUE, options=tuple(options))
    found = export(Q=(cells, about))
    for option in options:
        expected = [str(int(option in chosen)) if chosen else "" for chosen in answers]
        assert found.column(f"Q [{option}]").tolist() == expected
