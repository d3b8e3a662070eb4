"""One whole turn, and the outside watchdog that notices when no turn happens."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final
from urllib.error import URLError
from urllib.request import Request, urlopen

from django.conf import settings

from ledger.jobs import run_waiting_jobs
from ledger.seals import seal
from mail import outbox
from policy.health import LIMITS, facts_now
from policy.sweep import Swept, is_time, sweep

logger = logging.getLogger(__name__)

WATCHDOG: Final = "watchdog"
PATIENCE_SECONDS: Final = 5


def turn() -> tuple[Swept, int]:
    """Sweep, alerts, one pass of the outbox: what cron runs. Returns the counts and how much mail left.

    Then the waiting jobs and the seals: cron alone must suffice, with no worker anywhere.
    """
    swept, sent = sweep_and_ping(), outbox.turn(seconds=50, lines=outbox.LINES, patient=True)
    run_waiting_jobs()
    seal()
    return swept, sent


def sweep_and_ping() -> Swept:
    """Sweep; when it went well and nothing due was left lying, tell the watchdog, at most once a minute."""
    swept = sweep()
    oldest = facts_now()["oldest_due_seconds"] or 0
    if settings.HEARTBEAT_URL and not swept.failed and oldest <= LIMITS["oldest_due_seconds"][0]:
        ping(settings.HEARTBEAT_URL)
    return swept


def ping(url: str) -> None:
    """One request that says that the engine lives; a watchdog that is away harms nothing."""
    if not is_time(WATCHDOG, timedelta(minutes=1)):
        return
    try:
        with urlopen(Request(url, method="POST"), timeout=PATIENCE_SECONDS):  # noqa: S310 (http or https by settings)
            pass
    except (URLError, OSError) as error:
        logger.warning("The watchdog did not answer: %s", error)
