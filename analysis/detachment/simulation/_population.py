"""The population that the sample is drawn from: every number, and where it comes from.

Latent variables have mean 0 and variance 1 at wave 1, loadings are standardised, category shares
are those of an unshifted item. The numbers were chosen beside published and re-analysed findings
(partner similarity, actor and partner effects, stability over three months, effects of couple
programs), but they are *invented*: they show that software recovers what it should and say nothing
about real couples. What they imply in a large sample is in ``_truth.py``.

Marked "chosen here" is what the population model leaves open.
"""

from dataclasses import dataclass
from typing import Final

# ---------------------------------------------------------------- causes, shared between partners
CAUSES: Final = (
    "past", "attach_avoid", "attach_anx", "mental", "stress", "substance", "conflict",
)  # fmt: skip
CAUSE_CORRELATIONS: Final = (
    (0, 1, 0.35), (0, 2, 0.40), (0, 3, 0.45), (0, 4, 0.20), (0, 5, 0.25), (0, 6, 0.20),
    (1, 2, 0.10), (1, 3, 0.25), (1, 4, 0.10), (1, 5, 0.10), (1, 6, 0.20),
    (2, 3, 0.40), (2, 4, 0.25), (2, 5, 0.15), (2, 6, 0.30),
    (3, 4, 0.50), (3, 5, 0.30), (3, 6, 0.25),
    (4, 5, 0.20), (4, 6, 0.25), (5, 6, 0.30),
)  # fmt: skip
CAUSE_SHARED: Final = (0.10, 0.10, 0.10, 0.15, 0.25, 0.30, 0.60)
CAUSES_ON_DETACHMENT: Final = (0.10, 0.30, 0.05, 0.15, 0.20, 0.08, 0.30)
PARTNER_R_DETACHMENT: Final = 0.35

# ---------------------------------------------------------------- style, strategies
R_HEALTHY_DETACHMENT: Final = -0.10
PARTNER_R_HEALTHY: Final = 0.15  # of what detachment leaves over
UNHEALTHY_ON_DETACHMENT: Final = 0.80
STRATEGIES_STABILITY: Final = 0.50  # chosen here
COPING_ON_STRATEGIES: Final = 0.60  # chosen here

# ---------------------------------------------------------------- effects
EFFECTS: Final = (
    "reduced_intimacy", "communication_breakdown", "satisfaction", "loneliness",
    "infidelity_potential",
)  # fmt: skip
ACTOR: Final = (0.62, 0.46, -0.50, 0.42, 0.28)
PARTNER: Final = (0.12, 0.15, -0.20, 0.15, 0.05)
SATISFACTION_MIXED: Final = ((-0.65, -0.05), (-0.35, -0.35))  # (actor, partner) of roles A and B
HEALTHY_ON_EFFECTS: Final = (0.0, 0.0, 0.10, -0.05, 0.0)
MODERATION: Final = (0.0, 0.0, 0.12, 0.0, 0.0)  # detachment x healthy style: buffering
CAUSES_ON_EFFECTS: Final = ((1, 6, 0.20), (3, 3, 0.15))  # (effect, cause, path)
RESIDUAL_CORRELATIONS: Final = (
    (0, 1, 0.30), (0, 2, -0.40), (0, 3, 0.35), (0, 4, 0.15),
    (1, 2, -0.40), (1, 3, 0.25), (1, 4, 0.10),
    (2, 3, -0.40), (2, 4, -0.20), (3, 4, 0.10),
)  # fmt: skip
RESIDUAL_PARTNER_R: Final = (0.45, 0.55, 0.60, 0.30, 0.15)

# ---------------------------------------------------------------- partner report
PERCEIVED_ACCURACY: Final = 0.60  # on the partner's detachment (and facets: chosen here)
PERCEIVED_BIAS: Final = 0.25  # on one's own: assumed similarity
PERCEIVED_THRESHOLD_SHIFT: Final = -0.10  # partners see slightly more

# ---------------------------------------------------------------- wave 2, twelve weeks later
STABILITY: Final = 0.80
PROGRAM_ON_STRATEGIES: Final = 0.80
STRATEGIES_ON_DETACHMENT: Final = -0.20
PROGRAM_ON_DETACHMENT: Final = -0.24
PROGRAM_ON_SATISFACTION: Final = 0.05
RESIDUAL_STABILITY: Final = 0.70
FACET_STABILITY: Final = 0.60
UNIQUENESS_STABILITY: Final = 0.25
SHIFT_AT_WAVE_2: Final = {"sign_11_distraction": -0.35}  # planted non-invariance

