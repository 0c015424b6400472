"""The keying alarm names what goes against the rest, and changes nothing."""

import numpy as np

from detachment.quality import keying_alarm, sign_alarm
from detachment.stats.moments import correlation_from
from detachment.stats.reliability import alpha, item_rest_r


def alarms(cov, keyed=None):
    cov = np.asarray(cov, dtype=float)
    p = len(cov)
    flip = 1 - 2 * np.eye(p)
    return keying_alarm(
        scale="trust",
        items=[f"q{j + 1}" for j in range(p)],
        keyed=keyed or [1] * p,
        cor=correlation_from(cov),
        item_rest_r=item_rest_r(cov),
        alpha=float(alpha(cov)),
        alpha_if_reversed=alpha(cov * flip[:, :, None] * flip[:, None, :]),
    )


def block(signs, r=0.5):
    signs = np.asarray(signs, dtype=float)
    cov = r * np.outer(signs, signs)
    np.fill_diagonal(cov, 1.0)
    return cov


def test_nothing_to_doubt():
    assert alarms(block([1, 1, 1, 1])) == ()


def test_one_unreversed_item_is_named_with_its_evidence():
    (alarm,) = alarms(block([1, 1, 1, -1, 1]))
    assert alarm.item == "q4"
    assert alarm.rule == "negative_item_rest"
    assert "item-rest r = −.63" in alarm.evidence
    assert "alpha is .36 as keyed and .83 with q4 reversed" in alarm.evidence
    assert "may be a reversed item" in alarm.message
    assert "nothing was changed" in alarm.message


def test_one_item_of_three_is_named_although_the_average_is_negative():
    (alarm,) = alarms(block([1, 1, -1]))
    assert alarm.item == "q3"


def test_an_item_reversed_twice_is_told_apart():
    (alarm,) = alarms(block([1, 1, 1, -1, 1]), keyed=[1, 1, 1, -1, 1])
    assert "may have been reversed before" in alarm.message


def test_two_camps_are_one_alarm_on_the_scale():
    (alarm,) = alarms(block([1, -1, 1, -1]))
    assert alarm.item is None
    assert alarm.rule == "negative_average"
    assert "q2 and q4 go against q1 and q3" in alarm.message
    # Mean r is -1/6: 4 * (-1/6) / (1 - 3/6); with both reversed every r is .5: 4 * .5 / 2.5.
    assert "standardized alpha is −1.33 as keyed and .80 with q2 and q4 reversed" in alarm.evidence


def test_a_pair_that_goes_apart():
    (alarm,) = alarms(block([1, -1]))
    assert "mean inter-item r = −.50" in alarm.evidence


def test_reversing_an_item_that_is_named_raises_alpha():
    rng = np.random.default_rng(3)
    named = []
    for _ in range(50):
        x = rng.normal(size=(30, 5))
        x[:, :4] += rng.normal(size=(30, 1))
        named += [alarm for alarm in alarms(np.cov(x.T)) if alarm.item]
    assert len(named) > 10
    assert all(f"with {alarm.item} reversed" in alarm.evidence for alarm in named)


def test_missing_numbers_are_no_evidence():
    cov = np.full((3, 3), np.nan)
    assert alarms(cov) == ()


def test_a_clear_correlation_of_the_wrong_sign():
    found = sign_alarm(row="signs", column="joy", r=0.4, low=0.3, high=0.5, expected=-1)
    assert found is not None
    assert "where a negative one is expected" in found.message
    assert sign_alarm(row="a", column="b", r=-0.4, low=-0.5, high=-0.3, expected=1) is not None


def test_a_weak_or_expected_one_is_no_alarm():
    calls = [
        {"r": -0.1, "low": -0.3, "high": 0.1, "expected": 1},
        {"r": -0.4, "low": -0.5, "high": -0.3, "expected": -1},
        {"r": -0.4, "low": -0.5, "high": -0.3, "expected": 0},
        {"r": np.nan, "low": np.nan, "high": np.nan, "expected": 1},
    ]
    assert all(sign_alarm(row="a", column="b", **call) is None for call in calls)
