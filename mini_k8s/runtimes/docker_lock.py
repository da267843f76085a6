"""Who controls this cluster? A lock that lives in the engine, and dies with its holder.

The lock of a name is a container of that name running ``cat``; only one create can win it. The holder keeps a
connection to its standard input. When the holder ends, even by kill -9, the connection closes, ``cat`` reads the end of
its input and exits: the lock is free within moments, with no timeout to wait out and no pid to look up, also on a
distant engine. Whoever wants to break it writes the reason into the same input; ``cat`` repeats it to the holder, and
ends.
Upstream: client-go's ``leaderelection``, which must wait for leases to run out, having no such connection.
"""

import os
import socket
import threading
import time
import weakref
from contextlib import suppress
from datetime import datetime

from mini_k8s.errors import Conflict, NotFound, StatusError
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.images import BASE

_ABANDONED = 5.0  # seconds a lock may stay created and not started; its maker died between the two
_open_lines: weakref.WeakSet = weakref.WeakSet()


class EngineLock:
    """The lock of one cluster's name, held or not. All its methods may be called from any thread."""

    def __init__(self, engine: Engine, cluster: str, owner: str = ""):
        self._engine, self._cluster, self._owner = engine, cluster, owner
        self._turn = threading.RLock()
        self._wanted = False  # between take and release
        self._line: _Line | None = None  # while it is held
        self._broken = ""  # why it was taken from us

    def take(self) -> None:
        """Hold the lock. Raises Conflict, naming the holder, when somebody else does."""
        with self._turn:
            self._wanted, self._broken = True, ""
            if self._line and self._line.works():
                return
            try:
                self._retake()
            except BaseException:
                self._wanted = False
                raise

    def check(self, listed: list[dict]) -> None:
        """Do we still hold what we took? ``listed`` is a fresh list of the cluster's containers.

        An engine that starts anew has killed the lock while its holder lives: then it is taken again. Raises Conflict
        when somebody else was faster, or when it was broken on purpose: two control planes never act on one label.
        """
        with self._turn:
            if self._broken:
                raise Conflict(self._broken)
            if not self._wanted:
                return
            line = self._line
            if line and line.works():
                if any(c["Id"] == line.id and _held(c["State"]) for c in listed):
                    return
                if _held(_state(self._engine, line.id)):
                    return  # taken after that list was made
            if line and (said := line.last_words()):
                self._broken = (f"cluster '{self._cluster}' was {said}. "
                                "To control it again, lock it anew; in a notebook, run the first cell again.")
                self._drop()
                raise Conflict(self._broken)
            self._retake()

    def release(self) -> None:
        """Give it back. Never raises: a lock whose engine is away is free anyway."""
        with self._turn:
            line, self._wanted, self._broken = self._line, False, ""
            self._drop()
            if line:
                with suppress(StatusError):
                    self._engine.call("remove_container", line.id, force=True, deadline=5)

    def _retake(self) -> None:
        self._drop()
        until = time.monotonic() + 2 * _ABANDONED
        while self._line is None:
            try:
                line = self._make()
            except Conflict:
                _clear(self._engine, self._cluster)
                if time.monotonic() > until:
                    raise
                continue
            try:
                self._engine.call("start", line.id)
            except NotFound:  # we were so slow that somebody took it for abandoned
                line.close()
                continue
            except StatusError:
                line.close()
                raise
            self._line = line

    def _make(self) -> "_Line":
        """A lock container that waits for its start, with our line to its standard input."""
        import platform

        holder = f"{_user()}@{platform.node()} pid {os.getpid()}"
        id = self._engine.call(
            "create_container", BASE, ["cat"], name=_name(self._cluster), stdin_open=True,
            stop_signal="SIGKILL",  # process 1 ignores SIGTERM, and an engine that ends would wait 10 s for it
            host_config=self._engine.call("create_host_config", network_mode="none"),
            labels={labels.CLUSTER: self._cluster, labels.OWNER: self._owner, labels.KIND: "lock",
                    labels.HOLDER: holder,
                    labels.SINCE: datetime.now().astimezone().isoformat(timespec="seconds")})["Id"]
        return _Line(self._engine, id)

    def _drop(self) -> None:
        if self._line:
            self._line.close()
        self._line = None


