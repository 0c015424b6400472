"""One simulated survey as each platform writes it: every draft finds items, order and scales."""

import pandas as pd
import pytest

from detachment import draft_instrument, read_export, read_instrument, simulate, validate
from detachment.simulation.platforms import WRITERS
from detachment.validation._matching import match_columns

FREQUENCY = ("Never", "Rarely", "Sometimes", "Often", "Almost always")
NUMBERS_ALONE = ("excel", "generic", "parquet", "qualtrics")  # no label, no code book


@pytest.fixture(scope="module")
def small():
    """Simulated people, few of them, and what they were asked."""
    return simulate(n_couples=40, n_alone=10, n_students=3), read_instrument("detachment")


@pytest.mark.parametrize("name", WRITERS)
def test_a_draft_finds_the_signs_whatever_wrote_the_file(name, small, tmp_path, leaked):
    sample, shipped = small
    files = WRITERS[name].files(sample, shipped)
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    export = read_export(tmp_path / next(iter(files)))
    assert export.platform == name
    text = draft_instrument(export).text
    path = tmp_path / "draft.yaml"
    path.write_text(text, encoding="utf-8")
    declared = read_instrument(path)
    survey = validate(export, declared)
    assert survey.problems[survey.problems["severity"] == "error"].empty
    assert leaked(export, text, declared) == set()

    scales = [[item.id for item in scale.items] for scale in declared.scales.values()]
    signs = next(scale for scale in scales if len(scale) in (15, 17))  # alone, or with their page
    response = declared.response_scale(signs[0])
    assert {declared.items[item].scale for item in signs} == {response.id}
    assert response.values == (1, 2, 3, 4, 5)
    assert response.labels == (() if name in NUMBERS_ALONE else FREQUENCY)
    # The answers are those that the shipped instrument reads.
    theirs = validate(export, shipped).responses
    columns = match_columns(export, shipped).items
    ours = {" ".join(item.column.split()): item.id for item in declared.items.values()}
    for item in shipped.scales["signs_total"].items:
        mine = ours[" ".join(columns[item.id].split())]
        assert mine in signs
        pd.testing.assert_series_equal(survey.responses[mine], theirs[item.id], check_names=False)
