"""What stands in the files that a user wrote: where, what it means, and everything that is wrong with it."""

import doctest
import io
import json
import os
import re
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mini_k8s import manifests
from mini_k8s.errors import Invalid
from mini_k8s.manifests import Mistake, builder, loader, read, read_text, write
from mini_k8s.manifests.scalars import meaning
from mini_k8s.objects import Object, freeze, thaw
from mini_k8s.problems import required

ORDINARY = Path(__file__).parent / "manifests"
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["yes", "1e3", "0644", "null", "~", "", " ", "a: b", "- a", "# c", "a\nb", "a\n\n  b\n", "\ta", "x\t\ny ", "\x85",
     "<<", "=", "2026-11-26", "22:22", "1_000", "0o7", ".inf", "é😀", "'", '"', "\\", "&a", "*a", "!x", "%", "@", "`",
     "{", "---", "y"])
values = st.recursive(st.none() | st.booleans() | st.integers(-2**63, 2**63 - 1) | texts
                      | st.floats(allow_nan=False, allow_infinity=False),
                      lambda parts: st.lists(parts, max_size=4) | st.dictionaries(texts, parts, max_size=4),
                      max_leaves=15)


def spec(text):
    """What the text means as the spec of a pod."""
    [document] = read_text(f"{POD}spec:\n  {text}\n")
    return thaw(document.object["spec"])


def mistakes(*args, **kwargs):
    """Everything that is said to be wrong, one by one; the error's text holds it all."""
    reader = read_text if "\n" in str(args[0]) or not args[0] else read
    with pytest.raises(Invalid) as refused:
        reader(*args, **kwargs)
    said = [str(problem) for problem in refused.value.problems]
    assert all(one in str(refused.value) for one in said[:50])
    return said


def test_the_examples_of_the_docstring_are_true():
    assert doctest.testmod(manifests) == doctest.TestResults(failed=0, attempted=2)


# What can be read.

def test_ordinary_manifests_are_read_without_a_doubt():
    """Thirty kinds, as people write them."""
    documents = read(ORDINARY)
    assert len({document.object["kind"] for document in documents}) >= 30
    assert [warning for document in documents for warning in document.warnings] == []
    assert all(type(document.object) is Object for document in documents)


def test_every_manifest_survives_being_written():
    """Also the fields that nobody here knows, and text of several lines."""
    documents = read(ORDINARY)
    objects = [document.object for document in documents]
    again = read_text(write(objects))
    assert [document.object for document in again] == objects
    assert [list(document.object) for document in again] == [list(obj) for obj in objects]
    assert write([document.object for document in again]) == write(objects)


@pytest.mark.parametrize("name", ["pods.yaml", "config.yaml", "workloads.yaml", "network.yaml"])
def test_it_is_read_as_others_read_yaml(name):
    """PyYAML's own reader, but for times: those stay text."""
    class Plain(yaml.SafeLoader):
        yaml_implicit_resolvers = {first: [pair for pair in pairs if "timestamp" not in pair[0]]  # noqa: RUF012
                                   for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()}

    expected = list(yaml.load_all((ORDINARY / name).read_text(encoding="utf-8"), Loader=Plain))
    assert [thaw(document.object) for document in read(ORDINARY / name)] == expected


@given(values)
def test_whatever_an_object_holds_survives_being_written(value):
    obj = freeze({"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": value})
    [document] = read_text(write(obj))
    assert document.object == obj
    assert [type(document.object.get("spec"))] == [type(obj["spec"])]
    assert read_text(write([obj, thaw(obj)]))[1].object == obj


