"""What is reported of a pod? Its status, made from the wish, from what was seen, and from what could not be done.

Pure: the same arguments give the same status. Upstream: ``pkg/kubelet/kubelet_pods.go`` (``generateAPIPodStatus``) and
``pkg/kubelet/status/generate.go``.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from mini_k8s.clock import timestamp
from mini_k8s.objects import Object, freeze
from mini_k8s.pods.sight import PodSeen
from mini_k8s.runtimes import Observed


class Waiting(NamedTuple):
    """Why a container does not run: a reason in one word, as Kubernetes has them, and a sentence."""

    reason: str  # "CrashLoopBackOff", "ErrImagePull", "CreateContainerConfigError" …
    message: str = ""


def pod_status(pod: Object, seen: PodSeen, phase: str, now: float, waiting: Mapping[str, Waiting] = {},
               initialized: bool = True, host: str = "127.0.0.1", words: Mapping[str, str] = {},
               ready: Callable[[Object, str], bool] = lambda pod, name: True) -> Object:
    """The status that a kubelet reports.

    phase        as ``kubelet.phase`` says
    now          Unix seconds
    waiting      container name -> why it does not run
    words        the last ones of containers that ended, by id
    initialized  all init containers have done their work
    ready        is_ready(pod, container name), asked of those that run (chapter 9 gives a better answer)
    """
    spec, old = pod["spec"], pod.get("status") or {}
    over = phase in ("Succeeded", "Failed")
    before = {was["name"]: was for part in _STATUSES for was in old.get(part) or ()}

    most = _WORDS // max(1, len(spec.get("containers") or ()) + len(spec.get("initContainers") or ()))
    words = {id: text.encode()[:most].decode(errors="ignore")
             for id, text in (_told(before.values()) | {id: text for id, text in words.items() if text}).items()}

    def of(containers: Iterable[Mapping], init: bool) -> list[dict]:
        return [_container(pod, c, seen.containers.get(c["name"], ()), before.get(c["name"], {}),
                           waiting.get(c["name"]), initialized or init, ready, init, words) for c in containers]

    apps = of(spec.get("containers") or (), False)
    inits = of(spec.get("initContainers") or (), True)
    unready = [status["name"] for status in apps if not status["ready"]]
    sandbox = seen.sandbox
    networked = sandbox is not None and sandbox.alive
    conditions = [
        _condition("PodReadyToStartContainers", networked),
        _condition("Initialized", initialized, "ContainersNotInitialized", "containers with incomplete status: "
                   + _listed(status["name"] for status in inits if not status["ready"]),
                   "PodCompleted" if phase == "Succeeded" else ""),
        _ready("Ready", phase, unready), _ready("ContainersReady", phase, unready), _condition("PodScheduled", True)]
    status = {**{name: value for name, value in old.items() if name in _KEPT}, "phase": phase,
              "conditions": [_since(condition, old, now) for condition in conditions],
              "startTime": old.get("startTime") or timestamp(now), "hostIP": host, "hostIPs": [{"ip": host}],
              "containerStatuses": apps}
    if inits:
        status["initContainerStatuses"] = inits
    if networked and sandbox.address:
        status |= {"podIP": sandbox.address, "podIPs": [{"ip": sandbox.address}]}
    elif over and old.get("podIP"):
        status |= {"podIP": old["podIP"], "podIPs": old.get("podIPs")}
    return freeze(status)


def _container(pod: Object, c: Mapping, attempts: tuple[Observed, ...], before: Mapping, waiting: Waiting | None,
               initialized: bool, ready: Callable, init: bool, words: Mapping[str, str]) -> dict:
    newest, last = (attempts[-1] if attempts else None), None
    restarts = max(before.get("restartCount") or 0, newest.attempt if newest and newest.started_at else 0)
    state: dict[str, Any]
    if newest and newest.alive:
        state = {"running": {"startedAt": timestamp(newest.started_at or newest.created_at or 0)}}
        last = next((o for o in reversed(attempts[:-1]) if o.state == "exited"), None)
    elif newest and newest.state == "exited" and not waiting:
        state = {"terminated": _ended(newest, words)}
        last = next((o for o in reversed(attempts[:-1]) if o.state == "exited"), None)
    else:
        reason = waiting or Waiting("ContainerCreating" if initialized else "PodInitializing")
        state = {"waiting": {"reason": reason.reason} | ({"message": reason.message} if reason.message else {})}
        last = next((o for o in reversed(attempts) if o.state == "exited"), None)
    ended = bool(newest and newest.state == "exited" and newest.exit_code == 0)
    is_ready = "running" in state and ready(pod, c["name"]) if not init or c.get("restartPolicy") == "Always" else ended
    kept = before.get("lastState") or {}
    return {"name": c["name"], "state": state, "lastState": {"terminated": _ended(last, words)} if last else kept,
            "ready": is_ready, "started": "running" in state, "restartCount": restarts, "image": c.get("image", ""),
            "imageID": newest.image_id or newest.image if newest else "",
            **({"containerID": f"{_runtime(newest)}://{newest.id}"} if newest and newest.started_at else {})}


def _ended(o: Observed, words: Mapping[str, str]) -> dict:
    code = o.exit_code if o.exit_code is not None else 255
    reason = "OOMKilled" if o.oom_killed and code == 137 else "Completed" if code == 0 else "Error"
    return {"exitCode": code, "reason": reason, "startedAt": timestamp(o.started_at or o.created_at or 0),
            "finishedAt": timestamp(o.finished_at or 0), "containerID": f"{_runtime(o)}://{o.id}",
            **({"message": words[o.id]} if words.get(o.id) else {})}


def _told(statuses: Iterable[Mapping]) -> dict[str, str]:
    """The words that were reported before, by id: a new kubelet knows no others."""
    ended = [(status.get(part) or {}).get("terminated") or {} for status in statuses for part in ("state", "lastState")]
    return {one["containerID"].partition("://")[2]: one["message"] for one in ended
            if one.get("message") and one.get("containerID")}


def _ready(type: str, phase: str, unready: list[str]) -> dict:
    if phase in ("Succeeded", "Failed"):
        return {"type": type, "status": "False", "reason": "PodCompleted" if phase == "Succeeded" else "PodFailed"}
    return _condition(type, not unready, "ContainersNotReady", f"containers with unready status: {_listed(unready)}")


def _condition(type: str, true: bool, reason: str = "", message: str = "", when_true: str = "") -> dict:
    said = {"type": type, "status": "True" if true else "False"}
    if not true and reason:
        said |= {"reason": reason, "message": message}
    return said | ({"reason": when_true} if true and when_true else {})


def _since(condition: dict, old: Mapping, now: float) -> dict:
    """With the moment from which it has had this status."""
    for was in old.get("conditions") or ():
        if was["type"] == condition["type"] and was["status"] == condition["status"]:
            return condition | {"lastTransitionTime": was.get("lastTransitionTime")}
    return condition | {"lastTransitionTime": timestamp(now)}


def _listed(names: Iterable[str]) -> str:
    return f"[{' '.join(names)}]"


def _runtime(o: Observed) -> str:
    return "docker" if len(o.id) == 64 else "mini-k8s"


_STATUSES = ("initContainerStatuses", "containerStatuses")
_WORDS = 12 << 10  # bytes that the last words of all containers of a pod may have, in equal parts
_KEPT = ("qosClass", "nominatedNodeName", "reason", "message")
