"""What is reported of a pod: from the wish, what was seen of it, and what was reported before."""

import pytest

from mini_k8s.clock import timestamp
from mini_k8s.objects import freeze
from mini_k8s.pods.sight import pod_seen
from mini_k8s.pods.status import Waiting, pod_status
from mini_k8s.runtimes import Observed

NOW = 1_800_000_000.0


def o(state, name="app", attempt=0, code=None, kind="container", **more):
    """Something that was seen. What was started has a start, what ended an end."""
    began = {} if state == "created" else {"started_at": NOW - 60 + attempt}
    ended = {"finished_at": NOW - 30 + attempt, "exit_code": code} if state == "exited" else {}
    return Observed(f"{name}-{attempt}", name, kind, "web:1", state, attempt, **{
        "created_at": NOW - 90, "sandbox": "home-0", **began, **ended, **more})


HOME = o("running", "home", kind="sandbox", address="10.0.0.1", sandbox=None)


def reported(*parts, phase="Running", inits=(), before=None, now=NOW, names=("app",), **more):
    containers = [{"name": name, "image": "web:1"} for name in names]
    pod = freeze({"metadata": {"name": "web"}, "spec": {"containers": containers, "initContainers": [*inits]},
                  **({"status": before} if before else {})})
    return pod_status(pod, pod_seen("u", parts), phase, now, **more)


def app(*parts, **more):
    return reported(HOME, *parts, **more)["containerStatuses"][0]


def condition(status, type):
    return next(c for c in status["conditions"] if c["type"] == type)


def test_a_container_that_runs_has_a_start_an_id_and_is_ready():
    status = app(o("running"))
    assert status["state"] == {"running": {"startedAt": timestamp(NOW - 60)}}
    assert (status["ready"], status["started"], status["restartCount"]) == (True, True, 0)
    assert (status["containerID"], status["imageID"], status["lastState"]) == ("mini-k8s://app-0", "web:1", {})
    assert app(o("paused"))["state"].keys() == {"running"}, "it is frozen, not gone"


