"""Who was received, left out and analysed: the flow that a report of a study owes its readers."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from detachment.errors import UsageError
from detachment.estimates._flag_words import flag_words
from detachment.estimates._result import Result
from detachment.estimates._sentences import in_words, people
from detachment.text import count, counted, listing, percent, sentence
from detachment.validation import Survey


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

    def _apa(self) -> Iterable[str]:
        # what a section on participants owes (JARS: Appelbaum et al., 2018; CHERRIES)
        first, last = self.table.iloc[0], self.table.iloc[-1]
        said = [f"Received: {counted(int(first['before']), 'record')}."]
        for step in self.table.iloc[1:].to_dict("records"):
            message = str(step["message"]).rstrip(".")
            said.append(f"Left out: {message}; {count(step['after'])} were left.")
        said.append(f"Analysed: n = {counted(int(last['after']), 'record')}.")
        unfinished = dict(self.flags).get("unfinished")
        if unfinished is not None:
            reached = int(last["after"]) - unfinished
            said.append(
                f"The completion rate was {percent(reached / max(int(last['after']), 1), 1)} "
                f"({count(reached)} of {count(int(last['after']))} reached the last page)."
            )
        doubts = [f"{count(n)} {flag_words(f)}" for f, n in self.flags if f != "unfinished"]
        if doubts:
            said.append(f"Flagged and kept: {listing(doubts)}.")
        return said

    def _plain(self) -> Iterable[str]:
        received, analysed = int(self.table["before"].iloc[0]), int(self.table["after"].iloc[-1])
        yield f"{counted(received, 'sheet')} of answers came in."
        for step in self.table.iloc[1:].to_dict("records"):
            if step["excluded"]:
                yield f"Not counted: {str(step['message']).rstrip('.')}."
        if received == analysed:
            yield f"Every one of them is counted ({people(analysed)})."
        else:
            share = in_words(analysed / max(received, 1))
            yield f"{counted(analysed, 'sheet')} are counted ({people(analysed)}, {share})."
        for flag, n in self.flags:
            if flag != "unfinished":
                yield f"{count(n)} of those counted {flag_words(flag)}."

    def _meaning(self) -> Iterable[str]:
        yield (
            "A flag is a reason to look, not a proof that somebody answered without reading, so "
            "nobody is left out for it unless the researcher says so."
        )
        yield "Who did not take part at all is not in these numbers, and may be different."

    def _gaps(self) -> None:
        return None  # a record counts whatever it leaves out

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
