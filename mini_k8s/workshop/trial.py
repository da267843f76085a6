"""How is a learner's function called without harm? Inside the child process: loaded, counted, copied, watched.

Nothing here trusts the code it runs to end, to return, to leave its arguments alone, or to raise what it says.
"""

import contextlib
import inspect
import itertools
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from mini_k8s.workshop import trouble as troubles
from mini_k8s.workshop.around import fresh_namespace, signature_of
from mini_k8s.workshop.doors import Doors, Printed, left_thread, say_naps
from mini_k8s.workshop.exercises.words import say
from mini_k8s.workshop.trouble import Source, Trouble

CALL_BUDGET, LOAD_BUDGET = 200_000, 1_000_000  # bytecode instructions; the largest case needs 30,000 when quadratic
MOST_ITEMS = 2_000
MOST_DEEP = 100  # calls of theirs within calls of theirs; who is deeper when the steps run out, calls itself
MOST_CAUGHT = 100  # errors remembered of one call


@dataclass(frozen=True)
class Did:
    """What one call did. ``value`` is what came back; a finite iterable comes as a tuple of its items, and ``raw`` is
    what came back itself."""

    value: object = None
    trouble: Trouble | None = None
    changed: tuple[int, ...] = ()  # positions of the arguments that were changed
    printed: str = ""
    kind: type | None = None  # the type of what was returned
    left: int = 0  # the line on which their function ended
    caught: tuple[BaseException, ...] = ()  # errors that went through their code, and did not come out of it
    raw: object = None


