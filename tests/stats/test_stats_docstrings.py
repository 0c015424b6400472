"""Every public kernel says what it takes, what it gives, where it is from, and shows it once."""

import inspect
import re

import pytest

from detachment import stats

_KERNELS = [name for name in stats.__all__ if inspect.isfunction(getattr(stats, name))]
_SOURCE = re.compile(r"\b(1[89]|20)\d\d\b|\bR\b|``\w+::")  # a year, or R and its packages


@pytest.mark.parametrize("name", _KERNELS)
def test_a_kernel_is_documented(name):
    kernel = getattr(stats, name)
    said = inspect.getdoc(kernel) or ""
    needed = ["Returns\n---", ">>> "]
    if inspect.signature(kernel).parameters:
        needed.append("Parameters\n---")
    assert [part for part in needed if part not in said] == []
    assert _SOURCE.search(said), "neither a paper nor a function of R"
