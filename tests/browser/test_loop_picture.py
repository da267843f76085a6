"""The picture of the loop in a real JupyterLab: what its buttons do, and what it shows of the world."""

import re

import pytest
from helpers import eventually
from notebooks import PRELUDE

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

FIVE = "world, desired, loop = worlds.five(); view = LoopView(loop, kill=world.kill)"
THREE = ("world = worlds.World(web_1='web:1', web_2='web:1', web_3='web:1');"
         "desired = {f'web-{i}': 'web:1' for i in (1, 2, 3)}; loop = world.loop_for(desired);"
         "view = LoopView(loop, kill=world.kill)")


def press(picture, name: str):
    picture.get_by_role("button", name=name, exact=True).click()


def row(picture, name: str):
    return picture.locator(f"tr[data-name='{name}']")


def test_the_picture_says_what_a_pass_would_do(notebook):
    """While nobody acts, it shows what is next."""
    picture = notebook.show(FIVE)
    expect(picture.locator(".live")).to_contain_text("no pass yet · paused")
    expect(picture.locator(".say")).to_contain_text("Five are wished for, two of them run as wished.")
    expect(row(picture, "web-4")).to_contain_text("missing")
    expect(row(picture, "web-4")).to_contain_text("start web-4")
    expect(row(picture, "web-3")).to_contain_text("changed")
    expect(row(picture, "debug-1")).to_contain_text("extra")
    expect(row(picture, "web-1")).to_contain_text("same")
    expect(picture.locator(".tape .now")).to_contain_text("4 to do")
    assert notebook.kernel("len(loop.history)") == 0


def test_step_makes_one_pass(notebook):
    picture = notebook.show(FIVE)
    press(picture, "Step")
    expect(row(picture, "web-4")).to_contain_text("Running")
    expect(picture.locator(".tape")).to_contain_text("pass 1")
    expect(row(picture, "web-3")).to_contain_text("start web-3")  # stopped now, started by the next
    assert notebook.kernel("len(loop.history)") == 1
    press(picture, "Step")
    expect(picture.locator(".live")).to_contain_text("pass 2 · paused")
    expect(picture.locator(".say")).to_have_text(
        "Five are wished for, and all five run. Pass 2 started web-3; a look since then finds nothing more to do.")
    press(picture, "Step")
    expect(picture.locator(".say")).to_have_text(
        "Five are wished for, and all five run. Pass 3 found nothing to do.")
    assert notebook.kernel("loop.latest.converged")


def test_run_acts_by_itself_until_pause(notebook):
    picture = notebook.show(FIVE)
    press(picture, "Run")
    expect(picture.locator(".say")).to_contain_text("all five run")
    assert notebook.kernel("loop.running")
    notebook.kernel("world.kill('web-1')")
    expect(row(picture, "web-1").locator(".tile")).to_contain_text("Running")
    notebook.becomes("world.facts['web-1'].attempt", 1)
    press(picture, "Pause")
    expect(picture.locator(".live")).to_contain_text("paused")
    assert notebook.kernel("loop.running") is False
    notebook.kernel("world.kill('web-2')")
    expect(row(picture, "web-2")).to_contain_text("exit 137")
    expect(row(picture, "web-2")).to_contain_text("next")


def test_rewind_shows_earlier_passes_and_run_returns_to_now(notebook):
    """It changes nothing but the picture."""
    picture = notebook.show(FIVE + "; loop.step(); loop.step(); loop.step()")
    expect(picture.locator(".say")).to_contain_text("all five run")
    press(picture, "Rewind")
    expect(picture.locator(".live")).to_contain_text(re.compile(r"pass \d, (the last one|\d pass(es)? ago)"))
    while notebook.kernel("loop.rewound.number") > 1:
        before = notebook.kernel("loop.rewound.number")
        press(picture, "Rewind")
        notebook.becomes("loop.rewound.number", before - 1)
    expect(row(picture, "web-4")).to_contain_text("missing")
    expect(picture.get_by_role("button", name="Rewind", exact=True)).to_be_disabled()
    expect(picture.get_by_role("button", name="kill web-1")).to_be_disabled()
    assert notebook.kernel("sorted(loop.latest.observed)") == [f"web-{i}" for i in range(1, 6)]
    press(picture, "Run")
    expect(picture.locator(".live")).to_contain_text("running")
    expect(row(picture, "web-4")).to_contain_text("same")
    expect(picture.get_by_role("button", name="kill web-1")).to_be_enabled()


def test_speed_is_the_loops_period(notebook):
    picture = notebook.show(FIVE)
    picture.get_by_role("radio", name="four times").check()
    notebook.becomes("[loop.period, loop.slow_motion]", [0.25, False])
    picture.get_by_role("radio", name="a quarter").check()
    notebook.becomes("[loop.period, loop.slow_motion]", [4, True])
    notebook.kernel("loop.period, loop.slow_motion = 1.0, False; loop.wake()")
    expect(picture.get_by_role("radio", name="normal")).to_be_checked()


def test_kill_kills_and_the_button_waits_for_the_world(notebook):
    """Pressed, it keeps its width and says that it is queued, until the world answers."""
    picture = notebook.show(
        "import threading; go = threading.Event(); world, desired, loop = worlds.five();"
        "view = LoopView(loop, kill=lambda name: (go.wait(30), world.kill(name)))")
    button = picture.get_by_role("button", name="kill web-1", exact=True)
    width = button.bounding_box()["width"]
    button.click()
    queued = picture.get_by_role("button", name="kill web-1, queued")
    expect(queued).to_be_disabled()
    assert queued.bounding_box()["width"] == width
    expect(row(picture, "web-1")).to_contain_text("Running")
    notebook.kernel("go.set()")
    expect(row(picture, "web-1")).to_contain_text("exit 137")
    expect(picture.locator(".say")).to_contain_text("web-1 just died, so it is started next")
    assert notebook.kernel("world.facts['web-1'].state") == "Failed"


