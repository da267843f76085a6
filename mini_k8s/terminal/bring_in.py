"""What becomes of the manifests that ``-f`` names? All are read and tried first, then applied; kubectl's lines tell."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mini_k8s import apply
from mini_k8s.kinds import KINDS
from mini_k8s.manifests import Document, read, refuse
from mini_k8s.terminal.table import clean

if TYPE_CHECKING:
    from mini_k8s.client import Client


def read_files(files: Sequence[str], recursive: bool, namespace: str | None) -> list[Document]:
    """What these files hold, namespaces first; what is doubtful goes to stderr as a warning.

    Raises Invalid with every mistake of all files that can be seen without a cluster.
    """
    documents = apply.in_order(read(*files, recursive=recursive)) if files else []
    for document in documents:
        for warning in document.warnings:
            print(f"Warning: {clean(str(warning))}", file=sys.stderr)
    return apply.in_namespace(documents, namespace) if namespace else documents


def bring_in(client: "Client", documents: Sequence[Document],
             tell: Callable[[str], None] = lambda text: print(text, flush=True)) -> None:
    """Apply these documents, a line each: ``pod/web created``.

    Raises Invalid with every mistake of all of them; then nothing was applied.
    """
    refuse(apply.mistakes(client, documents))
    for document in documents:
        obj, what = apply.apply(client, document.object)
        tell(f"{KINDS[obj['kind']].resource}/{obj['metadata']['name']} {what}")
