"""An export in the place of an instrument file: said so, and nothing of it is shown."""

from pathlib import Path

import pytest

from detachment.errors import InstrumentError, quoted
from detachment.instruments import instrument_from_dict, read_instrument

ROWS = "".join(f"R{k:04d},Annegret Mustermann,{k % 5}\n" for k in range(300))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("export.csv", "id,name,sign_1\n" + ROWS),
        ("export.yaml", "id,name,sign_1\n" + ROWS),
        ("export.txt", ("id,name,sign_1\n" + ROWS).replace(",", "\t")),
        ("one_column.csv", "name\nAnnegret Mustermann\n"),
        ("export.xlsx", "PK"),
    ],
)
def test_a_table_is_called_a_table(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InstrumentError) as caught:
        read_instrument(path)
    said = str(caught.value)
    assert "this is a table, not an instrument file" in said
    assert "Annegret" not in said
    assert len(said) < 400


@pytest.mark.parametrize("text", ["Annegret Mustermann\n", "- Annegret\n- Mustermann\n"])
def test_text_that_has_no_keys_is_not_quoted(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text * 50, encoding="utf-8")
    with pytest.raises(InstrumentError, match="Is this an instrument file") as caught:
        read_instrument(path)
    assert "Annegret" not in str(caught.value)


def test_flow_style_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text(
        "instrument: {id: a, version: 1, title: A}\n"
        "response_scales: {s: {type: ordinal, values: [1, 2]}}\n"
        "schema_version: 1\nitems: [{id: b, scale: s}]\nscales: {c: {role: sign, items: [b]}}\n",
        encoding="utf-8",
    )
    assert read_instrument(path).id == "a"


def test_long_values_are_cut_in_every_message() -> None:
    long = "Hauptstrasse 12 " * 50
    with pytest.raises(InstrumentError) as caught:
        instrument_from_dict({long: 1, "schema_version": long, "items": long, "scales": [long]})
    for problem in caught.value.problems:
        assert len(problem.message) < 250, problem.message


def test_quoted_cuts_to_forty_characters() -> None:
    assert quoted("x" * 100) == repr("x" * 37 + "...")
    assert quoted("x" * 40) == repr("x" * 40)
    assert len(quoted(["x"] * 100)) == 40
