"""Many reports in one folder: their names, whether they still stand, the list of them."""

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from detachment._files import code_sha256
from detachment.errors import DetachmentError, UsageError
from detachment.reports._manifest import SEAL, seal, versions
from detachment.reports._publish import (
    MADE_BY,
    MANIFEST,
    differs,
    files_in,
    fingerprints,
    first_document,
    read_manifest,
    sha256,
    sweep,
)
from detachment.text import allowed, bounded, count, counted, encodable

PAGE, LIST = "index.html", "batch.csv"
BATCH_FILES = (PAGE, LIST)
_HEAD = ("file", "status", "report", "rows", "analysed", "scale", "alpha", "errors", "warnings", "reason")  # fmt: skip  # noqa: E501
_MARK = f'content="{MADE_BY}: batch"'
DONE, FAILED, STOPPED = "done", "failed", "not done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a batch says of one export.

    Attributes
    ----------
    file
        Its path below the folder that all of them share.
    folder
        Name of its report's folder.
    status
        ``done``, ``failed``, or ``not done`` where the run was interrupted before.
    reason
        Why there is no report.
    """

    file: str
    folder: str
    status: str
    reason: str = ""


def folder_names(exports: Sequence[Path]) -> dict[Path, str]:
    """Name of the folder of each report: that of the export, with as much before it as is needed.

    Depends on which exports there are, not on their order.

    Raises
    ------
    UsageError
        When an export is named twice.

    Examples
    --------
    >>> exports = [Path("a/x.csv"), Path("b/x.csv"), Path("c/y.csv"), Path("c/y.sav")]
    >>> list(folder_names(exports).values())
    ['a-x', 'b-x', 'y-csv', 'y-sav']
    """
    whole = {path: path.resolve() for path in exports}
    if len(set(whole.values())) < len(exports):
        raise UsageError("An export is named twice. Name every export once.")
    depth = dict.fromkeys(exports, 0)

    def name(path: Path) -> str:
        place = whole[path]
        # The ending tells apart what lies in one folder; folders, what does not.
        parents = [part for part in place.parent.parts if part != place.anchor]
        before = parents[max(0, len(parents) - depth[path]) :] if depth[path] else []
        rivals = [one for one in whole.values() if one.parent == place.parent]
        several = sum(_plain(one.stem) == _plain(place.stem) for one in rivals) > 1
        last = place.name.replace(".", "-") if several else place.stem
        alike = sorted(str(one) for one in rivals if _plain(one.name) == _plain(place.name))
        last += f"-{alike.index(str(place)) + 1}" if len(alike) > 1 else ""
        return "-".join([*before, last])

    reserved = {_plain(PAGE), _plain(LIST)}
    deepest = max((len(place.parts) for place in whole.values()), default=0)
    for _ in range(deepest):
        names = {path: name(path) for path in exports}
        times = Counter(_plain(one) for one in names.values())
        taken = reserved | {one for one, number in times.items() if number > 1}
        clashing = [path for path, one in names.items() if _plain(one) in taken]
        if not clashing:
            return names
        for path in clashing:
            depth[path] += 1
    raise UsageError(
        f"{clashing[0]} and another export would have one folder. Write them in runs of their own."
    )


def _plain(name: str) -> str:
    """A name as a disk that does not tell capital letters apart sees it."""
    return unicodedata.normalize("NFC", name).casefold()


def check_batch(out: Path) -> None:
    """See that the list and the page of a batch replace nobody's file, and clean up after a kill.

    Raises
    ------
    UsageError
        When files of these names are there that no batch wrote.
    """
    page, table = out / PAGE, out / LIST
    foreign = [
        path
        for path, ours in ((page, _MARK.encode()), (table, ",".join(_HEAD).encode()))
        if path.exists() and ours not in (path.read_bytes()[:2000] if path.is_file() else b"")
    ]
    if foreign or (out / MANIFEST).exists():
        what = foreign[0] if foreign else out / MANIFEST
        raise UsageError(
            f"{what} is in the way of the list of all reports, and is not replaced. Choose another "
            "folder with --out."
        )
    if out.is_dir():
        sweep(out)
        for name in BATCH_FILES:
            for part in out.glob(f".{name}.*.part"):  # of a list that was being written
                part.unlink(missing_ok=True)


def still_stands(
    folder: Path, export: Path, *, call: Mapping[str, Any], command: str, instrument: str
) -> dict[str, Any] | None:
    """Manifest of a report that is whole, and that would be made again byte for byte; else None.

    Parameters
    ----------
    folder
        Of the report.
    export
        What it would be made of.
    call, command
        What would be asked, as a manifest records it.
    instrument
        Fingerprint of what was asked.
    """
    manifest = read_manifest(folder) if (folder / MANIFEST).is_file() else None
    if manifest is None or manifest.get(SEAL) != seal(manifest):
        return None
    source = manifest.get("input", {})
    same = (
        manifest.get("call") == call
        and manifest.get("command") == command
        and manifest.get("code_sha256") == code_sha256()
        and manifest.get("versions") == versions(call["report"]["formats"])
        and manifest.get("instrument", {}).get("sha256") == instrument
        and source.get("file") == encodable(export.name)
        and source.get("sha256") == sha256(export.read_bytes())
        and _is_whole(folder, fingerprints(manifest))
        and source.get("code_books") == _books(export, call["read"])
    )
    return manifest if same else None


def _is_whole(folder: Path, known: Mapping[str, str]) -> bool:
    there = files_in(folder) - {MANIFEST}
    return there == known.keys() and not any(differs(folder / name, known[name]) for name in known)


def _books(export: Path, reading: Mapping[str, Any]) -> dict[str, str] | None:
    """Fingerprints of the code books that would be read with a file."""
    from detachment.exports import read_export

    options = {name: value for name, value in reading.items() if name != "strict"}
    try:
        return dict(read_export(export, **options).books)
    except DetachmentError:
        return None


def batch_files(out: Path, entries: Sequence[Entry]) -> dict[str, bytes]:
    """The list of a batch, as a table and as a page.

    Parameters
    ----------
    out
        Where the reports are.
    entries
        In any order.
    """
    import pandas as pd

    from detachment.tables import csv_table

    rows = [_row(out, entry) for entry in sorted(entries, key=lambda one: (one.file, one.folder))]
    table = pd.DataFrame(rows, columns=list(_HEAD), dtype=object)
    return {LIST: csv_table(table).encode("utf-8", "replace"), PAGE: _page(rows).encode()}


def _row(out: Path, entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(_HEAD)
    row |= {"file": entry.file, "status": entry.status, "reason": entry.reason or None}
    if entry.status != DONE:
        return row
    folder = out / entry.folder
    manifest = read_manifest(folder)
    if manifest is None:  # somebody took it away meanwhile
        return row | {"status": FAILED, "reason": "its report is not there any more"}
    first = first_document(manifest["outputs"])
    row |= {"report": f"{encodable(entry.folder)}/{first}", **_leading(folder)}
    row |= {key: manifest["n"][key] for key in ("rows", "analysed")}
    row |= {"errors": manifest["problems"]["error"], "warnings": len(manifest["warnings"])}
    return row


def _leading(folder: Path) -> dict[str, Any]:
    """The first scale of a report and its alpha, as its table has them."""
    path = folder / "tables" / "reliability.csv"
    if not path.is_file():
        return {}
    first = next(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))), None)
    if first is None:
        return {}
    alpha = first.get("alpha")
    return {"scale": first.get("scale"), "alpha": float(alpha) if alpha else None}


def _page(rows: Sequence[Mapping[str, Any]]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from detachment.tables import without_marks

    environment = Environment(
        loader=PackageLoader("detachment.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "count": lambda value: value if isinstance(value, str) else count(value),
        "alpha": lambda value: bounded(value),
        "link": quote,
        "without_marks": without_marks,
    }
    times = Counter(row["status"] for row in rows)
    said = [counted(times[DONE], "report")]
    said += [f"{counted(times[FAILED], 'export')} failed"] if times[FAILED] else []
    said += [f"{count(times[STOPPED])} not done"] if times[STOPPED] else []
    template = environment.get_template("batch.html")
    return allowed(
        template.render(rows=rows, said=", ".join(said), mark=f"{MADE_BY}: batch", list=LIST)
    )
