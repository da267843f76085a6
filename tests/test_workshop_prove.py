"""``make prove``: the exercises hold, and the proof itself notices when one does not."""

import dataclasses
import json

import pytest

from mini_k8s.workshop import exercises, prove
from mini_k8s.workshop.judge import Verdict
from mini_k8s.workshop.mutants import changed, mutants
from mini_k8s.workshop.ours import our_source

DIFF = "mini_k8s.control_loop:diff"


def test_every_exercise_is_proven(tmp_path, capsys):
    """Unsolved refused, solution passes, every answer judged as catalogued, mutants refused: the JSON says so.

    Of 4.3's 700 mutants a part is enough here; `make prove` tries them all.
    """
    assert prove.main(["--json", str(tmp_path / "prove.json"), "--mutants", "150"]) == 0
    results = json.loads((tmp_path / "prove.json").read_text(encoding="utf-8"))
    assert [result["number"] for result in results] == list(exercises.TARGETS)
    for result in results:
        assert result["holds"]
        assert result["unsolved_refused"]
        assert result["solution_passes"]
        assert result["rights"]["passed"] == result["rights"]["total"] >= 3
        assert result["wrongs"]["refused_with_hint"] == result["wrongs"]["total"] >= 4
        assert result["mutants"]["refused"] >= 0.95 * result["mutants"]["total"] > 20
        assert all(survivor["why"] for survivor in result["mutants"]["survivors"])
    table = capsys.readouterr().out
    assert "2.1 diff" in table
    assert "NO" not in table


def test_what_the_curriculum_names_is_catalogued():
    """The misconceptions that CURRICULUM lists each have a wrong answer."""
    assert {w.hint for w in exercises.find("2.1").wrongs} >= {
        "only-starts", "names-only", "one-or-other", "at-once", "sides-swapped", "edits-observed", "acts-at-equality"}
    assert {w.hint for w in exercises.find("2.2").wrongs} >= {
        "until-equal", "no-try", "remembered", "look-per-action", "swallowed", "stops-stop"}
    assert {w.hint for w in exercises.find("1.1").wrongs} >= {
        "downtime", "units", "divides-by-zero", "percent", "repair-within", "ratio", "several", "never-works"}
    assert {w.hint for w in exercises.find("1.2").wrongs} >= {
        "n-forgotten", "hours-as-seconds", "hours-forgotten", "upside-down", "probability", "capped"}
    assert {w.hint for w in exercises.find("3.1").wrongs} >= {
        "never-refuses", "no-uid", "none-refused", "which-is-newer", "returns-answer", "whole-object"}
    assert {w.hint for w in exercises.find("3.2").wrongs} >= {
        "pasted", "no-version", "reads-once", "for-ever", "swallowed", "retries-all", "stops-stop"}
    assert {w.hint for w in exercises.find("3.3").wrongs} >= {
        "all-counts", "status-counts", "wish-counts", "mixes", "metadata-too", "leaves-out"}


def test_every_hint_has_a_wrong_answer_that_gets_it():
    """A hint that nothing can earn is dead text, and nobody would notice when it lies."""
    for exercise in exercises.every():
        assert {hint.id for hint in exercise.hints} <= {wrong.hint for wrong in exercise.wrongs}


def small(exercise):
    """The same exercise with few answers, so that a lie is told quickly."""
    few = {"wrongs": exercise.wrongs[:4], "rights": exercise.rights[:3], "equivalent": {}}
    fields = {field.name: getattr(exercise, field.name) for field in dataclasses.fields(exercise)}
    return type("Small", (exercises.Exercise,), few)(**fields)


def verdict(exercise, hint) -> Verdict:
    return Verdict(exercise, hint is None, hint, (0, 5))


