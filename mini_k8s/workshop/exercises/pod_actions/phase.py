"""Exercise 4.1: what is true of every right ``phase``, and which thought is behind a wrong one?"""

import itertools
from collections.abc import Callable, Sequence

from mini_k8s.workshop.exercises import Exercise
from mini_k8s.workshop.exercises.chosen import Chosen, Unfit, another
from mini_k8s.workshop.exercises.pod_actions.phase_hints import HINTS

ALWAYS, ON_FAILURE, NEVER = POLICIES = ("Always", "OnFailure", "Never")
PHASES = ("Pending", "Running", "Succeeded", "Failed")
REASONS = ("CrashLoopBackOff", "Error", "Completed", "Terminated", "Terminating", "Waiting", "ContainerCreating",
           "Restarting", "Exited", "Unknown", "Starting", "Stopped", "BackOff")
_WORLDS = [*(list(c) for n in (1, 2, 3) for c in itertools.product(("waiting", "running", 0, 1, 137), repeat=n)),
           *(list(c) for n in (1, 2) for c in itertools.product(("running", 0, 3), repeat=n) if 3 in c),
           *([0] * n + [state] for n in (3, 5) for state in ("waiting", "running", 0, 3, 255))]
EVERY = tuple((another(policy), [another(one) for one in containers]) for containers in _WORLDS for policy in POLICIES)


def stands(policy: str, containers: Sequence, *, order: str = "waiting running", waiting: Callable = any,
           running: Callable = any, back: Callable = lambda policy, code: policy == "Always" or (
               policy == "OnFailure" and code != 0), good: Callable = all, again: str = "Running") -> str:
    """What the docstring promises; each keyword is a slip that can be made."""
    for state in order.split():
        if (waiting if state == "waiting" else running)(one == state for one in containers):
            return "Pending" if state == "waiting" else "Running"
    ended = [one for one in containers if not isinstance(one, str)]
    if any(back(policy, code) for code in ended):
        return again
    return "Succeeded" if good(code == 0 for code in ended) else "Failed"


def _slip(**how) -> Callable:
    return lambda policy, containers: stands(policy, containers, **how)


def _never(policy, code):
    return False


def _of(which: int) -> Callable:
    """Only the first (0) or the last (-1) container counts."""
    return lambda policy, containers: stands(policy, [containers[which]])


def _one_is_bad(policy, containers):
    if any(code not in (0, "waiting", "running") for code in containers) and policy == "Never":
        return "Failed"
    return stands(policy, containers)


def _one_is_bad_always(policy, containers):
    if any(code not in (0, "waiting", "running") for code in containers):
        return "Failed"
    return stands(policy, containers)


THOUGHTS = (
    ("running-first", _slip(order="running waiting")),
    ("all-wait", _slip(waiting=all)),
    ("all-run", _slip(running=all)),
    ("nobody-comes-back", _slip(back=_never)),
    ("always-ends", _slip(back=lambda policy, code: policy == "OnFailure" and code != 0)),
    ("always-zero", _slip(back=lambda policy, code: policy != "Never" and code != 0)),
    ("failure-comes-back", _slip(back=lambda policy, code: policy == "Always")),
    ("zero-comes-back", _slip(back=lambda policy, code: policy != "Never")),
    ("never-comes-back", _slip(back=lambda policy, code: policy == "Always" or code != 0)),
    ("never-comes-back", _slip(back=lambda policy, code: True)),
    ("one-failed", _slip(good=any)),
    ("one-is-bad", _one_is_bad),
    ("one-is-bad", _one_is_bad_always),
    ("back-off-pending", _slip(again="Pending")),
    ("back-off-failed", _slip(again="Failed")),
    ("one-counts", _of(0)),
    ("one-counts", _of(-1)),
    ("one-counts", lambda policy, containers: stands("Never", containers[:1])),
    ("one-failed", lambda policy, containers: stands(policy, containers) if "running" in containers
     else "Pending" if "waiting" in containers else "Running" if policy == "Always"
     else "Succeeded" if 0 in containers else stands(policy, containers)),
    *((f"always-{phase.lower()}", lambda policy, containers, phase=phase: phase) for phase in ("Running",)),
)


def read(did) -> str:
    """The phase that came back."""
    value = did.value
    if not isinstance(value, str):
        raise Unfit("no-word", kind=did.kind.__name__)
    if value in PHASES:
        return value
    if value.capitalize() in PHASES:
        raise Unfit("letters", value=value, meant=value.capitalize())
    if value in REASONS or value.lower() in {reason.lower() for reason in REASONS}:
        raise Unfit("a-reason", value=value)
    raise Unfit("no-phase", value=value)


ASKED = Chosen(("policy", "containers"), stands, EVERY, read, THOUGHTS,
               raised=((TypeError, "unsupported operand", "words-and-codes"),
                       (TypeError, "not supported between", "words-and-codes")),
               sweeping=("always-running", "nobody-comes-back", "all-run"))


def _cases(*words: str, policies: Sequence[str] = POLICIES, all_ended: bool = False) -> list:
    """The worlds with one of these words in them, the smallest first; or those in which all have ended."""
    return [(policy, containers) for policy, containers in EVERY if policy in policies and (
        all(not isinstance(one, str) for one in containers) if all_ended else any(w in containers for w in words))]


PHASE = Exercise(
    "4.1", "mini_k8s.pod_actions:phase", "where a pod stands, in one word",
    (
        ASKED.check("a container that has never run: Pending", _cases("waiting"), "pending"),
        ASKED.check("all have run, and one runs: Running",
                    [case for case in _cases("running") if "waiting" not in case[1]], "running"),
        ASKED.check("all ended, and nothing starts them again: Succeeded or Failed",
                    _cases(policies=(NEVER,), all_ended=True), "ended"),
        ASKED.check("OnFailure starts again what ended with another code than 0",
                    _cases(policies=(ON_FAILURE,), all_ended=True), "on-failure"),
        ASKED.check("Always starts everything again", _cases(policies=(ALWAYS,), all_ended=True), "always-ends"),
    ),
    HINTS,
    called="The kubelet calls it each time that it has looked at a pod.",
)
