"""Eigenvalues beside those of random data."""

from typing import TYPE_CHECKING, Any, Literal

from detachment.errors import Refusal, check_word
from detachment.figures._drawing import Drawing
from detachment.figures._labels import finite, need
from detachment.figures._plane import (
    LOOKS,
    Axis,
    Key,
    axis_of,
    block_of,
    draw_keys,
    draw_plane,
    keys_height,
    marker,
    tidy,
)
from detachment.figures._theme import BASE, MARGIN, Columns, Page, style, width_for
from detachment.text import count, counted, level, listing, number

if TYPE_CHECKING:
    from detachment.estimates.dimensionality import Dimensionality

Kind = Literal["components", "factors"]
HEIGHT = 165.0
MOST_TICKS = 20


def scree(result: "Dimensionality", *, kind: Kind = "components", columns: Columns = 1) -> Drawing:
    """Draw the eigenvalues of items with those that parallel analysis found in random data.

    Parameters
    ----------
    result
        What :func:`detachment.dimensionality` returned.
    kind
        Eigenvalues of the correlations (``components``), or with communalities in the diagonal
        (``factors``).
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing
        Observed eigenvalues; dashed, the quantile of random normal data; dash-dotted, that of
        shuffled answers. A filled dot is one that parallel analysis of normal data keeps.

    Raises
    ------
    UsageError
        When it was given something else, another kind or another width.
    Refusal
        When no eigenvalue is known.

    References
    ----------
    Cattell, R. B. (1966). *Multivariate Behavioral Research, 1*, 245-276. Horn, J. L. (1965).
    *Psychometrika, 30*, 179-185.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from detachment import dimensionality
    >>> rng = np.random.default_rng(3)
    >>> trait = np.repeat(rng.normal(size=(150, 2)), 3, axis=1)
    >>> table = pd.DataFrame(trait + rng.normal(size=trait.shape), columns=list("abcdef"))
    >>> scree(dimensionality(table, n_random=20)).title
    'Eigenvalues of 6 items and of random data'
    """
    from detachment.estimates import records

    need(result, "a number of dimensions", "dimensionality", columns=("rule", "n_factors"))
    width = width_for(columns)
    check_word("kind", kind, ["components", "factors"])
    stem = kind.removesuffix("s")
    lines: list[dict[str, Any]] = [
        line for line in records(result.parts["eigenvalues"]) if finite(line[stem])
    ]
    if not lines:
        raise Refusal("no eigenvalue is known, so there is nothing to draw.")
    quantile = float(result.call.get("quantile", 0.95))
    curves = [
        ("observed", stem),
        (f"random normal data, {level(quantile)} quantile", f"{stem}_normal_quantile"),
        (f"shuffled answers, {level(quantile)} quantile", f"{stem}_permuted_quantile"),
    ]
    curves = [pair for pair in curves if any(finite(line[pair[1]]) for line in lines)]
    kept = {
        name: next(
            (int(row["n_factors"]) for row in records(result.table)
             if row["rule"] == rule and finite(row["n_factors"])), None,
        )
        for name, rule in (
            ("normal", f"parallel_{kind}"), ("permuted", f"parallel_{kind}_permuted"),
        )
    }  # fmt: skip
    with style():
        page = _draw(lines, curves, kept["normal"], stem, width)
    said = _said(kept, kind, quantile)
    random = int(result.call.get("n_random", 0))
    notes = [f"n = {_n(result)}, {counted(len(lines), 'item')}.", *said]
    if random:
        notes.append(f"{count(random)} random data sets of each kind.")
    if kept["normal"] is not None:
        notes.append("Open dots: not kept by parallel analysis against normal data.")
    return Drawing(
        name="scree" if kind == "components" else "scree-factors",
        title=f"Eigenvalues of {counted(len(lines), 'item')} and of random data",
        alt=_alt(lines, curves, kind, said),
        notes=tuple(notes),
        figure=page.figure,
    )


def _n(result: "Dimensionality") -> str:
    return count(float(result.parts["adequacy"]["n"].iloc[0]))


def _said(kept: dict[str, int | None], kind: Kind, quantile: float) -> list[str]:
    """What parallel analysis suggests, in words."""
    words = [
        f"{counted(number_, kind.removesuffix('s'))} by parallel analysis against {what}"
        for number_, what in (
            (kept["normal"], "normal data"), (kept["permuted"], "shuffled answers"),
        )
        if number_ is not None
    ]  # fmt: skip
    return [f"Above the {level(quantile)} quantile: {listing(words)}."] if words else []


def _draw(
    lines: list[dict[str, Any]],
    curves: list[tuple[str, str]],
    kept: int | None,
    what: str,
    width: float,
) -> Page:
    room = width - 2 * MARGIN
    places = [int(line["place"]) for line in lines]
    step = next(k for k in (1, 2, 5, 10, 20, 50, 100) if len(places) / k <= MOST_TICKS)
    shown = [place for place in places if place == 1 or place % step == 0]
    x = Axis(
        low=0.4, high=len(places) + 0.6, ticks=tuple((one, str(one)) for one in shown),
        label=what,
    )  # fmt: skip
    values = [line[name] for line in lines for _, name in curves if finite(line[name])]
    y = axis_of(values, label="eigenvalue", room=0.05, from_zero=True)
    keys = [
        Key.of(label, look, marker=name == curves[0][1])
        for (label, name), look in zip(curves, LOOKS, strict=False)
    ]
    top = MARGIN + keys_height(keys, room)
    page = Page.make(width, top + block_of(x, y, room, HEIGHT) + MARGIN)
    draw_keys(page, keys, MARGIN, MARGIN, room)
    plane = draw_plane(page, MARGIN, top, room, HEIGHT, x=x, y=y)
    if y.low < 0:
        plane.axes.axhline(0, color=BASE, linewidth=0.9, zorder=1)
    few = len(places) <= 40  # of more, markers would touch
    for k, ((_, name), look) in enumerate(zip(curves, LOOKS, strict=False)):
        own = [(line["place"], line[name]) for line in lines if finite(line[name])]
        across, up = [int(place) for place, _ in own], tidy([v for _, v in own], y.high - y.low)
        plane.axes.line(
            across, up, color=look.color, linestyle=look.line, linewidth=1.3, zorder=4 - k * 0.1
        )
        for place, value in zip(across, up, strict=True) if few and not k else ():
            filled = kept is None or place <= kept
            plane.axes.line(
                [place], [value], color=look.color, linestyle="none", zorder=5 - k * 0.1,
                **marker(look.marker, look.color, filled=filled),
            )  # fmt: skip
    return page


def _alt(
    lines: list[dict[str, Any]], curves: list[tuple[str, str]], kind: Kind, said: list[str]
) -> str:
    """The first eigenvalues in words, and what was concluded."""
    sentences = [f"Scree plot of the eigenvalues of {counted(len(lines), 'item')} ({kind})."]
    first = lines[:5]
    for label, name in curves:
        values = listing(number(line[name]) for line in first if finite(line[name]))
        sentences.append(f"First of {label}: {values}.")
    return " ".join([*sentences, *said])
