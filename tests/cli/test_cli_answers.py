"""What the commands on exports print: tables, CSV, JSON, files, and codes for several exports."""

import csv
import io
import json
import re
import sys

import pandas as pd
import pytest

import detachment as dt
from detachment.cli._tables import _cuts, listing, render

COLUMNS = {
    "reliability": (
        "scale, n_items, n, missing, alpha, alpha_low, alpha_high, alpha_ci, alpha_standardized, "
        "omega_total, omega_total_low, omega_total_high, omega_hierarchical, lambda_2, lambda_6, "
        "glb, split_half, mean_interitem_r, sem, method, reversed, reason"
    ),
    "items": (
        "scale, item, keyed, n, mean, sd, skew, kurtosis, floor, ceiling, missing, item_rest_r, "
        "alpha_if_dropped"
    ),
    "correlate": (
        "row, column, n, r, r_low, r_high, p, p_adjusted, adjust, family, method, expected_sign, "
        "disattenuated, reason"
    ),
    "irt": (
        "scale, item, keyed, n, categories, model, slope, slope_se, slope_low, slope_high, "
        "location, location_se, reason"
    ),
    "validate": "row, column, value, rule, message, severity",
}
ENVELOPE = ["command", "detachment", "instrument", "source", "n", "warnings", "table"]


