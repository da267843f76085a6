"""How far am I? ``mini-k8s progress``: a line for each exercise of the chapters in the learner's folder."""

import argparse

from mini_k8s import __version__
from mini_k8s.errors import Invalid
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
        try:
            asked = outline.exercises(notebook)
        except Invalid as error:
            print(f"  {error}")
            continue
        for number, target, here in asked:
            print(f"  {number:<5} {target:<34} {_state(progress.get(target))}")
            if not here:
                print(f"        {outline.where_it_belongs(number, target)}")
            shown.add(target)
        if not asked:
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
