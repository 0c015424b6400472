"""The data part of a method section: participants, measures, missing data, dyads, analyses.

A sentence is a row of pieces: texts, which are escaped for each format, and citations.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import TYPE_CHECKING, Any, Literal

from detachment.errors import DetachmentError, UsageError, check_word
from detachment.estimates._sentences import stated
from detachment.reports._findings import require_waves
from detachment.reports._manifest import versions
from detachment.reports._references import bibtex
from detachment.reports._written import Cite, Sentence, write_latex, write_markdown, write_text
from detachment.text import bounded, capital, count, counted, level, listing, percent

if TYPE_CHECKING:
    from detachment.estimates import Correlations, Result
    from detachment.estimates.disclosure import Disclosure
    from detachment.instruments import ResponseScale, Scale
    from detachment.validation import Survey

Writing = Literal["text", "markdown", "latex"]
FORMATS: tuple[Writing, ...] = ("text", "markdown", "latex")
_WRITERS: Mapping[str, Callable[[Sequence[tuple[str, Sequence[Sentence]]]], str]] = {
    "text": write_text, "markdown": write_markdown, "latex": write_latex,
}  # fmt: skip
_SUPPRESSED = "The flow is not shown: it would tell of few people."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Methods:
    """The data part of a method section.

    Attributes
    ----------
    paragraphs
        Heading and sentences of each paragraph.
    """

    paragraphs: tuple[tuple[str, tuple[Sentence, ...]], ...] = field(default=())

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of what is cited, in the order of the citations."""
        pieces = (p for _, sentences in self.paragraphs for one in sentences for p in one)
        cited = (key for piece in pieces if isinstance(piece, Cite) for key in piece.keys)
        return tuple(dict.fromkeys(cited))

    def write(self, format: Writing = "text") -> str:  # noqa: A002 - as the option is called
        r"""The paragraphs in a format.

        Parameters
        ----------
        format
            ``"text"``, ``"markdown"`` (citations ``[@key]``), ``"latex"`` (``\citep{key}``).

        Returns
        -------
        str

        Raises
        ------
        UsageError
            When the format is unknown.
        """
        check_word("format", format, FORMATS)
        return _WRITERS[format](self.paragraphs)

    def bibtex(self) -> str:
        """The BibTeX entries of exactly what is cited."""
        return bibtex(self.keys)

    def __str__(self) -> str:
        return self.write()

    def __repr__(self) -> str:
        return self.write()

    def _repr_markdown_(self) -> str:
        return self.write("markdown")


def methods(
    survey: "Survey",
    *,
    results: "Sequence[Result] | None" = None,
    wave: int | str | None = None,
    disclosure: "Disclosure" = "none",
    rng: int = 1,
) -> Methods:
    """Write the data part of a method section, with citations.

    Parameters
    ----------
    survey
        Validated answers.
    results
        Results whose analyses are described; by default the correlations that the instrument
        crosses.
    wave
        Which wave the measures are described at; the first by default.
    disclosure
        Who may see it: counts of few people are hidden for ``"class"`` and ``"publish"``.
    rng
        Seed, for whatever is random.

    Returns
    -------
    object of class Methods
        ``write(format)`` gives text, Markdown or LaTeX, ``bibtex()`` the entries of what is cited.

    Raises
    ------
    UsageError
        When it is no survey, or a word is unknown.
    Refusal
        When fewer people answered than may be reported.

    References
    ----------
    Appelbaum, M., et al. (2018). Journal article reporting standards for quantitative research in
    psychology. *American Psychologist, 73*, 3-25.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("class_quiz.csv"))
    >>> described = dt.methods(survey)
    >>> described.keys[0]
    'appelbaum2018'
    """
    import warnings

    from detachment.errors import DetachmentWarning
    from detachment.estimates.disclosure import fewest, require_people
    from detachment.scoring import in_wave, waves
    from detachment.validation import Survey

    if not isinstance(survey, Survey):
        raise UsageError(
            f"methods needs a survey, and was given {type(survey).__name__}: read_survey(path)"
        )
    minimum = fewest(disclosure)
    in_wave(survey, wave)
    known = waves(survey)
    wave = next((one for one in known if wave is None or str(one) == str(wave)), None)
    people = int(in_wave(survey, wave).sum())
    require_people(people, minimum)
    require_waves(survey, known, minimum)
    with warnings.catch_warnings():
        # Doubts about numbers belong beside the numbers; a method section says how they were made.
        warnings.simplefilter("ignore", DetachmentWarning)
        paragraphs = {
            "Participants": _participants(survey, minimum),
            "Measures": _measures(survey, wave, minimum, rng),
            "Missing data": _missing(survey, wave, minimum),
            "Dyads and waves": _structure(survey, wave, known, minimum),
            "Analyses": _analyses(survey, wave, results),
        }
        written = {heading: tuple(sentences) for heading, sentences in paragraphs.items()}
    return Methods(paragraphs=tuple((h, s) for h, s in written.items() if s))


