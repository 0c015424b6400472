"""The quiz sheet holds the instrument's statements, and the key is on a page of its own."""

import html
import re

import pytest

from detachment.errors import InstrumentError
from detachment.instruments import read_instrument
from detachment.teaching._quiz_sheet import quiz_sheet


@pytest.fixture(scope="module")
def pages():
    return {name: page.decode() for name, page in quiz_sheet().items()}


def rows(page):
    body = re.search(r"<tbody>(.*)</tbody>", page, re.S)[1]
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in
             re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)]
            for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)]  # fmt: skip


def test_the_sheet_asks_everything_and_tells_nothing(pages):
    items = read_instrument("detachment").items
    asked = [items[f"know_{k:02d}"].text for k in range(1, 11)]
    assert [row[1] for row in rows(pages["sheet"])] == asked
    assert pages["sheet"].count('class="box"') == 30
    for word in ("myth", "key", "know_"):
        assert word not in re.sub(r"<style>.*?</style>", "", pages["sheet"], flags=re.S)


def test_the_key_is_the_instruments_and_is_said_to_be_the_articles(pages):
    items = read_instrument("detachment").items
    for number, text, key, source, column in rows(pages["key"]):
        item = items[column]
        assert (text, int(number)) == (item.text, int(column[-2:]))
        assert key == {1: "True", 0: "False"}[item.answer]
        assert source == {"myth": "myths", "fact": "facts", "definition": "definition"}.get(
            item.source, "questions and answers"
        )
    assert "The key is the article's" in pages["key"]
    assert "detachment quiz" in pages["key"]


def test_an_instrument_without_a_quiz():
    with pytest.raises(InstrumentError, match="has no quiz"):
        quiz_sheet("ras")


def test_hostile_wording_is_text(root, tmp_path):
    source = (root / "schemas/instruments/detachment.yaml").read_text(encoding="utf-8")
    text = "Emotionally detached people are simply cold."
    assert text in source
    mine = tmp_path / "mine.yaml"
    mine.write_text(source.replace(text, "<script>alert(1)</script>"), encoding="utf-8")
    for page in quiz_sheet(mine).values():
        assert b"<script" not in page
        assert b"&lt;script&gt;" in page
