"""`manage.py sweep`: one whole turn for cron, beside Celery or instead of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from breaches.retention import purge_lists
from contracts.endings import remind_of_endings, start_exits
from policy.turn import turn


class Command(BaseCommand):
    help = "One whole turn of the engine: sweep, alerts, then one pass of the outbox. Safe beside any worker."

    def handle(self, *args: Any, **options: Any) -> None:
        swept, sent = turn()
        # What beat rings in the rooms, so that cron alone suffices; last, so that it never stops the turn.
        rooms = {"ending": remind_of_endings(), "ended": start_exits(), "lists deleted": purge_lists()}
        counts = {name: count for name, count in {**asdict(swept), "sent": sent, **rooms}.items() if count}
        self.stdout.write(", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing to do")
