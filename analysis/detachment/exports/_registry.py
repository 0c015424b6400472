"""Platforms, in the order in which they are asked whether a file is theirs.

A new platform is one module with ``NAME``, ``detect`` and ``read`` (see ``Platform``), and its
line here.
"""

from detachment.exports import generic, limesurvey, psytoolkit, qualtrics, redcap, sosci, spss
from detachment.exports._source import Platform

PLATFORMS: dict[str, Platform] = {
    module.NAME: module
    for module in (limesurvey, psytoolkit, qualtrics, redcap, sosci, spss, generic)
}
