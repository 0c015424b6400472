"""Notebooks are stored without outputs and run from the first cell to the last.

The first runs twice in kernels of its own; the others share one, which forgets what it was told
between them: its start and the imports are what takes the time.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from nbclient import NotebookClient

# What a notebook is there to show, and must not lose.
SHOWN = {
    "02_which": ["75 tests", "disattenuated", "Equivalence tests", "Bayes factors", "&nbsp;.001"],
    "03_how": ["Wilson's on the effective n", "Newcombe", "sign_11_distraction"],
    "04_what": ["Mediation with overlapping content", "Cross-sectional mediation is not causal"],
    "05_is": ["The interaction adds", "Johnson-Neyman region"],
    "06_what": ["it means nothing which partner is which", "partners indistinguishable", "k = "],
    "07_did": ["There is no control arm", "without sign_11_distraction", "Reliable change"],
    "08_groups": ["550 dyads", "P(higher)", "CR2", "the paired t test is of the differences"],
    "09_established": ["Screening, not diagnosis.", "DeLong", "not verified", "Wilson"],
    "10_knowledge": ["The myth", "KR-20", "normalised gain", "no proof that what happened"],
    "11_planning": [".05 for 75 tests", "couples", "Check by simulation", "a partner effect of"],
    "12_multiverse": ["180 of 180 specifications", "25 of 54", "<svg", "Kendall&#x27;s tau-b"],
}
WARNED = {  # and the text says why
    "04_what": "are made without sign_14_resolution",
    "08_groups": "method welch takes everybody as independent",
    "09_established": "A threshold that is chosen because it does best in these data",
}

FORGET = """
import os, sys, types
for module in list(sys.modules.values()):
    if isinstance(module, types.ModuleType):  # a warning is shown once in each place
        vars(module).pop("__warningregistry__", None)
os.chdir({folder!r})
get_ipython().reset()
"""

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_without_outputs_and_with_stable_ids(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    ids = [cell["id"] for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(name.replace("-", "").isalpha() for name in ids)  # words, not random digits
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
    assert "execution" not in str(notebook.metadata)


def execute(path, folder, monkeypatch):
    from nbclient import NotebookClient

    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec.name = "python3"
    client = NotebookClient(
        notebook, timeout=300, record_timing=False, resources={"metadata": {"path": str(folder)}}
    )
    return client.execute()


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> "Iterator[NotebookClient]":
    """A client whose kernel goes on from one notebook to the next."""
    from nbclient import NotebookClient

    folder = tmp_path_factory.mktemp("kernel")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        client = NotebookClient(
            nbformat.v4.new_notebook(), kernel_name="python3", timeout=300, record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        )  # fmt: skip
        with client.setup_kernel():
            yield client


def run_with(client, path, folder):
    """Every cell, after whatever the notebook before left was forgotten."""
    notebook = client.nb = nbformat.read(path, as_version=4)
    client.reset_execution_trackers()
    forget = nbformat.v4.new_code_cell(FORGET.format(folder=str(folder)))
    client.execute_cell(forget, 0)
    assert forget.outputs == []
    for place, cell in enumerate(notebook.cells):
        client.execute_cell(cell, place)
    return notebook


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs_from_the_first_cell_to_the_last(path, tmp_path, monkeypatch, shared):
    alone = path.stem == "01_first_look"
    ran = execute(path, tmp_path, monkeypatch) if alone else run_with(shared, path, tmp_path)
    counts = [cell.execution_count for cell in ran.cells if cell.cell_type == "code"]
    assert None not in counts  # each has run
    outputs = [out for cell in ran.cells for out in cell.get("outputs", [])]
    assert not [out for out in outputs if out.output_type == "error"]
    assert not re.search(r"\bat 0x[0-9a-f]{6,}", nbformat.writes(ran))  # another in every run
    if alone:
        assert nbformat.writes(execute(path, tmp_path, monkeypatch)) == nbformat.writes(ran)
        assert (tmp_path / "first_look_report" / "index.html").is_file()
    start = "_".join(path.stem.split("_")[:2])
    shown = "".join(out.get("text") or "".join(map(str, out["data"].values())) for out in outputs)
    assert [words for words in SHOWN.get(start, []) if words not in shown] == []
    warned = [out.text for out in outputs if out.get("name") == "stderr"]
    if start in WARNED:
        assert warned
        assert all(WARNED[start] in text for text in warned)
    elif not alone:
        assert warned == []
