"""Items that look as if they were to be reversed; nothing is reversed for it."""

import numpy as np
import pandas as pd

_PAIRS = 20  # people who answered both, below which a correlation says nothing
_CLEAR = 0.1  # of the mean correlation with the others


def against_the_rest(answers: pd.DataFrame) -> list[str]:
    """Items that correlate negatively with most others: by the signs of the first component.

    Parameters
    ----------
    answers
        One column an item.

    Returns
    -------
    list of str
        The smaller camp; of two equal ones, that without the first item.

    Examples
    --------
    >>> against_the_rest(pd.DataFrame({"a": range(30), "b": range(30), "c": range(30, 0, -1)}))
    ['c']
    """
    r = answers.astype("float64").corr(min_periods=_PAIRS).to_numpy()
    if np.isnan(r).any() or len(r) < 2:
        return []
    loadings = np.linalg.eigh(r)[1][:, -1]
    signs = np.where(loadings < 0, -1, 1)
    signs *= signs[0] if 2 * (signs == signs[0]).sum() >= len(signs) else -signs[0]
    rest = (r * signs).sum(axis=1) - signs  # with the others as they would be keyed
    odd = (signs < 0) & (rest < -_CLEAR * (len(r) - 1))
    return [str(name) for name, is_odd in zip(answers.columns, odd, strict=True) if is_odd]
