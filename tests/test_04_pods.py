"""What pods are made of: their environment, their files, their place on the node, what is seen of them."""

import base64

import pytest

from mini_k8s.clock import HandClock
from mini_k8s.errors import Invalid, NotFound, ServiceUnavailable
from mini_k8s.objects import freeze
from mini_k8s.pod_actions import Seen
from mini_k8s.pods import NODE, UID
from mini_k8s.pods.containers import container_spec, sandbox_spec
from mini_k8s.pods.env import ConfigError, environment, expand
from mini_k8s.pods.env import field as field_of
from mini_k8s.pods.env import resource as container_amount
from mini_k8s.pods.inits import beginning
from mini_k8s.pods.reporter import grace_of
from mini_k8s.pods.room import Room, requests
from mini_k8s.pods.sight import Sight
from mini_k8s.pods.volumes import files, mounts, sub_path, volume_specs
from mini_k8s.runtimes import ContainerSpec, Event, Image, Mount, SandboxSpec, check_spec
from mini_k8s.runtimes.simulated import SimulatedRuntime

OBJECTS = {
    ("ConfigMap", "settings"): freeze({"kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "default"},
                                       "data": {"a": "1", "not a name": "x"}, "binaryData": {"raw": "/wA="}}),
    ("Secret", "key"): freeze({"kind": "Secret", "metadata": {"name": "key", "namespace": "default"},
                               "data": {"password": base64.b64encode(b"s3cret").decode()}}),
}
ADDRESSES = {"podIP": "10.0.0.7", "hostIP": "127.0.0.1", "cpu": "4", "memory": "1Gi"}


def read(kind, name):
    try:
        return OBJECTS[kind, name]
    except KeyError:
        raise NotFound(f"there is no {kind} {name}") from None


def pod(*containers, **spec):
    return freeze({"kind": "Pod", "metadata": {"name": "web.x", "namespace": "default", "uid": "12345678-aaaa",
                                               "labels": {"app": "web", "b": 'say "hi"'}},
                   "spec": {"nodeName": "node-1", "containers": [*containers], **spec}})


def env_of(*variables, **more):
    container = freeze({"name": "app", "image": "web:1", "env": [*variables], **more})
    return environment(pod(container), container, read, ADDRESSES)


def of(name, **source):
    return {"name": name, "valueFrom": source}


# Environment.

@pytest.mark.parametrize(("text", "expected"), [
    ("$(A)", "1"), ("$(A)$(A)", "11"), ("$$(A)", "$(A)"), ("$$$(A)", "$1"), ("$(NOPE)", "$(NOPE)"), ("$A", "$A"),
    ("$(A", "$(A"), ("$", "$"), ("$$", "$"), ("", ""), ("x$(A)y", "x1y"), ("$(A)$(NOPE)$$(A)", "1$(NOPE)$(A)")])
def test_references_are_expanded_and_all_else_stays_as_it_is_written(text, expected):
    assert expand(text, {"A": "1"}) == expected


def test_a_variable_sees_those_before_it_and_none_after_it():
    found = env_of({"name": "A", "value": "$(B)"}, {"name": "B", "value": "b"}, {"name": "C", "value": "$(B)c"})
    assert found == {"A": "$(B)", "B": "b", "C": "bc"}


def test_a_later_source_wins_and_a_variable_of_ones_own_wins_over_all():
    found = env_of({"name": "a", "value": "mine"}, envFrom=[{"configMapRef": {"name": "settings"}},
                                                            {"prefix": "P_", "configMapRef": {"name": "settings"}}])
    assert found["a"] == "mine"
    assert found["P_a"] == "1"
    assert not any("not a name" in name for name in found), "a key that is no name of a variable is left out"


