"""The world in which a ``retry_on_conflict`` is tried: one object, a rival who writes in between, and who did what."""

from collections.abc import Mapping
from dataclasses import replace

from mini_k8s.errors import Conflict
from mini_k8s.objects import Object, freeze
from mini_k8s.workshop.exercises.words import say, show

DEFAULT = 5  # tries, where nothing is said


class Enough(BaseException):
    """Raised into a function that writes on and on, so that what it did can be told."""


class World:
    """One object: its status counts restarts, and the rival sets its image.

    rivals   before so many of the writes the rival is faster
    tries    what is handed over; None: nothing, so that five are meant
    fails    "read", "change" or "write" -> what it raises; after the rival's turns, if there are any
    """

    def __init__(self, rivals: int = 0, tries: int | None = None, fails: Mapping[str, BaseException] | None = None):
        self.rivals, self.tries, self.fails = rivals, tries, dict(fails or {})
        self.stored = freeze({"metadata": {"name": "web", "resourceVersion": "10"}, "spec": {"image": "web:0"},
                              "status": {"restarts": 0}})
        self.story: list[str] = []
        self.written: list[object] = []  # what came to ``write``
        self.accepted: list[object] = []
        self.reads = self.changes = 0

    @property
    def most(self) -> int:
        return DEFAULT if self.tries is None else self.tries

    @property
    def lost_by_all(self) -> bool:
        """The rival is always faster."""
        return self.rivals >= self.most and not self.fails

    def run(self, learner):
        """Call the learner's function here once; returns what it did."""
        learner.case = lambda: {"given": self.given, "expected": self.wanted}

        def read():
            self.reads += 1
            self._not_for_ever()
            self._fail("read")
            self.story.append(f"read {self.version}")
            return self.stored

        def change(obj):
            self.changes += 1
            self._not_for_ever()
            self._fail("change")
            if not isinstance(obj, Object):
                raise TypeError(f"change() was given {say(obj, 60)}, and that is no object")
            return obj.with_(status={"restarts": obj["status"]["restarts"] + 1})

        def write(obj):
            self.written.append(obj)
            self._not_for_ever()
            if len(self.written) <= self.rivals:
                self._keep(self.stored.with_(spec={"image": f"web:{len(self.written)}"}))
                self.story.append(f"the rival wrote {self.version}")
            self._fail("write")
            if not isinstance(obj, Object):
                raise TypeError(f"write() was given {say(obj, 60)}, and that is no object")
            said = obj["metadata"].get("resourceVersion")
            if said not in (None, self.version):
                self.story.append(f"a write from {said} refused")
                raise Conflict(f"'web' is at version {self.version}, you changed version {said}")
            self.accepted.append(obj)
            self.rival_image = self.stored["spec"]["image"]
            self._keep(obj)
            self.story.append(f"wrote {self.version}")
            return self.stored

        for name, function in (("read", read), ("change", change), ("write", write)):
            function.__qualname__ = name  # how Python calls them when it complains
        arguments = (read, change, write) if self.tries is None else (read, change, write, self.tries)
        did = learner(*arguments)
        if went_on(did):
            did = replace(did, trouble=replace(did.trouble, did="went on and on until it was stopped"))
        return did

    def is_right(self, did) -> bool:
        if self.fails:
            (where, error), = self.fails.items()
            turns = self.rivals + 1
            return (did.trouble is not None and did.trouble.error is error and not self.accepted
                    and len(self.written) <= turns and self._calls(where) == turns)
        if self.lost_by_all:
            refused = did.trouble is not None and isinstance(did.trouble.error, Conflict)
            return refused and len(self.written) == self.most and not self.accepted
        return (did.trouble is None and did.raw == self.stored and len(self.accepted) == 1
                and len(self.written) == self.rivals + 1 and not self.undone and self.restarts == 1)

    def again(self) -> "World":
        """The same once more, as it was in the beginning."""
        return World(self.rivals, self.tries, self.fails)

    @property
    def version(self) -> str:
        return self.stored["metadata"]["resourceVersion"]

    @property
    def restarts(self) -> int:
        return self.stored["status"]["restarts"]

    @property
    def undone(self) -> bool:
        """The rival's change is gone."""
        return bool(self.accepted) and self.stored["spec"]["image"] != self.rival_image

    @property
    def given(self) -> str:
        lines = ["stored  image web:0, restarts 0, at version 10; change counts one restart more"]
        if self.rivals:
            some = "the first" if self.rivals == 1 else f"each of the first {self.rivals}"
            often = "each" if self.lost_by_all else some
            lines.append(f"rival   sets another image before {often} write")
        for where, error in self.fails.items():
            lines.append(f"{where:<7} raises {type(error).__name__}({show(str(error))})" +
                         (", after that" if self.rivals else ""))
        lines.append(f"tries   {self.most if self.tries is not None else f'not handed over, so {DEFAULT}'}")
        return "\n".join(lines)

    @property
    def wanted(self) -> str:
        """What is right here."""
        if self.fails:
            (_, error), = self.fails.items()
            begun = f"{'one refused write' if self.rivals == 1 else 'no write'}, then " if self.rivals else ""
            return f"{begun}{type(error).__name__} comes out of your function, at once"
        if self.lost_by_all:
            return f"{_times(self.most, 'write')}, all refused, and the last Conflict comes out of your function"
        return (f"{_times(self.rivals + 1, 'write')}, the last one accepted: image web:{self.rivals}, restarts 1; and "
                "that object returned")

    def happened(self, did) -> str:
        """What was done, in words."""
        story = self.story if len(self.story) <= 9 else [*self.story[:6], "…", *self.story[-2:]]
        ended = did.trouble.did if did.trouble else f"returned {'None' if did.raw is None else say(did.raw, 90)}"
        left = f"image {self.stored['spec']['image']}, restarts {self.restarts} stored; " if self.accepted else ""
        return f"{', '.join(story)}{'; ' if story else ''}{left}{ended}"

    def _calls(self, where: str) -> int:
        return {"read": self.reads, "change": self.changes, "write": len(self.written)}[where]

    def _keep(self, obj: Object) -> None:
        self.stored = obj.with_(metadata={"resourceVersion": str(int(self.version) + 1)})

    def _fail(self, where: str) -> None:
        if where in self.fails and self._calls(where) > self.rivals:
            self.story.append(f"{where} failed")
            raise self.fails[where]

    def _not_for_ever(self) -> None:
        if len(self.written) > self.most + 20 or self.reads + self.changes > 4 * self.most + 60:
            raise Enough


def went_on(did) -> bool:
    """Was it stopped by ``Enough``?"""
    return did.trouble is not None and isinstance(did.trouble.error, Enough)


def _times(count: int, what: str) -> str:
    return f"one {what}" if count == 1 else f"{count} {what}s"
