"""Chapter 3 in a browser: the race of two writers as a learner sees it, from the lost update to its cure."""

import pytest
from axe import findings
from helpers import no_docker, not_run
from looks import CLIPPED_OR_OVERLAPPING, LOWEST_CONTRAST

from mini_k8s.runtimes.process_engine import why_not

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

BEGIN = """from mini_k8s import client
from mini_k8s.workshop import chapter
lab = chapter(3)

def with_image(pod, image):
    web = pod.spec.containers[0].with_(image=image)
    return pod.with_(spec={"containers": [web]})

def phase(pod, word):
    return pod.with_(status={"phase": word})"""
CREATE = """you, kubelet = lab.writers(lab.store, versions=False)
pod = you.create({"kind": "Pod", "metadata": {"name": "web-1"}, "spec": {"containers": [
    {"name": "web", "image": "mini-k8s/web:1"}]}})
lab.picture"""
RACE = """yours, seen = you.get("web-1"), kubelet.get("web-1")
image = "mini-k8s/web:2" if "1" in yours.spec.containers[0].image else "mini-k8s/web:1"
you.update(with_image(yours, image)) and None"""
LOST = RACE + "\nkubelet.update(phase(seen, 'Running')) and None"
REFUSED = "you, kubelet = lab.writers(lab.store)\n" + RACE + """
with lab.expect_error():
    kubelet.update(phase(seen, "Failed"))"""
CURED = """client.retry_on_conflict(
    lambda: kubelet.get("web-1"), lambda pod: phase(pod, "Failed"), kubelet.update) and None"""


@pytest.fixture(params=[("docker", "light"), ("process", "dark")], ids=lambda param: param[0])
def notebook(request, open_notebook):
    runtime, theme = request.param
    if runtime == "docker" and no_docker():
        not_run("docker", no_docker())
    if runtime == "process" and why_not():
        not_run("process", why_not())
    notebook = open_notebook(f"import os\nos.environ['MINI_K8S_RUNTIME'] = '{runtime}'\n{BEGIN}", CREATE, LOST, REFUSED,
                             CURED)
    notebook.theme(theme)
    yield notebook
    notebook.kernel("lab.close()")
    assert not notebook.problems, "errors in the page's JavaScript"


def test_the_race_is_seen_as_it_happens(notebook):
    """One picture for the whole story: a lost update, then a refusal, then both changes there."""
    page = notebook.page
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    picture = page.locator(".mk-race").first
    expect(picture).to_be_visible(timeout=60_000)
    expect(picture.locator(".live")).to_contain_text("live")
    cells = picture.locator(".tape li")
    expect(cells).to_have_count(5, timeout=60_000)
    expect(cells.last).to_contain_text("phase Failed")
    told = [cell.inner_text().split("\n")[:2] for cell in cells.all()]
    assert told == [["3", "you"], ["4", "the kubelet"], ["5", "you"], ["409 refused", "the kubelet"],
                    ["6", "the kubelet"]]
    expect(cells.nth(1).locator(".chip")).to_have_text("undid 3")
    expect(picture.locator(".chip")).to_have_count(1)  # what was refused, and made again, undid nothing
    expect(page.get_by_text("Conflict: 'web-1' is at version 5, you changed version 4")).to_be_visible()
    assert notebook.kernel("you.get('web-1').spec.containers[0].image") == "mini-k8s/web:2"
    for theme in ("light", "dark"):
        notebook.theme(theme)
        assert picture.evaluate(CLIPPED_OR_OVERLAPPING) == []
        assert picture.evaluate(LOWEST_CONTRAST)["contrast"] >= 4.5
        assert findings(picture) == []


def test_the_first_cell_run_again_begins_anew(notebook):
    """What an earlier run stored is gone; its picture says that it is over."""
    notebook.command("notebook:run-all-cells")
    notebook.kernel("lab = chapter(3)")
    expect(notebook.page.locator(".mk-race .say").first).to_contain_text("opened anew")
    assert notebook.kernel("len(lab.store.list('Pod').items)") == 0
