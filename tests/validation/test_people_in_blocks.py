"""Rows that are compared block by block, against the rules that compare them all at once."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detachment.errors import Problem
from detachment.instruments import read_instrument
from detachment.validation._people import compared, people_of
from detachment.validation._schema import compile_schema, structural_problems

INSTRUMENT = read_instrument("detachment")
NAMES = {name: name for name in ("respondent_id", "wave", "dyad_id", "partner_role")}
RULES = ("duplicate_respondent", "dyad_size", "dyad_role")

row = st.tuples(
    st.sampled_from(["P1", "P2", "P3", "P4", "P5", None]),
    st.sampled_from([1, 2, None]),
    st.sampled_from(["D1", "D2", None]),
    st.sampled_from(["A", "B", None]),
)


def frame_of(rows: list[tuple[object, ...]], columns: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(NAMES), index=range(2, 2 + len(rows)))
    kinds = {"respondent_id": "str", "wave": "Int64", "dyad_id": "str", "partner_role": "str"}
    return frame.astype(kinds)[list(columns)]


def at_once(frame: pd.DataFrame) -> list[tuple[str, int | None, str]]:
    types = {str(c): str(t) for c, t in frame.dtypes.items()}
    rules = [rule for rule in compile_schema(INSTRUMENT, types)[1] if rule.name in RULES]
    return said(structural_problems(frame, rules, NAMES))


def in_blocks(frame: pd.DataFrame, size: int) -> list[tuple[str, int | None, str]]:
    blocks = [frame.iloc[start : start + size] for start in range(0, len(frame), size)]
    people = [people_of(block, INSTRUMENT, "part") for block in blocks]
    names = {name: name for name in frame}
    return said(compared(people, INSTRUMENT, names))


def said(problems: list[Problem]) -> list[tuple[str, int | None, str]]:
    found = []
    for one in problems:
        message = re.sub(r"part row (\d+)", r"\1", one.message).replace("(rows ", "(")
        if one.rule != "duplicate_respondent":  # in memory, a row that is a copy is named too
            message = re.sub(r"\(.*\)", "", message)
        found.append((one.rule, one.row, message))
    return sorted(found, key=str)


@settings(max_examples=100)
@given(
    rows=st.lists(row, min_size=1, max_size=14),
    size=st.integers(1, 15),
    columns=st.sampled_from(
        [
            tuple(NAMES),
            ("respondent_id", "wave", "dyad_id"),
            ("respondent_id",),
            ("dyad_id", "partner_role"),
            ("respondent_id", "dyad_id", "partner_role"),
        ]
    ),
)
def test_blocks_find_what_the_rules_find(
    rows: list[tuple[object, ...]], size: int, columns: tuple[str, ...]
) -> None:
    frame = frame_of(rows, columns)
    assert in_blocks(frame, size) == at_once(frame)


@pytest.mark.parametrize("size", [7, 1000])
def test_rows_that_are_left_out_keep_the_others_numbers(size: int) -> None:
    rows = [(f"P{i}", 1, f"D{i // 2}", "AB"[i % 2]) for i in range(600)]
    frame = frame_of(rows, tuple(NAMES))
    frame.loc[[50, 500], "respondent_id"] = "again"
    frame = frame.drop(index=np.arange(60, 90))
    assert in_blocks(frame, size) == at_once(frame)
    assert len(at_once(frame)) == 1


def test_no_more_than_a_few_are_listed() -> None:
    rows = [(f"P{i // 2}", 1, None, None) for i in range(1000)]
    found = in_blocks(frame_of(rows, ("respondent_id", "wave")), 64)
    assert len(found) == 201
    assert ("duplicate_respondent", None, "and 300 more places like these") in found
    assert found == at_once(frame_of(rows, ("respondent_id", "wave")))
