"""What was drawn: bars, dots, cells, letters, and the same in words."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from detachment.errors import Refusal, UsageError
from detachment.estimates.correlate import Correlations
from detachment.estimates.moderate import Moderation
from detachment.estimates.reliability import Reliability
from detachment.figures import Drawing, forest, heatmap, likert, moderation, reliability_plot
from detachment.validation import Survey

NAN = float("nan")


def panel(drawing: Drawing) -> Axes:
    return drawing.figure.axes[0]


def texts(drawing: Drawing) -> list[str]:
    return [text.get_text() for text in drawing.figure.findobj(Text) if text.get_text()]


def bars(drawing: Drawing, row: int) -> list[Rectangle]:
    patches = [p for p in panel(drawing).patches if isinstance(p, Rectangle)]
    return sorted((p for p in patches if p.get_y() < row < p.get_y() + p.get_height()), key=left)


def left(bar: Rectangle) -> float:
    return bar.get_x()


def reliabilities() -> Reliability:
    def row(scale: str, **numbers: object) -> dict[str, object]:
        nothing = dict.fromkeys(
            ("alpha", "alpha_low", "alpha_high", "omega_total", "omega_total_low",
             "omega_total_high", "split_half"), NAN,
        )  # fmt: skip
        return {"scale": scale, "n_items": 4, "n": 120, "method": "pearson", **nothing, **numbers}

    table = pd.DataFrame(
        [
            row("signs", alpha=0.876, alpha_low=0.84, alpha_high=0.9, omega_total=0.88),
            row("pair", n_items=2, alpha=0.6, alpha_low=0.5, alpha_high=0.7, split_half=0.605),
            row("index", reason="formative"),
        ]
    )
    labels = {"signs": "Signs", "pair": "A pair", "index": "Things done"}
    return Reliability(table=table, labels=labels, call={"confidence": 0.95})


def correlations(rows: int = 3, columns: int = 2) -> Correlations:
    table = pd.DataFrame(
        [
            {
                "row": f"s{i}", "column": f"e{j}", "n": 100 + i, "r": r,
                "r_low": r - 0.1, "r_high": r + 0.1, "method": "pearson",
                "expected_sign": "+" if j % 2 == 0 else "-",
            }
            for i in range(rows)
            for j in range(columns)
            for r in [round(0.5 - 0.3 * i + 0.05 * j, 3)]
        ]
    )  # fmt: skip
    table.loc[(table["row"] == "s1") & (table["column"] == "e1"), ["r", "r_low", "r_high"]] = np.nan
    labels = {f"s{i}": f"Sign {i}" for i in range(rows)} | {
        f"e{j}": f"Effect {j}" for j in range(columns)
    }
    return Correlations(table=table, labels=labels, call={"confidence": 0.95})


def moderated(*, categories: bool = False) -> Moderation:
    """A slope of -0.4 + 0.2 m, on a moderator from 1 to 5, with errors of 0.1."""
    grid = np.linspace(1, 5, 9)
    levels = [("-1 SD", 2.0), ("mean", 3.0), ("+1 SD", 4.0)]
    if categories:
        levels = [("apart", NAN), ("together", NAN)]
    slopes = pd.DataFrame(
        [
            {
                "moderator": "m", "at": at, "value": value, "n": 100, "slope": slope,
                "low": slope - 0.2, "high": slope + 0.2, "p": 0.04,
            }
            for k, (at, value) in enumerate(levels)
            for slope in [0.2 * k]
        ]
    )  # fmt: skip
    lines = pd.concat(
        pd.DataFrame(
            {
                "at": row["at"], "predictor": grid, "predicted": row["slope"] * grid,
                "low": row["slope"] * grid - 0.3, "high": row["slope"] * grid + 0.3,
            }
        )
        for row in slopes.to_dict("records")
    )  # fmt: skip
    curve = pd.DataFrame({"value": grid, "slope": 0.2 * grid - 0.4})
    curve = curve.assign(low=curve["slope"] - 0.2, high=curve["slope"] + 0.2)
    region = {
        "region": "outside", "bound_low": 1.0 - 1.5, "bound_high": 3.0, "share": 0.6, "n": 100,
        "where": "above 3.00",
    }  # fmt: skip
    return Moderation(
        table=pd.DataFrame({"entered": ["interaction"], "beta": [0.1]}),
        parts={
            "simple_slopes": slopes, "lines": lines, "curve": curve[: 0 if categories else 9],
            "johnson_neyman": pd.DataFrame([region][: 0 if categories else 1]),
        },
        labels={"x": "Signs of distance", "m": "Healthy distance", "y": "Satisfaction"},
        call={"predictor": "x", "moderator": "m", "outcome": "y", "confidence": 0.95},
    )  # fmt: skip


def every_drawing(small: Survey) -> list[Drawing]:
    return [
        draw
        for columns in (1, 2)
        for draw in (
            likert(small, scale="signs", columns=columns),
            reliability_plot(reliabilities(), columns=columns),
            heatmap(correlations(), columns=columns),
            forest(correlations(), columns=columns),
            moderation(moderated(), columns=columns),
            moderation(moderated(categories=True), columns=columns),
        )
    ]


# ---------------------------------------------------------------- every figure


def test_text_is_at_least_six_points_at_print_width_and_on_the_page(small: Survey) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    for drawing in every_drawing(small):
        width = round(float(drawing.figure.get_figwidth()), 6)
        assert width in (3.5, 7.2)
        renderer = FigureCanvasAgg(drawing.figure).get_renderer()
        page = drawing.figure.bbox
        for text in drawing.figure.findobj(Text):
            if not text.get_text():
                continue
            assert text.get_fontsize() >= 6
            box = text.get_window_extent(renderer)
            assert page.x0 - 1 <= box.x0
            assert box.x1 <= page.x1 + 1
            assert page.y0 - 1 <= box.y0
            assert box.y1 <= page.y1 + 1


@pytest.mark.parametrize("verb", [reliability_plot, heatmap, forest])
def test_another_width_is_refused(verb: Callable[..., Drawing]) -> None:
    result = reliabilities() if verb is reliability_plot else correlations()
    with pytest.raises(UsageError, match="one of: 1, 2"):
        verb(result, columns=3)


# ---------------------------------------------------------------- Likert bars


def test_bars_are_shares_around_the_middle(small: Survey) -> None:
    drawing = likert(small, scale="signs")
    a = bars(drawing, 0)
    assert [bar.get_width() for bar in a] == [40, 20, 20, 10, 10]
    assert left(a[0]) == -70  # 40 + 20 + half of the neutral 20
    b = bars(drawing, 1)
    assert [bar.get_width() for bar in b] == pytest.approx(
        [100 * k / 9 for k in (2, 1, 2, 2, 2)], abs=0.001
    )
    c = bars(drawing, 2)
    assert [bar.get_width() for bar in c] == [25, 25, 25, 25]  # nobody chose "Always"
    assert left(c[0]) == -62.5
    low, high = panel(drawing).get_xlim()
    assert (low, high) == (-70, 60)  # the next ten after 67.8 and 55.6


def test_n_not_applicable_and_no_answer_stand_beside_the_bars(small: Survey) -> None:
    shown = texts(likert(small, scale="signs"))
    for text in ("Never", "Always", "I looked away.", "I looked at them. (R)", "n", "10", "9", "8"):
        assert text in shown
    assert [text for text in shown if text in ("does not", "apply")] == ["does not", "apply"]
    assert shown.count("2") == 1  # two to whom "c" does not apply
    assert "40" in shown
    assert "75%" not in shown
    assert "50%" in shown


def test_alternative_text_has_the_numbers(small: Survey) -> None:
    alt = likert(small, scale="signs").alt
    assert "the share that chose Often or Always" in alt
    assert "I looked away: 20%, 20%, 60% (10 answered)." in alt
    assert (
        "I left the room when it became difficult: 25%, 25%, 50% (8 answered, did not apply to 2)"
        in alt
    )
    assert "9 answered, 1 gave no answer" in alt


def test_order_by_mean(small: Survey) -> None:
    drawing = likert(small, scale="signs", order="mean")
    widths = [bars(drawing, row)[0].get_width() for row in range(3)]
    # Means of the answers as given: b 3.11, c 2.5, a 2.3.
    assert widths == pytest.approx([100 * 2 / 9, 25, 40], abs=0.001)
    with pytest.raises(UsageError, match=r"instrument, mean"):
        likert(small, scale="signs", order="size")  # type: ignore[arg-type]


def test_an_even_number_of_answers_has_no_middle(tmp_path: object) -> None:
    from detachment.validation import from_frame

    survey = from_frame(pd.DataFrame({"a": [1, 1, 2, 3, 4], "b": [4, 3, 2, 1, 1]}), values=(1, 4))
    response = next(iter(survey.instrument.response_scales.values()))
    ordinal = replace(response, type="ordinal", values=(1, 2, 3, 4))
    instrument = replace(survey.instrument, response_scales={response.id: ordinal})
    drawing = likert(replace(survey, instrument=instrument), scale="scale")
    assert left(bars(drawing, 0)[0]) == -60
    assert [bar.get_width() for bar in bars(drawing, 0)] == [40, 20, 20, 20]
    assert {"1", "2", "3", "4"} <= set(texts(drawing))


def test_waves_are_not_mixed(small: Survey) -> None:
    first, second = likert(small, scale="signs"), likert(small, scale="signs", wave=2)
    assert "Wave 1 of 2." in first.notes
    assert "Wave 2 of 2." in second.notes
    assert [bar.get_width() for bar in bars(second, 0)] == [100]
    with pytest.raises(UsageError, match="one of: 1, 2"):
        likert(small, scale="signs", wave=3)


@pytest.mark.parametrize(
    ("scale", "reason"), [("quiz", "not ordered"), ("mixed", "different response scales")]
)
def test_bars_that_would_mean_nothing_are_refused(small: Survey, scale: str, reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        likert(small, scale=scale)


def test_an_unknown_scale_names_the_nearest(small: Survey) -> None:
    with pytest.raises(UsageError, match="Did you mean 'signs'"):
        likert(small, scale="sign")


def test_items_that_nobody_answered(small: Survey) -> None:
    responses = small.responses.copy()
    responses["a"] = pd.NA
    drawing = likert(replace(small, responses=responses), scale="signs")
    assert "no answers" in texts(drawing)
    assert "I looked away: nobody answered." in drawing.alt
    responses[["b", "c"]] = pd.NA
    with pytest.raises(Refusal, match="nobody answered"):
        likert(replace(small, responses=responses), scale="signs")
    absent = small.responses.drop(columns=["a", "b", "c"])
    with pytest.raises(Refusal, match="no item of 'Looks' is in the data"):
        likert(replace(small, responses=absent), scale="signs")


def with_text(survey: Survey, text: str) -> Survey:
    items = dict(survey.instrument.items)
    items["a"] = replace(items["a"], text=text)
    return replace(survey, instrument=replace(survey.instrument, items=items))


def test_letters_that_the_font_lacks_are_replaced_by_ids(small: Survey) -> None:
    items = dict(small.instrument.items)
    items["a"] = replace(items["a"], text="目をそらした。")
    drawing = likert(
        replace(small, instrument=replace(small.instrument, items=items)), scale="signs"
    )
    assert {"a", "b (R)", "c"} <= set(texts(drawing))
    drawing.to_bytes("png")  # would warn of a missing letter


def test_hostile_text_is_drawn_as_it_stands(small: Survey) -> None:
    items = dict(small.instrument.items)
    items["a"] = replace(items["a"], text="<script>alert(1)</script> $x^2$ \u202e--> \\frac{")
    drawing = likert(
        replace(small, instrument=replace(small.instrument, items=items)), scale="signs"
    )
    assert "<script>alert(1)</script> $x^2$ --> \\frac{" in " ".join(texts(drawing))
    svg = drawing.to_bytes("svg")
    assert b"<script" not in svg
    assert b"&lt;script&gt;alert(1)" in svg


# ---------------------------------------------------------------- dots with intervals


def lines(drawing: Drawing) -> list[Line2D]:
    return [line for line in panel(drawing).lines if line.get_color() not in ("#d3d7dd", "#8b939e")]


def markers(drawing: Drawing) -> list[Line2D]:
    return [line for line in lines(drawing) if line.get_marker() != "None"]


def dots(drawing: Drawing) -> list[float]:
    return [float(np.asarray(line.get_xdata())[0]) for line in markers(drawing)]


def spans(drawing: Drawing) -> list[list[float]]:
    return [
        [float(end) for end in np.asarray(line.get_xdata())]
        for line in lines(drawing)
        if line.get_marker() == "None"
    ]


def test_reliability_dots_and_intervals() -> None:
    drawing = reliability_plot(reliabilities())
    assert dots(drawing) == [0.876, 0.88, 0.605]
    assert spans(drawing) == [[0.84, 0.90]]
    shown = texts(drawing)
    assert ".88 [.84, .90]" in shown
    # Of two items the Spearman-Brown coefficient is shown and not alpha.
    assert "SB .60" in shown  # of .605, which is a little less as stored
    assert "No coefficient for Things done; the table says why." in shown
    assert "Things done" not in shown
    assert (
        "Signs: alpha = .88, 95% CI [.84, .90]; omega total = .88 (4 items, n = 120)."
        in drawing.alt
    )
    assert panel(drawing).get_xlim() == (0.5, 1.0)


def test_a_negative_alpha_is_on_the_axis() -> None:
    result = reliabilities()
    result.table.loc[0, ["alpha", "alpha_low"]] = [-0.2, -0.45]
    drawing = reliability_plot(result)
    assert panel(drawing).get_xlim()[0] <= -0.45
    assert "−.20 [−.45, .90]" in texts(drawing)


def test_nothing_to_draw_is_said() -> None:
    result = reliabilities()
    nothing = Reliability(table=result.table[2:], labels=result.labels)
    with pytest.raises(Refusal, match="no scale has a reliability"):
        reliability_plot(nothing)


def test_forest_of_the_first_row_marks_what_was_expected() -> None:
    drawing = forest(correlations())
    assert drawing.name == "forest-s0"
    assert dots(drawing) == [0.5, 0.55]
    filled = [dot.get_markerfacecolor() == dot.get_color() for dot in markers(drawing)]
    assert filled == [True, False]  # a minus was expected of the second
    shown = texts(drawing)
    assert {"+", "−", ".50 [.40, .60]", ".55 [.45, .65]", "Effect 0", "Effect 1"} <= set(shown)
    assert "Effect 1: .55, 95% CI [.45, .65], n = 100; expected negative." in drawing.alt
    assert "n = 100." in forest(correlations(), columns=1).notes  # no room for a column
    low, high = panel(drawing).get_xlim()
    assert low == -high
    assert high >= 0.65


def test_forest_of_another_row() -> None:
    drawing = forest(correlations(), row="s1")
    assert dots(drawing) == [0.2]
    assert "No correlation with Effect 1; the table says why." in texts(drawing)
    with pytest.raises(UsageError, match="s0, s1, s2"):
        forest(correlations(), row="s9")


# ---------------------------------------------------------------- heat map


def cells(drawing: Drawing) -> dict[tuple[int, int], Rectangle]:
    patches = [patch for patch in panel(drawing).patches if isinstance(patch, Rectangle)]
    return {(int(cell.get_y()), int(cell.get_x())): cell for cell in patches}


def test_values_are_printed_and_coloured_on_a_fixed_range() -> None:
    drawing = heatmap(correlations())
    assert [t for t in texts(drawing) if t in (".50", ".55", ".20", "−.10", "−.05")] == [
        ".50", ".55", ".20", "−.10", "−.05",
    ]  # fmt: skip
    one = cells(drawing)
    alone = correlations(rows=1, columns=1)
    # The colour of .50 is that of any other figure, whatever else is in it.
    assert to_hex(cells(heatmap(alone))[0, 0].get_facecolor()) == to_hex(one[0, 0].get_facecolor())
    red, _, blue, _ = one[0, 0].get_facecolor()
    assert red > blue
    red, _, blue, _ = one[2, 0].get_facecolor()
    assert red < blue


def test_a_missing_cell_is_hatched_and_said() -> None:
    drawing = heatmap(correlations())
    hatched = [place for place, cell in cells(drawing).items() if cell.get_hatch()]
    assert hatched == [(1, 1)]
    assert drawing.notes == (
        "Pearson's r; n per cell: 100–102.",
        "Hatched: 1 cell without a value; the table says why.",
    )
    assert "Effect 0: .50 with Sign 0, .20 with Sign 1, and −.10 with Sign 2." in drawing.alt


def test_many_rows_are_told_by_their_ends() -> None:
    alt = heatmap(correlations(rows=7)).alt
    assert "Effect 0: strongest with Sign 6 (−1.30), weakest with Sign 2 (−.10)." in alt


def test_a_matrix_too_wide_is_refused() -> None:
    with pytest.raises(Refusal, match="20 columns do not fit"):
        heatmap(correlations(columns=20))
    nothing = correlations()
    nothing.table["r"] = np.nan
    with pytest.raises(Refusal, match="nothing to draw"):
        heatmap(nothing)


def test_long_words_stand_on_end_in_narrow_columns() -> None:
    result = correlations(columns=5)
    labels = {**result.labels, "e0": "Communicationbreakdown"}
    drawing = heatmap(Correlations(table=result.table, labels=labels), columns=1)
    turned = [t for t in drawing.figure.findobj(Text) if t.get_text() == "Communicationbreakdown"]
    assert [text.get_rotation() for text in turned] == [90]


# ---------------------------------------------------------------- moderation


def test_lines_of_a_moderation_and_its_region() -> None:
    drawing = moderation(moderated())
    left, right = drawing.figure.axes
    lines = [line for line in left.get_lines() if len(line.get_xdata()) == 9]
    assert [line.get_ydata()[-1] for line in lines] == [0.0, 1.0, 2.0]
    edges = [line.get_xdata()[0] for line in right.get_lines() if line.get_linestyle() == "--"]
    assert edges == [3.0]  # the other bound is not observed
    grey, blue = right.collections
    assert (to_hex(grey.get_facecolor()[0]), to_hex(blue.get_facecolor()[0])) == (
        "#8b939e", "#1f5a94",
    )  # fmt: skip
    assert grey.get_paths()[0].get_extents().x1 == 3.0
    assert "\N{MINUS SIGN}1 SD (2.00)" in texts(drawing)
    assert "At \N{MINUS SIGN}1 SD (2.00) the slope is 0.00" in drawing.alt
    assert drawing.notes[0].startswith("n = 100. ")
    assert "At +1 SD (4.00) the slope is 0.40, 95% CI [0.20, 0.60], p = .040." in drawing.alt
    assert drawing.alt.endswith("differs from 0 above 3.00 of Healthy distance: 60% of 100 people.")
    assert drawing.to_bytes() == moderation(moderated()).to_bytes()


def test_slopes_in_categories_have_no_region() -> None:
    drawing = moderation(moderated(categories=True))
    dots = [line for line in drawing.figure.axes[1].get_lines() if line.get_marker() == "o"]
    assert [line.get_ydata()[0] for line in dots] == [0.0, 0.2]
    assert {"apart", "together"} <= set(texts(drawing))
    assert "Grey" not in "".join(drawing.notes)
    with pytest.raises(UsageError, match=r"detachment\.moderate\(survey\)"):
        moderation(correlations())  # type: ignore[arg-type]
