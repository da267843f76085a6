"""Services without an engine: what the API takes, which pods stand behind one, the proxy on real sockets, and DNS."""

import random
import socket
import struct
import threading
from contextlib import closing
from types import SimpleNamespace

import pytest
from helpers import eventually

from mini_k8s.clock import HandClock
from mini_k8s.cluster import Cluster
from mini_k8s.controllers.endpointslice import arrange
from mini_k8s.errors import Invalid
from mini_k8s.network import Endpoint
from mini_k8s.network.carriers import InThread
from mini_k8s.network.dns import Names, Server
from mini_k8s.network.endpoints import endpoints_for
from mini_k8s.network.proxy import pick_endpoint
from mini_k8s.objects import freeze
from mini_k8s.runtimes.simulated import Script, SimulatedEngine, SimulatedRuntime

START = 1_795_683_600.0


def service(name="web", **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {
        "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}], **spec}}


def pod(name="a", labels=None, ports=(), **spec):
    if labels is None:
        labels = {"app": "web"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": {
        "terminationGracePeriodSeconds": 2, "containers": [{"name": "c", "image": "web:1", "ports": list(ports)}],
        **spec}}


class World:
    """A stepped cluster on which nothing really runs."""

    def __init__(self):
        self.clock = HandClock(START)
        engine = SimulatedEngine(self.clock, {"web:1": Script(on_term=None)})
        self.cluster = Cluster(1, name="net", runtime=SimulatedRuntime("net", engine=engine), clock=self.clock, seed=3)
        self.client = self.cluster.client

    def apply(self, *objects):
        self.cluster.apply(*objects)
        self.cluster.settle()

    def slices(self, name="web"):
        return [one for one in self.client.list("EndpointSlice").items
                if one["metadata"]["labels"]["kubernetes.io/service-name"] == name]

    def endpoints(self, name="web"):
        return {endpoint["targetRef"]["name"]: tuple(endpoint["conditions"].values())
                for piece in self.slices(name) for endpoint in piece["endpoints"]}

    def lines(self, word=""):
        carrier = self.cluster.control_plane.proxies["service-proxy"].carrier
        return sorted(line for line in carrier.lines if line.startswith(word))


@pytest.fixture
def world():
    return World()


# What the API takes.

@pytest.mark.parametrize(("wrong", "said"), [
    (service(ports=[]), "spec.ports: Required value"),
    (service("Web"), "metadata.name: Invalid value"),
    (service("1web"), "metadata.name: Invalid value"),
    (service(type="Nothing"), "spec.type: Unsupported value"),
    (service(type="ExternalName"), "spec.externalName: Required value"),
    (service(ports=[{"port": 80}, {"port": 81}]), "spec.ports[0].name: Required value"),
    (service(ports=[{"name": "a", "port": 80}, {"name": "a", "port": 81}]), "spec.ports[1].name: Duplicate value"),
    (service(ports=[{"port": 70000}]), "spec.ports[0].port: Invalid value"),
    (service(ports=[{"port": 80, "targetPort": "No Name"}]), "spec.ports[0].targetPort: Invalid value"),
    (service(ports=[{"port": 80, "protocol": "ICMP"}]), "spec.ports[0].protocol: Unsupported value"),
    (service(ports=[{"port": 80, "nodePort": 30000}]), "spec.ports[0].nodePort: Forbidden"),
    (service(type="NodePort", ports=[{"port": 80, "nodePort": 80}]), "spec.ports[0].nodePort: Invalid value: 80"),
    (service(type="NodePort", clusterIP="None"), "spec.clusterIPs[0]: Invalid value"),
    (service(clusterIP="1.2.3.4"), "allocate IP 1.2.3.4: the provided IP (1.2.3.4) is not in the valid range"),
    (service(clusterIP="here"), "spec.clusterIPs[0]: Invalid value"),
    (service(sessionAffinity="Sometimes"), "spec.sessionAffinity: Unsupported value"),
    (service(sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 0}}),
     "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value"),
])
def test_what_is_wrong_is_said_with_its_field(world, wrong, said):
    with pytest.raises(Invalid) as caught:
        world.client.create(wrong)
    assert said in str(caught.value)
    assert world.client.list("Service").items == ()


