"""Reference cases as fixtures: a test asks for a family by name and is run once for each case."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

OWN = Path(__file__).resolve().parent
OUTSIDE = OWN.parents[2] / "shared" / "reference"

# fixture: beginning of the cases' ids in our own set, and (file, beginning, end as a pattern) in
# the outside one
FAMILIES: dict[str, tuple[str | None, tuple[str, str, str] | None]] = {
    "alpha_case": ("alpha.", ("01_alpha_items", "alpha.", "")),
    "own_alpha_case": ("alpha.", None),
    "outside_alpha_case": (None, ("01_alpha_items", "alpha.", "")),
    "boot_case": ("boot.", ("01_alpha_items", "alpha_boot.", "")),
    "trap_case": (None, ("01_alpha_items", "alpha_trap.", "")),
    "describe_case": ("describe.", ("01_alpha_items", "describe.", "")),
    "guttman_case": ("guttman.", ("02_guttman_splits", "guttman.", "")),
    "splits_case": (None, ("02_guttman_splits", "splits.", "")),
    "psych_splits_case": (None, ("02_guttman_splits", "psych_splitHalf.", "")),
    "cfa_ml_case": (None, ("02_cfa_reliability", "cfarel.", ".ML")),
    "cfa_ordinal_case": (None, ("02_cfa_reliability", "cfarel.", ".WLSMV")),
    "omega_case": ("omega.", ("02_omega", "omega.", "nf1.minres")),
    "omega_h_case": (None, ("02_omega", "omega.", "")),
    "adequacy_case": (None, ("05_efa", "adequacy.", "")),
    "map_vss_case": (None, ("05_efa", "map_vss.", "")),
    "parallel_case": (None, ("05_efa", "parallel.", "")),
    "efa_case": (None, ("05_efa", "efa.", "")),
    "efa_tight_case": (None, ("05_efa", "efa_tight.", "")),
    "pca_case": (None, ("05_efa", "pca.", "")),
    "efa_poly_case": (None, ("05_efa", "efa_poly.", "")),
    "omega_tight_case": ("omega_tight.", None),
    "two_items_case": ("two_items.", None),
    "kr_case": ("kr.", None),
    "feldt_case": ("feldt.", None),
    "pairs_case": ("pairs.", None),
    "constructs_case": (None, ("02_cfa_reliability", "cfarel.", "")),
    "ordinal_case": ("ordinal.", ("06_cfa_invariance", "cfa.", r"(WLSM|ULSM|DWLS)\S*")),
    "compare_case": (None, ("06_cfa_invariance", "cfa.compare", "")),
    "invariance_case": (None, ("06_cfa_invariance", "invariance.", "")),
    "own_invariance_case": ("invariance.", None),
    "icc_case": ("icc.", ("07_icc_kappa_retest", "icc.", "")),
    "one_way_case": ("one_way.", ("04_correlations", "statsBy.", "")),
    "kappa_case": ("kappa.", ("07_icc_kappa_retest", "kappa.", "")),
    "krippendorff_case": ("krippendorff.", None),
    "fleiss_case": ("fleiss.", None),
    "retest_case": ("retest.", None),
    "quiz_case": ("test.", None),
    "items_case": ("items.", None),
    "corr_case": (None, ("04_correlations", "corr.", "")),
    "rank_tests_case": (None, ("04_correlations", "rank_tests.", "")),
    "p_adjust_case": ("p_adjust.", ("04_correlations", "p_adjust.", "")),
    "polychoric_case": (None, ("03_polychoric", "polychoric.", "")),
    "tetrachoric_case": ("tetrachoric.", ("03_polychoric", "tetrachoric.", "")),
    "polycor_case": (None, ("03_polychoric", "polycor.", "")),
    "poly_pairs_case": ("poly_pairs.", None),
    "poly_table_case": (None, ("03_polychoric", "poly_table.", "")),
    "poly_gamma_case": ("poly_gamma.", None),
    "polyserial_case": ("polyserial.", None),
    "biserial_case": ("biserial.", None),
    "ordinal_alpha_case": (None, ("03_polychoric", "ordinal_alpha.", "")),
    "cfa_case": (None, ("06_cfa_invariance", "cfa.", "")),
    "irt_ml_case": ("irt_ml.", None),
    "irt_case": (None, ("09_irt_approx", "irt.", "")),
    "mean_difference_case": ("groups.mean_difference.", None),
    "standardized_case": ("groups.standardized.", None),
    "group_test_case": ("groups.test.", None),
    "two_groups_case": ("groups.two.", None),
    "share_case": ("groups.share.", None),
    "roc_case": ("groups.roc.", None),
    "paired_case": ("paired.", None),
    "apim_power_case": ("apim_power.", None),
    "power_t_case": ("power.t", None),
    "power_r_case": ("power.r", None),
    "power_slope_case": ("power.slope", None),
    "power_alpha_case": ("power.alpha", None),
    "width_mean_case": ("width.mean", None),
    "width_share_case": ("width.share", None),
    "width_r_case": ("width.r", None),
    "dyadic_case": ("dyadic.", None),
    "judgements_case": ("judgements.", None),
    "profiles_case": ("profiles.", None),
    "apim_case": (None, ("08_apim_mediation", "apim.", "")),
    "dyad_case": (None, ("08_apim_mediation", "dyad.", "")),
    "own_apim_case": ("apim.own", None),
    "exchangeable_case": ("exchangeable.", None),
    "multilevel_case": ("multilevel.", None),
    "roles_case": ("roles.", None),
    "partial_case": (None, ("04_correlations", "partial.sim.", "")),
    "partial_attitude_case": (None, ("04_correlations", "partial.attitude", "")),
    "cor_tests_case": (None, ("04_correlations", "cor_tests.", "")),
    "weighted_complete_case": (None, ("04_correlations", "weighted.sim.complete", "")),
    "weighted_pairs_case": (None, ("04_correlations", "weighted.", "_hand")),
    "stats_by_case": (None, ("04_correlations", "statsBy.", "")),
    "svy_clusters_case": (None, ("10_survey_weighted", "svy.apiclus1", "")),
    "svy_signs_case": (None, ("10_survey_weighted", "svy.sim_signs.", "(weight|weight_only)")),
    "svy_available_case": (None, ("10_survey_weighted", "svy.", "available")),
    "design_case": ("design.", None),
    "design_share_case": ("design_share.", None),
    "bayes_case": ("bayes.", None),
    "own_cor_tests_case": ("cor_tests.", None),
    "own_stats_by_case": ("stats_by.", None),
    "two_waves_case": ("two_waves.", None),
    "against_case": ("against.", None),
    "reliable_case": ("reliable.", None),
    "growth_case": ("growth.", None),
    "disattenuated_case": ("disattenuated.", ("04_correlations", "disattenuated.", "")),
    "linear_case": ("linear.items", None),
    "linear_standardized_case": ("linear.standardized", None),
    "linear_fiml_case": ("linear.fiml", None),
    "lm_case": (None, ("04_correlations", "partial.attitude", "")),
    "svyglm_case": (None, ("10_survey_weighted", "svy.sim_signs.", "(weight|weight_only)")),
    "mediation_case": (None, ("08_apim_mediation", "mediation.", "")),
    "serial_case": ("mediation_serial.", None),
    "many_case": ("mediation_many.", None),
    "moderation_case": (None, ("08_apim_mediation", "moderation.", "")),
    "moderation_cluster_case": ("moderation_cluster.", None),
}


@dataclass(frozen=True)
class Case:
    """One reference case: what R was asked, and what it said."""

    folder: Path
    fields: dict[str, Any]

    @property
    def values(self) -> dict[str, Any]:
        return self.fields["values"]

    def get(self, name: str, default: Any = None) -> Any:
        return self.fields.get(name) or default

    def frame(self) -> pd.DataFrame:
        """The rows of the data that the case keeps, all columns, as in the file."""
        frame = pd.read_csv(self.folder / self.fields["data"])
        for column, keep in self.get("filter", {}).items():
            frame = frame[frame[column].isin(keep if isinstance(keep, list) else [keep])]
        return frame

    def answers(self) -> pd.DataFrame:
        """The case's items, reversed over the theoretical range, under its missing rule."""
        frame = self.frame()
        answers = frame[self.fields["items"]].astype("float64")
        for item in self.get("reverse", []):
            answers[item] = sum(self.fields["scale"]) - answers[item]
        return answers.dropna() if self.get("missing") in ("listwise", "complete") else answers

    def clusters(self) -> np.ndarray | None:
        """Which cluster each row of the answers belongs to, when the case resamples clusters."""
        name = self.get("clusters")
        return None if name is None else self.frame().loc[self.answers().index, name].to_numpy()

    def check(self, got: Any, expected: Any, *, tol: float | None = None) -> None:
        """Compare by the reference's own rule; what R calls NA or null must be NaN."""
        tol = self.fields["tol"] if tol is None else tol
        got = np.asarray(got, dtype="float64")
        expected = np.array(expected, dtype="float64")
        assert got.shape == expected.shape
        np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
        error = np.abs(got - expected) / np.maximum(1.0, np.abs(expected))
        assert np.nanmax(error, initial=0.0) <= tol


