"""``%%build`` in a real IPython: what passes is the part that runs, what is refused can be tried by hand."""

import re
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from mini_k8s import control_loop
from mini_k8s.control_loop import Action, ControlLoop
from mini_k8s.workshop import build, choices, parts
from mini_k8s.workshop.folder import Folder

DIFF, RECONCILE = "mini_k8s.control_loop:diff", "mini_k8s.control_loop:reconcile"
OURS = control_loop.diff, control_loop.reconcile

MINE = """
def diff(desired, observed):
    for name, what in observed.items():
        if name not in desired or desired[name] != what:
            yield Action("stop", name, what)
    for name, what in desired.items():
        if name not in observed:
            yield Action("start", name, what)
"""
ONLY_STARTS = """
def diff(desired, observed):
    return [Action("start", n, w) for n, w in desired.items() if n not in observed]
"""
MY_RECONCILE = """
def reconcile(desired, observe, act):
    results = []
    for action in diff(desired, observe()):
        try:
            act(action)
            results.append((action, None))
        except Exception as error:
            results.append((action, error))
    return results
"""


@pytest.fixture(autouse=True)
def ours_again(monkeypatch):
    """Each test begins and ends with our functions, and with no attempts remembered."""
    monkeypatch.delenv(build.NOTHING_KEPT, raising=False)
    monkeypatch.setattr(build, "_attempts", {})
    yield
    for target in (DIFF, RECONCILE):
        parts.uninstall(target)
    assert (control_loop.diff, control_loop.reconcile) == OURS


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A learner's folder, in use."""
    made = Folder(tmp_path / "mine")
    monkeypatch.setenv("MINI_K8S_FOLDER", str(made.path))
    return made


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A working directory without a workshop folder."""
    monkeypatch.delenv("MINI_K8S_FOLDER", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run(cell) -> (error, what was shown), in a real IPython shell."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell = InteractiveShell.instance()
    build.register()

    def run(cell: str):
        with capture_output() as shown:
            result = shell.run_cell(cell)
        run.html = "".join(o.data.get("text/html", "") for o in shown.outputs)
        text = "".join(o.data.get("text/plain", "") for o in shown.outputs)
        return result.error_in_exec, re.sub(r"\x1b\[[0-9;]*m", "", text + shown.stdout + shown.stderr)

    run.shell = shell
    yield run
    shell.reset(new_session=False)
    InteractiveShell.clear_instance()


def cell(source: str, target: str = DIFF) -> str:
    return f"%%build {target}\n{source.lstrip()}"


def test_what_passes_is_kept_and_runs(run, folder):
    """The source lies in the folder, and the module's function is the learner's."""
    error, shown = run(cell(MINE))
    assert error is None
    assert shown.startswith("2.1 diff: passed (5 of 5 checks passed). It runs from now on. Kept in ")
    assert "Action" in folder.part(DIFF)[0]
    assert parts.whose(DIFF) == "yours"
    assert control_loop.diff.__module__ == "my_parts.control_loop"
    assert list(control_loop.diff({"a": 1}, {})) == [Action("start", "a", 1)]


def test_the_installed_part_drives_the_loop(run, nowhere):
    """A loop that exists already takes the new diff on its next pass, and its record says whose it was."""
    world, done = {"b": "web:1"}, []
    loop = ControlLoop({"a": "web:1"}, lambda: dict(world), done.append, backoff=None)
    loop.step()
    assert done == [Action("stop", "b", "web:1"), Action("start", "a", "web:1")]
    run(cell(MINE))
    step = loop.step()
    assert step.by["diff"] == "my_parts.control_loop"
    assert step.by["reconcile"] == "mini_k8s.control_loop"
    run(cell(MY_RECONCILE, RECONCILE))
    assert loop.step().by == {"diff": "my_parts.control_loop", "reconcile": "my_parts.control_loop"}
    loop.close()


def test_my_reconcile_sees_my_newest_diff(run, nowhere):
    """Two parts of one module find each other, in whatever order and however often they were built."""
    run(cell(MY_RECONCILE, RECONCILE))
    run(cell(MINE))
    first = control_loop.diff
    assert control_loop.reconcile.__globals__["diff"] is first
    run(cell(MINE))
    assert control_loop.reconcile.__globals__["diff"] is control_loop.diff is not first
    parts.uninstall(DIFF)
    assert control_loop.reconcile.__globals__["diff"] is OURS[0]
    assert (parts.whose(DIFF), parts.whose(RECONCILE)) == ("ours", "yours")


def test_a_name_of_its_own_stays_a_parts_own(run, nowhere):
    """A reconcile that brings its own diff keeps it."""
    run(cell(MINE + MY_RECONCILE, RECONCILE))
    own = control_loop.reconcile.__globals__["diff"]
    run(cell(MINE))
    assert control_loop.reconcile.__globals__["diff"] is own is not control_loop.diff


@pytest.mark.parametrize("source", [
    "diff = lambda d, o: [*(Action('stop', n, o[n]) for n in o if n not in d or d[n] != o[n]),"
    " *(Action('start', n, d[n]) for n in d if n not in o)]",
    MINE.replace("diff", "compare") + "\nclass D:\n    def __call__(self, d, o): return compare(d, o)\ndiff = D()",
    "from functools import partial\n" + MINE.replace("diff", "compare") + "\ndiff = partial(compare)",
])
def test_every_kind_of_callable_can_be_the_part(run, nowhere, source):
    """A lambda, an object, a partial: installed as it is, and the loop's record names it."""
    error, shown = run(cell(source))
    assert error is None, shown
    step = ControlLoop({"a": 1}, dict, print, backoff=None).look()
    assert step.by["diff"] == "my_parts.control_loop"
    assert step.error is None


