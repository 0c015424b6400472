"""Everything that a report says, computed before anything is written."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from detachment.errors import DetachmentError, DetachmentWarning, Refusal
from detachment.text import listing

if TYPE_CHECKING:
    import pandas as pd

    from detachment.estimates import Change, Correlations, Prevalence, Result
    from detachment.estimates.disclosure import Disclosure
    from detachment.estimates.items import ItemAnalysis
    from detachment.estimates.reliability import Reliability
    from detachment.figures import Drawing
    from detachment.instruments import Scale
    from detachment.reports._couples import Couples
    from detachment.tables import Table
    from detachment.validation import Survey

T = TypeVar("T")
R = TypeVar("R", bound="Result")
ITEMS = "items:"
MOST_LIKERT = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Findings:
    """The content of a report.

    Attributes
    ----------
    survey
        What was answered.
    wave, waves
        Which wave the sections use, of which there are.
    people
        Rows of that wave.
    present
        Scales of which the data hold an item.
    reliability, items, totals, single
        Results; ``totals`` crosses scale scores, ``single`` items. None where there is none.
    prevalence, couples, change
        Shares of people with each sign; results about partners, where there are complete dyads;
        change between waves, where there are several. Only for those who may see the data.
    disclosure, minimum
        Who may see the report, and so the fewest people about whom it says something (0: any).
    ledger
        Steps from rows received to rows analysed, as far as they can be shown.
    tables, figures
        By the name of their file.
    items_of
        Scale -> its part of the table of items.
    left_out
        What is not given -> why, in the order of the report.
    """

    survey: "Survey"
    wave: int | str | None
    waves: tuple[int | str, ...]
    people: int
    present: tuple["Scale", ...]
    reliability: "Reliability | None"
    items: "ItemAnalysis | None"
    totals: "Correlations | None"
    single: "Correlations | None"
    ledger: "pd.DataFrame"
    prevalence: "Prevalence | None" = None
    couples: "Couples | None" = None
    change: "Change | None" = None
    disclosure: "Disclosure" = "none"
    minimum: int = 0
    tables: Mapping[str, "Table"] = field(default_factory=dict)
    items_of: Mapping[str, "Table"] = field(default_factory=dict)
    figures: Mapping[str, "Drawing"] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def results(self) -> tuple["Result", ...]:
        """Every result that there is."""
        every: list[Result | None] = [self.reliability, self.items, self.prevalence, self.totals]
        every.append(self.single)
        if self.couples is not None:
            every += [self.couples.similarity, *self.couples.models, self.couples.reports]
        every.append(self.change)
        return tuple(result for result in every if result is not None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What touches the numbers, each said once."""
        return tuple(dict.fromkeys(text for result in self.results for text in result.warnings))

    @property
    def notes(self) -> tuple[str, ...]:
        """How the numbers were made, each said once."""
        return tuple(dict.fromkeys(text for result in self.results for text in result.notes))


def find(
    survey: "Survey",
    *,
    rng: int,
    wave: int | str | None = None,
    disclosure: "Disclosure" = "none",
) -> Findings:
    """Compute every result, figure and table of a report, and write nothing.

    Parameters
    ----------
    survey
        Validated answers.
    rng
        Seed, for whatever is random.
    wave
        Which wave the sections are about; the first by default.
    disclosure
        Who may see them: ``"none"`` for those who may see the data, ``"class"`` or ``"publish"``.

    Returns
    -------
    Findings
        What cannot be given is in ``left_out``, with the reason.

    Raises
    ------
    UsageError
        When the data have no such wave.
    Refusal
        When fewer people answered than may be reported to a class or the public.
    """
    from detachment.scoring import keeping

    with keeping():
        return _found(survey, rng, wave, disclosure)