def own_cases() -> list[dict[str, Any]]:
    return [
        case
        for path in sorted(OWN.glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
        if "id" in case  # values of plain functions have no families
    ]


def outside_cases(name: str) -> list[dict[str, Any]]:
    path = OUTSIDE / "expected" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))["cases"] if path.is_file() else []


def family(fixture: str) -> list[Any]:
    """Every graded case of a family, or one skipped parameter that says why there is none."""
    mine, theirs = FAMILIES[fixture]
    found = []
    if mine is not None:
        found += [
            pytest.param(Case(OWN, case), id=f"own:{case['id']}")
            for case in own_cases()
            if case["id"].startswith(mine)
        ]
    if theirs is not None:
        name, beginning, end = theirs
        outside = [
            pytest.param(Case(OUTSIDE, case), id=f"outside:{case['id']}")
            for case in outside_cases(name)
            if case["graded"]
            and case["id"].startswith(beginning)
            and re.search(f"(?:{end})$", case["id"])
        ]
        skip = pytest.mark.skip(reason=f"../shared/reference/expected/{name}.json is not here")
        found += outside or [pytest.param(None, id="outside:absent", marks=skip)]
    return found


@pytest.fixture(scope="session")
def families() -> dict[str, Any]:
    """Which cases every fixture of this folder stands for."""
    return FAMILIES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for fixture in FAMILIES:
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, family(fixture))
