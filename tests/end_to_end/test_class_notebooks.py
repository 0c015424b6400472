"""The lessons: stored without outputs, run unfilled, and their exercises know right from wrong.

All five share one kernel, which is emptied between them: the imports are what takes the time.
"""

import re

import nbformat
import pytest

from detachment._files import shipped
from detachment.teaching._check import ANSWER
from detachment.teaching._data import practice_data
from detachment.teaching._lessons import EXERCISES, LESSONS, NOTEBOOKS

CHECK = re.compile(r'check\("(\w+)", \.\.\.\)')
SHOWN = {
    1: ["frustrated than glad", "<svg", "not_applicable"],
    2: ["α = .", "alpha_if_dropped"],
    3: ["shuffles with at least one false alarm", "after Holm", "<svg"],
    4: ["only the truly attentive", "attention"],
    5: ["honest", "standard error as if they were strangers", "partner"],
}


def lesson(number):
    return nbformat.read(shipped("notebooks", "class", NOTEBOOKS[number]), as_version=4)


@pytest.mark.parametrize("number", LESSONS)
def test_stored_without_outputs_and_with_stable_ids(number):
    notebook = lesson(number)
    nbformat.validate(notebook)
    ids = [cell["id"] for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(name.replace("-", "").isalpha() for name in ids)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
    assert notebook.metadata.detachment == {"lesson": number}
    assert notebook.cells[0].source.startswith(f"# Lesson {number}: {LESSONS[number][:12]}")


@pytest.mark.parametrize("number", LESSONS)
def test_every_exercise_is_asked_once_and_unfilled(number):
    cells = [c.source for c in lesson(number).cells if c.cell_type == "code"]
    asked = [name for source in cells for name in CHECK.findall(source)]
    assert asked == [e.name for e in EXERCISES.values() if e.lesson == number]
    text = "\n".join(c.source for c in lesson(number).cells)
    assert [f"Exercise {k + 1}." in text for k in range(len(asked))] == [True] * len(asked)
    assert "Nobody marks this" in text


def other(exercise, truth):
    match exercise.kind:
        case "number":
            return truth + 5
        case "truth":
            return not truth
        case "names":
            return [exercise.options[0]]
        case _:
            return next(option for option in exercise.options if option != truth)


def tried(source):
    """An exercise cell, unfilled, then with the right and with a wrong answer."""
    found = CHECK.search(source)
    if found is None:
        return source
    exercise = EXERCISES[found[1]]
    truth = exercise.truth(practice_data())
    calls = [found[0]] + [f'check("{found[1]}", {a!r})' for a in (truth, other(exercise, truth))]
    return "\n".join(f"display({call})" for call in calls)


def test_all_run_from_the_first_cell_to_the_last(tmp_path, monkeypatch):
    from nbclient import NotebookClient

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    whole = lesson(1)
    whole.metadata.kernelspec.name = "python3"
    cells = []
    for number in LESSONS:
        for cell in lesson(number).cells:
            if cell.cell_type == "code":
                own = f"l{number}-{cell['id']}"
                cells.append(nbformat.v4.new_code_cell(tried(cell.source), id=own))
        cells.append(nbformat.v4.new_code_cell("%reset -f", id=f"l{number}-reset"))
    whole.cells = cells
    options = {"metadata": {"path": str(tmp_path)}}
    ran = NotebookClient(whole, timeout=300, resources=options).execute()
    outputs = [(cell["id"], out) for cell in ran.cells for out in cell.get("outputs", [])]
    assert not [out for _, out in outputs if out.output_type == "error"]
    assert not [(name, out.text) for name, out in outputs if out.get("name") == "stderr"]
    for number, words in SHOWN.items():
        own = [out for name, out in outputs if name.startswith(f"l{number}-")]
        shown = "".join(o.get("text") or "".join(map(str, o["data"].values())) for o in own)
        assert [word for word in words if word not in shown] == []
        assert not re.search(r"\bat 0x[0-9a-f]{6,}", shown)  # an address: other bytes next time
    said: dict[str, list[str]] = {}
    for _, out in outputs:
        bundle = out.get("data", {})
        if ANSWER in bundle:
            said.setdefault(bundle[ANSWER]["exercise"], []).append(bundle["text/plain"])
    assert said.keys() == EXERCISES.keys()
    for name, (empty, right, wrong) in said.items():
        assert empty.startswith("Not answered yet."), name
        assert right == "Right.", name
        assert wrong.startswith("Not yet."), name
        assert "Hint 1 of" in wrong, name