def test_an_address_is_its_own_for_good_and_free_when_it_has_gone(world):
    one, two = world.client.create(service("one")), world.client.create(service("two"))
    assert one["spec"]["clusterIP"] != two["spec"]["clusterIP"]
    with pytest.raises(Invalid, match="provided IP is already allocated"):
        world.client.create(service("three", clusterIP=one["spec"]["clusterIP"]))
    with pytest.raises(Invalid, match="may not change once set"):
        world.client.patch("Service", "one", {"spec": {"clusterIP": "10.96.7.7", "clusterIPs": ["10.96.7.7"]}})
    plain = service("one", ports=[{"port": 81}])
    kept = world.client.update({**plain, "metadata": {**one["metadata"]}})
    assert kept["spec"]["clusterIP"] == one["spec"]["clusterIP"]
    world.client.delete("Service", "one")
    again = world.client.create(service("three", clusterIP=one["spec"]["clusterIP"]))
    assert again["spec"]["clusterIPs"] == (one["spec"]["clusterIP"],)


def test_what_is_only_tried_takes_nothing(world):
    world.client.create(service(clusterIP="10.96.0.99"), dry_run=True)
    assert world.client.create(service("other", clusterIP="10.96.0.99"))["spec"]["clusterIP"] == "10.96.0.99"


def test_a_port_of_the_nodes_stays_with_its_type(world):
    made = world.client.create(service(type="NodePort"))
    [port] = made["spec"]["ports"]
    assert 30000 <= port["nodePort"] <= 32767
    again = world.client.patch("Service", "web", {"spec": {"ports": [{"port": 80, "targetPort": 9}]}})
    assert again["spec"]["ports"][0]["nodePort"] == port["nodePort"]
    udp = world.client.create(service("udp", type="NodePort", ports=[
        {"port": 80, "protocol": "UDP", "nodePort": port["nodePort"]}]))
    assert udp["spec"]["ports"][0]["nodePort"] == port["nodePort"]
    plain = world.client.patch("Service", "web", {"spec": {"type": "ClusterIP"}})
    assert "nodePort" not in plain["spec"]["ports"][0]


def test_headless_and_outside_ones_have_no_address(world):
    assert world.client.create(service("headless", clusterIP="None"))["spec"]["clusterIP"] == "None"
    outside = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "out"}, "spec": {
        "type": "ExternalName", "externalName": "example.com"}}
    assert "clusterIP" not in world.client.create(outside)["spec"]


# Which pods stand behind it.

