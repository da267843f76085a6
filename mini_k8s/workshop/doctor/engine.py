"""Does a Docker engine answer, may this user ask it, is it one that was tried, and has it what the workshop needs?"""

import importlib.util
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from mini_k8s.errors import ServiceUnavailable, StatusError
from mini_k8s.runtimes import images
from mini_k8s.runtimes.engine import Engine
from mini_k8s.workshop import installed
from mini_k8s.workshop.doctor.places import room
from mini_k8s.workshop.doctor.remedies import DOCS, chosen, upgrade, what_to_do
from mini_k8s.workshop.doctor.row import Row, size

OLDEST_API = (1, 40)  # Engine 19.03; older ones were never tried
SETTLED_API = (1, 42)  # Engine 23: the first in which networks cannot lock each other out (moby's issue 46661)
HUB = ("JUPYTERHUB_API_URL", "BINDER_LAUNCH_HOST")  # a hub's machines have no engine, and nobody there can install one


class Asking:
    """``look`` gives the rows; ``why_not`` says afterwards why the workshop cannot use Docker, empty when it can.

    A missing engine is no more than a warning here: what it means for the workshop is said by ``choice``.
    """

    def __init__(self, engine: Engine):
        self.engine, self.why_not = engine, "no engine has answered in time"

    def look(self, within: float) -> Iterator[Row]:
        until = time.monotonic() + within
        if importlib.util.find_spec("docker") is None:
            self.why_not = "the Python package 'docker' is not installed"
            yield Row("warn", "engine", f"{self.why_not}, so no engine can be asked", installed.command())
            return
        try:
            version = self.engine.ping(within - 0.2)
        except StatusError as error:
            self.why_not = str(error)
            yield self._unusable(error)
            return
        self.why_not = ""
        yield identity(version, str(self.engine.where))
        left = max(0.1, until - time.monotonic())
        try:
            yield from setup(self.engine.call("info", deadline=left), self.engine)
            yield from _images(self.engine, version.get("Arch", ""))
        except StatusError as error:
            yield Row("warn", "engine setup", f"{said(error, self._where())}; it did answer before",
                      what_to_do(error, self.engine))

    def _unusable(self, error: StatusError) -> Row:
        on_a_hub = any(os.environ.get(name) for name in HUB)
        if on_a_hub and isinstance(error, ServiceUnavailable) and not chosen():
            return Row("ok", "engine", "none, as is usual on a hub")
        found, do = said(error, self._where()), what_to_do(error, self.engine)
        if "usermod" in do:
            found += ". Join its group, which gives root's rights, and then log out and in"
        elif "restart" in do:
            found += ". It may be busy: look again in a minute, and restart it where that does not help"
        return Row("warn", "engine", found, do)

    def _where(self) -> str:
        try:
            return str(self.engine.where)
        except StatusError:
            return "the address that was chosen"


def identity(version: dict, where: str) -> Row:
    """Which engine it is, and whether one like it was tried."""
    parts = version.get("Components") or [{}]
    name = str(parts[0].get("Name", "")) if isinstance(parts[0], dict) else ""
    podman = "podman" in name.lower()
    api = str(version.get("ApiVersion", "?"))
    found = f"{'Podman' if podman else 'Docker'} {version.get('Version', '?')}, API {api}, " \
            f"{version.get('Os', '?')}/{version.get('Arch', '?')}, at {where}"
    if podman:
        return Row("warn", "engine", f"{found}. The workshop was never tried on it", DOCS)
    if _numbers(api) < OLDEST_API:
        oldest = ".".join(map(str, OLDEST_API))
        return Row("warn", "engine", f"{found}. It is older than any that was tried (API {oldest})", upgrade())
    if _numbers(api) < SETTLED_API:
        found += ". Before version 23 it can stop answering, rarely, when many containers end at once: restart it then"
    return Row("ok", "engine", found)


def setup(info: dict, engine: Engine) -> Iterator[Row]:
    """How the engine keeps images and limits, and the room that it has."""
    driver = info.get("Driver") or "unknown"
    rootless = any("rootless" in str(option) for option in info.get("SecurityOptions") or ())
    found = f"storage {driver}, cgroup {info.get('CgroupVersion') or '1'}, {'rootless' if rootless else 'not rootless'}"
    cpus, memory = info.get("NCPU"), info.get("MemTotal")
    if cpus and memory:
        found += f", {cpus} CPU{'' if cpus == 1 else 's'}, {size(memory)} of memory"
    if driver == "vfs":
        yield Row("warn", "engine setup", f"{found}. Storage vfs copies an image whole for each container: slow, and "
                                          "it fills the disk", "https://docs.docker.com/engine/storage/drivers/")
    else:
        yield Row("ok", "engine setup", found)
    data = Path(info.get("DockerRootDir") or "/nowhere")
    if _is_of_this_machine(engine, info) and data.exists():
        yield room("engine's disk", data, "images and containers", "docker system df")


def said(error: StatusError, where: str = "") -> str:
    """What an engine's error says, without the advice that follows: the doctor gives its own."""
    text = str(error)
    if "no longer supported" in text:
        return f"the engine at {where} is far too old: it speaks an API below 1.24"
    if "broke" in text or "indices must be" in text or "Version parameter" in text:
        return f"what answers at {where} does not speak as a Docker engine does, or hung up"
    return text.replace("the engine says:", f"the engine at {where} says:").partition(". ")[0].rstrip(".")


def _is_of_this_machine(engine: Engine, info: dict) -> bool:
    """Are the engine's paths those that we see? Docker Desktop's and a remote engine's are not."""
    return (sys.platform.startswith("linux") and engine.where.url.startswith("unix://")
            and "Docker Desktop" not in str(info.get("OperatingSystem")))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


def _images(engine: Engine, arch: str) -> Iterator[Row]:
    missing = [name for name in images.CATALOGUE if not images.has_image(engine, name)]
    if not missing:
        yield Row("ok", "images", ", ".join(images.CATALOGUE))
        return
    program = images.host_busybox(arch)
    source = f"from {program}" if program else ""
    if not source and images.has_image(engine, "busybox"):
        source = "from the engine's busybox"
    if source or images.BASE not in missing:
        yield Row("ok", "images", f"{len(missing)} of {len(images.CATALOGUE)} will be made when needed, "
                                  f"{source or 'from the base'}")
    else:
        yield Row("warn", "images", f"{', '.join(missing)} missing, and no static busybox here to make them from. "
                                    "With a network it is pulled when needed; without: mini-k8s images load FILE",
                  images.busybox_command())
