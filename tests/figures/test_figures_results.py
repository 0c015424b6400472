"""Figures of items, factors, curves, signs, quizzes and missing answers: what was drawn."""

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from detachment import figures
from detachment.errors import Refusal, UsageError
from detachment.estimates import (
    Cfa,
    Correlations,
    Cutoffs,
    Dimensionality,
    ExploratoryFactors,
    ItemAnalysis,
    ItemResponse,
    Prevalence,
    Quiz,
)
from detachment.figures import Drawing
from detachment.figures._plane import LOOKS, axis_of, steps, tidy
from detachment.stats.irt.graded import graded_response
from detachment.validation import Survey

NAN = float("nan")
LONG = "When my partner was unhappy, I looked for a reason to be busy somewhere else. "
Draw = Callable[..., Drawing]


def texts(drawing: Drawing) -> list[str]:
    return [text.get_text() for text in drawing.figure.findobj(Text) if text.get_text()]


def dots(axes: Axes) -> list[float]:
    return [
        float(np.asarray(line.get_xdata())[0])
        for line in axes.lines
        if line.get_marker() not in ("None", "")
    ]


def curves(axes: Axes, points: int) -> list[Line2D]:
    return [line for line in axes.lines if len(np.asarray(line.get_xdata())) == points]


# ---------------------------------------------------------------- results of known numbers


def prevalences(items: int = 3, waves: int = 2) -> Prevalence:
    rows = [
        {
            "scale": "signs", "item": f"s{i}", "by": "", "group": "", "wave": str(w + 1),
            "n": 100, "present": 10 * (i % 5) + w, "share": (10 * (i % 5) + w) / 100,
            "low": max(0.0, 0.1 * (i % 5) - 0.05), "high": 0.1 * (i % 5) + 0.08, "deff": 1.2,
            "present_from": 4.0, "reason": "",
        }
        for i in range(items)
        for w in range(waves)
    ]  # fmt: skip
    labels = {f"s{i}": LONG[: 20 + 7 * (i % 8)] for i in range(items)}
    return Prevalence(table=pd.DataFrame(rows), labels=labels, call={"confidence": 0.95})


def analysed(items: int = 4) -> ItemAnalysis:
    rows = [
        {
            "scale": "signs", "item": f"s{i}", "keyed": 1 if i else -1, "n": 90 + i % 3,
            "item_rest_r": [0.41, 0.72, NAN, -0.13][i % 4],
            "alpha_if_dropped": [0.8, 0.75, NAN, 0.9][i % 4],
        }
        for i in range(items)
    ]  # fmt: skip
    labels = {"signs": "Signs"} | {f"s{i}": f"{LONG[:50]} ({i})" for i in range(items)}
    return ItemAnalysis(table=pd.DataFrame(rows), labels=labels)


def dimensions(items: int = 6) -> Dimensionality:
    place = np.arange(1, items + 1)
    values = {
        "place": place, "component": 3.0 / place**1.5,
        "component_normal_quantile": 1.5 - 0.1 * place,
        "component_permuted_quantile": 1.45 - 0.1 * place, "factor": 2.5 / place**1.5 - 0.6,
        "factor_normal_quantile": 0.4 - 0.1 * place, "factor_permuted_quantile": NAN,
    }  # fmt: skip
    rules = {"parallel_components": 1, "parallel_components_permuted": 1, "parallel_factors": 2}
    return Dimensionality(
        table=pd.DataFrame({"rule": list(rules), "n_factors": list(rules.values())}),
        parts={
            "eigenvalues": pd.DataFrame(values),
            "adequacy": pd.DataFrame({"n": [250.0]}),
        },
        call={"quantile": 0.95, "n_random": 100},
    )