def test_endpoints_for_leaves_out_what_it_says():
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}

    def one(ip, namespace="default", labels=None, phase="Running", status=ready, **meta):
        if labels is None:
            labels = {"app": "web"}
        return freeze({"metadata": {"namespace": namespace, "labels": labels, **meta},
                       "status": {"podIP": ip, "phase": phase, **status}})

    asked = freeze({"metadata": {"namespace": "default"}, "spec": {
        "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}})
    pods = [one("10.0.0.1", labels={"app": "web", "more": "1"}), one("10.0.0.2", namespace="other"), one(""),
            one("10.0.0.4", phase="Failed"), one("10.0.0.5", labels={"app": "db"}), one("10.0.0.6", status={}),
            one("10.0.0.7", deletionTimestamp="2026-11-26T08:30:00Z"),
            freeze({"metadata": {"namespace": "default"}})]
    assert endpoints_for(asked, pods) == [
        Endpoint("10.0.0.1", 8080, True), Endpoint("10.0.0.6", 8080, False), Endpoint("10.0.0.7", 8080, False)]
    assert endpoints_for(asked.with_(spec={"selector": None}), pods) == []


def test_who_goes_is_ready_no_more_and_serves_until_it_has_gone(world):
    world.apply(service(), pod("a"), pod("b"))
    assert world.endpoints() == {"a": (True, True, False), "b": (True, True, False)}
    world.client.delete("Pod", "a")
    world.cluster.settle()
    assert world.endpoints() == {"a": (False, True, True), "b": (True, True, False)}
    assert len(world.lines("lead")) == 1
    world.client.delete("Pod", "b")
    world.cluster.settle()
    assert len(world.lines("lead")) == 2  # nobody else is there
    world.clock.advance(10)
    world.cluster.settle()
    assert world.endpoints() == {}
    assert world.lines("lead") == []
    assert len(world.slices()) == 1


def test_a_label_that_changes_moves_a_pod_out_and_in(world):
    world.apply(service(), pod("a"))
    world.client.patch("Pod", "a", {"metadata": {"labels": {"app": "db"}}})
    world.cluster.settle()
    assert world.endpoints() == {}
    world.client.patch("Pod", "a", {"metadata": {"labels": {"app": "web"}}})
    world.cluster.settle()
    assert [*world.endpoints()] == ["a"]


def test_a_named_port_may_be_another_number_in_each_pod(world):
    world.apply(service(ports=[{"port": 80, "targetPort": "http"}]),
                pod("a", ports=[{"name": "http", "containerPort": 8080}]),
                pod("b", ports=[{"name": "http", "containerPort": 9090}]), pod("c"))
    assert sorted((piece["ports"][0]["port"], piece["endpoints"][0]["targetRef"]["name"])
                  for piece in world.slices()) == [(8080, "a"), (9090, "b")]


def test_who_publishes_early_has_those_that_are_not_ready(world):
    world.apply(service(publishNotReadyAddresses=True), pod("a"))
    world.client.delete("Pod", "a")
    world.cluster.settle()
    assert world.endpoints() == {"a": (True, True, True)}


def test_slices_of_others_are_left_alone(world):
    world.apply(service(selector=None), {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "mine", "labels": {"kubernetes.io/service-name": "web"}},
        "endpoints": [{"addresses": ["10.9.9.9"]}], "ports": [{"port": 8080}]})
    assert [piece["metadata"]["name"] for piece in world.slices()] == ["mine"]
    assert world.lines("lead")[0].endswith("10.9.9.9:8080")


@pytest.mark.parametrize(("wished", "stands", "result"), [
    ([], {}, {"p-1": []}),
    (list("abc"), {}, {"p-1": ["a", "b"], "p-2": ["c"]}),
    (list("abc"), {"p-2": ["c", "b"]}, {"p-2": ["b", "c"], "p-1": ["a"]}),
    (list("bc"), {"p-1": ["a", "b"], "p-2": ["c"]}, {"p-1": ["b"], "p-2": ["c"]}),
    ([], {"p-1": ["a"], "p-2": ["b"]}, {"p-1": []}),
])
def test_what_stands_somewhere_stays_there(wished, stands, result):
    assert arrange(wished, stands, "p", most=2) == result


# The proxy.

@pytest.mark.parametrize("seed", range(5))
def test_any_so_many_turns_visit_each_ready_one_once(seed):
    chance = random.Random(seed)
    found = [Endpoint(f"10.0.0.{n}", 80, chance.random() < 0.6) for n in range(chance.randint(1, 9))]
    ready = [one for one in found if one.ready]
    start = chance.randint(0, 10**9)
    assert sorted(pick_endpoint(found, start + n) for n in range(len(ready))) == sorted(ready)
    assert ready or pick_endpoint(found, start) is None


class Backend:
    """A server that says its name, and then what it has heard, until the other side has said all."""

    def __init__(self, name, ip="127.0.0.1"):
        self.name, self.socket, self.open = name, socket.create_server((ip, 0)), []
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.open.append(connection)
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection:
            connection.sendall(self.name)
            while data := connection.recv(65536):
                connection.sendall(data)
            connection.sendall(b"END")


class Carried:
    """A proxy in a thread, on an address that nobody else has."""

    def __init__(self):
        self.carrier = InThread(lambda: None)
        self.ip, self.port = f"127.77.{random.randint(1, 250)}.{random.randint(1, 250)}", random.randint(20000, 60000)
        self.at = f"{self.ip}:{self.port}/TCP"

    def lead(self, *backends, sticky=""):
        return self.carrier.ask({"lines": [f"serve {self.at} default/web{sticky}", *(
            f"lead {self.at} 127.0.0.1:{one.port}" for one in backends)]})

    def call(self):
        connection = socket.create_connection((self.ip, self.port), timeout=10)
        connection.settimeout(10)
        return connection

    def asked(self):
        with closing(self.call()) as connection:
            return connection.recv(1)

    def counts(self):
        return self.carrier.ask({"counts": True})["services"][self.at]


@pytest.fixture
def carried():
    carried = Carried()
    yield carried
    carried.carrier.close()


def test_connections_go_round(carried):
    backends = [Backend(name) for name in (b"a", b"b", b"c")]
    carried.lead(*backends)
    assert sorted(carried.asked() for _ in range(6)) == [b"a", b"a", b"b", b"b", b"c", b"c"]
    assert sum(carried.counts()["served"].values()) == 6


def test_a_client_that_sticks_has_one(carried):
    carried.lead(Backend(b"a"), Backend(b"b"), sticky=" sticky=60")
    assert len({carried.asked() for _ in range(6)}) == 1


def test_who_has_said_all_is_still_answered(carried):
    carried.lead(Backend(b"a"))
    with closing(carried.call()) as connection:
        assert connection.recv(1) == b"a"
        connection.sendall(b"hello")
        connection.shutdown(socket.SHUT_WR)
        said = b""
        while data := connection.recv(100):
            said += data
    assert said == b"helloEND"


def test_much_goes_both_ways_and_who_is_too_fast_waits(carried):
    carried.lead(Backend(b"a"))
    much = random.Random(1).randbytes(8 << 20)
    with closing(carried.call()) as connection:
        connection.recv(1)
        writing = threading.Thread(target=lambda: (connection.sendall(much), connection.shutdown(socket.SHUT_WR)))
        writing.start()
        heard = bytearray()
        while data := connection.recv(1 << 16):
            heard += data
        writing.join(30)
    assert bytes(heard) == much + b"END"


def test_who_refuses_is_passed_over(carried):
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        nobody = SimpleNamespace(port=gone.getsockname()[1])
    carried.lead(nobody, Backend(b"a"))
    assert [carried.asked() for _ in range(4)] == [b"a"] * 4


def test_where_nobody_is_ready_the_connection_is_refused_at_once(carried):
    carried.lead()
    with pytest.raises(ConnectionResetError):
        carried.asked()
    assert carried.counts()["failed"] == 1


def test_who_has_left_keeps_what_it_has_and_gets_nothing_new(carried):
    a, b = Backend(b"a"), Backend(b"b")
    carried.lead(a)
    with closing(carried.call()) as connection:
        assert connection.recv(1) == b"a"
        carried.lead(b)
        assert carried.asked() == b"b"
        connection.sendall(b"still here")
        assert connection.recv(100) == b"still here"


def test_a_taken_port_is_told_of_and_carried_when_it_is_free(carried):
    with closing(socket.create_server((carried.ip, carried.port))):
        failed = carried.lead(Backend(b"a"))["failed"]
        assert [*failed] == [f"serve {carried.at} default/web"]
        assert "in use" in failed[f"serve {carried.at} default/web"]
    assert carried.lead(Backend(b"a"))["failed"] == {}
    assert carried.asked() == b"a"


@pytest.mark.parametrize(("source", "trouble"), [
    ("def pick_endpoint(endpoints, turn):\n    return endpoints[turn]", "IndexError"),
    ("def pick_endpoint(endpoints, turn):\n    return 'nobody'", "none of its endpoints"),
    ("def pick_endpoint(endpoints, turn):\n    raise SystemExit", "SystemExit"),
])
def test_a_pick_endpoint_that_fails_stops_no_traffic(carried, source, trouble):
    carried.lead(Backend(b"a"))
    assert carried.carrier.ask({"pick": source})["problem"] == ""
    assert [carried.asked() for _ in range(3)] == [b"a"] * 3
    assert trouble in carried.counts()["trouble"]


def test_a_pick_endpoint_of_ones_own_chooses(carried):
    a, b = sorted((Backend(b"a"), Backend(b"b")), key=lambda one: str(one.port))
    carried.lead(a, b)
    assert "SyntaxError" in carried.carrier.ask({"pick": "def"})["problem"]
    carried.carrier.ask({"pick": "def pick_endpoint(endpoints, turn):\n    return endpoints[-1]"})
    assert [carried.asked() for _ in range(3)] == [b.name] * 3


def test_datagrams_are_answered_and_find_another_when_theirs_has_left(carried):
    def echo(name):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))

        def serve():
            while True:
                data, client = server.recvfrom(2048)
                server.sendto(name + data, client)

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

    a, b, at = echo(b"a"), echo(b"b"), f"{carried.ip}:{carried.port}/UDP"
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as client:
        client.settimeout(10)
        client.connect((carried.ip, carried.port))
        for port, name in ((a, b"a"), (b, b"b")):
            carried.carrier.ask({"lines": [f"serve {at} default/dns", f"lead {at} 127.0.0.1:{port}"]})
            for _ in range(2):
                client.send(b"?")
                assert client.recv(100) == name + b"?"


