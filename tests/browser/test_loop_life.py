"""The picture of the loop through its life: reloaded, restarted, kept still, by keyboard alone, on real containers."""

import json
import re
from itertools import pairwise

import pytest
from helpers import eventually
from latency import event_to_picture
from looks import CLIPPED_OR_OVERLAPPING, LOWEST_CONTRAST
from notebooks import PRELUDE
from test_loop_picture import FIVE, press, row

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

WORDS = ("no image 'mini-k8s/wbe:1' on this engine, and no registry that was asked knows one of that name either. "
         "Did you mean 'mini-k8s/web:1'?")
STATES = {
    "everything at once": "world, desired, loop = worlds.every_state(); loop.step(); loop.step()",
    "nothing": "world = worlds.World(); loop = world.loop_for({})",
    "an engine that is away": "world, desired, loop = worlds.five(); loop.step(); world.broken = OSError("
                              "'no engine answers at unix:///var/run/docker.sock; start it, or choose another one')",
    "a long tape, wound back": "world, desired, loop = worlds.every_state();"
                               "[loop.step() for _ in range(40)]; loop.rewind(20)",
    "a thousand passes in two hours": "world, desired, loop = worlds.long_ago(990, 7_100)",
    "many passes in many hours": "world, desired, loop = worlds.long_ago(1_234_567, 86_400)",
    "a failure that says much": f"world, desired, loop = worlds.failing({WORDS!r}); loop.step(); loop.step();"
                                "loop.rewind(0)",
    "a wish that cannot be meant": "world = worlds.World(web_1='web:1'); loop = world.loop_for(['web-1'] * 30)",
}


@pytest.mark.parametrize("state", STATES)
def test_nothing_overlaps_and_every_word_can_be_read(notebook, state):
    """In both themes: no clipped or overlapping words, two lines for the sentence, contrast of at least 4.5."""
    picture = notebook.show(STATES[state] + "; view = LoopView(loop, kill=world.kill)")
    expect(picture.locator(".live")).to_contain_text("looked" if "rewind" not in STATES[state] else "wound back")
    for theme in ("dark", "light"):
        notebook.theme(theme)
        assert picture.evaluate(CLIPPED_OR_OVERLAPPING) == []
        lowest = picture.evaluate(LOWEST_CONTRAST)
        assert lowest["contrast"] >= 4.5, (theme, lowest)


def test_the_end_of_a_long_message_can_be_read(notebook):
    """What to do about it stands there: in full, beneath the row, at every width."""
    picture = notebook.show(f"world, desired, loop = worlds.failing({WORDS!r}); loop.step();"
                            "view = LoopView(loop, kill=world.kill)")
    note = row(picture, "web-2").locator(".note")
    expect(note).to_have_text(re.compile(re.escape(WORDS)))
    expect(row(picture, "web-1").locator(".note")).to_be_hidden()
    for width in (600, 820, 1280):
        notebook.page.set_viewport_size({"width": width, "height": 1000})
        assert picture.evaluate(CLIPPED_OR_OVERLAPPING) == []
        assert note.evaluate("note => note.scrollWidth <= note.clientWidth && note.scrollHeight <= note.clientHeight")


def test_wound_back_nothing_counts(notebook):
    """Not the age of what was under way, not the clock of a back-off."""
    picture = notebook.show("world, desired, loop = worlds.every_state(); loop.step(); loop.step(); loop.step();"
                            "loop.rewind(0); view = LoopView(loop, kill=world.kill)")
    expect(row(picture, "web-4")).to_contain_text("under way")
    expect(row(picture, "web-5")).to_contain_text("wait")
    before = picture.locator("tbody").inner_text()
    clock = row(picture, "web-5").locator("svg path")
    drawn = clock.get_attribute("d")
    notebook.page.wait_for_timeout(2500)
    assert picture.locator("tbody").inner_text() == before
    assert clock.get_attribute("d") == drawn
    expect(picture.locator(".tape .now time")).to_have_text("now")


def test_the_projector_size_is_the_same_picture_larger(notebook):
    picture = notebook.show(STATES["everything at once"] + "; view = LoopView(loop, kill=world.kill, size='projector')")
    expect(picture).to_have_attribute("data-size", "projector")
    assert picture.evaluate(CLIPPED_OR_OVERLAPPING) == []
    small = picture.evaluate("root => Math.min(...[...root.querySelectorAll('.quiet')].map(node =>"
                             " parseFloat(getComputedStyle(node).fontSize))) * Number(root.style.zoom)")
    assert small >= 12 * 1.5 * 0.85


