"""How is a learner's function called without harm? Inside the child process: loaded, counted, copied, watched.

Nothing here trusts the code it runs to end, to return, to leave its arguments alone, or to raise what it says.
"""

import ast
import builtins
import difflib
import importlib
import inspect
import itertools
import os
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field

from mini_k8s.workshop.ours import our_signature

CALL_BUDGET, LOAD_BUDGET = 200_000, 1_000_000  # bytecode instructions; the largest case needs about 30,000 when quadratic
MOST_ITEMS = 2_000
MOST_OUTPUT = 4_000  # characters kept of what is printed


@dataclass(frozen=True)
class Trouble:
    """Why a call (or the cell itself) came to no good: the id of a hint, what was done, and the facts for the hint."""

    hint: str
    did: str
    facts: dict[str, str] = field(default_factory=dict)
    error: BaseException | None = None


@dataclass(frozen=True)
class Did:
    """What one call did. ``value`` is what came back; a finite iterable comes as a tuple of its items."""

    value: object = None
    trouble: Trouble | None = None
    changed: tuple[int, ...] = ()  # positions of the arguments that were changed
    printed: str = ""
    kind: type = type(None)  # the type of what was returned


class Learner:
    """A learner's source, loaded; calling it calls their function, with counted steps and watched arguments."""

    def __init__(self, target: str, source: str, context: dict[str, str], out: "Printed", stop):
        self.target, self.source, self.context, self.out = target, source, context, out
        self.module_name, _, self.name = target.partition(":")
        self.file = f"<your {self.name}>"
        self.stop = stop  # stop(Trouble): gives the verdict now and never returns
        self.function = None
        self.endless = "endless"  # the hint for a call that does not come back
        self.case = lambda: {}  # the case at hand, in words, for such a call

    # Loading.

    def load(self) -> Trouble | None:
        """Run the cell in a fresh namespace. Returns what is wrong with it, or None."""
        try:
            code = compile(self.source, self.file, "exec", dont_inherit=True)
        except SyntaxError as error:
            return self._not_python(error)
        except (ValueError, UnicodeError, MemoryError, RecursionError, OverflowError) as error:
            return Trouble("syntax", "", {"line": "1", "error": str(error) or "it is nested too deeply"})
        namespace = fresh_namespace(self.target)
        for target, source in self.context.items():
            namespace[target.partition(":")[2]] = _part(target, source)
        before = threading.active_count()
        _, trouble = self._counted(lambda: exec(code, namespace), LOAD_BUDGET, "endless")
        if trouble:
            top = Trouble("top-level", trouble.did, trouble.facts, trouble.error) if trouble.hint == "raises" else trouble
            return top
        if threading.active_count() > before and (trouble := left_threads()):
            return trouble
        return self._take(namespace)

    def _take(self, namespace: dict) -> Trouble | None:
        facts = {"name": self.name, "signature": signature_of(self.target)}
        if self.name not in namespace:
            new = [n for n, v in namespace.items() if callable(v) and getattr(v, "__module__", "") == namespace["__name__"]]
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
        wanted = facts["signature"]
        count = wanted.count(",") + 1
        try:
            theirs = inspect.signature(self.function)
        except (ValueError, TypeError):
            return None
        try:
            theirs.bind(*range(count))
        except TypeError:
            plain = theirs.replace(parameters=[p.replace(annotation=p.empty) for p in theirs.parameters.values()],
                                   return_annotation=theirs.empty)
            return Trouble("signature", "", facts | {"yours": f"{self.name}{plain}", "count": str(count)})
        return None

    def _not_python(self, error: SyntaxError) -> Trouble:
        text = (error.text or "").strip()
        line = str(error.lineno or 1)
        if text[:1] in ("%", "!", "?") or text.endswith("?"):
            return Trouble("magic", f"line {line}: {text}", {"line": line})
        if isinstance(error.msg, str) and "await" in error.msg or "async" in (error.msg or ""):
            return Trouble("async", f"line {line}: {text}", {"line": line})
        return Trouble("syntax", f"line {line}: {text}", {"line": line, "error": error.msg or "a syntax error"})

    # Calling.

    def __call__(self, *args, returned=lambda: None) -> Did:
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
        changed = tuple(i for i, (now, then) in enumerate(zip(given, args, strict=True)) if isinstance(then, dict) and now != then)
        printed = self.out.since(mark)
        if trouble:
            return Did(trouble=trouble, changed=changed, printed=printed)
        kind, value = found
        if inspect.iscoroutine(value):
            value.close()
            return Did(trouble=Trouble("async", "returned a coroutine"), printed=printed)
        if isinstance(value, tuple) and len(value) > MOST_ITEMS:
            facts = {"count": str(MOST_ITEMS)}
            return Did(trouble=Trouble("endless-answer", "returned something without an end", facts), printed=printed)
        return Did(value, None, changed, printed, kind)

    def fresh(self) -> "Learner":
        """The same source loaded once more: a function without a past."""
        again = Learner(self.target, self.source, self.context, self.out, self.stop)
        again.load()
        again.endless, again.case = self.endless, self.case
        return again

    def _counted(self, run, budget: int, endless: str):
        """(what ``run`` returned, None), or (None, the trouble it made)."""
        left = budget

        def steps(frame, event, arg):
            nonlocal left
            if event == "opcode":
                left -= 1
                if left < 0:
                    line = frame.f_lineno
                    sys.settrace(None)
                    text = self.line(line)
                    self.stop(Trouble(endless, f"did not come back (line {line}: {text})", {"line": str(line), "text": text}))
            return steps

        def watch(frame, event, arg):
            if frame.f_code.co_filename != self.file:
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            return steps

        sys.settrace(watch)
        try:
            value = run()
        except BaseException as error:  # noqa: BLE001 - whatever a learner's code raises is an answer, not our end
            sys.settrace(None)
            return None, self._trouble(error)
        finally:
            sys.settrace(None)
        return value, None

    def _trouble(self, error: BaseException) -> Trouble:
        line, frame = self._where(error)
        text = self.line(line)
        facts = {"line": str(line), "text": text, "error": say_error(error)}
        did = f"raised {say_error(error)}" + (f" (line {line}: {text})" if line else "")
        if isinstance(error, NotImplementedError):
            return Trouble("unsolved", "raised NotImplementedError", facts, error)
        if isinstance(error, Asked):
            return Trouble(error.hint, f"called {error} (line {line}: {text})", facts | {"name": str(error)}, error)
        if isinstance(error, ImportsOurs):
            return Trouble("imports-ours", f"called the kit's own {self.name} (line {line}: {text})",
                           facts | {"name": self.name, "module": self.module_name}, error)
        if isinstance(error, SystemExit):
            return Trouble("exits", f"ended the program (line {line}: {text})", facts, error)
        if isinstance(error, RecursionError):
            return Trouble("recursion", f"called itself too often (line {line}: {text})", facts, error)
        if isinstance(error, MemoryError):
            return Trouble("memory", f"ran out of memory (line {line}: {text})", facts, error)
        if isinstance(error, NameError) and not isinstance(error, UnboundLocalError) and error.name:
            return self._unknown_name(error, frame, did, facts | {"name": error.name})
        return Trouble("raises", did, facts, error)

    def _unknown_name(self, error: NameError, frame, did: str, facts: dict) -> Trouble:
        name = error.name
        if f"free variable '{name}'" in str(error):
            return Trouble("raises", did, facts, error)
        if name in sys.stdlib_module_names:
            return Trouble("other-cell", did, facts | {"meant": f"Write `import {name}` at the top of this cell."}, error)
        for module in ("collections", "typing", "itertools", "functools", "dataclasses", "copy", "operator", "contextlib"):
            if hasattr(importlib.import_module(module), name):
                meant = f"Write `from {module} import {name}` at the top of this cell."
                return Trouble("other-cell", did, facts | {"meant": meant}, error)
        seen = [n for n in {**frame.f_locals, **frame.f_globals} if not n.startswith("_")] if frame else []
        near = difflib.get_close_matches(name, [*seen, *dir(builtins)], n=1, cutoff=0.75)
        if near:
            return Trouble("typo", did, facts | {"meant": near[0]}, error)
        return Trouble("other-cell", did, facts | {"meant": "Was it made in another cell?"}, error)

    def _where(self, error: BaseException):
        """The last line of theirs that the error came through, and its frame."""
        line, frame = 0, None
        for f, number in traceback.walk_tb(error.__traceback__):
            if f.f_code.co_filename == self.file:
                line, frame = number, f
        return line, frame

    def line(self, number: int) -> str:
        lines = self.source.splitlines()
        return lines[number - 1].strip()[:200] if 0 < number <= len(lines) else ""


