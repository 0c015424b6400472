"""``detachment screen``: who may not have read the questions, one line each."""

from pathlib import Path
from typing import Any

import click

from detachment.cli._answers import Answer, answer
from detachment.cli._options import Given, gives_a_result
from detachment.cli._tables import listing

_wave = click.option("--wave", help="Which wave; every wave when left away.")


@click.command("screen")
@gives_a_result
@_wave
def command(given: Given, **options: Any) -> int:  # noqa: ANN401 - as declared above
    """Indices of careless responding of each EXPORT: time, runs, variability, consistency.

    Nobody is left out. To see a result without the people in doubt, give any command --exclude
    with the name of a flag, or grade2 for all strong ones.
    """

    def ask(path: Path) -> Answer:
        from detachment.estimates import records, screen
        from detachment.tables import screening_table, tables_of

        survey = given.survey(path)
        result = screen(survey, **options)
        people = listing(
            result.display().to_dict(orient="records"),
            title="Respondents With a Flag, Strongest First",
            left=["Reasons"],
            notes=result.notes,
        )
        return Answer(
            table=result.to_frame(),
            shown=[screening_table(result), people],
            notes=result.notes,
            warnings=result.warnings,
            instrument=result.instrument,
            source=result.source,
            n=result.n,
            undefined=lambda row, column: result.reasons[row].get(column, ""),
            more={"flags": records(result.flags), "absent": dict(result.absent)},
            findings=survey.has_errors,
            explain=result.explain,
            tables=lambda: tables_of(result),
        )

    return answer(given, "screen", ask)
