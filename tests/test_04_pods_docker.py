"""Ordinary pod manifests on real containers, from outside: what Kubernetes does with them, ours does.

The titles are those of Kubernetes' conformance tests (``test/conformance/testdata/conformance.yaml``, the chapters on
pods, containers, configuration and storage); the cases are in our own words. All pods of the table are started
together, so the engine is asked once and not thirty times.
"""

import re

import pytest
from helpers import clear_up, eventually, new_name

from mini_k8s.cluster import Cluster
from mini_k8s.errors import NotFound

BASE = "mini-k8s/base:1"


def sh(script, name="main", image=BASE, **more):
    return {"name": name, "image": image, "command": ["sh", "-c", script], **more}


def pod(*containers, **spec):
    return {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [*containers], **spec}


def mounted(name, at, **more):
    return {"name": name, "mountPath": at, **more}


CONFIG = [
    {"kind": "ConfigMap", "metadata": {"name": "settings"},
     "data": {"colour": "blue", "many.txt": "one\ntwo\n"}, "binaryData": {"raw": "/wD+"}},
    {"kind": "Secret", "metadata": {"name": "key"}, "stringData": {"password": "s3cret"}},
]
EMPTY = [{"name": "v", "emptyDir": {}}]
SETTINGS = [{"name": "v", "configMap": {"name": "settings"}}]
FIELDS = {"NAME": "metadata.name", "NAMESPACE": "metadata.namespace", "UID": "metadata.uid", "NODE": "spec.nodeName",
          "IP": "status.podIP", "HOST": "status.hostIP", "TIER": "metadata.labels['tier']"}

