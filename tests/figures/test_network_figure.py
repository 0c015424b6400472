"""Networks: partial correlations that R and a jackknife would give, drawn where they belong."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import Circle
from matplotlib.text import Text

from detachment.errors import Refusal, SurveyError, UsageError
from detachment.estimates import network
from detachment.estimates.network import PartialNetwork
from detachment.figures import Drawing
from detachment.figures import network as draw_network
from detachment.stats.partial import all_partial_correlations
from detachment.text import bounded

NAMES = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Eighty pairs whose members are alike; a with b positive, b with c negative."""
    draw = np.random.default_rng(11)
    x = np.repeat(draw.normal(size=(80, 4)), 2, axis=0) + draw.normal(size=(160, 4))
    x[:, 1] += 0.8 * x[:, 0]
    x[:, 2] -= 0.7 * x[:, 1]
    return pd.DataFrame(x, columns=NAMES).assign(pair=np.repeat(np.arange(80), 2))


@pytest.fixture(scope="module")
def result(table: pd.DataFrame) -> PartialNetwork:
    return network(table, variables=NAMES, dyad="pair")


def test_partial_correlations_and_fisher_intervals(table: pd.DataFrame) -> None:
    """With Fisher's z and two controls: tanh(atanh r +- 1.96 / sqrt(n - 2 - 3))."""
    found = network(table, variables=NAMES).table.set_index(["row", "column"])
    rest = {}
    for name in ("a", "b"):  # correlate what c and d leave of both
        y = np.column_stack([np.ones(len(table)), table[["c", "d"]]])
        rest[name] = table[name] - y @ np.linalg.lstsq(y, table[name], rcond=None)[0]
    row = found.loc[("a", "b")]
    r = np.corrcoef(rest["a"], rest["b"])[0, 1]
    assert row["r"] == pytest.approx(r)
    half = 1.959964 / np.sqrt(len(table) - 2 - 3)
    ends = np.tanh([np.arctanh(r) - half, np.arctanh(r) + half])
    assert row[["r_low", "r_high"]].tolist() == pytest.approx(ends, abs=1e-6)
    assert row["plain_r"] == pytest.approx(table["a"].corr(table["b"]))
    assert len(found) == 6


def test_intervals_take_pairs_whole(table: pd.DataFrame, result: PartialNetwork) -> None:
    """The same as leaving out pair by pair, but for terms that vanish with n."""
    x = table[NAMES].to_numpy()
    every = np.arctanh(all_partial_correlations(np.cov(x.T))[0, 1])
    left = [
        np.arctanh(all_partial_correlations(np.cov(x[table["pair"] != k].T))[0, 1])
        for k in range(80)
    ]
    se = np.sqrt(79 / 80 * np.sum((np.array(left) - np.mean(left)) ** 2))
    row = result.table.set_index(["row", "column"]).loc[("a", "b")]
    width = (np.arctanh(row["r_high"]) - np.arctanh(row["r_low"])) / 2
    assert np.arctanh(row["r"]) == pytest.approx(every)
    assert width == pytest.approx(1.990 * se, rel=0.05)
    alone = network(table, variables=NAMES).table.set_index(["row", "column"]).loc[("a", "b")]
    assert abs(width - (np.arctanh(alone["r_high"]) - np.arctanh(alone["r_low"])) / 2) > 0.002
    assert any("80 dyads with both partners" in note for note in result.notes)
    assert result.explain().startswith(
        f"a with b, others constant: partial r = {bounded(row['r'])}"
    )


def test_what_cannot_be_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="a network has 3 to 40"):
        network(table, variables=["a", "b"])
    with pytest.raises(SurveyError, match="a total and all of its parts"):
        network(table.assign(t=table["a"] + table["b"]), variables=["a", "b", "t"])
    with pytest.raises(SurveyError, match="same for everybody"):
        network(table.assign(k=1.0), variables=["a", "b", "k"])
    with pytest.raises(SurveyError, match="at least 8 are needed"):
        network(table[:7], variables=NAMES)


