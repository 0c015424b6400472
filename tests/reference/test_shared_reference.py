"""What the outside reference holds of this room's families, and which of its cases nobody tries.

The numbers themselves are compared in ``test_reference_reliability.py`` and
``test_reference_correlation.py``, beside our own cases.
"""

import json
from pathlib import Path

import pytest

FAMILIES = {
    "01_alpha_items": ("alpha.", "alpha_boot.", "alpha_trap.", "describe."),
    "02_guttman_splits": ("guttman.", "splits."),
    "02_omega": ("omega.",),
    "04_correlations": ("corr.", "rank_tests.", "p_adjust.", "disattenuated."),
}
UNTRIED = {
    "cor_tests.": "differences between correlations are no part of the package yet",
    "partial.": "partial correlations are no part of the package yet",
    "weighted.": "survey weights are no part of the package yet",
    "statsBy.": "correlations between and within groups are no part of the package yet",
}
EXPECTED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "expected"


def graded(name):
    path = EXPECTED / f"{name}.json"
    if not path.is_file():
        return []
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return [case["id"] for case in cases if case["graded"]]


def untried():
    for name in ("01_alpha_items", "04_correlations"):
        for case in graded(name):
            if not case.startswith(FAMILIES[name]):
                why = [reason for start, reason in UNTRIED.items() if case.startswith(start)]
                reason = why[0] if why else "no test of the kernels reads this case yet"
                yield pytest.param(case, id=case, marks=pytest.mark.skip(reason=reason))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_outside_set_has_every_family(name, shared):
    found = graded(name)
    if not found:
        pytest.skip(f"{shared.name}/reference/expected/{name}.json is not here")
    for beginning in FAMILIES[name]:
        assert any(case.startswith(beginning) for case in found)


@pytest.mark.parametrize("case", untried())
def test_untried(case):
    raise AssertionError(f"{case} has a test now: take it off the list")
