"""A skipped exercise in a real JupyterLab: `Run All` goes on there, and the card says why, in both themes."""

import pytest
from axe import findings
from looks import LOWEST_CONTRAST

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

FOLDER = """
import os, tempfile
from mini_k8s import control_loop
from mini_k8s.workshop import build, choices
from mini_k8s.workshop.folder import Folder
folder = Folder(tempfile.mkdtemp() + "/mine")
os.environ["MINI_K8S_FOLDER"] = str(folder.path)
choices.skip(folder, ["mini_k8s.control_loop:diff", "mini_k8s.control_loop:reconcile"], "catch-up")
build.register()
"""
UNTOUCHED = """%%build mini_k8s.control_loop:diff
def diff(desired, observed):
    raise NotImplementedError("Exercise 2.1 is yours to write")
"""
BEGUN = """%%build mini_k8s.control_loop:reconcile
def reconcile(desired, observe, act):
    return diff(desired, observe())
"""
AFTER = "print('went on with', control_loop.diff.__module__, control_loop.reconcile.__module__)"


@pytest.fixture(scope="module")
def ran(open_notebook):
    notebook = open_notebook(FOLDER, UNTOUCHED, BEGUN, AFTER)
    notebook.command("notebook:run-all-cells")
    yield notebook
    notebook.kernel("__import__('shutil').rmtree(folder.path.parent)")


def test_run_all_goes_on_with_ours(ran):
    """Past the cell that nobody wrote, and past the one that is not right yet."""
    expect(ran.page.get_by_text("went on with mini_k8s.control_loop mini_k8s.control_loop")).to_be_visible()
    untouched, begun = (ran.page.get_by_role("status").filter(has_text=text) for text in ("2.1 diff", "2.2 reconcile"))
    expect(untouched).to_have_text("2.1 diff: skipped, so ours runs. Write it at any time: what passes is yours.")
    expect(begun).to_contain_text("It is skipped, so ours runs, and the notebook goes on.")
    expect(begun.get_by_text("likely")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_cards_are_readable_in_both_themes(ran, theme, tmp_path):
    ran.theme(theme)
    for text in ("2.1 diff", "2.2 reconcile"):
        card = ran.page.get_by_role("status").filter(has_text=text)
        lowest = card.evaluate(LOWEST_CONTRAST)
        assert lowest["contrast"] >= 4.5, lowest
        assert findings(card) == []
    ran.page.screenshot(path=tmp_path / f"{theme}.png")


def test_a_kernel_knows_which_notebook_it_runs(ran):
    """By this a chapter that has moved is told from the one that has its number now."""
    assert ran.kernel("os.environ['JPY_SESSION_NAME']").endswith(ran.path.name)
