"""`mini-k8s up` is killed with -9, its engine dies or goes away, another cluster is beside it: what becomes of pods?

Each time all that was acknowledged comes to run, once, and what nobody wishes for is gone in the end.
"""

import signal

import pytest
from helpers import eventually
from terminal import BASE, manifests, pod

from faults.pods import Town
from mini_k8s.runtimes import labels

VOLUME = "volumes: [{name: v, emptyDir: {}}]"
MOUNT = ", volumeMounts: [{name: v, mountPath: /v}]"
CREATE, START, STOP, REMOVE = r"^/containers/create.*", "/start$", "/stop", "^/containers/"


@pytest.fixture
def town(engine):
    """Terminals whose Docker is the tests' own engine; in the end everything of their clusters goes."""
    towns = []

    def make(url=""):
        towns.append(Town(engine, url))
        return towns[-1]

    yield make
    engine.well()
    for each in towns:
        each.close()
    for container in engine.containers(labels.CLUSTER):
        if container["Labels"][labels.CLUSTER].startswith("faults-"):
            engine.call("remove_container", container["Id"], force=True, v=True)
    for network in engine.call("networks", filters={"label": labels.CLUSTER}):
        engine.call("remove_network", network["Id"])
    for volume in engine.call("volumes", filters={"label": labels.CLUSTER})["Volumes"] or ():
        engine.call("remove_volume", volume["Name"])


# kill -9, at named moments of starting three pods: what is asked of the engine then, and what becomes of the asking.

BEGINNINGS = {
    "the first sandbox is created and not started": ("POST", START, {"hang": True}),
    "an app is created and not started": ("POST", START, {"hang": True, "after": 3}),  # three sandboxes before it
    "an app was started, and its status is not written": ("POST", START, {"hold": True, "after": 3}),
}


@pytest.mark.parametrize("moment", BEGINNINGS)
def test_killed_with_9_while_pods_begin_and_started_again(town, proxy, cluster, moment):
    """All three run once, and they are those that were acknowledged; when they are deleted nothing is left."""
    here, there = town(proxy.url), ("app-1", "app-2", "app-3")
    method, path, how = BEGINNINGS[moment]
    up = here.up(cluster)
    fault = proxy.spoil(method, path, **how)
    here.apply(cluster, manifests(*(pod(name, more=MOUNT, spec=VOLUME) for name in there)))
    before = {name: each["metadata"]["uid"] for name, each in here.pods(cluster).items()}
    assert before.keys() == set(there)
    assert fault.hit.wait(40), f"never seen: {moment}"
    up.ends(signal.SIGKILL)
    proxy.mend()

    up = here.up(cluster)
    eventually(lambda: here.all_run(cluster, *there), 60, moment)
    assert {name: each["metadata"]["uid"] for name, each in here.pods(cluster).items()} == before
    here.terminal.says("delete", "pods", "--all", "--name", cluster)
    eventually(lambda: not here.here(cluster), 30, "what is not wished for goes")
    here.terminal.says("down", "--name", cluster)
    assert up.ends() == 0
    assert here.is_empty(cluster)


# … and of their end.

ENDINGS = {
    "an app was stopped, and nobody heard of it": ("POST", STOP, {"hold": True}),
    "a container was removed, and nobody heard of it": ("DELETE", REMOVE, {"hold": True}),
}


