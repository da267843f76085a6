"""What stands in the files that a user wrote?

``read`` takes files, folders and standard input, and gives back the objects that are written there, each with its
origin: a mistake is shown by file, document, line and field. All mistakes of all files come at once, and nothing is
applied here. Fields that nobody knows are kept, and ``write`` gives an object back as YAML.

>>> [pod] = read_text("apiVersion: v1\\nkind: Pod\\nmetadata:\\n  name: web\\n", "pod.yaml")
>>> pod.object, pod.line("metadata.name")
(<Pod web>, 4)

``files.py`` finds the files; ``loader.py`` reads YAML that one need not trust, with ``builder.py``, ``scalars.py`` and
``syntax.py``; ``documents.py`` makes objects of it, ``lines.py`` knows where they stand, ``writer.py`` writes them.
Upstream: kubectl's resource builder (``cli-runtime/pkg/resource``) and ``sigs.k8s.io/yaml``. Left out: addresses of the
web, kustomize, JSON texts that follow each other without '---'.
"""

from mini_k8s.manifests.documents import Document, Mistake, read, read_text, refuse
from mini_k8s.manifests.writer import write

__all__ = ["Document", "Mistake", "read", "read_text", "refuse", "write"]
