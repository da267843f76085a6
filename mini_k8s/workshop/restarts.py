"""What does ``--restart=always`` do? On Docker its own policy does it; elsewhere a small parent stands in for it.

Docker starts a container again that ended by itself, whatever its exit code, and leaves it down when somebody stopped
or killed it (it remembers that: ``hasBeenManuallyStopped`` in ``restartmanager``, moby). A runtime of ours has no such
policy on purpose: the loop decides. So this is the only place that asks an engine for one, and every container that it
makes bears its cluster's labels and goes with the others.
"""

from collections.abc import Sequence
from contextlib import suppress

from mini_k8s.errors import NotFound, StatusError
from mini_k8s.runtimes import ContainerSpec, Observed, Runtime, check_spec, labels


def should_restart(alive: bool, stopped_by_hand: bool) -> bool:
    """The whole of ``always``: what ended by itself is started again; what was stopped or killed by hand is not."""
    return not alive and not stopped_by_hand


class Always:
    """Containers under the policy ``always``, on any runtime. ``how`` says who carries it out."""

    def __init__(self, runtime: Runtime):
        self.runtime = runtime
        self.real = runtime.name == "docker"
        self.how = ("Docker restarts it, as --restart=always says." if self.real else
                    "a small helper program restarts it here, as Docker would.")
        self._ids: dict[str, str] = {}  # name -> id of the container under the policy
        self._specs: dict[str, ContainerSpec] = {}
        self._restarts: dict[str, int] = {}
        self._by_hand: set[str] = set()

    def start(self, spec: ContainerSpec) -> str:
        """Start a container under the policy; return its id."""
        check_spec(spec)
        id = self._create(spec) if self.real else self.runtime.create(spec)
        self.runtime.start(id)
        self._ids[spec.name], self._specs[spec.name], self._restarts[spec.name] = id, spec, 0
        return id

    def by_hand(self, id: str) -> None:
        """Somebody stops this one now: the stand-in is to remember it. (Docker does by itself.)"""
        self._by_hand.add(id)

    def crash(self, found: Observed) -> None:
        """Let a container's process end by itself."""
        if self.real:
            self.runtime.exec(found.id, ["kill", "1"])  # its own shell says so: for Docker it ended by itself
        else:
            self.runtime.stop(found.id)  # asked to end, and not noted as stopped by hand

    def count(self) -> None:
        """Ask Docker how often it has restarted each; before the look at what runs, so that the look sees it."""
        for name, id in list(self._ids.items()) if self.real else ():
            with suppress(StatusError):
                self._restarts[name] = self.runtime.engine.call("inspect_container", id)["RestartCount"]

    def look(self, found: Sequence[Observed]) -> None:
        """Start again what the policy says, where Docker does not; and forget what is gone."""
        there = {o.id: o for o in found}
        for name, id in list(self._ids.items()):
            seen = there.get(id)
            if seen is None:
                self._ids.pop(name)
                self._restarts.pop(name, None)
            elif not self.real and seen.state == "exited" and should_restart(seen.alive, id in self._by_hand):
                with suppress(StatusError):  # the next look tries again
                    self.runtime.start(id)
                    self._restarts[name] += 1

    def restarts(self, name: str) -> int:
        """How often the policy has started it again."""
        return self._restarts.get(name, 0)

    def _create(self, spec: ContainerSpec) -> str:
        engine, cluster = self.runtime.engine, self.runtime.cluster
        host = engine.call("create_host_config", restart_policy={"Name": "always"}, pids_limit=1024)
        full = f"{cluster}.{spec.name}.{spec.attempt}"
        with suppress(NotFound):
            engine.call("remove_container", full, force=True)
        return engine.call("create_container", spec.image, name=full, hostname=spec.name, host_config=host,
                           labels=labels.for_spec(cluster, self.runtime.owner, "container", spec, spec.image))["Id"]
