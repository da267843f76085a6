"""Where the suites of the runtimes run: on Docker, on processes, on scripts; and what all of them need."""

import os
import urllib.request

from helpers import eventually, new_name, no_docker, no_processes, not_run

from mini_k8s.runtimes import ContainerSpec
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.images import BASE
from mini_k8s.runtimes.process import ProcessRuntime
from mini_k8s.runtimes.process_engine import ProcessEngine
from mini_k8s.runtimes.simulated import Script, SimulatedEngine, SimulatedRuntime

WEB = "mini-k8s/web:1"
NEW_WEB = "mini-k8s/web:2"


class Docker:
    """The containers of the suite, as images and commands."""

    def __init__(self):
        if no_docker():
            not_run("docker", no_docker())
        self.opened, self.engine = [], Engine()

    def open(self, cluster=None):
        runtime = DockerRuntime(cluster or new_name(), "a-test", engine=self.engine)
        self.opened.append(runtime)
        runtime.prepare()
        return runtime

    def ends_with(self, name, code):
        return ContainerSpec(name, BASE, ["sh", "-c", f"exit {code}"])

    def cannot_start(self, name):
        return ContainerSpec(name, BASE, ["no-such-program"])

    def prints(self, name):
        return ContainerSpec(name, BASE, ["sh", "-c", "echo one; echo two; echo three"])

    def listens(self, runtime, id):
        """Its web server answers."""
        return runtime.exec(id, ["wget", "-qO-", "http://127.0.0.1:8080/healthz"]).exit_code == 0

    def close(self):
        for runtime in self.opened:
            runtime.down()
            runtime.close()


class Processes(Docker):
    """The same as processes of this machine, on an engine of this test's own."""

    def __init__(self):
        if no_processes():
            not_run("process", no_processes())
        self.opened, self.engine = [], ProcessEngine()

    def open(self, cluster=None):
        self.opened.append(ProcessRuntime(cluster or new_name(), "a-test", engine=self.engine))
        return self.opened[-1]

    def listens(self, runtime, id):
        with urllib.request.urlopen(f"http://{seen(runtime, id).address}:8080/healthz", timeout=5) as answer:
            return answer.status == 200

    def close(self):
        super().close()
        self.engine.end()


class Simulated(Docker):
    """The same as scripts."""

    def __init__(self):
        if os.environ.get("MINI_K8S_RUNTIME") in ("docker", "process"):
            not_run("simulated", f"MINI_K8S_RUNTIME={os.environ['MINI_K8S_RUNTIME']}")
        self.opened = []
        scripts = {f"ends-{code}": Script(runs=0.0, exit_code=code) for code in (0, 3)}
        scripts |= {"broken": Script(fails="no such program"), "prints": Script(runs=0.0, prints=b"one\ntwo\nthree\n")}
        self.engine = SimulatedEngine(scripts=scripts, images=[WEB, NEW_WEB, *scripts])

    def open(self, cluster=None):
        self.opened.append(SimulatedRuntime(cluster or new_name(), "a-test", engine=self.engine))
        return self.opened[-1]

    def ends_with(self, name, code):
        return ContainerSpec(name, f"ends-{code}")

    def cannot_start(self, name):
        return ContainerSpec(name, "broken")

    def prints(self, name):
        return ContainerSpec(name, "prints")


def web(name="web-1", **more):
    return ContainerSpec(name, WEB, **more)


def run(runtime, spec, sandbox=None):
    id = runtime.create(spec, sandbox)
    runtime.start(id)
    return id


def seen(runtime, id):
    """The container with that id as the runtime lists it now, or None."""
    return next((o for o in runtime.list() if o.id == id), None)


def when(runtime, id, state):
    """Wait until it is in that state, and return how it looks then."""
    return eventually(lambda: (o := seen(runtime, id)) and o.state == state and o, because=f"it becomes {state}",
                      shows=runtime.list)
