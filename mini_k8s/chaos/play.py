"""How is a history played? Deed by deed; and then nothing breaks any more, and everything has to come right."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress

from mini_k8s.chaos.deeds import Deed
from mini_k8s.chaos.doing import Doing
from mini_k8s.chaos.sets import plan
from mini_k8s.chaos.world import Broken, Outcome
from mini_k8s.cluster import Cluster

__all__ = ["Outcome", "play"]


def play(seed: int, deeds: Sequence[Deed] | None = None, build: Callable[..., Cluster] = Cluster,
         film: bool = False) -> Outcome:
    """Play the history of this seed, or other deeds with its chance, and say what became of it.

    build   makes the control plane; a broken one has to be found out
    film    keep every moment, to be looked at
    """
    world = Doing(seed, plan(seed) if deeds is None else tuple(deeds), build, film)
    with suppress(Broken):
        world.play()
    out = world.outcome
    said = hashlib.sha256()
    for line in out.lines:
        said.update(repr(line).encode())
    out.hash = said.hexdigest()[:16]
    return out
