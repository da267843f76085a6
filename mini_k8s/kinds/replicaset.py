"""What is a ReplicaSet, to the API? How many pods there should be, which ones count, and a stencil for new ones.

Upstream: ``pkg/registry/apps/replicaset/strategy.go`` and ``ValidateReplicaSetSpec`` in ``pkg/apis/apps/validation``.
"""

from collections.abc import Iterator, Mapping

from mini_k8s import selectors
from mini_k8s.kind import Kind
from mini_k8s.kinds import pod
from mini_k8s.kinds.columns import AGE, NAME, column
from mini_k8s.kinds.shared import fill, number, put
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, annotations, forbidden, invalid, labels, required, unsupported

_NONE = Object()


def default(replicaset: Object) -> Object:
    """The ReplicaSet with everything that its author left out."""
    spec = fill(replicaset.get("spec") or _NONE, {"replicas": 1})
    if template := spec.get("template"):
        spec = put(spec, {"template": put(template, {"spec": pod.SPECS.full(template.get("spec") or _NONE)})})
    return put(replicaset, {"spec": spec})


def validate(replicaset: Object, old: Object | None) -> Iterator[Problem]:
    """Everything that is wrong with a ReplicaSet, or with how it was changed."""
    spec = replicaset["spec"]
    yield from number("spec.replicas", spec.get("replicas"), 0)
    yield from number("spec.minReadySeconds", spec.get("minReadySeconds"), 0)
    selector, template = spec.get("selector"), spec.get("template")
    if not selector:
        yield required("spec.selector", "which pods count? Give matchLabels that the template's labels fulfil")
    elif not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield invalid("spec.selector", selector, "it asks for nothing, so every pod of the namespace would count")
    wrong = [*selectors.check(selector, "spec.selector")]
    yield from wrong
    if not template:
        yield required("spec.template")
    else:
        yield from template_problems(template, "spec.template", None if wrong or not selector else selector)
    if old is not None and selector != old["spec"].get("selector"):
        yield invalid("spec.selector", selector, "field is immutable")


def template_problems(template: Object, path: str, selector: Mapping | None) -> Iterator[Problem]:
    """Everything that is wrong with a stencil of pods that are to run for ever and to match ``selector``."""
    meta, spec = template.get("metadata") or _NONE, template.get("spec") or _NONE
    if meta.get("labels"):
        yield from labels(f"{path}.metadata.labels", meta["labels"])
    if meta.get("annotations"):
        yield from annotations(f"{path}.metadata.annotations", meta["annotations"])
    if spec.get("ephemeralContainers"):
        yield forbidden(f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")
    if selector is not None and not selectors.of(selector).matches(meta.get("labels")):
        yield invalid(f"{path}.metadata.labels", dict(meta.get("labels") or {}), "`selector` does not match template "
                      "`labels`")
    if not pod.SPECS.is_sound(spec):
        found = [*pod.spec_problems(spec, f"{path}.spec")]
        yield from found
        if not found:
            pod.SPECS.found_sound(spec)
    if spec.get("restartPolicy") not in (None, "Always") and spec["restartPolicy"] in pod.RESTART:
        yield unsupported(f"{path}.spec.restartPolicy", spec["restartPolicy"], ("Always",))
    if spec.get("activeDeadlineSeconds") is not None:
        yield Problem(f"{path}.spec.activeDeadlineSeconds", "Forbidden", "activeDeadlineSeconds in ReplicaSet is not "
                      "Supported")


def scaled(replicaset: Object, written: Object) -> Object:
    """The ReplicaSet with as many replicas as ``written`` has, and nothing else of that."""
    return replicaset.with_(spec={"replicas": (written.get("spec") or _NONE).get("replicas")})


def status(replicaset: Object) -> Mapping:
    return {"replicas": 0}


def _count(field: str):
    return lambda replicaset: str((replicaset.get("status") or _NONE).get(field) or 0)


def _of_containers(field: str):
    return lambda replicaset: ",".join(
        one.get(field) or "" for one in replicaset["spec"]["template"]["spec"].get("containers") or ())


REPLICASET = Kind(
    "ReplicaSet", "replicasets", "apps/v1", short=("rs",), default=default, validate=validate, status=status,
    scaled=scaled, columns=(
        NAME, column("DESIRED", lambda replicaset: str(replicaset["spec"].get("replicas"))),
        column("CURRENT", _count("replicas")), column("READY", _count("readyReplicas")), AGE,
        column("CONTAINERS", _of_containers("name"), wide=True), column("IMAGES", _of_containers("image"), wide=True),
        column("SELECTOR", lambda replicaset: str(selectors.of(replicaset["spec"].get("selector"))), wide=True)))
