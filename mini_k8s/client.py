"""Chapter 3: how does everybody talk to the API? The one protocol for people, controllers and kubelets.

Nobody reaches around it, so nobody can tell whether the other side is this process, our HTTP server or a real
Kubernetes API server. ``api.Api`` has these methods, and whatever else has them is a client too.
Upstream: ``client-go``; ``RetryOnConflict`` is in ``client-go/util/retry/util.go``. Left out here: limits on how often
somebody may ask, and waiting (10 ms and a bit of chance there) before a write is tried again.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from mini_k8s.errors import Conflict
from mini_k8s.objects import Object
from mini_k8s.store import Listing, Watch, Where


@runtime_checkable
class Client(Protocol):
    """Reading, following and changing objects. Which errors there are, ``api.Api`` says."""

    def get(self, kind: str, name: str, namespace: str = "default") -> Object: ...

    def list(self, kind: str, namespace: str | None = None, where: Where | None = None) -> Listing: ...

    def watch(self, kind: str, namespace: str | None = None, since: int | str | None = None,
              where: Where | None = None) -> Watch: ...

    def create(self, obj: Mapping, dry_run: bool = False) -> Object: ...

    def update(self, obj: Mapping, subresource: str = "", dry_run: bool = False) -> Object: ...

    def patch(self, kind: str, name: str, patch: Mapping, namespace: str = "default", subresource: str = "",
              dry_run: bool = False) -> Object: ...

    def delete(self, kind: str, name: str, namespace: str = "default", grace: int | None = None,
               uid: str | None = None, version: str | None = None, dry_run: bool = False,
               propagation: str | None = None) -> Object: ...


def retry_on_conflict(read: Callable[[], Object], change: Callable[[Object], Object],
                      write: Callable[[Object], Object], tries: int = 5) -> Object:
    """Change an object that others change too, so that nobody's change is lost.

    read     read() gives the object as it is now, with its version
    change   change(obj) gives a changed copy of it, and may be called several times
    write    write(obj) stores it, and returns it as it was stored; it raises Conflict
             when somebody else wrote since obj was read
    tries    how often to write at most; 1 or more

    Return what write returned. After a Conflict begin anew: read again, and change what you
    have read now. When the last try ends in a Conflict too, let that Conflict come out. Every
    other error comes out at once, whoever raised it. Wait for nothing between two tries.
    An example with numbers in place of objects:

    >>> retry_on_conflict(lambda: 7, lambda seen: seen + 1, lambda changed: changed)
    8
    """
    for left in reversed(range(tries)):
        changed = change(read())
        try:
            return write(changed)
        except Conflict:
            if not left:
                raise
