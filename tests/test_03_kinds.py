"""What each kind fills in, and what it calls a mistake: Kubernetes' fields, reasons and words."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mini_k8s import fields, kinds
from mini_k8s.api import Api
from mini_k8s.clock import HandClock
from mini_k8s.errors import Forbidden, Invalid, StatusError
from mini_k8s.kinds import columns, pod_columns, security
from mini_k8s.objects import freeze, merge, thaw
from mini_k8s.store import Store

CONTAINER = {"name": "web", "image": "web:1"}


@pytest.fixture
def api():
    return new_api()


def new_api(**how):
    api = Api(Store(), kinds.KINDS, HandClock(1_764_144_000), admission=kinds.admission(**how))
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
    return api


def pod(spec=None, called="web", **container):
    """A pod of one container, with these changes."""
    made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": called},
            "spec": {"containers": [{**CONTAINER, **container}]}}
    return thaw(merge(made, {"spec": spec or {}}))


def refused(call, *args, **more):
    """The mistakes that are named, in order."""
    with pytest.raises(Invalid) as error:
        call(*args, **more)
    return [str(problem) for problem in error.value.problems]


# What is filled in.

def test_what_the_author_of_a_pod_left_out_is_filled_in(api):
    spec = api.create(pod()).spec
    assert thaw(spec) == {
        "containers": [{"name": "web", "image": "web:1", "imagePullPolicy": "IfNotPresent", "resources": {},
                        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}],
        "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler", "securityContext": {}, "enableServiceLinks": True}


def test_what_was_said_is_kept(api):
    """Also 0, false, and what nobody here has heard of."""
    spec = api.create(pod({"terminationGracePeriodSeconds": 0, "enableServiceLinks": False, "novelty": [1, None]},
                          imagePullPolicy="Never")).spec
    assert spec["terminationGracePeriodSeconds"] == 0
    assert spec["enableServiceLinks"] is False
    assert thaw(spec["novelty"]) == [1, None]
    assert spec["containers"][0]["imagePullPolicy"] == "Never"


@pytest.mark.parametrize(("image", "policy"), [
    ("web", "Always"), ("web:latest", "Always"), ("web:1", "IfNotPresent"), ("reg.example:5000/web", "Always"),
    ("reg.example:5000/web:1", "IfNotPresent"), ("web@sha256:" + "0" * 64, "IfNotPresent"),
    ("web:latest@sha256:" + "0" * 64, "IfNotPresent")])
def test_a_tag_that_may_move_is_pulled_every_time(api, image, policy):
    assert api.create(pod(image=image)).spec["containers"][0]["imagePullPolicy"] == policy


def test_whoever_names_a_limit_asks_for_as_much(api):
    got = api.create(pod(resources={"limits": {"cpu": "1", "memory": "64Mi"}, "requests": {"cpu": "250m"}}))
    assert thaw(got.spec["containers"][0]["resources"]["requests"]) == {"cpu": "250m", "memory": "64Mi"}


def test_ports_probes_and_references_are_completed(api):
    got = api.create(pod(ports=[{"containerPort": 80}], livenessProbe={"httpGet": {"port": 80}, "timeoutSeconds": 0},
                         env=[{"name": "ME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
                         lifecycle={"preStop": {"httpGet": {"port": "web"}}})).spec["containers"][0]
    assert got["ports"][0]["protocol"] == "TCP"
    assert thaw(got["livenessProbe"]) == {"httpGet": {"port": 80, "path": "/", "scheme": "HTTP"}, "timeoutSeconds": 1,
                                          "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
    assert got["env"][0]["valueFrom"]["fieldRef"]["apiVersion"] == "v1"
    assert got["lifecycle"]["preStop"]["httpGet"]["path"] == "/"


def test_volumes_are_completed(api):
    """A volume without a source is an empty directory."""
    got = api.create(pod({"volumes": [
        {"name": "a"}, {"name": "b", "configMap": {"name": "c"}},
        {"name": "d", "projected": {"sources": [
            {"serviceAccountToken": {"path": "token"}},
            {"downwardAPI": {"items": [{"path": "n", "fieldRef": {"fieldPath": "metadata.name"}}]}}]}}]}))
    a, b, d = thaw(got.spec["volumes"])
    assert a == {"name": "a", "emptyDir": {}}
    assert b["configMap"]["defaultMode"] == 0o644
    token, downward = d["projected"]["sources"]
    assert token["serviceAccountToken"]["expirationSeconds"] == 3600
    assert downward["downwardAPI"]["items"][0]["fieldRef"]["apiVersion"] == "v1"


@pytest.mark.parametrize(("resources", "qos"), [
    ({}, "BestEffort"), ({"requests": {"cpu": "1"}}, "Burstable"),
    ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
    ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1000m"}}, "Guaranteed"),
    ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}, "Burstable"),
    ({"limits": {"cpu": "1"}}, "Burstable"), ({"requests": {"cpu": "0"}}, "BestEffort"),
    ({"limits": {"example.com/gpu": "1"}}, "BestEffort")])
def test_a_new_pod_is_pending_and_has_its_class(api, resources, qos):
    """Nobody has looked at it yet, whatever its author says of its status."""
    made = api.create({**pod(resources=resources), "status": {"phase": "Running"}})
    assert thaw(made.status) == {"phase": "Pending", "qosClass": qos}


def test_defaults_of_defaults_change_nothing(api):
    """A pod that was read and is created elsewhere is the same pod, and shares what it has."""
    full = kinds.KINDS["Pod"].default(freeze(pod()))
    assert kinds.KINDS["Pod"].default(full)["spec"] is full["spec"]
    assert kinds.KINDS["Pod"].default(freeze(thaw(full))) == full


def test_a_thousand_pods_share_one_spec(api):
    one, other = api.create(pod(called="a")), api.create(pod(called="b"))
    assert one["spec"] is other["spec"]


def test_one_is_not_true_and_not_a_fraction(api):
    """Specs that are equal to Python, and not to anybody else, are not taken for each other."""
    made = [api.create(pod({"novelty": value}, called=f"n-{i}")) for i, value in enumerate((1, True, 1.0))]
    assert [type(one.spec["novelty"]) for one in made] == [int, bool, float]


# What is wrong with a pod.

MISTAKES = [  # changes of the spec, changes of the container, what is said
    ({"containers": []}, {}, ["spec.containers: Required value"]),
    ({}, {"name": ""}, ["spec.containers[0].name: Required value"]),
    ({}, {"image": None}, ["spec.containers[0].image: Required value"]),
    ({}, {"image": " web:1"}, ['spec.containers[0].image: Invalid value: " web:1": must not have leading or trailing '
                               'whitespace']),
    ({"containers": [CONTAINER, CONTAINER]}, {}, ['spec.containers[1].name: Duplicate value: "web"']),
    ({"initContainers": [CONTAINER]}, {}, ['spec.containers[0].name: Duplicate value: "web"']),
    ({}, {"imagePullPolicy": "Sometimes"}, ['spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": '
                                            'supported values: "Always", "IfNotPresent", "Never"']),
    ({"restartPolicy": "always"}, {}, ['spec.restartPolicy: Unsupported value: "always": supported values: "Always", '
                                       '"OnFailure", "Never"']),
    ({}, {"restartPolicy": "Always"}, ["spec.containers[0].restartPolicy: Forbidden: may not be set for non-init "
                                       "containers"]),
    ({"initContainers": [{"name": "i", "image": "i", "restartPolicy": "Never"}]}, {},
     ['spec.initContainers[0].restartPolicy: Unsupported value: "Never": supported values: "Always"']),
    ({"initContainers": [{"name": "i", "image": "i", "readinessProbe": {"exec": {"command": ["true"]}}}]}, {},
     ["spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without "
      "restartPolicy=Always"]),
    ({}, {"terminationMessagePolicy": "Log"}, ['spec.containers[0].terminationMessagePolicy: Invalid value: "Log": '
                                               "must be 'File' or 'FallbackToLogsOnError'"]),
    ({"ephemeralContainers": [CONTAINER]}, {}, ["spec.ephemeralContainers: Forbidden: cannot be set on create"]),
    # Ports.
    ({}, {"ports": [{}]}, ["spec.containers[0].ports[0].containerPort: Required value"]),
    ({}, {"ports": [{"containerPort": 65536}]}, ["spec.containers[0].ports[0].containerPort: Invalid value: 65536: "
                                                 "must be between 1 and 65535, inclusive"]),
    ({}, {"ports": [{"containerPort": 1, "protocol": "ICMP"}]},
     ['spec.containers[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"']),
    ({}, {"ports": [{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}]},
     ['spec.containers[0].ports[1].name: Duplicate value: "a"']),
    ({}, {"ports": [{"containerPort": 1, "name": "x" * 16}]},
     ['spec.containers[0].ports[0].name: Invalid value: "xxxxxxxxxxxxxxxx": must be no more than 15 characters']),
    ({}, {"ports": [{"containerPort": 1, "name": "80"}]},
     ['spec.containers[0].ports[0].name: Invalid value: "80": must contain at least one letter (a-z)']),
    # Environment.
    ({}, {"env": [{"name": "A=B"}]}, ['spec.containers[0].env[0].name: Invalid value: "A=B": a valid environment '
                                      "variable name must consist only of printable ASCII characters other than '='"]),
    ({}, {"env": [{"value": "x"}]}, ["spec.containers[0].env[0].name: Required value"]),
    ({}, {"env": [{"name": "A", "value": "x", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]},
     ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty']),
    ({}, {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"},
                                              "configMapKeyRef": {"name": "c", "key": "k"}}}]},
     ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time']),
    ({}, {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"key": ".."}}}]},
     ["spec.containers[0].env[0].valueFrom.configMapKeyRef.name: Required value",
      'spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Invalid value: "..": must not start with \'..\'']),
    ({}, {"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.gold"}}}]},
     ['spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.gold": supported '
      'values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", '
      '"requests.ephemeral-storage", "requests.memory"']),
    ({}, {"envFrom": [{"prefix": "A_"}]}, ['spec.containers[0].envFrom[0]: Invalid value: "": must specify one of: '
                                           '`configMapRef` or `secretRef`']),
    ({}, {"env": [{"name": "A", "value": "a\0b"}]}, ['spec.containers[0].env[0].value: Invalid value: "a\\u0000b": '
                                                     "must not contain a NUL character"]),
    # Resources.
    ({}, {"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1500m"}}},
     ['spec.containers[0].resources.requests: Invalid value: "1500m": must be less than or equal to cpu limit of 1']),
    ({}, {"resources": {"requests": {"memory": "-1Mi"}}},
     ['spec.containers[0].resources.requests[memory]: Invalid value: "-1Mi": must be greater than or equal to 0']),
    ({}, {"resources": {"limits": {"gold": "1"}}},
     ['spec.containers[0].resources.limits: Invalid value: "gold": must be a standard resource for containers',
      'spec.containers[0].resources.requests: Invalid value: "gold": must be a standard resource for containers']),
    # Volumes and mounts.
    ({}, {"volumeMounts": [{"name": "v", "mountPath": "/v"}]},
     ['spec.containers[0].volumeMounts[0].name: Not found: "v"']),
    ({"volumes": [{"name": "v"}]}, {"volumeMounts": [{"name": "v", "mountPath": "v"}, {"name": "v"}]},
     ['spec.containers[0].volumeMounts[0].mountPath: Invalid value: "v": must be an absolute path, without \':\'',
      "spec.containers[0].volumeMounts[1].mountPath: Required value"]),
    ({"volumes": [{"name": "v"}]}, {"volumeMounts": [{"name": "v", "mountPath": "/v"}] * 2},
     ['spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/v": must be unique']),
    ({"volumes": [{"name": "v"}]}, {"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "a/../../etc"}]},
     ['spec.containers[0].volumeMounts[0].subPath: Invalid value: "a/../../etc": must not contain \'..\'']),
    ({"volumes": [{"name": "v"}]}, {"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "/etc"}]},
     ['spec.containers[0].volumeMounts[0].subPath: Invalid value: "/etc": must be a relative path']),
    ({"volumes": [{"name": "v"}, {"name": "v"}]}, {}, ['spec.volumes[1].name: Duplicate value: "v"']),
    ({"volumes": [{"name": "V"}]}, {}, ['spec.volumes[0].name: Invalid value: "V": a lowercase RFC 1123 label consists '
                                        "of a-z, 0-9 and '-', and begins and ends with a letter or a digit"]),
    ({"volumes": [{"name": "v", "emptyDir": {}, "secret": {"secretName": "s"}}]}, {},
     ["spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type"]),
    ({"volumes": [{"name": "v", "emptyDir": {"sizeLimit": "much"}}]}, {}, None),
    ({"volumes": [{"name": "v", "secret": {"defaultMode": 512}}]}, {},
     ["spec.volumes[0].secret.secretName: Required value",
      "spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both "
      "inclusive"]),
    ({"volumes": [{"name": "v", "configMap": {"name": "c", "items": [{"key": "k", "path": "../k"}]}}]}, {},
     ['spec.volumes[0].configMap.items[0].path: Invalid value: "../k": must not contain \'..\'']),
    ({"volumes": [{"name": "v", "configMap": {"name": "c", "items": [{"key": "k", "path": "..data"}]}}]}, {},
     ['spec.volumes[0].configMap.items[0].path: Invalid value: "..data": must not start with \'..\'']),
    ({"volumes": [{"name": "v", "downwardAPI": {"items": [{"path": "p"}]}}]}, {},
     ["spec.volumes[0].downwardAPI.items[0].fieldRef: Required value: one of fieldRef and resourceFieldRef is "
      "required"]),
    ({"volumes": [{"name": "v", "projected": {"sources": [
        {"secret": {"name": "s", "items": [{"key": "a", "path": "x"}]}},
        {"configMap": {"name": "c", "items": [{"key": "b", "path": "x"}]}}, {}]}}]}, {},
     ["spec.volumes[0].projected.sources[2]: Required value: must specify one of: secret, downwardAPI, configMap, "
      "serviceAccountToken, clusterTrustBundle, podCertificate",
      'spec.volumes[0].projected: Invalid value: "x": conflicting duplicate paths']),
    # Probes and hooks.
    ({}, {"livenessProbe": {}}, ["spec.containers[0].livenessProbe: Required value: must specify a handler type"]),
    ({}, {"livenessProbe": {"exec": {"command": ["a"]}, "tcpSocket": {"port": 1}}},
     ["spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"]),
    ({}, {"startupProbe": {"exec": {"command": []}, "successThreshold": 2, "periodSeconds": -1}},
     ["spec.containers[0].startupProbe.exec.command: Required value",
      "spec.containers[0].startupProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
      "spec.containers[0].startupProbe.successThreshold: Invalid value: 2: must be 1"]),
    ({}, {"readinessProbe": {"httpGet": {"port": 0, "scheme": "ftp", "path": "/a\r\nX: y"}}},
     ["spec.containers[0].readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
      'spec.containers[0].readinessProbe.httpGet.path: Invalid value: "/a\\r\\nX: y": must be one line of printable '
      "characters",
      'spec.containers[0].readinessProbe.httpGet.scheme: Unsupported value: "ftp": supported values: "HTTP", "HTTPS"']),
    ({}, {"lifecycle": {"preStop": {"sleep": {"seconds": 31}}}},
     ["spec.containers[0].lifecycle.preStop.sleep.seconds: Invalid value: 31: must be greater than or equal to 0, and "
      "not more than terminationGracePeriodSeconds (30)"]),
    # The pod.
    ({"terminationGracePeriodSeconds": -1}, {},
     ["spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0"]),
    ({"activeDeadlineSeconds": 0}, {},
     ["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"]),
    ({"hostname": "a.b"}, {}, ['spec.hostname: Invalid value: "a.b": a lowercase RFC 1123 label consists of a-z, 0-9 '
                               "and '-', and begins and ends with a letter or a digit"]),
    ({"dnsPolicy": "None"}, {}, ["spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver "
                                 "when `dnsPolicy` is None"]),
    ({"hostAliases": [{"ip": "1.2.3", "hostnames": ["a\nb"]}]}, {},
     ['spec.hostAliases[0].ip: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.hostAliases[0].hostnames[0]: Invalid value: "a\\nb": a lowercase RFC 1123 subdomain consists of a-z, 0-9, '
      "'-' and '.', and begins and ends with a letter or a digit"]),
    ({"securityContext": {"runAsUser": -1, "fsGroupChangePolicy": "Never"}}, {},
     ["spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
      'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Never": supported values: "Always", '
      '"OnRootMismatch"']),
    ({"tolerations": [{"operator": "Equal"}, {"key": "a", "tolerationSeconds": 1}]}, {},
     ['spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means '
      '"match all values and all keys"',
      'spec.tolerations[1].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set']),
    ({"topologySpreadConstraints": [{"maxSkew": 0}]}, {},
     ["spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
      "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "": supported values: "DoNotSchedule", '
      '"ScheduleAnyway"']),
    ({"schedulingGates": [{"name": "g"}], "nodeName": "node-1"}, {},
     ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"]),
    ({"nodeSelector": {"a b": "c"}}, {}, None),
]


@pytest.mark.parametrize(("spec", "container", "said"), MISTAKES)
def test_a_mistake_is_named_in_kubernetes_words(api, spec, container, said):
    found = refused(api.create, pod(spec, **container))
    assert found
    assert said is None or found == said


def test_all_mistakes_are_named_at_once(api):
    """Whoever corrects one should not be told of the next."""
    with pytest.raises(Invalid) as error:
        api.create(pod({"containers": [{"name": "a"}, {"image": "b"}]}, called="Web"))
    assert str(error.value) == (
        'Pod "Web" is invalid: [metadata.name: Invalid value: "Web": a lowercase RFC 1123 subdomain consists of a-z, '
        "0-9, '-' and '.', and begins and ends with a letter or a digit, spec.containers[0].image: Required value, "
        "spec.containers[1].name: Required value]")
    assert error.value.code == 422


def test_what_went_well_once_is_looked_at_again_where_it_could_go_wrong(api):
    """A spec is remembered as sound; its pod's name is not."""
    api.create(pod())
    assert refused(api.create, pod(name="Web"))
    mistaken = pod({"restartPolicy": "always"})
    assert refused(api.create, mistaken) == refused(api.create, mistaken)