def test_everything_that_a_pod_can_tell_of_itself():
    paths = {"N": "metadata.name", "NS": "metadata.namespace", "U": "metadata.uid", "L": "metadata.labels['app']",
             "NODE": "spec.nodeName", "IP": "status.podIP", "IPS": "status.podIPs", "H": "status.hostIP",
             "NONE": "metadata.annotations['none']"}
    found = env_of(*(of(name, fieldRef={"fieldPath": path}) for name, path in paths.items()))
    assert found == {"N": "web.x", "NS": "default", "U": "12345678-aaaa", "L": "web", "NODE": "node-1",
                     "IP": "10.0.0.7", "IPS": "10.0.0.7", "H": "127.0.0.1", "NONE": ""}


@pytest.mark.parametrize(("resource", "divisor", "expected"), [
    ("limits.cpu", None, "2"), ("limits.cpu", "1m", "1500"), ("requests.memory", "1Mi", "64"),
    ("limits.memory", "1Mi", "1024"), ("requests.cpu", None, "0")])
def test_a_container_can_be_told_its_own_limits_rounded_up(resource, divisor, expected):
    """Without a limit it may use what the node has."""
    ref = {"resource": resource} | ({"divisor": divisor} if divisor else {})
    found = env_of(of("R", resourceFieldRef=ref),
                   resources={"limits": {"cpu": "1500m"}, "requests": {"memory": "64Mi"}})
    assert found["R"] == expected


@pytest.mark.parametrize(("source", "message"), [
    ({"configMapKeyRef": {"name": "nope", "key": "a"}}, 'configmap "nope" not found'),
    ({"configMapKeyRef": {"name": "settings", "key": "z"}}, "couldn't find key z in ConfigMap default/settings"),
    ({"secretKeyRef": {"name": "nope", "key": "a"}}, 'secret "nope" not found'),
    ({"fieldRef": {"fieldPath": "status.phase"}}, "Use metadata.name")])
def test_what_is_missing_is_named(source, message):
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        env_of(of("X", **source))


def test_another_containers_limits_can_be_asked_for_and_a_divisor_of_nothing_is_one():
    """Also those of an init container. Who asks for none is told nothing."""
    def amount(name, resource, divisor=None):
        ref = {"containerName": name, "resource": resource, "divisor": divisor}
        return container_amount(asking, {}, ref, ADDRESSES)

    asking = pod({"name": "app", "image": "i", "resources": {"limits": {"memory": "1500"}}},
                 initContainers=[{"name": "init", "image": "i", "resources": {"requests": {"cpu": "100m"}}}])
    assert amount("app", "limits.memory", "1Ki") == "2"
    assert amount("app", "limits.memory", "0") == "1500"
    assert amount("init", "requests.cpu", "1m") == "100"
    assert amount("init", "limits.cpu") == "4", "what the node has"
    assert amount("app", "requests.memory") == "0"


def test_what_is_no_text_becomes_one_where_it_can():
    """A variable holds no NUL; what is no base64 is nothing."""
    OBJECTS["Secret", "odd"] = freeze({"kind": "Secret", "metadata": {"name": "odd", "namespace": "default"}, "data": {
        "nul": base64.b64encode(b"a\0b").decode(), "bytes": base64.b64encode(b"\xff").decode(), "bad": "%%%"}})
    found = env_of(*(of(key, secretKeyRef={"name": "odd", "key": key}) for key in ("nul", "bytes", "bad")))
    assert found == {"nul": "ab", "bytes": "\udcff", "bad": ""}
    assert env_of(of("raw", configMapKeyRef={"name": "settings", "key": "raw"})) == {"raw": "\udcff"}


def test_all_labels_are_a_line_each_and_a_line_holds_its_own_breaks():
    told = pod().with_(metadata={"annotations": {"b": "two\nlines", "a": 'say "\\"'}})
    assert field_of(told, "metadata.annotations", {}) == 'a="say \\"\\\\\\""\nb="two\\nlines"'
    assert field_of(told, "metadata.annotations['b']", {}) == "two\nlines", "one alone is as it is"
    assert field_of(told.with_(metadata={"annotations": None}), "metadata.annotations", {}) == ""


