"""What does ``%%build mini_k8s.control_loop:diff`` on top of a cell do? It judges the cell, and what passes runs.

The cell goes to the judge's child process. Passed: the function takes the place of ours and its source is kept in the
learner's folder. Refused: the learner reads why, and has the function in the notebook all the same, to try it by hand.
A refused cell raises ``NotYet``, so that "Run all" stops there and a machine that runs the notebook sees it; where the
exercise is skipped (``mini-k8s skip 2.1``) it goes on, with ours.
"""

import html
import importlib
import os
import re
import sys

from mini_k8s.errors import StatusError
from mini_k8s.workshop import choices, exercises, judge, parts
from mini_k8s.workshop.judge import Verdict

NOTHING_KEPT = "MINI_K8S_NOTHING_KEPT"  # set where a machine runs the notebook
SKIPPED = "mini_k8s_skipped"  # in the metadata of what a cell shows, when its exercise is skipped
UNTOUCHED = "unsolved"  # the hint for a cell that still holds what was given


class NotYet(Exception):
    """A cell was judged and refused. Where a card shows the message already, this says only why the run ends here."""

    def __init__(self, message: str, shown: bool = False):
        super().__init__('Not yet. You may read on all the same; "Run All" stops here.' if shown else message)

    def _render_traceback_(self) -> list[str]:
        """What a notebook prints of it: no traceback. The last line is what a summary shows of an error."""
        headline, *more = str(self).splitlines()
        return [headline, *more, "", headline] if more else [headline]


class Misspelt(NotYet):
    """The line on top of the cell names no exercise."""


def register(chapter: int | None = None) -> None:
    """Teach the running notebook ``%%build``. Nothing happens outside of IPython; twice is as good as once.

    ``chapter``: whose exercises come first, so that the judge can make ready for them.
    """
    shell = _shell()
    if shell is not None:
        shell.register_magic_function(_magic, "cell", "build")
        if _build_first not in shell.input_transformers_cleanup:
            shell.input_transformers_cleanup.insert(0, _build_first)
        of_chapter = [target for number, target in exercises.TARGETS.items() if number.startswith(f"{chapter}.")]
        judge.prepare((of_chapter or list(exercises.TARGETS.values()))[0])


def build(target: str, cell: str) -> Verdict:
    """Judge a cell and do what follows from it. Raises NotYet when it is refused, and not skipped."""
    keep = keeps()
    mine = current_folder()
    folder = mine if keep else None
    try:
        exercise = exercises.find(target)
    except StatusError as error:
        raise Misspelt(str(error)) from None
    skipped = _is_skipped(exercise, mine)

    def may_wait(hint: str | None) -> bool:
        return skipped or (exercise.stretch and hint == UNTOUCHED)

    source = "\n" + cell  # the %%build line is line 1 of the cell, for the learner and for Python
    verdict = judge.judge(exercise.target, source, context=parts.context_for(exercise.target),
                          times=lambda hint: 0 if hint == UNTOUCHED and may_wait(hint) else
                          note_attempt(exercise.target, hint, folder) - 1)
    if not verdict.passed and may_wait(verdict.hint):
        _go_on_with_ours(verdict, source)
        return verdict
    if verdict.loaded:
        _define(exercise, source)
    if not verdict.passed:
        stays = ". What passed before stays in use." if parts.whose(exercise.target) == "yours" else ""
        text = verdict.headline + stays
        if keep:
            _display(verdict.told(text), _card(verdict, text))
        raise NotYet(verdict.told(text), shown=keep and _shell() is not None)
    note_attempt(exercise.target, None, folder)
    parts.install(exercise.target, source)
    where = _keep(exercise, cell, folder) if keep else "Nothing is kept in this run."
    text = f"{verdict.headline}. It runs from now on. {where}"
    _display(verdict.told(text), _card(verdict, text))
    return verdict


def keeps() -> bool:
    """May anything be written to the learner's folder? Not when a machine runs the notebook."""
    return not os.environ.get(NOTHING_KEPT)


def note_attempt(target: str, hint: str | None, folder=None) -> int:
    """How many times in a row this hint has been given now. Kept in the learner's folder, or until the program ends."""
    if folder is not None:
        try:
            return folder.note_attempt(target, hint)
        except OSError:
            pass  # a full disk must not keep the hint from the learner
    before, row = _attempts.get(target, (None, 0))
    row = 0 if hint is None else row + 1 if hint == before else 1
    _attempts[target] = (hint, row)
    return row


def current_folder():
    """The learner's folder, or None; one that cannot be used counts as none."""
    from mini_k8s.workshop.folder import Folder

    try:
        return Folder.current()
    except (StatusError, OSError):
        return None


_attempts: dict[str, tuple[str | None, int]] = {}


