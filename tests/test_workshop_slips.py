"""For the slips that everybody makes, the answer says what to write instead."""

import re

import pytest

from mini_k8s.workshop.judge import judge

DIFF = """
def diff(desired, observed):
    actions = []
    for name in desired:
        if name not in observed:
            actions.append(Action("start", name, desired[name]))
    for name, what in observed.items():
        if name not in desired or desired[name] != what:
            actions.append(Action("stop", name, what))
    return actions
"""
RECONCILE = """
def reconcile(desired, observe, act):
    report = []
    for action in diff(desired, observe()):
        try:
            act(action)
            report.append((action, None))
        except Exception as error:
            report.append((action, error))
    return report
"""
START = 'actions.append(Action("start", name, desired[name]))'


def refusal(source, exercise="2.1"):
    verdict = judge(exercise, source)
    assert not verdict.passed
    rows = {label: re.sub(r"\s+", " ", text) for label, text in verdict.rows}
    assert not re.search(r"[?.!]\.(\s|$)", rows["likely"] + rows["next"]), rows
    return verdict.hint, rows


def changed(source, before, after):
    assert before in source
    return source.replace(before, after, 1)


@pytest.mark.parametrize(("before", "after", "mend"), [
    ('"start"', "“start”", "straight ones"),
    ("desired[name])", "desired[name]，1)", "Type `，` anew"),
    ("    actions = []", "    actions\u00a0= []", "cannot be seen"),
    ("    actions = []", "\tactions = []\n        actions = []", "spaces, four for each step"),
    ("        if name not in obs", "\tif name not in obs", "spaces, four for each step"),
    ("    for name, what", "   for name, what", "column of the line above"),
    ("    for name, what", "     for name, what", "column of the line above"),
    ("    actions = []", "actions = []", "four spaces to the right"),
    ("\ndef", "```python\ndef", "three backticks"),
    ("    return actions\n", "    return actions\n```\n", "three backticks"),
    ("    return actions\n", "    return actions\n>>> diff({}, {})\n", "Take `>>>` and `...` out"),
    (" or ", " || ", "Write `or` where `||` stands"),
    (" or ", " && ", "Write `and` where `&&` stands"),
    ("name not in observed", "name is not in observed", "Write `not in`"),
    ("name not in observed", "!(name in observed)", "Write `not` where `!`"),
    ("    return actions", "    else if desired: return 1", "Write `elif`"),
    ("    actions = []", "    actions = []; n = 0; n++", "Write `+= 1`"),
    ("desired, observed):", "desired, observed)", "End line 2 with a colon"),
    ("name not in desired", "name = desired", "Write `==`"),
    ("desired[name] != what", "desired[name] = what", "Write `==`"),
    ('"start" name'.replace(" ", ", "), '"start" name', "comma"),
    ("    return actions", "return actions", "until it stands in your function"),
    ("    actions = []", "    global desired\n    actions = []", "Take the line with `global` out"),
    ("desired[name]))", "desired[name])", "Close the `(` of line 6"),
    ('"start"', '"start', "quote with which it begins"),
    ("    return actions", "    retrun actions", "Write `return` where `retrun` stands"),
    ("    for name in", "    fore name in", "Write `for` where `fore` stands"),
])
def test_what_python_cannot_read(before, after, mend):
    """The mend for that line, not only where to look."""
    hint, rows = refusal(changed(DIFF, before, after))
    assert (hint, mend in rows["next"]) == ("syntax", True), rows


def test_where_nothing_is_known_the_line_is_named():
    """And the one above it, where such errors often are."""
    hint, rows = refusal("\nI would compare the two.\n")
    assert (hint, rows["next"]) == ("syntax", "Look at line 2, and at the end of the line above it.")
    assert rows["likely"] == "Python cannot read this cell: invalid syntax."


@pytest.mark.parametrize(("before", "after", "mend"), [
    ("for name in desired:", "for name, what in desired:", "`in desired.items()`"),
    (START, START.replace(".append(", " += (")[:-1] + ")", "`+=` and `extend` add all that is in a list"),
    (START, START.replace("append", "extend"), "Add one action with `append(…)`"),
    (START, 'actions = actions + Action("start", name, desired[name])', "Put the Action in brackets"),
    (START, 'actions.append("start", name, desired[name])', "an `Action(…)`"),
    (START, "actions = " + START + "\n            " + START, "Write `actions.append(…)` on a line of its own"),
    (START, START.replace("append", "add"), "A list has `append(…)`"),
    ("actions = []", "actions = {}", "Let it be a list from the beginning"),
    ("desired[name]))", "desired.name))", "Look up in brackets: `desired[name]`"),
    ("actions = []", "actions = ()", "A tuple cannot grow"),
    ("observed.items()", "observed.items", "`items()`, with parentheses"),
    ("in desired:", "in desired():", "Leave the parentheses away"),
    ("actions = []", "list = []; actions = list(desired)", "calls a value of yours `list`"),
    (START, "actions[name] = 1", "Add to a list with `actions.append(…)`"),
    ("in desired:", "in desired, observed:", "A dict stands where a name is looked up"),
    ("in desired:", "in desired + observed:", "Two dicts have no `+`"),
    ("desired[name] != what", "not what.startswith(desired[name])", "may be any value, not only text"),
    (START, "raise Exception(name)", "Your own `raise`"),
    ("    actions = []", "    assert desired == observed\n    actions = []", "write `if`"),
    (START, "1 / 0", "Put `print(…)` above line 6"),
])
def test_what_stops_a_diff(before, after, mend):
    """What to write instead; where that is not known, how to find out."""
    hint, rows = refusal(changed(DIFF, before, after))
    assert (hint, mend in rows["next"]) == ("raises", True), rows


