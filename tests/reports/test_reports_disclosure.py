"""A report for a class or the public tells nothing of few people, in any of its files."""

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detachment.errors import Refusal, UsageError
from detachment.estimates import correlate, items, reliability
from detachment.estimates.disclosure import (
    protect,
    protect_items,
    protect_ledger,
    tells_of_people,
)
from detachment.figures import likert
from detachment.instruments import instrument_from_dict
from detachment.reports import Report, find, report
from detachment.simulation import simulate, write_sample
from detachment.tables import Column, Table, missing_table, scores_table
from detachment.tables import protect as protect_table
from detachment.validation import Survey, read_survey

Make = Callable[[Mapping[str, Sequence[object]]], Survey]
TEXTS = (".html", ".csv", ".json", ".svg")


def answers(names: str, *, rows: int = 31) -> dict[str, list[object]]:
    draw = np.random.Generator(np.random.PCG64(3))
    latent = draw.normal(size=rows)
    return {
        name: [int(x) for x in np.clip(np.rint(3 + latent + draw.normal(size=rows)), 1, 5)]
        for name in names.split()
    }


@pytest.fixture
def small(make_survey: Make) -> Survey:
    """31 people: a wrong cell, few without an answer, few who chose an end."""
    table = answers("s1 s2 s3 s4 j1 j2 j3 lone")
    table["s1"][2] = 7773
    table["s2"][4] = table["s2"][5] = ""
    table["s3"][:8] = [""] * 8
    table["lone"] = [1, 1, 2] + [3] * 14 + [4] * 14
    return make_survey(table)