def explored() -> ExploratoryFactors:
    table = pd.DataFrame(
        {
            "item": list("abcd"), "keyed": [1, 1, -1, 1], "factor": ["F1", "F2", "F1", "F2"],
            "F1": [0.5, 0.1, 0.81, -0.2], "F2": [0.05, -0.7, NAN, 0.4],
            "communality": [0.3, 0.5, 0.66, 0.2],
        }
    )  # fmt: skip
    factors = ["F1", "F2"]
    return ExploratoryFactors(
        table=table,
        labels={"a": LONG, "b": "B.", "c": "C.", "d": "D."},
        parts={
            "variance": pd.DataFrame({"factor": factors}),
            "fit": pd.DataFrame({"n": [200.0]}),
            "factor_correlations": pd.DataFrame(
                {"factor": factors, "F1": [1.0, 0.3], "F2": [0.3, 1.0]}
            ),
        },
    )


def confirmed() -> Cfa:
    rows = [
        ("f", "=~", "a", 0.6, 0.05), ("f", "=~", "b", 0.8, 0.04), ("f", "=~", "c", 0.7, NAN),
        ("g", "=~", "d", -0.5, 0.1), ("g", "=~", "e", 1.05, 0.02), ("f", "~~", "g", 0.3, 0.05),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["lhs", "op", "rhs", "std_all", "std_all_se"])
    return Cfa(
        table=table, labels={"a": LONG, "f": "Cold", "g": "Far"}, n={"analysed": 300},
        call={"confidence": 0.95, "estimator": "MLR"}, wrong=("a loading above 1",),
    )  # fmt: skip


@pytest.fixture(scope="module")
def fitted() -> ItemResponse:
    """Two items of a graded model whose parameters are known."""
    theta = np.linspace(-4, 4, 33)
    rng = np.random.default_rng(4)
    latent = rng.normal(size=(200, 1)) + rng.logistic(size=(200, 3))
    model = graded_response(np.digitize(latent, [-1, 1]) + 1.0)
    items = ("a", "b", "c")
    table = pd.DataFrame(
        {"scale": "signs", "item": items, "keyed": [1, -1, 1], "n": 200, "slope": [1.0, 2.0, NAN],
         "location": 0.0, "reason": ["", "", "nobody answered it"]}
    )  # fmt: skip
    information = {"a": 0.25 * np.exp(-(theta**2)), "b": np.exp(-((theta - 1) ** 2))}
    total = information["a"] + information["b"] + 0.01
    return ItemResponse(
        table=table,
        labels={"signs": "Signs", "a": LONG, "b": "I was far away."},
        parts={
            "fit": pd.DataFrame(
                {"scale": ["signs"], "model": ["graded"], "n_items": [2], "n": [200],
                 "marginal_reliability": [0.71], "reason": [""]}
            ),
            "information": pd.DataFrame(
                {"scale": "signs", "theta": theta, "information": total, "se": total**-0.5}
            ),
            "item_information": pd.concat(
                pd.DataFrame({"scale": "signs", "item": k, "theta": theta, "information": v})
                for k, v in information.items()
            ),
            "thresholds": pd.DataFrame(
                {"scale": "signs", "item": ["a", "a", "b", "b"], "from_category": [2.0, 3.0] * 2,
                 "intercept": [1.0, -1.0, 2.0, 0.0]}
            ),
        },
        models={"signs": model},
        items={"signs": items},
    )  # fmt: skip


def quizzed() -> Quiz:
    def row(item: str, counted: str, before: float, after: float) -> dict[str, object]:
        spread = {
            f"{name}_{end}": value + step
            for name, value in (("before", before), ("after", after))
            for end, step in (("low", -0.1), ("high", 0.08))
        }
        change = after - before
        return {
            "scale": "quiz", "item": item, "counted": counted, "n": 40, "before": before,
            "after": after, "difference": change, "difference_low": change - 0.15,
            "difference_high": change + 0.15, **spread,
        }  # fmt: skip

    statements = pd.DataFrame(
        [
            row("t1", "right", 0.5, 0.8),
            row("t2", "myth believed", 0.4, 0.2),
            row("t3", "right", 0.6, 0.55),
            row("t4", "right", NAN, NAN),
        ]
    )
    table = pd.DataFrame(
        {"scale": "quiz", "wave": "1", "item": ["t1", "t2"], "n": 40, "difficulty": [0.5, 0.6],
         "difficulty_low": [0.4, 0.5], "difficulty_high": [0.6, 0.7]}
    )  # fmt: skip
    return Quiz(
        table=table, parts={"statements": statements}, labels={"t1": LONG, "t2": "Cold."},
        call={"confidence": 0.95},
    )  # fmt: skip


