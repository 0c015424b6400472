"""Who was received, left out and analysed: the flow that a report of a study owes its readers."""

from dataclasses import dataclass

import pandas as pd

from detachment.errors import UsageError
from detachment.estimates._result import Result
from detachment.text import count, counted, listing, percent, sentence
from detachment.validation import Survey

_WORDS = {
    "attention": "failed an attention check",
    "bogus": "agreed to what nobody can mean",
    "self_report_effort": "did not vouch for their answers",
    "too_fast": "answered very fast",
    "longstring": "gave one answer many times in a row",
    "no_answers": "answered nothing",
    "no_consent": "have no consent on record",
    "shared_ip": "share an IP address with others",
    "shared_email": "share an e-mail address with others",
    "shared_phone": "share a phone number with others",
    "shared_panel_id": "share a panel id with others",
    "duplicate_answers": "gave the same answers as another row",
    "unfinished": "did not reach the last page",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Participants(Result):
    """The way from records received to records analysed.

    ``table`` has the columns ``step, rule, before, excluded, after, message``.

    Attributes
    ----------
    flags
        Flag -> how many of the analysed records have it; they were kept.
    """

    flags: tuple[tuple[str, int], ...] = ()

    def explain(self) -> str:
        """Sentences for the section on participants (JARS: Appelbaum et al. 2018; CHERRIES)."""
        first, last = self.table.iloc[0], self.table.iloc[-1]
        said = [f"Received: {counted(int(first['before']), 'record')}."]
        for step in self.table.iloc[1:].to_dict("records"):
            message = str(step["message"]).rstrip(".")
            said.append(f"Left out: {message}; {count(step['after'])} were left.")
        said.append(f"Analysed: {counted(int(last['after']), 'record')}.")
        unfinished = dict(self.flags).get("unfinished")
        if unfinished is not None:
            reached = int(last["after"]) - unfinished
            said.append(
                f"The completion rate was {percent(reached / max(int(last['after']), 1), 1)} "
                f"({count(reached)} of {count(int(last['after']))} reached the last page)."
            )
        doubts = [f"{count(n)} {_WORDS.get(f, f)}" for f, n in self.flags if f != "unfinished"]
        if doubts:
            said.append(f"Flagged and kept: {listing(doubts)}.")
        return "\n".join(said)

    def display(self) -> pd.DataFrame:
        """Steps in words, with how many records were there before and after."""
        return pd.DataFrame(
            {
                "Step": [sentence(str(text)) for text in self.table["message"]],
                "Before": [count(n) for n in self.table["before"]],
                "Excluded": [count(n) for n in self.table["excluded"]],
                "After": [count(n) for n in self.table["after"]],
            }
        )


def participants(survey: Survey) -> Participants:
    """Say who was received, who was left out by which rule, and who was analysed.

    Parameters
    ----------
    survey
        Validated answers.

    Returns
    -------
    Participants
        ``to_frame()`` is the ledger: ``step, rule, before, excluded, after, message``;
        ``explain()`` is a paragraph for the section on participants.

    Raises
    ------
    UsageError
        When ``survey`` is none.

    References
    ----------
    Appelbaum, M., et al. (2018). Journal article reporting standards for quantitative research in
    psychology. American Psychologist, 73, 3-25. Eysenbach, G. (2004). Improving the quality of web
    surveys: the checklist for reporting results of internet e-surveys (CHERRIES). Journal of
    Medical Internet Research, 6(3), e34.

    Examples
    --------
    >>> import detachment as dt
    >>> survey = dt.read_survey(dt.sample("couples_qualtrics.csv"))
    >>> dt.participants(survey).to_frame()["excluded"].tolist()
    [0, 3, 2]
    """
    if not isinstance(survey, Survey):
        raise UsageError(
            f"participants needs a survey, and was given {type(survey).__name__}: read_survey(path)"
        )
    people = survey.flags.drop_duplicates(["row", "flag"])["flag"].value_counts()
    known = survey.provenance.get("completion_known")
    flags = {str(flag): int(n) for flag, n in people.items()}
    if known:
        flags.setdefault("unfinished", 0)
    keys = ("file", "sha256", "platform")
    return Participants(
        table=survey.ledger.copy(),
        flags=tuple(sorted(flags.items())),
        notes=("Nobody is left out because of a flag, unless the user says so.",),
        n={"rows": int(survey.ledger["before"].iloc[0]), "analysed": len(survey.responses)},
        instrument={
            "id": survey.instrument.id,
            "version": survey.instrument.version,
            "sha256": survey.instrument.sha256,
        },
        source={key: str(survey.provenance[key]) for key in keys if key in survey.provenance},
    )