@pytest.mark.parametrize(("before", "after", "mend"), [
    ("report.append((action, None))", "report.append(action, None)", "`append((action, None))`"),
    ("report.append((action, error))", "report.append(action, error)", "`append((action, error))`"),
    ("for action in", "for verb, name, what in", "`action.verb`"),
    ("            act(action)", "            act = act(action)", "Leave `act =` out"),
    ("act(action)", "act.do(action)", "`act` is a function"),
    ("(action, error)", "(action, error.message)", "`str(error)`"),
    ("diff(desired, observe())", "diff(desired)", "`diff` wants more than line 4 gives it: 'observed'"),
    ("diff(desired, observe())", "sorted(diff(desired, observe()))", "Actions have no order"),
    ("for action in diff(desired, observe())", "diff = diff(desired, observe())\n    for action in diff",
     "`found = diff(…)`"),
    ("act(action)", "1 / 0", "Put `print(…)` above line 6"),
])
def test_what_stops_a_reconcile(before, after, mend):
    """Also where their own `except` caught it."""
    _, rows = refusal(changed(RECONCILE, before, after), "2.2")
    assert mend in rows["next"], rows
    assert "by hand" not in rows["next"], "what reconcile is given cannot be typed"


@pytest.mark.parametrize(("answer", "mend"), [
    ("3600(n * hours) / mtbf", "Write `*` between them"),
    ("n * hours * 60.0 ^ 2 / mtbf", "Write `**`"),
    ("'3600' + n * hours / mtbf", "Leave the quotes, or `str(…)`, out"),
    ("n × hours / mtbf", "Write `*`"),
    ("n * hours ÷ mtbf", "Write `/`"),
    ("n * (int(hours) << 0.5) / mtbf", "`<<` takes whole numbers only"),
    ("n * hours / '3600' / mtbf", "Leave the quotes, or `str(…)`, out"),
])
def test_what_stops_a_calculation(answer, mend):
    """Where one number is asked for."""
    _, rows = refusal(f"def expected_failures(n, mtbf, hours):\n    return {answer}\n", "1.2")
    assert mend in rows["next"], rows


@pytest.mark.parametrize(("source", "hint", "mend"), [
    (changed(RECONCILE, " as error", ""), "error-unnamed", "Write `except Exception as error:` on line 8"),
    (changed(RECONCILE, "(action, error)", "(action, err)"), "typo", "line 9"),
    (changed(RECONCILE, "act(action)", "act(chapter(2))"), None, "Leave `lab = chapter(…)`"),
    (changed(DIFF, '"start"', "start"), "unquoted", 'quotes: `"start"`'),
    (changed(DIFF, '"start"', "Start"), "unquoted", 'quotes: `"start"`'),
    (changed(DIFF, START, "return null"), "typo", "line 6"),
    (changed(DIFF, "Action(", "action("), "typo", "line 6"),
    (changed(DIFF, "in desired:", "in index:"), "other-cell", "Give `index` a value"),
    (changed(DIFF, "actions = []", "actions = []; count(3)"), "not-imported", "`from itertools import count`"),
    (changed(DIFF, "actions = []", "actions = [count]"), "other-cell", "Give `count` a value"),
    (changed(DIFF, "desired, observed):", "desired: List, observed):"), "not-imported", "from typing import List"),
    (changed(DIFF, "actions = []", "actions = missing()") + "def missing(): return [n for n in desired]",
     "not-handed-over", "a parameter more"),
    (DIFF + "print(diff(desired, observed))", "outside", "Leave line 11 out"),
    (DIFF + "lab.loop", "outside", "Leave line 11 out"),
    (DIFF + "diff()", "top-level", "Leave it out"),
    (DIFF + "assert diff({'a': 'x'}, {}) == [1]", "top-level", "Leave it out"),
    ("from control_loop import Action" + DIFF, "top-level", "Take this line out"),
    ("from mini_k8s.control_loop import Acton" + DIFF, "top-level", "There is no `Acton` in"),
    ("import deepdiff" + DIFF, "top-level", "Take `deepdiff` out"),
    (changed(DIFF, "    actions = []", "    await lab.watch(1)\n    actions = []"), "await", "Leave `await`"),
])
def test_names_and_lines_that_are_not_there(source, hint, mend):
    """What was meant, and what to write for it."""
    got, rows = refusal(source, "2.2" if "reconcile" in source else "2.1")
    assert hint in (got, None), rows
    assert mend in rows["next"], rows


def test_what_is_meant_by_a_name_is_a_name_that_is_there():
    """The same letters in another case come first; then what is alike."""
    assert "`Action`" in refusal(changed(DIFF, "Action(", "action("))[1]["likely"]
    assert "`actions`" in refusal(changed(DIFF, START, START.replace("actions", "action")))[1]["likely"]
    assert "`None`" in refusal(changed(DIFF, START, "return null"))[1]["likely"]
