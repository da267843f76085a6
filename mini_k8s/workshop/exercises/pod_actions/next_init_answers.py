"""By what is exercise 4.4 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong


def _loop(*lines: str) -> str:
    return ("\ndef next_init(policy, inits):\n    for name, state in inits:\n"
            + "".join(f"        {line}\n" for line in lines) + "    return None\n")


_DONE = "if state == 0: continue"
_RUNS = 'if state == "running": return None'
_NEVER = 'if state != "waiting" and policy == "Never": return None'

WRONGS = (
    Wrong("together", _loop(_DONE, 'if state == "running": continue', _NEVER, "return name")),
    Wrong("together", _loop('if state == "waiting": return name')),
    Wrong("never-again", _loop(_DONE, _RUNS, "return name")),
    Wrong("fails-for-good", _loop(_DONE, _RUNS, 'if state != "waiting": return None', "return name")),
    Wrong("fails-for-good", _loop(_DONE, _RUNS, 'if state != "waiting" and policy != "Always": return None',
                                  "return name")),
    Wrong("failed-is-done", _loop(_RUNS, 'if state == "waiting": return name')),
    Wrong("failed-is-done", _loop(_DONE, _RUNS, 'if state != "waiting" and policy == "Never": continue',
                                  "return name")),
    Wrong("zero-again", _loop('if state == 0 and policy != "Always": continue', _RUNS, _NEVER, "return name")),
    Wrong("zero-again", _loop(_RUNS, _NEVER, "return name")),
    Wrong("only-first", _loop("if state == 0: return None", _RUNS, _NEVER, "return name")),
    Wrong("from-the-end", _loop(_DONE, _RUNS, _NEVER, "return name").replace("in inits", "in reversed(inits)")),
    Wrong("name-alone", _loop(_DONE, _RUNS, _NEVER, "return name, state")),
    Wrong("no-name", _loop(_DONE, _RUNS, _NEVER, "return True")),
    Wrong("no-return", "\ndef next_init(policy, inits):\n    pass\n"),
    Wrong("memory", """
started = []

def next_init(policy, inits):
    for name, state in inits:
        if state == 0: continue
        if state == "running" or (state != "waiting" and policy == "Never"): return None
        if started.count(name) > 3: return None
        started.append(name)
        return name
"""),
    Wrong("one-at-a-time", _loop(_DONE, "return name")),
    Wrong("one-at-a-time", _loop('if state == "running": return name', _DONE, _NEVER, "return name")),
    Wrong("always-none", _loop('if state == "Waiting": return name')),
    Wrong("always-none", _loop('if state == "succeeded": continue', 'if state == "failed": return name')),
    Wrong("first", _loop('if state not in (0, "running", "waiting") and policy != "Never": return name')),
    Wrong("first", """
def next_init(policy, inits):
    for (_, before), (name, state) in zip(inits, inits[1:]):
        if before == 0 and state == "waiting":
            return name
    return None
"""),
    Wrong("never-begins", _loop(_DONE, _RUNS, 'if policy == "Never": return None', "return name")),
    Wrong("never-begins", _loop('if policy == "Never": return None', _DONE, _RUNS, "return name")),
    Wrong("fails-for-good", _loop(_DONE, _RUNS, 'if state == 1 and policy == "OnFailure": return name',
                                  'if state == "waiting": return name')),
    Wrong("no-such-place", """
def next_init(policy, inits):
    waiting = [name for name, state in inits if state == "waiting"]
    return waiting[0]
"""),
    Wrong("no-such-place", """
def next_init(policy, inits):
    for i in range(len(inits)):
        if inits[i][1] == "waiting":
            return inits[i][0]
        if inits[i][1] == 0 and inits[i + 1][1] == "waiting":
            return inits[i + 1][0]
"""),
    Wrong("changes-argument", """
def next_init(policy, inits):
    while inits:
        name, state = inits.pop(0)
        if state == 0: continue
        return None if state == "running" else name
"""),
    Wrong("fails-for-good", _loop(
        _DONE, 'if state == "waiting" or (state == 1 and policy != "Never"):', "    return name", "return None")),
    Wrong("never-again", _loop(_DONE, _RUNS, 'if policy == "Never" and state == 1: return None', "return name")),
    Wrong("fails-for-good", _loop('if state in (0, 137): continue', _RUNS, _NEVER, "return name")),
    Wrong("only-first", _loop(_DONE, _RUNS, _NEVER, "return name").replace("in inits", "in inits[:3]")),
    Wrong("chance", "\nimport random\n" + _loop(_DONE, _RUNS, _NEVER,
                                               "return name if random.random() < 0.5 else None")),
)

RIGHTS = (
    Right("a loop", _loop(_DONE, _RUNS, _NEVER, "return name")),
    Right("the first that is not done", """
def next_init(policy, inits):
    left = [(name, state) for name, state in inits if state != 0]
    if not left:
        return
    name, state = left[0]
    if state == "waiting":
        return name
    if state == "running" or policy == "Never":
        return None
    return name
"""),
    Right("whether one runs is asked first", """
def next_init(policy, inits):
    if any(state == "running" for name, state in inits):
        return None
    for name, state in inits:
        if state != 0:
            return name if state == "waiting" or policy != "Never" else None
"""),
    Right("next", """
def next_init(policy, inits):
    name, state = next(((n, s) for n, s in inits if s != 0), (None, "waiting"))
    return None if state == "running" or (policy == "Never" and state != "waiting") else name
"""),
    Right("match", """
def next_init(policy: str, inits):
    for name, state in inits:
        match state:
            case 0:
                pass
            case "running":
                break
            case "waiting":
                return name
            case _:
                return name if policy in ("Always", "OnFailure") else None
"""),
    Right("from the back, as the kubelet does", """
def next_init(policy, inits):
    for place in range(len(inits) - 1, -1, -1):
        name, state = inits[place]
        if state == "waiting":
            continue
        if state == "running":
            return None
        if state == 0:
            return inits[place + 1][0] if place + 1 < len(inits) else None
        return None if policy == "Never" else name
    return inits[0][0] if inits else None
"""),
    Right("how many are done", """
def next_init(policy, inits):
    done = sum(1 for _, state in inits if state == 0)
    if done == len(inits):
        return None
    name, state = inits[done]
    if state == "running" or (policy == "Never" and state != "waiting"):
        return None
    return name
"""),
)

EQUIVALENT = {
    "- return None | + pass": "A function that ends without a return gives None.",
    "- if state == 'waiting' or (state not in (0, 'running') and policy != 'Never'): | "
    "+ if state == 'waiting' or (state not in ('running', 0) and policy != 'Never'):":
        "The order in a tuple is of no matter.",
}
