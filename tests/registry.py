"""A registry with one image in it, on this machine's loopback: the few paths that an engine asks for when it pulls.

Format: the OCI distribution specification, with Docker's manifest of schema 2.
"""

import gzip
import hashlib
import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


class Registry:
    """Serves ``image`` of the engine as ``name:tag`` at ``host``. A silent one takes the call and says nothing."""

    def __init__(self, engine, image, name, tag, silent=False):
        self.asked: list[str] = []  # paths
        self._blobs, self._silent, self._over = {}, silent, threading.Event()
        config, layers = (b"", []) if silent else _unpack(engine, image)
        kind = "application/vnd.docker.container.image.v1+json"
        manifest = {} if silent else {
            "schemaVersion": 2, "mediaType": _MANIFEST, "config": self._add(config, kind),
            "layers": [self._add(layer, "application/vnd.docker.image.rootfs.diff.tar.gzip") for layer in layers]}
        self._manifests = {(name, tag): json.dumps(manifest).encode()}
        registry = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                registry.asked.append(self.path)
                if registry._silent:
                    registry._over.wait(30)
                    return
                status, kind, body = registry._answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Docker-Content-Digest", _digest(body))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *_):
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.host = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def _add(self, blob, kind):
        self._blobs[_digest(blob)] = blob
        return {"mediaType": kind, "size": len(blob), "digest": _digest(blob)}

    def _answer(self, path):
        if path == "/v2/":
            return 200, "application/json", b"{}"
        _, _, name, what, which = path.split("/")
        if what == "blobs" and which in self._blobs:
            return 200, "application/octet-stream", self._blobs[which]
        found = {_digest(m): m for m in self._manifests.values()}.get(which) or self._manifests.get((name, which))
        if what == "manifests" and found:
            return 200, _MANIFEST, found
        code = "MANIFEST_UNKNOWN" if any(name == known for known, _ in self._manifests) else "NAME_UNKNOWN"
        return 404, "application/json", json.dumps({"errors": [{"code": code, "message": "not known here"}]}).encode()


def _unpack(engine, image):
    """The config and the layers of an image, as an engine saves it."""
    saved = io.BytesIO(b"".join(engine.open("/images/get", 60, names=[image]).iter_content(1 << 16)))
    with tarfile.open(fileobj=saved) as tar:
        about = json.load(tar.extractfile("manifest.json"))[0]
        layers = [gzip.compress(tar.extractfile(layer).read(), 1, mtime=0) for layer in about["Layers"]]
        return tar.extractfile(about["Config"]).read(), layers


def _digest(blob):
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
