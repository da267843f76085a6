"""The worlds in which a ``compute_pod_actions`` is tried, what is right in each, and the slips that can be made."""

import itertools
import random
from collections.abc import Callable

from mini_k8s.objects import Object, freeze
from mini_k8s.pod_actions import PodActions, Seen
from mini_k8s.workshop.exercises.chosen import another

POLICIES = ("Always", "OnFailure", "Never")
CREATED, RUNS, OLD = Seen("created", None, "web:1"), Seen("running", None, "web:1"), Seen("running", None, "web:0")
DONE, FAILED, KILLED = Seen("exited", 0, "web:1"), Seen("exited", 1, "web:1"), Seen("exited", 137, "web:1")
OLD_DONE = Seen("exited", 0, "web:0")
OTHER, NEWER, THREE = Seen("running", None, "api:1"), Seen("running", None, "web:10"), Seen("exited", 3, "web:1")
STATES = (None, CREATED, RUNS, DONE, FAILED, OLD, KILLED, OLD_DONE, OTHER, NEWER, THREE)


def pod(policy: str, *names: str) -> Object:
    """A pod whose containers all run web:1."""
    containers = [{"name": another(name), "image": another("web:1")} for name in names]
    return freeze({"spec": {"restartPolicy": another(policy), "containers": containers}})


def case(policy: str, sandbox: str | None, /, _names: str = "", **containers: Seen | None) -> tuple:
    """One call. ``containers`` are in the spec, and seen where they are not None; those in ``_names`` only seen."""
    known = [name for name in containers if name not in _names.split()]
    seen = {name: one._replace(state=another(one.state)) for name, one in containers.items() if one}
    return pod(policy, *known), another(sandbox), seen


def _worlds(sandboxes: tuple, policies=POLICIES, states=STATES, most: int = 2) -> tuple:
    return tuple(case(policy, sandbox, **dict(zip("ab", combo, strict=False)))
                 for n in range(1, most + 1) for combo in itertools.product(states, repeat=n)
                 for sandbox in sandboxes for policy in policies)


NEW = _worlds((None,), states=(None,))
READY = (*_worlds(("ready",), states=(None, CREATED, RUNS, DONE, FAILED, KILLED)),
         *_worlds(("ready",), states=(THREE,), most=1))
CHANGED = tuple(c for c in (*_worlds(("ready",), states=(OLD, RUNS, DONE, OLD_DONE)),
                            *_worlds(("ready",), states=(OTHER, NEWER), most=1))
                if {OLD, OTHER, NEWER} & {*c[2].values()})
EXTRA = tuple(case(policy, "ready", "x", a=seen, x=extra) for policy in POLICIES for extra in (RUNS, OLD, DONE, FAILED)
              for seen in (RUNS, None, FAILED, DONE))
REBUILT = _worlds(("dead", None), states=(RUNS, None, FAILED, DONE, CREATED))


def _any() -> tuple:
    chance = random.Random(4)
    return tuple(case(chance.choice(POLICIES), chance.choice(("ready", "ready", "dead", None)), "x",
                      **{name: chance.choice(STATES) for name in "abcdx"}) for _ in range(80))


ANY = _any()
EVERY = (*NEW, *READY, *CHANGED, *EXTRA, *REBUILT, *ANY)


def is_over(policy: str, seen: Seen) -> bool:
    """It ended, and the policy does not want it back."""
    return seen.state == "exited" and (policy == "Never" or (policy == "OnFailure" and seen.exit_code == 0))


def right(pod: Object, sandbox: str | None, containers: dict, *, over: Callable = is_over,
          ran: Callable = lambda seen: seen.state != "created", never_ends: bool = True, rebuilds: bool = True,
          survivors: bool = False, all_anew: bool = False, kills_dead: bool = True, kills_none: bool = False,
          compares: bool = True, stops_old: bool = True, starts_old: bool = True, stops_extra: bool = True,
          stops_dead: bool = False, ends: bool = True, ends_early: bool = False, counts_ended: bool = False,
          creates_over: bool = False, kills_over: bool = True, stops_wished: str = "", restarts: bool = False) -> tuple:
    """What the docstring promises, as (kill_pod, create_sandbox, stop, start); each keyword is a slip.

    (``stops_wished`` are the states in which all are stopped; and started again, with ``restarts``.)
    """
    policy = pod["spec"]["restartPolicy"]
    wished = {c["name"]: c["image"] for c in pod["spec"]["containers"]}
    there = {name: seen for name, seen in containers.items() if ran(seen)}
    stays = {name for name, seen in there.items() if over(policy, seen)}
    running = {name for name, seen in there.items() if seen.state == "running"}
    if sandbox != "ready" and rebuilds:
        start = {name for name in wished if all_anew or name not in stays}
        if survivors:
            start -= running
        if (not start and not creates_over) or (never_ends and policy == "Never" and there):
            return _actions(kill_pod=kills_over or sandbox == "dead")
        return _actions((sandbox == "dead" and kills_dead) or kills_none, True, (), start)
    old = {name for name in running if compares and name in wished and there[name].image != wished[name]}
    if counts_ended:
        old |= {name for name, seen in there.items() if name in wished and seen.image != wished[name]}
    extra = {name for name in (there if stops_dead else running) if stops_extra and name not in wished}
    if stops_wished:
        extra = {name for name, seen in there.items() if seen.state in stops_wished.split()}
    start = {name for name in wished if (name in old and starts_old) or (restarts and name in extra)
             or name not in running | stays}
    if ends and not start and (ends_early or not running):
        return _actions(kill_pod=True)
    return _actions(False, False, extra | (old if stops_old else set()), start)


def _actions(kill_pod=False, create_sandbox=False, stop=(), start=()) -> tuple:
    return bool(kill_pod), bool(create_sandbox), tuple(sorted(stop)), tuple(sorted(start))


def told(answer: tuple) -> str:
    """As the learner would write it, without what is left out."""
    given = zip(("kill_pod", "create_sandbox", "stop", "start"), answer, strict=True)
    return "PodActions(" + ", ".join(f"{name}={value!r}".replace("'", '"') for name, value in given if value) + ")"


def told_pod(one: Object) -> str:
    """A pod in a line."""
    names = ", ".join(f'{c["name"]} ({c["image"]})' for c in one["spec"]["containers"])
    return f'restartPolicy {one["spec"]["restartPolicy"]}, containers {names}'


def told_seen(containers: dict) -> str:
    """What was seen, in a line."""
    inside = ", ".join(f'"{name}": Seen("{s.state}", {s.exit_code}, "{s.image}")' for name, s in containers.items())
    return "{" + inside + "}"


def as_actions(value: object) -> tuple | None:
    """The same form for what a learner returned; None when it is no PodActions."""
    if not isinstance(value, PodActions):
        return None
    stop, start = (tuple(sorted(names, key=lambda one: one if isinstance(one, str) else ""))
                   for names in (value.stop, value.start))
    return bool(value.kill_pod), bool(value.create_sandbox), stop, start
