"""No personal value of an export reaches an output, a file, a warning or an error, by value.

Real exports (outside the project) and the files of every platform that is simulated go through
every command, with an instrument of their own, with one that does not fit, and with one that takes
their personal columns for questions.
"""

import base64
import csv
import html
import io
import itertools
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pypdf
import pytest
import yaml

from detachment.cli import main
from detachment.errors import DetachmentError
from detachment.exports import Export, read_export
from detachment.simulation import simulate
from detachment.simulation.platforms import WRITERS
from detachment.validation import read_survey

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "exports"
KNOWN: Mapping[str, Mapping[str, Any]] = (
    {one["file"]: one for one in json.loads((FOLDER / "EXPECTED.json").read_text("utf-8"))}
    if (FOLDER / "EXPECTED.json").is_file()
    else {}
)
ASKED = ("FILE", "--instrument", "INSTRUMENT", "--json", "--outcome", "eff_satisfaction")
# Every command that reads an export; a new one is added here. FILE, INSTRUMENT and OUT are filled.
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("inspect", "FILE"),
    ("inspect", "FILE", "--json"),
    ("instrument", "draft", "FILE"),
    ("validate", "FILE"),  # of another survey: an error
    ("validate", "FILE", "--instrument", "INSTRUMENT"),
    ("validate", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("scores", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("screen", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("reliability", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("items", "FILE", "--instrument", "INSTRUMENT"),
    ("agreement", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("network", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("prevalence", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("compare", "FILE", "--instrument", "INSTRUMENT", "--by", "group", "--json"),
    ("cutoffs", "FILE", "--instrument", "INSTRUMENT", "--cutoff", "< 3", "--json"),
    ("partner-agreement", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("dyads", "FILE", "--instrument", "INSTRUMENT", "--json"),
    (
        "apim",
        "FILE",
        "--instrument",
        "INSTRUMENT",
        "--predictor",
        "signs_closeness",
        "--outcome",
        "eff_satisfaction",
        "--boot",
        "50",
        "--json",
    ),
    ("correlate", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("correlate", "FILE", "--instrument", "INSTRUMENT", "--explain", "plain"),
    ("methods", "FILE", "--instrument", "INSTRUMENT"),
    ("multiverse", "FILE", "--instrument", "INSTRUMENT", "--method", "pearson", "--json"),
    ("regress", *ASKED, "--predictors", "causes", "--controls", "demo_gender"),
    ("mediate", *ASKED, "--causes", "causes", "--mediators", "signs_total", "--boot", "100"),
    ("moderate", *ASKED, "--predictor", "signs_total", "--moderator", "style_healthy"),
    ("dimensionality", "FILE", "--instrument", "INSTRUMENT", "--random", "20", "--json"),
    ("efa", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("irt", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("irt", "FILE", "--instrument", "INSTRUMENT", "--scores", "eap"),
    ("cfa", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("change", "FILE", "--instrument", "INSTRUMENT", "--json"),
    ("cfa", "FILE", "--instrument", "INSTRUMENT", "--scores", "regression"),
    ("invariance", "FILE", "--instrument", "INSTRUMENT", "--by", "group", "--json"),
    ("quiz", "FILE", "--instrument", "INSTRUMENT", "--boot", "20", "--json"),
    ("report", "FILE", "--instrument", "INSTRUMENT", "--allow-problems", "--out", "OUT"),
    ("verify", "OUT", "--export", "FILE", "--instrument", "detachment"),  # says why it cannot
)
# Heavy forms, and a folder of many: of one platform only.
HEAVY = (
    ("report", "FILE", "--instrument", "INSTRUMENT", "--allow-problems", "--format",
     "html,pdf,docx,xlsx", "--out", "OUT/all"),
    ("verify", "OUT/all", "--export", "FILE", "--instrument", "INSTRUMENT"),
    ("methods", "FILE", "--instrument", "INSTRUMENT", "--out", "OUT/methods.html"),
    ("items", "FILE", "--instrument", "INSTRUMENT", "--out", "OUT/items.docx"),
    ("reliability", "FILE", "--instrument", "INSTRUMENT", "--out", "OUT/alpha.xlsx"),
    ("reliability", "FILE", "--instrument", "INSTRUMENT", "--explain", "apa"),
    ("figures", "FILE", "--instrument", "INSTRUMENT", "--out", "OUT/figures"),
    ("check-text", "FILE"),  # no manuscript
)  # fmt: skip
HOSTILE = (  # the personal columns are declared as items and as metadata
    ("scores", "FILE", "--instrument", "INSTRUMENT"),
    ("items", "FILE", "--instrument", "INSTRUMENT", "--json"),
)
DOT = base64.b64decode(  # the smallest picture that Word takes
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsRWPKQAAAABJRU5ErkJggg=="
)
SHORTEST = 4
START = 24  # of a long value so many characters are looked for: a message may cut it
SHIPPED = "detachment"


# ---------------------------------------------------------------- what is personal


def personal_values(export: Export, columns: Iterable[str]) -> set[str]:
    """Cells of personal columns that are nobody else's word: no heading, label or common answer."""
    own = set(columns)
    asked = [*export.names, export.file]
    for variable in export.variables.values():
        asked += [variable.text, variable.name, variable.group, *variable.options]
        asked += [*variable.labels.values(), *variable.missing.values()]
    public = squeezed("\n".join(asked)).casefold()
    others = {
        squeezed(str(cell)).casefold()
        for name in export.cells
        if name not in own
        for cell in export.cells[name].cat.categories
    }
    found = set()
    for name in own:
        for cell in export.cells[name].unique():
            value = squeezed(str(cell))
            plain = value.casefold()
            if len(value) < SHORTEST or re.fullmatch(r"\d{1,4}", value):
                continue
            if plain[:START] not in public and plain not in others:
                found.add(value)
    return found


def free_text(export: Export) -> list[str]:
    """Columns in which most people wrote something of their own, in words."""
    found = []
    for name in map(str, export.cells):
        variable = export.variables[name]
        cells = [squeezed(str(cell)) for cell in export.cells[name] if str(cell).strip()]
        if variable.labels or variable.options or variable.role or len(cells) < 3:
            continue
        words = [cell for cell in cells if len(re.findall(r"[^\W\d_]{2,}", cell)) >= 3]
        if len(words) > len(cells) / 2 and len(set(cells)) > 0.7 * len(cells):
            found.append(name)
    return found


def squeezed(text: str) -> str:
    return " ".join(text.split())


def leaks(values: set[str], said: str) -> set[str]:
    """Values that stand in what was said, in any of the ways in which it is written."""
    plain = squeezed(said)
    everything = "\n".join([plain, squeezed(html.unescape(said)), squeezed(unquoted(said))])
    found = set()
    for value in values:
        start = value[:START]
        if start not in everything:
            continue
        # Digits can stand in a longer number, and letters in a longer word.
        whole = re.search(rf"(?<![\w.]){re.escape(start)}(?!\w)", everything)
        if whole or len(start) == START:
            found.add(value)
    return found


def unquoted(text: str) -> str:
    """Text as JSON and CSV meant it before they wrote their quotes."""
    plain = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)
    return plain.replace('\\"', '"').replace('""', '"').replace("\\n", " ").replace("\\\\", "\\")


def test_a_leak_is_found_in_every_way_of_writing() -> None:
    values = {"ann@example.org", 'She said "no" to <him> & left for good', "90210"}
    assert leaks(values, "row 3: ann@example.org") == {"ann@example.org"}
    story = 'She said "no" to <him> & left for good'
    assert leaks(values, html.escape(f"({story})")) == {story}
    assert leaks(values, json.dumps({"value": story})) == {story}
    assert leaks(values, "value 'She said \"no\" to <him> & left...'") == {story}
    assert leaks(values, "sha256 aa90210bb, 1.90210, 290210") == set()
    assert leaks(values, "zip 90210,") == {"90210"}


# ---------------------------------------------------------------- instruments


def own_instrument(export: Export, personal: Iterable[str]) -> dict[str, Any] | None:
    """An instrument of the file's own columns of small whole numbers; None where it has few."""
    kinds: dict[str, dict[str, Any]] = {}
    items = []
    for name in map(str, export.cells):
        cells = {str(cell).strip() for cell in export.cells[name].unique()} - {""}
        numbers = {int(cell) for cell in cells if re.fullmatch(r"\d{1,2}", cell)}
        if name in personal or not 2 <= len(numbers) <= 11 or len(numbers) < len(cells) - 1:
            continue
        if name != name.strip() or export.variables[name].role:
            continue
        values = list(range(min(numbers), max(numbers) + 1))
        kind = f"from{values[0]}to{values[-1]}"
        kinds[kind] = {"type": "ordinal", "values": values}
        items.append({"id": f"q{len(items)}", "scale": kind, "column": name})
        if len(items) == 6:
            break
    if len(items) < 3:
        return None
    ids = [item["id"] for item in items]
    return layout(kinds, items, {"one": ids[:2], "all": ids})


def hostile_instrument(personal: Iterable[str]) -> dict[str, Any]:
    """One that takes personal columns for questions with five answers, a number and a date."""
    columns = [name for name in personal if name == name.strip()]
    items = [
        {"id": f"q{k}", "scale": "five", "column": name} for k, name in enumerate(columns[:-2])
    ]
    five = {"five": {"type": "ordinal", "values": [1, 2, 3, 4, 5], "labels": list("ABCDE")}}
    found = layout(five, items, {"all": [item["id"] for item in items]})
    found["columns"] = {
        f"m{k}": {"type": kind, "role": "demographic", "column": name}
        for k, (name, kind) in enumerate(zip(columns[-2:], ("number", "datetime"), strict=False))
    }
    return found


def layout(
    kinds: Mapping[str, Any], items: list[dict[str, Any]], scales: Mapping[str, list[str]]
) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "instrument": {"id": "own", "version": "1.0.0", "title": "Own columns"},
        "response_scales": dict(kinds),
        "items": items,
        "scales": {
            name: {"label": name.title(), "role": "sign", "items": ids, "min_valid": 0.5}
            for name, ids in scales.items()
        },
        "correlate": {"rows": [next(iter(scales))], "columns": [f"items:{list(scales)[-1]}"]},
    }


# ---------------------------------------------------------------- what is said


def remembered(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The verb, which works once for each question; an error is an answer too."""
    answers: dict[str, Any] = {}

    def ask(path: Path, **options: Any) -> Any:
        question = f"{path} {sorted(options.items())}"
        if question not in answers:
            try:
                answers[question] = verb(Path(path), **options)
            except DetachmentError as error:
                answers[question] = error
        if isinstance(answers[question], DetachmentError):
            raise answers[question]
        return answers[question]

    return ask


read = remembered(read_export)


@pytest.fixture
def everything_said(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch) -> Any:
    """Run commands in this process; all that they print, write, warn of and raise, as one text."""
    from detachment.figures import Drawing

    drawn = Drawing.to_bytes

    def quick(drawing: Drawing, form: str = "svg") -> bytes:
        # A PNG has the words of the SVG, and takes longer.
        return drawn(drawing) if form == "svg" else DOT

    monkeypatch.setattr(Drawing, "to_bytes", quick)
    # What reading and validating say of a file is heard once, and is the same every time.
    monkeypatch.setattr("detachment.exports.read_export", read)
    monkeypatch.setattr("detachment.validation._validate.read_export", read)
    monkeypatch.setattr("detachment.validation.read_survey", remembered(read_survey))

    def run(
        commands: Iterable[tuple[str, ...]], file: Path, instrument: Path | None, *heard_before: str
    ) -> str:
        said, failed = list(heard_before), set()
        out = tmp_path / "out"
        filled = {"FILE": str(file), "INSTRUMENT": str(instrument), "OUT": str(out)}
        for command in commands:
            if instrument is None and "INSTRUMENT" in command:
                continue
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                code = main([filled.get(word, word.replace("OUT/", f"{out}/")) for word in command])
            assert code in (0, 1, 2, 3), command
            if code and command[0] == "validate":
                failed.add(instrument if "INSTRUMENT" in command else SHIPPED)
            said += [*capsys.readouterr(), *(str(one.message) for one in heard)]
        said += list(files(out))
        for asked in failed:
            said += raised(file, asked)
        return "\n".join(said)

    return run


def files(folder: Path) -> Iterator[str]:
    """Text of every file of a folder, without the outlines of letters."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".pdf":
            yield from (page.extract_text() for page in pypdf.PdfReader(path).pages)
        if path.suffix in (".docx", ".xlsx"):
            with zipfile.ZipFile(path) as archive:
                parts = [archive.read(name) for name in archive.namelist()
                         if name.endswith((".xml", ".rels"))]  # fmt: skip
            # Word may begin a new piece in the middle of a value.
            yield from (re.sub(r"<[^>]*>", "", part.decode("utf-8")) for part in parts)
            yield from (part.decode("utf-8") for part in parts)
        if path.suffix in (".html", ".csv", ".json", ".svg"):
            yield re.sub(r' d="[^"]*"| (?:x|y|width|height|transform)="[^"]*"', "",
                         path.read_text("utf-8"))  # fmt: skip


def raised(file: Path, instrument: str | Path) -> list[str]:
    """What the library raises in Python when a cell is wrong, as text and as a table."""
    try:
        survey = read_survey(file, instrument=instrument, strict=True)
    except DetachmentError as error:
        return [str(error), repr(error), error.to_frame().to_csv()]
    return [repr(survey), repr(survey.provenance)]


def written(instrument: Mapping[str, Any] | None, path: Path) -> Path | None:
    if instrument is None:
        return None
    path.write_text(yaml.safe_dump(dict(instrument), allow_unicode=True), encoding="utf-8")
    return path


# ---------------------------------------------------------------- tests


@pytest.mark.skipif(
    not KNOWN, reason="the outside reference files (../shared) are not on this machine"
)
@pytest.mark.parametrize("name", sorted(KNOWN))
def test_real_exports(name: str, everything_said, tmp_path: Path) -> None:
    file = FOLDER / name
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        export = read(file)
    if export.kind == "codebook":
        pytest.skip("a code book holds no person")
    marked = [c for c in KNOWN[name].get("pii_columns") or [] if c in export.cells]
    assert set(marked) <= set(export.identifying_columns)
    columns = {*marked, *export.identifying_columns, *free_text(export)}
    values = personal_values(export, columns)
    if not values:
        pytest.skip("no personal value in it")
    own = written(own_instrument(export, columns), tmp_path / "own.yaml")
    said = everything_said(COMMANDS, file, own, *(str(one.message) for one in heard))
    nobody = own is None or export.test_rows.all()
    assert nobody or (tmp_path / "out" / "index.html").is_file()
    assert leaks(values, said) == set()
    wrong = written(hostile_instrument(sorted(columns)), tmp_path / "hostile.yaml")
    assert leaks(values, everything_said(HOSTILE, file, wrong)) == set()


@pytest.fixture(scope="module")
def sample() -> Any:
    return simulate(n_couples=6, n_alone=3, n_students=2)


@pytest.mark.slow
@pytest.mark.parametrize("platform", sorted(WRITERS))
def test_simulated_exports(
    platform: str, everything_said, sample, short_instrument: Path, tmp_path: Path
) -> None:
    from detachment.instruments import read_instrument

    contents = WRITERS[platform].files(sample, read_instrument(SHIPPED))
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    file = tmp_path / next(iter(contents))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        export = read(file)
    values = personal_values(export, export.identifying_columns)
    if not values:
        pytest.skip("the platform writes no personal value")
    own = short_instrument
    said = everything_said(COMMANDS, file, own, *(str(one.message) for one in heard))
    assert (tmp_path / "out" / "index.html").is_file()
    assert leaks(values, said) == set()
    if platform == "qualtrics":
        assert leaks(values, everything_said(HEAVY, file, own)) == set()
        assert (tmp_path / "out" / "all" / "report.pdf").is_file()
    wrong = written(hostile_instrument(export.identifying_columns), tmp_path / "hostile.yaml")
    assert leaks(values, everything_said(HOSTILE, file, wrong)) == set()


def test_rows_that_slipped_by_some_columns(
    everything_said, sample, short_instrument: Path, tmp_path: Path
) -> None:
    """What is personal stands in columns of answers then, among answers that are right."""
    from detachment.instruments import read_instrument

    contents = WRITERS["qualtrics"].files(sample, read_instrument(SHIPPED))
    name, content = next(iter(contents.items()))
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    (tmp_path / "right.csv").write_bytes(content)
    export = read(tmp_path / "right.csv")
    values = personal_values(export, export.identifying_columns)
    places = [lines[0].index(name) for name in export.identifying_columns]
    items = [lines[0].index(item) for item in read_instrument(short_instrument).items]
    slipped = set()
    for number, (line, item) in enumerate(itertools.product(lines[3:], items)):
        if number % 17 == 0:
            line[item] = line[places[number % len(places)]]
            slipped.add(squeezed(line[item]))
    assert len(slipped & values) > 5
    file = tmp_path / name
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(lines)
    said = everything_said(COMMANDS, file, short_instrument)
    assert "not shown" in said
    assert leaks(values, said) == set()
