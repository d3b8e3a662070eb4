"""Bells: each task is the name of a verb."""

from celery import shared_task

from contracts import endings


@shared_task
def remind_of_endings() -> None:
    endings.remind_of_endings()
    endings.start_exits()
