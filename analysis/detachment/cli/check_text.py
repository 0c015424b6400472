"""``detachment check-text``: whether the statistics of a manuscript agree with their p."""

from pathlib import Path

import click

from detachment import __version__
from detachment.cli._answers import DONE, FINDINGS
from detachment.cli._json import plain, to_json
from detachment.cli._messages import Messages
from detachment.cli._tables import listing, render


@click.command("check-text")
@click.argument("draft", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(messages: Messages, *, draft: Path, as_json: bool) -> int:
    """Find the statistics of DRAFT in APA style, and compute their p again.

    Reads Markdown, Word (.docx), plain text and LaTeX: t(38) = 2.10, p = .042; F, chi-squared, r,
    z and Q likewise; and whether an interval holds its estimate. Rounding is allowed for. Of the
    manuscript, only the statistics are shown.

    \b
    Exit codes: 0 nothing wrong was found, 1 something is inconsistent.
    """  # noqa: D301 - the backslash is click's mark for "do not rewrap"
    from detachment.reports import check_text
    from detachment.reports._check_text import p_shown

    check = check_text(draft)
    messages.clear()
    rows = check.to_frame().to_dict(orient="records")
    if as_json:
        facts = {
            "command": "check-text",
            "detachment": __version__,
            "source": {"file": check.file},
            "unit": check.unit,
            "n": {"found": len(check.found), "wrong": len(check.wrong)},
            "table": [plain(row) for row in rows],
        }
        click.echo(to_json(facts))
    else:
        click.echo(check.explain())
        shown = [
            {
                check.unit.capitalize(): str(one.place),
                "Statistic": one.statistic,
                "Computed p": p_shown(one),
                "Verdict": one.verdict,
                "Reason": one.reason,
            }
            for one in check.found
        ]
        if shown:
            table = listing(shown, title="", left=["Statistic", "Verdict", "Reason"])
            click.echo(f"\n{render([table], keys=2)}")
    return FINDINGS if check.wrong else DONE
