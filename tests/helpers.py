"""What several tests need: waiting without sleeping, names of their own, and saying why something was not run."""

import asyncio
import functools
import os
import secrets
import time
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mini_k8s.errors import StatusError
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.process_engine import why_not


def eventually(fn: Callable[[], Any], within: float = 30.0, because: str = "", shows: Callable[[], Any] | None = None):
    """The first true value of ``fn()``. When there is none within so many seconds, AssertionError with the last state.

    because   why it should come true, in the words of the story
    shows     what to report as the last state; by default what ``fn`` returned or raised last
    """
    end = time.monotonic() + within
    while True:
        try:
            last = fn()
            if last:
                return last
        except (StatusError, AssertionError, LookupError, OSError) as error:
            last = error
        if time.monotonic() > end:
            state = shows() if shows else last
            raise AssertionError(f"not within {within:g} s{': ' if because else ''}{because}. Last state: {state!r}")
        time.sleep(0.02)


def wait_for(coroutine: Coroutine) -> Any:
    """Awaits it as a notebook would, on a thread of its own: the browser tests keep an event loop on this one."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, coroutine).result()


def new_name(prefix: str = "test") -> str:
    """A cluster's name that nobody else has."""
    return f"{prefix}-{secrets.token_hex(4)}"


def clear_up(engine: Any, cluster: str) -> None:
    """Remove all of a cluster. That an engine holds a network that nothing is on is a mistake of that engine (Docker
    20.10 loses count now and then, with plain calls too, and finds it again when it restarts): a warning."""
    from mini_k8s.errors import Conflict
    from mini_k8s.runtimes import labels
    from mini_k8s.runtimes.clusters import remove_cluster

    try:
        remove_cluster(engine, cluster)
    except Conflict as error:
        if "the engine holds network" not in str(error):
            raise
        mine = labels.of_cluster(cluster)
        assert not engine.call("containers", all=True, filters=mine)
        for network in engine.call("networks", filters=mine):
            assert not engine.call("inspect_network", network["Id"])["Containers"]
        warnings.warn(str(error), stacklevel=2)


@functools.cache
def no_docker() -> str:
    """Why tests on Docker cannot run here; empty when they can."""
    chosen = os.environ.get("MINI_K8S_RUNTIME") or "auto"
    if chosen not in ("auto", "docker"):
        return f"MINI_K8S_RUNTIME={chosen}"
    try:
        Engine().ping()
    except StatusError as error:
        return str(error)
    return ""


def no_processes() -> str:
    """Why tests on the process runtime cannot run here; empty when they can."""
    chosen = os.environ.get("MINI_K8S_RUNTIME") or "auto"
    return why_not() if chosen in ("auto", "process") else f"MINI_K8S_RUNTIME={chosen}"


def not_run(what: str, why: str) -> None:
    """Skip the test, saying why; fail it when MINI_K8S_REQUIRE_<WHAT>=1 says that nothing may be skipped."""
    if os.environ.get(f"MINI_K8S_REQUIRE_{what.upper()}") == "1":
        pytest.fail(f"MINI_K8S_REQUIRE_{what.upper()}=1, but {why}", pytrace=False)
    pytest.skip(f"{what}: {why}")
