"""What questions have in common is worked out once while they are asked, and never grows old."""

import numpy as np
import pandas as pd
import pytest

from detachment.scoring import (
    as_survey,
    keeping,
    kept,
    keyed_answers,
    keyed_matrix,
    raw_answers,
    score,
    waves,
)


@pytest.fixture
def survey():
    return as_survey(pd.DataFrame({"a": [1, 2, 3], "b": [2, None, 1]}), reverse=["b"],
                     values=(1, 5))  # fmt: skip


def test_within_the_block_a_thing_is_made_once_for_each_survey(survey):
    other = as_survey(pd.DataFrame({"a": [5, 4], "b": [1, 2]}))
    made = []

    def make():
        made.append(len(made))
        return made[-1]

    with keeping():
        assert [kept(survey, ("x",), make) for _ in range(3)] == [0, 0, 0]
        assert kept(other, ("x",), make) == 1
        assert kept(survey, ("y",), make) == 2
    assert kept(survey, ("x",), make) == 3
    with keeping():
        assert kept(survey, ("x",), make) == 4


def test_after_the_block_changed_data_give_other_answers(survey):
    with keeping():
        before = keyed_answers(survey, "scale")
        assert waves(survey) == ()
    survey.responses.loc[survey.responses.index[0], "a"] = 5
    assert keyed_answers(survey, "scale")["a"].iloc[0] == 5
    assert before["a"].iloc[0] == 1
    with keeping():
        assert raw_answers(survey, "a")[0] == 5


def test_nobody_can_change_what_is_kept_and_a_frame_is_the_callers_own(survey):
    with keeping():
        with pytest.raises(ValueError, match="read-only"):
            keyed_matrix(survey, "scale")[0, 0] = 9
        with pytest.raises(ValueError, match="read-only"):
            raw_answers(survey, "a")[0] = 9
        mine = keyed_answers(survey, "scale")
        mine.loc[:, "a"] = 9.0
        np.testing.assert_array_equal(keyed_matrix(survey, "scale")[:, 0], [1, 2, 3])


def test_scores_are_the_same_within_and_without(survey):
    alone = score(survey)
    with keeping():
        pd.testing.assert_frame_equal(score(survey), alone)
        pd.testing.assert_frame_equal(score(survey), alone)
