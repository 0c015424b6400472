"""Choosing in a notebook: a question, a scale, a method, and who is left out."""

import warnings
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from html import escape
from importlib.util import find_spec
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

from detachment.errors import DetachmentError, DetachmentWarning, check_word

if TYPE_CHECKING:
    from ipywidgets import VBox

    from detachment.instruments import Scale
    from detachment.validation import Survey

Question = Literal["answers", "reliability", "items", "correlations"]

QUESTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "answers": ("What was answered", ()),
    "reliability": ("How reliable it is", ("pearson", "polychoric")),
    "items": ("What each item adds", ()),
    "correlations": ("What it goes with", ("pearson", "spearman", "kendall", "polychoric")),
}
"""Question -> how it is put, and the methods that can answer it."""

NOBODY = "nobody"
STRONG = "grade2"

_STYLE = "<style>.detachment-explore svg {max-width: 100%; height: auto;}</style>"
_places = count(1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explorer:
    """Choices over their answer, as a notebook shows it.

    Attributes
    ----------
    html
        The answer to the first choice: what is seen where nothing can be chosen, as on paper, in
        an exported page, or without ipywidgets.
    choices
        What was chosen at first.
    widget
        The choices themselves; None where ipywidgets is not installed.
    """

    html: str
    choices: Mapping[str, str]
    widget: "VBox | None" = field(default=None)

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self.html}
        if self.widget is not None:
            bundle |= {
                kind: content
                for kind, content in self.widget._repr_mimebundle_().items()
                if kind not in bundle
            }
        return bundle

    def __repr__(self) -> str:
        return f"Explorer({', '.join(f'{name}={word!r}' for name, word in self.choices.items())})"


def explore(
    survey: "Survey",
    *,
    question: Question = "reliability",
    scale: str | None = None,
    method: str | None = None,
    leave_out: str = NOBODY,
) -> Explorer:
    """Look into a survey by choosing: what to ask, of which scale, by which method, of whom.

    In JupyterLab, four lists stand above the answer, which follows every choice. Where nothing can
    be chosen (an exported page, paper, no ipywidgets) there is the answer to the first choice.
    Every answer is that of a verb, whose name stands below it, so that it can go into a script.

    Parameters
    ----------
    survey
        Validated answers.
    question
        ``"answers"``, ``"reliability"``, ``"items"`` or ``"correlations"``: what is asked first.
    scale
        Id of the scale that is chosen first; by default the first one of the instrument.
    method
        Method that is chosen first; one that the question knows.
    leave_out
        Who is left out at first: ``"nobody"``, ``"grade2"`` (every strong flag), or the name of a
        flag that somebody has.

    Returns
    -------
    Explorer
        Shown by a notebook when it is the last line of a cell.

    Raises
    ------
    UsageError
        When a word is none of those above, or the data hold no item of the scale.

    See Also
    --------
    detachment.reliability, detachment.items, detachment.correlate, detachment.exclude

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_long.csv"))
    >>> dt.explore(survey, question="items", scale="eff_loneliness")
    Explorer(question='items', scale='eff_loneliness', method='', leave_out='nobody')
    """
    scales = _scales(survey)
    check_word("question", question, tuple(QUESTIONS))
    scale = check_word("scale", next(iter(scales)) if scale is None else scale, tuple(scales))
    methods = QUESTIONS[question][1]
    if method is None:
        method = methods[0] if methods else ""
    elif method or methods:
        check_word("method", method, methods or ("",))
    check_word("leave_out", leave_out, tuple(_rules(survey)))
    answer = partial(_answer, cache(partial(_kept, survey)), scales)
    first = {"question": question, "scale": scale, "method": method, "leave_out": leave_out}
    html = answer(**first)
    widget = None
    if find_spec("ipywidgets") is not None:
        widget = _widget(first, scales, _rules(survey), answer, html)
    return Explorer(html=html, choices=first, widget=widget)


def _scales(survey: "Survey") -> dict[str, "Scale"]:
    """Scales of which the data hold an item."""
    return {
        scale.id: scale
        for scale in survey.instrument.scales.values()
        if any(item.id in survey.responses for item in scale.items)
    }


def _rules(survey: "Survey") -> dict[str, str]:
    """Who can be left out -> how it is put."""
    flags = dict.fromkeys(map(str, survey.flags["flag"]))
    strong = {STRONG: "strong flags"} if (survey.flags["grade"] == 2).any() else {}
    return {NOBODY: "nobody", **strong, **{flag: flag.replace("_", " ") for flag in flags}}


def _kept(survey: "Survey", leave_out: str) -> "Survey":
    from detachment.validation import exclude

    return survey if leave_out == NOBODY else exclude(survey, rules=[leave_out])


def _answer(
    kept: Callable[[str], "Survey"],
    scales: Mapping[str, "Scale"],
    *,
    question: str,
    scale: str,
    method: str,
    leave_out: str,
) -> str:
    """The answer to a choice as HTML; what cannot be answered says why."""
    with warnings.catch_warnings():
        # They stand in what the results show.
        warnings.simplefilter("ignore", DetachmentWarning)
        try:
            survey = kept(leave_out)
            shown = {
                "answers": _answers,
                "reliability": _reliability,
                "items": _items,
                "correlations": _correlations,
            }[question](survey, scales, scale, method)
        except DetachmentError as error:
            shown = [f"<p><b>Not given.</b> {escape(str(error))}</p>"]
            survey = None
    who = f"{len(survey.responses):,} rows" if survey is not None else ""
    call = _call(question, scale, method, leave_out)
    foot = (
        f"<p><small>{' · '.join(filter(None, [who, f'<code>{escape(call)}</code>']))}</small></p>"
    )
    return f'<div class="detachment-explore">{_STYLE}{"".join(shown)}{foot}</div>'