def screened() -> Cutoffs:
    rates = [(1.0, 0.0), (0.9, 0.4), (0.7, 0.8), (0.2, 0.95), (0.0, 1.0)]
    points = pd.DataFrame(
        [{"predictor": who, "sensitivity": s, "specificity": c} for who in "xy" for s, c in rates]
    )
    return Cutoffs(
        table=pd.DataFrame(columns=["scale", "cutoff", "share"]),
        parts={
            "auc": pd.DataFrame(
                {"predictor": ["x", "y", "z"], "condition": "low", "direction": "higher",
                 "n_condition": 20, "n_other": 80, "auc": [0.8, 0.8, NAN],
                 "low": [0.7, NAN, NAN], "high": [0.9, NAN, NAN], "reason": ["", "", "none"]}
            ),
            "roc": points,
            "thresholds": pd.DataFrame(
                [{"predictor": "x", "rule": "≥ 2.5", "sensitivity": 0.7, "specificity": 0.8,
                  "sensitivity_low": 0.5, "sensitivity_high": 0.85, "specificity_low": 0.7,
                  "specificity_high": 0.87}]
            ),
        },
        labels={"x": "Signs of distance", "y": "Loneliness"},
        call={"confidence": 0.95},
    )  # fmt: skip


def crossed(k: int = 4) -> Correlations:
    rows = [
        {"row": f"v{i}", "column": f"v{j}", "n": 100, "r": round(0.1 * (i + 1) - 0.2 * j, 3),
         "r_low": -0.95, "r_high": 0.95, "method": "pearson", "expected_sign": ""}
        for i in range(k)
        for j in range(i + 1, k)
    ]  # fmt: skip
    labels = {f"v{i}": f"Variable {i}" for i in range(k)}
    return Correlations(table=pd.DataFrame(rows), labels=labels, call={"confidence": 0.95})


def every_drawing(small: Survey, fitted: ItemResponse, columns: int) -> list[Drawing]:
    made: list[tuple[Draw, object, dict[str, object]]] = [
        (figures.prevalence_bars, prevalences(), {}),
        (figures.item_ladder, analysed(), {}),
        (figures.scree, dimensions(), {}),
        (figures.scree, dimensions(), {"kind": "factors"}),
        (figures.loadings, explored(), {}),
        (figures.loadings, confirmed(), {}),
        (figures.scale_information, fitted, {}),
        (figures.item_information, fitted, {}),
        (figures.category_curves, fitted, {"item": "a"}),
        (figures.quiz_plot, quizzed(), {}),
        (figures.quiz_plot, replace(quizzed(), parts={}), {}),
        (figures.roc, screened(), {}),
        (figures.heatmap, crossed(), {"intervals": True}),
        (figures.missingness, many(small), {"scale": "signs"}),
        (figures.likert, small, {"scale": "signs", "centre": 2}),
    ]
    return [draw(thing, columns=columns, **options) for draw, thing, options in made]


def many(small: Survey, times: int = 8) -> Survey:
    """The small survey several times over: enough people for a pattern to be shown."""
    first = small.responses.index[:10]
    return replace(
        small,
        responses=pd.concat([small.responses.loc[first]] * times, ignore_index=True),
        missing=pd.concat([small.missing.loc[first]] * times, ignore_index=True),
    )


# ---------------------------------------------------------------- every figure


@pytest.fixture(scope="module")
def drawn(small: Survey, fitted: ItemResponse) -> dict[int, list[Drawing]]:
    return {columns: every_drawing(small, fitted, columns) for columns in (1, 2)}


