"""A panel of many small parts, and the same rows shuffled into others."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import detachment as dt
from detachment.cli._answers import _whole, of_result
from detachment.cli._json import to_json
from detachment.engines import Engine, Local
from detachment.validation import LazySurvey, Survey

ITEMS = ["s1", "s2", "s3", "s4"]
INSTRUMENT = {
    "schema_version": 1,
    "instrument": {"id": "tiny", "version": "1.0.0", "title": "Tiny"},
    "response_scales": {"agree": {"values": [1, 2, 3, 4, 5]}},
    "items": [{"id": item, "scale": "agree"} for item in ITEMS],
    "scales": {"signs": {"label": "Signs", "role": "sign", "items": ITEMS}},
}


VERBS = {
    "reliability": dt.reliability,
    "items": dt.items,
    "correlate": partial(dt.correlate, rows="items:signs", columns="signs", method="spearman"),
    "efa": partial(dt.efa, n_factors=1),
    "cfa": partial(dt.cfa, scales="signs", estimator="ML", missing="fiml"),
}


class Panel(NamedTuple):
    folder: Path
    shuffled: Path
    instrument: Path

    def answer(self, engine: Engine, folder: Path | None = None) -> str:
        """Reliability as the command line prints it, but for where the rows came from."""
        survey = dt.open_survey(folder or self.folder, instrument=self.instrument, engine=engine)
        return told(survey, "reliability")

    def every_answer(self, engine: Engine, folder: Path) -> dict[str, str]:
        """The same of each verb that counts."""
        survey = dt.open_survey(folder, instrument=self.instrument, engine=engine)
        return {verb: told(survey, verb) for verb in VERBS}

    def every_answer_in_memory(self) -> dict[str, str]:
        """The same of the survey in memory."""
        survey = dt.open_survey(self.folder, instrument=self.instrument).collect()
        return {verb: told(survey, verb) for verb in VERBS}


def told(survey: Survey | LazySurvey, verb: str) -> str:
    """What a verb says of a survey, as the command line prints it, but for its source."""
    found = of_result(survey, VERBS[verb](survey))
    whole = dict(_whole(verb, found, found.warnings))
    del whole["source"]
    return to_json(whole)


def write_parts(folder: Path, answers: np.ndarray, parts: int) -> None:
    folder.mkdir()
    for number, rows in enumerate(np.array_split(answers, parts)):
        columns = {
            item: pa.array(rows[:, j], pa.int8(), mask=rows[:, j] == 0)
            for j, item in enumerate(ITEMS)
        }
        pq.write_table(pa.table(columns), folder / f"{number:02d}.parquet")


@pytest.fixture(scope="session")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Panel:
    """More rows than are collected into memory."""
    place = tmp_path_factory.mktemp("panel")
    rng = np.random.default_rng(7)
    trait = rng.normal(size=(10_800, 1))
    answers = np.clip(np.rint(3 + trait + rng.normal(size=(10_800, 4))), 1, 5).astype(np.int8)
    answers[rng.random(answers.shape) < 0.03] = 0  # no answer
    write_parts(place / "parts", answers, 6)
    write_parts(place / "shuffled", rng.permutation(answers), 3)
    path = place / "tiny.yaml"
    path.write_text(yaml.safe_dump(INSTRUMENT, sort_keys=False), encoding="utf-8")
    return Panel(place / "parts", place / "shuffled", path)


@pytest.fixture(scope="session")
def in_memory(panel: Panel) -> dict[str, str]:
    """What every verb that counts says of the survey in memory."""
    return panel.every_answer_in_memory()


@pytest.fixture(scope="session")
def expected(panel: Panel) -> str:
    """What one thread answers."""
    return panel.answer(Local(1))
