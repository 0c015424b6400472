"""What is asked too often and means nothing: each refusal with its sentence; and no stars."""

import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import detachment as dt
from detachment.cli._main import COMMANDS
from detachment.errors import DetachmentWarning, Refusal

Run = Callable[..., Any]
REFUSED = 3  # exit code: the data cannot be used for this
PAIR = {"predictor": "signs_total", "outcome": "eff_satisfaction"}


@contextmanager
def doubts_tested_elsewhere() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DetachmentWarning)
        yield


@cache
def read(path: Path) -> Any:
    with doubts_tested_elsewhere():
        return dt.read_survey(path)


@pytest.fixture(scope="module")
def exports(sample_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample, and the people of one arm alone."""
    whole = sample_dir / "couples_long.csv"
    one_arm = tmp_path_factory.mktemp("one_arm") / "program.csv"
    table = pd.read_csv(whole, dtype=str, keep_default_na=False)
    table[table["group"] == "program"].to_csv(one_arm, index=False)
    return {"sample": whole, "one arm": one_arm}


class Asked(NamedTuple):
    """A question, the sentence that refuses it, and what the sentence proposes instead."""

    verb: str
    options: dict[str, Any]
    sentence: str
    instead: str
    export: str = "sample"


# fmt: off
REFUSALS = {
    "alpha of an index": Asked(
        "reliability", {"scales": "strategies_index"},
        "No reliability is given for strategies_index (Strategies used): its model is formative: "
        "the items make up the index and need not go together, so internal consistency says "
        "nothing about it.",
        "Ask for its items (items, scores), for how often each is used, or for its retest "
        "correlation.",
    ),
    "alpha of a single question": Asked(
        "reliability", {"scales": "cause_attach_avoid"},
        "its model is single_item: one item has no internal consistency",
        "",
    ),
    "partner effects of arbitrary roles": Asked(
        "apim", PAIR | {"dyads": "indistinguishable", "distinguishable": True},
        "In 150 dyads it means nothing which partner is which (their roles are declared arbitrary, "
        "are the same, or are not known), so that roles have no effects of their own: the numbers "
        "would change if partners were listed the other way round.",
        "distinguishable=False (--indistinguishable), which gives one actor and one partner "
        "effect.",
    ),
    "change in one group called an effect": Asked(
        "change", {"scales": "signs_total", "design": "effect"},
        "Change in one group is no effect of anything",
        "Ask for the design change (--design change; design= in Python), which describes how "
        "scores changed, or add a control arm.",
        export="one arm",
    ),
    "the same people as two groups": Asked(
        "compare", {"scales": "signs_total", "by": "wave"},
        "The groups of wave are waves, and 915 people would be compared with themselves as if they "
        "were somebody else.",
        "Ask for their change (`detachment change`, change() in Python), or take one wave.",
    ),
    "mediation with overlapping content": Asked(
        "mediate", {"causes": "cause_conflict", "mediators": "eff_communication_breakdown",
                    "outcome": "eff_satisfaction"},
        "Mediation with overlapping content: cause_conflict and eff_communication_breakdown ask "
        "about the same matter, as the instrument says. A part of every effect would be the same "
        "question asked twice, and the mediation a tautology.",
        "Take another variable",
    ),
    "mediation with an item of the outcome": Asked(
        "mediate", {"causes": "signs_closeness", "mediators": "signs_total",
                    "outcome": "eff_satisfaction"},
        "Mediation with overlapping content: signs_closeness and signs_total share",
        "Take another variable",
    ),
    "a score from its own items": Asked(
        "regress", {"outcome": "signs_total", "predictors": "signs_closeness"},
        "a score predicts its own items, and the slope says nothing about people.",
        "Take variables of different items.",
    ),
    "a variable with itself": Asked(
        "correlate", {"rows": "signs_total", "columns": "signs_total"},
        "signs_total: a variable correlates with itself",
        "",
    ),
}
# fmt: on
FLAGS = {"scales": "--scale"}


def arguments(options: dict[str, Any]) -> list[str]:
    """Options of a verb as the command line has them."""
    given = []
    for name, value in options.items():
        flag = FLAGS.get(name, f"--{name.replace('_', '-')}")
        given += [flag] if value is True else [flag, str(value)]
    return given


@pytest.mark.parametrize("question", REFUSALS)
def test_what_means_nothing_is_refused(
    question: str, exports: dict[str, Path], detachment: Run
) -> None:
    verb, options, sentence, instead, export = REFUSALS[question]
    with doubts_tested_elsewhere(), pytest.raises(Refusal) as refusal:
        getattr(dt, verb)(read(exports[export]), **options)
    said = str(refusal.value)
    assert sentence in said
    assert instead in said
    assert said.endswith(".")
    ran = detachment(verb, exports[export], *arguments(options))
    assert ran.code == REFUSED
    assert sentence in " ".join(ran.err.split())
    assert not ran.out.strip()


def test_in_a_list_an_index_is_a_row_with_its_reason(exports: dict[str, Path]) -> None:
    with doubts_tested_elsewhere():
        result = dt.reliability(
            read(exports["sample"]), scales=["strategies_index", "eff_satisfaction"]
        )
    index, satisfaction = result.table.to_dict("records")
    numbers = result.table.select_dtypes("float64").iloc[0]
    assert numbers.isna().all()
    assert index["reason"].startswith("its model is formative")
    assert satisfaction["reason"] != index["reason"]
    assert "no reliability is given" in result.explain()


def test_change_in_one_group_is_described_and_not_called_an_effect(
    exports: dict[str, Path],
) -> None:
    with doubts_tested_elsewhere():
        result = dt.change(read(exports["one arm"]), scales="signs_total")
    assert any("Change in one group is no effect of anything" in note for note in result.notes)
    assert "comparison" not in result.parts
    assert "effect of" not in result.explain().replace("is no effect of anything", "")


def test_a_disattenuated_correlation_beyond_one_is_not_shown(make_survey: Any) -> None:
    rng = np.random.Generator(np.random.PCG64(4))
    latent = rng.normal(size=60)
    noisy = np.clip(np.rint(3 + latent[:, None] + 2 * rng.normal(size=(60, 5))), 1, 5).astype(int)
    # The same errors in both scales: they correlate more than their items agree.
    survey = make_survey(
        {"s1": noisy[:, 0], "s2": noisy[:, 1], "s3": 6 - noisy[:, 2], "s4": noisy[:, 3],
         "j1": noisy[:, 0], "j2": 6 - noisy[:, 1], "j3": noisy[:, 2]}
    )  # fmt: skip
    with doubts_tested_elsewhere():
        result = dt.correlate(survey, rows="trouble", columns="joy")
    row = result.table.iloc[0]
    assert row["r"] > 0.8
    assert np.isnan(row["disattenuated"])
    assert row["reason"] == (
        "disattenuated: would exceed 1, which no correlation can: the reliabilities are too low "
        "for a correction"
    )
    assert json.loads(json.dumps(result.to_dict()))["table"][0]["disattenuated"] is None
    assert "disattenuated 1" not in result.explain()
    assert "disattenuated ." not in result.explain()


# ---------------------------------------------------------------- stars
CHAIN = {"causes": "cause_stress", "mediators": "eff_loneliness", "outcome": "eff_satisfaction"}
FEW = ["eff_satisfaction", "eff_loneliness"]
# Every command that gives estimates, with options that make it quick. A command that is in none of
# the two fails the test below.
ANALYSES: dict[str, dict[str, Any]] = {
    "reliability": {"scales": FEW},
    "items": {"scales": FEW},
    "agreement": {"scales": FEW, "n_boot": 100},
    "network": {"variables": "effects"},
    "prevalence": {"by": "group"},
    "compare": {"by": "group", "scales": FEW},
    "cutoffs": {"scales": "eff_satisfaction", "cutoff": "< 3"},
    "partner-agreement": {"n_boot": 50, "n_perm": 50},
    "dyads": {"scales": FEW},
    "apim": PAIR | {"n_boot": 50},
    "change": {"scales": FEW},
    "correlate": {"adjust": "max_t", "n_perm": 200},
    "regress": {"outcome": "eff_satisfaction", "predictors": "causes"},
    "mediate": CHAIN | {"n_boot": 200},
    "moderate": {"predictor": "signs_total", "moderator": "style_healthy",
                 "outcome": "eff_satisfaction"},
    "dimensionality": {"scales": "eff_satisfaction"},
    "efa": {"scales": "signs_closeness"},
    "irt": {"scales": "eff_satisfaction"},
    "invariance": {"by": "group", "scales": "eff_satisfaction"},
    "cfa": {"scales": "eff_satisfaction"},
    "quiz": {"n_boot": 50},
    "multiverse": {"method": "pearson", "score": "observed"},
    "screen": {},
}  # fmt: skip
WITHOUT_ESTIMATES = {
    "inspect", "validate", "scores", "plan", "methods", "report", "verify", "check-text", "figures",
    "simulate", "instrument", "lab", "class",
}  # fmt: skip
STARS = ("*", "significan", "†", "‡")
CLI_NAMES = {"n_boot": "--boot", "n_perm": "--permutations", "scales": "--scale"}


def starred(text: str) -> list[str]:
    """Marks of significance, and the word, wherever a number stands for itself."""
    return [mark for mark in STARS if mark in text.casefold()]


def flags(options: dict[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            yield from (CLI_NAMES.get(name, f"--{name.replace('_', '-')}"), str(one))


def test_every_command_is_looked_at_for_stars() -> None:
    assert {*ANALYSES, *WITHOUT_ESTIMATES} == {*COMMANDS}
    assert starred("r = .30***, a Significant correlation") == ["*", "significan"]


@pytest.mark.parametrize("command", ANALYSES)
def test_no_verb_gives_stars(
    command: str, sample_dir: Path, some_couples: Path, detachment: Run
) -> None:
    path = sample_dir / "class_quiz.csv" if command == "quiz" else some_couples
    options = ANALYSES[command]
    with doubts_tested_elsewhere():
        result = getattr(dt, command.replace("-", "_"))(read(path), **options)
    parts = {
        "explain": result.explain(),
        "display": "\n".join(table.to_string() for _, table in result.display_all()),
        "html": result.to_html(),
        "repr": repr(result),
    }
    ran = detachment(command, path, *flags(options))
    assert ran.code in (0, 1)
    parts |= {"command": ran.out, "messages": ran.err}
    assert all(parts[name] for name in ("explain", "display", "html", "command"))
    assert {name: starred(text) for name, text in parts.items() if starred(text)} == {}
