"""How does a loop that knows only names drive a runtime? ``observe``, ``act`` and ``tidy`` for ``ControlLoop``.

A name is one container without a sandbox; what it stands for is its image. Every start makes a new container (a new
*attempt*), as the kubelet does: the dead one keeps its exit code until its successor runs, then it is removed. What is
left where that did not succeed, ``tidy`` removes. Upstream: ``pkg/kubelet/kuberuntime/kuberuntime_gc.go``.
"""

from collections import Counter
from collections.abc import Callable, Container, Mapping
from contextlib import suppress

from mini_k8s.errors import AlreadyExists, Invalid, StatusError
from mini_k8s.record import Action, Fact, Observation
from mini_k8s.runtimes import ContainerSpec, Observed, Runtime, check_name


class Look(Observation):
    """What was seen at one moment; ``dead`` are all containers that do not run, but for names at work then."""

    def __init__(self, living: Mapping[str, str], facts: Mapping[str, Fact], dead: list[Observed]):
        super().__init__(living, facts)
        self.dead = dead


class ByName:
    """The containers of one runtime, by name.

    spec    makes the ContainerSpec for (name, what, attempt); by default ``what`` is the image
    grace   seconds a container gets to end by itself when it is stopped
    """

    def __init__(self, runtime: Runtime, spec: Callable[[str, str, int], ContainerSpec] | None = None,
                 grace: float = 2.0):
        self.runtime, self.grace = runtime, grace
        self._spec = spec or (lambda name, what, attempt: ContainerSpec(name, what, attempt=attempt))
        self._busy: set[str] = set()  # names that act() is at work on

    def observe(self) -> Look:
        """name -> image of all that live, with a Fact for the newest attempt of every name. Nothing is changed by it.

        A name that lives more than once (somebody started a dead one by hand) is "2 × image", which nobody wishes for.
        """
        busy = set(self._busy)  # before looking: what these have left, act() is about to remove
        all_of_them = self._alone()
        newest: dict[str, Observed] = {}
        for seen in all_of_them:
            other = newest.get(seen.name)
            if other is None or (seen.alive, seen.attempt) > (other.alive, other.attempt):
                newest[seen.name] = seen
        living = Counter(o.name for o in all_of_them if o.alive)
        return Look({name: newest[name].image if count == 1 else f"{count} × {newest[name].image}"
                     for name, count in living.items()},
                    {name: _fact(o) for name, o in newest.items()},
                    [o for o in all_of_them if not o.alive and o.name not in busy])

    def tidy(self, desired: Container[str], seen: "Look") -> None:
        """Remove the dead that are of no use: their successor lives, or nobody wishes for their name any more.

        Needed where ``act`` did not come to it: the removal failed, or its program was killed before. What cannot be
        removed now is left for the next time.
        """
        for old in seen.dead:
            if (old.name in seen or old.name not in desired) and old.name not in self._busy:
                with suppress(StatusError):
                    self.runtime.remove(old.id)

    def act(self, action: Action) -> None:
        """Start a new attempt of a name, or stop and remove every attempt of it. Repeating it does no harm."""
        self._busy.add(action.name)
        try:
            self._act(action)
        finally:
            self._busy.discard(action.name)

    def _act(self, action: Action) -> None:
        attempts = [o for o in self._alone() if o.name == action.name]
        if action.verb == "stop":
            for old in attempts:
                self.runtime.stop(old.id, self.grace)
                self.runtime.remove(old.id)
            return
        if any(o.alive for o in attempts):
            return  # somebody was faster; a second one would be a double
        check_name(action.name)
        if not isinstance(action.what, str):
            raise Invalid(f"{action.name} is wished to be {action.what!r}. Wish for an image: 'mini-k8s/web:1'.")
        attempt = max((o.attempt for o in attempts if o.state != "created"), default=-1) + 1
        spec = self._spec(action.name, action.what, attempt)
        try:
            id = self.runtime.create(spec)
        except AlreadyExists:
            unstarted = [o for o in attempts if o.attempt == attempt]  # made for an earlier wish, and could not start
            if not unstarted:
                raise
            for old in unstarted:
                self.runtime.remove(old.id)
            id = self.runtime.create(spec)
        self.runtime.start(id)
        for old in attempts:
            if old.attempt != attempt:
                self.runtime.remove(old.id)

    def _alone(self) -> list[Observed]:
        """Containers that are nobody's pod."""
        return [o for o in self.runtime.list() if o.kind == "container" and o.sandbox is None]


def _fact(o: Observed) -> Fact:
    state = {"created": "Pending", "running": "Running", "paused": "Running"}.get(o.state)
    if state is None:
        state = "Succeeded" if o.exit_code == 0 else "Failed"
    since = {"created": o.created_at, "exited": o.finished_at}.get(o.state, o.started_at or o.created_at)
    return Fact(state, o.image, o.id, o.exit_code, since, o.attempt, "paused" if o.state == "paused" else o.note)