@pytest.mark.parametrize("moment", ENDINGS)
def test_killed_with_9_while_a_pod_ends_and_started_again(town, proxy, cluster, moment):
    """It ends all the same and leaves nothing, and its neighbour is the same container all the time."""
    here = town(proxy.url)
    method, path, how = ENDINGS[moment]
    up = here.up(cluster)
    here.apply(cluster, manifests(pod("goes", more=MOUNT, spec=VOLUME), pod("stays")))
    eventually(lambda: here.all_run(cluster, "goes", "stays"), 60)
    before = {c["Id"] for c in here.here(cluster) if c["Labels"]["mini-k8s.label/pod"] == "stays"}
    fault = proxy.spoil(method, path, **how)
    here.terminal.says("delete", "pod", "goes", "--wait=false", "--name", cluster)
    assert fault.hit.wait(40), f"never seen: {moment}"
    up.ends(signal.SIGKILL)
    proxy.mend()

    here.up(cluster)
    eventually(lambda: here.all_run(cluster, "stays"), 60, moment)
    eventually(lambda: {c["Id"] for c in here.here(cluster)} == before, 30, "only the neighbour is left")
    eventually(lambda: not here.engine.call("volumes", filters={
        "label": [f"{labels.CLUSTER}={cluster}", "mini-k8s.label/pod=goes"]})["Volumes"], 30, "its volume goes too")


def test_killed_with_9_as_soon_as_a_pod_was_acknowledged(town, cluster):
    """Three times, each time a pod more: none of those that somebody was told of is missing, none comes twice."""
    here, names = town(), []
    for n in range(3):
        up = here.up(cluster)
        names.append(f"app-{n}")
        here.apply(cluster, pod(names[-1]))
        up.ends(signal.SIGKILL)
    here.up(cluster)
    eventually(lambda: here.all_run(cluster, *names), 60, "all that were acknowledged")


# The engine.

@pytest.mark.parametrize(("how", "count"), [("restart", 30), ("crash", 5)])
def test_an_engine_started_anew_under_pods(town, engine, cluster, how, count):
    """All run again, none twice; each has a network that works, and no restart is forgotten."""
    here, names = town(), [f"app-{n}" for n in range(count)]
    here.up(cluster)
    here.apply(cluster, manifests(*(pod(name) for name in names)))
    eventually(lambda: here.all_run(cluster, *names), 120)
    before = _restarts(here.pods(cluster))

    engine.stop() if how == "restart" else engine.kill9()
    engine.start()
    eventually(lambda: here.all_run(cluster, *names), 180, "all had died")
    eventually(lambda: all(_restarts(here.pods(cluster))[name] > before[name] for name in names), 30, "it is counted")
    addresses = {each["status"]["podIP"] for each in here.pods(cluster).values()}
    assert len(addresses) == count
    asks = next(c["Id"] for c in here.here(cluster, f"{labels.KIND}=container") if c["State"] == "running")
    script = "; ".join(f"wget -q -O /dev/null http://{address}:8080/ || echo {address}" for address in addresses)
    said = here.engine.call("exec_start", here.engine.call("exec_create", asks, ["sh", "-c", script])["Id"])
    assert said == b"", f"not to be reached: {said}"


def _restarts(pods):
    return {name: each["status"]["containerStatuses"][0]["restartCount"] for name, each in pods.items()}


def test_an_engine_that_is_away_while_pods_are_wished(town, proxy, cluster):
    """They wait, and are told why; what runs runs on, what is asked of the cluster is answered, and then all begin."""
    here = town(proxy.url)
    up = here.up(cluster)
    here.apply(cluster, pod("old"))
    eventually(lambda: here.all_run(cluster, "old"), 60)
    old = {c["Id"] for c in here.here(cluster)}

    proxy.refuse()
    here.apply(cluster, pod("new"))
    eventually(lambda: "Trouble: " in up.said, 60, "the terminal says it", lambda: up.said)
    assert here.pods(cluster)["new"]["status"]["phase"] == "Pending"
    assert here.alive(cluster) == {"old": 1}
    told = next(line for line in up.said.splitlines() if line.startswith("Trouble: "))
    assert str(proxy.socket) in told
    assert "Start" in told, "what to do next"

    proxy.listen()
    eventually(lambda: here.all_run(cluster, "old", "new"), 60, "it goes on by itself")
    eventually(lambda: "It goes on." in up.said, 30)
    assert old < {c["Id"] for c in here.here(cluster)}, "what ran was left alone"


