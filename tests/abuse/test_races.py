"""A34 to A36: people who press at the same moment, and machines that try again: one of them wins."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from queue import Queue

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from contracts.execution import execute_contract
from contracts.exit import end_contract
from contracts.models import Contract, Instrument, Page
from contracts.redaction import confirm_public_copy, mark_box
from ledger.clock import engine_now
from ledger.documents import keep_made
from ledger.entries import Conflict
from ledger.models import Entry
from mail import outbox
from mail.models import Delivery, DeliveryStatus
from mail.reconciling import resolve_uncertain
from notices.compose import edit_draft
from notices.issue import approve_notice, ask_for_approval
from notices.models import Notice, PostingFile
from notices.postings import publish_posting
from parties.access import see_districts
from parties.models import Role
from policy.changes import ask_cancel
from policy.models import Obligation
from policy.obligations import settle
from tests.contracts.making import a_contract, adopt, with_paper
from tests.factories import DistrictFactory, member
from tests.mail.letters_out import family, notice
from tests.notices.factories import make_district, make_notice, pdf_with
from tests.servers import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
NOV_18 = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


def at_once(district, *acts, times):
    """Each act `times` times, all mixed, in ten threads with connections of their own; what came of each."""

    def one(act):
        try:
            see_districts([district.pk])
            act()
        except (Conflict, ValidationError) as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return act.__name__

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(one, [act for _ in range(times) for act in acts]))
    see_districts([district.pk])
    return answers


def backend():
    """Which process of the server speaks to this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def waits_for_us(pid):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid() = ANY(pg_blocking_pids(%s))", [pid])
        return cursor.fetchone()[0]


def meanwhile(district, first, then):
    """What comes of `then`, begun by a second connection when `first` is done and not committed: it waits."""
    pids = Queue()

    def other():
        try:
            see_districts([district.pk])
            pids.put(backend())
            return then()
        except (Conflict, ValidationError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            answer = pool.submit(other)
            pid = pids.get(timeout=20)
            wait_for(lambda: answer.done() or waits_for_us(pid), what="the second person to wait")
            assert not answer.done(), "nothing held the second person back"
        return answer.result(timeout=60)


def test_a_copy_is_not_confirmed_nor_posted_while_somebody_hides_more_of_the_paper():
    district = DistrictFactory()
    custodian = member(district)
    adopt(district, custodian)
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)
    Page.objects.create(
        district=district, case=contract.case, document=paper.document, number=1, width=612, height=792,
        text="", source="text",
    )  # fmt: skip
    notice_about = make_notice(district, by=custodian, case=contract.case)
    paper.executed_on = date(2026, 11, 18)
    paper.save()
    see_districts([district.pk])

    def hide():
        mark_box(
            Instrument.objects.get(pk=paper.pk), page=1, x=70, y=70, w=40, h=12, ground="bank", by=custodian
        )

    def publish():
        return publish_posting(Notice.objects.get(pk=notice_about.pk), by=custodian)

    def copy(kind):
        return keep_made(
            case=contract.case, kind=kind, name="copy.pdf", content=pdf_with("Nothing is hidden."),
            made_from=paper.document, by=custodian,
        )  # fmt: skip

    draft = copy("redacted-draft")
    refused = meanwhile(district, hide, lambda: confirm_public_copy(draft, by=custodian))
    assert "Make the copy again" in str(refused)
    copy("redacted")
    assert "public copy is missing" in str(meanwhile(district, hide, publish))
    copy("redacted")
    meanwhile(district, publish, hide)
    assert PostingFile.objects.get().withheld_at is not None, "posted a moment before, and taken off again"


def test_executing_and_ending_together_leave_one_execution_and_at_most_one_end(travel):  # A34
    travel(NOV_18)
    district = DistrictFactory()
    custodian = member(district)
    adopt(district, custodian)
    contract = a_contract(district, custodian)
    paper = with_paper(contract, custodian)

    def execute():
        execute_contract(
            Contract.objects.get(pk=contract.pk),
            executed_on=date(2026, 11, 16),
            by=custodian,
            instrument=Instrument.objects.get(pk=paper.pk),
        )

    def end():
        end_contract(
            Contract.objects.get(pk=contract.pk), ended_on=date(2026, 11, 17), disposal="destroy",
            reason="Over", by=custodian,
        )  # fmt: skip

    answers = at_once(district, execute, end, times=100)
    assert answers.count("execute") == 1
    assert answers.count("end") <= 1
    assert Entry.objects.filter(act="contract-executed").count() == 1
    assert Entry.objects.filter(act="contract-ended").count() == answers.count("end")
    contract.refresh_from_db()
    assert contract.status == ("ended" if answers.count("end") else "executed")


def test_what_is_approved_is_what_was_read_whoever_edits_meanwhile(travel):  # A34
    travel(NOV_18)
    district = make_district()
    author, second = member(district), member(district, Role.APPROVER)
    draft = make_notice(district, by=author)
    section = draft.sections.get()
    ask_for_approval(draft, by=author)

    def approve():
        approve_notice(Notice.objects.get(pk=draft.pk), by=second)

    def edit():
        edit_draft(section, by=author, description=f"Changed at {engine_now().isoformat()}")

    answers = at_once(district, approve, edit, times=20)
    assert answers.count("edit") == 20
    acts = list(
        Entry.objects.filter(act__in=["notice-approved", "notice-edited", "notice-approval-lost"])
        .order_by("pk")
        .values_list("act", flat=True)
    )
    draft.refresh_from_db()
    # An edit after an approval always undoes it: only an approval that came last stands.
    assert (draft.status == "approved") is (acts[-1] == "notice-approved")
    assert acts.count("notice-approved") - acts.count("notice-approval-lost") == (draft.status == "approved")


def test_a_duty_settled_and_cancelled_together_ends_once(travel):  # A34
    travel(NOV_18)
    district = DistrictFactory()
    custodian = member(district)
    adopt(district, custodian)
    contract = a_contract(district, custodian)
    execute_contract(
        contract, executed_on=date(2026, 11, 16), by=custodian, instrument=with_paper(contract, custodian)
    )
    duty = Obligation.objects.get(rule="contract-posting")

    def done():
        settle(Obligation.objects.get(pk=duty.pk), at=engine_now(), by=custodian)

    def cancel():
        ask_cancel(Obligation.objects.get(pk=duty.pk), reason="No families", by=custodian)

    at_once(district, done, cancel, times=20)
    ends = Entry.objects.filter(act__in=["obligation-settled", "obligation-cancelled"])
    assert ends.filter(facts__obligation=duty.pk).count() == 1


def test_sending_again_by_hand_while_the_portal_tries_again_by_itself_is_one_message(relay):  # A36
    district = DistrictFactory()
    person = member(district)
    message = notice(district, [family(1)])
    Delivery.objects.filter(message=message).update(
        status=DeliveryStatus.UNCERTAIN,
        began_data_at=engine_now() - timedelta(hours=1),
        attempts=1,
        next_attempt_at=None,
    )

    decided: list[bool] = []

    def by_hand():
        row = Delivery.objects.get(message=message)
        decided.append(resolve_uncertain(row, arrived=False, by=person, reason="They did not get it"))

    def by_itself():
        outbox.turn()

    at_once(district, by_hand, by_itself, times=10)
    outbox.turn()
    assert len(relay.accepted) == 1
    assert Delivery.objects.get(message=message).status == "sent"
    assert sum(decided) <= 1, "the portal's own turn may have been the first"
    assert Entry.objects.filter(act="delivery-decided").count() == sum(decided)
