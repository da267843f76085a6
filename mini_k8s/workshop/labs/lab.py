"""What can every chapter's workbench do? Ask what is expected, say whose code runs and what went wrong."""

import contextlib
import difflib
import sys
from collections.abc import Collection, Mapping, Sequence

from mini_k8s.workshop import parts
from mini_k8s.workshop.ask import Question
from mini_k8s.workshop.exercises import TARGETS


class Asking:
    """The part of a workbench that speaks.

    chapter  its number
    module   the one that the chapter builds
    renamed  what earlier notebooks call -> what it is called now
    outcomes       of all options of its predictions, those that come true
    gate_question  the last question, and what is replied to each option; what is right begins with "Yes"
    """

    chapter: int
    module: str
    renamed: Mapping[str, str] = {}
    outcomes: Collection[str] = ()
    gate_question: tuple[str, Mapping[str, str]]
    _asked: Question | None = None
    _questions: Mapping[str, Question] = {}

    @contextlib.contextmanager
    def expect_error(self):
        """Show the error that the cell is meant to end in. Raises AssertionError when there is none."""
        try:
            yield
        except Exception as error:  # whatever it is, it is shown
            print(f"{type(error).__name__}: {error}")
        else:
            raise told(AssertionError("an error was expected here, and there was none"))

    def predict(self, *options: str) -> Question:
        """Which of these will happen? Shown as buttons; nobody has to click. Asked again, it knows the answer."""
        self._asked = self._ask(" / ".join(options), "What do you expect?", options)
        return self._asked

    def predicted(self, outcome: str = "") -> None:
        """Say what came of the last prediction: below, and where it was asked. Without an outcome it is the one of the
        options that comes true in this chapter."""
        asked, self._asked = self._asked, None
        if asked is None:
            print(f"It was “{outcome}”." if outcome else "(Nothing was predicted: the cell that asks was not run.)")
            return
        print(asked.tell(outcome or next(option for option in asked.options if option in self.outcomes)))

    def gate(self) -> Question:
        """The question at the end of the chapter."""
        question, replies = self.gate_question
        return self._ask("gate", question, tuple(replies), replies)

    def _ask(self, key: str, question: str, options: Sequence[str],
             replies: Mapping[str, str] | None = None) -> Question:
        before = self._questions.get(key)
        asked = Question(f"{self.chapter}: {key}", question, list(options), replies, before and before.answer)
        self._questions = {**self._questions, key: asked}
        return asked

    def whose(self, *names: str) -> None:
        """Say whose function runs under each name: yours, or ours as long as yours has not passed."""
        for name in names:
            asked = [t for n, t in TARGETS.items() if n.startswith(f"{self.chapter}.") and t.endswith(f":{name}")]
            target = asked[0] if asked else f"{self.module}:{name}"
            mine = parts.whose(target) == "yours"
            print(f"{name} is yours." if mine else f"{name} is ours: yours has not passed yet.")
            if not mine and _unchecked(name):
                print(f"Yours was not checked: the first line of its cell has to be  %%build {target}")

    def __getattr__(self, name: str):
        """What a notebook of another version calls may have another name here. Raises AttributeError, saying so."""
        if name.startswith("_"):  # so a notebook asks what an object can show
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        near = [self.renamed[name]] if name in self.renamed else difflib.get_close_matches(
            name, [there for there in dir(self) if not there.startswith("_")], 1)
        meant = f" Did you mean lab.{near[0]}?" if near else ""
        raise told(AttributeError(
            f"there is no lab.{name} in chapter {self.chapter}.{meant} If you did not write this yourself, your "
            f"notebook is of another version: `mini-k8s reset {self.chapter}` brings the one of this version, and "
            "keeps yours beside it."))


def _unchecked(name: str) -> bool:
    """Is there a function of that name in the notebook, from an ordinary cell?"""
    found = getattr(sys.modules["__main__"], name, None)
    return getattr(found, "__module__", "") == "__main__"


def told(error: Exception) -> Exception:
    """The same error. A notebook shows its words, and no traceback: the mistake is not in our lines, nor in theirs."""
    error._render_traceback_ = lambda: [f"{type(error).__name__}: {error}"]
    return error
