"""Is the image here, and where else is it? What the kubelet asks before it makes a container.

The workshop's own images are made, all others pulled. Upstream: ``pkg/kubelet/images``, and the CRI's ``ImageService``.
Left out: credentials for private registries, and removing images that nobody uses.
"""

import json
import time

from mini_k8s.errors import NotFound, ServiceUnavailable, StatusError, Timeout
from mini_k8s.runtimes import Image, images
from mini_k8s.runtimes.checks import check_image
from mini_k8s.runtimes.engine import Engine

_REFUSED = ("pull access denied", "manifest unknown", "not found", "unauthorized", "access denied", "denied:")


def find(engine: Engine, name: str) -> Image | None:
    """The engine's image of that name; None when it has none."""
    try:
        found = engine.call("inspect_image", check_image(name))
    except NotFound:
        return None
    return Image(found["Id"], (found.get("Config") or {}).get("User") or "", tuple(found.get("RepoDigests") or ()))


def pull(engine: Engine, name: str, timeout: float) -> None:
    """Get it from its registry. It ends in time, though the engine may go on for a while."""
    check_image(name)
    if name in images.CATALOGUE:
        images.prepare(engine, [name])
        return
    until = time.monotonic() + timeout
    late = f"image '{name}' did not come within {timeout:g} s. Try again, or pull it by hand: docker pull {name}"
    # Without a tag the engine would get all tags that there are.
    whole = name if "@" in name or ":" in name.rpartition("/")[2] else f"{name}:latest"
    try:
        answer = engine.open("/images/create", timeout, "POST", fromImage=whole)
    except Timeout as error:
        raise Timeout(late) from error
    except StatusError as error:
        raise _refused(name, str(error)) from error
    with answer, engine.errors():
        for line in answer.iter_lines():
            if time.monotonic() > until:
                raise Timeout(late)
            if line.strip() and (problem := json.loads(line).get("error")):
                raise _refused(name, problem)


def _refused(name: str, why: str) -> StatusError:
    why = why.removeprefix("the engine says: ")
    if any(words in why.lower() for words in _REFUSED) and "lookup" not in why:
        return NotFound(f"the registry has no image '{name}', or not for everybody ({why}). Check its name and tag.")
    return ServiceUnavailable(f"image '{name}' could not be pulled ({why}). Is there a network, and the registry "
                              f"reachable from the engine? An image that the engine has needs none: "
                              "imagePullPolicy: IfNotPresent")


def missing(name: str) -> NotFound:
    """What to say when an image is not here."""
    if name in images.CATALOGUE:
        return NotFound(f"the engine has no image '{name}' yet. Make it: mini-k8s images prepare")
    import difflib

    near = difflib.get_close_matches(name, images.CATALOGUE, 1)
    next_step = f"Did you mean '{near[0]}'?" if near else f"Get it: docker pull {name}"
    return NotFound(f"the engine has no image '{name}'. {next_step}")
