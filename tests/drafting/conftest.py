"""Small exports, drafted and read back."""

import csv
import re

import pytest
import yaml

from detachment import draft_instrument, read_export, read_instrument, validate


class Drafted:
    """A draft of a small table, with what its file says and what validation says of it."""

    def __init__(self, folder, table, name="small.csv"):
        path = folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(table)
            writer.writerows(zip(*table.values(), strict=True))
        self.export = read_export(path)
        self.draft = draft_instrument(self.export)
        self.text = self.draft.text
        self.path = folder / "small.yaml"
        self.path.write_text(self.text, encoding="utf-8")
        self.said = yaml.safe_load(self.text)
        self.instrument = read_instrument(self.path)
        self.survey = validate(self.export, self.instrument)

    def remark(self, start):
        """Comment at the end of the line of an entry."""
        (line,) = [line for line in self.text.splitlines() if line.strip().startswith(start)]
        return line.partition("  # ")[2]

    def scale_of(self, item):
        return self.instrument.response_scale(item)


@pytest.fixture
def drafted(tmp_path):
    def draft(table, name="small.csv"):
        made = Drafted(tmp_path, table, name)
        errors = made.survey.problems[made.survey.problems["severity"] == "error"]
        assert errors.empty, errors.to_string()
        assert made.draft.checks == len(re.findall(r"  # check: ", made.text))
        return made

    return draft


@pytest.fixture
def likert():
    """Three items that two camps of 30 people answer alike, and an id."""
    return {
        "id": [f"P{i:03d}" for i in range(60)],
        "Q3_1": [1 + i % 5 for i in range(60)],
        "Q3_2": [1 + (i + i % 2) % 5 for i in range(60)],
        "Q3_3": [5 - i % 5 for i in range(60)],
    }
