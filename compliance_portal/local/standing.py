"""The embedded database for one command, when `manage.py serve` does not run it already."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, connection

from compliance_portal.local import postgres
from compliance_portal.local.children import stop_child
from compliance_portal.local.places import Places

STOP_SECONDS = 30


@contextmanager
def database_running() -> Iterator[None]:
    """Inside the block the database of the settings answers.

    A database of one's own, and one that runs, is left as it is. One-machine mode's is started (made, when
    the folder is new) and stopped again. Raises AlreadyRunning, NotOurs, DidNotStart.
    """
    if not settings.EMBEDDED or _answers():
        yield
        return
    os.umask(0o077)
    places = Places(settings.VAR_DIR)
    places.make()
    with places.hold():
        sockets = places.sockets()
        cluster = postgres.Cluster(places.postgres, sockets, places.logs / "postgres.log")
        cluster.create()
        server = cluster.start()
        try:
            postgres.make_portal_database(cluster, places)
            _point_to(places)
            yield
        finally:
            connection.close()
            stop_child(server, first=signal.SIGINT, seconds=STOP_SECONDS)
            places.forget_sockets(sockets)


def _answers() -> bool:
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


def _point_to(places: Places) -> None:
    """The settings were read before the server had its socket and its passwords."""
    facts = places.read_facts()
    settings.DATABASE_OWNER_URL = facts["database_owner_url"]
    connection.close()
    connection.settings_dict.update(
        HOST=str(facts["database_url"].partition("?host=")[2]).replace("%2F", "/"),
        USER=postgres.PORTAL,
        PASSWORD=facts[f"password_of_{postgres.PORTAL}"],
    )
