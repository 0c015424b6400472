"""From latent variables to codes on a scale."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from detachment.simulation import _population as pop
from detachment.simulation._latents import Latents
from detachment.simulation._population import ItemModel
from detachment.simulation._streams import logistic, stream

Codes = NDArray[np.int8]


def answer(seed: int, item: ItemModel, latents: Latents) -> Codes:
    """Codes of one item, shape (2, n, 2): waves, couples, partners."""
    z = stream(seed, "item", item.id).standard_normal(latents[item.latent].shape)
    s = pop.UNIQUENESS_STABILITY
    z[1] = s * z[0] + np.sqrt(1 - s**2) * z[1]
    y = item.loading * latents[item.latent]
    if item.facet:
        y += item.facet_loading * latents[item.facet]
    y += np.sqrt(1 - item.loading**2 - item.facet_loading**2) * z
    y[1] -= pop.SHIFT_AT_WAVE_2.get(item.id, 0.0)
    codes = np.full(y.shape, item.first, dtype=np.int8)
    for cut in ndtri(np.cumsum(item.shares)[:-1]) + item.shift:
        codes += y > cut
    if item.reversed:
        codes = np.int8(2 * item.first + len(item.shares) - 1) - codes
    return codes


def answer_quiz(seed: int, n: int) -> Codes:
    """Quiz codes of n students before and after a lesson, shape (2, n, 10)."""
    ability = stream(seed, "quiz", "ability").standard_normal((2, n))
    r = pop.QUIZ_STABILITY
    ability[1] = r * ability[0] + np.sqrt(1 - r**2) * ability[1] + pop.QUIZ_GAIN
    logits = np.array(pop.QUIZ_SLOPES) * (ability[:, :, None] - np.array(pop.QUIZ_DIFFICULTIES))
    right = stream(seed, "quiz", "answer").random(logits.shape) < logistic(logits)
    code, share = pop.QUIZ_DONT_KNOW
    unsure = stream(seed, "quiz", "unsure").random(logits.shape) < share
    key = np.array(pop.QUIZ_ANSWERS)
    return np.where(right, key, np.where(unsure, code, 1 - key)).astype(np.int8)
