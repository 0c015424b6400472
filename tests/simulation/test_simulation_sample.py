"""The sample as it ships: its statistics, its bytes, and what holds for every seed."""

import csv
import hashlib
import os
import re
import subprocess
import sys
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detachment.errors import UsageError
from detachment.instruments import read_instrument
from detachment.simulation import Sample, simulate, write_sample
from detachment.simulation._population import (
    EFFECT_ITEMS,
    EFFECTS,
    INFIDELITY_ITEMS,
    ITEMS,
    PRESENTED,
    QUIZ_ANSWERS,
    QUIZ_ITEMS,
    SIGN_ITEMS,
)
from detachment.validation import read_survey

Floats = NDArray[np.float64]
FILES = (
    "couples_long.csv", "couples_qualtrics.csv", "couples_qualtrics_labels.csv", "couples.sav",
    "class_quiz.csv", "couples_messy.csv", "couples_rows_truth.csv", "truth.yaml",
)  # fmt: skip
WRITTEN_WITH_PYREADSTAT = "1.3.7"
MODELS = {item.id: item for item in ITEMS}


@pytest.fixture(scope="module")
def sample() -> Sample:
    return simulate()


def keyed(sample: Sample, names: tuple[str, ...], rows: NDArray[np.bool_]) -> Floats:
    """Keyed answers (rows, k); NaN where there is none."""
    values = sample.responses.loc[rows, list(names)].to_numpy(np.float64, na_value=np.nan)
    values[values < 0] = np.nan
    flip = [MODELS[n].reversed for n in names]
    values[:, flip] = 6 - values[:, flip]
    return values


def alpha(items: Floats) -> float:
    k = items.shape[1]
    return float(k / (k - 1) * (1 - items.var(0, ddof=1).sum() / items.sum(1).var(ddof=1)))


def r(x: Floats, y: Floats) -> float:
    return float(np.corrcoef(x, y)[0, 1])


def scale_statistics(sample: Sample, rows: NDArray[np.bool_]) -> dict[str, float]:
    """Reliability and correlations of complete rows."""
    items = keyed(sample, SIGN_ITEMS + EFFECT_ITEMS, rows)
    items = items[~np.isnan(items).any(axis=1)]
    signs = items[:, :15]
    total = signs.sum(1)
    out = {
        "alpha.signs": alpha(signs),
        "mean.signs": total.mean() / 15,
        "sd.signs": total.std(ddof=1) / 15,
        "item_rest_r.sign_09": r(signs[:, 8], total - signs[:, 8]),
        "item_rest_r.sign_13": r(signs[:, 12], total - signs[:, 12]),
    }
    for j, effect in enumerate(EFFECTS):
        block = items[:, 15 + 4 * j : 19 + 4 * j]
        out[f"alpha.{effect}"] = alpha(block)
        out[f"r.{effect}"] = r(total, block.sum(1))
    return out


# What the population gives and how samples of this composition scatter around it (300 replications
# of an independent generator; attentive people, nothing missing).
KNOWN = {
    "alpha.signs": (0.875, 0.0055),
    "mean.signs": (2.146, 0.686 / np.sqrt(1300 / 1.3)),  # partners share about a third
    "sd.signs": (0.686, 0.686 / np.sqrt(2 * 1300 / 1.3)),
    "item_rest_r.sign_09": (0.651, 0.017),
    "item_rest_r.sign_13": (0.290, 0.028),
    "alpha.reduced_intimacy": (0.815, 0.008),
    "alpha.communication_breakdown": (0.771, 0.011),
    "alpha.satisfaction": (0.854, 0.008),
    "alpha.loneliness": (0.828, 0.009),
    "alpha.infidelity_potential": (0.731, 0.014),
    "r.reduced_intimacy": (0.529, 0.020),
    "r.communication_breakdown": (0.473, 0.021),
    "r.satisfaction": (-0.475, 0.023),
    "r.loneliness": (0.440, 0.024),
    "r.infidelity_potential": (0.218, 0.026),
}
KNOWN_IN_COUPLES = {
    "icc.signs": (0.274, 0.041),
    "icc.satisfaction": (0.565, 0.032),
    "apim.A.actor": (-0.695, 0.062),
    "apim.A.partner": (-0.100, 0.059),
    "apim.B.actor": (-0.404, 0.065),
    "apim.B.partner": (-0.385, 0.059),
    "program.signs": (-0.333, 0.046),
}