def test_a_part_and_its_whole_are_refused(make_survey: Any) -> None:
    """Without all parts of the whole its correlations could be computed, and would mean nothing."""
    draw = np.random.default_rng(3)
    x = np.clip(np.rint(3 + draw.normal(size=(60, 1)) + draw.normal(size=(60, 4))), 1, 5).astype(
        int
    )
    x[:, 2] = 6 - x[:, 2]  # keyed the other way
    survey = make_survey({f"s{k + 1}": x[:, k] for k in range(4)})
    with pytest.raises(Refusal, match="trouble and s1 share s1"):
        network(survey, variables=["trouble", "s1", "s2"])
    assert len(network(survey, variables=["s1", "s2", "s3"]).table) == 3


def lines(drawing: Drawing) -> dict[str, object]:
    return {str(line.get_label()): line for line in drawing.figure.axes[0].lines}


@pytest.mark.parametrize("columns", [1, 2])
def test_variables_stand_on_a_circle_in_their_order(result: PartialNetwork, columns: int) -> None:
    drawing = draw_network(result, edges="all", columns=columns)
    nodes = [p for p in drawing.figure.axes[0].patches if isinstance(p, Circle)]
    assert [node.get_label() for node in nodes] == NAMES
    places = np.array([node.center for node in nodes])
    middle = places.mean(axis=0)
    turns = np.degrees(np.arctan2(places[:, 0] - middle[0], middle[1] - places[:, 1])) % 360
    assert turns == pytest.approx([0, 90, 180, 270], abs=0.01)
    renderer = FigureCanvasAgg(drawing.figure).get_renderer()
    placed = []
    for text in drawing.figure.findobj(Text):
        if text.get_text():
            assert text.get_fontsize() >= 6
            box = text.get_window_extent(renderer).padded(-1)
            assert not any(box.overlaps(other) for other in placed)
            assert drawing.figure.bbox.contains(box.x0, box.y0)
            assert drawing.figure.bbox.contains(box.x1, box.y1)
            placed.append(box)
    for row in result.table.to_dict("records"):
        line = lines(drawing)[f"{row['row']} - {row['column']}"]
        ends = np.column_stack([line.get_xdata(), line.get_ydata()])  # type: ignore[attr-defined]
        i, j = NAMES.index(row["row"]), NAMES.index(row["column"])
        assert ends == pytest.approx(places[[i, j]])
        width = min(5.0, max(0.35, 8 * abs(row["r"])))
        assert line.get_linewidth() == pytest.approx(width, abs=2e-3)  # type: ignore[attr-defined]
        dashed = line.is_dashed()  # type: ignore[attr-defined]
        assert dashed == (row["r"] < 0)
        color = to_hex(line.get_color())  # type: ignore[attr-defined]
        assert color == ("#c8641b" if row["r"] < 0 else "#1f5a94")


def test_only_intervals_without_zero_by_default(result: PartialNetwork) -> None:
    drawing = draw_network(result)
    clear = result.table[(result.table["r_low"] > 0) | (result.table["r_high"] < 0)]
    assert 0 < len(clear) < 6
    assert set(lines(drawing)) == {f"{r['row']} - {r['column']}" for r in clear.to_dict("records")}
    assert f"{len(clear)} of 6 pairs" in " ".join(drawing.notes)
    strongest = clear.iloc[int(np.argmax(clear["r"].abs()))]
    said = f"{strongest['row']} with {strongest['column']}: {bounded(strongest['r'])}, 95% CI"
    assert said in drawing.alt
    assert "n = 160" in drawing.alt
    nothing = replace(result, table=result.table.assign(r=np.nan))
    with pytest.raises(Refusal, match="nothing to draw"):
        draw_network(nothing)
    with pytest.raises(UsageError, match="one of: clear, all"):
        draw_network(result, edges="some")  # type: ignore[arg-type]


def test_bytes_do_not_depend_on_the_order_of_rows(
    table: pd.DataFrame, result: PartialNetwork
) -> None:
    turned = network(table.sample(frac=1, random_state=4), variables=NAMES, dyad="pair")
    assert draw_network(turned).to_bytes("svg") == draw_network(result).to_bytes("svg")
