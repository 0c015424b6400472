"""The one value that travels: validated answers and everything known about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from detachment._cards import card
from detachment.instruments import Instrument
from detachment.text import count, counted, listing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Survey:
    """Validated answers.

    Attributes
    ----------
    responses
        One row a respondent and wave, indexed by ``row`` (the row in the file). Metadata columns
        by their id, then items by their id. Items are nullable integers (``Int8`` to ``Int32``;
        ``Float64`` on a numeric response scale) on the declared ``values``, not reversed.
    missing
        Same index, one ``category`` column an item: why there is no answer (missing where there
        is one). Reasons: ``not_answered``, ``not_shown``, ``invalid``, and those that the
        instrument declares.
    instrument
        What was asked.
    problems
        ``row, column, value, rule, message, severity``.
    flags
        ``row, flag, value, limit, message, grade``: one row a reason to doubt a respondent; grade 1
        is a hint, 2 a strong reason. Nobody is left out for one (``exclude`` does that).
    ledger
        ``step, rule, before, excluded, after, message``: from rows received to rows analysed.
    provenance
        Where the data came from: file, sha256, platform, instrument, versions, columns dropped.
    paradata
        How the answers came about, same index, as far as it is known: ``unfinished``, ``seconds``
        for the whole questionnaire, ``place:ITEM`` where items were shown in random order.
    """

    responses: pd.DataFrame
    missing: pd.DataFrame
    instrument: Instrument
    problems: pd.DataFrame
    flags: pd.DataFrame
    ledger: pd.DataFrame
    provenance: Mapping[str, object] = field(default_factory=dict)
    paradata: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def has_errors(self) -> bool:
        """Whether a problem of severity ``error`` was found."""
        return bool((self.problems["severity"] == "error").any())

    def _repr_html_(self) -> str:
        about, severity, waves = self.instrument, self.problems["severity"], _waves(self)
        errors, warnings = (int((severity == kind).sum()) for kind in ("error", "warning"))
        flags = self.flags.groupby("flag", sort=True)["row"].nunique()
        left_out = self.ledger[self.ledger["excluded"].fillna(0) > 0]
        return card(
            f"Survey: {about.title or about.id}",
            [
                ("Instrument", f"{about.id} {about.version}"),
                ("File", str(self.provenance.get("file") or "")),
                ("Rows", counted(len(self.responses), "row") + waves),
                ("Left out", listing(
                    f"{count(int(excluded))} ({message})"
                    for excluded, message in zip(
                        left_out["excluded"], left_out["message"], strict=True
                    )
                )),
                ("Problems", f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"),
                ("Flagged", listing(f"{count(n)} {flag}" for flag, n in flags.items())),
                ("In it", "responses, missing, problems, flags, ledger, provenance, instrument"),
            ],
        )  # fmt: skip

    def __repr__(self) -> str:
        rows, problems, flags = len(self.responses), len(self.problems), len(self.flags)
        return (
            f"Survey({self.instrument.id} {self.instrument.version}: {rows} rows, "
            f"{problems} problems, {flags} flags)"
        )


def _waves(survey: Survey) -> str:
    column = next(iter(survey.instrument.columns_with_role("wave")), None)
    if column is None or column.id not in survey.responses:
        return ""
    sizes = survey.responses[column.id].value_counts().sort_index()
    return " (" + listing(f"{count(n)} at wave {wave}" for wave, n in sizes.items()) + ")"
