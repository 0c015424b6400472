"""``detachment inspect``: what a file is, without a cell of it."""

from pathlib import Path

import click

from detachment.cli._answers import Answer, answer
from detachment.cli._options import Given, takes_exports
from detachment.cli._tables import listing, words
from detachment.text import encodable

_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", "[]": "none", "None": "-"}


@click.command("inspect")
@takes_exports
def command(given: Given) -> int:
    """Say what each EXPORT is: container, encoding, platform, columns.

    No answer and no personal value is printed. --json gives the facts as one flat object.
    """

    def ask(path: Path) -> Answer:
        from detachment.exports import read_export

        export = read_export(path, **given.reading)
        facts = {"file": encodable(path.name), **export.facts()}
        shown = listing(
            [
                {"fact": name.replace("_", " "), "value": _WORDS.get(str(value)) or words(value)}
                for name, value in facts.items()
                if name != "warnings"
            ]
        )
        return Answer(table=shown.data, shown=[shown], warnings=export.warnings, facts=facts)

    return answer(given, "inspect", ask)
