"""Moments as platforms write them: the format is found, and a moment comes out right."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.exports import Variable, read_moments
from detachment.exports._moments import find_moment

MAY = "2026-05-04T15:22:11"


@pytest.mark.parametrize(
    ("cell", "form", "moment"),
    [
        ("2026/05/04 3:22:11 PM GMT+2", "%Y/%m/%d %I:%M:%S %p %z", "2026-05-04T13:22:11"),
        ("2026/05/04 3:22:11 p.m. GMT-3", "%Y/%m/%d %I:%M:%S %p %z", "2026-05-04T18:22:11"),
        (
            "2026/05/04 3:22:11 p.\u00a0m. GMT+5:30",
            "%Y/%m/%d %I:%M:%S %p %z",
            "2026-05-04T09:52:11",
        ),
        ("2026/05/04 3:22:11 PM MESZ", "%Y/%m/%d %I:%M:%S %p %z", "2026-05-04T13:22:11"),
        ("2026/05/04 3:22:11 午後 JST", "%Y/%m/%d %I:%M:%S %p %z", "2026-05-04T06:22:11"),
        ("2026/05/04 3:22:11\u202fPM EST", "%Y/%m/%d %I:%M:%S %p %z", "2026-05-04T20:22:11"),
        ("04.05.2026 15:22:11", "%d.%m.%Y %H:%M:%S", MAY),
        ("2026. 5. 4. 오후 3:22:11", "%Y.%m.%d %I:%M:%S %p", MAY),
        ("2026/05/04 15:22:11", "%Y/%m/%d %H:%M:%S", MAY),
        ("24/05/2026 15.22.11", "%d/%m/%Y %H.%M.%S", "2026-05-24T15:22:11"),
        ("5/24/26 15:22", "%m/%d/%y %H:%M", "2026-05-24T15:22:00"),
        ("05/24/2026 03:22:11 PM", "%m/%d/%Y %I:%M:%S %p", "2026-05-24T15:22:11"),
        ("24-5-2026 15:22:11", "%d-%m-%Y %H:%M:%S", "2026-05-24T15:22:11"),
        ("2026-05-04 15:22:11", "", MAY),
        ("2026-05-04T15:22:11Z", "", MAY),
        ("2026-05-04T15:22:11+02:00", "", "2026-05-04T13:22:11"),
    ],
)
def test_formats(cell: str, form: str, moment: str) -> None:
    assert find_moment([cell, "", cell], month_first=True) == (form, ())
    found = read_moments(pd.Series([cell, "", " ", "no moment"]), Variable(moment=form))
    assert found[0] == np.datetime64(moment)
    assert np.isnat(found[1:]).all()


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["3/4/2026 1:00:00", "3/14/2026 1:00:00"], "%m/%d/%Y %H:%M:%S"),
        (["3/4/2026 1:00:00", "14/3/2026 1:00:00"], "%d/%m/%Y %H:%M:%S"),
        # The order of the rows is that of time.
        (["3/4/2026 1:00:00", "4/1/2026 1:00:00"], "%m/%d/%Y %H:%M:%S"),
        (["3/4/2026 1:00:00", "1/5/2026 1:00:00"], "%d/%m/%Y %H:%M:%S"),
    ],
)
def test_day_and_month_are_told_by_the_cells(cells: list[str], form: str) -> None:
    for custom in (True, False):
        assert find_moment(cells, month_first=custom) == (form, ())


def test_where_nothing_tells_day_from_month_the_custom_counts_and_is_said() -> None:
    american, doubts = find_moment(["3/4/2026 1:00:00"], month_first=True)
    assert american == "%m/%d/%Y %H:%M:%S"
    assert "read as month first" in doubts[0]
    other, doubts = find_moment(["3/4/2026 1:00:00"], month_first=False)
    assert other == "%d/%m/%Y %H:%M:%S"
    assert "read as day first" in doubts[0]
    _, doubts = find_moment(["13/4/2026 1:00:00", "4/13/2026 1:00:00"], month_first=False)
    assert "some moments have the day first" in doubts[0]


def test_a_time_zone_that_is_not_known_is_said() -> None:
    form, doubts = find_moment(["2026/05/04 3:22:11 PM XYZT"], month_first=True)
    assert form == "%Y/%m/%d %I:%M:%S %p"
    assert "1 moment(s) name a time zone" in doubts[0]


@pytest.mark.parametrize("cells", [[], [""], ["Agree", "No"], ["3.14", "2.72"], ["4/2026"]])
def test_other_cells_have_no_format(cells: list[str]) -> None:
    assert find_moment(cells, month_first=True) == ("", ())


def test_an_hour_of_a_declared_time_zone() -> None:
    denver = Variable(time_zone="America/Denver")
    cells = pd.Series(["2026-07-01 10:00:00", "2026-11-01 01:30:00", "2026-03-08 02:30:00", ""])
    assert read_moments(cells, denver).astype("datetime64[s]").tolist() == [
        datetime(2026, 7, 1, 16),
        datetime(2026, 11, 1, 7, 30),  # an hour that comes twice: the first
        datetime(2026, 3, 8, 9),  # one that does not come
        None,
    ]
    american = Variable(time_zone="America/Denver", moment="%m/%d/%Y %H:%M")
    assert read_moments(pd.Series(["7/1/2026 10:00"]), american)[0] == np.datetime64(
        "2026-07-01T16"
    )
    told = read_moments(pd.Series(["2026-07-01T10:00:00+02:00"]), denver)
    assert told[0] == np.datetime64("2026-07-01T08")
    unknown = read_moments(pd.Series(["2026-07-01 10:00:00"]), Variable(time_zone="Mars/North"))
    assert unknown[0] == np.datetime64("2026-07-01T10")


@given(st.datetimes(datetime(1970, 1, 1), datetime(2068, 1, 1)), st.integers(-12, 14))
def test_what_a_form_writes_is_read_back(moment: datetime, hours: int) -> None:
    moment = moment.replace(microsecond=0)
    local = moment + timedelta(hours=hours)
    words = [
        f"{local:%Y/%m/%d} {local.hour % 12 or 12}:{local:%M:%S %p} GMT{hours:+d}",
        f"{moment.month}/{moment.day}/{moment.year} {moment:%H:%M:%S}",
        f"{moment:%d.%m.%Y %H:%M:%S}",
        f"{moment.replace(tzinfo=UTC):%Y-%m-%dT%H:%M:%S}",
    ]
    for text in words:
        form, _ = find_moment([text, text.replace(str(moment.year), "2001", 1)], month_first=True)
        if re.match(r"\d+/\d+/\d{4}", text) and moment.day > 12:
            assert form == "%m/%d/%Y %H:%M:%S"
        found = read_moments(pd.Series([text]), Variable(moment=form))
        assert found[0] == np.datetime64(moment)


@given(st.text(max_size=30))
def test_any_text_can_be_looked_at(text: str) -> None:
    form, _ = find_moment([text], month_first=True)
    assert np.isnat(read_moments(pd.Series([text]), Variable(moment=form or "%d.%m.%Y"))).all()
