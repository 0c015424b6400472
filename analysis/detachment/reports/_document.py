"""What a report says, in which order, apart from how it is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from detachment.estimates.disclosure import count_shown
from detachment.reports._brief import DRAFT, Tile, paragraphs, tiles
from detachment.text import count, counted, listing, percent, sentence

if TYPE_CHECKING:
    from detachment.estimates import Result
    from detachment.figures import Drawing
    from detachment.reports._findings import Findings
    from detachment.tables import Table


_DRAFT = (
    "This instrument has no norms and no cut-offs. Its scores are for research and teaching, and "
    "are not a diagnosis."
)
_IN_WORDS = "The same in sentences"


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
    see
        Names of figures and tables that show the same in another way.
    links
        What ``see`` is called in the document, and its anchor: ("Table 3", "table-correlations").
        Filled in once everything has its number; what is not there is left out.
    """

    figure: "Drawing | None" = None
    table: "Table | None" = None
    number: str = ""
    flow: Sequence[Mapping[str, Any]] = ()
    lines: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    file: str = ""
    folded: str = ""
    see: Sequence[str] = ()
    links: Sequence[tuple[str, str]] = ()


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
    return _linked(done)


def _linked(sections: list[Section]) -> list[Section]:
    """Every figure and table with the numbers of those that show the same in another way."""
    places: dict[str, tuple[str, str]] = {}
    for block in (block for section in sections for block in section.blocks):
        if block.figure is not None:
            places[f"figure:{block.figure.name}"] = (
                f"Figure {block.number}",
                f"figure-{block.figure.name}",
            )
        elif block.table is not None:
            places.setdefault(
                f"table:{block.table.name}", (f"Table {block.number}", f"table-{block.table.name}")
            )
    return [
        replace(
            section,
            blocks=tuple(
                replace(block, links=tuple(places[one] for one in block.see if one in places))
                for block in section.blocks
            ),
        )
        for section in sections
    ]


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
            _partners(findings),
            _change(findings),
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
        else Block(flow=_steps(findings))
    ]
    lead.append(f"Counts of rows, from all that were received to the {_people(findings)}.")
    blocks += _figures(findings, "flow", folded="The same as a figure")
    blocks += _figures(
        findings, "missing", see=["table:missing"], folded="Which answers are missing together"
    )
    if missing.rows:
        lead += _gaps(findings)
        blocks.append(
            Block(
                table=missing,
                folded="Missing answers, item by item",
                see=_seen(findings, "missing"),
            )
        )
    else:
        lead.append("No answer is missing.")
    return Section(id="answered", title="Who answered", lead=lead, blocks=blocks)


def _steps(findings: "Findings") -> list[dict[str, Any]]:
    """Steps of the flow, the first of which does not say its number twice."""
    from detachment.estimates import records

    steps = records(findings.ledger)
    for step in steps[:1]:
        step["message"] = str(step["message"]).removeprefix(f"{count(step['after'])} ")
    return steps


def _gaps(findings: "Findings") -> list[str]:
    """How much is missing; nothing of it for others, whose table says what may be said."""
    from detachment.scoring import in_wave

    survey = findings.survey
    asked = [item for item in survey.instrument.items if item in survey.responses]
    if findings.minimum or not asked:
        return []
    share = survey.responses.loc[in_wave(survey, findings.wave), asked].isna().mean()
    return [
        f"Of the answers to {counted(len(asked), 'item')}, {percent(float(share.mean()), 1)} are "
        f"missing, whatever the reason; of single items, {percent(float(share.min()), 1)} to "
        f"{percent(float(share.max()), 1)}."
    ]


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
        lead=[
            f"Of the {_people(findings)}. Each score is of those who answered enough of its items; "
            "the others have none."
        ],
        blocks=[
            Block(table=findings.tables["scores"], see=_seen(findings, "distributions")),
            *_figures(findings, "distributions", see=["table:scores"]),
        ],
    )


