"""How is one container started? Its image, its environment, its settings, and the hook after its start.

What cannot be done now is a ``Refused`` with the reason that Kubernetes has for it; the worker writes it down and comes
back. Upstream: ``startContainer`` in ``pkg/kubelet/kuberuntime/kuberuntime_container.go``, ``pkg/kubelet/images``.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from mini_k8s.clock import Clock
from mini_k8s.errors import Conflict, Invalid, NotFound, StatusError
from mini_k8s.kinds.containers import MESSAGE_PATH
from mini_k8s.objects import Object
from mini_k8s.pods import hooks
from mini_k8s.pods.containers import container_spec, needs_image
from mini_k8s.pods.env import ConfigError, environment
from mini_k8s.pods.service_env import service_env
from mini_k8s.pods.volumes import mounts
from mini_k8s.runtimes import Observed, Runtime, needs, without

if TYPE_CHECKING:
    from mini_k8s.client import Client

MAY_BE_MISSING = {  # what a runtime may lack: the container runs, and an event says what it does not get
    "limits": "limits of processor and memory", "names": "its own hosts and dns", "terminals": "stdin and tty",
    "host_ports": "ports of the host", "messages": "a file for its last message"}
Tell = Callable[[Object, str, str, str], None]  # (object, type, reason, message): an event


class Refused(StatusError):
    """A container does not start now.

    reason   what its status says
    made     its id where it was made
    unsure   perhaps it was made, or started, all the same
    """

    code = 500

    def __init__(self, reason: str, message: str, made: str = "", unsure: bool = False):
        super().__init__(message)
        self.reason, self.made, self.unsure = reason, made, unsure


class Starter:
    """Starts containers of one node.

    tell        tells people what happens, as events
    room        what the node has, for a container that asks for its limits and has none
    turnstile   lets so many through to the engine as it can use
    """

    def __init__(self, client: "Client", runtime: Runtime, clock: Clock, tell: Tell, room: Mapping[str, str],
                 turnstile: AbstractContextManager | None = None):
        self.client, self.runtime, self.clock, self.tell, self.room = client, runtime, clock, tell, room
        self.turnstile = turnstile or nullcontext()
        self._present: set[str] = set()  # images that were seen
        self._pulls: dict[str, tuple[int, float]] = {}  # image -> failures, and when it may be tried again

    def start(self, pod: Object, container: Mapping, attempt: int, home: Observed | None, volumes: Mapping[str, str],
              before: Observed | None = None) -> str:
        """Start the attempt in the sandbox ``home``; return the container's id. Raises Refused, and Conflict when the
        sandbox has ended.

        before   the same attempt, made earlier and never started
        """
        name, image = container["name"], container["image"]
        self._have_image(pod, container)
        addresses = {"hostIP": "127.0.0.1", "podIP": (home and home.address) or "", **self.room}
        try:
            env = environment(pod, container, lambda kind, name: self.client.get(
                kind, name, pod["metadata"]["namespace"]), addresses)
            env = self._links(pod) | env
            about = self.runtime.image(image) if needs_image(pod, container) else None
            spec = container_spec(pod, container, attempt, env,
                                  mounts(pod, container, volumes, env), about, self.runtime.can)
            spec = self._possible(pod, container, spec)
        except ConfigError as error:
            raise Refused(error.reason, str(error)) from error
        try:
            with self.turnstile:
                if before is not None:
                    self.runtime.remove(before.id)
                id = self.runtime.create(spec, home.id)
        except Conflict:
            raise
        except StatusError as error:
            self._present.discard(image)  # perhaps it has gone: look again the next time
            raise Refused("CreateContainerError", str(error), unsure=_unsure(error)) from error
        try:
            with self.turnstile:
                self.runtime.start(id)
        except Conflict:
            raise
        except StatusError as error:
            raise Refused("RunContainerError", str(error), id, _unsure(error)) from error
        self.tell(pod, "Normal", "Started", f"Container {name} started")
        hook = (container.get("lifecycle") or {}).get("postStart")
        if hook and (why := hooks.run(self.runtime, id, hook, addresses["podIP"], container)):
            self.tell(pod, "Warning", "FailedPostStartHook", why)
            self.runtime.stop(id, 0)
        return id

    def _links(self, pod: Object) -> dict[str, str]:
        """What variables tell of the services of its namespace, unless it does not want to know."""
        if pod["spec"].get("enableServiceLinks") is False:
            return {}
        try:
            return service_env(self.client.list("Service", pod["metadata"]["namespace"]).items)
        except NotFound:
            return {}  # there are no services here

    def _possible(self, pod: Object, container: Mapping, spec):
        """What of it this runtime can do. Raises ConfigError where it would not be the same container any more."""
        lacks = needs(spec) - self.runtime.can
        hard = sorted(lacks - MAY_BE_MISSING.keys())
        if hard:
            raise ConfigError(f"the runtime '{self.runtime.name}' cannot give containers: "
                              f"{', '.join(hard).replace('_', ' ')}. Run this pod on Docker, or leave it out.")
        if pod["spec"].get("shareProcessNamespace") and container.get("terminationMessagePath") not in (
                None, "", MESSAGE_PATH):
            self.tell(pod, "Warning", "NotSupported", f"Container {spec.name} runs without a file for its last "
                      "message: its pod shares processes")
        if lacks:
            said = ", ".join(MAY_BE_MISSING[lack] for lack in sorted(lacks))
            self.tell(pod, "Warning", "NotSupported", f"Container {spec.name} runs without {said}: the runtime "
                      f"'{self.runtime.name}' has none")
            return without(spec, self.runtime.can)
        return spec

    def _have_image(self, pod: Object, container: Mapping) -> None:
        """The image is here, as its pull policy wants. Raises Refused, and waits longer each time it fails."""
        image, policy = container["image"], container.get("imagePullPolicy") or "IfNotPresent"
        if policy != "Always" and image in self._present:
            return
        try:
            if policy != "Always" and self.runtime.image(image) is not None:
                self._present.add(image)
                return
        except Invalid as error:
            raise Refused("InvalidImageName", str(error)) from error
        if policy == "Never":
            raise Refused("ErrImageNeverPull", f'Container image "{image}" is not present with pull policy of Never')
        failures, until = self._pulls.get(image, (0, 0.0))
        if until > self.clock.now():
            self.tell(pod, "Normal", "BackOff", why := f'Back-off pulling image "{image}"')
            raise Refused("ImagePullBackOff", why)
        try:
            self.tell(pod, "Normal", "Pulling", f'Pulling image "{image}"')
            self.runtime.pull(image)
        except StatusError as error:
            wait = min(300.0, 10.0 * 2 ** failures)
            self._pulls[image] = failures + 1, self.clock.now() + wait
            reason = "InvalidImageName" if isinstance(error, Invalid) else "ErrImagePull"
            self.tell(pod, "Warning", "Failed", f'Failed to pull image "{image}": {error}')
            raise Refused(reason, f'failed to pull image "{image}": {error}') from error
        self._pulls.pop(image, None)
        self._present.add(image)
        self.tell(pod, "Normal", "Pulled", f'Successfully pulled image "{image}"')


def _unsure(error: StatusError) -> bool:
    """May it have happened all the same? What the engine finds wrong with a request was not done."""
    return not isinstance(error, NotFound | Invalid)
