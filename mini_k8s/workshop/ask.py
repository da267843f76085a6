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

    replies   option -> what is said after a click; without it, the click is noted and nothing is given away
    """

    def __init__(self, key: str, question: str, options: list[str], replies: Mapping[str, str] | None = None):
        self.key, self.answer, self._replies = key, None, replies
        self._buttons = [widgets.Button(description=option, layout=widgets.Layout(width="auto"), tooltip=option)
                         for option in options]
        self._reply = widgets.HTML("")
        for button in self._buttons:
            button.on_click(self._clicked)
        super().__init__([widgets.HTML(f"<b>{html.escape(question)}</b>"),
                          widgets.Box(self._buttons, layout=widgets.Layout(flex_flow="row wrap")), self._reply])

    def _clicked(self, button: widgets.Button) -> None:
        self.answer = button.description
        for other in self._buttons:
            other.icon = "check" if other is button else ""
        reply = self._replies[self.answer] if self._replies else "Noted. Run the next cell and see."
        self._reply.value = html.escape(reply)
        folder = Folder.current()
        if folder:
            folder.note_answer(self.key, self.answer)
