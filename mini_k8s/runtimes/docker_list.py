"""What does the engine's list say? From one answer to ``Observed``, without a question for each container.

The list tells everything but the moments of starting and ending, and why it did so. Those are remembered from our own
starts; where they are not known, the engine is asked once when a container is first seen in a state, and never again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mini_k8s.errors import StatusError
from mini_k8s.runtimes import Observed, labels
from mini_k8s.runtimes.engine import Engine

_STATES = {"created": "created", "running": "running", "paused": "paused"}  # all others have ended


class Eyes:
    """Reads lists, and remembers when what it saw began and ended."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._times: dict[str, _Times] = {}
        self.homes: dict[str, dict] = {}  # sandboxes that ran when they were seen last, as ``inspect`` shows them
        self._addresses: dict[str, str | None] = {}  # of sandboxes, for lists without them

    def made(self, id: str) -> None:
        """It has just been created."""
        self._times[id] = _Times("created")

    def starting(self, id: str) -> None:
        """It is being started now."""
        self._times[id] = _Times("running", time.time())

    def failed(self, id: str, why: str) -> None:
        """It could not be started."""
        self._times[id] = _Times("created", message=why)

    def died(self, id: str, said: dict) -> None:
        """What the engine says of one that has ended, in an answer to somebody else's question."""
        if said["Status"] in ("exited", "dead"):
            self._times[id] = _times_of("exited", said)

    def doubt(self, id: str) -> None:
        """Nobody knows whether it was started."""
        self._times.pop(id, None)

    def read(self, listed: Sequence[dict], whole: bool = True) -> list[Observed]:
        """The containers and sandboxes of a list, oldest first. Everything else that bears our label is left out.

        whole   the list shows all there is, so what is not in it is gone
        """
        ours = [c for c in reversed(listed) if c["Labels"].get(labels.KIND) in ("container", "sandbox")]
        for known in (self._times, self._addresses, self.homes) if whole else ():
            for gone in known.keys() - {c["Id"] for c in ours}:
                known.pop(gone, None)
        self._addresses.update({c["Id"]: _address(c) for c in ours if c["Labels"][labels.KIND] == "sandbox"})
        self.homes.update({c["Id"]: home for c in ours if (home := _home(c))})
        for c in ours:
            if c["State"] != "running":
                self.homes.pop(c["Id"], None)
        return [self._observed(c) for c in ours]

    def _observed(self, c: dict) -> Observed:
        id, has, state = c["Id"], c["Labels"], _STATES.get(c["State"], "exited")
        network = c["HostConfig"]["NetworkMode"]
        sandbox = network.removeprefix("container:") if network.startswith("container:") else None
        times = self._times_of(id, state)
        return Observed(
            id, has.get(labels.NAME, ""), has[labels.KIND], has.get(labels.IMAGE, c["Image"]), state,
            _number(has.get(labels.ATTEMPT, "")) or 0, _exit_code(c["Status"]) if state == "exited" else None,
            float(c["Created"]), times.started, times.finished, labels.users(has), sandbox,
            self._addresses.get(sandbox) if sandbox else _address(c),
            {p["PrivatePort"]: p["PublicPort"] for p in c["Ports"] or () if "PublicPort" in p},
            oom_killed=times.oom_killed, message=times.message, image_id=c["ImageID"])

    def _times_of(self, id: str, state: str) -> "_Times":
        """When and why it started and ended. The list does not say; one inspect when a state is seen first, then none.
        """
        state = "running" if state == "paused" else state
        known = self._times.get(id)
        if known and known.state == state:
            return known
        if known and state == "created":  # it is being started, and the engine answers when that is over: 0.1 s later
            return _Times(state)
        try:
            said = self._engine.call("inspect_container", id)["State"]
        except StatusError:
            return _Times(state)  # it has just gone, or the next look asks again
        self._times[id] = _times_of(state, said)
        return self._times[id]


@dataclass(frozen=True)
class _Times:
    state: str
    started: float | None = None
    finished: float | None = None
    oom_killed: bool = False
    message: str = ""


def _home(c: dict) -> dict | None:
    """What containers that join it need to know of a sandbox that runs, in the words of ``inspect``; None for anything
    else, and where the list does not say all of that."""
    if c["Labels"][labels.KIND] != "sandbox" or c["State"] != "running":
        return None
    if not all(mount.get("Source") for mount in c.get("Mounts") or ()):
        return None
    return {"Id": c["Id"], "State": {"Running": True}, "Config": {"Labels": c["Labels"]}, "Mounts": c["Mounts"]}


def _times_of(state: str, said: dict) -> _Times:
    ended = _time(said["FinishedAt"]) if state == "exited" else None
    # The engine says so too when a child was killed and the container went on to end with another code.
    oom = state == "exited" and said["OOMKilled"] and said["ExitCode"] == 137
    return _Times(state, _time(said["StartedAt"]), ended, oom, said["Error"])


def _address(c: dict) -> str | None:
    networks = (c["NetworkSettings"] or {}).get("Networks") or {}
    return next((n["IPAddress"] for n in networks.values() if n["IPAddress"]), None)


def _exit_code(status: str) -> int | None:
    """137 from "Exited (137) 2 seconds ago"."""
    return _number(status.partition("(")[2].partition(")")[0])


def _number(text: str) -> int | None:
    """Labels are written by anybody: what is no number is none."""
    return int(text) if text.isascii() and text.isdigit() else None


def _time(text: str) -> float | None:
    return None if text.startswith("0001") else datetime.fromisoformat(text).timestamp()
