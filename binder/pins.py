"""What does the image on Binder hold? Exactly what is installed here of the extra ``lab``, and of what that needs.

    python binder/pins.py > binder/requirements.txt

Run it with the Python that the tests have passed on: what is pinned is then what was tested. It asks no network.
"""

import sys
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
HEAD = f"""\
# The extra `lab` and all that it needs, as it was tested on Python {sys.version_info[0]}.{sys.version_info[1]}.
# To renew it, where the tests pass: python binder/pins.py > binder/requirements.txt
"""


def closure(extra: str = "lab") -> dict[str, str]:
    """name -> installed version, of all that ``mini_k8s[extra]`` needs on Linux. mini_k8s itself is not among them.

    Raises LookupError for what is needed and not installed.
    """
    found, seen, left = {}, set(), [("mini-k8s", extra)]
    while left:
        name, extra = left.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            package = distribution(name)
        except PackageNotFoundError as error:
            raise LookupError(f"{name} is needed and not installed here. Type: pip install '.[lab]'") from error
        found[name] = package.version
        for line in package.requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate(LINUX | {"extra": extra}):
                left += [(canonicalize_name(needed.name), extra) for extra in ("", *needed.extras)]
    del found["mini-k8s"]
    return dict(sorted(found.items()))


if __name__ == "__main__":
    print(HEAD + "\n".join(f"{name}=={version}" for name, version in closure().items()))
