"""Services on real Docker: names, addresses, ports, and that they answer whatever becomes of pods, helper and plane."""

import urllib.error
import urllib.request
from collections import Counter
from contextlib import closing

import pytest
from helpers import clear_up, eventually, new_name

from mini_k8s.cluster import Cluster
from mini_k8s.errors import Invalid
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.engine import Engine

WEB = "mini-k8s/web:1"
ASK = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def replicaset(name="web", replicas=3, **spec):
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [
                {"name": "app", "image": WEB, "ports": [{"name": "http", "containerPort": 8080}]}], **spec}}}}


def service(name="web", **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {
        "selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}], **spec}}


class Served:
    """A cluster with three pods behind a service."""

    def __init__(self, name, *objects):
        self.name = name
        self.cluster = Cluster(2, name=name, runtime="docker")
        self.cluster.runtime.prepare(WEB)
        self.cluster.start()
        self.cluster.apply(*(objects or (service(), replicaset())))

    @property
    def client(self):
        return self.cluster.client

    def ready(self, count=3, name="web"):
        return (self.client.get("ReplicaSet", name)["status"].get("readyReplicas") or 0) == count

    def pods(self):
        return [pod for pod in self.client.list("Pod").items if not pod["metadata"].get("deletionTimestamp")]

    def address(self, name="web"):
        return self.client.get("Service", name)["spec"]["clusterIP"]

    def container(self, pod, kind="container"):
        seen = self.cluster.sight.pod(pod["metadata"]["uid"])
        return next(o.id for o in seen.all if o.kind == kind)

    def inside(self, *argv):
        """What a command says in the first pod."""
        done = self.cluster.runtime.exec(self.container(self.pods()[0]), ["timeout", "5", *argv])
        return done.output.decode().strip()

    def helper(self, engine):
        found = engine.call("containers", all=True, filters={"label": [f"{labels.CLUSTER}={self.name}",
                                                                      f"{labels.KIND}=helper"]})
        return found[0]["Id"] if found else ""


def get(address, port=80):
    with ASK.open(f"http://{address}:{port}/", timeout=5) as page:
        return page.read().decode().strip()


def answers(address, port=80):
    try:
        return get(address, port)
    except OSError:
        return ""


@pytest.fixture(scope="module")
def served(engine):
    name = new_name("services")
    served = Served(name)
    try:
        eventually(served.ready)
        eventually(lambda: answers(served.address()))
        yield served
    finally:
        served.cluster.close()
        clear_up(engine, name)


def test_all_pods_answer_under_one_address_and_it_is_not_theirs(served):
    got = Counter(get(served.address()) for _ in range(30))
    assert set(got) == {pod["metadata"]["name"] for pod in served.pods()}
    assert set(got.values()) == {10}
    assert served.address() not in {pod["status"]["podIP"] for pod in served.pods()}


@pytest.mark.parametrize("name", ["web", "web.default", "web.default.svc", "web.default.svc.cluster.local"])
def test_pods_find_it_by_its_names(served, name):
    assert served.inside("wget", "-q", "-O", "-", f"http://{name}/").startswith("web-")


def test_what_is_no_name_is_not_found_and_soon(served):
    assert "NXDOMAIN" in served.inside("nslookup", "nowhere.default.svc.cluster.local")


def test_a_pod_may_be_answered_by_itself(served):
    own = served.pods()[0]["metadata"]["name"]
    eventually(lambda: served.inside("wget", "-q", "-O", "-", "http://web/") == own)


def test_containers_that_begin_later_have_it_in_their_environment(served):
    said = served.inside("env")
    assert f"WEB_SERVICE_HOST={served.address()}" in said
    assert "WEB_SERVICE_PORT_HTTP=80" in said
    assert f"WEB_PORT_80_TCP=tcp://{served.address()}:80" in said


def test_a_headless_service_has_the_pods_own_addresses(served):
    served.cluster.apply(service("all", clusterIP="None", selector={"app": "web"}))
    ips = {pod["status"]["podIP"] for pod in served.pods()}
    eventually(lambda: all(ip in served.inside("nslookup", "all.default.svc.cluster.local") for ip in ips))
    served.client.delete("Service", "all")


def test_a_service_of_another_name_leads_out(served):
    served.cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "alias"}, "spec": {
        "type": "ExternalName", "externalName": "web.default.svc.cluster.local"}})
    eventually(lambda: served.address() in served.inside("nslookup", "alias.default.svc.cluster.local"))
    served.client.delete("Service", "alias")


def test_a_client_may_stay_with_one_pod(served):
    served.cluster.apply(service("sticky", selector={"app": "web"}, sessionAffinity="ClientIP"))
    eventually(lambda: answers(served.address("sticky")))
    assert len({get(served.address("sticky")) for _ in range(12)}) == 1
    served.client.delete("Service", "sticky")