def test_what_is_missing_and_optional_is_left_out():
    assert env_of(of("X", configMapKeyRef={"name": "nope", "key": "a", "optional": True}),
                  of("Y", secretKeyRef={"name": "key", "key": "z", "optional": True}),
                  envFrom=[{"secretRef": {"name": "nope", "optional": True}}]) == {}


# Containers and sandboxes.

def test_a_container_is_told_what_its_manifest_says():
    c = freeze({"name": "app", "image": "web:1", "command": ["run", "$(A)"], "args": ["$(B)"], "workingDir": "/w",
                "resources": {"limits": {"cpu": "250m", "memory": "64Mi"}, "requests": {"cpu": "100m"}}, "tty": True,
                "securityContext": {"runAsUser": 5, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True,
                                    "allowPrivilegeEscalation": False}})
    spec = container_spec(pod(c, securityContext={"runAsUser": 1, "runAsGroup": 2, "fsGroup": 3}), c, 4, {"A": "a"})
    assert (spec.command, spec.args) == (["run", "a"], ("$(B)",))
    assert (spec.attempt, spec.working_dir, spec.tty) == (4, "/w", True)
    assert (spec.resources.cpu_limit, spec.resources.memory_limit, spec.resources.cpu_request) == (0.25, 64 << 20, 0.1)
    assert (spec.security.user, spec.security.group, spec.security.groups) == (5, 2, (3,))
    assert spec.security.no_new_privileges
    assert spec.security.read_only_root
    assert spec.security.drop == ("ALL",)


@pytest.mark.parametrize(("user", "image", "refused"), [
    (0, Image("x"), "runAsUser is 0"), (None, Image("x"), "image will run as root"), (None, Image("x", "root"), "root"),
    (None, Image("x", "www"), "non-numeric user"), (None, Image("x", "7:7"), None), (7, Image("x"), None)])
def test_who_must_not_be_root_is_not(user, image, refused):
    c = freeze({"name": "app", "image": "web:1", "securityContext": {"runAsNonRoot": True} | (
        {"runAsUser": user} if user is not None else {})})
    if refused is None:
        container_spec(pod(c), c, 0, {}, image=image)
        return
    with pytest.raises(ConfigError, match=refused):
        container_spec(pod(c), c, 0, {}, image=image)


def test_a_sandbox_has_a_name_that_is_allowed_and_of_this_pod_only():
    long = freeze({"kind": "Pod", "metadata": {"name": "a." * 100 + "b", "namespace": "default", "uid": "abcdef01-2"},
                   "spec": {"containers": []}})
    spec = sandbox_spec(long, 3)
    assert len(spec.name) <= 63
    assert spec.name.endswith("-abcdef01")
    assert spec.attempt == 3
    assert len(spec.hostname) <= 63


# The beginning, and the grace at the end.

def begins(*inits, policy="Always", begun=False, **states):
    """What is to be done; ``states`` by name: "running", "created", or an exit code."""
    seen = {name: Seen(state) if isinstance(state, str) else Seen("exited", state) for name, state in states.items()}
    return beginning(pod({"name": "app", "image": "i"}, initContainers=[*inits], restartPolicy=policy), seen, begun)


INIT, THEN = {"name": "init", "image": "i"}, {"name": "then", "image": "i"}
SIDECAR, LATE = ({"name": name, "image": "i", "restartPolicy": "Always"} for name in ("sidecar", "late"))


