"""Sections that switch on by themselves, where the data have what they need."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from detachment.reports._couples import Ask, Couples, complete_dyads, find_couples

if TYPE_CHECKING:
    from detachment.estimates import Change, Correlations, Prevalence, Result
    from detachment.figures import Drawing
    from detachment.instruments import Scale
    from detachment.tables import Table
    from detachment.validation import Survey

FEW = (
    "Counts of couples, of signs and of changes can tell of few people, and are left out of a "
    "report for others."
)


def shares_of_signs(
    survey: "Survey", present: tuple["Scale", ...], wave: int | str | None, ask: Ask
) -> "Prevalence | None":
    """Share of people with each sign, where a scale says from which answer on it is present."""
    from detachment.estimates.prevalence import prevalence

    if not any(scale.signs_present_from is not None for scale in present):
        return None
    found: Prevalence | None = ask("Prevalence", lambda: prevalence(survey, wave=wave))
    return found


def partners(
    survey: "Survey",
    wave: int | str | None,
    rng: int,
    totals: "Correlations | None",
    present: tuple["Scale", ...],
    ask: Ask,
) -> Couples | None:
    """Results about partners, where both partners of some dyads answered."""
    if not complete_dyads(survey, wave):
        return None
    predictor, outcomes = crossed(totals)
    scales = [predictor, *outcomes] if predictor else [scale.id for scale in present]
    return find_couples(survey, scales, outcomes, wave=wave, rng=rng, ask=ask)


def over_time(
    survey: "Survey", waves: tuple[int | str, ...], totals: "Correlations | None", ask: Ask
) -> "Change | None":
    """Change from the first wave to the last one, where there are several."""
    from detachment.estimates.change import change

    if len(waves) < 2:
        return None
    predictor, outcomes = crossed(totals)
    scales = [predictor, *outcomes] if predictor else None
    found: Change | None = ask("Change between waves", lambda: change(survey, scales=scales))
    return found


def crossed(totals: "Correlations | None") -> tuple[str, list[str]]:
    """The first score that the instrument crosses, and the scores with which it does."""
    if totals is None or not len(totals.table):
        return "", []
    first = str(totals.table["row"].iloc[0])
    columns = totals.table.loc[totals.table["row"] == first, "column"]
    return first, list(map(str, dict.fromkeys(columns)))


def prevalence_table(result: "Prevalence") -> "Table":
    """Share of people with each sign, the most frequent first."""
    from detachment.reports._frames import as_table

    order = result.table.sort_values("share", ascending=False, kind="stable").index
    start = result.table["present_from"].iloc[0]
    return as_table(
        result.display().loc[order],
        name="prevalence",
        title="Share of People With Each Sign",
        data=result.to_frame().loc[order].reset_index(drop=True),
        heads={
            "Item": "Sign",
            "n": "n",
            "With the sign": "With the sign",
            "Share": "Share",
            "95% CI": "95% CI",
            "Missing": "Missing",
            "Not applicable": "Does not apply",
        },
        notes=(
            f"A sign counts as present from the answer {start:g} on. n = people who answered it; "
            "CI = confidence interval (Wilson's, on the effective n where people belong together).",
        ),
    )


def draw_results(results: Iterable["Result | None"], ask: Ask) -> "dict[str, Drawing]":
    """The figure that says most of each result; of some there is none."""
    from detachment import figures

    drawn: dict[str, Drawing] = {}
    for result in results:
        names = () if result is None else figures.figures_of(result)
        for name in names[:1]:
            question = partial(figures.draw, result, figure=name)
            drawn |= {one.name: one for one in ask(f"Figure {name}", question) or ()}
    return drawn


def draw_scores(
    survey: "Survey",
    couples: Couples | None,
    change: "Change | None",
    wave: int | str | None,
    ask: Ask,
) -> "dict[str, Drawing]":
    """Scores of partners against each other, and of the waves; no dot or line is one person."""
    from detachment import figures

    drawn: list[Drawing | None] = []
    if couples is not None:
        scale = str(couples.similarity.table["scale"].iloc[0])
        scatter = partial(
            figures.partner_scatter, survey, scale=scale, wave=wave, disclosure="class"
        )
        drawn.append(ask("Figure of partners' scores", scatter))
    if change is not None:
        lines = partial(figures.slopes, change, survey, disclosure="class")
        drawn.append(ask("Figure of change", lines))
        clouds = partial(figures.raincloud, change, survey, disclosure="class")
        drawn.append(ask("Figure of reliable change", clouds))
    return {one.name: one for one in drawn if one is not None}
