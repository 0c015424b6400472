"""The actor-partner model as a path diagram: two people, side by side, with what was estimated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detachment.errors import Refusal
from detachment.figures._diagram import (
    HOLDS_ZERO,
    Box,
    Diagram,
    Link,
    draw_list,
    fitted,
    height_for,
    height_of_list,
    holds_zero,
    listed,
)
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import confidence_of, finite, labels_of, need
from detachment.figures._theme import (
    LEADING,
    MARGIN,
    SMALL,
    Columns,
    Page,
    drawable,
    plain,
    style,
    width_for,
    width_of,
)
from detachment.text import bounded, count, counted, interval, listing, number

if TYPE_CHECKING:
    from detachment.estimates import ActorPartner
    from detachment.estimates._dyadic_parts import DyadicModel

_LETTERS = {"actor": "a", "partner": "p"}
_PRIME = "\N{PRIME}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path:
    """One estimate: from whose variable to whose, 0 for the first partner and 1 for the second.

    ``stage`` is empty without a mediator, else a, b or c'; ``letter`` is shared by equal paths.
    """

    stage: str
    letter: str
    source: tuple[str, int]
    target: tuple[str, int]
    estimate: float
    low: float
    high: float

    @property
    def key(self) -> str:
        """By which it is found."""
        return f"{_name(self.source)} > {_name(self.target)}"

    @property
    def value(self) -> str:
        """The estimate, after the letter that equal paths share."""
        return f"{self.letter} = {number(self.estimate)}" if self.letter else number(self.estimate)

    @property
    def ends(self) -> str:
        """Its interval; nothing where there is none."""
        known = finite(self.low) and finite(self.high)
        return interval(self.low, self.high, can_exceed_one=True) if known else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """What is drawn: variables from left to right, paths, correlations of partners."""

    variables: tuple[str, ...]
    labels: Mapping[str, str]
    people: tuple[str, str]
    paths: tuple[_Path, ...]
    first_r: float
    residual_r: float
    residual_ends: str


def _name(node: tuple[str, int]) -> str:
    return f"{node[0]}:{node[1]}"


def apim(
    result: "ActorPartner | DyadicModel", *, standardized: bool = False, columns: Columns = 2
) -> Drawing:
    """Draw an actor-partner model, with or without a mediator, as a path diagram.

    Each partner has a row. Level arrows are actor effects, crossing ones partner effects, with
    their intervals; curved arrows with two heads are correlations: of the predictors, and of what
    is left of the outcomes. Where no role tells partners apart, paths that are equal have the same
    letter and the same numbers. An arrow whose interval includes 0 is thin and grey.

    Parameters
    ----------
    result
        Of :func:`detachment.apim`: the actor-partner model.
    standardized
        Whether standardized effects are shown in place of raw ones.
    columns
        Width: one or two columns of a page. What does not fit on the arrows is listed below them.

    Returns
    -------
    Drawing

    Raises
    ------
    Refusal
        When nothing was estimated, or for another model of dyads.
    UsageError
        When it was given something else, or another width.

    References
    ----------
    Kenny, D. A., Kashy, D. A., & Cook, W. L. (2006). *Dyadic Data Analysis*, chapter 7.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from detachment.estimates.apim import apim as estimate
    >>> draws = np.random.default_rng(1).normal(size=(60, 4))
    >>> wide = pd.DataFrame(draws, columns=["x_a", "x_b", "y_a", "y_b"])
    >>> wide["y_a"] += wide["x_a"]
    >>> result = estimate(wide, predictor=["x_a", "x_b"], outcome=["y_a", "y_b"], n_boot=0)
    >>> apim(result).name
    'apim-x-y'
    """
    width = width_for(columns)
    need(result, "an actor-partner model", "apim", columns=("role", "effect", "predictor", "std"))
    model = _model(result, standardized=standardized)
    with style():
        page = _mediated(model, width) if len(model.variables) == 3 else _plain(model, width)
    ids = model.variables
    return Drawing(
        name=file_name("apim", *ids, *(["standardized"] if standardized else [])),
        title="Actor–partner model: " + " and ".join(model.labels[v] for v in (ids[0], ids[-1])),
        alt=_alt(result, model, standardized=standardized),
        notes=_notes(result, model, standardized=standardized),
        figure=page.figure,
    )


def _model(result: "ActorPartner | DyadicModel", *, standardized: bool) -> _Model:
    mediated = "paths" in result.parts
    if not mediated and "residual" not in result.parts:
        reasons = [why for why in result.table["reason"] if why]
        kind = str(result.call.get("model", "actor_partner"))
        if kind == "actor_partner":
            raise Refusal(f"nothing was estimated, so there is nothing to draw: {reasons[0]}.")
        raise Refusal(
            f"this is the path diagram of an actor-partner model, and the model is "
            f"{kind.replace('_', ' ')}, whose paths are others. Its table has them; apim() without "
            "model= gives actor and partner effects."
        )
    table = result.parts["paths"] if mediated else result.table
    if not table["estimate"].notna().any():
        raise Refusal(
            f"nothing was estimated, so there is nothing to draw: {result.table['reason'].iloc[0]}."
        )
    roles = list(result.roles) if result.distinguishable else []
    paths = []
    for row in table.to_dict("records"):
        own, low, high = _numbers(row, standardized=standardized)
        for target in [roles.index(row["role"])] if roles else [0, 1]:
            source = target if row["effect"] == "actor" else 1 - target
            stage = str(row["path"]).replace("'", _PRIME) if mediated else ""
            letter = "" if roles else _LETTERS[row["effect"]]
            letter = f"{stage}{letter.upper()}" if letter and stage else letter
            paths.append(
                _Path(
                    stage=stage, letter=letter, source=(row["predictor"], source),
                    target=(row["outcome"], target), estimate=own, low=low, high=high,
                )
            )  # fmt: skip
    predictor = next(p.source[0] for p in paths if p.stage in ("", f"c{_PRIME}"))
    outcome = next(p.target[0] for p in paths if p.stage in ("", f"c{_PRIME}"))
    between = [p.target[0] for p in paths if p.stage == "a"][:1]
    variables = (predictor, *between, outcome)
    first, rest, ends = _correlations(result, predictor, outcome)
    people = tuple(roles) if roles else ("One partner", "The other")
    shown = [plain(word) if drawable(plain(word)) else f"role {k + 1}" for k, word in
             enumerate(people)]  # fmt: skip
    return _Model(
        variables=variables,
        labels=labels_of(result, variables),
        people=(shown[0], shown[1]),
        paths=tuple(paths),
        first_r=first,
        residual_r=rest,
        residual_ends=ends,
    )


def _numbers(row: Mapping[Any, Any], *, standardized: bool) -> tuple[float, float, float]:
    """Estimate and interval, rounded as they are drawn; paths of a mediator have no other ones."""
    names = ("std", "std_low", "std_high") if standardized else ("estimate", "low", "high")
    one, low, high = (round(float(row.get(name, float("nan"))), 4) for name in names)
    return one, low, high


def _correlations(
    result: "ActorPartner | DyadicModel", predictor: str, outcome: str
) -> tuple[float, float, str]:
    """Correlation of the predictors, of what is left of the outcomes, and the interval of that."""
    if "residual" in result.parts:
        row = result.parts["residual"].to_dict("records")[0]
        ends = interval(row["low"], row["high"]) if finite(row["low"]) else ""
        return float(row["predictor_r"]), float(row["residual_r"]), ends
    rows = result.parts["parameters"].to_dict("records")
    found = []
    for name in (predictor, outcome):
        own = {f"{name}_{role}" for role in (*result.roles, "1", "2")}
        found.append(
            next(
                row["std_all"] for row in rows
                if row["op"] == "~~" and row["lhs"] != row["rhs"]
                and {row["lhs"], row["rhs"]} <= own
            )
        )  # fmt: skip
    return found[0], found[1], ""


def _boxes(
    diagram: Diagram, model: _Model, middles: Sequence[float], width: float, apart: float,
    top: float,
) -> list[list[Box]]:  # fmt: skip
    """A row of boxes for each partner; all are of one height."""
    names = {v: fitted(model.labels[v], width) for v in model.variables}
    below = [fitted(who, width) for who in model.people]
    height = height_for(*((lines, who) for lines in names.values() for who in below))
    return [
        [
            diagram.add(
                Box(
                    key=_name((variable, row)), x=x, y=top + height / 2 + row * (height + apart),
                    width=width, height=height, lines=names[variable], below=below[row],
                )
            )
            for variable, x in zip(model.variables, middles, strict=True)
        ]
        for row in range(2)
    ]  # fmt: skip


def _stacked(path: _Path) -> tuple[str, ...]:
    return tuple(filter(None, (path.value, path.ends)))


def _plain(model: _Model, width: float) -> Page:
    """Predictors on the left, outcomes on the right."""
    wide = width > 300
    size, left, right = (118.0, 34.0, 58.0) if wide else (57.0, 27.0, 43.0)
    middles = [MARGIN + left + size / 2, width - MARGIN - right - size / 2]
    gap = middles[1] - middles[0] - size
    on_line = [(f"{p.value} {p.ends}".rstrip(),) if wide else _stacked(p) for p in model.paths]
    beside = max(width_of(line, SMALL) for lines in on_line for line in lines) <= gap
    if not beside:
        on_line = [(path.value,) for path in model.paths]
    rows = listed([(_words(p, model), f"{p.value} {p.ends}".rstrip()) for p in _once(model)],
                  width - 2 * MARGIN) if not beside else []  # fmt: skip
    diagram = Diagram()
    high = max(map(len, on_line)) * SMALL * LEADING
    boxes = _boxes(diagram, model, middles, size, 76.0 if wide else 88.0, MARGIN + 6)
    for path, lines in zip(model.paths, on_line, strict=True):
        (_, i), (_, k) = path.source, path.target
        level = i == k
        side = -1 if i == 0 else 1
        diagram.links.append(
            Link(
                key=path.key,
                start=boxes[i][0].right(0.3 if k == 0 else 0.7),
                end=boxes[k][1].left(0.3 if i == 0 else 0.7),
                lines=lines,
                at=0.5 if level else 0.27,
                shift=(0.0, side * (high / 2 + 2.5)) if level else (0.0, 0.0),
                faint=holds_zero({"low": path.low, "high": path.high}),
            )
        )
    _partners(diagram, model, boxes, wide=wide)
    foot = boxes[1][0].foot()[1] + 7
    page = Page.make(width, foot + (height_of_list(rows) + 5 if rows else 0) + MARGIN)
    diagram.draw(page)
    if rows:
        draw_list(page, rows, foot + 5)
    return page


def _partners(diagram: Diagram, model: _Model, boxes: list[list[Box]], *, wide: bool) -> None:
    """Correlations of both partners: of the predictors, and of the errors of the outcomes."""
    (one, other), bulge = (boxes[0][0], boxes[1][0]), 16.0 if wide else 13.0
    middle = (one.y + other.y) / 2
    if finite(model.first_r):
        diagram.links.append(
            Link(
                key="predictors", start=one.left(), end=other.left(), heads="both",
                via=(one.left()[0] - 2 * bulge, middle), lines=(f"r = {bounded(model.first_r)}",),
            )
        )  # fmt: skip
    if not finite(model.residual_r):
        return
    errors = []
    for row in range(2):
        box, size = boxes[row][-1], 12.0
        error = Box(
            key=f"error:{row}", x=box.right()[0] + 10 + size / 2, y=box.y, width=size, height=size,
            lines=("e",), round=True,
        )  # fmt: skip
        errors.append(diagram.add(error))
        diagram.links.append(Link(key=f"error:{row} > outcome", start=error.left(),
                                  end=box.right()))  # fmt: skip
    value = f"r = {bounded(model.residual_r)}"
    x = errors[0].x
    diagram.links.append(
        Link(
            key="errors", start=errors[0].foot(), end=errors[1].top(), heads="both",
            via=(x + 12, middle),
            lines=tuple(filter(None, (value, model.residual_ends))),
        )
    )  # fmt: skip


def _mediated(model: _Model, width: float) -> Page:
    """Predictors, mediators and outcomes in three columns."""
    wide = width > 300
    size, left, right = (86.0, 34.0, 48.0) if wide else (57.0, 0.0, 0.0)
    first, last = MARGIN + left + size / 2, width - MARGIN - right - size / 2
    middles = [first, (first + last) / 2, last]
    gap = middles[1] - middles[0] - size
    on_line = [_stacked(p) for p in model.paths]
    beside = max(width_of(line, SMALL) for lines in on_line for line in lines) <= gap - 4
    if not beside:  # letters of equal paths are in the list
        on_line = [(number(path.estimate),) for path in model.paths]
    rows: list[tuple[str, str]] = []
    if not beside:
        rows += [(_words(p, model), f"{p.value} {p.ends}".rstrip()) for p in _once(model)]
    if not wide:
        for what, r in (("predictors", model.first_r), ("what is left of the outcomes",
                                                        model.residual_r)):  # fmt: skip
            rows += [(f"Correlation of {what}", f"r = {bounded(r)}")] if finite(r) else []
    below = listed(rows, width - 2 * MARGIN)
    diagram = Diagram()
    bow, room = 22.0, SMALL * LEADING * max(map(len, on_line)) + 3
    boxes = _boxes(diagram, model, middles, size, 122.0 if wide else 130.0, MARGIN + bow + room)
    at = {variable: k for k, variable in enumerate(model.variables)}
    shares = {0: (0.25, 0.5, 0.75), 1: (0.25, 0.75), 2: (0.25, 0.5, 0.75)}
    for path, lines in zip(model.paths, on_line, strict=True):
        (_, i), (_, k) = path.source, path.target
        a, b = at[path.source[0]], at[path.target[0]]
        box, other = boxes[i][a], boxes[k][b]
        direct, level = b - a == 2, i == k
        if direct and level:
            start, end = (box.top(), other.top()) if i == 0 else (box.foot(), other.foot())
            side = -1 if i == 0 else 1
            via = ((start[0] + end[0]) / 2, start[1] + side * 2 * bow)
            where = 0.5
        else:
            # From top to bottom of a side: what stays above, what goes straight through, the rest.
            place = 1 if direct else (0 if k == 0 else -1)
            back = 1 if direct else (0 if i == 0 else -1)
            start, end = box.right(shares[a][place]), other.left(shares[b][back])
            via, where = None, 0.5 if level else (0.4 if direct else (0.3 if a == 0 else 0.7))
        diagram.links.append(
            Link(
                key=path.key, start=start, end=end, via=via, lines=lines, at=where,
                shift=_lifted(i, lines) if level else (0.0, 0.0),
                faint=holds_zero({"low": path.low, "high": path.high}),
            )
        )  # fmt: skip
    if wide:
        _partners(diagram, model, boxes, wide=wide)
    foot = boxes[1][0].foot()[1] + bow + room + 4
    page = Page.make(width, foot + (height_of_list(below) + 6 if below else 0) + MARGIN)
    diagram.draw(page)
    if below:
        draw_list(page, below, foot + 5)
    return page


def _lifted(row: int, lines: tuple[str, ...]) -> tuple[float, float]:
    """Above the line in the upper row, under it in the lower one."""
    return 0.0, (-1 if row == 0 else 1) * (len(lines) * SMALL * LEADING / 2 + 2.5)


def _once(model: _Model) -> list[_Path]:
    """Paths without those that repeat an equal one."""
    shared = any(path.letter for path in model.paths)
    return [path for path in model.paths if not shared or path.target[1] == 0]


def _words(path: _Path, model: _Model) -> str:
    """Whose variable with whose."""
    if path.letter:
        return "Actor" if path.source[1] == path.target[1] else "Partner"
    who = [model.people[node[1]] for node in (path.source, path.target)]
    return f"{path.stage}, {who[0]} to {who[1]}".removeprefix(", ")


def _notes(
    result: "ActorPartner | DyadicModel", model: _Model, *, standardized: bool
) -> tuple[str, ...]:
    n = counted(int(result.table["n"].iloc[0]), "dyad")
    kind = "Standardized" if standardized else "Unstandardized"
    given = any(path.ends for path in model.paths)
    with_ends = f" with {confidence_of(result)} confidence intervals" if given else ""
    said = [
        f"{kind} estimates{with_ends}, by maximum likelihood ({result.call['method']}); {n}.",
        "Level arrows: actor effects; crossing arrows: partner effects. "
        "Arrows with two heads: correlations of the partners"
        + (", of e what is left of the outcomes." if len(model.variables) == 2 else "."),
    ]
    if not given:
        said.append("Standardized paths of this model have no intervals; the raw ones do.")
    if model.paths[0].letter:
        said.append("Paths with the same letter are equal: no role tells these partners apart.")
    if len(model.variables) == 3:
        x, m, y = (model.labels[v] for v in model.variables)
        said.append(
            f"a: from {x} to {m}; b: from {m} to {y}; c{_PRIME}: from {x} to {y}, direct. The "
            "correlation of what is left of the mediators is not drawn."
        )
        said.append(str(getattr(result, "caution", "")))
    if held := result.call.get("controls"):
        said.append(f"Held constant and not drawn: {listing(map(str, held))}.")
    if any(holds_zero({"low": p.low, "high": p.high}) for p in model.paths):
        said.append(HOLDS_ZERO)
    missing = {row["reason"] for row in result.table.to_dict("records") if not
               finite(row["estimate"])}  # fmt: skip
    said += [f"Not given: {why}." for why in sorted(missing) if why]
    return tuple(filter(None, said))


def _alt(result: "ActorPartner | DyadicModel", model: _Model, *, standardized: bool) -> str:
    """Every path in words."""
    sure = confidence_of(result)
    n = count(result.table["n"].iloc[0])
    kind = "standardized " if standardized else ""
    said = [
        f"Path diagram of an actor–partner model of {n} dyads, partners "
        f"{'distinguishable' if result.distinguishable else 'indistinguishable'}."
    ]
    for path in _once(model):
        own = path.source[1] == path.target[1]
        x, y = model.labels[path.source[0]], model.labels[path.target[0]]
        if path.letter:
            what = f"own {x}" if own else f"the partner's {x}"
            head = f"{what} to own {y}"
        else:
            head = f"{x} of {model.people[path.source[1]]} to {y} of {model.people[path.target[1]]}"
        ends = f", {sure} CI {path.ends}" if path.ends else ""
        effect = "Actor" if own else "Partner"
        said.append(f"{effect} path, {head}: {kind}{number(path.estimate)}{ends}.")
    if finite(model.first_r):
        said.append(f"The predictors of both partners correlate {bounded(model.first_r)}.")
    if finite(model.residual_r):
        ends = f" {model.residual_ends}" if model.residual_ends else ""
        said.append(f"What is left of both outcomes correlates {bounded(model.residual_r)}{ends}.")
    return " ".join(said)
