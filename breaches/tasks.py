"""Bells of the breach desk; the rows are the truth."""

from celery import shared_task

from breaches.retention import purge_lists, take_down_pages


@shared_task
def purge_people() -> None:
    purge_lists()
    take_down_pages()