@pytest.mark.parametrize("columns", [1, 2])
def test_text_is_large_enough_on_the_page_and_apart(
    drawn: dict[int, list[Drawing]], columns: int
) -> None:
    for drawing in drawn[columns]:
        assert round(float(drawing.figure.get_figwidth()), 6) == {1: 3.5, 2: 7.2}[columns]
        renderer = FigureCanvasAgg(drawing.figure).get_renderer()
        page = drawing.figure.bbox
        boxes = []
        for text in drawing.figure.findobj(Text):
            if not text.get_text():
                continue
            assert text.get_fontsize() >= 6
            box = text.get_window_extent(renderer)
            assert page.x0 - 1 <= box.x0, (drawing.name, text.get_text())
            assert box.x1 <= page.x1 + 1
            assert page.y0 - 1 <= box.y0
            assert box.y1 <= page.y1 + 1
            boxes.append((box, text.get_text()))
        for (one, first), (two, second) in combinations(boxes, 2):
            wide = min(one.x1, two.x1) - max(one.x0, two.x0)
            high = min(one.y1, two.y1) - max(one.y0, two.y0)
            assert wide <= 2 or high <= 3, (drawing.name, first, second)


def test_surroundings_do_not_get_in(
    small: Survey,
    fitted: ItemResponse,
    drawn: dict[int, list[Drawing]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = [drawing.to_bytes("svg") for drawing in drawn[1]]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "LC_ALL", "de_DE.UTF-8")
    changed = {"font.size": 20, "axes.grid": True, "lines.linewidth": 9, "hatch.color": "red"}
    with mpl.rc_context(changed):
        assert [d.to_bytes("svg") for d in every_drawing(small, fitted, 1)] == first


def test_every_figure_says_what_its_caption_needs(drawn: dict[int, list[Drawing]]) -> None:
    for drawing in drawn[2]:
        said = " ".join([drawing.alt, *drawing.notes])
        assert "nan" not in said
        assert " 0x" not in repr(drawing)
        assert drawing.alt.endswith(".")
        assert all(note.endswith(".") for note in drawing.notes), drawing.notes


def test_looks_differ_without_colour() -> None:
    kinds = [(look.line, look.marker, look.filled) for look in LOOKS]
    assert len(set(kinds)) == len(LOOKS)
    assert len({(look.color, look.line) for look in LOOKS[:4]}) == 4


# ---------------------------------------------------------------- shares of signs


def test_bars_of_signs_end_at_the_shares_with_their_intervals() -> None:
    drawing = figures.prevalence_bars(prevalences(waves=1))
    axes = drawing.figure.axes[0]
    widths = [patch.get_width() for patch in axes.patches if isinstance(patch, Rectangle)]
    assert widths == [0.0, 0.1, 0.2]
    assert dots(axes) == widths
    spans = [
        tuple(line.get_xdata()) for line in axes.lines
        if len(line.get_xdata()) == 2 and line.get_zorder() == 3
    ]  # fmt: skip
    assert np.array(spans) == pytest.approx(np.array([[0.0, 0.08], [0.05, 0.18], [0.15, 0.28]]))
    assert "20% [15, 28]" in texts(drawing)
    assert "20%, 95% CI [15%, 28%] (20 of 100)" in drawing.alt
    assert "A sign counts as present from answer 4 on." in drawing.notes
    assert axes.get_xlim() == pytest.approx((0, 0.3))


def test_waves_have_bars_of_their_own_and_order_is_by_share() -> None:
    drawing = figures.prevalence_bars(prevalences(), order="share")
    assert {"wave 1", "wave 2"} <= set(texts(drawing))
    assert dots(drawing.figure.axes[0]) == [0.2, 0.21, 0.1, 0.11, 0.0, 0.01]
    with pytest.raises(Refusal, match="5 groups and waves"):
        figures.prevalence_bars(prevalences(waves=5))
    nothing = prevalences()
    nothing.table["share"] = NAN
    with pytest.raises(Refusal, match="no share of a sign is known"):
        figures.prevalence_bars(nothing)
    with pytest.raises(UsageError, match="instrument, share"):
        figures.prevalence_bars(prevalences(), order="name")  # type: ignore[arg-type]


def test_groups_that_cannot_be_written_are_numbered() -> None:
    result = prevalences(items=1)
    result.table["group"] = ["女", "an\u202eders"]
    shown = texts(figures.prevalence_bars(result))
    assert {"group 1, wave 1", "anders, wave 2"} <= set(shown)


def test_a_sign_without_a_share_is_named() -> None:
    result = prevalences(waves=1)
    result.table.loc[1, ["share", "low", "high"]] = NAN
    drawing = figures.prevalence_bars(result)
    assert drawing.alt.endswith("; the table says why.")
    assert len(dots(drawing.figure.axes[0])) == 2


# ---------------------------------------------------------------- items


def test_rungs_of_the_ladder_are_the_correlations() -> None:
    drawing = figures.item_ladder(analysed())
    axes = drawing.figure.axes[0]
    assert dots(axes) == [0.72, 0.41, -0.13]
    assert axes.get_xlim() == pytest.approx((-0.2, 1.0))
    assert "−.13 (alpha without it .90, n = 90)" in drawing.alt
    assert any("(0) (R)" in text or "(R)" in text for text in texts(drawing))
    assert "No correlation of" in drawing.alt
    same = figures.item_ladder(analysed(), order="instrument")
    assert dots(same.figure.axes[0]) == [0.41, 0.72, -0.13]


def test_sixty_items_and_none() -> None:
    drawing = figures.item_ladder(analysed(60))
    assert len(dots(drawing.figure.axes[0])) == 45
    nothing = analysed()
    nothing.table["item_rest_r"] = NAN
    with pytest.raises(Refusal, match="no item of 'Signs'"):
        figures.item_ladder(nothing)
    with pytest.raises(UsageError, match="scale cannot be"):
        figures.item_ladder(analysed(), scale="other")
    with pytest.raises(UsageError, match=r"detachment\.items\(survey\)"):
        figures.item_ladder(crossed())  # type: ignore[arg-type]


# ---------------------------------------------------------------- dimensions and factors


def test_eigenvalues_and_those_of_random_data() -> None:
    drawing = figures.scree(dimensions())
    axes = drawing.figure.axes[0]
    observed, normal, permuted = curves(axes, 6)
    assert list(observed.get_ydata()) == tidy(3.0 / np.arange(1, 7) ** 1.5)
    assert [line.get_linestyle() for line in (observed, normal, permuted)] == ["-", "--", "-."]
    filled = [
        line.get_markerfacecolor() == line.get_color() for line in axes.lines
        if line.get_marker() == "o"
    ]  # fmt: skip
    assert filled == [True] + [False] * 5  # parallel analysis keeps one
    assert axes.get_ylim()[0] == 0
    assert "1 component by parallel analysis against normal data" in drawing.alt
    below = figures.scree(dimensions(), kind="factors")
    assert below.figure.axes[0].get_ylim()[0] < -0.4
    assert len(curves(below.figure.axes[0], 6)) == 2  # nothing is known of shuffled answers


def test_ticks_of_sixty_places_do_not_touch() -> None:
    shown = [int(t) for t in texts(figures.scree(dimensions(60))) if t.isdigit() and int(t) > 6]
    assert shown == [10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60]


def test_loadings_are_sorted_and_on_a_fixed_range() -> None:
    drawing = figures.loadings(explored())
    shown = [text.get_text() for text in drawing.figure.axes[0].texts]
    assert shown == [".81", ".50", ".05", ".10", "−.70", "−.20", ".40"]
    cells = [p for p in drawing.figure.axes[0].patches if isinstance(p, Rectangle)]
    assert sum(bool(cell.get_hatch()) for cell in cells) == 1
    assert "C. (R)" in texts(drawing)
    assert "Correlations of the factors: F1 with F2 .30." in drawing.notes
    first = [p for p in drawing.figure.axes[0].patches if (p.get_x(), p.get_y()) == (0, 0)]
    alone = figures.heatmap(
        Correlations(
            table=pd.DataFrame([{"row": "a", "column": "b", "r": 0.81, "n": 9, "r_low": NAN,
                                 "r_high": NAN, "method": "pearson"}])
        )
    )  # fmt: skip
    assert first[0].get_facecolor() == alone.figure.axes[0].patches[0].get_facecolor()


def test_loadings_of_a_confirmatory_model_have_intervals() -> None:
    drawing = figures.loadings(confirmed())
    axes = drawing.figure.axes[0]
    assert dots(axes) == [0.8, 0.7, 0.6, 1.05, -0.5]
    assert {"Cold", "Far", ".80 [.72, .88]", ".70", "−.50 [−.70, −.30]"} <= set(texts(drawing))
    assert axes.get_xlim() == pytest.approx((-0.7, 1.1))
    assert "The solution is improper: a loading above 1." in drawing.notes
    nothing = replace(confirmed(), table=confirmed().table.assign(std_all=NAN))
    with pytest.raises(Refusal, match="no solution with loadings"):
        figures.loadings(nothing)
    with pytest.raises(UsageError, match=r"detachment\.efa\(survey\)"):
        figures.loadings(crossed())  # type: ignore[arg-type]


# ---------------------------------------------------------------- item response models


def test_information_and_its_standard_error(fitted: ItemResponse) -> None:
    drawing = figures.scale_information(fitted)
    left, right = drawing.figure.axes
    (information,), (error,) = curves(left, 25), curves(right, 25)
    assert list(information.get_xdata())[::24] == [-3.0, 3.0]
    known = fitted.parts["information"]
    middle = known[known["theta"] == 0].iloc[0]
    assert information.get_ydata()[12] == pytest.approx(middle["information"], abs=1e-4)
    assert error.get_ydata()[12] == pytest.approx(middle["se"], abs=1e-3)
    assert left.get_ylim()[0] == right.get_ylim()[0] == 0
    assert "marginal reliability .71" in drawing.alt
    one = figures.scale_information(fitted, columns=1)
    assert [axes.get_position().x0 for axes in one.figure.axes[:1]] == [
        one.figure.axes[1].get_position().x0
    ]


def test_items_share_their_axes(fitted: ItemResponse) -> None:
    drawing = figures.item_information(fitted)
    assert len({axes.get_ylim() for axes in drawing.figure.axes}) == 1
    first, second = (curves(axes, 25)[0] for axes in drawing.figure.axes)
    assert max(first.get_ydata()) == pytest.approx(0.25)
    assert max(second.get_ydata()) == pytest.approx(1.0)
    assert "I was far away: largest at θ = +1.00 (1.00)." in drawing.alt


def test_answers_along_the_trait_sum_to_one(fitted: ItemResponse) -> None:
    drawing = figures.category_curves(fitted, item="b")
    lines = curves(drawing.figure.axes[0], 61)
    assert len(lines) == 3
    total = np.sum([line.get_ydata() for line in lines], axis=0)
    assert total == pytest.approx(np.ones(61), abs=3e-4)
    middle = [line.get_ydata()[30] for line in lines]  # slope 2, intercepts 2 and 0
    assert middle == pytest.approx([1 - 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-2)) - 0.5, 0.5],
                                   abs=1e-4)  # fmt: skip
    assert {"1", "2", "3"} <= set(texts(drawing))
    assert len({line.get_linestyle() for line in lines}) == 3
    with pytest.raises(Refusal, match="c has no parameters: nobody answered it"):
        figures.category_curves(fitted, item="c")
    with pytest.raises(UsageError, match="one of: a, b, c"):
        figures.category_curves(fitted, item="z")


