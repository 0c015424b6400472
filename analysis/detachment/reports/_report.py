"""The verb ``report``: a survey in, one folder out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from detachment._cards import card
from detachment.errors import Problem, SurveyError, UsageError, check_word
from detachment.reports._document import document
from detachment.reports._docx import docx_file
from detachment.reports._findings import Findings, find
from detachment.reports._html import html_page
from detachment.reports._manifest import about, call_of, manifest, options_of, portable, versions
from detachment.reports._publish import MANIFEST, check_destination, first_document, publish
from detachment.reports._typst import pdf_file, require_typst
from detachment.reports._workbook import xlsx_file
from detachment.text import count, listing

if TYPE_CHECKING:
    from detachment.estimates.disclosure import Disclosure
    from detachment.validation import Survey

Format = Literal["html", "pdf", "docx", "xlsx", "png"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """A report that was written.

    Attributes
    ----------
    folder
        Where it is.
    files
        What is in it, as paths below the folder; ``index.html`` is the page to open.
    manifest
        What ``manifest.json`` says: versions, command, seed, and a fingerprint of every file.
    """

    folder: Path
    files: tuple[str, ...]
    manifest: Mapping[str, Any]

    @property
    def page(self) -> Path:
        """The file to open first: the page, or the first document where there is no page."""
        return self.folder / first_document(self.files)

    def _repr_html_(self) -> str:
        versions = [f"{name} {one}" for name, one in self.manifest["versions"].items()]
        return card(
            f"Report: {self.folder.name}",
            [
                ("Files", count(len(self.files))),
                ("Seed", str(self.manifest["seed"])),
                ("Versions", listing(versions)),
            ],
            link=(self.page.as_posix(), "Open the report"),
        )

    def __repr__(self) -> str:
        return f"Report({self.folder.name!r}: {len(self.files)} files)"


def report(
    survey: "Survey",
    out: str | Path,
    *,
    rng: int = 1,
    wave: int | str | None = None,
    allow_problems: bool = False,
    disclosure: "Disclosure" = "none",
    formats: Sequence[Format] | Format = ("html",),
    command: str | Sequence[str] | None = None,
) -> Report:
    """Write the report of a survey: a page or documents, tables, figures, and a manifest.

    The page ``index.html`` needs no network and no script. Beside it are every table as CSV at full
    precision (``tables/``), every figure as SVG (``figures/``), and ``manifest.json`` with
    versions, command, seed and fingerprints. No file holds the answers of a single person. All of
    them are written, or none. The same survey, call and versions give the same bytes.

    Parameters
    ----------
    survey
        Validated answers.
    out
        The folder. It must not exist, be empty, or hold an unchanged earlier report, which is
        replaced.
    rng
        Seed, for whatever is random; it is recorded.
    wave
        Which wave it is about; the first by default.
    allow_problems
        Write the report although validation found errors; they are named in it.
    disclosure
        Who may see it. ``"none"``: those who may see the data, and everything is shown.
        ``"class"`` (fewest people: 5) and ``"publish"`` (10): smaller counts of people are
        suppressed, with those from which they would follow; no number rests on fewer people; no
        row, value or score of a single person is named; numbers are rounded, on the page and in
        the files.
    formats
        Which of ``"html"`` (``index.html``), ``"pdf"`` (``report.pdf``, tagged as PDF/UA-1 asks,
        with what the page folds away in an appendix; needs the extra ``pdf``), ``"docx"``
        (``report.docx``, the same for Word), ``"xlsx"`` (``report.xlsx``, the tables with numbers
        that can be computed with), and besides one of these ``"png"`` (every figure in pixels too,
        for slides and Word).
    command
        The command line to record; folders are taken out of it.

    Returns
    -------
    Report

    Raises
    ------
    SurveyError
        When validation found errors and ``allow_problems`` is not set.
    UsageError
        When the folder holds something that would be lost, the data have no such wave, there is no
        such format or none to read, or what writes a PDF is not installed.
    Refusal
        When fewer people answered than may be reported to a class or the public.

    References
    ----------
    Hundepool, A., et al. (2012). *Statistical disclosure control*. Wiley.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> dt.report(survey, "report")  # doctest: +SKIP
    Report('report': 42 files)
    """
    if not isinstance(rng, int) or isinstance(rng, bool):
        raise UsageError(f"rng must be a whole number, for the report records it; got {rng!r}.")
    out = Path(out)
    if survey.has_errors and not allow_problems:
        raise SurveyError(
            "the data have errors, so no report is written. Correct them in the export, or ask for "
            "the report all the same with allow_problems=True (--allow-problems)",
            problems=_errors(survey),
        )
    formats = chosen_formats(formats)
    # Before the work, so that the answer "choose another folder" comes at once.
    check_destination(out)
    recorded = (
        portable(command)
        if command is not None
        else f"detachment.report(survey, out, rng={rng}"
        f"{'' if wave is None else f', wave={wave}'}, allow_problems={allow_problems}"
        f"{'' if disclosure == 'none' else f', disclosure={disclosure!r}'}"
        f"{'' if formats == ('html',) else f', formats={formats!r}'})"
    )
    files, content = compose(
        survey,
        rng=rng,
        wave=wave,
        allow_problems=allow_problems,
        disclosure=disclosure,
        formats=formats,
        command=recorded,
    )
    publish(files, out)
    return Report(
        folder=out,
        files=tuple(sorted(files)),
        manifest={**content, "outputs": sorted(set(files) - {MANIFEST})},
    )


def compose(
    survey: "Survey",
    *,
    rng: int,
    wave: int | str | None,
    allow_problems: bool,
    disclosure: "Disclosure",
    formats: Sequence[str],
    command: str,
    made_with: Mapping[str, Any] | None = None,
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Make every file of a report in memory, and what its manifest says.

    Parameters
    ----------
    survey, rng, wave, allow_problems, disclosure, formats
        As for :func:`report`.
    command
        To record, as it stands.
    made_with
        What the files are to say of versions and code, where that is not what is running: whoever
        makes a report again compares the rest.
    """
    chosen = chosen_formats(formats)
    options = options_of(
        rng=rng, wave=wave, allow_problems=allow_problems, disclosure=disclosure, formats=chosen
    )
    findings = find(survey, rng=rng, wave=wave, disclosure=disclosure)
    call = call_of(survey, **options)
    content = about(findings, command=command, rng=rng, call=call)
    content["versions"] = versions(chosen)
    content |= made_with or {}
    files = _files(findings, content, chosen)
    files[MANIFEST] = manifest(content, files)
    return files, content


