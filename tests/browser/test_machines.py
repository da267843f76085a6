"""The picture of machines and the chart of a history in a real JupyterLab: what is seen, pressed, heard and typed."""

import re

import pytest
from axe import findings
from helpers import eventually
from looks import CLIPPED_OR_OVERLAPPING, LOWEST_CONTRAST

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

SIX = "world = machine_worlds.six()"
GAME = SIX + "; view = machine_worlds.MachinesView(world, wished=machine_worlds.SIX, start=world.start)"
HANDS = SIX + "; view = machine_worlds.MachinesView(world, kill=world.kill, switch=world.switch)"
ALL = ("kill=world.kill, start=world.start, switch=world.switch, "
       "wished=(*machine_worlds.SIX, machine_worlds.LONG, 'web-7', 'web-8')")
STATES = {
    "six that run": GAME,
    "everything at once": f"world = machine_worlds.every_state(); view = machine_worlds.MachinesView(world, {ALL})",
    "no machines": "world = machine_worlds.World(); view = machine_worlds.MachinesView(world)",
    "looking away": GAME + "; view.paused = ['You look away: read the text below. The buttons come back in 14 s.']",
    "a failure that says much": GAME + "; view.tell({'do': 'start', 'name': 'web-1'}, OSError('no place ' * 30))",
    "a chart": "world = machine_worlds.a_minute(); view = machine_worlds.AvailabilityView(world)",
    "a chart of a bad day": "world = machine_worlds.a_bad_day(); view = machine_worlds.AvailabilityView(world)",
    "an empty chart": "world = machine_worlds.Record(machine_worlds.History(()), None);"
                      "view = machine_worlds.AvailabilityView(world)",
}


@pytest.fixture
def notebook(shared_notebook):
    """One notebook for all tests of this file."""
    shared_notebook.problems.clear()
    shared_notebook.kernel("import machine_worlds")
    yield shared_notebook
    shared_notebook.kernel("world.end()")
    assert not shared_notebook.problems, "errors in the page's JavaScript"


def tile(picture, name: str):
    return picture.locator(f"li.tile[data-name='{name}']")


def button(picture, name: str):
    return picture.get_by_role("button", name=name, exact=True)


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


def test_a_death_is_seen_and_its_place_offers_the_start(notebook):
    picture = notebook.show(GAME)
    expect(picture.locator(".say")).to_have_text("Six are wished for, and all six run.")
    notebook.kernel("world.kill('web-5')")
    expect(tile(picture, "web-5")).to_contain_text("exit 137")
    expect(tile(picture, "web-5")).to_have_class(re.compile("failed"))
    expect(picture.locator(".say")).to_contain_text("five run. web-5 died")
    button(picture, "start web-5 on node-2").click()
    expect(tile(picture, "web-5")).to_contain_text("Running")
    assert notebook.kernel("world.pressed[-1]") == ["start", "web-5", "node-2"]


def test_a_machine_without_power_is_dark_and_its_containers_start_elsewhere(notebook):
    picture = notebook.show(GAME)
    notebook.kernel("world.switch('node-3', False)")
    dark = picture.locator("[data-machine='node-3']")
    expect(dark).to_have_class(re.compile("off"))
    expect(dark).to_contain_text("NotReady")
    expect(dark.locator("[data-name='web-3']")).to_contain_text("heard")
    expect(picture.locator(".say")).to_contain_text("nobody can know what its two containers do")
    button(picture, "start web-6 on node-1").click()
    expect(picture.locator("[data-machine='node-1'] [data-name='web-6']")).to_contain_text("Running")
    expect(button(picture, "start web-6 on node-2")).to_have_count(0)
    expect(button(picture, "start web-3 on node-2")).to_be_visible()


def test_kill_and_switch_wait_for_the_world(notebook):
    """Pressed, a button keeps its width and says that it is queued."""
    picture = notebook.show(HANDS)
    notebook.kernel("world.slow = True")
    kill = button(picture, "kill web-1")
    width = kill.bounding_box()["width"]
    kill.click()
    queued = button(picture, "kill web-1, queued")
    expect(queued).to_be_disabled()
    assert queued.bounding_box()["width"] == width
    notebook.kernel("world.slow = False; world.kill('web-1')")
    expect(tile(picture, "web-1")).to_contain_text("exit 137")
    button(picture, "switch off node-2").click()
    expect(button(picture, "switch on node-2")).to_be_visible()
    assert notebook.kernel("world.running()") == ["web-3", "web-4", "web-6"]


