"""The servers of a test run: real ones, started by the portal's own launcher, gone when the run ends."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path

from django.conf import settings

from compliance_portal.local.children import stop_child
from compliance_portal.local.postgres import Cluster, make_database, make_roles
from compliance_portal.local.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = "template_portal"
KEPT_TEMPLATES = 6
PASSWORDS = {"owner": "owner", "portal": "portal"}

# A test's data need not survive the machine.
FORGETFUL = {
    "jit": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
}

# Test builds only: the offset row that lets a test travel in time across web and workers.
TRAVEL = """
CREATE TABLE IF NOT EXISTS ledger_clock_offset (seconds double precision NOT NULL);
REVOKE ALL ON ledger_clock_offset FROM PUBLIC;
REVOKE ALL ON ledger_clock_offset FROM portal;
GRANT SELECT ON ledger_clock_offset TO portal;
ALTER TABLE ledger_clock_offset OWNER TO owner;
CREATE OR REPLACE FUNCTION engine_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp()
        + make_interval(secs => coalesce((SELECT sum(seconds) FROM public.ledger_clock_offset), 0))
$$;
"""


def wait_for(condition: Callable[[], object], *, seconds: float = 20, what: str = "the condition") -> object:
    """Returns the condition's first true answer; fails the test after `seconds`."""
    limit = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > limit:
            raise AssertionError(f"Waited {seconds:.0f} s for {what}.")
        time.sleep(0.05)
    return answer


class Postgres:
    """One server a run; a copy of a migrated template for each worker of the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sockets = folder / "s"
        self.child: subprocess.Popen[bytes] | None = None

    @cached_property
    def cluster(self) -> Cluster:
        return Cluster(
            self.folder / "postgres", self.sockets, self.folder / "postgres.log", options=FORGETFUL
        )

    def start(self) -> None:
        with migrated_template() as template:
            subprocess.run(["cp", "-a", "--reflink=auto", template, self.cluster.folder], check=True)
        self.sockets.mkdir(mode=0o700)
        self.child = self.cluster.start()

    @property
    def running(self) -> bool:
        return self.sockets.is_dir() and self.cluster.answers()

    def stop(self) -> None:
        if self.child is not None:
            stop_child(self.child, first=signal.SIGQUIT, seconds=5)
            self.child = None


@contextmanager
def migrated_template() -> Iterator[Path]:
    """A stopped server's folder with the migrated template; built once for each state of the migrations."""
    cache = Path(tempfile.gettempdir()) / f"portal-tests-{os.geteuid()}"
    cache.mkdir(mode=0o700, exist_ok=True)
    if cache.stat().st_uid != os.geteuid() or cache.is_symlink():
        raise PermissionError(f"{cache} belongs to somebody else.")
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = cache / schema_digest()
        if not ready.is_dir():
            build_template(ready)
        os.utime(ready)
        for old in sorted(cache.glob("????????????????"), key=lambda path: -path.stat().st_mtime)[
            KEPT_TEMPLATES:
        ]:
            shutil.rmtree(old)
        yield ready


def schema_digest() -> str:
    """Changes when anything changes that decides what `migrate` makes."""
    digest = hashlib.sha256()
    ours = [
        path for path in ROOT.glob("*/**/*.py") if path.relative_to(ROOT).parts[0] not in {"tests", ".venv"}
    ]
    for path in sorted(
        [*ours, *ROOT.glob("policy/**/*.toml"), Path(__file__), ROOT / "requirements-dev.lock"]
    ):
        content = path.read_bytes()
        decides = (
            path.suffix != ".py" or path.parent.name in {"migrations", "local"} or path == Path(__file__)
        )
        if decides or b"Doorway(" in content or b"post_migrate" in content:
            digest.update(str(path.relative_to(ROOT)).encode() + content)
    return digest.hexdigest()[:16]


def migrations_found() -> dict[str, str]:
    """The digest of each migration of the portal."""
    return {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(ROOT.glob("*/migrations/*.py"))
    }


def nearest_template(cache: Path, wanted: dict[str, str]) -> Path | None:
    """The newest template whose migrations are all still here, unchanged: only the rest must be applied."""
    for ready in sorted(cache.glob("????????????????"), key=lambda path: -path.stat().st_mtime):
        applied = ready / "migrations.json"
        if applied.exists() and json.loads(applied.read_text()).items() <= wanted.items():
            return ready
    return None


