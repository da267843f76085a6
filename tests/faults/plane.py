"""A control plane in a process of its own, as a notebook's kernel is one: ``python -m faults.plane URL CLUSTER NAME…``

Prints "controls" when it holds the lock, or "refused: why", and ends with its standard input.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from mini_k8s.containers import ByName
from mini_k8s.control_loop import Backoff, ControlLoop
from mini_k8s.errors import Conflict
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.hints import Hints


def main(url: str, cluster: str, *names: str) -> int:
    runtime = DockerRuntime(cluster, "tester", base_url=url)
    try:
        runtime.lock()
    except Conflict as error:
        print(f"refused: {error}", flush=True)
        return 3
    by_name = ByName(runtime, grace=1)
    loop = ControlLoop(dict.fromkeys(names, "mini-k8s/web:1"), by_name.observe, by_name.act, tidy=by_name.tidy,
                       period=0.3, executor=ThreadPoolExecutor(8), backoff=Backoff(base=0.2, cap=1.0))
    Hints(runtime.events, loop.wake)
    loop.run()
    print("controls", flush=True)
    sys.stdin.read()
    loop.close()
    runtime.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
