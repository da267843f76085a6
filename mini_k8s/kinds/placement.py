"""On which machines may a pod run, and what is wrong with how it says so? Tolerations, affinity, spreading.

Upstream: ``ValidateTolerations``, ``validateAffinity`` and ``validateTopologySpreadConstraints`` in
``pkg/apis/core/validation/validation.go``. Chapter 7 decides by them.
"""

from collections.abc import Iterator, Mapping

from mini_k8s.kinds.shared import number, repeated
from mini_k8s.problems import (
    Problem,
    duplicate,
    forbidden,
    invalid,
    label_value,
    qualified,
    required,
    subdomain,
    unsupported,
)
from mini_k8s.selectors import check as selector

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
_REQUIRED, _PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", \
    "preferredDuringSchedulingIgnoredDuringExecution"


def problems(spec: Mapping, path: str) -> Iterator[Problem]:
    """Everything that is wrong with what a pod says about machines."""
    for i, toleration in enumerate(spec.get("tolerations") or ()):
        yield from _toleration(toleration, f"{path}.tolerations[{i}]")
    if spec.get("affinity"):
        yield from _affinity(spec["affinity"], f"{path}.affinity")
    rules, at = spec.get("topologySpreadConstraints") or (), f"{path}.topologySpreadConstraints"
    for i, rule in enumerate(rules):
        yield from _spread(rule, f"{at}[{i}]")
    for i, pair in repeated((rule.get("topologyKey"), rule.get("whenUnsatisfiable")) for rule in rules):
        yield duplicate(f"{at}[{i}].{{topologyKey, whenUnsatisfiable}}", f"{{{pair[0]}, {pair[1]}}}")


def _toleration(given: Mapping, at: str) -> Iterator[Problem]:
    key, operator, effect = given.get("key"), given.get("operator") or "Equal", given.get("effect")
    if key and (why := qualified(key)):
        yield invalid(f"{at}.key", key, why)
    if not key and operator != "Exists":
        yield invalid(f"{at}.operator", operator,
                      "operator must be Exists when `key` is empty, which means \"match all values and all keys\"")
    if operator not in ("Equal", "Exists"):
        yield unsupported(f"{at}.operator", operator, ("Equal", "Exists"))
    if operator == "Exists" and given.get("value"):
        yield invalid(f"{at}.operator", given["value"], "value must be empty when `operator` is 'Exists'")
    elif why := label_value(given.get("value") or ""):
        yield invalid(f"{at}.value", given["value"], why)
    if effect and effect not in EFFECTS:
        yield unsupported(f"{at}.effect", effect, EFFECTS)
    if given.get("tolerationSeconds") is not None and effect != "NoExecute":
        yield invalid(f"{at}.effect", effect or "", "effect must be 'NoExecute' when `tolerationSeconds` is set")


def _affinity(given: Mapping, at: str) -> Iterator[Problem]:
    node = given.get("nodeAffinity") or {}
    if (must := node.get(_REQUIRED)) is not None:
        here = f"{at}.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
        if not must.get("nodeSelectorTerms"):
            yield required(here, "must have at least one node selector term")
        for i, term in enumerate(must.get("nodeSelectorTerms") or ()):
            yield from _term(term, f"{here}[{i}]")
    for i, wish in enumerate(node.get(_PREFERRED) or ()):
        here = f"{at}.nodeAffinity.{_PREFERRED}[{i}]"
        yield from number(f"{here}.weight", wish.get("weight") or 0, 1, 100)
        yield from _term(wish.get("preference") or {}, f"{here}.preference")
    for kind in ("podAffinity", "podAntiAffinity"):
        pods = given.get(kind) or {}
        for i, term in enumerate(pods.get(_REQUIRED) or ()):
            yield from _pods(term, f"{at}.{kind}.{_REQUIRED}[{i}]")
        for i, wish in enumerate(pods.get(_PREFERRED) or ()):
            here = f"{at}.{kind}.{_PREFERRED}[{i}]"
            yield from number(f"{here}.weight", wish.get("weight") or 0, 1, 100)
            yield from _pods(wish.get("podAffinityTerm") or {}, f"{here}.podAffinityTerm")


def _term(term: Mapping, at: str) -> Iterator[Problem]:
    for field in ("matchExpressions", "matchFields"):
        for i, asked in enumerate(term.get(field) or ()):
            here, operator, values = f"{at}.{field}[{i}]", asked.get("operator"), asked.get("values") or ()
            if field == "matchFields":
                yield from _field(asked, here)
                continue
            if why := qualified(asked.get("key") or ""):
                yield invalid(f"{here}.key", asked.get("key") or "", why)
            if operator not in _OPERATORS:
                yield invalid(f"{here}.operator", operator or "", "not a valid selector operator")
            elif operator in ("In", "NotIn") and not values:
                yield required(f"{here}.values", "must be specified when `operator` is 'In' or 'NotIn'")
            elif operator in ("Exists", "DoesNotExist") and values:
                yield forbidden(f"{here}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
            elif operator in ("Gt", "Lt") and len(values) != 1:
                yield required(f"{here}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'")


def _field(asked: Mapping, at: str) -> Iterator[Problem]:
    """A node's fields, of which only its name can be asked for, and one name at a time."""
    key, operator, values = asked.get("key") or "", asked.get("operator") or "", asked.get("values") or ()
    if operator not in ("In", "NotIn"):
        yield invalid(f"{at}.operator", operator, "not a valid selector operator")
    elif len(values) != 1:
        yield required(f"{at}.values", "must be only one value when `operator` is 'In' or 'NotIn' for node field "
                                       "selector")
    if key != "metadata.name":
        yield invalid(f"{at}.key", key, "not a valid field selector key")
    else:
        for i, name in enumerate(values):
            if why := subdomain(name):
                yield invalid(f"{at}.values[{i}]", name, why)


def _pods(term: Mapping, at: str) -> Iterator[Problem]:
    if not term.get("topologyKey"):
        yield required(f"{at}.topologyKey", "can not be empty")
    elif why := qualified(term["topologyKey"]):
        yield invalid(f"{at}.topologyKey", term["topologyKey"], why)
    for field in ("labelSelector", "namespaceSelector"):
        if term.get(field) is not None:
            yield from selector(term[field], f"{at}.{field}")


def _spread(rule: Mapping, at: str) -> Iterator[Problem]:
    if (rule.get("maxSkew") or 0) < 1:
        yield invalid(f"{at}.maxSkew", rule.get("maxSkew") or 0, "must be greater than zero")
    if not rule.get("topologyKey"):
        yield required(f"{at}.topologyKey", "can not be empty")
    elif why := qualified(rule["topologyKey"]):
        yield invalid(f"{at}.topologyKey", rule["topologyKey"], why)
    if rule.get("whenUnsatisfiable") not in ("DoNotSchedule", "ScheduleAnyway"):
        yield unsupported(f"{at}.whenUnsatisfiable", rule.get("whenUnsatisfiable") or "",
                          ("DoNotSchedule", "ScheduleAnyway"))
    if (least := rule.get("minDomains")) is not None:
        if least < 1:
            yield invalid(f"{at}.minDomains", least, "must be greater than zero")
        if rule.get("whenUnsatisfiable") != "DoNotSchedule":
            yield invalid(f"{at}.minDomains", least, "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not "
                          f"{rule.get('whenUnsatisfiable')}")
    if rule.get("labelSelector") is not None:
        yield from selector(rule["labelSelector"], f"{at}.labelSelector")
