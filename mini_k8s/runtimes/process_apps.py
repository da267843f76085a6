"""What does ``image:`` mean where there are no images? The workshop's programs, in Python.

They are loaded once, in the zygote, and each start is a fork of it. ``web`` is the story's app: it answers with its own
name on port 8080 (or $PORT) of its own address, as the image of that name does on Docker. ``base`` has no program of
its own: a command runs, and it is one of this machine's.
"""

import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from mini_k8s.runtimes import process_tree as tree

APPS = {"mini-k8s/base:1": "", "mini-k8s/web:1": "web:1", "mini-k8s/web:2": "web:2"}  # image -> app
PAUSE = "pause"  # what a sandbox runs: nothing, which its shim does alone


def run(app: str) -> int:
    """Be that app; returns its exit code. It ends at once, with 0, when it is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a client that hangs up must not end it
    return _web(app.partition(":")[2])


class _Web(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's asks the machine's resolver for a name, which may take seconds


class _Answer(BaseHTTPRequestHandler):
    its_version = ""
    visits, counting = 0, threading.Lock()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/":
            with self.counting:
                type(self).visits += 1
        words = {"/": os.environ.get("POD_NAME") or os.environ.get("HOSTNAME", ""), "/healthz": "ok",
                 "/visits/": str(self.visits), "/version/": self.its_version}.get(path)
        body = f"{words}\n".encode() if words is not None else b"not found\n"
        self.send_response(404 if words is None else 200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        """A line for each request would be all that its log holds."""


def _web(version: str) -> int:
    address, port = os.environ.get("POD_IP", "127.0.0.1"), int(os.environ.get("PORT", "8080"))
    _Answer.its_version = version
    try:
        server = _Web((address, port), _Answer)
    except OSError as error:
        print(f"cannot listen on {address}:{port}: {error.strerror}. {_who_has(port)}", file=sys.stderr, flush=True)
        return 1
    server.serve_forever(poll_interval=3600)
    return 0


def _who_has(port: int) -> str:
    """Why a port of an address of one's own can be taken all the same."""
    if port in tree.listens_everywhere().values():
        return (f"Some program listens on 0.0.0.0:{port}, that is, on this port of every address of this machine. "
                "End it, or let it listen on an address of its own.")
    return "Some program listens there already."
