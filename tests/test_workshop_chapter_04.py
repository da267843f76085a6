"""The workbench of chapter 4: a learner's functions in the kubelet, and everything that breaks a pod."""

import re

import pytest
from helpers import no_docker, not_run, wait_for

from mini_k8s import control_loop, pod_actions
from mini_k8s.errors import NotFound
from mini_k8s.runtimes import SHARED_NETWORK, VOLUMES
from mini_k8s.runtimes.process_engine import why_not
from mini_k8s.workshop import chapter, exercises, parts
from mini_k8s.workshop.ours import our_source

TARGETS = ("mini_k8s.control_loop:diff", *(t for n, t in exercises.TARGETS.items() if n.startswith("4.")))
WEB = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  nodeName: node-1
  terminationGracePeriodSeconds: 0
  volumes: [{name: page, emptyDir: {medium: Memory, sizeLimit: 1Mi}}]
  containers:
  - name: web
    image: mini-k8s/web:1
    volumeMounts: [{name: page, mountPath: /www/page}]
  - name: clock
    image: mini-k8s/base:1
    command: [sh, -c, 'while sleep 0.2; do echo "$(date)" > /page/new && mv /page/new /page/now; done']
    volumeMounts: [{name: page, mountPath: /page}]
"""
TWINS = """
apiVersion: v1
kind: Pod
metadata: {name: twins}
spec:
  nodeName: node-1
  terminationGracePeriodSeconds: 0
  containers:
  - {name: first, image: mini-k8s/web:1}
  - {name: second, image: mini-k8s/web:1}
"""


def status(lab, pod, container):
    return next(one for one in lab.pod(pod)["status"]["containerStatuses"] if one["name"] == container)


@pytest.fixture
def open_lab(monkeypatch, tmp_path):
    """``open_lab(runtime)`` opens chapter 4 there; what it made is removed, and ours run again."""
    monkeypatch.setenv("MINI_K8S_NOTHING_KEPT", "1")
    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)
    opened = []

    def open_(runtime="simulated"):
        if runtime == "docker" and no_docker():
            not_run("docker", no_docker())
        if runtime == "process" and why_not():
            not_run("process", why_not())
        monkeypatch.setenv("MINI_K8S_RUNTIME", runtime)
        opened.append(chapter(4))
        return opened[-1]

    yield open_
    for target in TARGETS:
        parts.uninstall(target)
    for lab in opened:
        lab.close()


@pytest.fixture
def lab(open_lab):
    return open_lab()


@pytest.mark.parametrize("runtime", ["process", "docker"])
def test_a_container_that_comes_back_finds_the_address_it_had(open_lab, runtime):
    """It is a new container; the address is the sandbox's."""
    lab = open_lab(runtime)
    lab.apply(WEB)
    wait_for(lab.until("web"))
    address, before = lab.address("web"), lab._attempts("web", "web")[-1].id
    lab.kill("web", "web")
    wait_for(lab.until("web", restarts={"web": 1}))
    assert lab.address("web") == address
    assert lab._attempts("web", "web")[-1].id != before
    assert status(lab, "web", "clock")["restartCount"] == 0
    lab.should_answer("web")

    lab.kill("web", "web")  # the same cells again: the restart of before is not taken for the one of now
    wait_for(lab.until("web", restarts={"web": 1}))
    assert status(lab, "web", "web")["restartCount"] == 2


@pytest.mark.parametrize("runtime", ["process", "docker"])
def test_a_pod_whose_sandbox_died_is_rebuilt_whole_by_kubelets_that_know_nothing(open_lab, runtime):
    """Until then its containers run on; whether anybody reaches them, the machine decides."""
    lab = open_lab(runtime)
    lab.apply(WEB)
    wait_for(lab.until("web"))
    lab.should_answer("web")
    lab.stop_kubelets()
    with pytest.raises(AssertionError, match=r"with 1 restart of web\. No kubelet looks after it: lab\.start"):
        wait_for(lab.until("web", restarts={"web": 1}, within=0.1))
    lab.kill_sandbox("web")
    sandbox, seen = lab.seen("web")
    assert sandbox == "dead"
    assert [one.state for one in seen.values()] == ["running", "running"]
    reached = not lab.visit("web").startswith("(")
    assert reached == (SHARED_NETWORK not in lab.runtime.can)
    assert lab.without_sandbox() == f"they run on, and {'answer as before' if reached else 'nobody reaches them'}"
    lab.start_kubelets()
    wait_for(lab.until_rebuilt("web"))
    lab.should_answer("web")


