"""A report is computed again: what was touched is named, and what cannot be proven is said."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from detachment import exclude, from_frame, read_survey, report, verify
from detachment.errors import Refusal, UsageError
from detachment.reports import _manifest
from detachment.reports._moves import moves, same
from detachment.reports._publish import sha256

ITEMS = [f"s{k}" for k in range(1, 5)]
INSTRUMENT = {
    "schema_version": 1,
    "instrument": {"id": "tiny", "version": "1.0.0", "title": "Tiny"},
    "response_scales": {"agree": {"values": [1, 2, 3, 4, 5]}},
    "columns": {"id": {"role": "respondent_id", "required": True}},
    "items": [{"id": item, "scale": "agree"} for item in ITEMS],
    "scales": {
        "signs": {"label": "Signs", "role": "sign", "items": ITEMS},
        "half": {"label": "Half", "role": "sign", "items": ITEMS[:2], "parent": "signs"},
    },
}
pytestmark = pytest.mark.filterwarnings("ignore::detachment.errors.DetachmentWarning")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report made with options that matter, beside its export and its instrument."""
    folder = tmp_path_factory.mktemp("verify")
    rng = np.random.default_rng(5)
    answers = np.clip(np.rint(3 + rng.normal(size=(40, 1)) + rng.normal(size=(40, 4))), 1, 5)
    frame = pd.DataFrame(answers.astype(int), columns=ITEMS).astype(str)
    frame.loc[3, "s1"] = "77"
    frame.insert(0, "id", [f"R{k}" for k in range(40)])
    frame.to_csv(folder / "data.csv", index=False)
    text = yaml.safe_dump(INSTRUMENT, sort_keys=False)
    (folder / "tiny.yaml").write_text(text, encoding="utf-8")
    survey = read_survey(
        folder / "data.csv", instrument=folder / "tiny.yaml", missing_codes={"77": "refused"}
    )
    survey = exclude(survey, rules=["duplicate_answers"])
    report(survey, folder / "report", rng=3, command="detachment report here")
    return folder


