"""The bell that Celery rings. What is due is decided by the rows, never by the bell."""

from celery import shared_task

from mail.models import Message
from parties.access import acting_in
from policy import alerts
from policy.turn import sweep_and_ping


@shared_task
def ring_sweep() -> None:
    sweep_and_ping()


@shared_task
def text_phones(message: int, district: int) -> None:
    with acting_in(district):
        alerts.text_phones(Message.objects.get(pk=message))
