"""`mini-k8s up` on the tests' own engine, as a user types it; and what became of pods, by the engine itself."""

import json
from collections import Counter

from terminal import Terminal

from mini_k8s.runtimes import labels


class Town:
    """A terminal whose Docker is the tests' own engine, or a proxy before it."""

    def __init__(self, engine, url: str = ""):
        self.engine, self.terminal = engine, Terminal("docker")
        self.terminal.env["DOCKER_HOST"] = url or engine.url

    def up(self, cluster: str, *words: str, ready: bool = True):
        return self.terminal.up("--name", cluster, "--data-dir", f"data-{cluster}", *words, ready=ready)

    def apply(self, cluster: str, text: str) -> None:
        self.terminal.says("apply", "--name", cluster, "-f", "-", stdin=text)

    def pods(self, cluster: str) -> dict[str, dict]:
        """name -> object, as the API shows it."""
        shown = json.loads(self.terminal.says("get", "pods", "--name", cluster, "-o", "json") or "{}")
        return {pod["metadata"]["name"]: pod for pod in shown.get("items", [shown] if shown else [])}

    def events(self, cluster: str, pod: str) -> dict[str, str]:
        """reason -> message of what happened to this pod."""
        shown = json.loads(self.terminal.says("get", "events", "--name", cluster, "-o", "json") or "{}")
        return {event["reason"]: event["message"] for event in shown.get("items", [shown] if shown else [])
                if event["involvedObject"]["name"] == pod}

    def here(self, cluster: str, *more: str) -> list[dict]:
        """All containers of the cluster but its lock, the dead among them, past every proxy."""
        return [c for c in self.engine.containers(f"{labels.CLUSTER}={cluster}", *more)
                if c["Labels"][labels.KIND] in ("container", "sandbox")]

    def alive(self, cluster: str, kind: str = "container") -> Counter:
        """pod -> how many of its containers (or sandboxes) run."""
        return Counter(c["Labels"]["mini-k8s.label/pod"] for c in self.here(cluster, f"{labels.KIND}={kind}")
                       if c["State"] == "running")

    def all_run(self, cluster: str, *names: str) -> bool:
        """Each of these pods, and no other, is Running, in one sandbox, with one container; and nothing is doubled."""
        self.is_not_doubled(cluster)
        once, pods = Counter(names), self.pods(cluster)
        assert {name: pod["status"]["phase"] for name, pod in pods.items()} == dict.fromkeys(names, "Running")
        assert self.alive(cluster) == once
        assert self.alive(cluster, "sandbox") == once
        assert all(part["ready"] for pod in pods.values() for part in pod["status"]["containerStatuses"])
        return True

    def is_not_doubled(self, cluster: str) -> None:
        """S14: for each pod, container and attempt there is at most one."""
        made = Counter((c["Labels"]["mini-k8s.label/uid"], c["Labels"][labels.KIND], c["Labels"][labels.NAME],
                        c["Labels"][labels.ATTEMPT]) for c in self.here(cluster))
        assert max(made.values(), default=1) == 1, made

    def is_empty(self, cluster: str) -> bool:
        """No container, network or volume has the cluster's label."""
        asked = {"label": [f"{labels.CLUSTER}={cluster}"]}
        return not (self.engine.containers(*asked["label"]) or self.engine.call("networks", filters=asked)
                    or self.engine.call("volumes", filters=asked)["Volumes"])

    def close(self) -> None:
        self.terminal.close()
