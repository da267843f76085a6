"""What did it look like at some moment of a history? Its nodes, and what really ran on them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from mini_k8s.chaos.deeds import NODES
from mini_k8s.chaos.world import Frame, Outcome
from mini_k8s.objects import Object
from mini_k8s.pods import NODE, POD, UID
from mini_k8s.runtimes import Observed
from mini_k8s.widgets.machines_picture import Machine, Tile, picture
from mini_k8s.widgets.machines_still import MachinesStill


def moment(outcome: Outcome, seconds: float) -> MachinesStill:
    """The last frame before ``seconds`` of a history that was filmed, as a picture."""
    frames = [frame for frame in outcome.frames if frame.at <= seconds] or [Frame(0.0, (), ())]
    frame = frames[-1]
    end = outcome.broken and frame is outcome.frames[-1]
    status = f"history {outcome.seed}, {frame.at:.2f} s" + (f": {outcome.broken} is broken" if end else "")
    return MachinesStill(picture(machines(frame), title=f"History {outcome.seed}", status=status), 0.0)


def machines(frame: Frame) -> Sequence[Machine]:
    """The nodes, with a tile for each pod that is stored or of which something is there."""
    there: dict[str, list[Observed]] = defaultdict(list)
    for thing in frame.things:
        if UID in thing.labels:
            there[thing.labels[UID]].append(thing)
    stored = {pod["metadata"]["uid"]: pod for pod in frame.pods}
    tiles = defaultdict(list)
    for uid in (*stored, *(uid for uid in there if uid not in stored)):
        pod, things = stored.get(uid), there[uid]
        node = pod["spec"].get("nodeName") if pod else things[0].labels.get(NODE)
        tiles[node].append(_tile(pod, things))
    places = max(2, *map(len, tiles.values())) if tiles else 2
    return [Machine(node, (*tiles[node], *[None] * (places - len(tiles[node])))) for node in NODES]


def _tile(pod: Object | None, things: Iterable[Observed]) -> Tile:
    """One pod as it really is, whatever its status says. Nobody wishes for what is not stored any more."""
    newest = {o.name: o for o in sorted(things, key=lambda o: o.attempt) if o.kind == "container"}
    codes = [o.exit_code for o in newest.values() if o.state == "exited"]
    state = (pod.get("status") or {}).get("phase", "Pending") if pod else "Terminating"
    if pod and pod["metadata"].get("deletionTimestamp"):
        state = "Terminating"
    elif pod and any(o.alive for o in newest.values()):
        state = "Running"
    elif pod and newest:
        state = ("Failed" if any(codes) else "Succeeded") if codes else "Pending"
    name = pod["metadata"]["name"] if pod else next(iter(things)).labels.get(POD, "?")
    return Tile(name, state, exit_code=next((code for code in codes if code), 0 if codes else None),
                restarts=max((o.attempt for o in newest.values()), default=0))
