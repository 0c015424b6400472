"""Display tables of a survey: what was asked, who answered, what is wrong, scores."""

from typing import TYPE_CHECKING, Any

from detachment.quality import STRONG
from detachment.tables._model import Column, Table
from detachment.text import DASH, count, counted, listing, number, percent, sentence

if TYPE_CHECKING:
    import pandas as pd

    from detachment.estimates.disclosure import Disclosure
    from detachment.instruments import Instrument
    from detachment.validation import Survey

SHOWN = 50
MODELS = {
    "reflective": "reflective",
    "reflective_2item": "two items",
    "single_item": "single item",
    "formative": "formative",
    "dichotomous_test": "test",
}
SCORES = {"mean": "mean", "sum": "sum", "sum_correct": "right"}


def scales_table(instrument: "Instrument") -> Table:
    """What an instrument measures: its scales and how they are scored.

    Parameters
    ----------
    instrument
        What was asked.

    Returns
    -------
    Table
    """
    import pandas as pd

    rows: list[tuple[str, ...]] = []
    data: list[dict[str, Any]] = []
    used: dict[str, None] = {}
    for scale in instrument.scales.values():
        kinds = list(dict.fromkeys(instrument.items[item.id].scale for item in scale.items))
        used |= dict.fromkeys(kinds)
        backwards = [item.id for item in scale.items if item.keyed < 0]
        rows.append(
            (
                scale.label or scale.id,
                scale.role,
                MODELS[scale.model],
                count(len(scale.items)),
                count(len(backwards)) if backwards else DASH,
                ", ".join(kinds),
                SCORES[scale.score],
                percent(scale.min_valid),
            )
        )
        data.append(
            {
                "scale": scale.id,
                "label": scale.label,
                "role": scale.role,
                "model": scale.model,
                "items": " ".join(item.id for item in scale.items),
                "reversed": " ".join(backwards),
                "score": scale.score,
                "min_valid": scale.min_valid,
                "expected_sign": scale.expected_sign,
            }
        )
    return Table(
        name="scales",
        title="Scales of the Instrument",
        columns=(
            Column(label="Scale", numeric=False),
            Column(label="Role", numeric=False),
            Column(label="Model", numeric=False),
            Column(label="Items"),
            Column(label="Reversed"),
            Column(label="Answers", numeric=False),
            Column(label="Score", numeric=False),
            Column(label="Needs"),
        ),
        rows=tuple(rows),
        notes=(
            f"Answers: {'; '.join(_answers(instrument, kind) for kind in used)}. "
            "Needs = share of the items that must be answered for a score to be given.",
        ),
        data=pd.DataFrame(data),
    )


def _answers(instrument: "Instrument", kind: str) -> str:
    """A response scale in words: ``"freq5 = 1 (Never) to 5 (Almost always)"``."""
    response = instrument.response_scales[kind]
    if response.type == "categorical":
        return f"{kind} = {listing(response.labels or map(str, response.values), 'or')}"
    if not response.values:
        return f"{kind} = a number"
    ends = [str(response.values[0]), str(response.values[-1])]
    if response.labels:
        ends = [f"{ends[0]} ({response.labels[0]})", f"{ends[1]} ({response.labels[-1]})"]
    return f"{kind} = {' to '.join(ends)}"


def questions_table(instrument: "Instrument") -> Table:
    """Every question of an instrument, with its key.

    Parameters
    ----------
    instrument
        What was asked.

    Returns
    -------
    Table
    """
    import pandas as pd

    items = list(instrument.items.values())
    keys = {1: "+", -1: "\N{MINUS SIGN}", 0: DASH}
    with_text = any(item.text for item in items)
    columns = [
        Column(label="Item", numeric=False),
        Column(label="Question", numeric=False, wide=True),
        Column(label="Answers", numeric=False),
        Column(label="Key"),
    ]
    rows = [(item.id, item.text, item.scale, keys.get(item.keyed, DASH)) for item in items]
    return Table(
        name="questions",
        title="Questions of the Instrument",
        columns=tuple(c for c in columns if with_text or c.label != "Question"),
        rows=tuple(row if with_text else (row[0], *row[2:]) for row in rows),
        notes=("Key: + scored as answered, \N{MINUS SIGN} reversed, \N{EN DASH} not scored.",),
        data=pd.DataFrame(
            {
                "item": [item.id for item in items],
                "text": [item.text for item in items],
                "response_scale": [item.scale for item in items],
                "keyed": [item.keyed for item in items],
                "block": [item.block for item in items],
                "form": [item.form for item in items],
            }
        ),
    )


