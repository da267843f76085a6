"""`mini-k8s apply`, `get`, `describe`, `logs`, `exec` and `delete`, as their user types them, on one cluster."""

import json
import re
import signal
import subprocess
import sys

import pytest
from helpers import eventually, no_processes, not_run
from terminal import BASE, Terminal, manifests, pod

from mini_k8s.manifests import read_text

SLEEPS = ", command: [sh, -c, 'echo one; echo two >&2; echo three; exec sleep 1000']"
PAIR = """\
apiVersion: v1
kind: Pod
metadata: {name: pair}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: first, image: 'mini-k8s/base:1', command: [sh, -c, 'echo first; exec sleep 1000']}
  - {name: second, image: 'mini-k8s/base:1', command: [sh, -c, 'echo second; exec sleep 1000']}
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {colour: blue, size: '4'}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {password: open-sesame}\n"


@pytest.fixture(scope="module")
def terminal():
    """One cluster for all of them, on the process runtime; each uses pods of its own."""
    if no_processes():
        not_run("process", no_processes())
    terminal = Terminal("process")
    terminal.up("--nodes", "2")
    yield terminal
    terminal.close()


@pytest.fixture
def apply(terminal):
    """``apply(manifest)`` brings it in from standard input; when the test ends, its pods are gone."""
    given = []

    def run(*texts):
        given.extend(texts)
        return terminal.says("apply", "-f", "-", stdin=manifests(*texts))

    yield run
    terminal("delete", "-f", "-", "--ignore-not-found", "--force", stdin=manifests(*given))


def until_running(terminal, *names):
    eventually(lambda: all(json.loads(terminal.says("get", "pod", name, "-o", "json"))["status"]["phase"] == "Running"
                           for name in names), because="the pods run", shows=lambda: terminal.says("get", "pods"))


# apply


def test_what_is_applied_is_created_then_unchanged_then_configured(terminal, apply):
    assert apply(CONFIG) == "configmap/settings created\n"
    assert apply(CONFIG) == "configmap/settings unchanged\n"
    assert apply(CONFIG.replace("blue", "red")) == "configmap/settings configured\n"


def test_what_a_file_does_not_say_any_more_is_removed_and_what_others_wrote_stays(terminal, apply):
    apply(CONFIG)
    apply(CONFIG.replace(", size: '4'", ""))
    assert json.loads(terminal.says("get", "cm", "settings", "-o", "json"))["data"] == {"colour": "blue"}


def test_a_pod_that_runs_is_applied_again_and_nothing_changes(terminal, apply):
    apply(PAIR)
    until_running(terminal, "pair")
    assert apply(PAIR) == "pod/pair unchanged\n"


def test_a_namespace_may_come_with_what_lives_in_it_and_after_it_in_the_file(terminal, apply):
    inside = CONFIG.replace("settings", "settings, namespace: shop")
    said = apply(inside, "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    assert said == "namespace/shop created\nconfigmap/settings created\n"


def test_of_two_manifests_with_one_mistake_nothing_is_applied(terminal):
    done = terminal("apply", "-f", "-", stdin=manifests(CONFIG, "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n"))
    assert done.returncode == 1
    assert "standard input, document 2" in done.stderr
    assert "spec.containers: Required value" in done.stderr
    assert terminal("get", "cm", "settings").returncode == 1


def test_a_change_that_a_pod_does_not_allow_is_shown_with_its_place(terminal, apply):
    apply(pod("fixed", BASE, SLEEPS))
    done = terminal("apply", "-f", "-", stdin=pod("fixed", BASE, SLEEPS, "hostname: other"))
    assert done.returncode == 1
    assert re.search("document 1, line [0-9]+: spec: Forbidden: pod updates may not change", done.stderr)


def test_an_unknown_field_is_a_warning(terminal, apply):
    done = terminal("apply", "-f", "-", stdin=CONFIG + "dataa: {}\n")
    assert done.returncode == 0
    assert "Warning: standard input, document 1, line 5: dataa: unknown field. Did you mean data?" in done.stderr
    terminal.says("delete", "cm", "settings")


def test_n_is_the_namespace_of_what_names_none_and_refuses_what_names_another(terminal):
    assert terminal("apply", "-f", "-", "-n", "kube-system", stdin=CONFIG).returncode == 0
    assert terminal.says("get", "cm", "-n", "kube-system", "-o", "name") == "configmap/settings\n"
    other = CONFIG.replace("settings", "settings, namespace: default")
    assert "-n says 'kube-system'" in terminal("apply", "-f", "-", "-n", "kube-system", stdin=other).stderr
    terminal.says("delete", "cm", "settings", "-n", "kube-system")


# get


def test_get_shows_kubectls_columns(terminal, apply):
    apply(pod("web", BASE, SLEEPS))
    until_running(terminal, "web")
    head, row = terminal.says("get", "pods").splitlines()
    assert head.split() == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert re.fullmatch(r"web    1/1     Running   0          \d+s", row)
    assert re.search(r"^default +web +1/1 +Running .* node-[12] ", terminal.says("get", "po", "-A", "-o", "wide"), re.M)
    assert terminal.says("get", "pod/web", "-o", "name") == "pod/web\n"


def test_get_as_yaml_can_be_applied_again(terminal, apply):
    apply(CONFIG)
    text = terminal.says("get", "cm", "settings", "-o", "yaml")
    [document] = read_text(text)
    assert document.object["data"] == {"colour": "blue", "size": "4"}
    assert terminal.says("apply", "-f", "-", stdin=text) == "configmap/settings configured\n"  # its version is noted


def test_several_are_a_list(terminal, apply):
    apply(CONFIG, SECRET)
    shown = json.loads(terminal.says("get", "cm,secrets", "-o", "json"))
    assert (shown["kind"], [one["kind"] for one in shown["items"]]) == ("List", ["ConfigMap", "Secret"])
    assert "configmap/settings" in terminal.says("get", "cm,secrets")


def test_get_chooses_by_labels_and_fields(terminal, apply):
    apply(pod("one", BASE, SLEEPS), pod("two", BASE, SLEEPS))
    assert terminal.says("get", "pods", "-l", "app=one", "-o", "name") == "pod/one\n"
    assert terminal.says("get", "pods", "-l", "app in (one,two)", "-o", "name") == "pod/one\npod/two\n"
    assert terminal.says("get", "pods", "--field-selector", "metadata.name!=one", "-o", "name") == "pod/two\n"


def test_what_is_not_there_is_said_as_kubectl_says_it(terminal, apply):
    apply(CONFIG)
    done = terminal("get", "cm", "settings", "nope")
    assert (done.returncode, done.stderr) == (1, 'Error from server (NotFound): configmaps "nope" not found\n')
    assert "settings" in done.stdout
    done = terminal("get", "pods", "-l", "app=nobody")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "No resources found in default namespace.\n")


@pytest.mark.parametrize(("words", "says"), [
    (["get", "deployments"], "Deployment comes in chapter 10"),
    (["get", "pots"], 'the server doesn\'t have a resource type "pots"'),
    (["get", "pods", "-l", "a==="], "-l"), (["get", "pod/"], "kind/name"),
    (["describe", "pod", "nope"], 'pods "nope" not found'), (["logs", "nope"], 'pods "nope" not found'),
    (["exec", "nope", "--", "ls"], 'pods "nope" not found'), (["delete", "pod", "nope"], 'pods "nope" not found'),
    (["delete", "pods"], "no name was specified"), (["delete"], "say what is to go"),
    (["delete", "namespace", "default"], "this namespace may not be deleted"),
    (["get", "pods", "--name", "nobody"], "no cluster 'nobody' runs here. There are: default."),
    (["exec", "-it", "web", "--", "sh"], "before chapter 11")])
def test_what_cannot_be_is_refused_in_words(terminal, words, says):
    done = terminal(*words)
    assert done.returncode == 1
    assert says in done.stderr or says == "-l"
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_w_shows_what_changes_until_it_is_interrupted(terminal, apply):
    out = terminal.folder / "watch.txt"
    with out.open("w") as file:
        watch = subprocess.Popen([sys.executable, "-m", "mini_k8s", "get", "pods", "-w"], cwd=terminal.folder,
                                 env=terminal.env, stdout=file, stderr=subprocess.STDOUT)
    try:
        apply(pod("seen", BASE, SLEEPS))
        eventually(lambda: re.search(r"^seen +1/1 +Running", out.read_text(), re.M), shows=out.read_text)
        terminal.says("delete", "pod", "seen", "--now")
        eventually(lambda: re.search(r"^seen +\S+ +Terminating", out.read_text(), re.M), shows=out.read_text)
        watch.send_signal(signal.SIGINT)
        assert watch.wait(30) == 130
        assert "Traceback" not in out.read_text()
    finally:
        watch.kill()
        watch.wait()


# describe


def test_describe_shows_a_pod_with_what_happened_to_it(terminal, apply):
    apply(PAIR)
    until_running(terminal, "pair")
    eventually(lambda: "Started" in terminal.says("describe", "pod", "pair").partition("Events:")[2])
    shown = terminal.says("describe", "pod", "pair")
    assert re.search(r"^Node: +node-[12]$", shown, re.M)
    assert re.search(r"^  first:\n    Container ID:", shown, re.M)
    assert re.search(r"^    State: +Running$", shown, re.M)
    assert re.search(r"^QoS Class: +BestEffort$", shown, re.M)


def test_describe_tells_no_secret(terminal, apply):
    apply(SECRET)
    shown = terminal.says("describe", "secret", "key")
    assert "password:  11 bytes" in shown
    assert "sesame" not in shown
    assert "b3Blbi1zZXNhbWU" not in shown


@pytest.mark.parametrize("what", ["nodes", "namespaces", "events", "pods"])
def test_describe_knows_every_kind(terminal, what):
    assert terminal("describe", what).returncode == 0


# logs and exec


def test_logs_are_what_it_printed(terminal, apply):
    apply(pod("talks", BASE, SLEEPS))
    until_running(terminal, "talks")
    eventually(lambda: terminal.says("logs", "talks") == "one\ntwo\nthree\n")
    assert terminal.says("logs", "pod/talks", "--tail", "1") == "three\n"
    assert terminal.says("logs", "talks", "--limit-bytes", "5") == "one\nt"


def test_of_several_containers_the_first_is_meant_and_that_is_said(terminal, apply):
    apply(PAIR)
    until_running(terminal, "pair")
    done = eventually(lambda: (done := terminal("logs", "pair")).stdout and done)
    assert (done.stdout, done.stderr) == ("first\n", 'Defaulted container "first" out of: first, second\n')
    assert terminal.says("logs", "pair", "-c", "second") == "second\n"
    assert terminal.says("logs", "pair", "second") == "second\n"
    assert "container third is not valid for pod pair" in terminal("logs", "pair", "-c", "third").stderr


def test_the_run_before_the_last_restart_can_be_read(terminal, apply):
    apply(pod("dies", BASE, ", command: [sh, -c, 'echo $$$$; sleep 0.2; exit 3']"))
    eventually(lambda: terminal("logs", "dies", "--previous").returncode == 0)
    last, before = terminal.says("logs", "dies"), terminal.says("logs", "dies", "-p")
    assert last.strip().isdecimal()
    assert before.strip().isdecimal()
    assert last != before


def test_of_one_that_never_ran_before_there_is_no_run_before(terminal, apply):
    apply(pod("once", BASE, SLEEPS))
    until_running(terminal, "once")
    done = terminal("logs", "once", "--previous")
    assert (done.returncode, done.stderr) == (1, 'Error from server (BadRequest): previous terminated container "once" '
                                                 'in pod "once" not found\n')


def test_follow_goes_on_until_it_ends(terminal, apply):
    apply(pod("ends", BASE, ", command: [sh, -c, 'echo a; sleep 1; echo b']", "restartPolicy: Never"))
    eventually(lambda: terminal("logs", "ends").returncode == 0)
    assert terminal.says("logs", "-f", "ends") == "a\nb\n"


def test_a_command_runs_inside_and_its_exit_status_is_ours(terminal, apply):
    apply(pod("box", BASE, SLEEPS))
    until_running(terminal, "box")
    assert terminal("exec", "box", "--").returncode == 1
    assert terminal.says("exec", "box", "--", "echo", "-n", "a", "--", "b") == "a -- b"
    done = terminal("exec", "box", "-c", "box", "--", "sh", "-c", "echo out; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "command terminated with exit code 7\n")


# delete


def test_delete_waits_until_it_has_gone(terminal, apply):
    apply(pod("leaves", BASE, SLEEPS, "terminationGracePeriodSeconds: 1"))
    until_running(terminal, "leaves")
    assert terminal.says("delete", "pod", "leaves") == 'pod "leaves" deleted\n'
    assert terminal("get", "pod", "leaves").returncode == 1


def test_delete_need_not_wait(terminal, apply):
    stays = ", command: [sh, -c, \"trap '' TERM; while :; do sleep 0.1; done\"]"
    apply(pod("stays", BASE, stays, "terminationGracePeriodSeconds: 60"))
    until_running(terminal, "stays")
    terminal.says("delete", "pod", "stays", "--wait=false")
    assert "Terminating" in terminal.says("get", "pod", "stays")
    assert "is still there after 0.2 s" in terminal("delete", "pod", "stays", "--timeout", "0.2").stderr
    done = terminal("delete", "pod", "stays", "--force", "--grace-period=0")
    assert done.stdout == 'pod "stays" force deleted\n'
    assert "Immediate deletion does not wait" in done.stderr
    assert terminal("get", "pod", "stays").returncode == 1


def test_delete_takes_labels_files_and_all(terminal, apply):
    apply(pod("a1", BASE, SLEEPS), pod("a2", BASE, SLEEPS), CONFIG, SECRET)
    assert terminal.says("delete", "pods", "-l", "app=a1", "--now") == 'pod "a1" deleted\n'
    assert terminal.says("delete", "-f", "-", stdin=CONFIG) == 'configmap "settings" deleted\n'
    assert terminal.says("delete", "pods,secrets", "--all", "--now") == 'pod "a2" deleted\nsecret "key" deleted\n'
    assert terminal.says("delete", "pod", "a1", "--ignore-not-found") == ""
