"""What does a service cost? A request through it against one straight to the pod, and what others take for that.

The pods are an nginx on three loopback addresses, which answers with a word; ``wrk`` asks. Beside ours, HAProxy and
nginx's own stream proxy stand before the same pods. All share this machine's processors, so the ratios count.
"""

import asyncio
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mini_k8s.network.carriers import InThread
from mini_k8s.network.dns import Names, Server
from tests.bench.rows import Row

PODS = ("127.78.1.1", "127.78.1.2", "127.78.1.3")
OURS, HAPROXY, NGINX = "127.78.2.1", "127.78.2.2", "127.78.2.3"
PORT, SECONDS, ROUNDS = 8080, 2, 3
_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
_NAME, _DNS = "web.default.svc.cluster.local", "127.78.3.1"


def through_a_service() -> Iterator[Row]:
    lacks = [name for name in ("wrk", "nginx") if not shutil.which(name)]
    if lacks:
        yield Row.not_run("a request through a service", f"no {' and no '.join(lacks)} here")
        return
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        others = {}
        ending.enter_context(_nginx(folder))
        if _MODULE.exists():
            others["nginx stream"] = NGINX
        if shutil.which("haproxy"):
            ending.enter_context(_haproxy(folder))
            others["HAProxy"] = HAPROXY
        ending.enter_context(_ours())
        for what, flags, goal in (("a request through a service, kept alive", ["-c32"], 1 / 0.45),
                                  ("a request by a new connection", ["-c16", "-H", "Connection: close"], None)):
            found = {address: [] for address in (PODS[0], OURS, *others.values())}
            for _ in range(ROUNDS):
                for address in found:
                    found[address].append(_wrk(address, flags))
            each = {address: [statistics.median(part) for part in zip(*rounds, strict=True)]
                    for address, rounds in found.items()}
            yield Row(f"{what}, against direct", each[OURS][0], "µs", peer=each[PODS[0]][0], most_ratio=goal)
            for name, address in others.items():
                yield Row(f"  beside it: {name}", each[OURS][0], "µs", peer=each[address][0])
                yield Row(f"  beside it: {name}, 99th percentile", each[OURS][1], "ms", peer=each[address][1])


def answered_by_dns() -> Iterator[Row]:
    """One asker, one question after the other."""
    others = {}
    with ExitStack() as ending:
        ending.enter_context(_our_dns())
        if shutil.which("dnsmasq"):
            ending.enter_context(_running(["dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--port=5354",
                                           f"--listen-address={_DNS}", "--bind-interfaces",
                                           f"--address=/{_NAME}/10.9.8.7"], (_DNS, 5354), udp=True))
            others["dnsmasq"] = 5354
        each = {port: statistics.median(_asks(port) for _ in range(3)) for port in (5353, *others.values())}
        yield Row("a name asked for" + (", against dnsmasq" if others else ""), each[5353] * 1e6, "µs",
                  peer=each[5354] * 1e6 if others else None)


@contextmanager
def _our_dns() -> Iterator[None]:
    names, loop = Names(), asyncio.new_event_loop()
    names.add(_NAME, "A", "10.9.8.7")
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(Server(names, []).listen(_DNS, 5353), loop).result(5)
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


def _asks(port: int, count: int = 3000) -> float:
    """Seconds an answer."""
    name = b"".join(bytes([len(part)]) + part.encode() for part in _NAME.split(".")) + b"\0"
    query = b"\0\1\1\0\0\1\0\0\0\0\0\0" + name + b"\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(5)
        asking.connect((_DNS, port))
        began = time.monotonic()
        for _ in range(count):
            asking.send(query)
            assert asking.recv(512)[-4:] == bytes([10, 9, 8, 7])
        return (time.monotonic() - began) / count


def _wrk(address: str, flags: list[str]) -> tuple[float, float]:
    """µs a request, and the 99th percentile of its latency in ms."""
    said = subprocess.run(["wrk", "-t1", f"-d{SECONDS}", "--latency", *flags, f"http://{address}:{PORT}/"],
                          capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in said, said
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
    return 1e6 / float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), float(number) * {
        "us": 1e-3, "ms": 1.0, "s": 1e3}[unit]


@contextmanager
def _ours() -> Iterator[None]:
    carrier, at = InThread(lambda: None), f"{OURS}:{PORT}/TCP"
    try:
        carrier.ask({"lines": [f"serve {at} default/web", *(f"lead {at} {pod}:{PORT}" for pod in PODS)]})
        yield
    finally:
        carrier.close()


def _nginx(folder: Path):
    listens = "".join(f"listen {pod}:{PORT};" for pod in PODS)
    stream = (f"stream {{ upstream pods {{ {''.join(f'server {pod}:{PORT};' for pod in PODS)} }} "
              f"server {{ listen {NGINX}:{PORT}; proxy_pass pods; }} }}") if _MODULE.exists() else ""
    config = folder / "nginx.conf"
    config.write_text(
        f"{f'load_module {_MODULE};' if stream else ''} daemon off; worker_processes 1; pid {folder}/nginx.pid; "
        f"error_log {folder}/error.log; events {{}} http {{ access_log off; keepalive_requests 10000000; "
        f"server {{ {listens} location / {{ return 200 'web-x7k2p\\n'; }} }} }} {stream}")
    return _running(["nginx", "-c", str(config)], (PODS[0], PORT))


def _haproxy(folder: Path):
    config = folder / "haproxy.cfg"
    config.write_text(f"""\
global
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen pods
  bind {HAPROXY}:{PORT}
  balance roundrobin
""" + "".join(f"  server pod{n} {pod}:{PORT}\n" for n, pod in enumerate(PODS)))
    return _running(["haproxy", "-db", "-f", str(config)], (HAPROXY, PORT))


@contextmanager
def _running(argv: list[str], at: tuple[str, int], udp: bool = False) -> Iterator[None]:
    program = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until(lambda: udp or socket.create_connection(at, 1).close() is None)
        if udp:
            time.sleep(0.5)
        yield
    finally:
        program.terminate()
        program.wait()


def _until(true: Callable[[], bool], within: float = 10.0) -> None:
    end = time.monotonic() + within
    while True:
        try:
            if true():
                return
        except OSError:
            if time.monotonic() > end:
                raise
        time.sleep(0.02)


MEASURES = (through_a_service, answered_by_dns)
