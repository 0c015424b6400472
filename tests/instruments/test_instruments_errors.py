"""A file that is wrong: one clear message for each slip, with the line that an editor shows."""

import copy
import pickle
from pathlib import Path

import pytest

from detachment.errors import InstrumentError, UsageError
from detachment.instruments import instrument_from_dict, read_instrument

SMALL = """\
schema_version: 1
instrument: {id: small, version: 1.0, title: Small}
response_scales:
  agree:
    values: [1, 2, 3, 4, 5]
    labels: [No, Rather no, Neither, Rather yes, Yes]
    aliases: {Yes: [yep], No: [nope]}
  quiz: {type: categorical, values: [1, 0, 9], labels: [True, False, Unsure], dont_know: 9}
  years: {type: numeric, min: 0, max: 99}
missing_codes: {-9: refused}
columns:
  person: {role: respondent_id, required: true}
  sex: {role: group, type: category, allowed: [1, 2], labels: {1: woman, 2: man}}
  age: {role: demographic, type: integer, min: 18, max: 99}
items:
  - {id: a1, scale: agree, block: main, text: Nothing is settled.}
  - {id: a2, scale: agree, block: main, keyed: -1, partner_text: They settle it.}
  - {id: a3, scale: agree, block: main}
  - {id: b1, scale: agree, role: balance, antonym_of: a1}
  - {id: c1, scale: agree, role: attention, pass_value: 2}
  - {id: q1, scale: quiz, answer: 1}
  - {id: q2, scale: quiz, answer: 0}
  - {id: y1, scale: years}
scales:
  total:
    label: All
    role: sign
    items: [a1, a2, a3]
    min_valid: 0.8
    signs_present_from: 4
    cutoffs: [{name: high, value: 4.5, direction: above, source: nobody}]
  facet: {role: sign, parent: total, model: reflective_2item, items: [a1, {id: a2, keyed: 1}]}
  test: {role: knowledge, model: dichotomous_test, items: [q1, q2], overlaps: [total, b1]}
  one: {role: effect, items: [a3], mask_when: {sex: [2]}}
correlate: {rows: [total, "items:total"], columns: effects}
quality:
  longstring: {blocks: [main], flag_from: 3}
  antonym_pairs: [[a1, a2]]
"""