class Asked(BaseException):
    """Their code asked for something that is not there: a person, another process."""

    def __init__(self, what: str, hint: str):
        super().__init__(what)
        self.hint = hint


class ImportsOurs(Exception):
    """Their code calls the kit's own function, which stands hidden while they write it."""


class Printed:
    """What the learner's code prints: kept up to a limit, and counted beyond it."""

    encoding, errors, newlines = "utf-8", "replace", None

    def __init__(self):
        self._kept: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() takes a str, not {type(text).__name__}")
        room = 50 * MOST_OUTPUT - self._size
        if room > 0:
            self._kept.append(text[:min(room, MOST_OUTPUT + 1)])
            self._size += len(self._kept[-1])
        return len(text)

    def mark(self) -> int:
        return len(self._kept)

    def since(self, mark: int) -> str:
        text = "".join(self._kept[mark:])
        return text if len(text) <= MOST_OUTPUT else text[:MOST_OUTPUT] + "\n… (more was printed)"

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True


def fresh_namespace(target: str) -> dict:
    """What a part finds around it: the public names of its module, but for its own."""
    module_name, _, name = target.partition(":")
    module = importlib.import_module(module_name)
    names = {n: v for n, v in vars(module).items() if not n.startswith("_") and n != name}
    return {"__name__": part_module(module_name), "__builtins__": builtins, **names}


