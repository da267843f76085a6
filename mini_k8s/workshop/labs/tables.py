"""How does a notebook show pods? In the table of ``kubectl get pods``."""

import time
from collections.abc import Iterable

from mini_k8s.kinds import KINDS
from mini_k8s.objects import Object
from mini_k8s.terminal.table import lines


def show_pods(pods: Iterable[Object], *wide: str) -> None:
    """Print a row a pod. ``wide`` names columns that are shown only where one asks for them, such as IP and NODE."""
    columns = [c for c in KINDS["Pod"].columns if not c.wide or c.name in wide]
    now = time.time()
    print("\n".join(lines([[c.name for c in columns], *([c.value(pod, now) for c in columns] for pod in pods)])))
