"""Bells: each task is the name of a verb, and says no more than a row's id and its district."""

from celery import shared_task

from ledger import jobs, seals


@shared_task
def run_job(pk: int, district: int) -> None:
    jobs.run_job(pk, district)


@shared_task
def ring_waiting_jobs() -> None:
    jobs.ring_waiting_jobs()


@shared_task
def seal() -> None:
    seals.seal()
