"""What happens to ReplicaSets and services in a history, and what is always true of them?

S9: a ReplicaSet never makes a pod more than it was to have, by any state of its own that its controller may have
believed in. S10: a pod has one controller at most, and no set touches another's. S21: once all is calm, those who carry
connections know exactly the pods that are ready. About half of the histories have sets.
"""

import random
from collections.abc import Iterator

from mini_k8s.chaos import deeds
from mini_k8s.chaos.deeds import NODES, Deed
from mini_k8s.errors import NotFound
from mini_k8s.objects import Object, owner_of
from mini_k8s.store import Event

SETS = ("s0", "s1")
STEPS = ("replicasets", "services", "endpointslices", "replicaset", "endpointslice", "garbage-collector",
         "service-proxy", "node-ports")
_IMAGES = ("web:1", "web:1", "web:2", "stubborn:1", "crash:1", "missing:1")


def plan(seed: int) -> tuple[Deed, ...]:
    """The deeds of the history of this seed; in half of them, some have to do with sets."""
    chance, mixed = random.Random(f"sets {seed}"), [*deeds.plan(seed)]
    if chance.random() < 0.5:
        return tuple(mixed)
    for _ in range(chance.randint(5, 40)):
        mixed.insert(chance.randint(0, len(mixed)), _deed(chance))
    return tuple(mixed)


def _deed(chance: random.Random) -> Deed:
    roll, name, sure = chance.random(), chance.choice(SETS), chance.random() < 0.5
    if roll < 0.4:
        steps = ["pods", *STEPS, "sight", *NODES]
        chance.shuffle(steps)
        return Deed("turn", tuple(step for step in steps if chance.random() < 0.7))
    after = chance.randint(1, 12) if chance.random() < 0.4 else 0
    if roll < 0.6:
        return Deed("set", (name, chance.choice((0, 1, 2, 3, 3, 5)), chance.choice(_IMAGES), sure), after)
    if roll < 0.68:
        return Deed("no set", (name, chance.choice((None, "Background", "Foreground", "Orphan")), sure), after)
    if roll < 0.78:
        return Deed("one less", (chance.randint(0, 20), chance.choice((None, None, 0)), sure), after)
    if roll < 0.86:
        return Deed("relabel", (chance.randint(0, 20), chance.choice((*SETS, "nobody")), sure), after)
    if roll < 0.92:
        return Deed("stray", (chance.randint(0, 2), name, sure), after)
    return Deed("service", (name, sure), after)