def write(folder: Path, text: str, name: str = "small.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> InstrumentError:
    with pytest.raises(InstrumentError) as caught:
        read_instrument(path)
    return caught.value


def test_the_small_file_is_right(tmp_path: Path) -> None:
    instrument = read_instrument(write(tmp_path, SMALL))
    assert instrument.version == "1.0"
    assert instrument.missing_codes == {"-9": "refused"}
    assert instrument.columns["sex"].allowed == ("1", "2")
    assert instrument.columns["sex"].labels == {"1": "woman", "2": "man"}
    assert instrument.response_scales["quiz"].labels == ("True", "False", "Unsure")
    assert instrument.response_scales["agree"].labels[0] == "No"
    assert instrument.response_scales["agree"].codes == ("1", "2", "3", "4", "5")
    assert instrument.items["a2__partner"].text == "They settle it."
    assert instrument.items["a2__partner"].keyed == -1
    assert instrument.items["a2__partner"].column == "a2__partner"
    assert instrument.items["a2__partner"].block == "main__partner"
    assert [item.keyed for item in instrument.scales["facet"].items] == [1, 1]
    assert [item.keyed for item in instrument.scales["total"].items] == [1, -1, 1]
    assert [scale.model for scale in instrument.scales.values()] == [
        "reflective", "reflective_2item", "dichotomous_test", "single_item",
    ]  # fmt: skip
    assert instrument.scales["test"].score == "sum_correct"
    assert instrument.items["b1"].keyed == 0
    assert instrument.correlate.columns == ("effects",)
    assert instrument.quality.antonym_pairs == (("a1", "a2"), ("a1", "b1"))


# fmt: off
SLIPS = [
    # what stands there, what is written instead, line, what the message says
    ("schema_version: 1", "schema_version: 2", 1, "must be 1"),
    ("title: Small}", "tilte: Small}", 2, "unknown key 'tilte'. Did you mean 'title'?"),
    ("title: Small}", "title: }", 2, "title is empty"),
    ("values: [1, 2, 3, 4, 5]", "values: [1, 2, 3, 4, 4]", 5, "says 4 twice"),
    ("values: [1, 2, 3, 4, 5]", 'values: [1, 2, 3, 4, "5"]', 5, "entry 5 must be a whole number"),
    ("values: [1, 2, 3, 4, 5]", "values: [1, 2, 3, 4]", 6, "5 labels for 4 values"),
    ("values: [1, 2, 3, 4, 5]\n", "codes: [1, 2, 3, 4]\n    values: [1, 2, 3, 4, 5]\n", 5,
     "4 codes for 5 values"),
    ("Rather no,", "no,", 6, "says 'no' twice"),
    ("{Yes: [yep],", "{Yess: [yep],", 7, "there is no label 'Yess'. Did you mean 'Yes'?"),
    ("[nope]", "[YEP]", 7, "'YEP' cannot mean both 'Yes' and 'No'"),
    ("dont_know: 9}", "dont_know: 8}", 8, "dont_know 8 is not one of its values"),
    ("type: numeric, min: 0", "type: numeric, min: 100", 9, "min must be less than max"),
    ("type: numeric, min: 0", "type: numerical, min: 0", 9, "type cannot be 'numerical'"),
    ("type: numeric, min: 0, max: 99", "values: [1, 2], max: 99", 9, "max does not go with type"),
    ("{-9: refused}", "{5: refused}", 10, "'5' is also an answer on response scale 'agree'"),
    ("required: true", "required: yes", 12, "required must be true or false, not 'yes'"),
    ("role: respondent_id", "role: respondent", 12, "Did you mean 'respondent_id'?"),
    ("role: group", "role: respondent_id", 13, "'person' has the role respondent_id already"),
    ("2: man}", "3: man}", 13, "there is no value '3'"),
    ("type: integer, min: 18", "type: string, min: 18", 14, "min does not go with type string"),
    ("min: 18", "min: 180", 14, "min is more than max"),
    ("id: a1, scale: agree", "id: a1, scale: agre", 16, "no response scale 'agre'. Did you mean"),
    ("id: a1, scale: agree", "id: a1", 16, "item 'a1': scale is missing"),
    ("text: Nothing", "txt: Nothing", 16, "item 'a1': unknown key 'txt'. Did you mean 'text'?"),
    ("keyed: -1", "keyed: -2", 17, "keyed cannot be -2; it is one of: 1, -1, 0"),
    ("keyed: -1", "keyed: 0", 28, "'a2' is not scored (keyed: 0)"),
    ("id: a3", "id: a2__partner", 18, "'a2__partner' is given twice (first on line 17)"),
    ("id: a3, scale: agree", "id: a3, scale: agree, column: a1", 18, "export's column 'a1' too"),
    ("role: balance", "role: balance, keyed: 1", 19, "role balance is not scored"),
    ("antonym_of: a1", "antonym_of: aa1", 19, "antonym_of: there is no item 'aa1'"),
    ("antonym_of: a1", "antonym_of: b1", 19, "cannot be its own antonym"),
    ("pass_value: 2", "pass_value: 7", 20, "pass_value 7 is not one of the values of 'agree'"),
    (", pass_value: 2", "", 20, "pass_value is missing"),
    ("answer: 1}", "answer: 2}", 21, "answer 2 is not one of the values of 'quiz'"),
    ("scale: quiz, answer: 0", "scale: quiz", 33, "quiz question 'q2' has no answer"),
    ("answer: 0}", "answer: 0, keyed: -1}", 22, "cannot be reversed: response scale 'quiz'"),
    ("id: y1", "id: age", 23, "a metadata column is called 'age' too"),
    ("  total:\n", "  to tal:\n", 25, "must be one word"),
    ("role: sign\n", "roll: sign\n", 27, "scale 'total': unknown key 'roll'. Did you mean 'role'?"),
    ("items: [a1, a2, a3]", "items: [a1, a2, a4]", 28, "there is no item 'a4'"),
    ("items: [a1, a2, a3]", "items: [a1, a2, a3, a3]", 28, "names the item 'a3' twice"),
    ("items: [a1, a2, a3]", "items: []", 28, "items needs at least 1 entry"),
    ("items: [a1, a2, a3]", "items: [a1, a2, q1]", 28, "answers without an order"),
    ("min_valid: 0.8", "min_valid: 0", 29, "min_valid must be more than 0, not 0"),
    ("min_valid: 0.8", "min_valid: 1.1", 29, "min_valid must be 1 or less, not 1.1"),
    ("min_valid: 0.8", "min_valid: 80%", 29, "min_valid must be a number, not '80%'"),
    ("signs_present_from: 4", "signs_present_from: 6", 30, "signs_present_from 6 is not an answer"),
    ("signs_present_from: 4", "min_valid: 0.8", 30, "given twice (first on line 29)"),
    ("value: 4.5", "value: 45", 31, "cut-off 45 lies outside the possible scores, 1 to 5"),
    ("parent: total", "parent: totl", 32, "there is no scale 'totl'. Did you mean 'total'?"),
    ("parent: total", "parent: facet", 32, "cannot be its own parent"),
    ("parent: total", "parent: one", 32, "its item 'a1' is not in its parent 'one'"),
    ("items: [a1, {id: a2, keyed: 1}]", "items: [a1]", 32, "does not go with 1 item"),
    ("id: a2, keyed: 1}", "id: a2, key: 1}", 32, "unknown key 'key'. Did you mean 'keyed'?"),
    ("model: reflective_2item", "model: single_item", 32, "write model: reflective_2item"),
    ("model: dichotomous_test", "model: dichotomous_test, score: mean", 33,
     "score mean does not go with model dichotomous_test"),
    ("overlaps: [total, b1]", "overlaps: [total, b2]", 33, "overlaps: there is no item or scale"),
    ("  one:", "  sex:", 34, "a metadata column is called 'sex' too"),
    ("mask_when: {sex:", "mask_when: {sexx:", 34, "mask_when: there is no column 'sexx'"),
    ("{sex: [2]}", "{sex: [3]}", 34, "mask_when: there is no value of sex '3'"),
    ("[total, \"items:total\"]", "[totall, \"items:total\"]", 35, "no selector 'totall'. Did you"),
    ("columns: effects", "columns: causes", 35, "columns: no scale has the role 'cause'"),
    ("blocks: [main]", "blocks: [mian]", 37, "there is no block 'mian'. Did you mean 'main'?"),
    ("[[a1, a2]]", "[[a1, a9]]", 38, "antonym_pairs: there is no item 'a9'"),
    ("[[a1, a2]]", "[[a1, a2, a3]]", 38, "takes at most 2 entries"),
]
# fmt: on

# Slips that break something elsewhere too, and the number of places in all.
TOUCHES_MORE = {
    "values: [1, 2, 3, 4]": 2,
    "type: string, min: 18": 2,
    "id: a2__partner": 3,
    "answer: 0, keyed: -1}": 2,
    "parent: one": 2,
}


@pytest.mark.parametrize(("old", "new", "line", "message"), SLIPS, ids=[s[1][:40] for s in SLIPS])
def test_one_slip_is_one_problem_on_its_line(
    old: str, new: str, line: int, message: str, tmp_path: Path
) -> None:
    assert old in SMALL
    error = refused(write(tmp_path, SMALL.replace(old, new, 1)))
    found = [(problem.row, problem.message) for problem in error.problems]
    assert any(row == line and message in text for row, text in found), found
    assert len(found) == TOUCHES_MORE.get(new, 1), found
    assert f"small.yaml:{line}: " in str(error)


def test_every_slip_is_reported_at_once(tmp_path: Path) -> None:
    text = (
        SMALL.replace("title: Small", "tilte: Small")
        .replace("antonym_of: a1", "antonym_of: zz")
        .replace("overlaps: [total, b1]", "overlaps: [total, zz]")
    )
    error = refused(write(tmp_path, text))
    assert [problem.row for problem in error.problems] == [2, 19, 33]
    assert str(error).startswith("small.yaml is not a usable instrument file: 3 problems.\n")
    frame = error.to_frame()
    assert frame["row"].tolist() == [2, 19, 33]
    assert set(frame["severity"]) == {"error"}


# fmt: off
NOT_YAML = [
    (b"", 1, "says nothing"),
    (b"# a comment only\n", 1, "says nothing"),
    (b"a: b: c\n", 1, "needs quotation marks"),
    (b"a:\n\t- b\n", 2, "Indent with spaces"),
    (b"a: [1, 2\nb: 3\n", 2, "not valid YAML"),
    (b"a: 1\n---\nb: 2\n", 2, "a second document"),
    (b"a: 1\nb: caf\xe9\n", 2, "not UTF-8"),
    (b"a: 1\nb: \x01\n", 2, "must not stand in a text file"),
    (b"a: &x 1\nb: *x\n", 1, "anchors"),
    (b"a: 1\nb: !!python/object/apply:os.getcwd []\n", 2, "tag"),
    (b"? [a]\n: 1\n", 1, "a key must be a single word"),
    (b"- 1\n", 1, "must be keys with values, not a list"),
    (b"just words\n", 1, "must be keys with values, not a text"),
    (b"a: " + b"[" * 200_000, 1, "nested too deep"),
    (b"\x89PNG\r\n\x1a\n\x00\x00", 1, "not UTF-8"),
]
# fmt: on


@pytest.mark.parametrize(("content", "line", "message"), NOT_YAML, ids=[c[2] for c in NOT_YAML])
def test_what_is_not_an_instrument_file_is_refused_with_its_line(
    content: bytes, line: int, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    error = refused(path)
    assert [problem.row for problem in error.problems] == [line]
    assert message in str(error)
    assert f"bad.yaml:{line}: " in str(error)


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "export.yaml"
    path.write_bytes(b"# " + b"x" * 2_000_001)
    assert "too large" in str(refused(path))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_lines_do_not_depend_on_how_the_file_was_saved(
    newline: str, encoding: str, tmp_path: Path
) -> None:
    text = SMALL.replace("overlaps: [total, b1]", "overlaps: [total, zz]")
    path = tmp_path / "small.yaml"
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    assert [problem.row for problem in refused(path).problems] == [33]


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "y", "True", "false", "1", "1.50"])
def test_words_of_labels_are_read_as_written(word: str, tmp_path: Path) -> None:
    text = SMALL.replace("labels: [True, False, Unsure]", f"labels: [{word}, Other, Unsure]")
    instrument = read_instrument(write(tmp_path, text))
    assert instrument.response_scales["quiz"].labels[0] == word


