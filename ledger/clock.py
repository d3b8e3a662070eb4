"""What time it is: the database's clock, so that every web process and worker agrees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Before this an instant is a slip of the pen, and near the start of the calendar no zone can show it."""

LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Later than anything planned. The database keeps instants after the year 9999 that nobody can read back."""


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


def check_past(name: str, at: datetime) -> None:
    """Raise ValidationError beside `name` unless something can have happened `at` this instant."""
    check_year(name, at)
    if at > engine_now():
        raise ValidationError({name: _("This time is in the future.")})


def check_year(name: str, at: datetime | None) -> None:
    """Raise ValidationError beside `name` for an instant of a year that nobody means, here or to come."""
    if at is None:
        return
    if not has_offset(at):
        raise ValidationError({name: _("Give the time with its UTC offset, for example -05:00 or Z.")})
    if not EARLIEST <= at < LATEST:
        raise ValidationError({name: _("Check the year.")})


def has_offset(at: datetime) -> bool:
    """Whether a time says its UTC offset, and one that some place keeps: at most 14 hours."""
    offset = at.utcoffset()
    return offset is not None and abs(offset) <= timedelta(hours=14)
