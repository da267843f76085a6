"""Histories with ReplicaSets and services: what is broken on purpose is found."""

from mini_k8s.chaos import play
from mini_k8s.controllers import claims
from mini_k8s.controllers.claims import Claim
from mini_k8s.controllers.garbage_collector import GarbageCollector
from mini_k8s.controllers.replicaset import ReplicaSets
from mini_k8s.expectations import Expectations
from mini_k8s.network.carriers import Nobody
from mini_k8s.objects import owner_of


def found_out(promise, seeds=range(200)):
    """Is that what some history finds?"""
    return any(play(seed).broken == promise for seed in seeds)


def test_who_forgets_what_it_has_made_makes_too_many(monkeypatch):
    monkeypatch.setattr(Expectations, "wait", lambda self, key: 0.0)
    assert found_out("S9")


def test_who_takes_an_unsure_create_for_none_makes_too_many(monkeypatch):
    monkeypatch.setattr(Expectations, "doubt", lambda self, key: None)
    assert found_out("S9", range(1000))


def test_who_lets_go_of_nothing_owns_too_many(monkeypatch):
    real = claims.claim
    monkeypatch.setattr(claims, "claim", lambda one, pods: real(one, pods)._replace(release=[]))
    assert found_out("S9")


def test_who_adopts_nobody_leaves_them_alone(monkeypatch):
    real = claims.claim
    monkeypatch.setattr(claims, "claim", lambda one, pods: real(one, pods)._replace(adopt=[]))
    assert found_out("S10")


def test_who_counts_by_labels_alone_has_too_few(monkeypatch):
    def by_labels(one, pods):
        found = [pod for pod in pods if claims.selects(one["spec"]["selector"], pod["metadata"].get("labels"))]
        return Claim(found, [pod for pod in found if owner_of(pod) is None], [])

    monkeypatch.setattr(claims, "claim", by_labels)
    assert found_out("S10") or found_out("L1")


def test_who_collects_nothing_leaves_orphans(monkeypatch):
    monkeypatch.setattr(GarbageCollector, "_owned", lambda self, obj: None)
    assert found_out("S13")


def test_who_never_takes_a_line_away_leads_to_the_dead(monkeypatch):
    real = Nobody.ask
    monkeypatch.setattr(Nobody, "ask", lambda self, said: real(self, {**said, "remove": ()}))
    assert found_out("S21")


def test_who_swallows_a_conflict_never_reports(monkeypatch):
    real = ReplicaSets.reconcile

    def reconcile(self, key):
        try:
            return real(self, key)
        except Exception:
            return None

    monkeypatch.setattr(ReplicaSets, "reconcile", reconcile)
    assert found_out("L1", range(1000))
