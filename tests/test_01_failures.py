"""How often something fails, and what a slow repair costs; and exercises 1.1 and 1.2: is what a refusal says true?"""

import doctest
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mini_k8s import failures
from mini_k8s.failures import availability, expected_failures
from mini_k8s.workshop.exercises import numeric_why
from mini_k8s.workshop.judge import judge

seconds = st.floats(1e-3, 1e9)
many = st.integers(0, 10_000)


# The functions.

def test_the_examples_of_the_docstrings_are_true():
    """They are the exercise's text."""
    assert doctest.testmod(failures) == doctest.TestResults(failed=0, attempted=2)


@given(seconds, seconds)
def test_it_works_or_it_does_not(mtbf, repair):
    """The two shares make the whole, and the unit does not matter as long as it is one."""
    assert math.isclose(availability(mtbf, repair) + availability(repair, mtbf), 1.0)
    assert math.isclose(availability(60 * mtbf, 60 * repair), availability(mtbf, repair))


@given(seconds)
def test_a_repair_that_takes_no_time_costs_nothing_unless_it_never_works(time):
    assert availability(time, 0) == 1.0
    assert availability(0, time) == 0.0
    assert availability(0, 0) == 0.0


@given(seconds, st.floats(0, 1e6), st.floats(1, 1e6))
def test_a_slower_repair_makes_it_worse(mtbf, repair, slower):
    assert availability(mtbf, repair + slower) < availability(mtbf, repair)


def test_what_nobody_repairs_is_not_there_in_the_long_run():
    """Infinite times are not asked of a learner; whoever passes them finds what they mean."""
    assert availability(30, math.inf) == 0.0
    assert expected_failures(6, math.inf, 24) == 0.0


@given(many, many, seconds, st.floats(0, 1e4), st.floats(0, 1e4))
def test_failures_add_up(n, more, mtbf, hours, later):
    """Over the things, and over the time."""
    both = expected_failures(n, mtbf, hours) + expected_failures(more, mtbf, hours)
    assert math.isclose(expected_failures(n + more, mtbf, hours), both, abs_tol=1e-9)
    both = expected_failures(n, mtbf, hours) + expected_failures(n, mtbf, later)
    assert math.isclose(expected_failures(n, mtbf, hours + later), both, abs_tol=1e-9)


def test_one_year_each_and_a_thousand_of_them():
    """Nearly three a day: among many, failure is normal."""
    assert expected_failures(1000, 365 * 24 * 3600, 24) == pytest.approx(2.74, abs=0.01)


# The exercises.

ONE = "def availability(mtbf, repair):\n    return {}\n"
MANY = "def expected_failures(n, mtbf, hours):\n    return {}\n"


def refused(number, source):
    verdict = judge(number, source)
    assert not verdict.passed
    return verdict, " ".join(verdict.message.split())


def test_a_refusal_in_full():
    """The case, what is right there, what came back, what is behind it, and the next move."""
    verdict, _ = refused("1.1", ONE.format("1 - repair / mtbf"))
    assert verdict.message.splitlines() == [
        "1.1 availability: not yet (1 of 5 checks passed)",
        "given      mtbf   = 30",
        "           repair = 10",
        "expected   0.75",
        "you did    returned 0.6666666666666667",
        "likely     You took ‘mtbf’ for the whole time from one failure to the next. Here it is the time of working",
        "           alone, and the repair comes on top of it.",
        "next       Divide by the whole time: both together. Here that is 40 s."]


@pytest.mark.parametrize(("number", "source", "hint", "words"), [
    ("1.1", ONE.format("mtbf / (mtbf + repair / 60) if mtbf else 0"), "units", "counts 60 times too much: ‘mtbf’"),
    ("1.1", ONE.format("mtbf / (mtbf + repair * 3600) if mtbf else 0"), "units", "3600 times too much: ‘repair’"),
    ("1.1", ONE.format("mtbf / (mtbf + repair)"), "divides-by-zero", "here ‘mtbf’ and ‘repair’ are 0"),
    ("1.1", ONE.format("1 / (1 + repair / mtbf)"), "divides-by-zero", "here ‘mtbf’ is 0"),
    ("1.1", ONE.format("round(mtbf / (mtbf + repair), 3) if mtbf else 0"), "rounded", "to 3 places"),
    ("1.1", ONE.format("mtbf / (mtbf + 10) if mtbf else 0"), "ignores", "another value for ‘repair’"),
    ("1.2", MANY.format("n * hours / mtbf"), "hours-as-seconds", "2 h are 7200 s"),
    ("1.2", MANY.format("hours * 3600 / mtbf"), "n-forgotten", "There are 10"),
    ("1.2", MANY.format("n * hours * 3600 / mtbf / 24"), "factor", "24 times too small"),
    ("1.2", MANY.format("n * hours * 3600 / mtbf + 0.5"), "other-number", "fails 0.2 times in 2 h, on average, and"),
])
def test_what_is_said_is_of_the_case_that_is_shown(number, source, hint, words):
    verdict, message = refused(number, source)
    assert verdict.hint == hint
    assert words in message, message


def test_an_answer_that_calls_ours_is_no_answer():
    assert judge("1.1", "from mini_k8s import failures\n" + ONE.format("failures.availability(mtbf, repair)")
                 ).hint == "imports-ours"


def test_no_number_needs_the_advice_that_a_list_needs():
    """Where one number is asked for, nothing is said of lists and loops."""
    for body in ("pass", "print(mtbf / (mtbf + repair))", "x = mtbf", "return print(mtbf)", "return", "return None",
                 "if mtbf > 99: return 1.0", "return [mtbf, repair]", "return 'half'", "return 0,75"):
        message = refused("1.1", f"def availability(mtbf, repair):\n    {body}\n")[1]
        advice = message.partition("likely")[2]
        assert "Action" not in advice, message
        assert "[]" not in advice, message


def test_a_thought_is_taken_only_where_it_gives_every_answer():
    """A formula that happens to fit in one case accuses nobody."""
    thoughts = (("double", lambda x: 2 * x), ("square", lambda x: x * x))
    assert numeric_why.thought(thoughts, {(2,): 4}) == ("double", {})
    assert numeric_why.thought(thoughts, {(2,): 4, (3,): 9}) == ("square", {})
    assert numeric_why.thought(thoughts, {(2,): 4, (3,): 7}) is None
    assert numeric_why.thought(thoughts, {(2.11,): 4.5, (3.2,): 10.2}, rounded=True) == ("square", {})


def test_where_a_thought_cannot_be_calculated_no_answer_may_be_there():
    """The inverse of 0 is known to neither."""
    inverse = (("inverse", lambda x: 1 / x),)
    assert numeric_why.thought(inverse, {(2,): 0.5, (0,): None}) == ("inverse", {})
    assert numeric_why.thought(inverse, {(2,): 0.5, (0,): 0.0}) is None
    assert numeric_why.thought(inverse, {(0,): None}) is None
