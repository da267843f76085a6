"""Questions that a notebook asks: a prediction before an experiment, and the gate at the end of a chapter.

A click is remembered for the experiment that follows and, in a learner's folder, for the last chapter. Nobody has to
answer: a notebook run by a machine goes on.
"""

import html
from collections.abc import Mapping

import ipywidgets as widgets

from mini_k8s.workshop.folder import Folder


class Question(widgets.VBox):
    """A question with buttons. ``answer`` is the option that was clicked last, or None.

    answer    what was answered before, when it is asked again
    replies   option -> what is said after a click; without it, the click is noted, and ``tell`` says what came of it
    """

    def __init__(self, key: str, question: str, options: list[str], replies: Mapping[str, str] | None = None,
                 answer: str | None = None):
        self.key, self.options, self.answer, self._replies = key, options, None, replies
        self._buttons = [widgets.Button(description=option, layout=widgets.Layout(width="auto"), tooltip=option)
                         for option in options]
        self._reply = widgets.HTML("")
        for button in self._buttons:
            button.on_click(self._clicked)
        super().__init__([widgets.HTML(f"<b>{html.escape(question)}</b>"),
                          widgets.Box(self._buttons, layout=widgets.Layout(flex_flow="row wrap")), self._reply])

        if answer in options:
            self._mark(answer)

    def _clicked(self, button: widgets.Button) -> None:
        self._mark(button.description)
        folder = Folder.current()
        if folder:
            folder.note_answer(self.key, self.answer)

    def _mark(self, answer: str) -> None:
        self.answer = answer
        if self._replies is None:
            self._icons({answer: "circle"})
            self._say("Noted. Read on and see.")
            return
        reply = self._replies[answer]
        right = reply.startswith("Yes")
        self._icons({answer: "check" if right else "times"})
        self._say(reply if right else f"No. {reply}")

    def tell(self, outcome: str) -> str:
        """What really came, beside what was expected. Says it here too, and returns it.

        Raises ValueError when it is none of the options.
        """
        if outcome not in self.options:
            raise ValueError(f"the options were {', '.join(self.options)}; {outcome!r} is none of them")
        if self.answer == outcome:
            told = f"You expected “{self.answer}”. And so it was."
        elif self.answer:
            told = f"You expected “{self.answer}”. It was “{outcome}”."
        else:
            told = f"It was “{outcome}”."
        self._icons(({self.answer: "times"} if self.answer else {}) | {outcome: "check"})
        self._say(told)
        return told

    def _icons(self, icons: Mapping[str, str]) -> None:
        for button in self._buttons:
            button.icon = icons.get(button.description, "")

    def _say(self, words: str) -> None:
        self._reply.value = f'<span role="status">{html.escape(words)}</span>'
