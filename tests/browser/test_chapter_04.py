"""Chapter 4 in a browser: the pod as a box, from its beginning to a container that waits and a sandbox that died."""

import os

import pytest
from axe import findings
from helpers import no_docker, not_run
from looks import CLIPPED_OR_OVERLAPPING, LOWEST_CONTRAST

from mini_k8s.runtimes.process_engine import why_not

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

MANIFEST = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  nodeName: node-1
  terminationGracePeriodSeconds: 0
  volumes:
  - name: page
    emptyDir: {medium: Memory, sizeLimit: 1Mi}
  containers:
  - name: web
    image: mini-k8s/web:1
    ports: [{containerPort: 8080}]
    volumeMounts: [{name: page, mountPath: /www/page}]
  - {name: second, image: mini-k8s/base:1, command: [sh, -c, 'exec sleep 100000']}
"""


@pytest.fixture(params=[("docker", "light"), ("process", "dark")], ids=lambda param: param[0])
def notebook(request, open_notebook):
    runtime, theme = request.param
    if runtime == "docker" and no_docker():
        not_run("docker", no_docker())
    if runtime == "process" and why_not():
        not_run("process", why_not())
    notebook = open_notebook(
        f"import os\nos.environ['MINI_K8S_RUNTIME'] = '{runtime}'",
        "from mini_k8s.workshop import chapter\nlab = chapter(4)",
        f"lab.apply({MANIFEST!r})\nawait lab.until('web')\nlab.picture('web')")
    notebook.theme(theme)
    yield notebook
    notebook.kernel("lab.close()")
    assert not notebook.problems, "errors in the page's JavaScript"


def look(notebook, picture, name):
    """Nothing is cut, everything can be read, in both themes."""
    for theme in ("light", "dark"):
        notebook.theme(theme)
        if folder := os.environ.get("MINI_K8S_SHOTS"):
            picture.screenshot(path=f"{folder}/{name}-{theme}.png")
        assert picture.evaluate(CLIPPED_OR_OVERLAPPING) == []
        assert picture.evaluate(LOWEST_CONTRAST)["contrast"] >= 4.5
        assert findings(picture) == []


def test_the_box_shows_what_dies_and_what_is_left(notebook):
    """One container dies: the address stays. The sandbox dies: all is made anew. Nobody but the buttons did it."""
    notebook.command("notebook:run-all-cells")
    picture = notebook.page.locator(".mk-pod").first
    expect(picture).to_be_visible(timeout=60_000)
    expect(picture.locator(".live")).to_contain_text("live")
    expect(picture.locator(".say")).to_contain_text("Two containers run")
    address = picture.locator(".address").inner_text()
    look(notebook, picture, "running")

    kill = picture.get_by_role("button", name="kill container web")
    kill.focus()
    notebook.page.keyboard.press("Enter")
    web = picture.locator(".tile[data-name=web]")
    expect(web).to_contain_text("restarted 1×", timeout=20_000)
    expect(web.locator(".state")).to_have_text("Running")
    expect(picture.locator(".address")).to_have_text(address)

    kill.click()  # the second restart has to wait
    expect(web).to_contain_text("restarted 2×", timeout=20_000)
    expect(kill).to_be_enabled()
    kill.click()
    expect(web).to_contain_text("CrashLoopBackOff", timeout=20_000)
    expect(picture.locator(".say")).to_contain_text("The pod's phase is Running all the same")
    notebook.kernel("lab.stop_kubelets()")
    expect(picture.locator(".live")).to_contain_text("no kubelet")
    look(notebook, picture, "waiting")

    picture.get_by_role("button", name="kill the sandbox").click()
    expect(picture.locator(".say")).to_contain_text("The sandbox is dead", timeout=20_000)
    expect(picture.locator(".address")).to_have_text(f"{address} is gone")
    look(notebook, picture, "dead")

    notebook.kernel("lab.start_kubelets()")
    expect(picture.locator(".sandbox")).to_contain_text("number 2", timeout=30_000)
    expect(picture.locator(".say")).to_contain_text("Two containers run", timeout=30_000)
    expect(picture.locator(".whose")).to_contain_text("compute_pod_actions ours")


def test_it_is_read_from_afar(notebook):
    """On a projector it is half as large again, in the same layout."""
    notebook.command("notebook:run-all-cells")
    picture = notebook.page.locator(".mk-pod").first
    address = picture.locator(".address")  # one line, whatever else comes and goes meanwhile
    expect(address).to_contain_text(".", timeout=60_000)
    before = address.bounding_box()["height"]
    notebook.kernel("lab.views[-1].size = 'projector'")
    expect(picture).to_have_attribute("data-size", "projector")
    assert address.bounding_box()["height"] > 1.2 * before
    assert picture.evaluate(CLIPPED_OR_OVERLAPPING) == []
