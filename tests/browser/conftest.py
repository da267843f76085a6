"""A real JupyterLab and a real browser. Where there is no browser these tests are skipped, and it is said why."""

import itertools

import pytest
from helpers import not_run
from lab_server import BROWSER_ARGS, BROWSERS, LabServer, browser_path
from notebooks import Notebook

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def browser():
    path = browser_path()
    if not path:
        not_run("browser", f"none of {', '.join(BROWSERS)} is on PATH")
    api = pytest.importorskip("playwright.sync_api")
    api.expect.set_options(timeout=30_000)  # on a busy machine too; what is true is seen at once
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(browser, tmp_path_factory):
    server = LabServer(tmp_path_factory.mktemp("jupyter") / "lab").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def open_notebook(server, browser):
    """``open_notebook(*cells)`` opens a new notebook in a window of its own; a file's are closed when it is through."""
    opened = []

    def open_(*cells: str, width: int = 1280, height: int = 1000, **settings) -> Notebook:
        page = browser.new_context(viewport={"width": width, "height": height}, **settings).new_page()
        page.set_default_timeout(20_000)
        opened.append(Notebook(server, page, f"notebook-{next(_numbers)}", *cells))
        return opened[-1]

    yield open_
    for notebook in opened:
        notebook.close()


@pytest.fixture(scope="module")
def shared_notebook(open_notebook):
    return open_notebook()


@pytest.fixture
def notebook(shared_notebook):
    """One notebook for all tests of a file; each shows a picture of its own in it."""
    shared_notebook.problems.clear()
    yield shared_notebook
    shared_notebook.kernel("'loop' in globals() and loop.close()")
    assert not shared_notebook.problems, "errors in the page's JavaScript"
