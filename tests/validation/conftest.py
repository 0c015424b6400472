"""Small instruments and exports made in memory."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from detachment.exports import Export, Variable
from detachment.instruments import Column, Instrument, Item, ResponseScale, Scale, ScaleItem

MakeExport = Callable[..., Export]

AGREE = ResponseScale(
    id="agree5",
    values=(1, 2, 3, 4, 5),
    labels=("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"),
    codes=("1", "2", "3", "4", "5"),
    aliases={"Strongly agree": ("SA", "stronlgy agree")},
    minimum=1,
    maximum=5,
)


@pytest.fixture
def instrument() -> Instrument:
    """Three items on one scale, a couple's metadata, one instructed item."""
    items = {
        "q1": Item(
            id="q1", scale="agree5", text="I keep <b>quiet</b>.", column="q1", block="signs"
        ),
        "q2": Item(id="q2", scale="agree5", text="I withdraw.", column="Q_2", block="signs"),
        "q3": Item(id="q3", scale="agree5", keyed=-1, text="I talk.", column="q3", block="signs"),
        "check": Item(
            id="check", scale="agree5", keyed=0, column="check", role="attention", pass_value=2
        ),
    }
    columns = {
        "respondent_id": Column(
            id="respondent_id", role="respondent_id", column="respondent_id", required=True
        ),
        "wave": Column(id="wave", role="wave", type="integer", column="wave", allowed=("1", "2")),
        "dyad_id": Column(id="dyad_id", role="dyad_id", column="dyad_id"),
        "partner_role": Column(
            id="partner_role",
            role="partner_role",
            type="category",
            column="partner_role",
            allowed=("A", "B"),
        ),
        "consent": Column(
            id="consent",
            role="consent",
            type="boolean",
            column="consent",
            labels={"true": "I agree", "false": "I do not agree", "2": "false"},
        ),
        "age": Column(id="age", role="demographic", type="integer", column="age", min=18, max=110),
        "email": Column(id="email", role="identifier", column="email"),
    }
    return Instrument(
        id="small",
        version="1.0.0",
        title="Small",
        response_scales={"agree5": AGREE},
        missing_codes={"-9": "prefer_not_to_say", "Does not apply": "not_applicable", "": "blank"},
        columns=columns,
        items=items,
        scales={
            "signs": Scale(
                id="signs",
                label="Signs",
                role="sign",
                items=(ScaleItem(id="q1"), ScaleItem(id="q2"), ScaleItem(id="q3", keyed=-1)),
            )
        },
    )


@pytest.fixture
def make_export() -> MakeExport:
    """Make an export from columns of cells."""

    def make(
        cells: Mapping[str, Sequence[str]],
        *,
        variables: Mapping[str, Variable] | None = None,
        tests: Sequence[bool] | None = None,
        platform: str = "generic",
        decimal: str = ".",
        identifying: Sequence[str] = (),
        unfinished: Sequence[bool] | None = None,
    ) -> Export:
        frame = pd.DataFrame({k: list(v) for k, v in cells.items()}, dtype="str")
        book = {name: Variable(text=name) for name in frame.columns} | dict(variables or {})
        return Export(
            cells=frame.astype("str").astype("category"),
            rows=np.arange(2, len(frame) + 2),
            variables=book,
            test_rows=np.array(tests if tests is not None else [False] * len(frame)),
            file="small.csv",
            sha256="0" * 64,
            container="text",
            encoding="utf-8",
            bom=False,
            delimiter=",",
            decimal=decimal,
            platform=platform,
            rule="made in memory",
            header_rows=1,
            identifying_columns=tuple(identifying),
            unfinished=None if unfinished is None else np.array(unfinished),
        )

    return make


@pytest.fixture
def good() -> dict[str, list[str]]:
    """Cells of six people without a fault."""
    return {
        "respondent_id": ["p1", "p2", "p3", "p4", "p5", "p6"],
        "q1": ["1", "2", "3", "4", "5", "3"],
        "Q_2": ["2", "2", "3", "5", "4", "1"],
        "q3": ["5", "4", "3", "2", "1", "4"],
    }