# Names.

def query(name, kind=1, id=7, extra=b""):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
    return struct.pack("!6H", id, 0x0100, 1, 0, 0, 1 if extra else 0) + labels + struct.pack("!2H", kind, 1) + extra


class Asker:
    """A DNS server on loopback, and one that it asks for what it does not know."""

    def __init__(self, records):
        import asyncio

        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.names, self.ip = Names(), f"127.79.{random.randint(1, 250)}.{random.randint(1, 250)}"
        for name, kind, words in records:
            self.names.add(name, kind, words)
        self.server = Server(self.names, [])
        asyncio.run_coroutine_threadsafe(self.server.listen(self.ip, 5300), self.loop).result(10)

    def send(self, message):
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asking:
            asking.settimeout(2)
            asking.sendto(message, (self.ip, 5300))
            return asking.recv(4096)

    def tcp(self, message):
        with closing(socket.create_connection((self.ip, 5300), timeout=10)) as asking:
            asking.sendall(struct.pack("!H", len(message)) + message)
            return asking.recv(65536)[2:]

    def code_and_answers(self, name, kind=1):
        answer = self.send(query(name, kind))
        return answer[3] & 15, struct.unpack("!H", answer[6:8])[0], answer


@pytest.fixture(scope="module")
def dns():
    many = [("many.default.svc.cluster.local", "A", f"10.9.1.{n}") for n in range(100)]
    asker = Asker([("web.default.svc.cluster.local", "A", "10.9.8.7"),
                   ("_http._tcp.web.default.svc.cluster.local", "SRV", "0 100 80 web.default.svc.cluster.local"),
                   ("7.8.9.10.in-addr.arpa", "PTR", "web.default.svc.cluster.local"),
                   ("alias.default.svc.cluster.local", "CNAME", "web.default.svc.cluster.local"), *many])
    yield asker
    asker.loop.call_soon_threadsafe(asker.loop.stop)


