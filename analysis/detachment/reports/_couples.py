"""What a report says of couples: how alike partners are, and what goes with whose score."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detachment.estimates import ActorPartner, DyadSimilarity, PartnerAgreement
    from detachment.tables import Table
    from detachment.validation import Survey

RESAMPLES = 1000  # of dyads, for the interval of k
Ask = Callable[[str, Callable[[], Any]], Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Couples:
    """Results about partners.

    Attributes
    ----------
    similarity
        How alike partners are, and whether roles tell them apart.
    models
        Actor-partner models of the leading score, one an outcome.
    reports
        What partners say of one another, where they were asked.
    """

    similarity: "DyadSimilarity"
    models: tuple["ActorPartner", ...]
    reports: "PartnerAgreement | None"


def complete_dyads(survey: "Survey", wave: int | str | None) -> int:
    """Couples of whom both took part in a wave; 0 where the data know of none."""
    from detachment.scoring import in_wave

    column = next(iter(survey.instrument.columns_with_role("dyad_id")), None)
    if column is None or column.id not in survey.responses:
        return 0
    dyads = survey.responses.loc[in_wave(survey, wave), column.id].dropna()
    return int((dyads.value_counts() == 2).sum())


def find_couples(
    survey: "Survey",
    scales: Sequence[str],
    outcomes: Sequence[str],
    *,
    wave: int | str | None,
    rng: int,
    ask: Ask,
) -> Couples | None:
    """Everything about partners, as far as it can be given.

    Parameters
    ----------
    survey
        With complete dyads.
    scales
        Of which similarity is told; the first one is the predictor.
    outcomes
        Of the models.
    wave, rng
        Which wave; the seed of resamples.
    ask
        Gives the answer to a question, or None and keeps the reason.
    """
    from detachment.estimates.apim import apim
    from detachment.estimates.dyads import dyads
    from detachment.estimates.partner_agreement import partner_agreement

    similarity = ask(
        "Similarity of partners",
        lambda: dyads(survey, scales=list(scales), wave=wave, each_test=False),
    )
    if similarity is None:
        return None

    def model(outcome: str) -> "ActorPartner | None":
        what = f"Actor and partner effects on {similarity.label(outcome)}"
        found: ActorPartner | None = ask(
            what,
            lambda: apim(
                survey,
                predictor=scales[0],
                outcome=outcome,
                n_boot=RESAMPLES,
                rng=rng,
                each_test=False,
                wave=wave,
            ),
        )
        return found

    models = [model(outcome) for outcome in outcomes]
    reports = None
    if any(item.form == "partner" and item.id in survey.responses
           for item in survey.instrument.items.values()):  # fmt: skip
        reports = ask(
            "Reports on the partner",
            # Whether profiles are alike by chance is a question to the verb; it takes a while.
            lambda: partner_agreement(survey, n_perm=0, rng=rng, wave=wave),
        )
    return Couples(
        similarity=similarity, models=tuple(one for one in models if one), reports=reports
    )


def leading_model(models: "Sequence[ActorPartner]") -> "ActorPartner | None":
    """The model that is drawn: the first in which it matters who is who, else the first."""
    apart = [model for model in models if set(model.table["role"]) != {"both"}]
    return next(iter([*apart, *models]), None)


def couple_tables(couples: Couples) -> "list[Table]":
    """Similarity, the tests before the choice of a model, effects, k, and partners' reports."""
    made = [_similarity_table(couples.similarity)]
    if couples.models:
        made += [_tests_table(couples.models), _effects_table(couples.models),
                 _k_table(couples.models)]  # fmt: skip
    if couples.reports is not None:
        made += _report_tables(couples.reports)
    return made


def _similarity_table(result: "DyadSimilarity") -> "Table":
    from detachment.reports._frames import as_table

    shown = result.display()
    several = shown["Dyads"].nunique() > 1
    heads = {"Scale": "Scale", "n": "Dyads", "Incomplete": "Incomplete", "ICC(1,1)": "ICC",
             "95% CI": "95% CI", "p": "p", "r": "r", "95% CI of r": "95% CI of r"}  # fmt: skip
    return as_table(
        shown.assign(Dyads=shown["Dyads"].str.capitalize() + " dyads"),
        name="partners",
        title="How Alike Partners Are",
        data=result.to_frame(),
        heads=heads,
        group="Dyads" if several else "",
        notes=(
            "Dyads = couples with the score of both partners; incomplete = with that of one. ICC = "
            "ICC(1,1), the correlation of two partners whoever comes first, with an interval by "
            "jackknife of dyads; r = Pearson's correlation of the two roles, where roles are "
            "known; CI = confidence interval.",
        ),
        probability=("p is of the F test of the ICC, two-sided, and not adjusted.",),
    )


