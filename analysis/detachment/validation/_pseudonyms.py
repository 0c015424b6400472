"""Ids that nobody can trace back without the key: a keyed hash, its key kept apart."""

import hmac
import secrets
from pathlib import Path

import numpy as np
import pandas as pd

from detachment.errors import UsageError

KEY_BYTES = 32
LENGTH = 12  # hexadecimal digits: among a million ids two are the same once in 560 files


def read_key(path: Path) -> bytes:
    """Read a key, or make one where there is no file yet.

    A key is 32 random bytes, written as hexadecimal digits, readable by its owner only. Whoever has
    it and a list of people can find out who is who: keep it apart from data and reports. The same
    key gives the same person the same pseudonym in every file.

    Raises
    ------
    UsageError
        When the file holds something else, or cannot be read or written.
    """
    try:
        if not path.exists():
            path.touch(mode=0o600, exist_ok=False)
            path.write_text(secrets.token_hex(KEY_BYTES) + "\n", encoding="ascii")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise UsageError(f"the key {str(path)!r} cannot be used: {error.strerror}.") from error
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise UsageError(
            f"{path.name} is no key: it must hold {2 * KEY_BYTES} hexadecimal digits. Name a file "
            "that is not there yet, and a key is made."
        )
    return key


def pseudonyms(ids: "pd.Series[str]", key: bytes | None, name: str) -> "pd.Series[str]":
    """Give each different id another name.

    With a key: the first digits of HMAC-SHA256 (RFC 2104) of the id. Without one: numbers in the
    order of the ids (not of the rows), which mean something else in another file.

    Examples
    --------
    >>> ids = pd.Series(["ann@example.org", None, "ann@example.org"], dtype="str")
    >>> pseudonyms(ids, None, "respondent_id").tolist()
    ['respondent_id_00001', nan, 'respondent_id_00001']
    >>> pseudonyms(ids, bytes(32), "respondent_id").tolist()[0]
    '7bfe6be90050'
    """
    positions, distinct = pd.factorize(ids, sort=True)
    if key is None:
        words = [f"{name}_{i + 1:05d}" for i in range(len(distinct))]
    else:
        words = [hmac.digest(key, str(i).encode(), "sha256").hex()[:LENGTH] for i in distinct]
    return pd.Series(
        np.array([*words, None], dtype=object)[positions], index=ids.index, dtype="str"
    )
