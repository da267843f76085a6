"""How far is the learner? Each chapter of the path: what is built, filled in or left of it, and how long that takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mini_k8s import __version__, ladder
from mini_k8s.errors import Invalid
from mini_k8s.workshop import choices, edition, outline, paths, upgrade
from mini_k8s.workshop.exercises import TARGETS
from mini_k8s.workshop.files import read_json
from mini_k8s.workshop.folder import Folder

FILLED = {"skip": "skipped (ours runs)", "catch-up": "caught up (ours runs)", "path": "ours runs on this path"}

_WIDTH = max(len(target) for target in TARGETS.values())


class Standing(NamedTuple):
    """One chapter.

    core     how many exercises of it the path asks for
    left     those of them that are neither built nor filled in
    behind   something of a later chapter was done already
    damaged  why its notebook cannot be read
    """

    notebook: Path
    minutes: int
    core: int
    left: list[outline.Asked]
    behind: bool
    damaged: str = ""

    @property
    def minutes_left(self) -> int:
        """Minutes of the core that is left; the chapter's share for each exercise."""
        if self.damaged:
            return self.minutes
        if self.core:
            return round(self.minutes * len(self.left) / self.core)
        return 0 if self.behind else self.minutes

    @property
    def words(self) -> str:
        if self.damaged:
            return "cannot be read"
        if not self.core:
            return "nothing to build"
        return f"{len(self.left)} of {self.core} left" if self.left else "done"


def standing(folder: Folder) -> list[Standing]:
    """The chapters of the learner's path that are in the folder, in order."""
    filled, reached = choices.filled(folder), _reached(folder)
    done, given = edition.built(folder) | filled.keys(), {target for target, how in filled.items() if how == "path"}
    return [_of(notebook, done, given, reached) for notebook in outline.on_path(folder)]


def headline(folder: Folder) -> str:
    """'Your path is taster: chapters 0 to 2, 95 minutes. About 45 of them are left.' In one line."""
    path, chapters = choices.path(folder), standing(folder)
    minutes = path.minutes({int(chapter.notebook.name[:2]) for chapter in chapters})
    left = sum(chapter.minutes_left for chapter in chapters)
    if chapters and chapters[-1].minutes_left == chapters[-1].minutes:  # still in front of the bridge
        left += minutes - sum(chapter.minutes for chapter in chapters)
    still = "All of it is done." if not left else f"About {left} of them are left." if left < minutes else ""
    if not chapters:
        return f"Your path is {path.name}, and none of its chapters is here."
    there = paths.spoken(tuple(int(chapter.notebook.name[:2]) for chapter in chapters))
    return f"Your path is {path.name}: {there}, {minutes} minutes. {still}".rstrip()


def next_step(folder: Folder) -> str:
    """What to open, and which exercise comes next."""
    chapters = standing(folder)
    here = outline.where_to_go_on(folder)
    left = next((chapter.left for chapter in chapters if chapter.notebook == here), [])
    if here is None:
        return "Bring the chapters in: mini-k8s learn"
    if not any(chapter.left or chapter.damaged for chapter in chapters):
        return "All core exercises are done. Open the workshop: mini-k8s learn"
    return f"Next: {f'{left[0].number} in ' if left else ''}{here.name}. Open it: mini-k8s learn"


def state(folder: Folder) -> dict[str, str]:
    """target -> what has become of it, in words; for everything built, tried or filled in."""
    filled, refused, parts = choices.filled(folder), edition.refused(folder), folder.parts()
    found = {}
    for target, record in folder.progress().items():
        tries = f"{record['attempts']} {'try' if record['attempts'] == 1 else 'tries'}"
        was = edition.version_of(parts[target].edition) if target in parts else ""
        under = "" if was in ("", __version__) else f", under version {was}"
        if target in refused:
            found[target] = f"passed before{under}, and not under this one (ours runs)"
        else:
            found[target] = f"passed ({tries}{under})" if was else f"not yet ({tries})"
    return found | {target: FILLED[how] for target, how in filled.items()
                    if target not in parts or target in refused}


def rows(folder: Folder) -> Iterator[str]:
    """What ``mini-k8s progress`` prints, line by line."""
    known, shown, on_path = state(folder), set(), standing(folder)
    newer = upgrade.behind(folder)
    for chapter in on_path:
        yield f"\n{chapter.notebook.stem:<24} {chapter.minutes:>3} min  {chapter.words}"
        if chapter.notebook.name in newer:
            yield f"  There is a newer one: mini-k8s reset {int(chapter.notebook.name[:2])} (yours is kept beside it)"
        if chapter.damaged:
            yield f"  {chapter.damaged}"
            continue
        for number, target, here in outline.exercises(chapter.notebook):
            shown.add(target)
            words = known.get(target, "not tried yet")
            stretch = "stretch, " if outline.is_stretch(target) else ""
            yield f"  {number:<5} {target:<{_WIDTH}} {stretch}{words}"
            if not here and not stretch and words.startswith("not"):
                yield f"        {outline.where_it_belongs(number, target)}"
    others = sorted(known.keys() - shown)
    if others:
        yield "\nof chapters that are not here" if choices.path(folder) is paths.EVERYTHING else "\nnot on your path"
        for target in others:
            yield f"  {target:<{_WIDTH + 6}} {known[target]}"


def _of(notebook: Path, done: set[str], given: set[str], reached: int) -> Standing:
    number = int(notebook.name[:2])
    minutes = next((chapter.minutes for chapter in ladder.CHAPTERS if chapter.number == number), 0)
    try:
        core = len(outline.left(notebook, given))
        return Standing(notebook, minutes, core, outline.left(notebook, done), number < reached)
    except Invalid as error:
        return Standing(notebook, minutes, 1, [], False, str(error))


def _reached(folder: Folder) -> int:
    """The last chapter of which something was tried, built, filled in or answered; -1 for none."""
    done = {*folder.progress(), *(target for target, how in choices.filled(folder).items() if how != "path")}
    tried = [number.partition(".")[0] for number, target in TARGETS.items() if target in done]
    answered = [question.partition(":")[0] for question in read_json(folder.data / "answers.json")]
    return max((int(number) for number in (*tried, *answered) if number.isdecimal()), default=-1)