def test_two_hundred_rows_do_not_move_by_themselves(notebook):
    """Above 80 tiles nothing is animated, and updates come one at a time."""
    picture = notebook.show("world = worlds.World(**{f'web_{i}': 'web:1' for i in range(200)});"
                            "loop = world.loop_for({f'web-{i}': 'web:1' for i in range(200)}); view = LoopView(loop)")
    expect(picture.locator("tbody tr")).to_have_count(200)
    assert picture.locator(".tile").first.evaluate("tile => getComputedStyle(tile).transitionDuration") == "0s"
    notebook.kernel("world.kill('web-150')")
    expect(row(picture, "web-150")).to_contain_text("exit 137")


def test_without_motion_what_just_changed_keeps_its_edge(open_notebook):
    notebook = open_notebook(reduced_motion="reduce")
    picture = notebook.show(FIVE)
    notebook.kernel("world.kill('web-1')")
    tile = row(picture, "web-1").locator(".tile")
    expect(tile).to_have_class(re.compile("just"))
    assert tile.evaluate("tile => getComputedStyle(tile).animationName") == "none"
    expect(tile).not_to_have_class(re.compile("just"))


def test_it_is_heard_at_most_once_in_three_seconds(notebook):
    """A screen reader is not flooded: the sentence changes at once, what is announced waits."""
    picture = notebook.show(FIVE + "; import time")
    heard = picture.locator("[aria-live]")
    expect(heard).to_contain_text("two of them run")
    heard.evaluate("node => { window.heard = []; new MutationObserver(() => window.heard.push(Date.now()))"
                   ".observe(node, { childList: true, characterData: true, subtree: true }); }")
    for name in ("web-1", "web-2", "web-3"):
        notebook.kernel(f"world.kill('{name}'); time.sleep(0.2)")
    expect(picture.locator(".say")).to_contain_text("none of them runs")
    expect(heard).to_contain_text("none of them runs")
    times = notebook.page.evaluate("window.heard")
    assert all(later - sooner >= 2900 for sooner, later in pairwise(times))