def _found(
    survey: "Survey", rng: int, wave: int | str | None, disclosure: "Disclosure"
) -> Findings:
    from detachment import tables
    from detachment.estimates.disclosure import (
        fewest,
        protect,
        protect_items,
        protect_ledger,
        require_people,
        tells_of_people,
    )
    from detachment.estimates.items import items as item_statistics
    from detachment.estimates.reliability import reliability as reliability_of
    from detachment.estimates.sensitivity import sensitivity
    from detachment.reports._couples import complete_dyads, couple_tables, leading_model
    from detachment.reports._over_time import change_tables
    from detachment.reports._switched import (
        FEW,
        draw_results,
        draw_scores,
        over_time,
        partners,
        prevalence_table,
        shares_of_signs,
    )
    from detachment.scoring import in_wave, score, waves

    minimum = fewest(disclosure)
    known, asked = waves(survey), wave
    in_wave(survey, asked)
    wave = next((one for one in known if asked is None or str(one) == str(asked)), None)
    rows = in_wave(survey, wave)
    people = int(rows.sum())
    require_people(people, minimum)
    require_waves(survey, known, minimum)
    present = tuple(
        scale
        for scale in survey.instrument.scales.values()
        if any(item.id in survey.responses for item in scale.items)
    )
    left_out: dict[str, str] = {}

    def ask(what: str, question: Callable[[], T]) -> T | None:
        """The answer; or None, and the reason stands in the report."""
        try:
            return question()
        except DetachmentError as error:
            left_out[what] = str(error)
            return None

    with warnings.catch_warnings():
        # They are not lost: results carry them, and the report shows them.
        warnings.simplefilter("ignore", DetachmentWarning)
        scores = ask("Scale scores", lambda: score(survey))
        # Answers of partners are not independent, which Feldt's interval takes them to be.
        interval: Literal["jackknife"] | None = (
            "jackknife" if complete_dyads(survey, wave) else None
        )
        reliability = ask(
            "Reliability", lambda: reliability_of(survey, rng=rng, wave=asked, interval=interval)
        )
        items = ask("Item statistics", lambda: item_statistics(survey, wave=asked))
        totals, single = _cross(survey, present, asked, ask, left_out)
        with_and_without = (
            ask("Results without flagged people", lambda: sensitivity(survey, wave=asked))
            if len(survey.flags) and not minimum  # the difference of two n can be few people
            else None
        )
        prevalence = couples = change = None
        if not minimum:
            prevalence = shares_of_signs(survey, present, wave, ask)
            couples = partners(survey, wave, rng, totals, present, ask)
            change = over_time(survey, known, totals, ask)
        elif len(known) > 1 or complete_dyads(survey, wave):
            left_out["Partners, change, and prevalence of signs"] = FEW

    def shown(what: str, result: R | None, protect: Callable[[R, int], R | None]) -> R | None:
        """The result as it may be shown."""
        safe = None if result is None else protect(result, minimum)
        if result is not None and safe is None:
            left_out[what] = f"Fewer than {minimum} people are behind every number."
        return safe

    reliability = shown("Reliability", reliability, protect)
    items = shown("Item statistics", items, lambda r, least: protect_items(r, survey, rows, least))
    totals = shown("Correlations of scale scores", totals, protect)
    single = shown("Correlations of items", single, protect)

    by_scale: dict[str, Table] = {}
    made: list[Table] = [
        tables.scales_table(survey.instrument),
        tables.questions_table(survey.instrument),
        tables.ledger_table(survey, disclosure=disclosure),
        tables.missing_table(survey, wave=wave),
        tables.problem_rules_table(survey) if minimum else tables.problems_table(survey),
        tables.flags_table(survey, disclosure=disclosure),
    ]
    if scores is not None:
        made.append(tables.scores_table(survey, scores=scores, wave=wave, disclosure=disclosure))
    if reliability is not None:
        made.append(tables.reliability_table(reliability))
    if items is not None:
        made.append(tables.items_table(items))
        by_scale = {
            scale: replace(
                tables.items_table(items, scale=scale),
                title=f"Items of {survey.instrument.scales[scale].label or scale}",
            )
            for scale in items.table["scale"].unique()
        }
    if prevalence is not None:
        made.append(prevalence_table(prevalence))
    made += _correlation_tables(totals, single)
    if couples is not None:
        made += couple_tables(couples)
    if change is not None:
        made += change_tables(change)
    if with_and_without is not None and len(with_and_without.table):
        made.append(tables.sensitivity_table(with_and_without))
    figures = _draw(survey, present, asked, disclosure, reliability, totals, single, ask)
    if not minimum:
        model = leading_model(couples.models) if couples is not None else None
        figures |= draw_results([items, prevalence, model], ask)
        figures |= draw_scores(survey, couples, change, wave, ask)
    if minimum:
        left_out = {
            what: "Not given; the reason would tell of few people." if tells_of_people(why) else why
            for what, why in left_out.items()
        }

    return Findings(
        survey=survey,
        wave=wave,
        waves=known,
        people=people,
        present=present,
        reliability=reliability,
        items=items,
        totals=totals,
        single=single,
        ledger=protect_ledger(survey.ledger, minimum),
        prevalence=prevalence,
        couples=couples,
        change=change,
        disclosure=disclosure,
        minimum=minimum,
        tables={table.name: tables.protect(table, minimum) for table in made},
        items_of={scale: tables.protect(table, minimum) for scale, table in by_scale.items()},
        figures=figures,
        left_out=left_out,
    )


def require_waves(survey: "Survey", known: tuple[int | str, ...], minimum: int) -> None:
    """Refuse a wave of few people, whose size follows from all and the others."""
    from detachment.estimates.disclosure import is_few
    from detachment.scoring import in_wave

    few = [str(one) for one in known if is_few(int(in_wave(survey, one).sum()), minimum)]
    if few:
        raise Refusal(
            f"Fewer than {minimum} people are in wave {listing(few)}, and how many would follow "
            "from the number of all. Leave the rows of that wave out of the file."
        )


