"""The verbs on the simulated couples, whose truth is known (careless answers left in)."""

import pytest

from detachment import read_survey, sample
from detachment.errors import DataWarning
from detachment.estimates import correlate, items, reliability
from detachment.scoring import score

# Population values with 6% careless answers, and how far a sample of 1,400 people may be from them
# (3.5 standard errors).
ALPHA = (0.889, 0.020)
WITH_EFFECTS = {
    "eff_reduced_intimacy": (0.503, 0.070),
    "eff_satisfaction": (-0.475, 0.081),
    "eff_loneliness": (0.475, 0.084),
    "eff_infidelity_potential": (0.31, 0.091),
}


@pytest.fixture(scope="module")
def survey():
    return read_survey(sample("couples_long.csv"))


def test_reliability_of_every_scale(survey):
    # many of its items are seldom true of a couple
    with pytest.warns(DataWarning, match="Feldt's interval of alpha .* is too narrow here: signs"):
        result = reliability(survey)
    table = result.table.set_index("scale")
    truth, room = ALPHA
    assert table.loc["signs_total", "alpha"] == pytest.approx(truth, abs=room)
    assert table.loc["signs_total", "n"] == 1400
    assert result.n == {"rows": 2315, "analysed": 1400}
    assert len(result.warnings) == 1
    assert table["alpha"].isna().sum() == 4  # two indices and two single items
    assert (table["alpha"].isna() == table["reason"].str.startswith("its model is")).all()
    assert table.loc["eff_satisfaction", "reversed"] == "eff_sat_2,eff_sat_4"
    assert len(result.sentences()) == len(table)


def test_signs_with_effects(survey):
    result = correlate(survey, rows="signs_total", columns="effects")
    table = result.table.set_index("column")
    for effect, (truth, room) in WITH_EFFECTS.items():
        assert table.loc[effect, "r"] == pytest.approx(truth, abs=room)
        assert abs(table.loc[effect, "disattenuated"]) > abs(table.loc[effect, "r"])
    crossing = {"rows": "items:signs_total", "columns": "effects", "adjust": "bh"}
    crossed = correlate(survey, **crossing)  # dyads whole: no normal answers needed
    with pytest.warns(DataWarning, match="too narrow in 2 of 75 pairs"):
        correlate(survey, **crossing, cluster="none")
    single = crossed.table
    assert single["family"].unique().tolist() == ["75 tests: items:signs_total x effects"]
    signs = single["r"].map(lambda r: "+" if r > 0 else "-")
    assert (signs == single["expected_sign"]).all()


def test_the_weakest_sign_is_jealousy_and_sexual_wish_is_often_not_applicable(survey):
    table = items(survey, scales="signs_total").table.set_index("item")
    assert table["item_rest_r"].idxmin() == "sign_13_jealousy"
    assert table["missing"].idxmax() == "sign_10_sexual"


def test_scores_have_one_row_a_person_and_wave(survey):
    scores = score(survey)
    assert len(scores) == len(survey.responses)
    assert scores["signs_total"].dropna().between(1, 5).all()
    assert scores["signs_total_signs_present"].dropna().between(0, 15).all()


def test_second_wave(survey):
    result = reliability(survey, scales="signs_total", wave=2, interval="jackknife")
    assert result.n["analysed"] == 915