def test_a_refused_cell_stops_run_all_without_a_traceback(run, folder):
    """The message is the card; the error below it is one line, and nothing is installed or kept."""
    error, shown = run(cell(ONLY_STARTS))
    assert isinstance(error, build.NotYet)
    assert "Who stops what nobody wished for?" in shown
    assert "Traceback" not in shown
    assert "judge.py" not in shown
    told = 'Not yet. You may read on all the same; "Run All" stops here.'
    assert error._render_traceback_() == [str(error)] == [told]
    assert folder.part(DIFF) is None
    assert parts.whose(DIFF) == "ours"
    assert control_loop.diff is OURS[0]


def test_code_in_a_hint_is_shown_as_code(run, nowhere):
    """Set as code in the card, in quotation marks where there is no such thing; a backtick is seen in neither."""
    _, shown = run(cell("def diff(desired, observed):\n    print(desired)"))
    assert re.search(r"<code style=[^>]*monospace[^>]*>return</code>", run.html)
    assert "‘return’" in shown
    assert "`" not in run.html + shown


@pytest.mark.parametrize("above", ["# mine\n", "\n\n", "  # mine\n\n# and more\n"])
def test_comments_may_stand_above_the_magic(run, nowhere, above):
    """IPython wants it on the first line; whoever notes something above it has it judged all the same."""
    error, shown = run(above + cell(MINE))
    assert error is None, shown
    assert parts.whose(DIFF) == "yours"
    _, shown = run(above + cell("def diff(d, o):\n    return 1 / 0"))
    assert f"line {above.count(chr(10)) + 3}: return 1 / 0" in shown


def test_other_cells_are_left_as_they_are(run, nowhere):
    """Code above %%build is code, and a text that begins like it is a text."""
    assert "passed" not in run("x = 1\n" + cell(MINE))[1]
    run("text = '''\n%%build nothing\n'''")
    assert run.shell.user_ns["text"] == "\n%%build nothing\n"


def test_an_answer_that_prints_is_told_so(run, folder):
    """It passes; but the loop calls it again and again, and what it prints fills the notebook."""
    _, shown = run(cell(MINE.replace("    for name, what in obs", "    print('hm')\n    for name, what in obs")))
    assert "passed (5 of 5 checks passed)" in shown
    assert "note       It prints. The loop calls it once a second." in shown
    assert "It prints." in run.html
    assert "It prints." not in run(cell("print('on top')\n" + MINE))[1]


def test_a_refused_function_can_be_tried_by_hand(run, nowhere):
    """It is in the notebook, with its helpers, as an ordinary cell would have left it."""
    run(cell("LIMIT = 3\n" + ONLY_STARTS))
    error, shown = run("print(diff({'a': 1}, {}), LIMIT)")
    assert error is None
    assert "start" in shown
    assert "3" in shown


