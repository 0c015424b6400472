"""How many people have each sign: bars with intervals."""

from typing import TYPE_CHECKING, Any, Literal

from detachment.errors import Refusal, check_word
from detachment.figures._dots import Dot, Row, Series, dot_rows
from detachment.figures._drawing import Drawing, file_name
from detachment.figures._labels import confidence_of, finite, labels_of, need
from detachment.figures._plane import LOOKS, steps
from detachment.figures._theme import Columns, drawable, plain, style, width_for
from detachment.text import count, listing, number, percent, span

if TYPE_CHECKING:
    from detachment.estimates.prevalence import Prevalence

Order = Literal["instrument", "share"]
MOST = 4  # bars of a sign


def prevalence_bars(
    result: "Prevalence", *, order: Order = "instrument", columns: Columns = 2
) -> Drawing:
    """Draw the share of people with each sign, a bar for each group and wave.

    Parameters
    ----------
    result
        What :func:`detachment.prevalence` returned.
    order
        Signs as in the instrument, or by the share of the first group and wave, largest first.
    columns
        Width: one column of a page (3.5 inches) or two (7.2 inches).

    Returns
    -------
    Drawing
        Lines at the ends of the bars are the result's intervals (Wilson's on the effective n);
        signs without a share are named in a note under the figure.

    Raises
    ------
    UsageError
        When it was given something else, another order or another width.
    Refusal
        When no share is known, or there are more than four groups and waves.

    References
    ----------
    Wilson, E. B. (1927). *Journal of the American Statistical Association, 22*, 209-212.

    Examples
    --------
    >>> import pandas as pd
    >>> from detachment import prevalence
    >>> table = pd.DataFrame({"cold": [1, 4, 5, 2, 5, 4], "silent": [1, 1, 5, 2, 2, 1]})
    >>> drawing = prevalence_bars(prevalence(table, present_from=4, values=(1, 5)))
    >>> drawing.alt.splitlines()[0]
    'Bars of the share of people with each sign. cold: 67%, 95% CI [30%, 90%] (4 of 6). \
silent: 17%, 95% CI [3%, 56%] (1 of 6).'
    """
    from detachment.estimates import records

    need(result, "shares", "prevalence", columns=("item", "share", "group", "wave"))
    check_word("order", order, ["instrument", "share"])
    width = width_for(columns)
    table: list[dict[str, Any]] = records(result.table)
    cells = list(dict.fromkeys((line["group"], line["wave"]) for line in table))
    shown = [line for line in table if finite(line["share"])]
    if not shown:
        raise Refusal(
            "no share of a sign is known, so there is nothing to draw; the reasons are in the "
            "column 'reason' of the result."
        )
    if len(cells) > MOST:
        raise Refusal(
            f"{len(cells)} groups and waves are too many bars for each sign. Ask for one wave, or "
            "for the groups one after the other."
        )
    names = list(dict.fromkeys(line["item"] for line in shown))
    if order == "share":
        first = {line["item"]: -round(line["share"], 9) for line in reversed(shown)}
        names.sort(key=lambda name: first[name])
    labels = labels_of(result, dict.fromkeys(line["item"] for line in table))
    confidence = confidence_of(result)
    several_waves = len({wave for _, wave in cells}) > 1
    words = [
        _cell_words(group, wave, k, several_waves=several_waves)
        for k, (group, wave) in enumerate(cells)
    ]
    lines = {name: [line for line in shown if line["item"] == name] for name in names}
    left_out = [labels[name] for name in labels if name not in lines]
    note = f"No share of {listing(left_out, shown=8)}; the table says why." if left_out else ""
    end = _end(max(max(line["share"], line["high"] or 0.0) for line in shown))
    heads = [f"Share [{confidence} CI]", *(["n"] if columns == 2 else [])]
    with style():
        page = dot_rows(
            [
                Row(
                    label=labels[name],
                    dots=tuple(_dot(line, cells) for line in lines[name]),
                    cells=(
                        "\n".join(_share(line) for line in lines[name]),
                        *(("\n".join(count(one["n"]) for one in lines[name]),)
                          if columns == 2 else ()),
                    ),
                )
                for name in names
            ],
            series=[
                Series(label=word, marker=look.marker, color=look.color)  # type: ignore[arg-type]
                for word, look in zip(words, LOOKS, strict=False)
            ],
            heads=heads,
            limits=(0.0, end),
            ticks=[(place, percent(place)) for place in steps(0, end, 5 if columns == 2 else 4)],
            origin=0.0,
            axis="share of people with the sign",
            note=note,
            width=width,
            form="bars",
        )  # fmt: skip
    notes = (
        f"Lines are {confidence} confidence intervals (Wilson{_clusters(shown)}).",
        *_present_from(shown),
        *_counts(shown, columns),
        *((words[0] + ".",) if len(words) == 1 and words[0] else ()),
    )
    return Drawing(
        name=file_name("prevalence", shown[0]["scale"]),
        title="Share of people with each sign",
        alt=_alt(lines, labels, dict(zip(cells, words, strict=True)), confidence, note),
        notes=notes,
        figure=page.figure,
    )