@given(values)
def test_json_is_read_as_json(value):
    """Also its pairs of escapes, which YAML does not know, and its tabs."""
    obj = {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": value}
    for text in (json.dumps(obj), json.dumps(obj, indent="\t"), json.dumps(obj, indent=1, separators=(",", ":"))):
        [document] = read_text(text)
        assert thaw(document.object) == obj


def test_text_of_several_lines_is_written_as_a_block():
    assert write({"data": {"a.sh": "#!/bin/sh\necho 1\n", "b": "x\ny"}}) == (
        "data:\n  a.sh: |\n    #!/bin/sh\n    echo 1\n  b: |-\n    x\n    y\n")


def test_what_is_written_can_be_read_by_people():
    """Keys in their order, lists as kubectl has them, long lines unbroken, quotes only where they are needed."""
    long = "word " * 60 + "end"
    assert write([{"b": 1, "a": ["x", {"z": None}]},
                  {"v": "1.10", "on": "yes", "n": "y", "e": "1e3", "t": long}]) == (
        f"b: 1\na:\n- x\n- z: null\n---\nv: \"1.10\"\n\"on\": \"yes\"\n\"n\": \"y\"\ne: \"1e3\"\nt: {long}\n")
    assert write([]) == ""


def test_half_a_character_cannot_be_written():
    with pytest.raises(Invalid, match="half of a character"):
        write({"a": "\ud83d"})


@pytest.mark.parametrize(("word", "means"), [
    ("1", 1), ("-1", -1), ("+1", 1), ("0", 0), ("0644", 420), ("0o644", 420), ("0x1F", 31), ("0b101", 5),
    ("-0x10", -16), ("1_000", 1000), ("1.5", 1.5), ("-.5", -0.5), ("1e3", 1000.0), ("1E-3", 0.001), ("1.", 1.0),
    ("089", 89.0),
    ("9223372036854775807", 2**63 - 1), ("18446744073709551615", 2**64 - 1), ("18446744073709551616", 2.0**64),
    ("1e400", "1e400"), ("123e4567", "123e4567"), ("0x", "0x"), ("-", "-"), (".", "."), ("1.2.3", "1.2.3"),
    ("1a", "1a"), ("_1", "_1"), ("22:22", "22:22"), ("2026-11-26", "2026-11-26"),
    ("2026-11-26T08:30:00Z", "2026-11-26T08:30:00Z"),
    ("10.0.0.1", "10.0.0.1"), ("25%", "25%"), ("250m", "250m"), ("true", True), ("FALSE", False), ("True", True),
    ("null", None), ("~", None), ("Null", None), ("nULL", "nULL"), ("tRUE", "tRUE"), ("web", "web"), ("None", "None"),
    ("'yes'", "yes"), ('"1"', "1"), ("!!str 1", "1"), ("! 1", "1"), ("!!int 1", 1),
    ("!!timestamp 2026-11-26", "2026-11-26"),
])
def test_a_word_means_what_it_means_to_kubectl(word, means):
    [document] = read_text(f"{POD}spec: {{x: {word}}}\n")
    found = document.object["spec"]["x"]
    assert (type(found), found) == (type(means), means)
    assert "is read as" not in "".join(map(str, document.warnings))


@pytest.mark.parametrize("word", ["yes", "Yes", "NO", "on", "Off", "y", "N"])
def test_a_word_that_becomes_a_boolean_is_warned_about(word):
    """As kubectl's reader takes it; whoever meant the word has to quote it."""
    [document] = read_text(f"{POD}spec:\n  hostNetwork: {word}\n")
    assert document.object["spec"]["hostNetwork"] is (word.lower() in ("yes", "on", "y"))
    [warning] = document.warnings
    assert str(warning).startswith(f"text, document 1, line 6: spec.hostNetwork: {word} is read as ")
    assert f"'{word}' in quotes" in str(warning)


@given(st.text("0123456789+-._eExXobBinfa", max_size=12))
def test_a_word_is_text_or_what_it_looks_like(word):
    try:
        found = meaning(word)
    except ValueError as error:
        assert "is no number" in str(error)  # noqa: PT017
    else:
        assert found == word or isinstance(found, int | float) or (found is None and not word)
        assert found not in (float("inf"), float("-inf"))


def test_anchors_and_merges_are_followed():
    """What stands in the mapping itself wins, then the first that is merged."""
    assert spec("a: &a {x: 1, v: 1}\n  b: &b {v: 2, z: 2}\n  c: {<<: [*a, *b], x: 3}\n  d: {'<<': 1}\n  e: [*a, *a]"
                ) == {
        "a": {"x": 1, "v": 1}, "b": {"v": 2, "z": 2}, "c": {"x": 3, "v": 1, "z": 2}, "d": {"<<": 1},
        "e": [{"x": 1, "v": 1}, {"x": 1, "v": 1}]}


def test_documents_are_divided_and_empty_ones_left_out():
    text = f"# a licence\n---\n{POD}---\n# nothing\n---\n---\n{POD.replace('web', 'b')}...\n---\n~\n--- # c\n{POD}"
    documents = read_text(text)
    assert [document.object["metadata"]["name"] for document in documents] == ["web", "b", "web"]
    assert [document.number for document in documents] == [1, 2, 3]
    assert [document.line("metadata.name") for document in documents] == [6, 14, 22]


def test_three_dashes_inside_of_a_text_divide_nothing():
    assert spec("a: |\n    x\n    ---\n    y\n  b: '---'\n  c: --- x") == {"a": "x\n---\ny\n", "b": "---", "c": "--- x"}


def test_a_list_is_read_as_its_items():
    """A list in a list too; the items of a PodList are Pods."""
    [first, second] = read(ORDINARY / "list.json")
    assert first.object["metadata"]["annotations"] == {"smile": "😀", "path": "C:\\ud83d/x"}
    assert (second.object["kind"], second.object["apiVersion"]) == ("Pod", "v1")
    assert (first.line("spec.priority"), second.line("metadata.name")) == (6, 7)
    assert read_text("kind: List\nitems: []\n") == []
    assert mistakes("kind: List\nitems:\n- a\n-\n- kind: Pod\n") == [
        "text, document 1, line 3: this is only 'a', and no object. One begins with apiVersion and kind.",
        "text, document 1, line 4: this is empty, and no object. One begins with apiVersion and kind.",
        "text, document 1, line 5: apiVersion: Required value",
        "text, document 1, line 5: metadata: Required value: a mapping with a name"]


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text,
                                    lambda text: text.rstrip("\n"), lambda text: "\n\n" + text,
                                    lambda text: text + "\n \n"])
