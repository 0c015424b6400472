"""Every real export outside the project: what is found is what is known of it, one test each."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from detachment.exports import Export, read_export

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"
# Folders that are not named after a platform.
NO_PLATFORM = ("excel", "quality", "parquet", "spss", "stata")


def known() -> list[dict[str, Any]]:
    file = FOLDER / "EXPECTED.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []


KNOWN = known()
pytestmark = pytest.mark.skipif(
    not KNOWN, reason="the outside reference files (../shared) are not on this machine"
)


def encoding(expected: Mapping[str, Any], export: Export) -> str | None:
    """Encoding as the list has it: where no standard one fits, it has the first odd byte."""
    said = expected["encoding"]
    if said is None or not said.startswith("not utf-8"):
        return said.lower() if said else said
    byte = said[said.index("(") + 1 : said.index(")")]
    assert any(f"not UTF-8 (byte {byte}" in warning for warning in export.warnings)
    return "cp1252"


@pytest.mark.parametrize("expected", KNOWN, ids=lambda k: str(k["file"]))
def test_a_real_file_is_what_is_known_of_it(expected: dict[str, Any]) -> None:
    export = read_export(FOLDER / expected["file"])
    facts = export.facts()
    found = {
        "container": facts["container"],
        "bom": facts["bom"],
        "delimiter": facts["delimiter"],
        "header_rows": facts["header_rows"],
        "columns": facts["columns"],
        "records": facts["records"],
        "pii_columns": facts["identifying_columns"],
    }
    wanted = {fact: expected[fact] for fact in found if fact in expected}
    assert {fact: found[fact] for fact in wanted} == wanted
    if "encoding" in expected:
        assert (export.encoding and export.encoding.lower()) == encoding(expected, export)
    folder = expected["file"].split("/")[0]
    if folder not in NO_PLATFORM:
        assert export.platform == folder
