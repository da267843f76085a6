"""The engine answers with errors, late, half, or not at all. Is nothing doubled and nothing lost?"""

import pytest
from helpers import eventually

from faults.rig import WEB
from mini_k8s.errors import Conflict, ServiceUnavailable, Timeout
from mini_k8s.runtimes import EXEC, ContainerSpec
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.engine import Engine

WISH = {"web-1": WEB, "web-2": WEB}
CREATE, START, LIST, STOP = r"^/containers/create", r"/start$", r"^/containers/json", r"/stop"

FAULTS = {
    "create answers 500": [("POST", CREATE, {"answer": 500, "times": 4})],
    "create answers 409 though the name is free": [("POST", CREATE, {"answer": 409, "times": 4})],
    "create answers 404": [("POST", CREATE, {"answer": 404, "times": 4})],
    "create is slow": [("POST", CREATE, {"delay": 1.0, "times": 2})],
    "create is done but its answer is lost": [("POST", CREATE, {"lose": True, "times": 2})],
    "create is done but never answered": [("POST", CREATE, {"hold": True, "times": 2})],
    "create is answered with half of a number": [("POST", CREATE, {"cut": 9, "times": 3})],
    "create hangs": [("POST", CREATE, {"hang": True, "times": 3})],
    "start answers 500": [("POST", START, {"answer": 500, "times": 4})],
    "start answers 404": [("POST", START, {"answer": 404, "times": 4})],
    "start says it runs already, and it does not": [("POST", START, {"answer": 304, "times": 4})],
    "start is done but its answer is lost": [("POST", START, {"lose": True, "times": 2})],
    "start is done but never answered": [("POST", START, {"hold": True, "times": 2})],
    "the list answers 500": [("GET", LIST, {"answer": 500, "times": 6})],
    "the list is cut": [("GET", LIST, {"cut": 40, "after": 1, "times": 6})],
    "the list is slow": [("GET", LIST, {"delay": 0.5, "times": 6})],
    "the list hangs": [("GET", LIST, {"hang": True, "times": 2})],
    "everything at once": [("POST", CREATE, {"answer": 500, "times": 2}), ("POST", CREATE, {"lose": True, "times": 2}),
                           ("POST", START, {"answer": 500, "times": 2}), ("POST", START, {"lose": True, "times": 2}),
                           ("GET", LIST, {"answer": 500, "times": 2}), ("GET", LIST, {"cut": 40, "times": 2})],
}


@pytest.mark.parametrize("what", FAULTS)
def test_it_gets_there_although(rig, proxy, what):
    """Whatever the engine answers while two are started: afterwards there are two, each of them once."""
    plane = rig({}, proxy.url, deadline=1.5)
    faults = [proxy.spoil(method, path, **how) for method, path, how in FAULTS[what]]
    plane.desired.update(WISH)
    plane.loop.wake()
    eventually(lambda: all(fault.hits == fault.times for fault in faults), within=40, because=what)
    plane.gets_there(because=what, within=60)


@pytest.mark.parametrize(("what", "how"), [("answers 500", {"answer": 500}), ("is lost", {"lose": True}),
                                           ("answers 404", {"answer": 404}), ("answers 409", {"answer": 409}),
                                           ("is never answered", {"hold": True})])
def test_a_stop_gets_there_although_it(rig, proxy, what, how):
    """Nobody wishes for one of two any more: in the end it is gone, and the other was not touched."""
    plane = rig(WISH, proxy.url, deadline=1.5)
    plane.gets_there(because="two were wished for")
    kept = plane.id("web-2")
    faults = [proxy.spoil(method, path, times=2, **how) for method, path in (("POST", STOP), ("DELETE", "^/cont"))]
    del plane.desired["web-1"]
    plane.loop.wake()
    eventually(lambda: faults[0].hits, within=40, because=f"stop {what}")
    plane.gets_there(because=f"stop {what}", within=60)
    assert plane.id("web-2") == kept


