"""How far am I? ``mini-k8s progress``: a line for each exercise of the chapters in the learner's folder."""

import argparse

from mini_k8s import __version__
from mini_k8s.workshop import copies, outline
from mini_k8s.workshop.folder import Folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = "What you have built so far."


def main(args: argparse.Namespace) -> int:
    folder = Folder.require()
    progress, shown = folder.progress(), set()
    print(folder.path)
    for notebook in copies.notebooks(folder.path):
        print(f"\n{notebook.stem}")
        targets = outline.exercises(notebook)
        for position, target in enumerate(targets, 1):
            number = outline.number(target, int(notebook.name[:2]), position)
            print(f"  {number:<5} {target:<34} {_state(progress.get(target))}")
        shown.update(targets)
        if not targets:
            print("  nothing to build")
    for target in sorted(set(progress) - shown):
        print(f"\n{target}  {_state(progress[target])}")
    return 0


def _state(record: dict | None) -> str:
    if record is None:
        return "not tried yet"
    tries = f"{record['attempts']} {'try' if record['attempts'] == 1 else 'tries'}"
    if record["passed"] is None:
        return f"not yet ({tries})"
    under = "" if record["passed"] == __version__ else f", under version {record['passed']}"
    return f"passed ({tries}{under})"
