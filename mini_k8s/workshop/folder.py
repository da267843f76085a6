"""Where is the learner's own work kept? In one folder, which updates never overwrite.

    02_control_loop.ipynb       the learner's copy of a chapter; refreshed only while it is untouched
    parts/control_loop/diff.py  what passed; later chapters run it
    .mini_k8s/                  the owner's id, attempts, what was given, JupyterLab's own files

Every file is replaced whole or not at all, so a program that dies while it writes loses nothing.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mini_k8s import __version__
from mini_k8s.errors import BadRequest, Forbidden, Invalid, NotFound
from mini_k8s.workshop import choices
from mini_k8s.workshop.edition import edition, version_of
from mini_k8s.workshop.files import read_json, write_json, write_text
from mini_k8s.workshop.ours import check_target

if TYPE_CHECKING:
    from mini_k8s.workshop import copies

ENVIRONMENT = "MINI_K8S_FOLDER"
DEFAULT = "my_mini_k8s"
_HEADER = re.compile(r"# (?P<target>mini_k8s\.\S+) passed under mini_k8s (?P<edition>\S+)\n")


class Part(NamedTuple):
    """A function of the learner's that passed, and the edition of mini_k8s that judged it (see ``edition.py``)."""

    source: str
    edition: str


def located() -> tuple[Path, bool]:
    """Where the learner's folder is, or would be made, and whether it is there. Makes nothing.

    Raises FileNotFoundError when the working directory has been removed.
    """
    if named := os.environ.get(ENVIRONMENT):
        path = Path(named).expanduser().absolute()
        return path, (path / ".mini_k8s").is_dir()
    here = Path.cwd()
    found = next((p for p in (here, *here.parents, here / DEFAULT) if (p / ".mini_k8s").is_dir()), None)
    return found or here / DEFAULT, found is not None


