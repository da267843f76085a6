"""What a pod says about machines: what Kubernetes takes is taken, and what it refuses is refused at the same field."""

import pytest

from mini_k8s.kinds import placement
from mini_k8s.objects import freeze

MUST, WISH = placement._REQUIRED, placement._PREFERRED


def said(**spec):
    return [str(problem) for problem in placement.problems(freeze(spec), "spec")]


def nodes(*expressions, **term):
    return {"affinity": {"nodeAffinity": {MUST: {"nodeSelectorTerms": [
        {"matchExpressions": [*expressions], **term} if expressions else term]}}}}


def beside(term, kind="podAffinity"):
    return {"affinity": {kind: {MUST: [term]}}}


def spread(**rule):
    return {"topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", **rule}]}


TERMS = f"spec.affinity.nodeAffinity.{MUST}.nodeSelectorTerms"
PODS = f"spec.affinity.podAffinity.{MUST}[0]"
SPREAD = "spec.topologySpreadConstraints[0]"
NOT_ONE = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"


@pytest.mark.parametrize("spec", [
    {},
    {"tolerations": [{"operator": "Exists"}, {"key": "a"}, {"key": "a", "operator": "Equal", "value": "b"},
                     {"key": "example.com/a", "operator": "Exists", "effect": "NoSchedule"},
                     {"key": "a", "effect": "PreferNoSchedule"},
                     {"key": "a", "effect": "NoExecute", "tolerationSeconds": 0}]},
    nodes({"key": "disk", "operator": "In", "values": ["ssd"]}, {"key": "a", "operator": "NotIn", "values": ["x", "y"]},
          {"key": "a", "operator": "Exists"}, {"key": "a", "operator": "DoesNotExist"},
          {"key": "cores", "operator": "Gt", "values": ["3"]}, {"key": "cores", "operator": "Lt", "values": ["9"]}),
    nodes(matchFields=[{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]),
    {"affinity": {"nodeAffinity": {WISH: [{"weight": n, "preference": {"matchExpressions": [
        {"key": "a", "operator": "Exists"}]}} for n in (1, 100)]}}},
    beside({"topologyKey": "kubernetes.io/hostname"}),
    beside({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}, "namespaceSelector": {}}),
    {"affinity": {"podAntiAffinity": {WISH: [{"weight": 50, "podAffinityTerm": {"topologyKey": "zone"}}]}}},
    spread(), spread(whenUnsatisfiable="ScheduleAnyway"), spread(labelSelector={"matchLabels": {"app": "web"}}),
    spread(minDomains=2, maxSkew=5),
    {"topologySpreadConstraints": [*spread()["topologySpreadConstraints"], *spread(topologyKey="rack")[
        "topologySpreadConstraints"], *spread(whenUnsatisfiable="ScheduleAnyway")["topologySpreadConstraints"]]}],
    ids=lambda spec: str(spec)[:60])
def test_what_can_be_meant_is_taken(spec):
    assert said(**spec) == []


@pytest.mark.parametrize(("toleration", "expected"), [
    ({}, ['operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all '
          'values and all keys"']),
    ({"key": "a b"}, ["key"]), ({"key": "a", "operator": "In"}, ['operator: Unsupported value: "In": supported values: '
                                                                 '"Equal", "Exists"']),
    ({"key": "a", "operator": "Exists", "value": "b"},
     ["operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'"]),
    ({"key": "a", "value": "b c"}, ["value"]), ({"key": "a", "operator": "Equal", "value": "-"}, ["value"]),
    ({"key": "a", "effect": "Evict"}, ['effect: Unsupported value: "Evict": supported values: "NoSchedule", '
                                       '"PreferNoSchedule", "NoExecute"']),
    ({"key": "a", "effect": "NoSchedule", "tolerationSeconds": 5},
     ["effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set"])])
def test_a_toleration_that_cannot_be_meant_is_refused(toleration, expected):
    """At its field, and nowhere else; the second of two is named as the second."""
    assert_at("spec.tolerations[1].", expected, said(tolerations=[{"operator": "Exists"}, toleration]))


@pytest.mark.parametrize(("expression", "expected"), [
    ({"operator": "Exists"}, ["key"]), ({"key": "a b", "operator": "Exists"}, ["key"]),
    ({"key": "a"}, ['operator: Invalid value: "": not a valid selector operator']),
    ({"key": "a", "operator": "in", "values": ["x"]}, ["operator"]),
    *(({"key": "a", "operator": operator}, ["values: Required value: must be specified when `operator` is 'In' or "
                                            "'NotIn'"]) for operator in ("In", "NotIn")),
    *(({"key": "a", "operator": operator, "values": ["x"]},
       ["values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"])
      for operator in ("Exists", "DoesNotExist")),
    *(({"key": "a", "operator": operator, "values": values},
       ["values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'"])
      for operator in ("Gt", "Lt") for values in ([], ["1", "2"]))])