def test_what_goes_wrong_with_a_button_is_said_in_the_picture(notebook):
    picture = notebook.show(HANDS + "; view.kill = lambda name: {}['nobody']")
    button(picture, "kill web-1").click()
    expect(picture.locator(".say")).to_have_text("kill web-1 did not work: KeyError: 'nobody'")
    expect(button(picture, "kill web-1")).to_be_enabled()


def test_nothing_jumps(notebook):
    """A tile keeps its place, whatever dies, starts or goes dark."""
    picture = notebook.show(GAME)
    expect(picture.locator(".say")).to_contain_text("all six run")

    def places():
        return [picture.locator(f"[data-machine='node-{i}'] li").nth(j).bounding_box() for i in (1, 3) for j in (0, 3)]

    before = places()
    notebook.kernel("world.kill('web-1'); world.switch('node-3', False)")
    expect(picture.locator(".say")).to_contain_text("node-3 has been silent")
    assert places() == before
    notebook.kernel("world.start('web-3', 'node-1')")
    expect(picture.locator("[data-machine='node-1'] [data-name='web-3']")).to_contain_text("Running")
    assert places() == before


def test_the_keyboard_is_enough(notebook):
    """Tab reaches the buttons in reading order, the focus stays with the place, no key changes the notebook."""
    picture = notebook.show(GAME + "; world.kill('web-4'); world.kill('web-2'); world.switch('node-3', False)")
    keyboard, cells = notebook.page.keyboard, notebook.cells()
    focused = "document.activeElement.getAttribute('aria-label') || document.activeElement.dataset.name"
    expect(button(picture, "start web-2 on node-2")).to_be_visible()
    button(picture, "start web-4 on node-1").focus()
    walked = [notebook.page.evaluate(focused)]
    for _ in range(5):
        keyboard.press("Tab")
        walked.append(notebook.page.evaluate(focused))
    assert walked == ["start web-4 on node-1", "start web-3 on node-1", "start web-6 on node-1",
                      "start web-2 on node-2", "start web-3 on node-2", "start web-6 on node-2"]
    button(picture, "start web-4 on node-1").focus()
    keyboard.press("Enter")
    expect(tile(picture, "web-4")).to_contain_text("Running")
    eventually(lambda: notebook.page.evaluate(focused) == "web-4", 10, "the focus stays with the place")
    for key in ("a", "b", "x", "d", "d", "ArrowDown", "ArrowUp"):
        keyboard.press(key)
    assert notebook.cells() == cells
    notebook.kernel("world.kill('web-4')")
    eventually(lambda: notebook.page.evaluate(focused) == "start web-4 on node-1", 10, "and goes back to its button")


def test_it_is_heard_in_words(notebook):
    """Machines and buttons have names; what is announced is the sentence."""
    picture = notebook.show(GAME + "; world.switch('node-3', False)")
    expect(picture.locator("[aria-live]")).to_contain_text("node-3 has been silent")
    expect(picture.get_by_role("listitem", name="node-3, NotReady, switched off, two containers last seen there")
           ).to_be_visible()
    expect(picture.get_by_role("listitem", name="node-1, Ready, two containers")).to_be_visible()


def test_while_nobody_is_to_look_no_button_works(notebook):
    picture = notebook.show(GAME + "; world.kill('web-1'); view.paused = ['You look away.']")
    expect(picture.locator(".say")).to_have_text("You look away.")
    expect(button(picture, "start web-1 on node-1")).to_be_disabled()
    button(picture, "start web-1 on node-1").click(force=True)
    notebook.kernel("view.paused = []")
    expect(button(picture, "start web-1 on node-1")).to_be_enabled()
    assert notebook.kernel("world.pressed") == [["kill", "web-1"]]


def test_what_has_ended_is_stale(notebook):
    picture = notebook.show(HANDS)
    expect(picture.locator(".say")).to_contain_text("Six containers run")
    notebook.kernel("world.end()")
    expect(picture.locator(".say")).to_have_text("The test has ended.")
    expect(picture).to_have_attribute("data-stale", "")
    expect(button(picture, "kill web-1")).to_be_disabled()
    threads = "[t.name for t in __import__('threading').enumerate() if t.name.startswith('machines-view')]"
    eventually(lambda: notebook.kernel(threads) == [], 10, "the view's threads end with the world")