def test_what_did_no_good_is_not_run_in_the_kernel(run, nowhere):
    """A cell that ends the process, or goes round for ever, is not run a second time where it would hurt."""
    for source in ("while True: pass", "import sys\nsys.exit()", "import time\ntime.sleep(10**6)\n" + MINE, "x = (",
                   "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n" + MINE):
        run("keep = 1")
        run(cell(source))
    assert "keep" in run.shell.user_ns


def test_an_earlier_part_stays_when_a_later_try_is_refused(run, folder):
    """Trying something else is no risk, and the refusal says so."""
    assert "stays in use" not in run(cell(ONLY_STARTS))[1]
    run(cell(MINE))
    mine = control_loop.diff
    assert "What passed before stays in use." in run(cell(ONLY_STARTS))[1]
    assert control_loop.diff is mine
    assert "yield" in folder.part(DIFF)[0]


def test_the_third_time_says_more_and_the_fifth_shows_ours(run, folder):
    """Counted in the folder, so it survives the kernel; another hint, or a pass, begins anew."""
    shown = [run(cell(ONLY_STARTS))[1] for _ in range(5)]
    assert ["more  " in text for text in shown] == [False, False, True, True, True]
    assert ["ours  " in text for text in shown] == [False, False, False, False, True]
    assert "<details>" in run.html
    run(cell("def diff(d, o): return d"))
    assert "more  " not in run(cell(ONLY_STARTS))[1]


def test_attempts_are_counted_without_a_folder_too(run, nowhere):
    """As long as the kernel lives."""
    shown = [run(cell(ONLY_STARTS))[1] for _ in range(3)]
    assert "more  " in shown[2]
    error, text = run(cell(MINE))
    assert error is None
    assert "as long as this notebook's kernel" in text


def test_when_a_machine_runs_the_notebook_nothing_is_kept(run, folder, monkeypatch):
    """nbval sees the whole message in the error, and the folder does not change; what passes runs all the same."""
    monkeypatch.setenv(build.NOTHING_KEPT, "1")
    before = sorted(p for p in folder.path.rglob("*"))
    error, _ = run(cell(ONLY_STARTS))
    lines = error._render_traceback_()
    assert lines[0] == lines[-1] == "2.1 diff: not yet (2 of 5 checks passed)"
    assert any("Who stops" in line for line in lines)
    error, shown = run(cell(MINE))
    assert error is None
    assert "Nothing is kept" in shown
    assert parts.whose(DIFF) == "yours"
    assert sorted(p for p in folder.path.rglob("*")) == before


def test_a_misspelt_target_is_explained(run, nowhere):
    """No traceback either, and no part is touched."""
    error, shown = run(cell(MINE, "mini_k8s.control_loop:dif"))
    assert isinstance(error, build.NotYet)
    assert "Did you mean mini_k8s.control_loop:diff?" in shown
    assert "Traceback" not in shown
    assert isinstance(run("%%build\nx = 1")[0], build.NotYet)


def test_lines_are_counted_as_the_notebook_shows_them(run, nowhere):
    """The %%build line is line 1, in our hints and in Python's own tracebacks of the installed part."""
    _, shown = run("%%build mini_k8s.control_loop:diff\ndef diff(d, o):\n    return 1 / 0")
    assert "line 3: return 1 / 0" in shown
    run("%%build mini_k8s.control_loop:diff\n" + MINE.lstrip())
    _, shown = run("list(diff(None, 3))")
    assert "for name, what in observed.items():" in shown
    assert "----> 3" in shown


def test_what_the_learner_wrote_is_text_in_the_card(run, nowhere):
    """Names and prints with HTML in them are shown, not obeyed."""
    run(cell("print('<script>alert(1)</script>')\ndef diff(d, o): raise ValueError('<b>x</b>')"))
    assert "<script>" not in run.html
    assert "<b>" not in run.html
    assert "&lt;script&gt;" in run.html
    assert "--jp-ui-font-color1" in run.html


def test_a_full_disk_does_not_take_the_verdict_away(run, folder, monkeypatch):
    """What passed runs, and the message says that it could not be kept."""
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Folder, "save_part", full)
    monkeypatch.setattr(Folder, "note_attempt", full)
    assert "only_starts" not in run(cell(ONLY_STARTS))[1]
    error, shown = run(cell(MINE))
    assert error is None
    assert "could not be kept" in shown
    assert parts.whose(DIFF) == "yours"