def test_a_container_that_is_not_there_waits_for_its_making_or_for_the_init_containers():
    assert app()["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert app(o("created"))["state"] == {"waiting": {"reason": "ContainerCreating"}}
    status = reported(HOME, phase="Pending", inits=[{"name": "init"}], initialized=False)
    assert status["containerStatuses"][0]["state"] == {"waiting": {"reason": "PodInitializing"}}
    assert status["initContainerStatuses"][0]["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert "containerID" not in app(o("created")), "nobody started it"


@pytest.mark.parametrize(("code", "oom", "reason"), [
    (0, False, "Completed"), (3, False, "Error"), (137, False, "Error"), (137, True, "OOMKilled"), (1, True, "Error")])
def test_an_end_has_its_code_its_times_and_a_reason(code, oom, reason):
    """A child that was killed for memory, and the container went on to end with another code: that is no OOMKilled."""
    ended = app(o("exited", code=code, oom_killed=oom))["state"]["terminated"]
    assert ended == {"exitCode": code, "reason": reason, "startedAt": timestamp(NOW - 60),
                     "finishedAt": timestamp(NOW - 30), "containerID": "mini-k8s://app-0"}


def test_an_end_of_which_nobody_knows_the_code_is_an_error():
    assert app(o("exited"))["state"]["terminated"]["exitCode"] == 255


def test_the_run_before_is_the_last_that_ended_and_restarts_are_those_that_were_started():
    dead, again = o("exited", code=1), o("exited", attempt=1, code=2)
    status = app(dead, again, o("running", attempt=2))
    assert (status["lastState"]["terminated"]["exitCode"], status["restartCount"]) == (2, 2)
    status = app(dead, again)
    assert (status["state"]["terminated"]["exitCode"], status["lastState"]["terminated"]["exitCode"]) == (2, 1)
    status = app(dead, again, o("created", attempt=2), before={"containerStatuses": [
        {"name": "app", "restartCount": 1}]})
    assert status["lastState"]["terminated"]["exitCode"] == 2
    assert status["restartCount"] == 1, "the next one was made, and not started"
    assert app(dead, o("created", attempt=1), o("running", attempt=2))["lastState"]["terminated"]["exitCode"] == 1


def test_who_waits_for_the_next_run_says_why_and_how_the_last_one_ended():
    status = app(o("exited", code=1), waiting={"app": Waiting("CrashLoopBackOff", "back-off 10s")})
    assert status["state"] == {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}
    assert status["lastState"]["terminated"]["exitCode"] == 1
    assert (status["ready"], status["started"]) == (False, False)
    assert "message" not in app(waiting={"app": Waiting("ErrImagePull")})["state"]["waiting"]
    assert app(o("running"), waiting={"app": Waiting("ErrImagePull")})["state"].keys() == {"running"}


def test_what_has_gone_from_the_machine_is_still_known_from_before():
    """Its containers were removed with the old sandbox: restarts and the last end do not begin anew."""
    last = {"terminated": {"exitCode": 7}}
    before = {"containerStatuses": [{"name": "app", "restartCount": 4, "lastState": last}]}
    status = app(o("running"), before=before)
    assert (status["restartCount"], status["lastState"]) == (4, last)
    assert app(before=before)["lastState"] == last
    assert app(o("running", attempt=5), before=before)["restartCount"] == 5


def test_init_containers_are_ready_when_they_are_done_and_sidecars_while_they_run():
    inits = [{"name": "init"}, {"name": "bad"}, {"name": "now"}, {"name": "proxy", "restartPolicy": "Always"}]
    status = reported(HOME, o("exited", "init", code=0), o("exited", "bad", code=1), o("running", "now"),
                      o("running", "proxy"), inits=inits, phase="Pending", initialized=False)
    assert [one["ready"] for one in status["initContainerStatuses"]] == [True, False, False, True]
    said = condition(status, "Initialized")
    assert (said["status"], said["reason"]) == ("False", "ContainersNotInitialized")
    assert said["message"] == "containers with incomplete status: [bad now]"


def test_a_pod_is_ready_when_all_its_containers_are():
    status = reported(HOME, o("running"), o("running", "b"), o("exited", "c", code=0), names=("app", "b", "c"),
                      ready=lambda pod, name: name == "app")
    assert [one["ready"] for one in status["containerStatuses"]] == [True, False, False]
    for type in ("Ready", "ContainersReady"):
        said = condition(status, type)
        assert (said["status"], said["reason"]) == ("False", "ContainersNotReady")
        assert said["message"] == "containers with unready status: [b c]"
    whole = reported(HOME, o("running"))
    assert {c["status"] for c in whole["conditions"]} == {"True"}
    assert not any("reason" in c for c in whole["conditions"])


@pytest.mark.parametrize(("phase", "code", "reason"), [("Succeeded", 0, "PodCompleted"), ("Failed", 1, "PodFailed")])
def test_a_pod_that_is_over_is_not_ready_and_says_so(phase, code, reason):
    status = reported(o("exited", code=code), phase=phase, before={"podIP": "10.0.0.9", "podIPs": [{"ip": "10.0.0.9"}]})
    for type in ("Ready", "ContainersReady"):
        assert (condition(status, type)["status"], condition(status, type)["reason"]) == ("False", reason)
    assert condition(status, "Initialized").get("reason") == ("PodCompleted" if phase == "Succeeded" else None)
    assert (status["podIP"], status["podIPs"]) == ("10.0.0.9", ({"ip": "10.0.0.9"},)), "where it was"


def test_a_pod_has_the_address_of_its_sandbox_while_that_lives():
    assert reported(HOME)["podIP"] == "10.0.0.1"
    for gone in ((), (o("exited", "home", kind="sandbox", address="10.0.0.1", code=0),),
                 (o("running", "home", kind="sandbox", sandbox=None),)):
        status = reported(*gone, before={"podIP": "10.0.0.9"})
        assert "podIP" not in status, "it had one, and gets another"
    status = reported(o("exited", "home", kind="sandbox", address="10.0.0.1", code=0))
    assert condition(status, "PodReadyToStartContainers")["status"] == "False"


def test_a_condition_says_since_when_it_has_been_so():
    first = reported(HOME, o("running"))
    assert {c["lastTransitionTime"] for c in first["conditions"]} == {timestamp(NOW)}
    later = reported(HOME, o("exited", code=1), before=first, now=NOW + 60)
    since = {c["type"]: c["lastTransitionTime"] for c in later["conditions"]}
    assert since == {c["type"]: timestamp(NOW + 60 if c["type"] in ("Ready", "ContainersReady") else NOW)
                     for c in first["conditions"]}
    assert later["startTime"] == first["startTime"] == timestamp(NOW)


def test_what_others_wrote_into_the_status_is_kept():
    before = {"qosClass": "Burstable", "reason": "Evicted", "message": "why", "nominatedNodeName": "n"}
    status = reported(HOME, before=before)
    assert {name: status[name] for name in before} == before


def test_last_words_are_those_of_this_very_run_also_when_they_were_heard_by_another_kubelet():
    ended = [o("exited", code=1), o("exited", attempt=1, code=1)]
    first = reported(HOME, *ended, words={"app-0": "first", "app-1": "second"})
    status = first["containerStatuses"][0]
    assert (status["state"]["terminated"]["message"], status["lastState"]["terminated"]["message"]) == (
        "second", "first")
    later = reported(HOME, *ended, o("running", attempt=2), before=first, words={"app-1": ""})
    assert later["containerStatuses"][0]["lastState"]["terminated"]["message"] == "second"
    other = reported(HOME, o("exited", attempt=3, code=1), before=first)
    assert "message" not in other["containerStatuses"][0]["state"]["terminated"]