def _magic(line: str, cell: str) -> None:
    """%%build mini_k8s.control_loop:diff: check this cell; when it passes, it is the part that runs."""
    build(line, cell)


def _build_first(lines: list[str]) -> list[str]:
    """IPython looks for a cell's magic on its first line only. Comments above %%build go below it; no line is lost."""
    for number, line in enumerate(lines):
        if line.lstrip().startswith("%%build"):
            return [line.strip() + "\n", *lines[:number], *lines[number + 1:]]
        if line.strip() and not line.lstrip().startswith("#"):
            break
    return lines


def _is_skipped(exercise, folder) -> bool:
    try:
        return folder is not None and exercise.target in choices.filled(folder)
    except (StatusError, OSError):
        return False  # a damaged record: then it is asked for


def _go_on_with_ours(verdict: Verdict, source: str) -> None:
    """Nobody waits for a skipped exercise, or for a stretch that was not begun. What was begun is judged all the same,
    and can be tried by hand."""
    exercise = verdict.exercise
    if verdict.hint == UNTOUCHED:
        why = "a stretch, and not begun" if exercise.stretch else "skipped"
        text = f"{exercise.number} {exercise.name}: {why}, so ours runs. Write it at any time: what passes is yours."
        shown, card = text, _plain_card(text)
        shell = _shell()
        if shell is not None:
            shell.push({exercise.name: getattr(importlib.import_module(exercise.module), exercise.name)})
    else:
        text = f"{verdict.headline}. It is skipped, so ours runs, and the notebook goes on."
        shown, card = verdict.told(text), _card(verdict, text)
        if verdict.loaded:
            _define(exercise, source)
    _display(shown, card, {SKIPPED: True})


def _define(exercise, source: str) -> None:
    """Give the notebook what the cell defines, as an ordinary cell would."""
    shell = _shell()
    if shell is None:
        return
    try:
        part = parts.load(exercise.target, source)
    except Exception:  # the verdict says what is wrong; here there is nothing to define
        return
    shell.push({name: part.namespace[name] for name in part.own if not name.startswith("__")})


def _keep(exercise, cell: str, folder) -> str:
    if folder is None:
        return "There is no workshop folder here, so it lasts as long as this notebook's kernel."
    try:
        return f"Kept in {folder.save_part(exercise.target, cell)}"
    except (StatusError, OSError) as error:
        return f"It could not be kept: {error}"


def _shell():
    ipython = sys.modules.get("IPython")  # not imported: then nobody is there to see
    return ipython.get_ipython() if ipython else None


def _display(text: str, card: str, metadata: dict | None = None) -> None:
    if _shell() is None:
        print(text)
        return
    from IPython.display import display

    display({"text/plain": text, "text/html": card}, raw=True, metadata=metadata)


def _card(verdict: Verdict, headline: str = "") -> str:
    """The verdict as HTML. Everything that came from the learner's code is escaped."""
    colour, sign = ("#009E73", "✓") if verdict.passed else ("#E69F00", "○")
    rows = list(verdict.rows)
    if verdict.output.strip():
        rows.append(("printed", verdict.output.rstrip()))
    cells = "".join(
        f'<dt style="white-space:nowrap">{html.escape(label)}</dt>'
        f'<dd style="margin:0;white-space:pre-wrap;overflow-wrap:anywhere">{_text(label, text)}</dd>'
        for label, text in rows)
    ours = (f"<details><summary>Show ours</summary><pre>{html.escape(verdict.solution)}</pre></details>"
            if verdict.solution else "")
    return _framed(
        colour, f'<strong>{sign} {html.escape(headline or verdict.headline)}</strong>'
        '<dl style="display:grid;grid-template-columns:max-content 1fr;gap:.15em 1em;margin:.4em 0 0">'
        f'{cells}</dl>{ours}')


def _plain_card(text: str) -> str:
    return _framed("#757575", html.escape(text))


def _framed(colour: str, inside: str) -> str:
    return (
        f'<div role="status" style="border-left:4px solid {colour};padding:.4em .8em;'
        'color:var(--jp-ui-font-color1,#212121);background:var(--jp-layout-color1,#fff);'
        'font-family:var(--jp-ui-font-family,sans-serif);font-size:var(--jp-ui-font-size1,13px);line-height:1.5">'
        f'{inside}</div>')


def _text(label: str, text: str) -> str:
    if label in judge.ADVICE:
        return re.sub(r"`([^`]+)`", lambda code: _code(code[1]), html.escape(text))
    return _code(html.escape(text))


def _code(escaped: str) -> str:
    return ('<code style="font-family:var(--jp-code-font-family,monospace);-webkit-box-decoration-break:clone;'
            f'box-decoration-break:clone">{escaped}</code>')  # each line begins in the same column
