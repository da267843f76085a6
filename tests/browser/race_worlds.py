"""Small races for the browser tests. Imported by the kernel of the notebook under test."""

import contextlib

from mini_k8s.api import Api
from mini_k8s.errors import StatusError
from mini_k8s.kinds import KINDS
from mini_k8s.objects import Key
from mini_k8s.store import Store
from mini_k8s.widgets.race import RaceView  # noqa: F401 - for the cells of the tests
from mini_k8s.workshop.writers import Race, Writer

LONG = "registry.example.com/a-team-of-a-very-long-name/web-of-a-very-long-name:2026-11-26"


class World:
    """A pod, and two who write it straight in the store."""

    def __init__(self, name="web-1", writers=("you", "the kubelet"), created=True):
        self.store = Store()
        api = Api(self.store, dict(KINDS))
        api.create({"kind": "Namespace", "metadata": {"name": "default"}})
        self.name, self.race = name, Race(self.store, Key("Pod", "default", name), writers)
        self.you, self.kubelet = (Writer(who, self.store, api, self.race) for who in writers)
        if created:
            self.you.create({"kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [
                {"name": "web", "image": "mini-k8s/web:1"}]}})

    def image(self, image, pod=None):
        pod = pod or self.you.get(self.name)
        return self.you.update(pod.with_(spec={"containers": [pod.spec.containers[0].with_(image=image)]}))

    def phase(self, phase, pod=None, **more):
        return self.kubelet.update((pod or self.kubelet.get(self.name)).with_(status={"phase": phase}, **more))

    def end(self):
        self.race.end("The test has ended.")


def refused():
    """The kubelet reads, you write, and the kubelet is refused."""
    world = World()
    seen = world.kubelet.get("web-1")
    world.image("mini-k8s/web:2")
    with contextlib.suppress(StatusError):
        world.phase("Running", seen)
    return world


def pasted():
    """... and then puts the newest version on what it has."""
    world = World()
    seen = world.kubelet.get("web-1")
    world.image("mini-k8s/web:2")
    with contextlib.suppress(StatusError):
        world.phase("Running", seen)
    world.phase("Running", seen, metadata={"resourceVersion": world.kubelet.get("web-1").metadata.resourceVersion})
    return world


def long(rounds=20):
    """Many versions, with long values."""
    world = World()
    for number in range(rounds):
        world.image(f"{LONG}-{number}")
        world.phase("Running" if number % 2 else "Failed")
    return world


def deleted():
    """What is gone."""
    world = pasted()
    world.store.delete(world.race.key)
    return world
