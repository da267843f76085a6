"""Chapter 1's game, played in a browser through the real buttons, on real containers and on processes."""

import re
import time

import pytest
from axe import findings
from helpers import no_docker, not_run
from looks import CLIPPED_OR_OVERLAPPING, LOWEST_CONTRAST

from mini_k8s.runtimes.process_engine import why_not

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

CELLS = ("from mini_k8s.workshop import chapter\nlab = chapter(1)", "await lab.play(seconds=20)", "lab.availability",
         "await lab.look_away(6)", "lab.availability")
OFFERED = "button[aria-label^='start']:not([hidden], [aria-disabled='true'])"

PRESS_ONE = """(picture, offered) => {  // in one step: an offer is gone as quickly as it came
  const button = picture.querySelector(offered), name = button?.ariaLabel;
  button?.click();
  return button ? [name] : [];
}"""


@pytest.fixture(params=[("docker", "light"), ("process", "dark")], ids=lambda param: param[0])
def notebook(request, open_notebook):
    runtime, theme = request.param
    if runtime == "docker" and no_docker():
        not_run("docker", no_docker())
    if runtime == "process" and why_not():
        not_run("process", why_not())
    notebook = open_notebook(f"import os\nos.environ['MINI_K8S_RUNTIME'] = '{runtime}'\n{CELLS[0]}", *CELLS[1:])
    notebook.theme(theme)
    yield notebook
    notebook.kernel("lab.close()")
    assert not notebook.problems, "errors in the page's JavaScript"


def play(picture, until, within=90):
    """Press every start that is offered, as soon as it is, until ``until()``. Returns what was pressed."""
    page, pressed, end = picture.page, [], time.monotonic() + within
    while not until():
        assert time.monotonic() < end, f"the game does not end; pressed: {pressed}"
        pressed += picture.evaluate(PRESS_ONE, OFFERED)
        page.wait_for_timeout(50)
    return pressed


def test_the_game_is_played_with_its_buttons(notebook):
    """Twenty seconds instead of ninety, then a look away: what died was started by a press, and the chart says so."""
    page = notebook.page
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    picture = page.locator(".mk-machines").first
    expect(picture).to_be_visible(timeout=60_000)
    expect(picture.locator(".live")).to_contain_text("left", timeout=60_000)
    away = page.locator(".mk-machines[data-paused]").first
    pressed = play(picture, away.count)
    assert [name for name in pressed if re.fullmatch(r"start web-\d on node-\d", name)] == pressed
    assert len(pressed) >= 4

    expect(away.locator(".say")).to_contain_text("You look away: read the text below.")
    assert page.locator(OFFERED).count() == 0
    expect(page.get_by_text("It is three in the morning")).to_be_visible()
    pressed += play(picture, page.locator(".mk-availability").nth(1).count)

    failures = notebook.kernel("[[f.name, f.back and f.back - f.died, f.away] for f in lab.history.failures]")
    assert all(took is not None and took > 0 for _, took, _ in failures)
    assert any(looked_away for _, _, looked_away in failures)
    assert len(pressed) >= len(failures)
    chart = page.locator(".mk-availability").last
    expect(chart.locator(".say")).to_contain_text("While you looked away it took")
    expect(chart.locator(".react")).to_have_count(len(failures))
    expect(chart.locator(".live")).to_contain_text("game 7")
    dark = picture.locator(".machine.off")
    expect(dark).to_have_count(1)
    for theme in ("light", "dark"):
        notebook.theme(theme)
        for seen in (picture, chart):
            assert seen.evaluate(CLIPPED_OR_OVERLAPPING) == []
            assert seen.evaluate(LOWEST_CONTRAST)["contrast"] >= 4.5
            assert findings(seen) == []
