"""`manage.py serve`, as a process, with everything it starts."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import psycopg2
import pytest

from compliance_portal.local.children import DidNotStart
from compliance_portal.local.postgres import Cluster
from compliance_portal.local.supervisor import check_port
from tests.servers import ROOT, TEMPLATE, migrated_template, portal_environ, wait_for


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def descendants(pid: int) -> set[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, edge = set(), {pid}
    while edge:
        edge = {child for child, parent in parents.items() if parent in edge}
        found |= edge
    return found


def running(pids: set[int]) -> set[int]:
    found = set()
    for pid in pids:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.add(pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


class Portal:
    def __init__(self, var: Path, *arguments: str) -> None:
        self.var, self.port = var, free_port()
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "manage.py", "serve", *arguments],
            env=portal_environ(var, PORT=str(self.port)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""

    def read_until(self, words: str) -> None:
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return
        raise AssertionError(f"It ended without saying {words!r}:\n{self.said}")

    def status(self, path: str) -> int:
        with closing(HTTPConnection("localhost", self.port, timeout=30)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status

    def rows(self, sql: str) -> list[tuple]:
        url = json.loads((self.var / "local.json").read_text())["database_url"]
        with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def started(var: Path, *arguments: str):
    portal = Portal(var, *arguments)
    try:
        portal.read_until("Ctrl-C stops it")
        yield portal
    finally:
        portal.process.send_signal(signal.SIGTERM)
        portal.process.communicate(timeout=30)


@pytest.fixture
def var(tmp_path_factory) -> Path:
    """A portal that has run before: its database is migrated."""
    var = tmp_path_factory.mktemp("v")
    var.chmod(0o700)
    with migrated_template() as template:
        subprocess.run(["cp", "-a", template, var / "postgres"], check=True)
    sockets = tmp_path_factory.mktemp("s")
    cluster = Cluster(var / "postgres", sockets, sockets / "log")
    server = cluster.start()
    with closing(cluster.connect("postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {TEMPLATE} RENAME TO portal")
    server.send_signal(signal.SIGINT)
    server.wait()
    return var


def test_it_starts_survives_its_own_death_and_leaves_nothing_behind(var):
    with started(var, "--empty") as portal:
        assert portal.status("/accounts/login/") == 200
        assert f"http://localhost:{portal.port}" in portal.said
        assert str(var / "mail") in portal.said
        portal.rows("INSERT INTO auth_group (name) VALUES ('kept')")
        children = descendants(portal.process.pid)
        assert len(children) > 8  # valkey, postgres and its helpers, worker and its tasks, web
        portal.process.kill()
        wait_for(lambda: not running(children), what="every child to end after kill -9 of the supervisor")

    with started(var, "--empty") as portal:
        assert portal.rows("SELECT name FROM auth_group") == [("kept",)]
        children = descendants(portal.process.pid)
        (postmaster,) = [pid for pid in children if _is_postmaster(pid, portal.process.pid)]
        os.kill(postmaster, signal.SIGKILL)
        portal.read_until("postgres ended; starting it again.")
        wait_for(lambda: _answers(portal), what="PostgreSQL to be back")
        assert portal.rows("SELECT name FROM auth_group") == [("kept",)]
        children |= descendants(portal.process.pid)
        os.kill(portal.process.pid, signal.SIGINT)
        portal.process.wait(timeout=15)
        assert portal.process.returncode == 0
        assert running(children) == set()
        assert sorted(path.name for path in (var / "run").iterdir()) == []


def _is_postmaster(pid: int, supervisor: int) -> bool:
    fields = Path(f"/proc/{pid}/stat").read_text()
    return "(postgres)" in fields and int(fields.rpartition(")")[2].split()[1]) == supervisor


def _answers(portal: Portal) -> bool:
    try:
        return bool(portal.rows("SELECT 1"))
    except psycopg2.OperationalError:
        return False


@pytest.mark.long
def test_the_first_start_of_all_makes_everything_in_a_folder_no_socket_can_have(tmp_path):
    var = tmp_path / ("a folder with spaces and a very long name " * 4).strip()
    with started(var) as portal:
        assert portal.status("/accounts/login/") == 200
        assert stat_mode(var) == 0o700
        sockets = json.loads((var / "local.json").read_text())["redis_url"]
        assert sockets.startswith("redis+socket:///tmp/portal-")
    assert not Path(sockets.removeprefix("redis+socket://")).parent.exists()


def stat_mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_taken_port_is_named_and_another_proposed():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DidNotStart, match=f"Port {port} is taken.*PORT={port + 1}"):
            check_port(port)


def test_a_second_one_on_the_same_folder_is_refused_and_leaves_the_first_alone(tmp_path):
    import fcntl

    tmp_path.chmod(0o700)
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = Portal(tmp_path)
        said, _ = second.process.communicate(timeout=60)
    assert second.process.returncode != 0
    assert "already running" in said
    assert not (tmp_path / "local.json").exists()
