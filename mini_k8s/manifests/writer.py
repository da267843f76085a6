"""How is an object written as YAML? Its keys in their order, text of several lines as a block."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from mini_k8s.errors import Invalid
from mini_k8s.manifests.scalars import meaning
from mini_k8s.objects import Object


def write(objects: Mapping | Iterable[Mapping]) -> str:
    """The manifest of an object, or of several, divided by '---'. ``read_text`` gives the same objects back.

    Raises Invalid for text that no file can hold.
    """
    objects = [objects] if isinstance(objects, Mapping) else objects
    try:
        written = [yaml.dump(obj, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**30) for obj in objects]
        "".join(written).encode()
    except UnicodeEncodeError as error:
        raise Invalid(f"an object holds {error.object[error.start:error.end]!r}, half of a character, which no file "
                      "can hold. Remove it.") from None
    return "---\n".join(written)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if style is None and _means_otherwise(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _means_otherwise(text: str) -> bool:
    """Without quotes it would be read as something else than this text."""
    try:
        return not isinstance(meaning(text), str)
    except ValueError:
        return True


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Object, lambda dumper, obj: dumper.represent_mapping("tag:yaml.org,2002:map", obj.items()))
_Dumper.add_representer(tuple, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items))