def _cell_words(group: str, wave: str, place: int, *, several_waves: bool) -> str:
    """Words of a group and wave; a group that the font cannot write is numbered."""
    group = plain(group) if drawable(plain(group)) else f"group {place + 1}"
    return ", ".join(filter(None, [group, f"wave {wave}" if wave and several_waves else ""]))


def _end(widest: float) -> float:
    """The end of the axis: the next ten percent."""
    return min(1.0, max(0.1, -(-round(widest * 100, 6) // 10) / 10))


def _dot(line: dict[str, Any], cells: list[tuple[str, str]]) -> Dot:
    both = finite(line["low"]) and finite(line["high"])
    return Dot(
        series=cells.index((line["group"], line["wave"])),
        value=round(line["share"], 4),
        low=round(line["low"], 4) if both else None,
        high=round(line["high"], 4) if both else None,
    )


def _share(line: dict[str, Any]) -> str:
    return f"{percent(line['share'])} {_interval(line)}".rstrip()


def _interval(line: dict[str, Any], sign: str = "") -> str:
    if not (finite(line["low"]) and finite(line["high"])):
        return ""
    ends = (f"{number(100 * line[end], 0)}{sign}" for end in ("low", "high"))
    return f"[{', '.join(ends)}]"


def _clusters(lines: list[dict[str, Any]]) -> str:
    """Whether clusters or weights made the intervals wider."""
    if any(finite(line["deff"]) and line["deff"] != 1 for line in lines):
        return ", on the effective n"
    return ""


def _present_from(lines: list[dict[str, Any]]) -> tuple[str, ...]:
    limits = sorted({line["present_from"] for line in lines if finite(line["present_from"])})
    if not limits:
        return ()
    return (f"A sign counts as present from answer {listing(f'{one:g}' for one in limits)} on.",)


def _counts(lines: list[dict[str, Any]], columns: int) -> tuple[str, ...]:
    n = [int(line["n"]) for line in lines if finite(line["n"])]
    if columns == 2 or not n:
        return ()
    return (f"n = {count(n[0]) if min(n) == max(n) else span(count(min(n)), count(max(n)))}.",)


def _alt(
    lines: dict[str, list[dict[str, Any]]],
    labels: dict[str, str],
    words: dict[tuple[str, str], str],
    confidence: str,
    note: str,
) -> str:
    """Every share in words."""
    sentences = ["Bars of the share of people with each sign."]
    for name, own in lines.items():
        parts = []
        for line in own:
            word = words[line["group"], line["wave"]]
            within = f", {confidence} CI {_interval(line, '%')}" if _interval(line) else ""
            of = f" ({count(line['present'])} of {count(line['n'])})" if finite(line["n"]) else ""
            parts.append(f"{word + ' ' if word else ''}{percent(line['share'])}{within}{of}")
        sentences.append(f"{labels[name].rstrip('.')}: {'; '.join(parts)}.")
    return " ".join(filter(None, [*sentences, note]))
