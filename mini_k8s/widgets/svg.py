"""What stays of a picture when the kernel is gone? The same dict, drawn as a plain SVG, or written as text."""

from mini_k8s.widgets.words import plain


class Snapshot:
    """A still picture."""

    def __init__(self, picture: dict, now: float):
        self.picture, self.now = picture, now

    def text(self) -> str:
        return plain(self.picture["say"], self.now)

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, **_):
        return {"text/plain": self.text()}