def test_what_goes_wrong_with_a_button_is_said_in_the_picture(notebook):
    picture = notebook.show(FIVE + "; world.kill = None; view.kill = lambda name: {}['nobody']")
    picture.get_by_role("button", name="kill web-1", exact=True).click()
    expect(picture.locator(".say")).to_have_text("kill web-1 did not work: KeyError: 'nobody'")
    expect(picture.get_by_role("button", name="kill web-1", exact=True)).to_be_enabled()
    press(picture, "Step")
    expect(picture.locator(".say")).to_contain_text("Five are wished for")


def test_the_picture_follows_the_world(notebook):
    picture = notebook.show(THREE)
    notebook.kernel("world.put('web-4', 'web:9')")
    expect(row(picture, "web-4")).to_contain_text(["nobody", "wished", "for"][0][:0] + "not wished for")
    notebook.kernel("desired['web-4'] = 'web:9'; loop.wake()")
    expect(row(picture, "web-4")).to_contain_text("same")
    notebook.kernel("world.put('web-4', 'web:9', 'Failed', exit_code=1)")
    expect(row(picture, "web-4")).to_contain_text("exit 1")
    notebook.kernel("world.broken = OSError('no engine answers')")
    expect(picture.locator(".say")).to_contain_text("could not look: OSError: no engine answers. It tries again.")
    expect(row(picture, "web-1")).to_contain_text("not heard of for")
    notebook.kernel("world.broken = None")
    expect(row(picture, "web-1")).to_contain_text("web:1")


def test_rows_keep_their_places(notebook):
    """A name that is gone leaves its place after a moment; nothing is sorted by state."""
    picture = notebook.show(THREE + "; world.put('debug-1', 'web:1')")
    names = "rows => rows.map(row => row.dataset.name)"
    rows = picture.locator("tbody tr")
    expect(rows).to_have_count(4)
    top = row(picture, "web-3").bounding_box()["y"]
    notebook.kernel("world.kill('web-2'); world.facts.pop('web-1'); world.put('debug-2', 'web:1')")
    expect(rows).to_have_count(5)
    assert rows.evaluate_all(names) == ["web-1", "web-2", "web-3", "debug-1", "debug-2"]
    assert row(picture, "web-3").bounding_box()["y"] == top
    notebook.kernel("world.facts.pop('debug-1'); loop.wake()")
    expect(row(picture, "debug-1")).to_contain_text("nothing runs here")
    expect(rows).to_have_count(4)
    assert rows.evaluate_all(names) == ["web-1", "web-2", "web-3", "debug-2"]


def test_a_name_with_markup_is_text(notebook):
    evil = "<script>window.hurt=1</script><img src=x onerror=window.hurt=1>"
    picture = notebook.show(
        f"world = worlds.World(); desired = {{{evil!r}: {evil!r}}}; loop = world.loop_for(desired);"
        f"view = LoopView(loop, kill=world.kill); loop.step(); world.put({evil!r} + '2', 'web:1')")
    expect(picture.locator("tbody tr")).to_have_count(2)
    expect(picture.locator("[title*='<script>']").first).to_be_visible()
    assert picture.locator("img, script").count() == 0
    assert notebook.page.evaluate("window.hurt") is None
    assert "<script" not in notebook.kernel("view.snapshot().svg()")


def test_yours_and_ours(notebook):
    """Whose code decided is on the picture."""
    picture = notebook.show(
        "import mini_k8s.control_loop as cl; ours = cl.diff\n"
        "def diff(desired, observed): return [a for a in ours(desired, observed) if a.verb == 'stop']\n"
        "cl.diff = diff\n" + FIVE)
    expect(picture.locator("thead .yours")).to_have_text("yours")
    expect(picture.locator(".bracket .ours")).to_have_text("ours")
    expect(row(picture, "web-4")).to_contain_text("no action names it")
    notebook.kernel("def diff(desired, observed): return nonsense\ncl.diff = diff; loop.wake()")
    expect(picture.locator(".say")).to_contain_text("diff failed: NameError: name 'nonsense' is not defined.")
    expect(row(picture, "web-1")).to_contain_text("Running")
    notebook.kernel("cl.diff = ours; loop.wake()")
    expect(picture.locator("thead .yours")).to_have_count(0)


def test_two_views_stay_in_step(open_notebook):
    notebook = open_notebook(PRELUDE, "view", "view")
    first = notebook.show(FIVE)
    both = notebook.page.locator(".mk-loop")
    expect(both).to_have_count(2)
    press(first, "Step")
    for one in both.all():
        expect(row(one, "web-4")).to_contain_text("Running")


def test_a_closed_loop_is_stale(notebook):
    picture = notebook.show(FIVE + "; loop.step()")
    expect(row(picture, "web-4")).to_contain_text("Running")
    notebook.kernel("loop.close()")
    expect(picture).to_have_attribute("data-stale", "")
    expect(picture.locator(".live")).to_contain_text("stale, last heard")
    for name in ("Step", "Run", "Pause", "Rewind", "kill web-1"):
        expect(picture.get_by_role("button", name=name, exact=True)).to_be_disabled()
    threads = "[t.name for t in __import__('threading').enumerate() if t.name.startswith('loop-view')]"
    eventually(lambda: notebook.kernel(threads) == [], 10, "the view's threads end with the loop")
