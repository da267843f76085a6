"""What is probably wrong with a text that is no YAML?"""

import re

import yaml

_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_SAYINGS = (  # what the parser says, and what it means to somebody who wrote the file
    ("mapping values are not allowed", "there is a ': ' where none can be. Put the text into quotes, or indent this "
                                       "line as the lines it belongs to{since}."),
    ("did not find expected key", "this line is indented otherwise than the lines it belongs to{since}."),
    ("did not find expected '-' indicator", "this line stands in a list{begun} and does not begin with '- ', or "
                                            "it is indented otherwise."),
    ("did not find expected ',' or", "a bracket that is opened{since} is not closed, or a ',' is missing."),
    ("did not find expected node content", "a value is missing here, or a bracket is not closed{since}."),
    ("did not find expected <document start>", "this line does not belong to what stands before it. A new document "
                                               "begins with '---'."),
    ("could not find expected ':'", "there is a key without ': ' after it{since}."),
    ("found unexpected end of stream", "a quote that is opened{since} is not closed."),
    ("found unexpected document indicator", "a quote that is opened{since} is not closed."),
    ("found unknown escape character", "a backslash in double quotes begins something unknown. Write two, or use "
                                       "single quotes."),
    ("maximum nesting depth", "more brackets are open than any manifest needs."),
    ("expected comment or line break", "nothing can stand after '|' or '>' in its line. Begin the text below."),
    ("expected hexdecimal number", "a \\u or \\x in double quotes is followed by no number."),
    ("invalid Unicode character escape", "a \\u in double quotes is followed by no character's number."),
)


def syntax_mistake(error: yaml.YAMLError, text: str, first: int) -> tuple[int, str]:
    """The line of the mistake, and what it is. ``first`` is the number of the text's first line."""
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is None:
        found = _NOT_TEXT.search(text)
        place = found.start() if found else 0
        what = f"there is a character that no text holds ({found[0]!r})" if found else f"this is no YAML: {error}"
        return first + text.count("\n", 0, place), f"{what}. Remove it, or see whether this is a text file at all."
    last = len(_BREAK.findall(text.removesuffix("\n").removesuffix("\r")))
    line, problem = first + min(mark.line, last), str(getattr(error, "problem", "") or error)
    place = f"at column {mark.column + 1}" if mark.line <= last else "at its end"
    since = f" in line {first + begun.line}" if begun and begun.line != mark.line else ""
    began = f" that begins{since}" if since else ""
    if "cannot start any token" in problem:
        return line, _bad_start(text, mark)
    for saying, meaning in _SAYINGS:
        if saying in problem:
            return line, f"this is no YAML {place}: {meaning.format(since=since, begun=began)}"
    return line, f"this is no YAML {place}: {problem}{since}."


def _bad_start(text: str, mark: yaml.Mark) -> str:
    line = _BREAK.split(text)[mark.line]
    if "\t" in line[:mark.column + 1]:
        return f"there is a tab at column {mark.column + 1}. YAML is indented with spaces: replace it."
    return f"a value cannot begin with {line[mark.column:mark.column + 1]!r}. Write it in quotes."
