"""One contract from the signed PDF to the evidence packet, with dated steps and a real worker."""

import io
from datetime import UTC, date, datetime, timedelta

import pypdfium2
import pytest
from django.core.management import call_command

from contracts.execution import execute_contract
from contracts.intake import change_terms, receive_instrument
from contracts.redaction import confirm_public_copy, make_public_copy, mark_words
from contracts.review import confirm_batch, confirm_finding
from ledger.jobs import ring_waiting_jobs
from ledger.models import Job
from ledger.packets import packet
from mail.models import Delivery, Route
from notices.issue import issue_notice
from notices.postings import publish_posting
from policy.adoptions import set_parameter
from policy.models import Deadline, Obligation
from tests.conftest import wait_for
from tests.contracts.making import CT, a_contract, adopt, pdf, terms
from tests.factories import DistrictFactory, member
from tests.roster.factories import make_family

pytestmark = pytest.mark.django_db(transaction=True)


def read_by_a_worker():
    """Wait until the job has ended; say its own words when it did not end well."""
    wait_for(lambda: Job.objects.get(kind="reading").status in ("done", "failed"), seconds=150)
    job = Job.objects.get(kind="reading")
    assert (job.status, job.error) == ("done", "")


@pytest.mark.obligation("L-1", "L-5", "L-6")
def test_a_signed_pdf_becomes_a_posted_sent_proven_notice(travel, worker, relay):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))  # Wednesday, 10 a.m. in New York
    district = DistrictFactory()
    custodian = member(district)
    adopt(district, custodian)
    administrator = member(district, "administrator")
    set_parameter(district=district, pack=CT, name="audience.students", value="eligible", by=administrator)
    Route.objects.create(district=district, sender="records@northfield.example")
    worker()

    contract = a_contract(district, custodian)
    _child, guardian = make_family(district, school=district.schools.get())
    paper = receive_instrument(contract, kind="original", agreed_how="signed", upload=pdf(), by=custodian)
    read_by_a_worker()
    change_terms(contract, terms=terms(district), by=custodian)
    found = contract.findings.proposed_met()
    confirm_batch(contract, findings=[row.pk for row in found], by=custodian)
    for row in contract.findings.undecided():
        confirm_finding(row, by=custodian)
    contract.refresh_from_db()
    assert contract.conformity == "conforming"

    done = execute_contract(contract, executed_on=date(2026, 11, 16), by=custodian, instrument=paper)
    due = {duty.rule: duty.deadlines.get().due_at for duty in done.obligations}
    assert due["contract-notice"] == datetime(2026, 11, 24, 5, 0, tzinfo=UTC)

    travel(datetime(2026, 11, 19, 14, 0, tzinfo=UTC))
    page = next(p.number for p in paper.document.pages.all() if "004417729" in p.text)
    mark_words(paper, page=page, text="004417729", ground="bank", by=custodian)
    confirm_public_copy(make_public_copy(paper, by=custodian), by=custodian)
    assert done.notice is not None
    posting = publish_posting(done.notice, by=custodian)
    assert "004417729" not in " ".join(posting.files.get().pages)
    assert Obligation.objects.get(rule="contract-posting").status == "settled"
    assert Deadline.objects.get(obligation__rule="contract-posting").status == "kept"

    issue_notice(done.notice, by=custodian)
    wait_for(lambda: Delivery.objects.filter(status="sent").count() == 1, seconds=90, what="the e-mail")
    assert [each["to"] for each in relay.accepted] == [[guardian.email]]
    call_command("sweep")
    assert Obligation.objects.get(rule="contract-notice").status == "settled"
    assert Deadline.objects.get(obligation__rule="contract-notice").status == "kept"

    travel(timedelta(days=1))
    proof = packet(case=contract.case, by=custodian)
    with proof.file.open("rb") as file:
        shown = pypdfium2.PdfDocument(io.BytesIO(file.read()))
    words = " ".join(" ".join(each.get_textpage().get_text_bounded().split()) for each in shown)
    assert paper.document.sha256 in words.replace(" ", "")
    assert "CT-6" in words
    assert "004417729" not in words
    assert "confirmed the public copy" in words


def test_a_worker_killed_while_it_reads_loses_nothing(travel, worker):
    travel(datetime(2026, 11, 18, 15, 0, tzinfo=UTC))
    district = DistrictFactory()
    custodian = member(district)
    adopt(district, custodian)
    first = worker()
    contract = a_contract(district, custodian)
    receive_instrument(contract, kind="original", agreed_how="signed", upload=pdf(), by=custodian)
    wait_for(lambda: Job.objects.get(kind="reading").status != "waiting", seconds=60, what="the worker")
    first.kill()
    assert Job.objects.get(kind="reading").status in ("working", "done")

    travel(timedelta(minutes=6))  # the dead worker's lease has run out
    worker()
    ring_waiting_jobs()
    read_by_a_worker()
    assert contract.findings.count() == 13
    assert contract.case.obligations.filter(kind="review").count() == 1
