"""Partners, slopes and rainclouds: dots where the scores are, counts as written, nobody shown."""

from dataclasses import replace
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from detachment.errors import DataWarning, Refusal, SurveyError, UsageError
from detachment.estimates import Change, change, dyads
from detachment.figures import Drawing, partner_scatter, raincloud, slopes
from detachment.instruments import Instrument, instrument_from_dict
from detachment.text import bounded, interval, number
from detachment.validation import Survey, read_survey

N = 60  # couples
LAYOUT = {
    "schema_version": 1,
    "instrument": {"id": "pairs", "version": "1.0.0", "title": "Pairs", "language": "en"},
    "response_scales": {"often5": {"type": "ordinal", "values": [1, 2, 3, 4, 5]}},
    "columns": {
        "who": {"role": "respondent_id", "type": "string"},
        "couple": {"role": "dyad_id", "type": "string"},
        "part": {"role": "partner_role", "type": "category", "allowed": ["man", "woman"]},
        "time": {"role": "wave", "type": "integer"},
        "arm": {"role": "group", "type": "category", "allowed": ["course", "waitlist"]},
    },
    "items": [{"id": f"q{k}", "scale": "often5"} for k in range(4)],
    "scales": {
        "signs": {
            "label": "Signs of distance", "role": "sign", "items": [f"q{k}" for k in range(4)],
        }
    },
}  # fmt: skip


