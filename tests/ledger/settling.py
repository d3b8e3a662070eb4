"""Waiting until everything recorded may be sealed."""

from __future__ import annotations

from django.db import connection

from tests.servers import wait_for

SETTLED = """
SELECT NOT EXISTS (SELECT 1 FROM ledger_entry
                   WHERE transaction >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
"""


def let_settle() -> None:
    """Return when no transaction that began before the newest entry is still open.

    The server is shared: the test that runs beside this one holds its own transaction for as long as it
    lasts, and a seal rightly waits for it.
    """

    def settled() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(SETTLED)
            (answer,) = cursor.fetchone()
        return bool(answer)

    wait_for(settled, seconds=180, what="older transactions to end")