class Learner:
    """A learner's source, loaded; calling it calls their function, with counted steps and watched arguments.

    ``stop(trouble)`` gives the verdict at once and never returns: it is for code that does not come back.
    """

    def __init__(self, target: str, source: str, context: dict[str, str], doors: Doors, out: Printed, stop: Callable):
        self.target, self.context, self.doors, self.out, self.stop = target, context, doors, out, stop
        self.name = target.partition(":")[2]
        self.source = Source(source, f"<your {self.name}>")
        self.function = None
        self.namespace: dict = {}
        self._outside_at_first: dict[str, str] = {}
        self.harmless = False  # the cell ran to its end, at once, and left nothing behind
        self.endless = "endless"  # the hint for a call that does not come back
        self.case = dict  # case() is the case at hand in words, for such a call

    def load(self) -> Trouble | None:
        """Run the cell in a fresh namespace. Returns what is wrong with it, or None."""
        try:
            code = compile(self.source.text, self.source.file, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
            return troubles.of_compiling(error, self.source)
        namespace = self.namespace = fresh_namespace(self.target)
        for target, source in self.context.items():
            with contextlib.suppress(Exception):  # one that does not load any more: ours stays
                namespace[target.partition(":")[2]] = _part(target, source)
        naps = len(self.doors.naps)
        _, trouble = self._counted(lambda: exec(code, namespace), LOAD_BUDGET, "endless")
        if trouble := trouble or self.thread_left():
            return trouble
        if self.doors.naps[naps:]:
            return Trouble("sleeps", f"{say_naps(self.doors.naps[naps:])}, before the function was even called")
        self.harmless = True
        trouble = self._take(namespace)
        self._outside_at_first = self._outside()
        return trouble

    def __call__(self, *args, returned: Callable[[], None] = lambda: None) -> Did:
        """Call their function with copies of ``args``, and read what it returns to its end.

        ``returned()`` is called in between: what a generator does, it does after that.
        """
        given = [a.copy() if type(a) in (dict, list) else a for a in args]  # an Object is frozen: no copy is needed
        mark = self.out.mark()

        def call():
            value = self.function(*given)
            returned()
            if value is None or isinstance(value, (str, bytes)) or not hasattr(type(value), "__iter__"):
                return type(value), value, value
            return type(value), tuple(itertools.islice(iter(value), MOST_ITEMS + 1)), value

        found, trouble = self._counted(call, CALL_BUDGET, self.endless)
        kind, value, raw = found or (None, None, None)
        if inspect.iscoroutine(value):
            value.close()
            trouble = Trouble("async", "returned a coroutine")
        elif isinstance(value, tuple) and len(value) > MOST_ITEMS:
            trouble = Trouble("endless-answer", "returned something without an end", {"count": f"{MOST_ITEMS:,}"})
        if trouble and trouble.hint == "too-much-memory":
            self.stop(trouble)  # once is enough
        if threading.active_count() > 1 and (left := self.thread_left()):
            self.stop(left)
        changed = tuple(i for i, then in enumerate(args) if isinstance(then, dict | list) and given[i] != then)
        caught = tuple(e for e in self._raised if trouble is None or e is not trouble.error)
        return Did(None if trouble else value, trouble, changed, self.out.since(mark), kind, self._left, caught,
                   None if trouble else raw)

    def fresh(self) -> "Learner":
        """The same source loaded once more: a function without a past."""
        again = Learner(self.target, self.source.text, self.context, self.doors, self.out, self.stop)
        again.load()
        again.endless, again.case = self.endless, self.case
        return again

    def why(self, error: BaseException) -> Trouble:
        """What went wrong when their code raised this, whoever caught it."""
        return troubles.of_running(error, self.source, self.name, self.target)

    def left_in_loop(self, did: Did) -> dict[str, str] | None:
        """Facts about the ``return`` inside a loop with which that call ended; None when it ended otherwise."""
        loop = self.source.loop_with_return(did.left)
        facts = {"line": str(did.left), "text": self.source.line(did.left), "loop": str(loop), "otherwise": ""}
        return facts if loop else None

    def returned_none(self, did: Did) -> dict[str, str] | None:
        """Facts about a ``return`` that meant to return something, and returned None; None when that is not so."""
        meant = did.trouble is None and did.value is None and self.source.returns_something(did.left)
        return {"line": str(did.left), "text": self.source.line(did.left)} if meant else None

    def is_empty(self) -> bool:
        """Does nothing stand in their function yet: a docstring, ``pass`` or ``...`` at most?"""
        return self.source.is_empty(self.name)

    def kept(self) -> str:
        """What of theirs has changed since it was loaded: '`seen`', or 'something' when it cannot be named."""
        now = self._outside()
        return " and ".join(f"`{n}`" for n in now if now[n] != self._outside_at_first.get(n)) or "something"

    def _outside(self) -> dict[str, str]:
        """What outlives a call, in words: the values that the cell made, and the defaults of its function."""
        outside = {n: v for n, v in self.namespace.items() if not n.startswith("__") and not callable(v)}
        defaults, code = getattr(self.function, "__defaults__", None), getattr(self.function, "__code__", None)
        if defaults and code:
            outside |= zip(code.co_varnames[code.co_argcount - len(defaults):code.co_argcount], defaults, strict=True)
        return {n: say(v, 1_000) for n, v in outside.items()}

    def thread_left(self) -> Trouble | None:
        thread = left_thread()
        return Trouble("thread", "left a thread running", {"name": thread.name}) if thread else None

    def _take(self, namespace: dict) -> Trouble | None:
        """Find their function in what the cell defined."""
        facts = {"name": self.name, "signature": signature_of(self.target)}
        if self.name not in namespace:
            return troubles.of_missing(namespace, facts)
        self.function = namespace[self.name]
        if not callable(self.function):
            return Trouble("not-callable", "", facts | {"kind": f"a value of type {type(self.function).__name__}"})
        if inspect.iscoroutinefunction(self.function) or inspect.isasyncgenfunction(self.function):
            return Trouble("async", "", facts)
        return self._other_signature(facts)

    def _other_signature(self, facts: dict) -> Trouble | None:
        count = facts["signature"].count(",") + 1
        try:
            theirs = inspect.signature(self.function)
        except (ValueError, TypeError):
            return None  # a callable that does not say
        try:
            theirs.bind(*range(count))
        except TypeError:
            plain = theirs.replace(parameters=[p.replace(annotation=p.empty) for p in theirs.parameters.values()],
                                   return_annotation=theirs.empty)
            return Trouble("signature", "", facts | {"yours": f"{self.name}{plain}", "count": str(count)})
        return None

    def _counted(self, run: Callable, budget: int, endless: str):
        """(what ``run`` returned, None), or (None, the trouble it made). Beyond ``budget`` steps: ``stop``."""
        left, file = budget, self.source.file
        self._left, self._raised, code = 0, [], getattr(self.function, "__code__", None)

        def steps(frame, event, arg):
            nonlocal left
            if event == "opcode":
                left -= 1
                if left < 0 and frame.f_lineno:  # an instruction that Python added itself is on no line
                    sys.settrace(None)
                    line = self.source.loop_around(frame)
                    text = self.source.line(line)
                    deep = sum(f.f_code.co_filename == file for f, _ in traceback.walk_stack(frame)) > MOST_DEEP
                    hint, did = ("recursion", "called itself too often") if deep else (
                        endless, f"did not come back (line {line}: {text})")
                    self.stop(Trouble(hint, did, {"line": str(line), "text": text}))
            elif event == "return" and frame.f_code is code:
                self._left = frame.f_lineno
            elif event == "exception" and len(self._raised) < MOST_CAUGHT:
                error = arg[1]
                if not isinstance(error, (StopIteration, GeneratorExit)) and all(error is not e for e in self._raised):
                    self._raised.append(error)
            return steps

        def watch(frame, event, arg):
            if frame.f_code.co_filename != file:
                return None
            frame.f_trace = steps  # 3.13 counts instructions only where this was set before the next line
            frame.f_trace_opcodes, frame.f_trace_lines = True, False  # lines are too few: `while True: pass` is one
            return steps

        sys._getframe().f_trace_opcodes = True  # 3.12 counts them only if one frame said so before settrace
        sys.settrace(watch)
        try:
            return run(), None
        except BaseException as error:
            sys.settrace(None)
            return None, self.why(error)
        finally:
            sys.settrace(None)


def _part(target: str, source: str):
    """Another part of the learner's, which passed before: loaded as it will run."""
    name = target.partition(":")[2]
    namespace = fresh_namespace(target)
    exec(compile(source, f"<your other {name}>", "exec", dont_inherit=True), namespace)
    return namespace[name]
