"""What time it is: the database's clock, so that every web process and worker agrees."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection


def engine_now() -> datetime:
    """The database's clock as an aware UTC instant.

    The SQL function reads `clock_timestamp()`. Test builds replace it with one that adds an offset row, so
    that a test can travel in time across web and workers; the production role cannot make such a row.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT engine_now()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)
    return now.astimezone(UTC)