@pytest.fixture(scope="module")
def export(root, tmp_path_factory):
    """The first 160 people of the sample, at wave 1."""
    lines = (root / "data/sample/couples_long.csv").read_text(encoding="utf-8").splitlines()
    first = [line for line in lines[1:] if line.split(",")[1] == "1"][:160]
    path = tmp_path_factory.mktemp("data") / "couples.csv"
    path.write_text("\n".join([lines[0], *first]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def heard():
    """What was said before: a question has one answer."""
    return {}


@pytest.fixture
def as_json(export, detachment, heard):
    """Ask a command for everything, once for all tests."""

    def ask(command):
        if command not in heard:
            heard[command] = detachment(command, export, "--json")
        return heard[command]

    return ask


def strict_json(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("command", list(COLUMNS))
def test_json_is_one_object_with_the_fixed_keys(command, as_json):
    ran = as_json(command)
    assert ran.code == 0, ran.err
    assert ran.out.count("\n") == 1
    found = strict_json(ran.out)
    assert [key for key in found if key in ENVELOPE] == ENVELOPE
    assert found["command"] == command
    assert found["instrument"]["id"] == "detachment"
    assert set(found["source"]) == {"file", "sha256", "platform"}
    assert found["source"]["file"] == "couples.csv"
    assert found["n"]["rows"] == 160
    assert 150 < found["n"]["analysed"] <= 160
    wanted = COLUMNS[command].split(", ")
    for row in found["table"]:
        assert [key for key in row if key != "reason" or "reason" in wanted] == wanted


@pytest.mark.parametrize("command", ["reliability", "items", "correlate"])
@pytest.mark.filterwarnings("ignore:Feldt's interval of alpha")
@pytest.mark.filterwarnings("ignore:.* skewed answers of fewer than 100")
def test_json_and_python_give_the_same_numbers(command, export, as_json):
    survey = dt.read_survey(export)
    frame = getattr(dt, command)(survey).to_frame()
    table = strict_json(as_json(command).out)["table"]
    assert len(table) == len(frame)
    for row, (_, expected) in zip(table, frame.iterrows(), strict=True):
        for name, value in expected.items():
            if isinstance(row[name], float):
                assert row[name] == value
            elif row[name] is None:
                assert pd.isna(value)


def test_a_missing_number_has_a_reason(as_json):
    found = strict_json(as_json("reliability").out)
    without = [row for row in found["table"] if row["alpha"] is None]
    assert {row["scale"] for row in without} >= {"strategies_index", "cause_attach_avoid"}
    assert all(row["reason"] for row in without)


def test_a_missing_score_has_a_reason(export, detachment):
    table = strict_json(detachment("scores", export, "--json").out)["table"]
    without = [row for row in table if row["signs_total_signs_present"] is None]
    assert without
    assert all("not every item was answered" in row["reason"] for row in without)
    short = [row for row in table if row["signs_total"] is None]
    assert all("too few of the items were answered (12 of 15 " in row["reason"] for row in short)


def test_a_missing_item_statistic_has_its_own_reason(as_json):
    table = strict_json(as_json("items").out)["table"]
    reasons = [row["reason"] for row in table if "reason" in row]
    assert any("alpha_if_dropped: the items of a formative index" in why for why in reasons)
    assert not any("not defined" in why for why in reasons)


@pytest.fixture
def guessed(export, tmp_path):
    """The export with a doubtful letter, a name, and a column that nobody declared."""
    lines = export.read_text(encoding="utf-8").splitlines()
    more = ["RecipientLastName,Colour", *["M\u00fcller,blau"] * (len(lines) - 1)]
    path = tmp_path / "latin.csv"
    text = "\n".join(f"{line},{extra}" for line, extra in zip(lines, more, strict=True))
    path.write_bytes(text.encode("cp1252"))
    return path


@pytest.mark.parametrize("command", [*COLUMNS, "scores", "figures", "report"])
def test_what_the_reader_guessed_is_said_by_every_command(
    command, guessed, short_instrument, detachment, tmp_path
):
    writing = command in ("figures", "report")
    options = ["--out", tmp_path / "out", "--instrument", short_instrument] if writing else []
    ran = detachment(command, guessed, "--json", *options)
    assert ran.code == 0, ran.err
    (said,) = dt.read_export(guessed).warnings
    assert any(said in line for line in ran.err.splitlines() if line.startswith("warning: "))
    assert said in strict_json(ran.out)["warnings"]


def test_validate_says_which_columns_stayed_behind(guessed, detachment):
    text, found = detachment("validate", guessed).out, detachment("validate", guessed, "--json").out
    personal, undeclared = strict_json(found)["notes"]
    assert "1 column (RecipientLastName)" in personal
    assert "1 column (Colour)" in undeclared
    assert f"Note. {personal}" in text
    assert f"Note. {undeclared}" in text
    assert "ller" not in text + found


def test_n_counts_records_received_and_people_analysed(sample_dir, detachment):
    path = sample_dir / "couples_qualtrics.csv"
    n = {c: strict_json(detachment(c, path, "--json").out)["n"] for c in ("validate", "items")}
    survey = dt.read_survey(path)
    assert n["validate"] == {"rows": 2320, "analysed": len(survey.responses)}
    assert n["items"] == {"rows": 2320, "analysed": dt.items(survey).n["analysed"]}


def test_validate_json_has_the_ledger_and_the_flags(as_json):
    found = strict_json(as_json("validate").out)
    assert found["ledger"][0]["rule"] == "received"
    assert {"row", "flag"} <= set(found["flags"][0])


def test_inspect_json_is_flat(export, detachment):
    found = strict_json(detachment("inspect", export, "--json").out)
    wanted = (
        "container, encoding, bom, delimiter, platform, rule, header_rows, columns, records, "
        "identifying_columns, warnings"
    )
    assert set(wanted.split(", ")) <= set(found)
    assert (found["command"], found["detachment"]) == ("inspect", dt.__version__)
    assert (found["records"], found["delimiter"]) == (160, ",")


def test_scores_are_csv(export, detachment):
    ran = detachment("scores", export, "--scale", "signs_total")
    assert ran.code == 0, ran.err
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    expected = dt.score(dt.read_survey(export), scales=["signs_total"])
    assert [float(row["signs_total"]) for row in rows] == expected["signs_total"].tolist()


def test_a_selection_of_scales(export, detachment):
    ran = detachment(
        "reliability", export, "--json", "--scale", "signs_total", "--scale", "eff_satisfaction"
    )
    scales = [row["scale"] for row in strict_json(ran.out)["table"]]
    assert scales == ["signs_total", "eff_satisfaction"]


def test_an_unknown_scale_names_the_nearest(export, detachment):
    ran = detachment("reliability", export, "--scale", "sings_total")
    assert (ran.code, ran.out) == (2, "")
    assert "signs_total" in ran.err


def test_the_seed_decides_the_bootstrap(export, detachment):
    def ask(seed):
        options = ["--scale", "signs_total", "--boot", "30", "--seed", seed]
        return detachment("reliability", export, "--json", *options).out

    assert ask(3) == ask(3)
    assert ask(3) != ask(4)


def test_out_writes_a_file_and_prints_nothing(export, as_json, detachment, tmp_path):
    printed = as_json("items").out
    to_json = detachment("items", export, "--out", tmp_path / "new" / "items.json")
    to_csv = detachment("items", export, "--out", tmp_path / "items.csv")
    assert (to_json.code, to_json.out, to_csv.code, to_csv.out) == (0, "", 0, "")
    assert (tmp_path / "new" / "items.json").read_text(encoding="utf-8") == printed
    assert "wrote" in to_csv.err
    frame = pd.read_csv(tmp_path / "items.csv")
    assert list(frame.columns) == COLUMNS["items"].split(", ")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["items.csv", "new"]


def test_out_never_falls_on_the_export(export, detachment, tmp_path):
    copy = tmp_path / "in.csv"
    copy.write_bytes(export.read_bytes())
    for command, out in [("items", copy), ("report", tmp_path), ("figures", copy)]:
        ran = detachment(command, copy, "--out", out)
        assert ran.code == 2
        assert "would overwrite the export" in ran.err
    assert copy.read_bytes() == export.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


def test_out_names_the_endings_that_it_knows(export, detachment, tmp_path):
    ran = detachment("items", export, "--out", tmp_path / "items.txt")
    assert ran.code == 2
    assert re.search(r"--out writes \.csv, \.json, .*\.docx.* or \.\w+ here", ran.err)


@pytest.fixture
def three(export, tmp_path):
    """Two exports and a file that is none."""
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    for path in (paths[0], paths[2]):
        path.write_bytes(export.read_bytes())
    paths[1].write_bytes(b"")
    return paths


def test_one_bad_export_never_stops_the_rest(three, detachment):
    ran = detachment("items", *three, "--json", "--scale", "signs_total")
    assert ran.code == 4
    assert [strict_json(line)["source"]["file"] for line in ran.out.splitlines()] == [
        "a.csv",
        "c.csv",
    ]
    assert f"{three[1]}: " in ran.err
    assert "1 of 3 exports failed" in ran.err


def test_several_exports_go_to_files_of_their_names(three, detachment, tmp_path):
    ran = detachment("items", *three, "--out", tmp_path / "out")
    assert ran.code == 4
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.csv", "c.csv"]


def test_two_exports_of_one_name_are_refused_before_anything_is_written(
    three, detachment, tmp_path
):
    ran = detachment("items", three[0], three[0], "--out", tmp_path / "out")
    assert ran.code == 2
    assert "Two exports would be written to" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_missing_file_among_several_is_one_of_the_failures(three, detachment, tmp_path):
    ran = detachment("items", three[0], tmp_path / "d.csv", "--json", "--scale", "signs_total")
    assert ran.code == 4
    assert len(ran.out.splitlines()) == 1


def test_people_read_a_table_with_its_notes(export, detachment):
    ran = detachment("reliability", export, "--scale", "signs_total")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].startswith("Scale")
    assert lines[1].startswith("signs_total")
    assert any(line.startswith("Note.") for line in lines)
    assert all(line == line.rstrip() for line in lines)
    assert "\x1b" not in ran.out


def test_on_a_terminal_a_wide_table_is_cut_by_columns(monkeypatch, capsys):
    records = [{f"column {i}": "x" * 9 for i in range(12)} for _ in range(70)]
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    text = re.sub(r"\x1b\[[0-9;]*m", "", render([listing(records, title="Wide")]))
    assert max(map(len, text.splitlines())) <= 60
    assert all(f"column {i}" in text for i in range(12))
    assert text.count("column 0") > 1
    assert "10 more rows" in text


def test_cuts_repeat_what_names_a_row_and_lose_nothing():
    assert list(_cuts([10, 10, 10, 10], 1, 40)) == [[0, 1, 2, 3]]
    assert list(_cuts([10, 10, 10, 10], 1, 30)) == [[0, 1, 2], [0, 3]]
    assert list(_cuts([10, 10, 10, 10], 2, 30)) == [[0, 1, 2], [0, 1, 3]]
    assert list(_cuts([50, 50, 50], 1, 30)) == [[0, 1], [0, 2]]


def test_further_coefficients_stand_beside_the_table(export, detachment):
    words = ["--scale", "effects", "--coefficient", "lambda_4", "--coefficient", "omega_green_yang"]
    ran = detachment("reliability", export, *words, "--interval", "bonett", "--json")
    assert ran.code == 0
    said = strict_json(ran.out)
    assert {row["alpha_ci"] for row in said["table"]} <= {"bonett", None}
    names = [row["coefficient"] for row in said["coefficients"]]
    assert names == ["lambda_4", "omega_green_yang"] * len(said["table"])
    for row in said["coefficients"]:
        assert row["estimate"] is not None or row["reason"]
        assert row["low"] is not None or row["reason"]
    ran = detachment("reliability", export, "--scale", "signs_total", "--method", "polychoric",
                     "--factors", "2")  # fmt: skip
    assert ran.code == 0
    assert "Green–Yang" in ran.out
    assert "transformation of 2 factors" in ran.out


def test_an_interval_that_needs_no_normal_answers(root, detachment):
    export = root / "data/sample/couples_long.csv"
    words = ("correlate", export, "--rows", "items:signs_total", "--columns", "effects", "--json")
    fisher, robust = (
        strict_json(detachment(*words, "--interval", kind).out) for kind in ("fisher", "robust")
    )
    assert robust == strict_json(detachment(*words).out)  # there are dyads
    (text,) = fisher["warnings"]
    assert "too narrow in 2 of 75 pairs" in text
    assert robust["warnings"] == []
    for one, other in zip(fisher["table"], robust["table"], strict=True):
        assert one["r"] == other["r"]
        assert one["r_low"] != other["r_low"] < one["r"] < other["r_high"]
    ran = detachment(*words, "--interval", "robust", "--method", "biweight")
    assert ran.code == 2
    assert "interval robust is for pearson, spearman, and kendall" in ran.err