def _tests_table(models: "Sequence[ActorPartner]") -> "Table":
    """The test of distinguishability of each model, and which model it led to."""
    import pandas as pd

    from detachment.reports._frames import as_table
    from detachment.text import count, number, p_value

    data, rows = [], []
    for model in models:
        every = model.parts["distinguishability"].set_index("test").loc["omnibus"]
        slopes = model.parts["constraints"].set_index("test").loc["slopes"] if len(
            model.parts["constraints"]) else None  # fmt: skip
        apart = set(model.table["role"]) != {"both"}
        outcome = str(model.table["outcome"].iloc[0])
        data.append(
            {
                "outcome": outcome,
                "n": every["n"],
                **{f"all_{key}": every[key] for key in ("chi2", "df", "p")},
                **{
                    f"effects_{key}": float("nan") if slopes is None else slopes[key]
                    for key in ("chi2", "df", "p")
                },
                "distinguishable": apart,
            }
        )
        row: dict[str, Any] = data[-1]
        rows.append(
            {
                "Outcome": model.label(outcome),
                "Dyads": count(row["n"]),
                **{
                    head: text
                    for kind, words in (("all", "everything"), ("effects", "effects"))
                    for head, text in (
                        (f"χ² of {words}", number(row[f"{kind}_chi2"])),
                        (f"df of {words}", count(row[f"{kind}_df"])),
                        (f"p of {words}", p_value(row[f"{kind}_p"])),
                    )
                },
                "Effects": "by role" if apart else "shared",
            }
        )
    columns = [*rows[0]]
    return as_table(
        pd.DataFrame(rows),
        name="distinguishability",
        title="Can Partners Be Told Apart? The Tests Before the Choice of a Model",
        data=pd.DataFrame(data),
        heads={
            one: one.replace(" of everything", " (all)").replace(" of effects", " (effects)")
            for one in columns
        },
        notes=(
            "All = equal means, variances and covariances of the two roles; effects = equal actor "
            "and equal partner effects alone. χ² by maximum likelihood from every dyad with an "
            "answer. Where the first p is below .05, each role has effects of its own (by role); "
            "where it is not, roles share them, and that is no proof that none differs.",
        ),
        probability=("p is not adjusted for the number of outcomes.",),
    )


def _effects_table(models: "Sequence[ActorPartner]") -> "Table":
    import pandas as pd

    from detachment.reports._frames import as_table
    from detachment.reports._words import initial

    frames = []
    for model in models:
        shown, outcome = model.display(), str(model.table["outcome"].iloc[0])
        parts = model.parts
        r2 = {str(role): value for role, value in
              parts["roles"][["role", "r2"]].itertuples(index=False)}  # fmt: skip
        shown["Effect"] = [
            f"{initial(effect)}" if role == "both" else f"{role}:\N{NO-BREAK SPACE}{effect}"
            for role, effect in model.table[["role", "effect"]].itertuples(index=False)
        ]
        shown["Outcome"] = _outcome_head(model, outcome, r2)
        frames.append(shown)
    predictor = models[0].label(str(models[0].table["predictor"].iloc[0]))
    return as_table(
        pd.concat(frames, ignore_index=True),
        name="actor-partner",
        title=f"Actor and Partner Effects of {predictor}",
        data=pd.concat([model.to_frame() for model in models], ignore_index=True),
        heads={
            "Effect": "Effect",
            "b": "b",
            "SE": "SE",
            "95% CI": "95% CI",
            "p": "p",
            "Standardized": "β",
            "95% CI of std.": "95% CI of β",
        },
        group="Outcome",
        notes=(
            "An actor effect is of a person's own score on the own outcome, a partner effect of "
            "the partner's score; each holds the other constant. A letter before an effect names "
            "the role whose outcome it is. b = raw effect; SE = its standard error; β = effect in "
            "standard deviations of all partners; CI = confidence interval; residual r = "
            "correlation of what is left of the two outcomes.",
        ),
        probability=("p values are not adjusted for one another.",),
    )


