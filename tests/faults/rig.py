"""A control plane as a notebook makes it (runtime, loop, hints), with quick times; and who watches it do right."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from helpers import eventually

from mini_k8s.containers import ByName
from mini_k8s.control_loop import Backoff, ControlLoop
from mini_k8s.errors import StatusError
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.hints import Hints

WEB, WEB2 = "mini-k8s/web:1", "mini-k8s/web:2"
QUICK = Backoff(base=0.2, cap=1.0, reset=60.0)
ALIVE = ("running", "paused")


class Rig:
    """A running control plane. ``desired`` may be changed at any time."""

    def __init__(self, engine, cluster, desired, url, deadline=5.0, period=0.3, hints=True, backoff=QUICK, hands=8,
                 lock=True, running=True, doubled_by_hand=False):
        self.engine, self.cluster, self.desired, self.began = engine, cluster, dict(desired), int(time.time())
        self.doubled_by_hand = doubled_by_hand
        self.runtime = DockerRuntime(cluster, "tester", engine=Engine(url))
        if lock:
            self.runtime.lock()  # patiently: a busy machine is none of the faults
        self.runtime.engine.deadline = deadline
        self.pool = ThreadPoolExecutor(hands)
        self.by_name = ByName(self.runtime, grace=1)
        self.loop = ControlLoop(self.desired, self.by_name.observe, self.by_name.act, tidy=self.by_name.tidy,
                                executor=self.pool, period=period, backoff=backoff)
        self.heard = []
        self.hints = Hints(self.runtime.events, self.loop.wake, self.heard.append) if hints else None
        if running:
            self.loop.run()

    def all(self) -> list[dict]:
        """All containers of the cluster, the dead among them; not its lock."""
        return self.engine.containers(f"{labels.CLUSTER}={self.cluster}", f"{labels.KIND}=container")

    def names(self) -> dict[str, list[str]]:
        """name -> ids of its living containers, as the engine itself says, past every proxy."""
        found: dict[str, list[str]] = {}
        for container in self.all():
            if container["State"] in ALIVE:
                found.setdefault(container["Labels"][labels.NAME], []).append(container["Id"])
        return found

    def id(self, name: str) -> str:
        return self.names()[name][0]

    def as_wished(self) -> bool:
        """The engine has what was wished, once, and the loop knows it."""
        living = self.names()
        assert all(len(ids) == 1 for ids in living.values()), f"doubled: {living}"
        latest = self.loop.latest
        return living.keys() == self.desired.keys() and latest is not None and latest.converged

    def gets_there(self, because: str, within: float = 30.0) -> None:
        eventually(self.as_wished, within=within, because=because)
        self.lives()

    def lives(self) -> None:
        """The loop's thread, whatever it was put through."""
        assert self.loop._thread.is_alive()
        assert self.loop.running

    def errors(self) -> list[BaseException]:
        """All that passes and actions ran into."""
        steps = list(self.loop.history)
        return [s.error for s in steps if s.error] + [error for s in steps for _, error in s.finished if error]

    def restarted_means_new(self, name: str, old: str) -> bool:
        ids = self.names().get(name, [])
        return bool(ids) and old not in ids

    def close(self) -> None:
        self.loop.close()
        if self.hints:
            self.hints.close()
        self.pool.shutdown(wait=True, cancel_futures=True)
        with suppress(StatusError):
            self.runtime.close()

    def was_never_doubled(self) -> None:
        """At no moment two containers of one name were alive, says the engine's own diary."""
        living: dict[str, set[str]] = {}
        diary = self.engine.call("events", since=self.began, until=f"{time.time():.6f}", decode=True, filters={
            "event": ["start", "die"], "label": [f"{labels.CLUSTER}={self.cluster}", f"{labels.KIND}=container"]})
        for event in diary:
            ids = living.setdefault(event["Actor"]["Attributes"][labels.NAME], set())
            ids.add(event["id"]) if event["Action"] == "start" else ids.discard(event["id"])
            assert len(ids) < 2, f"doubled: {event}, {living}"

    def nothing_is_left(self) -> None:
        """``down`` leaves nothing that has the cluster's label."""
        doubled = {name: ids for name, ids in self.names().items() if len(ids) > 1}
        assert not doubled, f"doubled: {doubled}"
        if not self.doubled_by_hand:
            self.was_never_doubled()
        last = DockerRuntime(self.cluster, base_url=self.engine.url)
        last.down()
        last.close()
        assert self.engine.containers(f"{labels.CLUSTER}={self.cluster}") == []


class Strangers:
    """Containers of other projects on the same engine, with names and labels as like ours as they may be."""

    SORTS = (("web-1", {}), ("other.web-1.0", {labels.CLUSTER: "other", labels.OWNER: "somebody", labels.NAME: "web-1",
                                               labels.KIND: "container", labels.ATTEMPT: "0"}))

    def __init__(self, engine):
        self.engine = engine
        there = {container["Names"][0].lstrip("/"): container for container in engine.containers()}
        for name, has in self.SORTS:
            if name not in there:
                engine.call("create_container", WEB, name=name, labels=has)
            engine.call("start", name)
        self.before, self.lives = self._look(), engine.lives

    def were_left_alone(self) -> None:
        """Still there, and neither stopped nor started (but by an engine that was started anew)."""
        after = self._look()
        assert after.keys() == self.before.keys(), "a stranger was removed"
        if self.engine.lives == self.lives:
            assert after == self.before, "a stranger was touched"

    def _look(self) -> dict[str, tuple]:
        found = [self.engine.call("inspect_container", name) for name, _ in self.SORTS]
        return {c["Id"]: (c["State"]["Status"], c["State"]["StartedAt"], c["Name"], c["RestartCount"]) for c in found}