def _participants(survey: "Survey", minimum: int) -> Iterator[Sentence]:
    from detachment.estimates._flag_words import flag_words
    from detachment.estimates.disclosure import protect_participants
    from detachment.estimates.participants import participants

    try:
        flow = protect_participants(participants(survey), minimum)
    except DetachmentError:
        yield (f"{_SUPPRESSED} The reporting standards ask for it ", Cite("appelbaum2018"), ".")
        return
    received, *steps = flow.table.to_dict("records")
    yield (
        f"{counted(int(received['before']), 'record')} were received; their way to the analysis is "
        "given as the journal article reporting standards ask ", Cite("appelbaum2018"), ".",
    )  # fmt: skip
    for step in steps:
        if step["excluded"]:
            rule = str(step["message"]).rstrip(".")
            yield (f"Excluded: {rule}, which left {count(step['after'])}.",)
    if idle := [_rule(str(step["message"])) for step in steps if not step["excluded"]]:
        yield (f"These rules excluded nobody: {listing(idle)}.",)
    analysed = int(flow.table["after"].iloc[-1])
    yield (f"The data analysed are n = {counted(analysed, 'record')}.",)
    if doubts := [f"{count(n)} {flag_words(f)}" for f, n in flow.flags if f != "unfinished"]:
        yield (
            f"Of these, {listing(doubts)}; they were kept. Such signs of careless responding were "
            "looked for ", Cite("meade2012"), ".",
        )  # fmt: skip


def _rule(message: str) -> str:
    """A step of the ledger that excluded nobody, without its number."""
    return message.removeprefix("0 ").rstrip(".")


def _measures(
    survey: "Survey", wave: int | str | None, minimum: int, rng: int
) -> Iterator[Sentence]:
    from detachment.estimates.disclosure import protect
    from detachment.estimates.reliability import reliability

    asked = survey.instrument
    status = f", {asked.status.replace('_', ' ')}" if asked.status else ""
    yield (f"The instrument was {asked.title} (version {asked.version}{status}).",)
    if asked.citation:
        yield (f"Its source: {asked.citation.rstrip('.')}.",)
    interval_of: Literal["jackknife", "feldt"] = "jackknife" if _has_dyads(survey) else "feldt"
    try:
        found = protect(reliability(survey, wave=wave, rng=rng, interval=interval_of), minimum)
    except DetachmentError as error:
        yield (f"No reliability is given: {str(error).splitlines()[0]}",)
        return
    if found is None:
        yield (f"No reliability is given: fewer than {minimum} people answered.",)
        return
    rows = found.table.to_dict("records")
    given = [row for row in rows if not isnan(row["alpha"])]
    if given:
        yield from _coefficients(given, interval_of, level(found.call["confidence"]))
    alike: dict[str, list[str]] = {}
    for row in rows:
        scale = asked.scales[row["scale"]]
        alike.setdefault(_rule_of(survey, scale), []).append(_named(survey, scale, row))
    for rule, named in alike.items():
        yield (f"{rule}: {'; '.join(named)}.",)


