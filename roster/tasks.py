"""Bells of the roster; the rows are the truth."""

from celery import shared_task

from roster.imports import drop_abandoned


@shared_task
def drop_abandoned_rosters() -> None:
    drop_abandoned()
