"""Is what is there what is wished for? Asked when the faults are over, and for every pod alike.

Written from the wish alone, and on purpose not with the functions by which the kubelet decides. The letters are those
of the list of promises: L1 desired is actual, L4 what is to go goes, S15 nothing is left, S19 the status says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mini_k8s.chaos.deeds import LASTING, SCRIPTS
from mini_k8s.objects import Object
from mini_k8s.pods import UID
from mini_k8s.runtimes import Observed, Volume

Difference = tuple[str, str]  # (promise, what is not so yet)


def differences(pods: Iterable[Object], things: Sequence[Observed], volumes: Iterable[Volume],
                configs: Mapping[str, Object]) -> Iterator[Difference]:
    """Everything in which the world is not as it is wished for (yet). ``configs`` are the ConfigMaps, by namespace."""
    of: dict[str, list[Observed]] = defaultdict(list)
    for o in things:
        of[o.labels.get(UID, "")].append(o)
    wished = {pod["metadata"]["uid"]: pod for pod in pods}
    for uid, left in of.items():
        if uid and uid not in wished:
            yield "S15", f"{', '.join(o.name for o in left)} of {uid} is left, and no such pod is there"
    for volume in volumes:
        if volume.labels.get(UID) not in wished:
            yield "S15", f"the volume {volume.id} is left, and its pod is not there"
    for uid, pod in wished.items():
        name, meta = pod["metadata"]["name"], pod["metadata"]
        if meta.get("deletionTimestamp"):
            if not meta.get("finalizers"):
                yield "L4", f"pod {name} was to go, and is there still"
            if of[uid]:
                yield "L4", f"pod {name} was to go, and {', '.join(o.name for o in of[uid])} is there still"
        else:
            for promise, what in _pod(pod, of[uid], configs.get(meta["namespace"])):
                yield promise, f"pod {name}: {what}"


def _pod(pod: Object, things: Sequence[Observed], config: Object | None) -> Iterator[Difference]:
    status, spec = pod.get("status") or {}, pod["spec"]
    phase, reason = status.get("phase"), status.get("reason") or ""
    alive = [o for o in things if o.alive]
    apps = [o for o in alive if o.kind == "container"]
    yield from _claims(status, apps)
    if phase in ("Succeeded", "Failed"):
        if apps:
            yield "L1", f"it has ended ({phase}), and {', '.join(o.name for o in apps)} runs"
        if spec["restartPolicy"] == "Always" and not reason.startswith("OutOf"):
            yield "L1", f"it is to run always, and it is {phase}"
        return
    sandboxes = [o for o in things if o.kind == "sandbox"]
    if _waits_for_volumes(pod, config):
        if not _stuck(status):
            yield "L1", "a ConfigMap of its volumes is missing, and nothing says so"
        return
    if len(sandboxes) != 1 or not sandboxes[0].alive:
        yield "L1", f"it has the sandboxes {[(o.attempt, o.state) for o in sandboxes]}, and needs one that lives"
        return
    yield from _containers(pod, apps, sandboxes[0], status, config)


def _containers(pod: Object, apps: Sequence[Observed], home: Observed, status: Mapping,
                config: Object | None) -> Iterator[Difference]:
    spec = pod["spec"]
    for c in spec.get("initContainers") or ():
        if c.get("restartPolicy") != "Always" and SCRIPTS[c["image"]].exit_code:
            return  # it never gets past this one
        if c.get("restartPolicy") == "Always":
            yield from _runs(c, apps, home, status, "initContainerStatuses")
    before = {c["name"]: c for c in status.get("containerStatuses") or ()}
    for c in spec["containers"]:
        said = before.get(c["name"], {"state": {}})
        if _may_stay_ended(said, spec["restartPolicy"]):
            continue
        if _env_is_missing(c, config):
            if not (said["state"].get("waiting") or said["state"].get("running")):
                yield "L1", f"the environment of {c['name']} is missing, and its state is {said['state']}"
        elif c["image"] in LASTING:
            yield from _runs(c, apps, home, status, "containerStatuses")
        elif c["image"] not in SCRIPTS or SCRIPTS[c["image"]].fails:
            if not said["state"].get("waiting"):
                yield "L1", f"{c['name']} cannot be started, and its state is {said['state']}"
        elif spec["restartPolicy"] == "Never" or (
                spec["restartPolicy"] == "OnFailure" and not SCRIPTS[c["image"]].exit_code):
            if not said["state"].get("terminated"):
                yield "L1", f"{c['name']} is to end and stay so, and its state is {said['state']}"
        elif not said["state"]:
            yield "L1", f"{c['name']} is to be started again and again, and nothing is known of it"
    lasting = all(c["image"] in LASTING and not _env_is_missing(c, config) and not _may_stay_ended(
        before.get(c["name"], {"state": {}}), spec["restartPolicy"]) for c in spec["containers"])
    if lasting and status.get("phase") != "Running":
        yield "L1", f"all of it runs, and it is {status.get('phase')}"


def _may_stay_ended(said: Mapping, policy: str) -> bool:
    """It has ended, by whatever hand, and its policy does not want it back."""
    ended = said["state"].get("terminated")
    return bool(ended) and (policy == "Never" or (policy == "OnFailure" and ended["exitCode"] == 0))


def _runs(c: Mapping, apps: Sequence[Observed], home: Observed, status: Mapping, part: str) -> Iterator[Difference]:
    """This container runs, once, as it is wished for, and its status says so."""
    mine = [o for o in apps if o.name == c["name"]]
    if [(o.image, o.sandbox) for o in mine] != [(c["image"], home.id)]:
        yield "L1", (f"{c['name']} is to run {c['image']} in {home.id}, and there is "
                     f"{[(o.id, o.image, o.sandbox) for o in mine] or 'nothing'}")
        return
    said = next((s for s in status.get(part) or () if s["name"] == c["name"]), {"state": {}, "ready": False})
    if not ("running" in said["state"] and said["ready"] and said["containerID"].endswith(mine[0].id)):
        yield "S19", f"{c['name']} runs as {mine[0].id}, and its status is {said}"


def _claims(status: Mapping, apps: Sequence[Observed]) -> Iterator[Difference]:
    """What is said to run runs."""
    ids = {o.id for o in apps}
    for part in ("initContainerStatuses", "containerStatuses"):
        for c in status.get(part) or ():
            if "running" in c["state"] and c["containerID"].partition("://")[2] not in ids:
                yield "S19", f"{c['name']} is said to run as {c['containerID']}, and no such container runs"


def _waits_for_volumes(pod: Object, config: Object | None) -> bool:
    return config is None and any(not v["configMap"].get("optional") for v in pod["spec"].get("volumes") or ()
                                  if v.get("configMap"))


def _env_is_missing(c: Mapping, config: Object | None) -> bool:
    return config is None and any(var.get("valueFrom") for var in c.get("env") or ())


def _stuck(status: Mapping) -> bool:
    """Does it say that something is missing, or did everything begin before it was?"""
    states = [c["state"] for part in ("initContainerStatuses", "containerStatuses") for c in status.get(part) or ()]
    return bool(states)