def test_a_misspelt_key_is_read_as_the_key_that_was_meant() -> None:
    with pytest.raises(InstrumentError) as caught:
        instrument_from_dict(
            {
                "schema_version": 1,
                "instrument": {"id": "x"},
                "responses": {},
                "response_scales": {"r": {"Values": [1, 2]}},
                "items": [{"id": "a", "scal": "r"}],
                "scales": {"s": {"item": ["a"]}},
            }
        )
    assert [problem.rule for problem in caught.value.problems] == ["unknown_key"] * 4
    assert "item 'a': unknown key 'scal'. Did you mean 'scale'?" in str(caught.value)


def test_problems_of_a_dictionary_name_their_item() -> None:
    data = {
        "schema_version": 1,
        "instrument": {"id": "x"},
        "response_scales": {"r": {"values": [3, 1, 2], "labels": ["c", "a", "b"]}},
        "items": [{"id": "a", "scale": "r"}, {"id": "b", "scale": "r"}],
        "scales": {"s": {"items": ["a", "b"]}},
    }
    instrument = instrument_from_dict(data)
    assert instrument.response_scales["r"].values == (1, 2, 3)
    assert instrument.response_scales["r"].labels == ("a", "b", "c")
    assert instrument.response_scales["r"].codes == ("1", "2", "3")
    wrong = copy.deepcopy(data)
    wrong["items"][1]["scale"] = "q"  # type: ignore[index]
    with pytest.raises(
        InstrumentError, match=r"item 'b': there is no response scale 'q'"
    ) as caught:
        instrument_from_dict(wrong)
    assert [problem.row for problem in caught.value.problems] == [None]


def test_an_error_travels_between_processes(tmp_path: Path) -> None:
    error = refused(write(tmp_path, SMALL.replace("title: Small", "tilte: Small")))
    copied = pickle.loads(pickle.dumps(error))
    assert str(copied) == str(error)
    assert copied.problems == error.problems


def test_an_unknown_name_knows_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'detachment'\?") as caught:
        read_instrument("detachmnt")
    assert "csi16" in str(caught.value)


def test_a_missing_file_knows_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, SMALL)
    with pytest.raises(UsageError, match=r"smal\.yaml'\. Did you mean 'small\.yaml'"):
        read_instrument(tmp_path / "smal.yaml")
    with pytest.raises(UsageError, match="is a folder"):
        read_instrument(tmp_path)
    with pytest.raises(UsageError, match="'ras' alone"):
        read_instrument(tmp_path / "ras.yaml")


def test_a_file_wins_over_nothing_but_never_over_a_shipped_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, SMALL, "ras")
    write(tmp_path, SMALL, "mine")
    assert read_instrument("ras").id == "ras"
    assert read_instrument("mine").id == "small"
    assert read_instrument(Path("ras")).id == "small"
