"""The random numbers of every bootstrap: seeds, and how often each unit is drawn."""

from collections.abc import Iterator

import numpy as np

KEYED = 32  # replicates drawn from one key; part of the definition of the random numbers


def seed_of(rng: int | np.random.Generator) -> int:
    """A seed as it is; of a generator, one that it draws."""
    return int(rng.integers(2**63)) if isinstance(rng, np.random.Generator) else int(rng)


def draw_counts(g: int, n_boot: int, seed: int, block: int) -> Iterator[tuple[int, np.ndarray]]:
    """How often each of g clusters was drawn, ``(b, g)``: a block of replicates at a time."""
    offset = np.arange(KEYED)[:, None] * g
    # the fewer bits a number takes, the faster it is drawn
    dtype = next(t for t in (np.uint16, np.uint32) if g <= np.iinfo(t).max)
    for start in range(0, n_boot, block):
        counts = np.empty((min(block, n_boot - start), g), dtype=np.float32)
        for row in range(0, len(counts), KEYED):
            key = [seed, (start + row) // KEYED]
            generator = np.random.Generator(np.random.Philox(key=key))
            drawn = generator.integers(g, size=(KEYED, g), dtype=dtype) + offset
            times = np.bincount(drawn.ravel(), minlength=KEYED * g).reshape(KEYED, g)
            counts[row : row + KEYED] = times[: len(counts) - row]
        yield start, counts
