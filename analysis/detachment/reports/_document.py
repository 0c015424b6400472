"""What a report says, in which order, apart from how it is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from detachment.estimates.disclosure import count_shown
from detachment.reports._brief import DRAFT, Tile, paragraphs, tiles
from detachment.text import count, counted, listing, sentence

if TYPE_CHECKING:
    from detachment.estimates import Result
    from detachment.figures import Drawing
    from detachment.reports._findings import Findings
    from detachment.tables import Table


_DRAFT = (
    "This instrument has no norms and no cut-offs. Its scores are for research and teaching, and "
    "are not a diagnosis."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """One thing in a section; the field that is set says which.

    Attributes
    ----------
    figure, table
        With its number in the page.
    flow
        Steps from rows received to rows analysed.
    lines
        Sentences, one a line.
    facts
        Names and values.
    file
        Name of the table's file, where it is not its own.
    folded
        What the fold says that hides the block until it is asked for; empty for none.
    """

    figure: "Drawing | None" = None
    table: "Table | None" = None
    number: str = ""
    flow: Sequence[Mapping[str, Any]] = ()
    lines: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    file: str = ""
    folded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Section:
    """A part of the page: a question of the reader's, and the answer."""

    id: str
    title: str
    lead: Sequence[str]
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Document:
    """A whole report, apart from how it is written: as a web page, a PDF, or a Word file.

    Attributes
    ----------
    title, kicker
        What the instrument is called, and what kind of document this is.
    origin
        Name of the data file, id and version of the instrument.
    draft
        What must be said of an instrument that nobody has validated; empty for none.
    tiles, brief, alarms
        The few leading numbers, the report in a few sentences, and what must be known before.
    sections
        In the order of reading; figures and tables are numbered.
    version
        Of this package.
    rounded
        Whether numbers are rounded for those who may see the report.
    """

    title: str
    kicker: str
    origin: Sequence[str]
    draft: str
    tiles: Sequence[Tile]
    brief: Sequence[str]
    alarms: Sequence[str]
    sections: Sequence[Section]
    version: str
    rounded: bool


def document(findings: "Findings", content: Mapping[str, Any]) -> Document:
    """Put findings in the order of reading.

    Parameters
    ----------
    findings
        What was found.
    content
        What the manifest says.
    """
    instrument = findings.survey.instrument
    file = str(findings.survey.provenance.get("file") or "a table in memory")
    return Document(
        title=instrument.title or instrument.id,
        kicker="Survey report",
        origin=(file, f"{instrument.id} {instrument.version}"),
        draft=_DRAFT if instrument.status == DRAFT else "",
        tiles=tiles(findings),
        brief=paragraphs(findings),
        alarms=_alarms(findings),
        sections=_numbered(_sections(findings, content)),
        version=str(content["versions"]["detachment"]),
        rounded=bool(findings.minimum),
    )


def _alarms(findings: "Findings") -> list[str]:
    """What must be known before the first number."""
    errors = int((findings.survey.problems["severity"] == "error").sum())
    found = _counted(findings, errors, "error")
    wrong = f"Validation found {found}; a cell that is wrong counts as missing."
    return [*([wrong] if errors else []), *findings.warnings]


def _counted(findings: "Findings", number: int, noun: str) -> str:
    """A count with its noun, as far as it may be told."""
    shown = count_shown(number, findings.minimum)
    return counted(number, noun) if shown == count(number) else f"{shown} {noun}s"


def _numbered(sections: Iterable[Section]) -> list[Section]:
    """Figures and tables numbered as they stand; parts of one file as 8.1, 8.2."""
    figures = tables = parts = 0
    file = ""
    done = []
    for section in sections:
        blocks = []
        for block in section.blocks:
            number = ""
            if block.figure is not None:
                figures += 1
                number = str(figures)
            elif block.table is not None:
                parts = parts + 1 if block.file and block.file == file else 1
                tables += parts == 1
                number = f"{tables}.{parts}" if block.file else str(tables)
                file = block.file
            blocks.append(replace(block, number=number))
        done.append(replace(section, blocks=tuple(blocks)))
    return done


def _sections(findings: "Findings", content: Mapping[str, Any]) -> list[Section]:
    return [
        section
        for section in (
            _asked(findings),
            _answered(findings),
            _quality(findings),
            _scores(findings),
            _reliability(findings),
            _items(findings),
            _answers(findings),
            _relations(findings),
            _left_out(findings),
            _made(findings, content),
        )
        if section is not None
    ]