@pytest.mark.parametrize("state", ["everything at once", "a chart"])
def test_the_projector_size_is_the_same_picture_larger(notebook, state):
    picture = notebook.show(STATES[state] + "; view.size = 'projector'")
    expect(picture).to_have_attribute("data-size", "projector")
    assert picture.evaluate(CLIPPED_OR_OVERLAPPING) == []


def test_without_motion_a_death_keeps_its_edge_for_a_moment(open_notebook):
    notebook = open_notebook(reduced_motion="reduce")
    picture = notebook.show("import machine_worlds; " + GAME)
    notebook.kernel("world.kill('web-1')")
    expect(tile(picture, "web-1")).to_have_class(re.compile("just"))
    assert tile(picture, "web-1").evaluate("tile => getComputedStyle(tile).animationName") == "none"
    expect(tile(picture, "web-1")).not_to_have_class(re.compile("just"))
    notebook.kernel("world.end()")


def test_a_name_with_markup_is_text(notebook):
    evil = "<script>window.hurt=1</script><img src=x onerror=window.hurt=1>"
    picture = notebook.show(f"world = machine_worlds.World(machine_worlds.Machine({evil!r}, (machine_worlds.Tile("
                            f"{evil!r}), machine_worlds.Tile('b', 'Failed'), None)));"
                            "view = machine_worlds.MachinesView(world, kill=world.kill)")
    expect(picture.locator("[title*='<script>']").first).to_be_visible()
    assert picture.locator("img, script").count() == 0
    assert notebook.page.evaluate("window.hurt") is None


def test_the_chart_grows_with_the_history(notebook):
    picture = notebook.show("record = world = machine_worlds.Record(machine_worlds.history((0,), (5,)), playing=True);"
                            "view = machine_worlds.AvailabilityView(world)")
    chart = picture.get_by_role("img")
    expect(chart).to_have_attribute("aria-label", "In 5 s nothing failed: all six ran.")
    notebook.kernel("world.become(machine_worlds.history((0,), (5,), (8, 'web-3'), (10.5,), (12,)))")
    expect(chart).to_have_attribute("aria-label", re.compile("started it again after about 2.5 s"))
    expect(picture.locator(".react text")).to_have_text("2.5 s")
    expect(picture.locator(".react title")).to_have_text("web-3 died at 8.0 s, running again after 2.5 s")
    expect(picture.locator(".facts")).to_contain_text("1 time")
    expect(picture.locator(".live")).to_contain_text("12 of 60 s")


def test_a_chart_of_the_past_does_not_grow_stale(notebook):
    """What has happened has happened, also when nobody plays any more."""
    picture = notebook.show(STATES["a chart"])
    expect(picture.locator(".live")).to_contain_text("60 of 60 s")
    notebook.kernel("world.end()")
    notebook.page.wait_for_timeout(4000)
    expect(picture).not_to_have_attribute("data-stale", "")


def test_whoever_pressed_a_button_goes_on_with_the_next_cell(open_notebook):
    """A press does not make the picture's cell the active one: Shift+Enter would run it, and its game, once more."""
    notebook = open_notebook("import machine_worlds; ran = []", f"ran.append('picture'); {GAME}\nview",
                             "ran.append('next')")
    notebook.page.locator(".jp-Cell").first.click()
    for _ in range(2):
        notebook.page.keyboard.press("Shift+Enter")
    picture = notebook.page.locator(".mk-machines")
    expect(picture.locator(".say")).to_contain_text("all six run")
    notebook.kernel("world.kill('web-1')")
    button(picture, "start web-1 on node-1").click()
    expect(tile(picture, "web-1")).to_contain_text("Running")
    notebook.page.keyboard.press("Shift+Enter")
    notebook.becomes("ran", ["picture", "next"])
    notebook.kernel("world.end()")


def test_an_age_that_counts_is_not_read_out_again(notebook):
    """The sentence counts the seconds of a silence; only what happens is told to a screen reader."""
    picture = notebook.show(GAME + "; world.switch('node-3', False)")
    heard, said = picture.locator("[aria-live]"), picture.locator(".say")
    expect(heard).to_contain_text("node-3 has been silent")
    heard.evaluate("node => { window.told = 0; new MutationObserver(() => window.told++)"
                   ".observe(node, { childList: true, characterData: true, subtree: true }); }")
    before = said.inner_text()
    expect(said).not_to_have_text(before)
    notebook.page.wait_for_timeout(4000)
    assert notebook.page.evaluate("window.told") == 0
    notebook.kernel("world.kill('web-1')")
    expect(heard).to_contain_text("web-1 died")
