"""What do the README's tables say? They are written from ``ladder.py``, between two markers each."""

import re
from pathlib import Path

from mini_k8s import ladder


def refresh(readme: str, top: Path) -> str:
    """The README with its tables as they should be. Text outside the markers is left alone."""
    for name, table in (("chapters", chapters(top)), ("ladder", rungs())):
        pattern = re.compile(rf"(<!-- {name}: .*?-->\n).*?(<!-- end of {name} -->)", re.S)
        readme = pattern.sub(lambda match, table=table: f"{match[1]}{table}{match[2]}", readme)
    return readme


def chapters(top: Path) -> str:
    """Every chapter, with a link to those that are written."""
    rows = ["| | Chapter | The question | You build | Minutes |", "|---|---|---|---|---|"]
    for c in ladder.CHAPTERS:
        written = (top / "chapters" / "source" / f"{c.stem}.md").exists()
        title = f"[{c.title}](chapters/{c.stem}.ipynb)" if written else f"{c.title} *(not written yet)*"
        rows.append(f"| {c.number} | {title} | {c.question} | {c.builds} | {c.minutes} |")
    return "\n".join(rows) + "\n"


def rungs() -> str:
    """Every module, bottom first, with the question it answers."""
    rows = ["| Module | Opened in | The question it answers |", "|---|---|---|"]
    for r in ladder.RUNGS:
        path = r.module.replace(".", "/")
        is_package = (Path(ladder.__file__).parent.parent / path).is_dir()
        chapter = "–" if r.chapter is None else f"chapter {r.chapter}"
        rows.append(f"| [`{r.module}`]({path}{'/' if is_package else '.py'}) | {chapter} | {r.question} |")
    return "\n".join(rows) + "\n"