def ledger_table(survey: "Survey", *, disclosure: "Disclosure" = "none") -> Table:
    """From the rows received to the rows analysed.

    Parameters
    ----------
    survey
        Validated answers.
    disclosure
        Who may see it. For ``"class"`` and ``"publish"``, a step that left out few people is
        hidden, and what was there before it.

    Returns
    -------
    Table
    """
    from detachment.estimates import records
    from detachment.estimates.disclosure import SUPPRESSED, fewest, protect_ledger

    minimum = fewest(disclosure)
    ledger = protect_ledger(survey.ledger, minimum)
    steps: list[dict[str, Any]] = records(ledger)
    hidden = any(step["before"] is None for step in steps)
    return Table(
        name="ledger",
        title="From Rows Received to Rows Analysed",
        columns=(
            Column(label="Step", numeric=False),
            Column(label="Before"),
            Column(label="Excluded"),
            Column(label="After"),
        ),
        rows=tuple(
            (
                sentence(str(step["message"])),
                *(
                    SUPPRESSED if step[name] is None else count(step[name])
                    for name in ("before", "excluded", "after")
                ),
            )
            for step in steps
        ),
        notes=(f"Suppressed: 1 to {minimum - 1} people, or a number that would tell such a count.",)
        if hidden
        else (),
        data=ledger.astype(object).where(ledger.notna(), SUPPRESSED) if hidden else ledger,
    )


def problems_table(survey: "Survey") -> Table:
    """Everything that validation found wrong, the gravest first.

    Parameters
    ----------
    survey
        Validated answers.

    Returns
    -------
    Table
        At most 50 printed rows; ``data`` has them all.
    """
    from detachment.estimates import records

    found: list[dict[str, Any]] = records(survey.problems)
    found.sort(key=lambda problem: problem["severity"] != "error")
    more = len(found) - SHOWN
    return Table(
        name="problems",
        title="Problems Found in the Data",
        columns=(
            Column(label="Severity", numeric=False),
            Column(label="Row"),
            Column(label="Column", numeric=False),
            Column(label="Value", numeric=False),
            Column(label="What is wrong", numeric=False, wide=True),
        ),
        rows=tuple(
            (
                str(problem["severity"]),
                # A row number names a place and is not a quantity: no comma in it.
                DASH if problem["row"] is None else str(problem["row"]),
                str(problem["column"] or DASH),
                str(problem["value"] or DASH),
                sentence(str(problem["message"])),
            )
            for problem in found[:SHOWN]
        ),
        notes=(f"{counted(more, 'more problem')} in the CSV file.",) if more > 0 else (),
        data=survey.problems,
    )


def problem_rules_table(survey: "Survey") -> Table:
    """What validation found wrong, rule by rule: no row, value or person is named.

    Parameters
    ----------
    survey
        Validated answers.

    Returns
    -------
    Table
        One row a rule and severity.
    """
    import pandas as pd

    found = survey.problems
    data: list[dict[str, Any]] = [
        {
            "severity": severity,
            "rule": rule,
            "columns": int(of_this["column"].nunique()),
            "rows": int(of_this["row"].nunique()),
        }
        for (severity, rule), of_this in found.groupby(["severity", "rule"], sort=True)
    ]
    return Table(
        name="problems",
        title="Problems Found in the Data, by Rule",
        columns=(
            Column(label="Severity", numeric=False),
            Column(label="What is wrong", numeric=False),
            Column(label="Columns"),
            Column(label="Rows", data="rows", people="count"),
        ),
        rows=tuple(
            (
                str(one["severity"]),
                str(one["rule"]).replace("_", " "),
                count(one["columns"]),
                count(one["rows"]),
            )
            for one in data
        ),
        notes=("A problem of 0 rows is about whole columns.",) if data else (),
        people=len(survey.responses),
        data=pd.DataFrame(data, columns=["severity", "rule", "columns", "rows"]),
    )


