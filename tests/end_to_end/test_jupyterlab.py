"""The notebooks in real JupyterLab, in a real browser, as a researcher uses them."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

TOKEN = "only-for-this-test"
RAN = """(prompt) => [...document.querySelectorAll('.jp-InputPrompt')]
    .some((one) => one.textContent.trim() === prompt)"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address of JupyterLab as ``detachment lab`` starts it, and the folder that it opens."""
    pytest.importorskip("jupyterlab")
    home = tmp_path_factory.mktemp("lab")
    settings = home / "config"
    settings.mkdir()
    # Tests may run as root, which JupyterLab refuses unless told.
    (settings / "jupyter_server_config.json").write_text(
        json.dumps({"ServerApp": {"allow_root": True}}), encoding="utf-8"
    )
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    folder = home / "notebooks"
    surroundings = os.environ | {
        "JUPYTER_TOKEN": TOKEN,
        "JUPYTER_CONFIG_DIR": str(settings),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    command = [sys.executable, "-m", "detachment", "lab", "--no-browser", f"--port={port}"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--out", str(folder)],
            env=surroundings, cwd=home, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/api?token={TOKEN}", server)
            yield address, folder
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert server.poll() is None, "JupyterLab ended by itself"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.25)
    raise AssertionError("JupyterLab did not answer")


def test_first_notebook_runs_cell_by_cell_and_follows_a_choice(lab, browser, tmp_path):
    address, folder = lab
    name = "01_first_look.ipynb"
    cells = nbformat.read(folder / name, as_version=4).cells
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/lab/tree/{name}?token={TOKEN}&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.get_by_text("| Idle").wait_for(timeout=60_000)
    page.locator(".jp-Notebook .jp-Cell").first.click()
    page.keyboard.press("Escape")
    ran = 0
    for cell in cells[:-1]:  # the last one is text
        page.keyboard.press("Shift+Enter")
        if cell.cell_type == "code":
            ran += 1
            page.wait_for_function(RAN, arg=f"[{ran}]:", timeout=60_000)
    code = code_cells(saved(page, folder / name))
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [out for cell in code for out in cell.outputs]
    assert [out for out in outputs if out.output_type == "error"] == []
    assert (folder / "first_look_report" / "index.html").is_file()

    # A choice is followed: another scale, another answer.
    lists = page.locator(".widget-dropdown select")
    lists.first.scroll_into_view_if_needed()
    answer = page.locator(".widget-html-content", has_text="Cronbach").or_(
        page.locator(".widget-html-content").last
    )
    before = answer.last.inner_html()
    lists.nth(1).select_option(label="Loneliness in the relationship")
    page.wait_for_function(
        "(before) => [...document.querySelectorAll('.widget-html-content')].pop().innerHTML"
        " !== before",
        arg=before,
        timeout=30_000,
    )
    assert "Loneliness in the relationship" in answer.last.inner_text()
    picture = tmp_path / "lab.png"
    page.screenshot(path=picture)
    assert colours(picture) > 20
    assert {url for url in asked if not url.startswith((address, "data:", "blob:"))} == set()
    page.close()


def saved(page, path: Path) -> nbformat.NotebookNode:
    """The notebook once every cell has run and JupyterLab has written it."""
    for _ in range(120):
        page.keyboard.press("Control+s")
        page.wait_for_timeout(500)
        with contextlib.suppress(ValueError):  # read while it is being written
            notebook = nbformat.read(path, as_version=4)
            if all(cell.execution_count for cell in code_cells(notebook)):
                return notebook
    raise AssertionError("not every cell has run after a minute")


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def colours(picture: Path) -> int:
    """How many colours there are: a blank page has one or two."""
    from PIL import Image

    with Image.open(picture) as image:
        return len(image.convert("RGB").resize((128, 100)).getcolors(12_800))