def _outcome_head(model: "ActorPartner", outcome: str, r2: dict[str, float]) -> str:
    from detachment.text import bounded, counted, listing

    both = set(r2) == {"both"}
    given = listing(
        f"R² = {bounded(value)}" + ("" if both else f" of {role}") for role, value in r2.items()
    )
    residual = bounded(float(model.parts["residual"]["residual_r"].iloc[0]))
    dyads = counted(int(model.table["n"].max()), "dyad")
    return f"{model.label(outcome)} ({dyads}; {given}; residual r = {residual})"


def _k_table(models: "Sequence[ActorPartner]") -> "Table":
    import pandas as pd

    from detachment.reports._frames import as_table

    frames, data = [], []
    for model in models:
        outcome = str(model.table["outcome"].iloc[0])
        shown = model.display_part("k")
        holds = [_short(text) for text in shown["Pattern"]]
        frames.append(shown.assign(Outcome=model.label(outcome), Pattern=holds))
        data.append(model.parts["k"].assign(outcome=outcome))
    frame = pd.concat(frames, ignore_index=True)
    several = set(frame["Role"]) != {"both"}
    return as_table(
        frame,
        name="k",
        title="k: The Partner Effect as a Share of the Actor Effect",
        data=pd.concat(data, ignore_index=True),
        heads={
            "Outcome": "Outcome",
            **({"Role": "Role"} if several else {}),
            "k": "k",
            "95% CI": "95% CI",
            "Pattern": "The interval holds",
        },
        notes=(
            f"CI = confidence interval, percentiles of {RESAMPLES:,} resamples of dyads. k = 0: "
            "only one's own score matters (actor only); k = 1: both matter alike (couple); k = −1: "
            "the difference does (contrast). Where k is missing, the actor effect is too small to "
            "divide by.",
        ),
    )


def _short(pattern: str) -> str:
    """What the interval of k holds; the note under the table says what the patterns are."""
    text = pattern.removeprefix("the interval holds ")
    return "none of the three" if text.startswith("none of") else text


def _report_tables(result: "PartnerAgreement") -> "list[Table]":
    from detachment.reports._frames import as_table

    shown = result.display()
    shown["Item"] = [
        result.label(item) if item else f"{result.label(scale)}, the score"
        for scale, item in result.table[["scale", "item"]].fillna("").itertuples(index=False)
    ]
    made = [
        as_table(
            shown,
            name="partner-reports",
            title="What People Report of Themselves, and Their Partners of Them",
            data=result.to_frame(),
            heads={
                "Item": "Sign",
                "n": "n",
                "Mean self": "M self",
                "Mean partner": "M partner",
                "Partner − self": "Difference",
                "95% CI": "95% CI",
                "p": "p",
                "Adjusted p": "Adjusted p",
                "r": "r",
                "95% CI of r": "95% CI of r",
                "ICC(A,1)": "ICC",
            },
            notes=(
                "Difference = partner's report − self-report; ICC = ICC(A,1), agreement of the two "
                "reports; CI = confidence interval, clustered by dyad.",
            ),
            probability=(
                "p of the signs is adjusted (Holm) over the signs; the score is a question of its "
                "own.",
            ),
        )
    ]
    truth = result.display_parts().get("Truth and bias")
    if truth is not None and len(truth):
        made.append(
            as_table(
                truth,
                name="truth-and-bias",
                title="What Goes Into a Report on the Partner: Truth and Bias",
                data=result.parts["truth_and_bias"],
                heads={
                    "Term": "Term",
                    "n": "n",
                    "b": "b",
                    "95% CI": "95% CI",
                    "t": "t",
                    "p": "p",
                    "Standardized": "β",
                    "Corrected b": "Corrected b",
                    "95% CI of corrected b": "95% CI of corrected b",
                },
                notes=(
                    "The report on the partner, regressed on the partner's self-report (truth) and "
                    "on what the judge reports of himself or herself (assumed similarity). b = raw "
                    "slope; β = standardized; corrected b = corrected for measurement error; CI = "
                    "confidence interval, clustered by dyad. The self-report stands for the truth "
                    "and is itself a report.",
                ),
            )
        )
    return made
