"""Which slip is behind an error of Python's, and what mends it?

Python says what went wrong, not what to write instead. A row of these tables is a pattern for what Python says and, on
the next line, for the line of the learner's where it happened; and the mend, with the pattern's names in it. The first
row that fits is taken. None of them is certain, so each says what the line should be, and not what was thought.
"""

import difflib
import re

_READING = (  # what Python cannot read
    (r"invalid character '[“”„‟‘’‚«»]'", "These quotes come from a text. Type them anew, straight ones: `\"`."),
    (r"invalid character '÷'", "Write `/` where `÷` stands."),
    (r"invalid character '[×·]'", "Write `*` to multiply."),
    (r"invalid character '(?P<sign>.)'", "Type `{sign}` anew: it looks like a sign of Python's, and is another one."),
    (r"non-printable character", "A character that cannot be seen was copied along. Type this line anew."),
    (r"tabs and spaces", "Indent every line with spaces, four for each step: a tab looks like them, and counts "
                         "otherwise."),
    (r"unindent does not match", "Let line {line} begin in the column of the line above that it follows."),
    (r"unexpected indent", "Let line {line} begin in the column of the line above. It moves to the right only after a "
                           "line that ends with a colon."),
    (r"expected an indented block", "Move line {line} four spaces to the right: it belongs to the line with the colon. "
                                    "Where nothing is to be done yet, write `pass`."),
    (r"\n\W*```", "Take the lines with the three backticks out: they belong to the page, not to Python."),
    (r"\n(>>>|\.\.\. )", "Take `>>>` and `...` out, and the answers that stand below them."),
    (r"\n.*\|\|", "Write `or` where `||` stands, and `and` for `&&`."),
    (r"\n.*&&", "Write `and` where `&&` stands, and `or` for `||`."),
    (r"\n.*\bis not in\b", "Write `not in`, without `is`."),
    (r"\nelse if\b", "Write `elif` where `else if` stands."),
    (r"\n.*\b(if|while|and|or|not) *!\s*[\w(]", "Write `not` where `!` stands."),
    (r"\n.*(\w\+\+|\+\+\w)", "Write `+= 1` where `++` stands."),
    (r"\nexcept (?P<kind>\w+), *(?P<name>\w+):", "Write `except {kind} as {name}:`."),
    (r"expected ':'", "End line {line} with a colon."),
    (r"Maybe you meant '=='", "Write `==` to ask whether two are equal. `=` gives a name a value."),
    (r"^invalid syntax\n(if|elif|while) .*[^=!<>]=[^=]",
     "Write `==` to ask whether two are equal. `=` gives a name a value."),
    (r"forgot a comma", "Write a comma between each two values on line {line}."),
    (r"'(?P<word>return|yield)' outside function", "Move line {line} to the right until it stands in your function."),
    (r"is parameter and global", "Take the line with `global` out: what a function is given it has already."),
    (r"'(?P<sign>.)' was never closed", "Close the `{sign}` of line {line} where what it holds ends."),
    (r"unterminated string", "End the text on line {line} with the quote with which it begins."),
    (r"expected 'except' or 'finally'", "Write `except Exception as error:` below the `try:`, in the same column."),
)
_RUNNING = (  # what Python can read, and not do
    (r"values to unpack.*\n.*\bfor \(?\w+, ?\w+\)? in (?P<of>\w+)\b(?![.(\[])",
     "A mapping that is gone through gives its names alone. For name and value write `in {of}.items()`."),
    (r"'Action' object is not iterable\n.*\b(?P<list>\w+) ?\+=|'Action' object is not iterable\n.*?(?P<l2>\w+)\.extend",
     "Add one action with `append(…)`: `+=` and `extend` add all that is in a list."),
    (r"Action object|'Action' object is not", "An action is no list. Keep it whole, in one name; its parts are "
                                              "`action.verb`, `action.name` and `action.what`."),
    (r"can only concatenate list \(not \"(?P<kind>\w+)\"\)",
     "`+` joins two lists. Put the {kind} in brackets, `[…]`, or add it with `append(…)`."),
    (r"append\(\) takes exactly one argument \(2 given\)\n.*append\((?P<two>[^()]*)\)",
     "`append` takes one thing. Make one of the two, with a second pair of parentheses: `append(({two}))`."),
    (r"append\(\) takes exactly one argument",
     "`append` takes one thing. Make one of them first: an `Action(…)`, or a tuple in parentheses of its own."),
    (r"'NoneType' object has no attribute '(?P<verb>append|extend|add)'\n\s*(?P<name>\w+)",
     "`{verb}` gives back None. Write `{name}.{verb}(…)` on a line of its own, with no `{name} =` before it."),
    (r"'NoneType' object is not callable\n\s*(?P<name>\w+) = (?P=name)\(",
     "Leave `{name} =` out: it puts what `{name}` gave back in the place of `{name}`."),
    (r"'(set|list)' object has no attribute '(add|push|append)'\n.*?\b(?P<name>\w+)\.(add|push|append)\(",
     "A list has `append(…)`, a set has `add(…)`. Look at what `{name}` is at first."),
    (r"'dict' object has no attribute '(append|add|extend)'\n.*?\b(?P<name>\w+)\.(append|add|extend)\(",
     "`{name}` is a dict. Let it be a list from the beginning: `{name} = []`."),
    (r"'dict' object has no attribute '(?P<key>\w+)'\n.*\b(?P<name>\w+)\.(?P=key)\b",
     "Look up in brackets: `{name}[{key}]`. A dot asks a dict for what every dict can do."),
    (r"'\w+' object has no attribute 'message'", "An error is reported as it is. Its text, where you need one, is "
                                                 "`str(error)`."),
    (r"'function' object has no attribute '(?P<part>\w+)'\n.*\b(?P<name>\w+)\.(?P=part)\b",
     "`{name}` is a function, and all that can be done is to call it: `{name}(…)`."),
    (r"method' object is not (iterable|subscriptable)\n.*\.(?P<name>items|keys|values)\b(?!\()",
     "Call it: `{name}()`, with parentheses."),
    (r"'(dict|Observation|mappingproxy)' object is not callable\n.*\b(?P<name>desired|observed)\(",
     "`{name}` is a mapping, no function. Leave the parentheses away; one value of it is `{name}[…]`."),
    (r"object is not callable\n.*\b(?P<name>list|dict|set|str|sorted|len|sum|map|filter|any|all|print)\(",
     "Another line calls a value of yours `{name}`. Give that one another name."),
    (r"list indices must be integers.*\n\s*(?P<name>\w+)\[.*\] = ", "Add to a list with `{name}.append(…)`."),
    (r"list indices must be integers", "A list is asked by position. Go through it with `for`, or make a dict of it."),
    (r"unhashable type: '(?P<kind>dict|list|set)'",
     "A {kind} stands where a name is looked up. Print what you look up there: one of your loops gives you more than "
     "names."),
    (r"unsupported operand type\(s\) for (?P<sign>\S+): 'dict' and 'dict'",
     "Two dicts have no `{sign}`. Go through the names, `for name in …`, and look each one up in the other."),
    (r"'tuple' object has no attribute '(append|add|extend)'", "A tuple cannot grow. Begin with a list: `[]`."),
    (r"JSON serializable|argument of type 'int'|'int' object is not subscriptable|"
     r"'(int|tuple|frozenset)' object has no attribute '(r?split|startswith|endswith|lower|upper|strip|r?partition)'",
     "What stands behind a name may be any value, not only text. Ask only whether two are equal."),
    (r"not supported between instances of 'Action'", "Actions have no order, and none is needed. Take them as they "
                                                     "come."),
    (r": (?P<name>\w+)\(\) missing \d+ required positional arguments?: (?P<what>.*)",
     "`{name}` wants more than line {line} gives it: {what}."),
    (r": (?P<name>\w+)\(\) takes .* given", "Line {line} gives `{name}` more than it takes, or too little."),
    (r"unsupported operand type\(s\) for \^", "`^` is no power in Python. Write `**`."),
    (r"unsupported operand type\(s\) for (?P<sign><<|>>)", "`{sign}` takes whole numbers only. Write `* 2 ** …`."),
    (r"'(int|float)' object is not callable", "A number stands before a parenthesis. Write `*` between them, where you "
                                              "multiply."),
    (r"can only concatenate str \(not \"(int|float)|type\(s\) for [-+*/]+: '(str|int|float)' and '(str|int|float)'",
     "Texts and numbers do not calculate together. Leave the quotes, or `str(…)`, out."),
    (r"'float' object cannot be interpreted as an integer",
     "A whole number is wanted there, and a float is given. Where you count with `range`, multiply instead."),
    (r"StopIteration\n.*\bnext\(", "`next` came to the end. A `for` loop ends there by itself."),
    (r"changed size during iteration", "Go through a copy, `list(…)`, or better: change neither of the two."),
    (r"cannot assign to field", "An action cannot be changed. Make another one: `Action(…)`."),
    (r"^AssertionError", "`assert` stops your function where its condition is false. To choose, write `if`."),
    (r"\n\s*raise\b", "Your own `raise` ends the function there. Return what you found out, and raise nothing."),
    (r"cannot import name '(?P<name>\w+)' from '(?P<of>[\w.]+)'", "There is no `{name}` in `{of}`. Correct the name, "
                                                                   "or take it out."),
    (r"No module named 'control_loop'", "Take this line out: what is in `mini_k8s.control_loop` is here already."),
    (r"No module named '(?P<name>[\w.]+)'", "Take `{name}` out: it is not installed here, and this exercise needs "
                                            "nothing that Python does not bring."),
)
_KEYWORDS = ("return", "while", "elif", "else", "except", "import", "continue", "break", "yield", "raise", "for", "def")


def mend_of_reading(message: str, line: str, number: str) -> str:
    """What to do about a line that Python cannot read."""
    first = re.match(r"\w*", line)[0]
    near = difflib.get_close_matches(first, _KEYWORDS, 1, 0.74) if first not in _KEYWORDS else []
    misspelt = near and message == "invalid syntax" and f"Write `{near[0]}` where `{first}` stands."
    return _first(_READING, f"{message}\n{line}", number) or misspelt or (
        f"Look at line {number}, and at the end of the line above it.")


def mend_of_running(error: str, line: str, number: str) -> str:
    """What to do about a line that raised; '' when nothing is known of it."""
    return _first(_RUNNING, f"{error}\n{line}", number)


def _first(table, text: str, number: str) -> str:
    for pattern, mend in table:
        if found := re.search(pattern, text):
            return mend.format(line=number, **found.groupdict())
    return ""
