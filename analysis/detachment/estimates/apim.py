"""The actor-partner model: what goes with one's own answers, and what with the partner's.

Which of its two forms is right is asked of the data first: do means, variances and covariances
know which partner is which? Then one model by maximum likelihood, with every dyad that has an
answer; what it implies is put beside it with its interval.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from detachment.errors import Refusal, SurveyError, UsageError, check_word
from detachment.estimates._actor_partner import (
    BOTH,
    METHODS,
    MISSING,
    TESTS,
    Layout,
    Method,
    Missing,
    View,
    check_numbers,
    constraints,
    solve,
)
from detachment.estimates._couples import KINDS, Couples, Kind, take_couples
from detachment.estimates._dyadic_models import dyadic_answer
from detachment.estimates._dyadic_parts import COLUMNS as DYADIC_COLUMNS
from detachment.estimates._dyadic_parts import DYADIC_KINDS, DyadicKind, DyadicModel
from detachment.estimates._mediation_words import NOT_CAUSAL
from detachment.estimates._overlap import overlap_notes
from detachment.estimates._result import Result, make_table, records, rounded
from detachment.estimates._scales import (
    check_boot,
    check_confidence,
    check_rng,
    emit,
    masked_notes,
    plain,
    provenance,
)
from detachment.estimates._sentences import NO_CAUSE, aside, by_chance, likely_more, more, not_given
from detachment.estimates._study import Selector
from detachment.stats.apim import APIM_EQUAL, apim_bootstrap
from detachment.stats.dyads import (
    EXCHANGEABILITY,
    ExchangeabilityTests,
    moments_exchangeable,
)
from detachment.text import (
    bounded,
    capital,
    count,
    counted,
    interval,
    level,
    listing,
    number,
    p_statement,
)
from detachment.validation import Survey

_EFFECT = {
    "role": "str",
    "effect": "str",
    "predictor": "str",
    "estimate": "float64",
    "se": "float64",
    "low": "float64",
    "high": "float64",
    "z": "float64",
    "p": "float64",
    "std": "float64",
    "std_low": "float64",
    "std_high": "float64",
    "n": "Int64",
    "reason": "str",
}
COLUMNS = {"outcome": "str", **_EFFECT}
_CONTRASTS = {"role": "str", "contrast": "str", "estimate": "float64", "se": "float64",
              "low": "float64", "high": "float64", "z": "float64", "p": "float64"}  # fmt: skip
_K = {"role": "str", "k": "float64", "low": "float64", "high": "float64", "n_boot": "Int64",
      "failed": "float64", "pattern": "str", "reason": "str"}  # fmt: skip
_ROLES = {"role": "str", "dyads": "Int64", "mean_predictor": "float64", "sd_predictor": "float64",
          "mean_outcome": "float64", "sd_outcome": "float64", "intercept": "float64",
          "residual_sd": "float64", "r2": "float64"}  # fmt: skip
_RESIDUAL = {"residual_r": "float64", "se": "float64", "low": "float64", "high": "float64",
             "p": "float64", "predictor_r": "float64"}  # fmt: skip
_PARAMETERS = {"lhs": "str", "op": "str", "rhs": "str", "label": "str", "estimate": "float64",
               "se": "float64", "low": "float64", "high": "float64", "z": "float64",
               "p": "float64", "std_all": "float64"}  # fmt: skip
_WHAT = {
    "omnibus": "all of these (could partners change places?)",
    "means": "equal means",
    "variances": "equal variances",
    "covariances_within": "equal covariances within a person",
    "covariances_between": "equal covariances between partners",
    "actor": "equal actor effects",
    "partner": "equal partner effects",
    "slopes": "equal actor and equal partner effects",
}
_UNADJUSTED = "p values are not adjusted for one another."
_FEW = 50
_LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ActorPartner(Result):
    """Actor and partner effects, one row an effect on the outcome of a role.

    Attributes
    ----------
    distinguishable
        Whether roles have effects of their own; else both partners share one row.
    roles
        What the partners are called.
    """

    distinguishable: bool = field(default=True)
    roles: tuple[str, str] = field(default=("", ""))

    def _plain(self) -> Iterable[str]:
        dyads = counted(int(self.table["n"].iloc[0]), "couple")
        yield f"Answers of couples, both partners together (n = {dyads})."
        for row in self.table.to_dict(orient="records"):
            own, other = self._people(row["role"])
            own = "one's own" if row["role"] == BOTH else own
            whose = own if row["effect"] == "actor" else other
            predictor = f"{whose} {self.named(row['predictor'])}"
            outcome = f"{own} {self.named(row['outcome'])}"
            if np.isnan(row["estimate"]):
                yield not_given(capital(f"{predictor} and {outcome}"), row["reason"])
                continue
            tail = aside(likely_more(row["low"], row["high"]), by_chance(row["p"]))
            yield (
                f"For each point more in {predictor}, {outcome} is {more(row['estimate'])} on "
                f"average{tail}."
            )

    def _meaning(self) -> Iterable[str]:
        yield (
            "Each number is among people whose other partner answered the same to the first "
            "question: what goes with one's own answers is kept apart from what goes with the "
            "partner's."
        )
        yield NO_CAUSE

    def _apa(self) -> Iterable[str]:
        said = [self._first()]
        said += [self._sentence(row) for row in self.table.to_dict(orient="records")]
        said += [self._ratio(row) for row in self.parts["k"].to_dict(orient="records")]
        residual = self.parts["residual"].to_dict(orient="records")[0]
        if not np.isnan(residual["residual_r"]):
            said.append(
                "What the predictors leave of the two outcomes correlates r = "
                f"{bounded(residual['residual_r'])} "
                f"{interval(residual['low'], residual['high'])}, {p_statement(residual['p'])}."
            )
        return said

    def _first(self) -> str:
        tests = {row["test"]: row for row in self.parts["distinguishability"].to_dict("records")}
        n = f"n = {counted(int(self.table['n'].iloc[0]), 'dyad')}"
        form = "distinguishable" if self.distinguishable else "indistinguishable"
        if "omnibus" not in tests or np.isnan(tests["omnibus"]["p"]):
            return f"Actor-partner model of {n}, partners {form}."
        return (
            f"Actor-partner model of {n}, partners {form}; test of distinguishability: "
            f"{_chi2(tests['omnibus'])}."
        )

    def _sentence(self, row: Mapping[Any, Any]) -> str:
        own, other = self._people(row["role"])
        whose = own if row["effect"] == "actor" else other
        head = f"{row['effect'].capitalize()} effect ({whose} {self.named(row['predictor'])} on "
        head += f"{own} {self.named(row['outcome'])})"
        if np.isnan(row["estimate"]):
            return f"{head}: nothing is given; {row['reason']}."
        sure = level(self.call["confidence"])
        ends = interval(row["low"], row["high"], can_exceed_one=True)
        return (
            f"{head}: b = {number(row['estimate'])}, {sure} CI {ends}, {p_statement(row['p'])}, "
            f"standardized {number(row['std'])}."
        )

    def _ratio(self, row: Mapping[Any, Any]) -> str:
        of = "" if row["role"] == BOTH else f" ({row['role']})"
        if np.isnan(row["k"]):
            return f"k = partner / actor effect{of} is not given: {row['reason']}."
        ends = interval(row["low"], row["high"], can_exceed_one=True)
        sure = level(self.call["confidence"])
        if np.isnan(row["low"]):
            return f"k = partner / actor effect{of} = {number(row['k'])}; {row['reason']}."
        return (
            f"k = partner / actor effect{of} = {number(row['k'])}, {sure} bootstrap CI {ends}: "
            f"{row['pattern']}."
        )

    def _people(self, role: str) -> tuple[str, str]:
        """Whose outcome it is, and the other one."""
        if role == BOTH:
            return "own", "the partner's"
        other = self.roles[1 - self.roles.index(role)]
        return f"{role}'s", f"{other}'s"

    def display(self) -> pd.DataFrame:
        """The table as people read it: labels, rounded numbers as text."""
        return _shown(self, self.table.drop(columns="outcome"))

    def display_parts(self) -> dict[str, pd.DataFrame]:
        """Titles and tables of the parts, without the full list of parameters."""
        return {
            _TITLES.get(name, name.capitalize()): self.display_part(name)
            for name, part in self.parts.items()
            if not part.empty and name != "parameters"
        }

    def display_part(self, name: str) -> pd.DataFrame:
        """One of the parts as people read it."""
        part = self.parts[name]
        if name == "controls":
            return _shown(self, part.drop(columns="outcome"))
        if "test" in part:
            part = part.assign(test=part["test"].map(_WHAT))
        if "rows" in part:
            part = part.drop(columns="finding")
        if "failed" in part:
            part = part.drop(columns="failed")
        if "reason" in part and not (part["reason"] != "").any():
            part = part.drop(columns="reason")
        frame = rounded(part).rename(columns={"Used": "Usable"})  # the kind is chosen later
        if "Low" in frame:
            exceeds = name != "residual"
            ends = [
                interval(*pair, 3, can_exceed_one=exceeds)
                for pair in zip(part["low"], part["high"], strict=True)
            ]
            at = list(frame).index("Low")
            frame = frame.drop(columns=["Low", "High"])
            frame.insert(at, f"{level(self.call['confidence'])} CI", ends)
        return frame


_TITLES = {
    "pairing": "Pairing of all dyads, before some are chosen",
    "distinguishability": "Tests of distinguishability",
    "constraints": "Constraints of the model",
    "contrasts": "Contrasts of effects",
    "k": "k: partner effect / actor effect",
    "roles": "Roles",
    "residual": "Correlation of partners",
}


def _shown(result: Result, table: pd.DataFrame) -> pd.DataFrame:
    sure = level(result.call["confidence"])
    ends = zip(table["low"], table["high"], strict=True)
    std = zip(table["std_low"], table["std_high"], strict=True)
    return pd.DataFrame(
        {
            "Outcome of": table["role"],
            "Effect": table["effect"],
            "Predictor": table["predictor"].map(result.label),
            "b": table["estimate"].map(lambda v: number(v, 3)),
            "SE": table["se"].map(lambda v: number(v, 3)),
            f"{sure} CI": [interval(*pair, 3, can_exceed_one=True) for pair in ends],
            "p": rounded(table[["p"]])["p"],
            "Standardized": table["std"].map(lambda v: number(v, 3)),
            f"{sure} CI of std.": [interval(*pair, 3, can_exceed_one=True) for pair in std],
            "Dyads": table["n"].map(count),
        }
    )


def apim(
    data: Survey | pd.DataFrame,
    *,
    predictor: Selector,
    outcome: Selector,
    mediator: Selector | None = None,
    model: DyadicKind = "actor_partner",
    controls: Selector | Sequence[Sequence[str]] | None = None,
    dyads: Kind | None = None,
    distinguishable: bool | None = None,
    method: Method = "ML",
    missing: Missing = "fiml",
    n_boot: int = 5000,
    confidence: float = 0.95,
    rng: int | np.random.Generator = 1,
    each_test: bool = True,
    dyad: str | None = None,
    role: str | None = None,
    respondent: str | None = None,
    wave: int | str | None = None,
    reverse: Sequence[str] = (),
    values: Sequence[float] | None = None,
) -> ActorPartner | DyadicModel:
    """Actor and partner effects of a predictor on an outcome of both partners of a dyad.

    With a mediator, what of them goes through the mediators of both partners; or another model of
    the same variables: what partners share (common fate), or outcomes that act on one another
    (mutual influence).

    Parameters
    ----------
    data
        A survey with a column of the role ``dyad_id``; or a plain table: long, with ``dyad=`` (and
        ``role=``) naming its columns, or wide with one row a dyad, where each variable is a pair of
        columns.
    predictor, outcome
        One variable each: a scale's id, an item, a metadata column; of a wide table a pair such as
        ``["x_1", "x_2"]``.
    mediator
        One variable of both partners, through which effects may go: the actor-partner
        interdependence mediation model.
    model
        ``actor_partner``. ``common_fate``: what partners share in predictor and outcome are two
        latent variables of the couple. ``mutual_influence``: each partner's outcome depends on the
        own predictor and on the other's outcome, which takes partner effects of the predictor to
        be 0. The last two take neither controls nor a mediator.
    controls
        Variables that are held constant, own and partner's; one that never differs within a dyad
        counts once. Of a wide table a list of pairs and of single columns.
    dyads
        Which dyads. ``distinguishable``: partners with two roles that are not declared arbitrary.
        ``indistinguishable``: the others. ``all``: every one, as if indistinguishable if some are.
        By default the kind of which there are more, and all when ``distinguishable=False``.
    distinguishable
        Whether roles have effects of their own. By default what the test of distinguishability
        says at .05, where roles are known; the result names both the test and the choice.
    method
        ``ML`` (normal theory), or ``MLR``: standard errors and tests that allow for answers that
        are not normal.
    missing
        ``fiml``: maximum likelihood from every dyad with any answer, so that dyads of whom one
        partner answered count for what they are worth. ``listwise``: complete dyads only.
    n_boot
        Bootstrap samples of dyads for the interval of k, or of effects through a mediator; 0 for
        none.
    confidence
        Level of the intervals.
    rng
        Seed or generator of the bootstrap; nothing else is random.
    each_test
        Whether what the roles may share is also tested part by part (means, variances, ...; actor
        effects, partner effects), and not only at once; it takes a while.
    dyad, role, respondent
        Columns of a plain table; for a survey the instrument says which they are. A column called
        ``role_is_arbitrary`` is taken at its word.
    wave
        Which wave; the first by default.
    reverse, values
        For a plain table with one row a person: columns to reverse, lowest and highest answer.

    Returns
    -------
    ActorPartner
        One row an effect: ``outcome, role, effect, predictor, estimate, se, low, high, z, p, std,
        std_low, std_high, n, reason``; ``role`` is the one whose outcome it is. Standardized
        effects are in standard deviations pooled over both roles, so that roles can be compared.
        Parts: ``pairing``; ``distinguishability`` (before the choice); ``constraints`` (roles with
        the same effects); ``contrasts`` (of effects, with intervals); ``k``; ``controls``;
        ``roles`` (means, R squared); ``residual`` (correlation of what is left); ``parameters``
        (all of the model, as lavaan lists them).

        With a mediator or another model a :class:`DyadicModel`: ``outcome, role, effect, predictor,
        estimate, se, low, high, interval, z, p, std, n, reason``, with parts ``pairing``,
        ``distinguishability``, ``fit``, ``parameters`` and those of the model: ``paths``;
        ``couple`` and ``within_person``; ``instruments`` and ``loop``. Effects through a mediator
        have bootstrap intervals.

    Raises
    ------
    Refusal
        When roles that are arbitrary, or unknown, are to have effects of their own.
    SurveyError
        When no dyad is complete, a variable does not vary, variables follow from one another, or
        dyads are too few.
    UsageError
        When a word is unknown.

    Warns
    -----
    DataWarning
        Answers off their scale, keys in doubt, few dyads.

    References
    ----------
    Kenny, D. A., Kashy, D. A., & Cook, W. L. (2006). *Dyadic Data Analysis*. Kenny, D. A., &
    Ledermann, T. (2010). *Journal of Family Psychology, 24*, 359-366. Olsen, J. A., & Kenny, D. A.
    (2006). *Psychological Methods, 11*, 127-141. Ledermann, T., Macho, S., & Kenny, D. A. (2011).
    *Structural Equation Modeling, 18*, 595-612 (mediation). Ledermann, T., & Kenny, D. A. (2012).
    *Journal of Family Psychology, 26*, 140-148 (common fate). Kenny, D. A. (1996). *Journal of
    Social and Personal Relationships, 13*, 279-294 (mutual influence).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(200, 2))
    >>> y = x @ [[0.6, 0.0], [0.1, 0.3]] + [0.5, 0] + rng.normal(size=(200, 2))
    >>> wide = pd.DataFrame(np.hstack([x, y]), columns=["x_a", "x_b", "y_a", "y_b"])
    >>> result = apim(wide, predictor=["x_a", "x_b"], outcome=["y_a", "y_b"], n_boot=0)
    >>> result.table[["role", "effect", "estimate"]].round(2).to_dict("list")["estimate"]
    [0.66, 0.02, 0.4, 0.14]
    """
    check_confidence(confidence)
    check_word("method", method, METHODS)
    check_word("model", model, DYADIC_KINDS)
    _check_model(model, mediator, controls)
    check_word("missing", missing, MISSING)
    if dyads is not None:
        check_word("dyads", dyads, KINDS)
    check_boot(n_boot)
    rng = check_rng(rng)
    every = take_couples(
        data,
        measures={
            "predictor": predictor,
            "outcome": outcome,
            "mediator": mediator,
            "controls": controls,
        },
        columns={"dyad": dyad, "role": role, "respondent": respondent},
        wave=wave,
        missing="listwise" if missing == "listwise" else "em",
        reverse=reverse,
        values=values,
    )
    study = every.study
    _check_variables(every)
    kind = _choose_dyads(every, dyads, distinguishable)
    couples = every.of_kind(kind)
    known_roles = not bool(couples.arbitrary.any())
    layout = Layout.of(couples, missing)
    emit(study.warnings)
    check_numbers(couples, layout)

    tests = _no_tests(layout)
    if known_roles:
        tests = moments_exchangeable(
            layout.sample,
            layout.n_pairs,
            robust=method == "MLR",
            parts=EXCHANGEABILITY if each_test else ("omnibus",),
        )
    plainly = mediator is None and model == "actor_partner"
    free = solve(layout, method, ()) if known_roles and plainly else None
    equal = make_table([], TESTS)
    if free is not None:
        equal = constraints(layout, method, free, each=each_test)
    asked = distinguishable
    if distinguishable is None:
        p = tests.p[0]
        distinguishable = known_roles and not p >= _LEVEL
    roles = couples.roles if known_roles else ("", "")
    few = _doubts(layout)
    emit(few)
    focal = study.one("predictor"), study.one("outcome")
    between = [study.one("mediator")] if mediator is not None else []
    before = {
        "pairing": every.pairing,
        "distinguishability": _test_table(tests, known_roles, each_test),
    }
    notes = (
        *study.notes,
        *every.notes,
        *_kind_note(every, kind, dyads),
        *_choice_note(tests, equal, known_roles, distinguishable, asked, couples),
        *_used_note(layout, missing),
        *masked_notes(study.sample, [part.scale for part in study.prepared.values()]),
        *overlap_notes(
            [
                focal,
                *((m, one) for m in between for one in focal),
                *((m, focal[1]) for m in study.measures["controls"]),
            ]
        ),
    )
    call = {
        "verb": "apim",
        "predictor": plain(predictor),
        "outcome": plain(outcome),
        "mediator": plain(mediator),
        "model": model,
        "controls": None if controls is None else [str(m) for m in _names(controls)],
        "dyads": kind,
        "distinguishable": distinguishable,
        "method": method,
        "missing": missing,
        "n_boot": n_boot,
        "confidence": confidence,
        "rng": rng if isinstance(rng, int) else "Generator",
        "wave": wave,
    }
    said = [*study.sample.reader_warnings, *study.warnings, *few]
    if not plainly:
        name, found = dyadic_answer(
            layout, model, roles=roles, exchangeable=not distinguishable, method=method,
            confidence=confidence, n_boot=n_boot, rng=rng,
        )  # fmt: skip
        emit(found.warnings)
        return DyadicModel(
            table=make_table(found.rows, DYADIC_COLUMNS),
            parts={**before, **found.parts},
            name=name,
            caution=NOT_CAUSAL if between else "",
            distinguishable=distinguishable,
            roles=roles,
            notes=(*notes, *found.notes, _method_note(method), _UNADJUSTED),
            call=call,
            warnings=tuple(dict.fromkeys([*said, *found.warnings])),
            labels=study.labels,
            **provenance(study.sample, layout.people),
        )
    solved = (
        free
        if free is not None and distinguishable
        else solve(layout, method, () if distinguishable else APIM_EQUAL)
    )
    if solved.wrong:
        raise SurveyError(f"The actor-partner model has no proper solution: {solved.wrong[0]}.")
    view = View(couples, layout, solved, distinguishable, roles, confidence)
    rows = view.effects()
    boot = None
    if n_boot:
        boot = apim_bootstrap(
            layout.x, layout.n_pairs, exchangeable=not distinguishable, n_boot=n_boot, rng=rng
        )
    return ActorPartner(
        table=make_table([row for row in rows if row["focal"]], COLUMNS),
        parts={
            **before,
            "constraints": equal,
            "contrasts": make_table(view.contrasts(), _CONTRASTS),
            "k": make_table(view.ratios(boot, rows), _K),
            "controls": make_table([row for row in rows if not row["focal"]], COLUMNS),
            "roles": make_table(view.of_roles(), _ROLES),
            "residual": make_table([view.residual()], _RESIDUAL),
            "parameters": make_table(view.parameters(), _PARAMETERS),
        },
        distinguishable=distinguishable,
        roles=roles,
        notes=(*notes, *_notes(layout, method, missing, distinguishable, n_boot)),
        call=call,
        warnings=tuple(dict.fromkeys(said)),
        labels=study.labels,
        **provenance(study.sample, layout.people),
    )


def _names(given: Selector | Sequence[Sequence[str]]) -> list[str]:
    return [given] if isinstance(given, str) else [
        one if isinstance(one, str) else " / ".join(one) for one in given
    ]  # fmt: skip


def _check_model(
    model: DyadicKind,
    mediator: Selector | None,
    controls: Selector | Sequence[Sequence[str]] | None,
) -> None:
    """Refuse options that a model does not take."""
    if model == "actor_partner":
        return
    if mediator is not None:
        raise UsageError(f"model={model!r} takes no mediator; leave the model or the mediator out.")
    if controls:
        raise UsageError(
            f"model={model!r} takes no controls: nothing is left to identify their paths by."
            if model == "mutual_influence"
            else f"model={model!r} takes no controls."
        )


def _check_variables(couples: Couples) -> None:
    study = couples.study
    focal = study.one("predictor"), study.one("outcome")
    if focal[0].id == focal[1].id:
        raise UsageError(f"predictor and outcome are the same variable, {focal[0].id}.")
    if study.measures["mediator"]:
        mediator = study.one("mediator")
        if mediator.id in (focal[0].id, focal[1].id):
            raise UsageError(f"{mediator.id} cannot be the mediator: it is predictor or outcome.")
    taken = [study.one(option).id for option in ("predictor", "outcome")]
    taken += [measure.id for measure in study.measures["mediator"]]
    for control in study.measures["controls"]:
        if control.id in taken:
            raise UsageError(
                f"{control.id} cannot be a control: it is predictor, mediator or outcome."
            )


def _choose_dyads(couples: Couples, dyads: Kind | None, distinguishable: bool | None) -> Kind:
    """Which dyads, and a refusal where arbitrary roles are to have effects of their own."""
    kinds = couples.kinds
    if distinguishable and (
        "distinguishable" not in kinds or (dyads in KINDS[1:] and "indistinguishable" in kinds)
    ):
        n = counted(kinds.get("indistinguishable", 0), "dyad")
        ask = (
            'dyads="distinguishable" (--dyads distinguishable) for the others, or '
            if "distinguishable" in kinds
            else ""
        )
        raise Refusal(
            f"In {n} it means nothing which partner is which (their roles are declared arbitrary, "
            "are the same, or are not known), so that roles have no effects of their own: the "
            "numbers would change if partners were listed the other way round. Ask for "
            f"{ask}distinguishable=False (--indistinguishable), which gives one actor and one "
            "partner effect."
        )
    if distinguishable:
        return "distinguishable"
    if dyads is not None:
        if dyads != "all" and dyads not in kinds:
            there = listing(f"{kind} ({n})" for kind, n in kinds.items())
            raise SurveyError(
                f"There are no complete {dyads} dyads in these rows; there are: {there}."
            )
        return dyads
    if distinguishable is False:
        return "all"
    return max(kinds, key=lambda kind: kinds[kind])


def _no_tests(layout: Layout) -> ExchangeabilityTests:
    nothing = np.full(len(EXCHANGEABILITY), np.nan)
    return ExchangeabilityTests(chi2=nothing, df=nothing, p=nothing, n=len(layout.x))


def _test_table(tests: ExchangeabilityTests, known: bool, each_test: bool) -> pd.DataFrame:
    if not known:
        why = "roles are arbitrary, the same, or not known: there is nothing to tell partners by"
        rows: list[dict[str, Any]] = [{"test": "omnibus", "n": tests.n, "reason": why}]
    else:
        rows = [
            {"test": part, "chi2": chi2, "df": df, "p": p, "n": tests.n,
             "reason": "" if np.isfinite(chi2) else "the constrained moments were not found"}
            for part, chi2, df, p in
            zip(EXCHANGEABILITY, tests.chi2, tests.df, tests.p, strict=True)
            if each_test or part == "omnibus"
        ]  # fmt: skip
    return make_table(rows, TESTS)


def _chi2(row: Mapping[Any, Any]) -> str:
    return f"χ²({count(row['df'])}) = {number(row['chi2'])}, {p_statement(row['p'])}"


def _kind_note(couples: Couples, kind: Kind, asked: Kind | None) -> tuple[str, ...]:
    """Which dyads were taken, where there are two kinds."""
    kinds = couples.kinds
    if len(kinds) < 2:
        return ()
    there = listing(f"{n} {name}" for name, n in kinds.items())
    if kind == "all":
        return (f"All dyads ({there}), as if none were distinguishable.",)
    other = next(name for name in kinds if name != kind)
    why = "as asked" if asked is not None else "the kind of which there are more"
    return (
        f"These are the {kind} dyads ({kinds[kind]} complete; {why}); the {other} ones "
        f"({kinds[other]} complete) are not among them. Ask for them with --dyads {other} or all "
        f'(dyads="{other}" in Python).',
    )


def _choice_note(
    tests: ExchangeabilityTests,
    equal: pd.DataFrame,
    known: bool,
    distinguishable: bool,
    asked: bool | None,
    couples: Couples,
) -> tuple[str, ...]:
    """What the test of distinguishability says, and what was made of it."""
    if not known:
        return (
            "Partners are indistinguishable: no role tells them apart, so that there is one actor "
            "and one partner effect, and means, variances and residuals are those of both.",
        )
    omnibus = {"chi2": tests.chi2[0], "df": tests.df[0], "p": tests.p[0]}
    said = (
        "The test of distinguishability (equal means, variances and covariances of "
        f"{listing(couples.roles)}): {_chi2(omnibus)}"
    )
    slopes = next((row for row in records(equal) if row["test"] == "slopes"), None)
    if slopes is not None:
        said += f"; of equal effects alone: {_chi2(slopes)}"
    said += ". "
    if asked is not None:
        form = "distinguishable" if asked else "indistinguishable"
        return (f"{said}Partners are {form} here because that was asked for.",)
    if distinguishable:
        return (f"{said}Roles therefore have effects of their own.",)
    differ = slopes is not None and slopes["p"] is not None and slopes["p"] < _LEVEL
    yet = "Yet by the second the effects differ" if differ else "That is no proof that none differs"
    return (
        f"{said}By the first, roles share their effects here. {yet}: --distinguishable "
        "(distinguishable=True in Python) gives each role its own.",
    )


def _used_note(layout: Layout, missing: Missing) -> tuple[str, ...]:
    said = []
    if layout.incomplete:
        dyads = counted(layout.incomplete, "dyad")
        if missing == "fiml":
            said.append(
                f"{counted(layout.complete, 'dyad')} with every value and {dyads} with some (one "
                "partner only, or a value missing) are used: full-information maximum likelihood, "
                "as if answers were normal and missing at random."
            )
        else:
            said.append(
                f"{dyads} with a missing value {'is' if layout.incomplete == 1 else 'are'} left "
                'out (listwise); missing="fiml" would use them.'
            )
    if layout.empty:
        said.append(f"{counted(layout.empty, 'dyad')} without any value left out.")
    return tuple(said)


def _method_note(method: Method) -> str:
    how = (
        "standard errors (Huber and White) and tests (Yuan and Bentler) allow for answers that are "
        "not normal"
        if method == "MLR"
        else "standard errors and tests trust normal residuals (--method MLR does not)"
    )
    return (
        f"Maximum likelihood; {how}. Partners are never taken as independent: the dyad is the unit."
    )


def _notes(
    layout: Layout, method: Method, missing: Missing, distinguishable: bool, n_boot: int
) -> tuple[str, ...]:
    said = [
        _method_note(method),
        "An actor effect is of a person's own predictor, a partner effect of the partner's; each "
        "holds the other constant. Both are associations of answers given at one time: they do not "
        "show what brings about what, and error in the predictor moves part of the actor effect "
        "into the partner effect.",
        "Standardized effects are in standard deviations "
        + ("pooled over both roles." if distinguishable else "of all partners.")
    ]  # fmt: skip
    if n_boot:
        said.append(
            f"Intervals of k are percentiles of {count(n_boot)} resamples of dyads"
            + (", each by maximum likelihood with its missing answers." if layout.incomplete
               and missing == "fiml" else ".")
        )  # fmt: skip
    said.append(_UNADJUSTED)
    controls = layout.measures[2:]
    if controls:
        said.append(
            f"Held constant: {listing(m.id for m in controls)}"
            + (" (own and partner's)." if layout.n_pairs == len(layout.measures)
               else "; what never differs within a dyad counts once, the rest for both partners.")
        )  # fmt: skip
    return tuple(said)


def _doubts(layout: Layout) -> tuple[str, ...]:
    if len(layout.x) >= _FEW:
        return ()
    return (
        f"Only {len(layout.x)} dyads: standard errors of maximum likelihood are too small, and "
        "its tests too eager, in samples of this size.",
    )
