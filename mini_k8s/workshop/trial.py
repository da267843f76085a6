"""How is a learner's function called without harm? Inside the child process: loaded, counted, copied, watched.

Nothing here trusts the code it runs to end, to return, to leave its arguments alone, or to raise what it says.
"""

import contextlib
import difflib
import inspect
import itertools
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from mini_k8s.workshop import trouble as troubles
from mini_k8s.workshop.around import fresh_namespace, signature_of
from mini_k8s.workshop.doors import Doors, Printed, left_thread
from mini_k8s.workshop.trouble import Source, Trouble

CALL_BUDGET, LOAD_BUDGET = 200_000, 1_000_000  # bytecode instructions; the largest case needs 30,000 when quadratic
MOST_ITEMS = 2_000


@dataclass(frozen=True)
class Did:
    """What one call did. ``value`` is what came back; a finite iterable comes as a tuple of its items."""

    value: object = None
    trouble: Trouble | None = None
    changed: tuple[int, ...] = ()  # positions of the arguments that were changed
    printed: str = ""
    kind: type | None = None  # the type of what was returned


class Learner:
    """A learner's source, loaded; calling it calls their function, with counted steps and watched arguments.

    ``stop(trouble)`` gives the verdict at once and never returns: it is for code that does not come back.
    """

    def __init__(self, target: str, source: str, context: dict[str, str], doors: Doors, out: Printed, stop: Callable):
        self.target, self.context, self.doors, self.out, self.stop = target, context, doors, out, stop
        self.module_name, _, self.name = target.partition(":")
        self.source = Source(source, f"<your {self.name}>")
        self.function = None
        self.harmless = False  # the cell ran to its end, at once, and left nothing behind
        self.endless = "endless"  # the hint for a call that does not come back
        self.case = dict  # case() is the case at hand in words, for such a call

    def load(self) -> Trouble | None:
        """Run the cell in a fresh namespace. Returns what is wrong with it, or None."""
        try:
            code = compile(self.source.text, self.source.file, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
            return troubles.of_compiling(error, self.source)
        namespace = fresh_namespace(self.target)
        for target, source in self.context.items():
            with contextlib.suppress(Exception):  # one that does not load any more: ours stays
                namespace[target.partition(":")[2]] = _part(target, source)
        awake = self.doors.slept
        _, trouble = self._counted(lambda: exec(code, namespace), LOAD_BUDGET, "endless")
        if trouble := trouble or self.thread_left():
            at_top = trouble.hint in ("raises", "raises-outside")
            return Trouble("top-level", trouble.did, trouble.facts, trouble.error) if at_top else trouble
        if slept := self.doors.slept - awake:
            return Trouble("sleeps", f"slept {slept:g} s before the function was even called")
        self.harmless = True
        return self._take(namespace)

    def __call__(self, *args, returned: Callable[[], None] = lambda: None) -> Did:
        """Call their function with copies of ``args``, and read what it returns to its end.

        ``returned()`` is called in between: what a generator does, it does after that.
        """
        given = [dict(a) if isinstance(a, dict) else a for a in args]
        mark = self.out.mark()

        def call():
            value = self.function(*given)
            returned()
            if value is None or isinstance(value, (str, bytes)) or not hasattr(type(value), "__iter__"):
                return type(value), value
            return type(value), tuple(itertools.islice(iter(value), MOST_ITEMS + 1))

        found, trouble = self._counted(call, CALL_BUDGET, self.endless)
        kind, value = found or (None, None)
        if inspect.iscoroutine(value):
            value.close()
            trouble = Trouble("async", "returned a coroutine")
        elif isinstance(value, tuple) and len(value) > MOST_ITEMS:
            trouble = Trouble("endless-answer", "returned something without an end", {"count": f"{MOST_ITEMS:,}"})
        if trouble and trouble.hint == "too-much-memory":
            self.stop(trouble)  # once is enough
        if threading.active_count() > 1 and (left := self.thread_left()):
            self.stop(left)
        changed = tuple(i for i, then in enumerate(args) if isinstance(then, dict) and given[i] != then)
        return Did(None if trouble else value, trouble, changed, self.out.since(mark), kind)

    def fresh(self) -> "Learner":
        """The same source loaded once more: a function without a past."""
        again = Learner(self.target, self.source.text, self.context, self.doors, self.out, self.stop)
        again.load()
        again.endless, again.case = self.endless, self.case
        return again

    def thread_left(self) -> Trouble | None:
        thread = left_thread()
        return Trouble("thread", "left a thread running", {"name": thread.name}) if thread else None

    def _take(self, namespace: dict) -> Trouble | None:
        """Find their function in what the cell defined."""
        facts = {"name": self.name, "signature": signature_of(self.target)}
        if self.name not in namespace:
            here = namespace["__name__"]
            new = [n for n, v in namespace.items() if callable(v) and getattr(v, "__module__", "") == here]
            near = difflib.get_close_matches(self.name, new, n=1, cutoff=0.4) or (new if len(new) == 1 else [])
            facts["meant"] = f"There is `{near[0]}`: did you mean that one?" if near else ""
            return Trouble("missing", f"defined {', '.join(new)}" if new else "defined no function", facts)
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

        def steps(frame, event, arg):
            nonlocal left
            if event == "opcode":
                left -= 1
                if left < 0:
                    sys.settrace(None)
                    line = self.source.loop_around(frame)
                    text = self.source.line(line)
                    did = f"did not come back (line {line}: {text})"
                    self.stop(Trouble(endless, did, {"line": str(line), "text": text}))
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
            return None, troubles.of_running(error, self.source, self.name, self.module_name)
        finally:
            sys.settrace(None)


def _part(target: str, source: str):
    """Another part of the learner's, which passed before: loaded as it will run."""
    name = target.partition(":")[2]
    namespace = fresh_namespace(target)
    exec(compile(source, f"<your other {name}>", "exec", dont_inherit=True), namespace)
    return namespace[name]
