"""In one line, how is a pod? READY, STATUS and RESTARTS as kubectl shows them.

STATUS is no field: it is the most telling thing about the pod, found by looking at its containers. Upstream:
``printPod`` in ``pkg/printers/internalversion/printers.go``.
"""

from collections.abc import Mapping, Sequence

from mini_k8s.kind import Column
from mini_k8s.kinds.columns import AGE, NAME, column, duration, seconds_of
from mini_k8s.objects import Object, condition

_NONE = Object()


def ready(pod: Object) -> str:
    """How many containers are ready, of how many: '1/2'. Sidecars count."""
    spec, status = pod["spec"], pod.get("status") or _NONE
    names = {one.get("name") for one in _sidecars(spec)}
    seen = [*(status.get("containerStatuses") or ()),
            *(one for one in status.get("initContainerStatuses") or () if one.get("name") in names)]
    count = sum(1 for one in seen if one.get("ready") and _state(one, "running") is not None)
    return f"{count}/{len(names) + len(spec.get('containers') or ())}"


def restarts(pod: Object, now: float) -> str:
    """How often containers were started anew, and when that was last: '3 (41s ago)'."""
    inits, apps = _statuses(pod)
    sidecars = {one.get("name") for one in _sidecars(pod["spec"])}
    counted = inits if _initialising(pod) else [*(one for one in inits if one.get("name") in sidecars), *apps]
    count = sum(one.get("restartCount") or 0 for one in counted)
    ended = [when for one in counted if (last := _state(one, "terminated", "lastState"))
             and (when := seconds_of(last.get("finishedAt"))) is not None]
    return f"{count} ({duration(now - max(ended))} ago)" if count and ended else str(count)


def status(pod: Object) -> str:
    """The most telling thing about the pod, in a word: Running, Init:0/1, CrashLoopBackOff, Completed, Terminating …"""
    meta, seen = pod["metadata"], pod.get("status") or _NONE
    said = seen.get("reason") or seen.get("phase") or "Unknown"
    gated = condition(pod, "PodScheduled")
    if gated and gated.get("reason") == "SchedulingGated":
        said = "SchedulingGated"
    inits, apps = _statuses(pod)
    initialising = _init_status(pod, inits)
    if initialising:
        said = initialising
    if not initialising or _initialized(pod):
        said = _apps_status(pod, apps, said)
    if meta.get("deletionTimestamp"):
        if seen.get("reason") == "NodeLost":
            return "Unknown"
        if seen.get("phase") not in ("Failed", "Succeeded"):
            return "Terminating"
    return said


def _init_status(pod: Object, inits: Sequence[Mapping]) -> str:
    """Where its init containers are; empty when they are through."""
    specs = {one.get("name"): one for one in pod["spec"].get("initContainers") or ()}
    for i, one in enumerate(inits):
        ended, waiting = _state(one, "terminated"), _state(one, "waiting")
        if ended is not None and not ended.get("exitCode"):
            continue
        if (specs.get(one.get("name")) or _NONE).get("restartPolicy") == "Always" and one.get("started"):
            continue
        if ended is not None:
            return f"Init:{_ending(ended)}"
        if waiting and waiting.get("reason") not in (None, "", "PodInitializing"):
            return f"Init:{waiting['reason']}"
        return f"Init:{i}/{len(specs)}"
    return ""


def _apps_status(pod: Object, apps: Sequence[Mapping], said: str) -> str:
    running = False
    for one in reversed(apps):
        waiting, ended = _state(one, "waiting"), _state(one, "terminated")
        if waiting and waiting.get("reason"):
            said = waiting["reason"]
        elif ended is not None:
            said = _ending(ended)
        elif one.get("ready") and _state(one, "running") is not None:
            running = True
    if said == "Completed" and running:
        is_ready = condition(pod, "Ready")
        return "Running" if is_ready and is_ready.get("status") == "True" else "NotReady"
    return said


def _ending(ended: Mapping) -> str:
    if ended.get("reason"):
        return ended["reason"]
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode') or 0}"


def _initialising(pod: Object) -> bool:
    return bool(_init_status(pod, _statuses(pod)[0])) and not _initialized(pod)


def _initialized(pod: Object) -> bool:
    found = condition(pod, "Initialized")
    return bool(found) and found.get("status") == "True"


def _statuses(pod: Object) -> tuple[Sequence[Mapping], Sequence[Mapping]]:
    seen = pod.get("status") or _NONE
    return seen.get("initContainerStatuses") or (), seen.get("containerStatuses") or ()


def _state(one: Mapping, which: str, field: str = "state") -> Mapping | None:
    return (one.get(field) or _NONE).get(which)


def _sidecars(spec: Mapping) -> list[Mapping]:
    return [one for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"]


def _gates(pod: Object) -> str:
    gates = pod["spec"].get("readinessGates") or ()
    true = sum(1 for gate in gates if (found := condition(pod, gate.get("conditionType") or ""))
               and found.get("status") == "True")
    return f"{true}/{len(gates)}" if gates else ""


COLUMNS = (NAME, column("READY", ready), column("STATUS", status), Column("RESTARTS", restarts), AGE,
           column("IP", lambda pod: (pod.get("status") or _NONE).get("podIP"), wide=True),
           column("NODE", lambda pod: pod["spec"].get("nodeName"), wide=True),
           column("NOMINATED NODE", lambda pod: (pod.get("status") or _NONE).get("nominatedNodeName"), wide=True),
           column("READINESS GATES", _gates, wide=True))
