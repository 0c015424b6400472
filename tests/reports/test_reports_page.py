"""The report of the sample, and of small and hostile surveys."""

import hashlib
import json
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detachment.errors import SurveyError, UsageError
from detachment.instruments import instrument_from_dict
from detachment.reports import Report, report
from detachment.validation import Survey, from_frame, read_survey

Make = Callable[[Mapping[str, Sequence[object]]], Survey]
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """A page as a browser's tree: tags, attributes, and what is said under each heading."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(self.source)
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def survey(sample_dir: Path) -> Survey:
    return read_survey(sample_dir / "couples_qualtrics.csv")


@pytest.fixture(scope="module")
def written(survey: Survey, tmp_path_factory: pytest.TempPathFactory) -> Report:
    out = Path(tmp_path_factory.mktemp("reports")) / "sample"
    return report(survey, out, command="detachment report somewhere/couples_qualtrics.csv")


@pytest.fixture(scope="module")
def page(written: Report) -> Page:
    return Page(written.page)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


# ---------------------------------------------------------------- files


def test_everything_that_was_promised_is_there(written: Report) -> None:
    found = files(written.folder)
    assert set(found) == set(written.files)
    for name in ("reliability", "heatmap", "likert-signs_total", "forest-signs_total"):
        assert found[f"figures/{name}.svg"].startswith(b"<?xml")
    for name in (
        "reliability", "items", "correlations", "correlations-items", "disattenuated", "scores",
        "ledger", "missing", "problems", "flags", "scales", "questions", "sensitivity",
    ):  # fmt: skip
        assert b"\r" not in found[f"tables/{name}.csv"]
    assert not [name for name in found if name.endswith(".png")]
    assert repr(written) == f"Report('sample': {len(found)} files)"


def test_the_manifest_is_right(written: Report, survey: Survey, sample_dir: Path) -> None:
    found = files(written.folder)
    content = json.loads(found.pop("manifest.json"))
    assert {name: of["sha256"] for name, of in content["outputs"].items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in found.items()
    }
    data = (sample_dir / "couples_qualtrics.csv").read_bytes()
    assert content["input"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert content["input"]["file"] == "couples_qualtrics.csv"
    assert content["instrument"]["sha256"] == survey.instrument.sha256
    assert content["command"] == "detachment report couples_qualtrics.csv"
    assert content["seed"] == 1
    assert content["wave"] == 1
    assert content["n"] == {"rows": 2320, "analysed": 1400}  # received; of wave 1
    assert {"detachment", "python", "numpy", "pandas", "scipy", "matplotlib"} <= set(
        content["versions"]
    )


def test_no_file_says_where_or_by_whom_it_was_made(written: Report) -> None:
    secrets = [str(written.folder.parent), str(Path.home()), socket.gethostname()]
    for name, content in files(written.folder).items():
        for secret in secrets:
            if len(secret) > 3:
                assert secret.encode() not in content, (name, secret)
    manifest = (written.folder / "manifest.json").read_text(encoding="utf-8")
    assert not re.search(r"\d{4}-\d\d-\d\dT|\d\d:\d\d:\d\d", manifest)


def test_no_file_holds_a_person(written: Report, survey: Survey) -> None:
    ids = set(survey.responses["respondent_id"]) | set(survey.responses["dyad_id"].dropna())
    cells = {
        cell
        for name, content in files(written.folder).items()
        if name.endswith(".csv")
        for line in content.decode().splitlines()
        for cell in line.split(",")
    }
    assert len(ids) > 1000
    assert not ids & cells
    source = (written.folder / "index.html").read_text(encoding="utf-8")
    assert not any(f">{one}<" in source for one in ids)


@pytest.mark.filterwarnings("ignore:Fisher's intervals take answers to be normal")
def test_tables_read_back_as_the_results(written: Report, survey: Survey) -> None:
    from detachment.estimates.correlate import correlate

    table = pd.read_csv(written.folder / "tables" / "correlations-items.csv")
    assert len(table) == 75
    r = correlate(survey, rows="items:signs_total", columns="effects").table["r"]
    assert table["r"].tolist() == r.tolist()  # to the last digit


# ---------------------------------------------------------------- the page


def test_nothing_is_fetched_and_nothing_runs(page: Page) -> None:
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & {
        tag for tag, _ in page.tags
    }
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name.startswith("xmlns"):
                continue
            assert "://" not in value, (tag, name, value)
            assert not value.startswith("//")
    style = re.findall(r"<style>(.*?)</style>", page.source, flags=re.S)
    assert len(style) == 1
    assert "url(" not in style[0]
    assert "@import" not in style[0]
    (policy,) = (m["content"] for m in page.all("meta") if "http-equiv" in m)
    assert policy.startswith("default-src 'none'")


def test_links_lead_somewhere(page: Page, written: Report) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [link["href"] for link in page.all("a")]
    assert "#reliability" in targets
    for target in targets:
        if target.startswith("#"):
            assert target[1:] in ids
        else:
            assert target in written.files
    for use in page.all("use"):
        assert use["xlink:href"][1:] in ids
    for clip in re.findall(r"url\(#([^)]*)\)", page.source):
        assert clip in ids


def test_the_page_can_be_read_without_seeing_it(page: Page) -> None:
    assert page.all("html")[0]["lang"] == "en"
    for landmark in ("main", "header", "nav", "footer", "h1"):
        assert len(page.all(landmark)) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#brief"}
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    for head in page.all("th"):
        assert head["scope"] in ("col", "row", "colgroup", "rowgroup")
    figures = [svg for svg in page.all("svg") if svg.get("role") == "img"]
    assert len(figures) == len(page.all("figure")) == 13
    for svg in figures:
        assert {svg["aria-labelledby"], svg["aria-describedby"]} <= ids
    for section in page.all("section"):
        assert section["aria-labelledby"] in ids
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}
    # What scrolls sideways can be reached by keyboard and has a name.
    for region in (a for _, a in page.tags if a.get("role") == "region"):
        assert region["tabindex"] == "0"
        assert region["aria-label"]


def test_sections_follow_the_reader(page: Page) -> None:
    order = [section["id"] for section in page.all("section")]
    assert order == [
        "brief", "asked", "answered", "quality", "scores", "reliability", "items", "answers",
        "relations", "partners", "change", "left-out", "made",
    ]  # fmt: skip


def test_tables_and_figures_are_numbered_as_they_stand(page: Page) -> None:
    figures = re.findall(r"<b>Figure (\d+)</b>", page.source)
    assert figures == [str(k + 1) for k in range(len(figures))]
    tables = re.findall(r"<b>Table ([\d.]+)</b>", page.source)
    whole = list(dict.fromkeys(number.partition(".")[0] for number in tables))
    assert whole == [str(k + 1) for k in range(len(whole))]
    assert len(tables) == len(set(tables))


def test_in_brief(page: Page) -> None:
    brief = re.search(r'<div class="summary">(.*?)</div>', page.source, flags=re.S)
    assert brief is not None
    text = re.sub(r"<[^>]+>", "", brief[1]).replace("\N{NO-BREAK SPACE}", " ")
    assert "Of 2,320 rows received, 2,315 could be analysed" in text
    assert "this report is about wave 1 (n = 1,400)" in text
    assert "Detachment signs (15) was associated with Reduced intimacy (r = " in text
    assert re.search(r"Relationship satisfaction \(r = −\.\d\d \[−\.\d\d, −\.\d\d\]\)", text)
    assert "adjusted p &lt; .001" in text
    assert "All 5 have the expected sign." in text
    assert "of 1,400" in page.text
    assert "unvalidated draft" in text
    assert "intervals and p values count couples" in text
    assert "as if they were strangers" not in text
    assert not re.search(r"\b(effect of|leads? to|because of|due to|predicts?|impact)\b", text)


def test_the_page_says_what_was_refused(page: Page) -> None:
    left_out = page.text[page.text.index("A number that would mislead is not given") :]
    assert "Reliability of Strategies used Its model is formative" in left_out
    assert "Reliability of Attachment avoidance (screener) Its model is single_item" in left_out


def test_main_results_with_and_without_flagged_people(page: Page, survey: Survey) -> None:
    from detachment.estimates.sensitivity import sensitivity
    from detachment.text import bounded

    quality = page.text[page.text.index("How good the data are") :]
    quality = quality[: quality.index("Each score is of those who")]
    assert "Results With and Without Flagged Respondents" in quality
    assert "Everybody Without a strong flag Without any flag" in quality
    last = sensitivity(survey, rules="grade2").table.iloc[-1]
    assert "r of Detachment signs (15) with Potential for infidelity" in quality
    assert f"{bounded(last['estimate_all'])} 1,1" in quality
    assert bounded(last["difference"]) in quality


def test_the_page_says_when_flagged_people_were_left_out(some_alone: Path, tmp_path: Path) -> None:
    from detachment.validation import exclude

    survey = exclude(read_survey(some_alone), rules="grade2")
    page = Page(report(survey, tmp_path / "out").page)
    assert "with a strong flag" in page.text
    assert "Rows flagged grade2 were left out before" in page.text
    assert "Nobody was left out for a flag" not in page.text
    assert "nobody was left out" not in page.text


@pytest.mark.filterwarnings("ignore:Feldt's interval of alpha")
def test_numbers_of_the_page_are_those_of_the_results(page: Page, survey: Survey) -> None:
    from detachment.estimates.reliability import reliability
    from detachment.text import bounded

    row = reliability(survey, scales="signs_total").table.iloc[0]
    assert f"α = {bounded(row['alpha'])}, 95% CI" in page.text.replace("\N{NO-BREAK SPACE}", " ")


# ---------------------------------------------------------------- other surveys


def answers(names: str, *, high: int = 5, rows: int = 60) -> dict[str, list[int]]:
    draw = np.random.Generator(np.random.PCG64(3))
    latent = draw.normal(size=rows)
    middle = (1 + high) / 2
    return {
        name: [int(x) for x in np.clip(np.rint(middle + latent + draw.normal(size=rows)), 1, high)]
        for name in names.split()
    }


def test_errors_in_the_data_stop_the_report_unless_allowed(
    make_survey: Make, tmp_path: Path
) -> None:
    table = answers("s1 s2 s3 s4")
    table["s1"][2] = 55
    wrong = make_survey(table)
    with pytest.raises(SurveyError, match="--allow-problems") as caught:
        report(wrong, tmp_path / "out")
    assert any(problem.value == "55" for problem in caught.value.problems)
    assert not (tmp_path / "out").exists()
    page = Page(report(wrong, tmp_path / "out", allow_problems=True).page)
    assert "Validation found 1 error; a cell that is wrong counts as missing." in page.text
    assert "55" in page.text


def test_a_doubtful_key_is_named_before_any_number(make_survey: Make, tmp_path: Path) -> None:
    table = answers("s1 s2 s3 s4")
    table["s3"] = [6 - answer for answer in table["s3"]]  # s3 is keyed -1
    table["s4"] = [6 - answer for answer in table["s4"]]
    page = Page(report(make_survey(table), tmp_path / "out").page)
    alarm, numbers = page.source.index('class="alarm"'), page.source.index('class="tiles"')
    assert alarm < numbers
    assert "s4" in page.source[alarm:numbers]


def test_nothing_is_left_when_the_report_fails(
    make_survey: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from detachment.figures import Drawing

    def fail(drawing: Drawing, format: str = "svg") -> bytes:  # noqa: A002
        raise MemoryError

    survey = make_survey(answers("s1 s2 s3 s4"))
    before = sorted(tmp_path.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(Drawing, "to_bytes", fail)
        with pytest.raises(MemoryError):
            report(survey, tmp_path / "new" / "out")
    assert sorted(tmp_path.iterdir()) == before


def test_a_foreign_folder_is_refused_before_the_work(
    make_survey: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = make_survey(answers("s1 s2 s3 s4"))
    monkeypatch.setattr("detachment.reports._report.find", None)
    with pytest.raises(UsageError, match="another folder"):
        report(survey, tmp_path)  # holds the export itself


def test_a_survey_without_effects_says_why_a_section_is_missing(
    make_survey: Make, tmp_path: Path
) -> None:
    written = report(make_survey(answers("s1 s2 s3 s4")), tmp_path / "out")
    page = Page(written.page)
    assert "relations" not in [section["id"] for section in page.all("section")]
    assert "Correlations The data hold no item of effects." in page.text
    assert "Not in these data:" in page.text


def test_a_plain_table_has_a_report(tmp_path: Path) -> None:
    written = report(from_frame(pd.DataFrame(answers("a b c")), values=(1, 5)), tmp_path / "out")
    page = Page(written.page)
    assert "a table in memory" in page.text
    assert "The instrument does not say which scales belong together" in page.text


def test_a_seed_must_be_one_that_can_be_written_down(make_survey: Make, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="whole number"):
        report(make_survey(answers("s1 s2 s3 s4")), tmp_path / "out", rng=np.random.default_rng(1))  # type: ignore[arg-type]


def test_hostile_text_comes_out_as_text(tmp_path: Path) -> None:
    script = "</style></svg></title><script>alert('x')</script>"
    formula = '=HYPERLINK("http://evil.example"; "x")'
    turned = "\u202egnp.exe"
    name = 's"><script>alert(1)</script>/../../../s'
    layout = {
        "schema_version": 1,
        "instrument": {
            "id": "hostile", "version": "1.0.0", "title": f"{script} {turned}", "note": script,
            "licence": formula, "citation": script,
        },
        "response_scales": {
            "four": {
                "type": "ordinal", "values": [1, 2, 3, 4],
                "labels": [script, formula, turned, "@d"],
            }
        },
        "items": [
            {"id": "a", "scale": "four", "text": script},
            {"id": "b", "scale": "four", "text": formula, "keyed": -1},
            {"id": "c", "scale": "four", "text": f"{turned} \\input{{/etc/passwd}} $x_1$"},
            {"id": "e1", "scale": "four", "text": "-1+cmd|' /C calc'!A0"},
            {"id": "e2", "scale": "four", "text": "{{ 7 * 7 }}"},
        ],
        "scales": {
            name: {"label": script, "role": "sign", "items": ["a", "b", "c"]},
            "e": {"label": formula, "role": "effect", "items": ["e1", "e2"], "model": "reflective"},
        },
        "correlate": {"rows": [name, f"items:{name}"], "columns": ["e"]},
    }  # fmt: skip
    path = tmp_path / "x<b>=1.csv"
    table = pd.DataFrame(answers("a b c e1 e2", high=4))
    table["b"] = 5 - table["b"]
    table.to_csv(path, index=False)
    survey = read_survey(path, instrument=instrument_from_dict(layout))
    written = report(survey, tmp_path / "out", allow_problems=True)
    assert set(written.files) == set(files(written.folder))
    assert {file.name for file in tmp_path.iterdir()} == {path.name, "out"}
    page = Page(written.page)
    assert "script" not in {tag for tag, _ in page.tags}
    links = [attributes.get("href", attributes.get("src", "")) for _, attributes in page.tags]
    assert not any(":" in link for link in links)
    assert script in page.text
    assert "{{ 7 * 7 }}" in page.source
    assert "49" not in re.findall(r"<th[^>]*>(?:<bdi>)?(\d+)", page.source)
    # A mark that turns the direction of reading is alone in an element that isolates it.
    for before in re.findall(r"(.{0,400})\u202e", page.source, flags=re.S):
        assert before.rindex("<bdi>") > max(before.rfind("</bdi>"), before.rfind("<title>"))
    for name, content in files(written.folder).items():
        assert b"<script" not in content or not name.endswith((".html", ".svg")), name
        if name.endswith(".csv"):
            for cell in re.findall(r'(?:^|,)"?([=+@][^,]*)', content.decode(), flags=re.M):
                pytest.fail(f"{name}: {cell}")
    assert "'=HYPERLINK" in files(written.folder)["tables/questions.csv"].decode()
