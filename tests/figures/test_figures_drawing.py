"""A drawing is the same bytes everywhere, says in words what it shows, and has three forms."""

import os
import re
import subprocess
import sys
from hashlib import sha256
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.text import Text

from detachment.errors import UsageError
from detachment.figures import Drawing, inline_svg, likert
from detachment.validation import Survey, read_survey

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"


@pytest.fixture(scope="module")
def drawing(small: Survey) -> Drawing:
    return likert(small, scale="signs")


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_bytes_do_not_depend_on_what_was_saved_before(small: Survey, form: str) -> None:
    first = likert(small, scale="signs").to_bytes(form)
    other = likert(small, scale="signs")
    for before in ("pdf", "png", "svg", "png"):
        other.to_bytes(before)
    assert other.to_bytes(form) == first


def test_settings_of_the_user_do_not_get_in(small: Survey, drawing: Drawing) -> None:
    with mpl.rc_context(
        {"font.size": 20, "axes.grid": True, "savefig.bbox": "tight", "svg.fonttype": "none"}
    ):
        assert likert(small, scale="signs").to_bytes("svg") == drawing.to_bytes("svg")
        assert mpl.rcParams["font.size"] == 20


def test_bytes_do_not_depend_on_surroundings(tmp_path: Path, root: Path) -> None:
    """Another folder, time zone, locale, hash seed, and clock for reproducible builds."""
    with (root / "data" / "sample" / "couples_long.csv").open(encoding="utf-8") as file:
        (tmp_path / "some.csv").write_text("".join(islice(file, 81)), encoding="utf-8")
    script = (
        "import hashlib, detachment as dt\n"
        f"survey = dt.read_survey({str(tmp_path / 'some.csv')!r})\n"
        "draw = dt.figures.likert(survey, scale='signs_total')\n"
        "for form in ('svg', 'png', 'pdf'):\n"
        "    print(form, hashlib.sha256(draw.to_bytes(form)).hexdigest())\n"
    )
    surroundings = os.environ | {
        "TZ": "Asia/Kolkata", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "4711",
        "PYTHONPATH": str(root / "analysis"), "SOURCE_DATE_EPOCH": "4711",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    here = likert(read_survey(tmp_path / "some.csv"), scale="signs_total")
    forms = ("svg", "png", "pdf")
    assert done.stdout.splitlines() == [
        f"{form} {sha256(here.to_bytes(form)).hexdigest()}" for form in forms
    ]


def test_svg_is_told_in_words(drawing: Drawing) -> None:
    svg = drawing.to_bytes("svg").decode()
    tree = ElementTree.fromstring(svg)
    assert tree.get("role") == "img"
    title, description = tree[0], tree[1]
    assert (title.tag, title.text) == (f"{SVG}title", "Answers to Looks")
    assert (description.tag, description.text) == (f"{SVG}desc", drawing.alt)
    assert tree.get("aria-labelledby") == title.get("id")
    assert tree.get("aria-describedby") == description.get("id")
    # Letters are outlines, and nothing is fetched: no document type, no metadata, no address.
    assert not list(tree.iter(f"{SVG}text"))
    assert "DOCTYPE" not in svg
    assert [word for word in svg.split('"') if "://" in word] == [
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/svg",
    ]


def test_each_text_is_laid_out_once_and_shares_its_letters(drawing: Drawing) -> None:
    tree = ElementTree.fromstring(drawing.to_bytes("svg"))
    ids = [one for node in tree.iter() if (one := node.get("id"))]
    assert len(ids) == len(set(ids))
    asked = [node.get(f"{XLINK}href", "").removeprefix("#") for node in tree.iter(f"{SVG}use")]
    assert set(asked) <= set(ids)
    texts = [one.get_text() for one in drawing.figure.findobj(Text) if one.get_text()]
    words = [one for one in asked if re.fullmatch("likert-signs-w[0-9]+", one)]
    assert len(words) == len(texts)
    assert len(set(words)) == len(set(texts)) < len(texts)


def test_what_a_user_adds_to_a_figure_is_drawn_too(small: Survey) -> None:
    added = likert(small, scale="signs")
    without = added.to_bytes("svg")
    added.figure.text(0.5, 0.5, "of mine --> $x^2$")
    added.figure.text(0.5, 0.4, "with a link", url="https://example.org", clip_on=True)
    svg = added.to_bytes("svg")
    assert len(svg) > len(without)
    assert b"-->" not in svg
    assert b"https://example.org" in svg
    ElementTree.fromstring(svg)


def test_ids_of_two_figures_differ(small: Survey, drawing: Drawing) -> None:
    def ids(svg: bytes) -> set[str]:
        return {one for node in ElementTree.fromstring(svg).iter() if (one := node.get("id"))}

    other = likert(small, scale="signs", wave=2)
    one, two = drawing.to_bytes("svg"), other.to_bytes("svg")
    assert all(name.startswith("likert-signs-") for name in ids(one))
    # The same scale of another wave has another name, for both may stand on one page.
    assert not ids(one) & ids(two)


def test_inks_of_an_inline_svg_can_be_changed(drawing: Drawing) -> None:
    inline = inline_svg(drawing.to_bytes("svg"))
    assert inline.startswith("<svg")
    assert "fill: var(--figure-ink, #1d232b)" in inline
    ElementTree.fromstring(inline)


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.svg", b"<?xml"), ("a.PNG", b"\x89PNG"), ("deep/er/a.pdf", b"%PDF")],
)
def test_the_ending_says_how_it_is_saved(
    drawing: Drawing, tmp_path: Path, name: str, start: bytes
) -> None:
    path = drawing.save(tmp_path / name)
    assert path == tmp_path / name
    assert path.read_bytes().startswith(start)


@pytest.mark.parametrize("name", ["figure.jpeg", "figure"])
def test_another_ending_is_refused_before_anything_is_made(
    drawing: Drawing, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UsageError, match=r"\.svg, \.png, \.pdf"):
        drawing.save(tmp_path / "new" / name)
    assert not list(tmp_path.iterdir())
    with pytest.raises(UsageError, match="one of: svg, png, pdf"):
        drawing.to_bytes("jpeg")


def test_files_hold_no_clock_and_no_version(drawing: Drawing) -> None:
    for form in ("svg", "png", "pdf"):
        content = drawing.to_bytes(form)
        assert b"atplotlib" not in content.replace(b"matplotlib.axis", b"")
        assert b"CreationDate" not in content


def test_what_a_notebook_shows(drawing: Drawing) -> None:
    bundle, about = drawing._repr_mimebundle_()
    assert bundle["image/svg+xml"] == drawing.to_bytes("svg").decode()
    assert drawing.alt in bundle["text/plain"]
    assert about == {"image/svg+xml": {"alt": drawing.alt}}
    assert list(drawing._repr_mimebundle_(include={"text/plain"})[0]) == ["text/plain"]
    assert " 0x" not in repr(drawing)
    assert repr(drawing).startswith("Drawing('likert-signs': Answers to Looks, 7.20 x ")