def test_a_question_about_a_nodes_labels_that_cannot_be_meant_is_refused(expression, expected):
    """Wherever it stands: as what must be, and as what is only preferred."""
    assert_at(f"{TERMS}[0].matchExpressions[0].", expected, said(**nodes(expression)))
    wish = {"weight": 1, "preference": {"matchExpressions": [expression]}}
    assert_at(f"spec.affinity.nodeAffinity.{WISH}[0].preference.matchExpressions[0].", expected,
              said(affinity={"nodeAffinity": {WISH: [wish]}}))


@pytest.mark.parametrize(("asked", "expected"), [
    ({"key": "metadata.labels", "operator": "In", "values": ["x"]},
     ['key: Invalid value: "metadata.labels": not a valid field selector key']),
    ({"operator": "In", "values": ["x"]}, ["key"]),
    ({"key": "metadata.name", "operator": "Exists"}, ['operator: Invalid value: "Exists": not a valid selector '
                                                      'operator']),
    ({"key": "metadata.name", "operator": "In"}, [f"values: Required value: {NOT_ONE}"]),
    ({"key": "metadata.name", "operator": "NotIn", "values": ["a", "b"]}, [f"values: Required value: {NOT_ONE}"]),
    ({"key": "metadata.name", "operator": "In", "values": ["Node 1"]}, ["values[0]"])])
def test_of_a_nodes_fields_only_its_name_can_be_asked_for(asked, expected):
    assert_at(f"{TERMS}[0].matchFields[0].", expected, said(**nodes(matchFields=[asked])))


def test_a_pod_that_must_have_a_node_says_which():
    for must in ({}, {"nodeSelectorTerms": []}):
        assert said(affinity={"nodeAffinity": {MUST: must}}) == [
            f"{TERMS}: Required value: must have at least one node selector term"]


@pytest.mark.parametrize("weight", [None, 0, -1, 101])
@pytest.mark.parametrize(("kind", "what"), [("nodeAffinity", "preference"), ("podAffinity", "podAffinityTerm"),
                                            ("podAntiAffinity", "podAffinityTerm")])
def test_what_is_preferred_has_a_weight(kind, what, weight):
    wish = {"weight": weight, what: {"topologyKey": "zone"} if what == "podAffinityTerm" else {}}
    assert said(affinity={kind: {WISH: [wish]}}) == [
        f"spec.affinity.{kind}.{WISH}[0].weight: Invalid value: {weight or 0}: must be between 1 and 100, inclusive"]


@pytest.mark.parametrize(("term", "expected"), [
    ({}, ["topologyKey: Required value: can not be empty"]), ({"topologyKey": "a b"}, ["topologyKey"]),
    ({"topologyKey": "zone", "labelSelector": {"matchLabels": {"a b": "c"}}}, ["labelSelector.matchLabels"]),
    ({"topologyKey": "zone", "namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}},
     ["namespaceSelector.matchExpressions[0].operator"])])
def test_who_is_to_be_beside_whom_is_said_wholly(term, expected):
    """The same for who must not be, and for who should."""
    for kind in ("podAffinity", "podAntiAffinity"):
        assert_at(f"spec.affinity.{kind}.{MUST}[0].", expected, said(**beside(term, kind)))
        assert_at(f"spec.affinity.{kind}.{WISH}[0].podAffinityTerm.", expected,
                  said(affinity={kind: {WISH: [{"weight": 1, "podAffinityTerm": term}]}}))


@pytest.mark.parametrize(("rule", "expected"), [
    ({"maxSkew": 0}, ["maxSkew: Invalid value: 0: must be greater than zero"]), ({"maxSkew": None}, ["maxSkew"]),
    ({"topologyKey": ""}, ["topologyKey: Required value: can not be empty"]), ({"topologyKey": "a b"}, ["topologyKey"]),
    ({"whenUnsatisfiable": None}, ['whenUnsatisfiable: Unsupported value: "": supported values: "DoNotSchedule", '
                                   '"ScheduleAnyway"']), ({"whenUnsatisfiable": "Wait"}, ["whenUnsatisfiable"]),
    ({"labelSelector": {"matchLabels": {"a b": "c"}}}, ["labelSelector.matchLabels"]),
    ({"minDomains": 0}, ["minDomains: Invalid value: 0: must be greater than zero"]),
    ({"minDomains": 2, "whenUnsatisfiable": "ScheduleAnyway"},
     ["minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not "
      "ScheduleAnyway"])])
def test_how_pods_are_spread_is_said_wholly(rule, expected):
    assert_at(f"{SPREAD}.", expected, said(**spread(**rule)))


def test_two_rules_about_the_same_are_one_too_many():
    """Which of the two would count?"""
    twice = spread()["topologySpreadConstraints"] + spread(maxSkew=2)["topologySpreadConstraints"]
    assert said(topologySpreadConstraints=twice) == [
        "spec.topologySpreadConstraints[1].{topologyKey, whenUnsatisfiable}: Duplicate value: "
        '"{zone, DoNotSchedule}"']


def assert_at(path, expected, found):
    """So many problems, each at its field; where more of the text is given, with that text."""
    assert len(found) == len(expected), found
    for want, got in zip(expected, found, strict=True):
        assert got == path + want if ": " in want else got.startswith(path + want), got
