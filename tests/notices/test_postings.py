"""Posting: frozen, whole, with the contract's public copy; it settles its duty in the same moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from ledger.clock import engine_now
from ledger.entries import Conflict
from ledger.models import Case, Document
from notices.compose import edit_draft, review_text, write_text
from notices.copies import Copy
from notices.issue import approve_notice, ask_for_approval, issue_notice, render_all
from notices.models import Posting
from notices.postings import post_elsewhere, publish_posting, withdraw_posting
from parties.models import Role
from policy.changes import agree
from policy.models import Obligation
from tests.factories import DistrictFactory, make_case, member
from tests.notices.factories import make_breach_notice, make_district, make_notice, make_posting, redact

pytestmark = [pytest.mark.django_db, pytest.mark.obligation("L-6")]


def test_posting_settles_its_duty_in_the_same_moment():
    district = make_district()
    posting = make_posting(district)
    duty = Obligation.objects.get(case=posting.case, rule="contract-posting")
    assert (duty.status, duty.settled_at) == ("settled", posting.posted_at)
    assert duty.deadlines.get().status == "kept"
    assert Obligation.objects.get(case=posting.case, rule="contract-notice").status == "open"


def test_without_the_contracts_public_copy_nothing_is_posted():
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by)
    with pytest.raises(ValidationError) as refused:
        publish_posting(notice, by=by)
    assert "contract" in refused.value.message_dict
    assert not Posting.objects.exists()
    assert Obligation.objects.get(case=notice.case, rule="contract-posting").status == "open"


def test_without_a_required_part_nothing_is_posted():
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by, description="")
    redact(notice.case, by=by)
    with pytest.raises(ValidationError) as refused:
        publish_posting(notice, by=by)
    assert list(refused.value.message_dict) == ["purpose"]


def test_what_was_posted_does_not_change_with_the_draft():
    district = make_district()
    by = member(district)
    posting = make_posting(district, by=by)
    edit_draft(posting.notice.sections.get(), by=by, description="Something else.")
    district.name = "Renamed District"
    district.save()
    posting.refresh_from_db()
    assert posting.facts["sections"][0]["texts"]["description"]["en"] == "Online math practice."
    assert posting.facts["district"] != "Renamed District"


def test_a_second_posting_is_a_version_that_says_what_is_new():
    district = make_district()
    by = member(district)
    first = make_posting(district, by=by)
    for what_changed in (" ", "A vertical\x0btab."):
        with pytest.raises(ValidationError) as refused:
            publish_posting(first.notice, by=by, what_changed=what_changed)
        assert "what_changed" in refused.value.message_dict
    second = publish_posting(first.notice, by=by, what_changed="A school was added.")
    first.refresh_from_db()
    assert (first.is_current, second.is_current, second.version) == (False, True, 2)


def test_a_sent_notice_is_corrected_and_translated_by_a_new_version_of_its_page():
    district = make_district(languages=["en", "es"])
    by = member(district)
    first = make_posting(district, by=by)
    notice, section = issue_notice(first.notice, by=by), first.notice.sections.get()
    (sent,) = render_all(notice, {"en"})
    edit_draft(section, by=by, description="Online reading practice.", elements=["photo"])
    review_text(write_text(section, part="description", language="es", body="Lectura.", by=by), by=by)
    with pytest.raises(ValidationError) as refused:
        publish_posting(notice, by=by)
    assert "what_changed" in refused.value.message_dict
    facts = publish_posting(notice, by=by, what_changed="It is about reading.").facts["sections"][0]
    assert facts["texts"]["description"] == {"en": "Online reading practice.", "es": "Lectura."}
    assert facts["elements"] == ["photo"]
    (shown,) = render_all(notice, {"en"})
    assert (shown.plain, "Online math practice." in shown.plain) == (sent.plain, True)


def test_the_text_version_is_read_from_the_public_copy_itself():
    posting = make_posting(make_district())
    assert posting.files.get().pages == ["The Board owns all student data."]


def test_a_copy_that_changed_in_the_store_is_not_posted():
    """A11."""
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by)
    copy = redact(notice.case, by=by)
    with copy.file.storage.open(copy.file.name, "wb") as stored:
        stored.write(b"%PDF-1.4 other bytes")
    with pytest.raises(ValidationError):
        publish_posting(notice, by=by)
    assert not Posting.objects.exists()


def test_a_copy_of_another_district_is_not_posted():
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by)
    other = DistrictFactory()
    stranger = redact(make_case(other), by=member(other))
    with pytest.raises(ValidationError):
        publish_posting(notice, by=by, copies=[Copy(stranger)])


def test_the_text_of_a_scan_comes_with_its_copy():
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by)
    copy = redact(notice.case, by=by, text="")
    posting = publish_posting(notice, by=by, copies=[Copy(copy, ("Read from a scan.",))])
    assert posting.files.get().pages == ["Read from a scan."]


def test_posting_elsewhere_keeps_address_time_and_a_captured_copy_and_counts_once_confirmed():
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by)
    redact(notice.case, by=by)
    at = engine_now() - timedelta(minutes=5)
    posting = post_elsewhere(
        notice,
        address="https://www.northfield.example/notices/mathpath",
        posted_at=at,
        capture=ContentFile(b"What the page said.", name="page.txt"),
        by=by,
    )
    duty = Obligation.objects.get(case=notice.case, rule="contract-posting")
    assert (duty.status, duty.deadlines.get().status) == ("open", "running")
    claim = duty.changes.get(kind="done")
    with pytest.raises(ValidationError):
        agree(claim, by=by)
    agree(claim, by=member(district, role=Role.APPROVER))
    duty.refresh_from_db()
    assert (duty.status, duty.settled_at) == ("settled", at)
    assert duty.evidence == Document.objects.get(kind="capture")
    assert posting.elsewhere_url == "https://www.northfield.example/notices/mathpath"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"address": "javascript:alert(1)"}, "address"),
        ({"minutes": 5}, "posted_at"),
        ({"content": b""}, "capture"),
        ({"name": "page.exe"}, "capture"),
    ],
)
def test_a_posting_elsewhere_without_proof_is_refused_beside_its_field(wrong, field):
    district = make_district()
    by = member(district)
    notice = make_notice(district, by=by)
    redact(notice.case, by=by)
    with pytest.raises(ValidationError) as refused:
        post_elsewhere(
            notice,
            address=wrong.get("address", "https://www.northfield.example/"),
            posted_at=engine_now() + timedelta(minutes=wrong.get("minutes", -1)),
            capture=ContentFile(wrong.get("content", b"words"), name=wrong.get("name", "page.txt")),
            by=by,
        )
    assert field in refused.value.message_dict
    assert not Posting.objects.exists()


def test_taking_back_needs_a_reason_and_happens_once():
    district = make_district()
    by = member(district)
    posting = make_posting(district, by=by)
    with pytest.raises(ValidationError):
        withdraw_posting(posting, reason=" ", by=by)
    assert withdraw_posting(posting, reason="Posted by mistake.", by=by).withdrawn
    with pytest.raises(Conflict):
        withdraw_posting(posting, reason="Again.", by=by)


def test_nobody_without_a_role_posts_or_takes_back():
    district = make_district()
    posting = make_posting(district)
    for stranger in (member(DistrictFactory()), member(district, role=Role.VIEWER)):
        with pytest.raises(PermissionDenied):
            publish_posting(posting.notice, by=stranger, what_changed="x")
        with pytest.raises(PermissionDenied):
            withdraw_posting(posting, reason="x", by=stranger)


@pytest.mark.obligation("B-1")
def test_a_breach_notice_is_not_posted_before_a_second_person_approved_it():
    district = make_district()
    by, second = member(district), member(district, role=Role.SUPERINTENDENT)
    notice = make_breach_notice(district, by=by)
    with pytest.raises(Conflict):
        publish_posting(notice, by=by)
    approve_notice(notice, by=second)
    posting = publish_posting(notice, by=by)
    assert posting.kind == "breach"
    assert "Somebody saw reading levels." in posting.words
    with pytest.raises(ValidationError) as refused:
        withdraw_posting(posting, reason="A vertical\x0btab.", by=by)
    assert list(refused.value.message_dict) == ["reason"]
    Case.objects.filter(pk=notice.case_id).update(is_drill=True)
    with pytest.raises(Conflict, match="drill"):
        publish_posting(notice, by=by, what_changed="A drill went public.")


def test_where_approval_was_asked_posting_waits_for_it_too():
    district = make_district()
    by, second = member(district), member(district, role=Role.APPROVER)
    notice = make_notice(district, by=by)
    redact(notice.case, by=by)
    ask_for_approval(notice, by=by)
    with pytest.raises(Conflict, match="second person"):
        publish_posting(notice, by=by)
    approve_notice(notice, by=second)
    assert publish_posting(notice, by=by).version == 1
