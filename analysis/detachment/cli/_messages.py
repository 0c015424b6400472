"""What goes to stderr: messages, warnings said once, and a progress bar."""

import sys
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import click

from detachment.errors import DetachmentWarning
from detachment.text import allowed

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0  # seconds of silence before a terminal shows a progress bar


class Messages:
    """Everything that a run says to the person in front of it, never to the pipe behind it.

    Parameters
    ----------
    command
        The command line, word by word.

    Attributes
    ----------
    debug
        Whether tracebacks, and warnings of other packages, are shown.
    """

    def __init__(self, *, command: Sequence[str] = ("detachment",)) -> None:
        self.command = tuple(command)
        self.debug = False
        self._warned: set[str] = set()
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None
        self._bar: Progress | None = None
        self._step: tuple[str, int, int | None] = ("", 0, None)

    def say(self, text: str) -> None:
        """Print a message; a progress bar stays below it.

        Whatever the text quotes, it does not steer the terminal.
        """
        self._print(allowed(text))

    def _print(self, text: str) -> None:
        with self._lock:
            if self._bar is None:
                click.echo(text, err=True)
            else:
                from rich.text import Text

                self._bar.console.print(Text.from_ansi(text), soft_wrap=True)

    def error(self, text: str) -> None:
        """Print an error."""
        self._print(f"{click.style('error:', fg='red', bold=True)} {allowed(text)}")

    def warn(self, texts: Iterable[str]) -> None:
        """Print warnings, each unless the same was said before."""
        for text in texts:
            if text not in self._warned:
                self._warned.add(text)
                self._print(f"{click.style('warning:', fg='yellow', bold=True)} {allowed(text)}")

    def step(self, text: str, *, done: int = 0, total: int | None = None) -> None:
        """Say what is going on; only a terminal shows it, and only after a second."""
        if not sys.stderr.isatty():
            return
        with self._lock:
            self._step = (text, done, total)
            if self._bar is not None:
                task = self._bar.task_ids[0]
                self._bar.update(task, description=text, completed=done, total=total)
            elif self._timer is None:
                self._timer = threading.Timer(PATIENCE, self._show_bar)
                self._timer.daemon = True
                self._timer.start()

    def clear(self) -> None:
        """Take the progress bar away, so that what is printed next stands alone."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._bar is not None:
                self._bar.stop()
                self._bar = None

    def _show_bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        with self._lock:
            if self._timer is None:
                return  # cleared while this thread was importing
            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            text, done, total = self._step
            self._bar.add_task(text, completed=done, total=total)
            self._bar.start()

    @contextmanager
    def hearing_warnings(self) -> Iterator[list[str]]:
        """Collect the texts of this package's warnings; those of others are seen with --debug."""
        heard: list[str] = []

        def hear(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, DetachmentWarning):
                heard.append(str(message))
            else:
                self.say(warnings.formatwarning(message, category, filename, lineno, line).rstrip())

        with warnings.catch_warnings():
            warnings.simplefilter("default" if self.debug else "ignore")
            warnings.simplefilter("always", DetachmentWarning)
            warnings.showwarning = hear
            yield heard
