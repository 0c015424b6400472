"""Where intervals are too narrow the verbs say so; where answers are fine they are silent."""

import numpy as np
import pandas as pd
import pytest

from detachment.errors import DataWarning, UsageError
from detachment.estimates import agreement, correlate, reliability
from detachment.estimates._coverage import FEW, WIDER, is_skewed, too_narrow
from detachment.stats import robust_fisher_interval

CUTS = {"normal": [-1.5, -0.5, 0.5, 1.5], "skewed": [0.3, 0.9, 1.5, 2.1]}
NAMES = ["a", "b", "c", "d", "e", "f"]


def answers(shape, n, seed=1, loading=0.7):
    """Six items of five categories that one factor stands behind."""
    rng = np.random.default_rng(seed)
    latent = loading * rng.normal(size=(n, 1)) + np.sqrt(1 - loading**2) * rng.normal(size=(n, 6))
    cut = (latent[:, :, None] > np.array(CUTS[shape])).sum(axis=2)
    return pd.DataFrame(cut + 1.0, columns=NAMES)


def said(verb, table, **options):
    """Warnings of a verb, which are also in its result."""
    with pytest.warns(DataWarning) as caught:
        result = verb(table, values=(1, 5), **options)
    texts = [str(one.message) for one in caught]
    assert texts == list(result.warnings)
    return texts


# ------------------------------------------------------------------------------------- the rule


def test_a_tenth_is_enough_where_answers_are_skewed_and_else_more_than_chance():
    assert too_narrow([1.09, 1.11, np.nan], 200, True).tolist() == [False, True, False]
    assert too_narrow(1.2, [50, 2000], False).tolist() == [False, True]
    assert too_narrow(1.3, 200, False, comparisons=1)
    assert not too_narrow(1.3, 200, False, comparisons=100)
    assert not too_narrow(WIDER, 1e9, False)


def test_normal_answers_are_called_narrow_once_in_a_hundred():
    rng = np.random.default_rng(3)
    ratio = np.sqrt(np.mean((rng.normal(size=(4000, 200)) * rng.normal(size=(4000, 200))) ** 2, 1))
    assert too_narrow(ratio, 200, False).mean() < 0.02


def test_skewed_is_what_goes_one_way():
    skewed = answers("skewed", 400).to_numpy()
    assert is_skewed(skewed)
    assert not is_skewed(answers("normal", 400).to_numpy())
    turned = np.where(np.arange(6) % 2 == 0, skewed, 6 - skewed)
    assert not is_skewed(turned)
    assert not is_skewed(np.ones((5, 3)))


# ------------------------------------------------------------------------------------- reliability


@pytest.mark.parametrize("interval", [None, "bonett", "duhachek"])
def test_alpha_of_skewed_items(interval):
    table = answers("skewed", 400)
    (text,) = said(reliability, table, interval=interval)
    name = {None: "Feldt", "bonett": "Bonett", "duhachek": "Duhachek"}[interval]
    assert text.startswith(f"{name}'s interval of alpha takes items to be normal")
    assert "Ask reliability for --interval jackknife (interval= in Python)." in text
    robust = reliability(table, values=(1, 5), interval="jackknife")
    assert robust.warnings == ()  # what was asked for has no doubt left
    row = robust.table.iloc[0]
    ends = f"jackknife [{row['alpha_low']:.2f}, {row['alpha_high']:.2f}]".replace("0.", ".")
    assert ends in text


def test_alpha_by_maximum_likelihood():
    table = answers("skewed", 400)
    table.iloc[:20, 0] = np.nan
    (text,) = said(reliability, table, missing="em")
    row = reliability(table, values=(1, 5), missing="em", interval="adf").table.iloc[0]
    ends = f"adf [{row['alpha_low']:.2f}, {row['alpha_high']:.2f}]".replace("0.", ".")
    assert ends in text
    assert "--interval adf" in text


@pytest.mark.parametrize("n", [30, 60, 200, 1000])
@pytest.mark.parametrize("interval", [None, "jackknife", "adf"])
def test_alpha_of_symmetric_items_is_silent(n, interval):
    assert reliability(answers("normal", n), values=(1, 5), interval=interval).warnings == ()


