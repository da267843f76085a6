"""Chapter 0 in a browser, on real containers and on processes: a kill in a terminal, and a fight with the buttons."""

import re
import subprocess

import pytest
from axe import findings
from helpers import no_docker, not_run
from looks import CLIPPED_OR_OVERLAPPING, LOWEST_CONTRAST

from mini_k8s.runtimes.process_engine import why_not

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

CELLS = ("from mini_k8s.workshop import chapter\nlab = chapter(0)\nlab.picture", "await lab.your_kill()",
         "await lab.beat_it(seconds=8)", "del lab.desired['web-3']\nawait lab.until_desired()\nlab.picture",
         "lab.doctor()", "lab.gate()")


@pytest.fixture(params=[("docker", "dark"), ("process", "light")], ids=lambda param: param[0])
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


def test_the_first_ten_minutes(notebook):
    """What a learner does and sees: a kill from outside, thirty seconds (here eight) in vain, and a wish that wins."""
    page = notebook.page
    notebook.command("notebook:run-cell-and-select-next")
    picture = page.locator(".mk-loop").first
    expect(picture.locator(".say")).to_contain_text("Three are wished for, and all three run.", timeout=60_000)
    before, typed = notebook.kernel("[lab.containers.observe().facts['web-1'].id, lab.in_a_terminal('web-1')]")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-below') }")
    expect(page.get_by_text("Waiting for you.")).to_be_visible(timeout=30_000)

    subprocess.run(["sh", "-c", typed], check=True, capture_output=True)
    expect(page.get_by_text(f"web-1 had the id {before[:12]}; it died, exit 137")).to_be_visible(timeout=30_000)
    now = page.get_by_text(re.compile(r"^now +web-1 has the id \w{12}, running", re.M)).inner_text().splitlines()[-1]
    assert before[:12] not in now

    chart, said = page.locator(".mk-availability"), page.get_by_text(re.compile(r"At the worst moment"))
    expect(chart.locator(".live")).to_contain_text("of 8 s")
    over = page.get_by_text("Time is over: stop killing")
    while not over.count():  # whoever kills on keeps it from coming to rest; a busy machine ends it after more than 8 s
        for button in picture.get_by_role("button", name=re.compile(r"^kill web-\d$")).all()[:1]:
            button.evaluate("button => button.click()")
        page.wait_for_timeout(300)
    expect(said).to_be_visible(timeout=60_000)
    told = r"In 8 s [1-9]\d* died\. At the worst moment [0-2] of 3 ran\. And now: 3\."
    expect(said).to_contain_text(re.compile(told))
    expect(chart.locator(".say")).to_contain_text("the loop started")
    expect(chart.locator(".facts")).to_contain_text("its reaction")

    expect(page.locator(".mk-loop").last.locator(".say")).to_contain_text("Two are wished for", timeout=30_000)
    card = page.locator(".mk-doctor")
    expect(card).to_contain_text("the workshop", ignore_case=True, timeout=30_000)
    expect(page.get_by_text("What did the loop need to know for that?")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="What is wished for, and what runs at this moment.").click()
    assert notebook.kernel("sorted(lab.observe())") == ["web-1", "web-2"]
    expect(page.get_by_text("Two lists, and the difference between them.")).to_be_visible()
    for seen in (picture, chart):
        assert seen.evaluate(CLIPPED_OR_OVERLAPPING) == []
        assert seen.evaluate(LOWEST_CONTRAST)["contrast"] >= 4.5
    for seen in (picture, chart, card):
        assert findings(seen) == []
