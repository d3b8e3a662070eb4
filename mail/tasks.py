"""Bells: each task is the name of a verb."""

from celery import shared_task

from mail import outbox


@shared_task
def turn() -> None:
    outbox.turn(lines=outbox.LINES)
