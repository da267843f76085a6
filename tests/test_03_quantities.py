"""Amounts with units: exact, rounded up, and written as Kubernetes writes them."""

import doctest
import pickle
from fractions import Fraction
from functools import reduce
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mini_k8s import quantities
from mini_k8s.errors import Invalid
from mini_k8s.quantities import ZERO, Quantity, parse

TEN = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
TWO = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
amounts = st.builds(Quantity, st.integers(-10**30, 10**30), st.sampled_from(["DecimalSI", "BinarySI",
                                                                            "DecimalExponent"]))


@st.composite
def written(draw):
    """A quantity as somebody may write it, and its exact worth."""
    whole, part = draw(st.integers(0, 10**12)), draw(st.text("0123456789", max_size=12))
    sign = draw(st.sampled_from(["", "+", "-"]))
    form = draw(st.sampled_from(["ten", "two", "power"]))
    if form == "ten":
        suffix = draw(st.sampled_from([*TEN]))
        scale = Fraction(10) ** TEN[suffix]
    elif form == "two":
        suffix = draw(st.sampled_from([*TWO][:-3]))  # beyond these the cap begins
        scale = Fraction(2) ** TWO[suffix]
        whole %= 10**6
    else:
        power = draw(st.integers(-30, 30))
        suffix, scale = f"{draw(st.sampled_from('eE'))}{power}", Fraction(10) ** power
    worth = Fraction(f"{whole}.{part or 0}") * scale * (-1 if sign == "-" else 1)
    return f"{sign}{whole}{'.' + part if part else ''}{suffix}", worth


def test_the_examples_of_the_docstring_are_true():
    assert doctest.testmod(quantities) == doctest.TestResults(failed=0, attempted=1)