# ---------------------------------------------------------------- nuisance
MISSING_AT_RANDOM: Final = 0.02
BREAK_OFF: Final = 0.01  # chosen here: leaves after the signs, before the end
NOT_APPLICABLE: Final = (
    -2.55,
    0.05,
)  # logit of -8 on sign_10: intercept, per year of age from 37: 8 %
REFUSED: Final = (-3.2, 0.5)  # logit of -9 on the infidelity items: intercept, per detachment
DROP_OUT: Final = (-1.8, 0.35, 0.30)  # logit: intercept, per detachment, waiting list
DROP_OUT_PARTNER_R: Final = 0.50  # chosen here: of the normal scores behind the logit
CARELESS: Final = 0.06
CARELESS_TYPES: Final = {"straight": 2.5, "random": 2.5, "zigzag": 1.0}  # in proportion
CARELESS_FAIL: Final = 0.85
ATTENTIVE_FAIL: Final = 0.01  # chosen here
MEDIAN_DURATION: Final = {"attentive": 780.0, "careless": 120.0}
SPREAD_DURATION: Final = 0.30  # chosen here: SD of log seconds

# ---------------------------------------------------------------- class quiz (2PL)
QUIZ_ITEMS: Final = tuple(f"know_{i:02d}" for i in range(1, 11))
QUIZ_SLOPES: Final = (1.2, 1.0, 1.4, 1.1, 1.2, 0.9, 1.1, 1.3, 1.5, 0.9)
QUIZ_DIFFICULTIES: Final = (-1.3, -1.5, -0.6, -1.0, -0.9, -1.2, -0.4, 0.1, -0.2, -0.8)
QUIZ_ANSWERS: Final = (0, 1, 0, 1, 0, 1, 0, 1, 0, 1)
QUIZ_DONT_KNOW: Final = (9, 0.20)  # code; share of the wrong answers that it replaces
QUIZ_STABILITY: Final = 0.70  # chosen here
QUIZ_GAIN: Final = 0.80  # chosen here: what a lesson adds, in SD of ability


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemModel:
    """How one answer comes about.

    ``y* = loading * latent + facet_loading * facet + uniqueness`` has variance 1 and is cut so
    that the categories have the ``shares``; ``shift`` moves the cuts up (rarer). ``first`` is the
    lowest code; a ``reversed`` item is written as lowest + highest - code.
    """

    id: str
    latent: str
    loading: float
    shares: tuple[float, ...]
    facet: str = ""
    facet_loading: float = 0.0
    shift: float = 0.0
    reversed: bool = False
    first: int = 1


_SIGN_SHARES: Final = (0.35, 0.30, 0.20, 0.10, 0.05)
_SIGNS: Final = (  # id, general, facet, its loading, threshold shift
    ("sign_01_communication", 0.70, "closeness", 0.35, 0.00),
    ("sign_02_emotional_talk", 0.65, "closeness", 0.35, -0.15),
    ("sign_03_affection", 0.65, "closeness", 0.40, 0.05),
    ("sign_04_indifference", 0.65, "indifference", 0.25, 0.30),
    ("sign_05_withdrawal", 0.65, "behaviour", 0.35, 0.10),
    ("sign_06_future", 0.55, "behaviour", 0.25, 0.35),
    ("sign_07_reactions", 0.60, "indifference", 0.40, 0.00),
    ("sign_08_support", 0.70, "behaviour", 0.20, 0.35),
    ("sign_09_disinterest", 0.75, "indifference", 0.20, 0.25),
    ("sign_10_sexual", 0.50, "closeness", 0.45, -0.25),
    ("sign_11_distraction", 0.50, "behaviour", 0.40, -0.35),
    ("sign_12_numbness", 0.60, "indifference", 0.45, 0.25),
    ("sign_13_jealousy", 0.30, "indifference", 0.30, -0.30),
    ("sign_14_resolution", 0.60, "behaviour", 0.35, 0.10),
    ("sign_15_comparison", 0.40, "", 0.00, 0.20),
)
_BALANCE: Final = (  # chosen here: mirror images, somewhat weaker than the sign they answer
    ("bal_01_shared", -0.60, "closeness", -0.30, 0.00),
    ("bal_02_comforted", -0.60, "behaviour", -0.20, 0.00),
)
_EFFECT_ITEMS: Final = (  # stem, loadings, shares before reversal, reversed items
    ("eff_int", (0.78, 0.80, 0.70, 0.75), (0.22, 0.33, 0.22, 0.16, 0.07), (1, 4)),
    ("eff_com", (0.70, 0.72, 0.75, 0.65), (0.15, 0.30, 0.27, 0.20, 0.08), (3,)),
    ("eff_sat", (0.88, 0.80, 0.82, 0.74), (0.04, 0.08, 0.18, 0.40, 0.30), (2, 4)),
    ("eff_lon", (0.82, 0.76, 0.74, 0.78), (0.30, 0.30, 0.20, 0.14, 0.06), (3,)),
    ("eff_inf", (0.74, 0.66, 0.62, 0.78), (0.55, 0.22, 0.12, 0.08, 0.03), (3,)),
)
_CAUSE_SHARES: Final = (0.30, 0.28, 0.20, 0.15, 0.07)
_SUBSTANCE_SHARES: Final = (0.68, 0.14, 0.09, 0.06, 0.03)
_PAIR_LOADING: Final = 0.78
_SINGLE_LOADING: Final = 0.82
_HEALTHY: Final = ((0.65, 0.60, 0.68, 0.62), (0.08, 0.17, 0.30, 0.30, 0.15))
_UNHEALTHY: Final = ((0.78, 0.76, 0.70, 0.74), (0.35, 0.30, 0.20, 0.10, 0.05))
_USE: Final = (  # chosen here: id, latent, loading, shares from "not at all" to "several a week"
    ("strat_1_communication", "strategies", 0.60, (0.10, 0.20, 0.35, 0.25, 0.10)),
    ("strat_2_quality_time", "strategies", 0.55, (0.12, 0.22, 0.34, 0.24, 0.08)),
    ("strat_3_professional", "strategies", 0.45, (0.78, 0.08, 0.08, 0.05, 0.01)),
    ("strat_4_awareness", "strategies", 0.60, (0.15, 0.25, 0.30, 0.20, 0.10)),
    ("strat_5_boundaries", "strategies", 0.55, (0.25, 0.28, 0.27, 0.14, 0.06)),
    ("cope_1_acknowledge", "coping", 0.55, (0.28, 0.28, 0.26, 0.12, 0.06)),
    ("cope_2_empathy", "coping", 0.65, (0.18, 0.25, 0.31, 0.18, 0.08)),
    ("cope_3_vulnerability", "coping", 0.60, (0.22, 0.27, 0.29, 0.16, 0.06)),
    ("cope_4_not_personal", "coping", 0.50, (0.32, 0.26, 0.24, 0.12, 0.06)),
    ("cope_5_gradual", "coping", 0.60, (0.16, 0.24, 0.32, 0.20, 0.08)),
)


