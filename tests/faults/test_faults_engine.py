"""The engine itself is restarted, killed or frozen under a running loop. Does the loop live, and get there then?"""

import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from helpers import eventually

from faults.engine import sweep
from faults.rig import WEB
from mini_k8s.errors import Conflict, ServiceUnavailable, StatusError, Timeout
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.docker import DockerRuntime

WISH = {"web-1": WEB, "web-2": WEB}


def lock_state(plane):
    """The states of all containers that are this cluster's lock."""
    found = plane.engine.containers(f"{labels.CLUSTER}={plane.cluster}", f"{labels.KIND}=lock")
    return [container["State"] for container in found]


def second_is_refused(plane):
    """Another control plane of the same name gets Conflict."""
    other = DockerRuntime(plane.cluster, base_url=plane.engine.url)
    try:
        other.lock()
    except Conflict:
        return True
    finally:
        other.close()
    return False


@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])
def test_an_engine_restarted_under_a_running_loop(rig, engine, how):
    """All containers die with it. The loop records that nobody answered, and afterwards everything is as wished:
    the containers, the event stream, and the lock, which is held by the same control plane as before."""
    plane = rig(WISH)
    plane.gets_there(because="two were wished for")
    engine.stop() if how == "SIGTERM" else engine.kill9()
    eventually(lambda: isinstance(plane.loop.latest.error, ServiceUnavailable), within=20, because="nobody answers")
    plane.lives()
    engine.start()
    plane.gets_there(because="the engine is back", within=60)

    eventually(lambda: lock_state(plane) == ["running"], within=20, because="the lock is taken again")
    assert second_is_refused(plane)

    eventually(lambda: plane.hints.listening.is_set(), within=20, because="events are heard again")
    heard = len(plane.heard)
    old = plane.id("web-1")
    eventually(lambda: plane.engine.call("kill", plane.id("web-1")) or True, within=10, because="it lives")
    eventually(lambda: len(plane.heard) > heard, within=20, because="its death is an event")
    eventually(lambda: plane.restarted_means_new("web-1", old), within=20, because="web-1 was killed")
    plane.gets_there(because="web-1 was killed after the restart")


def test_an_engine_restarted_again_and_again(rig, engine):
    """Also in the middle of starting: what is half made is finished or made anew, never doubled."""
    plane = rig(WISH)
    for how in (engine.kill9, engine.stop, engine.kill9):
        eventually(lambda: plane.loop.in_flight or plane.names(), within=30, because="it starts them")
        how()
        engine.start()
    plane.gets_there(because="the engine stays", within=60)


def test_an_engine_frozen_for_longer_than_any_call_waits(rig, engine):
    """It takes calls and says nothing: each ends with Timeout, none ends the loop. Thawed, it does late what it was
    asked, and nothing is doubled by that."""
    plane = rig({"web-1": WEB}, deadline=1.0)
    plane.gets_there(because="one was wished for")
    old = plane.id("web-1")
    plane.loop.pause()
    engine.call("kill", old)
    plane.desired.update(WISH)
    plane.loop.run()
    eventually(lambda: plane.loop.in_flight, within=20, because="starts are under way")
    engine.freeze()
    eventually(lambda: any(isinstance(error, Timeout) for error in plane.errors()), within=20, because="it is frozen")
    passes = plane.loop.latest.number
    eventually(lambda: plane.loop.latest.number > passes + 2, within=20, because="the loop goes on trying")
    plane.lives()
    engine.thaw()
    plane.gets_there(because="the engine was thawed", within=60)


def test_a_control_plane_made_while_no_engine_answers(engine, cluster):
    """Every call fails at once with the next step, and works when the engine is there."""
    runtime = DockerRuntime(cluster, base_url=engine.url)
    engine.stop()
    for call in (runtime.list, runtime.lock, runtime.events, runtime.down):
        with pytest.raises(ServiceUnavailable, match="Start it"):
            call()
    engine.start()
    assert runtime.list() == []
    runtime.close()


def test_closing_while_the_engine_hangs_ends(rig, engine):
    """Whoever shuts a notebook down does not wait for an engine that says nothing."""
    plane = rig({"web-1": WEB}, deadline=2.0)
    plane.gets_there(because="one was wished for")
    engine.freeze()
    eventually(lambda: isinstance(plane.loop.latest.error, StatusError), within=20, because="the engine is frozen")
    plane.close()
    assert not plane.loop._thread.is_alive()
    engine.thaw()


def test_an_engine_whose_tests_were_killed_is_swept_by_the_next_run(engine):
    """kill -9 of a whole test run leaves an engine with containers; the next run leaves nothing of it."""
    orphaned = subprocess.Popen([sys.executable, "-c", ABANDONED], stdout=subprocess.PIPE, text=True,
                                cwd=Path(__file__).parent.parent)
    name = orphaned.stdout.readline().strip()
    orphaned.kill()
    orphaned.communicate()
    assert Path("/run/netns", name).exists()
    sweep()
    assert not Path("/run/netns", name).exists()
    assert not Path(tempfile.gettempdir(), name).exists()
    assert f"/{name}/" not in Path("/proc/self/mounts").read_text()
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            assert f"/{name}/" not in command.read_text(errors="replace")
    assert engine.answers(), "and the one in use was left alone"


ABANDONED = """
from faults.engine import OwnEngine
with OwnEngine() as engine:
    engine.call("start", engine.call("create_container", "mini-k8s/web:1")["Id"])
    print(engine.name, flush=True)
    input()
"""
