"""Events: what happened is told once, counted, bounded, and forgotten."""

import threading

import pytest

from mini_k8s import kinds
from mini_k8s.api import Api
from mini_k8s.clock import HandClock
from mini_k8s.errors import ServiceUnavailable
from mini_k8s.events import AT_ONCE, BURST, LIFE, REFILL, Forgetter, Recorder, forget_old
from mini_k8s.objects import freeze, thaw
from mini_k8s.store import Store

POD = freeze({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "team", "uid": "u-1"}})
NODE = freeze({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "uid": "u-2"}})


@pytest.fixture
def clock():
    return HandClock(1_764_144_000)


@pytest.fixture
def api(clock):
    api = Api(Store(), kinds.KINDS, clock)
    for name in ("default", "team"):
        api.create({"kind": "Namespace", "metadata": {"name": name}})
    return api


@pytest.fixture
def recorder(api, clock):
    return Recorder(api, "kubelet", clock, "node-1")


def told(api, namespace=None):
    return [(event.reason, event["count"]) for event in api.list("Event", namespace).items]


def test_an_event_says_what_happened_to_whom(api, recorder):
    recorder.event(POD, "Normal", "Started", "Started container web", "spec.containers{web}")
    [event] = api.list("Event", "team").items
    assert event.metadata.name.startswith("web.")
    assert thaw({name: event[name] for name in ("type", "reason", "message", "count", "source", "firstTimestamp",
                                                "lastTimestamp", "involvedObject")}) == {
        "type": "Normal", "reason": "Started", "message": "Started container web", "count": 1,
        "source": {"component": "kubelet", "host": "node-1"},
        "firstTimestamp": "2025-11-26T08:00:00Z", "lastTimestamp": "2025-11-26T08:00:00Z",
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": "team", "name": "web", "uid": "u-1",
                           "fieldPath": "spec.containers{web}"}}


def test_what_lives_in_no_namespace_is_told_of_in_the_default_one(api, recorder):
    recorder.event(NODE, "Normal", "NodeReady", "node-1 is ready")
    assert told(api, "default") == [("NodeReady", 1)]


def test_the_same_thing_again_is_counted(api, recorder, clock):
    for _ in range(3):
        recorder.event(POD, "Warning", "BackOff", "Back-off restarting failed container web")
        clock.advance(10)
    [event] = api.list("Event").items
    assert event["count"] == 3
    assert event.firstTimestamp == "2025-11-26T08:00:00Z"
    assert event.lastTimestamp == "2025-11-26T08:00:20Z"


def test_another_message_or_another_pod_of_the_name_is_another_event(api, recorder):
    """Also in the same nanosecond."""
    recorder.event(POD, "Normal", "Started", "Started container web")
    recorder.event(POD, "Normal", "Started", "Started container log")
    recorder.event(POD.with_(metadata={"uid": "u-3"}), "Normal", "Started", "Started container web")
    assert told(api) == [("Started", 1)] * 3


def test_who_has_too_much_to_say_of_one_object_is_not_heard_for_a_while(api, recorder, clock):
    for n in range(BURST + 10):
        recorder.event(POD, "Warning", "Failed", f"attempt {n}")
    assert len(told(api)) == BURST
    assert recorder.lost == 10
    recorder.event(NODE, "Normal", "NodeReady", "others are heard")
    assert len(told(api)) == BURST + 1
    clock.advance(REFILL)
    for n in range(2):
        recorder.event(POD, "Warning", "Failed", f"later {n}")
    assert len(told(api)) == BURST + 2


def test_an_event_that_was_deleted_meanwhile_is_told_anew(api, recorder, clock):
    recorder.event(POD, "Warning", "BackOff", "again")
    [event] = api.list("Event").items
    api.delete("Event", event.metadata.name, "team")
    clock.advance(1)
    recorder.event(POD, "Warning", "BackOff", "again")
    assert told(api) == [("BackOff", 2)]


@pytest.mark.parametrize("obj", [POD.with_(metadata={"namespace": "nowhere"}), {}, None, {"kind": "Pod"},
                                 POD.with_(metadata={"name": "w" * 253}), POD.with_(metadata={"name": "A B"})])
def test_nothing_that_goes_wrong_stops_the_one_who_reports(recorder, obj):
    """A namespace that has gone, an object that is none, a name that is too long to add to."""
    recorder.event(obj, "Normal", "Started", "x" * 5000)


def test_a_store_that_takes_nothing_is_no_reason_to_fail(clock):
    class Full:
        def create(self, obj):
            raise ServiceUnavailable("the disk is full")

    recorder = Recorder(Full(), "kubelet", clock)
    recorder.event(POD, "Normal", "Started", "x")
    assert recorder.lost == 1


def test_a_message_has_an_end(api, recorder):
    recorder.event(POD, "Warning", "Failed", "x" * 5000)
    assert len(api.list("Event").items[0].message) == 1024


def test_many_threads_count_together(api, recorder):
    threads = [threading.Thread(target=lambda: [recorder.event(POD, "Normal", "Pulled", "x") for _ in range(5)])
               for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told(api) == [("Pulled", 25)]
    assert recorder.lost == 0


def test_events_are_forgotten_an_hour_after_they_happened_last(api, recorder, clock):
    recorder.event(POD, "Normal", "Pulled", "once")
    recorder.event(POD, "Warning", "BackOff", "again")
    clock.advance(LIFE)
    recorder.event(POD, "Warning", "BackOff", "again")
    assert forget_old(api, clock.now()) == 0
    clock.advance(1)
    assert forget_old(api, clock.now()) == 1
    assert told(api) == [("BackOff", 2)]


def test_who_forgets_looks_once_a_minute(api, recorder, clock):
    forgetter = Forgetter(api, clock)
    recorder.event(POD, "Normal", "Pulled", "once")
    clock.advance(LIFE - 1)
    assert not forgetter.step()
    assert forgetter.due() == clock.now() + 60
    clock.advance(60)
    assert forgetter.step()
    assert not forgetter.step()
    assert told(api) == []


def test_a_component_that_has_too_much_to_say_is_cut_short(api, recorder, clock):
    """A thousand pods that start at once are no thousand writes more."""
    for n in range(1000):
        recorder.event(freeze({"kind": "Pod", "metadata": {"name": f"p-{n}", "namespace": "team"}}), "Normal", "A", "b")
    assert len(told(api)) == AT_ONCE
    assert recorder.lost == 1000 - AT_ONCE
    clock.advance(1)
    recorder.event(POD, "Normal", "A", "b")
    assert len(told(api)) == AT_ONCE + 1


def test_a_recorder_of_a_year_remembers_no_more_than_one_of_a_day(api, recorder, clock):
    for n in range(5000):
        recorder.event(freeze({"kind": "Pod", "metadata": {"name": f"p-{n}", "namespace": "team"}}), "Normal", "A", "b")
        clock.advance(0.02)
    assert len(recorder._seen) == len(recorder._left) == 4096
