"""Where the reference material is, and how hypothesis searches: the same examples every time."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from detachment.exports import Export
    from detachment.instruments import Instrument
    from detachment.validation import Survey

settings.register_profile(
    "fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: at the end every worker finds something to do."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def root() -> Path:
    """Top level of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of outside reference files; tests that need it are skipped where it is not there."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the outside reference files (../shared) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def sample_dir(root: Path) -> Path:
    """The simulated sample."""
    return root / "data" / "sample"


Row = dict[str, str]


@pytest.fixture(scope="session")
def part_of_sample(
    sample_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Callable[[list[Row]], Iterable[Row]]], Path]:
    """Write some rows of the sample as an export of their own."""
    import csv

    with (sample_dir / "couples_long.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)

    def part(chosen: Callable[[list[Row]], Iterable[Row]]) -> Path:
        path = tmp_path_factory.mktemp("part") / "part.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, reader.fieldnames or [])
            writer.writeheader()
            writer.writerows(chosen(rows))
        return path

    return part


@pytest.fixture(scope="session")
def some_couples(part_of_sample: Callable[..., Path]) -> Path:
    """A small sample with everything in it: 120 couples, both arms, two waves, people alone."""

    def chosen(rows: list[Row]) -> Iterator[Row]:
        known = sorted({row["dyad_id"] for row in rows} - {""})
        some = {*known[:60], *known[-60:], ""}
        return (row for row in rows if row["dyad_id"] in some)

    return part_of_sample(chosen)


@pytest.fixture(scope="session")
def some_alone(part_of_sample: Callable[..., Path]) -> Path:
    """200 people of the sample at their first wave, none of whose partners takes part."""
    return part_of_sample(
        lambda rows: [row for row in rows if (row["dyad_id"], row["wave"]) == ("", "1")][:200]
    )


@pytest.fixture(scope="session")
def short_instrument(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scales of the shipped instrument and all that it asks about people: quick to report."""
    import yaml

    file = root / "schemas" / "instruments" / "detachment.yaml"
    whole = yaml.safe_load(file.read_text(encoding="utf-8"))
    scales = {name: whole["scales"][name] for name in ("signs_closeness", "eff_satisfaction")}
    scales["signs_closeness"].pop("parent", None)
    items = [one for scale in scales.values() for one in scale["items"]]
    used = {one if isinstance(one, str) else one["id"] for one in items}
    about = {key: whole["instrument"][key] for key in ("version", "title", "language", "licence")}
    short = {
        **{key: whole[key] for key in ("schema_version", "response_scales", "missing_codes")},
        "instrument": {"id": "short", **about},
        "columns": whole["columns"],
        "items": [item for item in whole["items"] if item["id"] in used],
        "scales": scales,
        "correlate": {"rows": ["signs_closeness"], "columns": ["eff_satisfaction"]},
    }
    path = tmp_path_factory.mktemp("short") / "short.yaml"
    path.write_text(yaml.safe_dump(short, allow_unicode=True), encoding="utf-8")
    return path


class Ran(NamedTuple):
    """What a run of the command line left: exit code, data, messages."""

    code: int
    out: str
    err: str


@pytest.fixture
def detachment(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the command ``detachment`` in this process."""
    from detachment.cli import main

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Ran(code, *capsys.readouterr())

    return run


SMALL_INSTRUMENT = {
    "schema_version": 1,
    "instrument": {"id": "small", "version": "1.0.0", "title": "Every kind of scale, small"},
    "response_scales": {
        "agree5": {"type": "ordinal", "values": [1, 2, 3, 4, 5]},
        "use5": {"type": "ordinal", "values": [0, 1, 2, 3, 4]},
        "use7": {"type": "ordinal", "values": [0, 1, 2, 3, 4, 5, 6]},
        "tf3": {"type": "categorical", "values": [1, 0, 9]},
    },
    "missing_codes": {"-9": "prefer_not_to_say"},
    "columns": {
        "id": {"role": "respondent_id", "required": True},
        "wave": {"role": "wave", "type": "integer"},
        "couple": {"role": "dyad_id"},
        "partner": {"role": "partner_role", "type": "category", "allowed": ["A", "B"]},
        "agreement": {"role": "demographic", "type": "category", "allowed": ["closed", "open"]},
    },
    "items": [
        {"id": "s1", "scale": "agree5", "text": "I keep away."},
        {"id": "s2", "scale": "agree5", "column": "Q2"},
        {"id": "s3", "scale": "agree5", "keyed": -1},
        {"id": "s4", "scale": "agree5"},
        {"id": "j1", "scale": "agree5"},
        {"id": "j2", "scale": "agree5", "keyed": -1},
        {"id": "j3", "scale": "agree5"},
        {"id": "k1", "scale": "tf3", "answer": 0},
        {"id": "k2", "scale": "tf3", "answer": 1},
        {"id": "k3", "scale": "tf3", "answer": 0},
        {"id": "f1", "scale": "use5"},
        {"id": "f2", "scale": "use5"},
        {"id": "m1", "scale": "use7"},
        {"id": "m2", "scale": "use5"},
        {"id": "m3", "scale": "use5"},
        {"id": "p1", "scale": "agree5"},
        {"id": "p2", "scale": "agree5"},
        {"id": "lone", "scale": "agree5"},
    ],
    "scales": {
        "trouble": {
            "label": "Trouble", "role": "sign", "model": "reflective", "score": "mean",
            "items": ["s1", "s2", "s3", "s4"], "min_valid": 0.75, "signs_present_from": 4,
        },
        "facet": {
            "label": "Facet", "role": "sign", "model": "reflective_2item", "min_valid": 1.0,
            "items": ["s1", "s2"], "parent": "trouble",
        },
        "joy": {
            "label": "Joy", "role": "effect", "model": "reflective", "items": ["j1", "j2", "j3"],
            "min_valid": 0.6, "expected_sign": -1, "mask_when": {"agreement": ["open"]},
        },
        "quiz": {
            "label": "Quiz", "role": "knowledge", "model": "dichotomous_test",
            "score": "sum_correct", "items": ["k1", "k2", "k3"], "min_valid": 0.6,
        },
        "index": {
            "label": "Things done", "role": "strategy", "model": "formative",
            "items": ["f1", "f2"], "min_valid": 1.0,
        },
        "mixed": {
            "label": "Mixed ranges", "role": "covariate", "model": "reflective", "score": "sum",
            "items": ["m1", "m2", "m3"], "min_valid": 0.6,
        },
        "pair": {
            "label": "A pair", "role": "cause", "model": "reflective_2item", "min_valid": 1.0,
            "items": ["p1", "p2"], "overlaps": ["s4"],
        },
        "single": {
            "label": "One question", "role": "cause", "model": "single_item", "items": ["lone"],
            "min_valid": 1.0,
        },
    },
    "correlate": {"rows": ["trouble"], "columns": ["effects"]},
}  # fmt: skip
MakeSurvey = Callable[..., "Survey"]


@pytest.fixture
def make_survey(tmp_path: Path) -> MakeSurvey:
    """Survey of the small instrument: a table of codes, written as CSV and read as any export."""
    import warnings

    from detachment.errors import DetachmentWarning
    from detachment.instruments import instrument_from_dict
    from detachment.validation import read_survey

    def make(table: Mapping[str, Sequence[object]]) -> "Survey":
        import pandas as pd

        frame = pd.DataFrame({name: list(column) for name, column in table.items()})
        if "id" not in frame:
            frame.insert(0, "id", [f"R{k:04d}" for k in range(len(frame))])
        path = tmp_path / "small.csv"
        frame.rename(columns={"s2": "Q2"}).to_csv(path, index=False)
        with warnings.catch_warnings():
            # What validation says of the file is not what is tested here.
            warnings.simplefilter("ignore", DetachmentWarning)
            return read_survey(path, instrument=instrument_from_dict(SMALL_INSTRUMENT))

    return make


@pytest.fixture(scope="session")
def leaked() -> Callable[["Export", str, "Instrument"], set[str]]:
    """Sensitive cells that stand in a draft: as a whole, or inside where they are long."""

    def find(export: "Export", text: str, declared: "Instrument") -> set[str]:
        written = {" ".join(name.split()): name for name in export.names}
        roles = {written.get(c.column, c.column): c.role for c in declared.columns.values()}
        said, comments = everything_said(text)
        everything = "\n".join([*said, comments])
        own = {w for v in export.variables.values() for w in (v.text, v.name)} | set(export.names)
        asked = "\n".join(" ".join(word.split()) for word in own)
        found, choices = sensitive_cells(export, roles)
        asked += "\n".join(choices)
        inside = {c for c in found if len(c) >= 12 and c in everything and c not in asked}
        return {cell for cell in found if cell in said} | inside

    return find


def everything_said(text: str) -> tuple[set[str], str]:
    """Every key and value of the file, as text, and its comments."""

    import yaml

    def walk(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            for key, value in part.items():
                yield str(key)
                yield from walk(value)
        elif isinstance(part, list):
            for value in part:
                yield from walk(value)
        else:
            yield str(part)

    said = {" ".join(word.split()) for word in walk(yaml.safe_load(text))}
    comments = [line.partition("# ")[2] for line in text.splitlines() if "# " in line]
    return said, "\n".join(comments)


def sensitive_cells(export: "Export", roles: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Cells that may be somebody's (personal, free text, or given by few), and those of many.

    ``roles`` is column -> role in the draft. What the file itself says of its questions (headings,
    texts, code book) and common words of answers are nobody's.
    """
    from detachment.drafting._known_answers import is_known

    public = set(export.names)
    for variable in export.variables.values():
        public |= {variable.text, variable.group, variable.name, *variable.labels}
        public |= {*variable.labels.values(), *variable.missing, *variable.reasons}
    public = {" ".join(word.split()).casefold() for word in public}
    counts: dict[str, int] = {}
    cells: set[str] = set()
    free: set[str] = set()
    for name in export.cells:
        values = export.cells[name].value_counts()
        given = {str(v).strip(): int(n) for v, n in values.items() if n and str(v).strip()}
        if name in export.identifying_columns or roles.get(name) == "identifier":
            cells |= given.keys()
            continue
        if roles.get(name) == "free_text":
            free |= given.keys()
            continue
        if options := export.variables[name].options:
            chosen = {o: (export.column(f"{name} [{o}]") == "1").sum() for o in options}
            given = {option.strip(): int(n) for option, n in chosen.items() if n}
        for value, n in given.items():
            counts[value] = max(counts.get(value, 0), n)
    cells |= {value for value, n in counts.items() if n < 3}
    # What people wrote may be what others chose ("blue").
    cells |= {value for value in free if counts.get(value, 0) < 3}
    sensitive = {
        plain
        for value in cells
        if (plain := " ".join(value.split())).casefold() not in public
        and not is_known(plain)
        and not re.fullmatch(r"-?\d{1,4}([.,]0)?", plain)  # codes, whoever else has such a number
    }
    return sensitive, {" ".join(value.split()) for value, n in counts.items() if n >= 3}
