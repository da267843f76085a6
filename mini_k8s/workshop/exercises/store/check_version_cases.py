"""The cases in which a ``check_version`` is tried, and what is right in each."""

from dataclasses import dataclass

from mini_k8s.objects import Object, freeze

FIELDS = ("uid", "resourceVersion")


@dataclass(frozen=True)
class Case:
    """What is kept, and what is handed in."""

    stored: Object
    written: Object

    @property
    def differs(self) -> list[tuple[str, str, str]]:
        """(field, what is kept, what was changed), for each of the two that differs."""
        has, said = self.stored["metadata"], self.written["metadata"]
        return [(field, has[field], said[field]) for field in FIELDS
                if said.get(field) is not None and said[field] != has[field]]

    @property
    def refused(self) -> bool:
        return bool(self.differs)


def case(has: str, said: str | None, uid: str = "u-1", said_uid: str | None = "u-1", **more) -> Case:
    """Kept at version ``has``; handed in with version ``said``. None: the field is left out.

    image   the image that is handed in, other than the one that is kept
    label, generation   something else in metadata that is handed in, and was not there
    bare    what is handed in says nothing but these two, not even its name, as a deletion does
    empty   a field that is left out is there, and is None
    """
    meta = {"name": "web", "uid": uid, "resourceVersion": has, "labels": {"app": "web"}}
    stored = {"kind": "Pod", "metadata": meta, "spec": {"image": "web:1"}}
    given = {"uid": said_uid, "resourceVersion": said}
    if not more.get("empty"):
        given = {name: value for name, value in given.items() if value is not None}
    if more.get("bare"):
        return Case(freeze(_other(stored)), _bare(given))
    labels = {"app": "web", "tier": "front"} if "label" in more else {"app": "web"}
    generation = {"generation": more["generation"]} if "generation" in more else {}
    written = {**stored, "metadata": {"name": "web", "labels": labels, **generation, **given},
               "spec": {"image": more.get("image", "web:1")}}
    return Case(freeze(_other(stored)), freeze(_other(written)))


def _bare(given: dict) -> Object:
    return Object({"metadata": Object(_other(given))})


def _other(value):
    """An equal value that is another object: whoever compares with ``is`` is found out."""
    if isinstance(value, str):
        return "".join([*value])
    return {name: _other(inner) for name, inner in value.items()} if isinstance(value, dict) else value


# The smallest first, for the first that fails is shown.

ALIKE = (
    case("41", "41"),
    case("41", "41", image="web:2"),
    case("41", "41", image="web:2", label=True),
    case("10", "10"),
    case("41", "41", image="web:2", generation=2),
    case("a1f", "a1f", image="web:2"),
    case("41", "41", bare=True),
)
OTHER = (
    case("41", "40"),
    case("41", "40", image="web:2"),
    case("41", "42"),
    case("10", "9", image="web:2"),
    case("9", "10", image="web:2"),
    case("41", "410"),
    case("a1f", "b2e", image="web:2"),
    case("b2e", "a1f"),
    case("41", "40", said_uid=None),
    case("41", "40", bare=True),
)
ABSENT = (
    case("41", None, image="web:2"),
    case("41", "41", said_uid=None, image="web:2"),
    case("41", None, said_uid=None),
    case("41", None, said_uid=None, image="web:2", empty=True),
    case("41", None, said_uid=None, bare=True),
    case("41", None, bare=True),
)
ANOTHER = (
    case("41", "41", said_uid="u-0"),
    case("41", None, said_uid="u-2", image="web:2"),
    case("41", "41", said_uid="u-2", image="web:2"),
    case("41", "41", said_uid="u-0", bare=True),
    case("41", "39", said_uid="u-0"),
    case("41", "43", said_uid="u-2", bare=True),
)
SAID = (
    case("41", "40", bare=True),
    case("41", None, said_uid="u-0", bare=True),
    case("1041", "980", image="web:2"),
    case("1041", "1041", uid="u-77", said_uid="u-5"),
    case("41", "41"),
    case("41", "40"),
    case("41", "41"),
)
EVERY = (*ALIKE, *OTHER, *ABSENT, *ANOTHER)
