"""Which doors are closed to a learner's code in the child process? Input, exit, processes, the network, waiting.

No sandbox: it keeps a mistake from doing harm, and gives it a name. The parent's time limit is behind it.
"""

import builtins
import os
import pdb
import sys
import threading
import time

from mini_k8s.workshop.exercises.words import readable

MOST_OUTPUT, MOST_LINES = 4_000, 40  # characters and lines shown of what one call prints
_REFUSED = {  # audit event -> hint
    **dict.fromkeys(("os.fork", "os.forkpty", "os.exec", "os.spawn", "os.posix_spawn", "os.startfile", "os.system",
                     "os.kill", "os.killpg", "subprocess.Popen"), "process"),
    **dict.fromkeys(("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
                     "socket.gethostbyname"), "network"),
}


class Asked(BaseException):
    """Their code asked for something that is not there: a person, another process, the network, a lab."""

    def __init__(self, what: str, hint: str):
        super().__init__(what)
        self.hint = hint


class Doors:
    """Closes them, once and for the life of this process; ``naps`` are the seconds of each wait that was asked for."""

    def __init__(self):
        self.naps: list[float] = []

    def close(self, out: "Printed") -> None:
        def refuse(event, args):
            if event in _REFUSED:
                raise Asked(event, _REFUSED[event])

        def ask(prompt="", /):
            raise Asked("input()", "input")

        def debug(*args, **kwargs):
            raise Asked("a debugger", "debugger")

        def leave(status=0):
            raise SystemExit(status)

        def sleep(seconds):
            self.naps.append(seconds)

        sys.stdin, sys.stdout, sys.stderr = Nobody(), out, out
        builtins.input, time.sleep = ask, sleep
        sys.breakpointhook = pdb.set_trace = pdb.Pdb.set_trace = debug
        os._exit = os.abort = leave
        threading.excepthook = lambda args: None
        sys.addaudithook(refuse)


def say_naps(naps: list[float]) -> str:
    """'called sleep(0.5) 138 times': how long, and how often; a sum would be nobody's number."""
    least, most = min(naps), max(naps)
    long = f"sleep({most:g})" if least == most else f"sleep, for {least:g} to {most:g} s,"
    return f"called {long} {'once' if len(naps) == 1 else f'{len(naps)} times'}"


class Nobody:
    """Standard input where nobody sits."""

    def readline(self, *_):
        raise Asked("sys.stdin", "input")

    read = __iter__ = readline

    def close(self) -> None: ...

    def isatty(self) -> bool:
        return False


class Printed:
    """What the learner's code prints: kept up to a limit, and dropped beyond it."""

    encoding, errors, newlines = "utf-8", "replace", None

    def __init__(self):
        self._kept: list[str] = []
        self._room = 50 * MOST_OUTPUT

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() takes a str, not {type(text).__name__}")
        if self._room > 0:
            self._kept.append(text[:min(self._room, MOST_OUTPUT + 1)])
            self._room -= len(self._kept[-1]) + 1
        return len(text)

    def mark(self) -> int:
        """A place in what was printed, for ``since``."""
        return len(self._kept)

    def since(self, mark: int) -> str:
        """What was printed after that place, cut where it is long."""
        text = readable("".join(self._kept[mark:]))
        shown = "".join(text.splitlines(True)[:MOST_LINES])[:MOST_OUTPUT]
        return text if shown == text else shown.rstrip("\n") + "\n… (more was printed)"

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True


def left_thread(wait: float = 0.3) -> threading.Thread | None:
    """A thread that the learner's code left running, after all had a moment to end by themselves."""
    until = time.monotonic() + wait
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                return thread
    return None
