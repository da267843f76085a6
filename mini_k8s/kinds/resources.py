"""How much does a container ask for, and how much may it use? Requests and limits, and the pod's class by them.

Upstream: ``ValidateContainerResourceRequirements`` in ``pkg/apis/core/validation/validation.go`` and
``pkg/apis/core/v1/helper/qos/qos.go``. Left out: claims, limits of the whole pod, huge pages' rules.
"""

from collections.abc import Iterator, Mapping

from mini_k8s.kinds.shared import quantity
from mini_k8s.objects import Object
from mini_k8s.problems import Problem, invalid, qualified
from mini_k8s.quantities import parse

STANDARD = ("cpu", "memory", "ephemeral-storage")


def with_defaults(given: Object) -> Object:
    """Who names a limit and no request asks for as much as the limit."""
    limits, requests = given.get("limits"), given.get("requests") or {}
    missing = {name: amount for name, amount in (limits or {}).items() if name not in requests}
    return Object({**given, "requests": Object({**requests, **missing})}) if missing else given


def problems(given: Mapping, at: str) -> Iterator[Problem]:
    """Everything that is wrong with ``resources``."""
    limits, requests = given.get("limits") or {}, given.get("requests") or {}
    for field, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            if name not in STANDARD and not name.startswith("hugepages-"):
                why = qualified(name) or ("" if "/" in name else "must be a standard resource for containers")
                if why:
                    yield invalid(f"{at}.{field}", name, why)
            yield from quantity(f"{at}.{field}[{name}]", amount)[1]
    for name, amount in requests.items():
        if name not in limits:
            continue
        asked, limit = quantity("", amount)[0], quantity("", limits[name])[0]
        if asked and limit is not None and asked > limit:
            yield invalid(f"{at}.requests", str(amount), f"must be less than or equal to {name} limit of "
                                                         f"{limits[name]}")


def qos_class(spec: Mapping) -> str:
    """Whose pods go first when a machine has no memory left? BestEffort before Burstable before Guaranteed.

    Guaranteed: every container has limits for cpu and memory, and asks for as much. BestEffort: none names any of them.
    """
    some, all_equal = False, True
    if not any(container.get("resources") for field in ("initContainers", "containers")
               for container in spec.get(field) or ()):
        return "BestEffort"
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        given = container.get("resources") or {}
        limits, requests = ({name: parse(given[field][name]).nano for name in ("cpu", "memory")
                             if given.get(field) and name in given[field] and parse(given[field][name])}
                            for field in ("limits", "requests"))
        some = some or bool(limits or requests)
        all_equal = all_equal and len(limits) == 2 and requests == limits
    return "BestEffort" if not some else "Guaranteed" if all_equal else "Burstable"