@pytest.mark.parametrize(
    ("interval", "covers"),
    [(None, "for normal items"), ("jackknife", "jackknife's 91 to 93"), ("adf", "by adf 88 to 92")],
)
def test_few_respondents_with_skewed_answers(interval, covers):
    text = said(reliability, answers("skewed", FEW - 1), interval=interval)[-1]
    assert text.startswith(f"scale: skewed answers of fewer than {FEW} respondents")
    assert covers in text
    assert (
        reliability(answers("skewed", 400), values=(1, 5), interval=interval or "adf").warnings
        == ()
    )


def test_ordinal_alpha_of_few():
    (text,) = said(reliability, answers("normal", FEW - 1), method="polychoric")
    assert "ordinal coefficients from fewer than 100 respondents" in text
    enough = reliability(answers("normal", FEW), values=(1, 5), method="polychoric")
    assert enough.warnings == ()


def test_the_bootstrap_is_not_doubted():
    assert reliability(answers("skewed", 400), values=(1, 5), n_boot=99).warnings == ()


# ------------------------------------------------------------------------------------- correlate


def test_one_warning_for_the_table_of_correlations():
    table = answers("skewed", 1000)
    (text,) = said(correlate, table)
    assert "are too narrow in 15 of 15 pairs; most so" in text
    assert "Ask correlate for --interval robust (interval= in Python)." in text
    result = correlate(table, values=(1, 5), interval="robust")
    assert result.warnings == ()
    row = result.table.iloc[0]
    expected = robust_fisher_interval(table[row["row"]], table[row["column"]])
    assert (row["r_low"], row["r_high"]) == pytest.approx(expected, abs=1e-12)
    assert any("jackknife of Fisher's z" in note for note in result.notes)
    assert result.call["interval"] == "robust"
    assert correlate(table, values=(1, 5), method="spearman").warnings == ()


@pytest.mark.parametrize("n", [40, 200, 1000])
def test_symmetric_answers_are_silent(n):
    assert correlate(answers("normal", n), values=(1, 5)).warnings == ()


def test_skewed_answers_that_do_not_go_together_are_silent():
    assert correlate(answers("skewed", 300, loading=0.0), values=(1, 5)).warnings == ()


def test_correlations_of_few_with_skewed_answers():
    text = said(correlate, answers("skewed", 60, loading=0.9), interval="robust")
    assert len(text) == 1
    assert "Skewed answers of fewer than 100 respondents in 15 of 15 pairs" in text[0]
    assert "92 to 94 cover). " in text[0]


def test_robust_intervals_are_no_word_for_resistant_ones():
    with pytest.raises(UsageError, match="interval robust is for pearson, spearman, and kendall"):
        correlate(answers("normal", 40), interval="robust", method="biweight")
    with pytest.raises(UsageError, match="Did you mean 'robust'"):
        correlate(answers("normal", 40), interval="robus")


def test_large_tables_go_block_by_block(monkeypatch):
    table = answers("normal", 50)
    whole = correlate(table, values=(1, 5), interval="robust").table
    monkeypatch.setattr("detachment.stats.clustered_correlation._NUMBERS", 1)
    parts = correlate(table, values=(1, 5), interval="robust").table
    pd.testing.assert_frame_equal(whole, parts, check_exact=True)


# ------------------------------------------------------------------------------------- agreement


def test_defaults_of_agreement_cover():
    table = answers("normal", 300)[["a", "b"]]
    usual = agreement(table, values=(1, 5), n_boot=0)
    assert usual.table.loc[0, ["icc_form", "icc_ci"]].tolist() == ["ICC2", "F"]
    assert any("all raters of whom these are a sample" in note for note in usual.notes)
    for form in ("ICC1", "ICC3", "ICC3k"):
        row = agreement(table, values=(1, 5), form=form, n_boot=0).table.iloc[0]
        assert row["icc_ci"] == "jackknife"
    assert agreement(table, values=(1, 5), form="ICC2k", n_boot=0).table.loc[0, "icc_ci"] == "F"
