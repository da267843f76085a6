"""A notebook in a browser, as a learner has it, and a second line to its kernel."""

from pathlib import Path

from helpers import eventually
from lab_server import LabServer

try:
    from playwright.sync_api import Error as PlaywrightError
except ImportError:  # then nothing here is used
    PlaywrightError = Exception

IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
PRELUDE = "import worlds\nfrom mini_k8s.widgets.loop import LoopView"


class Notebook:
    """An open notebook. ``kernel(code)`` asks its kernel, ``show(code)`` shows what ``code`` calls *view*."""

    def __init__(self, server: LabServer, page, name: str, *cells: str):
        self.server, self.page, self.name = server, page, name
        self.path: Path = server.notebook(name, *(cells or (PRELUDE, "view")))
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(error.stack or str(error)))
        page.goto(server.address(name))
        self.ready()
        self.kernel = server.kernel_of(name)
        self.kernel(PRELUDE)

    def ready(self) -> None:
        """Wait until the kernel is idle. On a busy machine JupyterLab may miss that it is; opened again, it asks.

        An engine that makes a container changes the machine's network interfaces, and Chromium gives up what it is
        loading then: JupyterLab says so in a dialog, and is opened again too.
        """
        for attempt in range(3):
            try:
                self.page.wait_for_function(IDLE, timeout=45_000)
                if not self.page.locator(".jp-Dialog").count():
                    break
            except PlaywrightError:
                if attempt == 2:
                    raise
            self.page.reload()
        if self.page.locator("#jp-left-stack").is_visible():
            self.command("application:toggle-left-area")

    def command(self, name: str, **arguments) -> None:
        """Run one of JupyterLab's commands, and wait until it is done; a minute at most."""
        self.page.evaluate(
            "([name, args]) => Promise.race([window.jupyterapp.commands.execute(name, args).then(() => null),"
            " new Promise((_, no) => setTimeout(() => no(new Error(`${name} did not end within a minute`)), 60000))])",
            [name, arguments])

    def theme(self, name: str) -> None:
        """'light' or 'dark'. JupyterLab's splash stays 0.2 s; changed again before, it is removed twice: an error."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name.capitalize()}")
        self.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(name == 'light').lower()}'"
                                    " && !document.getElementById('jupyterlab-splash')")

    def show(self, code: str):
        """Run ``code`` (it makes *view*, and what that shows), then all cells; the picture when it is there."""
        self.kernel(code)
        self.command("notebook:run-all-cells")
        picture = self.page.locator(f".mk[data-view='{self.kernel('view.name')}']").first
        picture.wait_for()
        return picture

    def cells(self) -> list[str]:
        """The sources of the notebook's cells, as they are in the browser."""
        return self.page.evaluate("[...window.jupyterapp.shell.currentWidget.content.model.cells]"
                                  ".map(cell => cell.sharedModel.getSource())")

    def becomes(self, code: str, wanted, within: float = 20) -> None:
        """Wait until an expression has this value in the kernel."""
        eventually(lambda: self.kernel(code) == wanted, within, f"{code} becomes {wanted!r}", lambda: self.kernel(code))

    def close(self) -> None:
        self.kernel.close()
        self.page.context.close()
        self.server.shut(self.name)
