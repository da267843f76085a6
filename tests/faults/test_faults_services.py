"""Services when things break: pods go under ten thousand requests, a container is killed, the engine restarts.

Requests are made from inside the cluster's own network, where the engine is the tests' own.
"""

import subprocess
from contextlib import closing

import pytest
from helpers import eventually

from mini_k8s.cluster import Cluster
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.engine import Engine

WEB = "mini-k8s/web:1"
OBJECTS = (
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {
        "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}},
    {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"}, "spec": {
        "replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 5, "containers": [
                {"name": "app", "image": WEB, "lifecycle": {"preStop": {"sleep": {"seconds": 1}}}}]}}}},
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client"}, "spec": {
        "terminationGracePeriodSeconds": 0, "containers": [
            {"name": "client", "image": WEB, "command": ["sh", "-c", "exec sleep 1000000"]}]}},
)
ASK = 'ok=0; bad=0; for i in $(seq {count}); do if wget -q -O /dev/null http://{at}/; then ok=$((ok+1)); ' \
      'else bad=$((bad+1)); fi; done; echo $ok $bad'


class Shop:
    """Three pods behind a service, and a client, on an engine that can be hurt."""

    def __init__(self, engine, name):
        self.engine, self.name = engine, name
        self.cluster = Cluster(2, name=name, runtime=DockerRuntime(name, engine=Engine(engine.url)))
        self.cluster.runtime.prepare(WEB)
        self.cluster.start()
        self.cluster.apply(*OBJECTS)
        eventually(self.is_ready, 60)
        eventually(lambda: self.ask(1) == (1, 0), 60)

    def is_ready(self):
        status = self.cluster.client.get("ReplicaSet", "web")["status"]
        return status.get("readyReplicas") == 3 and len(self.pods()) == 3

    def pods(self):
        return [one for one in self.cluster.client.list("Pod").items
                if one["metadata"]["name"] != "client" and not one["metadata"].get("deletionTimestamp")]

    def container(self, name):
        pod = self.cluster.client.get("Pod", name)
        seen = self.cluster.sight.pod(pod["metadata"]["uid"])
        return next((o.id for o in seen.all if o.kind == "container" and o.alive), "")

    def ask(self, count, at="", wait=True):
        """(answered, failed) of so many requests, each by a connection of its own."""
        if not (client := self.container("client")):
            return 0, 0
        at = at or self.cluster.client.get("Service", "web")["spec"]["clusterIP"]
        argv = ["docker", "-H", self.engine.url, "exec", client, "sh", "-c",
                ASK.format(count=count, at=at)]
        asking = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return counted(asking) if wait else asking


def counted(asking):
    said = asking.communicate(timeout=300)[0].split()
    return tuple(map(int, said)) if len(said) == 2 else (0, 0)


@pytest.fixture
def shop(engine, cluster):
    made = Shop(engine, cluster)
    yield made
    engine.well()
    with closing(made.cluster):
        made.cluster.down()


def test_none_of_ten_thousand_requests_fails_while_pods_are_deleted(shop):
    """Pods that are asked to go serve on for a second, as is usual: their server does not finish what it has begun."""
    clients = [shop.ask(2500, wait=False) for _ in range(4)]
    gone = 0
    while any(client.poll() is None for client in clients) and gone < 12:
        if shop.is_ready():
            shop.cluster.client.delete("Pod", shop.pods()[gone % 3]["metadata"]["name"])
            gone += 1
        shop.cluster.wait(lambda: shop.is_ready() or all(client.poll() is not None for client in clients), 120)
    assert [counted(client) for client in clients] == [(2500, 0)] * 4
    assert gone >= 2


def test_of_a_container_that_is_killed_only_what_was_under_way_fails(shop):
    client = shop.ask(600, wait=False)
    victim = shop.pods()[0]["metadata"]["name"]
    shop.engine.call("kill", shop.container(victim), "SIGKILL")
    answered, failed = counted(client)
    assert answered + failed == 600
    assert failed <= 2  # one client asks one after the other; whom it asked dies under it at most once, and once more
    eventually(lambda: shop.ask(30) == (30, 0), 60)


def test_after_an_engine_restarts_the_same_address_answers(shop):
    address = shop.cluster.client.get("Service", "web")["spec"]["clusterIP"]
    shop.engine.restart()
    eventually(lambda: shop.is_ready() and shop.ask(30, address) == (30, 0), 120)


def test_a_firewall_that_lets_nothing_in_stops_no_service(shop):
    inside = ["nsenter", f"--net=/run/netns/{shop.engine.name}"]
    subprocess.run([*inside, "iptables", "-P", "INPUT", "DROP"], check=True)
    try:
        assert shop.ask(50) == (50, 0)
    finally:
        subprocess.run([*inside, "iptables", "-P", "INPUT", "ACCEPT"], check=True)


def test_names_are_found_again_when_the_helper_was_killed(shop):
    def helper():
        found = shop.engine.containers(f"{labels.CLUSTER}={shop.name}", f"{labels.KIND}=helper")
        return found[0]["Id"] if found else ""

    before = helper()
    shop.engine.call("kill", before, "SIGKILL")
    eventually(lambda: helper() not in ("", before), 60)
    eventually(lambda: shop.ask(5, "web") == (5, 0), 60)
