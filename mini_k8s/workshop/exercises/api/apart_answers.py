"""By what is exercise 3.3 proven? Wrong answers with the hint each must get, right answers that must pass.

A wrong answer seen in a workshop goes at the end of WRONGS: ``Wrong(hint, source)``. ``make prove`` tries it.
"""

from mini_k8s.workshop.exercises import Right, Wrong


def _by(of_status: str, ordinary: str) -> str:
    """What a write of the status, and what an ordinary one returns."""
    return ("\ndef apart(stored, written, subresource):\n    if subresource == \"status\":\n"
            f"        return {of_status}\n    return {ordinary}\n")


_ORDINARY = """Object({n: v for n, v in written.items() if n != "status"} | (
        {"status": stored["status"]} if "status" in stored else {}))"""
_OF_STATUS = """Object({n: v for n, v in stored.items() if n != "status"} | (
        {"status": written["status"]} if "status" in written else {}))"""

WRONGS = (
    Wrong("swapped", _by(_ORDINARY, _OF_STATUS)),
    Wrong("all-counts", """
def apart(stored, written, subresource):
    return written
"""),
    Wrong("nothing-counts", """
def apart(stored, written, subresource):
    if subresource == "spec":
        return written
    return stored
"""),
    Wrong("status-counts", _by(_OF_STATUS, "written")),
    Wrong("wish-counts", _by("written", _ORDINARY)),
    Wrong("one-way", _by(_ORDINARY, _ORDINARY)),
    Wrong("one-way", f"\ndef apart(stored, written, subresource):\n    return {_OF_STATUS}\n"),
    Wrong("never-status", _by("stored", _ORDINARY)),
    Wrong("never-wish", _by(_OF_STATUS, "stored")),
    Wrong("mixes", _by("stored.with_(status=written.get('status'))", "written.with_(status=stored.get('status'))")),
    Wrong("mixes", _by("stored.with_(status=written['status'])", "written.with_(status=stored['status'])")),
    Wrong("mixes", _by(_OF_STATUS, "merge(stored, {**written, 'status': stored.get('status')})")),
    Wrong("mixes", _by(_OF_STATUS,
                       "{**stored, **{n: v for n, v in written.items() if n != 'status'}}")),
    Wrong("mixes", """
def apart(stored, written, subresource):
    kept = dict(stored)
    for name, value in written.items():
        if (name == "status") == (subresource == "status"):
            kept[name] = value
    return Object(kept)
"""),
    Wrong("only-wish", _by(_OF_STATUS, "{**stored, 'spec': written['spec']} if 'spec' in written else stored")),
    Wrong("only-wish", """
def apart(stored, written, subresource):
    part = "status" if subresource == "status" else "spec"
    return Object({**stored, part: written[part]})
"""),
    Wrong("metadata-too", """
def apart(stored, written, subresource):
    one, other = (stored, written) if subresource == "status" else (written, stored)
    kept = {name: value for name, value in one.items() if name != "status"}
    if "metadata" in written:
        kept["metadata"] = written["metadata"]
    if "status" in other:
        kept["status"] = other["status"]
    return Object(kept)
"""),
    Wrong("status-none", _by("{**stored, 'status': written.get('status')}",
                             "{**written, 'status': stored.get('status')}")),
    Wrong("status-none", _by("{**stored, 'status': written.get('status', {})}",
                             "{**written, 'status': stored.get('status', {})}")),
    Wrong("status-stays", """
def apart(stored, written, subresource):
    kept, other = (dict(stored), written) if subresource == "status" else (dict(written), stored)
    if "status" in other:
        kept["status"] = other["status"]
    return kept
"""),
    Wrong("no-status", _by("{**stored, 'status': written['status']}", "{**written, 'status': stored['status']}")),
    Wrong("leaves-out", """
def apart(stored, written, subresource):
    wish, fact = (stored, written) if subresource == "status" else (written, stored)
    kept = {}
    for name in ("apiVersion", "kind", "metadata", "spec"):
        if name in wish:
            kept[name] = wish[name]
    if "status" in fact:
        kept["status"] = fact["status"]
    return Object(kept)
"""),
    Wrong("a-part", _by("written.get('status')", "written.get('spec')")),
    Wrong("a-part", _by("written.status", _ORDINARY)),
    Wrong("changes-it", """
def apart(stored, written, subresource):
    if subresource == "status":
        stored["status"] = written.get("status")
        return stored
    written["status"] = stored.get("status")
    return written
"""),
    Wrong("no-object", """
def apart(stored, written, subresource):
    if subresource == "status":
        return [stored.get("spec"), written.get("status")]
    return [written.get("spec"), stored.get("status")]
"""),
    Wrong("other-object", _by(_OF_STATUS, "Object(metadata=written.get('metadata', {}), spec=written.get('spec'))")),
    Wrong("no-return", """
def apart(stored, written, subresource):
    kept = dict(written)
    kept["status"] = stored.get("status")
"""),
    Wrong("return-sometimes", f"""
def apart(stored, written, subresource):
    if subresource == "status":
        return {_OF_STATUS}
"""),
    Wrong("memory", """
last = {}

def apart(stored, written, subresource):
    if subresource == "status":
        last["status"] = written.get("status", stored.get("status"))
    kept = {n: v for n, v in (stored if subresource else written).items() if n != "status"}
    status = last.get("status", stored.get("status"))
    return kept if status is None else {**kept, "status": status}
"""),
)

RIGHTS = (
    Right("two returns", _by(_OF_STATUS, _ORDINARY)),
    Right("a copy, and its status taken out", """
def apart(stored, written, subresource):
    if subresource == "status":
        kept, other = dict(stored), written
    else:
        kept, other = dict(written), stored
    kept.pop("status", None)
    if "status" in other:
        kept["status"] = other["status"]
    return kept
"""),
    Right("taken out with a merge patch first", """
def apart(stored, written, subresource):
    if subresource != "status":
        stored, written = written, stored
    without = stored.with_(status=None)
    return Object({**without, "status": written["status"]}) if "status" in written else without
"""),
    Right("all fields of both", """
def apart(stored, written, subresource):
    kept = {}
    for name in [*stored, *written]:
        theirs = (name == "status") == (subresource == "status")
        side = written if theirs else stored
        if name in side:
            kept[name] = side[name]
    return freeze(kept)
"""),
    Right("by filters", """
def apart(stored: Object, written: Object, subresource: str) -> Object:
    sides = {"": (written, stored), "status": (stored, written)}[subresource]
    return Object(filter(lambda f: f[0] != "status", sides[0].items()),
                  **{n: v for n, v in sides[1].items() if n == "status"})
"""),
)

_LINE = "wish, fact = (stored, written) if subresource == 'status' else (written, stored)"
EQUIVALENT = {f"- {_LINE} | + {_LINE.replace('==', '>=')}": "Of the two values that there are, one is as large as it."}
