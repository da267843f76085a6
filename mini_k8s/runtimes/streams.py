"""How does one listen to an engine that may fall silent? Iterators over what it sends, which any thread may close.

A generator cannot be closed while another thread waits in it; these can: ``close`` shuts the socket below. They end,
and never raise, when the stream breaks, falls silent for too long, or says something that is no JSON: whoever listens
has to look anyway, because what happened meanwhile was not heard.
"""

import contextlib
import json
from collections.abc import Iterator


class Stream:
    """Something the engine sends, piece by piece."""

    def __init__(self, response):
        self._response = response
        self._pieces = self._read()

    def __iter__(self) -> "Stream":
        return self

    def __next__(self):
        try:
            return next(self._pieces)
        except Exception:  # cut, silent, closed or half a line: whatever it was, the stream is over
            self.close()
            raise StopIteration from None

    def close(self) -> None:
        """End it, from any thread. Whoever waits for the next piece gets the end."""
        from docker.types import CancellableStream

        # It shuts the socket, which wakes a reader; closing the response alone would wait for him.
        with contextlib.suppress(Exception):
            CancellableStream(None, self._response).close()
        with contextlib.suppress(Exception):
            self._response.close()

    def _read(self) -> Iterator:
        raise NotImplementedError


class JsonLines(Stream):
    """One decoded value for each line."""

    def _read(self) -> Iterator[dict]:
        for line in self._response.iter_lines():
            if line.strip():
                yield json.loads(line)


class Frames(Stream):
    """What a container prints. The engine sends it in frames, 8 bytes of header (stream, length) before each."""

    def _read(self) -> Iterator[bytes]:
        waiting = b""
        for chunk in self._chunks():
            waiting += chunk
            while len(waiting) >= 8 and len(waiting) >= (end := 8 + int.from_bytes(waiting[4:8], "big")):
                yield waiting[8:end]
                waiting = waiting[end:]

    def _chunks(self) -> Iterator[bytes]:
        raw = self._response.raw
        if raw.chunked:  # logs: each chunk as it comes
            yield from self._response.iter_content(None)
        while not raw.chunked and (chunk := raw.read1(65536)):  # exec: whatever is there, until the end
            yield chunk