def test_a_scale_without_a_model_is_refused(fitted: ItemResponse) -> None:
    parts = dict(fitted.parts)
    parts["fit"] = parts["fit"].assign(reason="two items do not do")
    parts["information"] = parts["information"][:0]
    with pytest.raises(Refusal, match="two items do not do"):
        figures.scale_information(replace(fitted, parts=parts))


# ---------------------------------------------------------------- quiz and cut-offs


def test_myths_and_knowledge_are_not_mixed() -> None:
    drawing = figures.quiz_plot(quizzed())
    assert dots(drawing.figure.axes[0]) == [0.4, 0.2, 0.6, 0.55, 0.5, 0.8]
    shown = texts(drawing)
    assert "Myths: believed" in shown
    assert "Other statements: answered right" in shown
    assert "+30 [15, 45]" in shown
    assert "−20 [−35, −5]" in shown
    assert "Cold (myth, believed): 40% before and 20% after" in drawing.alt
    assert "Nobody answered t4." in drawing.alt
    once = figures.quiz_plot(replace(quizzed(), parts={}))
    assert dots(once.figure.axes[0]) == [0.6, 0.5]
    assert "before" not in texts(once)


def test_curves_of_scores_that_tell_a_condition() -> None:
    drawing = figures.roc(screened())
    axes = drawing.figure.axes[0]
    one, two = curves(axes, 5)
    assert list(one.get_xdata()) == [0.0, 0.05, 0.2, 0.6, 1.0]
    assert list(one.get_ydata()) == [0.0, 0.2, 0.7, 0.9, 1.0]
    assert one.get_linestyle() != two.get_linestyle()
    shown = " ".join(texts(drawing))
    assert "Signs of distance: AUC = .80 [.70, .90]" in shown
    assert "≥ 2.5" in shown
    assert "Screening, not diagnosis." in drawing.notes[-1]
    assert "sensitivity 70%, specificity 80%" in drawing.alt
    size = axes.get_window_extent().size
    assert size[0] == pytest.approx(size[1], rel=0.05)
    wide = " ".join(texts(figures.roc(screened(), columns=2)))
    assert "sensitivity 70% [50, 85], specificity 80% [70, 87]" in wide
    with pytest.raises(Refusal, match="has no curve"):
        figures.roc(replace(screened(), parts={}))


