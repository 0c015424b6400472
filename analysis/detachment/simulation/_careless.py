"""People who answer without reading."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detachment.simulation import _population as pop
from detachment.simulation._streams import stream

Codes = NDArray[np.int8]
KINDS: Final = (*pop.CARELESS_TYPES, "attentive")
ATTENTIVE: Final = KINDS.index("attentive")
_UP_AND_DOWN: Final = np.array([0, 1, 2, 3, 4, 3, 2, 1], dtype=np.int8)


def draw_kinds(seed: int, n: int, share: float) -> NDArray[np.int8]:
    """Index into ``KINDS`` of both members of n couples, shape (n, 2)."""
    parts = np.array([*pop.CARELESS_TYPES.values()])
    edges = share * np.cumsum(parts) / parts.sum()
    u = stream(seed, "careless").random((n, 2))
    return np.searchsorted(edges, u, side="right").astype(np.int8)


def overwrite_careless(
    seed: int, codes: Codes, kinds: NDArray[np.int8], first: NDArray[np.int8]
) -> None:
    """Replace the answers of careless people, in place.

    Parameters
    ----------
    seed
        Seed of the whole sample.
    codes
        Answers in the presented order, shape (rows, items); every item has five codes.
    kinds
        Index into ``KINDS``, shape (rows,).
    first
        Lowest code of each item, shape (items,).
    """
    rows = np.flatnonzero(kinds != ATTENTIVE)
    places = np.arange(codes.shape[1])
    noise = stream(seed, "careless", "answers").integers(
        0, 5, (len(rows), len(places) + 1), dtype=np.int8
    )
    start = stream(seed, "careless", "start").integers(0, len(_UP_AND_DOWN), len(rows))
    patterns = {
        "straight": np.broadcast_to(noise[:, :1], (len(rows), len(places))),
        "random": noise[:, 1:],
        "zigzag": _UP_AND_DOWN[(start[:, None] + places) % len(_UP_AND_DOWN)],
    }
    for name, pattern in patterns.items():
        chosen = kinds[rows] == KINDS.index(name)
        codes[rows[chosen]] = pattern[chosen] + first
