"""What a user writes down: a dict that nobody can change, read by name, changed by making another one."""

import copy
import doctest
import enum
import json
import pickle
import subprocess
import sys
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mini_k8s import fields, objects
from mini_k8s.errors import Invalid
from mini_k8s.objects import Key, Object, condition, freeze, key_of, merge, names_of, owner_of, thaw

names = st.text(max_size=5) | st.sampled_from([
    "kind", "metadata", "spec", "status", "name", "namespace", "conditions", "phase", "nodeName", "items",
    "deletionTimestamp", "type"])
plain = (st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
         | st.text(max_size=9))
values = st.recursive(plain, lambda parts: st.lists(parts, max_size=4) | st.dictionaries(names, parts, max_size=4),
                      max_leaves=9)
mappings = st.dictionaries(names, values, max_size=5)
patches = st.recursive(plain | st.lists(plain, max_size=2),
                       lambda parts: st.dictionaries(st.sampled_from("abc"), parts, max_size=3), max_leaves=8)

POD = freeze({"apiVersion": "v1", "kind": "Pod",
              "metadata": {"name": "web", "namespace": "default", "labels": {"app": "web"}},
              "spec": {"nodeName": "node-1", "containers": [{"name": "a", "image": "nginx:1.27"}]},
              "status": {"phase": "Running"}})


def parts_of(value):
    """A value, and everything in it."""
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ():
        yield from parts_of(part)