def test_a_service_that_goes_answers_no_more_and_its_slices_go_with_it(served):
    served.cluster.apply(service("short", selector={"app": "web"}))
    address = served.address("short")
    eventually(lambda: answers(address))
    served.client.delete("Service", "short")
    eventually(lambda: not answers(address))
    eventually(lambda: not any(one["metadata"]["name"].startswith("short-")
                               for one in served.client.list("EndpointSlice").items))


def test_a_port_of_this_machine_leads_there_and_one_that_is_taken_is_told_of(served):
    served.cluster.apply(service("out", type="NodePort", selector={"app": "web"}))
    [port] = served.client.get("Service", "out")["spec"]["ports"]
    eventually(lambda: answers("127.0.0.1", port["nodePort"]))
    with pytest.raises(Invalid, match="provided port is already allocated"):
        served.cluster.apply(service("other", type="NodePort", ports=[{"port": 80, "nodePort": port["nodePort"]}]))
    import socket

    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        number = taken.getsockname()[1]
        if number not in range(30000, 32768):
            taken.close()
            number = next(n for n in range(30000, 32768) if n != port["nodePort"] and _free(n))
            taken = socket.create_server(("127.0.0.1", number))
        with closing(taken):
            served.cluster.apply(service("late", type="NodePort", selector={"app": "web"}, ports=[
                {"port": 80, "targetPort": "http", "nodePort": number}]))
            eventually(lambda: any(event["reason"] == "FailedToListen" and str(number) in event["message"]
                                   for event in served.client.list("Event").items))
    eventually(lambda: answers("127.0.0.1", number))
    for name in ("out", "late"):
        served.client.delete("Service", name)


def _free(port):
    import socket

    with closing(socket.socket()) as trying:
        return trying.connect_ex(("127.0.0.1", port)) != 0


def test_none_of_many_requests_fails_while_pods_are_deleted(served):
    address, left = served.address(), [pod["metadata"]["name"] for pod in served.pods()]
    for n in range(600):
        if n % 150 == 0 and left:
            served.client.delete("Pod", left.pop())
        assert get(address)
    eventually(lambda: served.ready() and len(served.pods()) == 3)


@pytest.mark.parametrize("fault", ["kill", "pause", "remove_container"])
def test_the_helper_may_be_killed_paused_or_removed(served, engine, fault):
    before = served.helper(engine)
    engine.call(fault, before, **({"force": True} if fault == "remove_container" else {}))
    eventually(lambda: served.helper(engine) not in ("", before), because="another one is made")
    eventually(lambda: answers(served.address()))
    eventually(lambda: served.inside("wget", "-q", "-O", "-", "http://web/"))


def test_services_answer_on_while_nobody_controls_and_a_new_control_plane_takes_them_over(engine, clusters):
    name = clusters("away")
    served = Served(name)
    eventually(served.ready)
    eventually(lambda: answers(served.address()))
    address, helper = served.address(), served.helper(engine)
    store = served.cluster.store
    served.cluster.close()
    assert all(get(address) for _ in range(20))
    with Cluster(2, name=name, runtime="docker", store=store) as again:
        again.start()
        eventually(lambda: not again.trouble and again.control_plane.proxies["service-proxy"].carried)
        assert all(get(address) for _ in range(20))
        assert served.helper(engine) == helper


def test_two_clusters_have_services_of_one_name_and_do_not_mix(engine, clusters):
    both = [Served(clusters(n), service(), replicaset(replicas=1)) for n in ("one", "two")]
    try:
        for served in both:
            eventually(lambda served=served: served.ready(1))
            eventually(lambda served=served: answers(served.address()))
        assert both[0].address() != both[1].address()
        for served in both:
            assert get(served.address()) == served.pods()[0]["metadata"]["name"]
    finally:
        for served in both:
            served.cluster.close()


def test_a_subnet_that_somebody_has_is_left_alone(engine, clusters):
    name, other = clusters("taken"), clusters("other")
    served = Served(name, service(), replicaset(replicas=1))
    subnet = served.cluster.runtime.network.subnet
    served.cluster.down()
    engine.call("create_network", other, ipam={"Config": [{"Subnet": str(subnet)}]}, labels={
        labels.CLUSTER: other})
    again = Served(name, service(), replicaset(replicas=1))
    try:
        eventually(lambda: again.ready(1))
        eventually(lambda: answers(again.address()))
        assert not again.cluster.runtime.network.subnet.overlaps(subnet)
    finally:
        again.cluster.close()


def test_nothing_is_left_of_it(engine, clusters):
    name = clusters("gone")
    served = Served(name, service(), replicaset(replicas=1))
    eventually(lambda: served.ready(1))
    eventually(lambda: served.helper(engine))
    served.cluster.down()
    with closing(Engine()) as looking:
        assert looking.call("containers", all=True, filters=labels.of_cluster(name)) == []
        assert looking.call("networks", filters=labels.of_cluster(name)) == []