def test_files_of_other_machines_are_read(change, tmp_path):
    """CRLF, a byte order mark, no newline at the end."""
    (tmp_path / "a.yaml").write_bytes(change(f"{POD}data:\n  a: |\n    x\n    y\n").encode())
    [document] = read(tmp_path / "a.yaml")
    assert document.object["data"]["a"].splitlines() == ["x", "y"]
    assert "\r" not in document.object["data"]["a"]


def test_without_the_fast_parser_it_is_read_all_the_same(monkeypatch):
    """Not every Python has libyaml."""
    files = [*ORDINARY.glob("*.yaml"), *ORDINARY.glob("*.yml")]
    fast = [document.object for document in read(*files)]
    monkeypatch.setattr(loader, "_PARSER", yaml.SafeLoader)
    assert [document.object for document in read(*files)] == fast
    assert mistakes("a:\n\t- b\n") == ["text, document 1, line 2: there is a tab at column 1. YAML is indented with "
                                       "spaces: replace it."]
    assert "line 1: there is a character that no text holds" in mistakes("a: \x00\n")[0]


# Where it stands.

def test_a_field_has_a_line():
    """The line of its key; and a field that is missing, that of the nearest one around it that is there."""
    text = f"---\n{POD}  labels:\n    a.b/c: x\n    a: {{b: 1}}\nspec:\n  containers:\n  - name: a\n    ports:\n" \
           "    - containerPort: 80\n  - name: b\n    image: x\n"
    [document] = read_text(text)
    assert {path: document.line(path) for path in (
        "", "kind", "metadata", "metadata.name", "metadata.labels", "metadata.labels.a.b/c", "metadata.labels[a.b/c]",
        "metadata.labels.a.b", "spec.containers", "spec.containers[0]", "spec.containers[0].name",
        "spec.containers[0].image", "spec.containers[0].ports[0].containerPort", "spec.containers[1].image",
        "spec.containers[2].image", "spec.nodeName", "status.phase")} == {
        "": 2, "kind": 3, "metadata": 4, "metadata.name": 5, "metadata.labels": 6, "metadata.labels.a.b/c": 7,
        "metadata.labels[a.b/c]": 7, "metadata.labels.a.b": 8, "spec.containers": 10, "spec.containers[0]": 11,
        "spec.containers[0].name": 11, "spec.containers[0].image": 11, "spec.containers[0].ports[0].containerPort": 13,
        "spec.containers[1].image": 15, "spec.containers[2].image": 10, "spec.nodeName": 9, "status.phase": 2}
    assert str(document.mistake(required("spec.containers[0].image"))) == (
        "text, document 1, line 11: spec.containers[0].image: Required value")


