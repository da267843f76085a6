"""Which runtime do the notebooks get here, and why that one?"""

import os
from collections.abc import Iterator

from mini_k8s.runtimes.choose import CHOICES, ENVIRONMENT
from mini_k8s.workshop.doctor.row import Row


def rows(no_docker: str, no_processes: str, in_the_way: int = 0, asked: str | None = None) -> Iterator[Row]:
    """Two rows: can processes stand in for containers, and what is taken. As ``runtimes.choose`` decides it.

    no_docker, no_processes   why not; empty when it works
    in_the_way                a port that containers want and that is taken on all addresses; 0: there is none
    asked                     what the user asked for; by default $MINI_K8S_RUNTIME
    """
    asked = asked or os.environ.get(ENVIRONMENT) or "auto"
    wanted = asked == "process" or (asked == "auto" and bool(no_docker))
    if no_processes:
        yield Row("ok", "processes", f"no stand-in for containers here: {no_processes}")
    elif in_the_way:
        found = (f"can stand in for containers, but none of them can listen on port {in_the_way}: another program has "
                 "it on all addresses")
        yield Row("warn", "processes", found, "ss -ltnp") if wanted else Row("ok", "processes", found)
    else:
        yield Row("ok", "processes", "can stand in for containers where there is no engine")
    if asked not in CHOICES:
        yield Row("fail", "runtime", f"{ENVIRONMENT} is {asked!r}, and there is no such runtime", _unset())
    elif {"docker": no_docker, "process": no_processes}.get(asked):
        yield Row("fail", "runtime", f"{ENVIRONMENT} asks for {asked}, and that does not work here", _unset())
    elif asked == "simulated":
        yield Row("warn", "runtime", f"simulated, since {ENVIRONMENT} asks for it: nothing really runs", _unset())
    elif asked != "auto":
        yield Row("ok", "runtime", f"{asked}, since {ENVIRONMENT} asks for it")
    elif not no_docker:
        yield Row("ok", "runtime", "docker, since an engine answers: containers are real")
    elif not no_processes:
        yield Row("ok", "runtime", "process, since no engine can be used: each container is a real process")
    else:
        yield Row("warn", "runtime", "simulated, since neither an engine nor processes work here: nothing really runs",
                  "https://docs.docker.com/get-started/get-docker/")


def _unset() -> str:
    return f"set {ENVIRONMENT}=" if os.name == "nt" else f"unset {ENVIRONMENT}"
