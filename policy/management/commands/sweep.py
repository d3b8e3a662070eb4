"""`manage.py sweep`: one whole turn for cron, beside Celery or instead of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from policy.turn import turn


class Command(BaseCommand):
    help = "One whole turn of the engine: sweep, alerts, then one pass of the outbox. Safe beside any worker."

    def handle(self, *args: Any, **options: Any) -> None:
        swept, sent = turn()
        counts = {name: count for name, count in asdict(swept).items() if count}
        if sent:
            counts["sent"] = sent
        self.stdout.write(", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing to do")