def _cross(
    survey: "Survey",
    present: tuple["Scale", ...],
    wave: int | str | None,
    ask: Callable[[str, Callable[[], Any]], Any],
    left_out: dict[str, str],
) -> tuple["Correlations | None", "Correlations | None"]:
    """What the instrument crosses by default: scores with scores, and items with scores."""
    from detachment.estimates.correlate import correlate

    declared = survey.instrument.correlate
    if not declared.rows or not declared.columns:
        left_out["Correlations"] = (
            "The instrument does not say which scales belong together. Add correlate: {rows: "
            "[...], columns: [...]} to its file, or ask detachment.correlate(survey, rows=..., "
            "columns=...)."
        )
        return None, None
    columns = _available(declared.columns, present)
    scores = _available([one for one in declared.rows if not one.startswith(ITEMS)], present)
    singles = _available([one for one in declared.rows if one.startswith(ITEMS)], present)
    if not columns or not (scores or singles):
        left_out["Correlations"] = (
            f"The data hold no item of {listing(declared.rows if columns else declared.columns)}."
        )
        return None, None

    def cross(what: str, rows: list[str]) -> "Correlations | None":
        if not rows:
            return None
        answer: Correlations | None = ask(
            what, lambda: correlate(survey, rows=rows, columns=columns, wave=wave)
        )
        return answer

    return cross("Correlations of scale scores", scores), cross("Correlations of items", singles)


def _available(selectors: "list[str] | tuple[str, ...]", present: tuple["Scale", ...]) -> list[str]:
    """Selectors of which the data hold something: a file may have a part of the questionnaire."""
    from detachment.instruments import ROLE_WORDS

    ids = {scale.id for scale in present}
    roles = {scale.role for scale in present}
    return [
        one for one in selectors if one.removeprefix(ITEMS) in ids or ROLE_WORDS.get(one) in roles
    ]


def _correlation_tables(
    totals: "Correlations | None", single: "Correlations | None"
) -> "list[Table]":
    from detachment import tables

    made = []
    if totals is not None:
        long = tables.correlations_table(totals, layout="long")
        corrected = tables.disattenuated_table(totals)
        made += [replace(long, name="correlations"), *([corrected] if corrected.rows else [])]
    if single is not None:
        matrix = tables.correlations_table(single, layout="matrix")
        made.append(replace(matrix, name="correlations-items"))
    return made


def _draw(
    survey: "Survey",
    present: tuple["Scale", ...],
    wave: int | str | None,
    disclosure: "Disclosure",
    reliability: "Reliability | None",
    totals: "Correlations | None",
    single: "Correlations | None",
    ask: Callable[[str, Callable[[], Any]], Any],
) -> "dict[str, Drawing]":
    from detachment import figures
    from detachment.estimates.disclosure import fewest, protect_participants
    from detachment.estimates.participants import participants

    def flow() -> "Drawing":
        return figures.flow(protect_participants(participants(survey), fewest(disclosure)))

    drawings: list[Drawing | None] = [ask("Flow of participants", flow)]
    if _anything_missing(survey, present, wave):
        drawings.append(
            ask(
                "Map of missing answers",
                partial(figures.missingness, survey, wave=wave, disclosure=disclosure),
            )
        )
    drawings.append(
        ask(
            "Distribution of scores",
            partial(figures.distributions, survey, wave=wave, disclosure=disclosure),
        )
    )
    bars = partial(figures.likert, survey, wave=wave, disclosure=disclosure)
    for scale in pictured(present):
        what = f"Figure of the answers to {scale.label or scale.id}"
        drawings.append(ask(what, partial(bars, scale=scale.id)))
    if reliability is not None:
        drawings.append(ask("Figure of reliability", lambda: figures.reliability_plot(reliability)))
    if single is not None:
        drawings.append(ask("Heat map of items", lambda: figures.heatmap(single)))
    elif totals is not None and len(totals.table["row"].unique()) > 1:
        drawings.append(ask("Heat map of scores", lambda: figures.heatmap(totals)))
    if totals is not None:
        drawings.append(ask("Forest plot", lambda: figures.forest(totals)))
    return {drawing.name: drawing for drawing in drawings if drawing is not None}


def _anything_missing(
    survey: "Survey", present: tuple["Scale", ...], wave: int | str | None
) -> bool:
    """Whether an answer is missing to the scale of which a map would be drawn."""
    from detachment.scoring import in_wave, waves

    first = next(iter(waves(survey)), None) if wave is None else wave
    for scale in pictured(present)[:1]:
        asked = [item.id for item in scale.items if item.id in survey.responses]
        return bool(survey.responses.loc[in_wave(survey, first), asked].isna().any(axis=None))
    return False


def pictured(present: tuple["Scale", ...]) -> tuple["Scale", ...]:
    """Scales whose answers are drawn: the signs, or the first whole scales where there are none."""
    whole = [scale for scale in present if scale.parent is None]
    signs = [scale for scale in whole if scale.role == "sign"]
    return tuple(signs or whole[:MOST_LIKERT])
