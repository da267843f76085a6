"""The one protocol, and how somebody who was refused begins anew."""

import doctest
import threading

import pytest

from mini_k8s import api, client, store
from mini_k8s.errors import Conflict, NotFound
from mini_k8s.kinds import KINDS
from mini_k8s.store import Store


@pytest.fixture
def world():
    """A namespace, and a ConfigMap that counts."""
    found = api.Api(Store(), dict(KINDS))
    found.create({"kind": "Namespace", "metadata": {"name": "default"}})
    found.create({"kind": "ConfigMap", "metadata": {"name": "visits"}, "data": {"count": "0"}})
    return found


def one_more(visits):
    return visits.with_(data={"count": str(int(visits.data["count"]) + 1)})


@pytest.mark.parametrize("module", [store, client, api])
def test_what_the_docstrings_show_is_what_happens(module):
    """They are the exercises of chapter 3."""
    failed, attempted = doctest.testmod(module)
    assert failed == 0
    assert attempted > 0


def test_the_api_is_a_client(world):
    """Whoever is handed a client cannot tell what is behind it."""
    assert isinstance(world, client.Client)
    assert not isinstance(world.store, client.Client)


def test_nobodys_change_is_lost_whoever_writes_at_the_same_time(world):
    """Eight threads, each adds one twenty times."""
    def work():
        for _ in range(20):
            client.retry_on_conflict(lambda: world.get("ConfigMap", "visits"), one_more, world.update, 10_000)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.get("ConfigMap", "visits").data["count"] == "160"


def test_who_is_always_late_is_told_so(world):
    """After as many tries as were allowed, with the last refusal."""
    def read():
        found = world.get("ConfigMap", "visits")
        world.update(one_more(found))
        return found

    with pytest.raises(Conflict, match="'visits' is at version"):
        client.retry_on_conflict(read, one_more, world.update, tries=3)
    assert world.get("ConfigMap", "visits").data["count"] == "3"


def test_another_error_is_not_tried_again(world):
    reads = []
    with pytest.raises(NotFound):
        client.retry_on_conflict(lambda: reads.append(1) or world.get("ConfigMap", "other"), one_more, world.update)
    assert reads == [1]
