"""Two control planes want one name; one is killed in the middle of its work. Is nothing orphaned, nothing doubled?"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from helpers import eventually

from faults.rig import Rig
from mini_k8s.errors import Conflict
from mini_k8s.runtimes import labels
from mini_k8s.runtimes.docker import DockerRuntime

NAMES = ("web-1", "web-2", "web-3", "web-4", "web-5")
CREATE = r"^/containers/create.*name={cluster}\.web"  # not the lock's
START = r"/start$"


@pytest.fixture
def planes(engine, cluster):
    """Starts control planes as processes of their own; in the end looks what they left, and removes it."""
    started = []

    def start(url="", names=NAMES):
        command = [sys.executable, "-m", "faults.plane", url or engine.url, cluster, *names]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   cwd=Path(__file__).parent.parent)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    engine.well()
    watch = Rig(engine, cluster, {}, engine.url, hints=False, lock=False, running=False)
    watch.began -= 600
    watch.close()
    watch.nothing_is_left()


def everything(engine, cluster):
    """name -> states of all its containers, the dead and the never started too."""
    found: dict[str, list[str]] = {}
    for container in engine.containers(f"{labels.CLUSTER}={cluster}", f"{labels.KIND}=container"):
        found.setdefault(container["Labels"][labels.NAME], []).append(container["State"])
    return found


def all_is_well(engine, cluster, names=NAMES):
    """Each name runs once, and there is nothing beside."""
    return everything(engine, cluster) == {name: ["running"] for name in names}


def kill9(process):
    process.kill()
    process.wait(10)


def test_the_second_of_two_planes_is_refused_and_changes_nothing(planes, engine, cluster):
    """It is told who has the name and what to do. When the first is killed with -9 the next one gets it at once, finds
    its containers by itself, and starts none of them anew."""
    first = planes()
    assert first.stdout.readline() == "controls\n"
    eventually(lambda: all_is_well(engine, cluster), within=40, because="the first plane controls")
    before = {c["Id"] for c in engine.containers(f"{labels.CLUSTER}={cluster}")}

    second = planes(names=["web-1", "web-9"])
    said = second.stdout.readline()
    assert said.startswith("refused: ")
    assert f"pid {first.pid}" in said
    assert f"mini-k8s down --name {cluster}" in said
    assert second.wait(20) == 3
    assert {c["Id"] for c in engine.containers(f"{labels.CLUSTER}={cluster}")} == before

    kill9(first)
    third = planes()
    assert third.stdout.readline() == "controls\n"
    victim = engine.containers(f"{labels.CLUSTER}={cluster}", f"{labels.NAME}=web-3")[0]["Id"]
    engine.call("kill", victim)
    eventually(lambda: victim not in {c["Id"] for c in engine.containers()}, within=40, because="web-3 was killed")
    eventually(lambda: all_is_well(engine, cluster), within=40, because="the third plane controls")
    after = {c["Id"] for c in engine.containers(f"{labels.CLUSTER}={cluster}", f"{labels.KIND}=container")}
    assert len(after & before) == len(NAMES) - 1, "the others were found, not made anew"


MOMENTS = {
    "creates are under way": (CREATE, {"hang": True}),
    "one was created, and nobody heard of it": (CREATE, {"hold": True}),
    "some were created": (CREATE, {"hang": True, "after": 2}),
    "one is about to start": (START, {"hang": True, "after": 1}),  # the first start is the lock's
    "one was started, and nobody heard of it": (START, {"hold": True, "after": 1}),
    "some were started": (START, {"hold": True, "after": 3}),
    "any time": None,
}


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_with_9_again_and_again_and_started_again(planes, engine, cluster, proxy, seed):
    """At named moments of starting five, and at random ones, in an order of chance; now and then a container dies in
    between. The last plane lives: each of the five runs once, and there is nothing beside."""
    random = Random(seed)
    for moment in random.sample(list(MOMENTS), 4):
        fault = None
        if MOMENTS[moment]:
            path, how = MOMENTS[moment]
            fault = proxy.spoil("POST", path.format(cluster=cluster), **how)
        plane = planes(proxy.url)
        assert plane.stdout.readline() == "controls\n", moment
        if fault:
            fault.hit.wait(2 * random.random() + 0.5)  # where nothing is left to start, this moment never comes
        else:
            time.sleep(random.random())
        kill9(plane)
        proxy.mend()
        states = everything(engine, cluster)
        assert all(len(ids) - ids.count("exited") <= 1 for ids in states.values()), (moment, states)
        for name in random.sample(NAMES, 2):  # so that the next one has something to start
            for container in engine.containers(f"{labels.CLUSTER}={cluster}", f"{labels.NAME}={name}"):
                if container["State"] == "running":
                    engine.call("kill", container["Id"])
    last = planes(proxy.url)
    assert last.stdout.readline() == "controls\n"
    eventually(lambda: all_is_well(engine, cluster), within=60, because="the last plane lives",
               shows=lambda: everything(engine, cluster))


@pytest.mark.parametrize("how", [{"hang": True}, {"hold": True}])
def test_killed_while_taking_the_lock(planes, engine, cluster, proxy, how):
    """Between the making of the lock and its start, or just after: nobody holds it, and the next one gets it."""
    fault = proxy.spoil("POST", START, **how)
    first = planes(proxy.url)
    assert fault.hit.wait(20)
    kill9(first)
    proxy.mend()
    second = planes(names=["web-1"])
    assert second.stdout.readline() == "controls\n"
    eventually(lambda: all_is_well(engine, cluster, ["web-1"]), within=40, because="the second plane controls")


def test_two_planes_that_begin_at_the_same_moment(planes, engine, cluster):
    """One of them gets the name, and the others are refused."""
    crowd = [planes(names=["web-1", "web-2"]) for _ in range(4)]
    said = [process.stdout.readline() for process in crowd]
    assert said.count("controls\n") == 1
    assert sum(line.startswith("refused: ") for line in said) == 3
    eventually(lambda: all_is_well(engine, cluster, ["web-1", "web-2"]), within=40, because="one plane controls")


KERNEL = """
from concurrent.futures import ThreadPoolExecutor
from mini_k8s.containers import ByName
from mini_k8s.control_loop import Backoff, ControlLoop
from mini_k8s.runtimes.docker import DockerRuntime
runtime = DockerRuntime({cluster!r}, base_url={url!r})
runtime.lock()
here = ByName(runtime)
loop = ControlLoop(dict.fromkeys({names!r}, "mini-k8s/web:1"), here.observe, here.act, period=0.3,
                   executor=ThreadPoolExecutor(8), backoff=Backoff.workshop())
