"""What is there to see of one pod? Plain values in, one plain dict out.

Two sources, and nothing beside them: the pod as the API has it (what is wished for, and what the kubelet reported), and
what was seen on its machine. A browser draws the dict (``pod.js``), ``pod_still.py`` draws it without one.
"""

import re
from collections.abc import Mapping, Sequence

from mini_k8s.backoff import Backoff
from mini_k8s.objects import Object
from mini_k8s.pods.sight import PodSeen
from mini_k8s.runtimes import Observed
from mini_k8s.widgets.words import Saying, exit_meaning, exit_words, first_line, names, number, plain, short

_TIMES = {1: "once", 2: "twice"}
_LOOP = "CrashLoopBackOff"
WHY = ("CrashLoopBackOff", "ErrImagePull", "ImagePullBackOff", "CreateContainerConfigError", "CreateContainerError")


def picture(pod: Object | None, seen: PodSeen, *, name: str = "", title: str = "", backoff: Backoff = Backoff(),
            whose: Mapping[str, str] = {}, buttons: bool = True, volumes: bool = True, watched: bool = True,
            ended: str = "", trouble: Sequence[str] = (), now: float = 0.0) -> dict:
    """Everything that is drawn, as plain values. Times are Unix seconds; a screen makes ages of them.

    pod       as the API has it; None: it has none of that name
    seen      what was seen of it on its machine
    backoff   by which its containers wait
    whose     function -> "yours" or "ours": whose code decided
    volumes   the machine has volumes
    watched   a kubelet runs on its node; without one the status is what was reported last
    ended     why nothing will change any more; then no button can be pressed
    """
    on = buttons and not ended
    tiles = [_tile(c, part, pod, seen, on) for part in ("initContainers", "containers") for c in _spec(pod, part)]
    said = [trouble[0] + "."] if trouble else [ended] if ended else sentence(pod, seen, name, tiles, watched)
    return {
        "title": title or f"Pod {name}",
        "status": ["closed" if ended else "live" if watched else "no kubelet"],
        "over": bool(ended), "say": said, "note": trouble[1] if trouble else "",
        "pod": _pod(pod, seen, name), "sandbox": _sandbox(pod, seen, on), "tiles": tiles,
        "volumes": [_volume(v, pod, volumes) for v in _spec(pod, "volumes")],
        "backoff": _strip(tiles, backoff), "whose": [{"name": one, "who": who} for one, who in whose.items()],
    }


def undrawn(before: dict, error: Exception) -> dict:
    """The picture from before, which says why there is no newer one."""
    return {**before, "say": ["This picture could not be drawn anew."], "note": first_line(error, 400)}


def sentence(pod: Object | None, seen: PodSeen, name: str, tiles: Sequence[dict], watched: bool) -> Saying:
    """What is seen, with the numbers, on two lines at most."""
    if pod is None:
        left = f"{number(len(seen.all)).capitalize()} of its parts are still there." if seen.all else ""
        return ["There is no pod ", {"b": name}, f" in the API. {left}".rstrip()]
    if not pod["spec"].get("nodeName"):
        return [{"b": name}, " is written down, and has no node. No kubelet looks after it, so nothing of it runs."]
    run = [tile["name"] for tile in tiles if tile["state"] == "Running"]
    phase = (pod.get("status") or {}).get("phase", "Pending")
    sandbox = seen.sandbox
    if phase in ("Succeeded", "Failed"):
        codes = ", ".join(f"{tile['name']} {plain(tile['word'], 0.0)}" for tile in tiles if tile["code"] is not None)
        return [f"The pod is over: {phase}. {codes}."]
    if sandbox is not None and not sandbox.alive:
        alive = "nothing runs in it any more" if not run else (
            f"{number(len(run))} of its containers run{'s' if len(run) == 1 else ''} on in it")
        who = "" if watched else " No kubelet is there to see it."
        return [f"The sandbox is dead, and {alive}.{who} The phase reported last is {phase}."]
    looping = next((tile for tile in tiles if tile["clock"]), None)
    if looping:
        clock = looping["clock"]
        return [{"b": looping["name"]}, " has ended, and is started again in ", {"left": clock["until"]},
                f"; it {_restarted(looping['restarts'])}. The pod's phase is {phase} all the same."]
    waits = [tile["name"] for tile in tiles if tile["state"] in ("Pending", "Waiting")]
    share = " and one address" if sandbox is not None else ""
    if waits and not run:
        return [*names(waits), f" {'have' if len(waits) > 1 else 'has'} not begun yet; the pod's phase is {phase}."]
    apps = [tile for tile in tiles if not tile["init"]]
    count = "One container runs" if len(run) == 1 else f"{number(len(run)).capitalize()} containers run"
    said = f"{count}, of {number(len(apps))}." if len(run) < len(apps) else f"{count}, and share one sandbox{share}."
    if len(apps) == 1 and len(run) == 1:
        said = "One container runs in its sandbox, which holds the address."
    again = [tile for tile in tiles if tile["restarts"]]
    if not again:
        return [f"{said} Nothing was restarted yet; the pod's phase is {phase}."]
    times = sum(tile["restarts"] for tile in again)
    how = f"were restarted {number(times)} times in all" if len(again) > 1 else _restarted(times)
    return [f"{said} ", *names([tile["name"] for tile in again]), f" {how}; the pod's phase is {phase}."]


def _restarted(times: int) -> str:
    """After "web" or "it"."""
    return f"was restarted {_TIMES.get(times, f'{number(times)} times')}" if times else "was not restarted yet"


