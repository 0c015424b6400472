"""How the sample came about, as a text that people and programs read: ``truth.yaml``."""

import json
from collections.abc import Mapping
from typing import Final

from detachment.simulation import _messy as messy
from detachment.simulation import _population as pop
from detachment.simulation._sample import Sample
from detachment.simulation._truth import SOURCE, TRUTH

_HEAD: Final = """\
# Simulated couples: how they were made, and what analyses of them should find.
#
# No real person is in these files. Latent variables are normal, paths linear; one culture, no
# couple-by-time trends, invented loadings. The sample shows that software recovers what it should;
# it says nothing about real couples.
#
# recipe      arguments of detachment.simulate(); the same recipe gives the same bytes
# population  every parameter of the model; latent variables have variance 1 at wave 1
# nuisance    what was done to the answers afterwards
# truth       what the population implies in a large sample, for couples whose roles do not
#             differ unless it says "mixed"; found by
#             {source}
# files       what is in this folder
"""
_FILES: Final = {
    "couples_long.csv": "one row a person and wave; codes; -7 not reached, -8 does not apply, "
    "-9 prefer not to say; an empty cell is a question left blank",
    "couples_qualtrics.csv": "the same people as a Qualtrics export of values, with previews and "
    "refusals; questions not reached are blank",
    "couples_qualtrics_labels.csv": "the same export with choice texts",
    "couples.sav": "the same people for SPSS",
    "class_quiz.csv": "students before (wave 1) and after (wave 2) a lesson",
    "couples_messy.csv": "the same people with planted faults; semicolons and decimal commas",
    "couples_rows_truth.csv": "per row of couples_long.csv: how they answered, latent "
    "variables, planted faults; no analysis reads it",
}


def recipe_text(sample: Sample) -> str:
    """The whole of ``truth.yaml``."""
    tree = {
        "recipe": sample.recipe,
        "population": _population(),
        "nuisance": _nuisance(),
        "truth": TRUTH,
        "files": _FILES,
    }
    return _HEAD.format(source=SOURCE) + "\n" + "\n".join(_lines(tree, 0)) + "\n"


