"""What display tables print, against numbers that are known."""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from detachment.errors import UsageError
from detachment.estimates.correlate import correlate
from detachment.estimates.items import items
from detachment.estimates.reliability import reliability
from detachment.instruments import read_instrument
from detachment.tables import (
    Table,
    correlations_table,
    disattenuated_table,
    flags_table,
    items_table,
    ledger_table,
    missing_table,
    problems_table,
    questions_table,
    reliability_table,
    scales_table,
    scores_table,
)
from detachment.text import bounded, interval
from detachment.validation import Survey

Make = Callable[[Mapping[str, Sequence[object]]], Survey]


def heads(table: Table) -> list[str]:
    return [column.label for column in table.columns]


def row(table: Table, name: str) -> dict[str, str]:
    (found,) = (cells for cells in table.rows if cells[0] == name)
    return dict(zip(heads(table), found, strict=True))


@pytest.fixture
def survey(make_survey: Make) -> Survey:
    """Forty people, with every kind of scale; the eighth answers of the joy scale are missing."""
    draw = np.random.Generator(np.random.PCG64(5))
    latent = draw.normal(size=40)

    def answers(sign: int, low: int, high: int) -> list[object]:
        raw = np.rint((low + high) / 2 + sign * latent + 0.7 * draw.normal(size=40))
        return [int(value) for value in np.clip(raw, low, high)]

    table: dict[str, list[object]] = {
        **{name: answers(1, 1, 5) for name in ("s1", "s2", "s4")},
        "s3": answers(-1, 1, 5),
        **{name: answers(-1, 1, 5) for name in ("j1", "j3")},
        "j2": answers(1, 1, 5),
        **{name: answers(1, 0, 4) for name in ("f1", "f2")},
        "lone": answers(1, 1, 5),
    }
    table["j1"][7] = -9
    table["j2"][7] = ""
    return make_survey(table)


def decimals_agree(table: Table) -> None:
    """Cells of a column of numbers have the same decimals, so that their points align."""
    for k, column in enumerate(table.columns):
        if column.numeric:
            firsts = [cells[k].split("\n")[0] for cells in table.rows]
            found = {
                len(match.group(1) or "")
                for cell in firsts
                for match in re.finditer(r"\d*(?:\.(\d+))?(?=%?$)", cell)
                if match.group()
            }
            assert len(found) <= 1, (column.label, firsts)


def test_reliability(survey: Survey) -> None:
    result = reliability(survey)
    table = reliability_table(result)
    decimals_agree(table)
    first = result.table.iloc[0]
    trouble = row(table, "Trouble")
    assert trouble["Items"] == "4"
    assert trouble["n"] == "40"
    assert trouble["α"] == f"{first['alpha']:.2f}".lstrip("0")
    assert trouble["S–B"] == "–"
    pair = row(table, "Facet")
    assert pair["ω"] == "–"
    assert pair["S–B"] == f"{result.table.iloc[1]['split_half']:.2f}".lstrip("0")
    said = " ".join(table.notes)
    assert "(Feldt)" in said
    assert "One factor of two items is not identified" in said
    assert "One question: its model is single_item" in said
    pd.testing.assert_frame_equal(table.data, result.table)


def test_kinds_of_intervals_stand_in_the_order_of_the_scales(survey: Survey) -> None:
    result = reliability(survey, scales=["trouble", "joy", "facet"])
    result.table["alpha_ci"] = ["of dyads", "feldt", "of dyads"]
    assert "confidence interval (of dyads and Feldt)" in reliability_table(result).notes[0]


def test_a_column_of_nothing_is_left_out(survey: Survey) -> None:
    result = reliability(survey, scales=["trouble"])
    table = reliability_table(result)
    assert "S–B" not in heads(table)
    assert heads(table).count("95% CI") == 2
    assert "omega total of one factor (CI free of distribution)" in table.notes[0]
    result.table[["omega_total_low", "omega_total_high"]] = float("nan")
    assert heads(reliability_table(result)).count("95% CI") == 1


def test_a_level_above_ninety_nine_percent_is_not_called_certain(survey: Survey) -> None:
    table = reliability_table(reliability(survey, scales="trouble", confidence=0.995))
    assert "99.5% CI" in heads(table)


def test_items(survey: Survey) -> None:
    result = items(survey, scales=["trouble", "joy"])
    table = items_table(result)
    assert table.groups == (("Trouble", 4), ("Joy", 3))
    decimals_agree(table)
    one = items_table(result, scale="joy")
    assert one.name == "items-joy"
    assert len(one.rows) == len(one.data) == 3
    assert [cells[0] for cells in one.rows] == ["j1", "j2 (R)", "j3"]
    assert row(one, "j1")["n"] == "39"
    # Texts name items where there are any.
    assert table.rows[0][0] == "I keep away."
    with pytest.raises(UsageError, match="trouble, joy"):
        items_table(result, scale="joys")


def test_correlations_as_a_matrix_and_as_a_list(survey: Survey) -> None:
    result = correlate(survey, rows=["trouble", "facet"], columns=["joy", "lone"])
    r = result.table.set_index(["row", "column"])["r"]
    matrix = correlations_table(result)
    label = next(head for head in heads(matrix) if head == "Joy")
    first, second = row(matrix, "Trouble")[label].split("\n")
    assert first == f"{r['trouble', 'joy']:.2f}".replace("-", "−").replace("0.", ".")
    assert re.fullmatch(r"\[−?\.\d\d, −?\.\d\d\]", second)
    long = correlations_table(result, layout="long")
    decimals_agree(long)
    assert long.groups == (("Trouble", 2), ("Facet", 2))
    assert heads(long) == ["With", "n", "r", "95% CI", "p", "Adjusted p"]
    assert long.rows[0][1] == "39"
    assert long.rows[0][4] == "< .001"
    assert "Holm (1979) for the family of 4 tests (Trouble, Facet × Joy, lone)" in " ".join(
        long.probability
    )
    with pytest.raises(UsageError, match="matrix, long"):
        correlations_table(result, layout="wide")  # type: ignore[arg-type]


