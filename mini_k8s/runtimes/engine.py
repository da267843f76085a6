"""Which Docker engine do we talk to, and what does it mean when it does not answer?

The one place that knows docker-py. It finds the engine as the ``docker`` command does (docker-py alone ignores
contexts, and so misses Docker Desktop, Colima and rootless sockets), keeps one client for each thread (docker-py's are
not thread safe), gives every call a deadline, and turns what docker-py, requests, urllib3 and the socket raise
into the few errors of ``mini_k8s.errors``. docker-py is imported at the first call.
"""

import contextlib
import json
import os
import sys
import threading
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mini_k8s.errors import Conflict, Forbidden, Invalid, NotFound, ServiceUnavailable, StatusError, Timeout

DEADLINE = 30.0  # seconds for one call; a loaded engine takes several for a start


@dataclass(frozen=True)
class Where:
    """An engine's address, and who said so."""

    url: str
    how: str
    tls: Any = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.url} ({self.how})"


def which_engine(base_url: str | None = None) -> Where:
    """The engine that ``docker`` would use: ``base_url``, else DOCKER_HOST, else the current context, else the default.

    Nobody is asked yet. Raises Invalid when the context that was chosen does not exist or cannot be read.
    """
    from docker import DockerClient  # noqa: F401  (docker.context alone does not import)
    from docker.constants import DEFAULT_NPIPE, DEFAULT_UNIX_SOCKET
    from docker.context import ContextAPI
    from docker.context.config import get_current_context_name
    from docker.utils import kwargs_from_env

    if base_url:
        return Where(base_url, "given")
    if os.environ.get("DOCKER_HOST"):
        try:
            found = kwargs_from_env()
        except Exception as error:  # unreadable certificates, in any form docker-py likes
            raise Invalid(f"DOCKER_HOST asks for TLS, but: {error}. Check DOCKER_CERT_PATH.") from error
        return Where(found["base_url"], "DOCKER_HOST", found.get("tls"))
    name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name()
    if name != "default":
        try:
            context = ContextAPI.get_context(name)
        except Exception as error:  # docker-py raises a bare Exception here
            raise Invalid(f"docker context '{name}' cannot be read: {error}. Choose another: docker context use default"
                          ) from error
        if context is None or not context.Host:
            raise Invalid(f"docker context '{name}' does not exist. Choose another: docker context use default")
        return Where(context.Host, f"docker context '{name}'", context.TLSConfig)
    default = DEFAULT_NPIPE if sys.platform == "win32" else DEFAULT_UNIX_SOCKET.removeprefix("http+")
    return Where(default, "the default socket")


