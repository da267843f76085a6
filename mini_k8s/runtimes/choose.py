"""Which runtime is it to be here? Docker where an engine answers, else processes, else simulated. It says why."""

import os

from mini_k8s.clock import UnixClock
from mini_k8s.errors import Invalid, StatusError
from mini_k8s.runtimes import Runtime, images
from mini_k8s.runtimes.docker import DockerRuntime
from mini_k8s.runtimes.engine import Engine
from mini_k8s.runtimes.process import ProcessRuntime
from mini_k8s.runtimes.process_engine import why_not
from mini_k8s.runtimes.simulated import SimulatedRuntime
from mini_k8s.runtimes.simulated_engine import SimulatedEngine

ENVIRONMENT = "MINI_K8S_RUNTIME"
CHOICES = ("auto", "docker", "process", "simulated")


def open_runtime(cluster: str, owner: str = "", choice: str | None = None) -> Runtime:
    """The runtime of this cluster: ``choice``, else $MINI_K8S_RUNTIME, else the best that works here.

    ``runtime.why`` says in one line why it is this one. It takes at most 3 s, also when an engine's socket hangs.
    Raises Invalid for an unknown choice, and what the engine's absence means when Docker was asked for by name.
    """
    asked, choice = choice, choice or os.environ.get(ENVIRONMENT) or "auto"
    said = "asked for" if asked else f"{ENVIRONMENT}={choice}"
    if choice not in CHOICES:
        raise Invalid(f"there is no runtime '{choice}'. Choose one of: {', '.join(CHOICES)}")
    if choice == "process":
        return _process(cluster, owner, said)
    if choice == "simulated":
        return _simulated(cluster, owner, f"{said}; nothing really runs")
    engine = Engine()
    try:
        version = engine.ping()
    except StatusError as error:
        if choice == "docker":
            raise
        reason = why_not()
        if not reason:
            return _process(cluster, owner, f"no Docker, because {_without_period(error)}")
        return _simulated(cluster, owner, f"nothing really runs, because {_without_period(error)}; and {reason}")
    runtime = DockerRuntime(cluster, owner, engine=engine)
    runtime.why = f"Docker {version['Version']} answers at {engine.where}"
    return runtime


def _process(cluster: str, owner: str, why: str) -> ProcessRuntime:
    runtime = ProcessRuntime(cluster, owner)
    runtime.why = why
    return runtime


def _without_period(error: Exception) -> str:
    return str(error).removesuffix(".")


def _simulated(cluster: str, owner: str, why: str) -> SimulatedRuntime:
    """With the images of the workshop and no others, so that a misspelt one is missed here too."""
    engine = SimulatedEngine(UnixClock(), images=list(images.CATALOGUE))  # pictures count ages from what it tells
    runtime = SimulatedRuntime(cluster, owner, engine=engine)
    runtime.why = why
    return runtime
