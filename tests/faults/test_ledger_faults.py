"""Jobs and seals killed between every pair of their statements; memory gone; history unwritable."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger import jobs
from ledger.clock import engine_now
from ledger.entries import record
from ledger.models import Entry, Job, JobStatus, Seal
from ledger.seals import seal, verify
from tests.factories import DistrictFactory, make_case
from tests.ledger.settling import let_settle

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def kill_at_every_statement(nursery, call: str, prepare, **arguments) -> int:
    """Run the act, killed before its 1st, 2nd, … statement, until it lives to its end. How often it died."""
    deaths = 0
    while True:
        prepare()
        if nursery.run(call, die_at=deaths + 1, **arguments) == 0:
            return deaths
        deaths += 1


def test_f02_a_sealer_killed_anywhere_leaves_one_whole_chain(nursery, tally, settings, tmp_path):
    elm = DistrictFactory()
    deaths = kill_at_every_statement(nursery, "seal_once", lambda: record("noted", by=None, district=elm))
    let_settle()
    seal()
    assert Seal.objects.count() == Entry.objects.count() == deaths + 1
    assert list(verify()) == []
    tally(
        "F02 sealer killed between statements", kills=deaths, events=deaths + 1,
        lost=Entry.objects.count() - Seal.objects.count(),
    )  # fmt: skip


def test_f02_a_job_killed_anywhere_is_done_once_or_parked(nursery, tally):
    case = make_case(DistrictFactory())
    job = Job.objects.create(district=case.district, case=case, kind="fault", asked_at=case.opened_at)

    def lease_over():
        Job.objects.update(attempts=0, lease_until=engine_now() - timedelta(seconds=1))

    deaths = kill_at_every_statement(nursery, "job_once", lease_over, pk=job.pk, district=case.district_id)
    job.refresh_from_db()
    assert (job.status, job.done) == (JobStatus.DONE, 3)
    tally("F02 job killed between statements", kills=deaths, events=1, lost=0)


def test_f17_a_worker_out_of_memory_is_tried_three_times_and_parked(nursery, tally):
    case = make_case(DistrictFactory())
    job = Job.objects.create(district=case.district, case=case, kind="fault", asked_at=case.opened_at)
    for _ in range(4):
        nursery.run("job_that_eats_memory", pk=job.pk, district=case.district_id, megabytes=1500)
        Job.objects.update(lease_until=None)
    job.refresh_from_db()
    assert (job.status, job.attempts) == (JobStatus.FAILED, 3)
    assert jobs.PARKED in job.error
    tally("F17 out of memory", events=1, lost=0)


def test_f35_an_act_whose_entry_cannot_be_written_does_not_happen(database, tally):
    from django.db import DatabaseError

    from mail.models import Message
    from tests.mail.letters_out import family, notice

    elm = DistrictFactory()
    with database.superuser.cursor() as cursor:
        cursor.execute("REVOKE INSERT ON ledger_entry FROM portal")
    try:
        with pytest.raises(DatabaseError, match="permission denied"):
            notice(elm, [family(1)])
    finally:
        with database.superuser.cursor() as cursor:
            cursor.execute("GRANT INSERT ON ledger_entry TO portal")
    assert Message.objects.count() == 0
    tally("F35 an entry that cannot be written", events=0, lost=0)
