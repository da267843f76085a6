"""Whatever a learner writes gets a truthful answer: no traceback of ours, no hang, no dead kernel."""

import os
import re
import signal
import socket
import threading
import time

import pytest

from mini_k8s.errors import BadRequest
from mini_k8s.workshop import exercises
from mini_k8s.workshop import judge as judging
from mini_k8s.workshop.judge import judge

DIFF = "mini_k8s.control_loop:diff"
RECONCILE = "mini_k8s.control_loop:reconcile"

RIGHT = """
def diff(desired, observed):
    actions = [Action("stop", n, w) for n, w in observed.items() if n not in desired or desired[n] != w]
    return actions + [Action("start", n, w) for n, w in desired.items() if n not in observed]
"""

BAD = {  # what -> (source, hint, words that the message holds)
    "a bracket is never closed": ("def diff(desired, observed):\n    return [", "syntax", "line 2"),
    "an indentation is wrong": ("def diff(desired, observed):\nreturn []", "syntax", "Move line 2"),
    "a null byte": ("def diff(a, b): return '\0'", "syntax", "cannot read"),
    "brackets without an end": ("(" * 5000, "syntax", "cannot read"),
    "a lone surrogate": ("x = '\ud800'\n", "syntax", "cannot read"),
    "a line for the notebook": ("!pip install x\ndef diff(a, b): return []", "magic", "!pip install x"),
    "an empty cell": ("", "missing", "def diff(desired, observed):"),
    "another name": ("def dif(desired, observed): return []", "missing", "did you mean"),
    "a method": ("class Mine:\n    def diff(self, a, b): return []", "missing", "inside of the class ‘Mine’"),
    "one parameter": ("def diff(desired): return []", "signature", "diff(desired)"),
    "three parameters": ("def diff(a: dict, b: dict, c): return []", "signature", "diff(a, b, c)"),
    "no parameters": ("def diff(): return []", "signature", "2 values"),
    "a value": ("diff = 3", "not-callable", "int"),
    "async def": ("async def diff(desired, observed): return []", "async", "‘def’"),
    "an async generator": ("async def diff(desired, observed): yield 1", "async", "‘def’"),
    "await": ("def diff(desired, observed): return await observed", "await", "Leave ‘await’"),
    "a coroutine by another way": ("async def x(a, b): return []\ndiff = lambda a, b: x(a, b)", "async", "coroutine"),
    "no return": ("def diff(desired, observed):\n    actions = []", "no-return", "returned None"),
    "pass": ("def diff(desired, observed): pass", "empty-body", "None"),
    "print": ("def diff(d, o):\n    print([Action('start', n, w) for n, w in d.items()])", "print", "‘return’"),
    "unsolved, with a line before": (
        "def diff(d, o):\n    x = 1\n    raise NotImplementedError", "unsolved", "not solved yet"),
    "while True": ("def diff(d, o):\n    while True:\n        x = 1\n", "endless", "line 2: while True"),
    "while True on one line": ("def diff(d, o):\n    while True: pass", "endless", "while True: pass"),
    "while True on top": ("while True: pass", "endless", "line 1"),
    "while True in a helper": ("def diff(d, o): return f()\ndef f():\n  while 1: 1", "endless", "line 3"),
    "while True that swallows everything": (
        "def diff(d, o):\n    while True:\n        try:\n            while 1: pass\n        except BaseException: 0",
        "endless", "line"),
    "a generator that goes round": ("def diff(d, o):\n    while True: yield Action('start', 'a', 'b')",
                                    "endless-answer", "2,000"),
    "a generator that yields nothing, for ever": (
        "def diff(d, o):\n    while True:\n        if 0: yield", "endless", "while True"),
    "an endless iterator of C": (
        "import itertools\ndef diff(d, o): return itertools.repeat(1)",
        "endless-answer", "end"),
    "recursion": ("def diff(d, o): return diff(d, o)", "recursion", "called itself too often"),
    "recursion that raises the limit": (
        "import sys\nsys.setrecursionlimit(10**9)\ndef diff(d, o): return diff(d, o)", "recursion",
        "called itself too often"),
    "ten gigabytes": ("def diff(d, o): return b'x' * 10**10", "too-much-memory", "512 MB"),
    "ten gigabytes on top": ("x = [0] * 10**10\ndef diff(d, o): return []", "too-much-memory", "512 MB"),
    "memory, little by little": (
        "def diff(d, o):\n    kept = []\n    for n in range(10**9): kept.append(b'x' * 10**7)",
        "too-much-memory", "512 MB"),
    "sys.exit": ("import sys\ndef diff(d, o): sys.exit()", "exits", "‘return’"),
    "quit": ("def diff(d, o): quit()", "exits", "‘return’"),
    "exit on top": ("exit(0)\ndef diff(d, o): return []", "exits", "line 1"),
    "os._exit": ("import os\ndef diff(d, o): os._exit(0)", "exits", "os._exit"),
    "the true os._exit": ("import posix\ndef diff(d, o): posix._exit(3)", "crashed", "exit status 3"),
    "a thread left running": (
        "import threading\n" + RIGHT.replace("def diff", "def good") + "\ndef diff(d, o):\n"
        "    threading.Thread(target=threading.Event().wait, name='mine').start()\n    return good(d, o)",
        "thread", "mine"),
    "a thread left running on top": (
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n" + RIGHT,
        "thread", "join"),
    "a name of another cell": ("def diff(d, o): return compare(d, o)", "other-cell", "judged by itself"),
    "a name of another cell, on top": ("wish.copy()\n" + RIGHT, "other-cell", "‘wish’"),
    "the lab": ("def diff(d, o): return lab.act(d)", "lab", "these alone: ‘desired’, ‘observed’"),
    "the lab, on top": ("lab.picture\n" + RIGHT, "outside", "Leave line 1 out"),
    "return in the loop": (
        "def diff(d, o):\n    a = []\n    for n in d:\n        a.append(Action('start', n, d[n]))\n        return a",
        "return-in-loop", "Line 5, ‘return a’, stands inside the loop of line 3"),
    "a list that a loop without a round never made": (
        "def diff(d, o):\n    for n in o:\n        a = []\n    return a", "unbound", "Line 4 uses ‘a’"),
    "a name of except, after its block": (
        "def diff(d, o):\n    try: o['?']\n    except KeyError as e: pass\n    return e", "error-name-gone", "‘e’"),
    "an import forgotten": ("def diff(d, o): return list(chain(d, o))", "not-imported", "from itertools import chain"),
    "a type not imported": ("def diff(d: Dict, o: Dict): return []", "not-imported", "from typing import Dict"),
    "a module not imported": ("def diff(d, o): return copy.copy(d)", "not-imported", "import copy"),
    "a misspelt name": ("def diff(desired, observed): return [n for n in obsrved]", "typo", "‘observed’"),
    "input": ("def diff(d, o): return input('which? ')", "input", "nobody is there"),
    "stdin": ("import sys\ndef diff(d, o): return sys.stdin.readline()", "input", "sys.stdin"),
    "breakpoint": ("def diff(d, o): breakpoint()", "debugger", "nobody sits there"),
    "a debugger": ("import pdb\ndef diff(d, o): pdb.set_trace()", "debugger", "line 2"),
    "a lab opened": ("from mini_k8s.workshop import chapter\nlab = chapter(2)\n" + RIGHT, "chapter",
                     "Leave ‘lab = chapter(…)’"),
    "a host looked up": ("import socket\nsocket.create_connection(('localhost', 1))\n" + RIGHT, "network", "line 2"),
    "a loop that stands between two lines when it is stopped": (
        "def diff(d, o):\n    while True:\n        try:\n            d['?']\n            break\n"
        "        except Exception:\n            pass\n    return []", "endless", "line 2: while True"),
    "a list that contains itself": ("def diff(d, o):\n    a = []\n    a.append(a)\n    return a", "lists", "[[...]]"),
    "a very long answer": ("def diff(d, o): return 'x' * 10**6", "not-a-list", "xx…"),
    "an error of their own": ("def diff(d, o):\n    return 1 / 0", "raises", "line 2: return 1 / 0"),
    "an error whose text breaks": (
        "class E(Exception):\n    def __str__(self): raise ValueError\ndef diff(d, o): raise E", "raises", "raised E"),
    "an error on top": ("x = {}['a']\n" + RIGHT, "top-level", "line 1"),
    "an own BaseException": ("class E(BaseException): pass\ndef diff(d, o): raise E('x')", "raises", "raised E: x"),
    "an import that is not there": ("import numpyy\n" + RIGHT, "top-level", "numpyy"),
    "fork": ("import os\ndef diff(d, o):\n    while True: os.fork()", "process", "os.fork"),
    "a program started": ("import subprocess\nsubprocess.run(['true'])\n" + RIGHT, "process", "subprocess.Popen"),
    "their parent killed": (
        "import os, signal\ndef diff(d, o): os.kill(os.getppid(), signal.SIGKILL)",
        "process", "os.kill"),
    "the kit's own": (
        "import mini_k8s.control_loop as c\ndef diff(d, o): return c.diff(d, o)",
        "imports-ours", "yourself"),
    "unhashable what": ("def diff(d, o): return [Action('start', n, [w]) for n, w in d.items()]", None, "start web"),
    "a broken repr": (
        "class X:\n    def __repr__(self): raise ValueError\ndef diff(d, o): return [X()]", "not-actions", "type X"),
    "an argument emptied": ("def diff(d, o):\n    d.clear()\n    return []", "edits-desired", "changed desired"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_code_gets_a_hint(what):
    """A hint with the line and the words of the learner, never a traceback of ours, and within seconds."""
    source, hint, words = BAD[what]
    verdict = judge(DIFF, source)
    assert not verdict.passed
    assert hint is None or verdict.hint == hint, verdict.message
    assert verdict.hint != "kit-bug", verdict.message
    assert words in re.sub(r"\s+", " ", verdict.message)
    assert verdict.message.startswith("2.1 diff: not yet (")
    assert "Traceback" not in verdict.message
    assert "{" not in dict(verdict.rows).get("next", ""), "a place was not filled in"


@pytest.mark.parametrize("source", [
    "import itertools\ndef diff(d, o):\n    return sum(itertools.count())",
    "import threading\ndef diff(d, o):\n    threading.Event().wait()",
    "x = 1\ndef diff(d, o):\n    sum(range(10**12))",
    "def pair(d):\n    return d\ndef diff(d, o): return 10**10**9",
])
def test_code_that_no_budget_counts_is_ended_by_the_clock(source):
    """What runs inside of C counts no Python steps. The line is named; what was wrong there is not guessed."""
    verdict = judge(DIFF, source, limit=1)
    assert (verdict.hint, verdict.loaded) == ("too-long", True)
    rows, line = dict(verdict.rows), source.count("\n") + 1
    assert rows["likely"].startswith(f"It did not come back within 1 s. It was on line {line} then: `")
    assert rows["you did"] == f"did not come back (line {line}: {source.splitlines()[-1].strip()})"
    assert "itertools" not in rows["next"]


def test_what_never_comes_back_on_top_is_not_defined():
    """Waiting for something that never comes, outside of any function: the kernel must not wait for it too."""
    verdict = judge(DIFF, "import threading\nthreading.Event().wait()\n", limit=1)
    assert verdict.hint == "too-long"
    assert not verdict.loaded


def test_reconcile_that_takes_too_long_is_not_taken_for_a_loop():
    """It was stopped by the clock, not by the count of its steps: that it goes round is not known."""
    source = "def reconcile(desired, observe, act):\n    observe()\n    return sum(range(10**12))\n"
    verdict = judge(RECONCILE, source, limit=1)
    assert verdict.hint == "too-long"
    assert "It was on line 3" in verdict.message


def test_where_a_process_crashed_is_said():
    """A crash in C leaves no traceback; its line is known all the same."""
    verdict = judge(DIFF, "import ctypes\ndef diff(d, o):\n    return ctypes.string_at(0)\n")
    assert verdict.hint == "crashed"
    assert "It was on line 3 then" in verdict.message


def test_a_child_that_cannot_say_where_it_was_is_ended_all_the_same(monkeypatch):
    """Then only what is known is said."""
    monkeypatch.setattr(judging, "GRACE", 0.0)
    source = "import faulthandler, threading\nfaulthandler.cancel_dump_traceback_later()\nthreading.Event().wait()"
    likely = dict(judge(DIFF, source, limit=1).rows)["likely"]
    assert likely == "It did not come back within 1 s."


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc to see what became of a process")
def test_what_a_child_started_dies_with_it(tmp_path):
    """Even a process that was started past all doors is in the child's group, and is ended with it."""
    note = tmp_path / "pid"
    source = f"""
import ctypes
pid = ctypes.CDLL(None).fork()
if pid == 0:
    ctypes.CDLL(None).pause()  # a loop would be stopped and reported, perhaps before the line below has run
open({str(note)!r}, "w").write(str(pid))
"""
    assert not judge(DIFF, source + RIGHT.replace("actions +", "[] +")).passed
    until = time.monotonic() + 30
    while _runs(int(note.read_text())):
        assert time.monotonic() < until, "it still runs"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_sleeping_costs_nothing():
    """The check does not wait for a learner's sleep; the kernel, which would, is not given such a cell."""
    began = time.monotonic()
    verdict = judge(DIFF, RIGHT.replace("    actions =", "    import time; time.sleep(60)\n    actions ="))
    assert (verdict.hint, verdict.checks, verdict.loaded) == ("sleeps", (4, 5), True)
    assert re.search(r"called sleep\(60\) \d+ times, in all the checks together", verdict.message)
    on_top = judge(DIFF, "import time\ntime.sleep(1000)\n" + RIGHT)
    assert (on_top.hint, on_top.loaded) == ("sleeps", False)
    assert "called sleep(1000) once, before the function was even called" in on_top.message
    assert time.monotonic() - began < 60


def test_the_right_answer_passes_and_says_nothing_else():
    """All checks passed, no rows, no hint."""
    verdict = judge(DIFF, RIGHT)
    assert (verdict.passed, verdict.hint, verdict.checks, verdict.rows) == (True, None, (5, 5), ())
    assert verdict.message == "2.1 diff: passed (5 of 5 checks passed)"
    assert verdict.loaded


def test_a_refusal_has_the_form_that_the_course_promises():
    """given, expected, you did, likely, next: as TONE.md shows it, for the smallest case that fails."""
    names_only = """
def diff(desired, observed):
    return ([Action("start", n, w) for n, w in desired.items() if n not in observed]
            + [Action("stop", n, w) for n, w in observed.items() if n not in desired])
"""
    lines = judge(DIFF, names_only).message.splitlines()
    assert lines[:5] == [
        "2.1 diff: not yet (3 of 5 checks passed)",
        'given      desired  = {"web": "web:2"}',
        '           observed = {"web": "web:1"}',
        "expected   stop web (web:1)",
        "you did    nothing",
    ]
    assert lines[5].startswith("likely     You compared the names.")
    assert any(line.startswith("next       ") for line in lines)


def test_the_third_time_brings_more_and_the_fifth_the_solution():
    """The same hint again and again does not help; then more is said, and in the end ours is shown."""
    source = "def diff(d, o): return [Action('start', n, w) for n, w in d.items() if n not in o]"
    rows = [dict(judge(DIFF, source, times=times).rows) for times in range(5)]
    assert ["more" in row for row in rows] == [False, False, True, True, True]
    assert ["or" in row for row in rows] == [False, False, False, False, True]
    fifth = judge(DIFF, source, times=lambda hint: 4 if hint == "only-starts" else 0)
    assert "for name, what in observed.items():" in fifth.solution
    assert '"""' not in fifth.solution
    assert fifth.solution.splitlines()[1].strip() in fifth.message


def test_what_is_printed_is_shown_and_capped():
    """A learner's own print of the failing case is shown, not those of the hundred others."""
    verdict = judge(DIFF, "def diff(d, o):\n    print('seen', d)\n    return [Action('start', *p) for p in d.items()]")
    assert verdict.output.count("seen") == 1
    flood = judge(DIFF, "print('x' * 10**6)\ndef diff(d, o):\n    return []")
    assert len(flood.output) < 5_000
    assert "more was printed" in flood.output
    assert "printed    x" in flood.message


def test_what_is_printed_cannot_steer_a_terminal():
    """No colours, no bells, no line over another; forty lines are enough to see a pattern."""
    source = "def diff(d, o):\n    print('\\x1b[31mred\\x1b[0m \\x07\\0bell\\rover\\r\\nall \\ud800')"
    assert judge(DIFF, source).output == "red bell\nover\nall ?\n"
    lines = judge(DIFF, "def diff(d, o):\n    for n in range(100): print('line', n)").output.splitlines()
    assert lines[-2:] == ["line 39", "… (more was printed)"]


@pytest.mark.parametrize(("opening", "hint"), [
    ("import socket\nsocket.socket().connect(HOST)\n", "network"),
    ("import docker\ndocker.from_env().containers.list()\n", "network"),
    ("from mini_k8s.workshop import chapter\nlab = chapter(2)\n", "chapter"),
    ("import mini_k8s.workshop\ntry: mini_k8s.workshop.chapter(2)\nexcept Exception: pass\n", "chapter"),
])
def test_no_engine_and_no_network_is_reached(opening, hint, monkeypatch):
    """People paste their whole notebook, and `lab = chapter(2)` with it: no container is asked for by the check."""
    with socket.create_server(("127.0.0.1", 0)) as engine:
        host = engine.getsockname()
        monkeypatch.setenv("DOCKER_HOST", "tcp://{}:{}".format(*host))
        judging._end_waiting()  # a child that was started before knows nothing of this engine
        verdict = judge(DIFF, opening.replace("HOST", repr(host)) + RIGHT)
        assert (verdict.hint, verdict.loaded) == (hint, False), verdict.message
        judging._end_waiting()
        engine.settimeout(0.2)
        with pytest.raises(TimeoutError):
            engine.accept()


def test_quadratic_and_chatty_answers_still_pass():
    """The step budget is there for loops without an end, not for slow ones."""
    slow = """
def diff(desired, observed):
    print(desired, observed)
    actions = []
    for name, what in desired.items():
        if not any(other == name for other in observed):
            actions.append(Action("start", name, what))
    for name, what in observed.items():
        if not any(other == name and wished == what for other, wished in desired.items()):
            actions.append(Action("stop", name, what))
    for n in range(5_000):
        pass
    return actions
"""
    assert judge(DIFF, slow).passed


def test_reconcile_is_judged_with_the_learners_own_diff():
    """Whoever wrote a generator for diff gets it in reconcile, and its bugs too."""
    source = "def reconcile(d, see, act):\n    out = []\n    for a in diff(d, see()):\n" \
             "        try: act(a); out.append((a, None))\n        except Exception as e: out.append((a, e))\n" \
             "    return out"
    generator = "def diff(d, o):\n    yield from (Action('stop', n, o[n]) for n in o if n not in d or d[n] != o[n])\n" \
                "    yield from (Action('start', n, d[n]) for n in d if n not in o)"
    assert judge(RECONCILE, source, context={DIFF: generator}).passed
    a_list = source.replace("diff(d, see())", "list(diff(d, see()))")
    assert judge(RECONCILE, a_list, context={DIFF: generator}).passed
    counts = source.replace("    out = []\n", "    out = []; n = len(diff(d, see()))\n")
    assert judge(RECONCILE, counts, context={DIFF: generator}).hint == "raises"


@pytest.mark.parametrize(("body", "hint"), [
    ("while True:\n        for a in diff(desired, observe()): act(a)", "until-equal"),
    ("while diff(desired, observe()):\n        for a in diff(desired, observe()):\n            try: act(a)\n"
     "            except Exception: pass", "until-equal"),
    ("return [act(a) for a in diff(desired, observe())]", "no-try"),
    ("pass", "never-looks"),
    ("while True: pass", "endless"),
    ("import sys; sys.exit()", "exits"),
    ("raise NotImplementedError('Exercise 2.2')", "unsolved"),
])
def test_reconcile_says_what_is_wrong_with_a_first_try(body, hint):
    """The commonest first tries of 2.2, in short."""
    verdict = judge(RECONCILE, f"def reconcile(desired, observe, act):\n    {body}")
    assert verdict.hint == hint, verdict.message


CAUTIOUS = """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
        except Exception as error:
            results.append((action, error))
        else:
            results.append((action, None))
    return results
"""


@pytest.mark.parametrize(("before", "after", "words"), [
    ("act(action)", "act(acton)", ["NameError: name 'acton'", "(line 6)", "Did you mean ‘action’?"]),
    ("act(action)", "act(action.verb, action.name)", ["2 were given (line 6)", "Write ‘act(action)’"]),
    ("act(action)", "act('start')", ["‘act’ was given \"start\", and that is no Action"]),
    ("act(action)", "lab.act(action)", ["NameError: name 'lab'", "these alone: ‘desired’, ‘observe’, ‘act’"]),
    ("act(action)", "act(action)\n            1 / 0", ["ZeroDivisionError: division by zero (line 7)"]),
])
def test_a_mistake_that_their_own_except_caught_is_not_taken_for_a_failure(before, after, words):
    """The report says that the action failed; what failed was the line that should have carried it out."""
    verdict = judge(RECONCILE, CAUTIOUS.replace(before, after))
    assert not verdict.passed
    for word in words:
        assert word in re.sub(r"\s+", " ", verdict.message), verdict.message
    assert "you did    " in verdict.message


def test_what_remembers_is_named():
    """The learner's own name for what outlives a call; 'something' where it has none."""
    source = "seen = {}\n" + RIGHT.replace("observed.items() if", "(seen.update(observed), seen)[1].items() if")
    assert "‘seen’ remembers" in re.sub(r"\s+", " ", judge(DIFF, source).message)
    default = RIGHT.replace("observed):\n    actions =", "observed, done=[]):\n    actions = done; actions +=").replace(
        "return actions +", "actions +=").rstrip() + "\n    return actions\n"
    assert "‘done’ remembers" in re.sub(r"\s+", " ", judge(DIFF, default).message)
    hidden = "class C: n = 0\n" + RIGHT.replace("    actions", "    C.n += 1\n    if C.n > 9: return []\n    actions")
    assert "something remembers" in re.sub(r"\s+", " ", judge(DIFF, hidden).message)


def test_a_look_that_failed_is_the_callers_to_know():
    """An empty report would say that there was nothing to do."""
    shy = CAUTIOUS.replace("    results = []", "    try: observed = observe()\n    except Exception: return []\n"
                           "    results = []").replace("observe()):", "observed):")
    verdict = judge(RECONCILE, shy)
    assert (verdict.hint, verdict.checks) == ("look-swallowed", (4, 5))
    assert "observe fails: EngineAway(" in verdict.message
    wrapped = shy.replace("except Exception: return []", "except Exception as e: raise RuntimeError('no look') from e")
    assert judge(RECONCILE, wrapped).passed


def test_a_child_that_died_while_it_waited_is_replaced():
    """Somebody's clean-up may kill it; the learner notices nothing."""
    judging.prepare(DIFF)
    waiting = judging._waiting[0].process
    os.kill(waiting.pid, signal.SIGTERM)
    waiting.wait()
    assert judge(DIFF, RIGHT).passed


def test_every_answer_has_a_child_of_its_own():
    """What one answer does to Python, the next does not see."""
    assert not judge(DIFF, "import builtins\nbuiltins.len = None\ndef diff(d, o): return []").passed
    assert judge(DIFF, "len([])\n" + RIGHT).passed


def test_many_may_judge_at_once():
    """Threads share no child."""
    verdicts = []
    threads = [threading.Thread(target=lambda: verdicts.append(judge(DIFF, RIGHT).passed)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == [True] * 4


def test_an_interrupt_ends_the_child(monkeypatch):
    """The kernel's Stop button while a cell is judged: the child goes, the interrupt comes through."""
    judging.prepare(DIFF)
    child = judging._waiting[0]

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(judging.json, "loads", interrupted)
    with pytest.raises(KeyboardInterrupt):
        judge(DIFF, RIGHT)
    assert child.process.poll() is not None


def test_a_misspelt_target_is_answered_with_the_right_one():
    """Did you mean."""
    with pytest.raises(BadRequest, match=r"Did you mean mini_k8s\.control_loop:diff\?"):
        judge("mini_k8s.control_loop:dif", RIGHT)
    with pytest.raises(BadRequest, match=r"Did you mean mini_k8s\.control_loop:reconcile\?"):
        exercises.find("mini_k8s.loop:reconcile")
    with pytest.raises(BadRequest, match="The exercises are"):
        exercises.find("<script>")


def test_hints_are_complete():
    """Every hint has a cause and a next move, in the course's tone; an id means one thing only."""
    from mini_k8s.workshop.exercises.common import HINTS

    for exercise in exercises.every():
        ids = [hint.id for hint in (*exercise.hints, *HINTS)]
        assert len(ids) == len(set(ids))
        for hint in (*exercise.hints, *HINTS):
            assert hint.likely
            assert hint.next
            prose = re.sub(r"`[^`]*`", "", hint.likely + hint.next + hint.stronger)
            assert not re.search(r"\b(simply|just|obviously)\b|!", prose), prose