def flags_table(survey: "Survey", *, disclosure: "Disclosure" = "none") -> Table:
    """Reasons to doubt respondents, and how many each one touches.

    Parameters
    ----------
    survey
        Validated answers.
    disclosure
        Who may see it; how many have any flag is said to all only where every flag is shown.

    Returns
    -------
    Table
        One row a reason; no respondent is named.
    """
    import pandas as pd

    from detachment.estimates.disclosure import fewest, is_few

    minimum = fewest(disclosure)
    total = len(survey.responses)
    flags = survey.flags
    data: list[dict[str, Any]] = []
    for flag in sorted(flags["flag"].unique()):
        of_this = flags[flags["flag"] == flag]
        rows = int(of_this["row"].nunique())
        data.append(
            {
                "flag": flag,
                "rows": rows,
                "share": rows / total if total else 0,
                "strong": int(of_this.loc[of_this["grade"] >= STRONG, "row"].nunique()),
                "message": " / ".join(sorted(of_this["message"].unique())[:3]),
            }
        )
    touched = int(flags["row"].nunique())
    share = percent(touched / total, 1) if total else DASH
    few = any(is_few(n, minimum, of=total) for n in [touched, *(one["rows"] for one in data)])
    any_flag = (
        f"{counted(touched, 'row')} of {count(total)} ({share}) "
        f"{'has' if touched == 1 else 'have'} at least one flag. "
    )
    return Table(
        name="flags",
        title="Reasons to Doubt a Respondent",
        columns=(
            Column(label="Flag", numeric=False),
            Column(label="Rows", data="rows", people="count"),
            Column(label="Share", data="share", people="share"),
            *(() if minimum else (Column(label="Strong"),)),
            Column(label="Meaning", numeric=False, wide=True),
        ),
        rows=tuple(
            (
                str(one["flag"]).replace("_", " "),
                count(one["rows"]),
                percent(one["share"], 1),
                *(() if minimum else (count(one["strong"]),)),
                sentence(str(one["message"])),
            )
            for one in data
        ),
        notes=(f"{'' if few else any_flag}{'' if minimum else _STRONG}{_left_out(survey)}",),
        people=total,
        data=pd.DataFrame(
            data, columns=["flag", "rows", "share", *(() if minimum else ("strong",)), "message"]
        ),
    )


_STRONG = "Strong = hardly anyone who reads and means it answers so. "


def _left_out(survey: "Survey") -> str:
    """Say whether flags were rules of exclusion."""
    from detachment.validation import EXCLUDED_FOR

    rules = survey.provenance.get(EXCLUDED_FOR)
    if not isinstance(rules, list) or not rules:
        return "Nobody was left out for a flag."
    return f"Rows flagged {listing(rules, 'or')} were left out before, and are not counted here."


def _reasons(column: "pd.Categorical") -> dict[str, int]:
    """How often each reason for a missing answer is given."""
    import numpy as np

    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.categories))
    return {str(why): int(n) for why, n in zip(column.categories, counts, strict=True) if n}


def missing_table(survey: "Survey", *, wave: int | str | None = None) -> Table:
    """Why answers are missing, item by item.

    Parameters
    ----------
    survey
        Validated answers.
    wave
        Which wave; all rows by default.

    Returns
    -------
    Table
        Only the items with a missing answer, in the instrument's order.
    """
    import pandas as pd

    from detachment.scoring import in_wave

    missing = survey.missing.loc[in_wave(survey, wave)]
    counts = {str(item): _reasons(missing[item].array) for item in missing.columns}
    reasons = sorted({why for by_reason in counts.values() for why in by_reason})
    sums = {item: sum(by_reason.values()) for item, by_reason in counts.items()}
    data: list[dict[str, Any]] = [
        {
            "item": item,
            **{why: by_reason.get(why, 0) for why in reasons},
            "missing": sums[item],
            "share": sums[item] / max(len(missing), 1),
        }
        for item, by_reason in counts.items()
    ]
    return Table(
        name="missing",
        title="Missing Answers by Reason",
        columns=(
            Column(label="Item", numeric=False, wide=True),
            *(
                Column(label=why.replace("_", " ").capitalize(), data=why, people="count")
                for why in reasons
            ),
            Column(label="All missing", data="missing", people="total"),
            Column(label="Share", data="share", people="share"),
        ),
        rows=tuple(
            (
                survey.instrument.items[str(one["item"])].text or str(one["item"]),
                *(count(one[why]) for why in reasons),
                count(one["missing"]),
                percent(one["share"], 1),
            )
            for one in data
            if one["missing"]
        ),
        notes=(
            f"Of {counted(len(missing), 'row')}. "
            f"{counted(sum(not one['missing'] for one in data), 'item')} without a missing answer "
            "left out."
            if any(not one["missing"] for one in data)
            else f"Of {counted(len(missing), 'row')}.",
        ),
        lines=tuple(place for place, one in enumerate(data) if one["missing"]),
        people=len(missing),
        data=pd.DataFrame(data, columns=["item", *reasons, "missing", "share"]),
    )