@pytest.mark.parametrize(("inits", "states", "expected"), [
    ([INIT, THEN], {}, (False, False, ("init",))),
    ([INIT, THEN], {"init": "created"}, (False, False, ("init",))),
    ([INIT, THEN], {"init": "running"}, (False, False, ())),
    ([INIT, THEN], {"init": 0}, (False, False, ("then",))),
    ([INIT, THEN], {"init": 0, "then": 0}, (True, False, ())),
    ([SIDECAR, INIT], {}, (False, False, ("sidecar",))),
    ([SIDECAR, INIT], {"sidecar": "created"}, (False, False, ("sidecar",))),
    ([SIDECAR, INIT], {"sidecar": "running"}, (False, False, ("init",))),
    ([SIDECAR, INIT], {"sidecar": 1, "init": "running"}, (False, False, ("sidecar",))),
    ([SIDECAR, INIT], {"sidecar": "running", "init": 0}, (True, False, ())),
    ([INIT, SIDECAR], {}, (False, False, ("init",))),
    ([INIT, SIDECAR], {"init": "running"}, (False, False, ())),
    ([INIT, SIDECAR], {"init": 0}, (False, False, ("sidecar",))),
    ([INIT, SIDECAR], {"init": 0, "sidecar": "running"}, (True, False, ())),
    ([SIDECAR, INIT, LATE], {"sidecar": "running", "init": 0}, (False, False, ("late",)))])
def test_init_containers_one_by_one_and_sidecars_where_they_stand(inits, states, expected):
    """A sidecar before an init container runs before it begins, and one after it does not."""
    assert begins(*inits, **states) == expected


@pytest.mark.parametrize(("policy", "code", "expected"), [
    ("Always", 1, (False, False, ("init",))), ("OnFailure", 1, (False, False, ("init",))),
    ("Never", 1, (False, True, ())), ("Never", 0, (True, False, ())), ("Never", "running", (False, False, ())),
    ("Never", "created", (False, False, ("init",)))])
def test_an_init_container_that_fails_is_tried_again_where_it_may_be(policy, code, expected):
    assert begins(INIT, policy=policy, init=code) == expected


def test_once_the_pods_own_containers_ran_only_its_sidecars_are_started_again():
    """The init containers have done their work, whatever is left of them to be seen."""
    assert begins(INIT, SIDECAR, LATE, begun=True, sidecar=1, late="running") == (True, False, ("sidecar",))
    assert begins(SIDECAR, INIT, LATE, begun=True, init=1) == (True, False, ("sidecar", "late"))
    assert begins(INIT, begun=True) == (True, False, ())


@pytest.mark.parametrize(("spec", "meta", "grace"), [
    (7, None, 7), (7, 0, 0), (7, 3, 3), (None, None, 0), (None, 5, 5), (0, None, 0)])
def test_a_pod_has_the_grace_that_was_asked_for_else_its_own(spec, meta, grace):
    wished = pod(**({} if spec is None else {"terminationGracePeriodSeconds": spec}))
    assert grace_of(wished.with_(metadata={"deletionGracePeriodSeconds": meta})) == grace


def test_a_place_of_each_kind_is_given_to_the_last_crumb_and_no_further():
    """What exactly fits, fits; what one does not ask for is no hindrance."""
    def wants(uid, **amounts):
        return with_uid(pod({"name": "x", "image": "i", "resources": {"requests": amounts}}), uid)

    room = Room({"cpu": "2", "memory": "1Gi", "pods": "5"})
    assert room.admit(wants("1", cpu="2", memory="512Mi")) is None
    assert room.admit(wants("2", memory="512Mi")) is None
    assert room.admit(wants("3")) is None, "all is taken, and it asks for nothing"
    assert room.admit(wants("4", memory="1"))[1] == (
        "Node didn't have enough resource: memory, requested: 1, used: 1073741824, capacity: 1073741824")
    assert room.admit(wants("4", cpu="1m"))[0] == "OutOfcpu"
    assert room.admit(wants("4", **{"ephemeral-storage": "1Ti"})) is None, "of what is not named there is no end"
    assert room.admit(wants("5")) is None
    assert room.admit(wants("6")) == ("OutOfpods", "Node didn't have enough resource: pods, requested: 1, used: 5, "
                                                   "capacity: 5")
    for uid in ("1", "1", "3", "nobody"):
        room.release(uid)
    assert room.admit(wants("6", cpu="2", memory="512Mi")) is None, "given back once, not twice"
    assert room.admit(wants("7", cpu="1m"))[0] == "OutOfcpu"


