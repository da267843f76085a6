"""A namespace in a running cluster: asked to go, it takes what runs in it along."""

import pytest

from mini_k8s.clock import HandClock
from mini_k8s.cluster import Cluster
from mini_k8s.errors import Forbidden
from mini_k8s.runtimes.simulated import SimulatedEngine, SimulatedRuntime


@pytest.fixture
def cluster():
    clock = HandClock(1_800_000_000.0)
    engine = SimulatedEngine(clock)
    cluster = Cluster(2, name="test", runtime=SimulatedRuntime("test", engine=engine), clock=clock, seed=1)
    cluster.client.create({"kind": "Namespace", "metadata": {"name": "team"}})
    for name, namespace in (("web", "team"), ("log", "team"), ("web", "default")):
        cluster.client.create({"kind": "Pod", "metadata": {"name": name, "namespace": namespace},
                               "spec": {"containers": [{"name": "app", "image": "web:1"}]}})
    cluster.settle()
    return cluster


def later(cluster, seconds):
    for _ in range(seconds):
        cluster.clock.advance(1)
        cluster.settle()


def test_a_namespace_takes_its_pods_along_and_no_others(cluster):
    """They are ended as any pod is: in their time, by their kubelet."""
    assert len([o for o in cluster.runtime.list() if o.state == "running" and o.kind == "container"]) == 3
    cluster.client.delete("Namespace", "team")
    cluster.step()
    with pytest.raises(Forbidden):
        cluster.client.create({"kind": "ConfigMap", "metadata": {"name": "late", "namespace": "team"}})
    later(cluster, 40)
    assert [obj["metadata"]["name"] for obj in cluster.client.list("Namespace").items] == ["default", "kube-system"]
    assert [obj["metadata"]["namespace"] for obj in cluster.client.list("Pod").items] == ["default"]
    assert cluster.client.list("Event", "team").items == ()
    assert len([o for o in cluster.runtime.list() if o.kind == "container"]) == 1


def test_a_namespace_goes_on_going_after_a_restart(cluster):
    """What goes stands in the store; nobody has to remember it."""
    cluster.client.delete("Namespace", "team")
    again = Cluster(2, name="test", runtime=cluster.runtime, store=cluster.store, clock=cluster.clock, seed=2)
    later(again, 40)
    assert [obj["metadata"]["name"] for obj in again.client.list("Namespace").items] == ["default", "kube-system"]


def test_old_events_go_by_themselves(cluster):
    told = {event["metadata"]["uid"] for event in cluster.client.list("Event").items}
    assert told
    cluster.clock.advance(3700)
    cluster.settle()
    assert not told & {event["metadata"]["uid"] for event in cluster.client.list("Event").items}