def patched(target, patch):
    """RFC 7386 in its own words, on plain values."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = patched(target.get(name), value)
    return target


def test_the_examples_of_the_docstring_are_true():
    assert doctest.testmod(objects) == doctest.TestResults(failed=0, attempted=3)


# Freezing.

@given(values)
def test_what_is_frozen_can_be_thawed(value):
    """And holds nothing that could be changed."""
    frozen = freeze(value)
    assert thaw(frozen) == value
    assert json.dumps(thaw(frozen)) == json.dumps(value)
    assert all(type(part) in (Object, tuple, str, int, float, bool, type(None)) for part in parts_of(frozen))
    hash(frozen)


@given(values)
def test_what_is_frozen_is_given_back_as_it_is(value):
    """Freezing twice costs nothing, and shares everything."""
    frozen = freeze(value)
    assert freeze(frozen) is frozen
    assert freeze({"a": frozen})["a"] is frozen


@given(mappings)
def test_it_is_written_and_read_as_any_dict(value):
    """By the json of the standard library, by pickle, by copying: which gives the very same."""
    obj = freeze(value)
    assert freeze(json.loads(json.dumps(obj))) == obj
    assert json.dumps(obj) == json.dumps(value)
    again = pickle.loads(pickle.dumps(obj))
    assert again == obj
    assert type(again) is Object
    assert copy.copy(obj) is copy.deepcopy(obj) is obj
    assert copy.deepcopy([obj])[0] is obj
    assert list(obj) == list(value)


@given(mappings)
def test_equal_objects_are_equal_and_hash_alike(value):
    """In whatever order their fields came."""
    obj, turned = freeze(value), freeze(dict(reversed(value.items())))
    assert obj == turned
    assert hash(obj) == hash(turned)
    assert len({obj, turned}) == 1


def test_what_is_thawed_is_nobodys_but_mine():
    mine = thaw(POD)
    mine["spec"]["containers"].append({"name": "b"})
    mine["metadata"]["labels"]["app"] = "other"
    assert len(POD.spec.containers) == 1
    assert POD.metadata.labels["app"] == "web"
    assert type(mine["spec"]["containers"][0]) is dict


def test_what_i_froze_does_not_change_with_what_i_keep():
    mine = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a"}]}}
    obj = freeze(mine)
    mine["metadata"]["labels"]["app"] = "other"
    mine["spec"]["containers"][0]["name"] = "b"
    assert obj == freeze({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a"}]}})


class Colour(enum.StrEnum):
    RED = "red"


class Mixed(str, enum.Enum):  # noqa: UP042
    RED = "red"


class Size(enum.IntEnum):
    BIG = 3


def test_what_behaves_as_text_or_a_number_becomes_it():
    """Enums, and mappings of other kinds."""
    inner = MappingProxyType({"e": True})
    obj = freeze(MappingProxyType({"a": Colour.RED, "b": Mixed.RED, "c": Size.BIG, "d": (inner,)}))
    assert json.dumps(obj) == '{"a": "red", "b": "red", "c": 3, "d": [{"e": true}]}'
    assert [type(value) for value in obj.values()] == [str, str, int, tuple]


@pytest.mark.parametrize(("value", "said"), [
    ({1: "x"}, "the key 1. Keys are strings: write '1' in quotes."), ({"a": {None: 1}}, "the key None"),
    ({True: 1}, "the key True"), ({"a": {1, 2}}, "a set. It may hold text, numbers"), ({"a": b"x"}, "a bytes. It may"),
    ({"a": float("nan")}, "holds nan, which no manifest can"), ([float("-inf")], "holds -inf"),
    ({"a": object}, "a type."),
    ({"a": range(3)}, "a range."), ({"a": (part for part in ())}, "a generator."), ({"a": 1j}, "a complex."),
])
def test_what_no_manifest_can_hold_is_refused(value, said):
    """The same in a patch."""
    with pytest.raises(Invalid) as refused:
        freeze(value)
    assert said in str(refused.value)
    with pytest.raises(Invalid) as refused:
        merge(POD, value)
    assert said in str(refused.value)


def test_an_object_has_an_end():
    """A hundred levels can be printed, compared and written wherever; more would break somebody later."""
    def deep(levels):
        value = {"end": 1}
        for _ in range(levels - 1):
            value = {"a": value}
        return value

    obj = freeze(deep(100))
    assert thaw(obj) == deep(100)
    hash(obj), repr(obj), json.dumps(obj), pickle.dumps(obj)
    for bottomless in (deep(101), deep(50_000), {"a": [[[deep(98)]]]}):
        with pytest.raises(Invalid, match="more than 100 levels"):
            freeze(bottomless)
        with pytest.raises(Invalid, match="more than 100 levels"):
            merge(POD, bottomless)
    circle = {}
    circle["me"] = circle
    with pytest.raises(Invalid, match="more than 100 levels"):
        freeze(circle)


# Nobody can change it.

@pytest.mark.parametrize("change", [
    lambda obj: obj.__setitem__("a", 1), lambda obj: obj.__delitem__("kind"), lambda obj: obj.update(a=1),
    lambda obj: obj.update({"a": 1}), lambda obj: obj.pop("kind"), lambda obj: obj.pop("none", None),
    lambda obj: obj.popitem(), lambda obj: obj.clear(), lambda obj: obj.setdefault("a", 1),
    lambda obj: obj.setdefault("kind", 1), lambda obj: obj.__ior__({"a": 1}), lambda obj: setattr(obj, "kind", "x"),
    lambda obj: setattr(obj, "other", "x"), lambda obj: delattr(obj, "kind"),
    lambda obj: setattr(obj, "__class__", dict),
    lambda obj: setattr(obj, "items", 1),
])
@pytest.mark.parametrize("obj", [POD, POD.spec, POD.metadata.labels, freeze({"kind": 5})], ids=range(4))
def test_nobody_can_change_it(change, obj):
    """By none of the ways in which a dict is changed; and it is said how one makes a changed copy."""
    before = thaw(obj)
    with pytest.raises(TypeError) as refused:
        change(obj)
    assert "shared by everybody who reads them; make a changed copy: " in str(refused.value)
    assert ".with_(" in str(refused.value)
    assert thaw(obj) == before


def test_the_statements_that_change_dicts_are_refused():
    with pytest.raises(TypeError, match=r"pods are shared .* make a changed copy: pod\.with_\(kind='Job'\)"):
        POD.kind = "Job"
    with pytest.raises(TypeError, match=r"pod\.with_\(spec={'nodeName': 'node-1'}\)"):
        POD["spec"] = {}
    with pytest.raises(TypeError):
        del POD["spec"]
    obj = POD
    with pytest.raises(TypeError):
        obj |= {"a": 1}
    with pytest.raises(TypeError):
        POD.spec.containers[0] = 1
    with pytest.raises(AttributeError):
        POD.spec.containers.append(1)


@pytest.mark.parametrize("make", [lambda obj: obj | {"a": 1}, lambda obj: {"a": 1} | obj, lambda obj: obj.copy(),
                                  lambda obj: {**obj}, dict], ids=["or", "ror", "copy", "unpacked", "dict"])
def test_a_dict_made_of_it_is_another_one(make):
    mine = make(POD)
    mine["kind"] = "Mine"
    assert type(mine) is dict
    assert POD.kind == "Pod"
    assert mine["spec"] is POD.spec


# Reading.

def test_a_field_is_read_by_name_or_by_key():
    assert POD.spec.containers[0].image == POD["spec"]["containers"][0]["image"] == "nginx:1.27"
    assert POD.get("spec") is POD.spec
    match POD:
        case {"kind": "Pod", "spec": {"nodeName": node}}:
            assert node == "node-1"
        case _:
            pytest.fail("an object can be matched as any mapping")


def test_a_field_that_kubernetes_knows_and_the_object_lacks_is_none():
    """By name; by key it is a KeyError, as with any dict."""
    assert POD.spec.hostNetwork is None
    assert POD.metadata.deletionTimestamp is None
    with pytest.raises(KeyError):
        POD["spec"]["hostNetwork"]
    assert "hostNetwork" not in POD.spec


@pytest.mark.parametrize(("obj", "name", "meant"), [
    (POD, "spce", " Did you mean spec?"), (POD.spec, "nodename", " Did you mean nodeName?"),
    (POD.spec, "contianers", " Did you mean containers?"), (POD, "xyzzy", ""),
])
def test_a_field_that_no_object_has_is_an_error_with_what_was_meant(obj, name, meant):
    with pytest.raises(AttributeError) as refused:
        getattr(obj, name)
    assert str(refused.value) == f"no Kubernetes object has a field '{name}'.{meant}"
    assert not hasattr(obj, name)
    assert getattr(obj, name, "other") == "other"


def test_a_field_of_ones_own_is_read_by_name_too():
    assert freeze({"spec": {"xyzzy": 1}}).spec.xyzzy == 1


def test_a_method_of_dict_hides_a_field_of_its_name():
    """Such fields are read by key: a List's items, an expression's values."""
    obj = freeze({"items": [1], "values": ["a"], "keys": 1})
    assert callable(obj.items)
    assert (obj["items"], obj["values"], obj["keys"]) == ((1,), ("a",), 1)


def test_what_python_and_jupyter_ask_for_is_answered_without_the_table():
    """Every cell's result is asked for a dozen such names."""
    code = ("from mini_k8s.objects import freeze\nobj = freeze({'a': 1})\n"
            "assert not hasattr(obj, '_repr_html_') and not hasattr(obj, '__array__')\n"
            "import sys; assert 'mini_k8s.fields' not in sys.modules")
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# Showing itself.

