"""How a report was made: enough to make it again, and nothing that differs between two machines."""

import json
import platform
import re
import shlex
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from detachment import __version__
from detachment.estimates.disclosure import count_shown, is_few
from detachment.reports._publish import MADE_BY, sha256

if TYPE_CHECKING:
    from detachment.reports._findings import Findings

LIBRARIES = ("numpy", "pandas", "scipy", "matplotlib", "seaborn", "jinja2")
OUT = "--out"
_FOLDERS = re.compile(r".*[/\\](?=[^/\\])")


def versions() -> dict[str, str]:
    """Versions of everything that the bytes of a report depend on."""
    return {
        "detachment": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def portable(command: str | Sequence[str]) -> str:
    """Write a command line without what says who ran it and where: no folders, and no --out.

    Examples
    --------
    >>> portable(["detachment", "report", "/home/ann/data/my survey.csv", "--out", "x/y"])
    "detachment report 'my survey.csv'"
    """
    words = shlex.split(command) if isinstance(command, str) else list(command)
    kept: list[str] = []
    place_follows = False
    for word in words:
        if not place_follows and not word.startswith(f"{OUT}="):
            option, equals, value = word.partition("=") if word.startswith("-") else ("", "", word)
            kept.append(f"{option}{equals}{_FOLDERS.sub('', value.rstrip('/'))}")
        place_follows = word == OUT
    return shlex.join(word for word in kept if word != OUT)


def about(findings: "Findings", *, command: str, rng: int) -> dict[str, Any]:
    """What the manifest says, apart from the outputs."""
    survey = findings.survey
    severity = survey.problems["severity"]
    source = {key: survey.provenance.get(key) for key in ("file", "sha256", "platform", "records")}
    received: int | None = int(survey.ledger["before"].iloc[0])
    if findings.ledger["before"].isna().any():  # the difference would tell who was left out
        received = source["records"] = None

    def shown(number: int) -> int | str:
        few = is_few(number, findings.minimum)
        return count_shown(number, findings.minimum) if few else number

    return {
        "made_by": MADE_BY,
        "manifest_version": 1,
        "versions": versions(),
        "command": command,
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
    text = json.dumps({**content, "outputs": outputs}, ensure_ascii=False, indent=1)
    return f"{text}\n".encode()
