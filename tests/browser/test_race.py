"""The picture of an object and its writers in a real JupyterLab: what is seen, walked, heard and typed."""

import re

import pytest
from axe import findings
from looks import CLIPPED_OR_OVERLAPPING, LOWEST_CONTRAST

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

STATES = {
    "nothing yet": "world = race_worlds.World(created=False)",
    "a new one": "world = race_worlds.World()",
    "a refusal": "world = race_worlds.refused()",
    "an undone change": "world = race_worlds.pasted()",
    "many versions with long names": "world = race_worlds.long()",
    "a deleted one": "world = race_worlds.deleted()",
    "long writers": "world = race_worlds.World(writers=('somebody-of-a-very-long-name', 'the kubelet of node-1')); "
                    "world.image('mini-k8s/web:2'); world.phase('Running')",
}
VIEW = "; view = race_worlds.RaceView(world.race)"


@pytest.fixture
def notebook(shared_notebook):
    """One notebook for all tests of this file."""
    shared_notebook.problems.clear()
    shared_notebook.kernel("import race_worlds")
    yield shared_notebook
    shared_notebook.kernel("world.end()")
    assert not shared_notebook.problems, "errors in the page's JavaScript"


def cells(picture):
    return picture.locator(".tape li")


@pytest.mark.parametrize("state", STATES)
def test_nothing_overlaps_every_word_can_be_read_and_axe_finds_nothing(notebook, state):
    """In both themes: no clipped or overlapping words, two lines for the sentence, contrast of at least 4.5."""
    picture = notebook.show(STATES[state] + VIEW)
    for theme in ("dark", "light"):
        notebook.theme(theme)
        assert picture.evaluate(CLIPPED_OR_OVERLAPPING) == []
        lowest = picture.evaluate(LOWEST_CONTRAST)
        assert lowest["contrast"] >= 4.5, (theme, lowest)
        assert findings(picture) == []


def test_each_write_is_a_version_and_a_refusal_stands_between_them(notebook):
    picture = notebook.show(STATES["a new one"] + VIEW)
    expect(picture.locator(".say")).to_contain_text("Version 2 was written by you: the object is new.")
    notebook.kernel("seen = world.kubelet.get('web-1'); world.image('mini-k8s/web:2') and None")
    expect(cells(picture)).to_have_count(2)
    expect(cells(picture).last).to_contain_text("image web:2")
    notebook.kernel("import contextlib\nwith contextlib.suppress(Exception): world.phase('Running', seen)")
    expect(cells(picture).last).to_contain_text("409 refused")
    expect(cells(picture).last).to_contain_text("the kubelet")
    expect(picture.locator(".say")).to_contain_text("was refused (409): it was made from version 2, and version 3")
    expect(picture.locator("svg .x")).to_have_count(1)
    notebook.kernel("world.phase('Running') and None")
    expect(cells(picture).last).to_contain_text("phase Running")
    expect(picture.locator(".part").last).to_contain_text("Running")


def test_a_change_that_somebody_undid_unmeant_is_pointed_out(notebook):
    picture = notebook.show(STATES["an undone change"] + VIEW)
    expect(picture.locator(".say")).to_contain_text("undid your change in version 3: image web:1 again.")
    expect(picture.locator(".chip")).to_have_text("undid 3")


def test_the_tape_is_walked_with_arrows_and_enter_shows_a_version(notebook):
    """One stop of the Tab key; the object below is the one of that version; no key changes the notebook."""
    picture = notebook.show(STATES["an undone change"] + VIEW)
    keyboard, before = notebook.page.keyboard, notebook.cells()
    expect(cells(picture).last.locator("button")).to_have_attribute("tabindex", "0")
    cells(picture).last.locator("button").focus()
    keyboard.press("ArrowLeft")
    keyboard.press("ArrowLeft")
    keyboard.press("Enter")
    expect(picture.locator(".live")).to_contain_text("wound back, not now")
    expect(picture).to_contain_text("as it is in version 3")
    expect(picture.locator(".part").first).to_contain_text("web:2")
    expect(picture.locator(".say")).to_contain_text("Version 3 was written by you: image web:2.")
    assert notebook.page.evaluate("document.activeElement.dataset.pass") == "version 3"
    for key in ("a", "b", "x", "d", "d"):
        keyboard.press(key)
    keyboard.press("End")
    keyboard.press("Enter")
    expect(picture.locator(".live")).to_contain_text("live")
    expect(picture).to_contain_text("as it is in version 4")
    assert notebook.cells() == before


def test_what_is_older_than_there_is_room_for_is_counted(notebook):
    picture = notebook.show(STATES["many versions with long names"] + VIEW)
    expect(cells(picture)).to_have_count(5)
    expect(picture.locator(".gutter")).to_contain_text("36 before")


def test_it_is_heard_in_words(notebook):
    picture = notebook.show(STATES["a refusal"] + VIEW)
    expect(picture.locator("[aria-live]")).to_contain_text("A write by the kubelet was refused")
    expect(picture.get_by_role("list", name=re.compile("Versions and refused writes, oldest first"))).to_be_visible()


def test_the_projector_size_is_the_same_picture_larger(notebook):
    picture = notebook.show(STATES["an undone change"] + VIEW + "; view.size = 'projector'")
    expect(picture).to_have_attribute("data-size", "projector")
    assert picture.evaluate(CLIPPED_OR_OVERLAPPING) == []


def test_what_has_ended_is_stale(notebook):
    picture = notebook.show(STATES["a refusal"] + VIEW)
    notebook.kernel("world.end()")
    expect(picture.locator(".say")).to_have_text("The test has ended.")
    expect(picture).to_have_attribute("data-stale", "")


def test_a_value_with_markup_is_text(notebook):
    evil = "<img src=x onerror=window.hurt=1>"
    picture = notebook.show(f"world = race_worlds.World(); world.image({evil!r}){VIEW}")
    expect(cells(picture).last).to_contain_text("image")
    assert picture.locator("img").count() == 0
    assert notebook.page.evaluate("window.hurt") is None