@pytest.mark.parametrize(("obj", "shown"), [
    (POD, "<Pod default/web Running on node-1>"), (POD.with_(status=None, spec=None), "<Pod default/web>"),
    (POD.with_(metadata={"deletionTimestamp": "2026-11-26T08:30:00Z"}), "<Pod default/web Terminating on node-1>"),
    ({"kind": "Node", "metadata": {"name": "node-1"}}, "<Node node-1>"),
    ({"kind": "Node", "metadata": {"name": "n"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}},
     "<Node n Ready>"),
    ({"kind": "Node", "metadata": {"name": "n"}, "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}},
     "<Node n NotReady>"),
    ({"kind": "Pod", "metadata": {}}, "<Pod ?>"), ({"kind": "Pod"}, "{'kind': 'Pod'}"), ({}, "{}"),
    ({"kind": "Odd", "metadata": {"name": "a"}, "status": "fine", "spec": [1]}, "<Odd a>"),
    ({"kind": "Odd", "metadata": {"name": "a"}, "status": {"conditions": ["x", 1]}}, "<Odd a>"),
    ({"kind": "Odd", "metadata": {"name": "a"}, "status": {"conditions": 5}}, "<Odd a>"),
    (POD.spec.containers[0], "{'name': 'a', 'image': 'nginx:1.27'}"),
])
def test_it_prints_as_something_worth_reading(obj, shown):
    assert repr(freeze(obj)) == shown


@given(mappings)
def test_whatever_it_holds_it_can_be_printed(value):
    repr(freeze({"kind": "Odd", "metadata": {"name": "a"}, **value}))
    repr(freeze({"kind": "Odd", "metadata": value, "status": value, "spec": value}))
    condition(freeze({"status": value}), "Ready")


# A changed copy.

@pytest.mark.parametrize(("target", "patch", "result"), [  # the table of RFC 7386, appendix A
    ({"a": "b"}, {"a": "c"}, {"a": "c"}), ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}), ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}), ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}), ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}), (["a", "b"], ["c", "d"], ["c", "d"]), ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None), ({"a": "foo"}, "bar", "bar"), ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}), ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
])
def test_a_change_is_a_json_merge_patch(target, patch, result):
    """On frozen and on plain values; neither target nor patch is changed."""
    before, asked = copy.deepcopy(target), copy.deepcopy(patch)
    for old in (target, freeze(target)):
        for new in (patch, freeze(patch)):
            assert merge(old, new) == freeze(result)
    assert (target, patch) == (before, asked)


