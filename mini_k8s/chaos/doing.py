"""What does each deed do? Users ask, components step, time passes, things break.

Users talk to the API itself, and no fault of a component's concerns them.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from mini_k8s.chaos.deeds import home_of, pod_of
from mini_k8s.chaos.faults import Died
from mini_k8s.chaos.world import NAME, World
from mini_k8s.errors import Conflict, NotFound, StatusError
from mini_k8s.objects import Object
from mini_k8s.pods import UID
from mini_k8s.runtimes import Observed


class Doing(World):
    """A world in which every deed can be done: ``do_<verb>(*what)``."""

    def do_turn(self, *steps: str) -> None:
        self.turn(steps)

    def do_wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def do_crash(self, part: float) -> None:
        if self.stepping:
            raise Died("control plane", part)
        if self.cluster:
            self.died("control plane", part)

    def do_renew(self, node: str) -> None:
        if self.stepping:
            raise Died("kubelet")
        if self.cluster:
            self.renew(node)

    def do_engine(self, error: str, times: int) -> None:
        self.calls.engine.extend([error] * times)

    def do_writes(self, error: str, times: int) -> None:
        self.calls.writes.extend([error] * times)

    def do_full(self, times: int) -> None:
        self.disk.full = times

    def do_slow(self, slow: bool) -> None:
        self.disk.slow = slow

    def do_lose(self, times: int) -> None:
        self.lost = times

    def do_double(self, times: int) -> None:
        self.doubled = times

    def do_stale(self, times: int) -> None:
        self.stale = times

    def do_relist(self) -> None:
        if self.cluster:
            self.cluster.sight.lost()

    def do_kill(self, kind: str, number: int, code: int) -> None:
        alive = [o for o in self.mine() if o.kind == kind and o.alive]
        if alive:
            o = alive[number % len(alive)]
            with self.engine.changed:
                self.engine.change(NAME, o.id, self.clock.now(), "exited", code)

    def do_remove(self, number: int) -> None:
        there = self.mine()
        if there:
            self.gone(there[number % len(there)])

    def do_empty(self) -> None:
        for o in self.mine():
            self.gone(o)

    def gone(self, o: Observed) -> None:
        self.machine.touched[o.labels[UID]] = None
        self.eyes.remove(o.id)

    def mine(self) -> list[Observed]:
        """What was made for pods."""
        return [o for o in self.eyes.list() if UID in o.labels]

    # Users.

    def user(self, sure: bool, ask: Callable[..., Object]) -> None:
        if self.cluster is None:
            return
        store, version = self.cluster.store, self.cluster.store.version
        try:
            ask(self.cluster.api)
        except StatusError as error:
            self.note("user", f"is told: {error.reason}")
            if store.version != version:
                self.blame("S2", f"a user was told {error.reason}, and it happened all the same")
            return
        finally:
            self.forced = self.promises.letting_go = False
        if sure:
            store.wait(store.version)
            self.promises.acknowledge(store.version)

    def do_create(self, name: str, inits: Sequence[str], images: Sequence[str], policy: str, grace: int, node: str,
                  extras: Sequence[str], sure: bool) -> None:
        if home_of(name) != "default":
            self.user(sure, lambda api: api.create({"apiVersion": "v1", "kind": "Namespace",
                                                    "metadata": {"name": home_of(name)}}))
        self.user(sure, lambda api: api.create(pod_of(name, inits, images, policy, grace, node, extras)))

    def do_delete(self, name: str, grace: int | None, sure: bool) -> None:
        def delete(api):
            given = api.get("Pod", name, home_of(name))["spec"]["terminationGracePeriodSeconds"]
            self.forced = grace == 0 or given == 0
            return api.delete("Pod", name, home_of(name), grace=grace and min(grace, given))

        self.user(sure, delete)

    def do_image(self, name: str, image: str, sure: bool) -> None:
        def change(api):
            first, *others = api.get("Pod", name, home_of(name))["spec"]["containers"]
            return api.patch("Pod", name, {"spec": {"containers": [first.with_(image=image), *others]}}, home_of(name))

        self.user(sure, change)

    def do_label(self, name: str, value: int, sure: bool) -> None:
        self.user(sure, lambda api: api.patch("Pod", name, {"metadata": {"labels": {"version": str(value)}}},
                                               home_of(name)))

    def do_let_go(self, name: str, sure: bool) -> None:
        def let_go(api):
            self.promises.letting_go = True
            return api.patch("Pod", name, {"metadata": {"finalizers": None}}, home_of(name))

        self.user(sure, let_go)

    def do_read(self, name: str) -> None:
        with suppress(NotFound):
            if self.cluster:
                self.read[name] = self.cluster.api.get("Pod", name, home_of(name))

    def do_write(self, name: str, value: int, sure: bool) -> None:
        """Write a pod that was read some time ago."""
        old = self.read.get(name)
        if old is None or self.cluster is None:
            return

        def write(api):
            now = api.get("Pod", name, home_of(name))
            same = now["metadata"]["resourceVersion"] == old["metadata"]["resourceVersion"] and now == old
            try:
                done = api.update(old.with_(metadata={"labels": {"written": str(value)}}))
            except Conflict:
                if same:
                    self.blame("S3", f"a write of pod {name} was refused, and nobody had changed it")
                raise
            if not same and now["metadata"]["resourceVersion"] != old["metadata"]["resourceVersion"]:
                self.blame("S3", f"pod {name} was at {now['metadata']['resourceVersion']}, and a write of what was "
                           f"read at {old['metadata']['resourceVersion']} was taken")
            return done

        self.user(sure, write)

    def do_config(self, level: str, sure: bool) -> None:
        def put(api):
            try:
                return api.patch("ConfigMap", "settings", {"data": {"level": level}})
            except NotFound:
                return api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"},
                                   "data": {"level": level}})

        self.user(sure, put)

    def do_no_namespace(self, sure: bool) -> None:
        self.user(sure, lambda api: api.delete("Namespace", "team"))

    def do_no_config(self, sure: bool) -> None:
        self.user(sure, lambda api: api.delete("ConfigMap", "settings"))
