"""Display tables of data quality: indices of careless responding, results with and without."""

from typing import TYPE_CHECKING, Any

from detachment.tables._model import Column, Table
from detachment.text import DASH, bounded, count, counted, listing, percent, sentence

if TYPE_CHECKING:
    from detachment.estimates import Screening, Sensitivity

# Flag -> the index that it rests on, where they are not called alike.
_FLAG_OF = {"seconds_per_item": "too_fast", "mahalanobis_p": "mahalanobis"}
_BY_P = ("mahalanobis_d2", "mahalanobis_df")
_NO_FLAG = ("average_string",)


def screening_table(result: "Screening") -> Table:
    """Describe the indices of careless responding; no respondent is named.

    Parameters
    ----------
    result
        What :func:`detachment.screen` returned.

    Returns
    -------
    Table
        One row an index that could be computed: who has it, its middle and its ends, and how many
        are flagged for it.
    """
    import pandas as pd

    from detachment.estimates.screen import HEADS, written
    from detachment.quality import STRONG

    people = len(result.table)
    data: list[dict[str, Any]] = []
    for name in HEADS:
        if name in result.absent or name in _BY_P:
            continue
        values = result.table[name].astype("Float64").dropna()
        flags = result.flags[result.flags["flag"] == _FLAG_OF.get(name, name)]
        data.append(
            {
                "index": name,
                "n": len(values),
                **{
                    key: float(values.quantile(share)) if len(values) else float("nan")
                    for key, share in (("p05", 0.05), ("median", 0.5), ("p95", 0.95))
                },
                "flagged": int(flags["row"].nunique()),
                "share": flags["row"].nunique() / people if people else 0.0,
                "strong": int(flags.loc[flags["grade"] >= STRONG, "row"].nunique()),
            }
        )
    return Table(
        name="screening",
        title="Indices of Careless Responding",
        columns=(
            Column(label="Index", numeric=False),
            Column(label="n", symbol=True),
            Column(label="5%"),
            Column(label="Median"),
            Column(label="95%"),
            Column(label="Flagged"),
            Column(label="Share"),
            Column(label="Strong"),
        ),
        rows=tuple(
            (
                _label(HEADS[one["index"]], one["index"]),
                count(one["n"]),
                *(written(one["index"], one[key]) for key in ("p05", "median", "p95")),
                *(
                    (DASH, DASH, DASH)
                    if one["index"] in _NO_FLAG
                    else (count(one["flagged"]), percent(one["share"], 1), count(one["strong"]))
                ),
            )
            for one in data
        ),
        notes=(
            f"Of {counted(people, 'respondent')}. 5% and 95% = what so many are below. An index "
            "that stands out is a reason to look, not a proof.",
        ),
        data=pd.DataFrame(
            data, columns=["index", "n", "p05", "median", "p95", "flagged", "share", "strong"]
        ),
    )


def _label(head: str, index: str) -> str:
    return "Mahalanobis p" if index == "mahalanobis_p" else head


def sensitivity_table(result: "Sensitivity") -> Table:
    """Headline results with everybody and without flagged people, side by side.

    Parameters
    ----------
    result
        What :func:`detachment.sensitivity` returned.

    Returns
    -------
    Table
        One row an estimate; for each rule the n, the estimate and the difference.
    """
    from detachment.estimates import records
    from detachment.estimates.sensitivity import described, rule_words

    rows = records(result.table)
    rules = list(dict.fromkeys(row["without"] for row in rows))
    estimates: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        estimates.setdefault(described(result, row), {})[row["without"]] = row
    columns = [Column(label="Estimate", numeric=False, wide=True)]
    columns += [Column(label=head, group="Everybody") for head in ("n", "Value")]
    for rule in rules:
        group = f"Without {rule_words(rule)}"
        columns += [Column(label=head, group=group) for head in ("n", "Value", "Δ")]
    return Table(
        name="sensitivity",
        title="Results With and Without Flagged Respondents",
        columns=tuple(columns),
        rows=tuple(
            (
                what,
                *_everybody(next(iter(by_rule.values()))),
                *(cell for rule in rules for cell in _kept(by_rule.get(rule))),
            )
            for what, by_rule in estimates.items()
        ),
        notes=(
            "Δ = without − everybody. α = Cronbach's alpha; r = Pearson's correlation. A "
            "result that moves should be reported both ways.",
            *_reasons(rows),
        ),
        data=result.to_frame(),
    )


def _everybody(row: dict[str, Any]) -> tuple[str, ...]:
    return count(row["n_all"]), bounded(row["estimate_all"])


def _kept(row: dict[str, Any] | None) -> tuple[str, ...]:
    if row is None:
        return DASH, DASH, DASH
    return count(row["n_kept"]), bounded(row["estimate_kept"]), bounded(row["difference"])


def _reasons(rows: list[dict[str, Any]]) -> list[str]:
    why = dict.fromkeys(str(row["reason"]) for row in rows if row["reason"])
    return [sentence(listing(why))] if why else []