class Folder:
    """The learner's folder at ``path``; made when it is not there yet.

    Raises Forbidden when something else lives there, so that nobody's files get mixed up with ours.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path).expanduser().absolute()
        self.data = self.path / ".mini_k8s"
        self._stay_inside(self.data)
        if not (self.data / "folder.json").exists():
            self._make()

    @classmethod
    def current(cls) -> "Folder | None":
        """The folder that this program runs for: $MINI_K8S_FOLDER, else the working directory or one above it, else
        ``my_mini_k8s`` in the working directory, where `make learn` makes it.

        None when there is none. Raises NotFound when $MINI_K8S_FOLDER names one that is not there.
        """
        path, there = located()
        named = os.environ.get(ENVIRONMENT)
        if named and not there:
            raise NotFound(f"{ENVIRONMENT} is {named!r}, and no workshop folder is there. "
                           f"Make it with `mini-k8s learn --folder {named}`, or unset {ENVIRONMENT}.")
        return cls(path) if there else None

    @classmethod
    def require(cls) -> "Folder":
        """The same, for those who cannot do without one. Raises NotFound when there is none."""
        folder = cls.current()
        if folder is None:
            raise NotFound(f"{Path.cwd()} is no workshop folder. Go into yours ({DEFAULT}), "
                           "or make one with `mini-k8s learn`.")
        return folder

    @property
    def owner(self) -> str:
        """The random id that everything started from this folder is labelled with."""
        path = self.data / "folder.json"
        owner = read_json(path).get("owner", "")
        if not re.fullmatch(r"[0-9a-f]{16}", owner if isinstance(owner, str) else ""):
            raise Invalid(f"{path} holds no owner's id. Delete it, and a new id is made; containers of the old one "
                          "stay until `mini-k8s down --name NAME`.")
        return owner

    @property
    def made_by(self) -> str:
        """The version of the kit that made this folder."""
        return str(read_json(self.data / "folder.json").get("made_by", "unknown"))

    # Parts: what passed.

    def save_part(self, target: str, source: str) -> Path:
        """Keep ``source`` as the learner's ``target``, such as 'mini_k8s.control_loop:diff'. Returns where.

        What is built is skipped no longer.
        """
        path = self._part_path(target)
        write_text(path, f"# {target} passed under mini_k8s {edition()}\n{source.rstrip()}\n")
        with contextlib.suppress(Invalid):  # a damaged record: what was built is kept all the same
            choices.unskip(self, [target])
        return path

    def part(self, target: str) -> Part | None:
        """The learner's ``target``, or None when it has not passed yet."""
        path = self._part_path(target)
        if not path.is_file():
            return None
        text = path.read_text(encoding="utf-8", errors="replace")
        header = _HEADER.match(text)
        return Part(text[header.end():] if header else text, header["edition"] if header else "unknown")

    def parts(self) -> dict[str, Part]:
        """Everything that passed: target -> (source, edition)."""
        found = {target: self.part(target) for target in self._targets()}
        return {target: part for target, part in found.items() if part}

    def drop_part(self, target: str) -> Path | None:
        """Take a part out of use. Returns where its copy is kept, or None when there was none."""
        path = self._part_path(target)
        return self._set_aside(path) if path.is_file() else None

    # Attempts: what was tried.

    def note_attempt(self, target: str, hint: str | None) -> int:
        """Remember a try and its outcome: the name of the hint it got, or None when it passed.

        Returns how many times in a row this hint has been given now; 0 after a pass.
        """
        path = self._attempts_path(target)
        before = read_json(path)
        again = hint is not None and before.get("hint") == hint
        row = 0 if hint is None else _count(before, "row") + 1 if again else 1
        write_json(path, {"attempts": _count(before, "attempts") + 1, "hint": hint, "row": row, "target": target})
        return row

    def note_answer(self, question: str, answer: str) -> None:
        """Remember what was answered to a prediction or a gate; the last chapter shows them all again."""
        path = self.data / "answers.json"
        write_json(path, {**read_json(path), question: answer})

    def progress(self) -> dict[str, dict]:
        """target -> {"passed": version or None, "attempts": so many}, for everything tried or passed."""
        parts = self.parts()
        tried = (read_json(path) for path in sorted((self.data / "attempts").glob("*.json")))
        attempts = {record["target"]: _count(record, "attempts") for record in tried if "target" in record}
        versions = {target: version_of(part.edition) for target, part in parts.items()}
        return {target: {"passed": versions.get(target), "attempts": attempts.get(target, 0)}
                for target in sorted({*parts, *attempts})}

    # Chapters: copies (``copies.py`` knows how they are kept up to date).

    def refresh(self, chapters: Path | None = None) -> list["copies.Copied"]:
        """Bring the chapters in: new ones of the learner's path, and new versions of those that are there and were not
        touched. Says what it did."""
        from mini_k8s.workshop import copies, places
        return copies.refresh(self, chapters or places.chapters_dir())

    def reset(self, what: str | int, chapters: Path | None = None) -> list[Path]:
        """Take a chapter (2, '2', '02_control_loop') or a part ('mini_k8s.control_loop:diff', '2.1') back to how it was
        given. What was there is kept beside it, and tries stay counted.

        Returns where it is kept. Raises NotFound when there is nothing of that name.
        """
        from mini_k8s.workshop import copies, exercises, outline, places
        target = outline.target_of(str(what))
        if target:
            kept = self.drop_part(target)
            if kept is None:
                chapter = exercises.find(target).number.partition(".")[0]
                raise NotFound(f"{what} is not in use: it has not passed, or was taken back before. The workshop's own "
                               f"function runs. To get the whole notebook as it was given, all its cells: "
                               f"mini-k8s reset {chapter}")
            return [kept]
        return copies.reset(self, str(what), chapters or places.chapters_dir())

    def __repr__(self) -> str:
        return f"<Folder {self.path}, {len(self.parts())} parts>"

    # Helpers.

    def _make(self) -> None:
        try:
            others = sorted(p.name for p in self.path.iterdir()) if self.path.is_dir() else []
            if others and not self.data.is_dir():
                some = ", ".join(others[:3]) + (" …" if len(others) > 3 else "")
                raise Forbidden(f"{self.path} holds {some}, and is no workshop folder. "
                                "Name an empty or a new one with --folder.")
            self.data.mkdir(parents=True, exist_ok=True)
            write_text(self.data / ".gitignore", "*\n")
            made = {"owner": secrets.token_hex(8), "made_by": __version__}
            write_json(self.data / "folder.json", made, only_new=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise Forbidden(f"{self.path} cannot be a folder: {error.filename} is a file. "
                            "Name another with --folder.") from error
        except OSError as error:
            raise Forbidden(f"{self.path} cannot be made: {error.strerror}. "
                            "Name a folder of your own with --folder.") from error

    def _part_path(self, target: str) -> Path:
        module, name = check_target(target)
        return self._stay_inside(self.path.joinpath("parts", *module.split(".")[1:], f"{name}.py"))

    def _attempts_path(self, target: str) -> Path:
        module, name = check_target(target)
        return self._stay_inside(self.data / "attempts" / f"{module.partition('.')[2]}.{name}.json")

    def _targets(self) -> Iterator[str]:
        top = self.path / "parts"
        for path in sorted(top.rglob("*.py")):
            target = f"mini_k8s.{'.'.join(path.relative_to(top).parent.parts)}:{path.name[:-3]}"
            try:
                check_target(target)
                self._stay_inside(path)
            except (BadRequest, Forbidden):
                continue  # somebody's own file; it stands for nothing
            yield target

    def _set_aside(self, path: Path) -> Path:
        """Rename a file to the first free '….backup-N' beside it."""
        number = 1
        while (kept := path.with_name(f"{path.stem}.backup-{number}{path.suffix}")).exists():
            number += 1
        os.replace(path, kept)
        return kept

    def _stay_inside(self, path: Path) -> Path:
        if not path.resolve().is_relative_to(self.path.resolve()):
            raise Forbidden(f"{path} leads out of {self.path}, to {path.resolve()}. Remove that link.")
        return path


def _count(record: dict, key: str) -> int:
    value = record.get(key, 0)
    return value if isinstance(value, int) and value >= 0 else 0