@given(patches, patches)
def test_a_change_is_what_the_rfc_says(target, patch):
    expected = freeze(patched(target, patch))
    for old in (target, freeze(target)):
        for new in (patch, freeze(patch)):
            found = merge(old, new)
            assert found == expected
            assert all(type(part) not in (dict, list) for part in parts_of(found))


@given(mappings, st.dictionaries(st.sampled_from("ab"), patches, max_size=2))
def test_what_is_not_changed_is_shared(value, patch):
    obj = freeze(value)
    changed = merge(obj, patch)
    assert all(changed[name] is obj[name] for name in obj if name not in patch)
    assert thaw(obj) == value
    assert merge(changed, patch) == changed


def test_a_changed_copy_is_made_with_with():
    changed = POD.with_(spec={"nodeName": None}, status={"phase": "Failed"}, metadata={"labels": {"tier": "front"}})
    assert (changed.spec.nodeName, changed.status.phase) == (None, "Failed")
    assert changed.metadata.labels == {"app": "web", "tier": "front"}
    assert changed.spec.containers is POD.spec.containers
    assert (POD.spec.nodeName, POD.status.phase) == ("node-1", "Running")
    assert type(changed.metadata.labels) is Object
    assert POD.with_(spec={"containers": [{"name": "b"}]}).spec.containers[0].name == "b"


# Keys, owners, conditions.

def test_an_object_has_a_key():
    assert key_of(POD) == Key("Pod", "default", "web")
    assert key_of({"kind": "Node", "metadata": {"name": "n"}}) == Key("Node", "", "n")
    assert (str(key_of(POD)), str(Key("Node", "", "n"))) == ("Pod default/web", "Node n")
    assert len({key_of(POD), key_of(POD.with_(spec=None))}) == 1


@pytest.mark.parametrize("obj", [{}, {"kind": "Pod"}, {"kind": "Pod", "metadata": {}}, {"metadata": {"name": "a"}},
                                 "pod", {"kind": "Pod", "metadata": None}, {"kind": "Pod", "metadata": "web"}, None,
                                 {"kind": "Pod", "metadata": {"name": None}}, {"kind": "", "metadata": {"name": "a"}}])
def test_what_has_no_key_is_no_object(obj):
    with pytest.raises(Invalid, match=r"is no object: it needs kind and metadata\.name"):
        key_of(obj)


def test_owners_and_conditions_are_found():
    owners = [{"name": "a"}, {"name": "b", "controller": True}]
    obj = freeze({"metadata": {"name": "x", "ownerReferences": owners},
                  "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    assert owner_of(obj).name == "b"
    assert owner_of(POD) is owner_of(freeze({})) is None
    assert condition(obj, "Ready").status == "True"
    assert condition(obj, "Initialized") is condition(POD, "Ready") is condition(freeze({}), "Ready") is None
    assert names_of([POD, obj]) == ["web", "x"]


def test_the_names_that_are_read_are_those_of_the_table():
    """Every field that some kind has is None on an empty object, but for those that a dict's methods hide."""
    empty = freeze({})
    assert {name for name in fields.names() if getattr(empty, name) is not None} <= set(dir(dict))
