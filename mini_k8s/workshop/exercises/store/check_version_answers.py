"""By what is exercise 3.1 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong


def _refuses_if(condition: str) -> str:
    """Where the condition is true it is refused; said and has are the two metadata."""
    return ("\ndef check_version(stored, written):\n    has, said = stored[\"metadata\"], written[\"metadata\"]\n"
            "    version, changed = has[\"resourceVersion\"], said.get(\"resourceVersion\")\n"
            f"    if {condition}:\n"
            "        raise Conflict(f\"{version} {changed} {has['uid']} {said.get('uid')}\")\n")


_V = "changed is not None and changed != version"
_U = "said.get('uid') is not None and said['uid'] != has['uid']"

WRONGS = (
    Wrong("never-refuses", """
def check_version(stored, written):
    if stored["metadata"]["resourceVersion"] != written["metadata"].get("resourceVersion"):
        print("conflict")
"""),
    Wrong("never-refuses", """
def check_version(stored, written):
    written = written.with_(metadata={"resourceVersion": stored["metadata"]["resourceVersion"]})
"""),
    Wrong("inverted", _refuses_if("changed == version")),
    Wrong("inverted", _refuses_if(f"not ({_V} or {_U})")),
    Wrong("no-uid", _refuses_if(_V)),
    Wrong("only-uid", _refuses_if(_U)),
    Wrong("none-refused", _refuses_if("changed != version")),
    Wrong("none-refused", _refuses_if("changed != version or said.get('uid') != has['uid']")),
    Wrong("none-refused", _refuses_if(f"{_V} or said.get('uid') != has['uid']")),
    Wrong("none-refused", """
def check_version(stored, written):
    if written.metadata.resourceVersion != stored.metadata.resourceVersion:
        raise Conflict(f"{stored.metadata.resourceVersion} {written.metadata.resourceVersion}")
    if written.metadata.uid and written.metadata.uid != stored.metadata.uid:
        raise Conflict(f"{stored.metadata.uid} {written.metadata.uid}")
"""),
    Wrong("key-error", """
def check_version(stored, written):
    if written["metadata"]["resourceVersion"] != stored["metadata"]["resourceVersion"]:
        raise Conflict("another version")
"""),
    Wrong("key-error", _refuses_if(f"{_V} or said['uid'] != has['uid']")),
    Wrong("both-differ", _refuses_if(f"{_V} and {_U}")),
    Wrong("both-differ", _refuses_if("changed != version and said.get('uid') != has['uid']")),
    Wrong("one-is-enough", """
def check_version(stored, written):
    has, said = stored["metadata"], written["metadata"]
    if said.get("uid") is None or said.get("resourceVersion") is None:
        return
    if said["uid"] != has["uid"] or said["resourceVersion"] != has["resourceVersion"]:
        raise Conflict(f"{has} {said}")
"""),
    Wrong("whole-object", """
def check_version(stored, written):
    if stored != written:
        raise Conflict(f"{stored} is not {written}")
"""),
    Wrong("whole-object", """
def check_version(stored, written):
    if stored["metadata"] != written["metadata"]:
        raise Conflict("it has changed")
"""),
    Wrong("whole-object", """
def check_version(stored, written):
    has, said = dict(stored["metadata"]), dict(written["metadata"])
    said = {name: value for name, value in said.items() if value is not None}
    if {**has, **said} | {"labels": 0, "name": 0} != {**has, "labels": 0, "name": 0}:
        raise Conflict(f"stored: {has}; written: {said}")
"""),
    Wrong("whole-object", """
def check_version(stored, written):
    for name, value in written["metadata"].items():
        if value is not None and value != stored["metadata"].get(name):
            raise Conflict(f"{value} is not {stored['metadata'].get(name)}")
"""),
    Wrong("which-is-newer", _refuses_if(f"changed is not None and changed < version or {_U}")),
    Wrong("which-is-newer", _refuses_if(f"changed is not None and changed > version or {_U}")),
    Wrong("which-is-newer", _refuses_if("changed is not None and changed < version")),
    Wrong("numbers", _refuses_if(f"changed is not None and int(changed) < int(version) or {_U}")),
    Wrong("identity", _refuses_if("changed is not None and changed is not version or " + _U)),
    Wrong("identity", _refuses_if("changed is not None and changed is not version or "
                                  "said.get('uid') is not None and said['uid'] is not has['uid']")),
    Wrong("returns-answer", """
def check_version(stored, written):
    return stored["metadata"]["resourceVersion"] == written["metadata"].get("resourceVersion")
