"""Small ReplicaSets for the browser tests. Imported by the kernel of the notebook under test."""

from mini_k8s.cluster import Cluster
from mini_k8s.runtimes.simulated import Script, SimulatedEngine, SimulatedRuntime
from mini_k8s.widgets.replicaset import ReplicaSetView  # noqa: F401 - for the cells of the tests
from mini_k8s.workshop.replicaset_world import ReplicaSetWorld

LONG = "a-visitor-with-a-name-that-is-much-too-long"


class Sets(ReplicaSetWorld):
    """One ReplicaSet on a live cluster whose runtime is simulated."""

    def __init__(self, replicas=3, name="web"):
        engine = SimulatedEngine(scripts={"web:1": Script()})
        cluster = Cluster(2, name="sets", runtime=SimulatedRuntime("sets", engine=engine)).start()
        super().__init__(cluster, name)
        if replicas is not None:
            self.scale(replicas)

    def scale(self, replicas):
        """Until so many are ready."""
        client = self.cluster.client
        self.cluster.apply({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": self.name}, "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": {
                "metadata": {"labels": {"app": "web"}}, "spec": self.spec()}}})
        self.cluster.wait(lambda: replicas == (
            client.get("ReplicaSet", self.name)["status"].get("readyReplicas") or 0))

    @staticmethod
    def spec():
        return {"terminationGracePeriodSeconds": 1, "containers": [{"name": "app", "image": "web:1"}]}

    def stray(self, name, **labels):
        self.cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
                            "spec": self.spec()})

    def pods(self):
        return [pod["metadata"]["name"] for pod in self.cluster.client.list("Pod").items]

    def delete(self, name):
        self.cluster.client.delete("Pod", name)

    def label(self, name, value):
        self.cluster.client.patch("Pod", name, {"metadata": {"labels": {"app": value}}})

    def stop_deciding(self):
        """The controller does nothing any more."""
        self.cluster.control_plane.controllers["replicaset"].reconcile = lambda key: None

    def end(self, words="It was closed."):
        super().end(words)
        self.cluster.close()


def everything():
    """Adopted, released, foreign, one too many, long names, pods that go."""
    world = Sets(None)
    world.stray("db-0", app="db", tier="back")
    world.stray(LONG, app="web")
    world.cluster.wait(lambda: LONG in world.look()["known"])
    world.scale(2)
    world.label(next(name for name in world.pods() if name.startswith("web-")), "debug")
    world.cluster.wait(lambda: len(world.pods()) == 4)
    world.scale(2)
    world.stop_deciding()
    world.cluster.client.patch("ReplicaSet", "web", {"spec": {"replicas": 1}})
    return world
