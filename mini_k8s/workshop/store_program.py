"""What is lost when the program that holds a store is killed? Such a program, and the one who kills it.

``python -m mini_k8s.workshop.store_program [FOLDER]`` writes pods, one after the other, and says the name of each when
it is kept: in the folder, or in memory alone. It goes on until it is killed, which is what it is for.
"""

import importlib.util
import itertools
import subprocess
import sys
from pathlib import Path

from mini_k8s.objects import freeze
from mini_k8s.store import Store


def why_not() -> str:
    """Why no folder of this machine can hold a store; empty when one can."""
    return "" if importlib.util.find_spec("fcntl") else "this system knows no way to claim a folder that ours uses"


def write_until_killed(folder: str | Path | None, most: int = 100) -> list[str]:
    """Let such a program write, and kill it (-9) when it has said ``most`` names. Returns all that it has said."""
    command = [sys.executable, "-m", "mini_k8s.workshop.store_program", *([str(folder)] if folder else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            said = list(itertools.islice(program.stdout, most))
        finally:
            program.kill()
        said += program.stdout  # what it had said before it died, and nobody had read yet
    return [line.strip() for line in said if line.endswith("\n")]


def found_again(folder: str | Path | None) -> list[str]:
    """The names that a new store knows."""
    store = _open(folder)
    try:
        return [pod["metadata"]["name"] for pod in store.list("Pod").items]
    finally:
        store.close()


def _open(folder: str | Path | None) -> Store:
    if not folder:
        return Store()
    from mini_k8s.storage import open_log  # not everywhere can it be imported

    return Store(open_log(folder))


def main(argv: list[str]) -> None:
    store = _open(argv[0] if argv else None)
    for number in itertools.count(1):
        pod = store.create(freeze({"kind": "Pod", "metadata": {"name": f"web-{number:05d}", "namespace": "default"}}))
        store.wait(pod["metadata"]["resourceVersion"])
        print(pod["metadata"]["name"], flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
