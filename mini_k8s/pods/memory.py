"""What does a kubelet remember of a pod? A new one begins without, and loses nothing but patience.

Upstream: ``flowcontrol.Backoff`` for crashes, ``pkg/kubelet/container/cache.go``, and the termination messages of
``pkg/kubelet/kuberuntime/kuberuntime_container.go``.
"""

import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

from mini_k8s.errors import StatusError
from mini_k8s.objects import Object
from mini_k8s.pods.containers import all_containers
from mini_k8s.pods.content import Content
from mini_k8s.pods.sight import PodSeen
from mini_k8s.pods.status import Waiting
from mini_k8s.runtimes import MESSAGES, Observed, Runtime

_LINES, _BYTES = 80, 2048  # of a log's end that may be a message


@dataclass
class Memory:
    """What is remembered of one pod."""

    runs: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # container -> seconds of each run
    words: dict[str, str] = field(default_factory=dict)  # id -> the last ones of a container that ended
    died: dict[str, float] = field(default_factory=dict)  # id -> when it was first seen dead
    waiting: dict[str, Waiting] = field(default_factory=dict)  # container -> why it does not run
    refused: dict[tuple, tuple[int, float]] = field(default_factory=dict)  # (container, image) -> how often, until when
    settled: tuple[Object, PodSeen] | None = None  # the pod and what was seen of it when there was nothing left to do
    content: Content = field(default_factory=Content)  # its volumes
    ending: float | None = None  # until when its containers may still end by themselves
    turn: threading.Lock = field(default_factory=threading.Lock)  # one hand at a time
    again: bool = False  # there was news while a hand was at it


def at_rest(pod: Object, seen: PodSeen, memory: Memory) -> bool:
    """Does everything run, so that nothing is to be done before the pod, or what is seen of it, is another one?"""
    if not seen.sandbox or not seen.sandbox.alive:
        return False
    running = {name for name, o in seen.newest().items() if o.alive and o.sandbox == seen.sandbox.id}
    return bool(running >= {c["name"] for c in pod["spec"]["containers"]}
                and not memory.waiting and not pod["spec"].get("volumes")
                and not pod["spec"].get("initContainers") and not pod["spec"].get("activeDeadlineSeconds"))


def note_ends(memory: Memory, seen: PodSeen, now: float) -> None:
    """Note how long each run lasted that has ended since the last look."""
    for name, attempts in seen.containers.items():
        newest = attempts[-1]
        if newest.state == "exited" and newest.id not in memory.died:
            memory.died[newest.id] = now
            memory.runs[name].append(max(0.0, (newest.finished_at or 0) - (newest.started_at or 0)))
            del memory.runs[name][:-20]
            for old in [id for id in memory.died if len(memory.died) > 50 and id != newest.id][:1]:
                del memory.died[old]
                memory.words.pop(old, None)


def note_words(pod: Object, memory: Memory, seen: PodSeen, runtime: Runtime) -> None:
    """Note the last words of those that have ended. They are lost with their sandbox, so this comes before its end;
    else after everything urgent. What cannot be read just now is tried again."""
    for attempts in seen.containers.values():
        for o in attempts:
            if o.id in memory.died and o.id not in memory.words:
                with suppress(StatusError):
                    memory.words[o.id] = _last_words(pod, o, runtime)


def _last_words(pod: Object, o: Observed, runtime: Runtime) -> str:
    """What it left in its file; when that is nothing, the end of its log, where the pod wants that as its message."""
    policy = next((c.get("terminationMessagePolicy") for c in all_containers(pod) if c["name"] == o.name), "")
    said = runtime.message(o.id) if MESSAGES in runtime.can else b""
    if not said and policy == "FallbackToLogsOnError" and o.exit_code:
        said = b"".join(runtime.logs(o.id, tail=_LINES))[-_BYTES:]
    return said.decode(errors="replace")
