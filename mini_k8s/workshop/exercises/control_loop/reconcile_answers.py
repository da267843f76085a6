"""By what is exercise 2.2 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong

WRONGS = (
    # Those that the curriculum names.
    Wrong("until-equal", """
def reconcile(desired, observe, act):
    results = []
    while observe() != desired:
        for action in diff(desired, observe()):
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    return results
"""),
    Wrong("until-equal", """
import time

def reconcile(desired, observe, act):
    results = []
    while True:
        actions = list(diff(desired, observe()))
        if not actions:
            return results
        for action in actions:
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
        time.sleep(1)
"""),
    Wrong("until-equal", """
def reconcile(desired, observe, act):
    while True:
        for action in diff(desired, observe()):
            act(action)
"""),
    Wrong("until-equal", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    if observe() != desired:
        results += reconcile(desired, observe, act)
    return results
"""),
    Wrong("no-try", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        act(action)
        results.append((action, None))
    return results
"""),
    Wrong("no-try", """
def reconcile(desired, observe, act):
    return [(action, act(action)) for action in diff(desired, observe())]
"""),
    Wrong("raises-again", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as error:
            results.append((action, error))
            raise
        results.append((action, None))
    return results
"""),
    Wrong("remembered", """
seen = None

def reconcile(desired, observe, act):
    global seen
    if seen is None:
        seen = observe()
    results = []
    for action in diff(desired, seen):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("remembered", """
def reconcile(desired, observe, act, seen={}):
    if not seen:
        seen.update(observe())
    results = []
    for action in diff(desired, seen):
        try:
            act(action)
            seen[action.name] = action.what
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("look-per-action", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        if action in list(diff(desired, observe())):
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    return results
"""),
    Wrong("look-per-action", """
def reconcile(desired, observe, act):
    results = []
    for name in {**observe(), **desired}:
        one = {name: desired[name]} if name in desired else {}
        seen = {n: w for n, w in observe().items() if n == name}
        for action in diff(one, seen):
            try:
                act(action)
            except Exception as error:
                results.append((action, error))
            else:
                results.append((action, None))
    return results
"""),
    Wrong("swallowed", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception:
            pass
        results.append((action, None))
    return results
"""),
    Wrong("swallowed", """
from contextlib import suppress

def reconcile(desired, observe, act):
    actions = list(diff(desired, observe()))
    for action in actions:
        with suppress(Exception):
            act(action)
    return [(action, None) for action in actions]
"""),
    Wrong("swallowed", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            error = act(action)
        except Exception as failure:
            print("failed:", failure)
            error = None
        results.append((action, error))
    return results
"""),
    Wrong("stops-stop", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except BaseException as error:
            results.append((action, error))
    return results
"""),
    Wrong("stops-stop", """
def reconcile(desired, observe, act):
    import sys
    results = []
    for action in diff(desired, observe()):
        error = None
        try:
            act(action)
        except:
            error = sys.exc_info()[1]
        results.append((action, error))
    return results
"""),
    Wrong("stops-stop", """
def reconcile(desired, observe, act):
    results = []
    try:
        for action in diff(desired, observe()):
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    finally:
        return results
"""),
    # Others, seen or likely.
    Wrong("looks-again", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    if observe() != desired:
        print("not there yet")
    return results
"""),
    Wrong("looks-again", """
def reconcile(desired, observe, act):
    if not list(diff(desired, observe())):
        return []
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as error:
            results.append((action, error))
        else:
            results.append((action, None))
    return results
"""),
    Wrong("never-looks", """
def reconcile(desired, observe, act):
    results = []
    for name, what in desired.items():
        action = Action("start", name, what)
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("observe-not-called", """
def reconcile(desired, observe, act):
    return [(action, act(action)) for action in diff(desired, observe)]
"""),
    Wrong("observe-arguments", """
def reconcile(desired, observe, act):
    return [(action, act(action)) for action in diff(desired, observe(desired))]
"""),
    Wrong("act-arguments", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        act(action.verb, action.name)
        results.append((action, None))
    return results
"""),
    Wrong("own-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action.name)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("never-acts", """
def reconcile(desired, observe, act):
    return [(action, None) for action in diff(desired, observe())]
"""),
    Wrong("never-acts", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("lazy", """
def reconcile(desired, observe, act):
    for action in diff(desired, observe()):
        try:
            act(action)
            yield action, None
        except Exception as error:
            yield action, error
"""),
    Wrong("lazy", """
def reconcile(desired, observe, act):
    def one(action):
        try:
            act(action)
        except Exception as error:
            return action, error
        return action, None
    return map(one, diff(desired, observe()))
"""),
    Wrong("acts-twice", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, act(action)))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("retries", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        for attempt in range(3):
            try:
                act(action)
                results.append((action, None))
                break
            except Exception as error:
                failure = error
        else:
            results.append((action, failure))
    return results
"""),
    Wrong("retries", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        while True:
            try:
                act(action)
                break
            except Exception:
                continue
        results.append((action, None))
    return results
"""),
    Wrong("swapped", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(observe(), desired):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("returns-early", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
        return results
    return results
"""),
    Wrong("leaves-out", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        if action.verb == "start":
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    return results
"""),
    Wrong("leaves-out", """
def reconcile(desired, observe, act):
    results = []
    for action in diff({}, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("leaves-out", """
def reconcile(desired, observe, act):
    results = []
    for name in desired:
        if name not in observe():
            action = Action("start", name, desired[name])
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    return results
"""),
    Wrong("acts-differ", """
def reconcile(desired, observe, act):
    observed, results = observe(), []
    for name in desired.keys() | observed.keys():
        if desired.get(name) != observed.get(name):
            action = Action("start", name, desired[name]) if name in desired else Action("stop", name, observed[name])
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    return results
"""),
    Wrong("try-around-loop", """
def reconcile(desired, observe, act):
    results = []
    try:
        for action in diff(desired, observe()):
            act(action)
            results.append((action, None))
    except Exception as error:
        results.append((action, error))
    return results
"""),
    Wrong("try-around-loop", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as error:
            results.append((action, error))
            break
        results.append((action, None))
    return results
"""),
    Wrong("narrow-except", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except RuntimeError as error:
            results.append((action, error))
    return results
"""),
    Wrong("narrow-except", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except (RuntimeError, ValueError, OSError, KeyError) as error:
            results.append((action, error))
    return results
"""),
    Wrong("raises-at-end", """
def reconcile(desired, observe, act):
    results, errors = [], []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            errors.append(error)
            results.append((action, error))
    if errors:
        raise ExceptionGroup("some failed", errors)
    return results
"""),
    Wrong("error-name-gone", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        error = None
        try:
            act(action)
        except Exception as error:
            pass
        results.append((action, error))
    return results
"""),
    Wrong("no-pairs", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append(action)
        except Exception as error:
            results.append(error)
    return results
"""),
    Wrong("no-pairs", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action.name, None))
        except Exception as error:
            results.append((action.name, error))
    return results
"""),
    Wrong("pairs-reversed", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((None, action))
        except Exception as error:
            results.append((error, action))
    return results
"""),
    Wrong("dict-of-results", """
def reconcile(desired, observe, act):
    results = {}
    for action in diff(desired, observe()):
        results[action] = None
        try:
            act(action)
        except Exception as error:
            results[action] = error
    return results
"""),
    Wrong("not-the-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, str(error)))
    return results
"""),
    Wrong("not-the-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, type(error)))
    return results
"""),
    Wrong("not-none", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, "ok"))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("stale-error", """
def reconcile(desired, observe, act):
    results, failure = [], None
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as error:
            failure = error
        results.append((action, failure))
    return results
"""),
    Wrong("left-out", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception:
            pass
    return results
"""),
    Wrong("only-errors", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("reports-nothing", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results + [(action, None)]
        except Exception as error:
            results + [(action, error)]
    return results
"""),
    Wrong("reports-more", """
def reconcile(desired, observe, act):
    observed = observe()
    results = [(Action("stop", n, w), None) for n, w in observed.items() if desired.get(n) == w]
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("reported-twice", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as error:
            results.append((action, error))
        results.append((action, None))
    return results
"""),
    Wrong("memory", """
results = []

def reconcile(desired, observe, act):
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("edits-desired", """
def reconcile(desired, observe, act):
    results = []
    for action in list(diff(desired, observe())):
        try:
            act(action)
            desired.pop(action.name, None)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("no-return", """
def reconcile(desired, observe, act):
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as error:
            print(error)
"""),
    Wrong("return-sometimes", """
def reconcile(desired, observe, act):
    actions = list(diff(desired, observe()))
    if not actions:
        return
    results = []
    for action in actions:
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("print", """
def reconcile(desired, observe, act):
    for action in diff(desired, observe()):
        try:
            act(action)
            print(action, None)
        except Exception as error:
            print(action, error)
"""),
    Wrong("not-none", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            results.append((action, act(action)))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("memory", """
failed = set()
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        if action.name in failed:
            continue
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            failed.add(action.name)
            results.append((action, error))
    return results
"""),
    Wrong("memory", """
done = set()
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        if action in done:
            continue
        done.add(action)
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("lab", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, lab.observe()):
        try:
            lab.act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("own-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            lab.act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("own-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(acton)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("own-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action.verb, action.name)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("own-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        error = None
        try:
            act(acton)
        except Exception as e:
            pass
        results.append((action, error))
    return results
"""),
    Wrong("own-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append(action, None)
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("own-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act("start")
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("act-no-action", """
def reconcile(desired, observe, act):
    return [(action, act(action.verb)) for action in diff(desired, observe())]
"""),
    Wrong("passes", """
def reconcile(desired, observe, act):
    results = []
    for _ in range(2):
        for action in diff(desired, observe()):
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    return results
"""),
    Wrong("passes", """
def reconcile(desired, observe, act):
    results, tries = [], 0
    while observe() != desired and tries < 5:
        tries += 1
        for action in diff(desired, observe()):
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    return results
"""),
    Wrong("stop-and-start", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
            if action.verb == "stop" and action.name in desired:
                again = Action("start", action.name, desired[action.name])
                act(again)
                results.append((again, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("look-per-action", """
def reconcile(desired, observe, act):
    results = []
    for name in set(desired) | set(observe()):
        if name not in observe():
            action = Action("start", name, desired[name])
        elif desired.get(name) != observe()[name]:
            action = Action("stop", name, observe()[name])
        else:
            continue
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("look-per-action", """
def reconcile(desired, observe, act):
    actions, results = [], []
    for name in observe():
        if name not in desired or desired[name] != observe()[name]:
            action = Action("stop", name, observe()[name])
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    for name in desired:
        if name not in observe():
            action = Action("start", name, desired[name])
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    return results
"""),
    Wrong("error-name-gone", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as error:
            pass
        results.append((action, error))
    return results
"""),
    Wrong("sleeps", """
import time
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            time.sleep(0.5)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("look-swallowed", """
def reconcile(desired, observe, act):
    try:
        observed = observe()
    except Exception:
        return []
    results = []
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("look-retried", """
def reconcile(desired, observe, act):
    while True:
        try:
            observed = observe()
            break
        except Exception:
            pass
    results = []
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("leaves-out", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
            break
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("own-module", """
def reconcile(desired, observe, act):
    results = []
    for action in control_loop.diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("until-equal", """
def reconcile(desired, observe, act):
    results = []
    while True:
        observed = observe()
        if observed == desired:
            break
        for action in diff(desired, observed):
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    return results
"""),
    Wrong("acts-twice", """
def reconcile(desired, observe, act):
    results = []
    observed = observe()
    for _ in range(2):
        for action in diff(desired, observed):
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
    return results
"""),
    Wrong("own-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            if action.verb == "start":
                act.start(action.name)
            else:
                act.stop(action.name)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("memory", """
def reconcile(desired, observe, act, failed=set()):
    results = []
    for action in diff(desired, observe()):
        if action.name in failed: continue
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            failed.add(action.name); results.append((action, error))
    return results
"""),
    Wrong("typo", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((acton, error))
    return results
"""),
    Wrong("look-replaced", """
def reconcile(desired, observe, act):
    results = []
    try:
        observed = observe()
    except Exception:
        exit('docker is away')
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("look-replaced", """
def reconcile(desired, observe, act):
    results = []
    try:
        observed = observe()
    except Exception:
        raise KeyboardInterrupt
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("look-retried", """
def reconcile(desired, observe, act):
    results = []
    for i in range(3):
        try:
            observed = observe()
            break
        except Exception as e:
            error = e
    else:
        raise error
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("look-retried", """
def reconcile(desired, observe, act):
    results = []
    try:
        observed = observe()
    except Exception:
        observed = observe()
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("try-around-loop", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
            if len([1 for a, x in results if x]) > 2:
                break
    return results
"""),
    Wrong("try-around-loop", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
            if len([1 for a, x in results if x]) >= 4:
                break
    return results
"""),
    Wrong("not-the-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, RuntimeError('failed')))
    return results
"""),
    Wrong("not-the-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, type(e)()))
    return results
"""),
    Wrong("not-the-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, Exception(e)))
    return results
"""),
    Wrong("try-around-loop", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except ConnectionError:
            return results
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("narrow-except", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except PermissionError:
            raise
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("leaves-out", """
def reconcile(desired, observe, act):
    results = []
    observed = observe()
    if not observed:
        return results
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("leaves-out", """
def reconcile(desired, observe, act):
    results = []
    if not desired:
        return results
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("leaves-out", """
def reconcile(desired, observe, act):
    observed = {n: w for n, w in observe().items() if n in desired}
    results = []
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("leaves-out", """
def diff(desired, observed):
    return [Action("start", n, desired[n]) for n in desired if n not in observed]

def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("leaves-out", """
def reconcile(desired, observe, act):
    results = []
    observed = observe()
    for name in desired:
        if name not in observed:
            try:
                act(Action("start", name, desired[name]))
                results.append((Action("start", name, desired[name]), None))
            except Exception as e:
                results.append((Action("start", name, desired[name]), e))
    return results
"""),
    Wrong("leaves-out", """
def reconcile(desired, observe, act):
    results = []
    actions = diff(desired, observe())
    for action in actions:
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
        actions.remove(action)
    return results
"""),
    Wrong("leaves-out", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe())[:10]:
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("raises-again", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
            raise
    return results
"""),
    Wrong("raises-again", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            raise e
    return results
"""),
    Wrong("raises-again", """
import sys
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            sys.exit(f"could not {action}: {e}")
    return results
"""),
    Wrong("stops-stop", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as e:
            results.append((action, e))
        else:
            results.append((action, None))
        finally:
            continue
    return results
"""),
    Wrong("not-waited", """
import threading
def reconcile(desired, observe, act):
    results = []
    def run(action):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    for action in diff(desired, observe()):
        threading.Thread(target=run, args=(action,)).start()
    return results
"""),
    Wrong("no-try", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        if action.verb == "stop":
            act(action)
            results.append((action, None))
            continue
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("held-up", """
def reconcile(desired, observe, act):
    results = []
    actions = diff(desired, observe())
    for action in actions:
        if action.verb == "stop":
            try:
                act(action)
                results.append((action, None))
            except Exception as e:
                results.append((action, e))
    if not any(error for _, error in results):
        for action in actions:
            if action.verb == "start":
                try:
                    act(action)
                    results.append((action, None))
                except Exception as e:
                    results.append((action, e))
    return results
"""),
    Wrong("endless", """
def reconcile(desired, observe, act):
    actions = diff(desired, observe())
    for action in actions:
        actions.append(action)
    return actions
"""),
    Wrong("acts-twice", """
def reconcile(desired, observe, act):
    results = []
    actions = diff(desired, observe())
    while actions:
        action = actions[0]
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("acts-blind", """
def reconcile(desired, observe, act):
    try:
        observed = observe()
    except Exception:
        observed = {}
    results = []
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("look-swallowed", """
def reconcile(desired, observe, act):
    results = []
    try:
        actions = diff(desired, observe())
    except Exception as e:
        return [(None, e)]
    for action in actions:
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("returns-early", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            return (action, None)
        except Exception as e:
            return (action, e)
    return results
"""),
    Wrong("returns-early", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            return results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("lazy", """
def reconcile(desired, observe, act):
    return map(lambda a: (a, act(a)), diff(desired, observe()))
"""),
    Wrong("edits-desired", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
            desired.pop(action.name, None)
    return results
"""),
    Wrong("no-pairs", """
def reconcile(desired, observe, act):
    done, failed = [], []
    for action in diff(desired, observe()):
        try:
            act(action)
            done.append((action, None))
        except Exception as e:
            failed.append((action, e))
    return done, failed
"""),
    Wrong("never-acts", """
def reconcile(desired, observe, act):
    return observe()
"""),
    Wrong("without-act", """
from multiprocessing import Process

def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        p = Process(target=act, args=(action,))
        p.start()
        p.join()
        results.append((action, None if p.exitcode == 0 else RuntimeError("failed")))
    return results
"""),
    Wrong("hides", """
def reconcile(desired, observe, act):
    results = []
    diff = diff(desired, observe())
    for action in diff:
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("error-unnamed", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception:
            results.append((action, error))
    return results
"""),
    Wrong("no-return", """
def reconcile(desired, observe, act):
    results = []
    print('pass begins')
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
"""),
    Wrong("retries", """
def reconcile(desired, observe, act):
    results = []
    failed = False
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
            failed = True
    if failed:
        return reconcile(desired, observe, act)
    return results
"""),
    Wrong("look-retried", """
def reconcile(desired, observe, act):
    results = []
    try:
        observed = observe()
    except Exception:
        return reconcile(desired, observe, act)
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("no-pairs", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results += (action, None)
        except Exception as e:
            results += (action, e)
    return results
"""),
    Wrong("no-report", """
def reconcile(desired, observe, act):
    failed = 0
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception:
            failed += 1
    return f"{failed} failed"
"""),
    Wrong("raises", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append(action, e)
    return results
"""),
    Wrong("raises", """
def reconcile(desired, observe, act):
    results = []
    for action, error in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as e:
            results.append((action, e))
    return results
"""),
    Wrong("own-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append(action, None)
        except Exception as e:
            results.append(action, e)
    return results
"""),
    Wrong("stops-stop", """
def reconcile(desired, observe, act):
    try:
        observed = observe()
    except BaseException as error:
        raise RuntimeError("cannot look") from error
    results = []
    for action in diff(desired, observed):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("not-the-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error.__cause__ or error))
    return results
"""),
    Wrong("leaves-out", """
class Pass:
    def __call__(self, desired, observe, act):
        results = []
        for action in diff(desired, observe())[:2]:
            try:
                act(action)
                results.append((action, None))
            except Exception as error:
                results.append((action, error))
        return results

reconcile = Pass()
"""),
    Wrong("own-error", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            began = time.monotonic()
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""),
    Wrong("imports-ours", """
def reconcile(desired, observe, act):
    return control_loop.reconcile(desired, observe, act)
"""),
    Wrong("no-function", """
lab.whose("reconcile")
"""),
    Wrong("no-function", """
for action in diff(desired, observed):
    print(action)
"""),
    Wrong("after-loop", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as error:
            results.append((action, error))
    else:
        results.append((action, None))
    return results
"""),
    Wrong("after-loop", """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        error = None
        try:
            act(action)
        except Exception as failure:
            error = failure
    results.append((action, error))
    return results
"""),
)

RIGHTS = (
    Right("a thread for each, and all of them alive at once", """
import threading
def reconcile(desired, observe, act):
    actions = list(diff(desired, observe()))
    results = [None] * len(actions)
    together = threading.Barrier(max(1, len(actions)))

    def carry_out(place, action):
        together.wait()
        try:
            act(action)
            results[place] = action, None
        except Exception as error:
            results[place] = action, error

    threads = [threading.Thread(target=carry_out, args=numbered) for numbered in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
"""),
    Right("a helper for one action, and a comprehension", """
def reconcile(desired, observe, act):
    return [(action, attempt(act, action)) for action in diff(desired, observe())]

def attempt(act, action):
    try:
        act(action)
    except Exception as error:
        return error
"""),
    Right("an error set anew for each", """
def reconcile(wish, look, do):
    report = []
    for todo in diff(wish, look()):
        error = None
        try:
            do(todo)
        except Exception as e:
            error = e
        report.append((todo, error))
    return report
"""),
    Right("stops first", """
def reconcile(desired, observe, act):
    observed = observe()
    results = []
    for action in sorted(diff(desired, observed), key=lambda a: a.verb == "start"):
        try:
            act(action)
            results += [(action, None)]
        except Exception as error:
            results += [(action, error)]
    return results
"""),
    Right("without diff, name by name", """
def reconcile(desired, observe, act):
    observed, results = dict(observe()), {}
    for name in sorted(desired.keys() | observed.keys()):
        if name not in observed:
            action = Action("start", name, desired[name])
        elif name in desired and desired[name] == observed[name]:
            continue
        else:
            action = Action("stop", name, observed[name])
        try:
            results[action] = None
            act(action)
        except Exception as error:
            results[action] = error
    return results.items()
"""),
    Right("try, except, return in a loop's own function", """
def reconcile(desired, observe, act):
    def one(action):
        try:
            act(action)
        except Exception as error:
            return action, error
        else:
            return action, None
    return tuple(map(one, diff(desired, observe())))
"""),
    Right("recursion over the actions", """
def reconcile(desired, observe, act):
    return do_all(list(diff(desired, observe())), act)

def do_all(actions, act):
    if not actions:
        return []
    try:
        act(actions[0])
        first = (actions[0], None)
    except Exception as error:
        first = (actions[0], error)
    return [first, *do_all(actions[1:], act)]
"""),
    Right("in threads, all waited for", """
from concurrent.futures import ThreadPoolExecutor

def reconcile(desired, observe, act):
    with ThreadPoolExecutor(4) as hands:
        futures = [(action, hands.submit(act, action)) for action in diff(desired, observe())]
        return [(action, error_of(future)) for action, future in futures]

def error_of(future):
    try:
        future.result()
    except Exception as error:
        return error
"""),
    Right("a queue worked off with while", """
from collections import deque

def reconcile(desired, observe, act):
    queue, results = deque(diff(desired, observe())), []
    while queue:
        action = queue.popleft()
        try:
            act(action)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            results.append([action, error])
        else:
            results.append([action, None])
    return results
"""),
    Right("an object with __call__", """
class Pass:
    def __call__(self, desired, observe, act):
        self.results = []
        for action in diff(desired, observe()):
            self.results.append((action, self.error_of(act, action)))
        return self.results

    @staticmethod
    def error_of(act, action):
        try:
            act(action)
            return None
        except Exception as error:
            return error

reconcile = Pass()
"""),
    Right("in threads, and the errors asked for", """
from concurrent.futures import ThreadPoolExecutor

def reconcile(desired, observe, act):
    actions = diff(desired, observe())
    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(act, a) for a in actions]
    return [(a, f.exception()) for a, f in zip(actions, futures)]
"""),
    Right("in coroutines", """
import asyncio

def reconcile(desired, observe, act):
    async def one(action):
        try:
            await asyncio.to_thread(act, action)
        except Exception as error:
            return action, error
        return action, None

    async def all_at_once():
        return await asyncio.gather(*map(one, diff(desired, observe())))

    return asyncio.run(all_at_once())
"""),
)

EQUIVALENT: dict[str, str] = {}
