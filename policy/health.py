"""Whether the engine makes progress: judged by rows and their ages, never by process ids."""

from __future__ import annotations

from typing import Final

from ledger.clock import engine_now
from ledger.protection import Doorway
from mail.models import Valve
from policy import doorways
from policy.models import Heartbeat
from policy.sweep import SWEEP

LIMITS: Final = {
    "seconds_since_sweep": (
        300,
        "No sweep for 5 minutes: see that beat and a worker run, or that cron does.",
    ),
    "oldest_due_seconds": (120, "A clock came due more than 2 minutes ago and nobody looked at it."),
    "oldest_lease_seconds": (
        300,
        "A delivery's lease ran out more than 5 minutes ago and nobody took it back.",
    ),
    "oldest_ready_seconds": (3600, "Mail has been waiting to leave for more than an hour."),
}
"""In seconds, with what to say beyond them."""

HALTED: Final = "Mail is halted: see manage.py mail status."


def facts_now() -> dict[str, int | None]:
    """The engine's ages in seconds, None where there is nothing to measure; and how much mail waits."""
    last = Heartbeat.objects.filter(name=SWEEP).first()
    return {
        "seconds_since_sweep": int((engine_now() - last.at).total_seconds()) if last else None,
        "oldest_due_seconds": _first(doorways.OLDEST_DUE),
        "oldest_lease_seconds": _first(doorways.OLDEST_LEASE),
        "oldest_ready_seconds": _first(doorways.OLDEST_READY),
        "mail_waiting": _first(doorways.MAIL_WAITING),
        "mail_uncertain": _first(doorways.MAIL_UNCERTAIN),
        "mail_halted": int(Valve.objects.filter(halted_at__isnull=False).exists()),
    }


def problems_now() -> tuple[dict[str, int | None], list[str]]:
    """The ages and, one sentence each, what is wrong; no sweep ever is wrong too."""
    facts = facts_now()
    problems = [words for name, (limit, words) in LIMITS.items() if (facts[name] or 0) > limit]
    if facts["seconds_since_sweep"] is None:
        problems.append("The engine has never swept.")
    if facts["mail_halted"]:
        problems.append(HALTED)
    return facts, problems


def _first(doorway: Doorway) -> int | None:
    rows = doorway.ids(limit=1)
    return rows[0][0] if rows else None
