"""The words that a command line takes, and what is said of another one."""

from typing import TYPE_CHECKING

import click

from detachment.errors import nearest

if TYPE_CHECKING:
    _Choice = click.Choice[str]
else:
    _Choice = click.Choice  # no generic before click 8.2


class Words(_Choice):
    """A closed set of words; a wrong one names the nearest.

    Parameters
    ----------
    words
        What is allowed.
    """

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Take an allowed word, or say what is allowed and what may have been meant."""
        word, words = str(value), [str(choice) for choice in self.choices]
        if word not in words:
            said = f"{word!r} is not known; it is one of: {', '.join(words)}.{nearest(word, words)}"
            self.fail(said, param, ctx)
        return word


class Commands(click.Group):
    """A group of commands; a wrong one names the nearest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant, or name the nearest."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            hint = nearest(args[0], names) or f" There are: {', '.join(names)}."
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)
