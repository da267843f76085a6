"""What of a pod may still be changed?

A pod that runs is what it is: another image is the one thing that the kubelet can put into it later. Who wants another
pod makes another one, and controllers do so. Upstream: ``ValidatePodUpdate`` in
``pkg/apis/core/validation/validation.go``. Left out: resize. Here ``nodeName`` may be set once by an ordinary write;
there only the binding sub-resource can, which comes in chapter 7.
"""

from collections.abc import Iterator, Mapping

from mini_k8s.objects import Object
from mini_k8s.problems import Problem, forbidden, invalid

_FREE = ("activeDeadlineSeconds", "tolerations", "schedulingGates", "containers", "initContainers")
_SAID = ("pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, "
         "`spec.activeDeadlineSeconds`, `spec.tolerations` (only additions to existing tolerations), "
         "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)")


def problems(new: Object, old: Object) -> Iterator[Problem]:
    """Everything that must not be changed, and was."""
    spec, was = new["spec"], old["spec"]
    if spec is was or spec == was:
        return
    changed = [name for name in {**was, **spec} if name not in _FREE and spec.get(name) != was.get(name)
               and not (name == "nodeName" and not was.get(name))]
    for field in ("initContainers", "containers"):
        ours, theirs = spec.get(field) or (), was.get(field) or ()
        if len(ours) != len(theirs):
            yield forbidden(f"spec.{field}", "pod updates may not add or remove containers")
            continue
        for i, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            changed += [f"{field}[{i}].{name}" for name in {**other, **one}
                        if name != "image" and one.get(name) != other.get(name)]
    if changed:
        yield forbidden("spec", f"{_SAID}; this changes {', '.join(changed)}")
    yield from _deadline(spec, was)
    yield from _tolerations(spec, was)
    yield from _gates(spec, was)


def _deadline(spec: Mapping, was: Mapping) -> Iterator[Problem]:
    now, before, at = spec.get("activeDeadlineSeconds"), was.get("activeDeadlineSeconds"), "spec.activeDeadlineSeconds"
    if before is None or now == before:
        return
    if now is None:
        yield invalid(at, "null", "must not update from a positive integer to nil value")
    elif now > before:
        yield invalid(at, now, "must be less than or equal to previous value")


def _tolerations(spec: Mapping, was: Mapping) -> Iterator[Problem]:
    """They can be added, and those there are may change how long they hold."""
    def bare(toleration: Mapping) -> dict:
        return {name: value for name, value in toleration.items() if name != "tolerationSeconds"}

    now = [bare(toleration) for toleration in spec.get("tolerations") or ()]
    if any(bare(toleration) not in now for toleration in was.get("tolerations") or ()):
        yield forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")


def _gates(spec: Mapping, was: Mapping) -> Iterator[Problem]:
    before = {gate.get("name") for gate in was.get("schedulingGates") or ()}
    if any(gate.get("name") not in before for gate in spec.get("schedulingGates") or ()):
        yield forbidden("spec.schedulingGates", "only deletion is allowed")
