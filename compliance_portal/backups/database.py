"""The database as a stream of SQL: out by pg_dump, in by psql, both as the owner and in one transaction.

The programs come with the embedded server (PG_BINDIR names others); they read any server that is not newer.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from django.db import connection
from psycopg2.extensions import make_dsn

from compliance_portal.local.postgres import programs

AT_ONCE: Final = 8 << 20
HEAD: Final = 4096
TIMEOUT_OF_17: Final = b"SET transaction_timeout = 0;\n"  # pg_dump writes it for servers that do not know it
SIGNS_OF_USE: Final = ("parties_user", "parties_district", "ledger_entry")

# Everything of ours goes in the same transaction that brings the copy: it is all there, or nothing changed.
EMPTY = """
SET lock_timeout = '10s';
DO $empty$
DECLARE command text;
BEGIN
    FOR command IN
        SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        UNION ALL
        SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc AS p
        WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE command;
    END LOOP;
END $empty$;
"""
# No database has this identity, so the valve finds by itself that it was restored, and stays closed.
HALT_MAIL = """
INSERT INTO public.mail_valve (id, identity, reason) VALUES (1, 'restored', '')
ON CONFLICT (id) DO UPDATE SET identity = 'restored';
"""


class Failed(Exception):
    """The database would not be copied or filled; says why."""


def dump() -> Iterator[bytes]:
    """The whole database as SQL, of one moment. The connection is the owner's. Raises Failed."""
    with _program("pg_dump", "--no-owner", "--no-comments", stdout=subprocess.PIPE) as (child, said):
        assert child.stdout is not None
        while piece := child.stdout.read(AT_ONCE):
            yield piece
        if child.wait() != 0:
            raise Failed(f"pg_dump failed: {said()}")


def load(pieces: Iterable[bytes]) -> None:
    """Put the copy in the place of whatever is there, in one transaction, with the mail halted.

    The connection is the owner's. Raises Failed, and whatever `pieces` raises; then nothing has changed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        is_old = int(cursor.fetchone()[0]) < 170000
    connection.close()  # psql drops the tables; nobody else may hold them
    options = ("-X", "-q", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-")
    with _program("psql", *options, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as (child, said):
        assert child.stdin is not None
        try:
            child.stdin.write(EMPTY.encode())
            for place, piece in enumerate(pieces):
                head = piece[:HEAD].replace(TIMEOUT_OF_17, b"") if is_old and not place else piece[:HEAD]
                child.stdin.write(head + piece[HEAD:])
            child.stdin.write(HALT_MAIL.encode())
            child.stdin.close()
        except BrokenPipeError:
            child.wait()
        if child.wait() != 0:
            raise Failed(f"psql failed: {said()}")


@contextmanager
def _program(name: str, *options: str, **streams: Any) -> Iterator[tuple[subprocess.Popen[bytes], Any]]:
    """The program on our database, killed when the block fails: a psql whose input just ends would commit."""
    account = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "client_encoding"):
        account.pop(ours, None)
    password = str(account.pop("password", "") or "")
    with tempfile.TemporaryFile() as errors:

        def said() -> str:
            errors.seek(0)
            return errors.read().decode(errors="replace").strip()[:2000]

        child = subprocess.Popen(  # noqa: S603 (the server's own programs, an argument list, no shell)
            [str(programs() / name), *options, f"--dbname={make_dsn(**account)}"],
            env={**os.environ, "PGPASSWORD": password, "PGCLIENTENCODING": "UTF8"},
            stderr=errors,
            **streams,
        )
        try:
            yield child, said
        finally:
            if child.poll() is None:
                child.kill()
            for stream in (child.stdin, child.stdout):
                if stream is not None:
                    with suppress(BrokenPipeError):
                        stream.close()
            child.wait()


def is_used() -> bool:
    """Whether anybody has worked in this database: a person, a district or an entry is there."""
    tables = set(connection.introspection.table_names()) & set(SIGNS_OF_USE)
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")  # noqa: S608 (constants of this module)
            if cursor.fetchone()[0]:
                return True
    return False


def other_sessions() -> int:
    """How many others are at work in this database now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND usesysid IS NOT NULL"  # the server's own helpers are nobody
        )
        return int(cursor.fetchone()[0])


def version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])
