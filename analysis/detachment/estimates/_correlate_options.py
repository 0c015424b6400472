"""What correlate can be asked, and what does not go together."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

import numpy as np

from detachment.errors import Refusal, UsageError, check_word
from detachment.estimates._crossed import RESISTANT, IntervalName, Method
from detachment.estimates._scales import MissingRule, check_boot, check_confidence

Adjust = Literal["holm", "bh", "by", "hochberg", "bonferroni", "max_t", "none"]
Partial = Literal["both", "rows", "columns"]
Level = Literal["total", "within", "between"]
Compare = Literal["rows", "columns"]
METHODS = get_args(Method)
INTERVALS = get_args(IntervalName)
ADJUSTMENTS = get_args(Adjust)
RANKS = ("spearman", "kendall")
_PLAIN = "pearson"


def check_options(options: Mapping[str, Any], rule: MissingRule) -> None:
    """Refuse words that are unknown and options that do not go together, and say what does."""
    check_word("method", options["method"], METHODS)
    check_word("adjust", options["adjust"], ADJUSTMENTS)
    check_word("partial", options["partial"], get_args(Partial))
    check_word("level", options["level"], get_args(Level))
    if options["interval"] is not None:
        check_word("interval", options["interval"], INTERVALS)
    if options["compare"] is not None:
        check_word("compare", options["compare"], get_args(Compare))
    check_confidence(options["confidence"])
    _check_numbers(options)
    for wrong, said in _clashes(options, rule):
        if wrong:
            raise UsageError(said)


def check_countable(options: Mapping[str, Any], rule: MissingRule, memory: str) -> None:
    """Refuse what needs the rows themselves, of which there are too many to hold them all.

    ``memory`` is what they would take.
    """
    method, resistant = options["method"], options["method"] in RESISTANT
    cluster = options["cluster"]
    usual = options["interval"] in (None, "fisher") and not options["controls"]
    normal = method == _PLAIN and usual
    why = [
        (rule == "em", "missing em: maximum likelihood takes every answer to any variable",
         "take --missing pairwise or listwise (missing= in Python)"),
        (resistant, f"method {method}: it weighs each respondent by the distance from medians",
         "take --method pearson, spearman, kendall, or polychoric (method= in Python)"),
        (options["adjust"] == "max_t", "adjust max_t: it permutes respondents",
         "take --adjust holm (adjust= in Python)"),
        (bool(options["controls"]) and options["interval"] in ("robust", "bootstrap"),
         f"interval {options['interval']} with controls: it takes all variables of a respondent "
         "together", "leave --interval (interval= in Python) out"),
        (options["partial"] != "both", f"partial {options['partial']}: intervals of semipartial "
         "correlations take all variables of a respondent together",
         "leave --partial (partial= in Python) out"),
        (options["level"] != "total", f"level {options['level']}: it compares members of a cluster",
         "leave --level (level= in Python) out"),
        (cluster not in (None, "none"), f"cluster {cluster}: it brings members of a cluster "
         "together", "leave --cluster (cluster= in Python) out"),
        (options["weight"] is not None, f"weight {options['weight']}: standard errors of a design "
         "add up influences of respondents", "leave --weight (weight= in Python) out"),
        (options["strata"] is not None, f"strata {options['strata']}: standard errors of a design "
         "add up influences of respondents", "leave --strata (strata= in Python) out"),
        (options["compare"] is not None and not normal,
         "compare, but for Pearson's r with interval fisher: it adds up influences of respondents "
         "on two correlations",
         "take --method pearson without --interval and --controls (method=, interval=, controls= "
         "in Python), or compare groups with --by (by=)"),
    ]  # fmt: skip
    for wrong, what, instead in why:
        if wrong:
            raise Refusal(
                f"{what}, and the rows of this lazy survey are counted where they are, never held "
                f"together. Instead, {instead}. Or read the rows into memory with collect(), which "
                f"would take about {memory}."
            )


def _check_numbers(options: Mapping[str, Any]) -> None:
    bound, kappa = options["equivalence"], options["kappa"]
    if bound is not None and not 0 < bound < 1:
        raise UsageError(
            "--equivalence (equivalence= in Python) is the smallest correlation that would matter, "
            f"between 0 and 1, such as 0.1; it cannot be {bound!r}."
        )
    if not (np.isfinite(kappa) and 0 < kappa <= 2):
        raise UsageError(
            "--kappa (kappa= in Python) is the width of the prior, above 0 and at most 2 (1 takes "
            f"every correlation as equally likely); it cannot be {kappa!r}."
        )
    check_boot(options["n_boot"])
    if options["interval"] == "bootstrap" and options["n_boot"] < 2:
        raise UsageError(
            "A bootstrap interval needs resamples: --boot (n_boot= in Python) is at least 2 (1,000 "
            "or more are usual)."
        )
    if options["adjust"] == "max_t" and options["n_perm"] < 99:
        raise UsageError(
            "--permutations (n_perm= in Python) is a number of permutations, at least 99 (10,000 "
            f"are usual); it cannot be {options['n_perm']!r}."
        )


def _clashes(options: Mapping[str, Any], rule: MissingRule) -> list[tuple[bool, str]]:
    """What is wrong, if it is so, and what to do."""
    method, interval, adjust = options["method"], options["interval"], options["adjust"]
    controls, level = options["controls"], options["level"]
    weighted = options["weight"] is not None or options["strata"] is not None
    design = "--weight and --strata (weight=, strata= in Python)"
    em, max_t = rule == "em", adjust == "max_t"
    special = [
        name
        for name, there in (
            ("controls", bool(controls)), ("level", level != "total"), ("weight", weighted),
        ) if there
    ]  # fmt: skip
    others = ", ".join(word for word in ADJUSTMENTS if word != "max_t")
    return [
        (
            em and (method != _PLAIN or max_t or bool(special) or options["compare"] is not None),
            "--missing em (missing= in Python) is for Pearson's r, and not for adjust max_t, which "
            "shuffles answers with their gaps, nor for controls, level, weight, or compare. Take "
            "pairwise or listwise there.",
        ),
        (
            (em or method == "polychoric") and interval in ("fisher", "robust"),
            "Correlations by maximum likelihood have intervals of their own (from their standard "
            "errors, which take dyads whole). Leave --interval (interval= in Python) out.",
        ),
        (
            em and interval == "bootstrap",
            "Covariances by maximum likelihood (missing em) have no bootstrap here. Leave "
            "--interval (interval= in Python) out, or take --missing pairwise.",
        ),
        (
            interval == "robust" and method in RESISTANT,
            f"interval robust is for pearson, spearman, and kendall; --method {method} has "
            "bootstrap (its default) or fisher.",
        ),
        (
            max_t and (method not in (_PLAIN, "spearman") or bool(special)),
            "adjust max_t is for --method pearson and spearman (method= in Python) without "
            f"controls, level, or weight; {special[0] if special else method} takes one of: "
            f"{others}.",
        ),
        (
            options["partial"] != "both" and not controls,
            "--partial (partial= in Python) says from which side --controls are removed, and no "
            "controls are named.",
        ),
        (
            options["partial"] != "both" and interval == "fisher",
            "interval fisher is not for semipartial correlations (--partial rows or columns). "
            "Leave --interval (interval= in Python) out, or take bootstrap.",
        ),
        (
            len(special) > 1,
            f"{' and '.join(special)} do not go together here; ask for one after the other"
            + (". A regression (regress) takes weights and controls." if weighted else "."),
        ),
        (
            bool(controls) and method == "polychoric",
            "--controls (controls= in Python) are not for polychoric correlations: take --method "
            "pearson or spearman, or a model of the latent variables (cfa).",
        ),
        (
            level != "total" and (method != _PLAIN or interval == "robust"),
            "--level (level= in Python) within and between is for Pearson's r, with interval "
            "fisher or bootstrap.",
        ),
        (
            weighted and (method != _PLAIN or interval is not None),
            f"{design} are for Pearson's r, with the standard errors of the design: leave --method "
            "and --interval out.",
        ),
        (
            options["strata"] is not None and options["cluster"] == "none",
            "--strata needs to know what was drawn in them: --cluster none says that people were. "
            "Leave --cluster out where that is meant and there are no dyads.",
        ),
        (
            bool(options["bayes"]) and (method != _PLAIN or weighted),
            "--bayes (bayes= in Python) is for Pearson's r without weights.",
        ),
        (
            options["compare"] is not None and (method not in (_PLAIN, *RANKS)),
            "--compare (compare= in Python) is for --method pearson, spearman, and kendall.",
        ),
        (
            options["compare"] is not None and (level != "total" or weighted),
            "--compare (compare= in Python) is not for --level and --weight; compare correlations "
            "of all people.",
        ),
        (
            options["compare"] is not None and options["by"] is not None,
            "--compare and --by (compare=, by= in Python) both give differences: ask for one after "
            "the other.",
        ),
    ]
