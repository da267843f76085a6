"""A program that writes into a store as fast as it can, and says what was acknowledged. Tests kill it.

``python busy_writer.py FOLDER ROUND THREADS [WHERE COUNT]``. Each thread has an object of its own: step 0 creates it,
steps 1 to 3 change it, step 4 deletes it, and again. ``NAME STEP VERSION`` is printed when the store says that a step
is durable. With WHERE it kills itself at the COUNT-th time that it gets there: a statement of SQLite's ("BEGIN",
"INSERT", "DELETE", "COMMIT": before it is done), or "ACKNOWLEDGE": committed, and nobody knows yet.
"""

import os
import signal
import sys
import threading

from mini_k8s.objects import Key, freeze
from mini_k8s.storage import open_log
from mini_k8s.storage.log import SqliteLog
from mini_k8s.store import Store

STEPS = 5


def content(name, step):
    """What the object holds after that step; None: it is not there."""
    if step % STEPS == STEPS - 1:
        return None
    return freeze({"kind": "Pod", "metadata": {"name": name, "namespace": "default"},
                   "spec": {"step": step, "again": [step, step], "much": "x" * (step * 97 % 6000)}})


def do(store, name, step):
    """The version of the step, when it is durable."""
    wanted = content(name, step)
    if wanted is None:
        done = store.delete(Key("Pod", "default", name))
    else:
        done = (store.update if step % STEPS else store.create)(wanted)
    version = int(done["metadata"]["resourceVersion"])
    store.wait(version, 60)
    return version


def die_at(log, where, count):
    left = iter(range(count - 1, -1, -1))

    def here(passing=where):
        if passing.startswith(where) and not next(left):
            os.kill(os.getpid(), signal.SIGKILL)

    if where == "ACKNOWLEDGE":
        kept = SqliteLog._kept
        SqliteLog._kept = lambda self, changes: (here(), kept(self, changes))
    else:
        log._db.set_trace_callback(here)


def main(folder, round, threads, where="", count="0"):
    log = open_log(folder)
    store = Store(log, window=300)
    if where:
        die_at(log, where, int(count))

    def work(name):
        step = 0
        while True:
            os.write(1, f"{name} {step} {do(store, name, step)}\n".encode())
            step += 1

    for n in range(int(threads)):
        threading.Thread(target=work, args=(f"{round}-{n}",), daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