def _coefficients(
    rows: Sequence[Mapping[Any, Any]], interval_of: str, sure: str
) -> Iterator[Sentence]:
    """Which coefficients these are, and their sources."""
    kinds = {row["method"] for row in rows}
    said: list[str | Cite] = [
        "Reliability was estimated by coefficient alpha ",
        Cite("cronbach1951"),
    ]
    if "KR-20" in kinds:
        said += [", for tests of right and wrong answers by KR-20 ", Cite("kuder1937")]
    if any(not isnan(row["omega_total"]) for row in rows):
        said += [", by omega total of one factor ", Cite("mcdonald1999")]
    if any(row["n_items"] == 2 for row in rows):
        said += [", and for two items by the Spearman–Brown coefficient ", Cite("eisinga2013")]
    if interval_of == "jackknife":
        said += [
            f"; {sure} confidence intervals leave out one couple at a time ",
            Cite("miller1974"),
        ]
    else:
        said += [f"; {sure} confidence intervals of alpha are Feldt's ", Cite("feldt1987")]
    yield (*said, ".")


def _rule_of(survey: "Survey", scale: "Scale") -> str:
    """How a scale is answered and scored: scales with one rule are named together."""
    asked = survey.instrument
    answers = {asked.items[use.id].scale for use in scale.items}
    how = asked.response_scales[answers.pop()] if len(answers) == 1 else None
    text = "Scales of items with different answers" if how is None else _answered(how)
    if len(scale.items) == 1:
        return text
    kind = {"mean": "the mean of the answers", "sum": "the sum of the answers"}.get(
        scale.score, f"the {scale.score.replace('_', ' ')}"
    )
    least = "all" if scale.min_valid >= 1 else f"at least {percent(scale.min_valid)}"
    return f"{text}, scored by {kind} where {least} of the items are answered"


def _answered(how: "ResponseScale") -> str:
    if how.type != "ordinal" and how.labels:
        return f"Answered by {listing(how.labels, 'or')}"
    if not how.values:
        return "Answered by a number"
    ends = [str(how.values[0]), str(how.values[-1])]
    if how.labels:
        ends = [
            f"{end} ({label})"
            for end, label in zip(ends, how.labels[:: len(how.labels) - 1], strict=True)
        ]
    return f"Answered from {ends[0]} to {ends[1]}"


def _named(survey: "Survey", scale: "Scale", row: Mapping[Any, Any]) -> str:
    """A scale, how many items it has, and its reliability."""
    there = [use for use in scale.items if use.id in survey.responses]
    items = counted(len(there), "item")
    if len(there) < len(scale.items):
        items += f" of {count(len(scale.items))} in these data"
    if turned := sum(use.keyed < 0 for use in there):
        items += f", {count(turned)} reversed"
    said = "; ".join([items, *_reliability_of(row), f"n = {count(row['n'])}"])
    return f"{scale.label or scale.id} ({said.replace('; ', ', ')})"


def _reliability_of(row: Mapping[Any, Any]) -> Iterator[str]:
    if isnan(row["alpha"]):
        if row["n_items"] > 1:
            yield "no internal consistency is given"
    elif row["n_items"] == 2 and not isnan(row["split_half"]):
        yield f"Spearman–Brown = {bounded(row['split_half'])}"
    else:
        name = "KR-20" if row["method"] == "KR-20" else "α"
        yield stated(name, row["alpha"], row["alpha_low"], row["alpha_high"])
        if not isnan(row["omega_total"]):
            omega = (row["omega_total"], row["omega_total_low"], row["omega_total_high"])
            yield stated("ω", *omega)


def _missing(survey: "Survey", wave: int | str | None, minimum: int) -> Iterator[Sentence]:
    from detachment.scoring import in_wave

    items = [item for item in survey.instrument.items if item in survey.responses]
    rows = survey.responses.loc[in_wave(survey, wave), items]
    if rows.empty or not items:
        return
    shares = rows.isna().mean()
    if not shares.any():
        yield (f"Every answer to {counted(len(items), 'item')} is there.",)
        return
    # of an item, a share says how many left it out
    ends = "" if minimum else (
        f" (between {percent(float(shares.min()), 1)} and {percent(float(shares.max()), 1)} of an "
        "item)"
    )  # fmt: skip
    yield (
        f"Of the answers to {counted(len(items), 'item')}, "
        f"{percent(float(shares.mean()), 0 if minimum else 1)} were missing{ends}, answers of “not "
        "applicable” and items that were not shown included.",
    )  # fmt: skip
    yield (
        "A missing answer was never counted as 0; coefficients of reliability rest on every pair "
        "of answers that is there (pairwise deletion).",
    )  # fmt: skip