def test_a_container_that_vanishes_between_two_calls_is_no_failure(rig, engine, proxy):
    """Removed by hand after the loop saw it and before it stopped it: gone is what was wanted."""
    plane = rig({"web-1": WEB}, proxy.url)
    plane.gets_there(because="one was wished for")
    held = proxy.spoil("POST", STOP, delay=20)
    victim = plane.id("web-1")
    plane.desired.clear()
    plane.loop.wake()
    assert held.hit.wait(20)
    engine.call("remove_container", victim, force=True)
    held.over.set()
    plane.gets_there(because="it is gone")
    assert plane.errors() == []


def test_one_call_that_hangs_delays_no_other_name(rig, proxy):
    """The create of one name hangs until its deadline; the other runs long before."""
    fault = proxy.spoil("POST", rf"{CREATE}.*web-1", hang=True)
    plane = rig(WISH, proxy.url, deadline=120)
    eventually(lambda: "web-2" in plane.names(), within=30, because="only web-1 hangs")
    eventually(lambda: plane.loop.in_flight == 1, within=30, because="the start of web-2 comes back")
    assert plane.loop.step().held["web-1"].kind == "under way"
    assert fault.hits == 1, "and a name under way is not tried again"
    proxy.mend()
    plane.gets_there(because="it no longer hangs")


def test_an_engine_whose_socket_refuses_for_a_while(rig, proxy):
    """All connections break, the lock's and the events' among them; then everything is found again, unchanged."""
    plane = rig(WISH, proxy.url)
    plane.gets_there(because="two were wished for")
    before = plane.names()
    proxy.refuse()
    eventually(lambda: isinstance(plane.loop.latest.error, ServiceUnavailable), within=20, because="it refuses")
    proxy.listen()
    plane.gets_there(because="the socket accepts again")
    assert plane.names() == before, "nothing had happened to them"


def test_a_name_that_is_taken_before_its_container_is_known_is_waited_for(engine, proxy, cluster):
    """An engine gives a name away first and shows the container a moment later: whoever asks for it in between."""
    runtime = DockerRuntime(cluster, base_url=proxy.url)
    id = runtime.create(ContainerSpec("web-1", WEB))
    unknown = proxy.spoil("GET", r"^/containers/[^/]+/json$", answer=404, times=10)
    assert runtime.create(ContainerSpec("web-1", WEB)) == id
    assert unknown.hits == 10
    runtime.down()
    runtime.close()


def test_every_error_is_one_of_ours(engine, proxy, cluster):
    """Refused, hanging, cut or wrong: whoever calls a runtime has one family of errors to expect."""
    runtime = DockerRuntime(cluster, engine=Engine(proxy.url, deadline=1))
    for how, error in (({"answer": 500}, ServiceUnavailable), ({"hang": True}, Timeout), ({"answer": 409}, Conflict),
                       ({"lose": True}, ServiceUnavailable), ({"cut": 20}, ServiceUnavailable)):
        runtime.create(ContainerSpec("web-1", WEB))  # something to list
        proxy.spoil("GET", LIST, times=1, **how)
        with pytest.raises(error):
            runtime.list()
    proxy.mend()
    runtime.down()
    runtime.close()


def test_what_is_not_spoilt_goes_through_unchanged(engine, proxy, cluster):
    """The proxy is honest where it is not told to lie: exec, logs, events and the lock's open line work through it."""
    runtime = DockerRuntime(cluster, base_url=proxy.url)
    assert EXEC in runtime.can
    events = runtime.events()
    runtime.lock()
    id = runtime.create(ContainerSpec("web-1", WEB, command=["sh", "-c", "echo hello; exec sleep 60"]))
    runtime.start(id)
    assert runtime.exec(id, ["echo", "through the proxy"]).output == b"through the proxy\n"
    eventually(lambda: b"".join(runtime.logs(id)) == b"hello\n", within=10, because="it said hello")
    assert next(event for event in events if event.name == "web-1").id == id
    events.close()
    with pytest.raises(Conflict):
        DockerRuntime(cluster, base_url=engine.url).lock()
    runtime.down()
    runtime.close()
