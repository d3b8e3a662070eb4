"""Jobs: taken under a lease, tried three times, parked, never lost with the broker."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery import Celery
from django.core.exceptions import ValidationError
from django.db import connection

from ledger import jobs
from ledger.clock import engine_now
from ledger.models import Job, JobStatus
from parties.access import visible_districts
from tests.factories import DistrictFactory, make_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return make_case(DistrictFactory())


@pytest.fixture
def work(monkeypatch):
    """What the job does: a list of outcomes, used up one a run; each an error to raise or None."""
    outcomes: list[Exception | None] = []
    seen: list[list[int]] = []

    def do(job):
        seen.append(visible_districts())
        jobs.report_progress(job, done=1, total=2, step="Reading page 1 of 2")
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    monkeypatch.setitem(jobs.KINDS, "read", do)
    do.outcomes, do.seen = outcomes, seen
    return do


def due_now() -> None:
    Job.objects.update(lease_until=None)


def test_a_job_is_done_once_in_its_own_district(case, work):
    work.outcomes[:] = [None]
    job = jobs.ask_job(kind="read", case=case)
    assert jobs.run_job(job.pk, case.district_id)
    assert not jobs.run_job(job.pk, case.district_id)
    job.refresh_from_db()
    assert (job.status, job.done, job.total, job.attempts) == (JobStatus.DONE, 1, 2, 1)
    assert job.step == "Reading page 1 of 2"
    assert work.seen == [[case.district_id]]


def test_the_same_work_is_not_asked_twice_while_it_waits(case, work):
    assert jobs.ask_job(kind="read", case=case) == jobs.ask_job(kind="read", case=case)


def test_a_failing_job_is_tried_three_times_and_then_parked(case, work):
    work.outcomes[:] = [RuntimeError("one"), RuntimeError("two"), RuntimeError("three"), None]
    job = jobs.ask_job(kind="read", case=case)
    for _ in range(5):
        jobs.run_job(job.pk, case.district_id)
        due_now()
    job.refresh_from_db()
    assert (job.status, job.attempts) == (JobStatus.FAILED, 3)
    assert "three times" in job.error
    assert len(work.outcomes) == 1


def test_a_failed_job_waits_before_it_is_tried_again(case, work):
    work.outcomes[:] = [RuntimeError("one"), None]
    job = jobs.ask_job(kind="read", case=case)
    jobs.run_job(job.pk, case.district_id)
    assert jobs.run_waiting_jobs() == 0
    due_now()
    assert jobs.run_waiting_jobs() == 1


def test_bad_input_ends_the_job_at_once_with_its_sentence(case, work):
    work.outcomes[:] = [ValidationError("This PDF has no text.")]
    job = jobs.ask_job(kind="read", case=case)
    jobs.run_job(job.pk, case.district_id)
    job.refresh_from_db()
    assert (job.status, job.error) == (JobStatus.FAILED, "This PDF has no text.")


def test_a_worker_that_died_is_replaced_when_its_lease_ends_three_times_at_most(case, work):
    job = jobs.ask_job(kind="read", case=case)
    for attempt in (1, 2, 3):
        assert jobs.take_job(job.pk).attempts == attempt
        assert jobs.take_job(job.pk) is None
        Job.objects.update(lease_until=engine_now() - timedelta(seconds=1))
    assert jobs.take_job(job.pk) is None
    job.refresh_from_db()
    assert (job.status, job.error) == (JobStatus.FAILED, jobs.PARKED)


def test_a_worker_whose_lease_ran_out_can_mark_nothing(case, work):
    stale = jobs.take_job(jobs.ask_job(kind="read", case=case).pk)
    Job.objects.update(lease_until=engine_now() - timedelta(seconds=1))
    fresh = jobs.take_job(stale.pk)
    with pytest.raises(jobs.LeaseLost):
        jobs.end_job(stale, JobStatus.DONE)
    jobs.end_job(fresh, JobStatus.DONE)


def test_work_in_steps_does_one_a_task_and_rings_itself_for_the_next(
    case, work, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *call, **options: rung.append(call[1]))
    job = jobs.ask_job(kind="read", case=case)
    work.outcomes[:] = [RuntimeError("one"), jobs.StepDone(), RuntimeError("two"), jobs.StepDone(), None]
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            jobs.run_job(job.pk, case.district_id)
        due_now()
    job.refresh_from_db()
    assert (job.status, job.attempts, job.error) == (JobStatus.WAITING, 0, "")
    assert rung == [(job.pk, case.district_id)]
    jobs.run_job(job.pk, case.district_id)
    due_now()
    assert jobs.run_waiting_jobs() == 1  # with all its steps
    job.refresh_from_db()
    assert (job.status, job.attempts, len(work.seen)) == (JobStatus.DONE, 1, 5)


def test_a_worker_that_stood_still_while_others_did_steps_can_mark_nothing(case, work):
    stale = jobs.take_job(jobs.ask_job(kind="read", case=case).pk)
    Job.objects.update(lease_until=engine_now() - timedelta(seconds=1))
    work.outcomes[:] = [jobs.StepDone()]
    jobs.run_job(stale.pk, case.district_id)
    fresh = jobs.take_job(stale.pk)
    assert fresh.attempts == stale.attempts
    with pytest.raises(jobs.LeaseLost):
        jobs.renew_lease(stale)
    jobs.renew_lease(fresh)


def test_work_that_ends_after_others_took_it_does_not_stop_the_sweep_of_the_rest(case, monkeypatch):
    outcomes = [jobs.StepDone(), jobs.Postponed("Later."), RuntimeError("one"), None]
    lost = [jobs.ask_job(kind=f"lost-{n}", case=case).pk for n in range(len(outcomes))]
    for n, outcome in enumerate(outcomes):

        def overtaken(job, outcome=outcome):
            Job.objects.filter(pk=job.pk).update(attempts=9)
            if outcome is not None:
                raise outcome

        monkeypatch.setitem(jobs.KINDS, f"lost-{n}", overtaken)
    assert jobs.run_waiting_jobs() == 0
    assert set(Job.objects.filter(pk__in=lost).values_list("status", "attempts")) == {("working", 9)}


def test_a_kind_that_this_worker_does_not_know_is_left_waiting(case):
    job = jobs.ask_job(kind="of-the-future", case=case)
    assert not jobs.run_job(job.pk, case.district_id)
    job.refresh_from_db()
    assert (job.status, job.attempts) == (JobStatus.WAITING, 0)


@pytest.fixture
def no_broker(monkeypatch, tmp_path):
    """Bells of an app whose broker is away. The portal's own would keep this address for later tests."""
    away = Celery("away", set_as_current=False)
    away.config_from_object("django.conf:settings", namespace="CELERY")
    away.conf.broker_url = f"redis+socket://{tmp_path}/nowhere.sock"
    monkeypatch.setattr(jobs, "current_app", away)


def test_the_request_succeeds_when_the_broker_is_away(
    case, work, django_capture_on_commit_callbacks, no_broker
):
    with django_capture_on_commit_callbacks(execute=True) as bells:
        job = jobs.ask_job(kind="read", case=case)
    assert len(bells) == 1
    work.outcomes[:] = [None]
    assert jobs.run_waiting_jobs() == 1  # the sweep finds it all the same
    job.refresh_from_db()
    assert job.status == JobStatus.DONE


def test_nothing_but_ids_is_rung(case, work, monkeypatch):
    rung = []
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *call, **options: rung.append(call))
    job = jobs.ask_job(kind="read", case=case)
    connection.run_on_commit.clear()
    jobs.ring_waiting_jobs()
    assert rung == [("ledger.tasks.run_job", (job.pk, case.district_id))]


def test_a_bell_waits_for_no_broker(no_broker, monkeypatch, caplog):  # F04
    from kombu.utils import functional

    monkeypatch.setattr(functional, "sleep", lambda _seconds: pytest.fail("A request waits for the broker."))
    jobs._ring("mail.tasks.turn", ())
    assert "did not ring" in caplog.text
