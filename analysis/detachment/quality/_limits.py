"""How strong a flag is, and from where a value is one: every threshold of this room, by name."""

from typing import Final

HINT: Final = 1
"""A reason to look: an attentive person may well answer so."""
STRONG: Final = 2
"""Hardly anyone who reads and means it answers so, or the answers must not be used."""

SECONDS_PER_ITEM: Final = 2.0
"""Nobody reads and answers faster (rule of thumb of Huang et al., 2012); strong."""
SHARE_OF_MEDIAN: Final = 0.4
"""Far faster than others who answered the same questionnaire; a hint, for people differ in pace."""
TIMED_PEOPLE: Final = 20
"""So many people with a time make a median."""

SHARE_OF_CHECKS: Final = 0.5
"""Failing so many of the checks that were answered is strong; one slip of several is a hint (Meade
& Craig, 2012, count the failures; Curran, 2016, warns of single ones)."""

RUN_ITEMS: Final = 10
"""Over fewer items a run of equal answers says nothing."""
RUN_SHARE: Final = 0.5
"""A run as long as half of the items (Curran, 2016). It is strong where the items are keyed both
ways and the run is longer than any stretch of them that is keyed one way: then it contradicts
itself. Otherwise a person may simply mean it."""

MAHALANOBIS_P: Final = 0.001
"""Less likely than this in a normal population (Meade & Craig, 2012; Curran, 2016). Answers are not
normal, so this flags attentive people too; a hint."""
PEOPLE_PER_ITEM: Final = 5
"""With fewer people an item the covariances are too rough to call anybody far from the rest."""

EVEN_ODD_BELOW: Final = 0.30
"""Consistency of the halves of scales (Jackson's cut-off, as Johnson, 2005, reports it); a hint."""
SYNONYMS_ABOVE: Final = 0.60
ANTONYMS_BELOW: Final = -0.60
"""Correlation from which two items are psychometric synonyms or antonyms (Meade & Craig, 2012)."""
PAIRED_PEOPLE: Final = 50
"""With fewer people such correlations arise by chance."""
NO_AGREEMENT: Final = 0.0
"""Synonyms that do not go together, or antonyms that do not go apart, within a person; a hint."""
USUAL: Final = 0.5
"""How consistent the middle person must be for a lack of consistency to stand out. Where all pairs
measure one thing, they do not differ within a person, and nobody's answers to them correlate."""
PAIRS: Final = 10
"""A correlation of fewer pairs swings too much to doubt anybody for it: its standard error, about
1 / sqrt(pairs - 1), is above .33."""