def build_template(ready: Path) -> None:
    building = ready.parent / "building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o700)
    sockets = Path(tempfile.mkdtemp(prefix="pt-", dir="/tmp"))
    folder = building / "postgres"
    wanted = migrations_found()
    if nearest := nearest_template(ready.parent, wanted):
        subprocess.run(["cp", "-a", "--reflink=auto", nearest, folder], check=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    cluster = Cluster(folder, sockets, building / "postgres.log", options=FORGETFUL)
    cluster.create()
    server = cluster.start()
    try:
        make_roles(cluster, passwords=PASSWORDS)
        make_database(cluster, TEMPLATE)
        write_facts(building, cluster, TEMPLATE)
        run_manage(building, "migrate", "--verbosity", "0")
        with closing(cluster.connect(TEMPLATE)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(TRAVEL)
    finally:
        stop_child(server, first=signal.SIGINT, seconds=30)
        shutil.rmtree(sockets, ignore_errors=True)
    (folder / "migrations.json").write_text(json.dumps(wanted))
    folder.rename(ready)
    shutil.rmtree(building)


def write_facts(var: Path, cluster: Cluster, database: str, **more: str) -> None:
    """What one-machine mode writes, so that a real process of the portal finds the test's servers."""
    facts = {
        f"database_{name}url": cluster.url(database, role=role, password=PASSWORDS[role])
        for name, role in (("", "portal"), ("owner_", "owner"))
    }
    var.mkdir(mode=0o700, exist_ok=True)
    (var / "local.json").write_text(json.dumps({**facts, "secret_key": settings.SECRET_KEY, **more}))


def portal_environ(var: Path, **more: str) -> dict[str, str]:
    """The environment of a real process of the portal that serves this test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DJANGO_"))}
    return {**kept, "PORTAL_VAR": str(var), "DJANGO_SETTINGS_MODULE": "compliance_portal.settings", **more}


def run_manage(var: Path, *arguments: str) -> str:
    """One command of the portal as a process of its own; fails the test with its words when it fails."""
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", *arguments],
        env=portal_environ(var),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Database:
    """The database of one worker of the run, and the superuser's way to clean it."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        make_database(cluster, name, template=TEMPLATE)
        self.cluster, self.name = cluster, name
        self.superuser = cluster.connect(name)
        self.superuser.autocommit = True
        with self.superuser.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica; SET lock_timeout = '10s'")
        self.seeds = {table: self._read(table) for table in self._filled()}

    def clean(self) -> None:
        """Back to what `migrate` left. Portal may not truncate, and entries refuse to be deleted."""
        with self.superuser.cursor() as cursor:
            filled = self._filled()
            if filled:
                cursor.execute(";".join(f"DELETE FROM {table}" for table in filled))
            for table, rows in self.seeds.items():
                cursor.copy_expert(f"COPY {table} FROM STDIN", io.BytesIO(rows))

    def travel(self, seconds: float) -> None:
        with self.superuser.cursor() as cursor:
            cursor.execute("INSERT INTO ledger_clock_offset VALUES (%s)", [seconds])

    def come_back(self) -> None:
        with self.superuser.cursor() as cursor:
            cursor.execute("DELETE FROM ledger_clock_offset")

    def now(self) -> object:
        with self.superuser.cursor() as cursor:
            cursor.execute("SELECT engine_now()")
            return cursor.fetchone()[0]

    def _read(self, table: str) -> bytes:
        rows = io.BytesIO()
        with self.superuser.cursor() as cursor:
            cursor.copy_expert(f"COPY {table} TO STDOUT", rows)
        return rows.getvalue()

    def _filled(self) -> list[str]:
        """The tables that hold a row, but for the list of migrations."""
        with self.superuser.cursor() as cursor:
            cursor.execute(
                "SELECT quote_ident(tablename) FROM pg_tables"
                " WHERE schemaname = 'public' AND tablename <> 'django_migrations'"
            )
            tables = [table for (table,) in cursor.fetchall()]
            cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT FROM {table})" for table in tables))
            return [table for table, filled in zip(tables, cursor.fetchone(), strict=True) if filled]


def start_valkey(var: Path) -> tuple[Valkey, subprocess.Popen[bytes]]:
    folder = var / "valkey"
    folder.mkdir(exist_ok=True)
    valkey = Valkey(folder, var, var / "valkey.log")
    return valkey, valkey.start()
