"""Which ways lead through the chapters? A path is a row here: its name, its chapters, and how long it takes.

What a path leaves out is filled in: as long as nobody has built an exercise, the workshop's own function runs.
"""

from typing import NamedTuple

from mini_k8s import ladder
from mini_k8s.errors import BadRequest


class LearningPath(NamedTuple):
    """One way through the chapters.

    given   exercises of these chapters that the path does not ask for, by number: ours run there
    bridge  minutes between two chapters that do not follow each other
    """

    name: str
    chapters: tuple[int, ...]
    about: str
    given: tuple[str, ...] = ()
    bridge: int = 0

    def has(self, chapter: int) -> bool:
        """Is that chapter on the path?"""
        return chapter in self.chapters

    def minutes(self, among: set[int]) -> int:
        """How long its core takes somebody who does it alone and for the first time: of the chapters ``among`` them."""
        there = [chapter for chapter in ladder.CHAPTERS if self.has(chapter.number) and chapter.number in among]
        return sum(chapter.minutes for chapter in there) + (self.bridge if len(there) == len(self.chapters) else 0)


EVERYTHING = LearningPath("everything", tuple(c.number for c in ladder.CHAPTERS), "every chapter there is")

PATHS = (
    LearningPath("taster", (0, 1, 2), "from a container that nobody brings back to a loop of your own that does"),
    EVERYTHING,
)


def find(name: str) -> LearningPath:
    """The path of that name. Raises BadRequest naming those there are."""
    for path in PATHS:
        if path.name == name.strip().lower():
            return path
    raise BadRequest(f"there is no path {name[:40]!r}. There are: {', '.join(path.name for path in PATHS)}.")


def spoken(chapters: tuple[int, ...]) -> str:
    """'chapters 0 to 2', 'chapters 0 to 2, and 6', 'chapter 3'."""
    runs: list[list[int]] = []
    for number in chapters:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return f"chapter{'' if len(chapters) == 1 else 's'} " + ", and ".join(
        [", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