# Hostile manifests.

def test_a_wrong_type_is_named_before_anything_else(api):
    found = refused(api.create, {"kind": "Pod", "metadata": {"name": 7, "labels": {"a": 1}}, "spec": {
        "containers": {"name": "web"}, "volumes": [None, 3], "hostNetwork": "yes", "activeDeadlineSeconds": True}})
    assert found == ["metadata.name: Invalid value: must be text; write it in quotes",
                     "metadata.labels.a: Invalid value: must be text; write it in quotes",
                     "spec.containers: Invalid value: must be a list",
                     "spec.volumes[0]: Invalid value: must be a mapping",
                     "spec.volumes[1]: Invalid value: must be a mapping",
                     "spec.hostNetwork: Invalid value: must be true or false",
                     "spec.activeDeadlineSeconds: Invalid value: must be a whole number"]


@pytest.mark.parametrize("obj", [
    None, 3, "Pod", [], {}, {"kind": "Pod"}, {"kind": ["Pod"]}, {"kind": "Pod", "metadata": 3}, {"kind": {}},
    {"kind": "Pod", "metadata": {"name": "x"}, "spec": []}, {"kind": "Pod", "metadata": {"name": "x"}, "spec": None},
    {"kind": "Pod", "apiVersion": 1, "metadata": {"name": "x"}}, {"kind": "Pod", "metadata": {"name": {}}},
    {"kind": "Pod", "metadata": {"name": "x", "namespace": 3}}, {"kind": "Node", "metadata": {"namespace": []}},
    {"kind": "Pod", "metadata": {"generateName": 3}}, {"kind": "Pod", "metadata": {"name": "x", "finalizers": [3]}},
    {"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": 10**400}},
    {"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {3: "x"}},
    {"kind": "ConfigMap", "metadata": {"name": "x"}, "novelty": {"a": float("nan")}},
    {"kind": "ConfigMap", "metadata": {"name": "x"}, "novelty": {"a": 10**40}},
    {"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "\ud800"}},
], ids=lambda obj: str(obj)[:60])
def test_what_is_no_object_is_refused_in_words(api, obj):
    with pytest.raises(StatusError) as error:
        api.create(obj)
    assert 400 <= error.value.code < 500


def test_a_thousand_levels_are_refused(api):
    deep = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(StatusError):
        api.create({"kind": "ConfigMap", "metadata": {"name": "x"}, "novelty": deep})


junk = st.recursive(
    st.none() | st.booleans() | st.integers(-2**70, 2**70) | st.floats() | st.text(max_size=5) | st.sampled_from(
        ["web", "Always", "/a", "../b", "1", "-1Gi", "a=b", "", "TCP", "\0", "2026-11-26T08:30:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=6)


@st.composite
def almost(draw, message, depth=0):
    """A value that mostly has the right shape: the mistakes that get far."""
    if draw(st.integers(0, 12)) == 0 or depth > 6:
        return draw(junk)
    if message[0] == "[":
        return draw(st.lists(almost(message[1:-1], depth + 1), max_size=2))
    if message[0] == "{":
        return draw(st.dictionaries(st.sampled_from(["a", "cpu", "", "A B", "../x"]), almost(message[1:-1], depth + 1),
                                    max_size=2))
    known = fields.messages().get(message)
    if known is None:
        return draw({"string": st.sampled_from(["web", "Always", "", "/a", "../b", "v1", "\n", "metadata.name"]),
                     "integer": st.integers(-1, 2**40), "boolean": st.booleans(),
                     "quantity": st.sampled_from(["1", "250m", "-1", "1e400", "x", 3, 0.1]),
                     "intOrString": st.sampled_from([80, 0, "http", "", -5])}.get(message, junk))
    names = draw(st.lists(st.sampled_from(sorted(known)), max_size=4, unique=True))
    return {name: draw(almost(known[name], depth + 1)) for name in names}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(kinds.KINDS)).flatmap(lambda kind: st.tuples(st.just(kind), almost(kind), almost(kind))))
def test_no_manifest_however_wrong_is_an_exception_of_python(tried):
    """It is stored, or it is refused in words. So is the change of a stored one."""
    kind, first, second = tried
    api, kept, codes = new_api(), {"metadata": {"name": "x"}}, set()
    for obj in (first, second):
        if not isinstance(obj, dict):
            continue
        obj = {**obj, "kind": kind, "apiVersion": "v1"}
        if isinstance(obj.get("metadata"), dict):
            obj["metadata"] = {"name": "x", **obj["metadata"], "namespace": None}
        write = api.update if "uid" in kept["metadata"] else api.create
        try:
            kept = write(merge(kept, obj))
        except StatusError as error:
            codes.add(error.code)
        else:
            assert all(isinstance(column.value(kept, 1_764_144_000.0), str) for column in kinds.KINDS[kind].columns)
    assert codes <= {400, 403, 404, 409, 413, 422}


# What of a pod may change.

def changed(api, **spec):
    return api.patch("Pod", "web", {"spec": spec})


@pytest.fixture
def stored(api):
    return api.create(pod({"nodeName": "node-1", "activeDeadlineSeconds": 100, "tolerations": [
        {"key": "a", "operator": "Exists", "effect": "NoExecute"}]}))


def test_another_image_is_let_through(api, stored):
    got = changed(api, containers=[{**CONTAINER, "image": "web:2"}], activeDeadlineSeconds=50)
    assert got.spec["containers"][0]["image"] == "web:2"
    assert got.metadata["generation"] == 2


@pytest.mark.parametrize(("spec", "said"), [
    ({"containers": [{**CONTAINER, "command": ["x"]}]}, "this changes containers[0].command"),
    ({"containers": [CONTAINER, {**CONTAINER, "name": "more"}]}, "pod updates may not add or remove containers"),
    ({"restartPolicy": "Never"}, "this changes restartPolicy"), ({"nodeName": "node-2"}, "this changes nodeName"),
    ({"activeDeadlineSeconds": 101}, "must be less than or equal to previous value"),
    ({"activeDeadlineSeconds": None}, "must not update from a positive integer to nil value"),
    ({"tolerations": []}, "existing toleration can not be modified except its tolerationSeconds"),
    ({"terminationGracePeriodSeconds": 5}, "this changes terminationGracePeriodSeconds"),
])
def test_a_running_pod_is_what_it_is(api, stored, spec, said):
    [found] = refused(changed, api, **spec)
    assert said in found
    assert api.get("Pod", "web") is stored


def test_tolerations_can_be_added(api, stored):
    more = [*stored.spec["tolerations"], {"key": "b", "operator": "Exists"}]
    assert len(changed(api, tolerations=more).spec["tolerations"]) == 2


def test_a_pod_without_a_node_gets_one_once(api):
    api.create(pod())
    assert changed(api, nodeName="node-1").spec.nodeName == "node-1"
    assert refused(changed, api, nodeName="node-2")


# What is refused to everybody.

@pytest.mark.parametrize(("spec", "container", "said"), [
    ({"hostNetwork": True, "hostPID": True}, {}, "host namespaces (hostNetwork=true, hostPID=true)"),
    ({}, {"securityContext": {"privileged": True}},
     'privileged (container "web" must not set securityContext.privileged=true)'),
    ({}, {"securityContext": {"capabilities": {"add": ["CHOWN", "NET_ADMIN"]}}},
     'non-default capabilities (container "web" must not include "NET_ADMIN" in securityContext.capabilities.add)'),
    ({}, {"ports": [{"containerPort": 1, "hostPort": 80}]}, 'hostPort (container "web" uses hostPort 80)'),
    ({"volumes": [{"name": "v", "hostPath": {"path": "/etc"}}]}, {},
     'hostPath volumes (volume "v" uses /etc; allowed below: nothing)'),
    ({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, {},
     'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")'),
    ({"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}, {},
     "forbidden sysctls (kernel.msgmax)"),
    ({"initContainers": [{"name": "i", "image": "i", "securityContext": {"procMount": "Unmasked"}}]}, {},
     'procMount (container "i" must not set securityContext.procMount to "Unmasked")')])
def test_a_pod_that_reaches_out_of_its_containers_is_refused(api, spec, container, said):
    with pytest.raises(Forbidden) as error:
        api.create(pod(spec, **container))
    assert str(error.value) == (f'pods "web" is forbidden: violates PodSecurity "baseline": {said}. Leave it out, or '
                                "start the cluster so that it allows this.")


def test_a_cluster_may_allow_it():
    api = new_api(allow_privileged=True, host_paths=["/srv/data"])
    api.create(pod({"hostNetwork": True, "volumes": [{"name": "v", "hostPath": {"path": "/srv/data/a"}}]},
                   securityContext={"privileged": True}))
    with pytest.raises(Forbidden, match="uses /srv/database; allowed below: /srv/data"):
        api.create(pod({"volumes": [{"name": "v", "hostPath": {"path": "/srv/database"}}]}, called="b"))


@pytest.mark.parametrize(("path", "yes"), [("/srv", True), ("/srv/", True), ("/srv/a", True), ("/srvx", False),
                                           ("/srv/../etc", False), ("/", False), ("", False), ("srv", False)])
def test_a_path_lies_below_its_root_or_not(path, yes):
    assert security.below(path, ["/srv"]) is yes


# ConfigMaps and Secrets.

def config(kind="ConfigMap", **fields):
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "settings"}, **fields}


@pytest.mark.parametrize(("fields", "said"), [
    ({"data": {"a b": ""}}, "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric "
                            "characters, '-', '_' or '.'"),
    ({"data": {"..": ""}}, "data[..]: Invalid value: \"..\": must not start with '..'"),
    ({"data": {"a": ""}, "binaryData": {"a": ""}}, 'binaryData[a]: Invalid value: "a": duplicate of key present in '
                                                   'data'),
    ({"data": {"a": "x" * 1024 * 1024 + "y"}}, ": Too long: may not be more than 1048576 bytes"),
    ({"binaryData": {"a": "?"}}, "binaryData[a]: Invalid value: must be base64, as `base64 -w0` writes it. A plain "
                                 "text belongs into data")])
def test_a_configmap_is_checked(api, fields, said):
    assert refused(api.create, config(**fields)) == [said]


def test_a_mebibyte_is_not_too_much(api):
    api.create(config(data={"a": "é" * 512 * 1024}))


def test_what_a_secret_is_given_as_text_is_kept_as_base64(api):
    got = api.create(config("Secret", stringData={"password": "gehäim"}, data={"user": "bWU="}))
    assert thaw({part: got[part] for part in ("data", "type")}) == {
        "data": {"user": "bWU=", "password": base64.b64encode("gehäim".encode()).decode()}, "type": "Opaque"}
    assert "stringData" not in got


def test_a_mistaken_secret_is_refused_without_showing_it(api):
    """The error is logged, and read over shoulders."""
    [said] = refused(api.create, config("Secret", data={"password": "hunter2!"}))
    assert said.startswith("data[password]: Invalid value: must be base64")
    assert "hunter2" not in said
    [said] = refused(api.create, config("Secret", data={"pin": 4711}))
    assert "4711" not in said


def test_a_secret_holds_what_its_type_promises(api):
    assert refused(api.create, config("Secret", type="kubernetes.io/tls", data={"tls.crt": ""})) == [
        "data[tls.key]: Required value"]
    api.create(config("Secret"))
    assert refused(api.patch, "Secret", "settings", {"type": "other"}) == [
        'type: Invalid value: "other": field is immutable']


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_what_is_immutable_stays(api, kind):
    api.create(config(kind, data={"a": "eA=="}, immutable=True))
    assert refused(api.patch, kind, "settings", {"data": {"a": "eQ=="}}) == [
        "data: Forbidden: field is immutable when `immutable` is set"]
    assert refused(api.patch, kind, "settings", {"immutable": None}) == [
        "immutable: Forbidden: field is immutable when `immutable` is set"]
    assert api.patch(kind, "settings", {"metadata": {"labels": {"a": "b"}}}).metadata.labels["a"] == "b"


# Nodes, namespaces, events.

def test_a_node_is_checked(api):
    node = {"kind": "Node", "metadata": {"name": "node-1"}, "spec": {
        "podCIDR": "10.0.0.0/33", "taints": [{"key": "a", "effect": "Never"}, {"key": "b"}, {"key": "b"}]},
        "status": {"capacity": {"cpu": "many"}}}
    found = refused(api.create, node)
    assert [said.partition(":")[0] for said in found] == [
        "spec.taints[0].effect", "spec.taints[1].effect", "spec.taints[2].effect", "spec.taints[2]",
        "status.capacity[cpu]", "spec.podCIDR"]


def test_a_node_keeps_its_range_of_addresses(api):
    api.create({"kind": "Node", "metadata": {"name": "node-1"}, "spec": {"podCIDR": "10.0.1.0/24"}})
    assert refused(api.patch, "Node", "node-1", {"spec": {"podCIDR": "10.0.2.0/24"}}) == [
        'spec.podCIDR: Forbidden: node updates may not change podCIDR except from "" to valid']


def test_a_namespace_is_named_so_that_its_name_can_be_part_of_others(api):
    assert refused(api.create, {"kind": "Namespace", "metadata": {"name": "a.b"}})
    made = api.create({"kind": "Namespace", "metadata": {"name": "team"}})
    assert made.metadata.labels["kubernetes.io/metadata.name"] == "team"
    assert thaw(made.status) == {"phase": "Active"}


def test_an_event_lives_where_what_it_is_about_lives(api):
    assert refused(api.create, {"kind": "Event", "metadata": {"name": "e"}, "involvedObject": {
        "kind": "Pod", "name": "web", "namespace": "elsewhere"}}) == [
            'involvedObject.namespace: Invalid value: "elsewhere": does not match event.namespace']


# What get shows.

def shown(kind, obj, now=1_764_144_000, wide=False):
    return {column.name: column.value(freeze(obj), now) for column in kinds.KINDS[kind].columns
            if wide or not column.wide}


@pytest.mark.parametrize(("seconds", "said"), [
    (-5, "<invalid>"), (-0.5, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (150, "2m30s"), (599, "9m59s"),
    (600, "10m"), (10_799, "179m"), (10_800, "3h"), (12_000, "3h20m"), (8 * 3600, "8h"), (47 * 3600, "47h"),
    (48 * 3600, "2d"), (50 * 3600, "2d2h"), (8 * 86400, "8d"), (729 * 86400, "729d"), (730 * 86400, "2y"),
    (800 * 86400, "2y70d"), (3000 * 86400, "8y")])
def test_how_long_ago_is_said_as_kubectl_says_it(seconds, said):
    assert columns.duration(seconds) == said


def test_moments_are_read_with_their_fractions_and_zones():
    assert columns.seconds_of("1970-01-01T01:00:00.5+01:00") == 0.5
    assert columns.seconds_of("1970-01-01T00:00:41Z") == 41
    assert columns.seconds_of("yesterday") is columns.seconds_of(None) is columns.seconds_of("1970-99-01T00:00:41Z")


def seen(state, ready=False, restarts=0, last=None, name="web", **more):
    return {"name": name, "state": state, "lastState": last or {}, "ready": ready, "restartCount": restarts, **more}


RUNNING = {"running": {"startedAt": "2025-11-26T08:00:00Z"}}
INIT = {"initContainers": [{"name": "one", "image": "i"}, {"name": "two", "image": "i"}]}
SIDECAR = {"initContainers": [{"name": "one", "image": "i", "restartPolicy": "Always"}]}


def ended(code, reason="", signal=0):
    return {"terminated": {"exitCode": code, **({"reason": reason} if reason else {}),
                           **({"signal": signal} if signal else {})}}


def waits(reason):
    return {"waiting": {"reason": reason}}


@pytest.mark.parametrize(("spec", "status", "meta", "said", "ready"), [
    ({}, {"phase": "Pending"}, {}, "Pending", "0/1"),
    ({}, {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]},
     {}, "SchedulingGated", "0/1"),
    ({}, {"phase": "Pending", "containerStatuses": [seen(waits("ContainerCreating"))]}, {}, "ContainerCreating", "0/1"),
    ({}, {"phase": "Running", "containerStatuses": [seen(RUNNING, True)]}, {}, "Running", "1/1"),
    ({}, {"phase": "Running", "containerStatuses": [seen(RUNNING)]}, {}, "Running", "0/1"),
    ({}, {"phase": "Running", "containerStatuses": [seen(waits("CrashLoopBackOff"))]}, {}, "CrashLoopBackOff", "0/1"),
    ({}, {"phase": "Succeeded", "containerStatuses": [seen(ended(0, "Completed"))]}, {}, "Completed", "0/1"),
    ({}, {"phase": "Failed", "containerStatuses": [seen(ended(1, "Error"))]}, {}, "Error", "0/1"),
    ({}, {"phase": "Failed", "containerStatuses": [seen(ended(137, "OOMKilled"))]}, {}, "OOMKilled", "0/1"),
    ({}, {"phase": "Failed", "containerStatuses": [seen(ended(3))]}, {}, "ExitCode:3", "0/1"),
    ({}, {"phase": "Failed", "containerStatuses": [seen(ended(137, signal=9))]}, {}, "Signal:9", "0/1"),
    ({}, {"phase": "Failed", "reason": "Evicted"}, {}, "Evicted", "0/1"),
    ({}, {"phase": "Running", "containerStatuses": [seen(RUNNING, True)]},
     {"deletionTimestamp": "2025-11-26T08:00:00Z"}, "Terminating", "1/1"),
    ({}, {"phase": "Succeeded", "containerStatuses": [seen(ended(0, "Completed"))]},
     {"deletionTimestamp": "2025-11-26T08:00:00Z"}, "Completed", "0/1"),
    (INIT, {"phase": "Pending", "initContainerStatuses": [seen(RUNNING, name="one"), seen(waits("PodInitializing"),
                                                                                         name="two")]},
     {}, "Init:0/2", "0/1"),
    (INIT, {"phase": "Pending", "initContainerStatuses": [seen(ended(0, "Completed"), name="one"),
                                                          seen(RUNNING, name="two")]}, {}, "Init:1/2", "0/1"),
    (INIT, {"phase": "Pending", "initContainerStatuses": [seen(ended(1, "Error"), name="one")]}, {}, "Init:Error",
     "0/1"),
    (INIT, {"phase": "Pending", "initContainerStatuses": [seen(ended(2), name="one")]}, {}, "Init:ExitCode:2", "0/1"),
    (INIT, {"phase": "Pending", "initContainerStatuses": [seen(waits("CrashLoopBackOff"), name="one")]}, {},
     "Init:CrashLoopBackOff", "0/1"),
    (SIDECAR, {"phase": "Running", "initContainerStatuses": [seen(RUNNING, True, name="one", started=True)],
               "containerStatuses": [seen(RUNNING, True)]}, {}, "Running", "2/2"),
    (SIDECAR, {"phase": "Running", "initContainerStatuses": [seen(RUNNING, True, name="one", started=True)],
               "containerStatuses": [seen(ended(0, "Completed"))]}, {}, "Completed", "1/2"),
])
def test_a_pods_line_says_the_most_telling_thing(spec, status, meta, said, ready):
    line = shown("Pod", {**pod(spec), "metadata": {"name": "web", **meta}, "status": status})
    assert (line["STATUS"], line["READY"]) == (said, ready)


def test_one_container_that_ended_leaves_a_pod_running():
    """Completed is said of the whole pod only."""
    two = pod({"containers": [CONTAINER, {**CONTAINER, "name": "log"}]})
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}],
              "containerStatuses": [seen(ended(0, "Completed")), seen(RUNNING, True, name="log")]}
    assert shown("Pod", {**two, "status": status})["STATUS"] == "NotReady"