# title -> (spec, what its main container prints)
TABLE = {
    "Docker containers, with command": (
        pod({"name": "main", "image": BASE, "command": ["echo", "my command"]}), "my command\n"),
    "Docker containers, with command and arguments": (
        pod({"name": "main", "image": BASE, "command": ["echo"], "args": ["a", "b  c"]}), "a b  c\n"),
    "Docker containers, with arguments": (
        pod({"name": "main", "image": BASE, "args": ["echo", "only args"]}), "only args\n"),
    "Kubelet, log output": (pod(sh("echo one; echo two >&2")), ("one\ntwo\n", "two\none\n")),
    "Environment variables, expansion": (
        pod(sh("echo $C", env=[{"name": "A", "value": "a"}, {"name": "C", "value": "$(A)-$(B)-$$(A)"}])),
        "a-$(B)-$(A)\n"),
    "Environment variables, command and argument expansion": (
        pod({"name": "main", "image": BASE, "command": ["echo", "$(A)"], "args": ["$(A)b", "$$(A)"],
             "env": [{"name": "A", "value": "x"}]}), "x xb $(A)\n"),
    "ConfigMap, from environment field": (
        pod(sh("echo $C", env=[{"name": "C", "valueFrom": {"configMapKeyRef": {
            "name": "settings", "key": "colour"}}}])), "blue\n"),
    "ConfigMap, from environment variables": (
        pod(sh("echo $P_colour", envFrom=[{"prefix": "P_", "configMapRef": {"name": "settings"}}])), "blue\n"),
    "ConfigMap, optional and missing": (
        pod(sh("echo \"[$C]\"", env=[{"name": "C", "valueFrom": {"configMapKeyRef": {
            "name": "nowhere", "key": "x", "optional": True}}}])), "[]\n"),
    "Secrets, pod environment field": (
        pod(sh("echo $S", env=[{"name": "S", "valueFrom": {"secretKeyRef": {"name": "key", "key": "password"}}}])),
        "s3cret\n"),
    "Secrets, pod environment from source": (
        pod(sh("echo $password", envFrom=[{"secretRef": {"name": "key"}}])), "s3cret\n"),
    "DownwardAPI, environment for name, namespace, uid, node and addresses": (
        pod(sh(" && ".join(f"test -n \"${name}\"" for name in FIELDS) + " && echo $NAMESPACE $TIER $IP $(hostname -i)",
               env=[{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in FIELDS.items()])),
        re.compile(r"default front (\S+) \1\n")),
    "DownwardAPI, environment for CPU and memory limits and requests": (
        pod(sh("echo $CPU $MEMORY", resources={"limits": {"cpu": "1250m", "memory": "64Mi"}}, env=[
            {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
            {"name": "MEMORY", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Mi"}}}])),
        "2 64\n"),
    "EmptyDir, medium default, volume mode default": (
        pod(sh("stat -c %a /v; touch /v/x && echo written", volumeMounts=[mounted("v", "/v")]), volumes=EMPTY),
        re.compile(r"1?777\nwritten\n")),
    "EmptyDir, non-root user": (
        pod(sh("id -u; touch /v/x && echo written", volumeMounts=[mounted("v", "/v")],
               securityContext={"runAsUser": 1001}), volumes=EMPTY), "1001\nwritten\n"),
    "EmptyDir, medium memory": (
        pod(sh("grep ' /v ' /proc/mounts | cut -d' ' -f3; touch /v/x && echo written",
               volumeMounts=[mounted("v", "/v")]), volumes=[{"name": "v", "emptyDir": {"medium": "Memory"}}]),
        "tmpfs\nwritten\n"),
    "EmptyDir, shared volumes between containers": (
        pod(sh("until test -s /v/x; do sleep 0.1; done; cat /v/x", volumeMounts=[mounted("v", "/v")]),
            sh("echo from the other > /w/x", "other", volumeMounts=[mounted("v", "/w")]), volumes=EMPTY),
        "from the other\n"),
    "ConfigMap Volume, without mapping": (
        pod(sh("cd /v && ls && cat colour && echo && cat many.txt", volumeMounts=[mounted("v", "/v")]),
            volumes=SETTINGS), "colour\nmany.txt\nraw\nblue\none\ntwo\n"),
    "ConfigMap Volume, binary data": (
        pod(sh("od -An -tx1 /v/raw", volumeMounts=[mounted("v", "/v")]), volumes=SETTINGS), " ff 00 fe\n"),
    "ConfigMap Volume, with mapping and mode": (
        pod(sh("cat /v/path/to/it; stat -L -c %a /v/path/to/it", volumeMounts=[mounted("v", "/v")]),
            volumes=[{"name": "v", "configMap": {"name": "settings", "items": [
                {"key": "many.txt", "path": "path/to/it", "mode": 0o400}]}}]), "one\ntwo\n400\n"),
    "ConfigMap Volume, is read only": (
        pod(sh("touch /v/x 2>/dev/null || echo refused", volumeMounts=[mounted("v", "/v")]), volumes=SETTINGS),
        "refused\n"),
    "Secrets Volume, default, in memory": (
        pod(sh("cat /v/password; echo; grep ' /v ' /proc/mounts | cut -d' ' -f3", volumeMounts=[mounted("v", "/v")]),
            volumes=[{"name": "v", "secret": {"secretName": "key"}}]), "s3cret\ntmpfs\n"),
    "DownwardAPI volume, labels and name": (
        pod(sh("cat /v/labels /v/name", volumeMounts=[mounted("v", "/v")]), volumes=[{"name": "v", "downwardAPI": {
            "items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
                      {"path": "name", "fieldRef": {"fieldPath": "metadata.namespace"}}]}}]), 'tier="front"default'),
    "Projected Volume, multiple projections": (
        pod(sh("cd /v && cat colour && cat password && cat ns", volumeMounts=[mounted("v", "/v")]),
            volumes=[{"name": "v", "projected": {"sources": [
                {"configMap": {"name": "settings"}}, {"secret": {"name": "key"}},
                {"downwardAPI": {"items": [{"path": "ns", "fieldRef": {"fieldPath": "metadata.namespace"}}]}}]}}]),
        "blues3cretdefault"),
    "SubPath, with a key of a ConfigMap": (
        pod(sh("cat /etc/colour", volumeMounts=[mounted("v", "/etc/colour", subPath="colour")]), volumes=SETTINGS),
        "blue"),
    "SubPath, of a volume": (
        pod(sh("touch /a/here; ls /all/deep", volumeMounts=[mounted("v", "/a", subPath="deep"), mounted("v", "/all")]),
            volumes=EMPTY), "here\n"),
    "Variable Expansion, subpath": (
        pod(sh("touch /a/here; ls /all/$NAME/deep",
               env=[{"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}],
               volumeMounts=[mounted("v", "/a", subPathExpr="$(NAME)/deep"), mounted("v", "/all")]), volumes=EMPTY),
        "here\n"),
    "Variable Expansion, subpath with backticks": (
        pod(sh("touch /a/here; ls '/all/`pwd`'", env=[{"name": "NAME", "value": "`pwd`"}],
               volumeMounts=[mounted("v", "/a", subPathExpr="$(NAME)"), mounted("v", "/all")]), volumes=EMPTY),
        "here\n"),
    "SubPath, one of each container": (
        pod(sh("until test -e /all/a/x -a -e /all/b/x; do sleep 0.1; done; cat /all/a/x /all/b/x",
               volumeMounts=[mounted("v", "/all")]),
            *(sh("echo $ME > /mine/x.new; mv /mine/x.new /mine/x", name, env=[{"name": "ME", "value": name}],
                 volumeMounts=[mounted("v", "/mine", subPathExpr="$(ME)")]) for name in ("a", "b")), volumes=EMPTY),
        "a\nb\n"),
    "Host aliases": (pod(sh("grep told /etc/hosts"), hostAliases=[{"ip": "10.1.2.3", "hostnames": ["told.local"]}]),
                     re.compile(r"10\.1\.2\.3\s+told\.local\n")),
    "Hostname": (pod(sh("hostname"), hostname="other"), "other\n"),
    "Security Context, runAsUser and runAsGroup": (
        pod(sh("id -u; id -g"), securityContext={"runAsUser": 1000, "runAsGroup": 3000}), "1000\n3000\n"),
    "Security Context, fsGroup": (
        pod(sh("id -G; touch /v/x && stat -c %g /v/x", volumeMounts=[mounted("v", "/v")]), volumes=EMPTY,
            securityContext={"runAsUser": 1000, "fsGroup": 2000}), re.compile(r".*2000.*\n2000\n")),
    "Security Context, readOnlyRootFilesystem": (
        pod(sh("touch /x 2>/dev/null || echo refused", securityContext={"readOnlyRootFilesystem": True})),
        "refused\n"),
    "Security Context, capabilities dropped": (
        pod(sh("grep CapEff /proc/self/status", securityContext={"capabilities": {"drop": ["ALL"]}})),
        "CapEff:\t0000000000000000\n"),
    "Security Context, allowPrivilegeEscalation=false": (
        pod(sh("grep NoNewPrivs /proc/self/status", securityContext={"allowPrivilegeEscalation": False})),
        "NoNewPrivs:\t1\n"),
    "Working directory": (pod(sh("pwd", workingDir="/bin")), "/bin\n"),
    "Init containers, in order, before the others": (
        pod(sh("cat /v/log", volumeMounts=[mounted("v", "/v")]), volumes=EMPTY, initContainers=[
            sh("echo first >> /v/log", "first", volumeMounts=[mounted("v", "/v")]),
            sh("echo second >> /v/log", "second", volumeMounts=[mounted("v", "/v")])]), "first\nsecond\n"),
    "Container lifecycle hook, post start exec": (
        pod(sh("until test -e /tmp/hooked; do sleep 0.1; done; echo hooked",
               lifecycle={"postStart": {"exec": {"command": ["touch", "/tmp/hooked"]}}})), "hooked\n"),
    "Process namespace, shared": (
        pod(sh("until grep -qs 'sleep.*4321' /proc/*/cmdline; do sleep 0.1; done; echo seen"),
            sh("exec sleep 4321", "other"), shareProcessNamespace=True), "seen\n"),
    "Containers of a pod share one network": (
        pod(sh("until wget -qO- http://127.0.0.1:8080/healthz; do sleep 0.1; done 2>/dev/null"),
            {"name": "web", "image": "mini-k8s/web:1"}), "ok\n"),
    "Memory limit": (
        pod(sh("cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes",
               resources={"limits": {"memory": "32Mi"}})), f"{32 << 20}\n"),
}
NAMES = {title: f"t{n}" for n, title in enumerate(TABLE)}


@pytest.fixture(scope="module")
def cluster(engine):
    name = new_name("pods")
    cluster = Cluster(2, name=name, runtime="docker", capacity={"cpu": "64", "memory": "64Gi", "pods": "200"})
    try:
        cluster.start()
        cluster.apply(*CONFIG)
        yield cluster
    finally:
        cluster.close()
        clear_up(engine, name)


@pytest.fixture(scope="module")
def table(cluster):
    cluster.apply(*({"kind": "Pod", "metadata": {"name": NAMES[title], "labels": {"tier": "front"}}, "spec": spec}
                    for title, (spec, _) in TABLE.items()))
    return cluster


def wish(cluster, name, *containers, **spec):
    cluster.apply({"kind": "Pod", "metadata": {"name": name}, "spec": pod(*containers, **spec)})


def get(cluster, name):
    return cluster.client.get("Pod", name)


def gone(cluster, name):
    try:
        get(cluster, name)
    except NotFound:
        return True
    return False


def container(cluster, pod, name="main"):
    status = get(cluster, pod)["status"]
    return next((c for part in ("containerStatuses", "initContainerStatuses") for c in status.get(part) or ()
                 if c["name"] == name), {"state": {}})


def here(cluster, pod, kind=None, name=None):
    return [o for o in cluster.runtime.list() if o.labels.get("pod") == pod and (kind is None or o.kind == kind)
            and (name is None or o.name == name)]


def log(cluster, pod, name="main"):
    newest = here(cluster, pod, "container", name)[-1]
    return b"".join(cluster.runtime.logs(newest.id)).decode()


@pytest.mark.parametrize("title", TABLE)
def test_the_manifests_of_the_table(table, title):
    name, expected = NAMES[title], TABLE[title][1]
    eventually(lambda: "terminated" in container(table, name)["state"], 120, "it ends by itself",
               lambda: (get(table, name)["status"], table.trouble))
    said = log(table, name)
    if isinstance(expected, re.Pattern):
        assert expected.fullmatch(said)
    else:
        assert said in ((expected,) if isinstance(expected, str) else expected)
    assert container(table, name)["state"]["terminated"]["exitCode"] == 0


# What a container leaves: "Container Runtime, TerminationMessage".

LEFT = {
    "from log output of succeeding container": ("echo logged", {"terminationMessagePolicy": "FallbackToLogsOnError"},
                                                None),
    "from container's log output of failing container": (
        "echo logged; exit 1", {"terminationMessagePolicy": "FallbackToLogsOnError"}, "logged\n"),
    "from file of succeeding container": (
        "echo -n OK > /dev/termination-log; echo logged", {"terminationMessagePolicy": "FallbackToLogsOnError"}, "OK"),
    "from file of failing container": (
        "echo -n OK > /dev/termination-log; echo logged; exit 1",
        {"terminationMessagePolicy": "FallbackToLogsOnError"}, "OK"),
    "if TerminationMessagePath is set": (
        "echo -n DONE > /tmp/left", {"terminationMessagePath": "/tmp/left"}, "DONE"),
    "as non-root user and on a non-default path": (
        "echo -n DONE > /dev/termination-custom-log", {"terminationMessagePath": "/dev/termination-custom-log",
                                                       "securityContext": {"runAsUser": 1000}}, "DONE")}


def test_termination_messages(cluster):
    names = {title: f"left-{n}" for n, title in enumerate(LEFT)}
    for title, (script, more, _) in LEFT.items():
        wish(cluster, names[title], sh(script, **more))
    for title, (_, _, expected) in LEFT.items():
        ended = eventually(lambda name=names[title]: container(cluster, name)["state"].get("terminated"), 120, title)
        assert ended.get("message") == expected, title
        cluster.client.delete("Pod", names[title])


def test_the_termination_message_of_each_run_and_of_the_run_before(cluster):
    """Each finds its file empty. describe says it, a line below the other."""
    from mini_k8s.terminal.describe import describe

    wish(cluster, "counts", sh("n=$(cat /v/n); n=$((n+1)); echo $n > /v/n; printf \"run $n\\nis over\\n\" >> "
                               "/dev/termination-log; test $n -gt 1 && exec sleep 1000",
                               volumeMounts=[mounted("v", "/v")]), volumes=EMPTY, restartPolicy="Always")
    eventually(lambda: "running" in container(cluster, "counts")["state"]
               and container(cluster, "counts")["restartCount"] == 1, 60)
    ended = container(cluster, "counts")["lastState"]["terminated"]
    assert ended["message"] == "run 1\nis over\n"
    assert "      Message:    run 1\n                  is over\n" in describe(get(cluster, "counts"))
    last = here(cluster, "counts", "container")[-1]
    cluster.runtime.stop(last.id, 0)
    eventually(lambda: container(cluster, "counts")["lastState"].get("terminated", ended)["message"] ==
               "run 2\nis over\n", 60, shows=lambda: container(cluster, "counts"))
    cluster.client.delete("Pod", "counts")


def test_a_pod_that_shares_processes_is_told_that_it_has_no_file_for_a_message(cluster):
    """Whoever sees its sandbox's process could change where the file leads. Its log may serve."""
    wish(cluster, "shares", sh("echo said > /tmp/left; echo logged; exit 1", terminationMessagePath="/tmp/left",
                               terminationMessagePolicy="FallbackToLogsOnError"), shareProcessNamespace=True)
    ended = eventually(lambda: container(cluster, "shares")["state"].get("terminated"), 60)
    assert ended["message"] == "logged\n"
    said = eventually(lambda: [e["message"] for e in cluster.client.list("Event").items
                               if e["reason"] == "NotSupported" and e["involvedObject"]["name"] == "shares"])
    assert said == ["Container main runs without a file for its last message: its pod shares processes"]
    cluster.client.delete("Pod", "shares")


# What is no line of a log.


@pytest.mark.parametrize(("policy", "script", "phase"), [
    ("Always", "exit 0", "Running"), ("OnFailure", "exit 0", "Succeeded"), ("OnFailure", "exit 3", "Running"),
    ("Never", "exit 0", "Succeeded"), ("Never", "exit 3", "Failed")])
def test_restart_policy_pod_phases(cluster, policy, script, phase):
    name = new_name("policy")
    wish(cluster, name, sh(script), restartPolicy=policy)
    eventually(lambda: get(cluster, name)["status"]["phase"] == phase, 60, shows=lambda: get(cluster, name)["status"])
    if phase == "Running":
        eventually(lambda: container(cluster, name)["restartCount"] >= 1, 60)
        assert get(cluster, name)["status"]["phase"] == "Running"
    else:
        assert container(cluster, name)["state"]["terminated"]["exitCode"] == int(script[-1])
        eventually(lambda: not any(o.alive for o in here(cluster, name)), 30)
    cluster.client.delete("Pod", name)


def test_a_program_that_is_not_there(cluster):
    wish(cluster, "nothing", {"name": "main", "image": BASE, "command": ["/no/such/program"]})
    waiting = eventually(lambda: container(cluster, "nothing")["state"].get("waiting"), 60)
    assert waiting["reason"] in ("RunContainerError", "ContainerCreating")
    eventually(lambda: container(cluster, "nothing")["state"]["waiting"]["reason"] == "RunContainerError", 30)
    assert "/no/such/program" in container(cluster, "nothing")["state"]["waiting"]["message"]
    cluster.client.delete("Pod", "nothing")


@pytest.mark.parametrize(("title", "value", "why"), [
    ("with absolute path", "/tmp", "error SubPath `/tmp` must not be an absolute path"),
    ("with a step up", "../etc", "unable to provision SubPath `../etc`: must not contain '..'")])
@pytest.mark.parametrize("volume", [EMPTY[0], SETTINGS[0]], ids=["emptyDir", "configMap"])
def test_variable_expansion_in_a_subpath_that_leads_out_fails(cluster, title, value, why, volume):
    name = new_name("out")
    wish(cluster, name, sh("true", env=[{"name": "NAME", "value": value}],
                           volumeMounts=[mounted("v", "/v", subPathExpr="$(NAME)")]), volumes=[volume])
    eventually(lambda: container(cluster, name)["state"]["waiting"] == {
        "reason": "CreateContainerConfigError", "message": why}, 30, title, lambda: container(cluster, name))
    cluster.client.delete("Pod", name)


def test_an_image_that_may_not_be_pulled(cluster):
    wish(cluster, "never", {"name": "main", "image": "no-such/image:1", "imagePullPolicy": "Never"})
    eventually(lambda: container(cluster, "never")["state"]["waiting"]["reason"] == "ErrImageNeverPull", 30)
    cluster.client.delete("Pod", "never")


def test_a_kill_from_outside_is_a_new_container_with_the_same_address(cluster):
    """As somebody types it in a terminal."""
    wish(cluster, "killed", {"name": "main", "image": "mini-k8s/web:1"}, restartPolicy="Always")
    eventually(lambda: get(cluster, "killed")["status"]["phase"] == "Running", 60)
    address, (first,) = get(cluster, "killed")["status"]["podIP"], here(cluster, "killed", "container")
    cluster.runtime.engine.call("kill", first.id, "SIGKILL")
    eventually(lambda: container(cluster, "killed")["restartCount"] == 1, 30)
    eventually(lambda: "running" in container(cluster, "killed")["state"], 30)
    status = container(cluster, "killed")
    assert status["lastState"]["terminated"]["exitCode"] == 137
    assert get(cluster, "killed")["status"]["podIP"] == address
    sandbox, = here(cluster, "killed", "sandbox")
    cluster.runtime.engine.call("kill", sandbox.id, "SIGKILL")
    eventually(lambda: container(cluster, "killed")["restartCount"] == 2, 30, "the pod is rebuilt as a whole")
    new, = eventually(lambda: [o for o in here(cluster, "killed", "container") if o.alive], 30)
    assert new.sandbox == here(cluster, "killed", "sandbox")[-1].id != sandbox.id
    cluster.client.delete("Pod", "killed")


def test_a_pod_that_does_not_listen_gets_its_grace_and_no_more(cluster):
    wish(cluster, "deaf", sh("trap '' TERM; while :; do sleep 1; done"), terminationGracePeriodSeconds=3)
    eventually(lambda: get(cluster, "deaf")["status"]["phase"] == "Running", 60)
    ours, = here(cluster, "deaf", "container")
    cluster.client.delete("Pod", "deaf")
    eventually(lambda: not here(cluster, "deaf"), 30)
    assert ours.started_at is not None
    eventually(lambda: gone(cluster, "deaf"), 30, "its object goes after its containers")


def test_prestop_exec_hook_runs_before_the_end(cluster):
    wish(cluster, "hooked", sh("trap 'exit 0' TERM; while :; do sleep 0.1; done",
                               volumeMounts=[mounted("v", "/v")],
                               lifecycle={"preStop": {"exec": {"command": ["sh", "-c", "echo bye > /v/said"]}}}),
         sh("until test -e /v/said; do sleep 0.1; done; cat /v/said; sleep 100", "witness",
            volumeMounts=[mounted("v", "/v")]),
         volumes=EMPTY, terminationGracePeriodSeconds=5)
    eventually(lambda: get(cluster, "hooked")["status"]["phase"] == "Running", 60)
    witness, = here(cluster, "hooked", "container", "witness")
    heard = cluster.runtime.logs(witness.id, follow=True)
    cluster.client.delete("Pod", "hooked")
    assert b"".join(heard).decode() == "bye\n"


def test_a_configmap_that_changes_is_seen_in_the_volume(cluster):
    """Within the kubelet's next look at the volume: here it is made to look."""
    cluster.apply({"kind": "ConfigMap", "metadata": {"name": "moving"}, "data": {"a": "old"}})
    wish(cluster, "reader", sh("while :; do cat /v/a; echo; sleep 0.2; done", volumeMounts=[mounted("v", "/v")]),
         volumes=[{"name": "v", "configMap": {"name": "moving"}}])
    eventually(lambda: "old" in log(cluster, "reader"), 60)
    cluster.apply({"kind": "ConfigMap", "metadata": {"name": "moving"}, "data": {"a": "new"}})
    uid = get(cluster, "reader")["metadata"]["uid"]
    cluster.kubelets[get(cluster, "reader")["spec"]["nodeName"]].queue.add(uid)
    eventually(lambda: log(cluster, "reader").rstrip().endswith("new"), 30)
    cluster.client.delete("Pod", "reader")


def test_nothing_secret_is_in_labels_or_seen_by_inspect(cluster):
    """A secret that is mounted is in memory, and nowhere else."""
    wish(cluster, "secretive", sh("sleep 1000", volumeMounts=[mounted("v", "/v")]),
         volumes=[{"name": "v", "secret": {"secretName": "key"}}])
    eventually(lambda: get(cluster, "secretive")["status"]["phase"] == "Running", 60)
    for o in here(cluster, "secretive"):
        assert "s3cret" not in str(cluster.runtime.engine.call("inspect_container", o.id))
    cluster.client.delete("Pod", "secretive")


def test_what_is_deleted_leaves_nothing_on_the_engine(cluster):
    """No container, no volume."""
    wish(cluster, "leaves", sh("sleep 1000", volumeMounts=[mounted("v", "/v")]), volumes=EMPTY)
    eventually(lambda: get(cluster, "leaves")["status"]["phase"] == "Running", 60)
    assert [v for v in cluster.runtime.list_volumes() if v.labels.get("pod") == "leaves"]
    cluster.client.delete("Pod", "leaves")
    eventually(lambda: not here(cluster, "leaves"), 30)
    eventually(lambda: not [v for v in cluster.runtime.list_volumes() if v.labels.get("pod") == "leaves"], 30)
