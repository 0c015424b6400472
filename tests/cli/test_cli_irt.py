"""``detachment irt``: the parts in JSON, and people's scores as a data file."""

import csv
import io
import json

import pytest

import detachment as dt


@pytest.fixture(scope="module")
def export(root, tmp_path_factory):
    """The first 300 people of the sample, at wave 1."""
    lines = (root / "data/sample/couples_long.csv").read_text(encoding="utf-8").splitlines()
    first = [line for line in lines[1:] if line.split(",")[1] == "1"][:300]
    path = tmp_path_factory.mktemp("data") / "couples.csv"
    path.write_text("\n".join([lines[0], *first]) + "\n", encoding="utf-8")
    return path


def test_json_has_the_parts_and_the_numbers_of_python(export, detachment):
    ran = detachment("irt", export, "--scale", "eff_loneliness", "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    expected = dt.irt(dt.read_survey(export), scales=["eff_loneliness"])
    assert [row["slope"] for row in found["table"]] == expected.table["slope"].tolist()
    assert [*expected.parts] == [name for name in found if name in expected.parts]
    assert [row["threshold"] for row in found["thresholds"]] == (
        expected.parts["thresholds"]["threshold"].tolist()
    )
    assert len(found["information"]) == 33


def test_a_missing_number_has_its_reason_in_every_part(export, detachment):
    found = json.loads(detachment("irt", export, "--json").out)
    for part in ("table", "fit", "item_fit"):
        missing = [row for row in found[part] if None in row.values()]
        assert all(row["reason"] for row in missing)
    assert any("formative" in row["reason"] for row in found["fit"])


def test_people_s_scores_are_a_data_file(export, detachment):
    ran = detachment("irt", export, "--scale", "eff_loneliness", "--scores", "map")
    assert ran.code == 0, ran.err
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    expected = dt.irt_scores(dt.read_survey(export), scales=["eff_loneliness"], method="map")
    assert len(rows) == len(expected) == 300
    assert [float(row["eff_loneliness"]) for row in rows if row["eff_loneliness"]] == (
        expected["eff_loneliness"].dropna().tolist()
    )
    as_json = detachment("irt", export, "--scale", "eff_loneliness", "--scores", "ml", "--json")
    table = json.loads(as_json.out)["table"]
    without = [row for row in table if row["eff_loneliness"] is None]
    assert without
    assert all("every answer is at one end" in row["reason"] for row in without)


def test_one_table_after_another_for_people(export, detachment):
    ran = detachment("irt", export, "--scale", "eff_loneliness")
    for words in ("eff_lon_1", "Item fit", "Information", "Marginal reliability", "Note."):
        assert words in ran.out


def test_a_wrong_model_is_a_wrong_usage(export, detachment):
    ran = detachment("irt", export, "--model", "rasch")
    assert ran.code == 2
    ran = detachment("irt", export, "--scale", "eff_loneliness", "--model", "2pl")
    assert ran.code == 2
    assert "Ask for the model graded" in ran.err
