"""What does the store cost? Writes that a crash does not undo, a list, and how soon a watcher hears of a change."""

import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import orjson

from mini_k8s import kinds
from mini_k8s.api import Api
from mini_k8s.objects import Object, freeze
from mini_k8s.storage import open_log
from mini_k8s.storage.file import open_file
from mini_k8s.storage.rows import row_of
from mini_k8s.store import Event, Store
from tests.bench.pods import pod
from tests.bench.rows import Row

THREADS = 32
WRITES = {1: 1_000, THREADS: 6_400}  # so many by how many threads
ROUNDS = 3


def writes() -> Iterator[Row]:
    """Both keep the same rows in the same form of file, on the same disk; a write counts when it is committed."""
    for threads, count in WRITES.items():
        ours, peer = [], []
        for _ in range(ROUNDS):
            peer.append(_plain(threads, count))
            ours.append(_ours(threads, count))
        yield Row(f"a write kept for good, {threads} thread{'s' if threads > 1 else ''}",
                  statistics.median(ours) * 1e6, "µs", peer=statistics.median(peer) * 1e6,
                  most_ratio=1.0 if threads > 1 else None, note=f"{_rate(ours)}; peer: sqlite3, FULL, a transaction "
                  f"for each, {_rate(peer)}")


def creates() -> Iterator[Row]:
    """Each thread creates a pod by the API, with all its rules, and waits until it is kept for good."""
    took = []
    for _ in range(ROUNDS):
        with _kept() as store:
            api = _api(store)

            def create(name: str, store: Store = store, api: Api = api) -> None:
                store.wait(api.create(pod(name))["metadata"]["resourceVersion"])

            took.append(_each(THREADS, 3_200, create))
            assert len(api.list("Pod").items) == 3_200
            assert store.durable == store.version
    yield Row(f"a pod created and kept for good, {THREADS} threads", statistics.median(took) * 1e6, "µs", most=667,
              note=f"{_rate(took)}; the goal is 1,500/s")


def listed() -> Iterator[Row]:
    api = _api(Store())
    for n in range(1_000):
        made = api.create(pod(f"w{n}"))
        api.update(made.with_(status={"phase": "Running", "podIP": "10.0.0.1", "hostIP": "10.0.0.2"}), "status")
    lists, texts = [], []
    for _ in range(25):
        began = time.perf_counter()
        items = api.list("Pod").items
        lists.append((time.perf_counter() - began) * 1e3)
        text = orjson.dumps(items)
        texts.append((time.perf_counter() - began) * 1e3)
        assert len(items) == 1_000
    yield Row("1,000 pods listed by the API", statistics.median(lists), most=10)
    yield Row("1,000 pods listed by the API, as JSON", statistics.median(texts), most=10, note=f"{len(text):,} bytes")


def told() -> Iterator[Row]:
    """From a patch until another thread, which waits for news, has its event in hand."""
    yield Row("a patch to its watch event, in memory", _told(Store()), most=1)
    with _kept() as store:
        yield Row("a patch to its watch event, kept for good first", _told(store), most=1,
                  note="a watch tells of what is on the disk")


def _told(store: Store, samples: int = 300) -> float:
    """The median, in milliseconds."""
    api, news, heard, took = _api(store), threading.Event(), threading.Semaphore(0), []
    api.create(pod("web"))
    store.wait(store.version)
    watch, over, at = api.watch("Pod"), threading.Event(), []

    def follow() -> None:
        while not over.is_set():
            news.wait()
            news.clear()
            for event in watch:
                at.append((event.version, time.perf_counter()))
                heard.release()

    store.durable_listeners.append(news.set)
    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    try:
        for n in range(samples):
            time.sleep(0.002)  # idle, as a cluster is between two changes
            began = time.perf_counter()
            patched = api.patch("Pod", "web", {"metadata": {"labels": {"round": str(n)}}})
            assert heard.acquire(timeout=10), f"nobody told of change {n}"
            version, when = at[-1]
            assert version == int(patched["metadata"]["resourceVersion"])
            took.append((when - began) * 1e3)
    finally:
        over.set()
        news.set()
        follower.join(10)
        store.durable_listeners.remove(news.set)
    return statistics.median(took)


def _ours(threads: int, count: int) -> float:
    """Seconds for each write."""
    with _kept() as store:

        def write(name: str) -> None:
            store.wait(store.create(_stored(name))["metadata"]["resourceVersion"])

        took = _each(threads, count, write)
        assert store.durable == count
        return took


def _plain(threads: int, count: int) -> float:
    """Seconds for each write: the connection goes from thread to thread, as SQLite takes one writer at a time."""
    with tempfile.TemporaryDirectory(prefix="mini-k8s-bench-") as folder, \
            closing(open_file(Path(folder, "store.db"))) as db:
        (full,), (mode,) = db.execute("PRAGMA synchronous").fetchone(), db.execute("PRAGMA journal_mode").fetchone()
        assert (full, mode) == (2, "wal"), (full, mode)
        turn, versions = threading.Lock(), iter(range(1, count + 1))

        def write(name: str) -> None:
            obj = _stored(name)
            with turn:
                version = next(versions)
                stamped = obj.with_(metadata={"resourceVersion": str(version)})
                db.execute("BEGIN IMMEDIATE")
                db.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", row_of(Event("ADDED", stamped, None, version)))
                db.execute("COMMIT")

        took = _each(threads, count, write)
        assert db.execute("SELECT count(*) FROM log").fetchone() == (count,)
        return took


def _each(threads: int, count: int, write: Callable[[str], None]) -> float:
    """Seconds for each of ``count`` writes, made by so many threads at once; each makes its next when one is done."""
    barrier, failed = threading.Barrier(threads + 1), []

    def work(first: int) -> None:
        barrier.wait()
        try:
            for n in range(first, count, threads):
                write(f"w{n}")
        except Exception as error:
            failed.append(error)

    hands = [threading.Thread(target=work, args=(first,), daemon=True) for first in range(threads)]
    for hand in hands:
        hand.start()
    barrier.wait()
    began = time.perf_counter()
    for hand in hands:
        hand.join()
    took = time.perf_counter() - began
    if failed:
        raise failed[0]
    return took / count


def _stored(name: str) -> Object:
    """A pod as the API hands it to the store."""
    return freeze({**pod(name), "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"},
                                             "uid": secrets.token_hex(16), "creationTimestamp": "2026-01-01T00:00:00Z"},
                   "status": {"phase": "Pending", "qosClass": "BestEffort"}})


def _api(store: Store) -> Api:
    api = Api(store, kinds.KINDS, admission=kinds.admission())
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
    return api


@contextmanager
def _kept() -> Iterator[Store]:
    """A store on the disk, in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="mini-k8s-bench-") as folder:
        store = Store(open_log(folder))
        try:
            yield store
        finally:
            store.close()


def _rate(took: list[float]) -> str:
    return f"{1 / statistics.median(took):,.0f}/s"


MEASURES = (writes, creates, listed, told)