class Sets:
    """Does these deeds in a world, and looks at what is written. ``World`` is what it is mixed into."""

    def do_set(self, name: str, replicas: int, image: str, sure: bool) -> None:
        def put(api):
            try:
                return api.patch("ReplicaSet", name, {"spec": {"replicas": replicas}}, subresource="scale")
            except NotFound:
                return api.create(set_of(name, replicas, image))

        self.user(sure, put)

    def do_no_set(self, name: str, how: str | None, sure: bool) -> None:
        self.user(sure, lambda api: api.delete("ReplicaSet", name, propagation=how))

    def do_one_less(self, number: int, grace: int | None, sure: bool) -> None:
        if pod := self._labelled(number):
            def delete(api):
                self.forced = grace == 0
                return api.delete("Pod", pod["metadata"]["name"], grace=grace)

            self.user(sure, delete)

    def do_relabel(self, number: int, name: str, sure: bool) -> None:
        if pod := self._labelled(number):
            self.user(sure, lambda api: api.patch("Pod", pod["metadata"]["name"], {"metadata": {"labels": {
                "set": name}}}))

    def do_stray(self, number: int, name: str, sure: bool) -> None:
        pod = set_of(name, 1, "web:1")["spec"]["template"]
        self.user(sure, lambda api: api.create({
            "apiVersion": "v1", "kind": "Pod", **pod, "metadata": {"name": f"x{number}", "labels": {"set": name}}}))

    def do_service(self, name: str, sure: bool) -> None:
        def toggle(api):
            try:
                return api.delete("Service", name)
            except NotFound:
                return api.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {
                    "selector": {"set": name}, "ports": [{"port": 80, "targetPort": 8080}]}})

        self.user(sure, toggle)

    def _labelled(self, number: int) -> Object | None:
        there = sorted((pod["metadata"]["name"], pod["metadata"]["uid"]) for pod in self.pods.values()
                       if "set" in (pod["metadata"].get("labels") or {}))
        return self.pods[there[number % len(there)][1]] if there else None

    # Looking.

    def look_at_sets(self, event: Event) -> None:
        """One write: was it one too many?"""
        obj, meta = event.object, event.object["metadata"]
        if obj["kind"] == "ReplicaSet":
            self.numbers.setdefault(meta["uid"], []).append((event.version, obj["spec"]["replicas"]))
        if obj["kind"] != "Pod" or event.type != "ADDED":
            return
        owner = owner_of(obj)
        if owner is None or owner["uid"] not in self.numbers or self.cluster is None:
            return
        live = [pod["metadata"]["name"] for pod in self.pods.values() if (owner_of(pod) or {}).get("uid") ==
                owner["uid"] and _is_live(pod)]
        seen = int(self.cluster.control_plane.informers["replicasets"].version or 0)
        older = [number for version, number in self.numbers[owner["uid"]] if version <= seen]
        believed = [*older[-1:], *(number for version, number in self.numbers[owner["uid"]] if version > seen)]
        if len(live) > max(believed, default=0):
            self.blame("S9", f"{meta['name']} was made for {owner['name']}, which has {len(live)} live pods now "
                       f"({', '.join(sorted(live))}), and was to have {max(believed, default=0)} at most")

    def differences_of_sets(self) -> Iterator[tuple[str, str]]:
        """In what are sets and services not as they are wished for (yet)?"""
        objects = self.promises.objects
        by_kind = {kind: [obj for key, obj in objects.items() if key.kind == kind]
                   for kind in ("ReplicaSet", "Service", "EndpointSlice")}
        uids = {obj["metadata"]["uid"] for obj in objects.values()}
        for obj in (*self.pods.values(), *by_kind["EndpointSlice"]):
            owner = owner_of(obj)
            if owner is not None and owner["uid"] not in uids:
                yield "S13", f"{obj['metadata']['name']} is there, and its owner {owner['name']} has gone"
        for one in by_kind["ReplicaSet"]:
            yield from self._of_set(one)
        carried = self.cluster.control_plane.proxies["service-proxy"].carrier.lines if self.cluster else set()
        leads = {line for line in carried if line.startswith("lead ")}
        wished = {f"lead {service['spec']['clusterIP']}:80/TCP {pod['status']['podIP']}:8080"
                  for service in by_kind["Service"] for pod in self.pods.values()
                  if pod["metadata"]["namespace"] == "default" and _is_ready(pod)
                  and (pod["metadata"].get("labels") or {}).get("set") == service["metadata"]["name"]}
        for line in sorted(leads ^ wished):
            if not (line in leads and self._leaving(line)):
                yield "S21", f"{line!r} is {'carried' if line in leads else 'not carried'}"

    def _of_set(self, one: Object) -> Iterator[tuple[str, str]]:
        meta, name = one["metadata"], one["metadata"]["name"]
        mine = [pod for pod in self.pods.values() if (owner_of(pod) or {}).get("uid") == meta["uid"]]
        if meta.get("deletionTimestamp"):
            yield "L4", f"the set {name} was to go, and is there still"
            return
        live = [pod for pod in mine if _is_live(pod)]
        if len(live) != one["spec"]["replicas"]:
            yield "L1", f"the set {name} is to have {one['spec']['replicas']} pods, and has {len(live)}"
        if (one["status"]["replicas"], one["status"].get("observedGeneration")) != (len(live), meta["generation"]):
            yield "L1", f"the set {name} has {len(live)} pods, and its status is {dict(one['status'])}"
        for pod in self.pods.values():
            fits = (pod["metadata"].get("labels") or {}).get("set") == name and pod["metadata"][
                "namespace"] == meta["namespace"]
            if _is_live(pod) and (pod in mine) != fits and (owner_of(pod) is None or pod in mine):
                yield "S10", f"{pod['metadata']['name']} {'fits' if fits else 'does not fit'} the set {name}, and is " \
                    + ("not its own" if fits else "its own")

    def _leaving(self, line: str) -> bool:
        """A pod that goes serves on where nobody else does."""
        ip = line.split(" ")[2].partition(":")[0]
        return any(pod["metadata"].get("deletionTimestamp") and (pod.get("status") or {}).get("podIP") == ip
                   for pod in self.pods.values())


def set_of(name: str, replicas: int, image: str) -> dict:
    """The manifest of a ReplicaSet."""
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"set": name}}, "template": {
            "metadata": {"labels": {"set": name}},
            "spec": {"terminationGracePeriodSeconds": 2, "containers": [{"name": "main-0", "image": image}]}}}}


def _is_live(pod: Object) -> bool:
    return not pod["metadata"].get("deletionTimestamp") and (pod.get("status") or {}).get("phase") not in (
        "Succeeded", "Failed")


def _is_ready(pod: Object) -> bool:
    status = pod.get("status") or {}
    return _is_live(pod) and bool(status.get("podIP")) and any(
        one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions") or ())
