"""What the first sentences claim, where there is nothing to claim."""

from dataclasses import replace

import numpy as np
import pytest

from detachment import read_survey, sample
from detachment.reports import find
from detachment.reports._brief import paragraphs, tiles


@pytest.fixture(scope="module")
def unrelated():
    """Sixty people of wave 1 whose effects belong to somebody else."""
    survey = read_survey(sample("couples_long.csv"))
    first = survey.responses[survey.responses["wave"] == 1]
    few = first.sample(60, random_state=3)
    effects = [c for c in few if c.startswith("eff_")]
    order = np.random.default_rng(5).permutation(len(few))
    few[effects] = few[effects].to_numpy()[order]
    few["dyad_id"] = None
    flags = survey.flags[survey.flags["row"].isin(few.index)]
    return replace(survey, responses=few, missing=survey.missing.loc[few.index], flags=flags)


def test_no_association_is_claimed_without_one(unrelated):
    findings = find(unrelated, rng=1)
    text = " ".join(paragraphs(findings))
    assert "was not clearly associated with" in text
    assert "was associated with" not in text
    assert "expected sign" not in text
    assert "Against expectation" not in text
    assert [tile for tile in tiles(findings) if "not clearly different from 0" in tile.detail]


def test_flags_are_counted_among_the_people_of_the_page(unrelated):
    findings = find(unrelated, rng=1)
    tile = tiles(findings)[-1]
    assert tile.detail == f"{unrelated.flags['row'].nunique()} of 60, none left out"
