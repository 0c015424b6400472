"""Which wave a report is about, and that its doubts reach who ran it."""

import json

import pandas as pd
import pytest

from detachment import figures, read_survey, reliability, report, sample, validate
from detachment.errors import UsageError
from detachment.reports import find
from detachment.tables import csv_table


@pytest.fixture(scope="module")
def survey(some_couples):
    return read_survey(some_couples)


def test_another_wave_is_another_report(survey):
    first, second = find(survey, rng=1), find(survey, rng=1, wave=2)
    assert (first.wave, second.wave) == (1, 2)
    assert second.people == (survey.responses["wave"] == 2).sum()
    alphas = [f.reliability.table.set_index("scale").loc["signs_total"] for f in (first, second)]
    assert alphas[0]["n"] == first.people
    assert alphas[1]["n"] == second.people
    assert "Wave 2 of 2." in second.figures["likert-signs_total-wave-2"].notes


def test_a_wave_that_is_not_there_is_said_before_anything_is_written(survey, tmp_path):
    with pytest.raises(UsageError, match="one of: 1, 2"):
        report(survey, tmp_path / "report", wave=3)
    assert not (tmp_path / "report").exists()


def test_the_keying_alarm_of_a_report_reaches_the_terminal(detachment, some_alone, tmp_path):
    frame = pd.read_csv(some_alone, dtype="str", keep_default_na=False)
    flipped = frame["sign_05_withdrawal"].map(dict(zip("12345", "54321", strict=True)))
    frame["sign_05_withdrawal"] = flipped.fillna(frame["sign_05_withdrawal"])
    frame.to_csv(tmp_path / "unreversed.csv", index=False)
    ran = detachment("report", tmp_path / "unreversed.csv", "--out", tmp_path / "r", "--json")
    assert ran.code == 0, ran.err
    assert "sign_05_withdrawal goes against the rest" in ran.err
    told = json.loads(ran.out)
    assert [w for w in told["warnings"] if "sign_05_withdrawal goes against the rest" in w]
    assert told["n"] == {"rows": 200, "analysed": 200}


def test_a_sign_alone_is_no_formula():
    table = pd.DataFrame({"expected_sign": ["+", "-", "+1+cmd"]})
    assert csv_table(table) == "expected_sign\n+\n-\n'+1+cmd\n"


@pytest.mark.filterwarnings("ignore:Feldt's interval of alpha")
def test_wrong_things_are_named(survey):
    alphas = reliability(survey, scales="effects")
    with pytest.raises(
        UsageError, match=r"from correlations, and was given Reliability.*correlate"
    ):
        figures.heatmap(alphas)
    with pytest.raises(UsageError, match="from correlations"):
        figures.forest(alphas)
    with pytest.raises(UsageError, match="from reliability, and was given Survey"):
        figures.reliability_plot(survey)
    with pytest.raises(UsageError, match="from a survey, and was given Reliability"):
        figures.likert(alphas)
    with pytest.raises(UsageError, match=r"given DataFrame. For a file: read_survey"):
        validate(pd.DataFrame({"a": [1]}), "ras")


def test_a_folder_that_cannot_be_made_is_named_without_a_temporary_one():
    survey = read_survey(sample("class_quiz.csv"))
    with pytest.raises(UsageError, match=r"the folder /proc/report cannot be made") as caught:
        report(survey, "/proc/report")
    assert "/proc/." not in str(caught.value)