def _call(question: str, scale: str, method: str, leave_out: str) -> str:
    """The same in a script."""
    data = "survey" if leave_out == NOBODY else f"dt.exclude(survey, rules={[leave_out]!r})"
    how = f", method={method!r}" if method else ""
    return {
        "answers": f"dt.figures.likert({data}, scale={scale!r})",
        "reliability": f"dt.reliability({data}, scales={[scale]!r}{how})",
        "items": f"dt.items({data}, scales={[scale]!r})",
        "correlations": f"dt.correlate({data}, rows={[scale]!r}, columns=...{how})",
    }[question]


def _answers(
    survey: "Survey", _scales: Mapping[str, "Scale"], scale: str, _method: str
) -> list[str]:
    from detachment import figures

    return [figures.inline_svg(figures.likert(survey, scale=scale).to_bytes("svg"))]


def _reliability(
    survey: "Survey", _scales: Mapping[str, "Scale"], scale: str, method: str
) -> list[str]:
    from detachment.estimates.reliability import reliability

    return [reliability(survey, scales=[scale], method=method).to_html()]  # type: ignore[arg-type]


def _items(survey: "Survey", _scales: Mapping[str, "Scale"], scale: str, _method: str) -> list[str]:
    from detachment.estimates.items import items

    return [items(survey, scales=[scale]).to_html()]


def _correlations(
    survey: "Survey", scales: Mapping[str, "Scale"], scale: str, method: str
) -> list[str]:
    from detachment import figures
    from detachment.estimates.correlate import correlate

    chosen = scales[scale]
    # The effects; in an instrument without them, every other whole scale.
    roles = {one.role for one in scales.values()}
    others: Sequence[str] = [
        one.id
        for one in scales.values()
        if one.id != scale
        and (one.role == "effect" if "effect" in roles and chosen.role != "effect" else True)
        and not {item.id for item in one.items} & {item.id for item in chosen.items}
    ]
    result = correlate(survey, rows=[scale], columns=others, method=method)  # type: ignore[arg-type]
    drawn = figures.inline_svg(figures.forest(result).to_bytes("svg"))
    return [drawn, result.to_html()]


def _widget(
    first: Mapping[str, str],
    scales: Mapping[str, "Scale"],
    rules: Mapping[str, str],
    answer: Callable[..., str],
    html: str,
) -> "VBox":
    """Four lists above an answer that follows them.

    Their ids count up within a session instead of being random, so that a notebook that is run
    anew is stored with the same bytes.
    """
    from ipywidgets import HTML, Box, Dropdown, Layout, VBox
    from ipywidgets.widgets.widget_description import DescriptionStyle
    from ipywidgets.widgets.widget_string import HTMLStyle

    place = f"detachment-explore-{next(_places)}"

    def layout(name: str, **settings: str) -> Layout:
        return Layout(model_id=f"{place}-{name}-layout", **settings)

    def choose(name: str, said: str, options: Mapping[str, str], value: str) -> Dropdown:
        return Dropdown(
            options=[(label, word) for word, label in options.items()],
            value=value,
            description=said,
            model_id=f"{place}-{name}",
            layout=layout(name, width="22em"),
            style=DescriptionStyle(model_id=f"{place}-{name}-style", description_width="6em"),
        )

    lists = {
        "question": choose(
            "question", "Question", {word: said for word, (said, _) in QUESTIONS.items()},
            first["question"],
        ),
        "scale": choose(
            "scale", "Scale", {one.id: one.label or one.id for one in scales.values()},
            first["scale"],
        ),
        "method": choose(
            "method", "Method", _methods(first["question"]), first["method"]
        ),
        "leave_out": choose("leave_out", "Leave out", rules, first["leave_out"]),
    }  # fmt: skip
    lists["method"].disabled = not QUESTIONS[first["question"]][1]
    shown = HTML(
        value=html,
        model_id=f"{place}-answer",
        layout=layout("answer"),
        style=HTMLStyle(model_id=f"{place}-answer-style"),
    )

    def follow(_change: object) -> None:
        shown.value = answer(**{name: one.value for name, one in lists.items()})

    def ask(change: Mapping[str, Any]) -> None:
        """Another question may know other methods; the answer then follows once."""
        method, options = lists["method"], _methods(change["new"])
        before = method.value
        method.unobserve(follow, names="value")
        method.options = [(label, word) for word, label in options.items()]
        method.value = before if before in options else next(iter(options))
        method.disabled = not QUESTIONS[change["new"]][1]
        method.observe(follow, names="value")

    lists["question"].observe(ask, names="value")
    for one in lists.values():
        one.observe(follow, names="value")
    top = Box(
        list(lists.values()),
        model_id=f"{place}-lists",
        layout=layout("lists", flex_flow="row wrap"),
    )
    return VBox([top, shown], model_id=place, layout=layout("whole"))


def _methods(question: str) -> dict[str, str]:
    return {word: word.capitalize() for word in QUESTIONS[question][1]} or {"": "–"}
