"""Seeded histories: the same seed is the same history, and what is broken on purpose is found."""

import os
import subprocess
import sys

import pytest

from mini_k8s import pod_actions, store
from mini_k8s.chaos import plan, play, replay


def test_the_same_seed_is_the_same_history():
    assert plan(7) == plan(7)
    assert plan(7) != plan(8)
    assert [play(seed).hash for seed in range(5)] == [play(seed).hash for seed in range(5)]


def test_a_history_is_the_same_in_another_program_with_other_hashes():
    """Nothing iterates over a set, and nothing asks the machine what time it is."""
    code = "from mini_k8s.chaos import play; print(*(play(seed).hash for seed in range(5)))"
    said = {subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": str(n)}, text=True,
                           capture_output=True, check=True).stdout for n in (1, 2)}
    assert said == {" ".join(play(seed).hash for seed in range(5)) + "\n"}


@pytest.mark.parametrize("seed", range(40))
def test_histories_hold(seed):
    out = play(seed)
    assert not out.broken, repr(replay(seed))


def test_a_kubelet_that_starts_nothing_is_found_out(monkeypatch):
    monkeypatch.setattr(pod_actions, "compute_pod_actions", lambda *_: pod_actions.PodActions())
    assert any(play(seed).broken for seed in range(10))


def test_a_version_that_nobody_checks_is_found_out(monkeypatch):
    monkeypatch.setattr(store, "check_version", lambda stored, written: None)
    assert any(play(seed).broken for seed in range(60))
