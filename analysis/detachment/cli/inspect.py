"""``detachment inspect``: what a file is, without a cell of it."""

from pathlib import Path

import click

from detachment.cli._answers import Answer, answer
from detachment.cli._options import Given, takes_exports


@click.command("inspect")
@takes_exports
def command(given: Given) -> int:
    """Say what each EXPORT is: container, encoding, platform, columns.

    No answer and no personal value is printed. --json gives the facts as one flat object.
    """

    def ask(path: Path) -> Answer:
        import pandas as pd

        from detachment.exports import read_export

        export = read_export(path, platform=given.platform, sheet=given.sheet)
        facts = {"file": path.name, **export.facts()}
        table = pd.DataFrame({"fact": list(facts), "value": [_words(v) for v in facts.values()]})
        shown = table[table["fact"] != "warnings"]
        return Answer(table=table, shown=[("", shown)], warnings=export.warnings, facts=facts)

    return answer(given, "inspect", ask)


def _words(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}.get(str(value), str(value))
