"""One command for all processes of one machine: started in order, stopped in the opposite order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import NoReturn

from django.core.management import get_commands

from compliance_portal.local import postgres
from compliance_portal.local.children import DidNotStart, open_child, stop_children, wait_ready
from compliance_portal.local.places import Places
from compliance_portal.local.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = (sys.executable, str(ROOT / "manage.py"))

# Ctrl-C ends everything within five seconds: what uses the servers first, then the servers.
PROCESSES_SECONDS = 2.0
SERVERS_SECONDS = 1.5

# A child that dies is started again; one that keeps dying ends the lot, for a person to look at.
DEATHS_ALLOWED = 5
DEATHS_WITHIN_SECONDS = 60


class Stopped(Exception):
    """Somebody asked us to stop (Ctrl-C, SIGTERM, or the terminal went away)."""


@dataclass
class Service:
    """One child: how to start it, which signal asks it to end, and when it has died."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop_signal: signal.Signals = signal.SIGTERM
    child: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)


@dataclass
class Supervisor:
    """Runs the portal from `places` on `port` until it is told to stop."""

    places: Places
    port: int
    empty: bool
    say: Callable[[str], object]
    environ: Mapping[str, str]
    servers: list[Service] = field(default_factory=list)
    processes: list[Service] = field(default_factory=list)

    def run(self) -> None:
        """Starts everything, watches it, returns when asked to stop. Raises DidNotStart, AlreadyRunning."""
        os.umask(0o077)
        self.places.make()
        with self.places.hold():
            sockets = self.places.sockets()
            for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(each, _stop)
            try:
                self._start(sockets)
                self._watch()
            except Stopped:
                self.say("\nStopping.")
            finally:
                for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(each, signal.SIG_IGN)
                self._stop()
                self.places.forget_sockets(sockets)

    # --- start ---

    def _start(self, sockets: Path) -> None:
        check_port(self.port)
        started = time.monotonic()
        self._start_servers(sockets)
        self.places.secret("secret_key")
        self.places.write_facts(address=f"http://localhost:{self.port}")
        if "DATABASE_URL" not in self.environ or "DATABASE_OWNER_URL" in self.environ:
            self._once(
                "Preparing the database (the first time takes a minute)", "migrate", "--verbosity", "1"
            )
        self._seed()
        self._begin(self.processes, Service("worker", self._worker))
        self._begin(self.processes, Service("web", self._web))
        self.say(f"Ready in {time.monotonic() - started:.0f} s.\n")
        self.say(self._welcome())

    def _start_servers(self, sockets: Path) -> None:
        if "REDIS_URL" not in self.environ:
            valkey = Valkey(self.places.valkey, sockets, self.places.logs / "valkey.log")
            self._begin(self.servers, Service("valkey", valkey.start))
            self.places.write_facts(redis_url=valkey.url)
        if "DATABASE_URL" not in self.environ:
            cluster = postgres.Cluster(self.places.postgres, sockets, self.places.logs / "postgres.log")
            cluster.create()
            self._begin(self.servers, Service("postgres", cluster.start, signal.SIGINT))
            postgres.make_portal_database(cluster, self.places)

    def _seed(self) -> None:
        """The demo, once: what the first start of an embedded database chose, later starts keep."""
        if "DATABASE_URL" in self.environ:
            return
        chosen = self.places.read_facts().get("demo", "wanted")
        if chosen == "wanted" and self.empty:
            chosen = "none"
        self.places.write_facts(demo=chosen)
        if chosen == "wanted" and "seed_demo" in get_commands():
            said = self._once("Filling the demo district", "seed_demo")
            self.places.welcome.write_text(said)
            self.places.write_facts(demo="seeded")

    def _once(self, what: str, *command: str) -> str:
        """Runs one command of the portal to its end; returns its words."""
        self.say(f"{what} ...")
        output = self.places.logs / f"{command[0]}.log"
        with suppress(FileNotFoundError):
            output.unlink()
        child = open_child([*MANAGE, *command], log=output, environ=self.environ)
        try:
            while (code := child.poll()) is None:
                time.sleep(0.05)
        finally:
            stop_children([(child, signal.SIGTERM)], seconds=1)
        said = output.read_text(errors="replace")
        if code != 0:
            raise DidNotStart(f"{what} failed (log: {output}):\n{said[-3000:]}")
        return said

    def _worker(self) -> subprocess.Popen[bytes]:
        log = self.places.logs / "worker.log"
        begins = log.stat().st_size if log.exists() else 0
        child = open_child(
            [
                *(sys.executable, "-m", "celery", "-A", "compliance_portal", "worker", "-B"),
                *("--schedule", self.places.var / "beat", "--loglevel", "INFO"),
                *("--concurrency", self.environ.get("PORTAL_TASKS", "2"), "-n", "one-machine@portal"),
                *("--without-mingle", "--without-gossip"),
            ],
            log=log,
            environ=self.environ,
            last_signal=signal.SIGKILL,  # its tasks are re-derived from the database
        )
        wait_ready(child, lambda: b" ready." in _since(log, begins), name="The worker", log=log)
        return child

    def _web(self) -> subprocess.Popen[bytes]:
        log = self.places.logs / "web.log"
        child = open_child(
            [
                *(sys.executable, "-m", "gunicorn", "compliance_portal.wsgi", "--no-control-socket"),
                *("--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread"),
                *("--workers", self.environ.get("PORTAL_WORKERS", "2")),
                *("--threads", self.environ.get("PORTAL_THREADS", "4")),
                *("--timeout", "120", "--graceful-timeout", "2", "--keep-alive", "5"),
            ],
            log=log,
            environ=self.environ,
        )
        wait_ready(child, lambda: answers(self.port), name="The web server", log=log)
        return child

    def _begin(self, group: list[Service], service: Service) -> None:
        service.child = service.start()
        group.append(service)

    # --- watch and stop ---

    def _watch(self) -> NoReturn:
        while True:
            time.sleep(0.25)
            for service in (*self.servers, *self.processes):
                if service.child is not None and service.child.poll() is not None:
                    self._start_again(service)

    def _start_again(self, service: Service) -> None:
        """Starts a dead child again; a server may need a moment until its last helpers are gone, too."""
        while True:
            now = time.monotonic()
            service.deaths = [at for at in service.deaths if now - at < DEATHS_WITHIN_SECONDS] + [now]
            if len(service.deaths) > DEATHS_ALLOWED:
                raise DidNotStart(f"{service.name} keeps ending; see {self.places.logs / service.name}.log")
            self.say(f"{service.name} ended; starting it again.")
            try:
                service.child = service.start()
            except DidNotStart:
                time.sleep(1)
            else:
                return

    def _stop(self) -> None:
        for group, seconds in ((self.processes, PROCESSES_SECONDS), (self.servers, SERVERS_SECONDS)):
            stop_children(
                [(service.child, service.stop_signal) for service in group if service.child is not None],
                seconds=seconds,
            )

    def _welcome(self) -> str:
        address = self.environ.get("PORTAL_URL") or self.places.read_facts()["address"]
        lines = [f"The portal is at {address}"]
        with suppress(FileNotFoundError):
            lines += ["", self.places.welcome.read_text().strip()]
        if "EMAIL_URL" not in self.environ:
            lines += [
                "",
                f"No mail relay is set: what would be sent is written to {self.places.var / 'mail'}",
            ]
        return "\n".join([*lines, "", f"Everything it keeps is in {self.places.var}. Ctrl-C stops it."])


def check_port(port: int) -> None:
    """Raises DidNotStart when another program has the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise DidNotStart(f"Port {port} is taken. Choose another: make run PORT={port + 1}") from None


def answers(port: int) -> bool:
    """Whether a web server answers on the port, whatever it says."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def _since(log: Path, begins: int) -> bytes:
    with suppress(FileNotFoundError), log.open("rb") as output:
        output.seek(begins if log.stat().st_size >= begins else 0)
        return output.read()
    return b""


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped
