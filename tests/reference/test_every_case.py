"""No graded case of the outside reference falls between the tests, and none is left out unsaid."""

import json
import re
from pathlib import Path

import pytest

FILES = (
    "01_alpha_items",
    "02_guttman_splits",
    "02_omega",
    "02_cfa_reliability",
    "03_polychoric",
    "04_correlations",
    "05_efa",
    "06_cfa_invariance",
    "07_icc_kappa_retest",
    "08_apim_mediation",
    "09_irt_approx",
    "10_survey_weighted",
)
# Beginning of the ids of graded cases that no test compares, and why
EXCLUDED: dict[str, str] = {}
# Names of values that no test reads: what they are about is not a number of ours
NOT_COMPARED = {
    "alpha": {"fit_off": "psych subtracts 1 from every correlation where it means the diagonal"},
    "alpha_boot": {"B": "how often R resampled"},
    "alpha_trap": {
        "psych_scale_mean": "reversed over the observed range",
        "psych_item_mean_c": "reversed over the observed range",
    },
    "guttman": {"psych_guttman_cor": "half of the splits only; the rest is in cor"},
    "omega": {"oblimin_starts": "how often R's rotation found the optimum"},
    "efa_poly": {
        "true_loadings": "what the data were drawn from",
        "true_phi": "what the data were drawn from",
    },
    "efa_tight": {
        "delta": "how far R's iterations were from their end",
        "gaps": "how far psych is from the optimum",
        "iterations": "how many R needed",
        "oblimin_converged": "whether R converged",
    },
    "icc": {"psych_lmer": "REML", "max_diff_hand_vs_aov": "of R with itself"},
    "invariance": {"group_n": "a count of the rows of the file"},
    "kappa": {"psych": "a wrong variance of the weighted kappa"},
    "mediation": {"B": "how often R resampled", "boot_mean": "the mean of R's replicates"},
    "statsBy": {"ICC1": "of the plain mean of the sizes of groups; anova_hand has the usual one"},
    "parallel": {
        "margin_pc": "the number suggested is compared, except where the call is close",
        "n_components_nFactors_q95": "follows from the quantiles that are compared",
    },
}


def graded(name: str, shared: Path) -> list[dict]:
    path = shared / "reference" / "expected" / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"../shared/reference/expected/{path.name} is not here")
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return [case for case in cases if case["graded"]]


def claims(name: str, families: dict) -> list[re.Pattern]:
    return [
        re.compile(f"{re.escape(beginning)}.*(?:{end})$")
        for _, theirs in families.values()
        if theirs is not None
        for file, beginning, end in [theirs]
        if file == name
    ]


@pytest.mark.parametrize("name", FILES)
def test_every_graded_case_is_claimed(name, shared, families):
    claimed = claims(name, families)
    left = [
        case["id"]
        for case in graded(name, shared)
        if not any(claim.match(case["id"]) for claim in claimed)
        and not case["id"].startswith(tuple(EXCLUDED))
    ]
    assert not left


def test_nothing_is_excluded_that_is_not_there(shared):
    ids = [case["id"] for name in FILES for case in graded(name, shared)]
    for beginning, reason in EXCLUDED.items():
        assert reason
        assert any(case.startswith(beginning) for case in ids)


def test_every_family_is_asked_for_by_a_test(families):
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    for fixture in families:
        assert any(re.search(rf"def test_\w+\([^)]*\b{fixture}\b", text) for text in texts)


@pytest.mark.parametrize("name", FILES)
def test_every_value_is_named_in_a_test_or_excused(name, shared):
    """A name in the text of a test is no comparison yet, but a name in none surely is not."""
    here = Path(__file__)
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in here.parent.glob("test_*.py")
        if path.name != here.name
    )
    for case in graded(name, shared):
        excused = NOT_COMPARED.get(case["id"].split(".")[0], {})
        for value in case["values"]:
            named = re.search(rf"\b{re.escape(value)}\b", text)
            built = re.search(r"_(ordscale|phi|hand)$", value)  # named in parts
            assert named or built or value in excused, (case["id"], value)
