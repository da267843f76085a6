"""How is a question asked, and how is it answered? A line of JSON each.

A question is ``{"verb": "get", "kind": "Pod", "name": "web"}``. Each value of the answer is ``{"value": …}``, and the
answer ends with ``{"end": true}`` or ``{"error": …}``. A connection asks one question.
"""

import socket
from collections.abc import Mapping
from typing import Any

import orjson

from mini_k8s.errors import BadRequest, StatusError
from mini_k8s.problems import Problem

QUESTION = 4 << 20  # bytes that a question may have; an object of Kubernetes has less than half of it
_PIECE = 1 << 18


class Wire:
    """One end of a connection. What is sent has to be taken within ``patience`` seconds, else it is closed.

    most   bytes that a line may have which is received; None: as many as come
    """

    def __init__(self, line: socket.socket, most: int | None = None, patience: float = 10.0):
        self._line, self._most, self._patience = line, most, patience
        self._waiting = bytearray()
        self._searched = 0  # bytes of it in which there is no end of a line

    def send(self, value: Any) -> None:
        """Send one line. Raises OSError (TimeoutError among them) when the other end does not take it."""
        self._line.settimeout(self._patience)
        self._line.sendall(orjson.dumps(value) + b"\n")

    def receive(self, timeout: float) -> Any:
        """The next line; None when it does not come within so many seconds (0: when it is not here).

        Raises EOFError when the other end has closed, and BadRequest for what is no line of JSON.
        """
        self._line.settimeout(timeout)
        while (end := self._waiting.find(b"\n", self._searched)) < 0:
            self._searched = len(self._waiting)
            if self._most is not None and self._searched > self._most:
                raise BadRequest(f"a line has more than {self._most >> 20} MiB. Send less at a time.")
            try:
                piece = self._line.recv(_PIECE)
            except (TimeoutError, BlockingIOError):
                return None
            if not piece:
                raise EOFError
            self._waiting += piece
        text, self._searched = bytes(self._waiting[:end]), 0
        del self._waiting[:end + 1]
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"this is no line of JSON: {error}") from None

    def left(self) -> bool:
        """Has the other end gone away?"""
        try:
            return not self._line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except (BlockingIOError, TimeoutError):
            return False
        except OSError:
            return True

    def close(self) -> None:
        self._line.close()


def error_out(error: StatusError) -> dict:
    """An error as it is sent."""
    problems = [[p.field, p.reason, p.detail, p.value] for p in getattr(error, "problems", ())
                if isinstance(p, Problem)]
    return {"reason": error.reason, "message": str(error), "problems": problems}


def error_in(sent: Mapping) -> StatusError:
    """The error that was sent: of the same class, and with the same ``problems``."""
    kinds = {kind.reason: kind for kind in (StatusError, *StatusError.__subclasses__())}
    error = kinds.get(sent.get("reason"), StatusError)(sent.get("message"))
    if sent.get("problems"):
        error.problems = tuple(Problem(*problem) for problem in sent["problems"])
    error.remote = True
    return error
