"""Chapter 3: what survives the end of the program? A folder that one program at a time keeps its objects in.

``Store(open_log("data"))`` is a store that is the same after a crash: whatever ``store.wait`` has let pass is there,
and what it has not is there wholly or not at all. Upstream: etcd's ``server/storage`` (mvcc, wal). Left out: copies on
several machines; snapshots (copy the folder while nobody uses it).
"""

from pathlib import Path

from mini_k8s.storage.claim import Claim
from mini_k8s.storage.file import open_file
from mini_k8s.storage.log import SqliteLog

FILE = "store.db"


def open_log(folder: str | Path) -> SqliteLog:
    """The log kept in ``folder``, which is made when it is missing. Its ``close`` gives the folder back.

    Raises Conflict, naming the process, when another one uses the folder; Forbidden or Invalid when it cannot be used;
    StatusError when what is in it is damaged. Nothing that was kept is changed then.
    """
    claim = Claim(Path(folder))
    path = claim.folder / FILE
    try:
        return SqliteLog(open_file(path), path, claim.release)
    except BaseException:
        claim.release()
        raise