def test_whoever_asks_for_nothing_fits_also_where_too_much_is_used():
    """What ran here already was taken up; and where nothing is named there is no end."""
    room = Room({"cpu": "1"})
    for uid in ("1", "2"):
        assert room.admit(with_uid(pod(asking("1")), uid), anyway=True) is None
    assert room.admit(with_uid(pod(), "3")) is None
    assert room.admit(with_uid(pod(asking("1m")), "4"))[0] == "OutOfcpu"
    assert Room({}).admit(with_uid(pod(asking("1000")), "1")) is None


# Volumes.

VOLUMES = [{"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
           {"name": "config", "configMap": {"name": "settings", "items": [
               {"key": "a", "path": "deep/a", "mode": 0o400}]}},
           {"name": "secret", "secret": {"secretName": "key", "defaultMode": 0o440}},
           {"name": "about", "downwardAPI": {"items": [
               {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
           {"name": "host", "hostPath": {"path": "/data/x", "type": "Directory"}}]


def test_volumes_are_made_as_they_are_wished_for():
    made = {spec.name: spec for spec in volume_specs(pod(volumes=VOLUMES), "sandbox", {"uid": "u"})}
    assert made.keys() == {"scratch", "config", "secret", "about"}, "a path of the host is nothing that is made"
    assert (made["scratch"].medium, made["scratch"].size) == ("Memory", 1 << 20)
    assert (made["secret"].medium, made["config"].medium) == ("Memory", ""), "secrets touch no disk"
    assert made["config"].files


def test_volumes_of_files_hold_what_they_say():
    held = files(pod(volumes=VOLUMES), read, ADDRESSES)
    assert (held["config"]["deep/a"].content, held["config"]["deep/a"].mode) == (b"1", 0o400)
    assert (held["secret"]["password"].content, held["secret"]["password"].mode) == (b"s3cret", 0o440)
    assert held["about"]["labels"].content == b'app="web"\nb="say \\"hi\\""'
    assert "s3cret" not in repr(held), "whoever prints it shows nobody a secret"


def test_a_container_finds_its_volumes():
    c = freeze({"name": "app", "image": "w", "volumeMounts": [
        {"name": "scratch", "mountPath": "/s", "subPathExpr": "$(WHO)"},
        {"name": "config", "mountPath": "/c", "subPath": "deep/a"},
        {"name": "host", "mountPath": "/h", "readOnly": True}]})
    found = mounts(pod(c, volumes=VOLUMES), c, {"scratch": "v1", "config": "v2"}, {"WHO": "me"})
    assert found == (Mount("/s", "v1", sub_path="me"), Mount("/c", "v2", True, "deep/a"),
                     Mount("/h", host="/data/x", host_type="Directory", read_only=True))


@pytest.mark.parametrize(("mount", "expected"), [
    ({}, ""), ({"subPath": "a/b"}, "a/b"), ({"subPath": "./a//b/"}, "a/b"), ({"subPath": "."}, ""),
    ({"subPathExpr": "$(WHO)/logs"}, "me/logs"), ({"subPathExpr": "a-$(WHO)"}, "a-me"), ({"subPathExpr": "x"}, "x"),
    ({"subPathExpr": "$$(WHO)"}, "$(WHO)"), ({"subPath": "$(WHO)"}, "$(WHO)"), ({"subPathExpr": "$(DOTS)"}, "..a/b.."),
    ({"subPathExpr": "$(HERE)"}, "")])
def test_a_part_of_a_volume_is_named_as_it_is_written_or_from_the_environment(mount, expected):
    assert sub_path(mount, {"WHO": "me", "DOTS": "..a/b..", "HERE": "."}) == expected


@pytest.mark.parametrize(("mount", "why"), [
    ({"subPathExpr": "$(NOPE)"}, "missing value for NOPE"), ({"subPathExpr": "$(EMPTY)x"}, "missing value for EMPTY"),
    ({"subPathExpr": "$(Z)/$(NOPE)/$(WHO)/$(NOPE)"}, "missing value for NOPE, Z"),
    ({"subPathExpr": "$(ROOT)"}, "error SubPath `/etc` must not be an absolute path"),
    ({"subPathExpr": "a/$(UP)"}, "unable to provision SubPath `a/..`: must not contain '..'"),
    ({"subPathExpr": "$(UP)/$(UP)/etc"}, "unable to provision SubPath `../../etc`: must not contain '..'"),
    ({"subPath": "/etc"}, "error SubPath `/etc` must not be an absolute path"),
    ({"subPath": "a/../b"}, "unable to provision SubPath `a/../b`: must not contain '..'")])
def test_a_part_that_leads_out_of_its_volume_or_has_no_name_is_refused(mount, why):
    """In the words of Kubernetes, also where a link or a '..' would lead back in."""
    with pytest.raises(ConfigError) as refused:
        sub_path(mount, {"WHO": "me", "EMPTY": "", "ROOT": "/etc", "UP": ".."})
    assert str(refused.value) == why


def test_the_parts_of_a_volume_are_known_when_it_is_made():
    """Of all containers that mount it, each with its own environment; the whole is no part."""
    def app(name, **mount):
        return {"name": name, "image": "w", "env": [{"name": "ME", "value": name}],
                "volumeMounts": [{"name": "scratch", "mountPath": "/s", **mount}]}

    wished = pod(app("a", subPathExpr="$(ME)/x"), app("b", subPath="plain/"), app("c"),
                 initContainers=[app("d", subPathExpr="$(ME)")], volumes=VOLUMES)
    env_of = lambda c: environment(wished, c, read, ADDRESSES)  # noqa: E731
    scratch = next(spec for spec in volume_specs(wished, "sandbox", {}, env_of) if spec.name == "scratch")
    assert scratch.sub_paths == ("a/x", "d", "plain")
    with pytest.raises(ConfigError) as refused:
        list(volume_specs(pod(app("a"), app("bad", subPathExpr="$(NOPE)"), volumes=VOLUMES), "s", {}, env_of))
    assert refused.value.container == "bad"


def test_a_part_of_a_path_of_the_host_is_not_left_out_in_silence():
    """The runtime refuses it: the container must not get the whole folder instead."""
    c = freeze({"name": "app", "image": "w", "volumeMounts": [{"name": "host", "mountPath": "/h", "subPath": "deep"}]})
    found, = mounts(pod(c, volumes=VOLUMES), c, {})
    assert found == Mount("/h", host="/data/x", host_type="Directory", sub_path="deep")
    with pytest.raises(Invalid, match="Name the whole folder"):
        check_spec(ContainerSpec("app", "w", mounts=[found]))


# Room.

def asking(cpu, name="x"):
    return {"name": name, "image": "i", "resources": {"requests": {"cpu": cpu}}}


def with_uid(pod, uid):
    return pod.with_(metadata={"uid": uid})


def test_what_a_pod_asks_for_is_all_its_containers_or_its_hungriest_beginning():
    assert requests(pod(asking("1"), asking("500m")))["cpu"] == 1500 * 10**6
    greedy = pod(asking("1"), initContainers=[asking("3"), asking("2")])
    assert requests(greedy)["cpu"] == 3 * 10**9
    sidecar = pod(asking("1"), initContainers=[asking("2") | {"restartPolicy": "Always"}, asking("2")])
    assert requests(sidecar)["cpu"] == 4 * 10**9


def test_a_place_is_given_once_and_given_back():
    room = Room({"cpu": "2", "pods": "2"})
    one, two = with_uid(pod(asking("1500m")), "1"), with_uid(pod(asking("1")), "2")
    assert room.admit(one) is None
    assert room.admit(one) is None, "it has its place"
    reason, message = room.admit(two)
    assert (reason, message) == ("OutOfcpu", "Node didn't have enough resource: cpu, requested: 1000, used: 1500, "
                                             "capacity: 2000")
    room.release("1")
    assert room.admit(two) is None
    assert room.admit(with_uid(pod(), "3")) is None
    assert room.admit(with_uid(pod(), "4"))[0] == "OutOfpods"
    assert room.admit(with_uid(pod(), "4"), anyway=True) is None, "what runs here already is not sent away"


# Sight.

@pytest.fixture
def sight():
    runtime = SimulatedRuntime("c", clock=HandClock(1e9))
    return Sight(runtime, runtime.engine.clock, period=10)


def begin(runtime, uid, node="node-1"):
    labels = {UID: uid, NODE: node, "pod": f"pod-{uid}", "namespace": "default"}
    home = runtime.create_sandbox(SandboxSpec(f"s-{uid}", labels=labels))
    id = runtime.create(ContainerSpec("app", "web:1", labels=labels), home)
    runtime.start(id)
    return home, id


def test_what_is_seen_is_sorted_by_node_and_pod(sight):
    begin(sight.runtime, "1")
    begin(sight.runtime, "2", "node-2")
    sight.runtime.create(ContainerSpec("alone", "web:1"))
    sight.look()
    assert sight.pods("node-1").keys() == {"1"}
    seen = sight.pod("2")
    assert (seen.name, seen.namespace, seen.node) == ("pod-2", "default", "node-2")
    assert seen.sandbox.alive
    assert seen.newest()["app"].state == "running"
    assert sight.changed("node-1") == ["1"]
    assert sight.changed("node-1") == []


def test_between_two_looks_at_everything_only_hints_are_followed(sight):
    _, one = begin(sight.runtime, "1")
    _, two = begin(sight.runtime, "2")
    sight.look()
    sight.changed("node-1")
    sight.runtime.stop(one, 0)
    sight.runtime.stop(two, 0)
    assert not sight.look()
    sight.hint(Event("died", one, "app", 137))
    sight.look()
    assert sight.changed("node-1") == ["1"]
    assert sight.pod("2").newest()["app"].alive, "as it was last seen"
    sight.clock.advance(11)
    sight.look()
    assert sight.changed("node-1") == ["2"], "nobody told, and it is found all the same"


def test_what_was_seen_already_is_not_looked_at_again(sight, monkeypatch):
    """Whoever starts a container looks at it; the news of it comes a moment later, and costs nothing then."""
    _, one = begin(sight.runtime, "1")
    sight.look()
    looks, real = [], sight.runtime.list
    monkeypatch.setattr(sight.runtime, "list", lambda ids=None: looks.append(ids) or real(ids))
    for kind in ("created", "started"):
        sight.hint(Event(kind, one, "app"))
        sight.look()
    for kind in ("created", "started"):
        sight.hint(Event(kind, "a-new-one", "app"))
        sight.look()
    sight.hint(Event("removed", "one-that-is-gone", "app"))
    sight.look()
    assert looks == []
    sight.hint(Event("died", "a-new-one", "app", 1))  # sooner than its maker looked
    sight.look()
    sight.hint(Event("died", one, "app", 137))
    sight.look()
    sight.hint(Event("changed", one, "app"))
    sight.look()
    assert looks == [["a-new-one"], [one], [one]]


def test_what_has_gone_is_seen_no_more(sight):
    for id in begin(sight.runtime, "1"):
        sight.look()
        sight.runtime.remove(id)
    sight.lost()
    sight.look()
    assert sight.pods("node-1") == {}
    assert sight.pod("1").all == []
    assert sight.changed("node-1") == ["1"]


def test_a_look_that_fails_changes_nothing_and_says_why(sight):
    begin(sight.runtime, "1")
    sight.look()
    sight.runtime.engine.fail_next(ServiceUnavailable("no engine answers"))
    sight.lost()
    with pytest.raises(ServiceUnavailable):
        sight.look()
    assert sight.trouble is not None
    assert sight.pods("node-1").keys() == {"1"}
    sight.look()
    assert sight.trouble is None
