"""mini_k8s: a small, real Kubernetes that you build chapter by chapter.

Start with ``ladder.py``: it lists the modules in reading order, each with the question it answers.
Importing this package imports nothing else; take what you need from the module that has it.
"""

__version__ = "0.1.0"