loop.run()
"""


def test_a_notebooks_kernel_killed_with_9_and_started_again(planes, engine, cluster, proxy):
    """A real kernel, in the middle of starting five: the cell that is run again in the new kernel goes on with what is
    there."""
    from jupyter_client.manager import KernelManager

    held = proxy.spoil("POST", CREATE.format(cluster=cluster), hold=True, after=2)
    for url in (proxy.url, engine.url):
        kernel = KernelManager()
        kernel.start_kernel()
        client = kernel.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            client.execute(KERNEL.format(cluster=cluster, url=url, names=NAMES))
            if url == proxy.url:
                assert held.hit.wait(40)
                os.kill(kernel.provisioner.pid, signal.SIGKILL)
                assert everything(engine, cluster), "some were made"
                proxy.mend()
                continue
            eventually(lambda: all_is_well(engine, cluster), within=40, because="the new kernel controls",
                       shows=lambda: everything(engine, cluster))
        finally:
            client.stop_channels()
            kernel.shutdown_kernel(now=True)


def test_a_plane_whose_name_was_taken_down_stops_acting(rig, engine, cluster):
    """``mini-k8s down`` from another terminal: the loop is told, starts nothing again, and says why."""
    plane = rig({"web-1": "mini-k8s/web:1"})
    plane.gets_there(because="one was wished for")
    other = DockerRuntime(cluster, base_url=engine.url)
    assert other.down() >= 1
    other.close()
    eventually(lambda: isinstance(plane.loop.latest.error, Conflict), within=20, because="it was taken down")
    number = plane.loop.latest.number
    eventually(lambda: plane.loop.latest.number > number + 3, within=20, because="it goes on looking")
    assert engine.containers(f"{labels.CLUSTER}={cluster}") == []