@pytest.fixture(scope="module")
def class_survey(tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """A course: 40 people of the simulated sample, of whom few refused consent."""
    folder = Path(tmp_path_factory.mktemp("class"))
    write_sample(simulate(n_couples=18, n_alone=4, n_students=3), folder)
    return read_survey(folder / "couples_qualtrics.csv")


@pytest.fixture(scope="module")
def written(class_survey: Survey, tmp_path_factory: pytest.TempPathFactory) -> Report:
    out = Path(tmp_path_factory.mktemp("reports")) / "class"
    return report(class_survey, out, disclosure="class", allow_problems=True)


def table_of(written: Report, name: str) -> pd.DataFrame:
    text = (written.folder / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    return pd.read_csv(io.StringIO(text))


def said(folder: Path) -> str:
    """All words and numbers of a report, without the outlines of what is drawn."""
    return "\n".join(
        re.sub(r' [\w-]+="[^"]*"', "", path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*"))
        if path.suffix in TEXTS
    )


# ---------------------------------------------------------------- the report


def test_the_manifest_and_the_page_name_the_mode(written: Report, small: Survey, tmp_path: Path):
    content = json.loads((written.folder / "manifest.json").read_text())
    assert content["disclosure"] == "class"
    assert "disclosure='class'" in content["command"]
    page = written.page.read_text(encoding="utf-8")
    assert "can be shown to a class: counts of 1 to 4 people are suppressed" in page
    plain = report(small, tmp_path / "plain", allow_problems=True)
    assert plain.manifest["disclosure"] == "none"
    assert "suppressed" not in said(plain.folder)


def test_who_refused_consent_cannot_be_counted(written: Report, class_survey: Survey) -> None:
    ledger = class_survey.ledger.set_index("rule")
    refused, received = ledger.loc["consent_refused", "excluded"], ledger.loc["received", "after"]
    assert 0 < refused < 5  # else the sample is another one, and this tests nothing
    shown = table_of(written, "ledger").set_index("rule")
    assert shown.loc["consent_refused", "excluded"] == "suppressed"
    assert shown.loc["consent_refused", "after"] == str(len(class_survey.responses))
    assert set(shown["before"]) == {"suppressed"}
    content = json.loads((written.folder / "manifest.json").read_text())
    assert content["n"]["rows"] is None
    assert content["input"]["records"] is None
    page = written.page.read_text(encoding="utf-8")
    assert not re.search(rf"\b{received} (rows?|records?)\b", page)
    assert "Flow of participants" in content["left_out"]


def test_no_count_of_few_people_is_in_a_table(written: Report, class_survey: Survey) -> None:
    people = json.loads((written.folder / "manifest.json").read_text())["n"]["analysed"]
    missing = table_of(written, "missing")
    truth = missing_table(class_survey, wave=1).data
    reasons = [name for name in truth if name not in ("item", "missing", "share")]
    small_ones = truth[reasons].gt(0) & truth[reasons].lt(5)
    assert small_ones.any().any()
    for place, row in missing.iterrows():
        cells = [*(row[reason] for reason in reasons), row["missing"]]
        hidden = [cell == "suppressed" for cell in cells]
        shown = [int(cell) for cell in cells if cell != "suppressed"]
        assert all(n == 0 or n >= 5 for n in shown)
        assert not any(0 < people - n < 5 for n in shown)
        # What the reasons do not tell is not told by their sum.
        if hidden[-1]:
            assert row["share"] == "suppressed"
        elif any(hidden):
            assert sum(hidden) > 1
            told = sum(int(c) for c in cells[:-1] if c != "suppressed")
            assert int(cells[-1]) - told >= 5
        assert int(truth.loc[place, "missing"]) == 0 or hidden[-1] or shown[-1] >= 5
    flags = table_of(written, "flags")
    everybody = len(class_survey.responses)
    for rows, share in zip(flags["rows"], flags["share"], strict=True):
        assert (rows == "suppressed") == (share == "suppressed")
        assert rows == "suppressed" or 5 <= int(rows) <= everybody - 5 or int(rows) == everybody


def test_n_is_rounded_and_missing_shares_do_not_give_it_back(
    written: Report, class_survey: Survey
) -> None:
    for name in ("items", "reliability", "scores", "correlations", "correlations-items"):
        n = table_of(written, name)["n"].astype(int)
        assert (n % 5 == 0).all()
    wave = class_survey.responses["wave"].eq(1)
    people = int(wave.sum())
    table = table_of(written, "items").drop_duplicates("item").set_index("item")
    for item, row in table.iterrows():
        gone = people - int(class_survey.responses.loc[wave, item].notna().sum())
        assert np.isnan(row["missing"]) == (0 < gone < 5 or 0 < people - gone < 5)


def test_item_statistics_do_not_give_back_few_answers(
    written: Report, class_survey: Survey
) -> None:
    rows = class_survey.responses["wave"].eq(1)
    table = table_of(written, "items")
    coarse = 0
    for row in table.to_dict("records"):
        given = class_survey.responses.loc[rows, row["item"]].dropna()
        response = class_survey.instrument.response_scale(row["item"])
        counts = [int((given == value).sum()) for value in response.values]
        ends = counts if row["keyed"] > 0 else counts[::-1]
        for share, count in ((row["floor"], ends[0]), (row["ceiling"], ends[-1])):
            assert np.isnan(share) or count == 0 or count >= 5
        if any(0 < count < 5 for count in counts):
            coarse += 1
            assert np.isnan([row["mean"], row["sd"], row["skew"], row["kurtosis"]]).all()
    assert coarse > 10
    singles = [s for s in class_survey.instrument.scales.values() if len(s.items) == 1]
    scores = table_of(written, "scores").set_index("scale")
    assert singles
    for scale in singles:
        given = class_survey.responses.loc[rows, scale.items[0].id].value_counts()
        if ((given > 0) & (given < 5)).any():
            assert scores.loc[scale.id, ["mean", "sd", "skew", "pomp"]].isna().all()


def test_no_score_of_a_single_person_is_shown(written: Report) -> None:
    assert not {"min", "max", "median"} & set(table_of(written, "scores"))
    page = written.page.read_text(encoding="utf-8")
    assert ">Lowest<" not in page
    assert "Highest" not in page


def test_numbers_in_the_files_are_those_on_the_page(written: Report) -> None:
    for name in ("items", "reliability", "correlations", "scores"):
        for column in table_of(written, name).select_dtypes("float64"):
            numbers = table_of(written, name)[column].dropna()
            assert (numbers.round(3) == numbers).all(), (name, column)


def test_no_row_and_no_value_of_a_wrong_cell_is_named(small: Survey, tmp_path: Path) -> None:
    plain = report(small, tmp_path / "plain", allow_problems=True)
    named = r"\brow 4\b|\b7773\b"
    assert set(re.findall(named, said(plain.folder))) == {"row 4", "7773"}
    shown = report(small, tmp_path / "class", allow_problems=True, disclosure="class")
    assert not re.findall(named, said(shown.folder))
    problems = table_of(shown, "problems")
    assert set(problems) == {"severity", "rule", "columns", "rows"}
    assert problems.set_index("rule").loc["not_allowed", "rows"] == "suppressed"
    content = json.loads((shown.folder / "manifest.json").read_text())
    assert content["problems"]["error"] == "fewer than 5"
    assert not any(tells_of_people(text) for text in content["warnings"])
    assert not any(tells_of_people(text) for text in content["left_out"].values())


def test_publish_hides_more_than_class(class_survey: Survey, tmp_path: Path) -> None:
    published = report(class_survey, tmp_path / "out", disclosure="publish", allow_problems=True)
    assert (table_of(published, "reliability")["n"] % 10 == 0).all()
    assert "counts of 1 to 9 people are suppressed" in published.page.read_text()


@pytest.mark.parametrize(("mode", "rows"), [("class", 4), ("publish", 9)])
def test_too_few_people_have_no_report(
    make_survey: Make, tmp_path: Path, mode: str, rows: int
) -> None:
    survey = make_survey(answers("s1 s2 s3 s4", rows=rows))
    with pytest.raises(Refusal, match="fewer than"):
        report(survey, tmp_path / "out", disclosure=mode, allow_problems=True)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_wave_of_few_people_has_no_report(make_survey: Make, tmp_path: Path) -> None:
    table = answers("s1 s2 s3 s4")
    table["id"] = [f"R{k % 28}" for k in range(31)]
    table["wave"] = [1 + k // 28 for k in range(31)]
    with pytest.raises(Refusal, match="wave 2"):
        report(make_survey(table), tmp_path / "out", disclosure="class")


def test_a_mode_that_does_not_exist(small: Survey, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean 'publish'"):
        report(small, tmp_path / "out", disclosure="public", allow_problems=True)  # type: ignore[arg-type]


def test_the_command_takes_the_mode(detachment, sample_dir: Path, tmp_path: Path) -> None:
    lines = pd.read_csv(sample_dir / "couples_long.csv", dtype=str, nrows=40)
    lines.to_csv(tmp_path / "few.csv", index=False)
    out = tmp_path / "out"
    few = detachment("report", tmp_path / "few.csv", "--disclosure", "class", "--out", out,
                     "--allow-problems", "--json")  # fmt: skip
    assert few.code in (0, 1), few.err
    assert json.loads((out / "manifest.json").read_text())["disclosure"] == "class"
    lines.head(3).to_csv(tmp_path / "three.csv", index=False)
    refused = detachment("report", tmp_path / "three.csv", "--disclosure", "publish", "--out",
                         tmp_path / "three", "--allow-problems")  # fmt: skip
    assert refused.code == 3
    assert "fewer than 10 people" in refused.err
    assert detachment("report", tmp_path / "few.csv", "--disclosure", "clas").code == 2


def test_every_table_says_what_it_tells_of_people(class_survey: Survey) -> None:
    """A new table of the report marks its columns (Column.people), or is about nobody."""
    about_nobody = {"scales", "questions"}
    protected_before = {"ledger", "correlations-items"}  # by protect_ledger, and as a result
    findings = find(class_survey, rng=1, disclosure="class")
    unmarked = {
        name
        for name, table in findings.tables.items()
        if not any(column.people for column in table.columns)
    }
    assert unmarked <= about_nobody | protected_before


# ---------------------------------------------------------------- figures


def test_few_answers_are_joined_in_the_figure(small: Survey) -> None:
    layout = {
        "schema_version": 1,
        "instrument": {"id": "x", "version": "1.0.0"},
        "response_scales": {"five": {"type": "ordinal", "values": [1, 2, 3, 4, 5]}},
        "items": [{"id": "lone", "scale": "five"}, {"id": "s1", "scale": "five"}],
        "scales": {"x": {"label": "X", "role": "sign", "items": ["lone", "s1"]}},
    }
    survey = replace(small, instrument=instrument_from_dict(layout))
    open_, shown = likert(survey, scale="x"), likert(survey, scale="x", disclosure="class")
    assert "lone: 45%, 45%, 10% (31 answered)" in open_.alt
    # 2, 1, 14, 14, 0: the first two are 3 people, and go with the third.
    assert "lone: 55% 1, 2, or 3, 45% 4, 0% 5 (30 answered)" in shown.alt
    assert "Hatched: neighbouring answers joined" in " ".join(shown.notes)
    responses = survey.responses.copy()
    responses.loc[responses.index[4:], "lone"] = pd.NA
    few = likert(replace(survey, responses=responses), scale="x", disclosure="class")
    assert "lone: fewer than 5 answers." in few.alt
    with pytest.raises(Refusal, match="fewer than 10 people"):
        likert(
            replace(survey, responses=survey.responses.head(6), missing=survey.missing.head(6)),
            scale="x",
            disclosure="publish",
        )


# ---------------------------------------------------------------- results and tables


@pytest.mark.filterwarnings("ignore::detachment.errors.DataWarning")
def test_a_result_leaves_out_what_few_are_behind(make_survey: Make) -> None:
    table = answers("s1 s2 s3 s4 j1 j2 j3 lone")
    table["lone"][3:] = [""] * 28
    survey = make_survey(table)
    result = correlate(survey, rows=["lone", "joy"], columns=["trouble"])
    assert list(result.table["n"]) == [3, 31]
    shown = protect(result, 5)
    assert shown is not None
    assert list(shown.table["row"]) == ["joy"]
    assert list(shown.table["n"]) == [30]
    assert any(note.endswith("behind it: lone with Trouble.") for note in shown.notes)
    assert not any(tells_of_people(note) for note in (*shown.notes, *shown.warnings))
    assert protect(correlate(survey, rows=["lone"], columns=["trouble"]), 5) is None
    assert protect(result, 0) is result


def test_a_test_does_not_tell_how_many_were_right(make_survey: Make) -> None:
    table = answers("s1 s2 s3 s4")
    table |= {"k1": [0] * 28 + [1] * 3, "k2": [1] * 15 + [0] * 16, "k3": [0, 1] * 15 + [1]}
    survey = make_survey(table)
    everybody = np.ones(31, dtype=bool)
    shown = protect_items(items(survey, scales="quiz"), survey, everybody, 5)
    assert shown is not None
    by_item = shown.table.set_index("item")
    assert by_item.loc["k1", ["mean", "sd", "floor", "ceiling"]].isna().all()
    assert by_item.loc["k2", ["mean", "sd", "floor", "ceiling"]].notna().all()


@pytest.mark.filterwarnings("ignore::detachment.errors.DataWarning")
def test_reliability_keeps_what_tells_of_nobody(class_survey: Survey) -> None:
    result = reliability(class_survey)
    shown = protect(result, 10)
    assert shown is not None
    assert (shown.table["alpha"].round(2) == shown.table["alpha"]).sum() > 5
    assert shown.remarks.keys() <= result.remarks.keys()
    assert set(re.findall(r"n = (\d+)", shown.explain())) == set(map(str, shown.table["n"]))


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("s1: 3 answers are not on its scale: row 7 (55), row 9 (6).", True),
        ("q and s were answered together by 1 respondent: unknown", True),
        ("r = .87, n = 12", True),
        ("s1 is constant (every answer is 3)", True),
        ("fewer respondents (3) than items (10)", True),
        ("fewer than 5 people are behind it", False),
        ("p adjusted for the family of 20 tests", False),
        ("Some respondents are partners of one another.", False),
        ("sign_13 goes against the rest of signs_total (item-rest r = -.11)", False),
    ],
)
def test_sentences_that_tell_of_people(text: str, *, tells: bool) -> None:
    assert tells_of_people(text) is tells


def test_a_ledger_hides_what_was_before_a_small_step() -> None:
    ledger = pd.DataFrame(
        [
            (0, "received", 110, 0, 110, "110 records in the file"),
            (1, "test_or_preview", 110, 2, 108, "2 marked as test"),
            (2, "consent_refused", 108, 3, 105, "3 refused consent"),
            (3, "too_fast", 105, 20, 85, "20 flagged too_fast"),
        ],
        columns=["step", "rule", "before", "excluded", "after", "message"],
    )
    shown = protect_ledger(ledger, 5)
    assert shown["before"].isna().tolist() == [True, True, True, False]
    assert shown["after"].isna().tolist() == [True, True, False, False]
    assert shown["excluded"].isna().tolist() == [False, False, True, False]
    assert shown["message"].tolist() == [
        "records in the file", "2 marked as test", "fewer than 5 refused consent",
        "20 flagged too_fast",
    ]  # fmt: skip
    assert protect_ledger(ledger.drop(index=2), 5)["before"].notna().all()


def test_a_table_of_few_says_nothing_of_them() -> None:
    table = Table(
        name="groups",
        title="Groups",
        columns=(
            Column(label="Group", numeric=False, data="group"),
            Column(label="n", data="n", people="n"),
            Column(label="M", data="mean"),
            Column(label="Highest", data="max", people="one"),
        ),
        rows=(("a", "3", "2.12", "5"), ("b", "27", "3.00", "5")),
        data=pd.DataFrame({"group": ["a", "b"], "n": [3, 27], "mean": [2.1234, 3], "max": [5, 5]}),
    )
    shown = protect_table(table, 5)
    assert [column.label for column in shown.columns] == ["Group", "n", "M"]
    assert shown.rows == (("a", "< 5", "suppressed"), ("b", "25", "3.00"))
    assert shown.data.to_dict("list") == {
        "group": ["a", "b"], "n": ["< 5", 25], "mean": ["suppressed", 3.0]
    }  # fmt: skip
    assert protect_table(shown, 0) is shown


def test_scores_of_every_scale_stay_where_many_answered(class_survey: Survey) -> None:
    table = protect_table(scores_table(class_survey, wave=1, disclosure="class"), 5)
    assert table.data.set_index("scale").loc["signs_total", "mean"] > 1
