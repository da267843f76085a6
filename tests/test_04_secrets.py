"""A secret that a pod is given: who else gets to see it?"""

import json
import logging

from helpers import eventually, new_name

from mini_k8s.backoff import Backoff
from mini_k8s.cluster import Cluster

SECRET = "correct-horse-battery"


def test_a_secret_is_in_no_event_no_status_no_label_and_no_line_that_the_program_logs(caplog):
    """Also where pods that were given it cannot begin, or crash."""
    variable = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "key", "key": "password"}}}
    leads_out = [{"name": "v", "mountPath": "/v", "subPathExpr": "$(KEY)"}]
    parts = {"runs": {}, "absent": {"image": "no-such/image:1", "imagePullPolicy": "Never"},
             "part": {"volumeMounts": leads_out}}
    caplog.set_level(logging.DEBUG)
    with Cluster(1, name=new_name("secret"), runtime="simulated", backoff=Backoff(base=0.01, cap=0.01)) as cluster:
        cluster.start()
        cluster.apply({"kind": "Secret", "metadata": {"name": "key"}, "stringData": {"password": SECRET}})
        for name, part in parts.items():
            cluster.apply({"kind": "Pod", "metadata": {"name": name}, "spec": {
                "volumes": [{"name": "v", "emptyDir": {}}, {"name": "keys", "secret": {"secretName": "key"}}],
                "containers": [{"name": "main", "image": "mini-k8s/web:1", "env": [variable]} | part]}})
        eventually(lambda: cluster.client.get("Pod", "runs")["status"]["phase"] == "Running")
        eventually(lambda: cluster.client.get("Pod", "absent")["status"]["containerStatuses"][0]["state"]["waiting"][
            "reason"] == "ErrImageNeverPull")
        eventually(lambda: cluster.client.get("Pod", "part")["status"]["phase"] == "Running")
        shown = [json.dumps(obj, default=dict) for kind in ("Pod", "Event", "Node")
                 for obj in cluster.client.list(kind).items]
        labels = [str(dict(o.labels)) for o in (*cluster.runtime.list(), *cluster.runtime.list_volumes())]
        assert len(shown) > 4
        assert labels
        assert not [text for text in (*shown, *labels, caplog.text) if SECRET in text]