@pytest.mark.parametrize(("name", "kind", "code", "count"), [
    ("web.default.svc.cluster.local", 1, 0, 1),
    ("WEB.Default.svc.cluster.local", 1, 0, 1),
    ("web.default.svc.cluster.local", 28, 0, 0),  # it is there, and has no IPv6 address
    ("default.svc.cluster.local", 1, 0, 0),  # a name that has others below it
    ("nobody.default.svc.cluster.local", 1, 3, 0),
    ("_http._tcp.web.default.svc.cluster.local", 33, 0, 1),
    ("7.8.9.10.in-addr.arpa", 12, 0, 1),
    ("alias.default.svc.cluster.local", 1, 0, 2),
    ("10-9-0-4.default.pod.cluster.local", 1, 0, 1),
    ("10-9-0-400.default.pod.cluster.local", 1, 3, 0),
    ("example.com", 1, 2, 0),  # not ours, and nobody else to ask
])
def test_names_are_answered(dns, name, kind, code, count):
    assert dns.code_and_answers(name, kind)[:2] == (code, count)


def test_the_question_comes_back_as_it_was_asked(dns):
    asked = query("WeB.default.svc.cluster.local", id=4711)
    answer = dns.send(asked)
    assert answer[:2] == asked[:2]
    assert answer[12:len(asked)] == asked[12:]
    assert answer[-4:] == bytes([10, 9, 8, 7])


def test_what_does_not_fit_is_cut_and_asked_for_by_tcp(dns):
    name = "many.default.svc.cluster.local"
    short, whole = dns.send(query(name)), dns.tcp(query(name))
    assert short[2] & 2
    assert len(short) <= 512
    assert struct.unpack("!H", whole[6:8])[0] == 100
    roomy = dns.send(query(name, extra=b"\0" + struct.pack("!HHIH", 41, 4096, 0, 0)))
    assert struct.unpack("!H", roomy[6:8])[0] == 100


def test_garbage_kills_nothing(dns):
    chance = random.Random(3)
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asking:
        for _ in range(500):
            message = bytearray(query("web.default.svc.cluster.local"))
            for _ in range(chance.randint(1, 6)):
                message[chance.randrange(len(message))] = chance.randrange(256)
            asking.sendto(bytes(message[:chance.randint(0, len(message))]), (dns.ip, 5300))
        asking.sendto(query("a")[:12] + b"\xc0\x0c\0\1\0\1", (dns.ip, 5300))  # a name that leads in a circle
    eventually(lambda: dns.code_and_answers("web.default.svc.cluster.local")[:2] == (0, 1))


def test_the_table_says_in_words_what_there_is(world):
    world.apply(service(ports=[{"name": "http", "port": 80, "targetPort": 8080}]), pod("a"),
                service("all", clusterIP="None", ports=[{"name": "http", "port": 80, "targetPort": 8080}]))
    ip, own = world.client.get("Service", "web")["spec"]["clusterIP"], world.client.get("Pod", "a")["status"]["podIP"]
    dashed = own.replace(".", "-")
    assert set(world.lines()) == {
        "name dns-version.cluster.local TXT 1.1.0",
        f"name web.default.svc.cluster.local A {ip}",
        f"name {'.'.join(reversed(ip.split('.')))}.in-addr.arpa PTR web.default.svc.cluster.local",
        "name _http._tcp.web.default.svc.cluster.local SRV 0 100 80 web.default.svc.cluster.local",
        f"serve {ip}:80/TCP default/web:http", f"lead {ip}:80/TCP {own}:8080",
        f"name all.default.svc.cluster.local A {own}", f"name {dashed}.all.default.svc.cluster.local A {own}",
        f"name _http._tcp.all.default.svc.cluster.local SRV 0 100 8080 {dashed}.all.default.svc.cluster.local"}