"""),
    Wrong("returns-answer", """
def check_version(stored, written):
    has, said = stored["metadata"], written["metadata"]
    for field in ("uid", "resourceVersion"):
        if said.get(field) is not None and said[field] != has[field]:
            return "Conflict"
"""),
    Wrong("returned-error", """
def check_version(stored, written):
    has, said = stored["metadata"], written["metadata"]
    for field in ("uid", "resourceVersion"):
        if said.get(field) is not None and said[field] != has[field]:
            return Conflict(f"{field}: {has[field]}, {said[field]}")
"""),
    Wrong("other-error", """
def check_version(stored, written):
    has, said = stored["metadata"], written["metadata"]
    for field in ("uid", "resourceVersion"):
        if said.get(field) is not None and said[field] != has[field]:
            raise ValueError(f"{field}: {has[field]}, {said[field]}")
"""),
    Wrong("other-error", """
def check_version(stored, written):
    has, said = stored["metadata"], written["metadata"]
    assert said.get("uid") in (None, has["uid"]), "another object"
    assert said.get("resourceVersion") in (None, has["resourceVersion"]), "another version"
"""),
    Wrong("changes-it", """
def check_version(stored, written):
    written["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"]
"""),
    Wrong("says-little", """
def check_version(stored, written):
    has, said = stored["metadata"], written["metadata"]
    for field in ("uid", "resourceVersion"):
        if said.get(field) is not None and said[field] != has[field]:
            raise Conflict("the object has been modified; please apply your changes to the latest version")
"""),
    Wrong("says-little", """
def check_version(stored, written):
    has, said = stored["metadata"], written["metadata"]
    for field in ("uid", "resourceVersion"):
        if said.get(field) is not None and said[field] != has[field]:
            raise Conflict(f"it is at {has[field]} by now")
"""),
    Wrong("other-rule", _refuses_if("changed == '40'")),
    Wrong("other-rule", _refuses_if("changed is not None and not changed.startswith(version) or " + _U)),
    Wrong("memory", """
seen = []

def check_version(stored, written):
    if written["metadata"].get("resourceVersion") in seen:
        raise Conflict("seen before")
    seen.append(written["metadata"].get("resourceVersion"))
"""),
)

RIGHTS = (
    Right("a loop over the two", """
def check_version(stored, written):
    has, said = stored["metadata"], written["metadata"]
    for field in ("uid", "resourceVersion"):
        if said.get(field) is not None and said[field] != has[field]:
            raise Conflict(f"{field} is {has[field]}, you changed {said[field]}")
"""),
    Right("by attribute", """
def check_version(stored, written):
    if written.metadata.uid and written.metadata.uid != stored.metadata.uid:
        raise Conflict(f"uid {stored.metadata.uid} is another object than {written.metadata.uid}")
    if written.metadata.resourceVersion and written.metadata.resourceVersion != stored.metadata.resourceVersion:
        raise Conflict(f"{written.metadata.resourceVersion} is not {stored.metadata.resourceVersion}")
"""),
    Right("one condition", """
def check_version(stored, written):
    a, b = stored["metadata"], written["metadata"]
    if b.get("uid") not in (None, a["uid"]) or b.get("resourceVersion") not in (None, a["resourceVersion"]):
        raise Conflict(f"you changed {b}, and stored is {a}")
"""),
    Right("the default of get", """
def check_version(old: Object, new: Object) -> None:
    for name in ["resourceVersion", "uid"]:
        kept = old["metadata"][name]
        if (new["metadata"].get(name) or kept) != kept:
            raise Conflict(name + ": " + kept + " and " + new["metadata"][name])
"""),
    Right("says yes as well", """
def check_version(stored, written):
    has, said = dict(stored["metadata"]), dict(written["metadata"])
    said = {name: said[name] for name in ("uid", "resourceVersion") if said.get(name) is not None}
    if {**has, **said} != has:
        raise Conflict(f"stored: {has}; written: {said}")
    return True
"""),
    Right("an error made before", """
def check_version(stored, written):
    def same(field):
        said = written["metadata"].get(field)
        return said is None or said == stored["metadata"].get(field)
    error = Conflict(f"stored {stored['metadata']}, written {written['metadata']}")
    if not (same("uid") and same("resourceVersion")):
        raise error
"""),
)

EQUIVALENT = {
    f"- if said.get('{field}') not in (None, has.get('{field}')): | "
    f"+ if said.get('{field}') not in (has.get('{field}'), None):":
        "In which order the two allowed values stand makes no difference."
    for field in ("uid", "resourceVersion")}
