"""Path diagrams: every estimate on its own arrow, nothing over anything else, equal paths equal."""

import warnings

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import Ellipse, FancyArrowPatch, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from detachment.errors import DataWarning, Refusal, UsageError
from detachment.estimates import ActorPartner, Mediation, apim, mediate
from detachment.estimates._dyadic_parts import DyadicModel
from detachment.figures import Drawing
from detachment.figures import apim as draw_apim
from detachment.figures import mediation as draw_mediation
from detachment.text import interval, number

GREY = "#8b939e"


@pytest.fixture(scope="module")
def couples() -> pd.DataFrame:
    """Wide, 120 couples; the first partner's y goes with the own x, the second's with both."""
    draws = np.random.default_rng(4).normal(size=(120, 6))
    frame = pd.DataFrame(
        draws, columns=["x_man", "x_woman", "m_man", "m_woman", "y_man", "y_woman"]
    )
    frame["m_man"] += 0.5 * frame["x_man"]
    frame["m_woman"] += 0.5 * frame["x_woman"]
    frame["y_man"] += 0.8 * frame["x_man"] + 0.4 * frame["m_man"]
    frame["y_woman"] += 0.6 * frame["x_woman"] + 0.5 * frame["x_man"]
    return frame


def model(couples: pd.DataFrame, **options: object) -> ActorPartner | DyadicModel:
    asked = {"predictor": ["x_man", "x_woman"], "outcome": ["y_man", "y_woman"], "n_boot": 0}
    return apim(couples, **{**asked, **options})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def apart(couples: pd.DataFrame) -> ActorPartner | DyadicModel:
    return model(couples, distinguishable=True)


@pytest.fixture(scope="module")
def alike(couples: pd.DataFrame) -> ActorPartner | DyadicModel:
    return model(couples, distinguishable=False)


@pytest.fixture(scope="module")
def between(couples: pd.DataFrame) -> ActorPartner | DyadicModel:
    return model(couples, distinguishable=True, mediator=["m_man", "m_woman"])


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    draws = np.random.default_rng(5).normal(size=(150, 9))
    frame = pd.DataFrame(draws, columns=[*(f"c{k}" for k in range(6)), "m", "k", "y"])
    frame["m"] += frame[["c0", "c1", "c2"]].sum(axis=1)
    frame["k"] += 0.5 * frame["m"] + 0.4 * frame["c0"]
    frame["y"] += 0.6 * frame["m"] - 0.5 * frame["k"]
    return frame