def _has_dyads(survey: "Survey") -> bool:
    return _couples(survey, None) > 0


def _couples(survey: "Survey", wave: int | str | None) -> int:
    """Couples of whom both took part in a wave (in any, for None)."""
    from detachment.scoring import in_wave

    column = next(iter(survey.instrument.columns_with_role("dyad_id")), None)
    if column is None or column.id not in survey.responses:
        return 0
    dyads = survey.responses.loc[in_wave(survey, wave), column.id].dropna()
    return (
        int((dyads.value_counts() >= 2).sum())
        if wave is None
        else int((dyads.value_counts() == 2).sum())
    )


def _structure(
    survey: "Survey", wave: int | str | None, known: Sequence[int | str], minimum: int
) -> Iterator[Sentence]:
    from detachment.estimates.disclosure import count_shown, is_few
    from detachment.scoring import in_wave

    people = int(in_wave(survey, wave).sum())
    couples = _couples(survey, wave)
    hidden = is_few(couples, minimum) or is_few(people - 2 * couples, minimum)
    if couples and not hidden:
        alone = people - 2 * couples
        rest = f" and {counted(alone, 'person', 'people')} without the partner" if alone else ""
        at = f" at wave {wave}" if wave is not None else ""
        yield (
            f"The {counted(people, 'person', 'people')}{at} were {counted(couples, 'couple')} of "
            f"whom both took part{rest}; partners are not independent of each other ",
            Cite("kenny2006"), ".",
        )  # fmt: skip
    if len(known) > 1:
        sizes = {one: int(in_wave(survey, one).sum()) for one in known}
        told = [f"{count_shown(n, minimum)} at wave {one}" for one, n in sizes.items()]
        yield (f"There were {counted(len(known), 'wave')}: {listing(told)}.",)
        if wave is not None:
            yield (f"The measures are described at wave {wave}.",)


def _analyses(
    survey: "Survey", wave: int | str | None, results: "Sequence[Result] | None"
) -> Iterator[Sentence]:
    if results is None:
        results = _usual(survey, wave)
    for result in results:
        yield from _of_result(result)
    used = versions()
    named = (("NumPy", "numpy", "harris2020"), ("SciPy", "scipy", "virtanen2020"),
             ("pandas", "pandas", "mckinney2010"))  # fmt: skip
    said: list[str | Cite] = [
        f"Analyses were done with detachment {used['detachment']} in Python {used['python']}, with "
    ]
    for place, (name, module, key) in enumerate(named):
        said += [f"{name} {used[module]} ", Cite(key), (", ", ", and ", ".")[place]]
    yield tuple(said)


def _usual(survey: "Survey", wave: int | str | None) -> "list[Result]":
    """What the instrument crosses; nothing where it does not say."""
    from detachment.estimates.correlate import correlate

    if not survey.instrument.correlate.rows or not survey.instrument.correlate.columns:
        return []
    try:
        return [correlate(survey, wave=wave)]
    except DetachmentError:
        return []