def _population() -> dict[str, object]:
    pairs = [list(p) for p in pop.CAUSE_CORRELATIONS]
    residual = [list(p) for p in pop.RESIDUAL_CORRELATIONS]
    role_a, role_b = (
        dict(zip(("actor", "partner"), v, strict=True)) for v in pop.SATISFACTION_MIXED
    )
    return {
        "causes": {
            "order": list(pop.CAUSES),
            "correlations": pairs,
            "shared_between_partners": list(pop.CAUSE_SHARED),
            "on_detachment": list(pop.CAUSES_ON_DETACHMENT),
            "note": "a shared and an own part, both with these correlations; two causes that are "
            "shared unequally therefore correlate a little less within a person",
        },
        "detachment": {"partner_r": pop.PARTNER_R_DETACHMENT},
        "healthy_style": {
            "r_detachment": pop.R_HEALTHY_DETACHMENT,
            "partner_r": pop.PARTNER_R_HEALTHY,
        },
        "unhealthy_style": {"on_detachment": pop.UNHEALTHY_ON_DETACHMENT},
        "effects": {
            "order": list(pop.EFFECTS),
            "actor": list(pop.ACTOR),
            "partner": list(pop.PARTNER),
            "satisfaction_in_mixed_couples": {"role_A": role_a, "role_B": role_b},
            "healthy": list(pop.HEALTHY_ON_EFFECTS),
            "detachment_x_healthy": list(pop.MODERATION),
            "causes": [
                {"effect": pop.EFFECTS[e], "cause": pop.CAUSES[c], "path": path}
                for e, c, path in pop.CAUSES_ON_EFFECTS
            ],
            "residual_correlations": residual,
            "residual_partner_r": list(pop.RESIDUAL_PARTNER_R),
        },
        "partner_report": {
            "accuracy": pop.PERCEIVED_ACCURACY,
            "bias": pop.PERCEIVED_BIAS,
            "threshold_shift": pop.PERCEIVED_THRESHOLD_SHIFT,
        },
        "wave_2": {
            "stability": pop.STABILITY,
            "program_on_strategies": pop.PROGRAM_ON_STRATEGIES,
            "strategies_on_detachment": pop.STRATEGIES_ON_DETACHMENT,
            "program_on_detachment": pop.PROGRAM_ON_DETACHMENT,
            "program_on_satisfaction": pop.PROGRAM_ON_SATISFACTION,
            "residual_stability": pop.RESIDUAL_STABILITY,
            "facet_stability": pop.FACET_STABILITY,
            "item_uniqueness_stability": pop.UNIQUENESS_STABILITY,
            "strategies_stability": pop.STRATEGIES_STABILITY,
            "threshold_shift": pop.SHIFT_AT_WAVE_2,
        },
        "coping": {"on_strategies": pop.COPING_ON_STRATEGIES},
        "items": {
            item.id: {
                "latent": item.latent,
                "loading": item.loading,
                **(
                    {"facet": item.facet, "facet_loading": item.facet_loading} if item.facet else {}
                ),
                "shift": item.shift,
                "shares": list(item.shares),
                "reversed": item.reversed,
            }
            for item in pop.ITEMS
        },
        "quiz": {
            "slopes": list(pop.QUIZ_SLOPES),
            "difficulties": list(pop.QUIZ_DIFFICULTIES),
            "right_answers": list(pop.QUIZ_ANSWERS),
            "dont_know_of_wrong": pop.QUIZ_DONT_KNOW[1],
            "stability": pop.QUIZ_STABILITY,
            "gain": pop.QUIZ_GAIN,
        },
    }


def _nuisance() -> dict[str, object]:
    return {
        "blank": {"share": pop.MISSING_AT_RANDOM, "of": "every question but the two checks"},
        "not_applicable": {
            "item": "sign_10_sexual",
            "logit": list(pop.NOT_APPLICABLE),
            "per": "year of age from 37",
        },
        "prefer_not_to_say": {
            "items": list(pop.INFIDELITY_ITEMS),
            "logit": list(pop.REFUSED),
            "per": "detachment",
        },
        "break_off": {"share": pop.BREAK_OFF},
        "drop_out": {
            "logit": list(pop.DROP_OUT),
            "per": "detachment; waiting list",
            "partner_r": pop.DROP_OUT_PARTNER_R,
        },
        "careless": {
            "in_proportion": pop.CARELESS_TYPES,
            "fail_instructed": pop.CARELESS_FAIL,
            "attentive_fail_instructed": pop.ATTENTIVE_FAIL,
            "median_seconds": pop.MEDIAN_DURATION,
        },
        "messy": {
            "repeated_rows": messy.SHARE_REPEATED,
            "off_the_scale": messy.OFF_THE_SCALE,
            "labels_instead_of_codes": messy.LABELLED,
            "couples_with_two_roles_A": 1,
            "relationship_longer_than_life": 1,
        },
    }


def _lines(tree: Mapping[str, object], depth: int) -> list[str]:
    """YAML: mappings of mappings as blocks, everything below them as JSON, which is YAML too."""
    lines = []
    for key, value in tree.items():
        head = "  " * depth + f"{key}:"
        if isinstance(value, Mapping) and (depth == 0 or any(map(_is_tree, value.values()))):
            lines += [head, *_lines(value, depth + 1)]
        elif isinstance(value, list) and value and isinstance(value[0], list):
            lines += [head, *("  " * (depth + 1) + f"- {json.dumps(row)}" for row in value)]
        else:
            lines.append(f"{head} {json.dumps(value)}")
    return lines


def _is_tree(value: object) -> bool:
    return isinstance(value, (Mapping, list))
