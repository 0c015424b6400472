"""``detachment validate``: every problem, every flag, and who was left out."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detachment.cli._answers import Answer, about, answer
from detachment.cli._options import Given, said_of, takes_exports

if TYPE_CHECKING:
    from detachment.validation import Survey

SHOWN = 10  # columns that a note names


@click.command("validate")
@takes_exports
def command(given: Given) -> int:
    """Check each EXPORT against its instrument and list every problem.

    Exit code 1 when there is an error. Flags are reasons to doubt a respondent; nobody is left
    out because of one. The ledger says who was left out, and by which rule.
    """

    def ask(path: Path) -> Answer:
        from detachment.tables import flags_table, ledger_table, problems_table

        survey = given.survey(path)
        problems = problems_table(survey)
        more = len(survey.problems) - len(problems.rows)
        cut = (f"{more} more; --json or --out FILE.csv has all.",) if more else ()
        notes = _left_behind(survey)
        return Answer(
            table=survey.problems.astype({"row": object}),  # no row means the whole column
            shown=[
                replace(problems, notes=cut),
                flags_table(survey),
                replace(ledger_table(survey), notes=notes),
            ],
            notes=notes,
            more={
                "ledger": survey.ledger.to_dict(orient="records"),
                "flags": survey.flags.to_dict(orient="records"),
            },
            findings=survey.has_errors,
            **about(survey),
        )

    return answer(given, "validate", ask)


def _left_behind(survey: "Survey") -> tuple[str, ...]:
    """Say which columns of the file stayed behind, and why."""
    from detachment.text import counted, listing

    notes = []
    if personal := said_of(survey, "identifying_dropped"):
        notes.append(
            f"Dropped, because they identify people or hold what they wrote: "
            f"{counted(len(personal), 'column')} ({listing(personal, shown=SHOWN)})."
        )
    if undeclared := said_of(survey, "columns_left_out"):
        notes.append(
            f"Left out, because the instrument {survey.instrument.id} does not declare them: "
            f"{counted(len(undeclared), 'column')} ({listing(undeclared, shown=SHOWN)}). One that "
            "is needed (an id, a group) goes under columns in the instrument file."
        )
    return tuple(notes)