@pytest.mark.parametrize(("text", "as_written"), [
    ("0", "0"), ("0Ki", "0"), ("-0", "0"), ("00", "0"), ("0.000", "0"), ("0e99", "0"),
    ("1", "1"), ("+1", "1"), ("-1", "-1"), ("1.", "1"), (".5", "500m"), ("1.G", "1G"), ("007", "7"),
    ("0.25", "250m"), ("250m", "250m"), ("1000m", "1"), ("1.08", "1080m"), ("1080000000n", "1080m"), ("2500u", "2500u"),
    ("1000", "1k"), ("1500", "1500"), ("1000000k", "1G"), ("0.001T", "1G"), ("1234567M", "1234567M"), ("12E", "12E"),
    ("1024", "1024"), ("1024Ki", "1Mi"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("0.5Mi", "512Ki"),
    ("1001Gi", "1001Gi"), ("5Ki", "5Ki"), ("0.5Ki", "512"), ("0.001Ki", "1024m"), ("100.035Ki", "102435840m"),
    ("1Ei", "1Ei"),
    ("1e3", "1e3"), ("1E3", "1e3"), ("1e14", "100e12"), ("1.3E+6", "1300e3"), ("1e-3", "1e-3"), ("0.5e0", "500e-3"),
    ("1000e-12", "1e-9"), ("5e0", "5"), ("1e21", "1e21"), ("1E", "1E"), ("1000E", "1e21"),
])
def test_it_is_written_with_the_fewest_digits(text, as_written):
    """No fraction, and the largest unit that leaves none, in the family it came in; as upstream's tests have it."""
    assert str(parse(text)) == as_written
    assert parse(as_written) == parse(text)


@pytest.mark.parametrize(("text", "nano"), [
    ("3.001n", 4), ("0.9n", 1), ("1.1E-9", 2), ("0.0000000001", 1), ("0.00000012345", 124), ("1e-99", 1),
    (".000000000001Ki", 2), ("-3.001n", -4), ("-0.1n", -1),
])
def test_who_asks_for_a_little_gets_a_little(text, nano):
    """Below the smallest step everything is rounded away from zero."""
    assert parse(text).nano == nano


@pytest.mark.parametrize(("text", "value", "milli"), [
    ("1", 1, 1000), ("9.01", 10, 9010), ("-9.01", -10, -9010), ("1m", 1, 1), ("1n", 1, 1), ("1001m", 2, 1001),
    ("100.5Ki", 102912, 102912000), ("1.0001", 2, 1001), ("0", 0, 0),
])
def test_whole_units_are_rounded_up(text, value, milli):
    assert (parse(text).value(), parse(text).milli()) == (value, milli)


def test_a_binary_amount_ends_at_63_bits():
    """As upstream; a decimal one does not."""
    most = 2**63 - 1
    assert parse("9Ei").value() == parse("9223372036854775807Ki").value() == most
    assert parse("-9Ei").value() == -most
    assert parse("18446744073709551616").value() == 2**64


@given(written())
def test_what_is_written_is_what_is_meant(case):
    """Exact, or less than a billionth more, away from zero."""
    text, worth = case
    nano = parse(text).nano
    assert 0 <= abs(nano) - abs(worth * 10**9) < 1
    assert nano == 0 or (nano > 0) == (worth > 0)


@given(amounts)
def test_every_amount_survives_being_written(amount):
    """And is written the same again."""
    again = parse(str(amount))
    assert again == amount
    assert str(again) == str(amount)
    assert "." not in str(amount)


@given(amounts, amounts, amounts)
def test_adding_is_exact(a, b, c):
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert (a + b) - b == a
    assert a - a == ZERO == -a + a
    assert (a < b) == (a.nano < b.nano)
    assert (a == b) == (hash(a) == hash(b) and a.nano == b.nano)


@given(amounts)
def test_rounding_never_takes_anything_away(amount):
    assert 0 <= abs(amount.value()) * 10**9 - abs(amount.nano) < 10**9
    assert 0 <= abs(amount.milli()) * 10**6 - abs(amount.nano) < 10**6


def test_equal_amounts_are_equal_whatever_they_are_written_in():
    assert parse("1024") == parse("1Ki")
    assert len({parse("1"), parse("1000m"), parse("1e0"), parse("0.001k")}) == 1
    assert parse("100m") > parse("50m")
    assert parse("10000T") > parse("100Gi")
    assert max(parse("1Gi"), parse("1G")) == parse("1Gi")


def test_a_sum_keeps_the_units_it_began_with():
    """Zero has none of its own."""
    assert str(parse("1Gi") + parse("24Mi")) == "1048Mi"
    assert str(sum([parse("512Mi"), parse("512Mi")], ZERO)) == "1Gi"
    assert str(parse("0") - parse("1Gi")) == "-1Gi"
    assert str(parse("1Gi") - parse("1Gi") + parse("1k")) == "1k"


def test_a_thousand_times_a_thousandth_is_one():
    """Floats would not get there."""
    assert sum([parse("0.1")] * 10, ZERO) == parse("1")
    assert reduce(add, [0.1] * 10) != 1  # sum() would hide it, from Python 3.12 on


def test_a_manifest_may_hold_a_bare_number():
    assert (parse(2), parse(0.5), parse(-1), parse(1e21)) == (parse("2"), parse("500m"), parse("-1"), parse("1e21"))


@pytest.mark.parametrize(("text", "words"), [
    ("64MB", "'64MB' is no quantity. Did you mean 64M?"), ("64mb", "Did you mean 64M?"),
    ("64mib", "Did you mean 64Mi?"), ("5K", "Did you mean 5k?"), ("100 Mi", "Did you mean 100Mi?"),
    (" 1", "Did you mean 1?"), ("1,5", "Did you mean 1.5?"), ("2cores", "Did you mean 2?"), ("1g", "Did you mean 1G?"),
    ("1i", "such as 250m or 64Mi"), ("", "'' is no quantity"), (".", "'.' is"), ("-", "'-' is"),
    ("1.1.M", "'1.1.M' is"), ("1+1.0M", "no quantity"), ("0.1am", "no quantity"),
    ("-3.01e-", "no quantity"), ("1e", "no quantity"), ("1e1.5", "no quantity"), ("1Ki2", "no quantity"),
    ("١", "no quantity"), ("1\n", "no quantity"), ("0x10", "no quantity"), ("nan", "no quantity"),
    (True, "but a bool"), (None, "but a NoneType"), ([], "but a list"), (float("inf"), "'inf' is"),
])
def test_what_is_no_quantity_is_refused_with_what_was_probably_meant(text, words):
    with pytest.raises(Invalid) as refused:
        parse(text)
    assert words in str(refused.value)
    assert "such as 250m or 64Mi." in str(refused.value)


@pytest.mark.parametrize("text", ["1" * 65, "0" * 10**6 + "1", "1e100", "1e-100", "1e4294967297", "1e" + "9" * 60,
                                  10**65, -10**5000, "." + "0" * 10**6], ids=range(9))
def test_nobody_makes_us_count_to_a_number_that_fills_the_memory(text):
    with pytest.raises(Invalid, match="no quantity") as refused:
        parse(text)
    assert len(str(refused.value)) < 300


def test_it_shows_itself_and_stays_as_it_is():
    amount = parse("250m")
    assert repr(amount) == "Quantity('250m')"
    assert pickle.loads(pickle.dumps(amount)) == amount
    with pytest.raises((AttributeError, TypeError)):
        amount.nano = 1
    with pytest.raises(TypeError):
        amount + 1
    with pytest.raises(TypeError):
        amount < 1  # noqa: B015
    assert amount
    assert not parse("0m")
