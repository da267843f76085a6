"""How does a pod end? All its containers together: the hook before the end, SIGTERM, the grace, SIGKILL; then its
sidecars, the last one first. Upstream: ``killContainersWithSyncResult`` in
``pkg/kubelet/kuberuntime/kuberuntime_container.go``.
"""

import threading
from collections.abc import Callable, Mapping, Sequence

from mini_k8s.clock import Clock
from mini_k8s.errors import NotFound, StatusError
from mini_k8s.objects import Object
from mini_k8s.pods import hooks
from mini_k8s.pods.containers import all_containers
from mini_k8s.pods.inits import in_order_of_end
from mini_k8s.pods.sight import PodSeen
from mini_k8s.pods.starter import Tell
from mini_k8s.runtimes import Observed, Runtime


class Ending:
    """Stops what runs of a pod.

    together   may several calls be made at the same time, each on a thread? Else they are made one after the other
    """

    def __init__(self, runtime: Runtime, clock: Clock, tell: Tell, together: bool):
        self.runtime, self.clock, self.tell, self.together = runtime, clock, tell, together

    def begin(self, pod: Object | None, seen: PodSeen, grace: float, failed: Callable[[], None]) -> None:
        """Tell every container to end within ``grace`` seconds, and wait for none: its death will be seen. May be asked
        again for less. ``failed`` is called, on any thread, when one of them was perhaps not told."""
        if self.together:
            threading.Thread(target=self._begin, args=(pod, seen, grace, failed), name="ending", daemon=True).start()
        else:
            self._begin(pod, seen, grace, failed)

    def _begin(self, pod: Object | None, seen: PodSeen, grace: float, failed: Callable[[], None]) -> None:
        try:
            self.stop(pod, seen, grace)
        except StatusError:
            failed()

    def stop(self, pod: Object | None, seen: PodSeen, grace: float, sandbox: bool = False) -> None:
        """Stop every container that lives, within ``grace`` seconds; with ``sandbox``, then the sandbox too."""
        until = self.clock.now() + grace
        by_name = {c["name"]: c for c in all_containers(pod)} if pod else {}
        last = in_order_of_end(pod) if pod else ()
        alive = [o for o in seen.all if o.alive and o.kind == "container"]
        self._all([lambda o=o: self._stop(pod, by_name.get(o.name, {}), o, seen, grace, until)
                   for o in alive if o.name not in last])
        for name in last:
            for o in alive:
                if o.name == name:
                    self._stop(pod, by_name[name], o, seen, grace, until)
        if sandbox:
            for o in seen.sandboxes:
                if o.alive:
                    self.runtime.stop(o.id, min(grace, 2.0))

    def _stop(self, pod: Object | None, container: Mapping, o: Observed, seen: PodSeen, grace: float,
              until: float) -> None:
        hook = (container.get("lifecycle") or {}).get("preStop")
        if hook and grace > 0:
            address = (seen.sandbox and seen.sandbox.address) or ""
            why = hooks.run(self.runtime, o.id, hook, address, container, grace)
            if why:
                self.tell(pod, "Warning", "FailedPreStopHook", why)
        left = max(2.0, until - self.clock.now()) if hook else until - self.clock.now()  # upstream's least after a hook
        self.runtime.stop(o.id, max(0.0, left) if grace > 0 else 0)

    def _all(self, calls: Sequence[Callable[[], None]]) -> None:
        errors: list[Exception] = []

        def work(call: Callable[[], None]) -> None:
            try:
                call()
            except NotFound:
                pass  # gone is stopped
            except Exception as error:  # told below, when all have had their turn
                errors.append(error)

        if len(calls) < 2 or not self.together:
            for call in calls:
                work(call)
        else:
            threads = [threading.Thread(target=work, args=(call,), daemon=True) for call in calls]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        if errors:
            raise errors[0]