def _pod(pod: Object | None, seen: PodSeen, name: str) -> dict:
    status = (pod.get("status") or {}) if pod else {}
    phase = status.get("phase", "Pending") if pod else "gone"
    sandbox = seen.sandbox
    node = (pod["spec"].get("nodeName") or "") if pod else ""
    where = [f"pod on {node}" if node else "pod without a node" if pod else "no such pod"]
    if pod:
        where.append(f"restartPolicy {pod['spec'].get('restartPolicy') or 'Always'}")
    if pod and pod["metadata"].get("deletionTimestamp"):
        phase = "Terminating"
    ready = sandbox is not None and sandbox.alive
    return {"name": name, "phase": phase, "where": " · ".join(where),
            "address": (sandbox.address or "") if ready else "", "lost": status.get("podIP", "") if not ready else "",
            "key": sandbox.id if sandbox else ""}


def _sandbox(pod: Object | None, seen: PodSeen, on: bool) -> dict:
    sandbox = seen.sandbox
    if sandbox is None:
        return {"state": "Empty", "word": "none", "detail": ["not made yet"], "key": "", "button": None}
    button = {"do": "kill sandbox", "name": "", "say": "kill sandbox", "label": "kill the sandbox", "on": on}
    before = f"number {sandbox.attempt + 1}; " if sandbox.attempt else ""
    if sandbox.alive:
        return {"state": "Running", "word": "Ready", "detail": [f"{before}holds the address as long as it lives"],
                "key": sandbox.id, "button": button}
    if pod and (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return {"state": "Succeeded", "word": "stopped", "detail": ["the pod is over, and needs no address"],
                "key": f"{sandbox.id} over", "button": None}
    return {"state": "Failed", "word": "dead", "detail": [f"{before}and with it the address is gone"],
            "key": f"{sandbox.id} dead", "button": None}


def _tile(spec: Mapping, part: str, pod: Object, seen: PodSeen, on: bool) -> dict:
    """One container: as it was seen, and why it waits as the kubelet reported it."""
    name, init = spec["name"], part == "initContainers"
    newest: Observed | None = seen.newest().get(name)
    reported = next((one for one in _statuses(pod) if one["name"] == name), {})
    waiting = (reported.get("state") or {}).get("waiting") or {}
    port = next((p["containerPort"] for p in spec.get("ports") or ()), None)
    restarts = reported.get("restartCount") or 0
    tile = {"name": name, "init": init, "image": short(spec["image"]), "port": f":{port}" if port else "",
            "restarts": restarts, "clock": None, "code": None, "button": None, "word": [], "detail": [], "title": name}
    again = f"restarted {restarts}×" if restarts else "init container" if init else ""
    if newest is not None and newest.alive:
        home = seen.sandbox
        lost = home is None or not home.alive or newest.sandbox != home.id
        tile |= {"state": "Running", "word": ["in a dead sandbox"] if lost else [
            "for ", {"age": newest.started_at or newest.created_at or 0}], "detail": [again], "button": {
            "do": "kill", "name": name, "say": "kill", "label": f"kill container {name}", "on": on}}
    elif newest is not None and newest.state == "exited":
        code = newest.exit_code
        tile |= {"state": "Succeeded" if code == 0 else "Failed", "code": code, "word": [exit_words(code)],
                 "detail": [again], "title": f"{name}: {exit_meaning(code)}"}
        if waiting.get("reason") in WHY:
            tile |= {"state": "Waiting", "word": [waiting["reason"]], "detail": [exit_words(code)],
                     "clock": _clock(newest, waiting) if waiting["reason"] == _LOOP else None}
    else:
        reason = waiting.get("reason") or ""
        tile |= {"state": "Pending", "word": [reason or "not made yet"],
                 "detail": [first_line(waiting.get("message") or again, 60)]}
    tile["key"] = f"{newest.id} {newest.state}" if newest else tile["state"]
    return tile


def _clock(ended: Observed, waiting: Mapping) -> dict | None:
    """When it is started again: so long after its end as the kubelet says that it waits."""
    found = re.search(r"back-off ([\d.]+)s", waiting.get("message") or "")
    if not found or ended.finished_at is None:
        return None
    delay = float(found[1])
    return {"until": ended.finished_at + delay, "delay": delay} if delay else None


def _volume(volume: Mapping, pod: Object, there: bool) -> dict:
    kind = next((key for key in volume if key != "name"), "emptyDir")
    about = volume.get(kind) or {}
    words = [kind] + (["in memory"] if about.get("medium") == "Memory" else [])
    words += [f"at most {about['sizeLimit']}"] if about.get("sizeLimit") else []
    mounts = [{"container": c["name"], "path": m["mountPath"]} for part in ("initContainers", "containers")
              for c in _spec(pod, part) for m in c.get("volumeMounts") or () if m["name"] == volume["name"]]
    return {"name": volume["name"], "words": ", ".join(words) if there else f"{kind}; this machine has no volumes",
            "there": there, "mounts": mounts}


def _strip(tiles: Sequence[dict], how: Backoff) -> dict | None:
    """The waits of the first container that waits: those that were, the one that is, and those to come."""
    tile = next((tile for tile in tiles if tile["clock"]), None)
    if tile is None:
        return None
    waits = [how.base]
    while waits[-1] < how.cap and len(waits) < 12:
        waits.append(min(how.cap, waits[-1] * 2))
    delay = tile["clock"]["delay"]
    at = next((i for i, wait in enumerate(waits) if wait >= delay), len(waits) - 1)
    bars = [{"seconds": wait, "when": "was" if i < at else "is" if i == at else "next"} for i, wait in enumerate(waits)]
    return {"name": tile["name"], "bars": bars, "cap": how.cap, "reset": how.reset}


def _spec(pod: Object | None, part: str) -> Sequence[Mapping]:
    return (pod["spec"].get(part) or ()) if pod else ()


def _statuses(pod: Object) -> list[Mapping]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
