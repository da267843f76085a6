"""What is a pod's container told? From the manifest to the plain specs that a runtime takes.

Upstream: ``pkg/kubelet/kuberuntime/kuberuntime_container.go`` and ``kuberuntime_sandbox.go``.
"""

from collections.abc import Mapping

from mini_k8s.objects import Object
from mini_k8s.pods import GRACE, NAMESPACE, NODE, POD, UID
from mini_k8s.runtimes import ContainerSpec, SandboxSpec


def labels_of(pod: Object) -> dict[str, str]:
    """Whose sandbox or container it is."""
    meta, spec = pod["metadata"], pod["spec"]
    return {POD: meta["name"], NAMESPACE: meta["namespace"], UID: meta["uid"], NODE: spec.get("nodeName") or "",
            GRACE: str(spec.get("terminationGracePeriodSeconds") or 0)}


def sandbox_spec(pod: Object, attempt: int) -> SandboxSpec:
    """What all containers of the pod share."""
    meta, spec = pod["metadata"], pod["spec"]
    name = meta["name"].replace(".", "-")
    hostname = (spec.get("hostname") or name)[:63].strip("-")
    return SandboxSpec(f"{name[:50].strip('-')}-{meta['uid'][:8]}", hostname, labels_of(pod), attempt=attempt)


def container_spec(pod: Object, container: Mapping, attempt: int) -> ContainerSpec:
    """One attempt of one container."""
    env = {var["name"]: var.get("value") or "" for var in container.get("env") or () if "valueFrom" not in var}
    argv = [*(container.get("command") or ()), *(container.get("args") or ())]
    return ContainerSpec(container["name"], container["image"], argv or None, env, labels_of(pod), attempt=attempt)
