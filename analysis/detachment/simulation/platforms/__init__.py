"""The sample as each survey platform would have written it; one module a platform.

A module has ``NAME`` and ``files(sample, instrument)``: the names of the files that the platform's
download gives, and their bytes, the same for the same sample.
"""

from collections.abc import Mapping
from typing import Protocol

from detachment.instruments import Instrument
from detachment.simulation._sample import Sample
from detachment.simulation.platforms import (
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


class Writer(Protocol):
    """One platform: a module with these two names."""

    NAME: str

    def files(self, sample: Sample, instrument: Instrument) -> Mapping[str, bytes]:
        """File name -> content; the data first, code books after it."""
        ...


WRITERS: dict[str, Writer] = {
    module.NAME: module
    for module in (
        formr,
        excel,
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
        surveymonkey,
        stata,
    )
}