def test_restarts_are_counted_and_dated():
    last = {"terminated": {"exitCode": 1, "finishedAt": "2025-11-26T07:59:19Z"}}
    status = {"phase": "Running", "containerStatuses": [seen(RUNNING, True, 3, last)]}
    assert shown("Pod", {**pod(), "status": status})["RESTARTS"] == "3 (41s ago)"
    assert shown("Pod", pod())["RESTARTS"] == "0"


def test_every_kind_shows_what_is_there_and_what_is_not():
    assert shown("Pod", pod(), wide=True) == {
        "NAME": "web", "READY": "0/1", "STATUS": "Unknown", "RESTARTS": "0", "AGE": "<unknown>", "IP": "<none>",
        "NODE": "<none>", "NOMINATED NODE": "<none>", "READINESS GATES": "<none>"}
    node = {"kind": "Node", "metadata": {"name": "n", "labels": {"node-role.kubernetes.io/control-plane": ""}},
            "spec": {"unschedulable": True}, "status": {"conditions": [{"type": "Ready", "status": "Unknown"}],
                                                        "nodeInfo": {"kubeletVersion": "v1.32.0"}}}
    assert shown("Node", node) == {"NAME": "n", "STATUS": "NotReady,SchedulingDisabled", "ROLES": "control-plane",
                                   "AGE": "<unknown>", "VERSION": "v1.32.0"}
    assert shown("ConfigMap", config(data={"a": "b"}, binaryData={"c": ""}))["DATA"] == "2"
    assert shown("Secret", config("Secret", type="Opaque"))["TYPE"] == "Opaque"
    event = {"kind": "Event", "metadata": {"name": "e"}, "type": "Normal", "reason": "Started", "message": "a\nb",
             "involvedObject": {"kind": "Pod", "name": "web"}, "lastTimestamp": "2025-11-26T07:59:00Z"}
    assert shown("Event", event) == {"LAST SEEN": "60s", "TYPE": "Normal", "REASON": "Started", "OBJECT": "pod/web",
                                     "MESSAGE": "a b"}


def test_a_pods_word_is_found_by_one_function():
    """``describe`` and the pictures use it too."""
    assert pod_columns.status(freeze({**pod(), "status": {"phase": "Pending"}})) == "Pending"