def instrument() -> Instrument:
    return instrument_from_dict(LAYOUT)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Two waves of couples, half of them in a course after which they answer lower."""
    draw = np.random.default_rng(7)
    rows = []
    for couple in range(N):
        shared = draw.normal()
        for part in ("man", "woman"):
            own = shared + draw.normal()
            for time in (1, 2):
                level = own - (0.7 if time == 2 and couple % 2 else 0.0)
                answers = np.clip(np.round(3 + 0.8 * level + 0.5 * draw.normal(size=4)), 1, 5)
                rows.append(
                    {"who": f"{couple}{part}", "couple": f"c{couple}", "part": part, "time": time,
                     "arm": "course" if couple % 2 else "waitlist",
                     **{f"q{k}": int(one) for k, one in enumerate(answers)}}
                )  # fmt: skip
    return pd.DataFrame(rows)


def read(table: pd.DataFrame, folder: object) -> Survey:
    path = f"{folder}/pairs.csv"
    table.to_csv(path, index=False)
    return read_survey(path, instrument=instrument())


@pytest.fixture(scope="module")
def pairs(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Survey:
    return read(table, tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="module")
def changed(pairs: Survey) -> Change:
    return change(pairs, scales="signs")


def scores(table: pd.DataFrame, time: int) -> pd.Series:
    rows = table[table["time"] == time].set_index("who")
    return rows[[f"q{k}" for k in range(4)]].mean(axis=1)


def both(table: pd.DataFrame) -> np.ndarray:
    own = scores(table, 1)
    return np.array([[own[f"{k}man"], own[f"{k}woman"]] for k in range(N)])


def texts(drawing: Drawing) -> list[str]:
    return [text.get_text() for text in drawing.figure.findobj(Text) if text.get_text()]


def dots(drawing: Drawing) -> PathCollection:
    return next(c for c in drawing.figure.axes[0].collections if isinstance(c, PathCollection))


def in_order(points: np.ndarray) -> np.ndarray:
    return np.array(sorted(map(tuple, points)))


def check_layout(drawing: Drawing) -> None:
    renderer = FigureCanvasAgg(drawing.figure).get_renderer()
    page, placed = drawing.figure.bbox, []
    for text in drawing.figure.findobj(Text):
        if not text.get_text():
            continue
        assert text.get_fontsize() >= 6
        box = text.get_window_extent(renderer)
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert page.y0 <= box.y0
        assert box.y1 <= page.y1
        assert not any(box.padded(-1).overlaps(other.padded(-1)) for other in placed)
        placed.append(box)


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("disclosure", ["none", "class"])
def test_texts_are_large_enough_and_touch_nothing(
    pairs: Survey, changed: Change, columns: int, disclosure: str
) -> None:
    check_layout(partner_scatter(pairs, scale="signs", columns=columns, disclosure=disclosure))
    for draw in (slopes, raincloud):
        check_layout(draw(changed, pairs, columns=columns, disclosure=disclosure))


# ---------------------------------------------------------------- partners


def test_a_dot_a_couple_with_a_role_on_each_axis(pairs: Survey, table: pd.DataFrame) -> None:
    drawing = partner_scatter(pairs, scale="signs")
    expected, n = np.unique(both(table), axis=0, return_counts=True)
    found = np.asarray(dots(drawing).get_offsets())
    assert found == pytest.approx(expected)
    sizes = dots(drawing).get_sizes()
    assert sizes / sizes.min() == pytest.approx(np.sqrt(n / n.min()))
    line = drawing.figure.axes[0].lines
    diagonal = next(one for one in line if one.get_linestyle() == "--")
    assert diagonal.get_xdata() == pytest.approx(diagonal.get_ydata())
    assert {"Signs of distance, man", "Signs of distance, woman"} <= set(texts(drawing))
    row = dyads(pairs, scales="signs").table.iloc[0]
    said = f"ICC(1,1) = {bounded(row['icc'])}, 95% CI {interval(row['icc_low'], row['icc_high'])}."
    assert f"n = {N} couples with both scores. {said}" == drawing.notes[0]
    gap = np.round(both(table)[:, 0] - both(table)[:, 1], 9)
    assert f"In {(gap > 0).sum()} couples man has the higher score" in drawing.alt
    assert "single couples" in " ".join(drawing.notes)


def test_couples_without_roles_are_drawn_in_both_orders(pairs: Survey, table: pd.DataFrame) -> None:
    drawing = partner_scatter(pairs, scale="signs", dyads="all")
    assert "drawn twice" not in " ".join(drawing.notes)  # roles are known of all
    alone = replace(pairs, responses=pairs.responses.assign(part=pd.NA))
    drawing = partner_scatter(alone, scale="signs")
    found = np.asarray(dots(drawing).get_offsets())
    assert in_order(found) == pytest.approx(in_order(found[:, ::-1]))
    assert len(np.unique(np.vstack([both(table), both(table)[:, ::-1]]), axis=0)) == len(found)
    assert any("drawn twice" in note for note in drawing.notes)
    assert f"n = {N} couples" in drawing.notes[0]  # and not twice as many


def test_what_others_see_is_counted_in_cells(pairs: Survey, table: pd.DataFrame) -> None:
    drawing = partner_scatter(pairs, scale="signs", disclosure="class")
    axes = drawing.figure.axes[0]
    assert not axes.collections
    squares = [p for p in axes.patches if isinstance(p, Rectangle)]
    cell = np.clip(np.floor(np.round((both(table) - 1) / 0.4, 6)), 0, 9).astype(int)
    places, n = np.unique(cell, axis=0, return_counts=True)
    kept = n >= 5
    middles = [(s.get_x() + s.get_width() / 2, s.get_y() + s.get_height() / 2) for s in squares]
    assert in_order(np.array(middles)) == pytest.approx(
        in_order(1 + 0.4 * (places[kept] + 0.5)), abs=1e-3
    )
    areas = [s.get_width() ** 2 for s in squares]
    steps = n[kept] // 5
    assert np.array(areas) / max(areas) == pytest.approx(steps / steps.max(), abs=1e-2)
    assert "empty" in " ".join(drawing.notes)
    assert "higher score" not in drawing.alt


def test_few_couples_are_refused_where_others_see_them(
    table: pd.DataFrame, tmp_path: object
) -> None:
    few = read(table[table["couple"].isin(["c0", "c1", "c2"])], tmp_path)
    with pytest.raises(Refusal, match="fewer than 5 couples"):
        partner_scatter(few, scale="signs", disclosure="class")
    assert partner_scatter(few, scale="signs").notes[0].startswith("n = 3 couples")
    with pytest.warns(DataWarning, match="every answer"):
        one = read(table[table["couple"] == "c0"], tmp_path)
    drawing = partner_scatter(one, scale="signs")
    assert "not given" in drawing.notes[0]
    assert len(dots(drawing).get_offsets()) == 1
    with pytest.warns(DataWarning, match="would be noise"):
        alone = read(table[(table["couple"] == "c0") & (table["part"] == "man")], tmp_path)
    with pytest.raises(SurveyError, match="no dyad with two partners"):
        partner_scatter(alone, scale="signs")


def test_what_is_no_survey_or_no_scale_is_refused(pairs: Survey, changed: Change) -> None:
    with pytest.raises(UsageError, match="drawn from a survey"):
        partner_scatter(changed)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="Did you mean 'signs'"):
        partner_scatter(pairs, scale="sign")
    with pytest.raises(UsageError, match="one of: none, class, publish"):
        partner_scatter(pairs, scale="signs", disclosure="all")  # type: ignore[arg-type]


# ---------------------------------------------------------------- change


def by_arm(table: pd.DataFrame) -> dict[str, np.ndarray]:
    arm = table[table["time"] == 1].set_index("who")["arm"]
    frame = pd.DataFrame({"a": scores(table, 1), "b": scores(table, 2), "arm": arm})
    return {name: frame.loc[frame["arm"] == name, ["a", "b"]].to_numpy() for name in
            ("waitlist", "course")}  # fmt: skip


def test_a_line_a_person_and_the_means(pairs: Survey, changed: Change, table: pd.DataFrame) -> None:
    drawing = slopes(changed, pairs)
    critical = changed.parts["reliable_change"]["critical"].iloc[0]
    for axes, (arm, people) in zip(drawing.figure.axes, by_arm(table).items(), strict=True):
        kinds = [c for c in axes.collections if isinstance(c, LineCollection)]
        drawn = np.array([line[:, 1] for kind in kinds for line in kind.get_segments()])
        assert in_order(drawn) == pytest.approx(in_order(people), abs=1e-3)
        gap = np.round(people[:, 1] - people[:, 0], 9)
        sizes = {len(kind.get_segments()) for kind in kinds}
        assert sizes <= {(abs(gap) <= critical).sum(), (gap > critical).sum(),
                         (gap < -critical).sum()}  # fmt: skip
        row = changed.table[changed.table["arm"] == arm].iloc[0]
        means = next(line for line in axes.lines if line.get_color() == "#1d232b")
        assert means.get_ydata() == pytest.approx(row[["mean_first", "mean_last"]], abs=1e-3)
        assert f"{arm} (n = {N})" in texts(drawing)
        assert f"mean {number(row['mean_first'])}" in drawing.alt
    assert {"improved", "unchanged", "worse"} <= set(texts(drawing))


def test_dots_box_band_and_counts_of_a_raincloud(
    pairs: Survey, changed: Change, table: pd.DataFrame
) -> None:
    drawing = raincloud(changed, pairs)
    axes = drawing.figure.axes[0]
    clouds = [c for c in axes.collections if isinstance(c, PathCollection)]
    judged = changed.parts["reliable_change"]
    shown = texts(drawing)
    bands = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_facecolor()[3] < 1]
    boxes = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_facecolor()[3] == 1]
    for k, (arm, people) in enumerate(by_arm(table).items()):
        gap = np.sort(people[:, 1] - people[:, 0])
        points = np.asarray(clouds[k].get_offsets())
        assert points[:, 0] == pytest.approx(gap, abs=1e-3)
        # Apart by rank: neighbours never stand on one another.
        assert all(abs(a - b) > 1 for a, b in pairwise(points[:, 1]))
        low, high = np.quantile(gap, [0.25, 0.75])
        assert (boxes[k].get_x(), boxes[k].get_width()) == pytest.approx(
            (low, high - low), abs=1e-3
        )
        row = judged[judged["arm"] == arm].iloc[0]
        limit = row["critical"]
        assert (bands[k].get_x(), bands[k].get_width()) == pytest.approx(
            (-limit, 2 * limit), abs=1e-3
        )
        said = f"{row['improved']} improved ({100 * row['improved_share']:.0f}%)"
        assert f"\N{LEFTWARDS ARROW} {said}" in shown
        assert said in drawing.alt
        assert any(text.startswith(f"{row['unchanged']} unchanged") for text in shown)
    assert "Gaussian kernel" in " ".join(drawing.notes)
    assert f"beyond {number(limit)} either way" in " ".join(drawing.notes)


def test_density_has_an_area_of_one_for_its_unit(pairs: Survey, changed: Change) -> None:
    from detachment.figures._change import _bandwidth, _density, _places, _take

    _, arms, _ = _take(changed, pairs, None, "none")
    for arm in arms:
        x = np.sort(arm.last - arm.first)
        places = _places(x, _bandwidth(x), 0)
        density = _density(arm, 0)
        assert density is not None
        assert np.trapezoid(density, places) == pytest.approx(1, abs=0.03)
        spread = min(x.std(ddof=1), np.subtract(*np.quantile(x, [0.75, 0.25])) / 1.34)
        assert _bandwidth(x) == pytest.approx(0.9 * spread * N**-0.2)


def test_others_see_no_single_person(pairs: Survey, changed: Change) -> None:
    lines = slopes(changed, pairs, disclosure="class")
    assert not any(axes.collections for axes in lines.figure.axes)
    cloud = raincloud(changed, pairs, disclosure="class")
    axes = cloud.figure.axes[0]
    assert not any(isinstance(c, PathCollection) for c in axes.collections)
    assert "Dots" not in " ".join(cloud.notes)
    shares = [text for text in texts(cloud) if "unchanged" in text]
    assert all("(" not in text for text in shares)  # a share and no count beside it
    assert any("fewer than 5" in text or "%" in text for text in texts(cloud))


def test_few_people_and_other_data_are_refused(
    pairs: Survey, changed: Change, table: pd.DataFrame, tmp_path: object
) -> None:
    few = read(table[table["couple"].isin(["c0", "c1"])], tmp_path)
    with pytest.raises(UsageError, match="not the answers that the result was made from"):
        raincloud(changed, few)
    with pytest.raises(UsageError, match="single scores are taken from a survey"):
        slopes(changed, table)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="one of: signs"):
        slopes(changed, pairs, scale="sing")
    with pytest.raises(UsageError, match=r"detachment\.change"):
        slopes(pairs, pairs)  # type: ignore[arg-type]


def test_without_limits_nobody_is_judged(table: pd.DataFrame, tmp_path: object) -> None:
    same = table[table["time"] == 1]
    still = read(pd.concat([same, same.assign(time=2)]), tmp_path)
    result = change(still, scales="signs", design="change", by="part")
    drawing = raincloud(result, still)
    assert "mean change 0.00" in drawing.alt
    none = replace(
        result,
        parts={**result.parts, "reliable_change": result.parts["reliable_change"].assign(
            critical=np.nan, reliability=np.nan, reason="no alpha")},
    )  # fmt: skip
    bare = raincloud(none, still)
    assert "Reliable change is not given; the table says why." in bare.notes
    assert not any("unchanged" in text for text in texts(bare))


def test_bytes_do_not_depend_on_rows_or_settings(
    pairs: Survey, changed: Change, table: pd.DataFrame, tmp_path: object
) -> None:
    turned = read(table.sample(frac=1, random_state=2), tmp_path)
    with mpl.rc_context({"font.size": 20, "axes.grid": True, "scatter.marker": "x"}):
        result = change(turned, scales="signs")
        for draw in (slopes, raincloud):
            again = draw(result, turned)
            again.to_bytes("png")
            assert again.to_bytes("svg") == draw(changed, pairs).to_bytes("svg")
        for options in ({}, {"disclosure": "class"}):
            again = partner_scatter(turned, scale="signs", **options)  # type: ignore[arg-type]
            once = partner_scatter(pairs, scale="signs", **options)  # type: ignore[arg-type]
            assert again.to_bytes("svg") == once.to_bytes("svg")
