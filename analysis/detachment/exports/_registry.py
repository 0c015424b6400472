"""Platforms, in the order in which they are asked whether a file is theirs.

A new platform is one module with ``NAME``, ``detect`` and ``read`` (see ``Platform``), and its
line here.
"""

from detachment.exports import (
    excel,
    formr,
    generic,
    google_forms,
    limesurvey,
    microsoft_forms,
    parquet,
    psytoolkit,
    qualtrics,
    redcap,
    sosci,
    spss,
    stata,
    surveymonkey,
)
from detachment.exports._source import Platform

_IN_ORDER: tuple[Platform, ...] = (
    limesurvey,
    psytoolkit,
    qualtrics,
    redcap,
    sosci,
    spss,
    parquet,
    stata,
    google_forms,
    microsoft_forms,
    formr,
    surveymonkey,
    excel,
    generic,
)

PLATFORMS: dict[str, Platform] = {module.NAME: module for module in _IN_ORDER}
