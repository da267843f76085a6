"""Chapter 6: which pods stand behind a service?

Upstream: ``podToEndpoint`` and ``ShouldPodBeInEndpoints`` in ``staging/src/k8s.io/endpointslice``.
"""

from collections.abc import Iterable

from mini_k8s import selectors
from mini_k8s.network import Endpoint
from mini_k8s.objects import Object
from mini_k8s.pod_facts import is_ready


def endpoints_for(service: Object, pods: Iterable[Object]) -> list[Endpoint]:
    """Where do the pods of a service answer, and which of them are to be sent new connections?

    service   a Service with metadata.namespace; spec.selector, a mapping of labels, which may
              be missing; and one port in spec.ports, whose targetPort is a number
    pods      pods of any namespace; metadata.labels and status.podIP may be missing

    Return an ``Endpoint(ip, port, ready)`` for each pod of the service's namespace that has
    every label of the selector, with that value. Its port is the service's targetPort. Leave
    out pods without an address, and those that have finished (their phase is Succeeded or
    Failed). A pod is ready when ``is_ready(pod)`` says so and it is not being deleted, which
    its metadata.deletionTimestamp tells. A service without a selector has no pods.

    >>> service = freeze({"metadata": {"namespace": "default"}, "spec": {
    ...     "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}})
    >>> pod = freeze({"metadata": {"namespace": "default", "labels": {"app": "web", "version": "2"}},
    ...               "status": {"podIP": "10.9.0.4", "phase": "Running"}})
    >>> endpoints_for(service, [pod])
    [Endpoint(ip='10.9.0.4', port=8080, ready=False)]
    """
    namespace, selector = service["metadata"].get("namespace"), service["spec"].get("selector")
    if not selector:
        return []
    matches, port = selectors.of_labels(selector).matches, service["spec"]["ports"][0]["targetPort"]
    found = []
    for pod in pods:
        meta, status = pod["metadata"], pod.get("status") or {}
        if meta.get("namespace") != namespace or not matches(meta.get("labels")):
            continue
        if status.get("podIP") and status.get("phase") not in ("Succeeded", "Failed"):
            found.append(Endpoint(status["podIP"], port, is_ready(pod) and not meta.get("deletionTimestamp")))
    return found