def test_a_field_that_nobody_knows_is_kept_and_doubted():
    """With its line, and what was probably meant."""
    [document] = read_text(f"{POD}spec:\n  contianers:\n  - name: a\n  xyzzy: 1\n", "pod.yaml")
    assert [str(warning) for warning in document.warnings] == [
        "pod.yaml, document 1, line 6: spec.contianers: unknown field. Did you mean containers?",
        "pod.yaml, document 1, line 8: spec.xyzzy: unknown field; it is kept, and nothing here reads it"]
    assert document.object["spec"]["contianers"] == ({"name": "a"},)


def test_a_kind_that_nobody_knows_is_not_doubted():
    [document] = read_text("apiVersion: example.com/v1\nkind: Backup\nmetadata: {name: a}\nspec: {contianers: 1}\n")
    assert document.warnings == ()


# What is wrong.

@pytest.mark.parametrize(("text", "line", "said"), [
    ("a: 1\nb: 2\na: 3\n", 3, "the key 'a' is there twice, in line 1 and in line 3. Keep one of them."),
    ("a: 1\nx:\n  b: 2\n  'b': 3\n", 4, "x: the key 'b' is there twice, in line 3 and in line 4"),
    ("x: [{a: 1, a: 2}]\n", 1, "x[0]: the key 'a' is there twice, in line 1 and in line 1"),
    ("{a: 1,\n\"a\": 2}\n", 2, "the key 'a' is there twice, in line 1 and in line 2"),
    ("1: x\n", 1, "the key '1' is no text without quotes. Write it in quotes."),
    ("x:\n  yes: 1\n", 2, "x: the key 'yes' is no text without quotes"), ("~: 1\n", 1, "the key '~' is no text"),
    ("? [a]\n: b\n", 1, "this key is no text"), ("? {a: b}\n: b\n", 1, "this key is no text"),
    ("a: &a [1]\n*a : b\n", 2, "this key is no text"),
    ("a: .inf\n", 1, "a: .inf is no number that a manifest can hold"),
    ("a: !!python/object/apply:os.system [ls]\n", 1, "the tag '!!python/object/apply:os.system' is not for manifests"),
    ("a: !!python/name:os.system x\n", 1, "a: the tag '!!python/name:os.system' is not for manifests"),
    ("a: !Ref x\n", 1, "a: the tag '!Ref' is not"), ("a: !!binary aGk=\n", 1, "a: the tag '!!binary' is not"),
    ("!!set {a: }\n", 1, "the tag '!!set' is not"), ("a: *b\n", 1, "a: nothing before this line is named &b."),
    ("a: &a\n  b: *a\n", 2, "a.b: *a stands inside of what it names"), ("a: {<<: 1}\n", 1, "a: '<<' takes a mapping"),
    ("a:\n\t- b\n", 2, "there is a tab at column 1. YAML is indented with spaces"),
    ("a: @b\n", 1, "cannot begin with '@'"),
    ("a: b: c\n", 1, "at column 5: there is a ': ' where none can be"),
    ("a: b\n  c: d\n", 2, "there is a ': ' where none"),
    ("a: 'x\nb: c\n", 2, "a quote that is opened in line 1 is not closed"),
    ("a: [1,\n", 1, "or a bracket is not closed"),
    ("a: [1 2\nb: c\n", 2, "a bracket that is opened in line 1 is not closed"),
    ("a:\n  - b\n c: d\n", 3, "indented otherwise than the lines it belongs to in line 1"),
    ("- a\nb: c\n", 2, "this line stands in a list that begins in line 1 and does not begin with '- '"),
    ("a\nb: c\n", 2, "there is a ': ' where none can be"), ("x: \"\\q\"\n", 1, "a backslash in double quotes"),
    ("x: \"\\ud83d\"\n", 1, "a \\u in double quotes"),
    ("a: 1\nb: \x00\n", 2, "a character that no text holds ('\\x00')"),
    ("a: \x1b[31m\n", 1, "a character that no text holds ('\\x1b')"), ("a: \ud800\n", 1, "that no text holds"),
    ("a: | b\n", 1, "nothing can stand after '|' or '>'"), ("a: \"\\uzz\"\n", 1, "is followed by no number"),
    ("]\n", 1, "this is no YAML at column 1"), ("hello\n", 1, "this is only 'hello', and no object"),
    ("- a\n", 1, "this is a list, and no object"), ("42\n", 1, "this is only '42', and no object"),
])
def test_a_mistake_is_said_with_its_line(text, line, said):
    for before, shift, number in (("", 0, 1), (f"{POD}---\n", 5, 2)):
        first = mistakes(before + text)[0]
        assert first.startswith(f"text, document {number}, line {line + shift}: ")
        assert re.sub(r"in line (\d)", rf"in line +{shift}+\1", said) in re.sub(
            r"in line (\d+)", lambda found, shift=shift: f"in line +{shift}+{int(found[1]) - shift}", first)


