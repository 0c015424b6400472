"""The report in a few sentences, and the few numbers above them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from detachment.estimates.disclosure import is_few
from detachment.text import (
    SYMBOLS,
    bounded,
    count,
    counted,
    interval,
    listing,
    number,
    p_statement,
    percent,
)

if TYPE_CHECKING:
    from detachment.estimates import ActorPartner, Result
    from detachment.reports._findings import Findings

CLEAR = 0.05  # the adjusted p below which an association is called one
DRAFT = "unvalidated_draft"


class Tile(NamedTuple):
    """A number that leads the page, and what it is."""

    value: str
    label: str
    detail: str = ""


def tiles(findings: "Findings") -> list[Tile]:
    """The numbers that most readers come for."""
    from detachment.validation import EXCLUDED_FOR

    people = "people" if findings.wave is None else f"people at wave {findings.wave}"
    dyads = _dyads(findings)
    found = [
        Tile(count(findings.people), people, counted(dyads, "complete couple") if dyads else "")
    ]
    if (row := _leading_scale(findings)) is not None:
        label = _label(findings.reliability, row["scale"])
        ends = interval(row["alpha_low"], row["alpha_high"], missing="")
        found.append(Tile(bounded(row["alpha"]), f"α of {label}", f"95% CI {ends}" if ends else ""))
    rows = _leading_correlations(findings)
    if rows:
        most = max(rows, key=lambda row: abs(row["r"]))
        ends = interval(most["r_low"], most["r_high"], missing="")
        symbol = SYMBOLS[most["method"]]
        rank = f"strongest of {len(rows)}" if _clear(most) else "not clearly different from 0"
        label = f"{symbol} with {_label(findings.totals, most['column'])}"
        found.append(Tile(bounded(most["r"]), label, ", ".join(filter(None, [rank, ends]))))
    if flagged := _flagged(findings):
        others = bool(findings.survey.provenance.get(EXCLUDED_FOR))
        kept = "kept" if others else "none left out"
        detail = f"{count(flagged)} of {count(findings.people)}, {kept}"
        share = percent(flagged / findings.people)
        found.append(Tile(share, "give a reason for doubt", detail))
    return found


def paragraphs(findings: "Findings") -> list[str]:
    """Who answered, how well it was measured, what goes with what, couples and change, limits."""
    first = " ".join([_who(findings), *_doubts(findings)])
    second = " ".join([*_measured(findings), *_related(findings)])
    third, fourth = " ".join(_partners(findings)), " ".join(_changed(findings))
    return [text for text in (first, second, third, fourth, _limits(findings)) if text]


def _who(findings: "Findings") -> str:
    survey, ledger = findings.survey, findings.ledger
    kept = len(survey.responses)
    if ledger["before"].isna().any():
        text = f"{counted(kept, 'row')} could be analysed"
    else:
        received = int(ledger["before"].iloc[0]) if len(ledger) else kept
        text = f"Of {counted(received, 'row')} received, {count(kept)} could be analysed"
    if len(findings.waves) > 1:
        text += (
            f"; there are {len(findings.waves)} waves, and this report is about wave "
            f"{findings.wave} (n = {count(findings.people)})"
        )
    dyads = _dyads(findings)
    if dyads:
        text += f", in which both partners of {counted(dyads, 'couple')} took part"
    return f"{text}."


def _doubts(findings: "Findings") -> list[str]:
    flagged = _flagged(findings)
    if not flagged:
        return []
    share = percent(flagged / findings.people, 1)
    return [
        f"{counted(flagged, 'person', 'people')} ({share}) {'gives' if flagged == 1 else 'give'} "
        f"at least one reason for doubt, such as a failed attention item; {_left_out(findings)}."
    ]


def _left_out(findings: "Findings") -> str:
    """Whether others were left out for a flag before."""
    from detachment.validation import EXCLUDED_FOR

    if findings.survey.provenance.get(EXCLUDED_FOR):
        return "they were kept, and others were left out for theirs"
    return "nobody was left out"


def _flagged(findings: "Findings") -> int:
    """People of the wave with at least one flag; 0 also where that cannot be told."""
    from detachment.scoring import in_wave

    survey = findings.survey
    rows = survey.responses.index[in_wave(survey, findings.wave)]
    flagged = int(rows.isin(survey.flags["row"]).sum())
    of_one = survey.flags[survey.flags["row"].isin(rows)].groupby("flag")["row"].nunique()
    few = (is_few(int(n), findings.minimum, of=findings.people) for n in [flagged, *of_one])
    return 0 if any(few) else flagged


def _measured(findings: "Findings") -> list[str]:
    row = _leading_scale(findings)
    if row is None:
        return []
    label = _label(findings.reliability, row["scale"])
    ends = interval(row["alpha_low"], row["alpha_high"], missing="")
    parts = f"α = {bounded(row['alpha'])}" + (f", 95% CI {ends}" if ends else "")
    if row["omega_total"] is not None:
        parts += f", ω = {bounded(row['omega_total'])}"
    text = f"the reliability of its {counted(row['n_items'], 'item')} was {parts}"
    scores = findings.tables.get("scores")
    if scores is not None:
        of_scale = scores.data[scores.data["scale"] == row["scale"]]
        if len(of_scale) and not isinstance(of_scale["mean"].iloc[0], str):
            mean, sd = of_scale["mean"].iloc[0], of_scale["sd"].iloc[0]
            return [f"Scores on {label} averaged M = {number(mean)} (SD = {number(sd)}); {text}."]
    return [f"{label}: {text}."]


def _related(findings: "Findings") -> list[str]:
    rows = _leading_correlations(findings)
    if not rows:
        return []
    subject = _label(findings.totals, rows[0]["row"])
    ordered = sorted(rows, key=lambda row: -abs(round(row["r"], 6)))
    clear = [row for row in ordered if _clear(row)]
    others = [row for row in ordered if not _clear(row)]
    sentences = []
    if clear:
        sentences.append(f"{subject} was associated with {_numbers(findings, clear)}.")
    if others:
        verb = "It was" if clear else f"{subject} was"
        sentences.append(f"{verb} not clearly associated with {_numbers(findings, others)}.")
    return [*sentences, *_expectations(findings, rows)]


def _clear(row: dict[str, Any]) -> bool:
    """Whether an association stands out from none, after adjustment."""
    return _p(row)[1] is not None and bool(_p(row)[1] < CLEAR)


def _numbers(findings: "Findings", rows: list[dict[str, Any]]) -> str:
    """What the leading score was crossed with, each with its numbers, as one list."""
    tiny = all(_p(row)[1] is not None and _p(row)[1] < 0.001 for row in rows)
    parts = []
    for row in rows:
        symbol = SYMBOLS[row["method"]]
        numbers = f"{symbol} = {bounded(row['r'])}"
        if ends := interval(row["r_low"], row["r_high"], missing=""):
            numbers += f" {ends}"
        which, p = _p(row)
        if p is not None and not tiny:
            numbers += f", {which}{p_statement(p)}"
        parts.append(f"{_label(findings.totals, row['column'])} ({numbers})")
    text = listing(parts)
    return f"{text}; {'every ' if len(rows) > 1 else ''}{_p(rows[0])[0]}p < .001" if tiny else text


def _p(row: dict[str, Any]) -> tuple[str, Any]:
    """The p value that counts: adjusted where there is one."""
    if row["p_adjusted"] is not None and row["adjust"] != "none":
        return "adjusted ", row["p_adjusted"]
    return "", row["p"]


def _expectations(findings: "Findings", rows: list[dict[str, Any]]) -> list[str]:
    """Whether the clear associations have the sign that the instrument expects."""
    expected = [row for row in rows if row["expected_sign"] and _clear(row)]
    against = [row for row in expected if (row["r"] < 0) != (row["expected_sign"] == "-")]
    if against:
        names = listing(_label(findings.totals, row["column"]) for row in against)
        return [
            f"Against expectation in sign: {names}. Check how these items are keyed before "
            "anything else is made of it."
        ]
    if not expected:
        return []
    if len(expected) < len(rows):
        return ["Those that stand out have the expected sign."]
    many = {1: "It has", 2: "Both have"}.get(len(expected), f"All {len(expected)} have")
    return [f"{many} the expected sign."]


def _partners(findings: "Findings") -> list[str]:
    """How alike partners are, whether roles tell them apart, and the effects of both scores."""
    from detachment.reports._couples import leading_model

    couples = findings.couples
    if couples is None:
        return []
    said = []
    alike = [row for row in _records(couples.similarity) if row["icc"] is not None]
    if alike:
        first = [row for row in alike if row["scale"] == alike[0]["scale"]]
        row = max(first, key=lambda row: int(row["n"]))
        ends = interval(row["icc_low"], row["icc_high"], missing="")
        clear = row["icc_low"] is not None and row["icc_low"] > 0
        label = couples.similarity.label(row["scale"])
        said.append(
            f"Partners {'resemble' if clear else 'do not clearly resemble'} each other in {label} "
            f"(ICC = {bounded(row['icc'])}{f', 95% CI {ends}' if ends else ''}, n = "
            f"{counted(int(row['n']), 'couple')})."
        )
    model = leading_model(couples.models)
    if model is not None:
        said.append(_effects(model, couples.models))
    return said


def _effects(model: "ActorPartner", models: "Sequence[ActorPartner]") -> str:
    """Actor and partner effects of one outcome, and the test that led to the model."""
    rows = _records(model)
    outcome, n = model.label(rows[0]["outcome"]), max(int(row["n"]) for row in rows)
    shared = rows[0]["role"] == "both"
    tests = {row["test"]: row for row in model.parts["distinguishability"].to_dict("records")}
    test = ""
    if (every := tests.get("omnibus")) is not None and every["p"] == every["p"]:
        test = f" (χ²({count(every['df'])}) = {number(every['chi2'])}, {p_statement(every['p'])})"
    if shared and test:
        head = f"Roles do not clearly tell partners apart in {outcome}{test}, and share effects. "
    elif shared:
        head = ""
    else:
        apart = sum(set(one.table["role"]) != {"both"} for one in models)
        first = "first of all " if apart > 1 else ""
        head = (
            f"Roles tell partners apart in {apart} of {counted(len(models), 'outcome')}, {first}"
            f"{outcome}{test}. "
        )
    effects = {}
    for kind in ("actor", "partner"):
        given = [row for row in rows if row["effect"] == kind and row["estimate"] is not None]
        effects[kind] = listing(
            f"{number(row['estimate'])} {interval(row['low'], row['high'], can_exceed_one=True)}"
            + ("" if shared else f" for {row['role']}")
            for row in given
        )
    many = "" if shared else "s"
    return (
        f"{head}{outcome} is associated with one's own score by b = {effects['actor']} (actor "
        f"effect{many}), and with the partner's by b = {effects['partner']} (partner "
        f"effect{many}; 95% CIs, n = {counted(n, 'couple')})."
    )


def _changed(findings: "Findings") -> list[str]:
    """How the leading score changed, arm by arm, and against the control arm."""
    from detachment.estimates.change import NO_EFFECT

    result = findings.change
    if result is None:
        return []
    scale = result.table["scale"].iloc[0]
    rows = [row for row in _records(result) if row["scale"] == scale]
    rows = [row for row in rows if row["difference"] is not None]
    if not rows:
        return []
    several = len(rows) > 1
    arms = listing(
        f"{number(row['difference'])} "
        f"{interval(row['low'], row['high'], can_exceed_one=True)} "
        + (f"in {row['arm']} (n = {count(row['n'])})" if several else f"(n = {count(row['n'])})")
        for row in rows
    )
    text = (
        f"From wave {result.call['first']} to wave {result.call['last']}, {result.label(scale)} "
        f"changed by {arms}"
    )
    compared = result.parts.get("comparison")
    every = [] if compared is None else compared.to_dict("records")
    of_scale = [row for row in every if row["scale"] == scale and row["method"] == "ancova"]
    against = [row for row in of_scale if row["difference"] == row["difference"]]
    if not against:
        return [f"{text}.", *([] if every else [NO_EFFECT])]
    gaps = listing(
        f"{row['arm']} and {row['reference']} differ by {number(row['difference'])}, 95% CI "
        f"{interval(row['low'], row['high'], can_exceed_one=True)}, {p_statement(row['p'])}"
        for row in against
    )
    return [f"{text}; with equal first scores, {gaps} (ANCOVA)."]


def _limits(findings: "Findings") -> str:
    said = [
        "These are self-reports: associations do not say what causes what, and no score here is a "
        "diagnosis."
    ]
    if _dyads(findings):
        said.append(
            "Partners belong together: intervals and p values count couples, not single people."
        )
    if findings.survey.instrument.status == DRAFT:
        said.append(
            "The instrument is an unvalidated draft without norms or cut-offs, so its scores "
            "describe this sample only."
        )
    return " ".join(said)


def _records(result: "Result | None") -> list[dict[str, Any]]:
    from detachment.estimates import records

    return [] if result is None else records(result.table)


def _label(result: "Result | None", name: str) -> str:
    return name if result is None else result.label(name)


def _leading_scale(findings: "Findings") -> dict[str, Any] | None:
    """The scale that the report leads with: the signs, else the first one with a coefficient."""
    given = [row for row in _records(findings.reliability) if row["alpha"] is not None]
    roles = {scale.id: scale.role for scale in findings.present}
    signs = [row for row in given if roles.get(row["scale"]) == "sign"]
    return next(iter([*signs, *given]), None)


def _leading_correlations(findings: "Findings") -> list[dict[str, Any]]:
    """Correlations of the first score that the instrument crosses."""
    rows = [row for row in _records(findings.totals) if row["r"] is not None]
    return [row for row in rows if row["row"] == rows[0]["row"]]


def _dyads(findings: "Findings") -> int:
    """Couples of whom both took part in the wave; 0 also where that cannot be told."""
    from detachment.scoring import in_wave

    survey = findings.survey
    column = next(iter(survey.instrument.columns_with_role("dyad_id")), None)
    if column is None or column.id not in survey.responses:
        return 0
    dyads = survey.responses.loc[in_wave(survey, findings.wave), column.id].dropna()
    both = int((dyads.value_counts() == 2).sum())
    few = is_few(both, findings.minimum) or is_few(2 * both, findings.minimum, of=findings.people)
    return 0 if few else both
