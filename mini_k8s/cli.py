"""How is it run? ``mini-k8s COMMAND``: one module of ``mini_k8s.commands`` for each command, imported when asked for.

A command module has ``add_arguments(parser)`` and ``main(args) -> int``. What it refuses it raises as a
``StatusError``: the message goes to stderr and the exit status is 1. Wrong use exits with 2. One that runs a command
of its user's has ``AFTER_DASHES``: what follows ``--`` becomes that argument, untouched.
"""

import argparse
import importlib
import io
import os
import sys

from mini_k8s import __version__
from mini_k8s.errors import StatusError

COMMANDS = {
    "learn": "make your folder and open the workshop in JupyterLab",
    "progress": "what you have built so far, and what is left",
    "check": "run your own notebook, or judge one exercise in a file",
    "skip": "let ours run in place of an exercise, for now",
    "catch-up": "go to a step; ours fill in for what you have not built before it",
    "reset": "take a chapter or a part back to how it was given",
    "up": "run a cluster in this terminal, until Ctrl-C",
    "apply": "bring manifests into a cluster that runs",
    "get": "show what there is in it",
    "describe": "show one object at length, and what happened to it",
    "logs": "show what a container printed",
    "exec": "run a command in a container",
    "scale": "say how many pods a ReplicaSet is to have",
    "delete": "delete objects, and wait until they have gone",
    "status": "what runs now, and whose it is",
    "down": "remove what this workshop started",
    "doctor": "can this machine run the workshop, and if not, what to do",
    "images": "make the workshop's container images, or carry them in a file",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; return its exit status."""
    argv = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a sign that this terminal does not have must not end the command
    parser = argparse.ArgumentParser(prog="mini-k8s", description="Build a small, real Kubernetes, chapter by chapter.")
    parser.add_argument("--version", action="version", version=f"mini-k8s {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name in argv[:1]:
            module = importlib.import_module(f"mini_k8s.commands.{name.replace('-', '_')}")
            module.add_arguments(command)
    if not argv:
        parser.print_help(sys.stderr)
        return 2
    after = getattr(module, "AFTER_DASHES", "") if argv[0] in COMMANDS else ""
    end = argv.index("--") if after and "--" in argv else len(argv)
    args = parser.parse_args(argv[:end], argparse.Namespace(**{after: argv[end + 1:]} if after else {}))
    try:
        return module.main(args)
    except StatusError as error:
        print(f"mini-k8s {args.command}: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our output, as `head` does, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"mini-k8s {args.command}: {error.filename or 'a file'}: {error.strerror or error}. "
              "Look whether the disk is full, and who may write there; then type it again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
