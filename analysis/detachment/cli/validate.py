"""``detachment validate``: every problem, every flag, and who was left out."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from detachment.cli._answers import Answer, answer, of_survey
from detachment.cli._options import Given, takes_exports

if TYPE_CHECKING:
    import pandas as pd


@click.command("validate")
@takes_exports
def command(given: Given) -> int:
    """Check each EXPORT against its instrument and list every problem.

    Exit code 1 when there is an error. Flags are reasons to doubt a respondent; nobody is left
    out because of one. The ledger says who was left out, and by which rule.
    """

    def ask(path: Path) -> Answer:
        survey = given.survey(path)
        return of_survey(
            survey,
            table=survey.problems.astype({"row": object}),  # no row means the whole column
            shown=[
                ("Problems", _or_none(survey.problems)),
                ("Flags", _or_none(_summary(survey.flags))),
                ("Ledger", survey.ledger),
            ],
            more={
                "ledger": survey.ledger.to_dict(orient="records"),
                "flags": survey.flags.to_dict(orient="records"),
            },
        )

    return answer(given, "validate", ask)


def _summary(flags: "pd.DataFrame") -> "pd.DataFrame":
    """One line a kind of flag: how many rows, and the first of them."""
    import pandas as pd

    lines = []
    for flag, found in flags.groupby("flag", sort=False):
        rows = sorted(set(found["row"]))
        shown = ", ".join(map(str, rows[:8])) + (" ..." if len(rows) > 8 else "")
        lines.append({"flag": flag, "rows": len(rows), "in rows": shown})
    return pd.DataFrame(lines)


def _or_none(table: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    return table if len(table) else pd.DataFrame({"none": []})
