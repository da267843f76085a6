"""What is there to see of a ReplicaSet? Plain values in, one plain dict out.

Two sources: the API's ReplicaSet and pods, and the controller's own copy, which may be older. A pod keeps its place as
long as it is there. A browser draws the dict (``replicaset.js``), ``replicaset_still.py`` draws it without one.
"""

from collections.abc import Mapping, Sequence

from mini_k8s import selectors
from mini_k8s.controllers import claims
from mini_k8s.objects import Object, owner_of
from mini_k8s.pod_facts import is_active, is_ready
from mini_k8s.widgets.words import Saying, first_line, names, number, plain

COLUMNS = 4  # places in a row
_NONE: Mapping = {}


def picture(replicaset: Object | None, pods: Sequence[Object], *, name: str = "", places: Mapping[str, int] = {},
            known: frozenset[str] = frozenset(), late: float | None = None, next_to_go: Sequence[str] = (),
            whose: Mapping[str, str] = {}, buttons: bool = True, ended: str = "", trouble: Sequence[str] = (),
            title: str = "") -> dict:
    """Everything that is drawn, as plain values. Times are Unix seconds; a screen makes ages of them.

    pods        of the set's namespace, as the API has them
    places      name of a pod -> its place, for as long as it is there
    known       names of the pods that were seen outside the set before: they were adopted, if they are in it now
    late        seconds by which the controller's copy is older than what is stored; None: it is up to date
    next_to_go  who goes first where there are too many
    whose       function -> "yours" or "ours": whose code decided
    ended       why nothing will change any more; then no button can be pressed
    """
    on = buttons and not ended
    mine = sorted((pod for pod in pods if replicaset and _is_in(replicaset, pod)), key=lambda pod: places.get(
        pod["metadata"]["name"], 1 << 30))
    others = [pod for pod in pods if pod not in mine]
    wished = replicaset["spec"]["replicas"] if replicaset else 0
    live = [pod for pod in mine if is_active(pod)]
    tiles = [_tile(pod, replicaset, on, known) for pod in mine]
    for tile in [tile for tile in tiles if tile["counts"]][wished:] if not next_to_go else ():
        tile["over"] = True
    for tile in tiles:
        tile["over"] = tile["over"] or (len(live) > wished and tile["name"] in next_to_go)
    said = [trouble[0] + "."] if trouble else [ended] if ended else sentence(
        replicaset, name, live, late, next_to_go)
    missing = max(0, wished - len(live))
    return {
        "title": title or f"ReplicaSet {name}", "status": ["closed" if ended else "live"], "over": bool(ended),
        "say": said, "note": trouble[1] if trouble else "",
        "set": {"name": name, "there": replicaset is not None, "replicas": wished, "live": len(live),
                "selector": str(selectors.of(replicaset["spec"]["selector"])) if replicaset else "",
                "differs": _differs(len(live) - wished) if replicaset else ""},
        "tiles": [*tiles, *[_place(i) for i in range(missing)]],
        "others": [_tile(pod, replicaset, False, known, out=True) for pod in others],
        "whose": [{"name": one, "who": who} for one, who in whose.items()],
    }


def undrawn(before: dict, error: Exception) -> dict:
    """The picture from before, which says why there is no newer one."""
    return {**before, "say": ["This picture could not be drawn anew."], "note": first_line(error, 400)}


def sentence(replicaset: Object | None, name: str, live: Sequence[Object], late: float | None,
             next_to_go: Sequence[str]) -> Saying:
    """What is seen, with the numbers, on two lines at most."""
    if replicaset is None:
        return ["There is no ReplicaSet ", {"b": name}, " in the API. What it owned is nobody's, or goes."]
    wished, have = replicaset["spec"]["replicas"], len(live)
    start = f"{number(wished).capitalize()} {'is' if wished == 1 else 'are'} wished for"
    ready = sum(map(is_ready, live))
    old = f" Its copy of the pods is {late:.1f} s old." if late else ""
    if have == wished:
        if ready < have:
            return [f"{start}, and {number(have)} {'is' if have == 1 else 'are'} there; {number(ready)} of them "
                    f"{'is' if ready == 1 else 'are'} ready.{old}"]
        all_of = "it is" if have == 1 else "both are" if have == 2 else f"all {number(have)} are"
        return [f"{start}, and {all_of} ready: there is nothing to do.{old}" if have else
                f"{start}, and none is there: there is nothing to do.{old}"]
    there = f"{number(have)} {'is' if have == 1 else 'are'} there" if have else "none is there"
    if have < wished:
        more = wished - have
        return [f"{start}, {there}: {number(more)} more {'has' if more == 1 else 'have'} to be made.{old}"]
    extra = have - wished
    go = [*names([*next_to_go]), f" go{'es' if extra == 1 else ''} first." if next_to_go else ""] if next_to_go else []
    return [f"{start}, {there}: {number(extra)} too many.{old} ", *go]


