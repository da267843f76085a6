"""How is YAML read that comes from somebody one need not trust?

Document by document and event by event, bounded in every direction: documents, depth, values, and what aliases would
unfold to. A mistake in one document does not hide those in the next. Upstream: ``sigs.k8s.io/yaml``, and the decoder of
``apimachinery/pkg/util/yaml``; CVE-2019-11253 is what happens without bounds.
"""

import re
from collections.abc import Iterator
from itertools import chain

import yaml

from mini_k8s.manifests.builder import Builder, Loaded, TooMuch
from mini_k8s.manifests.lines import Lines, Remark
from mini_k8s.manifests.syntax import syntax_mistake

DOCUMENTS = 10_000  # in one file, empty ones too
_HEX = "[0-9a-fA-F]{2}"
_PAIR = re.compile(rf"(\\\\)|\\u([dD][89abAB]{_HEX})\\u([dD][c-fC-F]{_HEX})")
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(text: str) -> Iterator[Loaded]:
    """The documents of a text, in order; empty ones are left out. A document with mistakes has what could be read."""
    count = 0
    for first, part in _parts(text):
        builder = None
        try:
            for event in yaml.parse(part, Loader=_PARSER):
                if isinstance(event, yaml.DocumentStartEvent):
                    builder, count = Builder(first), count + 1
                    if count > DOCUMENTS:
                        many = f"more than {DOCUMENTS:,} documents in one file. Divide it into several files."
                        yield Loaded(Lines(first), mistakes=[Remark(first, "", many)])
                        return
                elif isinstance(event, yaml.DocumentEndEvent):
                    if builder.done.value is not None or builder.done.mistakes:
                        yield builder.done
                    builder = None
                elif builder:
                    builder.take(event)
        except (yaml.YAMLError, UnicodeError) as error:
            done = builder.done if builder else Loaded(Lines(first))
            line, what = syntax_mistake(error, part, first)
            done.mistakes.append(Remark(line, "", what))
            yield done
        except TooMuch as much:
            builder.done.mistakes.append(much.args[0])
            yield builder.done


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The documents' texts with their first lines: a mistake in one must not hide those in the next."""
    if text.lstrip()[:1] in ("{", "["):
        text = _PAIR.sub(_joined, text)
    start, line = 0, 1
    for mark in chain(re.finditer(r"^---(?=\s|$)", text, re.M), [None]):
        end = mark.start() if mark else len(text)
        part = text[start:end]
        if mark and not re.sub(r"^[ \t]*(#.*)?$|^%.*$", "", part, flags=re.M).strip():
            continue  # comments and directives belong to what follows
        yield line, part
        line, start = line + part.count("\n"), end


def _joined(found: re.Match) -> str:
    """JSON writes a character beyond 16 bits as two halves, which YAML does not know."""
    if found[1]:
        return found[1]
    return chr(0x10000 + (int(found[2], 16) - 0xD800 << 10) + int(found[3], 16) - 0xDC00)
