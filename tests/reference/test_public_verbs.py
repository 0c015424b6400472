"""The public verbs against statistics that R computed on outside data (families 01 and 04).

Rule of the reference: ``|got - expected| <= tol * max(1, |expected|)``. Where packages differ by
convention, the reference itself says which choices must not be punished; the wider tolerance for
them is named below.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detachment import correlate, items, read_survey, reliability
from detachment.errors import DetachmentWarning

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "reference"
# psych standardises the pairwise covariance matrix, others the pairwise correlations.
STANDARDIZED_PAIRWISE = 2e-3


def cases(family, prefix):
    """Graded cases of a family, or one skipped parameter with its reason."""
    path = FOLDER / "expected" / f"{family}.json"
    if not path.is_file():
        skip = pytest.mark.skip(reason="the outside reference files (../shared) are not here")
        return [pytest.param(None, marks=skip, id="absent")]
    found = json.loads(path.read_text(encoding="utf-8"))["cases"]
    chosen = [c for c in found if c["id"].startswith(prefix) and c["graded"]]
    assert chosen, f"no case {prefix}* in {path.name}"
    return [pytest.param(c, id=c["id"]) for c in chosen]


def close(got, expected, tol):
    """Compare element by element under the reference's rule."""
    got, expected = np.asarray(got, float), np.asarray(expected, float)
    assert got.shape == expected.shape
    bound = tol * np.maximum(1, np.abs(expected))
    assert (np.abs(got - expected) <= bound).all(), np.abs(got - expected).max()


def answers(case):
    """The table of a case, and its options for the verbs."""
    frame = pd.read_csv(FOLDER / case["data"])
    for column, wanted in (case.get("filter") or {}).items():
        frame = frame[frame[column].isin(np.atleast_1d(wanted))]
    options = {"reverse": case.get("reverse") or []}
    if case.get("scale"):
        options["values"] = case["scale"]
    return frame[case["items"]].reset_index(drop=True), options


