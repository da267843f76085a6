"""Where do the chapters lie? In the clone beside the package, or inside an installed package."""

from pathlib import Path

from mini_k8s.errors import NotFound

_PACKAGE = Path(__file__).resolve().parent.parent


def clone_dir() -> Path | None:
    """The top of the clone that this package runs from, or None when it is installed from a wheel."""
    top = _PACKAGE.parent
    return top if (top / "pyproject.toml").is_file() and (top / "chapters").is_dir() else None


def chapters_dir() -> Path:
    """The folder of the learners' notebooks as they are given."""
    return _place("chapters")


def solutions_dir() -> Path:
    """The folder of the solved notebooks."""
    return _place("solutions")


def _place(name: str) -> Path:
    for top in (clone_dir(), _PACKAGE):
        if top is not None and (top / name).is_dir():
            return top / name
    raise NotFound(f"this installation has no {name} in {_PACKAGE / name}. "
                   "Install mini_k8s again, from a wheel or a clone.")