def mediated(people: pd.DataFrame, **options: object) -> Mediation:
    asked = {"causes": ["c0"], "mediators": ["m"], "outcome": "y", "interval": "delta"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # of proportions, which are not drawn
        return mediate(people, **{**asked, **options})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def many(people: pd.DataFrame) -> Mediation:
    return mediated(people, causes=[f"c{k}" for k in range(6)])


@pytest.fixture(scope="module")
def several(people: pd.DataFrame) -> Mediation:
    return mediated(people, causes=["c0", "c1"], mediators=["m", "k"])


@pytest.fixture(scope="module")
def chain(people: pd.DataFrame) -> Mediation:
    return mediated(people, mediators=["m", "k"], serial=True)


def texts(drawing: Drawing) -> list[Text]:
    return [text for text in drawing.figure.findobj(Text) if text.get_text()]


def arrows(drawing: Drawing) -> dict[str, FancyArrowPatch]:
    found = drawing.figure.axes[0].patches
    return {str(p.get_label()): p for p in found if isinstance(p, FancyArrowPatch)}


def boxes(drawing: Drawing) -> dict[str, Bbox]:
    found = [p for p in drawing.figure.axes[0].patches if isinstance(p, Rectangle | Ellipse)]
    return {str(p.get_label()): p.get_extents() for p in found}


def on(drawing: Drawing, key: str) -> list[str]:
    return [text.get_text() for text in texts(drawing) if text.get_label() == key]


def ends(drawing: Drawing, key: str) -> np.ndarray:
    """Start and end of an arrow in pixels."""
    patch = arrows(drawing)[key]
    path = patch.get_transform().transform_path(patch._path_original).vertices  # type: ignore[attr-defined]
    return np.asarray(path)[[0, -1]]


def check_layout(drawing: Drawing) -> None:
    """Every text is large enough, on the page, and free of every other text and of other boxes."""
    assert round(float(drawing.figure.get_figwidth()), 6) in (3.5, 7.2)
    renderer = FigureCanvasAgg(drawing.figure).get_renderer()
    page = drawing.figure.bbox
    placed = []
    for text in texts(drawing):
        assert text.get_fontsize() >= 6
        box = Text.get_window_extent(text, renderer)
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert page.y0 <= box.y0
        assert box.y1 <= page.y1
        placed.append((text, box.padded(-1.0)))
    for k, (text, box) in enumerate(placed):
        for other, there in placed[:k]:
            assert not box.overlaps(there), (text.get_text(), other.get_text())
        for key, outline in boxes(drawing).items():
            inside = outline.containsx(box.x0) and outline.containsx(box.x1)
            if text.get_label() == key:
                assert inside, text.get_text()
            else:
                assert not box.overlaps(outline.padded(-1.0)), (text.get_text(), key)


def check_arrows(drawing: Drawing) -> None:
    """Every arrow ends on the side of the box that it is named after."""
    outlines = boxes(drawing)
    for key in arrows(drawing):
        if " > " not in key or key.endswith("outcome"):
            continue
        end = ends(drawing, key)[1]
        box = outlines[key.split(" > ")[1]].padded(0.6)
        assert box.contains(*end), key
        assert not box.padded(-1.6).contains(*end), key


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("which", ["apart", "alike", "between", "many", "several", "chain"])
def test_texts_are_large_enough_and_touch_nothing(
    which: str, columns: int, request: pytest.FixtureRequest
) -> None:
    result = request.getfixturevalue(which)
    draw = draw_mediation if isinstance(result, Mediation) else draw_apim
    drawing = draw(result, columns=columns)
    check_layout(drawing)
    check_arrows(drawing)


@pytest.mark.parametrize("columns", [1, 2])
def test_long_names_grow_their_boxes(alike: ActorPartner, many: Mediation, columns: int) -> None:
    from dataclasses import replace

    words = "How often somebody kept away from conversations about difficult matters lately"
    for result, draw in ((alike, draw_apim), (many, draw_mediation)):
        ids = ["x", "y", "m", *(f"c{k}" for k in range(6))]
        long = replace(result, labels=dict.fromkeys(ids, words))
        check_layout(draw(long, columns=columns))  # type: ignore[operator]


def test_each_estimate_stands_on_its_own_arrow(apart: ActorPartner) -> None:
    drawing = draw_apim(apart)
    for row in apart.table.to_dict("records"):
        whose = {"man": 0, "woman": 1}[row["role"]]
        source = whose if row["effect"] == "actor" else 1 - whose
        said = f"{number(row['estimate'])} "
        said += interval(row["low"], row["high"], can_exceed_one=True)
        key = f"x:{source} > y:{whose}"
        assert on(drawing, key) == [said]
        assert said.replace(" [", ", 95% CI [") in drawing.alt
        holds = row["low"] <= 0 <= row["high"]
        assert (to_hex(arrows(drawing)[key].get_edgecolor()) == GREY) == holds
    start, end = ends(drawing, "x:0 > y:0")
    assert start[1] == pytest.approx(end[1])  # actor effects are level
    assert on(drawing, "x:0") == ["x", "man"]
    residual = apart.parts["residual"].to_dict("records")[0]
    assert on(drawing, "errors")[0] == f"r = {number(residual['residual_r'])}".replace("0.", ".")
    assert "120 dyads" in drawing.notes[0]


def test_equal_paths_are_drawn_as_equal(alike: ActorPartner) -> None:
    drawing = draw_apim(alike)
    actor, partner = (on(drawing, f"x:0 > y:{k}") for k in (0, 1))
    assert actor == on(drawing, "x:1 > y:1")
    assert partner == on(drawing, "x:1 > y:0")
    assert actor[0].startswith("a = ")
    assert partner[0].startswith("p = ")
    assert on(drawing, "x:0") == ["x", "One partner"]
    assert any("same letter" in note for note in drawing.notes)
    widths = {p.get_linewidth() for key, p in arrows(drawing).items() if " > y:" in key}
    assert len(widths) <= 2


def test_standardized_effects_have_a_name_of_their_own(apart: ActorPartner) -> None:
    drawing = draw_apim(apart, standardized=True)
    row = apart.table.iloc[0]
    assert on(drawing, "x:0 > y:0")[0].startswith(number(row["std"]))
    assert drawing.name == "apim-x-y-standardized"
    assert drawing.notes[0].startswith("Standardized")


def test_mediators_stand_between(between: DyadicModel) -> None:
    drawing = draw_apim(between)
    paths = between.parts["paths"].to_dict("records")
    assert len([key for key in arrows(drawing) if " > " in key and "error" not in key]) == 12
    for row in paths:
        whose = {"man": 0, "woman": 1}[row["role"]]
        source = whose if row["effect"] == "actor" else 1 - whose
        key = f"{row['predictor']}:{source} > {row['outcome']}:{whose}"
        assert on(drawing, key)[0] == number(row["estimate"])
    outlines = boxes(drawing)
    assert outlines["x:0"].x1 < outlines["m:0"].x0 < outlines["m:0"].x1 < outlines["y:0"].x0
    assert any("not causal" in note for note in drawing.notes)
    narrow = [text.get_text() for text in texts(draw_apim(between, columns=1))]
    a = next(row for row in paths if row["path"] == "a" and row["effect"] == "actor")
    said = f"{number(a['estimate'])} {interval(a['low'], a['high'], can_exceed_one=True)}"
    assert said in narrow  # listed below, where it does not fit on the arrow
    assert "a, man to man" in narrow
    bare = draw_apim(between, standardized=True)
    assert "Standardized paths of this model have no intervals; the raw ones do." in bare.notes


def test_what_has_other_paths_or_none_is_refused(couples: pd.DataFrame) -> None:
    with pytest.warns(DataWarning, match="negative variance"):
        other = model(couples, model="common_fate")
    with pytest.raises(Refusal, match="common fate"):
        draw_apim(other)
    with pytest.raises(UsageError, match=r"detachment\.apim"):
        draw_apim("a word")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="one of: 1, 2"):
        draw_apim(model(couples), columns=3)  # type: ignore[arg-type]


