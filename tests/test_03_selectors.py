"""Which objects are meant: labels and fields, in an object's words and in kubectl's."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mini_k8s import selectors
from mini_k8s.errors import BadRequest, Invalid
from mini_k8s.objects import freeze
from mini_k8s.selectors import EVERYTHING, NOTHING, Requirement, Selector, check, of, of_labels, parse, parse_fields

KEYS, VALUES = ["a", "b", "in", "notin", "example.com/c"], ["", "x", "y", "in", "1", "20"]
labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))
expressions = st.one_of(
    st.builds(lambda key, operator, values: {"key": key, "operator": operator, "values": values}, st.sampled_from(KEYS),
              st.sampled_from(["In", "NotIn"]), st.lists(st.sampled_from(VALUES), min_size=1)),
    st.builds(lambda key, operator: {"key": key, "operator": operator}, st.sampled_from(KEYS),
              st.sampled_from(["Exists", "DoesNotExist"])))
held = st.fixed_dictionaries({}, optional={"matchLabels": labels, "matchExpressions": st.lists(expressions)})


def plainly(selector, labels):
    """The rules again, as slowly as they can be said."""
    asked = [{"key": k, "operator": "In", "values": [v]} for k, v in selector.get("matchLabels", {}).items()]
    for one in asked + selector.get("matchExpressions", []):
        there, operator = one["key"] in labels, one["operator"]
        among = there and labels[one["key"]] in one.get("values", ())
        if not {"In": among, "NotIn": not among, "Exists": there, "DoesNotExist": not there}[operator]:
            return False
    return True


def test_the_examples_of_the_docstring_are_true():
    assert doctest.testmod(selectors) == doctest.TestResults(failed=0, attempted=2)


@given(held, labels)
def test_a_selector_asks_what_it_says(selector, labels):
    """Compiled it answers as the rules do, whether it comes from an object, frozen or not, or from its own words."""
    asked = of(selector)
    answer = plainly(selector, labels)
    assert asked.matches(labels) is answer
    assert asked.matches(freeze(labels)) is answer
    assert of(freeze(selector)) == asked
    assert parse(str(asked)) == asked
    assert parse(str(asked)).matches(labels) is answer


def test_an_empty_selector_matches_everything_and_none_nothing():
    """As upstream's LabelSelectorAsSelector. A Service's and a string's empty selector match everything too."""
    for everything in (of({}), of({"matchLabels": None, "matchExpressions": []}), parse(""), parse("  "), of_labels({}),
                       of_labels(None), EVERYTHING):
        assert everything == EVERYTHING
        assert everything.matches({}) is everything.matches(None) is everything.matches({"a": "x"}) is True
    assert of(None) == NOTHING
    assert NOTHING.matches({}) is NOTHING.matches(None) is NOTHING.matches({"a": "x"}) is False
    with pytest.raises(BadRequest):  # nobody gets everything by asking for nothing
        parse(str(NOTHING))


@pytest.mark.parametrize(("text", "labels", "answer"), [
    ("x=y", {"x": "y"}, True), ("x=y", {}, False), ("x==y", {"x": "y"}, True), ("x=", {"x": ""}, True),
    ("x=", {}, False),
    ("x!=y", {"x": "z"}, True), ("x!=y", {}, True), ("x!=y", {"x": "y"}, False),
    ("x", {"x": ""}, True), ("x", {}, False), ("!x", {}, True), ("!x", {"x": ""}, False), ("! x", {}, True),
    ("x in (a, b)", {"x": "b"}, True), ("x in (a,b)", {"x": "c"}, False), ("x in ()", {"x": ""}, True),
    ("x notin (a,b)", {"x": "a"}, False), ("x notin (a,b)", {}, True), ("x in (a,)", {"x": ""}, True),
    ("a=b,c=d", {"a": "b", "c": "d", "e": "f"}, True), ("a=b,c=d", {"a": "b"}, False),
    ("notin=in", {"notin": "in"}, True), ("in in (in,notin)", {"in": "notin"}, True),
    ("x>1", {"x": "2"}, True), ("x>1", {"x": "1"}, False), ("x<10", {"x": "9"}, True), ("x>1", {}, False),
    ("x>1", {"x": "v2"}, False), ("x<1", {"x": "-5"}, True), ("x>1", {"x": "1" * 40}, False),
    ("example.com/a-b.c_d in (1.2.3, x_y)", {"example.com/a-b.c_d": "1.2.3"}, True),
    ("\tx =\ny ", {"x": "y"}, True),
])
def test_kubectls_words(text, labels, answer):
    assert parse(text).matches(labels) is answer