class _Line:
    """An open connection to the standard input and output of a lock's container."""

    def __init__(self, engine: Engine, id: str):
        self.id = id
        self._file = engine.call("attach_socket", id, {"stdin": 1, "stdout": 1, "stream": 1})
        self._socket = getattr(self._file, "_sock", self._file)
        self._heard = b""
        _open_lines.add(self)

    def works(self) -> bool:
        """Nobody has closed the other end."""
        try:
            self._socket.settimeout(0)
            piece = self._socket.recv(4096)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._heard += piece
        return bool(piece) and self.works()

    def say(self, text: str) -> None:
        """Write into the lock, close its input, and wait until it has repeated the text to its holder and ended."""
        self._socket.settimeout(5)
        self._socket.sendall(text.encode())
        self._socket.shutdown(socket.SHUT_WR)
        while self._socket.recv(4096):
            pass

    def last_words(self) -> str:
        """What was written into the lock when it was broken; empty when it just died."""
        self.works()
        return self._heard[8:].decode(errors="replace").strip()  # 8 bytes of header, as in streams.Frames

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self.forget()

    def forget(self) -> None:
        """Close our side only: in a forked child the connection is its parent's."""
        # The answer first: Python 3.13 complains of one that finds its file closed below it.
        for part in (getattr(self._file, "_response", None), self._file, self._socket):
            with suppress(AttributeError, OSError):
                part.close()


def break_lock(engine: Engine, cluster: str, why: str) -> None:
    """Take the lock from whoever holds it and tell him why. Nothing happens when nobody does."""
    with suppress(StatusError, OSError):
        found = engine.call("inspect_container", _name(cluster))
        if _is_lock(found, cluster) and found["State"]["Running"]:
            line = _Line(engine, found["Id"])
            try:
                line.say(why)
            finally:
                line.close()


def _clear(engine: Engine, cluster: str) -> None:
    """Somebody has the lock's name. Raises Conflict when that is a living holder, else removes what is left of it."""
    for _ in range(round(_ABANDONED / 0.1)):
        try:
            found = engine.call("inspect_container", _name(cluster))
        except NotFound:
            return
        if not _is_lock(found, cluster):
            raise Conflict(f"the name {_name(cluster)} is taken by a container that is no lock of this workshop. "
                           f"Use another cluster name, or remove it if it is yours: docker rm -f {_name(cluster)}")
        has, state = found["Config"]["Labels"], found["State"]["Status"]
        if _held(state):
            raise Conflict(_whose(cluster, has))
        if state != "created":
            break
        time.sleep(0.1)  # its maker is about to start it, or has died
    with suppress(NotFound, Conflict):
        engine.call("remove_container", found["Id"])  # by id and without force: never one that came to life


def _whose(cluster: str, has: dict) -> str:
    holder, since = has.get(labels.HOLDER, "somebody"), has.get(labels.SINCE, "?")
    return (f"cluster '{cluster}' is controlled by {holder} since {since}. Stop that one (another notebook? "
            f"Kernel → Shut Down), or take everything down with `mini-k8s down --name {cluster}`; then run this again.")


def _user() -> str:
    try:
        import getpass

        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as many containers have
        return "somebody"


def _name(cluster: str) -> str:
    return f"{cluster}.lock"


def _is_lock(found: dict, cluster: str) -> bool:
    has = found["Config"]["Labels"] or {}
    return has.get(labels.CLUSTER) == cluster and has.get(labels.KIND) == "lock"


def _held(state: str) -> bool:
    return state in ("running", "paused")


def _state(engine: Engine, id: str) -> str:
    try:
        return engine.call("inspect_container", id)["State"]["Status"]
    except NotFound:
        return "gone"


def _after_fork() -> None:
    for line in list(_open_lines):
        line.forget()


if hasattr(os, "register_at_fork"):  # a child that lives on must not hold its parent's lock
    os.register_at_fork(after_in_child=_after_fork)
