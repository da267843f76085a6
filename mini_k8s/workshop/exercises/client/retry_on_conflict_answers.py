"""By what is exercise 3.2 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong

WRONGS = (
    Wrong("pasted", """
def retry_on_conflict(read, change, write, tries=5):
    changed = change(read())
    for attempt in range(tries):
        try:
            return write(changed)
        except Conflict:
            if attempt == tries - 1:
                raise
            fresh = read()
            changed = changed.with_(metadata={"resourceVersion": fresh.metadata.resourceVersion})
"""),
    Wrong("pasted", """
def retry_on_conflict(read, change, write, tries=5):
    mine = change(read())
    for left in range(tries, 0, -1):
        newest = read()
        try:
            return write(Object({**mine, "metadata": newest["metadata"]}))
        except Conflict:
            if left == 1:
                raise
"""),
    Wrong("no-version", """
def retry_on_conflict(read, change, write, tries=5):
    return write(change(read()).with_(metadata={"resourceVersion": None}))
"""),
    Wrong("no-version", """
def retry_on_conflict(read, change, write, tries=5):
    changed = change(read())
    try:
        return write(changed)
    except Conflict:
        return write(changed.with_(metadata={"resourceVersion": None}))
"""),
    Wrong("reads-once", """
def retry_on_conflict(read, change, write, tries=5):
    obj = read()
    for attempt in range(tries):
        try:
            return write(change(obj))
        except Conflict:
            if attempt == tries - 1:
                raise
"""),
    Wrong("reads-once", """
def retry_on_conflict(read, change, write, tries=5):
    changed = change(read())
    for attempt in range(tries):
        try:
            return write(changed)
        except Conflict as error:
            read()
            last = error
    raise last
"""),
    Wrong("changed-twice", """
def retry_on_conflict(read, change, write, tries=5):
    changed = read()
    for attempt in range(tries):
        version = read().metadata.resourceVersion
        changed = change(read().with_(status=changed.status))
        try:
            return write(changed)
        except Conflict:
            if attempt == tries - 1:
                raise
"""),
    Wrong("changed-twice", """
def retry_on_conflict(read, change, write, tries=5):
    return write(change(change(read())))
"""),
    Wrong("unchanged", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        obj = read()
        change(obj)
        try:
            return write(obj)
        except Conflict:
            if attempt == tries - 1:
                raise
"""),
    Wrong("no-retry", """
def retry_on_conflict(read, change, write, tries=5):
    return write(change(read()))
"""),
    Wrong("no-retry", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Conflict:
            raise
"""),
    Wrong("too-few", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Conflict:
            if attempt == tries - 2:
                raise
"""),
    Wrong("too-few", """
def retry_on_conflict(read, change, write, tries=5):
    try:
        return write(change(read()))
    except Conflict:
        return write(change(read()))
"""),
    Wrong("once-more", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Conflict:
            continue
    return write(change(read()))
"""),
    Wrong("for-ever", """
def retry_on_conflict(read, change, write, tries=5):
    while True:
        try:
            return write(change(read()))
        except Conflict:
            pass
"""),
    Wrong("for-ever", """
def retry_on_conflict(read, change, write, tries=5):
    try:
        return write(change(read()))
    except Conflict:
        return retry_on_conflict(read, change, write, tries)
"""),
    Wrong("goes-on", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            stored = write(change(read()))
        except Conflict:
            if attempt == tries - 1:
                raise
    return stored
"""),
    Wrong("swallowed", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Conflict as error:
            print(error)
"""),
    Wrong("swallowed", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        changed = change(read())
        try:
            return write(changed)
        except Conflict as conflict:
            error = conflict
    return error
"""),
    Wrong("other-error", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Conflict:
            pass
    raise RuntimeError(f"gave up after {tries} tries")
"""),
    Wrong("other-error", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Conflict as error:
            if attempt == tries - 1:
                raise TimeoutError("too many conflicts") from error
"""),
    Wrong("retries-all", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Exception:
            if attempt == tries - 1:
                raise
"""),
    Wrong("swallows-others", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Conflict:
            if attempt == tries - 1:
                raise
        except Exception as error:
            return error
"""),
    Wrong("replaces-others", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Conflict:
            if attempt == tries - 1:
                raise
        except Exception as error:
            raise RuntimeError("it cannot be written") from error
"""),
    Wrong("stops-stop", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Conflict:
            if attempt == tries - 1:
                raise
        except KeyboardInterrupt:
            return None
"""),
    Wrong("nothing-back", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            write(change(read()))
            return
        except Conflict:
            if attempt == tries - 1:
                raise
"""),
    Wrong("nothing-back", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            write(change(read()))
            break
        except Conflict:
            if attempt == tries - 1:
                raise
"""),
    Wrong("returns-changed", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        changed = change(read())
        try:
            write(changed)
            return changed
        except Conflict:
            if attempt == tries - 1:
                raise
"""),
    Wrong("never-writes", """
def retry_on_conflict(read, change, write, tries=5):
    return change(read())
"""),
    Wrong("called-wrong", """
def retry_on_conflict(read, change, write, tries=5):
    obj = read()
    return write(obj, change(obj))
"""),
    Wrong("called-wrong", """
def retry_on_conflict(read, change, write, tries=5):
    return write(change())
"""),
    Wrong("changes-it", """
def retry_on_conflict(read, change, write, tries=5):
    obj = change(read())
    obj["metadata"]["resourceVersion"] = read()["metadata"]["resourceVersion"]
    return write(obj)
"""),
    Wrong("no-default", """
def retry_on_conflict(read, change, write, tries):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Conflict:
            if attempt == tries - 1:
                raise
"""),
    Wrong("memory", """
tried = 0

def retry_on_conflict(read, change, write, tries=5):
    global tried
    while True:
        try:
            return write(change(read()))
        except Conflict:
            tried += 1
            if tried >= tries:
                raise
"""),
)

RIGHTS = (
    Right("the whole try in one", """
def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(tries):
        try:
            return write(change(read()))
        except Conflict:
            if attempt == tries - 1:
                raise
"""),
    Right("the last one outside", """
def retry_on_conflict(read, change, write, tries=5):
    for _ in range(tries - 1):
        try:
            return write(change(read()))
        except Conflict:
            pass
    return write(change(read()))
"""),
    Right("calls itself", """
def retry_on_conflict(read, change, write, tries=5):
    try:
        return write(change(read()))
    except Conflict:
        if tries <= 1:
            raise
        return retry_on_conflict(read, change, write, tries - 1)
"""),
    Right("keeps the error", """
def retry_on_conflict(read, change, write, tries=5):
    last = None
    while tries > 0:
        tries -= 1
        obj = read()
        changed = change(obj)
        try:
            stored = write(changed)
        except Conflict as error:
            last = error
        else:
            return stored
    raise last
"""),
    Right("reads ahead", """
def retry_on_conflict(read, change, write, tries=5):
    obj, count = read(), 0
    while True:
        count += 1
        try:
            return write(change(obj))
        except Conflict as error:
            if count == tries:
                raise Conflict(f"{tries} tries were in vain: {error}") from error
            obj = read()
"""),
    Right("looks at errors of every kind, and lets them out", """
import time

def retry_on_conflict(read, change, write, tries=5):
    for attempt in range(1, tries + 1):
        try:
            return write(change(read()))
        except Exception as error:
            if not isinstance(error, Conflict) or attempt == tries:
                raise
            time.sleep(0.01)
"""),
)

EQUIVALENT = {}
