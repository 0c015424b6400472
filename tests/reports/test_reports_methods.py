"""The data part of a method section: what it says, what it cites, and in which form."""

import re
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import detachment as dt
from detachment.errors import DetachmentWarning, UsageError
from detachment.instruments import instrument_from_dict
from detachment.reports._methods import _ADJUSTED, _COEFFICIENT, _FISHER, _SENTENCES, FORMATS
from detachment.reports._references import REFERENCES, bibtex, in_text
from detachment.reports._written import Cite, escape_latex, escape_markdown
from detachment.validation import read_survey

FIELDS = {
    "article": {"journal", "volume", "pages"},
    "book": {"publisher"},
    "inproceedings": {"booktitle", "pages"},
}


@cache
def described(file: str = "couples_long.csv", **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        return dt.methods(dt.read_survey(dt.sample(file)), **options)


def test_it_says_what_a_method_section_owes() -> None:
    said = described().write()
    for part in (
        "2,315 records were received",
        "These rules excluded nobody: marked as test or preview by the platform and refused",
        "Detachment signs (15) (15 items, α = .89 [.88, .90], ω = .89 [.88, .90], n = 1,400)",
        "scored by the mean of the answers where at least 80% of the items are answered",
        "Spearman–Brown = .71, n = 1,393",
        "2.6% were missing",
        "550 couples of whom both took part and 300 people without the partner",
        "adjusted by Holm's method (Holm, 1979)",
        f"detachment {dt.__version__}",
        "SciPy",
        "unvalidated draft",
    ):
        assert part in said
    assert not re.search(r"\bnan\b|None|  |\(\)| \.(?!\d)|significan|\*", said)


def test_citations_and_entries_are_the_same() -> None:
    for file in ("couples_long.csv", "class_quiz.csv"):
        found = described(file)
        entries = re.findall(r"^@\w+\{(\w+),$", found.bibtex(), flags=re.MULTILINE)
        assert sorted(found.keys) == entries
        for key in found.keys:
            assert in_text(key) in found.write()
            assert f"@{key}" in found.write("markdown")
            assert f"\\citep{{{key}}}" in found.write("latex")
        assert "@" not in found.write()


def test_every_reference_is_cited_by_some_sentence_and_whole() -> None:
    cited = {piece.keys[0] for said in _SENTENCES.values() for piece in said
             if isinstance(piece, Cite)}  # fmt: skip
    cited |= {key for _, key in [*_COEFFICIENT.values(), *_FISHER.values(), *_ADJUSTED.values()]
              if key}  # fmt: skip
    cited |= {*described().keys, *described("class_quiz.csv").keys, "efron1987"}
    assert cited == set(REFERENCES)
    assert list(REFERENCES) == [*dict.fromkeys(REFERENCES)]
    titles = [entry.title for entry in REFERENCES.values()]
    assert len(titles) == len(set(titles))
    for key, entry in REFERENCES.items():
        assert key.endswith(str(entry.year))
        assert FIELDS[entry.kind] <= set(entry.fields)
        assert all(
            re.fullmatch(r"[^,]+, (?:[A-Z](?:-[A-Z])?\. ?)+|others", a) for a in entry.authors
        )
        assert all(value.strip() == value and value for value in entry.fields.values())
        assert re.fullmatch(r"\d+--\d+", entry.fields.get("pages", "1--2"))
        assert re.fullmatch(r"10\.\d{4,}/\S+", entry.fields.get("doi", "10.1000/1"))
        assert bibtex([key, key]).count("@") == 1


def test_analyses_are_those_of_the_results() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        survey = dt.read_survey(dt.sample("couples_long.csv"))
        ranks = dt.correlate(survey, rows="signs_total", columns="effects", method="spearman",
                             cluster="none", adjust="bh")  # fmt: skip
        shares = dt.prevalence(survey)
    found = dt.methods(survey, results=[ranks, shares])
    assert {"bonett2000", "benjamini1995", "wilson1927"} <= set(found.keys)
    assert "holm1979" not in found.keys
    assert "5 tests were adjusted to control the false discovery rate" in found.write()
    assert "wilson1927" not in dt.methods(survey, results=[]).keys


def test_few_people_are_not_counted_for_others() -> None:
    open_one, class_one = described(), described(disclosure="class")
    assert "4 gave the same answers" in open_one.write()
    assert "4 gave the same answers" not in class_one.write()
    assert "10.8%" not in class_one.write()


HOSTILE = "<script>alert(1)</script> \\input{/etc/passwd} $x$ 100% [@key] *b* \u202eevil =cmd|x"


def test_hostile_text_comes_out_as_text(tmp_path: Path) -> None:
    layout = {
        "schema_version": 1,
        "instrument": {"id": "own", "version": "1", "title": HOSTILE, "language": "en"},
        "response_scales": {"five": {"type": "ordinal", "values": [1, 2, 3, 4, 5]}},
        "items": [{"id": f"a{i}", "scale": "five"} for i in range(3)],
        "scales": {"s": {"label": HOSTILE, "items": ["a0", "a1", "a2"]}},
    }
    table = "a0,a1,a2\n" + "\n".join(
        ",".join(str(1 + (i * j) % 5) for j in (1, 2, 3)) for i in range(30)
    )
    path = tmp_path / "own.csv"
    path.write_text(table + "\n", encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        found = dt.methods(read_survey(path, instrument=instrument_from_dict(layout)))
    for form in FORMATS:
        said = found.write(form)
        assert "\u202e" not in said
    assert r"\input" not in found.write("latex").replace(r"\textbackslash{}input", "")
    assert "[@key]" not in found.write("markdown")
    assert "<script>" in found.write()
    assert "\\<script\\>" in found.write("markdown")


@pytest.mark.parametrize("letter", list("\\{}$&#%_^~"))
def test_no_letter_of_latex_or_markdown_is_left_bare(letter: str) -> None:
    assert escape_latex(f"a{letter}b") != f"a{letter}b"
    if letter not in "%":
        assert escape_markdown(f"a{letter}b") == f"a\\{letter}b"


def test_wrong_words_and_values() -> None:
    with pytest.raises(UsageError, match="methods needs a survey, and was given int"):
        dt.methods(3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"format cannot be 'latx'.*latex"):
        described().write("latx")
