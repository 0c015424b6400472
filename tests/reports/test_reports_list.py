"""The list of a batch leads to what each report has to read, page or not."""

import json
from pathlib import Path

import pytest

from detachment.cli._batch import Outcome, Task, tell
from detachment.cli._messages import Messages
from detachment.cli._options import Given
from detachment.reports import DONE, MANIFEST, Entry, batch_files, first_document

CONTENT = {
    "made_by": "detachment report",
    "outputs": {"report.docx": {"sha256": "0"}, "report.pdf": {"sha256": "0"}},
    "n": {"rows": 9, "analysed": 8},
    "problems": {"error": 0},
    "warnings": [],
}


def test_the_list_links_to_a_document_where_there_is_no_page(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / MANIFEST).write_text(json.dumps(CONTENT), encoding="utf-8")
    made = batch_files(tmp_path, [Entry(file="one.csv", folder="one", status=DONE)])
    assert 'href="one/report.pdf"' in made["index.html"].decode()
    assert "one/report.pdf" in made["batch.csv"].decode()
    assert "one/index.html" not in made["index.html"].decode() + made["batch.csv"].decode()


def test_the_path_that_is_printed_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = Task(
        export=Path("one.csv"), folder=tmp_path, shared={}, words=(), options={}, resume=False
    )
    given = Given.__new__(Given)
    object.__setattr__(given, "as_json", False)
    object.__setattr__(given, "messages", Messages(command=()))
    tell(given, task, Outcome(manifest=CONTENT))
    assert Path(capsys.readouterr().out.strip()).name == first_document(CONTENT["outputs"])


def test_a_page_comes_before_documents() -> None:
    assert first_document(["report.pdf", "index.html"]) == "index.html"
