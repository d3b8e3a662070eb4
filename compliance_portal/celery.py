"""The Celery app and the whole beat schedule.

PostgreSQL is the only truth; Celery rings the bell. Beat never decides what is due: a sweep run twice,
or by five beats at once, does no harm, and `manage.py sweep` from cron is the second trigger.
"""

from __future__ import annotations

import os
import signal
from multiprocessing import process
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init, worker_process_init

from compliance_portal.local.children import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_portal.settings")

app = Celery("compliance_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def every(seconds: int, task: str) -> dict[str, Any]:
    """A bell. It expires when the next one rings, so that an hour without workers is not rung all at once."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep": every(5, "policy.tasks.ring_sweep"),
    "outbox": every(5, "mail.tasks.turn"),
    "waiting jobs": every(10, "ledger.tasks.ring_waiting_jobs"),
    "seals": every(60, "ledger.tasks.seal"),
    "lists of affected people": every(3600, "breaches.tasks.purge_people"),
    "rosters that nobody loaded": every(3600, "roster.tasks.drop_abandoned_rosters"),
    "contracts that end soon": every(3600, "contracts.tasks.remind_of_endings"),
}

app.conf.beat_schedule = SCHEDULE


@worker_process_init.connect
@beat_embedded_init.connect
def end_with_the_worker(**kwargs: object) -> None:
    """A worker that is killed outright leaves no process behind that still holds a task or rings the bell."""
    die_with_parent(signal.SIGKILL)


@worker_process_init.connect
def let_it_have_children(**kwargs: object) -> None:
    """Files are read in a limited child, made by multiprocessing; Celery's own process object forbids one.

    It is marked as a daemon, and its key is of a kind that cannot be handed to a child.
    """
    key = process.AuthenticationString(os.urandom(32))  # type: ignore[attr-defined]
    process.current_process()._config.update(daemon=False, authkey=key)  # type: ignore[attr-defined]
