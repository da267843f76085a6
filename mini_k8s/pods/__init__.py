"""Chapter 4: what is a pod made of, on a machine?

The small parts that the kubelet stands on: what was seen of a pod (``sight.py``), what its containers are told
(``containers.py``), in which order its init containers run (``inits.py``), and what is reported of it (``status.py``).
Upstream: ``pkg/kubelet/kuberuntime``, ``pkg/kubelet/pleg``, ``pkg/kubelet/status``.
"""

# Labels of a pod's sandbox and containers. They say whose it is, so that a new kubelet finds it again.
POD, NAMESPACE, UID, NODE, GRACE = "pod", "namespace", "uid", "node", "grace"
