"""Exercise 4.3: what is true of every right ``compute_pod_actions``, and which thought is behind a wrong one?"""

from collections.abc import Callable

from mini_k8s.pod_actions import PodActions
from mini_k8s.workshop.exercises import Exercise
from mini_k8s.workshop.exercises.chosen import Chosen, Unfit
from mini_k8s.workshop.exercises.pod_actions.compute_pod_actions_cases import (
    ANY,
    CHANGED,
    EVERY,
    EXTRA,
    NEW,
    READY,
    REBUILT,
    as_actions,
    is_over,
    right,
    told,
    told_pod,
    told_seen,
)
from mini_k8s.workshop.exercises.pod_actions.compute_pod_actions_hints import HINTS


def _slip(**how) -> Callable:
    return lambda pod, sandbox, containers: right(pod, sandbox, containers, **how)


def _over(*zero: str, never: bool = True) -> Callable:
    """Who stays ended: under the policies ``zero`` those with exit code 0, and under "Never" all."""
    return lambda policy, seen: seen.state == "exited" and (
        (policy == "Never" and never) or (policy in zero and seen.exit_code == 0))


def _whole(pod, sandbox, containers):
    """One that died takes the whole pod with it."""
    answer = right(pod, sandbox, containers)
    if sandbox == "ready" and answer[3] and any(seen.state == "exited" for seen in containers.values()):
        return True, True, (), tuple(sorted(c["name"] for c in pod["spec"]["containers"]))
    return answer


def _two_passes(pod, sandbox, containers):
    """A dead sandbox is killed now, and another one is made when there is none."""
    answer = right(pod, sandbox, containers)
    return (True, False, (), ()) if sandbox == "dead" else answer


def _over_before_start(pod, sandbox, containers):
    """Where nothing runs the pod is over, whatever is to be started."""
    if sandbox == "ready" and all(seen.state != "running" for seen in containers.values()):
        return True, False, (), ()
    return right(pod, sandbox, containers)


THOUGHTS = (
    ("nothing-done", lambda pod, sandbox, containers: (False, False, (), ())),
    ("created-is-run", _slip(ran=lambda seen: True)),
    *(("created-is-run", _slip(ran=lambda seen: True, ends=ends, over=lambda policy, seen: (
        seen.state == "created" or is_over(policy, seen)))) for ends in (True, False)),
    ("zero-comes-back", _slip(over=_over())),
    ("always-zero", _slip(over=_over("OnFailure", "Always"))),
    ("never-comes-back", _slip(over=_over("OnFailure", never=False))),
    ("never-comes-back", _slip(over=_over("OnFailure", "Never", never=False))),
    ("stays-down", _slip(over=lambda policy, seen: seen.state == "exited")),
    ("failure-stays", _slip(over=lambda policy, seen: seen.state == "exited" and policy != "Always")),
    ("policy-ignored", _slip(over=lambda policy, seen: False)),
    ("never-rebuilt", _slip(never_ends=False)),
    ("never-rebuilt", _slip(never_ends=False, all_anew=True)),
    ("sandbox-ignored", _slip(rebuilds=False)),
    ("sandbox-ignored", lambda pod, sandbox, containers: right(pod, sandbox and "ready", containers)),
    ("two-passes", _two_passes),
    ("survivors", _slip(survivors=True)),
    ("survivors", _slip(survivors=True, creates_over=True)),
    ("done-again", _slip(all_anew=True)),
    ("dead-left", _slip(kills_dead=False)),
    ("kills-nothing", _slip(kills_none=True)),
    ("old-image", _slip(compares=False)),
    ("old-stays", _slip(stops_old=False)),
    ("old-later", _slip(starts_old=False)),
    ("extra-stays", _slip(stops_extra=False)),
    ("stops-dead", _slip(stops_dead=True)),
    ("never-over", _slip(ends=False)),
    ("over-early", _slip(ends_early=True)),
    ("not-over", _over_before_start),
    ("ended-old", _slip(counts_ended=True)),
    ("empty-sandbox", _slip(creates_over=True)),
    ("over-left", _slip(kills_over=False)),
    ("whole-pod", _whole),
    *(("stops-wished", _slip(stops_wished=states, restarts=restarts, ends=ends, compares=compares, ran=ran))
      for states in ("running", "running exited", "running exited created") for restarts in (True, False)
      for compares in (True, False) for ends in (True, False)
      for ran in (lambda seen: seen.state != "created", lambda seen: True)),
)


def read(did) -> tuple:
    """What is to be done, in a form that compares; sets, lists and any order are as good."""
    answer = as_actions(did.raw)
    if answer is None:
        raise Unfit("the-class" if did.raw is PodActions else "no-actions", kind=did.kind.__name__)
    for names in answer[2:]:
        if any(not isinstance(name, str) for name in names):
            raise Unfit("names-only")
    if len({*answer[3]}) < len(answer[3]) or len({*answer[2]}) < len(answer[2]):
        raise Unfit("twice")
    return answer


ASKED = Chosen(("pod", "sandbox", "containers"), right, EVERY, read, THOUGHTS, told,
               {"pod": told_pod, "containers": told_seen},
               ((TypeError, "is a text", "string-names"), (TypeError, "shared by everybody", "changes-it"),
                (KeyError, "", "no-such-name"), (AttributeError, "cannot assign to field", "collect-first"),
                (TypeError, "tuple indices", "with-a-dot")),
               sweeping=("nothing-done", "stays-down", "policy-ignored", "sandbox-ignored", "two-passes"),
               about={"created-is-run": lambda pod, sandbox, containers: any(
                   seen.state == "created" for seen in containers.values())})

COMPUTE_POD_ACTIONS = Exercise(
    "4.3", "mini_k8s.pod_actions:compute_pod_actions", "what has to happen within a pod",
    (
        ASKED.check("a new pod: a sandbox, and all its containers", NEW, "new"),
        ASKED.check("in a ready sandbox the restart policy decides who is started, and when the pod is over", READY,
                    "ready"),
        ASKED.check("what runs with another image is stopped, and started anew", CHANGED, "changed"),
        ASKED.check("what runs and is not wished for is stopped", EXTRA, "extra"),
        ASKED.check("without a ready sandbox the pod is rebuilt whole, or is over", REBUILT, "rebuilt"),
        ASKED.check("many pods, each as if it were the first", ANY, "any"),
    ),
    HINTS,
    called="The kubelet calls it for each of its pods, again and again.",
)
