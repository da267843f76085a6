"""Exercise 4.4: what is true of every right ``next_init``, and which thought is behind a wrong one?"""

from collections.abc import Callable, Iterator

from mini_k8s.workshop.exercises import Exercise
from mini_k8s.workshop.exercises.chosen import Chosen, Unfit, another
from mini_k8s.workshop.exercises.pod_actions.next_init_hints import HINTS

POLICIES = ("Always", "OnFailure", "Never")
NAMES = ("fetch", "unpack", "check", "migrate", "warm")
_STATES = ("waiting", "running", 1, 3, 137)


def _worlds(most: int) -> Iterator[tuple]:
    """All that can be: some ended with 0, the next one is in some state, and those after it have never run."""
    for n in range(most + 1):
        yield (0,) * n
        for done in range(n):
            for state in _STATES:
                yield (*(0,) * done, state, *("waiting",) * (n - done - 1))


EVERY = tuple((another(policy), [(name, another(state)) for name, state in zip(NAMES, states, strict=False)])
              for states in sorted(_worlds(len(NAMES)), key=len) for policy in POLICIES)


def comes(policy: str, inits, *, again: Callable = lambda policy, state: policy != "Never", waits: bool = True,
          done: Callable = lambda state: state == 0, skips: bool = False) -> str | None:
    """What the docstring promises; each keyword is a slip that can be made."""
    for name, state in inits:
        if done(state):
            continue
        if state == "running":
            if waits:
                return None
            continue
        if state == "waiting" or again(policy, state):
            return name
        if not skips:
            return None
    return None


def _slip(**how) -> Callable:
    return lambda policy, inits: comes(policy, inits, **how)


def _waiting(policy, inits):
    return next((name for name, state in inits if state == "waiting"), None)


THOUGHTS = (
    ("together", _slip(waits=False)),
    ("never-again", _slip(again=lambda policy, state: True)),
    ("fails-for-good", _slip(again=lambda policy, state: False)),
    ("fails-for-good", _slip(again=lambda policy, state: policy == "Always")),
    ("failed-is-done", _slip(done=lambda state: state not in ("waiting", "running"))),
    ("failed-is-done", _slip(skips=True)),
    ("zero-again", lambda policy, inits: comes(policy, [(n, 1 if s == 0 and policy == "Always" else s)
                                                        for n, s in inits])),
    ("zero-again", _slip(done=lambda state: False)),
    ("only-first", lambda policy, inits: comes(policy, inits[:1])),
    ("from-the-end", lambda policy, inits: comes(policy, inits[::-1])),
    ("together", _waiting),
    ("never-begins", lambda policy, inits: None if policy == "Never" else comes(policy, inits)),
    ("always-none", lambda policy, inits: None),
)


def read(did) -> str | None:
    """The name that came back, or None."""
    value = did.value
    if value is None or value in NAMES:
        return value
    if isinstance(value, tuple) and value and value[0] in NAMES:
        raise Unfit("name-alone", kind=did.kind.__name__)
    raise Unfit("no-name")


ASKED = Chosen(("policy", "inits"), comes, EVERY, read, THOUGHTS, nothing=True,
               raised=((IndexError, "out of range", "no-such-place"),), sweeping=("always-none",))


def _failed(states: list) -> bool:
    return any(isinstance(state, int) and state != 0 for state in states)


def _cases(wanted: Callable) -> list:
    return [case for case in EVERY if wanted(case[0], [state for _, state in case[1]])]


NEXT_INIT = Exercise(
    "4.4", "mini_k8s.pod_actions:next_init", "which init container comes next",
    (
        ASKED.check("the first that has never run, when those before it ended with 0",
                    _cases(lambda policy, states: {*states} <= {0, "waiting"}), "first"),
        ASKED.check("while one runs, nobody begins",
                    _cases(lambda policy, states: "running" in states), "one-at-a-time"),
        ASKED.check("one that failed is started again", _cases(lambda policy, states: _failed(states)
                                                               and policy != "Never"), "fails-for-good"),
        ASKED.check("under Never one that failed is the end",
                    _cases(lambda policy, states: _failed(states) and policy == "Never"), "never-again"),
        ASKED.check("in all worlds together, each time it is asked", EVERY[::-1], "first"),
    ),
    HINTS,
    called="The kubelet calls it as long as a pod has not begun.",
    stretch=True,
)
