"""Does it hold, whatever happens and in whatever order? Histories, each of them decided by one seed.

A history is a list of deeds: what users ask for, which component steps next, how time passes, and what breaks. It is
played in one thread against a hand clock and the simulated runtime, so the same seed is the same history, to the last
write. What must always be true is checked at every event (``promises.py``, ``machine.py``); when the faults are over,
what is there has to become what is wished for (``rest.py``). A history that fails is made as short as it can be
(``shrink.py``). Upstream has none; FoundationDB's simulation, and Sieve's faults of controllers, are the model.

    python -m mini_k8s.chaos --seeds 2000

    from mini_k8s.chaos import replay
    replay(1234)
"""

from mini_k8s.chaos.deeds import Deed
from mini_k8s.chaos.play import Outcome, play
from mini_k8s.chaos.sets import plan
from mini_k8s.chaos.shrink import replay, shrink

__all__ = ["Deed", "Outcome", "plan", "play", "replay", "shrink"]
