"""Words that pick scales and items."""

import pytest

from detachment.errors import UsageError
from detachment.scoring import select_scales, select_variables


@pytest.fixture
def small(make_survey):
    return make_survey({"lone": [1, 2]}).instrument


def ids(found):
    return [one.id for one in found]


def test_scales_by_id_role_and_list(small):
    assert ids(select_scales(small)) == list(small.scales)
    assert ids(select_scales(small, "joy")) == ["joy"]
    assert ids(select_scales(small, "signs")) == ["trouble", "facet"]
    assert ids(select_scales(small, ["joy", "signs", "trouble"])) == ["joy", "trouble", "facet"]


def test_variables_are_scores_and_keyed_items(small):
    found = select_variables(small, ["items:trouble", "joy", "s1"])
    assert ids(found) == ["s1", "s2", "s3", "s4", "joy"]
    assert [v.item for v in found] == ["s1", "s2", "s3", "s4", None]
    assert found[0].label == "I keep away."
    assert found[1].label == "s2"
    assert found[-1].items == ("j1", "j2", "j3")
    one = select_variables(small, "p1")[0]
    assert one.scale is small.scales["pair"]


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("jooy", r"small has no scale 'jooy'. A selector is one of: trouble, facet.*"
                 r"Did you mean 'joy'\?"),
        ("sings", r"Did you mean 'signs'\?"),
        ("moderators", r"no scale of the role 'moderator'"),
        ("items:joy", r"whole scales are asked for here: write 'joy'"),
        ([], "the list is empty"),
        ([3], r"A selector is a word, not 3 \(int\)"),
    ],
)  # fmt: skip
def test_wrong_words_for_scales(small, selector, message):
    with pytest.raises(UsageError, match=message):
        select_scales(small, selector)


def test_wrong_words_for_variables(small):
    with pytest.raises(UsageError, match=r"no scale 'troubel'.*Did you mean 'trouble'"):
        select_variables(small, "items:troubel")
    with pytest.raises(UsageError, match=r"the id of an item"):
        select_variables(small, "nothing_like_it")