def test_the_keyboard_is_enough(notebook):
    """Tab and Enter reach and press everything, the focus stays with the name, and no key changes the notebook."""
    picture = notebook.show(FIVE)
    keyboard, cells = notebook.page.keyboard, notebook.cells()
    focused = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    picture.get_by_role("button", name="kill web-1", exact=True).focus()
    walked = [notebook.page.evaluate(focused)]
    for _ in range(9):
        keyboard.press("Tab")
        walked.append(notebook.page.evaluate(focused))
    assert walked[:9] == ["kill web-1", "kill web-2", "kill web-3", "kill debug-1", "Step", "Run", "Pause", "Rewind",
                          "speed: normal"]
    assert walked[9].startswith("now")

    picture.get_by_role("button", name="kill web-1", exact=True).focus()
    keyboard.press("Enter")
    expect(row(picture, "web-1")).to_contain_text("exit 137")
    assert notebook.page.evaluate("document.activeElement.closest('tr').dataset.name") == "web-1"
    for key in ("a", "b", "x", "d", "d", "ArrowDown", "ArrowUp"):
        keyboard.press(key)
    assert notebook.cells() == cells
    notebook.kernel("loop.step()")
    expect(row(picture, "web-1").locator(".tile")).to_contain_text("Running")
    eventually(lambda: notebook.page.evaluate(focused) == "kill web-1", 10, "the focus follows the name")

    picture.get_by_role("button", name="Run", exact=True).focus()
    keyboard.press("Enter")  # greys Run, and must not lose the focus over it
    notebook.becomes("loop.running", True)
    expect(picture.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    assert notebook.page.evaluate(focused) == "Run"
    for key in ("a", "b", "x", "d", "d"):
        keyboard.press(key)
    assert notebook.cells() == cells


def test_shift_enter_on_a_button_goes_on_in_the_notebook(open_notebook):
    """As everywhere in a notebook: the cell runs, the next one is chosen, and the button is not pressed."""
    notebook = open_notebook(PRELUDE, "view", "went_on = True")
    picture = notebook.show(FIVE)
    notebook.kernel("went_on = False")
    picture.get_by_role("button", name="kill web-1", exact=True).click()
    expect(row(picture, "web-1")).to_contain_text("exit 137")
    picture.get_by_role("button", name="kill web-2", exact=True).focus()
    notebook.page.keyboard.press("Shift+Enter")  # the picture's own cell
    notebook.page.keyboard.press("Shift+Enter")
    notebook.becomes("went_on", True)
    assert notebook.kernel("world.facts['web-2'].state") == "Running"
    notebook.kernel("loop.close()")


def test_the_tape_is_walked_with_arrows(notebook):
    picture = notebook.show(FIVE + "; [loop.step() for _ in range(5)]")
    keyboard, tape = notebook.page.keyboard, picture.locator(".tape")
    expect(tape.locator("button")).to_have_count(6)
    expect(tape.locator("button[tabindex='0']")).to_have_count(1)
    tape.locator("button[tabindex='0']").focus()
    keyboard.press("Home")
    keyboard.press("ArrowRight")
    keyboard.press("Enter")
    notebook.becomes("loop.rewound and loop.rewound.number", 2)
    expect(picture.locator(".live")).to_contain_text("pass 2, 3 passes ago")
    expect(tape.locator("[aria-current]")).to_have_attribute("data-pass", "2")
    assert notebook.page.evaluate("document.activeElement.dataset.pass") == "2"
    keyboard.press("End")
    keyboard.press("Enter")
    notebook.becomes("loop.rewound", None)
    expect(picture.locator(".live")).to_contain_text("paused")


def test_a_reload_brings_it_back_alive(open_notebook):
    notebook = open_notebook()
    notebook.show(FIVE + "; loop.run()")
    notebook.command("docmanager:save")
    notebook.page.reload()
    notebook.ready()
    picture = notebook.page.locator(".mk-loop")
    expect(picture.locator(".say")).to_contain_text("all five run")
    notebook.kernel("world.put('debug-7', 'web:1'); loop.pause()")
    press(picture, "Step")
    notebook.becomes("loop.latest.number == loop.history[-1].number + 1", True)
    expect(picture).not_to_have_attribute("data-stale", "")


def test_a_restarted_kernel_makes_it_stale(open_notebook):
    """Nothing is shown as if it were so when nobody has looked."""
    notebook = open_notebook()
    picture = notebook.show(FIVE + "; loop.run()")
    expect(picture.locator(".say")).to_contain_text("all five run")
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(picture).to_have_attribute("data-stale", "")
    expect(picture.locator(".live")).to_contain_text("stale, last heard")
    expect(picture.get_by_role("button", name="Pause", exact=True)).to_be_disabled()
    assert picture.evaluate(LOWEST_CONTRAST)["contrast"] >= 4.5


def test_a_saved_notebook_keeps_the_still_picture(open_notebook, server, browser):
    """Opened where nothing runs, the last picture is there."""
    notebook = open_notebook(PRELUDE, "view.snapshot()")
    notebook.kernel(FIVE + "; loop.step(); loop.step()")
    notebook.command("notebook:run-all-cells")
    still = "img[src^='data:image/svg+xml'], .jp-RenderedSVG svg"
    expect(notebook.page.locator(still)).to_be_visible()
    notebook.command("docmanager:save")
    outputs = json.loads(notebook.path.read_text())["cells"][1]["outputs"]
    assert "all five run" in "".join(outputs[0]["data"]["text/plain"])
    server.shut(notebook.name)
    page = browser.new_context().new_page()
    page.goto(server.address(notebook.name) + "&kernelStatus=off")
    expect(page.locator(still)).to_be_visible(timeout=60_000)
    page.context.close()


def test_every_change_comes_to_the_picture(open_notebook):
    """What ``make bench`` measures: each change is seen, none before it happened."""
    took = event_to_picture(open_notebook(), count=20)
    assert len(took) == 20
    assert min(took) > 0


def test_the_buttons_move_real_containers(open_notebook, engine, cluster):
    """Killed in the picture, a real container dies, and the loop brings it back."""
    notebook = open_notebook(height=700)
    notebook.kernel(f"""
from concurrent.futures import ThreadPoolExecutor
from mini_k8s.backoff import Backoff
from mini_k8s.containers import ByName
from mini_k8s.control_loop import ControlLoop
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.hints import Hints
runtime = DockerRuntime({cluster!r}, 'browser-tests')
containers = ByName(runtime, grace=0)
loop = ControlLoop({{f'web-{{i}}': 'mini-k8s/web:1' for i in (1, 2, 3)}}, containers.observe, containers.act,
                   tidy=containers.tidy, executor=ThreadPoolExecutor(4), backoff=Backoff.workshop())
hints = Hints(runtime.events, loop.wake)
ids = lambda: {{o.name: o.id for o in runtime.list() if o.alive and o.kind == 'container'}}
def kill(name): runtime.stop(ids()[name], 0)
""", timeout=120)
    picture = notebook.show("view = LoopView(loop, kill=kill)")
    press(picture, "Run")
    expect(picture.locator(".say")).to_contain_text("all three run", timeout=60_000)
    before = notebook.kernel("ids()")
    picture.get_by_role("button", name="kill web-2", exact=True).click()
    eventually(lambda: notebook.kernel("ids()").get("web-2") not in (None, before["web-2"]), 60, "web-2 comes back")
    expect(row(picture, "web-2").locator(".tile")).to_contain_text("Running")
    expect(picture.locator(".say")).to_contain_text("all three run")
    expect(picture.locator(".tape")).to_contain_text("start web-2")
    after = notebook.kernel("ids()")
    assert {name for name in before if before[name] != after[name]} == {"web-2"}
    press(picture, "Pause")
    notebook.kernel("hints.close(); loop.close()")