def quietly(verb, *args, **options):
    """Call a verb on data whose doubts are known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        return verb(*args, **options)


@pytest.mark.parametrize("case", cases("01_alpha_items", "alpha."))
def test_alpha_and_items(case):
    frame, options = answers(case)
    values, tol = case["values"], case["tol"]
    got = quietly(reliability, frame, missing=case["missing"], **options).to_frame().iloc[0]
    close(got["alpha"], values["raw_alpha"], tol)
    complete = values["n"] == values["n_complete"]
    loose = tol if complete else STANDARDIZED_PAIRWISE
    close(got["alpha_standardized"], values["std_alpha"], loose)
    close(got["mean_interitem_r"], values["average_r"], loose)
    close(got["lambda_6"], values["G6_smc"], loose)
    if complete:  # under pairwise deletion psych counts every row; the smaller effective n is ours
        close(got[["alpha_low", "alpha_high"]], values["ci95_feldt"], tol)
    else:
        low, high = values["ci95_feldt"]
        assert got["alpha_low"] <= low
        assert got["alpha_high"] >= high
        close(got[["alpha_low", "alpha_high"]], values["ci95_feldt"], 5e-3)

    table = quietly(items, frame, missing=case["missing"], **options).to_frame()
    stats, dropped = values["item_stats"], values["alpha_drop"]
    assert table["item"].tolist() == stats["item"]
    close(table["n"], stats["n"], 0)
    close(table["mean"], stats["mean"], tol)
    close(table["sd"], stats["sd"], tol)
    close(table["item_rest_r"], stats["r_drop"], tol)
    close(table["alpha_if_dropped"], dropped["raw_alpha"], tol)


@pytest.mark.parametrize("case", cases("01_alpha_items", "alpha_boot."))
def test_bootstrap_interval(case):
    frame, options = answers(case)
    result = quietly(reliability, frame, missing=case["missing"], n_boot=5000, **options)
    got = result.to_frame().iloc[0]
    low, high = case["values"]["ci95_percentile"]
    # BCa moves both ends a little against psych's percentile interval, most in small samples.
    share = case["tol_interval_width"] if len(frame) > 100 else 0.15
    assert abs(got["alpha_low"] - low) <= share * (high - low)
    assert abs(got["alpha_high"] - high) <= share * (high - low)


@pytest.mark.parametrize("case", cases("01_alpha_items", "alpha_trap.observed_range"))
def test_reversal_uses_the_declared_range_not_the_observed(case):
    text = case["data"].split(":")[1].split(" on a")[0].split()
    columns = {part[0]: [int(v) for v in part[2:].split(",")] for part in text}
    options = {"reverse": ["c"], "values": (1, 5)}
    frame = pd.DataFrame(columns)
    got = quietly(reliability, frame, **options).to_frame().iloc[0]
    close(got["alpha"], case["values"]["raw_alpha"], case["tol"])
    means = quietly(items, frame, **options).to_frame().set_index("item")["mean"]
    close(means["c"], case["values"]["theoretical_item_mean_c"], case["tol"])
    close(means.mean(), case["values"]["theoretical_scale_mean"], case["tol"])


@pytest.mark.parametrize("dataset", ["sim_signs", "attitude"])
def test_descriptives(dataset):
    # The verb gives skew and kurtosis of type 3, as psych does; the kernels know all three types.
    (parameter,) = cases("01_alpha_items", f"describe.{dataset}.type3")
    if parameter.values[0] is None:
        pytest.skip("the outside reference files (../shared) are not here")
    case = parameter.values[0]
    frame, _ = answers(case)
    got = quietly(items, frame).to_frame()
    for column in ("n", "mean", "sd", "skew", "kurtosis"):
        close(got[column], case["values"][column], case["tol"])


@pytest.mark.parametrize("case", cases("04_correlations", "corr.signs_x_effects."))
def test_block_of_signs_and_effects(case):
    frame, options = answers(case)
    method = case["id"].split(".")[2]
    rows = [c for c in frame if c.startswith("sign")]
    columns = [c for c in frame if c.startswith("effect")]
    missing = "listwise" if case["missing"] == "complete" else "pairwise"
    tables = {
        adjust: quietly(
            correlate, frame, rows=rows, columns=columns, method=method, missing=missing,
            adjust=adjust, **options,
        ).to_frame()
        for adjust in ("holm", "bh")
    }  # fmt: skip
    values, tol = case["values"], case["tol"]
    shape = (len(rows), len(columns))
    matrix = {
        key: np.array(values[key]["data"], float) for key in ("r", "n", "p", "p_holm", "p_bh")
    }
    for adjust, table in tables.items():
        close(table["r"].to_numpy().reshape(shape), matrix["r"], tol)
        close(table["n"].to_numpy().reshape(shape), np.broadcast_to(matrix["n"], shape), 0)
        if method == "kendall":  # psych uses a t approximation; base R's test is checked below
            continue
        close(table["p"].to_numpy().reshape(shape), matrix["p"], tol)
        close(table["p_adjusted"].to_numpy().reshape(shape), matrix[f"p_{adjust}"], tol)
    if method == "pearson":  # for ranks the Bonett-Wright and Fieller intervals are ours
        table = tables["holm"].sort_values(["column", "row"], kind="stable")
        close(table["r_low"], values["ci"]["lower"], tol)
        close(table["r_high"], values["ci"]["upper"], tol)


@pytest.mark.parametrize("case", cases("04_correlations", "corr.attitude."))
def test_square_block_counts_every_pair_once(case):
    frame, options = answers(case)
    method = case["id"].split(".")[2]
    names = list(frame)
    values, tol = case["values"], case["tol"]
    pairs = [(x, y) for i, x in enumerate(names) for y in names[i + 1 :]]
    for adjust in ("holm", "bh"):
        table = quietly(
            correlate, frame, rows=names, columns=names, method=method, adjust=adjust, **options
        ).to_frame()
        assert len(table) == len(pairs)
        either = {
            (a, b): k for k, (a, b) in enumerate(zip(table["row"], table["column"], strict=True))
        }
        order = [either.get((x, y), either.get((y, x))) for x, y in pairs]
        table = table.iloc[order]
        r = np.array(values["r"]["data"], float)
        close(table["r"], [r[names.index(x), names.index(y)] for x, y in pairs], tol)
        if method != "kendall":
            close(table["p_adjusted"], values[f"p_{adjust}_lower_tri"], tol)


@pytest.mark.parametrize("case", cases("04_correlations", "disattenuated.sim"))
def test_disattenuated_from_an_instrument_file(case, tmp_path):
    signs = [f"sign_{i:02d}" for i in range(1, 16)]
    effects = [f"effect_{i}" for i in range(1, 6)]
    facets = {"withdrawal": signs[:5], "numbing": signs[5:10], "distancing": signs[10:]}
    scales = {
        name: {"label": name, "items": used, "score": "mean", "min_valid": 0.01}
        for name, used in {**facets, "effects": effects}.items()
    }
    reversed_items = ("sign_04", "sign_08", "sign_12")
    instrument = {
        "schema_version": 1,
        "instrument": {
            "id": "sim", "version": "1.0.0", "title": "Sim", "language": "en", "licence": "CC0-1.0",
        },
        "response_scales": {"likert5": {"type": "ordinal", "values": [1, 2, 3, 4, 5]}},
        "items": [
            {"id": i, "scale": "likert5", "keyed": -1 if i in reversed_items else 1}
            for i in (*signs, *effects)
        ],
        "scales": scales,
    }  # fmt: skip
    path = tmp_path / "sim.yaml"
    path.write_text(json.dumps(instrument), encoding="utf-8")
    survey = quietly(read_survey, FOLDER / case["data"], instrument=path)
    names = list(scales)
    table = quietly(correlate, survey, rows=names, columns=names).to_frame()
    raw = np.array(case["values"]["raw_r"]["data"], float)
    corrected = np.array(case["values"]["corrected"]["data"], float)
    for _, row in table.iterrows():
        i, j = sorted((names.index(row["row"]), names.index(row["column"])))
        close(row["r"], raw[i, j], case["tol"])
        close(row["disattenuated"], corrected[i, j], case["tol"])
    assert len(table) == 6


@pytest.mark.parametrize("case", cases("04_correlations", "rank_tests."))
def test_rank_tests(case):
    pairs = pd.DataFrame(case["values"]["pairs"])
    if "y" not in pairs:
        pairs["y"] = "effect_1"
    frame = pd.read_csv(FOLDER / case["data"])
    options = {}
    if case.get("scale"):
        options = {"reverse": case["reverse"], "values": case["scale"]}
    used = list(dict.fromkeys([*pairs["x"], *pairs["y"]]))
    for method, r, p in (("kendall", "tau_b", "tau_p"), ("spearman", "rho", "rho_p")):
        for (x, y), expected in pairs.set_index(["x", "y"]).iterrows():
            got = quietly(
                correlate, frame[used], rows=[x], columns=[y], method=method, **options
            ).to_frame().iloc[0]  # fmt: skip
            close(got["r"], expected[r], case["tol"])
            close(got["p"], expected[p], case["tol"])


# ------------------------------------------------- partial, weighted, within and between, by verb


def scored(case):
    """The simulated signs with three reversed, the scores of the subscales, and who is male."""
    frame = pd.read_csv(FOLDER / case["data"])
    signs = [f"sign_{i:02d}" for i in range(1, 16)]
    for item in ("sign_04", "sign_08", "sign_12"):
        frame[item] = 6 - frame[item]
    parts = {"withdrawal": signs[:5], "numbing": signs[5:10], "distancing": signs[10:]}
    for name, items_of in parts.items():
        frame[name] = frame[items_of].mean(axis=1)
    frame["male"] = (frame["gender"] == "m").where(frame["gender"].notna()).astype(float)
    return frame


def square(table, column="r"):
    """Both halves of a table of all pairs: (row, column) -> number."""
    found = {}
    for _, row in table.iterrows():
        found[row["row"], row["column"]] = found[row["column"], row["row"]] = row[column]
    return found


def check_pairs(table, matrix, tol, column="r"):
    """Every pair of a table against a matrix of R."""
    got = square(table, column)
    names = [name.split(".")[0] for name in matrix["rows"]]
    expected = np.array(matrix["data"], float)
    pairs = [(a, b) for a in names for b in names if a != b]
    assert len(got) == len(pairs)
    close(
        [got[pair] for pair in pairs],
        [expected[names.index(a), names.index(b)] for a, b in pairs],
        tol,
    )


@pytest.mark.parametrize("case", cases("04_correlations", "partial.sim"))
def test_partial_correlations(case):
    names = case["values"]["partial_age_male"]["rows"]
    frame = scored(case)
    complete = case["missing"] == "complete"
    asked = {"rows": names, "columns": names, "missing": "listwise" if complete else "pairwise"}
    frame = frame[[*names, "age", "male"]]
    got = quietly(correlate, frame, controls=["age", "male"], **asked).table
    check_pairs(got, case["values"]["partial_age_male"], case["tol"])
    everyone = frame.dropna() if complete else frame
    check_pairs(
        quietly(correlate, everyone, rows=names, columns=names).table,
        case["values"]["score_r"],
        case["tol"],
    )
    if complete:  # psych counts every row for p, whatever is missing
        assert set(got["n"]) == {case["values"]["n"]}
        check_pairs(got, case["values"]["p"], case["tol"], "p")
        rest = [name for name in names if name not in ("withdrawal", "effect_1")]
        one = quietly(
            correlate, everyone, rows="withdrawal", columns="effect_1", controls=rest
        ).table["r"]
        full = case["values"]["full_partial_all_others"]
        i, j = names.index("withdrawal"), names.index("effect_1")
        close(one, [full["data"][i][j]], case["tol"])


@pytest.mark.parametrize("case", cases("04_correlations", "partial.attitude"))
def test_partial_and_semipartial_of_attitude(case):
    frame = pd.read_csv(FOLDER / case["data"])
    rest = [name for name in frame if name not in ("rating", "complaints")]
    expected = case["values"]
    for partial, key in (
        ("both", "rating_complaints_given_rest"),
        ("columns", "semipartial_rating_with_complaints_residualised"),
    ):
        got = quietly(
            correlate, frame, rows="rating", columns="complaints", controls=rest, partial=partial
        ).table.iloc[0]
        close(got["r"], expected[key], case["tol"])
        close(got["p"], expected["lm"]["p"]["complaints"], case["tol"])


@pytest.mark.parametrize("case", cases("04_correlations", "weighted.sim"))
def test_weighted_correlations(case):
    if "spearman" in case["id"]:
        pytest.skip("weighted ranks have several definitions, and the verb has none")
    frame, options = answers(case)
    frame["weight"] = pd.read_csv(FOLDER / case["data"])["weight"]
    rows = [c for c in frame if c.startswith("sign")]
    columns = [c for c in frame if c.startswith("effect")]
    missing = "pairwise" if "pairwise" in case["id"] else "listwise"
    result = quietly(
        correlate, frame, rows=rows, columns=columns, weight="weight", missing=missing, **options
    )
    r = case["values"]["r"]
    expected = np.array(r["data"], float)
    at = [[r["rows"].index(a) for a in rows], [r["cols"].index(b) for b in columns]]
    close(result.table["r"], expected[np.ix_(*at)].ravel(), case["tol"])
    if "kish_neff" in case["values"]:
        kish = f"{round(case['values']['kish_neff']):,} with equal weights (Kish)"
        assert any(kish in note for note in result.notes)


@pytest.mark.parametrize("case", cases("10_survey_weighted", "svy.sim_signs.strata"))
def test_correlations_of_a_survey_design(case):
    frame, options = answers(case)
    whole = pd.read_csv(FOLDER / case["data"])
    frame = frame.join(whole[["weight", "region", "site"]])
    design = {"weight": "weight", "strata": "region", "cluster": "site"}
    result = quietly(correlate, frame, missing="listwise", **design, **options)
    check_pairs(result.table, case["values"]["cor"], case["tol"])


@pytest.mark.parametrize("case", cases("04_correlations", "statsBy."))
def test_within_and_between_clusters(case):
    frame = scored(case)[[*case["items"], "site"]]
    asked = {"rows": case["items"], "columns": case["items"], "cluster": "site"}
    for level, key in (("within", "rwg"), ("between", "rbg")):
        result = quietly(correlate, frame, level=level, **asked)
        check_pairs(result.table, case["values"][key], case["tol"])
    icc = result.parts["icc"].set_index("variable")
    hand = case["values"]["anova_hand"]
    numbers = pd.DataFrame(hand["data"], index=hand["rows"], columns=hand["cols"])
    close(icc["icc"], numbers["icc1"], case["tol"])
    close(icc["reliability_of_means"], numbers["icc2"], case["tol"])
    assert set(icc["clusters"]) == {case["values"]["n_groups"]}


@pytest.mark.parametrize("case", cases("04_correlations", "cor_tests."))
def test_differences_between_independent_groups(case):
    """Two groups that have exactly the correlations of the case."""
    wanted = case["values"]["independent"]
    given = wanted["args"]
    made = []
    for group, (r, n) in {
        "a": (given["r12"], given["n"]), "b": (given["r34"], given["n2"]),
    }.items():  # fmt: skip
        z = np.random.default_rng(5).normal(size=(n, 2))
        z = np.linalg.qr(z - z.mean(axis=0))[0]
        pair = {"x": z[:, 0], "y": r * z[:, 0] + np.sqrt(1 - r**2) * z[:, 1]}
        made.append(pd.DataFrame(pair | {"group": group}))
    result = quietly(correlate, pd.concat(made), rows="x", columns="y", by="group")
    row = result.parts["differences"].iloc[0]
    close([row["statistic"], row["p"]], [wanted["z"], wanted["p"]], case["tol"])
