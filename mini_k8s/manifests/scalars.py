"""What does a word of YAML mean that stands there without quotes? As kubectl takes it, which is YAML 1.1, nearly.

So ``yes`` and ``off`` are booleans, ``0644`` is octal, ``22:22`` and ``2026-11-26`` are text.
Upstream: ``sigs.k8s.io/yaml/goyaml.v2/resolve.go``.
"""

import re

_WORDS = {word: meaning for meaning, words in {
    None: "~ null Null NULL",
    True: "true True TRUE y Y yes Yes YES on On ON",
    False: "false False FALSE n N no No NO off Off OFF",
}.items() for word in words.split()} | {"": None}
_NUMBERS = re.compile("[-+.0-9]")
_WHOLE = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_BASES = (16, 2, 8, 10)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def meaning(text: str) -> str | int | float | bool | None:
    """What this word means. Raises ValueError for a number that no manifest can hold."""
    if text in _WORDS:
        return _WORDS[text]
    if not _NUMBERS.match(text):
        return text
    if _NO_NUMBER.fullmatch(text):
        raise ValueError(f"{text} is no number that a manifest can hold")
    plain = text.replace("_", "")
    if len(plain) <= 100 and (found := _WHOLE.fullmatch(plain)):
        sign, *digits = found.groups()
        number = next(int(given, base) for given, base in zip(digits, _BASES, strict=True) if given is not None)
        number = -number if sign == "-" else number
        if -2**63 <= number < 2**64:
            return number
    if _FLOAT.fullmatch(plain):
        number = float(plain)
        return text if number in (float("inf"), float("-inf")) else number
    return text


def is_surprising(text: str) -> bool:
    """It is read as a boolean, and was perhaps not meant as one."""
    return isinstance(_WORDS.get(text), bool) and text.lower() not in ("true", "false")
