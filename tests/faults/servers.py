"""Servers and workers of one test's own, which it may kill: PostgreSQL, Valkey, Celery, the watchdog."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import Popen
from typing import Any

import psycopg2

from compliance_portal.local.children import DidNotStart, open_child
from compliance_portal.local.postgres import Cluster
from compliance_portal.local.valkey import Valkey
from tests.conftest import Worker
from tests.servers import TEMPLATE, portal_environ


class OwnPostgres:
    """PostgreSQL as in real life: what it acknowledged survives a kill -9."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.child = cluster.start()
        self.kills = 0

    @property
    def pid(self) -> int:
        return int((self.cluster.data / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """The postmaster without a word; its children notice by themselves and end."""
        pid = self.pid
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(pid, signal.SIGKILL)
        self.child.wait()
        self.kills += 1

    def start(self, *, seconds: float = 60) -> None:
        """Start again; the memory of a server that was killed is free only when its children have ended."""
        limit = time.monotonic() + seconds
        while True:
            try:
                self.child = self.cluster.start()
                return
            except DidNotStart:
                if time.monotonic() > limit:
                    raise
                time.sleep(0.2)

    def may_write(self, largest_file: int) -> None:
        """A quota for every process of the server: no file may grow beyond so many bytes."""
        limits = (largest_file, resource.RLIM_INFINITY)
        postmaster = self.pid
        for process in [postmaster, *children_of(postmaster)]:
            with suppress(ProcessLookupError):
                resource.prlimit(process, resource.RLIMIT_FSIZE, limits)

    def ask(self, query: str, *, database: str = TEMPLATE) -> list[tuple[Any, ...]]:
        with closing(self.cluster.connect(database)) as session, session.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def do(self, command: str) -> None:
        with closing(self.cluster.connect(TEMPLATE)) as session:
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute(command)


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class OwnValkey:
    """A Valkey that the test kills and starts again, empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.valkey = Valkey(folder / "kept", folder, folder / "valkey.log")
        self.url = self.valkey.url
        self.kills = 0
        self.child: Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.valkey.socket

    def start(self) -> None:
        shutil.rmtree(self.folder / "kept", ignore_errors=True)
        (self.folder / "kept").mkdir()
        self.child = self.valkey.start()

    def kill(self) -> None:
        assert self.child is not None
        self.child.kill()
        self.child.wait()
        self.kills += 1
        self.child = None


@contextmanager
def own_valkey() -> Iterator[OwnValkey]:
    folder = Path(tempfile.mkdtemp(prefix="pv-", dir="/tmp"))
    server = OwnValkey(folder)
    server.start()
    try:
        yield server
    finally:
        if server.child is not None:
            server.child.kill()
            server.child.wait()
        shutil.rmtree(folder, ignore_errors=True)


class SilentProxy:
    """Stands between a worker and its broker; once silent, it takes every byte and passes none on."""

    def __init__(self, folder: Path, target: Path) -> None:
        self.path, self.target, self.silent = folder / "proxy.sock", target, False
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(self.path))
        self.server.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"redis+socket://{self.path}"

    def close(self) -> None:
        self.server.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self.server.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self.target))
            except OSError:
                return
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                if not self.silent:
                    sink.sendall(piece)
            sink.close()


def start_celery(var: Path, name: str, log: Path, *, beat: bool = False, **environ: str) -> Worker:
    """A worker against the facts written in `var`; returns at once, whether or not it finds its servers."""
    options = ["-c", "1", "-n", f"{name}@test", "--loglevel", "INFO", "--without-mingle"]
    options += ["-B", "-s", str(log.with_suffix(".beat"))] if beat else []
    child = open_child(
        [sys.executable, "-m", "celery", "-A", "compliance_portal", "worker", *options],
        log=log, environ=portal_environ(var, **environ), last_signal=signal.SIGKILL,
    )  # fmt: skip
    return Worker(child, log)


@contextmanager
def watchdog() -> Iterator[tuple[str, Callable[[], int]]]:
    """An outside watchdog: its address, and how often it was pinged."""
    pings: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802 (the library's name)
            pings.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ping", lambda: len(pings)
    finally:
        server.shutdown()


def fill_connections(cluster: Cluster, role: str, password: str) -> list[psycopg2.extensions.connection]:
    """Sessions of this role until the server takes no more."""
    held = []
    while True:
        try:
            held.append(
                psycopg2.connect(host=str(cluster.sockets), dbname=TEMPLATE, user=role, password=password)
            )
        except psycopg2.OperationalError:
            return held