def test_one_row_is_named_in_the_title(survey: Survey) -> None:
    result = correlate(survey, rows="trouble", columns="joy", adjust="none")
    long = correlations_table(result, layout="long")
    assert long.title == "Correlations of Trouble"
    assert "Adjusted p" not in heads(long)
    assert not long.groups


def test_disattenuated_values_stand_apart(survey: Survey) -> None:
    result = correlate(survey, rows=["trouble", "lone"], columns=["joy"])
    table = disattenuated_table(result)
    assert len(table.rows) == 1  # a single item has no reliability to correct by
    value = result.table["disattenuated"].iloc[0]
    assert table.rows[0][-2] == f"{value:.2f}".replace("-", "−").replace("0.", ".")
    part = result.parts["disattenuated"].iloc[0]
    assert table.rows[0][-1] == interval(part["low"], part["high"])
    assert table.rows[0][3] == f"{bounded(part['reliability_row'])}, " + bounded(
        part["reliability_column"]
    )
    assert "Disattenuated" not in heads(correlations_table(result, layout="long"))
    assert "One beyond 1 is not shown." in table.notes[0]


def test_scores(survey: Survey) -> None:
    table = scores_table(survey)
    decimals_agree(table)
    keyed = survey.responses[["s1", "s2", "s3", "s4"]].astype("float64")
    keyed["s3"] = 6 - keyed["s3"]
    score = keyed.mean(axis=1)
    trouble = row(table, "Trouble")
    assert trouble["n"] == "40"
    assert trouble["M"] == f"{score.mean():.2f}"
    assert trouble["SD"] == f"{score.std():.2f}"
    assert trouble["Mdn"] == f"{score.median():.2f}"
    assert trouble["POMP"] == f"{25 * (score.mean() - 1):.1f}"


def test_missing_answers_keep_their_reasons(survey: Survey) -> None:
    table = missing_table(survey)
    assert heads(table) == [
        "Item", "Not answered", "Prefer not to say", "All missing", "Share",
    ]  # fmt: skip
    assert table.rows == (("j1", "0", "1", "1", "2.5%"), ("j2", "1", "0", "1", "2.5%"))
    assert "8 items without a missing answer left out" in table.notes[0]
    assert len(table.data) == 10


def test_ledger(survey: Survey) -> None:
    table = ledger_table(survey)
    assert table.rows[0][1:] == ("40", "0", "40")
    assert table.data is survey.ledger


def test_problems(make_survey: Make) -> None:
    wrong = make_survey({"s1": [1, 2, 55, 4] * 20, "s2": [2, 3, 4, 5] * 20})
    table = problems_table(wrong)
    assert table.rows[0][0] == "error"
    assert {"4", "s1", "55"} <= set(table.rows[0])
    cells = int((wrong.problems["rule"] == wrong.problems["rule"].iloc[0]).sum())
    assert cells >= 20
    assert len(table.data) == len(wrong.problems)


def test_many_problems_are_cut_short_and_that_is_said(make_survey: Make) -> None:
    wrong = make_survey({"s1": [55] * 70 + [1, 2], "s2": [2, 3] * 36})
    table = problems_table(wrong)
    assert len(table.rows) == 50
    assert table.notes == (f"{len(wrong.problems) - 50} more problems in the CSV file.",)


def test_flags_count_rows_and_name_nobody(survey: Survey) -> None:
    from dataclasses import replace

    flags = pd.DataFrame(
        {
            "row": [2, 3, 3],
            "flag": ["too_fast", "too_fast", "longstring"],
            "grade": [2, 1, 1],
            "value": [1.0, 1.0, 9.0],
            "limit": [2.0, 2.0, 8.0],
            "message": ["needed less than 2 s an item"] * 2 + ["gave the same answer"],
        }
    )
    table = flags_table(replace(survey, flags=flags))
    assert table.rows == (
        ("longstring", "1", "2.5%", "0", "Gave the same answer."),
        ("too fast", "2", "5.0%", "1", "Needed less than 2 s an item."),
    )
    assert table.notes[0].startswith("2 rows of 40 (5.0%) have at least one flag.")
    assert "Nobody was left out for a flag." in table.notes[0]
    assert "row" not in table.data.columns
    later = replace(survey, flags=flags, provenance={"excluded_for_flags": ["grade2", "attention"]})
    assert "Rows flagged grade2 or attention were left out before" in flags_table(later).notes[0]


def test_what_was_asked() -> None:
    instrument = read_instrument("detachment")
    scales = scales_table(instrument)
    assert len(scales.rows) == len(instrument.scales)
    assert row(scales, "Relationship satisfaction")["Reversed"] == "2"
    assert "freq5 = 1 (Never) to 5 (Almost always)" in scales.notes[0]
    questions = questions_table(instrument)
    assert len(questions.rows) == len(instrument.items)
    assert heads(questions_table(read_instrument("ras"))) == ["Item", "Answers", "Key"]
