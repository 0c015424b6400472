"""What a platform says of how the answers came about, and the order in which items were shown."""

import numpy as np
import pytest

from detachment.exports import Variable
from detachment.validation import validate

ORDER = Variable(role="display_order")


def places(survey):
    return survey.paradata.filter(like="place:").astype(int).to_dict("list")


@pytest.fixture
def grid(good):
    """The three items as statements of one grid."""
    return {
        "respondent_id": good["respondent_id"],
        "Q_1": good["q1"],
        "Q_2": good["Q_2"],
        "Q_3": good["q3"],
    }


@pytest.fixture
def as_grid(instrument):
    from dataclasses import replace

    columns = {"q1": "Q_1", "q2": "Q_2", "q3": "Q_3"}
    items = {
        name: replace(item, column=columns.get(name, item.column))
        for name, item in instrument.items.items()
    }
    return replace(instrument, items=items)


def test_a_column_for_each_statement(as_grid, make_export, grid):
    grid |= {
        "Q_DO_1": ["3", "1", "", "2", "1", "1"],
        "Q_DO_2": ["1", "2", "", "", "2", "x"],
        "Q_DO_3": ["2", "3", "", "1", "3", "3"],
    }
    book = {name: ORDER for name in grid if "_DO" in name}
    survey = validate(make_export(grid, variables=book), as_grid)
    # Nothing known: the instrument's order. Not shown, or no number: last.
    assert places(survey) == {
        "place:q1": [2, 0, 0, 1, 0, 0],
        "place:q2": [0, 1, 1, 2, 1, 2],
        "place:q3": [1, 2, 2, 0, 2, 1],
    }


def test_one_column_with_all_statements(as_grid, make_export, grid):
    grid["Q_DO"] = ["2|3|1", "1|2|3", "", "3|1", "1 | 3 | 2", "9|2|1|3"]
    survey = validate(make_export(grid, variables={"Q_DO": ORDER}), as_grid)
    assert places(survey) == {
        "place:q1": [2, 0, 0, 1, 0, 1],
        "place:q2": [0, 1, 1, 2, 2, 0],
        "place:q3": [1, 2, 2, 0, 1, 2],
    }


def test_questions_of_a_block_change_places_among_themselves(instrument, make_export, good):
    good["Block_DO"] = ["q3|q1", "q1|q3", "q3|q1", "", "", ""]
    survey = validate(make_export(good, variables={"Block_DO": ORDER}), instrument)
    assert places(survey) == {"place:q1": [2, 0, 2, 0, 0, 0], "place:q3": [0, 2, 0, 2, 2, 2]}


def test_orders_of_what_is_no_item_are_left_alone(instrument, make_export, good):
    good |= {"FL_12_DO": ["FL_1|FL_2"] * 6, "Q9_DO_1": ["1"] * 6, "q1_DO": ["1|2|3"] * 6}
    book = {name: ORDER for name in good if "_DO" in name}
    assert list(validate(make_export(good, variables=book), instrument).paradata) == []


def test_time_of_the_platform_where_the_instrument_declares_none(instrument, make_export, good):
    good["Duration"] = ["60", "5", "-1", "", "soon", "60.5"]
    timer = {"Duration": Variable(role="duration_s")}
    survey = validate(make_export(good, variables=timer), instrument)
    np.testing.assert_array_equal(survey.paradata["seconds"], [60, 5, np.nan, np.nan, np.nan, 60.5])
    flags = survey.flags
    assert flags["flag"].tolist() == ["too_fast"]
    assert flags["row"].tolist() == [3]
    assert flags["value"].tolist() == [pytest.approx(5 / 3)]


def test_rows_are_those_that_are_kept(instrument, make_export, good):
    good["Duration"] = ["1", "60", "60", "60", "1", "60"]
    timer = {"Duration": Variable(role="duration_s")}
    export = make_export(good, variables=timer, tests=[True, False, False, False, False, True])
    survey = validate(export, instrument)
    assert survey.paradata.index.equals(survey.responses.index)
    assert survey.paradata["seconds"].tolist() == [60, 60, 60, 1]
    assert survey.flags["row"].tolist() == [6]