class Engine:
    """One Docker engine. ``call`` asks it something, ``open`` listens to it; both raise only ``StatusError``."""

    def __init__(self, base_url: str | None = None, deadline: float = DEADLINE):
        self._base_url, self.deadline = base_url, deadline
        self._version = "auto"
        self._local = threading.local()
        self._clients: weakref.WeakSet = weakref.WeakSet()

    @cached_property
    def where(self) -> Where:
        return which_engine(self._base_url)

    def call(self, method: str, *args, deadline: float | None = None, **kwargs) -> Any:
        """Call a method of docker-py's low-level client, such as ``call("start", id)``."""
        with self.errors():
            client = self.client(deadline)
            return getattr(client, method)(*args, **kwargs)

    def ping(self, within: float = 2.5) -> dict:
        """What the engine says of itself, or the reason why not, in bounded time whatever its address does."""
        found: list = []

        def ask() -> None:
            try:
                found.append(self.call("version", deadline=within))
            except StatusError as error:
                found.append(error)

        asking = threading.Thread(target=ask, name="ping", daemon=True)  # names and ssh know no deadline
        asking.start()
        asking.join(within + 0.2)
        answer = found[0] if found else Timeout(f"the engine at {self.where} did not answer within {within:g} s.")
        if isinstance(answer, Timeout):
            raise Timeout(f"the engine at {self.where} does not answer: it accepts the call and says nothing for "
                          f"{within:g} s. Start it anew: Docker Desktop > Restart, or: sudo systemctl restart docker")
        if isinstance(answer, StatusError):
            raise answer
        if answer.get("Os", "linux") != "linux":
            raise Invalid(f"the engine at {self.where} runs {answer['Os']} containers, and these are Linux ones. "
                          "Docker Desktop: right-click its whale > Switch to Linux containers")
        return answer

    def open(self, path: str, silence: float | None, method: str = "GET", body: Any = None,
             data: Iterable[bytes] | None = None, **params: Any) -> Any:
        """An answer to read piece by piece (see ``streams``). Reading ends after ``silence`` seconds without a byte.

        body, data   what is sent: a value, as JSON; or bytes, piece by piece
        """
        with self.errors():
            client = self.client()
            params = {k: json.dumps(v) if isinstance(v, dict) else v for k, v in params.items()}
            # docker-py's own streams wait for ever; its client is a requests.Session, which does not
            answer = client.request(method, f"{client.base_url}/v{client.api_version}{path}", params=params, json=body,
                                    data=data, stream=True, timeout=(self.deadline, silence))
            client._raise_for_status(answer)
            return answer

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Within it, whatever docker-py and all below it raise is one of ours: for reading what ``open`` gave."""
        import docker.errors
        import requests
        import urllib3

        try:
            yield
        except StatusError:
            raise
        except (docker.errors.DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError,
                json.JSONDecodeError) as error:
            raise explain(error, self.where) from error

    def client(self, deadline: float | None = None):
        """This thread's own client; a forked child gets new ones, so that two processes never share a connection."""
        from docker import APIClient
        from docker.transport import UnixHTTPAdapter

        client, pid = getattr(self._local, "client", (None, None))
        if client is None or pid != os.getpid():
            where = self.where
            client = APIClient(base_url=where.url, tls=where.tls or False, version=self._version,
                               timeout=deadline or self.deadline, use_ssh_client=where.url.startswith("ssh://"))
            if where.url.startswith("unix://"):
                # It keeps a connection open for each of the last 25 paths it was asked for, and ids make paths: in ten
                # threads that is more files than macOS allows. (Its num_pools is heeded for ssh only.)
                client.mount("http+docker://", UnixHTTPAdapter(f"http+{where.url}", pool_connections=4))
            self._version = client.api_version  # asked for once, not once for each thread
            self._local.client = client, os.getpid()
            self._clients.add(client)
        client.timeout = deadline or self.deadline
        return client

    def close(self) -> None:
        """Close all connections. A later call opens new ones."""
        self._local = threading.local()
        for client in list(self._clients):
            client.close()

    def __repr__(self) -> str:
        return f"<Engine {self.where}>"


def explain(error: BaseException, where: Where) -> StatusError:
    """What an error of docker-py and of all below it means: one of ours, with the next step."""
    import requests
    import urllib3
    from docker.errors import APIError

    causes = list(_causes(error))

    def among(*kinds: type) -> BaseException | None:
        return next((c for c in causes if isinstance(c, kinds)), None)

    answer = among(APIError)
    if answer is not None and answer.response is not None:
        said = answer.explanation or answer.response.reason or f"status {answer.response.status_code}"
        if isinstance(said, bytes):
            said = said.decode(errors="replace")
        kind = {400: Invalid, 401: Forbidden, 403: Forbidden, 404: NotFound, 409: Conflict}.get(
            answer.response.status_code, ServiceUnavailable)
        return kind(f"the engine says: {said.strip()}")
    if among(PermissionError):
        return Forbidden(f"this user may not use the engine's socket {where}. "
                         "Join its group and log in again: sudo usermod -aG docker $USER")
    if among(FileNotFoundError, ConnectionRefusedError):
        return ServiceUnavailable(f"no engine answers at {where}. "
                                  "Start it: Docker Desktop, or: sudo systemctl start docker")
    if among(requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError):
        return ServiceUnavailable(f"no engine answers at {where}. Is that machine on, and the address right?")
    if among(requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        return Timeout(f"the engine at {where} did not answer in time. It may have done what it was asked: look again.")
    if among(requests.ConnectionError, urllib3.exceptions.HTTPError, OSError):
        return ServiceUnavailable(f"the connection to the engine at {where} broke ({_short(causes[-1])}). "
                                  "It may be starting anew: try again.")
    return Invalid(f"the engine at {where} cannot be used: {_short(error)}. Check DOCKER_HOST and `docker context ls`.")


def _causes(error: BaseException, seen: set[int] | None = None) -> Iterator[BaseException]:
    """The error and all it was made from: libraries put the cause in ``args``, in ``reason`` or behind ``from``."""
    seen = set() if seen is None else seen
    if id(error) in seen:
        return
    seen.add(id(error))
    yield error
    for other in (*error.args, getattr(error, "reason", None), error.__cause__, error.__context__):
        if isinstance(other, BaseException):
            yield from _causes(other, seen)


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."