def far(found: dict[str, float], known: dict[str, tuple[float, float]]) -> dict[str, float]:
    """Statistics more than 3.5 of their standard deviations from the known value."""
    away = {k: (found[k] - value) / sd for k, (value, sd) in known.items()}
    return {k: round(z, 2) for k, z in away.items() if abs(z) > 3.5}


def at_wave(sample: Sample, wave: int) -> NDArray[np.bool_]:
    return (sample.responses["wave"] == wave).to_numpy(dtype=bool)


def attentive(sample: Sample) -> NDArray[np.bool_]:
    return (sample.truth["answering"] == "attentive").to_numpy(dtype=bool)


def test_attentive_people_are_within_the_scatter_of_samples() -> None:
    complete = simulate(nuisance=False)
    rows = at_wave(complete, 1) & attentive(complete)
    assert rows.sum() > 1250
    assert far(scale_statistics(complete, rows), KNOWN) == {}


def test_the_shipped_sample_is_within_the_scatter_of_samples(sample: Sample) -> None:
    # Complete rows are fewer than half of the people, and not a random half.
    rows = at_wave(sample, 1) & attentive(sample)
    wider = {k: (value, 1.6 * sd) for k, (value, sd) in KNOWN.items()}
    assert far(scale_statistics(sample, rows), wider) == {}


def test_couples_are_within_the_scatter_of_samples() -> None:
    sample = simulate(nuisance=False, n_alone=0)
    frame = pd.DataFrame(
        {
            "signs": keyed(sample, SIGN_ITEMS, np.ones(len(sample.responses), bool)).mean(1),
            "satisfaction": keyed(
                sample, EFFECT_ITEMS[8:12], np.ones(len(sample.responses), bool)
            ).mean(1),
            "attentive": attentive(sample),
        }
    ).join(sample.responses[["wave", "dyad_id", "partner_role", "role_is_arbitrary", "group"]])
    frame = frame[frame.groupby("dyad_id")["attentive"].transform("all")]
    wide = frame.pivot(index="dyad_id", columns=["wave", "partner_role"])  # noqa: PD010

    def values(name: str, role: str, wave: int = 1) -> Floats:
        return np.asarray(wide[(name, wave, role)].to_numpy(dtype=np.float64))

    found: dict[str, float] = {}
    for name in ("signs", "satisfaction"):
        a, b = values(name, "A"), values(name, "B")
        found[f"icc.{name}"] = r(np.r_[a, b], np.r_[b, a])
    mixed = values("role_is_arbitrary", "A") == 0
    for role, other in (("A", "B"), ("B", "A")):
        design = np.stack(
            [np.ones(mixed.sum()), values("signs", role)[mixed], values("signs", other)[mixed]], 1
        )
        paths = np.linalg.lstsq(design, values("satisfaction", role)[mixed])[0]
        found |= {f"apim.{role}.actor": paths[1], f"apim.{role}.partner": paths[2]}
    change = np.r_[
        values("signs", "A", 2) - values("signs", "A"),
        values("signs", "B", 2) - values("signs", "B"),
    ]
    program = np.tile((wide[("group", 1, "A")] == "program").to_numpy(), 2)
    spread = np.r_[values("signs", "A"), values("signs", "B")].std(ddof=1)
    found["program.signs"] = (change[program].mean() - change[~program].mean()) / spread
    assert far(found, KNOWN_IN_COUPLES) == {}


def test_careless_answers_inflate_as_they_are_known_to() -> None:
    found = []
    for seed in range(12):
        sample = simulate(seed=seed, nuisance=False, n_students=0)
        found.append(scale_statistics(sample, at_wave(sample, 1)))
    mean = pd.DataFrame(found).mean()
    assert mean["alpha.signs"] == pytest.approx(0.889, abs=0.006)
    assert mean["r.infidelity_potential"] == pytest.approx(0.31, abs=0.03)
    assert mean["r.loneliness"] == pytest.approx(0.475, abs=0.03)
    assert mean["r.reduced_intimacy"] == pytest.approx(0.503, abs=0.03)


