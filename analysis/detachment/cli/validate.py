"""``detachment validate``: every problem, every flag, and who was left out."""

from dataclasses import replace
from pathlib import Path

import click

from detachment.cli._answers import Answer, about, answer
from detachment.cli._options import Given, takes_exports


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
        notes = (f"{more} more; --json or --out FILE.csv has all.",) if more else ()
        return Answer(
            table=survey.problems.astype({"row": object}),  # no row means the whole column
            shown=[replace(problems, notes=notes), flags_table(survey), ledger_table(survey)],
            more={
                "ledger": survey.ledger.to_dict(orient="records"),
                "flags": survey.flags.to_dict(orient="records"),
            },
            findings=survey.has_errors,
            **about(survey),
        )

    return answer(given, "validate", ask)
