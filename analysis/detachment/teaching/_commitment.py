"""Answers that must ship, without standing anywhere in clear text."""

import hashlib
from collections.abc import Sequence
from functools import cache

_ROUNDS = 60_000  # some hundredths of a second for one guess


@cache
def commit(name: str, answer: object) -> str:
    """Fingerprint of an answer: a slow hash, salted with the name of its exercise.

    It keeps an answer from being read by accident, by a search in the notebook or in the package.
    With a handful of possible answers it is no lock: whoever wants to can try them all, and for
    that a student might as well try them in the notebook.

    Parameters
    ----------
    name
        Of the exercise.
    answer
        As the exercise understands it.

    Returns
    -------
    str
        Sixteen hexadecimal digits.
    """
    salt = f"detachment/teaching/{name}".encode()
    return hashlib.pbkdf2_hmac("sha256", repr(answer).encode(), salt, _ROUNDS).hex()[:16]


def find_committed(
    name: str, candidates: Sequence[str] | Sequence[bool], committed: str
) -> str | bool:
    """The candidate that was committed to.

    Raises
    ------
    ValueError
        When none of them was: the exercise contradicts itself.
    """
    for candidate in candidates:
        if commit(name, candidate) == committed:
            return candidate
    raise ValueError(f"no option of the exercise {name} was committed to")
