"""Chapter 0's second half: a whole small cluster, to look at and to hurt, before anything of it is explained."""

import asyncio
import time

from mini_k8s.backoff import Backoff
from mini_k8s.cluster import Cluster
from mini_k8s.errors import NotFound, StatusError
from mini_k8s.manifests import read_text
from mini_k8s.objects import Object
from mini_k8s.runtimes import Runtime
from mini_k8s.workshop import build
from mini_k8s.workshop.cluster_world import ClusterWorld
from mini_k8s.workshop.labs.by_hand import where
from mini_k8s.workshop.labs.lab import told
from mini_k8s.workshop.labs.tables import show_pods

NODES = 3


class Tour:
    """A cluster of three nodes, all of them slices of this computer.

    picture   the nodes, and the pods on them
    """

    def __init__(self, runtime: Runtime, *images: str):
        from mini_k8s.widgets.machines import MachinesView

        runtime.lock()
        runtime.prepare(*images)
        for old in sorted(runtime.list(), key=lambda o: o.kind):  # containers before their sandboxes
            runtime.remove(old.id)
        self.runtime = runtime
        self._restarts: dict[str, int] = {}  # what was told already
        self.cluster = Cluster(NODES, name=runtime.cluster, runtime=runtime, backoff=Backoff.workshop()).start()
        self._world = ClusterWorld(self.cluster)
        self.picture = MachinesView(self._world, kill=self.kill, title="A cluster")
        print("A cluster of three nodes, all of them slices of this computer.")
        print(where("Its containers", runtime))

    def apply(self, manifest: str) -> None:
        """Write down what a manifest wishes for, as ``kubectl apply`` does."""
        try:
            for document in read_text(manifest, "this cell"):
                stored, what = self.cluster.apply(document.object)[0]
                print(f"{stored['kind'].lower()}/{stored['metadata']['name']} {what}")
        except StatusError as error:
            raise told(error) from None

    def kill(self, name: str) -> None:
        """Kill the container of a pod at once, as ``docker kill`` does. Raises NotFound when none of it runs."""
        for pod in self._pods():
            if pod["metadata"]["name"] == name:
                alive = [o for o in self.cluster.sight.pod(pod["metadata"]["uid"]).newest().values() if o.alive]
                for one in alive:
                    self.runtime.stop(one.id, grace=0)
                if alive:
                    return
        raise told(NotFound(f"no container of {name!r} runs. Look at the picture for what does."))

    async def until_all_run(self, within: float = 60.0) -> None:
        """Wait until every pod runs. Raises AssertionError with the table when it takes longer."""
        end = time.monotonic() + within
        while not (self._pods() and all(map(_ready, self._pods()))):
            if time.monotonic() > end:
                self.get()
                raise told(AssertionError(f"not all pods run within {within:g} s. Run the cells of this section once "
                                          "more, from its heading on."))
            await asyncio.sleep(0.05)

    async def your_kill(self, within: float = 90.0) -> None:
        """Wait until you kill the container of a pod, and it runs again. After ``within`` seconds the cell does it."""
        from IPython.display import display

        display(self.picture)
        within = within if build.keeps() else 0.0
        again, end = self._again(), time.monotonic() + within
        if within and not again:
            print("Waiting for you. Press kill in the picture.")
        while not again:
            if time.monotonic() >= end:
                name = self._pods()[0]["metadata"]["name"]
                if within:
                    print(f"Nobody killed one within {within:g} s, so this cell kills the container of {name}.")
                self.kill(name)
                end += 15  # for the news of it
            await asyncio.sleep(0.05)
            again = self._again()
        await self.until_all_run()
        for name in again:
            print(f"{name}: its container died, and another one runs.")
        self._restarts = _restarts(self._pods())

    def get(self) -> None:
        """Show the pods in a table, as ``kubectl get pods -o wide`` does."""
        show_pods(self._pods(), "IP", "NODE")

    def close(self) -> int:
        """Remove everything of it. Returns how many containers and sandboxes there were."""
        self._world.end("Its containers were removed when the chapter was closed.")
        return self.cluster.down()

    def let_go(self) -> None:
        """Stop driving. What runs, runs on, until the chapter is opened again or removed."""
        self._world.end("Nobody looks any more: the chapter was opened anew, or left.")
        self.cluster.close()

    def _pods(self) -> tuple[Object, ...]:
        return self.cluster.client.list("Pod").items

    def _again(self) -> list[str]:
        """The pods of which a container was started again, and nobody was told yet."""
        return [name for name, count in _restarts(self._pods()).items() if count > self._restarts.get(name, 0)]


def _restarts(pods: tuple[Object, ...]) -> dict[str, int]:
    return {pod["metadata"]["name"]: sum(c["restartCount"] for c in (pod.get("status") or {}).get(
        "containerStatuses") or ()) for pod in pods}


def _ready(pod: Object) -> bool:
    containers = (pod.get("status") or {}).get("containerStatuses") or ()
    return bool(containers) and all(c["ready"] for c in containers)
