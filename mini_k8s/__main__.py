"""``python -m mini_k8s``, the same as ``mini-k8s``."""

import sys

from mini_k8s.cli import main

if __name__ == "__main__":
    sys.exit(main())