def part_module(module: str) -> str:
    """The name of the module that learners' parts of ``module`` say they come from."""
    return "my_parts." + module.removeprefix("mini_k8s.")


def signature_of(target: str) -> str:
    """'diff(desired, observed)': our function's name and parameters, without their types."""
    node = ast.parse(our_signature(target)).body[0]
    return f"{node.name}({', '.join(a.arg for a in node.args.args)})"


def say_error(error: BaseException) -> str:
    """'KeyError: 'a'', cut where it is long."""
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - their own exception class may not even have a text
        text = ""
    return f"{type(error).__name__}{': ' if text else ''}{text[:300]}"


def left_threads(wait: float = 0.3) -> Trouble | None:
    """Threads that the learner's code left running, given a moment to end by themselves."""
    until = time.monotonic() + wait
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                return Trouble("thread", "left a thread running", {"name": thread.name})
    return None


def _part(target: str, source: str):
    """Another part of the learner's, which passed before: loaded as it will run."""
    namespace = fresh_namespace(target)
    exec(compile(source, f"<your {target.partition(':')[2]}>", "exec", dont_inherit=True), namespace)
    return namespace[target.partition(":")[2]]


def guard() -> None:
    """Close the doors that a learner's code should not go through: input, exit, other processes, long sleeps."""
    def refuse(event, args):
        if event in _PROCESS_EVENTS:
            raise Asked(event, "process")

    def ask(prompt="", /):
        raise Asked("input()", "input")

    def leave(status=0):
        raise SystemExit(status)

    builtins.input = ask
    os._exit = os.abort = leave
    time.sleep = lambda seconds: None
    threading.excepthook = lambda args: None
    sys.addaudithook(refuse)


_PROCESS_EVENTS = {"os.fork", "os.forkpty", "os.exec", "os.spawn", "os.posix_spawn", "os.startfile", "os.system",
                   "os.kill", "os.killpg", "subprocess.Popen"}
