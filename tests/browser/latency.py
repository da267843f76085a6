"""From an event to the picture: how long does it take until a change in the world is on the screen?

Kernel and browser share one machine and one clock. ``measure`` is for ``make bench``; it asserts nothing.
"""

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

for _folder in (Path(__file__).parent, Path(__file__).parents[1]):  # when it is not pytest that imports this
    if str(_folder) not in sys.path:
        sys.path.append(str(_folder))

from lab_server import BROWSER_ARGS, BROWSERS, LabServer, browser_path  # noqa: E402
from notebooks import Notebook  # noqa: E402

SETUP = """
import time, threading, worlds
from mini_k8s.widgets.loop import LoopView
world = worlds.World(**{f"web_{i}": "web:1" for i in range(names)})
loop = world.loop_for({f"web-{i}": "web:1" for i in range(names)})
view = LoopView(loop, kill=world.kill)
sent = {}
def change(n):  # a death that is told apart from all others by its exit code
    world.facts["web-0"] = world.facts["web-0"]._replace(state="Failed", exit_code=n, since=time.time())
    sent[n] = time.time()
    loop.wake()
"""

WATCH = """(root) => {
  window.seen = {};
  const detail = root.querySelector("tr[data-name='web-0'] .tile .what > .quiet");
  const note = () => {
    const n = detail.textContent.match(/exit (\\d+)/)?.[1];
    if (n) window.seen[n] ??= Date.now() / 1000;
  };
  new MutationObserver(note).observe(detail, { childList: true, characterData: true, subtree: true });
}"""


def event_to_picture(notebook: Notebook, count: int = 100, names: int = 5) -> list[float]:
    """Milliseconds from a change, noted in the kernel, to the changed words in the page; one for each change.

    The next change comes when the one before was seen: of two that come too fast only the later would be drawn.
    """
    picture = notebook.show(f"names = {names}\n{SETUP}")
    picture.evaluate(WATCH)
    for n in range(1000, 1000 + count):
        notebook.kernel(f"change({n})")
        notebook.page.wait_for_function(f"window.seen[{n}]")
    seen, sent = notebook.page.evaluate("window.seen"), notebook.kernel("sent")
    notebook.kernel("loop.close()")
    return [(seen[n] - sent[n]) * 1000 for n in sent]


def measure(samples: int = 60, names: int = 5) -> list[float]:
    """``event_to_picture`` in a JupyterLab and a browser of its own. Raises RuntimeError where there is no browser."""
    with tempfile.TemporaryDirectory(prefix="mini-k8s-bench-") as folder, chromium() as page:
        server = LabServer(Path(folder) / "lab").start()
        try:
            notebook = Notebook(server, page, "latency")
            took = event_to_picture(notebook, samples, names)
            notebook.close()
            return took
        finally:
            server.stop()


@contextmanager
def chromium():
    """A page of a browser of its own. Raises RuntimeError where there is no browser."""
    from playwright.sync_api import sync_playwright

    path = browser_path()
    if not path:
        raise RuntimeError(f"none of {', '.join(BROWSERS)} is on PATH; install one to measure the picture")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGS)
        try:
            yield browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
        finally:
            browser.close()
