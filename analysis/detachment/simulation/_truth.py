"""What the population implies in a large sample, as an independent program found it.

The numbers are not from this generator: another program drew 300,000 couples from the same
description of the model, and this one is tested against what it found. They are rounded to three
decimals; where roles differ is said.
"""

from typing import Final

SOURCE: Final = "an independent generator of the same model, 300,000 couples, seed 20240501"

TRUTH: Final[dict[str, object]] = {
    "latent": {
        "r2_causes_on_detachment": 0.518,
        "r_detachment_with": {
            "reduced_intimacy": 0.662, "communication_breakdown": 0.609, "satisfaction": -0.58,
            "loneliness": 0.547, "infidelity_potential": 0.297,
        },
        "r_effects": [
            [1.0, 0.588, -0.632, 0.585, 0.302],
            [0.588, 1.0, -0.619, 0.503, 0.254],
            [-0.632, -0.619, 1.0, -0.588, -0.312],
            [0.585, 0.503, -0.588, 1.0, 0.246],
            [0.302, 0.254, -0.312, 0.246, 1.0],
        ],
        "partner_r": {
            "detachment": 0.349, "reduced_intimacy": 0.535, "communication_breakdown": 0.634,
            "satisfaction": 0.673, "loneliness": 0.432, "infidelity_potential": 0.191,
        },
        "apim_satisfaction_mixed": {"role_A": [-0.65, -0.05], "role_B": [-0.35, -0.35]},
    },
    "signs": {
        "item_mean": [
            2.198, 2.364, 2.148, 1.898, 2.094, 1.85, 2.201, 1.85, 1.945, 2.482, 2.597, 1.944,
            2.535, 2.095, 1.991,
        ],
        "item_sd": [
            1.166, 1.211, 1.151, 1.05, 1.132, 1.029, 1.168, 1.027, 1.072, 1.239, 1.257, 1.07,
            1.248, 1.131, 1.09,
        ],
        "item_rest_r": [
            0.638, 0.598, 0.598, 0.571, 0.588, 0.482, 0.553, 0.603, 0.651, 0.477, 0.469, 0.551,
            0.29, 0.548, 0.326,
        ],
        "alpha": 0.875, "score_mean": 2.146, "score_sd": 0.686, "r_score_latent": 0.883,
        "latent_response_omega_total": 0.914, "latent_response_omega_hierarchical": 0.835,
        "ecv": 0.763, "partner_r_score": 0.275,
    },
    "effects": {
        "order": [
            "reduced_intimacy", "communication_breakdown", "satisfaction", "loneliness",
            "infidelity_potential",
        ],
        "alpha": [0.815, 0.771, 0.854, 0.828, 0.731],
        "mean": [2.53, 2.762, 3.842, 2.361, 1.818],
        "sd": [0.958, 0.899, 0.891, 0.985, 0.823],
        "ave": [0.575, 0.498, 0.659, 0.602, 0.494],
        "partner_r_score": [0.43, 0.485, 0.559, 0.347, 0.128],
    },
    "observed_r": {
        "signs_total_x_effects": [0.529, 0.473, -0.475, 0.44, 0.218],
        "sign_item_x_effects": [
            [0.39, 0.347, -0.35, 0.323, 0.161],
            [0.364, 0.326, -0.326, 0.303, 0.15],
            [0.359, 0.32, -0.319, 0.299, 0.147],
            [0.35, 0.312, -0.316, 0.29, 0.145],
            [0.356, 0.319, -0.32, 0.296, 0.146],
            [0.295, 0.261, -0.265, 0.246, 0.119],
            [0.333, 0.299, -0.299, 0.276, 0.138],
            [0.374, 0.334, -0.34, 0.312, 0.156],
            [0.407, 0.361, -0.366, 0.338, 0.17],
            [0.28, 0.252, -0.251, 0.231, 0.116],
            [0.281, 0.251, -0.247, 0.231, 0.112],
            [0.324, 0.289, -0.29, 0.27, 0.134],
            [0.167, 0.152, -0.148, 0.14, 0.07],
            [0.328, 0.294, -0.294, 0.274, 0.136],
            [0.216, 0.192, -0.193, 0.18, 0.088],
        ],
        "effects": [
            [1.0, 0.461, -0.516, 0.473, 0.219],
            [0.461, 1.0, -0.491, 0.395, 0.181],
            [-0.516, -0.491, 1.0, -0.483, -0.231],
            [0.473, 0.395, -0.483, 1.0, 0.18],
            [0.219, 0.181, -0.231, 0.18, 1.0],
        ],
    },
    "apim_satisfaction_equal": {"standardised": [-0.423, -0.187], "raw": [-0.55, -0.242]},
    "apim_satisfaction_mixed": {
        "role_A": {"standardised": [-0.536, -0.077], "raw": [-0.695, -0.1]},
        "role_B": {"standardised": [-0.313, -0.298], "raw": [-0.404, -0.385]},
    },
    "style": {
        "healthy_alpha": 0.703, "healthy_r_signs": -0.076,
        "unhealthy_alpha": 0.798, "unhealthy_r_signs": 0.636,
        "moderation_standardised": {
            "signs": -0.412, "partner_signs": -0.187, "healthy": 0.097, "signs_x_healthy": 0.087,
        },
    },
    "causes": {
        "order": [
            "past", "attach_avoid", "attach_anx", "mental", "stress", "substance", "conflict",
        ],
        "r_with_signs": [0.293, 0.311, 0.217, 0.353, 0.313, 0.203, 0.359],
        "beta_on_signs": [0.118, 0.214, 0.062, 0.156, 0.172, 0.079, 0.248],
        "r2": 0.328,
        "observed_total_effect_on_satisfaction": [
            -0.061, -0.112, -0.032, -0.087, -0.099, -0.043, -0.165,
        ],
        "observed_indirect_via_signs": [-0.05, -0.091, -0.026, -0.066, -0.073, -0.033, -0.105],
        "observed_b_signs_on_satisfaction": -0.425,
    },
    "quiz": {
        "p": [0.775, 0.778, 0.648, 0.708, 0.7, 0.714, 0.589, 0.475, 0.554, 0.649],
        "kr20": 0.703, "mean": 6.59, "sd": 2.427,
    },
    "wave_2": {
        "latent_program_effect_on_detachment": -0.396,
        "latent_program_effect_on_satisfaction": 0.328,
        "signs_15": {
            "retest_r_waitlist": 0.713, "d_waitlist": 0.042, "d_program": -0.291,
            "difference": -0.333,
        },
        "rci_signs_15": {
            "critical_raw_change": 0.673,
            "waitlist": {"improved": 0.079, "deteriorated": 0.097},
            "program": {"improved": 0.154, "deteriorated": 0.034},
        },
        "signs_14_without_sign_11": {
            "retest_r_waitlist": 0.71, "d_waitlist": 0.001, "d_program": -0.329,
            "difference": -0.331,
        },
        "satisfaction": {
            "retest_r_waitlist": 0.665, "d_waitlist": 0.009, "d_program": 0.286,
            "difference": 0.277,
        },
    },
}  # fmt: skip