def _differs(by: int) -> str:
    return "" if not by else f"+ {by} extra" if by > 0 else f"− {-by} missing"


def _is_in(replicaset: Object, pod: Object) -> bool:
    """It is the set's own, and fits it."""
    owner = owner_of(pod) or _NONE
    return owner.get("uid") == replicaset["metadata"]["uid"] and claims.selects(
        replicaset["spec"]["selector"], pod["metadata"].get("labels"))


def _tile(pod: Object, replicaset: Object | None, on: bool, known: frozenset[str], out: bool = False) -> dict:
    meta, owner = pod["metadata"], owner_of(pod)
    name, phase = meta["name"], (pod.get("status") or _NONE).get("phase") or "Pending"
    state = "Terminating" if meta.get("deletionTimestamp") else phase
    mine = bool(replicaset) and (owner or _NONE).get("uid") == replicaset["metadata"]["uid"]
    wished = (replicaset["spec"]["selector"].get("matchLabels") or _NONE) if replicaset else _NONE
    labels = [{"text": f"{key}={value}", "fits": wished.get(key) == value, "asked": key in wished}
              for key, value in sorted((meta.get("labels") or _NONE).items())]
    said = "" if not out else "released" if name.startswith(f"{replicaset['metadata']['name']}-") and owner is None \
        and replicaset else ""
    button = {"do": "delete", "name": name, "say": "delete", "label": f"delete pod {name}", "on": on}
    return {
        "name": name, "state": state, "ready": is_ready(pod), "labels": labels, "counts": is_active(pod), "over": False,
        "word": "ready" if is_ready(pod) and state == "Running" else "not ready" if state == "Running" else "",
        "owner": f"owner {owner['name']}" if owner else said or "no owner", "mine": mine,
        "adopted": mine and name in known, "key": f"{meta['uid']} {state} {mine}",
        "button": button if mine and not out and state != "Terminating" else None}


def _place(n: int) -> dict:
    """A place at which a pod is missing."""
    return {"name": "", "state": "Empty", "ready": False, "labels": [], "counts": False, "over": False, "mine": False,
            "word": "missing", "owner": "", "adopted": False, "key": f"place {n}", "button": None}


def in_words(picture: dict, now: float) -> str:
    """The picture as lines of plain text."""
    one = picture["set"]
    lines = [f"{picture['title']}: {plain(picture['status'], now)}", plain(picture["say"], now)]
    if picture["note"]:
        lines.append(picture["note"])
    if one["there"]:
        differs = f", {one['differs']}" if one["differs"] else ""
        lines.append(f"  {one['name']}  replicas {one['replicas']}, selector {one['selector']}{differs}")
    for tile in picture["tiles"]:
        lines.append("    " + ("one is missing" if tile["state"] == "Empty" else _line(tile)))
    if picture["others"]:
        lines.append("  not selected: neither counted nor replaced")
        lines += [f"    {_line(tile)}" for tile in picture["others"]]
    if picture["whose"]:
        lines.append("  decided by " + ", ".join(f"{each['name']} ({each['who']})" for each in picture["whose"]))
    return "\n".join(lines)


def _line(tile: dict) -> str:
    labels = ",".join(label["text"] for label in tile["labels"]) or "no labels"
    more = [word for word in (tile["word"], tile["owner"], "adopted" if tile["adopted"] else "",
                              "one too many" if tile["over"] else "") if word]
    return f"{tile['name']}  {labels}  {tile['state']}, {', '.join(more)}"
