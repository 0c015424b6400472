"""The order of answers from their words."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detachment.drafting import _known_answers
from detachment.drafting._known_answers import rank, reason_of

KNOWN = {
    "en": [
        ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"],
        ["Disagree strongly", "Disagree a little", "Agree a little", "Agree strongly"],
        ["Never", "Rarely", "Sometimes", "Often", "Always"],
        ["Very dissatisfied", "Dissatisfied", "Neutral", "Satisfied", "Very satisfied"],
        ["Very unlikely", "Unlikely", "Neither likely nor unlikely", "Likely", "Very likely"],
        ["Poor", "Fair", "Good", "Very good", "Excellent"],
        ["Not at all", "A little", "Moderately", "Quite a bit", "Extremely"],
        ["Not important", "Rather unimportant", "Rather important", "Very important"],
    ],
    "de": [
        ["stimme überhaupt nicht zu", "stimme eher nicht zu", "teils/teils", "stimme eher zu",
         "stimme voll und ganz zu"],
        ["trifft gar nicht zu", "trifft eher nicht zu", "trifft eher zu", "trifft völlig zu"],
        ["nie", "selten", "manchmal", "oft", "immer"],
        ["sehr unzufrieden", "unzufrieden", "weder noch", "zufrieden", "sehr zufrieden"],
        ["sehr unwahrscheinlich", "eher unwahrscheinlich", "eher wahrscheinlich",
         "sehr wahrscheinlich"],
        ["sehr schlecht", "schlecht", "mittelmäßig", "gut", "sehr gut"],
    ],
    "es": [
        ["Totalmente en desacuerdo", "En desacuerdo", "Ni de acuerdo ni en desacuerdo",
         "De acuerdo", "Totalmente de acuerdo"],
        ["Nunca", "Rara vez", "A veces", "A menudo", "Siempre"],
        ["Muy insatisfecha", "Insatisfecha", "Neutral", "Satisfecha", "Muy satisfecha"],
        ["Muy improbable", "Improbable", "Probable", "Muy probable"],
        ["Muy malo", "Malo", "Regular", "Bueno", "Muy bueno"],
    ],
    "fr": [
        ["Pas du tout d’accord", "Plutôt pas d’accord", "Ni d’accord ni pas d’accord",
         "Plutôt d’accord", "Tout à fait d’accord"],
        ["Jamais", "Rarement", "Parfois", "Souvent", "Toujours"],
        ["Très insatisfaite", "Insatisfaite", "Neutre", "Satisfaite", "Très satisfaite"],
        ["Très improbable", "Improbable", "Probable", "Très probable"],
        ["Très mauvais", "Mauvais", "Moyen", "Bon", "Très bon"],
    ],
    "nl": [
        ["helemaal mee oneens", "mee oneens", "niet mee eens, niet mee oneens", "mee eens",
         "helemaal mee eens"],
        ["nooit", "zelden", "soms", "vaak", "altijd"],
        ["zeer ontevreden", "ontevreden", "neutraal", "tevreden", "zeer tevreden"],
        ["zeer onwaarschijnlijk", "onwaarschijnlijk", "waarschijnlijk", "zeer waarschijnlijk"],
        ["zeer slecht", "slecht", "redelijk", "goed", "zeer goed"],
    ],
    "pt": [
        ["Discordo totalmente", "Discordo", "Não concordo nem discordo", "Concordo",
         "Concordo totalmente"],
        ["Nunca", "Raramente", "Às vezes", "Frequentemente", "Sempre"],
        ["Muito insatisfeito", "Insatisfeito", "Neutro", "Satisfeito", "Muito satisfeito"],
        ["Muito improvável", "Improvável", "Provável", "Muito provável"],
        ["Muito ruim", "Ruim", "Regular", "Bom", "Muito bom"],
    ],
    "it": [
        ["Completamente in disaccordo", "In disaccordo", "Né d'accordo né in disaccordo",
         "D'accordo", "Completamente d'accordo"],
        ["Mai", "Raramente", "A volte", "Spesso", "Sempre"],
        ["Molto insoddisfatto", "Insoddisfatto", "Neutrale", "Soddisfatto", "Molto soddisfatto"],
        ["Molto improbabile", "Improbabile", "Probabile", "Molto probabile"],
        ["Molto scarso", "Scarso", "Sufficiente", "Buono", "Molto buono"],
    ],
}  # fmt: skip
CASES = [(language, labels) for language, lists in KNOWN.items() for labels in lists]


@pytest.mark.parametrize(("language", "labels"), CASES, ids=lambda v: v if v is str else None)
def test_answers_come_back_in_order_whatever_order_they_are_given_in(language, labels):
    for seed in range(5):
        shuffled = random.Random(seed).sample(labels, len(labels))
        found = rank(shuffled)
        assert found is not None
        assert [shuffled[i] for i in found.order] == labels
        # Three words of a Spanish list may be those of a Portuguese one as well.
        assert found.language == language or set(labels) & {"Nunca", "Improbable", "Rarement"}


@given(case=st.sampled_from(CASES), keep=st.sets(st.integers(0, 4), min_size=2))
def test_some_of_the_answers_have_the_order_of_all(case, keep):
    labels = [label for i, label in enumerate(case[1]) if i in keep]
    found = rank(labels[::-1])
    if len(labels) >= 2:
        assert found is not None
        assert [labels[::-1][i] for i in found.order] == labels


def test_slips_of_the_pen_and_another_order_of_words():
    labels = ["stronlgy disagree", "disagree somewhat", "AGREE strongly"]
    assert rank(labels).order == (0, 1, 2)


def test_words_of_degree_order_what_no_list_knows():
    labels = ["somewhat polarized", "not polarized", "neutral", "strongly polarized"]
    found = rank(labels)
    assert found.order == (1, 2, 0, 3)
    assert found.own  # the word is theirs: it may be anybody's


@pytest.mark.parametrize(
    "labels",
    [
        ["red", "green", "blue"],
        ["Agree"],
        ["Agree", "agree"],
        ["Strongly agree", "Completely agreed with"],
        ["Never", "Bus", "Always"],
    ],
)
def test_an_order_that_is_not_known_is_not_guessed(labels):
    assert rank(labels) is None


def test_only_a_whole_list_is_symmetric():
    assert rank(["Disagree", "Agree"]).symmetric
    assert not rank(["Disagree", "Agree", "Strongly agree"]).symmetric


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("Prefer not to say", "prefer_not_to_say"),
        ("prefer_not_to_say", "prefer_not_to_say"),
        ("Keine Angabe", "prefer_not_to_say"),
        ("N/A", "not_applicable"),
        ("No aplica", "not_applicable"),
        ("weiß nicht", "dont_know"),
        ("Je ne sais pas", "dont_know"),
        ("geen antwoord", "not_answered"),
        ("NA", "not_answered"),
        ("None", None),
        ("No", None),
        ("trifft nicht zu", None),
    ],
)
def test_answers_that_are_none(label, reason):
    assert reason_of(label) == reason


def test_no_list_contradicts_itself():
    """A word stands on one line of its list only, whatever the order of its letters."""
    lists = [*_known_answers._LISTS.values()]
    lists += [
        _known_answers._DEGREES[language].format(pos=pos, neg=neg)
        for language, pairs in _known_answers._PAIRS.items()
        for words in pairs.values()
        for pos, neg in _known_answers._forms(words)
    ]
    for lines in lists:
        rows = [r for r in re.sub(r"\n\s*\|", "|", lines).split("\n") if r.strip()]
        line_of = {}
        for i, row in enumerate(rows):
            for word in row.split("|"):
                assert line_of.setdefault(_known_answers._key(word), i) == i, word