# ---------------------------------------------------------------- heat maps and Likert bars


def test_a_square_matrix_is_a_triangle() -> None:
    drawing = figures.heatmap(crossed(), intervals=True)
    cells = {(int(p.get_y()), int(p.get_x())) for p in drawing.figure.axes[0].patches}
    assert cells == {(i, j) for i in range(4) for j in range(i)}
    shown = texts(drawing)
    assert {"1. Variable 0", "4. Variable 3", "1", "3", "[−.95, .95]"} <= set(shown)
    assert shown.count("[−.95, .95]") == 6
    assert drawing.title == "Correlations among 4 variables"
    assert "[−.95, .95]" not in texts(figures.heatmap(crossed()))
    with pytest.raises(Refusal, match="without intervals"):
        figures.heatmap(crossed(12), intervals=True, columns=1)


@pytest.mark.parametrize(
    ("centre", "start", "word"),
    [(None, -70, "Sometimes"), (2, -50, "Rarely"), (3.5, -80, ""), (1, -20, "Never")],
)
def test_the_centre_of_bars_is_free(
    small: Survey, centre: float | None, start: float, word: str
) -> None:
    drawing = figures.likert(small, scale="signs", centre=centre)
    bars = [p for p in drawing.figure.axes[0].patches if isinstance(p, Rectangle)]
    first = [p for p in bars if p.get_y() < 0 < p.get_y() + p.get_height()]
    assert min(p.get_x() for p in first) == pytest.approx(start)  # 40, 20, 20, 10, 10
    grey = [to_rgb(p.get_facecolor()) for p in first]
    assert sum(max(color) - min(color) < 0.01 for color in grey) == bool(word)
    if word:
        assert f"the share that chose {word}" in drawing.alt


