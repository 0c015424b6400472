"""How far a run is, and how long the rest will take at the pace so far."""

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pace:
    """Work of equal pieces under way.

    Attributes
    ----------
    total
        How many pieces.
    what
        What they are called, in the plural.
    begun
        When the first was begun.
    """

    total: int
    what: str
    begun: float = field(default_factory=time.monotonic)

    def told(self, done: int, *, made: int | None = None) -> str:
        """How far it is.

        Parameters
        ----------
        done
            Pieces that are done.
        made
            Those among them that took time; all by default.

        Examples
        --------
        >>> Pace(4, "parts").told(0)
        '0 of 4 parts'
        """
        taken = done if made is None else made
        left = self.total - done
        if not taken or not left:
            return f"{done} of {self.total} {self.what}"
        rest = roughly((time.monotonic() - self.begun) / taken * left)
        return f"{done} of {self.total} {self.what}, {rest} left"


def roughly(seconds: float) -> str:
    """A span of time as one says it.

    Examples
    --------
    >>> roughly(42), roughly(95), roughly(7000)
    ('about 42 s', 'about 2 min', 'about 1 h 57 min')
    """
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} min"
    return f"about {minutes // 60} h {minutes % 60} min"
