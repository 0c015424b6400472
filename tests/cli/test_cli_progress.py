"""The progress bar: on a terminal, after a second; never in a pipe, never over a message."""

import io
import sys

import pytest

from detachment.cli import _messages
from detachment.cli._messages import Messages


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Open a terminal; from within the test, since pytest changes the streams between phases."""

    def open_():
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "80")
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    return open_


def test_nothing_in_a_pipe(capsys, monkeypatch):
    monkeypatch.setattr(_messages, "PATIENCE", 0)
    messages = Messages()
    messages.step("a.csv", done=0, total=2)
    assert messages._timer is None
    messages.clear()
    assert capsys.readouterr() == ("", "")


def test_nothing_for_what_is_quick(terminal):
    stream = terminal()
    messages = Messages()
    messages.step("a.csv")
    messages.clear()
    assert stream.getvalue() == ""


def test_a_bar_after_the_time_of_patience(terminal, monkeypatch):
    monkeypatch.setattr(_messages, "PATIENCE", 0)
    stream = terminal()
    messages = Messages()
    messages.step("first [b]export[/b].csv", done=0, total=2)
    timer = messages._timer
    assert timer is not None
    timer.join()
    messages.step("second.csv", done=1, total=2)
    messages.warn(["two cells are missing"])
    messages.clear()
    seen = stream.getvalue()
    assert "first [b]export[/b].csv" in seen
    assert "second.csv" in seen
    assert "two cells are missing" in seen
    assert messages._bar is None