@pytest.mark.parametrize("centre", [0, 5.5, NAN, "Often"])
def test_a_centre_outside_the_answers_is_refused(small: Survey, centre: float) -> None:
    with pytest.raises(UsageError, match="from 1 to 5"):
        figures.likert(small, scale="signs", centre=centre)


@pytest.mark.parametrize("centre", [0, 1, 1.5, 3.5, 4])
def test_shades_around_any_centre_differ_in_grey(centre: float) -> None:
    from detachment.figures._theme import diverging

    grey = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b in diverging(5, centre)]
    below = [value for place, value in enumerate(grey) if place <= centre]
    above = [value for place, value in enumerate(grey) if place >= centre]
    assert all(b - a > 0.09 for a, b in pairwise(below))
    assert all(a - b > 0.09 for a, b in pairwise(above))


# ---------------------------------------------------------------- missing answers


def test_patterns_of_missing_answers_are_of_many_people(small: Survey) -> None:
    drawing = figures.missingness(many(small), scale="signs")
    shown = texts(drawing)
    # Of ten people seven answer all, one leaves out b and c, one c; each eight times.
    assert [text for text in shown if text.isdigit()] == ["64", "8", "8"]
    hatched = [p for p in drawing.figure.axes[0].patches if p.get_hatch()]
    assert {(round(p.get_x()), round(p.get_y())) for p in hatched} == {(1, 2), (2, 2)}
    dark = [p for p in drawing.figure.axes[0].patches if to_rgb(p.get_facecolor())[0] < 0.2]
    assert len(dark) == 1
    assert "8 people: missing I looked at them" in drawing.alt
    assert "20.0%" in shown


