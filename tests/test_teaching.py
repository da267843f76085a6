"""Is what the pages for people say still true? Every command in them exists and takes what is written behind it."""

import argparse
import importlib
import re
import shlex
from pathlib import Path

import pytest

from mini_k8s.cli import COMMANDS
from mini_k8s.workshop import paths

TOP = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "chapters/README.md", "chapters/TEACHING.md")
COMMAND = re.compile(r"(?:^[$>] |`)(?:[A-Z0-9_]+=\S+ )*mini-k8s ([^`\n>|]+)", re.M)


def commands(page):
    return [shlex.split(said) for said in COMMAND.findall((TOP / page).read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_on_the_page_can_be_typed(page):
    for name, *arguments in commands(page):
        assert name in COMMANDS, f"{page}: there is no `mini-k8s {name}`"
        parser = argparse.ArgumentParser(prog=f"mini-k8s {name}", exit_on_error=False)
        importlib.import_module(f"mini_k8s.commands.{name.replace('-', '_')}").add_arguments(parser)
        parser.error = lambda why, said=(name, *arguments): pytest.fail(f"{page}: `mini-k8s {shlex.join(said)}`: {why}")
        parser.parse_args(arguments)


def test_a_page_with_a_command_that_is_none_would_be_noticed():
    """Commands are really found: in a sentence, behind a prompt, behind a variable."""
    found = {" ".join(said) for said in commands("chapters/TEACHING.md")}
    assert {"doctor --json", "catch-up 2.2", "images save workshop.tar", "learn --path taster", "learn"} <= found


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_points_to_is_there(page):
    for link in re.findall(r"\]\(([^)#:]+)\)", (TOP / page).read_text(encoding="utf-8")):
        assert (TOP / page).parent.joinpath(link).exists(), f"{page}: there is no {link}"


def test_the_tasters_minutes_are_those_of_its_chapters():
    """The day is planned by them."""
    minutes = paths.find("taster").minutes({0, 1, 2})
    assert f"{minutes} minutes for somebody alone" in (TOP / "chapters/TEACHING.md").read_text(encoding="utf-8")
