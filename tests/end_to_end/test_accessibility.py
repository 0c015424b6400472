"""The report in a real browser: nothing for axe to find, nothing that runs, nothing fetched."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from detachment.errors import DataWarning
from detachment.instruments import instrument_from_dict
from detachment.reports import Report, report
from detachment.simulation import simulate
from detachment.validation import read_survey

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCRIPT = "</style></svg></title></desc><script>window.ran = 1</script><img src=x onerror=ran()>"
QUOTES = "\"'><a href='https://example.invalid/' onmouseover=\"window.ran = 1\">"
TURNED = "\u202egnp.exe"


@pytest.fixture(scope="session")
def of_couples(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A report with every section that there is: couples, two waves, two arms."""
    folder = Path(tmp_path_factory.mktemp("couples"))
    sample = simulate(seed=4, n_couples=60, n_alone=8, n_students=12)
    sample.responses.to_csv(folder / "couples_long.csv", index=False)
    survey = read_survey(folder / "couples_long.csv")
    return report(survey, folder / "report", allow_problems=True)


@pytest.fixture(scope="session")
def of_hostile_text(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Every text that a stranger could have written tries to leave its place."""
    folder = Path(tmp_path_factory.mktemp("hostile"))
    four = {"type": "ordinal", "values": [1, 2, 3, 4], "labels": [SCRIPT, QUOTES, TURNED, "=1+1"]}
    scales = {
        "s": {"label": SCRIPT, "role": "sign", "items": ["a", "b", "c"], "signs_present_from": 3},
        "e": {"label": QUOTES, "role": "effect", "items": ["d", "f", "g"]},
    }
    layout = {
        "schema_version": 1,
        "instrument": {"id": "hostile", "version": "1.0.0", "title": f"{SCRIPT} {TURNED}",
                       "note": QUOTES, "licence": SCRIPT, "citation": QUOTES},
        "response_scales": {"four": four},
        "columns": {
            "who": {"role": "respondent_id", "type": "string"},
            "couple": {"role": "dyad_id", "type": "string"},
            "part": {"role": "partner_role", "type": "string"},
            "wave": {"role": "wave", "type": "integer"},
            "arm": {"role": "group", "type": "string"},
        },
        "items": [
            {"id": one, "scale": "four", "text": f"{text} {one}"}
            for one, text in zip("abcdfg", [SCRIPT, QUOTES, TURNED] * 2, strict=True)
        ],
        "scales": scales,
        "correlate": {"rows": ["s", "items:s"], "columns": ["e"]},
    }  # fmt: skip
    draws = np.random.default_rng(3)
    rows = []
    for couple in range(30):
        for part in (SCRIPT, QUOTES):
            level = draws.normal()
            for wave in (1, 2):
                answers = np.clip(np.round(2.5 + level + draws.normal(size=6) / 2), 1, 4)
                arm = ("waitlist", SCRIPT)[couple % 2]
                rows.append([f"{couple}{part[:2]}", f"c{couple}", part, wave, arm, *answers])
    rows[0][5] = 9
    names = ["who", "couple", "part", "wave", "arm", *"abcdfg"]
    path = folder / "x<img src=x>=1.csv"
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    with pytest.warns(DataWarning, match="1 problem"):
        survey = read_survey(path, instrument=instrument_from_dict(layout))
    return report(survey, folder / "report", allow_problems=True)


@dataclass(frozen=True)
class Look:
    """How a reader looks at a page."""

    width: int
    scheme: str
    opened: bool


LOOKS = [
    Look(360, "light", opened=True),
    Look(360, "dark", opened=False),
    Look(1280, "light", opened=False),
    Look(1280, "dark", opened=True),
]


def opened(browser: "Browser", written: Report, look: Look) -> "tuple[Page, list[str]]":
    """A page as a reader has it, and the addresses that it asked for."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 800},
        color_scheme="dark" if look.scheme == "dark" else "light",
        bypass_csp=True,  # a script that came through is to run, so that it is seen
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(written.page.as_uri())
    if look.opened:
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    return page, asked


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing(browser: "Browser", of_couples: Report, look: Look) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not there")
    page, _ = opened(browser, of_couples, look)
    # What is inside a drawing is hidden behind its title and description, and takes long.
    found = axe.Axe().run(page, context={"exclude": [["svg > g"]]}).response
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    assert {"color-contrast", "region", "svg-img-alt"} <= {one["id"] for one in found["passes"]}
    # The page itself never scrolls sideways; what is wide scrolls in its own place.
    assert page.evaluate("document.documentElement.scrollWidth") == look.width
    page.context.close()


def test_wide_things_scroll_by_keyboard_and_the_brief_is_one_key_away(
    browser: "Browser", of_couples: Report
) -> None:
    page, _ = opened(browser, of_couples, Look(360, "light", opened=True))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#brief"
    unreachable = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(one => one.scrollWidth > one.clientWidth"
        " + 1 && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX)"
        " && one.tabIndex < 0).length"
    )
    assert unreachable == 0
    page.context.close()


def test_every_link_leads_somewhere_and_both_ways(browser: "Browser", of_couples: Report) -> None:
    page, _ = opened(browser, of_couples, Look(1280, "light", opened=False))
    links = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(one =>"
        " [one.textContent, !!document.getElementById(one.getAttribute('href').slice(1))])"
    )
    assert all(there for _, there in links)
    for here, there in (("figure", "table"), ("table", "figure")):
        place = "[id^=figure-apim]" if here == "figure" else ".apa + .files"
        kinds = page.evaluate(
            f"[...document.querySelectorAll('{place} .see a, {place}.see a')]"
            ".map(one => one.getAttribute('href'))"
        )
        assert any(kind.startswith(f"#{there}-") for kind in kinds)
    page.context.close()


def test_on_paper_everything_is_printed_and_never_dark(
    browser: "Browser", of_couples: Report
) -> None:
    page, _ = opened(browser, of_couples, Look(1280, "dark", opened=False))
    page.emulate_media(media="print")
    inks = (
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    paper, ink = page.evaluate(inks)
    assert paper == "rgb(255, 255, 255)"
    assert ink == "rgb(29, 35, 43)"
    hidden = page.evaluate(
        "[...document.querySelectorAll('.fold table')].filter(one => !one.checkVisibility()).length"
    )
    assert page.evaluate("document.querySelectorAll('.fold table').length") > 3
    assert hidden == 0
    page.context.close()


def test_no_text_of_a_stranger_runs_or_fetches(browser: "Browser", of_hostile_text: Report) -> None:
    page, asked = opened(browser, of_hostile_text, Look(1280, "light", opened=True))
    page.mouse.wheel(0, 20000)
    assert page.evaluate("typeof window.ran") == "undefined"
    assert asked == [of_hostile_text.page.as_uri()]
    assert (
        page.evaluate("document.querySelectorAll('script, img, main a[href*=\"//\"]').length") == 0
    )
    shown = page.evaluate("document.body.innerText")
    assert SCRIPT in shown
    assert QUOTES in shown
    for section in ("partners", "change", "answers", "relations"):
        assert page.query_selector(f"#{section}") is not None, section
    page.context.close()