def test_nuisance_has_the_stated_size() -> None:
    sample = simulate(n_couples=6000, n_alone=6000, n_students=0)
    answers, reads = sample.responses, attentive(sample)
    first = at_wave(sample, 1)
    there = sample.truth["questions_reached"] == len(PRESENTED)
    assert answers.loc[there, "eff_sat_1"].isna().mean() == pytest.approx(0.02, abs=0.003)
    assert (answers.loc[first & reads, "sign_10_sexual"] == -8).mean() == pytest.approx(
        0.08, abs=0.01
    )
    assert (answers.loc[first & reads, "eff_inf_1"] == -9).mean() == pytest.approx(0.045, abs=0.01)
    gone = 1 - at_wave(sample, 2).sum() / 12000
    assert gone == pytest.approx(0.175, abs=0.02)
    kinds = sample.truth.loc[first, "answering"].value_counts(normalize=True)
    assert kinds["straight"] == pytest.approx(0.025, abs=0.005)
    assert kinds["random"] == pytest.approx(0.025, abs=0.005)
    assert kinds["zigzag"] == pytest.approx(0.010, abs=0.003)
    noise = sample.truth["answering"].isin(["random", "zigzag"])
    passed = answers.loc[noise, "check_instructed"] == 2
    assert passed.mean() == pytest.approx(0.15, abs=0.03)
    seconds = answers.loc[there, "duration_s"].groupby(reads[there]).median()
    assert seconds[True] == pytest.approx(780, abs=20)
    assert seconds[False] == pytest.approx(120, abs=10)
    # Who detaches more comes back less, and keeps the infidelity items to themselves more.
    dyads = first & answers["dyad_id"].notna().to_numpy()
    back = answers["respondent_id"].isin(answers.loc[at_wave(sample, 2), "respondent_id"])
    latent = sample.truth.loc[dyads, "detachment"].groupby(back[dyads]).mean()
    assert latent[False] > latent[True] + 0.2


def test_few_attentive_people_reach_the_longstring_flag() -> None:
    # 13 equal answers in a row, over signs and effects as presented, are flagged: 1 in 100.
    sample = simulate(n_couples=20_000, n_alone=0, n_students=0, careless=0, nuisance=False)
    answers = sample.responses.loc[at_wave(sample, 1), list(SIGN_ITEMS + EFFECT_ITEMS)]
    codes = answers.to_numpy(np.int64)
    run = longest = np.ones(len(codes), dtype=np.int64)
    for j in range(1, codes.shape[1]):
        run = np.where(codes[:, j] == codes[:, j - 1], run + 1, 1)
        longest = np.maximum(longest, run)
    flag_at = read_instrument("detachment").quality.longstring_from
    assert flag_at == 13
    assert (longest >= flag_at).mean() == pytest.approx(0.010, abs=0.002)


# ---------------------------------------------------------------- files
def test_the_committed_files_are_what_the_default_seed_writes(
    sample: Sample, sample_dir: Path, tmp_path: Path
) -> None:
    paths = write_sample(sample, tmp_path / "new" / "folder")
    assert tuple(p.name for p in paths) == FILES
    for path in paths:
        committed = sample_dir / path.name
        if path.suffix != ".sav" or version("pyreadstat") == WRITTEN_WITH_PYREADSTAT:
            assert path.read_bytes() == committed.read_bytes(), path.name
        else:
            new, old = (pyreadstat.read_sav(p, user_missing=True) for p in (path, committed))
            pd.testing.assert_frame_equal(new[0], old[0])
            assert new[1].variable_value_labels == old[1].variable_value_labels


