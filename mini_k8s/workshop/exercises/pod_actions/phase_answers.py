"""By what is exercise 4.1 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong


def _body(*lines: str) -> str:
    return "\ndef phase(policy, containers):\n" + "".join(f"    {line}\n" for line in lines)


_PENDING = 'if "waiting" in containers: return "Pending"'
_RUNNING = 'if "running" in containers: return "Running"'
_ALWAYS = 'if policy == "Always": return "Running"'
_GOOD = 'if all(code == 0 for code in containers): return "Succeeded"'
_BAD = 'return "Failed" if policy == "Never" else "Running"'

WRONGS = (
    Wrong("running-first", _body(_RUNNING, _PENDING, _ALWAYS, _GOOD, _BAD)),
    Wrong("all-wait", _body('if all(c == "waiting" for c in containers): return "Pending"',
                            'containers = [c for c in containers if c != "waiting"]', _RUNNING, _ALWAYS, _GOOD, _BAD)),
    Wrong("all-run", _body(_PENDING, 'if all(c == "running" for c in containers): return "Running"', _ALWAYS,
                           'codes = [c for c in containers if c != "running"]',
                           'if all(c == 0 for c in codes): return "Succeeded"', _BAD)),
    Wrong("nobody-comes-back", _body(_PENDING, _RUNNING, _GOOD, 'return "Failed"')),
    Wrong("always-ends", _body(_PENDING, _RUNNING, _GOOD,
                               'return "Running" if policy == "OnFailure" else "Failed"')),
    Wrong("always-zero", _body(_PENDING, _RUNNING, _GOOD, _BAD)),
    Wrong("failure-comes-back", _body(_PENDING, _RUNNING, _ALWAYS, _GOOD, 'return "Failed"')),
    Wrong("zero-comes-back", _body(_PENDING, _RUNNING, 'if policy != "Never": return "Running"', _GOOD,
                                   'return "Failed"')),
    Wrong("never-comes-back", _body(_PENDING, _RUNNING, _ALWAYS, _GOOD, 'return "Running"')),
    Wrong("one-failed", _body(_PENDING, _RUNNING, _ALWAYS, 'if policy == "OnFailure" and set(containers) != {0}:',
                              '    return "Running"', 'if 0 in containers: return "Succeeded"', 'return "Failed"')),
    Wrong("one-failed", _body(_PENDING, _RUNNING, _ALWAYS, 'if 0 in containers: return "Succeeded"', _BAD)),
    Wrong("one-is-bad", _body('for c in containers:', '    if c not in ("waiting", "running", 0): return "Failed"',
                              _PENDING, _RUNNING, _ALWAYS, 'return "Succeeded"')),
    Wrong("back-off-pending", _body(_PENDING, _RUNNING, 'if policy == "Always": return "Pending"', _GOOD,
                                    'return "Failed" if policy == "Never" else "Pending"')),
    Wrong("back-off-failed", _body(_PENDING, _RUNNING, 'if policy == "Always": return "Failed"', _GOOD,
                                   'return "Failed"')),
    Wrong("one-counts", _body("state = containers[-1]", 'if state == "waiting": return "Pending"',
                              'if state == "running" or policy == "Always": return "Running"',
                              'if state == 0: return "Succeeded"', _BAD)),
    Wrong("always-running", _body('return "Running"')),
    Wrong("a-reason", _body(_PENDING, _RUNNING, 'if policy == "Always": return "CrashLoopBackOff"', _GOOD,
                            'return "Failed" if policy == "Never" else "CrashLoopBackOff"')),
    Wrong("a-reason", _body(_PENDING, _RUNNING, _ALWAYS,
                            'if all(code == 0 for code in containers): return "Completed"', _BAD)),
    Wrong("letters", _body('if "waiting" in containers: return "pending"', _RUNNING, _ALWAYS, _GOOD, _BAD)),
    Wrong("no-phase", _body('if "waiting" in containers: return "Pendig"', _RUNNING, _ALWAYS, _GOOD, _BAD)),
    Wrong("no-word", _body('if "waiting" in containers: return ["Pending"]', _RUNNING, _ALWAYS, _GOOD, _BAD)),
    Wrong("no-return", _body('result = "Pending" if "waiting" in containers else "Running"')),
    Wrong("return-sometimes", _body(_PENDING, _RUNNING, _ALWAYS, "if not any(containers):", '    return "Succeeded"')),
    Wrong("return-sometimes", _body(_PENDING, _RUNNING, _ALWAYS, _GOOD,
                                    'if policy == "Never": return "Failed"')),
    Wrong("print", _body('print("Pending" if "waiting" in containers else "Running")')),
    Wrong("memory", """
seen = []

def phase(policy, containers):
    seen.extend(containers)
    if "waiting" in containers: return "Pending"
    if "running" in containers or policy == "Always": return "Running"
    if all(code in (0, "waiting", "running") for code in seen): return "Succeeded"
    return "Failed" if policy == "Never" else "Running"