@pytest.fixture
def honest(monkeypatch):
    """An exercise, and a judge that knows its answers by heart; a lie is a change to this table."""
    exercise = small(exercises.find("2.1"))
    monkeypatch.setattr(prove, "mutants", lambda source: {f"- a | + {n}": f"mutant {n}" for n in range(40)})
    table = {exercises.unsolved(DIFF): "unsolved", our_source(DIFF): None}
    table |= {wrong.source: wrong.hint for wrong in exercise.wrongs} | {right.source: None for right in exercise.rights}
    table |= {f"mutant {n}": "mixture" for n in range(40)}
    return exercise, table, lambda target, source: verdict(exercise, table[source])


def test_an_honest_judge_holds(honest):
    """The table as it should be."""
    exercise, _, ask = honest
    assert prove.prove(exercise, ask)["holds"]


@pytest.mark.parametrize(("what", "lie", "words"), [
    ("unsolved", None, "unsolved exercise is not refused"),
    ("unsolved", "raises", "unsolved exercise is not refused"),
    ("solution", "mixture", "our own solution is refused"),
    ("right", "mixture", "a right answer is refused"),
    ("wrong", None, "a wrong answer passes"),
    ("wrong", "mixture", "gets the hint mixture"),
    ("mutant", None, "no reason is given"),
])
def test_each_kind_of_lie_is_caught(honest, what, lie, words):
    """A check that passes wrong work, refuses right work, or names the wrong cause."""
    exercise, table, ask = honest
    source = {"unsolved": exercises.unsolved(DIFF), "solution": our_source(DIFF), "right": exercise.rights[0].source,
              "wrong": exercise.wrongs[0].source, "mutant": "mutant 3"}[what]
    table[source] = lie
    result = prove.prove(exercise, ask)
    assert not result["holds"]
    assert any(words in line for line in prove.failures(result))
    assert prove.row(result).endswith("NO")


def test_a_survivor_with_a_reason_holds_until_there_are_too_many(honest):
    """One in forty may be equivalent; three in forty are a check that does not look."""
    exercise, table, ask = honest
    type(exercise).equivalent = {f"- a | + {n}": "both orders are right" for n in range(3)}
    table["mutant 0"] = None
    result = prove.prove(exercise, ask)
    assert result["holds"]
    assert result["mutants"]["survivors"] == [{"diff": "- a | + 0", "why": "both orders are right"}]
    table["mutant 1"] = table["mutant 2"] = None
    assert "37 of 40 mutants refused" in " ".join(prove.failures(prove.prove(exercise, ask)))


def test_a_part_of_the_mutants_is_taken_from_everywhere(honest):
    """From the first to the last, so that no part of a solution is left out."""
    exercise, table, ask = honest
    assert prove.prove(exercise, ask, most=10)["mutants"]["total"] == 10
    table["mutant 36"] = None
    assert [s["diff"] for s in prove.prove(exercise, ask, most=10)["mutants"]["survivors"]] == ["- a | + 36"]


def test_too_few_answers_prove_nothing(honest):
    """At least four wrong ones and three right ones."""
    exercise, _, ask = honest
    type(exercise).wrongs = exercise.wrongs[:3]
    assert "too few" in " ".join(prove.failures(prove.prove(exercise, ask)))


def test_mutants_are_small_each_once_and_python():
    """Every one differs from the source in few lines, and no two are the same."""
    source = "def f(a, b):\n    '''Doc.'''\n    if a not in b:\n        return g('start', a)\n    return a == b\n"
    made = mutants(source)
    assert len(set(made.values())) == len(made) > 10
    assert "- if a not in b: | + if a in b:" in made
    assert "- return a == b | + return a != b" in made
    assert "- return g('start', a) | + return g('stop', a)" in made
    for change, mutant in made.items():
        compile(mutant, change, "exec")
    assert changed("a\nb\n", "a\nc\n") == "- b | + c"


def test_a_finding_needs_a_hint_that_exists():
    """Each hint named in the answers is one that the exercise can give."""
    for exercise in exercises.every():
        for wrong in exercise.wrongs:
            assert exercise.hint(wrong.hint).likely
    with pytest.raises(LookupError):
        exercises.find("2.1").hint("no-such-hint")
