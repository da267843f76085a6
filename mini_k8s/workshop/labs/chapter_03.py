"""Chapter 3's workbench: a store and the API over it, two writers of one pod, and a runtime to look into."""

import secrets
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from mini_k8s import client
from mini_k8s.api import Api
from mini_k8s.containers import ByName
from mini_k8s.errors import Conflict, NotFound
from mini_k8s.kinds import KINDS
from mini_k8s.objects import Key, Object, freeze
from mini_k8s.record import Action
from mini_k8s.runtimes import ContainerSpec
from mini_k8s.runtimes.choose import open_runtime
from mini_k8s.store import Store
from mini_k8s.workshop import build, parts
from mini_k8s.workshop.folder import Folder
from mini_k8s.workshop.labs.by_hand import where
from mini_k8s.workshop.labs.lab import Asking, told
from mini_k8s.workshop.store_program import found_again, why_not, write_until_killed
from mini_k8s.workshop.writers import Race, Writer

IMAGES = ("mini-k8s/web:1", "mini-k8s/web:2")
WRITERS = ("you", "the kubelet")
_POD, _VISITS = Key("Pod", "default", "web-1"), Key("ConfigMap", "default", "visits")
_KERNEL = secrets.token_hex(3)  # without a learner's folder: one cluster for this kernel

GATE = ("You had changed the image, and the kubelet wanted to change the status: two different fields. Why was the "
        "kubelet refused all the same?")
REPLIES = {
    "The store could not merge the two changes.":
        "The store merges nothing, and does not know what an image is. What did the kubelet hand in: a field, or a "
        "whole object?",
    "A wish is worth more than a fact.":
        "The store knows neither of them. It compared two short texts, and they were not equal. Which ones?",
    "It handed in a whole object, made from a state that was no longer the newest.":
        "Yes. The old image was in it too. Whether two changes get along is for the one who makes the second to say: "
        "by reading again, and changing what is there now.",
}


