"""The bell that Celery rings. What is due is decided by the rows, never by the bell."""

from celery import shared_task

from policy.turn import sweep_and_ping


@shared_task
def ring_sweep() -> None:
    sweep_and_ping()