"""),
    Wrong("pending", _body(_RUNNING, _ALWAYS, _GOOD, _BAD)),
    Wrong("pending", _body(_RUNNING, _ALWAYS, _GOOD,
                           'if policy == "Never" and any(c != 0 for c in containers): return "Failed"',
                           'return "Pending"')),
    Wrong("pending", _body('if containers == "waiting": return "Pending"', _RUNNING, _ALWAYS, _GOOD, _BAD)),
    Wrong("running", _body('if "waiting" or "running" in containers: return "Pending"', _ALWAYS, _GOOD, _BAD)),
    Wrong("running", _body('if containers.count("running") == len(containers): return "Running"', _PENDING, _ALWAYS,
                           _GOOD, _BAD)),
    Wrong("ended", _body(_PENDING, _RUNNING, _ALWAYS, 'if all(c == "0" for c in containers): return "Succeeded"',
                         _BAD)),
    Wrong("ended", _body(_PENDING, _RUNNING, _ALWAYS, "if 1 in containers:", f"    {_BAD}", 'return "Succeeded"')),
    Wrong("ended", _body(_PENDING, _RUNNING, _ALWAYS, 'if any(code == 0 for code in containers): return "Failed"',
                         'return "Succeeded"')),
    Wrong("on-failure", _body(_PENDING, _RUNNING, _ALWAYS, 'if policy == "OnFailure": return "Succeeded"', _GOOD,
                              'return "Failed"')),
    Wrong("one-counts", _body("for c in containers:", '    if c == "waiting": return "Pending"',
                              '    elif c == "running": return "Running"', '    elif c == 0: return "Succeeded"',
                              '    else: return "Failed"')),
    Wrong("nobody-comes-back", _body(_PENDING, _RUNNING, 'if policy == "always": return "Running"', _GOOD,
                                     'return "Running" if policy == "onfailure" else "Failed"')),
    Wrong("failure-comes-back", _body(
        _PENDING, _RUNNING, _ALWAYS, 'if policy == "OnFailure" and all(c != 0 for c in containers): return "Running"',
        _GOOD, 'return "Failed"')),
    Wrong("one-failed", _body(_PENDING, _RUNNING, _ALWAYS, 'if policy == "OnFailure":',
                              '    return "Succeeded" if 0 in containers else "Running"', _GOOD, 'return "Failed"')),
    Wrong("ended", _body(_PENDING, _RUNNING, _ALWAYS,
                         'if 1 not in containers and 137 not in containers: return "Succeeded"', _BAD)),
    Wrong("all-wait", _body("containers = containers[:3]", _PENDING, _RUNNING, _ALWAYS, _GOOD, _BAD)),
    Wrong("words-and-codes", _body("failed = sum(containers) > 0", _PENDING, _RUNNING, _ALWAYS, _GOOD, _BAD)),
    Wrong("return-sometimes", _body(_PENDING, _RUNNING, _ALWAYS,
                                    'if any(containers): return "Failed" if policy == "Never" else "Running"',
                                    'if not any(containers) and policy: return max("Succeeded", "")').replace(
                                        "if not any(containers) and policy", "if not policy")),
    Wrong("words-and-codes", _body("failed = max(containers) > 0", _PENDING, _RUNNING, _ALWAYS, _GOOD, _BAD)),
    Wrong("changes-argument", _body('containers.remove("waiting")', _PENDING, _RUNNING, _ALWAYS, _GOOD, _BAD)),
)

RIGHTS = (
    Right("ifs", _body(_PENDING, _RUNNING, _ALWAYS, _GOOD, _BAD)),
    Right("one expression", _body('return ("Pending" if "waiting" in containers else "Running" if "running" in '
                                  'containers or policy == "Always" or (policy == "OnFailure" and any(containers)) '
                                  'else "Failed" if any(containers) else "Succeeded")')),
    Right("who comes back", """
def comes_back(policy, code):
    match policy:
        case "Always": return True
        case "OnFailure": return code != 0
    return False

def phase(policy: str, containers: list) -> str:
    if any(one == "waiting" for one in containers):
        return "Pending"
    for one in containers:
        if one == "running" or comes_back(policy, one):
            return "Running"
    return "Failed" if max(containers) > 0 else "Succeeded"
"""),
    Right("counted", """
from collections import Counter

def phase(policy, containers):
    count = Counter(containers)
    if count["waiting"]:
        return "Pending"
    failed = len(containers) - count["running"] - count[0]
    if count["running"] > 0:
        return "Running"
    if policy == "Always" or (failed and policy == "OnFailure"):
        return "Running"
    return "Succeeded" if failed == 0 else "Failed"
"""),
    Right("sets", """
def phase(policy, containers):
    states = set(containers)
    if "waiting" in states: return "Pending"
    if "running" in states: return "Running"
    if policy == "Always": return "Running"
    if states == {0}: return "Succeeded"
    if policy == "OnFailure": return "Running"
    return "Failed"
"""),
)

EQUIVALENT: dict[str, str] = {}
