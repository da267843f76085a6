"""By what is exercise 4.3 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong

_OURS = """
def compute_pod_actions(pod, sandbox, containers):
    policy = pod.spec.restartPolicy
    wished = {c.name: c.image for c in pod.spec.containers}
    ran = {name: seen for name, seen in containers.items() if seen.state != "created"}

    def stays(name):
        seen = ran.get(name)
        if seen is None or seen.state == "running" or policy == "Always":
            return False
        return policy == "Never" or seen.exit_code == 0

    if sandbox != "ready":
        start = [name for name in wished if not stays(name)]
        if not start or (policy == "Never" and ran):
            return PodActions(kill_pod=True)
        return PodActions(kill_pod=sandbox == "dead", create_sandbox=True, start=start)
    running = [name for name in ran if ran[name].state == "running"]
    stop = [name for name in running if name not in wished or ran[name].image != wished[name]]
    start = [name for name in wished if name in stop or (name not in running and not stays(name))]
    if not running and not start:
        return PodActions(kill_pod=True)
    return PodActions(stop=stop, start=start)
"""


def _but(old: str, new: str) -> str:
    """A right answer with one thing in it otherwise."""
    if old not in _OURS:
        raise LookupError(old)
    return _OURS.replace(old, new)


_STAYS = 'if seen is None or seen.state == "running" or policy == "Always":'
_LAST = 'return policy == "Never" or seen.exit_code == 0'

WRONGS = (
    Wrong("nothing-done", "\ndef compute_pod_actions(pod, sandbox, containers):\n    return PodActions()\n"),
    Wrong("created-is-run", _but(' if seen.state != "created"}', "}").replace(
        'seen.state == "running" or', 'seen.state != "exited" or')),
    Wrong("zero-comes-back", _but(_LAST, 'return policy == "Never"')),
    Wrong("always-zero", _but(' or policy == "Always":', ":")),
    Wrong("never-comes-back", _but(_LAST, "return seen.exit_code == 0")),
    Wrong("never-comes-back", _but(_LAST, 'return policy == "OnFailure" and seen.exit_code == 0')),
    Wrong("stays-down", _but(' or policy == "Always":', ":").replace(_LAST, "return True")),
    Wrong("policy-ignored", _but(_LAST, "return False")),
    Wrong("never-rebuilt", _but('if not start or (policy == "Never" and ran):', "if not start:")),
    Wrong("never-rebuilt", _but('if not start or (policy == "Never" and ran):', "if not wished:").replace(
        "if not stays(name)]", 'if not (policy == "OnFailure" and stays(name))] or [*wished]')),
    Wrong("sandbox-ignored", _but('if sandbox != "ready":', "if False:")),
    Wrong("sandbox-ignored", _but('if sandbox != "ready":', "if sandbox is None:")),
    Wrong("survivors", _but("if not stays(name)]\n        if",
                            'if not stays(name) and not (name in ran and ran[name].state == "running")]\n        if')),
    Wrong("done-again", _but("start = [name for name in wished if not stays(name)]", "start = [*wished]")),
    Wrong("dead-left", _but('kill_pod=sandbox == "dead", ', "")),
    Wrong("kills-nothing", _but('kill_pod=sandbox == "dead", ', "kill_pod=True, ")),
    Wrong("old-image", _but(" or ran[name].image != wished[name]]", "]")),
    Wrong("old-stays", _but("return PodActions(stop=stop, start=start)",
                            "return PodActions(stop=[n for n in stop if n not in wished], start=start)")),
    Wrong("old-later", _but("name in stop or (name not in running and not stays(name))",
                            "name not in running and not stays(name)")),
    Wrong("extra-stays", _but("name not in wished or ran[name]", "name in wished and ran[name]")),
    Wrong("stops-dead", _but("stop = [name for name in running if name not in wished or ran[name].image",
                             "stop = [name for name in ran if name not in wished or name in running and "
                             "ran[name].image")),
    Wrong("never-over", _but("    if not running and not start:\n        return PodActions(kill_pod=True)\n", "")),
    Wrong("over-early", _but("if not running and not start:", "if not start:")),
    Wrong("ended-old", _but("for name in running if name not in wished or",
                            "for name in ran if (name in running and name not in wished) or name in wished and")),
    Wrong("empty-sandbox", _but("if not start or (policy", "if (policy")),
    Wrong("whole-pod", _but("    return PodActions(stop=stop, start=start)", """
    if start and any(seen.state == "exited" for seen in ran.values()):
        return PodActions(kill_pod=True, create_sandbox=True, start=[*wished])
    return PodActions(stop=stop, start=start)""")),
    Wrong("string-names", _but("create_sandbox=True, start=start)", "create_sandbox=True, start=start[0])")),
    Wrong("changes-it", _but('    if sandbox != "ready":', '    pod.spec["restartPolicy"] = policy\n'
                             '    if sandbox != "ready":')),
    Wrong("the-class", "\ndef compute_pod_actions(pod, sandbox, containers):\n    return PodActions\n"),
    Wrong("no-actions", _but("return PodActions(kill_pod=sandbox", "return dict(kill_pod=sandbox")),
    Wrong("no-actions", "\ndef compute_pod_actions(pod, sandbox, containers):\n"
          "    return [c.name for c in pod.spec.containers]\n"),
    Wrong("names-only", _but("create_sandbox=True, start=start)",
                             "create_sandbox=True, start=[(n, wished[n]) for n in start])")),
    Wrong("twice", _but("create_sandbox=True, start=start)", "create_sandbox=True, start=start + start)")),
    Wrong("no-return", _but("return PodActions", "actions = PodActions").replace("return policy", "return policy")),
    Wrong("return-sometimes", _but("    return PodActions(stop=stop, start=start)",
                                   "    if start:\n        return PodActions(stop=stop, start=start)")),
    Wrong("memory", "\nseen_before = {}\n" + _but("    policy = pod", """
    seen_before.update(containers)
    containers = dict(seen_before)
    policy = pod""")),
    Wrong("failure-stays", _but(_LAST, "return True")),
    Wrong("failure-stays", _but(_LAST, 'return policy == "Never" or seen.exit_code != 1')),
    Wrong("new", _but("create_sandbox=True, start=start)", "create_sandbox=True)")),
    Wrong("new", _but("create_sandbox=True, start=start)", "create_sandbox=True, start=start[:1])")),
    Wrong("new", _but('    if sandbox != "ready":', """    if not containers:
        return PodActions()
    if sandbox != "ready":""")),
    Wrong("stops-wished", _but("ran[name].image != wished[name]", "ran[name].image == wished[name]")),
    Wrong("stops-wished", _but("PodActions(stop=stop, start=start)", "PodActions(stop=running, start=wished)")),
    Wrong("ready", _but("PodActions(stop=stop, start=start)", "PodActions(stop, start)")),
    Wrong("changed", _but("    start = [name for name in wished if name in stop", """
    if any(name in wished for name in stop):
        return PodActions(kill_pod=True, create_sandbox=True, start=wished)
    start = [name for name in wished if name in stop""")),
    Wrong("extra", _but("start = [name for name in wished if name in stop",
                        "start = [name for name in containers.keys() | wished.keys() if name in stop")),
    Wrong("rebuilt", _but("create_sandbox=True, start=start)",
                          'create_sandbox=True, start=start, stop=[n for n in ran if ran[n].state == "running"])')),
    Wrong("rebuilt", _but("create_sandbox=True, start=start)", "create_sandbox=sandbox is None, start=start)")),
    Wrong("rebuilt", _but('"Never" and ran):\n            return PodActions(kill_pod=True)',
                          '"Never" and ran):\n            return PodActions()')),
    Wrong("any", _but("create_sandbox=True, start=start)", "create_sandbox=True, start=start, stop=["
                      'n for n in ran if ran[n].state == "running" and n not in wished])')),
    Wrong("two-passes", _but("        return PodActions(kill_pod=sandbox", """
        if sandbox == "dead":
            return PodActions(kill_pod=True)
        return PodActions(kill_pod=sandbox""")),
    Wrong("not-over", _but("if not running and not start:", "if not running:")),
    Wrong("created-is-run", """
def compute_pod_actions(pod, sandbox, containers):
    names = [c.name for c in pod.spec.containers]
    if sandbox != "ready":
        return PodActions(kill_pod=sandbox == "dead", create_sandbox=True, start=names)
    return PodActions(start=[name for name in names if name not in containers or containers[name].state == "exited"])
"""),
    Wrong("no-such-name", """
def compute_pod_actions(pod, sandbox, containers):
    names = [c.name for c in pod.spec.containers]
    if sandbox != "ready":
        return PodActions(kill_pod=sandbox == "dead", create_sandbox=True, start=names)
    return PodActions(start=[name for name in names if containers[name].state != "running"])
"""),
    Wrong("no-such-name", _but("name not in wished or ran[name].image", "ran[name].image")),
    Wrong("collect-first", """
def compute_pod_actions(pod, sandbox, containers):
    actions = PodActions()
    actions.create_sandbox = sandbox is None
    return actions
"""),
    Wrong("with-a-dot", _but(' if seen.state != "created"}', ' if seen["state"] != "created"}')),
    Wrong("stops-wished", _but("name not in wished or", "name not in pod.spec.containers or")),
    Wrong("stops-wished", _but("stop = [name for name in running if name not in wished or ran[name].image != "
                               "wished[name]]", "stop = [name for name in containers if name not in "
                               "pod.spec.containers]")),
    Wrong("over-left", _but('"Never" and ran):\n            return PodActions(kill_pod=True)',
                            '"Never" and ran):\n            return PodActions(kill_pod=sandbox == "dead")')),
    Wrong("survivors", """
def compute_pod_actions(pod, sandbox, containers):
    names = [c.name for c in pod.spec.containers]
    start = [name for name in names if name not in containers or containers[name].state == "created"
             or (containers[name].state == "exited" and (pod.spec.restartPolicy == "Always" or (
                 pod.spec.restartPolicy == "OnFailure" and containers[name].exit_code != 0)))]
    ran = [seen for seen in containers.values() if seen.state != "created"]
    if sandbox == "ready":
        running = {name: seen for name, seen in containers.items() if seen.state == "running"}
        images = {c.name: c.image for c in pod.spec.containers}
        stop = [name for name in running if images.get(name) != running[name].image]
        start = [name for name in names if name in start or name in stop]
        return PodActions(stop=stop, start=start) if running or start else PodActions(kill_pod=True)
    if pod.spec.restartPolicy == "Never" and ran:
        return PodActions(kill_pod=True)
    return PodActions(kill_pod=sandbox == "dead", create_sandbox=True, start=start)
"""),
    Wrong("never-over", """
def compute_pod_actions(pod, sandbox, containers):
    if sandbox is None:
        return PodActions(create_sandbox=True, start=[c.name for c in pod.spec.containers])
    containers = {name: seen for name, seen in containers.items() if seen.state != "created"}
    start = []
    for c in pod.spec.containers:
        seen = containers.get(c.name)
        if seen is None or (seen.state == "exited" and pod.spec.restartPolicy == "Always"):
            start.append(c.name)
    return PodActions(start=start)
"""),
    Wrong("old-image", _but("ran[name].image != wished[name]", "not ran[name].image.startswith(wished[name])")),
    Wrong("old-image", _but("ran[name].image != wished[name]",
                            'ran[name].image.split(":")[1] != wished[name].split(":")[1]')),
    Wrong("changes-argument", _but("    return PodActions(stop=stop, start=start)",
                                   "    containers.clear()\n    return PodActions(stop=stop, start=start)")),
    Wrong("chance", "\nimport random\n" + _but("PodActions(stop=stop, start=start)",
                                              "PodActions(stop=stop, start=start[:random.randint(0, 1)])")),
    Wrong("names-only", """
def compute_pod_actions(pod, sandbox, containers):
    return PodActions(create_sandbox=sandbox is None, start=[c for c in pod.spec.containers if c not in containers])
"""),
)

RIGHTS = (
    Right("a function in it", _OURS),
    Right("sets", """
def compute_pod_actions(pod, sandbox, containers):
    spec = pod["spec"]
    wished = {c["name"]: c["image"] for c in spec["containers"]}
    running = {n for n, s in containers.items() if s.state == "running"}
    ended = {n for n, s in containers.items() if s.state == "exited"}
    if spec["restartPolicy"] == "Always":
        over = set()
    elif spec["restartPolicy"] == "OnFailure":
        over = {n for n in ended if containers[n].exit_code == 0}
    else:
        over = ended
    if sandbox == "ready":
        old = {n for n in running & wished.keys() if containers[n].image != wished[n]}
        start = (wished.keys() - running - over) | old
        if running or start:
            return PodActions(stop=(running - wished.keys()) | old, start=start)
        return PodActions(kill_pod=True)
    if spec["restartPolicy"] == "Never" and running | ended or not wished.keys() - over:
        return PodActions(kill_pod=True)
    return PodActions(sandbox == "dead", True, (), wished.keys() - over)
"""),
    Right("one container after the other", """
def has_to_run(policy, seen):
    if seen is None or seen.state == "created":
        return True
    if seen.state == "running":
        return False
    return {"Always": True, "OnFailure": seen.exit_code != 0, "Never": False}[policy]

def compute_pod_actions(pod, sandbox, containers):
    policy, start, stop, live = pod.spec.restartPolicy, [], [], 0
    names = [c.name for c in pod.spec.containers]
    if sandbox is None or sandbox == "dead":
        ran = any(seen.state in ("running", "exited") for seen in containers.values())
        for name in names:
            seen = containers.get(name)
            if seen is not None and seen.state == "running" or has_to_run(policy, seen):
                start.append(name)
        if not start or ran and policy == "Never":
            return PodActions(kill_pod=True)
        actions = PodActions(create_sandbox=True, start=tuple(start))
        return actions if sandbox is None else PodActions(True, True, start=actions.start)
    for c in pod.spec.containers:
        seen = containers.get(c.name)
        if has_to_run(policy, seen):
            start.append(c.name)
        elif seen.state == "running":
            live += 1
            if seen.image != c.image:
                stop.append(c.name)
                start.append(c.name)
    for name, seen in containers.items():
        if seen.state == "running" and name not in names:
            live += 1
            stop.append(name)
    return PodActions(kill_pod=True) if not (live or start) else PodActions(False, False, stop, start)
"""),
    Right("generators", _OURS.replace("PodActions(stop=stop, start=start)",
                                      "PodActions(stop=(n for n in stop), start=iter(reversed(start)))")),
)

_OVER = ("over = {name for name, seen in ran.items() if seen.state == 'exited' and (policy == 'Never' or "
         "(policy == 'OnFailure' and seen.exit_code == 0))}")
_RUNNING = "running = {name: seen.image for name, seen in ran.items() if seen.state == 'running'}"
_RAN = "ran = {name: seen for name, seen in containers.items() if seen.state != 'created'}"
_LETTERS = "There are three states, and the letters stand in this order: created, exited, running."
_RUNS = "What runs is in a set of its own, and under Never the pod is not rebuilt."
_TWICE = "The created ones are left out by their state as well."


def _mutant(line: str, old: str, new: str) -> str:
    return f"- {line} | + {line.replace(old, new)}"


EQUIVALENT = {
    _mutant(_OVER, "seen.state ==", "seen.state <="): _LETTERS,
    _mutant(_RUNNING, "seen.state ==", "seen.state >="): _LETTERS,
    _mutant(_RAN, "seen.state !=", "seen.state >"): _LETTERS,
    _mutant(_OVER, "exit_code == 0", "exit_code <= 0"): "No exit code is below 0.",
    _mutant(_OVER, "policy == 'OnFailure'", "policy >= 'OnFailure'"): "No policy comes after OnFailure.",
    _mutant(_OVER, "ran.items()", "containers.items()"): _TWICE,
    _mutant(_RUNNING, "ran.items()", "containers.items()"): _TWICE,
    _mutant(_OVER, "seen.state ==", "seen.state >="): _RUNS,
    _mutant(_OVER, "seen.state ==", "seen.state is not"): _RUNS,
}
