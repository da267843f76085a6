"""By what is exercise 2.1 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong

WRONGS = (
    Wrong("never-starts", """
def diff(desired, observed):
    actions = []
    for name in observed:
        if name not in desired:
            actions.append(Action(stop, name, observed[name]))
    return actions
"""),
    Wrong("never-starts", """
def diff(desired, observed):
    actions = []
    for name in observed:
        if name not in desired:
            actions.append(Action("stop", name))
        elif desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("other-side-empty", """
def diff(desired, observed):
    if not desired:
        return []
    return ([Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
            + [Action("start", n, w) for n, w in desired.items() if n not in observed])
"""),
    # Those that the curriculum names.
    Wrong("only-starts", """
def diff(desired, observed):
    return [Action("start", name, what) for name, what in desired.items() if name not in observed]
"""),
    Wrong("only-starts", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
        elif observed[name] != desired[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("names-only", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("names-only", """
def diff(desired, observed):
    missing = desired.keys() - observed.keys()
    extra = observed.keys() - desired.keys()
    return [Action("start", n, desired[n]) for n in missing] + [Action("stop", n, observed[n]) for n in extra]
"""),
    Wrong("one-or-other", """
def diff(desired, observed):
    missing = [n for n in desired if n not in observed]
    extra = [n for n in observed if desired.get(n) != observed[n]]
    if missing:
        return [Action("start", n, desired[n]) for n in missing]
    elif extra:
        return [Action("stop", n, observed[n]) for n in extra]
    return []
"""),
    Wrong("one-or-other", """
def diff(desired, observed):
    actions = []
    if any(n not in desired or desired[n] != observed[n] for n in observed):
        for n in observed:
            if n not in desired or desired[n] != observed[n]:
                actions.append(Action("stop", n, observed[n]))
    else:
        for n in desired:
            if n not in observed:
                actions.append(Action("start", n, desired[n]))
    return actions
"""),
    Wrong("at-once", """
def diff(desired, observed):
    actions = []
    for name, what in observed.items():
        if desired.get(name) != what:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if observed.get(name) != what:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("at-once", """
def diff(desired, observed):
    gone = set(observed.items()) - set(desired.items())
    new = set(desired.items()) - set(observed.items())
    return [Action("stop", *pair) for pair in gone] + [Action("start", *pair) for pair in new]
"""),
    Wrong("sides-swapped", """
def diff(desired, observed):
    actions = []
    for name, what in desired.items():
        if name not in observed or observed[name] != what:
            actions.append(Action("stop", name, what))
    for name, what in observed.items():
        if name not in desired:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("sides-swapped", """
def diff(desired, observed):
    return ([Action("stop", n, w) for n, w in desired.items() if n not in observed]
            + [Action("start", n, w) for n, w in observed.items() if desired.get(n) != w])
"""),
    Wrong("edits-observed", """
def diff(desired, observed):
    actions = []
    for name in list(observed):
        if desired.get(name) != observed[name]:
            actions.append(Action("stop", name, observed.pop(name)))
    for name in desired:
        if name not in observed:
            observed[name] = desired[name]
            actions.append(Action("start", name, desired[name]))
    return actions
"""),
    Wrong("edits-observed", """
def diff(desired, observed):
    actions = []
    for name in observed:
        if name not in desired:
            del observed[name]
            actions.append(Action("stop", name, None))
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    return actions
"""),
    Wrong("edits-observed", """
def diff(desired, observed):
    observed.update(desired)
    return []
"""),
    Wrong("acts-at-equality", """
def diff(desired, observed):
    actions = []
    for name, what in desired.items():
        if name in observed:
            actions.append(Action("stop", name, observed[name]))
        else:
            actions.append(Action("start", name, what))
    for name, what in observed.items():
        if name not in desired:
            actions.append(Action("stop", name, what))
    return actions
"""),
    Wrong("acts-at-equality", """
def diff(desired, observed):
    actions = [Action("stop", name, what) for name, what in observed.items() if name not in desired]
    actions += [Action("start", name, what) for name, what in desired.items()]
    return actions
"""),
    # Others, seen or likely.
    Wrong("edits-desired", """
def diff(desired, observed):
    actions = []
    for name, what in observed.items():
        if desired.pop(name, None) != what:
            actions.append(Action("stop", name, what))
    return actions + [Action("start", name, what) for name, what in desired.items()]
"""),
    Wrong("never-starts", """
def diff(desired, observed):
    return [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
"""),
    Wrong("always-nothing", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            Action("start", name, desired[name])
    for name in observed:
        if desired.get(name) != observed[name]:
            Action("stop", name, observed[name])
    return actions
"""),
    Wrong("common-only", """
def diff(desired, observed):
    return [Action("stop", n, observed[n]) for n in desired if n in observed and desired[n] != observed[n]]
"""),
    Wrong("never-starts", """
def diff(desired, observed):
    actions = []
    for (name, wished), (other, seen) in zip(desired.items(), observed.items()):
        if wished != seen:
            actions.append(Action("stop", other, seen))
    return actions
"""),
    Wrong("counts", """
def diff(desired, observed):
    if len(desired) > len(observed):
        return [Action("start", n, desired[n]) for n in desired if n not in observed]
    if len(observed) > len(desired):
        return [Action("stop", n, observed[n]) for n in observed if n not in desired]
    return []
"""),
    Wrong("counts", """
def diff(desired, observed):
    if len(desired) == len(observed):
        return [Action("stop", n, w) for n, w in observed.items() if n in desired and desired[n] != w]
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    return actions + [Action("start", n, w) for n, w in desired.items() if n not in observed]
"""),
    Wrong("values-only", """
def diff(desired, observed):
    actions = []
    for name, what in desired.items():
        if what not in observed.values() and name not in observed:
            actions.append(Action("start", name, what))
    for name, what in observed.items():
        if what not in desired.values():
            actions.append(Action("stop", name, what))
    return actions
"""),
    Wrong("by-position", """
def diff(desired, observed):
    actions = []
    wished, seen = list(desired.items()), list(observed.items())
    for i in range(max(len(wished), len(seen))):
        if i >= len(seen):
            actions.append(Action("start", *wished[i]))
        elif i >= len(wished) or wished[i] != seen[i]:
            actions.append(Action("stop", *seen[i]))
    return actions
"""),
    Wrong("return-in-loop", """
def diff(desired, observed):
    actions = []
    for name, what in observed.items():
        if desired.get(name) != what:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
            return actions
    return actions
"""),
    Wrong("return-in-loop", """
def diff(desired, observed):
    for name, what in observed.items():
        if desired.get(name) != what:
            return [Action("stop", name, what)]
    for name, what in desired.items():
        if name not in observed:
            return [Action("start", name, what)]
"""),
    Wrong("no-value", """
def diff(desired, observed):
    if desired == observed:
        return
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    return actions + [Action("start", n, w) for n, w in desired.items() if n not in observed]
"""),
    Wrong("start-over", """
def diff(desired, observed):
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired]
    return actions + [Action("start", n, w) for n, w in desired.items() if observed.get(n) != w]
"""),
    Wrong("wrong-what", """
def diff(desired, observed):
    actions = []
    for name in desired.keys() | observed.keys():
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
        elif desired.get(name) != observed[name]:
            actions.append(Action("stop", name, desired.get(name)))
    return actions
"""),
    Wrong("fields-swapped", """
def diff(desired, observed):
    actions = [Action("stop", w, n) for n, w in observed.items() if n not in desired or desired[n] != w]
    return actions + [Action("start", w, n) for n, w in desired.items() if n not in observed]
"""),
    Wrong("newer-only", """
def diff(desired, observed):
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired or str(desired[n]) > str(w)]
    return actions + [Action("start", n, w) for n, w in desired.items() if n not in observed]
"""),
    Wrong("part-of", """
def diff(desired, observed):
    actions = [Action("stop", n, w) for n, w in observed.items()
               if n not in desired or not str(w).startswith(str(desired[n]))]
    return actions + [Action("start", n, w) for n, w in desired.items() if n not in observed]
"""),
    Wrong("identity", """
def diff(desired, observed):
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] is not w]
    return actions + [Action("start", n, w) for n, w in desired.items() if n not in observed]
"""),
    Wrong("falsy", """
def diff(desired, observed):
    actions = []
    for name in desired.keys() | observed.keys():
        if not observed.get(name):
            actions.append(Action("start", name, desired[name]))
        elif desired.get(name) != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("twice", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
        elif desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    for name in observed:
        if desired.get(name) != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("memory", """
def diff(desired, observed, actions=[]):
    for name, what in observed.items():
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("memory", """
done = set()

def diff(desired, observed):
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    actions += [Action("start", n, w) for n, w in desired.items() if n not in observed]
    new = [a for a in actions if a not in done]
    done.update(new)
    return new
"""),
    Wrong("tuple", """
def diff(desired, observed):
    actions = [("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    return actions + [("start", n, w) for n, w in desired.items() if n not in observed]
"""),
    Wrong("not-actions", """
def diff(desired, observed):
    return [n for n in observed if n not in desired] + [n for n in desired if n not in observed]
"""),
    Wrong("own-action", """
from dataclasses import dataclass

@dataclass(frozen=True)
class Action:
    verb: str
    name: str
    what: object

def diff(desired, observed):
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    return actions + [Action("start", n, w) for n, w in desired.items() if n not in observed]
"""),
    Wrong("wrong-what", """
def diff(desired, observed):
    actions = [Action("stop", n, [w]) for n, w in observed.items() if n not in desired or desired[n] != w]
    return actions + [Action("start", n, [w]) for n, w in desired.items() if n not in observed]
"""),
    Wrong("raises-outside", """
from functools import cache

@cache
def diff(desired, observed):
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    return actions + [Action("start", n, w) for n, w in desired.items() if n not in observed]
"""),
    Wrong("dict", """
def diff(desired, observed):
    actions = {n: Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w}
    return actions | {n: Action("start", n, w) for n, w in desired.items() if n not in observed}
"""),
    Wrong("single", """
def diff(desired, observed):
    for name, what in desired.items():
        if name not in observed:
            return Action("start", name, what)
    for name, what in observed.items():
        if desired.get(name) != what:
            return Action("stop", name, what)
    return []
"""),
    Wrong("not-a-list", """
def diff(desired, observed):
    return desired == observed
"""),
    Wrong("verb", """
def diff(desired, observed):
    actions = [Action("start", n, w) for n, w in desired.items() if n not in observed]
    actions += [Action("stop", n, w) for n, w in observed.items() if n not in desired]
    return actions + [Action("restart", n, w) for n, w in desired.items() if n in observed and observed[n] != w]
"""),
    Wrong("action-arguments", """
def diff(desired, observed):
    return [Action("start", name) for name in desired if name not in observed]
"""),
    Wrong("key-error", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if observed[name] != desired[name]:
            actions.append(Action("start", name, desired[name]))
    return actions
"""),
    Wrong("unorderable", """
def diff(desired, observed):
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    actions += [Action("start", n, w) for n, w in desired.items() if n not in observed]
    return sorted(actions, key=lambda a: a.what)
"""),
    Wrong("unorderable", """
def diff(desired, observed):
    gone = [(w, n) for n, w in observed.items() if n not in desired or desired[n] != w]
    new = [(w, n) for n, w in desired.items() if n not in observed]
    return [Action("stop", n, w) for w, n in sorted(gone)] + [Action("start", n, w) for w, n in sorted(new)]
"""),
    Wrong("leaves-out", """
def diff(desired, observed):
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    actions += [Action("start", n, w) for n, w in desired.items() if n not in observed]
    return actions[:2]
"""),
    Wrong("mixture", """
def diff(desired, observed):
    gone = [n for n in observed if desired.get(n) != observed[n]]
    new = [n for n in desired if n not in observed]
    if gone and new:
        new = list(desired)
    return [Action("stop", n, observed[n]) for n in gone] + [Action("start", n, desired[n]) for n in new]
"""),
    Wrong("no-return", """
def diff(desired, observed):
    actions = [Action("stop", n, w) for n, w in observed.items() if desired.get(n) != w]
    actions += [Action("start", n, w) for n, w in desired.items() if n not in observed]
"""),
    Wrong("print", """
def diff(desired, observed):
    for n, w in observed.items():
        if desired.get(n) != w:
            print(Action("stop", n, w))
    for n, w in desired.items():
        if n not in observed:
            print(Action("start", n, w))
"""),
    Wrong("raises", """
def diff(desired, observed):
    return [Action("start", n, w) for n, w in desired if n not in observed]
"""),
    Wrong("imports-ours", """
import mini_k8s.control_loop as ours

def diff(desired, observed):
    return ours.diff(desired, observed)
"""),
    Wrong("return-in-loop", """
def diff(desired, observed):
    actions = []
    for name, what in observed.items():
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
        return actions
"""),
    Wrong("return-in-loop", """
def diff(desired, observed):
    actions = []
    for name in set(desired) | set(observed):
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
        elif name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
        return actions
"""),
    Wrong("return-in-loop", """
def diff(desired, observed):
    actions = []
    for name, what in observed.items():
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
        return actions
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("return-in-loop", """
def diff(desired, observed):
    actions = []
    for name in observed:
        if name not in desired:
            actions.append(Action("stop", name, observed[name]))
        return actions
"""),
    Wrong("first-only", """
def diff(desired, observed):
    actions = []
    for name, what in observed.items():
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
            break
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
            break
    return actions
"""),
    Wrong("lab", """
def diff(desired, observed):
    actions = []
    for name in lab.desired:
        if name not in lab.observe():
            lab.start(name, lab.desired[name])
    return actions
"""),
    Wrong("unorderable", """
def diff(desired, observed):
    actions = []
    for name, what in sorted(observed.items(), key=lambda kv: kv[1]):
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
    for name, what in sorted(desired.items(), key=lambda kv: kv[1]):
        if name not in observed:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("unorderable", """
def diff(desired, observed):
    actions = []
    for name, what in observed.items():
        if name not in desired or desired[name] < what or desired[name] > what:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("memory", """
seen = {}
def diff(desired, observed):
    actions = []
    seen.update(observed)
    for name, what in seen.items():
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("memory", """
seen = {}
def diff(desired, observed):
    actions = []
    for name, what in observed.items():
        if name in seen and seen[name] == what:
            continue
        seen[name] = what
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("lists", """
def diff(desired, observed):
    start = [Action("start", n, w) for n, w in desired.items() if n not in observed]
    stop = [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    return start, stop
"""),
    Wrong("lists", """
def diff(desired, observed):
    start = [Action("start", n, w) for n, w in desired.items() if n not in observed]
    start.append([Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w])
    return start
"""),
    Wrong("unbound", """
def diff(desired, observed):
    for name, what in observed.items():
        actions = []
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("unbound", """
count = 0
def diff(desired, observed):
    count += 1
    actions = []
    for name, what in observed.items():
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("sleeps", """
import time
def diff(desired, observed):
    time.sleep(0.5)
    actions = []
    for name, what in observed.items():
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("returned-none", """
def diff(desired, observed):
    actions = []
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions = actions.append(Action("stop", name, observed[name]))
    for name in desired:
        if name not in observed:
            actions = actions.append(Action("start", name, desired[name]))
    return actions
"""),
    Wrong("returned-none", """
def diff(desired, observed):
    actions = []
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            return actions.append(Action("stop", name, observed[name]))
    for name in desired:
        if name not in observed:
            return actions.append(Action("start", name, desired[name]))
"""),
    Wrong("memory", """
last = None
def diff(desired, observed):
    global last
    if (desired, observed) == last:
        return []
    last = (dict(desired), dict(observed))
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    actions += [Action("start", n, w) for n, w in desired.items() if n not in observed]
    return actions
"""),
    Wrong("lists", """
def diff(desired, observed):
    return [("start", n) for n in desired if n not in observed], [("stop", n) for n in observed if n not in desired]
"""),
    Wrong("gives-up", """
def diff(desired, observed):
    for name in desired:
        if name not in observed:
            return [Action("start", name, desired[name])]
        else:
            return []
"""),
    Wrong("key-error", """
def diff(desired, observed):
    actions = []
    for name in list(desired)[:2]:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("one-name", """
def diff(desired, observed):
    actions = [Action("start", n, w) for n, w in desired.items() if n not in observed]
    for name, what in observed.items():
        if name not in desired:
            actions.append(Action("stop", name, what))
        elif desired[name] != what:
            actions.append(Action("start", name, what))
    return actions
"""),
    Wrong("alike", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or str(desired[name]) != str(observed[name]):
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("alike", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or str(desired[name]).lower() != str(observed[name]).lower():
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("alike", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or hash(desired[name]) != hash(observed[name]):
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("alike", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or f'{name}={desired[name]}' != f'{name}={observed[name]}':
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("alike", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or str(desired[name]).strip() != str(observed[name]).strip():
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("differs-in-form", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or repr(desired[name]) != repr(observed[name]):
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("spelling", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in " ".join(desired) or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("spelling", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name.lower() not in [other.lower() for other in observed]:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("spelling", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if not any(name in other for other in observed):
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("older-only", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or str(desired[name]) < str(observed[name]):
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("no-return", """
def diff(desired, observed):
    actions = []
    print("checking")
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
"""),
    Wrong("no-return", """
def diff(desired, observed):
    def compare():
        actions = []
        for name in desired:
            if name not in observed:
                actions.append(Action("start", name, desired[name]))
        for name in observed:
            if name not in desired or desired[name] != observed[name]:
                actions.append(Action("stop", name, observed[name]))
        return actions
"""),
    Wrong("empty-body", """
def diff(desired, observed):
    'What has to be done?'
"""),
    Wrong("empty-body", """
def diff(desired, observed):
    pass
"""),
    Wrong("other-side-empty", """
def diff(desired, observed):
    actions = []
    for name in desired:
        for other in observed:
            if name != other:
                actions.append(Action("start", name, desired[name]))
    return actions
"""),
    Wrong("at-once", """
def diff(desired, observed):
    actions = [Action("start", n, w) for n, w in desired.items() if w not in observed.values()]
    return actions + [Action("stop", n, w) for n, w in observed.items() if w not in desired.values()]
"""),
    Wrong("fields-swapped", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action(name, "start", desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action(name, "stop", observed[name]))
    return actions
"""),
    Wrong("verb", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("START", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("verb", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("delete", name, observed[name]))
    return actions
"""),
    Wrong("not-given", """
def diff(desired, observed):
    return [Action("stop", "a", "web:1")]
"""),
    Wrong("not-given", """
def diff(desired, observed):
    actions = []
    desired, observed = {"web-1": "web:1", "web-2": "web:2"}, {"web-2": "web:1"}
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("gives-up", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
        else:
            return []
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("comma", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions,
"""),
    Wrong("comma", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions, len(actions)
"""),
    Wrong("no-such-name", """
def diff(desired, observed):
    return [Action("start", i, desired[i]) for i in range(len(desired)) if desired[i] not in observed]
"""),
    Wrong("key-error", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, observed[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("leaves-out", """
def diff(desired, observed):
    actions = []
    for name in list(desired)[:10]:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("leaves-out", """
def diff(desired, observed):
    actions = []
    found = False
    for name in desired:
        for other in observed:
            if other == name:
                found = True
        if not found:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("acts-at-equality", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] == observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return actions
"""),
    Wrong("raises", """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, observed[name]))
    return sorted(actions)
"""),
    Wrong("caught", """
def diff(desired, observed):
    actions = []
    try:
        for name in desired:
            if desired[name] != observed[name]:
                actions.append(Action("stop", name, observed[name]))
    except:
        pass
    return actions
"""),
    Wrong("other-loop", """
def diff(desired, observed):
    actions = []
    for name, what in desired.items():
        if name not in observed:
            actions.append(Action("start", name, what))
    for name in observed:
        if name not in desired or desired[name] != observed[name]:
            actions.append(Action("stop", name, what))
    return actions
"""),
    Wrong("no-value", """
def diff(desired, observed):
    actions = [Action("start", n, w) for n, w in desired.items() if n not in observed]
    actions += [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    return None
"""),
    Wrong("return-sometimes", """
def diff(desired, observed):
    if desired != observed:
        actions = [Action("start", n, w) for n, w in desired.items() if n not in observed]
        return actions + [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
"""),
)

RIGHTS = (
    Right("two comprehensions", """
def diff(desired, observed):
    return ([Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
            + [Action("start", n, w) for n, w in desired.items() if n not in observed])
"""),
    Right("a generator", """
def diff(wish, fact):
    for name in wish.keys() - fact.keys():
        yield Action("start", name, wish[name])
    for name, seen in fact.items():
        if name in wish and wish[name] == seen:
            continue
        yield Action("stop", name, seen)
"""),
    Right("set algebra, returned as a set", """
def diff(desired, observed):
    stop = {Action("stop", *pair) for pair in observed.items() - desired.items()}
    return stop | {Action("start", n, desired[n]) for n in desired.keys() - observed.keys()}
"""),
    Right("match over one name", """
GONE = object()

def diff(desired, observed):
    actions = []
    for name in {**desired, **observed}:
        match desired.get(name, GONE), observed.get(name, GONE):
            case wished, seen if wished == seen:
                pass
            case wished, seen if seen is GONE:
                actions.append(Action("start", name, wished))
            case _, seen:
                actions.append(Action("stop", name, seen))
    return actions
"""),
    Right("recursion, name by name", """
def diff(desired, observed):
    return list(each(sorted(set(desired) | set(observed)), desired, observed))

def each(names, desired, observed):
    if not names:
        return ()
    name, *rest = names
    if name not in observed:
        first = (Action("start", name, desired[name]),)
    elif name not in desired or desired[name] != observed[name]:
        first = (Action("stop", name, observed[name]),)
    else:
        first = ()
    return first + each(rest, desired, observed)
"""),
    Right("sorted by name, if and elif over one name", """
def diff(a, b):
    found = []
    for name in sorted(set(a) | set(b)):
        if name not in a:
            found.append(Action("stop", name, b[name]))
        elif name not in b:
            found.append(Action("start", name, a[name]))
        elif a[name] != b[name]:
            found.append(Action("stop", name, b[name]))
    return tuple(found)
"""),
    Right("a dict of actions, its values returned", """
def diff(desired, observed):
    todo = {}
    for name, what in desired.items():
        todo[name] = Action("start", name, what)
    for name, what in observed.items():
        if todo.get(name) == Action("start", name, what):
            del todo[name]
        else:
            todo[name] = Action(verb="stop", name=name, what=what)
    return todo.values()
"""),
    Right("an object with __call__", """
class Differ:
    def __call__(self, desired, observed):
        self.desired, self.observed = desired, observed
        return [*self.stops(), *self.starts()]

    def stops(self):
        return (Action("stop", n, w) for n, w in self.observed.items()
                if self.desired.get(n, self) != w)

    def starts(self):
        return (Action("start", n, self.desired[n]) for n in self.desired if n not in self.observed)

diff = Differ()
"""),
    Right("a lambda", """
from itertools import chain

diff = lambda d, o: chain((Action("stop", n, o[n]) for n in o if n not in d or not d[n] == o[n]),
                          (Action("start", n, d[n]) for n in d if n not in o))
"""),
    Right("map and filter", """
def diff(desired, observed):
    gone = filter(lambda name: desired.get(name) != observed[name], observed)
    new = filter(lambda name: name not in observed, desired)
    return [*map(lambda n: Action("stop", n, observed[n]), gone), *map(lambda n: Action("start", n, desired[n]), new)]
"""),
    Right("copies, crossed off", """
def diff(desired, observed):
    desired, actions = dict(desired), []
    for name, what in observed.items():
        if name not in desired:
            actions.append(Action("stop", name, what))
        elif desired.pop(name) != what:
            actions.append(Action("stop", name, what))
    while desired:
        actions.append(Action("start", *desired.popitem()))
    return actions
"""),
    Right("try and except KeyError, with types", """
from collections.abc import Hashable, Mapping

def diff(desired: Mapping[str, Hashable], observed: Mapping[str, Hashable]) -> list[Action]:
    actions: list[Action] = []
    for name in set(desired).union(observed):
        try:
            seen = observed[name]
        except KeyError:
            actions.append(Action("start", name, desired[name]))
            continue
        try:
            if desired[name] != seen:
                raise KeyError(name)
        except KeyError:
            actions.append(Action("stop", name, seen))
    return actions
"""),
    Right("quadratic, with a loop in a loop", """
def diff(desired, observed):
    actions = []
    for name, what in observed.items():
        for other, wished in desired.items():
            if other == name and wished == what:
                break
        else:
            actions.append(Action("stop", name, what))
    for name, what in desired.items():
        if all(other != name for other in observed):
            actions.append(Action("start", name, what))
    return actions
"""),
    Right("every parameter more has a default", """
from functools import partial

def compare(desired, observed, verbs=("start", "stop"), *, quiet=True):
    if not quiet:
        print(desired, observed)
    start, stop = verbs
    both = [(n, desired.get(n), observed.get(n)) for n in dict.fromkeys([*desired, *observed])]
    return {Action(stop if n in observed else start, n, o if n in observed else d) for n, d, o in both
            if (n in desired) != (n in observed) or d != o}

diff = partial(compare, quiet=True)
"""),
)

EQUIVALENT: dict[str, str] = {}