def _reliability(findings: "Findings") -> Section | None:
    result = findings.reliability
    if result is None:
        return None
    blocks = [
        *_figures(findings, "reliability", see=["table:reliability"]),
        Block(table=findings.tables["reliability"], see=_seen(findings, "reliability")),
    ]
    blocks.append(Block(lines=result.sentences(), folded=_IN_WORDS))
    return Section(
        id="reliability",
        title="Reliability",
        lead=[
            f"How consistently the items of each scale measure one thing, of the "
            f"{_people(findings)}."
        ],
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
        lead=[
            f"Of the {_people(findings)}, each item of those who answered it. There is one table "
            "a scale."
        ],
        blocks=[*_figures(findings, "items-"), *blocks, *_method(result)],
    )


def _answers(findings: "Findings") -> Section | None:
    bars = _figures(findings, "likert-", see=["table:prevalence"])
    if not bars and "prevalence" not in findings.tables:
        return None
    signs = any(scale.role == "sign" for scale in findings.present)
    lead = [
        f"Of the {_people(findings)}. Bars are shares of those who answered, laid out around the "
        "middle of the scale."
    ]
    blocks = list(bars)
    result = findings.prevalence
    if result is not None:
        blocks = [
            *_figures(findings, "prevalence", see=["table:prevalence"]),
            *bars,
            Block(
                table=findings.tables["prevalence"],
                folded="Share of people with each sign, with intervals",
                see=_seen(findings, "prevalence", "likert-"),
            ),
            *_method(result),
        ]
    return Section(
        id="answers",
        title="Signs, one by one" if signs else "Answers, item by item",
        lead=lead,
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
    blocks = [*_figures(findings, "forest-", see=["table:correlations"])]
    if "correlations" in tables:
        blocks.append(Block(table=tables["correlations"], see=_seen(findings, "forest-")))
    blocks += _figures(findings, "heatmap", see=["table:correlations-items"])
    if "correlations-items" in tables:
        blocks.append(
            Block(
                table=tables["correlations-items"],
                folded="The same with intervals",
                see=_seen(findings, "heatmap"),
            )
        )
    if "disattenuated" in tables:
        blocks.append(
            Block(
                table=tables["disattenuated"],
                folded="Corrected for unreliability",
                see=["table:correlations", "table:reliability"],
            )
        )
    lead = [
        f"Of the {_people(findings)}, each number of those who have both scores. "
        "Correlations say that two things go together in this sample; they do not say that one "
        "brings about the other."
    ]
    if findings.totals is not None:
        blocks.append(Block(lines=findings.totals.sentences(), folded=_IN_WORDS))
    blocks += _method(crossed)
    return Section(
        id="relations",
        title="Signs and effects" if effects else "What goes together",
        lead=lead,
        blocks=blocks,
    )


def _partners(findings: "Findings") -> Section | None:
    from detachment.estimates import records
    from detachment.reports._couples import leading_model

    couples = findings.couples
    if couples is None:
        return None
    kinds = [
        f"{counted(row['dyads'], 'couple')} ({row['what']})"
        if row["dyads"]
        else f"{counted(row['respondents'], 'person', 'people')} ({row['what']})"
        for row in records(couples.similarity.parts["pairing"])
    ]
    lead = [
        f"Who belongs to whom: {listing(kinds)}.",
        "Two partners are not two independent cases. First, how alike they are; then, whether it "
        "matters who is who; then, what is associated with one's own score (actor effect) and with "
        "the partner's (partner effect), both at once. None of it says what brings about what.",
    ]
    tables = findings.tables
    blocks = [
        Block(table=tables["partners"], see=_seen(findings, "partner-")),
        *_figures(findings, "partner-", see=["table:partners"]),
    ]
    if couples.models:
        about = couples.models[0].notes
        chosen = [note for note in about if note.startswith("These are the")]
        lead += [note.partition(" Ask for")[0] for note in chosen[:1]]
        drawn = _figures(findings, "apim-", see=["table:actor-partner"])
        blocks += [
            Block(table=tables["distinguishability"], see=["table:actor-partner"]),
            Block(
                table=tables["actor-partner"],
                see=["table:distinguishability", "table:k", *_seen(findings, "apim-")],
            ),
            *drawn,
            Block(
                table=tables["k"],
                folded="k: whose score matters, one's own or the partner's",
                see=["table:actor-partner"],
            ),
        ]
    if "partner-reports" in tables:
        blocks += [
            Block(
                table=tables["partner-reports"],
                folded="What partners report of one another, sign by sign",
            ),
        ]
    if "truth-and-bias" in tables:
        blocks.append(
            Block(table=tables["truth-and-bias"], folded="Reports on the partner: truth and bias")
        )
    results = [couples.similarity, *couples.models, couples.reports]
    lines = [line for one in results if one is not None for line in one.sentences()]
    # What differs from model to model stands in the tables; what is alike is said once.
    one_model = leading_model(couples.models)
    notes = [
        note
        for one in (couples.similarity, one_model, couples.reports)
        if one is not None
        for note in one.notes
    ]
    blocks += [
        Block(lines=lines, folded=_IN_WORDS),
        Block(lines=list(dict.fromkeys(notes)), folded="How these numbers were made"),
    ]
    return Section(id="partners", title="Partners", lead=lead, blocks=blocks)


def _change(findings: "Findings") -> Section | None:
    result = findings.change
    if result is None:
        return None
    tables = findings.tables
    flow = result.parts["flow"]
    both = int(flow["both"].dropna().iloc[-1])
    first, last = findings.waves[0], findings.waves[-1]
    compared = "arms" in tables
    lead = [
        f"From wave {first} to wave {last}, of the n = {count(both)} people who answered at both. "
        "Intervals count couples where there are any.",
        "The arms are compared with each other, because people change without a program too."
        if compared
        else "Without a control arm, change is described and is not the effect of anything.",
    ]
    drawn = _figures(findings, "slopes", see=["table:change"])
    clouds = _figures(findings, "raincloud", see=["table:reliable-change"])
    blocks = [
        Block(table=tables["waves"], see=["table:dropouts"]),
        *drawn,
        Block(table=tables["change"], see=["table:arms", *_seen(findings, "slopes")]),
    ]
    if compared:
        blocks.append(Block(table=tables["arms"], see=["table:change"]))
    blocks += clouds
    for name, words in (
        ("reliable-change", "Who changed reliably: improved, unchanged, worse"),
        ("retest", "Stability from wave to wave"),
        ("baseline", "The arms at the first wave"),
        ("dropouts", "Those who were lost and those who stayed"),
    ):
        if name in tables:
            blocks.append(Block(table=tables[name], folded=words))
    blocks.append(Block(lines=result.sentences(), folded=_IN_WORDS))
    return Section(id="change", title="Change", lead=lead, blocks=[*blocks, *_method(result)])


def _people(findings: "Findings") -> str:
    """Whom a section is about."""
    people = f"n = {count(findings.people)} people"
    return people if findings.wave is None else f"{people} at wave {findings.wave}"


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


def _figures(
    findings: "Findings", start: str, *, see: Sequence[str] = (), folded: str = ""
) -> list[Block]:
    return [
        Block(figure=drawing, see=see, folded=folded)
        for name, drawing in findings.figures.items()
        if name.startswith(start)
    ]


def _seen(findings: "Findings", *starts: str) -> list[str]:
    """Figures by the beginning of their names, as ``see`` names them."""
    return [f"figure:{name}" for name in findings.figures if name.startswith(starts)]


def _method(result: "Result") -> list[Block]:
    """How the numbers of a section were made, folded."""
    return [Block(lines=result.notes, folded="How these numbers were made")] if result.notes else []
