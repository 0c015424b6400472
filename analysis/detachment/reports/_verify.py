"""The verb ``verify``: a report in, whether every number in it follows from its data out."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from detachment._files import code_sha256
from detachment.errors import DetachmentError, Refusal, UsageError
from detachment.reports._manifest import SEAL, seal, versions
from detachment.reports._moves import Move, fact_moves, moves
from detachment.reports._publish import MANIFEST, differs, files_in, fingerprints, read_manifest
from detachment.reports._sources import Unverifiable, read_again
from detachment.text import counted, listing

if TYPE_CHECKING:
    import pandas as pd

    from detachment.instruments import Instrument

Status = Literal["verified", "moved", "unverifiable"]
_KNOWN_VERSION = 2
_COLUMNS = ("file", "row", "column", "was", "now", "by")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verification:
    """Whether a report says what its data give.

    Attributes
    ----------
    report
        Name of its folder.
    status
        ``"verified"``; ``"moved"`` when a file was touched or a number is another one;
        ``"unverifiable"`` when the numbers could not be computed again.
    reason
        Why they could not.
    changed, missing, added
        Files that are not what the manifest says, that are gone, and that were put there.
    sealed
        Whether the manifest is as it was written, as far as its own seal tells.
    moves
        Every value that is another one now: cells of tables first, then facts of the manifest, then
        pages and figures.
    tables, cells, others
        How many tables, their cells, and other files were compared.
    versions
        What ran then and now -> its two versions, where they differ; ``"code"`` for the code of
        this package.
    tolerance
        How far numbers were allowed to lie apart.
    """

    report: str
    status: Status
    reason: str = ""
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    sealed: bool = True
    moves: tuple[Move, ...] = ()
    tables: int = 0
    cells: int = 0
    others: int = 0
    versions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    tolerance: float = 0.0

    @property
    def first(self) -> Move | None:
        """The first value that moved."""
        return self.moves[0] if self.moves else None

    def to_frame(self) -> "pd.DataFrame":
        """Every value that moved: file, row, column, was, now, by."""
        import pandas as pd

        rows = [tuple(getattr(move, name) for name in _COLUMNS) for move in self.moves]
        return pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"by": "float64"})

    def explain(self) -> str:
        """Say in sentences what was found, and what that proves."""
        return "\n".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        compared = (
            f"{counted(self.cells, 'cell')} of {counted(self.tables, 'table')} and "
            f"{counted(self.others, 'page or figure', 'pages and figures')}"
        )
        touched = [
            (self.changed, "changed after it was written"),
            (self.missing, "missing"),
            (self.added, "put there by somebody else"),
        ]
        if self.status == "verified":
            within = f", within {self.tolerance:g}" if self.tolerance else ""
            yield f"{self.report}: verified. Its data give {compared} again{within}."
        elif self.status == "unverifiable":
            yield f"{self.report}: cannot be verified: {self.reason}."
        else:
            yield f"{self.report}: moved."
        for names, what in touched:
            if names:
                yield f"In the folder, {what}: {listing(names, shown=5)}."
        if not self.sealed:
            yield "The manifest itself was changed after it was written: its seal is broken."
        if self.first is not None:
            yield f"The first that moved: {self.first}."
            cells = sum(move.in_cell for move in self.moves[1:])
            looks = len(self.moves) - 1 - cells
            others = [
                *([counted(cells, "other value")] if cells else []),
                *([counted(looks, "page or figure", "pages and figures")] if looks else []),
            ]
            if others:
                yield f"So did {listing(others)}."
        if self.status == "moved" and self.reason:
            yield f"The numbers could not be computed again: {self.reason}."
        if self.versions:
            pairs = [
                f"{name} {then} then, {now} now" for name, (then, now) in self.versions.items()
            ]
            yield f"What runs here is not what ran then: {'; '.join(pairs)}."
            if self.status == "verified" and self.moves:
                yield (
                    "Other versions draw pages and figures otherwise; the tables are proven, those "
                    "are not."
                )
        if self.status == "verified":
            yield (
                "This proves that the numbers follow from that file and call; not that the file "
                "holds what people answered, nor who wrote the report."
            )

    def _repr_html_(self) -> str:
        """What a notebook shows: the sentences, and the table."""
        said = "".join(f"<p>{escape(line)}</p>" for line in self._sentences())
        return said + (self.to_frame().to_html(index=False) if self.moves else "")

    def __repr__(self) -> str:
        first = f"; first: {self.first}" if self.first else ""
        return f"Verification({self.report!r}: {self.status}{first})"


def verify(
    report: str | Path,
    *,
    export: str | Path | None = None,
    instrument: "str | Path | Instrument | None" = None,
    tolerance: float = 0.0,
) -> Verification:
    """Make a report again from its data, and compare every number in it.

    First every file is held against its fingerprint in ``manifest.json``. Then the export is read
    as it was read then, with the recorded call; every table is compared cell by cell, every fact
    of the manifest, and every page and figure byte by byte.

    Parameters
    ----------
    report
        Folder of the report.
    export
        The file of answers, or the folder that holds it; it is looked for beside the report and in
        the current folder when None. Its fingerprint must be the recorded one.
    instrument
        Id or file of the instrument; it is looked for among those that come along, and in files
        beside the report and the export, when None.
    tolerance
        How far numbers may lie apart, in parts of the number (of 1 for numbers below 1). Exact by
        default, which is what the same versions on the same kind of machine give; another
        processor can differ in the last digits (1e-9 allows for that).

    Returns
    -------
    Verification
        Frozen; ``explain()`` says it in sentences, ``to_frame()`` lists what moved.

    Raises
    ------
    UsageError
        When there is no report in the folder.
    Refusal
        When its manifest cannot be read, or was written before calls were recorded.

    Examples
    --------
    >>> import detachment as dt
    >>> dt.verify("report", export="couples.csv")  # doctest: +SKIP
    Verification('report': verified)
    """
    if not tolerance >= 0:
        raise UsageError(f"tolerance is 0 or a positive number; got {tolerance!r}.")
    folder = Path(report)
    manifest = _manifest_of(folder)
    known = fingerprints(manifest)
    there = files_in(folder) - {MANIFEST}
    found: dict[str, Any] = {
        "report": folder.resolve().name,
        "changed": tuple(
            sorted(name for name in there & known.keys() if differs(folder / name, known[name]))
        ),
        "missing": tuple(sorted(known.keys() - there)),
        "added": tuple(sorted(there - known.keys())),
        "sealed": manifest.get(SEAL) == seal(manifest),
        "versions": _other_versions(manifest),
        "tolerance": tolerance,
    }
    touched = bool(found["changed"] or found["missing"] or found["added"] or not found["sealed"])
    try:
        files, content = _again(manifest, folder, export=export, instrument=instrument)
    except Unverifiable as why:
        status: Status = "moved" if touched else "unverifiable"
        return Verification(status=status, reason=str(why).rstrip("."), **found)
    moved, cells = _compare(folder, there, set(known), files, tolerance)
    facts = {key: value for key, value in manifest.items() if key not in ("outputs", SEAL)}
    moved += fact_moves(MANIFEST, facts, content, tolerance=tolerance)
    moved.sort(key=lambda move: (not move.in_cell, move.file == MANIFEST))
    # Other versions draw otherwise; what counts then is what was computed.
    counts = [move for move in moved if move.in_cell or not found["versions"]]
    tables = sum(name.endswith(".csv") for name in files)
    return Verification(
        status="moved" if touched or counts else "verified",
        moves=tuple(moved),
        tables=tables,
        cells=cells,
        others=len(files) - tables - 1,
        **found,
    )


def _manifest_of(folder: Path) -> dict[str, Any]:
    if not (folder / MANIFEST).is_file():
        raise UsageError(
            f"There is no report in {folder}: it has no {MANIFEST}. Name the folder that "
            "`detachment report` wrote."
        )
    manifest = read_manifest(folder)
    if manifest is None:
        raise Refusal(
            f"{folder / MANIFEST} cannot be read as the manifest of a report: it was changed or "
            "cut short. Write the report again."
        )
    if manifest.get("manifest_version") != _KNOWN_VERSION:
        raise Refusal(
            f"{folder / MANIFEST} is of another version of detachment "
            f"({manifest.get('manifest_version')!r}; known here: {_KNOWN_VERSION}), which did not "
            "record the same facts. Verify it with that version, or write the report again."
        )
    return manifest


def _other_versions(manifest: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    then, now = dict(manifest.get("versions") or {}), versions(_formats(manifest))
    pairs = {name: (str(then.get(name, "none")), now.get(name, "none")) for name in {**then, **now}}
    code = str(manifest.get("code_sha256"))[:8], code_sha256()[:8]
    return {name: pair for name, pair in {**pairs, "code": code}.items() if pair[0] != pair[1]}


def _formats(manifest: Mapping[str, Any]) -> Sequence[str]:
    try:
        return [str(one) for one in manifest["call"]["report"]["formats"]]
    except (KeyError, TypeError):  # of somebody else's making
        return ()


def _again(
    manifest: Mapping[str, Any],
    folder: Path,
    *,
    export: str | Path | None,
    instrument: "str | Path | Instrument | None",
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Every file of the report, made again from the data."""
    from detachment.reports._report import compose

    near = folder.resolve()
    places = [near.parent, Path.cwd(), near.parent.parent]
    try:
        options = dict(manifest["call"]["report"])
        made_with = {name: manifest[name] for name in ("versions", "code_sha256")}
        survey = read_again(
            manifest,
            places,
            export=None if export is None else Path(export),
            instrument=instrument,
        )
        command = str(manifest["command"])
    except (KeyError, TypeError, AttributeError) as error:
        raise Unverifiable(f"its manifest lacks what the call needs ({error})") from error
    if unknown := sorted(options.keys() - inspect.signature(compose).parameters.keys()):
        raise Unverifiable(f"it was asked for with options that are not known here: {unknown}")
    try:
        return compose(survey, command=command, made_with=made_with, **options)
    except DetachmentError as error:
        raise Unverifiable(f"it cannot be made again: {error}") from error


def _compare(
    folder: Path,
    there: set[str],
    known: set[str],
    files: Mapping[str, bytes],
    tolerance: float,
) -> tuple[list[Move], int]:
    """What moved in the files that are in the report, and how many cells were compared."""
    found: list[Move] = []
    cells = 0
    for name in sorted((there & known) ^ (files.keys() - {MANIFEST})):
        if name in there:
            found.append(Move(file=name, row="", column="", was="a file", now="no such file"))
        elif name not in known:  # else it is named as missing
            found.append(Move(file=name, row="", column="", was="no such file", now="a file"))
    for name in sorted(there & known & files.keys()):
        moved, compared = moves(
            name, (folder / name).read_bytes(), files[name], tolerance=tolerance
        )
        found += moved
        cells += compared
    return found, cells
