"""How is a file written so that it is never half there? Beside it first, then in one move."""

import json
import os
import secrets
from pathlib import Path

from mini_k8s.errors import Invalid


def write_text(path: Path, text: str, only_new: bool = False) -> None:
    """Replace ``path`` as a whole; with ``only_new`` leave one alone that is there already."""
    write_bytes(path, text.encode(), only_new)


def write_bytes(path: Path, content: bytes, only_new: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        half.write_bytes(content)
        if not only_new:
            os.replace(half, path)
        elif not path.exists():
            _link(half, path)
    finally:
        half.unlink(missing_ok=True)


def read_json(path: Path) -> dict:
    """The object in ``path``; an empty one when there is no such file. Raises Invalid when it is damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} is damaged ({error}). Delete it: it is made anew. "
                      "Your notebooks and what passed are kept elsewhere.") from error
    if not isinstance(found, dict):
        raise Invalid(f"{path} is damaged (it holds a {type(found).__name__}). Delete it: it is made anew. "
                      "Your notebooks and what passed are kept elsewhere.")
    return found


def write_json(path: Path, value: dict, only_new: bool = False) -> None:
    write_text(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n", only_new)


def _link(half: Path, path: Path) -> None:
    """The first of two writers wins, and both read the same afterwards."""
    try:
        os.link(half, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        os.replace(half, path)
