"""`manage.py migrate` as the role that owns the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import environ
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    """Django's migrate, signed in as `owner`; web and workers run as `portal`, which may change no table."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        using = options["database"]
        if not settings.DATABASE_OWNER_URL:
            raise CommandError(
                "DATABASE_OWNER_URL is not set: migrate signs in as the role that owns the tables, "
                "and DATABASE_URL names the role that only uses them."
            )
        with as_owner(using):
            said = super().handle(*args, **options)
            if not options["check_unapplied"] and not options["plan"]:
                call_command("createcachetable", database=using, verbosity=0)
        return said


@contextmanager
def as_owner(using: str) -> Iterator[None]:
    """Points the connection at the owner's account inside the block."""
    connection = connections[using]
    as_portal = connection.settings_dict.copy()
    owner = environ.Env.db_url_config(settings.DATABASE_OWNER_URL)
    options = dict(owner.get("OPTIONS") or {})
    account = {
        "USER": owner["USER"],
        "PASSWORD": owner["PASSWORD"],
        "HOST": options.pop("host", owner["HOST"]),
        "PORT": owner["PORT"],
        "NAME": owner["NAME"],
        "OPTIONS": {**options, "options": "-c timezone=UTC"},
    }
    connection.close()
    connection.settings_dict.update(account)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(as_portal)
