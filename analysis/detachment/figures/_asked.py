"""What of a survey a figure is about: which scale, which wave, and what its items are called."""

from dataclasses import replace
from typing import TYPE_CHECKING

from detachment.errors import Refusal, UsageError, check_word
from detachment.figures._theme import drawable, plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from detachment.instruments import Scale
    from detachment.validation import Survey


def asked_scale(survey: "Survey", scale: str | None) -> "Scale":
    """A scale with those of its items that the data have; by default the signs, or the first one.

    Raises
    ------
    UsageError
        When it was given no survey, or there is no such scale.
    Refusal
        When none of its items is in the data.
    """
    if not hasattr(survey, "responses"):
        raise UsageError(
            f"this figure is drawn from a survey, and was given {type(survey).__name__}. Read one "
            "with detachment.read_survey(export)."
        )
    scales = survey.instrument.scales
    if scale is not None:
        check_word("scale", scale, list(scales))
        declared = scales[scale]
    else:
        present = [
            one
            for one in scales.values()
            if one.parent is None and any(item.id in survey.responses for item in one.items)
        ] or list(scales.values())
        declared = next((one for one in present if one.role == "sign"), present[0])
    asked = tuple(item for item in declared.items if item.id in survey.responses)
    if not asked:
        raise Refusal(f"no item of {declared.label!r} is in the data, so there is nothing to draw.")
    return replace(declared, items=asked)


def asked_rows(survey: "Survey", wave: int | str | None) -> tuple["NDArray[np.bool_]", str]:
    """Which rows are drawn, and the sentence that says so."""
    from detachment.scoring import in_wave, waves

    known = waves(survey)
    if wave is None and len(known) > 1:
        wave = known[0]
    note = f"Wave {wave} of {len(known)}." if len(known) > 1 else ""
    return in_wave(survey, wave), note


def asked_labels(survey: "Survey", scale: "Scale") -> list[str]:
    """Words of items; of all their ids, where one has none or the font cannot write it."""
    texts = [plain(survey.instrument.items[item.id].text) for item in scale.items]
    as_text = all(text and drawable(text) for text in texts)
    return [
        (text if as_text else item.id) + (" (R)" if item.keyed < 0 else "")
        for item, text in zip(scale.items, texts, strict=True)
    ]