def _items() -> tuple[ItemModel, ...]:
    signs = tuple(
        ItemModel(
            id=name, latent="detachment", loading=general, shares=_SIGN_SHARES,
            facet=facet, facet_loading=loading, shift=shift,
        )
        for name, general, facet, loading, shift in _SIGNS
    )  # fmt: skip
    balance = tuple(
        ItemModel(
            id=name, latent="detachment", loading=general, shares=_SIGN_SHARES[::-1],
            facet=facet, facet_loading=loading, shift=shift,
        )
        for name, general, facet, loading, shift in _BALANCE
    )  # fmt: skip
    effects = tuple(
        ItemModel(
            id=f"{stem}_{i}", latent=effect, loading=loading, shares=shares,
            reversed=i in reverse,
        )
        for effect, (stem, loadings, shares, reverse) in zip(EFFECTS, _EFFECT_ITEMS, strict=True)
        for i, loading in enumerate(loadings, start=1)
    )  # fmt: skip
    causes = tuple(
        ItemModel(
            id=f"cause_{cause}{end}", latent=f"cause_{cause}",
            loading=_PAIR_LOADING if end else _SINGLE_LOADING,
            shares=_SUBSTANCE_SHARES if cause == "substance" else _CAUSE_SHARES,
        )
        for cause in CAUSES
        for end in (("",) if cause.startswith("attach") else ("_1", "_2"))
    )  # fmt: skip
    styles = tuple(
        ItemModel(id=f"{stem}_{i}", latent=latent, loading=loading, shares=shares)
        for stem, latent, (loadings, shares) in (
            ("style_h", "healthy", _HEALTHY),
            ("style_u", "unhealthy", _UNHEALTHY),
        )
        for i, loading in enumerate(loadings, start=1)
    )
    use = tuple(
        ItemModel(id=name, latent=latent, loading=loading, shares=shares, first=0)
        for name, latent, loading, shares in _USE
    )
    partner = tuple(
        ItemModel(
            id=f"{name}__partner", latent="perceived", loading=general, shares=_SIGN_SHARES,
            facet=f"perceived_{facet}" if facet else "", facet_loading=loading,
            shift=shift + PERCEIVED_THRESHOLD_SHIFT,
        )
        for name, general, facet, loading, shift in _SIGNS
    )  # fmt: skip
    return signs + balance + effects + causes + styles + use + partner


FACETS: Final = ("closeness", "indifference", "behaviour")
SIGN_ITEMS: Final = tuple(name for name, *_ in _SIGNS)
EFFECT_ITEMS: Final = tuple(f"{stem}_{i}" for stem, *_ in _EFFECT_ITEMS for i in (1, 2, 3, 4))
INFIDELITY_ITEMS: Final = EFFECT_ITEMS[-4:]
ITEMS: Final = _items()
INSTRUCTED: Final = "check_instructed"  # stands inside the signs grid, after sign_08
USE_ME: Final = "check_use_me"  # stands on the last page
PASS_CODE: Final = 2


def _presented() -> tuple[str, ...]:
    names = [item.id for item in ITEMS]
    names.insert(names.index("sign_08_support") + 1, INSTRUCTED)
    return (*names, USE_ME)


PRESENTED: Final = _presented()
