"""How does a learner reach a container without our buttons? By visiting it, and by killing it in a terminal; and where
is it, anyway?"""

import textwrap
import urllib.error
import urllib.request

from mini_k8s.runtimes import IMAGES, Observed, Runtime, labels

PORT = 8080
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def where(who: str, runtime: Runtime) -> str:
    """'Three containers run on Docker: …', in lines that a notebook does not break."""
    how = {"docker": f"{who} run on Docker: {runtime.why}.",
           "process": f"{who} run as processes of this machine, and end with this notebook's kernel. ({runtime.why})"}
    return textwrap.fill(how.get(runtime.name, f"{who} are simulated: {runtime.why}."), 96, break_long_words=False,
                         break_on_hyphens=False)


def visit(runtime: Runtime, seen: Observed) -> str:
    """What the web server in that container answers; in brackets why there is none.

    Containers with an image of their own have a client inside, which works with a distant engine too.
    """
    if IMAGES in runtime.can:
        page = runtime.exec(seen.id, ["wget", "-q", "-O", "-", f"http://127.0.0.1:{PORT}/"])
        return page.output.decode(errors="replace").strip()
    if runtime.name == "simulated":
        return f"({runtime.name} runs no real server; elsewhere you would see the answer of {seen.name} here)"
    try:
        with _NO_PROXY.open(f"http://{seen.host}:{seen.ports.get(PORT, PORT)}/", timeout=5) as page:
            return page.read().decode(errors="replace").strip()
    except urllib.error.URLError as error:
        return f"({seen.name} does not answer at {seen.host}: {error.reason})"


def kill_in_a_terminal(runtime: Runtime, name: str = "") -> str:
    """What to type in a terminal to kill the container of that name, whichever attempt it is at; without a name, all
    of this cluster."""
    if runtime.name == "docker":
        which = f"label={labels.NAME}={name}" if name else f"label={labels.KIND}=container"
        return f"docker kill $(docker ps -q --filter label={labels.CLUSTER}={runtime.cluster} --filter {which})"
    if runtime.name == "process":  # by the title that the main process has in ``ps``
        return f"pkill -9 -f '^{name or 'web-[0-9]*'} .*{runtime.cluster}'"
    return f"# {runtime.name} has no terminal; press kill in the picture"
