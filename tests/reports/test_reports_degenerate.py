"""Reports of next to nothing: written whole in every format, with reasons in place of numbers."""

import json

import pandas as pd
import pytest

import detachment as dt

FORMATS = ("html", "pdf", "docx", "xlsx")


@pytest.fixture(scope="module")
def first_wave() -> pd.DataFrame:
    table = pd.read_csv(dt.sample("couples_long.csv"), dtype=str, keep_default_na=False)
    return table[table["wave"] == "1"]


def one_row(table: pd.DataFrame) -> pd.DataFrame:
    return table.head(1)


def one_couple(table: pd.DataFrame) -> pd.DataFrame:
    sizes = table.loc[table["dyad_id"] != "", "dyad_id"].value_counts()
    return table[table["dyad_id"] == sizes[sizes == 2].index.min()]


def no_answers(table: pd.DataFrame) -> pd.DataFrame:
    items = [item for item in dt.read_instrument("detachment").items if item in table]
    return table.head(30).assign(**dict.fromkeys(items, ""))


def same_answers(table: pd.DataFrame) -> pd.DataFrame:
    items = [item for item in dt.read_instrument("detachment").items if item in table]
    return table.head(30).assign(**dict.fromkeys(items, "3"))


@pytest.mark.filterwarnings("ignore::detachment.errors.DetachmentWarning")
@pytest.mark.parametrize("part", [one_row, one_couple, no_answers, same_answers])
def test_a_report_of_next_to_nothing_is_whole_and_says_why(part, first_wave, tmp_path):
    file = tmp_path / "few.csv"
    part(first_wave).to_csv(file, index=False)
    survey = dt.read_survey(file)
    written = dt.report(survey, tmp_path / "report", formats=FORMATS, allow_problems=True)
    assert {"index.html", "report.pdf", "report.docx", "report.xlsx"} <= set(written.files)
    manifest = json.loads((written.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["n"]["analysed"] == len(survey.responses)
    page = written.page.read_text(encoding="utf-8")
    assert "What is not given, and why" in page
    assert manifest["left_out"]
    assert all(why.strip() for why in manifest["left_out"].values())
    assert " nan" not in page.lower()
