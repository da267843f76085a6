"""The table of fields: which there are, of which types, and what was probably meant."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mini_k8s import fields, kinds
from mini_k8s.fields import Doubt, doubts, fits, without_nulls
from mini_k8s.objects import freeze

PLAIN = {"string", "integer", "number", "boolean", "quantity", "intOrString", "time", "any"}

MUCH = """
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web}
  annotations: {team: "1"}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: u, controller: true}]
spec:
  serviceAccountName: web
  automountServiceAccountToken: false
  nodeSelector: {disk: ssd}
  tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [a]}]}]
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
      - {weight: 1, podAffinityTerm: {topologyKey: host, labelSelector: {matchLabels: {app: web}}}}
  topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]
  securityContext: {runAsUser: 1000, fsGroup: 1000, seccompProfile: {type: RuntimeDefault}}
  hostAliases: [{ip: 10.0.0.1, hostnames: [db]}]
  dnsConfig: {nameservers: [10.0.0.2], options: [{name: ndots, value: "2"}]}
  imagePullSecrets: [{name: pull}]
  initContainers:
  - {name: wait, image: busybox, command: [sh, -c, "sleep 1"], restartPolicy: Always}
  containers:
  - name: web
    image: web:1
    args: ["--port", "80"]
    workingDir: /srv
    stdin: true
    tty: true
    ports: [{name: http, containerPort: 80, protocol: TCP}]
    env:
    - {name: A, value: b}
    - {name: ME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
    - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password, optional: true}}}
    envFrom: [{prefix: X_, configMapRef: {name: settings}}]
    resources: {requests: {cpu: 0.5, memory: 64Mi}, limits: {cpu: 1, memory: 128Mi}}
    securityContext:
      readOnlyRootFilesystem: true
      allowPrivilegeEscalation: false
      capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}
    volumeMounts: [{name: data, mountPath: /data, subPath: a, readOnly: true}]
    startupProbe: {tcpSocket: {port: http}, failureThreshold: 30}
    livenessProbe: {httpGet: {path: /healthz, port: 80, httpHeaders: [{name: A, value: b}]}, periodSeconds: 5}
    readinessProbe: {exec: {command: [cat, /ready]}, initialDelaySeconds: 1}
    lifecycle: {preStop: {sleep: {seconds: 1}}, postStart: {exec: {command: ["true"]}}}
  volumes:
  - {name: data, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  - {name: files, configMap: {name: settings, items: [{key: a, path: b, mode: 256}], optional: true}}
  - {name: all, projected: {sources: [{secret: {name: db}}, {serviceAccountToken: {path: token}}]}}
  - {name: me, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
  - {name: host, hostPath: {path: /srv, type: Directory}}
  - {name: claim, persistentVolumeClaim: {claimName: data}}
"""


def test_every_type_in_the_table_is_known():
    """A misspelt one would check nothing."""
    for message, known in fields.messages().items():
        for name, type in known.items():
            while type[0] in "[{":
                assert type[-1] in "]}"
                type = type[1:-1]
            assert type in PLAIN or type in fields.messages(), f"{message}.{name} is a {type}"


def test_the_table_begins_with_what_every_manifest_has():
    for kind in ("Pod", "Deployment", "Service", "Ingress", "CustomResourceDefinition", "Role", "Job"):
        assert {"apiVersion", "kind", "metadata"} <= set(fields.messages()[kind])
    assert set(kinds.KINDS) <= set(fields.messages())


def test_a_pod_that_says_much_is_not_doubted():
    """Nothing that an ordinary author writes is called unknown."""
    assert [*doubts(yaml.safe_load(MUCH), "Pod")] == []
    assert fits("Pod")(freeze(yaml.safe_load(MUCH)))


def test_an_unknown_field_is_named_with_what_was_meant():
    pod = {"spec": {"contianers": [], "containers": [{"name": "a", "imagePullpolicy": "Never"}], "blub": 1}}
    assert [*doubts(pod, "Pod")] == [
        Doubt("spec.contianers", "unknown field", "containers"),
        Doubt("spec.containers[0].imagePullpolicy", "unknown field", "imagePullPolicy"),
        Doubt("spec.blub", "unknown field", "")]


@pytest.mark.parametrize(("value", "type", "said"), [
    (1, "string", "text; write it in quotes"), (True, "integer", "a whole number"), (1.0, "integer", "a whole number"),
    (2**63, "integer", "a whole number"), (1, "boolean", "true or false"), ("1", "number", "a number"),
    ([], "quantity", "a quantity, such as 250m or 64Mi"), (1.5, "intOrString", "a whole number or text"),
    ("yesterday", "time", "a time, such as '2026-11-26T08:30:00Z'"), ("a", "[string]", "a list"), ([], "{string}",
                                                                                                 "a mapping"),
    ([], "PodSpec", "a mapping")])
def test_another_type_is_named(value, type, said):
    assert [*doubts(value, type, "here")] == [Doubt("here", said)]
    assert not fits(type)(freeze(value))


@pytest.mark.parametrize(("value", "type"), [
    (-2**63, "integer"), (1, "number"), (0.5, "quantity"), ("x", "quantity"), ("x", "intOrString"), (0, "intOrString"),
    ("2026-11-26T08:30:00.123456Z", "time"), ("2026-11-26T08:30:00+01:00", "time"), ({"a": [None]}, "any"),
    ({"a": "b"}, "{string}"), ([{"name": "a"}], "[Container]")])
def test_the_right_type_is_not_doubted(value, type):
    assert [*doubts(value, type)] == []
    assert fits(type)(freeze(value))


def test_an_empty_field_is_as_good_as_none():
    """``labels:`` with nothing behind it is what people write. In a list there is no such thing."""
    pod = {"metadata": {"labels": None, "annotations": {"a": None}}, "spec": {"containers": [None, {"env": None}]},
           "novelty": None}
    assert [doubt.path for doubt in doubts(pod, "Pod")] == ["spec.containers[0]", "novelty"]
    assert without_nulls(pod, "Pod") == {"metadata": {"annotations": {}}, "spec": {"containers": [None, {}]},
                                         "novelty": None}
    assert not fits("Pod")(freeze(pod))


def test_what_is_not_ours_is_kept_with_its_nulls():
    thing = {"metadata": {"name": None}, "spec": {"a": None}}
    assert without_nulls(thing, "PartialObjectMetadata") == {"metadata": {}, "spec": {"a": None}}


values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.floats(allow_nan=False,
                                                                                                 allow_infinity=False),
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                          st.sampled_from(["name", "containers", "spec", "labels", "image", "ports", "a", "metadata",
                                           "containerPort", "env", "value", "limits", "resources"]), inner, max_size=4),
                      max_leaves=12)


@given(values, st.sampled_from(["Pod", "Container", "[Container]", "{quantity}", "PodSpec", "ObjectMeta", "string"]))
def test_the_quick_answer_is_the_long_one(value, type):
    """What fits is not doubted, and what is doubted does not fit; an unknown field is no matter of type."""
    if not fits(type)(freeze(value)):
        value = without_nulls(value, type)
        wrong = [doubt for doubt in doubts(value, type) if doubt.what != "unknown field"]
        assert bool(wrong) is not (value is None or fits(type)(freeze(value)))
    else:
        assert all(doubt.what == "unknown field" for doubt in doubts(value, type))


def test_a_misspelt_name_in_code_is_told_what_was_meant():
    pod = freeze({"kind": "Pod", "metadata": {"name": "web"}, "spec": {"nodeName": "node-1"}})
    with pytest.raises(AttributeError, match=r"has a field 'nodename'\. Did you mean nodeName\?"):
        _ = pod.spec.nodename