def test_paths_of_a_mediation(many: Mediation) -> None:
    drawing = draw_mediation(many)
    paths = many.parts["paths"]
    for row in paths[paths["path"] != "c"].to_dict("records"):
        said = interval(row["b_low"], row["b_high"], can_exceed_one=True)
        said = f"{row['path']} {number(row['b'])} {said}".replace("'", "\N{PRIME}")
        assert on(drawing, f"{row['term']} > {row['outcome']}") == [said]
    indirect = many.table[many.table["effect"] == "indirect"].iloc[0]
    said = f"{number(indirect['estimate'])} "
    said += interval(indirect["low"], indirect["high"], can_exceed_one=True)
    assert f"c0 by way of m {said}" in " ".join(drawing.notes)
    assert f"Indirect effect of c0 by way of m {said}." in drawing.alt
    assert any("not causal" in note for note in drawing.notes)


def test_crowded_arrows_are_keyed_to_a_list(several: Mediation, chain: Mediation) -> None:
    narrow = draw_mediation(several, columns=1)
    assert on(narrow, "c0 > m") == ["a1"]
    assert on(narrow, "c1 > k") == ["a4"]
    shown = [text.get_text() for text in texts(narrow)]
    assert "a4, c1 to k" in shown
    assert on(draw_mediation(chain), "m > k")[0].startswith("d ")


def test_one_cause_alone(several: Mediation) -> None:
    drawing = draw_mediation(several, cause="c1")
    assert set(arrows(drawing)) == {"c1 > m", "c1 > k", "c1 > y", "m > y", "k > y"}
    assert "c0" not in drawing.alt
    with pytest.raises(UsageError, match="one of: c0, c1"):
        draw_mediation(several, cause="c9")


def test_more_arrows_than_can_be_told_apart_are_refused(people: pd.DataFrame) -> None:
    wide = mediated(people, causes=["c0", "c1", "c2", "c3"], mediators=["m", "k"])
    with pytest.raises(Refusal, match="one cause at a time"):
        draw_mediation(wide)
    long = mediated(people, mediators=["m", "k", "c1"], serial=True)
    with pytest.raises(Refusal, match="chain of 3"):
        draw_mediation(long)


def test_bytes_do_not_depend_on_rows_settings_or_what_was_saved(
    couples: pd.DataFrame, alike: ActorPartner, people: pd.DataFrame, several: Mediation
) -> None:
    one, two = draw_apim(alike), draw_mediation(several)
    with mpl.rc_context({"font.size": 20, "lines.linewidth": 9, "savefig.bbox": "tight"}):
        turned = couples.sample(frac=1, random_state=3)
        again = draw_apim(model(turned, distinguishable=False))
        again.to_bytes("pdf")
        assert again.to_bytes("svg") == one.to_bytes("svg")
        turned = people.sample(frac=1, random_state=3)
        other = draw_mediation(mediated(turned, causes=["c0", "c1"], mediators=["m", "k"]))
        other.to_bytes("png")
        assert other.to_bytes("svg") == two.to_bytes("svg")
    assert repr(one).startswith("Drawing('apim-x-y': Actor–partner model: x and y, 7.20 x ")
