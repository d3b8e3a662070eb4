"""Long work a person can watch. The row is the truth; a Celery task only rings the bell (architecture §5.8).

A worker takes a job by one guarded UPDATE under a lease and does it with no transaction open. The lease and
`attempts` name the taking: a worker whose lease ran out, and was taken over, no longer matches and can mark
nothing. Work in many steps does one a task: it raises StepDone, and the job rings itself again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.core.exceptions import ValidationError
from django.db import transaction

from ledger.clock import engine_now
from ledger.models import Case, Document, Job, JobStatus
from ledger.protection import WAITING_JOBS
from parties.access import acting_in
from parties.models import User

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # each report of progress renews it
MOST_ATTEMPTS = 3
AGAIN_AFTER = timedelta(seconds=30)
PARKED = "It was tried three times and did not end. Upload the file again, or ask for help."

Work = Callable[[Job], None]
KINDS: dict[str, Work] = {}


class Postponed(Exception):
    """The work cannot be done yet, through no fault of its own: later again, not counted as an attempt."""


class StepDone(Exception):
    """One step of the work is done and kept. The next is for another task, at once, with three attempts."""


class LeaseLost(Exception):
    """Another worker has taken the job: stop without marking anything."""


def job_kind(kind: str) -> Callable[[Work], Work]:
    """Register the function that does jobs of this kind. It gets the Job; it may raise Postponed, StepDone.

    A ValidationError ends the job at once with its sentence; any other error is tried again, three times
    in all. The function must be safe to repeat from the start.
    """

    def register(work: Work) -> Work:
        KINDS[kind] = work
        return work

    return register


def ask_job(*, kind: str, case: Case, document: Document | None = None, by: User | None = None) -> Job:
    """Ask for long work. The same work still waiting is not asked twice.

    Effects: one Job row; once the transaction has committed, a bell that may fail without harm (the sweep
    finds the row).
    """
    same = Job.objects.filter(case=case, kind=kind, document=document, status=JobStatus.WAITING).first()
    if same is not None:
        return same
    job = Job.objects.create(
        district_id=case.district_id, case=case, kind=kind, document=document,
        asked_at=engine_now(), asked_by=by,
    )  # fmt: skip
    ring("ledger.tasks.run_job", job.pk, job.district_id)
    return job


def ring(task: str, *arguments: int | None) -> None:
    """Ring a Celery worker after commit. A broker that is away is noted and never fails the request."""
    transaction.on_commit(partial(_ring, task, arguments), robust=True)


def _ring(task: str, arguments: tuple[int | None, ...]) -> None:
    try:
        current_app.send_task(task, arguments, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 (whatever the broker does, the row is there)
        log.warning("The bell %s did not ring: %s", task, type(error).__name__)


def run_job(pk: int, district: int) -> bool:
    """Do one job, if it may be taken now. Returns whether this call did it.

    Effects: the job's row; what its kind does. An unknown kind is left for a newer worker.
    """
    with acting_in(district):
        job = take_job(pk)
        if job is None:
            return False
        try:
            _work(job)
        except LeaseLost:
            return False
        return True


def _work(job: Job) -> None:
    """Do what the job's kind does and mark how it ended. Raises LeaseLost when it is another's by then."""
    try:
        KINDS[job.kind](job)
    except StepDone:
        put_back(job, attempts=0, after=timedelta(0), error="")
        ring("ledger.tasks.run_job", job.pk, job.district_id)
    except Postponed as reason:
        put_back(job, attempts=job.attempts - 1, after=2 * AGAIN_AFTER, error=str(reason))
    except LeaseLost:
        raise
    except ValidationError as refused:
        end_job(job, JobStatus.FAILED, error=" ".join(refused.messages))
    except Exception as error:
        log.exception("Job %s (%s) failed", job.uuid, job.kind)
        retry_or_park(job, f"{type(error).__name__}: {error}"[:2000])
    else:
        end_job(job, JobStatus.DONE)


def take_job(pk: int) -> Job | None:
    """Take the job under a lease: it waits and its time has come, or its last worker's lease ran out."""
    now = engine_now()
    with transaction.atomic():
        job = Job.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
        if job is None or job.kind not in KINDS or not may_take(job, now):
            return None
        if job.attempts >= MOST_ATTEMPTS:  # its worker died three times
            job.status, job.error, job.ended_at, job.lease_until = JobStatus.FAILED, PARKED, now, None
            job.save()
            return None
        job.status, job.attempts, job.lease_until = JobStatus.WORKING, job.attempts + 1, now + LEASE
        job.save()
    return job


def may_take(job: Job, now: datetime) -> bool:
    if job.status not in (JobStatus.WAITING, JobStatus.WORKING):
        return False
    return job.lease_until is None or job.lease_until < now


def report_progress(job: Job, *, done: int, total: int, step: str) -> None:
    """Tell people how far the work is, and renew the lease. Raises LeaseLost when another worker has it."""
    mark(job, done=done, total=total, step=step[:200], lease_until=engine_now() + LEASE)


def renew_lease(job: Job) -> None:
    """Hold the job while a long step tells of no progress. Raises LeaseLost when another worker has it."""
    mark(job, lease_until=engine_now() + LEASE)


def end_job(job: Job, status: JobStatus, *, error: str = "") -> None:
    mark(job, status=status, error=error, ended_at=engine_now(), lease_until=None)


def put_back(job: Job, *, attempts: int, after: timedelta, error: str) -> None:
    mark(job, status=JobStatus.WAITING, attempts=attempts, lease_until=engine_now() + after, error=error)


def retry_or_park(job: Job, error: str) -> None:
    if job.attempts >= MOST_ATTEMPTS:
        end_job(job, JobStatus.FAILED, error=f"{PARKED} ({error})")
    else:
        put_back(job, attempts=job.attempts, after=AGAIN_AFTER * 2**job.attempts, error=error)


def mark(job: Job, **changes: Any) -> None:
    """Write to the row only while this worker still holds it."""
    held = Job.objects.filter(pk=job.pk, status=JobStatus.WORKING)
    if not held.filter(attempts=job.attempts, lease_until=job.lease_until).update(**changes):
        raise LeaseLost(f"job {job.uuid} was taken by another worker")
    for name, value in changes.items():
        setattr(job, name, value)


def ring_waiting_jobs() -> int:
    """Ring once for each job that may be taken now (beat). A second bell for a job does no harm."""
    found = WAITING_JOBS.ids()
    for pk, district in found:
        _ring("ledger.tasks.run_job", (pk, district))
    return len(found)


def run_waiting_jobs(*, limit: int = 200) -> int:
    """Do the waiting jobs here and now, each with all its steps; return how many.

    This is for `manage.py sweep`, which must suffice without any worker.
    """
    return sum(
        run_steps(pk, district) for pk, district in WAITING_JOBS.ids(limit=limit) if district is not None
    )


def run_steps(pk: int, district: int) -> bool:
    is_begun = False
    while run_job(pk, district):
        is_begun = True
    return is_begun
