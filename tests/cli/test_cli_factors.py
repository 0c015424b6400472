"""The commands dimensionality and efa."""

import json

import pytest


@pytest.fixture(scope="module")
def export(root, tmp_path_factory):
    """The first 200 people of the sample, at wave 1."""
    lines = (root / "data/sample/couples_long.csv").read_text(encoding="utf-8").splitlines()
    first = [line for line in lines[1:] if line.split(",")[1] == "1"][:200]
    path = tmp_path_factory.mktemp("data") / "couples.csv"
    path.write_text("\n".join([lines[0], *first]) + "\n", encoding="utf-8")
    return path


def test_dimensionality_as_json(export, detachment):
    ran = detachment("dimensionality", export, "--random", "50", "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert found["command"] == "dimensionality"
    assert len(found["table"]) == 9
    assert set(found["table"][0]) == {"rule", "basis", "n_factors", "reason"}
    assert len(found["eigenvalues"]) == len(found["msa"]) == 15
    assert found["eigenvalues"][-1]["map_squared"] is None
    assert found["eigenvalues"][-1]["reason"]
    assert found["adequacy"][0]["bartlett_df"] == 105
    assert detachment("dimensionality", export, "--random", "50", "--json").out == ran.out
    other = detachment("dimensionality", export, "--random", "50", "--json", "--seed", "2")
    assert other.out != ran.out


def test_efa_as_json(export, detachment):
    ran = detachment("efa", export, "--factors", "3", "--rotation", "promax", "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert [row["item"][:7] for row in found["table"]][:2] == ["sign_01", "sign_02"]
    assert set(found["table"][0]) >= {"F1", "F2", "F3", "communality", "uniqueness", "complexity"}
    assert [row["factor"] for row in found["factor_correlations"]] == ["F1", "F2", "F3"]
    assert found["fit"][0]["n_factors"] == 3
    assert len(found["score_weights"]) == 15
    assert len(found["variance"]) == 3


def test_they_are_read_by_people(export, detachment):
    ran = detachment(
        "efa", export, "--scale", "effects", "--method", "polychoric", "--factors", "2"
    )
    assert ran.code == 0, ran.err
    assert "Communality" in ran.out
    assert "Factor correlations" in ran.out
    ran = detachment("dimensionality", export, "--scale", "effects", "--random", "20")
    assert ran.code == 0, ran.err
    assert "Parallel analysis, factors" in ran.out


def test_wrong_words_are_named(export, detachment):
    ran = detachment("efa", export, "--rotation", "oblimen")
    assert ran.code == 2
    assert "oblimin" in ran.err
    assert detachment("efa", export, "--factors", "14").code == 2
    ran = detachment("efa", export, "--scale", "signs_behavior")
    assert ran.code == 2
    assert "signs_behaviour" in ran.err
