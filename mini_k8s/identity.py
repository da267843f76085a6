"""Who is an object? Those parts of its metadata that are not its writer's.

Upstream: ``rest.FillObjectMetaSystemFields`` and ``rest.BeforeUpdate`` in ``apiserver/pkg/registry/rest``; generated
names are of ``apiserver/pkg/storage/names``.
"""

import random

from mini_k8s.errors import BadRequest
from mini_k8s.objects import Object

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # of generated names: no vowels, so no words; as upstream's util/rand
OURS = ("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds")  # of metadata: a writer cannot change these
GIVEN = ("resourceVersion", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
         "generation", "managedFields", "selfLink")  # of metadata: what the author of a new object says does not count


FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"  # finalizers that say what becomes of what an object owns
_PROPAGATION = {"Background": (), "Foreground": (FOREGROUND,), "Orphan": (ORPHAN,)}


def finalizers_for(finalizers: tuple[str, ...], propagation: str | None) -> tuple[str, ...]:
    """The finalizers of an object that is deleted in this way; None: as was said before, else in the background.

    Raises BadRequest for a way that there is not.
    """
    if propagation is None:
        return finalizers
    if propagation not in _PROPAGATION:
        raise BadRequest(f"there is no propagation {propagation!r}. Use one of: {', '.join(_PROPAGATION)}.")
    return (*(one for one in finalizers if one not in (FOREGROUND, ORPHAN)), *_PROPAGATION[propagation])


def generated(prefix: str | None, chance: random.Random) -> str | None:
    """A name that begins with this; None where there is no prefix."""
    return prefix and prefix[:58] + "".join(chance.choice(ALPHABET) for _ in range(5))


def new_uid(chance: random.Random) -> str:
    """A random uuid (RFC 9562, version 4), at a third of the price of ``uuid.UUID``."""
    digits = f"{chance.getrandbits(122):032x}"
    variant = "89ab"[int(digits[1], 16) & 3]
    return f"{digits[2:10]}-{digits[10:14]}-4{digits[14:17]}-{variant}{digits[17:20]}-{digits[20:]}"


def same(new: Object, stored: Object) -> Object:
    """The new object with those fields of metadata that are not the writer's, and without empty ones."""
    meta, was = new["metadata"], stored["metadata"]
    if meta is was:
        return new
    kept = {name: value for name, value in meta.items() if value and name not in OURS}
    kept.update((name, was[name]) for name in OURS if name in was)
    return Object({**new, "metadata": was if kept == was else Object(kept)})
