"""The documentation shows what there is."""

import re
from pathlib import Path

import pytest

import detachment as dt


@pytest.fixture(scope="module")
def docs(root: Path) -> Path:
    return root / "docs"


@pytest.mark.parametrize("name", dt.figures.__all__)
def test_every_public_name_of_figures_is_in_the_gallery(docs: Path, name: str) -> None:
    page = (docs / "gallery" / "figures.md").read_text("utf-8")
    cells = "".join(re.findall(r"^```\{code-cell\}$(.*?)^```$", page, re.DOTALL | re.MULTILINE))
    assert re.search(rf"\bfigures\.{name}\b", cells), f"no cell of the gallery shows {name}"


def test_every_verb_has_a_page(docs: Path) -> None:
    pages = "".join(path.read_text("utf-8") for path in sorted((docs / "verbs").glob("*.md")))
    told = set(re.findall(r"autofunction:: detachment\.(\w+)$", pages, re.MULTILINE))
    rooms = {"DetachmentError", "DetachmentWarning", "figures", "tables", "teaching"}
    assert set(dt.__all__) - rooms <= told


def test_every_page_is_in_the_contents(docs: Path) -> None:
    contents = set((docs / "index.md").read_text("utf-8").splitlines())
    pages = {path.relative_to(docs).with_suffix("").as_posix() for path in docs.glob("*/*.md")}
    assert pages <= contents