def test_saved_parts_run_again(run, folder):
    """A new kernel begins with what passed before; twice is as good as once."""
    run(cell(MINE))
    run(cell(MY_RECONCILE, RECONCILE))
    for target in (DIFF, RECONCILE):
        parts.uninstall(target)
    assert parts.install_saved(folder) == ["diff", "reconcile"]
    assert parts.install_saved(folder) == ["diff", "reconcile"]
    assert parts.whose(DIFF) == parts.whose(RECONCILE) == "yours"
    assert control_loop.reconcile.__globals__["diff"] is control_loop.diff


def test_what_passed_under_another_version_is_judged_again(folder, capsys):
    """What still passes runs; what does not is kept and said, and ours runs."""
    for target, source in ((DIFF, ONLY_STARTS), (RECONCILE, MY_RECONCILE)):
        path = folder.save_part(target, source)
        path.write_text(path.read_text().replace("under mini_k8s ", "under mini_k8s 0.0."))
    assert parts.install_saved(folder) == ["reconcile"]
    assert parts.whose(DIFF) == "ours"
    assert "Who stops what nobody wished for?" in capsys.readouterr().out
    assert folder.part(DIFF) is not None


def test_a_saved_part_that_somebody_broke_does_not_close_the_lab(folder, capsys):
    """A file is a file: it may hold anything by now."""
    folder.save_part(DIFF, "def diff(:")
    folder.save_part(RECONCILE, "reconcile = 3")
    assert parts.install_saved(folder) == []
    assert capsys.readouterr().out.count("Ours runs") == 2


@pytest.mark.parametrize(("chapter", "target"), [
    (1, "mini_k8s.failures:availability"), (2, DIFF), (None, "mini_k8s.failures:availability"),
    (14, "mini_k8s.failures:availability")])
def test_a_chapter_makes_ready_for_its_own_first_exercise(run, monkeypatch, chapter, target):
    """The first check of a chapter is as quick as the others: what it imports is there before."""
    ready = []
    monkeypatch.setattr(build.judge, "prepare", ready.append)
    build.register(chapter)
    assert ready == [target]


def test_without_ipython_nothing_happens(monkeypatch):
    """A script that opens a lab gets no magic and no error."""
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    build.register()


# Skipped (``mini-k8s skip 2.1``).

UNTOUCHED = cell('def diff(desired, observed):\n    raise NotImplementedError("Exercise 2.1 is yours to write")\n')


def test_a_skipped_exercise_that_is_untouched_stops_nothing(run, folder):
    """Ours runs, in the notebook too; nothing is refused, and no try is counted."""
    choices.skip(folder, [DIFF])
    error, shown = run(UNTOUCHED)
    assert error is None
    assert shown == "2.1 diff: skipped, so ours runs. Write it at any time: what passes is yours."
    assert 'role="status"' in run.html
    assert run.shell.user_ns["diff"] is control_loop.diff is OURS[0]
    assert folder.progress() == {}


def test_a_skipped_exercise_that_was_begun_is_judged_and_stops_nothing(run, folder):
    """Who is caught up in the middle of an answer reads what is wrong with it, and goes on."""
    choices.skip(folder, [DIFF], "catch-up")
    error, shown = run(cell(ONLY_STARTS))
    assert error is None
    assert shown.startswith("2.1 diff: not yet (")
    assert "It is skipped, so ours runs, and the notebook goes on." in shown
    assert "likely" in shown
    assert parts.whose(DIFF) == "ours"
    assert folder.progress()[DIFF]["attempts"] == 1
    assert run.shell.user_ns["diff"]({}, {"a": 1}) == [], "what was begun can be tried by hand"


def test_a_skipped_exercise_that_passes_is_the_learners(run, folder):
    choices.skip(folder, [DIFF])
    error, shown = run(cell(MINE))
    assert error is None
    assert "It runs from now on." in shown
    assert parts.whose(DIFF) == "yours"
    assert choices.filled(folder) == {}
    assert run(UNTOUCHED)[0] is not None, "asked for again, it stops a run again"


def test_a_damaged_record_of_what_is_skipped_skips_nothing(run, folder):
    (folder.data / "skipped.json").write_text("{")
    assert run(UNTOUCHED)[0] is not None