def _errors(survey: "Survey") -> list[Problem]:
    from detachment.estimates import records

    errors = survey.problems[survey.problems["severity"] == "error"]
    return [Problem(**problem) for problem in records(errors)]


def chosen_formats(formats: Sequence[str] | str) -> tuple[Format, ...]:
    """Formats in the order in which they are made, each once.

    Raises
    ------
    UsageError
        When there is no such format, only pictures were asked for, or what writes a format is not
        installed.
    """
    several = [formats] if isinstance(formats, str) else list(formats)
    if not several:
        raise UsageError(f"no format; choose from {', '.join(FORMATS)}.")
    for one in several:
        check_word("a format", one, FORMATS)
    if set(several) == {"png"}:
        raise UsageError(
            "png adds the figures in pixels to a report, and a report needs a document to read: "
            "name one too, as in html,png. For figures alone there is `detachment figures`."
        )
    if "pdf" in several:
        require_typst()
    return tuple(one for one in FORMATS if one in several)


def _files(
    findings: Findings, content: Mapping[str, Any], formats: Sequence[Format]
) -> dict[str, bytes]:
    """Every file but the manifest."""
    from detachment.tables import csv_table

    files: dict[str, bytes] = {}
    svgs = {name: drawing.to_bytes("svg") for name, drawing in findings.figures.items()}
    pngs: dict[str, bytes] = {}
    if "docx" in formats or "png" in formats:
        pngs = {name: drawing.to_bytes("png") for name, drawing in findings.figures.items()}
    files |= {f"figures/{name}.svg": svg for name, svg in svgs.items()}
    if "png" in formats:
        files |= {f"figures/{name}.png": png for name, png in pngs.items()}
    for name, table in findings.tables.items():
        files[f"tables/{name}.csv"] = csv_table(table).encode("utf-8", "replace")
    said = document(findings, content)
    if "html" in formats:
        files["index.html"] = html_page(said, svgs, pixels="png" in formats).encode("utf-8")
    if "pdf" in formats:
        files["report.pdf"] = pdf_file(said, svgs)
    if "docx" in formats:
        files["report.docx"] = docx_file(said, pngs)
    if "xlsx" in formats:
        files["report.xlsx"] = xlsx_file(said)
    return files