@pytest.mark.parametrize(("text", "shown"), [
    ("b=1,a=2", "a=2,b=1"), ("x == y", "x=y"), ("x in (y)", "x=y"), ("x in (b,a,b)", "x in (a,b)"), ("x!=y", "x!=y"),
    ("x notin (y)", "x!=y"), ("!x", "!x"), ("x in ( , a)", "x in (,a)"), ("x>1,y<5", "x>1,y<5"), ("", ""),
])
def test_a_selector_is_shown_as_kubectl_takes_it(text, shown):
    """In the order of its keys, each value once, the shortest way."""
    assert str(parse(text)) == shown
    assert parse(shown) == parse(text)
    assert repr(parse(text)) == f"<Selector {shown or 'everything'}>"
    assert repr(NOTHING) == "<Selector nothing>"


@pytest.mark.parametrize(("text", "place", "found", "expected"), [
    ("x=a||y=b", 3, "'a||y'", "the value of a label"), ("x==a==b", 5, "'=='", "',' or the end"),
    ("!x=a", 3, "'='", "',' or the end"), ("x<a", 3, "'a'", "a whole number"),
    ("a in (b),", 10, "the end", "the name of a label"),
    ("a in (x y)", 9, "'y'", "',' or ')'"), ("a notin(", 9, "the end", "',' or ')'"), ("a in b", 6, "'b'", "'('"),
    ("a (", 3, "'('", "one of = =="), ("(", 1, "'('", "the name of a label"), (",x", 1, "','", "the name of a label"),
    ("x nott in (y)", 3, "'nott'", "one of = =="), ("!", 2, "the end", "the name of a label"),
    ("a/b/c=x", 1, "'a/b/c'", "the name of a label"), ("a=-b", 3, "'-b'", "the value of a label"),
    ("é=x", 1, "'é'", "the name of a label"), ("a=" + "x" * 64, 3, "'xxx", "no more than 63 characters"),
    ("a=b\0", 3, "'b\\x00'", "the value of a label"), ("x>", 3, "the end", "a whole number"),
])
def test_a_mistake_is_shown_where_it_is(text, place, found, expected):
    """The place, what was found, what was expected, and how it is written."""
    with pytest.raises(BadRequest) as refused:
        parse(text)
    said = str(refused.value)
    assert f"cannot be read at character {place}: found {found}" in said
    assert expected in said.partition("expected ")[2]
    assert said.endswith("Write it as in app=web,tier in (front, back),!canary.")


@given(st.text("ab=!<>(), \tin", max_size=30) | st.text(max_size=30))
def test_whatever_is_typed_it_is_read_or_refused_in_words(text):
    try:
        read = parse(text)
    except BadRequest as refused:
        assert "cannot be read at character" in str(refused)  # noqa: PT017
    else:
        assert parse(str(read)) == read


def test_a_very_long_selector_is_refused_in_few_words():
    with pytest.raises(BadRequest) as refused:
        parse("a=b," * 100_000 + "!")
    assert len(str(refused.value)) < 500
    assert parse(",".join(f"k{i}" for i in range(10_000))).matches({}) is False


