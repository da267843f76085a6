"""How far am I? ``mini-k8s progress``: a line for each exercise of the chapters on the learner's path."""

import argparse

from mini_k8s.workshop import standing
from mini_k8s.workshop.folder import Folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = ("What you have built so far, and what is left of your path. Minutes count the core "
                          "exercises, for somebody who does this alone and for the first time.")


def main(args: argparse.Namespace) -> int:
    folder = Folder.require()
    lines = [folder.path, standing.headline(folder), *standing.rows(folder), "", standing.next_step(folder)]
    print(*lines, sep="\n")  # all of it or, where a file of the folder is damaged, nothing but what is wrong
    return 0
