"""How much is 250m, and how much is 64Mi?

A quantity is a number with a unit: 250m is a quarter of a core, 64Mi are 64 × 1024 × 1024 bytes. It is exact, so a
thousand times 1m is 1 and not nearly 1. The smallest step is 1n, and what is finer is rounded up: who asks for a little
gets a little. It is written with the fewest digits, in the family of units it came in:

>>> parse("0.25"), parse("1024Mi"), parse("1.5Gi"), parse("250m") + parse("750m")
(Quantity('250m'), Quantity('1Gi'), Quantity('1536Mi'), Quantity('1'))

Upstream: ``apimachinery/pkg/api/resource/quantity.go``. Left out: numbers of more than 64 characters and powers of ten
beyond 99, which are refused here.
"""

import functools
import re
from dataclasses import dataclass, field

from mini_k8s.errors import Invalid

_NANO = 10**9
_LONGEST, _HIGHEST = 64, 99  # characters of a quantity, power of ten
_MOST = (2**63 - 1) * _NANO  # what a binary quantity is cut down to
_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}  # of ten
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")  # powers of 1024
_SUFFIXES = {power: suffix for suffix, power in _POWERS.items()}
_FORM = re.compile(r"([+-]?)([0-9]*)\.?([0-9]*)(?:[eE]([+-]?[0-9]+)|([KMGTPE]i|[numkMGTPE])?)")


@dataclass(frozen=True, order=True, slots=True, repr=False)
class Quantity:
    """An exact amount, in billionths. Quantities are compared, added, subtracted and negated; equal amounts are equal,
    whatever they are written in.

    family   what it is written in: "DecimalSI" (250m, 2G), "BinarySI" (64Mi) or "DecimalExponent" (12e6)
    """

    nano: int
    family: str = field(default="DecimalSI", compare=False)

    def value(self) -> int:
        """In whole units (cores, bytes), rounded up; a negative one down."""
        return _divided(self.nano, _NANO)

    def milli(self) -> int:
        """In thousandths, rounded up; a negative one down."""
        return _divided(self.nano, _NANO // 1000)

    def __add__(self, other: "Quantity") -> "Quantity":
        if not isinstance(other, Quantity):
            return NotImplemented
        return Quantity(self.nano + other.nano, self.family if self.nano else other.family)

    def __neg__(self) -> "Quantity":
        return Quantity(-self.nano, self.family)

    def __sub__(self, other: "Quantity") -> "Quantity":
        return self + -other if isinstance(other, Quantity) else NotImplemented

    def __bool__(self) -> bool:
        return self.nano != 0

    def __str__(self) -> str:
        """As Kubernetes writes it: no fraction, and the largest unit that leaves none."""
        if not self.nano:
            return "0"
        amount, sign = abs(self.nano), "-" if self.nano < 0 else ""
        if self.family == "BinarySI" and 1024 * _NANO <= amount <= _MOST and amount % _NANO == 0:
            number, times = _without(1024, amount // _NANO)
            return f"{sign}{number}{_BINARY[times]}"
        number, times = _without(1000, amount)
        power = 3 * times - 9
        if self.family == "DecimalExponent" or power not in _SUFFIXES:
            return f"{sign}{number}{f'e{power}' if power else ''}"
        return f"{sign}{number}{_SUFFIXES[power]}"

    def __repr__(self) -> str:
        return f"Quantity('{self}')"


ZERO = Quantity(0)


def parse(text: str | int | float) -> Quantity:
    """The quantity that is written there: '250m', '64Mi', '1.5', '12e6', or a number as a manifest may hold it.

    Raises Invalid, saying what was probably meant.
    """
    if isinstance(text, str):
        return _parse(text)
    if isinstance(text, bool) or not isinstance(text, int | float):
        raise Invalid(f"{str(text)[:80]!r} is no quantity, but a {type(text).__name__}. {_HOW}")
    return _parse(repr(text) if isinstance(text, float) or abs(text) < 10**_LONGEST else "a very long number")


_HOW = "Write a number with or without a unit (n u m k M G T P E, Ki Mi Gi Ti Pi Ei), such as 250m or 64Mi."


@functools.lru_cache(4096)  # a cluster knows few
def _parse(text: str) -> Quantity:
    read = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
    if read is None or not (read[2] or read[3]) or abs(int(read[4] or 0)) > _HIGHEST:
        raise Invalid(f"{_shown(text)} is no quantity. {_meant(text)}{_HOW}")
    sign, whole, fraction, exponent, suffix = read.groups(default="")
    amount = int(whole + fraction)
    if suffix in _BINARY[1:]:
        family, power = "BinarySI", 9
        amount *= 1024 ** _BINARY.index(suffix)
    else:
        family = "DecimalExponent" if exponent else "DecimalSI"
        power = 9 + (int(exponent) if exponent else _POWERS[suffix])
    power -= len(fraction)
    nano = amount * 10**power if power >= 0 else _divided(amount, 10**-power)
    if family == "BinarySI":
        nano = min(nano, _MOST)
        if 0 < nano < _NANO:
            family = "DecimalSI"
    return Quantity(-nano if sign == "-" else nano, family)


def _divided(amount: int, by: int) -> int:
    """Rounded away from zero."""
    return -(-amount // by) if amount >= 0 else amount // by


def _without(factor: int, number: int) -> tuple[int, int]:
    """The number without all such factors, and how many there were."""
    times = 0
    while number % factor == 0:
        number, times = number // factor, times + 1
    return number, times


def _meant(text: str) -> str:
    """'Did you mean 64M? ', or nothing."""
    read = re.fullmatch(r"\s*([+-]?[0-9]+(?:[.,][0-9]+)?)\s*([A-Za-z]*)\s*", text)
    if not read or len(text) > _LONGEST:
        return ""
    unit = re.sub(r"(?:b|bytes?|cpus?|cores?)$", "", read[2].lower())
    suffix = next((known for known in (*_BINARY[1:], *"kMGTPEmun", "") if known.lower() == unit), None)
    return "" if suffix is None else f"Did you mean {read[1].replace(',', '.')}{suffix}? "


def _shown(text: str) -> str:
    return repr(text) if len(text) <= _LONGEST else f"{text[:20]!r}… ({len(text)} characters)"
