"""What is run beside a container's start and end? A command in it, a request to it, or a pause.

Upstream: ``pkg/kubelet/lifecycle/handlers.go``. Left out: headers, https with certificates that count.
"""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping

from mini_k8s.errors import StatusError
from mini_k8s.runtimes import Runtime


def run(runtime: Runtime, id: str, hook: Mapping, address: str, container: Mapping, timeout: float = 30.0) -> str:
    """Run one handler; return why it failed, or nothing."""
    try:
        if action := hook.get("exec"):
            done = runtime.exec(id, [*(action.get("command") or ())], timeout)
            if done.exit_code:
                said = done.output.decode(errors="replace").strip()
                return f"the command {list(action.get('command') or ())} exited with {done.exit_code}: {said[:500]}"
        elif action := hook.get("httpGet"):
            _get(action, address, container, timeout)
        elif action := hook.get("sleep"):
            time.sleep(min(timeout, float(action.get("seconds") or 0)))
    except StatusError as error:
        return str(error)
    except (urllib.error.URLError, OSError, ValueError) as error:
        return f"the request failed: {error}"
    return ""


def _get(action: Mapping, address: str, container: Mapping, timeout: float) -> None:
    port = action.get("port")
    named = {p.get("name"): p["containerPort"] for p in container.get("ports") or ()}
    host = action.get("host") or address or "127.0.0.1"
    path = "/" + (action.get("path") or "/").lstrip("/")
    url = f"{(action.get('scheme') or 'HTTP').lower()}://{host}:{named.get(port, port)}{path}"
    with urllib.request.urlopen(url, timeout=timeout) as answer:  # http and https only: the scheme was checked
        answer.read(1024)