@pytest.mark.parametrize(("what", "status", "reason", "event", "path"), [
    ("a sandbox that cannot be created", 500, "ContainerCreating", "FailedCreatePodSandBox", "bad.*sandbox"),
    ("an app that cannot be created", 400, "CreateContainerError", "Failed", "[.]bad[.]"),
    ("an app that the engine fails to create", 500, "CreateContainerError", "Failed", "[.]bad[.]")])
def test_an_engine_that_refuses_one_pod(town, proxy, cluster, what, status, reason, event, path):
    """It waits with Kubernetes' reason, an event says what the engine said, and others run; in the end so does it."""
    here = town(proxy.url)
    here.up(cluster)
    proxy.spoil("POST", CREATE + path, answer=status)
    here.apply(cluster, manifests(pod("bad"), pod("good")))
    eventually(lambda: here.alive(cluster) == {"good": 1} and here.pods(cluster)["good"]["status"]["phase"] ==
               "Running", 60, "the other goes on")
    eventually(lambda: here.pods(cluster)["bad"]["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] ==
               reason, 60, what, lambda: here.pods(cluster)["bad"]["status"])
    eventually(lambda: f"the tests say {status}" in here.events(cluster, "bad").get(event, ""), 30, what,
               lambda: here.events(cluster, "bad"))
    proxy.mend()
    eventually(lambda: here.all_run(cluster, "bad", "good"), 90, "it is tried again by itself")


def test_bad_images_beside_good_pods(town, cluster):
    """They wait with Kubernetes' reason and say what to look at; nobody else waits for them."""
    here = town()
    here.up(cluster)
    here.apply(cluster, manifests(*(pod(f"bad-{n}", "no-such/image:1", ", imagePullPolicy: Never") for n in range(5)),
                                  pod("away", "127.0.0.1:9/no-such:1"), pod("good"),
                                  pod("better", BASE, ", command: [sleep, '1000']")))
    eventually(lambda: here.alive(cluster) == {"good": 1, "better": 1}, 60)
    eventually(lambda: {each["status"]["containerStatuses"][0]["state"]["waiting"]["reason"]
                        for name, each in here.pods(cluster).items() if name.startswith("bad")}
               == {"ErrImageNeverPull"}, 30)
    said = here.events(cluster, "bad-0")
    assert any("no-such/image:1" in message for message in said.values()), said
    reasons = set()
    eventually(lambda: reasons.add(here.pods(cluster)["away"]["status"]["containerStatuses"][0]["state"]["waiting"][
        "reason"]) or reasons == {"ErrImagePull", "ImagePullBackOff"}, 60, "one of them cannot be pulled",
        lambda: reasons)
    said = here.events(cluster, "away")
    assert "connection refused" in said["Failed"], said
    assert said["BackOff"] == 'Back-off pulling image "127.0.0.1:9/no-such:1"', said


# Two clusters.

def test_two_clusters_on_one_engine_with_pods_of_the_same_names(town, cluster):
    """Neither touches what is the other's, not when it is told to delete, nor by its ``down``."""
    here, other = town(), f"{cluster}-b"
    one, two = here.up(cluster), here.up(other)
    for name in (cluster, other):
        here.apply(name, manifests(pod("web", more=MOUNT, spec=VOLUME), pod("app")))
    for name in (cluster, other):
        eventually(lambda name=name: here.all_run(name, "web", "app"), 60)
    before = {c["Id"] for c in here.here(other)}

    here.terminal.says("delete", "pod", "app", "--name", cluster)
    eventually(lambda: here.all_run(cluster, "web"), 30)
    assert here.all_run(other, "web", "app")
    one.ends(signal.SIGKILL)
    one = here.up(cluster)
    eventually(lambda: here.all_run(cluster, "web"), 60)
    here.terminal.says("down", "--name", cluster)
    assert one.ends() == 0
    assert here.is_empty(cluster)
    assert here.all_run(other, "web", "app")
    assert {c["Id"] for c in here.here(other)} == before
    assert two.process.poll() is None