@pytest.fixture
def copy(place: Path, tmp_path: Path) -> Path:
    for name in ("data.csv", "tiny.yaml"):
        shutil.copy(place / name, tmp_path / name)
    return Path(shutil.copytree(place / "report", tmp_path / "report"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def forge(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a manifest so that its hashes and its seal hold."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text("utf-8"))
    for name, of in content["outputs"].items():
        of["sha256"] = sha256((folder / name).read_bytes())
    change(content)
    content["seal"] = _manifest.seal(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_figures_in_pixels_are_made_again_where_they_were_asked_for(
    place: Path, tmp_path: Path
) -> None:
    survey = read_survey(place / "data.csv", instrument=place / "tiny.yaml")
    out = tmp_path / "pixels"
    made = report(survey, out, formats=("html", "png"), allow_problems=True)
    png = next(name for name in made.files if name.endswith(".png"))
    asked = {"export": place / "data.csv", "instrument": place / "tiny.yaml"}
    assert verify(out, **asked).status == "verified"
    (out / png).unlink()
    found = verify(out, **asked)
    assert (found.status, found.missing) == ("moved", (png,))


def test_a_report_is_verified_from_its_data_alone(copy: Path) -> None:
    content = json.loads((copy / "manifest.json").read_text("utf-8"))
    assert content["call"]["read"]["missing_codes"] == {"77": "refused"}
    assert content["call"]["exclude"] == [["duplicate_answers"]]
    assert content["call"]["report"]["rng"] == 3
    found = verify(copy)
    assert (found.status, found.moves) == ("verified", ()), found.explain()
    assert found.cells > 100
    assert found.tables == len(list((copy / "tables").iterdir()))
    assert repr(found) == "Verification('report': verified)"
    assert "not that the file holds what people answered" in found.explain()


def test_a_forged_cell_is_named_though_every_hash_was_forged_with_it(copy: Path) -> None:
    table = pd.read_csv(copy / "tables" / "reliability.csv", dtype=str, keep_default_na=False)
    true = float(table.loc[1, "alpha"])
    edit(copy / "tables" / "reliability.csv", table.loc[1, "alpha"], "0.99")
    forge(copy, lambda content: content["n"].update(analysed=41))
    found = verify(copy)
    assert (found.status, found.changed, found.sealed) == ("moved", (), True)
    first, second = found.moves
    assert (first.file, first.row) == ("tables/reliability.csv", "scale = half")
    assert first.column == "alpha"
    assert first.was == "0.99"
    assert float(first.now) == true
    assert first.by == pytest.approx(true - 0.99)
    assert (second.file, second.column) == ("manifest.json", "n.analysed")
    assert "So did 1 other value." in found.explain()
    assert found.to_frame()["column"].tolist() == ["alpha", "n.analysed"]
    assert "<td>scale = half</td>" in found._repr_html_()
    assert verify(copy, tolerance=2.0).status == "verified"


def test_touched_files_are_named_also_without_the_data(
    copy: Path, tmp_path: Path, detachment
) -> None:
    (tmp_path / "data.csv").unlink()
    ran = detachment("verify", copy)
    assert ran.code == 3
    assert "the export data.csv is not beside the report" in ran.out
    edit(copy / "index.html", "Tiny", "Tidy")
    (copy / "tables" / "more.csv").write_text("x", encoding="utf-8")
    (copy / "tables" / "items.csv").unlink()
    edit(copy / "manifest.json", '"seed": 3', '"seed": 4')
    ran = detachment("verify", copy / "index.html", "--json")
    found = json.loads(ran.out)
    assert ran.code == 1
    assert (found["changed"], found["missing"]) == (["index.html"], ["tables/items.csv"])
    assert (found["added"], found["sealed"]) == (["tables/more.csv"], False)


def test_other_versions_are_named_and_their_pages_do_not_count(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def older(content: dict[str, Any]) -> None:
        content["versions"]["numpy"] = "1.0"

    page = copy / "index.html"
    page.write_text(page.read_text("utf-8") + "\n<!-- drawn otherwise -->", encoding="utf-8")
    forge(copy, older)
    found = verify(copy)
    assert found.status == "verified"
    assert found.versions == {"numpy": ("1.0", _manifest.versions()["numpy"])}
    assert {move.file for move in found.moves} == {"index.html"}
    assert "numpy 1.0 then" in found.explain()
    assert "the tables are proven, those are not" in found.explain()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c["call"]["report"].update(magic=1), "options that are not known here"),
        (lambda c: c.pop("call"), "lacks what the call needs"),
        (lambda c: c["input"].update(file="../data.csv", sha256="0"), "is not the one from which"),
        (lambda c: c["instrument"].update(sha256="0"), "the instrument tiny 1.0.0 is neither"),
        (lambda c: c["call"]["read"].update(codebook=["b.csv"]), "the code book b.csv is not"),
    ],
)
def test_a_manifest_that_asks_for_what_is_not_there(copy: Path, change, reason: str) -> None:
    forge(copy, change)
    found = verify(copy)
    assert found.status == "unverifiable"
    assert reason in found.reason


def test_what_is_no_report(tmp_path: Path, copy: Path) -> None:
    with pytest.raises(UsageError, match="There is no report in"):
        verify(tmp_path)
    forge(copy, lambda content: content.update(manifest_version=1))
    with pytest.raises(Refusal, match="another version of detachment"):
        verify(copy)
    (copy / "manifest.json").write_text('{"made_by": ', encoding="utf-8")
    with pytest.raises(Refusal, match="cannot be read as the manifest"):
        verify(copy)


def test_a_table_in_memory_has_no_file_to_read_again() -> None:
    from detachment.reports._sources import Unverifiable, read_again

    survey = from_frame(pd.DataFrame({"a": [1, 2, 3], "b": [2, 3, 1]}), values=(1, 3))
    call = _manifest.call_of(survey)
    content = {"call": call, "input": {"sha256": None}}
    with pytest.raises(Unverifiable, match="a table in memory"):
        read_again(content, [], export=None, instrument=None)


def test_the_code_has_one_fingerprint() -> None:
    assert _manifest.code_sha256() == _manifest.code_sha256.__wrapped__()
    assert len(_manifest.code_sha256()) == 64


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1)), min_size=1, max_size=6))
def test_a_table_is_what_it_is_and_one_other_number_is_found(rows) -> None:
    text = "".join(f"{key},{value!r}\n" for key, value in rows)
    table = f"key,value\n{text}".encode()
    assert moves("t.csv", table, table, tolerance=0.0) == ([], 2 * len(rows))
    other = f"key,value\n{text.rstrip()}1\n".encode()
    (move,), _ = moves("t.csv", table, other, tolerance=0.0)
    assert (move.column, move.was) == ("value", repr(rows[-1][1]))
    assert same(move.was, move.now, 1.0) or abs(move.by or 0) > 1


def test_rows_that_came_and_went_are_named() -> None:
    was, now = b"key,r\na,1\nb,2\n", b"key,r\nb,2\nc,3\n"
    found, _ = moves("t.csv", was, now, tolerance=0.0)
    assert [(one.row, one.was) for one in found] == [
        ("key = a", "this row"), ("key = c", "no such row"),
    ]  # fmt: skip
    (heading,), _ = moves("t.csv", b"key,r\na,1\n", b"key,s\na,1\n", tolerance=0.0)
    assert (heading.was, heading.now) == ("key, r", "key, s")


def test_a_survey_that_was_cut_by_hand_does_not_verify(place: Path, tmp_path: Path) -> None:
    whole = read_survey(place / "data.csv", instrument=place / "tiny.yaml")
    fewer = replace(whole, responses=whole.responses.head(30), missing=whole.missing.head(30))
    report(fewer, tmp_path / "cut", allow_problems=True)
    found = verify(tmp_path / "cut", export=place, instrument=place / "tiny.yaml")
    assert found.status == "moved"
    assert found.first is not None