def test_all_mistakes_of_all_files_come_at_once(tmp_path):
    """Those of every document, in the order in which they are read; and of the good ones nothing is given either."""
    (tmp_path / "a.yaml").write_text(f"{POD}---\na: 1\na: 2\n---\nb: '\n---\n- 1\n")
    (tmp_path / "b.json").write_text('{"kind": "Pod"')
    (tmp_path / "c.yaml").write_text(POD)
    (tmp_path / "d.yml").write_text("\n# nothing\n")
    (tmp_path / "e.txt").write_text("not read")
    with pytest.raises(Invalid) as refused:
        read(tmp_path, tmp_path / "none.yaml")
    problems = refused.value.problems
    assert [(Path(problem.file).name, problem.document, problem.line, problem.what.partition(":")[0].partition(".")[0])
            for problem in problems] == [
        ("a.yaml", 2, 7, "the key 'a' is there twice, in line 6 and in line 7"), ("a.yaml", 2, 6, "Required value"),
        ("a.yaml", 2, 6, "Required value"), ("a.yaml", 2, 6, "Required value"),
        ("a.yaml", 3, 9, "this is no YAML at its end"), ("a.yaml", 4, 11, "this is a list, and no object"),
        ("b.json", 1, 1, "this is no YAML at its end"), ("d.yml", None, None, "there is no object in it"),
        ("none.yaml", None, None, "there is no such file")]
    assert str(refused.value).startswith("9 mistakes:\n- ")
    assert all(isinstance(problem, Mistake) for problem in problems)


