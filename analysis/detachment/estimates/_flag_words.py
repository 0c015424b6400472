"""What somebody did who has a flag, as the end of a sentence: "3 people ..."."""

_WORDS = {
    "attention": "failed an attention check",
    "bogus": "agreed to what nobody can mean",
    "self_report_effort": "did not vouch for their answers",
    "too_fast": "answered very fast",
    "longstring": "gave one answer many times in a row",
    "average_string": "gave long runs of the same answer",
    "irv": "gave nearly the same answer everywhere",
    "mahalanobis": "combined answers that rarely go together",
    "even_odd": "answered differently to questions that ask for the same",
    "antonyms": "answered alike to questions of opposite meaning",
    "synonyms": "answered differently to questions of the same meaning",
    "no_answers": "answered nothing",
    "no_consent": "have no consent on record",
    "shared_ip": "share an IP address with others",
    "shared_email": "share an e-mail address with others",
    "shared_phone": "share a phone number with others",
    "shared_panel_id": "share a panel id with others",
    "duplicate_answers": "gave the same answers as another row",
    "unfinished": "did not reach the last page",
}


def flag_words(flag: str) -> str:
    """Say what a flag means; its name where no words are known.

    Examples
    --------
    >>> flag_words("too_fast"), flag_words("of_another_day")
    ('answered very fast', 'have the flag of_another_day')
    """
    return _WORDS.get(flag, f"have the flag {flag}")