def test_the_same_seed_gives_the_same_bytes_anywhere(tmp_path: Path) -> None:
    code = (
        "import sys; from detachment.simulation import simulate, write_sample; "
        "write_sample(simulate(seed=int(sys.argv[1]), n_couples=40, n_alone=10), sys.argv[2])"
    )
    source = str(Path(__file__).resolve().parents[2] / "analysis")
    runs = {
        "one": ("5", {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"}),
        "two": ("5", {"PYTHONHASHSEED": "99", "TZ": "Asia/Kathmandu", "LC_ALL": "de_DE.UTF-8"}),
        "other": ("6", {"PYTHONHASHSEED": "0"}),
    }
    digests = {}
    for name, (seed, settings_) in runs.items():
        folder = tmp_path / name
        folder.mkdir()
        subprocess.run(
            [sys.executable, "-c", code, seed, str(folder)],
            check=True,
            cwd=folder,
            env=os.environ | settings_ | {"PYTHONPATH": source},
        )
        digests[name] = {f: hashlib.sha256((folder / f).read_bytes()).hexdigest() for f in FILES}
    assert digests["one"] == digests["two"]
    assert all(digests["one"][f] != digests["other"][f] for f in FILES)


def test_the_spss_header_holds_no_clock(sample_dir: Path) -> None:
    _, meta = pyreadstat.read_sav(sample_dir / "couples.sav", metadataonly=True)
    assert str(meta.creation_time) == "2026-03-01 00:00:00"


def test_a_new_part_of_the_model_moves_no_other() -> None:
    few, many = simulate(n_students=10), simulate(n_students=200, careless=0.0)
    reads = attentive(few)
    items = list(SIGN_ITEMS)
    assert few.responses.loc[reads, items].equals(many.responses.loc[reads, items])


def test_every_file_holds_the_same_people_and_answers(sample_dir: Path) -> None:
    surveys = {
        name: read_survey(sample_dir / name)
        for name in FILES
        if name.startswith("couples") and "truth" not in name and "messy" not in name
    }
    assert len(surveys) == 4
    frames = {}
    for name, survey in surveys.items():
        assert not survey.has_errors, name
        frame = survey.responses.sort_values(["respondent_id", "wave"]).reset_index(drop=True)
        frames[name] = frame.drop(columns="language", errors="ignore")
    reference = frames["couples_long.csv"]
    for name, frame in frames.items():
        assert set(frame.columns) == set(reference.columns), name
        pd.testing.assert_frame_equal(frame[reference.columns], reference, obj=name)
    quiz = read_survey(sample_dir / "class_quiz.csv")
    assert not quiz.has_errors
    assert len(quiz.responses) == 240


def test_the_qualtrics_file_looks_like_one(sample_dir: Path, sample: Sample) -> None:
    for name in ("couples_qualtrics.csv", "couples_qualtrics_labels.csv"):
        with (sample_dir / name).open(encoding="utf-8", newline="") as file:
            names, texts, ids, *body = csv.reader(file)
        assert names[:3] == ["StartDate", "EndDate", "Status"]
        assert texts[:3] == ["Start Date", "End Date", "Response Type"]
        assert ids[0] == '{"ImportId":"startDate","timeZone":"UTC"}'
        assert len(set(ids)) == len(ids)
        columns = dict(zip(names, zip(*body, strict=True), strict=True))
        instrument = read_instrument("detachment")
        for item in PRESENTED:
            assert texts[names.index(item)] == instrument.items[item].text
        previews = sum(s in {"1", "Survey Preview"} for s in columns["Status"])
        refused = sum(c in {"0", "I do not agree"} for c in columns["consent"])
        assert (previews, refused) == (3, 2)
        assert len(body) == len(sample.responses) + previews + refused
        unfinished = sum(f in {"0", "False"} for f in columns["Finished"])
        assert unfinished == (sample.truth["questions_reached"] < len(PRESENTED)).sum() > 5


def test_personal_values_are_invented(sample_dir: Path) -> None:
    text = (sample_dir / "couples_qualtrics.csv").read_text(encoding="utf-8")
    emails = re.findall(r"[^,\s]+@[^,\s]+", text)
    assert len(emails) > 2000
    assert all(e.endswith(("@example.org", "@example.com")) for e in emails)
    addresses = re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text)
    assert len(addresses) > 2000
    assert all(ip_address(a).is_private for a in addresses)  # documentation ranges are, too


def test_the_messy_file_holds_the_planted_faults(sample_dir: Path) -> None:
    messy = pd.read_csv(sample_dir / "couples_messy.csv", sep=";", dtype=str, keep_default_na=False)
    truth = pd.read_csv(sample_dir / "couples_rows_truth.csv", dtype=str, keep_default_na=False)
    n = len(truth)
    assert messy["respondent_id"][:n].tolist() == truth["respondent_id"].tolist()
    faults = truth.loc[truth["messy_fault"] != "", "messy_fault"].value_counts()
    assert faults["the row is there twice"] == 14
    assert messy[n:]["respondent_id"].tolist() == [
        p for p, f in zip(truth["respondent_id"], truth["messy_fault"], strict=True) if "twice" in f
    ]
    for column, value in (
        ("sign_05_withdrawal", "55"), ("eff_com_2", "7"), ("cause_stress_1", "0"),
    ):  # fmt: skip
        rows = np.flatnonzero(messy[column] == value)
        assert [truth["messy_fault"][i] for i in rows] == [f"{column} is {value}"]
    clean = messy[:n]
    roles = clean[clean["dyad_id"] != ""].groupby(["dyad_id", "wave"])["partner_role"]
    assert (roles.apply(lambda role: list(role).count("A")) == 2).sum() == 1
    long = clean["rel_length_months"].astype(int) > 12 * clean["demo_age"].astype(int)
    assert truth.loc[long, "messy_fault"].tolist() == ["rel_length_months is more than the age"]
    assert {"Agree", "Strongly disagree"} < set(messy["eff_sat_3"])
    assert messy["duration_s"].str.fullmatch(r"\d+,\d").all()


def test_the_truth_file_says_how_to_make_the_sample_again(sample_dir: Path, sample: Sample) -> None:
    truth = yaml.safe_load((sample_dir / "truth.yaml").read_text(encoding="utf-8"))
    assert simulate(**truth["recipe"]).responses.equals(sample.responses)
    assert set(truth["files"]) | {"truth.yaml"} == set(FILES)
    assert truth["truth"]["signs"]["alpha"] == 0.875
    assert set(truth["population"]["items"]) == {item.id for item in ITEMS}


# ---------------------------------------------------------------- for every seed
def test_the_population_asks_what_the_instrument_asks() -> None:
    instrument = read_instrument("detachment")
    assert set(PRESENTED) | set(QUIZ_ITEMS) == set(instrument.items)
    for model in ITEMS:
        scale = instrument.response_scale(model.id)
        assert model.first == scale.values[0]
        assert len(model.shares) == len(scale.values)
        assert sum(model.shares) == pytest.approx(1)
        assert model.reversed == (instrument.items[model.id].keyed == -1)
    key = tuple(instrument.items[name].answer for name in QUIZ_ITEMS)
    assert key == QUIZ_ANSWERS
    assert instrument.items["check_instructed"].pass_value == 2


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**40),
    n_couples=st.integers(0, 30),
    n_alone=st.integers(1, 20),
    careless=st.sampled_from([0.0, 0.06, 1.0]),
    nuisance=st.booleans(),
)
def test_every_sample_is_valid(
    seed: int, n_couples: int, n_alone: int, careless: float, nuisance: bool
) -> None:
    sample = simulate(
        seed=seed, n_couples=n_couples, n_alone=n_alone, n_students=5, careless=careless,
        nuisance=nuisance,
    )  # fmt: skip
    answers, instrument = sample.responses, read_instrument("detachment")
    assert list(answers.columns[: len(instrument.columns)]) == list(instrument.columns)
    assert list(answers.columns[len(instrument.columns) :]) == list(PRESENTED)
    assert len(sample.truth) == len(answers)
    assert not answers.duplicated(["respondent_id", "wave"]).any()
    for name in PRESENTED:
        allowed = {*instrument.response_scale(name).values}
        allowed |= {-7} if nuisance else set()
        allowed |= {-8} if name == "sign_10_sexual" else set()
        allowed |= {-9} if name in INFIDELITY_ITEMS else set()
        assert set(answers[name].dropna()) <= allowed
    if not nuisance:
        assert answers[list(PRESENTED)].notna().all(axis=None)

    first = answers[answers["wave"] == 1]
    assert len(first) == 2 * n_couples + n_alone
    assert set(answers.loc[answers["wave"] == 2, "respondent_id"]) <= set(first["respondent_id"])
    couples = answers[answers["dyad_id"].notna()]
    assert not couples.duplicated(["dyad_id", "partner_role", "wave"]).any()
    assert set(couples["partner_role"]) <= {"A", "B"}
    assert (couples[couples["wave"] == 1].groupby("dyad_id").size() == 2).all()
    shared = ["group", "rel_status", "rel_length_months", "rel_children", "role_is_arbitrary"]
    assert (couples.groupby(["dyad_id", "wave"])[shared].nunique().le(1)).all(axis=None)
    arms = couples[couples["wave"] == 1].groupby("dyad_id")["group"].first().value_counts()
    assert abs(arms.get("program", 0) - arms.get("waitlist", 0)) <= 2
    alone = answers[answers["dyad_id"].isna()]
    assert (alone["group"] == "none").all()
    assert (alone["wave"] == 1).all()
    assert alone[["partner_role", "role_label", "role_is_arbitrary"]].isna().all(axis=None)
    assert (answers["rel_length_months"] <= 12 * answers["demo_age"]).all()
    assert answers["demo_age"].between(18, 110).all()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"seed": -1}, "seed"),
        ({"n_couples": 2.5}, "n_couples"),
        ({"n_couples": 3, "n_same_gender": 4}, "n_same_gender"),
        ({"n_couples": 0, "n_alone": 0}, "at least one"),
        ({"careless": 1.5}, "careless"),
    ],
)
def test_impossible_numbers_are_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        simulate(**wrong)