def test_a_thousand_mistakes_are_not_all_shown():
    with pytest.raises(Invalid) as refused:
        read_text("---\n- a\n" * 1000)
    assert len(refused.value.problems) == 1000
    assert str(refused.value).endswith("- and 950 more")


@pytest.mark.parametrize(("text", "said"), [
    (POD.replace("kind: Pod", ""), ["kind: Required value"]),
    (POD.replace("kind: Pod", "kind: 1"), ["line 2: kind: Invalid value: 1: must be text"]),
    (POD.replace("apiVersion: v1", "x: z"), ["apiVersion: Required value"]),
    ("apiVersion: v1\nkind: Pod\nmetadata: web\n", ["line 3: metadata: Required value: a mapping with a name"]),
    ("", ["there is no object in it"]), ("# only this\n", ["there is no object in it"]),
])
def test_a_document_says_what_it_is(text, said):
    found = mistakes(text)
    assert len(found) == len(said)
    assert all(words in one for words, one in zip(said, found, strict=True))


# Files.

def test_a_folder_stands_for_its_manifests(tmp_path):
    """Sorted by name, without the folders in it unless one asks."""
    for name in ("b.yaml", "a.yml", "c.json", "x.txt", "below/d.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(POD)
    (tmp_path / "e.yaml").mkdir()
    assert [Path(document.file).name for document in read(tmp_path)] == ["a.yml", "b.yaml", "c.json"]
    assert [Path(document.file).name for document in read(tmp_path, recursive=True)] == ["a.yml", "b.yaml", "d.yaml",
                                                                                         "c.json"]
    assert [Path(document.file).name for document in read(tmp_path / "c.json", str(tmp_path / "a.yml"))] == ["c.json",
                                                                                                            "a.yml"]
    assert "no *.yaml, *.yml or *.json in this folder" in mistakes(tmp_path / "e.yaml")[0]


def test_standard_input_is_read(monkeypatch):
    [document] = read("-", stdin=io.BytesIO(POD.encode()))
    assert (document.file, document.object["metadata"]["name"]) == ("standard input", "web")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"- a\n")))
    assert mistakes("-") == ["standard input, document 1, line 1: this is a list, and no object. One begins with "
                             "apiVersion and kind."]


def test_what_is_no_file_is_said(tmp_path):
    assert f"there is no such file. It was looked for in {tmp_path}." in mistakes(tmp_path / "no.yaml")[0]
    assert "addresses of the web are not read" in mistakes("https://example.com/a.yaml")[0]
    assert "cannot be read" in mistakes("a\0b")[0]
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert "there is no such file" in mistakes(tmp_path)[0]
    (tmp_path / "gone.yaml").unlink()
    os.mkfifo(tmp_path / "pipe.yaml")  # nobody writes into it: reading would wait for ever
    assert "no ordinary file" in mistakes(tmp_path)[0]


@pytest.mark.parametrize(("data", "said"), [
    (POD.encode() + b"x: \xff\n", "line 5: the file is not UTF-8: there is a byte 0xff"),
    (POD.encode("utf-16"), "the file is UTF-16, as PowerShell's '>' writes it. Save it as UTF-8."),
    (b"\x89PNG\r\n\x1a\n", "line 1: the file is not UTF-8"), (b"\x00" * 100, "a character that no text holds"),
    (b"x" * (3 * 2**20 + 1), "the file has more than 3 MiB"), (b"\xef\xbb", "not UTF-8"),
])
def test_what_is_no_text_is_said(data, said, tmp_path):
    (tmp_path / "a.yaml").write_bytes(data)
    assert said in mistakes(tmp_path / "a.yaml")[0]
    assert said in mistakes("-", stdin=io.BytesIO(data))[0]


def test_an_endless_file_ends():
    """Only so much is read as a manifest may have."""
    with open("/dev/zero", "rb") as zero:
        assert "more than 3 MiB" in mistakes("-", stdin=zero)[0]


# Attacks.

LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9))
DEEPER = "a: &a0 x\n" + "".join(f"a{i}: &a{i} {'[' * 50}*a{i - 1}{']' * 50}\n" for i in range(1, 40))


@pytest.mark.parametrize(("text", "said"), [
    (LAUGHS, "more than 100,000 values or 3 MiB in one document, with its aliases written out"),
    (LAUGHS.replace("[", "{k: [").replace("]", "]}"), "aliases written out"),
    ("a: &a {k: [x,x,x,x,x,x,x,x,x]}\n" + "b: {<<: [" + "*a," * 20_000 + "]}\n", "aliases written out"),
    (f"a: &a {'x' * 100_000}\nb: [{'*a,' * 1000}]\n", "3 MiB in one document, with its aliases written out"),
    (DEEPER, "more than 100 levels deep"), ("- " * 500_000 + "\n", "more than 100 levels deep"),
    ("[" * 1_000_000 + "\n", "more brackets are open than any manifest needs"),
    ("{a: " * 700_000 + "\n", "more than 100 levels deep"), ("? " * 100_000 + "\n", "more than 100 levels deep"),
    ("- a\n" * 200_000, "more than 100,000 values"), ("---\n" * 700_000, "more than 10,000 documents in one file"),
    ("a: 1\n...\n" * 300_000, "A new document begins with '---'"), ("&a " * 10_000 + "\n", "this is no YAML"),
    ("a: &a [*a]\n", "stands inside of what it names"), ("%" * 100_000 + "\n", "this is no YAML"),
    ("!" * 100_000 + "\n", "is not for manifests"), ("a: '" + "''" * 1_000_000 + "\n", "is not closed"),
    ("1" * 3_000_000 + "\n", "no object"), ("\n" * 3_000_000, "there is no object"), ("a: 1\n" * 30_000, "there twice"),
    ("k" * 3_000_000 + ": 1\nx: y\n", ""), ("*" + "a" * 1_000_000 + "\n", "nothing before this line is named"),
], ids=range(22))
def test_what_would_fill_the_memory_is_refused(text, said):
    """In few words, and before it is unfolded."""
    with pytest.raises(Invalid) as refused:
        read_text(text)
    assert any(said in str(problem) for problem in refused.value.problems)
    assert max(len(str(problem)) for problem in refused.value.problems) < 500


def test_what_an_alias_names_is_shared():
    """Ninety thousand values take the place of a hundred."""
    [document] = read_text(f"{POD}a: &a [{'x,' * 300}]\nb: [{'*a,' * 300}]\n")
    assert len(document.object["b"]) == 300
    assert len({id(part) for part in document.object["b"]}) == 1


def test_the_bounds_are_wide_enough_for_the_largest_manifests():
    """A custom resource of half a megabyte, fifty thousand values; ninety-nine levels."""
    fields = "".join(f"  field{i}: {{type: string, description: three more words}}\n" for i in range(8_000))
    [document] = read_text(f"{POD.replace('Pod', 'Big')}spec:\n{fields}")
    assert len(document.object["spec"]) == 8_000
    assert builder.NODES >= 2 * 8_000 * 6
    [document] = read_text(f"{POD}a: {'[' * 99}{']' * 99}\n")
    assert document.object["a"]
    assert "100 levels" in mistakes(f"{POD}a: {'[' * 100}{']' * 100}\n")[0]


@given(st.lists(st.sampled_from(["a", "1", ":", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "&x ", "*x", "'", '"',
                                 "|", ">", "#", "<<", "? ", "!!str ", "!", "---\n", "...\n", "%", "\t", "\\", "kind",
                                 "é", "\r", "yes", "\x00"]), max_size=25).map("".join) | st.text(max_size=40))
def test_whatever_is_written_it_is_read_or_refused_in_words(text):
    try:
        found = read_text(text)
    except Invalid as refused:
        assert all(problem.line is None or problem.line >= 1 for problem in refused.problems)  # noqa: PT017
    else:
        assert found