class Lab(Asking):
    """A store in this kernel's memory, the API over it, and everything that chapter 3 does with them.

    store     keeps objects, and knows nothing of what they mean
    api       the rules over that store
    picture   the versions of the pod web-1: who wrote them, and whose write was refused
    """

    chapter, module = 3, "mini_k8s.store"
    gate_question = GATE, REPLIES
    outcomes = ("none, until somebody reads the wish", "web:1, as before your write",
                "accepted, and your image is lost", "two", "Running, as in your old file", "all that it had said")

    def __init__(self):
        build.register(self.chapter)
        folder = Folder.current()
        owner = folder.owner if folder else _KERNEL
        self.runtime = open_runtime(f"chapter-3-{owner[:6]}", owner)
        try:
            self.runtime.lock()
            self._open(folder)
        except BaseException:
            self.runtime.close()
            raise

    def _open(self, folder: Folder | None) -> None:
        from mini_k8s.widgets.race import RaceView

        self.runtime.prepare(*IMAGES)
        old = [self.runtime.remove(found.id) for found in self.runtime.list()]
        self.containers = ByName(self.runtime, _spec)
        self.store = Store()
        self.api = Api(self.store, dict(KINDS))
        self.api.create({"kind": "Namespace", "metadata": {"name": "default"}})
        self._race = Race(self.store, _POD, WRITERS)
        self.picture = RaceView(self._race, title="The versions of web-1")
        self._kept: tempfile.TemporaryDirectory | None = None
        self._said: list[str] = []
        self._began: dict[tuple, Object] = {}  # a call of ``writers`` -> web-1 as it was at the first of them
        yours = parts.install_saved(folder) if folder else []
        print("A store in the memory of this kernel, and nothing in it yet.")
        print(where("Containers, when there are any,", self.runtime))
        if old:
            print(f"Removed first: {len(old)} containers, left of your earlier run.")
        if yours:
            print(f"Yours already, from before: {', '.join(yours)}.")

    # Who writes.

    def writers(self, door: Api | Store, versions: bool = True) -> tuple[Writer, Writer]:
        """You and the kubelet, both through that door: ``lab.api``, or straight in ``lab.store``.

        versions   False: they hand in what they have without a version

        Called once more for the same door, it first brings web-1 back to where it was then: so a section can be run
        again, from this call on.
        """
        self._back_to_where_it_was((type(door).__name__, versions))
        return tuple(Writer(name, door, self.api, self._race, versions) for name in WRITERS)

    def _back_to_where_it_was(self, call: tuple) -> None:
        try:
            now = self.store.get(_POD)
        except NotFound:
            return
        was = self._began.setdefault(call, now)
        lab = Writer("the lab", self.store, self.api, self._race, versions=False)
        if any(now.get(part) != was.get(part) for part in ("spec", "status")):
            lab.update(Object({**now, "spec": was["spec"], "status": was["status"]}))

    def stored(self, *, image: str = "", phase: str = "") -> None:
        """Say what the store holds of web-1. Raises AssertionError when it is not this image or this phase."""
        pod = self.store.get(_POD)
        image_there = pod["spec"]["containers"][0]["image"].removeprefix("mini-k8s/")
        has = {"image": image_there, "phase": pod["status"]["phase"]}
        print(f"version {pod['metadata']['resourceVersion']}: image {has['image']}, phase {has['phase']}")
        wanted = {name: value for name, value in (("image", image), ("phase", phase)) if value}
        if wanted != {name: has[name] for name in wanted}:
            raise told(AssertionError(
                f"{' and '.join(f'{name} {value}' for name, value in wanted.items())} should be stored now. Was a cell "
                "left out, or run twice? Run all cells from the chapter's first, and go on."))

    # What really runs.

    def observe(self) -> dict[str, str]:
        """name -> image of the containers that run at this moment."""
        return dict(sorted(self.containers.observe().items()))

    def act(self, action: Action) -> None:
        """Carry out one action: really start, or really stop, a container."""
        self.containers.act(action)

    def kill(self, name: str) -> None:
        """Kill the container of that name at once, as ``docker kill`` does."""
        for found in self.runtime.list():
            if found.name == name and found.alive:
                self.runtime.stop(found.id, grace=0)

    def should_run(self, *names: str) -> None:
        """Say what really runs. Raises AssertionError when it is not these names."""
        running = self.observe()
        print("running:", ", ".join(f"{name} ({image})" for name, image in running.items()) or "nothing")
        if sorted(running) != sorted(names):
            raise told(AssertionError(f"{', '.join(names) or 'nothing'} should run now, and nothing else. Run all "
                                      "cells from the chapter's first, and go on."))

    # Many writers, and a killed store.

    def count_together(self, writers: int = 4, each: int = 25, versions: bool = True) -> int:
        """So many writers add one so many times each, to one number in a store of its own; how many additions were
        lost? Each takes a thousandth of a second between reading and writing. With versions they go through
        ``retry_on_conflict``."""
        store, refused = Store(), []
        store.create(freeze({"kind": "ConfigMap", "metadata": {"name": "visits", "namespace": "default"},
                             "data": {"count": "0"}}))

        def read():
            visits = store.get(_VISITS)
            return visits if versions else visits.with_(metadata={"resourceVersion": None})

        def one_more(visits):
            time.sleep(0.001)
            return visits.with_(data={"count": str(int(visits["data"]["count"]) + 1)})

        def write(visits):
            try:
                return store.update(visits)
            except Conflict:
                refused.append(1)
                raise

        def work(_):
            for _ in range(each):
                client.retry_on_conflict(read, one_more, write, 10_000)

        with ThreadPoolExecutor(writers, "visits") as hands:
            list(hands.map(work, range(writers)))
        counted = int(store.get(_VISITS)["data"]["count"])
        print(f"{writers * each} were added, {counted} are counted. Lost: {writers * each - counted}. "
              f"Refused, and tried again: {len(refused)}.")
        return writers * each - counted

    def write_until_killed(self, durable: bool) -> None:
        """Start a program with a store of its own, in memory or in a folder; kill it while it writes."""
        if self._kept:
            self._kept.cleanup()
        self._kept = tempfile.TemporaryDirectory(prefix="mini-k8s-") if durable and not why_not() else None
        if durable and why_not():
            print(f"(Not here: {why_not()}. So it is kept in memory once more; elsewhere all would be found again.)")
        self._said = write_until_killed(self._kept and self._kept.name)
        print(f"It said of {len(self._said)} pods that they are written. Then: kill -9.")

    def found_again(self) -> None:
        """Open that store once more. Raises AssertionError when something is missing that a folder should have kept."""
        there = found_again(self._kept and self._kept.name)
        lost = set(self._said) - set(there)
        print(f"Found again: {len(there)} pods. Of those that it had said, {len(lost) or 'none'} "
              f"{'is' if len(lost) < 2 else 'are'} missing.")
        if self._kept and lost:
            raise told(AssertionError(f"{min(lost)} was said to be written, and is not there. Please tell the people "
                                      "who make this kit."))

    # The end.

    def snapshot(self):
        """The picture as it is now, to stay in the notebook."""
        return self.picture.snapshot()

    def close(self) -> None:
        """Remove everything that this chapter started, and say so."""
        removed = self.runtime.down()
        self._end("The chapter was closed. What was stored here is gone with it.")
        print(f"Removed {removed} container{'' if removed == 1 else 's'}. Nothing of this chapter is left.")

    def let_go(self) -> None:
        """Stop driving. What runs, runs on, until the chapter is opened again or removed."""
        self._end("The chapter was opened anew, or left.")

    def _end(self, words: str) -> None:
        self._race.end(words)
        self.runtime.close()
        if self._kept:
            self._kept.cleanup()
            self._kept = None


def _spec(name: str, image: str, attempt: int) -> ContainerSpec:
    return ContainerSpec(name, image, attempt=attempt, ports=(8080,))