def _asked(findings: "Findings") -> Section:
    instrument = findings.survey.instrument
    own = [item for item in instrument.items.values() if item.form == "self"]
    lead = [
        f"{instrument.title or instrument.id}, version {instrument.version}: "
        f"{counted(len(own), 'item')} in {counted(len(instrument.scales), 'scale')}"
        + (f", about the {instrument.recall_period}" if instrument.recall_period else "")
        + "."
    ]
    lead += [sentence(instrument.note)] if instrument.note else []
    absent = [
        scale.label or scale.id
        for scale in instrument.scales.values()
        if scale not in findings.present
    ]
    if absent:
        lead.append(f"Not in these data: {listing(absent)}.")
    tables = findings.tables
    return Section(
        id="asked",
        title="What was asked",
        lead=lead,
        blocks=[
            Block(table=tables["scales"]),
            Block(table=tables["questions"], folded="Every question, with its key"),
        ],
    )


def _answered(findings: "Findings") -> Section:
    from detachment.estimates import records

    survey = findings.survey
    lead = []
    if findings.minimum:
        lead.append(_rule(findings))
    if len(findings.waves) > 1:
        from detachment.scoring import in_wave

        sizes = [
            f"{count_shown(int(in_wave(survey, wave).sum()), findings.minimum)} at wave {wave}"
            for wave in findings.waves
        ]
        lead.append(
            f"There are {listing(sizes)}. Everything below is about wave {findings.wave}, "
            "unless it says otherwise."
        )
    missing = findings.tables["missing"]
    blocks = [
        Block(table=findings.tables["ledger"])
        if findings.ledger["before"].isna().any()
        else Block(flow=records(findings.ledger))
    ]
    if missing.rows:
        blocks.append(Block(table=missing, folded="Missing answers, item by item"))
    else:
        lead.append("No answer is missing.")
    return Section(id="answered", title="Who answered", lead=lead, blocks=blocks)


def _quality(findings: "Findings") -> Section:
    survey = findings.survey
    lead = []
    blocks = []
    problems, flags = findings.tables["problems"], findings.tables["flags"]
    errors = int((survey.problems["severity"] == "error").sum())
    if problems.rows:
        lead.append(
            f"Validation found {_counted(findings, errors, 'error')} and "
            f"{_counted(findings, len(survey.problems) - errors, 'warning')}. A cell that is wrong "
            "counts as missing."
        )
        blocks.append(Block(table=problems))
    else:
        lead.append("Validation found nothing wrong: every answer is one that could be given.")
    if flags.rows:
        blocks.append(Block(table=flags))
        if "sensitivity" in findings.tables:
            lead.append(
                "The main results are given below with everybody and without those who were "
                "flagged."
            )
            blocks.append(Block(table=findings.tables["sensitivity"]))
    else:
        lead.append("No respondent was flagged.")
    private = survey.provenance.get("identifying_dropped")
    if isinstance(private, list) and private:
        lead.append(f"Not read, because they can identify a person: {listing(private)}.")
    others = survey.provenance.get("columns_left_out")
    if isinstance(others, list) and others:
        blocks.append(
            Block(
                lines=[f"{listing(others)}."],
                folded=f"{counted(len(others), 'column')} that the instrument does not declare",
            )
        )
    return Section(id="quality", title="How good the data are", lead=lead, blocks=blocks)


def _scores(findings: "Findings") -> Section | None:
    if "scores" not in findings.tables:
        return None
    return Section(
        id="scores",
        title="Scores",
        lead=["Each score is of those who answered enough of its items; the others have none."],
        blocks=[Block(table=findings.tables["scores"])],
    )


def _reliability(findings: "Findings") -> Section | None:
    result = findings.reliability
    if result is None:
        return None
    blocks = [*_figures(findings, "reliability"), Block(table=findings.tables["reliability"])]
    blocks.append(Block(lines=result.sentences(), folded="The same in sentences"))
    return Section(
        id="reliability",
        title="Reliability",
        lead=["How consistently the items of each scale measure one thing."],
        blocks=[*blocks, *_method(result)],
    )


def _items(findings: "Findings") -> Section | None:
    result = findings.items
    if result is None:
        return None
    blocks = [
        Block(
            table=table,
            file="items",
            folded=findings.survey.instrument.scales[scale].label or scale,
        )
        for scale, table in findings.items_of.items()
    ]
    return Section(
        id="items",
        title="Items",
        lead=["One table a scale; open those that you want."],
        blocks=[*blocks, *_method(result)],
    )


