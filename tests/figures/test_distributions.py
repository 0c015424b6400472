"""Histograms of scores: shares as counted by hand, no bar of few people, nothing out of place."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from detachment import figures
from detachment.errors import Refusal, UsageError
from detachment.figures import Drawing
from detachment.instruments import instrument_from_dict
from detachment.validation import Survey, read_survey

ITEMS = [f"q{k}" for k in range(3)]
LAYOUT = {
    "schema_version": 1,
    "instrument": {"id": "three", "version": "1.0.0", "title": "Three", "language": "en"},
    "response_scales": {"five": {"type": "ordinal", "values": [1, 2, 3, 4, 5]}},
    "items": [{"id": item, "scale": "five"} for item in [*ITEMS, "alone"]],
    "scales": {
        "signs": {"label": "Looks", "role": "sign", "items": ITEMS},
        "one": {"label": "<script>", "role": "effect", "items": ["alone"]},
    },
}  # fmt: skip


def survey_of(answers: list[list[float]]) -> Survey:
    table = pd.DataFrame(answers, columns=[*ITEMS, "alone"]).astype("Int64")
    with TemporaryDirectory() as folder:
        table.to_csv(Path(folder) / "three.csv", index=False)
        return read_survey(Path(folder) / "three.csv", instrument=instrument_from_dict(LAYOUT))


# 20 people at 1, 12 at 2, 7 at 3, 2 at 13/3 and 1 at 5; one has no score.
ANSWERS = [
    *[[1, 1, 1, 1]] * 20, *[[2, 2, 2, 2]] * 12, *[[3, 3, 3, 2]] * 7, *[[4, 4, 5, 5]] * 2,
    [5, 5, 5, 5], [np.nan, np.nan, np.nan, 3],
]  # fmt: skip


@pytest.fixture(scope="module")
def three() -> Survey:
    return survey_of(ANSWERS)


def bars(drawing: Drawing, panel: int = 0) -> list[tuple[float, float, float]]:
    """From, to and height of every bar."""
    shapes = [one for one in drawing.figure.axes[panel].patches if isinstance(one, Rectangle)]
    return [(one.get_x(), one.get_x() + one.get_width(), one.get_height()) for one in shapes]


def test_areas_are_the_shares_and_no_bar_is_of_few_people(three: Survey) -> None:
    drawing = figures.distributions(three, scales="signs")
    narrowest = 1 / 3  # of a score: one item moves by one
    found = bars(drawing)
    people = [42 * height * (end - start) / narrowest for start, end, height in found]
    # The bars of 2 and 1 are joined with what is between them, and then with their neighbour.
    assert people[:2] == pytest.approx([20, 12], abs=0.01)
    assert sum(people) == pytest.approx(42, abs=0.02)
    assert min(people) >= 5 - 0.02
    assert found[0][:2] == pytest.approx((1 - 1 / 6, 1 + 1 / 6), abs=1e-3)
    assert found[-1][1] == pytest.approx(5 + 1 / 6, abs=1e-3)


def test_words_have_n_mean_sd_and_the_share_without(three: Survey) -> None:
    drawing = figures.distributions(three, scales="signs")
    scores = np.array([1] * 20 + [2] * 12 + [3] * 7 + [13 / 3] * 2 + [5])
    texts = {text.get_text() for text in drawing.figure.findobj(Text)}
    assert f"M = {scores.mean():.2f}, SD = {scores.std(ddof=1):.2f}" in texts
    assert "n = 42, 2.3% without" in texts
    assert f"n = 42, M = {scores.mean():.2f}" in drawing.alt
    assert "bars are joined" in drawing.alt


def test_others_see_rounded_n_and_no_single_item(three: Survey) -> None:
    drawing = figures.distributions(three, disclosure="class")
    texts = {text.get_text() for text in drawing.figure.findobj(Text)}
    assert "n = 40, fewer than 5 without" in texts
    assert len(drawing.figure.axes) == 1
    assert "42" not in drawing.alt
    with pytest.raises(Refusal, match="scores of 5 people"):
        figures.distributions(three, scales="one", disclosure="class")


@pytest.mark.parametrize("columns", [1, 2])
def test_texts_are_large_enough_and_touch_nothing(three: Survey, columns: int) -> None:
    drawing = figures.distributions(three, columns=columns)
    renderer, placed = FigureCanvasAgg(drawing.figure).get_renderer(), []
    for text in drawing.figure.findobj(Text):
        if not text.get_text():
            continue
        assert text.get_fontsize() >= 6
        box = text.get_window_extent(renderer)
        assert drawing.figure.bbox.x0 <= box.x0 <= box.x1 <= drawing.figure.bbox.x1
        assert not any(box.padded(-1).overlaps(other.padded(-1)) for other in placed)
        placed.append(box)


def test_the_order_of_rows_moves_nothing_and_text_stays_text(three: Survey) -> None:
    svg = figures.distributions(three).to_bytes()
    assert figures.distributions(survey_of(ANSWERS[::-1])).to_bytes() == svg
    assert b"<script>" not in svg


def test_what_cannot_be_drawn_is_refused(three: Survey) -> None:
    with pytest.raises(UsageError, match="sings"):
        figures.distributions(three, scales="sings")
    with pytest.raises(UsageError, match="read_survey"):
        figures.distributions(pd.DataFrame())  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="5"):
        figures.distributions(survey_of(ANSWERS[18:22]))


def test_what_is_behind_a_texture_changes_with_the_page() -> None:
    page = figures.inline_svg(b'<svg><rect width="73" height="73" fill="#ffffff"/></svg>')
    assert 'style="fill: var(--figure-paper, #ffffff)"' in page


def test_others_see_shares_in_whole_percent(three: Survey) -> None:
    heights = {height for _, _, height in bars(figures.distributions(three, disclosure="class"))}
    assert all(height == round(height, 2) or height == 0.005 for height in heights)