def test_patterns_of_few_people_are_told_together(small: Survey) -> None:
    drawing = figures.missingness(many(small, 4), scale="signs")
    shown = texts(drawing)
    assert "others" in shown
    assert not {"4", "3"} & set(shown)
    assert "8 people have other patterns." in drawing.alt
    with pytest.raises(Refusal, match="fewer than 10 people"):
        figures.missingness(small, scale="signs", wave=2, disclosure="publish")


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(*[st.sampled_from(["", "a", "b"])] * 3), min_size=5, max_size=60),
    st.integers(2, 6),
)
def test_nobody_is_alone_in_a_pattern(kinds: list[tuple[str, ...]], most: int) -> None:
    from detachment.figures._missingness import _group

    shown, rest = _group(kinds, 5, most)
    assert all(one.people >= 5 for one in shown)
    assert sum(one.people for one in shown) + (rest.people if rest else 0) == len(kinds)
    assert len(shown) + (rest is not None) <= most
    assert rest is None or rest.people >= 5
    assert _group(kinds[::-1], 5, most) == (shown, rest)


def test_nothing_missing_is_said(small: Survey) -> None:
    whole = small.responses.copy()
    whole[["a", "b", "c"]] = 1
    with pytest.raises(Refusal, match="no answer to 'Looks' is missing"):
        figures.missingness(replace(small, responses=whole), scale="signs")
    with pytest.raises(UsageError, match="drawn from a survey"):
        figures.missingness(crossed())  # type: ignore[arg-type]


# ---------------------------------------------------------------- axes and the list of figures


@given(
    st.floats(-1e4, 1e4),
    st.floats(0.001, 1e4),
    st.integers(2, 8),
)
def test_ticks_are_round_and_within(low: float, span: float, most: int) -> None:
    axis = axis_of([low, low + span], most=most)
    places = [place for place, _ in axis.ticks]
    assert all(axis.low <= place <= axis.high for place in places)
    assert 1 <= len(places) <= most + 1
    assert len({text for _, text in axis.ticks}) == len(places)


def test_an_axis_of_one_value_or_none() -> None:
    assert axis_of([3.0]).low < 3 < axis_of([3.0]).high
    assert axis_of([NAN]).ticks
    assert axis_of([0.2, 0.9], from_zero=True).low == 0
    assert axis_of([-0.2, 0.9], from_zero=True).low < -0.2
    assert steps(0, 1, 5) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def test_a_result_finds_its_figures(small: Survey, fitted: ItemResponse) -> None:
    assert figures.figures_of(fitted) == ("scale_information", "item_information")
    assert figures.figures_of(small) == ("likert", "missingness", "distributions")
    names = [drawing.name for drawing in figures.draw(fitted, columns=1)]
    assert names == ["information-signs", "item-information-signs"]
    assert len(figures.draw(fitted, figure="item_information")) == 1
    with pytest.raises(UsageError, match="scale_information, item_information"):
        figures.draw(fitted, figure="heatmap")
    with pytest.raises(UsageError, match="no figure shows int"):
        figures.draw(3)
    with pytest.raises(Refusal, match="has no curve"):
        figures.draw(replace(screened(), parts={}))


def test_every_figure_on_the_list_can_be_called(root: Path) -> None:
    from detachment.figures._registry import FITTING

    code = "\n".join(
        file.read_text(encoding="utf-8")
        for file in (root / "analysis" / "detachment").rglob("*.py")
    )
    for kind, names in FITTING.items():
        assert f"class {kind}" in code
        for name in names:
            assert callable(getattr(figures, name))
            assert name in figures.__all__