@pytest.mark.parametrize("runtime", ["process", "docker"])
def test_of_two_servers_on_one_port_one_crashes_and_its_log_says_why(open_lab, runtime, capsys):
    """The pod is Running all the while."""
    lab = open_lab(runtime)
    lab.apply(TWINS)
    late = wait_for(lab.until_waiting("twins", restarts=2))  # mostly the second
    lab.should_be("twins", "Running")
    capsys.readouterr()
    lab.logs("twins", late)
    assert "Address already in use" in capsys.readouterr().out
    lab.waits("twins", late)
    first, second, third, *_ = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"restart 1, after a run of \d[.]\d s: waits 0 s", first)
    assert [line.rpartition("waits ")[2] for line in (second, third)] == ["1 s", "2 s"]


def test_a_full_volume_is_everybodys_trouble(open_lab, capsys):
    """What was written last is served on; nobody has crashed, and the log says what is wrong."""
    lab = open_lab("docker")
    lab.apply(WEB)
    wait_for(lab.until("web"))
    assert ":" in lab.visit("web", "/page/now")
    assert lab.run("web", "clock", "cat /dev/zero > /page/fill") != 0
    assert "No space left on device" in capsys.readouterr().out
    wait_for(lab.watch(0.5))
    before = lab.visit("web", "/page/now")
    wait_for(lab.watch(2))
    assert lab.visit("web", "/page/now") == before != ""
    lab.logs("web", "clock")
    assert "No space left on device" in capsys.readouterr().out
    assert status(lab, "web", "clock")["restartCount"] == 0


def test_what_a_machine_cannot_do_is_said(open_lab, capsys):
    """Volumes are left out where there are none, and not in silence."""
    lab = open_lab("process")
    assert VOLUMES not in lab.runtime.can
    lab.apply(WEB)
    assert "pod/web created (without its volumes)" in capsys.readouterr().out
    assert not lab.has_volumes()
    assert "On Docker there are both" in capsys.readouterr().out


def test_the_learners_own_functions_decide(lab, capsys):
    """diff of chapter 2 chooses the pods, and this chapter's four what happens to each."""
    asked = []
    parts.install("mini_k8s.control_loop:diff", our_source("mini_k8s.control_loop:diff"))
    for target in TARGETS[1:]:
        parts.install(target, our_source(target))
    for module, name in ((control_loop, "diff"), *((pod_actions, t.partition(":")[2]) for t in TARGETS[1:])):
        yours = getattr(module, name)
        setattr(module, name, lambda *args, name=name, yours=yours: asked.append(name) or yours(*args))
    try:
        lab.apply(TWINS.replace("  containers:", "  initContainers:\n  - {name: go, image: mini-k8s/base:1, "
                                "command: [sh, -c, exit 0]}\n  containers:"))
        wait_for(lab.until_waiting("twins", restarts=2))
    finally:
        for target in TARGETS:
            parts.uninstall(target)
    assert {*asked} >= {"diff", "phase", "crash_backoff", "compute_pod_actions", "next_init"}
    assert parts.whose("mini_k8s.pod_actions:phase") == "ours"


def test_a_pod_that_nobody_places_stays_pending(lab):
    lab.apply(WEB.replace("  nodeName: node-1\n", ""))
    wait_for(lab.watch(0.5))
    lab.should_be("web", "Pending")
    assert lab.seen("web") == (None, {})


def test_the_four_policies_end_as_they_should(lab, capsys):
    lab.apply("apiVersion: v1\nkind: Pod\nmetadata: {name: job}\nspec:\n  nodeName: node-2\n  restartPolicy: Never\n"
              "  containers:\n  - {name: job, image: mini-k8s/base:1, command: [sh, -c, exit 3]}\n")
    wait_for(lab.compare("job"))
    assert capsys.readouterr().out.splitlines()[-1].split() == ["job", "Never", "exit", "3", "Failed"]


def test_what_is_not_there_is_said_with_what_is(lab):
    """No traceback, and the next step."""
    with pytest.raises(NotFound, match="there is no pod 'wbe'"):
        lab.pod("wbe")
    with pytest.raises(AssertionError, match="was not killed yet"):
        wait_for(lab.until_rebuilt("client"))


def test_the_chapter_opened_again_begins_anew(open_lab, capsys):
    """What an earlier run left is removed, and the picture of then says that it is over."""
    lab = open_lab("process")
    lab.apply(WEB)
    wait_for(lab.until("web"))
    view = lab.picture("web")
    again = open_lab("process")
    assert "Nobody looks any more" in repr(view)
    with pytest.raises(NotFound):
        again.pod("web")
    again.apply(WEB)
    wait_for(again.until("web"))