@pytest.mark.parametrize(("selector", "said"), [
    ({"app": "web"}, 'Invalid value: {"app": "web"}: must hold matchLabels or matchExpressions'),
    ("app=web", 'Invalid value: "app=web": must be a mapping'),
    ({"matchLabels": ["a"]}, "matchLabels: Invalid value"),
    ({"matchLabels": {"a": 1}}, "matchLabels.a: Invalid value: 1: must be text"),
    ({"matchLabels": {"-a": "b"}}, 'matchLabels: Invalid value: "-a"'),
    ({"matchExpressions": {"key": "a"}}, "matchExpressions: Invalid value"),
    ({"matchExpressions": ["a"]}, 'matchExpressions[0]: Invalid value: "a"'),
    ({"matchExpressions": [{}]}, "matchExpressions[0].key: Required value"),
    ({"matchExpressions": [{"key": "a"}]}, "matchExpressions[0].operator: Required value"),
    ({"matchExpressions": [{"key": "a", "operator": "Is"}]}, 'operator: Unsupported value: "Is": supported values'),
    ({"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}, 'operator: Unsupported value: "Gt"'),
    ({"matchExpressions": [{"key": "a", "operator": "In"}]}, "values: Required value: must be specified"),
    ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": []}]}, "values: Required value"),
    ({"matchExpressions": [{"key": "a", "operator": "In", "values": "b"}]}, "must be a list"),
    ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", 1]}]}, "values[1]: Invalid value: 1"),
    ({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}, "values: Forbidden: may not be"),
])
def test_what_is_wrong_in_an_object_is_said_with_its_field(selector, said):
    with pytest.raises(Invalid) as refused:
        of(selector, "spec.selector")
    assert said in str(refused.value)
    assert all(problem.field.startswith("spec.selector") for problem in refused.value.problems)


def test_everything_that_is_wrong_is_said_at_once():
    wrong = {"matchLabels": {"a": "-"}, "matchExpressions": [{"operator": "Is"}, {"key": "b", "operator": "In"}]}
    assert [problem.field for problem in check(freeze(wrong), "s")] == [
        "s.matchLabels", "s.matchExpressions[0].key", "s.matchExpressions[0].operator", "s.matchExpressions[1].values"]
    assert list(check(None, "s")) == list(check({}, "s")) == []


def test_a_selector_can_be_made_by_hand():
    """For a node's affinity, which compares numbers too."""
    more_than_four = Selector((Requirement("cores", "Gt", ("4",)),))
    assert more_than_four.matches({"cores": "8"})
    assert str(more_than_four) == "cores>4"
    assert len({more_than_four, parse("cores>4"), parse("cores > 4")}) == 1


# Fields.

POD = freeze({"kind": "Pod", "metadata": {"name": "web", "labels": {"app": "web", "x": "1"}},
              "spec": {"nodeName": "node-1", "hostNetwork": True, "priority": 5}, "status": {"phase": "Running"}})


@pytest.mark.parametrize(("text", "answer"), [
    ("metadata.name=web", True), ("metadata.name==web", True), ("metadata.name!=web", False),
    ("metadata.name=we", False),
    ("metadata.name=web,status.phase=Running", True), ("metadata.name=web, status.phase!=Running", False),
    ("spec.nodeName=", False), ("spec.nodeName!=", True), ("status.podIP=", True), ("status.podIP!=", False),
    ("spec.hostNetwork=true", True), ("spec.hostNetwork=True", False), ("spec.hostPID=false", True),
    ("spec.hostPID=", True), ("spec.hostPID!=true", True), ("spec.priority=5", True), ("spec.priority=1", False),
    ("metadata.namespace=", True), ("spec.nodeName.name=x", False), ("", True), ("metadata.name=web,", True),
])
def test_fields_are_asked_for_by_their_paths(text, answer):
    """A field that is not there is empty, and false."""
    assert parse_fields(text).matches(POD) is answer


@pytest.mark.parametrize(("text", "said"), [
    ("status.phse=Running", "no Kubernetes object has a field 'phse'. Did you mean phase?"),
    ("metadata.name", "at character 1: found 'metadata.name', expected a field, then = or !="),
    ("=x", "at character 1"), ("metadata.name=a,b", "at character 17: found 'b'"), ("metadata.name=a=b", "character 1"),
    ("metadata.name=a\\b", "at character 1"), ("metadata..name=a", "a field ''"), (",", "at character 1"),
])
def test_a_field_that_cannot_be_asked_for_is_refused(text, said):
    """A list without objects would look as if there were none."""
    with pytest.raises(BadRequest) as refused:
        parse_fields(text)
    assert said in str(refused.value)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.booleans())
def test_every_value_can_be_asked_for(value, equal):
    asked = selectors.FieldSelector((selectors.fields.Term("metadata.name", equal, value),))
    assert parse_fields(str(asked)) == asked
    assert asked.matches({"metadata": {"name": value}}) is equal


def test_a_list_is_asked_for_labels_and_fields_at_once():
    assert selectors.where("app=web", "status.phase=Running")(POD) is True
    assert selectors.where("app=web", "status.phase!=Running")(POD) is False
    assert selectors.where("app!=web", "status.phase=Running")(POD) is False
    assert selectors.where("app=web")(POD) is True
    assert selectors.where()(POD) is True
    assert selectors.where(NOTHING)(POD) is False
    assert selectors.where("app=web")({"metadata": {}}) is False
    assert selectors.where("!app", parse_fields("metadata.name=a"))({"metadata": {"name": "a"}}) is True
    with pytest.raises(BadRequest):
        selectors.where("app==")  and selectors.where("app=(")