_COEFFICIENT: Mapping[str, tuple[str, str | None]] = {
    "pearson": ("Pearson's correlations", None),
    "spearman": ("Spearman's rank correlations", None),
    "kendall": ("Kendall's tau-b", None),
    "polychoric": ("polychoric correlations", "olsson1979"),
    "biweight": ("biweight midcorrelations", None),
    "percentage_bend": ("percentage bend correlations", None),
}
_GAPS = {
    "pairwise": "each rests on everyone who has both variables (pairwise deletion)",
    "listwise": "all rest on the people who have every variable (listwise deletion)",
    "em": "missing answers were treated by maximum likelihood",
    "fiml": "missing answers were treated by maximum likelihood",
}
_FISHER: Mapping[str, tuple[str, str]] = {
    "pearson": ("are from Fisher's z ", "fisher1921"),
    "spearman": ("are Bonett and Wright's ", "bonett2000"),
    "kendall": ("are Fieller's ", "fieller1957"),
}
_ADJUSTED: Mapping[str, tuple[str, str | None]] = {
    "holm": ("by Holm's method ", "holm1979"),
    "bh": ("to control the false discovery rate ", "benjamini1995"),
}
_SENTENCES: Mapping[str, Sentence] = {
    "Agreement": ("Agreement was estimated by intraclass correlations ", Cite("shrout1979"), "."),
    "ActorPartner": (
        "Actor and partner effects were estimated by maximum likelihood in actor–partner "
        "interdependence models ", Cite("kenny2006"), ".",
    ),
    "DyadicModel": ("Models of couples took the dyad as the unit ", Cite("kenny2006"), "."),
    "DyadSimilarity": (
        "Partners' likeness was estimated by intraclass correlations, and it was tested whether "
        "roles tell partners apart ", Cite("kenny2006"), ".",
    ),
    "PartnerAgreement": (
        "Partners' reports were compared with self-reports by the truth and bias model ",
        Cite("west2011"), ".",
    ),
    "Change": (
        "Change of single people was called reliable where it exceeded errors of measurement ",
        Cite("jacobson1991"), ".",
    ),
    "Comparison": (
        "Groups were compared by t tests that do not assume equal variances ", Cite("welch1947"),
        " and by standardized differences corrected for small samples ", Cite("hedges1981"), ".",
    ),
    "Prevalence": ("Intervals of shares are Wilson's ", Cite("wilson1927"), "."),
    "Cutoffs": ("Intervals of shares beyond cut-offs are Wilson's ", Cite("wilson1927"), "."),
    "Moderation": (
        "Moderation was examined by the product of centred variables and simple slopes ",
        Cite("aiken1991"), ".",
    ),
    "Mediation": (
        "Indirect effects have bootstrap intervals ", Cite("efron1987"),
        "; in data of one time they describe associations and not a process ",
        Cite("maxwell2007"), ".",
    ),
    "Dimensionality": ("The number of factors was examined by parallel analysis ",
                       Cite("horn1965"), "."),
    "ExploratoryFactors": ("The number of factors was examined by parallel analysis ",
                           Cite("horn1965"), "."),
    "Cfa": (
        "Confirmatory factor models took the kind of the answers into account ",
        Cite("rhemtulla2012"), ".",
    ),
    "Invariance": (
        "Measurement was compared by steps of invariance, with changes of fit indices beside the "
        "tests ", Cite("chen2007"), ".",
    ),
    "ItemResponse": ("Items were described by the graded response model ",
                     Cite("samejima1969"), "."),
    "Multiverse": (
        "It was examined whether the conclusion depends on the choices of the analysis ",
        Cite("steegen2016"), ".",
    ),
}  # fmt: skip


def _of_result(result: "Result") -> Iterator[Sentence]:
    """How a result was made, as far as a method section says it."""
    from detachment.estimates import Correlations

    if isinstance(result, Correlations):
        yield from _of_correlations(result)
    elif (said := _SENTENCES.get(type(result).__name__)) is not None:
        yield said
        if "adjust" in result.table and not result.table.empty:
            yield from _of_family(result)


def _of_correlations(result: "Correlations") -> Iterator[Sentence]:
    call = result.call
    name, key = _COEFFICIENT[call["method"]]
    kind = f"{result.kind} " if result.kind else ""
    said: list[str | Cite] = [capital(f"associations are {kind}{name}")]
    said += [" ", Cite(key)] if key else []
    sure = level(call["confidence"])
    if call["interval"] == "fisher" and call["method"] in _FISHER:
        words, source = _FISHER[call["method"]]
        said += [f"; {sure} confidence intervals {words}", Cite(source)]
    elif call["interval"] == "bootstrap":
        said += [f"; {sure} confidence intervals are from the bootstrap ", Cite("efron1987")]
    else:
        said += [
            f"; {sure} confidence intervals are from the jackknife, which needs no normal answers "
            "and leaves out couples as a whole where there are any ", Cite("miller1974"),
        ]  # fmt: skip
    yield (*said, f"; {_GAPS[call['missing']]}.")
    yield from _of_family(result)


def _of_family(result: "Result") -> Iterator[Sentence]:
    adjust = str(result.table["adjust"].iloc[0])
    tests, adjusted = result.family()
    if not adjusted or tests < 2:
        return
    how, key = _ADJUSTED.get(adjust, (f"by the method {adjust.replace('_', ' ')}", None))
    said: list[str | Cite] = [f"The p values of {counted(tests, 'test')} were adjusted {how}"]
    yield (*said, *([Cite(key)] if key else []), ".")
