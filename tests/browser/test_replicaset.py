"""The picture of a ReplicaSet in a real JupyterLab: what is seen, pressed and heard."""

import re

import pytest
from axe import findings
from looks import CLIPPED_OR_OVERLAPPING, LOWEST_CONTRAST

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

VIEW = "; view = set_worlds.ReplicaSetView(world, delete=world.delete, whose=lambda: {'pods_to_delete': 'yours'})"
THREE = "world = set_worlds.Sets(3)" + VIEW
STATES = {
    "three that are ready": THREE,
    "everything at once": "world = set_worlds.everything()" + VIEW,
    "none is wished for": "world = set_worlds.Sets(0)" + VIEW,
    "no such set": "world = set_worlds.Sets(None)" + VIEW,
    "many": "world = set_worlds.Sets(9)" + VIEW,
    "a failure that says much": THREE + "; view.tell({'do': 'delete', 'name': 'web'}, OSError('no such pod ' * 30))",
}


@pytest.fixture
def notebook(shared_notebook):
    """One notebook for all tests of this file."""
    shared_notebook.problems.clear()
    shared_notebook.kernel("import set_worlds")
    yield shared_notebook
    shared_notebook.kernel("world.end()")
    assert not shared_notebook.problems, "errors in the page's JavaScript"


@pytest.mark.parametrize("state", STATES)
def test_nothing_overlaps_every_word_can_be_read_and_axe_finds_nothing(notebook, state):
    """In both themes: no clipped or overlapping words, two lines for the sentence, contrast of at least 4.5."""
    picture = notebook.show(STATES[state])
    for theme in ("dark", "light"):
        notebook.theme(theme)
        assert picture.evaluate(CLIPPED_OR_OVERLAPPING) == []
        lowest = picture.evaluate(LOWEST_CONTRAST)
        assert lowest["contrast"] >= 4.5, (theme, lowest)
        assert findings(picture) == []


def test_one_that_is_deleted_is_replaced_before_ones_eyes(notebook):
    picture = notebook.show(THREE)
    expect(picture.locator(".say")).to_contain_text("all three are ready")
    name = notebook.kernel("world.pods()[0]")
    picture.get_by_role("button", name=f"delete pod {name}", exact=True).click()
    expect(picture.locator(f".set li.tile[data-name='{name}']")).to_have_count(0)
    expect(picture.locator(".set li.tile.running")).to_have_count(3)


def test_who_does_not_fit_any_more_moves_out_and_lives(notebook):
    picture = notebook.show(THREE)
    name = notebook.kernel("world.pods()[0]")
    notebook.kernel(f"world.label({name!r}, 'debug')")
    outside = picture.locator(f".out li.tile[data-name='{name}']")
    expect(outside).to_have_class(re.compile("running"))
    expect(outside).to_contain_text("released")
    expect(picture.locator(".set li.tile.running")).to_have_count(3)


def test_a_stranger_that_fits_is_adopted_and_then_one_is_too_many(notebook):
    picture = notebook.show(THREE)
    notebook.kernel("world.stop_deciding(); world.stray('visitor', app='web')")
    expect(picture.locator(".out li.tile[data-name='visitor']")).to_contain_text("no owner")
    notebook.kernel("world.cluster.client.patch('ReplicaSet', 'web', {'spec': {'replicas': 2}})")
    expect(picture.locator(".set .chip")).to_have_text("+ 1 extra")
    expect(picture.locator(".set li.tile.over")).to_have_count(1)
