"""Who answers at the socket? A thread for each question, a bounded number of them, apart from the control plane.

Whoever asks nonsense is told so, whoever does not take the answer is cut off, and neither is noticed by anybody else.
"""

import logging
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from mini_k8s.errors import BadRequest, ServiceUnavailable, StatusError
from mini_k8s.local.desk import Desk
from mini_k8s.local.wire import QUESTION, Wire, error_out

MOST = 100  # questions at the same time, those that follow something among them
PATIENCE = 10.0  # seconds for a question to come, and for a piece of the answer to be taken


class Server:
    """Answers at ``path`` from the making of it until ``close``. The folder of ``path`` has to be a private one."""

    def __init__(self, desk: Desk, path: Path, most: int = MOST, patience: float = PATIENCE):
        self.desk, self.path, self.patience = desk, path, patience
        self._room = threading.BoundedSemaphore(most)
        self._most, self._closed = most, False
        path.unlink(missing_ok=True)  # of a process that was killed
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(os.fspath(path))
        path.chmod(0o600)  # before anybody is let in
        self._door.listen(128)
        threading.Thread(target=self._welcome, name="socket", daemon=True).start()

    def close(self) -> None:
        """Take no more questions."""
        self._closed = True
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept
        self._door.close()
        self.path.unlink(missing_ok=True)

    def _welcome(self) -> None:
        while not self._closed:
            try:
                line, _ = self._door.accept()
            except OSError:  # closed; or too many files are open, which may pass
                time.sleep(0.05)
                continue
            wire = Wire(line, QUESTION, self.patience)
            if self._room.acquire(blocking=False):
                threading.Thread(target=self._serve, args=[wire], name="socket-answer", daemon=True).start()
            else:
                self._refuse(wire)

    def _refuse(self, wire: Wire) -> None:
        busy = ServiceUnavailable(f"{self._most} commands talk to this cluster already. End some of them.")
        with suppress(OSError):
            wire.send({"error": error_out(busy)})
        wire.close()

    def _serve(self, wire: Wire) -> None:
        try:
            with suppress(OSError, EOFError):  # the other end has gone, or does not listen
                self._answer(wire)
        finally:
            wire.close()
            self._room.release()

    def _answer(self, wire: Wire) -> None:
        values = None
        try:
            question = wire.receive(self.patience)
            if question is None:
                raise BadRequest(f"nothing was asked within {self.patience:g} s.")
            values = self.desk.answer(question)
            for value in values:
                if value is not None:
                    wire.send({"value": value})
                elif self._closed or wire.left():
                    return
            last = {"end": True}
        except StatusError as error:
            last = {"error": error_out(error)}
        except (OSError, EOFError):
            raise
        except Exception as error:  # a mistake of ours: it is told, and nobody else has to suffer
            logging.getLogger(__name__).exception("a question could not be answered")
            last = {"error": error_out(StatusError(f"this should not happen: {error!r}"))}
        finally:
            if values is not None:
                values.close()
        wire.send(last)
