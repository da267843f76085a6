"""The benchmark's rows: which hold, and which say why they were not measured."""

import json
import math

from tests.bench.rows import Row


def test_a_row_that_was_not_run_says_why_and_has_no_figures():
    """Its reader sees that nothing was measured, and a goal is neither held nor missed."""
    row = Row.not_run("10 pods, against a peer", "the peer is not installed")
    assert str(row).endswith("not run: the peer is not installed")
    assert json.loads(json.dumps(row.as_dict(), allow_nan=False)) == {
        "name": "10 pods, against a peer", "not run": "the peer is not installed"}


def test_a_figure_that_is_none_misses_its_goal():
    """What ended badly is not taken for fast."""
    assert not Row("histories", math.inf, "s", most=200).holds
    assert not Row("histories", math.nan, "s", most=200).holds


def test_a_ratio_is_held_by_its_peer_in_the_same_run():
    """The goal limits ours against the peer's, whatever both are."""
    assert Row("pods", 10.5, peer=10.0, most_ratio=1.05).holds
    assert not Row("pods", 10.6, peer=10.0, most_ratio=1.05).holds
    assert not Row("pods", 1.0, most_ratio=1.05).holds
