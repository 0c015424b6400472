"""How a report was made: enough to make it again, and nothing that differs between two machines."""

import json
import platform
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detachment import __version__
from detachment._files import code_sha256
from detachment.estimates.disclosure import count_shown, is_few
from detachment.reports._publish import MADE_BY, sha256
from detachment.text import encodable

if TYPE_CHECKING:
    from detachment.reports._findings import Findings
    from detachment.validation import Survey

LIBRARIES = ("numpy", "pandas", "scipy", "matplotlib", "jinja2")
WRITTEN_WITH = {"pdf": "typst", "docx": "python-docx", "xlsx": "openpyxl"}
OUT = "--out"
# What changes no byte of a report: where it goes, what else is made, and how it is talked about.
_WITH_VALUE = (OUT, "--jobs", "--scheduler")
_ALONE = ("--resume", "--json", "--debug")
SEAL = "seal"
_FOLDERS = re.compile(r".*[/\\](?=[^/\\])")


def versions(formats: Iterable[str] = ()) -> dict[str, str]:
    """Versions of everything that the bytes of a report in these formats depend on."""
    writers = [WRITTEN_WITH[one] for one in formats if one in WRITTEN_WITH]
    return {
        "detachment": __version__,
        "python": platform.python_version(),
        **{name: _version(name) for name in (*LIBRARIES, *writers)},
    }


# A package is looked for among all that are installed, and does not change meanwhile.
_version = cache(version)


def portable(command: str | Sequence[str]) -> str:
    """Write a command line without what says who ran it and where: no folders, no --out, no --jobs.

    Examples
    --------
    >>> portable(["detachment", "report", "/home/ann/data/my survey.csv", "--out", "x/y"])
    "detachment report 'my survey.csv'"
    """
    words = shlex.split(command) if isinstance(command, str) else list(command)
    kept: list[str] = []
    value_follows = False
    for word in words:
        dropped = word in (*_WITH_VALUE, *_ALONE) or word.startswith(
            tuple(f"{option}=" for option in _WITH_VALUE)
        )
        if not value_follows and not dropped:
            option, equals, value = word.partition("=") if word.startswith("-") else ("", "", word)
            kept.append(f"{option}{equals}{_FOLDERS.sub('', value.rstrip('/'))}")
        value_follows = word in _WITH_VALUE
    return encodable(shlex.join(kept))


def call_of(survey: "Survey", **options: object) -> dict[str, Any]:
    """Everything that was asked for, so that it can be asked for again.

    Parameters
    ----------
    survey
        Knows how its file was read, and who was left out.
    options
        Those of ``report``.
    """
    from detachment.validation import EXCLUSIONS, READING

    return {
        "read": survey.provenance.get(READING),
        "exclude": survey.provenance.get(EXCLUSIONS, []),
        "report": options,
    }


def call_as_asked(
    reading: Mapping[str, Any],
    *,
    strict: bool,
    exclude: Sequence[str],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """What :func:`call_of` will record, before anything is read.

    Parameters
    ----------
    reading
        Options of ``read_export``.
    strict, exclude
        As on the command line.
    options
        Those of ``report``.
    """
    books = [Path(book).name for book in reading["codebook"]]
    return {
        "read": {**reading, "codebook": books, "strict": strict},
        "exclude": [list(dict.fromkeys(exclude))] if exclude else [],
        "report": options_of(**options),
    }


def options_of(
    *,
    rng: int,
    wave: int | str | None,
    allow_problems: bool,
    disclosure: str,
    formats: Sequence[str],
) -> dict[str, Any]:
    """Options of ``report`` as a manifest has them."""
    return {
        "rng": rng,
        "wave": wave if wave is None or isinstance(wave, int) else str(wave),
        "allow_problems": allow_problems,
        "disclosure": disclosure,
        "formats": list(formats),
    }


def about(
    findings: "Findings", *, command: str, rng: int, call: Mapping[str, Any]
) -> dict[str, Any]:
    """What the manifest says, apart from the outputs."""
    survey = findings.survey
    severity = survey.problems["severity"]
    facts = ("file", "sha256", "platform", "records", "code_books")
    source = {key: survey.provenance.get(key) for key in facts}
    received: int | None = int(survey.ledger["before"].iloc[0])
    if findings.ledger["before"].isna().any():  # the difference would tell who was left out
        received = source["records"] = None

    def shown(number: int) -> int | str:
        few = is_few(number, findings.minimum)
        return count_shown(number, findings.minimum) if few else number

    return {
        "made_by": MADE_BY,
        "manifest_version": 2,
        "versions": versions(),
        "code_sha256": code_sha256(),
        "command": command,
        "call": call,
        "seed": rng,
        "disclosure": findings.disclosure,
        "input": source,
        "instrument": {
            "id": survey.instrument.id,
            "version": survey.instrument.version,
            "sha256": survey.instrument.sha256,
        },
        "wave": findings.wave,
        "n": {"rows": received, "analysed": findings.people},
        "problems": {kind: shown(int((severity == kind).sum())) for kind in ("error", "warning")},
        "warnings": list(findings.warnings),
        "left_out": dict(findings.left_out),
    }


def manifest(content: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """The manifest's bytes: what was made and the fingerprint of every output."""
    outputs = {
        name: {"sha256": sha256(files[name]), "bytes": len(files[name])} for name in sorted(files)
    }
    whole = {**content, "outputs": outputs}
    text = json.dumps({**whole, SEAL: seal(whole)}, ensure_ascii=False, indent=1)
    return f"{text}\n".encode()


def seal(content: Mapping[str, Any]) -> str:
    """Fingerprint of a manifest without its seal: a slip of the hand breaks it, a forger does not.

    Examples
    --------
    >>> seal({"seed": 1}) == seal({"seed": 1, "seal": "anything"})
    True
    """
    rest = {key: value for key, value in content.items() if key != SEAL}
    return sha256(json.dumps(rest, ensure_ascii=False, sort_keys=True).encode())