def scores_table(
    survey: "Survey",
    *,
    scores: "pd.DataFrame | None" = None,
    wave: int | str | None = None,
    disclosure: "Disclosure" = "none",
) -> Table:
    """Describe the scale scores: how many, where, how wide.

    Parameters
    ----------
    survey
        Validated answers.
    scores
        What :func:`detachment.score` returned for it; scored anew by default.
    wave
        Which wave; the first one by default.
    disclosure
        Who may see it. For ``"class"`` and ``"publish"``, the scores of a scale of one item have
        no statistics from which it follows how few chose an answer.

    Returns
    -------
    Table
        One row a scale. Statistics are of the respondents who have a score.
    """
    import numpy as np
    import pandas as pd

    from detachment.estimates.disclosure import fewest, is_coarse
    from detachment.scoring import in_wave, score, waves
    from detachment.stats.descriptives import describe

    known = waves(survey)
    if wave is None and len(known) > 1:
        wave = known[0]
    frame = score(survey) if scores is None else scores
    frame = frame.loc[in_wave(survey, wave)]
    scales = [scale for name, scale in survey.instrument.scales.items() if name in frame.columns]
    rows, minimum = in_wave(survey, wave), fewest(disclosure)
    data: list[dict[str, Any]] = []
    for scale in scales:
        values = frame[scale.id].to_numpy(dtype=np.float64, na_value=np.nan)
        of_scale = describe(values[:, None])
        pomp = frame[f"{scale.id}_pomp"].to_numpy(dtype=np.float64, na_value=np.nan)
        given = np.sort(values[~np.isnan(values)])
        data.append(
            {
                "scale": scale.id,
                "n": int(of_scale.n[0]),
                "mean": float(of_scale.mean[0]),
                "sd": float(of_scale.sd[0]),
                "median": float(np.median(given)) if len(given) else float("nan"),
                "min": float(of_scale.min[0]),
                "max": float(of_scale.max[0]),
                "skew": float(of_scale.skew[0]),
                "pomp": float(describe(pomp[:, None]).mean[0]),
            }
        )
        if len(scale.items) == 1 and is_coarse(survey, scale.items[0].id, rows, minimum):
            data[-1] |= dict.fromkeys(("mean", "sd", "skew", "pomp"), float("nan"))
    return Table(
        name="scores",
        title="Scale Scores",
        columns=(
            Column(label="Scale", numeric=False),
            Column(label="n", symbol=True, data="n", people="n"),
            Column(label="M", symbol=True, data="mean"),
            Column(label="SD", symbol=True, data="sd"),
            # A middle or an end of scores is the score of somebody.
            Column(label="Mdn", symbol=True, data="median", people="one"),
            Column(label="Lowest", data="min", people="one"),
            Column(label="Highest", data="max", people="one"),
            Column(label="Skew", data="skew"),
            Column(label="POMP", data="pomp"),
        ),
        rows=tuple(
            (
                scale.label or scale.id,
                count(one["n"]),
                *(number(one[key]) for key in ("mean", "sd", "median", "min", "max")),
                number(one["skew"]),
                number(one["pomp"], 1),
            )
            for scale, one in zip(scales, data, strict=True)
        ),
        notes=(
            ("" if minimum else "Lowest and highest = of the scores that occurred; ")
            + "POMP = mean score as a percentage of the maximum possible.",
        ),
        data=pd.DataFrame(data),
    )
