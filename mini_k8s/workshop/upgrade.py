"""What has to be done when a folder meets another edition of the kit? Chapters come in, parts are judged again.

Nothing of the learner's is lost: what they touched stays as it is, and what passes no longer stays in its file. It is
told on one screen, at the first ``mini-k8s learn`` after the kit has changed, and never again.
"""

import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mini_k8s import __version__
from mini_k8s.workshop import copies, edition, outline, places
from mini_k8s.workshop.copies import Copied
from mini_k8s.workshop.exercises import TARGETS
from mini_k8s.workshop.exercises.words import plain
from mini_k8s.workshop.files import read_json
from mini_k8s.workshop.judge import TIME_LIMIT, judge
from mini_k8s.workshop.parts import context_for

if TYPE_CHECKING:
    from mini_k8s.workshop.folder import Folder

LIMIT = 60.0  # seconds for judging all parts again; what is not reached is judged when its chapter is opened


def bring_up_to_date(folder: "Folder", say: Callable[[str], object], chapters: Path | None = None,
                     limit: float = LIMIT) -> bool:
    """Bring in what this kit has. Says what it did, piece by piece, when the kit is another one than the last time and
    that makes a difference here; returns whether it did. In a new folder nothing is said.

    Raises Conflict, and changes nothing, where a newer version of the kit was used.
    """
    edition.refuse_newer(folder)
    chapters = chapters or places.chapters_dir()
    before, words = edition.last(folder), edition.chapters_hash(chapters)
    fresh = not before and not (folder.data / "given.json").is_file()
    same = (before.get("edition"), before.get("chapters")) == (edition.edition(), words)
    copied = [] if same and copies.all_there(folder, chapters) else folder.refresh(chapters)
    known = edition.refused(folder) if same else {}
    again = _to_judge(folder, known)
    before_this = str(before.get("edition") or folder.made_by)
    newest = {c.name: copies.digest(chapters / c.name) for c in copied if c.behind}
    news = [c for c in copied if not c.behind or before.get("behind", {}).get(c.name) != newest[c.name]]
    lines = [] if fresh else [*_missing(copied)] if same else [*_chapters(news)]
    told = not same and not fresh and bool(lines or again or edition.version_of(before_this) != __version__)
    for line in [_headline(before_this), *lines, KEPT] if told else lines:
        say(line)
    refused, late = _judge(folder, again, say, limit)
    if not same:
        edition.note(folder, chapters=words, behind=newest, refused=refused)
    elif refused:
        edition.note(folder, refused={**known, **refused})
    for line in [*_parts(refused, late), *(["\n"] if told else [])]:
        say(line)
    return told


def behind(folder: "Folder") -> set[str]:
    """The chapters of which there is a newer one than the learner's, which was kept since it was touched."""
    told, given = edition.last(folder).get("behind", {}), read_json(folder.data / "given.json")
    return {name for name, newest in told.items() if given.get(name) != newest and (folder.path / name).is_file()}


# Parts.

def _to_judge(folder: "Folder", known: Collection[str]) -> list[str]:
    """What this edition has not judged yet, in the order of the chapters, but for what is ``known`` to be refused."""
    parts = folder.parts()
    return [target for target in TARGETS.values()
            if target in parts and target not in known and parts[target].edition != edition.edition()]


def _judge(folder: "Folder", again: list[str], say: Callable[[str], object],
           limit: float) -> tuple[dict[str, str], list[str]]:
    """Judge these again, a word said for each. Returns what is refused, and what there was no time for."""
    end, refused, late = time.monotonic() + limit, {}, []
    parts = folder.parts()
    for n, target in enumerate(again):
        say(_row("judged again") if n == 0 else ", ")
        left = end - time.monotonic()
        if left <= 0:
            late.append(target)
            say(f"{outline.spoken([target])} not yet")
            continue
        say(f"{outline.spoken([target])} ")
        verdict = judge(target, parts[target].source, context=context_for(target, folder), limit=min(TIME_LIMIT, left))
        if verdict.passed:
            folder.save_part(target, parts[target].source)
            say("passes")
        else:
            refused[target] = plain(dict(verdict.rows).get("likely", verdict.headline))
            say("does not pass")
    if again:
        say("\n")
    return refused, late


# The words. Each line begins with what it is about.

def _row(label: str) -> str:
    return f"  {label:<13} "


def _headline(before: str) -> str:
    was = edition.version_of(before)
    changed = (f"This folder was last used with mini_k8s {was}; now it is {__version__}." if was != __version__ else
               "The workshop has changed since you were here last.")
    return f"{changed} Nothing of yours is lost:\n"


def _chapters(copied: list[Copied]) -> Iterator[str]:
    for did, label in (("new", "new"), ("refreshed", "refreshed")):
        names = [_stem(c.name) for c in copied if c.did == did]
        if names:
            yield f"{_row(label)}{', '.join(names)}\n"
    for c in copied:
        if c.behind:
            yield (f"{_row('kept')}{_stem(c.name)}, with your changes. For the new one, with yours kept beside it: "
                   f"mini-k8s reset {int(c.name[:2])}\n")
        if c.did == "gone":
            became = f"{_stem(c.now)} takes its place" if c.now else "this version has no such chapter"
            yield f"{_row('kept')}{c.aside}, your copy of {_stem(c.name)}: {became}\n"


def _missing(copied: list[Copied]) -> Iterator[str]:
    """With the same kit a chapter is new or refreshed only because somebody took it away, or the path is another."""
    names = [_stem(c.name) for c in copied if c.did in ("new", "refreshed")]
    if names:
        yield f"Brought in: {', '.join(names)}\n"


def _parts(refused: dict[str, str], late: list[str]) -> Iterator[str]:
    for target, why in refused.items():
        yield f"{_row(outline.spoken([target]))}{why}\n"
    if refused:
        yield f"{_row('')}Ours runs there, and yours is kept under parts/. Run its cell again to see more.\n"
    if late:
        yield f"{_row('')}What was not reached is judged when its chapter is opened.\n"


def _stem(name: str) -> str:
    return name.removesuffix(".ipynb")


KEPT = f"{_row('kept')}your answers, your tries, and what you skipped\n"