def _answers(findings: "Findings") -> Section | None:
    blocks = _figures(findings, "likert-")
    if not blocks:
        return None
    signs = any(scale.role == "sign" for scale in findings.present)
    return Section(
        id="answers",
        title="Signs, one by one" if signs else "Answers, item by item",
        lead=["Bars are shares of those who answered, laid out around the middle of the scale."],
        blocks=blocks,
    )


def _relations(findings: "Findings") -> Section | None:
    if findings.totals is None and findings.single is None:
        return None
    roles = {scale.id: scale.role for scale in findings.present}
    crossed = findings.totals if findings.totals is not None else findings.single
    assert crossed is not None
    effects = {roles.get(column) for column in crossed.table["column"]} == {"effect"}
    tables = findings.tables
    blocks = [*_figures(findings, "forest-")]
    if "correlations" in tables:
        blocks.append(Block(table=tables["correlations"]))
    blocks += _figures(findings, "heatmap")
    if "correlations-items" in tables:
        blocks.append(Block(table=tables["correlations-items"], folded="The same with intervals"))
    if "disattenuated" in tables:
        blocks.append(Block(table=tables["disattenuated"], folded="Corrected for unreliability"))
    lead = [
        "Correlations say that two things go together in this sample; they do not say that one "
        "brings about the other."
    ]
    for result in (findings.totals, findings.single):
        if result is not None:
            what = "scores" if result is findings.totals else "items"
            lines = result.sentences()
            blocks.append(Block(lines=lines, folded=f"Correlations of {what} in sentences"))
    blocks += _method(crossed)
    return Section(
        id="relations",
        title="Signs and effects" if effects else "What goes together",
        lead=lead,
        blocks=blocks,
    )


def _left_out(findings: "Findings") -> Section:
    facts = [(what, sentence(why)) for what, why in findings.left_out.items()]
    result = findings.reliability
    if result is not None:
        from detachment.estimates import records

        facts += [
            (
                f"Reliability of {result.label(row['scale'])}",
                sentence(str(result.remarks.get(row["scale"]) or row["reason"])),
            )
            for row in records(result.table)
            if row["alpha"] is None
        ]
    lead = (
        ["A number that would mislead is not given; here is why."]
        if facts
        else ["Nothing that was asked for had to be refused."]
    )
    return Section(
        id="left-out",
        title="What is not given, and why",
        lead=lead,
        blocks=[Block(facts=facts)] if facts else [],
    )


def _made(findings: "Findings", content: Mapping[str, Any]) -> Section:
    source, instrument = content["input"], content["instrument"]
    facts = [
        ("Data", str(source["file"] or "a table in memory")),
        ("SHA-256 of the data", str(source["sha256"] or "")),
        ("Platform", str(source["platform"] or "")),
        ("Instrument", f"{instrument['id']} {instrument['version']}"),
        ("SHA-256 of the instrument", str(instrument["sha256"])),
        ("Licence of the wording", findings.survey.instrument.licence),
        ("Citation", findings.survey.instrument.citation),
        ("Command", str(content["command"])),
        ("Seed", str(content["seed"])),
        ("Disclosure", _rule(findings)),
        ("Versions", ", ".join(f"{name} {one}" for name, one in content["versions"].items())),
    ]
    return Section(
        id="made",
        title="How this report was made",
        lead=[
            "The same data, call and versions give this report again, byte for byte. The file "
            "manifest.json has a fingerprint of every file beside it."
        ],
        blocks=[Block(facts=[(name, value) for name, value in facts if value])],
    )


def _rule(findings: "Findings") -> str:
    """Who may see the report, and what is hidden from them."""
    if not findings.minimum:
        return ""
    whom = {"class": "a class", "publish": "everybody"}[findings.disclosure]
    return (
        f"This report can be shown to {whom}: counts of 1 to {findings.minimum - 1} people are "
        "suppressed, with those from which they would follow; no number rests on fewer than "
        f"{findings.minimum} people; numbers are rounded, also in the files."
    )


def _figures(findings: "Findings", start: str) -> list[Block]:
    return [
        Block(figure=drawing)
        for name, drawing in findings.figures.items()
        if name.startswith(start)
    ]


def _method(result: "Result") -> list[Block]:
    """How the numbers of a section were made, folded."""
    return [Block(lines=result.notes, folded="How these numbers were made")] if result.notes else []
