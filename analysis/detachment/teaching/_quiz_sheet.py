"""The knowledge quiz of an instrument as a sheet that prints on one page, and its key."""

from pathlib import Path

from detachment.errors import InstrumentError
from detachment.teaching._pages import render_quiz

_SOURCES = {
    "myth": "myths", "fact": "facts", "faq": "questions and answers", "definition": "definition",
}  # fmt: skip


def quiz_sheet(instrument: str | Path = "detachment") -> dict[str, bytes]:
    """Make the quiz sheet of an instrument, and the key as a page of its own.

    Parameters
    ----------
    instrument
        With a scale whose role is knowledge.

    Returns
    -------
    dict
        ``sheet`` and ``key``: two web pages, to be printed from a browser.

    Raises
    ------
    InstrumentError
        When the instrument has no quiz, or its wording is not free.

    Examples
    --------
    >>> sorted(quiz_sheet())
    ['key', 'sheet']
    """
    from detachment.instruments import read_instrument

    declared = read_instrument(instrument)
    quizzes = [scale for scale in declared.scales.values() if scale.role == "knowledge"]
    if not quizzes:
        raise InstrumentError(
            f"The instrument {declared.id} has no quiz: no scale whose role is knowledge."
        )
    items = [declared.items[entry.id] for entry in quizzes[0].items]
    if not all(item.text for item in items):
        raise InstrumentError(f"The instrument {declared.id} has the quiz without its wording.")
    response = declared.response_scales[items[0].scale]
    labels = response.labels or tuple(map(str, response.values))
    meaning = dict(zip(response.values, labels, strict=True))
    rows = [
        {
            "id": item.id,
            "text": item.text,
            "key": meaning[item.answer] if item.answer in meaning else str(item.answer),
            "source": _SOURCES.get(item.source, item.source),
        }
        for item in items
    ]
    codes = [(label, int(value)) for value, label in meaning.items()]
    unknown = meaning.get(response.dont_know, "no answer") if response.dont_know else "no answer"
    title = "What do you know about emotional detachment?"
    if declared.id != "detachment":
        title = quizzes[0].label or declared.title
    return render_quiz(title, rows, codes, unknown)
